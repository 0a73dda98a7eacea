// SPDX-License-Identifier: GPL-2.0-or-later
/* One more section in a PE image: found again, nothing else moved, and whatever stands in its way is said. */
#include "image.h"

#include "base/error.h"
#include "fw/pe.h"
#include "fw/pe_section.h"

#define OPTIONAL 0x58
#define TABLE	 0x148
#define HEADERS	 0x200
#define FILE_END 0x600

static void put_header(struct image *m, unsigned i, const char *name, uint32_t size, uint32_t address, uint32_t raw,
		       uint32_t at)
{
	size_t header = TABLE + i * 40u;

	memcpy(m->b + header, name, strlen(name));
	set(m, header + 8, size, 4);
	set(m, header + 12, address, 4);
	set(m, header + 16, raw, 4);
	set(m, header + 20, at, 4);
	set(m, header + 36, 0x60000020, 4);
}

/* A driver of code and data, aligned to 512 bytes in the file and to 4 KiB in memory. */
static struct image driver(void)
{
	struct image m = { .n = 0 };

	set(&m, FILE_END - 1, 0, 1);
	memcpy(m.b, "MZ", 2);
	set(&m, 0x3c, 0x40, 4);
	memcpy(m.b + 0x40, "PE", 2);
	set(&m, 0x44, 0x8664, 2);
	set(&m, 0x46, 2, 2);   /* sections */
	set(&m, 0x54, 240, 2); /* optional header */
	set(&m, OPTIONAL, 0x20b, 2);
	set(&m, OPTIONAL + 8, 0x200, 4);   /* initialised data */
	set(&m, OPTIONAL + 32, 0x1000, 4); /* alignment in memory */
	set(&m, OPTIONAL + 36, 0x200, 4);  /* and in the file */
	set(&m, OPTIONAL + 56, 0x3000, 4); /* size in memory */
	set(&m, OPTIONAL + 60, HEADERS, 4);
	set(&m, OPTIONAL + 64, 0x12345678, 4); /* checksum */
	set(&m, OPTIONAL + 68, 11, 2);
	set(&m, OPTIONAL + 108, 16, 4); /* directories */
	put_header(&m, 0, ".text", 0x180, 0x1000, 0x200, 0x200);
	put_header(&m, 1, ".rdata", 0x10, 0x2000, 0x200, 0x400);
	memset(m.b + 0x200, 0x90, 0x180);
	memset(m.b + 0x400, 0x55, 0x10);
	return m;
}

static const char body[] = "what the driver carries";

static struct buffer added(const struct image *m, const char *name, struct span s)
{
	struct buffer b = { NULL, 0 };

	assert_int_equal(pe_section_add(image_span(m), name, s, &b, NULL), 0);
	return b;
}

static void takes(const struct image *m)
{
	struct buffer b = added(m, ".vbt", SPAN_OF(body));

	buffer_done(&b);
}

static uint32_t le32(struct span s, size_t at)
{
	uint32_t v = 0;

	assert_true(span_le32(s, at, &v));
	return v;
}

static void adds_one(void **state)
{
	struct image m = driver();
	struct buffer b = added(&m, ".vbt", SPAN_OF(body));
	struct span s = buffer_span(&b), found = { NULL, 0 };
	struct report rep = { 0 };
	struct pe pe;

	(void)state;
	assert_int_equal(pe_read(s, &pe, &rep), 0);
	assert_int_equal(rep.n_notes, 0);
	assert_int_equal(pe.overlay_at, 0);
	assert_false(pe.partial);
	assert_int_equal(pe.file_size, s.n);
	assert_int_equal(s.n, FILE_END + 0x200);
	assert_int_equal(b.p[0x46], 3);
	assert_int_equal(le32(s, OPTIONAL + 8), 0x400);	  /* initialised data */
	assert_int_equal(le32(s, OPTIONAL + 56), 0x4000); /* in memory */
	assert_int_equal(le32(s, OPTIONAL + 64), 0);	  /* checksum */
	assert_true(span_is(s, TABLE + 80, ".vbt"));
	assert_int_equal(le32(s, TABLE + 80 + 4), 0);
	assert_int_equal(le32(s, TABLE + 80 + 8), sizeof(body));
	assert_int_equal(le32(s, TABLE + 80 + 12), 0x3000);
	assert_int_equal(le32(s, TABLE + 80 + 16), 0x200);
	assert_int_equal(le32(s, TABLE + 80 + 20), FILE_END);
	assert_int_equal(le32(s, TABLE + 80 + 36), 0x40000040);
	assert_true(pe_section_find(s, ".vbt", &found));
	assert_int_equal(found.n, sizeof(body));
	assert_memory_equal(found.p, body, sizeof(body));
	assert_true(span_is_filled((struct span) { s.p + FILE_END + sizeof(body), 0x200 - sizeof(body) }, 0));
	buffer_done(&b);
}

static void nothing_else_moves(void **state)
{
	static const struct {
		size_t at, n;
	} changed[] = {
		{ 0x46, 2 }, { OPTIONAL + 8, 4 }, { OPTIONAL + 56, 4 }, { OPTIONAL + 64, 4 }, { TABLE + 80, 40 }
	};
	struct image m = driver();
	struct buffer b = added(&m, ".vbt", SPAN_OF(body));

	(void)state;
	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++)
		memcpy(b.p + changed[i].at, m.b + changed[i].at, changed[i].n);
	assert_memory_equal(b.p, m.b, m.n);
	buffer_done(&b);
}

static void adds_two_of_any_length(void **state)
{
	static const uint8_t bytes[4097] = { 1, 2, 3 };

	(void)state;
	for (size_t n = 1; n <= sizeof(bytes); n = n < 514 ? n + 1 : n + 512 - 1) {
		struct image m = driver();
		struct buffer one = added(&m, "12345678", (struct span) { bytes, n }), two = { NULL, 0 };
		struct span s;

		assert_int_equal(pe_section_add(buffer_span(&one), ".b", SPAN_OF(body), &two, NULL), 0);
		assert_true(pe_section_find(buffer_span(&one), "12345678", &s));
		assert_int_equal(s.n, n);
		assert_memory_equal(s.p, bytes, n);
		assert_true(pe_section_find(buffer_span(&two), "12345678", &s));
		assert_int_equal(s.n, n);
		assert_true(pe_section_find(buffer_span(&two), ".b", &s));
		assert_int_equal(s.n, sizeof(body));
		assert_memory_equal(s.p, body, sizeof(body));
		buffer_done(&one);
		buffer_done(&two);
	}
}

static void counts_what_lies_behind_the_image_size(void **state)
{
	struct image m = driver();
	struct buffer b;

	(void)state;
	set(&m, TABLE + 40 + 8, 0x3001, 4); /* the last section ends behind the size of the image */
	b = added(&m, ".vbt", SPAN_OF(body));
	assert_int_equal(le32(buffer_span(&b), TABLE + 80 + 12), 0x6000);
	assert_int_equal(le32(buffer_span(&b), OPTIONAL + 56), 0x7000);
	buffer_done(&b);
	m = driver();
	set(&m, OPTIONAL + 56, 0x2801, 4); /* a size of the image that is no multiple of anything */
	b = added(&m, ".vbt", SPAN_OF(body));
	assert_int_equal(le32(buffer_span(&b), TABLE + 80 + 12), 0x3000);
	buffer_done(&b);
}

static void finds(void **state)
{
	static const uint8_t zeros[] = { 0x90, 0x90 };
	struct image m = driver();
	struct span s = { NULL, 0 };

	(void)state;
	assert_true(pe_section_find(image_span(&m), ".text", &s));
	assert_ptr_equal(s.p, m.b + 0x200);
	assert_int_equal(s.n, 0x180); /* not the 200h that it takes in the file */
	assert_memory_equal(s.p, zeros, 2);
	assert_false(pe_section_find(image_span(&m), ".tex", &s));
	assert_false(pe_section_find(image_span(&m), ".text2", &s));
	assert_false(pe_section_find(image_span(&m), "", &s));
	assert_false(pe_section_find(image_span(&m), ".rdata..long", &s));
	assert_int_equal(s.n, 0x180);
	set(&m, TABLE + 8, 0x5000, 4); /* larger in memory than in the file: the rest would be zeros */
	assert_true(pe_section_find(image_span(&m), ".text", &s));
	assert_int_equal(s.n, 0x200);
	set(&m, TABLE + 8, 0, 4);
	assert_false(pe_section_find(image_span(&m), ".text", &s));
	m = driver();
	set(&m, TABLE + 20, FILE_END - 0x17f, 4); /* one byte too few */
	assert_false(pe_section_find(image_span(&m), ".text", &s));
	set(&m, TABLE + 20, FILE_END - 0x180, 4);
	assert_true(pe_section_find(image_span(&m), ".text", &s));
	set(&m, 0x46, 97, 2);
	assert_false(pe_section_find(image_span(&m), ".text", &s));
	assert_false(pe_section_find((struct span) { NULL, 0 }, ".text", &s));
}

static void refuse_named(struct image m, const char *name, struct span s, int code, const char *words)
{
	struct buffer b = { (uint8_t *)&m, 7 };
	struct report rep = { 0 };

	assert_int_equal(pe_section_add(image_span(&m), name, s, &b, &rep), -code);
	assert_int_equal(rep.code, -code);
	if (!strstr(rep.refusal.text, words))
		fail_msg("\"%s\" does not say \"%s\"", rep.refusal.text, words);
	assert_ptr_equal(b.p, &m);
	assert_int_equal(b.n, 7);
}

static void refuse(struct image m, int code, const char *words)
{
	refuse_named(m, ".vbt", SPAN_OF(body), code, words);
}

static void refuses_what_it_is_asked(void **state)
{
	(void)state;
	refuse_named(driver(), ".vbt", (struct span) { NULL, 0 }, IGD_EUSAGE, "0 bytes");
	refuse_named(driver(), "", SPAN_OF(body), IGD_EUSAGE, "no section \"\"");
	refuse_named(driver(), "123456789", SPAN_OF(body), IGD_EUSAGE, "123456789");
	refuse_named(driver(), ".rdata", SPAN_OF(body), IGD_EUSAGE, "already");
}

static void refuses_other_images(void **state)
{
	struct image m = driver();

	(void)state;
	m.b[0] = 'N';
	refuse(m, IGD_EMAGIC, "PE");
	memcpy(m.b, "VZ", 2);
	set(&m, 6, 0x150, 2);
	set(&m, 4, 1, 1);
	refuse(m, IGD_EMAGIC, "TE image");
	m = driver();
	set(&m, OPTIONAL, 0x10b, 2);
	refuse(m, IGD_EMAGIC, "PE32 image");
	m = driver();
	m.n--;
	refuse(m, IGD_ETRUNC, "last section");
	m = driver();
	put(&m, 0, 1);
	refuse(m, IGD_ELENGTH, "1 bytes behind");
	m = driver();
	set(&m, 0x54, 111, 2); /* no sections, and an optional header that is too short to be one */
	set(&m, 0x46, 0, 2);
	m.n = HEADERS;
	refuse(m, IGD_EMAGIC, "111 bytes");
}

static void refuses_a_signed_one(void **state)
{
	struct image m = driver();

	(void)state;
	set(&m, OPTIONAL + 112 + 32, 0x600, 4);
	refuse(m, IGD_ELENGTH, "signed");
	m = driver();
	set(&m, OPTIONAL + 112 + 36, 8, 4);
	refuse(m, IGD_ELENGTH, "signed");
	set(&m, OPTIONAL + 108, 4, 4); /* that directory is none of its four */
	takes(&m);
}

static void refuses_without_room(void **state)
{
	struct image m = driver();

	(void)state;
	m.b[TABLE + 80 + 39] = 1; /* somebody uses the room */
	refuse(m, IGD_ELIMIT, "no room");
	m = driver();
	set(&m, OPTIONAL + 60, TABLE + 80 + 39, 4); /* headers that end a byte too early */
	refuse(m, IGD_ELIMIT, "0x1bf");
	set(&m, OPTIONAL + 60, TABLE + 80 + 40, 4);
	takes(&m);
	m = driver();
	set(&m, TABLE + 40 + 20, TABLE + 80 + 8, 4); /* a section that begins before the headers end */
	set(&m, TABLE + 40 + 16, FILE_END - (TABLE + 80 + 8), 4);
	refuse(m, IGD_ELIMIT, "0x1a0");
	m = driver();
	set(&m, 0x54, 0x160, 2); /* one section, whose header ends 20h bytes before the code */
	set(&m, 0x46, 1, 2);
	memmove(m.b + OPTIONAL + 0x160, m.b + TABLE, 40);
	m.n = 0x400;
	refuse(m, IGD_ELIMIT, "no room");
}

static void refuses_alignments(void **state)
{
	static const struct {
		size_t at;
		uint32_t v;
	} bad[] = { { 32, 0 }, { 32, 0x1001 }, { 36, 0 }, { 36, 0x201 }, { 36, 0x20000 } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct image m = driver();

		set(&m, OPTIONAL + bad[i].at, bad[i].v, 4);
		refuse(m, IGD_EMAGIC, "make no sense");
	}
}

static void refuses_more_than_32_bits(void **state)
{
	static const struct {
		size_t at;
		uint32_t v;
	} bad[] = { { OPTIONAL + 56, 0xfffff000 }, /* size of the image */
		    { OPTIONAL + 8, 0xffffff00 },  /* initialised data */
		    { TABLE + 8, 0xffffe000 },	   /* the end of a section */
		    { TABLE + 12, 0xffffffff } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct image m = driver();

		set(&m, bad[i].at, bad[i].v, 4);
		refuse(m, IGD_ELIMIT, "4 GiB");
	}
}

static void try(struct span s)
{
	struct buffer b = { NULL, 0 };
	struct span found;

	if (pe_section_find(s, ".text", &found))
		assert_non_null(memchr(s.p, found.p[found.n - 1], s.n)); /* what was found can be read to its end */
	if (pe_section_add(s, ".vbt", SPAN_OF(body), &b, NULL) < 0) {
		assert_null(b.p);
		return;
	}
	assert_true(pe_section_find(buffer_span(&b), ".vbt", &found));
	assert_int_equal(found.n, sizeof(body));
	assert_memory_equal(found.p, body, sizeof(body));
	buffer_done(&b);
}

static void damaged_headers(void **state)
{
	struct image m = driver();

	(void)state;
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_one),
		cmocka_unit_test(nothing_else_moves),
		cmocka_unit_test(adds_two_of_any_length),
		cmocka_unit_test(counts_what_lies_behind_the_image_size),
		cmocka_unit_test(finds),
		cmocka_unit_test(refuses_what_it_is_asked),
		cmocka_unit_test(refuses_other_images),
		cmocka_unit_test(refuses_a_signed_one),
		cmocka_unit_test(refuses_without_room),
		cmocka_unit_test(refuses_alignments),
		cmocka_unit_test(refuses_more_than_32_bits),
		cmocka_unit_test(damaged_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
