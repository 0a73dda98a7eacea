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

static size_t candidate(struct span bytes, size_t from, enum carve_kind k)
{
	struct span rest;

	while (span_from(bytes, from, &rest) && rest.n > marks[k].at) {
		struct span body;
		const uint8_t *hit;

		if (!span_from(rest, marks[k].at, &body))
			break;
		hit = memmem(body.p, body.n, marks[k].mark, marks[k].n);
		if (!hit)
			break;
		from += (size_t)(hit - body.p);
		if (span_from(bytes, from, &rest) && marks[k].is(rest))
			return from;
		from++;
	}
	return SIZE_MAX;
}

void carve_init(struct carve *c, struct span bytes)
{
	c->bytes = bytes;
	for (enum carve_kind k = 0; k < ARRAY_SIZE(c->next); k++)
		c->next[k] = candidate(bytes, 0, k);
}

bool carve_next(struct carve *c, size_t from, size_t *ret_at, enum carve_kind *ret_kind)
{
	size_t best = SIZE_MAX;

	for (enum carve_kind k = 0; k < ARRAY_SIZE(c->next); k++) {
		if (c->next[k] < from)
			c->next[k] = candidate(c->bytes, from, k);
		if (c->next[k] < best) {
			best = c->next[k];
			*ret_kind = k;
		}
	}
	*ret_at = best;
	return best != SIZE_MAX;
}
