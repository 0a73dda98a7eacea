/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parts.h - what --gop, --vbt, --vbt-from-host and --driver name, read and looked at: the pieces that rom build and
 * ovmf inject put together.
 *
 * All that can be said of a piece alone is said here, so that both commands refuse the same things with the same
 * words: a TE image, an application, a driver cut short, a GOP that does not start on the device, a VBT that ends too
 * early. Which machine (X64, IA32) a driver must be for is the command's to know.
 */
#pragma once

#include "base/arena.h"
#include "cli/command.h"
#include "cli/fw.h"
#include "fw/gop.h"
#include "fw/vbt.h"

struct part_driver {
	const char *path;      /* of the file, as it was named */
	const char *name;      /* of that file, without its folders and ".efi" or ".rom", fit to be shown */
	struct span file;      /* the PE with what lies behind it: a signature, or nothing */
	struct span pe;	       /* up to where its sections end */
	struct pe head;	       /* of it */
	const struct gop *gop; /* what it says of itself; NULL: it is no GOP driver */
	char sha256[65];       /* of .pe */
};

struct parts {
	struct arena arena;	 /* owns all of it */
	struct fw_device device; /* the GPU it is for: of the options, or the one whose VBT the host had */
	struct part_driver *gop; /* NULL: none was named */
	struct span vbt;	 /* the table alone; .p NULL: none was named */
	const char *vbt_from;	 /* file or source, fit to be shown */
	char vbt_name[21];	 /* what follows its "$VBT" */
	char vbt_sha256[65];
	struct part_driver *drivers;
	size_t n_drivers;
	const char **inputs; /* the files that were read and those of the command line; ends with NULL */
};

/*
 * Read what the options name, for @device where that is known: 0 and @ret, which parts_done() releases, and which may
 * be empty; or the refusal, with file and sentence in @rep, and nothing to release: -IGD_EUSAGE (a mistake in the
 * command line: options that exclude each other, more drivers than there is room for, one driver twice), -IGD_ENOENT,
 * -IGD_EACCES, -IGD_EIO, -IGD_ELIMIT (a file that is longer than such files are), -IGD_EMAGIC (not what it should
 * be; a TE image; no driver), -IGD_ETRUNC (cut short), -IGD_ELENGTH (a VBT whose lengths do not fit), -IGD_EVERSION
 * (a GOP for other devices), -IGD_ENOMEM. Remarks are notes.
 */
int parts_read(const struct cli *cli, const struct fw_device *device, struct parts *ret,
	       struct report *rep) _must_check_;
void parts_done(struct parts *p);

/* For struct command.touches: what --vbt-from-host may write to on this machine, to get at the VBT. */
const char *const *parts_touches(const struct cli *cli);
