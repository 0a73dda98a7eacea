// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * grouping.c - the IOMMU groups that the kernel forms, why one is as large as it is, and what would split it.
 *
 * Linux drivers/iommu/iommu.c pci_device_group() walks up from a function: past each bridge that puts its own name on
 * DMA from below, then past each port that is not isolated on the way to the root. Where it stops, functions
 * of one slot that are not isolated are taken together. So two functions share a group exactly when they stop
 * at the same function, or at two that are not isolated in one slot; that is the label computed here.
 * (Aliases inside one bus, which a few Marvell, Ricoh and JMicron chips need, only ever join functions of a
 * slot that is not isolated anyway, and are left out.)
 *
 * What is not known is taken both ways, once isolated and once not: more isolation only ever makes groups
 * smaller, so where the two extremes agree, nothing between them can differ.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check/acs_quirks.h"
#include "check/isolate.h"

#define VMD_DOMAIN_MIN 0x10000
#define NAMES_MAX      8 /* addresses that one sentence spells out */
#define SENTENCES_MAX  3 /* of one kind in one explanation */
#define NAMES_LEN      256

/* One way to look at the facts. */
struct view {
	const struct facts *f;
	const struct acs_override *o;	/* NULL: none */
	bool hope;			/* what is not known is isolated */
	int vmd;			/* index of the only VMD; -1: none or several; -2: not looked for yet */
	int above, above_at, above_top; /* the last bridge that was walked up from, and where that led */
};

static struct view view_of(const struct facts *f, const struct acs_override *o, bool hope)
{
	return (struct view) { f, o, hope, .vmd = -2, .above = -1 };
}

static bool isolated(const struct view *v, size_t i)
{
	const struct pci_fn *p = &v->f->pci[i];
	enum tri is = isolation_is(isolation_of(v->f, p).reason), applies = TRI_NO;

	if (is != TRI_YES && v->o)
		applies = acs_override_applies(v->f, p, v->o);
	if (is == TRI_YES || applies == TRI_YES)
		return true;
	return is == TRI_NO && applies == TRI_NO ? false : v->hope;
}

static int vmd_of(struct view *v)
{
	if (v->vmd != -2)
		return v->vmd;
	v->vmd = -1;
	for (size_t i = 0; i < v->f->n_pci; i++) {
		const struct pci_fn *p = &v->f->pci[i];

		if (p->addr.domain >= VMD_DOMAIN_MIN || !acs_is_vmd(pci_fn_vendor(p), pci_fn_device(p)))
			continue;
		if (v->vmd >= 0)
			return v->vmd = -1;
		v->vmd = (int)i;
	}
	return v->vmd;
}

/* Where the walk up from a function ends. */
struct stop {
	int at;		/* index into facts.pci, or -1: at a bridge that nobody listed */
	uint64_t label; /* equal labels: one group */
};

enum label_kind { LABEL_ALONE = 1, LABEL_SLOT, LABEL_GROUP, LABEL_BUS, LABEL_NONE };

static uint64_t label(enum label_kind kind, uint64_t what)
{
	return (uint64_t)kind << 60 | (what & ~(UINT64_C(0xf) << 60));
}

static uint64_t addr_number(struct pci_addr a)
{
	return (uint64_t)a.domain << 16 | (uint64_t)a.bus << 8 | (uint64_t)a.dev << 3 | a.fn;
}

static struct stop stop_at(const struct view *v, int at)
{
	struct pci_addr a = v->f->pci[at].addr;

	if (isolated(v, (size_t)at))
		return (struct stop) { at, label(LABEL_ALONE, addr_number(a)) };
	a.fn = 0;
	return (struct stop) { at, label(LABEL_SLOT, addr_number(a)) };
}

/* The bridge above @top is not listed: its group may tell which it is. */
static struct stop stop_above(const struct view *v, int at, int top)
{
	const struct pci_fn *p = &v->f->pci[top];
	bool sole, known = p->group.known && p->group.v != GROUP_NONE;
	int port = isolate_port_by_group(v->f, p, &sole);

	if (port >= 0 && !isolated(v, (size_t)port))
		return stop_at(v, sole || !v->hope ? port : at);
	if (v->hope || (port >= 0 && sole))
		return stop_at(v, at);
	if (port >= 0)
		return stop_at(v, port);
	return (struct stop) { -1, known ? label(LABEL_GROUP, p->group.v)
					 : label(LABEL_BUS, (uint64_t)p->addr.domain << 8 | p->addr.bus) };
}

/* From the bridge @b up: .above_at is the last one that holds things together, or -1; .above_top has no parent. */
static void walk_bridges(struct view *v, int b)
{
	if (v->above == b) /* functions come in order, so those of a bus one after the other */
		return;
	v->above = b;
	v->above_at = -1;
	/* Each parent is on a lower bus than its child, so this ends. */
	for (; b >= 0; b = v->f->pci[b].parent) {
		if (isolate_renames(&v->f->pci[b]) == TRI_YES || !isolated(v, (size_t)b))
			v->above_at = b;
		v->above_top = b;
	}
}

static struct stop walk_up(struct view *v, size_t i)
{
	const struct pci_fn *p = &v->f->pci[i], *last = p;
	int at = (int)i, top = (int)i;

	if (p->addr.domain >= VMD_DOMAIN_MIN) {
		if (vmd_of(v) >= 0)
			return stop_at(v, v->vmd);
		if (!v->hope)
			return (struct stop) { -1, label(LABEL_BUS, (uint64_t)p->addr.domain << 8) };
	}
	if (p->parent >= 0) {
		walk_bridges(v, p->parent);
		at = v->above_at >= 0 ? v->above_at : at;
		top = v->above_top;
		last = &v->f->pci[top];
	}
	/* Whoever read the header of @top read those of the bridges too: then it is on a root bus. */
	if (last->addr.bus == 0 || last->header_type.known || last->addr.domain >= VMD_DOMAIN_MIN)
		return stop_at(v, at);
	return stop_above(v, at, top);
}

/* ---- all groups --------------------------------------------------------------------------------------- */

struct place {
	uint64_t group, label;
	int index;
};

static int place_cmp(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->label != y->label)
		return x->label < y->label ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

/* Groups as they are bound those to come: nothing that was ever taken apart without an override comes together. */
static bool groups_bind(const struct facts *f)
{
	if (f->iommu_on.v != TRI_YES || isolate_overridden(f))
		return false;
	for (size_t i = 0; i < f->n_pci; i++)
		if (!f->pci[i].group.known)
			return false;
	return true;
}

/* @v NULL: the groups as they are. */
static int *partition(const struct facts *f, struct view *v, bool bind, struct arena *a)
{
	struct place *places = arena_alloc(a, (f->n_pci + 1) * sizeof(*places));
	int *ret = arena_alloc(a, (f->n_pci + 1) * sizeof(*ret));
	size_t i, first = 0;

	if (!places || !ret)
		return NULL;
	for (i = 0; i < f->n_pci; i++) {
		places[i].index = (int)i;
		places[i].group = bind ? f->pci[i].group.v : 0;
		if (f->iommu_on.v == TRI_YES && f->pci[i].group.known && f->pci[i].group.v == GROUP_NONE)
			places[i].label = label(LABEL_NONE, i);
		else if (v)
			places[i].label = walk_up(v, i).label;
	}
	if (f->n_pci)
		qsort(places, f->n_pci, sizeof(*places), place_cmp);
	for (i = 0; i < f->n_pci; i++) {
		if (places[i].group != places[first].group || places[i].label != places[first].label)
			first = i;
		ret[places[i].index] = places[first].index;
	}
	return ret;
}

bool isolation_predict(const struct facts *f, const struct acs_override *o, struct arena *a, int **ret)
{
	struct view hope = view_of(f, o, true), fear = view_of(f, o, false);
	bool bind = groups_bind(f);
	int *x = partition(f, &hope, bind, a), *y = partition(f, &fear, bind, a);

	if (!x || !y)
		return false;
	if (memcmp(x, y, f->n_pci * sizeof(*x)) == 0) {
		*ret = x;
		return true;
	}
	if (o || !bind)
		return false;
	x = partition(f, NULL, bind, a); /* the facts do not explain them, but there they are */
	if (x)
		*ret = x;
	return x != NULL;
}

/* ---- one group in words ---------------------------------------------------------------------------------- */

/* Addresses for a sentence: "00:1f.0, 1f.3 and 1f.4". */
struct names {
	char text[NAMES_LEN];
	size_t n; /* in all; the text spells NAMES_MAX of them */
	struct pci_addr said[NAMES_MAX];
};

static void names_add(struct names *n, struct pci_addr a)
{
	if (n->n < NAMES_MAX)
		n->said[n->n] = a;
	n->n++;
}

/* The bus is left out where it is that of the address before. */
static void name_str(struct pci_addr a, const struct pci_addr *before, char buf[PCI_ADDR_STR])
{
	char full[PCI_ADDR_STR];
	struct span s;

	pci_addr_str(a, full);
	s = span_str(full);
	if (a.domain == 0)
		text_skip(&s, "0000:");
	if (before && before->domain == a.domain && before->bus == a.bus)
		text_until(&s, ":", &(struct span) { 0 });
	text_copy(s, buf, PCI_ADDR_STR);
}

static const char *names_str(struct names *n)
{
	size_t shown = n->n < NAMES_MAX ? n->n : NAMES_MAX, at = 0;
	char one[PCI_ADDR_STR];

	n->text[0] = '\0';
	for (size_t i = 0; i < shown; i++) {
		const char *sep = i == 0 ? "" : i + 1 == n->n ? " and " : ", ";

		name_str(n->said[i], i ? &n->said[i - 1] : NULL, one);
		at += (size_t)snprintf(n->text + at, sizeof(n->text) - at, "%s%s", sep, one);
	}
	if (n->n > shown)
		snprintf(n->text + at, sizeof(n->text) - at, " and %zu more", n->n - shown);
	return n->text;
}

static const char *addr_words(struct arena *a, struct pci_addr addr)
{
	struct names n = { 0 };

	names_add(&n, addr);
	return arena_str(a, names_str(&n));
}

/* An explanation as it grows. */
struct story {
	const struct facts *f;
	const struct iommu_group *g;
	struct arena *a;
	struct view view; /* without override, and taking what is not known for not isolated */
	struct stop *stops;
	const char *text;
	bool conventional; /* each reason so far was conventional PCI */
	bool renamed, vmd, slots;
	struct names port_names;
};

static void say(struct story *s, const char *sentence)
{
	s->text = s->text[0] ? arena_printf(s->a, "%s %s", s->text, sentence) : sentence;
}

static const char *inferred_words(bool inferred)
{
	return inferred ? " (inferred from the grouping)" : "";
}

/* One bridge of the group, and the members that cannot be told from each other behind it. */
static void say_bridge(struct story *s, int at, struct names *behind)
{
	const struct pci_fn *p = &s->f->pci[at];
	struct isolation is = isolation_of(s->f, p);
	const char *name = addr_words(s->a, p->addr), *them = arena_str(s->a, names_str(behind));

	if (acs_is_vmd(pci_fn_vendor(p), pci_fn_device(p))) {
		s->vmd = true;
		say(s,
		    arena_printf(s->a, "%s is a Volume Management Device: %s behind it reach%s memory in its name.",
				 name, them, behind->n == 1 ? "es" : ""));
	} else if (isolate_renames(p) == TRI_YES || is.reason == ISO_BRIDGE || is.reason == ISO_CONVENTIONAL) {
		s->renamed = true;
		say(s, arena_printf(s->a,
				    "%s is a bridge to conventional PCI%s: %s behind it reach%s memory in its name.",
				    name, inferred_words(is.inferred), them, behind->n == 1 ? "es" : ""));
	} else {
		names_add(&s->port_names, p->addr);
		say(s,
		    arena_printf(s->a, "%s is a port without ACS%s: nothing keeps %s behind it apart%s.", name,
				 is.reason == ISO_UNKNOWN ? " as far as the facts go" : inferred_words(is.inferred),
				 them, behind->n == 1 ? " from the port" : ""));
	}
}

static void say_bridges(struct story *s)
{
	int said[SENTENCES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < s->g->n_members && n < SENTENCES_MAX; i++) {
		int at = s->stops[i].at;
		struct names behind = { 0 };
		bool before = at < 0 || at == s->g->members[i];

		for (size_t k = 0; k < n; k++)
			before |= said[k] == at;
		if (before)
			continue;
		said[n++] = at;
		for (size_t k = i; k < s->g->n_members; k++)
			if (s->stops[k].at == at && s->g->members[k] != at)
				names_add(&behind, s->f->pci[s->g->members[k]].addr);
		say_bridge(s, at, &behind);
	}
}

/* Members @from up to @to are of one slot and not isolated. */
static void say_slot(struct story *s, size_t from, size_t to)
{
	struct isolation first = isolation_of(s->f, &s->f->pci[s->g->members[from]]);
	bool same = true, inferred = false;
	struct names n = { 0 };
	const char *what = "functions of one slot, and none of them is isolated";

	for (size_t i = from; i < to; i++) {
		struct isolation is = isolation_of(s->f, &s->f->pci[s->g->members[i]]);

		same &= is.reason == first.reason;
		inferred |= is.inferred;
		s->conventional &= is.reason == ISO_CONVENTIONAL;
		names_add(&n, s->f->pci[s->g->members[i]].addr);
	}
	if (same && first.reason == ISO_CONVENTIONAL)
		what = "conventional PCI functions of one slot";
	else if (same && first.reason == ISO_FUNCTION_NO_ACS)
		what = "functions of one slot without ACS";
	else if (same && first.reason == ISO_PORT_NO_ACS)
		what = "ports of one slot without ACS";
	s->slots = true;
	say(s, arena_printf(s->a,
			    "%s are %s%s: nothing isolates them from each other, so the kernel keeps them together.",
			    names_str(&n), what, inferred_words(inferred)));
}

static void say_slots(struct story *s)
{
	size_t from, to, said = 0;

	for (from = 0; from < s->g->n_members && said < SENTENCES_MAX; from = to) {
		const struct pci_fn *p = &s->f->pci[s->g->members[from]];

		for (to = from + 1; to < s->g->n_members && s->stops[to].label == s->stops[from].label &&
				    pci_addr_same_slot(p->addr, s->f->pci[s->g->members[to]].addr);)
			to++;
		if (to - from < 2 || s->stops[from].at != s->g->members[from] ||
		    isolation_is(isolation_of(s->f, p).reason) == TRI_UNKNOWN)
			continue;
		say_slot(s, from, to);
		said++;
	}
}

static const char *say_single(struct story *s)
{
	const struct pci_fn *p = &s->f->pci[s->g->members[0]];
	struct isolation is = isolation_of(s->f, p);
	const char *name = addr_words(s->a, p->addr), *mark = inferred_words(is.inferred);
	struct fn_range slot = isolate_slot(s->f, (size_t)(p - s->f->pci));
	const char *others = slot.to - slot.from > 1 ? "; the other functions of its slot are isolated from it"
						     : " and alone in its slot";

	switch (is.reason) {
	case ISO_INTEL_RCIEP:
		return arena_printf(s->a, "%s is an integrated endpoint%s: Intel guarantees isolation.", name, mark);
	case ISO_QUIRK:
		return arena_printf(s->a, "%s is on the kernel's list of devices that isolate%s.", name, mark);
	case ISO_ACS:
		return arena_printf(s->a, "%s is isolated by ACS%s.", name, mark);
	case ISO_SINGLE:
		return arena_printf(s->a, "%s is the only function of its slot%s.", name, mark);
	case ISO_CONVENTIONAL:
	case ISO_BRIDGE:
		return arena_printf(s->a, "%s is a conventional PCI function%s%s.", name, mark, others);
	case ISO_PORT_NO_ACS:
		return arena_printf(s->a, "%s is a port without ACS%s, with nothing behind it in this list.", name,
				    mark);
	case ISO_FUNCTION_NO_ACS:
		return arena_printf(s->a, "%s has no ACS%s, but no other function of its slot lacks isolation.", name,
				    mark);
	default:
		return arena_printf(s->a, "%s has its group to itself.", name);
	}
}

static void say_unknown(struct story *s)
{
	struct names n = { 0 };
	bool port = true;

	for (size_t i = 0; i < s->g->n_members; i++) {
		names_add(&n, s->f->pci[s->g->members[i]].addr);
		port &= s->stops[i].at < 0;
	}
	say(s, arena_printf(s->a, "The facts do not tell why %s share a group: %s.", names_str(&n),
			    port ? "the port above them is not in this list, or they are functions without ACS"
				 : "their PCI Express type and ACS are not known"));
}

static int label_cmp(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* How many groups the members would be in; 0 when there is no memory to tell. */
static size_t parts(struct story *s, const struct acs_override *o, bool hope)
{
	uint64_t *labels = arena_alloc(s->a, s->g->n_members * sizeof(*labels));
	struct view v = view_of(s->f, o, hope);
	size_t n = labels ? 1 : 0;

	if (!labels)
		return 0;
	for (size_t i = 0; i < s->g->n_members; i++)
		labels[i] = walk_up(&v, (size_t)s->g->members[i]).label;
	qsort(labels, s->g->n_members, sizeof(*labels), label_cmp);
	for (size_t i = 1; i < s->g->n_members; i++)
		n += labels[i] != labels[i - 1];
	return n;
}

static const char *split_words(struct story *s)
{
	static const struct acs_override ports = { .downstream = true },
					 all = { .downstream = true, .multifunction = true };
	static const char still[] = "peer-to-peer DMA between them would stay possible";
	size_t n;

	if (s->g->n_members < 2)
		return "nothing to split";
	if (parts(s, &all, true) <= 1) {
		if (s->vmd)
			return "switching VMD off in the firmware setup";
		if (s->renamed)
			return "another slot for the card: nothing can split what is behind a bridge to conventional "
			       "PCI";
		return s->conventional && s->slots
			       ? "nothing: no kernel option or ACS override can split conventional PCI functions"
			       : "nothing: no kernel option or ACS override can split this group";
	}
	n = parts(s, &ports, false);
	if (n > 1)
		return arena_printf(s->a,
				    "another slot, behind a port with ACS; pcie_acs_override=downstream would only "
				    "make the kernel treat %s as isolating%s, but %s",
				    s->port_names.n ? names_str(&s->port_names) : "the ports",
				    parts(s, &all, true) > n ? " (and ,multifunction more of the functions)" : "",
				    still);
	if (parts(s, &all, false) > 1)
		return arena_printf(s->a,
				    "pcie_acs_override=multifunction would only make the kernel treat the functions "
				    "as isolated, but %s",
				    still);
	return "not known: it depends on PCI Express type and ACS, which only root can read";
}

const char *isolation_explain(const struct facts *f, const struct iommu_group *g, struct arena *a, const char **split)
{
	struct story s = {
		.f = f, .g = g, .a = a, .view = view_of(f, NULL, false), .text = "", .conventional = true
	};

	if (split)
		*split = "nothing to split";
	if (g->n_members == 0)
		return "no member of this group is in the input";
	s.stops = arena_alloc(a, g->n_members * sizeof(*s.stops));
	if (!s.stops)
		return "";
	if (g->n_members == 1)
		return say_single(&s);
	for (size_t i = 0; i < g->n_members; i++)
		s.stops[i] = walk_up(&s.view, (size_t)g->members[i]);
	say_bridges(&s);
	say_slots(&s);
	if (!s.text[0])
		say_unknown(&s);
	if (split)
		*split = split_words(&s);
	return s.text;
}
