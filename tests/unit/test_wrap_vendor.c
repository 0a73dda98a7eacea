// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Vendors' wrappers: capsules, BIOS Guard, AMI UCP, Dell PFS. All images are made here and synthetic; tests/images
 * has more of them, with real payloads. Here it is what the fields mean, what is refused, and what damage does.
 */
#include "wrap_seen.h"

#include <zlib.h>

#include "base/error.h"
#include "base/report.h"
#include "fw/capsule.h"
#include "fw/guid.h"
#include "fw/pfat.h"
#include "fw/pfs.h"
#include "fw/ucp.h"

static const struct guid efi = { { 0xbd, 0x86, 0x66, 0x3b, 0x76, 0x0d, 0x30, 0x40, 0xb7, 0x0e, 0xb5, 0x51, 0x9e, 0x2f,
				   0xc5, 0xa0 } };
static const struct guid fmp = { { 0xed, 0xd5, 0xcb, 0x6d, 0x2d, 0xe8, 0x44, 0x4c, 0xbd, 0xa1, 0x71, 0x94, 0x19, 0x9a,
				   0xd9, 0x2a } };
static const struct guid ami = { { 0x90, 0xbb, 0xee, 0x14, 0x0a, 0x89, 0xdb, 0x43, 0xae, 0xd1, 0x5d, 0x3c, 0x45, 0x88,
				   0xa4, 0x18 } };

static void is_member(const struct seen *s, size_t i, const char *name, const char *text, uint64_t at)
{
	assert_true(i < s->n);
	assert_string_equal(s->m[i].name, name);
	assert_string_equal(s->m[i].text, text);
	assert_int_equal(s->m[i].at, at);
	assert_false(s->m[i].partial);
}

/* ---- what the builders share -------------------------------------------------------------------------------- */

static void put_bytes(struct image *m, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(m, ((const uint8_t *)p)[i], 1);
}

static void put_str(struct image *m, const char *s)
{
	put_bytes(m, s, strlen(s));
}

static void fill(struct image *m, size_t to, uint8_t with)
{
	while (m->n < to)
		put(m, with, 1);
}

/* ---- capsules ----------------------------------------------------------------------------------------------- */

static struct image capsule(const struct guid *g, uint32_t header, uint32_t size)
{
	struct image m = { .n = 0 };

	put_bytes(&m, g->b, 16);
	put(&m, header, 4);
	put(&m, 0x50000, 4);
	put(&m, size, 4);
	return m;
}

static struct image efi_capsule(void)
{
	struct image m = capsule(&efi, 0x1c, 0x1c + sizeof(PAYLOAD) - 1);

	put_str(&m, PAYLOAD);
	return m;
}

static struct image ami_capsule(uint16_t image_at)
{
	struct image m = capsule(&ami, 0x20, image_at + (uint32_t)sizeof(PAYLOAD) - 1);

	put(&m, image_at, 2);
	put(&m, 0x20, 2);
	fill(&m, image_at, 0);
	put_str(&m, PAYLOAD);
	return m;
}

/* Two drivers of a byte and two payloads, the second with vendor code. */
static struct image fmp_capsule(void)
{
	struct image m = capsule(&fmp, 0x1c, 0);
	size_t offsets, base = 0x1c;

	put(&m, 1, 4);
	put(&m, 2, 2);
	put(&m, 2, 2);
	offsets = m.n;
	fill(&m, m.n + 32, 0);
	for (size_t i = 0; i < 4; i++) {
		set(&m, offsets + 8 * i, m.n - base, 8);
		if (i < 2) {
			put(&m, 'a' + i, 1);
			continue;
		}
		put(&m, i == 2 ? 1 : 3, 4);
		fill(&m, m.n + 16 + 4, 0x11);
		put(&m, sizeof(PAYLOAD) - 1, 4);
		put(&m, i == 2 ? 0 : 3, 4);
		fill(&m, m.n + (i == 2 ? 0 : 16), 0);
		put_str(&m, PAYLOAD);
		if (i == 3)
			put_str(&m, "own");
	}
	set(&m, 0x18, m.n, 4);
	return m;
}

static void opens_capsules(void **state)
{
	struct image m = efi_capsule();
	struct seen s;

	(void)state;
	assert_ptr_equal(wrapper_of(image_span(&m)), &wrapper_capsule);
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.rep.n_notes, 0);
	is_member(&s, 0, "EFI image", PAYLOAD, 0x1c);

	m = ami_capsule(0x40);
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), 0);
	is_member(&s, 0, "AMI image", PAYLOAD, 0x40);

	m = fmp_capsule();
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), 0);
	assert_int_equal(s.n, 5);
	assert_int_equal(s.rep.n_notes, 0);
	is_member(&s, 0, "driver 1", "a", 0x44);
	is_member(&s, 1, "driver 2", "b", 0x45);
	is_member(&s, 2, "payload 1", PAYLOAD, 0x66);
	is_member(&s, 3, "payload 2", PAYLOAD, 0xae);
	is_member(&s, 4, "vendor code 2", "own", 0xae + sizeof(PAYLOAD) - 1);
}

static void capsules_that_are_odd(void **state)
{
	struct image m = efi_capsule();
	struct seen s;

	(void)state;
	put(&m, 'x', 1); /* behind it */
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), 0);
	is_member(&s, 0, "EFI image", PAYLOAD, 0x1c);
	is_member(&s, 1, "behind", "x", m.n - 1);
	assert_true(noted(&s, "behind the capsule"));
	set(&m, 0x18, 0x1c, 4); /* no room for an image */
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), 0);
	is_member(&s, 0, "EFI image", PAYLOAD "x", 0x1c);
	assert_true(noted(&s, "ends inside its header"));
	set(&m, 0x18, 1000, 4);
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), 0);
	assert_true(s.m[0].partial);

	m = fmp_capsule();
	set(&m, 0x24 + 8, 0x44 - 0x1c, 8); /* the second driver where the first one is */
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), 0);
	assert_true(noted(&s, "item 2 lies outside"));
	set(&m, 0x46, 4, 4); /* the first payload's version */
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), 0);
}

static void refuses_capsules(void **state)
{
	struct image m = efi_capsule();
	struct seen s;

	(void)state;
	set(&m, 0x10, 0x1b, 4);
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), -IGD_ELENGTH);
	set(&m, 0x10, m.n, 4);
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), -IGD_ELENGTH);
	m.n = 0x1b;
	assert_false(wrapper_capsule.is(image_span(&m)));
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), -IGD_ETRUNC);
	m = ami_capsule(0x40);
	set(&m, 0x1c, 0x1d, 2);
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), -IGD_ELENGTH);
	m = fmp_capsule();
	set(&m, 0x20, 0, 4); /* no items */
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), -IGD_ELENGTH);
	set(&m, 0x20, 0xffffffff, 4);
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), -IGD_ELENGTH);
	assert_int_equal(s.n, 0);
	m.b[0]++;
	assert_false(wrapper_capsule.is(image_span(&m)));
	assert_int_equal(open_all(&wrapper_capsule, &m, &s), -IGD_EMAGIC);
}

static void answers_what_the_sink_answers(void **state)
{
	struct image m = fmp_capsule();
	struct seen s;

	(void)state;
	assert_int_equal(open_with(&wrapper_capsule, image_span(&m), &s, 0, 7), 7);
	assert_int_equal(s.n, 1);
	assert_int_equal(open_with(&wrapper_capsule, image_span(&m), &s, 0, -IGD_EIO), -IGD_EIO);
	assert_int_equal(s.n, 1);
}

/* ---- BIOS Guard --------------------------------------------------------------------------------------------- */

/* @kind: of the signature; 0: none */
static void put_block(struct image *m, const char *platform, const char *data, uint32_t position, uint32_t kind)
{
	size_t end;

	put(m, 2, 4);
	put_text(m, platform, 16);
	put(m, kind ? 13 : 12, 4);
	put(m, 2, 4);
	put(m, 0x28, 4);
	put(m, strlen(data), 4);
	fill(m, m->n + 12, 0);
	put(m, 1, 8);
	put(m, 0x51, 4);
	put(m, position, 4);
	put(m, 0x10051, 8);
	put(m, 0x20051, 4);
	put(m, strlen(data), 4);
	put(m, 0xff, 8);
	put_str(m, data);
	if (kind == 0)
		return;
	end = m->n + (kind == 1 || kind == 9 ? 0x20c : 0x30c);
	put(m, kind, 4);
	fill(m, end, 0xa5);
}

static void put_index(struct image *m, const char *index)
{
	put(m, 0x11 + strlen(index), 4);
	put(m, 0, 4);
	put_str(m, "_AMIPFATc");
	put_str(m, index);
}

#define TITLE "AMI_BIOS_GUARD_FLASH_CONFIGURATIONS"

static struct image guard(uint32_t kind)
{
	struct image m = { .n = 0 };

	put_index(&m, TITLE "II00000001\r\n1 /N 1 ;NVRAM.bin\r\n9 /B 2 ;BIOS.bin\r\n");
	put_block(&m, "SYNTHETIC", "variables", 0, kind);
	put_block(&m, "SYNTHETIC", "first half, ", 9, kind);
	put_block(&m, "SYNTHETIC", "second half", 21, kind);
	put_str(&m, "behind");
	return m;
}

static void joins_blocks(void **state)
{
	static const uint32_t kinds[] = { 0, 1, 2, 3 };
	struct image m;
	struct seen s;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		m = guard(kinds[i]);
		assert_ptr_equal(wrapper_of(image_span(&m)), &wrapper_pfat);
		assert_int_equal(open_all(&wrapper_pfat, &m, &s), 0);
		assert_int_equal(s.n, 3);
		assert_int_equal(s.rep.n_notes, 0);
		is_member(&s, 0, "NVRAM.bin", "variables", s.m[0].at);
		is_member(&s, 1, "BIOS.bin", "first half, second half", REPORT_NOWHERE);
		is_member(&s, 2, "out of block", "behind", m.n - 6);
		assert_int_equal(s.spent, 23);
	}
	m = guard(9); /* a kind nobody knows, as long as for 2048 bits */
	m.n -= 6;
	assert_int_equal(open_all(&wrapper_pfat, &m, &s), 0);
	is_member(&s, 1, "BIOS.bin", "first half, second half", REPORT_NOWHERE);
	assert_true(noted(&s, "unusual length"));
}

static void guards_that_are_bad(void **state)
{
	struct image m = guard(0);
	struct seen s;

	(void)state;
	assert_int_equal(open_with(&wrapper_pfat, image_span(&m), &s, 22, 0), -IGD_ELIMIT);
	m.n -= 10; /* into the last block */
	assert_int_equal(open_all(&wrapper_pfat, &m, &s), 0);
	assert_int_equal(s.n, 2);
	assert_true(s.m[1].partial);
	assert_string_equal(s.m[1].text, "first half, second ");
	m.n = 60;
	assert_int_equal(open_all(&wrapper_pfat, &m, &s), -IGD_ETRUNC);

	m = (struct image) { .n = 0 };
	put_index(&m, TITLE "\r\nno file\r\n1 /N 1 ;A\r\n");
	assert_int_equal(open_all(&wrapper_pfat, &m, &s), -IGD_ELENGTH);
	assert_true(noted(&s, "lists no file: no file"));
	put_str(&m, "no block, but bytes that are more than the header of one is long, and one and one");
	assert_int_equal(open_all(&wrapper_pfat, &m, &s), -IGD_ELENGTH);
	m.b[8] = 'x';
	assert_false(wrapper_pfat.is(image_span(&m)));
	assert_int_equal(open_all(&wrapper_pfat, &m, &s), -IGD_EMAGIC);
}

static void finds_marks_in_programs_only(void **state)
{
	static struct image m;
	struct image inner = guard(0);
	struct seen s;

	(void)state;
	m = (struct image) { .n = 0 };
	put_str(&m, "MZ " TITLE " _AMIPFAT");
	put_bytes(&m, inner.b, inner.n);
	assert_int_equal(open_all(&wrapper_pfat, &m, &s), 0);
	is_member(&s, 2, "out of block", "behind", m.n - 6);
	assert_ptr_equal(wrapper_of(image_span(&m)), &wrapper_pfat);
}

/* ---- AMI UCP ------------------------------------------------------------------------------------------------ */

static uint16_t words(const struct image *m, size_t from)
{
	uint16_t sum = 0;

	for (size_t i = from; i < m->n; i += 2)
		sum = (uint16_t)(sum + m->b[i] + (i + 1 < m->n ? m->b[i + 1] << 8 : 0));
	return sum;
}

static void put_module(struct image *m, const char *tag, const void *stream, size_t n)
{
	size_t at = m->n;

	put_text(m, tag, 4);
	put(m, 16 + n, 4);
	put(m, 0, 8);
	put_bytes(m, stream, n);
	set(m, at + 8, (uint16_t)-words(m, at), 2);
}

static void put_plain(struct image *m, const char *tag, const char *text)
{
	struct image body = { .n = 0 };

	put(&body, strlen(text), 4);
	put(&body, strlen(text), 4);
	put_str(&body, text);
	put_module(m, tag, body.b, body.n);
}

/* "AB" as a block of UEFI's compression: literals of 8 bits; wrap.py of tests/images says how. */
static const uint8_t ab_stream[] = {
	9,    0,    0,	  0, /* bytes of stream */
	2,    0,    0,	  0, /* bytes of text */
	0x00, 0x02,	     /* two symbols */
	0x02, 0xa0, 0x00,    /* T: symbol 10; C: 256 lengths of it; P: none, up to the third bit of the next byte */
	0x08, 0x28, 0x40, 0, /* 'A', 'B', zeros */
};

static struct image ucp(void)
{
	struct image m = { .n = 0 };

	put_module(&m, "@UAF", "", 0);
	put_plain(&m, "@UII", "information");
	put_plain(&m, "@NAL", "@R00:C:\\dir\\BIOS.ROM\r\n@S00:x/sign.bin\r\n");
	put_plain(&m, "@R00", PAYLOAD);
	put_module(&m, "@S00", ab_stream, sizeof(ab_stream));
	put_plain(&m, "@XYZ", "unnamed");
	set(&m, 4, m.n, 4);
	set(&m, 8, 0, 2);
	set(&m, 8, (uint16_t)-words(&m, 0), 2);
	return m;
}

static void names_modules(void **state)
{
	struct image m = ucp();
	struct seen s;

	(void)state;
	assert_ptr_equal(wrapper_of(image_span(&m)), &wrapper_ucp);
	assert_int_equal(open_all(&wrapper_ucp, &m, &s), 0);
	assert_int_equal(s.rep.n_notes, 0);
	assert_int_equal(s.n, 5);
	is_member(&s, 0, "@UII", "information", 16 + 24);
	is_member(&s, 2, "BIOS.ROM", PAYLOAD, s.m[2].at);
	is_member(&s, 3, "sign.bin", "AB", REPORT_NOWHERE);
	is_member(&s, 4, "@XYZ", "unnamed", m.n - 7);
	m.b[m.n - 1]++;
	assert_int_equal(open_all(&wrapper_ucp, &m, &s), 0);
	assert_true(noted(&s, "checksum of @XYZ"));
	assert_true(noted(&s, "checksum of the UCP"));
	m.n -= 3; /* the last module ends early */
	assert_int_equal(open_all(&wrapper_ucp, &m, &s), 0);
	assert_true(s.m[4].partial);
	assert_true(noted(&s, "the file ends before"));
}

static void ucps_that_are_bad(void **state)
{
	struct image m = ucp();
	struct seen s;

	(void)state;
	assert_int_equal(open_with(&wrapper_ucp, image_span(&m), &s, 1, 0), 0); /* no room for the stream */
	assert_int_equal(s.n, 4);
	assert_true(noted(&s, "sign.bin cannot be decoded"));
	set(&m, 16 + 4, 23, 4); /* shorter than its own header */
	assert_false(wrapper_ucp.is(image_span(&m)));
	assert_int_equal(open_all(&wrapper_ucp, &m, &s), -IGD_EMAGIC);
	m = (struct image) { .n = 0 };
	put_module(&m, "@HPU", "", 0);
	put_module(&m, "@R00",
		   "\x10\0\0\0\x20\0\0\0"
		   "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		   24);
	set(&m, 4, m.n, 4);
	assert_true(open_all(&wrapper_ucp, &m, &s) < 0);
	assert_int_equal(s.n, 0);
}

/* ---- Dell PFS ----------------------------------------------------------------------------------------------- */

static const uint8_t names_guid[16] = { 0x60, 0x19, 0x04, 0xfd, 0xc8, 0x0d, 0x9f, 0x4b,
					0x82, 0x25, 0xbb, 0xa9, 0xe3, 0x7c, 0x71, 0xe0 };

static void put_entry(struct image *m, const void *guid, const struct image *data, unsigned version,
		      uint64_t metadata_at)
{
	size_t at = m->n;

	put_bytes(m, guid, 16);
	put(m, version, 4);
	fill(m, at + 0x28, 0);
	put(m, data->n, 4);
	put(m, 4, 4); /* signature */
	put(m, metadata_at == UINT64_MAX ? 0 : 0x19, 4);
	put(m, 0, 4);
	fill(m, at + (version == 1 ? 0x48 : 0x58), 0xcc);
	put_bytes(m, data->b, data->n);
	put(m, 0xa5a5a5a5, 4);
	if (metadata_at == UINT64_MAX)
		return;
	put(m, 0xff000000, 4);
	put(m, 0, 4);
	put(m, metadata_at, 4);
	fill(m, m->n + 0x19 - 12, 0);
}

static void volume_begin(struct image *m)
{
	m->n = 0;
	put_str(m, "PFS.HDR.");
	put(m, 1, 4);
	put(m, 0, 4);
}

static void volume_end(struct image *m)
{
	size_t n = m->n - 16;

	set(m, 12, n, 4);
	put(m, n, 4);
	put(m, (uint32_t)~crc32(0, m->b + 16, (uInt)n), 4);
	put_str(m, "PFS.FTR.");
}

/* Two entries of one GUID, and the names for them. */
static struct image volume(unsigned version)
{
	struct image m, first = { .n = 0 }, second = { .n = 0 }, names = { .n = 0 };

	put_str(&first, PAYLOAD);
	put_str(&second, "other");
	for (unsigned i = 0; i < 2; i++) {
		put(&names, 1, 4);
		put_bytes(&names, "0123456789abcdef", 16);
		fill(&names, names.n + 12, 'N');
		put(&names, 2, 2);
		put(&names, 'A' + i, 2);
		put(&names, 0x263a, 2);
		put(&names, 0, 2);
	}
	volume_begin(&m);
	put_entry(&m, "0123456789abcdef", &first, version, UINT64_MAX);
	put_entry(&m, names_guid, &names, version, UINT64_MAX);
	put_entry(&m, "0123456789abcdef", &second, version, UINT64_MAX);
	volume_end(&m);
	return m;
}

static void names_entries(void **state)
{
	struct image m;
	struct seen s;

	(void)state;
	for (unsigned version = 1; version <= 2; version++) {
		m = volume(version);
		assert_ptr_equal(wrapper_of(image_span(&m)), &wrapper_pfs);
		assert_int_equal(open_all(&wrapper_pfs, &m, &s), 0);
		assert_int_equal(s.rep.n_notes, 0);
		assert_int_equal(s.n, 2);
		is_member(&s, 0, "A?", PAYLOAD, version == 1 ? 0x58 : 0x68);
		is_member(&s, 1, "B?", "other", s.m[1].at);
	}
	m.b[0x70]++;
	assert_int_equal(open_all(&wrapper_pfs, &m, &s), 0);
	assert_true(noted(&s, "checksum of the volume"));
	m.n -= 16;
	assert_int_equal(open_all(&wrapper_pfs, &m, &s), 0);
	assert_true(noted(&s, "no footer"));
	m.n -= 6; /* signature, and the last two bytes of data */
	assert_int_equal(open_all(&wrapper_pfs, &m, &s), 0);
	assert_true(s.m[1].partial);
	m.n = 0x10;
	set(&m, 12, 0, 4);
	assert_int_equal(open_all(&wrapper_pfs, &m, &s), -IGD_ELENGTH);
	set(&m, 8, 3, 4); /* no version that is known */
	assert_false(wrapper_pfs.is(image_span(&m)));
}

static void put_piece(struct image *m, const char *data, uint32_t position, uint64_t metadata_at)
{
	struct image block = { .n = 0 };

	put_block(&block, "DELL SYNTHETIC", data, position, 0);
	put_entry(m, "0123456789abcdef", &block, 1, metadata_at);
}

static void joins_pieces(void **state)
{
	struct image m;
	struct seen s;

	(void)state;
	volume_begin(&m);
	put_piece(&m, "third", 13, UINT64_MAX);
	put_piece(&m, "second ", 99, 6); /* metadata goes before the script */
	put_piece(&m, "first ", 0, 0);
	volume_end(&m);
	assert_int_equal(open_all(&wrapper_pfs, &m, &s), 0);
	assert_int_equal(s.n, 1);
	is_member(&s, 0, "image", "first second third", REPORT_NOWHERE);
	assert_true(noted(&s, "the piece's script says 0x63, its metadata 0x6"));
	assert_int_equal(open_with(&wrapper_pfs, image_span(&m), &s, 17, 0), -IGD_ELIMIT);

	volume_begin(&m);
	put_piece(&m, "behind", 8, UINT64_MAX);
	put_piece(&m, "front", 0, UINT64_MAX);
	put_piece(&m, "again", 0, UINT64_MAX);
	volume_end(&m);
	assert_int_equal(open_all(&wrapper_pfs, &m, &s), 0);
	is_member(&s, 0, "image", "frontagainbehind", REPORT_NOWHERE);
	assert_true(noted(&s, "two pieces for 0x0"));

	volume_begin(&m);
	put_piece(&m, "a", 0, UINT64_MAX);
	put_piece(&m, "far", 3, UINT64_MAX);
	volume_end(&m);
	assert_int_equal(open_all(&wrapper_pfs, &m, &s), 0);
	is_member(&s, 0, "image",
		  "a\xff\xff"
		  "far",
		  REPORT_NOWHERE);
	assert_true(noted(&s, "nothing is said of 0x1 to 0x3"));

	volume_begin(&m);
	put_piece(&m, "a", 0, UINT64_MAX);
	put_piece(&m, "b", 0x7fffffff, UINT64_MAX);
	volume_end(&m);
	assert_int_equal(open_all(&wrapper_pfs, &m, &s), -IGD_ELENGTH);
}

static uint8_t xor_of(const struct image *m, size_t from)
{
	uint8_t sum = 0;

	for (size_t i = from; i < m->n; i++)
		sum ^= m->b[i];
	return sum;
}

static void put_section(struct image *m, uint8_t kind, const struct image *inside)
{
	static const uint8_t mark[] = { 0xee, 0xaa, 0x76, 0x1b, 0xec, 0xbb, 0x20, 0xf1, 0xe6, 0x51 };
	static const uint8_t end[] = { 0xee, 0xaa, 0xee, 0x8f, 0x49, 0x1b, 0xe8, 0xae, 0x14, 0x37, 0x90 };
	static uint8_t stream[IMAGE_MAX];
	uLongf n = sizeof(stream);
	size_t at = m->n;

	assert_int_equal(compress(stream, &n, inside->b, inside->n), Z_OK);
	put(m, n, 4);
	put(m, kind, 1);
	put_bytes(m, mark, sizeof(mark));
	put(m, xor_of(m, at), 1);
	put_bytes(m, stream, n);
	at = m->n;
	put(m, n, 4);
	put_bytes(m, end, sizeof(end));
	put(m, xor_of(m, at), 1);
}

static struct image sections(void)
{
	struct image m = { .n = 0 }, inside = { .n = 0 };

	put_str(&m, "MZ");
	put_str(&inside, PAYLOAD);
	put_section(&m, 0xaa, &inside);
	put_section(&m, 0xbb, &inside);
	return m;
}

static void inflates_sections(void **state)
{
	struct image m = sections();
	struct seen s;
	int r;

	(void)state;
	assert_int_equal(open_all(&wrapper_pfs, &m, &s), 0);
	assert_int_equal(s.rep.n_notes, 0);
	assert_int_equal(s.n, 2);
	is_member(&s, 0, "firmware", PAYLOAD, REPORT_NOWHERE);
	is_member(&s, 1, "utilities", PAYLOAD, REPORT_NOWHERE);
	m.b[2 + 15]++; /* sum of the header */
	m.b[m.n - 2]++;
	assert_int_equal(open_all(&wrapper_pfs, &m, &s), 0);
	assert_int_equal(s.n, 2);
	assert_true(noted(&s, "checksum of the section's header"));
	assert_true(noted(&s, "has no footer"));
	m.b[2 + 16 + 4] ^= 0xff; /* the first stream: the second one is still found */
	assert_int_equal(open_all(&wrapper_pfs, &m, &s), 0);
	assert_int_equal(s.n, 1);
	assert_true(noted(&s, "the firmware section cannot be decoded"));
	m.n = 60;
	assert_true(open_all(&wrapper_pfs, &m, &s) < 0);
	r = open_with(&wrapper_pfs, image_span(&m), &s, 3, 0);
	assert_int_equal(r, s.rep.code);
}

static void hands_over_a_package(void **state)
{
	struct image m = { .n = 0 };
	struct seen s;

	(void)state;
	put(&m, 0x00551373, 4);
	fill(&m, 16, 0);
	put(&m, 9, 4);
	fill(&m, 0x30, 0);
	put_bytes(&m,
		  "\xfd"
		  "7zXZ\0abc",
		  9);
	assert_ptr_equal(wrapper_of(image_span(&m)), &wrapper_pfs);
	assert_int_equal(open_all(&wrapper_pfs, &m, &s), 0);
	is_member(&s, 0, "package",
		  "\xfd"
		  "7zXZ",
		  0x30);
	m.n--;
	assert_int_equal(open_all(&wrapper_pfs, &m, &s), 0);
	assert_true(s.m[0].partial);
}

/* ---- damage ------------------------------------------------------------------------------------------------- */

static void open_any(struct span s)
{
	static const struct wrapper *const all[] = { &wrapper_capsule, &wrapper_dell_text, &wrapper_pfat,
						     &wrapper_pfs, &wrapper_ucp };
	static struct seen seen;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->is(s)) {
			int r = open_with(all[i], s, &seen, 4096, 0);

			assert_true(r == 0 || r == seen.rep.code);
			assert_true(r < 0 || seen.n > 0);
		}
}

static void survives_damage(void **state)
{
	static struct image good[12];
	size_t n = 0;

	(void)state;
	good[n++] = efi_capsule();
	good[n++] = ami_capsule(0x24);
	good[n++] = fmp_capsule();
	good[n++] = guard(0);
	good[n++] = guard(1);
	good[n++] = ucp();
	good[n++] = volume(1);
	good[n++] = volume(2);
	good[n++] = sections();
	volume_begin(&good[n]);
	put_piece(&good[n], "second", 5, 5);
	put_piece(&good[n], "first", 0, 0);
	volume_end(&good[n++]);
	for (size_t i = 0; i < n; i++)
		image_damage(image_span(&good[i]), open_any);
}

static void knows_nothing_else(void **state)
{
	static const char *const texts[] = { "",
					     "MZ",
					     "MZ@UAF",
					     "@UAF@UAF@UAF@UAF@UAF@UAF@UAF@UAF",
					     "PFS.HDR.",
					     "_AMIPFAT",
					     ("_AMIPFAT." TITLE),
					     "a Dell" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_null(wrapper_of(span_str(texts[i])));
	assert_null(wrapper_of((struct span) { NULL, 0 }));
	for (size_t i = 0; wrappers[i]; i++) {
		struct seen s;

		assert_non_null(wrappers[i]->name);
		assert_non_null(wrappers[i]->says);
		assert_true(open_with(wrappers[i], span_str("none of them"), &s, 4096, 0) < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_capsules),
		cmocka_unit_test(capsules_that_are_odd),
		cmocka_unit_test(refuses_capsules),
		cmocka_unit_test(answers_what_the_sink_answers),
		cmocka_unit_test(joins_blocks),
		cmocka_unit_test(guards_that_are_bad),
		cmocka_unit_test(finds_marks_in_programs_only),
		cmocka_unit_test(names_modules),
		cmocka_unit_test(ucps_that_are_bad),
		cmocka_unit_test(names_entries),
		cmocka_unit_test(joins_pieces),
		cmocka_unit_test(inflates_sections),
		cmocka_unit_test(hands_over_a_package),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(knows_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
