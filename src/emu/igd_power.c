// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * igd_power.c - power wells, clocks and PLLs: what is asked for is there at once.
 *
 * Each of these registers has bits that ask and bits that answer. A well is on while anybody asks for it: firmware,
 * the driver, KVM's register or the debugger's.
 *
 * Sources: Linux 6.12 drivers/gpu/drm/i915/i915_reg.h (HSW_PWR_WELL_CTL1 and on, SKL_FUSE_STATUS, DBUF_CTL,
 * LCPLL_CTL, LCPLL1_CTL, DPLL_STATUS, BXT_DE_PLL_ENABLE), display/intel_display_power_well.c (request is bit 2n+1,
 * state bit 2n of well n), display/intel_dpll_mgr.c; Intel PRM of Skylake and Ice Lake, volume 12, "Display".
 */
#include "emu/igd_parts.h"

#define ALL	     IGD_GEN_MIN, IGD_GEN_MAX
#define WELL_REQUEST 0xaaaaaaaau
#define WELL_REGS    4

static void power_event(struct emu_igd *g, uint32_t at, uint32_t v, bool on)
{
	igd_event(g, (struct emu_event) { .kind = EMU_EVENT_POWER, .value = v, .at = at, .on = on });
}

/* Four registers beside each other ask; each shows what is on. */
static void well(struct emu_igd *g, const struct igd_rule *r, uint32_t at, uint32_t v)
{
	uint32_t asked = 0, was = igd_reg(g, at) & WELL_REQUEST;

	igd_reg_set(g, at, v & WELL_REQUEST);
	for (uint32_t i = 0; i < WELL_REGS; i++)
		asked |= igd_reg(g, r->at + 4 * i) & WELL_REQUEST;
	for (uint32_t i = 0; i < WELL_REGS; i++)
		igd_reg_set(g, r->at + 4 * i, (igd_reg(g, r->at + 4 * i) & WELL_REQUEST) | asked >> 1);
	if ((v & WELL_REQUEST) != was)
		power_event(g, at, v, (v & WELL_REQUEST & ~was) != 0);
}

/* .a asks, .b answers. */
static void answered(struct emu_igd *g, const struct igd_rule *r, uint32_t at, uint32_t v)
{
	uint32_t was = igd_reg(g, at);

	igd_reg_set(g, at, (v & ~r->b) | (v & r->a ? r->b : 0));
	if ((v ^ was) & r->a)
		power_event(g, at, v, v & r->a);
}

/* ICL and later: a PLL has its power (27, 26) and its enable (31, 30); a CDCLK PLL can change its ratio (23, 22). */
static void pll(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at, uint32_t v)
{
	static const uint32_t asks = 1u << 31 | 1u << 27 | 1u << 23;
	uint32_t was = igd_reg(g, at);

	igd_reg_set(g, at, (v & ~(asks >> 1)) | (v & asks) >> 1);
	if ((v ^ was) & asks)
		power_event(g, at, v, v & asks & ~was);
}

/* DPLL_STATUS of gen 9: PLL n locks (bit 8n) where it is enabled. */
static uint32_t dpll_status(struct emu_igd *g, _unused_ const struct igd_rule *r, _unused_ uint32_t at)
{
	static const uint32_t enables[] = { 0x46010, 0x46014, 0x46040, 0x46060 };
	uint32_t v = 0;

	for (uint32_t i = 0; i < ARRAY_SIZE(enables); i++)
		v |= igd_reg(g, enables[i]) >> 31 << (8 * i);
	return v;
}

/* LCPLL_CTL of Haswell and Broadwell: bit 31 switches off, 30 is the lock, 21 asks for FCLK, 19 says that it is used.
 */
static void lcpll(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at, uint32_t v)
{
	v &= ~(1u << 30 | 1u << 19);
	v |= v >> 31 ? 0 : 1u << 30;
	v |= v >> 21 & 1 ? 1u << 19 : 0;
	igd_reg_set(g, at, v);
}

/* PCH_PP_CONTROL: bit 0 powers the panel; PCH_PP_STATUS before it says on (31), ready (30 would be), idle in "on"
 * (3). */
static void panel(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at, uint32_t v)
{
	igd_reg_set(g, at, v);
	igd_reg_set(g, at - 4, v & 1 ? 0x80000008 : 0);
}

static const struct igd_rule rules[] = {
	{ 7, 13, 0x45400, WELL_REGS, 4, .write = well },			    /* HSW_PWR_WELL_CTL1 to 4 */
	{ 11, 13, 0x45440, WELL_REGS, 4, .write = well },			    /* ICL_PWR_WELL_CTL_AUX1 to 4 */
	{ 11, 13, 0x45450, WELL_REGS, 4, .write = well },			    /* ICL_PWR_WELL_CTL_DDI1 to 4 */
	{ 9, 13, 0x42000, 1, 4, 0x8ff80000, igd_read_first, igd_write_nothing },    /* SKL_FUSE_STATUS: all is read */
	{ 9, 13, 0x45008, 1, 4, .write = answered, .a = 1u << 31, .b = 1u << 30 },  /* DBUF_CTL_S1 */
	{ 10, 13, 0x44fe8, 1, 4, .write = answered, .a = 1u << 31, .b = 1u << 30 }, /* DBUF_CTL_S2 */
	{ 12, 13, 0x44300, 2, 4, .write = answered, .a = 1u << 31, .b = 1u << 30 }, /* DBUF_CTL_S0, S3 of XE_LPD */

	/* Clocks. */
	{ 7, 8, 0x130040, 1, 4, 0x40000000, .write = lcpll },			  /* LCPLL_CTL */
	{ 9, 9, 0x46010, 2, 4, .write = answered, .a = 1u << 31, .b = 1u << 30 }, /* LCPLL1_CTL, LCPLL2_CTL */
	{ 9, 9, 0x6c060, 1, 4, 0, dpll_status, igd_write_nothing },		  /* DPLL_STATUS */
	{ 9, 13, 0x46070, 1, 4, .write = pll },					  /* BXT_DE_PLL_ENABLE */
	{ 9, 9, 0x46074, 3, 4, .write = pll },					  /* BXT_PORT_PLL_ENABLE */
	{ 10, 13, 0x46010, 16, 4, .write = pll }, /* ICL_DPLL_ENABLE, TBT, MG; ADLS, RKL */
	{ 6, 13, 0xc7204, 1, 4, .write = panel }, /* PCH_PP_CONTROL */
	{ 9, 13, 0xc7304, 1, 4, .write = panel }, /* the second one of BXT and CNP */
	{ 9, 9, 0x162000, 1, 4, 0x00010080 },	  /* BXT_PORT_CL1CM_DW0: power is good */
	{ 9, 9, 0x6c000, 1, 4, 0x00010080 },
	{ 9, 9, 0x16218c, 1, 4, 0x00400000 }, /* BXT_PORT_REF_DW3: GRC is done */
	{ 9, 9, 0x6c18c, 1, 4, 0x00400000 },
};

const struct igd_rules igd_power_rules = { rules, ARRAY_SIZE(rules) };
