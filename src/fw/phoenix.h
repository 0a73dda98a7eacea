/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * phoenix.h - the update programs of Phoenix SecureCore (TDK Packer): an exe with a table of files at its end.
 *
 * "$PACK" and three zeros, u32 size of the table, u32 number of files, 200h bytes of placeholder, then a row of 110h
 * bytes a file: name of 100h, u32 offset from the start of the exe, u32 size, u32 compression (0 none, 1 an .lzma or
 * .xz stream), u32 zero (BIOSUtilities biosutilities/phoenix_tdk_extract.py, 2024). The .WPH images of the same
 * firmware need no unpacking.
 */
#pragma once

#include "fw/wrap.h"

#define PHOENIX_FILES_MAX 256 /* the byte of the count that BIOSUtilities' pattern leaves open */

extern const struct wrapper wrapper_phoenix;
