/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * igd_regs.h - the three configuration registers of an Intel iGPU that decide over passthrough: GGC (how much
 * memory the firmware stole for it), BDSM (where that memory is) and ASLS (where the OpRegion is).
 *
 * Their layout changes by generation; the device table (fw/igd_id.h) says which one a chip has.
 *
 * Sources: Linux arch/x86/kernel/early-quirks.c (gen6_, gen8_, gen9_, chv_stolen_size(), gen3_ and
 * gen11_stolen_base()), include/drm/intel/i915_drm.h (bits), drivers/gpu/drm/i915/gt/intel_ggtt.c (GTT size),
 * drivers/gpu/drm/xe/xe_ttm_stolen_mgr.c (Meteor Lake and later: MMIO); ASLS: Intel IGD OpRegion
 * Specification 2.
 */
#pragma once

#include "base/span.h"
#include "fw/igd_id.h"

#define IGD_GGC	       0x50
#define IGD_BDSM_GEN6  0x5c
#define IGD_BDSM_GEN11 0xc0
#define IGD_ASLS       0xfc

/* Why a register stays unknown; igd_reg_why_str() has the clause for people. */
enum igd_reg_why {
	IGD_REG_KNOWN,
	IGD_REG_CUT,	  /* behind the bytes that could be read */
	IGD_REG_ONES,	  /* reads as ones: the function sleeps or is gone */
	IGD_REG_CHIP,	  /* the chip is not in the table, or is no Intel iGPU */
	IGD_REG_MMIO,	  /* the chip keeps it in MMIO space */
	IGD_REG_RESERVED, /* a value without meaning */
};

struct igd_regs {
	enum igd_reg_why ggc_why, stolen_why, gtt_why, vga_why, bdsm_why, asls_why;
	uint16_t ggc;	   /* raw */
	uint64_t stolen;   /* data stolen memory, bytes; 0: none */
	uint64_t gtt;	   /* GTT stolen memory, bytes */
	bool vga_disabled; /* GGC bit 1 */
	uint64_t bdsm;	   /* address, 1 MiB aligned; 0: not set */
	uint32_t asls;	   /* address; 0: the firmware made no OpRegion */
};

/*
 * Decode @config, the configuration space bytes of the iGPU from offset 0, for the chip @id (NULL: not in the
 * table; GGC as a raw number and ASLS are still read). Never refuses: what cannot be told says why.
 */
void igd_regs_read(const struct igd_id *id, struct span config, struct igd_regs *ret);

const char *igd_reg_why_str(enum igd_reg_why why);
