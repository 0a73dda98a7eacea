// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * GopPolicy with a VBT in it: the table comes out again as it went in, and a table is refused here exactly when the
 * driver itself would refuse it (efi/vbt.c is part of this program).
 */
#include "image.h"

#include "../../efi/vbt.h"
#include "base/error.h"
#include "base/macros.h"
#include "fw/igd_driver.h"
#include "fw/pe.h"
#include "vbt_images.inc"

static const struct table {
	const char *name;
	struct span bytes;
	int wanted;
	const char *words; /* of the refusal */
} tables[] = {
	{ "laptop", { laptop, sizeof(laptop) }, 0, NULL },
	{ "desktop", { desktop, sizeof(desktop) }, 0, NULL },
	{ "tablet", { tablet, sizeof(tablet) }, 0, NULL },
	{ "tablet-v1", { tablet_v1, sizeof(tablet_v1) }, 0, NULL },
	{ "old", { old, sizeof(old) }, 0, NULL },
	{ "odd-sum", { odd_sum, sizeof(odd_sum) }, 0, NULL }, /* goes in as it is */
	{ "odd-block", { odd_block, sizeof(odd_block) }, 0, NULL },
	{ "odd-rom", { odd_rom, sizeof(odd_rom) }, IGD_EMAGIC, "no $VBT" },
	{ "odd-inside", { odd_inside, sizeof(odd_inside) }, IGD_EMAGIC, "no $VBT" },
	{ "bad-cut", { bad_cut, sizeof(bad_cut) }, IGD_ELENGTH, "does not fit" },
};

/* What the driver itself says. */
static bool driver_takes(struct span vbt, uint32_t *ret_size)
{
	const char *why = NULL;
	bool taken = vbt_is(vbt.p, vbt.n, ret_size, &why);

	assert_true(taken != (why != NULL));
	return taken;
}

/* The driver with @vbt, which has it, and nothing else of which has changed. */
static void check_good(struct span vbt, const struct buffer *b)
{
	struct span s = buffer_span(b), bare = igd_driver_bytes(IGD_DRIVER_POLICY);
	struct igd_driver_mark mark;
	struct report rep = { 0 };
	uint32_t size = 0;
	struct pe pe;

	assert_int_equal(pe_read(s, &pe, &rep), 0);
	assert_true(rep.n_notes == 0 && !pe.partial && pe.overlay_at == 0 && pe.machine == PE_X64);
	assert_true(igd_driver_is(s, &mark));
	assert_int_equal(mark.driver, IGD_DRIVER_POLICY);
	assert_string_equal(mark.version, IGDCTL_VERSION);
	assert_true(driver_takes(vbt, &size));
	assert_int_equal(mark.vbt.n, size);
	assert_memory_equal(mark.vbt.p, vbt.p, size);
	assert_memory_equal(s.p + pe.headers_size, bare.p + pe.headers_size, bare.n - pe.headers_size);
}

static void tables_go_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const struct table *t = &tables[i];
		struct buffer b = { NULL, 0 };
		struct report rep = { 0 };
		int r = igd_policy_with_vbt(t->bytes, &b, &rep);

		if (r != -t->wanted)
			fail_msg("%s: %d, \"%s\"", t->name, r, rep.refusal.text);
		if (r == 0) {
			check_good(t->bytes, &b);
		} else {
			assert_null(b.p);
			assert_non_null(strstr(rep.refusal.text, t->words));
		}
		buffer_done(&b);
	}
}

static void what_lies_behind_stays_out(void **state)
{
	uint8_t longer[sizeof(desktop) + 600];
	struct buffer b = { NULL, 0 };

	(void)state;
	memcpy(longer, desktop, sizeof(desktop));
	memset(longer + sizeof(desktop), 0xff, 600);
	assert_int_equal(igd_policy_with_vbt(SPAN_OF(longer), &b, NULL), 0);
	check_good(SPAN_OF(desktop), &b);
	buffer_done(&b);
}

static void one_vbt_is_enough(void **state)
{
	struct buffer b = { NULL, 0 };

	(void)state; /* the driver of the program has none, so asking twice gives the same and no second */
	assert_int_equal(igd_policy_with_vbt(SPAN_OF(desktop), &b, NULL), 0);
	buffer_done(&b);
	assert_int_equal(igd_policy_with_vbt(SPAN_OF(laptop), &b, NULL), 0);
	check_good(SPAN_OF(laptop), &b);
	buffer_done(&b);
}

/* Program and driver agree on these bytes. */
static void agree(struct span vbt)
{
	struct buffer b = { NULL, 0 };
	struct report rep = { 0 };
	int r = igd_policy_with_vbt(vbt, &b, &rep);
	uint32_t size = 0;

	assert_int_equal(r == 0, driver_takes(vbt, &size));
	if (r == 0) {
		check_good(vbt, &b);
	} else {
		assert_null(b.p);
		assert_int_equal(rep.code, r);
		assert_true(rep.refusal.text[0] != '\0');
	}
	buffer_done(&b);
}

static void refused(struct span vbt)
{
	struct buffer b = { NULL, 0 };

	assert_true(igd_policy_with_vbt(vbt, &b, NULL) < 0);
	agree(vbt);
}

static void cut_at_every_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (size_t n = 0; tables[i].wanted == 0 && n < tables[i].bytes.n; n++)
			image_copy_to(tables[i].bytes, n, SIZE_MAX, 0, refused);
}

#define HEADS (48 + 22) /* of the table, and of the BDB where it lies right behind */

static void every_byte_of_the_headers_changed(void **state)
{
	(void)state;
	for (size_t at = 0; at < HEADS; at++)
		for (unsigned with = 0; with < 256; with++)
			image_copy_to(SPAN_OF(tablet), sizeof(tablet), at, (uint8_t)with, agree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_go_in),
		cmocka_unit_test(what_lies_behind_stays_out),
		cmocka_unit_test(one_vbt_is_enough),
		cmocka_unit_test(cut_at_every_length),
		cmocka_unit_test(every_byte_of_the_headers_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
