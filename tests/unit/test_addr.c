// SPDX-License-Identifier: GPL-2.0-or-later
/* test_addr.c - PCI addresses as text and back, and everything that only looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/macros.h"
#include "base/text.h"

static void test_good(void **state)
{
	static const struct {
		const char *text;
		struct pci_addr want;
	} cases[] = {
		{ "00:02.0", { 0, 0, 2, 0 } },
		{ "0000:00:02.0", { 0, 0, 2, 0 } },
		{ "ff:1f.7", { 0, 0xff, 0x1f, 7 } },
		{ "FFFF:AB:0c.1", { 0xffff, 0xab, 0x0c, 1 } },
		{ "10000:e1:00.0", { 0x10000, 0xe1, 0, 0 } }, /* behind a Volume Management Device */
		{ "abcdef:01:02.3", { 0xabcdef, 1, 2, 3 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pci_addr a = { 9, 9, 9, 1 };

		assert_true(pci_addr_parse(cases[i].text, &a));
		assert_true(pci_addr_eq(a, cases[i].want));
	}
}

static void test_bad(void **state)
{
	static const char *const cases[] = {
		"",	     "00",	   "00:02",	 "00:02.",    "00:02.8",	   "00:02.f",
		"00:20.0",   "0:02.0",	   "000:02.0",	 "00:2.0",    "00:002.0",	   "00:02.01",
		"00:02.0a",  "00:02,0",	   "00-02.0",	 "0g:02.0",   "000:00:02.0",	   "1234567:00:02.0",
		":00:02.0",  "0000::02.0", "0000:00:02", " 00:02.0",  "00:02.0 ",	   "0000:00:02.0.0",
		"0x00:02.0", "+0:02.0",	   "-0:02.0",	 "00:02.0\n", "0000:0000:00:02.0",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pci_addr a = { 9, 9, 9, 1 };

		if (pci_addr_parse(cases[i], &a))
			fail_msg("taken: '%s'", cases[i]);
		assert_true(pci_addr_eq(a, (struct pci_addr) { 9, 9, 9, 1 }));
	}
}

/* At the front of a line the rest stays; where there is none, everything stays. */
static void test_read(void **state)
{
	struct span s = span_str("0000:00:02.0 VGA"), other = span_str("Group 7: 00:02.0");
	struct pci_addr a;

	(void)state;
	assert_true(pci_addr_read(&s, &a));
	assert_true(text_eq(s, " VGA"));
	assert_false(pci_addr_read(&other, &a));
	assert_int_equal(other.n, 16);
	s = (struct span) { (const uint8_t *)"00:02.0", 6 }; /* the last digit lies outside */
	assert_false(pci_addr_read(&s, &a));
	assert_int_equal(s.n, 6);
}

static void test_round(void **state)
{
	static const uint32_t domains[] = { 0, 1, 0xffff, 0x10000, 0xffffff };
	char buf[PCI_ADDR_STR];
	struct pci_addr back;

	(void)state;
	for (size_t d = 0; d < ARRAY_SIZE(domains); d++)
		for (unsigned i = 0; i < 0x10000; i += 0x1f) {
			struct pci_addr a = { domains[d], (uint8_t)(i >> 8), i >> 3 & 31, i & 7 };

			assert_ptr_equal(pci_addr_str(a, buf), buf);
			assert_true(pci_addr_parse(buf, &back));
			assert_true(pci_addr_eq(a, back));
		}
	assert_string_equal(pci_addr_str((struct pci_addr) { 0, 0, 31, 6 }, buf), "0000:00:1f.6");
	/* numbers that no machine has still fit the buffer */
	assert_true(strlen(pci_addr_str((struct pci_addr) { UINT32_MAX, 255, 255, 255 }, buf)) < PCI_ADDR_STR);
}

static void test_order(void **state)
{
	static const char *const sorted[] = { "00:00.0", "00:00.1",	 "00:01.0",	 "01:00.0",
					      "ff:1f.7", "0001:00:00.0", "10000:00:00.0" };
	struct pci_addr a = { 0, 0, 0, 0 }, b = { 0, 0, 0, 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		for (size_t k = 0; k < ARRAY_SIZE(sorted); k++) {
			int c;

			assert_true(pci_addr_parse(sorted[i], &a) && pci_addr_parse(sorted[k], &b));
			c = pci_addr_cmp(a, b);
			assert_int_equal((c > 0) - (c < 0), (i > k) - (i < k));
		}
	assert_true(pci_addr_same_slot((struct pci_addr) { 0, 0, 31, 0 }, (struct pci_addr) { 0, 0, 31, 6 }));
	assert_false(pci_addr_same_slot((struct pci_addr) { 0, 0, 31, 0 }, (struct pci_addr) { 0, 0, 30, 0 }));
	assert_false(pci_addr_same_slot((struct pci_addr) { 0, 0, 31, 0 }, (struct pci_addr) { 0, 1, 31, 0 }));
	assert_false(pci_addr_same_slot((struct pci_addr) { 1, 0, 31, 0 }, (struct pci_addr) { 0, 0, 31, 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),  cmocka_unit_test(test_bad),   cmocka_unit_test(test_read),
		cmocka_unit_test(test_round), cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
