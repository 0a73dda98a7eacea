// SPDX-License-Identifier: GPL-2.0-or-later
/* Disk images of QEMU: built here entry by entry, read, damaged; and written and read back. */
#include "image.h"

#include <zlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/report.h"
#include "fw/qcow2.h"

/* The small image: clusters of 512 bytes; header, L1, L2, then data. A disk of five clusters, the last a part. */
#define C	  512
#define L1	  C
#define L2	  (2 * C)
#define DATA	  (3 * C)
#define PACKED	  (4 * C + 100) /* the compressed cluster begins anywhere */
#define SMALL	  (4 * C + 40)
#define COPIED	  (1ull << 63)
#define IS_PACKED (1ull << 62)
#define IS_ZERO	  1ull

enum { PLAIN, NOWHERE, ZERO, DEFLATED, SHORT }; /* the five clusters */

static void be(struct image *m, size_t at, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		set(m, at + i, (v >> (8 * (n - 1 - i))) & 0xff, 1);
}

static uint8_t byte_of(size_t i)
{
	return (uint8_t)(i * 7 + i / C + 1);
}

/* Raw deflate with a window of 4 KiB, as QEMU has it. */
static size_t deflated(uint8_t *to, size_t room, const uint8_t *from, size_t n)
{
	z_stream z = { .next_in = (Bytef *)from, .avail_in = (uInt)n, .next_out = to, .avail_out = (uInt)room };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -12, 9, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

static void header(struct image *m, unsigned version)
{
	be(m, 0, 0x514649fb, 4);
	be(m, 4, version, 4);
	be(m, 20, 9, 4);
	be(m, 24, SMALL, 8);
	be(m, 36, 1, 4);
	be(m, 40, L1, 8);
	if (version < 3)
		return;
	be(m, 96, 4, 4);
	be(m, 100, 112, 4);
}

static struct image small(unsigned version)
{
	struct image m = { 0 };
	uint8_t plain[C];
	size_t n, sectors;

	header(&m, version);
	be(&m, L1, COPIED | L2, 8);
	be(&m, L2 + 8 * PLAIN, COPIED | DATA, 8);
	if (version >= 3)
		be(&m, L2 + 8 * ZERO, COPIED | DATA | IS_ZERO, 8); /* what lies there does not count */
	be(&m, L2 + 8 * SHORT, COPIED | 5 * C, 8);
	for (size_t i = 0; i < C; i++) {
		set(&m, DATA + i, byte_of(i), 1);
		plain[i] = byte_of(DEFLATED * C + i % 16);
	}
	n = deflated(m.b + PACKED, C, plain, C);
	sectors = (PACKED + n - 1) / 512 - PACKED / 512;
	be(&m, L2 + 8 * DEFLATED, IS_PACKED | (uint64_t)sectors << 61 | PACKED, 8);
	for (size_t i = 0; i < SMALL - SHORT * C; i++)
		set(&m, 5 * C + i, byte_of(SHORT * C + i), 1);
	return m;
}

static uint8_t wanted(size_t i)
{
	switch (i / C) {
	case PLAIN:
	case SHORT:
		return byte_of(i);
	case DEFLATED:
		return byte_of(DEFLATED * C + i % C % 16);
	default:
		return 0;
	}
}

static int disk_read(const struct image *m, struct buffer *disk, struct report *rep)
{
	*disk = (struct buffer) { 0 };
	memset(rep, 0, sizeof(*rep));
	return qcow2_read(image_span(m), disk, rep);
}

static void reads_each_kind_of_cluster(void **state)
{
	(void)state;
	for (unsigned version = 2; version <= 3; version++) {
		struct image m = small(version);
		struct buffer disk;
		struct report rep;

		assert_true(qcow2_is(image_span(&m)));
		assert_int_equal(disk_read(&m, &disk, &rep), 0);
		assert_int_equal(rep.n_notes, 0);
		assert_int_equal(disk.n, SMALL);
		for (size_t i = 0; i < disk.n; i++)
			assert_int_equal(disk.p[i], wanted(i));
		buffer_done(&disk);
	}
}

static void notes_what_was_not_closed(void **state)
{
	struct image m = small(3);
	struct buffer disk;
	struct report rep;

	(void)state;
	be(&m, 72, 1, 8);
	assert_int_equal(disk_read(&m, &disk, &rep), 0);
	assert_int_equal(rep.n_notes, 1);
	buffer_done(&disk);
	be(&m, 72, 2, 8);
	assert_int_equal(disk_read(&m, &disk, &rep), 0);
	assert_non_null(strstr(rep.notes[0].text, "corrupt"));
	buffer_done(&disk);
}

/* What stands at a place of the small image, and what is said of it. */
static const struct wrong {
	const char *name;
	size_t at;
	uint64_t v;
	size_t n;
	int want;
	const char *says;
} wrongs[] = {
	{ "another magic", 0, 0x514649fc, 4, IGD_EMAGIC, "no qcow2" },
	{ "version 1", 4, 1, 4, IGD_EVERSION, "version" },
	{ "version 4", 4, 4, 4, IGD_EVERSION, "version" },
	{ "a backing file", 8, 0x100, 8, IGD_EVERSION, "backing" },
	{ "encryption", 32, 2, 4, IGD_EVERSION, "encrypted" },
	{ "data elsewhere", 72, 4, 8, IGD_EVERSION, "another file" },
	{ "extended entries", 72, 16, 8, IGD_EVERSION, "extended" },
	{ "a feature of the future", 72, 1ull << 40, 8, IGD_EVERSION, "feature" },
	{ "clusters too small", 20, 8, 4, IGD_EMAGIC, "2^8" },
	{ "clusters too large", 20, 22, 4, IGD_EMAGIC, "2^22" },
	{ "clusters of any size", 20, 0xffffffff, 4, IGD_EMAGIC, "clusters" },
	{ "a short header", 100, 100, 4, IGD_EMAGIC, "header of 100" },
	{ "a header longer than its cluster", 100, 1024, 4, IGD_EMAGIC, "header of 1024" },
	{ "counts of 128 bits", 96, 7, 4, IGD_EMAGIC, "reference counts" },
	{ "a compression type without its bit", 104, 1, 1, IGD_EMAGIC, "compression type 1" },
	{ "a bit without compression type", 72, 8, 8, IGD_EMAGIC, "compression type 0" },
	{ "a disk too large", 24, QCOW2_DISK_MAX + 1, 8, IGD_ELIMIT, "67108865" },
	{ "a disk of all there is", 24, UINT64_MAX, 8, IGD_ELIMIT, "firmware" },
	{ "no L1", 36, 0, 4, IGD_EMAGIC, "0 entries" },
	{ "an L1 too small", 24, 65 * C, 8, IGD_EMAGIC, "needs 2" },
	{ "L1 between clusters", 40, L1 + 8, 8, IGD_EMAGIC, "first table" },
	{ "L1 behind the end", 40, 1 << 20, 8, IGD_ETRUNC, "first table" },
	{ "L1 behind everything", 40, UINT64_MAX - 511, 8, IGD_ETRUNC, "first table" },
	{ "L2 behind the end", L1, COPIED | 0x7fffe00, 8, IGD_ETRUNC, "table of cluster 0" },
	{ "a cluster behind the end", L2, COPIED | 0x7fffe00, 8, IGD_ETRUNC, "cluster 0" },
	{ "a cluster behind everything", L2, COPIED | 0x00fffffffffffe00, 8, IGD_ETRUNC, "cluster 0" },
	{ "a compressed one behind the end", L2, IS_PACKED | 0x100000, 8, IGD_ETRUNC, "cluster 0" },
	{ "a compressed one that is none", L2, IS_PACKED | L2, 8, IGD_EMAGIC, "decompressed" },
};

static void refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(*wrongs); i++) {
		const struct wrong *w = &wrongs[i];
		struct image m = small(3);
		struct buffer disk;
		struct report rep;
		int r;

		be(&m, w->at, w->v, w->n);
		r = disk_read(&m, &disk, &rep);
		if (r != -w->want || !strstr(rep.refusal.text, w->says))
			fail_msg("%s: %d, \"%s\"", w->name, r, rep.refusal.text);
		assert_null(disk.p);
	}
}

static void refuses_what_qemu_refuses(void **state)
{
	struct image m = small(2), zstd = small(3), large = small(3);
	struct buffer disk;
	struct report rep;

	(void)state;
	be(&m, L2 + 8 * NOWHERE, IS_ZERO, 8); /* version 2 has no such mark */
	assert_int_equal(disk_read(&m, &disk, &rep), -IGD_EMAGIC);
	be(&zstd, 72, 8, 8);
	be(&zstd, 104, 1, 1);
	assert_int_equal(disk_read(&zstd, &disk, &rep), -IGD_EVERSION);
	assert_non_null(strstr(rep.refusal.text, "zstd"));
	be(&zstd, L2 + 8 * DEFLATED, 0, 8); /* the type alone does not matter */
	assert_int_equal(disk_read(&zstd, &disk, &rep), 0);
	buffer_done(&disk);
	be(&large, 20, 10, 4); /* clusters of 1 KiB: entries that were at their beginning are not */
	assert_int_equal(disk_read(&large, &disk, &rep), -IGD_EMAGIC);
	be(&large, 40, 1024, 8);
	be(&large, 1024, 512, 8);
	assert_int_equal(disk_read(&large, &disk, &rep), -IGD_EMAGIC);
	assert_non_null(strstr(rep.refusal.text, "the table of cluster 0"));
	be(&large, 1024, 2048, 8);
	be(&large, 2048, 512, 8);
	be(&large, 3071, 0, 1); /* all of that table is there */
	assert_int_equal(disk_read(&large, &disk, &rep), -IGD_EMAGIC);
	assert_non_null(strstr(rep.refusal.text, "the place of cluster 0"));
}

/* Tables that lie over each other, over the header, and over data: a disk of odd content, and no more. */
static void tables_may_overlap(void **state)
{
	struct image m = small(3);
	struct buffer disk;
	struct report rep;

	(void)state;
	be(&m, L1, L1, 8); /* L1 is its own L2, and the first cluster */
	assert_int_equal(disk_read(&m, &disk, &rep), 0);
	assert_memory_equal(disk.p, m.b + L1, C);
	buffer_done(&disk);
}

static void answers(struct span file)
{
	struct buffer disk = { 0 };
	struct report rep = { 0 };
	int r = qcow2_read(file, &disk, &rep);

	assert_true(r == 0 ? disk.p && disk.n <= QCOW2_DISK_MAX : !disk.p && (rep.code == r || r == -IGD_ENOMEM));
	buffer_done(&disk);
}

static void survives_damage(void **state)
{
	struct image m = small(3), old = small(2);

	(void)state;
	image_damage(image_span(&m), answers);
	image_damage(image_span(&old), answers);
}

/* Cut anywhere that matters it is refused: nothing of the disk is made up. */
static void refuses_what_was_cut_short(void **state)
{
	struct image m = small(3);

	(void)state;
	for (size_t n = 0; n < m.n; n++) {
		struct buffer disk = { 0 };
		int r = qcow2_read((struct span) { m.b, n }, &disk, NULL);

		assert_true(n < 4 ? r == -IGD_EMAGIC : r == -IGD_ETRUNC || r == -IGD_EMAGIC);
		assert_null(disk.p);
	}
}

static void round_trip(size_t n, size_t from, size_t to)
{
	uint8_t *disk = calloc(1, n ? n : 1);
	struct buffer file = { 0 }, again = { 0 }, back = { 0 };

	assert_non_null(disk);
	for (size_t i = from; i < to; i++)
		disk[i] = byte_of(i);
	assert_int_equal(qcow2_write((struct span) { disk, n }, &file, NULL), 0);
	assert_int_equal(qcow2_write((struct span) { disk, n }, &again, NULL), 0);
	assert_true(file.n == again.n && memcmp(file.p, again.p, file.n) == 0);
	assert_int_equal(qcow2_read(buffer_span(&file), &back, NULL), 0);
	assert_int_equal(back.n, n);
	assert_memory_equal(back.p, disk, n);
	assert_int_equal(file.n / 65536, 5 + (to > from ? (to - 1) / 65536 - from / 65536 + 1 : 0));
	buffer_done(&file);
	buffer_done(&again);
	buffer_done(&back);
	free(disk);
}

static void reads_what_it_wrote(void **state)
{
	(void)state;
	round_trip(0, 0, 0);
	round_trip(1, 0, 1);
	round_trip(512, 0, 0);
	round_trip(65536, 0, 65536);
	round_trip(65537, 65536, 65537);
	round_trip(4 << 20, 0, 4 << 20);
	round_trip(4 << 20, 70000, 1 << 20);
	round_trip(QCOW2_DISK_MAX, QCOW2_DISK_MAX - 1, QCOW2_DISK_MAX);
}

static void writes_no_disk_that_is_too_large(void **state)
{
	uint8_t *disk = calloc(1, QCOW2_DISK_MAX + 1);
	struct buffer file = { 0 };

	(void)state;
	assert_non_null(disk);
	assert_int_equal(qcow2_write((struct span) { disk, QCOW2_DISK_MAX + 1 }, &file, NULL), -IGD_ELIMIT);
	assert_null(file.p);
	free(disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_kind_of_cluster),
		cmocka_unit_test(notes_what_was_not_closed),
		cmocka_unit_test(refuses),
		cmocka_unit_test(refuses_what_qemu_refuses),
		cmocka_unit_test(tables_may_overlap),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(refuses_what_was_cut_short),
		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(writes_no_disk_that_is_too_large),
	};

	return cmocka_run_group_tests_name("qcow2", tests, NULL, NULL);
}
