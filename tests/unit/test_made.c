// SPDX-License-Identifier: GPL-2.0-or-later
/* Boot entries and initramfs images on small machines: what counts, what does not, and what nobody can tell. */
#include "cpio_image.h"
#include "tree.h"

#include "base/error.h"
#include "base/macros.h"
#include "fw/pe_section.h"
#include "verify/made.h"
#include "verify/made_parts.h"

#define WORD "intel_iommu=on"

static struct tree t;
static struct arena a;
static const char *why;

static int begin(void **state)
{
	(void)state;
	tree_init(&t);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_done(&a);
	tree_done(&t);
	return 0;
}

static int look(enum promise_kind kind, const char *where, const char *what, bool absent)
{
	const struct promise q = { .kind = kind, .where = where, .what = what, .absent = absent };
	struct host *h = NULL;
	int r;

	why = NULL;
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	r = made_look(h, &q, &a, &why);
	host_free(h);
	assert_true(r >= 0);
	assert_non_null(why);
	return r;
}

static void says(const char *part)
{
	if (!strstr(why, part))
		fail_msg("\"%s\" is not in: %s", part, why);
}

/* ---- patterns ----------------------------------------------------------------------------------------------- */

static void finds_files_a_part_at_a_time(void **state)
{
	struct host_names names;
	struct host *h = NULL;

	(void)state;
	tree_file(&t, "boot/a-1", "");
	tree_file(&t, "boot/a-2", "");
	tree_file(&t, "boot/.a-3", "");
	tree_file(&t, "boot/sub/a-4", "");
	tree_file(&t, "efi/x/loader/e.conf", "");
	tree_file(&t, "efi/y/loader/f.conf", "");
	tree_file(&t, "efi/y/other/g.conf", "");
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	assert_int_equal(made_files(h, "/boot/a-* /boot/a-1 /efi/*/loader/*.conf /none/* /boot/none", &a, &names), 0);
	assert_int_equal(names.n, 4);
	assert_string_equal(names.v[0], "boot/a-1");
	assert_string_equal(names.v[1], "boot/a-2");
	assert_string_equal(names.v[2], "efi/x/loader/e.conf");
	assert_string_equal(names.v[3], "efi/y/loader/f.conf");
	assert_int_equal(made_files(h, "", &a, &names), 0);
	assert_int_equal(names.n, 0);
	host_free(h);
}

/* ---- grub.cfg ----------------------------------------------------------------------------------------------- */

#define GRUB "/boot/grub/grub.cfg"

static void grub(const char *first, const char *second, const char *recovery)
{
	char text[4096];

	snprintf(text, sizeof(text),
		 "### BEGIN /etc/grub.d/10_linux ###\n"
		 "menuentry 'Debian' --class debian $menuentry_id_option 'gnulinux-simple-1' {\n"
		 "\tlinux\t/boot/vmlinuz-6.1 root=UUID=1 ro quiet %s\n\tinitrd\t/boot/initrd.img-6.1\n}\n"
		 "submenu 'More' {\n"
		 "menuentry 'Debian, with Linux 6.1' $menuentry_id_option 'gnulinux-6.1-advanced-1' {\n"
		 "\tlinuxefi /boot/vmlinuz-6.1 root=UUID=1 ro %s\n}\n"
		 "menuentry 'Debian, with Linux 6.1 (recovery mode)' $menuentry_id_option 'gnulinux-6.1-recovery-1' "
		 "{\n"
		 "\tlinux /boot/vmlinuz-6.1 root=UUID=1 ro single %s\n}\n}\n"
		 "### END /etc/grub.d/10_linux ###\n"
		 "### BEGIN /etc/grub.d/20_memtest86+ ###\n"
		 "menuentry 'Memory test' {\n\tlinux /boot/memtest86+.elf\n}\n"
		 "### BEGIN /etc/grub.d/30_os-prober ###\n"
		 "menuentry 'Arch (on /dev/sdb1)' {\n\tlinux /boot/vmlinuz root=/dev/sdb1 rw\n}\n"
		 "### BEGIN /etc/grub.d/42_igdctl ###\n"
		 "menuentry 'Without igdctl' {\n\tlinux /boot/vmlinuz-6.1 root=UUID=1 ro\n}\n",
		 first, second, recovery);
	tree_file(&t, "boot/grub/grub.cfg", text);
}

static void counts_the_ordinary_entries_of_grub(void **state)
{
	(void)state;
	grub(WORD, "quiet " WORD " \"a=b c\"", "");
	assert_int_equal(look(PROMISE_ENTRY, GRUB, WORD, false), MADE_KEPT);
	says("\"intel_iommu=on\" is in \"Debian\" and 1 other");
	assert_int_equal(look(PROMISE_ENTRY, GRUB, "intel-iommu=on", false), MADE_KEPT); /* the same to the kernel */
	assert_int_equal(look(PROMISE_ENTRY, GRUB, "quiet", false), MADE_KEPT);
	assert_int_equal(look(PROMISE_ENTRY, GRUB, "\"a=b c\"", false), MADE_KEPT);
	says("1 boot entries of 2, and not in \"Debian\"");
	assert_int_equal(look(PROMISE_ENTRY, GRUB, "single", true), MADE_KEPT);
}

static void sees_a_word_that_is_missing(void **state)
{
	(void)state;
	grub("intel_iommu=on,sm_off", "intel_iommu", WORD); /* the entry for recovery does not help */
	assert_int_equal(look(PROMISE_ENTRY, GRUB, WORD, false), MADE_BROKEN);
	says("\"intel_iommu=on\" is not in \"Debian\" and 1 other");
	assert_int_equal(look(PROMISE_ENTRY, GRUB, WORD, true), MADE_KEPT);
}

static void sees_a_word_that_stayed(void **state)
{
	(void)state;
	grub("", "intel_iommu=off", "");
	assert_int_equal(look(PROMISE_ENTRY, GRUB, "intel_iommu=off", true), MADE_BROKEN);
	says("\"Debian, with Linux 6.1\" still holds \"intel_iommu=off\"");
}

static void knows_when_there_are_no_entries(void **state)
{
	(void)state;
	assert_int_equal(look(PROMISE_ENTRY, GRUB, WORD, false), MADE_UNKNOWN);
	says("no boot entry was found in /boot/grub/grub.cfg");
	tree_file(&t, "boot/grub/grub.cfg", "insmod blscfg\nblscfg\n");
	assert_int_equal(look(PROMISE_ENTRY, GRUB, WORD, true), MADE_UNKNOWN);
}

/* ---- Boot Loader Specification, unified kernels --------------------------------------------------------------- */

#define SPEC "/boot/loader/entries/*.conf /efi/EFI/Linux/*.efi"

static void reads_specification_entries(void **state)
{
	(void)state;
	tree_file(&t, "boot/loader/entries/a.conf",
		  "title Fedora\nlinux /vmlinuz\noptions root=/dev/x ro\noptions  quiet " WORD "\n");
	tree_file(&t, "boot/loader/entries/0-rescue.conf", "title Fedora (0-rescue)\nlinux /vmlinuz\noptions ro\n");
	tree_file(&t, "boot/loader/entries/igdctl-spare.conf", "title spare\nlinux /vmlinuz\noptions ro\n");
	tree_file(&t, "boot/loader/entries/shell.conf", "title Shell\nefi /shell.efi\noptions " WORD "2\n");
	assert_int_equal(look(PROMISE_ENTRY, SPEC, WORD, false), MADE_KEPT);
	says("/boot/loader/entries/a.conf");
	tree_file(&t, "etc/machine-id", "0123456789abcdef0123456789abcdef\n");
	tree_file(&t, "boot/loader/entries/c.conf",
		  "title Other\nlinux /other\nmachine-id ffffffffffffffffffffffffffffffff\noptions ro\n");
	tree_file(&t, "boot/loader/entries/arch-fallback.conf", "title Arch\nlinux /vmlinuz\noptions ro\n");
	assert_int_equal(look(PROMISE_ENTRY, SPEC, WORD, false), MADE_KEPT);
	tree_file(&t, "boot/loader/entries/b.conf", "title Fedora\nlinux /vmlinuz\noptions ro\n");
	assert_int_equal(look(PROMISE_ENTRY, SPEC, WORD, false), MADE_BROKEN);
	says("is in /boot/loader/entries/a.conf, and not in /boot/loader/entries/b.conf");
	tree_file(&t, "boot/loader/entries/b.conf", "title Fedora\nlinux /vmlinuz\noptions $kernelopts ro\n");
	assert_int_equal(look(PROMISE_ENTRY, SPEC, WORD, false), MADE_KEPT);
	assert_int_equal(look(PROMISE_ENTRY, SPEC, "iommu=pt", false), MADE_UNKNOWN);
	says("$kernelopts");
	assert_int_equal(look(PROMISE_ENTRY, SPEC, "iommu=pt", true), MADE_UNKNOWN);
	tree_file(&t, "boot/grub2/grubenv",
		  "# GRUB Environment Block\nsaved_entry=x\nkernelopts=root=x " WORD " \n###");
	assert_int_equal(look(PROMISE_ENTRY, SPEC, WORD, false), MADE_KEPT);
	says("and 1 other");
	assert_int_equal(look(PROMISE_ENTRY, SPEC, "iommu=pt", true), MADE_KEPT);
}

static void snapshot_entry(const char *name, const char *number, const char *words)
{
	char path[128], text[256];

	snprintf(path, sizeof(path), "boot/efi/loader/entries/%s.conf", name);
	snprintf(text, sizeof(text),
		 "title T\nversion %s@6.17\noptions root=UUID=1%s rootflags=subvol=@/.snapshots/%s/snapshot\n"
		 "linux /opensuse/6.17/linux-1\n",
		 number, words, number);
	tree_file(&t, path, text);
}

/* Each snapshot has entries of its own (sdbootutil): those of the one that runs count, here by the names that they
 * have with GRUB and, on MicroOS or with systemd-boot, without a prefix. */
static void judges_the_snapshot_that_runs(void **state)
{
	static const char where[] = "/boot/efi/loader/entries/*.conf";

	(void)state;
	snapshot_entry("system-opensuse-6.17-1", "1", " " WORD);
	snapshot_entry("snapper-opensuse-6.17-42", "42", "");
	snapshot_entry("opensuse-6.17-7", "7", "");
	tree_file(&t, "proc/cmdline", "root=UUID=1 rootflags=subvol=@/.snapshots/1/snapshot\n");
	assert_int_equal(look(PROMISE_ENTRY, where, WORD, false), MADE_KEPT);
	says("is in /boot/efi/loader/entries/system-opensuse-6.17-1.conf");
	snapshot_entry("system-opensuse-6.16-1", "1", "");
	assert_int_equal(look(PROMISE_ENTRY, where, WORD, false), MADE_BROKEN);
	says("and not in /boot/efi/loader/entries/system-opensuse-6.16-1.conf");
	/* after a start into another, its own count */
	tree_file(&t, "proc/cmdline", "root=UUID=1 quiet rootflags=subvol=/@/.snapshots/42/snapshot\n");
	assert_int_equal(look(PROMISE_ENTRY, where, WORD, false), MADE_BROKEN);
	says("is not in /boot/efi/loader/entries/snapper-opensuse-6.17-42.conf");
	assert_int_equal(look(PROMISE_ENTRY, where, WORD, true), MADE_KEPT);
	snapshot_entry("snapper-opensuse-6.17-42", "42", " " WORD);
	assert_int_equal(look(PROMISE_ENTRY, where, WORD, false), MADE_KEPT);
	says("is in /boot/efi/loader/entries/snapper-opensuse-6.17-42.conf");
	/* one that names none, and a running kernel that names none */
	tree_file(&t, "boot/efi/loader/entries/own.conf", "linux /l\noptions root=UUID=1 rootflags=subvol=@\n");
	assert_int_equal(look(PROMISE_ENTRY, where, WORD, false), MADE_BROKEN);
	says("and not in /boot/efi/loader/entries/own.conf");
	tree_file(&t, "boot/efi/loader/entries/own.conf", "linux /l\noptions root=UUID=1 " WORD "\n");
	assert_int_equal(look(PROMISE_ENTRY, where, WORD, false), MADE_KEPT);
	tree_file(&t, "proc/cmdline", "root=UUID=1 rootflags=subvol=@\n");
	assert_int_equal(look(PROMISE_ENTRY, where, WORD, false), MADE_BROKEN);
}

/* The newest deployment's entry alone; and before a shutdown the words of the one that is staged. */
static void judges_the_deployment_that_boots(void **state)
{
	static const uint8_t staged[] = "kargs\0\0\0" WORD "\0ro\0\x0f\x12\0as\6 ";

	(void)state;
	tree_file(&t, "boot/loader/entries/ostree-2.conf", "version 2\noptions ro " WORD "\nlinux /v\n");
	tree_file(&t, "boot/loader/entries/ostree-10.conf", "version 10\noptions ro\nlinux /v\n");
	assert_int_equal(look(PROMISE_ENTRY, "/boot/loader/entries/ostree-*.conf", WORD, false), MADE_BROKEN);
	says("not in /boot/loader/entries/ostree-10.conf");
	assert_int_equal(look(PROMISE_ENTRY, "/boot/loader/entries/ostree-*.conf", WORD, true), MADE_KEPT);
	tree_file_n(&t, "run/ostree/staged-deployment", staged, sizeof(staged) - 1);
	assert_int_equal(look(PROMISE_ENTRY, "/boot/loader/entries/ostree-*.conf", WORD, false), MADE_KEPT);
	says("is in the deployment that is staged");
	tree_file(&t, "run/ostree/staged-deployment", "something else");
	assert_int_equal(look(PROMISE_ENTRY, "/boot/loader/entries/ostree-*.conf", WORD, false), MADE_UNKNOWN);
	says("/run/ostree/staged-deployment: its options cannot be read");
}

/* A PE image with room for sections, and no more in it than pe_section_add() wants. */
static struct buffer uki(const char *cmdline, struct span initrd)
{
	struct image m = { .n = 0 };
	struct buffer one = { 0 }, two = { 0 };

	set(&m, 0x5ff, 0, 1);
	memcpy(m.b, "MZ", 2);
	set(&m, 0x3c, 0x40, 4);
	memcpy(m.b + 0x40, "PE", 2);
	set(&m, 0x44, 0x8664, 2);
	set(&m, 0x46, 1, 2);
	set(&m, 0x54, 240, 2);
	set(&m, 0x58, 0x20b, 2);
	set(&m, 0x58 + 32, 0x1000, 4);
	set(&m, 0x58 + 36, 0x200, 4);
	set(&m, 0x58 + 56, 0x2000, 4);
	set(&m, 0x58 + 60, 0x400, 4);
	set(&m, 0x58 + 108, 16, 4);
	memcpy(m.b + 0x148, ".text", 5);
	set(&m, 0x148 + 8, 0x100, 4);
	set(&m, 0x148 + 12, 0x1000, 4);
	set(&m, 0x148 + 16, 0x200, 4);
	set(&m, 0x148 + 20, 0x400, 4);
	assert_int_equal(pe_section_add(image_span(&m), ".cmdline", span_str(cmdline), &one, NULL), 0);
	if (initrd.n == 0)
		return one;
	assert_int_equal(pe_section_add(buffer_span(&one), ".initrd", initrd, &two, NULL), 0);
	buffer_done(&one);
	return two;
}

static void reads_unified_kernels(void **state)
{
	struct image initrd = { .n = 0 };
	struct buffer with, without;

	(void)state;
	member(&initrd, "usr/lib/modules/6/kernel/vfio-pci.ko.zst", 0100644, 1);
	trailer(&initrd);
	with = uki("root=/dev/x " WORD "\n", image_span(&initrd));
	without = uki("root=/dev/x", (struct span) { NULL, 0 });
	tree_file_n(&t, "efi/EFI/Linux/arch.efi", with.p, with.n);
	assert_int_equal(look(PROMISE_ENTRY, SPEC, WORD, false), MADE_KEPT);
	assert_int_equal(look(PROMISE_IMAGE, "/efi/EFI/Linux/*.efi", "vfio-pci", false), MADE_KEPT);
	tree_file_n(&t, "efi/EFI/Linux/igdctl-spare.efi", without.p, without.n);
	assert_int_equal(look(PROMISE_ENTRY, SPEC, WORD, false), MADE_KEPT);
	says("is in /efi/EFI/Linux/arch.efi");
	tree_file_n(&t, "efi/EFI/Linux/arch.efi", without.p, without.n);
	assert_int_equal(look(PROMISE_ENTRY, SPEC, WORD, false), MADE_BROKEN);
	assert_int_equal(look(PROMISE_IMAGE, "/efi/EFI/Linux/*.efi", "vfio-pci", false), MADE_UNKNOWN);
	buffer_done(&with);
	buffer_done(&without);
}

/* ---- images ------------------------------------------------------------------------------------------------- */

#define IMAGES "/boot/initrd.img-* /boot/initramfs-*.img"
#define CONF   "etc/modprobe.d/igdctl.conf"

static void initrd(const char *name, bool conf, const char *module)
{
	struct image m = { .n = 0 };

	member(&m, "etc", 040755, 0);
	member(&m, "etc/modprobe.d/other.conf", 0100644, 3);
	if (conf)
		member(&m, CONF, 0100644, 3);
	if (module)
		member(&m, module, 0100644, 3);
	trailer(&m);
	tree_file_n(&t, name, m.b, m.n);
}

#define KO "usr/lib/modules/6.1.0/kernel/drivers/vfio/pci/vfio-pci.ko"

static void finds_files_and_modules_in_images(void **state)
{
	(void)state;
	initrd("boot/initrd.img-6.1.0", true, KO ".xz");
	initrd("boot/initrd.img-6.12.0", true, "lib/modules/6.12.0/vfio_pci.ko");
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, CONF, false), MADE_KEPT);
	says("etc/modprobe.d/igdctl.conf is in /boot/initrd.img-6.1.0 and 1 other");
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, "vfio-pci", false), MADE_KEPT);
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, "vfio", true), MADE_KEPT); /* not a part of a name */
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, "etc", true), MADE_KEPT);	/* a folder is no module */
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, "d/igdctl.conf", true), MADE_KEPT);
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, CONF, true), MADE_BROKEN);
	says("still in");
}

static void names_the_image_that_lacks_it(void **state)
{
	(void)state;
	initrd("boot/initrd.img-6.1.0", true, KO);
	initrd("boot/initrd.img-6.12.0", true, KO "m");
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, "vfio-pci", false), MADE_BROKEN);
	says("vfio-pci is not in /boot/initrd.img-6.12.0");
	tree_file(&t, "usr/lib/modules/6.12.0/modules.builtin",
		  "kernel/a/b.ko\nkernel/drivers/vfio/pci/vfio-pci.ko\n");
	tree_link(&t, "lib", "usr/lib");
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, "vfio-pci", false), MADE_KEPT); /* compiled in */
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, "vfio", false), MADE_BROKEN);
}

static void passes_over_images_that_nothing_starts(void **state)
{
	static const char *const others[] = { "boot/initrd.img-6.1.0.bak", "boot/initrd.img-6.1.0.old-dkms",
					      "boot/initramfs-linux-fallback.img", "boot/initramfs-0-rescue-a.img",
					      "boot/initramfs-6.9kdump.img" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		initrd(others[i], false, NULL);
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, CONF, false), MADE_UNKNOWN);
	says("no initramfs was found");
	initrd("boot/initrd.img-6.1.0", true, NULL);
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, CONF, false), MADE_KEPT);
	initrd("boot/initrd.img-5.10.0", false, NULL);
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, CONF, false), MADE_BROKEN);
	tree_file(&t, "boot/vmlinuz-6.1.0", ""); /* 5.10 was removed, and left its image behind */
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, CONF, false), MADE_KEPT);
}

static void tells_damaged_from_unread(void **state)
{
	(void)state;
	tree_file(&t, "boot/initrd.img-6.1.0", "BZh9 and so on");
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, CONF, false), MADE_UNKNOWN);
	says("bzip2");
	tree_file(&t, "boot/initrd.img-6.1.0", "a text");
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, CONF, false), MADE_UNKNOWN);
	initrd("boot/initrd.img-6.1.0", false, NULL);
	assert_int_equal(truncate(tree_path(&t, "boot/initrd.img-6.1.0"), 200), 0);
	assert_int_equal(look(PROMISE_IMAGE, IMAGES, CONF, false), MADE_BROKEN);
	says("ends within a member");
}

static void remembers_images_while_told_to(void **state)
{
	const struct promise q = { .kind = PROMISE_IMAGE, .where = IMAGES, .what = CONF };
	struct made_memo memo = { .n = 0 };
	struct host *h = NULL;

	(void)state;
	initrd("boot/initrd.img-6.1.0", true, NULL);
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	assert_int_equal(made_look_memo(h, &memo, &q, &a, &why), MADE_KEPT);
	initrd("boot/initrd.img-6.1.0", false, NULL);
	assert_int_equal(made_look_memo(h, &memo, &q, &a, &why), MADE_KEPT);
	made_memo_done(&memo);
	assert_int_equal(made_look_memo(h, &memo, &q, &a, &why), MADE_BROKEN);
	made_memo_done(&memo);
	host_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_files_a_part_at_a_time, begin, end),
		cmocka_unit_test_setup_teardown(counts_the_ordinary_entries_of_grub, begin, end),
		cmocka_unit_test_setup_teardown(sees_a_word_that_is_missing, begin, end),
		cmocka_unit_test_setup_teardown(sees_a_word_that_stayed, begin, end),
		cmocka_unit_test_setup_teardown(knows_when_there_are_no_entries, begin, end),
		cmocka_unit_test_setup_teardown(reads_specification_entries, begin, end),
		cmocka_unit_test_setup_teardown(judges_the_snapshot_that_runs, begin, end),
		cmocka_unit_test_setup_teardown(judges_the_deployment_that_boots, begin, end),
		cmocka_unit_test_setup_teardown(reads_unified_kernels, begin, end),
		cmocka_unit_test_setup_teardown(finds_files_and_modules_in_images, begin, end),
		cmocka_unit_test_setup_teardown(names_the_image_that_lacks_it, begin, end),
		cmocka_unit_test_setup_teardown(passes_over_images_that_nothing_starts, begin, end),
		cmocka_unit_test_setup_teardown(tells_damaged_from_unread, begin, end),
		cmocka_unit_test_setup_teardown(remembers_images_while_told_to, begin, end),
	};

	return cmocka_run_group_tests_name("made", tests, NULL, NULL);
}
