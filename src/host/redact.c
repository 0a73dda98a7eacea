// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * redact.c - one pass over a text. At each start of a word every matcher may claim what begins there; what none
 * claims is copied as it is. A matcher eats at least one byte, so the pass ends; none looks further ahead
 * than the end of its line.
 *
 * Of what was seen only a hash is kept, so a capture's writer holds no second copy of secrets.
 */
#include "host/redact.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/error.h"
#include "base/text.h"
#include "fw/edid.h"
#include "fw/pci_config.h"

#define TOKENS_MAX 65536 /* of all kinds together; what comes later shares the number 0 */
#define HOST_NAMES 4	 /* names of one machine: short and full, from two files */
#define NAME_ROOM  256

enum token {
	TOKEN_MAC,
	TOKEN_UUID,
	TOKEN_IPV4,
	TOKEN_IPV6,
	TOKEN_SERIAL,
	TOKEN_DISK,
	TOKEN_GUEST,
	TOKEN_USER,
	N_TOKENS
};

/* What is looked for in a file, beside UUIDs, MAC addresses and global IPv6 addresses. */
enum flags {
	F_IPV4 = 1 << 0,
	F_NAME = 1 << 1,    /* the host's name */
	F_OPTIONS = 1 << 2, /* KEY=VALUE of kernel options, of mounts and of QEMU */
	F_LOG = 1 << 3,	    /* "SerialNumber: X" */
	F_BLANKS = 1 << 4,  /* KEY VALUE as well */
	F_NUL = 1 << 5,	    /* words that end in NUL: not binary */
};

struct seen {
	uint64_t hash; /* 0: free */
	uint32_t n;
};

struct name {
	char s[NAME_ROOM];
	size_t n;
	bool weak; /* could be a word of technical texts */
};

struct out {
	uint8_t *p;
	size_t n, room;
	bool failed;
};

struct redact {
	struct seen *seen;
	size_t n_seen, room; /* room: a power of two, at least twice .n_seen */
	uint32_t count[N_TOKENS];
	struct name names[HOST_NAMES];
	size_t n_names;
	struct out out;
};

/* A text and where in it a word begins. */
struct scan {
	struct redact *r;
	struct span all;
	size_t at;
	struct span rest; /* from .at on */
	unsigned flags;
};

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

/* ---- characters -------------------------------------------------------------------------------- */

static bool is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

/* The byte at @at, 0 outside. */
static uint8_t byte(struct span s, size_t at)
{
	uint8_t c = 0;

	return span_u8(s, at, &c) ? c : 0;
}

static size_t run_max(struct span s, size_t at, bool (*is)(uint8_t c), size_t max)
{
	size_t n = 0;

	while (n < max && at + n < s.n && is(byte(s, at + n)))
		n++;
	return n;
}

static size_t run(struct span s, size_t at, bool (*is)(uint8_t c))
{
	return run_max(s, at, is, s.n);
}

static struct span cut(struct span s, size_t at, size_t n)
{
	struct span c = { NULL, 0 };

	return span_cut(s, at, n, &c) ? c : (struct span) { NULL, 0 };
}

/* Does @s begin with @head, whatever the case? @head is in small letters. */
static bool starts_any_case(struct span s, const char *head)
{
	for (size_t i = 0; head[i]; i++)
		if (i >= s.n || lower(byte(s, i)) != (uint8_t)head[i])
			return false;
	return true;
}

static bool ends_any_case(struct span s, const char *tail)
{
	size_t n = strlen(tail);

	return n <= s.n && starts_any_case(cut(s, s.n - n, n), tail);
}

/* ---- tokens ------------------------------------------------------------------------------------ */

static struct seen *slot_of(struct redact *r, uint64_t hash)
{
	size_t i = (size_t)hash & (r->room - 1);

	while (r->seen[i].hash && r->seen[i].hash != hash)
		i = (i + 1) & (r->room - 1);
	return &r->seen[i];
}

static bool grow(struct redact *r)
{
	size_t room = r->room ? 2 * r->room : 256, old = r->room;
	struct seen *before = r->seen, *bigger = calloc(room, sizeof(*bigger));

	if (!bigger)
		return false;
	r->seen = bigger;
	r->room = room;
	for (size_t i = 0; i < old; i++)
		if (before[i].hash)
			*slot_of(r, before[i].hash) = before[i];
	free(before);
	return true;
}

/* FNV-1a, 64 bits, over small letters and without @skip. */
static uint64_t hash_of(enum token kind, struct span s, uint8_t skip)
{
	uint64_t h = 0xcbf29ce484222325 ^ (uint64_t)kind;
	uint8_t c;

	for (size_t i = 0; span_u8(s, i, &c); i++)
		if (c != skip)
			h = (h ^ lower(c)) * 0x100000001b3;
	return h ? h : 1;
}

/* The number of @s among its kind, from 1; the bytes @skip in it do not count. 0: too many. */
static uint32_t number_of(struct redact *r, enum token kind, struct span s, uint8_t skip)
{
	uint64_t hash = hash_of(kind, s, skip);
	struct seen *seen;

	if (2 * (r->n_seen + 1) > r->room && !grow(r)) {
		r->out.failed = true;
		return 0;
	}
	seen = slot_of(r, hash);
	if (!seen->hash) {
		if (r->n_seen >= TOKENS_MAX)
			return 0;
		*seen = (struct seen) { hash, ++r->count[kind] };
		r->n_seen++;
	}
	return seen->n;
}

/* ---- what comes out ---------------------------------------------------------------------------- */

static void put(struct redact *r, struct span s)
{
	size_t room = r->out.room ? r->out.room : 4096;
	uint8_t *bigger;

	while (room - r->out.n < s.n)
		room *= 2;
	if (room > r->out.room) {
		bigger = realloc(r->out.p, room);
		if (!bigger) {
			r->out.failed = true;
			return;
		}
		r->out.p = bigger;
		r->out.room = room;
	}
	if (s.n)
		memcpy(r->out.p + r->out.n, s.p, s.n);
	r->out.n += s.n;
}

static void put_str(struct redact *r, const char *s)
{
	put(r, span_str(s));
}

static _printf_(2, 3) void put_f(struct redact *r, const char *fmt, ...)
{
	char s[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s, sizeof(s), fmt, ap);
	va_end(ap);
	put_str(r, s);
}

/* As long as @s was, zeros where letters and digits were, and the number at its end. */
static void put_serial(struct redact *r, struct span s)
{
	char n[16];
	size_t digits = (size_t)snprintf(n, sizeof(n), "%u", number_of(r, TOKEN_SERIAL, s, 0));
	uint8_t c;

	for (size_t i = 0; i + digits < s.n; i++) {
		c = byte(s, i);
		if (is_word(c) || c >= 0x80)
			c = '0';
		put(r, (struct span) { &c, 1 });
	}
	put_str(r, n);
}

/* ---- matchers: bytes eaten, 0 when it is not theirs -------------------------------------------- */

/* "0000:00:02.0", "00:1f.6": never an address of a network. */
static size_t match_pci(struct scan *s)
{
	struct span rest = s->rest;
	struct pci_addr a;
	size_t n;

	if (!pci_addr_read(&rest, &a))
		return 0;
	n = s->rest.n - rest.n;
	if (is_word(byte(rest, 0)) || (byte(rest, 0) == '.' && is_digit(byte(rest, 1))))
		return 0;
	put(s->r, cut(s->rest, 0, n));
	return n;
}

static bool all_zero(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_word(byte(s, i)) && byte(s, i) != '0')
			return false;
	return true;
}

/*
 * GUIDs that name a kind of thing and no specimen. UEFI Specification 2.10: 3.3 (global variables), 32.4 (image
 * security); systemd's Boot Loader Interface; shim's MokVars (rhboot/shim, include/guid.h).
 */
static bool is_known_guid(struct span s)
{
	static const char *const known[] = {
		"8be4df61-93ca-11d2-aa0d-00e098032b8c",
		"d719b2cb-3d3a-4596-a3bc-dad00e67656f",
		"4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
		"605dab50-e046-4300-abb6-3dd810dd8b23",
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (starts_any_case(s, known[i]))
			return true;
	return false;
}

/* A UUID (RFC 9562 4), or the 32 digits of one as in /etc/machine-id. */
static size_t match_uuid(struct scan *s)
{
	static const uint8_t groups[] = { 8, 4, 4, 4, 12 };
	size_t at = 0, n = run(s->rest, 0, is_hex);
	uint32_t number;

	if (n == 32 && !is_word(byte(s->rest, 32))) {
		if (all_zero(cut(s->rest, 0, 32)))
			return 0;
		put_f(s->r, "%032u", number_of(s->r, TOKEN_UUID, cut(s->rest, 0, 32), '-'));
		return 32;
	}
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		if (run(s->rest, at, is_hex) != groups[i] || (i < 4 && byte(s->rest, at + groups[i]) != '-'))
			return 0;
		at += groups[i] + (size_t)(i < 4);
	}
	if (is_word(byte(s->rest, at)) || is_known_guid(s->rest) || all_zero(cut(s->rest, 0, at)))
		return 0;
	number = number_of(s->r, TOKEN_UUID, cut(s->rest, 0, at), '-');
	put_f(s->r, "00000000-0000-0000-0000-%012u", number);
	return at;
}

static bool is_mac_nobody(struct span s)
{
	bool ones = true;

	for (size_t i = 0; i < s.n; i++)
		ones = ones && (!is_word(byte(s, i)) || lower(byte(s, i)) == 'f');
	return ones || all_zero(s);
}

/*
 * Six or more pairs of digits joined by ":" or by "-": a MAC address, an EUI-64, an InfiniBand address, the
 * device serial number as lspci prints it. Six groups cannot be a PCI address, which has at most three.
 */
static size_t match_mac(struct scan *s)
{
	uint8_t sep = byte(s->rest, 2), c;
	size_t n = 2, groups = 1;
	struct span mac;
	uint32_t number;

	if ((sep != ':' && sep != '-') || run(s->rest, 0, is_hex) != 2)
		return 0;
	for (; groups < 20 && byte(s->rest, n) == sep && run(s->rest, n + 1, is_hex) == 2; groups++)
		n += 3;
	c = byte(s->rest, n);
	if (groups < 6 || is_word(c) || (c == sep && is_word(byte(s->rest, n + 1))))
		return 0;
	mac = cut(s->rest, 0, n);
	if (is_mac_nobody(mac))
		return 0;
	number = number_of(s->r, TOKEN_MAC, mac, sep);
	put_str(s->r, "02");
	for (size_t i = 1; i < groups; i++)
		put_f(s->r, "%c%02x", sep, groups - i > 4 ? 0u : number >> 8 * (groups - i - 1) & 0xff);
	return n;
}

/* systemd names a card without a better name "enx" and its MAC address (systemd.net-naming-scheme(7)). */
static size_t match_mac_name(struct scan *s)
{
	if (!(text_starts(s->rest, "enx") || text_starts(s->rest, "wlx") || text_starts(s->rest, "wwx")) ||
	    run(s->rest, 3, is_hex) != 12 || is_word(byte(s->rest, 15)))
		return 0;
	put(s->r, cut(s->rest, 0, 3));
	put_f(s->r, "02%010x", number_of(s->r, TOKEN_MAC, cut(s->rest, 3, 12), ':'));
	return 15;
}

/* Bytes of "a.b.c.d" at @at with its parts in @ret; 0 when there is none. */
static size_t ipv4(struct span s, uint8_t ret[4])
{
	size_t at = 0, n;
	uint64_t v;

	for (int i = 0; i < 4; i++) {
		struct span part;

		n = run(s, at, is_digit);
		part = cut(s, at, n);
		if (n == 0 || n > 3 || !text_digits(&part, 10, &v) || v > 255 || (i < 3 && byte(s, at + n) != '.'))
			return 0;
		ret[i] = (uint8_t)v;
		at += n + (size_t)(i < 3);
	}
	return at;
}

/* Masks, "any", loopback and multicast tell nobody who it is. */
static bool ipv4_is_nobody(const uint8_t v[4])
{
	return v[0] == 0 || v[0] == 127 || v[0] >= 224;
}

static void ipv4_token(struct redact *r, struct span s, uint8_t ret[4])
{
	static const uint8_t nets[][3] = { { 192, 0, 2 }, { 198, 51, 100 }, { 203, 0, 113 } }; /* RFC 5737 3 */
	uint32_t n = number_of(r, TOKEN_IPV4, s, 0), net = n / 254;

	if (n == 0 || net >= ARRAY_SIZE(nets)) {
		n = 0;
		net = ARRAY_SIZE(nets) - 1;
	}
	memcpy(ret, nets[net], 3);
	ret[3] = (uint8_t)(n == 0 ? 255 : net ? n % 254 + 1 : n);
}

static size_t match_ipv4(struct scan *s)
{
	uint8_t before = s->at ? byte(s->all, s->at - 1) : 0, v[4], after;
	size_t n;

	if (!(s->flags & F_IPV4) || before == '.' || before == '-')
		return 0;
	n = ipv4(s->rest, v);
	after = byte(s->rest, n);
	if (n == 0 || is_word(after) || after == '-' || (after == '.' && is_word(byte(s->rest, n + 1))) ||
	    ipv4_is_nobody(v))
		return 0;
	ipv4_token(s->r, cut(s->rest, 0, n), v);
	put_f(s->r, "%u.%u.%u.%u", v[0], v[1], v[2], v[3]);
	return n;
}

/*
 * All eight groups, or "::" behind a first group that global, unique local or link local addresses have (2000::/3,
 * fc00::/7, fe80::/10: RFC 4291 2.4, RFC 4193). Other words with "::" in them are names of something else.
 */
static size_t match_ipv6(struct scan *s)
{
	size_t n = run(s->rest, 0, is_hex), at = n, groups = 1;
	uint8_t first = lower(byte(s->rest, 0)), second = lower(byte(s->rest, 1));
	bool gap = false, local, ours;

	local = first == 'f' &&
		(second == 'c' || second == 'd' || (second == 'e' && strchr("89ab", lower(byte(s->rest, 2)))));
	ours = n == 4 && (first == '2' || first == '3' || local);
	if (n == 0 || n > 4 || byte(s->rest, n) != ':')
		return 0;
	while (byte(s->rest, at) == ':' && groups <= 8) {
		if (byte(s->rest, at + 1) == ':' && !gap) {
			gap = true;
			at++;
		}
		n = run(s->rest, at + 1, is_hex);
		if (n == 0 && byte(s->rest, at - 1) == ':') {
			at++; /* "fe80::" at the end */
			break;
		}
		if (n == 0 || n > 4)
			break;
		at += 1 + n;
		groups++;
	}
	if ((gap && !ours) || (!gap && groups != 8) || groups > 8 || is_word(byte(s->rest, at)) ||
	    all_zero(cut(s->rest, 0, at)))
		return 0;
	put_f(s->r, "2001:db8::%x", number_of(s->r, TOKEN_IPV6, cut(s->rest, 0, at), 0));
	return at;
}

/* A name in the place where only a host's name stands. */
static bool stands_as_host(const struct scan *s, size_t n)
{
	static const char *const before[] = { "nodes/", "Hostname set to <", "hostname=", "hostname:" };
	struct span head = cut(s->all, 0, s->at), tail = cut(s->rest, n, s->rest.n - n);

	for (size_t i = 0; i < ARRAY_SIZE(before); i++)
		if (text_ends(head, before[i]))
			return true;
	if (!(s->flags & F_LOG))
		return false;
	return text_starts(tail, " kernel:") || text_starts(tail, " systemd[") ||
	       (text_ends(head, "Linux ") && byte(tail, 0) == ' ' && is_digit(byte(tail, 1)));
}

static size_t match_host_name(struct scan *s)
{
	const struct name *name;

	for (size_t i = 0; i < s->r->n_names; i++) {
		name = &s->r->names[i];
		if (!starts_any_case(s->rest, name->s) || is_word(byte(s->rest, name->n)))
			continue;
		if ((name->weak || !(s->flags & F_NAME)) && !stands_as_host(s, name->n))
			continue;
		put_str(s->r, "host");
		return name->n;
	}
	return 0;
}

static bool is_path_part(uint8_t c)
{
	return is_word(c) || (c && strchr("-.:+@%\\", c));
}

/* Links of /dev/disk/by-id hold serial numbers, those of by-path do not; /home/NAME is somebody's name. */
static size_t match_path_part(struct scan *s)
{
	static const struct {
		const char *before, *token;
		enum token kind;
	} parts[] = {
		{ "disk/by-id/", "disk", TOKEN_DISK },
		{ "disk/by-label/", "disk", TOKEN_DISK },
		{ "/home/", "user", TOKEN_USER },
		{ "etc/libvirt/qemu/autostart/", "guest", TOKEN_GUEST },
		{ "etc/libvirt/qemu/", "guest", TOKEN_GUEST },
	};
	struct span head = cut(s->all, 0, s->at), name;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!text_ends(head, parts[i].before))
			continue;
		name = cut(s->rest, 0, run(s->rest, 0, is_path_part));
		if (parts[i].kind == TOKEN_GUEST) {
			if (!text_ends(name, ".xml")) /* its folders: networks, autostart */
				return 0;
			name.n -= strlen(".xml");
		}
		put_f(s->r, "%s-%u", parts[i].token, number_of(s->r, parts[i].kind, name, 0));
		return name.n;
	}
	return 0;
}

static bool is_value(uint8_t c)
{
	return c > ' ' && c != '"' && c != '\'' && c != '<' && c != '>';
}

static bool is_part_value(uint8_t c)
{
	return is_value(c) && c != ',' && c != ';' && c != ')';
}

static bool is_secret_key(const struct scan *s, struct span key)
{
	static const char *const tails[] = { "password", "passwd",     "passphrase",
					     "secret",	 "psk",	       "ssid",
					     "keyfile",	 "credential", "credential_binary",
					     "_pass",	 "token",      "sshkeys" };

	for (size_t i = 0; i < ARRAY_SIZE(tails); i++)
		if (ends_any_case(key, tails[i]))
			return true;
	return text_eq(key, "pass") || (text_eq(key, "key") && text_ends(cut(s->all, 0, s->at), "luks."));
}

/* "ip=dhcp" stays, "ip=ADDRESS::GATEWAY:MASK:NAME:..." does not (Linux admin-guide/nfs/nfsroot.rst). */
static bool is_network_key(const struct scan *s, struct span key)
{
	static const char *const words[] = { "dhcp", "dhcp6", "auto6", "on", "off", "any", "none", "both", "auto" };
	struct span value;

	if (!text_eq(key, "ip") && !text_eq(key, "netroot") && !text_eq(key, "nfsroot") && !text_eq(key, "ifname"))
		return false;
	value = cut(s->rest, key.n + 1, run_max(s->rest, key.n + 1, is_value, 8));
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (text_eq(value, words[i]))
			return false;
	return true;
}

/* Where the value behind a key of @n bytes begins; 0 when nothing of that kind follows. */
static size_t value_at(const struct scan *s, size_t n)
{
	uint8_t c = byte(s->rest, n);
	size_t at = n + 1;

	if (c == '=')
		return at;
	if (c != ':' && (c != ' ' || !(s->flags & F_BLANKS)))
		return 0;
	while (byte(s->rest, at) == ' ')
		at++;
	return at;
}

static bool is_in_quotes(uint8_t c)
{
	return (c >= ' ' || c == '\t') && c != '"';
}

static bool is_in_single_quotes(uint8_t c)
{
	return (c >= ' ' || c == '\t') && c != '\'';
}

/* Everything to the end of the word or of the quotes. */
static size_t hide_value(struct scan *s, size_t at)
{
	uint8_t quote = byte(s->rest, at);
	size_t n;

	at += quote == '"' || quote == '\'';
	n = run(s->rest, at, quote == '"' ? is_in_quotes : quote == '\'' ? is_in_single_quotes : is_value);
	if (n == 0)
		return 0;
	put(s->r, cut(s->rest, 0, at));
	put_str(s->r, "redacted");
	return at + n;
}

/* KEY=VALUE where the key tells that the value is nobody's business. */
static size_t match_option(struct scan *s)
{
	struct span key = cut(s->rest, 0, run(s->rest, 0, is_word)), value;
	size_t at = s->flags & F_OPTIONS ? value_at(s, key.n) : 0;
	bool equals = byte(s->rest, key.n) == '=';

	if (at == 0)
		return 0;
	if (is_secret_key(s, key) || (equals && is_network_key(s, key)))
		return hide_value(s, at);
	if (!equals)
		return 0;
	if (ends_any_case(key, "uuid")) { /* of FAT and MBR; whole ones are match_uuid()'s */
		value = cut(s->rest, at, run_max(s->rest, at, is_part_value, 16));
		if (value.n == 16)
			return 0;
	} else if (ends_any_case(key, "serial") || ends_any_case(key, "_uniq") || text_eq(key, "wwn")) {
		value = cut(s->rest, at, run(s->rest, at, is_part_value));
		if (value.n < 16 && text_starts(value, "tty"))
			return 0;
	} else {
		return 0;
	}
	if (value.n < 4) /* a number of a port or of a string, not of a specimen */
		return 0;
	put(s->r, cut(s->rest, 0, at));
	put_serial(s->r, value);
	return at + value.n;
}

/* "usb 1-2: SerialNumber: 0123456789" (Linux drivers/usb/core/hub.c, show_string()); "wwn-0x5000c500a1b2c3d4". */
static size_t match_serial(struct scan *s)
{
	static const char *const heads[] = { "serialnumber: ", "serial number: ", "unit serial number: " };
	struct span value;
	size_t at;

	if (text_starts(s->rest, "wwn-0x") || text_starts(s->rest, "eui.") || text_starts(s->rest, "naa.")) {
		at = text_starts(s->rest, "wwn") ? 6 : 4;
		value = cut(s->rest, at, run(s->rest, at, is_hex));
		if (value.n < 8)
			return 0;
		put(s->r, cut(s->rest, 0, at));
		put_serial(s->r, value);
		return at + value.n;
	}
	for (size_t i = 0; s->flags & F_LOG && i < ARRAY_SIZE(heads); i++) {
		at = strlen(heads[i]);
		value = starts_any_case(s->rest, heads[i]) ? cut(s->rest, at, run(s->rest, at, is_value))
							   : (struct span) { NULL, 0 };
		if (value.n == 0)
			continue;
		put(s->r, cut(s->rest, 0, at));
		put_serial(s->r, value);
		return at + value.n;
	}
	return 0;
}

static void scan_text(struct redact *r, struct span all, unsigned flags)
{
	static size_t (*const matchers[])(struct scan * s) = {
		match_pci,  match_uuid,	     match_mac,	      match_mac_name, match_ipv4,
		match_ipv6, match_host_name, match_path_part, match_option,   match_serial,
	};
	struct scan s = { .r = r, .all = all, .flags = flags };
	size_t n;

	while (s.at < all.n) {
		s.rest = cut(all, s.at, all.n - s.at);
		n = 0;
		if (is_word(byte(s.rest, 0)))
			for (size_t i = 0; n == 0 && i < ARRAY_SIZE(matchers); i++)
				n = matchers[i](&s);
		if (n == 0) {
			n = run(s.rest, 0, is_word);
			n = n ? n : 1;
			put(r, cut(s.rest, 0, n));
		}
		s.at += n;
	}
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
		"acpi",	     "agent",	     "arch",	       "args",	     "balloon",	  "bios",
		"boot",	     "bootdisk",     "cores",	       "cpu",	     "cpulimit",  "cpuunits",
		"dev#",	     "efidisk#",     "features",       "hookscript", "hostpci#",  "hotplug",
		"hugepages", "ide#",	     "keephugepages",  "kvm",	     "lock",	  "machine",
		"memory",    "mp#",	     "net#",	       "numa",	     "numa#",	  "onboot",
		"ostype",    "protection",   "rootfs",	       "sata#",	     "scsi#",	  "scsihw",
		"serial#",   "sockets",	     "startup",	       "swap",	     "tablet",	  "template",
		"tpmstate#", "unprivileged", "unused#",	       "usb#",	     "vcpus",	  "vga",
		"virtio#",   "audio#",	     "parallel#",      "affinity",   "allow-ksm", "shares",
		"smp",	     "vmstate",	     "runningmachine", "runningcpu", "localtime", "freeze",
		"autostart", "rng#",	     "watchdog",
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
		const char *head;
		char end;
		enum token kind;
	} parts[] = {
		{ "<name>", '<', TOKEN_GUEST },
		{ "<title>", '<', TOKEN_SERIAL },
		{ "<description>", '<', TOKEN_SERIAL },
		{ "<serial>", '<', TOKEN_SERIAL },
		{ "<wwn>", '<', TOKEN_SERIAL },
		{ "passwd='", '\'', TOKEN_SERIAL },
		{ "passwd=\"", '"', TOKEN_SERIAL },
		{ "name='serial'>", '<', TOKEN_SERIAL },
		{ "name=\"serial\">", '<', TOKEN_SERIAL },
	};
	size_t done = 0, at = 0;
	struct span rest, value;

	while (at < s.n) {
		rest = cut(s, at, s.n - at);
		at++;
		if (byte(rest, 0) != '<' && byte(rest, 0) != 'p' && byte(rest, 0) != 'n')
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
			if (!text_starts(rest, parts[i].head))
				continue;
			at += strlen(parts[i].head) - 1;
			scan_text(r, cut(s, done, at - done), flags);
			value = span_before(cut(s, at, s.n - at), (uint8_t)parts[i].end);
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

/*
 * /proc/net/route: destination and gateway are the second and third word, eight digits of a number in the
 * machine's order of bytes, little-endian here (Linux net/ipv4/fib_trie.c, fib_route_seq_show()).
 */
static void route_line(struct redact *r, struct span line)
{
	struct span rest = line, word, part;
	uint8_t v[4];
	uint64_t n;

	for (int i = 0; text_word(&rest, &word); i++) {
		part = word;
		if (i)
			put_str(r, "\t");
		if ((i != 1 && i != 2) || word.n != 8 || !text_digits(&part, 16, &n) || part.n || n == 0) {
			scan_text(r, word, 0);
			continue;
		}
		for (int k = 0; k < 4; k++)
			v[k] = (uint8_t)(n >> 8 * k);
		if (!ipv4_is_nobody(v)) {
			char dotted[16];

			snprintf(dotted, sizeof(dotted), "%u.%u.%u.%u", v[0], v[1], v[2], v[3]);
			ipv4_token(r, span_str(dotted), v);
		}
		put_f(r, "%02X%02X%02X%02X", v[3], v[2], v[1], v[0]);
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
	{ "proc/net/*", scan_text, F_IPV4 },
	{ "proc/*/net/*", scan_text, F_IPV4 },
	{ "proc/version", scan_text, F_NAME | F_LOG },
	{ "proc/*", scan_text, 0 },
	{ "var/log/*", scan_text, F_ALL | F_LOG },
	{ "run/log/*", scan_text, F_ALL | F_LOG },
	{ "etc/pve/*/qemu-server/*.conf", pve_guest, F_ALL },
	{ "etc/pve/*/lxc/*.conf", pve_guest, F_ALL },
	{ "etc/pve/qemu-server/*.conf", pve_guest, F_ALL },
	{ "etc/pve/lxc/*.conf", pve_guest, F_ALL },
	{ "etc/libvirt/*.xml", libvirt_xml, F_ALL },
	{ "etc/pve/*", scan_text, F_ALL | F_BLANKS },
	{ "etc/network/*", scan_text, F_ALL | F_BLANKS },
	{ "etc/netplan/*", scan_text, F_ALL | F_BLANKS },
	{ "etc/systemd/network/*", scan_text, F_ALL },
	{ "etc/fstab", scan_text, F_ALL },
	{ "etc/kernel/*", scan_text, F_ALL },
	{ "etc/default/*", scan_text, F_ALL },
	{ "etc/cmdline*", scan_text, F_ALL },
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

	if (s.n == 0 || s.n >= sizeof(n->s) || r->n_names == HOST_NAMES || text_eq(s, "(none)"))
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
		add_name(r, dot);
		return;
	}
}
