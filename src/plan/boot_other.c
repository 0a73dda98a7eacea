// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot_other.c - boot loaders whose files are not changed: which file it is, and what goes into it, is told. Each has
 * more than one form of it, and which one starts this host cannot be seen from here.
 */
#include "plan/boot.h"

/* rEFInd's documentation, "Methods of Booting Linux": refind_linux.conf beside the kernel, lines of "title"
 * "options"; manual stanzas of refind.conf have "options". */
const struct boot_row boot_refind = {
	.name = "rEFInd",
	.loaders = "refind",
	.reads = boot_reads_running,
	.keep = boot_keep_by_hand,
	.by_program = true,
	.where = ("the second quoted text of the first line of refind_linux.conf beside the kernel "
		  "(/boot/refind_linux.conf), or, where the kernel has a menuentry, to its \"options\" line in "
		  "EFI/refind/refind.conf of the EFI system partition"),
};

/* Limine CONFIG.md: "cmdline:" of an entry since version 8, "CMDLINE=" in limine.cfg before. limine-entry-tool makes
 * entries out of /etc/default/limine. */
const struct boot_row boot_limine = {
	.name = "Limine",
	.loaders = "limine",
	.reads = boot_reads_running,
	.keep = boot_keep_by_hand,
	.by_program = true,
	.where = ("the \"cmdline:\" line of your entry in limine.conf (\"CMDLINE=\" in an older limine.cfg); where "
		  "there is an /etc/default/limine, to KERNEL_CMDLINE[default] in that, and run limine-update"),
};

/* Syslinux, "Config": APPEND; U-Boot doc/develop/distro.rst reads the same file. */
const struct boot_row boot_extlinux = {
	.name = "extlinux",
	.loaders = "extlinux",
	.reads = boot_reads_running,
	.keep = boot_keep_by_hand,
	.by_program = true,
	.where = ("the APPEND line of your label in /boot/extlinux/extlinux.conf; where there is an "
		  "/etc/default/extlinux (EXTLINUX_PARAMETERS) or an /etc/default/u-boot (U_BOOT_PARAMETERS), in "
		  "that, and run extlinux-update or u-boot-update"),
};

/* petitboot, discover/native-parser.c, kboot-parser.c. */
const struct boot_row boot_petitboot = {
	.name = "petitboot",
	.loaders = "petitboot",
	.reads = boot_reads_running,
	.keep = boot_keep_by_hand,
	.by_program = true,
	.where = ("the \"args\" line of your entry in /boot/petitboot.conf, or the quoted text of your line in "
		  "/etc/kboot.conf"),
};

/* ZFSBootMenu, zfsbootmenu(7), "ZFS Properties": the property of the dataset is what its kernel gets. */
const struct boot_row boot_zfsbootmenu = {
	.name = "ZFSBootMenu",
	.loaders = "zfsbootmenu",
	.reads = boot_reads_running,
	.keep = boot_keep_by_hand,
	.by_program = true,
	.where = ("the property org.zfsbootmenu:commandline of the root dataset, which must keep its other words: "
		  "\"zfs get org.zfsbootmenu:commandline DATASET\" shows them, \"zfs set "
		  "org.zfsbootmenu:commandline='...' DATASET\" sets all of them"),
};
