// SPDX-License-Identifier: GPL-2.0-or-later
/* guard.c - what the unit igdctl-guard.service runs at each boot; it speaks to the system's log, by stderr. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "change/guard.h"
#include "cli/changing.h"

static volatile sig_atomic_t stop;

static void on_stop(int signo)
{
	(void)signo;
	stop = 1;
}

static bool stopped(void *ctx)
{
	(void)ctx;
	return stop;
}

static void say(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "igdctl guard: %s\n", text);
}

/* What is being taken back, as it happens. */
static void say_step(void *ctx, enum change_phase phase, const struct operation *op, int r)
{
	static const char *const words[] = { [UNDONE] = "as before",
					     [UNDONE_KEPT] = "NOT taken back: somebody has changed it since",
					     [UNDONE_MOOT] = "as before, by this boot",
					     [UNDONE_ASIDE] = "as before, over somebody's edit of it",
					     [UNDONE_MERGED] = "without the change, and with somebody's edit of it" };

	(void)ctx;
	if (phase == PHASE_UNDO_END && op)
		fprintf(stderr, "igdctl guard: %s: %s\n", op->target, r < 0 ? "could not be taken back" : words[r]);
}

static int look(void *ctx, const struct promise *q, struct arena *a, const char **ret_why)
{
	return changing_look(ctx, q, a, ret_why);
}

/* While it takes back it is not interrupted: whoever shuts the machine down waits for the end. */
static void catch_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction sa = { .sa_handler = on_stop, .sa_flags = SA_RESTART };

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &sa, NULL);
}

static int told(const struct cli *cli, int r, const struct report *rep)
{
	char line[REPORT_TEXT + 128];

	if (r < 0)
		return report_failed(rep, r, "guard");
	for (size_t i = 0; i < rep->n_notes && (r == GUARD_HALFWAY || r == GUARD_REVERTED || cli->verbose); i++) {
		report_entry_str(&rep->notes[i], line, sizeof(line));
		fprintf(stderr, "igdctl guard: %s\n", line);
	}
	if (r == GUARD_GONE)
		say(NULL, "What was to be confirmed was taken back by hand.");
	if (r == GUARD_CONFIRMED)
		say(NULL, "Confirmed: all stays as it is.");
	if (r == GUARD_NOTHING && cli->verbose)
		say(NULL, "Nothing to guard in this boot.");
	return r == GUARD_HALFWAY ? EXIT_HALFWAY : r == GUARD_REVERTED ? EXIT_UNDONE : EXIT_DONE;
}

static int guard_command(const struct cli *cli)
{
	const struct change_hooks change = { .ctx = (void *)cli, .say = say_step, .look = look };
	const struct guard_hooks g = { .say = say, .stopped = stopped, .change = &change };
	struct report rep = { 0 };

	if (cli->n_args)
		return usage_error("guard", "%.40s: it takes no words", cli->args[0]);
	if (cli->capture || cli->json || cli->dry_run)
		return usage_error("guard",
				   "--capture, --json and --dry-run mean nothing here; igdctl status tells more");
	if (!cli->root && geteuid() != 0)
		return failure_tell(EXIT_REFUSED, "the guard takes root, and nothing was changed: sudo igdctl guard");
	catch_signals();
	return told(cli, guard_run(cli->root ? cli->root : "/", &g, &rep), &rep);
}

static const char *const examples[] = {
	"what the unit runs at boot",	"igdctl guard", "say that all is well, and it stays",
	"sudo igdctl verify --confirm", NULL,
};

const struct command command_guard = {
	.name = "guard",
	.effect = CHANGES,
	.synopsis = "[OPTION...]",
	.summary = "After a boot, take back what nobody confirms; run by a unit, not by hand",
	.about = "igdctl apply installs it as igdctl-guard.service where the host's last screen would go dark. At "
		 "each boot it finishes what was stopped on its way. Where a change was applied before this boot and "
		 "is not confirmed, it waits the time that was set for igdctl verify --confirm; when none comes it "
		 "takes the change back and starts the machine anew, once.\n\nThe machine's return comes first: a "
		 "file of igdctl's own that somebody changed since goes, and a copy of the edit into the journal's "
		 "folder; out of an owner's file goes what the change put in, where that can be told from the edit. "
		 "What stays is named. With --root it does the same to another machine's files, and starts nothing "
		 "anew. It speaks to the system's log: journalctl -u igdctl-guard.",
	.without = "capture json dry-run yes",
	.examples = examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_REFUSED, EXIT_UNDONE, EXIT_HALFWAY, -1 },
	.run = guard_command,
};
