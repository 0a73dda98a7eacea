// SPDX-License-Identifier: BSD-2-Clause
/* The OpRegion's header, RVDA with its versions and bounds, mailbox 4. */
#include "made.h"

#include "opregion.h"

static void set_rvda(uint8_t *p, uint64_t rvda, uint32_t rvds)
{
	made_set(p, 0x3ba, rvda, 8);
	made_set(p, 0x3c2, rvds, 4);
}

static void knows_one(void **state)
{
	uint8_t o[OPREGION_LEN];

	(void)state;
	made_opregion(o, 0x0201);
	assert_true(opregion_is(o, OPREGION_LEN));
	assert_true(opregion_is(o, 0x100));
	assert_false(opregion_is(o, 0xff));
	assert_false(opregion_is(o, 0));
	assert_int_equal(opregion_version(o), 0x0201);
	o[15] = 'n';
	assert_false(opregion_is(o, OPREGION_LEN));
}

static void tells_rvda_apart(void **state)
{
	static const struct {
		uint16_t version;
		uint8_t mailboxes;
		uint64_t rvda;
		uint32_t rvds;
		enum opregion_rvda wanted;
	} rows[] = {
		{ 0x0201, 0x0f, 0x2000, 6000, RVDA_BEHIND },
		{ 0x0202, 0x0f, 0x2001, 1, RVDA_BEHIND },
		{ 0x0300, 0x0f, UINT64_MAX, UINT32_MAX, RVDA_BEHIND }, /* where to is the caller's question */
		{ 0x0201, 0x0f, 0x1fff, 6000, RVDA_INSIDE },
		{ 0x0201, 0x0f, 1, 6000, RVDA_INSIDE },
		{ 0x0200, 0x0f, 0x7f001000, 6000, RVDA_ABSOLUTE },
		{ 0x0200, 0x0f, 0x2000, 6000, RVDA_ABSOLUTE },
		{ 0x0100, 0x0f, 0x2000, 6000, RVDA_NONE },
		{ 0x01ff, 0x0f, 0x2000, 6000, RVDA_NONE },
		{ 0x0201, 0x0f, 0, 6000, RVDA_NONE },
		{ 0x0201, 0x0f, 0x2000, 0, RVDA_NONE },
		{ 0x0200, 0x0f, 0, 0, RVDA_NONE },
		{ 0x0201, 0x0b, 0x2000, 6000, RVDA_NONE }, /* no ASLE mailbox, so no RVDA in it */
	};
	uint8_t o[OPREGION_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t at = 7, size = 7;

		made_opregion(o, rows[i].version);
		made_set(o, 0x58, rows[i].mailboxes, 4);
		set_rvda(o, rows[i].rvda, rows[i].rvds);
		assert_int_equal(opregion_rvda(o, OPREGION_LEN, &at, &size), rows[i].wanted);
		assert_int_equal(at, rows[i].wanted == RVDA_NONE ? 7 : rows[i].rvda);
		assert_int_equal(size, rows[i].wanted == RVDA_NONE ? 7 : rows[i].rvds);
	}
	assert_int_equal(opregion_rvda(o, 0x3c5, &(uint64_t) { 0 }, &(uint64_t) { 0 }), RVDA_NONE);
}

static void check_place(const uint8_t *o, uint64_t n, uint64_t want_at, uint64_t want_size)
{
	uint64_t at = 0, size = 0;

	assert_true(opregion_vbt(o, n, &at, &size));
	assert_int_equal(at, want_at);
	assert_int_equal(size, want_size);
}

static void finds_mailbox_4(void **state)
{
	uint8_t o[OPREGION_LEN + 6000];
	uint64_t at = 7, size = 7;

	(void)state;
	made_opregion(o, 0x0100);
	check_place(o, OPREGION_LEN, 0x400, 0x1c00);
	set_rvda(o, 0x2000, 6000); /* means nothing before 2.0 */
	check_place(o, OPREGION_LEN + 6000, 0x400, 0x1c00);
	made_set(o, 0x58, 0x1f, 4); /* mailbox 5 takes the end */
	check_place(o, OPREGION_LEN, 0x400, 0x1800);
	check_place(o, 0x1000, 0x400, 0xc00);
	check_place(o, 0x401, 0x400, 1);
	assert_false(opregion_vbt(o, 0x400, &at, &size));
	assert_false(opregion_vbt(o, 0, &at, &size));
	assert_int_equal(at, 7);
	made_opregion(o, 0x0200);
	set_rvda(o, 0x7f000000, 6000);
	check_place(o, OPREGION_LEN, 0x400, 0x1c00);
}

static void follows_rvda_where_there_are_bytes(void **state)
{
	uint8_t *o = calloc(1, OPREGION_LEN + 6000);

	(void)state;
	assert_non_null(o);
	made_opregion(o, 0x0201);
	set_rvda(o, 0x2000, 6000);
	check_place(o, OPREGION_LEN + 6000, 0x2000, 6000);
	check_place(o, OPREGION_LEN + 5999, 0x400, 0x1c00);
	set_rvda(o, 0x2100, 6000 - 0x100);
	check_place(o, OPREGION_LEN + 6000, 0x2100, 6000 - 0x100);
	set_rvda(o, 0x2001, 6000);
	check_place(o, OPREGION_LEN + 6000, 0x400, 0x1c00);
	set_rvda(o, UINT64_MAX - 5, 6000); /* a sum that wraps */
	check_place(o, OPREGION_LEN + 6000, 0x400, 0x1c00);
	set_rvda(o, 0x400, 6000);
	check_place(o, OPREGION_LEN + 6000, 0x400, 0x1c00);
	free(o);
}

static void try(const uint8_t *p, size_t n)
{
	uint64_t at, size, rvda, rvds;

	if (opregion_is(p, n))
		assert_true(opregion_version(p) <= 0xffff && n >= 0x100);
	if (opregion_vbt(p, n, &at, &size)) {
		assert_true(at <= n && size <= n - at);
		assert_int_not_equal(size, 0);
	}
	if (opregion_rvda(p, n, &rvda, &rvds) == RVDA_BEHIND)
		assert_true(rvda >= OPREGION_SIZE && rvds > 0);
}

static void reads_nothing_outside(void **state)
{
	static const size_t fields[] = { 0x16, 0x17, 0x58, 0x3ba, 0x3bb, 0x3bc, 0x3c1, 0x3c2, 0x3c3, 0x3c5 };
	uint8_t *o = calloc(1, OPREGION_LEN + 600);

	(void)state;
	assert_non_null(o);
	made_opregion(o, 0x0201);
	set_rvda(o, 0x2000, 600);
	made_damage(o, OPREGION_LEN + 600, 0x10, try);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		for (unsigned with = 0; with < 256; with++)
			made_try(o, OPREGION_LEN + 600, fields[i], (uint8_t)with, try);
	free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_one),
		cmocka_unit_test(tells_rvda_apart),
		cmocka_unit_test(finds_mailbox_4),
		cmocka_unit_test(follows_rvda_where_there_are_bytes),
		cmocka_unit_test(reads_nothing_outside),
	};

	return cmocka_run_group_tests_name("efi opregion", tests, NULL, NULL);
}
