/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fw_host.h - igdctl fw extract --host: out of the running machine, not out of a file. */
#pragma once

#include "cli/command.h"
#include "facts/host_fw.h"

/* Which pieces; all false stands for all that a machine gives: OpRegion, VBT and VBIOS. */
struct fw_host_want {
	bool gop, vbt, vbios, opregion;
};

/*
 * Read what the machine of --root or --capture, or this one, still holds of its GPUs' firmware (facts/host_fw.h),
 * write the pieces into the folder of -o ("." without it; cli/deliver.h) and say of each source what it gave. Of the
 * options also --device, --force, --json, --dry-run and --yes, which allows the reset of a device that vfio-pci has.
 * EXIT_DONE, EXIT_FAILED (nothing was found, or something could not be written) or EXIT_USAGE.
 */
int fw_extract_host(const struct cli *cli, struct fw_host_want want);

/*
 * What of the machine @h may be done to get at it, by --yes and --dry-run, and to which GPU, by --device; the caller
 * adds what it wants.
 */
struct host_fw_options fw_host_options(const struct cli *cli, const struct host *h);

/* For struct command.touches: what --host writes to on this machine. */
const char *const *fw_host_touches(const struct cli *cli);
/* The same for a command that reads the machine's VBT without --host. */
const char *const *fw_host_rom_touches(const struct cli *cli);
