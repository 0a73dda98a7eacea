/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch.h - one start of QEMU, from its first word to its end: the device is served, the guest is listened to, and
 * the time is kept, in one loop of one thread.
 */
#pragma once

#include "emu/server.h"
#include "rehearse/child.h"
#include "rehearse/record.h"
#include "rehearse/stage.h"

struct watch {
	const struct rehearsal_setup *setup;
	struct rehearsal *r;
	struct recorder rec;
	struct emu_server *server;
	struct emu_igd *igd;
	struct emu_plain *lpc; /* NULL: none */
	struct stage stage;
	struct child qemu;
	int signals;		      /* signalfd of those that stop us; -1: none does */
	uint64_t stolen;	      /* bytes that BDSM should point to */
	double begin, deadline, told; /* of the monotonic clock; .told: the last progress */
	bool over;
	bool parting;	 /* QEMU has let go of the device and is given a moment to end */
	bool no_sandbox; /* it spoke of -sandbox */
	unsigned n_harvests;
	char last[HEARD_TEXT_MAX]; /* the guest's last line */
	struct mouth mouths[3];
};

/* The device tells of what happens on it from here on. */
void watch_device(struct watch *w);

/*
 * Start QEMU and watch it to its end, which is w->r->end; it has ended afterwards, and registers, picture and memory
 * are in the record. 0; -IGD_EIO and others when it cannot be started.
 */
int watch_run(struct watch *w, bool sandbox, struct report *rep) _must_check_;
