// SPDX-License-Identifier: GPL-2.0-or-later
/* inspect.c - the machine as facts: what it is, what stands around its GPU, and what the host needs. */
#include <stdlib.h>
#include <string.h>

#include "check/isolation.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/names.h"
#include "cli/view.h"
#include "fw/igd_id.h"

/* ---- the machine -------------------------------------------------------------------------------------------- */

/* A known string behind @before, or nothing. */
static const char *with(struct arena *a, const char *before, const struct fact_str *s)
{
	return s->v && *s->v ? arena_printf(a, "%s%s", before, s->v) : "";
}

static const char *unknown(struct arena *a, const char *from)
{
	return arena_printf(a, "unknown (%s)", facts_why(from));
}

static void machine(const struct view *v, const struct facts *f, struct arena *a)
{
	const struct cpu *c = &f->cpu;
	const char *product = f->product.v ? f->product.v : "";
	const char *vendor = f->sys_vendor.v && !strstr(product, f->sys_vendor.v) ? f->sys_vendor.v : "";

	if (*product || *vendor)
		view_row(v, "Machine", "%s%s%s%s%s", vendor, *vendor && *product ? " " : "", product,
			 with(a, ", firmware ", &f->bios_version), with(a, " of ", &f->bios_date));
	else
		view_row(v, "Machine", "%s", unknown(a, f->product.from));
	view_row(v, "Processor", "%s%s%s%s%s", c->model.v ? c->model.v : unknown(a, c->model.from),
		 c->cores.known ? arena_printf(a, ", %llu core%s", (unsigned long long)c->cores.v,
					       c->cores.v == 1 ? "" : "s")
				: "",
		 c->e_cpus.v && *c->e_cpus.v ? with(a, ", P-cores on CPUs ", &c->p_cpus) : "",
		 with(a, ", E-cores on CPUs ", &c->e_cpus),
		 c->hypervisor.v == TRI_YES ? " (inside a virtual machine)" : "");
	view_row(v, "System", "%s%s%s%s%s", f->distro.v ? f->distro.v : "system unknown",
		 with(a, ", kernel ", &f->kernel), with(a, ", started by ", &f->boot_loader),
		 with(a, ", initramfs by ", &f->initramfs),
		 f->efi.v == TRI_YES  ? ", UEFI"
		 : f->efi.v == TRI_NO ? ", BIOS"
				      : "");
	if (f->secure_boot.v != TRI_UNKNOWN || f->lockdown.v)
		view_row(v, "Guards", "Secure Boot %s%s",
			 f->secure_boot.v == TRI_YES  ? "on"
			 : f->secure_boot.v == TRI_NO ? "off"
						      : "unknown",
			 with(a, ", lockdown ", &f->lockdown));
	view_row(v, "Hypervisor", "%s%s%s",
		 f->qemu.v ? (*f->qemu.v ? arena_printf(a, "QEMU %s", f->qemu.v) : "no QEMU")
			   : arena_printf(a, "QEMU version %s", unknown(a, f->qemu.from)),
		 with(a, ", libvirt ", &f->libvirt), with(a, ", Proxmox VE ", &f->pve));
	if (f->cmdline.v)
		view_row(v, "Kernel line", "%s", f->cmdline.v);
}

static const char *ids(struct arena *a, const struct pci_fn *p)
{
	return p->id.known ? arena_printf(a, "%04x:%04x", pci_fn_vendor(p), pci_fn_device(p)) : "";
}

/* ---- the GPU ------------------------------------------------------------------------------------------------ */

static const char *bytes(struct arena *a, const struct fact_num *n)
{
	if (!n->known)
		return unknown(a, n->from);
	return n->v % (1 << 20) || !n->v ? arena_printf(a, "%llu KiB", (unsigned long long)n->v >> 10)
					 : arena_printf(a, "%llu MiB", (unsigned long long)n->v >> 20);
}

/* "A B D": the classes of QEMU releases whose tables know the chip. */
static const char *qemu_knows(struct arena *a, const struct igd_id *id)
{
	static const char *const releases[] = { "before 9.2", "9.2", "10.0", "10.1", "10.2 and later" };
	const char *list = "";
	size_t n = 0;

	for (size_t i = 0; i < QEMU_CLASSES && i < ARRAY_SIZE(releases); i++)
		if (id->qemu_gen[i] >= 0 && ++n)
			list = arena_printf(a, "%s%s%s", list, *list ? ", " : "", releases[i]);
	return n == QEMU_CLASSES ? "all" : n ? list : "none";
}

static void chip(const struct view *v, const struct facts *f, struct arena *a)
{
	const struct igd_id *id = f->igd.id;

	if (!id) {
		view_row(v, "", "not in the table of chips");
		return;
	}
	if (id->kind == GPU_AMD_APU) {
		view_row(v, "", "AMD APU, %s", id->platform);
		return;
	}
	view_row(v, "", "%s%s%s, graphics version %s; QEMU releases that know it: %s", id->platform,
		 *id->name ? ", " : "", id->name, id->graphics_ver, qemu_knows(a, id));
}

static const char *yes_no(const struct fact_tri *t)
{
	return t->v == TRI_YES ? "yes" : t->v == TRI_NO ? "no" : "unknown";
}

static void igd_memory(const struct view *v, const struct facts *f, struct arena *a)
{
	const struct igd *g = &f->igd;

	if (!g->stolen.known && !g->gtt.known && !g->bdsm.known) {
		view_row(v, "Memory", "%s", unknown(a, g->stolen.from));
		return;
	}
	view_row(v, "Memory", "stolen %s, GTT %s, at %s", bytes(a, &g->stolen), bytes(a, &g->gtt),
		 g->bdsm.known ? arena_printf(a, "0x%llx", (unsigned long long)g->bdsm.v) : unknown(a, g->bdsm.from));
}

static void gpu(const struct view *v, const struct facts *f, struct arena *a)
{
	const struct pci_fn *p = f->igd.pci >= 0 ? &f->pci[f->igd.pci] : NULL;
	char name[NAME_LEN], addr[PCI_ADDR_STR];

	view_heading(v, "GPU");
	if (!p) {
		view_row(v, "", "%s",
			 f->igd.present.v == TRI_NO ? "no integrated GPU on the PCI bus"
						    : unknown(a, f->igd.present.from));
		return;
	}
	view_row(v, short_addr(p->addr, addr), "%s%s%s, driver %s", name_of(p, name), *name_of(p, name) ? ", " : "",
		 p->id.known ? ids(a, p) : "id unknown",
		 !p->driver.v	? "unknown"
		 : *p->driver.v ? p->driver.v
				: "none");
	chip(v, f, a);
	if (f->igd.id && f->igd.id->kind == GPU_INTEL_INTEGRATED) {
		igd_memory(v, f, a);
		view_row(v, "Firmware", "OpRegion %s, VBT %s, VGA decoding %s", yes_no(&f->igd.opregion),
			 yes_no(&f->igd.vbt),
			 f->igd.vga_disabled.v == TRI_YES  ? "off"
			 : f->igd.vga_disabled.v == TRI_NO ? "on"
							   : "unknown");
	}
	if (p->reset_methods.v || p->flr.v != TRI_UNKNOWN)
		view_row(v, "Reset", "%s",
			 p->reset_methods.v && *p->reset_methods.v ? p->reset_methods.v
			 : p->flr.v == TRI_YES			   ? "flr"
								   : "no method known");
}

/* ---- screens ------------------------------------------------------------------------------------------------ */

static void screens(const struct view *v, const struct facts *f)
{
	if (f->fb_owner.v)
		view_row(v, "Console", "%s", *f->fb_owner.v ? f->fb_owner.v : "no framebuffer");
	for (size_t i = 0; i < f->n_connectors; i++) {
		const struct connector *c = &f->connectors[i];

		if (c->connected.v == TRI_YES)
			view_row(v, "Screen", "%s on %s", c->monitor.v && *c->monitor.v ? c->monitor.v : "no EDID",
				 c->name);
	}
}

/* ---- IOMMU groups ------------------------------------------------------------------------------------------- */

static void iommu(const struct view *v, const struct facts *f, struct arena *a)
{
	const char *units = "";

	for (size_t i = 0; i < f->n_iommus && i < 8; i++)
		units = arena_printf(a, "%s%s%s", units, *units ? ", " : "", f->iommus[i].name);
	view_heading(v, "IOMMU");
	view_row(v, "State", "%s%s%s, interrupt remapping %s",
		 f->iommu_on.v == TRI_YES  ? "on"
		 : f->iommu_on.v == TRI_NO ? "off"
					   : unknown(a, f->iommu_on.from),
		 *units ? ": " : "", units,
		 f->irq_remap.v == TRI_YES  ? "on"
		 : f->irq_remap.v == TRI_NO ? "off"
					    : "unknown");
	view_row(v, "Tables", "DMAR %s, IVRS %s", yes_no(&f->dmar), yes_no(&f->ivrs));
}

static void function_line(const struct view *v, struct libscols_table *t, struct libscols_line *parent,
			  const struct pci_fn *p, struct arena *a)
{
	static const char intel[] = "Intel Corporation ";
	char addr[PCI_ADDR_STR], class[NAME_LEN], name[NAME_LEN];
	bool shorten = v->terminal && strncmp(name_of(p, name), intel, strlen(intel)) == 0;
	const char *const cells[] = { short_addr(p->addr, addr), ids(a, p), p->driver.v ? p->driver.v : "?",
				      class_name_of(p, class), name_of(p, name) + (shorten ? strlen(intel) : 0) };

	view_line(t, parent, cells);
}

static void groups(const struct view *v, const struct facts *f, struct arena *a)
{
	static const char *const columns[] = { "GROUP", "ID", "DRIVER", "CLASS", "NAME", NULL };
	struct libscols_table *t;
	size_t alone = 0;
	bool none = f->groups_seen.v == TRI_NO;

	if (f->n_pci == 0)
		return;
	fputc('\n', v->out);
	t = view_table(v, true, columns);
	for (size_t i = 0; i < f->n_groups; i++) {
		const char *const cells[] = { arena_printf(a, "%llu", (unsigned long long)f->groups[i].id), "", "",
					      "", "" };
		struct libscols_line *l = view_line(t, NULL, cells);

		for (size_t k = 0; k < f->groups[i].n_members; k++)
			function_line(v, t, l, &f->pci[f->groups[i].members[k]], a);
	}
	for (size_t i = 0; i < f->n_pci; i++) {
		alone += !f->pci[i].group.known || f->pci[i].group.v == GROUP_NONE;
		none |= f->pci[i].group.known && f->pci[i].group.v == GROUP_NONE;
	}
	if (alone) {
		const char *const cells[] = { none ? "no group" : "group unknown", "", "", "", "" };
		struct libscols_line *l = view_line(t, NULL, cells);

		for (size_t i = 0; i < f->n_pci; i++)
			if (!f->pci[i].group.known || f->pci[i].group.v == GROUP_NONE)
				function_line(v, t, l, &f->pci[i], a);
	}
	view_table_end(v, t);
}

/* "nothing: no kernel option ..." is a sentence of its own. */
static const char *split_words(struct arena *a, const char *why, const char *split)
{
	static const char nothing[] = "nothing: ";

	if (!split)
		return why;
	if (strncmp(split, nothing, strlen(nothing)) == 0)
		return arena_printf(a, "%s Nothing would split it: %s.", why, split + strlen(nothing));
	return arena_printf(a, "%s What would split it: %s.", why, split);
}

static void reasons(const struct view *v, const struct facts *f, struct arena *a)
{
	bool begun = false;

	for (size_t i = 0; i < f->n_groups; i++) {
		const struct iommu_group *g = &f->groups[i];
		const char *split = NULL, *why;
		char first[32];

		if (g->n_members < 2)
			continue;
		why = isolation_explain(f, g, a, &split);
		fputs(begun ? "" : "\n", v->out);
		begun = true;
		snprintf(first, sizeof(first), "Group %llu: ", (unsigned long long)g->id);
		view_paragraph(v, PAINT_HEAD, first, 4, split_words(a, why, split));
	}
}

/* ---- what the host needs ------------------------------------------------------------------------------------ */

static void use(const struct view *v, const struct facts *f, struct arena *a)
{
	char addr[PCI_ADDR_STR];

	if (f->default_if.v || f->n_nets || f->n_disks || f->n_guests)
		view_heading(v, "In use");
	if (f->default_if.v && *f->default_if.v)
		view_row(v, "Route", "by %s", f->default_if.v);
	for (enum way_kind k = 0; k < WAY_COUNT; k++)
		if (f->ways[k].says && f->ways[k].open.v != TRI_NO)
			view_row(v, "Way in", "%s%s", f->ways[k].open.v == TRI_YES ? "" : "perhaps ",
				 f->ways[k].says);
	for (size_t i = 0; i < f->n_nets; i++)
		if (f->nets[i].pci >= 0)
			view_row(v, "Network", "%s on %s%s", f->nets[i].name,
				 short_addr(f->pci[f->nets[i].pci].addr, addr),
				 with(a, ", port of ", &f->nets[i].bridge));
	for (size_t i = 0; i < f->n_disks; i++)
		view_row(v, "Disk", "%s on %s, controller %s", f->disks[i].what, f->disks[i].device,
			 f->disks[i].pci >= 0 ? short_addr(f->pci[f->disks[i].pci].addr, addr) : "unknown");
	for (size_t i = 0; i < f->n_guests; i++) {
		const struct guest *g = &f->guests[i];
		const char *list = "";

		for (size_t k = 0; k < g->n_pci; k++) {
			struct pci_addr at = g->pci[k];
			bool whole = at.fn > 7;

			at.fn = whole ? 0 : at.fn;
			short_addr(at, addr);
			if (whole)
				addr[strlen(addr) - 2] = '\0';
			list = arena_printf(a, "%s%s%s", list, *list ? ", " : ", uses ", addr);
		}
		view_row(v, "Guest", "%s %s%s%s%s", g->kind, *g->id ? g->id : "without a number", list,
			 g->uses_dri ? ", uses /dev/dri" : "", g->running.v == TRI_YES ? ", running" : "");
	}
}

static void usb(const struct view *v, const struct facts *f, struct arena *a)
{
	static const char *const columns[] = { "PORT", "ID", "DRIVER", "USE", "NAME", NULL };
	struct libscols_table *t;

	if (f->n_usb == 0)
		return;
	view_heading(v, "USB");
	t = view_table(v, false, columns);
	for (size_t i = 0; i < f->n_usb; i++) {
		const struct usb_dev *u = &f->usb[i];
		const char *const cells[] = { u->path ? u->path : "",
					      arena_printf(a, "%04x:%04x", u->vendor, u->product),
					      u->driver.v ? u->driver.v : "",
					      u->keyboard.v == TRI_YES	  ? "keyboard"
					      : u->bluetooth.v == TRI_YES ? "bluetooth"
									  : "",
					      u->name.v ? u->name.v : "" };

		view_line(t, NULL, cells);
	}
	view_table_end(v, t);
}

/* Where each fact was read, or why it is unknown: what JSON says beside the answer. */
static void origins(const struct view *v, const struct facts *f)
{
	static const struct {
		const char *key, *heading;
	} parts[] = { { "sources", "Read from" }, { "unknown", "Unknown, and why" } };
	static const char *const columns[] = { "FACT", "FROM", NULL };
	json_t *top = inspect_json(f, f->input);

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		struct libscols_table *t = view_table(v, false, columns);
		json_t *map = json_object_get(top, parts[i].key);

		view_heading(v, "%s", parts[i].heading);
		for (void *it = json_object_iter(map); it; it = json_object_iter_next(map, it)) {
			const char *const cells[] = { json_object_iter_key(it),
						      json_string_value(json_object_iter_value(it)) };

			view_line(t, NULL, cells);
		}
		view_table_end(v, t);
	}
	json_decref(top);
}

static void inspect_text(const struct cli *cli, const struct facts *f)
{
	struct arena a = { 0 };
	struct view v;

	view_init(&v, cli, stdout);
	machine(&v, f, &a);
	gpu(&v, f, &a);
	screens(&v, f);
	iommu(&v, f, &a);
	groups(&v, f, &a);
	reasons(&v, f, &a);
	use(&v, f, &a);
	usb(&v, f, &a);
	if (cli->verbose)
		origins(&v, f);
	arena_done(&a);
}

static int inspect_run(const struct cli *cli)
{
	struct report rep = { 0 };
	struct facts *f = NULL;
	int r;

	if (cli->n_args > 1 || (cli->n_args == 1 && (cli->root || cli->capture)))
		return usage_error("inspect", "one machine at a time");
	r = input_read(cli, cli->n_args ? cli->args[0] : NULL, &f, &rep);
	if (r < 0)
		return report_failed(&rep, r, input_name(cli, cli->n_args ? cli->args[0] : NULL));
	report_notes(cli, &rep);
	if (cli->json) {
		json_print(inspect_json(f, f->input), true, stdout);
	} else {
		inspect_text(cli, f);
		next_command(cli, f, "check");
	}
	facts_free(f);
	names_done();
	return EXIT_DONE;
}

static const char *const inspect_examples[] = {
	"this machine, all that can be read",
	"sudo igdctl inspect",
	"what somebody pasted into a forum",
	"igdctl inspect --capture their-output/",
	"for programs",
	"igdctl inspect --json",
	NULL,
};

const struct command command_inspect = {
	.name = "inspect",
	.effect = READS,
	.synopsis = "[OPTION...] [INPUT]",
	.summary = "Show the host: GPU, IOMMU groups, drivers, screens, guests",
	.about = "Reads a machine and prints its facts: the maker, processor and system; the GPU with its chip, "
		 "memory and reset; the IOMMU and its groups, with the reason why functions share one and what, if "
		 "anything, would part them; what the host itself needs its devices for; USB devices.\n\nINPUT is a "
		 "folder with a machine's files, a capture, a file or folder of pasted command output, or - for "
		 "pasted output on standard input; without it the machine this runs on is read. As an ordinary user "
		 "some facts stay unknown and say so.",
	.examples = inspect_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, -1 },
	.run = inspect_run,
};
