// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_plan_spare.c - the spare boot entry: what is left out of it, that it cannot become the default, and where
 * there is none. IGDCTL_SPARE_OUT names a file for GRUB's script, for tests/unit/grub_spare.py, which runs it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdlib.h>

#include "plan/boot.h"
#include "toy_host.h"

#define ENTRY "/boot/loader/entries/1234-6.1.0-18-amd64.conf"
#define SPARE "/boot/loader/entries/igdctl-spare.conf"
#define GRUB  "/etc/grub.d/42_igdctl"

static struct toy host(const char *loader, const char *tools, const char *initramfs)
{
	struct toy t = { .loader = loader,
			 .initramfs = initramfs,
			 .tools = tools,
			 .distro = "debian",
			 .kernel = "6.1.0-18-amd64",
			 .builtin = "vfio vfio_pci", /* so the ids are an option */
			 .cmdline = "root=/dev/sda1",
			 .dmar = true,
			 .default_on = true,
			 .iommu_on = true,
			 .mode = MODE_UEFI,
			 .wish = { { .dev = 2 } },
			 .n_wish = 1 };

	t.devs[t.n_devs++] = (struct toy_dev) { 0, 2, 0, 0x80863e92, 0x0300, 1, 0, "i915", "i915" };
	return t;
}

/* The plan with its spare entry, carried out; the bytes of @path then. @ret_notes: of plan.guard. */
static const char *spared(struct toy *t, const char *path, size_t *ret_ops, const char **ret_note)
{
	struct arena a = { 0 };
	struct facts *f = toy_facts(t);
	struct plan p;

	toy_plan(t, f, &a, &p, NULL);
	assert_true(p.n_ops > 0);
	assert_int_equal(plan_spare(f, &p), 0);
	*ret_ops = p.n_ops;
	*ret_note = NULL;
	for (size_t i = 0; i < p.n_notes; i++)
		if (p.notes[i].id && strcmp(p.notes[i].id, "plan.guard") == 0)
			*ret_note = arena_str(&t->arena, p.notes[i].text);
	for (size_t i = 0; i < p.n_ops; i++)
		if (p.ops[i].kind == OP_WRITE && strstr(p.ops[i].target, "igdctl") && !p.ops[i].gone &&
		    (strcmp(p.ops[i].target, GRUB) == 0 || strcmp(p.ops[i].target, SPARE) == 0))
			assert_true(plan_spare_admits(p.ops[i].target, p.ops[i].after));
	toy_apply(t, &p);
	facts_free(f);
	arena_done(&a);
	return toy_text(t, path);
}

static void test_grub(void **state)
{
	const char *text, *note, *out = getenv("IGDCTL_SPARE_OUT");
	struct toy t = host("grub", "update-grub grub.d", "initramfs-tools");
	struct facts *f;
	struct arena a = { 0 };
	struct plan p = { .arena = &a };
	size_t n;
	FILE *to;

	(void)state;
	text = spared(&t, GRUB, &n, &note);
	assert_int_equal(n, 3); /* the options, update-grub once, the entry */
	assert_null(note);
	assert_true(text_starts(span_str(text), "#!/bin/sh\n" HOST_HEAD));
	assert_null(strstr(text, "8086:3e92")); /* our file is asked each time */
	if (out) {
		to = fopen(out, "w");
		assert_non_null(to);
		assert_true(fputs(text, to) >= 0);
		assert_int_equal(fclose(to), 0);
	}
	f = toy_facts(&t);
	assert_int_equal(plan_spare(f, &p), 0); /* the second time there is nothing to do */
	assert_int_equal(p.n_ops, 0);
	toy_write(&t, GRUB, "older");
	facts_free(f);
	f = toy_facts(&t);
	assert_int_equal(plan_spare(f, &p), 0); /* nothing else makes the menu anew */
	assert_int_equal(p.n_ops, 2);
	assert_string_equal(p.ops[1].argv[0], "update-grub");
	facts_free(f);
	arena_done(&a);
	arena_done(&t.arena);
}

/* Without a drop-in the words are named; others than plain ones are not let into a script. */
static void test_grub_words(void **state)
{
	struct toy t = host("grub", "grub-mkconfig", "dracut");
	const char *text, *note;
	char *bad;
	size_t n;

	(void)state;
	toy_write(&t, "/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n");
	text = spared(&t, GRUB, &n, &note);
	assert_non_null(strstr(text, "$GRUB_CMDLINE_LINUX_DEFAULT vfio-pci.ids=8086:3e92\")"));
	assert_true(plan_spare_admits(GRUB, span_str(text)));
	bad = strdup(text);
	assert_non_null(bad);
	memcpy(strstr(bad, "vfio-pci.ids"), "$(reboot)  ", 11);
	assert_false(plan_spare_admits(GRUB, span_str(bad)));
	free(bad);
	assert_false(plan_spare_admits("/etc/grub.d/10_linux", span_str(text)));
	arena_done(&t.arena);
}

static void test_entry(void **state)
{
	static const char want[] = HOST_HEAD "title Debian, without igdctl's settings\nversion 6.1.0-18-amd64\n"
					     "linux /vmlinuz\ninitrd /initrd\noptions root=/dev/sda1 quiet\n"
					     "options module_blacklist=vfio_pci,nouveau\n";
	static const char head[] = "# made\ntitle Debian\nversion 6.1.0-18-amd64\n", key[] = "sort-key debian\n",
			  tail[] = "linux /vmlinuz\ninitrd /initrd\noptions root=/dev/sda1 "
				   "vfio-pci.ids=8086:3e92 module_blacklist=nouveau quiet\n";
	static const struct {
		const char *key, *conf;
		bool safe;
	} cases[] = { { key, NULL, true },
		      { key, "timeout 3\ndefault @saved\n", false },
		      { "", NULL, false },
		      { "", "timeout 3\ndefault 1234-*\n", true },
		      { "", "default @saved\n", false },
		      { "", "default *\n", false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct toy t = host("systemd-boot", "kernel-install zz-systemd-boot", "initramfs-tools");
		const char *text, *note;
		size_t n;

		toy_write(&t, "/etc/kernel/cmdline", "root=/dev/sda1\n");
		toy_write(&t, "/boot/loader/entries/1234-6.1.0-17-amd64.conf", "linux /other\noptions root=x\n");
		toy_write(&t, ENTRY, arena_printf(&t.arena, "%s%s%s", head, cases[i].key, tail));
		if (cases[i].conf)
			toy_write(&t, "/boot/loader/loader.conf", cases[i].conf);
		text = spared(&t, SPARE, &n, &note);
		assert_string_equal(text, cases[i].safe ? want : "");
		assert_int_equal(!note, cases[i].safe);
		assert_false(plan_spare_admits(SPARE, span_str("linux /x\n")));
		arena_done(&t.arena);
	}
	assert_false(plan_spare_admits(SPARE, span_str(HOST_HEAD "efi /x.efi\noptions module_blacklist=vfio_pci\n")));
}

static void test_none(void **state)
{
	static const struct {
		const char *loader, *tools, *initramfs, *why;
	} cases[] = { { "rpm-ostree", "rpm-ostree", "dracut", "deployment of before" },
		      { "bls", "grubby", "dracut", "grubby changes all entries" },
		      { "proxmox-boot-tool/systemd-boot", "proxmox-boot-tool", "initramfs-tools", "no place" },
		      { "uki", "kernel-install kernel-install/uki", "dracut", "no place" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct toy t = host(cases[i].loader, cases[i].tools, cases[i].initramfs);
		const char *note;
		size_t n;

		toy_write(&t, "/etc/kernel/cmdline", "root=/dev/sda1\n");
		spared(&t, SPARE, &n, &note);
		assert_null(toy_file(&t, SPARE));
		assert_null(toy_file(&t, GRUB));
		assert_non_null(note);
		assert_non_null(strstr(note, cases[i].why));
		arena_done(&t.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grub),
		cmocka_unit_test(test_grub_words),
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
