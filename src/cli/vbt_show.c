// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vbt_show.c - what a VBT says, for people: its ports, the panels in use, and with --all every field.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/batch.h"
#include "cli/vbt_file.h"
#include "cli/vbt_json.h"
#include "cli/view.h"
#include "fw/vbt_walk.h"

/* ---- the short form ------------------------------------------------------------------------------------------ */

/* What the short form picks out of all fields, and where it goes. */
enum part { PART_PORT, PART_BACKLIGHT, PART_EDP, PART_PANEL, PART_FEATURES, N_PARTS };

enum when { ALWAYS, NONZERO };

static const struct pick {
	const char *block, *key;
	enum part part;
	enum when when;
	const char *format; /* with one %s: the meaning, or the number */
} picks[] = {
	{ "general_definitions", "thunderbolt", PART_PORT, NONZERO, "Thunderbolt" },
	{ "general_definitions", "lspcon", PART_PORT, NONZERO, "LSPCON" },
	{ "general_definitions", "onboard_redriver", PART_PORT, NONZERO, "redriver" },
	{ "general_definitions", "efp_routed", PART_PORT, NONZERO, "through a dock" },
	{ "general_definitions", "edidless_efp", PART_PORT, NONZERO, "no EDID" },
	{ "general_definitions", "compression", PART_PORT, NONZERO, "DSC" },
	{ "general_definitions", "ganged_edp", PART_PORT, NONZERO, "two pipes" },
	{ "general_definitions", "hpd_invert", PART_PORT, NONZERO, "HPD inverted" },
	{ "general_definitions", "lane_reversal", PART_PORT, NONZERO, "lanes reversed" },
	{ "general_definitions", "iboost", PART_PORT, NONZERO, "IBOOST" },
	{ "general_definitions", "hdmi_level_shifter", PART_PORT, NONZERO, "HDMI level shifter %s" },
	{ "general_definitions", "hdmi_max_rate", PART_PORT, NONZERO, "HDMI up to %s" },
	{ "general_definitions", "dp_max_link_rate", PART_PORT, NONZERO, "DP up to %s" },
	{ "lfp_options", "channel", PART_PANEL, NONZERO, "%s channel" },
	{ "lfp_options", "color_depth", PART_PANEL, ALWAYS, "%s" },
	{ "lfp_options", "dps_type", PART_PANEL, NONZERO, "%s" },
	{ "lfp_options", "rotation", PART_PANEL, NONZERO, "rotated by %s" },
	{ "lfp_backlight", "type", PART_BACKLIGHT, ALWAYS, "%s" },
	{ "lfp_backlight", "pwm_hz", PART_BACKLIGHT, ALWAYS, "%s Hz" },
	{ "lfp_backlight", "active_low", PART_BACKLIGHT, NONZERO, "active low" },
	{ "lfp_backlight", "control", PART_BACKLIGHT, ALWAYS, "%s" },
	{ "lfp_backlight", "controller", PART_BACKLIGHT, ALWAYS, "controller %s" },
	{ "lfp_backlight", "min_brightness", PART_BACKLIGHT, ALWAYS, "brightness from %s" },
	{ "edp", "t1_t3_100us", PART_EDP, ALWAYS, "T1+T3 %s" },
	{ "edp", "t8_100us", PART_EDP, ALWAYS, "T8 %s" },
	{ "edp", "t9_100us", PART_EDP, ALWAYS, "T9 %s" },
	{ "edp", "t10_100us", PART_EDP, ALWAYS, "T10 %s" },
	{ "edp", "t11_t12_100us", PART_EDP, ALWAYS, "T11+T12 %s" },
	{ "edp", "color_depth", PART_EDP, ALWAYS, "%s" },
	{ "edp", "fast_link_lanes", PART_EDP, ALWAYS, "%s" },
	{ "edp", "fast_link_rate", PART_EDP, ALWAYS, "%s" },
	{ "edp", "fast_link_training", PART_EDP, NONZERO, "fast link training" },
	{ "edp", "max_link_rate_200khz", PART_EDP, NONZERO, "at most %s" },
	{ "edp", "swing_table", PART_EDP, ALWAYS, "swing %s" },
	{ "edp", "no_dsc", PART_EDP, NONZERO, "no DSC" },
	{ "general_features", "integrated_crt", PART_FEATURES, NONZERO, "CRT port" },
	{ "general_features", "rotate_180", PART_FEATURES, NONZERO, "rotated by 180 degrees" },
	{ "driver_features", "lfp_config", PART_FEATURES, NONZERO, "built-in panel by %s" },
	{ "driver_features", "psr", PART_FEATURES, NONZERO, "PSR" },
	{ "driver_features", "drrs", PART_FEATURES, NONZERO, "DRRS" },
	{ "driver_features", "dmrrs", PART_FEATURES, NONZERO, "DMRRS" },
	{ "driver_features", "dpst", PART_FEATURES, NONZERO, "DPST" },
	{ "driver_features", "adb", PART_FEATURES, NONZERO, "ADB" },
	{ "driver_features", "ips", PART_FEATURES, NONZERO, "IPS" },
	{ "driver_features", "render_standby", PART_FEATURES, NONZERO, "render standby" },
	{ "driver_features", "turbo_boost", PART_FEATURES, NONZERO, "turbo boost" },
	{ "lfp_power", "psr", PART_PANEL, NONZERO, "PSR" },
	{ "lfp_power", "drrs", PART_PANEL, NONZERO, "DRRS" },
	{ "lfp_power", "dmrrs", PART_PANEL, NONZERO, "DMRRS" },
	{ "lfp_power", "vrr", PART_PANEL, NONZERO, "VRR" },
	{ "lfp_power", "dpst", PART_PANEL, NONZERO, "DPST" },
	{ "lfp_power", "lace_on", PART_PANEL, NONZERO, "LACE" },
	{ "lfp_power", "hobl", PART_PANEL, NONZERO, "HOBL" },
};

#define ROWS_MAX  VBT_CHILDREN /* children or panels */
#define WORDS_LEN 256

struct gist { /* the picked words: by part and row */
	char words[N_PARTS][ROWS_MAX][WORDS_LEN];
	uint64_t wanted; /* the picks from the block we are in, as bits */
	int row;	 /* of the list we are in; 0 outside of lists */
	unsigned depth;
};

static void gist_add(char words[WORDS_LEN], const char *format, const char *value)
{
	size_t n = strlen(words);

	if (n && n < WORDS_LEN)
		n += (size_t)snprintf(words + n, WORDS_LEN - n, ", ");
	if (n < WORDS_LEN) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(words + n, WORDS_LEN - n, format, value);
#pragma GCC diagnostic pop
	}
}

_Static_assert(ARRAY_SIZE(picks) <= 64, "a bit each");

static void gist_block(void *ctx, const struct vbt_block *b, const char *key, unsigned nth)
{
	struct gist *g = ctx;

	g->wanted = 0;
	for (size_t i = 0; i < ARRAY_SIZE(picks) && !b->beyond && nth == 0; i++) /* drivers take the first */
		if (strcmp(picks[i].block, key) == 0)
			g->wanted |= UINT64_C(1) << i;
	g->row = 0;
	g->depth = 1;
}

static void gist_begin(void *ctx, const char *key, int index)
{
	struct gist *g = ctx;

	g->depth += key != NULL;
	if (index >= 0)
		g->row = index;
}

static void gist_end(void *ctx)
{
	struct gist *g = ctx;

	if (--g->depth == 0)
		g->wanted = 0;
}

static void gist_field(void *ctx, const char *key, const struct vbt_value *v)
{
	struct gist *g = ctx;
	char number[24];

	if (g->row >= ROWS_MAX)
		return;
	for (uint64_t left = g->wanted; left; left &= left - 1) {
		const struct pick *p = &picks[__builtin_ctzll(left)];

		if (strcmp(p->key, key) == 0 && (v->n || p->when == ALWAYS)) {
			snprintf(number, sizeof(number), "%llu", (unsigned long long)v->n);
			gist_add(g->words[p->part][g->row], p->format, v->means ? v->means : number);
		}
	}
}

static struct gist *gist_make(const struct vbt_info *v, uint16_t panels)
{
	struct gist *g = calloc(1, sizeof(*g));
	const struct vbt_sink sink = { g, gist_block, gist_begin, gist_end, gist_field };
	const struct vbt_wish wish = { .panels = panels };

	if (g)
		vbt_walk(v, &wish, &sink);
	return g;
}

/* "LFP 1", "EFP 3": the first of the displays that a handle names. */
static const char *handle_str(uint16_t version, uint16_t handle, char buf[16])
{
	static const struct {
		uint16_t bit, since;
		const char *word;
	} words[] = { { 0x0008, 0, "LFP 1" },	{ 0x0080, 0, "LFP 2" },	  { 0x0004, 0, "EFP 1" },
		      { 0x0040, 0, "EFP 2" },	{ 0x0020, 0, "EFP 3" },	  { 0x0010, 0, "EFP 4" },
		      { 0x0002, 215, "EFP 5" }, { 0x0002, 0, "TV" },	  { 0x0001, 217, "EFP 6" },
		      { 0x0001, 0, "CRT" },	{ 0x0100, 217, "EFP 7" }, { 0x0200, 217, "EFP 8" } };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if ((handle & words[i].bit) && version >= words[i].since)
			return words[i].word;
	snprintf(buf, 16, "0x%04x", handle);
	return buf;
}

static void ports_text(const struct view *v, const struct vbt_bdb *b, const struct gist *g)
{
	static const char *const columns[] = { "DISPLAY", "KIND", "PORT", "DDC", "AUX", "MORE", NULL };
	struct vbt_child child[VBT_CHILDREN];
	size_t n = vbt_children(b, child);
	struct libscols_table *t;
	char handle[16], ddc[8], more[WORDS_LEN + 16];

	view_heading(v, "Ports");
	if (n == 0) {
		fprintf(v->out, "none\n");
		return;
	}
	t = view_table(v, false, columns);
	for (const struct vbt_child *c = child; c < child + n; c++) {
		const char *words = c->index < ROWS_MAX ? g->words[PART_PORT][c->index] : "";

		snprintf(ddc, sizeof(ddc), "0x%02x", c->ddc_pin);
		snprintf(more, sizeof(more), "%s%s%s", c->type_c ? "Type-C" : "", c->type_c && *words ? ", " : "",
			 words);
		view_line(t, NULL,
			  (const char *[]) { handle_str(b->version, c->handle, handle), c->kind,
					     c->port ? (char[]) { c->port, 0 } : "-", c->ddc_pin ? ddc : "-",
					     or_dash(vbt_aux_str(c->aux_channel)), more });
	}
	view_table_end(v, t);
}

static void timing_row(const struct view *v, const struct vbt_timing *t)
{
	uint32_t mhz = vbt_timing_refresh(t);

	view_row(v, "  timing",
		 "%ux%u %u.%02u Hz, pixel clock %u.%02u MHz, h %u %u %u %u %csync, v %u %u %u %u %csync", t->h[0],
		 t->v[0], mhz / 1000, mhz % 1000 / 10, t->clock_khz / 1000, t->clock_khz % 1000 / 10, t->h[0],
		 t->h[1], t->h[2], t->h[3], t->h_positive ? '+' : '-', t->v[0], t->v[1], t->v[2], t->v[3],
		 t->v_positive ? '+' : '-');
}

static void panel_text(const struct view *v, const struct vbt_panels *panels, size_t i, const struct gist *g)
{
	static const struct {
		enum part part;
		const char *label;
	} rows[] = { { PART_PANEL, "  options" }, { PART_BACKLIGHT, "  backlight" }, { PART_EDP, "  eDP" } };
	const struct vbt_panel *p = &panels->panel[i];
	bool first = panels->known && panels->type[0] == i,
	     second = panels->known && panels->lfp[1] && panels->type[1] == i;
	char label[24];

	snprintf(label, sizeof(label), "%zu", i);
	view_row(v, label, "%s%s%s%s%s %04x%s%s", first ? "LFP 1" : "", first && second ? ", " : "",
		 second ? "LFP 2" : "", first || second ? ": " : "", p->maker[0] ? p->maker : "no maker", p->product,
		 p->name[0] ? ", " : "", p->name);
	if (p->timed)
		timing_row(v, &p->timing);
	for (size_t k = 0; k < ARRAY_SIZE(rows); k++)
		if (g->words[rows[k].part][i][0])
			view_row(v, rows[k].label, "%s", g->words[rows[k].part][i]);
}

static void panels_text(const struct view *v, const struct vbt_panels *panels, uint16_t chosen, const struct gist *g)
{
	bool any = false;

	if (!panels->lfp[0] && !panels->lfp[1])
		return; /* rows of panels that no port drives */
	view_heading(v, "Panels");
	if (chosen == 0xffff)
		fprintf(v->out, "The row is chosen by the EDID of the panel that answers.\n");
	for (size_t i = 0; i < panels->n; i++)
		if (chosen >> i & 1 && (chosen != 0xffff || panels->panel[i].timed)) {
			panel_text(v, panels, i, g);
			any = true;
		}
	if (!any)
		fprintf(v->out, "no table of panels\n");
}

static void head_text(const struct view *v, const char *name, const struct vbt_file *f, const struct vbt_bdb *b)
{
	char place[64], text[512];

	vbt_place_str(f, place, sizeof(place));
	snprintf(text, sizeof(text), "VBT %s, BDB %u, %u bytes%s%s%s",
		 f->info.name[0] ? f->info.name : "without a name", b->version, f->info.size, *place ? ", " : "",
		 place,
		 vbt_sum_ok(&f->info) ? "" : "; its checksum is wrong, as nearly half of them are: nothing reads it");
	snprintf(place, sizeof(place), "%s", "");
	view_paragraph(v, PAINT_HEAD, name, 0, "");
	view_paragraph(v, PAINT_PLAIN, "", 0, text);
}

static void blocks_text(const struct view *v, const struct vbt_bdb *b)
{
	char text[2048] = "";
	struct vbt_block k;
	size_t at = 0, n = 0;

	while (vbt_block_next(b, &at, &k) && n < sizeof(text))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u%s", n ? " " : "", k.id,
				      k.cut	 ? " (cut)"
				      : k.beyond ? " (behind the end of the BDB)"
						 : "");
	fputc('\n', v->out);
	view_row(v, "Blocks", "%s", text);
}

static void short_text(const struct view *v, const struct vbt_file *f, const struct vbt_bdb *b)
{
	struct vbt_panels panels;
	struct gist *g;
	uint16_t chosen;

	vbt_panels(b, &panels);
	chosen = vbt_panels_chosen(&panels);
	g = gist_make(&f->info, chosen);
	if (!g)
		return;
	ports_text(v, b, g);
	panels_text(v, &panels, chosen, g);
	if (g->words[PART_FEATURES][0][0]) {
		fputc('\n', v->out);
		view_row(v, "Features", "%s", g->words[PART_FEATURES][0]);
	}
	blocks_text(v, b);
	free(g);
}

/* ---- the long form ------------------------------------------------------------------------------------------- */

#define HEX_SHORT 16 /* bytes of a field that are shown without --verbose */

struct listing {
	const struct view *v;
	bool verbose;
	unsigned depth;
	bool list[32]; /* what is open is a list: nothing was printed for it */
};

static void list_push(struct listing *l, bool list)
{
	l->depth++;
	if (l->depth < ARRAY_SIZE(l->list))
		l->list[l->depth] = list;
}

static int indent_of(const struct listing *l)
{
	int n = 0;

	for (unsigned i = 1; i <= l->depth && i < ARRAY_SIZE(l->list); i++)
		n += l->list[i] ? 0 : 2;
	return n;
}

static void list_block(void *ctx, const struct vbt_block *b, const char *key, unsigned nth)
{
	struct listing *l = ctx;

	fprintf(l->v->out, "\n%s%s%s (block %u", paint_on(l->v, PAINT_HEAD), key, paint_off(l->v), b->id);
	if (nth)
		fprintf(l->v->out, ", the %u. of them", nth + 1);
	fprintf(l->v->out, ", %u bytes%s)\n", b->size,
		b->cut	    ? ", cut by the end of the table"
		: b->beyond ? ", behind the end of the BDB: drivers do not see it"
			    : "");
	list_push(l, false);
}

static void list_begin(void *ctx, const char *key, int index)
{
	struct listing *l = ctx;

	if (index >= 0)
		fprintf(l->v->out, "%*s%s %d\n", indent_of(l), "", key, index);
	else if (index == VBT_GROUP)
		fprintf(l->v->out, "%s%*s%s\n", l->depth ? "" : "\n", indent_of(l), "", key);
	list_push(l, index == VBT_LIST);
}

static void list_end(void *ctx)
{
	struct listing *l = ctx;

	l->depth--;
}

static void bytes_text(struct listing *l, struct span s)
{
	static const char digits[] = "0123456789abcdef";
	FILE *out = l->v->out;
	uint8_t byte;
	int indent = indent_of(l) + 2;

	for (size_t i = 0; span_u8(s, i, &byte) && (l->verbose || i < HEX_SHORT); i++) {
		if (l->verbose && i % 32 == 0)
			fprintf(out, "\n%*s", indent, "");
		else if (i)
			putc_unlocked(' ', out);
		putc_unlocked(digits[byte >> 4], out);
		putc_unlocked(digits[byte & 15], out);
	}
	if (!l->verbose && s.n > HEX_SHORT)
		fprintf(l->v->out, " ... (%zu bytes; --verbose shows them)", s.n);
	fputc('\n', l->v->out);
}

#define KEY_WIDTH 34

/* printf would do, and take half of the time of it all: there are a thousand fields to a table. */
static void key_text(FILE *out, int indent, const char *key)
{
	int len = (int)strlen(key);

	for (int i = 0; i < indent; i++)
		putc_unlocked(' ', out);
	fputs_unlocked(key, out);
	for (int i = indent + len; i < KEY_WIDTH; i++)
		putc_unlocked(' ', out);
	putc_unlocked(' ', out);
}

static void list_field(void *ctx, const char *key, const struct vbt_value *v)
{
	struct listing *l = ctx;
	FILE *out = l->v->out;

	key_text(out, indent_of(l), key);
	switch (v->form) {
	case VBT_FLAG:
		fputs_unlocked(v->n ? "yes\n" : "no\n", out);
		break;
	case VBT_TEXT:
		fprintf(out, "%s\n", v->text);
		break;
	case VBT_BYTES:
		bytes_text(l, v->bytes);
		break;
	case VBT_HEX:
		fprintf(out, v->means ? "0x%0*llx (%s)\n" : "0x%0*llx\n", (int)v->digits, (unsigned long long)v->n,
			v->means);
		break;
	case VBT_NUMBER:
		fprintf(out, v->means ? "%llu (%s)\n" : "%llu\n", (unsigned long long)v->n, v->means);
		break;
	}
}

static void long_text(const struct view *v, const struct vbt_file *f, bool verbose)
{
	struct listing l = { .v = v, .verbose = verbose };
	const struct vbt_sink sink = { &l, list_block, list_begin, list_end, list_field };
	const struct vbt_wish wish = { .panels = 0xffff, .raw = verbose };

	vbt_walk(&f->info, &wish, &sink);
}

/* ---- the command --------------------------------------------------------------------------------------------- */

struct show {
	const struct cli *cli;
	const struct file_list *list;
	atomic_uint *shown;
};

static int show_refused(const struct show *s, size_t i, const struct report *rep, int r, FILE *out, FILE *err)
{
	char line[REPORT_TEXT + 128];
	struct json_text j = { .out = out, .pretty = s->list->n == 1 };

	report_failure_str(rep, r, s->list->names[i], line, sizeof(line));
	if (s->list->walked[i] && r == -IGD_EMAGIC) {
		if (s->cli->verbose)
			fprintf(err, "note: %s\n", line);
		return EXIT_DONE;
	}
	fprintf(err, "igdctl: %s\n", line);
	if (s->cli->json) {
		jt_top(&j, "vbt-show", s->list->names[i]);
		jt_string(&j, "error", line);
		jt_close(&j, '}');
	}
	return EXIT_FAILED;
}

static int show(const void *ctx, size_t i, FILE *out, FILE *err)
{
	const struct show *s = ctx;
	struct report rep = { 0 };
	struct vbt_bdb b = { 0 };
	struct vbt_file f;
	struct view v;
	int r = vbt_file_read(s->list->names[i], &f, &rep);

	if (r < 0)
		return show_refused(s, i, &rep, r, out, err);
	r = vbt_bdb_read(&f.info, &b, &rep);
	if (r < 0) {
		vbt_file_done(&f);
		return show_refused(s, i, &rep, r == -IGD_EMAGIC ? -IGD_ELENGTH : r, out, err);
	}
	view_init(&v, s->cli, out);
	if (s->cli->json) {
		vbt_show_json(s->cli, s->list->names[i], &f, s->list->n == 1, out);
	} else {
		if (atomic_fetch_add(s->shown, 1) > 0 || i > 0)
			fputc('\n', out);
		head_text(&v, s->list->names[i], &f, &b);
		if (s->cli->all)
			long_text(&v, &f, s->cli->verbose);
		else
			short_text(&v, &f, &b);
	}
	if (s->cli->json)
		atomic_fetch_add(s->shown, 1);
	vbt_file_done(&f);
	return EXIT_DONE;
}

static int vbt_show_run(const struct cli *cli)
{
	struct report rep = { 0 };
	struct file_list list;
	atomic_uint shown = 0;
	struct show s = { cli, &list, &shown };
	int r, status;

	if (cli->n_args == 0)
		return usage_error("vbt show",
				   "name a file or folder; a VBT, an option ROM, an OpRegion, or - for stdin");
	r = file_list_make(cli->args, cli->n_args, &list, &rep);
	if (r < 0) {
		file_list_done(&list);
		return report_failed(&rep, r, "vbt show");
	}
	status = list.n ? batch_run(show, &s, list.n) : EXIT_DONE;
	if (status == EXIT_DONE && shown == 0) {
		fprintf(stderr,
			"igdctl: %s: none of its %zu files has a VBT inside; packed firmware is for `igdctl fw "
			"scan`\n",
			cli->args[0], list.n);
		status = EXIT_FAILED;
	}
	file_list_done(&list);
	return status;
}

static const struct option_row show_options[] = {
	{ 0, "all", NULL, "every field of every block and panel; bytes whole with --verbose" },
	{ 0, NULL, NULL, NULL },
};

static const char *const show_examples[] = {
	"the one that this machine's firmware gave to the kernel",
	"sudo igdctl vbt show /sys/kernel/debug/dri/0/i915_vbt",
	"all of it, of a table within a VBIOS",
	"igdctl vbt show --all vbios.rom",
	"a folder, for a program",
	"igdctl vbt show --json vbts/",
	NULL,
};

const struct command command_vbt_show = {
	.name = "vbt show",
	.effect = READS,
	.synopsis = "[OPTION...] FILE...",
	.summary = "Say what a VBT says: ports, DDC pins, AUX channels, panels with timings, backlight",
	.about = "Reads Video BIOS Tables: what the firmware tells a graphics driver about the board. FILE is a "
		 "table, a legacy option ROM or an OpRegion that has one inside, any other file with one in it, a "
		 "folder of such, or - for stdin. A wrong checksum is a remark: nearly half of all tables have one "
		 "and no driver looks.\n\nWithout --all only rows of the panels that the table chose are told. With "
		 "several files and --json the answer is one object a line. A block that ends behind the end of the "
		 "BDB is told and marked: drivers do not see it.",
	.options = show_options,
	.examples = show_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, -1 },
	.run = vbt_show_run,
};
