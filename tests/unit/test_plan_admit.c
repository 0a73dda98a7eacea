// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_plan_admit.c - what somebody who may write a plan, and no more, can make of the owner's files: the words that
 * plans change, and not one byte beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "store/edit.h"

static bool admits(const char *path, const char *before, struct span after)
{
	struct operation op = {
		.kind = OP_WRITE, .target = path, .there = TRI_YES, .before = span_str(before), .after = after
	};
	const char *why;

	return plan_admits(&op, &why);
}

/* ---- what editors make --------------------------------------------------------------------------------------- */

#define GRUB  "/etc/default/grub"
#define DROP  "/etc/default/grub.d/50-own.cfg"
#define LINE  "/etc/kernel/cmdline"
#define CONF  "/etc/cmdline.d/own.conf"
#define ENTRY "/boot/loader/entries/arch.conf"
#define PROBE "/etc/modprobe.d/vfio.conf"
#define BLS   "title x\nlinux /vmlinuz\ninitrd /initrd\n"

/* Texts as owners have them, with a word that goes and room for one that comes. */
static const struct {
	const char *path, *text;
} texts[] = {
	{ GRUB, "GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet iommu=off\"\nGRUB_CMDLINE_LINUX=\"\"\n"
		"GRUB_BACKGROUND=\"/home/alice/pic.png\"\nGRUB_DISTRIBUTOR=`lsb_release -i -s || echo Debian`\n" },
	{ GRUB, "GRUB_CMDLINE_LINUX_DEFAULT='quiet  iommu=off\tsplash' # mine, it's \"so\"\n" },
	{ GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=quiet\nGRUB_CMDLINE_LINUX=iommu=off\n" },
	{ GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=iommu=off" },
	{ GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=\n" },
	{ GRUB, "GRUB_CMDLINE_LINUX=\"iommu=off intel_iommu=on,igfx_off\"" },
	{ GRUB, "export GRUB_CMDLINE_LINUX_DEFAULT=\" iommu=off \" ; GRUB_TIMEOUT=5\n" },
	{ GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\niommu=off\nsplash\"\nGRUB_TIMEOUT=\"5\"\n" },
	{ GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX_DEFAULT+=\" iommu=off\"\n" },
	{ GRUB, "GRUB_CMDLINE_LINUX_DEFAULT='iommu=\"off\" $x `y'\n" },
	{ DROP, "# it's own\nGRUB_CMDLINE_LINUX_DEFAULT=\"${GRUB_CMDLINE_LINUX_DEFAULT} iommu=off `cat x`\"\n" },
	{ LINE, "root=/dev/sda1 iommu=off quiet \n" },
	{ LINE, "# own\nroot=/dev/sda1 dyndbg=\"file x +p\" iommu=\"off\"\n" },
	{ LINE, "iommu=off root=/dev/sda1\nsecond iommu=off\n" },
	{ CONF, "iommu=off intremap=off\n" },
	{ ENTRY, BLS "options root=/dev/sda1 iommu=off quiet\n" },
	{ ENTRY, BLS "options iommu=off\noptions root=/dev/sda1" },
	{ PROBE,
	  "options vfio-pci ids=8086:3e92 disable_vga=1\ninstall i915 /sbin/x ids=1 \"a b\"\nblacklist vfio_pci\n" },
	{ PROBE, "# x \\\noptions vfio-pci disable_vga=1\noptions kvm ignore_msrs=1\nblacklist vfio-pci\n" },
};

typedef int (*adder)(struct span text, const char *token, struct arena *a, struct span *ret);
typedef int (*remover)(struct span text, const struct edit_word *w, struct arena *a, struct span *ret);

static int cmdline_add(struct span text, const char *token, struct arena *a, struct span *ret)
{
	return edit_cmdline_add(text, token, false, a, ret);
}

static int cmdline_remove(struct span text, const struct edit_word *w, struct arena *a, struct span *ret)
{
	return edit_cmdline_remove(text, w, false, a, ret);
}

static int first_add(struct span text, const char *token, struct arena *a, struct span *ret)
{
	return edit_cmdline_add(text, token, true, a, ret);
}

static int first_remove(struct span text, const struct edit_word *w, struct arena *a, struct span *ret)
{
	return edit_cmdline_remove(text, w, true, a, ret);
}

static int probe_remove(struct span text, const struct edit_word *w, struct arena *a, struct span *ret)
{
	return strcmp(w->key, "blacklist") == 0 ? edit_modprobe_blacklist_remove(text, "vfio_pci", a, ret)
						: edit_modprobe_option_remove(text, "vfio_pci", w, a, ret);
}

static const struct {
	const char *head;
	adder add;
	remover remove;
} editors[] = {
	{ "/etc/default/", edit_grub_add, edit_grub_remove }, { "/etc/kernel/", cmdline_add, cmdline_remove },
	{ "/etc/kernel/", first_add, first_remove },	      { "/etc/cmdline.d/", cmdline_add, cmdline_remove },
	{ "/boot/", edit_entry_add, edit_entry_remove },      { "/etc/modprobe.d/", NULL, probe_remove },
};

static const struct edit_word going[] = {
	{ "iommu", "off" },	{ "intremap", "off" },	{ "intel_iommu", "on,igfx_off" },
	{ "disable_vga", "1" }, { "ids", "8086:3e92" }, { "blacklist", NULL },
};
static const char *const coming[] = { "initcall_blacklist=sysfb_init", "vfio-pci.ids=8086:3e92,8086:a348" };

/* The edit number @n of a text: of each word that may go or come a bit says whether it does. */
static struct span edited(size_t e, const char *text, unsigned n, struct arena *a)
{
	struct span s = span_str(text);

	for (size_t i = 0; i < ARRAY_SIZE(going); i++, n >>= 1)
		if (n & 1 && editors[e].remove(s, &going[i], a, &s) < 0)
			assert_false(a->full);
	for (size_t i = 0; editors[e].add && i < ARRAY_SIZE(coming); i++, n >>= 1)
		if (n & 1 && editors[e].add(s, coming[i], a, &s) < 0)
			assert_false(a->full);
	return s;
}

#define EDITS (1U << (ARRAY_SIZE(going) + ARRAY_SIZE(coming)))

/* Each edit of each text, or of each kind of edits one, and what @each does with it. */
static size_t edits_do(bool all, void (*each)(const char *path, const char *before, struct span after))
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		for (size_t e = 0; e < ARRAY_SIZE(editors); e++)
			for (unsigned k = 0; k < EDITS; k++) {
				struct arena a = { 0 };
				struct span after;

				if ((!all && k & (k - 1) && k != EDITS - 1) ||
				    strncmp(texts[i].path, editors[e].head, strlen(editors[e].head)) != 0)
					continue;
				after = edited(e, texts[i].text, k, &a);
				n += !span_same(after, span_str(texts[i].text));
				each(texts[i].path, texts[i].text, after);
				arena_done(&a);
			}
	return n;
}

static void is_admitted(const char *path, const char *before, struct span after)
{
	if (!admits(path, before, after))
		fail_msg("%s\n%s<<>>\n%.*s", path, before, (int)after.n, (const char *)after.p);
}

static void test_edits(_unused_ void **state)
{
	assert_true(edits_do(true, is_admitted) > 1000);
}

/* ---- a byte more, a byte less -------------------------------------------------------------------------------- */

static bool is_word_byte(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == ',' || c == ':';
}

static void is_exact(const char *path, const char *before, struct span after)
{
	static const char bytes[] = " \t\n\r\"'\\$`;#/(&|=x";
	uint8_t *buf = test_malloc(after.n + 1);

	for (size_t at = 0; at <= after.n; at++)
		for (const char *c = bytes; *c; c++) {
			struct span more = { buf, after.n + 1 };

			if (at)
				memcpy(buf, after.p, at);
			buf[at] = (uint8_t)*c;
			if (at < after.n)
				memcpy(buf + at + 1, after.p + at, after.n - at);
			if (admits(path, before, more))
				fail_msg("%s\n%s<<a byte more>>\n%.*s", path, before, (int)more.n, (char *)buf);
		}
	for (size_t at = 0; at < after.n; at++) {
		struct span less = { buf, after.n - 1 };

		if (at)
			memcpy(buf, after.p, at);
		memcpy(buf + at, after.p + at + 1, after.n - at - 1);
		if (!is_word_byte(after.p[at]) && admits(path, before, less))
			fail_msg("%s\n%s<<a byte less>>\n%.*s", path, before, (int)less.n, (char *)buf);
	}
	test_free(buf);
}

static void test_bytes(_unused_ void **state)
{
	assert_true(edits_do(false, is_exact) > 50);
}

/* ---- what was tried -------------------------------------------------------------------------------------------- */

static void test_hostile(_unused_ void **state)
{
	static const struct {
		const char *path, *before, *after;
	} cases[] = {
		/* a command */
		{ GRUB, "GRUB_BACKGROUND=\"/home/alice/pic.png\"\n", "GRUB_BACKGROUND= \"/home/alice/pic.png\"\n" },
		{ GRUB, "GRUB_CMDLINE_LINUX=\"\"\n", "GRUB_CMDLINE_LINUX= \"\"\"\n" },
		{ GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n", "GRUB_CMDLINE_LINUX_DEFAULT=\"\"quiet\"\n" },
		{ GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n",
		  "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\" vfio-pci.ids=/home/alice/x\n" },
		{ GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n",
		  "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet vfio-pci.ids=/home/alice/x\"\n" },
		{ GRUB, "GRUB_DISTRIBUTOR=`x`\n", "GRUB_DISTRIBUTOR=\"`x`\n" },
		{ GRUB, "GRUB_TIMEOUT=5 iommu=off\n", "GRUB_TIMEOUT=5\n" },
		/* a shell ends these elsewhere */
		{ GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=$(cat \"x\")\n",
		  "GRUB_CMDLINE_LINUX_DEFAULT=\"$(cat intel_iommu=on\" \"x\")\n" },
		{ GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=\"$(\"/usr/bin/x\")\"\n",
		  "GRUB_CMDLINE_LINUX_DEFAULT=\"$( intel_iommu=on\"/usr/bin/x\")\"\n" },
		/* the IOMMU goes off */
		{ GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n",
		  "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=off\"\n" },
		{ GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=\"iommu=force\"\n", "GRUB_CMDLINE_LINUX_DEFAULT=\"\"\n" },
		/* another command, another module's options */
		{ PROBE, "install x /bin/sh -c \"/usr/bin/y z\"\n", "install x /bin/sh -c \"/usr/bin/y\" z\"\n" },
		{ PROBE, "install x /usr/bin/y ids=1\n", "install x /usr/bin/y\n" },
		{ PROBE, "install x true \\\noptions vfio-pci ids=1\ny\n", "install x true \\\ny\n" },
		{ PROBE, "options e1000e ids=1\n", "" },
		/* words of other lines */
		{ ENTRY, BLS "options iommu=off\n",
		  "title x\nlinux /vmlinuz\ninitrd /initrd\n\noptions iommu=off\n" },
		{ ENTRY, "linux /vmlinuz iommu=off\noptions x\n", "linux /vmlinuz\noptions x\n" },
		{ LINE, "root=/dev/sda1 dyndbg=\"file x +p\"\n", "root=/dev/sda1 dyndbg=\" file x +p\"\n" },
		{ LINE, "root=/dev/sda1 rd.driver.pre=x\n", "root=/dev/sda1 rd.driver.pre=x rd.driver.pre=evil\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (admits(cases[i].path, cases[i].before, span_str(cases[i].after)))
			fail_msg("%s: admitted\n%s", cases[i].path, cases[i].after);
}

/* A text with more words than any has is refused, and soon. */
static void test_many(_unused_ void **state)
{
	struct arena a = { 0 };
	char *text = arena_alloc(&a, (size_t)256 << 10);
	size_t n = 0;

	assert_non_null(text);
	for (unsigned i = 0; n < ((size_t)256 << 10) - 32; i++)
		n += (size_t)snprintf(text + n, 32, "i915.enable_guc=%u ", i);
	assert_false(admits(CONF, text, span_str("x\n")));
	assert_false(admits(CONF, "x\n", span_str(text)));
	arena_done(&a);
}

/* ---- /etc/kernel/cmdline comes to be --------------------------------------------------------------------------- */

static void test_new(_unused_ void **state)
{
	static const struct {
		const char *meanwhile, *after;
		bool yes;
	} cases[] = {
		{ "root=/dev/sda1 quiet\n", "root=/dev/sda1 quiet intel_iommu=on\n", true },
		{ NULL, "quiet\nintel_iommu=on\n", true },
		{ "root=/dev/sda1 quiet\n", "root=/dev/sda1 intel_iommu=on\n", false },
		{ "root=/dev/sda1 quiet\n", "root=/dev/sda1  quiet\n", false },
		{ "# root=/dev/sda1\nx\n", "# root=/dev/sda1\nx intel_iommu=on\n", false },
		{ "root=/dev/sda1 -- x\n", "root=/dev/sda1 -- x\n", false },
		{ NULL, "root=/dev/sda1 --\nsystemd.run=/home/alice/x\n", false },
		{ NULL, "root=/dev/sda1\rx\n", false },
	};
	const char *why;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct operation op = { .kind = OP_WRITE,
					      .target = LINE,
					      .there = TRI_NO,
					      .mode = 0644,
					      .meanwhile = cases[i].meanwhile,
					      .after = span_str(cases[i].after) };

		if (plan_admits(&op, &why) != cases[i].yes)
			fail_msg("%s", cases[i].after);
	}
}

/* The spare entry lies where boot loaders look, and nowhere else. */
static void test_spare(_unused_ void **state)
{
	static const struct {
		const char *path;
		bool yes;
	} cases[] = {
		{ "/boot/loader/entries/igdctl-spare.conf", true },
		{ "/efi/loader/entries/igdctl-spare.conf", true },
		{ "/home/alice/loader/entries/igdctl-spare.conf", false },
	};
	const char *why;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct operation op = { .kind = OP_WRITE,
					      .target = cases[i].path,
					      .there = TRI_NO,
					      .mode = 0644,
					      .after =
						      span_str(EDIT_OWN_HEAD "\nlinux /vmlinuz\n"
									     "options module_blacklist=vfio_pci\n") };

		if (plan_admits(&op, &why) != cases[i].yes)
			fail_msg("%s", cases[i].path);
	}
}

/* ---- programs -------------------------------------------------------------------------------------------------- */

static void test_commands(_unused_ void **state)
{
	static const struct {
		const char *argv[6], *back[6];
		bool yes;
	} cases[] = {
		{ { "grubby", "--update-kernel=ALL", "--remove-args=iommu=off", "--args=intel_iommu=on" },
		  { "grubby", "--update-kernel=ALL", "--args=iommu=off intel_iommu=off",
		    "--remove-args=intel_iommu=on" },
		  true },
		{ { "rpm-ostree", "kargs", "--delete-if-present=iommu=off", "--append-if-missing=intel_iommu=on" },
		  { "rpm-ostree", "kargs", "--append-if-missing=iommu=off", "--delete-if-present=intel_iommu=on" },
		  true },
		{ { "grubby", "--update-kernel=ALL", "--args=iommu=off" }, { NULL }, false },
		{ { "grubby", "--update-kernel=ALL", "--args=intel_iommu=off" }, { NULL }, false },
		{ { "grubby", "--update-kernel=ALL", "--args=intel_iommu=on\nvfio-pci.ids=1" }, { NULL }, false },
		{ { "grubby", "--update-kernel=ALL", "--args=vfio-pci.ids=/home/alice" }, { NULL }, false },
		{ { "grubby", "--update-kernel=ALL", "--remove-args=intel_iommu=on" }, { NULL }, false },
		{ { "rpm-ostree", "kargs", "--append-if-missing=rd.driver.pre=evil" }, { NULL }, false },
	};
	const char *why;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct operation op = { .kind = OP_RUN,
					      .target = "entries",
					      .argv = cases[i].argv,
					      .inverse = cases[i].back[0] ? cases[i].back : NULL };

		if (plan_admits(&op, &why) != cases[i].yes)
			fail_msg("%s %s", cases[i].argv[0], cases[i].argv[2]);
	}
}

/* ---- definitions of VMs ---------------------------------------------------------------------------------------- */

#define PVE "bios: seabios\nargs: -cpu 'host,+a b' -drive file=/x,if=none\nscsi0: local:vm-100-disk-0\nvga: std\n"
#define XML(head, devices, tail)                                                                            \
	"<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>a</name>" head    \
	"<os><type "                                                                                        \
	"machine='q35'>hvm</type><nvram>/var/lib/a.fd</nvram></os><devices><emulator>/usr/bin/q</emulator>" \
	"<disk type='file' device='disk'><source file='/srv/a.img'/><target dev='vda'/></disk>" devices     \
	"</devices><qemu:commandline><qemu:arg value='-smbios'/><qemu:arg value='type=0'/>" tail            \
	"</qemu:commandline></domain>\n"
#define GPU                                                                                                        \
	"<hostdev mode='subsystem' type='pci' managed='yes'><driver name='vfio'/><source><address domain='0x0000'" \
	" bus='0x00' slot='0x02' function='0x0'/></source><rom file='/root/igd.rom'/></hostdev>"
#define LINE_BEFORE "#!/bin/sh\nexec qemu-system-x86_64 -m 4G -vga std -nic user,model=e1000\n"
#define LINE_HEAD   "qemu-system-x86_64 \\\n  -m 4G"

static void test_definitions(_unused_ void **state)
{
	static const struct {
		const char *before, *after;
		bool yes;
	} cases[] = {
		/* Proxmox */
		{ PVE,
		  "args: -cpu 'host,+a b' -drive file=/x,if=none -set device.hostpci0.x-igd-opregion=on\nballoon: 0\n"
		  "bios: ovmf\nhostpci0: 0000:00:02.0,legacy-igd=1,romfile=igd/a.rom\nscsi0: local:vm-100-disk-0\n"
		  "serial0: socket\nusb0: host=046d:0001\nvga: none\n",
		  true },
		{ PVE, PVE "hookscript: local:snippets/evil\n", false },
		{ PVE, PVE "scsi1: /etc/shadow\n", false },
		{ PVE, PVE "serial0: /dev/sda\n", false },
		{ PVE, PVE "hostpci0: 0000:00:02.0,romfile=/etc/shadow\n", false },
		{ PVE, PVE "hostpci0: 0000:00:02.0,romfile=../../etc/shadow\n", false },
		{ PVE, PVE "hostpci0: 0000:00:02.0,evil=1\n", false },
		{ PVE, PVE "vga: none\nvga: std\n", false },
		{ PVE, PVE "[snap]\nhookscript: local:snippets/evil\n", false },
		{ PVE, PVE "# said by somebody\n", false },
		{ PVE, "bios: seabios\nargs: -cpu 'host,+a b' -drive file=/x,if=none\nvga: std\n", false },
		{ "args: -nodefaults\n", "args: -nodefaults -set device.hostpci0.x-igd-opregion=on\n", true },
		{ "args: -nodefaults\n", "args: -nodefaults -chardev pipe,id=a,path=/x\n", false },
		{ "args: -nodefaults\n", "args: -nodefaults -set device.hostpci0.x-igd-opregion=/x\n", false },
		{ "args: -nodefaults\n", "args: -nodefaults -set device.net0.x-a=1\n", false },
		{ "args: -monitor none -drive a\n", "args: -drive a -monitor none\n", false },
		{ "args: -nodefaults\n", "args: -nodefaults \\\n", false },
		/* libvirt */
		{ XML("", "", ""), XML("", GPU "<memballoon model='none'/><serial type='pty'/>", ""), true },
		{ XML("", "", ""), XML("", "<interface type='ethernet'><script path='/x'/></interface>", ""), false },
		{ XML("", "", ""), XML("", "<interface type='user'><script path='x'/></interface>", ""), false },
		{ XML("", "", ""), XML("", "<emulator>/home/alice/q</emulator>", ""), false },
		{ XML("", "", ""), XML("", "<disk type='file'><source file='/etc/shadow'/></disk>", ""), false },
		{ XML("", "", ""), XML("", "<serial type='file'><source path='/etc/cron.d/x'/></serial>", ""),
		  false },
		{ XML("", "", ""), XML("", "<filesystem><source dir='/'/></filesystem>", ""), false },
		{ XML("", "", ""), XML("<seclabel type='none'/>", "", ""), false },
		{ XML("", "", ""), XML("<os><nvram>/etc/shadow</nvram></os>", "", ""), false },
		{ XML("", "", ""), XML("<os><kernel>x</kernel></os>", "", ""), false },
		{ XML("", "", ""), XML("", "", "<qemu:arg value='-x'/>"), false },
		{ XML("", "", ""), XML("", "", "<qemu:arg value='-smbios'/><qemu:arg value='file=/x'/>"), false },
		{ XML("", "", ""), XML("", "", "<qemu:env name='LD_PRELOAD' value='x'/>"), false },
		{ XML("", "", ""), "<domain type='lxc'><name>a</name></domain>\n", false },
		{ XML("", "", ""), "<domain type='kvm'><name>b</name></domain>\n", false },
		{ XML("", "", ""), "hookscript: x\n", false },
		/* QEMU */
		{ LINE_BEFORE,
		  LINE_HEAD " \\\n  -vga none \\\n  -device vfio-pci,host=0000:00:02.0,romfile=/root/a.rom \\\n"
			    "  -netdev user,id=card0 \\\n  -device e1000,netdev=card0 \\\n  -serial pty\n",
		  true },
		{ LINE_BEFORE, LINE_HEAD "; evil\n", false },
		{ LINE_BEFORE, LINE_HEAD " \\\n  -vga $(evil)\n", false },
		{ LINE_BEFORE, "#!/bin/sh\n" LINE_HEAD "\n", false },
		{ LINE_BEFORE, "/home/alice/qemu-system-x86_64 \\\n  -m 4G\n", false },
		{ LINE_BEFORE, LINE_HEAD " \\\n  -monitor stdio\n", false },
		{ LINE_BEFORE, LINE_HEAD " \\\n  -drive file=/etc/shadow\n", false },
		{ LINE_BEFORE, LINE_HEAD " \\\n  -netdev tap,id=card0,script=x\n", false },
		{ LINE_BEFORE, LINE_HEAD " \\\n  -machine q35,dumpdtb=x\n", false },
		{ LINE_BEFORE, LINE_HEAD " \\\n  -device x,path=/etc/shadow\n", false },
		{ LINE_BEFORE, "vga: none\n", false },
	};
	static const char *const *const none[] = { NULL };
	const char *why;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct operation op = { .kind = OP_VM,
					      .target = "/srv/vm",
					      .there = TRI_YES,
					      .before = span_str(cases[i].before),
					      .after = span_str(cases[i].after),
					      .commands = none };

		if (plan_admits(&op, &why) != cases[i].yes)
			fail_msg("%s:\n%s", cases[i].yes ? "refused" : "admitted", cases[i].after);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edits), cmocka_unit_test(test_bytes),	  cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_many),  cmocka_unit_test(test_new),	  cmocka_unit_test(test_commands),
		cmocka_unit_test(test_spare), cmocka_unit_test(test_definitions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
