/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan.h - what of use to a passed-through GPU a firmware file holds: GOP drivers, VBTs, legacy VBIOSes.
 *
 * One walk, content first. The same bytes at several places (dual BIOS, recovery volumes) are one artifact with
 * several copies. Nothing is kept of the file but what is said here; whoever wants the bytes takes them when they are
 * found.
 */
#pragma once

#include "base/arena.h"
#include "base/report.h"
#include "fw/gop.h"
#include "fw/walk.h"

/* Kinds are for good: "gop", "vbt" and "vbios" are Intel's. */
enum fw_artifact_kind { ART_GOP, ART_VBT, ART_VBIOS, ART_AMD_GOP, ART_AMD_VBIOS };

struct fw_copy {
	const char *path;   /* fw_path() */
	const char *member; /* "inner.zip/bios.bin": the names of the parts of archives around it; "" */
	const char *guid;   /* of the file around it; "" */
	uint64_t at;	    /* offset in the input; of what it was decoded from, where .decoded */
	bool decoded, carved, partial;
};

struct fw_artifact { /* all of it owned by the scan's arena */
	enum fw_artifact_kind kind;
	uint8_t sha256[32];
	size_t size;
	const char *name; /* of the file around it; "" */
	const char *guid; /* of that file; "" */
	struct fw_copy *copies;
	size_t n_copies; /* one or more; at most FW_COPIES_MAX are kept */
	bool whole;	 /* its own bytes are all there */

	const struct gop *gop; /* of the two GOP kinds */

	/* Of a VBT, and of the one inside a VBIOS; bdb_version 0: there is none. */
	const char *platform; /* "SKYLAKE": a coarse word, not the device */
	uint16_t bdb_version;
	size_t vbt_size;     /* as its header says; .size may be more, padding */
	bool sum_ok;	     /* bytes sum to zero; of a VBIOS, the ROM's */
	const char *outputs; /* ports and panels in one line */
	bool is_default;     /* the one that firmware takes when nothing chose another */

	/* Of a VBIOS. */
	uint16_t vendor, device;     /* of its PCIR */
	uint16_t box_vendor, box_id; /* of the box that AMI puts around; 0: none */
	const char *version;	     /* of AMD's, "015.050.000.001"; "" */
	const uint16_t *starts_on;   /* Intel's: the devices its code looks for, on others it stops (fw/oprom.h) */
	size_t n_starts_on;	     /* 0: no such code is seen in it */
};

struct fw_trouble {
	const char *path, *text;
	uint64_t at; /* in the thing at .path; REPORT_NOWHERE */
	bool damage;
};

struct fw_scan {
	struct fw_artifact *artifacts;
	size_t n_artifacts;
	struct fw_trouble *troubles;
	size_t n_troubles, n_damages; /* all, with those beyond FW_TROUBLES_MAX, which are not kept */
	size_t n_kept;		      /* of the troubles */
	size_t n_volumes;	      /* in all depths; 0: no UEFI firmware */
	bool partial;		      /* something ends too early */
	const char *holds;	      /* what the outermost structure is, in words: "flash image", "zip archive" */
};

#define FW_COPIES_MAX	 64
#define FW_TROUBLES_MAX	 256
#define FW_ARTIFACTS_MAX 4096

/* "gop", "vbt", "vbios", "amd-gop", "amd-vbios" */
const char *fw_artifact_kind_str(enum fw_artifact_kind k);

/* An artifact is there for the first time: take its bytes, or do not. Negative ends the scan. */
typedef int (*fw_found)(void *ctx, const struct fw_artifact *a, struct span bytes);

/*
 * Look through @input. 0 and @ret, whose strings are in @arena (limit it); -IGD_ENOMEM when that is full; or what
 * @found, which may be NULL, answered. Damage is no refusal: see .troubles.
 */
int fw_scan(struct span input, const struct fw_limits *limits, struct arena *arena, fw_found found, void *ctx,
	    struct fw_scan *ret) _must_check_;

/* ---- does it fit a device? ---------------------------------------------------------------------------------- */

enum fit { FIT_UNKNOWN, FIT_NO, FIT_PATCH, FIT_YES };

/*
 * Can the GPU @vendor:@device use @a? And why, in words, into @why of @n bytes. FIT_PATCH: once its device id is
 * changed (rom fix).
 */
enum fit fw_fit(const struct fw_artifact *a, uint16_t vendor, uint16_t device, char *why, size_t n);
const char *fit_str(enum fit f);
