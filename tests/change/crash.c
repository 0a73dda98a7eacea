// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * crash.c - the engine is stopped at every call that writes, and at each of them something fails; whatever came, the
 * machine is wholly as before or wholly as planned afterwards, and the way back gives back the old bytes.
 *
 *   crash [--of N] SCENARIO...  every case of it, or one of N, as TAP: one line a scenario and class, with the number
 *                               of cases
 *   crash --count SCENARIO    carry it out once and print each writing call on stdout; traced.py compares
 *   crash --list
 *
 * A case: the machine is copied from a folder that holds it as it is before the act. The act runs (in a child, where
 * it is to die), trouble comes at call n. Then what the next start does (change_recover) runs on a disk that is well,
 * the whole tree is compared, and where the plan is applied it is taken back and the tree compared again.
 *
 * Being killed after call n leaves the same disk as being killed before call n + 1, and both are done all the same:
 * for the last call that is the only case, and for the others it holds the count to its word.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "disk.h"
#include "scene.h"
#include "tree.h"

#define SHOW_MAX 6 /* failures of a class that are told whole */
#define NO_SITE	 (-1000)

bool __wrap_plan_admits(const struct operation *op, const char **ret_why);

/* The rules about what a plan may hold are another test's matter; without them this one can be linked of few files.
 */
bool __wrap_plan_admits(_unused_ const struct operation *op, _unused_ const char **ret_why)
{
	return true;
}

static char base[256], work[264];
static struct report said;
static size_t one_of = 1; /* cases */

static char *below(const char *name)
{
	static char paths[8][512];
	static unsigned next;
	char *p = paths[next++ % ARRAY_SIZE(paths)];

	snprintf(p, sizeof(paths[0]), "%s/%s", base, name);
	return p;
}

/* ---- what is done ---- */

struct act {
	enum { APPLY, REVERT, RECOVER } what;
	unsigned which; /* plan */
	bool keep;	/* REVERT: somebody's edit stays */
	const char *dies, *broken;
};

/* The third plan is carried out where no other was: so it is the first of its journal. */
static unsigned transaction_of(const struct act *a)
{
	return a->which == 3 ? 1 : a->which;
}

static int act_on(const struct act *a, struct site *site)
{
	struct scene scene = { .root = work, .dies = a->dies, .broken = a->broken };
	struct change_hooks hooks = scene_hooks(&scene);
	struct conflicts found = { 0 };
	struct arena arena = { 0 };
	struct plan plan;
	unsigned n;
	int r;

	if (a->what == APPLY) {
		scene_plan((int)a->which, &arena, &plan);
		r = change_apply(site, &plan, &hooks, &n, &said);
	} else if (a->what == REVERT)
		r = change_revert(site, transaction_of(a), a->keep ? EDITS_KEEP : EDITS_REFUSE, "revert", &hooks,
				  &arena, &found, &said);
	else
		r = change_recover(site, &hooks, &n, &said);
	arena_done(&arena);
	return r;
}

/* An outcome, a refusal, or NO_SITE where there is none yet to be opened. */
static int act(const struct act *a)
{
	struct site *site = NULL;
	int r;

	said = (struct report) { 0 };
	r = site_open(work, a->what == APPLY, &site, &said);
	if (r == -IGD_ENOENT && a->what == RECOVER)
		return NO_SITE;
	if (r == 0) {
		r = act_on(a, site);
		site_free(site);
	}
	return r;
}

static const char *outcome_str(int r)
{
	static const char *const names[] = { "done", "nothing to do", "undone", "half-way" };

	return r >= 0 && r < (int)ARRAY_SIZE(names) ? names[r] : igd_error_str(r);
}

static int recover(void)
{
	static const struct act next_start = { .what = RECOVER };

	return act(&next_start);
}

/* ---- scenarios ---- */

struct scenario {
	const char *name;
	struct act act;
	const char *from;    /* folder with the machine before the act */
	const char *before;  /* folder that shows what is there when the act did not happen; NULL: it has to happen */
	const char *after;   /* ... when it did */
	const char *applied; /* ... of these two the one that is taken back by reverting it; NULL: none */
	const char *base;    /* ... and what is there then */
	int outcome;	     /* when nothing goes wrong */
};

#define APPLY_1                           \
	{                                 \
		.what = APPLY, .which = 1 \
	}
#define REVERT_1                           \
	{                                  \
		.what = REVERT, .which = 1 \
	}

static const struct scenario scenarios[] = {
	{ "apply", APPLY_1, "old", "old", "new", "new", "old", CHANGE_DONE },
	{ "apply-on-top", { .what = APPLY, .which = 2 }, "new", "new", "newer", "newer", "new", CHANGE_DONE },
	{ "apply-command-dies",
	  { .what = APPLY, .which = 1, .dies = "update-grub" },
	  "old",
	  "old",
	  "old",
	  NULL,
	  "old",
	  CHANGE_UNDONE },
	{ "apply-look-fails",
	  { .what = APPLY, .which = 1, .broken = "etc/modprobe.d/igdctl.conf" },
	  "old",
	  "old",
	  "old",
	  NULL,
	  "old",
	  CHANGE_UNDONE },
	{ "apply-files", { .what = APPLY, .which = 3 }, "old", "old", "files", "files", "old", CHANGE_DONE },
	{ "revert-files", { .what = REVERT, .which = 3 }, "files", "files", "old", "files", "old", CHANGE_DONE },
	{ "revert", REVERT_1, "new", "new", "old", "new", "old", CHANGE_DONE },
	{ "revert-on-top", { .what = REVERT, .which = 2 }, "newer", "newer", "new", "newer", "new", CHANGE_DONE },
	{ "revert-keep",
	  { .what = REVERT, .which = 1, .keep = true },
	  "edited",
	  "edited",
	  "kept",
	  "edited",
	  "kept",
	  CHANGE_DONE },
	{ "recover", { .what = RECOVER }, "stopped-2", NULL, "old", NULL, "old", CHANGE_DONE },
	{ "recover-early", { .what = RECOVER }, "stopped-1", NULL, "old", NULL, "old", CHANGE_DONE },
	{ "recover-late", { .what = RECOVER }, "stopped-3", NULL, "old", NULL, "old", CHANGE_DONE },
	{ "recover-revert", { .what = RECOVER }, "stopped-back", NULL, "old", NULL, "old", CHANGE_DONE },
};

/* ---- looking ---- */

struct shape { /* a folder, as it is to be */
	const char *name;
	struct tree tree;
} shapes[16];

/* What a machine holds beside our journal. */
static const struct tree *shape_of(const char *name)
{
	struct shape *s = shapes;

	for (; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return &s->tree;
	s->name = name;
	s->tree = tree_read(below(name), JOURNAL_DIR);
	return &s->tree;
}

static const char *differs(const char *name)
{
	struct tree is = tree_read(work, JOURNAL_DIR);
	const char *why = tree_differs(shape_of(name), &is);

	tree_done(&is);
	return why;
}

static bool digits(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s);
}

/* Does a name in our folder belong there (journal.h)? */
static bool belongs(const char *path)
{
	static const char *const names[] = { "", "lock", "journal" };
	const char *rest;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(path, names[i]) == 0)
			return true;
	if (strncmp(path, "journal/", 8) != 0 || strspn(path + 8, "0123456789") != 4)
		return false;
	rest = path + 12;
	if (strncmp(rest, "/out/", 5) == 0)
		return digits(rest + 5) || (strncmp(rest + 5, "undo-", 5) == 0 && digits(rest + 10));
	return !*rest || strcmp(rest, "/plan.json") == 0 || strcmp(rest, "/log") == 0 || strcmp(rest, "/out") == 0;
}

static const char *left_over(const char *path, const char *name)
{
	static char says[PATH_MAX + 64];
	char full[PATH_MAX + 2];
	struct dirent *d;
	const char *why = NULL;
	DIR *dir = opendir(path);

	while (dir && !why && (d = readdir(dir))) {
		if (d->d_name[0] == '.' && (!d->d_name[1] || d->d_name[1] == '.'))
			continue;
		snprintf(full, sizeof(full), "%s%s%s", name, *name ? "/" : "", d->d_name);
		if (!belongs(full)) {
			snprintf(says, sizeof(says), "%s is left over in the journal's folder", full);
			why = says;
		} else if (d->d_type == DT_DIR) {
			char *inner = strdup(full), *deeper = NULL;

			if (asprintf(&deeper, "%s/%s", path, d->d_name) > 0)
				why = left_over(deeper, inner);
			free(deeper);
			free(inner);
		}
	}
	if (dir)
		closedir(dir);
	return why;
}

/* ---- one case ---- */

struct ending {
	bool bad;
	char says[3000];
};

struct count {
	size_t n;
	char (*names)[16]; /* from 1 */
	char (*on)[64];
};

static _printf_(2, 3) bool wrong(struct ending *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v->says, sizeof(v->says), fmt, ap);
	va_end(ap);
	v->bad = true;
	return false;
}

static void fresh(const char *from)
{
	tree_remove(work);
	tree_copy(below(from), work);
	tree_remove(below("grave"));
	if (mkdir(below("grave"), 0700) != 0)
		abort();
}

static const char *refusal(void)
{
	return said.refusal.text[0] ? said.refusal.text : "(no words)";
}

/* The plan can be taken back, and then all is as at first. */
static bool takes_back(const struct scenario *s, struct ending *v)
{
	const struct act back = { .what = REVERT, .which = transaction_of(&s->act), .keep = s->act.keep };
	int r = act(&back);
	const char *why;

	if (r != CHANGE_DONE)
		return wrong(v, "reverting it: %s: %s", outcome_str(r), refusal());
	why = differs(s->base);
	return !why || wrong(v, "after reverting: %s", why);
}

/* However it was stopped: a machine that would not boot as it will once all is taken back has a guard, who does that.
 */
static bool is_guarded(const struct scenario *s, struct ending *v)
{
	const char *what = scene_unguarded(work, below(s->base));

	return !what || wrong(v, "%s is not as it was, and there is no guard", what);
}

/* The next start; then one of the two, whole. @must: which; NULL: any. */
static bool ends_well(const struct scenario *s, const char *must, struct ending *v)
{
	const char *why, *is = NULL;
	int r = recover();

	if (r != NO_SITE && r != CHANGE_NOTHING && r != CHANGE_DONE)
		return wrong(v, "the next start: %s: %s", outcome_str(r), refusal());
	r = recover();
	if (r != NO_SITE && r != CHANGE_NOTHING)
		return wrong(v, "the start after the next finds something to do: %s", outcome_str(r));
	why = differs(s->after);
	if (!why)
		is = s->after;
	else if (s->before && (!must || must != s->after))
		why = differs(s->before);
	if (why)
		return wrong(v, "%s", why);
	if (!is)
		is = s->before;
	if (must && strcmp(must, is) != 0)
		return wrong(v, "it is %s, not %s", is, must);
	why = left_over(below("work/" JOURNAL_DIR), "");
	if (why)
		return wrong(v, "%s", why);
	return !s->applied || strcmp(is, s->applied) != 0 || takes_back(s, v);
}

/* The act in a child that is to die. */
static bool dies(const struct scenario *s, const struct disk_order *o, struct ending *v)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		disk_arm(o, base);
		act(&s->act);
		disk_disarm();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	return (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
	       wrong(v, "the act was not killed, but ended with status 0x%x", status);
}

static unsigned open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* A record that was written, could not be synced and, since from then on all fails, could not be taken out again: the
 * next start reads it. Then it may find the plan carried out, or go on to take it back; either is whole. */
static bool in_doubt(const struct disk_order *o, const struct count *calls)
{
	const char *on = calls->on[o->at], *end = strrchr(on, '/');

	return o->trouble == DISK_FAIL_ON && strcmp(calls->names[o->at], "fsync") == 0 && end &&
	       strcmp(end, "/log") == 0;
}

/* What the act answers is what the disk shows; what it left half-way the next start brings back. */
static bool fails(const struct scenario *s, const struct disk_order *o, const struct count *calls, struct ending *v)
{
	unsigned fds = open_files();
	const char *now, *next, *why;
	char words[REPORT_TEXT];
	int r;

	disk_arm(o, base);
	r = act(&s->act);
	disk_disarm();
	if (open_files() != fds)
		return wrong(v, "%s, with %u more open files", outcome_str(r), open_files() - fds);
	if (r < 0 && !said.refusal.text[0])
		return wrong(v, "refused (%s) without a word", outcome_str(r));
	snprintf(words, sizeof(words), "%s", refusal());
	now = r < 0 || r == CHANGE_UNDONE ? s->before : r == CHANGE_HALFWAY ? NULL : s->after;
	next = in_doubt(o, calls) ? NULL : r == CHANGE_HALFWAY ? s->base : now;
	why = now ? differs(now) : NULL;
	if (why)
		return wrong(v, "%s (%s), but %s", outcome_str(r), words, why);
	if (is_guarded(s, v) && ends_well(s, next, v))
		return true;
	why = strdup(v->says);
	wrong(v, "%s (%s); then %s", outcome_str(r), words, why);
	free((char *)why);
	return false;
}

/* ---- classes: a trouble at each call ---- */

static const struct class
{
	const char *says;
	struct disk_order order;
	bool writes; /* only calls that write bytes */
	bool end;    /* also after the last call */
} classes[] = {
	{ "killed before each call", { .trouble = DISK_KILL_BEFORE } },
	{ "killed after each call", { .trouble = DISK_KILL_AFTER } },
	{ "killed half-way through each write", { .trouble = DISK_KILL_WITHIN }, .writes = true },
	{ "power cut, unsynced bytes lost", { .trouble = DISK_CUT, .lose = LOSE_DATA }, .end = true },
	{ "power cut, half of the unsynced bytes lost", { .trouble = DISK_CUT, .lose = LOSE_HALF }, .end = true },
	{ "power cut, unsynced names lost", { .trouble = DISK_CUT, .lose = LOSE_NAME }, .end = true },
	{ "power cut, both lost", { .trouble = DISK_CUT, .lose = LOSE_DATA | LOSE_NAME }, .end = true },
	{ "each write takes half", { .trouble = DISK_SHORT }, .writes = true },
	{ "each call fails once with ENOSPC", { .trouble = DISK_FAIL_ONCE, .error = ENOSPC } },
	{ "each call fails once with EIO", { .trouble = DISK_FAIL_ONCE, .error = EIO } },
	{ "each call fails once with EACCES", { .trouble = DISK_FAIL_ONCE, .error = EACCES } },
	{ "each call fails once with EROFS", { .trouble = DISK_FAIL_ONCE, .error = EROFS } },
	{ "from each call on all fail with ENOSPC", { .trouble = DISK_FAIL_ON, .error = ENOSPC } },
	{ "from each call on all fail with EIO", { .trouble = DISK_FAIL_ON, .error = EIO } },
	{ "from each call on all fail with EACCES", { .trouble = DISK_FAIL_ON, .error = EACCES } },
	{ "from each call on all fail with EROFS", { .trouble = DISK_FAIL_ON, .error = EROFS } },
};

static bool case_run(const struct scenario *s, const struct class *c, size_t at, const struct count *calls,
		     struct ending *v)
{
	struct disk_order o = c->order;
	bool ended = at > calls->n || (at == calls->n && o.trouble == DISK_KILL_AFTER);

	*v = (struct ending) { 0 };
	o.at = at;
	fresh(s->from);
	if (o.trouble >= DISK_FAIL_ONCE && o.trouble <= DISK_SHORT)
		return fails(s, &o, calls, v);
	return dies(s, &o, v) && is_guarded(s, v) && ends_well(s, ended ? s->after : NULL, v);
}

static bool is_write(const char *name)
{
	return strcmp(name, "write") == 0 || strcmp(name, "pwrite64") == 0;
}

static size_t class_run(const struct scenario *s, const struct class *c, const struct count *calls, unsigned tap)
{
	size_t n = 0, bad = 0, seen = 0, last = calls->n + (c->end ? 1 : 0);
	struct ending v;

	for (size_t at = 1; at <= last; at++) {
		if (c->writes && !is_write(calls->names[at]))
			continue;
		if (seen++ % one_of != 0 && at != last)
			continue;
		n++;
		if (case_run(s, c, at, calls, &v))
			continue;
		if (bad++ < SHOW_MAX)
			printf("# call %zu of %zu, %s %s: %s\n", at, calls->n,
			       at > calls->n ? "the end" : calls->names[at], at > calls->n ? "" : calls->on[at],
			       v.says);
	}
	if (bad)
		printf("# %zu of %zu cases went wrong\n", bad, n);
	printf("%s %u - %s of %zu, %s: %zu cases\n", bad || !n ? "not ok" : "ok", tap, s->name, calls->n, c->says, n);
	fflush(stdout);
	return bad || !n;
}

/* Once without trouble: how many calls, which; and does it do what it should? */
static bool count_run(const struct scenario *s, struct count *ret, struct ending *v)
{
	static const struct disk_order well = { .trouble = DISK_WELL };
	const char *why;
	int r;

	fresh(s->from);
	disk_arm(&well, base);
	r = act(&s->act);
	ret->n = disk_disarm();
	ret->names = calloc(ret->n + 1, sizeof(*ret->names));
	ret->on = calloc(ret->n + 1, sizeof(*ret->on));
	for (size_t i = 1; i <= ret->n; i++) {
		const char *on = disk_call_on(i);

		snprintf(ret->names[i], sizeof(ret->names[i]), "%s", disk_call(i));
		snprintf(ret->on[i], sizeof(ret->on[i]), "%s", strlen(on) > 60 ? on + strlen(on) - 60 : on);
	}
	if (r != s->outcome)
		return wrong(v, "%s, not %s: %s", outcome_str(r), outcome_str(s->outcome), refusal());
	why = differs(s->after);
	return !why ? ends_well(s, s->after, v) : wrong(v, "%s", why);
}

static size_t scenario_run(const struct scenario *s, unsigned *tap)
{
	struct count calls = { 0 };
	struct ending v = { 0 };
	size_t bad = 0;

	if (!count_run(s, &calls, &v)) {
		printf("# %s\n", v.says);
		bad++;
	}
	printf("%s %u - %s, without trouble: %zu writing calls\n", bad ? "not ok" : "ok", ++*tap, s->name, calls.n);
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		bad += class_run(s, &classes[i], &calls, ++*tap);
	free(calls.names);
	free(calls.on);
	return bad;
}

/* ---- the machines that acts begin with ---- */

static void keep_as(const char *name)
{
	tree_copy(work, below(name));
}

static void must(int r, int wanted, const char *what)
{
	if (r == wanted)
		return;
	printf("Bail out! %s: %s: %s\n", what, outcome_str(r), refusal());
	exit(1);
}

/* The machine after @a was killed before its call @at. */
static void stopped(const struct act *a, const char *from, size_t at, const char *name)
{
	const struct scenario s = { .act = *a };
	struct disk_order o = { .trouble = DISK_KILL_BEFORE, .at = at };
	struct ending v = { 0 };

	fresh(from);
	if (!dies(&s, &o, &v))
		must(-IGD_EUSAGE, CHANGE_DONE, v.says);
	keep_as(name);
}

static size_t calls_of(const struct act *a, const char *from)
{
	static const struct disk_order well = { .trouble = DISK_WELL };

	fresh(from);
	disk_arm(&well, base);
	must(act(a), CHANGE_DONE, "without trouble");
	return disk_disarm();
}

static void prepare(void)
{
	static const struct act apply = APPLY_1, on_top = { .what = APPLY, .which = 2 },
				files = { .what = APPLY, .which = 3 }, revert = REVERT_1,
				keep = { .what = REVERT, .which = 1, .keep = true };
	size_t n;

	if (mkdir(below("old"), 0755) != 0)
		abort();
	scene_make(below("old"));
	n = calls_of(&apply, "old");
	keep_as("new");
	must(act(&on_top), CHANGE_DONE, "the second plan");
	keep_as("newer");
	fresh("new");
	scene_edit(work);
	keep_as("edited");
	must(act(&keep), CHANGE_DONE, "reverting around an edit");
	keep_as("kept");
	calls_of(&files, "old");
	keep_as("files");
	stopped(&apply, "old", n / 3, "stopped-1");
	stopped(&apply, "old", n * 3 / 4, "stopped-2");
	stopped(&apply, "old", n - 1, "stopped-3");
	stopped(&revert, "new", calls_of(&revert, "new") / 2, "stopped-back");
}

/* In memory where there is such a folder: nothing here depends on a real disk. */
static bool place(void)
{
	static const char *const places[] = { "/dev/shm", NULL, "/tmp" };
	const char *tmp = getenv("TMPDIR");

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *p = places[i] ? places[i] : tmp;

		if (!p)
			continue;
		snprintf(base, sizeof(base), "%s/igdctl-crash-XXXXXX", p);
		if (mkdtemp(base)) {
			snprintf(work, sizeof(work), "%s/work", base);
			return true;
		}
	}
	return false;
}

static const struct scenario *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	printf("Bail out! there is no scenario %s\n", name);
	exit(2);
}

/* One act, between two calls that a trace can find, with each counted call printed. */
static int count_only(const struct scenario *s)
{
	static const struct disk_order well = { .trouble = DISK_WELL, .sync = true };
	size_t n;
	int r;

	fresh(s->from);
	access("/igdctl-begin", F_OK);
	disk_arm(&well, base);
	r = act(&s->act);
	n = disk_disarm();
	access("/igdctl-end", F_OK);
	for (size_t i = 1; i <= n; i++)
		printf("%s\n", disk_call(i));
	return r == s->outcome ? 0 : 1;
}

static int list(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
		printf("%s\n", scenarios[i].name);
	return 0;
}

int main(int argc, char **argv)
{
	bool only_count = argc > 2 && strcmp(argv[1], "--count") == 0;
	bool sample = argc > 2 && strcmp(argv[1], "--of") == 0;
	unsigned tap = 0;
	size_t bad = 0;

	if (argc < 2 || strcmp(argv[1], "--list") == 0)
		return list();
	if (sample)
		one_of = strtoul(argv[2], NULL, 10) | !strtoul(argv[2], NULL, 10);
	umask(022);
	if (!place()) {
		printf("Bail out! no folder for the test: %s\n", strerror(errno));
		return 1;
	}
	if (mkdir(below("grave"), 0700) != 0)
		return 1;
	prepare();
	if (only_count)
		bad = count_only(find(argv[2])) != 0;
	else {
		for (int i = sample ? 3 : 1; i < argc; i++)
			bad += scenario_run(find(argv[i]), &tap);
		printf("1..%u\n", tap);
	}
	for (struct shape *s = shapes; s->name; s++)
		tree_done(&s->tree);
	tree_remove(base);
	return bad ? 1 : 0;
}
