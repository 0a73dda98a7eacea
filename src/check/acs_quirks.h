/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acs_quirks.h - devices of which Linux knows something about isolation that their registers do not say. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum acs_quirk {
	QUIRK_NONE,
	QUIRK_FUNCTIONS,      /* functions that do not talk to each other: isolated whatever they are */
	QUIRK_AMD_SOUTH,      /* the same, in a multifunction slot of a root bus, beside an AMD IOMMU */
	QUIRK_INTEL_PCH_PORT, /* root port without the capability that the kernel can make isolate */
	QUIRK_PORT,	      /* root or downstream port that isolates without the capability */
};

/* The rule for a device, by id. */
enum acs_quirk acs_quirk_of(uint16_t vendor, uint16_t device);

/*
 * Bridges to conventional PCI that carry no PCI Express capability themselves: everything behind one reaches
 * memory under its name (Linux drivers/pci/quirks.c, quirk_use_pcie_bridge_dma_alias(); AMD's in
 * pci_quirk_amd_sb_acs()).
 */
bool acs_conventional_bridge(uint16_t vendor, uint16_t device);

/* Intel Volume Management Devices, in whose name a PCI domain of its own reaches memory
 * (drivers/pci/controller/vmd.c). */
bool acs_is_vmd(uint16_t vendor, uint16_t device);
