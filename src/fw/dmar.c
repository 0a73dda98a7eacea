// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmar.c - the DMAR table from bytes.
 *
 * The table is a header and a row of structures, each with its own length; a structure may end in a row of
 * device scopes, each again with its own length. Both rows are walked with the same rule: a length smaller than
 * the thing's own head or larger than what is left refuses the table, so every step moves forward.
 */
#include "fw/dmar.h"

#include "base/error.h"
#include "base/text.h"

#define ACPI_LENGTH    4
#define ACPI_REVISION  8
#define ACPI_OEM       10
#define ACPI_OEM_TABLE 16
#define DMAR_WIDTH     36
#define DMAR_FLAGS     37
#define DMAR_BODY      48 /* first structure */
#define STRUCT_HEAD    4
#define SCOPE_HEAD     6

/* Where the fields of each structure are; 0: it has no such field. Offsets from its start, chapter 8.3 to 8.9. */
static const struct layout {
	const char *name;
	uint8_t min, flags, segment, base, limit, number, name_at, scopes;
} layouts[] = {
	[DMAR_DRHD] = { "DRHD", .min = 16, .flags = 4, .segment = 6, .base = 8, .scopes = 16 },
	[DMAR_RMRR] = { "RMRR", .min = 24, .segment = 6, .base = 8, .limit = 16, .scopes = 24 },
	[DMAR_ATSR] = { "ATSR", .min = 8, .flags = 4, .segment = 6, .scopes = 8 },
	[DMAR_RHSA] = { "RHSA", .min = 20, .base = 8, .number = 16 },
	[DMAR_ANDD] = { "ANDD", .min = 8, .name_at = 8 },
	[DMAR_SATC] = { "SATC", .min = 8, .flags = 4, .segment = 6, .scopes = 8 },
	[DMAR_SIDP] = { "SIDP", .min = 8, .segment = 6, .scopes = 8 },
};

#define ANDD_NUMBER 7

const char *dmar_type_str(uint16_t type)
{
	return type < ARRAY_SIZE(layouts) ? layouts[type].name : "unknown";
}

const char *dmar_scope_type_str(uint8_t type)
{
	static const char *const words[] = {
		[DMAR_SCOPE_ENDPOINT] = "endpoint",   [DMAR_SCOPE_BRIDGE] = "bridge",
		[DMAR_SCOPE_IOAPIC] = "ioapic",	      [DMAR_SCOPE_HPET] = "hpet",
		[DMAR_SCOPE_NAMESPACE] = "namespace",
	};

	return type < ARRAY_SIZE(words) && words[type] ? words[type] : "unknown";
}

bool dmar_scope_is(const struct dmar_unit *u, const struct dmar_scope *scope, struct pci_addr a)
{
	return (scope->type == DMAR_SCOPE_ENDPOINT || scope->type == DMAR_SCOPE_BRIDGE) && scope->n_path == 1 &&
	       !scope->path_cut && u->segment == a.domain && scope->bus == a.bus && scope->path[0].dev == a.dev &&
	       scope->path[0].fn == a.fn;
}

static bool sum_is_zero(struct span s)
{
	uint8_t sum = 0, byte;

	for (size_t i = 0; span_u8(s, i, &byte); i++)
		sum = (uint8_t)(sum + byte);
	return sum == 0;
}

static void copy_padded(struct span s, size_t at, size_t n, char *buf)
{
	struct span field;

	if (!span_cut(s, at, n, &field))
		return;
	field = span_before(field, 0); /* ACPI pads with blanks, many firmwares with zeros */
	text_copy(text_trim(field), buf, n + 1);
}

/* One scope out of its own bytes. */
static void scope_read(struct span s, struct dmar_scope *ret)
{
	uint8_t dev, fn;

	span_u8(s, 0, &ret->type);
	span_u8(s, 2, &ret->flags);
	span_u8(s, 4, &ret->enum_id);
	span_u8(s, 5, &ret->bus);
	for (size_t at = SCOPE_HEAD; span_u8(s, at, &dev) && span_u8(s, at + 1, &fn); at += 2) {
		if (ret->n_path == DMAR_MAX_PATH) {
			ret->path_cut = true;
			break;
		}
		ret->path[ret->n_path].dev = dev;
		ret->path[ret->n_path++].fn = fn;
	}
}

/* The row of scopes at the end of @u, which begins at @at inside it. */
static int scopes_read(struct dmar *d, struct dmar_unit *u, size_t at, struct report *rep)
{
	size_t kept_all = ARRAY_SIZE(d->scopes);
	struct span scope;
	uint8_t length;

	u->first_scope = d->n_scopes;
	for (; at < u->raw.n; at += length) {
		if (!span_u8(u->raw, at + 1, &length) || length < SCOPE_HEAD || !span_cut(u->raw, at, length, &scope))
			return report_refuse(rep, IGD_ELENGTH, u->at + at, "a device scope does not fit into its %s",
					     dmar_type_str(u->type));
		if (length == SCOPE_HEAD || length % 2 != 0)
			report_note(rep, u->at + at, "the path of a device scope has %d bytes", length - SCOPE_HEAD);
		if (u->n_scopes == DMAR_MAX_SCOPES || d->n_scopes == kept_all) {
			u->scopes_cut = true;
			continue;
		}
		scope_read(scope, &d->scopes[d->n_scopes]);
		if (d->scopes[d->n_scopes].type == 0 || d->scopes[d->n_scopes].type > DMAR_SCOPE_NAMESPACE)
			report_note(rep, u->at + at, "unknown device scope type %u", d->scopes[d->n_scopes].type);
		u->n_scopes++;
		d->n_scopes++;
	}
	if (u->scopes_cut)
		report_note(rep, u->at, "more device scopes than are kept");
	return 0;
}

static void andd_read(struct dmar_unit *u, size_t name_at)
{
	uint8_t number = 0;

	span_u8(u->raw, ANDD_NUMBER, &number);
	u->proximity = number;
	if (span_from(u->raw, name_at, &u->name))
		u->name = span_before(u->name, 0);
}

/* The fields of a known structure; its scopes go to @d. */
static int unit_read(struct dmar *d, struct dmar_unit *u, struct report *rep)
{
	const struct layout *l = &layouts[u->type];

	if (u->raw.n < l->min)
		return report_refuse(rep, IGD_ELENGTH, u->at, "a %s of %zu bytes, at least %u are needed", l->name,
				     u->raw.n, l->min);
	if (l->flags)
		span_u8(u->raw, l->flags, &u->flags);
	if (l->segment)
		span_le16(u->raw, l->segment, &u->segment);
	if (l->base)
		span_le64(u->raw, l->base, &u->base);
	if (l->limit)
		span_le64(u->raw, l->limit, &u->limit);
	if (l->number)
		span_le32(u->raw, l->number, &u->proximity);
	if (l->name_at)
		andd_read(u, l->name_at);
	if (l->limit && u->limit <= u->base) /* Linux dmar.c: "Your BIOS is broken; bad RMRR" */
		report_note(rep, u->at, "the reserved region ends before it begins");
	return l->scopes ? scopes_read(d, u, l->scopes, rep) : 0;
}

static int units_read(struct span body, struct dmar *d, struct report *rep)
{
	uint16_t type, length = 0;
	struct span raw;

	for (size_t at = DMAR_BODY; at < body.n; at += length) {
		struct dmar_unit *u;
		int r;

		if (!span_le16(body, at, &type) || !span_le16(body, at + 2, &length) || length < STRUCT_HEAD ||
		    !span_cut(body, at, length, &raw))
			return report_refuse(rep, IGD_ELENGTH, at, "a structure does not fit into the table");
		if (d->n_units == DMAR_MAX_UNITS) {
			d->n_more_units++;
			continue;
		}
		u = &d->units[d->n_units];
		*u = (struct dmar_unit) { .type = type, .at = (uint32_t)at, .raw = raw, .first_scope = d->n_scopes };
		if (type < ARRAY_SIZE(layouts)) {
			r = unit_read(d, u, rep);
			if (r < 0)
				return r;
		} else {
			report_note(rep, at, "unknown structure type %u", type);
		}
		d->n_units++;
	}
	if (d->n_more_units)
		report_note(rep, REPORT_NOWHERE, "%u structures more than are kept", d->n_more_units);
	return 0;
}

int dmar_read(struct span table, struct dmar *ret, struct report *rep)
{
	struct dmar d = { 0 };
	struct span body;
	uint32_t length;
	uint8_t width = 0;
	int r;

	if (!span_le32(table, ACPI_LENGTH, &length))
		return report_refuse(rep, IGD_ETRUNC, table.n, "ends inside the table's header");
	if (!span_is(table, 0, "DMAR"))
		return report_refuse(rep, IGD_EMAGIC, 0, "not a DMAR table");
	if (length < DMAR_BODY)
		return report_refuse(rep, IGD_ELENGTH, ACPI_LENGTH, "a length of %u is too short for a DMAR", length);
	if (length > DMAR_MAX_BYTES)
		return report_refuse(rep, IGD_ELIMIT, ACPI_LENGTH, "a length of %u is more than is read", length);
	if (!span_cut(table, 0, length, &body))
		return report_refuse(rep, IGD_ETRUNC, table.n, "%zu bytes of %u", table.n, length);
	if (table.n > length)
		report_note(rep, length, "%zu bytes behind the table", table.n - length);
	d.checksum_ok = sum_is_zero(body);
	if (!d.checksum_ok)
		report_note(rep, 9, "the checksum is wrong");
	span_u8(body, ACPI_REVISION, &d.revision);
	span_u8(body, DMAR_FLAGS, &d.flags);
	span_u8(body, DMAR_WIDTH, &width);
	d.host_width = width == UINT8_MAX ? width : (uint8_t)(width + 1);
	if (width > 63)
		report_note(rep, DMAR_WIDTH, "a host address width of %u bits", width + 1);
	copy_padded(body, ACPI_OEM, 6, d.oem);
	copy_padded(body, ACPI_OEM_TABLE, 8, d.oem_table);
	r = units_read(body, &d, rep);
	if (r < 0)
		return r;
	*ret = d;
	return 0;
}
