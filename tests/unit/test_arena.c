// SPDX-License-Identifier: GPL-2.0-or-later
/* test_arena.c - what an arena hands out is zeroed, aligned, apart from the rest, and never beyond the limit. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include "base/arena.h"

static void test_alloc(void **state)
{
	struct arena a = { 0 };
	unsigned char *p[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = arena_alloc(&a, i * 7 + 1);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % alignof(max_align_t), 0);
		for (size_t k = 0; k < i * 7 + 1; k++)
			assert_int_equal(p[i][k], 0);
		memset(p[i], (int)i, i * 7 + 1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(p); i++) /* none of them wrote into another */
		for (size_t k = 0; k < i * 7 + 1; k++)
			assert_int_equal(p[i][k], (unsigned char)i);
	assert_non_null(arena_alloc(&a, 0));
	assert_non_null(arena_alloc(&a, (size_t)1 << 20)); /* larger than a block */
	assert_false(a.full);
	arena_done(&a);
	assert_null(a.blocks);
	assert_int_equal(a.used, 0);
}

static void test_limit(void **state)
{
	struct arena a = { .limit = 100 };

	(void)state;
	assert_non_null(arena_alloc(&a, 64));
	assert_false(a.full);
	assert_null(arena_alloc(&a, 64));
	assert_true(a.full);
	assert_null(arena_alloc(&a, 1)); /* for ever: a snapshot with a hole in it is none */
	assert_string_equal(arena_str(&a, "text"), "");
	assert_string_equal(arena_printf(&a, "%d", 5), "");
	assert_in_range(a.used, 64, 100);
	arena_done(&a);
	assert_int_equal(a.limit, 100);
	assert_false(a.full);
	assert_non_null(arena_alloc(&a, 64)); /* and anew */
	arena_done(&a);
}

static void test_absurd(void **state)
{
	static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 31, SIZE_MAX / 2, SIZE_MAX / 4 + 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct arena a = { 0 };

		assert_null(arena_alloc(&a, sizes[i]));
		assert_true(a.full);
		assert_int_equal(a.used, 0);
		arena_done(&a);
	}
}

static void test_strings(void **state)
{
	struct arena a = { 0 };
	const char *s;

	(void)state;
	assert_string_equal(arena_str(&a, "00:02.0"), "00:02.0");
	assert_string_equal(arena_str(&a, ""), "");
	assert_string_equal(arena_span(&a, (struct span) { NULL, 0 }), "");
	s = arena_span(&a, (struct span) { (const uint8_t *)"a\0b", 3 });
	assert_memory_equal(s, "a\0b\0", 4);
	assert_string_equal(arena_printf(&a, "%s+0x%x", "rom", 0x2c), "rom+0x2c");
	s = arena_printf(&a, "%70000d", 1);
	assert_int_equal(strlen(s), 70000);
	arena_done(&a);
}

struct item {
	uint64_t a;
	uint32_t b;
};

static void test_push(void **state)
{
	struct arena a = { 0 };
	struct item *items = NULL;
	size_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		struct item *it = arena_push(&a, items, n);

		assert_non_null(it);
		assert_ptr_equal(it, &items[i]);
		assert_int_equal(it->a, 0);
		assert_int_equal(it->b, 0);
		*it = (struct item) { i, ~i };
	}
	assert_int_equal(n, 5000);
	for (uint32_t i = 0; i < n; i++)
		assert_true(items[i].a == i && items[i].b == ~i);
	assert_in_range(a.used, sizeof(*items) * 5000, sizeof(*items) * 2 * 8192);
	arena_done(&a);
}

static void test_push_full(void **state)
{
	struct arena a = { .limit = 8 * sizeof(struct item) };
	struct item *items = NULL, *before = NULL;
	size_t n = 0;

	(void)state;
	while (arena_push(&a, items, n))
		before = items;
	assert_true(a.full);
	assert_in_range(n, 1, 4);
	assert_ptr_equal(items, before); /* what there was stays */
	assert_null(arena_push(&a, items, n));
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),	cmocka_unit_test(test_limit), cmocka_unit_test(test_absurd),
		cmocka_unit_test(test_strings), cmocka_unit_test(test_push),  cmocka_unit_test(test_push_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
