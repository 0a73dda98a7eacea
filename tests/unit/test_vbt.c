// SPDX-License-Identifier: GPL-2.0-or-later
/* VBTs: found, read, walked; good ones, odd ones and every damage of them. The tables are built from tests/vbt. */
#include "image.h"

#include <stdio.h>

#include "base/error.h"
#include "base/macros.h"
#include "fw/vbt.h"
#include "fw/vbt_walk.h"
#include "vbt_images.inc"

struct found {
	struct vbt_info v;
	size_t at;
	enum vbt_place place;
};

static struct found find_ok(struct span s)
{
	struct found f;

	assert_int_equal(vbt_find(s, &f.v, &f.at, &f.place, NULL), 0);
	return f;
}

static struct vbt_bdb bdb_of(struct span s)
{
	struct found f = find_ok(s);
	struct vbt_bdb b;

	assert_int_equal(vbt_bdb_read(&f.v, &b, NULL), 0);
	return b;
}

/* ---- a sink that counts, and keeps one value ---------------------------------------------------------------- */

struct count {
	unsigned open, blocks, fields, deepest;
	struct span all; /* what values may point into */
	const char *want_block, *want_key;
	int want_row, row;
	bool in_block, got;
	struct vbt_value value;
	char means[64];
};

static void count_block(void *ctx, const struct vbt_block *b, const char *key, unsigned nth)
{
	struct count *c = ctx;

	assert_int_equal(c->open, 0);
	assert_true(b->data.n <= b->size && (b->cut || b->data.n == b->size) && (!b->cut || b->beyond));
	c->blocks++;
	c->row = 0;
	c->open++;
	c->in_block = c->want_block && strcmp(key, c->want_block) == 0 && nth == 0;
}

static void count_begin(void *ctx, const char *key, int index)
{
	struct count *c = ctx;

	assert_non_null(key);
	assert_true(index >= VBT_LIST);
	c->open++;
	c->row = index >= 0 ? index : c->row;
	c->deepest = c->open > c->deepest ? c->open : c->deepest;
}

static void count_end(void *ctx)
{
	struct count *c = ctx;

	assert_true(c->open > 0);
	c->open--;
}

static void count_field(void *ctx, const char *key, const struct vbt_value *v)
{
	struct count *c = ctx;

	assert_true(c->open > 0);
	assert_non_null(key);
	assert_true(v->form != VBT_TEXT || v->text);
	if (v->form == VBT_BYTES && v->bytes.n)
		assert_true(v->bytes.p >= c->all.p && v->bytes.p + v->bytes.n <= c->all.p + c->all.n);
	c->fields++;
	if (!c->in_block || c->got || strcmp(key, c->want_key) != 0 || c->row != c->want_row)
		return;
	c->got = true;
	c->value = *v;
	snprintf(c->means, sizeof(c->means), "%s", v->means ? v->means : v->text ? v->text : "");
}

static struct count walk(struct span s, const char *block, const char *key, int row)
{
	struct found f = find_ok(s);
	struct count c = { .all = s, .want_block = block, .want_key = key, .want_row = row };
	const struct vbt_sink sink = { &c, count_block, count_begin, count_end, count_field };
	const struct vbt_wish wish = { .panels = 0xffff, .raw = true };

	vbt_walk(&f.v, &wish, &sink);
	assert_int_equal(c.open, 0);
	return c;
}

static void expect(struct span s, const char *block, const char *key, int row, uint64_t n, const char *means)
{
	struct count c = walk(s, block, key, row);

	if (!c.got)
		fail_msg("%s: no %s in row %d", block, key, row);
	if (c.value.n != n || (means && strcmp(c.means, means) != 0))
		fail_msg("%s/%s[%d] is %llu (%s)", block, key, row, (unsigned long long)c.value.n, c.means);
}

/* ---- what is found and said --------------------------------------------------------------------------------- */

static void finds(void **state)
{
	struct found f = find_ok(SPAN_OF(laptop));
	struct image m = { .n = 0x400 };

	(void)state;
	assert_int_equal(f.place, VBT_ALONE);
	assert_string_equal(f.v.name, "TIGERLAKE");
	assert_int_equal(f.v.size, sizeof(laptop));
	assert_true(vbt_sum_ok(&f.v));
	assert_int_equal(vbt_bdb_version(&f.v), 240);
	f = find_ok(SPAN_OF(odd_sum));
	assert_false(vbt_sum_ok(&f.v));
	f = find_ok(SPAN_OF(odd_rom));
	assert_int_equal(f.place, VBT_IN_ROM);
	assert_int_equal(f.at, 64);
	f = find_ok(SPAN_OF(odd_inside));
	assert_int_equal(f.place, VBT_SOMEWHERE);
	assert_int_equal(f.at, 100);
	f = find_ok(SPAN_OF(tablet_v1)); /* a NUL in its signature */
	assert_string_equal(f.v.name, "VALLEYVIEW");
	memcpy(m.b, "IntelGraphicsMem", 16);
	set(&m, 0x10, 8, 4);
	set(&m, 0x16, 0x0200, 2);
	for (size_t i = 0; i < sizeof(laptop); i++)
		put(&m, laptop[i], 1);
	f = find_ok(image_span(&m));
	assert_int_equal(f.place, VBT_IN_IGD);
	assert_int_equal(f.at, 0x400);
}

static void says_a_line(void **state)
{
	struct found f = find_ok(SPAN_OF(laptop));
	char line[128], short_line[16];

	(void)state;
	vbt_line(&f.v, line, sizeof(line));
	assert_string_equal(line, "eDP on A (B140HAN01.3 1920x1080), HDMI/DP on B, DP on D (Type-C)");
	vbt_line(&f.v, short_line, sizeof(short_line));
	assert_string_equal(short_line, "eDP on A (B140H");
	f = find_ok(SPAN_OF(desktop));
	vbt_line(&f.v, line, sizeof(line));
	assert_string_equal(line, "CRT, HDMI on C, DP on D");
}

static void reads_ports(void **state)
{
	struct vbt_bdb b = bdb_of(SPAN_OF(laptop));
	struct vbt_child c[VBT_CHILDREN];

	(void)state;
	assert_int_equal(vbt_children(&b, c), 3);
	assert_true(c[0].lfp && c[0].lfp_no == 0 && !c[1].lfp);
	assert_int_equal(c[1].port, 'B');
	assert_int_equal(c[1].ddc_pin, 2);
	assert_string_equal(vbt_aux_str(c[1].aux_channel), "B");
	assert_string_equal(vbt_aux_str(0x40), "A");
	assert_null(vbt_aux_str(0));
	assert_null(vbt_aux_str(0x41));
	assert_null(vbt_aux_str(0xa0));
	assert_true(c[2].type_c && c[2].thunderbolt && !c[1].type_c);
}

static void reads_panels(void **state)
{
	struct vbt_bdb b = bdb_of(SPAN_OF(laptop));
	const uint16_t h[4] = { 1920, 1968, 2000, 2080 }, v[4] = { 1080, 1083, 1088, 1111 };
	struct vbt_panels p;

	(void)state;
	vbt_panels(&b, &p);
	assert_int_equal(p.n, VBT_PANELS);
	assert_int_equal(p.type[0], 2);
	assert_int_equal(vbt_panels_chosen(&p), 1 << 2); /* there is no LFP 2 */
	assert_string_equal(p.panel[2].maker, "AUO");
	assert_string_equal(p.panel[2].name, "B140HAN01.3");
	assert_int_equal(p.panel[2].product, 0x133f);
	assert_memory_equal(p.panel[2].timing.h, h, sizeof(h));
	assert_memory_equal(p.panel[2].timing.v, v, sizeof(v));
	assert_int_equal(p.panel[2].timing.clock_khz, 138500);
	assert_int_equal(p.panel[2].timing.width_mm, 309);
	assert_int_equal(vbt_timing_refresh(&p.panel[2].timing), 59934);
	b = bdb_of(SPAN_OF(desktop)); /* rows without a block that points to them; chosen by EDID */
	vbt_panels(&b, &p);
	assert_int_equal(p.n, VBT_PANELS);
	assert_int_equal(p.panel[15].timing.h[0], 1024);
	assert_int_equal(vbt_panels_chosen(&p), 0xffff);
	b = bdb_of(SPAN_OF(tablet));
	vbt_panels(&b, &p);
	assert_int_equal(p.n, 0);
}

static void tells_fields(void **state)
{
	struct span l = SPAN_OF(laptop), d = SPAN_OF(desktop), t = SPAN_OF(tablet);

	(void)state;
	expect(l, "general_features", "panel_fitting", 0, 3, "text and graphics");
	expect(l, "general_definitions", "ddc_pin", 1, 2, NULL);
	expect(l, "general_definitions", "hpd_invert", 1, 1, NULL);
	expect(l, "general_definitions", "hdmi_max_rate", 1, 2, "165 MHz");
	expect(l, "general_definitions", "dp_max_link_rate", 2, 3, "5.4 Gb/s");
	expect(l, "general_definitions", "device_type", 0, 0x1806, "digital, DisplayPort, not HDMI, internal");
	expect(l, "edp", "t1_t3_100us", 7, 2000, "200 ms");
	expect(l, "edp", "color_depth", 2, 1, "24 bpp");
	expect(l, "edp", "color_depth", 3, 0, "18 bpp");
	expect(l, "edp", "swing_table", 2, 1, "default (400 mV)");
	expect(l, "edp", "fast_link_rate_200khz", 15, 13500, "2.7 Gb/s");
	expect(l, "lfp_backlight", "min_brightness", 15, 10, NULL);
	expect(l, "lfp_power", "vrr", 15, 1, NULL);
	expect(l, "chromaticity", "red_x", 0, 0xa0 << 2, NULL);
	expect(l, "psr", "tp2_tp3_wakeup_100us", 15, 5, "0.5 ms");
	expect(l, "lfp_data", "border_right", 15, 4, NULL);
	expect(l, "lfp_data", "scaling", 2, 1, NULL);
	expect(l, "lfp_data_pointers", "dvo_timing_offset", 1, 66 + 38, NULL);
	expect(l, "mipi_config", "power_cycle_100us", 5, 5000, "500 ms");
	expect(l, "mipi_config", "pmic_i2c_bus", 5, 6, NULL);
	expect(l, "compression", "max_bpp", 15, 5, "16 bpp");
	expect(l, "prd", "secondary", 1, 0x20, NULL);
	expect(l, "generic_dtd", "height_mm", 1, 174, NULL);
	expect(d, "dot_clock_override", "clock", 0, 25175, NULL);
	expect(d, "mode_removal", "row_size", 0, 8, NULL);
	expect(d, "sdvo_pnp_id", "maker", 3, 0, "DEL");
	expect(d, "prd", "pipe_b", 0, 3, NULL);
	expect(t, "mipi_sequence", "delay_us", 1, 120000, NULL);
	expect(d, "generic_mode", "mode_flag", 0, 1, NULL);
	expect(d, "generic_mode", "page_size", 0, 0x1000, NULL);
	expect(d, "generic_mode", "v_sync_end", 2, 491, "492");
	expect(d, "mode_removal", "end_marker", 0, 0, NULL);
	expect(d, "mmio_registers", "end_marker", 0, 0xffff, NULL);
	expect(d, "display_select_hsw", "displays", 0, 0x41, "CRT + EFP 2");
	expect(d, "compression_old", "bpp", 0, 0x2000, "8 bpp");
	expect(d, "compression_old", "initial_transmission_delay", 0, 0x8000, "512");
	expect(d, "compression_old", "initial_offset", 0, 6144, NULL);
	expect(l, "chromaticity", "max_luminance", 0, 0x5bd0, "250 cd/m2");
}

/* Blocks that only lead to others: what an offset leads to, and where there. */
static void tells_pointers(void **state)
{
	struct span d = SPAN_OF(desktop), o = SPAN_OF(old);

	(void)state;
	expect(d, "ext_table_pointers", "block", 0, 15, NULL);
	expect(d, "ext_table_pointers", "at", 1, 13, NULL);
	expect(d, "ext_table_pointers", "size", 1, 18, NULL);
	expect(d, "dot_clock_override", "clock", 1, 65000, NULL);
	expect(d, "int15_hook", "block", 0, 253, NULL);
	expect(d, "int15_hook", "at", 0, 0, NULL);
	assert_false(walk(d, "int15_hook", "size", 1).got);
	expect(d, "int15_hook", "block", 2, 22, NULL);
	expect(d, "int15_hook", "at", 2, 10, NULL);
	assert_false(walk(d, "int15_hook", "block", 3).got);
	expect(d, "int15_hook", "at", 3, 0xfff0, NULL);
	assert_int_equal(walk(d, "int15_hook", "flags", 0).value.bytes.n, 6);
	expect(o, "vbios_private", "type", 0, 1, "mobile");
}

/* What the VBIOS says of itself; a table of old, whose other blocks 254 are the two that got numbers later. */
static void tells_the_vbios(void **state)
{
	struct span d = SPAN_OF(desktop), o = SPAN_OF(old);

	(void)state;
	expect(d, "vbios_private", "build", 0, 0, "2143");
	expect(d, "vbios_private", "text", 0, 0, "Intel(R) PCI Accelerated SVGA BIOS");
	expect(d, "vbios_private", "text", 1, 0, "Build Number: 2143 PC 14.34");
	expect(d, "vbios_private", "code_segment", 0, 0xc000, NULL);
	expect(o, "generic_mode", "burst_32bpp", 2, 6, "28");
	expect(o, "generic_mode", "text_rows", 0, 48, NULL);
	expect(o, "dot_clock_override_old", "p1", 0, 4, NULL);
	expect(o, "dot_clock_override_old", "p1_is_2", 0, 1, NULL);
	assert_false(walk(d, "vbios_private", "undecoded", 0).got);
}

/* BDB headers are often one short: drivers do not see the last block. */
static void marks_what_drivers_do_not_see(void **state)
{
	struct vbt_bdb b = bdb_of(SPAN_OF(laptop));
	struct vbt_block k = { 0 };
	size_t at = 0, n = 0;

	(void)state;
	while (vbt_block_next(&b, &at, &k))
		n++;
	assert_int_equal(n, 19);
	assert_int_equal(k.id, 58);
	assert_true(k.beyond && !k.cut);
	assert_false(vbt_block_find(&b, 58, &k));
	assert_true(vbt_block_find(&b, 253, &k));
	b = bdb_of(SPAN_OF(odd_block));
	for (at = 0; vbt_block_next(&b, &at, &k);)
		;
	assert_true(k.id == 58 && k.cut && k.beyond);
	assert_int_equal(k.size, 60000);
}

static void refuses(void **state)
{
	struct image m = { 0 };
	struct report rep = { 0 };
	struct found f = find_ok(SPAN_OF(laptop));
	struct vbt_bdb b, before;

	(void)state;
	assert_int_equal(vbt_find(SPAN_OF(bad_cut), &f.v, &f.at, &f.place, &rep), -IGD_ELENGTH);
	assert_int_equal(vbt_find((struct span) { NULL, 0 }, &f.v, &f.at, &f.place, NULL), -IGD_EMAGIC);
	assert_int_equal(vbt_find(SPAN_OF("nothing here"), &f.v, &f.at, &f.place, NULL), -IGD_EMAGIC);
	assert_int_equal(vbt_find(SPAN_OF("a $VBT"), &f.v, &f.at, &f.place, NULL), -IGD_ELENGTH);
	assert_string_equal(f.v.name, "TIGERLAKE"); /* untouched */

	memset(&before, 0xa5, sizeof(before));
	b = before;
	memcpy(m.b, laptop, sizeof(laptop));
	m.n = sizeof(laptop);
	f = find_ok(image_span(&m));
	m.b[48] = 'b';
	assert_int_equal(vbt_bdb_read(&f.v, &b, NULL), -IGD_EMAGIC);
	set(&m, 28, sizeof(laptop) + 1, 4);
	assert_int_equal(vbt_bdb_read(&f.v, &b, NULL), -IGD_ELENGTH);
	set(&m, 28, sizeof(laptop) - 20, 4);
	assert_int_equal(vbt_bdb_read(&f.v, &b, NULL), -IGD_EMAGIC);
	memcpy(m.b + sizeof(laptop) - 20, "BIOS_DATA_BLOCK ", 16);
	assert_int_equal(vbt_bdb_read(&f.v, &b, NULL), -IGD_ETRUNC);
	memcpy(m.b, laptop, sizeof(laptop));
	set(&m, 48 + 18, 21, 2);
	assert_int_equal(vbt_bdb_read(&f.v, &b, NULL), -IGD_ELENGTH);
	assert_memory_equal(&b, &before, sizeof(b));
	assert_int_equal(vbt_bdb_version(&f.v), 0);
}

/* ---- damage ------------------------------------------------------------------------------------------------- */

static void try(struct span s)
{
	struct vbt_info v, before;
	enum vbt_place place;
	char line[64];
	size_t at;
	struct count c = { .all = s };
	const struct vbt_sink sink = { &c, count_block, count_begin, count_end, count_field };
	const struct vbt_wish wish = { .panels = 0xffff };

	memset(&before, 0xa5, sizeof(before));
	v = before;
	if (vbt_find(s, &v, &at, &place, NULL) < 0) {
		assert_memory_equal(&v, &before, sizeof(v));
		return;
	}
	assert_true(at <= s.n && v.bytes.n <= s.n - at && v.bytes.p == s.p + at);
	vbt_line(&v, line, sizeof(line));
	vbt_walk(&v, &wish, &sink);
	assert_int_equal(c.open, 0);
}

static void survives_damage(void **state)
{
	(void)state;
	image_damage(SPAN_OF(tablet), try);
	image_damage(SPAN_OF(tablet_v1), try);
	image_damage(SPAN_OF(old), try);
	for (size_t n = 0; n <= sizeof(laptop); n++)
		image_copy_to(SPAN_OF(laptop), n, SIZE_MAX, 0, try);
	for (size_t i = 0; i < sizeof(laptop); i++)
		image_copy_to(SPAN_OF(laptop), sizeof(laptop), i, (uint8_t)~laptop[i], try);
	for (size_t i = 0; i < sizeof(desktop); i++)
		image_copy_to(SPAN_OF(desktop), sizeof(desktop), i, (uint8_t)~desktop[i], try);
	for (size_t i = 0; i < sizeof(desktop); i++)
		image_copy_to(SPAN_OF(desktop), sizeof(desktop), i, 0, try);
}

/* A table that says it is shorter is cut inside its blocks, each of them at each place. */
static void survives_short_tables(void **state)
{
	struct image m = { 0 };

	(void)state;
	memcpy(m.b, laptop, sizeof(laptop));
	for (size_t n = 48; n < sizeof(laptop); n++) {
		m.n = n;
		set(&m, 24, n, 2);
		image_copy_to(image_span(&m), n, SIZE_MAX, 0, try);
	}
	memcpy(m.b, desktop, sizeof(desktop));
	for (size_t n = 48; n < sizeof(desktop); n++) {
		m.n = n;
		set(&m, 24, n, 2);
		image_copy_to(image_span(&m), n, SIZE_MAX, 0, try);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(says_a_line),
		cmocka_unit_test(reads_ports),
		cmocka_unit_test(reads_panels),
		cmocka_unit_test(tells_fields),
		cmocka_unit_test(tells_pointers),
		cmocka_unit_test(tells_the_vbios),
		cmocka_unit_test(marks_what_drivers_do_not_see),
		cmocka_unit_test(refuses),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(survives_short_tables),
	};

	return cmocka_run_group_tests_name("vbt", tests, NULL, NULL);
}
