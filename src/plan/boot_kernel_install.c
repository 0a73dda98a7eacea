// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot_kernel_install.c - systemd-boot whose entries are made by kernel-install out of /etc/kernel/cmdline.
 */
#include "plan/boot.h"

/* systemd kernel-install(8), 90-loaderentry.install; Debian systemd-boot, zz-systemd-boot. An entry is called after
 * its kernel, with a count of tries behind where boots are counted (systemd AUTOMATIC_BOOT_ASSESSMENT). */
const struct boot_row boot_kernel_install = {
	.name = "systemd-boot with kernel-install",
	.loaders = "systemd-boot",
	.tools = "kernel-install zz-systemd-boot",
	.initramfs = "initramfs-tools dracut",
	.distros = "debian ubuntu",
	.reads = boot_reads_cmdline,
	.keep = boot_keep_words,
	.begin = boot_cmdline_begin,
	.add = boot_cmdline_add,
	.remove = boot_cmdline_remove,
	.file = BOOT_CMDLINE,
	.where = BOOT_CMDLINE_WHERE,
	.makes = "the boot entries of all kernels",
	.regenerate = { "kernel-install", "add", "%K", "/boot/vmlinuz-%K" },
	.entries = BOOT_ENTRIES("*-%K.conf") " " BOOT_ENTRIES("*-%K+*.conf"),
	.all_anew = true,
};
