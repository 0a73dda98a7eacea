// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/making.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/input.h"
#include "cli/json.h"
#include "store/vm_qemu.h"

#define MEMORY_MIB 8192
#define CORES	   4

/* ---- the command line --------------------------------------------------------------------------------------- */

static int wish_read(struct making *m, const char *command)
{
	const struct cli *cli = m->cli;
	struct render_wish *w = &m->wish;
	uint64_t cores = CORES, memory = MEMORY_MIB;
	uint16_t vendor = 0, device = 0;

	if (input_mode(cli, command, &w->look.mode, &w->look.mode_asked) != EXIT_DONE)
		return EXIT_USAGE;
	if (cli->qemu && !vm_release_parse(cli->qemu, &(unsigned) { 0 }, &(unsigned) { 0 }))
		return usage_error(command, "\"%.20s\" is no release of QEMU; they look like 9.2 or 10.1.2",
				   cli->qemu);
	w->look.qemu = cli->qemu;
	if (cli->target && !vm_target_parse(cli->target, &w->target))
		return usage_error(command, "no target \"%.20s\"; there are pve, libvirt, qemu", cli->target);
	w->os = VM_OS_WINDOWS;
	if (cli->guest && strcmp(cli->guest, "linux") == 0)
		w->os = VM_OS_LINUX;
	else if (cli->guest && strcmp(cli->guest, "windows") != 0)
		return usage_error(command, "no guest \"%.20s\"; there are windows and linux", cli->guest);
	if (!input_number(cli->memory, 256, 1 << 24, &memory))
		return usage_error(command, "--memory wants MiB, 256 to 16777216");
	if (!input_number(cli->cores, 1, 512, &cores))
		return usage_error(command, "--cores wants 1 to 512");
	w->memory_mib = memory;
	w->cores = (unsigned)cores;
	if (cli->device && !input_device(cli->device, &vendor, &device))
		return usage_error(command, "\"%.20s\" is no id of a device; they look like 8086:3e92", cli->device);
	m->device = (uint32_t)vendor << 16 | device;
	if (cli->device && (cli->root || cli->capture || cli->host))
		return usage_error(command,
				   "--device is for a GPU without its host; --root, --capture or --host name one");
	w->name = cli->name;
	w->rom = cli->rom;
	w->mdev = cli->mdev;
	return EXIT_DONE;
}

static int with_read(struct making *m, const char *command)
{
	for (size_t i = 0; i < m->cli->with.n; i++)
		if (!with_add(m->f, m->cli->with.v[i], &m->arena, &m->with))
			return usage_error(command,
					   "--with %.40s: name keyboard, mouse, bluetooth, wifi, audio, a USB id "
					   "(046d:c52b), a port (1-14) or a PCI address (00:14.3)",
					   m->cli->with.v[i]);
	m->wish.with = &m->with;
	return EXIT_DONE;
}

/* A definition of this host, or a file that it keeps; a new VM is for this host unless its GPU is named. */
static bool is_of_host(const struct cli *cli, const char *from)
{
	if (cli->root || cli->capture || cli->host)
		return true;
	if (!from)
		return !cli->device;
	return definition_is_id(from) || strncmp(from, "/etc/pve/", 9) == 0 ||
	       strncmp(from, "/etc/libvirt/", 13) == 0;
}

/* Without a host the GPU is what --device says. */
static bool device_put(struct making *m)
{
	struct pci_fn *p = m->device ? facts_pci(m->f, (struct pci_addr) { 0, 0, 2, 0 }, "--device") : NULL;

	if (p) {
		p->id = NUM_KNOWN(m->device, "--device");
		p->class = NUM_KNOWN(PCI_CLASS_DISPLAY_VGA, "--device");
	}
	return !m->device || p;
}

static int facts_begin(struct making *m, bool host)
{
	struct report rep = { 0 };
	int r = 0;

	if (host)
		r = input_read(m->cli, NULL, &m->f, &rep);
	if (r < 0)
		return report_failed(&rep, r, input_name(m->cli, NULL));
	report_notes(m->cli, &rep);
	if (!m->f &&
	    (!(m->f = facts_new("nothing", SOURCE_BUNDLE)) || !device_put(m) || facts_finish(m->f, &rep) < 0))
		return report_failed(NULL, -IGD_ENOMEM, "facts");
	if (checks_run(m->f, &m->found) < 0)
		return report_failed(NULL, -IGD_ENOMEM, "checks");
	return EXIT_DONE;
}

int making_begin(struct making *m, const struct cli *cli, const char *command, const char *from, bool host)
{
	struct report rep = { 0 };
	int r, status;

	*m = (struct making) { .cli = cli, .arena.limit = (size_t)64 << 20 };
	status = wish_read(m, command);
	if (status == EXIT_DONE)
		status = facts_begin(m, host || is_of_host(cli, from));
	if (status == EXIT_DONE)
		status = with_read(m, command);
	if (status != EXIT_DONE || !from)
		return status;
	r = definition_read(m->f, from, &m->def, &rep);
	if (r < 0)
		return report_failed(&rep, r, from);
	definition_look(cli, m->f, &m->def);
	m->wish.look.roms = m->def.roms;
	m->wish.look.n_roms = m->def.n_roms;
	if (!cli->target)
		m->wish.target = m->def.vm.target;
	return EXIT_DONE;
}

/* PVE keeps its ROM files in one folder and names them without it. */
static void rom_resolve(struct making *m)
{
	if (m->wish.rom && m->wish.rom[0] != '/' && m->wish.target == VM_PVE)
		m->wish.rom = arena_printf(&m->arena, "/usr/share/kvm/%s", m->wish.rom);
}

int making_render(struct making *m, bool quiet)
{
	struct render_source src = { 0 };
	int r;

	if (m->def.name)
		src = (struct render_source) { &m->def.vm, &m->def.pve, &m->def.domain, m->def.text };
	rom_resolve(m);
	r = render(m->f, &m->found, &src, &m->wish, &m->arena, &m->r);
	if (r < 0)
		return report_failed(NULL, r, "render");
	if (m->r.refused && !quiet)
		fprintf(stderr, "igdctl: %s\n", m->r.refused);
	return m->r.refused ? EXIT_REFUSED : EXIT_DONE;
}

void making_done(struct making *m)
{
	if (m->def.name)
		definition_done(&m->def);
	findings_done(&m->found);
	arena_done(&m->arena);
	facts_free(m->f);
}

/* ---- words -------------------------------------------------------------------------------------------------- */

const char *argv_str(const char *const *argv, struct arena *a)
{
	const char *s = "";

	for (size_t i = 0; argv[i]; i++)
		s = arena_printf(a, "%s%s%s", s, i ? " " : "", shell_quoted(argv[i], a));
	return s;
}

static void choice_text(const struct view *v, struct making *m)
{
	const struct choice *c = &m->r.choice;
	struct arena *a = &m->arena;

	view_paragraph(
		v, PAINT_GOOD, arena_printf(a, "Mode %s: ", mode_str(c->taken->mode)), 4,
		arena_printf(a, "%s%s%s", c->why, c->taken->why ? "; " : "", c->taken->why ? c->taken->why : ""));
	if (c->second)
		view_paragraph(v, PAINT_PLAIN, "Else ", 4,
			       arena_printf(a, "%s%s.", mode_str(c->second->mode),
					    c->second->answer == CHOICE_UNKNOWN ? ", as far as is known" : ""));
	for (size_t i = 0; i < c->n_ways; i++) {
		const struct choice_way *way = &c->ways[i];

		if (way->answer != CHOICE_BLOCKED || !way->unlock || (!m->cli->verbose && way->mode > MODE_UEFI))
			continue;
		view_paragraph(v, PAINT_DIM, arena_printf(a, "Not %s: ", mode_str(way->mode)), 4,
			       arena_printf(a, "%s %s", way->why, way->unlock));
	}
	for (size_t i = 0; i < c->n_instead; i++)
		view_paragraph(v, PAINT_WARN, "! ", 2, c->instead[i]);
}

void making_text(const struct view *v, struct making *m)
{
	struct arena *a = &m->arena;
	const struct given *g = &m->r.given;

	choice_text(v, m);
	if (m->def.name)
		view_heading(v, g->n_changes ? "What changes in the VM, and why" : "Nothing changes in the VM");
	for (size_t i = 0; m->def.name && i < g->n_changes; i++) {
		const struct vm_change *c = &g->changes[i];

		view_paragraph(v, PAINT_PLAIN, "", 4,
			       arena_printf(a, "%s: %s -> %s  (%s) [%s]", c->what,
					    c->before && *c->before ? c->before : "-",
					    c->after && *c->after ? c->after : "-", c->why, c->id));
	}
	for (size_t i = 0; i < g->n_todo; i++) {
		if (i == 0)
			view_heading(v, "What is yours to do");
		view_paragraph(v, PAINT_WARN, "- ", 2, g->todo[i]);
	}
	for (size_t i = 0; i < m->with.n_notes; i++) {
		if (i == 0)
			view_heading(v, "What does not go along");
		view_paragraph(v, PAINT_WARN, "- ", 2, m->with.notes[i]);
	}
	for (size_t i = 0; i < m->r.lost.n; i++) {
		if (i == 0)
			view_heading(v, "What has no counterpart");
		view_paragraph(v, PAINT_WARN, "- ", 2,
			       arena_printf(a, "%s: %s", m->r.lost.v[i].what, m->r.lost.v[i].why));
	}
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

json_t *argv_json(const char *const *argv)
{
	json_t *list = json_array();

	for (size_t i = 0; argv && argv[i]; i++)
		json_array_append_new(list, json_text(argv[i]));
	return list;
}

static json_t *texts_json(const char *const *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_text(v[i]));
	return list;
}

static json_t *ways_json(const struct choice *c)
{
	static const char *const answers[] = {
		[CHOICE_WORKS] = "possible", [CHOICE_UNKNOWN] = "unknown", [CHOICE_BLOCKED] = "blocked"
	};
	json_t *list = json_array();

	for (size_t i = 0; i < c->n_ways; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:o, s:o}", "mode", mode_str(c->ways[i].mode), "verdict",
						answers[c->ways[i].answer], "why", json_text(c->ways[i].why),
						"unlock", json_text(c->ways[i].unlock)));
	return list;
}

static json_t *changes_json(const struct given *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_changes; i++)
		json_array_append_new(
			list, json_pack("{s:o, s:o, s:o, s:o, s:o}", "what", json_text(g->changes[i].what), "before",
					json_text(g->changes[i].before), "after", json_text(g->changes[i].after),
					"id", json_text(g->changes[i].id), "why", json_text(g->changes[i].why)));
	return list;
}

static json_t *lost_json(const struct vm_losses *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->n; i++)
		json_array_append_new(list, json_pack("{s:o, s:o}", "what", json_text(l->v[i].what), "why",
						      json_text(l->v[i].why)));
	return list;
}

void making_json(json_t *top, const struct making *m)
{
	const struct choice *c = &m->r.choice;
	json_t *list = json_array();

	json_object_set_new(top, "mode", c->taken ? json_text(mode_str(c->taken->mode)) : json_null());
	json_object_set_new(top, "second", c->second ? json_text(mode_str(c->second->mode)) : json_null());
	json_object_set_new(top, "why", json_text(c->why));
	json_object_set_new(top, "refused", json_text(m->r.refused));
	json_object_set_new(top, "ways", ways_json(c));
	json_object_set_new(top, "instead", texts_json(c->instead, c->n_instead));
	json_object_set_new(top, "changes", changes_json(&m->r.given));
	json_object_set_new(top, "todo", texts_json(m->r.given.todo, m->r.given.n_todo));
	json_object_set_new(top, "left", texts_json(m->with.notes, m->with.n_notes));
	json_object_set_new(top, "lost", lost_json(&m->r.lost));
	for (size_t i = 0; m->r.commands && m->r.commands[i]; i++)
		json_array_append_new(list, argv_json(m->r.commands[i]));
	json_object_set_new(top, "commands", list);
}
