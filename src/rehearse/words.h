/* SPDX-License-Identifier: GPL-2.0-or-later */
/* words.h - the words that QEMU is started with, from what is rehearsed. Nothing is looked at and nothing opened. */
#pragma once

#include "base/arena.h"
#include "rehearse/rehearsal.h"

/* What QEMU inherits, by the numbers that it has there too; -1: there is none. */
struct rehearsal_fds {
	int code, vars, rom, witness, opregion, stolen; /* memory files; .code and .vars of OVMF */
	int igd, lpc;					/* sockets, opened with O_PATH */
	int debug, serial;				/* the writing ends of pipes */
};

/*
 * The argument vector, NULL at its end and in @a: 0 and @ret, or -IGD_ENOMEM. @sandbox: QEMU shall forbid itself to
 * start programs and to change its rights, which a build without libseccomp refuses.
 */
int rehearsal_words(const struct rehearsal_setup *s, const struct rehearsal_fds *fds, bool sandbox, struct arena *a,
		    const char *const **ret) _must_check_;

/* The same as a line for a shell. "" when @a is full. */
const char *rehearsal_command(const char *const *words, struct arena *a);
