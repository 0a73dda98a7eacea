// SPDX-License-Identifier: GPL-2.0-or-later
/* rehearse_out.c - what a rehearsal showed, as words and as JSON. */
#include <string.h>

#include "base/text.h"
#include "cli/fw.h"
#include "cli/json.h"
#include "cli/rehearse.h"

/* ---- progress ----------------------------------------------------------------------------------------------- */

#define PROGRESS_LINE 60 /* columns of what was heard */

static bool progress_shown;

void rehearse_progress(void *ctx _unused_, double seconds, const char *line)
{
	char heard[PROGRESS_LINE + 1];

	text_copy(span_str(line ? line : ""), heard, sizeof(heard));
	fprintf(stderr, "\r%5.1f s  %-*s", seconds, PROGRESS_LINE, heard);
	progress_shown = true;
}

void rehearse_progress_clear(void)
{
	if (progress_shown)
		fprintf(stderr, "\r%*s\r", PROGRESS_LINE + 9, "");
	progress_shown = false;
}

/* ---- words -------------------------------------------------------------------------------------------------- */

static const char *mark_of(enum verdict v, enum paint *ret)
{
	static const struct {
		const char *mark;
		enum paint paint;
	} marks[] = { [VERDICT_PASS] = { "ok", PAINT_GOOD },
		      [VERDICT_FAIL] = { "FAIL", PAINT_BAD },
		      [VERDICT_UNKNOWN] = { "?", PAINT_WARN },
		      [VERDICT_NOT_RUN] = { "-", PAINT_DIM } };

	*ret = marks[v].paint;
	return marks[v].mark;
}

#define STEP_INDENT 26 /* columns of mark and id */

/* What came of it; of a step that passed and left nothing to tell, what it is. */
static void step_text(const struct view *v, const struct step *s, struct arena *a)
{
	const char *text = s->why ? s->why : s->evidence[0] ? s->evidence[0] : s->says;
	enum paint paint;
	const char *mark = mark_of(s->verdict, &paint);

	view_paragraph(v, paint, arena_printf(a, "%-6s%-20s", mark, s->id), STEP_INDENT, text);
}

static void failure_text(const struct view *v, const struct step *s, struct arena *a)
{
	char cause[1024];

	fprintf(v->out, "\n");
	view_paragraph(v, PAINT_BAD, "", 0, arena_printf(a, "%s: %s", s->id, s->says));
	snprintf(cause, sizeof(cause), "%s.", s->why);
	view_row(v, "  Cause", "%s", cause);
	for (size_t i = 0; s->evidence[i]; i++)
		view_row(v, i ? "" : "  Seen", "%s", s->evidence[i]);
	if (s->fix)
		view_row(v, "  To do", "%s", s->fix);
}

static void head_text(const struct view *v, const struct rehearse *x)
{
	const struct brief *b = &x->brief;

	if (b->vm)
		view_row(v, "VM", "%s", b->vm);
	if (b->rom)
		view_row(v, "ROM", "%s", b->rom);
	if (b->seabios)
		view_row(v, "Firmware", "SeaBIOS, QEMU's own");
	else
		view_row(v, "Firmware", "%s%s%s", b->ovmf, b->ovmf_why ? ": " : "", b->ovmf_why ? b->ovmf_why : "");
	if (b->vars)
		view_row(v, "Variables", "%s, a copy", b->vars);
	view_row(v, "Machine", "%s%s, %u MiB", b->q35 ? "q35" : "pc", b->smm ? " with SMM" : "", x->setup.memory_mib);
	view_row(v, "GPU", "%04x:%04x, %s (%s)", (unsigned)(b->id >> 16), (unsigned)(b->id & 0xffff), b->platform,
		 b->device_from);
	if (b->lpc && !b->q35)
		view_row(v, "LPC bridge", "%04x:%04x (%s)", (unsigned)(b->lpc >> 16), (unsigned)(b->lpc & 0xffff),
			 b->lpc_from);
	if (b->vbt)
		view_row(v, "VBT", "%s", b->vbt);
	fprintf(v->out, "\n");
}

static void heard_text(const struct view *v, const struct rehearsal *r)
{
	static const char *const who[] = { [HEARD_GUEST] = "guest", [HEARD_QEMU] = "QEMU", [HEARD_DEVICE] = "GPU" };

	view_heading(v, "What was heard");
	for (size_t i = 0; i < r->n_lines; i++)
		fprintf(v->out, "%8.3f  %-5s  %s\n", r->lines[i].at, who[r->lines[i].who], r->lines[i].text);
	if (r->n_dropped)
		fprintf(v->out, "and %zu lines more\n", r->n_dropped);
}

static void results_text(const struct view *v, const struct rehearse *x)
{
	const struct rehearsal *r = &x->r;

	fprintf(v->out, "\n");
	if (*x->picture)
		view_row(v, "Picture", "%s, %u x %u", x->picture, r->picture.width, r->picture.height);
	else if (r->picture_is == 0 && !x->cli->output)
		view_row(v, "Picture", "%u x %u; -o FILE keeps it", r->picture.width, r->picture.height);
	if (*x->trace)
		view_row(v, "Trace", "%s%s", x->trace, x->trace_cut ? ", its first part: it grew too large" : "");
	view_row(v, "Took", "%.1f s, with QEMU %u.%u.%u and %s", r->took, x->qemu.major, x->qemu.minor, x->qemu.micro,
		 x->setup.kvm ? "KVM" : "TCG");
}

static bool failed(const struct rehearse *x, const char *id)
{
	const struct step *s = steps_get(&x->steps, id);

	return s && s->verdict == VERDICT_FAIL;
}

static void next_text(const struct view *v, const struct rehearse *x)
{
	const struct brief *b = &x->brief;

	fprintf(v->out, "\n");
	if (!x->done)
		fprintf(v->out, "Nothing was started: --dry-run.\n");
	else if (b->rom && (failed(x, "rom.sound") || failed(x, "rom.dispatched")))
		fw_next(v->out, "rom verify", b->rom);
	else if (b->ovmf && (failed(x, "ovmf.sound") || failed(x, "firmware.alive")))
		fw_next(v->out, "ovmf verify", b->ovmf);
	else if (b->vbt && x->cli->vbt_file && failed(x, "vbt.sound"))
		fw_next(v->out, "vbt show", b->vbt);
	else if (x->steps.n_fail == 0 && b->rom)
		fw_next(v->out, "vm render --rom", b->rom);
	else if (x->steps.n_fail == 0)
		fprintf(v->out, "Next: igdctl vm render\n");
	else
		fprintf(v->out, "Next: the same with --verbose, which tells all that was heard\n");
}

void rehearse_text(struct rehearse *x)
{
	struct arena a = { .limit = (size_t)1 << 20 };
	struct view v;

	view_init(&v, x->cli, stdout);
	head_text(&v, x);
	for (size_t i = 0; i < x->steps.n; i++)
		if (x->done || x->steps.v[i].verdict != VERDICT_NOT_RUN)
			step_text(&v, &x->steps.v[i], &a);
	for (size_t i = 0; i < x->steps.n; i++)
		if (x->steps.v[i].verdict == VERDICT_FAIL)
			failure_text(&v, &x->steps.v[i], &a);
	if (x->done && x->cli->verbose)
		heard_text(&v, &x->r);
	if (x->done)
		results_text(&v, x);
	next_text(&v, x);
	arena_done(&a);
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static json_t *id_json(uint64_t id)
{
	return json_sprintf("%04x:%04x", (unsigned)(id >> 16), (unsigned)(id & 0xffff));
}

static json_t *device_json(const struct brief *b)
{
	return json_pack("{s:o, s:o, s:o, s:I, s:o, s:I, s:o}", "id", id_json(b->id), "from",
			 json_text(b->device_from), "platform", json_text(b->platform), "generation",
			 (json_int_t)b->generation, "ggc", json_sprintf("0x%04x", (unsigned)b->ggc), "stolen",
			 (json_int_t)b->stolen, "lpc", b->lpc && !b->q35 ? id_json(b->lpc) : json_null());
}

static json_t *step_json(const struct step *s)
{
	json_t *seen = json_array();

	for (size_t i = 0; s->evidence[i]; i++)
		json_array_append_new(seen, json_text(s->evidence[i]));
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "id", s->id, "verdict", verdict_str(s->verdict), "says",
			 s->says, "evidence", seen, "why", json_text(s->why), "fix", json_text(s->fix));
}

static json_t *heard_json(const struct rehearsal *r)
{
	static const char *const who[] = {
		[HEARD_GUEST] = "guest", [HEARD_QEMU] = "qemu", [HEARD_DEVICE] = "device"
	};
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_lines; i++)
		json_array_append_new(list, json_pack("{s:f, s:s, s:o}", "at", r->lines[i].at, "who",
						      who[r->lines[i].who], "text", json_text(r->lines[i].text)));
	return list;
}

static json_t *picture_json(const struct rehearse *x)
{
	const struct emu_picture *p = &x->r.picture;

	if (!x->done || x->r.picture_is != 0)
		return json_null();
	return json_pack("{s:o, s:I, s:I, s:I, s:I}", "file", *x->picture ? json_text(x->picture) : json_null(),
			 "width", (json_int_t)p->width, "height", (json_int_t)p->height, "colours",
			 (json_int_t)p->colours, "unmapped", (json_int_t)p->unmapped);
}

static json_t *run_json(const struct rehearse *x)
{
	static const char *const ends[] = { [REHEARSAL_READY] = "ready",
					    [REHEARSAL_OVER] = "timeout",
					    [REHEARSAL_ENDED] = "qemu-ended",
					    [REHEARSAL_CUT] = "cut",
					    [REHEARSAL_STOPPED] = "stopped" };
	const struct rehearsal *r = &x->r;

	if (!x->done)
		return json_null();
	return json_pack("{s:s, s:f, s:o, s:s, s:o, s:o, s:o, s:o}", "end", ends[r->end], "seconds", r->took,
			 "ready_after", r->end == REHEARSAL_READY ? json_real(r->ready_at) : json_null(), "accel",
			 x->setup.kvm ? "kvm" : "tcg", "command", json_text(r->command), "asls",
			 json_sprintf("0x%x", r->asls), "bdsm", json_sprintf("0x%llx", (unsigned long long)r->bdsm),
			 "heard", heard_json(r));
}

static json_t *qemu_json(const struct rehearse *x)
{
	if (!*x->qemu.path)
		return json_null();
	return json_pack("{s:o, s:o}", "program", json_text(x->qemu.path), "version",
			 json_sprintf("%u.%u.%u", x->qemu.major, x->qemu.minor, x->qemu.micro));
}

bool rehearse_json(const struct rehearse *x)
{
	json_t *top = json_top("rehearse", brief_input(x->cli)), *list = json_array();
	const struct brief *b = &x->brief;

	for (size_t i = 0; i < x->steps.n; i++)
		json_array_append_new(list, step_json(&x->steps.v[i]));
	json_object_set_new(top, "vm", json_text(b->vm));
	json_object_set_new(top, "machine", json_string(b->q35 ? "q35" : "pc"));
	json_object_set_new(top, "firmware", json_string(b->seabios ? "seabios" : "ovmf"));
	json_object_set_new(top, "smm", json_boolean(b->smm));
	json_object_set_new(top, "memory_mib", json_integer(x->setup.memory_mib));
	json_object_set_new(top, "ovmf", json_text(b->ovmf));
	json_object_set_new(top, "vars", json_text(b->vars));
	json_object_set_new(top, "rom", json_text(b->rom));
	json_object_set_new(top, "vbt", json_text(b->vbt));
	json_object_set_new(top, "device", device_json(b));
	json_object_set_new(top, "qemu", qemu_json(x));
	json_object_set_new(top, "steps", list);
	json_object_set_new(top, "picture", picture_json(x));
	json_object_set_new(top, "trace", *x->trace ? json_text(x->trace) : json_null());
	json_object_set_new(top, "run", run_json(x));
	return json_print(top, true, stdout);
}
