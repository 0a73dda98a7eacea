// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * redact_words.c - one pass over a text. At each start of a word every matcher may claim what begins there; what
 * none claims is copied as it is. A matcher eats at least one byte, so the pass ends; what it looks at and does not
 * eat is bounded, so the cost is linear.
 *
 * Of what was seen only a hash is kept, so a capture's writer holds no second copy of secrets.
 */
#include "host/redact_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/text.h"

#define TOKENS_MAX 65536 /* of all kinds together; what comes later shares the number 0 */

/* A text and where in it a word begins. */
struct scan {
	struct redact *r;
	struct span all;
	size_t at;
	struct span rest; /* from .at on */
	unsigned flags;
};

/* ---- characters -------------------------------------------------------------------------------- */

static bool is_word(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
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

uint32_t number_of(struct redact *r, enum token kind, struct span s, uint8_t skip)
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

void put(struct redact *r, struct span s)
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

void put_str(struct redact *r, const char *s)
{
	put(r, span_str(s));
}

void put_f(struct redact *r, const char *fmt, ...)
{
	char s[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s, sizeof(s), fmt, ap);
	va_end(ap);
	put_str(r, s);
}

void put_serial(struct redact *r, struct span s)
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

void ipv4_token(struct redact *r, struct span s, uint8_t ret[4])
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

static bool is_mail_part(uint8_t c)
{
	return is_word(c) || (c && strchr("-.+%", c));
}

/* "modprobe@drm.service" is an instance of a unit (systemd.unit(5)). */
static bool is_unit(struct span s)
{
	static const char *const kinds[] = { ".service", ".socket", ".device", ".mount", ".automount", ".swap",
					     ".target",	 ".path",   ".timer",  ".slice", ".scope" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (text_ends(s, kinds[i]))
			return true;
	return false;
}

static bool is_letter(uint8_t c)
{
	return is_word(c) && !is_digit(c) && c != '_';
}

/* "somebody@example.org": as long as RFC 5321 4.5.3.1 allows, and a top-level domain of letters. */
static size_t match_mail(struct scan *s)
{
	size_t local = run_max(s->rest, 0, is_mail_part, 64), n, tld = 0;
	struct span domain;

	if (local == 0 || byte(s->rest, local) != '@')
		return 0;
	n = run_max(s->rest, local + 1, is_mail_part, 255);
	while (n > 0 && !is_letter(byte(s->rest, local + n))) /* the full stop of a sentence */
		n--;
	domain = cut(s->rest, local + 1, n);
	while (tld < n && is_letter(byte(domain, n - tld - 1)))
		tld++;
	if (tld < 2 || tld + 1 >= n || byte(domain, n - tld - 1) != '.' || is_unit(domain))
		return 0;
	put_f(s->r, "mail-%u@example.com", number_of(s->r, TOKEN_MAIL, cut(s->rest, 0, local + 1 + n), 0));
	return local + 1 + n;
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
		{ "root=LABEL=", "disk", TOKEN_DISK },
		{ "/home/", "user", TOKEN_USER },
		{ "run/libvirt/qemu/", "guest", TOKEN_GUEST },
		{ "etc/libvirt/qemu/autostart/", "guest", TOKEN_GUEST },
		{ "etc/libvirt/qemu/", "guest", TOKEN_GUEST },
	};
	struct span head = cut(s->all, 0, s->at), name;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!text_ends(head, parts[i].before))
			continue;
		name = cut(s->rest, 0, run(s->rest, 0, is_path_part));
		if (parts[i].kind == TOKEN_GUEST) {
			if (!text_ends(name, ".xml") && !text_ends(name, ".pid")) /* folders: networks, autostart */
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

/* "-fw_cfg name=opt/x,string=VALUE" (QEMU, "-fw_cfg"); a number is a setting of firmware. */
static bool is_firmware_string(const struct scan *s, struct span key, size_t at)
{
	size_t n = run_max(s->rest, at, is_digit, 16);

	return text_eq(key, "string") && s->at > 0 && byte(s->all, s->at - 1) == ',' &&
	       (n == 0 || is_value(byte(s->rest, at + n)));
}

/* KEY=VALUE where the key tells that the value is nobody's business. */
static size_t match_option(struct scan *s)
{
	struct span key = cut(s->rest, 0, run(s->rest, 0, is_word)), value;
	size_t at = s->flags & F_OPTIONS ? value_at(s, key.n) : 0;
	bool equals = byte(s->rest, key.n) == '=';

	if (at == 0)
		return 0;
	if (is_secret_key(s, key) || (equals && (is_network_key(s, key) || is_firmware_string(s, key, at))))
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
	if (text_starts(s->rest, "grub.pbkdf2.")) { /* the hash behind password_pbkdf2 */
		put_str(s->r, "redacted");
		return run(s->rest, 0, is_value);
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

void scan_text(struct redact *r, struct span all, unsigned flags)
{
	static size_t (*const matchers[])(struct scan * s) = {
		match_pci,  match_uuid,	     match_mac,	      match_mac_name, match_ipv4,   match_ipv6,
		match_mail, match_host_name, match_path_part, match_option,   match_serial,
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
