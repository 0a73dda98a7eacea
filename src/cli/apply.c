// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apply.c - a plan carried out, after its owner has seen it.
 *
 * Two processes: a child in the sandbox reads the machine and makes the plan, or reads it from a file; this one is
 * handed the plan as JSON, believes nothing of it (change/plan_json.h, operation_why()), shows it, asks, and lets the
 * engine work.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "change/plan_json.h"
#include "cli/changing.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/pipe.h"
#include "cli/planning.h"
#include "cli/reader.h"
#include "cli/waits.h"
#include "host/host.h"
#include "store/cmdline.h"
#include "store/vm_qemu.h"
#include "verify/made.h"

#define COMMAND	      "apply"
#define LAST	      "console.last"
#define GUARD_SECONDS 900		/* a boot of a slow machine, and a person who walks to another one */
#define GUARD_LEAST   60		/* in less nobody logs in */
#define PROGRAM	      "/usr/bin/igdctl" /* on a machine whose files lie below --root */

/* Is there another way into the host than the screen that goes dark? */
enum way { WAY_PROVEN, WAY_NOT, WAY_UNKNOWN };
static const char *const ways[] = { [WAY_PROVEN] = "proven", [WAY_NOT] = "not", [WAY_UNKNOWN] = "unknown" };

struct applying {
	const struct cli *cli;
	const char *program; /* this one, as the guard is to call it */
	unsigned guard;	     /* --guard; 0: not given */
	struct arena arena;
	struct plan plan;
	struct waits waits; /* of the changes before this one */
	bool dark;	    /* the host's last console goes */
	enum way way;
	const char *way_says; /* what was seen of it */
	struct watch watch;
	unsigned id;
	struct recovered recovered;
	int outcome;	 /* enum change_outcome, or negative */
	const char *why; /* it did not come to CHANGE_DONE */
	bool planned;	 /* nothing was to be done but to show it */
};

/* ---- in the child -------------------------------------------------------------------------------------------- */

/* What it said of the screen was true of another day, if not of another machine. */
static void file_forget(struct plan *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n_notes; i++)
		if (!p->notes[i].id || strcmp(p->notes[i].id, LAST) != 0)
			p->notes[kept++] = p->notes[i];
	p->n_notes = kept;
}

static int fit_refuse(struct planning *p, const char *file)
{
	const char *why = plan_misfit(p->m.f, &p->plan);

	return why ? failure_tell(EXIT_REFUSED, "%s: %s; make the plan anew on this machine", file, why) : EXIT_DONE;
}

/* What plan_guard() brings, by this machine's own entries and program. */
static bool is_added_here(const struct operation *op)
{
	return plan_is_guard(op) || (op->kind == OP_WRITE && (strcmp(op->target, "/etc/grub.d/42_igdctl") == 0 ||
							      text_ends(span_str(op->target), "/igdctl-spare.conf")));
}

static int file_read(struct planning *p, const struct cli *cli)
{
	const char *file = cli->args[0];
	struct report rep = { 0 };
	struct span text;
	int r, status;

	*p = (struct planning) { .arena.limit = (size_t)256 << 20 };
	status = making_begin(&p->m, cli, COMMAND, NULL, true);
	if (status != EXIT_DONE)
		return status;
	p->plan.arena = &p->arena;
	report_subject(&rep, "%s", file);
	r = input_bytes(file, PLAN_TEXT_MAX, &p->arena, &text, &rep);
	if (r == 0)
		r = plan_from_text(text, &p->plan, &rep);
	if (r < 0) {
		report_failed(&rep, r, file);
		return r == -IGD_ENOENT || r == -IGD_EACCES || r == -IGD_EIO ? EXIT_FAILED : EXIT_REFUSED;
	}
	for (size_t i = 0; i < p->plan.n_ops; i++)
		if (is_added_here(&p->plan.ops[i]))
			return failure_tell(EXIT_REFUSED,
					    "%s: operations[%zu] (%s): the guard and the spare entry are "
					    "added by apply itself; make the plan with igdctl plan -o",
					    file, i, p->plan.ops[i].target);
	file_forget(&p->plan);
	return fit_refuse(p, file);
}

static bool note_of(const struct plan *p, const char *id)
{
	for (size_t i = 0; i < p->n_notes; i++)
		if (p->notes[i].word == PLAN_WARNING && p->notes[i].id && strcmp(p->notes[i].id, id) == 0)
			return true;
	return false;
}

/* By the machine as it is now and by what the plan does: a plan in a file may say anything. */
static void look_for_way(struct applying *x, struct planning *p)
{
	const struct finding *found = findings_get(&p->m.found, "console.way-in");

	x->dark = planning_is_dark(p);
	if (x->dark && plan_wants_boot(&p->plan) && !note_of(&p->plan, LAST))
		plan_warn_dark(p->m.f, &p->m.found, &p->plan);
	x->way = !found || found->verdict == VERDICT_UNKNOWN ? WAY_UNKNOWN
		 : found->verdict == VERDICT_FAIL	     ? WAY_NOT
							     : WAY_PROVEN;
	x->way_says = found && found->evidence.n ? found->evidence.items[0].text : "";
}

/* A change before this one is guarded and waits for its boot: the guard that is there takes both back. */
static void join_guard(const struct applying *x, struct plan *p)
{
	p->guard_seconds = x->cli->no_guard ? 0 : x->waits.guard;
	plan_tell(p, PLAN_WARNING, LAST,
		  "A change that waits for its boot has a guard: unless igdctl verify --confirm is run in time, it "
		  "takes this one back as well.");
}

/* --guard for a change that was made without one and still waits for its boot. */
static bool lacks_guard(const struct applying *x)
{
	return x->guard && x->waits.later && !x->waits.guard;
}

/* Will the unit find this program? It runs here on a live machine; of another one its files tell. */
static bool has_program(const struct applying *x, struct arena *a)
{
	_cleanup_(host_freep) struct host *h = NULL;
	struct stat st;

	if (changing_is_live(x->cli))
		return true;
	if (host_open_root(changing_input(x->cli), &h, NULL) < 0 || host_has(h, x->program + 1) <= 0)
		return false;
	return stat(arena_printf(a, "%s%s", changing_input(x->cli), x->program), &st) < 0 || st.st_mode & S_IXUSR;
}

static int new_guard(const struct applying *x, struct planning *p)
{
	if (has_program(x, &p->arena))
		return plan_guard(p->m.f, x->program,
				  x->guard	   ? x->guard
				  : x->waits.guard ? x->waits.guard
						   : GUARD_SECONDS,
				  &p->plan);
	plan_tell(&p->plan, PLAN_WARNING, LAST,
		  "No guard: %s is not there, or cannot be run, below %s, so nothing takes the change back by "
		  "itself. Install igdctl there, then apply again; or be sure of another way in.",
		  x->program, changing_input(x->cli));
	return 0;
}

/* The guard's operations, and what the screen will show. */
static int add_guard(struct applying *x, struct planning *p)
{
	const struct cli *cli = x->cli;
	int r = 0;

	p->plan.guard_seconds = 0;
	if ((p->plan.n_ops || lacks_guard(x)) && !cli->now && !cli->no_guard && (x->dark || x->guard))
		r = new_guard(x, p);
	else if (p->plan.n_ops && !cli->now && x->waits.guard)
		join_guard(x, &p->plan);
	if (p->plan.n_ops)
		plan_screen(p->m.f, &p->m.found, &p->plan);
	return r < 0 || p->arena.full ? report_failed(NULL, -IGD_ENOMEM, COMMAND) : EXIT_DONE;
}

static int send(const struct applying *x, const struct plan *plan, int fd)
{
	json_t *top = json_pack("{s:o?, s:b, s:s, s:o, s:i, s:i, s:i}", "plan", plan_to_json(plan), "dark", x->dark,
				"way", ways[x->way], "way_says", json_text(x->way_says), "booted",
				(int)x->waits.booted, "later", (int)x->waits.later, "guard", (int)x->waits.guard);
	char *text = top ? json_dumps(top, JSON_COMPACT) : NULL;
	bool ok = text && pipe_write(fd, text, strlen(text));

	free(text);
	json_decref(top);
	return ok ? EXIT_DONE : report_failed(NULL, -IGD_ENOMEM, COMMAND);
}

/* Why there is no plan, for the answer in JSON. */
static void send_why(int fd)
{
	json_t *top = json_pack("{s:o}", "why", json_text(failure_told()));
	char *text = top ? json_dumps(top, JSON_COMPACT) : NULL;

	if (text && *failure_told() && !pipe_write(fd, text, strlen(text)))
		fprintf(stderr, "igdctl: the reader could not say why\n");
	free(text);
	json_decref(top);
}

static int apply_work(void *ctx, int fd)
{
	struct applying *x = ctx;
	bool file = x->cli->n_args > 0;
	struct planning p;
	struct view v;
	int status = file ? file_read(&p, x->cli) : planning_begin(&p, x->cli, COMMAND);

	if (status == EXIT_DONE || (status == EXIT_REFUSED && p.plan.refused)) {
		look_for_way(x, &p);
		waits_read(changing_input(x->cli), &x->waits);
		status = add_guard(x, &p);
		if (status == EXIT_DONE)
			status = send(x, &p.plan, fd);
		view_init(&v, x->cli, stdout);
		if (status == EXIT_DONE && !file && !x->cli->json)
			planning_head(&v, &p);
	}
	planning_done(&p);
	if (status != EXIT_DONE)
		send_why(fd);
	return status;
}

/* ---- what the child sent ------------------------------------------------------------------------------------- */

static unsigned number_of(const json_t *top, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(top, key));

	return n > 0 && n <= INT_MAX ? (unsigned)n : 0;
}

static int receive(struct applying *x, struct span text, struct report *rep)
{
	json_t *top = json_loadb(text.n ? (const char *)text.p : "", text.n, JSON_REJECT_DUPLICATES, NULL);
	const char *way = json_string_value(json_object_get(top, "way"));
	const char *says = json_string_value(json_object_get(top, "way_says"));
	char clean[512];
	int r;

	x->plan.arena = &x->arena;
	x->way = WAY_UNKNOWN;
	for (size_t i = 0; way && i < ARRAY_SIZE(ways); i++)
		if (strcmp(way, ways[i]) == 0)
			x->way = (enum way)i;
	text_copy(span_str(says ? says : ""), clean, sizeof(clean));
	x->way_says = arena_str(&x->arena, clean);
	x->dark = !json_is_false(json_object_get(top, "dark"));
	x->waits = (struct waits) { number_of(top, "booted"), number_of(top, "later"), number_of(top, "guard") };
	r = plan_from_json(json_object_get(top, "plan"), &x->plan, rep);
	json_decref(top);
	return r;
}

/* ---- may a plan say this? ------------------------------------------------------------------------------------ */

static bool is_guards(const struct operation *op)
{
	return strcmp(op->target, PLAN_GUARD_UNIT) == 0 || strcmp(op->target, PLAN_GUARD_WANTS) == 0;
}

static bool file_has(struct applying *x, struct host *h, const char *path, struct span word)
{
	struct span rest;
	struct cmdline_word w;

	if (host_read(h, path, HOST_TEXT_MAX, &x->arena, &rest) < 0)
		return false;
	while (cmdline_next(&rest, &w))
		if (w.raw.n == word.n && memcmp(w.raw.p, word.p, word.n) == 0)
			return true;
	return false;
}

static bool entries_have(struct applying *x, struct host *h, struct span word)
{
	static const char *const folders[] = { "boot/loader/entries", "efi/loader/entries",
					       "boot/efi/loader/entries" };
	struct host_names names;
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		if (host_list(h, folders[i], &x->arena, &names) < 0)
			continue;
		for (size_t k = 0; k < names.n && !found; k++)
			found = file_has(x, h, arena_printf(&x->arena, "%s/%s", folders[i], names.v[k]), word);
	}
	return found;
}

/* A kernel command line that a plan writes for the first time says what the running one says, a boot entry or the
 * vendor's, but for the words that plans add; those plan_admits() knows by the same operation on a file that is
 * there. */
static bool is_of_running(struct applying *x, const struct operation *op)
{
	struct host *h = NULL;
	struct span rest = op->after;
	struct cmdline_word w;
	bool yes = host_open_root(changing_input(x->cli), &h, NULL) == 0;

	while (yes && cmdline_next(&rest, &w))
		yes = plan_admits_word(w.raw) || file_has(x, h, "proc/cmdline", w.raw) ||
		      file_has(x, h, "usr/lib/kernel/cmdline", w.raw) || entries_have(x, h, w.raw);
	host_free(h);
	return yes;
}

/* What plan_admits() cannot know: what this command line asked for, and what this machine runs. NULL: it may be. */
static const char *operation_why(struct applying *x, const struct operation *op)
{
	const struct cli *cli = x->cli;

	if (op->kind == OP_BIND && !cli->now)
		return "what is tried at once is planned at once: igdctl apply --now";
	if (is_guards(op) && (cli->now || cli->no_guard || !plan_guard_admits(op, x->program)))
		return "the guard is added by apply itself; make the plan with igdctl plan -o";
	if (op->kind == OP_VM && !plan_admits_vm(op, cli->vm))
		return "neither Proxmox nor libvirt keeps the definition of a VM there; if it is one, say so: --vm "
		       "with the same path";
	if (op->kind == OP_WRITE && op->there == TRI_NO && strcmp(op->target, "/etc/kernel/cmdline") == 0 &&
	    !is_of_running(x, op))
		return "it holds words that neither the running kernel was started with nor a boot entry has; make "
		       "the plan anew on this machine";
	return NULL;
}

static int operations_refuse(struct applying *x)
{
	const char *from = x->cli->n_args ? x->cli->args[0] : COMMAND;

	for (size_t i = 0; i < x->plan.n_ops; i++) {
		const char *why = operation_why(x, &x->plan.ops[i]);

		if (!why)
			continue;
		failure_tell(EXIT_REFUSED, "%s: operations[%zu] (%s): %s", from, i, x->plan.ops[i].target, why);
		x->why = failure_told();
		return EXIT_REFUSED;
	}
	return EXIT_DONE;
}

/* There is no plan: the reason, which was told, into x->why; answers @status. */
static int no_plan(struct applying *x, struct span text, int status)
{
	json_t *top = json_loadb(text.n ? (const char *)text.p : "", text.n, JSON_REJECT_DUPLICATES, NULL);
	const char *why = json_string_value(json_object_get(top, "why"));
	char clean[REPORT_TEXT + 128];

	text_copy(span_str(why ? why : "the plan could not be made or read"), clean, sizeof(clean));
	x->why = arena_str(&x->arena, clean);
	json_decref(top);
	return status;
}

/* The plan into x->plan. EXIT_DONE, or the status of a failure that was told, and why in x->why. */
static int plan_get(struct applying *x)
{
	struct cli reads = *x->cli;
	struct report rep = { 0 };
	struct span text;
	int r;

	r = reader_run(&reads, apply_work, x, &x->arena, &text, &rep);
	if (r > EXIT_DONE)
		return no_plan(x, text, r);
	if (r == EXIT_DONE)
		r = receive(x, text, &rep);
	if (r == 0)
		return operations_refuse(x);
	report_failed(&rep, r, COMMAND);
	x->why = failure_told();
	return r == -IGD_EUSAGE || r == -IGD_EPATH ? EXIT_REFUSED : EXIT_FAILED;
}

/* ---- words --------------------------------------------------------------------------------------------------- */

static const char *outcome_word(const struct applying *x)
{
	return x->planned ? "planned" : outcome_str(x->outcome);
}

/* Does it take a boot until all that is in force in the files is so? */
static bool wants_boot(const struct applying *x)
{
	bool done = x->outcome == CHANGE_DONE;

	return !x->planned &&
	       ((done && plan_wants_boot(&x->plan)) || ((done || x->outcome == CHANGE_NOTHING) && x->waits.later));
}

/* What comes after the boot: with the IOMMU on, a plan can give the GPU. */
static const char *boot_words(struct applying *x)
{
	struct arena *a = &x->arena;
	unsigned guard = x->plan.guard_seconds > x->waits.guard ? x->plan.guard_seconds : x->waits.guard;
	const char *words = changing_is_live(x->cli) ? "reboot" : "boot that machine", *plan = "plan";

	if (guard)
		words = arena_printf(
			a, "%s. Then, within %s: %s (else all is taken back and it reboots into the old state)",
			words, plan_minutes(a, guard), changing_command(x->cli, "verify --confirm", a));
	else
		words = arena_printf(a, "%s. Then: %s", words, changing_command(x->cli, "verify", a));
	if (x->cli->vm)
		plan = arena_printf(a, "plan --vm %s", shell_quoted(x->cli->vm, a));
	return plan_is_first_stage(&x->plan)
		       ? arena_printf(a, "%s. So far only the IOMMU comes on; what gives the GPU is planned then: %s",
				      words, changing_command(x->cli, plan, a))
		       : words;
}

static const char *next_words(struct applying *x)
{
	struct arena *a = &x->arena;

	if (x->cli->now && x->outcome == CHANGE_DONE && !x->planned)
		return x->waits.later ? arena_printf(a, "start the VM; the next boot brings change %u into force",
						     x->waits.later)
				      : "start the VM; igdctl revert gives the device back to the host, and so does "
					"the next boot";
	if (wants_boot(x))
		return boot_words(x);
	if (x->outcome == CHANGE_NOTHING && x->waits.booted)
		return arena_printf(a, "%s, which change %u waits for",
				    changing_command(x->cli, "verify --confirm", a), x->waits.booted);
	return x->outcome == CHANGE_DONE && !x->planned ? "start the VM" : NULL;
}

static int answer_json(struct applying *x)
{
	json_t *top = json_top(COMMAND, changing_input(x->cli)), *notes = json_array(),
	       *plan = plan_to_json(&x->plan);

	json_array_extend(notes, json_object_get(plan, "notes"));
	json_object_set_new(top, "outcome", json_string(outcome_word(x)));
	json_object_set_new(top, "why", json_text(x->why));
	json_object_set_new(top, "id", x->id ? json_integer(x->id) : json_null());
	json_object_set_new(top, "recovered", json_integer(x->recovered.n));
	json_object_set_new(top, "dark", json_boolean(x->dark));
	json_object_set_new(top, "way_in", json_string(ways[x->way]));
	json_object_set_new(top, "guard_seconds", json_integer(x->plan.guard_seconds));
	json_object_set_new(top, "reboot", json_boolean(wants_boot(x)));
	json_object_set_new(top, "operations",
			    watch_json(&x->watch, !x->planned && x->outcome >= 0 && x->outcome <= CHANGE_NOTHING));
	json_object_set_new(top, "notes", notes);
	json_object_set_new(top, "next", json_text(next_words(x)));
	json_decref(plan);
	json_print(top, true, stdout);
	return x->planned ? EXIT_DONE : outcome_status(x->outcome);
}

static void why_set(struct applying *x, const struct report *rep, int r)
{
	char line[REPORT_TEXT + 128];

	report_failure_str(rep, r, COMMAND, line, sizeof(line));
	x->why = arena_str(&x->arena, line);
}

static int answer_text(struct applying *x)
{
	const char *next = next_words(x);
	struct view v;

	if (x->why)
		changing_say(x->cli, "igdctl: %s", x->why);
	if (x->outcome == CHANGE_UNDONE || x->outcome == CHANGE_HALFWAY)
		watch_tail(&x->watch);
	if (x->planned)
		printf("\nNothing was changed (-n).\n");
	else if (x->outcome == CHANGE_NOTHING)
		printf("\nNothing to do: all is as planned already.\n");
	else if (x->outcome == CHANGE_DONE)
		printf("\nDone: change %u. igdctl revert %u takes it back.\n", x->id, x->id);
	else if (x->outcome == CHANGE_UNDONE)
		printf("\nUndone: all is as before. What happened is in /" JOURNAL_DIR "/journal/%04u.\n", x->id);
	else if (x->outcome == CHANGE_HALFWAY)
		printf("\nLeft half-way: see /" JOURNAL_DIR
		       "/journal/%04u, mend what is said above, then: igdctl revert %u\n",
		       x->id, x->id);
	if (next) {
		view_init(&v, x->cli, stdout);
		putchar('\n');
		view_paragraph(&v, PAINT_PLAIN, "Next: ", 2, next);
	}
	return x->planned ? EXIT_DONE : outcome_status(x->outcome);
}

static int answer(struct applying *x)
{
	return x->cli->json ? answer_json(x) : answer_text(x);
}

/* ---- may it be done? ----------------------------------------------------------------------------------------- */

/* The screen goes, and nothing shows that anybody can get in otherwise. */
static int agree_to_dark(struct applying *x)
{
	const char *seen = *x->way_says ? arena_printf(&x->arena, " (all that was seen: %s)", x->way_says) : "";
	const char *so =
		arena_printf(&x->arena, "last console of this host goes dark, and no other way in is proven%s", seen);
	struct view v;

	if (!x->dark || x->way == WAY_PROVEN || x->cli->dark)
		return EXIT_DONE;
	view_init(&v, x->cli, stderr);
	if (changing_asks() && !x->cli->json) {
		fputc('\n', stderr);
		view_paragraph(&v, PAINT_WARN, "", 0, arena_printf(&x->arena, "The %s.", so));
		if (changing_ask("Go on without one? Type yes:", "yes", false))
			return EXIT_DONE;
	}
	x->why = arena_printf(
		&x->arena,
		"the %s; nothing was changed. Let SSH listen (igdctl check says what was seen), or say --dark", so);
	return EXIT_REFUSED;
}

/* May only root change what lies at @path, and the way there? (Members of a folder's own group, such as Debian's
 * staff, are trusted by whoever made it so.) */
static bool is_roots(const char *path)
{
	char at[HOST_PATH_MAX];
	struct stat st;
	char *slash;

	snprintf(at, sizeof(at), "%s", path);
	do {
		if (stat(*at ? at : "/", &st) < 0 || st.st_uid != 0 || st.st_mode & S_IWOTH)
			return false;
		slash = strrchr(at, '/');
		if (slash)
			*slash = '\0';
	} while (slash);
	return true;
}

/* The unit runs this program as root at each boot. */
static int agree_to_guard(struct applying *x)
{
	bool any = false;

	for (size_t i = 0; i < x->plan.n_ops; i++)
		any |= is_guards(&x->plan.ops[i]);
	if (!any || !changing_is_live(x->cli) || is_roots(x->program))
		return EXIT_DONE;
	x->why =
		arena_printf(&x->arena,
			     "the guard would run %s as root at each boot, and others than root can change that; "
			     "nothing was changed. Install igdctl (make install) and run that one, or say --no-guard",
			     x->program);
	return EXIT_REFUSED;
}

/* While the guard waits, what changes the files of the change that it may take back would keep it from doing so. */
static int agree_to_confirmed(struct applying *x)
{
	if (!x->waits.booted)
		return EXIT_DONE;
	x->why = arena_printf(&x->arena,
			      "change %u waits for its confirmation, and nothing was changed; confirm it (igdctl "
			      "verify --confirm) or take it back (igdctl revert %u) first",
			      x->waits.booted, x->waits.booted);
	return EXIT_REFUSED;
}

static int agree(struct applying *x)
{
	int status = agree_to_confirmed(x);

	if (status == EXIT_DONE)
		status = agree_to_guard(x);
	if (status == EXIT_DONE)
		status = agree_to_dark(x);
	if (status == EXIT_DONE)
		status = changing_agree(x->cli, "Apply? [y/N]", &x->why);
	if (status != EXIT_DONE)
		x->outcome = -IGD_EUSAGE;
	return status;
}

/* ---- all of it ----------------------------------------------------------------------------------------------- */

/* What a program warned of, and what could not be looked at. */
static void tell_notes(struct applying *x, const struct report *rep)
{
	for (size_t i = 0; x->outcome == CHANGE_DONE && i < rep->n_notes; i++)
		changing_say(x->cli, "  note: %s", rep->notes[i].text);
}

static int carry_out(struct applying *x)
{
	_cleanup_(site_freep) struct site *s = NULL;
	struct report rep = { 0 };
	struct recovered none;

	if (changing_open(x->cli, true, &s, &none, &rep) != EXIT_DONE) {
		x->outcome = -IGD_EIO;
		why_set(x, &rep, rep.code);
		return answer(x);
	}
	if (!x->cli->json)
		fputc('\n', stdout);
	x->watch.site = s;
	x->outcome = change_apply(s, &x->plan, &x->watch.hooks, &x->id, &rep);
	if (x->outcome < 0 || x->outcome == CHANGE_UNDONE || x->outcome == CHANGE_HALFWAY)
		why_set(x, &rep, x->outcome);
	tell_notes(x, &rep);
	return answer(x);
}

/* --guard where nothing is to be done, and what waits for its boot has another guard, or could be given none. */
static bool has_other_guard(struct applying *x)
{
	if (!x->guard || !x->waits.later || x->guard == x->waits.guard)
		return false;
	x->why = arena_printf(&x->arena,
			      "all is as planned already, and change %u, which waits for its boot, has %s; for "
			      "another one take it back (igdctl revert) and apply it again",
			      x->waits.later,
			      x->waits.guard ? arena_printf(&x->arena, "a guard of %u seconds", x->waits.guard)
					     : "no guard");
	return true;
}

static int show_and_do(struct applying *x)
{
	struct view v;

	if (watch_begin(&x->watch, x->cli, &x->plan, &x->id, false) < 0)
		return report_failed(NULL, -IGD_ENOMEM, COMMAND);
	if (x->plan.refused) {
		x->outcome = -IGD_EUSAGE;
		x->why = x->plan.notes[x->plan.n_notes - 1].text;
		return x->cli->json ? answer_json(x) : EXIT_REFUSED; /* the child has said it */
	}
	view_init(&v, x->cli, stdout);
	if (!x->cli->json)
		planning_steps(&v, &x->plan);
	if (x->plan.n_ops == 0)
		x->outcome = has_other_guard(x) ? -IGD_EUSAGE : CHANGE_NOTHING;
	x->planned = x->cli->dry_run && x->plan.n_ops;
	if (x->planned || x->plan.n_ops == 0 || agree(x) != EXIT_DONE)
		return answer(x);
	return carry_out(x);
}

static int options_read(struct applying *x, const struct cli *cli)
{
	uint64_t guard = 0;

	if (cli->capture)
		return usage_error(COMMAND, "a capture is a picture of a machine; apply changes the machine itself");
	if (cli->n_args > 1)
		return usage_error(COMMAND, "one plan at a time");
	if (cli->n_args && ((cli->vm && cli->vm[0] != '/') || cli->mode || cli->rom || cli->with.n || cli->qemu ||
			    cli->mdev || cli->now))
		return usage_error(COMMAND, "%.60s is a plan already; the options of plan go without one",
				   cli->args[0]);
	if (cli->guard && cli->no_guard)
		return usage_error(COMMAND, "--guard and --no-guard exclude each other");
	if (cli->now && cli->vm)
		return usage_error(COMMAND,
				   "--now tries the host's part alone, so leave --vm out; igdctl plan --vm %.60s "
				   "says what the VM needs",
				   cli->vm);
	if (cli->guard && cli->now)
		return usage_error(COMMAND, "--now is over with the next boot anyway; it has no guard");
	if (!input_number(cli->guard, GUARD_LEAST, PLAN_GUARD_MAX, &guard))
		return usage_error(COMMAND, "--guard wants seconds, %d to %d", GUARD_LEAST, PLAN_GUARD_MAX);
	x->guard = (unsigned)guard;
	return EXIT_DONE;
}

/* Where this program lies on the machine that is changed; of the arena. */
static const char *program_path(struct applying *x)
{
	char path[HOST_PATH_MAX];
	ssize_t n = changing_is_live(x->cli) ? readlink("/proc/self/exe", path, sizeof(path)) : -1;

	return n > 0 && (size_t)n < sizeof(path)
		       ? arena_span(&x->arena, (struct span) { (const uint8_t *)path, (size_t)n })
		       : PROGRAM;
}

/* It came to no plan that could be shown: why is in x->why, and for people was told if @told. */
static int answer_early(struct applying *x, int status, bool told)
{
	x->outcome = status == EXIT_HALFWAY ? CHANGE_HALFWAY : -IGD_EBUSY;
	x->plan = (struct plan) { .arena = &x->arena };
	if (x->cli->json && watch_begin(&x->watch, x->cli, &x->plan, &x->id, false) == 0)
		answer_json(x);
	if (!told)
		changing_say(x->cli, "igdctl: %s", x->why);
	return status;
}

/* The machine is left to others while a plan is made and somebody thinks about it: a guard may be waiting. */
static int make_and_do(struct applying *x)
{
	struct site *s = NULL;
	struct report rep = { 0 };
	int status = changing_may(x->cli, &x->arena, &x->why);

	if (status == EXIT_DONE && !x->cli->dry_run)
		status = changing_open(x->cli, false, &s, &x->recovered, &rep);
	site_free(s);
	if (rep.code)
		why_set(x, &rep, rep.code);
	if (status != EXIT_DONE || rep.code)
		return answer_early(x, status, false);
	x->program = program_path(x);
	status = plan_get(x);
	if (status == EXIT_DONE)
		return show_and_do(x);
	return status == EXIT_USAGE ? status : answer_early(x, status, true);
}

static int apply_run(const struct cli *cli)
{
	struct applying x = { .cli = cli, .arena.limit = 4 * READER_MOST };
	int status = options_read(&x, cli);

	if (status == EXIT_DONE)
		status = make_and_do(&x);
	watch_done(&x.watch);
	arena_done(&x.arena);
	return status;
}

static const struct option_row apply_options[] = {
	PLANNING_OPTIONS,
	{ 0, "now", NULL,
	  "try the host's part at once, without a reboot and without a file; the next boot forgets it" },
	{ 0, "guard", "SECONDS", "take all back unless verify --confirm says within this time that all is well" },
	{ 0, "no-guard", NULL, "no guard, even when the last console goes dark" },
	{ 0, "dark", NULL, "go on though the last console goes dark and no other way in is proven" },
	{ 0, NULL, NULL, NULL },
};

static const char *const apply_examples[] = {
	"give the GPU to VM 100",
	"sudo igdctl apply --vm 100",
	"carry out exactly what \"igdctl plan --vm 100 -o plan.json\" wrote",
	"sudo igdctl apply plan.json",
	"what would be done?",
	"sudo igdctl apply --vm 100 -n",
	NULL,
};

const struct command command_apply = {
	.name = "apply",
	.effect = CHANGES,
	.synopsis = "[OPTION...] [PLAN]",
	.summary = "Carry out a plan, so that it can be taken back",
	.about = "Makes the plan as \"igdctl plan\" does with the same options, or takes PLAN, a file that \"igdctl "
		 "plan -o\" wrote; shows it and asks. Then each file is written beside the old one and put in its "
		 "place, each command is run and its result looked at, with a journal in /var/lib/igdctl that is "
		 "written first: what is stopped in the middle, by a failure, a signal or a power cut, is taken "
		 "back, and \"igdctl revert\" takes back what was done.\n\nWhen the host's last console goes dark, a "
		 "guard is put in place: unless \"igdctl verify --confirm\" is run in time after the next boot, it "
		 "takes all back and boots into the old state, once. And then another way into the host must be "
		 "proven, such as SSH, or --dark be given.\n\nA plan in a file does no more than plans do: each "
		 "operation is held against what igdctl writes and runs at all, and each file against what it was "
		 "when the plan was made. The definition of a VM it changes where Proxmox and libvirt keep theirs; "
		 "one that lies elsewhere has to be named with --vm.",
	.options = apply_options,
	.without = "capture",
	.examples = apply_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_REFUSED, EXIT_UNDONE, EXIT_HALFWAY, -1 },
	.run = apply_run,
};
