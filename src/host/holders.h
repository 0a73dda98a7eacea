/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * holders.h - which processes have a GPU open: the links in /proc/PID/fd that lead to /dev/dri (proc(5)).
 *
 * No capture holds them: what runs on a machine is its owner's business, and it is only asked before a driver is
 * taken from a GPU at once.
 */
#pragma once

#include "host/host.h"

#define HOLDERS_MAX 64

struct holder {
	unsigned pid;
	char name[32]; /* of its program, /proc/PID/comm */
	char node[32]; /* "card0", "renderD128" */
};

struct holders {
	struct holder v[HOLDERS_MAX];
	size_t n; /* more than HOLDERS_MAX are not counted */
};

/*
 * Look at the live machine and remember it, for host_holders() of every live host from then on. A sandbox hides the
 * files of other processes (Landlock does), so this comes before it.
 */
void holders_look(void);

/* Look at @h now, at what it has open below the folder @dev, "/dev/vfio/": .node is the rest of the name. For who is
 * in no sandbox; answers as host_holders(). */
int holders_below(struct host *h, const char *dev, struct holders *ret) _must_check_;

/*
 * Of the live machine what holders_look() saw, of a folder what lies in its proc/. 0; -IGD_EUSAGE (a capture, or
 * nobody looked), -IGD_EACCES (some processes may not be looked into: only root may), -IGD_ENOENT (no proc/),
 * -IGD_ELIMIT, -IGD_EIO, -IGD_ENOMEM.
 */
int host_holders(struct host *h, struct holders *ret) _must_check_;
