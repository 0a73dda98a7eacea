// SPDX-License-Identifier: GPL-2.0-or-later
/* net.c - network interfaces by name, and which of them the default route needs. */
#include <string.h>

#include "base/text.h"
#include "facts/read.h"
#include "std/pci.h"

#define NETS_MAX  1024
#define NAME_MAX_ 15 /* IFNAMSIZ without its zero, Linux include/uapi/linux/if.h */
#define ABOVE_MAX 4  /* a port of a bond of a bridge, and one to spare */

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

static const struct netif *find(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->n_nets; i++)
		if (strcmp(f->nets[i].name, name) == 0)
			return &f->nets[i];
	return NULL;
}

/* Does @n carry what goes through the interface @name: itself, as a port of it, or through a bond that is one? */
static enum tri carries(const struct facts *f, const struct netif *n, struct span name)
{
	for (unsigned i = 0; n && i < ABOVE_MAX; i++) {
		if (text_eq(name, n->name))
			return TRI_YES;
		if (!n->bridge.v) /* a station of a wireless network cannot be a port of a bridge */
			return strncmp(n->name, "wl", 2) == 0 ? TRI_NO : TRI_UNKNOWN;
		if (!*n->bridge.v)
			return TRI_NO;
		if (text_eq(name, n->bridge.v))
			return TRI_YES;
		n = find(f, n->bridge.v);
	}
	return n ? TRI_UNKNOWN : TRI_NO;
}

void facts_routes(struct facts *f)
{
	if (!f->default_if.v)
		return;
	for (size_t i = 0; i < f->n_nets; i++) {
		/* "vmbr0.10" is a VLAN on vmbr0 (ip-link(8), vlan). */
		enum tri yes = carries(f, &f->nets[i], span_before(span_str(f->default_if.v), '.'));

		if (yes != TRI_UNKNOWN)
			fact_tri_set(&f->nets[i].default_route, yes == TRI_YES, f->default_if.from);
	}
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
