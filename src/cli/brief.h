/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * brief.h - what is rehearsed, put together out of the files and the machine that the command line names.
 *
 * All of those are strangers': they are read and judged by a child in the sandbox of the reading commands, which can
 * start nothing and write nothing. What it found comes back through a pipe as plain values, each checked against the
 * table of the fields here, so that the process that will start QEMU never parses a file.
 */
#pragma once

#include "base/arena.h"
#include "base/span.h"
#include "cli/command.h"

#define BRIEF_SAYS 8 /* sentences about one file */

enum brief_bdsm { BRIEF_BDSM_NONE, BRIEF_BDSM_32, BRIEF_BDSM_64 };

struct brief {
	struct arena arena; /* of all that is here */

	/* the VM */
	uint64_t seabios, q35, smm; /* 0 or 1 */
	const char *vm;		    /* its definition, as named; NULL: none */

	/* the GPU */
	uint64_t id, subsystem;	       /* vendor << 16 | device */
	uint64_t class_code, revision; /* 0x030000 */
	uint64_t generation, bdsm;     /* bdsm: enum brief_bdsm */
	uint64_t ggc, stolen;	       /* stolen: bytes by GGC; 0: none that firmware would have to reserve */
	const char *device_from, *platform;
	struct span edid; /* of the host's monitor; empty: none is known */
	/* the LPC bridge that it expects beside it */
	uint64_t lpc, lpc_subsystem, lpc_revision; /* .lpc 0: none is known */
	const char *lpc_from;

	/* files: as named, NULL where there is none */
	const char *rom, *ovmf, *vars, *vbt;
	const char *ovmf_why; /* why that one, where nobody named it; NULL */
	struct span rom_bytes, code, vars_bytes, vbt_bytes, opregion;
	const char *rom_says[BRIEF_SAYS + 1], *ovmf_says[BRIEF_SAYS + 1], *vbt_says[BRIEF_SAYS + 1]; /* NULL ends */

	/* what is in them */
	uint64_t rom_has_assignment, rom_has_policy, rom_has_gop, rom_has_vbios, rom_has_efi;
	uint64_t ovmf_has_assignment, ovmf_has_policy, ovmf_has_gop;
	uint64_t gop_fits; /* enum tri */
	const char *gop;
};

/* What the command line of rehearse asks for, beyond its files. */
struct brief_wish {
	const struct cli *cli;
	bool machine_known, q35;
	bool device_known;
	uint16_t vendor, device;
	unsigned major, minor; /* of the QEMU that will run */
};

/*
 * Read it all in a child. EXIT_DONE and @ret; or the status of a failure that the child told, or that is told of it.
 * brief_done() in each case.
 */
int brief_read(const struct brief_wish *w, struct brief *ret) _must_check_;
void brief_done(struct brief *b);

/* ---- in the child ---- */

/* Fill @b: EXIT_DONE, or the status of a failure that was told (brief_make.c). What it borrows from is never freed.
 */
int brief_make(const struct brief_wish *w, struct brief *b) _must_check_;

struct facts;
/* The GPU (brief_device.c): of --device, of the machine @f (NULL: none), of the ROM's first image (@rom_id 0: none),
 * or one that is common. -IGD_EUSAGE and -IGD_EVERSION, with the sentence in @rep: none that can be rehearsed. */
int brief_device(const struct brief_wish *w, const struct facts *f, uint32_t rom_id, struct brief *b,
		 struct report *rep) _must_check_;

/* A failure as a line on stderr and, with --json, as the answer. @status. */
int brief_fails(const struct cli *cli, const struct report *rep, int r, int status) _must_check_;
/* What the command calls its input: the first file or machine that was named. */
const char *brief_input(const struct cli *cli);
