// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/pe.h"

#include "base/error.h"
#include "base/macros.h"

/* Windows loaders refuse more; a driver has below ten. */
#define SECTIONS_MAX 96
#define SECTION_SIZE 40

/* What the section table at @at of @s, the whole file, says: where the last of its bytes ends. */
static bool sections_read(struct span s, size_t at, unsigned n, struct pe *pe)
{
	uint32_t size, from;
	size_t end = pe->headers_size;

	for (unsigned i = 0; i < n; i++, at += SECTION_SIZE) {
		if (!span_le32(s, at + 0x10, &size) || !span_le32(s, at + 0x14, &from))
			return false;
		if (size && (size_t)from + size > end)
			end = (size_t)from + size;
	}
	pe->partial = end > s.n;
	pe->file_size = end < s.n ? end : s.n;
	pe->overlay_at = end < s.n ? end : 0;
	return true;
}

/* PI Specification 1.8, volume 1, 15.2: a header of 40 bytes, then the section table as in PE. */
static int te_read(struct span s, struct pe *ret, struct report *rep)
{
	struct pe pe = { .te = true };
	uint8_t n, subsystem;
	uint16_t stripped;

	if (!span_le16(s, 2, &pe.machine) || !span_u8(s, 4, &n) || !span_u8(s, 5, &subsystem) ||
	    !span_le16(s, 6, &stripped) || s.n < 40 + (size_t)n * SECTION_SIZE)
		return report_refuse(rep, IGD_ETRUNC, s.n, "a TE image ends inside its headers");
	if (stripped < 40)
		return report_refuse(rep, IGD_EMAGIC, 6, "a TE image that says %u bytes were stripped", stripped);
	pe.subsystem = subsystem;
	pe.headers_size = 40 + (size_t)n * SECTION_SIZE;
	pe.file_size = s.n;
	*ret = pe;
	return 0;
}

int pe_read(struct span s, struct pe *ret, struct report *rep)
{
	uint32_t at, headers;
	uint16_t n, optional, magic;
	struct pe pe = { 0 };
	struct span head;

	if (span_is(s, 0, "VZ"))
		return te_read(s, ret, rep);
	if (!span_is(s, 0, "MZ"))
		return report_refuse(rep, IGD_EMAGIC, 0, "neither a PE nor a TE image");
	if (!span_le32(s, 0x3c, &at) || !span_from(s, at, &head) || head.n < 24)
		return report_refuse(rep, IGD_ETRUNC, 0x3c, "ends before the PE header");
	if (head.n < 4 || memcmp(head.p, "PE\0\0", 4) != 0)
		return report_refuse(rep, IGD_EMAGIC, at, "no PE signature where the DOS header points");
	if (!span_le16(head, 4, &pe.machine) || !span_le16(head, 6, &n) || !span_le16(head, 20, &optional) ||
	    !span_le16(head, 24, &magic) || !span_le32(head, 24 + 60, &headers) ||
	    !span_le16(head, 24 + 68, &pe.subsystem))
		return report_refuse(rep, IGD_ETRUNC, at, "ends inside the PE header");
	if (n > SECTIONS_MAX)
		return report_refuse(rep, IGD_ELIMIT, at + 6U, "%u sections, more than the %d a PE may have", n,
				     SECTIONS_MAX);
	pe.plus = magic == 0x20b;
	pe.headers_size = headers;
	if (!sections_read(s, (size_t)at + 24 + optional, n, &pe))
		return report_refuse(rep, IGD_ETRUNC, at + 24U, "ends inside the table of sections");
	*ret = pe;
	return 0;
}

const char *pe_machine_str(uint16_t machine)
{
	static const struct {
		uint16_t machine;
		const char *word;
	} words[] = { { PE_IA32, "IA32" }, { PE_X64, "X64" }, { PE_ARM64, "AArch64" }, { PE_EBC, "EBC" },
		      { 0x0200, "IA64" },  { 0x01c2, "ARM" }, { 0x5064, "RISCV64" },   { 0x6264, "LoongArch64" } };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].machine == machine)
			return words[i].word;
	return "other";
}
