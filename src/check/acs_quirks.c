// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * acs_quirks.c - Linux' table pci_dev_acs_enabled[] (drivers/pci/quirks.c), for machines with an x86 processor.
 *
 * Rows that only other processors' root ports need (Qualcomm, HXT, Cavium, X-Gene, Ampere, iProc, Loongson,
 * Annapurna, NXP) are left out. Two rows are no ids and live in isolation.c: each Intel integrated
 * endpoint (pci_quirk_rciep_acs()), and Sunrise and Union Point root ports, whose ACS control register is a
 * dword (pci_quirk_intel_spt_pch_acs(); fw/pci_config.h reads it in the right place).
 */
#include "check/acs_quirks.h"

#include <stddef.h>

#include "base/macros.h"
#include "std/pci.h"

#define VENDOR_SOLARFLARE 0x1924
#define VENDOR_BROADCOM	  0x14e4
#define VENDOR_ZHAOXIN	  0x1d17
#define VENDOR_WANGXUN	  0x8088
#define VENDOR_SERVERENG  0x19a2
#define VENDOR_EMULEX	  0x10df

struct row {
	uint16_t vendor, first, last; /* device ids, both ends included */
	enum acs_quirk quirk;
};

static const struct row rows[] = {
	/* pci_quirk_amd_sb_acs(): SBx00 and FCH south bridges */
	{ PCI_VENDOR_AMD_GPU, 0x4383, 0x4385, QUIRK_AMD_SOUTH }, /* sound, PCI bridge, SMBus */
	{ PCI_VENDOR_AMD_GPU, 0x4399, 0x4399, QUIRK_AMD_SOUTH }, /* OHCI */
	{ PCI_VENDOR_AMD_GPU, 0x439c, 0x439d, QUIRK_AMD_SOUTH }, /* IDE, LPC */
	{ PCI_VENDOR_AMD, 0x7809, 0x7809, QUIRK_AMD_SOUTH },	 /* OHCI */
	{ PCI_VENDOR_AMD, 0x780f, 0x780f, QUIRK_AMD_SOUTH },	 /* PCI bridge */

	/* pci_quirk_mf_endpoint_acs(): network adapters, in the order of the kernel's table */
	{ VENDOR_SOLARFLARE, 0x0903, 0x0903, QUIRK_FUNCTIONS },
	{ VENDOR_SOLARFLARE, 0x0923, 0x0923, QUIRK_FUNCTIONS },
	{ VENDOR_SOLARFLARE, 0x0a03, 0x0a03, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x10c6, 0x10c6, QUIRK_FUNCTIONS }, /* 82598, 82599, X520 */
	{ PCI_VENDOR_INTEL, 0x10db, 0x10db, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x10dd, 0x10dd, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x10e1, 0x10e1, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x10f1, 0x10f1, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x10f7, 0x10fc, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x1507, 0x1507, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x1514, 0x1514, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x151c, 0x151c, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x1529, 0x152a, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x154d, 0x154d, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x154f, 0x154f, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x1551, 0x1551, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x1558, 0x1558, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x1509, 0x1509, QUIRK_FUNCTIONS }, /* 82580 */
	{ PCI_VENDOR_INTEL, 0x150e, 0x1511, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x1516, 0x1516, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x1527, 0x1527, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x10c9, 0x10c9, QUIRK_FUNCTIONS }, /* 82576 */
	{ PCI_VENDOR_INTEL, 0x10e6, 0x10e8, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x150a, 0x150a, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x150d, 0x150d, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x1518, 0x1518, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x1526, 0x1526, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x10a7, 0x10a7, QUIRK_FUNCTIONS }, /* 82575 */
	{ PCI_VENDOR_INTEL, 0x10a9, 0x10a9, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x10d6, 0x10d6, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x1521, 0x1524, QUIRK_FUNCTIONS }, /* I350 */
	{ PCI_VENDOR_INTEL, 0x105e, 0x1060, QUIRK_FUNCTIONS }, /* 82571 */
	{ PCI_VENDOR_INTEL, 0x10d9, 0x10d9, QUIRK_FUNCTIONS },
	{ PCI_VENDOR_INTEL, 0x15b7, 0x15b8, QUIRK_FUNCTIONS }, /* I219 of Sunrise Point; later ones are not listed */
	{ VENDOR_SERVERENG, 0x0710, 0x0710, QUIRK_FUNCTIONS },
	{ VENDOR_EMULEX, 0x0720, 0x0720, QUIRK_FUNCTIONS },
	{ VENDOR_BROADCOM, 0x16d7, 0x16d7, QUIRK_FUNCTIONS },
	{ VENDOR_BROADCOM, 0x1750, 0x1752, QUIRK_FUNCTIONS },
	{ VENDOR_BROADCOM, 0x1760, 0x1763, QUIRK_FUNCTIONS },
	{ VENDOR_ZHAOXIN, 0x3038, 0x3038, QUIRK_FUNCTIONS },
	{ VENDOR_ZHAOXIN, 0x3104, 0x3104, QUIRK_FUNCTIONS },
	{ VENDOR_ZHAOXIN, 0x9083, 0x9083, QUIRK_FUNCTIONS },

	/* pci_quirk_wangxun_nic_acs() */
	{ VENDOR_WANGXUN, 0x0100, 0x010f, QUIRK_FUNCTIONS },
	{ VENDOR_WANGXUN, 0x1001, 0x1001, QUIRK_FUNCTIONS },
	{ VENDOR_WANGXUN, 0x2001, 0x2001, QUIRK_FUNCTIONS },

	/* pci_quirk_zhaoxin_pcie_ports_acs() */
	{ VENDOR_ZHAOXIN, 0x0710, 0x071e, QUIRK_PORT },
	{ VENDOR_ZHAOXIN, 0x0721, 0x0721, QUIRK_PORT },
	{ VENDOR_ZHAOXIN, 0x0723, 0x0752, QUIRK_PORT },

	/* pci_quirk_intel_pch_acs_ids[] */
	{ PCI_VENDOR_INTEL, 0x3b42, 0x3b51, QUIRK_INTEL_PCH_PORT }, /* Ibex Peak */
	{ PCI_VENDOR_INTEL, 0x1c10, 0x1c1f, QUIRK_INTEL_PCH_PORT }, /* Cougar Point */
	{ PCI_VENDOR_INTEL, 0x1e10, 0x1e1f, QUIRK_INTEL_PCH_PORT }, /* Panther Point */
	{ PCI_VENDOR_INTEL, 0x8c10, 0x8c1f, QUIRK_INTEL_PCH_PORT }, /* Lynx Point-H */
	{ PCI_VENDOR_INTEL, 0x9c10, 0x9c1b, QUIRK_INTEL_PCH_PORT }, /* Lynx Point-LP */
	{ PCI_VENDOR_INTEL, 0x9c90, 0x9c9b, QUIRK_INTEL_PCH_PORT }, /* Wildcat Point */
	{ PCI_VENDOR_INTEL, 0x8d10, 0x8d1e, QUIRK_INTEL_PCH_PORT }, /* Wellsburg (X99) */
	/* of these two only the even ids are listed */
	{ PCI_VENDOR_INTEL, 0x1d10, 0x1d1e, QUIRK_INTEL_PCH_PORT }, /* Patsburg (X79) */
	{ PCI_VENDOR_INTEL, 0x8c90, 0x8c9e, QUIRK_INTEL_PCH_PORT }, /* Lynx Point, 9 series */
};

static bool only_even(uint16_t first)
{
	return first == 0x1d10 || first == 0x8c90;
}

enum acs_quirk acs_quirk_of(uint16_t vendor, uint16_t device)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];

		if (r->vendor != vendor || device < r->first || device > r->last)
			continue;
		if (!(device & 1) || r->quirk != QUIRK_INTEL_PCH_PORT || !only_even(r->first))
			return r->quirk;
	}
	return QUIRK_NONE;
}

bool acs_conventional_bridge(uint16_t vendor, uint16_t device)
{
	static const uint32_t ids[] = {
		0x8086244e, 0x80862448, /* Intel 82801 */
		0x10024384, 0x1022780f, /* AMD SBx00, FCH */
		0x1b211080,		/* ASM1083, ASM1085 */
		0x10e38113,		/* Tundra 8113 */
		0x12838892, 0x12838893, /* ITE */
	};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (ids[i] == ((uint32_t)vendor << 16 | device))
			return true;
	return false;
}

bool acs_is_vmd(uint16_t vendor, uint16_t device)
{
	static const uint16_t ids[] = {
		0x201d, 0x28c0, 0x467f, 0x4c3d, 0xa77f, 0x7d0b, 0xad0b, 0x9a0b, 0xb60b, 0xb06f
	};

	for (size_t i = 0; vendor == PCI_VENDOR_INTEL && i < ARRAY_SIZE(ids); i++)
		if (ids[i] == device)
			return true;
	return false;
}
