// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree_pci.c - PCI functions, IOMMU groups and units, and the ACPI tables about them.
 *
 * Linux Documentation/ABI/testing/sysfs-bus-pci, sysfs-kernel-iommu_groups, sysfs-class-iommu and
 * sysfs-class-iommu-intel-iommu.
 */
#include "facts/tree.h"

#include <fnmatch.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "fw/pci_config.h"

#define DEVICES "sys/bus/pci/devices"
#define GROUPS	"sys/kernel/iommu_groups"
#define TABLES	"sys/firmware/acpi/tables"

#define CONFIG_MAX 4096
#define GROUPS_MAX 65536

/* "0x... 0x... 0x..." a line: start, end, flags; the seventh is the expansion ROM. */
static void resources(struct tree *t, struct pci_fn *p, const char *path)
{
	struct span text, line, word;

	if (!tree_read(t, path, &text))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(p->bars) && span_line(&text, &line); i++) {
		uint64_t v[3] = { 0 };

		for (size_t k = 0; k < ARRAY_SIZE(v); k++)
			if (!text_word(&line, &word) || !text_number(word, &v[k]))
				return;
		p->bars[i] = (struct pci_bar) { v[0], v[1], v[2] };
	}
	fact_num_set(&p->n_bars, ARRAY_SIZE(p->bars), t->path);
}

static void ids(struct tree *t, struct pci_fn *p, const char *dir)
{
	struct fact_num vendor = { 0 }, device = { 0 }, class = { 0 }, sub_vendor = { 0 }, sub_device = { 0 };

	tree_num(t, &sub_vendor, tree_path(t, "%s/subsystem_vendor", dir));
	tree_num(t, &sub_device, tree_path(t, "%s/subsystem_device", dir));
	tree_num(t, &class, tree_path(t, "%s/class", dir));
	tree_num(t, &vendor, tree_path(t, "%s/vendor", dir));
	tree_num(t, &device, tree_path(t, "%s/device", dir));
	if (vendor.known && device.known && vendor.v <= 0xffff && device.v <= 0xffff)
		fact_num_set(&p->id, vendor.v << 16 | device.v, device.from);
	if (sub_vendor.known && sub_device.known && sub_vendor.v <= 0xffff && sub_device.v <= 0xffff)
		fact_num_set(&p->subsys, sub_vendor.v << 16 | sub_device.v, sub_device.from);
	if (class.known && class.v <= 0xffffff) {
		fact_num_set(&p->class, class.v >> 8, class.from);
		fact_num_set(&p->prog_if, class.v & 0xff, class.from);
	}
	tree_num(t, &p->rev, tree_path(t, "%s/revision", dir));
}

/* A link that is missing from a function's folder says none. */
static void link_fact(struct tree *t, struct fact_str *fact, const char *path)
{
	const char *name = tree_link_name(t, path);

	if (name || !t->why)
		fact_str_set(fact, name ? name : "", t->path);
	fact_str_why(fact, t->why);
}

static void group_of(struct tree *t, struct pci_fn *p, const char *path)
{
	const char *name = tree_link_name(t, path);
	uint64_t n;

	if (name && text_number(span_str(name), &n) && n < GROUPS_MAX && facts_group_add(t->f, p, n, t->path) == 0)
		return;
	if (!name && !t->why)
		fact_num_set(&p->group, GROUP_NONE, t->path);
	fact_num_why(&p->group, t->why);
}

/* "(null)" was what an unset override read as before Linux 6.x wrote an empty line. */
static void override(struct tree *t, struct pci_fn *p, const char *path)
{
	const char *s = tree_text(t, path);

	if (s)
		fact_str_set(&p->override, strcmp(s, "(null)") == 0 ? "" : s, t->path);
}

static void virtual_functions(struct tree *t, struct pci_fn *p, const char *dir)
{
	const char *of;

	tree_num(t, &p->sriov_total, tree_path(t, "%s/sriov_totalvfs", dir));
	if (!p->sriov_total.known && !t->why)
		fact_num_set(&p->sriov_total, 0, t->path);
	if (p->sriov_total.known && p->sriov_total.v)
		tree_num(t, &p->sriov_num, tree_path(t, "%s/sriov_numvfs", dir));
	of = tree_link(t, tree_path(t, "%s/physfn", dir));
	if (of || !t->why)
		fact_tri_set(&p->is_vf, of != NULL, t->path);
}

/* Do the bytes leave a question open that more of them could answer? */
static bool config_cut(struct span config)
{
	struct pci_config c;

	if (pci_config_read(config, &c, NULL) < 0)
		return false;
	/* a GPU's own registers lie behind the header */
	return !c.has_pcie_type || c.flr == PCI_UNKNOWN || c.acs == PCI_UNKNOWN || c.sriov == PCI_UNKNOWN ||
	       (c.class >> 8 == PCI_CLASS_DISPLAY && config.n < 256);
}

/*
 * Each word of configuration space is a transaction on the bus, and in a virtual machine an exit: so it is read as
 * far as its lists of capabilities lead, and no further.
 */
static void config(struct tree *t, struct pci_fn *p, const char *path)
{
	static const size_t steps[] = { 64, 256, 1024, CONFIG_MAX };
	struct span bytes = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (!tree_head(t, path, steps[i], &bytes)) {
			p->config_from = t->why;
			return;
		}
		facts_pci_config(t->f, p, bytes, t->path);
		if (bytes.n < steps[i] || !config_cut(bytes))
			return;
	}
}

/* A function that no driver has looked at yet is in a state that the kernel does not know, and its word for it is
 * "unknown" (Linux drivers/pci/pci-driver.c, pci_power_names). */
static void power_state(struct tree *t, struct pci_fn *p, const char *path)
{
	const char *s = tree_text(t, path);

	if (s && strcmp(s, "unknown") == 0)
		fact_str_why(&p->power_state, "the kernel does not know it: no driver has woken the device");
	else if (s)
		fact_str_set(&p->power_state, s, t->path);
	else
		fact_str_why(&p->power_state, t->why);
}

static void function_read(struct tree *t, struct pci_fn *p, const char *dir)
{
	config(t, p, tree_path(t, "%s/config", dir));
	ids(t, p, dir);
	resources(t, p, tree_path(t, "%s/resource", dir));
	link_fact(t, &p->driver, tree_path(t, "%s/driver", dir));
	link_fact(t, &p->iommu, tree_path(t, "%s/iommu", dir));
	group_of(t, p, tree_path(t, "%s/iommu_group", dir));
	override(t, p, tree_path(t, "%s/driver_override", dir));
	virtual_functions(t, p, dir);
	tree_str(t, &p->reset_methods, tree_path(t, "%s/reset_method", dir));
	tree_flag(t, &p->boot_vga, tree_path(t, "%s/boot_vga", dir));
	power_state(t, p, tree_path(t, "%s/power_state", dir));
}

/* ---- which modules could claim a display function ------------------------------------------------------------ */

#define WANTED_MAX 8

struct wanted {
	size_t n;
	int pci[WANTED_MAX];
	const char *modalias[WANTED_MAX];
};

/* "alias pci:v00008086d00003E92sv*sd*bc03sc*i* i915" (depmod(8)); @ret is the module. */
static bool alias_fits(const char *modalias, struct span line, struct span *ret)
{
	char pattern[128];
	struct span word;

	if (!text_skip(&line, "alias pci:") || !text_word(&line, &word) || word.n >= sizeof(pattern) - 4)
		return false;
	memcpy(pattern, "pci:", 4);
	memcpy(pattern + 4, word.p, word.n);
	pattern[4 + word.n] = '\0';
	*ret = text_trim(line);
	return ret->n && fnmatch(pattern, modalias, FNM_NOESCAPE) == 0;
}

static bool alias_wanted(void *ctx, struct span line)
{
	const struct wanted *w = ctx;
	struct span module;

	for (size_t i = 0; i < w->n; i++)
		if (alias_fits(w->modalias[i], line, &module))
			return true;
	return false;
}

/* The modules whose patterns in @text fit, each once. */
static const char *modules_for(struct tree *t, const char *modalias, struct span text)
{
	const char *list = "";
	struct span line, module;

	while (span_line(&text, &line))
		if (alias_fits(modalias, line, &module)) {
			const char *name = arena_span(&t->f->arena, module);

			if (!facts_word_in(list, name))
				list = arena_printf(&t->f->arena, "%s%s%s", list, *list ? " " : "", name);
		}
	return list;
}

static void modules_read(struct tree *t)
{
	const char *release = tree_text(t, "proc/sys/kernel/osrelease");
	struct wanted w = { 0 };
	struct span text;
	const char *path;

	for (size_t i = 0; i < t->f->n_pci && w.n < WANTED_MAX; i++) {
		struct pci_fn *p = &t->f->pci[i];
		char addr[PCI_ADDR_STR];

		if (!pci_fn_base_class(p, PCI_CLASS_DISPLAY))
			continue;
		w.modalias[w.n] = tree_text(t, tree_path(t, DEVICES "/%s/modalias", pci_addr_str(p->addr, addr)));
		w.pci[w.n] = (int)i;
		w.n += w.modalias[w.n] != NULL;
	}
	if (!release || strchr(release, '/') || w.n == 0)
		return;
	path = tree_path(t, "lib/modules/%s/modules.alias", release);
	if (host_read_some(t->h, path, "\n", alias_wanted, &w, &t->f->arena, &text) < 0)
		return;
	for (size_t i = 0; i < w.n; i++)
		fact_str_set(&t->f->pci[w.pci[i]].modules, modules_for(t, w.modalias[i], text),
			     arena_printf(&t->f->arena, "/%s", path));
}

/* ---- groups and units --------------------------------------------------------------------------------------- */

/* "0x... 0x... direct" a line. */
static void reserved(struct tree *t, struct iommu_group *g, const char *path)
{
	struct span text, line, start, end;
	struct reserved_region *r;
	uint64_t from, to;

	if (!tree_read(t, path, &text))
		return;
	while (span_line(&text, &line)) {
		if (!text_word(&line, &start) || !text_word(&line, &end) || !text_number(start, &from) ||
		    !text_number(end, &to))
			continue;
		r = arena_push(&t->f->arena, g->reserved, g->n_reserved);
		if (!r)
			return;
		*r = (struct reserved_region) { from, to, arena_span(&t->f->arena, text_trim(line)) };
	}
}

static void groups_read(struct tree *t)
{
	struct host_names names;

	if (!tree_list(t, GROUPS, &names)) {
		fact_tri_why(&t->f->groups_seen, t->why);
		if (!t->why && t->whole)
			fact_tri_set(&t->f->groups_seen, false, "/" GROUPS);
		return;
	}
	fact_tri_set(&t->f->groups_seen, names.n > 0, t->path);
	for (size_t i = 0; i < names.n; i++) {
		struct iommu_group *g;
		uint64_t id;

		if (!text_number(span_str(names.v[i]), &id) || id >= GROUPS_MAX || !(g = facts_group_get(t->f, id)))
			continue;
		tree_str(t, &g->type, tree_path(t, GROUPS "/%s/type", names.v[i]));
		g = facts_group_get(t->f, id);
		if (g)
			reserved(t, g, tree_path(t, GROUPS "/%s/reserved_regions", names.v[i]));
	}
}

/* Hexadecimal without "0x" (Linux drivers/iommu/intel/iommu.c, address_show() and its neighbours). */
static void hex_fact(struct tree *t, struct fact_num *fact, const char *path)
{
	struct span s;
	uint64_t v;

	if (tree_read(t, path, &s) && (s = text_trim(s), text_digits(&s, 16, &v)) && s.n == 0)
		fact_num_set(fact, v, t->path);
	fact_num_why(fact, t->why);
}

static void units_read(struct tree *t)
{
	struct host_names names;

	if (!tree_list(t, "sys/class/iommu", &names)) {
		if (!t->why && t->whole)
			fact_tri_set(&t->f->iommu_on, false, "/sys/class/iommu");
		return;
	}
	fact_tri_set(&t->f->iommu_on, names.n > 0, t->path);
	for (size_t i = 0; i < names.n; i++) {
		struct iommu_unit *u = arena_push(&t->f->arena, t->f->iommus, t->f->n_iommus);
		const char *dir = tree_path(t, "sys/class/iommu/%s/intel-iommu", names.v[i]);

		if (!u)
			return;
		*u = (struct iommu_unit) { .name = names.v[i],
					   .from = arena_printf(&t->f->arena, "/sys/class/iommu/%s", names.v[i]) };
		if (strncmp(names.v[i], "dmar", 4) != 0)
			continue;
		hex_fact(t, &u->base, tree_path(t, "%s/address", dir));
		hex_fact(t, &u->cap, tree_path(t, "%s/cap", dir));
		hex_fact(t, &u->ecap, tree_path(t, "%s/ecap", dir));
		tree_str(t, &u->version, tree_path(t, "%s/version", dir));
	}
}

/* Only root can copy tables; who copied one could copy the others. NULL when there is none. */
static const char *some_table(struct tree *t)
{
	struct host_names names;

	if (!tree_list(t, TABLES, &names))
		return NULL;
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.v[i], "data") != 0 && strcmp(names.v[i], "dynamic") != 0)
			return tree_path(t, TABLES "/%s", names.v[i]);
	return NULL;
}

static void tables_read(struct tree *t)
{
	struct facts *f = t->f;
	const char *other;
	struct span table;
	int r;

	other = some_table(t);
	tree_there(t, &f->dmar, TABLES "/DMAR", other);
	tree_there(t, &f->ivrs, TABLES "/IVRS", other);
	tree_there(t, &f->vfct, TABLES "/VFCT", other);
	if (f->dmar.v != TRI_YES)
		return;
	if (!tree_read(t, TABLES "/DMAR", &table)) {
		fact_tri_why(&f->dmar_read, t->why);
		return;
	}
	report_subject(t->rep, "DMAR");
	r = dmar_read(table, &f->dmar_table, NULL);
	if (r == 0)
		fact_tri_set(&f->dmar_read, true, t->path);
	else
		report_note(t->rep, REPORT_NOWHERE, "left out: %s", igd_error_str(r));
}

static void no_pci(struct tree *t)
{
	fact_tri_why(&t->f->pci_seen, t->why);
	if (!t->why && t->whole && tree_has(t, "sys/bus") == TRI_YES) {
		fact_tri_set(&t->f->pci_seen, false, "/" DEVICES);
		fact_tri_set(&t->f->pci_whole, true, "/" DEVICES);
	}
}

/* A copy without a single driver or group is one that lost its links, or a folder of single files. */
static void links_doubt(struct tree *t)
{
	struct facts *f = t->f;
	bool drivers = false, groups = tree_has(t, GROUPS) == TRI_YES;

	for (size_t i = 0; i < f->n_pci; i++) {
		drivers |= f->pci[i].driver.v && *f->pci[i].driver.v;
		groups |= f->pci[i].group.known && f->pci[i].group.v != GROUP_NONE;
	}
	for (size_t i = 0; i < f->n_pci; i++) {
		if (!drivers)
			f->pci[i].driver = (struct fact_str) { .from = "no function in this tree has a driver link" };
		if (!groups)
			f->pci[i].group = (struct fact_num) { .from = "this tree has no IOMMU groups" };
	}
}

void tree_pci(struct tree *t)
{
	struct host_names names;
	struct pci_addr a;

	if (tree_list(t, DEVICES, &names)) {
		const char *from = t->path;

		for (size_t i = 0; i < names.n; i++) {
			struct pci_fn *p = pci_addr_parse(names.v[i], &a)
						   ? facts_pci(t->f, a, tree_path(t, "/" DEVICES "/%s", names.v[i]))
						   : NULL;

			if (p)
				function_read(t, p, tree_path(t, DEVICES "/%s", names.v[i]));
		}
		if (t->f->n_pci || t->whole)
			fact_tri_set(&t->f->pci_seen, t->f->n_pci > 0, from);
		if (t->whole)
			fact_tri_set(&t->f->pci_whole, true, from);
		else
			links_doubt(t);
	} else {
		no_pci(t);
	}
	modules_read(t);
	groups_read(t);
	units_read(t);
	tables_read(t);
}
