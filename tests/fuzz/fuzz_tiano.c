// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a stream of Tiano and of EFI 1.1, decoded. What decodes, and the input itself, is encoded and decoded
 * again: the same bytes.
 */
#include <stdlib.h>

#include "base/error.h"
#include "fw/tiano.h"
#include "fw/tiano_encode.h"

#define LIMIT ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

static void there_and_back(struct span s, enum codec c)
{
	struct buffer packed = { 0 }, b = { 0 };
	bool exact = false;

	require(tiano_encode(s, c, &packed) == 0);
	require(tiano_decode(buffer_span(&packed), c == CODEC_TIANO ? 5 : 4, s.n, s.n, &b, &exact, NULL) == 0);
	require(exact && b.n == s.n && (s.n == 0 || memcmp(b.p, s.p, s.n) == 0));
	buffer_done(&b);
	buffer_done(&packed);
}

static void decode(struct span s, enum codec c)
{
	struct buffer b = { 0 }, again = { 0 };
	struct report rep = { 0 };
	int r = codec_decode(c, s, 0, LIMIT, &b, &rep);

	require(r == rep.code);
	require(r == 0 ? b.p && b.n <= LIMIT : !b.p && !b.n);
	if (r < 0)
		return;
	require(codec_decode(c, s, b.n + 1, LIMIT, &again, NULL) == -IGD_ELENGTH);
	require(b.n == 0 || codec_decode(c, s, b.n, b.n - 1, &again, NULL) == -IGD_ELIMIT);
	if (b.n <= 1 << 16)
		there_and_back(buffer_span(&b), c);
	buffer_done(&b);
}

static bool has_section(struct span s)
{
	uint8_t type;

	return span_u8(s, 3, &type) && type >= 0x01 && type <= 0x1c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = { data, size };
	struct buffer b = { 0 };
	enum codec which;

	for (enum codec c = CODEC_TIANO; c <= CODEC_EFI11; c++) {
		decode(s, c);
		there_and_back(s, c);
	}
	if (codec_decode_efi(s, 0, LIMIT, has_section, &b, &which, NULL) == 0)
		require(b.p && b.n <= LIMIT && (which == CODEC_TIANO || which == CODEC_EFI11));
	buffer_done(&b);
	return 0;
}
