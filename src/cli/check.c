// SPDX-License-Identifier: GPL-2.0-or-later
/* check.c - the facts of one or many machines judged. */
#include "check/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/batch.h"
#include "cli/definition.h"
#include "cli/findings.h"
#include "cli/groups.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/names.h"
#include "cli/view.h"

#define DEVICES_MAX 64

/* The command line, read once. */
struct wish {
	const struct cli *cli;
	struct pci_addr devices[DEVICES_MAX]; /* to be given away, if that can be */
	size_t n_devices;
	const char **inputs; /* of argv; one NULL when none is named */
	size_t n_inputs;
	unsigned modes; /* MODE_BIT()s to speak of */
	enum severity min;
};

/* One machine, looked at. */
struct judged {
	const struct wish *wish;
	const struct facts *f;
	struct findings all;
	struct definition def; /* with --vm: the definition, and what is wrong with it */
	struct findings vm;
	struct arena arena;
	struct forecast fc;
};

/* What one of the devices costs. */
struct cost {
	const struct pci_fn *p;	     /* NULL: the machine has no such function */
	const struct iommu_group *g; /* NULL: its group is unknown, or it has none */
	struct loss *losses;
	size_t n_losses;
	enum { COST_POSSIBLE, COST_REFUSED, COST_UNKNOWN } answer;
};

static const char *cost_str(const struct cost *c)
{
	static const char *const words[] = {
		[COST_POSSIBLE] = "possible", [COST_REFUSED] = "refused", [COST_UNKNOWN] = "unknown"
	};

	return words[c->answer];
}

static void cost_of(struct judged *j, struct pci_addr a, struct cost *ret)
{
	*ret = (struct cost) { .p = facts_find_pci(j->f, a), .answer = COST_UNKNOWN };
	if (ret->p && ret->p->group.known && ret->p->group.v == GROUP_NONE)
		ret->answer = COST_REFUSED; /* what no IOMMU translates cannot be given to a VM */
	else if (ret->p && ret->p->group.known)
		ret->g = facts_group(j->f, ret->p->group.v);
	if (!ret->g || losses_of(j->f, ret->g, &j->arena, &ret->losses, &ret->n_losses) < 0)
		return;
	ret->answer = COST_POSSIBLE;
	for (size_t i = 0; i < ret->n_losses; i++)
		if (ret->losses[i].fatal)
			ret->answer = COST_REFUSED;
		else if (ret->losses[i].unsettled && ret->answer == COST_POSSIBLE)
			ret->answer = COST_UNKNOWN;
}

/* With --mode only what concerns that mode, or all of them, is shown. */
static bool concerns(const void *ctx, const struct check *c)
{
	const struct wish *w = ctx;
	unsigned about = c->only ? c->only : c->blocks;

	return w->modes == MODES_ALL || about == 0 || (about & w->modes);
}

static int status_of(struct judged *j)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < j->all.n; i++)
		if (j->all.v[i].verdict == VERDICT_FAIL && j->all.v[i].check->severity >= j->wish->min &&
		    concerns(j->wish, j->all.v[i].check))
			status = EXIT_FINDINGS;
	for (size_t i = 0; i < j->vm.n; i++)
		if (j->vm.v[i].verdict == VERDICT_FAIL && j->vm.v[i].check->severity >= j->wish->min)
			status = EXIT_FINDINGS;
	for (size_t i = 0; i < j->wish->n_devices; i++) {
		struct cost c;

		cost_of(j, j->wish->devices[i], &c);
		if (c.answer == COST_REFUSED)
			return EXIT_REFUSED;
		if (c.answer == COST_UNKNOWN)
			status = EXIT_FINDINGS;
	}
	return status;
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static json_t *mode_json(const struct mode_verdict *m)
{
	json_t *by = json_array();

	for (size_t i = 0; i < m->n_by; i++)
		json_array_append_new(by, json_string(m->by[i]->check->id));
	return json_pack("{s:s, s:s, s:o, s:o}", "mode", mode_str(m->mode), "verdict", mode_answer_str(m->answer),
			 "by", by, "note", json_text(m->note));
}

static json_t *cost_json(struct judged *j, struct pci_addr a)
{
	json_t *loses = json_array();
	struct cost c;

	cost_of(j, a, &c);
	for (size_t i = 0; i < c.n_losses; i++)
		json_array_append_new(loses, json_text(c.losses[i].what));
	return json_pack("{s:o, s:s, s:b, s:o, s:o}", "address", json_addr(a), "verdict", cost_str(&c), "present",
			 c.p != NULL, "group", c.g ? json_integer((json_int_t)c.g->id) : json_null(), "loses", loses);
}

static json_t *check_json(struct judged *j)
{
	json_t *top = json_top("check", j->f->input), *list = json_array(), *modes = json_array(),
	       *groups = json_array(), *devices = json_array();

	for (size_t i = 0; i < j->all.n; i++)
		if (concerns(j->wish, j->all.v[i].check))
			json_array_append_new(list, finding_json(&j->all.v[i]));
	for (size_t i = 0; i < j->vm.n; i++)
		json_array_append_new(list, finding_json(&j->vm.v[i]));
	for (size_t i = 0; i < MODE_COUNT; i++)
		if (j->wish->modes & MODE_BIT(i))
			json_array_append_new(modes, mode_json(&j->all.modes[i]));
	for (size_t i = 0; i < j->f->n_groups; i++)
		json_array_append_new(groups, group_json(&j->fc, &j->f->groups[i]));
	for (size_t i = 0; i < j->wish->n_devices; i++)
		json_array_append_new(devices, cost_json(j, j->wish->devices[i]));
	json_object_set_new(top, "source", json_text(source_str(j->f->source)));
	json_object_set_new(top, "findings", list);
	json_object_set_new(top, "modes", modes);
	json_object_set_new(top, "groups", groups);
	json_object_set_new(top, "devices", devices);
	return top;
}

/* ---- text --------------------------------------------------------------------------------------------------- */

static void summary(const struct view *v, struct judged *j)
{
	const struct facts *f = j->f;
	const struct pci_fn *p = f->igd.pci >= 0 ? &f->pci[f->igd.pci] : NULL;
	char name[NAME_LEN], addr[PCI_ADDR_STR];
	const char *machine = f->product.v && *f->product.v ? f->product.v
			      : f->source == SOURCE_LIVE    ? "This machine"
							    : f->input;

	if (p)
		view_paragraph(v, PAINT_PLAIN, "", 0,
			       arena_printf(&j->arena, "%s, %s%s%s%s", machine, short_addr(p->addr, addr),
					    *name_of(p, name) ? " " : "", name_of(p, name),
					    p->id.known ? arena_printf(&j->arena, " (%04x:%04x)", pci_fn_vendor(p),
								       pci_fn_device(p))
							: ""));
	else
		view_paragraph(v, PAINT_PLAIN, "", 0,
			       arena_printf(&j->arena, "%s, %s", machine,
					    f->igd.present.v == TRI_NO ? "no integrated GPU" : "GPU unknown"));
	if (j->wish->n_devices == 0) /* a heading has its own empty line */
		fputc('\n', v->out);
}

static const char *mode_why(struct judged *j, const struct mode_verdict *m)
{
	const char *list = "";
	size_t shown = m->n_by < 4 || j->wish->cli->verbose ? m->n_by : 3;

	if (m->answer == MODE_POSSIBLE)
		return m->note ? m->note : "";
	for (size_t i = 0; i < shown; i++)
		list = arena_printf(&j->arena, "%s%s%s", list, *list ? ", " : "", m->by[i]->check->id);
	return shown < m->n_by ? arena_printf(&j->arena, "%s and %zu more", list, m->n_by - shown) : list;
}

static void modes_text(const struct view *v, struct judged *j)
{
	static const char *const words[] = {
		[MODE_POSSIBLE] = "possible", [MODE_BLOCKED] = "blocked by", [MODE_UNKNOWN] = "unknown until"
	};
	static const enum paint paints[] = {
		[MODE_POSSIBLE] = PAINT_GOOD, [MODE_BLOCKED] = PAINT_BAD, [MODE_UNKNOWN] = PAINT_WARN
	};

	fputc('\n', v->out);
	for (size_t i = 0; i < MODE_COUNT; i++) {
		const struct mode_verdict *m = &j->all.modes[i];

		if (!(j->wish->modes & MODE_BIT(i)))
			continue;
		view_paragraph(v, paints[m->answer],
			       arena_printf(&j->arena, "%-9s%-14s", mode_str(m->mode), words[m->answer]), 23,
			       mode_why(j, m));
	}
}

static const char *members(struct judged *j, const struct iommu_group *g)
{
	const char *list = "";
	char addr[PCI_ADDR_STR];

	for (size_t i = 0; i < g->n_members; i++)
		list = arena_printf(&j->arena, "%s%s%s", list, *list ? ", " : "",
				    short_addr(j->f->pci[g->members[i]].addr, addr));
	return list;
}

static const struct {
	const char *words;
	enum paint paint;
} answers[] = {
	[COST_POSSIBLE] = { "Possible.", PAINT_GOOD },
	[COST_REFUSED] = { "Refused.", PAINT_BAD },
	[COST_UNKNOWN] = { "Unknown: first find out what is marked so.", PAINT_WARN },
};

static void cost_text(const struct view *v, struct judged *j, struct pci_addr at)
{
	const char *split = NULL, *why;
	char addr[PCI_ADDR_STR], name[NAME_LEN];
	struct cost c;

	cost_of(j, at, &c);
	view_heading(v, "Giving %s away%s%s", short_addr(at, addr), c.p && *name_of(c.p, name) ? ": " : "",
		     c.p ? name_of(c.p, name) : "");
	if (!c.p) {
		view_paragraph(v, PAINT_PLAIN, "", 0, "This input knows no such function.");
		return;
	}
	if (!c.g && c.answer == COST_REFUSED) {
		view_paragraph(v, PAINT_BAD, "", 0,
			       "Refused: the kernel has no IOMMU group for it, so no VM can have it.");
		return;
	}
	if (!c.g) {
		view_paragraph(v, PAINT_PLAIN, "", 0,
			       "Its IOMMU group is unknown, so what goes with it cannot be told.");
		return;
	}
	view_paragraph(v, PAINT_PLAIN, "", 0,
		       arena_printf(&j->arena, "It goes with the whole of group %llu: %s.",
				    (unsigned long long)c.g->id, members(j, c.g)));
	why = isolation_explain(j->f, c.g, &j->arena, &split);
	view_paragraph(v, PAINT_PLAIN, "Why:   ", FINDING_INDENT, why);
	if (split)
		view_paragraph(v, PAINT_PLAIN, "Split: ", FINDING_INDENT, split);
	if (c.g->n_members > 1)
		view_paragraph(v, PAINT_PLAIN, "       ", FINDING_INDENT, forecast_str(&j->fc, c.g));
	for (size_t i = 0; i < c.n_losses; i++)
		view_paragraph(v, PAINT_PLAIN, i ? "       " : "Loses: ", FINDING_INDENT,
			       arena_printf(&j->arena, "%s: %s%s", short_addr(j->f->pci[c.losses[i].pci].addr, addr),
					    c.losses[i].what,
					    c.losses[i].fatal ? " (the host must not lose it)" : ""));
	fprintf(v->out, "%s%s%s\n", paint_on(v, answers[c.answer].paint), answers[c.answer].words, paint_off(v));
}

/* What a helper in a forum would ask for next. */
static void ask_for_more(const struct view *v, struct judged *j)
{
	static const char words[] =
		"To say more, add to the paste what these print: lspci -nnk; find /sys/kernel/iommu_groups -type l; "
		"cat /proc/cmdline; dmesg | grep -i -e DMAR -e IOMMU -e 00:02.0; and the VM's configuration.";
	bool open = false;

	for (size_t i = 0; i < MODE_COUNT; i++)
		open |= j->all.modes[i].answer == MODE_UNKNOWN && (j->wish->modes & MODE_BIT(i));
	if (open && j->f->source == SOURCE_BUNDLE) {
		fputc('\n', v->out);
		view_paragraph(v, PAINT_PLAIN, "", 0, words);
	}
}

static void check_text(const struct view *v, struct judged *j)
{
	size_t shown = 0;

	if (j->wish->n_inputs > 1)
		view_heading(v, "== %s", j->f->input);
	summary(v, j);
	for (size_t i = 0; i < j->wish->n_devices; i++)
		cost_text(v, j, j->wish->devices[i]);
	if (j->wish->n_devices)
		view_heading(v, "All else that was found");
	for (size_t i = 0; i < j->all.n; i++) {
		const struct finding *x = &j->all.v[i];

		if (x->verdict != VERDICT_FAIL || !concerns(j->wish, x->check))
			continue;
		if (x->check->quiet && !j->wish->cli->verbose && j->wish->modes == MODES_ALL)
			continue;
		finding_text(v, j->wish->cli->verbose, &j->arena, x);
		shown++;
	}
	if (!shown)
		fprintf(v->out, "Nothing wrong is to be seen in what is here.\n");
	if (j->wish->cli->vm)
		view_heading(v, j->vm.n_fail ? "VM %s" : "VM %s: nothing wrong is to be seen in its definition",
			     j->wish->cli->vm);
	for (size_t i = 0; i < j->vm.n; i++)
		if (j->vm.v[i].verdict == VERDICT_FAIL)
			finding_text(v, j->wish->cli->verbose, &j->arena, &j->vm.v[i]);
	if (j->wish->cli->vm)
		fputc('\n', v->out);
	unknowns_text(v, j->wish->cli->verbose, &j->arena, &j->all, concerns, j->wish);
	modes_text(v, j);
	ask_for_more(v, j);
}

/* ---- one input ---------------------------------------------------------------------------------------------- */

static void judged_done(struct judged *j)
{
	if (j->def.name)
		definition_done(&j->def);
	findings_done(&j->vm);
	findings_done(&j->all);
	arena_done(&j->arena);
}

/* The VM's definition judged for this host. */
static int vm_judge(struct judged *j, struct report *rep)
{
	struct vm_look look = { .qemu = j->wish->cli->qemu };
	struct vm_case c;
	int r = definition_read(j->f, j->wish->cli->vm, &j->def, rep);

	if (r < 0)
		return r;
	definition_look(j->wish->cli, j->f, &j->def);
	look.roms = j->def.roms;
	look.n_roms = j->def.n_roms;
	vm_case_make(&j->def.vm, j->f, &look, &c);
	return vm_lint(&c, &j->vm);
}

static int judge(const void *ctx, size_t i, FILE *out, FILE *err)
{
	const struct wish *w = ctx;
	const char *name = w->inputs[i];
	struct judged j = { .wish = w };
	struct report rep = { 0 };
	struct facts *f = NULL;
	struct view v;
	int r = input_read(w->cli, name, &f, &rep), status;

	if (r == 0) {
		j.f = f;
		r = checks_run(f, &j.all);
	}
	if (r == 0 && w->cli->vm)
		r = vm_judge(&j, &rep);
	if (r < 0) {
		judged_done(&j);
		facts_free(f);
		return json_refused(w->cli, "check", input_name(w->cli, name), &rep, r, out, err);
	}
	report_notes_to(w->cli, &rep, err);
	forecast_make(&j.fc, f, &j.arena);
	status = status_of(&j);
	view_init(&v, w->cli, out);
	if (w->cli->json)
		json_print(check_json(&j), w->n_inputs == 1, out);
	else
		check_text(&v, &j);
	if (!w->cli->json && w->n_inputs == 1)
		next_command(w->cli, f,
			     f->source == SOURCE_BUNDLE || status == EXIT_DONE ? "inspect" : "check --verbose");
	judged_done(&j);
	facts_free(f);
	return status;
}

/* ---- the command -------------------------------------------------------------------------------------------- */

/* Digits, colons and dots only, and no file of that name: somebody meant a device. */
static bool looks_like_address(const char *s)
{
	return strspn(s, "0123456789abcdefABCDEF:.") == strlen(s) && strchr(s, '.') && access(s, F_OK) != 0;
}

/* 0, or the status of a mistake. */
static int wish_read(struct wish *w, const struct cli *cli)
{
	enum mode m;
	bool asked;

	if (input_mode(cli, "check", &m, &asked) != EXIT_DONE)
		return EXIT_USAGE;
	if (asked)
		w->modes = MODE_BIT(m);
	if (cli->min && !severity_parse(cli->min, &w->min))
		return usage_error("check", "no severity \"%.20s\"; there are benign, note, warn, block", cli->min);
	for (int i = 0; i < cli->n_args; i++) {
		struct pci_addr a;

		if (!pci_addr_parse(cli->args[i], &a) && looks_like_address(cli->args[i]))
			return usage_error("check", "%s is no PCI address; they look like 00:1f.3 or 0000:00:1f.3",
					   cli->args[i]);
		if (!pci_addr_parse(cli->args[i], &a))
			w->inputs[w->n_inputs++] = cli->args[i];
		else if (w->n_devices == DEVICES_MAX)
			return usage_error("check", "more than %d devices", DEVICES_MAX);
		else
			w->devices[w->n_devices++] = a;
	}
	if (w->n_inputs && (cli->root || cli->capture))
		return usage_error("check", "inputs named beside --root or --capture");
	if (w->n_inputs == 0)
		w->inputs[w->n_inputs++] = NULL;
	return 0;
}

static int check_run(const struct cli *cli)
{
	struct wish w = { .cli = cli, .modes = MODES_ALL, .min = SEV_WARN };
	int status;

	w.inputs = calloc((size_t)cli->n_args + 1, sizeof(*w.inputs));
	if (!w.inputs)
		return report_failed(NULL, -IGD_ENOMEM, "check");
	status = wish_read(&w, cli);
	if (status == 0)
		status = batch_run(judge, &w, w.n_inputs);
	free(w.inputs);
	names_done();
	return status;
}

static const struct option_row check_options[] = {
	{ 0, "vm", "ID|FILE", "judge this VM's definition too (as vm lint does)" },
	{ 0, "mode", "MODE", "only what concerns legacy, uefi, upt, sriov, gvtg or amd-apu" },
	{ 0, "min", "SEVERITY", "end with status 3 from this severity on: benign, note, warn (default) or block" },
	{ 0, NULL, NULL, NULL },
};

static const char *const check_examples[] = {
	"can this host's GPU go to a VM?",
	"sudo igdctl check",
	"what would giving the sound card away cost?",
	"sudo igdctl check 00:1f.3",
	"what somebody pasted into a forum",
	"igdctl check --capture their-output/",
	"many captures, one JSON object a line",
	"igdctl check --json *.tar.zst",
	NULL,
};

const struct command command_check = {
	.name = "check",
	.effect = READS,
	.synopsis = "[OPTION...] [DEVICE...] [INPUT...]",
	.summary = "Say what is possible, what blocks it, and what to do",
	.about = "Judges a machine: findings, worst first, each with its evidence and what to do about it; then one "
		 "verdict a mode of giving the GPU away: possible, blocked by, or unknown until something is "
		 "known.\n\nDEVICE is a PCI address: what would go with it, why, and what the host would lose. When "
		 "that is the default route, a bridge's port, the root disk, the only console keyboard or the "
		 "chipset's core the answer is a refusal (status 4).\n\nINPUT is a folder with a machine's files, a "
		 "capture, a file or folder of pasted command output, or - for pasted output on standard input. With "
		 "several inputs and --json the answer is one object a line.",
	.options = check_options,
	.examples = check_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_FINDINGS, EXIT_REFUSED, -1 },
	.run = check_run,
};
