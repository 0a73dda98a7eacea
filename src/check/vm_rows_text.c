// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_rows_text.c - what the words of a definition come to before QEMU starts: keys that Proxmox drops, elements that
 * libvirt drops, options of its own that a target refuses.
 */
#include <string.h>

#include "check/vm_rows.h"

#define PVE_ONLY ON(VM_PVE)

/* ---- Proxmox and its legacy-igd (qemu-server PVE/QemuServer/PCI.pm, parse_hostpci_devices()) ---------------- */

static const struct vm_pci *legacy(const struct vm_case *c, const struct vm_pci *after)
{
	size_t i = after ? (size_t)(after - c->vm->pcis) + 1 : 0;

	for (; i < c->vm->n_pcis; i++)
		if (c->vm->pcis[i].legacy_igd == VM_YES)
			return &c->vm->pcis[i];
	return NULL;
}

static enum verdict legacy_q35(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_pci *p = legacy(c, NULL);

	if (!p || c->vm->machine.kind == VM_MACHINE_PC)
		return VERDICT_PASS;
	evidence_add(ev, p->from, "legacy-igd=1");
	evidence_add(ev, "machine", "%s", c->vm->machine.raw);
	return VERDICT_FAIL;
}

static enum verdict legacy_vga(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_pci *p = legacy(c, NULL);

	if (!p || (c->vm->display_raw && strcmp(c->vm->display_raw, "none") == 0))
		return VERDICT_PASS;
	if (!c->vm->display_raw && c->vm->fragment)
		return evidence_unknown(ev, "the emulated display", "this is a fragment");
	evidence_add(ev, "vga", "%s", c->vm->display_raw ? c->vm->display_raw : "not said, so a VGA is emulated");
	return VERDICT_FAIL;
}

static enum verdict legacy_clash(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_pci *first = legacy(c, NULL);

	for (const struct vm_pci *p = first; p; p = legacy(c, p)) {
		if (p->rombar == VM_NO)
			evidence_add(ev, p->from, "rombar=0 with legacy-igd=1");
		if (p->x_vga == VM_YES)
			evidence_add(ev, p->from, "x-vga=1 with legacy-igd=1");
		if (p->mdev)
			evidence_add(ev, p->from, "mdev=%s with legacy-igd=1", p->mdev);
		if (p->n_hosts > 1)
			evidence_add(ev, p->from, "%u alternative devices with legacy-igd=1", p->n_hosts);
		if (p->has_host && (p->host.dev != 2 || (p->host.fn != 0 && p->host.fn != VM_FN_ALL)))
			evidence_add(ev, p->from, "host device %02x:%02x is not 00:02.0", p->host.bus, p->host.dev);
		if (p != first)
			evidence_add(ev, p->from, "a second device with legacy-igd=1");
	}
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict legacy_functions(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_pci *p = legacy(c, NULL);

	if (!p || !p->has_host || p->host.fn != VM_FN_ALL)
		return VERDICT_PASS;
	if (!c->fn || !c->fn->sriov_num.known)
		return evidence_unknown(ev, "whether the GPU has virtual functions now",
					c->fn ? c->fn->sriov_num.from : c->f->igd.present.from);
	evidence_add(ev, p->from, "no function is named");
	evidence_add(ev, c->fn->sriov_num.from, "%llu virtual functions", (unsigned long long)c->fn->sriov_num.v);
	return c->fn->sriov_num.v ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict pcie_on_pc(const struct vm_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->vm->n_pcis && c->vm->machine.kind != VM_MACHINE_Q35; i++)
		if (c->vm->pcis[i].pcie == VM_YES)
			evidence_add(ev, c->vm->pcis[i].from, "pcie=1");
	if (ev->n)
		evidence_add(ev, "machine", "%s", c->vm->machine.raw ? c->vm->machine.raw : "not said, so i440fx");
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict no_function(const struct vm_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->vm->n_pcis; i++)
		if (c->vm->pcis[i].has_host && c->vm->pcis[i].host.fn == VM_FN_ALL)
			evidence_add(ev, c->vm->pcis[i].from, "%04x:%02x:%02x takes every function of its slot",
				     c->vm->pcis[i].host.domain, c->vm->pcis[i].host.bus, c->vm->pcis[i].host.dev);
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict rom_absolute(const struct vm_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->vm->n_pcis; i++)
		if (!c->vm->pcis[i].raw && c->vm->pcis[i].romfile_raw && c->vm->pcis[i].romfile_raw[0] == '/')
			evidence_add(ev, c->vm->pcis[i].from, "romfile=%s becomes %s", c->vm->pcis[i].romfile_raw,
				     c->vm->pcis[i].romfile);
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

/* Proxmox binds, reserves and checks what hostpci names, nothing of what args say. */
static enum verdict by_args(const struct vm_case *c, struct evidence *ev)
{
	if (!c->gpu || !c->gpu->raw)
		return VERDICT_PASS;
	evidence_add(ev, c->gpu->from, "-device %s,host=%02x:%02x.%x", c->gpu->driver, c->gpu->host.bus,
		     c->gpu->host.dev, c->gpu->host.fn);
	return VERDICT_FAIL;
}

static enum verdict bridge_at_1f(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_holder *h = vm_holder(c->vm, 0x1f, 0, NULL);

	if (!c->gpu || !vm_at_2(c) || c->vm->machine.kind != VM_MACHINE_PC || !h || h->igd_lpc)
		return VERDICT_PASS;
	evidence_add(ev, h->from, "00:1f.0 of the guest: %s", h->who);
	return VERDICT_FAIL;
}

static enum verdict set_clash(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_pci *p = legacy(c, NULL);

	if (!p)
		return VERDICT_PASS;
	for (size_t i = 0; i < c->vm->n_args; i++) {
		const char *a = c->vm->args[i].value;

		if (!a || strcmp(c->vm->args[i].option, "-set") != 0 || strncmp(a, "device.", 7) != 0 ||
		    strncmp(a + 7, p->id, strlen(p->id)) != 0 || a[7 + strlen(p->id)] != '.')
			continue;
		a += 8 + strlen(p->id);
		if (strncmp(a, "rombar=0", 8) == 0 || (strncmp(a, "addr=", 5) == 0 && !vm_at_2(c)))
			evidence_add(ev, "args", "%s", c->vm->args[i].value);
	}
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict set_redundant(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_pci *p = legacy(c, NULL);

	for (size_t i = 0; p && vm_at_2(c) && i < c->vm->n_args; i++)
		if (c->vm->args[i].value && strcmp(c->vm->args[i].option, "-set") == 0 &&
		    strstr(c->vm->args[i].value, ".addr="))
			evidence_add(ev, "args", "-set %s", c->vm->args[i].value);
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

/* ---- state of the file -------------------------------------------------------------------------------------- */

static enum verdict locked(const struct vm_case *c, struct evidence *ev)
{
	if (c->vm->lock)
		evidence_add(ev, "lock", "%s", c->vm->lock);
	return c->vm->lock ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict pending(const struct vm_case *c, struct evidence *ev)
{
	(void)ev;
	return c->vm->pending ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict snapshots(const struct vm_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->vm->n_snapshots; i++)
		evidence_add(ev, NULL, "[%s]", c->vm->snapshots[i]);
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict pflash_twice(const struct vm_case *c, struct evidence *ev)
{
	if (!c->vm->firmware.doubled)
		return VERDICT_PASS;
	evidence_add(ev, NULL, "firmware by the target's own words and by -drive if=pflash");
	return VERDICT_FAIL;
}

static enum verdict json_set(const struct vm_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->vm->n_faults; i++)
		if (c->vm->faults[i].kind == VM_FAULT_JSON_SET)
			evidence_add(ev, c->vm->faults[i].from, "-set %s", c->vm->faults[i].text);
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

#define PVE_PARSE "Proxmox qemu-server PVE/QemuServer.pm, parse_vm_config()"
#define PVE_PCI	  "Proxmox qemu-server PVE/QemuServer/PCI.pm"

const struct vm_row vm_rows_text[] = {
	{ { .id = "vm.unknown-key",
	    .severity = SEV_BLOCK,
	    .says = "Proxmox does not know this line and deletes it at its next write.",
	    .fix = "Take it out, or write it as Proxmox spells it.",
	    .source = PVE_PARSE },
	  .targets = EVERYWHERE,
	  .fault = VM_FAULT_UNKNOWN_KEY },
	{ { .id = "vm.bad-value",
	    .severity = SEV_BLOCK,
	    .says = "A value does not fit its key: Proxmox ignores the whole line and deletes it at its next write.",
	    .fix = "Correct the value; comments cannot stand behind one.",
	    .source = PVE_PARSE },
	  .targets = EVERYWHERE,
	  .fault = VM_FAULT_BAD_VALUE },
	{ { .id = "vm.duplicate-key",
	    .severity = SEV_WARN,
	    .says = "A key stands twice; only the last one counts.",
	    .fix = "Take the earlier one out.",
	    .source = PVE_PARSE },
	  .targets = EVERYWHERE,
	  .fault = VM_FAULT_DUPLICATE },
	{ { .id = "vm.comments",
	    .severity = SEV_NOTE,
	    .says = "Lines that begin with # are the VM's description: Proxmox collects them at the top when it "
		    "writes the file.",
	    .source = PVE_PARSE },
	  .targets = PVE_ONLY,
	  .fault = VM_FAULT_COMMENT },
	{ { .id = "vm.locked",
	    .severity = SEV_WARN,
	    .says = "The definition is locked: Proxmox refuses to change or start the VM.",
	    .fix = "Wait for what holds the lock; `qm unlock` if it died.",
	    .source = "Proxmox pve-guest-common PVE/AbstractConfig.pm, check_lock()" },
	  .targets = PVE_ONLY,
	  .test = locked },
	{ { .id = "vm.pending",
	    .severity = SEV_WARN,
	    .says = "Changes wait for the VM's next cold start; what is judged here is what runs now.",
	    .fix = "Stop and start the VM, or take them back with `qm set --revert`.",
	    .source = "Proxmox qemu-server PVE/QemuServer.pm, vmconfig_apply_pending()" },
	  .targets = PVE_ONLY,
	  .test = pending },
	{ { .id = "vm.snapshots",
	    .severity = SEV_NOTE,
	    .says = "Snapshots hold other devices, arguments or another machine: a rollback brings those back.",
	    .source = "Proxmox pve-guest-common PVE/AbstractConfig.pm, snapshot_rollback()" },
	  .targets = PVE_ONLY,
	  .test = snapshots },
	{ { .id = "vm.set-nothing",
	    .catalog = "F86",
	    .severity = SEV_BLOCK,
	    .says = "A property is set on a device that this VM has not: QEMU ends.",
	    .fix = "Name the device that passes the GPU.",
	    .source = "QEMU softmmu/vl.c, qemu_set_option()" },
	  .targets = EVERYWHERE,
	  .fault = VM_FAULT_NO_DEVICE },
	{ { .id = "vm.json-set",
	    .severity = SEV_BLOCK,
	    .says = "libvirt gives devices to QEMU as JSON, and -set finds none of those: QEMU ends.",
	    .fix = "Use <qemu:override>.",
	    .source = "libvirt NEWS 7.9.0; QEMU softmmu/vl.c" },
	  .targets = ON(VM_LIBVIRT),
	  .test = json_set },
	{ { .id = "vm.namespace",
	    .severity = SEV_BLOCK,
	    .says = "QEMU's own elements stand in the wrong XML namespace; libvirt drops them without a word.",
	    .fix = "Write xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0' at <domain>.",
	    .source = "libvirt docs/drvqemu.rst" },
	  .targets = ON(VM_LIBVIRT),
	  .fault = VM_FAULT_NAMESPACE },
	{ { .id = "vm.double-host",
	    .severity = SEV_BLOCK,
	    .says = "The same device of the host is given twice.",
	    .fix = "Take one out.",
	    .source = "libvirt src/conf/domain_postparse.c; QEMU hw/vfio/pci.c" },
	  .targets = EVERYWHERE,
	  .fault = VM_FAULT_DOUBLE_HOST },
	{ { .id = "vm.double-guest",
	    .catalog = "F82",
	    .severity = SEV_BLOCK,
	    .says = "Two devices have the same address in the guest.",
	    .fix = "Move one of them.",
	    .source = "libvirt src/conf/domain_addr.c; QEMU hw/pci/pci.c" },
	  .targets = EVERYWHERE,
	  .fault = VM_FAULT_DOUBLE_GUEST },
	{ { .id = "vm.relative-path",
	    .severity = SEV_BLOCK,
	    .says = "A path that must be absolute is not.",
	    .fix = "Write it from / on.",
	    .source = "libvirt docs/schemas/domaincommon.rng, absFilePath" },
	  .targets = ON(VM_LIBVIRT),
	  .fault = VM_FAULT_RELATIVE },
	{ { .id = "vm.no-property",
	    .catalog = "F85",
	    .severity = SEV_BLOCK,
	    .says = "This is no property of QEMU's device; QEMU ends.",
	    .fix = "Leave it out: legacy-igd is a word of Proxmox; elsewhere the guest address 00:02.0 does it.",
	    .source = "QEMU hw/vfio/pci.c, vfio_pci_dev_properties" },
	  .targets = EVERYWHERE,
	  .fault = VM_FAULT_NO_PROPERTY },
	{ { .id = "vm.short-bool",
	    .catalog = "F56",
	    .severity = SEV_NOTE,
	    .says = "A switch without =on is deprecated in QEMU's options.",
	    .fix = "Write =on.",
	    .source = "QEMU docs/about/deprecated.rst, 6.0" },
	  .targets = EVERYWHERE,
	  .fault = VM_FAULT_SHORT_BOOL },
	{ { .id = "vm.legacy-q35",
	    .catalog = "F71",
	    .severity = SEV_BLOCK,
	    .says = "Proxmox refuses legacy-igd=1 on any machine but i440fx.",
	    .fix = "Use machine: pc.",
	    .source = PVE_PCI },
	  .targets = PVE_ONLY,
	  .test = legacy_q35 },
	{ { .id = "vm.legacy-vga",
	    .catalog = "F70",
	    .severity = SEV_BLOCK,
	    .says = "Proxmox refuses legacy-igd=1 unless the display is written as exactly vga: none.",
	    .fix = "Write vga: none, once another way into the guest works.",
	    .source = PVE_PCI },
	  .targets = PVE_ONLY,
	  .test = legacy_vga },
	{ { .id = "vm.legacy-clash",
	    .catalog = "F73",
	    .severity = SEV_BLOCK,
	    .says = "legacy-igd=1 stands beside an option that Proxmox does not allow with it.",
	    .fix = "Leave that option out.",
	    .source = PVE_PCI },
	  .targets = PVE_ONLY,
	  .test = legacy_clash },
	{ { .id = "vm.legacy-functions",
	    .catalog = "F74",
	    .severity = SEV_BLOCK,
	    .says = "Without a function number the GPU's virtual functions are taken too, and Proxmox refuses "
		    "legacy-igd=1 for more than one.",
	    .fix = "Write 0000:00:02.0.",
	    .source = PVE_PCI },
	  .targets = PVE_ONLY,
	  .test = legacy_functions },
	{ { .id = "vm.no-function",
	    .catalog = "F74",
	    .severity = SEV_WARN,
	    .says = "A host address without a function means every function of its slot.",
	    .fix = "Write the function, as in 0000:00:02.0.",
	    .source = "Proxmox pve-common PVE/SysFSTools.pm, lspci()" },
	  .targets = PVE_ONLY,
	  .test = no_function },
	{ { .id = "vm.pcie-on-pc",
	    .catalog = "F72",
	    .severity = SEV_BLOCK,
	    .says = "Proxmox refuses pcie=1 on i440fx.",
	    .fix = "Leave pcie=1 out.",
	    .source = PVE_PCI },
	  .targets = PVE_ONLY,
	  .test = pcie_on_pc },
	{ { .id = "vm.by-args",
	    .severity = SEV_WARN,
	    .says = "The GPU is given to QEMU behind Proxmox's back: nothing binds it, reserves it, or checks its "
		    "group.",
	    .fix = "Name it with hostpci0; legacy-igd=1 gives it the slot, so no file of Proxmox needs a patch.",
	    .source = PVE_PCI },
	  .targets = PVE_ONLY,
	  .test = by_args },
	{ { .id = "vm.bridge-at-1f",
	    .catalog = "F75",
	    .severity = SEV_BLOCK,
	    .says = "A bridge of Proxmox holds the guest's 00:1f.0, where QEMU must put the LPC bridge of the GPU: "
		    "no legacy mode, and from QEMU 10.0 on a crash.",
	    .fix = "Use hostpci0 with legacy-igd=1: Proxmox then moves the bridge (since qemu-server 6.2-4).",
	    .source = PVE_PCI ", get_pci_addr_map(); QEMU hw/vfio/igd.c" },
	  .targets = PVE_ONLY,
	  .whole = true,
	  .test = bridge_at_1f },
	{ { .id = "vm.set-clash",
	    .catalog = "F73",
	    .severity = SEV_BLOCK,
	    .says = "An argument undoes what legacy-igd=1 arranges.",
	    .fix = "Take it out of args.",
	    .source = PVE_PCI },
	  .targets = PVE_ONLY,
	  .test = set_clash },
	{ { .id = "vm.set-redundant",
	    .severity = SEV_NOTE,
	    .says = "legacy-igd=1 already puts the GPU at 00:02.0; the address in args is redundant.",
	    .fix = "Take it out of args.",
	    .source = PVE_PCI ", get_pci_addr_map()" },
	  .targets = PVE_ONLY,
	  .test = set_redundant },
	{ { .id = "vm.rom-absolute",
	    .catalog = "F42",
	    .severity = SEV_BLOCK,
	    .says = "Proxmox puts /usr/share/kvm/ before a ROM's name, whatever it is.",
	    .fix = "Copy the file there and name it without a path.",
	    .source = PVE_PCI ", print_hostpci_devices()" },
	  .targets = PVE_ONLY,
	  .test = rom_absolute },
	{ { .id = "vm.pflash-twice",
	    .catalog = "F55",
	    .severity = SEV_BLOCK,
	    .says = "Two firmwares are given to the VM.",
	    .fix = "Keep one: bios: ovmf with efidisk0, or the drives in args with bios: seabios.",
	    .source = "QEMU hw/i386/pc_sysfw.c" },
	  .targets = EVERYWHERE,
	  .test = pflash_twice },
	{ { .id = NULL } },
};
