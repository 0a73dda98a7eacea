// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Archives and vendors' programs: what the fields mean, what is refused, and what damage does. All images are made
 * here and synthetic; tests/images has more of them, in every format and with real payloads.
 */
#include "wrap_seen.h"

#include <zlib.h>

#include "base/error.h"
#include "base/report.h"
#include "fw/cbfs.h"
#include "fw/eltorito.h"
#include "fw/iflash.h"
#include "fw/phoenix.h"
#include "fw/selfextract.h"
#include "fw/softpaq.h"
#include "fw/unpack.h"

static void is_member(const struct seen *s, size_t i, const char *name, const char *text)
{
	assert_true(i < s->n);
	assert_string_equal(s->m[i].name, name);
	assert_string_equal(s->m[i].text, text);
	assert_false(s->m[i].partial);
}

static void put_str(struct image *m, const char *s)
{
	put_text(m, s, strlen(s));
}

static void put_be(struct image *m, uint64_t v, size_t bytes)
{
	for (size_t i = bytes; i-- > 0;)
		put(m, v >> (8 * i) & 0xff, 1);
}

/* ---- zip: APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16 -------------------------------------------------------------------- */

struct zip {
	const char *name[3], *text[3];
	size_t n;
	uint16_t flags;
	uint32_t size_more; /* that many more than there are are declared */
	uint32_t at;	    /* offsets count from so many bytes in front */
};

static void zip_head(struct image *m, const struct zip *z, size_t i)
{
	size_t n = strlen(z->text[i]);

	put(m, z->flags, 2);
	put(m, 0, 2 + 4); /* stored; time */
	put(m, crc32(0, (const Bytef *)z->text[i], (uInt)n), 4);
	put(m, n + z->size_more, 4);
	put(m, n + z->size_more, 4);
	put(m, strlen(z->name[i]), 2);
	put(m, 0, 2);
}

static void zip_put(struct image *m, const struct zip *z)
{
	size_t at[3], directory, base = m->n - z->at;

	for (size_t i = 0; i < z->n; i++) {
		at[i] = m->n - base;
		put_str(m, "PK\3\4");
		put(m, 20, 2);
		zip_head(m, z, i);
		put_str(m, z->name[i]);
		put_str(m, z->text[i]);
	}
	directory = m->n;
	for (size_t i = 0; i < z->n; i++) {
		put_str(m, "PK\1\2");
		put(m, 20 | 20 << 16, 4);
		zip_head(m, z, i);
		put_text(m, "", 2 + 2 + 2 + 4);
		put(m, at[i], 4);
		put_str(m, z->name[i]);
	}
	at[0] = m->n - directory;
	put_str(m, "PK\5\6");
	put(m, 0, 4);
	put(m, z->n | z->n << 16, 4);
	put(m, at[0], 4);
	put(m, directory - base, 4);
	put(m, 0, 2);
}

static struct image zip(const struct zip *z)
{
	struct image m = { .n = 0 };

	zip_put(&m, z);
	return m;
}

static const struct zip two = { { "a.txt", "BIOS/x.rom" }, { "first", PAYLOAD }, .n = 2 };

static void zip_members_come_by_name(void **state)
{
	struct image m = zip(&two);
	struct seen s;

	(void)state;
	assert_true(wrapper_zip.is(image_span(&m)));
	assert_int_equal(open_all(&wrapper_zip, &m, &s), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.rep.n_notes, 0);
	is_member(&s, 0, "a.txt", "first");
	is_member(&s, 1, "BIOS/x.rom", PAYLOAD);
	assert_int_equal(s.m[1].at, REPORT_NOWHERE);
	assert_int_equal(s.spent, strlen("first" PAYLOAD));
}

static void the_sink_ends_an_archive(void **state)
{
	static const int answers[] = { 1, -IGD_ETRUNC, -IGD_ELIMIT, -IGD_ENOMEM };
	struct image m = zip(&two);
	struct seen s;

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		assert_int_equal(open_with(&wrapper_zip, image_span(&m), &s, 1 << 20, answers[i]), answers[i]);
		assert_int_equal(s.n, 1);
	}
}

static void a_member_above_the_room_is_told(void **state)
{
	struct image m = zip(&two);
	struct seen s;

	(void)state;
	assert_int_equal(open_with(&wrapper_zip, image_span(&m), &s, 10, 0), 0); /* the second has no room */
	assert_int_equal(s.n, 1);
	assert_true(noted(&s, "BIOS/x.rom: not unpacked, it is larger than the 5 bytes"));
	assert_int_equal(open_with(&wrapper_zip, image_span(&m), &s, 4, 0), -IGD_ENOENT);
	assert_int_equal(s.n, 0);
}

static void a_zip_that_says_too_much(void **state)
{
	struct zip z = two;
	struct image m;
	struct seen s;

	(void)state;
	z.size_more = 4000;
	m = zip(&z);
	open_all(&wrapper_zip, &m, &s);
	assert_true(s.rep.n_notes > 0);
	z = two;
	z.flags = 1; /* encrypted */
	m = zip(&z);
	assert_int_equal(open_all(&wrapper_zip, &m, &s), -IGD_ENOENT);
	assert_true(noted(&s, "a.txt: encrypted"));
	z = two;
	z.n = 0;
	m = zip(&z);
	assert_int_equal(open_all(&wrapper_zip, &m, &s), -IGD_ENOENT);
	m.n = 3;
	assert_false(wrapper_zip.is(image_span(&m)));
}

static void names_stay_inside(void **state)
{
	static const struct {
		const char *raw, *clean;
	} names[] = {
		{ "a/b", "a/b" },      { "/etc/passwd", "etc/passwd" },
		{ "..\\..\\x", "x" },  { "./a/.././b/", "a/b" },
		{ "C:\\x", "C_/x" },   { "a//b", "a/b" },
		{ "..", "member 7" },  { "", "member 7" },
		{ "///", "member 7" }, { "\x1b[31m/\xff", "?[31m/?" },
		{ "...", "..." },      { "a", "a" },
	};
	char buf[MEMBER_NAME], raw[600];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		member_name(span_str(names[i].raw), 7, buf);
		assert_string_equal(buf, names[i].clean);
	}
	memset(raw, 'x', sizeof(raw));
	member_name((struct span) { (const uint8_t *)raw, sizeof(raw) }, 7, buf);
	assert_int_equal(strlen(buf), MEMBER_NAME - 2);
	member_name((struct span) { NULL, 0 }, 7, buf);
	assert_string_equal(buf, "member 7");
}

/* ---- programs -------------------------------------------------------------------------------------------------- */

static struct image program(uint16_t subsystem, uint32_t image_size)
{
	struct image m = { .n = 0 };

	put_str(&m, "MZ");
	set(&m, 0x3c, 0x40, 4);
	set(&m, 0x40, 0x4550, 4);
	set(&m, 0x40 + 24 + 56, image_size, 4);
	set(&m, 0x40 + 24 + 68, subsystem, 2);
	put_str(&m, "MSCF 7z\xbc\xaf\x27\x1c Rar!\x1a\x07 PK\3\4 PK\5\6"); /* marks alone are no archives */
	set(&m, 0x200, 0, 1);
	return m;
}

static void a_zip_in_a_program(void **state)
{
	struct image m = program(2, 0x1000);
	struct zip z = two;
	struct seen s;

	(void)state;
	assert_true(wrapper_selfextract.is(image_span(&m)));
	assert_int_equal(open_all(&wrapper_selfextract, &m, &s), -IGD_EMAGIC);
	zip_put(&m, &two);
	assert_int_equal(open_all(&wrapper_selfextract, &m, &s), 0);
	assert_int_equal(s.n, 2);
	is_member(&s, 1, "BIOS/x.rom", PAYLOAD);

	m = program(3, 0x1000);
	z.at = (uint32_t)m.n; /* zip -A */
	zip_put(&m, &z);
	put_str(&m, "a signature");
	assert_int_equal(open_all(&wrapper_selfextract, &m, &s), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(open_with(&wrapper_selfextract, image_span(&m), &s, 1 << 20, -IGD_EMAGIC), -IGD_EMAGIC);
	assert_int_equal(s.n, 1);
}

static void a_driver_is_no_self_extractor(void **state)
{
	struct image m = program(11, 0x200);

	(void)state;
	assert_false(wrapper_selfextract.is(image_span(&m)));
	m = program(10, 0x201);
	assert_false(wrapper_selfextract.is(image_span(&m)));
	put_str(&m, "<UU>");
	assert_true(wrapper_selfextract.is(image_span(&m)));
}

static void parts_of_portwell(void **state)
{
	struct image m = program(10, 0x201);
	struct seen s;

	(void)state;
	put_str(&m, "<UU>" PAYLOAD "<UU>NULL<UU><UU>fourth");
	assert_int_equal(open_all(&wrapper_selfextract, &m, &s), 0);
	assert_int_equal(s.n, 2);
	is_member(&s, 0, "Flash.efi", PAYLOAD);
	is_member(&s, 1, "Temp.bin", "fourth");
	assert_int_equal(s.m[0].at, 0x205);
}

/* ---- Insyde, Phoenix ------------------------------------------------------------------------------------------- */

static void iflash_put(struct image *m, const char *tag, const char *text, size_t size)
{
	put_str(m, "$_IFLASH");
	put_str(m, tag);
	put(m, size + 3, 4);
	put(m, size, 4);
	put_str(m, text);
	put(m, 0xffffff, 3);
}

static struct image iflash(void)
{
	struct image m = { .n = 0 };

	put_str(&m, "front $_IFLASH of no meaning, ");
	iflash_put(&m, "DRV_IMG_", "driver", 6);
	iflash_put(&m, "BIOSIMG_", PAYLOAD, strlen(PAYLOAD));
	return m;
}

static void insyde_records(void **state)
{
	struct image m = iflash();
	struct seen s;

	(void)state;
	assert_true(wrapper_iflash.is(image_span(&m)));
	assert_int_equal(open_all(&wrapper_iflash, &m, &s), 0);
	assert_int_equal(s.n, 2);
	is_member(&s, 0, "DRV_IMG", "driver");
	is_member(&s, 1, "BIOSIMG", PAYLOAD);
	assert_memory_equal(m.b + s.m[1].at, PAYLOAD, strlen(PAYLOAD));
	m.n -= 10;
	assert_int_equal(open_all(&wrapper_iflash, &m, &s), 0);
	assert_true(s.m[1].partial && s.m[1].n == strlen(PAYLOAD) - 7);
	assert_true(noted(&s, "BIOSIMG: 17 of 24 bytes"));
	m.n = 30;
	assert_int_equal(open_all(&wrapper_iflash, &m, &s), -IGD_EMAGIC);
}

static void pack_row(struct image *m, const char *name, size_t at, size_t size, uint32_t how)
{
	put_text(m, name, 0x100);
	put(m, at, 4);
	put(m, size, 4);
	put(m, how, 8);
}

static struct image phoenix(uint32_t at, uint32_t size, uint32_t how)
{
	struct image m = { .n = 0 };

	put_str(&m, "MZ $PACK");
	set(&m, 0x20, 0, 1);
	put_str(&m, PAYLOAD);
	put_text(&m, "$PACK", 8);
	put(&m, 0x210 + 2 * 0x110, 4);
	put(&m, 2, 4);
	put_text(&m, "", 0x200);
	pack_row(&m, "BIOS.WPH", 0x21, strlen(PAYLOAD), 0);
	pack_row(&m, "../second", at, size, how);
	return m;
}

static void phoenix_files(void **state)
{
	struct image m = phoenix(0x21, 9, 0);
	struct seen s;

	(void)state;
	assert_true(wrapper_phoenix.is(image_span(&m)));
	assert_int_equal(open_all(&wrapper_phoenix, &m, &s), 0);
	assert_int_equal(s.n, 2);
	is_member(&s, 0, "BIOS.WPH", PAYLOAD);
	is_member(&s, 1, "second", "synthetic");
	m = phoenix(0x21, 9, 2);
	assert_int_equal(open_all(&wrapper_phoenix, &m, &s), 0);
	assert_true(s.n == 2 && noted(&s, "compression 2 is unknown"));
	m = phoenix(0x21, 9, 1);
	assert_int_equal(open_all(&wrapper_phoenix, &m, &s), 0);
	assert_true(s.n == 1 && noted(&s, "second: not unpacked"));
	m = phoenix(0x10000, 9, 0);
	assert_int_equal(open_all(&wrapper_phoenix, &m, &s), 0);
	assert_true(s.n == 1 && noted(&s, "are not in the file"));
	m = phoenix(0, (uint32_t)m.n, 0); /* the same bytes again */
	assert_int_equal(open_all(&wrapper_phoenix, &m, &s), 0);
	assert_true(s.n == 1 && noted(&s, "lies over other files"));
}

/* ---- an image behind a signature ------------------------------------------------------------------------------- */

static void volume_put(struct image *m)
{
	size_t at = m->n;
	uint16_t word = 0, sum = 0;

	put_text(m, "", 0x20);
	put(m, 0x48 + strlen(PAYLOAD), 8);
	put_str(m, "_FVH");
	put(m, 0, 4);
	put(m, 0x48, 2);
	put_text(m, "", 0x48 - 0x32);
	for (size_t i = at; i < m->n; i += 2) {
		span_le16(image_span(m), i, &word);
		sum = (uint16_t)(sum + word);
	}
	set(m, at + 0x32, (uint16_t)-sum, 2);
	put_str(m, PAYLOAD);
}

static void an_image_behind_a_signature(void **state)
{
	struct image m = { .n = 0 };
	struct seen s;

	(void)state;
	put_text(&m, "signature", 0x40);
	volume_put(&m);
	assert_true(wrapper_softpaq.is(image_span(&m)));
	assert_int_equal(open_all(&wrapper_softpaq, &m, &s), 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.m[0].at, 0x40);
	assert_int_equal(s.m[0].n, m.n - 0x40);
	m.b[0x40 + 0x32]++; /* the sum */
	assert_false(wrapper_softpaq.is(image_span(&m)));
	assert_int_equal(open_all(&wrapper_softpaq, &m, &s), -IGD_EMAGIC);
	m.b[0x40 + 0x32]--;
	memset(m.b, 0xff, 0x40); /* padding */
	assert_false(wrapper_softpaq.is(image_span(&m)));
	m.n = 0;
	volume_put(&m);
	assert_false(wrapper_softpaq.is(image_span(&m)));
}

/* ---- coreboot -------------------------------------------------------------------------------------------------- */

static void cbfs_head(struct image *m, const char *name, uint32_t type, size_t len)
{
	while (m->n % 64)
		put(m, 0xff, 1);
	put_str(m, "LARCHIVE");
	put_be(m, len, 4);
	put_be(m, type, 4);
	put_be(m, 0, 4);
	put_be(m, 24 + 16, 4);
	put_text(m, name, 16);
}

static struct image cbfs(void)
{
	struct image m = { .n = 0 };

	put_text(&m, "", 64);
	cbfs_head(&m, "vbt.bin", 0x50, strlen(PAYLOAD));
	put_str(&m, PAYLOAD);
	cbfs_head(&m, "", 0xffffffff, 10);
	put_text(&m, "", 10);
	cbfs_head(&m, "payload", 0x20, 84 + 5 + 6);
	for (unsigned i = 0; i < 3; i++) {
		put_be(&m, (const uint32_t[]) { 0x434f4445, 0x44415441, 0x454e5452 }[i], 4);
		put_be(&m, 0, 4);
		put_be(&m, 84 + 5 * i, 4);
		put_be(&m, 0, 8);
		put_be(&m, i < 2 ? 5 + i : 0, 4);
		put_be(&m, 0, 4);
	}
	put_str(&m, "firstsecond");
	return m;
}

static void coreboot_files(void **state)
{
	struct image m = cbfs();
	struct seen s;

	(void)state;
	assert_true(wrapper_cbfs.is(image_span(&m)));
	assert_int_equal(open_all(&wrapper_cbfs, &m, &s), 0);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.rep.n_notes, 0);
	is_member(&s, 0, "vbt.bin", PAYLOAD);
	is_member(&s, 1, "payload/segment 1", "first");
	is_member(&s, 2, "payload/segment 2", "second");
	assert_int_equal(s.m[0].at, 64 + 40);
	m.n -= 3;
	assert_int_equal(open_all(&wrapper_cbfs, &m, &s), 0);
	assert_true(s.m[2].partial && noted(&s, "payload: 92 of 95 bytes"));
	m.b[64] = 'l';
	m.b[64 + 128] = 'l'; /* the empty one is left */
	assert_true(wrapper_cbfs.is(image_span(&m)));
	assert_int_equal(open_all(&wrapper_cbfs, &m, &s), -IGD_EMAGIC);
}

/* ---- El Torito ------------------------------------------------------------------------------------------------- */

static void what_a_cd_boots(void **state)
{
	enum { CD_RECORD = 17 * 2048, CD_CATALOG = 20 * 2048 };
	static uint8_t cd[24 * 2048];
	struct span image, s = SPAN_OF(cd);
	bool partial;
	size_t at;

	(void)state;
	assert_false(eltorito_read(s, &image, &at, &partial));
	memcpy(cd + (size_t)CD_RECORD, "\0CD001\1EL TORITO SPECIFICATION", 30);
	cd[CD_RECORD + 0x47] = 20;
	cd[CD_CATALOG] = 1;
	cd[CD_CATALOG + 0x20] = 0x88;
	cd[CD_CATALOG + 0x26] = 5; /* sectors of 512 */
	cd[CD_CATALOG + 0x28] = 22;
	assert_true(eltorito_read(s, &image, &at, &partial));
	assert_int_equal(at, 22 * 2048);
	assert_int_equal(image.n, 5 * 512);
	assert_false(partial);
	cd[CD_CATALOG + 0x21] = 2; /* a floppy of 1.44 MB */
	assert_true(eltorito_read(s, &image, &at, &partial));
	assert_int_equal(image.n, 2 * 2048);
	assert_true(partial);
	cd[CD_CATALOG + 0x28] = 24; /* behind the end */
	assert_false(eltorito_read(s, &image, &at, &partial));
}

/* ---- damage ---------------------------------------------------------------------------------------------------- */

static const struct wrapper *damaged;

static void damage_one(struct span s)
{
	struct seen seen;

	if (damaged->is(s))
		open_with(damaged, s, &seen, 1 << 16, 0);
}

static void any_damage_is_borne(void **state)
{
	struct image sfx = program(3, 0x1000), signed_ = { .n = 0 };
	const struct image zips = zip(&two), flash = iflash(), tdk = phoenix(0x21, 9, 0), core = cbfs();

	(void)state;
	zip_put(&sfx, &two);
	put_text(&signed_, "signature", 0x40);
	volume_put(&signed_);
	{
		const struct {
			const struct wrapper *w;
			const struct image *m;
		} all[] = {
			{ &wrapper_zip, &zips },	{ &wrapper_iflash, &flash },	{ &wrapper_phoenix, &tdk },
			{ &wrapper_selfextract, &sfx }, { &wrapper_softpaq, &signed_ }, { &wrapper_cbfs, &core },
		};

		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
			damaged = all[i].w;
			assert_true(damaged->is(image_span(all[i].m)));
			image_damage(image_span(all[i].m), damage_one);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zip_members_come_by_name),
		cmocka_unit_test(the_sink_ends_an_archive),
		cmocka_unit_test(a_member_above_the_room_is_told),
		cmocka_unit_test(a_zip_that_says_too_much),
		cmocka_unit_test(names_stay_inside),
		cmocka_unit_test(a_zip_in_a_program),
		cmocka_unit_test(a_driver_is_no_self_extractor),
		cmocka_unit_test(parts_of_portwell),
		cmocka_unit_test(insyde_records),
		cmocka_unit_test(phoenix_files),
		cmocka_unit_test(an_image_behind_a_signature),
		cmocka_unit_test(coreboot_files),
		cmocka_unit_test(what_a_cd_boots),
		cmocka_unit_test(any_damage_is_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
