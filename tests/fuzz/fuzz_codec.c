// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The decoders that are libraries: the first byte says which, the rest is the stream. Whatever it is, the output
 * keeps to the limit, is untouched after a refusal, and is the same when its size was known before.
 */
#include <stdlib.h>

#include "base/error.h"
#include "fw/codec.h"

#define LIMIT ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum codec codecs[] = { CODEC_LZMA, CODEC_LZMA_F86, CODEC_BROTLI,	 CODEC_ZLIB,
					     CODEC_GZIP, CODEC_LZ4,	 CODEC_LZ4_BLOCK };
	struct buffer b = { 0 }, again = { 0 };
	struct report rep = { 0 };
	enum codec c;
	struct span s;
	int r;

	if (!span_from((struct span) { data, size }, 1, &s))
		return 0;
	c = codecs[data[0] % (sizeof(codecs) / sizeof(codecs[0]))];
	r = codec_decode(c, s, 0, LIMIT, &b, &rep);
	require(r == rep.code);
	require(r == 0 ? b.p && b.n <= LIMIT : !b.p && !b.n);
	if (r < 0)
		return 0;
	require(codec_decode(c, s, b.n, b.n, &again, NULL) == 0);
	if (!again.p || !b.p)
		abort();
	require(again.n == b.n && memcmp(again.p, b.p, b.n) == 0);
	buffer_done(&again);
	require(b.n == 0 || codec_decode(c, s, 0, b.n - 1, &again, NULL) == -IGD_ELIMIT);
	require(codec_decode(c, s, b.n + 1, LIMIT, &again, NULL) == -IGD_ELENGTH);
	require(!again.p);
	buffer_done(&b);
	return 0;
}
