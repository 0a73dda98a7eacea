// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes mended as an option ROM: what comes out is a good chain, and mending it again changes nothing. The first
 * byte chooses whether, and to what, ids are changed. */
#include <stdlib.h>

#include "base/arena.h"
#include "fw/oprom_fix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void result_check(struct span rom, const struct oprom_changes *changes, const struct oprom_fix_wish *wish)
{
	static struct oprom_chain c;

	must(rom.n >= 4096 && rom.n % OPROM_BLOCK == 0);
	must(oprom_chain_read(rom, &c, NULL) == 0);
	must(c.images[0].at == 0 && c.end == OPROM_END_LAST && !c.more);
	for (size_t i = 0; i < c.n; i++) {
		const struct oprom *o = &c.images[i];

		if (o->place != OPROM_CHAINED && o->place != OPROM_GAP)
			continue;
		must(!o->partial && !o->no_length && o->sum != OPROM_SUM_BAD);
		must(!wish->device_known || (o->vendor == wish->vendor && o->device == wish->device));
	}
	for (size_t i = 0; i < changes->n; i++)
		must(changes->v[i].at <= rom.n && changes->v[i].size <= rom.n - changes->v[i].at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oprom_fix_wish wish = { .device_known = size && (data[0] & 1), .vendor = 0x8086, .device = 0x3e92 };
	struct oprom_changes changes = { 0 }, none = { 0 };
	struct buffer once = { 0 }, twice = { 0 };
	struct arena a = { .limit = 1 << 20 };
	struct span rom;

	if (span_from((struct span) { data, size }, 1, &rom) &&
	    oprom_fix(rom, &wish, &a, &once, &changes, NULL) == 0) {
		result_check(buffer_span(&once), &changes, &wish);
		must(oprom_fix(buffer_span(&once), &wish, &a, &twice, &none, NULL) == 0 && none.n == 0);
		must(twice.n == once.n && memcmp(twice.p, once.p, once.n) == 0);
	} else {
		must(!once.p && changes.n == 0);
	}
	buffer_done(&once);
	buffer_done(&twice);
	arena_done(&a);
	return 0;
}
