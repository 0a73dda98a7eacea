/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * igd_id.h - the table of GPUs: which PCI id is which chip, and what that means for a VM.
 *
 * The rows are generated at build time from data/igd.tsv and data/amd-apu.tsv, whose heads name their
 * sources.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum gpu_kind { GPU_INTEL_INTEGRATED, GPU_INTEL_DISCRETE, GPU_AMD_APU };

/* What a chip offers for a mode. */
enum support { SUPPORT_NO, SUPPORT_YES, SUPPORT_UNVERIFIED };

enum ggc_layout { GGC_NONE, GGC_GEN6, GGC_GEN8, GGC_GEN9, GGC_CHV, GGC_MTL };
enum bdsm_layout { BDSM_NONE, BDSM_5C_32, BDSM_C0_64, BDSM_MMIO_64 };

/* Which VT-d graphics quirk applies ("Disabling IOMMU for graphics on this chipset"). */
enum igfx_quirk { IGFX_NONE, IGFX_MAINLINE_5_4, IGFX_UBUNTU_6_8_49, IGFX_UBUNTU_6_8_53, IGFX_UBUNTU_6_8_103 };

/*
 * Releases of QEMU that treat an IGD alike: A up to 9.1, B 9.2, C 10.0, D 10.1, E 10.2 and later. D and E
 * share C's igd_gen() numbers.
 */
enum qemu_class { QEMU_A, QEMU_B, QEMU_C, QEMU_D, QEMU_E, QEMU_CLASSES };

struct igd_id {
	uint16_t vendor, device;
	enum gpu_kind kind;
	const char *platform;	       /* "Coffee Lake" */
	const char *name;	       /* marketing name, "" unknown */
	const char *graphics_ver;      /* as i915 and xe count: "9", "12", "12.70+"; "" for AMD */
	uint8_t generation;	       /* its whole part: 6..35; 0 for AMD */
	int8_t qemu_gen[QEMU_CLASSES]; /* -1: that QEMU does not know the chip */
	const char *driver;	       /* host driver, "i915", "xe(force_probe)" */
	enum support legacy, upt, gvtg;
	const char *sriov_mainline, *sriov_dkms; /* "": none */
	enum bdsm_layout bdsm;
	enum ggc_layout ggc;
	enum igfx_quirk igfx;
	const char *quirks; /* space-separated words, explained in the head of data/igd.tsv; "": none */
};

/* The row of a chip, or NULL. Binary search. */
const struct igd_id *igd_id_find(uint16_t vendor, uint16_t device);

/*
 * The first row whose name ends @name ("Intel Corporation CoffeeLake-S GT2 [UHD Graphics 630]"), where all rows of
 * that name are one platform: its modes and layouts hold, its .device need not. NULL when there is none, or several.
 */
const struct igd_id *igd_id_by_name(struct span name);

/* The whole table, ascending by vendor and device. */
const struct igd_id *igd_ids(size_t *n);

/* The class of a QEMU version, e.g. 9, 2 -> QEMU_B (QEMU hw/vfio/igd.c by release). */
enum qemu_class qemu_class_of(unsigned major, unsigned minor);
