// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/ostree.h"

#include <string.h>

#include "base/text.h"

/* ---- GVariant ------------------------------------------------------------------------------------------------ */

/* A container of variable-sized things: their ends stand behind them, in as few bytes as its size takes. */
struct container {
	struct span all;
	size_t width, n, i, at; /* bytes of an end; ends; the next; where the one before ended */
	size_t table;		/* where the ends begin */
};

static size_t width_of(size_t n)
{
	return n <= UINT8_MAX ? 1 : n <= UINT16_MAX ? 2 : 4;
}

static bool end_at(struct span s, size_t at, size_t width, size_t *ret)
{
	uint32_t quad;
	uint16_t pair;
	uint8_t one;

	if (width == 1 && span_u8(s, at, &one))
		*ret = one;
	else if (width == 2 && span_le16(s, at, &pair))
		*ret = pair;
	else if (width == 4 && span_le32(s, at, &quad))
		*ret = quad;
	else
		return false;
	return true;
}

static bool array_begin(struct span s, struct container *ret)
{
	*ret = (struct container) { .all = s, .width = width_of(s.n) };
	if (s.n == 0)
		return true;
	if (s.n > UINT32_MAX || s.n < ret->width || !end_at(s, s.n - ret->width, ret->width, &ret->table) ||
	    ret->table > s.n - ret->width || (s.n - ret->table) % ret->width != 0)
		return false;
	ret->n = (s.n - ret->table) / ret->width;
	return true;
}

static bool array_next(struct container *c, size_t align, struct span *ret)
{
	size_t from = (c->at + align - 1) / align * align, to;

	if (c->i >= c->n || !end_at(c->all, c->table + c->i * c->width, c->width, &to) || to < from ||
	    to > c->table || !span_cut(c->all, from, to - from, ret))
		return false;
	c->i++;
	c->at = to;
	return true;
}

/* A string that ends in its zero, without it. */
static bool string(struct span s, struct span *ret)
{
	return s.n && span_before(s, 0).n == s.n - 1 && span_cut(s, 0, s.n - 1, ret);
}

/* The value of @key, of @type, in a dictionary a{sv}. */
static bool look_up(struct span dict, const char *key, const char *type, struct span *ret)
{
	size_t width, key_end, at, behind = strlen(type) + 1;
	struct span entry, name, value;
	struct container c;

	if (!array_begin(dict, &c))
		return false;
	while (array_next(&c, 8, &entry)) {
		width = width_of(entry.n);
		if (entry.n < width || !end_at(entry, entry.n - width, width, &key_end) ||
		    !span_cut(entry, 0, key_end, &name) || !string(name, &name))
			return false;
		at = (key_end + 7) / 8 * 8;
		if (!text_eq(name, key))
			continue;
		return at <= entry.n - width && span_cut(entry, at, entry.n - width - at, &value) &&
		       text_ends(value, type) && value.n >= behind && value.p[value.n - behind] == 0 &&
		       span_cut(value, 0, value.n - behind, ret);
	}
	return false;
}

#define OPTIONS_MAX 4096 /* bytes of a list; x86 kernels take 2048 (Linux arch/x86/include/asm/setup.h) */

/* ---- a staged deployment ------------------------------------------------------------------------------------- */

static bool is_printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return true;
}

bool ostree_staged_options(struct span staged, struct arena *a, const char **ret)
{
	const char *line = "options";
	struct span list, word;
	struct container c;

	if (!look_up(staged, "kargs", "as", &list) || list.n > OPTIONS_MAX || !array_begin(list, &c) || c.n == 0)
		return false;
	while (array_next(&c, 1, &word)) {
		if (!string(word, &word) || !is_printable(word))
			return false;
		line = arena_printf(a, "%s %.*s", line, (int)word.n, word.n ? (const char *)word.p : "");
	}
	if (c.i < c.n)
		return false;
	*ret = line;
	return true;
}

bool ostree_staged_origin(struct span staged, struct arena *a, const char **ret)
{
	struct span target, name, os;

	if (!look_up(staged, "target", "a{sv}", &target) || !look_up(target, "name", "s", &name) ||
	    !look_up(target, "osname", "s", &os) || !string(name, &name) || !string(os, &os) || !is_printable(name) ||
	    !is_printable(os) || text_has(name, "/") || text_has(os, "/"))
		return false;
	*ret = arena_printf(a, "ostree/deploy/%s/deploy/%s.origin", arena_span(a, os), arena_span(a, name));
	return true;
}

/* ---- entries, origins ---------------------------------------------------------------------------------------- */

unsigned ostree_entry_number(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct span s = span_str(slash ? slash + 1 : path);
	uint64_t n;

	if (!text_skip(&s, "ostree-") || !text_ends(s, ".conf") || !text_digits(&s, 10, &n) || n > UINT32_MAX ||
	    !strchr("-.+", s.p[0]))
		return 0;
	return (unsigned)n;
}

/* "a;b;" as lines; a list may lack the last ';'. Escapes begin with '\\'. */
static bool list_read(struct span value, struct arena *a, const char **ret)
{
	struct span one;

	*ret = "";
	if (value.n > OPTIONS_MAX || !is_printable(value) || text_has(value, "\\"))
		return false;
	while (text_part(&value, ";", &one))
		*ret = arena_printf(a, "%s%.*s\n", *ret, (int)one.n, one.n ? (const char *)one.p : "");
	return true;
}

bool ostree_origin_read(struct span origin, struct arena *a, struct ostree_initramfs *ret)
{
	bool here = false, good = true;
	struct span line, key;

	*ret = (struct ostree_initramfs) { .args = "" };
	while (good && span_line(&origin, &line)) {
		line = text_trim(line);
		if (text_starts(line, "[")) {
			here = text_eq(line, "[rpmostree]");
		} else if (here && !text_starts(line, "#") && text_until(&line, "=", &key)) {
			key = text_trim(key);
			line = text_trim(line);
			if (text_eq(key, "regenerate-initramfs")) {
				ret->enabled = text_eq(line, "true") || text_eq(line, "1");
				good = ret->enabled || text_eq(line, "false") || text_eq(line, "0");
			} else if (text_eq(key, "initramfs-args")) {
				good = list_read(line, a, &ret->args);
			}
		}
	}
	return good;
}
