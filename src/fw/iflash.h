/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iflash.h - Insyde's flash packages: records in an exe (H2OFFT) or in isflash.bin, each a mark, a tag and the bytes.
 *
 * "$_IFLASH", 8 bytes of tag padded with "_" ("BIOSIMG_"), u32 size with padding, u32 size of the image, both counted
 * from the end of this header; then the image (BIOSUtilities biosutilities/insyde_ifd_extract.py, 2024). The records
 * need not follow one another.
 */
#pragma once

#include "fw/wrap.h"

#define IFLASH_RECORDS_MAX 64

extern const struct wrapper wrapper_iflash;
