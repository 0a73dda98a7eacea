/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rom_source.h - the owner's files that go into a ROM: a GOP driver, other drivers, a VBIOS. What will not run in a
 * VM is found out here, file by file, where the sentence can name the file.
 */
#pragma once

#include "base/arena.h"
#include "base/report.h"
#include "cli/fw.h"
#include "fw/gop.h"

struct rom_source {
	const char *file;  /* as named on the command line */
	struct span bytes; /* of a driver: its PE and no more; of a VBIOS: from its image to the end of the file */
	const struct gop *gop;	 /* what the driver says of itself; NULL: it is no GOP driver */
	uint16_t vendor, device; /* that a VBIOS names */
};

/*
 * The GOP driver in @file: a PE, or an option ROM, of whose EFI images it is the one that is for X64 and @device. 0
 * and
 * @ret, whose parts are in @a; or -IGD_E*, with the sentence in @rep: no GOP driver, several that may be meant (they
 * are notes of @says), one that no VM can run, one for other GPUs, unless @force. What is odd but taken is a note of
 * @says.
 */
int rom_gop_read(const char *file, const struct fw_device *device, bool force, struct arena *a,
		 struct rom_source *ret, struct report *says, struct report *rep) _must_check_;

/* igdctl's drivers, which go in too unless @bare, are for Intel's GPUs: 0, or -IGD_EUSAGE for another's @gop. */
int rom_gop_of_intel(const struct gop *gop, bool bare, struct report *rep) _must_check_;

/* The driver in @file, a PE that a VM's firmware can run and that is none of this project's. Answers as above. */
int rom_driver_read(const char *file, struct arena *a, struct rom_source *ret, struct report *rep) _must_check_;

/* The first legacy image in @file, an option ROM. Answers as above. */
int rom_vbios_read(const char *file, struct arena *a, struct rom_source *ret, struct report *rep) _must_check_;
