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

#define SHELL "'\" \t()" /* around words of a preset, which is sourced by bash */

/* A word that bash takes as it stands. */
static bool next_word(struct span *rest, struct span *ret)
{
	size_t from = 0, to;

	while (from < rest->n && strchr(SHELL, rest->p[from]))
		from++;
	for (to = from; to < rest->n && !strchr(SHELL, rest->p[to]);)
		to++;
	return to > from && span_cut(*rest, from, to - from, ret) && span_from(*rest, to, rest);
}

/* Is @name in the PRESETS=() of @text? */
static bool is_preset(struct span text, struct span name)
{
	struct span line, word;

	while (span_line(&text, &line)) {
		line = text_trim(line);
		if (!text_skip(&line, "PRESETS="))
			continue;
		while (next_word(&line, &word))
			if (span_same(word, name))
				return true;
	}
	return false;
}

/* The file that @line, "default_uki=/efi/EFI/Linux/arch.efi", has @text's preset make. */
static bool names_image(struct span text, struct span line, const char *tail, struct span *ret)
{
	struct span name;

	line = text_trim(line);
	if (!text_until(&line, tail, &name) || !is_preset(text, name) || !next_word(&line, ret))
		return false;
	return text_starts(*ret, "/") && !text_has(*ret, "$") && !text_has(*ret, "*");
}

/* All that "mkinitcpio -P" makes of one kind; NULL: none is known, as presets can be programs. */
static const char *images_of(const struct facts *f, const char *tail, struct arena *a)
{
	const char *all = NULL;

	for (size_t i = 0; i < f->n_texts; i++) {
		const struct text_file *t = &f->texts[i];
		struct span rest = t->bytes, line, image;

		while (strncmp(t->path, "/etc/mkinitcpio.d/", 18) == 0 && span_line(&rest, &line))
			if (names_image(t->bytes, line, tail, &image))
				all = arena_printf(a, "%s%s%s", all ? all : "", all ? " " : "", arena_span(a, image));
	}
	return all;
}

const char *mkinitcpio_ukis(const struct facts *f, struct arena *a)
{
	return images_of(f, "_uki=", a);
}

static const char *initramfs_of(const struct facts *f, struct arena *a)
{
	return images_of(f, "_image=", a);
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
		  "mkinitcpio does not read /etc/mkinitcpio.conf.d, where igdctl puts vfio-pci. Then plan again.",
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
	.images_of = initramfs_of,
};
