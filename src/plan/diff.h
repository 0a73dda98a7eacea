/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * diff.h - two texts as a unified diff (POSIX diff(1), -u), three lines of context.
 */
#pragma once

#include "base/arena.h"
#include "base/span.h"

#define DIFF_CELLS_MAX \
	((size_t)1 << 20) /* of the table of line pairs; past it the differing middle is replaced whole */

/*
 * The diff of @before and @after into @a; empty when they are the same. A name is what follows "--- " and "+++ ";
 * NULL stands for a file that is not there, "/dev/null". Bytes are copied as they are: whoever prints them cleans
 * them. 0, or -IGD_ENOMEM and @ret untouched.
 */
int diff_unified(const char *name_before, const char *name_after, struct span before, struct span after,
		 struct arena *a, struct span *ret) _must_check_;
