// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verify.c - the chain from a file to the device, link by link, for all transactions that are applied.
 *
 * Each link is looked at by itself. One that is broken while a link that it hangs on is broken too is not reached:
 * the owner is told of the first alone, since the others mend themselves with it.
 */
#include "verify/verify.h"

#include <time.h>

#include "base/error.h"
#include "base/text.h"
#include "verify/drift.h"
#include "verify/link.h"
#include "verify/made.h"

const char *kept_str(enum kept k)
{
	static const char *const words[] = { [KEPT] = "kept",
					     [KEPT_NOT] = "broken",
					     [KEPT_UNKNOWN] = "unknown",
					     [KEPT_LATER] = "after the reboot",
					     [KEPT_MOOT] = "not reached" };

	return words[k];
}

/* ---- which are to be looked at ------------------------------------------------------------------------------ */

static bool is_on(const struct transaction *t)
{
	return t->state == TRANSACTION_APPLIED && !t->broken;
}

static bool same_target(const struct operation *a, const struct operation *b)
{
	return a->target && b->target && strcmp(a->target, b->target) == 0;
}

bool verify_superseded(const struct journal *j, const struct transaction *t, const struct operation *op)
{
	for (size_t i = 0; i < j->n; i++) {
		const struct transaction *o = &j->v[i];

		for (size_t k = 0; is_on(o) && o->id > t->id && k < o->plan.n_ops; k++)
			if (o->plan.ops[k].kind == op->kind && same_target(&o->plan.ops[k], op))
				return true;
	}
	return false;
}

/* Did a later plan promise of the same thing something else? */
static bool is_outdated(const struct journal *j, const struct transaction *t, const struct promise *q)
{
	for (size_t i = 0; i < j->n; i++) {
		const struct transaction *o = &j->v[i];

		for (size_t k = 0; is_on(o) && o->id > t->id && k < o->plan.n_promises; k++) {
			const struct promise *p = &o->plan.promises[k];

			if (p->kind != q->kind || strcmp(p->where, q->where) != 0)
				continue;
			if (q->kind == PROMISE_DRIVER || (strcmp(p->what, q->what) == 0 && p->absent != q->absent))
				return true;
		}
	}
	return false;
}

/* ---- files -------------------------------------------------------------------------------------------------- */

const char *verify_when(int64_t t, struct arena *a)
{
	time_t when = (time_t)t;
	struct tm tm;
	char text[32];

	if (t < 0 || !gmtime_r(&when, &tm) || !strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm))
		return "at a time that is not known";
	return arena_str(a, text);
}

const char *verify_drift_says(const struct operation *op, const struct drifted *d, struct arena *a)
{
	const char *when = verify_when(d->mtime, a);

	switch (d->drift) {
	case DRIFT_NONE:
		return arena_printf(a, op->gone ? "%s is gone, as planned" : "%s is as it was left", op->target);
	case DRIFT_HARMLESS:
		return arena_printf(a, "%s was changed since (%s); what the plan did there is still so", op->target,
				    when);
	case DRIFT_LOST:
		return arena_printf(a, "%s was changed since (%s), and \"%s\" is %s", op->target, when, d->word,
				    d->word_is_back ? "in it again" : "no longer in it");
	case DRIFT_GONE:
		return arena_printf(a, "%s was removed since", op->target);
	case DRIFT_BACK:
		return arena_printf(a, "%s is there again (%s); the plan removed it", op->target, when);
	case DRIFT_UNREAD:
		break;
	}
	return d->why;
}

int verify_look_at(struct host *h, const struct transaction *t, const struct operation *op, struct arena *a,
		   struct drifted *ret)
{
	const char *left = NULL;

	if (op->kind != OP_VM)
		return drift_look(h, op, a, ret);
	for (size_t i = 0; i < t->n_records; i++)
		if (t->records[i].kind == RECORD_DID && &t->plan.ops[t->records[i].op] == op)
			left = t->records[i].sha256;
	return drift_look_vm(h, op, left, a, ret);
}

static int file_link(struct chain *c, const struct operation *op, struct kept_promise *k)
{
	struct drifted d;
	int r = verify_look_at(c->h, k->of, op, c->a, &d);

	if (r < 0)
		return r;
	k->kept = d.drift == DRIFT_UNREAD			       ? KEPT_UNKNOWN
		  : d.drift == DRIFT_NONE || d.drift == DRIFT_HARMLESS ? KEPT
								       : KEPT_NOT;
	k->says = verify_drift_says(op, &d, c->a);
	if (k->kept == KEPT_NOT)
		k->next = op->kind == OP_VM ? arena_printf(c->a,
							   "igdctl plan --vm %s shows what is missing, and igdctl "
							   "apply --vm writes it again",
							   op->target)
					    : "igdctl plan shows what is missing, and igdctl apply writes it again";
	return 0;
}

/* ---- what is made ------------------------------------------------------------------------------------------- */

static int made_link(struct chain *c, const struct promise *q, struct kept_promise *k)
{
	static const enum kept of[] = { [MADE_KEPT] = KEPT, [MADE_BROKEN] = KEPT_NOT, [MADE_UNKNOWN] = KEPT_UNKNOWN };
	int r = made_look_memo(c->h, &c->memo, q, c->a, &k->says);

	if (r < 0)
		return r;
	k->kept = of[r];
	if (k->kept == KEPT_NOT)
		k->next = link_remake(c, k->of, q);
	return 0;
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

enum { LINK_FILE, LINK_ENTRY, LINK_IMAGE, LINK_WORD, LINK_GROUP, LINK_DRIVER, LINK_VM, N_LINKS };

static const struct {
	const char *name;
	unsigned hangs_on; /* a bit a link */
} links[N_LINKS] = {
	[LINK_FILE] = { "file", 0 },
	[LINK_ENTRY] = { "boot entry", 1 << LINK_FILE },
	[LINK_IMAGE] = { "initramfs", 1 << LINK_FILE },
	[LINK_WORD] = { "kernel", 1 << LINK_FILE | 1 << LINK_ENTRY },
	[LINK_GROUP] = { "iommu", 1 << LINK_FILE | 1 << LINK_ENTRY | 1 << LINK_WORD },
	[LINK_DRIVER] = { "driver",
			  1 << LINK_FILE | 1 << LINK_ENTRY | 1 << LINK_IMAGE | 1 << LINK_WORD | 1 << LINK_GROUP },
	[LINK_VM] = { "vm", 0 },
};

static unsigned link_of(const struct promise *q)
{
	static const unsigned of[] = { [PROMISE_ENTRY] = LINK_ENTRY,
				       [PROMISE_IMAGE] = LINK_IMAGE,
				       [PROMISE_WORD] = LINK_WORD,
				       [PROMISE_GROUP] = LINK_GROUP,
				       [PROMISE_DRIVER] = LINK_DRIVER };

	return of[q->kind];
}

static unsigned link_at(const struct kept_promise *k)
{
	if (k->op)
		return k->op->kind == OP_VM ? LINK_VM : LINK_FILE;
	return link_of(k->promise);
}

static int look(struct chain *c, struct kept_promise *k)
{
	if (k->op)
		return file_link(c, k->op, k);
	if (k->promise->kind == PROMISE_ENTRY || k->promise->kind == PROMISE_IMAGE)
		return made_link(c, k->promise, k);
	link_running(c, k);
	return 0;
}

/* Is it the file of another change that what @of promises comes out of? A newer one need not write it again. */
static bool is_source(const struct kept_promise *file, const struct kept_promise *of)
{
	return file->op && of->promise && *of->promise->what && text_has(file->op->after, of->promise->what);
}

/* Is a link that link @at hangs on broken? */
static bool is_moot(const struct verified *all, const struct kept_promise *x, unsigned at)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct kept_promise *k = &all->v[i];
		unsigned of = link_at(k);

		if ((k->of == x->of || is_source(k, x)) && k->kept == KEPT_NOT && (links[at].hangs_on & 1u << of))
			return true;
	}
	return false;
}

static void count(struct verified *all, const struct kept_promise *k)
{
	all->n_broken += k->kept == KEPT_NOT;
	all->n_unknown += k->kept == KEPT_UNKNOWN;
	all->n_later += k->kept == KEPT_LATER;
}

static int add(struct chain *c, unsigned at, struct kept_promise k)
{
	struct kept_promise *slot;
	int r;

	k.link = links[at].name;
	k.says = "";
	r = look(c, &k);
	if (r < 0)
		return r;
	if (k.kept == KEPT_NOT && is_moot(c->all, &k, at)) {
		k.kept = KEPT_MOOT;
		k.next = NULL;
	}
	slot = arena_push(c->a, c->all->v, c->all->n);
	if (!slot)
		return -IGD_ENOMEM;
	*slot = k;
	count(c->all, &k);
	return 0;
}

static int add_link(struct chain *c, unsigned at, const struct transaction *t)
{
	int r = 0;

	for (size_t i = 0; r == 0 && (at == LINK_FILE || at == LINK_VM) && i < t->plan.n_ops; i++)
		if (t->plan.ops[i].kind == (at == LINK_VM ? OP_VM : OP_WRITE) && t->plan.ops[i].target[0] == '/' &&
		    !verify_superseded(c->j, t, &t->plan.ops[i]))
			r = add(c, at, (struct kept_promise) { .of = t, .op = &t->plan.ops[i] });
	for (size_t i = 0; r == 0 && i < t->plan.n_promises; i++)
		if (link_of(&t->plan.promises[i]) == at && !is_outdated(c->j, t, &t->plan.promises[i]))
			r = add(c, at, (struct kept_promise) { .of = t, .promise = &t->plan.promises[i] });
	return r;
}

static void first_find(struct verified *all)
{
	for (size_t i = 0; !all->first_broken && i < all->n; i++)
		if (all->v[i].kept == KEPT_NOT)
			all->first_broken = &all->v[i];
}

int verify_run(const struct journal *j, unsigned id, const struct facts *f, struct host *h, struct arena *a,
	       struct verified *ret)
{
	struct chain c = { .j = j, .f = f, .h = h, .a = a, .all = ret, .boot = journal_boot_id(h, a) };
	bool any = false;
	int r = 0;

	*ret = (struct verified) { 0 };
	if (id && !journal_find(j, id))
		return -IGD_ENOENT;
	for (unsigned at = 0; at < N_LINKS; at++)
		for (size_t i = 0; r == 0 && i < j->n; i++) {
			if (!is_on(&j->v[i]) || (id && j->v[i].id != id))
				continue;
			any = true;
			r = add_link(&c, at, &j->v[i]);
		}
	made_memo_done(&c.memo);
	first_find(ret);
	if (r == 0 && a->full)
		r = -IGD_ENOMEM;
	return r < 0 ? r : !any;
}
