// SPDX-License-Identifier: GPL-2.0-or-later
/* test_vm_domain.c - libvirt domains: kept byte for byte, and what they come to as a VM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/text.h"
#include "store/vm_domain.h"

struct fixture {
	struct arena arena;
	struct domain d;
	struct vm vm;
};

static void load(struct fixture *x, const char *text)
{
	struct report rep = { 0 };

	*x = (struct fixture) { 0 };
	if (domain_read(span_str(text), &x->arena, &x->d, &rep) != 0)
		fail_msg("%s", rep.refusal.text);
	assert_int_equal(vm_domain_read(&x->d, &x->arena, &x->vm), 0);
}

/* A domain of q35 with these elements, and these devices. */
static void load_parts(struct fixture *x, const char *elements, const char *devices)
{
	static char text[8192];

	snprintf(text, sizeof(text),
		 "<domain type='kvm' xmlns:qemu='" DOMAIN_QEMU_NS "'>\n"
		 "  <os><type machine='q35'>hvm</type></os>\n%s\n"
		 "  <devices>\n%s\n  </devices>\n"
		 "</domain>\n",
		 elements, devices);
	load(x, text);
}

static void done(struct fixture *x)
{
	domain_done(&x->d);
	arena_done(&x->arena);
}

static void assert_written(struct fixture *x, const char *want)
{
	struct span s = domain_write(&x->d, &x->arena);

	if (!text_eq(s, want))
		fail_msg("wrote\n%.*s\nfor\n%s", (int)s.n, (const char *)s.p, want);
}

static const char whole[] =
	"<?xml version='1.0' encoding='UTF-8'?>\n"
	"<!-- kept -->\n"
	"<domain type=\"kvm\" xmlns:qemu='" DOMAIN_QEMU_NS "'>\n"
	"  <name>win &amp; 11</name>\n"
	"  <uuid>00000000-0000-4000-8000-000000000001</uuid>\n"
	"  <genid>00000000-0000-4000-8000-000000000002</genid>\n"
	"  <metadata>\n"
	"    <libosinfo:libosinfo xmlns:libosinfo=\"http://libosinfo.org/xmlns/libvirt/domain/1.0\">\n"
	"      <libosinfo:os id=\"http://microsoft.com/win/11\"/>\n"
	"    </libosinfo:libosinfo>\n"
	"  </metadata>\n"
	"  <memory unit='GiB'>8</memory>\n"
	"  <currentMemory unit='KiB'>8388608</currentMemory>\n"
	"  <memoryBacking><locked/></memoryBacking>\n"
	"  <vcpu placement='static' current='4'>8</vcpu>\n"
	"  <cputune>\n"
	"    <vcpupin vcpu='0' cpuset='2-3'/>\n"
	"    <emulatorpin cpuset=\"0\"/>\n"
	"    <shares>2048</shares>\n"
	"  </cputune>\n"
	"  <os>\n"
	"    <type arch='x86_64' machine='pc-q35-9.2'>hvm</type>\n"
	"    <loader readonly='yes' secure='yes' type='pflash'>/fw/CODE.fd</loader>\n"
	"    <nvram template='/fw/VARS.fd'>/vars/w.fd</nvram>\n"
	"    <boot dev='cdrom'/>\n"
	"    <boot dev='hd'/>\n"
	"  </os>\n"
	"  <features>\n"
	"    <acpi/><apic></apic>\n"
	"    <hyperv mode='custom'><relaxed state='on'/><vendor_id state='on' value='any'/></hyperv>\n"
	"    <kvm>\n"
	"      <hidden  state = 'on' />\n"
	"    </kvm>\n"
	"    <smm state='on'/>\n"
	"  </features>\n"
	"  <cpu mode='host-passthrough' check='none'>\n"
	"    <topology sockets='1' dies='1' cores='4' threads='2'/>\n"
	"    <maxphysaddr mode='passthrough' limit='39'/>\n"
	"    <feature policy='disable' name='x2apic'/>\n"
	"  </cpu>\n"
	"  <clock offset='localtime'/>\n"
	"  <devices>\n"
	"    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
	"    <disk type='file' device='disk'>\n"
	"      <driver name='qemu' type='qcow2' cache='none' discard='unmap'/>\n"
	"      <source file='/d/w.qcow2'/>\n"
	"      <target dev='vda' bus='virtio'/>\n"
	"      <address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x0'/>\n"
	"    </disk>\n"
	"    <disk type='file' device='cdrom'><target dev='sdb' bus='sata'/><readonly/></disk>\n"
	"    <controller type='pci' index='0' model='pcie-root'/>\n"
	"    <controller type='pci' index='1' model='pcie-root-port'>\n"
	"      <address type='pci' domain='0' bus='0' slot='1' function='0' multifunction='on'/>\n"
	"    </controller>\n"
	"    <controller type='sata' index='0'>\n"
	"      <address type='pci' domain='0x0000' bus='0x00' slot='0x1f' function='0x2'/>\n"
	"    </controller>\n"
	"    <interface type='bridge'>\n"
	"      <mac address='52:54:00:00:00:01'/>\n"
	"      <source bridge='br0'/><model type='virtio'/>\n"
	"      <bandwidth/>\n"
	"    </interface>\n"
	"    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>\n"
	"    <tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>\n"
	"    <graphics type='vnc'/>\n"
	"    <video><model type='none'/></video>\n"
	"    <hostdev mode='subsystem' type='usb' managed='yes'>\n"
	"      <source startupPolicy='optional'><vendor id='0x046d'/><product id='0xc52b'/></source>\n"
	"    </hostdev>\n"
	"    <hostdev mode='subsystem' type='pci' managed='yes'>\n"
	"      <driver name='vfio'/>\n"
	"      <source>\n"
	"        <address domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>\n"
	"      </source>\n"
	"      <rom bar='on' file='/roms/igd.rom'/>\n"
	"      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>\n"
	"    </hostdev>\n"
	"    <memballoon model='none'/>\n"
	"    <watchdog model='itco' action='reset'/>\n"
	"  </devices>\n"
	"  <qemu:commandline>\n"
	"    <qemu:arg value='-fw_cfg'/>\n"
	"    <qemu:arg value='name=opt/x,string=1'/>\n"
	"  </qemu:commandline>\n"
	"  <qemu:override>\n"
	"    <qemu:device alias='hostdev1'>\n"
	"      <qemu:frontend>\n"
	"        <qemu:property name='x-igd-opregion' type='bool' value='true'/>\n"
	"        <qemu:property name='x-igd-gms' type='unsigned' value='2'/>\n"
	"        <qemu:property name='driver' type='string' value='vfio-pci-nohotplug'/>\n"
	"      </qemu:frontend>\n"
	"    </qemu:device>\n"
	"  </qemu:override>\n"
	"</domain>\n"
	"<!-- behind -->\n";

/* ---- the text ----------------------------------------------------------------------------------------------- */

static void test_text_is_kept(void **state)
{
	static const char *const texts[] = {
		whole,
		"<domain/>",
		"<domain></domain>",
		"\xef\xbb\xbf<domain>\r\n\t<name>a</name >\r\n</domain\n>\r\n",
		"<?xml version='1.0'?><?pi a?><domain><?pi b?><!-- <a> "
		"--><![CDATA[<name>]]>t&#33;&lt;</domain><!--c-->",
		"<domain a='>' b=\"'/>\" c='&quot;&#10;'><name  /></domain>",
		"<hostdev mode='subsystem' type='pci'/>",
	};
	struct fixture x;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		load(&x, texts[i]);
		assert_written(&x, texts[i]);
		done(&x);
	}
}

static void test_text_refused(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *says;
	} cases[] = {
		{ "", -IGD_EMAGIC, "nothing" },
		{ "<domain>", -IGD_EMAGIC, "line 1: not well-formed" },
		{ "<domain>\n<a>\n<b></a>\n</domain>", -IGD_EMAGIC, "line 3: not well-formed" },
		{ "<network/>", -IGD_EMAGIC, "line 1: <network> is neither" },
		{ "\n<domain xmlns='urn:x'/>", -IGD_EMAGIC, "line 2: <domain> is neither" },
		{ "<!DOCTYPE domain><domain/>", -IGD_EMAGIC, "DOCTYPE" },
		{ "<!-- --><!DOCTYPE domain [<!ENTITY a 'b'>]><domain>&a;</domain>", -IGD_EMAGIC, "DOCTYPE" },
		{ "<domain>&a;</domain>", -IGD_EMAGIC, "line 1: not well-formed" },
		{ "<domain>\xff</domain>", -IGD_EMAGIC, "UTF-8" },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct report rep = { 0 };
		struct domain d = { 0 };

		assert_int_equal(domain_read(span_str(cases[i].text), &a, &d, &rep), cases[i].code);
		if (!strstr(rep.refusal.text, cases[i].says))
			fail_msg("'%s' for %s", rep.refusal.text, cases[i].text);
		assert_null(d.doc);
	}
	arena_done(&a);
}

static void test_text_limits(void **state)
{
	static char deep[DOMAIN_DEPTH_MAX * 7 + 32], wide[DOMAIN_NODES_MAX * 4 + 32], large[DOMAIN_MAX + 1];
	struct arena a = { 0 };
	struct domain d = { 0 };
	struct report rep = { 0 };
	size_t n = 0;

	(void)state;
	n += (size_t)snprintf(deep, sizeof(deep), "<domain>");
	for (size_t i = 0; i < DOMAIN_DEPTH_MAX; i++)
		n += (size_t)snprintf(deep + n, sizeof(deep) - n, "<a>");
	for (size_t i = 0; i < DOMAIN_DEPTH_MAX; i++)
		n += (size_t)snprintf(deep + n, sizeof(deep) - n, "</a>");
	snprintf(deep + n, sizeof(deep) - n, "</domain>");
	assert_int_equal(domain_read(span_str(deep), &a, &d, &rep), -IGD_ELIMIT);
	n = (size_t)snprintf(wide, sizeof(wide), "<domain>");
	for (size_t i = 0; i < DOMAIN_NODES_MAX; i++)
		n += (size_t)snprintf(wide + n, sizeof(wide) - n, "<a/>");
	snprintf(wide + n, sizeof(wide) - n, "</domain>");
	assert_int_equal(domain_read(span_str(wide), &a, &d, &rep), -IGD_ELIMIT);
	memset(large, ' ', sizeof(large));
	assert_int_equal(domain_read(SPAN_OF(large), &a, &d, &rep), -IGD_ELIMIT);
	arena_done(&a);
}

/* Each cut, and each single byte gone: refused, or read and kept. */
static void test_text_every_cut(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		for (int gone = 0; gone < 2; gone++) {
			char text[sizeof(whole)];
			struct fixture x = { 0 };
			size_t len = n;

			memcpy(text, whole, n);
			if (gone) {
				memcpy(text + n, whole + n + 1, sizeof(whole) - n - 1);
				len = sizeof(whole) - 2;
			}
			text[len] = '\0';
			if (domain_read(span_str(text), &x.arena, &x.d, NULL) == 0) {
				assert_int_equal(vm_domain_read(&x.d, &x.arena, &x.vm), 0);
				assert_written(&x, text);
			}
			done(&x);
		}
}

/* ---- the model ---------------------------------------------------------------------------------------------- */

static void test_whole_scalars(void **state)
{
	struct fixture x;

	(void)state;
	load(&x, whole);
	assert_false(x.vm.fragment);
	assert_string_equal(x.vm.name, "win & 11");
	assert_string_equal(x.vm.uuid, "00000000-0000-4000-8000-000000000001");
	assert_string_equal(x.vm.vmgenid, "00000000-0000-4000-8000-000000000002");
	assert_int_equal(x.vm.os, VM_OS_WINDOWS);
	assert_int_equal(x.vm.windows, 11);
	assert_int_equal(x.vm.memory_mib, 8192);
	assert_int_equal(x.vm.locked, VM_YES);
	assert_int_equal(x.vm.balloon, VM_NO);
	assert_int_equal(x.vm.agent, VM_YES);
	assert_string_equal(x.vm.display, "none");
	assert_int_equal(x.vm.screen, VM_YES);
	assert_int_equal(x.vm.json_devices, VM_UNSAID);
	assert_true(x.vm.tpm.there);
	assert_int_equal(x.vm.machine.kind, VM_MACHINE_Q35);
	assert_true(x.vm.machine.pinned && x.vm.machine.major == 9 && x.vm.machine.minor == 2);
	assert_int_equal(x.vm.firmware.kind, VM_OVMF);
	assert_string_equal(x.vm.firmware.code, "/fw/CODE.fd");
	assert_string_equal(x.vm.firmware.vars, "/vars/w.fd");
	assert_string_equal(x.vm.firmware.vars_template, "/fw/VARS.fd");
	assert_int_equal(x.vm.firmware.secure_boot, VM_YES);
	assert_int_equal(x.vm.firmware.smm, VM_YES);
	assert_string_equal(x.vm.boot_raw, "cdrom,hd");
	assert_int_equal(x.vm.n_faults, 0);
	done(&x);
}

static void test_whole_processor(void **state)
{
	const struct vm_cpu *c;
	struct fixture x;

	(void)state;
	load(&x, whole);
	c = &x.vm.cpu;
	assert_string_equal(c->model, "host");
	assert_string_equal(c->flags, "-x2apic");
	assert_int_equal(c->vcpus, 4);
	assert_int_equal(c->sockets, 1);
	assert_int_equal(c->cores, 4);
	assert_int_equal(c->threads, 2);
	assert_int_equal(c->phys_limit, 39);
	assert_int_equal(c->hidden, VM_YES);
	assert_int_equal(c->hyperv, VM_YES);
	assert_string_equal(c->hv_vendor, "any");
	assert_int_equal(c->n_pins, 2);
	assert_int_equal(c->pins[0].vcpu, 0);
	assert_string_equal(c->pins[0].cpus, "2-3");
	assert_int_equal(c->pins[1].vcpu, -1);
	done(&x);
}

static const char *other_of(const struct vm *v, const char *what)
{
	for (size_t i = 0; i < v->n_others; i++)
		if (strcmp(v->others[i].what, what) == 0)
			return v->others[i].value;
	fail_msg("%s is not among the others", what);
	return NULL;
}

static void test_whole_devices(void **state)
{
	struct fixture x;
	struct vm *v = &x.vm;

	(void)state;
	load(&x, whole);
	assert_int_equal(v->n_pcis, 1);
	assert_string_equal(v->pcis[0].id, "hostdev1"); /* the USB device is hostdev0 */
	assert_string_equal(v->pcis[0].from, "hostdev 1");
	assert_true(v->pcis[0].has_host && v->pcis[0].host.dev == 2);
	assert_string_equal(v->pcis[0].romfile, "/roms/igd.rom");
	assert_int_equal(v->pcis[0].rombar, VM_YES);
	assert_int_equal(v->pcis[0].guest.place, VM_PLACE_ROOT);
	assert_int_equal(v->pcis[0].guest.dev, 2);
	assert_string_equal(v->pcis[0].driver, "vfio-pci-nohotplug");
	assert_int_equal(vm_setting_bool(&v->pcis[0], "x-igd-opregion"), VM_YES);
	assert_string_equal(vm_setting(&v->pcis[0], "x-igd-gms")->value, "2");
	assert_int_equal(v->n_usbs, 1);
	assert_int_equal(v->usbs[0].vendor, 0x046d);
	assert_int_equal(v->usbs[0].product, 0xc52b);
	assert_int_equal(v->n_disks, 2);
	assert_string_equal(v->disks[0].source, "/d/w.qcow2");
	assert_int_equal(v->disks[0].bus, VM_DISK_VIRTIO);
	assert_int_equal(v->disks[0].boot, 2);
	assert_int_equal(v->disks[0].discard, VM_YES);
	assert_true(v->disks[1].cdrom && !v->disks[1].source);
	assert_int_equal(v->disks[1].index, 1);
	assert_int_equal(v->disks[1].boot, 1);
	assert_int_equal(v->n_nets, 1);
	assert_string_equal(v->nets[0].bridge, "br0");
	assert_string_equal(v->nets[0].model, "virtio");
	assert_int_equal(v->n_fwcfgs, 1);
	assert_string_equal(other_of(v, "devices/watchdog"), "model=itco action=reset");
	assert_string_equal(other_of(v, "cputune/shares"), "2048");
	(void)other_of(v, "devices/interface 0/bandwidth");
	done(&x);
}

static void test_whole_slots(void **state)
{
	struct fixture x;

	(void)state;
	load(&x, whole);
	assert_string_equal(vm_holder(&x.vm, 0x1f, 0, NULL)->who, "ICH9 LPC bridge");
	assert_string_equal(vm_holder(&x.vm, 0x02, 0, NULL)->who, "hostdev1");
	assert_null(vm_holder(&x.vm, 0x02, 0, "hostdev1"));
	assert_string_equal(vm_holder(&x.vm, 0x01, 0, NULL)->who, "pcie-root-port pci.1");
	assert_string_equal(vm_holder(&x.vm, 0x1f, 2, NULL)->who, "ICH9 SATA");
	assert_null(vm_holder(&x.vm, 0x04, 0, NULL));
	done(&x);
}

#define PCI_AT(source, more) \
	"<hostdev mode='subsystem' type='pci'><source><address " source "/></source>" more "</hostdev>"
#define IGD(more) PCI_AT("domain='0' bus='0' slot='2' function='0'", more)

static void test_places(void **state)
{
	static const struct {
		const char *address;
		enum vm_place place;
		uint8_t dev, fn;
	} cases[] = {
		{ "", VM_PLACE_AUTO, 0, 0 },
		{ "<address type='pci'/>", VM_PLACE_AUTO, 0, 0 },
		{ "<address type='pci' bus='0x00' slot='0x02' function='0x0'/>", VM_PLACE_ROOT, 2, 0 },
		{ "<address type='pci' bus='0' slot='012' function='1'/>", VM_PLACE_ROOT, 10, 1 },
		{ "<address type='pci' bus='0x05' slot='0x02'/>", VM_PLACE_BEHIND, 2, 0 },
		{ "<address type='pci' domain='1' bus='0' slot='3'/>", VM_PLACE_BEHIND, 3, 0 },
	};
	struct fixture x;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena a = { 0 };

		load_parts(&x, "", arena_printf(&a, IGD("%s"), cases[i].address));
		assert_int_equal(x.vm.pcis[0].guest.place, cases[i].place);
		assert_int_equal(x.vm.pcis[0].guest.dev, cases[i].dev);
		assert_int_equal(x.vm.pcis[0].guest.fn, cases[i].fn);
		done(&x);
		arena_done(&a);
	}
}

static void test_names_of_hostdevs(void **state)
{
	struct fixture x;

	(void)state;
	load_parts(
		&x, "",
		IGD("<alias name='ua-igd'/>") IGD(
			"<alias name='hostdev7'/>") "<interface type='hostdev'><source><address type='pci' "
						    "bus='3'/></source></interface>"
						    "<hostdev type='mdev' model='vfio-pci' display='on' ramfb='on'>"
						    "<source><address uuid='u'/></source></hostdev>");
	assert_int_equal(x.vm.n_pcis, 4);
	assert_string_equal(x.vm.pcis[0].id, "hostdev0"); /* interfaces come first */
	assert_string_equal(x.vm.pcis[0].from, "interface 0");
	assert_int_equal(x.vm.pcis[0].host.bus, 3);
	assert_string_equal(x.vm.pcis[1].id, "ua-igd"); /* takes no number */
	assert_string_equal(x.vm.pcis[2].id, "hostdev1");
	assert_string_equal(x.vm.pcis[3].id, "hostdev2");
	assert_string_equal(x.vm.pcis[3].mdev, "u");
	assert_int_equal(x.vm.pcis[3].ramfb, VM_YES);
	assert_int_equal(x.vm.n_nets, 0);
	done(&x);
}

static void test_display(void **state)
{
	static const struct {
		const char *devices, *display;
		enum vm_bool screen;
		int slot; /* 1: the first video sits in its usual slot */
	} cases[] = {
		{ "", "none", VM_NO, 0 },
		{ "<graphics type='vnc'/>", NULL, VM_YES, 1 },
		{ "<graphics type='egl-headless'/><video><model type='vga'/></video>", "std", VM_NO, 1 },
		{ "<graphics type='spice'/><video><model type='none'/></video>", "none", VM_YES, 0 },
		{ "<video><model type='qxl'/></video><video><model type='virtio' primary='yes'/></video>", "virtio",
		  VM_NO, 1 },
	};
	struct fixture x;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		load_parts(&x, "", cases[i].devices);
		if (cases[i].display)
			assert_string_equal(x.vm.display, cases[i].display);
		else
			assert_null(x.vm.display);
		assert_int_equal(x.vm.screen, cases[i].screen);
		assert_int_equal(vm_holder(&x.vm, 1, 0, NULL) ? 1 : 0, cases[i].slot);
		done(&x);
	}
}

static void test_memory_units(void **state)
{
	static const struct {
		const char *element;
		uint64_t mib;
	} cases[] = {
		{ "<memory>2097152</memory>", 2048 },		{ "<memory unit='KiB'>1048576</memory>", 1024 },
		{ "<memory unit='MiB'>512</memory>", 512 },	{ "<memory unit='G'> 3 </memory>", 3072 },
		{ "<memory unit='bytes'>1048576</memory>", 1 }, { "<memory unit='GB'>1</memory>", 953 },
		{ "<memory unit='furlong'>1</memory>", 0 },
	};
	struct fixture x;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		load_parts(&x, cases[i].element, "");
		assert_int_equal(x.vm.memory_mib, cases[i].mib);
		done(&x);
	}
}

/* ---- QEMU's own elements ------------------------------------------------------------------------------------ */

#define OVERRIDE(alias, name, type, value)                                                                        \
	"<qemu:override><qemu:device alias='" alias "'><qemu:frontend><qemu:property name='" name "' type='" type \
	"' value='" value "'/></qemu:frontend></qemu:device></qemu:override>"
#define SET(text) "<qemu:commandline><qemu:arg value='-set'/><qemu:arg value='" text "'/></qemu:commandline>"

static const struct vm_fault *fault_of(const struct vm *v, enum vm_fault_kind kind)
{
	for (size_t i = 0; i < v->n_faults; i++)
		if (v->faults[i].kind == kind)
			return &v->faults[i];
	return NULL;
}

static void test_overrides(void **state)
{
	struct fixture x;

	(void)state;
	load_parts(&x, OVERRIDE("hostdev0", "x-vga", "bool", "true"), IGD(""));
	assert_int_equal(x.vm.pcis[0].x_vga, VM_YES);
	assert_string_equal(vm_setting(&x.vm.pcis[0], "x-vga")->value, "on");
	assert_string_equal(vm_setting(&x.vm.pcis[0], "x-vga")->from, "qemu:override");
	done(&x);
	load_parts(&x, OVERRIDE("hostdev0", "addr", "string", "3.1"), IGD(""));
	assert_int_equal(x.vm.pcis[0].guest.place, VM_PLACE_ROOT);
	assert_int_equal(x.vm.pcis[0].guest.dev, 3);
	assert_string_equal(vm_holder(&x.vm, 3, 1, NULL)->who, "hostdev0");
	done(&x);
	load_parts(&x, OVERRIDE("hostdev0", "romfile", "remove", ""), IGD("<rom file='/r'/>"));
	assert_string_equal(other_of(&x.vm, "qemu:override/hostdev0/romfile"), "removed");
	done(&x);
	load_parts(&x, OVERRIDE("net0", "mq", "bool", "true"), IGD(""));
	(void)other_of(&x.vm, "qemu:override/net0");
	assert_int_equal(x.vm.n_faults, 0);
	done(&x);
}

static void test_set_and_json(void **state)
{
	static const char *const strings =
		"<qemu:capabilities><qemu:del capability='device.json+hotplug'/></qemu:capabilities>";
	static const char *const nothing =
		"<qemu:capabilities><qemu:del capability='device.json'/></qemu:capabilities>";
	struct arena a = { 0 };
	struct fixture x;

	(void)state;
	load_parts(&x, SET("device.hostdev0.x-igd-gms=2"), IGD(""));
	assert_non_null(fault_of(&x.vm, VM_FAULT_JSON_SET));
	assert_true(vm_setting(&x.vm.pcis[0], "x-igd-gms")->late);
	done(&x);
	load_parts(&x, arena_printf(&a, "%s%s", strings, SET("device.hostdev0.addr=3")), IGD(""));
	assert_int_equal(x.vm.json_devices, VM_NO);
	assert_int_equal(x.vm.n_faults, 0);
	assert_int_equal(x.vm.pcis[0].guest.dev, 3);
	done(&x);
	load_parts(&x, arena_printf(&a, "%s%s", nothing, SET("device.hostdev0.addr=3")), IGD(""));
	assert_int_equal(x.vm.json_devices, VM_UNSAID);
	assert_non_null(fault_of(&x.vm, VM_FAULT_JSON_SET));
	done(&x);
	arena_done(&a);
}

/* ---- faults ------------------------------------------------------------------------------------------------- */

#define GUEST(bus, slot) "<address type='pci' domain='0' bus='" bus "' slot='" slot "' function='0'/>"

static void test_faults(void **state)
{
	static const struct {
		enum vm_fault_kind kind;
		const char *elements, *devices, *from;
	} cases[] = {
		{ VM_FAULT_NAMESPACE, "<commandline/>", "", "line 3" },
		{ VM_FAULT_NAMESPACE, "<qemux:override/>", "", "line 3" },
		{ VM_FAULT_NAMESPACE, "<q:override xmlns:q='http://libvirt.org/schemas/domain/qemu/1.1'/>", "",
		  "line 3" },
		{ VM_FAULT_NAMESPACE, "<qemu:commandline>\n<arg value='-set'/></qemu:commandline>", "", "line 4" },
		{ VM_FAULT_DOUBLE_HOST, "", IGD("") IGD(""), "hostdev 1" },
		{ VM_FAULT_DOUBLE_GUEST, "", IGD(GUEST("0", "2")) "<sound model='ich9'>" GUEST("0", "0x2") "</sound>",
		  "sound 0" },
		{ VM_FAULT_DOUBLE_GUEST, "", "<rng>" GUEST("7", "2") "</rng>" IGD(GUEST("7", "2")), "hostdev 0" },
		{ VM_FAULT_DOUBLE_GUEST, "", IGD(GUEST("0", "0x1f")), "hostdev 0" },
		{ VM_FAULT_DOUBLE_GUEST, "", "<sound model='ich6'>" GUEST("0", "0x1f") "</sound>", "sound 0" },
		{ VM_FAULT_RELATIVE, "", IGD("<rom file='igd.rom'/>"), "hostdev 0, rom" },
		{ VM_FAULT_RELATIVE, "", "<disk type='file'><source file='a.img'/><target dev='vda'/></disk>",
		  "vda" },
		{ VM_FAULT_NO_DEVICE, OVERRIDE("hostdev3", "x-vga", "bool", "true"), IGD(""), "line 3" },
		{ VM_FAULT_NO_PROPERTY, OVERRIDE("hostdev0", "legacy-igd", "bool", "true"), IGD(""), "line 3" },
		{ VM_FAULT_NO_DEVICE, SET("device.hostdev1.x-igd-gms=2"), IGD(""), "qemu:commandline" },
		{ VM_FAULT_BAD_VALUE, "", PCI_AT("slot='0x40'", ""), "hostdev 0" },
		{ VM_FAULT_BAD_VALUE, "", IGD("<address type='pci' bus='0' slot='09'/>"), "hostdev 0" },
		{ VM_FAULT_SHORT_BOOL,
		  "<qemu:commandline><qemu:arg value='-drive'/><qemu:arg value='if=none,readonly'/>"
		  "</qemu:commandline>",
		  "", "qemu:commandline" },
	};
	struct fixture x;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct vm_fault *f;

		load_parts(&x, cases[i].elements, cases[i].devices);
		f = fault_of(&x.vm, cases[i].kind);
		if (!f)
			fail_msg("case %zu: no such fault", i);
		else
			assert_string_equal(f->from, cases[i].from);
		done(&x);
	}
}

static void test_faults_of_paths(void **state)
{
	struct fixture x;

	(void)state;
	load(&x,
	     "<domain type='kvm'><os><loader type='pflash'>a/CODE.fd</loader><nvram>b/VARS.fd</nvram></os></domain>");
	assert_int_equal(x.vm.n_faults, 2);
	assert_string_equal(x.vm.faults[0].from, "os/loader");
	assert_string_equal(x.vm.faults[1].from, "os/nvram");
	done(&x);
}

static void test_no_faults(void **state)
{
	static const char *const elements[] = {
		"<bhyve:commandline xmlns:bhyve='http://libvirt.org/schemas/domain/bhyve/1.0'/>",
		"<q:commandline xmlns:q='" DOMAIN_QEMU_NS "'><q:arg value='-S'/></q:commandline>",
		OVERRIDE("ua-x", "mq", "bool", "true"),
	};
	struct fixture x;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elements); i++) {
		load_parts(&x, elements[i], IGD("") PCI_AT("slot='2' function='1'", ""));
		if (x.vm.n_faults)
			fail_msg("%s: %s", elements[i], x.vm.faults[0].text);
		done(&x);
	}
}

static void test_fragment(void **state)
{
	struct fixture x;

	(void)state;
	load(&x, IGD("<rom file='/r.rom'/>" GUEST("0", "2")));
	assert_true(x.vm.fragment);
	assert_int_equal(x.vm.n_pcis, 1);
	assert_string_equal(x.vm.pcis[0].romfile, "/r.rom");
	assert_int_equal(x.vm.balloon, VM_UNSAID);
	assert_int_equal(x.vm.n_holders, 1);
	done(&x);
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

/* What a model says, but for the document's own matters: lines, slots of other devices, words without a field. */
static const char *said(struct arena *a, const struct vm *v)
{
	const struct vm_cpu *c = &v->cpu;
	const struct vm_firmware *f = &v->firmware;
	const char *s = arena_printf(a,
				     "%s %s %s %s os %d %u %s machine %s firmware %d %s %s %s %d %d %d cpu %s %s "
				     "%u/%u/%u %u %s %d %d %s %u\n",
				     v->name, v->uuid, v->vmgenid, v->description, v->os, v->windows, v->os_raw,
				     v->machine.raw, f->kind, f->code, f->vars, f->vars_template, f->secure_boot,
				     f->smm, f->automatic, c->model, c->flags, c->sockets, c->cores, c->threads,
				     c->vcpus, c->affinity, c->hidden, c->hyperv, c->hv_vendor, c->phys_limit);

	s = arena_printf(a, "%smemory %u %d %d %d display %s %d %d serial %u tpm %d %s %s %s json %d boot %s\n", s,
			 (unsigned)v->memory_mib, v->balloon, v->locked, v->hugepages, v->display, v->screen,
			 v->agent, v->n_serial, v->tpm.there, v->tpm.version, v->audio, v->rng, v->json_devices,
			 v->boot_raw);
	for (size_t i = 0; i < c->n_pins; i++)
		s = arena_printf(a, "%spin %d %s\n", s, c->pins[i].vcpu, c->pins[i].cpus);
	for (size_t i = 0; i < v->n_pcis; i++) {
		const struct vm_pci *p = &v->pcis[i];
		char buf[PCI_ADDR_STR];

		s = arena_printf(a, "%spci %s %s %s mdev %s at %d %x.%x rom %s %d %d %d %d %s %u\n", s, p->id,
				 p->from, p->has_host ? pci_addr_str(p->host, buf) : "", p->mdev, p->guest.place,
				 p->guest.dev, p->guest.fn, p->romfile, p->rombar, p->x_vga, p->multifunction,
				 p->managed, p->driver, p->boot);
		for (size_t k = 0; k < p->n_settings; k++)
			s = arena_printf(a, "%s  %s=%s\n", s, p->settings[k].name, p->settings[k].value);
	}
	for (size_t i = 0; i < v->n_usbs; i++)
		s = arena_printf(a, "%susb %s %x %x\n", s, v->usbs[i].from, v->usbs[i].vendor, v->usbs[i].product);
	for (size_t i = 0; i < v->n_disks; i++) {
		const struct vm_disk *d = &v->disks[i];

		s = arena_printf(a, "%sdisk %s %d %u %d %s %s %s %d %d %u\n", s, d->from, d->bus, d->index, d->cdrom,
				 d->source, d->format, d->cache, d->discard, d->readonly, d->boot);
	}
	for (size_t i = 0; i < v->n_nets; i++)
		s = arena_printf(a, "%snet %s %s %s %s %s %u %d\n", s, v->nets[i].from, v->nets[i].model,
				 v->nets[i].mac, v->nets[i].bridge, v->nets[i].network, v->nets[i].tag,
				 v->nets[i].link_down);
	for (size_t i = 0; i < v->n_args; i++)
		s = arena_printf(a, "%sarg %s %s\n", s, v->args[i].option, v->args[i].value);
	return s;
}

static void test_write_nothing(void **state)
{
	static const char *const texts[] = {
		whole,
		"<domain/>",
		"<domain><cpu/><features/><os/><devices/><cputune/><memoryBacking></memoryBacking></domain>",
		"<domain xmlns:q='" DOMAIN_QEMU_NS "'><q:override/><q:commandline/><q:capabilities/></domain>",
		"<hostdev/>",
		"<hostdev type='pci' ><source/></hostdev>",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct fixture x;
		struct vm_losses lost = { .arena = &x.arena };
		struct vm now;

		load(&x, texts[i]);
		assert_true(vm_copy(&x.vm, &now));
		assert_int_equal(vm_domain_write(&x.d, &x.vm, &now, &lost), 0);
		assert_written(&x, texts[i]);
		assert_int_equal(lost.n, 0);
		done(&x);
	}
}

static void test_write_new(void **state)
{
	struct fixture x, y = { 0 };
	struct vm_losses lost = { .arena = &x.arena };
	struct span text;
	struct vm again;

	(void)state;
	load(&x, whole);
	assert_int_equal(vm_domain_write(&y.d, NULL, &x.vm, &lost), 0);
	assert_int_equal(lost.n, 0);
	text = domain_write(&y.d, &x.arena);
	domain_done(&y.d);
	assert_int_equal(domain_read(text, &x.arena, &y.d, NULL), 0);
	assert_int_equal(vm_domain_read(&y.d, &x.arena, &again), 0);
	/* hostdevs of PCI are written before those of USB */
	for (size_t i = 0; i < again.n_pcis; i++) {
		again.pcis[i].id = x.vm.pcis[i].id;
		again.pcis[i].from = x.vm.pcis[i].from;
	}
	again.usbs[0].from = x.vm.usbs[0].from;
	assert_string_equal(said(&x.arena, &x.vm), said(&x.arena, &again));
	domain_done(&y.d);
	done(&x);
}

/* ---- single edits: what changes in the text, and that it says so when read again ---------------------------- */

static void edit_machine(struct vm *v)
{
	vm_machine_read(span_str("pc-i440fx-9.2"), v->arena, &v->machine);
}

static void edit_memory(struct vm *v)
{
	v->memory_mib = 1024;
}

static void edit_locked(struct vm *v)
{
	v->locked = VM_YES;
}

static void edit_vcpus(struct vm *v)
{
	v->cpu.vcpus = 3;
	v->cpu.cores = 4;
}

static void edit_pins(struct vm *v)
{
	struct vm_pin *p;

	v->cpu.n_pins = 1; /* the first stays */
	p = arena_push(v->arena, v->cpu.pins, v->cpu.n_pins);
	assert_non_null(p);
	*p = (struct vm_pin) { -1, "3" };
}

static void edit_cpu(struct vm *v)
{
	v->cpu.model = "host";
	v->cpu.phys_limit = 39;
}

static void edit_hidden(struct vm *v)
{
	v->cpu.hidden = VM_YES;
}

static void edit_unhidden(struct vm *v)
{
	v->cpu.hidden = VM_UNSAID;
}

static void edit_loader(struct vm *v)
{
	v->firmware.kind = VM_OVMF;
	v->firmware.code = "/fw/CODE.fd";
	v->firmware.vars = "/vars/a.fd";
}

static void edit_efi(struct vm *v)
{
	v->firmware.kind = VM_OVMF;
	v->firmware.automatic = true;
	v->firmware.secure_boot = VM_NO;
}

static void edit_vars(struct vm *v)
{
	v->firmware.vars = "/vars/b.fd";
}

static void edit_balloon(struct vm *v)
{
	v->balloon = VM_NO;
}

static void edit_display(struct vm *v)
{
	v->display = "none";
}

static void edit_place(struct vm *v)
{
	v->pcis[0].guest = (struct vm_slot) { .place = VM_PLACE_ROOT, .dev = 2 };
}

static void edit_rom(struct vm *v)
{
	v->pcis[0].romfile = "/r/b.rom";
	v->pcis[0].rombar = VM_UNSAID;
}

static void edit_no_rom(struct vm *v)
{
	v->pcis[0].romfile = NULL;
	v->pcis[0].rombar = VM_UNSAID;
}

static void edit_settings(struct vm *v)
{
	vm_setting_put(v, &v->pcis[0], "x-igd-opregion", "on", NULL);
	vm_setting_put(v, &v->pcis[0], "x-igd-gms", "0x2", NULL);
	vm_setting_put(v, &v->pcis[0], "x-igd-legacy-mode", "off", NULL);
}

static void edit_gms(struct vm *v)
{
	vm_setting_put(v, &v->pcis[0], "x-igd-gms", "4", NULL);
}

static void edit_no_settings(struct vm *v)
{
	v->pcis[0].n_settings = 0;
}

static void edit_x_vga(struct vm *v)
{
	v->pcis[0].x_vga = VM_NO;
}

static void edit_args(struct vm *v)
{
	v->n_args = 0;
}

static void edit_to_override(struct vm *v)
{
	v->n_args = 0; /* the setting that -set made stays */
}

static void edit_second_pci(struct vm *v)
{
	struct vm_pci *p = arena_push(v->arena, v->pcis, v->n_pcis);

	assert_non_null(p);
	*p = (struct vm_pci) { .has_host = true, .host = { 0, 0, 0x1f, 3 }, .guest.place = VM_PLACE_AUTO };
	vm_setting_put(v, p, "x-pci-sub-device-id", "0x10", NULL);
}

static void edit_first_pci_gone(struct vm *v)
{
	v->pcis++;
	v->n_pcis--;
}

static void edit_usb(struct vm *v)
{
	struct vm_usb *u = arena_push(v->arena, v->usbs, v->n_usbs);

	assert_non_null(u);
	*u = (struct vm_usb) { .vendor = 0x46d, .product = 0xc52b };
}

static void edit_disk(struct vm *v)
{
	v->disks[0].cache = "none";
	v->disks[0].source = "/dev/vg/a";
}

static void edit_net(struct vm *v)
{
	v->nets[0].bridge = NULL;
	v->nets[0].network = "default";
	v->nets[0].boot = 1;
}

static void edit_json(struct vm *v)
{
	v->json_devices = VM_NO;
}

#define HEAD "<domain type='kvm' xmlns:qemu='" DOMAIN_QEMU_NS "'>\n"
#define PCI_A                                         \
	"    <hostdev mode='subsystem' type='pci'>\n" \
	"      <source><address domain='0' bus='0' slot='2' function='0'/></source>\n"
#define PCI_END			    "    </hostdev>\n"
#define PROPERTY(name, type, value) "        <qemu:property name='" name "' type='" type "' value='" value "'/>\n"
#define OVERRIDE_OF(alias, properties)                                  \
	"  <qemu:override>\n"                                           \
	"    <qemu:device alias='" alias "'>\n"                         \
	"      <qemu:frontend>\n" properties "      </qemu:frontend>\n" \
	"    </qemu:device>\n"                                          \
	"  </qemu:override>\n"

static const struct {
	const char *name;
	void (*edit)(struct vm *v);
	const char *before, *after; /* between HEAD and the end */
} edits[] = {
	{ "machine", edit_machine,
	  "  <os>\n    <type arch=\"x86_64\"  machine=\"q35\">hvm</type> <!-- c -->\n  </os>\n",
	  "  <os>\n    <type arch='x86_64' machine='pc-i440fx-9.2'>hvm</type> <!-- c -->\n  </os>\n" },
	{ "memory", edit_memory, "  <memory unit='GiB'>2</memory>\n  <devices/>\n",
	  "  <memory unit='KiB'>1048576</memory>\n  <devices/>\n" },
	{ "locked", edit_locked, "  <memory>1</memory>\n  <devices/>\n",
	  "  <memory>1</memory>\n  <memoryBacking>\n    <locked/>\n  </memoryBacking>\n  <devices/>\n" },
	{ "vcpus", edit_vcpus,
	  "  <vcpu>2</vcpu>\n  <cpu><topology sockets='1' cores='2' threads='1'/></cpu>\n  <devices/>\n",
	  "  <vcpu current='3'>4</vcpu>\n  <cpu><topology sockets='1' cores='4' threads='1'/></cpu>\n  "
	  "<devices/>\n" },
	{ "pins", edit_pins,
	  "  <cputune>\n    <vcpupin vcpu='0' cpuset='0'/>\n    <vcpupin vcpu='1' cpuset='1'/>\n  </cputune>\n  "
	  "<devices/>\n",
	  "  <cputune>\n    <vcpupin vcpu='0' cpuset='0'/>\n    <emulatorpin cpuset='3'/>\n  </cputune>\n  "
	  "<devices/>\n" },
	{ "cpu", edit_cpu, "  <cpu mode='custom'>\n    <model>qemu64</model>\n  </cpu>\n  <devices/>\n",
	  "  <cpu mode='host-passthrough' check='none'>\n    <maxphysaddr mode='passthrough' limit='39'/>\n"
	  "  </cpu>\n  <devices/>\n" },
	{ "hidden", edit_hidden, "  <features>\n    <acpi/>\n  </features>\n  <devices/>\n",
	  "  <features>\n    <acpi/>\n    <kvm>\n      <hidden state='on'/>\n    </kvm>\n  </features>\n  "
	  "<devices/>\n" },
	{ "unhidden", edit_unhidden,
	  "  <features>\n    <acpi/>\n    <kvm>\n      <hidden state='on'/>\n    </kvm>\n  </features>\n  "
	  "<devices/>\n",
	  "  <features>\n    <acpi/>\n  </features>\n  <devices/>\n" },
	{ "loader", edit_loader, "  <os firmware='efi'>\n    <type>hvm</type>\n  </os>\n",
	  "  <os firmware='efi'>\n    <type>hvm</type>\n"
	  "    <loader readonly='yes' type='pflash'>/fw/CODE.fd</loader>\n    <nvram>/vars/a.fd</nvram>\n  </os>\n" },
	{ "efi", edit_efi, "  <os>\n    <type>hvm</type>\n  </os>\n",
	  "  <os firmware='efi'>\n    <type>hvm</type>\n    <firmware>\n"
	  "      <feature enabled='no' name='enrolled-keys'/>\n      <feature enabled='no' name='secure-boot'/>\n"
	  "    </firmware>\n  </os>\n" },
	{ "vars", edit_vars,
	  "  <os>\n    <loader type='pflash'>/c</loader>\n    <nvram template='/t'>vars/b.fd</nvram>\n  </os>\n",
	  "  <os>\n    <loader type='pflash'>/c</loader>\n    <nvram template='/t'>/vars/b.fd</nvram>\n  </os>\n" },
	{ "balloon", edit_balloon,
	  "  <devices>\n    <memballoon model='virtio'>\n      <address type='pci' bus='7'/>\n    </memballoon>\n  "
	  "</devices>\n",
	  "  <devices>\n    <memballoon model='none'>\n    </memballoon>\n  </devices>\n" },
	{ "no balloon", edit_balloon, "  <devices>\n    <input type='mouse'/>\n  </devices>\n",
	  "  <devices>\n    <input type='mouse'/>\n    <memballoon model='none'/>\n  </devices>\n" },
	{ "display", edit_display,
	  "  <devices>\n    <video>\n      <model type='qxl' ram='65536'/>\n      <address type='pci' bus='0' "
	  "slot='2'/>\n"
	  "    </video>\n    <graphics type='vnc'/>\n  </devices>\n",
	  "  <devices>\n    <video>\n      <model type='none'/>\n    </video>\n    <graphics type='vnc'/>\n"
	  "  </devices>\n" },
	{ "place", edit_place, "  <devices>\n" PCI_A PCI_END "  </devices>\n",
	  "  <devices>\n" PCI_A
	  "      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>\n" PCI_END
	  "  </devices>\n" },
	{ "other place", edit_place,
	  "  <devices>\n" PCI_A "      <address type='pci' domain='0' bus='0' slot='7' function='0'/>\n" PCI_END
	  "  </devices>\n",
	  "  <devices>\n" PCI_A "      <address type='pci' domain='0' bus='0' slot='0x02' function='0'/>\n" PCI_END
	  "  </devices>\n" },
	{ "rom", edit_rom, "  <devices>\n" PCI_A "      <rom bar='off' file='a.rom'/>\n" PCI_END "  </devices>\n",
	  "  <devices>\n" PCI_A "      <rom file='/r/b.rom'/>\n" PCI_END "  </devices>\n" },
	{ "no rom", edit_no_rom,
	  "  <devices>\n" PCI_A "      <rom bar='off' file='a.rom'/>\n" PCI_END "  </devices>\n",
	  "  <devices>\n" PCI_A PCI_END "  </devices>\n" },
	{ "settings", edit_settings, "  <devices>\n" PCI_A PCI_END "  </devices>\n",
	  "  <devices>\n" PCI_A PCI_END "  </devices>\n" OVERRIDE_OF(
		  "hostdev0", PROPERTY("x-igd-opregion", "bool", "true") PROPERTY("x-igd-gms", "unsigned", "2")
				      PROPERTY("x-igd-legacy-mode", "string", "off")) },
	{ "one setting", edit_gms,
	  "  <devices>\n" PCI_A PCI_END "  </devices>\n" OVERRIDE_OF(
		  "hostdev0", PROPERTY("x-igd-gms", "unsigned", "2") PROPERTY("x-igd-lpc", "bool", "true")),
	  "  <devices>\n" PCI_A PCI_END "  </devices>\n" OVERRIDE_OF(
		  "hostdev0", PROPERTY("x-igd-gms", "unsigned", "4") PROPERTY("x-igd-lpc", "bool", "true")) },
	{ "no settings", edit_no_settings,
	  "  <devices>\n" PCI_A PCI_END
	  "  </devices>\n" OVERRIDE_OF("hostdev0", PROPERTY("x-igd-gms", "unsigned", "2")),
	  "  <devices>\n" PCI_A PCI_END "  </devices>\n" },
	{ "x-vga", edit_x_vga,
	  "  <devices>\n" PCI_A PCI_END "  </devices>\n" OVERRIDE_OF("hostdev0", PROPERTY("x-vga", "bool", "true")),
	  "  <devices>\n" PCI_A PCI_END
	  "  </devices>\n" OVERRIDE_OF("hostdev0", PROPERTY("x-vga", "bool", "false")) },
	{ "args", edit_args,
	  "  <devices/>\n  <qemu:commandline>\n    <qemu:arg value='-fw_cfg'/>\n    <qemu:arg value='name=a'/>\n"
	  "  </qemu:commandline>\n",
	  "  <devices/>\n" },
	{ "-set becomes an override", edit_to_override,
	  "  <devices>\n" PCI_A PCI_END "  </devices>\n"
	  "  <qemu:commandline>\n    <qemu:arg value='-set'/>\n"
	  "    <qemu:arg value='device.hostdev0.x-igd-gms=2'/>\n    <qemu:env name='a'/>\n  </qemu:commandline>\n",
	  "  <devices>\n" PCI_A PCI_END "  </devices>\n"
	  "  <qemu:commandline>\n    <qemu:env name='a'/>\n  </qemu:commandline>\n" OVERRIDE_OF(
		  "hostdev0", PROPERTY("x-igd-gms", "unsigned", "2")) },
	{ "second PCI device", edit_second_pci, "  <devices>\n" PCI_A PCI_END "    <rng/>\n  </devices>\n",
	  "  <devices>\n" PCI_A PCI_END "    <hostdev mode='subsystem' type='pci' managed='yes'>\n"
	  "      <driver name='vfio'/>\n      <source>\n"
	  "        <address domain='0x0000' bus='0x00' slot='0x1f' function='0x3'/>\n      </source>\n    "
	  "</hostdev>\n"
	  "    <rng/>\n  </devices>\n" OVERRIDE_OF("hostdev1", PROPERTY("x-pci-sub-device-id", "unsigned", "16")) },
	{ "first PCI device gone", edit_first_pci_gone,
	  "  <devices>\n    <hostdev type='pci'>\n      <rom bar='on'/>\n    </hostdev>\n" PCI_A PCI_END
	  "  </devices>\n" OVERRIDE_OF("hostdev1", PROPERTY("x-igd-gms", "unsigned", "2")),
	  "  <devices>\n" PCI_A PCI_END
	  "  </devices>\n" OVERRIDE_OF("hostdev0", PROPERTY("x-igd-gms", "unsigned", "2")) },
	{ "usb", edit_usb, "  <devices>\n  </devices>\n",
	  "  <devices>\n    <hostdev mode='subsystem' type='usb' managed='yes'>\n      <source "
	  "startupPolicy='optional'>\n"
	  "        <vendor id='0x046d'/>\n        <product id='0xc52b'/>\n      </source>\n    </hostdev>\n"
	  "  </devices>\n" },
	{ "disk", edit_disk,
	  "  <devices>\n    <disk type='file'>\n      <source file='/a'/>\n      <target dev='vda'/>\n    </disk>\n  "
	  "</devices>\n",
	  "  <devices>\n    <disk type='block'>\n      <source dev='/dev/vg/a'/>\n      <target dev='vda'/>\n"
	  "      <driver cache='none'/>\n    </disk>\n  </devices>\n" },
	{ "net", edit_net,
	  "  <os>\n    <boot dev='hd'/>\n  </os>\n  <devices>\n    <interface type='bridge'>\n      <source "
	  "bridge='br0'/>\n"
	  "    </interface>\n  </devices>\n",
	  "  <os>\n  </os>\n  <devices>\n    <interface type='network'>\n      <source network='default'/>\n"
	  "      <boot order='1'/>\n    </interface>\n  </devices>\n" },
	{ "json", edit_json, "  <devices/>\n",
	  "  <devices/>\n  <qemu:capabilities>\n    <qemu:del capability='device.json+hotplug'/>\n"
	  "  </qemu:capabilities>\n" },
};

static void test_write_edits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
		char before[4096], after[4096];
		struct fixture x;
		struct vm_losses lost = { .arena = &x.arena };
		struct vm now;
		struct span text;

		snprintf(before, sizeof(before), "%s%s</domain>\n", HEAD, edits[i].before);
		snprintf(after, sizeof(after), "%s%s</domain>\n", HEAD, edits[i].after);
		load(&x, before);
		assert_true(vm_copy(&x.vm, &now));
		edits[i].edit(&now);
		assert_int_equal(vm_domain_write(&x.d, &x.vm, &now, &lost), 0);
		text = domain_write(&x.d, &x.arena);
		if (!text_eq(text, after))
			fail_msg("%s: wrote\n%.*s\nfor\n%s", edits[i].name, (int)text.n, (const char *)text.p, after);
		assert_int_equal(lost.n, 0);
		done(&x);
	}
}

static void test_write_namespace(void **state)
{
	struct fixture x;
	struct vm_losses lost = { .arena = &x.arena };
	struct vm now;

	(void)state;
	load(&x, "<domain type=\"kvm\">\r\n\t<devices>\r\n\t\t<hostdev type=\"pci\"/>\r\n\t</devices>\r\n</domain>");
	assert_true(vm_copy(&x.vm, &now));
	edit_gms(&now);
	assert_int_equal(vm_domain_write(&x.d, &x.vm, &now, &lost), 0);
	assert_non_null(x.d.doc);
	done(&x);
	load(&x, "<domain xmlns:qemu='urn:wrong'><devices><hostdev type='pci'/></devices></domain>");
	assert_true(vm_copy(&x.vm, &now));
	edit_gms(&now);
	assert_int_equal(vm_domain_write(&x.d, &x.vm, &now, &lost), 0);
	assert_int_equal(lost.n, 1);
	assert_written(&x, "<domain xmlns:qemu='urn:wrong'><devices><hostdev type='pci'/></devices></domain>");
	done(&x);
}

/* What newer libvirt writes after its choice of a firmware; the older refuses it. */
static void test_write_chosen_firmware(void **state)
{
	struct fixture x;
	struct vm_losses lost = { .arena = &x.arena };
	struct domain new = { 0 };
	struct vm v;

	(void)state;
	load(&x, "<domain><os firmware='efi'><loader type='pflash' secure='no'>/c</loader></os></domain>");
	assert_true(x.vm.firmware.automatic);
	assert_int_equal(vm_domain_write(&new, NULL, &x.vm, &lost), 0);
	assert_int_equal(vm_domain_read(&new, &x.arena, &v), 0);
	assert_false(v.firmware.automatic);
	assert_string_equal(v.firmware.code, "/c");
	assert_int_equal(v.firmware.secure_boot, VM_NO);
	domain_done(&new);
	done(&x);
}

static bool is_lost(const struct vm_losses *l, const char *what)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].what, what) == 0)
			return true;
	return false;
}

/* A definition of another target's. */
static void test_write_foreign(void **state)
{
	struct arena a = { 0 };
	struct vm_losses lost = { .arena = &a };
	struct vm_disk disks[] = { { .from = "scsi0", .bus = VM_DISK_SCSI, .source = "local:vm-100-disk-0" },
				   { .from = "ide2", .bus = VM_DISK_IDE, .cdrom = true } };
	struct vm_net nets[] = { { .from = "net0", .model = "virtio", .bridge = "vmbr0", .tag = 60 } };
	struct vm_usb usbs[] = { { .from = "usb0", .port = "1-2" } };
	struct vm_pci pcis[] = { { .id = "hostpci0",
				   .from = "hostpci0",
				   .has_host = true,
				   .n_hosts = 1,
				   .host = { 0, 0, 2, VM_FN_ALL },
				   .guest = { VM_PLACE_ROOT, 2, 0, "pci.0" } },
				 { .id = "hostpci1", .from = "hostpci1", .mapping = "sound" } };
	struct domain d = { 0 };
	struct vm v;

	(void)state;
	vm_init(&v, VM_PVE, &a);
	v.id = "100";
	v.os = VM_OS_WINDOWS;
	v.windows = 11;
	v.display = "none";
	v.onboot = VM_YES;
	v.firmware = (struct vm_firmware) { .kind = VM_OVMF, .vars = "local:vm-100-disk-1", .secure_boot = VM_YES };
	vm_machine_read(span_str("pc-q35-9.2+pve1"), &a, &v.machine);
	v.disks = disks, v.n_disks = ARRAY_SIZE(disks);
	v.nets = nets, v.n_nets = ARRAY_SIZE(nets);
	v.usbs = usbs, v.n_usbs = ARRAY_SIZE(usbs);
	v.pcis = pcis, v.n_pcis = ARRAY_SIZE(pcis);
	assert_int_equal(vm_domain_write(&d, NULL, &v, &lost), 0);
	assert_true(is_lost(&lost, "scsi0: local:vm-100-disk-0"));
	assert_true(is_lost(&lost, "tag 60 of net0"));
	assert_true(is_lost(&lost, "port 1-2 of usb0"));
	assert_true(is_lost(&lost, "the other functions of hostpci0"));
	assert_true(is_lost(&lost, "hostpci1, mapping sound"));
	assert_true(is_lost(&lost, "EFI variables in local:vm-100-disk-1"));
	assert_true(is_lost(&lost, "+pve1 of machine pc-q35-9.2+pve1"));
	assert_true(is_lost(&lost, "start at boot"));
	assert_int_equal(lost.n, 8);
	assert_int_equal(vm_domain_read(&d, &a, &v), 0);
	assert_string_equal(v.name, "vm-100");
	assert_string_equal(v.machine.raw, "pc-q35-9.2");
	assert_int_equal(v.os, VM_OS_WINDOWS);
	assert_int_equal(v.windows, 11);
	assert_int_equal(v.cpu.hyperv, VM_YES);
	assert_true(v.firmware.automatic);
	assert_int_equal(v.firmware.secure_boot, VM_YES);
	assert_int_equal(v.n_pcis, 1);
	assert_int_equal(v.pcis[0].host.fn, 0);
	assert_int_equal(v.pcis[0].guest.place, VM_PLACE_ROOT);
	assert_int_equal(v.n_disks, 1);
	assert_int_equal(v.disks[0].bus, VM_DISK_SATA);
	assert_string_equal(v.nets[0].bridge, "vmbr0");
	domain_done(&d);
	arena_done(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_kept),  cmocka_unit_test(test_text_refused),
		cmocka_unit_test(test_text_limits),   cmocka_unit_test(test_text_every_cut),
		cmocka_unit_test(test_whole_scalars), cmocka_unit_test(test_whole_processor),
		cmocka_unit_test(test_whole_devices), cmocka_unit_test(test_whole_slots),
		cmocka_unit_test(test_places),	      cmocka_unit_test(test_names_of_hostdevs),
		cmocka_unit_test(test_display),	      cmocka_unit_test(test_memory_units),
		cmocka_unit_test(test_overrides),     cmocka_unit_test(test_set_and_json),
		cmocka_unit_test(test_faults),	      cmocka_unit_test(test_faults_of_paths),
		cmocka_unit_test(test_no_faults),     cmocka_unit_test(test_fragment),
		cmocka_unit_test(test_write_nothing), cmocka_unit_test(test_write_new),
		cmocka_unit_test(test_write_edits),   cmocka_unit_test(test_write_namespace),
		cmocka_unit_test(test_write_foreign), cmocka_unit_test(test_write_chosen_firmware),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
