// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf.c - configuration texts as rows of facts, and guests as far as they name host devices.
 *
 * The grammars are in store/; here is only what a row of each kind looks like.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "facts/read.h"
#include "store/cmdline.h"
#include "store/grub.h"
#include "store/hostdev.h"
#include "store/modprobe.h"
#include "store/modules.h"
#include "store/pve_conf.h"

#define CONFS_MAX 16384 /* rows of one snapshot; a busy host has some hundred */

static struct conf *conf_add(struct facts *f, enum conf_kind kind, const char *from, const char *line)
{
	struct conf *c = f->n_confs < CONFS_MAX ? arena_push(&f->arena, f->confs, f->n_confs) : NULL;

	if (c)
		*c = (struct conf) { .kind = kind, .from = from, .line = line, .key = "" };
	fact_tri_set(&f->conf_seen[kind], true, from);
	return c;
}

const struct text_file *facts_text(const struct facts *f, const char *path)
{
	for (size_t i = 0; i < f->n_texts; i++)
		if (strcmp(f->texts[i].path, path) == 0)
			return &f->texts[i];
	return NULL;
}

void facts_text_add(struct facts *f, const char *path, enum tri there, struct span bytes, const char *why)
{
	struct text_file *t = NULL;

	if (f->n_texts < TEXTS_MAX && !facts_text(f, path))
		t = arena_push(&f->arena, f->texts, f->n_texts);
	if (!t)
		return;
	*t = (struct text_file) { .path = path, .there = { there, there == TRI_UNKNOWN ? why : path } };
	if (there == TRI_YES)
		t->bytes = bytes;
}

/* Module names are told apart with '_' only (kmod libkmod-util.c, modname_normalize()). */
static const char *module_name(struct facts *f, struct span name)
{
	char *s = (char *)arena_span(&f->arena, name);

	for (size_t i = 0; i < name.n && s[i]; i++)
		if (s[i] == '-')
			s[i] = '_';
	return s;
}

/* The options of @words as rows of @kind, each like @proto but for key and value. */
static int words_add(struct facts *f, const struct conf *proto, struct span words)
{
	struct cmdline_word w;

	while (cmdline_next(&words, &w)) {
		struct conf *c;

		if (w.key.n == 0 || text_starts(w.key, "$") || text_starts(w.key, "..."))
			continue; /* a reference of a shell script; an ellipsis of its writer */
		c = conf_add(f, proto->kind, proto->from, proto->line);
		if (!c)
			return -IGD_ELIMIT;
		c->verb = proto->verb;
		c->module = proto->module;
		c->grub = proto->grub;
		c->key = arena_span(&f->arena, w.key);
		c->value = w.has_value ? arena_span(&f->arena, w.value) : NULL;
	}
	return 0;
}

/*
 * The running kernel has one line. Of a file each that is no comment counts: its readers join them (systemd 257,
 * 90-loaderentry.install; mkinitcpio and sdbootutil, 2025), but for Proxmox's (plan/boot_proxmox.c).
 */
static int cmdline_add(struct facts *f, enum conf_kind kind, const char *file, struct span text, size_t line)
{
	struct span l;
	int r = 0;

	for (; r == 0 && span_line(&text, &l); line++) {
		struct conf proto = { .kind = kind };

		l = text_trim(l);
		if (!l.n || (kind != CONF_CMDLINE && text_starts(l, "#")))
			continue;
		proto.from = facts_at(f, file, line);
		proto.line = arena_span(&f->arena, l);
		fact_tri_set(&f->conf_seen[kind], true, proto.from);
		if (kind == CONF_CMDLINE) {
			fact_str_set(&f->cmdline, proto.line, proto.from);
			return words_add(f, &proto, l);
		}
		r = words_add(f, &proto, l);
	}
	return r;
}

/* In which line each variable is last set anew: what stood before it in the same file is undone. */
static void grub_last(struct span rest, size_t line, size_t ret[GRUB_LINUX_DEFAULT + 1])
{
	struct grub_line g;
	size_t at;

	while (grub_next(&rest, &line, &g, &at))
		if (!g.appends)
			ret[g.variable] = at;
}

/* What earlier files assigned to the variable is undone too. A paste may hold files that are not in force at once. */
static void grub_undo(struct facts *f, enum grub_variable variable)
{
	size_t n = 0;

	if (f->source == SOURCE_BUNDLE)
		return;
	for (size_t i = 0; i < f->n_confs; i++)
		if (f->confs[i].kind != CONF_GRUB || f->confs[i].grub != variable)
			f->confs[n++] = f->confs[i];
	f->n_confs = n;
}

static int grub_add(struct facts *f, const char *file, struct span text, size_t line)
{
	size_t at, last[GRUB_LINUX_DEFAULT + 1] = { 0 };
	struct grub_line g;
	int r;

	grub_last(text, line, last);
	while (grub_next(&text, &line, &g, &at)) {
		struct conf proto = { .kind = CONF_GRUB, .grub = (uint8_t)g.variable };

		if (at < last[g.variable])
			continue;
		if (!g.appends)
			grub_undo(f, g.variable);
		proto.from = facts_at(f, file, at);
		proto.line = arena_span(&f->arena, g.raw);
		fact_tri_set(&f->conf_seen[CONF_GRUB], true, proto.from);
		r = words_add(f, &proto, g.value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int modprobe_add(struct facts *f, const char *file, struct span text, size_t line)
{
	uint8_t buf[MODPROBE_LINE_MAX];
	struct modprobe_line l;
	size_t at;

	while (modprobe_next(&text, &line, buf, &l, &at)) {
		struct conf proto = { .kind = CONF_MODPROBE }, *c;

		proto.from = facts_at(f, file, at);
		proto.line = arena_span(&f->arena, l.raw);
		proto.verb = modprobe_verb_str(l.verb);
		proto.module = l.module.n ? module_name(f, l.module) : NULL;
		if (l.verb == MODPROBE_OPTIONS) {
			int r = words_add(f, &proto, l.rest);

			if (r < 0)
				return r;
			continue;
		}
		c = conf_add(f, CONF_MODPROBE, proto.from, proto.line);
		if (!c)
			return -IGD_ELIMIT;
		c->verb = proto.verb;
		c->module = proto.module;
		c->value = l.rest.n ? arena_span(&f->arena, l.rest) : NULL;
	}
	return 0;
}

static int modules_add(struct facts *f, const char *file, struct span text, size_t line)
{
	struct modules_line l;
	size_t at;

	while (modules_next(&text, &line, &l, &at)) {
		struct conf *c = conf_add(f, CONF_MODULES, facts_at(f, file, at), arena_span(&f->arena, l.raw));

		if (!c)
			return -IGD_ELIMIT;
		c->module = module_name(f, l.name);
		c->value = l.rest.n ? arena_span(&f->arena, l.rest) : NULL;
	}
	return 0;
}

/* "options root=... quiet" of a loader entry, "linux /boot/vmlinuz root=..." of grub.cfg, or the words alone. */
static int entry_add(struct facts *f, const char *file, struct span text, size_t line)
{
	struct span l, word;
	int r = 0;

	for (; r == 0 && span_line(&text, &l); line++) {
		struct conf proto = { .kind = CONF_LOADER_ENTRY };
		struct span s = text_trim(l);

		if (text_starts(s, "linux") && text_word(&s, &word)) {
			if (!text_eq(word, "linux") && !text_eq(word, "linuxefi") && !text_eq(word, "linux16"))
				continue;
			if (!text_word(&s, &word) || s.n == 0) /* the kernel's file; alone in a loader entry */
				continue;
		} else if (!text_skip(&s, "options ") && !text_skip(&s, "options\t")) {
			continue;
		}
		proto.from = facts_at(f, file, line);
		proto.line = arena_span(&f->arena, text_trim(l));
		r = words_add(f, &proto, s);
	}
	return r;
}

int facts_conf_text(struct facts *f, enum conf_kind kind, const char *file, struct span text, size_t first_line)
{
	switch (kind) {
	case CONF_CMDLINE:
	case CONF_KERNEL_CMDLINE:
		return cmdline_add(f, kind, file, text, first_line);
	case CONF_GRUB:
		return grub_add(f, file, text, first_line);
	case CONF_LOADER_ENTRY:
		return entry_add(f, file, text, first_line);
	case CONF_MODPROBE:
		return modprobe_add(f, file, text, first_line);
	case CONF_MODULES:
		return modules_add(f, file, text, first_line);
	}
	return -IGD_EUSAGE;
}

/* ---- guests -------------------------------------------------------------------------------------------- */

#define GUESTS_MAX    4096
#define GUEST_PCI_MAX 64 /* host functions of one guest; Proxmox has 16 entries */

static int guest_pci(struct facts *f, struct guest *g, struct pci_addr a)
{
	struct pci_addr *slot;

	for (size_t i = 0; i < g->n_pci; i++)
		if (pci_addr_eq(g->pci[i], a))
			return 0;
	if (g->n_pci >= GUEST_PCI_MAX)
		return 0;
	slot = arena_push(&f->arena, g->pci, g->n_pci);
	if (!slot)
		return -IGD_ENOMEM;
	*slot = a;
	return 0;
}

static int guest_hostpci(struct facts *f, struct guest *g, struct span value)
{
	struct pve_hostpci h;
	struct pci_addr a;
	int r = 0;

	pve_hostpci_read(value, &h);
	while (r == 0 && pve_hostpci_next(&h.hosts, &a))
		r = guest_pci(f, g, a);
	g->mdev |= h.mdev.n > 0;
	return r;
}

/* "lxc.mount.entry: /dev/dri ...", "lxc.cgroup2.devices.allow: c 226:0 rwm" (226 is DRM's major, Linux
 * Documentation/admin-guide/devices.txt), "dev0: /dev/dri/renderD128". */
static bool line_uses_dri(const struct pve_line *l)
{
	return text_has(l->value, "/dev/dri") || text_has(l->value, "dev/dri") ||
	       (text_starts(l->key, "lxc.cgroup") && text_has(l->value, "226:"));
}

static int guest_line(struct facts *f, struct guest *g, const struct pve_line *l)
{
	struct span args = l->value;
	struct pci_addr a;
	int r = 0;

	if (pve_is_hostpci(l->key))
		return guest_hostpci(f, g, l->value);
	if (text_eq(l->key, "onboot"))
		fact_tri_set(&g->onboot, text_eq(l->value, "1"), g->from);
	else if (text_eq(l->key, "args"))
		while (r == 0 && text_has(args, "vfio-pci") && qemu_vfio_next(&args, &a))
			r = guest_pci(f, g, a);
	else if (line_uses_dri(l))
		g->uses_dri = true;
	return r;
}

static int guest_push(struct facts *f, const struct guest *g)
{
	struct guest *slot = f->n_guests < GUESTS_MAX ? arena_push(&f->arena, f->guests, f->n_guests) : NULL;

	if (!slot)
		return -IGD_ELIMIT;
	*slot = *g;
	return 0;
}

int facts_guest_pve(struct facts *f, const char *kind, const char *id, const char *file, struct span text)
{
	struct guest g = { 0 };
	struct pve_line l;
	int r = 0;

	g.kind = arena_str(&f->arena, kind);
	g.id = arena_str(&f->arena, id);
	g.from = arena_str(&f->arena, file);
	g.text = (struct span) { (const uint8_t *)arena_span(&f->arena, text), text.n };
	while (r == 0 && pve_next(&text, &l))
		r = guest_line(f, &g, &l);
	return r < 0 ? r : guest_push(f, &g);
}

int facts_guest_qemu(struct facts *f, const char *from, struct span text)
{
	struct guest g = { .kind = "qemu", .id = "", .from = from };
	struct pci_addr a;
	int r = 0;

	while (r == 0 && qemu_vfio_next(&text, &a))
		r = guest_pci(f, &g, a);
	return r < 0 || g.n_pci == 0 ? r : guest_push(f, &g);
}

/* Has a PCI <hostdev> managed='yes' (libvirt formatdomain, "USB / PCI / SCSI devices")? */
static bool is_managed(struct span xml)
{
	struct span before;

	while (text_until(&xml, "<hostdev", &before)) {
		struct span tag = span_before(xml, '>');

		if (text_has(tag, "managed='yes'") || text_has(tag, "managed=\"yes\""))
			return true;
	}
	return false;
}

int facts_guest_libvirt(struct facts *f, const char *from, struct span xml)
{
	struct guest g = { .kind = "libvirt", .id = "", .from = from };
	struct span rest = xml, before, name;
	struct pci_addr a;
	int r = 0;

	if (text_until(&rest, "<name>", &before) && text_until(&rest, "</name>", &name) && name.n < 128)
		g.id = arena_span(&f->arena, text_trim(name));
	g.managed = is_managed(xml);
	g.text = (struct span) { (const uint8_t *)arena_span(&f->arena, xml), xml.n };
	while (r == 0 && hostdev_next(&xml, &a))
		r = guest_pci(f, &g, a);
	return r < 0 || (g.n_pci == 0 && !*g.id) ? r : guest_push(f, &g);
}
