// SPDX-License-Identifier: GPL-2.0-or-later
/* net.c - network interfaces by name, and which of them the default route needs. */
#include <string.h>

#include "base/text.h"
#include "facts/read.h"
#include "std/pci.h"

#define NETS_MAX  1024
#define NAME_MAX_ 15 /* IFNAMSIZ without its zero, Linux include/uapi/linux/if.h */
#define ABOVE_MAX 6  /* a VLAN on a bond on a port, a bridge on top, and some to spare */

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

static enum tri carries(const struct facts *f, const struct netif *n, struct span name, unsigned depth);

/* Does one of @list, a word each, carry it? */
static enum tri any_carries(const struct facts *f, const char *list, struct span name, unsigned depth)
{
	struct span rest = span_str(list), word;
	enum tri answer = TRI_NO;

	while (text_word(&rest, &word)) {
		const struct netif *above = find(f, word);
		enum tri t = word.n == name.n && memcmp(word.p, name.p, name.n) == 0 ? TRI_YES
			     : above ? carries(f, above, name, depth + 1)
				     : TRI_NO;

		if (t == TRI_YES)
			return t;
		answer = t == TRI_UNKNOWN ? t : answer;
	}
	return answer;
}

/* Does @n carry what goes through the interface @name: itself, or by what stands on it? */
static enum tri carries(const struct facts *f, const struct netif *n, struct span name, unsigned depth)
{
	enum tri t = TRI_NO;

	if (text_eq(name, n->name))
		return TRI_YES;
	if (depth >= ABOVE_MAX)
		return TRI_UNKNOWN;
	if (n->above.v)
		t = any_carries(f, n->above.v, name, depth);
	if (t != TRI_YES && n->bridge.v)
		t = any_carries(f, n->bridge.v, name, depth) == TRI_YES ? TRI_YES : t;
	if (n->above.v || n->bridge.v || t == TRI_YES)
		return t;
	return strncmp(n->name, "wl", 2) == 0 && is_bridge_name(name) ? TRI_NO : TRI_UNKNOWN;
}

/*
 * Where no adapter is found below the default route (a tunnel, a bridge whose ports nobody told), it may run over
 * any: then none of them is said to be without it.
 */
void facts_routes(struct facts *f)
{
	struct span name = span_str(f->default_if.v ? f->default_if.v : "");
	bool found = false;

	for (size_t i = 0; name.n && i < f->n_nets; i++)
		if (f->nets[i].pci >= 0)
			found |= carries(f, &f->nets[i], name, 0) == TRI_YES;
	for (size_t i = 0; f->default_if.v && i < f->n_nets; i++) {
		enum tri t = name.n ? carries(f, &f->nets[i], name, 0) : TRI_NO;

		if (t == TRI_YES || (t == TRI_NO && (found || !name.n)))
			fact_tri_set(&f->nets[i].default_route, t == TRI_YES, f->default_if.from);
	}
}

void facts_net_above(struct facts *f, struct netif *n, struct span name, const char *from)
{
	const char *word = arena_span(&f->arena, name);

	if (!n->above.v)
		n->above = STR_KNOWN(word, from);
	else if (!facts_word_in(n->above.v, word) && strlen(n->above.v) < 1024)
		n->above.v = *n->above.v ? arena_printf(&f->arena, "%s %s", n->above.v, word) : word;
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
