/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inno.h - Inno Setup packages: what Lenovo ships firmware in. Read as data, from version 4.2 on.
 *
 * A table in the program says where the setup data begins and where the files' bytes are. The setup data is a line of
 * text with the version, then two blocks, each in pieces of 4 KiB with a CRC32: the first holds the script, of
 * which only file names are wanted, the second a row a file. A row says in which chunk the file lies; a chunk is
 * "zlb", 1Ah and a stream of LZMA, LZMA2 or zlib over one file or many. (Inno Setup's Struct.pas of 4.2 to 6.5,
 * innoextract 1.9 src/loader/offsets.cpp, src/setup/data.cpp, src/stream/block.cpp and chunk.cpp.)
 *
 * The script has another layout in nearly each version. So the layout of the rows is not taken from the version but
 * is the one in which every row makes sense, and names are found by the shape of the record around them; a file whose
 * name is not found is "file N". The x86 filter over programs is left on: firmware has none. Checksums of
 * files are not compared.
 */
#pragma once

#include "fw/wrap.h"

#define INNO_FILES_MAX 4096
#define INNO_BLOCK_MAX ((size_t)16 * 1024 * 1024) /* bytes of a decoded block; its pictures make it large */

extern const struct wrapper wrapper_inno;
