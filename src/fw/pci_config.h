/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pci_config.h - what the configuration space bytes of a PCI function tell.
 *
 * The bytes may be whole or cut: Linux gives an ordinary user the first 64, lspci -x and -xxx print 64 and 256,
 * a conventional function has 256, a PCI Express function 4096. What lies behind the cut stays unknown; "no"
 * is only said of a list that was walked to its end.
 *
 * Sources: PCI Local Bus Specification 3.0 chapter 6 and appendix H, PCI-to-PCI Bridge Architecture
 * Specification 1.2 chapter 3, PCI Express Base Specification 5.0 7.5 to 7.9, Linux drivers/pci/probe.c and
 * quirks.c. Offsets and bits are in std/pci.h.
 */
#pragma once

#include "base/report.h"
#include "base/span.h"
#include "std/pci.h"

enum pci_known { PCI_UNKNOWN, PCI_NO, PCI_YES };

struct pci_config {
	size_t len;  /* bytes looked at, 16..4096 */
	bool has_id; /* no: vendor and device read as ones, as a virtual function's do */
	uint16_t vendor, device;
	uint16_t class; /* base and sub-class, 0x0300 */
	uint8_t prog_if, rev;
	uint8_t header_type; /* 0 device, 1 PCI bridge, 2 CardBus bridge; without the multifunction bit */
	bool multifunction;  /* header type bit 7; only function 0 has to tell the truth here */

	bool has_subsys; /* they are in the header, or for bridges in a capability */
	uint16_t subsys_vendor, subsys_device;
	bool has_buses; /* bridges only */
	uint8_t primary, secondary, subordinate;

	bool has_pcie_type; /* PCIE_NONE: the capability list was walked to its end without one */
	enum pcie_type pcie_type;
	enum pci_known flr; /* function level reset, by PCI Express Device Capabilities or Advanced Features */
	enum pci_known pm;  /* has a power management capability */
	enum pci_known no_soft_reset; /* its NoSoftRst bit: yes means that D3hot to D0 resets nothing */

	enum pci_known acs;
	uint16_t acs_cap, acs_ctl; /* only where .acs is yes */
	enum pci_known sriov;
	uint16_t sriov_total; /* only where .sriov is yes */
	uint16_t dsn_at;      /* where the 8 bytes of a device serial number are; 0: none seen */
};

/*
 * Read @config, at least 16 bytes; bytes beyond 4096 are not looked at. 0 and @ret, or
 *   -IGD_ETRUNC  shorter than that;
 *   -IGD_ENOENT  all ones: nothing answers there, or the function sleeps in D3cold.
 * A list that loops or points outside is a note, and what it should have told stays unknown.
 */
int pci_config_read(struct span config, struct pci_config *ret, struct report *rep) _must_check_;

/*
 * Does the ACS control register of this root port sit at offset 8 of its capability, 32 bits wide, and not at 6?
 * So in Intel's Sunrise Point and Union Point (Linux drivers/pci/quirks.c, pci_quirk_intel_spt_pch_acs_match();
 * "6th Generation Intel Processor I/O Datasheet"). lspci shows a wrong value there.
 */
bool pci_acs_ctl_is_dword(uint16_t vendor, uint16_t device, enum pcie_type type);
