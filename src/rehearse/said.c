// SPDX-License-Identifier: GPL-2.0-or-later
#include "rehearse/said.h"

#include <string.h>

#include "base/text.h"

bool said_by(const char *text, const char *name, struct span *ret)
{
	struct span rest = span_str(text);

	if (!text_skip(&rest, "igdctl: ") || !text_skip(&rest, name) || !text_skip(&rest, ": "))
		return false;
	*ret = rest;
	return true;
}

/* Cut the next word off @rest: blanks inside quotes belong to it. Each call takes at least one byte. */
static bool word_next(struct span *rest, struct span *ret)
{
	struct span s = text_trim(*rest);
	bool quoted = false;
	size_t n = 0;
	uint8_t c;

	for (; span_u8(s, n, &c) && (quoted || c != ' '); n++)
		quoted ^= c == '"';
	return n > 0 && span_cut(s, 0, n, ret) && span_from(s, n, rest);
}

bool said_field(struct span line, const char *key, struct span *ret)
{
	struct span rest = line, word;

	while (word_next(&rest, &word)) {
		if (!text_skip(&word, key) || !text_skip(&word, "="))
			continue;
		if (text_skip(&word, "\""))
			word = span_before(word, '"');
		*ret = word;
		return true;
	}
	return false;
}

bool said_number(struct span line, const char *key, uint64_t *ret)
{
	struct span value;

	return said_field(line, key, &value) && text_number(value, ret);
}

bool said_range(struct span line, const char *key, uint64_t *ret_at, uint64_t *ret_n)
{
	struct span value, at;
	uint64_t begin, bytes;

	if (!said_field(line, key, &value) || !text_until(&value, "+", &at) || !text_number(at, &begin) ||
	    !text_number(value, &bytes))
		return false;
	*ret_at = begin;
	*ret_n = bytes;
	return true;
}

bool said_is(struct span line, const char *key, const char *value)
{
	struct span v;

	return said_field(line, key, &v) && text_eq(v, value);
}

bool said_e820(const char *text, struct said_memory *ret)
{
	struct span s = text_trim(span_str(text));
	struct said_memory m;
	uint64_t n, type;

	if (!text_digits(&s, 10, &n) || !text_skip(&s, ": ") || !text_digits(&s, 16, &m.from) ||
	    !text_skip(&s, " - ") || !text_digits(&s, 16, &m.to) || !text_skip(&s, " = ") ||
	    !text_digits(&s, 10, &type) || type > 0xff || m.to < m.from)
		return false;
	m.type = (unsigned)type;
	*ret = m;
	return true;
}
