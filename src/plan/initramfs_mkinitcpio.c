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
	h->n_bound = 0; /* not before that is done */
}

const struct initramfs_row initramfs_mkinitcpio_preset = {
	.name = "mkinitcpio",
	.fits = fits_preset,
	.ask = ask_preset,
};

/* A line of shell without what is behind a "#" that begins a word. */
static struct span without_comment(struct span line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '#' && (i == 0 || line.p[i - 1] == ' ' || line.p[i - 1] == '\t'))
			line.n = i;
	return text_trim(line);
}

static bool has_word(struct span rest, const char *want)
{
	struct span word;

	while (next_word(&rest, &word))
		if (text_eq(word, want))
			return true;
	return false;
}

/* Has HOOKS the hook @name once @text was read, which bash does? @had: before that. Other shell than assignments,
 * over one line or more, is not understood. */
static bool hooks_have(struct span text, const char *name, bool had)
{
	struct span line;
	bool inside = false;

	while (span_line(&text, &line)) {
		line = without_comment(line);
		if (text_skip(&line, "HOOKS=")) {
			had &= text_has(line, "HOOKS"); /* HOOKS=("${HOOKS[@]}" more) */
			inside = text_starts(line, "(");
		} else if (text_skip(&line, "HOOKS+=")) {
			inside = text_starts(line, "(");
		} else if (!inside) {
			continue;
		}
		had |= has_word(line, name);
		inside = inside && !text_has(line, ")");
	}
	return had;
}

/* The hook "modconf" copies modprobe.d. The drop-ins are read behind mkinitcpio.conf, in order of their names
 * (mkinitcpio.conf(5)). */
static bool lacks_modconf(const struct facts *f)
{
	const struct text_file *t = facts_text(f, "/etc/mkinitcpio.conf");
	bool had;

	if (!f->initramfs.v || strcmp(f->initramfs.v, "mkinitcpio") != 0 || !t || t->there.v != TRI_YES)
		return false;
	had = hooks_have(t->bytes, "modconf", false);
	for (size_t i = 0; i < f->n_texts; i++)
		if (f->texts[i].there.v == TRI_YES && strncmp(f->texts[i].path, "/etc/mkinitcpio.conf.d/", 23) == 0)
			had = hooks_have(f->texts[i].bytes, "modconf", had);
	return !had;
}

/* vfio-pci from such an image would know no ids=, and be loaded already when modprobe.d is there. */
static void ask_modconf(struct host_plan *h)
{
	plan_tell(h->p, PLAN_BY_HAND, "plan.modconf",
		  "Add modconf to HOOKS in /etc/mkinitcpio.conf, or in the file of /etc/mkinitcpio.conf.d that sets "
		  "it: without it " HOST_MODPROBE " does not get into the initramfs. Then plan again.");
	h->n_bound = 0; /* not before that is done */
}

const struct initramfs_row initramfs_mkinitcpio_modconf = {
	.name = "mkinitcpio",
	.fits = lacks_modconf,
	.ask = ask_modconf,
};

/* mkinitcpio.conf(5), drop-ins since v36. */
const struct initramfs_row initramfs_mkinitcpio = {
	.name = "mkinitcpio",
	.path = "/etc/mkinitcpio.conf.d/90-igdctl.conf",
	.text = HOST_HEAD "MODULES=(vfio_pci vfio_iommu_type1 \"${MODULES[@]}\")\n",
	.mode = 0644,
	.makes = "the initramfs of all presets",
	.regenerate = { "mkinitcpio", "-P" },
	.images = "/boot/initramfs-*.img",
	.images_of = initramfs_of,
};
