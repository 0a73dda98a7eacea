/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * making.h - what vm render and plan share: the host looked at and judged, a definition read or none, and the VM in
 * which the GPU works made out of them.
 */
#pragma once

#include <jansson.h>

#include "cli/command.h"
#include "cli/definition.h"
#include "cli/view.h"
#include "plan/render.h"

struct making {
	const struct cli *cli;
	struct facts *f;
	uint32_t device; /* --device, vendor << 16 | device; 0: not given */
	struct findings found;
	struct definition def; /* .name NULL: none was named */
	struct with with;
	struct render_wish wish;
	struct rendered r;
	struct arena arena;
};

/*
 * Read the host that the command line names; @from (NULL: none) is a definition. @host: facts of a host are wanted
 * even when a file is to be judged by itself. EXIT_DONE, or the status of a failure that was told. making_done() in
 * both cases.
 */
int making_begin(struct making *m, const struct cli *cli, const char *command, const char *from,
		 bool host) _must_check_;

/* Make the VM. EXIT_DONE; EXIT_REFUSED when no mode works, which is told unless @quiet; or a failure. */
int making_render(struct making *m, bool quiet) _must_check_;
void making_done(struct making *m);

/* What was chosen and why, what differs and why, what is left to do and what has no counterpart. */
void making_text(const struct view *v, struct making *m);
/* The same as keys of @top. */
void making_json(json_t *top, const struct making *m);
json_t *argv_json(const char *const *argv);
/* A command as a person types it. */
const char *argv_str(const char *const *argv, struct arena *a);
