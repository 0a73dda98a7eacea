// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_rows_host.c - the definition against the host that is to run it: devices that are not there, that the host
 * cannot do without, that others use.
 */
#include <stdio.h>
#include <string.h>

#include "check/isolation.h"
#include "check/rows.h"
#include "check/vm_rows.h"

/* Does the definition's device mean the function at @a? */
static bool means(const struct vm_pci *p, struct pci_addr a)
{
	return p->has_host && (p->host.fn == VM_FN_ALL ? pci_addr_same_slot(p->host, a) : pci_addr_eq(p->host, a));
}

static const char *host_str(const struct vm_pci *p, char buf[PCI_ADDR_STR + 4])
{
	if (p->host.fn != VM_FN_ALL)
		return pci_addr_str(p->host, buf);
	snprintf(buf, PCI_ADDR_STR + 4, "%04x:%02x:%02x", p->host.domain & 0xffff, p->host.bus, p->host.dev);
	return buf;
}

static enum verdict absent(const struct vm_case *c, struct evidence *ev)
{
	char buf[PCI_ADDR_STR + 4];

	if (c->vm->n_pcis && c->f->pci_whole.v != TRI_YES)
		return evidence_unknown(ev, "the list of the host's devices", c->f->pci_whole.from);
	for (size_t i = 0; i < c->vm->n_pcis; i++) {
		bool there = !c->vm->pcis[i].has_host;

		for (size_t k = 0; k < c->f->n_pci && !there; k++)
			there = means(&c->vm->pcis[i], c->f->pci[k].addr);
		if (!there)
			evidence_add(ev, c->vm->pcis[i].from, "%s is not on this host",
				     host_str(&c->vm->pcis[i], buf));
	}
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict mapping_gone(const struct vm_case *c, struct evidence *ev)
{
	const struct text_file *cfg = facts_text(c->f, "/etc/pve/mapping/pci.cfg");
	bool known = cfg && cfg->there.v != TRI_UNKNOWN, asked = false;

	for (size_t i = 0; i < c->vm->n_pcis; i++) {
		const struct vm_pci *p = &c->vm->pcis[i];

		asked |= p->mapping != NULL;
		if (known && p->mapping && !p->has_host)
			evidence_add(ev, p->from, "mapping=%s", p->mapping);
	}
	if (asked && !known)
		return evidence_unknown(ev, "the cluster's list of mappings", cfg ? cfg->there.from : NULL);
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

/* 00:1f.0 and 00:00.0 of an Intel host are the chipset itself, whatever else is known of it. */
static enum verdict chipset(const struct vm_case *c, struct evidence *ev)
{
	static const struct pci_addr core[] = { { 0, 0, 0x1f, 0 }, { 0, 0, 0, 0 } };
	char buf[PCI_ADDR_STR + 4];

	for (size_t i = 0; i < c->vm->n_pcis; i++)
		for (size_t k = 0; k < ARRAY_SIZE(core); k++)
			if (means(&c->vm->pcis[i], core[k]))
				evidence_add(ev, c->vm->pcis[i].from, "%s holds the host's %s",
					     host_str(&c->vm->pcis[i], buf), k ? "host bridge" : "LPC bridge");
	return ev->n && !row_amd_host(c->f) ? VERDICT_FAIL : VERDICT_PASS;
}

/* The groups of all that is given away, each once. */
static enum verdict group(const struct vm_case *c, struct evidence *ev)
{
	const struct iommu_group *g;
	bool unsettled = false, fatal = false;
	struct loss *losses;
	size_t n;

	if (c->vm->n_pcis == 0)
		return VERDICT_PASS;
	if (c->f->n_groups == 0)
		return evidence_unknown(ev, "what IOMMU groups the host has", c->f->groups_seen.from);
	for (size_t k = 0; k < c->f->n_groups; k++) {
		bool given = false;

		g = &c->f->groups[k];
		for (size_t m = 0; m < g->n_members; m++)
			for (size_t i = 0; i < c->vm->n_pcis; i++)
				given |=
					!c->vm->pcis[i].mdev && means(&c->vm->pcis[i], c->f->pci[g->members[m]].addr);
		if (!given || losses_of(c->f, g, ev->arena, &losses, &n) < 0)
			continue;
		for (size_t i = 0; i < n; i++) {
			if (losses[i].fatal)
				evidence_add(ev, arena_printf(ev->arena, "group %llu", (unsigned long long)g->id),
					     "%s", losses[i].what);
			fatal |= losses[i].fatal;
			unsettled |= losses[i].unsettled;
		}
	}
	if (!fatal && unsettled)
		return evidence_unknown(ev, "whether the host can do without what shares a group with them",
					"igdctl check DEVICE names it");
	return fatal ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict no_group(const struct vm_case *c, struct evidence *ev)
{
	const char *unknown = NULL;
	char buf[PCI_ADDR_STR];

	for (size_t k = 0; k < c->vm->n_pcis; k++) {
		bool there = !c->vm->pcis[k].has_host;

		for (size_t i = 0; i < c->f->n_pci; i++) {
			const struct fact_num *g = &c->f->pci[i].group;

			if (!means(&c->vm->pcis[k], c->f->pci[i].addr))
				continue;
			there = true;
			if (!g->known)
				unknown = facts_why(g->from);
			else if (g->v == GROUP_NONE)
				evidence_add(ev, g->from, "%s has no IOMMU group",
					     pci_addr_str(c->f->pci[i].addr, buf));
		}
		if (!there && c->f->pci_whole.v != TRI_YES)
			unknown = facts_why(c->f->pci_whole.from);
	}
	if (!ev->n && unknown)
		return evidence_unknown(ev, "the IOMMU group of each device", unknown);
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

/* Is it this definition itself that the host tells of? */
static bool same_guest(const struct vm *v, const struct guest *g)
{
	if (v->target == VM_PVE && strcmp(g->kind, "pve") == 0)
		return v->id && strcmp(v->id, g->id) == 0;
	if (v->target == VM_LIBVIRT && strcmp(g->kind, "libvirt") == 0)
		return v->name && strcmp(v->name, g->id) == 0;
	return strcmp(g->kind, "qemu") == 0; /* a running QEMU may be any of them */
}

static bool shares(const struct vm *v, const struct guest *g)
{
	for (size_t i = 0; i < v->n_pcis; i++)
		for (size_t k = 0; k < g->n_pci; k++)
			if (v->pcis[i].has_host && !v->pcis[i].mdev &&
			    (means(&v->pcis[i], g->pci[k]) ||
			     (g->pci[k].fn == VM_FN_ALL && pci_addr_same_slot(g->pci[k], v->pcis[i].host))))
				return true;
	return false;
}

static enum verdict shared(const struct vm_case *c, struct evidence *ev, bool running)
{
	for (size_t i = 0; i < c->f->n_guests; i++) {
		const struct guest *g = &c->f->guests[i];

		if (same_guest(c->vm, g) || !shares(c->vm, g) || (g->running.v == TRI_YES) != running)
			continue;
		evidence_add(ev, g->from, "%s %s names a device of this VM%s", g->kind, g->id,
			     running		      ? " and runs"
			     : g->onboot.v == TRI_YES ? " and starts with the host"
						      : "");
	}
	if (!ev->n && c->vm->n_pcis && c->f->guests_seen.v == TRI_UNKNOWN)
		return evidence_unknown(ev, "which guests the host has", c->f->guests_seen.from);
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict in_use(const struct vm_case *c, struct evidence *ev)
{
	return shared(c, ev, true);
}

static enum verdict claimed(const struct vm_case *c, struct evidence *ev)
{
	return shared(c, ev, false);
}

static enum verdict containers(const struct vm_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->f->n_guests; i++)
		if (c->f->guests[i].uses_dri)
			evidence_add(ev, c->f->guests[i].from, "%s %s uses /dev/dri", c->f->guests[i].kind,
				     c->f->guests[i].id);
	if (!ev->n && c->f->guests_seen.v == TRI_UNKNOWN)
		return evidence_unknown(ev, "which guests the host has", c->f->guests_seen.from);
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict whole_with_parts(const struct vm_case *c, struct evidence *ev)
{
	if (c->id && !*c->id->sriov_mainline && !*c->id->sriov_dkms)
		return VERDICT_PASS;
	if (!c->fn || !c->fn->sriov_num.known)
		return evidence_unknown(ev, "whether the GPU has virtual functions now",
					c->fn ? c->fn->sriov_num.from : c->f->igd.present.from);
	if (c->fn->sriov_num.v == 0)
		return VERDICT_PASS;
	evidence_add(ev, c->fn->sriov_num.from, "%llu virtual functions are on",
		     (unsigned long long)c->fn->sriov_num.v);
	return VERDICT_FAIL;
}

static bool usb_there(const struct facts *f, const struct vm_usb *u)
{
	for (size_t i = 0; i < f->n_usb; i++)
		if (u->port ? strcmp(f->usb[i].path, u->port) == 0
			    : f->usb[i].vendor == u->vendor && f->usb[i].product == u->product)
			return true;
	return false;
}

static enum verdict usb_absent(const struct vm_case *c, struct evidence *ev)
{
	if (c->vm->n_usbs && c->f->usb_seen.v != TRI_YES && c->f->n_usb == 0)
		return evidence_unknown(ev, "what USB devices the host has", c->f->usb_seen.from);
	for (size_t i = 0; i < c->vm->n_usbs; i++) {
		const struct vm_usb *u = &c->vm->usbs[i];

		if (u->spice || u->mapping || (!u->port && !u->vendor) || usb_there(c->f, u))
			continue;
		if (u->port)
			evidence_add(ev, u->from, "nothing is at port %s now", u->port);
		else
			evidence_add(ev, u->from, "%04x:%04x is not plugged in now", u->vendor, u->product);
	}
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

/* All of the guest's memory is pinned (Linux drivers/vfio/vfio_iommu_type1.c): none of it can be swapped or shared.
 */
static enum verdict memory_host(const struct vm_case *c, struct evidence *ev)
{
	uint64_t mib;

	if (!c->vm->n_pcis)
		return VERDICT_PASS;
	if (!c->f->mem_total.known)
		return evidence_unknown(ev, "the host's memory", c->f->mem_total.from);
	mib = c->f->mem_total.v >> 20;
	evidence_add(ev, c->f->mem_total.from, "the host has %llu MiB, the VM pins %llu MiB", (unsigned long long)mib,
		     (unsigned long long)c->vm->memory_mib);
	return c->vm->memory_mib + 1024 > mib ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict hugepages(const struct vm_case *c, struct evidence *ev)
{
	uint64_t have;

	if (c->vm->hugepages != VM_YES)
		return VERDICT_PASS;
	if (!c->f->hugepages_free.known)
		return evidence_unknown(ev, "how many huge pages are free", c->f->hugepages_free.from);
	have = c->f->hugepages_free.v * 2;
	evidence_add(ev, c->f->hugepages_free.from, "%llu MiB in huge pages of 2 MiB are free",
		     (unsigned long long)have);
	return have < c->vm->memory_mib ? VERDICT_FAIL : VERDICT_PASS;
}

/* The guest maps its 64-bit BARs as high as its processor reaches; the IOMMU may not reach as far. */
static enum verdict phys_bits(const struct vm_case *c, struct evidence *ev)
{
	unsigned mgaw = vm_host_mgaw(c->f);

	if (!c->vm->n_pcis || c->vm->firmware.kind != VM_OVMF)
		return VERDICT_PASS;
	if (!mgaw || !c->f->cpu.phys_bits.known)
		return evidence_unknown(
			ev, mgaw ? "the width of the processor's addresses" : "the width of the IOMMU's addresses",
			mgaw ? c->f->cpu.phys_bits.from : "no VT-d unit's registers are in this input");
	if (c->f->cpu.phys_bits.v <= mgaw || (c->vm->cpu.phys_limit && c->vm->cpu.phys_limit <= mgaw))
		return VERDICT_PASS;
	evidence_add(ev, c->f->cpu.phys_bits.from, "%llu bits in the processor, %u in the IOMMU",
		     (unsigned long long)c->f->cpu.phys_bits.v, mgaw);
	return VERDICT_FAIL;
}

static enum verdict machine_gone(const struct vm_case *c, struct evidence *ev)
{
	const struct vm_machine *m = &c->vm->machine;
	unsigned own = m->major * 100 + m->minor;

	if (!m->pinned || !c->qemu_known || c->qemu_from == NULL || strcmp(c->qemu_from, "the machine type") == 0)
		return m->pinned ? evidence_unknown(ev, "the release of QEMU", c->f->qemu.from) : VERDICT_PASS;
	evidence_add(ev, "machine", "%s", m->raw);
	evidence_add(ev, c->qemu_from, "QEMU %u.%u", c->major, c->minor);
	if (own > c->major * 100 + c->minor)
		return VERDICT_FAIL;
	return own < setup_oldest_machine(c->major, c->minor) ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict display_class(const struct vm_case *c, struct evidence *ev)
{
	int order;

	if (!c->fn || !c->fn->class.known)
		return evidence_unknown(ev, "the GPU's class on the host",
					c->fn ? c->fn->class.from : c->f->igd.present.from);
	if (c->fn->class.v != PCI_CLASS_DISPLAY_OTHER)
		return VERDICT_PASS;
	evidence_add(ev, c->fn->from, "class 0380: the host's firmware made another GPU the primary one");
	if (facts_kernel_cmp(c->f, 6, 15, &order) && order < 0) {
		evidence_add(ev, c->f->kernel.from, "kernel %s shows no OpRegion for that class", c->f->kernel.v);
		return VERDICT_FAIL;
	}
	if (c->qemu_known && c->qemu >= QEMU_D && !vm_setting(c->gpu, "x-pci-class-code")) {
		evidence_add(ev, c->gpu->from, "no x-pci-class-code");
		return VERDICT_FAIL;
	}
	return c->qemu_known && c->qemu >= QEMU_D ? VERDICT_PASS : VERDICT_FAIL;
}

const struct vm_row vm_rows_host[] = {
	{ { .id = "vm.device-absent",
	    .catalog = "F89",
	    .severity = SEV_BLOCK,
	    .says = "The definition names a device that this host has not.",
	    .fix = "Correct the address (igdctl inspect lists what is there).",
	    .source = "QEMU hw/vfio/pci.c; Proxmox pve-common PVE/SysFSTools.pm" },
	  .targets = EVERYWHERE,
	  .test = absent },
	{ { .id = "vm.mapping-gone",
	    .catalog = "F91",
	    .severity = SEV_BLOCK,
	    .says = "The definition names a resource mapping that does not exist.",
	    .fix = "Make it (Datacenter, Resource Mappings), or name the device itself.",
	    .source = "Proxmox pve-guest-common PVE/Mapping/PCI.pm, find_on_current_node()" },
	  .targets = ON(VM_PVE),
	  .test = mapping_gone },
	{ { .id = "vm.chipset",
	    .catalog = "F11",
	    .severity = SEV_BLOCK,
	    .says = "The definition takes the host's chipset away: with the LPC bridge or the host bridge the host "
		    "cannot go on.",
	    .fix = "Name the single function that is wanted, as in 0000:00:1f.3.",
	    .source = "Linux drivers/pci/quirks.c; Intel chipset data sheets, device 31 function 0" },
	  .targets = EVERYWHERE,
	  .test = chipset },
	{ { .id = "vm.group",
	    .catalog = "F11",
	    .severity = SEV_BLOCK,
	    .says = "A device of this VM shares its IOMMU group with something that the host cannot do without; "
		    "starting the VM takes that too.",
	    .fix = "Do not pass that device; igdctl check DEVICE says what to use instead.",
	    .source = "Proxmox qemu-server PVE/QemuServer/PCI.pm prepare_pci_device(); Linux drivers/vfio/group.c" },
	  .targets = EVERYWHERE,
	  .test = group },
	{ { .id = "vm.no-group",
	    .catalog = "F03",
	    .severity = SEV_BLOCK,
	    .says = "A device of this VM has no IOMMU group on this host, so it cannot be given away.",
	    .fix = "See igdctl check.",
	    .source = "Linux drivers/vfio/pci/vfio_pci_core.c" },
	  .targets = EVERYWHERE,
	  .test = no_group },
	{ { .id = "vm.device-in-use",
	    .catalog = "F90",
	    .severity = SEV_BLOCK,
	    .says = "Another guest that runs now uses a device of this VM.",
	    .fix = "Stop that guest first.",
	    .source = "Proxmox qemu-server PVE/QemuServer/PCI.pm reserve_pci_usage()" },
	  .targets = EVERYWHERE,
	  .test = in_use },
	{ { .id = "vm.device-claimed",
	    .catalog = "F90",
	    .severity = SEV_WARN,
	    .says = "Another guest's definition names a device of this VM; only one of them can run.",
	    .fix = "Take it out of one of them, at least where both start with the host.",
	    .source = "Proxmox qemu-server PVE/QemuServer/PCI.pm reserve_pci_usage()" },
	  .targets = EVERYWHERE,
	  .test = claimed },
	{ { .id = "vm.container-gpu",
	    .catalog = "F90",
	    .severity = SEV_WARN,
	    .says = "A container uses the GPU that this VM takes away.",
	    .fix = "Give it up in the container, or share the GPU (SR-IOV, GVT-g) instead of passing it.",
	    .source = "Linux drivers/gpu/drm" },
	  .targets = EVERYWHERE,
	  .modes = MODES_WHOLE,
	  .test = containers },
	{ { .id = "vm.vf-and-pf",
	    .severity = SEV_BLOCK,
	    .says = "The whole GPU is passed while its virtual functions are on: those die with it.",
	    .fix = "Turn them off (sriov_numvfs) or pass one of them.",
	    .source = "Linux drivers/pci/iov.c" },
	  .targets = EVERYWHERE,
	  .modes = MODES_WHOLE,
	  .test = whole_with_parts },
	{ { .id = "vm.display-class",
	    .catalog = "F48",
	    .severity = SEV_WARN,
	    .says = "The GPU is a secondary display on this host: ROM and driver in the guest do not take it for a "
		    "VGA.",
	    .fix = "Make it the primary display in the firmware setup; or Linux 6.15, QEMU 10.1 and "
		   "x-pci-class-code=0x030000.",
	    .source = "Linux commit 41112160ca87; QEMU commits a59d06305f, 432ca3dfa3" },
	  .targets = EVERYWHERE,
	  .modes = MODE_BIT(MODE_LEGACY) | MODE_BIT(MODE_UEFI),
	  .test = display_class },
	{ { .id = "vm.usb-absent",
	    .severity = SEV_WARN,
	    .says = "A USB device of this VM is not plugged in.",
	    .fix = "Plug it in, or correct its id or port (igdctl inspect lists them).",
	    .source = "QEMU hw/usb/host-libusb.c" },
	  .targets = EVERYWHERE,
	  .test = usb_absent },
	{ { .id = "vm.memory-host",
	    .catalog = "F94",
	    .severity = SEV_BLOCK,
	    .says = "The host has not enough memory: all of this VM's is pinned from its start on.",
	    .fix = "Give the VM less.",
	    .source = "Linux drivers/vfio/vfio_iommu_type1.c, vfio_pin_pages_remote()" },
	  .targets = EVERYWHERE,
	  .whole = true,
	  .test = memory_host },
	{ { .id = "vm.hugepages",
	    .catalog = "F96",
	    .severity = SEV_WARN,
	    .says = "There are not enough free huge pages for this VM.",
	    .fix = "Set them aside at boot (hugepages=).",
	    .source = "Linux Documentation/admin-guide/mm/hugetlbpage.rst" },
	  .targets = EVERYWHERE,
	  .test = hugepages },
	{ { .id = "vm.phys-bits",
	    .severity = SEV_WARN,
	    .says = "The guest can place memory of devices where the host's IOMMU cannot reach: "
		    "vfio_container_dma_map = -22.",
	    .fix = "Limit the guest's physical address bits to the IOMMU's.",
	    .source = "QEMU docs/igd-assign.txt, known issues; Intel VT-d specification, capability register MGAW" },
	  .targets = EVERYWHERE,
	  .test = phys_bits },
	{ { .id = "vm.machine-gone",
	    .severity = SEV_BLOCK,
	    .says = "This release of QEMU does not have the machine type.",
	    .fix = "Pin one that it has, or none.",
	    .source = "QEMU commit 3dfa5a5c71; hw/i386/pc_piix.c, pc_q35.c" },
	  .targets = EVERYWHERE,
	  .test = machine_gone },
	{ { .id = NULL } },
};
