/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run.h - a program of the machine, run to its end.
 *
 * It is looked for in fixed folders inside the root, gets an environment of our own making, nothing on its standard
 * input, and leads a process group of its own: Ctrl-C at the terminal reaches us, not it, and we answer when it has
 * ended. For a root that is not the live one it runs chrooted there, in a mount namespace of its own with /proc,
 * /sys, /dev and /run of the live system where the folders are there and the kernel lets us.
 *
 * When we are killed it goes on, and holds the journal's lock until it has ended: nobody undoes beneath it.
 */
#pragma once

#include "change/change.h"

#define RUN_SECONDS 1800 /* then it is killed with its group */

/* Told about four times a second while the program runs. */
typedef void (*run_tick)(void *ctx);

/*
 * Run @argv, its output into @fd. Its exit status, 128 + the signal that ended it; -IGD_ENOENT (no such program),
 * -IGD_EACCES (no chroot), -IGD_EIO. @tick may be NULL.
 */
int run_program(struct site *s, const char *const *argv, int fd, run_tick tick, void *ctx,
		struct report *rep) _must_check_;
