// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/carve.h"

#include "base/macros.h"
#include "fw/oprom.h"
#include "fw/volume.h"
#include "std/pi.h"

bool carve_is_vbt(struct span s)
{
	uint16_t header, size;
	uint32_t bdb;

	return span_is(s, 0, "$VBT") && span_le16(s, 0x16, &header) && span_le16(s, 0x18, &size) &&
	       span_le32(s, 0x1c, &bdb) && header >= 0x20 && header <= 0x100 && size > header && size <= s.n &&
	       bdb >= header && bdb < size && span_is(s, bdb, "BIOS_DATA_BLOCK ");
}

static bool is_volume(struct span s)
{
	struct volume v;

	return volume_read(s, &v, NULL) == 0;
}

static bool is_rom(struct span s)
{
	return oprom_is(s, 0);
}

/* The mark of a kind, where in the structure it stands, and what else must be right. */
static const struct {
	const char *mark;
	size_t n, at;
	bool (*is)(struct span s);
} marks[] = {
	[CARVE_VOLUME] = { "_FVH", 4, FV_SIGNATURE, is_volume },
	[CARVE_VBT] = { "$VBT", 4, 0, carve_is_vbt },
	[CARVE_ROM] = { "\x55\xaa", 2, 0, is_rom },
};

/* The first candidate of kind @k that begins in [from, to); SIZE_MAX: none. */
static size_t candidate(struct span bytes, size_t from, size_t to, enum carve_kind k)
{
	struct span rest, marked;

	/* The mark may stand as far behind the last place as it is long. */
	while (from < to && span_from(bytes, from, &rest) && span_from(rest, marks[k].at, &marked)) {
		size_t most = to - from + marks[k].n - 1;
		const uint8_t *hit = memmem(marked.p, marked.n < most ? marked.n : most, marks[k].mark, marks[k].n);

		if (!hit)
			break;
		from += (size_t)(hit - marked.p);
		if (span_from(bytes, from, &rest) && marks[k].is(rest))
			return from;
		from++;
	}
	return SIZE_MAX;
}

void carve_init(struct carve *c, struct span bytes)
{
	*c = (struct carve) { .bytes = bytes, .next = { SIZE_MAX, SIZE_MAX, SIZE_MAX } };
}

/* Volumes come first, and tile most areas: then nothing else is searched for but in what they leave. */
bool carve_next(struct carve *c, size_t from, size_t *ret_at, enum carve_kind *ret_kind)
{
	size_t best = SIZE_MAX, to = c->bytes.n;

	for (enum carve_kind k = 0; k < ARRAY_SIZE(c->next); k++) {
		size_t begin = c->seen[k] > from ? c->seen[k] : from;

		if (c->next[k] == SIZE_MAX || c->next[k] < from) {
			c->next[k] = candidate(c->bytes, begin, to, k);
			c->seen[k] = c->next[k] == SIZE_MAX ? to : c->next[k] + 1;
		}
		if (c->next[k] < to) {
			best = to = c->next[k];
			*ret_kind = k;
		}
	}
	*ret_at = best;
	return best != SIZE_MAX;
}
