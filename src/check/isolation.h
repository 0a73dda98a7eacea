/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * isolation.h - why two functions share an IOMMU group, and what could split them.
 *
 * The rules are the kernel's own (Linux drivers/iommu/iommu.c pci_device_group(), drivers/pci/quirks.c
 * pci_dev_specific_acs_enabled(); the ACS override is the out-of-tree patch that Proxmox and linux-zen carry).
 */
#pragma once

#include "base/arena.h"
#include "facts/facts.h"

enum isolation_reason {
	ISO_INTEL_RCIEP,     /* isolated: Intel root complex integrated endpoint (kernel quirk) */
	ISO_QUIRK,	     /* isolated: on the kernel's list of devices known to isolate */
	ISO_ACS,	     /* isolated: ACS capability with all wanted bits */
	ISO_SINGLE,	     /* isolated: the only function of its slot */
	ISO_CONVENTIONAL,    /* not: conventional PCI function, nothing can isolate it */
	ISO_BRIDGE,	     /* not: PCI Express to PCI bridge or event collector */
	ISO_PORT_NO_ACS,     /* not: port without (enough of) ACS */
	ISO_FUNCTION_NO_ACS, /* not: function of a multifunction slot without (enough of) ACS */
	ISO_UNKNOWN,	     /* the facts do not tell */
	ISO_REASONS
};

struct isolation {
	enum isolation_reason reason;
	bool inferred; /* concluded from the grouping itself, not read from configuration space */
};

/* ACS override as written on a command line. */
struct acs_override {
	bool downstream, multifunction;
	uint32_t ids[16]; /* vendor << 16 | device */
	size_t n_ids;
	size_t n_bad; /* words the patch does not know */
};

enum tri isolation_is(enum isolation_reason r);	    /* yes, no, unknown */
const char *isolation_str(enum isolation_reason r); /* one clause for people */
const char *isolation_id(enum isolation_reason r);  /* "conventional-pci", for JSON */

/*
 * What a function's own registers, its id and (only where those are silent) the kernel's present grouping tell.
 * Linux asks in this order, the first answer counts: its list of ids (check/acs_quirks.h), Intel integrated
 * endpoint, no PCI Express at all, bridge to PCI, port, multifunction endpoint, the rest.
 */
struct isolation isolation_of(const struct facts *f, const struct pci_fn *p);

/*
 * Add the words of one pcie_acs_override= value to @ret, which starts zeroed: the option may come more than once.
 * False when a word of it is none that the patch acts on; those are counted in .n_bad.
 */
bool acs_override_parse(const char *value, struct acs_override *ret);

/* The override that the running kernel was started with; false when there is none, or its command line is unknown. */
bool acs_override_in_force(const struct facts *f, struct acs_override *ret);

/*
 * Does the override act on @p, so that the kernel believes it isolated? Unknown when the facts do not tell. No for
 * conventional PCI functions and for those with an ACS capability, whatever it says: the patch leaves them alone.
 */
enum tri acs_override_applies(const struct facts *f, const struct pci_fn *p, const struct acs_override *o);

/*
 * The groups that the kernel would form. ret[i] is the smallest index of facts.pci that shares a group with
 * function i. With @o NULL: without override. False, and @ret untouched, when the facts are too thin to tell
 * or the arena is full. Groups that the kernel did form count as facts, unless an override is in force.
 */
bool isolation_predict(const struct facts *f, const struct acs_override *o, struct arena *a, int **ret);

/* Why this group is one, in a sentence or two; never NULL. @split (may be NULL): what, if anything, would split it.
 */
const char *isolation_explain(const struct facts *f, const struct iommu_group *g, struct arena *a,
			      const char **split);

/* What the host loses when the group leaves it: roles with the device that has each. */
enum loss_kind {
	LOSS_ROUTE,
	LOSS_BRIDGE_PORT,
	LOSS_DISK,
	LOSS_KEYBOARD,
	LOSS_ONLY_USB,
	LOSS_NIC,
	LOSS_STORAGE,
	LOSS_LPC,
	LOSS_SMBUS,
	LOSS_SPI,
	LOSS_SERIAL_OVER_LAN,
	LOSS_MEI,
	LOSS_SOUND,
	LOSS_DISPLAY,
	LOSS_KINDS
};
struct loss {
	enum loss_kind kind;
	int pci;
	const char *what; /* "eno1 carries the default route" */
	bool fatal; /* the host must not lose it (design rule): route, bridge port, root disk, only console keyboard,
		       LPC */
	bool unsettled; /* the input cannot tell whether the host must not lose it */
};
const char *loss_id(enum loss_kind kind); /* "default-route", for JSON */

/*
 * Everything the host loses with @g, worst kind first, owned by @a. A role that the input cannot settle is listed and
 * says so, but is not fatal. -IGD_ENOMEM when the arena is full.
 */
int losses_of(const struct facts *f, const struct iommu_group *g, struct arena *a, struct loss **ret,
	      size_t *n) _must_check_;
