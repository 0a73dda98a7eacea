// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * initramfs_mkinitcpio.c - mkinitcpio: a drop-in of ours. MODULES load in order, so the owner's i915 comes later.
 */
#include <string.h>

#include "base/text.h"
#include "plan/boot.h"

/* "default_config=...", not behind a "#", and with a value. */
static bool sets(struct span line, const char *tail)
{
	struct span name;

	line = text_trim(line);
	return !text_starts(line, "#") && text_until(&line, "=", &name) && text_ends(name, tail) && line.n &&
	       !text_eq(line, "\"\"") && !text_eq(line, "''");
}

const char *mkinitcpio_preset(const struct facts *f, const char *tail)
{
	for (size_t i = 0; i < f->n_texts; i++) {
		struct span rest = f->texts[i].bytes, line;

		if (strncmp(f->texts[i].path, "/etc/mkinitcpio.d/", 18) != 0)
			continue;
		while (span_line(&rest, &line))
			if (sets(line, tail))
				return f->texts[i].path;
	}
	return NULL;
}

/* A preset's configuration becomes "mkinitcpio -c", and that turns the drop-ins off (mkinitcpio v39, its presets and
 * parse of options). Presets as packaged before 2023-05 name one. */
static bool fits_preset(const struct facts *f)
{
	return f->initramfs.v && strcmp(f->initramfs.v, "mkinitcpio") == 0 && mkinitcpio_preset(f, "_config");
}

static void ask_preset(struct host_plan *h)
{
	plan_tell(h->p, PLAN_BY_HAND, "plan.preset",
		  "In %s put a # in front of the line with _config=, and in other presets beside it: with it "
		  "mkinitcpio "
		  "does not read /etc/mkinitcpio.conf.d, where igdctl puts vfio-pci. Then plan again.",
		  mkinitcpio_preset(h->f, "_config"));
}

const struct initramfs_row initramfs_mkinitcpio_preset = {
	.name = "mkinitcpio",
	.fits = fits_preset,
	.ask = ask_preset,
};

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
