// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot_kernel_install.c - entries of the Boot Loader Specification that are made out of /etc/kernel/cmdline, by
 * kernel-install, or on openSUSE by sdbootutil.
 */
#include <stdio.h>

#include "base/text.h"
#include "plan/boot.h"

#define BY_KERNEL_INSTALL                                                                                          \
	.loaders = "systemd-boot", .reads = boot_reads_cmdline, .keep = boot_keep_words,                           \
	.begin = boot_cmdline_begin, .add = boot_cmdline_add, .remove = boot_cmdline_remove, .file = BOOT_CMDLINE, \
	.where = BOOT_CMDLINE_WHERE, .makes = "the boot entries of all kernels",                                   \
	.entries = BOOT_ENTRIES("*-%K.conf") " " BOOT_ENTRIES("*-%K+*.conf"), .all_anew = true

/*
 * systemd kernel-install(8), 90-loaderentry.install; Debian systemd-boot, zz-systemd-boot. An entry is called after
 * its kernel, with a count of tries behind where boots are counted (systemd AUTOMATIC_BOOT_ASSESSMENT).
 *
 * update-initramfs runs /etc/initramfs/post-update.d/systemd-boot, which is kernel-install with the image in /boot:
 * initramfs-tools 0.142, dracut 112-7. dracut by itself runs it from 106-6 on and not at 059-4.
 *
 * The images are copies that the firmware's boot loader starts: 85-initrd.install of systemd 252.39-1~deb12u2,
 * 55-initrd.install of 257.13-1~deb13u1 and 262-1. An "initrd" beside it may be what "dracut --regenerate-all" or
 * kernel-install once left, which no entry names.
 */
#define BY_DEBIAN                                                                             \
	BY_KERNEL_INSTALL, .initramfs = "initramfs-tools dracut", .distros = "debian ubuntu", \
			   .hooked = "update-initramfs",                                      \
			   .images = "/boot/*/%K/initrd.img-%K /efi/*/%K/initrd.img-%K /boot/efi/*/%K/initrd.img-%K"

/* Was the running kernel started with the image that lies in /boot, and no other? */
static bool starts_the_one_in_boot(const struct facts *f)
{
	struct span rest = span_str(f->cmdline.v ? f->cmdline.v : ""), word;
	char tail[256];
	bool found = false;

	snprintf(tail, sizeof(tail), "\\initrd.img-%s", f->kernel.v ? f->kernel.v : "");
	while (text_word(&rest, &word)) {
		if (!text_starts(word, "initrd="))
			continue;
		if (!text_ends(word, tail))
			return false;
		found = true;
	}
	return found;
}

/* As that hook does it: where dracut is, kernel-install by itself has it make one more image for each entry. */
const struct boot_row boot_kernel_install_image = {
	.name = "systemd-boot with kernel-install",
	.tools = "kernel-install zz-systemd-boot initrd.img-release",
	.fits = starts_the_one_in_boot,
	BY_DEBIAN,
	.regenerate = { "kernel-install", "add", "%K", "/boot/vmlinuz-%K", "/boot/initrd.img-%K" },
};

/* As that of a new kernel does it. */
const struct boot_row boot_kernel_install = {
	.name = "systemd-boot with kernel-install",
	.tools = "kernel-install zz-systemd-boot",
	BY_DEBIAN,
	.regenerate = { "kernel-install", "add", "%K", "/boot/vmlinuz-%K" },
};

/* The running kernel's entry was made so, and not by hand. */
static bool has_entry(const struct facts *f)
{
	for (size_t i = 0; f->kernel.v && i < f->n_texts; i++)
		if (f->texts[i].there.v == TRI_YES && boot_entry_is_of(f->texts[i].path, f->kernel.v))
			return true;
	return false;
}

/* Fedora, EndeavourOS, Arch: 50-dracut.install or 50-mkinitcpio.install make the initramfs on the way, and
 * 90-loaderentry.install lays it beside the kernel. */
const struct boot_row boot_kernel_install_modules = {
	.name = "systemd-boot with kernel-install, which makes the initramfs too",
	.tools = "kernel-install",
	.initramfs = "dracut mkinitcpio",
	.fits = has_entry,
	BY_KERNEL_INSTALL,
	.makes_initramfs = true,
	.regenerate = { "kernel-install", "add", "%K", "/lib/modules/%K/vmlinuz" },
	/* with the entries, so that one that is left half-written is seen to be (change/makes.c) */
	.images = BOOT_ENTRIES("*-%K.conf") " /boot/*/%K/initrd /efi/*/%K/initrd /boot/efi/*/%K/initrd",
};

/*
 * sdbootutil (openSUSE, 2026, 12630b2), "mkinitrd": each kernel's initramfs is made anew, into the EFI system
 * partition, with an entry whose options are those of /etc/kernel/cmdline; GRUB and systemd-boot read the same
 * entries. grub2-mkconfig and dracut by themselves make what nothing starts. Only the running snapshot's are made so:
 * each other one has entries of its own since snapper made it (10-sdbootutil.snapper, create_snapshot()), told apart
 * by rootflags=subvol= (sedrootflags()), and none of them counts (store/entry.h).
 */
const struct boot_row boot_sdbootutil = {
	.name = "sdbootutil",
	.loaders = "sdbootutil",
	.tools = "sdbootutil",
	.distros = "opensuse opensuse-tumbleweed opensuse-microos opensuse-slowroll",
	.reads = boot_reads_cmdline,
	.keep = boot_keep_words,
	.begin = boot_cmdline_begin,
	.add = boot_cmdline_add,
	.remove = boot_cmdline_remove,
	.file = BOOT_CMDLINE,
	.makes_initramfs = true,
	.makes = "the boot entries and the initramfs of all kernels",
	.regenerate = { "sdbootutil", "mkinitrd" },
	.entries = BOOT_ENTRIES("*.conf"),
};
