// SPDX-License-Identifier: GPL-2.0-or-later
/* Carving: volumes, VBTs and ROMs by their marks, in order, and no mark alone. */
#include "fw_image.h"

#include "fw/carve.h"

struct place {
	size_t at;
	enum carve_kind kind;
};

/* Each mark once without what must be right beside it, then each as it should be. */
static struct image junk(struct place ret[3])
{
	struct image m = { .n = 0 };
	size_t at;

	put_text(&m, "junk_FVHjunk$VBTjunk\x55\xaajunk", 30);
	put_fill(&m, 0x11, 101 - m.n);
	ret[0] = (struct place) { m.n, CARVE_VBT };
	put_vbt(&m);
	put_fill(&m, 0x22, 37);
	ret[1] = (struct place) { at = volume_begin(&m, guid_ffs2, 2), CARVE_VOLUME };
	volume_end(&m, at, 50);
	ret[2] = (struct place) { put_rom(&m, 0x8086, 0x0406, 0, 1, true), CARVE_ROM };
	put_text(&m, "_FVH$VBT\x55\xaa", 10);
	return m;
}

static void finds_each_in_order(void **state)
{
	struct place want[3];
	struct image m = junk(want);
	enum carve_kind kind;
	struct carve c;
	size_t at, from = 0;

	(void)state;
	carve_init(&c, image_span(&m));
	for (size_t i = 0; i < 3; i++) {
		assert_true(carve_next(&c, from, &at, &kind));
		assert_int_equal(at, want[i].at);
		assert_int_equal(kind, want[i].kind);
		assert_true(carve_next(&c, from, &at, &kind)); /* asked again it says the same */
		assert_int_equal(at, want[i].at);
		from = at + 1;
	}
	assert_false(carve_next(&c, from, &at, &kind));
	assert_false(carve_next(&c, m.n + 5, &at, &kind));
}

static void passes_what_lies_inside(void **state)
{
	struct place want[3];
	struct image m = junk(want);
	enum carve_kind kind;
	struct carve c;
	size_t at;

	(void)state;
	carve_init(&c, image_span(&m));
	assert_true(carve_next(&c, want[0].at + 1, &at, &kind));
	assert_int_equal(at, want[1].at);
	assert_true(carve_next(&c, want[2].at, &at, &kind));
	assert_int_equal(at, want[2].at);
}

static void takes_no_mark_for_a_vbt(void **state)
{
	struct image m = { .n = 0 }, good;

	(void)state;
	put_vbt(&m);
	good = m;
	assert_true(carve_is_vbt(image_span(&m)));
	for (size_t n = 0; n < VBT_BYTES; n++)
		assert_false(carve_is_vbt((struct span) { m.b, n }));
	m.b[1] = 'v';
	assert_false(carve_is_vbt(image_span(&m)));
	m = good;
	set(&m, 0x16, 0x1f, 2); /* a header that has no place for what it has */
	assert_false(carve_is_vbt(image_span(&m)));
	m = good;
	set(&m, 0x16, 0x101, 2);
	assert_false(carve_is_vbt(image_span(&m)));
	m = good;
	set(&m, 0x18, 0x30, 2); /* nothing behind the header */
	assert_false(carve_is_vbt(image_span(&m)));
	m = good;
	set(&m, 0x18, VBT_BYTES + 1, 2);
	assert_false(carve_is_vbt(image_span(&m)));
	m = good;
	set(&m, 0x1c, 0x2f, 4); /* the BDB inside the header */
	assert_false(carve_is_vbt(image_span(&m)));
	m = good;
	set(&m, 0x1c, 0xfffffff0, 4);
	assert_false(carve_is_vbt(image_span(&m)));
	m = good;
	m.b[0x30] = 'b';
	assert_false(carve_is_vbt(image_span(&m)));
}

static void try(struct span s)
{
	enum carve_kind kind;
	struct carve c;
	size_t at, from = 0, n = 0;

	carve_init(&c, s);
	while (carve_next(&c, from, &at, &kind)) {
		assert_true(at >= from && at < s.n && kind <= CARVE_ROM);
		from = at + 1;
		assert_true(++n < 10);
	}
}

static void survives_damage(void **state)
{
	struct place want[3];
	struct image m = junk(want);

	(void)state;
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_in_order),
		cmocka_unit_test(passes_what_lies_inside),
		cmocka_unit_test(takes_no_mark_for_a_vbt),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("carve", tests, NULL, NULL);
}
