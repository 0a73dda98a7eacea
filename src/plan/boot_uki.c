// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot_uki.c - unified kernel images: the options are part of the image, so it is made anew, by the program that
 * makes it; where that is not known, a person adds an addon beside it.
 */
#include <string.h>

#include "plan/boot.h"

#define CMDLINE_D "/etc/cmdline.d/90-igdctl.conf"

static bool reads_any(const struct conf *c)
{
	return c->kind == CONF_KERNEL_CMDLINE;
}

/* What makes the image may read the file or not. */
static bool reads_either(const struct conf *c)
{
	return boot_reads_running(c) || boot_reads_cmdline(c);
}

static bool has_root(const struct host_plan *h)
{
	for (size_t i = 0; i < h->f->n_confs; i++)
		if (h->f->confs[i].kind == CONF_KERNEL_CMDLINE && h->f->confs[i].key &&
		    strcmp(h->f->confs[i].key, "root") == 0)
			return true;
	return false;
}

/* With a file in cmdline.d the running kernel's words no longer stand in for a missing one; a preset that names a
 * file by "_cmdline=" has that one read alone. */
static void keep_cmdline_d(struct host_plan *h, const struct boot_row *row)
{
	const char *preset = mkinitcpio_preset(h->f, "_cmdline"), *where = row->where;

	if (!preset && has_root(h)) {
		boot_keep_own(h, row);
		return;
	}
	if (preset)
		where = arena_printf(h->a, "the file that %s names by _cmdline=, and run \"mkinitcpio -P\"", preset);
	for (size_t i = 0; i < h->n_options; i++)
		if (boot_wants(h, row, &h->options[i], row->file))
			boot_by_hand(h, &h->options[i], where);
}

/* mkinitcpio(8) v36, --cmdline. */
const struct boot_row boot_uki_mkinitcpio = {
	.name = "unified kernel image by mkinitcpio",
	.loaders = "uki",
	.tools = "mkinitcpio",
	.initramfs = "mkinitcpio",
	.distros = "arch cachyos endeavouros manjaro",
	.reads = reads_any,
	.keep = keep_cmdline_d,
	.remove = boot_cmdline_remove,
	.file = CMDLINE_D,
	.before = "",
	.after = "",
	.where = "/etc/kernel/cmdline, which must then hold root= and all other words too",
	.makes_initramfs = true,
	.makes = "the unified kernel images",
	.regenerate = { "mkinitcpio", "-P" },
	.entries = BOOT_UKIS("*.efi"),
	.images_of = mkinitcpio_ukis,
};

/* systemd kernel-install(8): "layout=uki" of install.conf; 50-dracut.install and 60-ukify.install ask for it. An
 * image is called after its kernel, with a count of tries behind where boots are counted. */
#define BY_KERNEL_INSTALL                                                                                          \
	.loaders = "uki", .reads = boot_reads_cmdline, .keep = boot_keep_words, .begin = boot_cmdline_begin,       \
	.add = boot_cmdline_add, .remove = boot_cmdline_remove, .file = BOOT_CMDLINE, .where = BOOT_CMDLINE_WHERE, \
	.makes = "the unified kernel images of all kernels",                                                       \
	.entries = BOOT_UKIS("*-%K.efi") " " BOOT_UKIS("*-%K+*.efi"),                                              \
	.images = BOOT_UKIS("*-%K.efi") " " BOOT_UKIS("*-%K+*.efi"), .all_anew = true

static bool has_kernels_in_boot(const struct facts *f)
{
	return !f->tools.v || facts_word_in(f->tools.v, "vmlinuz-release") ||
	       facts_word_in(f->tools.v, "update-initramfs");
}

/* Debian's and Ubuntu's kernels are in /boot, and kernel-install takes the initramfs that is there already
 * (systemd 252.39-1~deb12u2, 85-initrd.install; 257.13-1~deb13u1, 55-initrd.install, beside one that dracut's
 * 50-dracut.install makes). Debian's dracut brings no update-initramfs before 112. */
const struct boot_row boot_uki_debian = {
	.name = "unified kernel image by kernel-install, of Debian",
	.tools = "kernel-install kernel-install/uki",
	.initramfs = "initramfs-tools dracut",
	.fits = has_kernels_in_boot,
	.distros = "debian ubuntu",
	BY_KERNEL_INSTALL,
	.regenerate = { "kernel-install", "add", "%K", "/boot/vmlinuz-%K" },
};

const struct boot_row boot_uki_kernel_install = {
	.name = "unified kernel image by kernel-install",
	.tools = "kernel-install kernel-install/uki",
	.initramfs = "dracut",
	.distros = "fedora",
	BY_KERNEL_INSTALL,
	.makes_initramfs = true,
	.regenerate = { "kernel-install", "add", "%K", "/lib/modules/%K/vmlinuz" },
};

/* dracut.conf(5), uefi and kernel_cmdline: what it finds out of the root by itself is only for an image without. */
const struct boot_row boot_uki_dracut = {
	.name = "unified kernel image by dracut",
	.loaders = "uki",
	.tools = "dracut",
	.initramfs = "dracut",
	.reads = reads_either,
	.keep = boot_keep_by_hand,
	.by_program = true,
	.where = ("kernel_cmdline=\"...\" in a file of /etc/dracut.conf.d, which must then hold root= and all other "
		  "words too; then run \"dracut -f --uefi --regenerate-all\""),
};

/* systemd-stub(7), "Companion files": *.addon.efi, since 254; ukify(1). */
const struct boot_row boot_uki = {
	.name = "unified kernel image, by whatever",
	.loaders = "uki",
	.reads = reads_either,
	.keep = boot_keep_by_hand,
	.by_program = true,
	.where = ("/etc/kernel/cmdline, if what makes the image reads that, and make the image anew; or put all such "
		  "words into an addon: \"ukify build --cmdline='...' --output=igdctl.addon.efi\", laid into "
		  "loader/addons of the EFI system partition (or NAME.efi.extra.d beside the image), and signed "
		  "where Secure Boot is on"),
};
