/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pe.h - the head of a UEFI driver: a PE32 or PE32+ image (Microsoft PE and COFF Specification; UEFI
 * Specification 2.10, 2.1.1), or the cut-down TE of PI Specification 1.8, volume 1, 15.
 */
#pragma once

#include "base/report.h"
#include "base/span.h"

enum pe_machine { PE_IA32 = 0x014c, PE_X64 = 0x8664, PE_ARM64 = 0xaa64, PE_EBC = 0x0ebc };

struct pe {
	uint16_t machine;    /* enum pe_machine, or another */
	uint16_t subsystem;  /* 10 application, 11 boot service driver, 12 runtime driver, 13 ROM */
	bool plus;	     /* PE32+: 64 bits */
	bool te;	     /* a TE image: its headers are stripped, no loader of option ROMs takes it */
	size_t headers_size; /* bytes before the first section, as the image says */
	size_t file_size;    /* bytes the headers and sections take in the file; at most the span's */
	bool partial;	     /* a section reaches past the end of the bytes */
	size_t overlay_at;   /* where data begins that no section holds (a self-extractor's archive); 0: none */
};

/* 0 and @ret; -IGD_EMAGIC, -IGD_ETRUNC, -IGD_ELIMIT (too many sections) and @ret untouched. */
int pe_read(struct span s, struct pe *ret, struct report *rep) _must_check_;

/* "X64"; "machine 0x1234" into a static table's word or "other" */
const char *pe_machine_str(uint16_t machine);
