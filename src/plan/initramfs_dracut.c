// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * initramfs_dracut.c - dracut: a file of ours in its folder of settings. Ubuntu's and sid's bring an update-initramfs
 * of their own (Ubuntu 25.10: 108-3ubuntu1; sid: 112-7); Debian 12's and 13's (059-4, 106-6) do not.
 */
#include "plan/boot.h"

/* An image for any host ("hostonly=no") does not get /etc/modprobe.d: dracut 059, modules.d/90kernel-modules. */
#define TEXT                                                               \
	(HOST_HEAD "force_drivers+=\" vfio_pci vfio vfio_iommu_type1 \"\n" \
		   "install_optional_items+=\" " HOST_MODPROBE " \"\n")

/* dracut.conf(5), force_drivers, install_optional_items. */
const struct initramfs_row initramfs_dracut_debian = {
	.name = "dracut",
	.tools = "update-initramfs",
	.distros = "debian ubuntu",
	.path = "/etc/dracut.conf.d/90-igdctl.conf",
	.text = TEXT,
	.mode = 0644,
	.makes = "the initramfs of all kernels",
	.regenerate = { "update-initramfs", "-u", "-k", "all" },
	.images = "/boot/initrd.img-*",
};

/*
 * Debian 12 and 13: GRUB, and kernel-install, take /boot/initrd.img-RELEASE, which dracut's /etc/kernel/postinst.d
 * makes by name. With --regenerate-all it would go beside the boot entries instead, where these name another file, if
 * there are loader/entries and a folder called after the machine (dracut 059-4 and 106-6, /usr/bin/dracut,
 * "outfile=").
 */
const struct initramfs_row initramfs_dracut_named = {
	.name = "dracut",
	.tools = "vmlinuz-release initrd.img-release",
	.distros = "debian ubuntu",
	.path = "/etc/dracut.conf.d/90-igdctl.conf",
	.text = TEXT,
	.mode = 0644,
	.makes = "the initramfs of all kernels",
	.regenerate = { "dracut", "-f", "/boot/initrd.img-%K", "%K" },
	.images = "/boot/initrd.img-%K",
};

/*
 * Arch and its kin: "dracut --regenerate-all" calls the image after the kernel's release (dracut(8)), and the boot
 * entries name /boot/initramfs-linux.img, which hooks of the package manager make (EndeavourOS' dracut-rebuild,
 * others' own). Our file is what these read too; which of them it is, a person knows.
 */
static void ask_arch(struct host_plan *h)
{
	if (host_changes(h, "/etc/dracut.conf.d/90-igdctl.conf") || host_changes(h, HOST_MODPROBE))
		plan_tell(h->p, PLAN_BY_HAND, "initramfs.stale",
			  "Make the initramfs anew as this host does it (dracut-rebuild, or reinstall-kernels), "
			  "after this change and after it is taken back: boot entries name "
			  "/boot/initramfs-linux.img, which dracut by itself does not make.");
}

const struct initramfs_row initramfs_dracut_arch = {
	.name = "dracut",
	.tools = "vmlinuz-linux",
	.distros = "arch cachyos endeavouros manjaro",
	.path = "/etc/dracut.conf.d/90-igdctl.conf",
	.text = TEXT,
	.mode = 0644,
	.ask = ask_arch,
};

/* The image of kdump and the one for rescue are not made anew by --regenerate-all: dracut(8), "0-rescue". */
const struct initramfs_row initramfs_dracut = {
	.name = "dracut",
	.path = "/etc/dracut.conf.d/90-igdctl.conf",
	.text = TEXT,
	.mode = 0644,
	.makes = "the initramfs of all kernels",
	.regenerate = { "dracut", "-f", "--regenerate-all" },
	.images = "/boot/initramfs-*.x86_64.img /boot/initramfs-%K.img /boot/initrd-%K /boot/initrd.img-%K",
};
