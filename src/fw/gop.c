// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/gop.h"

#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "fw/igd_id.h"

/* ---- text in UTF-16 ----------------------------------------------------------------------------------------- */

#define TEXT_MAX 64

/* Where @text stands in @s from @from on, each letter followed by a zero; SIZE_MAX: nowhere. */
static size_t wide_find(struct span s, size_t from, const char *text)
{
	uint8_t wide[2 * TEXT_MAX];
	size_t n = strlen(text);
	const uint8_t *hit;
	struct span rest;

	if (n > TEXT_MAX)
		return SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		wide[2 * i] = (uint8_t)text[i];
		wide[2 * i + 1] = 0;
	}
	if (!span_from(s, from, &rest) || rest.n == 0)
		return SIZE_MAX;
	hit = memmem(rest.p, rest.n, wide, 2 * n);
	return hit ? from + (size_t)(hit - rest.p) : SIZE_MAX;
}

static bool is_digit(uint16_t c)
{
	return c >= '0' && c <= '9';
}

/* Digits at @at that end with a zero, at most @n - 1 of them, into @buf: how many; 0: something else stands there. */
static size_t wide_digits(struct span s, size_t at, char *buf, size_t n)
{
	uint16_t c = 0;
	size_t i = 0;

	for (; i + 1 < n && span_le16(s, at + 2 * i, &c) && is_digit(c); i++)
		buf[i] = (char)c;
	buf[i] = '\0';
	return span_le16(s, at + 2 * i, &c) && c == 0 ? i : 0;
}

/* ---- Intel -------------------------------------------------------------------------------------------------- */

/* Offsets from the driver's name, as seen: the table begins at +0x80 to +0x140, the build stands at +0x88 to +0xa8.
 */
#define TABLE_FROM  0x60
#define TABLE_TO    0x240
#define BUILD_FROM  0x60
#define BUILD_TO    0x100
#define STRANGERS   3	 /* ids in a row that data/igd.tsv does not know; simulators and cancelled parts */
#define SMALLEST_ID 0x40 /* below are letters and numbers */

static bool is_known(uint16_t id)
{
	const struct igd_id *row = igd_id_find(0x8086, id);

	return row && row->kind == GPU_INTEL_INTEGRATED;
}

static void devices_read(struct span s, size_t at, struct gop *g)
{
	size_t known = 0, strangers = 0;
	uint16_t id;

	for (g->n_devices = 0; g->n_devices < GOP_DEVICES_MAX && strangers <= STRANGERS; at += 2) {
		if (!span_le16(s, at, &id) || id < SMALLEST_ID)
			break;
		g->devices[g->n_devices++] = id;
		strangers = is_known(id) ? 0 : strangers + 1;
		known = strangers ? known : g->n_devices;
	}
	g->n_devices = known;
}

/* The table begins with an id that is known, behind a zero, and has two or more. *@ret_end: behind it. */
static void table_find(struct span s, size_t name, struct gop *g, size_t *ret_end)
{
	uint16_t id, before;

	for (size_t at = name + TABLE_FROM; at < name + TABLE_TO && g->n_devices < 2; at += 2) {
		if (!span_le16(s, at, &id) || !span_le16(s, at - 2, &before))
			break;
		if (before != 0 || !is_known(id))
			continue;
		devices_read(s, at, g);
		*ret_end = at + 2 * g->n_devices;
	}
	if (g->n_devices < 2)
		g->n_devices = 0;
}

/*
 * What people call the version of the driver for a platform, where the driver itself does not say it (the list is
 * that of the tool UBU; Bay Trail's come as 7.0, 7.1 and 7.2).
 */
static const struct {
	const char *platform, *version;
} majors[] = {
	{ "Sandy Bridge", "2.0" },  { "Ivy Bridge", "3.0" },	 { "Haswell", "5.0" },
	{ "Broadwell", "5.5" },	    { "Valleyview", "7.x" },	 { "Cherryview", "8.0" },
	{ "Skylake", "9.0" },	    { "Kaby Lake", "9.0" },	 { "Coffee Lake", "9.0" },
	{ "Comet Lake", "9.0" },    { "Amber Lake", "9.0" },	 { "Whiskey Lake", "9.0" },
	{ "Broxton", "10.0" },	    { "Cannon Lake", "11.0" },	 { "Gemini Lake", "13.0" },
	{ "Ice Lake", "14.0" },	    { "Tiger Lake", "17.0" },	 { "Rocket Lake", "17.0" },
	{ "Jasper Lake", "18.0" },  { "Elkhart Lake", "18.0" },	 { "Alder Lake-P", "21.0" },
	{ "Alder Lake-N", "21.0" }, { "Raptor Lake-P", "21.0" }, { "Raptor Lake-U", "21.0" },
	{ "Meteor Lake", "22.0" },  { "Arrow Lake", "22.0" },
};

static const char *major_of(const struct gop *g)
{
	const struct igd_id *row = g->n_devices ? igd_id_find(0x8086, g->devices[0]) : NULL;

	for (size_t i = 0; row && i < ARRAY_SIZE(majors); i++)
		if (strncmp(row->platform, majors[i].platform, strlen(majors[i].platform)) == 0)
			return majors[i].version;
	return NULL;
}

/* The first text of at most two digits in [from, to), and one such right behind it as the minor. */
static bool major_find(struct span s, size_t from, size_t to, char *buf, size_t n)
{
	char major[3], minor[3];

	for (size_t at = from; at < to; at += 2) {
		size_t len = wide_digits(s, at, major, sizeof(major)), gap = 0;
		uint16_t before;

		if (len == 0 || !span_le16(s, at - 2, &before) || is_digit(before))
			continue;
		at += 2 * len;
		while (gap < 6 && wide_digits(s, at + gap, minor, sizeof(minor)) == 0)
			gap += 2;
		if (gap < 6)
			snprintf(buf, n, "%s.%s", major, minor);
		else if (strcmp(major, "7") != 0) /* since 8 there was no other minor than 0 */
			snprintf(buf, n, "%s.0", major);
		return *buf && strcmp(major, "0") != 0;
	}
	return false;
}

/* Four digits, and not the last four of more. */
static bool is_build(struct span s, size_t at, char *buf, size_t n)
{
	uint16_t before;

	return wide_digits(s, at, buf, n) == 4 && span_le16(s, at - 2, &before) && !is_digit(before);
}

static void version_read(struct span s, size_t name, size_t table_end, struct gop *g)
{
	char build[8] = "", major[8] = "";
	size_t at = name + BUILD_FROM;
	const char *known = major_of(g);

	while (at < name + BUILD_TO && !is_build(s, at, build, sizeof(build)))
		at += 2;
	if (at >= name + BUILD_TO)
		return;
	if (!major_find(s, name + BUILD_FROM, at, major, sizeof(major)) &&
	    !(table_end && major_find(s, table_end, table_end + 16, major, sizeof(major))))
		*major = '\0';
	if (!*major && known)
		snprintf(major, sizeof(major), "%s", known);
	snprintf(g->version, sizeof(g->version), "%s%s%s", major, *major ? "." : "", build);
}

static bool intel_read(struct span s, struct gop *g)
{
	size_t name = wide_find(s, 0, "Intel(R) GOP Driver"), table_end = 0;

	if (name == SIZE_MAX || wide_find(s, 0, "Graphics Controller") == SIZE_MAX)
		return false;
	g->vendor = 0x8086;
	table_find(s, name, g, &table_end);
	version_read(s, name, table_end, g);
	return true;
}

/* ---- AMD ---------------------------------------------------------------------------------------------------- */

/* "AMD GOP X64 Release Driver Rev.2.18.0.17.10.May  4 2021.04:16:52": the numbers are the version. */
static bool amd_read(struct span s, struct gop *g)
{
	size_t name = wide_find(s, 0, "AMD GOP "), at, n = 0;
	uint16_t c, next;
	struct span line;

	if (name == SIZE_MAX || !span_from(s, name, &line))
		return false;
	g->vendor = 0x1002;
	at = wide_find(s, name, "Rev.");
	if (at == SIZE_MAX || at > name + (size_t)2 * TEXT_MAX)
		return true;
	for (at += 8; n + 1 < sizeof(g->version) && span_le16(s, at, &c) && span_le16(s, at + 2, &next); at += 2) {
		if (!is_digit(c) && !(c == '.' && is_digit(next)))
			break;
		g->version[n++] = (char)c;
	}
	return true;
}

/* ---- both --------------------------------------------------------------------------------------------------- */

bool gop_read(struct span s, struct gop *ret, bool *ret_te)
{
	struct gop g = { 0 };

	*ret_te = false;
	if (wide_find(s, 0, " GOP ") == SIZE_MAX) /* both have it; one look is enough for all the other drivers */
		return false;
	if (!intel_read(s, &g) && !amd_read(s, &g))
		return false;
	if (pe_read(s, &g.pe, NULL) < 0)
		return false;
	*ret_te = g.pe.te;
	if (!g.pe.te)
		*ret = g;
	return !g.pe.te;
}

bool gop_is_for(const struct gop *g, uint16_t device)
{
	for (size_t i = 0; i < g->n_devices; i++)
		if (g->devices[i] == device)
			return true;
	return false;
}
