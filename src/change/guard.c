// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guard.c - what the unit of plan/guard.c does at each boot.
 *
 * The journal's lock is held while something is changed and not while it waits: whoever confirms writes there. That
 * somebody has is seen by the logs growing, so that a second of waiting costs a read of a few short files.
 */
#include "change/guard.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "change/run.h"
#include "change/site.h"

#define FLOOR_SECONDS 60 /* no boot waits less, unless the guard's own time is less */
#define PAUSE	      30 /* seconds between two tries */
#define TRIES	      20

struct guarding {
	const char *root;
	const struct guard_hooks *g;
	struct report *rep;
	struct arena a;
	struct site *site;
	struct journal journal;
	const char *boot; /* id of this one, "" unknown */
	int64_t began;	  /* seconds, as now() */
	bool over;	  /* the time is: what is open goes */
	unsigned *marked; /* transactions that this boot was started with, or perhaps, and that go */
	size_t n_marked;
};

static void say(struct guarding *w, const char *text)
{
	if (w->g->say)
		w->g->say(w->g->ctx, text);
}

static bool is_stopped(const struct guarding *w)
{
	return w->g->stopped && w->g->stopped(w->g->ctx);
}

static int64_t now(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void second(void)
{
	const struct timespec ts = { .tv_sec = 1 };

	nanosleep(&ts, NULL);
}

/* The journal for writing. Somebody who changes the machine is waited for, however long that takes. */
static int enter(struct guarding *w)
{
	bool said = false;

	for (;;) {
		struct report rep = { 0 };
		int r = site_open(w->root, false, &w->site, &rep);

		if (r != -IGD_EBUSY || is_stopped(w)) {
			if (r < 0)
				*w->rep = rep;
			return r;
		}
		if (!said)
			say(w, "Another igdctl changes this machine; its end is waited for.");
		said = true;
		second();
	}
}

static void leave(struct guarding *w)
{
	site_free(w->site);
	w->site = NULL;
}

static int look(struct guarding *w)
{
	w->boot = journal_boot_id(w->site->host, &w->a);
	return journal_read(w->site->host, &w->a, &w->journal, w->rep);
}

/* ---- which -------------------------------------------------------------------------------------------------- */

static bool is_earlier_boot(const struct guarding *w, const struct transaction *t)
{
	return t->begun && *w->boot && strcmp(t->begun->boot, w->boot) != 0;
}

static bool has_rebooted(const struct transaction *t)
{
	for (size_t i = 0; i < t->n_records; i++)
		if (t->records[i].kind == RECORD_REBOOT)
			return true;
	return false;
}

static bool is_guarded(const struct guarding *w, const struct transaction *t)
{
	return !t->broken && t->plan.guard_seconds && is_earlier_boot(w, t) && !has_rebooted(t);
}

/* Applied, in an earlier boot, and not confirmed. */
static bool is_open(const struct guarding *w, const struct transaction *t)
{
	return is_guarded(w, t) && t->state == TRANSACTION_APPLIED && !t->confirmed;
}

static bool any_open(const struct guarding *w)
{
	for (size_t i = 0; i < w->journal.n; i++)
		if (is_open(w, &w->journal.v[i]))
			return true;
	return false;
}

static int note(struct guarding *w, unsigned id, enum record_kind kind)
{
	const struct record rec = { .kind = kind, .boot = w->boot, .sha256 = "", .text = "" };

	return journal_note(w->site, id, &rec, w->rep);
}

/* ---- waiting ------------------------------------------------------------------------------------------------ */

static off_t log_size(struct host *h, struct guarding *w, unsigned id)
{
	const char *path = arena_printf(&w->a, JOURNAL_DIR "/journal/%04u/log", id);
	struct arena own = { 0 };
	struct span text;
	off_t n = -1;

	if (host_read(h, path, JOURNAL_LOG, &own, &text) == 0)
		n = (off_t)text.n;
	arena_done(&own);
	return n;
}

/* The bytes of all logs that matter: they only grow. */
static off_t logs_size(struct host *h, struct guarding *w)
{
	off_t all = 0;

	for (size_t i = 0; i < w->journal.n; i++)
		if (is_open(w, &w->journal.v[i]))
			all += log_size(h, w, w->journal.v[i].id);
	return all;
}

/* What became of those that were waited for, by @now: GUARD_NOTHING while one is open, GUARD_CONFIRMED, GUARD_GONE.
 */
static int became(const struct guarding *w, const struct journal *now)
{
	int r = GUARD_GONE;

	for (size_t i = 0; i < w->journal.n; i++) {
		const struct transaction *t =
			is_open(w, &w->journal.v[i]) ? journal_find(now, w->journal.v[i].id) : NULL;

		if (t && is_open(w, t))
			return GUARD_NOTHING;
		if (t && t->confirmed && t->state == TRANSACTION_APPLIED)
			r = GUARD_CONFIRMED;
	}
	return r;
}

static int became_now(struct host *h, struct guarding *w)
{
	struct arena a = { 0 };
	struct journal now = { 0 };
	struct report rep = { 0 };
	int r = journal_read(h, &a, &now, &rep) < 0 ? GUARD_NOTHING : became(w, &now);

	arena_done(&a);
	return r;
}

/* GUARD_CONFIRMED, GUARD_GONE, GUARD_STOPPED, or GUARD_NOTHING when the time is over. */
static int wait_for(struct guarding *w, struct host *h, unsigned seconds)
{
	off_t size = logs_size(h, w), grown;
	int r;

	while (now() < w->began + seconds) {
		if (is_stopped(w))
			return GUARD_STOPPED;
		second();
		grown = logs_size(h, w);
		r = grown != size ? became_now(h, w) : GUARD_NOTHING;
		if (r != GUARD_NOTHING)
			return r;
		size = grown;
	}
	return GUARD_NOTHING;
}

/* How long this boot may go without a confirmation; *@ret_n: the boots before it that did. */
static unsigned seconds_of(const struct guarding *w, const struct transaction *t, unsigned *ret_n)
{
	unsigned seconds = t->plan.guard_seconds, least = seconds < FLOOR_SECONDS ? seconds : FLOOR_SECONDS;

	*ret_n = 0;
	for (size_t i = 0; i < t->n_records; i++)
		*ret_n += t->records[i].kind == RECORD_BOOTED && strcmp(t->records[i].boot, w->boot) != 0;
	seconds = *ret_n < 32 ? seconds >> *ret_n : 0;
	return seconds > least ? seconds : least;
}

/* What waits, told and noted. */
static unsigned begin_waiting(struct guarding *w)
{
	unsigned longest = 0, n;

	for (size_t i = 0; i < w->journal.n; i++) {
		const struct transaction *t = &w->journal.v[i];
		unsigned seconds;

		if (!is_open(w, t))
			continue;
		seconds = seconds_of(w, t, &n);
		longest = seconds > longest ? seconds : longest;
		say(w,
		    n ? arena_printf(&w->a, "Change %u is not confirmed, and this is boot %u with it.", t->id, n + 1)
		      : arena_printf(&w->a, "Change %u was made before this boot and is not confirmed.", t->id));
		if (note(w, t->id, RECORD_BOOTED) < 0) /* a disk that takes no record does not keep it from waiting */
			say(w, "The journal takes no record of this boot.");
	}
	return longest;
}

static int wait_all(struct guarding *w)
{
	unsigned seconds = begin_waiting(w);
	struct host *h = NULL;
	int r;

	leave(w);
	r = host_open_root(w->root, &h, w->rep);
	if (r < 0)
		return r;
	say(w,
	    arena_printf(&w->a, "If all is well, run: igdctl verify --confirm. Else all is taken back in %u seconds.",
			 seconds));
	r = wait_for(w, h, seconds);
	host_free(h);
	return r;
}

/* ---- taking back -------------------------------------------------------------------------------------------- */

/* Beside what is guarded goes what came later, confirmed or not, for it stands on that; and what the same boot was to
 * bring and nobody has confirmed: it may be what went wrong. */
static bool goes(const struct guarding *w, const struct transaction *t)
{
	if (t->broken || t->state != TRANSACTION_APPLIED)
		return false;
	for (const struct transaction *o = w->journal.v; o < w->journal.v + w->journal.n; o++)
		if (is_open(w, o) &&
		    (o <= t || (!t->confirmed && t->begun && strcmp(t->begun->boot, o->begun->boot) == 0)))
			return true;
	return false;
}

/* 0, or what the last answered that did not go. */
static int take_back(struct guarding *w)
{
	struct conflicts found = { 0 };
	int r = CHANGE_DONE;

	for (size_t i = w->journal.n; i-- > 0 && (r == CHANGE_DONE || r == CHANGE_NOTHING);) {
		const struct transaction *t = &w->journal.v[i];

		if (!goes(w, t))
			continue;
		say(w, is_open(w, t) ? arena_printf(&w->a, "Change %u was not confirmed and is taken back.", t->id)
				     : arena_printf(&w->a, "Change %u came with it and is taken back too.", t->id));
		r = change_revert(w->site, t->id, EDITS_GIVE_WAY, "guard", w->g->change, &w->a, &found, w->rep);
	}
	return r;
}

static int reboot_now(struct guarding *w)
{
	static const char *const argv[] = { "systemctl", "--no-block", "reboot", NULL };
	const struct change_hooks *h = w->g->change;
	int r;

	if (!site_is_live(w->site)) {
		say(w, "Not the machine that runs, so not run: systemctl reboot");
		return GUARD_REVERTED;
	}
	say(w, "The machine starts anew, as it was before.");
	sync();
	if (h && h->run)
		r = h->run(h->ctx, w->site, argv, STDERR_FILENO, w->rep);
	else
		r = run_program(w->site, argv, STDERR_FILENO, NULL, NULL, w->rep);
	if (r != 0)
		say(w, "It could not be started anew: reboot it to have the old state.");
	return GUARD_REVERTED;
}

/* The record comes first: when it cannot be written the machine stays up, rather than to start anew for ever. */
static int reboot_once(struct guarding *w)
{
	for (size_t i = 0; i < w->n_marked; i++) {
		int r = note(w, w->marked[i], RECORD_REBOOT);

		if (r < 0)
			return r;
	}
	return w->n_marked ? reboot_now(w) : GUARD_NOTHING;
}

/* ---- try by try ---------------------------------------------------------------------------------------------- */

static bool is_stopped_half(const struct transaction *t)
{
	return !t->broken && (t->state == TRANSACTION_BEGUN || t->state == TRANSACTION_REVERTING);
}

/* Was operation @op begun, and is not back? What is looked at and found wanting is begun once more. */
static bool is_out(const struct transaction *t, size_t op)
{
	bool out = false;

	for (size_t i = 0; i < t->n_records; i++) {
		const struct record *r = &t->records[i];

		if (r->op == op && (r->kind == RECORD_DO || r->kind == RECORD_UNDO || r->kind == RECORD_UNDID))
			out = r->kind != RECORD_UNDID;
	}
	return out;
}

/* Has all of the host come back, so that only definitions of VMs are left? The guard's own unit is the last to go. */
static bool host_is_back(const struct transaction *t)
{
	for (size_t i = 0; i < t->plan.n_ops; i++)
		if (t->plan.ops[i].kind != OP_VM && !plan_is_guard(&t->plan.ops[i]) && is_out(t, i))
			return false;
	return true;
}

/* What has still to go, by what the journal says now; of the host alone where @host. */
static bool any_left(const struct guarding *w, bool host)
{
	for (size_t i = 0; i < w->journal.n; i++) {
		const struct transaction *t = &w->journal.v[i];

		if ((w->over && is_open(w, t)) || (is_stopped_half(t) && !(host && host_is_back(t))))
			return true;
	}
	return false;
}

/* Finish what was stopped; then take back what is open, if it is time. */
static int try_once(struct guarding *w)
{
	unsigned n = 0;
	int r;

	*w->rep = (struct report) { 0 };
	r = change_recover(w->site, w->g->change, &n, w->rep);
	if (n)
		say(w, arena_printf(&w->a, "%u change%s that did not come to an end %s taken back.", n,
				    n == 1 ? "" : "s", n == 1 ? "is" : "are"));
	if (w->over && look(w) == 0)
		r = take_back(w);
	return look(w) < 0 ? -IGD_EIO : r;
}

/* Others may come to the journal meanwhile. */
static int pause_for(struct guarding *w)
{
	leave(w);
	for (unsigned k = w->g->pause ? w->g->pause : PAUSE; k > 0 && !is_stopped(w); k--)
		second();
	return enter(w);
}

/* Until nothing is left, as far as tries go; then the machine starts anew, if it was started with what is gone. */
static int settle(struct guarding *w)
{
	int r = try_once(w), entered = 0;

	for (unsigned i = 1;
	     i < (w->g->tries ? w->g->tries : TRIES) && any_left(w, false) && !is_stopped(w) && entered == 0; i++) {
		if (i == 1)
			say(w, "Not all could be taken back; it is tried again.");
		entered = pause_for(w);
		if (entered == 0)
			r = try_once(w);
	}
	if (entered < 0)
		return entered;
	if (any_left(w, true))
		return r < 0 ? r : GUARD_HALFWAY;
	return reboot_once(w);
}

/* ---- all of it ----------------------------------------------------------------------------------------------- */

/* Was it on its way when the machine stopped? What this kernel was started with may be half of either. */
static bool was_stopped(const struct guarding *w, const struct transaction *t)
{
	return is_guarded(w, t) && is_stopped_half(t);
}

static void mark(struct guarding *w, bool (*is)(const struct guarding *w, const struct transaction *t))
{
	for (size_t i = 0; i < w->journal.n; i++) {
		unsigned *slot = is(w, &w->journal.v[i]) ? arena_push(&w->a, w->marked, w->n_marked) : NULL;

		if (slot)
			*slot = w->journal.v[i].id;
	}
}

/* After the wait, which others used to come to the journal. */
static int time_is_over(struct guarding *w)
{
	int r = enter(w), what = r == 0 ? became_now(w->site->host, w) : GUARD_NOTHING;

	if (r == 0)
		r = look(w);
	if (r < 0 || what != GUARD_NOTHING)
		return r < 0 ? r : what;
	w->over = true;
	mark(w, is_open);
	return settle(w);
}

static int watch_over(struct guarding *w)
{
	int r = look(w), settled = GUARD_NOTHING;

	if (r < 0)
		return r;
	mark(w, was_stopped);
	if (any_left(w, false))
		settled = settle(w);
	if (settled == GUARD_REVERTED || !w->site || !any_open(w))
		return settled;
	r = wait_all(w);
	return r == GUARD_NOTHING ? time_is_over(w) : r;
}

static int guard(struct guarding *w)
{
	struct host *h = NULL;
	int r = host_open_root(w->root, &h, w->rep);

	host_free(h);
	if (r < 0)
		return r;
	r = enter(w);
	if (r == -IGD_ENOENT) /* there is no journal, so nothing was ever changed */
		return GUARD_NOTHING;
	return r < 0 ? r : watch_over(w);
}

int guard_run(const char *root, const struct guard_hooks *g, struct report *rep)
{
	struct report own = { 0 };
	struct guarding w = { .root = root, .g = g, .rep = rep ? rep : &own, .boot = "", .began = now() };
	int r = guard(&w);

	leave(&w);
	arena_done(&w.a);
	return r;
}
