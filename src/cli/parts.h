/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parts.h - what --gop, --vbt, --vbt-from-host and --driver name, read and looked at: the pieces that ovmf inject
 * puts into an image. The drivers are read, and refused, as those of rom build are (cli/rom_source.h).
 */
#pragma once

#include "base/arena.h"
#include "cli/command.h"
#include "cli/rom_source.h"
#include "fw/vbt.h"

struct part_driver {
	struct rom_source source; /* file, the PE in it, and what it says of itself if it is a GOP driver */
	const char *name;	  /* of that file, without its folders and ".efi" or ".rom", fit to be shown */
	char sha256[65];	  /* of the PE */
};

struct parts {
	struct arena arena;	 /* owns all of it */
	struct report says;	 /* what is odd but taken, as notes */
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
 * be empty; or the refusal, with file and sentence in @rep, and nothing to release: -IGD_EUSAGE where the words of
 * the command line are the mistake (options that exclude each other, one driver twice), -IGD_ENOENT (no VBT is to be
 * had from the host), or what rom_gop_read(), rom_driver_read() and vbt_find() say.
 */
int parts_read(const struct cli *cli, const struct fw_device *device, struct parts *ret,
	       struct report *rep) _must_check_;
void parts_done(struct parts *p);
