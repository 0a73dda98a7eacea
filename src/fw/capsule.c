// SPDX-License-Identifier: GPL-2.0-or-later
/* capsule.c - capsules by their GUID, and Dell's text header. */
#include "fw/capsule.h"

#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "fw/codec.h"
#include "fw/guid.h"
#include "fw/wrap_tool.h"

#define HEADER_MIN     0x1c
#define HEADER_SIZE_AT 0x10
#define ITEMS_MAX      256 /* drivers and payloads of one capsule; real ones have a handful */

struct capsule {
	const struct row *row;
	size_t header;	   /* bytes of it, as it says */
	size_t image, end; /* where the image lies */
	bool partial;	   /* it ought to be longer */
};

typedef int body_fn(struct span s, const struct capsule *c, const struct wrap_sink *sink, struct report *rep);

static body_fn image_open, fmp_open;

struct row {
	struct guid guid;
	const char *member; /* what its image is called */
	uint8_t size_at;    /* of all, header and image, 32 bits */
	uint8_t image_at;   /* u16: where the image begins; 0: behind the header */
	body_fn *open;
};

/* UEFITool common/ffs.h at 0169c8c9; FMP: UEFI Specification 2.10, 23.3.1 */
static const struct row rows[] = {
	{ GUID(0x3b6686bd, 0x0d76, 0x4030, 0xb7, 0x0e, 0xb5, 0x51, 0x9e, 0x2f, 0xc5, 0xa0), "EFI image", 0x18, 0,
	  image_open },
	{ GUID(0x6dcbd5ed, 0xe82d, 0x4c44, 0xbd, 0xa1, 0x71, 0x94, 0x19, 0x9a, 0xd9, 0x2a), "FMP", 0x18, 0,
	  fmp_open },
	{ GUID(0x4a3ca68b, 0x7723, 0x48fb, 0x80, 0x3d, 0x57, 0x8c, 0xc1, 0xfe, 0xc4, 0x4d), "AMI signed image", 0x18,
	  0x1c, image_open },
	{ GUID(0x14eebb90, 0x890a, 0x43db, 0xae, 0xd1, 0x5d, 0x3c, 0x45, 0x88, 0xa4, 0x18), "AMI image", 0x18, 0x1c,
	  image_open },
	{ GUID(0x3be07062, 0x1d51, 0x45d2, 0x83, 0x2b, 0xf0, 0x93, 0x25, 0x7e, 0xd4, 0x61), "Toshiba image", 0x14, 0,
	  image_open },
	{ GUID(0xe20bafd3, 0x9914, 0x4f4f, 0x95, 0x37, 0x31, 0x29, 0xe0, 0x90, 0xeb, 0x3c), "Lenovo image", 0x18, 0,
	  image_open },
	{ GUID(0x25b5fe76, 0x8243, 0x4a5c, 0xa9, 0xbd, 0x7e, 0xe3, 0x24, 0x61, 0x98, 0xb5), "Lenovo image", 0x18, 0,
	  image_open },
	{ GUID(0x539182b9, 0xabb5, 0x4391, 0xb6, 0x9a, 0xe3, 0xa9, 0x43, 0xf7, 0x2f, 0xcc), "Intel image", 0x18, 0,
	  image_open },
};

static bool guid_at(struct span s, size_t at, const struct guid *g)
{
	struct span c;

	return span_cut(s, at, sizeof(g->b), &c) && memcmp(c.p, g->b, sizeof(g->b)) == 0;
}

static const struct row *row_of(struct span s)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (guid_at(s, 0, &rows[i].guid))
			return &rows[i];
	return NULL;
}

static bool capsule_is(struct span s)
{
	return s.n >= HEADER_MIN && row_of(s);
}

/*
 * Where the image ends. The size is the header's and the image's together; where it makes no sense all that is there
 * is taken, since firmware volumes bring their own lengths.
 */
static void end_read(struct span s, uint32_t size, struct capsule *c, struct report *rep)
{
	size_t at = c->row->size_at;

	c->end = s.n;
	c->partial = size > s.n;
	if (c->partial)
		report_note(rep, at, "the capsule is %u bytes, %zu of them are there", size, s.n);
	else if (size <= c->image)
		report_note(rep, at, "a capsule of %u bytes ends inside its header; all %zu are taken", size, s.n);
	else if (s.n - size == c->header && size != s.n)
		report_note(rep, at, "the size of %u bytes leaves the header out", size);
	else
		c->end = size;
}

static int capsule_read(struct span s, const struct row *row, struct capsule *ret, struct report *rep)
{
	struct capsule c = { .row = row };
	uint32_t header, size;
	uint16_t image;

	if (!span_le32(s, HEADER_SIZE_AT, &header) || !span_le32(s, c.row->size_at, &size) || s.n < HEADER_MIN)
		return report_refuse(rep, IGD_ETRUNC, s.n, "the capsule ends inside its header");
	if (header < HEADER_MIN || header >= s.n)
		return report_refuse(rep, IGD_ELENGTH, HEADER_SIZE_AT, "a header of %u bytes in a capsule of %zu",
				     header, s.n);
	c.header = c.image = header;
	if (c.row->image_at) {
		if (!span_le16(s, c.row->image_at, &image))
			return report_refuse(rep, IGD_ETRUNC, s.n, "the capsule ends inside its header");
		if (image < c.row->image_at + 2u || image >= s.n)
			return report_refuse(rep, IGD_ELENGTH, c.row->image_at,
					     "the image at 0x%x is not in the capsule", image);
		c.image = image;
	}
	end_read(s, size, &c, rep);
	*ret = c;
	return 0;
}

static int capsule_open(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	const struct row *row = row_of(s);
	struct capsule c;
	struct span rest;
	int r;

	if (!row)
		return report_refuse(rep, IGD_EMAGIC, 0, "no GUID of a capsule");
	r = capsule_read(s, row, &c, rep);
	if (r < 0)
		return r;
	r = row->open(s, &c, sink, rep);
	if (r != 0 || !span_from(s, c.end, &rest) || rest.n == 0)
		return r;
	report_note(rep, c.end, "%zu bytes lie behind the capsule", rest.n);
	return wrap_give(sink, (struct wrap_member) { .name = "behind", .bytes = rest, .at = c.end });
}

static int image_open(struct span s, const struct capsule *c, const struct wrap_sink *sink, struct report *rep)
{
	struct span image;

	if (!span_cut(s, c->image, c->end - c->image, &image))
		return report_refuse(rep, IGD_ELENGTH, c->image, "the image is not in the capsule");
	return wrap_give(sink,
			 (struct wrap_member) {
				 .name = c->row->member, .bytes = image, .at = c->image, .partial = c->partial });
}

/* ---- firmware management protocol: UEFI Specification 2.10, 23.3.2 ------------------------------------------ */

#define FMP_HEADER     8  /* version, counts of drivers and payloads; then an offset of 64 bits for each */
#define AUTH_CERT      8  /* behind a count of 64 bits: EFI_FIRMWARE_IMAGE_AUTHENTICATION, 23.1 */
#define CERT_MIN       24 /* length, revision, type, GUID: WIN_CERTIFICATE_UEFI_GUID, 32.2.4 */
#define CERT_REVISION  0x0200
#define CERT_TYPE_GUID 0x0ef1
#define MSS1_MIN       16 /* edk2 FmpDevicePkg FmpPayloadHeaderLib: signature, header size, two versions */

struct fmp {
	struct span body; /* from the header of the protocol on */
	size_t at;	  /* where that is in the capsule */
	unsigned n_drivers, n_items;
	unsigned n_given;
	size_t next; /* items come one behind the other: where the last one ended */
};

/*
 * Where the image begins behind what vouches for it: an authentication with its certificate, and the header with
 * versions that edk2 puts in front. Either may be missing.
 */
static size_t payload_skip(struct span image)
{
	struct span cert, inner;
	uint16_t revision, type;
	uint32_t length, header;
	size_t at = 0;

	if (span_from(image, AUTH_CERT, &cert) && span_le32(cert, 0, &length) && span_le16(cert, 4, &revision) &&
	    span_le16(cert, 6, &type) && revision == CERT_REVISION && type == CERT_TYPE_GUID && length >= CERT_MIN &&
	    length <= cert.n)
		at = AUTH_CERT + length;
	if (span_from(image, at, &inner) && span_is(inner, 0, "MSS1") && span_le32(inner, 4, &header) &&
	    header >= MSS1_MIN && header <= inner.n)
		at += header;
	return at;
}

/* One payload: its header, in the length of its version, the image, and the vendor's own bytes behind. */
static int payload_give(struct fmp *f, unsigned number, struct span item, size_t at, const struct wrap_sink *sink,
			struct report *rep)
{
	static const uint8_t header_len[] = { 0x20, 0x28, 0x30 }; /* by version: 1, 2 and 3 */
	uint32_t version, size, vendor_size;
	struct span image, vendor;
	char name[48];
	size_t header, skip;
	bool partial;
	int r;

	if (!span_le32(item, 0, &version) || !span_le32(item, 0x18, &size) || !span_le32(item, 0x1c, &vendor_size) ||
	    version < 1 || version > ARRAY_SIZE(header_len) || item.n < header_len[version - 1]) {
		report_note(rep, at, "payload %u has no header of version 1 to 3", number);
		return 0;
	}
	header = header_len[version - 1];
	partial = !span_cut(item, header, size, &image);
	if (partial) {
		report_note(rep, at, "payload %u has %zu of its %u bytes", number, item.n - header, size);
		if (!span_from(item, header, &image))
			return 0;
	}
	skip = payload_skip(image);
	if (!span_from(image, skip, &image) || image.n == 0) {
		report_note(rep, at, "payload %u has no bytes", number);
		return 0;
	}
	snprintf(name, sizeof(name), "payload %u", number);
	f->n_given++;
	r = wrap_give(sink, (struct wrap_member) {
				    .name = name, .bytes = image, .at = at + header + skip, .partial = partial });
	if (r != 0 || partial || vendor_size == 0)
		return r;
	if (!span_cut(item, header + size, vendor_size, &vendor)) {
		report_note(rep, at + 0x1c, "the vendor's %u bytes behind payload %u do not fit", vendor_size,
			    number);
		return 0;
	}
	snprintf(name, sizeof(name), "vendor code %u", number);
	return wrap_give(sink, (struct wrap_member) { .name = name, .bytes = vendor, .at = at + header + size });
}

/*
 * Item @i: from its offset to the next one's, or to the end. False where the offset is none. One that reaches back
 * into an earlier item is none either: each byte of the capsule is handed over once.
 */
static bool item_cut(struct fmp *f, unsigned i, size_t *ret_at, struct span *ret)
{
	uint64_t at, next;

	if (!span_le64(f->body, FMP_HEADER + 8 * (size_t)i, &at) || at < f->next || at >= f->body.n)
		return false;
	if (i + 1 >= f->n_drivers + f->n_items || !span_le64(f->body, FMP_HEADER + 8 * ((size_t)i + 1), &next) ||
	    next <= at || next > f->body.n)
		next = f->body.n;
	f->next = (size_t)next;
	*ret_at = (size_t)at;
	return span_cut(f->body, (size_t)at, (size_t)(next - at), ret);
}

static int fmp_item(struct fmp *f, unsigned i, const struct wrap_sink *sink, struct report *rep)
{
	struct span item;
	char name[32];
	size_t at;

	if (!item_cut(f, i, &at, &item)) {
		report_note(rep, f->at + FMP_HEADER + 8 * (size_t)i,
			    "item %u lies outside the capsule or in another item", i + 1);
		return 0;
	}
	if (i >= f->n_drivers)
		return payload_give(f, i - f->n_drivers + 1, item, f->at + at, sink, rep);
	snprintf(name, sizeof(name), "driver %u", i + 1);
	f->n_given++;
	return wrap_give(sink, (struct wrap_member) { .name = name, .bytes = item, .at = f->at + at });
}

static int fmp_open(struct span s, const struct capsule *c, const struct wrap_sink *sink, struct report *rep)
{
	struct fmp f = { .at = c->header };
	uint16_t drivers, items;
	uint32_t version;
	int r = 0;

	if (!span_cut(s, c->header, c->end - c->header, &f.body) || !span_le32(f.body, 0, &version) ||
	    !span_le16(f.body, 4, &drivers) || !span_le16(f.body, 6, &items))
		return report_refuse(rep, IGD_ETRUNC, s.n, "the capsule ends inside its second header");
	if (version != 1)
		report_note(rep, f.at, "version %u of the header is not known", version);
	f.n_drivers = drivers;
	f.n_items = items;
	f.next = FMP_HEADER + 8 * ((size_t)drivers + items);
	if (f.n_drivers + f.n_items == 0 || f.n_drivers + f.n_items > ITEMS_MAX || f.next > f.body.n)
		return report_refuse(rep, IGD_ELENGTH, f.at + 4, "%u drivers and %u payloads do not fit", drivers,
				     items);
	for (unsigned i = 0; i < f.n_drivers + f.n_items && r == 0; i++)
		r = fmp_item(&f, i, sink, rep);
	if (r == 0 && f.n_given == 0)
		return report_refuse(rep, IGD_ELENGTH, f.at, "no item of the capsule is whole");
	return r;
}

const struct wrapper wrapper_capsule = {
	.name = "capsule",
	.says = "UEFI capsule (EFI, FMP, AMI, Intel, Lenovo, Toshiba)",
	.is = capsule_is,
	.open = capsule_open,
};

/* ---- Dell's text -------------------------------------------------------------------------------------------- */

#define TEXT_LEN 0xa8 /* UEFITool issue 354 */
#define LZMA_HEAD \
	13 /* properties, dictionary, decoded size: the .lzma format of XZ Utils, doc/lzma-file-format.txt */

/* Not one of the bytes @s has is other than text, line ends and the zeros behind it. */
static bool is_text(struct span s)
{
	struct span rest = span_before(s, 0);
	uint8_t c;

	for (size_t i = 0; span_u8(s, i, &c); i++)
		if (i < rest.n ? (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c > 0x7e : c != 0)
			return false;
	return rest.n > 0;
}

/* The head of an .lzma stream as encoders write it: the usual dictionary sizes, a size below 1 GiB or none given. */
static bool is_lzma(struct span s)
{
	uint32_t dict;
	uint8_t props;
	uint64_t size;

	if (!span_u8(s, 0, &props) || !span_le32(s, 1, &dict) || !span_le64(s, 5, &size))
		return false;
	return props < 9 * 5 * 5 && dict >= 4096 && (dict & (dict - 1)) == 0 &&
	       (size == UINT64_MAX || (size > 0 && size < UINT64_C(1) << 30));
}

static bool dell_text_is(struct span s)
{
	struct span text, stream;

	return span_cut(s, 0, TEXT_LEN, &text) && span_from(s, TEXT_LEN, &stream) && is_text(text) &&
	       (text_has(text, "Dell") || text_has(text, "DELL")) && is_lzma(stream);
}

static int dell_text_open(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	struct buffer b = { 0 };
	struct span stream;
	int r;

	if (!span_from(s, TEXT_LEN, &stream) || stream.n < LZMA_HEAD)
		return report_refuse(rep, IGD_ETRUNC, s.n, "nothing lies behind the text");
	r = codec_decode(CODEC_LZMA, stream, 0, sink->room(sink->ctx), &b, rep);
	if (r < 0)
		return r;
	if (b.n == 0) {
		buffer_done(&b);
		return report_refuse(rep, IGD_ELENGTH, TEXT_LEN, "the stream holds nothing");
	}
	return wrap_give_buffer(sink, &b, (struct wrap_member) { .name = "container", .how = "lzma" });
}

const struct wrapper wrapper_dell_text = {
	.name = "dell-text",
	.says = "Dell server firmware (text header and LZMA)",
	.is = dell_text_is,
	.open = dell_text_open,
};
