/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guard.h - after a boot: a change that nobody confirms is taken back, once, and the machine started anew.
 */
#pragma once

#include "change/change.h"

enum guard_outcome {
	GUARD_NOTHING,	 /* nothing to guard in this boot */
	GUARD_CONFIRMED, /* somebody said that all is well */
	GUARD_GONE,	 /* somebody took back what was waited for */
	GUARD_STOPPED,	 /* told to end while it waited */
	GUARD_REVERTED,	 /* taken back; the machine starts anew, or should */
	GUARD_HALFWAY,	 /* taking back failed; the report says where the journal is */
};

struct guard_hooks {
	void *ctx;
	void (*say)(void *ctx, const char *text); /* what it waits for, and does */
	bool (*stopped)(void *ctx);		  /* is it to end? Asked each second; NULL: never */
	unsigned tries, pause;			  /* to take back; seconds between two; 0: 20 and 30 */
	const struct change_hooks *change;	  /* of the taking back */
};

/*
 * Guard the machine below @root: bring what was stopped to its end; wait where transactions with .guard_seconds were
 * applied in an earlier boot and not confirmed, without keeping others from the journal; take these back with all
 * that was applied after them, and all that is not confirmed of the same boot, the newest first (EDITS_GIVE_WAY); run
 * "systemctl reboot" where @root is the live machine. A transaction causes one reboot at most, ever.
 *
 * The time is halved with each boot that ended without a confirmation, down to a minute: who switches a dark machine
 * off and on again is not made to sit through it. What cannot be taken back is tried again, for what is not there yet
 * early in a boot; when only VMs are left, the machine is started anew all the same, and they are tried again then.
 * An outcome; -IGD_EBUSY (told to end while somebody else changes the machine), -IGD_EACCES, -IGD_EIO, -IGD_ENOMEM.
 */
int guard_run(const char *root, const struct guard_hooks *g, struct report *rep) _must_check_;
