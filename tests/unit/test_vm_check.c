// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_vm_check.c - every row about a VM's definition, tripped by a definition that it is about, and passed by one
 * that differs in little. What a row needs and nobody knows makes it unknown, and never a pass.
 */
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
#include "check/vm_check.h"
#include "facts/read.h"
#include "store/qemu_args.h"
#include "store/vm_domain.h"
#include "store/vm_pve.h"

static const char here[] = "test";

/* ---- hosts -------------------------------------------------------------------------------------------------- */

/* In what a host differs from a desktop of Coffee Lake's kind, booted by UEFI, of which all is known. */
enum {
	BOOTED_BY_BIOS = 1 << 0,
	VFS_ON = 1 << 1,
	SECONDARY = 1 << 2, /* another GPU is the primary one */
	OLD_KERNEL = 1 << 3,
	NO_GROUPS = 1 << 4,
	GUEST_RUNS = 1 << 5,
	GUEST_DEFINED = 1 << 6,
	CONTAINER = 1 << 7,
	HUGEPAGES = 1 << 8,
	WIDE_CPU = 1 << 9, /* more address bits than the IOMMU */
};

struct host {
	uint16_t chip; /* 0: nothing is known */
	unsigned is;
};

static const struct {
	uint8_t dev, fn;
	uint16_t device, class;
	uint64_t group;
} functions[] = {
	{ 0x00, 0, 0x3ec2, 0x0600, 1 }, { 0x02, 0, 0, 0x0300, 0 },	{ 0x14, 0, 0xa36d, 0x0c03, 3 },
	{ 0x1f, 0, 0xa306, 0x0601, 7 }, { 0x1f, 3, 0xa348, 0x0403, 7 },
};

static void functions_make(struct facts *f, struct host h)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		struct pci_fn *p = facts_pci(f, (struct pci_addr) { 0, 0, functions[i].dev, functions[i].fn }, here);
		bool gpu = functions[i].dev == 2;

		assert_non_null(p);
		fact_num_set(&p->id, 0x80860000 | (gpu ? h.chip : functions[i].device), here);
		fact_num_set(&p->class, gpu && (h.is & SECONDARY) ? 0x0380 : functions[i].class, here);
		fact_num_set(&p->pcie_type, gpu ? PCIE_RC_ENDPOINT : PCIE_NONE, here);
		fact_num_set(&p->sriov_num, gpu && (h.is & VFS_ON) ? 2 : 0, here);
		assert_int_equal(facts_group_add(f, p, h.is & NO_GROUPS ? GROUP_NONE : functions[i].group, here), 0);
	}
	fact_tri_set(&f->pci_whole, true, here);
}

static void guest_make(struct facts *f, const char *kind, bool running)
{
	struct guest *g = arena_push(&f->arena, f->guests, f->n_guests);

	assert_non_null(g);
	*g = (struct guest) { .kind = kind, .id = "200", .from = here, .uses_dri = strcmp(kind, "lxc") == 0 };
	fact_tri_set(&g->running, running, here);
	if (g->uses_dri)
		return;
	g->pci = arena_alloc(&f->arena, sizeof(*g->pci));
	assert_non_null(g->pci);
	g->pci[0] = (struct pci_addr) { 0, 0, 2, 0 };
	g->n_pci = 1;
}

static void machine_make(struct facts *f, struct host h)
{
	struct usb_dev *u = arena_push(&f->arena, f->usb, f->n_usb);
	struct iommu_unit *dmar = arena_push(&f->arena, f->iommus, f->n_iommus);

	assert_true(u && dmar);
	*u = (struct usb_dev) { .path = "1-2", .from = here, .vendor = 0x046d, .product = 0xc52b, .pci = -1 };
	*dmar = (struct iommu_unit) { .name = "dmar0", .from = here };
	fact_num_set(&dmar->cap, 38 << 16, here); /* 39 bits */
	fact_num_set(&dmar->ecap, 2, here);
	fact_num_set(&f->cpu.phys_bits, h.is & WIDE_CPU ? 46 : 39, here);
	fact_str_set(&f->cpu.vendor, "GenuineIntel", here);
	fact_num_set(&f->mem_total, 32ULL << 30, here);
	fact_num_set(&f->hugepages_free, h.is & HUGEPAGES ? 8192 : 0, here);
	fact_tri_set(&f->efi, !(h.is & BOOTED_BY_BIOS), here);
	fact_str_set(&f->kernel, h.is & OLD_KERNEL ? "6.8.12-11-pve" : "6.17.2-1-pve", here);
	fact_tri_set(&f->usb_seen, true, here);
	fact_tri_set(&f->guests_seen, true, here);
	facts_text_add(f, "/etc/pve/mapping/pci.cfg", TRI_YES,
		       span_str("igpu\n\tmap node=a,id=8086:3e92,path=0000:00:02.0\n"), NULL);
}

static struct facts *facts_of(struct host h)
{
	struct facts *f = facts_new("by hand", SOURCE_ROOT);

	assert_non_null(f);
	if (h.chip) {
		functions_make(f, h);
		machine_make(f, h);
	}
	if (h.is & (GUEST_RUNS | GUEST_DEFINED))
		guest_make(f, "pve", h.is & GUEST_RUNS);
	if (h.is & CONTAINER)
		guest_make(f, "lxc", true);
	assert_int_equal(facts_finish(f, NULL), 0);
	if (h.chip)
		fact_num_set(&f->igd.stolen, 64 << 20, here);
	return f;
}

/* ---- definitions -------------------------------------------------------------------------------------------- */

#define PVE                                                                                                    \
	"agent: 1\nballoon: 0\nbios: ovmf\nboot: order=scsi0\ncores: 4\ncpu: host\nefidisk0: l:d,efitype=4m\n" \
	"memory: 8192\nname: vm\nostype: win11\nscsi0: l:e\nvga: none\n"
#define HOSTPCI "hostpci0: 0000:00:02.0,legacy-igd=1,romfile=a.rom\n"
#define GPU	PVE "machine: pc\n" HOSTPCI
#define NO_ROM	PVE "machine: pc\nhostpci0: 0000:00:02.0,legacy-igd=1\n"
#define SET	"args: -set device.hostpci0."
#define BY_ARGS PVE "args: -device vfio-pci,host=00:02.0,romfile=a.rom,addr=2,bus="

#define XML(os, devices, behind)                                                                         \
	"<domain type='kvm' xmlns:qemu='" DOMAIN_QEMU_NS "'><name>a</name><memory unit='GiB'>8</memory>" \
	"<os><type machine='q35'>hvm</type>" os "</os><devices>" devices "</devices>" behind "</domain>"
#define HOSTDEV(managed, at)                                                                                  \
	"<hostdev mode='subsystem' type='pci' managed='" managed "'><source><address domain='0' bus='0' "     \
	"slot='2' function='0'/></source><address type='pci' domain='0' bus='0' slot='" at "' function='0'/>" \
	"</hostdev>"
#define OVERRIDE(name)                                                                           \
	"<qemu:override><qemu:device alias='hostdev0'><qemu:frontend><qemu:property name='" name \
	"' type='bool' value='true'/></qemu:frontend></qemu:device></qemu:override>"
#define COMMANDLINE(ns)                                                                                      \
	"<c:commandline xmlns:c='" ns "'><c:arg value='-set'/><c:arg value='device.hostdev0.x-igd-lpc=on'/>" \
	"</c:commandline>"
#define DISK(slot)                                                                            \
	"<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/>" \
	"<address type='pci' domain='0' bus='0' slot='" slot "' function='0'/></disk>"

#define QEMU  "qemu-system-x86_64 -M pc -m 8G -cpu host "
#define BARE  QEMU "-vga none -nic none "
#define VFIO  "-device vfio-pci,host=00:02.0,bus=pci.0,addr=2,romfile=/a.rom"
#define FWCFG "-fw_cfg name=etc/igd-bdsm-size,file=/x"
#define COFFEE            \
	{                 \
		0x3e92, 0 \
	}
#define COMET             \
	{                 \
		0x9bc8, 0 \
	}
#define RAPTOR            \
	{                 \
		0xa780, 0 \
	}
#define METEOR            \
	{                 \
		0x7d55, 0 \
	}
#define FAILS	VERDICT_FAIL
#define PASSES	VERDICT_PASS
#define UNKNOWN VERDICT_UNKNOWN

enum rom { UNSEEN, GONE, BROKEN, EFI, VBIOS, FOREIGN };

static const struct trial {
	const char *id;
	enum verdict want;
	const char *text;
	const char *qemu; /* NULL: not known */
	struct host host;
	enum rom rom;
} trials[] = {
	/* the words of a target */
	{ "vm.unknown-key", FAILS, GPU "foo: 1\n", NULL, { 0 }, UNSEEN },
	{ "vm.unknown-key", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.bad-value", FAILS, GPU "sockets: one\n", NULL, { 0 }, UNSEEN },
	{ "vm.bad-value", PASSES, GPU "sockets: 1\n", NULL, { 0 }, UNSEEN },
	{ "vm.duplicate-key", FAILS, GPU "cores: 4\n", NULL, { 0 }, UNSEEN },
	{ "vm.duplicate-key", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.comments", FAILS, GPU "# a\n", NULL, { 0 }, UNSEEN },
	{ "vm.comments", PASSES, "# a\n" GPU, NULL, { 0 }, UNSEEN },
	{ "vm.locked", FAILS, GPU "lock: backup\n", NULL, { 0 }, UNSEEN },
	{ "vm.locked", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.pending", FAILS, GPU "\n[PENDING]\nmemory: 4096\n", NULL, { 0 }, UNSEEN },
	{ "vm.pending", PASSES, GPU "\n[PENDING]\n", NULL, { 0 }, UNSEEN },
	{ "vm.snapshots", FAILS, GPU "\n[before]\n" PVE "machine: q35\n" HOSTPCI, NULL, { 0 }, UNSEEN },
	{ "vm.snapshots", FAILS, GPU "\n[before]\n" PVE "machine: pc\n", NULL, { 0 }, UNSEEN },
	{ "vm.snapshots", PASSES, GPU "\n[before]\n" GPU, NULL, { 0 }, UNSEEN },
	{ "vm.set-nothing", FAILS, GPU "args: -set device.hostpci3.x-igd-lpc=on\n", NULL, { 0 }, UNSEEN },
	{ "vm.set-nothing", PASSES, GPU SET "x-igd-lpc=on\n", NULL, { 0 }, UNSEEN },
	{ "vm.json-set", FAILS, XML("", HOSTDEV("yes", "2"), COMMANDLINE(DOMAIN_QEMU_NS)), NULL, { 0 }, UNSEEN },
	{ "vm.json-set", PASSES, XML("", HOSTDEV("yes", "2"), OVERRIDE("x-igd-lpc")), NULL, { 0 }, UNSEEN },
	{ "vm.namespace",
	  FAILS,
	  XML("", HOSTDEV("yes", "2"), COMMANDLINE("http://libvirt.org/qemu")),
	  NULL,
	  { 0 },
	  UNSEEN },
	{ "vm.namespace", PASSES, XML("", HOSTDEV("yes", "2"), COMMANDLINE(DOMAIN_QEMU_NS)), NULL, { 0 }, UNSEEN },
	{ "vm.double-host", FAILS, XML("", HOSTDEV("yes", "2") HOSTDEV("yes", "3"), ""), NULL, { 0 }, UNSEEN },
	{ "vm.double-host", PASSES, XML("", HOSTDEV("yes", "2"), ""), NULL, { 0 }, UNSEEN },
	{ "vm.double-host", FAILS, GPU "hostpci1: 0000:00:02\n", NULL, { 0 }, UNSEEN },
	{ "vm.double-host", FAILS, BARE VFIO " -device vfio-pci,host=0000:00:02.0,addr=5", NULL, { 0 }, UNSEEN },
	{ "vm.double-host", PASSES, GPU "hostpci1: 0000:00:02.1\n", NULL, { 0 }, UNSEEN },
	{ "vm.double-guest", FAILS, XML("", HOSTDEV("yes", "2") DISK("2"), ""), NULL, { 0 }, UNSEEN },
	{ "vm.double-guest", PASSES, XML("", HOSTDEV("yes", "2") DISK("3"), ""), NULL, { 0 }, UNSEEN },
	{ "vm.relative-path", FAILS, XML("<nvram>a.fd</nvram>", "", ""), NULL, { 0 }, UNSEEN },
	{ "vm.relative-path", PASSES, XML("<nvram>/a.fd</nvram>", "", ""), NULL, { 0 }, UNSEEN },
	{ "vm.no-property", FAILS, XML("", HOSTDEV("yes", "2"), OVERRIDE("legacy-igd")), NULL, { 0 }, UNSEEN },
	{ "vm.no-property", FAILS, GPU SET "legacy-igd=1\n", NULL, { 0 }, UNSEEN },
	{ "vm.no-property", FAILS, BARE VFIO ",legacy-igd=1", NULL, { 0 }, UNSEEN },
	{ "vm.no-property", PASSES, XML("", HOSTDEV("yes", "2"), OVERRIDE("x-igd-lpc")), NULL, { 0 }, UNSEEN },
	{ "vm.short-bool", FAILS, GPU "args: -drive if=none,readonly,file=/a\n", NULL, { 0 }, UNSEEN },
	{ "vm.short-bool", PASSES, GPU "args: -drive if=none,readonly=on,file=/a\n", NULL, { 0 }, UNSEEN },
	{ "vm.legacy-q35", FAILS, PVE "machine: q35\n" HOSTPCI, NULL, { 0 }, UNSEEN },
	{ "vm.legacy-q35", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.legacy-vga", FAILS, GPU "vga: std\n", NULL, { 0 }, UNSEEN },
	{ "vm.legacy-vga", FAILS, GPU "vga: type=none\n", NULL, { 0 }, UNSEEN },
	{ "vm.legacy-vga", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.legacy-vga", UNKNOWN, HOSTPCI, NULL, { 0 }, UNSEEN },
	{ "vm.legacy-clash", FAILS, PVE "hostpci0: 0000:00:02.0,legacy-igd=1,rombar=0\n", NULL, { 0 }, UNSEEN },
	{ "vm.legacy-clash", FAILS, PVE "hostpci0: 0000:01:00.0,legacy-igd=1\n", NULL, { 0 }, UNSEEN },
	{ "vm.legacy-clash", FAILS, PVE "hostpci0: 0000:00:02.0,legacy-igd=1,x-vga=1\n", NULL, { 0 }, UNSEEN },
	{ "vm.legacy-clash", FAILS, GPU "hostpci1: 0000:00:02.0,legacy-igd=1\n", NULL, { 0 }, UNSEEN },
	{ "vm.legacy-clash", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.legacy-functions", FAILS, PVE "hostpci0: 0000:00:02,legacy-igd=1\n", NULL, { 0xa780, VFS_ON }, UNSEEN },
	{ "vm.legacy-functions", PASSES, PVE "hostpci0: 0000:00:02,legacy-igd=1\n", NULL, RAPTOR, UNSEEN },
	{ "vm.legacy-functions", UNKNOWN, PVE "hostpci0: 0000:00:02,legacy-igd=1\n", NULL, { 0 }, UNSEEN },
	{ "vm.no-function", FAILS, PVE "hostpci0: 0000:00:02\n", NULL, { 0 }, UNSEEN },
	{ "vm.no-function", PASSES, PVE "hostpci0: 0000:00:02.0\n", NULL, { 0 }, UNSEEN },
	{ "vm.pcie-on-pc", FAILS, PVE "hostpci0: 0000:00:02.0,pcie=1\n", NULL, { 0 }, UNSEEN },
	{ "vm.pcie-on-pc", PASSES, PVE "machine: q35\nhostpci0: 0000:00:02.0,pcie=1\n", NULL, { 0 }, UNSEEN },
	{ "vm.by-args", FAILS, BY_ARGS "pci.0\n", NULL, { 0 }, UNSEEN },
	{ "vm.by-args", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.bridge-at-1f", FAILS, BY_ARGS "pci.0\n", NULL, { 0 }, UNSEEN },
	{ "vm.bridge-at-1f", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.set-clash", FAILS, GPU SET "rombar=0\n", NULL, { 0 }, UNSEEN },
	{ "vm.set-clash", FAILS, GPU SET "addr=5\n", NULL, { 0 }, UNSEEN },
	{ "vm.set-clash", PASSES, GPU SET "addr=02.0\n", NULL, { 0 }, UNSEEN },
	{ "vm.set-redundant", FAILS, GPU SET "addr=02.0\n", NULL, { 0 }, UNSEEN },
	{ "vm.set-redundant", PASSES, GPU SET "x-igd-lpc=on\n", NULL, { 0 }, UNSEEN },
	{ "vm.rom-absolute", FAILS, PVE "hostpci0: 0000:00:02.0,romfile=/root/a.rom\n", NULL, { 0 }, UNSEEN },
	{ "vm.rom-absolute", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.pflash-twice", FAILS, GPU "args: -drive if=pflash,unit=0,file=/a.fd\n", NULL, { 0 }, UNSEEN },
	{ "vm.pflash-twice",
	  PASSES,
	  GPU "bios: seabios\nargs: -drive if=pflash,unit=0,file=/a.fd\n",
	  NULL,
	  { 0 },
	  UNSEEN },

	/* the slot */
	{ "vm.root-bus", FAILS, BY_ARGS "pci.0\nmachine: q35\n", NULL, { 0 }, UNSEEN },
	{ "vm.root-bus", FAILS, BY_ARGS "pcie.0\n", NULL, { 0 }, UNSEEN },
	{ "vm.root-bus", PASSES, BY_ARGS "pcie.0\nmachine: q35\n", NULL, { 0 }, UNSEEN },
	{ "vm.root-bus", PASSES, BY_ARGS "pci.0\n", NULL, { 0 }, UNSEEN },
	{ "vm.slot", FAILS, PVE "hostpci0: 0000:00:02.0,romfile=a.rom\n", NULL, { 0 }, UNSEEN },
	{ "vm.slot", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.slot", VERDICT_NOT_RUN, BY_ARGS "pci.0\nmachine: q35\n", NULL, { 0 }, UNSEEN },
	{ "vm.slot-other", FAILS, PVE "ostype: l26\nhostpci0: 0000:00:02.0\n", NULL, { 0 }, UNSEEN },
	{ "vm.slot-other", PASSES, PVE "ostype: l26\nhostpci0: 0000:00:02.0,legacy-igd=1\n", NULL, { 0 }, UNSEEN },
	{ "vm.slot-unsaid", FAILS, BARE "-device vfio-pci,host=00:02.0,romfile=/a", NULL, { 0 }, UNSEEN },
	{ "vm.slot-unsaid", PASSES, BARE VFIO, NULL, { 0 }, UNSEEN },
	{ "vm.slot-taken", FAILS, QEMU VFIO, NULL, { 0 }, UNSEEN },
	{ "vm.slot-taken", FAILS, QEMU "-vga none " VFIO, NULL, { 0 }, UNSEEN }, /* the default network card */
	{ "vm.slot-taken", PASSES, BARE VFIO, NULL, { 0 }, UNSEEN },
	{ "vm.lpc-taken", FAILS, BARE VFIO ",x-igd-lpc=on -device virtio-net-pci,addr=1f", NULL, { 0 }, UNSEEN },
	{ "vm.lpc-taken", FAILS, BARE VFIO " -device virtio-net-pci,addr=1f", "9.2", COFFEE, UNSEEN },
	{ "vm.lpc-taken", PASSES, BARE VFIO " -device virtio-net-pci,addr=1f", "9.2", COMET, UNSEEN },
	{ "vm.lpc-taken", PASSES, BARE VFIO ",x-igd-lpc=on -device virtio-net-pci,addr=1e", NULL, { 0 }, UNSEEN },
	{ "vm.lpc-taken", UNKNOWN, BARE VFIO " -device virtio-net-pci,addr=1f", "9.2", { 0 }, UNSEEN },
	{ "vm.q35-lpc",
	  FAILS,
	  PVE "machine: q35\nhostpci0: 0000:00:02.0\n" SET "x-igd-lpc=on\n",
	  NULL,
	  { 0 },
	  UNSEEN },
	{ "vm.q35-lpc", PASSES, GPU SET "x-igd-lpc=on\n", NULL, { 0 }, UNSEEN },
	{ "vm.q35-vbios", FAILS, BY_ARGS "pcie.0\nmachine: q35\nbios: seabios\n", NULL, { 0 }, UNSEEN },
	{ "vm.q35-vbios", PASSES, GPU "bios: seabios\n", NULL, { 0 }, UNSEEN },
	{ "vm.q35-gop", FAILS, BY_ARGS "pcie.0\nmachine: q35\n", NULL, { 0 }, UNSEEN },
	{ "vm.q35-gop", PASSES, GPU, NULL, { 0 }, UNSEEN },

	/* properties against releases of QEMU */
	{ "vm.property-new", FAILS, GPU SET "x-igd-lpc=on\n", "9.2", { 0 }, UNSEEN },
	{ "vm.property-new", FAILS, GPU SET "x-pci-class-code=0x030000\n", "10.0", { 0 }, UNSEEN },
	{ "vm.property-new", PASSES, GPU SET "x-igd-lpc=on\n", "10.0", { 0 }, UNSEEN },
	{ "vm.property-new", PASSES, GPU SET "x-igd-opregion=on\n", NULL, { 0 }, UNSEEN },
	{ "vm.property-new", UNKNOWN, GPU SET "x-igd-lpc=on\n", NULL, { 0 }, UNSEEN },
	{ "vm.gms-inert", FAILS, GPU SET "x-igd-gms=0x2\n", "9.2.4", { 0 }, UNSEEN },
	{ "vm.gms-inert", PASSES, GPU SET "x-igd-gms=0x2\n", "10.0", { 0 }, UNSEEN },
	{ "vm.gms-inert", UNKNOWN, GPU SET "x-igd-gms=0x2\n", NULL, { 0 }, UNSEEN },
	{ "vm.gms-fatal", FAILS, GPU SET "x-igd-gms=0x50\n", "10.1", COFFEE, UNSEEN },
	{ "vm.gms-fatal", FAILS, GPU SET "x-igd-gms=1\n", "11.1", METEOR, UNSEEN },
	{ "vm.gms-fatal", PASSES, GPU SET "x-igd-gms=0xf1\n", "10.1", COFFEE, UNSEEN },
	{ "vm.gms-fatal", UNKNOWN, GPU SET "x-igd-gms=0x50\n", "10.1", { 0 }, UNSEEN },
	{ "vm.gms-ignored", FAILS, GPU SET "x-igd-gms=0x20\n", "9.1", COFFEE, UNSEEN },
	{ "vm.gms-ignored", FAILS, GPU SET "x-igd-gms=0xf1\n", "10.0", COFFEE, UNSEEN },
	{ "vm.gms-ignored", PASSES, GPU SET "x-igd-gms=0x20\n", "10.0", COFFEE, UNSEEN },
	{ "vm.gms-ignored", UNKNOWN, GPU SET "x-igd-gms=0x20\n", NULL, COFFEE, UNSEEN },
	{ "vm.gms-zero", FAILS, GPU, "8.2", COFFEE, UNSEEN },
	{ "vm.gms-zero", PASSES, GPU SET "x-igd-gms=2\n", "8.2", COFFEE, UNSEEN },
	{ "vm.gms-zero", PASSES, GPU, "9.2", COFFEE, UNSEEN },
	{ "vm.gms-zero", PASSES, NO_ROM, "8.2", COFFEE, UNSEEN }, /* there is no legacy mode that would zero it */
	{ "vm.gms-zero", UNKNOWN, GPU, NULL, COFFEE, UNSEEN },
	{ "vm.gms-host", FAILS, GPU SET "x-igd-gms=4\n", "10.0", COFFEE, UNSEEN },
	{ "vm.gms-host", PASSES, GPU SET "x-igd-gms=0x2\n", "10.0", COFFEE, UNSEEN },
	{ "vm.gms-host", UNKNOWN, GPU SET "x-igd-gms=4\n", "10.0", { 0 }, UNSEEN },
	{ "vm.opregion-unsaid", FAILS, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.opregion-unsaid", PASSES, GPU SET "x-igd-opregion=off\n", NULL, { 0 }, UNSEEN },
	{ "vm.opregion-off", FAILS, GPU SET "x-igd-opregion=off\n", NULL, { 0 }, UNSEEN },
	{ "vm.opregion-off", FAILS, GPU SET "x-igd-legacy-mode=off\n", "10.0", COFFEE, UNSEEN },
	{ "vm.opregion-off", PASSES, GPU SET "x-igd-legacy-mode=off\n", "10.1", COFFEE, UNSEEN },
	{ "vm.opregion-off", PASSES, GPU, "9.2", COFFEE, UNSEEN },
	{ "vm.opregion-off", FAILS, NO_ROM SET "x-igd-opregion=on\n", "11.1", COFFEE, UNSEEN },
	{ "vm.opregion-off", PASSES, NO_ROM SET "x-igd-opregion=on\n", "9.2", COFFEE, UNSEEN },
	{ "vm.opregion-off", UNKNOWN, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.legacy-mode-unsaid", FAILS, GPU, "10.0", { 0 }, UNSEEN },
	{ "vm.legacy-mode-unsaid", PASSES, GPU, "9.2", { 0 }, UNSEEN },
	{ "vm.legacy-mode-unsaid", UNKNOWN, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.legacy-forced", FAILS, GPU SET "x-igd-legacy-mode=on\n", "10.1", RAPTOR, UNSEEN },
	{ "vm.legacy-forced", FAILS, BY_ARGS "pcie.0,x-igd-legacy-mode=on\nmachine: q35\n", NULL, { 0 }, UNSEEN },
	{ "vm.legacy-forced", PASSES, GPU SET "x-igd-legacy-mode=on\n", "10.1", COFFEE, UNSEEN },
	{ "vm.legacy-forced", PASSES, GPU SET "x-igd-legacy-mode=on\n", "10.0", RAPTOR, UNSEEN },
	{ "vm.legacy-forced", UNKNOWN, GPU SET "x-igd-legacy-mode=on\n", "10.1", { 0 }, UNSEEN },
	{ "vm.chip-unknown", FAILS, GPU, "9.2", COMET, UNSEEN },
	{ "vm.chip-unknown", PASSES, GPU, "10.0", COMET, UNSEEN },
	{ "vm.chip-unknown", PASSES, GPU, "11.1", METEOR, UNSEEN },
	{ "vm.chip-unknown", UNKNOWN, GPU, "9.2", { 0 }, UNSEEN },
	{ "vm.bdsm-wrong", FAILS, GPU, "9.1", RAPTOR, UNSEEN },
	{ "vm.bdsm-wrong", PASSES, GPU, "9.1", COFFEE, UNSEEN },
	{ "vm.bdsm-wrong", PASSES, GPU, "10.0", RAPTOR, UNSEEN },
	{ "vm.bdsm-wrong", UNKNOWN, GPU, "9.1", { 0 }, UNSEEN },
	{ "vm.bdsm-lost", FAILS, BY_ARGS "pcie.0\nmachine: q35\n", "9.2", COFFEE, UNSEEN },
	{ "vm.bdsm-lost", PASSES, BY_ARGS "pcie.0\nmachine: q35\n", "10.0", COFFEE, UNSEEN },
	{ "vm.bdsm-lost", PASSES, BY_ARGS "pcie.0\nmachine: q35\n", "9.2", METEOR, UNSEEN },
	{ "vm.bdsm-lost", PASSES, GPU, "9.1", COFFEE, UNSEEN },
	{ "vm.bdsm-lost", FAILS, NO_ROM, "9.1", COFFEE, UNSEEN },
	{ "vm.bdsm-lost", FAILS, NO_ROM, "11.1", COFFEE, UNSEEN },
	{ "vm.bdsm-lost", PASSES, NO_ROM, "11.1", { 0x3e92, BOOTED_BY_BIOS }, UNSEEN },
	{ "vm.bdsm-lost", PASSES, NO_ROM SET "x-igd-legacy-mode=off\n", "11.1", COFFEE, UNSEEN },
	{ "vm.bdsm-lost", UNKNOWN, BY_ARGS "pcie.0\nmachine: q35\n", NULL, COFFEE, UNSEEN },
	{ "vm.bdsm-lost", UNKNOWN, BY_ARGS "pcie.0\nmachine: q35\n", "9.2", { 0 }, UNSEEN },
	{ "vm.lpc-missing", FAILS, GPU, "10.1", RAPTOR, UNSEEN },
	{ "vm.lpc-missing", FAILS, GPU SET "x-igd-legacy-mode=off\n", "10.1", COFFEE, UNSEEN },
	{ "vm.lpc-missing", PASSES, GPU, "10.0", RAPTOR, UNSEEN },
	{ "vm.lpc-missing", PASSES, GPU SET "x-igd-lpc=on\n", "10.1", RAPTOR, UNSEEN },
	{ "vm.lpc-missing", UNKNOWN, GPU, "10.1", { 0 }, UNSEEN },
	{ "vm.fwcfg-twice", FAILS, GPU "args: " FWCFG "\n", "10.0", { 0 }, UNSEEN },
	{ "vm.fwcfg-twice", FAILS, GPU "args: " FWCFG "\n", "9.2", COFFEE, UNSEEN },
	{ "vm.fwcfg-twice", PASSES, GPU "args: " FWCFG "\n", "9.2", COMET, UNSEEN },
	{ "vm.fwcfg-twice", UNKNOWN, GPU "args: " FWCFG "\n", NULL, { 0 }, UNSEEN },
	{ "vm.fwcfg-twice", UNKNOWN, GPU "args: " FWCFG "\n", "9.2", { 0 }, UNSEEN },
	{ "vm.fwcfg-lost", FAILS, BY_ARGS "pcie.0 " FWCFG "\nmachine: q35\n", "9.2", { 0 }, UNSEEN },
	{ "vm.fwcfg-lost", PASSES, BY_ARGS "pcie.0 " FWCFG "\nmachine: q35\n", "10.0", { 0 }, UNSEEN },
	{ "vm.fwcfg-lost", UNKNOWN, BY_ARGS "pcie.0 " FWCFG "\nmachine: q35\n", NULL, { 0 }, UNSEEN },
	{ "vm.fwcfg-by-hand", FAILS, GPU "args: " FWCFG "\n", NULL, { 0 }, UNSEEN },
	{ "vm.fwcfg-by-hand", PASSES, GPU "args: -fw_cfg name=opt/x,file=/x\n", NULL, { 0 }, UNSEEN },

	/* the ROM */
	{ "vm.rom-none", FAILS, PVE "bios: seabios\nhostpci0: 0000:00:02.0,legacy-igd=1\n", NULL, COFFEE, UNSEEN },
	{ "vm.rom-none",
	  PASSES,
	  PVE "bios: seabios\nhostpci0: 0000:00:02.0,legacy-igd=1\n",
	  NULL,
	  { 0x3e92, BOOTED_BY_BIOS },
	  UNSEEN },
	{ "vm.rom-none", UNKNOWN, PVE "bios: seabios\nhostpci0: 0000:00:02.0,legacy-igd=1\n", NULL, { 0 }, UNSEEN },
	{ "vm.rom-none-uefi", FAILS, PVE "hostpci0: 0000:00:02.0,legacy-igd=1\n", NULL, { 0 }, UNSEEN },
	{ "vm.rom-none-uefi", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.rom-hidden", FAILS, PVE "hostpci0: 0000:00:02.0,romfile=a.rom,rombar=0\n", NULL, { 0 }, UNSEEN },
	{ "vm.rom-hidden", PASSES, PVE "hostpci0: 0000:00:02.0,rombar=0\n", NULL, { 0 }, UNSEEN },
	{ "vm.rom-missing", FAILS, GPU, NULL, COFFEE, GONE },
	{ "vm.rom-missing", PASSES, GPU, NULL, COFFEE, EFI },
	{ "vm.rom-missing", UNKNOWN, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.rom-bad", FAILS, GPU, NULL, COFFEE, BROKEN },
	{ "vm.rom-bad", PASSES, GPU, NULL, COFFEE, EFI },
	{ "vm.rom-bad", UNKNOWN, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.rom-bad", VERDICT_NOT_RUN, GPU, NULL, COFFEE, GONE },
	{ "vm.rom-firmware", FAILS, GPU, NULL, COFFEE, VBIOS },
	{ "vm.rom-firmware", PASSES, GPU, NULL, COFFEE, EFI },
	{ "vm.rom-firmware", PASSES, GPU "bios: seabios\n", NULL, COFFEE, VBIOS },
	{ "vm.rom-firmware", UNKNOWN, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.rom-device", FAILS, GPU, NULL, COFFEE, FOREIGN },
	{ "vm.rom-device", PASSES, GPU, NULL, COFFEE, EFI },
	{ "vm.rom-device", UNKNOWN, GPU, NULL, { 0 }, EFI },
	{ "vm.secure-boot", FAILS, GPU "efidisk0: l:d,efitype=4m,pre-enrolled-keys=1\n", NULL, { 0 }, UNSEEN },
	{ "vm.secure-boot", PASSES, GPU, NULL, { 0 }, UNSEEN },

	/* other displays and devices */
	{ "vm.vga-beside", FAILS, QEMU VFIO, NULL, { 0 }, UNSEEN },
	{ "vm.vga-beside", PASSES, BARE VFIO, NULL, { 0 }, UNSEEN },
	{ "vm.display-on", FAILS, GPU SET "display=on\n", NULL, { 0 }, UNSEEN },
	{ "vm.display-on", FAILS, BARE VFIO ",ramfb=on", NULL, { 0 }, UNSEEN },
	{ "vm.display-on", PASSES, GPU SET "display=off\n", NULL, { 0 }, UNSEEN },
	{ "vm.mdev-opregion", FAILS, PVE "hostpci0: 0000:00:02.0,mdev=i915-GVTg_V5_4\n", "10.1", { 0 }, UNSEEN },
	{ "vm.mdev-opregion", PASSES, PVE "hostpci0: 0000:00:02.0,mdev=i915-GVTg_V5_4\n", "10.0", { 0 }, UNSEEN },
	{ "vm.mdev-opregion",
	  PASSES,
	  PVE "hostpci0: 0000:00:02.0,mdev=i915-GVTg_V5_4\n" SET "x-igd-opregion=off\n",
	  "10.1",
	  { 0 },
	  UNSEEN },
	{ "vm.mdev-opregion", UNKNOWN, PVE "hostpci0: 0000:00:02.0,mdev=i915-GVTg_V5_4\n", NULL, { 0 }, UNSEEN },
	{ "vm.two-gpus", FAILS, PVE "hostpci0: 0000:00:02.1\nhostpci1: 0000:00:02.2\n", "10.0", { 0 }, UNSEEN },
	{ "vm.two-gpus", PASSES, PVE "hostpci0: 0000:00:02.1\nhostpci1: 0000:00:02.2\n", "10.1", { 0 }, UNSEEN },
	{ "vm.two-gpus", UNKNOWN, PVE "hostpci0: 0000:00:02.1\nhostpci1: 0000:00:02.2\n", NULL, { 0 }, UNSEEN },
	{ "vm.vf-rom", FAILS, PVE "hostpci0: 0000:00:02.1,romfile=a.rom\n", NULL, { 0 }, UNSEEN },
	{ "vm.vf-rom", PASSES, PVE "hostpci0: 0000:00:02.1\n", NULL, { 0 }, UNSEEN },
	{ "vm.no-audio", FAILS, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.no-audio", PASSES, GPU "hostpci1: 0000:00:1f.3\n", NULL, { 0 }, UNSEEN },

	/* the host */
	{ "vm.device-absent", FAILS, GPU "hostpci1: 0000:05:00.0\n", NULL, COFFEE, UNSEEN },
	{ "vm.device-absent", PASSES, GPU, NULL, COFFEE, UNSEEN },
	{ "vm.device-absent", UNKNOWN, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.mapping-gone", FAILS, PVE "hostpci0: mapping=dgpu,legacy-igd=1\n", NULL, COFFEE, UNSEEN },
	{ "vm.mapping-gone", PASSES, GPU, NULL, COFFEE, UNSEEN },
	{ "vm.mapping-gone", UNKNOWN, PVE "hostpci0: mapping=igpu,legacy-igd=1\n", NULL, { 0 }, UNSEEN },
	{ "vm.chipset", FAILS, GPU "hostpci1: 0000:00:1f\n", NULL, { 0 }, UNSEEN },
	{ "vm.chipset", PASSES, GPU "hostpci1: 0000:00:1f.3\n", NULL, { 0 }, UNSEEN },
	{ "vm.group", FAILS, GPU "hostpci1: 0000:00:1f.3\n", NULL, COFFEE, UNSEEN },
	{ "vm.group", PASSES, GPU, NULL, COFFEE, UNSEEN },
	{ "vm.group", UNKNOWN, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.no-group", FAILS, GPU, NULL, { 0x3e92, NO_GROUPS }, UNSEEN },
	{ "vm.no-group", PASSES, GPU, NULL, COFFEE, UNSEEN },
	{ "vm.no-group", UNKNOWN, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.device-in-use", FAILS, GPU, NULL, { 0x3e92, GUEST_RUNS }, UNSEEN },
	{ "vm.device-in-use", PASSES, GPU, NULL, { 0x3e92, GUEST_DEFINED }, UNSEEN },
	{ "vm.device-in-use", UNKNOWN, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.device-claimed", FAILS, GPU, NULL, { 0x3e92, GUEST_DEFINED }, UNSEEN },
	{ "vm.device-claimed", PASSES, GPU, NULL, COFFEE, UNSEEN },
	{ "vm.device-claimed", UNKNOWN, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.container-gpu", FAILS, GPU, NULL, { 0x3e92, CONTAINER }, UNSEEN },
	{ "vm.container-gpu", PASSES, GPU, NULL, COFFEE, UNSEEN },
	{ "vm.container-gpu", UNKNOWN, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.vf-and-pf", FAILS, GPU, NULL, { 0xa780, VFS_ON }, UNSEEN },
	{ "vm.vf-and-pf", PASSES, GPU, NULL, RAPTOR, UNSEEN },
	{ "vm.vf-and-pf", UNKNOWN, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.display-class", FAILS, GPU, "10.1", { 0x3e92, SECONDARY }, UNSEEN },
	{ "vm.display-class",
	  FAILS,
	  GPU SET "x-pci-class-code=0x030000\n",
	  "10.1",
	  { 0x3e92, SECONDARY | OLD_KERNEL },
	  UNSEEN },
	{ "vm.display-class", PASSES, GPU SET "x-pci-class-code=0x030000\n", "10.1", { 0x3e92, SECONDARY }, UNSEEN },
	{ "vm.display-class", PASSES, GPU, "10.1", COFFEE, UNSEEN },
	{ "vm.display-class", UNKNOWN, GPU, "10.1", { 0 }, UNSEEN },
	{ "vm.usb-absent", FAILS, GPU "usb0: host=1234:5678\n", NULL, COFFEE, UNSEEN },
	{ "vm.usb-absent", FAILS, GPU "usb0: host=1-9\n", NULL, COFFEE, UNSEEN },
	{ "vm.usb-absent", PASSES, GPU "usb0: host=046d:c52b\nusb1: host=1-2\n", NULL, COFFEE, UNSEEN },
	{ "vm.usb-absent", UNKNOWN, GPU "usb0: host=046d:c52b\n", NULL, { 0 }, UNSEEN },
	{ "vm.memory-host", FAILS, GPU "memory: 32768\n", NULL, COFFEE, UNSEEN },
	{ "vm.memory-host", PASSES, GPU, NULL, COFFEE, UNSEEN },
	{ "vm.memory-host", UNKNOWN, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.hugepages", FAILS, GPU "hugepages: 2\n", NULL, COFFEE, UNSEEN },
	{ "vm.hugepages", PASSES, GPU "hugepages: 2\n", NULL, { 0x3e92, HUGEPAGES }, UNSEEN },
	{ "vm.hugepages", UNKNOWN, GPU "hugepages: 2\n", NULL, { 0 }, UNSEEN },
	{ "vm.phys-bits", FAILS, GPU, NULL, { 0x3e92, WIDE_CPU }, UNSEEN },
	{ "vm.phys-bits", PASSES, GPU, NULL, COFFEE, UNSEEN },
	{ "vm.phys-bits", PASSES, GPU "cpu: host,phys-bits=39\n", NULL, { 0x3e92, WIDE_CPU }, UNSEEN },
	{ "vm.phys-bits", UNKNOWN, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.machine-gone", FAILS, GPU "machine: pc-i440fx-4.1\n", "10.1", { 0 }, UNSEEN },
	{ "vm.machine-gone", FAILS, GPU "machine: pc-i440fx-10.1\n", "9.2", { 0 }, UNSEEN },
	{ "vm.machine-gone", PASSES, GPU "machine: pc-i440fx-4.2\n", "10.1", { 0 }, UNSEEN },
	{ "vm.machine-gone", UNKNOWN, GPU "machine: pc-i440fx-4.1\n", NULL, { 0 }, UNSEEN },

	/* the rest of the VM */
	{ "vm.balloon", FAILS, GPU "balloon: 2048\n", NULL, { 0 }, UNSEEN },
	{ "vm.balloon", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.memory-small", FAILS, GPU "memory: 2048\n", NULL, { 0 }, UNSEEN },
	{ "vm.memory-small", PASSES, GPU "memory: 4096\n", NULL, { 0 }, UNSEEN },
	{ "vm.cpu-model", FAILS, GPU "cpu: x86-64-v2-AES\n", NULL, { 0 }, UNSEEN },
	{ "vm.cpu-model", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.cpu-twice", FAILS, GPU "args: -cpu host\n", NULL, { 0 }, UNSEEN },
	{ "vm.cpu-twice", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.machine-unpinned", FAILS, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.machine-unpinned", PASSES, GPU "machine: pc-i440fx-9.2\n", NULL, { 0 }, UNSEEN },
	{ "vm.machine-unpinned", PASSES, GPU "ostype: l26\n", NULL, { 0 }, UNSEEN },
	{ "vm.machine-revision", FAILS, GPU "machine: pc-i440fx-9.2+pve1\n", NULL, { 0 }, UNSEEN },
	{ "vm.machine-revision", PASSES, GPU "machine: pc-i440fx-9.2\n", NULL, { 0 }, UNSEEN },
	{ "vm.no-console", FAILS, GPU "agent: 0\n", NULL, { 0 }, UNSEEN },
	{ "vm.no-console", PASSES, GPU "agent: 0\nserial0: socket\n", NULL, { 0 }, UNSEEN },
	{ "vm.boot-empty", FAILS, GPU "boot:\n", NULL, { 0 }, UNSEEN },
	{ "vm.boot-empty", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.boot-lost", FAILS, GPU "boot: order=scsi0;net0\n", NULL, { 0 }, UNSEEN },
	{ "vm.boot-lost", PASSES, GPU "boot: order=scsi0;hostpci0\n", NULL, { 0 }, UNSEEN },
	{ "vm.no-vars", FAILS, "bios: ovmf\ncores: 4\nmemory: 8192\nname: a\n", NULL, { 0 }, UNSEEN },
	{ "vm.no-vars", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.own-firmware",
	  FAILS,
	  GPU "bios: seabios\nargs: -drive if=pflash,unit=0,file=/a.fd\n",
	  NULL,
	  { 0 },
	  UNSEEN },
	{ "vm.own-firmware", PASSES, GPU, NULL, { 0 }, UNSEEN },
	{ "vm.not-managed", FAILS, XML("", HOSTDEV("no", "2"), ""), NULL, { 0 }, UNSEEN },
	{ "vm.not-managed", PASSES, XML("", HOSTDEV("yes", "2"), ""), NULL, { 0 }, UNSEEN },
	{ "vm.os-type", FAILS, GPU "name: Win11\nostype: l26\n", NULL, { 0 }, UNSEEN },
	{ "vm.os-type", PASSES, GPU "name: Win11\n", NULL, { 0 }, UNSEEN },
};

/* ---- judging ------------------------------------------------------------------------------------------------ */

struct judged {
	struct arena arena;
	struct domain domain;
	struct pve_doc pve;
	struct vm vm;
	struct rom_look rom;
	struct vm_look look;
	struct findings all;
};

static void qemu_load(struct judged *j, const char *text)
{
	struct args_word *words;
	size_t n;

	assert_int_equal(args_words(span_str(text), &j->arena, &words, &n, NULL), 0);
	vm_init(&j->vm, VM_QEMU, &j->arena);
	j->vm.json_devices = VM_NO;
	for (size_t i = 1; i < n; i++) {
		bool value = qemu_option_has_value(words[i].text);

		vm_arg(&j->vm, words[i].text, value ? words[i + 1].text : NULL);
		i += value;
	}
	vm_read_args(&j->vm);
}

static void load(struct judged *j, const char *text)
{
	struct report rep = { 0 };

	if (text[0] == '<') {
		if (domain_read(span_str(text), &j->arena, &j->domain, &rep) != 0)
			fail_msg("%s", rep.refusal.text);
		assert_int_equal(vm_domain_read(&j->domain, &j->arena, &j->vm), 0);
	} else if (strncmp(text, "qemu", 4) == 0) {
		qemu_load(j, text);
	} else {
		assert_int_equal(pve_doc_read(span_str(text), &j->arena, &j->pve, NULL), 0);
		assert_int_equal(vm_pve_read(&j->pve, "100", &j->arena, &j->vm), 0);
	}
}

static void rom_set(struct judged *j, enum rom rom)
{
	if (rom == UNSEEN)
		return;
	j->rom = (struct rom_look) { .path = "/usr/share/kvm/a.rom",
				     .there = rom == GONE ? TRI_NO : TRI_YES,
				     .fault = rom == BROKEN ? "no ROM" : NULL,
				     .looked = rom >= EFI,
				     .vbios = rom == VBIOS,
				     .efi = rom == EFI || rom == FOREIGN,
				     .vendor = 0x8086,
				     .device = 0x3e92,
				     .fits = rom == EFI || rom == VBIOS };
	j->look.roms = &j->rom;
	j->look.n_roms = 1;
}

/* -1: the row was not asked. */
static int verdict_of(const struct trial *t, const char *id)
{
	struct facts *f = facts_of(t->host);
	struct judged j = { .look.qemu = t->qemu };
	const struct finding *x;
	struct vm_case c;
	int v;

	load(&j, t->text);
	rom_set(&j, t->rom);
	vm_case_make(&j.vm, f, &j.look, &c);
	assert_int_equal(vm_lint(&c, &j.all), 0);
	x = findings_get(&j.all, id);
	v = x ? (int)x->verdict : -1;
	if (x && v != VERDICT_PASS && x->check->id && strcmp(id, "vm.pending") != 0)
		assert_true(x->evidence.n > 0); /* what is found, and what is not known, is told */
	findings_done(&j.all);
	domain_done(&j.domain);
	arena_done(&j.arena);
	facts_free(f);
	return v;
}

static const char *word(int verdict)
{
	return verdict < 0 ? "not asked" : verdict_str((enum verdict)verdict);
}

static void test_trials(void **state)
{
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		int got = verdict_of(&trials[i], trials[i].id);

		if (got == (int)trials[i].want)
			continue;
		bad++;
		print_error("%s says %s, not %s, of:\n%s\n", trials[i].id, word(got), verdict_str(trials[i].want),
			    trials[i].text);
	}
	assert_int_equal(bad, 0);
}

static bool tried(const char *id, enum verdict want)
{
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++)
		if (trials[i].want == want && strcmp(trials[i].id, id) == 0)
			return true;
	return false;
}

/* A row without a definition that trips it, or without one that does not, is not tested. */
static void test_every_row_is_tried(void **state)
{
	const struct check *rows[CHECKS_MAX];
	size_t n = vm_checks_table(rows, CHECKS_MAX);
	unsigned bad = 0;

	(void)state;
	assert_in_range(n, 80, CHECKS_MAX);
	for (size_t i = 0; i < n; i++) {
		bool fails = tried(rows[i]->id, VERDICT_FAIL), passes = tried(rows[i]->id, VERDICT_PASS);

		if (!fails || !passes)
			print_error("%s: no definition that %s\n", rows[i]->id, fails ? "passes" : "fails");
		bad += !fails || !passes;
	}
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		size_t k;

		for (k = 0; k < n && strcmp(rows[k]->id, trials[i].id) != 0; k++)
			;
		if (k == n)
			print_error("%s: no such row\n", trials[i].id);
		bad += k == n;
	}
	assert_int_equal(bad, 0);
}

/* What fails when the host and QEMU are known cannot pass when nothing is. */
static void test_nothing_known_is_no_pass(void **state)
{
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		struct trial blind = { trials[i].id, trials[i].want, trials[i].text, NULL, { 0 }, UNSEEN };
		bool pinned = strcmp(blind.id, "vm.machine-gone") == 0;
		int got;

		if (trials[i].want != VERDICT_FAIL)
			continue;
		got = verdict_of(&blind, blind.id);
		if (got == VERDICT_PASS || (pinned && got != VERDICT_UNKNOWN)) {
			print_error("%s passes when nothing is known:\n%s\n", blind.id, blind.text);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

static void test_table(void **state)
{
	const struct check *rows[CHECKS_MAX];
	size_t n = vm_checks_table(rows, CHECKS_MAX);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		bool after_found = !rows[i]->after;

		assert_int_equal(strncmp(rows[i]->id, "vm.", 3), 0);
		assert_int_equal(rows[i]->says[strlen(rows[i]->says) - 1], '.');
		assert_non_null(rows[i]->source);
		if (rows[i]->fix)
			assert_int_equal(rows[i]->fix[strlen(rows[i]->fix) - 1], '.');
		else
			assert_true(rows[i]->severity <= SEV_NOTE); /* what is bad has a way out */
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(rows[k]->id, rows[i]->id);
			after_found |= rows[i]->after && strcmp(rows[i]->after, rows[k]->id) == 0;
		}
		if (!after_found)
			fail_msg("%s comes after %s, which is no row above it", rows[i]->id, rows[i]->after);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_every_row_is_tried),
		cmocka_unit_test(test_trials),
		cmocka_unit_test(test_nothing_known_is_no_pass),
	};

	return cmocka_run_group_tests_name("vm_check", tests, NULL, NULL);
}
