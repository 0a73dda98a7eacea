// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * igd_irq.c - the one interrupt that is modelled: a frame has begun on a pipe. Drivers wait for it to know that a new
 * picture is up, and without it each change of mode costs them ten seconds.
 *
 * Time is the caller's: emu_igd_tick() is the vertical blank of all pipes that are on. Everything else that
 * interrupts (engines, hot plug, GMBUS, AUX) never does.
 *
 * Sources: Linux 6.12 drivers/gpu/drm/i915/i915_reg.h (GEN8_DE_PIPE_IIR and its neighbours, GEN8_MASTER_IRQ, DEIIR,
 * DE_PIPEA_VBLANK and DE_PIPEA_VBLANK_IVB), i915_irq.c (the order in which they are looked at), gt/intel_gt_regs.h.
 */
#include "emu/igd_parts.h"

#define ALL	   IGD_GEN_MIN, IGD_GEN_MAX
#define PIPES	   4u
#define DE_IMR	   0x44004 /* gen 6 and 7: all pipes in one */
#define DE_IIR	   0x44008
#define DE_IER	   0x4400c
#define PIPE_IMR   0x44404 /* later: each its own, 0x10 apart */
#define PIPE_IIR   0x44408
#define PIPE_IER   0x4440c
#define MASTER	   0x44200  /* GEN8_MASTER_IRQ, GEN11_DISPLAY_INT_CTL */
#define GFX_MASTER 0x190010 /* GEN11_GFX_MSTR_IRQ */
#define PIPE_CONF  0x70008
#define TILES	   0x190008 /* DG1_MSTR_TILE_INTR, and chips after it */
#define ON	   (1u << 31)

/* Where a pipe has its interrupts: gen 6 and 7 have one set of registers, each pipe its bits. */
struct place {
	uint32_t imr, iir, ier, blank;
};

static bool place_of(const struct emu_igd *g, uint32_t pipe, struct place *ret)
{
	uint32_t step = 0x10 * pipe;

	if (pipe >= (g->gen == 6 ? 2 : g->gen < 12 ? 3 : PIPES))
		return false;
	if (g->gen < 8)
		*ret = (struct place) { DE_IMR, DE_IIR, DE_IER,
					g->gen == 6 ? 1u << (7 + 8 * pipe) : 1u << (5 * pipe) };
	else
		*ret = (struct place) { PIPE_IMR + step, PIPE_IIR + step, PIPE_IER + step, 1 };
	return true;
}

/* Does a driver wait for the vertical blank of @pipe? */
static bool wanted(const struct emu_igd *g, uint32_t pipe, const struct place *p)
{
	return igd_reg(g, PIPE_CONF + pipe * 0x1000) & ON && !(igd_reg(g, p->imr) & p->blank) &&
	       igd_reg(g, p->ier) & p->blank;
}

/* Bits of pipes whose interrupt waits, as the master registers have them. */
static uint32_t waiting(const struct emu_igd *g)
{
	uint32_t bits = 0;
	struct place p;

	for (uint32_t pipe = 0; place_of(g, pipe, &p); pipe++)
		if (igd_reg(g, p.iir) & igd_reg(g, p.ier))
			bits |= 1u << (16 + pipe);
	return bits;
}

/* Are all switches between a pipe and the interrupt on? */
static bool open_to_host(const struct emu_igd *g)
{
	if (g->gen < 8)
		return igd_reg(g, DE_IER) & ON;
	return igd_reg(g, MASTER) & ON && (g->gen < 11 || (igd_reg(g, GFX_MASTER) | igd_reg(g, TILES)) & ON);
}

bool emu_igd_ticks(const struct emu_igd *g)
{
	struct place p;

	for (uint32_t pipe = 0; place_of(g, pipe, &p); pipe++)
		if (wanted(g, pipe, &p))
			return true;
	return false;
}

bool emu_igd_tick(struct emu_igd *g)
{
	struct place p;

	for (uint32_t pipe = 0; place_of(g, pipe, &p); pipe++)
		if (wanted(g, pipe, &p)) {
			igd_reg_set(g, p.iir, igd_reg(g, p.iir) | p.blank);
			igd_frame_passes(g, pipe);
		}
	return open_to_host(g) && waiting(g);
}

/* Written ones clear. */
static void acknowledged(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at, uint32_t v)
{
	igd_reg_set(g, at, igd_reg(g, at) & ~v);
}

/* The switch is kept; what waits is seen. */
static uint32_t master(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at)
{
	return (igd_reg(g, at) & ON) | waiting(g);
}

static uint32_t gfx_master(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at)
{
	return (igd_reg(g, at) & ON) | (waiting(g) ? 1u << 16 : 0); /* GEN11_DISPLAY_IRQ */
}

static uint32_t tiles(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at)
{
	return (igd_reg(g, at) & ON) | (waiting(g) ? 1 : 0);
}

#define NEVER .read = igd_read_first, .write = igd_write_nothing
static const struct igd_rule rules[] = {
	{ 6, 7, DE_IMR, 1, 4, 0xffffffff },
	{ 6, 7, DE_IIR, 1, 4, .write = acknowledged },
	{ 8, 13, PIPE_IMR, PIPES, 0x10, 0xffffffff },
	{ 8, 13, PIPE_IIR, PIPES, 0x10, .write = acknowledged },
	{ 8, 13, MASTER, 1, 4, .read = master },
	{ 11, 13, GFX_MASTER, 1, 4, .read = gfx_master },
	{ 12, 13, TILES, 1, 4, .read = tiles },

	/* Nothing else ever waits. */
	{ ALL, 0xc4008, 1, 4, 0, NEVER },	      /* SDEIIR */
	{ 6, 8, 0xc4040, 1, 4, 0, NEVER },	      /* SERR_INT */
	{ 6, 7, 0x44000, 1, 4, 0, NEVER },	      /* DEISR */
	{ 7, 7, 0x44040, 1, 4, 0, NEVER },	      /* GEN7_ERR_INT */
	{ 8, 13, 0x44400, PIPES, 0x10, 0, NEVER },    /* GEN8_DE_PIPE_ISR */
	{ 8, 13, 0x44448, 1, 4, 0, NEVER },	      /* GEN8_DE_PORT_IIR */
	{ 8, 13, 0x44468, 1, 4, 0, NEVER },	      /* GEN8_DE_MISC_IIR */
	{ 11, 13, 0x44470, 1, 4, 0, NEVER },	      /* GEN11_DE_HPD_ISR */
	{ 11, 13, 0x44478, 1, 4, 0, NEVER },	      /* GEN11_DE_HPD_IIR */
	{ 8, 13, 0x444e8, 1, 4, 0, NEVER },	      /* GEN8_PCU_IIR */
	{ 11, 13, 0x444f8, 1, 4, 0, NEVER },	      /* GEN11_GU_MISC_IIR */
	{ 12, 13, 0x16fe58, 1, 4, 0, NEVER },	      /* PICAINTERRUPT_IIR */
	{ 7, 13, 0x64838, 1, 4, 0, NEVER },	      /* EDP_PSR_IIR */
	{ 12, 13, 0x60818, PIPES, 0x1000, 0, NEVER }, /* TRANS_PSR_IIR */
	{ 6, 7, 0x44018, 1, 4, 0, NEVER },	      /* GTIIR */
	{ 6, 7, 0x44028, 1, 4, 0, NEVER },	      /* GEN6_PMIIR */
	{ 8, 10, 0x44300, 4, 0x10, 0, NEVER },	      /* GEN8_GT_ISR */
	{ 8, 10, 0x44308, 4, 0x10, 0, NEVER },	      /* GEN8_GT_IIR */
	{ 11, 13, 0x190018, 2, 4, 0, NEVER },	      /* GEN11_GT_INTR_DW0, 1 */
	{ 11, 13, 0x190060, 2, 4, 0, NEVER },	      /* GEN11_INTR_IDENTITY_REG0, 1 */
};

const struct igd_rules igd_irq_rules = { rules, ARRAY_SIZE(rules) };
