// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/ovmf_record.h"

#include <stdio.h>

#include "base/macros.h"
#include "base/text.h"

#define LINES_MAX 256

static bool is_hex(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return s.n == OVMF_SHA256 - 1;
}

/* A value into a field of @n bytes; one of OVMF_SHA256 takes a digest and nothing else. */
static bool value_take(struct span value, char *field, size_t n)
{
	if (value.n == 0 || value.n >= n || (n == OVMF_SHA256 && !is_hex(value)))
		return false;
	text_copy(value, field, n);
	return true;
}

static bool driver_take(struct span value, struct ovmf_record *r)
{
	struct ovmf_record_driver *d = &r->drivers[r->n_drivers];
	struct span name, sha256;

	if (r->n_drivers == OVMF_RECORD_DRIVERS || !text_word(&value, &name) || !text_word(&value, &sha256) ||
	    !value_take(name, d->name, sizeof(d->name)) || !value_take(sha256, d->sha256, sizeof(d->sha256)))
		return false;
	r->n_drivers++;
	return true;
}

static bool line_take(struct span line, struct ovmf_record *r)
{
	const struct {
		const char *word;
		char *field;
		size_t n;
	} fields[] = { { "igdctl ", r->version, sizeof(r->version) },
		       { "stock-name ", r->stock_name, sizeof(r->stock_name) },
		       { "stock-sha256 ", r->stock_sha256, sizeof(r->stock_sha256) },
		       { "decoded-sha256 ", r->decoded_sha256, sizeof(r->decoded_sha256) },
		       { "gop-sha256 ", r->gop_sha256, sizeof(r->gop_sha256) },
		       { "vbt-sha256 ", r->vbt_sha256, sizeof(r->vbt_sha256) } };

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (text_skip(&line, fields[i].word))
			return value_take(line, fields[i].field, fields[i].n);
	return !text_skip(&line, "driver ") || driver_take(line, r);
}

bool ovmf_record_read(struct span text, struct ovmf_record *ret)
{
	struct ovmf_record r = { 0 };
	struct span line;

	for (unsigned n = 0; span_line(&text, &line); n++)
		if (n == LINES_MAX || !line_take(line, &r) || (n == 0 && !*r.version))
			return false;
	if (!*r.version)
		return false;
	*ret = r;
	return true;
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static const char *line_add(struct arena *a, const char *text, const char *word, const char *value)
{
	return *value ? arena_printf(a, "%s%s %s\n", text, word, value) : text;
}

/* A name may be a file's: one word is made of it. */
static const char *word_of(const char *name, char *buf, size_t n)
{
	text_copy(span_str(name), buf, n);
	for (char *p = buf; *p; p++)
		if (*p == ' ')
			*p = '_';
	return *buf ? buf : "_";
}

const char *ovmf_record_text(const struct ovmf_record *r, struct arena *a)
{
	char name[OVMF_RECORD_NAME];
	const char *text = line_add(a, "", "igdctl", r->version);

	if (*r->stock_name)
		text = line_add(a, text, "stock-name", word_of(r->stock_name, name, sizeof(name)));
	text = line_add(a, text, "stock-sha256", r->stock_sha256);
	text = line_add(a, text, "decoded-sha256", r->decoded_sha256);
	text = line_add(a, text, "gop-sha256", r->gop_sha256);
	text = line_add(a, text, "vbt-sha256", r->vbt_sha256);
	for (size_t i = 0; i < r->n_drivers; i++)
		text = arena_printf(a, "%sdriver %s %s\n", text, word_of(r->drivers[i].name, name, sizeof(name)),
				    r->drivers[i].sha256);
	return a->full ? NULL : text;
}
