// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verify.c - what a plan promised, held against the machine; and the owner's word that all is well.
 *
 * A child in the sandbox looks and makes the answer; only its numbers come back to the process that may write, which
 * appends a record to the journal and prints what the child made: the answer for a confirmation that was written, or
 * that for one that was not.
 */
#include "verify/verify.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "change/change.h"
#include "cli/applied.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/pipe.h"
#include "cli/reader.h"
#include "cli/view.h"

#define IDS_MAX 256 /* transactions that one call confirms */
#define BOOT_ID 64
#define DOUBT	512

/* What the child tells the parent; behind it come the two answers. */
struct told {
	size_t n_broken, n_later, n_ids;
	char doubt[DOUBT];  /* why it is not to be confirmed; "" for no reason */
	size_t answer_n[2]; /* bytes of the one without a confirmation, and with it */
	unsigned ids[IDS_MAX];
	char boot[BOOT_ID];
};

struct work {
	const struct cli *cli;
	unsigned id;
};

struct looked {
	const struct work *w;
	struct applied s;
	struct verified all;
};

/* ---- which transactions ------------------------------------------------------------------------------------- */

static bool is_meant(const struct work *w, const struct transaction *t)
{
	return t->state == TRANSACTION_APPLIED && !t->broken && (!w->id || t->id == w->id);
}

/* In force, perhaps, and nobody knows what it promised. */
static bool is_unreadable(const struct work *w, const struct transaction *t)
{
	return t->broken && t->state != TRANSACTION_REVERTED && (!w->id || t->id == w->id);
}

static const struct transaction *unreadable(const struct looked *l)
{
	for (size_t i = 0; i < l->s.j.n; i++)
		if (is_unreadable(l->w, &l->s.j.v[i]))
			return &l->s.j.v[i];
	return NULL;
}

/* What cannot be looked at may be left open in a file, not in what gives the GPU away. */
static bool is_needed(const struct kept_promise *k)
{
	return k->promise && (k->promise->kind == PROMISE_DRIVER || k->promise->kind == PROMISE_GROUP ||
			      k->promise->kind == PROMISE_IMAGE);
}

static const char *doubt_of(struct looked *l, const struct told *t)
{
	const struct transaction *x = unreadable(l);

	if (x)
		return arena_printf(&l->s.a, "change %u cannot be read: %s", x->id, x->broken);
	if (t->n_later)
		return "only the next boot can tell; reboot first";
	if (l->all.first_broken)
		return arena_printf(&l->s.a, "broken: %s: %s", l->all.first_broken->link, l->all.first_broken->says);
	for (size_t i = 0; i < l->all.n; i++)
		if (l->all.v[i].kept == KEPT_UNKNOWN && is_needed(&l->all.v[i]))
			return arena_printf(&l->s.a, "not known: %s: %s", l->all.v[i].link, l->all.v[i].says);
	return "";
}

/* Those that the owner has not confirmed; and whether one of them has yet to be booted. */
static void gather(struct looked *l, struct told *t)
{
	t->n_broken = l->all.n_broken + (unreadable(l) != NULL);
	t->n_later = l->all.n_later;
	for (size_t i = 0; i < l->s.j.n; i++) {
		const struct transaction *x = &l->s.j.v[i];

		if (!is_meant(l->w, x) || x->confirmed || t->n_ids == IDS_MAX)
			continue;
		t->ids[t->n_ids++] = x->id;
		t->n_later += applied_guarded(x) && applied_same_boot(&l->s, x);
	}
	text_copy(span_str(l->s.boot), t->boot, sizeof(t->boot));
	text_copy(span_str(doubt_of(l, t)), t->doubt, sizeof(t->doubt));
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static json_t *promise_json(const struct kept_promise *k)
{
	static const char *const kinds[] = { [PROMISE_ENTRY] = "entry",
					     [PROMISE_IMAGE] = "image",
					     [PROMISE_WORD] = "word",
					     [PROMISE_GROUP] = "group",
					     [PROMISE_DRIVER] = "driver" };
	static const char *const answers[] = { [KEPT] = "kept",
					       [KEPT_NOT] = "broken",
					       [KEPT_UNKNOWN] = "unknown",
					       [KEPT_LATER] = "later",
					       [KEPT_MOOT] = "not-reached" };
	const struct promise *q = k->promise;

	return json_pack("{s:i, s:s, s:s, s:o, s:o, s:b, s:s, s:o, s:o}", "transaction", (int)k->of->id, "link",
			 k->link, "kind", q ? kinds[q->kind] : "file", "where",
			 json_text(q ? q->where : k->op->target), "what", json_text(q ? q->what : NULL), "absent",
			 q ? q->absent : k->op->gone, "answer", answers[k->kept], "says", json_text(k->says), "next",
			 json_text(k->next));
}

static json_t *verify_json(struct looked *l, bool confirmed)
{
	json_t *top = json_top("verify", l->s.f->input), *list = json_array(), *done = json_array();
	const struct verified *all = &l->all;

	for (size_t i = 0; i < l->s.j.n; i++)
		if (is_meant(l->w, &l->s.j.v[i]) || is_unreadable(l->w, &l->s.j.v[i])) {
			struct transaction t = l->s.j.v[i];

			t.confirmed |= confirmed && !t.broken;
			json_array_append_new(done, applied_json(&t, &l->s.a));
		}
	for (size_t i = 0; i < all->n; i++)
		json_array_append_new(list, promise_json(&all->v[i]));
	json_object_set_new(top, "transactions", done);
	json_object_set_new(top, "promises", list);
	json_object_set_new(top, "broken", json_integer((json_int_t)all->n_broken));
	json_object_set_new(top, "unknown", json_integer((json_int_t)all->n_unknown));
	json_object_set_new(top, "later", json_integer((json_int_t)all->n_later));
	json_object_set_new(top, "first_broken",
			    all->first_broken ? json_integer((json_int_t)(all->first_broken - all->v)) : json_null());
	return top;
}

/* ---- words -------------------------------------------------------------------------------------------------- */

#define LINK_COLUMN 12 /* "boot entry" */
#define KEPT_COLUMN 18 /* "after the reboot" */
#define NARROW	    70 /* columns of a terminal that would have too few behind these two */

static void promises_text(const struct view *v, struct looked *l)
{
	static const enum paint paints[] = { [KEPT] = PAINT_GOOD,
					     [KEPT_NOT] = PAINT_BAD,
					     [KEPT_UNKNOWN] = PAINT_WARN,
					     [KEPT_LATER] = PAINT_DIM,
					     [KEPT_MOOT] = PAINT_DIM };

	for (size_t i = 0; i < l->all.n; i++) {
		const struct kept_promise *k = &l->all.v[i];

		view_paragraph(
			v, paints[k->kept],
			arena_printf(&l->s.a, "%-*s%-*s", LINK_COLUMN, k->link, KEPT_COLUMN, kept_str(k->kept)),
			v->width < NARROW ? 4 : LINK_COLUMN + KEPT_COLUMN, k->says);
	}
}

static bool any_guarded(const struct looked *l)
{
	for (size_t i = 0; i < l->s.j.n; i++)
		if (is_meant(l->w, &l->s.j.v[i]) && applied_guarded(&l->s.j.v[i]))
			return true;
	return false;
}

/* Does a change in force give a device to a driver? One that only turned the IOMMU on wants another plan now. */
static bool any_driver(const struct looked *l)
{
	for (size_t i = 0; i < l->s.j.n; i++) {
		const struct transaction *t = &l->s.j.v[i];

		for (size_t k = 0; t->state == TRANSACTION_APPLIED && k < t->plan.n_promises; k++)
			if (t->plan.promises[k].kind == PROMISE_DRIVER)
				return true;
	}
	return false;
}

static void next_text(const struct view *v, struct looked *l, const struct told *t, bool confirmed)
{
	bool guarded = any_guarded(l);

	if (l->all.first_broken) {
		view_heading(v, "The first broken link: %s", l->all.first_broken->link);
		view_paragraph(v, PAINT_PLAIN, "", 0, l->all.first_broken->says);
		if (l->all.first_broken->next)
			view_paragraph(v, PAINT_HEAD, "What to do: ", 2, l->all.first_broken->next);
	} else if (confirmed) {
		fprintf(v->out, "\nConfirmed%s.\n",
			guarded ? ": the guard lets it stay" : "; there is no guard to tell");
	} else if (unreadable(l)) {
		fprintf(v->out, "\nWhat change %u promised is not known: %s.\n", unreadable(l)->id,
			journal_broken_next(unreadable(l)));
		return;
	} else if (t->n_later) {
		fprintf(v->out, "\nNext: reboot, then igdctl verify\n");
	} else if (guarded) {
		applied_next(l->w->cli, &l->s, true, "verify --confirm", v->out);
	} else {
		fprintf(v->out, "\n%s\n",
			l->all.n_unknown ? "Nothing is broken; not all could be looked at."
					 : "All that was promised is kept.");
	}
	if (!l->all.first_broken && !t->n_later && (!guarded || confirmed) && !any_driver(l))
		applied_next(l->w->cli, &l->s, true, "plan", v->out);
}

static void verify_text(const struct view *v, struct looked *l, const struct told *t, bool confirmed)
{
	for (size_t i = 0; i < l->s.j.n; i++)
		if (is_meant(l->w, &l->s.j.v[i]) || is_unreadable(l->w, &l->s.j.v[i])) {
			struct transaction x = l->s.j.v[i];

			x.confirmed |= confirmed && !x.broken;
			view_paragraph(v, PAINT_PLAIN, "", 0, applied_str(&l->s, &x));
		}
	fputc('\n', v->out);
	promises_text(v, l);
	next_text(v, l, t, confirmed);
}

/* ---- the child ---------------------------------------------------------------------------------------------- */

static bool answer(struct looked *l, const struct told *t, bool confirmed, char **ret, size_t *ret_n)
{
	FILE *out = open_memstream(ret, ret_n);
	struct view v;

	if (!out)
		return false;
	view_init(&v, l->w->cli, out);
	if (l->w->cli->json)
		json_print(verify_json(l, confirmed), true, out);
	else
		verify_text(&v, l, t, confirmed);
	return fclose(out) == 0;
}

static int send(struct looked *l, int fd)
{
	char *texts[2] = { NULL, NULL };
	struct told t = { 0 };
	bool ok = true;

	gather(l, &t);
	for (size_t i = 0; i < 2; i++)
		ok = ok && answer(l, &t, i == 1, &texts[i], &t.answer_n[i]);
	ok = ok && pipe_write(fd, &t, sizeof(t));
	for (size_t i = 0; i < 2; i++) {
		ok = ok && pipe_write(fd, texts[i], t.answer_n[i]);
		free(texts[i]);
	}
	return ok ? EXIT_DONE : EXIT_FAILED;
}

/* Nothing to verify: why not. */
static int nothing(struct looked *l)
{
	const struct journal *j = &l->s.j;
	const struct transaction *last = l->w->id ? journal_find(j, l->w->id) : j->n ? &j->v[j->n - 1] : NULL;
	const char *says = "nothing was applied to this machine, so there is nothing to verify";

	if (last)
		says = arena_printf(&l->s.a, "nothing to verify; %s%s", applied_str(&l->s, last),
				    last->broken || (last->state != TRANSACTION_REVERTED && !l->s.busy)
					    ? "; igdctl status says what to do"
					    : "");
	else if (l->w->id)
		says = arena_printf(&l->s.a, "there is no change %u; igdctl status lists them", l->w->id);
	report_subject(&l->s.rep, "%s", "");
	return json_refused(l->w->cli, "verify", l->s.f->input, &l->s.rep,
			    report_refuse(&l->s.rep, IGD_ENOENT, REPORT_NOWHERE, "%s", says), stdout, stderr);
}

static int look(void *ctx, int fd)
{
	struct looked l = { .w = ctx };
	int status = applied_read(l.w->cli, "verify", stdout, &l.s), r;

	if (status == EXIT_DONE) {
		r = verify_run(&l.s.j, l.w->id, l.s.f, l.s.h, &l.s.a, &l.all);
		status = r == 1 || r == -IGD_ENOENT ? nothing(&l)
			 : r < 0		    ? report_failed(NULL, r, "verify")
						    : send(&l, fd);
	}
	applied_done(&l.s);
	return status;
}

/* ---- the parent --------------------------------------------------------------------------------------------- */

static void site_close(struct site **s)
{
	site_free(*s);
}

static int confirm(const struct cli *cli, const struct told *t)
{
	struct record rec = { .kind = RECORD_CONFIRMED, .sha256 = "", .boot = t->boot, .text = "" };
	_cleanup_(site_close) struct site *s = NULL;
	struct report rep = { 0 };
	int r = site_open(cli->root ? cli->root : "/", false, &s, &rep);

	for (size_t i = 0; r == 0 && i < t->n_ids; i++)
		r = journal_note(s, t->ids[i], &rec, &rep);
	return r < 0 ? report_failed(&rep, r, "the confirmation could not be written") : EXIT_DONE;
}

/* Is what the child sent whole? */
static bool told_read(struct span all, struct told *t, struct span answers[2])
{
	struct span head;

	if (!span_cut(all, 0, sizeof(*t), &head))
		return false;
	memcpy(t, head.p, sizeof(*t));
	t->boot[BOOT_ID - 1] = t->doubt[DOUBT - 1] = '\0';
	return t->n_ids <= IDS_MAX && span_cut(all, sizeof(*t), t->answer_n[0], &answers[0]) &&
	       span_cut(all, sizeof(*t) + t->answer_n[0], t->answer_n[1], &answers[1]) &&
	       all.n == sizeof(*t) + t->answer_n[0] + t->answer_n[1];
}

static int finish(const struct cli *cli, struct span all)
{
	int status = EXIT_DONE;
	struct span answers[2];
	bool written = false, may;
	struct told t;

	if (!told_read(all, &t, answers)) {
		fprintf(stderr,
			"igdctl: the reader's answer is cut short; this is a mistake of igdctl, please report it\n");
		return EXIT_FAILED;
	}
	may = !*t.doubt || (cli->anyway && !t.n_later);
	if (cli->confirm && !cli->dry_run && may) {
		status = confirm(cli, &t);
		written = status == EXIT_DONE;
	}
	fwrite(answers[written].p, 1, answers[written].n, stdout);
	if (cli->confirm && !may) {
		fprintf(stderr, "igdctl: not confirmed: %s%s\n", t.doubt,
			t.n_later ? "" : "; --anyway confirms it all the same, and the guard will not take it back");
		return EXIT_REFUSED;
	}
	return status != EXIT_DONE ? status : t.n_broken ? EXIT_FINDINGS : EXIT_DONE;
}

static int verify_run_command(const struct cli *cli)
{
	struct cli reading = *cli; /* its words name no other machine */
	struct work w = { .cli = &reading };
	struct report rep = { 0 };
	struct arena a = { 0 };
	uint64_t id = 0;
	struct span all;
	int status;

	if (cli->n_args > 1 || (cli->n_args && !input_number(cli->args[0], 1, 999999999, &id)))
		return usage_error("verify", "%.40s: name one change by its number", cli->args[cli->n_args - 1]);
	if (cli->anyway && !cli->confirm)
		return usage_error("verify", "--anyway goes with --confirm");
	reading.n_args = 0;
	w.id = (unsigned)id;
	status = reader_run(&reading, look, &w, &a, &all, &rep);
	if (status < 0)
		status = json_refused(cli, "verify", input_name(cli, NULL), &rep, status, stdout, stderr);
	else if (status == EXIT_DONE)
		status = finish(cli, all);
	arena_done(&a);
	return status;
}

static const struct option_row verify_options[] = {
	{ 0, "confirm", NULL, "say that all is well: the guard lets the change stay" },
	{ 0, "anyway", NULL, "with --confirm: also where something is broken or not known" },
	{ 0, NULL, NULL, NULL },
};

static const char *const verify_examples[] = {
	"after the reboot: did it all come true?",
	"sudo igdctl verify",
	"and it may stay",
	"sudo igdctl verify --confirm",
	"one change, as data",
	"igdctl verify 2 --json",
	NULL,
};

const struct command command_verify = {
	.name = "verify",
	.effect = CHANGES,
	.synopsis = "[ID] [--confirm [--anyway]]",
	.summary = "Hold what was applied against the machine, link by link",
	.about = ("Looks at each thing that the applied plans promised: that their files are as they were left, that "
		  "the boot entries hold the words and the initramfs the files, that the running kernel was started "
		  "with them, that the device has an IOMMU group and the driver. The first broken link is the cause "
		  "of those behind it, so it alone is explained. A file that somebody edited is kept while what the "
		  "plan put in is still there, and so is a VM's definition.\n\nBefore the reboot, what only a new "
		  "kernel can show is told as later. --confirm writes into the journal that the owner is content, "
		  "which ends the guard's wait; it is refused before the reboot, and, without --anyway, while "
		  "something is broken or the initramfs, the IOMMU group or the driver cannot be looked at. It ends "
		  "with 3 when something is broken, with 1 when nothing is applied."),
	.options = verify_options,
	.without = "capture",
	.examples = verify_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_FINDINGS, EXIT_REFUSED, -1 },
	.run = verify_run_command,
};
