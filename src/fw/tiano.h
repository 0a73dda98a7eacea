/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tiano.h - the compression that EFI itself defines, in its two sizes, decoded.
 *
 * LZ77 and Huffman codes by the block. The two differ in one number: the bits in which the table of positions gives
 * its length, 4 in the UEFI Specification ("EFI 1.1"), 5 in the framework that went before it ("Tiano"). Nothing in a
 * stream says which it is; codec_decode_efi() finds out. The other direction is in tiano_encode.h.
 */
#pragma once

#include "fw/codec.h"

#define TIANO_HEADER 8 /* u32 bytes of bits behind the header, u32 decoded bytes (UEFI Specification 2.10, 19.2) */

#define TIANO_POSITION_BITS 5
#define EFI11_POSITION_BITS 4

/*
 * Decode @in with @position_bits (4 or 5). Answers as codec_decode() does. @ret_exact (may be NULL): the last block
 * ended with the last decoded byte and nothing but the up to 15 zero bits that the reference encoder adds was left,
 * which a stream read with the wrong number hardly ever does.
 */
int tiano_decode(struct span in, unsigned position_bits, size_t size, size_t limit, struct buffer *ret,
		 bool *ret_exact, struct report *rep) _must_check_;
