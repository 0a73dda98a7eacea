/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream.h - bytes out of a compressed stream, some at a time: the libraries differ in how they are fed, not in what
 * they do.
 */
#pragma once

#include <brotli/decode.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/span.h"

enum step {
	STEP_ON,  /* wants input or room; has made what it could */
	STEP_END, /* the stream says that it ends here */
	STEP_BAD, /* not such a stream, or damaged */
	STEP_NOMEM,
};

struct stream {
	struct span in;		   /* what was not read yet; borrowed */
	uint8_t *out;		   /* what comes next goes here */
	size_t room;		   /* bytes there */
	uint64_t memory;	   /* bytes of a dictionary at most */
	lzma_options_lzma options; /* of stream_lzma_raw, set before .begin() */
	union {
		lzma_stream lzma;
		BrotliDecoderState *brotli;
		z_stream zlib;
		LZ4F_dctx *lz4;
		ZSTD_DStream *zstd;
	};
};

/* One kind of stream. */
struct stream_kind {
	const char *name; /* "lzma" */
	uint64_t expand;  /* bytes that one byte can make at most; 0: any number */
	size_t piece;	  /* .room that a step needs at once; 0: any */
	/* Each from .in to .out, advancing both. */
	enum step (*begin)(struct stream *s);
	enum step (*step)(struct stream *s);
	void (*finish)(struct stream *s); /* also after a begin that failed */
};

/* LZMA without its header, and with it; the .xz container; lz4's frames of today, and those of its first days. */
extern const struct stream_kind stream_lzma_raw, stream_lzma, stream_xz, stream_brotli, stream_zlib, stream_gzip,
	stream_deflate, stream_lz4, stream_lz4_legacy, stream_zstd;
