/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unpack.h - a packed file whole in memory, and what is in it; private to host/.
 *
 * One layer of gzip, bzip2, xz or zstd, by libarchive; HOST_TREE_MAX bounds what comes out, so a small file
 * that unpacks without end costs its reader that much and no more.
 */
#pragma once

#include "base/report.h"
#include "base/span.h"

/*
 * Unpack @packed: 0, a malloc()ed *owned, and @ret over it; or -IGD_EMAGIC (none of these formats, or damaged),
 * -IGD_ETRUNC, -IGD_ELIMIT, -IGD_ENOMEM.
 */
int unpack(struct span packed, uint8_t **owned, struct span *ret, struct report *rep) _must_check_;

/*
 * Read a regular file: 0, a malloc()ed *owned, and @ret over it; or -IGD_ENOENT, -IGD_EACCES, -IGD_EIO (also:
 * not a regular file), -IGD_ELIMIT, -IGD_ENOMEM.
 */
int unpack_file(const char *file, uint8_t **owned, struct span *ret, struct report *rep) _must_check_;
