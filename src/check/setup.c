// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/setup.h"

#include <string.h>

#define GEN_NONE (-1) /* QEMU's own word for a chip that it has no stolen memory rules for */
#define MIB	 (1ULL << 20)

/* ---- the table ---------------------------------------------------------------------------------------------- */

#define CLASSES(from, to) ((2U << (to)) - (1U << (from)))

/*
 * One row a way: the first whose mode, generation as QEMU counts it, and class of QEMU fit is it. Settings stand as
 * they go to QEMU; "gms" is filled in from the host.
 */
static const struct way {
	enum mode mode;
	int8_t gen_from, gen_to;
	unsigned classes;
	enum vm_machine_kind machine;
	enum vm_firmware_kind firmware;
	enum rom_need rom;
	bool at_2, alone, any_machine, any_firmware;
	const char *settings;
	const char *note;
} ways[] = {
	/* SeaBIOS: legacy mode is on by its own conditions up to 9.2, by x-igd-legacy-mode from 10.0 */
	{ MODE_LEGACY, 6, 9, CLASSES(QEMU_A, QEMU_A), VM_MACHINE_PC, VM_SEABIOS, ROM_VBIOS, true, true, false, false,
	  "x-igd-opregion=on x-igd-gms", NULL },
	{ MODE_LEGACY, 6, 9, CLASSES(QEMU_B, QEMU_B), VM_MACHINE_PC, VM_SEABIOS, ROM_VBIOS, true, true, false, false,
	  "x-igd-opregion=on", NULL },
	{ MODE_LEGACY, 6, 9, CLASSES(QEMU_C, QEMU_E), VM_MACHINE_PC, VM_SEABIOS, ROM_VBIOS, true, true, false, false,
	  "x-igd-legacy-mode=auto x-igd-opregion=on",
	  "a VBIOS that keeps the host's stolen memory address shows nothing from QEMU 10.0 on (before 10.0.13 and "
	  "11.1)" },

	/* OVMF with a driver for the IGD */
	{ MODE_UEFI, 6, 9, CLASSES(QEMU_A, QEMU_A), VM_MACHINE_PC, VM_OVMF, ROM_UEFI, true, true, false, false,
	  "x-igd-opregion=on x-igd-gms", NULL },
	{ MODE_UEFI, 6, 9, CLASSES(QEMU_B, QEMU_B), VM_MACHINE_PC, VM_OVMF, ROM_UEFI, true, true, false, false,
	  "x-igd-opregion=on", NULL },
	{ MODE_UEFI, 11, 12, CLASSES(QEMU_B, QEMU_B), VM_MACHINE_PC, VM_OVMF, ROM_UEFI, true, true, false, false,
	  "x-igd-opregion=on", NULL },
	{ MODE_UEFI, 6, 12, CLASSES(QEMU_C, QEMU_E), VM_MACHINE_PC, VM_OVMF, ROM_UEFI, true, true, false, false,
	  "x-igd-legacy-mode=off x-igd-opregion=on x-igd-lpc=on", NULL },
	{ MODE_UEFI, GEN_NONE, GEN_NONE, CLASSES(QEMU_D, QEMU_E), VM_MACHINE_PC, VM_OVMF, ROM_UEFI, true, true, false,
	  false, "x-igd-legacy-mode=off x-igd-opregion=on x-igd-lpc=on",
	  "QEMU sets up no stolen memory for this chip, which keeps it in its second BAR" },

	/* beside an emulated display: nothing is set up by firmware, no port of the GPU shows anything */
	{ MODE_UPT, GEN_NONE, 12, CLASSES(QEMU_A, QEMU_B), VM_MACHINE_Q35, VM_OVMF, ROM_NO, false, false, true, true,
	  "x-igd-opregion=off", NULL },
	{ MODE_UPT, GEN_NONE, 12, CLASSES(QEMU_C, QEMU_E), VM_MACHINE_Q35, VM_OVMF, ROM_NO, false, false, true, true,
	  "x-igd-legacy-mode=off x-igd-opregion=off", NULL },

	{ MODE_SRIOV, GEN_NONE, 12, CLASSES(QEMU_A, QEMU_E), VM_MACHINE_Q35, VM_OVMF, ROM_NO, false, false, true,
	  true, "", NULL },

	/* QEMU 10.1 gives a mediated device the OpRegion unasked (106cdbcef4), and OVMF then hangs */
	{ MODE_GVTG, GEN_NONE, 12, CLASSES(QEMU_A, QEMU_B), VM_MACHINE_Q35, VM_OVMF, ROM_NO, false, false, true, true,
	  "x-igd-opregion=off", NULL },
	{ MODE_GVTG, GEN_NONE, 12, CLASSES(QEMU_C, QEMU_E), VM_MACHINE_Q35, VM_OVMF, ROM_NO, false, false, true, true,
	  "x-igd-legacy-mode=off x-igd-opregion=off", NULL },

	{ MODE_AMD_APU, GEN_NONE, 12, CLASSES(QEMU_A, QEMU_E), VM_MACHINE_Q35, VM_OVMF, ROM_UEFI, false, true, false,
	  false, "", NULL },
};

/* ---- what cannot be ----------------------------------------------------------------------------------------- */

static int gen_of(const struct setup_case *c)
{
	if (!c->id)
		return GEN_NONE;
	return c->id->kind == GPU_AMD_APU ? GEN_NONE : c->id->qemu_gen[c->qemu];
}

static bool needs_chip(enum mode m)
{
	return m == MODE_LEGACY || m == MODE_UEFI;
}

/* Modes that the chip itself does not offer, whatever QEMU does. NULL: it may. */
static const char *not_offered(const struct setup_case *c)
{
	const struct igd_id *id = c->id;

	if (!id)
		return NULL;
	if (id->kind == GPU_INTEL_DISCRETE && c->mode != MODE_SRIOV)
		return "this is a card, not an integrated GPU: nothing of what QEMU does for those is for it";
	if ((id->kind == GPU_AMD_APU) != (c->mode == MODE_AMD_APU))
		return id->kind == GPU_AMD_APU ? "this is a GPU of AMD; use the amd-apu mode"
					       : "this is no GPU of AMD";
	if (c->mode == MODE_LEGACY && id->legacy == SUPPORT_NO)
		return "this chip has no VBIOS, which legacy mode with SeaBIOS runs; use the uefi mode";
	if (c->mode == MODE_UPT && id->upt == SUPPORT_NO)
		return "QEMU offers this mode from Broadwell on, and not for this chip; use the uefi or legacy mode";
	if (c->mode == MODE_GVTG && id->gvtg == SUPPORT_NO)
		return "no kernel shares this chip by GVT-g";
	if (c->mode == MODE_SRIOV && !*id->sriov_mainline && !*id->sriov_dkms)
		return "no driver of this chip makes virtual functions";
	return NULL;
}

/* Why no row fits. NULL: one may. */
static const char *refusal(const struct setup_case *c)
{
	int gen = gen_of(c);
	bool stolen = c->id && (c->id->bdsm == BDSM_5C_32 || c->id->bdsm == BDSM_C0_64);

	if (not_offered(c) || !needs_chip(c->mode))
		return not_offered(c);
	if (!c->id)
		return "the chip is not known, and with it what QEMU does for it; give its host (--root, --capture) "
		       "or its id (--device)";
	if (c->secondary && c->mode == MODE_LEGACY)
		return "the host's firmware made another GPU the primary one, and the VBIOS then finds no VGA; "
		       "choose the integrated GPU as primary display in the firmware setup, or use the uefi mode";
	if (c->secondary && c->qemu < QEMU_D)
		return "the host's firmware made another GPU the primary one, and QEMU before 10.1 does nothing for "
		       "a GPU that is no VGA; choose the integrated GPU as primary display, or use 10.1 or newer";
	if (!stolen && c->qemu < QEMU_D)
		return "QEMU before 10.1 does not know that this chip has no register for stolen memory; use 10.1 or "
		       "newer";
	if (gen == GEN_NONE && stolen && c->id->qemu_gen[QEMU_E] == GEN_NONE)
		return "no QEMU from 9.2 on sets up stolen memory for this chip; use 9.1 or older, or the upt mode";
	if (gen == GEN_NONE && c->qemu == QEMU_B)
		return "QEMU 9.2 does not know this chip and sets nothing up for it (commit e433f20897); use QEMU "
		       "10.0 or newer";
	if (gen == GEN_NONE && c->qemu == QEMU_A)
		return "this QEMU does not know the chip";
	return NULL;
}

/* Up to 9.1 every chip that is not known counts as generation 8: stolen memory of 11 and later lands in a register
 * that they have not. */
static const char *old_note(const struct setup_case *c)
{
	return c->qemu == QEMU_A && needs_chip(c->mode) && c->id->generation >= 11
		       ? "QEMU up to 9.1 writes this chip's stolen memory into the wrong register; people run it so, "
			 "but QEMU 10.1 or newer does it right"
		       : NULL;
}

/* ---- settings ----------------------------------------------------------------------------------------------- */

/* The host's own size in units of 32 MiB, where x-igd-gms can say it; 2 (64 MiB) where it is not known. */
static const char *gms_of(const struct setup_case *c)
{
	static const char *const words[] = { "0x1", "0x1", "0x2", "0x3", "0x4", "0x5", "0x6", "0x7", "0x8",
					     "0x9", "0xa", "0xb", "0xc", "0xd", "0xe", "0xf", "0x10" };
	uint64_t n = c->stolen / (32 * MIB);

	if (c->stolen == 0)
		return words[2];
	return words[n < ARRAY_SIZE(words) ? n : ARRAY_SIZE(words) - 1];
}

static void put(struct setup *s, const char *name, const char *value)
{
	if (s->n_settings < SETUP_SETTINGS)
		s->settings[s->n_settings++] = (struct vm_setting) { .name = name, .value = value };
}

static const struct {
	const char *word, *name, *value;
} words[] = {
	{ "x-igd-legacy-mode=auto", "x-igd-legacy-mode", "auto" },
	{ "x-igd-legacy-mode=off", "x-igd-legacy-mode", "off" },
	{ "x-igd-opregion=on", "x-igd-opregion", "on" },
	{ "x-igd-opregion=off", "x-igd-opregion", "off" },
	{ "x-igd-lpc=on", "x-igd-lpc", "on" },
	{ "x-igd-gms", "x-igd-gms", NULL },
};

static void settings_make(const struct setup_case *c, const struct way *w, struct setup *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i].word);
		const char *at = strstr(w->settings, words[i].word);

		if (at && (at[n] == ' ' || at[n] == '\0'))
			put(s, words[i].name, words[i].value ? words[i].value : gms_of(c));
	}
	if (c->secondary && w->at_2 && c->qemu >= QEMU_D)
		put(s, "x-pci-class-code", "0x030000"); /* the GOP driver wants a VGA (a59d06305f) */
}

/* ---- answers ------------------------------------------------------------------------------------------------ */

static bool fits(const struct way *w, const struct setup_case *c, int gen)
{
	return w->mode == c->mode && gen >= w->gen_from && gen <= w->gen_to && (w->classes & (1U << c->qemu));
}

int setup_make(const struct setup_case *c, struct setup *ret, const char **why)
{
	const struct way *w = NULL;
	int gen = gen_of(c);

	*why = refusal(c);
	if (*why)
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(ways) && !w; i++)
		w = fits(&ways[i], c, gen) ? &ways[i] : NULL;
	if (!w) {
		*why = "no release of this class of QEMU brings this chip up in this mode";
		return 1;
	}
	*ret = (struct setup) {
		.machine = w->any_machine ? c->machine : w->machine,
		.any_firmware = w->any_firmware,
		.firmware = w->firmware,
		.at_2 = w->at_2,
		.alone = w->alone,
		.rom = w->rom,
		.note = w->note ? w->note : old_note(c),
	};
	settings_make(c, w, ret);
	return 0;
}

const struct vm_setting *setup_setting(const struct setup *s, const char *name)
{
	for (size_t i = 0; i < s->n_settings; i++)
		if (strcmp(s->settings[i].name, name) == 0)
			return &s->settings[i];
	return NULL;
}

bool setup_property_since(const char *name, unsigned *major, unsigned *minor)
{
	static const struct {
		const char *name;
		unsigned major, minor;
	} since[] = {
		{ "x-igd-lpc", 10, 0 },
		{ "x-igd-legacy-mode", 10, 0 },
		{ "x-pci-class-code", 10, 1 },
		{ "use-legacy-x86-rom", 10, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(since); i++)
		if (strcmp(since[i].name, name) == 0) {
			*major = since[i].major;
			*minor = since[i].minor;
			return true;
		}
	return false;
}

unsigned setup_oldest_machine(unsigned qemu_major, unsigned qemu_minor)
{
	static const struct {
		unsigned release, oldest;
	} oldest[] = { { 1101, 502 }, { 1100, 501 }, { 1002, 500 }, { 1001, 402 } };

	for (size_t i = 0; i < ARRAY_SIZE(oldest); i++)
		if (qemu_major * 100 + qemu_minor >= oldest[i].release)
			return oldest[i].oldest;
	return 0;
}

bool setup_gms_range(enum qemu_class qemu, const struct igd_id *id, unsigned *max, bool *fine)
{
	int gen = id->kind == GPU_AMD_APU ? GEN_NONE : id->qemu_gen[qemu];

	*fine = false;
	*max = 0x10;
	if (qemu == QEMU_B)
		return false;
	if (qemu == QEMU_A)
		return true;
	if (gen == GEN_NONE)
		return false;
	*max = gen <= 7 ? 0x10 : 0x40;
	*fine = qemu >= QEMU_D && gen >= 9;
	return true;
}
