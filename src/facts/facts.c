// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * facts.c - the snapshot itself: making one, filling single facts, and closing it.
 *
 * Functions are found by address through a small hash while the snapshot grows; facts_finish() sorts
 * them and follows every index that pointed at one.
 */
#include "facts/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/error.h"
#include "base/text.h"
#include "facts/read.h"
#include "fw/igd_id.h"

#define FACTS_MAX  ((size_t)256 * 1024 * 1024) /* bytes of one snapshot; a large server needs some 2 MiB */
#define PCI_MAX	   16384 /* functions, and groups: a server with virtual functions has some 2,000 */
#define GROUPS_MAX 16384

struct facts *facts_new(const char *input, enum source_kind source)
{
	struct facts *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->arena.limit = FACTS_MAX;
	f->source = source;
	f->input = arena_str(&f->arena, input);
	f->igd.pci = -1;
	return f;
}

void facts_free(struct facts *f)
{
	if (!f)
		return;
	arena_done(&f->arena);
	free(f);
}

void fact_str_set(struct fact_str *fact, const char *v, const char *from)
{
	if (!fact->v && v)
		*fact = STR_KNOWN(v, from);
}

void fact_num_set(struct fact_num *fact, uint64_t v, const char *from)
{
	if (!fact->known)
		*fact = NUM_KNOWN(v, from);
}

void fact_tri_set(struct fact_tri *fact, bool yes, const char *from)
{
	if (fact->v == TRI_UNKNOWN)
		*fact = TRI_KNOWN(yes, from);
}

void fact_str_why(struct fact_str *fact, const char *why)
{
	if (!fact->v)
		fact->from = why;
}

void fact_num_why(struct fact_num *fact, const char *why)
{
	if (!fact->known)
		fact->from = why;
}

void fact_tri_why(struct fact_tri *fact, const char *why)
{
	if (fact->v == TRI_UNKNOWN)
		fact->from = why;
}

const char *facts_at(struct facts *f, const char *file, size_t line)
{
	return arena_printf(&f->arena, "%s:%zu", file, line);
}

/* ---- functions by address -------------------------------------------------------------------- */

static size_t addr_hash(struct pci_addr a)
{
	uint32_t h = a.domain << 16 ^ (uint32_t)a.bus << 8 ^ (uint32_t)a.dev << 3 ^ a.fn;

	return h * 2654435761U >> 7; /* Knuth, The Art of Computer Programming 3, 6.4 */
}

static void slot_put(struct facts *f, int index)
{
	size_t i = addr_hash(f->pci[index].addr) & (f->n_pci_slots - 1);

	while (f->pci_slots[i] != 0)
		i = (i + 1) & (f->n_pci_slots - 1);
	f->pci_slots[i] = index + 1;
}

static bool slots_rebuild(struct facts *f, size_t n)
{
	int *slots = arena_alloc(&f->arena, n * sizeof(*slots));

	if (!slots)
		return false;
	f->pci_slots = slots;
	f->n_pci_slots = n;
	for (size_t i = 0; i < f->n_pci; i++)
		slot_put(f, (int)i);
	return true;
}

int facts_pci_index(const struct facts *f, struct pci_addr a)
{
	size_t i;

	if (f->n_pci_slots == 0)
		return -1;
	for (i = addr_hash(a) & (f->n_pci_slots - 1); f->pci_slots[i]; i = (i + 1) & (f->n_pci_slots - 1))
		if (pci_addr_eq(f->pci[f->pci_slots[i] - 1].addr, a))
			return f->pci_slots[i] - 1;
	return -1;
}

const struct pci_fn *facts_find_pci(const struct facts *f, struct pci_addr a)
{
	int i = facts_pci_index(f, a);

	return i < 0 ? NULL : &f->pci[i];
}

struct pci_fn *facts_pci(struct facts *f, struct pci_addr a, const char *from)
{
	int i = facts_pci_index(f, a);
	struct pci_fn *p;

	if (i >= 0)
		return &f->pci[i];
	if (f->n_pci >= PCI_MAX)
		return NULL;
	if (f->n_pci * 2 >= f->n_pci_slots && !slots_rebuild(f, f->n_pci_slots ? f->n_pci_slots * 2 : 64))
		return NULL;
	p = arena_push(&f->arena, f->pci, f->n_pci);
	if (!p)
		return NULL;
	*p = (struct pci_fn) { .addr = a, .from = from, .parent = -1 };
	slot_put(f, (int)f->n_pci - 1);
	return p;
}

/* ---- groups ------------------------------------------------------------------------------------ */

struct iommu_group *facts_group_get(struct facts *f, uint64_t id)
{
	struct iommu_group *g;

	for (size_t i = f->n_groups; i-- > 0;) /* listings come in order: the last one is nearly always it */
		if (f->groups[i].id == id)
			return &f->groups[i];
	g = f->n_groups < GROUPS_MAX ? arena_push(&f->arena, f->groups, f->n_groups) : NULL;
	if (g)
		g->id = id;
	return g;
}

int facts_group_add(struct facts *f, struct pci_fn *p, uint64_t group, const char *from)
{
	if (p->group.known)
		return 0;
	fact_num_set(&p->group, group, from);
	return group == GROUP_NONE || facts_group_get(f, group) ? 0 : -IGD_ENOMEM;
}

const struct iommu_group *facts_group(const struct facts *f, uint64_t id)
{
	for (size_t lo = 0, hi = f->n_groups; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;

		if (f->groups[mid].id == id)
			return &f->groups[mid];
		if (f->groups[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* ---- closing ----------------------------------------------------------------------------------- */

static int fn_cmp(const void *a, const void *b)
{
	return pci_addr_cmp(((const struct pci_fn *)a)->addr, ((const struct pci_fn *)b)->addr);
}

static int group_cmp(const void *a, const void *b)
{
	const struct iommu_group *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static void index_follow(const int *moved, size_t n, int *index)
{
	if (*index >= 0 && (size_t)*index < n)
		*index = moved[*index];
}

/* Sort the functions and let everything that named one by index name the same one still. */
static int pci_sort(struct facts *f)
{
	struct pci_addr *was = arena_alloc(&f->arena, (f->n_pci + 1) * sizeof(*was));
	int *moved = arena_alloc(&f->arena, (f->n_pci + 1) * sizeof(*moved));

	if (!was || !moved)
		return -IGD_ENOMEM;
	for (size_t i = 0; i < f->n_pci; i++)
		was[i] = f->pci[i].addr;
	if (f->n_pci)
		qsort(f->pci, f->n_pci, sizeof(*f->pci), fn_cmp);
	if (f->n_pci && !slots_rebuild(f, f->n_pci_slots))
		return -IGD_ENOMEM;
	for (size_t i = 0; i < f->n_pci; i++)
		moved[i] = facts_pci_index(f, was[i]);
	for (size_t i = 0; i < f->n_usb; i++)
		index_follow(moved, f->n_pci, &f->usb[i].pci);
	for (size_t i = 0; i < f->n_nets; i++)
		index_follow(moved, f->n_pci, &f->nets[i].pci);
	for (size_t i = 0; i < f->n_disks; i++)
		index_follow(moved, f->n_pci, &f->disks[i].pci);
	for (size_t i = 0; i < f->n_connectors; i++)
		index_follow(moved, f->n_pci, &f->connectors[i].pci);
	return 0;
}

/* The bridge whose secondary bus this is. Buses are few: a table of 256 for one domain at a time. */
static void parents_link(struct facts *f)
{
	int bridge_to[256];
	size_t from, to, i;

	for (from = 0; from < f->n_pci; from = to) {
		memset(bridge_to, -1, sizeof(bridge_to));
		for (to = from; to < f->n_pci && f->pci[to].addr.domain == f->pci[from].addr.domain; to++)
			if (f->pci[to].secondary.known && f->pci[to].secondary.v > f->pci[to].addr.bus &&
			    f->pci[to].secondary.v < 256)
				bridge_to[f->pci[to].secondary.v] = (int)to;
		for (i = from; i < to; i++)
			f->pci[i].parent = bridge_to[f->pci[i].addr.bus];
	}
}

/* A slot with a function above 0 is a multifunction one, whatever was read of it. */
static void multifunction_infer(struct facts *f)
{
	size_t from, to, i;

	for (from = 0; from < f->n_pci; from = to) {
		struct fact_tri known = f->pci[from].multifunction;

		for (to = from; to < f->n_pci && pci_addr_same_slot(f->pci[from].addr, f->pci[to].addr); to++)
			if (f->pci[to].addr.fn > 0)
				known = TRI_KNOWN(true, f->pci[to].from);
		for (i = from; i < to; i++)
			if (f->pci[i].multifunction.v == TRI_UNKNOWN || f->pci[i].addr.fn > 0)
				f->pci[i].multifunction = known;
	}
}

static int members_link(struct facts *f)
{
	struct iommu_group *g;
	size_t i, k;

	if (f->n_groups)
		qsort(f->groups, f->n_groups, sizeof(*f->groups), group_cmp);
	for (i = 0; i < f->n_pci; i++) {
		g = f->pci[i].group.known ? (struct iommu_group *)facts_group(f, f->pci[i].group.v) : NULL;
		if (g)
			g->n_members++;
	}
	for (k = 0; k < f->n_groups; k++) {
		f->groups[k].members = arena_alloc(&f->arena, (f->groups[k].n_members + 1) * sizeof(int));
		if (!f->groups[k].members)
			return -IGD_ENOMEM;
		f->groups[k].n_members = 0;
	}
	for (i = 0; i < f->n_pci; i++) {
		g = f->pci[i].group.known ? (struct iommu_group *)facts_group(f, f->pci[i].group.v) : NULL;
		if (g)
			g->members[g->n_members++] = (int)i;
	}
	return 0;
}

/*
 * A pasted list says nowhere that it is whole. One with the host bridge, the LPC bridge and a handful
 * of others is taken for it: nobody pastes exactly those and leaves the rest out. The kernel numbers groups in a
 * row, so numbers that are missing between others tell of a list that was cut. Listings of groups do not count: what
 * has no group is not in them.
 */
static bool only_by_group(const struct pci_fn *p)
{
	const char *const froms[] = { p->id.known ? p->id.from : NULL, p->class.known ? p->class.from : NULL,
				      p->name.v ? p->name.from : NULL };

	for (size_t i = 0; i < ARRAY_SIZE(froms); i++)
		if (froms[i] && (!p->group.known || !p->group.from || strcmp(froms[i], p->group.from) != 0))
			return false;
	return true;
}

static void whole_infer(struct facts *f)
{
	bool host = false, isa = false;

	for (size_t i = 0; i < f->n_pci; i++) {
		const struct pci_fn *p = &f->pci[i];

		if (only_by_group(p))
			continue;
		host |= p->addr.domain == 0 && p->addr.bus == 0 && p->addr.dev == 0 && p->addr.fn == 0;
		isa |= p->class.known ? p->class.v == PCI_CLASS_BRIDGE_ISA
				      : p->addr.bus == 0 && p->addr.dev == 0x1f && p->addr.fn == 0;
	}
	for (size_t i = 0; i < f->n_groups; i++)
		if (f->groups[i].id != i)
			return;
	if (f->pci_whole.v == TRI_UNKNOWN && f->pci_whole.from) /* its reader knows why not */
		return;
	if (host && isa && f->n_pci >= 6)
		fact_tri_set(&f->pci_whole, true, "the list has a host bridge, an ISA bridge and more");
}

/*
 * The integrated GPU: an id that the table calls integrated, or an Intel display function in IGD's
 * place (00:02.0) that the table does not know yet, or an AMD APU's. Virtual functions of one are not it.
 */
/* A list without ids names Intel's display device in IGD's place. */
static bool looks_intel(const struct pci_fn *p)
{
	return p->class.known && p->addr.domain == 0 && p->addr.bus == 0 && p->addr.dev == 2 && p->addr.fn == 0 &&
	       p->name.v && text_starts(span_str(p->name.v), "Intel");
}

static bool is_integrated(const struct pci_fn *p, const struct igd_id **ret)
{
	const struct igd_id *id = p->id.known ? igd_id_find(pci_fn_vendor(p), pci_fn_device(p)) : NULL;

	if (p->is_vf.v == TRI_YES || (p->class.known && p->class.v >> 8 != PCI_CLASS_DISPLAY))
		return false;
	if (id && id->kind == GPU_INTEL_INTEGRATED && (p->addr.bus != 0 || p->addr.fn != 0))
		return false; /* a guest's view, or a virtual function */
	if (!p->id.known && looks_intel(p)) {
		*ret = igd_id_by_name(span_str(p->name.v));
		return true;
	}
	*ret = id;
	if (id)
		return id->kind != GPU_INTEL_DISCRETE;
	return p->id.known && p->class.known && pci_fn_vendor(p) == PCI_VENDOR_INTEL && p->addr.bus == 0 &&
	       p->addr.dev == 2 && p->addr.fn == 0;
}

static void igd_find(struct facts *f)
{
	const struct igd_id *id = NULL;

	for (size_t i = 0; i < f->n_pci && f->igd.pci < 0; i++)
		if (is_integrated(&f->pci[i], &id)) {
			f->igd.pci = (int)i;
			f->igd.id = id;
			fact_tri_set(&f->igd.present, true, f->pci[i].id.known ? f->pci[i].id.from : f->pci[i].from);
		}
	for (size_t i = 0; i < f->n_pci && f->igd.pci < 0; i++)
		if (pci_fn_base_class(&f->pci[i], PCI_CLASS_DISPLAY) && !f->pci[i].id.known) {
			fact_tri_why(&f->igd.present,
				     "a display device without its id is in the list (lspci -nn shows ids)");
			return;
		}
	if (f->igd.pci < 0 && f->pci_seen.v == TRI_NO)
		fact_tri_set(&f->igd.present, false, f->pci_seen.from);
	else if (f->igd.pci < 0 && f->pci_whole.v == TRI_YES)
		fact_tri_set(&f->igd.present, false, f->pci_whole.from);
}

static void groups_conclude(struct facts *f)
{
	bool any = false;

	for (size_t i = 0; i < f->n_pci; i++)
		any |= f->pci[i].group.known && f->pci[i].group.v != GROUP_NONE;
	if (any) {
		fact_tri_set(&f->groups_seen, true, "the functions' groups");
		fact_tri_set(&f->iommu_on, true, "functions are in IOMMU groups");
	}
	if (f->n_pci)
		fact_tri_set(&f->pci_seen, true, f->pci[0].from);
}

/*
 * A boot log has thousands of lines and the tables of checks ask for a hundred texts. Which three-letter runs
 * a line has, hashed into 128 bits, rules nearly every line out with two operations; what is left is compared
 * in full. A text of fewer than three letters rules nothing out.
 */
static void trigrams_of(const char *text, uint64_t ret[2])
{
	const unsigned char *s = (const unsigned char *)text;
	uint32_t run;

	ret[0] = ret[1] = 0;
	for (run = 0; *s; s++) {
		run = (run << 8 | *s) & 0xffffff;
		if (run > 0xffff) {
			uint32_t bit = run * 2654435761U >> 25;

			ret[bit >> 6] |= UINT64_C(1) << (bit & 63);
		}
	}
}

int facts_finish(struct facts *f, struct report *rep)
{
	int r = pci_sort(f);

	if (f->n_pci >= PCI_MAX)
		report_note(rep, REPORT_NOWHERE, "more than %d PCI functions; the rest is left out", PCI_MAX);
	if (f->n_groups >= GROUPS_MAX)
		report_note(rep, REPORT_NOWHERE, "more than %d IOMMU groups; the rest is left out", GROUPS_MAX);
	if (r < 0)
		return report_refuse(rep, -r, REPORT_NOWHERE, "out of memory after %zu PCI functions", f->n_pci);
	groups_conclude(f);
	parents_link(f);
	multifunction_infer(f);
	r = members_link(f);
	if (r < 0)
		return report_refuse(rep, -r, REPORT_NOWHERE, "out of memory after %zu IOMMU groups", f->n_groups);
	for (size_t i = 0; i < f->n_log; i++)
		trigrams_of(f->log[i].text, f->log[i].trigrams);
	whole_infer(f);
	facts_nets_place(f);
	facts_routes(f);
	igd_find(f);
	facts_igd_regs(f);
	if (f->arena.full)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "the facts take more than %zu MiB",
				     FACTS_MAX >> 20);
	return 0;
}

/* ---- looking up -------------------------------------------------------------------------------- */

const struct conf *facts_conf(const struct facts *f, enum conf_kind kind, const char *key, const struct conf *after)
{
	size_t i = after ? (size_t)(after - f->confs) + 1 : 0;

	for (; i < f->n_confs; i++)
		if (f->confs[i].kind == kind && (!key || (f->confs[i].key && strcmp(f->confs[i].key, key) == 0)))
			return &f->confs[i];
	return NULL;
}

/* Before facts_finish() a line's own set is empty, and nothing is ruled out. */
static bool may_hold(const struct log_line *l, const uint64_t want[2])
{
	return !(l->trigrams[0] | l->trigrams[1]) || !((want[0] & ~l->trigrams[0]) | (want[1] & ~l->trigrams[1]));
}

const struct log_line *facts_log(const struct facts *f, const char *needle, const struct log_line *after)
{
	size_t i = after ? (size_t)(after - f->log) + 1 : 0;
	uint64_t want[2];

	if (i < f->n_log)
		trigrams_of(needle, want);
	for (; i < f->n_log; i++)
		if (may_hold(&f->log[i], want) && strstr(f->log[i].text, needle))
			return &f->log[i];
	return NULL;
}

bool facts_word_in(const char *list, const char *word)
{
	struct span rest = span_str(list ? list : ""), w;

	while (text_word(&rest, &w))
		if (text_eq(w, word))
			return true;
	return false;
}

const char *facts_passphrase(const struct facts *f)
{
	return f->root_crypt.v && *f->root_crypt.v && !(f->root_opener.v && *f->root_opener.v) ? f->root_crypt.v
											       : NULL;
}

bool facts_kernel_cmp(const struct facts *f, unsigned major, unsigned minor, int *ret)
{
	uint64_t have_major, have_minor;
	struct span s;

	if (!f->kernel.v)
		return false;
	s = span_str(f->kernel.v);
	if (!text_digits(&s, 10, &have_major) || !text_skip(&s, ".") || !text_digits(&s, 10, &have_minor))
		return false;
	if (have_major != major)
		*ret = have_major < major ? -1 : 1;
	else
		*ret = have_minor == minor ? 0 : have_minor < minor ? -1 : 1;
	return true;
}
