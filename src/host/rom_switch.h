/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rom_switch.h - the file "rom" of a PCI function, which is read only after it was switched on.
 *
 * Linux gives the bytes of an expansion ROM once "1" was written to it, until exactly "0" and a line's end are
 * (drivers/pci/pci-sysfs.c, pci_write_rom()): a flag of the kernel's own; a ROM's decoder is enabled for the time of
 * each read and no longer (drivers/pci/rom.c). So it is a write to the machine that leaves no trace, and still a
 * write: who reads says so.
 */
#pragma once

#include "host/host.h"

/* Switches the file at @path (without a leading slash) on or off. 0 or a negative code. */
struct rom_switch {
	int (*set)(void *ctx, const char *path, bool on);
	void *ctx;
};

extern const struct rom_switch rom_switch_sysfs; /* of the machine that this runs on */

/*
 * Read it as host_read() does, between on and off when @with is not NULL, which is for the live machine: files of
 * other trees are already what was read once. -IGD_EACCES also when the switch may not be used; -IGD_EIO when the
 * kernel finds no ROM where there should be one.
 */
int rom_switch_read(struct host *h, const char *path, const struct rom_switch *with, struct arena *a,
		    struct span *ret) _must_check_;
