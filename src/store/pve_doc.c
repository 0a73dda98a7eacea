// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/pve_doc.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "store/pve_schema.h"

/* ---- reading ------------------------------------------------------------------------------------------------ */

static bool same_fold(struct span s, const char *word)
{
	return s.n == strlen(word) && strncasecmp((const char *)s.p, word, s.n) == 0;
}

static bool is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

/* [a-z][a-z_-]*[0-9]* */
static bool is_key(struct span s)
{
	size_t at = 0;

	if (s.n == 0 || !is_lower(s.p[0]))
		return false;
	while (at < s.n && (is_lower(s.p[at]) || s.p[at] == '_' || s.p[at] == '-'))
		at++;
	while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9')
		at++;
	return at == s.n;
}

/* [a-z][a-z0-9_-]+ in any case: the name of a snapshot. */
static bool is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i] | 0x20;

		if (is_lower(c))
			continue;
		if (i == 0 || !((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_' || s.p[i] == '-'))
			return false;
	}
	return s.n > 1;
}

/* Is it "[...]" alone in its line? Then what part it begins. */
static bool section_read(struct span line, enum pve_part *part, struct span *name)
{
	struct span s = text_trim(line), inner;

	if (s.n < 2 || s.p[0] != '[' || s.p[s.n - 1] != ']' || !span_cut(s, 1, s.n - 2, &inner))
		return false;
	*name = inner;
	if (same_fold(inner, "PENDING"))
		*part = PVE_PENDING;
	else if (inner.n > 8 && strncasecmp((const char *)inner.p, "special:", 8) == 0)
		*part = PVE_SPECIAL;
	else
		*part = is_name(inner) ? PVE_SNAPSHOT : PVE_SKIPPED;
	return true;
}

/* A value must be there, if only a blank. But an empty boot order, "boot: ", stands as "boot:" in what "qm config"
 * prints and people paste. */
static bool key_read(struct span line, struct pve_item *it)
{
	struct span rest = line, key;

	if (!text_until(&rest, ":", &key) || !is_key(key) || (rest.n == 0 && !text_eq(key, "boot")))
		return false;
	it->key = key;
	it->value = text_trim(rest);
	return true;
}

static bool line_cut(struct span *rest, struct span *raw)
{
	struct span before = *rest, line;

	return span_line(rest, &line) && span_cut(before, 0, before.n - rest->n, raw);
}

int pve_doc_read(struct span text, struct arena *a, struct pve_doc *ret, struct report *rep)
{
	struct pve_doc d = { .arena = a };
	struct span rest = text, raw, name;
	enum pve_part part = PVE_MAIN;
	const char *section = "";

	if (text.n > PVE_DOC_MAX)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "%zu bytes; Proxmox keeps 1 MiB at most",
				     text.n);
	if (text.n && memchr(text.p, '\0', text.n))
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE, "a NUL byte: this is no definition of a VM");
	while (line_cut(&rest, &raw)) {
		struct pve_item *it = d.n_items < PVE_LINES_MAX ? arena_push(a, d.items, d.n_items) : NULL;
		struct span line = span_before(raw, '\n'), s = text_trim(line);

		if (!it)
			return d.n_items == PVE_LINES_MAX ? report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE,
									  "more than %d lines", PVE_LINES_MAX)
							  : -IGD_ENOMEM;
		it->kind = PVE_JUNK;
		if (section_read(line, &part, &name)) {
			it->kind = PVE_SECTION;
			section = arena_span(a, name);
		} else if (s.n == 0) {
			it->kind = PVE_BLANK;
		} else if (line.p[0] == '#') {
			it->kind = PVE_COMMENT;
		} else if (key_read(line, it)) {
			it->kind = PVE_KEY;
		}
		it->part = part;
		it->section = section;
		it->raw = raw;
		it->line = d.n_items;
	}
	*ret = d;
	return 0;
}

/* ---- asking and editing ------------------------------------------------------------------------------------- */

static bool is_main_key(const struct pve_item *it, const char *key)
{
	return it->kind == PVE_KEY && it->part == PVE_MAIN && text_eq(it->key, key);
}

const struct pve_item *pve_doc_get(const struct pve_doc *d, const char *key)
{
	for (size_t i = d->n_items; i > 0; i--)
		if (is_main_key(&d->items[i - 1], key))
			return &d->items[i - 1];
	return NULL;
}

static void remove_at(struct pve_doc *d, size_t at)
{
	memmove(&d->items[at], &d->items[at + 1], (d->n_items - at - 1) * sizeof(*d->items));
	d->n_items--;
}

/* Before the first key of the main part that sorts behind, behind the last that does not. */
static size_t place_of(const struct pve_doc *d, const char *key)
{
	size_t end = 0;

	for (size_t i = 0; i < d->n_items && d->items[i].part == PVE_MAIN; i++) {
		const struct pve_item *it = &d->items[i];
		struct span k = it->key;
		int order;

		if (it->kind == PVE_KEY) {
			size_t n = strlen(key) < k.n ? strlen(key) : k.n;

			order = memcmp(k.p, key, n);
			if (order > 0 || (order == 0 && k.n > strlen(key)))
				return i;
		}
		if (it->kind != PVE_BLANK)
			end = i + 1;
	}
	return end;
}

static bool insert_at(struct pve_doc *d, size_t at, struct pve_item it)
{
	if (!arena_push(d->arena, d->items, d->n_items))
		return false;
	memmove(&d->items[at + 1], &d->items[at], (d->n_items - 1 - at) * sizeof(*d->items));
	d->items[at] = it;
	return true;
}

static struct pve_item item_make(struct pve_doc *d, const char *key, const char *value)
{
	const char *line = arena_printf(d->arena, "%s: %s\n", key, value);
	struct pve_item it = { .kind = PVE_KEY, .part = PVE_MAIN, .section = "", .raw = span_str(line) };

	(void)key_read(span_before(it.raw, '\n'), &it);
	return it;
}

/* A last line without its end gets one when another follows it. */
static void end_line(struct pve_doc *d, size_t at)
{
	struct pve_item *before = at ? &d->items[at - 1] : NULL;

	if (before && before->raw.n && before->raw.p[before->raw.n - 1] != '\n')
		before->raw =
			span_str(arena_printf(d->arena, "%.*s\n", (int)before->raw.n, (const char *)before->raw.p));
}

bool pve_doc_set(struct pve_doc *d, const char *key, const char *value)
{
	struct pve_item it;
	size_t at = d->n_items;

	for (size_t i = d->n_items; i > 0; i--) {
		if (!is_main_key(&d->items[i - 1], key))
			continue;
		at = i - 1;
		break;
	}
	for (size_t i = 0; i < at && at < d->n_items;)
		if (is_main_key(&d->items[i], key)) {
			remove_at(d, i);
			at--;
		} else {
			i++;
		}
	if (!value) {
		if (at < d->n_items)
			remove_at(d, at);
		return true;
	}
	it = item_make(d, key, value);
	if (at < d->n_items) {
		d->items[at] = it;
		return !d->arena->full;
	}
	at = place_of(d, key);
	end_line(d, at);
	return insert_at(d, at, it) && !d->arena->full;
}

bool pve_doc_mend(struct pve_doc *d)
{
	struct span what, value;

	for (size_t i = 0; i < d->n_items; i++) {
		struct pve_item *it = &d->items[i];
		size_t at = it->kind == PVE_KEY && it->part == PVE_MAIN ? text_find(it->value, " #") : it->value.n;
		size_t line = it->line;

		if (at >= it->value.n || text_eq(it->key, "args") || text_eq(it->key, "description"))
			continue;
		(void)span_cut(it->value, 0, at, &value);
		if (pve_value_fault(it->key, text_trim(value), &what))
			continue;
		*it = item_make(d, arena_span(d->arena, it->key), arena_span(d->arena, text_trim(value)));
		it->line = line;
	}
	return !d->arena->full;
}

struct span pve_doc_write(const struct pve_doc *d, struct arena *a)
{
	size_t n = 0;
	uint8_t *buf;

	for (size_t i = 0; i < d->n_items; i++)
		n += d->items[i].raw.n;
	buf = arena_alloc(a, n + 1);
	if (!buf)
		return (struct span) { 0 };
	n = 0;
	for (size_t i = 0; i < d->n_items; i++) {
		if (d->items[i].raw.n)
			memcpy(buf + n, d->items[i].raw.p, d->items[i].raw.n);
		n += d->items[i].raw.n;
	}
	return (struct span) { buf, n };
}

/* ---- property strings --------------------------------------------------------------------------------------- */

bool pve_property_next(struct span *rest, struct span *ret_key, struct span *ret_value)
{
	struct span part, key;

	while (text_part(rest, ",", &part)) {
		if (part.n == 0)
			continue;
		*ret_value = part;
		*ret_key = (struct span) { part.p, 0 };
		if (text_until(ret_value, "=", &key))
			*ret_key = key;
		else
			*ret_value = part;
		return true;
	}
	return false;
}

bool pve_property(struct span value, const char *key, bool bare, struct span *ret)
{
	struct span k, v;

	while (pve_property_next(&value, &k, &v))
		if (text_eq(k, key) || (bare && k.n == 0)) {
			*ret = v;
			return true;
		}
	return false;
}

int pve_bool(struct span value)
{
	static const char *const yes[] = { "1", "on", "yes", "true" }, *const no[] = { "0", "off", "no", "false" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (same_fold(value, yes[i]))
			return 1;
		if (same_fold(value, no[i]))
			return 0;
	}
	return -1;
}
