// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * igd_gt.c - the handshakes of the GT, so that a driver gets through its probe: forcewake, engine resets, the mailbox
 * to the power controller, and fuses that say that something is there.
 *
 * No engine executes anything: a driver that submits work sees it hang, and gives the GPU up ("wedged" in i915).
 *
 * Sources: Linux 6.12 drivers/gpu/drm/i915: intel_uncore.c (which domains a generation has), gt/intel_gt_regs.h,
 * gt/intel_engine_regs.h, gt/intel_reset.c, i915_reg.h (GEN6_PCODE_MAILBOX), intel_pcode.c, display/intel_cdclk.c
 * (what the mailbox must answer). Names are those of these files.
 */
#include "emu/igd_parts.h"

#define ALL	    IGD_GEN_MIN, IGD_GEN_MAX
#define PCODE	    0x138124
#define PCODE_DATA  0x138128
#define PCODE_DATA1 0x13812c
#define PCODE_READY 0x80000000u /* in truth: busy; the driver waits until it is 0 */

/* A write of a register whose upper half says which bits of the lower are meant. */
static uint32_t masked(uint32_t was, uint32_t v)
{
	return (was & ~(v >> 16) & 0xffff) | (v & v >> 16);
}

static void woken(struct emu_igd *g, uint32_t at)
{
	if (!g->woken)
		igd_event(g, (struct emu_event) { .kind = EMU_EVENT_FORCEWAKE, .at = at, .on = true });
	g->woken = true;
}

/* FORCEWAKE_*: the request is acknowledged at .a, and where there is one at .b: n registers, in step. */
static void wake(struct emu_igd *g, const struct igd_rule *r, uint32_t at, uint32_t v)
{
	uint32_t request = masked(igd_reg(g, at), v);

	igd_reg_set(g, at, request);
	igd_reg_set(g, r->a + (at - r->at), request);
	if (r->b)
		igd_reg_set(g, r->b, (igd_reg(g, r->b) & 0xffff0000) | request);
	if (request)
		woken(g, at);
}

/* FORCEWAKE of gen 6 has one bit and no mask. */
static void wake_one(struct emu_igd *g, const struct igd_rule *r, uint32_t at, uint32_t v)
{
	igd_reg_set(g, at, v);
	igd_reg_set(g, r->a, v & 1);
	if (v & 1)
		woken(g, at);
}

/* .a are bits that stay set. */
static void masked_write(struct emu_igd *g, const struct igd_rule *r, uint32_t at, uint32_t v)
{
	igd_reg_set(g, at, masked(igd_reg(g, at), v) | r->a);
}

/* RING_RESET_CTL: bit 0 asks, bit 1 is ready. */
static void reset_ctl(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at, uint32_t v)
{
	uint32_t request = masked(igd_reg(g, at), v) & ~2u;

	igd_reg_set(g, at, request | (request & 1) << 1);
}

/* GDRST: what was reset is done at once. */
static void done_at_once(struct emu_igd *g, const struct igd_rule *r, uint32_t at, uint32_t v)
{
	igd_reg_set(g, at, v & ~r->a);
}

/* Time stamps: some microseconds further at each look. */
static uint32_t tick(struct emu_igd *g, _unused_ const struct igd_rule *r, _unused_ uint32_t at)
{
	return g->clock += 16;
}

/* The mailbox answers each command with success; these have data that is looked at. */
static void pcode(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at, uint32_t v)
{
	uint32_t data = igd_reg(g, PCODE_DATA), data1 = 0;

	switch (v & 0xff) {
	case 0x06: /* GEN9_PCODE_READ_MEM_LATENCY: microseconds of levels 0 to 3, then 4 to 7 */
		data = (data & 1) == 0 ? 0x1e190a02 : 0x63534d3f;
		break;
	case 0x07: /* SKL_PCODE_CDCLK_CONTROL: ready for the change */
		data = 1;
		break;
	case 0x21: /* GEN9_PCODE_SAGV_CONTROL: it is off */
		data = 1;
		break;
	case 0x0d: /* ICL_PCODE_MEM_SUBSYSTEM_INFO: DDR4, two channels, one point; and that, 1600 MHz */
		data = (v >> 8 & 0xff) == 0 ? 0x0120u : 0x0f0f0060u;
		data1 = 0x00210f0f;
		break;
	default:
		break;
	}
	igd_reg_set(g, PCODE_DATA, data);
	igd_reg_set(g, PCODE_DATA1, data1);
	igd_reg_set(g, at, v & ~(PCODE_READY | 0xff)); /* 0 in the lowest byte: success */
}

static const struct igd_rule rules[] = {
	/* Forcewake. Ivy Bridge's acknowledgement is where Haswell has LCPLL_CTL: both share it. */
	{ 6, 7, 0xa18c, 1, 4, .write = wake_one, .a = 0x130090 },	     /* FORCEWAKE */
	{ 7, 7, 0xa188, 1, 4, .write = wake, .a = 0x130044, .b = 0x130040 }, /* FORCEWAKE_MT: HSW, IVB */
	{ 8, 8, 0xa188, 1, 4, .write = wake, .a = 0x130044 },
	{ 9, 11, 0xa188, 1, 4, .write = wake, .a = 0x130044 },		     /* FORCEWAKE_GT_GEN9 */
	{ 12, 13, 0xa188, 1, 4, .write = wake, .a = 0x130044, .b = 0x0dfc }, /* Meteor Lake answers at 0xdfc */
	{ 12, 13, 0x38a188, 1, 4, .write = wake, .a = 0x380dfc },	     /* its second GT, for media */
	{ 12, 13, 0x38a540, 8, 4, .write = wake, .a = 0x380d50 },
	{ 12, 13, 0x38a560, 4, 4, .write = wake, .a = 0x380d70 },
	{ 12, 13, 0x38a618, 1, 4, .write = wake, .a = 0x380df8 },	   /* FORCEWAKE_GSC */
	{ 9, 13, 0xa278, 1, 4, .write = wake, .a = 0x0d84 },		   /* FORCEWAKE_RENDER_GEN9 */
	{ 9, 13, 0xa270, 1, 4, .write = wake, .a = 0x0d88 },		   /* FORCEWAKE_MEDIA_GEN9 */
	{ 11, 13, 0xa540, 8, 4, .write = wake, .a = 0x0d50 },		   /* ..._MEDIA_VDBOX_GEN11 */
	{ 11, 13, 0xa560, 4, 4, .write = wake, .a = 0x0d70 },		   /* ..._MEDIA_VEBOX_GEN11 */
	{ 7, 7, 0xa180, 1, 4, 0x20 },					   /* ECOBUS: MT is in use */
	{ 6, 8, 0x120008, 1, 4, 0x3f, igd_read_first, igd_write_nothing }, /* GTFIFOCTL: 63 are free */
	{ ALL, 0x13805c, 1, 4, 0, igd_read_first, igd_write_nothing },	   /* GEN6_GT_THREAD_STATUS */
	{ ALL, 0x120000, 1, 4, 0, igd_read_first, igd_write_nothing },	   /* GTFIFODBG */
	{ ALL, 0x42300, 1, 4, 0, igd_read_first, igd_write_nothing },	   /* FPGA_DBG: none unclaimed */

	{ 12, 13, 0x38c000, 1, 4, 0x1, igd_read_first, igd_write_nothing },
	{ 12, 13, 0x11a0d0, 1, 4, .write = reset_ctl }, /* GSC */
	{ 12, 13, 0x11a09c, 1, 4, 0x200, .write = masked_write, .a = 0x200 },
	{ 12, 13, 0x0fd0, 1, 4, 0x1, igd_read_first, igd_write_nothing }, /* MTL_STEER_SEMAPHORE: ours */
	{ 12, 13, 0x38941c, 1, 4, .write = done_at_once, .a = 0xffffffff },
	{ 9, 13, 0xc000, 1, 4, 0x1, igd_read_first, igd_write_nothing }, /* GUC_STATUS: in reset */

	/* Resets, and engines that are idle at all times. */
	{ ALL, 0x941c, 1, 4, .write = done_at_once, .a = 0xffffffff },	 /* GEN6_GDRST */
	{ 8, 13, 0x20d0, 1, 4, .write = reset_ctl },			 /* RING_RESET_CTL: RCS */
	{ 8, 13, 0x220d0, 1, 4, .write = reset_ctl },			 /* BCS */
	{ 8, 13, 0x120d0, 1, 4, .write = reset_ctl },			 /* VCS */
	{ 8, 13, 0x1a0d0, 4, 0x2000, .write = reset_ctl },		 /* VECS, VCS2; CCS */
	{ 11, 13, 0x1c00d0, 16, 0x4000, .write = reset_ctl },		 /* VCS, VECS of gen 11 */
	{ ALL, 0x209c, 1, 4, 0x200, .write = masked_write, .a = 0x200 }, /* RING_MI_MODE: MODE_IDLE */
	{ ALL, 0x2209c, 1, 4, 0x200, .write = masked_write, .a = 0x200 },
	{ ALL, 0x1209c, 1, 4, 0x200, .write = masked_write, .a = 0x200 },
	{ ALL, 0x1a09c, 4, 0x2000, 0x200, .write = masked_write, .a = 0x200 },
	{ 11, 13, 0x1c009c, 16, 0x4000, 0x200, .write = masked_write, .a = 0x200 },
	{ ALL, 0x2358, 1, 4, .read = tick, .write = igd_write_nothing }, /* RING_TIMESTAMP */
	{ ALL, 0x22358, 1, 4, .read = tick, .write = igd_write_nothing },
	{ ALL, 0x12358, 1, 4, .read = tick, .write = igd_write_nothing },
	{ ALL, 0x1a358, 4, 0x2000, .read = tick, .write = igd_write_nothing },
	{ 11, 13, 0x1c0358, 16, 0x4000, .read = tick, .write = igd_write_nothing },

	/* The mailbox. */
	{ ALL, PCODE, 1, 4, .write = pcode },

	/* What is there. */
	{ 6, 7, 0x145d10, 1, 4, 0x240c0407, igd_read_first, igd_write_nothing }, /* MCH_SSKPD: memory latencies */
	{ 8, 8, 0x145d10, 1, 4, 0x05a24042, igd_read_first, igd_write_nothing },
	{ 7, 8, 0x145d14, 1, 4, 0x140000a0, igd_read_first, igd_write_nothing },
	{ 9, 10, 0x14500c, 2, 4, 0x08, igd_read_first, igd_write_nothing }, /* SKL_MAD_DIMM_CH0, CH1: 8 GiB, x8 */
	{ 11, 11, 0x14500c, 2, 4, 0x10, igd_read_first, igd_write_nothing },
	{ 8, 9, 0x9120, 1, 4, 0x02000000, igd_read_first, igd_write_nothing }, /* GEN8_FUSE2: slice 0 */
	{ 10, 11, 0x9138, 1, 4, 0x1, igd_read_first, igd_write_nothing },      /* GEN11_GT_SLICE_ENABLE */
	{ 12, 13, 0x9138, 1, 4, 0x1, igd_read_first, igd_write_nothing },
	{ 12, 13, 0x913c, 1, 4, 0x3f, igd_read_first, igd_write_nothing },	   /* GEN12_GT_GEOMETRY_DSS_ENABLE */
	{ 12, 13, 0x0d8c, 1, 4, 0x03118000, igd_read_first, igd_write_nothing },   /* GMD_ID_GRAPHICS: 12.70 */
	{ 12, 13, 0x380d8c, 1, 4, 0x03400000, igd_read_first, igd_write_nothing }, /* GMD_ID_MEDIA: 13.00 */

	/* Errors: none. */
	{ ALL, 0x20b0, 1, 4, 0, igd_read_first, igd_write_nothing },	/* EIR */
	{ 8, 13, 0x4094, 1, 4, 0, igd_read_first, igd_write_nothing },	/* GEN8_RING_FAULT_REG */
	{ 12, 13, 0xceec, 1, 4, 0, igd_read_first, igd_write_nothing }, /* GEN12_RING_FAULT_REG */
};

const struct igd_rules igd_gt_rules = { rules, ARRAY_SIZE(rules) };
