// SPDX-License-Identifier: GPL-2.0-or-later
/* test_store_ostree.c - what libostree and rpm-ostree write of a deployment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "store/ostree.h"

/* { "target": <{ "name": <"fedora-abc.1">, "osname": <"fedora"> }>, "kargs": <["root=UUID=1", "rw",
 * "intel_iommu=on"]> } as GLib 2.74 writes an a{sv}. */
static const uint8_t staged[] = "target\0\0name\0\0\0\0fedora-abc.1\0\0s\5osname\0\0fedora\0\0s\7\x18*\0a{sv}\7\0"
				"\0\0\0\0kargs\0\0\0root=UUID=1\0rw\0intel_iommu=on\0\x0c\x0f\x1e\0as\6;m";
static const struct span all = { staged, sizeof(staged) - 1 };

static void test_staged(void **state)
{
	struct arena a = { 0 };
	const char *line = NULL;

	(void)state;
	assert_true(ostree_staged_options(all, &a, &line));
	assert_string_equal(line, "options root=UUID=1 rw intel_iommu=on");
	assert_true(ostree_staged_origin(all, &a, &line));
	assert_string_equal(line, "ostree/deploy/fedora/deploy/fedora-abc.1.origin");
	arena_done(&a);
}

/* Cut anywhere, and each byte changed to some others: no read outside, and nothing that is no line of text. */
static void test_damaged(void **state)
{
	static const uint8_t others[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct arena a = { 0 };

	(void)state;
	for (size_t n = 0; n < all.n; n++) {
		uint8_t *copy = malloc(n ? n : 1);
		const char *line = "untouched";

		assert_non_null(copy);
		memcpy(copy, staged, n);
		assert_false(ostree_staged_options((struct span) { copy, n }, &a, &line));
		assert_string_equal(line, "untouched");
		free(copy);
	}
	for (size_t at = 0; at < all.n; at++)
		for (size_t k = 0; k < ARRAY_SIZE(others); k++) {
			uint8_t copy[sizeof(staged)];
			const char *line = "options";

			memcpy(copy, staged, all.n);
			copy[at] = others[k];
			if (ostree_staged_options((struct span) { copy, all.n }, &a, &line))
				assert_true(text_starts(span_str(line), "options "));
			if (ostree_staged_origin((struct span) { copy, all.n }, &a, &line))
				assert_true(text_ends(span_str(line), ".origin"));
		}
	arena_done(&a);
}

static void test_entry_number(void **state)
{
	(void)state;
	assert_int_equal(ostree_entry_number("/boot/loader/entries/ostree-2.conf"), 2);
	assert_int_equal(ostree_entry_number("boot/loader/entries/ostree-1-fedora.conf"), 1);
	assert_int_equal(ostree_entry_number("ostree-12+3-0.conf"), 12);
	assert_int_equal(ostree_entry_number("ostree-x.conf"), 0);
	assert_int_equal(ostree_entry_number("ostree-2x.conf"), 0);
	assert_int_equal(ostree_entry_number("ostree-2"), 0);
	assert_int_equal(ostree_entry_number("arch.conf"), 0);
}

static void test_origin(void **state)
{
	static const struct {
		const char *text;
		bool good, enabled;
		const char *args;
	} cases[] = {
		{ "", true, false, "" },
		{ "[origin]\nrefspec=fedora:x\nregenerate-initramfs=true\n", true, false, "" },
		{ "[origin]\nrefspec=x\n\n[rpmostree]\nregenerate-initramfs=true\n", true, true, "" },
		{ "[rpmostree]\nregenerate-initramfs=true\ninitramfs-args=-a;tpm2-tss;\n", true, true,
		  "-a\ntpm2-tss\n" },
		{ "[rpmostree]\ninitramfs-args = --add-drivers;vfio_pci vfio\nregenerate-initramfs = false\n[x]\n"
		  "initramfs-args=no;\n",
		  true, false, "--add-drivers\nvfio_pci vfio\n" },
		{ "[rpmostree]\nregenerate-initramfs=maybe\n", false, false, "" },
		{ "[rpmostree]\ninitramfs-args=a\\;b;\n", false, false, "" },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ostree_initramfs got;

		assert_int_equal(ostree_origin_read(span_str(cases[i].text), &a, &got), cases[i].good);
		if (!cases[i].good)
			continue;
		assert_int_equal(got.enabled, cases[i].enabled);
		assert_string_equal(got.args, cases[i].args);
	}
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_staged),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_entry_number),
		cmocka_unit_test(test_origin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
