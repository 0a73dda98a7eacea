/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dmar.h - the ACPI DMAR table: what the firmware says about VT-d.
 *
 * Source: Intel Virtualization Technology for Directed I/O, Architecture Specification 4.1,
 * chapter 8 (BIOS considerations). Later revisions add structure types; unknown ones are counted
 * and kept as raw spans.
 */
#pragma once

#include "base/addr.h"
#include "base/report.h"
#include "base/span.h"

#define DMAR_MAX_UNITS	64 /* remapping structures read from one table; more are counted, not kept */
#define DMAR_MAX_SCOPES 64 /* device scopes of one structure; likewise */
#define DMAR_MAX_PATH	8  /* (device, function) steps of one scope; the specification sets no limit */
#define DMAR_MAX_BYTES	((size_t)1024 * 1024) /* the largest table read; real ones stay below 16 KiB */

#define DMAR_INTR_REMAP	     0x01
#define DMAR_X2APIC_OPT_OUT  0x02
#define DMAR_PLATFORM_OPT_IN 0x04
#define DMAR_REMAP_OPT_OUT   0x08

enum dmar_type { DMAR_DRHD, DMAR_RMRR, DMAR_ATSR, DMAR_RHSA, DMAR_ANDD, DMAR_SATC, DMAR_SIDP };
enum dmar_scope_type {
	DMAR_SCOPE_ENDPOINT = 1,
	DMAR_SCOPE_BRIDGE,
	DMAR_SCOPE_IOAPIC,
	DMAR_SCOPE_HPET,
	DMAR_SCOPE_NAMESPACE
};

struct dmar_scope {
	uint8_t type, flags, enum_id, bus;
	uint8_t n_path; /* steps kept */
	bool path_cut;	/* there are more than were kept: the scope names a deeper device */
	struct {
		uint8_t dev, fn;
	} path[DMAR_MAX_PATH];
};

struct dmar_unit {
	uint16_t type; /* enum dmar_type, or one this program does not know */
	uint32_t at;   /* offset in the table, bytes */
	uint8_t flags; /* DRHD: bit 0 INCLUDE_ALL; ATSR: bit 0 ALL_PORTS; SATC: bit 0 ATC_REQUIRED */
	uint16_t segment;
	uint64_t base;	    /* DRHD, RHSA: register base; RMRR: first byte */
	uint64_t limit;	    /* RMRR: last byte */
	uint32_t proximity; /* RHSA: proximity domain; ANDD: ACPI device number */
	struct span name;   /* ANDD: ACPI object name, borrowed from the table */
	struct span raw;    /* the whole structure, borrowed */
	uint8_t n_scopes;
	uint16_t first_scope; /* index into dmar.scopes */
	bool scopes_cut;      /* there are more than were kept */
};

struct dmar {
	uint8_t revision, host_width; /* bits: the field plus one */
	uint8_t flags;
	char oem[7], oem_table[9]; /* trailing blanks removed, control characters '?' */
	bool checksum_ok;
	uint8_t n_units;
	uint16_t n_scopes;
	uint32_t n_more_units; /* structures beyond DMAR_MAX_UNITS */
	struct dmar_unit units[DMAR_MAX_UNITS];
	struct dmar_scope scopes[DMAR_MAX_UNITS * 4];
};

/*
 * Read a whole DMAR table. Fills @ret (spans in it borrow from @table) and answers 0; or -IGD_EMAGIC,
 * -IGD_ETRUNC, -IGD_ELENGTH, -IGD_ELIMIT and leaves @ret alone. A wrong checksum is a note: Linux uses such a
 * table too (drivers/iommu/intel/dmar.c does not test it; ACPICA warns). So are an unknown structure or scope
 * type, a region that ends before it begins, bytes behind the table, and counts above the limits here. Reserved
 * bytes are not looked at.
 */
int dmar_read(struct span table, struct dmar *ret, struct report *rep) _must_check_;

/*
 * Does @scope of the structure @u name exactly the PCI function @a? Only endpoint and bridge scopes with one step
 * can: a longer path goes through bridges whose bus numbers the table does not tell, and I/O APIC, HPET and
 * namespace scopes carry source ids that need not be PCI functions.
 */
bool dmar_scope_is(const struct dmar_unit *u, const struct dmar_scope *scope, struct pci_addr a);

/* "DRHD", ...; "unknown" for types this program does not know. */
const char *dmar_type_str(uint16_t type);
const char *dmar_scope_type_str(uint8_t type);
