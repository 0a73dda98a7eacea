// SPDX-License-Identifier: GPL-2.0-or-later
/* net.c - network interfaces by name, and which of them the default route needs. */
#include <string.h>

#include "base/text.h"
#include "facts/read.h"
#include "std/pci.h"

#define NETS_MAX    1024
#define NAME_MAX_   15	 /* IFNAMSIZ without its zero, Linux include/uapi/linux/if.h */
#define ABOVE_BYTES 1024 /* of names of what stands on one interface: 64 or more */

struct netif *facts_net(struct facts *f, struct span name, const char *from)
{
	struct netif *n;

	if (name.n == 0 || name.n > NAME_MAX_)
		return NULL;
	for (size_t i = 0; i < f->n_nets; i++)
		if (text_eq(name, f->nets[i].name))
			return &f->nets[i];
	if (f->n_nets >= NETS_MAX)
		return NULL;
	n = arena_push(&f->arena, f->nets, f->n_nets);
	if (n)
		*n = (struct netif) { .name = arena_span(&f->arena, name), .from = from, .pci = -1 };
	return n;
}

static const struct netif *find(const struct facts *f, struct span name)
{
	for (size_t i = 0; i < f->n_nets; i++)
		if (text_eq(name, f->nets[i].name))
			return &f->nets[i];
	return NULL;
}

/* A bridge by its name: what a wireless station cannot be a port of. */
static bool is_bridge_name(struct span name)
{
	return text_starts(name, "vmbr") || text_starts(name, "br") || text_starts(name, "virbr");
}

/* "vmbr0.10" is a VLAN on vmbr0 (ip-link(8), vlan). */
static bool is_vlan_on(struct span vlan, const char *name)
{
	return text_skip(&vlan, name) && text_skip(&vlan, ".") && text_digits(&vlan, 10, &(uint64_t) { 0 }) &&
	       vlan.n == 0;
}

static bool is_span(struct span a, struct span b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* One look at all interfaces: each is answered once, so the cost is that of the edges. */
struct look {
	const struct facts *f;
	struct span name; /* what goes out */
	struct {
		bool asked; /* with an answer of unknown while what stands on it is looked at: circles end */
		enum tri carries;
	} seen[NETS_MAX];
};

static enum tri carries(struct look *l, const struct netif *n);

/* Does one of @list, a word each, carry it? Of one that nobody describes it is unknown. */
static enum tri any_carries(struct look *l, const char *list)
{
	struct span rest = span_str(list), word;
	enum tri answer = TRI_NO;

	while (text_word(&rest, &word)) {
		const struct netif *above = find(l->f, word);
		enum tri t = is_span(word, l->name) ? TRI_YES : above ? carries(l, above) : TRI_UNKNOWN;

		if (t == TRI_YES)
			return t;
		answer = t == TRI_UNKNOWN ? t : answer;
	}
	return answer;
}

/* Does a VLAN that only its name places on @n? */
static bool vlan_carries(struct look *l, const struct netif *n)
{
	for (size_t i = 0; i < l->f->n_nets; i++)
		if (is_vlan_on(span_str(l->f->nets[i].name), n->name) && carries(l, &l->f->nets[i]) == TRI_YES)
			return true;
	return is_vlan_on(l->name, n->name);
}

static enum tri look_up(struct look *l, const struct netif *n)
{
	enum tri t = TRI_NO;

	if (text_eq(l->name, n->name))
		return TRI_YES;
	if (n->above.v)
		t = any_carries(l, n->above.v);
	if (t != TRI_YES && n->bridge.v && any_carries(l, n->bridge.v) == TRI_YES)
		t = TRI_YES;
	if (t != TRI_YES && vlan_carries(l, n))
		t = TRI_YES;
	if (n->above.v || n->bridge.v || t == TRI_YES)
		return t;
	return strncmp(n->name, "wl", 2) == 0 && is_bridge_name(l->name) ? TRI_NO : TRI_UNKNOWN;
}

/* Does @n carry what goes through the interface l->name: itself, or by what stands on it? */
static enum tri carries(struct look *l, const struct netif *n)
{
	size_t i = (size_t)(n - l->f->nets);

	if (!l->seen[i].asked) {
		l->seen[i].asked = true;
		l->seen[i].carries = look_up(l, n);
	}
	return l->seen[i].carries;
}

enum tri facts_net_carries(const struct facts *f, const struct netif *n, const char *name)
{
	struct look l = { .f = f, .name = span_str(name) };

	return carries(&l, n);
}

/*
 * Where no adapter is found below the default route (a tunnel, a bridge whose ports nobody told), it may run over
 * any: then none of them is said to be without it.
 */
void facts_routes(struct facts *f)
{
	struct look l = { .f = f, .name = span_str(f->default_if.v ? f->default_if.v : "") };
	bool found = false;

	for (size_t i = 0; l.name.n && i < f->n_nets; i++)
		found |= f->nets[i].pci >= 0 && carries(&l, &f->nets[i]) == TRI_YES;
	for (size_t i = 0; f->default_if.v && i < f->n_nets; i++) {
		enum tri t = l.name.n ? carries(&l, &f->nets[i]) : TRI_NO;

		if (t == TRI_YES || (t == TRI_NO && (found || !l.name.n)))
			fact_tri_set(&f->nets[i].default_route, t == TRI_YES, f->default_if.from);
	}
}

/* Of a list that is cut short the last word is "...", which no interface is called: what it carries is unknown. */
void facts_net_above(struct facts *f, struct netif *n, struct span name, const char *from)
{
	const char *word = arena_span(&f->arena, name);

	if (!n->above.v)
		n->above = STR_KNOWN(word, from);
	else if (!facts_word_in(n->above.v, word) && !facts_word_in(n->above.v, "..."))
		n->above.v = arena_printf(&f->arena, "%s%s%s", n->above.v, *n->above.v ? " " : "",
					  strlen(n->above.v) < ABOVE_BYTES ? word : "...");
}

/* "enp3s0f1": bus, slot and function of the adapter, decimal (systemd.net-naming-scheme(7), ID_NET_NAME_PATH). */
static bool path_name(struct span s, struct pci_addr *ret)
{
	uint64_t bus, dev, fn = 0, domain = 0;

	if (!text_skip(&s, "en") && !text_skip(&s, "wl"))
		return false;
	if (text_skip(&s, "P") && !text_digits(&s, 10, &domain))
		return false;
	if (!text_skip(&s, "p") || !text_digits(&s, 10, &bus) || !text_skip(&s, "s") || !text_digits(&s, 10, &dev))
		return false;
	if (text_skip(&s, "f") && !text_digits(&s, 10, &fn))
		return false;
	if (domain > 0xffff || bus > 0xff || dev >= PCI_DEVFN_MAX || fn > 7 || (s.n && !text_starts(s, "np")))
		return false;
	*ret = (struct pci_addr) { (uint32_t)domain, (uint8_t)bus, (uint8_t)dev, (uint8_t)fn };
	return true;
}

/* The only Ethernet function of a machine whose list is whole; -1 when there are several or none. */
static int only_ethernet(const struct facts *f)
{
	int found = -1;

	for (size_t i = 0; f->pci_whole.v == TRI_YES && i < f->n_pci; i++)
		if (f->pci[i].class.known && f->pci[i].class.v == PCI_CLASS_NETWORK << 8) {
			if (found >= 0)
				return -1;
			found = (int)i;
		}
	return found;
}

static bool is_wired(const struct netif *n)
{
	struct span s = span_str(n->name);

	return text_starts(s, "en") || text_starts(s, "eth");
}

void facts_nets_place(struct facts *f)
{
	int only = only_ethernet(f), wired = -1;
	struct pci_addr a;

	for (size_t i = 0; i < f->n_nets; i++) {
		struct netif *n = &f->nets[i];

		if (n->pci < 0 && path_name(span_str(n->name), &a))
			n->pci = facts_pci_index(f, a);
		if (!is_wired(n))
			continue;
		if (wired >= 0)
			only = -1; /* two names: which of them is it? */
		wired = (int)i;
	}
	if (only >= 0 && wired >= 0 && f->nets[wired].pci < 0)
		f->nets[wired].pci = only;
}
