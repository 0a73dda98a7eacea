// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_rows_guest.c - the rest of the VM: memory, processor, boot, and whether anybody gets in when the screen stays
 * dark.
 */
#include <string.h>
#include <strings.h>

#include "check/vm_rows.h"

static bool passes_pci(const struct vm_case *c)
{
	return c->vm->n_pcis > 0;
}

static enum verdict balloon(const struct vm_case *c, struct evidence *ev)
{
	if (!passes_pci(c) || c->vm->balloon == VM_NO || (c->vm->target == VM_QEMU && c->vm->balloon == VM_UNSAID))
		return VERDICT_PASS;
	evidence_add(ev, NULL, "%s",
		     c->vm->balloon == VM_UNSAID ? "nothing said, so a balloon is there" : "a balloon");
	return VERDICT_FAIL;
}

static enum verdict memory_small(const struct vm_case *c, struct evidence *ev)
{
	evidence_add(ev, NULL, "%llu MiB", (unsigned long long)c->vm->memory_mib);
	return c->vm->memory_mib < 4096 ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict cpu_model(const struct vm_case *c, struct evidence *ev)
{
	const char *m = c->vm->cpu.model;

	if (!c->gpu || (m && (strcmp(m, "host") == 0 || strcmp(m, "max") == 0)))
		return VERDICT_PASS;
	evidence_add(ev, "cpu", "%s", m ? m : "not said: the target's default");
	return VERDICT_FAIL;
}

static enum verdict cpu_twice(const struct vm_case *c, struct evidence *ev)
{
	if (!c->vm->cpu.doubled)
		return VERDICT_PASS;
	evidence_add(ev, NULL, "-cpu %s beside the target's own", c->vm->cpu.model);
	return VERDICT_FAIL;
}

static enum verdict unpinned(const struct vm_case *c, struct evidence *ev)
{
	if (c->vm->os != VM_OS_WINDOWS || c->vm->machine.pinned)
		return VERDICT_PASS;
	evidence_add(ev, "machine", "%s", c->vm->machine.raw ? c->vm->machine.raw : "not said");
	return VERDICT_FAIL;
}

static enum verdict pve_revision(const struct vm_case *c, struct evidence *ev)
{
	if (c->vm->machine.pve <= 0 || !c->gpu)
		return VERDICT_PASS;
	evidence_add(ev, "machine", "%s", c->vm->machine.raw);
	return VERDICT_FAIL;
}

static enum verdict no_console(const struct vm_case *c, struct evidence *ev)
{
	const struct vm *v = c->vm;

	if (!c->gpu || !v->display || strcmp(v->display, "none") != 0 || v->agent == VM_YES || v->n_serial)
		return VERDICT_PASS;
	evidence_add(ev, v->display_from, "no emulated display, no agent, no serial line");
	return VERDICT_FAIL;
}

static enum verdict boot_empty(const struct vm_case *c, struct evidence *ev)
{
	if (!c->vm->boot_empty)
		return VERDICT_PASS;
	evidence_add(ev, "boot", "%s", c->vm->boot_raw && *c->vm->boot_raw ? c->vm->boot_raw : "empty");
	return VERDICT_FAIL;
}

static enum verdict boot_lost(const struct vm_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->vm->n_boot_lost; i++)
		evidence_add(ev, "boot", "%s", c->vm->boot_lost[i]);
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict no_vars(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_firmware *f = &c->vm->firmware;

	if (f->kind != VM_OVMF || c->vm->target == VM_LIBVIRT || f->vars || f->automatic || f->vars_template)
		return VERDICT_PASS;
	evidence_add(ev, NULL, "OVMF without a store for its variables");
	return VERDICT_FAIL;
}

static enum verdict own_firmware(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_firmware *f = &c->vm->firmware;

	if (!f->ours || c->vm->target == VM_QEMU)
		return VERDICT_PASS;
	evidence_add(ev, NULL, "%s", f->code ? f->code : "a firmware of its own");
	if (f->vars)
		evidence_add(ev, NULL, "%s", f->vars);
	return VERDICT_FAIL;
}

static enum verdict no_managed(const struct vm_case *c, struct evidence *ev)
{
	if (!c->gpu || c->gpu->managed == VM_YES)
		return VERDICT_PASS;
	evidence_add(ev, c->gpu->from, "managed='%s'", c->gpu->managed == VM_NO ? "no" : "not said, so no");
	return VERDICT_FAIL;
}

static enum verdict windows_os(const struct vm_case *c, struct evidence *ev)
{
	bool said = c->vm->os == VM_OS_LINUX && c->vm->os_raw;
	const char *name = c->vm->name ? c->vm->name : "";

	if (!said || !(strncasecmp(name, "win", 3) == 0))
		return VERDICT_PASS;
	evidence_add(ev, "ostype", "%s, and the VM is called %s", c->vm->os_raw, name);
	return VERDICT_FAIL;
}

const struct vm_row vm_rows_guest[] = {
	{ { .id = "vm.balloon",
	    .catalog = "F94",
	    .severity = SEV_WARN,
	    .says = "A VM with a passed-through device cannot give memory back: the balloon does nothing good.",
	    .fix = "Switch it off.",
	    .source = "Linux drivers/vfio/vfio_iommu_type1.c; QEMU softmmu/balloon.c" },
	  .targets = EVERYWHERE,
	  .whole = true,
	  .test = balloon },
	{ { .id = "vm.memory-small",
	    .catalog = "F50",
	    .severity = SEV_WARN,
	    .says = "Below 4 GiB the firmware may find no room for the GPU's memory.",
	    .fix = "Give the VM 4 GiB or more.",
	    .source = "gangqizai/igd issues 20, 30" },
	  .targets = EVERYWHERE,
	  .modes = MODE_BIT(MODE_UEFI) | MODE_BIT(MODE_LEGACY),
	  .whole = true,
	  .test = memory_small },
	{ { .id = "vm.cpu-model",
	    .catalog = "F92",
	    .severity = SEV_WARN,
	    .says = "The guest does not see the host's processor: Intel's GPU driver may refuse or run slowly.",
	    .fix = "Use the host's processor (cpu: host).",
	    .source = "Upinel/PVE-Intel-vGPU issue 5" },
	  .targets = EVERYWHERE,
	  .whole = true,
	  .test = cpu_model },
	{ { .id = "vm.cpu-twice",
	    .catalog = "F93",
	    .severity = SEV_WARN,
	    .says = "Two processors are defined; QEMU takes the last without a word.",
	    .fix = "Keep one.",
	    .source = "QEMU softmmu/vl.c" },
	  .targets = EVERYWHERE,
	  .test = cpu_twice },
	{ { .id = "vm.machine-unpinned",
	    .severity = SEV_WARN,
	    .says = "The machine type is not pinned: Windows may find other hardware after an upgrade of QEMU.",
	    .fix = "Pin the version.",
	    .source = "Proxmox qemu-server PVE/QemuServer/Machine.pm, windows_get_pinned_machine_version()" },
	  .targets = EVERYWHERE,
	  .whole = true,
	  .test = unpinned },
	{ { .id = "vm.machine-revision",
	    .catalog = "F84",
	    .severity = SEV_NOTE,
	    .says = "Somebody's GPU worked with the plain machine type and not with Proxmox's revision of it; nobody "
		    "knows why.",
	    .fix = "If the screen stays dark, pin the type without +pve.",
	    .source = "a write-up of a HP EliteDesk 800 G4, 2025" },
	  .targets = ON(VM_PVE),
	  .test = pve_revision },
	{ { .id = "vm.no-console",
	    .catalog = "F112",
	    .severity = SEV_WARN,
	    .says = "When the GPU's screen stays dark nobody gets into this VM.",
	    .fix = "Add a serial line (serial0: socket) or the guest agent; set up remote access first.",
	    .source = "Proxmox qemu-server PVE/QemuServer.pm (vga: none gives -nographic)" },
	  .targets = EVERYWHERE,
	  .whole = true,
	  .test = no_console },
	{ { .id = "vm.boot-empty",
	    .catalog = "F97",
	    .severity = SEV_WARN,
	    .says = "The boot order is empty: only what the firmware itself remembers is started.",
	    .fix = "Name the system disk.",
	    .source = "Proxmox qemu-server PVE/QemuServer.pm, parse_boot()" },
	  .targets = EVERYWHERE,
	  .test = boot_empty },
	{ { .id = "vm.boot-lost",
	    .catalog = "F97",
	    .severity = SEV_WARN,
	    .says = "The boot order names a device that the VM has not.",
	    .fix = "Take it out.",
	    .source = "Proxmox qemu-server PVE/QemuServer.pm, parse_boot()" },
	  .targets = EVERYWHERE,
	  .whole = true,
	  .test = boot_lost },
	{ { .id = "vm.no-vars",
	    .catalog = "F99",
	    .severity = SEV_WARN,
	    .says = "OVMF has nowhere to keep its variables: boot entries are lost at each stop.",
	    .fix = "Add a variable store (efidisk0, <nvram>, a second pflash drive).",
	    .source = "Proxmox qemu-server PVE/QemuServer/OVMF.pm" },
	  .targets = EVERYWHERE,
	  .whole = true,
	  .test = no_vars },
	{ { .id = "vm.own-firmware",
	    .catalog = "F54",
	    .severity = SEV_NOTE,
	    .says = "The firmware is named in raw arguments: nothing backs it up, updates it, or keeps two VMs from "
		    "sharing its variables.",
	    .fix = "Use the target's own OVMF with an option ROM for the GPU.",
	    .source = "Proxmox qemu-server PVE/QemuServer/OVMF.pm" },
	  .targets = EVERYWHERE,
	  .test = own_firmware },
	{ { .id = "vm.not-managed",
	    .severity = SEV_NOTE,
	    .says = "libvirt does not bind the GPU to vfio-pci by itself here.",
	    .fix = "Write managed='yes', or bind it at boot.",
	    .source = "libvirt docs/formatdomain.rst, Host device assignment" },
	  .targets = ON(VM_LIBVIRT),
	  .whole = true,
	  .test = no_managed },
	{ { .id = "vm.os-type",
	    .severity = SEV_NOTE,
	    .says = "The definition calls this a Linux guest, its name a Windows one: Windows then lacks its "
		    "enlightenments.",
	    .fix = "Set ostype to the guest's own.",
	    .source = "Proxmox qemu-server PVE/QemuServer/CPUConfig.pm" },
	  .targets = ON(VM_PVE),
	  .whole = true,
	  .test = windows_os },
	{ { .id = NULL } },
};
