// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/applied.h"

#include <string.h>
#include <time.h>

#include "base/error.h"
#include "change/change.h"
#include "cli/input.h"
#include "cli/json.h"
#include "verify/verify.h"

int applied_read(const struct cli *cli, const char *command, FILE *out, struct applied *ret)
{
	const char *root = cli->root ? cli->root : "/";
	int r;

	*ret = (struct applied) { .boot = "" };
	if (cli->capture)
		return usage_error(command, "a capture holds no journal; --root names a machine's root folder");
	r = input_machine(cli, &ret->f, &ret->h, &ret->rep);
	ret->busy = site_is_busy(root); /* asked twice: it may begin or end while the journal is read */
	if (r == 0)
		r = journal_read(ret->h, &ret->a, &ret->j, &ret->rep);
	ret->busy |= site_is_busy(root);
	if (r < 0)
		return json_refused(cli, command, input_name(cli, NULL), &ret->rep, r, out, stderr);
	ret->boot = journal_boot_id(ret->h, &ret->a);
	return EXIT_DONE;
}

void applied_done(struct applied *s)
{
	facts_free(s->f);
	host_free(s->h);
	arena_done(&s->a);
}

static const char *state_str(const struct transaction *t)
{
	static const char *const words[] = { [TRANSACTION_BEGUN] = "begun",
					     [TRANSACTION_APPLIED] = "applied",
					     [TRANSACTION_REVERTING] = "reverting",
					     [TRANSACTION_REVERTED] = "reverted" };

	return t->broken ? "broken" : words[t->state];
}

/* When it came into the state that it is in; -1: not known. */
static int64_t since(const struct transaction *t)
{
	static const enum record_kind brings[] = { [TRANSACTION_BEGUN] = RECORD_BEGIN,
						   [TRANSACTION_APPLIED] = RECORD_APPLIED,
						   [TRANSACTION_REVERTING] = RECORD_REVERT,
						   [TRANSACTION_REVERTED] = RECORD_REVERTED };
	int64_t when = -1;

	for (size_t i = 0; !t->broken && i < t->n_records; i++)
		if (t->records[i].kind == brings[t->state])
			when = t->records[i].time;
	return when;
}

bool applied_guarded(const struct transaction *t)
{
	return t->state == TRANSACTION_APPLIED && !t->broken && !t->confirmed && t->plan.guard_seconds;
}

bool applied_same_boot(const struct applied *s, const struct transaction *t)
{
	return *s->boot && t->begun && t->begun->boot && strcmp(t->begun->boot, s->boot) == 0;
}

static const char *how_it_stands(const struct applied *s, const struct transaction *t)
{
	if (t->state != TRANSACTION_APPLIED)
		return "";
	if (plan_is_try(&t->plan))
		return applied_same_boot(s, t) ? ", for this boot" : ", a try that ended with that boot";
	return t->confirmed ? ", confirmed" : t->plan.guard_seconds ? ", not confirmed" : "";
}

const char *applied_str(struct applied *s, const struct transaction *t)
{
	static const char *const words[] = { [TRANSACTION_BEGUN] = "was stopped on the way",
					     [TRANSACTION_APPLIED] = "applied",
					     [TRANSACTION_REVERTING] = "was stopped while it was taken back",
					     [TRANSACTION_REVERTED] = "taken back" };
	static const char *const now[] = { [TRANSACTION_BEGUN] = "is being carried out now, since",
					   [TRANSACTION_APPLIED] = "applied",
					   [TRANSACTION_REVERTING] = "is being taken back now, since",
					   [TRANSACTION_REVERTED] = "taken back" };
	bool has_mode = !t->broken && (unsigned)t->plan.mode < MODE_COUNT;

	if (t->broken)
		return arena_printf(&s->a, "Change %u cannot be read: %s", t->id, t->broken);
	return arena_printf(&s->a, "Change %u: %s%s%s %s%s", t->id, has_mode ? mode_str(t->plan.mode) : "",
			    has_mode ? ", " : "", s->busy ? now[t->state] : words[t->state],
			    verify_when(since(t), &s->a), how_it_stands(s, t));
}

static json_t *time_json(int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm;
	char text[32];

	if (when < 0 || !gmtime_r(&t, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return json_null();
	return json_string(text);
}

json_t *applied_json(const struct transaction *t, struct arena *a)
{
	bool has_mode = !t->broken && (unsigned)t->plan.mode < MODE_COUNT;

	return json_pack("{s:i, s:s, s:o, s:o, s:i, s:b, s:o}", "id", (int)t->id, "state", state_str(t), "since",
			 time_json(since(t)), "mode", has_mode ? json_text(mode_str(t->plan.mode)) : json_null(),
			 "guard_seconds", (int)t->plan.guard_seconds, "confirmed", t->confirmed, "broken",
			 t->broken ? json_text(arena_str(a, t->broken)) : json_null());
}

void applied_next(const struct cli *cli, const struct applied *s, bool changes, const char *command, FILE *out)
{
	bool sudo = s->f->source == SOURCE_LIVE && changes && s->f->as_root.v == TRI_NO;

	fprintf(out, "\nNext: %sigdctl %s%s%s\n", sudo ? "sudo " : "", command, cli->root ? " --root " : "",
		cli->root ? cli->root : "");
}
