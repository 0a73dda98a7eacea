/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * planning.h - what plan and apply share: a plan made as the command line says, and its words.
 */
#pragma once

#include "cli/making.h"
#include "cli/view.h"
#include "plan/plan.h"

struct planning {
	struct making m;
	struct plan plan;
	struct arena arena; /* the plan's */
	bool vm;	    /* a definition is part of it */
};

/*
 * Read the host that the command line names, and the VM where it names one, and make the plan; with --now the one
 * that is tried at once. EXIT_DONE; EXIT_REFUSED, and .plan says why; or the status of a failure that was told.
 * planning_done() in all cases.
 */
int planning_begin(struct planning *p, const struct cli *cli, const char *command) _must_check_;
void planning_done(struct planning *p);

/* Does the host's last console go dark by what the plan does, as the machine is now? */
bool planning_is_dark(const struct planning *p);

/* What was chosen and why, or that it is refused. */
void planning_head(const struct view *v, struct planning *p);
/* The operations with their diffs, and the notes. */
void planning_steps(const struct view *v, const struct plan *plan);
