// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/flash.h"

#include "base/error.h"
#include "base/macros.h"

/* Newer images have 16 bytes of reset vector before the signature. */
static bool signature_find(struct span s, size_t *ret)
{
	uint32_t word;

	for (size_t at = 0; at <= 0x10; at += 0x10)
		if (span_le32(s, at, &word) && word == IFD_SIGNATURE) {
			*ret = at;
			return true;
		}
	return false;
}

bool flash_is(struct span s)
{
	size_t at;

	return signature_find(s, &at);
}

static const char *region_str(unsigned n)
{
	static const char *const words[IFD_REGIONS_MAX] = {
		"descriptor", "bios",	 "me", "gbe",	 "platform", "devexp1",	  "bios2",     "microcode",
		"ec",	      "devexp2", "ie", "10gbe0", "10gbe1",   "region-13", "region-14", "ptt",
	};

	return words[n];
}

static void region_add(struct flash *f, const struct flash_region *r)
{
	size_t i = f->n_regions++;

	for (; i > 0 && f->regions[i - 1].at > r->at; i--)
		f->regions[i] = f->regions[i - 1];
	f->regions[i] = *r;
	f->partial |= r->partial;
}

static void region_read(struct span s, uint32_t word, uint32_t mask, unsigned n, struct flash *f, struct report *rep)
{
	struct flash_region r = { .name = region_str(n), .number = (uint8_t)n };
	uint32_t base = word & mask, limit = word >> 16 & mask;
	uint64_t at = (uint64_t)base * IFD_BLOCK, end = ((uint64_t)limit + 1) * IFD_BLOCK;

	if (limit < base || (base == mask && limit == mask) || (n > 0 && limit == 0))
		return; /* unused */
	r.at = (uint32_t)at;
	r.partial = end > s.n;
	if (r.partial)
		report_note(rep, s.n,
			    "ends here, but the descriptor says that the %s region lies from 0x%llx to 0x%llx",
			    r.name, (unsigned long long)at, (unsigned long long)end);
	if (!span_cut(s, at <= s.n ? (size_t)at : s.n, at > s.n ? 0 : (size_t)((end > s.n ? s.n : end) - at),
		      &r.bytes))
		return;
	region_add(f, &r);
}

/* Nothing says that they may, and which of the two has the bytes nobody knows. */
static void overlaps_tell(const struct flash *f, struct report *rep)
{
	const struct flash_region *last = &f->regions[0];

	for (size_t i = 1; i < f->n_regions; i++) {
		const struct flash_region *r = &f->regions[i];

		if (r->at < last->at + last->bytes.n)
			report_note(rep, r->at, "the %s region overlaps the %s region", r->name, last->name);
		if (r->at + r->bytes.n > last->at + last->bytes.n)
			last = r;
	}
}

int flash_read(struct span s, struct flash *ret, struct report *rep)
{
	uint32_t map0, map1, component, word, mask;
	size_t sig, at, regions, masters, n;
	struct flash f = { .n_regions = 0 };

	if (!signature_find(s, &sig))
		return report_refuse(rep, IGD_EMAGIC, 0x10, "no signature of a flash descriptor");
	if (!span_le32(s, sig + 4, &map0) || !span_le32(s, sig + 8, &map1))
		return report_refuse(rep, IGD_ETRUNC, s.n, "ends inside the flash descriptor");
	at = (map0 & 0xff) << 4;
	regions = (map0 >> 16 & 0xff) << 4;
	masters = (map1 & 0xff) << 4;
	if (!span_le32(s, at, &component))
		return report_refuse(rep, IGD_ETRUNC, s.n, "ends inside the flash descriptor");
	/* The first descriptors counted 20 MHz as read frequency 0 and had regions of 12 or 13 bits; see ifdtool. */
	mask = (component >> 17 & 7) == 0 ? 0x1fff : 0x7fff;
	n = masters > regions ? (masters - regions) / 4 : mask == 0x1fff ? 5 : 9;
	n = mask == 0x1fff && n > 5 ? 5 : n > IFD_REGIONS_MAX ? IFD_REGIONS_MAX : n;
	for (unsigned i = 0; i < n && span_le32(s, regions + i * (size_t)4, &word); i++)
		region_read(s, word, mask, i, &f, rep);
	if (f.n_regions == 0)
		return report_refuse(rep, IGD_ELENGTH, regions, "the flash descriptor uses no region");
	overlaps_tell(&f, rep);
	*ret = f;
	return 0;
}
