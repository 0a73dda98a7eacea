// SPDX-License-Identifier: GPL-2.0-or-later
/* Names out of initramfs images that are made here: as distributions put them together, odd ones, and damaged ones.
 */
#include "cpio_image.h"

#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/error.h"
#include "fw/initrd.h"

/* ---- made ones ---------------------------------------------------------------------------------------------- */

#define MICROCODE "kernel/x86/microcode/GenuineIntel.bin"
#define CONF	  "etc/modprobe.d/igdctl.conf"
#define MODULE	  "usr/lib/modules/6.1.0-50-amd64/kernel/drivers/vfio/pci/vfio-pci.ko"

static void early(struct image *m)
{
	member(m, "kernel", 040755, 0);
	member(m, MICROCODE, 0100644, 21);
	trailer(m);
	while (m->n % 512) /* as GNU cpio fills its blocks */
		put(m, 0, 1);
}

static struct image rest(void)
{
	struct image m = { .n = 0 };

	member(&m, "etc", 040755, 0);
	member(&m, CONF, 0100644, 33);
	member(&m, MODULE, 0100644, 1);
	trailer(&m);
	return m;
}

/* ---- packed ------------------------------------------------------------------------------------------------- */

static void packed_by_gzip(struct span s, struct image *m)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)s.p;
	z.avail_in = (uInt)s.n;
	z.next_out = m->b + m->n;
	z.avail_out = (uInt)(IMAGE_MAX - m->n);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	m->n += z.total_out;
	deflateEnd(&z);
}

static void finish_lzma(lzma_stream *z, struct span s, struct image *m)
{
	z->next_in = s.p;
	z->avail_in = s.n;
	z->next_out = m->b + m->n;
	z->avail_out = IMAGE_MAX - m->n;
	assert_int_equal(lzma_code(z, LZMA_FINISH), LZMA_STREAM_END);
	m->n += z->total_out;
	lzma_end(z);
}

static void packed_by_xz(struct span s, struct image *m)
{
	lzma_stream z = LZMA_STREAM_INIT;

	assert_int_equal(lzma_easy_encoder(&z, 0, LZMA_CHECK_CRC32), LZMA_OK);
	finish_lzma(&z, s, m);
}

static void packed_by_lzma(struct span s, struct image *m)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma o;

	assert_false(lzma_lzma_preset(&o, 0));
	assert_int_equal(lzma_alone_encoder(&z, &o), LZMA_OK);
	finish_lzma(&z, s, m);
}

static void packed_by_zstd(struct span s, struct image *m)
{
	size_t n = ZSTD_compress(m->b + m->n, IMAGE_MAX - m->n, s.p, s.n, 1);

	assert_false(ZSTD_isError(n));
	m->n += n;
}

static void packed_by_lz4(struct span s, struct image *m)
{
	size_t at = m->n;
	int n;

	put(m, 0x184c2102, 4);
	put(m, 0, 4);
	n = LZ4_compress_default((const char *)s.p, (char *)m->b + m->n, (int)s.n, (int)(IMAGE_MAX - m->n));
	assert_true(n > 0);
	set(m, at + 4, (uint64_t)n, 4);
	m->n += (size_t)n;
}

static const struct {
	const char *name;
	void (*pack)(struct span s, struct image *m);
} packers[] = {
	{ "gzip", packed_by_gzip }, { "xz", packed_by_xz },   { "lzma", packed_by_lzma },
	{ "zstd", packed_by_zstd }, { "lz4", packed_by_lz4 },
};
#define N_PACKERS (sizeof(packers) / sizeof(packers[0]))

/* ---- what comes out ----------------------------------------------------------------------------------------- */

struct told {
	char names[2048]; /* each behind a blank */
	size_t n;
	const char *end_at; /* NULL: never */
	uint64_t bytes;
	uint32_t modes;
};

static bool hear(void *ctx, const struct initrd_entry *e)
{
	struct told *t = ctx;
	size_t used = strlen(t->names);

	snprintf(t->names + used, sizeof(t->names) - used, " %s", e->name);
	t->n++;
	t->bytes += e->size;
	t->modes |= e->mode;
	return !t->end_at || strcmp(e->name, t->end_at) != 0;
}

static struct told told;
static struct report rep;

static int walk(const struct image *m)
{
	told = (struct told) { .n = 0 };
	rep = (struct report) { 0 };
	return initrd_walk(image_span(m), hear, &told, &rep);
}

static void tells_each_member(void **state)
{
	struct image m = rest();

	(void)state;
	assert_int_equal(walk(&m), 0);
	assert_string_equal(told.names, " etc " CONF " " MODULE);
	assert_int_equal(told.bytes, 34);
	assert_int_equal(told.modes, 0140755);
}

static void reads_each_compression_behind_microcode(void **state)
{
	struct image inside = rest();

	(void)state;
	for (size_t i = 0; i < N_PACKERS; i++) {
		struct image m = { .n = 0 };

		early(&m);
		packers[i].pack(image_span(&inside), &m);
		assert_int_equal(walk(&m), 0);
		assert_string_equal(told.names, " kernel " MICROCODE " etc " CONF " " MODULE);
	}
}

/* ukify(1) fills each part up to four bytes; systemd's own images bring a second one with modules. */
static void reads_streams_behind_one_another(void **state)
{
	struct image a = rest(), b = { .n = 0 };

	(void)state;
	member(&b, "usr/lib/extra", 0100644, 5);
	trailer(&b);
	for (size_t i = 0; i < N_PACKERS; i++) {
		struct image m = { .n = 0 };

		packers[i].pack(image_span(&a), &m);
		put(&m, 0, 4);
		fill4(&m);
		packers[(i + 1) % N_PACKERS].pack(image_span(&b), &m);
		put(&m, 0, 4); /* by which alone Linux knows that LZ4 is over */
		fill4(&m);
		early(&m);
		assert_int_equal(walk(&m), 0);
		assert_string_equal(told.names, " etc " CONF " " MODULE " usr/lib/extra kernel " MICROCODE);
	}
}

static void reads_archives_in_one_stream(void **state)
{
	struct image two = { .n = 0 }, m = { .n = 0 };

	(void)state;
	early(&two);
	member(&two, "init", 0100755, 3);
	trailer(&two);
	packed_by_zstd(image_span(&two), &m);
	assert_int_equal(walk(&m), 0);
	assert_string_equal(told.names, " kernel " MICROCODE " init");
}

static void takes_odd_ones(void **state)
{
	struct image m = { .n = 0 };

	(void)state;
	put(&m, 0, 8);			      /* zeros before the first */
	member_of(&m, "070702", "./a", 0, 2); /* the kind with checksums, a name from find(1) */
	member(&m, "/b", 0, 0);
	member(&m, "c", 0, 1); /* and no trailer */
	assert_int_equal(walk(&m), 0);
	assert_string_equal(told.names, " a b c");
	m = (struct image) { .n = 0 };
	member(&m, "a", 0, 0);
	trailer(&m);
	m.n -= 3; /* the last filling is not there */
	assert_int_equal(walk(&m), 0);
}

static void ends_when_told(void **state)
{
	struct image inside = rest(), m = { .n = 0 };
	struct told t = { .end_at = CONF };

	(void)state;
	packed_by_zstd(image_span(&inside), &m);
	put(&m, 0xff, 4); /* never reached */
	assert_int_equal(initrd_walk(image_span(&m), hear, &t, NULL), 1);
	assert_int_equal(t.n, 2);
	t = (struct told) { .end_at = CONF };
	assert_int_equal(initrd_walk(image_span(&inside), hear, &t, NULL), 1);
	assert_string_equal(t.names, " etc " CONF);
}

/* More than a piece of the decoder, and content that lies across pieces. */
static void reads_large_content(void **state)
{
	static uint8_t big[400000];
	struct image head = { .n = 0 }, m = { .n = 0 };

	(void)state;
	member(&head, "big", 0100644, 0);
	memcpy(big, head.b, head.n);
	memcpy(big + 54, "00061800", 8); /* 399,360 bytes */
	memcpy(big + head.n + 399360, head.b, head.n);
	memcpy(big + head.n + 399360 + 110, "end", 4);
	packed_by_gzip((struct span) { big, 2 * head.n + 399360 }, &m);
	assert_int_equal(walk(&m), 0);
	assert_string_equal(told.names, " big end");
	m.n = 0;
	packed_by_lz4((struct span) { big, 2 * head.n + 399360 }, &m);
	assert_int_equal(walk(&m), 0);
	assert_string_equal(told.names, " big end");
}

/* ---- bad ones ----------------------------------------------------------------------------------------------- */

static void refused(const struct image *m, int code, const char *says)
{
	assert_int_equal(walk(m), -code);
	if (!strstr(rep.refusal.text, says))
		fail_msg("\"%s\" is not in: %s", says, rep.refusal.text);
}

static void refuses_what_is_no_image(void **state)
{
	struct image m = { .n = 0 };

	(void)state;
	refused(&m, IGD_ETRUNC, "empty");
	put_text(&m, "", 16);
	refused(&m, IGD_EMAGIC, "zeros");
	m.n = 0;
	put_text(&m, "MZ", 64);
	refused(&m, IGD_EMAGIC, "neither");
	m.n = 0;
	put_text(&m, "BZh91AY&SY", 64);
	refused(&m, IGD_EVERSION, "bzip2");
	m.n = 0;
	early(&m);
	put_text(&m, "\x89LZO", 64);
	refused(&m, IGD_EVERSION, "lzop");
	set(&m, m.n - 64, 0x7f, 1);
	refused(&m, IGD_EVERSION, "what follows");
}

static void refuses_bad_members(void **state)
{
	struct image good = rest(), m = good;

	(void)state;
	m.b[5] = '7'; /* the old portable kind */
	refused(&m, IGD_EMAGIC, "newc");
	m = good;
	m.b[60] = 'g';
	refused(&m, IGD_EMAGIC, "numbers");
	m = good;
	memcpy(m.b + 94, "00000000", 8);
	refused(&m, IGD_ELENGTH, "name of 0 bytes");
	memcpy(m.b + 94, "00001001", 8);
	refused(&m, IGD_ELENGTH, "name of 4097 bytes");
	m = good;
	memcpy(m.b + 54, "ffffffff", 8);
	refused(&m, IGD_ETRUNC, "within a member");
	m.n = 0;
	trailer(&m);
	put(&m, 0, 1);
	put_text(&m, "070701", 110);
	refused(&m, IGD_EMAGIC, "multiple of four");
}

static void refuses_bad_streams(void **state)
{
	struct image good = rest(), cut = good, m = { .n = 0 };

	(void)state;
	cut.n = 200;
	packed_by_zstd(image_span(&cut), &m);
	refused(&m, IGD_ETRUNC, "ends within a member");
	m.n = 0;
	packed_by_xz(SPAN_OF("no archive at all"), &m);
	refused(&m, IGD_EMAGIC, "no cpio archive");
	m.n = 0;
	packed_by_gzip(image_span(&good), &m);
	m.n -= 9;
	refused(&m, IGD_ETRUNC, "gzip stream is cut short");
	m.n = 0;
	packed_by_zstd(image_span(&good), &m);
	set(&m, 4, 0xff, 1);
	assert_true(walk(&m) < 0);
}

/* Zeros pack best of all: no initramfs is made of them. */
static void refuses_bombs(void **state)
{
	const size_t n = (size_t)512 << 20;
	uint8_t *zeros = calloc(1, n);
	struct image m = { .n = 0 };
	size_t packed;

	(void)state;
	assert_non_null(zeros);
	packed = ZSTD_compressBound(n);
	{
		uint8_t *big = malloc(packed);

		assert_non_null(big);
		packed = ZSTD_compress(big, packed, zeros, n, 1);
		assert_false(ZSTD_isError(packed));
		told = (struct told) { .n = 0 };
		rep = (struct report) { 0 };
		assert_int_equal(initrd_walk((struct span) { big, packed }, hear, &told, &rep), -IGD_ELIMIT);
		free(big);
	}
	free(zeros);
	m.n = 0;
	put(&m, 0x184c2102, 4);
	put(&m, 0x7fffffff, 4);
	refused(&m, IGD_EMAGIC, "lz4 stream is damaged");
}

/* ---- damaged ------------------------------------------------------------------------------------------------ */

static size_t n_tries;

static void try_one(struct span s)
{
	struct told t = { .n = 0 };

	n_tries++;
	if (initrd_walk(s, hear, &t, NULL) > 0)
		fail_msg("nobody ended it");
}

static void survives_cuts_and_changes(void **state)
{
	struct image inside = rest(), m = inside;

	(void)state;
	image_damage(image_span(&m), try_one);
	for (size_t i = 0; i < N_PACKERS; i++) {
		m = (struct image) { .n = 0 };
		member(&m, "a", 0, 0);
		packers[i].pack(image_span(&inside), &m);
		image_damage(image_span(&m), try_one);
	}
	assert_true(n_tries > 6 * 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_each_member),
		cmocka_unit_test(reads_each_compression_behind_microcode),
		cmocka_unit_test(reads_streams_behind_one_another),
		cmocka_unit_test(reads_archives_in_one_stream),
		cmocka_unit_test(takes_odd_ones),
		cmocka_unit_test(ends_when_told),
		cmocka_unit_test(reads_large_content),
		cmocka_unit_test(refuses_what_is_no_image),
		cmocka_unit_test(refuses_bad_members),
		cmocka_unit_test(refuses_bad_streams),
		cmocka_unit_test(refuses_bombs),
		cmocka_unit_test(survives_cuts_and_changes),
	};

	return cmocka_run_group_tests_name("initrd", tests, NULL, NULL);
}
