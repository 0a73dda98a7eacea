/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec.h - the compressions that firmware files use, decoded.
 *
 * One face for all: bytes in, a buffer out, and a limit that the output keeps to. What the header of a stream says of
 * its size is believed only as far as the limit and the input make it plausible.
 */
#pragma once

#include "base/buffer.h"
#include "base/report.h"

enum codec {
	CODEC_TIANO,	 /* section type 1, 5 bits of position (PI Specification 1.8, volume 3; MdePkg
			    BaseUefiDecompressLib) */
	CODEC_EFI11,	 /* the same with 4 bits of position (UEFI Specification 2.10, 19) */
	CODEC_LZMA,	 /* .lzma header of 13 bytes, then a raw LZMA1 stream */
	CODEC_LZMA_F86,	 /* the same, its output through the x86 branch converter */
	CODEC_BROTLI,	 /* 16 bytes of header: decoded size, scratch size (MdeModulePkg BrotliCustomDecompressLib) */
	CODEC_ZLIB,	 /* RFC 1950 */
	CODEC_GZIP,	 /* RFC 1952 */
	CODEC_LZ4,	 /* frame format */
	CODEC_DEFLATE,	 /* RFC 1951, without a header */
	CODEC_LZ4_BLOCK, /* a bare block, as CBFS has it; @size is the decoded size */
};

/*
 * Decode the whole of @in. 0 and @ret (the caller's; exactly the decoded bytes), or -IGD_ETRUNC (ends too early, or
 * is too short by far for what it declares), -IGD_EMAGIC (not such a stream, or damaged), -IGD_ELIMIT (more than
 * @limit bytes), -IGD_ENOMEM; @ret is then untouched. @size: what is known of the decoded size, 0: nothing; where it
 * is given or the stream declares one, another size is -IGD_ELENGTH. Bytes behind the end of the stream are let be.
 */
int codec_decode(enum codec c, struct span in, size_t size, size_t limit, struct buffer *ret,
		 struct report *rep) _must_check_;

/*
 * The same for those who can use a part: answers as codec_decode() does, but @ret is the caller's in each case, and
 * with -IGD_ETRUNC it holds what was decoded until the stream ended, maybe nothing. Of a damaged one it is empty:
 * nobody knows where what is right ends. So it is of CODEC_TIANO, CODEC_EFI11 and CODEC_LZ4_BLOCK.
 */
int codec_decode_front(enum codec c, struct span in, size_t size, size_t limit, struct buffer *ret,
		       struct report *rep) _must_check_;

/*
 * A stream that is either CODEC_TIANO or CODEC_EFI11: a compressed section of type 1 does not say which. Answers as
 * codec_decode() does, with the one that decodes in @ret_which. Where both do, the one wins whose bytes @plausible
 * likes (a walk over the headers of what should be inside; NULL: nothing is known), then the one that ends exactly
 * with the compressed bytes, then Tiano, of which there are more. A wrong one is mostly found out in its first block,
 * so the price is that of one decoding.
 */
int codec_decode_efi(struct span in, size_t size, size_t limit, bool (*plausible)(struct span), struct buffer *ret,
		     enum codec *ret_which, struct report *rep) _must_check_;

/* "lzma" */
const char *codec_str(enum codec c);
