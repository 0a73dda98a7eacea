/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * steps.h - from the record of a rehearsal to verdicts: what had to happen, in its order, and whether it did.
 *
 * A step is a row of a table, like a check: its id is a promise, its test only looks and leaves evidence.
 */
#pragma once

#include "check/check.h"
#include "rehearse/rehearsal.h"

/* What was expected, from the files that went in. All of it is borrowed, and must live as long as the steps. */
struct rehearsal_wish {
	bool rom_has_assignment, rom_has_policy, rom_has_gop, rom_has_vbios, rom_has_efi;
	bool ovmf_has_assignment, ovmf_has_policy, ovmf_has_gop; /* injected */
	enum tri gop_fits;  /* of the first GOP driver: its table of devices has this one */
	const char *gop;    /* it in words, "Intel GOP driver 9.0.1107 in igd.rom"; NULL: none */
	bool stolen_wanted; /* this generation has stolen memory that firmware must reserve */
	uint64_t stolen;    /* bytes */
	struct span vbt;    /* that the guest should find; empty: none was given */
	/* What rom verify, ovmf verify and the VBT's reader said beforehand: sentences, worst first. NULL ends. */
	const char *const *rom_says, *const *ovmf_says, *const *vbt_says;
};

/* Ids are promises: never reused, never given another meaning. */
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
	struct step v[STEPS_MAX]; /* in the order in which they happen, always all of them */
	size_t n;
	size_t n_fail, n_unknown;
};

/*
 * Judge @r, NULL where nothing was started: 0 and @ret, steps_done() in each case; -IGD_ENOMEM. Pure. A step whose
 * question makes no sense for what went in, or after another that failed, is NOT_RUN, and its evidence says why.
 */
int steps_judge(const struct rehearsal_setup *setup, const struct rehearsal *r, const struct rehearsal_wish *wish,
		struct steps *ret) _must_check_;
void steps_done(struct steps *s);

const struct step *steps_get(const struct steps *s, const char *id); /* NULL: there is no such step */
