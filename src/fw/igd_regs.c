// SPDX-License-Identifier: GPL-2.0-or-later
/* igd_regs.c - GGC, BDSM and ASLS by generation. */
#include "fw/igd_regs.h"

#include "base/macros.h"
#include "std/pci.h"

#define MIB		(UINT64_C(1) << 20)
#define GGC_VGA_DISABLE 0x0002
#define BDSM_MASK	(~(MIB - 1)) /* the low bits are a lock bit and reserved */

const char *igd_reg_why_str(enum igd_reg_why why)
{
	static const char *const words[] = {
		[IGD_REG_KNOWN] = "known",
		[IGD_REG_CUT] = "configuration space was read only in part (root reads all of it)",
		[IGD_REG_ONES] = "the register reads as ones: the device sleeps or does not answer",
		[IGD_REG_CHIP] = "the layout of this chip is not known",
		[IGD_REG_MMIO] = "this generation keeps it in an MMIO register",
		[IGD_REG_RESERVED] = "the register holds a reserved value",
	};

	return why < ARRAY_SIZE(words) ? words[why] : "unknown";
}

/* GMS: graphics mode select, the size of data stolen memory. */
static enum igd_reg_why stolen_size(enum ggc_layout layout, uint16_t ggc, uint64_t *ret)
{
	unsigned gms6 = ggc >> 3 & 0x1f, gms8 = ggc >> 8 & 0xff;

	switch (layout) {
	case GGC_GEN6:
		*ret = gms6 * (32 * MIB);
		return IGD_REG_KNOWN;
	case GGC_GEN8:
		*ret = gms8 * (32 * MIB);
		return IGD_REG_KNOWN;
	case GGC_GEN9:
		if (gms8 == 0xff)
			return IGD_REG_RESERVED;
		*ret = gms8 < 0xf0 ? gms8 * (32 * MIB) : (gms8 - 0xf0 + 1) * (4 * MIB);
		return IGD_REG_KNOWN;
	case GGC_CHV:
		if (gms6 > 0x1d)
			return IGD_REG_RESERVED;
		*ret = gms6 < 0x11   ? gms6 * (32 * MIB)
		       : gms6 < 0x17 ? (gms6 - 0x11 + 2) * (4 * MIB)
				     : (gms6 - 0x17 + 9) * (4 * MIB);
		return IGD_REG_KNOWN;
	case GGC_MTL:
		return IGD_REG_MMIO;
	case GGC_NONE:
		break;
	}
	return IGD_REG_CHIP;
}

/* GGMS: the size of the GTT's own stolen memory. xe_ggtt.c reads it from configuration space on MTL too. */
static enum igd_reg_why gtt_size(enum ggc_layout layout, uint16_t ggc, uint64_t *ret)
{
	unsigned ggms6 = ggc >> 8 & 3, ggms8 = ggc >> 6 & 3;

	switch (layout) {
	case GGC_GEN6:
		*ret = ggms6 * MIB;
		return IGD_REG_KNOWN;
	case GGC_CHV:
		*ret = ggms6 ? MIB << ggms6 : 0;
		return IGD_REG_KNOWN;
	case GGC_GEN8:
	case GGC_GEN9:
	case GGC_MTL:
		*ret = ggms8 ? MIB << ggms8 : 0;
		return IGD_REG_KNOWN;
	case GGC_NONE:
		break;
	}
	return IGD_REG_CHIP;
}

static void ggc_read(enum ggc_layout layout, struct span config, struct igd_regs *r)
{
	enum igd_reg_why why = IGD_REG_KNOWN;

	if (!span_le16(config, IGD_GGC, &r->ggc))
		why = IGD_REG_CUT;
	else if (r->ggc == UINT16_MAX)
		why = IGD_REG_ONES;
	r->ggc_why = r->stolen_why = r->gtt_why = r->vga_why = why;
	if (why != IGD_REG_KNOWN) {
		r->ggc = 0;
		return;
	}
	r->stolen_why = stolen_size(layout, r->ggc, &r->stolen);
	r->gtt_why = gtt_size(layout, r->ggc, &r->gtt);
	if (layout == GGC_NONE)
		r->vga_why = IGD_REG_CHIP;
	else
		r->vga_disabled = (r->ggc & GGC_VGA_DISABLE) != 0;
}

static enum igd_reg_why bdsm_read(enum bdsm_layout layout, struct span config, uint64_t *ret)
{
	uint32_t low;
	uint64_t wide;

	switch (layout) {
	case BDSM_5C_32:
		if (!span_le32(config, IGD_BDSM_GEN6, &low))
			return IGD_REG_CUT;
		if (low == UINT32_MAX)
			return IGD_REG_ONES;
		*ret = low & BDSM_MASK;
		return IGD_REG_KNOWN;
	case BDSM_C0_64:
		if (!span_le64(config, IGD_BDSM_GEN11, &wide))
			return IGD_REG_CUT;
		if (wide == UINT64_MAX)
			return IGD_REG_ONES;
		*ret = wide & BDSM_MASK;
		return IGD_REG_KNOWN;
	case BDSM_MMIO_64:
		return IGD_REG_MMIO;
	case BDSM_NONE:
		break;
	}
	return IGD_REG_CHIP;
}

void igd_regs_read(const struct igd_id *id, struct span config, struct igd_regs *ret)
{
	struct igd_regs r = { 0 };

	ggc_read(id ? id->ggc : GGC_NONE, config, &r);
	r.bdsm_why = bdsm_read(id ? id->bdsm : BDSM_NONE, config, &r.bdsm);
	if (!span_le32(config, IGD_ASLS, &r.asls)) {
		r.asls_why = IGD_REG_CUT;
	} else if (r.asls == UINT32_MAX) {
		r.asls_why = IGD_REG_ONES;
		r.asls = 0;
	}
	*ret = r;
}
