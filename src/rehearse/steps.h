/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * steps.h - from the record of a rehearsal to verdicts: what had to happen, in its order, and whether it did.
 *
 * A step is a row of a table, like a check: its id is a promise, its test only looks and leaves evidence.
 */
#pragma once

#include "check/check.h"
#include "rehearse/rehearsal.h"

/* What was expected, from the files that went in. */
struct rehearsal_wish {
	bool rom_has_assignment, rom_has_policy, rom_has_gop, rom_has_vbios, rom_has_efi;
	bool ovmf_has_assignment, ovmf_has_policy, ovmf_has_gop; /* injected */
	bool stolen_wanted; /* this generation has stolen memory that firmware must reserve */
	uint64_t stolen;    /* bytes */
	struct span vbt;    /* that the guest should find; empty: none was given */
	/* What rom verify, ovmf verify and the VBT's reader said beforehand: sentences, worst first. NULL ends. */
	const char *const *rom_says, *const *ovmf_says, *const *vbt_says;
};

struct step {
	const char *id;	  /* "opregion.memory" */
	const char *says; /* what had to happen, a sentence */
	enum verdict verdict;
	const char *evidence[4]; /* what was seen; NULL ends; in the arena */
	const char *why;	 /* of a failure: the cause, as far as it can be told; NULL */
	const char *fix;	 /* NULL */
};

#define STEPS_MAX 32
struct steps {
	struct arena arena;
	struct step v[STEPS_MAX];
	size_t n;
};

/* Judge @r: 0 and @ret, steps_done() in each case; -IGD_ENOMEM. Pure. */
int steps_judge(const struct rehearsal_setup *setup, const struct rehearsal *r, const struct rehearsal_wish *wish,
		struct steps *ret) _must_check_;
void steps_done(struct steps *s);
