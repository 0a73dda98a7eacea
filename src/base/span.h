/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * span.h - bytes somebody else owns, and the only ways to look at them.
 *
 * Every read is a checked read: it answers false instead of touching a byte outside the span, and
 * leaves its output alone. A child structure gets a cut of its parent, so the length it declares
 * can never reach past the bytes that really are there. Nothing outside this file offsets .p.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span { /* borrowed: lives as long as what it was taken from */
	const uint8_t *p;
	size_t n;
};

#define SPAN_OF(array) ((struct span) { (const uint8_t *)(array), sizeof(array) })

static inline struct span span_str(const char *s)
{
	return (struct span) { (const uint8_t *)s, strlen(s) };
}

static inline bool span_cut(struct span s, size_t at, size_t n, struct span *ret)
{
	if (at > s.n || n > s.n - at) /* subtract: at + n can wrap */
		return false;
	*ret = (struct span) { at ? s.p + at : s.p, n }; /* an empty span may have no pointer to add to */
	return true;
}

/* Everything from @at on; an empty span when @at is the end. */
static inline bool span_from(struct span s, size_t at, struct span *ret)
{
	return at <= s.n && span_cut(s, at, s.n - at, ret);
}

static inline bool span_u8(struct span s, size_t at, uint8_t *ret)
{
	if (at >= s.n)
		return false;
	*ret = s.p[at];
	return true;
}

static inline bool span_le16(struct span s, size_t at, uint16_t *ret)
{
	struct span c;

	if (!span_cut(s, at, 2, &c))
		return false;
	*ret = (uint16_t)(c.p[0] | c.p[1] << 8);
	return true;
}

static inline bool span_le32(struct span s, size_t at, uint32_t *ret)
{
	struct span c;

	if (!span_cut(s, at, 4, &c))
		return false;
	*ret = (uint32_t)c.p[0] | (uint32_t)c.p[1] << 8 | (uint32_t)c.p[2] << 16 | (uint32_t)c.p[3] << 24;
	return true;
}

static inline bool span_le64(struct span s, size_t at, uint64_t *ret)
{
	uint32_t lo, hi;
	struct span c;

	if (!span_cut(s, at, 8, &c) || !span_le32(c, 0, &lo) || !span_le32(c, 4, &hi))
		return false;
	*ret = (uint64_t)hi << 32 | lo;
	return true;
}

/* Do the bytes at @at read @text (without its terminating zero)? */
static inline bool span_is(struct span s, size_t at, const char *text)
{
	struct span c;

	return span_cut(s, at, strlen(text), &c) && (c.n == 0 || memcmp(c.p, text, c.n) == 0);
}

/* The part of @s before the first @byte; all of it when there is none. */
static inline struct span span_before(struct span s, uint8_t byte)
{
	const uint8_t *end = s.n ? memchr(s.p, byte, s.n) : NULL;

	return (struct span) { s.p, end ? (size_t)(end - s.p) : s.n };
}

/* Is every byte of @s @byte? An empty span is filled with anything. */
static inline bool span_is_filled(struct span s, uint8_t byte)
{
	return s.n == 0 || (s.p[0] == byte && memcmp(s.p, s.p + 1, s.n - 1) == 0); /* each equals its neighbour */
}

/* Are they of the same bytes? */
static inline bool span_same(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/*
 * Cut the next line off the front of @rest, without its "\n" or "\r\n". False when nothing is left.
 * Each call consumes at least one byte, so a loop over it ends.
 */
static inline bool span_line(struct span *rest, struct span *ret)
{
	const uint8_t *nl;
	size_t n;

	if (rest->n == 0)
		return false;
	nl = memchr(rest->p, '\n', rest->n);
	n = nl ? (size_t)(nl - rest->p) : rest->n;
	*ret = (struct span) { rest->p, n };
	if (ret->n > 0 && ret->p[ret->n - 1] == '\r')
		ret->n--;
	n += nl ? 1 : 0;
	*rest = (struct span) { rest->p + n, rest->n - n };
	return true;
}
