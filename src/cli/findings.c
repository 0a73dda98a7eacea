// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/findings.h"

#include <string.h>

#include "cli/json.h"

json_t *finding_json(const struct finding *x)
{
	json_t *evidence = json_array();

	for (size_t i = 0; i < x->evidence.n; i++)
		json_array_append_new(evidence,
				      json_pack("{s:o, s:o}", "where", json_text(x->evidence.items[i].where), "text",
						json_text(x->evidence.items[i].text)));
	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:o}", "id", x->check->id, "catalog",
			 json_text(x->check->catalog), "severity", severity_str(x->check->severity), "verdict",
			 verdict_str(x->verdict), "says", x->check->says, "evidence", evidence, "fix",
			 json_text(x->check->fix), "source", json_text(x->check->source));
}

#define EVIDENCE_SHOWN 3

static const struct {
	const char *word;
	enum paint paint;
} severities[] = {
	[SEV_BENIGN] = { "fine", PAINT_DIM },
	[SEV_NOTE] = { "note", PAINT_PLAIN },
	[SEV_WARN] = { "warn", PAINT_WARN },
	[SEV_BLOCK] = { "block", PAINT_BAD },
};

void finding_text(const struct view *v, bool verbose, struct arena *a, const struct finding *x)
{
	size_t n = verbose ? x->evidence.n : x->evidence.n < EVIDENCE_SHOWN ? x->evidence.n : EVIDENCE_SHOWN;
	const struct check *c = x->check;

	view_paragraph(
		v, severities[c->severity].paint,
		arena_printf(a, "%-*s", FINDING_INDENT, severities[c->severity].word), FINDING_INDENT,
		arena_printf(a, "%s  [%s%s%s]", c->says, c->id, c->catalog ? " " : "", c->catalog ? c->catalog : ""));
	for (size_t i = 0; i < n; i++) {
		const struct evidence_item *e = &x->evidence.items[i];

		view_paragraph(v, PAINT_PLAIN, "       ", FINDING_INDENT + 2,
			       arena_printf(a, "%s%s%s", e->where ? e->where : "", e->where ? ": " : "", e->text));
	}
	if (n < x->evidence.n)
		fprintf(v->out, "       ... and %zu more\n", x->evidence.n - n);
	if (c->fix)
		view_paragraph(v, PAINT_PLAIN, "       -> ", FINDING_INDENT + 3, c->fix);
}

/* Is it unknown for want of the same thing as the row before? Those are told in one go. */
static bool same_reason(const struct finding *x, const struct finding *y)
{
	const struct evidence_item *a = x->evidence.items, *b = y->evidence.items;

	return x->evidence.n == 1 && y->evidence.n == 1 && a->where && b->where && strcmp(a->where, b->where) == 0 &&
	       strcmp(a->text, b->text) == 0;
}

struct unknowns {
	const struct view *v;
	bool verbose;
	struct arena *arena;
};

/* The rows of @list lack what @x lacks. The answer is an empty list. */
static const char *unknowns_tell(const struct unknowns *u, const struct finding *x, const char *list)
{
	for (size_t k = 0; u->verbose && k < x->evidence.n; k++)
		view_paragraph(
			u->v, PAINT_WARN, "?      ", FINDING_INDENT,
			arena_printf(u->arena, "%s: %s (%s)", list, x->evidence.items[k].text,
				     x->evidence.items[k].where ? x->evidence.items[k].where : "no reason known"));
	return "";
}

void unknowns_text(const struct view *v, bool verbose, struct arena *a, const struct findings *all,
		   bool (*shown)(const void *ctx, const struct check *c), const void *ctx)
{
	struct unknowns u = { v, verbose, a };
	const struct finding *before = NULL;
	const char *list = "";
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct finding *x = &all->v[i];

		if (x->verdict != VERDICT_UNKNOWN || (shown && !shown(ctx, x->check)))
			continue;
		n++;
		if (before && !same_reason(before, x))
			list = unknowns_tell(&u, before, list);
		list = arena_printf(a, "%s%s%s", list, *list ? ", " : "", x->check->id);
		before = x;
	}
	if (before)
		unknowns_tell(&u, before, list);
	if (n && !verbose)
		fprintf(v->out, "%zu of %zu questions have no answer in this input; --verbose names them.\n", n,
			all->n);
}

const char *findings_verdict_str(const struct findings *f)
{
	if (f->n_fail == 0 || f->worst == SEV_BENIGN)
		return "Nothing wrong is to be seen in it.";
	return f->worst == SEV_BLOCK  ? "It cannot work as it is."
	       : f->worst == SEV_WARN ? "It may work; what is below can go wrong."
				      : "It is fine; there are remarks.";
}
