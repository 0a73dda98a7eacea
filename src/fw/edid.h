/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * edid.h - who a monitor is and what it likes to show; and its EDID without serial numbers.
 *
 * Only the base block is decoded. Sources: VESA Enhanced EDID Standard (E-EDID) release A revision 2,
 * section 3; CTA-861-G 7.2 and VESA DisplayID 1.3 and 2.0 section 4 for the serial numbers in extensions.
 */
#pragma once

#include "base/report.h"
#include "base/span.h"

#define EDID_BLOCK 128

struct edid_info {
	char maker[4];	  /* three letters, "DEL"; "???" when they are none */
	uint16_t product; /* the maker's code */
	uint8_t week;	  /* of manufacture, 1..54; 0: not given, or .model_year */
	uint16_t year;	  /* of manufacture or of the model; 0: not given */
	bool model_year;
	uint8_t version, revision;
	bool digital;
	uint8_t bits;		/* per primary colour; 0: not given */
	char name[14];		/* monitor name descriptor, "" none; control characters '?' */
	uint16_t width, height; /* preferred mode, pixels; 0: none given */
	uint32_t refresh_mhz;	/* of it, thousandths of a hertz, frames */
	bool interlaced;
	uint8_t n_extensions; /* as the base block declares */
	size_t n_blocks;      /* whole blocks that are there, the base block included */
	bool checksum_ok;     /* of the base block */
};

/*
 * Read the base block of @edid. 0 and @ret; -IGD_ETRUNC (less than 128 bytes) or -IGD_EMAGIC (not the fixed
 * eight bytes at the front), @ret untouched. A wrong checksum, and extensions that are declared but missing, are
 * notes: the kernel shows such EDIDs too.
 */
int edid_read(struct span edid, struct edid_info *ret, struct report *rep) _must_check_;

/*
 * "DEL DELL U2412M", or "DEL a07a" when the monitor has no name, into @buf of @n bytes; @buf is the answer.
 */
char *edid_monitor_str(const struct edid_info *e, char *buf, size_t n);

/*
 * Blank what names one specimen, in place: bytes 12 to 15, serial number descriptors of the base block and of
 * CTA extensions, and the serial number and container id blocks of DisplayID extensions. Checksums are moved
 * along, so that a right one stays right and a wrong one stays as wrong as it was. A last block that is cut is
 * zeroed whole. 0, or -IGD_ETRUNC or -IGD_EMAGIC as above with @p untouched: then the caller must not keep the
 * bytes at all.
 */
int edid_redact(uint8_t *p, size_t n) _must_check_;
