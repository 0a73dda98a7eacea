// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * initramfs_tools.c - Debian's initramfs-tools: a hook of ours. It copies /etc/modprobe.d by itself, modules it does
 * not.
 */
#include "plan/boot.h"

/* initramfs-tools(7), "Hook scripts", force_load. */
const struct initramfs_row initramfs_tools = {
	.name = "initramfs-tools",
	.path = "/etc/initramfs-tools/hooks/igdctl",
	.text = ("#!/bin/sh\n" HOST_HEAD "[ \"$1\" = prereqs ] && exit 0\n"
		 ". /usr/share/initramfs-tools/hook-functions\n"
		 "force_load vfio_pci\n"
		 "force_load vfio_iommu_type1\n"),
	.mode = 0755,
	.makes = "the initramfs of all kernels",
	.regenerate = { "update-initramfs", "-u", "-k", "all" },
	.images = "/boot/initrd.img-*",
};
