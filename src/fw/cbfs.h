/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cbfs.h - coreboot's file system: files one behind the other at steps of 64 bytes, all numbers big-endian.
 *
 * A file: "LARCHIVE", u32 length, u32 type, u32 offset of its attributes (0: none; in images from before 2015
 * always), u32 offset of its data, then its name (coreboot 25.x
 * src/commonlib/bsd/include/commonlib/bsd/cbfs_serialized.h). The attribute of compression says LZMA or LZ4 (a frame:
 * src/commonlib/bsd/lz4_wrapper.c) for the whole file; a payload
 * ("SELF") has a row a segment in front, each with a compression of its own.
 *
 * Neither the master header ("ORBC") nor the flash map is needed to find files: the mark is looked for at each
 * step. Where there is a flash map ("__FMAP__", fmap_serialized.h), a file's name begins with its region, as
 * an image with a slot A and B has each name more than once; the region "COREBOOT" is left out.
 */
#pragma once

#include "fw/wrap.h"

#define CBFS_FILES_MAX	  1024
#define CBFS_SEGMENTS_MAX 64

extern const struct wrapper wrapper_cbfs;
