// SPDX-License-Identifier: GPL-2.0-or-later
/* test_facts.c - a snapshot grows in any order and closes into the same thing; unknown facts stay so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/error.h"
#include "facts/read.h"
#include "fw/igd_id.h"

static const char here[] = "test";

static struct pci_fn *fn(struct facts *f, const char *addr, uint32_t id, uint16_t class)
{
	struct pci_addr a;
	struct pci_fn *p;

	assert_true(pci_addr_parse(addr, &a));
	p = facts_pci(f, a, here);
	assert_non_null(p);
	if (id)
		fact_num_set(&p->id, id, here);
	if (class)
		fact_num_set(&p->class, class, here);
	return p;
}

static struct facts *closed(struct facts *f)
{
	assert_int_equal(facts_finish(f, NULL), 0);
	return f;
}

static void test_order(void **state)
{
	static const char *const addrs[] = { "03:00.0", "00:1f.3", "00:02.0", "10000:e1:00.0", "00:00.0", "00:1f.0" };
	struct facts *f = facts_new("order", SOURCE_ROOT);
	struct usb_dev *u;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(addrs); i++)
		fn(f, addrs[i], 0, 0);
	u = arena_push(&f->arena, f->usb, f->n_usb);
	assert_non_null(u);
	*u = (struct usb_dev) { .path = "1-1", .pci = 0 }; /* 03:00.0, as it came in */
	assert_ptr_equal(fn(f, addrs[2], 0, 0), facts_find_pci(f, (struct pci_addr) { 0, 0, 2, 0 }));
	assert_int_equal(f->n_pci, ARRAY_SIZE(addrs)); /* asking again adds nothing */
	closed(f);
	for (size_t i = 1; i < f->n_pci; i++)
		assert_true(pci_addr_cmp(f->pci[i - 1].addr, f->pci[i].addr) < 0);
	assert_int_equal(f->usb[0].pci, facts_pci_index(f, (struct pci_addr) { 0, 3, 0, 0 }));
	assert_int_equal(facts_pci_index(f, (struct pci_addr) { 0, 9, 9, 0 }), -1);
	facts_free(f);
}

static void test_many(void **state)
{
	struct facts *f = facts_new("many", SOURCE_ROOT);

	(void)state;
	for (unsigned i = 0; i < 4096; i++)
		assert_non_null(facts_pci(
			f, (struct pci_addr) { i >> 11, (uint8_t)(i >> 3), (uint8_t)(i & 31), (uint8_t)(i >> 5 & 7) },
			here));
	closed(f);
	for (size_t i = 0; i < f->n_pci; i++)
		assert_int_equal(facts_pci_index(f, f->pci[i].addr), i);
	facts_free(f);
}

static void test_first_reading_wins(void **state)
{
	struct fact_num n = { 0 };
	struct fact_str s = { 0 };
	struct fact_tri t = { 0 };

	(void)state;
	fact_num_why(&n, "only root may read it");
	assert_string_equal(facts_why(n.from), "only root may read it");
	assert_string_equal(facts_why(s.from), "nothing in this input tells");
	fact_num_set(&n, 0, "a"); /* a known zero is known */
	fact_num_set(&n, 7, "b");
	fact_num_why(&n, "c");
	assert_true(n.known);
	assert_int_equal(n.v, 0);
	assert_string_equal(n.from, "a");
	fact_str_set(&s, "", "a");
	fact_str_set(&s, "i915", "b");
	assert_string_equal(s.v, "");
	fact_tri_set(&t, false, "a");
	fact_tri_set(&t, true, "b");
	assert_int_equal(t.v, TRI_NO);
}

static void test_parents_and_groups(void **state)
{
	struct facts *f = facts_new("tree", SOURCE_ROOT);
	const struct iommu_group *g;

	(void)state;
	assert_int_equal(facts_group_add(f, fn(f, "01:00.1", 0, 0x0403), 12, here), 0);
	assert_int_equal(facts_group_add(f, fn(f, "01:00.0", 0, 0x0300), 12, here), 0);
	assert_int_equal(facts_group_add(f, fn(f, "00:02.0", 0, 0x0300), 0, here), 0);
	assert_int_equal(facts_group_add(f, fn(f, "00:1e.0", 0, 0x0c03), GROUP_NONE, here), 0);
	fact_num_set(&fn(f, "00:01.0", 0, 0x0604)->secondary, 1, here);
	assert_int_equal(facts_group_add(f, fn(f, "00:02.0", 0, 0), 5, here),
			 0); /* a second opinion changes nothing */
	closed(f);
	assert_int_equal(f->n_groups, 2);
	g = facts_group(f, 12);
	assert_non_null(g);
	assert_int_equal(g->n_members, 2);
	assert_int_equal(f->pci[g->members[0]].addr.fn, 0);
	assert_int_equal(f->pci[g->members[0]].parent, facts_pci_index(f, (struct pci_addr) { 0, 0, 1, 0 }));
	assert_int_equal(f->pci[0].parent, -1);
	assert_null(facts_group(f, 5));
	assert_int_equal(f->groups_seen.v, TRI_YES);
	assert_int_equal(f->pci[g->members[0]].multifunction.v, TRI_YES); /* it has a function 1 */
	assert_int_equal(facts_find_pci(f, (struct pci_addr) { 0, 0, 2, 0 })->multifunction.v, TRI_UNKNOWN);
	facts_free(f);
}

static void test_igd(void **state)
{
	struct facts *f = facts_new("coffee", SOURCE_ROOT);

	(void)state;
	fn(f, "00:02.0", 0x80863e92, 0x0300);
	closed(f);
	assert_non_null(f->igd.id);
	assert_string_equal(f->igd.id->platform, "Coffee Lake");
	assert_int_equal(f->igd.present.v, TRI_YES);
	facts_free(f);

	f = facts_new("guest's view", SOURCE_BUNDLE); /* behind a bridge: not the host's own */
	fn(f, "01:00.0", 0x808646d1, 0x0300);
	closed(f);
	assert_int_equal(f->igd.pci, -1);
	assert_int_equal(f->igd.present.v, TRI_UNKNOWN);
	facts_free(f);

	f = facts_new("discrete", SOURCE_ROOT);
	fn(f, "03:00.0", 0x808656a0, 0x0300); /* Arc A770 */
	fact_tri_set(&f->pci_whole, true, here);
	closed(f);
	assert_int_equal(f->igd.present.v, TRI_NO);
	facts_free(f);

	f = facts_new("apu", SOURCE_ROOT);
	fn(f, "04:00.0", 0x10021638, 0x0300);
	closed(f);
	assert_non_null(f->igd.id);
	assert_int_equal(f->igd.id->kind, GPU_AMD_APU);
	facts_free(f);

	f = facts_new("unlisted", SOURCE_ROOT); /* Intel's display function in its usual place, but a new id */
	fn(f, "00:02.0", 0x8086fffe, 0x0300);
	closed(f);
	assert_int_equal(f->igd.present.v, TRI_YES);
	assert_null(f->igd.id);
	facts_free(f);
}

static void test_kernel_cmp(void **state)
{
	static const struct {
		const char *release;
		int wanted; /* against 6.8; 9: unknown */
	} cases[] = { { "6.8.12-11-pve", 0 }, { "6.10.0", 1 }, { "5.15.35-1-pve", -1 },
		      { "7.0.14", 1 },	      { "linux", 9 },  { NULL, 9 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct facts f = { .kernel = { cases[i].release, here } };
		int cmp = 9;

		assert_int_equal(facts_kernel_cmp(&f, 6, 8, &cmp), cases[i].wanted != 9);
		assert_int_equal(cmp, cases[i].wanted);
	}
}

/* The filter in front of the comparison loses no line, before and after closing. */
static void test_log(void **state)
{
	static const char *const lines[] = { "", "a", "DMAR: IOMMU enabled",
					     "vfio-pci 0000:00:02.0: ready 1023ms after FLR", "xx" };
	struct facts *f = facts_new("log", SOURCE_BUNDLE);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct log_line *l = arena_push(&f->arena, f->log, f->n_log);

		assert_non_null(l);
		*l = (struct log_line) { .from = here, .text = lines[i], .raw = lines[i] };
	}
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
			for (size_t k = 0; k <= strlen(lines[i]); k++)
				assert_non_null(facts_log(f, lines[i] + k, NULL));
		assert_null(facts_log(f, "after FLRx", NULL));
		assert_ptr_equal(facts_log(f, "IOMMU", NULL), &f->log[2]);
		assert_null(facts_log(f, "IOMMU", &f->log[2]));
		if (round == 0)
			closed(f);
	}
	facts_free(f);
}

static void test_limit(void **state)
{
	struct facts *f = facts_new("full", SOURCE_ROOT);
	struct report rep = { 0 };

	(void)state;
	f->arena.limit = 4096;
	for (unsigned i = 0; i < 4096 && facts_pci(f, (struct pci_addr) { i, 0, 0, 0 }, here); i++)
		;
	assert_true(f->arena.full);
	assert_true(facts_finish(f, &rep) < 0);
	assert_int_not_equal(rep.code, 0);
	facts_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_first_reading_wins),
		cmocka_unit_test(test_parents_and_groups),
		cmocka_unit_test(test_igd),
		cmocka_unit_test(test_kernel_cmp),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
