// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as an OpRegion: a VBT that is answered lies within them. */
#include <stdlib.h>

#include "fw/opregion.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report rep = { 0 };
	struct opregion o;
	int r = opregion_read((struct span) { data, size }, &o, &rep);

	require(r == rep.code);
	if (r == 0 && (o.where == OPREGION_VBT_MAILBOX || o.where == OPREGION_VBT_RVDA))
		require(o.vbt.bytes.n == o.vbt.size && o.vbt.bytes.p + o.vbt.bytes.n <= data + size);
	return 0;
}
