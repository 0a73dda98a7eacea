// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

static struct span span_drop(struct span s, size_t n)
{
	struct span rest = { s.p, 0 };

	return span_from(s, n, &rest) ? rest : (struct span) { s.p, 0 };
}

struct span text_trim(struct span s)
{
	size_t i = 0, n = s.n;

	while (i < n && is_blank(s.p[i]))
		i++;
	while (n > i && is_blank(s.p[n - 1]))
		n--;
	s.n = n;
	return span_drop(s, i);
}

bool text_eq(struct span s, const char *word)
{
	return s.n == strlen(word) && span_is(s, 0, word);
}

bool text_starts(struct span s, const char *head)
{
	return span_is(s, 0, head);
}

bool text_ends(struct span s, const char *tail)
{
	size_t n = strlen(tail);

	return s.n >= n && span_is(s, s.n - n, tail);
}

size_t text_find(struct span s, const char *needle)
{
	const void *p = s.n ? memmem(s.p, s.n, needle, strlen(needle)) : NULL;

	return p ? (size_t)((const uint8_t *)p - s.p) : s.n;
}

bool text_word(struct span *s, struct span *ret)
{
	size_t from = 0, to;

	while (from < s->n && is_blank(s->p[from]))
		from++;
	for (to = from; to < s->n && !is_blank(s->p[to]);)
		to++;
	if (from == to || !span_cut(*s, from, to - from, ret))
		return false;
	*s = span_drop(*s, to);
	return true;
}

bool text_until(struct span *s, const char *sep, struct span *ret)
{
	size_t at = text_find(*s, sep);

	if (at == s->n || !span_cut(*s, 0, at, ret))
		return false;
	*s = span_drop(*s, at + strlen(sep));
	return true;
}

bool text_part(struct span *s, const char *sep, struct span *ret)
{
	if (s->n == 0)
		return false;
	if (!text_until(s, sep, ret)) {
		*ret = *s;
		*s = span_drop(*s, s->n);
	}
	return true;
}

bool text_has_part(struct span list, struct span part)
{
	struct span have;

	while (text_part(&list, ",", &have))
		if (span_same(have, part))
			return true;
	return false;
}

bool text_skip(struct span *s, const char *head)
{
	if (!text_starts(*s, head))
		return false;
	*s = span_drop(*s, strlen(head));
	return true;
}

static int digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

bool text_digits(struct span *s, unsigned base, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < s->n && digit_of(s->p[i]) < (int)base; i++)
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, (uint64_t)digit_of(s->p[i]), &v))
			return false;
	if (i == 0)
		return false;
	*ret = v;
	*s = span_drop(*s, i);
	return true;
}

bool text_number(struct span s, uint64_t *ret)
{
	bool hex = text_skip(&s, "0x") || text_skip(&s, "0X");
	uint64_t v;

	if (!text_digits(&s, hex ? 16 : 10, &v) || s.n)
		return false;
	*ret = v;
	return true;
}

/* RFC 3629: how many bytes follow this first byte, and the least code point such a run may spell. */
static int utf8_tail(uint8_t c, uint32_t *least)
{
	if (c < 0x80)
		return 0;
	*least = c >= 0xf0 ? 0x10000 : c >= 0xe0 ? 0x800 : 0x80;
	return c >= 0xf5 ? -1 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : -1;
}

/* The bytes of the character at @at, or 0 when it is malformed. */
static size_t utf8_len(struct span s, size_t at, uint32_t *ret)
{
	uint32_t least = 0, v;
	int tail = utf8_tail(s.p[at], &least);

	if (tail < 0 || (size_t)tail >= s.n - at)
		return 0;
	v = tail ? s.p[at] & (0x3fU >> tail) : s.p[at];
	for (int k = 1; k <= tail; k++) {
		if ((s.p[at + (size_t)k] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (s.p[at + (size_t)k] & 0x3f);
	}
	if (tail && (v < least || v > 0x10ffff || (v >= 0xd800 && v < 0xe000)))
		return 0;
	*ret = v;
	return (size_t)tail + 1;
}

/* C0, delete and C1: a terminal may act on them. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

void text_copy(struct span s, char *buf, size_t n)
{
	size_t from = 0, to = 0, len;
	uint32_t c = 0;

	if (n == 0)
		return;
	while (from < s.n) {
		bool plain = (len = utf8_len(s, from, &c)) > 0 && !is_control(c);

		if ((plain ? len : 1) > n - 1 - to)
			break;
		if (plain)
			memmove(buf + to, s.p + from, len); /* the caller may clean a string in its place */
		else
			buf[to] = '?';
		to += plain ? len : 1;
		from += len ? len : 1;
	}
	buf[to] = '\0';
}

void text_clean(char *s)
{
	text_copy(span_str(s), s, strlen(s) + 1);
}

size_t text_bad_utf8(struct span s)
{
	uint32_t c = 0;
	size_t at, len;

	for (at = 0; at < s.n; at += len) {
		len = utf8_len(s, at, &c);
		if (len == 0 || c == 0)
			return at;
	}
	return s.n;
}
