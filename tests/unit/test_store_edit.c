// SPDX-License-Identifier: GPL-2.0-or-later
/* test_store_edit.c - one word in, one word out, and not a byte besides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/macros.h"
#include "store/edit.h"

enum how {
	CMD_ADD,
	CMD_ADD_FIRST,
	CMD_GO,
	CMD_GO_FIRST,
	GRUB_ADD,
	GRUB_GO,
	ENTRY_ADD,
	ENTRY_GO,
	OPTION_GO, /* of vfio-pci */
	BLACK_GO,  /* of vfio_pci */
};

static int run(enum how how, struct span text, const char *key, const char *value, struct arena *a, struct span *ret)
{
	const struct edit_word w = { key, value };

	switch (how) {
	case CMD_ADD:
	case CMD_ADD_FIRST:
		return edit_cmdline_add(text, key, how == CMD_ADD_FIRST, a, ret);
	case CMD_GO:
	case CMD_GO_FIRST:
		return edit_cmdline_remove(text, &w, how == CMD_GO_FIRST, a, ret);
	case GRUB_ADD:
		return edit_grub_add(text, key, a, ret);
	case GRUB_GO:
		return edit_grub_remove(text, &w, a, ret);
	case ENTRY_ADD:
		return edit_entry_add(text, key, a, ret);
	case ENTRY_GO:
		return edit_entry_remove(text, &w, a, ret);
	case OPTION_GO:
		return edit_modprobe_option_remove(text, "vfio_pci", &w, a, ret);
	case BLACK_GO:
		return edit_modprobe_blacklist_remove(text, "vfio-pci", a, ret);
	}
	return -IGD_EUSAGE;
}

static const struct {
	enum how how;
	const char *text, *key, *value, *want; /* .want NULL: refused; the same pointer as .text: nothing to do */
} cases[] = {
	{ CMD_ADD, "root=/dev/sda1 quiet\n", "a=b", NULL, "root=/dev/sda1 quiet a=b\n" },
	{ CMD_ADD, "# mine\n\n  quiet \t\nsplash\n", "a=b", NULL, "# mine\n\n  quiet a=b \t\nsplash\n" },
	{ CMD_ADD, "quiet a=b splash", "a=b", NULL, "quiet a=b splash" },
	{ CMD_ADD, "quiet a=b2", "a=b", NULL, "quiet a=b2 a=b" },
	{ CMD_ADD, "", "a=b", NULL, NULL },
	{ CMD_ADD, "# only words about it\n", "a=b", NULL, NULL },
	{ CMD_ADD, " \t# mine\nquiet\n", "a=b", NULL, " \t# mine\nquiet a=b\n" },
	{ CMD_ADD, "quiet -- 3\n", "a=b", NULL, NULL },
	{ CMD_ADD, "quiet x=\"never closed\n", "a=b", NULL, NULL },
	{ CMD_ADD_FIRST, "root=ZFS=rpool/ROOT boot=zfs\nrest\n", "a=b", NULL,
	  "root=ZFS=rpool/ROOT boot=zfs a=b\nrest\n" },
	{ CMD_ADD_FIRST, "\nroot=/dev/sda1\n", "a=b", NULL, NULL },
	{ CMD_ADD_FIRST, "quiet\nroot=/dev/sda1\n", "a=b", NULL, NULL },
	{ CMD_GO, "root=x iommu=off quiet\n", "iommu", "off", "root=x quiet\n" },
	{ CMD_GO, "iommu=off  quiet\n", "iommu", "off", "quiet\n" },
	{ CMD_GO, "a  iommu=off\t iommu=off b\r\n", "iommu", "off", "a b\r\n" },
	{ CMD_GO, "iommu=off\n# iommu=off\nx iommu=off\n", "iommu", "off", "\n# iommu=off\nx\n" },
	{ CMD_GO, "vfio_pci.disable-vga=1 x\n", "vfio-pci.disable_vga", "1", "x\n" },
	{ CMD_GO, "a \"b=c d\" e\n", "b", "c d", "a e\n" },
	{ CMD_GO, "nomodeset nomodeset=1\n", "nomodeset", NULL, "nomodeset=1\n" },
	{ CMD_GO, "iommu=offset\n", "iommu", "off", "iommu=offset\n" },
	{ CMD_GO_FIRST, "iommu=off\n", "iommu", "off", NULL },
	{ CMD_GO_FIRST, "root=x iommu=off\niommu=off\n", "iommu", "off", "root=x\niommu=off\n" },
	{ GRUB_ADD, "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nX=1\n", "a=b", NULL,
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet a=b\"\nX=1\n" },
	{ GRUB_ADD, "GRUB_CMDLINE_LINUX_DEFAULT=''\n", "a=b", NULL, "GRUB_CMDLINE_LINUX_DEFAULT='a=b'\n" },
	{ GRUB_ADD, "GRUB_CMDLINE_LINUX_DEFAULT=quiet # x\n", "a=b", NULL,
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet a=b\" # x\n" },
	{ GRUB_ADD, "GRUB_CMDLINE_LINUX_DEFAULT=\n", "a=b", NULL, "GRUB_CMDLINE_LINUX_DEFAULT=\"a=b\"\n" },
	{ GRUB_ADD, "GRUB_CMDLINE_LINUX=\"x\"", "a=b", NULL,
	  "GRUB_CMDLINE_LINUX=\"x\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"a=b\"\n" },
	{ GRUB_GO, "GRUB_CMDLINE_LINUX=\"iommu=off\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet iommu=off\"\n", "iommu",
	  "off", "GRUB_CMDLINE_LINUX=\"\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n" },
	{ GRUB_GO, "# GRUB_CMDLINE_LINUX=\"iommu=off\"\nOTHER=\"iommu=off\"\n", "iommu", "off",
	  "# GRUB_CMDLINE_LINUX=\"iommu=off\"\nOTHER=\"iommu=off\"\n" },
	{ ENTRY_ADD, "title Arch\nlinux /vmlinuz\noptions root=x rw", "a=b", NULL,
	  "title Arch\nlinux /vmlinuz\noptions root=x rw\noptions a=b\n" },
	{ ENTRY_ADD, "linux /vmlinuz\noptions a=b\n", "a=b", NULL, "linux /vmlinuz\noptions a=b\n" },
	{ ENTRY_ADD, "title Reboot\n", "a=b", NULL, NULL },
	{ ENTRY_GO, "linux /v\noptions a=b\noptions x a=b\n", "a", "b", "linux /v\noptions x\n" },
	{ OPTION_GO, "options vfio-pci ids=8086:3e92 disable_vga=1\n", "disable_vga", "1",
	  "options vfio-pci ids=8086:3e92\n" },
	{ OPTION_GO, "# mine\noptions vfio_pci disable_vga=1\noptions kvm disable_vga=1\n", "disable_vga", "1",
	  "# mine\noptions kvm disable_vga=1\n" },
	{ OPTION_GO, "options vfio-pci \\\n disable_vga=1 ids=1:2\n", "disable_vga", "1", NULL },
	{ OPTION_GO, "options vfio-pci disable_vga=1 ids=1:2 \\", "disable_vga", "1", NULL },
	{ OPTION_GO, "options kvm \\\n x=1\noptions vfio-pci disable_vga=1 x", "disable_vga", "1",
	  "options kvm \\\n x=1\noptions vfio-pci x" },
	{ BLACK_GO, "blacklist i915\n  blacklist vfio_pci\nblacklist xe", NULL, NULL,
	  "blacklist i915\nblacklist xe" },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct span text = span_str(cases[i].text), ret = { 0 }, again;
		struct arena a = { 0 };
		int r = run(cases[i].how, text, cases[i].key, cases[i].value, &a, &ret);

		if (!cases[i].want) {
			if (r != -IGD_EUSAGE || ret.p)
				fail_msg("case %zu: %d instead of refused", i, r);
		} else if (r < 0 || ret.n != strlen(cases[i].want) || memcmp(ret.p, cases[i].want, ret.n) != 0) {
			fail_msg("case %zu: %d '%.*s'", i, r, (int)ret.n, (const char *)ret.p);
		} else {
			assert_int_equal(r == 0, strcmp(cases[i].want, cases[i].text) == 0);
			assert_int_equal(ret.p == text.p, r == 0);
			assert_int_equal(run(cases[i].how, ret, cases[i].key, cases[i].value, &a, &again), 0);
		}
		arena_done(&a);
	}
}

/* Cut anywhere, with any byte changed: no fault, and what is done once is done. */
static void test_hostile(void **state)
{
	static const uint8_t bytes[] = { 0, '"', '\'', '\\', '\n', ' ', '=', '#', 0xff };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t n = 0; n <= strlen(cases[i].text); n++)
			for (size_t k = 0; k <= ARRAY_SIZE(bytes); k++) {
				struct arena a = { 0 };
				uint8_t *copy = malloc(n ? n : 1);
				struct span ret, again;

				memcpy(copy, cases[i].text, n);
				if (k < ARRAY_SIZE(bytes) && n)
					copy[n / 2] = bytes[k];
				if (run(cases[i].how, (struct span) { copy, n }, cases[i].key, cases[i].value, &a,
					&ret) > 0)
					assert_int_equal(
						run(cases[i].how, ret, cases[i].key, cases[i].value, &a, &again), 0);
				free(copy);
				arena_done(&a);
			}
}

static void test_no_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena a = { .limit = 1 };
		struct span ret = { 0 };
		int r = run(cases[i].how, span_str(cases[i].text), cases[i].key, cases[i].value, &a, &ret);

		assert_true(r == 0 || r == -IGD_ENOMEM || r == -IGD_EUSAGE);
		arena_done(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
