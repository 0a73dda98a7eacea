// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/planning.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/changing.h"
#include "cli/names.h"
#include "host/host.h"
#include "plan/diff.h"
#include "plan/vm_plan.h"

#define DEVICES_MAX 64

/* ---- making it ---------------------------------------------------------------------------------------------- */

/* Where the definition lies on the host that is planned for. */
static const char *path_of(struct planning *p)
{
	const struct definition *d = &p->m.def;
	char here[HOST_PATH_MAX];

	if (p->m.f->source != SOURCE_BUNDLE && d->from)
		return d->from[0] == '/' ? d->from : arena_printf(&p->arena, "/%s", d->from);
	if (!d->from && (d->name[0] == '/' || strcmp(d->name, "-") == 0))
		return d->name;
	if (d->vm.target == VM_PVE && d->vm.id)
		return arena_printf(&p->arena, "/etc/pve/qemu-server/%s.conf", d->vm.id);
	if (p->m.f->source == SOURCE_LIVE && getcwd(here, sizeof(here)))
		return arena_printf(&p->arena, "%s/%s", strcmp(here, "/") == 0 ? "" : here, d->name);
	return d->name;
}

static bool late_binding(const struct planning *p)
{
	return p->vm && p->m.r.given.vm.target != VM_QEMU;
}

static int host_part(struct planning *p)
{
	struct pci_addr devices[DEVICES_MAX], gpu = { 0, 0, 2, 0 };
	struct plan_wish w = { .devices = devices, .late = late_binding(p) };
	const struct choice *c = &p->m.r.choice;

	if (p->m.f->igd.pci >= 0)
		gpu = p->m.f->pci[p->m.f->igd.pci].addr;
	w.mode = c->taken->mode;
	w.n_devices = 1;
	devices[0] = gpu;
	if (p->vm)
		w.n_devices = vm_plan_devices(p->m.f, &p->m.r.given.vm, gpu, devices, DEVICES_MAX);
	for (size_t i = 0; !p->vm && i < p->m.with.n_pcis && w.n_devices < DEVICES_MAX; i++)
		devices[w.n_devices++] = p->m.with.pcis[i];
	return p->m.cli->now ? plan_now(p->m.f, &p->m.found, &w, &p->plan)
			     : plan_host(p->m.f, &p->m.found, &w, &p->plan);
}

static int vm_part(struct planning *p)
{
	struct render_source src = { &p->m.def.vm, &p->m.def.pve, &p->m.def.domain, p->m.def.text };
	const char *path = path_of(p);

	if (path[0] != '/' && p->m.f->source == SOURCE_ROOT) {
		plan_refuse(&p->plan, "plan.vm-path",
			    "Where %s lies on that machine is not known: name the VM's file by its whole path there, "
			    "or the VM by its id.",
			    path);
		return 0;
	}
	return vm_plan(&src, &p->m.r, path, p->m.f->source != SOURCE_BUNDLE || !p->m.def.from, &p->plan);
}

static int plan_make(struct planning *p)
{
	int r;

	p->plan.arena = &p->arena;
	if (p->m.r.refused) {
		p->plan.mode = MODE_COUNT;
		plan_refuse(&p->plan, "plan.no-mode", "%s", p->m.r.refused);
		return 0;
	}
	p->plan.mode = p->m.r.choice.taken->mode;
	r = host_part(p);
	if (r == 0 && p->vm && !p->plan.refused)
		r = vm_part(p);
	return r;
}

bool planning_is_dark(const struct planning *p)
{
	const struct finding *last = findings_get(&p->m.found, "console.last");

	return plan_takes_gpu(p->m.f, &p->plan) && last && last->verdict != VERDICT_PASS;
}

/* ---- words -------------------------------------------------------------------------------------------------- */

static void diff_text(const struct view *v, const struct plan *p, const struct operation *op)
{
	struct span diff;

	if (diff_unified(op->there == TRI_NO ? NULL : op->target, op->gone ? NULL : op->target, op->before, op->after,
			 p->arena, &diff) == 0)
		view_diff(v, diff, p->arena);
}

static void operation_text(const struct view *v, const struct plan *p, size_t i)
{
	const struct operation *op = &p->ops[i];
	const char *words = operation_words(op, p->arena);

	view_paragraph(v, PAINT_HEAD, arena_printf(p->arena, "%zu. ", i + 1), 3,
		       arena_printf(p->arena, "%c%s: %s [%s]", *words - 'a' + 'A', words + 1, or_dash(op->says),
				    or_dash(op->reason)));
	if (op->kind == OP_WRITE || op->kind == OP_VM)
		diff_text(v, p, op);
	for (size_t k = 0; op->commands && op->commands[k]; k++)
		view_paragraph(v, PAINT_PLAIN, "   as a command: ", 6, argv_str(op->commands[k], p->arena));
	if (op->kind == OP_RUN && op->inverse)
		view_paragraph(v, PAINT_DIM, "   undone by: ", 6, argv_str(op->inverse, p->arena));
}

static void notes_text(const struct view *v, const struct plan *p, enum plan_word word, const char *heading)
{
	bool first = true;

	for (size_t i = 0; i < p->n_notes; i++) {
		if (p->notes[i].word != word)
			continue;
		if (first)
			view_heading(v, "%s", heading);
		first = false;
		view_paragraph(v, word == PLAN_WARNING || word == PLAN_BY_HAND ? PAINT_WARN : PAINT_PLAIN, "- ", 2,
			       p->notes[i].text);
	}
}

void planning_steps(const struct view *v, const struct plan *plan)
{
	view_heading(v, plan->n_ops ? "What is done, in this order" : "Nothing is to be done");
	for (size_t i = 0; i < plan->n_ops; i++)
		operation_text(v, plan, i);
	notes_text(v, plan, PLAN_BY_HAND, "What is yours to do");
	notes_text(v, plan, PLAN_WARNING, "What you should know before");
	notes_text(v, plan, PLAN_SCREEN, "What the screen will show");
	notes_text(v, plan, PLAN_NOT_NEEDED, "What this host does not need");
	notes_text(v, plan, PLAN_WHY, "Also");
}

void planning_head(const struct view *v, struct planning *p)
{
	const struct plan *plan = &p->plan;

	if (!plan->refused) {
		p->m.r.given.n_todo = p->m.r.lost.n = 0; /* they are among the notes */
		making_text(v, &p->m);
		return;
	}
	view_paragraph(v, PAINT_BAD, "Refused: ", 2, plan->notes[plan->n_notes - 1].text);
	for (size_t i = 0; p->m.r.refused && i < p->m.r.choice.n_instead; i++) {
		if (i == 0)
			view_heading(v, "What there is instead");
		view_paragraph(v, PAINT_PLAIN, "- ", 2, p->m.r.choice.instead[i]);
	}
}

/* ---- from the command line ---------------------------------------------------------------------------------- */

int planning_begin(struct planning *p, const struct cli *cli, const char *command)
{
	const char *vm = cli->vm ? cli->vm : cli->from;
	int status, r;

	*p = (struct planning) { .vm = vm != NULL, .arena.limit = (size_t)64 << 20 };
	if (cli->vm && cli->from)
		return usage_error(command, "--vm and --from name two definitions; give one");
	if (cli->target && vm)
		return usage_error(command, "a plan changes the VM where it is; vm render --target translates it");
	status = making_begin(&p->m, cli, command, vm, true);
	if (status == EXIT_DONE && !vm && p->m.with.n_usbs)
		return usage_error(command, "--with names a USB device, which the host gives to a VM when that "
					    "starts: a USB device needs --vm");
	if (status == EXIT_DONE)
		status = making_render(&p->m, true);
	if (status != EXIT_DONE && status != EXIT_REFUSED)
		return status;
	r = plan_make(p);
	if (r < 0)
		return report_failed(NULL, r, command);
	return p->plan.refused ? EXIT_REFUSED : EXIT_DONE;
}

void planning_done(struct planning *p)
{
	arena_done(&p->arena);
	making_done(&p->m);
	names_done();
}
