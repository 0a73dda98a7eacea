/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unpack.h - the archives that vendors ship firmware in, and what compresses one file: read by libarchive.
 *
 * Each format is a row of its own and lets libarchive try only the reader that its mark promises, so that a path says
 * what was opened, and a reader that nobody asked for sees no hostile byte. Readers that libarchive would do by
 * running a program are refused. Names become UTF-8 paths with "/" that stay inside: no root, no "..", no drive.
 *
 * Members: regular files with bytes in them. Directories, links and empty files hold nothing and are passed over;
 * encrypted ones, ones above the sink's room, and damage are told in notes. A damaged member is handed over with
 * .partial and what was decoded of it; one whose checksum alone is wrong is whole, with a note.
 *
 * libarchive 3.6.2 turns names into the character set of LC_CTYPE. Where that is UTF-8 it does so by itself; in
 * others it asks iconv(), which may look for files: a process that may open none gets "member N" for such names.
 */
#pragma once

#include "fw/wrap.h"

#define UNPACK_MEMBERS_MAX 4096 /* files of one archive; vendors' packages have some dozens */
#define MEMBER_NAME	   256	/* bytes of a cleaned name with its zero */

extern const struct wrapper wrapper_zip, wrapper_7z, wrapper_rar, wrapper_cab, wrapper_iso9660, wrapper_tar,
	wrapper_gzip, wrapper_xz, wrapper_bzip2, wrapper_zstd;

/*
 * A name from an archive, or of a member that a vendor's format names, made safe to print and to write below a
 * folder: text_copy(), "\" for "/" too, and no empty, "." or ".." parts; ":" becomes "_". What is then empty
 * is "member @n".
 */
void member_name(struct span raw, size_t n, char ret[MEMBER_NAME]);
