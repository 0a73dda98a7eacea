/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pfs.h - Dell's update files: sections of zlib in a program, each a "PFS" volume of entries.
 *
 * Outside, sections: 16 bytes of header (size of the stream, kind, a mark, a sum), a zlib stream, 16 bytes of footer.
 * ThinOS packages put an xz stream around that. Inside, a volume: "PFS.HDR.", entries of GUID, version, data,
 * signature, metadata and its signature, "PFS.FTR.". An entry may hold another section or volume; a volume whose
 * entries are blocks of BIOS Guard is an image in pieces out of order, and is put together here. One entry lists the
 * names of the others. As read in BIOSUtilities 25.07.01, dell_pfs_extract.py.
 *
 * Each level is a wrapper of its own: sections hand over volumes, volumes their entries.
 */
#pragma once

#include "fw/wrap.h"

extern const struct wrapper wrapper_pfs;
