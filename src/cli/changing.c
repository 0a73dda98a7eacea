// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/changing.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/json.h"
#include "cli/making.h"
#include "cli/pipe.h"
#include "cli/reader.h"
#include "host/host.h"
#include "host/kernels.h"
#include "store/vm_qemu.h"
#include "verify/made.h"

#define ANSWER_MAX 32 /* bytes of what a person types */
#define TAIL_LINES 12
#define TICK_MS	   500

/* ---- who may ------------------------------------------------------------------------------------------------- */

bool changing_is_live(const struct cli *cli)
{
	struct stat here, top;

	return !cli->root || (stat(cli->root, &here) == 0 && stat("/", &top) == 0 && here.st_dev == top.st_dev &&
			      here.st_ino == top.st_ino);
}

const char *changing_input(const struct cli *cli)
{
	return cli->root ? cli->root : "/";
}

const char *changing_command(const struct cli *cli, const char *command, struct arena *a)
{
	return arena_printf(a, "%sigdctl %s%s%s", changing_is_live(cli) && geteuid() != 0 ? "sudo " : "", command,
			    cli->root ? " --root " : "", cli->root ? shell_quoted(cli->root, a) : "");
}

int changing_may(const struct cli *cli, struct arena *a, const char **ret_why)
{
	if (cli->dry_run || !changing_is_live(cli) || geteuid() == 0)
		return EXIT_DONE;
	*ret_why = arena_printf(a,
				"changing this machine takes root, and nothing was changed; try: sudo igdctl %s "
				"(with -n it only shows what it would do)",
				argv_str((const char *const *)cli->line, a));
	return EXIT_REFUSED;
}

/* ---- questions ----------------------------------------------------------------------------------------------- */

bool changing_asks(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

bool changing_ask(const char *question, const char *wanted, bool letter)
{
	char line[ANSWER_MAX];
	struct span said;

	fflush(stdout);
	fprintf(stderr, "\n%s ", question);
	fflush(stderr);
	if (!fgets(line, sizeof(line), stdin)) {
		fputc('\n', stderr);
		return false;
	}
	said = text_trim(span_str(line));
	return text_eq(said, wanted) || (letter && said.n == 1 && (said.p[0] | 0x20) == wanted[0]);
}

int changing_agree(const struct cli *cli, const char *question, const char **ret_why)
{
	if (cli->yes)
		return EXIT_DONE;
	if (!changing_asks()) {
		*ret_why = "there is no terminal to ask on, so nothing was changed; --yes goes on without a question";
		return EXIT_REFUSED;
	}
	if (changing_ask(question, "yes", true))
		return EXIT_DONE;
	*ret_why = "not agreed to, so nothing was changed";
	return EXIT_REFUSED;
}

void changing_say(const struct cli *cli, const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	if (cli->json)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	text_clean(line);
	fflush(stdout);
	fprintf(stderr, "%s\n", line);
}

/* ---- words --------------------------------------------------------------------------------------------------- */

const char *operation_words(const struct operation *op, struct arena *a)
{
	switch (op->kind) {
	case OP_RUN:
		return arena_printf(a, "run %s%s", argv_str(op->argv, a),
				    strstr(argv_str(op->argv, a), KERNEL_EACH) ? ", " KERNEL_EACH
										 " being each installed kernel"
									       : "");
	case OP_BIND:
		return *op->driver_after ? arena_printf(a, "give %s to %s", op->target, op->driver_after)
					 : arena_printf(a, "take %s from %s", op->target, op->driver_before);
	case OP_WRITE:
	case OP_VM:
		break;
	}
	return arena_printf(a, "%s %s", op->gone ? "remove" : op->there == TRI_NO ? "create" : "change", op->target);
}

const char *outcome_str(int outcome)
{
	static const char *const words[] = { [CHANGE_DONE] = "done",
					     [CHANGE_NOTHING] = "nothing",
					     [CHANGE_UNDONE] = "undone",
					     [CHANGE_HALFWAY] = "half-way" };

	return outcome < 0 ? "refused" : words[outcome];
}

int outcome_status(int outcome)
{
	static const int statuses[] = { [CHANGE_DONE] = EXIT_DONE,
					[CHANGE_NOTHING] = EXIT_DONE,
					[CHANGE_UNDONE] = EXIT_UNDONE,
					[CHANGE_HALFWAY] = EXIT_HALFWAY };

	return outcome < 0 ? EXIT_REFUSED : statuses[outcome];
}

/* ---- what a command prints ----------------------------------------------------------------------------------- */

/* The end of what the command of operation @i has printed, into @buf: how many bytes. */
static size_t output_end(const struct watch *w, size_t i, bool undo, char buf[WATCH_TAIL])
{
	return w->plan->ops[i].kind == OP_RUN && w->site && *w->id
		       ? journal_out_end(w->site, *w->id, i, undo, buf, WATCH_TAIL)
		       : 0;
}

/* The last line of @s that says something, cleaned into @buf. */
static void last_line(struct span s, char *buf, size_t n)
{
	struct span line, last = { 0 };

	while (span_line(&s, &line))
		if (text_trim(line).n)
			last = text_trim(line);
	text_copy(last, buf, n);
}

void watch_tail(const struct watch *w)
{
	struct span rest = { (const uint8_t *)w->tail, w->n_tail }, count = rest, line;
	char clean[512];
	size_t n = 0;

	while (span_line(&count, &line))
		n++;
	for (; span_line(&rest, &line); n--) {
		if (n > TAIL_LINES)
			continue;
		text_copy(line, clean, sizeof(clean));
		fprintf(stderr, "    | %s\n", clean);
	}
}

/* ---- the time that it takes ---------------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signo)
{
	interrupted = signo;
}

/* The engine, too, has heard of it, and answers when the command has ended. */
static void say_stopping(const struct operation *op)
{
	fprintf(stderr, "\r\033[K  stopping: waits for %s, then all is put back\n", op->argv[0]);
	interrupted = 0;
	signal(SIGINT, SIG_IGN);
}

/* A process that shows, while a command runs, for how long and what it said last. The engine has to wait meanwhile.
 */
static void ticker_live(const struct watch *w, size_t i, bool undo)
{
	char buf[WATCH_TAIL], said[512], line[1024];
	size_t width = w->cli->width ? w->cli->width : 80;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, undo ? SIG_IGN : on_interrupt);
	for (;;) {
		struct pollfd none = { .fd = -1 };

		poll(&none, 1, TICK_MS);
		if (interrupted)
			say_stopping(&w->plan->ops[i]);
		if (now_ms() - w->began < 1000)
			continue;
		last_line((struct span) { (const uint8_t *)buf, output_end(w, i, undo, buf) }, said, sizeof(said));
		snprintf(line, sizeof(line), "     %llu s  %s", (unsigned long long)(now_ms() - w->began) / 1000,
			 said);
		text_copy(span_str(line), buf, width < sizeof(buf) ? width : sizeof(buf));
		fprintf(stderr, "\r\033[K%s", buf);
		fflush(stderr);
	}
}

static void ticker_begin(struct watch *w, size_t i, bool undo)
{
	w->began = now_ms();
	w->ticker = 0;
	if (w->quiet || w->plan->ops[i].kind != OP_RUN || !isatty(STDERR_FILENO))
		return;
	fflush(NULL);
	w->ticker = fork();
	if (w->ticker == 0)
		ticker_live(w, i, undo);
}

static void ticker_end(struct watch *w)
{
	if (w->ticker <= 0)
		return;
	kill(w->ticker, SIGKILL);
	while (waitpid(w->ticker, NULL, 0) < 0 && errno == EINTR)
		;
	w->ticker = 0;
	fprintf(stderr, "\r\033[K");
}

/* ---- what was made -------------------------------------------------------------------------------------------- */

struct looking {
	const struct cli *cli;
	const struct promise *q;
};

static int look_work(void *ctx, int fd)
{
	const struct looking *l = ctx;
	struct arena a = { .limit = (size_t)64 << 20 };
	const char *why = "";
	struct host *h = NULL;
	int r = host_open_root(changing_input(l->cli), &h, NULL);
	uint8_t answer = MADE_UNKNOWN;

	if (r == 0)
		r = made_look(h, l->q, &a, &why);
	answer = r >= MADE_KEPT && r <= MADE_UNKNOWN ? (uint8_t)r : answer;
	host_free(h);
	r = pipe_write(fd, &answer, 1) && pipe_write(fd, why, strlen(why)) ? EXIT_DONE : EXIT_FAILED;
	arena_done(&a);
	return r;
}

int changing_look(const struct cli *cli, const struct promise *q, struct arena *a, const char **ret_why)
{
	struct looking l = { cli, q };
	struct cli reads = *cli;
	struct report rep = { 0 };
	struct span all, why;
	uint8_t answer;
	char text[512];
	int r;

	reads.n_args = 0;
	r = reader_run(&reads, look_work, &l, a, &all, &rep);
	if (r != EXIT_DONE || !span_u8(all, 0, &answer) || answer > MADE_UNKNOWN || !span_from(all, 1, &why)) {
		*ret_why = rep.code ? arena_str(a, rep.refusal.text) : "what was made could not be looked at";
		return MADE_UNKNOWN;
	}
	text_copy(why, text, sizeof(text));
	*ret_why = arena_str(a, text);
	return answer;
}

/* ---- the engine's hooks -------------------------------------------------------------------------------------- */

static bool same_argv(const char *const *a, const char *const *b)
{
	for (; a && b && *a && *b && strcmp(*a, *b) == 0; a++)
		b++;
	return a == b || (a && b && !*a && !*b);
}

/* Which operation is it? A plan that is taken back is read from the journal, so it is another copy. */
static size_t index_of(const struct watch *w, const struct operation *op)
{
	size_t i = 0;

	for (; i < w->plan->n_ops; i++) {
		const struct operation *mine = &w->plan->ops[i];

		if (mine == op || (mine->kind == op->kind && strcmp(mine->target, op->target) == 0 &&
				   same_argv(mine->argv, op->argv)))
			break;
	}
	return i;
}

static void say_end(struct watch *w, size_t i, bool undo, int r)
{
	int64_t took = now_ms() - w->began;
	char seconds[32] = "";

	ticker_end(w);
	if (r < 0 && w->failed == w->plan->n_ops) {
		w->failed = i;
		w->n_tail = output_end(w, i, undo, w->tail);
	}
	w->states[i] = undo    ? (r < 0		     ? OP_STUCK
				  : r == UNDONE_KEPT ? OP_KEPT
						     : OP_UNDONE)
		       : r < 0 ? OP_FAILED
			       : OP_DONE;
	if (took >= 1000)
		snprintf(seconds, sizeof(seconds), " (%lld s)", (long long)(took / 1000));
	if (!w->quiet)
		changing_say(w->cli, "  %s %s%s",
			     r < 0		? "failed:"
			     : !undo		? "done:"
			     : r == UNDONE_KEPT ? "kept, not taken back:"
						: "taken back:",
			     operation_words(&w->plan->ops[i], &w->arena), seconds);
}

static void say(void *ctx, enum change_phase phase, const struct operation *op, int r)
{
	struct watch *w = ctx;
	size_t i = op ? index_of(w, op) : w->plan->n_ops;
	bool undo = phase == PHASE_UNDO_START || phase == PHASE_UNDO_END;

	if (phase == PHASE_LOOK && !w->quiet)
		changing_say(w->cli, "  looking at what was made");
	if (i == w->plan->n_ops)
		return;
	if (phase == PHASE_START || phase == PHASE_UNDO_START) {
		w->states[i] = undo ? w->states[i] : OP_DOING;
		ticker_begin(w, i, undo);
	} else {
		say_end(w, i, undo, r);
	}
}

static int look(void *ctx, const struct promise *q, struct arena *a, const char **ret_why)
{
	const struct watch *w = ctx;

	return changing_look(w->cli, q, a, ret_why);
}

int watch_begin(struct watch *w, const struct cli *cli, const struct plan *p, const unsigned *id, bool back)
{
	*w = (struct watch) { .cli = cli, .plan = p, .id = id, .back = back, .quiet = cli->json, .failed = p->n_ops };
	w->states = arena_alloc(&w->arena, (p->n_ops + 1) * sizeof(*w->states));
	w->hooks = (struct change_hooks) { .ctx = w, .say = say, .look = look };
	return w->states ? 0 : -IGD_ENOMEM;
}

void watch_done(struct watch *w)
{
	arena_done(&w->arena);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

json_t *watch_json(const struct watch *w, bool already)
{
	static const char *const kinds[] = {
		[OP_WRITE] = "write", [OP_RUN] = "run", [OP_VM] = "vm", [OP_BIND] = "bind"
	};
	const char *const states[] = { [OP_WAITING] = already ? "already" : "not-begun",
				       [OP_DOING] = "begun",
				       [OP_DONE] = "done",
				       [OP_FAILED] = "failed",
				       [OP_UNDONE] = "undone",
				       [OP_KEPT] = "kept",
				       [OP_STUCK] = "stuck" };
	json_t *list = json_array();

	for (size_t i = 0; i < w->plan->n_ops; i++) {
		const struct operation *op = &w->plan->ops[i];
		char path[JOURNAL_PATH];
		bool ran = op->kind == OP_RUN && *w->id && w->states[i] != OP_WAITING;

		journal_out_path(*w->id, i, w->back, path);
		json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:s, s:o}", "kind", kinds[op->kind],
						      "target", json_text(op->target), "argv",
						      op->argv ? argv_json(op->argv) : json_null(), "reason",
						      json_text(op->reason), "state", states[w->states[i]], "output",
						      ran ? json_text(path) : json_null()));
	}
	return list;
}

/* ---- the machine --------------------------------------------------------------------------------------------- */

struct recovering {
	const struct cli *cli;
	unsigned kept;
};

static void recover_say(void *ctx, enum change_phase phase, _unused_ const struct operation *op, int r)
{
	struct recovering *x = ctx;

	x->kept += phase == PHASE_UNDO_END && r == UNDONE_KEPT;
}

static int recover_look(void *ctx, const struct promise *q, struct arena *a, const char **ret_why)
{
	const struct recovering *x = ctx;

	return changing_look(x->cli, q, a, ret_why);
}

static void recovered_tell(const struct cli *cli, const struct recovered *got, const struct report *rep)
{
	bool one = got->n == 1;

	changing_say(cli, "igdctl: %u change%s that had been stopped half-way %s taken back first; %s", got->n,
		     one ? "" : "s", one ? "was" : "were",
		     got->kept ? "what somebody made of it since is left" : "that is as before now");
	for (size_t i = 0; i < rep->n_notes; i++)
		changing_say(cli, "  note: %s", rep->notes[i].text);
}

int changing_open(const struct cli *cli, bool make, struct site **ret, struct recovered *recovered,
		  struct report *rep)
{
	struct recovering x = { .cli = cli };
	const struct change_hooks hooks = { .ctx = &x, .say = recover_say, .look = recover_look };
	int r = site_open(changing_input(cli), make, ret, rep);

	*recovered = (struct recovered) { 0 };
	if (r == -IGD_ENOENT && !make) {
		*ret = NULL;
		*rep = (struct report) { 0 };
		return EXIT_DONE;
	}
	if (r < 0)
		return EXIT_REFUSED;
	r = change_recover(*ret, &hooks, &recovered->n, rep);
	recovered->kept = x.kept;
	if (r == CHANGE_HALFWAY && !rep->code)
		report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "%s",
			      rep->n_notes ? rep->notes[0].text
					   : "a change that was stopped could not be taken back; see igdctl status");
	if (r == CHANGE_DONE)
		recovered_tell(cli, recovered, rep);
	return r < 0 ? EXIT_REFUSED : r == CHANGE_HALFWAY ? EXIT_HALFWAY : EXIT_DONE;
}
