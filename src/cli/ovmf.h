/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ovmf.h - what the four ovmf commands share: a file with an OVMF image, raw or in qcow2, read and looked into; where
 * it boots; what its variables' file is called.
 */
#pragma once

#include <jansson.h>

#include "base/arena.h"
#include "check/ovmf_check.h"
#include "cli/command.h"
#include "cli/view.h"
#include "fw/ovmf.h"
#include "host/host.h"

struct ovmf_image {
	const char *name;
	struct arena arena;
	struct report rep;
	struct span file; /* as it lies on the disk */
	bool qcow2;	  /* which is an image in QEMU's format; then .disk is what it stands for */
	struct buffer disk;
	struct span raw; /* the image */
	char sha256[65]; /* of it */
	bool found;	 /* it is an OVMF; else .rep says what it is instead. The rest only then */
	struct ovmf ovmf;
	struct ovmf_seen *seen; /* one a file */
	bool recorded;		/* .record is what its record says */
	struct ovmf_record record;
	bool ours; /* something of the project's is in it */
};

/* Read the file @name: 0, with or without an OVMF found; or the refusal, with the sentence in .rep.
 * ovmf_image_done() in each case. */
int ovmf_image_read(const char *name, struct ovmf_image *ret) _must_check_;
void ovmf_image_done(struct ovmf_image *i);

/* "q35 and i440fx, smm=on or off" */
const char *ovmf_boots_str(const struct ovmf_traits *t);
/* "X64, Secure Boot, SMM": what kind of build it is; owned by @a. */
const char *ovmf_build_str(const struct ovmf_traits *t, struct arena *a);
/* "191 KiB" */
const char *ovmf_size_str(size_t n, struct arena *a);

/*
 * The file with the variables for the image @name, by the names that packages give: with its folder, and one that is
 * there, if any is; owned by @a. NULL: the name tells of none.
 */
const char *ovmf_vars_name(const char *name, const struct ovmf_traits *t, struct arena *a);

/* Where packages put their images of code, from the root; ends with NULL. */
extern const char *const ovmf_folders[];

/* Is a result written? A name that comes from the content may be there from the last time. */
enum ovmf_written { OVMF_WOULD_BE, OVMF_WRITTEN, OVMF_ALREADY };

/*
 * Pack @raw as @qcow2 says and write it where -o says, in a folder by a name that the content gives:
 * "OVMF_CODE_4M.fd" and @what "igd" -> "OVMF_CODE_4M-igd-" and the first 12 digits of its SHA-256 and ".fd". 0, with
 * the SHA-256 of the file, its path and whether it was written; or as deliver_result() refuses. The same bytes under
 * that name are no refusal.
 */
int ovmf_deliver(const struct cli *cli, struct ovmf_image *i, struct span raw, bool qcow2, const char *name,
		 const char *what, const char *const *inputs, char ret_sha256[65], char ret_path[HOST_PATH_MAX],
		 enum ovmf_written *ret);

/* "Written:" */
const char *ovmf_written_str(enum ovmf_written w);

/* GUIDs of all that is the project's or was put in with it, by the record; owned by i->arena. NULL: out of memory. */
struct guid *ovmf_ours(struct ovmf_image *i, size_t *ret_n);
/* The GUID of the file with the driver of that SHA-256 (64 digits): its first 128 bits, as a version 8 UUID. */
bool ovmf_driver_guid(const char *sha256, struct guid *ret);

/* Of docs/schema/ovmf-*.json; the caller owns them. */
json_t *ovmf_boots_json(const struct ovmf_traits *t);
json_t *ovmf_build_json(const struct ovmf_traits *t);
json_t *ovmf_room_json(size_t flash, size_t dxe);
json_t *ovmf_record_json(const struct ovmf_image *i);
json_t *ovmf_file_json(const struct ovmf_file *f);

/* For ovmf_rebuild(): says on a terminal what it is at, for a try at a high level takes seconds. */
void ovmf_progress(void *ctx, unsigned level);
void ovmf_progress_clear(void);

/* The word of a mistake for want of a file, with the first of the packages' images that is there. EXIT_USAGE. */
int ovmf_no_file(const char *command);
