// SPDX-License-Identifier: GPL-2.0-or-later
/* test_rom_switch.c - a ROM is read between on and off, and off comes whatever happened between. */
#include "tree.h"

#include "base/error.h"
#include "host/rom_switch.h"

#define ROM "sys/bus/pci/devices/0000:00:02.0/rom"

struct kernel {
	struct tree *t;
	char said[8];
	size_t n;
	int fails; /* code for the n-th call, from 1 on; 0: none */
	size_t fails_at;
	bool none; /* a kernel that finds no ROM: the file stays unreadable */
};

static int set(void *ctx, const char *path, bool on)
{
	struct kernel *k = ctx;

	assert_string_equal(path, ROM);
	assert_true(k->n + 1 < sizeof(k->said));
	k->said[k->n++] = on ? '1' : '0';
	if (k->n == k->fails_at)
		return k->fails;
	if (!on || k->none)
		unlink(tree_path(k->t, ROM));
	else
		tree_file(k->t, ROM, "\x55\xaa rom");
	return 0;
}

static int read_it(struct kernel *k, struct span *ret, struct arena *a)
{
	const struct rom_switch with = { set, k };
	struct host *h = NULL;
	int r;

	assert_int_equal(host_open_root(k->t->top, &h, NULL), 0);
	r = rom_switch_read(h, ROM, k->said[7] == 'n' ? NULL : &with, a, ret);
	host_free(h);
	return r;
}

static void switches(void **state)
{
	struct arena a = { 0 };
	struct tree t;
	struct kernel k = { .t = &t };
	struct span s = { NULL, 42 };

	(void)state;
	tree_init(&t);
	tree_way(&t, ROM);
	assert_int_equal(read_it(&k, &s, &a), 0);
	assert_int_equal(s.n, 6);
	assert_string_equal(k.said, "10");
	s.n = 42;

	k = (struct kernel) { .t = &t, .none = true };
	assert_true(read_it(&k, &s, &a) < 0);
	assert_string_equal(k.said, "10"); /* off all the same */

	k = (struct kernel) { .t = &t, .fails = -IGD_EACCES, .fails_at = 1 };
	assert_int_equal(read_it(&k, &s, &a), -IGD_EACCES);
	assert_string_equal(k.said, "1"); /* it was never on */

	k = (struct kernel) { .t = &t, .fails = -IGD_EIO, .fails_at = 2 };
	assert_int_equal(read_it(&k, &s, &a), -IGD_EIO);
	assert_string_equal(k.said, "10");
	tree_done(&t);
	arena_done(&a);
}

static void reads_a_copy_as_it_is(void **state)
{
	struct arena a = { 0 };
	struct tree t;
	struct kernel k = { .t = &t, .said = { [7] = 'n' } };
	struct span s;

	(void)state;
	tree_init(&t);
	tree_file(&t, ROM, "\x55\xaa copy");
	assert_int_equal(read_it(&k, &s, &a), 0);
	assert_int_equal(s.n, 7);
	assert_int_equal(k.n, 0);
	tree_done(&t);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(switches),
		cmocka_unit_test(reads_a_copy_as_it_is),
	};

	return cmocka_run_group_tests_name("rom_switch", tests, NULL, NULL);
}
