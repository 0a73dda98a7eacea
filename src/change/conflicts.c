// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conflicts.c - files that somebody changed after us, found before anything is taken back.
 *
 * Of several transactions that go, an older one meets a file as the newer one found it, not as it is now.
 */
#include "base/error.h"
#include "change/work.h"

/* The oldest of @newer that wrote the file: what it found is what will be there then. */
static const struct operation *newer_on(const struct plan *const *newer, size_t n, const char *target)
{
	while (n-- > 0)
		for (size_t i = 0; i < newer[n]->n_ops; i++)
			if (newer[n]->ops[i].kind != OP_RUN && strcmp(newer[n]->ops[i].target, target) == 0)
				return &newer[n]->ops[i];
	return NULL;
}

/* As way.conflict, with what @then found in place of the file. */
static int conflict_then(const struct operation *op, const struct operation *then, struct conflict *c)
{
	if (op->kind == OP_BIND || strcmp(then->before_sha256, op->after_sha256) == 0 ||
	    strcmp(then->before_sha256, op->before_sha256) == 0)
		return 0;
	*c = (struct conflict) {
		.path = op->target, .before = op->before, .ours = op->after, .now = then->before, .there = then->there
	};
	return 1;
}

static int add(struct work *w, const struct conflict *c, struct arena *a, struct conflicts *found)
{
	struct conflict *slot = arena_push(a, found->v, found->n);

	if (!slot)
		return report_refuse(w->rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory");
	*slot = *c;
	slot->path = arena_str(a, c->path);
	slot->before.p = (const uint8_t *)arena_span(a, c->before);
	slot->ours.p = (const uint8_t *)arena_span(a, c->ours);
	slot->now.p = (const uint8_t *)arena_span(a, c->now);
	return a->full ? report_refuse(w->rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory") : 0;
}

int work_conflicts(struct work *w, const struct plan *const *newer, size_t n, struct arena *a,
		   struct conflicts *found)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < w->plan->n_ops; i++) {
		const struct way *way = way_of(w, i);
		const struct operation *op = &w->plan->ops[i], *then = newer_on(newer, n, op->target);
		struct conflict c;

		if (!w->steps[i].begun || w->steps[i].undone || !way->conflict)
			continue;
		r = then ? conflict_then(op, then, &c) : way->conflict(w, i, &c);
		if (r > 0)
			r = add(w, &c, a, found);
	}
	return r < 0 ? r : 0;
}

static int test_one(struct site *s, const struct transaction *t, const struct plan *const *newer, size_t n,
		    struct arena *a, struct conflicts *found, struct report *rep)
{
	struct work w;
	int r = work_load(&w, s, t, NULL, rep);

	if (r == 0)
		r = work_conflicts(&w, newer, n, a, found);
	work_done(&w);
	return r;
}

int change_revert_test(struct site *s, const unsigned *ids, size_t n, struct arena *a, struct conflicts *found,
		       struct report *rep)
{
	_cleanup_(arena_done) struct arena own = { 0 };
	const struct plan **newer = arena_alloc(&own, (n + 1) * sizeof(*newer));
	const char *first = NULL;
	struct journal j;
	int r;

	if (!newer)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory");
	r = journal_read(s->host, &own, &j, rep);
	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct transaction *t = journal_find(&j, ids[i]);

		found[i] = (struct conflicts) { 0 };
		if (!t || t->broken || t->state == TRANSACTION_REVERTED)
			return 0; /* change_revert() says what is wrong with it */
		r = test_one(s, t, newer, i, a, &found[i], rep);
		newer[i] = &t->plan;
		if (found[i].n && !first)
			first = found[i].v[0].path;
	}
	return r == 0 && first ? report_refuse(rep, IGD_ECHANGED, REPORT_NOWHERE,
					       "%s: changed since by somebody else, so nothing was taken back; keep "
					       "that and take back the rest, or undo it first",
					       first)
			       : r;
}
