// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/vfct.h"

#include "base/error.h"

#define LENGTH_AT   0x04
#define REVISION_AT 0x08
#define IMAGE_AT    0x34
#define LIB1_AT	    0x38

static bool sums_to_zero(struct span s)
{
	uint8_t sum = 0, b;

	for (size_t at = 0; span_u8(s, at, &b); at++)
		sum = (uint8_t)(sum + b);
	return sum == 0;
}

int vfct_read(struct span table, struct vfct *ret, struct report *rep)
{
	struct vfct v = { 0 };
	uint32_t length;

	if (!span_is(table, 0, "VFCT"))
		return report_refuse(rep, table.n < 4 ? IGD_ETRUNC : IGD_EMAGIC, 0, "not a VFCT table");
	if (table.n < VFCT_HEADER_LEN || !span_le32(table, LENGTH_AT, &length) ||
	    !span_u8(table, REVISION_AT, &v.revision) || !span_le32(table, IMAGE_AT, &v.image_at) ||
	    !span_le32(table, LIB1_AT, &v.lib1_at))
		return report_refuse(rep, IGD_ETRUNC, table.n, "ends inside the header of the VFCT");
	if (length < VFCT_HEADER_LEN || !span_cut(table, 0, length, &v.bytes))
		return report_refuse(rep, IGD_ELENGTH, LENGTH_AT, "a VFCT of %u bytes does not fit into %zu", length,
				     table.n);
	if (v.image_at < VFCT_HEADER_LEN || v.image_at > length)
		return report_refuse(rep, IGD_ELENGTH, IMAGE_AT, "images begin at 0x%x, outside of what follows",
				     v.image_at);
	v.checksum_ok = sums_to_zero(v.bytes);
	if (!v.checksum_ok)
		report_note(rep, 0x09, "the table's checksum is wrong");
	*ret = v;
	return 0;
}

int vfct_next(const struct vfct *v, size_t *at, size_t *n, struct vfct_image *ret, struct report *rep)
{
	struct vfct_image i = { .at = *n ? *at : v->image_at };
	uint32_t length;
	struct span h;

	if (i.at >= v->bytes.n)
		return 0;
	if (*n == VFCT_IMAGES_MAX)
		return report_refuse(rep, IGD_ELIMIT, i.at, "more than %d images", VFCT_IMAGES_MAX);
	if (!span_cut(v->bytes, i.at, VFCT_IMAGE_HEADER_LEN, &h) || !span_le32(h, 0, &i.bus) ||
	    !span_le32(h, 4, &i.dev) || !span_le32(h, 8, &i.fn) || !span_le16(h, 12, &i.vendor) ||
	    !span_le16(h, 14, &i.device) || !span_le16(h, 16, &i.subvendor) || !span_le16(h, 18, &i.subdevice) ||
	    !span_le32(h, 20, &i.revision) || !span_le32(h, 24, &length))
		return report_refuse(rep, IGD_ETRUNC, i.at, "the table ends inside an image's header");
	if (!span_cut(v->bytes, i.at + VFCT_IMAGE_HEADER_LEN, length, &i.rom))
		return report_refuse(rep, IGD_ELENGTH, i.at + 24, "an image of %u bytes does not fit into the table",
				     length);
	*at = i.at + VFCT_IMAGE_HEADER_LEN + length;
	++*n;
	*ret = i;
	return 1;
}

bool vfct_is_at(const struct vfct_image *i, struct pci_addr a)
{
	return a.domain == 0 && i->bus == a.bus && i->dev == a.dev && i->fn == a.fn;
}
