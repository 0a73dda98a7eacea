// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/grub.h"

#include <string.h>

#include "base/text.h"

static bool is_name_char(uint8_t c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The shell's word at the front of @s: how long it is, and what stands inside its quotes. */
static size_t shell_word(struct span s, struct span *ret)
{
	uint8_t quote = 0;
	size_t i, from;

	span_u8(s, 0, &quote);
	if (quote != '"' && quote != '\'')
		quote = 0;
	from = quote ? 1 : 0;
	for (i = from; i < s.n; i++) {
		if (quote == '"' && s.p[i] == '\\')
			i++;
		else if (quote ? s.p[i] == quote : strchr(" \t\r\n;#", s.p[i]) != NULL)
			break;
	}
	if (i > s.n)
		i = s.n;
	if (!span_cut(s, from, i - from, ret))
		*ret = (struct span) { s.p, 0 };
	return i < s.n && quote ? i + 1 : i;
}

/* Does @value name the variable: "$NAME" that no further letter makes another name of, or "${NAME}"? */
static bool refers(struct span value, enum grub_variable variable)
{
	static const char *const names[] = { "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT" };
	struct span before;

	while (text_until(&value, "$", &before)) {
		bool brace = text_skip(&value, "{");

		if (text_skip(&value, names[variable]) &&
		    (brace ? text_starts(value, "}") : value.n == 0 || !is_name_char(value.p[0])))
			return true;
	}
	return false;
}

bool grub_line_read(struct span s, struct grub_line *ret)
{
	struct grub_line l = { .variable = GRUB_LINUX };
	struct span whole, rest;

	text_skip(&s, "export ");
	whole = s;
	if (!text_skip(&s, "GRUB_CMDLINE_LINUX"))
		return false;
	if (text_skip(&s, "_DEFAULT"))
		l.variable = GRUB_LINUX_DEFAULT;
	l.appends = text_skip(&s, "+");
	if (!text_skip(&s, "="))
		return false;
	rest = s;
	span_cut(whole, 0, whole.n - rest.n + shell_word(rest, &l.value), &l.raw);
	l.appends |= refers(l.value, l.variable);
	*ret = l;
	return true;
}

bool grub_next(struct span *rest, size_t *line, struct grub_line *ret, size_t *ret_at)
{
	struct span here, l, s;

	for (here = *rest; span_line(rest, &l); here = *rest) {
		size_t at = (*line)++, used;

		s = text_trim(l);
		span_from(here, (size_t)(s.p - here.p), &here);
		if (!grub_line_read(here, ret))
			continue;
		*ret_at = at;
		used = (size_t)(ret->raw.p - here.p) + ret->raw.n; /* quotes may have taken in more lines */
		while (rest->n && (size_t)(rest->p - here.p) < used && span_line(rest, &l))
			(*line)++;
		return true;
	}
	return false;
}

#define KERNELOPTS_MAX 4096 /* GRUB's own environment has 1024 bytes */
#define REFERENCES_MAX 8    /* of one entry; what is behind them stays as it is */

struct span grub_kernelopts(struct span entry, struct span env, struct arena *a)
{
	struct span line, rest = entry, before, value = { 0 };
	const char *text = "";

	while (span_line(&env, &line))
		if (text_skip(&line, "kernelopts="))
			value = text_trim(line);
	if (!value.n || value.n > KERNELOPTS_MAX || !text_has(entry, "$kernelopts") || memchr(entry.p, 0, entry.n) ||
	    memchr(value.p, 0, value.n))
		return entry;
	for (int n = 0; n < REFERENCES_MAX && text_until(&rest, "$kernelopts", &before); n++)
		text = arena_printf(a, "%s%.*s%.*s", text, (int)before.n, before.n ? (const char *)before.p : "",
				    (int)value.n, (const char *)value.p);
	return span_str(arena_printf(a, "%s%.*s", text, (int)rest.n, rest.n ? (const char *)rest.p : ""));
}
