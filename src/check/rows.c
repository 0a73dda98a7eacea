// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rows.c - the questions that rows of several tables ask of the facts.
 */
#include "check/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/text.h"

const struct pci_fn *row_igd(const struct facts *f)
{
	return f->igd.pci < 0 ? NULL : &f->pci[f->igd.pci];
}

bool row_igd_is(const struct facts *f, uint16_t vendor)
{
	const struct pci_fn *p = row_igd(f);

	return p && p->id.known && pci_fn_vendor(p) == vendor;
}

static bool made_by(const struct facts *f, const char *cpu, uint16_t gpu)
{
	return f->cpu.vendor.v ? strcmp(f->cpu.vendor.v, cpu) == 0 : row_igd_is(f, gpu);
}

bool row_intel_host(const struct facts *f)
{
	return made_by(f, "GenuineIntel", PCI_VENDOR_INTEL);
}

bool row_amd_host(const struct facts *f)
{
	return made_by(f, "AuthenticAMD", PCI_VENDOR_AMD_GPU);
}

enum verdict row_tri(struct evidence *ev, struct fact_tri fact, enum tri want, const char *what)
{
	if (fact.v == TRI_UNKNOWN)
		return evidence_unknown(ev, what, fact.from);
	evidence_add(ev, fact.from, "%s: %s", what, fact.v == TRI_YES ? "yes" : "no");
	return fact.v == want ? VERDICT_PASS : VERDICT_FAIL;
}

/* '-' and '_' are the same letter in names of modules and their options (Linux kernel/params.c). */
static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
			return false;
	return *a == *b;
}

static bool is_kernel_line(const struct conf *c)
{
	return c->kind == CONF_CMDLINE || c->kind == CONF_GRUB || c->kind == CONF_KERNEL_CMDLINE;
}

const struct conf *row_option(const struct facts *f, const char *key, bool running, const struct conf *after)
{
	size_t i = after ? (size_t)(after - f->confs) + 1 : 0;

	for (; i < f->n_confs; i++) {
		const struct conf *c = &f->confs[i];

		if ((running ? c->kind == CONF_CMDLINE : is_kernel_line(c)) && c->key && same_name(c->key, key))
			return c;
	}
	return NULL;
}

bool row_value_has(const char *value, const char *word)
{
	struct span rest = span_str(value ? value : ""), part;

	while (text_until(&rest, ",", &part))
		if (text_eq(part, word))
			return true;
	return text_eq(rest, word);
}

const struct conf *row_module_option(const struct facts *f, const char *module, const char *key,
				     const struct conf *after)
{
	size_t i = after ? (size_t)(after - f->confs) + 1 : 0;
	char dotted[96];

	snprintf(dotted, sizeof(dotted), "%s.%s", module, key);
	for (; i < f->n_confs; i++) {
		const struct conf *c = &f->confs[i];

		if (is_kernel_line(c) && c->key && same_name(c->key, dotted))
			return c;
		if (c->kind == CONF_MODPROBE && c->verb && strcmp(c->verb, "options") == 0 && c->module && c->key &&
		    same_name(c->module, module) && same_name(c->key, key))
			return c;
	}
	return NULL;
}

bool row_is_on(const char *value)
{
	if (!value)
		return true;
	if (*value && strchr("1yYtT", *value))
		return true;
	return (value[0] == 'o' || value[0] == 'O') && (value[1] == 'n' || value[1] == 'N');
}

const struct conf *row_module_option_on(const struct facts *f, const char *module, const char *key,
					const struct conf *after)
{
	do
		after = row_module_option(f, module, key, after);
	while (after && !row_is_on(after->value));
	return after;
}

static bool blacklists(const struct conf *c, const char *module)
{
	struct span rest, part;
	char name[64];

	if (c->kind == CONF_MODPROBE && c->verb && c->module && same_name(c->module, module))
		return strcmp(c->verb, "blacklist") == 0 ||
		       (strcmp(c->verb, "install") == 0 &&
			(strstr(c->line, "/bin/false") || strstr(c->line, "/bin/true")));
	if (!is_kernel_line(c) || !c->key || !c->value ||
	    (strcmp(c->key, "module_blacklist") != 0 && strcmp(c->key, "modprobe.blacklist") != 0))
		return false;
	for (rest = span_str(c->value); text_part(&rest, ",", &part);) {
		text_copy(part, name, sizeof(name));
		if (same_name(name, module))
			return true;
	}
	return false;
}

const struct conf *row_blacklist(const struct facts *f, const char *module, const struct conf *after)
{
	size_t i = after ? (size_t)(after - f->confs) + 1 : 0;

	for (; i < f->n_confs; i++)
		if (blacklists(&f->confs[i], module))
			return &f->confs[i];
	return NULL;
}

/* ---- what is meant for VMs ------------------------------------------------------------------------------ */

static int id_cmp(const void *a, const void *b)
{
	const struct row_id *x = a, *y = b;

	return x->id != y->id ? (x->id > y->id) - (x->id < y->id) : (x->at > y->at) - (x->at < y->at);
}

static int guest_fn_cmp(const void *a, const void *b)
{
	const struct row_guest_fn *x = a, *y = b;
	int r = pci_addr_cmp(x->addr, y->addr);

	return r ? r : (x->guest > y->guest) - (x->guest < y->guest);
}

static void plan_id(struct row_plans *plans, const struct conf *c, uint32_t id)
{
	if (plans->n_ids == PLANS_MAX)
		return;
	plans->confs[plans->n_ids] = c;
	plans->ids[plans->n_ids] = (struct row_id) { id, plans->n_ids };
	plans->n_ids++;
}

/*
 * "8086:3e92[:subvendor:subdevice[:class:mask]],..." (Linux drivers/vfio/pci/vfio_pci.c, vfio_pci_fill_ids()). The
 * kernel only warns of a part that it cannot read, and loads. An option without a single id stands for an id that no
 * device has.
 */
static void plan_ids(struct row_plans *plans, const struct conf *c)
{
	struct span rest = span_str(c->value ? c->value : ""), part;
	bool any = rest.n == 0;
	uint64_t vendor, device;

	while (text_part(&rest, ",", &part)) {
		if (!text_digits(&part, 16, &vendor) || !text_skip(&part, ":") || !text_digits(&part, 16, &device) ||
		    vendor > UINT16_MAX || device > UINT16_MAX)
			continue;
		plan_id(plans, c, (uint32_t)(vendor << 16 | device));
		any = true;
	}
	if (!any)
		plan_id(plans, c, UINT32_MAX);
}

static void plan_guest(struct row_plans *plans, const struct guest *g)
{
	for (size_t i = 0; i < g->n_pci && plans->n_fns < PLANS_MAX; i++)
		plans->fns[plans->n_fns++] = (struct row_guest_fn) { g->pci[i], g };
}

const struct row_plans *row_plans_make(const struct facts *f, struct arena *a)
{
	struct row_plans *plans = arena_new(a, struct row_plans);
	const struct conf *c = NULL;

	if (!plans)
		return NULL;
	plans->ids = arena_alloc(a, PLANS_MAX * sizeof(*plans->ids));
	plans->confs = arena_alloc(a, PLANS_MAX * sizeof(*plans->confs));
	plans->fns = arena_alloc(a, PLANS_MAX * sizeof(*plans->fns));
	if (!plans->ids || !plans->confs || !plans->fns)
		return NULL;
	while ((c = row_module_option(f, "vfio_pci", "ids", c)))
		plan_ids(plans, c);
	for (size_t i = 0; i < f->n_guests; i++)
		plan_guest(plans, &f->guests[i]);
	qsort(plans->ids, plans->n_ids, sizeof(*plans->ids), id_cmp);
	qsort(plans->fns, plans->n_fns, sizeof(*plans->fns), guest_fn_cmp);
	return plans;
}

const struct row_id *row_planned_id(const struct row_plans *plans, const struct pci_fn *p)
{
	size_t low = 0, high = plans->n_ids;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (plans->ids[mid].id < p->id.v)
			low = mid + 1;
		else
			high = mid;
	}
	return p->id.known && low < plans->n_ids && plans->ids[low].id == p->id.v ? &plans->ids[low] : NULL;
}

const struct conf *row_vfio_ids(const struct evidence *ev, const struct pci_fn *p)
{
	const struct row_id *id = row_planned_id(ev->plans, p);

	return id ? ev->plans->confs[id->at] : NULL;
}

static const struct guest *planned_guest(const struct row_plans *plans, struct pci_addr a)
{
	size_t low = 0, high = plans->n_fns;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (pci_addr_cmp(plans->fns[mid].addr, a) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < plans->n_fns && pci_addr_eq(plans->fns[low].addr, a) ? plans->fns[low].guest : NULL;
}

const char *row_claimed(const struct evidence *ev, const struct pci_fn *p, char buf[ROW_HOW_STR])
{
	const struct conf *ids = row_vfio_ids(ev, p);
	const struct guest *g = planned_guest(ev->plans, p->addr);
	struct pci_addr slot = p->addr;
	char line[256];

	slot.fn = 8;
	if (!g)
		g = planned_guest(ev->plans, slot);
	if (p->driver.v && strcmp(p->driver.v, "vfio-pci") == 0)
		return "is bound to vfio-pci";
	if (!ids && !g)
		return NULL;
	if (ids) {
		text_copy(span_str(ids->line), line, sizeof(line));
		snprintf(buf, ROW_HOW_STR, "is named by \"%s\" (%.100s)", line, ids->from);
	} else {
		text_copy(span_str(or_dash(g->id)), line, sizeof(line));
		snprintf(buf, ROW_HOW_STR, "is given to guest %s (%.100s)", line, g->from);
	}
	return buf;
}

bool row_guest_names(const struct guest *g, struct pci_addr a)
{
	for (size_t i = 0; i < g->n_pci; i++)
		if (pci_addr_eq(g->pci[i], a) || (g->pci[i].fn == 8 && pci_addr_same_slot(g->pci[i], a)))
			return true;
	return false;
}

/*
 * "DMAR-IR: IOAPIC id ... under DRHD base" is printed only for units whose ecap has the remapping bit, and
 * only after the DMAR flag was found set (Linux drivers/iommu/intel/irq_remapping.c,
 * intel_prepare_irq_remapping() and ir_parse_ioapic_hpet_scope()).
 */
enum tri row_irq_remap(const struct facts *f, struct evidence *ev)
{
	const struct log_line *l = facts_log(f, "DMAR-IR: IOAPIC id", NULL);

	if (f->irq_remap.v != TRI_UNKNOWN) {
		evidence_add(ev, f->irq_remap.from, "interrupt remapping is %s",
			     f->irq_remap.v == TRI_YES ? "in use" : "not in use");
		return f->irq_remap.v;
	}
	if (f->dmar_read.v == TRI_YES) {
		bool offered = f->dmar_table.flags & DMAR_INTR_REMAP;

		evidence_add(ev, f->dmar_read.from, "DMAR flags 0x%02x: interrupt remapping is %soffered",
			     f->dmar_table.flags, offered ? "" : "not ");
		return offered ? TRI_YES : TRI_NO;
	}
	if (l) {
		evidence_add(ev, l->from, "%s (printed only where remapping is there)", l->text);
		return TRI_YES;
	}
	return TRI_UNKNOWN;
}

/* An excerpt pasted for another reason is shorter. */
#define LOG_ENOUGH 20

enum verdict row_log_silent(const struct facts *f, struct evidence *ev)
{
	char why[64];

	if (f->log_whole.v == TRI_YES || f->n_log >= LOG_ENOUGH)
		return VERDICT_PASS;
	if (f->n_log == 0)
		return evidence_unknown(ev, "what the logs say",
					f->log_whole.from ? f->log_whole.from : "no log in this input");
	snprintf(why, sizeof(why), "only %zu log line%s in this input", f->n_log, f->n_log == 1 ? "" : "s");
	return evidence_unknown(ev, "what the rest of the logs says", why);
}

void row_conf_evidence(struct evidence *ev, const struct conf *c, const char *why)
{
	if (c->kind == CONF_MODPROBE || c->kind == CONF_MODULES || !c->key)
		evidence_add(ev, c->from, "%s%s%s", c->line, why ? ": " : "", why ? why : "");
	else
		evidence_add(ev, c->from, "%s%s%s%s%s", c->key, c->value ? "=" : "", c->value ? c->value : "",
			     why ? ": " : "", why ? why : "");
}

bool row_qemu(const struct facts *f, enum qemu_class *ret)
{
	struct span s = span_str(f->qemu.v ? f->qemu.v : "");
	uint64_t major, minor;

	if (!text_digits(&s, 10, &major) || !text_skip(&s, ".") || !text_digits(&s, 10, &minor) || major > 99)
		return false;
	*ret = qemu_class_of((unsigned)major, (unsigned)minor);
	return true;
}
