// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot_proxmox.c - proxmox-boot-tool: one or more EFI system partitions that are mounted only while they are made
 * anew, below /var/tmp/espmounts. What an owner has mounted at /boot/efi is looked at; else the entries are unknown,
 * and that is said.
 */
#include <string.h>

#include "plan/boot.h"

/* Proxmox pve-kernel-helper, proxmox-boot/zz-proxmox-boot: GRUB's menu is made by update-grub inside each ESP. */
const struct boot_row boot_proxmox_grub = {
	.name = "proxmox-boot-tool with GRUB",
	.loaders = "proxmox-boot-tool/grub",
	.tools = "proxmox-boot-tool",
	.distros = "debian proxmox",
	BOOT_GRUB_DROP_IN,
	.makes = "the EFI system partitions",
	.regenerate = { "proxmox-boot-tool", "refresh" },
	.entries = "/var/tmp/espmounts/*/grub/grub.cfg /boot/efi/grub/grub.cfg",
};

/* The same script: of /etc/kernel/cmdline the first line, and no root= there is an error. */
static bool reads_first(const struct conf *c)
{
	return strcmp(c->from, BOOT_CMDLINE ":1") == 0;
}

static int add_first(struct span text, const char *token, struct arena *a, struct span *ret)
{
	return edit_cmdline_add(text, token, true, a, ret);
}

static int remove_first(struct span text, const struct edit_word *w, struct arena *a, struct span *ret)
{
	return edit_cmdline_remove(text, w, true, a, ret);
}

const struct boot_row boot_proxmox_systemd = {
	.name = "proxmox-boot-tool with systemd-boot",
	.loaders = "proxmox-boot-tool/systemd-boot",
	.tools = "proxmox-boot-tool",
	.distros = "debian proxmox",
	.reads = reads_first,
	.keep = boot_keep_words,
	.begin = boot_cmdline_begin,
	.add = add_first,
	.remove = remove_first,
	.file = BOOT_CMDLINE,
	.where = "the first line of /etc/kernel/cmdline, which must hold root=",
	.makes = "the EFI system partitions",
	.regenerate = { "proxmox-boot-tool", "refresh" },
	.entries = "/var/tmp/espmounts/*/loader/entries/proxmox-*.conf /boot/efi/loader/entries/proxmox-*.conf",
};
