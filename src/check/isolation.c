// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * isolation.c - does a function keep its DMA to itself in the kernel's eyes, and would an ACS override change that?
 *
 * Linux drivers/pci/pci.c pci_acs_enabled() and drivers/pci/quirks.c pci_dev_specific_acs_enabled() decide by id and
 * configuration space. Where an input does not hold those, the groups that the kernel formed often leave
 * only one possibility; such an answer is marked as inferred.
 */
#include "check/isolation.h"

#include <string.h>

#include "base/text.h"
#include "check/acs_quirks.h"
#include "check/isolate.h"
#include "fw/pci_config.h"

#define ACS_WANTED     (PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF) /* iommu.c REQ_ACS_FLAGS */
#define CMDLINE_MAX    4096						   /* the kernel itself reads 2048 on x86 */
#define ROOT_BUS_MAX   256						   /* functions of one bus */
#define VMD_DOMAIN_MIN 0x10000 /* vmd.c numbers its domains above those that ACPI can name */

static const struct {
	enum tri isolated;
	const char *id, *words;
} reasons[ISO_REASONS] = {
	[ISO_INTEL_RCIEP] = { TRI_YES, "intel-rciep", "integrated endpoint: Intel guarantees isolation" },
	[ISO_QUIRK] = { TRI_YES, "kernel-list", "on the kernel's list of devices that isolate" },
	[ISO_ACS] = { TRI_YES, "acs", "ACS isolates it" },
	[ISO_SINGLE] = { TRI_YES, "single-function", "the only function of its slot" },
	[ISO_CONVENTIONAL] = { TRI_NO, "conventional-pci", "conventional PCI function: nothing can isolate it" },
	[ISO_BRIDGE] = { TRI_NO, "pci-bridge", "bridge to conventional PCI: it cannot isolate" },
	[ISO_PORT_NO_ACS] = { TRI_NO, "port-without-acs", "port without ACS" },
	[ISO_FUNCTION_NO_ACS] = { TRI_NO, "function-without-acs", "one of several functions of a slot, without ACS" },
	[ISO_UNKNOWN] = { TRI_UNKNOWN, "unknown", "the facts do not tell" },
};

enum tri isolation_is(enum isolation_reason r)
{
	return r < ISO_REASONS ? reasons[r].isolated : TRI_UNKNOWN;
}

const char *isolation_str(enum isolation_reason r)
{
	return reasons[r < ISO_REASONS ? r : ISO_UNKNOWN].words;
}

const char *isolation_id(enum isolation_reason r)
{
	return reasons[r < ISO_REASONS ? r : ISO_UNKNOWN].id;
}

static struct isolation read_as(enum isolation_reason r)
{
	return (struct isolation) { r, false };
}

static struct isolation inferred_as(enum isolation_reason r)
{
	return (struct isolation) { r, true };
}

/* ---- neighbours ---------------------------------------------------------------------------------- */

struct fn_range isolate_slot(const struct facts *f, size_t i)
{
	struct fn_range s = { i, i + 1 };

	while (s.from > 0 && pci_addr_same_slot(f->pci[s.from - 1].addr, f->pci[i].addr))
		s.from--;
	while (s.to < f->n_pci && pci_addr_same_slot(f->pci[s.to].addr, f->pci[i].addr))
		s.to++;
	return s;
}

/* The first function at or after @a. */
static size_t lower_bound(const struct facts *f, struct pci_addr a)
{
	size_t lo = 0, hi = f->n_pci;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (pci_addr_cmp(f->pci[mid].addr, a) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct fn_range isolate_behind(const struct facts *f, const struct pci_fn *bridge)
{
	struct fn_range r = { 0, 0 };
	uint8_t bus;

	if (!bridge->secondary.known || bridge->secondary.v <= bridge->addr.bus || bridge->secondary.v > UINT8_MAX)
		return r;
	bus = (uint8_t)bridge->secondary.v;
	r.from = r.to = lower_bound(f, (struct pci_addr) { bridge->addr.domain, bus, 0, 0 });
	while (r.to < f->n_pci && f->pci[r.to].addr.domain == bridge->addr.domain && f->pci[r.to].addr.bus == bus)
		r.to++;
	return r;
}

bool isolate_is_bridge(const struct pci_fn *p)
{
	if (p->header_type.known)
		return p->header_type.v == PCI_HEADER_TYPE_BRIDGE;
	if (p->class.known)
		return p->class.v == PCI_CLASS_BRIDGE_PCI;
	return p->secondary.known ||
	       (p->name.v && (strstr(p->name.v, "PCI Express") || strstr(p->name.v, "Root Port") ||
			      strstr(p->name.v, "PCI Bridge") || strstr(p->name.v, "PCIe Port")));
}

enum tri isolate_renames(const struct pci_fn *bridge)
{
	if (!isolate_is_bridge(bridge))
		return TRI_NO;
	if (bridge->id.known && acs_conventional_bridge(pci_fn_vendor(bridge), pci_fn_device(bridge)))
		return TRI_YES;
	if (bridge->pcie_type.known)
		return bridge->pcie_type.v == PCIE_PCI_BRIDGE || bridge->pcie_type.v == PCIE_PCIE_BRIDGE ||
				       bridge->pcie_type.v == PCIE_NONE
			       ? TRI_YES
			       : TRI_NO;
	return TRI_UNKNOWN;
}

bool isolate_overridden(const struct facts *f)
{
	static const char option[] = "pcie_acs_override";

	return f->cmdline.v && memmem(f->cmdline.v, strnlen(f->cmdline.v, CMDLINE_MAX), option, strlen(option));
}

bool isolate_together(const struct pci_fn *a, const struct pci_fn *b)
{
	return a->group.known && b->group.known && a->group.v == b->group.v && a->group.v != GROUP_NONE;
}

/* On the bus of the host bridge, where the walk up to the IOMMU ends. */
static bool on_root_bus(const struct pci_fn *p)
{
	return p->parent < 0 && p->addr.bus == 0 && p->addr.domain < VMD_DOMAIN_MIN;
}

int isolate_port_by_group(const struct facts *f, const struct pci_fn *p, bool *sole)
{
	const struct iommu_group *g = p->group.known ? facts_group(f, p->group.v) : NULL;
	int found = -1;
	size_t n = 0;

	for (size_t i = 0; g && i < g->n_members && i < ROOT_BUS_MAX; i++) {
		const struct pci_fn *m = &f->pci[g->members[i]];

		if (m->addr.domain != p->addr.domain || !on_root_bus(m))
			break;
		if (isolate_is_bridge(m) && n++ == 0)
			found = g->members[i];
	}
	*sole = n == 1;
	return p->addr.bus > 0 ? found : -1;
}

/* ---- the kernel's list of ids ---------------------------------------------------------------------- */

static bool intel_pch_failed(const struct facts *f, const struct pci_fn *p)
{
	char buf[PCI_ADDR_STR];
	const struct log_line *l;

	if (p->addr.domain || p->addr.bus) /* where the quirk's ports are; keeps the reading of logs rare */
		return false;
	pci_addr_str(p->addr, buf);
	for (l = facts_log(f, "Failed to enable Intel PCH ACS quirk", NULL); l;
	     l = facts_log(f, "Failed to enable Intel PCH ACS quirk", l))
		if (strstr(l->text, buf))
			return true;
	return false;
}

/* AMD's south bridges: in a multifunction slot of the root bus, and only beside an AMD IOMMU. */
static struct isolation amd_south(const struct facts *f, const struct pci_fn *p)
{
	bool iommu = f->ivrs.v == TRI_YES || f->iommu_on.v == TRI_YES;

	if (!on_root_bus(p) || p->multifunction.v == TRI_NO || f->ivrs.v == TRI_NO)
		return read_as(ISO_UNKNOWN);
	return p->multifunction.v == TRI_YES && iommu ? read_as(ISO_QUIRK) : read_as(ISO_UNKNOWN);
}

static struct isolation by_list(const struct facts *f, const struct pci_fn *p)
{
	bool other_type = p->pcie_type.known && p->pcie_type.v != PCIE_ROOT_PORT && p->pcie_type.v != PCIE_DOWNSTREAM;

	if (!p->id.known)
		return read_as(ISO_UNKNOWN);
	switch (acs_quirk_of(pci_fn_vendor(p), pci_fn_device(p))) {
	case QUIRK_FUNCTIONS:
		return read_as(ISO_QUIRK);
	case QUIRK_AMD_SOUTH:
		return amd_south(f, p);
	case QUIRK_INTEL_PCH_PORT: /* the firmware's lock bits decide; out of our sight, and nearly always as they
				    * should be */
		if (other_type)
			break;
		return intel_pch_failed(f, p) ? read_as(ISO_PORT_NO_ACS) : inferred_as(ISO_QUIRK);
	case QUIRK_PORT:
		if (other_type)
			break;
		return read_as(ISO_QUIRK);
	case QUIRK_NONE:
		break;
	}
	if (pci_fn_vendor(p) == PCI_VENDOR_INTEL && p->pcie_type.known && p->pcie_type.v == PCIE_RC_ENDPOINT)
		return read_as(ISO_INTEL_RCIEP);
	return read_as(ISO_UNKNOWN);
}

/* ---- configuration space ----------------------------------------------------------------------------- */

/* A bit that the capability lacks is hard-wired as it should be (pci_acs_flags_enabled()). */
static struct isolation by_acs(const struct facts *f, const struct pci_fn *p, enum isolation_reason without)
{
	bool dword = p->id.known && p->pcie_type.known &&
		     pci_acs_ctl_is_dword(pci_fn_vendor(p), pci_fn_device(p), (enum pcie_type)p->pcie_type.v);

	if (p->acs.v == TRI_NO)
		return read_as(without);
	if (p->acs.v == TRI_UNKNOWN || !p->acs_cap.known)
		return read_as(ISO_UNKNOWN);
	/* The kernel sets what it wants as soon as it uses an IOMMU: without one, the bits say nothing of then. lspci
	 * prints them from the wrong place for the ports with a dword. */
	if (f->iommu_on.v != TRI_YES || (dword && p->config.n <= PCI_EXT_CAP_START))
		return inferred_as(ISO_ACS);
	if (!p->acs_ctl.known)
		return read_as(ISO_UNKNOWN);
	return read_as((p->acs_cap.v & ~p->acs_ctl.v & ACS_WANTED) == 0 ? ISO_ACS : without);
}

/* Does the slot hold one function only, as the kernel counts? Virtual functions never say they have company. */
static enum tri multifunction(const struct facts *f, size_t i)
{
	const struct pci_fn *p = &f->pci[i];
	struct fn_range slot;

	if (p->is_vf.v == TRI_YES)
		return TRI_NO;
	if (p->multifunction.v != TRI_UNKNOWN || f->pci_whole.v != TRI_YES)
		return p->multifunction.v;
	slot = isolate_slot(f, i);
	return slot.to - slot.from > 1 ? TRI_YES : TRI_UNKNOWN;
}

static struct isolation by_type(const struct facts *f, size_t i)
{
	const struct pci_fn *p = &f->pci[i];
	struct isolation acs;

	if (!p->pcie_type.known)
		return read_as(ISO_UNKNOWN);
	switch (p->pcie_type.v) {
	case PCIE_NONE:
		return read_as(ISO_CONVENTIONAL);
	case PCIE_PCI_BRIDGE:
	case PCIE_PCIE_BRIDGE:
	case PCIE_RC_EVENT:
		return read_as(ISO_BRIDGE);
	case PCIE_ROOT_PORT:
	case PCIE_DOWNSTREAM:
		return by_acs(f, p, ISO_PORT_NO_ACS);
	case PCIE_ENDPOINT:
	case PCIE_LEG_ENDPOINT:
	case PCIE_UPSTREAM:
	case PCIE_RC_ENDPOINT:
		if (multifunction(f, i) == TRI_NO)
			return read_as(ISO_SINGLE);
		acs = by_acs(f, p, ISO_FUNCTION_NO_ACS);
		if (multifunction(f, i) == TRI_UNKNOWN && isolation_is(acs.reason) == TRI_NO)
			return read_as(ISO_UNKNOWN);
		return acs;
	default:
		return read_as(ISO_UNKNOWN);
	}
}

static struct isolation by_facts(const struct facts *f, size_t i)
{
	struct isolation r = by_list(f, &f->pci[i]);

	return r.reason == ISO_UNKNOWN ? by_type(f, i) : r;
}

/* ---- what the groups give away ------------------------------------------------------------------------- */

/* Linux 5.8 began to isolate each Intel integrated endpoint; the stable kernels of 2020, 5.4 among them, took it
 * over.
 */
static bool knows_rciep(const struct facts *f)
{
	int cmp;

	return !facts_kernel_cmp(f, 5, 4, &cmp) || cmp >= 0;
}

static bool shares_in_slot(const struct facts *f, size_t i)
{
	struct fn_range slot = isolate_slot(f, i);

	for (size_t k = slot.from; k < slot.to; k++)
		if (k != i && isolate_together(&f->pci[i], &f->pci[k]))
			return true;
	return false;
}

static struct isolation bridge_not_isolated(const struct pci_fn *p)
{
	bool conventional = isolate_renames(p) == TRI_YES || (p->prog_if.known && p->prog_if.v == 1);

	return inferred_as(conventional ? ISO_CONVENTIONAL : ISO_PORT_NO_ACS);
}

/* On the root bus only functions that are not isolated are put together with one of their own slot. */
static struct isolation not_isolated(const struct facts *f, const struct pci_fn *p)
{
	if (isolate_is_bridge(p))
		return bridge_not_isolated(p);
	if (p->id.known && pci_fn_vendor(p) == PCI_VENDOR_INTEL && knows_rciep(f))
		return inferred_as(ISO_CONVENTIONAL);
	return inferred_as(ISO_FUNCTION_NO_ACS);
}

/* A root bus bridge: grouped with what is behind it, or not. */
static struct isolation bridge_by_group(const struct facts *f, const struct pci_fn *p)
{
	struct fn_range behind = isolate_behind(f, p);
	const struct iommu_group *g = facts_group(f, p->group.v);
	bool apart = false, sole;
	int port;

	for (size_t i = behind.from; i < behind.to; i++) {
		if (isolate_together(p, &f->pci[i]))
			return bridge_not_isolated(p);
		apart |= f->pci[i].group.known && f->pci[i].group.v != GROUP_NONE;
	}
	if (apart)
		return isolate_overridden(f) ? read_as(ISO_UNKNOWN) : inferred_as(ISO_ACS);
	if (!g || g->n_members < 2)
		return read_as(ISO_UNKNOWN);
	port = isolate_port_by_group(f, &f->pci[g->members[g->n_members - 1]], &sole);
	return sole && port >= 0 && &f->pci[port] == p ? bridge_not_isolated(p) : read_as(ISO_UNKNOWN);
}

/* Alone in its group while others of its slot share one: those would have taken it in. */
static struct isolation left_out(const struct facts *f, size_t i)
{
	struct fn_range slot = isolate_slot(f, i);
	const struct pci_fn *p = &f->pci[i];

	if (slot.to - slot.from == 1)
		return f->pci_whole.v == TRI_YES ? inferred_as(ISO_SINGLE) : read_as(ISO_UNKNOWN);
	if (isolate_overridden(f) || !p->id.known || pci_fn_vendor(p) != PCI_VENDOR_INTEL || !knows_rciep(f))
		return read_as(ISO_UNKNOWN);
	for (size_t k = slot.from; k < slot.to; k++)
		if (k != i && isolation_is(by_facts(f, k).reason) != TRI_YES &&
		    (shares_in_slot(f, k) || isolation_is(by_facts(f, k).reason) == TRI_NO))
			return inferred_as(ISO_INTEL_RCIEP);
	return read_as(ISO_UNKNOWN);
}

static struct isolation by_group(const struct facts *f, size_t i)
{
	const struct pci_fn *p = &f->pci[i];
	bool shares, sole;

	if (!p->group.known || p->group.v == GROUP_NONE || !facts_group(f, p->group.v))
		return read_as(ISO_UNKNOWN);
	shares = shares_in_slot(f, i);
	if (on_root_bus(p)) {
		if (shares)
			return not_isolated(f, p);
		return isolate_is_bridge(p) ? bridge_by_group(f, p) : left_out(f, i);
	}
	/* With a port of its own in the group, the port is reason enough and the function's own state stays hidden.
	 */
	if (p->addr.domain >= VMD_DOMAIN_MIN || isolate_is_bridge(p) || f->pci_whole.v != TRI_YES ||
	    isolate_port_by_group(f, p, &sole) >= 0 || (p->parent >= 0 && isolate_together(p, &f->pci[p->parent])))
		return read_as(ISO_UNKNOWN);
	if (shares)
		return inferred_as(ISO_FUNCTION_NO_ACS);
	return isolate_slot(f, i).to - isolate_slot(f, i).from == 1 ? inferred_as(ISO_SINGLE) : read_as(ISO_UNKNOWN);
}

struct isolation isolation_of(const struct facts *f, const struct pci_fn *p)
{
	size_t i = (size_t)(p - f->pci);
	struct isolation r = by_facts(f, i), seen;

	if (r.reason != ISO_UNKNOWN && !r.inferred)
		return r;
	seen = by_group(f, i);
	if (r.reason == ISO_UNKNOWN || isolation_is(seen.reason) == TRI_NO)
		return seen;
	return r;
}

/* ---- the override ------------------------------------------------------------------------------------------ */

/* "vvvv:dddd" as the patch reads it: up to four digits each. */
static bool id_parse(struct span s, uint32_t *ret)
{
	uint64_t vendor, device;

	if (!text_digits(&s, 16, &vendor) || !text_skip(&s, ":") || !text_digits(&s, 16, &device) || s.n ||
	    vendor > UINT16_MAX || device > UINT16_MAX)
		return false;
	*ret = (uint32_t)vendor << 16 | (uint32_t)device;
	return true;
}

static bool word_parse(struct span w, struct acs_override *o)
{
	uint32_t id;

	if (text_starts(w, "downstream")) /* the patch compares only as many letters, so "downstreams" counts too */
		return o->downstream = true;
	if (text_starts(w, "multifunction"))
		return o->multifunction = true;
	/* It has 16 places and refuses to use the last. */
	if (!text_skip(&w, "id:") || !id_parse(w, &id) || o->n_ids >= ARRAY_SIZE(o->ids) - 1)
		return false;
	o->ids[o->n_ids++] = id;
	return true;
}

bool acs_override_parse(const char *value, struct acs_override *ret)
{
	struct span rest = span_str(value);
	size_t bad = 0;

	while (rest.n) {
		struct span word = span_before(rest, ',');

		if (!span_from(rest, word.n < rest.n ? word.n + 1 : word.n, &rest))
			break;
		bad += word.n && !word_parse(text_trim(word), ret);
	}
	ret->n_bad += bad;
	return bad == 0;
}

bool acs_override_in_force(const struct facts *f, struct acs_override *ret)
{
	const struct conf *c = NULL;
	bool any = false;

	*ret = (struct acs_override) { 0 };
	while ((c = facts_conf(f, CONF_CMDLINE, "pcie_acs_override", c)))
		any |= c->value && acs_override_parse(c->value, ret);
	return any;
}

static bool override_names(const struct acs_override *o, uint64_t id)
{
	for (size_t i = 0; i < o->n_ids; i++)
		if (o->ids[i] == id)
			return true;
	return false;
}

/* Type and ACS are known, or as good as. */
static enum tri applies_to_type(const struct facts *f, size_t i, uint64_t type, const struct acs_override *o)
{
	switch (type) {
	case PCIE_ROOT_PORT:
	case PCIE_DOWNSTREAM:
		return o->downstream ? TRI_YES : TRI_NO;
	case PCIE_ENDPOINT:
	case PCIE_LEG_ENDPOINT:
	case PCIE_UPSTREAM:
	case PCIE_RC_ENDPOINT:
		return o->multifunction ? multifunction(f, i) : TRI_NO;
	default:
		return TRI_NO;
	}
}

enum tri acs_override_applies(const struct facts *f, const struct pci_fn *p, const struct acs_override *o)
{
	struct isolation now = isolation_of(f, p);
	bool named = p->id.known && override_names(o, p->id.v);
	uint64_t type = p->pcie_type.v;
	enum tri acs = p->acs.v, r;

	if ((p->pcie_type.known && type == PCIE_NONE) || now.reason == ISO_CONVENTIONAL || acs == TRI_YES ||
	    (!o->downstream && !o->multifunction && !o->n_ids))
		return TRI_NO;
	/* A root port with the capability would isolate: the kernel sets its bits. So one that does not has none. */
	if (now.inferred && now.reason == ISO_PORT_NO_ACS) {
		type = p->pcie_type.known ? type : PCIE_ROOT_PORT;
		acs = TRI_NO;
	} else if (!p->pcie_type.known) {
		return TRI_UNKNOWN;
	}
	r = named ? TRI_YES : applies_to_type(f, (size_t)(p - f->pci), type, o);
	if (r == TRI_NO && !p->id.known && o->n_ids)
		return TRI_UNKNOWN;
	return r != TRI_NO && acs == TRI_UNKNOWN ? TRI_UNKNOWN : r;
}
