/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tar.h - the entries of a tar archive that is already unpacked in memory; pure, allocates nothing.
 *
 * libarchive's own tar reader spends 1 to 2 microseconds an entry on character sets, extended
 * attributes and sparse maps that a machine's tree never has; most of the time of opening a capture
 * went there (measured: 451 entries 0.55 ms, this reader 0.03 ms). So libarchive only unpacks and
 * the entries are read here, where the offset of each fault is known too.
 *
 * POSIX.1-1988 ustar and -2001 pax (IEEE Std 1003.1, pax, "ustar Interchange Format" and "pax
 * Extended Header"), the old V7 header, and GNU's long names (GNU tar manual, "Basic Tar Format").
 * Sparse files, volumes and incremental dumps are refused: a capture has none.
 */
#pragma once

#include "base/report.h"
#include "base/span.h"

#define TAR_BLOCK    512
#define TAR_NAME_MAX 4096 /* bytes of one name or link target */

struct tar {
	struct span all; /* borrowed: the whole archive */
	size_t at;	 /* the next header */
	bool ended;
	char name[256 + 2]; /* "prefix/name" of a ustar header, put together */
};

struct tar_entry {
	char kind;	   /* 'f' file, 'd' folder, 'l' symbolic link, 'h' hard link */
	size_t at;	   /* of its header */
	struct span name;  /* as written; borrowed from the archive or from struct tar until the next call */
	struct span link;  /* target of 'l' and 'h' */
	struct span bytes; /* of 'f' */
	int64_t mtime;	   /* seconds since the epoch */
};

/* Do the bytes begin with a tar header whose checksum is right? */
bool tar_is(struct span all);

void tar_init(struct tar *t, struct span all);

/*
 * The next entry. 0 and @ret; 1 at the end mark; or refused:
 * -IGD_ETRUNC (no end mark, or content cut), -IGD_ESUM, -IGD_EMAGIC (an extended header that is none),
 * -IGD_ELENGTH, -IGD_ELIMIT (a name too long), -IGD_EPATH (devices, FIFOs and other kinds of entry).
 */
int tar_next(struct tar *t, struct tar_entry *ret, struct report *rep) _must_check_;
