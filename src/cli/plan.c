// SPDX-License-Identifier: GPL-2.0-or-later
/* plan.c - what would change on the host and in a VM, as words with diffs, and as data. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "change/plan_json.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/planning.h"
#include "store/vm_qemu.h"

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

static json_t *plan_json(struct planning *p)
{
	json_t *top = json_top("plan", p->m.f ? p->m.f->input : input_name(p->m.cli, NULL));

	json_object_set_new(top, "vm", p->vm ? json_text(p->m.def.name) : json_null());
	json_object_set_new(top, "plan", plan_to_json(&p->plan));
	making_json(top, &p->m);
	return top;
}

/* There is no plan, and why was told: an answer that is refused. */
static void failure_json(const struct cli *cli)
{
	struct planning p = { .m.cli = cli, .m.r.refused = failure_told(), .plan.mode = MODE_COUNT };

	p.plan.arena = &p.arena;
	plan_refuse(&p.plan, NULL, "%s", failure_told());
	json_print(plan_json(&p), true, stdout);
	arena_done(&p.arena);
}

/* ---- the command -------------------------------------------------------------------------------------------- */

static int file_write(const struct cli *cli, struct planning *p)
{
	int fd = open(cli->output, O_WRONLY | O_CREAT | O_CLOEXEC | (cli->force ? O_TRUNC : O_EXCL), 0644);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	bool ok;

	if (!out)
		return failure_tell(EXIT_FAILED, "%s: %s", cli->output,
				    errno == EEXIST ? "is there already; --force replaces it" : strerror(errno));
	ok = json_print(plan_json(p), true, out);
	if (fclose(out) != 0 || !ok)
		return failure_tell(EXIT_FAILED, "%s: could not be written", cli->output);
	return EXIT_DONE;
}

static void text(const struct view *v, struct planning *p)
{
	planning_head(v, p);
	if (!p->plan.refused)
		planning_steps(v, &p->plan);
}

/* What apply adds to these steps by itself. */
static void apply_adds(const struct view *v, struct planning *p)
{
	if (planning_is_dark(p))
		view_paragraph(v, PAINT_PLAIN, "\nigdctl apply ", 0,
			       "puts a guard in front of these, which takes all back unless you confirm after the "
			       "boot, and a spare boot entry where the boot loader can have one: the last console "
			       "goes dark. --no-guard leaves them out.");
}

/* A machine that is only told of cannot be changed. */
static void next(const struct cli *cli, struct planning *p)
{
	bool here = p->m.f->source == SOURCE_LIVE || p->m.f->source == SOURCE_ROOT;

	if (here && p->plan.n_ops && cli->output)
		next_command(cli, p->m.f, arena_printf(&p->arena, "apply %s", shell_quoted(cli->output, &p->arena)));
	else if (here && p->plan.n_ops && cli->vm)
		next_command(cli, p->m.f, arena_printf(&p->arena, "apply --vm %s", shell_quoted(cli->vm, &p->arena)));
	if (!p->vm)
		next_command(cli, p->m.f, "plan --vm ID");
}

static int answer(const struct cli *cli, struct planning *p)
{
	int status = p->plan.refused ? EXIT_REFUSED : EXIT_DONE;
	struct view v;

	view_init(&v, cli, stdout);
	if (cli->output && status == EXIT_DONE)
		status = file_write(cli, p);
	if (cli->json)
		json_print(plan_json(p), true, stdout);
	else
		text(&v, p);
	if (cli->output && p->plan.refused)
		fprintf(stderr, "igdctl: %s was not written: the plan is refused\n", cli->output);
	if (!cli->json && status == EXIT_DONE) {
		apply_adds(&v, p);
		next(cli, p);
	}
	return status;
}

static int plan_run(const struct cli *cli)
{
	struct planning p;
	int status;

	if (cli->n_args)
		return usage_error("plan", "%.40s: name a VM with --vm", cli->args[0]);
	status = planning_begin(&p, cli, "plan");
	if (status == EXIT_DONE || status == EXIT_REFUSED)
		status = answer(cli, &p);
	else if (cli->json && status != EXIT_USAGE)
		failure_json(cli);
	planning_done(&p);
	return status;
}

static const struct option_row plan_options[] = {
	PLANNING_OPTIONS,
	{ 'o', "output", "FILE", "write the plan as JSON, for igdctl apply" },
	{ 0, "force", NULL, "replace FILE" },
	{ 0, NULL, NULL, NULL },
};

static const char *const plan_examples[] = {
	"what would have to change here?",
	"sudo igdctl plan",
	"all that VM 100 needs",
	"sudo igdctl plan --vm 100",
	"for another machine, as data",
	"igdctl plan --capture host.tar.zst --vm 100 --json",
	NULL,
};

const struct command command_plan = {
	.name = "plan",
	.effect = PLANS,
	.synopsis = "[OPTION...]",
	.summary = "Say what would change on the host and in the VM, with every reason",
	.about = "Chooses the mode that works here and lists, in order, each file that would be created or changed, "
		 "as a unified diff, each command that makes a generated file anew, and the change of the VM's "
		 "definition; with the finding that asks for each, and how it is undone. Nothing is changed.\n\nOnly "
		 "what this host needs is planned, in files of igdctl's own where the system reads such files. A "
		 "device whose IOMMU group holds what the host cannot do without is refused. The same facts give the "
		 "same plan, byte for byte.",
	.options = plan_options,
	.examples = plan_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_REFUSED, -1 },
	.run = plan_run,
};
