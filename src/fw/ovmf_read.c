// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the image down to the DXE volume: the volumes of the flash, the file that holds volumes, its compressed
 * section, and the volumes in there. Which of them it is, is said by the DXE core alone: names and the order of the
 * volumes differ between builds (OvmfPkgX64.fdf has the PEI volume first, IntelTdxX64.fdf has none and a second DXE
 * volume behind).
 */
#include "fw/ovmf.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "fw/codec.h"
#include "fw/ffs_write.h"
#include "fw/fv_section.h"
#include "fw/ovmf_parts.h"
#include "std/pi.h"

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define DECODED_MAX ((size_t)1 << 20)
#else
#define DECODED_MAX ((size_t)64 << 20) /* the builds seen have 12 to 15.4 MiB */
#endif
#define CANDIDATES_MAX 4 /* files with volumes in them that are looked into: each may be a decompression */
#define LZMA_SIZE_AT   5 /* in the header of a .lzma stream: the decoded size, 64 bits; all ones: it does not say */
#define FILES_ARENA    ((size_t)1 << 20)

struct search {
	struct ovmf *o;
	struct report *rep;
	struct report first; /* why the first candidate was none */
	unsigned volumes, candidates;
	bool plain; /* a DXE core lies in the flash uncompressed */
};

/* What was noted since there were @before notes lies @by bytes further on; in the decompressed bytes an offset says
 * nothing to the reader, whose file holds them packed. */
static void notes_place(struct report *rep, size_t before, uint64_t by)
{
	for (size_t i = before; i < rep->n_notes; i++)
		rep->notes[i].at = by == REPORT_NOWHERE ? REPORT_NOWHERE : rep->notes[i].at + by;
}

/* ---- the decompressed bytes --------------------------------------------------------------------------------- */

static bool has_file(const struct volume *v, uint8_t type)
{
	size_t at = v->header_size;
	struct ffs_file f;

	while (volume_next(v, &at, &f, NULL) == 1)
		if (f.type == type && !f.deleted)
			return true;
	return false;
}

static int dxe_check(const struct ovmf *o, size_t at, struct report *rep)
{
	const struct volume *v = &o->dxe;

	if (v->partial)
		return report_refuse(rep, IGD_ELENGTH, at,
				     "the DXE volume says %llu bytes, where its section has %zu (decompressed)",
				     (unsigned long long)v->length, v->bytes.n);
	if ((v->system != VOLUME_FFS2 && v->system != VOLUME_FFS3) || v->revision < 2)
		return report_refuse(rep, IGD_EVERSION, at, "the DXE volume is %s of revision %u, which no OVMF has",
				     volume_system_str(v->system), v->revision);
	return 0;
}

/* The volume with the DXE core, and whether there is one with a PEI core. */
static int decoded_read(struct ovmf *o, struct report *rep)
{
	const struct span decoded = buffer_span(&o->decoded);
	const size_t before = rep->n_notes;
	bool found = false, pei = false;
	struct fv_section s;
	struct volume v;
	size_t at = 0;

	while (fv_section_next(decoded, &at, &s, NULL) == 1) {
		if (s.type != SECTION_VOLUME_IMAGE || volume_read(s.body, &v, NULL) < 0)
			continue;
		pei = pei || has_file(&v, FFS_PEI_CORE);
		ovmf_traits_of_volume(&o->traits, &v);
		if (found || !has_file(&v, FFS_DXE_CORE))
			continue;
		found = volume_read(s.body, &o->dxe, rep) == 0; /* again, for the notes */
		o->dxe_at = s.at + s.head;
	}
	notes_place(rep, before, REPORT_NOWHERE);
	if (!found)
		return report_refuse(rep, IGD_EMAGIC, o->stream_at,
				     "no OVMF: none of the volumes in its compressed section has a DXE core");
	o->traits.tdx = !pei; /* IntelTdxX64.fdf: SEC hands over to DXE itself */
	return dxe_check(o, o->dxe_at, rep);
}

static int stream_decode(struct ovmf *o, struct report *rep)
{
	uint64_t size;
	int r;

	if (!span_le64(o->stream, LZMA_SIZE_AT, &size))
		return report_refuse(rep, IGD_ETRUNC, o->stream_at, "the compressed section ends in the LZMA header");
	if (size == UINT64_MAX)
		return report_refuse(rep, IGD_ELENGTH, o->stream_at + LZMA_SIZE_AT,
				     "the LZMA header does not say how much it decompresses to: no OVMF boots so "
				     "(OvmfPkg/Sec/SecMain.c); take the distribution's image");
	r = codec_decode(CODEC_LZMA, o->stream, 0, DECODED_MAX, &o->decoded, rep);
	if (r < 0 && rep->refusal.at != REPORT_NOWHERE)
		rep->refusal.at += o->stream_at;
	return r;
}

/* ---- the file in the flash that holds them ------------------------------------------------------------------ */

/* Only empty bytes and empty pad files may follow the file, so that it can grow. */
static int behind_check(const struct ovmf *o, size_t at, struct report *rep)
{
	const struct volume *v = &o->outer;
	char name[GUID_STR];
	struct ffs_file f;
	struct span rest;

	while (volume_next(v, &at, &f, NULL) == 1)
		if (f.type != FFS_PAD || !span_is_filled(f.body, v->erased))
			return report_refuse(rep, IGD_EVERSION, o->outer_at + f.at,
					     "file %s follows the compressed one, which could not grow: a layout "
					     "that this program does not know",
					     guid_str(&f.guid, name));
	if (!span_from(v->bytes, at, &rest) || !span_is_filled(rest, v->erased))
		return report_refuse(rep, IGD_EVERSION, o->outer_at + at,
				     "bytes that are neither a file nor empty follow the compressed file");
	return 0;
}

/* Is @s the section that is looked for? 0, or why it is not. */
static int section_check(const struct fv_section *s, uint64_t at, struct report *rep)
{
	char type[16];

	if (s->type == SECTION_VOLUME_IMAGE)
		return report_refuse(
			rep, IGD_EVERSION, at,
			"the volumes lie in the flash uncompressed; only builds with LZMA are known here");
	if (s->type != SECTION_GUIDED || s->inside != INSIDE_CODED || s->codec != CODEC_LZMA)
		return report_refuse(
			rep, IGD_EVERSION, at,
			"the volumes lie in a section of type %s (%s), where OVMF has a GUIDed one with LZMA",
			fv_section_type_str(s->type, type), s->how ? s->how : "unknown");
	if (s->partial)
		return report_refuse(rep, IGD_ETRUNC, at, "the compressed section ends behind its file");
	return 0;
}

/* The one section of the file, its last. Others in front (padding, raw) are let be. */
static int section_find(const struct ffs_file *f, uint64_t file_at, struct fv_section *ret, struct report *rep)
{
	struct fv_section s;
	struct span rest;
	size_t at = 0;
	int r;

	do {
		if (fv_section_next(f->body, &at, &s, NULL) == 0)
			return report_refuse(rep, IGD_EMAGIC, file_at,
					     "no OVMF: its file for volumes holds no compressed section");
	} while (s.inside == INSIDE_NONE && s.type != SECTION_VOLUME_IMAGE);
	r = section_check(&s, file_at + f->head + s.at, rep);
	if (r < 0)
		return r;
	if (!span_from(f->body, at, &rest) || !(span_is_filled(rest, 0) || span_is_filled(rest, 0xff)))
		return report_refuse(rep, IGD_EVERSION, file_at + f->head + at,
				     "something follows the compressed section in its file: a layout that this "
				     "program does not know");
	*ret = s;
	return 0;
}

/* How large the stream may become: until the volume ends, or 24 bits of size do. */
static size_t room_of(const struct ovmf *o)
{
	size_t end = o->outer.bytes.n, before = o->stream_at - o->file_at, file_at = o->file_at - o->outer_at;

	if (end - file_at > FFS_SIZE_MAX)
		end = file_at + FFS_SIZE_MAX;
	end -= file_at + before;
	return end > o->stream.n ? end - o->stream.n : 0;
}

/* What is odd about the headers down to the section; they were read before. */
static void outer_notes(const struct ovmf *o, const struct ffs_file *f, struct report *rep)
{
	size_t before = rep->n_notes, at = f->at;
	struct ffs_file again;
	struct volume v;

	if (volume_read(o->outer.bytes, &v, rep) == 0 && volume_next(&v, &at, &again, rep) == 1)
		notes_place(rep, before, o->outer_at);
}

static int candidate_read(struct ovmf *o, const struct ffs_file *f, struct report *rep)
{
	struct fv_section s = { 0 };
	int r;

	o->file_at = o->outer_at + f->at;
	if (o->outer.partial)
		return report_refuse(rep, IGD_ETRUNC, o->outer_at,
				     "the image ends %llu bytes before its volume at 0x%zx does: it is cut short",
				     (unsigned long long)(o->outer.length - o->outer.bytes.n), o->outer_at);
	if (f->partial)
		return report_refuse(rep, IGD_ELENGTH, o->file_at + FFS_SIZE,
				     "the file for volumes says more bytes than its volume has left");
	outer_notes(o, f, rep);
	r = section_find(f, o->file_at, &s, rep);
	if (r < 0)
		return r;
	if (f->head != FFS_HEADER || s.head >= s.bytes.n || o->outer.revision < 2)
		return report_refuse(rep, IGD_EVERSION, o->file_at,
				     "the compressed file or section has a header of a form that no OVMF has");
	o->section_at = o->file_at + f->head + s.at;
	o->stream_at = o->section_at + s.head;
	o->stream = s.body;
	o->room = room_of(o);
	r = behind_check(o, f->at + f->bytes.n, rep);
	if (r < 0)
		return r;
	r = stream_decode(o, rep);
	if (r < 0)
		return r;
	r = decoded_read(o, rep);
	return r < 0 ? r : ovmf_files_read(o, rep);
}

/* ---- the flash ---------------------------------------------------------------------------------------------- */

/* Forget what a candidate left. */
static void candidate_drop(struct ovmf *o)
{
	buffer_done(&o->decoded);
	arena_done(&o->arena);
	o->arena = (struct arena) { .limit = FILES_ARENA };
	o->traits = (struct ovmf_traits) { .vars = o->traits.vars };
	o->files = NULL;
	o->n_files = 0;
	o->record = (struct span) { NULL, 0 };
}

/* 1: it is the one. What is said of the first that is not, stands for all. */
static int candidate_try(struct search *s, const struct ffs_file *f)
{
	struct report mine = s->rep ? *s->rep : (struct report) { 0 };

	if (candidate_read(s->o, f, &mine) == 0) {
		if (s->rep)
			*s->rep = mine;
		return 1;
	}
	candidate_drop(s->o);
	if (s->candidates++ == 0)
		s->first = mine;
	return 0;
}

/* 1: the volume of @s->o, @outer, has it. */
static int volume_try(struct search *s)
{
	const struct volume *v = &s->o->outer;
	size_t at = v->header_size;
	struct ffs_file f;

	s->volumes++;
	if (v->system != VOLUME_FFS2 && v->system != VOLUME_FFS3)
		return 0;
	while (s->candidates < CANDIDATES_MAX && volume_next(v, &at, &f, NULL) == 1) {
		if (f.type == FFS_VOLUME_IMAGE && !f.deleted && candidate_try(s, &f) == 1)
			return 1;
		s->plain = s->plain || f.type == FFS_DXE_CORE;
	}
	return 0;
}

/*
 * QEMU maps the file so that its last byte is the last below 4 GiB, 16 bytes behind the reset vector (QEMU
 * hw/i386/pc_sysfw.c), and SEC looks for the main volume where the build put it: a flash is volumes from the first
 * byte to the last, with SEC's at the end. The same bytes in an archive, in a disk of another format or with
 * something joined to them start nothing. @first: where the first volume is.
 */
static int flash_check(const struct ovmf *o, size_t first, struct report *rep)
{
	size_t at = o->outer_at, next = at, end = o->image.n;
	struct volume v, last = o->outer;
	struct span rest;

	if (first > 0)
		return report_refuse(rep, IGD_EMAGIC, 0,
				     "no image of flash: there are %zu bytes in front of the first volume of an "
				     "OVMF; unpack or convert it first",
				     first);
	while ((next = volume_find(o->image, next)) != SIZE_MAX)
		if (span_from(o->image, next, &rest) && volume_read(rest, &v, NULL) == 0) {
			if (next > o->outer_at && v.length == o->outer.length)
				return report_refuse(rep, IGD_EMAGIC, next,
						     "a second volume as long as the one at 0x%zx: two images were "
						     "joined, and a guest would start the other one",
						     o->outer_at);
			at = next;
			last = v;
			next += v.bytes.n;
		} else {
			next++;
		}
	if (last.partial)
		return report_refuse(rep, IGD_ETRUNC, at,
				     "the image ends %llu bytes before its volume at 0x%zx does: it is cut short",
				     (unsigned long long)(last.length - last.bytes.n), at);
	if (last.system == VOLUME_NVRAM)
		return report_refuse(rep, IGD_EMAGIC, at,
				     "variables lie behind the code, where no guest's reset vector is: they were "
				     "joined the wrong way round");
	if (at + last.bytes.n != end)
		return report_refuse(rep, IGD_EMAGIC, at + last.bytes.n,
				     "no image of flash: %zu bytes follow the last volume, where the reset vector "
				     "has to end the file; unpack or convert it first",
				     end - at - last.bytes.n);
	return 0;
}

static int none_found(const struct search *s, struct report *rep)
{
	if (s->candidates > 0) {
		if (rep)
			*rep = s->first;
		return s->first.code;
	}
	if (s->plain)
		return report_refuse(
			rep, IGD_EVERSION, 0,
			"the DXE core lies in the flash uncompressed; only builds with LZMA are known here");
	if (s->o->traits.vars)
		return report_refuse(rep, IGD_EMAGIC, 0,
				     "a file of variables and no code: take the OVMF_CODE that goes with it");
	if (s->volumes > 0)
		return report_refuse(rep, IGD_EMAGIC, 0,
				     "no OVMF: none of its firmware volumes (%u) has a file that holds volumes",
				     s->volumes);
	return report_refuse(rep, IGD_EMAGIC, 0, "no OVMF: %s",
			     s->o->image.n ? "it holds no firmware volume" : "it is empty");
}

int ovmf_read(struct span image, struct ovmf *ret, struct report *rep)
{
	struct ovmf o = { .image = image, .arena.limit = FILES_ARENA };
	struct search s = { .o = &o, .rep = rep };
	size_t first = SIZE_MAX;
	struct span rest;
	int r;

	for (size_t at = volume_find(image, 0); at != SIZE_MAX; at = volume_find(image, at)) {
		o.outer_at = at;
		if (!span_from(image, at, &rest) || volume_read(rest, &o.outer, NULL) < 0) {
			at++;
			continue;
		}
		first = first == SIZE_MAX ? at : first;
		if (o.outer.system == VOLUME_NVRAM)
			o.traits.vars = true;
		if (volume_try(&s) == 1) {
			r = flash_check(&o, first, rep);
			if (r < 0)
				ovmf_done(&o);
			else
				*ret = o;
			return r;
		}
		at += o.outer.bytes.n;
	}
	return none_found(&s, rep);
}

void ovmf_done(struct ovmf *o)
{
	buffer_done(&o->decoded);
	arena_done(&o->arena);
	*o = (struct ovmf) { 0 };
}

void ovmf_decoded_sha256(const struct ovmf *o, char ret[65])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, o->decoded.n, o->decoded.p);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}
