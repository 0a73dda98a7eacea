// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * initramfs_ostree.c - with ostree the initramfs is made on the server, without vfio-pci and without modprobe.d of
 * this host: kernel options bind (bind.c), and a command has a client make its own with the module.
 */
#include "plan/boot.h"

/* No .images: those of older deployments stay in /boot as they are. */
const struct initramfs_row initramfs_ostree = {
	.name = "rpm-ostree",
	.fits = initramfs_by_ostree,
};
