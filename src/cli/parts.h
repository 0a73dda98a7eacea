/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parts.h - what goes into a ROM or an OVMF image: the owner's files that --gop, --vbt, --driver and --vbios name,
 * the VBT that --vbt-from-host gets, and the GPU that --device or a machine names. rom build and ovmf inject ask for
 * them in the same words and refuse the same.
 */
#pragma once

#include "cli/rom_source.h"
#include "cli/vbt_file.h"
#include "facts/host_fw.h"
#include "fw/igd_driver.h"

struct part_driver {
	struct rom_source source; /* .file NULL: none */
	const char *name;	  /* of that file, without its folders and ".efi" or ".rom", fit to be shown */
};

struct parts {
	const struct cli *cli;
	struct arena arena;
	struct report says;	 /* what is odd and was taken, as notes; also where the rest was refused */
	struct facts *f;	 /* of the machine; NULL: none was read */
	struct fw_device device; /* .known false: no GPU was named, and none was found */
	const char *device_from; /* "--device", or the machine where it was seen; NULL: not known */
	const char *vbt_from;	 /* a file, or what of the machine; NULL: no VBT */
	struct vbt_info vbt;
	struct part_driver gop, drivers[ARRAY_SIZE(((struct words *)NULL)->v)];
	size_t n_drivers;
	struct rom_source vbios; /* .file NULL: none */
	const char **inputs;	 /* the files that are read, so that none is written over; ends with NULL */
	/* owned, and borrowed from above */
	struct host *h;
	struct host_fw host_fw[2]; /* asked for a VBT, then for a VBIOS, which has one inside */
	struct vbt_file vbt_file;
	struct buffer policy;
};

/* What is wrong with these options before any file is read: EXIT_DONE, or a mistake that was told. */
int parts_options(const struct cli *cli, const char *command) _must_check_;

/*
 * Read all that the options name. The GPU is that of --device, else of the machine that --root, --capture, --host or
 * --vbt-from-host name, else, where @this_machine asks for it, of the one this runs on, which may have none. 0, or
 * the refusal, with file and sentence in @rep; parts_done() in each case: -IGD_EUSAGE (one driver twice, a GPU that
 * the project's drivers are not for), -IGD_ENOENT (no VBT is to be had from the machine; no GPU for the VBIOS), what
 * rom_gop_read(), rom_driver_read() and rom_vbios_read() say of a file, igd_policy_with_vbt() of the VBT,
 * input_machine() of the machine.
 */
int parts_read(const struct cli *cli, bool this_machine, struct parts *ret, struct report *rep) _must_check_;
void parts_done(struct parts *p);

/* The notes of .says to stderr, with and without --verbose. */
void parts_tell(const struct parts *p);

/* The PE of the project's driver @d: GopPolicy with the VBT, if there is one. */
struct span parts_own(const struct parts *p, enum igd_driver d);

/* For struct command.touches: what --vbt-from-host writes to on this machine. */
const char *const *parts_touches(const struct cli *cli);
