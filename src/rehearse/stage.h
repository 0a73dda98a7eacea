/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stage.h - what a rehearsal needs before QEMU starts, all of it descriptors: memory files with firmware, ROM and
 * tables, listening sockets that have lost their names, and pipes to listen at. When the descriptors are closed
 * nothing is left.
 */
#pragma once

#include "rehearse/words.h"

struct stage {
	struct rehearsal_fds fds;		     /* what QEMU inherits */
	int listen_igd, listen_lpc;		     /* for the server, which takes them over; -1 */
	int hear_debug, hear_serial, hear_qemu, out; /* our ends, and QEMU's standard output; not blocking */
};

#define STAGE_EMPTY                                                          \
	((struct stage) { .fds = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 }, \
			  .listen_igd = -1,                                  \
			  .listen_lpc = -1,                                  \
			  .hear_debug = -1,                                  \
			  .hear_serial = -1,                                 \
			  .hear_qemu = -1,                                   \
			  .out = -1 })

/*
 * Memory files and sockets for @s into @ret, which is STAGE_EMPTY; stage_done() in each case. 0; -IGD_EIO with the
 * reason. A memory file that QEMU may only read is sealed; of all none can grow or shrink.
 */
int stage_make(const struct rehearsal_setup *s, struct stage *ret, struct report *rep) _must_check_;

/* The pipes, new for each start of QEMU. 0, -IGD_EIO. */
int stage_pipes(struct stage *s, struct report *rep) _must_check_;

/* QEMU has them now: with ours gone, their end is its end. */
void stage_started(struct stage *s);

void stage_done(struct stage *s);
