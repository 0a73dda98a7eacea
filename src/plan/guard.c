// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guard.c - the way back when nobody can see the screen: a unit that takes the plan back, and a spare boot entry.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "plan/host.h"

#define REASON "console.last"

/* Is there a systemd? Of pasted text, where programs are not known, it is taken for granted. */
static bool has_systemd(const struct facts *f)
{
	return !f->tools.v || facts_word_in(f->tools.v, "systemctl");
}

bool host_write_ours(const struct facts *f, struct operation op, const char *text, struct plan *p)
{
	const struct text_file *t = facts_text(f, op.target);

	if (t && t->there.v == TRI_YES && text_eq(t->bytes, text))
		return true;
	op.kind = OP_WRITE;
	op.there = t ? t->there.v : TRI_UNKNOWN;
	op.before = t ? t->bytes : (struct span) { 0 };
	op.after = span_str(text);
	op.mode = op.there == TRI_YES ? 0 : op.mode;
	return plan_add(p, &op);
}

/* The two files that start the guard. */
static bool starters(const struct facts *f, const char *program, struct plan *p)
{
	const struct operation unit = { .target = PLAN_GUARD_UNIT,
					.mode = 0644,
					.reason = REASON,
					.says = "At each boot it takes back what was not confirmed." };
	const struct operation wants = { .target = PLAN_GUARD_WANTS,
					 .mode = 0644,
					 .reason = REASON,
					 .says = "It has the guard started at boot." };

	return host_write_ours(f, unit, guard_unit(p->arena, span_str(program)), p) &&
	       host_write_ours(f, wants, guard_wants, p);
}

/* The files from @n on come first, in their order. The command that makes the menu, if there is one, stays the last:
 * on the way back commands run in this order too, and a menu has to be made when an initramfs that its maker has
 * taken away in failing is there again. */
static bool move_to_front(struct plan *p, size_t n)
{
	size_t files = p->n_ops - n - (p->n_ops > n && p->ops[p->n_ops - 1].kind == OP_RUN);
	struct operation *copy = arena_alloc(p->arena, (files + 1) * sizeof(*copy));

	if (!copy)
		return false;
	memcpy(copy, p->ops + n, files * sizeof(*copy));
	memmove(p->ops + files, p->ops, n * sizeof(*copy));
	memcpy(p->ops, copy, files * sizeof(*copy));
	return true;
}

const char *plan_minutes(struct arena *a, unsigned seconds)
{
	return seconds % 60 ? arena_printf(a, "%u seconds", seconds)
			    : arena_printf(a, "%u minute%s", seconds / 60, seconds == 60 ? "" : "s");
}

int plan_guard(const struct facts *f, const char *program, unsigned seconds, struct plan *p)
{
	size_t n = p->n_ops;
	int r;

	if (p->refused || seconds == 0)
		return 0;
	if (!has_systemd(f) || !guard_program_is_plain(span_str(program))) {
		plan_tell(p, PLAN_WARNING, REASON,
			  has_systemd(f) ? "No guard: a unit of systemd cannot name the program %s. Install igdctl "
					   "in /usr, then apply again."
					 : "No guard: this host has no systemd to run %s at boot. Nothing takes the "
					   "change back by itself; be sure of another way in.",
			  program);
		return p->arena->full ? -IGD_ENOMEM : 0;
	}
	if (!starters(f, program, p))
		return -IGD_ENOMEM;
	r = plan_spare(f, p); /* spare.c: the entry to choose by hand when not even the guard runs */
	if (r < 0)
		return r;
	if (!move_to_front(p, n))
		return -IGD_ENOMEM;
	p->guard_seconds = seconds;
	plan_tell(p, PLAN_WARNING, REASON,
		  "After the reboot you have %s to log in and run igdctl verify --confirm; else the guard takes all "
		  "of this back and reboots once more.",
		  plan_minutes(p->arena, seconds));
	if (facts_passphrase(f))
		plan_tell(p, PLAN_WARNING, REASON,
			  "The guard runs only once the passphrase of %s was typed: until then nothing takes this "
			  "back.",
			  facts_passphrase(f));
	return p->arena->full ? -IGD_ENOMEM : 0;
}

bool plan_guard_admits(const struct operation *op, const char *program)
{
	struct arena a = { 0 };
	struct span path = span_str(program);
	bool yes = strcmp(op->target, PLAN_GUARD_UNIT) == 0
			   ? guard_program_is_plain(path) && text_eq(op->after, guard_unit(&a, path)) && !a.full
			   : strcmp(op->target, PLAN_GUARD_WANTS) == 0 && text_eq(op->after, guard_wants);

	arena_done(&a);
	return yes;
}
