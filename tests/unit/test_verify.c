// SPDX-License-Identifier: GPL-2.0-or-later
/* The chain from a file to the device on small machines: kept, broken at each link, and not yet to be known. */
#include "cpio_image.h"
#include "tree.h"

#include "base/error.h"
#include "base/macros.h"
#include "facts/read.h"
#include "verify/drift.h"
#include "verify/verify.h"

#define CONF   "softdep i915 pre: vfio-pci\noptions vfio-pci ids=8086:3e92\n"
#define GRUB_D "/etc/default/grub.d/90-igdctl.cfg"
#define WORD   "intel_iommu=on"
#define GPU    "sys/bus/pci/devices/0000:00:02.0"
#define BOOT_1 "11111111-1111-1111-1111-111111111111"
#define BOOT_2 "22222222-2222-2222-2222-222222222222"

static struct tree t;
static struct arena a;
static struct facts *f;
static struct host *h;
static struct verified got;
static bool no_driver; /* a folder cannot show that nobody has it, as a live machine does */

/* ---- a plan that was carried out, and the machine as it then is ----------------------------------------------- */

static const char *const remake[] = { "update-initramfs", "-u", NULL }, *const grub[] = { "update-grub", NULL };

static struct operation ops[] = {
	{ .kind = OP_WRITE, .target = "/etc/modprobe.d/igdctl.conf", .there = TRI_NO },
	{ .kind = OP_WRITE, .target = GRUB_D, .there = TRI_NO },
	{ .kind = OP_RUN, .target = "the initramfs of all kernels", .argv = remake },
	{ .kind = OP_RUN, .target = "/boot/grub/grub.cfg", .argv = grub },
};

static struct promise promises[] = {
	{ PROMISE_ENTRY, "/boot/grub/grub.cfg", WORD, false, "iommu.off" },
	{ PROMISE_IMAGE, "/boot/initrd.img-*", "vfio-pci", false, "driver.host-owns" },
	{ PROMISE_WORD, "", WORD, false, "iommu.off" },
	{ PROMISE_GROUP, "0000:00:02.0", "", false, "iommu.off" },
	{ PROMISE_DRIVER, "0000:00:02.0", "vfio-pci", false, "driver.host-owns" },
};

static struct record begun = { .kind = RECORD_BEGIN, .sha256 = "", .boot = BOOT_1, .text = "" };

static struct transaction applied[2];
static struct journal journal = { applied, 1 };

static void initrd(const char *module)
{
	struct image m = { .n = 0 };

	member(&m, module, 0100644, 3);
	trailer(&m);
	tree_file_n(&t, "boot/initrd.img-6.1.0", m.b, m.n);
}

static void menu(const char *words)
{
	char text[512];

	snprintf(text, sizeof(text), "menuentry 'Debian' {\n\tlinux /boot/vmlinuz-6.1.0 root=/dev/sda1 %s\n}\n",
		 words);
	tree_file(&t, "boot/grub/grub.cfg", text);
}

static void driver(const char *name)
{
	char target[64];

	unlink(tree_path(&t, GPU "/driver"));
	snprintf(target, sizeof(target), "../../drivers/%s", name);
	no_driver = !*name;
	if (*name)
		tree_link(&t, GPU "/driver", target);
}

static int begin(void **state)
{
	(void)state;
	tree_init(&t);
	ops[0].after = span_str(CONF);
	ops[1].after = span_str("GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT " WORD "\"\n");
	for (size_t i = 0; i < 2; i++)
		applied[i] = (struct transaction) { .id = (unsigned)i + 1,
						    .plan = { .ops = ops,
							      .n_ops = ARRAY_SIZE(ops),
							      .promises = promises,
							      .n_promises = ARRAY_SIZE(promises) },
						    .state = TRANSACTION_APPLIED,
						    .begun = &begun };
	journal.n = 1;
	tree_file(&t, "etc/modprobe.d/igdctl.conf", CONF);
	tree_file_n(&t, &GRUB_D[1], ops[1].after.p, ops[1].after.n);
	menu(WORD);
	initrd("lib/modules/6.1.0/vfio-pci.ko");
	tree_file(&t, "proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz-6.1.0 root=/dev/sda1 " WORD "\n");
	tree_file(&t, "proc/sys/kernel/random/boot_id", BOOT_2 "\n");
	tree_file(&t, "proc/modules", "vfio_pci 1 0 - Live 0x0\n");
	tree_file(&t, "sys/devices/pci0000:00/0000:00:02.0/vendor", "0x8086\n");
	tree_file(&t, "sys/devices/pci0000:00/0000:00:02.0/device", "0x3e92\n");
	tree_file(&t, "sys/devices/pci0000:00/0000:00:02.0/class", "0x030000\n");
	tree_link(&t, GPU, "../../../devices/pci0000:00/0000:00:02.0");
	tree_link(&t, GPU "/iommu_group", "../../../kernel/iommu_groups/1");
	tree_file(&t, "sys/kernel/iommu_groups/1/type", "DMA\n");
	tree_link(&t, "sys/kernel/iommu_groups/1/devices/0000:00:02.0",
		  "../../../../devices/pci0000:00/0000:00:02.0");
	tree_file(&t, "sys/bus/pci/drivers/vfio-pci/bind", "");
	tree_file(&t, "sys/bus/pci/drivers/i915/bind", "");
	driver("vfio-pci");
	return 0;
}

static void drop(void)
{
	facts_free(f);
	host_free(h);
	f = NULL;
	h = NULL;
}

static int end(void **state)
{
	(void)state;
	drop();
	arena_done(&a);
	tree_done(&t);
	return 0;
}

static int run(unsigned id)
{
	drop();
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	f = facts_new("test", SOURCE_ROOT);
	assert_non_null(f);
	assert_int_equal(facts_read_tree(f, h, NULL), 0);
	assert_int_equal(facts_finish(f, NULL), 0);
	if (no_driver)
		f->pci[0].driver = STR_KNOWN("", "test");
	return verify_run(&journal, id, f, h, &a, &got);
}

/* The states, a letter a link, in their order: k broken-B unknown-? later-L moot-m. */
static void states(const char *want)
{
	static const char letters[] = {
		[KEPT] = 'k', [KEPT_NOT] = 'B', [KEPT_UNKNOWN] = '?', [KEPT_LATER] = 'L', [KEPT_MOOT] = 'm'
	};
	char is[64] = "";

	assert_int_equal(run(0), 0);
	for (size_t i = 0; i < got.n && i < sizeof(is) - 1; i++)
		is[i] = letters[got.v[i].kept];
	assert_string_equal(is, want);
}

static void broken(const char *link, const char *says, const char *next)
{
	assert_non_null(got.first_broken);
	assert_string_equal(got.first_broken->link, link);
	if (!strstr(got.first_broken->says, says))
		fail_msg("\"%s\" is not in: %s", says, got.first_broken->says);
	if (!got.first_broken->next || !strstr(got.first_broken->next, next))
		fail_msg("\"%s\" is not in: %s", next, got.first_broken->next ? got.first_broken->next : "(none)");
}

/* ---- kept --------------------------------------------------------------------------------------------------- */

static void all_is_kept(void **state)
{
	(void)state;
	states("kkkkkkk");
	assert_null(got.first_broken);
	assert_string_equal(got.v[0].link, "file");
	assert_string_equal(got.v[2].link, "boot entry");
	assert_string_equal(got.v[6].link, "driver");
	assert_string_equal(got.v[6].says, "0000:00:02.0 is on vfio-pci");
	assert_int_equal(got.n_broken + got.n_unknown + got.n_later, 0);
}

static void before_the_reboot_the_kernel_comes_later(void **state)
{
	(void)state;
	tree_file(&t, "proc/sys/kernel/random/boot_id", BOOT_1 "\n");
	tree_file(&t, "proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz-6.1.0 root=/dev/sda1\n");
	driver("i915");
	states("kkkkLkL"); /* its group was there before */
	assert_int_equal(got.n_later, 2);
	assert_null(got.first_broken);
}

static void a_rescue_shell_has_no_kernel_to_ask(void **state)
{
	(void)state;
	unlink(tree_path(&t, "proc/cmdline"));
	unlink(tree_path(&t, "proc/sys/kernel/random/boot_id"));
	states("kkkk?kk");
	assert_int_equal(got.n_unknown, 1);
}

static void nothing_is_applied(void **state)
{
	(void)state;
	applied[0].state = TRANSACTION_REVERTED;
	assert_int_equal(run(0), 1);
	assert_int_equal(run(1), 1);
	assert_int_equal(run(7), -IGD_ENOENT);
	applied[0].state = TRANSACTION_APPLIED;
	assert_int_equal(run(1), 0);
}

static void a_later_plan_has_the_last_word(void **state)
{
	static struct operation later_op = { .kind = OP_WRITE, .target = GRUB_D, .there = TRI_YES };
	static struct promise later = { PROMISE_ENTRY, "/boot/grub/grub.cfg", WORD, true, "x" };

	(void)state;
	later_op.before = ops[1].after;
	later_op.after = span_str("# nothing\n");
	applied[1].plan = (struct plan) { .ops = &later_op, .n_ops = 1, .promises = &later, .n_promises = 1 };
	journal.n = 2;
	tree_file(&t, &GRUB_D[1], "# nothing\n");
	menu("quiet");
	tree_file(&t, "proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz-6.1.0 " WORD "\n");
	states("kkkkkkk"); /* the first one's file and entry are the second's now */
	assert_int_equal(got.v[1].of->id, 2);
}

/* ---- broken, link by link ------------------------------------------------------------------------------------- */

static void a_file_that_was_edited(void **state)
{
	(void)state;
	tree_file(&t, "etc/modprobe.d/igdctl.conf", "# mine now\n" CONF "options kvm ignore_msrs=1\n");
	states("kkkkkkk");
	assert_non_null(strstr(got.v[0].says, "what the plan did there is still so"));
	assert_non_null(strstr(got.v[0].says, "1970-01-01"));
	tree_file(&t, "etc/modprobe.d/igdctl.conf", "softdep i915 pre: vfio-pci\n");
	driver("i915");
	states("Bkkkkkm");
	broken("file", "\"ids=8086:3e92\" is no longer in it", "igdctl apply");
	unlink(tree_path(&t, "etc/modprobe.d/igdctl.conf"));
	states("Bkkkkkm");
	broken("file", "was removed since", "igdctl apply");
}

static void a_word_that_came_back(void **state)
{
	(void)state;
	ops[0].before = span_str("options i915 enable_guc=3\n" CONF);
	tree_file(&t, "etc/modprobe.d/igdctl.conf", "options i915 enable_guc=3\n" CONF);
	states("Bkkkkkk");
	broken("file", "is in it again", "igdctl apply");
	ops[0].before = (struct span) { 0 };
	ops[0].gone = true;
	states("Bkkkkkk");
	broken("file", "is there again", "igdctl apply");
	unlink(tree_path(&t, "etc/modprobe.d/igdctl.conf"));
	states("kkkkkkk");
	ops[0].gone = false;
}

static void an_entry_that_was_not_made_anew(void **state)
{
	(void)state;
	menu("quiet");
	tree_file(&t, "proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz-6.1.0 root=/dev/sda1\n");
	unlink(tree_path(&t, GPU "/iommu_group"));
	driver("i915");
	states("kkBkmmm");
	broken("boot entry", "is not in \"Debian\"", "run \"update-grub\"");
}

static void an_image_that_was_not_made_anew(void **state)
{
	(void)state;
	initrd("lib/modules/6.1.0/i915.ko");
	driver("i915");
	states("kkkBkkm");
	broken("initramfs", "vfio-pci is not in /boot/initrd.img-6.1.0", "run \"update-initramfs -u\"");
}

/* A newer change that needs the word too, and did not have to write it. */
static void the_word_of_an_older_change(void **state)
{
	(void)state;
	journal.n = 2;
	applied[1].plan.ops = (struct operation[]) { ops[2] };
	applied[1].plan.n_ops = 1;
	menu("");
	states("kkBBkkkkkkk");
	assert_non_null(got.v[3].next);
	assert_null(strstr(got.v[3].next, "update-initramfs")); /* which makes no boot entries */
	assert_int_equal(unlink(tree_path(&t, &GRUB_D[1])), 0);
	states("kBmmkkkkkkk");
	broken("file", GRUB_D " was removed", "igdctl plan");
}

/* What a plan set in a VM's definition, not what its owner or the target's own programs make of the rest. */
static void a_definition_is_looked_at(void **state)
{
	static const char xml[] = "<domain type='kvm'><name>w</name><devices>%s</devices></domain>";
	static const char dev[] = "<hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='0x00' "
				  "slot='0x02' function='0x0'/></source></hostdev>";
	static const char alias[] = "<hostdev type=\"pci\" mode=\"subsystem\"><source><address function=\"0x0\" "
				    "bus=\"0x00\" slot=\"0x02\" domain=\"0x0000\"/></source></hostdev><rng/>";
	char with[512], without[512], theirs[512];
	const struct {
		const char *path, *before, *after, *now;
		enum kept kept;
	} rows[] = {
		{ "/etc/pve/qemu-server/100.conf", "onboot: 1\n", "onboot: 1\nhostpci0: 00:02.0\n",
		  "hostpci0: 00:02.0\nmemory: 512\n", KEPT },
		{ "/etc/pve/qemu-server/100.conf", "onboot: 1\n", "onboot: 1\nhostpci0: 00:02.0\n",
		  "onboot: 1\n\n[snap]\nhostpci0: 00:02.0\n", KEPT_NOT },
		{ "/etc/libvirt/qemu/w.xml", without, with, theirs, KEPT },
		{ "/etc/libvirt/qemu/w.xml", without, with, without, KEPT_NOT },
	};

	(void)state;
	snprintf(with, sizeof(with), xml, dev);
	snprintf(without, sizeof(without), xml, "");
	snprintf(theirs, sizeof(theirs), xml, alias);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct operation vm = { .kind = OP_VM,
					.target = rows[i].path,
					.there = TRI_YES,
					.before = span_str(rows[i].before),
					.after = span_str(rows[i].after) };

		applied[0].plan.ops = &vm;
		applied[0].plan.n_ops = 1;
		tree_file(&t, rows[i].path + 1, rows[i].now);
		assert_int_equal(run(0), 0);
		assert_string_equal(got.v[got.n - 1].link, "vm");
		assert_int_equal(got.v[got.n - 1].kept, rows[i].kept);
		assert_int_equal(got.v[got.n - 2].kept, KEPT); /* the driver does not hang on it */
	}
}

static void another_entry_was_started(void **state)
{
	(void)state;
	tree_file(&t, "proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz-6.1.0 root=/dev/sda1\n");
	driver("");
	states("kkkkBkm");
	broken("kernel", "another entry was started", "choose the first entry");
	tree_file(&t, "proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz-6.1.0 root=/dev/sda1 single\n");
	states("kkkkBkm");
	broken("kernel", "recovery", "ordinary entry");
}

/* The mistake that most who edit GRUB's files by a guide make on a host that systemd-boot starts. */
static void the_wrong_loader_was_changed(void **state)
{
	(void)state;
	tree_file(&t, "proc/cmdline", "initrd=\\EFI\\proxmox\\initrd.img root=ZFS=rpool\n");
	states("kkkkBkk");
	broken("kernel", "systemd-boot started this kernel", "igdctl revert 1");
}

static void a_group_that_is_not_there(void **state)
{
	(void)state;
	unlink(tree_path(&t, GPU "/iommu_group"));
	driver("");
	states("kkkkkBm");
	broken("iommu", "0000:00:02.0 has no IOMMU group", "igdctl check");
	tree_file(&t, "proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz-6.1.0 intel_iommu=on intel_iommu=on,igfx_off\n");
	states("kkkkkBm");
	broken("iommu", "igfx_off", "igdctl plan");
}

static void another_driver_was_first(void **state)
{
	(void)state;
	driver("i915");
	states("kkkkkkB");
	broken("driver", "is on i915, not on vfio-pci: i915 was there before", "igdctl revert 1");
	driver("");
	states("kkkkkkB");
	broken("driver", "did not take it", "igdctl check");
	tree_file(&t, "proc/modules", "i915 1 0 - Live 0x0\n");
	states("kkkkkkB");
	broken("driver", "not even loaded", "reboot once more");
}

static void a_try_out_ends_with_the_boot(void **state)
{
	static struct operation bind = {
		.kind = OP_BIND, .target = "0000:00:02.0", .driver_before = "i915", .driver_after = "vfio-pci"
	};

	(void)state;
	applied[0].plan = (struct plan) { .ops = &bind, .n_ops = 1, .promises = &promises[4], .n_promises = 1 };
	states("k");
	driver("i915");
	states("B");
	broken("driver", "a reboot forgets", "igdctl revert 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_is_kept, begin, end),
		cmocka_unit_test_setup_teardown(before_the_reboot_the_kernel_comes_later, begin, end),
		cmocka_unit_test_setup_teardown(a_rescue_shell_has_no_kernel_to_ask, begin, end),
		cmocka_unit_test_setup_teardown(nothing_is_applied, begin, end),
		cmocka_unit_test_setup_teardown(a_later_plan_has_the_last_word, begin, end),
		cmocka_unit_test_setup_teardown(a_file_that_was_edited, begin, end),
		cmocka_unit_test_setup_teardown(a_word_that_came_back, begin, end),
		cmocka_unit_test_setup_teardown(an_entry_that_was_not_made_anew, begin, end),
		cmocka_unit_test_setup_teardown(an_image_that_was_not_made_anew, begin, end),
		cmocka_unit_test_setup_teardown(the_word_of_an_older_change, begin, end),
		cmocka_unit_test_setup_teardown(a_definition_is_looked_at, begin, end),
		cmocka_unit_test_setup_teardown(another_entry_was_started, begin, end),
		cmocka_unit_test_setup_teardown(the_wrong_loader_was_changed, begin, end),
		cmocka_unit_test_setup_teardown(a_group_that_is_not_there, begin, end),
		cmocka_unit_test_setup_teardown(another_driver_was_first, begin, end),
		cmocka_unit_test_setup_teardown(a_try_out_ends_with_the_boot, begin, end),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
