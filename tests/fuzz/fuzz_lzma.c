// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LZMA resumed. The input is taken in two ways: as a stream that somebody hands over, resumed for bytes that it may
 * or may not be of; and as bytes, compressed by liblzma and then resumed with other bytes from a place that the input
 * chooses, which must decode to exactly those.
 */
#include <stdlib.h>

#include "base/error.h"
#include "fw/codec.h"
#include "fw/lzma_encode.h"

#define LIMIT ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

static void require_gives(struct span stream, struct span want)
{
	struct buffer got = { 0 };

	require(codec_decode(CODEC_LZMA, stream, want.n, want.n, &got, NULL) == 0);
	require(got.n == want.n && (want.n == 0 || memcmp(got.p, want.p, want.n) == 0));
	buffer_done(&got);
}

/* A stranger's stream: of what it decodes to, where it does, and of something else. */
static void as_stream(struct span s)
{
	struct buffer bytes = { 0 }, again = { 0 };

	if (codec_decode(CODEC_LZMA, s, 0, LIMIT, &bytes, NULL) == 0 &&
	    lzma_resume(s, buffer_span(&bytes), bytes.n, &again, NULL) == 0)
		require_gives(buffer_span(&again), buffer_span(&bytes));
	buffer_done(&again);
	buffer_done(&bytes);
	if (lzma_resume(s, s, s.n, &again, NULL) == 0)
		require(again.p && again.n >= 13);
	buffer_done(&again);
}

/* The first two bytes say where, the third which properties. */
static void as_bytes(struct span s)
{
	uint8_t head[13] = { 0x5d, 0, 0, 4 };
	struct buffer old = { 0 }, again = { 0 };
	struct span before;
	uint16_t at;
	uint8_t props;

	if (!span_le16(s, 0, &at) || !span_u8(s, 2, &props) || !span_from(s, 3, &s))
		return;
	head[0] = props % 225;
	if (head[0] % 9 + head[0] / 9 % 5 > 4)
		head[0] = 0x5d;
	at = (uint16_t)(at % (s.n + 1));
	require(span_cut(s, 0, at + (s.n - at) / 2, &before));
	require(lzma_encode(before, SPAN_OF(head), at % 4, &old, NULL) == 0);
	require_gives(buffer_span(&old), before);
	require(lzma_resume(buffer_span(&old), s, at, &again, NULL) == 0);
	require_gives(buffer_span(&again), s);
	buffer_done(&again);
	buffer_done(&old);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = { data, size };

	if (size > 1 << 16)
		return 0;
	as_stream(s);
	as_bytes(s);
	return 0;
}
