// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/vbt_json.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "fw/vbt_walk.h"

/* ---- writing ----------------------------------------------------------------------------------------------- */

static void quoted(struct json_text *j, const char *s)
{
	char buf[1024]; /* longer ones are cut: only names of files could be */
	const char *p = s;

	putc_unlocked('"', j->out);
	while (*p >= ' ' && *p < 0x7f && *p != '"' && *p != '\\')
		p++;
	if (*p == '\0' && p - s < (ptrdiff_t)sizeof(buf)) { /* nearly all */
		fwrite_unlocked(s, 1, (size_t)(p - s), j->out);
		putc_unlocked('"', j->out);
		return;
	}
	text_copy(span_str(s), buf, sizeof(buf)); /* leaves no control character and no broken UTF-8 */
	for (p = buf; *p; p++) {
		if (*p == '"' || *p == '\\')
			putc_unlocked('\\', j->out);
		putc_unlocked(*p, j->out);
	}
	putc_unlocked('"', j->out);
}

static void key_put(struct json_text *j, const char *key)
{
	if (!j->first)
		putc_unlocked(',', j->out);
	j->first = false;
	if (j->pretty)
		fprintf(j->out, "%s%*s", j->depth ? "\n" : "", (int)(2 * j->depth), "");
	if (key) {
		quoted(j, key);
		fputs_unlocked(j->pretty ? ": " : ":", j->out);
	}
}

void jt_open(struct json_text *j, const char *key, char bracket)
{
	key_put(j, key);
	putc_unlocked(bracket, j->out);
	j->depth++;
	j->first = true;
}

void jt_close(struct json_text *j, char bracket)
{
	j->depth--;
	if (j->pretty && !j->first)
		fprintf(j->out, "\n%*s", (int)(2 * j->depth), "");
	putc_unlocked(bracket, j->out);
	j->first = false;
	if (j->depth == 0)
		putc_unlocked('\n', j->out);
}

void jt_null(struct json_text *j, const char *key)
{
	key_put(j, key);
	fputs_unlocked("null", j->out);
}

void jt_string(struct json_text *j, const char *key, const char *s)
{
	if (!s) {
		jt_null(j, key);
		return;
	}
	key_put(j, key);
	quoted(j, s);
}

void jt_number(struct json_text *j, const char *key, uint64_t n)
{
	char buf[24];
	char *p = buf + sizeof(buf) - 1;

	key_put(j, key);
	*p = '\0';
	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	fputs_unlocked(p, j->out);
}

void jt_bool(struct json_text *j, const char *key, bool yes)
{
	key_put(j, key);
	fputs_unlocked(yes ? "true" : "false", j->out);
}

void jt_hex(struct json_text *j, const char *key, struct span s)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t byte;

	key_put(j, key);
	putc_unlocked('"', j->out);
	for (size_t i = 0; span_u8(s, i, &byte); i++) {
		putc_unlocked(digits[byte >> 4], j->out);
		putc_unlocked(digits[byte & 15], j->out);
	}
	putc_unlocked('"', j->out);
}

void jt_top(struct json_text *j, const char *command, const char *input)
{
	char schema[64];

	snprintf(schema, sizeof(schema), "igdctl/%s/1", command);
	j->first = true;
	jt_open(j, NULL, '{');
	jt_string(j, "igdctl", IGDCTL_VERSION);
	jt_string(j, "schema", schema);
	jt_string(j, "input", input);
}

/* ---- the blocks, as a sink ---------------------------------------------------------------------------------- */

#define NEST_MAX 16 /* deeper than any block */

struct json_sink {
	struct json_text j;
	char close[NEST_MAX]; /* what closes each thing that is open */
	unsigned n_open;
	bool in_blocks;
};

static void sink_push(struct json_sink *s, char bracket)
{
	if (s->n_open < NEST_MAX)
		s->close[s->n_open] = bracket;
	s->n_open++;
}

static void sink_block(void *ctx, const struct vbt_block *b, const char *key, unsigned nth)
{
	struct json_sink *s = ctx;

	if (!s->in_blocks)
		jt_open(&s->j, "blocks", '[');
	s->in_blocks = true;
	jt_open(&s->j, NULL, '{');
	jt_number(&s->j, "id", b->id);
	jt_string(&s->j, "name", key);
	jt_number(&s->j, "nth", nth);
	jt_number(&s->j, "at", b->at);
	jt_number(&s->j, "size", b->size);
	jt_bool(&s->j, "beyond", b->beyond);
	jt_bool(&s->j, "cut", b->cut);
	jt_open(&s->j, "fields", '{');
	sink_push(s, 'b');
}

static void sink_begin(void *ctx, const char *key, int index)
{
	struct json_sink *s = ctx;

	if (index >= 0) {
		jt_open(&s->j, NULL, '{');
		jt_number(&s->j, "index", (uint64_t)index);
	} else {
		jt_open(&s->j, key, index == VBT_LIST ? '[' : '{');
	}
	sink_push(s, index == VBT_LIST ? ']' : '}');
}

static void sink_end(void *ctx)
{
	struct json_sink *s = ctx;
	char bracket = --s->n_open < NEST_MAX ? s->close[s->n_open] : '}';

	jt_close(&s->j, bracket == 'b' ? '}' : bracket);
	if (bracket == 'b')
		jt_close(&s->j, '}');
}

static void sink_field(void *ctx, const char *key, const struct vbt_value *v)
{
	struct json_text *j = &((struct json_sink *)ctx)->j;

	if (v->form == VBT_FLAG)
		jt_bool(j, key, v->n != 0);
	else if (v->form == VBT_TEXT)
		jt_string(j, key, v->text);
	else if (v->form == VBT_BYTES)
		jt_hex(j, key, v->bytes);
	else if (v->means) {
		jt_open(j, key, '{');
		jt_number(j, "value", v->n);
		jt_string(j, "means", v->means);
		jt_close(j, '}');
	} else
		jt_number(j, key, v->n);
}

/* ---- the whole answer --------------------------------------------------------------------------------------- */

static void ports_json(struct json_text *j, const struct vbt_bdb *b)
{
	struct vbt_child child[VBT_CHILDREN];
	size_t n = vbt_children(b, child);

	jt_open(j, "ports", '[');
	for (const struct vbt_child *c = child; c < child + n; c++) {
		jt_open(j, NULL, '{');
		jt_number(j, "index", c->index);
		jt_number(j, "handle", c->handle);
		jt_number(j, "device_type", c->type);
		jt_string(j, "kind", c->kind);
		jt_string(j, "port", c->port ? (char[]) { c->port, 0 } : NULL);
		jt_number(j, "dvo_port", c->dvo_port);
		jt_number(j, "ddc_pin", c->ddc_pin);
		jt_number(j, "aux_channel", c->aux_channel);
		jt_string(j, "aux", vbt_aux_str(c->aux_channel));
		jt_bool(j, "type_c", c->type_c);
		jt_bool(j, "thunderbolt", c->thunderbolt);
		if (c->lfp)
			jt_number(j, "lfp", c->lfp_no + 1);
		else
			jt_null(j, "lfp");
		jt_close(j, '}');
	}
	jt_close(j, ']');
}

static void timing_json(struct json_text *j, const struct vbt_panel *p)
{
	if (!p->timed) {
		jt_null(j, "timing");
		return;
	}
	jt_open(j, "timing", '{');
	jt_number(j, "clock_khz", p->timing.clock_khz);
	jt_number(j, "refresh_mhz", vbt_timing_refresh(&p->timing));
	jt_open(j, "h", '[');
	for (size_t i = 0; i < 4; i++)
		jt_number(j, NULL, p->timing.h[i]);
	jt_close(j, ']');
	jt_open(j, "v", '[');
	for (size_t i = 0; i < 4; i++)
		jt_number(j, NULL, p->timing.v[i]);
	jt_close(j, ']');
	jt_bool(j, "h_sync_positive", p->timing.h_positive);
	jt_bool(j, "v_sync_positive", p->timing.v_positive);
	jt_number(j, "width_mm", p->timing.width_mm);
	jt_number(j, "height_mm", p->timing.height_mm);
	jt_close(j, '}');
}

static void panels_json(struct json_text *j, const struct vbt_panels *panels)
{
	jt_open(j, "panels", '[');
	for (size_t i = 0; i < panels->n; i++) {
		const struct vbt_panel *p = &panels->panel[i];

		jt_open(j, NULL, '{');
		jt_number(j, "index", i);
		jt_open(j, "lfp", '[');
		for (unsigned k = 0; k < 2 && panels->known; k++)
			if (panels->type[k] == i)
				jt_number(j, NULL, k + 1);
		jt_close(j, ']');
		jt_string(j, "maker", p->maker[0] ? p->maker : NULL);
		jt_number(j, "product", p->product);
		jt_string(j, "name", p->name[0] ? p->name : NULL);
		timing_json(j, p);
		jt_close(j, '}');
	}
	jt_close(j, ']');
}

static void head_json(struct json_text *j, const struct vbt_file *f, const struct vbt_bdb *b)
{
	static const char *const places[] = {
		[VBT_ALONE] = "file", [VBT_IN_ROM] = "rom", [VBT_IN_IGD] = "opregion", [VBT_SOMEWHERE] = "inside"
	};
	char line[512];

	jt_open(j, "vbt", '{');
	jt_string(j, "name", f->info.name);
	jt_number(j, "version", f->info.version);
	jt_number(j, "bdb_version", b->version);
	jt_number(j, "size", f->info.size);
	jt_string(j, "place", places[f->place]);
	jt_number(j, "at", f->at);
	jt_number(j, "file_size", f->bytes.n);
	jt_bool(j, "checksum_ok", vbt_sum_ok(&f->info));
	jt_close(j, '}');
	vbt_line(&f->info, line, sizeof(line));
	jt_string(j, "line", line);
}

void vbt_show_json(const struct cli *cli, const char *name, const struct vbt_file *f, bool pretty, FILE *out)
{
	struct json_sink s = { .j = { .out = out, .pretty = pretty } };
	const struct vbt_sink sink = { &s, sink_block, sink_begin, sink_end, sink_field };
	struct vbt_wish wish = { .panels = 0xffff, .raw = cli->verbose };
	struct vbt_panels panels = { 0 };
	struct vbt_bdb b = { 0 };

	jt_top(&s.j, "vbt-show", name);
	if (vbt_bdb_read(&f->info, &b, NULL) == 0)
		vbt_panels(&b, &panels);
	if (!cli->all && panels.known)
		wish.panels = vbt_panels_chosen(&panels);
	head_json(&s.j, f, &b);
	ports_json(&s.j, &b);
	panels_json(&s.j, &panels);
	vbt_walk(&f->info, &wish, &sink);
	if (!s.in_blocks)
		jt_open(&s.j, "blocks", '[');
	jt_close(&s.j, ']');
	jt_close(&s.j, '}');
}
