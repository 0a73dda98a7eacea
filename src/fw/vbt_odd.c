// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vbt_odd.c - the blocks that are no plain tables: panels by pointers, lists of lists, MIPI sequences.
 *
 * Sources as in vbt_walk.h.
 */
#include <stdio.h>

#include "base/macros.h"
#include "base/text.h"
#include "fw/vbt_shape.h"

static void begin(const struct vbt_walker *w, const char *key, int index)
{
	w->sink->begin(w->sink->ctx, key, index);
}

static void end(const struct vbt_walker *w)
{
	w->sink->end(w->sink->ctx);
}

/* ---- 42: panels -------------------------------------------------------------------------------------------- */

#define HEX(key, at, width, ...)                          \
	{                                                 \
		key, at, 0, width, SHAPE_HEX, __VA_ARGS__ \
	}
#define NUM(key, at, width, ...)                             \
	{                                                    \
		key, at, 0, width, SHAPE_NUMBER, __VA_ARGS__ \
	}

static const struct shape_field fp_timing[] = {
	NUM("x", 0, 16),
	NUM("y", 2, 16),
	HEX("lvds_reg", 4, 32),
	HEX("lvds_value", 8, 32),
	HEX("pp_on_reg", 12, 32),
	HEX("pp_on_value", 16, 32),
	HEX("pp_off_reg", 20, 32),
	HEX("pp_off_value", 24, 32),
	HEX("pp_cycle_reg", 28, 32),
	HEX("pp_cycle_value", 32, 32),
	HEX("pfit_reg", 36, 32),
	HEX("pfit_value", 40, 32),
};

static const struct shape_field pnp_id[] = {
	{ "maker", 0, 0, 16, SHAPE_MAKER }, HEX("product", 2, 16), NUM("serial", 4, 32), NUM("week", 8, 8),
	NUM("year_since_1990", 9, 8),
};

static const struct shape_field panel_name[] = { { "name", 0, 0, 13 * 8, SHAPE_TEXT } };

/* Behind the names; what is spread over tables by panel moves by its step. */
static const struct shape_field tail_panel[] = {
	{ "scaling", 0, 0, 1, SHAPE_FLAG, 1, 187, 0 },
	{ "drrs_min_hz", 2, 0, 8, SHAPE_NUMBER, 8, 188, 0 },
	{ "pixel_overlap", 18, 0, 8, SHAPE_NUMBER, 8, 208, 0 },
	{ "border_top", 34, 0, 8, SHAPE_NUMBER, 32, 227, 0 },
	{ "border_bottom", 35, 0, 8, SHAPE_NUMBER, 32, 227, 0 },
	{ "border_left", 36, 0, 8, SHAPE_NUMBER, 32, 238, 0 },
	{ "border_right", 37, 0, 8, SHAPE_NUMBER, 32, 238, 0 },
	{ "port_sync", 98, 0, 1, SHAPE_FLAG, 1, 231, 0 },
	{ "banding_dither", 100, 0, 1, SHAPE_FLAG, 1, 245, 0 },
};

void vbt_walk_lfp_data(const struct vbt_walker *w, const struct vbt_block *b)
{
	struct vbt_lfp_layout l;
	struct span row, dtd;

	if (!vbt_lfp_layout(w->bdb, b, &l)) {
		vbt_tell_bytes(w, "undecoded", b->data);
		return;
	}
	begin(w, "panel", VBT_LIST);
	for (unsigned i = 0; i < VBT_PANELS; i++) {
		if (!(w->wish->panels >> i & 1) || !span_cut(b->data, i * l.stride, l.stride, &row))
			continue;
		begin(w, "panel", (int)i);
		if (l.name_at)
			vbt_tell_fields(w, b->data, l.name_at + (size_t)i * 13, 0, panel_name,
					ARRAY_SIZE(panel_name));
		if (span_cut(row, l.dtd_at, 18, &dtd))
			vbt_tell_dtd(w, "timing", dtd);
		vbt_tell_fields(w, row, l.pnp_at, 0, pnp_id, ARRAY_SIZE(pnp_id));
		if (span_cut(row, l.fp_at, l.dtd_at - l.fp_at, &dtd)) {
			begin(w, "registers", VBT_GROUP);
			vbt_tell_fields(w, dtd, 0, 0, fp_timing, ARRAY_SIZE(fp_timing));
			end(w);
		}
		if (l.tail_at)
			vbt_tell_fields(w, b->data, l.tail_at, i, tail_panel, ARRAY_SIZE(tail_panel));
		end(w);
	}
	end(w);
}

/* ---- 41: where these are, told from the begin of block 42: from that of the BDB they move with any block before  */

#define LFP_DATA 42

static void pointer_tell(const struct vbt_walker *w, struct span data, size_t at, size_t begin_at,
			 const char *const keys[2])
{
	uint16_t offset;
	uint8_t size;

	if (!span_le16(data, at, &offset) || !span_u8(data, at + 2, &size))
		return;
	vbt_tell_number(w, keys[0], offset >= begin_at ? offset - begin_at : offset);
	vbt_tell_number(w, keys[1], size);
}

void vbt_walk_lfp_pointers(const struct vbt_walker *w, const struct vbt_block *b)
{
	static const char *const keys[][2] = { { "fp_timing_offset", "fp_timing_size" },
					       { "dvo_timing_offset", "dvo_timing_size" },
					       { "pnp_id_offset", "pnp_id_size" },
					       { "name_offset", "name_size" } };
	struct vbt_block data;
	size_t from = vbt_block_find(w->bdb, LFP_DATA, &data) ? data.at : 0;
	uint8_t n;

	if (!span_u8(b->data, 0, &n))
		return;
	vbt_tell_number(w, "n_tables", n);
	begin(w, "panel", VBT_LIST);
	for (size_t i = 0; i < VBT_PANELS && 1 + 9 * i < b->data.n; i++) {
		if (!(w->wish->panels >> i & 1))
			continue;
		begin(w, "panel", (int)i);
		for (size_t k = 0; k < 3; k++)
			pointer_tell(w, b->data, 1 + 9 * i + 3 * k, from, keys[k]);
		end(w);
	}
	end(w);
	pointer_tell(w, b->data, 1 + 9 * VBT_PANELS, from, keys[3]);
}

/* ---- 46: chromaticity, ten bits in two places -------------------------------------------------------------- */

static void point_tell(const struct vbt_walker *w, const char *key, unsigned n)
{
	char buf[16];

	snprintf(buf, sizeof(buf), "%.4f", n / 1024.0);
	w->sink->field(w->sink->ctx, key, &(struct vbt_value) { .form = VBT_NUMBER, .n = n, .means = buf });
}

void vbt_walk_chromaticity(const struct vbt_walker *w, const struct vbt_block *b)
{
	static const struct {
		const char *key;
		uint8_t low_at, low_bit, high_at;
	} points[] = {
		{ "red_x", 1, 6, 3 },  { "red_y", 1, 4, 4 },  { "green_x", 1, 2, 5 }, { "green_y", 1, 0, 6 },
		{ "blue_x", 2, 6, 7 }, { "blue_y", 2, 4, 8 }, { "white_x", 2, 2, 9 }, { "white_y", 2, 0, 10 },
	};
	uint8_t flags, low, high;
	struct span row;

	begin(w, "panel", VBT_LIST);
	for (unsigned i = 0; i < VBT_PANELS; i++) {
		if (!(w->wish->panels >> i & 1) || !span_cut(b->data, (size_t)i * 11, 11, &row) ||
		    !span_u8(row, 0, &flags))
			continue;
		begin(w, "panel", (int)i);
		vbt_tell_flag(w, "enabled", (flags & 1) != 0);
		vbt_tell_flag(w, "from_edid", (flags & 2) != 0);
		for (size_t k = 0; k < ARRAY_SIZE(points); k++)
			if (span_u8(row, points[k].low_at, &low) && span_u8(row, points[k].high_at, &high))
				point_tell(w, points[k].key, (unsigned)high << 2 | (low >> points[k].low_bit & 3));
		end(w);
	}
	end(w);
}

/* ---- 16, 29, 31: four lists, each with its own length ------------------------------------------------------ */

static void displays_tell(const struct vbt_walker *w, const char *key, uint16_t handle, unsigned digits)
{
	char buf[MEANS_LEN];

	vbt_tell_hex(w, key, handle, digits, vbt_handle_means(w->version, handle, buf));
}

static void toggle_entry(const struct vbt_walker *w, uint8_t id, struct span row)
{
	uint8_t a, b, caps;
	uint16_t wide;

	if (id == 16 && span_u8(row, 0, &a) && span_u8(row, 1, &b) && span_u8(row, 2, &caps)) {
		displays_tell(w, "pipe_a", a, 2);
		displays_tell(w, "pipe_b", b, 2);
		vbt_tell_hex(w, "caps", caps, 2, NULL);
	} else if (id == 31 && span_le16(row, 0, &wide)) {
		displays_tell(w, "displays", wide, 4);
	} else if (span_u8(row, 0, &a)) {
		displays_tell(w, "displays", a, 2);
	}
}

void vbt_walk_toggles(const struct vbt_walker *w, const struct vbt_block *b)
{
	struct span row;
	uint16_t n;
	uint8_t size;
	size_t at = 0;

	begin(w, "list", VBT_LIST);
	for (int i = 0; i < 4 && span_le16(b->data, at, &n) && span_u8(b->data, at + 2, &size); i++) {
		at += 3;
		begin(w, "list", i);
		vbt_tell_number(w, "n_entries", n);
		vbt_tell_number(w, "entry_size", size);
		begin(w, "entry", VBT_LIST);
		for (int k = 0; k < n && size && span_cut(b->data, at, size, &row); k++, at += size) {
			begin(w, "entry", k);
			toggle_entry(w, b->id, row);
			end(w);
		}
		end(w);
		end(w);
	}
	end(w);
}

/* ---- 4: mode numbers, their count behind them -------------------------------------------------------------- */

void vbt_walk_modes(const struct vbt_walker *w, const struct vbt_block *b)
{
	struct span modes;
	uint16_t n;

	if (b->data.n < 2 || !span_le16(b->data, b->data.n - 2, &n) || !span_cut(b->data, 0, b->data.n - 2, &modes))
		return;
	vbt_tell_number(w, "n_modes", n);
	vbt_tell_bytes(w, "modes", modes);
}

/* ---- 6, 7, 8: registers and what to write to them ---------------------------------------------------------- */

#define WIDE   0x02 /* 32 bits each */
#define NARROW 0xce /* 8 bits each */

void vbt_walk_registers(const struct vbt_walker *w, const struct vbt_block *b)
{
	static const struct shape_field wide[] = { HEX("register", 0, 32), HEX("value", 4, 32) };
	static const struct shape_field narrow[] = { HEX("register", 0, 8), HEX("value", 1, 8) };
	struct shape_group g = { .key = "entry", .n_fields = 2, .at = 3, .rows = SHAPE_ROWS_MAX, .tail = 2 };
	uint16_t id;
	uint8_t size;

	if (!span_le16(b->data, 0, &id) || !span_u8(b->data, 2, &size))
		return;
	vbt_tell_hex(w, "table_id", id, 4, NULL);
	vbt_tell_hex(w, "access", size, 2, size == WIDE ? "32 bits" : size == NARROW ? "8 bits" : "?");
	g.fields = size == WIDE ? wide : narrow;
	g.stride = size == WIDE ? 8 : 2;
	if (size == WIDE || size == NARROW)
		vbt_tell_group(w, b->data, &g);
	vbt_walk_end(w, b);
}

/* The last two bytes of a list. */
void vbt_walk_end(const struct vbt_walker *w, const struct vbt_block *b)
{
	uint16_t marker;

	if (b->data.n >= 5 && span_le16(b->data, b->data.n - 2, &marker))
		vbt_tell_hex(w, "end_marker", marker, 4, NULL);
}

/* ---- 15: behind the dot clocks those of LVDS, with a head of their own ----------------------------------------- */

void vbt_walk_lvds_clocks(const struct vbt_walker *w, const struct vbt_block *b)
{
	uint8_t size, rows;
	struct span rest;

	if (!span_u8(b->data, 0, &size) || !span_u8(b->data, 1, &rows) ||
	    !span_from(b->data, 2 + (size_t)size * rows, &rest) || rest.n <= 2)
		return;
	vbt_tell_group(w, rest, &vbt_lvds_clocks);
}

/* ---- 57: swing and emphasis, ten rows a table --------------------------------------------------------------- */

#define LEVELS 10

void vbt_walk_swing(const struct vbt_walker *w, const struct vbt_block *b)
{
	static const char *const levels[LEVELS] = { "V0-P0", "V0-P1", "V0-P2", "V0-P3", "V1-P0",
						    "V1-P1", "V1-P2", "V2-P0", "V2-P1", "V3-P0" };
	uint8_t tables, columns;
	struct span row, level;
	size_t len;

	if (!span_u8(b->data, 0, &tables) || !span_u8(b->data, 1, &columns))
		return;
	vbt_tell_number(w, "n_tables", tables);
	vbt_tell_number(w, "n_columns", columns);
	if (columns == 0)
		return;
	len = (size_t)LEVELS * 4 * columns;
	begin(w, "table", VBT_LIST);
	for (unsigned i = 0; i < tables && span_cut(b->data, 2 + i * len, len, &row); i++) {
		begin(w, "table", (int)i);
		begin(w, "level", VBT_LIST);
		for (unsigned k = 0;
		     k < LEVELS && span_cut(row, (size_t)k * 4 * columns, (size_t)4 * columns, &level); k++) {
			begin(w, "level", (int)k);
			vbt_tell_text(w, "name", levels[k]);
			vbt_tell_bytes(w, "values", level);
			end(w);
		}
		end(w);
		end(w);
	}
	end(w);
}

/* ---- 58: timings in whole numbers --------------------------------------------------------------------------- */

void vbt_walk_generic_dtd(const struct vbt_walker *w, const struct vbt_block *b)
{
	static const struct shape_field fields[] = {
		NUM("clock_khz", 0, 32),
		NUM("h_active", 4, 16),
		NUM("h_blank", 6, 16),
		NUM("h_front", 8, 16),
		NUM("h_sync", 10, 16),
		NUM("v_active", 12, 16),
		NUM("v_blank", 14, 16),
		NUM("v_front", 16, 16),
		NUM("v_sync", 18, 16),
		NUM("width_mm", 20, 16),
		NUM("height_mm", 22, 16),
		{ "v_sync_positive", 24, 6, 1, SHAPE_FLAG },
		{ "h_sync_positive", 24, 7, 1, SHAPE_FLAG },
	};
	struct shape_group g = {
		.key = "timing", .fields = fields, .n_fields = ARRAY_SIZE(fields), .at = 2, .rows = 24
	};
	uint16_t size;

	if (!span_le16(b->data, 0, &size))
		return;
	vbt_tell_number(w, "entry_size", size);
	g.stride = size;
	if (size)
		vbt_tell_group(w, b->data, &g);
}

/* ---- 253: pairs of displays, in two forms that only their count tells apart --------------------------------- */

#define DISPLAYS(key, at, width) HEX(key, at, width, .means = vbt_handle_means)

void vbt_walk_prd(const struct vbt_walker *w, const struct vbt_block *b)
{
	static const struct shape_field old[] = { DISPLAYS("attached", 0, 8), DISPLAYS("pipe_a", 1, 8),
						  DISPLAYS("pipe_b", 2, 8) };
	static const struct shape_field new[] = { DISPLAYS("primary", 0, 16), DISPLAYS("secondary", 2, 16) };
	struct shape_group g = { .key = "entry", .rows = SHAPE_ROWS_MAX };
	uint16_t n = 0;

	if (b->data.n >= 2 && span_le16(b->data, b->data.n - 2, &n) && n == (b->data.n - 2) / 3)
		g = (struct shape_group) { .key = "entry", old, 3, .rows = SHAPE_ROWS_MAX, .stride = 3, .tail = 2 };
	else if (span_le16(b->data, 0, &n) && n == (b->data.n - 2) / 4)
		g = (struct shape_group) { .key = "entry", new, 2, .at = 2, .rows = SHAPE_ROWS_MAX, .stride = 4 };
	else {
		vbt_tell_bytes(w, "undecoded", b->data);
		return;
	}
	vbt_tell_number(w, "n_entries", n);
	vbt_tell_group(w, b->data, &g);
}

/* ---- 53: what is sent to a MIPI panel ------------------------------------------------------------------------ */

#define SEQUENCES_MAX 6	   /* panels that have some */
#define ELEMENTS_MAX  1024 /* of one sequence */

static const char *const sequence_names[] = {
	NULL,		"deassert reset", "init OTP", "display on", "display off", "assert reset",
	"backlight on", "backlight off",  "tear on",  "tear off",   "power on",	   "power off",
};
/* Which of two links, which of four channels, in which mode (intel_vbt_decode.c). */
static const char *const dsi_port[] = { "A", "C" };
static const struct shape_field packet[] = {
	{ "high_speed", 0, 0, 1, SHAPE_FLAG },
	{ "virtual_channel", 0, 1, 2, SHAPE_NUMBER },
	{ "port", 0, 3, 1, SHAPE_NUMBER, .names = dsi_port, .n_names = 2 },
	HEX("type", 1, 8),
	NUM("length", 2, 16),
};
static const struct shape_field gpio_old[] = {
	NUM("gpio", 0, 8),
	{ "set", 1, 0, 1, SHAPE_FLAG },
	{ "source", 1, 1, 2, SHAPE_NUMBER },
	HEX("flags", 1, 8),
};
static const struct shape_field gpio[] = {
	NUM("gpio", 0, 8),
	NUM("number", 1, 8),
	{ "set", 2, 0, 1, SHAPE_FLAG },
	HEX("flags", 2, 8),
};
static const struct shape_field i2c[] = {
	HEX("flags", 0, 8),    HEX("index", 1, 8),  HEX("bus", 2, 8),
	HEX("address", 3, 16), HEX("offset", 5, 8), NUM("length", 6, 8),
};
static const char *const element_names[] = { NULL, "send", "delay", "gpio", "i2c", "spi", "pmic" };

/* Bytes of the element's operands, behind its byte and, from version 3 on, its length; false: it is not whole. */
static bool element_len(struct span rest, uint8_t op, uint8_t version, size_t *ret_head, size_t *ret_len)
{
	uint16_t wide;
	uint8_t len;

	*ret_head = version >= 3 ? 2 : 1;
	if (version >= 3) {
		if (!span_u8(rest, 1, &len))
			return false;
		*ret_len = len;
	} else if (op == 1 && span_le16(rest, 3, &wide)) {
		*ret_len = (size_t)wide + 4;
	} else if (op == 2) {
		*ret_len = 4;
	} else if (op == 3) {
		*ret_len = 2;
	} else if (op == 4 && span_u8(rest, 7, &len)) {
		*ret_len = (size_t)len + 7;
	} else {
		return false;
	}
	/* A packet's own length may be more than the byte above can say. */
	if (version >= 3 && op == 1 && span_le16(rest, 4, &wide) && (size_t)wide + 4 > *ret_len)
		*ret_len = (size_t)wide + 4;
	return *ret_len <= rest.n - *ret_head;
}

static void tell_rest(const struct vbt_walker *w, struct span s, size_t at)
{
	struct span rest;

	if (span_from(s, at, &rest))
		vbt_tell_bytes(w, "data", rest);
}

static void element_tell(const struct vbt_walker *w, uint8_t op, uint8_t version, struct span s)
{
	uint32_t time;

	vbt_tell_hex(w, "operation", op, 2, op < ARRAY_SIZE(element_names) ? element_names[op] : "?");
	if (op == 1 && s.n >= 4) {
		vbt_tell_fields(w, s, 0, 0, packet, ARRAY_SIZE(packet));
		tell_rest(w, s, 4);
	} else if (op == 2 && span_le32(s, 0, &time)) {
		vbt_tell_number(w, "delay_us", time);
	} else if (op == 3 && s.n >= (version >= 3 ? 3 : 2)) {
		vbt_tell_fields(w, s, 0, 0, version >= 3 ? gpio : gpio_old, 4);
	} else if (op == 4 && s.n >= 7) {
		vbt_tell_fields(w, s, 0, 0, i2c, ARRAY_SIZE(i2c));
		tell_rest(w, s, 7);
	} else {
		vbt_tell_bytes(w, "data", s);
	}
}

/* One sequence from the front of @rest: its byte, its length (version 3), its elements, a 0. */
static bool sequence_tell(const struct vbt_walker *w, struct span *rest, uint8_t version, int index)
{
	size_t at = version >= 3 ? 5 : 1, head, len;
	struct span here, operands;
	uint8_t name, op = 0;

	if (!span_u8(*rest, 0, &name) || name == 0)
		return false;
	begin(w, "sequence", index);
	vbt_tell_hex(w, "name", name, 2, name < ARRAY_SIZE(sequence_names) ? sequence_names[name] : "?");
	begin(w, "element", VBT_LIST);
	for (int k = 0; k < ELEMENTS_MAX && span_u8(*rest, at, &op) && op != 0; k++) {
		if (!span_from(*rest, at, &here) || !element_len(here, op, version, &head, &len) ||
		    !span_cut(here, head, len, &operands))
			break;
		begin(w, "element", k);
		element_tell(w, op, version, operands);
		end(w);
		at += head + len;
	}
	end(w);
	end(w);
	return op == 0 && span_from(*rest, at, &here) && here.n > 0 && span_from(*rest, at + 1, rest);
}

void vbt_walk_sequence(const struct vbt_walker *w, const struct vbt_block *b)
{
	size_t at, head;
	uint8_t version, panel;
	struct span data;
	uint32_t len;
	uint16_t narrow = 0;

	if (!span_u8(b->data, 0, &version))
		return;
	vbt_tell_number(w, "version", version);
	at = version >= 3 ? 5 : 1;
	head = version >= 3 ? 5 : 3;
	begin(w, "panel", VBT_LIST);
	for (int i = 0; i < SEQUENCES_MAX && span_u8(b->data, at, &panel); i++) {
		len = 0;
		if (version >= 3 ? !span_le32(b->data, at + 1, &len) : !span_le16(b->data, at + 1, &narrow))
			break;
		len = version >= 3 ? len : narrow;
		if (!span_cut(b->data, at + head, len, &data))
			break;
		at += head + len;
		if (len == 0)
			continue;
		begin(w, "panel", i);
		vbt_tell_number(w, "panel_id", panel);
		begin(w, "sequence", VBT_LIST);
		for (int k = 0; sequence_tell(w, &data, version, k); k++)
			;
		end(w);
		end(w);
	}
	end(w);
}

/* ---- 14, 252: pointers to the tables of other blocks -------------------------------------------------------- */

#define POINTERS_MAX	64 /* of a block; tables have at most 40 */
#define POINTERS_HEAD	32 /* bytes in front of them at most; tables have at most 18 */
#define PRD		253
#define VBIOS_PRIVATE	254
#define PRD_HEAD	2 /* the count in front, in newer tables */
#define EXT_TABLE_PTRS	14
#define EXT_POINTERS_AT 1

/* The block that has all of these @n bytes at @at of the BDB; NULL: none has. */
static const struct shape_place *place_of(const struct vbt_walker *w, size_t at, size_t n)
{
	for (const struct shape_place *p = w->place; p < w->place + w->n_places; p++)
		if (at >= p->at && at - p->at <= p->n && n <= p->n - (at - p->at))
			return p;
	return NULL;
}

static bool pointer_read(struct span data, size_t at, uint16_t *ret_at, uint16_t *ret_n)
{
	return span_le16(data, at, ret_at) && span_le16(data, at + 2, ret_n);
}

/* The first pointer leads to the list of pairs of displays, which older tables have in a block 254. What stands in
 * front of it has no length of its own. */
static bool pointers_find(const struct vbt_walker *w, struct span data, size_t *ret)
{
	uint16_t at, n;

	for (size_t k = data.n % 4; k <= POINTERS_HEAD && pointer_read(data, k, &at, &n); k += 4) {
		const struct shape_place *p = n ? place_of(w, at, n) : NULL;

		if (p && ((p->id == PRD && at - p->at <= PRD_HEAD) || (p->id == VBIOS_PRIVATE && at == p->at))) {
			*ret = k;
			return true;
		}
	}
	return false;
}

/* Offsets are told from the begin of the block they lead to: from that of the BDB they move with any block before. */
static void pointers_tell(const struct vbt_walker *w, struct span data, size_t from)
{
	uint16_t at, n;

	begin(w, "table", VBT_LIST);
	for (size_t i = 0; i < POINTERS_MAX && pointer_read(data, from + 4 * i, &at, &n); i++) {
		const struct shape_place *p = n ? place_of(w, at, n) : NULL;

		if (at == 0 && n == 0)
			continue;
		begin(w, "table", (int)i);
		if (p)
			vbt_tell_number(w, "block", p->id);
		vbt_tell_number(w, "at", p ? at - p->at : at);
		vbt_tell_number(w, "size", n);
		end(w);
	}
	end(w);
}

/*
 * No public description has more than their names. In all tables seen (BDB 122 to 261) they are some bytes, flags by
 * their values, and then pairs of an offset in the BDB and a length, each of which is all zeros or within one block:
 * the displays' pairs, the removed configurations, the registers, the modes, the toggle lists, each row of SDVO and
 * eDP panels (252); the dot clocks and those of LVDS (14).
 */
void vbt_walk_pointers(const struct vbt_walker *w, const struct vbt_block *b)
{
	size_t from = EXT_POINTERS_AT;
	struct span head;

	if (b->id != EXT_TABLE_PTRS && !pointers_find(w, b->data, &from)) {
		vbt_tell_bytes(w, "undecoded", b->data);
		return;
	}
	if (span_cut(b->data, 0, from, &head))
		vbt_tell_bytes(w, "flags", head);
	pointers_tell(w, b->data, from);
}

/* ---- 254: what the VBIOS says of itself ------------------------------------------------------------------------ */

#define SIGN_ON_LEN 233 /* and one byte more in newer tables */
#define PAIRS	    16	/* displays and where, without their count */
#define LINES_MAX   8

static void lines_tell(const struct vbt_walker *w, const char *key, struct span text)
{
	char words[160];
	struct span line;

	text = span_before(text, 0);
	begin(w, key, VBT_LIST);
	for (int i = 0; i < LINES_MAX && span_line(&text, &line); i++) {
		line = text_trim(line);
		if (line.n == 0)
			continue;
		text_copy(line, words, sizeof(words));
		begin(w, key, i);
		vbt_tell_text(w, "text", words);
		end(w);
	}
	end(w);
}

/* Linux 4.8 drivers/gpu/drm/i915/intel_vbt_defs.h, struct vbios_data; that begins behind two bytes (0 and 100). */
static void sign_on_tell(const struct vbt_walker *w, struct span data)
{
	static const char *const type[] = { "desktop", "mobile" };
	static const struct shape_field head[] = {
		{ "type", 2, 0, 8, SHAPE_NUMBER, .names = type, .n_names = 2 },
		NUM("release_stage", 3, 8),
		HEX("chipset", 4, 8),
		{ "lvds_present", 5, 0, 1, SHAPE_FLAG },
		{ "tv_present", 5, 1, 1, SHAPE_FLAG },
		{ "build", 6, 0, 4 * 8, SHAPE_TEXT },
	};
	static const struct shape_field tail[] = {
		HEX("code_segment", 226, 16),
		HEX("dos_boot_mode", 228, 8),
		NUM("bandwidth_percent", 229, 8),
		NUM("popup_memory", 230, 8),
		{ "resize_rom", 231, 0, 8, SHAPE_NUMBER },
		NUM("crt_on_ddc2", 232, 8),
	};
	struct span text;

	vbt_tell_fields(w, data, 0, 0, head, ARRAY_SIZE(head));
	if (span_cut(data, 10, 155, &text))
		lines_tell(w, "sign_on", text);
	if (span_cut(data, 165, 61, &text))
		lines_tell(w, "copyright", text);
	vbt_tell_fields(w, data, 0, 0, tail, ARRAY_SIZE(tail));
}

/* Up to BDB 156 the blocks that are 252 and 253 later have this number too: told by what they look like. */
void vbt_walk_private(const struct vbt_walker *w, const struct vbt_block *b)
{
	static const struct shape_field pair[] = { DISPLAYS("attached", 0, 8), DISPLAYS("pipe_a", 1, 8) };
	static const struct shape_group pairs = {
		.key = "entry", .fields = pair, .n_fields = 2, .rows = PAIRS, .stride = 2
	};
	size_t from;

	if (b->data.n == SIGN_ON_LEN || b->data.n == SIGN_ON_LEN + 1)
		sign_on_tell(w, b->data);
	else if (pointers_find(w, b->data, &from))
		vbt_walk_pointers(w, b);
	else if (b->data.n == (size_t)PAIRS * 2)
		vbt_tell_group(w, b->data, &pairs);
	else
		vbt_walk_prd(w, b);
}
