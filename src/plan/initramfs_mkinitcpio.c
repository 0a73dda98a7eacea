// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * initramfs_mkinitcpio.c - mkinitcpio: a drop-in of ours. MODULES load in order, so the owner's i915 comes later.
 */
#include "base/text.h"
#include "plan/boot.h"

/* The hook "modconf" copies modprobe.d; the default configuration has it. */
static void ask_modconf(struct host_plan *h)
{
	const struct text_file *t = facts_text(h->f, "/etc/mkinitcpio.conf");

	if (t && t->there.v == TRI_YES && !text_has(t->bytes, "modconf"))
		plan_tell(h->p, PLAN_BY_HAND, "plan.modconf",
			  "Add modconf to HOOKS in /etc/mkinitcpio.conf: without it " HOST_MODPROBE
			  " does not get into the initramfs.");
}

/* mkinitcpio.conf(5), drop-ins since v36. */
const struct initramfs_row initramfs_mkinitcpio = {
	.name = "mkinitcpio",
	.path = "/etc/mkinitcpio.conf.d/90-igdctl.conf",
	.text = HOST_HEAD "MODULES=(vfio_pci vfio_iommu_type1 \"${MODULES[@]}\")\n",
	.mode = 0644,
	.ask = ask_modconf,
	.makes = "the initramfs of all presets",
	.regenerate = { "mkinitcpio", "-P" },
	.images = "/boot/initramfs-*.img",
};
