// SPDX-License-Identifier: GPL-2.0-or-later
/* vm_lint.c - definitions of VMs judged. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/batch.h"
#include "cli/definition.h"
#include "cli/findings.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/names.h"

/* ---- vm lint ------------------------------------------------------------------------------------------------ */

struct wish {
	const struct cli *cli;
	const struct facts *host; /* NULL: the definition is judged by itself */
	const struct facts *none; /* nothing known */
	enum severity min;
	struct vm_look look;
};

struct judged {
	const struct wish *wish;
	const struct facts *f;
	struct definition def;
	struct vm_case c;
	struct findings all;
	struct arena arena;
};

static const char *verdict_words(const struct judged *j)
{
	if (j->all.n_fail == 0)
		return "Nothing wrong is to be seen in it.";
	return j->all.worst == SEV_BLOCK  ? "This VM cannot work as it is defined."
	       : j->all.worst == SEV_WARN ? "This VM may work; what is below can go wrong."
					  : "This VM is fine; there are remarks.";
}

static json_t *slots_json(const struct vm *v)
{
	json_t *list = json_array();
	char slot[8];

	for (size_t i = 0; i < v->n_holders; i++) {
		snprintf(slot, sizeof(slot), "%02x.%x", v->holders[i].dev, v->holders[i].fn);
		json_array_append_new(list,
				      json_pack("{s:s, s:o, s:o}", "slot", slot, "holder",
						json_text(v->holders[i].who), "from", json_text(v->holders[i].from)));
	}
	return list;
}

static json_t *lint_json(struct judged *j)
{
	json_t *top = json_top("vm-lint", j->def.name), *list = json_array();
	const struct vm *v = &j->def.vm;

	for (size_t i = 0; i < j->all.n; i++) /* of ten thousand files nobody reads what is in order */
		if (j->all.v[i].verdict != VERDICT_PASS || j->wish->cli->verbose)
			json_array_append_new(list, finding_json(&j->all.v[i]));
	json_object_set_new(top, "host", j->wish->host ? json_text(j->wish->host->input) : json_null());
	json_object_set_new(top, "target", json_text(vm_target_str(v->target)));
	json_object_set_new(top, "name", json_text(v->name));
	json_object_set_new(top, "fragment", json_boolean(v->fragment));
	json_object_set_new(top, "mode", j->c.gpu ? json_text(mode_str(j->c.mode)) : json_null());
	json_object_set_new(top, "qemu",
			    j->c.qemu_known ? json_text(arena_printf(&j->arena, "%u.%u", j->c.major, j->c.minor))
					    : json_null());
	json_object_set_new(top, "findings", list);
	json_object_set_new(top, "slots", slots_json(v));
	return top;
}

/* A definition's own words as a terminal may see them. */
static const char *harmless(struct judged *j, const char *s)
{
	char buf[256];

	text_copy(span_str(s), buf, sizeof(buf));
	return arena_str(&j->arena, buf);
}

static void lint_text(const struct view *v, struct judged *j)
{
	const struct vm *vm = &j->def.vm;
	bool verbose = j->wish->cli->verbose;

	view_paragraph(
		v, PAINT_HEAD, "", 0,
		arena_printf(&j->arena, "%s: %s%s%s, %s%s%s%s", j->def.name, vm_target_str(vm->target),
			     vm->name	    ? " VM "
			     : vm->fragment ? " fragment"
					    : " VM",
			     vm->name ? harmless(j, vm->name) : "", j->c.gpu ? "mode " : "passes no GPU",
			     j->c.gpu ? mode_str(j->c.mode) : "",
			     j->c.qemu_known ? arena_printf(&j->arena, ", QEMU %u.%u", j->c.major, j->c.minor) : "",
			     j->wish->host ? "" : ", judged without a host"));
	fprintf(v->out, "%s\n\n", verdict_words(j));
	for (size_t i = 0; i < j->all.n; i++)
		if (j->all.v[i].verdict == VERDICT_FAIL)
			finding_text(v, verbose, &j->arena, &j->all.v[i]);
	unknowns_text(v, verbose, &j->arena, &j->all, NULL, NULL);
	for (size_t i = 0; verbose && i < vm->n_holders; i++)
		fprintf(v->out, "%s00:%02x.%x  %s\n", i ? "" : "\nThe guest's bus 0:\n", vm->holders[i].dev,
			vm->holders[i].fn, harmless(j, vm->holders[i].who));
}

static int status_of(const struct judged *j)
{
	for (size_t i = 0; i < j->all.n; i++)
		if (j->all.v[i].verdict == VERDICT_FAIL && j->all.v[i].check->severity >= j->wish->min)
			return EXIT_FINDINGS;
	return EXIT_DONE;
}

static int lint(const void *ctx, size_t i, FILE *out, FILE *err)
{
	const struct wish *w = ctx;
	struct judged j = { .wish = w, .f = w->host ? w->host : w->none };
	struct report rep = { 0 };
	struct vm_look look = w->look;
	struct view v;
	int r = definition_read(w->host, w->cli->args[i], &j.def, &rep), status;

	if (r == 0) {
		definition_look(w->cli, j.f, &j.def);
		look.roms = j.def.roms;
		look.n_roms = j.def.n_roms;
		vm_case_make(&j.def.vm, j.f, &look, &j.c);
		r = vm_lint(&j.c, &j.all);
	}
	if (r < 0) {
		definition_done(&j.def);
		return json_refused(w->cli, "vm-lint", w->cli->args[i], &rep, r, out, err);
	}
	report_notes_to(w->cli, &rep, err);
	status = status_of(&j);
	view_init(&v, w->cli, out);
	if (w->cli->json)
		json_print(lint_json(&j), w->cli->n_args == 1, out);
	else
		lint_text(&v, &j);
	findings_done(&j.all);
	definition_done(&j.def);
	arena_done(&j.arena);
	return status;
}

/* A host's own definitions, and those that are asked for by id, are judged with the host; a file from elsewhere only
 * when the host is named. */
static bool wants_host(const struct cli *cli)
{
	bool wants = cli->root || cli->capture || cli->host;

	for (int i = 0; i < cli->n_args; i++)
		wants |= definition_is_id(cli->args[i]) || strncmp(cli->args[i], "/etc/pve/", 9) == 0 ||
			 strncmp(cli->args[i], "/etc/libvirt/", 13) == 0;
	return wants;
}

/* The host's facts into @w, or those of nobody. 0, or the status of a failure. */
static int host_read_facts(struct wish *w, struct facts **host, struct facts **none)
{
	struct report rep = { 0 };
	int r = 0;

	if (wants_host(w->cli))
		r = input_read(w->cli, NULL, host, &rep);
	if (r < 0)
		return report_failed(&rep, r, input_name(w->cli, NULL));
	report_notes(w->cli, &rep);
	*none = facts_new("nothing", SOURCE_BUNDLE);
	if (!*none || facts_finish(*none, &rep) < 0)
		return report_failed(NULL, -IGD_ENOMEM, "vm lint");
	w->host = *host;
	w->none = *none;
	return EXIT_DONE;
}

static int vm_lint_run(const struct cli *cli)
{
	struct wish w = { .cli = cli, .min = SEV_WARN, .look.qemu = cli->qemu };
	struct facts *host = NULL, *none = NULL;
	int status;

	if (cli->n_args == 0)
		return usage_error("vm lint", "name a definition: a file, - or the id of a VM of this host");
	if (cli->min && !severity_parse(cli->min, &w.min))
		return usage_error("vm lint", "no severity \"%.20s\"; there are benign, note, warn, block", cli->min);
	if (input_mode(cli, "vm lint", &w.look.mode, &w.look.mode_asked) != EXIT_DONE)
		return EXIT_USAGE;
	if (cli->qemu && !vm_release_parse(cli->qemu, &(unsigned) { 0 }, &(unsigned) { 0 }))
		return usage_error("vm lint", "\"%.20s\" is no release of QEMU; they look like 9.2 or 10.1.2",
				   cli->qemu);
	status = host_read_facts(&w, &host, &none);
	if (status == EXIT_DONE)
		status = batch_run(lint, &w, (size_t)cli->n_args);
	facts_free(host);
	facts_free(none);
	names_done();
	return status;
}

static const struct option_row lint_options[] = {
	{ 0, "host", NULL, "judge files with the host this runs on, as definitions of its own are" },
	{ 0, "qemu", "RELEASE", "the QEMU that will run it, 10.1; else the host's, else that of the machine type" },
	{ 0, "mode", "MODE", "what it is meant to be: legacy, uefi, upt, sriov, gvtg or amd-apu" },
	{ 0, "min", "SEVERITY", "end with status 3 from this severity on: benign, note, warn (default) or block" },
	{ 0, NULL, NULL, NULL },
};

static const char *const lint_examples[] = {
	"a VM of this host",
	"sudo igdctl vm lint 100",
	"a definition from a forum, for QEMU 10.1",
	"igdctl vm lint --qemu 10.1 100.conf",
	"a definition and the machine it is for",
	"igdctl vm lint --capture host.tar.zst win11.xml",
	NULL,
};

const struct command command_vm_lint = {
	.name = "vm lint",
	.effect = READS,
	.synopsis = "[OPTION...] FILE|ID...",
	.summary = "Judge a VM's definition: will the GPU work in it, and what goes wrong",
	.about = "Reads definitions of VMs - Proxmox .conf files, libvirt domains, QEMU command lines; which of "
		 "them, the text itself says - and tells what is wrong with them for passing an integrated GPU: the "
		 "slot it lands in, its ROM, properties that this release of QEMU does not know or takes otherwise, "
		 "what the target drops without a word, devices that the host has not, cannot do without or has "
		 "given to others.\n\nID is a VM of the host. A file from elsewhere is judged by itself, unless "
		 "--host, --root or --capture names the machine it is for. With several and --json the answer is one "
		 "object a line, of what is not in order; with --verbose of everything that was looked at.",
	.options = lint_options,
	.examples = lint_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_FINDINGS, -1 },
	.run = vm_lint_run,
};
