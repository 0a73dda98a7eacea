/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmdline.h - a kernel command line taken apart as the kernel does it.
 *
 * Words end at blanks outside double quotes; the first '=' parts key and value; one pair of quotes around the
 * whole word or around the value is dropped; "--" ends what the kernel reads (Linux lib/cmdline.c next_arg(),
 * kernel/params.c parse_args()). The same grammar holds for the options of a module.
 */
#pragma once

#include "base/span.h"

struct cmdline_word {
	struct span raw;   /* as written */
	struct span key;   /* "vfio-pci.ids"; '-' and '_' as written, they mean the same (cmdline_same_key()) */
	struct span value; /* without quotes; empty when there is none */
	bool has_value;	   /* there was a '=' */
};

/* Eat the next word of @rest. False at the end or at "--". */
bool cmdline_next(struct span *rest, struct cmdline_word *ret);

/* Are these the same key to the kernel, which does not tell '-' from '_' (kernel/params.c parameqn())? */
bool cmdline_same_key(struct span a, struct span b);

/* The snapshot of snapper that it starts, "@/.snapshots/42/snapshot" of rootflags=subvol= (btrfs(5); openSUSE's
 * sdbootutil 12630b2, sedrootflags()), without a '/' in front; empty: it names none. */
struct span cmdline_snapshot(struct span line);
