// SPDX-License-Identifier: GPL-2.0-or-later
/* Volumes and their files: as the specification has them, as vendors write them, and as nobody should. */
#include "fw_image.h"

#include "base/error.h"
#include "fw/volume.h"

#define DATA_AT (FV_HEADER_MIN + FFS_HEADER)

/* A raw file of 5 bytes, a freeform one with a checksum over its data, and free space. */
static struct image volume_of(struct guid system, uint8_t revision)
{
	struct image m = { .n = 0 };
	size_t v = volume_begin(&m, system, revision), f = file_begin(&m, v, guid_of(1), FFS_RAW);

	put_text(&m, "first", 5);
	m.b[f + FFS_DATA_SUM] = revision == 1 ? 0x5a : 0xaa;
	file_end(&m, f);
	f = file_begin(&m, v, guid_of(2), FFS_FREEFORM);
	put_text(&m, "second", 6);
	m.b[f + FFS_ATTRIBUTES] = FFS_ATTRIB_SUM;
	m.b[f + FFS_DATA_SUM] = (uint8_t)-sum_of(&m, f + FFS_HEADER, 6);
	file_end(&m, f);
	volume_end(&m, v, 64);
	return m;
}

static struct volume read_volume(const struct image *m, size_t n_notes)
{
	struct report rep = { 0 };
	struct volume v;

	assert_int_equal(volume_read(image_span(m), &v, &rep), 0);
	assert_int_equal(rep.n_notes, n_notes);
	return v;
}

static void reads_a_volume(void **state)
{
	struct image m = volume_of(guid_ffs2, 2);
	struct volume v = read_volume(&m, 0);

	(void)state;
	assert_int_equal(v.system, VOLUME_FFS2);
	assert_true(guid_eq(&v.guid, &guid_ffs2));
	assert_int_equal(v.length, m.n);
	assert_int_equal(v.bytes.n, m.n);
	assert_int_equal(v.header_size, FV_HEADER_MIN);
	assert_int_equal(v.revision, 2);
	assert_int_equal(v.erased, 0xff);
	assert_false(v.partial || v.has_name);
	m = volume_of(guid_ffs1, 1);
	assert_int_equal(read_volume(&m, 0).system, VOLUME_FFS1);
	m = volume_of(guid_ffs3, 2);
	assert_int_equal(read_volume(&m, 0).system, VOLUME_FFS3);
	m = volume_of(guid_nvram, 2);
	assert_int_equal(read_volume(&m, 0).system, VOLUME_NVRAM);
	m = volume_of(guid_of(9), 2);
	assert_int_equal(read_volume(&m, 0).system, VOLUME_UNKNOWN);
	put_fill(&m, 0x77, 100); /* what follows is not its own */
	assert_int_equal(read_volume(&m, 0).bytes.n, m.n - 100);
}

static void reads_its_files(void **state)
{
	struct image m = volume_of(guid_ffs2, 2);
	struct volume v = read_volume(&m, 0);
	struct report rep = { 0 };
	size_t at = v.header_size;
	struct ffs_file f;

	(void)state;
	assert_int_equal(volume_next(&v, &at, &f, &rep), 1);
	assert_int_equal(f.type, FFS_RAW);
	assert_int_equal(f.at, FV_HEADER_MIN);
	assert_int_equal(f.head, FFS_HEADER);
	assert_int_equal(f.bytes.n, FFS_HEADER + 5);
	assert_memory_equal(f.body.p, "first", f.body.n);
	assert_false(f.deleted || f.partial);
	assert_int_equal(volume_next(&v, &at, &f, &rep), 1);
	assert_int_equal(f.guid.b[15], 2);
	assert_int_equal(f.at % 8, 0);
	assert_memory_equal(f.body.p, "second", f.body.n);
	assert_int_equal(rep.n_notes, 0);
	assert_int_equal(volume_next(&v, &at, &f, &rep), 0);
	assert_int_equal(at, f.at + f.bytes.n);
	assert_int_equal(f.guid.b[15], 2); /* untouched */
}

static void tells_of_wrong_sums_and_lengths(void **state)
{
	struct image m = volume_of(guid_ffs2, 2);
	struct report rep = { 0 };
	struct ffs_file f;
	struct volume v;
	size_t at;

	(void)state;
	m.b[FV_CHECKSUM]++;
	(void)read_volume(&m, 1);
	m = volume_of(guid_ffs2, 2);
	set(&m, FV_BLOCK_MAP, 1, 4);
	volume_seal(&m, 0);
	assert_int_equal(read_volume(&m, 1).bytes.n, m.n); /* the length is believed, not the map */
	m = volume_of(guid_ffs2, 2);
	m.b[FV_HEADER_MIN + FFS_HEADER_SUM]++;
	m.b[DATA_AT + 5 + 3 + FFS_HEADER]++; /* the first byte of the second file */
	v = read_volume(&m, 0);
	at = v.header_size;
	assert_int_equal(volume_next(&v, &at, &f, &rep), 1);
	assert_int_equal(rep.n_notes, 1);
	assert_int_equal(volume_next(&v, &at, &f, &rep), 1);
	assert_int_equal(rep.n_notes, 2);
	assert_int_equal(rep.notes[1].at, f.at);
}

static void goes_on_where_it_is_cut(void **state)
{
	struct image m = volume_of(guid_ffs2, 2);
	struct report rep = { 0 };
	struct ffs_file f;
	struct volume v;
	size_t at;

	(void)state;
	m.n = DATA_AT + 3;
	v = read_volume(&m, 1);
	assert_true(v.partial);
	assert_int_equal(v.bytes.n, m.n);
	at = v.header_size;
	assert_int_equal(volume_next(&v, &at, &f, &rep), 1);
	assert_true(f.partial);
	assert_int_equal(f.body.n, 3);
	assert_int_equal(rep.n_notes, 1);
	assert_int_equal(volume_next(&v, &at, &f, &rep), 0);
	set(&m, FV_LENGTH, UINT64_MAX, 8); /* a length that is none */
	assert_true(read_volume(&m, 3).partial);
}

static void reads_the_extension_header(void **state)
{
	struct image m = { .n = 0 };
	struct volume v;

	(void)state;
	(void)volume_begin(&m, guid_ffs2, 2);
	put_guid(&m, guid_of(7));
	put(&m, 28, 4); /* its own 20 bytes and an entry of 8 */
	put_fill(&m, 0, 8);
	set(&m, FV_EXT_HEADER, FV_HEADER_MIN, 2);
	volume_end(&m, 0, 64);
	v = read_volume(&m, 0);
	assert_true(v.has_name);
	assert_int_equal(v.name.b[15], 7);
	assert_int_equal(v.header_size, FV_HEADER_MIN + 28);
	set(&m, FV_HEADER_MIN + 16, 0xfffffff0, 4); /* longer than the volume */
	v = read_volume(&m, 1);
	assert_false(v.has_name);
	assert_int_equal(v.header_size, FV_HEADER_MIN);
	set(&m, FV_HEADER_MIN + 16, 19, 4); /* shorter than itself */
	(void)read_volume(&m, 1);
	set(&m, FV_EXT_HEADER, FV_HEADER_MIN - 4, 2); /* inside the header */
	(void)read_volume(&m, 2);
	set(&m, FV_EXT_HEADER, 0xfff0, 2); /* outside of it all */
	(void)read_volume(&m, 2);
}

static void reads_large_files(void **state)
{
	static const struct guid *const systems[] = { &guid_ffs3, &guid_ffs2 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t header = i ? FFS_HEADER_LARGE - 4 : FFS_HEADER_LARGE, at, f;
		struct image m = { .n = 0 };
		struct ffs_file file;
		struct volume v;

		(void)volume_begin(&m, *systems[i], 2);
		f = file_begin(&m, 0, guid_of(1), FFS_RAW);
		m.b[f + FFS_ATTRIBUTES] = FFS_ATTRIB_LARGE;
		put(&m, header + 5, header - FFS_HEADER); /* 64 bits, or the 32 of Lenovo's FFS2 */
		put_text(&m, "large", 5);
		file_seal(&m, f, header);
		volume_end(&m, 0, 64);
		v = read_volume(&m, 0);
		at = v.header_size;
		assert_int_equal(volume_next(&v, &at, &file, NULL), 1);
		assert_int_equal(file.head, header);
		assert_int_equal(file.body.n, 5);
		assert_memory_equal(file.body.p, "large", 5);
		set(&m, f + FFS_SIZE_LARGE, 31, header - FFS_HEADER); /* smaller than its header, for both */
		set(&m, f + FFS_SIZE_LARGE, 27, 4);
		at = v.header_size;
		assert_int_equal(volume_next(&v, &at, &file, NULL), 0);
		set(&m, f + FFS_SIZE_LARGE, UINT64_MAX, header - FFS_HEADER); /* larger than there are bytes */
		file_seal(&m, f, header);
		at = v.header_size;
		assert_int_equal(volume_next(&v, &at, &file, NULL), 1);
		assert_true(file.partial);
	}
}

static void leaves_the_tail_of_old_files_out(void **state)
{
	struct image m = { .n = 0 };
	struct ffs_file file;
	struct volume v;
	size_t at, f;

	(void)state;
	(void)volume_begin(&m, guid_ffs1, 1);
	f = file_begin(&m, 0, guid_of(1), FFS_RAW);
	m.b[f + FFS_ATTRIBUTES] = FFS_ATTRIB_LARGE; /* in revision 1: a tail */
	m.b[f + FFS_DATA_SUM] = 0x5a;
	put_text(&m, "body\x12\x34", 6);
	file_end(&m, f);
	volume_end(&m, 0, 64);
	v = read_volume(&m, 0);
	at = v.header_size;
	assert_int_equal(volume_next(&v, &at, &file, NULL), 1);
	assert_int_equal(file.body.n, 4);
	assert_int_equal(file.bytes.n, FFS_HEADER + 6);
}

static void says_what_is_deleted(void **state)
{
	struct image m = volume_of(guid_ffs2, 2);
	struct volume v = read_volume(&m, 0);
	size_t at = v.header_size;
	struct ffs_file f;

	(void)state;
	m.b[FV_HEADER_MIN + FFS_STATE] = (uint8_t) ~(0x07 | FFS_DELETED);
	assert_int_equal(volume_next(&v, &at, &f, NULL), 1);
	assert_true(f.deleted);
	m.b[FV_HEADER_MIN + FFS_STATE] = 0x07; /* in a volume whose empty bytes are zero */
	set(&m, FV_ATTRIBUTES, 0x0004f6ff, 4);
	volume_seal(&m, 0);
	v = read_volume(&m, 0);
	assert_int_equal(v.erased, 0);
	at = v.header_size;
	assert_int_equal(volume_next(&v, &at, &f, NULL), 1);
	assert_false(f.deleted);
}

static void stops_at_what_is_no_file(void **state)
{
	struct image m = volume_of(guid_ffs2, 2);
	struct volume v = read_volume(&m, 0);
	size_t at = v.header_size;
	struct ffs_file f;

	(void)state;
	set(&m, FV_HEADER_MIN + FFS_SIZE, FFS_HEADER - 1, 3); /* smaller than its header */
	assert_int_equal(volume_next(&v, &at, &f, NULL), 0);
	assert_int_equal(at, FV_HEADER_MIN);
	set(&m, FV_HEADER_MIN + FFS_SIZE, 0xfffff0, 3); /* larger than the volume, and a header that does not sum */
	assert_int_equal(volume_next(&v, &at, &f, NULL), 0);
	at = m.n - 8; /* no room for a header */
	assert_int_equal(volume_next(&v, &at, &f, NULL), 0);
	at = m.n + 1;
	assert_int_equal(volume_next(&v, &at, &f, NULL), 0);
}

static void refuse(struct image m, int code)
{
	struct report rep = { 0 };
	struct volume v, before;

	memset(&before, 0xa5, sizeof(before));
	v = before;
	assert_int_equal(volume_read(image_span(&m), &v, &rep), -code);
	assert_int_equal(rep.code, -code);
	assert_memory_equal(&v, &before, sizeof(v));
}

static void refuses(void **state)
{
	const struct image good = volume_of(guid_ffs2, 2);
	struct image m = good;

	(void)state;
	m.n = FV_HEADER_MIN - 1;
	refuse(m, IGD_ETRUNC);
	m = good;
	m.b[FV_SIGNATURE + 3] = 'h';
	refuse(m, IGD_EMAGIC);
	m = good;
	m.b[FV_REVISION] = 3;
	refuse(m, IGD_EMAGIC);
	m.b[FV_REVISION] = 0;
	refuse(m, IGD_EMAGIC);
	m = good;
	set(&m, FV_HEADER_LENGTH, FV_HEADER_MIN - 8, 2);
	refuse(m, IGD_EMAGIC);
	set(&m, FV_HEADER_LENGTH, 0x8000, 2); /* larger than 64 blocks of different sizes want */
	refuse(m, IGD_EMAGIC);
	set(&m, FV_HEADER_LENGTH, 0x100, 2); /* larger than the bytes */
	m.n = 0xff;
	refuse(m, IGD_EMAGIC);
	m = good;
	set(&m, FV_LENGTH, FV_HEADER_MIN - 1, 8);
	refuse(m, IGD_EMAGIC);
}

static void reads_a_file_by_itself(void **state)
{
	struct image m = { .n = 0 };
	size_t at = file_begin(&m, 0, guid_of(1), FFS_DRIVER);
	struct ffs_file f;

	(void)state;
	put_text(&m, "alone", 5);
	file_end(&m, at);
	put_fill(&m, 0x33, 9);
	assert_int_equal(ffs_read(image_span(&m), &f), 0);
	assert_int_equal(f.bytes.n, FFS_HEADER + 5);
	m.b[FFS_HEADER_SUM]++;
	assert_int_equal(ffs_read(image_span(&m), &f), -IGD_EMAGIC);
	m.b[FFS_HEADER_SUM]--;
	m.n = FFS_HEADER + 4;
	assert_int_equal(ffs_read(image_span(&m), &f), -IGD_EMAGIC);
	memset(m.b, 0, sizeof(m.b));
	m.n = 100;
	assert_int_equal(ffs_read(image_span(&m), &f), -IGD_EMAGIC);
	memset(m.b, 0xff, 100);
	assert_int_equal(ffs_read(image_span(&m), &f), -IGD_EMAGIC);
}

static void names_types(void **state)
{
	char buf[16];

	(void)state;
	assert_string_equal(ffs_type_str(FFS_FREEFORM, buf), "freeform");
	assert_string_equal(ffs_type_str(FFS_PAD, buf), "pad");
	assert_string_equal(ffs_type_str(0x00, buf), "type 0x00");
	assert_string_equal(ffs_type_str(0xc3, buf), "type 0xc3");
	assert_string_equal(ffs_type_str(0xff, buf), "type 0xff");
	assert_string_equal(volume_system_str(VOLUME_FFS3), "FFS3");
	assert_string_equal(volume_system_str(VOLUME_UNKNOWN), "unknown");
}

static void try(struct span s)
{
	struct report rep = { 0 };
	struct ffs_file f;
	struct volume v;
	size_t at, before;

	(void)!ffs_read(s, &f);
	if (volume_read(s, &v, &rep) < 0)
		return;
	assert_true(v.header_size <= v.bytes.n && v.bytes.n <= s.n);
	for (at = before = v.header_size; volume_next(&v, &at, &f, &rep) == 1; before = at) {
		assert_true(at >= before + FFS_HEADER && at <= v.bytes.n);
		assert_true(f.head + f.body.n <= f.bytes.n);
	}
	assert_int_equal(at, before);
}

static void survives_damage(void **state)
{
	struct image m = volume_of(guid_ffs2, 2);

	(void)state;
	image_damage(image_span(&m), try);
	m = volume_of(guid_ffs1, 1);
	image_damage(image_span(&m), try);
	m = volume_of(guid_ffs3, 2);
	m.b[FV_HEADER_MIN + FFS_ATTRIBUTES] = FFS_ATTRIB_LARGE;
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_volume),
		cmocka_unit_test(reads_its_files),
		cmocka_unit_test(tells_of_wrong_sums_and_lengths),
		cmocka_unit_test(goes_on_where_it_is_cut),
		cmocka_unit_test(reads_the_extension_header),
		cmocka_unit_test(reads_large_files),
		cmocka_unit_test(leaves_the_tail_of_old_files_out),
		cmocka_unit_test(says_what_is_deleted),
		cmocka_unit_test(stops_at_what_is_no_file),
		cmocka_unit_test(refuses),
		cmocka_unit_test(reads_a_file_by_itself),
		cmocka_unit_test(names_types),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("volume", tests, NULL, NULL);
}
