// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bundle_tree.c - lspci -t: a tree drawn with '+', '\' and '|' (pciutils ls-tree.c).
 *
 *	-[0000:00]-+-00.0  Host bridge
 *	           +-01.0-[01-02]--+-00.0  first below the bridge
 *	           |               \-00.1
 *	           \-1f.0
 *
 * A branch belongs to the bus that opened its column. Bridges carry the range of buses behind them.
 */
#include "facts/bundle.h"

static struct span skip_char(struct span s, uint8_t c)
{
	while (s.n && s.p[0] == c)
		span_from(s, 1, &s);
	return s;
}

static bool bus_number(struct span *s, uint8_t *ret)
{
	struct span field;
	uint64_t v;

	if (!span_cut(*s, 0, 2, &field) || !text_digits(&field, 16, &v) || field.n || !span_from(*s, 2, s))
		return false;
	*ret = (uint8_t)v;
	return true;
}

struct buses {
	uint32_t domain;
	bool has_domain;
	uint8_t first, last;
};

/* "[0000:00]", "[01]", "[02-05]", "[0000:02-05]". */
static bool buses_read(struct span *s, struct buses *ret)
{
	struct buses b = { 0 };
	struct span in, rest = *s, domain;
	uint64_t v;

	if (!text_skip(&rest, "[") || !text_until(&rest, "]", &in))
		return false;
	if (text_until(&in, ":", &domain)) {
		if (!text_digits(&domain, 16, &v) || domain.n || v > 0xffffff)
			return false;
		b.domain = (uint32_t)v;
		b.has_domain = true;
	}
	if (!bus_number(&in, &b.first))
		return false;
	b.last = b.first;
	if (text_skip(&in, "-") && !bus_number(&in, &b.last))
		return false;
	*s = rest;
	*ret = b;
	return in.n == 0;
}

/* "02.0" */
static bool devfn_read(struct span *s, uint8_t *ret_dev, uint8_t *ret_fn)
{
	struct span rest = *s;
	uint64_t fn;
	uint8_t dev;

	if (!bus_number(&rest, &dev) || dev >= PCI_DEVFN_MAX || !text_skip(&rest, ".") ||
	    !text_digits(&rest, 16, &fn) || fn > 7)
		return false;
	*ret_dev = dev;
	*ret_fn = (uint8_t)fn;
	*s = rest;
	return true;
}

struct place {
	uint32_t domain;
	uint8_t bus;
};

static void level_push(struct pci_tree *t, size_t column, struct place at)
{
	if (t->n == TREE_DEPTH)
		return;
	t->level[t->n].column = column;
	t->level[t->n].domain = at.domain;
	t->level[t->n].bus = at.bus;
	t->n++;
}

/* The branch in @column: what it hangs on. Where a forum ate the indentation, one level leaves no doubt. */
static bool level_find(struct pci_tree *t, size_t column, struct place *ret)
{
	size_t n = t->n;

	while (n > 0 && t->level[n - 1].column > column)
		n--;
	if (n == 0 && t->n == 1)
		n = 1;
	else if (n == 0 || t->level[n - 1].column != column)
		return false;
	t->n = n;
	*ret = (struct place) { t->level[n - 1].domain, t->level[n - 1].bus };
	return true;
}

static void name_read(struct bundle *b, struct pci_fn *p, struct span s)
{
	struct span rest;
	uint64_t id;

	s = text_trim(s);
	rest = s;
	if (bundle_id_read(&rest, &id) && text_trim(rest).n == 0)
		bundle_pci_id(b, p, id);
	else if (s.n)
		(void)!bundle_pci_text(b, p, s, false, &rest); /* pciutils ls-tree.c prints no revision at all */
}

/* A function, and if it is a bridge what is behind it; @at moves there. False at the end of the line. */
static bool function_read(struct bundle *b, struct span *s, struct place *at)
{
	struct pci_addr a = { .domain = at->domain, .bus = at->bus };
	struct buses behind;
	struct pci_fn *p;

	if (!devfn_read(s, &a.dev, &a.fn))
		return false;
	p = facts_pci(b->f, a, bundle_at(b));
	if (!p)
		return false;
	if (!text_skip(s, "-")) {
		name_read(b, p, *s);
		return false;
	}
	if (!buses_read(s, &behind))
		return false;
	fact_num_set(&p->secondary, behind.first, bundle_at(b));
	fact_num_set(&p->subordinate, behind.last, bundle_at(b));
	fact_num_set(&p->header_type, PCI_HEADER_TYPE_BRIDGE, bundle_at(b));
	if (behind.has_domain)
		at->domain = behind.domain;
	at->bus = behind.first;
	return true;
}

/* From the branch on: "-[0000:00]-+-00.0 ...", "-01.0-[01]----00.0 ...". Each step eats something. */
static void branch_read(struct bundle *b, struct span s, struct place at)
{
	struct span before;
	struct buses root;

	while (s.n) {
		before = s;
		s = skip_char(s, '-');
		if (text_starts(s, "+")) {
			level_push(&b->tree, (size_t)(s.p - b->raw.p), at);
			span_from(s, 1, &s);
		} else if (text_starts(s, "[")) {
			if (!buses_read(&s, &root))
				return;
			at = (struct place) { root.domain, root.first };
		} else if (!function_read(b, &s, &at)) {
			return;
		}
		if (s.n >= before.n)
			return;
	}
}

bool bundle_tree_line(struct bundle *b, struct span s)
{
	struct pci_tree *t = &b->tree;
	struct place at = { 0 };
	struct span branch;

	if (text_starts(s, "-[") || text_starts(s, "-+-[")) {
		*t = (struct pci_tree) { .active = true };
		branch_read(b, s, at);
		return true;
	}
	if (!t->active)
		return false;
	branch = s;
	while (text_starts(branch, "|") || text_starts(branch, " "))
		span_from(branch, 1, &branch);
	if (!(text_starts(branch, "+-") || text_starts(branch, "\\-"))) {
		t->active = false;
		return false;
	}
	if (!level_find(t, (size_t)(branch.p - b->raw.p), &at))
		return true;
	span_from(branch, 1, &branch);
	branch_read(b, branch, at);
	return true;
}
