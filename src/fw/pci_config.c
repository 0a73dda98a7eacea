// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pci_config.c - the header, the capability list and the extended capability list of a PCI function.
 *
 * Both lists are chains of offsets that the device gives, so both walks carry a limit: a list cannot have more
 * members than there are aligned places for them. A walk that met its end answers true; only then may a missing
 * capability be called missing.
 */
#include "fw/pci_config.h"

#include "base/error.h"

#define HEADER_MIN		16
#define CONFIG_MAX		4096
#define PCI_SPACE		256
#define CARDBUS_CAPABILITY_LIST 0x14
#define CARDBUS_SUBSYSTEM	0x40
#define CAP_ID_SSVID		0x0d
#define CAP_FIRST		0x40 /* capabilities live behind the header */
#define CAPS_MAX		((PCI_SPACE - CAP_FIRST) / 4)
#define EXT_CAPS_MAX		((CONFIG_MAX - PCI_EXT_CAP_START) / 8)
#define SPT_ACS_CTRL		8
#define EXT_CAP_ID_DSN_LEN	8

struct caps { /* what one walk of the capability list found; offsets, 0: not there */
	uint8_t exp, pm, af, ssvid;
	bool whole;
};

bool pci_acs_ctl_is_dword(uint16_t vendor, uint16_t device, enum pcie_type type)
{
	static const struct {
		uint16_t first, last;
	} ports[] = {
		{ 0xa110, 0xa11f }, { 0xa167, 0xa16a }, /* Sunrise Point */
		{ 0xa290, 0xa29f }, { 0xa2e7, 0xa2ee }, /* Union Point */
		{ 0x9d10, 0x9d1b },			/* the same in mobile processors */
	};

	if (vendor != PCI_VENDOR_INTEL || type != PCIE_ROOT_PORT)
		return false;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (device >= ports[i].first && device <= ports[i].last)
			return true;
	return false;
}

static enum pci_known known(bool yes)
{
	return yes ? PCI_YES : PCI_NO;
}

static bool all_ones(struct span s)
{
	uint8_t byte;

	for (size_t i = 0; span_u8(s, i, &byte); i++)
		if (byte != 0xff)
			return false;
	return true;
}

/* Keep the first of each kind, as Linux' pci_find_capability() does. */
static void cap_seen(struct caps *caps, uint8_t id, uint8_t at)
{
	uint8_t *slot = id == PCI_CAP_ID_EXP  ? &caps->exp
			: id == PCI_CAP_ID_PM ? &caps->pm
			: id == PCI_CAP_ID_AF ? &caps->af
			: id == CAP_ID_SSVID  ? &caps->ssvid
					      : NULL;

	if (slot && *slot == 0)
		*slot = at;
}

static void caps_walk(struct span config, uint8_t header_type, struct caps *ret, struct report *rep)
{
	uint8_t at, id, next;
	uint16_t status;

	if (!span_le16(config, PCI_STATUS, &status) || header_type > 2)
		return;
	if (!(status & PCI_STATUS_CAP_LIST)) {
		ret->whole = true;
		return;
	}
	if (!span_u8(config, header_type == 2 ? CARDBUS_CAPABILITY_LIST : PCI_CAPABILITY_LIST, &at))
		return;
	for (size_t i = 0; i < CAPS_MAX; i++) {
		at &= 0xfc; /* the low bits are reserved */
		if (at < CAP_FIRST) {
			if (at != 0)
				report_note(rep, at, "a capability inside the header ends the list");
			ret->whole = true;
			return;
		}
		if (!span_u8(config, at, &id) || !span_u8(config, at + 1u, &next))
			return;	  /* behind the cut */
		if (id == 0xff) { /* so does Linux' __pci_find_next_cap_ttl() */
			report_note(rep, at, "the capability list ends in ones");
			return;
		}
		cap_seen(ret, id, at);
		at = next;
	}
	report_note(rep, at, "the capability list loops");
}

static void header_read(struct span config, struct pci_config *c)
{
	static const uint8_t subsys_at[] = { PCI_SUBSYSTEM_VENDOR_ID, 0, CARDBUS_SUBSYSTEM };
	uint8_t at = c->header_type < sizeof(subsys_at) ? subsys_at[c->header_type] : 0;

	if (at != 0)
		c->has_subsys =
			span_le16(config, at + 0u, c->header_type == 2 ? &c->subsys_device : &c->subsys_vendor) &&
			span_le16(config, at + 2u, c->header_type == 2 ? &c->subsys_vendor : &c->subsys_device);
	if (c->header_type == 1 || c->header_type == 2)
		c->has_buses = span_u8(config, PCI_PRIMARY_BUS, &c->primary) &&
			       span_u8(config, PCI_SECONDARY_BUS, &c->secondary) &&
			       span_u8(config, PCI_SUBORDINATE_BUS, &c->subordinate);
}

/* What the capability list tells. */
static void caps_read(struct span config, const struct caps *caps, struct pci_config *c)
{
	bool flr_known = caps->whole;
	uint16_t flags, pm;
	uint32_t devcap;
	uint8_t af;

	if (caps->exp != 0 && span_le16(config, caps->exp + (size_t)PCI_EXP_FLAGS, &flags)) {
		c->pcie_type = (enum pcie_type)(flags >> 4 & 0xf);
		c->has_pcie_type = true;
	} else if (caps->exp == 0 && caps->whole) {
		c->pcie_type = PCIE_NONE;
		c->has_pcie_type = true;
	}
	if (caps->exp != 0) {
		if (!span_le32(config, caps->exp + (size_t)PCI_EXP_DEVCAP, &devcap))
			flr_known = false;
		else if (devcap & PCI_EXP_DEVCAP_FLR)
			c->flr = PCI_YES;
	}
	if (caps->af != 0) {
		if (!span_u8(config, caps->af + (size_t)PCI_AF_CAP, &af))
			flr_known = false;
		else if (af & PCI_AF_CAP_FLR)
			c->flr = PCI_YES;
	}
	if (c->flr == PCI_UNKNOWN && flr_known)
		c->flr = PCI_NO;
	if (caps->pm != 0)
		c->pm = PCI_YES;
	else if (caps->whole)
		c->pm = PCI_NO;
	if (caps->pm != 0 && span_le16(config, caps->pm + (size_t)PCI_PM_CTRL, &pm))
		c->no_soft_reset = known((pm & PCI_PM_CTRL_NO_SOFT_RESET) != 0);
	if (caps->ssvid != 0 && c->header_type == 1)
		c->has_subsys = span_le16(config, caps->ssvid + (size_t)4, &c->subsys_vendor) &&
				span_le16(config, caps->ssvid + (size_t)6, &c->subsys_device);
}

static void acs_read(struct span config, size_t at, struct pci_config *c)
{
	bool dword = c->has_pcie_type && pci_acs_ctl_is_dword(c->vendor, c->device, c->pcie_type);
	uint16_t cap, ctl;

	if (c->acs != PCI_UNKNOWN || !span_le16(config, at + PCI_ACS_CAP, &cap) ||
	    !span_le16(config, at + (dword ? SPT_ACS_CTRL : PCI_ACS_CTRL), &ctl))
		return;
	c->acs = PCI_YES;
	c->acs_cap = cap;
	c->acs_ctl = ctl;
}

static void ext_cap_read(struct span config, uint16_t id, size_t at, struct pci_config *c)
{
	struct span serial;

	if (id == PCI_EXT_CAP_ID_ACS)
		acs_read(config, at, c);
	else if (id == PCI_EXT_CAP_ID_SRIOV && c->sriov == PCI_UNKNOWN &&
		 span_le16(config, at + PCI_SRIOV_TOTAL_VF, &c->sriov_total))
		c->sriov = PCI_YES;
	else if (id == PCI_EXT_CAP_ID_DSN && c->dsn_at == 0 && span_cut(config, at + 4, EXT_CAP_ID_DSN_LEN, &serial))
		c->dsn_at = (uint16_t)(at + 4);
}

/* True when the list was walked to its end and each member could be read. */
static bool ext_caps_walk(struct span config, struct pci_config *c, struct report *rep)
{
	size_t at = PCI_EXT_CAP_START;
	bool acs = false, sriov = false;
	uint32_t head;

	for (size_t i = 0; i < EXT_CAPS_MAX; i++) {
		uint16_t id;

		if (!span_le32(config, at, &head))
			return false;		     /* behind the cut */
		if (head == 0 || head == UINT32_MAX) /* "no extended capabilities", 7.6.2; ones: not reachable */
			return head == 0;
		id = (uint16_t)head;
		acs |= id == PCI_EXT_CAP_ID_ACS;
		sriov |= id == PCI_EXT_CAP_ID_SRIOV;
		ext_cap_read(config, id, at, c);
		at = head >> 20 & 0xffc;
		if (at < PCI_EXT_CAP_START) {
			if (at != 0)
				report_note(rep, at,
					    "an extended capability inside the first 256 bytes ends the list");
			return acs == (c->acs == PCI_YES) && sriov == (c->sriov == PCI_YES);
		}
	}
	report_note(rep, at, "the extended capability list loops");
	return false;
}

static void ext_caps_read(struct span config, struct pci_config *c, struct report *rep)
{
	bool whole;

	if (!c->has_pcie_type)
		return;
	/* Linux asks conventional functions for none of these (pci_acs_enabled(), pci_iov_init()). */
	whole = c->pcie_type == PCIE_NONE || ext_caps_walk(config, c, rep);
	if (whole && c->acs == PCI_UNKNOWN)
		c->acs = PCI_NO;
	if (whole && c->sriov == PCI_UNKNOWN)
		c->sriov = PCI_NO;
}

int pci_config_read(struct span config, struct pci_config *ret, struct report *rep)
{
	struct pci_config c = { 0 };
	struct caps caps = { 0 };
	struct span head;
	uint8_t type = 0;

	if (config.n > CONFIG_MAX)
		config.n = CONFIG_MAX;
	if (!span_cut(config, 0, HEADER_MIN, &head))
		return report_refuse(rep, IGD_ETRUNC, config.n, "configuration space ends inside its header");
	if (all_ones(head))
		return report_refuse(rep, IGD_ENOENT, 0,
				     "configuration space reads as ones: the function does not answer");
	c.len = config.n;
	span_le16(head, PCI_VENDOR_ID, &c.vendor);
	span_le16(head, PCI_DEVICE_ID, &c.device);
	c.has_id = c.vendor != 0xffff;
	span_u8(head, PCI_REVISION_ID, &c.rev);
	span_u8(head, PCI_CLASS_PROG, &c.prog_if);
	span_le16(head, PCI_CLASS_DEVICE, &c.class);
	span_u8(head, PCI_HEADER_TYPE, &type);
	c.multifunction = (type & PCI_HEADER_TYPE_MFD) != 0;
	c.header_type = type & PCI_HEADER_TYPE_MASK;
	if (c.header_type > 2)
		report_note(rep, PCI_HEADER_TYPE, "unknown header type 0x%02x", c.header_type);
	header_read(config, &c);
	caps_walk(config, c.header_type, &caps, rep);
	caps_read(config, &caps, &c);
	ext_caps_read(config, &c, rep);
	*ret = c;
	return 0;
}
