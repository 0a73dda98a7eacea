// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check.c - runs the tables of rows over one snapshot and draws the verdict of each mode from them.
 */
#include "check/check.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "check/rows.h"

size_t checks_table(const struct check **ret, size_t max)
{
	static const struct check *const tables[] = { rows_firmware, rows_group, rows_owner,
						      rows_conf,     rows_mode,	 rows_log };
	size_t n = 0;

	for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
		for (const struct check *c = tables[t]; c->id; c++, n++)
			if (n < max)
				ret[n] = c;
	return n;
}

/* ---- evidence ---------------------------------------------------------------------------------- */

void evidence_add(struct evidence *ev, const char *where, const char *fmt, ...)
{
	char text[512], from[512];
	struct evidence_item *item;
	va_list ap;

	if (ev->n == EVIDENCE_MAX) /* the last item counts what had no room */
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_clean(text); /* definitions and logs are quoted here, and may be cut within a character */
	item = arena_push(ev->arena, ev->items, ev->n);
	if (!item)
		return;
	text_copy(span_str(where ? where : ""), from, sizeof(from));
	*item = (struct evidence_item) { where ? arena_str(ev->arena, from) : NULL, arena_str(ev->arena, text) };
	if (ev->n == EVIDENCE_MAX)
		item->text = arena_printf(ev->arena, "%s; there may be more", item->text);
}

enum verdict evidence_unknown(struct evidence *ev, const char *what, const char *why)
{
	evidence_add(ev, facts_why(why), "%s is not known", what);
	return VERDICT_UNKNOWN;
}

/* ---- running ------------------------------------------------------------------------------------- */

static enum verdict log_test(const struct facts *f, const struct check *c, struct evidence *ev)
{
	const struct log_line *l;

	for (size_t i = 0; i < ARRAY_SIZE(c->log) && c->log[i]; i++)
		for (l = facts_log(f, c->log[i], NULL); l; l = facts_log(f, c->log[i], l))
			evidence_add(ev, l->from, "%s", l->text);
	return ev->n ? VERDICT_FAIL : row_log_silent(f, ev);
}

static const struct finding *found(const struct finding *v, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].check->id, id) == 0)
			return &v[i];
	return NULL;
}

static bool moot(const struct finding *v, size_t n, const struct check *c)
{
	const struct finding *after = c->after ? found(v, n, c->after) : NULL;

	assert(!c->after || after); /* .after names a row above */
	return after && (after->verdict == VERDICT_FAIL || after->verdict == VERDICT_NOT_RUN);
}

static void row_run(const struct facts *f, struct findings *all, const struct check *c, const struct row_plans *plans)
{
	struct finding *v = &all->v[all->n];

	*v = (struct finding) { .check = c, .evidence = { .arena = &all->arena, .plans = plans } };
	if (moot(all->v, all->n, c)) {
		v->verdict = VERDICT_NOT_RUN;
		evidence_add(&v->evidence, NULL, "%s comes first", c->after);
	} else {
		v->verdict = c->test ? c->test(f, &v->evidence) : log_test(f, c, &v->evidence);
	}
	all->n++;
}

/* FAIL by severity first, then UNKNOWN, NOT_RUN, PASS; the table's order within. */
static int worse(const void *a, const void *b)
{
	static const int rank[] = {
		[VERDICT_FAIL] = 0, [VERDICT_UNKNOWN] = 1, [VERDICT_NOT_RUN] = 2, [VERDICT_PASS] = 3
	};
	const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;

	if (x->verdict != y->verdict)
		return rank[x->verdict] - rank[y->verdict];
	if (x->verdict == VERDICT_FAIL && x->check->severity != y->check->severity)
		return (int)y->check->severity - (int)x->check->severity;
	return (x > y) - (x < y);
}

static int sort_worst_first(struct findings *all)
{
	struct finding **order = arena_alloc(&all->arena, (all->n + 1) * sizeof(struct finding *));
	struct finding *sorted = arena_alloc(&all->arena, (all->n + 1) * sizeof(*sorted));

	if (!order || !sorted)
		return -IGD_ENOMEM;
	for (size_t i = 0; i < all->n; i++)
		order[i] = &all->v[i];
	qsort(order, all->n, sizeof(struct finding *), worse);
	for (size_t i = 0; i < all->n; i++)
		sorted[i] = *order[i];
	all->v = sorted;
	return 0;
}

int findings_close(struct findings *all)
{
	int r = sort_worst_first(all);

	for (size_t i = 0; i < all->n; i++) {
		all->n_fail += all->v[i].verdict == VERDICT_FAIL;
		all->n_unknown += all->v[i].verdict == VERDICT_UNKNOWN;
		if (all->v[i].verdict == VERDICT_FAIL && all->v[i].check->severity > all->worst)
			all->worst = all->v[i].check->severity;
	}
	return r;
}

/* ---- the modes ----------------------------------------------------------------------------------- */

/* What "possible" leaves open, by mode. */
static const char *const mode_notes[MODE_COUNT] = {
	[MODE_LEGACY] = ("needs machine type i440fx, SeaBIOS with the owner's VBIOS or OVMF with a UEFI option ROM, "
			 "and no emulated VGA"),
	[MODE_UEFI] = "needs OVMF and an option ROM made from the owner's own firmware (GOP driver and VBT)",
	[MODE_UPT] = "gives a second screen beside an emulated one, after the guest's driver has loaded",
	[MODE_SRIOV] = "gives virtual functions without a display; the host keeps the GPU",
	[MODE_GVTG] = "gives mediated devices without a physical display; the host keeps the GPU",
	[MODE_AMD_APU] = "needs the video BIOS of the VFCT table and AMD's GOP driver as ROM files",
};

static int mode_judge(struct findings *all, enum mode m)
{
	struct mode_verdict *v = &all->modes[m];
	const struct finding **by[2] = { NULL, NULL };
	size_t n[2] = { 0, 0 };

	for (size_t i = 0; i < all->n; i++) {
		const struct finding *x = &all->v[i];
		bool unknown = x->verdict == VERDICT_UNKNOWN && x->check->must_know;
		const struct finding **slot;

		if (!(x->check->blocks & MODE_BIT(m)) || (x->verdict != VERDICT_FAIL && !unknown))
			continue;
		slot = arena_push(&all->arena, by[unknown], n[unknown]);
		if (!slot)
			return -IGD_ENOMEM;
		*slot = x;
	}
	*v = (struct mode_verdict) { .mode = m, .answer = MODE_POSSIBLE, .note = mode_notes[m] };
	if (n[0])
		*v = (struct mode_verdict) { .mode = m, .answer = MODE_BLOCKED, .by = by[0], .n_by = n[0] };
	else if (n[1])
		*v = (struct mode_verdict) { .mode = m, .answer = MODE_UNKNOWN, .by = by[1], .n_by = n[1] };
	return 0;
}

/* Some hundred times what a real host's findings take. */
#define FINDINGS_BYTES_MAX ((size_t)64 << 20)

int checks_run(const struct facts *f, struct findings *ret)
{
	const struct check *rows[CHECKS_MAX];
	size_t n = checks_table(rows, CHECKS_MAX);
	struct findings all = { .worst = SEV_BENIGN, .arena.limit = FINDINGS_BYTES_MAX };
	const struct row_plans *plans = row_plans_make(f, &all.arena);
	int r;

	assert(n <= CHECKS_MAX);
	all.v = arena_alloc(&all.arena, n * sizeof(*all.v));
	for (size_t i = 0; all.v && plans && i < n; i++)
		row_run(f, &all, rows[i], plans);
	r = all.v && plans ? findings_close(&all) : -IGD_ENOMEM;
	for (int m = 0; m < MODE_COUNT && r == 0; m++)
		r = mode_judge(&all, (enum mode)m);
	if (r < 0 || all.arena.full) { /* a row that had no room may have said too little */
		arena_done(&all.arena);
		return r < 0 ? r : -IGD_ENOMEM;
	}
	*ret = all;
	return 0;
}

void findings_done(struct findings *f)
{
	arena_done(&f->arena);
	*f = (struct findings) { 0 };
}

const struct finding *findings_get(const struct findings *f, const char *id)
{
	return found(f->v, f->n, id);
}

/* ---- words --------------------------------------------------------------------------------------- */

const char *severity_str(enum severity s)
{
	static const char *const words[] = { "benign", "note", "warn", "block" };

	return words[s];
}

bool severity_parse(const char *s, enum severity *ret)
{
	for (int i = SEV_BENIGN; i <= SEV_BLOCK; i++)
		if (strcmp(s, severity_str((enum severity)i)) == 0) {
			*ret = (enum severity)i;
			return true;
		}
	return false;
}

const char *verdict_str(enum verdict v)
{
	static const char *const words[] = { "pass", "fail", "unknown", "not-run" };

	return words[v];
}

static const char *const mode_words[MODE_COUNT] = { "legacy", "uefi", "upt", "sriov", "gvtg", "amd-apu" };

const char *mode_str(enum mode m)
{
	return mode_words[m];
}

bool mode_parse(const char *s, enum mode *ret)
{
	for (int m = 0; m < MODE_COUNT; m++)
		if (strcmp(s, mode_words[m]) == 0) {
			*ret = (enum mode)m;
			return true;
		}
	return false;
}

const char *mode_answer_str(enum mode_answer a)
{
	static const char *const words[] = { "possible", "blocked", "unknown" };

	return words[a];
}
