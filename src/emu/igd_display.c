// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * igd_display.c - pipes and ports as far as a driver waits for them, the planes, and what they show.
 *
 * Nothing is ever sent to a monitor, so no timing is checked and no order enforced: what a driver enables is enabled.
 * A pipe's counters move when they are looked at. Planes are not armed (double buffered): what their registers hold
 * is what they show. The picture is that of one plane by itself, the first that is on: no blending, no scaler, no
 * rotation, no cursor, no colour management.
 *
 * Sources: Linux 6.12 drivers/gpu/drm/i915/i915_reg.h, display/skl_universal_plane_regs.h (PLANE_CTL and on),
 * display/i9xx_plane_regs.h (DSPCNTR and on), display/intel_fdi_regs.h; Intel PRM of Skylake, volume 12; tiling:
 * Intel PRM of Broadwell, volume 5, "Memory Views", X-major tiles.
 */
#include "emu/igd_parts.h"

#include <stdlib.h>

#include "base/error.h"

#define ALL	     IGD_GEN_MIN, IGD_GEN_MAX
#define PIPE_STEP    0x1000u
#define PLANE_STEP   0x100u
#define PIPES_MAX    4u
#define PLANES_MAX   7u
#define PLANE_CTL    0x70180 /* DSPCNTR up to gen 8 */
#define PLANE_LINOFF 0x70184 /* up to gen 7 */
#define PLANE_STRIDE 0x70188
#define PLANE_SIZE   0x70190
#define PLANE_SURF   0x7019c
#define PLANE_OFFSET 0x701a4
#define SURF_LIVE    0x10 /* behind PLANE_SURF */
#define PIPE_SRC     0x6001c
#define VTOTAL	     0x6000c
#define PIPE_CONF    0x70008
#define SIDE_MAX     8192u
#define PAGE	     4096u
#define TILE_BYTES   512u /* of a line of an X-major tile, which has 8 lines */
#define TILE_LINES   8u
#define MAGENTA	     0xff00ffu

static bool plane_on(uint32_t ctl)
{
	return ctl >> 31;
}

/* A write of the surface register arms what was written before it. */
static void surface(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at, uint32_t v)
{
	bool on = plane_on(igd_reg(g, at - PLANE_SURF + PLANE_CTL));

	igd_reg_set(g, at, v);
	igd_reg_set(g, at + SURF_LIVE, v);
	igd_event(g, (struct emu_event) { .kind = EMU_EVENT_PLANE, .value = v, .at = at, .on = on });
}

/* .a enables, .b is the state that follows. */
static void follows(struct emu_igd *g, const struct igd_rule *r, uint32_t at, uint32_t v)
{
	igd_reg_set(g, at, (v & ~r->b) | (v & r->a ? r->b : 0));
}

/* DDI_BUF_CTL: .b says idle, as long as .a is not set. */
static void idle_unless(struct emu_igd *g, const struct igd_rule *r, uint32_t at, uint32_t v)
{
	igd_reg_set(g, at, (v & ~r->b) | (v & r->a ? 0 : r->b));
}

/* Bits .a start something, and it is done. */
static void starts(struct emu_igd *g, const struct igd_rule *r, uint32_t at, uint32_t v)
{
	igd_reg_set(g, at, v & ~r->a);
}

static uint32_t pipe_of(uint32_t at)
{
	return (at & 0xf000) / PIPE_STEP;
}

/* Lines of a frame; a pipe without timings has those of 640 x 480. */
static uint32_t lines(const struct emu_igd *g, uint32_t pipe)
{
	uint32_t n = igd_reg(g, VTOTAL + pipe * PIPE_STEP) >> 16 & 0x3fff;

	return n ? n + 1 : 525;
}

static void clock_moves(struct emu_igd *g, uint32_t pipe)
{
	if (igd_reg(g, PIPE_CONF + pipe * PIPE_STEP) >> 31)
		g->clock++;
}

/* PIPE_DSL: a line further at each look. */
static uint32_t scanline(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at)
{
	clock_moves(g, pipe_of(at));
	return g->clock % lines(g, pipe_of(at));
}

/* PIPE_FRMCOUNT */
static uint32_t frame(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at)
{
	clock_moves(g, pipe_of(at));
	return g->clock / lines(g, pipe_of(at));
}

void igd_frame_passes(struct emu_igd *g, uint32_t pipe)
{
	g->clock += lines(g, pipe);
}

/* SDEISR: the monitor on port B is plugged in. Bit 21 from Cougar Point on, 17 from Ice Point on. */
static uint32_t plugged(struct emu_igd *g, _unused_ const struct igd_rule *r, _unused_ uint32_t at)
{
	return g->model.edid.n == 0 ? 0 : g->gen >= 10 ? 1u << 17 : 1u << 21;
}

#define NEVER	 .read = igd_read_first, .write = igd_write_nothing /* reads its first value, always */
#define ON	 1u << 31
#define ON_STATE 1u << 30
#define SURFACES(pipe)                                                                       \
	{                                                                                    \
		ALL, PLANE_SURF + (pipe)*PIPE_STEP, PLANES_MAX, PLANE_STEP, .write = surface \
	}

static const struct igd_rule rules[] = {
	SURFACES(0),
	SURFACES(1),
	SURFACES(2),
	SURFACES(3),

	/* Pipes and transcoders. */
	{ ALL, 0x70000, PIPES_MAX, PIPE_STEP, .read = scanline, .write = igd_write_nothing }, /* PIPE_DSL */
	{ ALL, 0x70040, PIPES_MAX, PIPE_STEP, .read = frame, .write = igd_write_nothing },    /* PIPE_FRMCOUNT_G4X */
	{ ALL, PIPE_CONF, PIPES_MAX, PIPE_STEP, .write = follows, .a = ON, .b = ON_STATE },   /* TRANSCONF */
	{ 7, 11, 0x7f008, 1, 4, .write = follows, .a = ON, .b = ON_STATE },	   /* of the eDP transcoder */
	{ 11, 13, 0x7b008, 2, 0x800, .write = follows, .a = ON, .b = ON_STATE },   /* of those of DSI */
	{ 6, 8, 0xf0008, 3, PIPE_STEP, .write = follows, .a = ON, .b = ON_STATE }, /* PCH_TRANSCONF */

	/* Ports, and the link to those in the PCH. */
	{ 7, 13, 0x64000, 9, 0x100, 0x80, .write = idle_unless, .a = ON, .b = 0x80 }, /* DDI_BUF_CTL */
	{ 7, 13, 0x64044, 9, 0x100, 0x02001000, NEVER }, /* DP_TP_STATUS: idle, trained */
	{ 12, 13, 0x60544, 4, PIPE_STEP, 0x02001000, NEVER },
	{ 6, 8, 0xf0014, 3, PIPE_STEP, 0x00000700, NEVER }, /* FDI_RX_IIR: bit and symbol lock, lanes aligned */
	{ 7, 8, 0xc2004, 1, 4, .write = follows, .a = 1u << 13, .b = 1u << 12 }, /* SOUTH_CHICKEN2: MPHY reset */
	{ 7, 8, 0xc6008, 1, 4, .write = starts, .a = 1 },			 /* SBI_CTL_STAT: not busy */
	{ 6, 8, 0xe1100, 1, 4, .write = starts, .a = 1u << 16 },		 /* PCH_ADPA: looked, no monitor */
	{ ALL, 0xc2014, 1, 4, 0x2047, NEVER }, /* SFUSE_STRAP: fuses locked, no CRT; ports B, C, D */
	{ 6, 7, 0xe1140, 3, 0x10, 0x4 },       /* PCH_HDMIB, C, D: detected */

	{ ALL, 0xc4000, 1, 4, .read = plugged, .write = igd_write_nothing }, /* SDEISR */
	{ 12, 13, 0x510a0, 1, 4, 0x03800000, NEVER },			     /* GMD_ID_DISPLAY: 14.00 */
};

const struct igd_rules igd_display_rules = { rules, ARRAY_SIZE(rules) };

/* The picture. */

struct scan { /* one plane, as its registers say */
	uint32_t width, height;
	uint64_t surface, stride; /* bytes */
	uint64_t x, y;		  /* where in the surface it begins, pixels */
	unsigned bytes;		  /* of a pixel: 2 (565) or 4 */
	bool tiled, red_first;
};

/* Universal planes, gen 9 and later. 0, or -IGD_EVERSION. */
static int scan_universal(const struct emu_igd *g, uint32_t d, struct scan *ret)
{
	uint32_t ctl = igd_reg(g, PLANE_CTL + d), size = igd_reg(g, PLANE_SIZE + d);
	uint32_t format = ctl >> 24 & 0xf, tiling = ctl >> 10 & 7, offset = igd_reg(g, PLANE_OFFSET + d);
	bool more = g->gen >= 11 && ctl >> 23 & 1; /* the format has a bit more there */

	if ((format != 4 && format != 14) || more || tiling > 1 || ctl & 3 /* rotated */)
		return -IGD_EVERSION;
	*ret = (struct scan) {
		.width = (size & 0xffff) + 1,
		.height = (size >> 16) + 1,
		.surface = igd_reg(g, PLANE_SURF + d) & ~(PAGE - 1),
		.stride = (igd_reg(g, PLANE_STRIDE + d) & 0xfff) * (tiling ? (uint64_t)TILE_BYTES : 64),
		.x = offset & 0x1fff,
		.y = offset >> 16 & 0x1fff,
		.bytes = format == 4 ? 4 : 2,
		.tiled = tiling == 1,
		.red_first = ctl >> 20 & 1,
	};
	return 0;
}

/* The primary plane up to gen 8, which is as large as its pipe's source. 0, or -IGD_EVERSION. */
static int scan_primary(const struct emu_igd *g, uint32_t d, struct scan *ret)
{
	uint32_t ctl = igd_reg(g, PLANE_CTL + d), size = igd_reg(g, PIPE_SRC + d);
	uint32_t format = ctl >> 26 & 0xf, offset = igd_reg(g, PLANE_OFFSET + d),
		 linear = igd_reg(g, PLANE_LINOFF + d);
	bool tiled = ctl >> 10 & 1;

	if ((format != 5 && format != 6 && format != 14) || ctl >> 15 & 1 /* rotated */)
		return -IGD_EVERSION;
	if (tiled || g->gen == 8)
		linear = 0;
	else if (g->gen == 6 || linear) /* Haswell has no linear offset, Ivy Bridge no other for a linear plane */
		offset = 0;
	*ret = (struct scan) {
		.width = (size >> 16) + 1,
		.height = (size & 0xffff) + 1,
		.surface = (uint64_t)(igd_reg(g, PLANE_SURF + d) & ~(PAGE - 1)) + (linear & ~3u),
		.stride = igd_reg(g, PLANE_STRIDE + d) & 0xffffff,
		.x = offset & 0x1fff,
		.y = offset >> 16 & 0x1fff,
		.bytes = format == 5 ? 2 : 4,
		.tiled = tiled,
		.red_first = format == 14,
	};
	ret->stride &= tiled ? ~(uint64_t)(TILE_BYTES - 1) : ~(uint64_t)3;
	return 0;
}

static uint64_t pixel_at(const struct scan *s, uint32_t x, uint32_t y)
{
	uint64_t line = s->y + y, byte = (s->x + x) * s->bytes;

	if (!s->tiled)
		return s->surface + line * s->stride + byte;
	return s->surface + (line / TILE_LINES * (s->stride / TILE_BYTES) + byte / TILE_BYTES) * PAGE +
	       line % TILE_LINES * TILE_BYTES + byte % TILE_BYTES;
}

struct window { /* the page that was looked at last */
	uint64_t page;
	const uint8_t *p; /* NULL: it leads nowhere */
	bool any;
};

/* A pixel never crosses a page: surfaces begin on one, and lines are of whole pixels. */
static const uint8_t *looked_up(const struct emu_igd *g, struct window *w, uint64_t at)
{
	if (!w->any || w->page != at / PAGE) {
		uint64_t guest;

		w->any = true;
		w->page = at / PAGE;
		w->p = igd_ggtt_find(g, w->page * PAGE, &guest) ? emu_memory_at(&g->device.memory, guest, PAGE)
								: NULL;
	}
	return w->p ? w->p + at % PAGE : NULL;
}

/* 0xRRGGBB */
static uint32_t colour(const struct scan *s, const uint8_t *p)
{
	uint32_t v;

	if (s->bytes == 4)
		return s->red_first ? (uint32_t)(p[0] << 16 | p[1] << 8 | p[2])
				    : (uint32_t)(p[2] << 16 | p[1] << 8 | p[0]);
	v = (uint32_t)(p[0] | p[1] << 8);
	return (v >> 11) * 255 / 31 << 16 | (v >> 5 & 0x3f) * 255 / 63 << 8 | (v & 0x1f) * 255 / 31;
}

#define COLOURS	      256u
#define COLOUR_PLACES 1024u
struct colours {
	uint32_t v[COLOUR_PLACES]; /* + 1; 0: free */
	size_t n;
	uint32_t last;
};

static void colour_seen(struct colours *c, uint32_t rgb)
{
	uint32_t i = (rgb * 2654435761u) >> 22;

	if (c->n >= COLOURS || c->last == rgb + 1)
		return;
	c->last = rgb + 1;
	while (c->v[i] != 0 && c->v[i] != rgb + 1) /* at most a quarter is taken */
		i = (i + 1) % COLOUR_PLACES;
	c->n += c->v[i] == 0;
	c->v[i] = rgb + 1;
}

static void line_draw(const struct emu_igd *g, const struct scan *s, uint32_t y, struct window *w,
		      struct colours *seen, struct emu_picture *ret)
{
	uint8_t *to = ret->rgb + (size_t)y * s->width * 3;

	for (uint32_t x = 0; x < s->width; x++, to += 3) {
		const uint8_t *p = looked_up(g, w, pixel_at(s, x, y));
		uint32_t rgb = p ? colour(s, p) : MAGENTA;

		ret->unmapped += p == NULL;
		colour_seen(seen, rgb);
		to[0] = (uint8_t)(rgb >> 16);
		to[1] = (uint8_t)(rgb >> 8);
		to[2] = (uint8_t)rgb;
	}
}

/* 0 and @ret, 1: none is on, or -IGD_EVERSION. */
static int plane_find(const struct emu_igd *g, struct scan *ret)
{
	uint32_t planes = g->gen >= 11 ? PLANES_MAX : g->gen >= 9 ? 3 : 1, pipes = g->gen >= 12 ? PIPES_MAX : 3;

	for (uint32_t pipe = 0; pipe < pipes; pipe++)
		for (uint32_t plane = 0; plane < planes; plane++) {
			uint32_t d = pipe * PIPE_STEP + plane * PLANE_STEP;

			if (plane_on(igd_reg(g, PLANE_CTL + d)))
				return g->gen >= 9 ? scan_universal(g, d, ret) : scan_primary(g, d, ret);
		}
	return 1;
}

int emu_igd_picture(const struct emu_igd *g, struct emu_picture *ret)
{
	struct emu_picture picture;
	struct colours seen = { .n = 0 };
	struct window w = { 0 };
	struct scan s;
	int r = plane_find(g, &s);

	if (r != 0)
		return r;
	if (s.width > SIDE_MAX || s.height > SIDE_MAX)
		return -IGD_ELIMIT;
	picture = (struct emu_picture) { .width = s.width, .height = s.height };
	picture.rgb = malloc((size_t)s.width * s.height * 3);
	if (!picture.rgb)
		return -IGD_ENOMEM;
	for (uint32_t y = 0; y < s.height; y++)
		line_draw(g, &s, y, &w, &seen, &picture);
	picture.colours = seen.n;
	*ret = picture;
	return 0;
}
