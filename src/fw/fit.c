// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fit.c - whether a GOP, a VBT or a VBIOS out of a firmware file is for a given GPU, and why.
 */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "fw/igd_id.h"
#include "fw/scan.h"

const char *fit_str(enum fit f)
{
	static const char *const words[] = {
		[FIT_UNKNOWN] = "unknown", [FIT_NO] = "no", [FIT_PATCH] = "patch", [FIT_YES] = "yes"
	};

	return words[f];
}

/*
 * The word behind "$VBT" and the generations of graphics that carry it; the word is coarse. Seen on: 685 tables,
 * Lakeport to Panther Lake.
 */
static const struct {
	const char *word;
	const char *platforms; /* of data/igd.tsv, by how they begin, ", " between */
} families[] = {
	{ "SNB/IVB", "Sandy Bridge, Ivy Bridge" },
	{ "SANDYBRIDGE", "Sandy Bridge, Ivy Bridge" },
	{ "IVYBRIDGE", "Ivy Bridge, Sandy Bridge" },
	{ "HASWELL", "Haswell" },
	{ "BROADWELL", "Broadwell, Haswell" },
	{ "VALLEYVIEW", "Valleyview" },
	{ "CHERRYVIEW", "Cherryview" },
	{ "SKYLAKE", "Skylake, Kaby Lake, Coffee Lake, Comet Lake, Amber Lake, Whiskey Lake" },
	{ "KABYLAKE", "Skylake, Kaby Lake, Coffee Lake, Comet Lake, Amber Lake, Whiskey Lake" },
	{ "COFFEELAKE", "Skylake, Kaby Lake, Coffee Lake, Comet Lake, Amber Lake, Whiskey Lake" },
	{ "BROXTON", "Broxton" },
	{ "GEMINILAKE", "Gemini Lake" },
	{ "CANNONLAKE", "Cannon Lake" },
	{ "ICELAKE", "Ice Lake, Elkhart Lake, Jasper Lake" },
	{ "ELKHARTLAKE", "Elkhart Lake, Jasper Lake" },
	{ "JASPERLAKE", "Jasper Lake, Elkhart Lake" },
	{ "TIGERLAKE", "Tiger Lake, Rocket Lake" },
	{ "ROCKETLAKE", "Rocket Lake, Tiger Lake" },
	{ "ALDERLAKE-S", "Alder Lake-S, Raptor Lake-S" },
	{ "ALDERLAKE-P", "Alder Lake-P, Alder Lake-N, Raptor Lake-P, Raptor Lake-U" },
	{ "METEORLAKE", "Meteor Lake, Arrow Lake" },
	{ "LUNARLAKE", "Lunar Lake" },
	{ "PANTHERLAKE", "Panther Lake, Wildcat Lake" },
};

static bool names(const char *list, const char *platform)
{
	for (;;) {
		size_t n = strcspn(list, ",");

		if (strncmp(list, platform, n) == 0)
			return true;
		if (list[n] == '\0')
			return false;
		list += n + 2;
	}
}

static enum fit vbt_fit(const struct fw_artifact *a, const struct igd_id *gpu, char *why, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		bool fits;

		if (strncmp(a->platform, families[i].word, strlen(families[i].word)) != 0)
			continue;
		fits = names(families[i].platforms, gpu->platform);
		snprintf(why, n, "a VBT called %s is for %s", a->platform, families[i].platforms);
		return fits ? FIT_YES : FIT_NO;
	}
	snprintf(why, n, "%s is a platform this program has no list for", or_dash(a->platform));
	return FIT_UNKNOWN;
}

static enum fit gop_fit(const struct fw_artifact *a, uint16_t device, char *why, size_t n)
{
	if (a->gop->n_devices == 0) {
		snprintf(why, n, "no table of device ids was found in it");
		return FIT_UNKNOWN;
	}
	if (!gop_is_for(a->gop, device)) {
		snprintf(why, n, "%04x is not among the %zu device ids of its table", device, a->gop->n_devices);
		return FIT_NO;
	}
	snprintf(why, n, "%04x is in its table of %zu device ids%s", device, a->gop->n_devices,
		 a->gop->pe.machine == PE_X64 ? "" : ", but it is not built for X64, which guest firmware is");
	return a->gop->pe.machine == PE_X64 ? FIT_YES : FIT_NO;
}

/* Its own code looks for the device, and where it does not find it no change of an id helps. */
static bool vbios_stops(const struct fw_artifact *a, uint16_t device)
{
	for (size_t i = 0; i < a->n_starts_on; i++)
		if (a->starts_on[i] == device)
			return false;
	return a->n_starts_on > 0;
}

/* A VBIOS names one device of its family; what it can drive shows in the platform word of its VBT. */
static enum fit vbios_fit(const struct fw_artifact *a, const struct igd_id *gpu, char *why, size_t n)
{
	char word[128] = "";
	enum fit f;

	if (vbios_stops(a, gpu->device)) {
		snprintf(why, n, "its code looks for %zu devices, %04x is none of them, and so it stops for ever",
			 a->n_starts_on, gpu->device);
		return FIT_NO;
	}
	if (a->device == gpu->device) {
		snprintf(why, n, "its PCI id is that of the device");
		return FIT_YES;
	}
	f = a->bdb_version ? vbt_fit(a, gpu, word, sizeof(word)) : FIT_UNKNOWN;
	if (f == FIT_YES)
		snprintf(why, n, "it names %04x of the same family: its id must be changed to %04x", a->device,
			 gpu->device);
	else
		snprintf(why, n, "it names %04x%s%s", a->device, *word ? ", and " : "", word);
	return f == FIT_YES ? FIT_PATCH : f;
}

enum fit fw_fit(const struct fw_artifact *a, uint16_t vendor, uint16_t device, char *why, size_t n)
{
	bool amd = a->kind == ART_AMD_GOP || a->kind == ART_AMD_VBIOS;
	const struct igd_id *gpu = igd_id_find(vendor, device);

	if (amd != (vendor == 0x1002)) {
		snprintf(why, n, "it is %s's, the device is not", amd ? "AMD" : "Intel");
		return FIT_NO;
	}
	if (a->kind == ART_GOP)
		return gop_fit(a, device, why, n);
	if (a->kind == ART_AMD_VBIOS) {
		snprintf(why, n, "its PCI id is %04x", a->device);
		return a->device == device ? FIT_YES : FIT_NO;
	}
	if (a->kind == ART_AMD_GOP) {
		snprintf(why, n, "AMD's drivers carry no table of ids that is known");
		return FIT_UNKNOWN;
	}
	if (!gpu) {
		snprintf(why, n, "%04x:%04x is a GPU this program does not know", vendor, device);
		return FIT_UNKNOWN;
	}
	return a->kind == ART_VBT ? vbt_fit(a, gpu, why, n) : vbios_fit(a, gpu, why, n);
}
