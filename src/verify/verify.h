/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verify.h - what a plan promised, held against the machine as it is now.
 */
#pragma once

#include "change/journal.h"
#include "facts/facts.h"
#include "host/host.h"

enum kept {
	KEPT,
	KEPT_NOT,     /* looked, and it is not so */
	KEPT_UNKNOWN, /* could not be looked at */
	KEPT_LATER,   /* only the next boot can tell */
	KEPT_MOOT,    /* one before it in the chain is broken, and that is why */
};

struct kept_promise {
	const struct transaction *of;
	const struct promise *promise; /* NULL: of a file, see .op */
	const struct operation *op;    /* a file or a definition that must be as we left it; NULL */
	const char *link; /* of the chain: "file", "boot entry", "initramfs", "kernel", "iommu", "driver", "vm" */
	enum kept kept;
	const char *says; /* what was promised, and what is */
	const char *next; /* what to do about it; NULL */
};

struct verified {
	struct kept_promise *v;
	size_t n, n_broken, n_unknown, n_later;
	const struct kept_promise *first_broken; /* NULL: none */
};

/*
 * Every promise of the transactions of @j that are applied (of @id alone when it is not 0), in the order of the
 * chain. What needs a reboot is KEPT_LATER while the kernel that ran when it was applied still runs. 0; 1: nothing is
 * applied,
 * @ret is empty; -IGD_ENOENT (no such transaction), -IGD_ENOMEM.
 */
int verify_run(const struct journal *j, unsigned id, const struct facts *f, struct host *h, struct arena *a,
	       struct verified *ret) _must_check_;

const char *kept_str(enum kept k);

/* Did a later transaction that is applied write the same file, so that @op of @t says no more what is in it? */
bool verify_superseded(const struct journal *j, const struct transaction *t, const struct operation *op);

struct drifted;

/* Look at the file or the definition of @op of @t (drift.h). 0, or -IGD_ENOMEM. */
int verify_look_at(struct host *h, const struct transaction *t, const struct operation *op, struct arena *a,
		   struct drifted *ret) _must_check_;

/* What became of the file of @op, in a sentence; of @a. */
const char *verify_drift_says(const struct operation *op, const struct drifted *d, struct arena *a);

/* "2026-11-22 10:00 UTC"; of @a or of static life. */
const char *verify_when(int64_t t, struct arena *a);
