// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vbt_odd.c - the blocks that are no plain tables: panels by pointers, lists of lists, MIPI sequences.
 *
 * Sources as in vbt_walk.h.
 */
#include "base/macros.h"
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
				vbt_tell_number(w, points[k].key,
						(unsigned)high << 2 | (low >> points[k].low_bit & 3));
		end(w);
	}
	end(w);
}

/* ---- 16, 29, 31: four lists, each with its own length ------------------------------------------------------ */

static void toggle_entry(const struct vbt_walker *w, uint8_t id, struct span row)
{
	uint8_t a, b, caps;
	uint16_t wide;

	if (id == 16 && span_u8(row, 0, &a) && span_u8(row, 1, &b) && span_u8(row, 2, &caps)) {
		vbt_tell_hex(w, "pipe_a", a, 2, NULL);
		vbt_tell_hex(w, "pipe_b", b, 2, NULL);
		vbt_tell_hex(w, "caps", caps, 2, NULL);
	} else if (id == 31 && span_le16(row, 0, &wide)) {
		vbt_tell_hex(w, "displays", wide, 4, NULL);
	} else if (span_u8(row, 0, &a)) {
		vbt_tell_hex(w, "displays", a, 2, NULL);
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
}

/* ---- 57: swing and emphasis, ten rows a table --------------------------------------------------------------- */

void vbt_walk_swing(const struct vbt_walker *w, const struct vbt_block *b)
{
	uint8_t tables, columns;
	struct span row;
	size_t len;

	if (!span_u8(b->data, 0, &tables) || !span_u8(b->data, 1, &columns))
		return;
	vbt_tell_number(w, "n_tables", tables);
	vbt_tell_number(w, "n_columns", columns);
	if (columns == 0)
		return;
	len = (size_t)10 * 4 * columns;
	begin(w, "table", VBT_LIST);
	for (unsigned i = 0; i < tables && span_cut(b->data, 2 + i * len, len, &row); i++) {
		begin(w, "table", (int)i);
		vbt_tell_bytes(w, "values", row);
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

void vbt_walk_prd(const struct vbt_walker *w, const struct vbt_block *b)
{
	static const struct shape_field old[] = { HEX("attached", 0, 8), HEX("pipe_a", 1, 8), HEX("pipe_b", 2, 8) };
	static const struct shape_field new[] = { HEX("primary", 0, 16), HEX("secondary", 2, 16) };
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

static void element_tell(const struct vbt_walker *w, uint8_t op, uint8_t version, struct span s)
{
	uint8_t a = 0, b = 0;
	uint32_t time;

	vbt_tell_hex(w, "operation", op, 2, op < ARRAY_SIZE(element_names) ? element_names[op] : "?");
	if (op == 2 && span_le32(s, 0, &time)) {
		vbt_tell_number(w, "delay_us", time);
	} else if (op == 3 && span_u8(s, 0, &a) && span_u8(s, version >= 3 ? 2 : 1, &b)) {
		vbt_tell_number(w, "gpio", a);
		vbt_tell_flag(w, "set", (b & 1) != 0);
		vbt_tell_hex(w, "flags", b, 2, NULL);
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
