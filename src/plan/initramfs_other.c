// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * initramfs_other.c - initramfs systems whose files are not changed, and hosts without one: what to do is told.
 */
#include "plan/boot.h"

/* booster(1), "Config file": a YAML text of the owner's, one value a key, so no word can be added without its
 * grammar. */
const struct initramfs_row initramfs_booster = {
	.name = "booster",
	.by_hand = ("Rebuild the initramfs so that it loads vfio_pci first: put \"modules_force_load: "
		    "vfio_pci,vfio_iommu_type1\" into /etc/booster.yaml, in front of what that key lists already, "
		    "and run /usr/lib/booster/regenerate_images."),
};

const struct initramfs_row initramfs_none = {
	.name = "none",
	.by_hand = ("No program that makes an initramfs was found. A kernel that is started without one "
		    "reads " HOST_MODPROBE
		    " when it loads the GPU's driver, and there is nothing to do; one that is started with one needs "
		    "vfio_pci and that file in it, before the GPU's driver."),
};
