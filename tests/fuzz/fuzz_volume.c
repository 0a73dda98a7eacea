// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a firmware volume: each file lies behind the one before it, inside the volume. */
#include <stdlib.h>

#include "fw/volume.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

static void files(const struct volume *v, struct report *rep)
{
	size_t at = v->header_size, before = at;
	struct ffs_file f;
	char buf[16];

	for (; volume_next(v, &at, &f, rep) == 1; before = at) {
		require(f.at >= before && at == f.at + f.bytes.n && at <= v->bytes.n);
		require(f.bytes.n >= f.head && f.body.n <= f.bytes.n - f.head);
		require(ffs_type_str(f.type, buf)[0] != '\0');
	}
	require(at == before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span s = { data, size };
	struct report rep = { 0 };
	struct ffs_file f;
	struct volume v;
	int r = volume_read(s, &v, &rep);

	require(r == rep.code);
	if (r == 0) {
		require(v.bytes.p == data && v.bytes.n <= size && v.header_size <= v.bytes.n);
		require(v.partial == (v.length > size));
		require(volume_system_str(v.system) != NULL);
		files(&v, &rep);
	}
	if (ffs_read(s, &f) == 0)
		require(!f.partial && f.bytes.n <= size && f.at == 0);
	return 0;
}
