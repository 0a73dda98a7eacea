// SPDX-License-Identifier: GPL-2.0-or-later
/* test_vm_pve.c - Proxmox definitions: kept byte for byte, edited line by line, and what they come to as a VM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/text.h"
#include "store/qemu_args.h"
#include "store/vm_pve.h"

struct fixture {
	struct arena arena;
	struct pve_doc doc;
	struct vm vm;
};

static void load(struct fixture *x, const char *text)
{
	*x = (struct fixture) { 0 };
	assert_int_equal(pve_doc_read(span_str(text), &x->arena, &x->doc, NULL), 0);
	assert_int_equal(vm_pve_read(&x->doc, "100", &x->arena, &x->vm), 0);
}

static void done(struct fixture *x)
{
	arena_done(&x->arena);
}

static void assert_text(struct fixture *x, const char *want)
{
	struct span s = pve_doc_write(&x->doc, &x->arena);

	if (!text_eq(s, want))
		fail_msg("'%.*s' is not '%s'", (int)s.n, (const char *)s.p, want);
}

/* ---- the text ----------------------------------------------------------------------------------------------- */

static const char whole[] = "# a note\n"
			    "args: -set device.hostpci0.x-igd-opregion=on\n"
			    "bios: ovmf\n"
			    "boot: \n"
			    "cores: 4\n"
			    "hostpci0: 0000:00:02.0,legacy-igd=1,romfile=a.rom\n"
			    "machine: pc-i440fx-9.2+pve1\n"
			    "memory: 8192\n"
			    "name: win11\n"
			    "vga: none\n"
			    "\n"
			    "[PENDING]\n"
			    "memory: 4096\n"
			    "\n"
			    "[special:cloudinit]\n"
			    "ciuser: x\n"
			    "\n"
			    "[before]\n"
			    "#older\n"
			    "machine: pc-q35-8.1\n"
			    "snaptime: 1\n";

static void test_text_is_kept(void **state)
{
	static const char *const texts[] = { whole, "",	      "\n\n", "a", "boot:", "key: value", "\r\nkey: v\r\n",
					     "[",   "[]\n#\n" };
	struct fixture x;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		load(&x, texts[i]);
		assert_text(&x, texts[i]);
		done(&x);
	}
}

static void test_text_every_cut_is_kept(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++) {
		char cut[sizeof(whole)];
		struct fixture x;

		memcpy(cut, whole, n);
		cut[n] = '\0';
		load(&x, cut);
		assert_text(&x, cut);
		done(&x);
	}
}

static void test_text_edits(void **state)
{
	static const struct {
		const char *before, *key, *value, *after;
	} cases[] = {
		{ "bios: ovmf\nvga: std\n", "vga", "none", "bios: ovmf\nvga: none\n" },
		{ "bios: ovmf\nvga: std\n", "machine", "pc", "bios: ovmf\nmachine: pc\nvga: std\n" },
		{ "bios: ovmf", "vga", "none", "bios: ovmf\nvga: none\n" },
		{ "#d\n", "vga", "none", "#d\nvga: none\n" },
		{ "", "vga", "none", "vga: none\n" },
		{ "vga: a\nname: n\nvga: b\n", "vga", "none", "name: n\nvga: none\n" },
		{ "vga: a\nname: n\nvga: b\n", "vga", NULL, "name: n\n" },
		{ "name: n\n", "vga", NULL, "name: n\n" },
		{ "name: n\n\n[snap]\nvga: std\n", "vga", "none", "name: n\nvga: none\n\n[snap]\nvga: std\n" },
		{ "hostpci0: a\nhostpci10: b\n", "hostpci1", "c", "hostpci0: a\nhostpci1: c\nhostpci10: b\n" },
	};
	struct fixture x;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		load(&x, cases[i].before);
		assert_true(pve_doc_set(&x.doc, cases[i].key, cases[i].value));
		assert_text(&x, cases[i].after);
		done(&x);
	}
}

static void test_text_refused(void **state)
{
	static uint8_t large[PVE_DOC_MAX + 1];
	struct arena a = { 0 };
	struct report rep = { 0 };
	struct pve_doc d;

	(void)state;
	memset(large, ' ', sizeof(large));
	assert_int_equal(pve_doc_read(SPAN_OF(large), &a, &d, &rep), -IGD_ELIMIT);
	memset(large, '\n', sizeof(large));
	assert_int_equal(pve_doc_read((struct span) { large, PVE_DOC_MAX }, &a, &d, &rep), -IGD_ELIMIT);
	assert_int_equal(pve_doc_read(SPAN_OF("a: b\0"), &a, &d, &rep), -IGD_EMAGIC);
	arena_done(&a);
}

/* ---- what it comes to --------------------------------------------------------------------------------------- */

static void test_vm_whole(void **state)
{
	struct fixture x;

	(void)state;
	load(&x, whole);
	assert_int_equal(x.vm.machine.kind, VM_MACHINE_PC);
	assert_true(x.vm.machine.pinned && x.vm.machine.major == 9 && x.vm.machine.minor == 2 &&
		    x.vm.machine.pve == 1);
	assert_int_equal(x.vm.firmware.kind, VM_OVMF);
	assert_string_equal(x.vm.display, "none");
	assert_int_equal(x.vm.memory_mib, 8192);
	assert_true(x.vm.boot_empty && x.vm.pending && x.vm.n_snapshots == 1);
	assert_string_equal(x.vm.snapshots[0], "before");
	assert_int_equal(x.vm.n_pcis, 1);
	assert_string_equal(x.vm.pcis[0].romfile, "/usr/share/kvm/a.rom");
	assert_int_equal(x.vm.pcis[0].legacy_igd, VM_YES);
	assert_true(x.vm.pcis[0].guest.place == VM_PLACE_ROOT && x.vm.pcis[0].guest.dev == 2);
	assert_int_equal(vm_setting_bool(&x.vm.pcis[0], "x-igd-opregion"), VM_YES);
	assert_null(vm_holder(&x.vm, 0x1f, 0, NULL)); /* legacy-igd moves the bridge away */
	assert_int_equal(x.vm.n_faults, 0);
	done(&x);
}

/* Where hostpci0 lands: PVE/QemuServer/PCI.pm get_pci_addr_map(). */
static void test_vm_places(void **state)
{
	static const struct {
		const char *text;
		enum vm_place place;
		uint8_t dev;
	} cases[] = {
		{ "hostpci0: 00:02.0\n", VM_PLACE_ROOT, 0x10 },
		{ "hostpci0: 00:02.0,legacy-igd=1\n", VM_PLACE_ROOT, 2 },
		{ "hostpci3: 00:02.0\n", VM_PLACE_ROOT, 0x1c },
		{ "hostpci4: 00:02.0\n", VM_PLACE_BEHIND, 0 },
		{ "machine: q35\nhostpci0: 00:02.0\n", VM_PLACE_BEHIND, 0 },
		{ "machine: q35\nhostpci0: 00:02.0,pcie=1\n", VM_PLACE_BEHIND, 0 },
		{ "machine: q35\nhostpci0: 00:02.0\nargs: -set device.hostpci0.bus=pcie.0 -set "
		  "device.hostpci0.addr=0x02.0\n",
		  VM_PLACE_ROOT, 2 },
		{ "machine: q35\nargs: -device vfio-pci,host=00:02.0,bus=pci.0,addr=2\n", VM_PLACE_BEHIND, 2 },
		{ "machine: q35\nargs: -device vfio-pci,host=00:02.0,addr=0x18\n", VM_PLACE_ROOT, 0x18 },
		{ "args: -device vfio-pci,host=00:02.0,bus=pci.0,addr=0x2\n", VM_PLACE_ROOT, 2 },
		{ "args: -device vfio-pci,host=00:02.0,bus=pcie.0,addr=0x2\n", VM_PLACE_NO_BUS, 2 },
	};
	struct fixture x;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		load(&x, cases[i].text);
		assert_int_equal(x.vm.n_pcis, 1);
		assert_int_equal(x.vm.pcis[0].guest.place, cases[i].place);
		assert_int_equal(x.vm.pcis[0].guest.dev, cases[i].dev);
		done(&x);
	}
}

static void test_vm_faults(void **state)
{
	static const struct {
		const char *text;
		int kind; /* -1: none */
	} cases[] = {
		{ "vga: none\n", -1 },
		{ "boot:\n", -1 },
		{ "colour: red\n", VM_FAULT_UNKNOWN_KEY },
		{ "what is this\n", VM_FAULT_UNKNOWN_KEY },
		{ "hostpci16: 00:02.0\n", VM_FAULT_UNKNOWN_KEY },
		{ "hostpci0: 00:02.0 # the GPU\n", VM_FAULT_BAD_VALUE },
		{ "hostpci0: 00:02.0,legacy=1\n", VM_FAULT_BAD_VALUE },
		{ "hostpci0: 00:02.0;00:02.1\n", -1 },
		{ "cores: four\n", VM_FAULT_BAD_VALUE },
		{ "net0: virtio=hw:addr,bridge=vmbr0\n", VM_FAULT_BAD_VALUE },
		{ "bios: ovmf # BIOS\n", VM_FAULT_BAD_VALUE },
		{ "usb0: host=1-1.2,usb3=1\nusb1: host=046d:c52b\nusb2: spice\n", -1 },
		{ "usb0: host=mouse\n", VM_FAULT_BAD_VALUE },
		{ "machine: pc-q35-8.1+pve0\n", -1 },
		{ "machine: pc-q35\n", VM_FAULT_BAD_VALUE },
		{ "vga: std\nvga: none\n", VM_FAULT_DUPLICATE },
		{ "vga: std\n# note\n", VM_FAULT_COMMENT },
		{ "args: -device 'x\n", VM_FAULT_BAD_VALUE },
		{ "args: -set device.hostpci0.x-igd-gms=1\n", VM_FAULT_NO_DEVICE },
		{ "args: -drive if=pflash,readonly,file=x\n", VM_FAULT_SHORT_BOOL },
	};
	struct fixture x;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		load(&x, cases[i].text);
		if (x.vm.n_faults != (cases[i].kind >= 0))
			fail_msg("%s: %zu faults", cases[i].text, x.vm.n_faults);
		if (x.vm.n_faults)
			assert_int_equal(x.vm.faults[0].kind, cases[i].kind);
		done(&x);
	}
}

/* ---- words of a shell --------------------------------------------------------------------------------------- */

static void test_words(void **state)
{
	static const struct {
		const char *text, *words; /* words joined by '|' */
	} cases[] = {
		{ "", "" },
		{ "  a  b ", "a|b" },
		{ "-drive 'if=pflash,file=/a b'", "-drive|if=pflash,file=/a b" },
		{ "\"a'b\" c\\ d", "a'b|c d" },
		{ "osk=\"a(b)\"c", "osk=a(b)c" },
		{ "''", "" },
		{ "a\\\nb", "ab" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena a = { 0 };
		struct args_word *w;
		char got[128] = "";
		size_t n;

		assert_int_equal(args_words(span_str(cases[i].text), &a, &w, &n, NULL), 0);
		for (size_t k = 0; k < n; k++) {
			if (k)
				strcat(got, "|");
			strcat(got, w[k].text);
		}
		assert_string_equal(got, cases[i].words);
		arena_done(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_kept), cmocka_unit_test(test_text_every_cut_is_kept),
		cmocka_unit_test(test_text_edits),   cmocka_unit_test(test_text_refused),
		cmocka_unit_test(test_vm_whole),     cmocka_unit_test(test_vm_places),
		cmocka_unit_test(test_vm_faults),    cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
