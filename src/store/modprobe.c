// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/modprobe.h"

#include "base/macros.h"
#include "base/text.h"

static const struct {
	const char *word;
	bool needs_rest;
} verbs[MODPROBE_VERBS] = {
	[MODPROBE_BAD] = { "bad", false },
	[MODPROBE_ALIAS] = { "alias", true },
	[MODPROBE_BLACKLIST] = { "blacklist", false },
	[MODPROBE_OPTIONS] = { "options", true },
	[MODPROBE_INSTALL] = { "install", true },
	[MODPROBE_REMOVE] = { "remove", true },
	[MODPROBE_SOFTDEP] = { "softdep", true },
	[MODPROBE_WEAKDEP] = { "weakdep", true },
};

const char *modprobe_verb_str(enum modprobe_verb v)
{
	return verbs[v].word;
}

bool modprobe_line_read(struct span line, struct modprobe_line *ret)
{
	struct modprobe_line l = { .verb = MODPROBE_BAD, .raw = text_trim(line) };
	struct span s = line, word;

	if (line.n == 0 || line.p[0] == '#' || !text_word(&s, &word))
		return false;
	l.module = l.rest = (struct span) { line.p, 0 };
	for (size_t v = MODPROBE_ALIAS; v < MODPROBE_VERBS && l.verb == MODPROBE_BAD; v++)
		if (text_eq(word, verbs[v].word))
			l.verb = (enum modprobe_verb)v;
	if (l.verb != MODPROBE_BAD && text_word(&s, &l.module))
		l.rest = text_trim(s);
	if (l.module.n == 0 || (verbs[l.verb].needs_rest && l.rest.n == 0)) {
		l.verb = MODPROBE_BAD;
		l.module = l.rest = (struct span) { line.p, 0 };
	} else if (l.verb == MODPROBE_ALIAS) { /* alias PATTERN MODULE */
		word = l.module;
		s = l.rest;
		if (text_word(&s, &l.module))
			l.rest = word;
	}
	*ret = l;
	return true;
}

/* Join lines that end in a backslash into @buf; a line that does not stays where it is. */
static struct span line_joined(struct span *rest, size_t *line, uint8_t buf[MODPROBE_LINE_MAX])
{
	struct span part = { rest->p, 0 }, all = { buf, 0 };

	while (span_line(rest, &part)) {
		bool more = text_ends(part, "\\");
		size_t n;

		(*line)++;
		if (!more && all.n == 0)
			return part;
		n = part.n - (more ? 1 : 0);
		if (n > MODPROBE_LINE_MAX - all.n)
			n = MODPROBE_LINE_MAX - all.n;
		if (n)
			memcpy(buf + all.n, part.p, n);
		all.n += n;
		if (!more)
			break;
	}
	return all;
}

bool modprobe_next(struct span *rest, size_t *line, uint8_t buf[MODPROBE_LINE_MAX], struct modprobe_line *ret,
		   size_t *ret_at)
{
	while (rest->n) {
		size_t at = *line;

		if (modprobe_line_read(line_joined(rest, line, buf), ret)) {
			*ret_at = at;
			return true;
		}
	}
	return false;
}
