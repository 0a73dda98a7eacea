// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guard.c - what the unit of plan/guard.c does at each boot.
 *
 * The journal's lock is held while something is changed and not while it waits: whoever confirms writes there. That
 * somebody has is seen by the log growing, so that a second of waiting costs one look at its size.
 */
#include "change/guard.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "change/run.h"
#include "change/site.h"

#define BUSY_SECONDS 600 /* for somebody else's change to end */

struct guarding {
	const char *root;
	const struct guard_hooks *g;
	struct report *rep;
	struct arena a;
	struct site *site;
	struct journal journal;
	const char *boot; /* id of this one, "" unknown */
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

/* The journal for writing, with what stands in it. Somebody who changes the machine is waited for. */
static int enter(struct guarding *w)
{
	int64_t until = now() + BUSY_SECONDS;
	int r;

	for (;;) {
		struct report rep = { 0 };

		r = site_open(w->root, false, &w->site, &rep);
		if (r != -IGD_EBUSY || now() >= until || is_stopped(w)) {
			if (r < 0)
				*w->rep = rep;
			break;
		}
		second();
	}
	return r;
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

/* Is one that was open open still? */
static int still_open(struct host *h, struct guarding *w)
{
	struct guarding fresh = { .boot = w->boot };
	struct report rep = { 0 };
	int r = journal_read(h, &fresh.a, &fresh.journal, &rep);
	bool open = r < 0 || any_open(&fresh);

	arena_done(&fresh.a);
	return open;
}

/* GUARD_CONFIRMED, GUARD_STOPPED, or GUARD_NOTHING when the time is over. */
static int wait_for(struct guarding *w, struct host *h, unsigned seconds)
{
	off_t size = logs_size(h, w), grown;
	int64_t until = now() + seconds;

	while (now() < until) {
		if (is_stopped(w))
			return GUARD_STOPPED;
		second();
		grown = logs_size(h, w);
		if (grown != size && !still_open(h, w))
			return GUARD_CONFIRMED;
		size = grown;
	}
	return GUARD_NOTHING;
}

static int wait_all(struct guarding *w)
{
	unsigned seconds = 0;
	struct host *h = NULL;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < w->journal.n; i++) {
		const struct transaction *t = &w->journal.v[i];

		if (!is_open(w, t))
			continue;
		seconds = t->plan.guard_seconds > seconds ? t->plan.guard_seconds : seconds;
		say(w, arena_printf(&w->a, "Change %u was made before this boot and is not confirmed.", t->id));
		r = note(w, t->id, RECORD_BOOTED);
	}
	if (r < 0) /* a disk that takes no record does not keep it from waiting */
		say(w, "The journal takes no record of this boot.");
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

static int take_back(struct guarding *w)
{
	struct conflicts found = { 0 };
	int r = CHANGE_DONE;

	for (size_t i = w->journal.n; i-- > 0 && (r == CHANGE_DONE || r == CHANGE_NOTHING);) {
		const struct transaction *t = &w->journal.v[i];

		if (!is_open(w, t))
			continue;
		say(w, arena_printf(&w->a, "Change %u was not confirmed and is taken back.", t->id));
		r = change_revert(w->site, t->id, true, "guard", w->g->change, &w->a, &found, w->rep);
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
static int reboot_for(struct guarding *w, bool (*is)(const struct guarding *w, const struct transaction *t))
{
	bool any = false;
	int r;

	for (size_t i = 0; i < w->journal.n; i++) {
		if (!is(w, &w->journal.v[i]))
			continue;
		r = note(w, w->journal.v[i].id, RECORD_REBOOT);
		if (r < 0)
			return r;
		any = true;
	}
	return any ? reboot_now(w) : GUARD_NOTHING;
}

/* Was it on its way when the machine stopped? What this kernel was started with may be half of either. */
static bool was_stopped(const struct guarding *w, const struct transaction *t)
{
	return is_guarded(w, t) && (t->state == TRANSACTION_BEGUN || t->state == TRANSACTION_REVERTING);
}

/* Finish what was stopped. GUARD_NOTHING: there was nothing, or nothing that this boot has to be given up for. */
static int recover(struct guarding *w)
{
	unsigned n = 0;
	int r = look(w);

	if (r == 0)
		r = change_recover(w->site, w->g->change, &n, w->rep);
	if (r < 0)
		return r;
	if (r == CHANGE_HALFWAY)
		return GUARD_HALFWAY;
	if (n == 0)
		return GUARD_NOTHING;
	say(w, arena_printf(&w->a, "%u change%s that did not come to an end %s taken back.", n, n == 1 ? "" : "s",
			    n == 1 ? "is" : "are"));
	return reboot_for(w, was_stopped);
}

static int after_the_wait(struct guarding *w)
{
	int r = enter(w);

	if (r == 0)
		r = look(w);
	if (r < 0)
		return r;
	if (!any_open(w))
		return GUARD_CONFIRMED;
	r = take_back(w);
	if (r < 0)
		return r;
	return r == CHANGE_HALFWAY ? GUARD_HALFWAY : reboot_for(w, is_open);
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
	if (r == 0)
		r = recover(w);
	if (r != GUARD_NOTHING)
		return r;
	r = look(w);
	if (r < 0 || !any_open(w))
		return r < 0 ? r : GUARD_NOTHING;
	r = wait_all(w);
	return r == GUARD_NOTHING ? after_the_wait(w) : r;
}

int guard_run(const char *root, const struct guard_hooks *g, struct report *rep)
{
	struct report own = { 0 };
	struct guarding w = { .root = root, .g = g, .rep = rep ? rep : &own };
	int r = guard(&w);

	leave(&w);
	arena_done(&w.a);
	return r;
}
