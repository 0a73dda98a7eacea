/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ovmf_check.h - an OVMF image judged: is it whole at every level, is what was put in fit for it and for the GPU, and
 * is the image it was put into still the distribution's.
 *
 * Rows are those of check.h with a test that sees the image. What a row needs and nobody knows makes it UNKNOWN; a
 * row about what was put in is NOT_RUN where nothing was.
 */
#pragma once

#include "check/check.h"
#include "fw/gop.h"
#include "fw/ovmf.h"
#include "fw/ovmf_record.h"
#include "fw/ovmf_sums.h"

struct ovmf_seen {		     /* what lies in a file of the DXE volume, looked at by the caller */
	const char *fault;	     /* why its PE cannot be loaded; NULL: it can, or the file has none */
	bool ours;		     /* one of the project's drivers */
	struct igd_driver_mark mark; /* then: which */
	const char *vbt_fault;	     /* of the VBT in it; NULL: there is none, or it is whole */
	const struct gop *gop;	     /* of a GOP driver; NULL: it is none */
	bool policy;		     /* it offers the GOP policy protocol: ours, or somebody's */
	char sha256[OVMF_SHA256];    /* of its PE, ours with what was put into it; "": it has none */
	char vbt_sha256[OVMF_SHA256];
};

struct ovmf_stock {		  /* the image of the package that it was made from */
	const char *path;	  /* NULL: none was found, .why says why not */
	const char *why;	  /* why nothing is known of it */
	char sha256[OVMF_SHA256]; /* of the raw image */
	const struct ovmf *ovmf;  /* NULL: it could not be read */
};

struct ovmf_wish {
	bool device_known; /* the GPU that it is to be used with */
	uint16_t vendor, device;
	const char *device_from;
	const char *version; /* of this program */
};

struct ovmf_case {
	const struct ovmf_wish *wish;
	const char *path;
	const struct ovmf *ovmf;      /* NULL: the file is none */
	const char *none;	      /* then: what it is instead */
	const struct ovmf_seen *seen; /* one for each file */
	const struct ovmf_faults *faults;
	const struct ovmf_stock *stock;
	bool recorded; /* .record holds what its record says */
	struct ovmf_record record;
	bool ours;		   /* something of the project's is in it */
	bool drivers[IGD_DRIVERS]; /* these of its drivers */
};

/* Put together what the rows ask about. @ovmf NULL: the file is none, @none says what it is instead, and @seen,
 * @faults and @stock are not looked at. All must live as long as @ret. */
void ovmf_case_make(const struct ovmf_wish *wish, const char *path, const struct ovmf *ovmf, const char *none,
		    const struct ovmf_seen *seen, const struct ovmf_faults *faults, const struct ovmf_stock *stock,
		    struct ovmf_case *ret);

/* Run the table: @ret as checks_run() leaves it, without verdicts of modes. 0 or -IGD_ENOMEM. */
int ovmf_verify(const struct ovmf_case *c, struct findings *ret) _must_check_;

/* The rows, for documentation and tests; as checks_table(). */
size_t ovmf_checks_table(const struct check **ret, size_t max);
