// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What lies in the DXE volume: the files, whose each is, and what kind of build they make.
 *
 * A file of ours is known by its mark or its GUID. One of somebody else's is a display driver of Intel's, wherever it
 * came from, or one that is known by name: those who built the drivers for IGD into an OVMF took the GUIDs from one
 * another and did not always keep them, the names they kept.
 */
#include "fw/ovmf_parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/macros.h"
#include "fw/fv_section.h"
#include "fw/gop.h"
#include "fw/pe.h"
#include "fw/vbt.h"
#include "std/pi.h"

#define SECTIONS_MAX 32 /* that are looked at in a file: drivers have five */

/* ---- whose -------------------------------------------------------------------------------------------------- */

/*
 * Sources: Kethen/edk2 fc503d2 and acrn-edk2 OvmfPkg (IntelGopDriver, Vbt, PlatformGopPolicy; GvtGopDxe);
 * tomitamoeko/VfioIgdPkg 067328d; HouQiming/i915ovmfPkg 3d3a3ec, whose GUID is that of EDK II's QemuRamfbDxe, so only
 * the name tells. A GvtGopDxe with another GUID: seen on my33love/gk41-pve-ovmf.
 */
static const struct {
	struct guid guid;
	const char *what;
} strangers[] = {
	{ GUID(0x1647b4f3, 0x3e8a, 0x4fdd, 0x81, 0xc8, 0x32, 0x8e, 0xd6, 0x47, 0xab, 0x1a), "Intel's GOP driver" },
	{ GUID(0x1647b4f3, 0x3e8a, 0x4fef, 0x81, 0xc8, 0x32, 0x8e, 0xd6, 0x47, 0xab, 0x1a),
	  "a VBT for Intel's GOP driver" },
	{ GUID(0x9737d7ca, 0xd869, 0x46e5, 0xa5, 0xef, 0x75, 0xd9, 0x53, 0x86, 0x88, 0xde), "PlatformGopPolicy" },
	{ GUID(0x9737d7ca, 0xd869, 0x45e5, 0xa5, 0xef, 0x75, 0xd9, 0x53, 0x86, 0x88, 0xde),
	  "PlatformGopPolicy of VfioIgdPkg" },
	{ GUID(0xfdd95992, 0x8f3b, 0x4add, 0x8d, 0xec, 0x98, 0x9e, 0xa8, 0x4e, 0x9d, 0xf1), "IgdAssignmentDxe" },
	{ GUID(0xd8c7990d, 0x0130, 0x78a4, 0x00, 0x19, 0x80, 0xee, 0x3d, 0x36, 0x71, 0x3a), "GvtGopDxe of ACRN" },
};

static const struct {
	const char *name; /* of the UI section, in any case */
	const char *what;
} stranger_names[] = {
	{ "IntelGopDriver", "Intel's GOP driver" },
	{ "PlatformGopPolicy", "PlatformGopPolicy" },
	{ "IgdAssignmentDxe", "IgdAssignmentDxe" },
	{ "GvtGopDxe", "GvtGopDxe of ACRN" },
	{ "i915ovmf", "i915ovmf" },
};

/* What a stranger's file is; NULL: not known as one. The GUID says it more exactly than the name. */
static const char *stranger_what(const struct ovmf_file *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(strangers); i++)
		if (guid_eq(&strangers[i].guid, &f->guid))
			return strangers[i].what;
	for (size_t i = 0; i < ARRAY_SIZE(stranger_names); i++)
		if (strcasecmp(stranger_names[i].name, f->name) == 0)
			return stranger_names[i].what;
	return NULL;
}

/* "Intel GOP driver 9.0.1107"; NULL: it is none. */
static const char *gop_what(struct ovmf *o, const struct ovmf_file *f)
{
	struct gop g;
	bool te;

	if (!f->pe.p || !gop_read(f->pe, &g, &te) || g.vendor != 0x8086)
		return NULL;
	return arena_printf(&o->arena, "Intel GOP driver%s%s", *g.version ? " " : "", g.version);
}

static bool is_ours(struct ovmf *o, struct ovmf_file *f, struct span raw, const char *gop)
{
	struct igd_driver_mark mark;

	if (f->pe.p && igd_driver_is(f->pe, &mark)) {
		f->what = arena_printf(&o->arena, "%s %s", igd_driver_name(mark.driver), mark.version);
		return true;
	}
	for (enum igd_driver d = 0; d < IGD_DRIVERS; d++)
		if (guid_eq(&igd_driver_guids[d], &f->guid)) {
			f->what = igd_driver_name(d);
			return true;
		}
	if (guid_eq(&igd_gop_guid, &f->guid)) {
		f->what = gop ? gop : "the owner's GOP driver";
		return true;
	}
	if (!guid_eq(&igd_record_guid, &f->guid))
		return false;
	f->what = "the record of what igdctl did";
	if (raw.p && !o->record.p)
		o->record = raw;
	return true;
}

static void whose_read(struct ovmf *o, struct ovmf_file *f, struct span raw)
{
	const char *gop = gop_what(o, f), *known = stranger_what(f);
	struct vbt_info vbt;

	if (is_ours(o, f, raw, gop)) {
		f->whose = OVMF_IGDCTL;
		return;
	}
	f->what = gop ? gop : known;
	if (!f->what && raw.p && vbt_read(raw, &vbt, NULL) == 0)
		f->what = "a VBT";
	f->whose = f->what ? OVMF_SOMEBODY : OVMF_STOCK;
}

/* ---- one file ----------------------------------------------------------------------------------------------- */

/* Its sections: the first image, the name, the first raw one in @ret_raw. */
static void sections_read(struct ovmf_file *f, struct span *ret_raw)
{
	struct fv_section s;
	struct span te = { NULL, 0 };
	struct pe pe;
	size_t at = 0;

	for (unsigned i = 0; i < SECTIONS_MAX && fv_section_next(f->body, &at, &s, NULL) == 1; i++) {
		if (s.type == SECTION_PE32 && !f->pe.p)
			f->pe = s.body;
		else if (s.type == SECTION_TE && !te.p)
			te = s.body;
		else if (s.type == SECTION_RAW && !ret_raw->p)
			*ret_raw = s.body;
		else if (s.type == SECTION_UI && !*f->name)
			(void)fv_section_text(s.body, f->name, sizeof(f->name));
	}
	f->te = te.p != NULL;
	if (pe_read(f->pe.p ? f->pe : te, &pe, NULL) == 0)
		f->machine = pe.machine;
}

static void file_read(struct ovmf *o, const struct ffs_file *from, struct ovmf_file *f)
{
	const char *known = guid_name(&from->guid);
	struct span raw = { NULL, 0 };

	f->guid = from->guid;
	f->type = from->type;
	f->at = from->at;
	f->bytes = from->bytes;
	f->body = from->body;
	if (f->type == FFS_PAD || f->type == FFS_RAW) /* no sections */
		return;
	sections_read(f, &raw);
	if (!*f->name && known)
		snprintf(f->name, sizeof(f->name), "%s", known);
	whose_read(o, f, raw);
}

/* ---- the build ---------------------------------------------------------------------------------------------- */

/*
 * Drivers that only such builds have. EDK II stable202605, OvmfPkg: OvmfPkgX64.fdf, AmdSev/AmdSevX64.fdf,
 * Microvm/MicrovmX64.fdf; AmdSevDxe and TdxDxe are in the common builds too, and say nothing.
 */
enum hint { HINT_SECURE_BOOT, HINT_SEV, HINT_FLASH, HINT_MICROVM, HINTS };

static const struct {
	const char *name;
	enum hint hint;
} hints[] = {
	{ "SecureBootConfigDxe", HINT_SECURE_BOOT },
	{ "SecretDxe", HINT_SEV },
	{ "FvbServicesRuntimeDxe", HINT_FLASH },
	{ "FvbServicesSmm", HINT_FLASH },
	{ "VirtioFdtDxe", HINT_MICROVM },
};

void ovmf_traits_of_volume(struct ovmf_traits *t, const struct volume *v)
{
	size_t at = v->header_size;
	struct ffs_file f;

	while (volume_next(v, &at, &f, NULL) == 1)
		t->smm = t->smm || f.type == FFS_MM_CORE || f.type == FFS_MM_CORE_STANDALONE;
}

/* Is it made for QEMU? Firmware of a real board has compressed volumes with a DXE core as well. */
static bool is_for_qemu(const struct ovmf_file *f)
{
	return strncmp(f->name, "Qemu", 4) == 0 || strncmp(f->name, "Virtio", 6) == 0;
}

static int traits_read(struct ovmf *o, struct report *rep)
{
	bool has[HINTS] = { false }, qemu = false;

	for (const struct ovmf_file *f = o->files; f < o->files + o->n_files; f++) {
		qemu = qemu || is_for_qemu(f);
		if (f->type == FFS_DXE_CORE)
			o->traits.machine = f->machine;
		for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
			has[hints[i].hint] = has[hints[i].hint] || strcmp(hints[i].name, f->name) == 0;
	}
	if (!qemu)
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE,
				     "no OVMF: nothing in its DXE volume (%zu files) is a driver for QEMU; firmware "
				     "of a real machine is not to be changed in this way",
				     o->n_files);
	o->traits.secure_boot = has[HINT_SECURE_BOOT];
	o->traits.sev = has[HINT_SEV];
	o->traits.pflash = has[HINT_FLASH] && !has[HINT_MICROVM] && !o->traits.tdx && !o->traits.sev;
	return 0;
}

/* ---- all of them -------------------------------------------------------------------------------------------- */

/* How many there are; where they end is *@ret_end. */
static size_t files_count(const struct volume *v, size_t *ret_end)
{
	size_t at = v->header_size, n = 0;
	struct ffs_file f;

	while (volume_next(v, &at, &f, NULL) == 1)
		n += f.deleted ? 0 : 1;
	*ret_end = at;
	return n;
}

/* Where new files would go: behind the last, on the next multiple of 8, and only empty bytes from there on. */
static int end_read(struct ovmf *o, size_t end, struct report *rep)
{
	size_t whole = o->dxe.bytes.n;
	struct span rest;

	if (!span_from(o->dxe.bytes, end, &rest) || !span_is_filled(rest, o->dxe.erased))
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE,
				     "behind the last file of the DXE volume, at 0x%zx of it, are bytes that are "
				     "neither a file nor empty: it is damaged",
				     end);
	end = (end + 7) & ~(size_t)7;
	o->dxe_end = end < whole ? end : whole;
	o->dxe_room = whole - o->dxe_end;
	return 0;
}

static void duplicates_note(const struct ovmf *o, struct report *rep)
{
	char name[GUID_STR];

	for (size_t i = 0; i < o->n_files; i++)
		for (size_t j = 0; j < i; j++)
			if (o->files[i].type != FFS_PAD && o->files[j].type != FFS_PAD &&
			    guid_eq(&o->files[i].guid, &o->files[j].guid)) {
				report_note(rep, REPORT_NOWHERE, "two files of the DXE volume are called %s (%s)",
					    guid_str(&o->files[i].guid, name), or_dash(o->files[i].name));
				break;
			}
}

/* The files into o->files, which has room for o->n_files. */
static int files_fill(struct ovmf *o, struct report *rep)
{
	size_t at = o->dxe.header_size, before = rep ? rep->n_notes : 0, n = 0;
	struct ffs_file f;

	while (n < o->n_files && volume_next(&o->dxe, &at, &f, rep) == 1) {
		if (f.deleted)
			continue;
		if (f.partial)
			return report_refuse(
				rep, IGD_ELENGTH, REPORT_NOWHERE,
				"the last file of the DXE volume says more bytes than the volume has left");
		file_read(o, &f, &o->files[n++]);
	}
	for (size_t i = before; rep && i < rep->n_notes; i++)
		rep->notes[i].at = REPORT_NOWHERE; /* of the decompressed bytes */
	return 0;
}

int ovmf_files_read(struct ovmf *o, struct report *rep)
{
	size_t end;
	int r;

	o->n_files = files_count(&o->dxe, &end);
	if (o->n_files > OVMF_FILES_MAX)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "%zu files in the DXE volume are more than %d",
				     o->n_files, OVMF_FILES_MAX);
	o->files = arena_alloc(&o->arena, o->n_files * sizeof(*o->files));
	if (!o->files)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory for %zu files", o->n_files);
	r = files_fill(o, rep);
	if (r < 0)
		return r;
	r = end_read(o, end, rep);
	if (r < 0)
		return r;
	duplicates_note(o, rep);
	return traits_read(o, rep);
}
