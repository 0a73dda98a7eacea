/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ovmf_sums.h - every checksum and every length of an OVMF image, at all of its levels: volumes and files in flash,
 * the stream, and what it decodes to.
 *
 * That an image boots proves little: SEC looks at none of the checksums in flash (OvmfPkg/Sec/SecMain.c,
 * FindFfsFileAndSection()), and the DXE core stops at the first wrong one in its volume and goes on without the
 * rest (MdeModulePkg/Core/Dxe/FwVol/FwVol.c, FvCheck()). The size in the LZMA header is not looked at here:
 * ovmf_read() refuses an image where it is not the true one.
 */
#pragma once

#include "fw/ovmf.h"

enum ovmf_fault_kind {
	OVMF_FAULT_VOLUME,  /* a volume's header: checksum, block map, where it ends */
	OVMF_FAULT_FILE,    /* a file: checksum of the header or of the data, state, bytes that are no file */
	OVMF_FAULT_SECTION, /* a section that does not fit its file, or bytes that are no section */
	OVMF_FAULT_LENGTH,  /* a volume in the stream that is longer or shorter than the section around it */
};

struct ovmf_fault {
	enum ovmf_fault_kind kind;
	bool decoded; /* .at counts in the decoded bytes, else in the image */
	size_t at;
	char text[120]; /* a sentence without its stop */
};

#define OVMF_FAULTS_MAX 32

struct ovmf_faults {
	struct ovmf_fault v[OVMF_FAULTS_MAX];
	size_t n;
	size_t more; /* that there was no room for */
};

/* All that is wrong in @o, in the order of its bytes: flash first, then what is decoded. */
void ovmf_sums(const struct ovmf *o, struct ovmf_faults *ret);
