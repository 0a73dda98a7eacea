// SPDX-License-Identifier: GPL-2.0-or-later
/* test_tar.c - headers good, odd and bad; cut at each length, each byte changed. */
#include "tar_image.h"

#include "base/error.h"
#include "base/macros.h"
#include "base/text.h"
#include "host/tar.h"

static const struct span none = { NULL, 0 };

/* Read to the end: 1, or the refusal. */
static int read_all(struct span all, unsigned *n, struct report *rep)
{
	struct tar_entry e;
	struct tar t;
	int r;

	*n = 0;
	tar_init(&t, all);
	while ((r = tar_next(&t, &e, rep)) == 0) {
		assert_true(++*n < 1000);
		assert_true(e.bytes.n <= all.n && e.name.n <= TAR_NAME_MAX && e.link.n <= TAR_NAME_MAX);
	}
	return r;
}

static void build(struct tar_image *m)
{
	tar_put(m, '5', "sys/", "", none);
	tar_file(m, "sys/a", "hello\n");
	tar_link(m, "sys/b", "../sys/a");
	tar_put(m, '1', "sys/c", "sys/a", none);
	tar_put(m, 'x', "PaxHeaders/d", "", span_str("17 path=sys/däd\n21 mtime=1234567.891\n"));
	tar_file(m, "short", "d");
	tar_put(m, 'L', "././@LongLink", "", span_str("sys/e/long"));
	tar_file(m, "sys/e/lo", "e");
	tar_end(m);
}

static void test_good(void **state)
{
	static const struct {
		char kind;
		const char *name, *link, *bytes;
		int64_t mtime;
	} want[] = {
		{ 'd', "sys/", "", "", 1000 },		{ 'f', "sys/a", "", "hello\n", 1000 },
		{ 'l', "sys/b", "../sys/a", "", 1000 }, { 'h', "sys/c", "sys/a", "", 1000 },
		{ 'f', "sys/däd", "", "d", 1234567 },	{ 'f', "sys/e/long", "", "e", 1000 },
	};
	struct tar_image m = { 0 };
	struct tar_entry e;
	struct tar t;

	(void)state;
	build(&m);
	assert_true(tar_is(tar_span(&m)));
	tar_init(&t, tar_span(&m));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(tar_next(&t, &e, NULL), 0);
		assert_int_equal(e.kind, want[i].kind);
		assert_true(text_eq(e.name, want[i].name));
		assert_true(text_eq(e.link, want[i].link));
		assert_true(text_eq(e.bytes, want[i].bytes));
		assert_int_equal(e.mtime, want[i].mtime);
	}
	assert_int_equal(tar_next(&t, &e, NULL), 1);
	assert_int_equal(tar_next(&t, &e, NULL), 1);
	tar_free(&m);
}

static void test_prefix(void **state)
{
	struct tar_image m = { 0 };
	struct tar_entry e;
	struct tar t;

	(void)state;
	tar_file(&m, "name", "x");
	memcpy(m.b + 345, "some/prefix", 11);
	tar_sum(m.b);
	tar_end(&m);
	tar_init(&t, tar_span(&m));
	assert_int_equal(tar_next(&t, &e, NULL), 0);
	assert_true(text_eq(e.name, "some/prefix/name"));
	memcpy(m.b + 257, "ustar  ", 8); /* old GNU: other fields there */
	tar_sum(m.b);
	tar_init(&t, tar_span(&m));
	assert_int_equal(tar_next(&t, &e, NULL), 0);
	assert_true(text_eq(e.name, "name"));
	tar_free(&m);
}

/* One entry with a fault: the code that it must give. */
static void refused(struct tar_image *m, int code)
{
	struct report rep = { 0 };
	unsigned n;

	assert_int_equal(read_all(tar_span(m), &n, &rep), -code);
	assert_int_equal(rep.code, -code);
	assert_true(rep.refusal.text[0] != '\0');
	tar_free(m);
}

static void test_kinds_refused(void **state)
{
	static const char kinds[] = "346SVMDANZ";

	(void)state;
	for (size_t i = 0; kinds[i]; i++) {
		struct tar_image m = { 0 };

		tar_put(&m, kinds[i], "dev/x", "", none);
		tar_end(&m);
		refused(&m, IGD_EPATH);
	}
}

static void test_extended_refused(void **state)
{
	static const struct {
		const char *text;
		int code;
	} bad[] = {
		{ "5 path=x\n", IGD_EMAGIC },
		{ "path=x\n", IGD_EMAGIC },
		{ "9999 path=x\n", IGD_EMAGIC },
		{ "0 a=b\n", IGD_EMAGIC },
		{ "8 pathx\n", IGD_EMAGIC },
		{ "10 size=x\n", IGD_ELENGTH },
		{ "22 GNU.sparse.size=10\n", IGD_EPATH },
		{ "17 size=99999999\n", IGD_ETRUNC },
		{ "18446744073709551615 a=b\n", IGD_EMAGIC },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct tar_image m = { 0 };

		tar_put(&m, 'x', "x", "", span_str(bad[i].text));
		tar_file(&m, "sys/a", "a");
		tar_end(&m);
		refused(&m, bad[i].code);
	}
}

static void test_too_much(void **state)
{
	struct tar_image m = { 0 }, many = { 0 }, content = { 0 };
	char name[TAR_NAME_MAX + 2];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	tar_put(&m, 'L', "x", "", span_str(name));
	tar_file(&m, "a", "a");
	tar_end(&m);
	refused(&m, IGD_ELIMIT);
	for (int i = 0; i < 20; i++)
		tar_put(&many, 'g', "x", "", none);
	tar_end(&many);
	refused(&many, IGD_ELIMIT);
	tar_put(&content, '1', "sys/c", "sys/a", span_str("content"));
	tar_end(&content);
	refused(&content, IGD_EPATH);
}

static void test_numbers(void **state)
{
	struct tar_image m = { 0 };
	struct tar_entry e;
	struct tar t;

	(void)state;
	tar_file(&m, "a", "abc");
	tar_end(&m);
	memset(m.b + 124, 0, 12); /* GNU's base 256 */
	m.b[124] = 0x80;
	m.b[135] = 3;
	tar_sum(m.b);
	tar_init(&t, tar_span(&m));
	assert_int_equal(tar_next(&t, &e, NULL), 0);
	assert_int_equal(e.bytes.n, 3);
	memset(m.b + 125, 0xff, 11); /* more than 64 bits */
	tar_sum(m.b);
	tar_init(&t, tar_span(&m));
	assert_int_equal(tar_next(&t, &e, NULL), -IGD_ELENGTH);
	memcpy(m.b + 124, "00000000009\0", 12);
	tar_sum(m.b);
	tar_init(&t, tar_span(&m));
	assert_int_equal(tar_next(&t, &e, NULL), -IGD_ELENGTH);
	m.b[0] ^= 1;
	assert_false(tar_is(tar_span(&m)));
	tar_init(&t, tar_span(&m));
	assert_int_equal(tar_next(&t, &e, NULL), -IGD_ESUM);
	tar_free(&m);
}

static void test_cut(void **state)
{
	struct tar_image m = { 0 };
	uint8_t *copy;
	unsigned n;
	int r;

	(void)state;
	build(&m);
	for (size_t len = 0; len < m.n; len++) {
		copy = malloc(len ? len : 1);
		assert_non_null(copy);
		memcpy(copy, m.b, len);
		r = read_all((struct span) { copy, len }, &n, NULL);
		assert_true(len >= m.n - 512 ? r == 1 : r == -IGD_ETRUNC);
		free(copy);
	}
	tar_free(&m);
}

static void test_each_byte(void **state)
{
	static const uint8_t with[] = { 0x00, 0xff, '0', '7', 0x80 };
	struct tar_image m = { 0 };
	uint8_t was;
	unsigned n;
	int r;

	(void)state;
	build(&m);
	for (size_t at = 0; at < m.n; at++) {
		was = m.b[at];
		for (size_t i = 0; i < ARRAY_SIZE(with); i++) {
			m.b[at] = with[i];
			r = read_all(tar_span(&m), &n, NULL);
			assert_true(r == 1 || r < 0);
			if (at < 512 && with[i] != was && !(at >= 148 && at < 156)) /* in the first header */
				assert_true(r < 0);
			tar_sum(m.b + at / 512 * 512); /* and the same where only the sum is right: content too */
			r = read_all(tar_span(&m), &n, NULL);
			assert_true(r == 1 || r < 0);
			tar_free(&m);
			build(&m);
		}
	}
	tar_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	      cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_kinds_refused), cmocka_unit_test(test_extended_refused),
		cmocka_unit_test(test_too_much),      cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_cut),	      cmocka_unit_test(test_each_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
