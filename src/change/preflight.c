// SPDX-License-Identifier: GPL-2.0-or-later
#include "change/preflight.h"

#include "base/error.h"
#include "change/plan_json.h"

/* The newest that the machine is as planned by; NULL: none. */
static const struct transaction *newest_applied(const struct journal *j)
{
	for (size_t i = j->n; i-- > 0;)
		if (j->v[i].state == TRANSACTION_APPLIED && !j->v[i].broken)
			return &j->v[i];
	return NULL;
}

static bool same_plan(const struct plan *a, const struct plan *b)
{
	json_t *one = plan_to_json(a), *other = plan_to_json(b);
	bool same = one && other && json_equal(one, other);

	json_decref(one);
	json_decref(other);
	return same;
}

static int none_unfinished(struct work *w, const struct journal *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->v[i].state == TRANSACTION_BEGUN || j->v[i].state == TRANSACTION_REVERTING)
			return report_refuse(w->rep, IGD_EBUSY, REPORT_NOWHERE,
					     "change %u of /" JOURNAL_DIR
					     "/journal was not finished; finish it first with igdctl revert %u",
					     j->v[i].id, j->v[i].id);
	return 0;
}

/* 1: this very plan is what was carried out last, and the steps know what others made of it; 0: it is not. */
static int history(struct work *w)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	const struct transaction *t;
	struct journal j;
	int r = journal_read(w->site->host, &a, &j, w->rep);

	if (r == 0)
		r = none_unfinished(w, &j);
	if (r < 0)
		return r;
	t = newest_applied(&j);
	if (!t || !same_plan(&t->plan, w->plan))
		return 0;
	for (size_t i = 0; i < t->n_records; i++)
		if (t->records[i].kind == RECORD_DID)
			w->steps[t->records[i].op].sha256 = arena_str(&w->a, t->records[i].sha256);
	return 1;
}

static int twice_the_same_file(const struct work *w, size_t i)
{
	const struct operation *op = &w->plan->ops[i];

	for (size_t k = 0; k < i; k++)
		if (op->kind != OP_RUN && w->plan->ops[k].kind == op->kind &&
		    strcmp(w->plan->ops[k].target, op->target) == 0)
			return report_refuse(w->rep, IGD_EUSAGE, REPORT_NOWHERE,
					     "%s: the plan changes it twice; make the plan again", op->target);
	return 0;
}

/* How many operations there are to do beside commands; @commands: and how many of those. */
static int test_all(struct work *w, size_t *files, size_t *commands)
{
	*files = *commands = 0;
	for (size_t i = 0; i < w->plan->n_ops; i++) {
		bool command = w->plan->ops[i].kind == OP_RUN;
		int r = twice_the_same_file(w, i);

		if (r == 0)
			r = way_of(w, i)->test(w, i);
		if (r < 0)
			return r;
		w->steps[i].as_planned = r == 1;
		*files += r == 0 && !command;
		*commands += r == 0 && command;
	}
	return 0;
}

int preflight(struct work *w)
{
	size_t files = 0, commands = 0;
	int r, again;

	if (w->plan->refused)
		return report_refuse(w->rep, IGD_EUSAGE, REPORT_NOWHERE, "the plan is a refusal: %s",
				     w->plan->n_notes ? w->plan->notes[w->plan->n_notes - 1].text
						      : "it says not why");
	again = history(w);
	if (again < 0)
		return again;
	r = test_all(w, &files, &commands);
	if (r < 0)
		return r;
	if (files == 0 && (commands == 0 || again))
		return 1;
	return makes_test(w, false);
}

/* Of what is left as it is with @keep the report says nothing yet: trying it will. */
static int test_undo(struct work *w, size_t i, bool keep)
{
	enum op_kind kind = w->plan->ops[i].kind;
	struct report *was = w->rep, rep = { 0 };
	int r;

	if (!way_of(w, i)->test_undo)
		return 0;
	w->rep = &rep;
	r = way_of(w, i)->test_undo(w, i);
	w->rep = was;
	if (r >= 0 || (keep && (kind == OP_VM || (kind == OP_WRITE && r == -IGD_ENOENT))))
		return 0;
	return report_refuse(w->rep, -r, REPORT_NOWHERE, "%s", rep.refusal.text);
}

int preflight_undo(struct work *w, bool keep)
{
	bool commands = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->plan->n_ops; i++) {
		if (!w->steps[i].begun || w->steps[i].undone)
			continue;
		commands |= w->plan->ops[i].kind == OP_RUN;
		r = test_undo(w, i, keep);
	}
	return r == 0 && commands ? makes_test(w, true) : r;
}
