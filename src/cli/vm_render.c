// SPDX-License-Identifier: GPL-2.0-or-later
/* vm_render.c - a VM in which the GPU works, printed in the words of a target. */
#include <string.h>

#include "base/text.h"
#include "cli/json.h"
#include "cli/making.h"
#include "cli/names.h"

static void render_json(struct making *m)
{
	json_t *top = json_top("vm-render", m->def.name ? m->def.name : m->f->input);
	const char *text = m->r.refused ? NULL : arena_span(&m->arena, m->r.text);

	json_object_set_new(top, "target", json_text(vm_target_str(m->wish.target)));
	json_object_set_new(top, "qemu", json_text(arena_printf(&m->arena, "%u.%u", m->r.c.major, m->r.c.minor)));
	making_json(top, m);
	json_object_set_new(top, "text", json_text(text));
	json_print(top, true, stdout);
}

/* The definition goes to stdout alone, so that it can be piped; the talk to stderr. */
static void render_text(struct making *m)
{
	struct view v;

	view_init(&v, m->cli, stderr);
	making_text(&v, m);
	for (size_t i = 0; m->r.commands && m->r.commands[i]; i++)
		fprintf(stderr, "%s%s\n", i ? "" : "\nThe same as a command:\n",
			argv_str(m->r.commands[i], &m->arena));
	fputc('\n', stderr);
	fflush(stderr);
	fwrite(m->r.text.p, 1, m->r.text.n, stdout);
}

static int vm_render_run(const struct cli *cli)
{
	struct making m;
	int status;

	if (cli->n_args)
		return usage_error("vm render", "%.40s: name a definition with --from", cli->args[0]);
	if (!cli->from && !cli->target)
		return usage_error("vm render",
				   "name a target, --target pve, libvirt or qemu, or a definition, --from FILE");
	status = making_begin(&m, cli, "vm render", cli->from, false);
	if (status == EXIT_DONE)
		status = making_render(&m, cli->json);
	if (cli->json && (status == EXIT_DONE || status == EXIT_REFUSED))
		render_json(&m);
	else if (status == EXIT_DONE)
		render_text(&m);
	making_done(&m);
	names_done();
	return status;
}

const struct option_row making_options[] = {
	{ 0, "target", "TARGET", "pve, libvirt or qemu; without it the one that --from is written for" },
	{ 0, "from", "FILE|ID", "correct this definition, or translate it to the target" },
	{ 0, "mode", "MODE", "auto (default), legacy, uefi, upt, sriov, gvtg or amd-apu" },
	{ 0, "qemu", "RELEASE", "the QEMU that will run it, 10.1; else the host's" },
	{ 0, "rom", "FILE", "option ROM to show to the guest's firmware" },
	{ 0, "with", "WHAT",
	  "also give keyboard, mouse, bluetooth, wifi, audio, a USB id or port, a PCI address; repeat it" },
	{ 0, "mdev", "TYPE", "type of the mediated device in the gvtg mode" },
	{ 0, "device", "ID", "the GPU where no host is at hand, 8086:3e92" },
	{ 0, "host", NULL, "judge a file with the host this runs on, as definitions of its own are" },
	{ 0, "guest", "OS", "of a new VM: windows (default) or linux" },
	{ 0, "memory", "MIB", "of a new VM: 8192" },
	{ 0, "cores", "N", "of a new VM: 4" },
	{ 0, "name", "NAME", "of a new VM" },
	{ 0, NULL, NULL, NULL },
};

static const char *const render_examples[] = {
	"a Windows VM for Proxmox on this host",
	"igdctl vm render --target pve --rom igd.rom --with keyboard --with mouse",
	"a definition from a guide, corrected for QEMU 10.1",
	"igdctl vm render --from 100.conf --qemu 10.1",
	"the same VM for libvirt",
	"igdctl vm render --from 100.conf --target libvirt",
	NULL,
};

const struct command command_vm_render = {
	.name = "vm render",
	.effect = READS,
	.synopsis = "[OPTION...]",
	.summary = "Print a VM in which the GPU works: new, corrected or translated",
	.about = "Prints the definition of a VM that gets the host's integrated GPU: keys of a Proxmox .conf, a "
		 "libvirt domain, or a QEMU command line. What it must say depends on the mode, the chip, the "
		 "release of QEMU and the guest's firmware; all of it is chosen from the host's facts and told on "
		 "standard error with the reasons.\n\nWith --from an existing definition is corrected: what need not "
		 "change keeps its bytes. With another --target it is translated, and what has no counterpart there "
		 "is listed. Nothing is written to the machine.",
	.options = making_options,
	.examples = render_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_REFUSED, -1 },
	.run = vm_render_run,
};
