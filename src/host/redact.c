// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * redact.c - which file is what: a table of paths says how each is cleaned, and that some are not shown at all.
 */
#include "host/redact.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "fw/edid.h"
#include "fw/pci_config.h"
#include "host/redact_words.h"
#include "store/edit.h"

struct redact *redact_new(void)
{
	return calloc(1, sizeof(struct redact));
}

void redact_free(struct redact *r)
{
	if (!r)
		return;
	free(r->seen);
	free(r->out.p);
	free(r);
}

/* ---- files with a shape of their own ----------------------------------------------------------- */

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

/* A file of one value: whatever its blanks, so many stay. */
static void whole_value(struct redact *r, struct span s, unsigned unused)
{
	size_t from = run(s, 0, is_blank), to = s.n;

	(void)unused;
	while (to > from && is_blank(byte(s, to - 1)))
		to--;
	put(r, cut(s, 0, from));
	if (to > from)
		put_serial(r, cut(s, from, to - from));
	put(r, cut(s, to, s.n - to));
}

/* One value a line. */
static void whole_lines(struct redact *r, struct span s, unsigned unused)
{
	struct span line, rest = s;

	while (span_line(&rest, &line)) {
		whole_value(r, line, unused);
		if (rest.n > 0 || text_ends(s, "\n"))
			put_str(r, "\n");
	}
}

static void whole_name(struct redact *r, struct span s, unsigned unused)
{
	(void)unused;
	put_str(r, "host");
	if (text_ends(s, "\n"))
		put_str(r, "\n");
}

/*
 * Keys of Proxmox guests whose values say which devices, firmware and machine a guest has (qm.conf(5), pct.conf(5)).
 * A '#' stands for digits. Values of others are hidden: they may hold anything.
 */
static bool is_open_key(struct span key)
{
	static const char *const open[] = {
		"acpi",		"agent",     "arch",	   "args",	"balloon",  "bios",	     "boot",
		"bootdisk",	"cores",     "cpu",	   "cpulimit",	"cpuunits", "dev#",	     "efidisk#",
		"features",	"hostpci#",  "hotplug",	   "hugepages", "ide#",	    "keephugepages", "kvm",
		"lock",		"machine",   "memory",	   "mp#",	"net#",	    "numa",	     "numa#",
		"onboot",	"ostype",    "protection", "rootfs",	"sata#",    "scsi#",	     "scsihw",
		"serial#",	"sockets",   "startup",	   "swap",	"tablet",   "template",	     "tpmstate#",
		"unprivileged", "unused#",   "usb#",	   "vcpus",	"vga",	    "virtio#",	     "audio#",
		"parallel#",	"affinity",  "allow-ksm",  "shares",	"smp",	    "vmstate",	     "runningmachine",
		"runningcpu",	"localtime", "freeze",	   "autostart", "rng#",	    "watchdog",
	};
	size_t n;

	if (text_starts(key, "lxc."))
		return text_has(key, "cgroup") || text_has(key, "mount") || text_has(key, "apparmor") ||
		       text_has(key, "idmap") || text_has(key, "cap.");
	for (size_t i = 0; i < ARRAY_SIZE(open); i++) {
		n = strlen(open[i]);
		if (open[i][n - 1] != '#') {
			if (text_eq(key, open[i]))
				return true;
		} else if (key.n >= n && memcmp(key.p, open[i], n - 1) == 0 &&
			   run(key, n - 1, is_digit) == key.n - (n - 1)) {
			return true;
		}
	}
	return false;
}

/* "[PENDING]" and "[special:...]" are Proxmox's own words, other sections are names of snapshots. */
static void pve_section(struct redact *r, struct span line)
{
	if (text_starts(line, "[PENDING]") || text_starts(line, "[special:"))
		put(r, line);
	else
		put_f(r, "[snapshot-%u]", number_of(r, TOKEN_GUEST, text_trim(line), 0));
}

static void pve_line(struct redact *r, struct span line, unsigned flags)
{
	struct span key = span_before(line, ':'), value;

	if (text_starts(line, "#")) { /* the description of the guest */
		put_str(r, "#");
		return;
	}
	if (text_starts(line, "[")) {
		pve_section(r, line);
		return;
	}
	if (key.n == line.n || is_open_key(text_trim(key))) {
		scan_text(r, line, flags);
		return;
	}
	value = cut(line, key.n + 1, line.n - key.n - 1);
	put(r, key);
	put_str(r, ":");
	if (text_trim(value).n == 0)
		return;
	if (text_eq(text_trim(key), "name") || text_eq(text_trim(key), "hostname"))
		put_f(r, " guest-%u", number_of(r, TOKEN_GUEST, text_trim(value), 0));
	else
		put_str(r, " redacted");
}

static void pve_guest(struct redact *r, struct span s, unsigned flags)
{
	struct span line, rest = s;

	while (span_line(&rest, &line)) {
		pve_line(r, line, flags);
		if (rest.n > 0 || text_ends(s, "\n"))
			put_str(r, "\n");
	}
}

/*
 * libvirt's XML: what stands in elements and attributes that name a guest or hold a secret (libvirt, "Domain XML
 * format"). The name of a network or a pool is hidden as well, which nothing reads.
 */
static void libvirt_xml(struct redact *r, struct span s, unsigned flags)
{
	static const struct {
		const char *head, *end;
		enum token kind;
	} parts[] = {
		{ "<name>", "<", TOKEN_GUEST },		 { "<title>", "<", TOKEN_SERIAL },
		{ "<description>", "<", TOKEN_SERIAL },	 { "<metadata>", "</metadata>", TOKEN_SERIAL },
		{ "<serial>", "<", TOKEN_SERIAL },	 { "<wwn>", "<", TOKEN_SERIAL },
		{ "passwd='", "'", TOKEN_SERIAL },	 { "passwd=\"", "\"", TOKEN_SERIAL },
		{ "name='serial'>", "<", TOKEN_SERIAL }, { "name=\"serial\">", "<", TOKEN_SERIAL },
		{ "name='asset'>", "<", TOKEN_SERIAL },	 { "name=\"asset\">", "<", TOKEN_SERIAL },
		{ "username='", "'", TOKEN_SERIAL },	 { "username=\"", "\"", TOKEN_SERIAL },
		{ "usage='", "'", TOKEN_SERIAL },	 { "usage=\"", "\"", TOKEN_SERIAL },
	};
	size_t done = 0, at = 0;
	struct span rest, value;

	while (at < s.n) {
		rest = cut(s, at, s.n - at);
		at++;
		if (byte(rest, 0) == 0 || !strchr("<pnu", byte(rest, 0)))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
			if (!text_starts(rest, parts[i].head))
				continue;
			at += strlen(parts[i].head) - 1;
			scan_text(r, cut(s, done, at - done), flags);
			value = cut(s, at, s.n - at);
			value.n = text_find(value, parts[i].end);
			if (parts[i].kind == TOKEN_GUEST)
				put_f(r, "guest-%u", number_of(r, TOKEN_GUEST, value, 0));
			else
				put_str(r, "redacted");
			at += value.n;
			done = at;
			break;
		}
	}
	scan_text(r, cut(s, done, s.n - done), flags);
}

/* Where the comment of a line begins, behind its '#'; .n when there is none. */
static size_t comment_at(struct span line)
{
	uint8_t quote = 0, c;

	for (size_t i = 0; span_u8(line, i, &c); i++) {
		if (c == '#' && !quote && (i == 0 || is_blank(byte(line, i - 1))))
			return i + 1;
		if (c == quote)
			quote = 0;
		else if (!quote && (c == '"' || c == '\''))
			quote = c;
	}
	return line.n;
}

/* Comments that no owner wrote. */
static bool is_nobodys(struct span line)
{
	return text_eq(line, EDIT_OWN_HEAD) || text_eq(line, "#!/bin/sh");
}

/* Configuration whose comments say in an owner's own words what nobody can clean: of them the '#' stays. */
static void commented(struct redact *r, struct span s, unsigned flags)
{
	struct span line, rest = s;

	while (span_line(&rest, &line)) {
		if (is_nobodys(line))
			put(r, line);
		else
			scan_text(r, cut(line, 0, comment_at(line)), flags);
		if (rest.n > 0 || text_ends(s, "\n"))
			put_str(r, "\n");
	}
}

/* The token of an IPv4 address as /proc/net writes it. */
static void put_hex_ipv4(struct redact *r, uint64_t n)
{
	uint8_t v[4];

	for (int k = 0; k < 4; k++)
		v[k] = (uint8_t)(n >> 8 * k);
	if (!ipv4_is_nobody(v)) {
		char dotted[16];

		snprintf(dotted, sizeof(dotted), "%u.%u.%u.%u", v[0], v[1], v[2], v[3]);
		ipv4_token(r, span_str(dotted), v);
	}
	put_f(r, "%02X%02X%02X%02X", v[3], v[2], v[1], v[0]);
}

/*
 * /proc/net/route: destination and gateway are the second and third word, eight digits of a number in the
 * machine's order of bytes, little-endian here (Linux net/ipv4/fib_trie.c, fib_route_seq_show()).
 */
static void route_line(struct redact *r, struct span line)
{
	struct span rest = line, word, part;
	uint64_t n;

	for (int i = 0; text_word(&rest, &word); i++) {
		part = word;
		if (i)
			put_str(r, "\t");
		if ((i != 1 && i != 2) || word.n != 8 || !text_digits(&part, 16, &n) || part.n || n == 0) {
			scan_text(r, word, 0);
			continue;
		}
		put_hex_ipv4(r, n);
	}
}

static void routes(struct redact *r, struct span s, unsigned unused)
{
	struct span line, rest = s;

	(void)unused;
	while (span_line(&rest, &line)) {
		route_line(r, line);
		put_str(r, "\n");
	}
}

/* An IPv6 address there is four such numbers; "::", "::1" and "::ffff:a.b.c.d" stay what they are. */
static void put_hex_ipv6(struct redact *r, struct span s)
{
	static const char any[] = "00000000000000000000000000000000", one[] = "00000000000000000000000001000000";
	struct span last = cut(s, 24, 8);
	uint64_t v4 = 0;
	uint32_t n;

	if (text_eq(s, any) || text_eq(s, one)) {
		put(r, s);
	} else if (text_starts(s, "0000000000000000FFFF0000") && text_digits(&last, 16, &v4) && last.n == 0) {
		put(r, cut(s, 0, 24));
		put_hex_ipv4(r, v4);
	} else { /* 2001:db8::n */
		n = number_of(r, TOKEN_IPV6, s, 0);
		put_f(r, "B80D01200000000000000000%02X%02X%02X%02X", n & 0xff, n >> 8 & 0xff, n >> 16 & 0xff,
		      n >> 24);
	}
}

/*
 * /proc/net/tcp and tcp6: of sockets that wait for callers where they wait, "sl: address:port 0:0 0A"; whom the
 * machine talks to is nobody's business (Linux net/ipv4/tcp_ipv4.c, get_tcp4_sock()).
 */
static void socket_line(struct redact *r, struct span line)
{
	struct span slot, local, remote, state, address, port;
	uint64_t n;

	if (!text_word(&line, &slot) || !text_word(&line, &local) || !text_word(&line, &remote) ||
	    !text_word(&line, &state) || !text_eq(state, "0A"))
		return;
	port = local;
	if (!text_until(&port, ":", &address) || run(address, 0, is_hex) != address.n ||
	    run(port, 0, is_hex) != port.n || run(slot, 0, is_digit) + 1 != slot.n)
		return;
	put(r, slot);
	put_str(r, " ");
	if (address.n == 32)
		put_hex_ipv6(r, address);
	else if (address.n == 8 && text_digits(&address, 16, &n))
		put_hex_ipv4(r, n);
	put_str(r, ":");
	put(r, port);
	put_str(r, " 00000000:0000 0A\n");
}

static void sockets(struct redact *r, struct span s, unsigned unused)
{
	struct span line, rest = s;

	(void)unused;
	while (span_line(&rest, &line))
		socket_line(r, line);
}

/* /proc/net/if_inet6: "address index prefix scope flags name" (Linux net/ipv6/addrconf.c, if6_seq_show()). */
static void interfaces6(struct redact *r, struct span s, unsigned unused)
{
	struct span line, address, rest = s;

	(void)unused;
	while (span_line(&rest, &line)) {
		if (!text_word(&line, &address) || address.n != 32 || run(address, 0, is_hex) != address.n)
			continue;
		put_f(r, "20010db80000000000000000%08x", number_of(r, TOKEN_IPV6, address, 0));
		scan_text(r, line, 0);
		put_str(r, "\n");
	}
}

/* Of the SSH server's configuration its ports alone (sshd_config(5)). */
static void ports(struct redact *r, struct span s, unsigned unused)
{
	struct span line, word, rest = s;
	uint64_t n;

	(void)unused;
	while (span_line(&rest, &line))
		if (text_word(&line, &word) && starts_any_case(word, "port") && word.n == 4 &&
		    text_word(&line, &word) && text_digits(&word, 10, &n) && word.n == 0)
			put_f(r, "Port %u\n", (unsigned)n);
}

/* The Device Serial Number of a network card is its MAC address (PCI Express Base Specification 5.0, 7.9.3). */
static void config_space(struct redact *r, struct span s, unsigned unused)
{
	static const uint8_t zero[8];
	struct pci_config c;

	(void)unused;
	if (pci_config_read(s, &c, NULL) == 0 && c.dsn_at && c.dsn_at <= s.n && s.n - c.dsn_at >= sizeof(zero)) {
		put(r, cut(s, 0, c.dsn_at));
		put(r, SPAN_OF(zero));
		put(r, cut(s, c.dsn_at + sizeof(zero), s.n - c.dsn_at - sizeof(zero)));
		return;
	}
	put(r, s);
}

/* An EDID that cannot be read cannot be cleaned: nothing of it stays. */
static void edid(struct redact *r, struct span s, unsigned unused)
{
	(void)unused;
	put(r, s);
	if (s.n && !r->out.failed && edid_redact(r->out.p, r->out.n) < 0)
		r->out.n = 0;
}

static void keep(struct redact *r, struct span s, unsigned unused)
{
	(void)unused;
	put(r, s);
}

/* ---- which file is what ------------------------------------------------------------------------ */

#define F_ALL (F_IPV4 | F_NAME | F_OPTIONS)

/* The first row that fits counts. '*' is any run of bytes, "/" as well. Without a .how nothing is shown. */
static const struct {
	const char *path;
	void (*how)(struct redact *r, struct span s, unsigned flags);
	unsigned flags;
} files[] = {
	{ "etc/hostname", whole_name, 0 },
	{ "proc/sys/kernel/hostname", whole_name, 0 },
	{ "etc/shadow*", NULL, 0 },
	{ "etc/gshadow*", NULL, 0 },
	{ "etc/hosts", NULL, 0 },
	{ "etc/resolv.conf", NULL, 0 },
	{ "etc/ssh/sshd_config*", ports, 0 },
	{ "etc/ssh/*", NULL, 0 },
	{ "etc/wpa_supplicant*", NULL, 0 },
	{ "etc/NetworkManager/system-connections*", NULL, 0 },
	{ "etc/pve/priv*", NULL, 0 },
	{ "etc/pve/user.cfg", NULL, 0 },
	{ "*.key", NULL, 0 },
	{ "*.pem", NULL, 0 },
	{ "*/.ssh/*", NULL, 0 },
	{ "home/*", NULL, 0 },
	{ "proc/*/environ", NULL, 0 },
	{ "sys/firmware/dmi/*", NULL, 0 },
	{ "sys/firmware/acpi/tables/*MSDM*", NULL, 0 }, /* the key of a Windows licence */
	{ "sys/firmware/acpi/tables/*SLIC*", NULL, 0 },
	{ "sys/firmware/acpi/*", keep, 0 },
	{ "sys/firmware/efi/efivars/SecureBoot-*", keep, 0 },
	{ "sys/firmware/efi/efivars/SetupMode-*", keep, 0 },
	{ "sys/firmware/efi/efivars/LoaderInfo-*", keep, 0 },
	{ "sys/firmware/efi/efivars/StubInfo-*", keep, 0 },
	{ "sys/firmware/efi/efivars/*", NULL, 0 },
	{ "sys/*/edid", edid, 0 },
	{ "sys/*/config", config_space, 0 },
	{ "sys/*/rom", keep, 0 },
	{ "sys/*/descriptors", keep, 0 },
	{ "sys/*/vpd*", NULL, 0 },
	{ "sys/kernel/debug/*i915_opregion", keep, 0 },
	{ "sys/kernel/debug/*i915_vbt", keep, 0 },
	{ "sys/*serial", whole_value, 0 },
	{ "sys/*/serial_number", whole_value, 0 },
	{ "sys/*_asset_tag", whole_value, 0 },
	{ "sys/*/wwid", whole_value, 0 },
	{ "sys/*/wwn", whole_value, 0 },
	{ "sys/*/uniq", whole_value, 0 },
	{ "sys/*/unique_id", whole_value, 0 },
	{ "sys/*/phys_switch_id", whole_value, 0 },
	{ "sys/*/phys_port_id", whole_value, 0 },
	{ "sys/*/uevent", scan_text, F_OPTIONS },
	{ "sys/*", scan_text, 0 },
	{ "proc/config.gz", keep, 0 },
	{ "proc/cmdline", scan_text, F_ALL },
	{ "proc/mounts", scan_text, F_ALL },
	{ "proc/*/mountinfo", scan_text, F_ALL },
	{ "proc/*/mounts", scan_text, F_ALL },
	{ "proc/*/cmdline", scan_text, F_ALL | F_NUL },
	{ "proc/net/route", routes, 0 },
	{ "proc/*/net/route", routes, 0 },
	{ "proc/net/tcp*", sockets, 0 },
	{ "proc/*/net/tcp*", sockets, 0 },
	{ "proc/net/if_inet6", interfaces6, 0 },
	{ "proc/*/net/if_inet6", interfaces6, 0 },
	{ "proc/net/*", scan_text, F_IPV4 },
	{ "proc/*/net/*", scan_text, F_IPV4 },
	{ "proc/version", scan_text, F_NAME | F_LOG },
	{ "proc/*", scan_text, 0 },
	{ "var/lib/*", scan_text, 0 },
	{ "var/log/*", scan_text, F_ALL | F_LOG },
	{ "run/log/*", scan_text, F_ALL | F_LOG },
	{ "etc/pve/*/qemu-server/*.conf", pve_guest, F_ALL },
	{ "etc/pve/*/lxc/*.conf", pve_guest, F_ALL },
	{ "etc/pve/qemu-server/*.conf", pve_guest, F_ALL },
	{ "etc/pve/lxc/*.conf", pve_guest, F_ALL },
	{ "etc/libvirt/*.xml", libvirt_xml, F_ALL },
	{ "etc/pve/*", scan_text, F_ALL | F_BLANKS },
	{ "etc/network/*", commented, F_ALL | F_BLANKS },
	{ "etc/netplan/*", commented, F_ALL | F_BLANKS },
	{ "etc/systemd/network/*", commented, F_ALL },
	{ "etc/systemd/system/*.socket.d/*", commented, F_ALL },
	{ "etc/fstab", commented, F_ALL },
	{ "etc/kernel/proxmox-boot-uuids", whole_lines, 0 },
	{ "etc/kernel/*", scan_text, F_ALL },
	{ "etc/default/*", commented, F_ALL },
	{ "etc/cmdline*", commented, F_ALL },
	{ "etc/modprobe.d/*", commented, F_NAME | F_OPTIONS },
	{ "etc/modules*", commented, F_NAME | F_OPTIONS },
	{ "etc/initramfs-tools/*", commented, F_NAME | F_OPTIONS },
	{ "boot/config-*", scan_text, 0 },
	{ "boot/*", scan_text, F_ALL },
	{ "efi/*", scan_text, F_ALL },
	{ "etc/*", scan_text, F_NAME | F_OPTIONS },
	{ "lib/*", scan_text, 0 },
	{ "usr/*", scan_text, 0 },
	{ "*", scan_text, F_NAME | F_OPTIONS },
};

/* Remembers one place to come back to, the last '*': linear but for hostile patterns, and ours are not. */
static bool fits(const char *pattern, const char *path)
{
	const char *star = NULL, *again = path;

	while (*path) {
		if (*pattern == '*') {
			star = pattern++;
			again = path;
		} else if (*pattern == *path) {
			pattern++;
			path++;
		} else if (star) {
			pattern = star + 1;
			path = ++again;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/* NUL where texts have none. sysfs ends some values in them: those at the end do not count. */
static bool is_binary(struct span s)
{
	while (s.n > 0 && byte(s, s.n - 1) == '\0')
		s.n--;
	return s.n > 0 && memchr(s.p, 0, s.n) != NULL;
}

static bool is_scanned(void (*how)(struct redact *r, struct span s, unsigned flags))
{
	return how != keep && how != edid && how != config_space;
}

/* What is in r->out, to be owned by @a unless it is @from unchanged. */
static int take(struct redact *r, struct span from, struct arena *a, struct span *ret)
{
	const char *copy;

	if (r->out.failed)
		return -IGD_ENOMEM;
	if (r->out.n == from.n && (from.n == 0 || memcmp(r->out.p, from.p, from.n) == 0)) {
		*ret = from;
		return 0;
	}
	copy = arena_span(a, (struct span) { r->out.p, r->out.n });
	if (a->full)
		return -IGD_ENOMEM;
	*ret = (struct span) { (const uint8_t *)copy, r->out.n };
	return 0;
}

int redact_file(struct redact *r, const char *path, struct span bytes, struct arena *a, struct span *ret)
{
	size_t i = 0;
	int err;

	while (!fits(files[i].path, path)) /* the last row fits everything */
		i++;
	if (!files[i].how || (is_scanned(files[i].how) && !(files[i].flags & F_NUL) && is_binary(bytes))) {
		*ret = (struct span) { NULL, 0 };
		return REDACTED_WITHHELD;
	}
	r->out.n = 0;
	r->out.failed = false;
	files[i].how(r, bytes, files[i].flags);
	err = take(r, bytes, a, ret);
	return err < 0 ? err : ret->n == 0 && bytes.n ? REDACTED_WITHHELD : REDACTED_KEPT;
}

int redact_path(struct redact *r, const char *path, struct arena *a, const char **ret)
{
	/* Names below these are the kernel's; links of sysfs begin with "../" and one of the later ones. */
	static const char *const kernels[] = { "sys/", "proc/",	 "lib/",    "usr/",    "devices/",
					       "bus/", "class/", "kernel/", "module/", "firmware/" };
	const char *p = path + strspn(path, "./");
	struct span from = span_str(path), to;
	unsigned flags = F_NAME;
	int err;

	/* firmware's GUIDs name kinds of things */
	if (fits("sys/firmware/*", p)) {
		*ret = path;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++)
		if (text_starts(span_str(p), kernels[i]))
			flags = 0;
	r->out.n = 0;
	r->out.failed = false;
	scan_text(r, from, flags);
	err = take(r, from, a, &to);
	if (err == 0)
		*ret = (const char *)to.p;
	return err;
}

/* ---- the name of the machine ------------------------------------------------------------------- */

/* Could @s be a word that means something else in a log or a configuration file? */
static bool is_weak(struct span s)
{
	static const char *const words[] = {
		"localhost", "pve",	"proxmox", "debian",  "ubuntu",	  "fedora",  "arch",	   "archlinux",
		"nixos",     "gentoo",	"manjaro", "unraid",  "tower",	  "truenas", "host",	   "server",
		"home",	     "homelab", "node",	   "node1",   "pve1",	  "pve2",    "pve3",	   "kvm",
		"qemu",	     "libvirt", "vfio",	   "intel",   "i915",	  "linux",   "kernel",	   "root",
		"boot",	     "local",	"default", "main",    "virt",	  "virtual", "hypervisor", "gpu",
		"igpu",	     "desktop", "laptop",  "media",   "plex",	  "nas",     "router",	   "test",
		"user",	     "admin",	"system",  "machine", "windows",  "docker",  "storage",	   "backup",
		"data",	     "rocky",	"centos",  "alpine",  "opensuse", "console", "nvme",	   "quiet",
		"splash",    "iommu",	"bridge",  "network", "memory",	  "disk",
	};

	if (s.n < 4 || run(s, 0, is_hex) == s.n)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i]) == s.n && starts_any_case(s, words[i]))
			return true;
	return false;
}

static void add_name(struct redact *r, struct span s)
{
	struct name *n = &r->names[r->n_names];

	if (s.n == 0 || s.n >= sizeof(n->s) || r->n_names == REDACT_NAMES || text_eq(s, "(none)"))
		return;
	for (size_t i = 0; i < s.n; i++)
		n->s[i] = (char)lower(byte(s, i));
	n->s[s.n] = '\0';
	n->n = s.n;
	n->weak = is_weak(s);
	for (size_t i = 0; i < r->n_names; i++)
		if (strcmp(r->names[i].s, n->s) == 0)
			return;
	r->n_names++;
}

/* "my-box" is "my--box" in the names of device mapper (lvm2, dm_build_dm_name()). */
static void add_doubled(struct redact *r, struct span s)
{
	char doubled[2 * sizeof(r->names[0].s)];
	size_t n = 0;

	if (s.n > sizeof(r->names[0].s) || text_find(s, "-") == s.n)
		return;
	for (size_t i = 0; i < s.n; i++) {
		doubled[n++] = (char)byte(s, i);
		if (byte(s, i) == '-')
			doubled[n++] = '-';
	}
	add_name(r, (struct span) { (const uint8_t *)doubled, n });
}

void redact_host_name(struct redact *r, struct span name)
{
	struct span s = text_trim(name), line, dot;

	while (span_line(&s, &line)) { /* hostname(5): lines of comment may stand before it */
		line = text_trim(line);
		if (line.n == 0 || text_starts(line, "#"))
			continue;
		dot = span_before(line, '.');
		if (dot.n < line.n) /* the full name first: the short one is its beginning */
			add_name(r, line);
		add_doubled(r, dot);
		add_name(r, dot);
		return;
	}
}
