// SPDX-License-Identifier: GPL-2.0-or-later
/* test_ovmf_sums.c - a good image has no fault; each fault is seen where it is, in flash and in the stream. */
#include "ovmf_image.h"

#include "fw/ovmf_sums.h"

static struct image flash;

static void more(struct image *m, size_t volume)
{
	put_freeform(m, volume, guid_of(9), (struct span) { (const uint8_t *)"some text", 9 });
}

static const struct ovmf_spec plain = { .dxe_free = 256, .room = 256, .more = more };

/* The faults of @flash as it is now; false: it is not even read. */
static bool faults_of(struct ovmf_faults *ret)
{
	struct ovmf o;

	if (ovmf_read(image_span(&flash), &o, NULL) < 0)
		return false;
	ovmf_sums(&o, ret);
	ovmf_done(&o);
	return true;
}

static void finds_nothing(void **state _unused_)
{
	static const struct ovmf_spec good[] = {
		{ .dxe_free = 256, .room = 256 },
		{ .dxe_free = 256, .room = 256, .vars = true },
		{ .dxe_free = 256, .room = 256, .tdx = true },
		{ .dxe_free = 256, .room = 256, .attributes = FFS_ATTRIB_SUM },
		{ .more = more },
	};
	struct ovmf_faults f = { .n = 0 };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		(void)put_ovmf(&flash, &good[i]);
		assert_true(faults_of(&f));
		assert_int_equal(f.n, 0);
		assert_int_equal(f.more, 0);
	}
}

static void one_fault(enum ovmf_fault_kind kind, bool decoded, size_t at, const char *text)
{
	struct ovmf_faults f = { .n = 0 };

	assert_true(faults_of(&f));
	assert_int_equal(f.n, 1);
	assert_int_equal(f.v[0].kind, kind);
	assert_int_equal(f.v[0].decoded, decoded);
	if (at != SIZE_MAX)
		assert_int_equal(f.v[0].at, at);
	assert_non_null(strstr(f.v[0].text, text));
}

static void finds_faults_in_flash(void **state _unused_)
{
	size_t v = put_ovmf(&flash, &plain), file = v + 0x48;

	flash.b[v + FV_CHECKSUM] ^= 1;
	one_fault(OVMF_FAULT_VOLUME, false, v + FV_CHECKSUM, "wrong checksum of a volume's header");
	(void)put_ovmf(&flash, &plain);
	flash.b[file + FFS_HEADER_SUM] ^= 1;
	one_fault(OVMF_FAULT_FILE, false, file, "wrong checksum of its header");
	(void)put_ovmf(&flash, &plain);
	flash.b[file + FFS_DATA_SUM] ^= 1;
	one_fault(OVMF_FAULT_FILE, false, file, "wrong checksum of its data");
	(void)put_ovmf(&flash, &plain);
	flash.b[file + FFS_STATE] = 0xfc;
	one_fault(OVMF_FAULT_FILE, false, file, "its state, 0xfc");
}

/* The byte @at of the DXE volume in the stream, changed. */
static size_t spoil_at;
static uint8_t spoil_by;

static void spoil(struct image *m, size_t dxe)
{
	m->b[dxe + spoil_at] ^= spoil_by;
}

static const struct ovmf_spec spoiled = { .dxe_free = 256, .room = 256, .more = more, .spoil = spoil };

static void finds_faults_in_the_stream(void **state _unused_)
{
	spoil_by = 1;
	spoil_at = FV_CHECKSUM;
	(void)put_ovmf(&flash, &spoiled);
	one_fault(OVMF_FAULT_VOLUME, true, SIZE_MAX, "wrong checksum of a volume's header");
	spoil_at = 0x48 + FFS_HEADER_SUM;
	(void)put_ovmf(&flash, &spoiled);
	one_fault(OVMF_FAULT_FILE, true, SIZE_MAX, "wrong checksum of its header");
	spoil_at = 0x48 + FFS_HEADER + 2; /* of the size of its first section: 64 KiB more */
	(void)put_ovmf(&flash, &spoiled);
	one_fault(OVMF_FAULT_SECTION, true, SIZE_MAX, "reaches past its file's end");
}

/* Headers that are wrong in any byte are told of, or the image is not read at all. */
static void every_byte_of_a_header_counts(void **state _unused_)
{
	size_t v = put_ovmf(&flash, &plain), end = v + 0x48 + FFS_HEADER;
	struct ovmf_faults f = { .n = 0 };

	for (size_t at = v; at < end; at++) {
		flash.b[at] ^= 0x5a;
		assert_true(!faults_of(&f) || f.n > 0);
		flash.b[at] ^= 0x5a;
	}
	spoil_by = 0x5a;
	for (spoil_at = 0; spoil_at < 0x48 + FFS_HEADER; spoil_at++) {
		(void)put_ovmf(&flash, &spoiled);
		assert_true(!faults_of(&f) || f.n > 0);
	}
}

static void many(struct image *m, size_t dxe)
{
	for (size_t at = dxe + 0x48; at + FFS_HEADER < m->n; at = (at + 7) & ~(size_t)7) {
		size_t n = m->b[at + FFS_SIZE] | (size_t)m->b[at + FFS_SIZE + 1] << 8;

		if (m->b[at + FFS_TYPE] == 0xff)
			return;
		m->b[at + FFS_DATA_SUM] = 0;
		at += n;
	}
}

static void lots(struct image *m, size_t volume)
{
	for (unsigned i = 0; i < OVMF_FAULTS_MAX + 5; i++)
		put_freeform(m, volume, guid_of((uint8_t)(0x10 + i)), (struct span) { (const uint8_t *)"text", 4 });
}

static void counts_what_it_cannot_keep(void **state _unused_)
{
	const struct ovmf_spec p = { .dxe_free = 256, .room = 4096, .more = lots, .spoil = many };
	struct ovmf_faults f = { .n = 0 };

	(void)put_ovmf(&flash, &p);
	assert_true(faults_of(&f));
	assert_int_equal(f.n, OVMF_FAULTS_MAX);
	assert_true(f.more > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing),
		cmocka_unit_test(finds_faults_in_flash),
		cmocka_unit_test(finds_faults_in_the_stream),
		cmocka_unit_test(every_byte_of_a_header_counts),
		cmocka_unit_test(counts_what_it_cannot_keep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
