// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree_console.c - how somebody gets at this host when its screen is dark: SSH, a serial console, a BMC, Intel AMT;
 * and which processes would lose a GPU that is taken away at once.
 *
 * Only what answers now is a way in: an SSH server that is installed and does not listen is none.
 */
#include "facts/tree.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "host/holders.h"
#include "std/pci.h"

/* ---- SSH: on which port --------------------------------------------------------------------------------------- */

#define SSH_PORT  22
#define PORTS_MAX 16

struct ports {
	uint16_t v[PORTS_MAX];
	size_t n;
};

static bool has_port(const struct ports *p, uint64_t port)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i] == port)
			return true;
	return false;
}

static void port_add(struct ports *p, uint64_t port)
{
	if (port > 0 && port <= UINT16_MAX && p->n < PORTS_MAX && !has_port(p, port))
		p->v[p->n++] = (uint16_t)port;
}

/* "Port 2222" (sshd_config(5); keywords in any case) or "ListenStream=0.0.0.0:2222" (systemd.socket(5)). */
static bool port_line(struct span line, uint64_t *ret)
{
	struct span word, number;

	line = text_trim(line);
	if (text_skip(&line, "ListenStream=")) {
		while (text_until(&line, ":", &word))
			continue;
		number = line;
	} else if (!text_word(&line, &word) || word.n != 4 || strncasecmp((const char *)word.p, "port", 4) != 0 ||
		   !text_word(&line, &number)) {
		return false;
	}
	return text_digits(&number, 10, ret) && number.n == 0;
}

static bool port_wanted(void *ctx, struct span line)
{
	uint64_t *number = ctx;

	return port_line(line, number);
}

static void ports_of(struct tree *t, const char *path, struct ports *ret)
{
	struct span text, line;
	uint64_t port;

	if (host_read_some(t->h, path, "\n", port_wanted, &port, &t->f->arena, &text) < 0)
		return;
	while (span_line(&text, &line))
		if (port_line(line, &port))
			port_add(ret, port);
}

static void ssh_ports(struct tree *t, struct ports *ret)
{
	static const char *const folders[] = { "etc/ssh/sshd_config.d", "etc/systemd/system/ssh.socket.d",
					       "etc/systemd/system/sshd.socket.d" };
	struct host_names names;

	ports_of(t, "etc/ssh/sshd_config", ret);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		if (!tree_list(t, folders[i], &names))
			continue;
		for (size_t k = 0; k < names.n; k++)
			if (text_ends(span_str(names.v[k]), ".conf"))
				ports_of(t, tree_path(t, "%s/%s", folders[i], names.v[k]), ret);
	}
	if (ret->n == 0)
		port_add(ret, SSH_PORT);
}

/* ---- SSH: does somebody listen, and where ---------------------------------------------------------------------- */

/* A line of /proc/net/tcp: "sl local:port remote:port st ...", hex; 0A waits for callers (Linux
 * include/net/tcp_states.h, net/ipv4/tcp_ipv4.c, get_tcp4_sock()). */
static bool listener(struct span line, struct span *ret_address, uint64_t *ret_port)
{
	struct span w[4], port;

	for (size_t i = 0; i < ARRAY_SIZE(w); i++)
		if (!text_word(&line, &w[i]))
			return false;
	port = w[1];
	return text_eq(w[3], "0A") && text_until(&port, ":", ret_address) && text_digits(&port, 16, ret_port) &&
	       port.n == 0;
}

static bool listener_wanted(void *ctx, struct span line)
{
	const struct ports *ports = ctx;
	struct span address;
	uint64_t port;

	return listener(line, &address, &port) && has_port(ports, port);
}

/* ---- SSH: can a caller get there ------------------------------------------------------------------------------ */

static bool hex32(struct span s, uint32_t *ret)
{
	uint64_t v;

	if (s.n != 8 || !text_digits(&s, 16, &v) || s.n)
		return false;
	*ret = (uint32_t)v;
	return true;
}

/* The interface whose network @address is in, by the narrowest route; both in the byte order of /proc/net. */
static const char *interface_of(struct tree *t, uint32_t address)
{
	const char *found = NULL;
	struct span text, line, w[8];
	uint32_t net, mask;
	int best = 0;

	if (!tree_read(t, "proc/net/route", &text))
		return NULL;
	while (span_line(&text, &line)) {
		size_t n = 0;

		while (n < ARRAY_SIZE(w) && text_word(&line, &w[n]))
			n++;
		if (n < ARRAY_SIZE(w) || !hex32(w[1], &net) || !hex32(w[7], &mask) || (address & mask) != net ||
		    __builtin_popcount(mask) <= best)
			continue;
		best = __builtin_popcount(mask);
		found = arena_span(&t->f->arena, w[0]);
	}
	return found;
}

/* Linux Documentation/networking/operstates.rst: some drivers do not know. */
static bool is_up(struct tree *t, const char *name)
{
	const char *state = tree_text(t, tree_path(t, "sys/class/net/%s/operstate", name));

	return state && (strcmp(state, "up") == 0 || strcmp(state, "unknown") == 0);
}

/* Do callers come through the interface @name: is there an adapter below it, and is each of them up? */
static enum tri reaches(struct tree *t, const char *name)
{
	enum tri answer = t->f->n_nets ? TRI_NO : TRI_UNKNOWN;

	for (size_t i = 0; i < t->f->n_nets; i++) {
		const struct netif *n = &t->f->nets[i];
		enum tri below = n->pci >= 0 ? facts_net_carries(t->f, n, name) : TRI_NO;

		if (below == TRI_YES && is_up(t, n->name) && is_up(t, name))
			return TRI_YES;
		answer = below == TRI_NO ? answer : TRI_UNKNOWN;
	}
	return answer;
}

#define LINK_LOCAL_4 0xfea9 /* 169.254, RFC 3927, as /proc/net has it */

/* An interface with an IPv4 address has a route to its network, or where the address has none, the default one. */
static bool has_ipv4(struct span routes, const char *name)
{
	struct span line, word, net;
	uint32_t v;

	while (span_line(&routes, &line))
		if (text_word(&line, &word) && text_eq(word, name) && text_word(&line, &net) && hex32(net, &v) &&
		    (v & 0xffff) != LINK_LOCAL_4)
			return true;
	return false;
}

#define SCOPE_GLOBAL	 0x00
#define TENTATIVE	 0x40 /* nobody has looked yet whether another one has it, */
#define DUPLICATE_FAILED 0x08 /* or another one has: Linux include/uapi/linux/if_addr.h */

/* "address index prefix scope flags name", hex (Linux net/ipv6/addrconf.c, if6_seq_show()). */
static bool has_ipv6(struct span addresses, const char *name)
{
	struct span line, w[6];
	uint64_t scope, flags;

	while (span_line(&addresses, &line)) {
		size_t n = 0;

		while (n < ARRAY_SIZE(w) && text_word(&line, &w[n]))
			n++;
		if (n == ARRAY_SIZE(w) && text_eq(w[5], name) && text_digits(&w[3], 16, &scope) &&
		    text_digits(&w[4], 16, &flags) && scope == SCOPE_GLOBAL &&
		    !(flags & (TENTATIVE | DUPLICATE_FAILED)))
			return true;
	}
	return false;
}

/* Of one who listens on every address: has an interface that callers come through one? */
static enum tri any_open(struct tree *t, bool ipv6)
{
	struct span routes = { 0 }, addresses = { 0 };
	enum tri answer = t->f->n_nets ? TRI_NO : TRI_UNKNOWN;

	if (!tree_read(t, "proc/net/route", &routes))
		routes.n = 0;
	if (!ipv6 || !tree_read(t, "proc/net/if_inet6", &addresses))
		addresses.n = 0;
	for (size_t i = 0; i < t->f->n_nets; i++) {
		const struct netif *n = &t->f->nets[i];

		if ((has_ipv4(routes, n->name) || has_ipv6(addresses, n->name)) && reaches(t, n->name) == TRI_YES)
			return TRI_YES;
		answer = n->pci >= 0 ? TRI_UNKNOWN : answer;
	}
	return answer;
}

/* What one listener is worth. @ret_says: where it listens. */
static enum tri ipv4_open(struct tree *t, uint32_t address, const char **ret_says)
{
	const char *name;

	if ((address & 0xff) == 127) /* the first byte comes first in memory, and the machine is little-endian */
		return TRI_NO;
	*ret_says = "every address";
	if (address == 0)
		return any_open(t, false);
	name = interface_of(t, address);
	*ret_says = name ? arena_printf(&t->f->arena, "the address of %s", name) : "one address";
	return name ? reaches(t, name) : TRI_UNKNOWN;
}

static enum tri address_open(struct tree *t, struct span address, const char **ret_says)
{
	struct span low = { 0 };
	uint32_t v4 = 0;

	*ret_says = "one address";
	if (hex32(address, &v4))
		return ipv4_open(t, v4, ret_says);
	if (address.n != 32 || !span_cut(address, 24, 8, &low))
		return TRI_UNKNOWN;
	if (text_eq(address, "00000000000000000000000001000000"))
		return TRI_NO;
	if (text_eq(address, "00000000000000000000000000000000")) {
		*ret_says = "every address";
		return any_open(t, true);
	}
	if (text_starts(address, "0000000000000000FFFF0000") && hex32(low, &v4))
		return ipv4_open(t, v4, ret_says);
	return TRI_UNKNOWN;
}

/* True once the answer is yes. */
static bool listeners(struct tree *t, const char *path, struct ports *ports, bool *doubt)
{
	struct way_in *way = &t->f->ways[WAY_SSH];
	struct span text, line, address;
	const char *says;
	uint64_t port;
	int r = host_read_some(t->h, path, "\n", listener_wanted, ports, &t->f->arena, &text);

	*doubt |= r < 0 && r != -IGD_ENOENT;
	while (r == 0 && span_line(&text, &line)) {
		enum tri open;

		if (!listener(line, &address, &port) || !has_port(ports, port))
			continue;
		open = address_open(t, address, &says);
		*doubt |= open == TRI_UNKNOWN;
		if (open == TRI_NO || way->says)
			continue;
		way->says = arena_printf(&t->f->arena, "SSH on port %u of %s", (unsigned)port, says);
		if (open == TRI_YES) {
			fact_tri_set(&way->open, true, arena_printf(&t->f->arena, "/%s", path));
			return true;
		}
		way->says = NULL;
	}
	return false;
}

static void ssh(struct tree *t)
{
	struct way_in *way = &t->f->ways[WAY_SSH];
	struct ports ports = { .n = 0 };
	bool doubt = false;

	if (tree_has(t, "proc/net/tcp") != TRI_YES) {
		fact_tri_why(&way->open, t->why ? t->why : "/proc/net/tcp is not here");
		return;
	}
	ssh_ports(t, &ports);
	if (listeners(t, "proc/net/tcp", &ports, &doubt) || listeners(t, "proc/net/tcp6", &ports, &doubt))
		return;
	if (doubt)
		fact_tri_why(&way->open,
			     "/proc/net/tcp: no adapter that is up and has an address is known to lead to it");
	else
		fact_tri_set(&way->open, false, "/proc/net/tcp");
}

/* ---- a serial console ------------------------------------------------------------------------------------------ */

static bool is_serial(struct span name)
{
	return text_starts(name, "ttyS") || text_starts(name, "ttyAMA") || text_starts(name, "hvc");
}

/* Masked, this one or the template for all lines: then it is wanted and never started (systemctl(1), mask). */
static bool is_masked(struct tree *t, const char *unit)
{
	static const char *const folders[] = { "etc/systemd/system", "run/systemd/system" };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		const char *const paths[] = { arena_printf(&t->f->arena, "%s/%s", folders[i], unit),
					      arena_printf(&t->f->arena, "%s/serial-getty@.service", folders[i]) };

		for (size_t k = 0; k < ARRAY_SIZE(paths); k++) {
			const char *target = tree_link(t, paths[k]);

			if (target && strcmp(target, "/dev/null") == 0)
				return true;
		}
	}
	return false;
}

/* systemd starts one for a console of the kernel (systemd-getty-generator(8)), an owner enables others. */
static const char *serial_login(struct tree *t, const char **ret_from)
{
	static const char *const folders[] = { "run/systemd/generator/getty.target.wants",
					       "etc/systemd/system/getty.target.wants",
					       "run/systemd/system/getty.target.wants" };
	struct host_names names;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		if (!tree_list(t, folders[i], &names))
			continue;
		*ret_from = t->path;
		for (size_t k = 0; k < names.n; k++) {
			struct span name = span_str(names.v[k]), line;

			if (text_skip(&name, "serial-getty@") && text_until(&name, ".service", &line) &&
			    is_serial(line) && !is_masked(t, names.v[k]))
				return arena_printf(&t->f->arena, "a login on the serial line %.*s", (int)line.n,
						    (const char *)line.p);
		}
	}
	return NULL;
}

/* The first serial line that the kernel writes to: now, else by its command line. NULL: none; @ret_known says whether
 * that is known. */
static const char *kernel_console(struct tree *t, bool *ret_known)
{
	const struct conf *c = NULL;
	struct span text, line, name;

	*ret_known = tree_read(t, "proc/consoles", &text);
	while (*ret_known && span_line(&text, &line))
		if (text_word(&line, &name) && is_serial(name))
			return arena_span(&t->f->arena, name);
	if (*ret_known)
		return NULL;
	*ret_known = t->f->cmdline.v != NULL;
	while ((c = facts_conf(t->f, CONF_CMDLINE, "console", c)))
		if (c->value && is_serial(span_str(c->value)))
			return arena_span(&t->f->arena, span_before(span_str(c->value), ','));
	return NULL;
}

static void serial(struct tree *t)
{
	struct way_in *way = &t->f->ways[WAY_SERIAL];
	const char *from = NULL, *login = serial_login(t, &from), *line;
	bool known;

	if (login) {
		way->says = login;
		fact_tri_set(&way->open, true, from);
		return;
	}
	line = kernel_console(t, &known);
	from = tree_has(t, "proc/consoles") == TRI_YES ? "/proc/consoles" : "/proc/cmdline";
	if (line) {
		way->says = arena_printf(&t->f->arena, "the kernel's messages on the serial line %s", line);
		fact_tri_why(
			&way->open,
			arena_printf(&t->f->arena, "%s: %s is a console, and no login on it was seen", from, line));
	} else if (known) {
		fact_tri_set(&way->open, false, from);
	}
}

/* ---- another processor that keeps the machine --------------------------------------------------------------- */

static void ipmi(struct tree *t)
{
	struct way_in *way = &t->f->ways[WAY_IPMI];

	tree_there(t, &way->open, "dev/ipmi0", "dev/kvm");
	if (way->open.v == TRI_YES)
		way->says = "a BMC, /dev/ipmi0";
}

/*
 * Intel AMT shows itself by its serial port, function 3 of the slot of the management engine (Intel chipset
 * datasheets, "KT"). Whether somebody has set it up the host cannot see.
 */
static void amt(struct tree *t)
{
	static const struct pci_addr mei = { .dev = 0x16 }, kt = { .dev = 0x16, .fn = 3 };
	const struct pci_fn *p = facts_find_pci(t->f, kt);
	struct way_in *way = &t->f->ways[WAY_AMT];

	if (p && pci_fn_vendor(p) == PCI_VENDOR_INTEL && pci_fn_base_class(p, 0x07)) {
		way->says = "Intel AMT's serial-over-LAN, 0000:00:16.3, if its owner has set it up";
		fact_tri_why(&way->open, "only its owner knows whether Intel AMT is set up");
	} else if (t->f->pci_whole.v == TRI_YES) {
		p = facts_find_pci(t->f, mei);
		fact_tri_set(&way->open, false, p ? p->from : t->f->pci_whole.from);
	}
}

/* ---- who has a GPU open --------------------------------------------------------------------------------------- */

static void gpu_user(struct tree *t, const struct holder *x)
{
	const char *link = tree_link(t, tree_path(t, "sys/class/drm/%s", x->node));
	struct gpu_user *u = arena_push(&t->f->arena, t->f->gpu_users, t->f->n_gpu_users);

	if (!u)
		return;
	*u = (struct gpu_user) { .pid = x->pid,
				 .name = arena_str(&t->f->arena, x->name),
				 .node = arena_str(&t->f->arena, x->node) };
	u->placed = tree_last_pci(link, &u->addr);
}

static void gpu_users(struct tree *t)
{
	struct holders found;
	int r = host_holders(t->h, &found);

	if (r < 0) {
		fact_tri_why(&t->f->gpu_users_seen, r == -IGD_EACCES
							    ? "/proc: only root may see which files others have open"
						    : r == -IGD_EUSAGE ? "what processes have open was not looked at"
								       : igd_error_str(r));
		return;
	}
	for (size_t i = 0; i < found.n; i++)
		gpu_user(t, &found.v[i]);
	fact_tri_set(&t->f->gpu_users_seen, true, "/proc");
}

void tree_console(struct tree *t)
{
	ssh(t);
	serial(t);
	ipmi(t);
	amt(t);
	gpu_users(t);
}
