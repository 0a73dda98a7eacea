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

/* ---- the text ----------------------------------------------------------------------------------------------------
 */

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

/* ---- the model ---------------------------------------------------------------------------------------------------
 */

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

/* ---- QEMU's own elements -----------------------------------------------------------------------------------------
 */

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

/* ---- faults ------------------------------------------------------------------------------------------------------
 */

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
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
