// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * revert.c - what apply did, taken back: from the journal, newest first, over nobody's later edit.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/changing.h"
#include "cli/input.h"
#include "cli/json.h"
#include "plan/diff.h"
#include "verify/drift.h"

#define COMMAND "revert"

/* One transaction that is to go. */
struct going {
	const struct transaction *of;
	struct watch watch;
	struct conflicts conflicts;
	int outcome; /* enum change_outcome, or negative */
	bool tried;
};

struct reverting {
	const struct cli *cli;
	unsigned id; /* 0: all */
	struct arena arena;
	struct journal journal;
	struct going *v; /* newest first */
	size_t n;
	struct recovered recovered;
	const char *why; /* it did not come to CHANGE_DONE */
	bool planned;
	bool stuck; /* what was stopped before could not be brought to its end */
};

/* ---- what is to go ------------------------------------------------------------------------------------------- */

static bool choose(struct reverting *x, struct report *rep)
{
	const struct transaction *named = x->id ? journal_find(&x->journal, x->id) : NULL;

	if (x->id && !named) {
		report_refuse(rep, IGD_ENOENT, REPORT_NOWHERE,
			      "there is no change %u on this machine; igdctl status lists them", x->id);
		return false;
	}
	if (named && named->state != TRANSACTION_REVERTED && journal_refuse_above(&x->journal, named, rep) < 0)
		return false;
	for (size_t i = x->journal.n; i-- > 0;) {
		const struct transaction *t = &x->journal.v[i];
		struct going *g;

		if (t->state == TRANSACTION_REVERTED || (x->id && t != named))
			continue;
		g = arena_push(&x->arena, x->v, x->n);
		if (g)
			g->of = t;
	}
	for (size_t i = 0; i < x->n; i++) /* now they stay where they are */
		if (watch_begin(&x->v[i].watch, x->cli, &x->v[i].of->plan, &x->v[i].of->id, true) < 0)
			return false;
	return !x->arena.full;
}

static const char *back_words(const struct operation *op, struct arena *a)
{
	struct operation back = *op;

	switch (op->kind) {
	case OP_RUN:
		back.argv = op->inverse ? op->inverse : op->argv;
		return operation_words(&back, a);
	case OP_BIND:
		return *op->driver_before ? arena_printf(a, "give %s back to %s", op->target, op->driver_before)
					  : arena_printf(a, "take %s from %s", op->target, op->driver_after);
	case OP_WRITE:
	case OP_VM:
		break;
	}
	return arena_printf(a, "%s %s", op->there == TRI_NO ? "remove" : "put back", op->target);
}

static void show_steps(const struct plan *p, struct arena *a)
{
	for (enum undo_turn turn = 0; turn < UNDO_TURNS; turn++)
		for (size_t i = 0; i < p->n_ops; i++) {
			const struct operation *op = &p->ops[turn == UNDO_COMMANDS ? i : p->n_ops - 1 - i];

			if (undo_turn(op) == turn)
				printf("  %s\n", back_words(op, a));
		}
}

static void show(struct reverting *x)
{
	struct arena *a = &x->arena;

	for (size_t i = 0; i < x->n && !x->cli->json; i++) {
		const struct transaction *t = x->v[i].of;

		printf("%sChange %u is taken back:\n", i ? "\n" : "", t->id);
		if (t->broken)
			printf("  its plan cannot be read: %s\n", t->broken);
		show_steps(&t->plan, a);
	}
}

/* ---- edits of others ----------------------------------------------------------------------------------------- */

static const char *diff_str(struct reverting *x, const char *path, struct span a, struct span b, bool gone)
{
	struct span diff;

	if (diff_unified(path, gone ? NULL : path, a, b, &x->arena, &diff) < 0)
		return "";
	return arena_span(&x->arena, diff);
}

/* What the change put in and that stays with the edit; NULL: nothing. */
static const char *held(struct reverting *x, const struct conflict *c)
{
	const char *word = c->there == TRI_NO ? NULL : drift_left(c->before, c->ours, c->now, &x->arena);

	return word && *word ? word : NULL;
}

static void kept_text(struct reverting *x, const struct view *v, const struct going *g)
{
	for (size_t i = 0; g->outcome == CHANGE_DONE && i < g->conflicts.n; i++) {
		const struct conflict *c = &g->conflicts.v[i];
		const char *word = held(x, c);

		view_paragraph(v, PAINT_WARN, "\nKept: ", 2,
			       word ? arena_printf(&x->arena,
						   "%s, which somebody changed since. \"%s\", which change %u put "
						   "in, still stands there and stays in force; take it out by hand.",
						   c->path, word, g->of->id)
				    : arena_printf(&x->arena, "%s, which somebody changed since.", c->path));
	}
}

static void conflicts_text(struct reverting *x, const struct going *g)
{
	struct view v;

	view_init(&v, x->cli, stdout);
	for (size_t i = 0; i < g->conflicts.n; i++) {
		const struct conflict *c = &g->conflicts.v[i];

		printf("\n%s was changed since by somebody else.\n  What change %u made of it:\n", c->path,
		       g->of->id);
		view_diff(&v, span_str(diff_str(x, c->path, c->before, c->ours, false)), &x->arena);
		printf("  What was made of that since:\n");
		view_diff(&v, span_str(diff_str(x, c->path, c->ours, c->now, c->there == TRI_NO)), &x->arena);
	}
	kept_text(x, &v, g);
}

static json_t *conflicts_json(struct reverting *x, const struct going *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->conflicts.n; i++) {
		const struct conflict *c = &g->conflicts.v[i];

		json_array_append_new(list,
				      json_pack("{s:o, s:b, s:o, s:o, s:o}", "path", json_text(c->path), "there",
						c->there != TRI_NO, "ours",
						json_text(diff_str(x, c->path, c->before, c->ours, false)), "theirs",
						json_text(diff_str(x, c->path, c->ours, c->now, c->there == TRI_NO)),
						"holds", json_text(held(x, c))));
	}
	return list;
}

/* ---- answers ------------------------------------------------------------------------------------------------- */

/* The worst of all; what was not come to is as before. */
static int outcome_of(const struct reverting *x)
{
	int all = x->stuck ? CHANGE_HALFWAY : CHANGE_NOTHING;

	for (size_t i = 0; i < x->n; i++) {
		const struct going *g = &x->v[i];

		if (!g->tried)
			continue;
		if (g->outcome == CHANGE_HALFWAY || all == CHANGE_HALFWAY)
			all = CHANGE_HALFWAY;
		else if (g->outcome < 0)
			all = all == CHANGE_DONE ? CHANGE_DONE : g->outcome;
		else if (g->outcome == CHANGE_DONE)
			all = CHANGE_DONE;
	}
	return all;
}

static bool is_refused(const struct reverting *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->v[i].tried && x->v[i].outcome < 0)
			return true;
	return false;
}

/* Is something that was kept still in force? */
static bool is_held(struct reverting *x)
{
	for (size_t i = 0; i < x->n; i++)
		for (size_t k = 0; x->v[i].outcome == CHANGE_DONE && k < x->v[i].conflicts.n; k++)
			if (held(x, &x->v[i].conflicts.v[k]))
				return true;
	return false;
}

/* Refused with nothing changed is 4; with one taken back before it, the others are as they were: 1. */
static int status_of(struct reverting *x)
{
	int all = outcome_of(x);

	if (x->planned)
		return EXIT_DONE;
	if (x->why && !is_refused(x) && all != CHANGE_HALFWAY)
		return EXIT_REFUSED;
	if (all == CHANGE_DONE && is_refused(x))
		return EXIT_FAILED;
	return (all == CHANGE_DONE && is_held(x)) ||
			       ((all == CHANGE_DONE || all == CHANGE_NOTHING) && x->recovered.kept)
		       ? EXIT_FINDINGS
		       : outcome_status(all);
}

static bool wants_boot(const struct reverting *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (plan_wants_boot(&x->v[i].of->plan))
			return true;
	return false;
}

static const char *next_words(const struct reverting *x)
{
	if (x->planned || outcome_of(x) != CHANGE_DONE)
		return NULL;
	if (!wants_boot(x))
		return NULL;
	return changing_is_live(x->cli) ? "reboot, so that the host starts without it" : "boot that machine";
}

static int answer_json(struct reverting *x)
{
	json_t *top = json_top(COMMAND, changing_input(x->cli)), *list = json_array();
	int all = outcome_of(x);

	for (size_t i = 0; i < x->n; i++) {
		struct going *g = &x->v[i];

		json_array_append_new(list,
				      json_pack("{s:i, s:s, s:o, s:o}", "id", (int)g->of->id, "outcome",
						g->tried ? outcome_str(g->outcome) : "not-begun", "operations",
						watch_json(&g->watch, false), "conflicts", conflicts_json(x, g)));
	}
	json_object_set_new(top, "outcome",
			    json_string(x->planned			  ? "planned"
					: x->why && all == CHANGE_NOTHING ? "refused"
									  : outcome_str(all)));
	json_object_set_new(top, "why", json_text(x->why));
	json_object_set_new(top, "recovered", json_integer(x->recovered.n));
	json_object_set_new(top, "transactions", list);
	json_object_set_new(top, "next", json_text(next_words(x)));
	json_print(top, true, stdout);
	return status_of(x);
}

static int answer_text(struct reverting *x)
{
	const char *next = next_words(x);

	if (x->planned && x->n)
		printf("\nNothing was changed (-n).\n");
	for (size_t i = 0; i < x->n; i++) {
		const struct going *g = &x->v[i];

		conflicts_text(x, g);
		if (g->tried && g->outcome == CHANGE_DONE)
			printf("\nTaken back: change %u.\n", g->of->id);
		if (g->tried && g->outcome == CHANGE_HALFWAY)
			printf("\nLeft half-way: see /" JOURNAL_DIR
			       "/journal/%04u, mend what is said above, then: igdctl revert %u\n",
			       g->of->id, g->of->id);
	}
	if (!x->why && x->n == 0)
		printf("Nothing to do: %s\n",
		       x->recovered.n ? "what was stopped half-way was taken back, and there is nothing else."
				      : "igdctl has changed nothing here that is not taken back.");
	if (x->why)
		changing_say(x->cli, "igdctl: %s", x->why);
	for (size_t i = 0; i < x->n; i++)
		if (x->v[i].tried && x->v[i].outcome == CHANGE_HALFWAY)
			watch_tail(&x->v[i].watch);
	if (next)
		printf("\nNext: %s\n", next);
	return status_of(x);
}

static void why_set(struct reverting *x, const struct report *rep, int r)
{
	char line[REPORT_TEXT + 128];
	const char *all = "";

	for (size_t i = 0; r == CHANGE_HALFWAY && !rep->code && i < rep->n_notes; i++)
		all = arena_printf(&x->arena, "%s%s%s", all, *all ? "; " : "", rep->notes[i].text);
	report_failure_str(rep, r, COMMAND, line, sizeof(line));
	x->why = *all ? all : arena_str(&x->arena, line);
}

/* ---- all of it ----------------------------------------------------------------------------------------------- */

/* Is an edit of somebody's in the way of any of them? Then none is taken back. */
static bool is_barred(struct reverting *x, struct site *s)
{
	unsigned *ids = arena_alloc(&x->arena, x->n * sizeof(*ids));
	struct conflicts *found = arena_alloc(&x->arena, x->n * sizeof(*found));
	struct report rep = { 0 };
	int r;

	if (!ids || !found) {
		why_set(x, &rep, -IGD_ENOMEM);
		return true;
	}
	for (size_t i = 0; i < x->n; i++)
		ids[i] = x->v[i].of->id;
	r = change_revert_test(s, ids, x->n, &x->arena, found, &rep);
	if (r == 0)
		return false;
	why_set(x, &rep, r);
	for (size_t i = 0; r == -IGD_ECHANGED && i < x->n; i++) {
		x->v[i].conflicts = found[i];
		x->v[i].tried = found[i].n > 0;
		x->v[i].outcome = r;
	}
	if (r == -IGD_ECHANGED)
		x->why = arena_printf(&x->arena, "%s (--keep-edits keeps it)", x->why);
	return true;
}

/* Later changes may stand on earlier ones: the first that cannot be taken back ends it. */
static void take_back(struct reverting *x, struct site *s)
{
	for (size_t i = 0; i < x->n; i++) {
		struct going *g = &x->v[i];
		struct report rep = { 0 };

		g->tried = true;
		g->watch.site = s;
		g->outcome = change_revert(s, g->of->id, x->cli->keep_edits ? EDITS_KEEP : EDITS_REFUSE, "revert",
					   &g->watch.hooks, &x->arena, &g->conflicts, &rep);
		report_notes(x->cli, &rep);
		if (g->outcome == CHANGE_DONE || g->outcome == CHANGE_NOTHING)
			continue;
		why_set(x, &rep, g->outcome);
		return;
	}
}

/* Once somebody agreed: until then the machine is left to others, for a guard may be waiting. */
static void go(struct reverting *x)
{
	_cleanup_(site_freep) struct site *s = NULL;
	struct report rep = { 0 };
	struct recovered none;

	if (changing_open(x->cli, false, &s, &none, &rep) != EXIT_DONE)
		why_set(x, &rep, rep.code);
	else if (s && (x->cli->keep_edits || !is_barred(x, s)))
		take_back(x, s);
}

static int revert_site(struct reverting *x, struct report *rep)
{
	_cleanup_(host_freep) struct host *h = NULL;
	int r = host_open_root(changing_input(x->cli), &h, rep);

	if (r == 0)
		r = journal_read(h, &x->arena, &x->journal, rep);
	if (r == 0 && !choose(x, rep))
		r = rep->code ? rep->code : -IGD_ENOMEM;
	if (r < 0) {
		why_set(x, rep, r);
		return x->cli->json ? answer_json(x) : answer_text(x);
	}
	show(x);
	x->planned = x->cli->dry_run;
	if (x->n && !x->planned && changing_agree(x->cli, "Take back? [y/N]", &x->why) == EXIT_DONE)
		go(x);
	return x->cli->json ? answer_json(x) : answer_text(x);
}

static int options_read(struct reverting *x, const struct cli *cli)
{
	uint64_t id = 0;

	if (cli->capture)
		return usage_error(COMMAND, "a capture is a picture of a machine; revert changes the machine itself");
	if (cli->n_args > 1)
		return usage_error(COMMAND, "one change at a time; without a number all are taken back");
	if (cli->n_args && !input_number(cli->args[0], 1, JOURNAL_MAX, &id))
		return usage_error(COMMAND, "\"%.20s\" is no number of a change; igdctl status lists them",
				   cli->args[0]);
	x->id = (unsigned)id;
	return EXIT_DONE;
}

static int revert_run(const struct cli *cli)
{
	struct site *s = NULL;
	struct reverting x = { .cli = cli, .arena.limit = (size_t)1 << 30 };
	struct report rep = { 0 };
	int status = options_read(&x, cli);

	if (status == EXIT_DONE)
		status = changing_may(cli, &x.arena, &x.why);
	if (status == EXIT_DONE && !cli->dry_run)
		status = changing_open(cli, false, &s, &x.recovered, &rep);
	site_free(s);
	if (rep.code)
		why_set(&x, &rep, rep.code);
	if (x.why) {
		x.stuck = status == EXIT_HALFWAY;
		if (cli->json)
			answer_json(&x);
		changing_say(cli, "igdctl: %s", x.why);
	} else if (status == EXIT_DONE)
		status = revert_site(&x, &rep);
	for (size_t i = 0; i < x.n; i++)
		watch_done(&x.v[i].watch);
	arena_done(&x.arena);
	return status;
}

static const struct option_row revert_options[] = {
	{ 0, "keep-edits", NULL, "leave files that somebody changed since as they are now, and take back the rest" },
	{ 0, NULL, NULL, NULL },
};

static const char *const revert_examples[] = {
	"the host as it was before igdctl",
	"sudo igdctl revert",
	"from a rescue system, with the machine's disk at /mnt",
	"igdctl revert --root /mnt",
	NULL,
};

const struct command command_revert = {
	.name = "revert",
	.effect = CHANGES,
	.synopsis = "[OPTION...] [ID]",
	.summary = "Take back what apply did",
	.about = "Puts each file back as it was, byte for byte, with its owner and mode, and makes the generated "
		 "ones anew, from the journal in /var/lib/igdctl. ID is the number of the newest change that is not "
		 "taken back; without it all are taken back, the newest first, since a change stands on those before "
		 "it. Works on --root from a rescue system as well.\n\nA file that somebody changed since is not "
		 "written over: then nothing is changed, and what the change made of it and what was made of that "
		 "since are shown. --keep-edits leaves such files as they are and takes back the rest; it ends with "
		 "3 where what the change put in still stands in one of them.",
	.options = revert_options,
	.without = "capture",
	.examples = revert_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_FINDINGS, EXIT_REFUSED, EXIT_HALFWAY, -1 },
	.run = revert_run,
};
