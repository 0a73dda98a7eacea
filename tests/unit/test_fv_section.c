// SPDX-License-Identifier: GPL-2.0-or-later
/* Sections: leaves, boxes and what says how they are opened; names; runs that look like sections and are none. */
#include "fw_image.h"

#include "base/error.h"
#include "fw/fv_section.h"

static struct fv_section next(const struct image *m, size_t *at, size_t n_notes)
{
	struct report rep = { 0 };
	struct fv_section s;

	assert_int_equal(fv_section_next(image_span(m), at, &s, &rep), 1);
	assert_int_equal(rep.n_notes, n_notes);
	return s;
}

static void reads_leaves_at_steps_of_four(void **state)
{
	struct image m = { .n = 0 };
	struct fv_section s;
	size_t at = 0;

	(void)state;
	put_section(&m, 0, SECTION_RAW, span_str("12345"));
	put_ui(&m, 0, "Name");
	put_section(&m, 0, 0xf0, span_str("vendor's"));
	s = next(&m, &at, 0);
	assert_int_equal(s.type, SECTION_RAW);
	assert_int_equal(s.inside, INSIDE_NONE);
	assert_int_equal(s.head, 4);
	assert_int_equal(s.body.n, 5);
	s = next(&m, &at, 0);
	assert_int_equal(s.at, 12);
	assert_int_equal(s.type, SECTION_UI);
	s = next(&m, &at, 0);
	assert_int_equal(s.type, 0xf0);
	assert_int_equal(at, m.n);
	assert_int_equal(fv_section_next(image_span(&m), &at, &s, NULL), 0);
	at = m.n + 7;
	assert_int_equal(fv_section_next(image_span(&m), &at, &s, NULL), 0);
}

static void reads_large_ones(void **state)
{
	struct image m = { .n = 0 };
	struct fv_section s;
	size_t at = 0;

	(void)state;
	put(&m, 0xffffff | (uint32_t)SECTION_RAW << 24, 4);
	put(&m, 8 + 3, 4);
	put_text(&m, "big", 3);
	s = next(&m, &at, 0);
	assert_int_equal(s.head, 8);
	assert_int_equal(s.body.n, 3);
	set(&m, 4, 7, 4); /* shorter than its header */
	at = 0;
	assert_int_equal(fv_section_next(image_span(&m), &at, &s, NULL), 0);
	m.n = 7;
	assert_int_equal(fv_section_next(image_span(&m), &at, &s, NULL), 0);
	put_fill(&m, 0xff, 20); /* padding is no large section of type FF */
	memset(m.b, 0xff, m.n);
	assert_int_equal(fv_section_next(image_span(&m), &at, &s, NULL), 0);
	assert_int_equal(at, 0);
}

static void opens_compression_sections(void **state)
{
	static const struct {
		uint8_t algorithm;
		enum section_inside inside;
	} rows[] = { { 0, INSIDE_PLAIN }, { 1, INSIDE_EFI }, { 2, INSIDE_CODED }, { 3, INSIDE_UNKNOWN } };
	struct image m = { .n = 0 };
	struct fv_section s;
	size_t at;

	(void)state;
	put_compressed(&m, 0, CODEC_TIANO, span_str("inside"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		m.b[8] = rows[i].algorithm;
		at = 0;
		s = next(&m, &at, 0);
		assert_int_equal(s.inside, rows[i].inside);
		assert_int_equal(s.decoded_size, 6);
		assert_int_equal(s.head, 9);
		assert_int_equal(s.body.n, m.n - 9);
		assert_non_null(s.how);
	}
	assert_int_equal(rows[2].inside == INSIDE_CODED && s.codec == CODEC_LZMA, 1);
	set(&m, 0, 8, 3); /* too short for its own header: told, and not opened */
	at = 0;
	s = next(&m, &at, 1);
	assert_int_equal(s.inside, INSIDE_NONE);
}

static void opens_guided_sections(void **state)
{
	struct image m = { .n = 0 };
	struct fv_section s;
	size_t at = guided_begin(&m, 0, guid_crc32, 28, 2);

	(void)state;
	put_text(&m, "plain", 5);
	section_end(&m, at);
	at = guided_begin(&m, 0, guid_tiano, 24, 1);
	put_text(&m, "coded", 5);
	section_end(&m, at);
	at = guided_begin(&m, 0, guid_of(1), 24, 1);
	put_text(&m, "process me", 10);
	section_end(&m, at);
	at = guided_begin(&m, 0, guid_of(2), 24, 0);
	put_text(&m, "as it is", 8);
	section_end(&m, at);

	at = 0;
	s = next(&m, &at, 0);
	assert_string_equal(s.how, "crc32");
	assert_int_equal(s.inside, INSIDE_PLAIN);
	assert_int_equal(s.head, 28);
	assert_memory_equal(s.body.p, "plain", 5);
	s = next(&m, &at, 0);
	assert_true(s.has_guid && guid_eq(&s.guid, &guid_tiano));
	assert_int_equal(s.inside, INSIDE_CODED);
	assert_int_equal(s.codec, CODEC_TIANO);
	s = next(&m, &at, 0);
	assert_int_equal(s.inside, INSIDE_UNKNOWN);
	assert_string_equal(s.how, "guided");
	s = next(&m, &at, 0);
	assert_int_equal(s.inside, INSIDE_PLAIN);
	set(&m, 20, 23, 2); /* the data inside the header */
	at = 0;
	assert_int_equal(next(&m, &at, 1).inside, INSIDE_NONE);
	set(&m, 20, 0xffff, 2); /* behind the section */
	at = 0;
	assert_int_equal(next(&m, &at, 1).inside, INSIDE_NONE);
}

/* AMD's zlib sections have 256 bytes before the stream, its size at 14h; without that it is the whole body. */
static void finds_amds_stream(void **state)
{
	static const struct guid amd =
		GUID(0xce3233f5, 0x2cd6, 0x4d87, 0x91, 0x52, 0x4a, 0x23, 0x8b, 0xb6, 0xd1, 0xc4);
	struct image m = { .n = 0 };
	size_t at = guided_begin(&m, 0, amd, 24, 1);
	struct fv_section s;

	(void)state;
	put_fill(&m, 0, 0x100);
	put_text(&m, "stream", 6);
	section_end(&m, at);
	set(&m, 24 + 0x14, 5, 4);
	at = 0;
	s = next(&m, &at, 0);
	assert_int_equal(s.body.n, 5);
	assert_memory_equal(s.body.p, "strea", 5);
	set(&m, 24 + 0x14, 7, 4); /* more than there is */
	at = 0;
	assert_int_equal(next(&m, &at, 0).body.n, 0x106);
}

static void opens_the_rest(void **state)
{
	struct image m = { .n = 0 };
	struct fv_section s;
	size_t at = section_begin(&m, 0, SECTION_FREEFORM_GUID);

	(void)state;
	put_guid(&m, guid_of(3));
	put_text(&m, "body", 4);
	section_end(&m, at);
	put_section(&m, 0, SECTION_DISPOSABLE, span_str("box"));
	put_section(&m, 0, SECTION_FREEFORM_GUID, span_str("short"));
	at = 0;
	s = next(&m, &at, 0);
	assert_true(s.has_guid && s.guid.b[15] == 3);
	assert_int_equal(s.head, 20);
	assert_memory_equal(s.body.p, "body", s.body.n);
	assert_int_equal(next(&m, &at, 0).inside, INSIDE_PLAIN);
	assert_false(next(&m, &at, 1).has_guid);
}

static void cuts_what_does_not_fit(void **state)
{
	struct image m = { .n = 0 };
	struct fv_section s;
	size_t at = 0;

	(void)state;
	put_section(&m, 0, SECTION_PE32, span_str("0123456789"));
	m.n = 9;
	s = next(&m, &at, 1);
	assert_true(s.partial);
	assert_int_equal(s.body.n, 5);
	assert_int_equal(at, 9);
}

static void knows_a_run_of_sections(void **state)
{
	struct image m = { .n = 0 }, many = { .n = 0 };

	(void)state;
	assert_false(fv_section_plausible(image_span(&m)));
	put_section(&m, 0, SECTION_RAW, span_str("abc"));
	assert_true(fv_section_plausible(image_span(&m)));
	put_fill(&m, 0xff, 30);
	assert_true(fv_section_plausible(image_span(&m)));
	put(&m, 1, 1);
	assert_false(fv_section_plausible(image_span(&m)));
	m.n = 7;
	put_section(&m, 0, 0x1d, span_str("abc")); /* no such type */
	assert_false(fv_section_plausible(image_span(&m)));
	m.n = 5; /* cut */
	assert_false(fv_section_plausible(image_span(&m)));
	for (unsigned i = 0; i < 100; i++) /* a run that is longer than it is looked at is one */
		put_section(&many, 0, SECTION_RAW, span_str("abc"));
	assert_true(fv_section_plausible(image_span(&many)));
}

static void reads_names(void **state)
{
	struct image m = { .n = 0 };
	char buf[16] = "before";

	(void)state;
	put_section(&m, 0, SECTION_PE32, span_str("x"));
	assert_false(fv_section_find_name(image_span(&m), buf, sizeof(buf)));
	assert_string_equal(buf, "before");
	put_ui(&m, 0, "IntelGopDriver");
	assert_true(fv_section_find_name(image_span(&m), buf, sizeof(buf)));
	assert_true(strncmp(buf, "IntelGopDriver", 12) == 0 && strlen(buf) < sizeof(buf));
	m.n = 0;
	put_wide(&m, "A\x1b[31m");
	put(&m, 0, 2);
	set(&m, 2, 0xd800, 2); /* half of a pair */
	set(&m, 4, 0x20ac, 2); /* three bytes */
	set(&m, 6, 0x00e9, 2); /* two */
	set(&m, 8, 0x001b, 2);
	set(&m, 10, 0, 2);
	assert_true(fv_section_text(image_span(&m), buf, sizeof(buf)));
	assert_string_equal(buf, "A?\xe2\x82\xac\xc3\xa9?");
	m.n = 1;
	assert_false(fv_section_text(image_span(&m), buf, sizeof(buf)));
	assert_string_equal(buf, "");
	m.n = 0;
	put_fill(&m, 'x', 100);
	assert_true(fv_section_text(image_span(&m), buf, sizeof(buf)));
	assert_true(strlen(buf) < sizeof(buf));
}

static void names_types(void **state)
{
	char buf[16];

	(void)state;
	assert_string_equal(fv_section_type_str(SECTION_PE32, buf), "pe32");
	assert_string_equal(fv_section_type_str(SECTION_MM_DEPEX, buf), "mm-depex");
	assert_string_equal(fv_section_type_str(0, buf), "0x00");
	assert_string_equal(fv_section_type_str(0x1a, buf), "0x1a");
	assert_string_equal(fv_section_type_str(0xf0, buf), "0xf0");
}

static void try(struct span s)
{
	struct report rep = { 0 };
	struct fv_section x;
	size_t at = 0, before = 0;
	char buf[16];

	while (fv_section_next(s, &at, &x, &rep) == 1) {
		assert_true(at >= before + 4 && at <= s.n);
		assert_true(x.head + x.body.n <= x.bytes.n);
		(void)fv_section_text(x.body, buf, sizeof(buf));
		before = at;
	}
	assert_int_equal(at, before);
	(void)fv_section_plausible(s);
	(void)fv_section_find_name(s, buf, sizeof(buf));
}

static void survives_damage(void **state)
{
	struct image m = { .n = 0 };
	size_t at;

	(void)state;
	put_ui(&m, 0, "Name");
	put_compressed(&m, 0, CODEC_EFI11, span_str("inside"));
	at = guided_begin(&m, 0, guid_crc32, 28, 2);
	put_text(&m, "plain", 5);
	section_end(&m, at);
	at = section_begin(&m, 0, SECTION_FREEFORM_GUID);
	put_guid(&m, guid_of(3));
	section_end(&m, at);
	put(&m, 0xffffff | (uint32_t)SECTION_RAW << 24, 4);
	put(&m, 12, 4);
	put_text(&m, "big!", 4);
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_leaves_at_steps_of_four),
		cmocka_unit_test(reads_large_ones),
		cmocka_unit_test(opens_compression_sections),
		cmocka_unit_test(opens_guided_sections),
		cmocka_unit_test(finds_amds_stream),
		cmocka_unit_test(opens_the_rest),
		cmocka_unit_test(cuts_what_does_not_fit),
		cmocka_unit_test(knows_a_run_of_sections),
		cmocka_unit_test(reads_names),
		cmocka_unit_test(names_types),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("fv_section", tests, NULL, NULL);
}
