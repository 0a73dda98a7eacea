// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * change.c - a plan carried out, operation by operation, with the journal ahead of it.
 */
#include "change/change.h"

#include <signal.h>
#include <stdio.h>

#include "base/error.h"
#include "change/plan_json.h"
#include "change/preflight.h"
#include "change/work.h"

/* ---- signals --------------------------------------------------------------------------------------------------- */

/* What would end the program is answered between two operations. */
static const int enders[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
static volatile sig_atomic_t asked;

struct patience {
	struct sigaction was[ARRAY_SIZE(enders)], pipe;
};

static void ask(int sig)
{
	asked = sig;
}

static void patience_begin(struct patience *p)
{
	struct sigaction act = { .sa_handler = ask, .sa_flags = SA_RESTART }, none = { .sa_handler = SIG_IGN };

	asked = 0;
	for (size_t i = 0; i < ARRAY_SIZE(enders); i++)
		sigaction(enders[i], &act, &p->was[i]);
	sigaction(SIGPIPE, &none, &p->pipe); /* a reader of our words that went is no reason to stop half-way */
}

/* What was asked meanwhile is handed on to whoever listens; by default it would end the program before it has said
 * how it went. */
static void patience_end(struct patience *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(enders); i++) {
		sigaction(enders[i], &p->was[i], NULL);
		if (asked == enders[i] && p->was[i].sa_handler != SIG_DFL && p->was[i].sa_handler != SIG_IGN)
			raise(asked);
	}
	sigaction(SIGPIPE, &p->pipe, NULL);
}

/* ---- apply ----------------------------------------------------------------------------------------------------- */

static int do_one(struct work *w, size_t i)
{
	struct record before = { .kind = RECORD_DO, .op = i }, after = { .kind = RECORD_DID, .op = i };
	const struct way *way = way_of(w, i);
	struct step *st = &w->steps[i];
	int r = way->prepare(w, i, &before);

	if (r == 0)
		r = journal_note(w->site, w->id, &before, w->rep);
	if (r < 0)
		return r;
	st->begun = true;
	st->there = before.there;
	st->mode = before.mode;
	st->uid = before.uid;
	st->gid = before.gid;
	st->text = before.text ? before.text : "";
	st->mount = before.mount ? before.mount : "";
	st->sha256 = "";
	r = way->act(w, i);
	if (r < 0)
		return r;
	st->did = true;
	after.sha256 = *st->sha256 ? st->sha256 : w->plan->ops[i].after_sha256;
	return journal_note(w->site, w->id, &after, w->rep);
}

static int do_all(struct work *w)
{
	for (size_t i = 0; i < w->plan->n_ops; i++) {
		int r;

		if (w->steps[i].as_planned)
			continue;
		if (asked)
			return report_refuse(w->rep, IGD_EIO, REPORT_NOWHERE, "stopped by signal %d before %s",
					     (int)asked, work_name(w, i));
		work_say(w, PHASE_START, i, 0);
		r = do_one(w, i);
		work_say(w, PHASE_END, i, r);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What was made out of the files: does it hold what was promised? */
static int look_at(struct work *w, const struct promise *q)
{
	const char *why = "";
	int r = w->hooks->look(w->hooks->ctx, q, &w->a, &why);

	if (r == 1)
		return report_refuse(w->rep, IGD_EIO, REPORT_NOWHERE, "%s", or_dash(why));
	if (r != 0)
		report_note(w->rep, REPORT_NOWHERE, "could not be looked at: %s",
			    r < 0 ? igd_error_str(r) : or_dash(why));
	return 0;
}

static int look_all(struct work *w)
{
	int r = 0;

	if (!w->hooks || !w->hooks->look)
		return 0;
	work_say(w, PHASE_LOOK, 0, 0);
	for (size_t i = 0; r == 0 && i < w->plan->n_promises; i++) {
		const struct promise *q = &w->plan->promises[i];

		if (q->kind == PROMISE_ENTRY || q->kind == PROMISE_IMAGE)
			r = look_at(w, q);
	}
	return r;
}

static int carry_out(struct work *w)
{
	struct record applied = { .kind = RECORD_APPLIED };
	bool perhaps = false; /* the record may be in the log though writing it failed */
	int r = do_all(w);

	if (r == 0)
		r = look_all(w);
	if (r == 0 && asked)
		r = report_refuse(w->rep, IGD_EIO, REPORT_NOWHERE, "stopped by signal %d", (int)asked);
	if (r == 0) {
		r = journal_note(w->site, w->id, &applied, w->rep);
		perhaps = r < 0;
	}
	if (r == 0)
		return CHANGE_DONE;
	return work_undo_failed(w, perhaps) == CHANGE_DONE ? CHANGE_UNDONE : CHANGE_HALFWAY;
}

static int apply(struct work *w, unsigned *ret_id)
{
	struct patience p;
	int r = preflight(w);

	if (r != 0)
		return r < 0 ? r : CHANGE_NOTHING;
	patience_begin(&p);
	r = journal_begin(w->site, w->plan, &w->id, w->rep);
	if (r == 0) {
		*ret_id = w->id;
		r = carry_out(w);
	}
	patience_end(&p);
	return r;
}

static int refuse_broken(const struct transaction *t, struct report *rep)
{
	return report_refuse(rep, t->newer ? IGD_EVERSION : IGD_EMAGIC, REPORT_NOWHERE,
			     "/" JOURNAL_DIR "/journal/%04u: %s; %s", t->id, t->broken, journal_broken_next(t));
}

/* Nothing is put on top of a change that is in force and cannot be read. */
static int all_readable(struct site *s, struct report *rep)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	struct journal j = { 0 };
	int r = journal_read(s->host, &a, &j, rep);

	for (size_t i = 0; r == 0 && i < j.n; i++)
		if (j.v[i].broken && j.v[i].state != TRANSACTION_REVERTED)
			r = refuse_broken(&j.v[i], rep);
	return r;
}

int change_apply(struct site *s, const struct plan *p, const struct change_hooks *h, unsigned *ret_id,
		 struct report *rep)
{
	struct work w;
	int r = work_init(&w, s, p, h, rep);

	*ret_id = 0;
	if (r == 0)
		r = all_readable(s, rep);
	if (r == 0)
		r = apply(&w, ret_id);
	work_done(&w);
	return r;
}

/* ---- revert ---------------------------------------------------------------------------------------------------- */

static int take_back(struct work *w, const struct transaction *t, const char *why)
{
	struct record rec = { .kind = RECORD_REVERT, .text = why };
	struct patience p;
	int r = 0;

	patience_begin(&p);
	if (t->state != TRANSACTION_REVERTING)
		r = journal_note(w->site, w->id, &rec, w->rep);
	if (r == 0)
		r = work_undo(w);
	patience_end(&p);
	return r;
}

static int revert(struct work *w, const struct transaction *t, enum change_edits edits, const char *why,
		  struct arena *a, struct conflicts *found)
{
	int r = work_conflicts(w, NULL, 0, a, found);

	w->edits = edits;
	if (r == 0 && found->n && edits == EDITS_REFUSE)
		r = report_refuse(
			w->rep, IGD_ECHANGED, REPORT_NOWHERE,
			"%s%s: changed since by somebody else; keep that and take back the rest, or undo it first",
			found->v[0].path, found->n > 1 ? " and others" : "");
	if (r == 0 && edits != EDITS_GIVE_WAY)
		r = preflight_undo(w, edits == EDITS_KEEP);
	return r < 0 && edits != EDITS_GIVE_WAY ? r : take_back(w, t, why);
}

/* The transaction, usable; else a refusal. */
static int choose(const struct journal *j, unsigned id, const struct transaction **ret, struct report *rep)
{
	const struct transaction *t = journal_find(j, id);

	if (!t)
		return report_refuse(rep, IGD_ENOENT, REPORT_NOWHERE,
				     "there is no change %u in /" JOURNAL_DIR "/journal; igdctl status lists them",
				     id);
	if (t->broken && t->state != TRANSACTION_REVERTED)
		return refuse_broken(t, rep);
	*ret = t;
	return 0;
}

int change_revert(struct site *s, unsigned id, enum change_edits edits, const char *why, const struct change_hooks *h,
		  struct arena *a, struct conflicts *found, struct report *rep)
{
	_cleanup_(arena_done) struct arena own = { 0 };
	const struct transaction *t = NULL;
	struct journal j = { 0 };
	struct work w;
	int r = journal_read(s->host, &own, &j, rep);

	*found = (struct conflicts) { 0 };
	if (r == 0)
		r = choose(&j, id, &t, rep);
	if (r < 0 || !t)
		return r;
	if (t->state == TRANSACTION_REVERTED)
		return CHANGE_NOTHING;
	if (edits != EDITS_GIVE_WAY)
		r = journal_refuse_above(&j, t, rep);
	if (r < 0)
		return r;
	r = work_load(&w, s, t, h, rep);
	if (r == 0)
		r = revert(&w, t, edits, why, a, found);
	work_done(&w);
	return r;
}

/* ---- recover --------------------------------------------------------------------------------------------------- */

static int recover_one(struct site *s, const struct transaction *t, const struct change_hooks *h, struct report *rep)
{
	struct work w;
	int r;

	if (t->newer)
		return refuse_broken(t, rep);
	if (t->broken) {
		report_note(rep, REPORT_NOWHERE, "/" JOURNAL_DIR "/journal/%04u: %s; %s", t->id, t->broken,
			    journal_broken_next(t));
		return CHANGE_HALFWAY;
	}
	r = work_load(&w, s, t, h, rep);
	if (r == 0)
		r = take_back(&w, t, "recover");
	work_done(&w);
	return r;
}

static bool is_unfinished(const struct transaction *t)
{
	return t->state == TRANSACTION_BEGUN || t->state == TRANSACTION_REVERTING;
}

/* One that cannot be finished is no reason to leave the others. */
static int worse(int a, int b)
{
	return a < 0 ? a : b < 0 ? b : a == CHANGE_HALFWAY ? a : b;
}

int change_recover(struct site *s, const struct change_hooks *h, unsigned *ret_n, struct report *rep)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	int r = journal_tidy(s, rep), worst = CHANGE_NOTHING;
	struct journal j = { 0 };

	*ret_n = 0;
	if (r == 0)
		r = journal_read(s->host, &a, &j, rep);
	if (r < 0)
		return r;
	for (size_t i = j.n; i-- > 0;) {
		if (!is_unfinished(&j.v[i]))
			continue;
		r = recover_one(s, &j.v[i], h, rep);
		*ret_n += r == CHANGE_DONE;
		worst = worse(worst, r);
	}
	return worst;
}
