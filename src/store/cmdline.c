// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/cmdline.h"

#include "base/text.h"

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/* Length of the first word; @ret_eq is where its first '=' is, or that length. */
static size_t word_len(struct span s, size_t *ret_eq)
{
	size_t i = s.n && s.p[0] == '"' ? 1 : 0;
	bool quoted = i > 0;

	for (*ret_eq = s.n; i < s.n && (quoted || !is_blank(s.p[i])); i++) {
		if (s.p[i] == '=' && *ret_eq == s.n)
			*ret_eq = i;
		if (s.p[i] == '"')
			quoted = !quoted;
	}
	if (*ret_eq > i)
		*ret_eq = i;
	return i;
}

static struct span cut(struct span s, size_t from, size_t to)
{
	struct span c = { s.p, 0 };

	return from <= to && span_cut(s, from, to - from, &c) ? c : (struct span) { s.p, 0 };
}

/* The kernel drops the quote in front of the word or of its value, and one at the end of either. */
static struct span unquote(struct span s)
{
	size_t from = text_starts(s, "\"") ? 1 : 0;

	return cut(s, from, s.n > from && text_ends(s, "\"") ? s.n - 1 : s.n);
}

bool cmdline_next(struct span *rest, struct cmdline_word *ret)
{
	struct cmdline_word w = { 0 };
	struct span s = text_trim(*rest), whole;
	size_t n, eq;
	bool outer;

	n = word_len(s, &eq);
	if (n == 0)
		return false;
	w.raw = cut(s, 0, n);
	*rest = cut(s, n, s.n);
	if (text_eq(w.raw, "--"))
		return false;
	outer = text_starts(w.raw, "\"");
	whole = outer ? unquote(w.raw) : w.raw;
	w.has_value = eq < n;
	if (w.has_value && outer)
		eq--;
	w.key = w.has_value ? cut(whole, 0, eq) : unquote(whole);
	w.value = w.has_value ? unquote(cut(whole, eq + 1, whole.n)) : cut(whole, 0, 0);
	*ret = w;
	return true;
}

bool cmdline_same_key(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (a.p[i] != b.p[i] && !((a.p[i] == '-' || a.p[i] == '_') && (b.p[i] == '-' || b.p[i] == '_')))
			return false;
	return true;
}

/* The last subvol= among mount options. */
static bool subvol_of(struct span options, struct span *ret)
{
	struct span option;
	bool found = false;

	while (options.n) {
		option = span_before(options, ',');
		options = cut(options, option.n + 1, options.n);
		if (text_skip(&option, "subvol=")) {
			*ret = option;
			found = true;
		}
	}
	return found;
}

struct span cmdline_snapshot(struct span line)
{
	struct span found = { 0 }, subvol;
	struct cmdline_word w;

	while (cmdline_next(&line, &w)) {
		if (!cmdline_same_key(w.key, span_str("rootflags")) || !subvol_of(w.value, &subvol))
			continue;
		text_skip(&subvol, "/");
		found = text_has(subvol, ".snapshots/") && text_ends(subvol, "/snapshot") ? subvol
											  : cut(subvol, 0, 0);
	}
	return found;
}
