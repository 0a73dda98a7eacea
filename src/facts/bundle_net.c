// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bundle_net.c - interfaces(5), "ip route" and "ip link": what the default route and the bridges stand on.
 */
#include "facts/bundle.h"

#include <string.h>

/* "eno1", "eno1:", "tap100i0@if5": the name. */
static struct span if_name(struct span word)
{
	word = span_before(word, ':');
	return span_before(word, '@');
}

static void ports_set(struct bundle *b, struct span ports, const char *bridge)
{
	struct span word;
	struct netif *n;

	while (text_word(&ports, &word)) {
		n = text_eq(word, "none") ? NULL : facts_net(b->f, word, bundle_at(b));
		if (n)
			fact_str_set(&n->bridge, bridge, bundle_at(b));
	}
}

/* A stanza of /etc/network/interfaces. */
static bool stanza_line(struct bundle *b, struct span s)
{
	struct span word, name;

	if (!text_word(&s, &word))
		return false;
	if (text_eq(word, "iface") && text_word(&s, &name) && text_has(s, "inet")) {
		b->iface = facts_net(b->f, name, bundle_at(b)) ? bundle_keep(b, name) : NULL;
		return true;
	}
	if ((text_eq(word, "auto") || text_eq(word, "allow-hotplug")) && text_word(&s, &name) && text_trim(s).n == 0)
		return facts_net(b->f, name, bundle_at(b)) != NULL;
	if (!b->iface)
		return false;
	if (text_eq(word, "bridge-ports") || text_eq(word, "bridge_ports") || text_eq(word, "bond-slaves") ||
	    text_eq(word, "bond_slaves") || text_eq(word, "slaves") || text_eq(word, "ovs_ports") ||
	    text_eq(word, "ovs_bonds")) {
		ports_set(b, s, b->iface);
		return true;
	}
	if (text_eq(word, "gateway")) {
		fact_str_set(&b->f->default_if, b->iface, bundle_at(b));
		return true;
	}
	return bundle_indented(b) && (text_starts(word, "bridge") || text_starts(word, "address") ||
				      text_starts(word, "netmask") || text_starts(word, "mtu"));
}

/* "default via 192.0.2.1 dev vmbr0 proto kernel" */
static bool route_line(struct bundle *b, struct span s)
{
	struct span before, name;

	if (!text_skip(&s, "default ") || !(text_starts(s, "via ") || text_starts(s, "dev ")) ||
	    !text_until(&s, "dev ", &before) || !text_word(&s, &name))
		return false;
	if (facts_net(b->f, name, bundle_at(b)))
		fact_str_set(&b->f->default_if, bundle_keep(b, name), bundle_at(b));
	return true;
}

/* "eno1.10@eno1:": the second carries the first; "veth1@if5" is a pair, half of it elsewhere. */
static void stacked(struct bundle *b, struct span word)
{
	struct span upper;
	struct netif *below;

	word = span_before(word, ':');
	if (!text_until(&word, "@", &upper) || text_starts(word, "if"))
		return;
	below = facts_net(b->f, word, bundle_at(b));
	if (below)
		facts_net_above(b->f, below, upper, bundle_at(b));
}

/* "2: eno1: <BROADCAST,...> mtu 1500 qdisc ... master vmbr0 state UP" */
static bool link_line(struct bundle *b, struct span s)
{
	struct span name, before, master;
	struct netif *n;

	if (!text_digits(&s, 10, &(uint64_t) { 0 }) || !text_skip(&s, ": ") || !text_word(&s, &name) ||
	    !text_ends(name, ":") || !text_starts(text_trim(s), "<"))
		return false;
	stacked(b, name);
	n = facts_net(b->f, if_name(name), bundle_at(b));
	if (!n)
		return true;
	if (text_until(&s, " master ", &before) && text_word(&s, &master))
		fact_str_set(&n->bridge, bundle_keep(b, master), bundle_at(b));
	else if (text_has(s, " mtu "))
		fact_str_set(&n->bridge, "", bundle_at(b));
	return true;
}

bool bundle_net_line(struct bundle *b, struct span s)
{
	return stanza_line(b, s) || route_line(b, s) || link_line(b, s);
}
