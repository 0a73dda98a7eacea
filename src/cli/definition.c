// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/definition.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/input.h"
#include "fw/oprom.h"
#include "host/host.h"
#include "store/pve_schema.h"
#include "store/qemu_args.h"
#include "store/section_conf.h"
#include "store/vm_domain.h"
#include "store/vm_pve.h"

#define DEFINITION_MAX ((size_t)1 << 20)
#define ROM_MAX	       ((size_t)16 << 20)

bool definition_is_id(const char *name)
{
	return strcmp(name, "-") != 0 && !strchr(name, '/') && access(name, F_OK) != 0;
}

/* ---- bytes -------------------------------------------------------------------------------------------------- */

/* Is @name the guest's id, or its file on that host? */
static bool is_guest(const struct guest *g, const char *name)
{
	return strcmp(g->id, name) == 0 || (name[0] == '/' && strcmp(g->from + strspn(g->from, "/"), name + 1) == 0);
}

static bool is_guest_of(const struct facts *f, const char *name)
{
	for (size_t i = 0; f && i < f->n_guests; i++)
		if (f->guests[i].text.n && is_guest(&f->guests[i], name))
			return true;
	return false;
}

static int guest_read(const struct facts *f, const char *id, struct definition *d, struct report *rep)
{
	for (size_t i = 0; f && i < f->n_guests; i++) {
		const struct guest *g = &f->guests[i];

		if (!is_guest(g, id) || g->text.n == 0 || strcmp(g->kind, "lxc") == 0)
			continue;
		d->text = g->text;
		d->from = g->from;
		return 0;
	}
	if (f && f->guests_seen.v == TRI_UNKNOWN)
		return report_refuse(rep, IGD_ENOENT, REPORT_NOWHERE,
				     "no such file, and the host's guests are not known: %s",
				     facts_why(f->guests_seen.from));
	return report_refuse(rep, IGD_ENOENT, REPORT_NOWHERE, "there is no such file, and no such VM on the host");
}

/* ---- which target ------------------------------------------------------------------------------------------- */

/* The name of a program that is QEMU: "/usr/bin/kvm", "qemu-system-x86_64". */
static bool is_qemu(const char *word)
{
	const char *name = strrchr(word, '/') ? strrchr(word, '/') + 1 : word;

	return strncmp(name, "qemu", 4) == 0 || strcmp(name, "kvm") == 0;
}

static enum vm_target target_of(struct span text)
{
	struct span s = text_trim(text), rest = s, line, word;

	if (text_starts(s, "<") || text_starts(s, "\xef\xbb\xbf<"))
		return VM_LIBVIRT;
	if (text_starts(s, "-"))
		return VM_QEMU;
	while (span_line(&rest, &line)) {
		struct span l = text_trim(line);
		char name[128];

		if (l.n == 0 || text_starts(l, "#"))
			continue;
		while (text_word(&l, &word)) { /* "sudo exec env A=b qemu-system-x86_64" */
			text_copy(word, name, sizeof(name));
			if (is_qemu(name) && !text_ends(word, ":"))
				return VM_QEMU;
			if (text_ends(word, ":"))
				break;
		}
		break;
	}
	return VM_PVE;
}

/* A shell script's comments and the words before the program. */
static int qemu_read(struct definition *d, struct report *rep)
{
	struct args_word *words;
	struct span rest = d->text, line, body = d->text;
	size_t n, i = 0;
	int r;

	while (span_line(&rest, &line) && (text_trim(line).n == 0 || text_starts(text_trim(line), "#")))
		body = rest;
	r = args_words(body, &d->arena, &words, &n, rep);
	if (r < 0)
		return r;
	vm_init(&d->vm, VM_QEMU, &d->arena);
	d->vm.json_devices = VM_NO;
	while (i < n && words[i].text[0] != '-')
		i++;
	for (; i < n; i++) {
		bool value = words[i].text[0] == '-' && qemu_option_has_value(words[i].text) && i + 1 < n;

		vm_arg(&d->vm, words[i].text, value ? words[i + 1].text : NULL);
		i += value;
	}
	vm_read_args(&d->vm);
	return d->arena.full ? -IGD_ENOMEM : 0;
}

/* "100" out of ".../100.conf". */
static const char *vmid_of(struct definition *d)
{
	const char *path = d->from ? d->from : d->name, *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	struct span s = span_str(base), digits = s;
	uint64_t id;

	if (!text_digits(&digits, 10, &id) || (digits.n && !text_eq(digits, ".conf")) || id < 100 || id > 999999999)
		return definition_is_id(d->name) && d->from ? d->name : NULL;
	return arena_printf(&d->arena, "%llu", (unsigned long long)id);
}

/* "$ qm config 100", "root@pve:~# cat 100.conf": what people paste above a definition. */
static struct span without_prompt(struct span text)
{
	struct span rest = text, line;

	while (span_line(&rest, &line)) {
		struct span l = text_trim(line);

		if (l.n && !text_starts(l, "$ ") &&
		    !((text_has(l, "# qm ") || text_has(l, "# cat ") || text_has(l, "$ ")) && text_has(l, "@") &&
		      !text_starts(l, "#")))
			return text;
		if (l.n)
			text = rest;
	}
	return text;
}

static bool has_keys(const struct pve_doc *d)
{
	for (size_t i = 0; i < d->n_items; i++)
		if (d->items[i].kind == PVE_KEY && pve_key_known(d->items[i].key))
			return true;
	return false;
}

/* What a mapping stands for on this host. */
static void mappings_resolve(const struct facts *f, struct vm *v)
{
	const struct text_file *cfg = f ? facts_text(f, "/etc/pve/mapping/pci.cfg") : NULL;

	for (size_t i = 0; cfg && i < v->n_pcis; i++) {
		struct vm_pci *p = &v->pcis[i];

		if (p->mapping && !p->has_host)
			p->has_host = mapping_find(cfg->bytes, span_str(p->mapping), (struct span) { 0 }, &p->host);
		p->n_hosts += p->mapping && p->has_host;
	}
}

int definition_read(const struct facts *f, const char *name, struct definition *d, struct report *rep)
{
	int r;

	*d = (struct definition) { .name = name, .arena.limit = (size_t)64 << 20 };
	report_subject(rep, "%s", name);
	r = definition_is_id(name) || is_guest_of(f, name)
		    ? guest_read(f, name, d, rep)
		    : input_bytes(name, DEFINITION_MAX, &d->arena, &d->text, rep);
	if (r < 0)
		return r;
	d->text = without_prompt(d->text);
	if (text_trim(d->text).n == 0)
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE, "is empty");
	switch (target_of(d->text)) {
	case VM_LIBVIRT:
		r = domain_read(d->text, &d->arena, &d->domain, rep);
		return r < 0 ? r : vm_domain_read(&d->domain, &d->arena, &d->vm);
	case VM_QEMU:
		return qemu_read(d, rep);
	default:
		r = pve_doc_read(d->text, &d->arena, &d->pve, rep);
		if (r < 0)
			return r;
		r = vm_pve_read(&d->pve, vmid_of(d), &d->arena, &d->vm);
		mappings_resolve(f, &d->vm);
		if (r == 0 && !has_keys(&d->pve))
			return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE,
					     "is no definition of a VM: neither Proxmox keys nor libvirt XML nor a "
					     "QEMU command line");
		return r;
	}
}

void definition_done(struct definition *d)
{
	domain_done(&d->domain);
	arena_done(&d->arena);
}

/* ---- ROM files ---------------------------------------------------------------------------------------------- */

/* Why no firmware gets to all of its images; NULL: it does. */
static const char *chain_fault(const struct oprom_chain *c, struct arena *a)
{
	if (c->images[0].at)
		return arena_printf(a, "its first image begins at 0x%zx; firmware looks at the beginning alone",
				    c->images[0].at);
	if (c->end == OPROM_END_PARTIAL)
		return "it ends within an image";
	return c->end == OPROM_END_STUCK ? "it has an image without a length" : NULL;
}

static void rom_judge(struct rom_look *l, struct span rom, const struct facts *f, struct arena *a)
{
	const struct pci_fn *gpu = f->igd.pci >= 0 ? &f->pci[f->igd.pci] : NULL;
	struct report rep = { 0 };
	struct oprom_chain chain;

	if (oprom_chain_read(rom, &chain, &rep) < 0) {
		l->fault = arena_str(a, rep.refusal.text);
		return;
	}
	l->fault = chain_fault(&chain, a);
	l->looked = !l->fault;
	l->vendor = chain.images[0].vendor;
	l->device = chain.images[0].device;
	for (size_t i = 0; i < chain.n; i++) {
		const struct oprom *img = &chain.images[i];

		if (img->place != OPROM_CHAINED && img->place != OPROM_GAP)
			continue;
		l->vbios |= img->code_type == OPROM_PC;
		l->efi |= img->code_type == OPROM_EFI;
		l->fits |= gpu && gpu->id.known && oprom_is_for(img, pci_fn_vendor(gpu), pci_fn_device(gpu));
	}
}

static const char *folder_of(const char *path, struct arena *a)
{
	const char *slash = strrchr(path, '/');

	return slash && slash > path ? arena_printf(a, "%.*s", (int)(slash - path - 1), path + 1) : "";
}

static void rom_look(struct host *h, const struct facts *f, const char *path, struct definition *d)
{
	struct rom_look *l = arena_push(&d->arena, d->roms, d->n_roms);
	struct span rom;
	int r;

	if (!l)
		return;
	*l = (struct rom_look) { .path = path };
	if (path[0] != '/' || host_has(h, folder_of(path, &d->arena)) <= 0)
		return;
	r = host_read(h, path + 1, ROM_MAX, &d->arena, &rom);
	if (r == -IGD_ENOENT)
		l->there = TRI_NO;
	if (r < 0)
		return;
	l->there = TRI_YES;
	rom_judge(l, rom, f, &d->arena);
}

void definition_look(const struct cli *cli, const struct facts *f, struct definition *d)
{
	struct report rep = { 0 };
	struct host *h = NULL;

	if (f->source != SOURCE_LIVE && f->source != SOURCE_ROOT)
		return; /* nobody captures ROM files */
	for (size_t i = 0; i < d->vm.n_pcis; i++) {
		const char *path = d->vm.pcis[i].romfile;

		if (!path || !*path)
			continue;
		if (!h && host_open_root(cli->capture ? cli->capture : cli->root ? cli->root : "/", &h, &rep) < 0)
			break;
		rom_look(h, f, path, d);
	}
	host_free(h);
}
