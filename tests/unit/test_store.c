// SPDX-License-Identifier: GPL-2.0-or-later
/* test_store.c - configuration texts, line by line: the corners of each grammar, and text that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "store/cmdline.h"
#include "store/grub.h"
#include "store/hostdev.h"
#include "store/modprobe.h"
#include "store/modules.h"
#include "store/pve_conf.h"

#define TEXT(literal) ((struct span) { (const uint8_t *)(literal), sizeof(literal) - 1 })

static void assert_text(struct span s, const char *want, int line)
{
	if (!text_eq(s, want))
		fail_msg("line %d: '%.*s' is not '%s'", line, (int)s.n, s.n ? (const char *)s.p : "", want);
}

#define IS(s, want) assert_text((s), (want), __LINE__)

/* ---- kernel command lines ------------------------------------------------------------------------------------- */

static void test_cmdline_words(void **state)
{
	static const struct {
		const char *text, *raw, *key, *value;
		bool has_value;
	} cases[] = {
		{ "quiet", "quiet", "quiet", "", false },
		{ "iommu=pt", "iommu=pt", "iommu", "pt", true },
		{ "console=", "console=", "console", "", true },
		{ "=x", "=x", "", "x", true },
		{ "a=b=c", "a=b=c", "a", "b=c", true },
		{ "root=\"a b\" c", "root=\"a b\"", "root", "a b", true },
		{ "\"root=a b\" c", "\"root=a b\"", "root", "a b", true },
		{ "\"two words\"", "\"two words\"", "two words", "", false },
		{ "a=\"", "a=\"", "a", "", true },
		{ "\"", "\"", "", "", false },
		{ "a=\"b", "a=\"b", "a", "b", true }, /* a quote that nothing closes ends with the text */
		{ "a=b\"c d\"e f", "a=b\"c d\"e", "a", "b\"c d\"e", true }, /* inner quotes stay */
		{ "dyndbg=\"func a +p; func b\"", "dyndbg=\"func a +p; func b\"", "dyndbg", "func a +p; func b",
		  true },
		{ "--x", "--x", "--x", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct span rest = span_str(cases[i].text);
		struct cmdline_word w;

		assert_true(cmdline_next(&rest, &w));
		IS(w.raw, cases[i].raw);
		IS(w.key, cases[i].key);
		IS(w.value, cases[i].value);
		assert_int_equal(w.has_value, cases[i].has_value);
	}
}

static void test_cmdline_line(void **state)
{
	static const char *const want[] = { "ro", "intel_iommu", "vfio-pci.ids" };
	struct span rest = span_str(" \tro  intel_iommu=on\nvfio-pci.ids=8086:3e92  -- init=/bin/sh");
	struct cmdline_word w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_true(cmdline_next(&rest, &w));
		IS(w.key, want[i]);
	}
	assert_false(cmdline_next(&rest, &w)); /* what is behind "--" is not the kernel's */
	IS(w.key, "vfio-pci.ids");
	rest = span_str("  \n");
	assert_false(cmdline_next(&rest, &w));
	rest = (struct span) { 0 };
	assert_false(cmdline_next(&rest, &w));
	rest = TEXT("a\0b=c d");
	assert_true(cmdline_next(&rest, &w));
	assert_int_equal(w.key.n, 3); /* NUL is a letter like others */
	IS(w.value, "c");
}

static void test_cmdline_snapshot(void **state)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
		{ "root=UUID=1 rootflags=subvol=@/.snapshots/42/snapshot quiet\n", "@/.snapshots/42/snapshot" },
		{ "rootflags=compress=zstd,subvol=/@/.snapshots/1/snapshot,noatime", "@/.snapshots/1/snapshot" },
		{ "rootflags=subvol=.snapshots/1/snapshot rootflags=compress=zstd", ".snapshots/1/snapshot" },
		{ "rootflags=subvol=@/.snapshots/1/snapshot rootflags=subvol=@/.snapshots/2/snapshot",
		  "@/.snapshots/2/snapshot" },
		{ "rootflags=subvol=@/.snapshots/1/snapshot rootflags=subvol=@", "" },
		{ "rootflags=subvol=@ quiet", "" },
		{ "rootflags=subvol=@/.snapshots", "" },
		{ "rootflags=subvol= rootflags", "" },
		{ "x=subvol=@/.snapshots/1/snapshot -- rootflags=subvol=@/.snapshots/1/snapshot", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		IS(cmdline_snapshot(span_str(cases[i].line)), cases[i].want);
	assert_int_equal(cmdline_snapshot((struct span) { 0 }).n, 0);
}

/* The value is one without the quotes, however the kernel was told. */
static void test_cmdline_key(void **state)
{
	(void)state;
	assert_true(cmdline_same_key(span_str("vfio-pci.disable_vga"), span_str("vfio_pci.disable-vga")));
	assert_true(cmdline_same_key(span_str(""), span_str("")));
	assert_false(cmdline_same_key(span_str("vfio-pci"), span_str("vfio-pci.")));
	assert_false(cmdline_same_key(span_str("vfio.pci"), span_str("vfio-pci")));
	assert_false(cmdline_same_key(span_str("Iommu"), span_str("iommu"))); /* case counts */
}

/* ---- GRUB ------------------------------------------------------------------------------------------------------ */

static void test_grub_lines(void **state)
{
	static const struct {
		const char *text, *raw, *value;
		enum grub_variable variable;
		bool appends;
	} cases[] = {
		{ "GRUB_CMDLINE_LINUX=\"\"", "GRUB_CMDLINE_LINUX=\"\"", "", GRUB_LINUX, false },
		{ "GRUB_CMDLINE_LINUX=", "GRUB_CMDLINE_LINUX=", "", GRUB_LINUX, false },
		{ "GRUB_CMDLINE_LINUX_DEFAULT=quiet # words", "GRUB_CMDLINE_LINUX_DEFAULT=quiet", "quiet",
		  GRUB_LINUX_DEFAULT, false },
		{ "GRUB_CMDLINE_LINUX_DEFAULT='quiet a=\"b c\"'", "GRUB_CMDLINE_LINUX_DEFAULT='quiet a=\"b c\"'",
		  "quiet a=\"b c\"", GRUB_LINUX_DEFAULT, false },
		{ "GRUB_CMDLINE_LINUX=\"a \\\"b\\\" c\" # d", "GRUB_CMDLINE_LINUX=\"a \\\"b\\\" c\"", "a \\\"b\\\" c",
		  GRUB_LINUX, false },
		{ "export GRUB_CMDLINE_LINUX=a", "GRUB_CMDLINE_LINUX=a", "a", GRUB_LINUX, false },
		{ "GRUB_CMDLINE_LINUX+=\" a\"", "GRUB_CMDLINE_LINUX+=\" a\"", " a", GRUB_LINUX, true },
		{ "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX a\"", "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX a\"",
		  "$GRUB_CMDLINE_LINUX a", GRUB_LINUX, true },
		{ "GRUB_CMDLINE_LINUX_DEFAULT=\"a ${GRUB_CMDLINE_LINUX_DEFAULT}\"",
		  "GRUB_CMDLINE_LINUX_DEFAULT=\"a ${GRUB_CMDLINE_LINUX_DEFAULT}\"", "a ${GRUB_CMDLINE_LINUX_DEFAULT}",
		  GRUB_LINUX_DEFAULT, true },
		/* the other variable: nothing of this one's own stays */
		{ "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX a\"",
		  "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX a\"", "$GRUB_CMDLINE_LINUX a", GRUB_LINUX_DEFAULT,
		  false },
		{ "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX_DEFAULT a\"",
		  "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX_DEFAULT a\"", "$GRUB_CMDLINE_LINUX_DEFAULT a", GRUB_LINUX,
		  false },
		{ "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX_DEFAULT $GRUB_CMDLINE_LINUX\"",
		  "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX_DEFAULT $GRUB_CMDLINE_LINUX\"",
		  "$GRUB_CMDLINE_LINUX_DEFAULT $GRUB_CMDLINE_LINUX", GRUB_LINUX, true },
		{ "GRUB_CMDLINE_LINUX=\"a\nb\"\nc", "GRUB_CMDLINE_LINUX=\"a\nb\"", "a\nb", GRUB_LINUX, false },
		{ "GRUB_CMDLINE_LINUX=\"a", "GRUB_CMDLINE_LINUX=\"a", "a", GRUB_LINUX, false },
		{ "GRUB_CMDLINE_LINUX=\"a\\", "GRUB_CMDLINE_LINUX=\"a\\", "a\\", GRUB_LINUX, false },
	};
	static const char *const bad[] = { "",
					   "GRUB_CMDLINE_LINUX",
					   "GRUB_CMDLINE_LINUX =\"a\"",
					   "GRUB_CMDLINE_LINUX_RECOVERY=a",
					   "GRUB_CMDLINE_XEN=a",
					   "XGRUB_CMDLINE_LINUX=a",
					   "#GRUB_CMDLINE_LINUX=a",
					   "GRUB_TIMEOUT=5" };
	struct grub_line l;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!grub_line_read(span_str(cases[i].text), &l))
			fail_msg("%s", cases[i].text);
		IS(l.raw, cases[i].raw);
		IS(l.value, cases[i].value);
		assert_int_equal(l.variable, cases[i].variable);
		if (l.appends != cases[i].appends)
			fail_msg("%s", cases[i].text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (grub_line_read(span_str(bad[i]), &l))
			fail_msg("%s", bad[i]);
}

static void test_grub_file(void **state)
{
	struct span rest = span_str("# GRUB_CMDLINE_LINUX=no\r\n"
				    "GRUB_TIMEOUT=5\r\n"
				    "  GRUB_CMDLINE_LINUX_DEFAULT=\"one\ntwo\"\n"
				    "#\n"
				    "GRUB_CMDLINE_LINUX=\"three\"");
	size_t line = 1, at = 0;
	struct grub_line l;

	(void)state;
	assert_true(grub_next(&rest, &line, &l, &at));
	IS(l.value, "one\ntwo");
	assert_int_equal(at, 3);
	assert_true(grub_next(&rest, &line, &l, &at));
	IS(l.value, "three"); /* without a newline at its end */
	assert_int_equal(at, 6);
	assert_false(grub_next(&rest, &line, &l, &at));
	rest = span_str("GRUB_CMDLINE_LINUX=\"a\nGRUB_CMDLINE_LINUX=b\nGRUB_CMDLINE_LINUX=c"); /* open to the end */
	assert_true(grub_next(&rest, &line, &l, &at));
	assert_false(grub_next(&rest, &line, &l, &at));
}

/* ---- modprobe.d ------------------------------------------------------------------------------------------------ */

static void test_modprobe_lines(void **state)
{
	static const struct {
		const char *text;
		enum modprobe_verb verb;
		const char *module, *rest;
	} cases[] = {
		{ "options vfio-pci ids=8086:3e92 disable_vga=1", MODPROBE_OPTIONS, "vfio-pci",
		  "ids=8086:3e92 disable_vga=1" },
		{ "\toptions  kvm\tignore_msrs=1 ", MODPROBE_OPTIONS, "kvm", "ignore_msrs=1" },
		{ "blacklist i915", MODPROBE_BLACKLIST, "i915", "" },
		{ "blacklist i915 # why", MODPROBE_BLACKLIST, "i915", "# why" },
		{ "alias pci:v00008086d*sv*sd*bc03sc*i* vfio-pci", MODPROBE_ALIAS, "vfio-pci",
		  "pci:v00008086d*sv*sd*bc03sc*i*" },
		{ "install i915 /bin/false", MODPROBE_INSTALL, "i915", "/bin/false" },
		{ "remove i915 /sbin/modprobe -r snd; true", MODPROBE_REMOVE, "i915", "/sbin/modprobe -r snd; true" },
		{ "softdep i915 pre: vfio-pci", MODPROBE_SOFTDEP, "i915", "pre: vfio-pci" },
		{ "weakdep i915 vfio-pci", MODPROBE_WEAKDEP, "i915", "vfio-pci" },
		{ "options vfio-pci", MODPROBE_BAD, "", "" },
		{ "options", MODPROBE_BAD, "", "" },
		{ "blacklist", MODPROBE_BAD, "", "" },
		{ "alias one", MODPROBE_BAD, "", "" },
		{ "install i915", MODPROBE_BAD, "", "" },
		{ "softdep i915", MODPROBE_BAD, "", "" },
		{ "Blacklist i915", MODPROBE_BAD, "", "" },
		{ "blacklisted i915", MODPROBE_BAD, "", "" },
		{ "bad i915 words", MODPROBE_BAD, "", "" }, /* our own word for a bad line is no verb */
		{ " # indented, so no comment", MODPROBE_BAD, "", "" },
		{ "vfio-pci", MODPROBE_BAD, "", "" },
	};
	struct modprobe_line l;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!modprobe_line_read(span_str(cases[i].text), &l))
			fail_msg("%s", cases[i].text);
		if (l.verb != cases[i].verb)
			fail_msg("%s: %s", cases[i].text, modprobe_verb_str(l.verb));
		IS(l.module, cases[i].module);
		IS(l.rest, cases[i].rest);
	}
	assert_false(modprobe_line_read(span_str(""), &l));
	assert_false(modprobe_line_read(span_str(" \t"), &l));
	assert_false(modprobe_line_read(span_str("#options a b=c"), &l));
	assert_string_equal(modprobe_verb_str(MODPROBE_OPTIONS), "options");
	assert_string_equal(modprobe_verb_str(MODPROBE_BAD), "bad");
}

static void test_modprobe_file(void **state)
{
	static uint8_t buf[MODPROBE_LINE_MAX];
	struct span rest = span_str("# comment \\\noptions no no=1\n"
				    "\n"
				    "options vfio-pci \\\n\tids=1:2 \\\r\n  disable_vga=1\n"
				    "blacklist i915\r\n"
				    "blacklist xe \\");
	struct modprobe_line l;
	size_t line = 1, at = 0;

	(void)state;
	assert_true(modprobe_next(&rest, &line, buf, &l, &at)); /* a comment goes on over its backslash */
	IS(l.raw, "options vfio-pci \tids=1:2   disable_vga=1");
	IS(l.module, "vfio-pci");
	assert_int_equal(at, 4);
	assert_true(modprobe_next(&rest, &line, buf, &l, &at));
	IS(l.raw, "blacklist i915");
	assert_int_equal(at, 7);
	assert_true(modprobe_next(&rest, &line, buf, &l, &at)); /* the text ends in a continuation */
	IS(l.module, "xe");
	assert_int_equal(at, 8);
	assert_false(modprobe_next(&rest, &line, buf, &l, &at));
	assert_int_equal(line, 9);
}

/* A line longer than is looked at: joined ones are cut, and the line behind it is read as ever. */
static void test_modprobe_long(void **state)
{
	static char text[4 * MODPROBE_LINE_MAX];
	static uint8_t buf[MODPROBE_LINE_MAX];
	struct modprobe_line l;
	size_t line = 1, at = 0, n;
	struct span rest;

	(void)state;
	n = (size_t)snprintf(text, sizeof(text), "options vfio-pci ids=");
	while (n < 2 * MODPROBE_LINE_MAX)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "8086:3e92,\\\n");
	n += (size_t)snprintf(text + n, sizeof(text) - n, "end\nblacklist i915\n");
	rest = (struct span) { (const uint8_t *)text, n };
	assert_true(modprobe_next(&rest, &line, buf, &l, &at));
	assert_int_equal(l.verb, MODPROBE_OPTIONS);
	assert_int_equal(l.raw.n, MODPROBE_LINE_MAX);
	assert_true(modprobe_next(&rest, &line, buf, &l, &at));
	IS(l.raw, "blacklist i915");
	rest = TEXT("blacklist a\0b");
	assert_true(modprobe_next(&rest, &line, buf, &l, &at));
	assert_int_equal(l.module.n, 3);
}

/* ---- lists of modules ------------------------------------------------------------------------------------------ */

static void test_modules(void **state)
{
	struct span rest = span_str("# /etc/modules\n; also a comment\n\n  vfio-pci\r\n"
				    "vfio_iommu_type1 allow_unsafe_interrupts=1 # risky\n kvmgt");
	struct modules_line l;
	size_t line = 1, at = 0;

	(void)state;
	assert_true(modules_next(&rest, &line, &l, &at));
	IS(l.name, "vfio-pci");
	IS(l.rest, "");
	assert_int_equal(at, 4);
	assert_true(modules_next(&rest, &line, &l, &at));
	IS(l.name, "vfio_iommu_type1");
	IS(l.rest, "allow_unsafe_interrupts=1");
	IS(l.raw, "vfio_iommu_type1 allow_unsafe_interrupts=1 # risky");
	assert_true(modules_next(&rest, &line, &l, &at));
	IS(l.name, "kvmgt");
	assert_int_equal(at, 6);
	assert_false(modules_next(&rest, &line, &l, &at));
}

static void test_modules_name(void **state)
{
	static const char *const good[] = { "i915",	"vfio-pci",
					    "vfio_pci", "8021q",
					    "A",	"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffff" };
	static const char *const bad[] = { "",
					   "-r",
					   "vfio.pci",
					   "a b",
					   "i915,",
					   "/sbin/modprobe",
					   "caf\xc3\xa9",
					   "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffff" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (!modules_is_name(span_str(good[i])))
			fail_msg("%s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (modules_is_name(span_str(bad[i])))
			fail_msg("%s", bad[i]);
	assert_false(modules_is_name(TEXT("i915\0")));
}

/* ---- libvirt --------------------------------------------------------------------------------------------------- */

static void test_hostdev(void **state)
{
	struct span xml = span_str(
		"<devices><hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/></source></hostdev>\n"
		"<hostdev mode='subsystem' type='pci' managed='yes'>\n  <driver name='vfio'/>\n  <source>\n"
		"    <address domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>\n  </source>\n"
		"  <address type='pci' domain='0x0000' bus='0x06' slot='0x00' function='0x0'/>\n</hostdev>\n"
		"<hostdev mode=\"subsystem\" type=\"pci\"><source><address bus=\"1\" slot=\"31\" "
		"function=\"7\"/></source>"
		"</hostdev></devices>");
	struct pci_addr a = { 9, 9, 9, 1 };

	(void)state;
	assert_true(hostdev_next(&xml, &a));
	assert_true(pci_addr_eq(a, (struct pci_addr) { 0, 0, 2, 0 }));
	assert_true(hostdev_next(&xml, &a)); /* decimal, and the domain left out */
	assert_true(pci_addr_eq(a, (struct pci_addr) { 0, 1, 31, 7 }));
	assert_false(hostdev_next(&xml, &a));
	assert_true(pci_addr_eq(a, (struct pci_addr) { 0, 1, 31, 7 }));
}

static void test_hostdev_bad(void **state)
{
	static const char *const cases[] = {
		"",
		"<hostdev",
		"<hostdev type='pci'",
		"<hostdev type='pci'><source>",
		"<hostdev type='pci'><source><address/></source></hostdev>",
		"<hostdev type='pci'><source><address bus='0' slot='32' function='0'/></source></hostdev>",
		"<hostdev type='pci'><source><address bus='0' slot='2' function='8'/></source></hostdev>",
		"<hostdev type='pci'><source><address bus='0x100' slot='2' function='0'/></source></hostdev>",
		"<hostdev type='pci'><source><address bus='0' slot='2'/></source></hostdev>",
		"<hostdev type='pci'><source><address bus=0 slot=2 function=0/></source></hostdev>",
		"<hostdev type='pci'><source><address bus='x' slot='2' function='0'/></source></hostdev>",
		"<hostdev type='pci'><address bus='0' slot='2' function='0'/></hostdev>",
		"<hostdev type='mdev'><source><address bus='0' slot='2' function='0'/></source></hostdev>",
	};
	static const char good[] =
		"<hostdev type='pci'><source><address bus='0' slot='2' function='0'/></source></hostdev>";
	struct pci_addr a;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct span xml = span_str(cases[i]);

		if (hostdev_next(&xml, &a))
			fail_msg("%s", cases[i]);
	}
	for (size_t n = 0; n < sizeof(good); n++) {
		struct span xml = { (const uint8_t *)good, n };
		bool any = hostdev_next(&xml, &a);

		assert_int_equal(any,
				 n >= strlen("<hostdev type='pci'><source><address bus='0' slot='2' function='0'"));
	}
}

/* ---- Proxmox guests -------------------------------------------------------------------------------------------- */

static void test_pve_lines(void **state)
{
	struct span rest = span_str("#hostpci9: 00:1f.0\r\nno colon here\n  agent: 1\n"
				    "hostpci0: 0000:00:02.0,legacy-igd=1\n"
				    "args: -set device.hostpci0.x-vga=on\n\n[before-upgrade]\nhostpci1: 01:00\n");
	struct pve_line l;

	(void)state;
	assert_true(pve_next(&rest, &l));
	IS(l.key, "agent");
	assert_true(pve_next(&rest, &l));
	IS(l.key, "hostpci0");
	IS(l.value, "0000:00:02.0,legacy-igd=1");
	IS(l.raw, "hostpci0: 0000:00:02.0,legacy-igd=1");
	assert_true(pve_next(&rest, &l));
	IS(l.value, "-set device.hostpci0.x-vga=on");
	assert_false(pve_next(&rest, &l)); /* a snapshot's definition is not in force */
	assert_false(pve_next(&rest, &l));
}

static void test_pve_key(void **state)
{
	(void)state;
	assert_true(pve_is_hostpci(span_str("hostpci0")));
	assert_true(pve_is_hostpci(span_str("hostpci15")));
	assert_false(pve_is_hostpci(span_str("hostpci16")));
	assert_false(pve_is_hostpci(span_str("hostpci")));
	assert_false(pve_is_hostpci(span_str("hostpci0x")));
	assert_false(pve_is_hostpci(span_str("usb0")));
}

static void test_pve_hostpci(void **state)
{
	static const struct {
		const char *value, *hosts, *mapping, *mdev;
	} cases[] = {
		{ "00:02", "00:02", "", "" },
		{ "00:02.0,pcie=1,x-vga=1", "00:02.0", "", "" },
		{ "host=0000:00:02.0;00:1f.3,pcie=1", "0000:00:02.0;00:1f.3", "", "" },
		{ "pcie=1,host=00:02.0", "00:02.0", "", "" },
		{ "mapping=igpu,mdev=i915-GVTg_V5_4", "", "igpu", "i915-GVTg_V5_4" },
		{ "0000:00:02.0, mdev=i915-GVTg_V5_8", "0000:00:02.0", "", "i915-GVTg_V5_8" },
		{ "pcie=1,00:02.0", "", "", "" }, /* only the first may go without its name */
		{ "", "", "", "" },
		{ ",,,", "", "", "" },
	};
	struct pve_hostpci h;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		pve_hostpci_read(span_str(cases[i].value), &h);
		IS(h.hosts, cases[i].hosts);
		IS(h.mapping, cases[i].mapping);
		IS(h.mdev, cases[i].mdev);
	}
}

static void test_pve_addresses(void **state)
{
	static const struct pci_addr want[] = {
		{ 0, 0, 2, 0 }, { 0, 0, 0x1f, 3 }, { 0, 1, 0, PVE_FN_ALL }, { 0x10000, 0xe1, 0, PVE_FN_ALL }
	};
	struct span hosts = span_str("0000:00:02.0;00:1f.3; 01:00 ;;bogus;00:20;00:02.9;100:02;02;10000:e1:00");
	struct pci_addr a;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_true(pve_hostpci_next(&hosts, &a));
		assert_true(pci_addr_eq(a, want[i]));
	}
	assert_false(pve_hostpci_next(&hosts, &a));
}

static void test_qemu(void **state)
{
	struct span args = span_str("-netdev user,host=localhost -device vfio-pci,host=00:02.0,id=a "
				    "-device 'vfio-pci,host=0000:00:1f.3'");
	struct pci_addr a;

	(void)state;
	assert_true(qemu_vfio_next(&args, &a));
	assert_true(pci_addr_eq(a, (struct pci_addr) { 0, 0, 2, 0 }));
	assert_true(qemu_vfio_next(&args, &a));
	assert_true(pci_addr_eq(a, (struct pci_addr) { 0, 0, 0x1f, 3 }));
	assert_false(qemu_vfio_next(&args, &a));
}

/* ---- all of them -------------------------------------------------------------------------------------------- */

/* Every reader over @text: it comes to an end, and what it hands out lies inside. */
static void read_all(struct span text)
{
	static uint8_t buf[MODPROBE_LINE_MAX];
	struct span rest = text;
	struct cmdline_word w;
	struct grub_line g;
	struct modprobe_line m;
	struct modules_line mod;
	struct pve_line p;
	struct pve_hostpci h;
	struct pci_addr a;
	size_t line = 1, at = 0, n = 0, lines = 2;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	for (; cmdline_next(&rest, &w); n++)
		assert_true(w.key.n + w.value.n <= w.raw.n);
	for (rest = text; grub_next(&rest, &line, &g, &at); n++)
		assert_true(g.value.n < g.raw.n);
	assert_in_range(line, 1, lines);
	for (rest = text, line = 1; modprobe_next(&rest, &line, buf, &m, &at); n++)
		assert_true(m.module.n + m.rest.n <= m.raw.n);
	assert_in_range(line, 1, lines);
	for (rest = text, line = 1; modules_next(&rest, &line, &mod, &at); n++)
		assert_true(mod.name.n + mod.rest.n <= mod.raw.n);
	for (rest = text; pve_next(&rest, &p); n++)
		for (pve_hostpci_read(p.value, &h); pve_hostpci_next(&h.hosts, &a);)
			n++;
	for (rest = text; hostdev_next(&rest, &a);)
		n++;
	for (rest = text; qemu_vfio_next(&rest, &a);)
		n++;
	assert_in_range(n, 0, 6 * text.n);
}

/* Cut at each length, and each byte changed, in a block of its own so that a byte too far is seen. */
static void test_any(void **state)
{
	static const char text[] = "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet 'a' \\\n iommu=pt\"\n"
				   "GRUB_CMDLINE_LINUX+='x'\r\noptions vfio-pci \\\n ids=8086:3e92\nalias a b\n"
				   "hostpci0: host=0000:00:02.0;00:1f,mdev=x\n"
				   "<hostdev type='pci'><source><address bus='0' slot='2' function='0'/></hostdev>\n"
				   "-device vfio-pci,host=00:02.0\n[snap]\na=\"b c\" -- d";
	static const uint8_t with[] = { 0, '\n', '\\', '"', '\'', '=', ' ', '<', '#', 0xff };

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		uint8_t *copy = test_malloc(n + 1); /* cmocka guards the end; n + 1: never nothing */

		if (n)
			memcpy(copy, text, n);
		read_all((struct span) { copy, n });
		for (size_t i = 0; n == sizeof(text) - 1 && i < n * ARRAY_SIZE(with); i++) {
			copy[i / ARRAY_SIZE(with)] = with[i % ARRAY_SIZE(with)];
			read_all((struct span) { copy, n });
			copy[i / ARRAY_SIZE(with)] = (uint8_t)text[i / ARRAY_SIZE(with)];
		}
		test_free(copy);
	}
	read_all((struct span) { 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cmdline_words),
		cmocka_unit_test(test_cmdline_line),
		cmocka_unit_test(test_cmdline_snapshot),
		cmocka_unit_test(test_cmdline_key),
		cmocka_unit_test(test_grub_lines),
		cmocka_unit_test(test_grub_file),
		cmocka_unit_test(test_modprobe_lines),
		cmocka_unit_test(test_modprobe_file),
		cmocka_unit_test(test_modprobe_long),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_modules_name),
		cmocka_unit_test(test_hostdev),
		cmocka_unit_test(test_hostdev_bad),
		cmocka_unit_test(test_pve_lines),
		cmocka_unit_test(test_pve_key),
		cmocka_unit_test(test_pve_hostpci),
		cmocka_unit_test(test_pve_addresses),
		cmocka_unit_test(test_qemu),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
