// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * igd_i2c.c - the monitor as a driver asks for it: GMBUS with an EDID on one pin, and AUX channels that nobody
 * answers.
 *
 * Source: Linux 6.12 drivers/gpu/drm/i915/display/intel_gmbus.c and intel_gmbus_regs.h (GMBUS0 to GMBUS5),
 * intel_dp_aux.c and intel_dp_aux_regs.h; VESA E-DDC 1.2, 2.2 (addresses 50h and 30h).
 */
#include "emu/igd_parts.h"

#define ALL	     IGD_GEN_MIN, IGD_GEN_MAX
#define GMBUS0	     0xc5100 /* clock and pin */
#define GMBUS1	     0xc5104 /* command */
#define GMBUS2	     0xc5108 /* status */
#define GMBUS3	     0xc510c /* four bytes */
#define CLEAR	     (1u << 31)
#define GO	     (1u << 30)
#define CYCLE_STOP   (1u << 27)
#define CYCLE_INDEX  (1u << 26)
#define CYCLE_WAIT   (1u << 25)
#define STATUS_WAIT  (1u << 14)
#define STATUS_READY (1u << 11)
#define STATUS_NAK   (1u << 10)
#define STATUS_BUSY  (1u << 9)
#define DDC	     0x50
#define SEGMENT	     0x30
#define AUX_BUSY     (1u << 31)
#define AUX_DONE     (1u << 30)
#define AUX_TIMEOUT  (1u << 28)
#define AUX_ERROR    (1u << 25) /* received, and wrong */
#define GPIO	     0xc5010
#define LINE_SHIFT   8 /* from the clock's bits to the data's */

/*
 * The pin of port B: 5 up to Sunrise Point, 1 with Cannon Point (both in gen 9, and neither has the other's), 2 with
 * Ice Point and later.
 */
static bool has_monitor(const struct emu_igd *g, uint32_t pin)
{
	if (g->model.edid.n == 0)
		return false;
	return g->gen >= 10 ? pin == 2 : pin == 5 || (g->gen == 9 && pin == 1);
}

/* Once for each pin and channel: drivers ask often. */
static void monitor_event(struct emu_igd *g, uint32_t *asked, uint32_t which, uint32_t at, bool there)
{
	if (*asked >> which & 1)
		return;
	*asked |= 1u << which;
	igd_event(g, (struct emu_event) { .kind = EMU_EVENT_I2C, .value = which, .at = at, .on = there });
}

static uint32_t edid_dword(struct emu_igd *g)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < 4 && g->gmbus.left > 0; i++, g->gmbus.left--, g->gmbus.at++) {
		uint8_t byte = 0xff;

		span_u8(g->model.edid, (size_t)g->gmbus.segment * 256 + g->gmbus.at % 256, &byte);
		v |= (uint32_t)byte << (8 * i);
	}
	return v;
}

/* What is written to a monitor is where to read, or the segment. */
static void taken(struct emu_igd *g, uint32_t device, uint32_t data)
{
	if (device == DDC)
		g->gmbus.at = data & 0xff;
	else
		g->gmbus.segment = (uint8_t)data;
}

static void settle(struct emu_igd *g, bool waits)
{
	g->gmbus.status = STATUS_READY | STATUS_BUSY;
	if (g->gmbus.left == 0 && waits)
		g->gmbus.status |= STATUS_WAIT;
}

static void cycle(struct emu_igd *g, uint32_t v)
{
	uint32_t device = v >> 1 & 0x7f, pin = igd_reg(g, GMBUS0) & 0x1f;
	bool there = has_monitor(g, pin) && (device == DDC || device == SEGMENT);

	if (device == DDC)
		monitor_event(g, &g->pins_asked, pin, GMBUS1, there);
	if (!there) {
		g->gmbus.status = STATUS_NAK;
		return;
	}
	g->gmbus.reading = v & 1;
	g->gmbus.left = v >> 16 & 0x1ff;
	if (v & CYCLE_INDEX && device == DDC)
		g->gmbus.at = v >> 8 & 0xff;
	if (!g->gmbus.reading) {
		taken(g, device, igd_reg(g, GMBUS3));
		g->gmbus.left = g->gmbus.left > 4 ? g->gmbus.left - 4 : 0;
	}
	settle(g, !g->gmbus.reading);
}

static void gmbus_command(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at, uint32_t v)
{
	igd_reg_set(g, at, v);
	if (v & CLEAR)
		g->gmbus = (struct igd_gmbus) { .segment = g->gmbus.segment };
	else if (v & GO && v & (CYCLE_WAIT | CYCLE_INDEX))
		cycle(g, v);
	if (v & GO && v & CYCLE_STOP && !(v & CYCLE_WAIT)) /* the transfer is over; so is the segment's hold */
		g->gmbus = (struct igd_gmbus) { .status = g->gmbus.status & STATUS_NAK };
}

static uint32_t gmbus_status(struct emu_igd *g, _unused_ const struct igd_rule *r, _unused_ uint32_t at)
{
	return g->gmbus.status;
}

static uint32_t gmbus_data(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at)
{
	uint32_t v;

	if (!g->gmbus.reading || g->gmbus.left == 0)
		return igd_reg(g, at);
	v = edid_dword(g);
	settle(g, true);
	return v;
}

static void gmbus_data_write(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at, uint32_t v)
{
	igd_reg_set(g, at, v);
	if (g->gmbus.reading || g->gmbus.left == 0)
		return;
	g->gmbus.left = g->gmbus.left > 4 ? g->gmbus.left - 4 : 0;
	settle(g, true);
}

/*
 * GPIO_CTL: a line is high unless it is driven low, for nobody else is on the bus. Each line has a direction (bit 1,
 * changed where bit 0 is set), a value to drive (3, 2) and what is seen (4).
 */
static void gpio(struct emu_igd *g, _unused_ const struct igd_rule *r, uint32_t at, uint32_t v)
{
	uint32_t now = igd_reg(g, at);

	for (unsigned line = 0; line <= LINE_SHIFT; line += LINE_SHIFT) {
		uint32_t w = v >> line;

		if (w & 1)
			now = (now & ~(2u << line)) | (w & 2) << line;
		if (w & 4)
			now = (now & ~(8u << line)) | (w & 8) << line;
		now |= 0x10u << line;
		if ((now >> line & 2) && !(now >> line & 8))
			now &= ~(0x10u << line);
	}
	igd_reg_set(g, at, now);
}

/* *_AUX_CH_CTL: sent, and nobody answered in time. */
static void aux(struct emu_igd *g, const struct igd_rule *r, uint32_t at, uint32_t v)
{
	uint32_t kept = v & ~(AUX_BUSY | AUX_DONE | AUX_TIMEOUT | AUX_ERROR); /* ones clear these */

	igd_reg_set(g, at, v & AUX_BUSY ? kept | AUX_DONE | AUX_TIMEOUT : kept);
	if (v & AUX_BUSY)
		monitor_event(g, &g->aux_asked, (at - r->at) / r->step, at, false);
}

static const struct igd_rule rules[] = {
	{ ALL, GMBUS1, 1, 4, .write = gmbus_command },
	{ ALL, GMBUS2, 1, 4, 0, gmbus_status, igd_write_nothing },
	{ ALL, GMBUS3, 1, 4, 0, gmbus_data, gmbus_data_write },
	{ ALL, GPIO, 16, 4, 0x1010, .write = gpio },
	{ 6, 8, 0x64010, 1, 4, .write = aux },	      /* DP_AUX_CH_CTL(A) */
	{ 6, 8, 0xe4110, 3, 0x100, .write = aux },    /* PCH_DP_AUX_CH_CTL(B) to D */
	{ 9, 13, 0x64010, 9, 0x100, .write = aux },   /* DP_AUX_CH_CTL(A) and on */
	{ 12, 13, 0x16f210, 4, 0x200, .write = aux }, /* XELPDP_DP_AUX_CH_CTL(USBC1) and on */
};

const struct igd_rules igd_i2c_rules = { rules, ARRAY_SIZE(rules) };
