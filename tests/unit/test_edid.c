// SPDX-License-Identifier: GPL-2.0-or-later
/* EDID: a made-up monitor, read and then without its serial numbers. */
#include "image.h"

#include "base/error.h"
#include "fw/edid.h"

static uint8_t sum_of(const uint8_t *p, size_t n)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + p[i]);
	return sum;
}

static void seal(struct image *m, size_t block)
{
	m->b[block + 127] = 0;
	m->b[block + 127] = (uint8_t)-sum_of(m->b + block, 128);
}

static void text_descriptor(struct image *m, size_t at, uint8_t tag, const char *text)
{
	set(m, at, 0, 3);
	set(m, at + 3, tag, 1);
	set(m, at + 4, 0, 1);
	for (size_t i = 0; i < 13; i++)
		set(m, at + 5 + i, i < strlen(text) ? (uint8_t)text[i] : i == strlen(text) ? '\n' : ' ', 1);
}

/* A digital 1.4 monitor of 2018: "ABC", 1920x1200 at 60 Hz (154.00 MHz, 2080 x 1235 in all), one extension. */
static struct image monitor(void)
{
	struct image m = { .n = 256 };

	set(&m, 0, 0x00ffffffffffff00, 8);
	set(&m, 8, 1 << 2, 1); /* A = 1: bits 14:10 */
	set(&m, 9, 2 << 5 | 3, 1);
	set(&m, 10, 0xa07a, 2);
	set(&m, 12, 0x12345678, 4);
	set(&m, 16, 27, 1);
	set(&m, 17, 2018 - 1990, 1);
	set(&m, 18, 1, 1);
	set(&m, 19, 4, 1);
	set(&m, 20, 0x80 | 2 << 4, 1); /* digital, 8 bits */
	set(&m, 54, 15400, 2);
	set(&m, 56, 1920 & 0xff, 1);
	set(&m, 57, 160, 1);
	set(&m, 58, 1920 >> 8 << 4, 1);
	set(&m, 59, 1200 & 0xff, 1);
	set(&m, 60, 35, 1);
	set(&m, 61, 1200 >> 8 << 4, 1);
	text_descriptor(&m, 72, 0xff, "F525M245AKUL");
	text_descriptor(&m, 90, 0xfc, "ABC U2412M");
	set(&m, 108, 0, 2);
	set(&m, 111, 0xfd, 1); /* range limits */
	set(&m, 126, 1, 1);
	seal(&m, 0);
	set(&m, 128, 0x02, 1); /* CTA */
	set(&m, 129, 3, 1);
	set(&m, 130, 10, 1); /* descriptors begin here */
	text_descriptor(&m, 138, 0xff, "SECOND");
	seal(&m, 128);
	return m;
}

static void reads_the_monitor(void **state)
{
	struct image m = monitor();
	struct report rep = { 0 };
	struct edid_info e;
	char buf[32];

	(void)state;
	assert_int_equal(edid_read(image_span(&m), &e, &rep), 0);
	assert_int_equal(rep.n_notes, 0);
	assert_string_equal(e.maker, "ABC");
	assert_int_equal(e.product, 0xa07a);
	assert_int_equal(e.week, 27);
	assert_int_equal(e.year, 2018);
	assert_false(e.model_year);
	assert_int_equal(e.version, 1);
	assert_int_equal(e.revision, 4);
	assert_true(e.digital);
	assert_int_equal(e.bits, 8);
	assert_string_equal(e.name, "ABC U2412M");
	assert_int_equal(e.width, 1920);
	assert_int_equal(e.height, 1200);
	assert_int_equal(e.refresh_mhz, 59950);
	assert_false(e.interlaced);
	assert_int_equal(e.n_extensions, 1);
	assert_int_equal(e.n_blocks, 2);
	assert_true(e.checksum_ok);
	assert_string_equal(edid_monitor_str(&e, buf, sizeof(buf)), "ABC ABC U2412M");
	e.name[0] = '\0';
	assert_string_equal(edid_monitor_str(&e, buf, sizeof(buf)), "ABC a07a");
}

static void reads_odd_ones(void **state)
{
	struct image m = monitor();
	struct report rep = { 0 };
	struct edid_info e;

	(void)state;
	m.b[127]++;
	m.n = 128;	      /* the extension is missing */
	set(&m, 8, 0, 2);     /* no letters */
	set(&m, 16, 0xff, 1); /* a model year */
	set(&m, 20, 0x0f, 1); /* analog */
	set(&m, 71, 0x80, 1); /* interlaced */
	set(&m, 59, 540 & 0xff, 1);
	set(&m, 61, 540 >> 8 << 4, 1);
	memcpy(m.b + 95, "\x1b[31mX\0hidden", 13); /* a name that means to colour terminals */
	assert_int_equal(edid_read(image_span(&m), &e, &rep), 0);
	assert_int_equal(rep.n_notes, 2);
	assert_false(e.checksum_ok);
	assert_string_equal(e.maker, "???");
	assert_true(e.model_year);
	assert_int_equal(e.week, 0);
	assert_false(e.digital);
	assert_int_equal(e.bits, 0);
	assert_true(e.interlaced);
	assert_int_equal(e.height, 1080);
	assert_string_equal(e.name, "?[31mX");

	set(&m, 54, 0, 2); /* no timing at all */
	assert_int_equal(edid_read(image_span(&m), &e, NULL), 0);
	assert_int_equal(e.width, 0);
	set(&m, 54, 15400, 2);
	set(&m, 56, 0, 3); /* no width */
	assert_int_equal(edid_read(image_span(&m), &e, NULL), 0);
	assert_int_equal(e.width, 0);
	assert_int_equal(e.refresh_mhz, 0);
}

static void refuses(void **state)
{
	struct image m = monitor();
	struct edid_info e, before;
	uint8_t copy[256];

	(void)state;
	memset(&before, 0xa5, sizeof(before));
	e = before;
	m.n = 127;
	assert_int_equal(edid_read(image_span(&m), &e, NULL), -IGD_ETRUNC);
	memcpy(copy, m.b, sizeof(copy));
	assert_int_equal(edid_redact(m.b, 127), -IGD_ETRUNC);
	assert_memory_equal(copy, m.b, sizeof(copy));
	m.n = 256;
	m.b[0] = copy[0] = 1;
	assert_int_equal(edid_read(image_span(&m), &e, NULL), -IGD_EMAGIC);
	assert_int_equal(edid_redact(m.b, 256), -IGD_EMAGIC);
	assert_memory_equal(copy, m.b, sizeof(copy));
	assert_memory_equal(&e, &before, sizeof(e));
}

static bool holds(const struct image *m, const char *text)
{
	for (size_t i = 0; i + strlen(text) <= m->n; i++)
		if (memcmp(m->b + i, text, strlen(text)) == 0)
			return true;
	return false;
}

static void redacts_serial_numbers_only(void **state)
{
	struct image m = monitor(), kept = m;
	struct edid_info before, after;

	(void)state;
	assert_true(holds(&m, "F525M") && holds(&m, "SECOND"));
	assert_int_equal(edid_read(image_span(&m), &before, NULL), 0);
	assert_int_equal(edid_redact(m.b, m.n), 0);
	assert_false(holds(&m, "F525M") || holds(&m, "SECOND") || holds(&m, "\x78\x56"));
	assert_int_equal(sum_of(m.b, 128), 0);
	assert_int_equal(sum_of(m.b + 128, 128), 0);
	assert_int_equal(edid_read(image_span(&m), &after, NULL), 0);
	assert_memory_equal(&before, &after, sizeof(before));
	for (size_t i = 0; i < m.n; i++)
		if (m.b[i] != kept.b[i])
			assert_true((i >= 12 && i < 16) || (i >= 77 && i < 90) || i == 127 || (i >= 143 && i < 156) ||
				    i == 255);
	kept = m; /* a second time changes nothing */
	assert_int_equal(edid_redact(m.b, m.n), 0);
	assert_memory_equal(m.b, kept.b, m.n);
}

static void keeps_a_wrong_checksum_wrong(void **state)
{
	struct image m = monitor();

	(void)state;
	m.b[127] = (uint8_t)(m.b[127] + 5);
	assert_int_equal(edid_redact(m.b, m.n), 0);
	assert_int_equal(sum_of(m.b, 128), 5);
}

static void zeroes_a_cut_block(void **state)
{
	struct image m = monitor();

	(void)state;
	assert_int_equal(edid_redact(m.b, 200), 0);
	for (size_t i = 128; i < 200; i++)
		assert_int_equal(m.b[i], 0);
	assert_memory_equal(m.b + 200, monitor().b + 200, 56); /* beyond what was given nothing is written */
}

static void redacts_displayid(void **state)
{
	struct image m = monitor();
	size_t at = 128 + 5;

	(void)state;
	memset(m.b + 128, 0, 128);
	set(&m, 128, 0x70, 1);
	set(&m, 129, 0x12, 1);
	set(&m, 130, 121, 1); /* bytes of the section; its checksum is at 128 + 5 + 121 */
	set(&m, at, 0x00, 1); /* product identification */
	set(&m, at + 2, 12, 1);
	memcpy(m.b + at + 3, "ABCpp", 5);
	memcpy(m.b + at + 8, "\x11\x22\x33\x44", 4);
	at += 15;
	set(&m, at, 0x0a, 1); /* serial number text */
	set(&m, at + 2, 7, 1);
	memcpy(m.b + at + 3, "HUSHHUS", 7);
	at += 10;
	set(&m, at, 0x29, 1); /* container id */
	set(&m, at + 2, 16, 1);
	memcpy(m.b + at + 3, "0123456789abcdef", 16);
	at += 19;
	set(&m, at, 0x20, 1);
	set(&m, at + 2, 200, 1); /* longer than the section */
	memcpy(m.b + at + 8, "WXYZkeep", 8);
	m.b[254] = (uint8_t)-sum_of(m.b + 129, 125);
	seal(&m, 128);
	assert_int_equal(edid_redact(m.b, m.n), 0);
	assert_false(holds(&m, "\x11\x22") || holds(&m, "HUSH") || holds(&m, "0123") || holds(&m, "WXYZ"));
	assert_true(holds(&m, "ABCpp") && holds(&m, "keep"));
	assert_int_equal(sum_of(m.b + 129, 126), 0);
	assert_int_equal(sum_of(m.b + 128, 128), 0);
}

static void try(struct span s)
{
	struct edid_info e, before;
	uint8_t *copy = malloc(s.n ? s.n : 1);
	int r;

	memset(&before, 0xa5, sizeof(before));
	e = before;
	r = edid_read(s, &e, NULL);
	if (r < 0)
		assert_memory_equal(&e, &before, sizeof(e));
	assert_non_null(copy);
	memcpy(copy, s.p, s.n);
	assert_int_equal(edid_redact(copy, s.n), r);
	if (r == 0) {
		assert_int_equal(sum_of(copy, 128), sum_of(s.p, 128));
		assert_memory_equal(copy + 12, "\0\0\0\0", 4);
	}
	free(copy);
}

static void survives_damage(void **state)
{
	struct image m = monitor();

	(void)state;
	image_damage(image_span(&m), try);
	set(&m, 128, 0x70, 1);
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_monitor),
		cmocka_unit_test(reads_odd_ones),
		cmocka_unit_test(refuses),
		cmocka_unit_test(redacts_serial_numbers_only),
		cmocka_unit_test(keeps_a_wrong_checksum_wrong),
		cmocka_unit_test(zeroes_a_cut_block),
		cmocka_unit_test(redacts_displayid),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("edid", tests, NULL, NULL);
}
