/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * redact_words.h - the words of a text that name a specimen, and the tokens for them; private to host/redact*.c.
 */
#pragma once

#include "host/redact.h"

#define REDACT_NAMES	 6 /* names of one machine: short, full and with '-' doubled, from two files */
#define REDACT_NAME_ROOM 256

enum token {
	TOKEN_MAC,
	TOKEN_UUID,
	TOKEN_IPV4,
	TOKEN_IPV6,
	TOKEN_SERIAL,
	TOKEN_DISK,
	TOKEN_GUEST,
	TOKEN_USER,
	TOKEN_MAIL,
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
	char s[REDACT_NAME_ROOM];
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
	struct name names[REDACT_NAMES];
	size_t n_names;
	struct out out;
};

/* ---- bytes ------------------------------------------------------------------------------------- */

static inline bool is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static inline bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static inline uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

/* The byte at @at, 0 outside. */
static inline uint8_t byte(struct span s, size_t at)
{
	uint8_t c = 0;

	return span_u8(s, at, &c) ? c : 0;
}

/* An empty span when it would reach outside. */
static inline struct span cut(struct span s, size_t at, size_t n)
{
	struct span c = { NULL, 0 };

	return span_cut(s, at, n, &c) ? c : (struct span) { NULL, 0 };
}

/* How many bytes from @at on are of that kind, at most @max. */
static inline size_t run_max(struct span s, size_t at, bool (*is)(uint8_t c), size_t max)
{
	size_t n = 0;

	while (n < max && at + n < s.n && is(byte(s, at + n)))
		n++;
	return n;
}

static inline size_t run(struct span s, size_t at, bool (*is)(uint8_t c))
{
	return run_max(s, at, is, s.n);
}

/* Does @s begin with @head, whatever the case? @head is in small letters. */
static inline bool starts_any_case(struct span s, const char *head)
{
	for (size_t i = 0; head[i]; i++)
		if (i >= s.n || lower(byte(s, i)) != (uint8_t)head[i])
			return false;
	return true;
}

/* ---- what comes out, into .out ----------------------------------------------------------------- */

void put(struct redact *r, struct span s);
void put_str(struct redact *r, const char *s);
void put_f(struct redact *r, const char *fmt, ...) _printf_(2, 3);

/* The number of @s among its kind, from 1; the bytes @skip in it do not count. 0: too many. */
uint32_t number_of(struct redact *r, enum token kind, struct span s, uint8_t skip);

/* As long as @s was, zeros where letters and digits were, and the number at its end. */
void put_serial(struct redact *r, struct span s);

/* The address that stands for @s, "a.b.c.d". */
void ipv4_token(struct redact *r, struct span s, uint8_t ret[4]);

/* Masks, "any", loopback and multicast tell nobody who it is. */
static inline bool ipv4_is_nobody(const uint8_t v[4])
{
	return v[0] == 0 || v[0] == 127 || v[0] >= 224;
}

/* A whole text, word by word. @flags: enum flags. */
void scan_text(struct redact *r, struct span all, unsigned flags);
