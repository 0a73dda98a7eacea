// SPDX-License-Identifier: GPL-2.0-or-later
/* vbt_board.c - ports and panels out of a VBT: the few answers that a reader of a board wants first. */
#include <stdio.h>

#include "base/macros.h"
#include "base/text.h"
#include "fw/vbt.h"

#define GENERAL_DEFINITIONS 2
#define LFP_OPTIONS	    40
#define LFP_DATA_PTRS	    41
#define LFP_DATA	    42

#define CHILDREN_AT 5  /* in general definitions */
#define CHILD_LEN   22 /* the shortest: up to the handle's capabilities (BDB 105, Linux intel_bios.c) */

#define TYPE_ANALOG    (1u << 0)
#define TYPE_DP	       (1u << 2)
#define TYPE_VIDEO     (1u << 3)
#define TYPE_TMDS      (1u << 4)
#define TYPE_LVDS      (1u << 5)
#define TYPE_COMPOSITE (1u << 9)
#define TYPE_MIPI      (1u << 10)
#define TYPE_NOT_HDMI  (1u << 11)
#define TYPE_INTERNAL  (1u << 12)

#define HANDLE_LFP1 0x0008
#define HANDLE_LFP2 0x0080

/*
 * Ports since BDB 155 (intel_vbt_defs.h, DVO_PORT_*); those of older tables seen are the same. Whether a letter is a
 * port of its own or a Type-C one is known to the driver by the device, not to the table: 'D' of a Tiger Lake is its
 * first Type-C port.
 */
static const struct {
	char letter;
	const char *kind; /* where the type leaves it open */
} dvo_ports[] = {
	{ 'A', "HDMI" }, { 'B', "HDMI" }, { 'C', "HDMI" }, { 'D', "HDMI" }, { 0, "LVDS" },
	{ 0, "TV" },	 { 0, "CRT" },	  { 'B', "DP" },   { 'C', "DP" },   { 'D', "DP" },
	{ 'A', "DP" },	 { 'E', "DP" },	  { 'E', "HDMI" }, { 'F', "DP" },   { 'F', "HDMI" },
	{ 'G', "DP" },	 { 'G', "HDMI" }, { 'H', "DP" },   { 'H', "HDMI" }, { 'I', "DP" },
	{ 'I', "HDMI" }, { 'A', "DSI" },  { 'B', "DSI" },  { 'C', "DSI" },  { 'D', "DSI" },
};

/* What the bits of a type make of it, as i915 reads them (intel_bios.c, intel_bios_encoder_supports_*). */
static const char *kind_of(uint16_t type, uint8_t dvo_port)
{
	bool tmds = (type & TYPE_TMDS) != 0, hdmi = tmds && !(type & TYPE_NOT_HDMI);

	if (type & TYPE_MIPI)
		return "DSI";
	if (type & TYPE_DP)
		return type & TYPE_INTERNAL ? "eDP" : hdmi ? "HDMI/DP" : tmds ? "DVI/DP" : "DP";
	if (tmds)
		return hdmi ? "HDMI" : "DVI";
	if (type & TYPE_LVDS)
		return "LVDS";
	if (type & (TYPE_COMPOSITE | TYPE_VIDEO))
		return "TV";
	if (type & TYPE_ANALOG)
		return "CRT";
	return dvo_port < ARRAY_SIZE(dvo_ports) && dvo_port > 0 ? dvo_ports[dvo_port].kind : "?";
}

const char *vbt_aux_str(uint8_t aux_channel)
{
	static const char *const letters[] = { NULL, "B", "C", "D", "A", "E", "F", "G", "H", "I" }; /* DP_AUX_* */

	return (aux_channel & 0xf) == 0 && aux_channel >> 4 < (int)ARRAY_SIZE(letters) ? letters[aux_channel >> 4]
										       : NULL;
}

static void child_fill(uint16_t version, struct span row, struct vbt_child *c)
{
	uint8_t flags = 0;

	c->kind = kind_of(c->type, c->dvo_port);
	if (c->dvo_port < ARRAY_SIZE(dvo_ports) && (version >= 155 || c->dvo_port > 0)) /* 0 was "none" */
		c->port = dvo_ports[c->dvo_port].letter;
	c->lfp = c->handle == HANDLE_LFP1 || c->handle == HANDLE_LFP2;
	c->lfp_no = c->handle == HANDLE_LFP2;
	if (version >= 158)
		span_u8(row, 25, &c->aux_channel);
	if (version >= 195 && span_u8(row, 33, &flags))
		c->type_c = (flags & 1) != 0;
	c->thunderbolt = version >= 209 && (flags & 2);
}

size_t vbt_children(const struct vbt_bdb *b, struct vbt_child ret[VBT_CHILDREN])
{
	struct vbt_block k;
	uint8_t len;
	size_t n = 0;
	struct span row;

	if (!vbt_block_find(b, GENERAL_DEFINITIONS, &k) || !span_u8(k.data, 4, &len) || len < CHILD_LEN)
		return 0;
	for (unsigned i = 0; n < VBT_CHILDREN && span_cut(k.data, CHILDREN_AT + (size_t)i * len, len, &row); i++) {
		struct vbt_child c = { .index = i };

		if (!span_le16(row, 0, &c.handle) || !span_le16(row, 2, &c.type) || c.type == 0 ||
		    !span_u8(row, 16, &c.dvo_port) || !span_u8(row, 19, &c.ddc_pin))
			continue;
		child_fill(b->version, row, &c);
		ret[n++] = c;
	}
	return n;
}

/* ---- panels ------------------------------------------------------------------------------------------------ */

static unsigned u8(struct span s, size_t at)
{
	uint8_t byte = 0;

	span_u8(s, at, &byte);
	return byte;
}

bool vbt_timing_read(struct span dtd, struct vbt_timing *ret)
{
	struct vbt_timing t = { 0 };
	unsigned hblank, vblank, hi;
	uint16_t clock;

	if (dtd.n < 18 || !span_le16(dtd, 0, &clock) || clock == 0)
		return false;
	t.clock_khz = clock * 10u;
	hblank = u8(dtd, 3) | (u8(dtd, 4) & 0x0f) << 8;
	vblank = u8(dtd, 6) | (u8(dtd, 7) & 0x0f) << 8;
	hi = u8(dtd, 11);
	t.h[0] = (uint16_t)(u8(dtd, 2) | (u8(dtd, 4) & 0xf0) << 4);
	t.h[1] = (uint16_t)(t.h[0] + (u8(dtd, 8) | (hi & 0xc0) << 2));
	t.h[2] = (uint16_t)(t.h[1] + (u8(dtd, 9) | (hi & 0x30) << 4));
	t.h[3] = (uint16_t)(t.h[0] + hblank);
	t.v[0] = (uint16_t)(u8(dtd, 5) | (u8(dtd, 7) & 0xf0) << 4);
	t.v[1] = (uint16_t)(t.v[0] + (u8(dtd, 10) >> 4 | (hi & 0x0c) << 2));
	t.v[2] = (uint16_t)(t.v[1] + ((u8(dtd, 10) & 0x0f) | (hi & 0x03) << 4));
	t.v[3] = (uint16_t)(t.v[0] + vblank);
	t.width_mm = (uint16_t)(u8(dtd, 12) | (u8(dtd, 14) & 0xf0) << 4);
	t.height_mm = (uint16_t)(u8(dtd, 13) | (u8(dtd, 14) & 0x0f) << 8);
	t.v_positive = (u8(dtd, 17) & 0x20) != 0;
	t.h_positive = (u8(dtd, 17) & 0x40) != 0;
	*ret = t;
	return true;
}

uint32_t vbt_timing_refresh(const struct vbt_timing *t)
{
	uint64_t total = (uint64_t)t->h[3] * t->v[3];

	return total ? (uint32_t)((t->clock_khz * UINT64_C(1000000) + total / 2) / total) : 0;
}

#define DTD_LEN	 18
#define PNP_LEN	 10
#define NAME_LEN 13

/* Do sixteen rows of this shape, and their names, lie in the block? */
static bool layout_fits(const struct vbt_lfp_layout *l, size_t size)
{
	size_t rows = l->stride * VBT_PANELS;

	return l->stride >= DTD_LEN + PNP_LEN && rows <= size && l->fp_at < l->dtd_at &&
	       l->dtd_at + DTD_LEN <= l->stride && l->pnp_at + PNP_LEN <= l->stride &&
	       (l->name_at == 0 || l->name_at + VBT_PANELS * NAME_LEN <= size);
}

/* Rows as they have been since BDB 155: 38 bytes of registers, the timing, the EDID's ids (intel_bios.c,
 * generate_lfp_data_ptrs()). */
static bool layout_guess(const struct vbt_bdb *b, size_t size, struct vbt_lfp_layout *ret)
{
	struct vbt_lfp_layout l = { .fp_len = 38, .dtd_at = 38, .pnp_at = 56, .stride = 66 };

	if (b->version < 155 || !layout_fits(&l, size))
		return false;
	if (VBT_PANELS * (l.stride + NAME_LEN) <= size)
		l.name_at = VBT_PANELS * l.stride;
	l.tail_at = l.name_at ? l.name_at + VBT_PANELS * NAME_LEN : 0;
	*ret = l;
	return true;
}

bool vbt_lfp_layout(const struct vbt_bdb *b, const struct vbt_block *data, struct vbt_lfp_layout *ret)
{
	uint16_t fp, fp2, dtd, pnp, name = 0;
	struct vbt_lfp_layout l = { 0 };
	uint8_t name_len = 0, fp_len;
	struct vbt_block k;

	if (!vbt_block_find(b, LFP_DATA_PTRS, &k))
		return layout_guess(b, data->data.n, ret);
	/* A byte (3: tables a row), sixteen rows of three times offset from the BDB and length, then that of names.
	 */
	if (u8(k.data, 0) != 3 || !span_le16(k.data, 1, &fp) || !span_u8(k.data, 3, &fp_len) ||
	    !span_le16(k.data, 4, &dtd) || !span_le16(k.data, 7, &pnp) || !span_le16(k.data, 10, &fp2))
		return false;
	if (u8(k.data, 6) != DTD_LEN || u8(k.data, 9) != PNP_LEN || fp < data->at || dtd < fp || pnp < fp ||
	    fp2 <= fp)
		return false;
	if (span_u8(k.data, 147, &name_len) && name_len == NAME_LEN && span_le16(k.data, 145, &name) &&
	    name > data->at)
		l.name_at = name - data->at;
	l.fp_at = fp - data->at;
	l.fp_len = fp_len;
	l.dtd_at = dtd - data->at;
	l.pnp_at = pnp - data->at;
	l.stride = (size_t)fp2 - fp;
	l.tail_at = l.name_at ? l.name_at + VBT_PANELS * NAME_LEN : 0;
	if (!layout_fits(&l, data->data.n))
		return false;
	*ret = l;
	return true;
}

static void panel_read(struct span data, const struct vbt_lfp_layout *l, size_t i, struct vbt_panel *p)
{
	struct span dtd, pnp, name;
	unsigned code;

	if (span_cut(data, l->dtd_at + i * l->stride, DTD_LEN, &dtd))
		p->timed = vbt_timing_read(dtd, &p->timing);
	if (span_cut(data, l->pnp_at + i * l->stride, PNP_LEN, &pnp)) {
		code = u8(pnp, 0) << 8 | u8(pnp, 1); /* big endian, five bits a letter, as in an EDID */
		for (unsigned k = 0; code && k < 3; k++) {
			unsigned letter = code >> (10 - 5 * k) & 0x1f;

			p->maker[k] = letter >= 1 && letter <= 26 ? (char)('A' + letter - 1) : '?';
		}
		span_le16(pnp, 2, &p->product);
	}
	if (l->name_at && span_cut(data, l->name_at + i * NAME_LEN, NAME_LEN, &name))
		text_copy(text_trim(span_before(span_before(name, '\n'), 0)), p->name, sizeof(p->name));
}

void vbt_panels(const struct vbt_bdb *b, struct vbt_panels *ret)
{
	struct vbt_child child[VBT_CHILDREN];
	struct vbt_lfp_layout l;
	struct vbt_block k;
	size_t n_child;

	*ret = (struct vbt_panels) { 0 };
	n_child = vbt_children(b, child);
	for (size_t i = 0; i < n_child; i++)
		if (child[i].lfp)
			ret->lfp[child[i].lfp_no] = true;
	if (vbt_block_find(b, LFP_OPTIONS, &k) && span_u8(k.data, 0, &ret->type[0])) {
		ret->known = true;
		ret->type[1] = ret->type[0];
		if (b->version >= 212)
			span_u8(k.data, 1, &ret->type[1]);
	}
	if (!vbt_block_find(b, LFP_DATA, &k) || !vbt_lfp_layout(b, &k, &l))
		return;
	ret->n = VBT_PANELS;
	for (size_t i = 0; i < VBT_PANELS; i++)
		panel_read(k.data, &l, i, &ret->panel[i]);
}

uint16_t vbt_panels_chosen(const struct vbt_panels *p)
{
	unsigned mask = 0;

	for (size_t i = 0; i < 2; i++)
		mask |= p->known && (i == 0 || p->lfp[i]) && p->type[i] < VBT_PANELS ? 1u << p->type[i] : 0;
	return mask ? (uint16_t)mask : 0xffff;
}

/* ---- one line ---------------------------------------------------------------------------------------------- */

#define PLACEHOLDER "LFP_PanelName" /* what Intel's own tables say where nobody wrote a name */

/* Who makes it and what it is; a name often has the maker in front already. */
static void panel_words(const struct vbt_panel *p, char *buf, size_t n)
{
	char who[24] = "", size[16] = "";

	if (p->name[0] && strcmp(p->name, PLACEHOLDER) != 0)
		snprintf(who, sizeof(who), "%s", p->name);
	else if (p->maker[0])
		snprintf(who, sizeof(who), "%s %04x", p->maker, p->product);
	if (p->timed)
		snprintf(size, sizeof(size), "%ux%u", p->timing.h[0], p->timing.v[0]);
	snprintf(buf, n, "%s%s%s", who, *who && *size ? " " : "", size);
}

void vbt_line(const struct vbt_info *v, char *buf, size_t n)
{
	struct vbt_child child[VBT_CHILDREN];
	struct vbt_panels panels;
	struct vbt_bdb b;
	size_t n_child, len = 0;
	char panel[48];

	if (n)
		buf[0] = '\0';
	if (vbt_bdb_read(v, &b, NULL) < 0)
		return;
	n_child = vbt_children(&b, child);
	vbt_panels(&b, &panels);
	for (size_t i = 0; i < n_child && len < n; i++) {
		const struct vbt_child *c = &child[i];
		int took;

		panel[0] = '\0';
		if (c->lfp && panels.known && panels.type[c->lfp_no] < panels.n)
			panel_words(&panels.panel[panels.type[c->lfp_no]], panel, sizeof(panel));
		took = snprintf(buf + len, n - len, "%s%s%s%.1s%s%s%s%s", i ? ", " : "", c->kind,
				c->port ? " on " : "", (char[]) { c->port, 0 }, c->type_c ? " (Type-C)" : "",
				*panel ? " (" : "", panel, *panel ? ")" : "");
		len += took > 0 ? (size_t)took : 0;
	}
}
