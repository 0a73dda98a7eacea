// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a VFCT: its images lie one behind another inside the table, and are read to the last byte. */
#include <stdlib.h>

#include "base/error.h"
#include "fw/vfct.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

static unsigned sum_of(struct span s)
{
	unsigned sum = 0;
	uint8_t b;

	for (size_t at = 0; span_u8(s, at, &b); at++)
		sum += b;
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span all = { data, size };
	struct report rep = { 0 };
	struct vfct_image i = { 0 };
	size_t at = 0, n = 0, end;
	struct vfct v;
	int r;

	r = vfct_read(all, &v, &rep);
	require(r == rep.code);
	if (r < 0)
		return 0;
	require(v.bytes.n <= size && v.checksum_ok == (sum_of(v.bytes) % 256 == 0));
	for (end = v.image_at; (r = vfct_next(&v, &at, &n, &i, &rep)) == 1; end = at) {
		require(i.at == end && at == i.at + VFCT_IMAGE_HEADER_LEN + i.rom.n && at <= v.bytes.n);
		require(sum_of(i.rom) <= 255 * i.rom.n);
	}
	require(r == rep.code && n <= VFCT_IMAGES_MAX);
	require(r != 0 || end == v.bytes.n);
	return 0;
}
