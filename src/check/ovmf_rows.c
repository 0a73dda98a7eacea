// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ovmf_rows.c - what can be wrong with an OVMF image: its bytes, the drivers that were put in, and the package that
 * it came from.
 *
 * An image that boots may be wrong all the same: SEC looks at no checksum in flash, the DXE core passes over files
 * without a word, and a driver that does not start says nothing.
 */
#include "check/ovmf_rows.h"

#include <stdio.h>
#include <string.h>

#include "fw/pe.h"
#include "std/pi.h"

#define SEC    "EDK II OvmfPkg/Sec/SecMain.c"
#define FWVOL  "EDK II MdeModulePkg/Core/Dxe/FwVol/FwVol.c"
#define LOADER "EDK II MdeModulePkg/Core/Dxe/Image/Image.c"
#define PI     "UEFI Platform Initialization Specification 1.8, volume 3, 3.2"
#define POLICY "edk2-platforms Silicon/Intel/AlderlakeSiliconPkg (gGopPolicyProtocolGuid)"
#define RECORD "the record that ovmf inject leaves (igdctl src/fw/ovmf_record.h)"

static enum verdict verdict_by(const struct evidence *ev)
{
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static const char *file_str(const struct ovmf_file *f, char buf[128])
{
	char guid[GUID_STR];

	snprintf(buf, 128, "%s%s%s", f->name, *f->name ? " " : "", guid_str(&f->guid, guid));
	return buf;
}

static void file_evidence(const struct ovmf_case *c, struct evidence *ev, size_t i, const char *text)
{
	char name[128];

	evidence_add(ev, c->path, "%s: %s", file_str(&c->ovmf->files[i], name), text);
}

/* ---- the image ---------------------------------------------------------------------------------------------- */

static enum verdict no_ovmf(const struct ovmf_case *c, struct evidence *ev)
{
	if (!c->ovmf)
		evidence_add(ev, c->path, "%s", c->none);
	return verdict_by(ev);
}

static void faults_tell(const struct ovmf_case *c, struct evidence *ev, bool decoded, bool length)
{
	for (size_t i = 0; i < c->faults->n; i++) {
		const struct ovmf_fault *f = &c->faults->v[i];

		if (f->decoded == decoded && (f->kind == OVMF_FAULT_LENGTH) == length)
			evidence_add(ev, c->path, "%s0x%zx: %s", decoded ? "decompressed+" : "", f->at, f->text);
	}
}

static enum verdict flash_sums(const struct ovmf_case *c, struct evidence *ev)
{
	faults_tell(c, ev, false, false);
	return verdict_by(ev);
}

static enum verdict decoded_sums(const struct ovmf_case *c, struct evidence *ev)
{
	faults_tell(c, ev, true, false);
	return verdict_by(ev);
}

static enum verdict decoded_length(const struct ovmf_case *c, struct evidence *ev)
{
	faults_tell(c, ev, true, true);
	return verdict_by(ev);
}

/* ---- what is in the DXE volume ------------------------------------------------------------------------------ */

static enum verdict twice(const struct ovmf_case *c, struct evidence *ev)
{
	const struct ovmf_file *v = c->ovmf->files;

	for (size_t i = 0; i < c->ovmf->n_files; i++)
		for (size_t k = 0; k < i && v[i].type != FFS_PAD; k++)
			if (v[k].type != FFS_PAD && guid_eq(&v[i].guid, &v[k].guid)) {
				file_evidence(c, ev, i, "there is another of this GUID");
				break;
			}
	return verdict_by(ev);
}

static enum verdict machine(const struct ovmf_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->ovmf->n_files; i++) {
		const struct ovmf_file *f = &c->ovmf->files[i];
		char name[128];

		if (f->machine && f->machine != c->ovmf->traits.machine)
			evidence_add(ev, c->path, "%s is made for %s, the DXE core for %s", file_str(f, name),
				     pe_machine_str(f->machine), pe_machine_str(c->ovmf->traits.machine));
	}
	return verdict_by(ev);
}

static enum verdict unloadable(const struct ovmf_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->ovmf->n_files; i++) {
		const struct ovmf_file *f = &c->ovmf->files[i];

		if (c->seen[i].fault)
			file_evidence(c, ev, i, c->seen[i].fault);
		else if (f->te && f->whose != OVMF_STOCK)
			file_evidence(c, ev, i, "a TE image, and drivers are loaded from PE32 sections");
	}
	return verdict_by(ev);
}

/* ---- graphics ----------------------------------------------------------------------------------------------- */

/* The first GOP driver at or behind @i; n_files: none. */
static size_t next_gop(const struct ovmf_case *c, size_t i)
{
	while (i < c->ovmf->n_files && !c->seen[i].gop)
		i++;
	return i;
}

static size_t next_policy(const struct ovmf_case *c, size_t i)
{
	while (i < c->ovmf->n_files && !c->seen[i].policy)
		i++;
	return i;
}

static enum verdict gop_not_for_device(const struct ovmf_case *c, struct evidence *ev)
{
	size_t n = c->ovmf->n_files;

	for (size_t i = next_gop(c, 0); i < n; i = next_gop(c, i + 1)) {
		const struct gop *g = c->seen[i].gop;

		if (g->vendor == c->wish->vendor && (g->n_devices == 0 || gop_is_for(g, c->wish->device)))
			return VERDICT_PASS;
		evidence_add(ev, c->wish->device_from, "%04x:%04x is not in the table of the GOP driver %s",
			     c->wish->vendor, c->wish->device, or_dash(g->version));
	}
	return verdict_by(ev);
}

static enum verdict gop_without_policy(const struct ovmf_case *c, struct evidence *ev)
{
	size_t gop = next_gop(c, 0), n = c->ovmf->n_files;

	if (gop < n && c->seen[gop].gop->vendor == 0x8086 && next_policy(c, 0) == n)
		file_evidence(c, ev, gop, "a GOP driver, and no file offers the policy protocol");
	return verdict_by(ev);
}

static enum verdict policy_without_gop(const struct ovmf_case *c, struct evidence *ev)
{
	size_t policy = next_policy(c, 0), n = c->ovmf->n_files;

	if (policy < n && next_gop(c, 0) == n)
		file_evidence(c, ev, policy, "a policy for a GOP driver, and there is none");
	return verdict_by(ev);
}

static enum verdict vbt_damaged(const struct ovmf_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->ovmf->n_files; i++)
		if (c->seen[i].vbt_fault)
			file_evidence(c, ev, i, c->seen[i].vbt_fault);
	return verdict_by(ev);
}

static enum verdict somebodys(const struct ovmf_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->ovmf->n_files; i++)
		if (c->ovmf->files[i].whose == OVMF_SOMEBODY)
			file_evidence(c, ev, i, or_dash(c->ovmf->files[i].what));
	return verdict_by(ev);
}

static enum verdict both(const struct ovmf_case *c, struct evidence *ev)
{
	return somebodys(c, ev);
}

static enum verdict not_ours(const struct ovmf_case *c, struct evidence *ev)
{
	return c->ours ? VERDICT_PASS : somebodys(c, ev);
}

/* ---- what was injected -------------------------------------------------------------------------------------- */

static enum verdict other_version(const struct ovmf_case *c, struct evidence *ev)
{
	for (size_t i = 0; i < c->ovmf->n_files; i++) {
		const struct igd_driver_mark *m = &c->seen[i].mark;

		if (c->seen[i].ours && strcmp(m->version, c->wish->version) != 0)
			evidence_add(ev, c->path, "%s is of %s, this program of %s", igd_driver_name(m->driver),
				     m->version, c->wish->version);
	}
	return verdict_by(ev);
}

static enum verdict no_assignment(const struct ovmf_case *c, struct evidence *ev)
{
	if (!c->drivers[IGD_DRIVER_ASSIGNMENT])
		evidence_add(ev, c->path, "%s is not among the files", igd_driver_name(IGD_DRIVER_ASSIGNMENT));
	return verdict_by(ev);
}

static enum verdict confidential(const struct ovmf_case *c, struct evidence *ev)
{
	const struct ovmf_traits *t = &c->ovmf->traits;

	if (t->sev || t->tdx)
		evidence_add(ev, c->path, "a build for %s",
			     t->sev && t->tdx ? "SEV and TDX"
			     : t->sev	      ? "SEV"
					      : "TDX");
	return verdict_by(ev);
}

static enum verdict no_record(const struct ovmf_case *c, struct evidence *ev)
{
	if (!c->ovmf->record.p)
		evidence_add(ev, c->path, "there is no file with a record");
	else if (!c->recorded)
		evidence_add(ev, c->path, "there is a record, and it is damaged");
	return verdict_by(ev);
}

/* One thing that the record names, and what there is. */
static void compare(const struct ovmf_case *c, struct evidence *ev, const char *what, const char *recorded,
		    const char *there)
{
	if (*recorded && !*there)
		evidence_add(ev, c->path, "the record names a %s, and there is none", what);
	else if (!*recorded && *there)
		evidence_add(ev, c->path, "there is a %s that the record does not name", what);
	else if (strcmp(recorded, there) != 0)
		evidence_add(ev, c->path, "the %s is %.16s..., by the record %.16s...", what, there, recorded);
}

static bool has_driver(const struct ovmf_case *c, const char *sha256)
{
	for (size_t i = 0; i < c->ovmf->n_files; i++)
		if (strcmp(c->seen[i].sha256, sha256) == 0)
			return true;
	return false;
}

static enum verdict record_wrong(const struct ovmf_case *c, struct evidence *ev)
{
	const char *gop = "", *vbt = "";

	for (size_t i = 0; i < c->ovmf->n_files; i++) {
		if (guid_eq(&c->ovmf->files[i].guid, &igd_gop_guid))
			gop = c->seen[i].sha256;
		if (*c->seen[i].vbt_sha256)
			vbt = c->seen[i].vbt_sha256;
	}
	compare(c, ev, "GOP driver", c->record.gop_sha256, gop);
	compare(c, ev, "VBT", c->record.vbt_sha256, vbt);
	for (size_t i = 0; i < c->record.n_drivers; i++)
		if (!has_driver(c, c->record.drivers[i].sha256))
			evidence_add(ev, c->path, "the record names the driver %s, and none is the same",
				     c->record.drivers[i].name);
	return verdict_by(ev);
}

/* ---- the package -------------------------------------------------------------------------------------------- */

static enum verdict upgraded(const struct ovmf_case *c, struct evidence *ev)
{
	if (!*c->record.stock_sha256)
		return evidence_unknown(ev, "which image it was made from", "the record does not say");
	if (strcmp(c->record.stock_sha256, c->stock->sha256) == 0)
		return VERDICT_PASS;
	evidence_add(ev, c->stock->path, "SHA-256 %.16s...", c->stock->sha256);
	evidence_add(ev, c->path, "made from %s of SHA-256 %.16s...", or_dash(c->record.stock_name),
		     c->record.stock_sha256);
	return VERDICT_FAIL;
}

static bool same_file(const struct ovmf_file *a, const struct ovmf_file *b)
{
	return a->type == b->type && guid_eq(&a->guid, &b->guid) && a->bytes.n == b->bytes.n &&
	       memcmp(a->bytes.p, b->bytes.p, a->bytes.n) == 0;
}

/* The next file from *@i on that a build puts in; NULL at the end. Pads are where it suits. */
static const struct ovmf_file *stock_file(const struct ovmf *o, size_t *i)
{
	while (*i < o->n_files) {
		const struct ovmf_file *f = &o->files[(*i)++];

		if (f->type != FFS_PAD)
			return f;
	}
	return NULL;
}

/* The build's files keep their order, and others come behind or between them: so one pass over both finds each that
 * is gone or is another. */
static enum verdict stock_changed(const struct ovmf_case *c, struct evidence *ev)
{
	const struct ovmf_file *f, *want;
	size_t at = 0, i = 0, before;
	char name[128];

	if (!c->stock->ovmf)
		return evidence_unknown(ev, "the files of the package's image", c->stock->why);
	while ((want = stock_file(c->stock->ovmf, &i)) != NULL) {
		before = at;
		do
			f = stock_file(c->ovmf, &at);
		while (f && !same_file(f, want));
		if (f)
			continue;
		evidence_add(ev, c->stock->path, "%s is not in %s as it is there", file_str(want, name), c->path);
		at = before;
		if (ev->n == EVIDENCE_MAX)
			break;
	}
	return verdict_by(ev);
}

/* ---- where it boots ----------------------------------------------------------------------------------------- */

static enum verdict smm(const struct ovmf_case *c, struct evidence *ev)
{
	if (c->ovmf->traits.smm)
		evidence_add(ev, c->path, "it has an SMM core");
	return verdict_by(ev);
}

static enum verdict no_pflash(const struct ovmf_case *c, struct evidence *ev)
{
	if (!c->ovmf->traits.pflash)
		evidence_add(ev, c->path, "no driver for variables in flash");
	return verdict_by(ev);
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

const struct ovmf_row ovmf_rows[] = {
	{ { .id = "ovmf.no-ovmf",
	    .severity = SEV_BLOCK,
	    .says = "The file is no OVMF that can be read, so no guest starts from it.",
	    .fix = "Name the distribution's image of code, OVMF_CODE_4M.fd, or inject into it anew.",
	    .source = SEC ", DecompressMemFvs()" },
	  .test = no_ovmf },
	{ { .id = "ovmf.decoded-sums",
	    .severity = SEV_BLOCK,
	    .after = "ovmf.no-ovmf",
	    .says = "A checksum, a state or a length in the compressed volumes is wrong: the DXE core goes no "
		    "further there, and the machine may never get to its boot menu.",
	    .fix = "Inject into the distribution's image anew.",
	    .source = FWVOL ", FvCheck(); " PI },
	  .test = decoded_sums },
	{ { .id = "ovmf.decoded-length",
	    .severity = SEV_BLOCK,
	    .after = "ovmf.no-ovmf",
	    .says = "A compressed volume has another length than the section that it is in: SEC copies volumes to "
		    "fixed places by the lengths of the build.",
	    .fix = "Inject into the distribution's image anew.",
	    .source = SEC ", DecompressMemFvs()" },
	  .test = decoded_length },
	{ { .id = "ovmf.flash-sums",
	    .severity = SEV_WARN,
	    .after = "ovmf.no-ovmf",
	    .says = "A checksum or a length in flash is wrong. SEC does not look, so it may boot; tools and other "
		    "firmware refuse it.",
	    .fix = "Inject into the distribution's image anew.",
	    .source = SEC ", FindFfsFileAndSection(); " PI },
	  .test = flash_sums },
	{ { .id = "ovmf.twice",
	    .severity = SEV_BLOCK,
	    .after = "ovmf.no-ovmf",
	    .says = "Two files have the same GUID; the DXE core starts both.",
	    .fix = "Inject into the distribution's image, or take one out: igdctl ovmf remove --guid.",
	    .source = PI ".3 (a file's name is unique in its volume); " FWVOL },
	  .test = twice },
	{ { .id = "ovmf.machine",
	    .severity = SEV_BLOCK,
	    .after = "ovmf.no-ovmf",
	    .says = "A driver is made for another machine than the image, so it is never started.",
	    .fix = "Use the driver for the machine of the image; nearly all are X64.",
	    .source = LOADER ", CoreLoadPeImage()" },
	  .test = machine },
	{ { .id = "ovmf.unloadable",
	    .severity = SEV_BLOCK,
	    .after = "ovmf.no-ovmf",
	    .says = "A driver is cut short or no image that can be loaded, so it is never started.",
	    .fix = "Take the driver out of its source again, whole, and inject it anew.",
	    .source = LOADER ", CoreLoadPeImage()" },
	  .test = unloadable },

	{ { .id = "ovmf.both",
	    .severity = SEV_BLOCK,
	    .after = "ovmf.no-ovmf",
	    .says = "Somebody else's drivers for Intel graphics are in it beside igdctl's: both run, and the later "
		    "one undoes what the first has done.",
	    .fix = "Inject into the distribution's own image.",
	    .source = FWVOL },
	  .ask = OVMF_ASK_OURS,
	  .test = both },
	{ { .id = "ovmf.patched",
	    .severity = SEV_NOTE,
	    .after = "ovmf.no-ovmf",
	    .says = "Somebody built or put drivers for Intel graphics into it.",
	    .fix = "To use igdctl's, inject into the distribution's own image.",
	    .source = "the names and GUIDs of such drivers" },
	  .test = not_ours },
	{ { .id = "ovmf.vbt-damaged",
	    .severity = SEV_BLOCK,
	    .after = "ovmf.no-ovmf",
	    .says = "The VBT that the policy driver carries is damaged: the driver does not hand it out.",
	    .fix = "Inject anew with a VBT that igdctl vbt show reads.",
	    .source = "Linux drivers/gpu/drm/i915/display/intel_vbt_defs.h" },
	  .test = vbt_damaged },
	{ { .id = "ovmf.gop-not-for-device",
	    .catalog = "F45",
	    .severity = SEV_BLOCK,
	    .after = "ovmf.no-ovmf",
	    .says = "No GOP driver in it knows this GPU: no picture from the firmware.",
	    .fix = "Inject the GOP driver of the board's own firmware: igdctl fw extract --gop.",
	    .source = "the driver's own table of PCI ids" },
	  .ask = OVMF_ASK_DEVICE,
	  .test = gop_not_for_device },
	{ { .id = "ovmf.gop-without-policy",
	    .catalog = "F45",
	    .severity = SEV_WARN,
	    .after = "ovmf.no-ovmf",
	    .says = "Intel's GOP driver is in it without a policy driver, from which it takes the VBT: no picture "
		    "from the firmware.",
	    .fix = "Inject with igdctl's policy driver, that is without --bare.",
	    .source = POLICY },
	  .test = gop_without_policy },
	{ { .id = "ovmf.policy-without-gop",
	    .severity = SEV_NOTE,
	    .after = "ovmf.no-ovmf",
	    .says = "A policy driver is in it and no GOP driver: the picture begins with the guest's own driver, "
		    "unless a ROM brings one.",
	    .fix = "Inject with --gop for a picture from the firmware on.",
	    .source = POLICY },
	  .test = policy_without_gop },

	{ { .id = "ovmf.confidential",
	    .severity = SEV_BLOCK,
	    .after = "ovmf.no-ovmf",
	    .says = "It is a build for confidential guests, whose memory no device sees: the drivers refuse to work "
		    "there, and the measured image is not the distribution's.",
	    .fix = "Inject into a build for ordinary guests, OVMF_CODE_4M.fd.",
	    .source = "EDK II OvmfPkg/AmdSev/AmdSevX64.dsc, OvmfPkg/IntelTdx/IntelTdxX64.dsc" },
	  .ask = OVMF_ASK_OURS,
	  .test = confidential },
	{ { .id = "ovmf.other-version",
	    .severity = SEV_NOTE,
	    .after = "ovmf.no-ovmf",
	    .says = "Its drivers are of another version of igdctl.",
	    .fix = "Inject anew: igdctl ovmf inject --force takes the old ones out first.",
	    .source = "the mark in each driver" },
	  .ask = OVMF_ASK_OURS,
	  .test = other_version },
	{ { .id = "ovmf.no-assignment",
	    .severity = SEV_NOTE,
	    .after = "ovmf.no-ovmf",
	    .says = "The driver that sets up OpRegion and stolen memory is not in it: without a ROM that does, the "
		    "guest has neither.",
	    .fix = "Inject without --bare, or give the GPU a ROM from igdctl rom build.",
	    .source = "QEMU docs/igd-assign.txt" },
	  .ask = OVMF_ASK_OURS,
	  .test = no_assignment },
	{ { .id = "ovmf.no-record",
	    .severity = SEV_WARN,
	    .after = "ovmf.no-ovmf",
	    .says = "igdctl's drivers are in it without the record of what was put into which image: nobody can tell "
		    "whether the package has been upgraded since.",
	    .fix = "Inject into the distribution's image anew.",
	    .source = RECORD },
	  .ask = OVMF_ASK_OURS,
	  .test = no_record },
	{ { .id = "ovmf.record-wrong",
	    .severity = SEV_WARN,
	    .after = "ovmf.no-record",
	    .says = "What is in it is not what the record says was put in.",
	    .fix = "Inject into the distribution's image anew.",
	    .source = RECORD },
	  .ask = OVMF_ASK_OURS,
	  .test = record_wrong },
	{ { .id = "ovmf.upgraded",
	    .severity = SEV_WARN,
	    .after = "ovmf.no-record",
	    .says = "The package has been upgraded since: this image lacks its repairs.",
	    .fix = "Inject into the package's image of today, and point the VM to the result.",
	    .source = RECORD },
	  .ask = OVMF_ASK_OURS | OVMF_ASK_STOCK,
	  .test = upgraded },
	{ { .id = "ovmf.stock-changed",
	    .severity = SEV_WARN,
	    .after = "ovmf.upgraded",
	    .says = "A file of the package's image is gone from it, or is another.",
	    .fix = "Inject into the distribution's image anew.",
	    .source = RECORD },
	  .ask = OVMF_ASK_OURS | OVMF_ASK_STOCK,
	  .test = stock_changed },

	{ { .id = "ovmf.smm",
	    .severity = SEV_NOTE,
	    .after = "ovmf.no-ovmf",
	    .says = "It is a build with SMM: it boots on q35 with smm=on and nowhere else, and on i440fx the screen "
		    "stays dark.",
	    .fix = "For i440fx take the image without SMM, OVMF_CODE_4M.fd.",
	    .source = "EDK II OvmfPkg/README, SMM support" },
	  .test = smm },
	{ { .id = "ovmf.no-pflash",
	    .severity = SEV_NOTE,
	    .after = "ovmf.no-ovmf",
	    .says = "It keeps no variables in flash: it is given by -bios, and forgets boot entries.",
	    .source = "EDK II OvmfPkg/README" },
	  .test = no_pflash },
	{ { .id = NULL }, 0, NULL },
};
