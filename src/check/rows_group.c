// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rows_group.c - who shares a group with whom, and what the host would lose.
 */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/text.h"
#include "check/isolation.h"
#include "check/rows.h"

/* Bridges may stay on their driver while a group is in use (Linux, drivers with driver_managed_dma). */
static bool is_bridge(const struct pci_fn *p)
{
	return pci_fn_base_class(p, 0x06) && p->class.v != PCI_CLASS_BRIDGE_ISA;
}

static bool host_driver(const struct pci_fn *p)
{
	return p->driver.v && p->driver.v[0] && strcmp(p->driver.v, "vfio-pci") != 0 &&
	       strcmp(p->driver.v, "pci-stub") != 0;
}

static enum verdict not_viable(const struct facts *f, struct evidence *ev)
{
	const struct log_line *l = facts_log(f, "is not viable", NULL);

	if (!l)
		l = facts_log(f, "Please ensure all devices within the iommu_group", NULL);
	if (l)
		evidence_add(ev, l->from, "%s", l->text);
	if (l)
		return VERDICT_FAIL;
	return row_log_silent(f, ev);
}

/* The GPU's own further functions (an APU's HDMI audio) go with it; everything else is company. */
static enum verdict igd_shared(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *igd = row_igd(f), *p;
	const struct iommu_group *g;
	char buf[PCI_ADDR_STR];
	bool shared = false;

	if (!igd)
		return evidence_unknown(ev, "the integrated GPU", f->igd.present.from);
	g = igd->group.known ? facts_group(f, igd->group.v) : NULL;
	if (!g)
		return evidence_unknown(ev, "the GPU's IOMMU group", igd->group.from);
	for (size_t i = 0; i < g->n_members; i++) {
		p = &f->pci[g->members[i]];
		if (p == igd || is_bridge(p) || (p->driver.v && !host_driver(p)))
			continue;
		shared = true;
		evidence_add(ev, p->group.from, "%s is in group %llu too, driver %s", pci_addr_str(p->addr, buf),
			     (unsigned long long)g->id, p->driver.v ? p->driver.v : "not known");
	}
	if (!shared)
		evidence_add(ev, igd->group.from, "group %llu has no other device in use", (unsigned long long)g->id);
	return shared ? VERDICT_FAIL : VERDICT_PASS;
}

/*
 * Functions that were pasted without a word about groups, and are just what one group has: everything in one slot of
 * the root bus and everything behind its bridge, nothing else.
 */
static bool looks_like_one_group(const struct facts *f)
{
	int slot = -1, bus = -1;
	bool bridge = false;

	for (size_t i = 0; i < f->n_pci; i++) {
		const struct pci_fn *p = &f->pci[i];

		if (p->group.known || p->addr.domain)
			return false;
		if (p->addr.bus == 0 && slot >= 0 && slot != p->addr.dev)
			return false;
		if (p->addr.bus != 0 && bus >= 0 && bus != p->addr.bus)
			return false;
		if (p->addr.bus == 0)
			slot = p->addr.dev;
		else
			bus = p->addr.bus;
		bridge |= p->addr.bus == 0 && is_bridge(p);
	}
	return slot > 0 && bus > 0 && bridge && f->pci_whole.v != TRI_YES;
}

static enum verdict igd_shared_likely(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *igd = row_igd(f), *p;
	char buf[PCI_ADDR_STR];

	if (!igd)
		return evidence_unknown(ev, "the integrated GPU", f->igd.present.from);
	if (igd->group.known || igd->addr.bus == 0 || !looks_like_one_group(f))
		return VERDICT_PASS;
	for (size_t i = 0; i < f->n_pci; i++) {
		p = &f->pci[i];
		if (p != igd && !is_bridge(p) && p->addr.bus == igd->addr.bus)
			evidence_add(ev, p->from, "%s was pasted beside it", pci_addr_str(p->addr, buf));
	}
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

/* Was anything read that would name a device for a VM: drivers, modprobe.d, guests? */
static bool plans_seen(const struct facts *f)
{
	bool drivers = f->n_pci > 0;

	for (size_t i = 0; i < f->n_pci; i++)
		drivers &= f->pci[i].driver.v != NULL;
	return drivers ||
	       (f->n_pci && f->conf_seen[CONF_MODPROBE].v != TRI_UNKNOWN && f->guests_seen.v != TRI_UNKNOWN);
}

/* What leaves with one group on behalf of @p; true when the host must not lose some of it. */
static bool takes_host(const struct facts *f, const struct iommu_group *g, const struct pci_fn *p, const char *how,
		       struct evidence *ev)
{
	char buf[PCI_ADDR_STR], with[PCI_ADDR_STR];
	struct loss *losses;
	bool ret = false;
	size_t n;

	if (losses_of(f, g, ev->arena, &losses, &n) < 0)
		return false;
	for (size_t k = 0; k < n; k++) {
		if (!losses[k].fatal)
			continue;
		ret = true;
		evidence_add(ev, p->from, "%s %s; with its group %llu goes %s: %s", pci_addr_str(p->addr, buf), how,
			     (unsigned long long)g->id,
			     losses[k].pci >= 0 ? pci_addr_str(f->pci[losses[k].pci].addr, with) : "a device",
			     losses[k].what);
	}
	return ret;
}

/* Each group of which a function is on its way to a VM, once: what it would take from the host. */
static enum verdict holds_host(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *igd = row_igd(f);
	bool any = false, unknown = false, igd_too = false;
	bool *done = arena_alloc(ev->arena, f->n_groups + 1);
	char claim[ROW_HOW_STR];

	for (size_t i = 0; done && i < f->n_pci && ev->n < EVIDENCE_MAX; i++) {
		const struct pci_fn *p = &f->pci[i];
		const char *how = row_claimed(ev, p, claim);
		const struct iommu_group *g = p->group.known ? facts_group(f, p->group.v) : NULL;

		if (!how)
			continue;
		any = true;
		unknown |= !g;
		if (!g || done[g - f->groups])
			continue;
		done[g - f->groups] = true;
		if (takes_host(f, g, p, how, ev))
			igd_too |= igd && igd->group.known && igd->group.v == g->id;
	}
	if (ev->n) {
		if (!igd_too && igd && igd->group.known && igd->group.v != GROUP_NONE && ev->n + 1 < EVIDENCE_MAX)
			evidence_add(ev, igd->group.from, "the GPU's own group %llu is not concerned",
				     (unsigned long long)igd->group.v);
		return VERDICT_FAIL;
	}
	if (unknown)
		return evidence_unknown(ev, "the group of a device meant for a VM", f->groups_seen.from);
	if (!any && !plans_seen(f))
		return evidence_unknown(ev, "what is meant for a VM",
					"no drivers, no vfio-pci ids and no guests in this input");
	if (!any)
		evidence_add(ev, NULL, "nothing is bound to vfio-pci or named for a VM");
	return VERDICT_PASS;
}

/* What the kernel printed when it happened: the NIC, the flash or a bridge port going away as a VM took the group. */
static enum verdict group_took_host(const struct facts *f, struct evidence *ev)
{
	static const char *const went[] = { "removed PHC", "Deleting MTD partitions", "NIC Link is Down" };

	if (!facts_log(f, went[0], NULL) && !facts_log(f, went[1], NULL))
		return row_log_silent(f, ev);
	for (size_t i = 0; i < ARRAY_SIZE(went); i++)
		for (const struct log_line *l = facts_log(f, went[i], NULL); l; l = facts_log(f, went[i], l))
			evidence_add(ev, l->from, "%s", l->text);
	return VERDICT_FAIL;
}

static size_t count_class(const struct facts *f, unsigned class, int *ret_index)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_pci; i++)
		if (f->pci[i].class.known && f->pci[i].class.v == class) {
			n++;
			*ret_index = (int)i;
		}
	return n;
}

/* Pasted trees (lspci -t) name no class; a USB tree with a single controller's buses tells the same. */
static const struct pci_fn *only_usb(const struct facts *f)
{
	int at = -1;
	size_t n = count_class(f, PCI_CLASS_SERIAL_USB, &at);

	if (n == 0)
		for (size_t i = 0; i < f->n_pci; i++)
			if (f->pci[i].name.v &&
			    (strstr(f->pci[i].name.v, "xHCI") || strstr(f->pci[i].name.v, "USB 3") ||
			     strstr(f->pci[i].name.v, "USB Controller"))) {
				n++;
				at = (int)i;
			}
	return n == 1 ? &f->pci[at] : NULL;
}

static enum verdict usb_only(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *p = only_usb(f);
	const struct iommu_group *g;
	char buf[PCI_ADDR_STR];

	if (f->pci_whole.v != TRI_YES)
		return evidence_unknown(ev, "the whole list of PCI functions", f->pci_whole.from);
	if (!p) {
		evidence_add(ev, f->pci_whole.from, "there is more than one USB controller, or none");
		return VERDICT_PASS;
	}
	evidence_add(ev, p->from, "%s is the only USB controller", pci_addr_str(p->addr, buf));
	g = p->group.known ? facts_group(f, p->group.v) : NULL;
	for (size_t i = 0; g && i < g->n_members; i++)
		if (&f->pci[g->members[i]] != p)
			evidence_add(ev, p->group.from, "%s shares its group %llu",
				     pci_addr_str(f->pci[g->members[i]].addr, buf), (unsigned long long)g->id);
	return VERDICT_FAIL;
}

/* Everything that pcie_acs_override= options say together, and the last of them, or NULL. */
static const struct conf *acs_option(const struct facts *f, struct acs_override *o)
{
	const struct conf *last = NULL;

	*o = (struct acs_override) { 0 };
	for (const struct conf *c = row_option(f, "pcie_acs_override", false, NULL); c;
	     c = row_option(f, "pcie_acs_override", false, c)) {
		last = c;
		if (!c->value || !acs_override_parse(c->value, o))
			o->n_bad++;
	}
	return last;
}

/* An override in force has shown what it can do: groups that still have several functions it did not part. */
#define SHARED_NAMED 12

static bool still_shared(const struct facts *f, struct evidence *ev)
{
	char list[SHARED_NAMED * 24] = "";
	struct acs_override o;
	size_t n = 0, used = 0;

	if (!acs_override_in_force(f, &o))
		return false;
	for (size_t i = 0; i < f->n_groups; i++)
		if (f->groups[i].n_members > 1 && n++ < SHARED_NAMED)
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%llu", used ? ", " : "",
						 (unsigned long long)f->groups[i].id);
	if (n)
		evidence_add(ev, NULL, "it is in force, and yet it did not part the functions of group %s%s", list,
			     n > SHARED_NAMED ? " and more" : "");
	return n > 0;
}

static void acs_predict(const struct facts *f, const struct acs_override *o, struct evidence *ev)
{
	int *with, *without;
	size_t moved = 0;
	char buf[PCI_ADDR_STR];

	if (!isolation_predict(f, NULL, ev->arena, &without) || !isolation_predict(f, o, ev->arena, &with)) {
		if (!still_shared(f, ev))
			evidence_add(ev, NULL, "the facts do not tell what it would change");
		return;
	}
	for (size_t i = 0; i < f->n_pci; i++)
		if (with[i] != without[i]) {
			moved++;
			evidence_add(
				ev, f->pci[i].from,
				"it parts %s from its group, though nothing stops the two from reaching each other",
				pci_addr_str(f->pci[i].addr, buf));
		}
	if (!moved)
		evidence_add(ev, NULL, "predicted by the kernel's own rules: it changes no group of this machine");
}

static enum verdict acs_override(const struct facts *f, struct evidence *ev)
{
	const struct log_line *l = facts_log(f, "PCIe ACS overrides enabled", NULL);
	struct acs_override o;
	const struct conf *c = acs_option(f, &o);

	if (c)
		row_conf_evidence(ev, c, NULL);
	if (l)
		evidence_add(ev, l->from, "%s", l->text);
	if (c)
		acs_predict(f, &o, ev);
	if (c && !l && f->log_whole.v == TRI_YES)
		evidence_add(ev, f->log_whole.from, "the kernel said nothing of it: this kernel has no such patch");
	if (c || l)
		return VERDICT_FAIL;
	return f->cmdline.v ? VERDICT_PASS : evidence_unknown(ev, "the kernel command line", f->cmdline.from);
}

/* Proxmox kernel 6.8.12-29 carried a backport that merged groups; -30 took it back (its changelog). */
static enum verdict acs_regression(const struct facts *f, struct evidence *ev)
{
	if (!f->kernel.v)
		return evidence_unknown(ev, "the kernel release", f->kernel.from);
	evidence_add(ev, f->kernel.from, "kernel %s", f->kernel.v);
	return strcmp(f->kernel.v, "6.8.12-29-pve") == 0 ? VERDICT_FAIL : VERDICT_PASS;
}

const struct check rows_group[] = {
	{ .id = "group.not-viable",
	  .catalog = "F10",
	  .severity = SEV_BLOCK,
	  .test = not_viable,
	  .says = "QEMU was refused an IOMMU group because another member is still on a host driver.",
	  .fix = "Look which device shares the group (igdctl inspect); give all of it or none.",
	  .source = "Linux drivers/vfio/group.c; QEMU hw/vfio/container.c" },
	{ .id = "group.igd-shared",
	  .catalog = "F10",
	  .severity = SEV_BLOCK,
	  .blocks = MODES_WHOLE,
	  .must_know = true,
	  .after = "iommu.igfx-quirk",
	  .test = igd_shared,
	  .says = "The GPU shares its IOMMU group with other devices; the kernel gives the group away only when none "
		  "of them is on a host driver.",
	  .fix = "Take the others off their host drivers if the host can do without them; igdctl inspect says why "
		 "they share.",
	  .source = "Linux drivers/iommu/iommu.c pci_device_group(); drivers/vfio" },
	{ .id = "group.igd-shared-likely",
	  .catalog = "F10",
	  .severity = SEV_WARN,
	  .test = igd_shared_likely,
	  .says = "What was pasted looks like the members of one IOMMU group, and the GPU is one of several.",
	  .fix = "Paste the groups to be sure: find /sys/kernel/iommu_groups -type l.",
	  .source = "Linux drivers/iommu/iommu.c pci_device_group(): a slot and all behind a port without ACS are "
		    "one" },
	{ .id = "group.holds-host",
	  .catalog = "F11",
	  .severity = SEV_BLOCK,
	  .test = holds_host,
	  .says = "A device meant for a VM shares its group with something the host lives on; giving it away takes "
		  "that too.",
	  .fix = "Leave that device with the host: use HDMI or DisplayPort sound of the GPU, USB or Bluetooth sound "
		 "instead, and take its id out of the vfio-pci configuration.",
	  .source = "Proxmox qemu-server PVE/QemuServer/PCI.pm binds the whole group; Linux drivers/iommu/iommu.c" },
	{ .id = "group.took-host",
	  .catalog = "F11",
	  .severity = SEV_WARN,
	  .test = group_took_host,
	  .says = "The kernel log shows the host losing its network or flash as a VM took a whole group.",
	  .fix = "Do not pass the device whose group holds them.",
	  .source = "Linux drivers/net/ethernet/intel/e1000e/ptp.c, drivers/mtd/mtdpart.c" },
	{ .id = "conf.acs-override",
	  .catalog = "F12",
	  .severity = SEV_WARN,
	  .test = acs_override,
	  .says = "An ACS override is configured. An integrated GPU never needs it; it makes the kernel believe in "
		  "isolation that is not there, for every group of the machine.",
	  .fix = "Remove pcie_acs_override from the kernel command line.",
	  .source = "ACS override patch (pve-kernel, linux-zen); Linux drivers/pci/quirks.c" },
	{ .id = "kernel.acs-regression",
	  .severity = SEV_NOTE,
	  .test = acs_regression,
	  .says = "This kernel merges IOMMU groups by mistake.",
	  .fix = "Boot 6.8.12-30-pve or newer.",
	  .source = "pve-kernel changelog, 6.8.12-30" },
	{ .id = "usb.only-controller",
	  .catalog = "F13",
	  .severity = SEV_NOTE,
	  .test = usb_only,
	  .says = "There is one USB controller: with it the host would lose every USB port, the keyboard included.",
	  .fix = "Give USB devices to the VM one by one (by id or by port), not the controller.",
	  .source = "Linux drivers/vfio; QEMU usb-host" },
	{ 0 },
};
