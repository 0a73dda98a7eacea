/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rehearse.h - one rehearsal with all that belongs to it, and how it is put in words (rehearse_out.c). */
#pragma once

#include "base/buffer.h"
#include "cli/brief.h"
#include "cli/view.h"
#include "host/host.h"
#include "rehearse/steps.h"

struct rehearse {
	const struct cli *cli;
	struct brief_wish wish;
	struct brief brief;
	struct qemu_program qemu; /* .path "": none was looked for, with --dry-run */
	struct rehearsal_setup setup;
	struct emu_plain_model lpc; /* of .setup */
	struct buffer witness;	    /* the same */
	bool done;		    /* .r is a rehearsal that took place */
	struct rehearsal r;
	struct steps steps;
	char picture[HOST_PATH_MAX], trace[HOST_PATH_MAX]; /* that were written; "": none */
	bool trace_cut;					   /* it has no more than the first part */
};

/* The answer. */
void rehearse_text(struct rehearse *x);
bool rehearse_json(const struct rehearse *x);

/* For rehearsal_setup: says on a terminal how far it is. */
void rehearse_progress(void *ctx, double seconds, const char *line);
void rehearse_progress_clear(void);
