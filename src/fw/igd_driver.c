// SPDX-License-Identifier: GPL-2.0-or-later
/* igd_driver.c - the drivers of efi/ inside the program, and their mark in a PE of anybody's. */
#include "fw/igd_driver.h"

#include "base/macros.h"
#include "fw/pe.h"
#include "fw/pe_section.h"

#include "igd-drivers.inc"

#define MARK		   "igdctl-driver "
#define SUBSYSTEM_BOOT_DXE 11

const struct guid igd_driver_guids[IGD_DRIVERS] = {
	[IGD_DRIVER_ASSIGNMENT] = GUID(0x552a21d3, 0x0d85, 0x4fad, 0x8c, 0x19, 0xa1, 0x91, 0xb9, 0xa6, 0x1a, 0x9b),
	[IGD_DRIVER_POLICY] = GUID(0x47460cd4, 0x9084, 0x48a9, 0x85, 0x3f, 0x5e, 0x72, 0x65, 0x36, 0xf4, 0x37),
};

const struct guid igd_gop_guid = GUID(0x152d61eb, 0xd1f6, 0x4fd1, 0x8c, 0x23, 0x6b, 0x07, 0x7c, 0x40, 0xb6, 0x0b);
const struct guid igd_record_guid = GUID(0xb273e740, 0xf86b, 0x41a1, 0x91, 0x7e, 0xba, 0x49, 0xf1, 0x6c, 0xf3, 0xe6);

struct span igd_driver_bytes(enum igd_driver d)
{
	return d == IGD_DRIVER_POLICY ? SPAN_OF(policy_pe) : SPAN_OF(assignment_pe);
}

struct span igd_witness_bytes(void)
{
	return SPAN_OF(witness_pe);
}

const char *igd_driver_name(enum igd_driver d)
{
	return d == IGD_DRIVER_POLICY ? "GopPolicy" : "IgdAssignment";
}

/* "MAJOR.MINOR.PATCH" and a zero at the head of @s. */
static bool version_read(struct span s, char ret[16])
{
	struct span text = span_before(s, 0);
	unsigned dots = 0;

	if (text.n == s.n || text.n < 5 || text.n > 15)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		bool between = i > 0 && i + 1 < text.n && text.p[i - 1] != '.';

		if (c == '.' && between)
			dots++;
		else if (c < '0' || c > '9')
			return false;
	}
	if (dots != 2)
		return false;
	memcpy(ret, text.p, text.n);
	ret[text.n] = '\0';
	return true;
}

/* The mark that @s begins with. */
static bool mark_read(struct span s, struct igd_driver_mark *ret)
{
	struct span rest;

	for (unsigned d = 0; d < IGD_DRIVERS; d++) {
		const char *name = igd_driver_name((enum igd_driver)d);

		if (!span_is(s, 0, MARK) || !span_is(s, strlen(MARK), name) ||
		    !span_from(s, strlen(MARK) + strlen(name), &rest) || !span_is(rest, 0, " ") ||
		    !span_from(rest, 1, &rest) || !version_read(rest, ret->version))
			continue;
		ret->driver = (enum igd_driver)d;
		return true;
	}
	return false;
}

/* The one mark of @data; two are those of somebody who carries our drivers about, as this program does. */
static bool mark_find(struct span data, struct igd_driver_mark *ret)
{
	unsigned n_marks = 0;
	const uint8_t *hit;
	struct span rest = data;

	while (rest.n && (hit = memmem(rest.p, rest.n, MARK, strlen(MARK)))) {
		if (!span_from(rest, (size_t)(hit - rest.p), &rest))
			break;
		n_marks += mark_read(rest, ret);
		if (!span_from(rest, 1, &rest))
			break;
	}
	return n_marks == 1;
}

bool igd_driver_is(struct span pe, struct igd_driver_mark *ret)
{
	struct igd_driver_mark mark = { .vbt = { NULL, 0 } };
	struct span data;
	struct pe head;

	if (pe_read(pe, &head, NULL) < 0 || head.te || !head.plus || head.machine != PE_X64 ||
	    head.subsystem != SUBSYSTEM_BOOT_DXE || head.partial)
		return false;
	if (!pe_section_find(pe, ".rdata", &data) || !mark_find(data, &mark))
		return false;
	if (!pe_section_find(pe, ".vbt", &mark.vbt))
		mark.vbt = (struct span) { NULL, 0 };
	*ret = mark;
	return true;
}
