/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot.h - what the rows of boot loaders and initramfs systems are made of; private to boot*.c and initramfs*.c.
 */
#pragma once

#include "plan/host.h"

#define BOOT_GRUB      "/etc/default/grub"
#define BOOT_GRUB_OURS "/etc/default/grub.d/90-igdctl.cfg"
#define BOOT_CMDLINE   "/etc/kernel/cmdline"
#define BOOT_CMDLINE_WHERE                                                                                 \
	BOOT_CMDLINE                                                                                       \
	": when it comes to be it counts alone, so it must hold root= and all other words of an ordinary " \
	"start too"
#define BOOT_KEEP_OUT "module_blacklist=vfio_pci" /* of the spare entry: it keeps vfio-pci from loading */

/* Where Boot Loader Specification entries and unified kernel images lie, by where distributions mount the EFI system
 * partition (UAPI Boot Loader Specification, "The Partitions"). */
#define BOOT_ENTRIES(name) "/boot/loader/entries/" name " /efi/loader/entries/" name " /boot/efi/loader/entries/" name
#define BOOT_UKIS(name)	   "/boot/EFI/Linux/" name " /efi/EFI/Linux/" name " /boot/efi/EFI/Linux/" name

/* ---- .reads --------------------------------------------------------------------------------------------------- */

bool boot_reads_grub(const struct conf *c);
bool boot_reads_cmdline(const struct conf *c); /* /etc/kernel/cmdline alone */
bool boot_reads_running(const struct conf *c); /* the running kernel's alone */
bool boot_reads_entries(const struct conf *c); /* the same, and entries made by programs */

/* ---- .keep ---------------------------------------------------------------------------------------------------- */

/* A file of ours, .file, with all options between .before and .after. */
void boot_keep_own(struct host_plan *h, const struct boot_row *row);
/* Words in .file, which is the owner's. */
void boot_keep_words(struct host_plan *h, const struct boot_row *row);
/* One run of .command. */
void boot_keep_program(struct host_plan *h, const struct boot_row *row);
/* A person does it, at .where. */
void boot_keep_by_hand(struct host_plan *h, const struct boot_row *row);

/* The members that say: a file of ours in /etc/default/grub.d. */
#define BOOT_GRUB_DROP_IN                                                                                    \
	.reads = boot_reads_grub, .keep = boot_keep_own, .remove = edit_grub_remove, .file = BOOT_GRUB_OURS, \
	.before = "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT ", .after = "\""

/* ---- .begin, .add, .remove of a kernel command line in a file ------------------------------------------------ */

bool boot_cmdline_begin(struct host_plan *h, struct staged *s);
int boot_cmdline_add(struct span text, const char *token, struct arena *a, struct span *ret);
int boot_cmdline_remove(struct span text, const struct edit_word *w, struct arena *a, struct span *ret);

/* ---- for a .keep of its own ---------------------------------------------------------------------------------- */

/* Is @o to be written? @own: the file of ours that may hold it already; NULL: there is none. */
bool boot_wants(const struct host_plan *h, const struct boot_row *row, const struct option *o, const char *own);
/* Does @path hold it? */
bool boot_stands_in(const struct host_plan *h, const char *path, const struct option *o);
/* The entries will hold it, or, where it goes, lack it. */
void boot_hold(struct host_plan *h, const struct option *o, const char *token);
void boot_by_hand(struct host_plan *h, const struct option *o, const char *where);

/* Is it an entry that kernel-install made for this kernel: TOKEN-RELEASE.conf, TOKEN-RELEASE+TRIES.conf? */
bool boot_entry_is_of(const char *path, const char *release);
/* An entry of the Boot Loader Specification that starts this host on an ordinary day; of ostree's, what the next
 * shutdown makes one of (store/ostree.h). Those of other machines and snapshots are none of the facts. */
bool boot_is_entry(const struct text_file *t);
/* Is it a word of an entry for the day when nothing else boots? */
bool boot_is_of_rescue(const struct conf *c);

/* Is each of @words, between blanks, one of @list's? */
bool boot_words_in(const char *list, const char *words);

/* ---- the rows, in the order of the tables -------------------------------------------------------------------- */

extern const struct boot_row boot_sdbootutil;
extern const struct boot_row boot_ostree, boot_proxmox_grub, boot_proxmox_systemd, boot_grubby, boot_grub_update,
	boot_grub_mkconfig_d, boot_grub_mkconfig, boot_grub2_mkconfig, boot_kernel_install_image, boot_kernel_install,
	boot_kernel_install_modules, boot_sdboot_manage, boot_entries, boot_uki_mkinitcpio, boot_uki_debian,
	boot_uki_kernel_install, boot_uki_dracut, boot_uki, boot_refind, boot_limine, boot_extlinux, boot_petitboot,
	boot_zfsbootmenu;

/* A preset of mkinitcpio that sets a variable whose name ends in @tail, "_config"; NULL: none does. */
const char *mkinitcpio_preset(const struct facts *f, const char *tail);
/* The unified kernel images that "mkinitcpio -P" makes, between blanks, of @a; NULL: none is known. */
const char *mkinitcpio_ukis(const struct facts *f, struct arena *a);

extern const struct initramfs_row initramfs_mkinitcpio_preset, initramfs_mkinitcpio_modconf;
extern const struct initramfs_row initramfs_ostree, initramfs_tools, initramfs_dracut_debian, initramfs_dracut_named,
	initramfs_dracut_arch, initramfs_dracut, initramfs_mkinitcpio, initramfs_booster, initramfs_none;
