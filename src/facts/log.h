/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log.h - one line of a log taken apart; private to facts/. */
#pragma once

#include "facts/read.h"

struct log_parts {
	struct span text; /* without time stamp, level, host and process */
	double time;	  /* seconds since boot; -1 unknown */
	bool kernel;	  /* its form says that the kernel printed it */
	bool stamped;	  /* it has a time stamp of some kind, or names its process */
};

/*
 * "[    0.1] text", "<6>[    0.1] text", "kern  :info  : [    0.1] text", "[Tue Jun  3 20:35:58 2025] text",
 * "Jun 03 20:35:58 host kernel: text", "2025-06-03T20:35:58+0200 host kernel: text", "[    0.1] host kernel: text";
 * with QEMU[4711]: and the like in place of kernel:. A line of none of these forms is all text.
 */
struct log_parts log_line_parts(struct span line);

/* Append one line to .log. -IGD_ENOMEM. */
int facts_log_line(struct facts *f, const char *file, size_t line, struct span raw,
		   const struct log_parts *parts) _must_check_;
