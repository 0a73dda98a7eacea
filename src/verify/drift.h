/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * drift.h - is a file as a plan left it, and if not, is what the plan was there for still in it?
 *
 * A file that the owner edits goes on holding what was put into it, mostly: so what the plan added and took away is
 * compared by words between blanks, not by lines, of which /etc/kernel/cmdline has one.
 */
#pragma once

#include "host/host.h"
#include "plan/plan.h"

enum drift {
	DRIFT_NONE,	/* byte for byte as it was left */
	DRIFT_HARMLESS, /* changed, and all that was put in or taken out still is */
	DRIFT_LOST,	/* changed, and .word is not as it was left */
	DRIFT_GONE,	/* removed */
	DRIFT_BACK,	/* was to be gone, and is there */
	DRIFT_UNREAD,	/* .why it could not be read */
};

struct drifted {
	enum drift drift;
	const char *word;  /* of DRIFT_LOST; "" for none in words, a change of blanks alone */
	bool word_is_back; /* it had been taken out */
	const char *why;
	int64_t mtime; /* seconds since the epoch; -1: not known */
};

/*
 * Of what a change put into a file: the longest word that @now still has, comments aside; "" for none. @before and
 * @after are its bytes around the change. NULL when there is no memory.
 */
const char *drift_left(struct span before, struct span after, struct span now, struct arena *a);

/* Look at the file of @op, an OP_WRITE or OP_VM. 0, or -IGD_ENOMEM. Strings are of @a. */
int drift_look(struct host *h, const struct operation *op, struct arena *a, struct drifted *ret) _must_check_;

/*
 * The same for an OP_VM: do the keys of Proxmox, outside of snapshots, or the devices, options and firmware of
 * libvirt that the plan set still stand? @left_sha256: of the definition as libvirt wrote it then; NULL: not known.
 */
int drift_look_vm(struct host *h, const struct operation *op, const char *left_sha256, struct arena *a,
		  struct drifted *ret) _must_check_;
