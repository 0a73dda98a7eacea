// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot_grub.c - GRUB whose menu is made by grub-mkconfig: a drop-in of ours where that reads /etc/default/grub.d,
 * else words in /etc/default/grub. GRUB_CMDLINE_LINUX_DEFAULT is not for recovery entries, so these keep their
 * options; the initramfs they start with gives the GPU away as it does in all others.
 */
#include "plan/boot.h"

/* update-grub(8); Debian's grub2 (2.06, 2.12) patches grub-mkconfig to source the files of /etc/default/grub.d. */
const struct boot_row boot_grub_update = {
	.name = "GRUB with update-grub",
	.loaders = "grub",
	.tools = "update-grub grub.d",
	.distros = "debian ubuntu linuxmint pop proxmox",
	BOOT_GRUB_DROP_IN,
	.makes = "/boot/grub/grub.cfg",
	.regenerate = { "update-grub" },
	.entries = "/boot/grub/grub.cfg",
	.all_anew = true,
};

/* grub-mkconfig(8); Arch's package carries the same patch. */
const struct boot_row boot_grub_mkconfig_d = {
	.name = "GRUB with grub-mkconfig and drop-ins",
	.loaders = "grub",
	.tools = "grub-mkconfig grub.d",
	.distros = "arch cachyos endeavouros manjaro",
	BOOT_GRUB_DROP_IN,
	.makes = "/boot/grub/grub.cfg",
	.regenerate = { "grub-mkconfig", "-o", "/boot/grub/grub.cfg" },
	.entries = "/boot/grub/grub.cfg",
	.all_anew = true,
};

/* GNU GRUB manual, "Simple configuration handling". */
const struct boot_row boot_grub_mkconfig = {
	.name = "GRUB with grub-mkconfig",
	.loaders = "grub",
	.tools = "grub-mkconfig",
	.distros = "gentoo",
	.reads = boot_reads_grub,
	.keep = boot_keep_words,
	.add = edit_grub_add,
	.remove = edit_grub_remove,
	.file = BOOT_GRUB,
	.makes = "/boot/grub/grub.cfg",
	.regenerate = { "grub-mkconfig", "-o", "/boot/grub/grub.cfg" },
	.entries = "/boot/grub/grub.cfg",
	.all_anew = true,
};

const struct boot_row boot_grub2_mkconfig = {
	.name = "GRUB with grub2-mkconfig",
	.loaders = "grub",
	.tools = "grub2-mkconfig",
	.distros = "opensuse opensuse-leap opensuse-tumbleweed",
	.reads = boot_reads_grub,
	.keep = boot_keep_words,
	.add = edit_grub_add,
	.remove = edit_grub_remove,
	.file = BOOT_GRUB,
	.makes = "/boot/grub2/grub.cfg",
	.regenerate = { "grub2-mkconfig", "-o", "/boot/grub2/grub.cfg" },
	.entries = "/boot/grub2/grub.cfg",
	.all_anew = true,
};
