// SPDX-License-Identifier: GPL-2.0-or-later
/* net.c - network interfaces by name, and which of them the default route needs. */
#include <string.h>

#include "base/text.h"
#include "facts/read.h"

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
		if (!n->bridge.v)
			return TRI_UNKNOWN;
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
