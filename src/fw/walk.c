// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/walk.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/text.h"
#include "fw/carve.h"
#include "fw/cbfs.h"
#include "fw/codec.h"
#include "fw/flash.h"
#include "fw/fv_section.h"
#include "fw/oprom.h"
#include "fw/pe.h"
#include "fw/volume.h"
#include "fw/wrap.h"
#include "std/pi.h"

const struct fw_limits fw_limits = {
	.depth = 96,
	.nodes = 1U << 20,
	.decoded = (size_t)2 << 30,
	.one = (size_t)512 << 20,
};

struct walk {
	const struct fw_visitor *visitor;
	struct fw_limits left; /* what may still be done */
	struct report rep;     /* of the parser at work; told and emptied after each */
	struct fw_node *file;  /* the file around; its name may still be found */
	char name[128];	       /* of that file */
	bool full;	       /* no more nodes, and that was said */
	size_t region_from;    /* where to begin in the region that is entered next */
};

/* What goes on inside a node. Answers as the visitor did. */
typedef int inside_fn(struct walk *w, const struct fw_node *n);

/* ---- telling ------------------------------------------------------------------------------------------------ */

static void tell(struct walk *w, const struct fw_node *n, bool damage, const struct report_note *note)
{
	if (w->visitor->tell)
		w->visitor->tell(w->visitor->ctx, n, damage, note);
}

static void report_empty(struct report *rep)
{
	rep->n_notes = rep->n_dropped = 0;
	rep->code = 0;
}

/* Hand over what the last parser had to say about @n: its refusal is damage; its notes are when @damage. */
static void tell_all(struct walk *w, const struct fw_node *n, bool damage)
{
	for (size_t i = 0; i < w->rep.n_notes; i++)
		tell(w, n, damage, &w->rep.notes[i]);
	if (w->rep.code)
		tell(w, n, true, &w->rep.refusal);
	report_empty(&w->rep);
}

static void tell_damage(struct walk *w, const struct fw_node *n, uint64_t at, const char *fmt, ...) _printf_(4, 5);

static void tell_damage(struct walk *w, const struct fw_node *n, uint64_t at, const char *fmt, ...)
{
	struct report_note note = { .at = at };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(note.text, sizeof(note.text), fmt, ap);
	va_end(ap);
	text_clean(note.text);
	tell(w, n, true, &note);
}

/* ---- nodes -------------------------------------------------------------------------------------------------- */

/* A child of @up whose bytes are @whole at @at of its inside, all of them body. */
static struct fw_node child(const struct fw_node *up, enum fw_kind kind, const char *word, uint64_t at,
			    struct span whole)
{
	uint64_t base = up->decoded ? REPORT_NOWHERE : up->file_at;

	if (base != REPORT_NOWHERE && at != REPORT_NOWHERE)
		base += up->head + at;
	else
		base = REPORT_NOWHERE;
	return (struct fw_node) { .up = up,
				  .kind = kind,
				  .word = word,
				  .name = "",
				  .nth = 1,
				  .at = at,
				  .file_at = base,
				  .whole = whole,
				  .body = whole,
				  .partial = up->partial };
}

static void body_from(struct fw_node *n, size_t head)
{
	n->head = head;
	(void)span_from(n->whole, head, &n->body);
}

static int visit(struct walk *w, const struct fw_node *n, inside_fn *inside)
{
	int r;

	if (w->left.nodes == 0 || w->left.depth == 0) {
		report_empty(&w->rep);
		if (w->left.nodes || !w->full)
			tell_damage(w, n->up, n->at, "%s; what lies inside is not looked at",
				    w->left.nodes ? "nested too deep" : "too many parts");
		w->full = w->left.nodes == 0; /* said once: all that follows is left out too */
		w->left.nodes -= w->full ? 0 : 1;
		return 0;
	}
	w->left.depth--;
	w->left.nodes--;
	r = w->visitor->enter(w->visitor->ctx, n);
	if (r >= 0) {
		tell_all(w, n, n->partial && !n->up->partial);
		r = r == 0 && inside ? inside(w, n) : 0;
		if (w->visitor->leave)
			w->visitor->leave(w->visitor->ctx, n);
	}
	w->left.depth++;
	return r;
}

static inside_fn inside_area, inside_content, inside_sections;

/* How much the next decoder may make. */
static size_t decode_room(const struct walk *w)
{
	return w->left.decoded < w->left.one ? w->left.decoded : w->left.one;
}

/*
 * What a decoder made is used up. So is a part of what one may have made before it failed, or streams that are
 * damaged at their end would cost their whole size each: at most a quarter of the room, so that some good ones
 * behind them are decoded all the same, and no more than the input can have become (LZMA's best, fw/codec.c).
 */
#define EXPAND_MAX  7168
#define FAILED_PART 4

static void decode_spend(struct walk *w, struct span in, int r, const struct buffer *plain)
{
	size_t room = decode_room(w) / FAILED_PART, made = in.n < room / EXPAND_MAX ? in.n * EXPAND_MAX : room;

	w->left.decoded -= r < 0 ? made : plain->n;
}

/* ---- what has no inside of its own -------------------------------------------------------------------------- */

static int walk_vbt(struct walk *w, const struct fw_node *up, uint64_t at, struct span s, bool carved)
{
	struct fw_node n = child(up, FW_VBT, "vbt", at, s);
	uint16_t size;

	/* By itself it is all of its surroundings, padding included; found by its mark, what its header says. */
	if (carved && span_le16(s, 0x18, &size))
		(void)span_cut(s, 0, size, &n.whole);
	n.body = n.whole;
	n.carved = carved;
	n.leaf = true;
	return visit(w, &n, NULL);
}

/* What an EFI image carries. */
static int inside_rom(struct walk *w, const struct fw_node *n)
{
	struct buffer plain = { NULL, 0 };
	struct fw_node pe, outer = *n;
	struct span driver;
	struct pe head;
	int r;

	if (!n->rom->efi.valid)
		return 0;
	r = oprom_driver(n->rom, decode_room(w), &plain, &driver, &w->rep);
	decode_spend(w, n->rom->efi.payload, r, &plain);
	if (r < 0) {
		tell_all(w, n, true);
		buffer_done(&plain);
		return 0;
	}
	outer.decoded = plain.n != 0;
	if (pe_read(driver, &head, NULL) == 0 &&
	    !head.partial) /* images are padded to 512 bytes, which are not the driver's */
		(void)span_cut(driver, 0, head.file_size, &driver);
	pe = child(&outer, FW_PE, "pe", outer.decoded ? 0 : n->rom->efi.image_at, driver);
	pe.up = n;
	pe.leaf = true;
	r = visit(w, &pe, NULL);
	buffer_done(&plain);
	return r;
}

/*
 * The images of an option ROM from the front of @s on, as firmware goes through them; *@ret_n: the bytes they take,
 * 0 when there is none.
 */
static int walk_rom(struct walk *w, const struct fw_node *up, uint64_t at, struct span s, bool carved, size_t *ret_n)
{
	size_t done = 0;
	struct span rest;
	struct oprom o;
	int r = 0;

	for (unsigned n = 1; r == 0 && n <= OPROM_IMAGES_MAX && span_from(s, done, &rest) && oprom_is(rest, 0) &&
			     oprom_read(rest, &o, &w->rep) == 0;
	     n++) {
		struct fw_node rom = child(up, FW_ROM, "rom", at + done, o.bytes);

		rom.rom = &o;
		rom.carved = carved;
		rom.partial |= o.partial;
		rom.leaf = !o.efi.valid;
		rom.nth = n;
		done += o.bytes.n;
		r = visit(w, &rom, inside_rom);
		if (o.last || o.partial || o.no_length)
			break;
	}
	w->rep.code = 0; /* bytes behind the chain that are no image are no damage */
	*ret_n = done;
	return r;
}

/* ---- areas: volumes one behind the other, and what lies between them ---------------------------------------- */

/*
 * AMI puts option ROMs of its CSM into boxes, one behind the other: 20 00, vendor, device, length of 32 bits, then
 * the ROM (seen on: CSMCORE of Aptio 4, file 365C62BA of Aptio V). Is there such a head before @at?
 */
#define MODULE_HEAD 10

static bool is_module(struct span s, size_t at, size_t rom, struct span *ret)
{
	uint16_t mark;
	uint32_t length;

	return at >= MODULE_HEAD && span_le16(s, at - MODULE_HEAD, &mark) && mark == 0x20 &&
	       span_le32(s, at - 4, &length) && length >= rom &&
	       span_cut(s, at - MODULE_HEAD, MODULE_HEAD + (size_t)length, ret);
}

static int inside_module(struct walk *w, const struct fw_node *n)
{
	size_t used;

	return walk_rom(w, n, 0, n->body, false, &used);
}

static int walk_carved_rom(struct walk *w, const struct fw_node *n, uint64_t base, struct span s, size_t at,
			   size_t *ret)
{
	struct fw_node module;
	struct span rest, box;
	struct oprom o;

	*ret = at + 1;
	if (!span_from(s, at, &rest) || oprom_read(rest, &o, NULL) < 0 || o.partial)
		return 0; /* two bytes and a pointer that fit by chance are no ROM yet */
	if (is_module(s, at, o.bytes.n, &box)) {
		module = child(n, FW_MODULE, "module", base + at - MODULE_HEAD, box);
		body_from(&module, MODULE_HEAD);
		*ret = at + module.body.n;
		return visit(w, &module, inside_module);
	} else {
		size_t used = 0;
		int r = walk_rom(w, n, base + at, rest, true, &used);

		*ret = at + (used ? used : 1);
		return r;
	}
}

static int walk_gap(struct walk *w, const struct fw_node *up, uint64_t at, struct span s)
{
	struct fw_node gap = child(up, FW_GAP, "gap", at, s);

	if (s.n == 0 || span_is_filled(s, 0xff) || span_is_filled(s, 0))
		return 0;
	gap.leaf = true;
	return visit(w, &gap, NULL);
}

static inside_fn inside_volume;

static int walk_volume(struct walk *w, const struct fw_node *up, uint64_t at, struct span s, bool carved,
		       size_t *ret_n)
{
	struct fw_node n;
	struct volume v;

	*ret_n = 1;
	if (volume_read(s, &v, &w->rep) < 0) {
		tell_all(w, up, false);
		return 0;
	}
	n = child(up, FW_VOLUME, "volume", at, v.bytes);
	body_from(&n, v.header_size);
	n.volume = &v;
	n.guid = v.has_name ? &v.name : &v.guid;
	n.carved = carved;
	n.partial |= v.partial;
	n.leaf = v.system == VOLUME_NVRAM;
	*ret_n = v.bytes.n;
	return visit(w, &n, inside_volume);
}

/*
 * Find what @s holds, @base of the inside of @up, by marks. @gaps: tell what lies between, which nobody does for a
 * leaf, whose bytes its own node has. @carved: nothing said that volumes lie here.
 */
static int walk_area(struct walk *w, const struct fw_node *up, uint64_t base, struct span s, bool carved, bool gaps)
{
	size_t done = 0, at, end;
	enum carve_kind kind;
	struct carve carve;
	struct span rest;
	int r = 0;

	carve_init(&carve, s);
	while (r == 0 && carve_next(&carve, done, &at, &kind)) {
		if (gaps && span_cut(s, done, at - done, &rest))
			r = walk_gap(w, up, base + done, rest);
		if (r < 0 || !span_from(s, at, &rest))
			break;
		end = at + 1;
		if (kind == CARVE_VOLUME) {
			size_t n;

			r = walk_volume(w, up, base + at, rest, carved, &n);
			end = at + n;
		} else if (kind == CARVE_ROM) {
			r = walk_carved_rom(w, up, base, s, at, &end);
		} else {
			uint16_t size = 1;

			r = walk_vbt(w, up, base + at, rest, true);
			(void)span_le16(rest, 0x18, &size);
			end = at + size;
		}
		done = end;
	}
	if (r == 0 && gaps && span_from(s, done, &rest))
		r = walk_gap(w, up, base + done, rest);
	return r;
}

static int inside_area(struct walk *w, const struct fw_node *n)
{
	return walk_area(w, n, 0, n->body, false, true);
}

static int inside_leaf(struct walk *w, const struct fw_node *n)
{
	return walk_area(w, n, 0, n->body, true, false);
}

/* ---- volumes and files -------------------------------------------------------------------------------------- */

/* AMI keeps variables in a file; nothing in it is for us (UEFITool NE common/ffs.h, NVRAM_NVAR_STORE_FILE_GUID). */
static const struct guid nvar_store =
	GUID(0xcef5b9a3, 0x476d, 0x497f, 0x9f, 0xdc, 0xe9, 0x81, 0x43, 0xe0, 0x42, 0x2c);

static bool has_sections(uint8_t type)
{
	return type != FFS_RAW && type != FFS_PAD && type != 0;
}

static int walk_file(struct walk *w, const struct fw_node *up, const struct ffs_file *f, uint64_t at)
{
	struct fw_node n = child(up, FW_FILE, "file", at, f->bytes), *file = w->file;
	char name[sizeof(w->name)], word[GUID_STR];
	inside_fn *inside;
	int r;

	memcpy(name, w->name, sizeof(name));
	w->name[0] = '\0';
	n.word = f->type == FFS_PAD ? "pad" : guid_str(&f->guid, word);
	n.name = w->name;
	n.guid = &f->guid;
	n.file = f;
	n.body = f->body;
	n.head = f->head;
	n.partial |= f->partial;
	n.leaf = !has_sections(f->type) || guid_eq(&f->guid, &nvar_store);
	inside = guid_eq(&f->guid, &nvar_store) ? NULL
		 : f->type == FFS_PAD		? inside_leaf
		 : n.leaf			? inside_content
						: inside_sections;
	if (f->type == FFS_PAD && span_is_filled(f->body, 0xff))
		inside = NULL;
	w->file = &n;
	if (!n.leaf)
		(void)fv_section_find_name(f->body, w->name, sizeof(w->name));
	r = visit(w, &n, inside);
	w->file = file;
	memcpy(w->name, name, sizeof(name));
	return r;
}

static int inside_volume(struct walk *w, const struct fw_node *n)
{
	const struct volume *v = n->volume;
	size_t at = v->header_size;
	struct ffs_file f;
	struct span rest;
	int r = 0;

	if (v->system == VOLUME_NVRAM)
		return 0;
	while (r == 0 && volume_next(v, &at, &f, &w->rep) == 1)
		r = walk_file(w, n, &f, f.at - v->header_size);
	if (r < 0 || !span_from(v->bytes, at, &rest))
		return r;
	return walk_area(w, n, at - v->header_size, rest, true, true);
}

/* ---- sections ----------------------------------------------------------------------------------------------- */

/* Decode the body of @s and walk through what comes out. */
static int inside_coded(struct walk *w, const struct fw_node *n)
{
	const struct fv_section *s = n->section;
	size_t limit = decode_room(w);
	struct buffer plain = { NULL, 0 };
	struct fw_node inner = *n;
	enum codec which = s->codec;
	int r;

	if (s->inside == INSIDE_EFI)
		r = codec_decode_efi(s->body, s->decoded_size, limit, fv_section_plausible, &plain, &which, &w->rep);
	else
		r = codec_decode_front(which, s->body, s->decoded_size, limit, &plain, &w->rep);
	decode_spend(w, s->body, r, &plain);
	if (r < 0) { /* what came out before the break may still be whole */
		tell_all(w, n, true);
		inner.partial = true;
	}
	inner.body = buffer_span(&plain);
	inner.whole = inner.body;
	r = inside_sections(w, &inner);
	buffer_done(&plain);
	return r;
}

static inside_fn *inside_of(const struct fv_section *s)
{
	switch (s->type) {
	case SECTION_VOLUME_IMAGE:
		return inside_area;
	case SECTION_RAW:
	case SECTION_FREEFORM_GUID:
		return inside_content;
	}
	return s->inside == INSIDE_PLAIN						   ? inside_sections
	       : s->inside == INSIDE_CODED || s->inside == INSIDE_EFI			   ? inside_coded
	       : s->inside == INSIDE_NONE && s->type >= 0x20 && s->bytes.n > FV_HEADER_MIN ? inside_leaf
											   : NULL;
}

static bool is_leaf(const struct fv_section *s)
{
	return s->inside == INSIDE_NONE ? s->type != SECTION_VOLUME_IMAGE : s->inside == INSIDE_UNKNOWN;
}

static int walk_section(struct walk *w, const struct fw_node *up, const struct fv_section *s, unsigned nth)
{
	struct fw_node n = child(up, FW_SECTION, NULL, s->at, s->bytes);
	char word[16];

	n.word = s->how ? s->how : fv_section_type_str(s->type, word);
	n.guid = s->has_guid ? &s->guid : NULL;
	n.section = s;
	n.body = s->body;
	n.head = s->head;
	n.nth = nth;
	n.partial |= s->partial;
	n.decoded = s->inside == INSIDE_CODED || s->inside == INSIDE_EFI;
	n.leaf = is_leaf(s);
	return visit(w, &n, inside_of(s));
}

static int inside_sections(struct walk *w, const struct fw_node *n)
{
	unsigned seen[256] = { 0 };
	struct fv_section s;
	struct span rest;
	size_t at = 0;
	int r = 0;

	if (w->file && !*w->name)
		(void)fv_section_find_name(n->body, w->name, sizeof(w->name));
	while (r == 0 && fv_section_next(n->body, &at, &s, &w->rep) == 1)
		r = walk_section(w, n, &s, ++seen[s.type]);
	if (r < 0 || !span_from(n->body, at, &rest))
		return r;
	return walk_area(w, n, at, rest, true, true);
}

/* ---- wrappers, flash, and what the first bytes say ---------------------------------------------------------- */

struct opening { /* a wrapper being taken apart */
	struct walk *w;
	const struct fw_node *wrapper;
	unsigned n;
	int answer; /* the visitor's, once it is negative */
};

static int opening_member(void *ctx, const struct wrap_member *m)
{
	struct opening *o = ctx;
	struct fw_node n = child(o->wrapper, FW_MEMBER, "part", m->at, m->bytes);

	n.name = m->name;
	n.nth = ++o->n;
	n.partial |= m->partial;
	o->answer = visit(o->w, &n, inside_content);
	return o->answer;
}

static size_t opening_room(void *ctx)
{
	return decode_room(((struct opening *)ctx)->w);
}

static void opening_spend(void *ctx, size_t n)
{
	struct fw_limits *left = &((struct opening *)ctx)->w->left;

	left->decoded -= n < left->decoded ? n : left->decoded;
}

static int inside_wrapper(struct walk *w, const struct fw_node *n)
{
	struct opening o = { .w = w, .wrapper = n };
	const struct wrap_sink sink = { opening_member, opening_room, opening_spend, &o };
	int r = n->wrapper->open(n->body, &sink, &w->rep);

	if (o.answer < 0)
		return o.answer;
	if (r == -IGD_EMAGIC && w->rep.code && span_is(n->body, 0, "MZ")) { /* a program with no archive in it */
		report_note(&w->rep, w->rep.refusal.at, "%s", w->rep.refusal.text);
		w->rep.code = 0;
	}
	tell_all(w, n, r < 0 && w->rep.code);
	/* What could not be taken apart may still be seen through. */
	return r < 0 && o.n == 0 ? walk_area(w, n, 0, n->body, true, true) : 0;
}

static int walk_wrapper(struct walk *w, const struct fw_node *up, const struct wrapper *wrapper)
{
	struct fw_node n = child(up, FW_WRAPPER, wrapper->name, 0, up->body);

	n.name = wrapper->says;
	n.wrapper = wrapper;
	return visit(w, &n, inside_wrapper);
}

/* The engine's, the network's and the controller's are theirs; only the BIOS has volumes, which may be two regions.
 */
static bool has_volumes(const struct flash_region *g)
{
	return g->number == FLASH_BIOS || g->number == 6;
}

static int inside_region(struct walk *w, const struct fw_node *n)
{
	size_t from = w->region_from;
	struct span rest;

	if (from == 0 && wrapper_cbfs.is(n->body)) /* coreboot: its files, and no volumes but in them */
		return walk_wrapper(w, n, &wrapper_cbfs);
	return span_from(n->body, from, &rest) ? walk_area(w, n, from, rest, false, true) : 0;
}

/* @from: so much of it was looked through as another region's. */
static int walk_region(struct walk *w, const struct fw_node *up, const struct flash_region *g, size_t from)
{
	struct fw_node n = child(up, FW_REGION, g->name, g->at, g->bytes);

	n.partial |= g->partial;
	n.leaf = !has_volumes(g);
	w->region_from = from;
	return visit(w, &n, n.leaf ? NULL : inside_region);
}

static int inside_flash(struct walk *w, const struct fw_node *n)
{
	struct flash f;
	size_t done = 0, seen = 0; /* seen: the end of what was looked through for volumes */
	struct span gap;
	int r = 0;

	if (flash_read(n->body, &f, NULL) < 0)
		return 0;
	for (size_t i = 0; i < f.n_regions && r == 0; i++) {
		const struct flash_region *g = &f.regions[i];

		if (g->at > done && span_cut(n->body, done, (g->at < n->body.n ? g->at : n->body.n) - done, &gap))
			r = walk_area(w, n, done, gap, true, true);
		/* What two of them share is looked through once: flash in flash would double the work each time. */
		if (r == 0)
			r = walk_region(w, n, g, g->at < seen ? seen - g->at : 0);
		if (has_volumes(g) && g->at + g->bytes.n > seen)
			seen = g->at + g->bytes.n;
		if (g->at + g->bytes.n > done)
			done = g->at + g->bytes.n;
	}
	if (r == 0 && span_from(n->body, done, &gap))
		r = walk_area(w, n, done, gap, true, true);
	return r;
}

static int walk_flash(struct walk *w, const struct fw_node *up, struct span s)
{
	struct fw_node n = child(up, FW_FLASH, "flash", 0, s);
	struct flash f;

	if (flash_read(s, &f, &w->rep) < 0) {
		tell_all(w, up, false);
		return walk_area(w, up, 0, s, false, true);
	}
	n.partial |= f.partial;
	return visit(w, &n, inside_flash);
}

static int walk_pe(struct walk *w, const struct fw_node *up, struct span s)
{
	struct fw_node n = child(up, FW_PE, "pe", 0, s);
	struct pe pe;

	if (pe_read(s, &pe, &w->rep) == 0)
		n.partial |= pe.partial;
	n.leaf = true;
	return visit(w, &n, NULL);
}

/* Does the chance of a wrapper exist here? Not inside volumes, where any bytes may look like one. */
static bool may_wrap(const struct fw_node *n)
{
	return n->kind == FW_INPUT || n->kind == FW_MEMBER;
}

static int walk_lone_file(struct walk *w, const struct fw_node *up, const struct ffs_file *f)
{
	struct span rest;
	int r = walk_file(w, up, f, 0);

	if (r == 0 && span_from(up->body, f->bytes.n, &rest))
		r = walk_area(w, up, f->bytes.n, rest, true, true);
	return r;
}

/* An option ROM that begins its surroundings, and what lies behind it. */
static int walk_rom_alone(struct walk *w, const struct fw_node *n)
{
	struct span rest;
	size_t used;
	int r = walk_rom(w, n, 0, n->body, false, &used);

	if (r == 0 && span_from(n->body, used, &rest))
		r = walk_area(w, n, used, rest, true, !n->leaf);
	return r;
}

/* Is it there to hold a volume? Some align that with a few bytes in front (seen on: Insyde, "123456789A" and a new
 * line). */
#define VOLUME_FROM_MAX 0x20

static bool begins_with_volume(struct span s)
{
	for (size_t at = 0; at <= VOLUME_FROM_MAX; at += 4)
		if (span_is(s, at + FV_SIGNATURE, "_FVH"))
			return true;
	return false;
}

/* Look at the first bytes of what @n holds and go on as they say. */
static int inside_content(struct walk *w, const struct fw_node *n)
{
	const struct wrapper *wrapper;
	struct ffs_file f;

	if (carve_is_vbt(n->body))
		return walk_vbt(w, n, 0, n->body, false);
	if (flash_is(n->body))
		return walk_flash(w, n, n->body);
	if (oprom_is(n->body, 0))
		return walk_rom_alone(w, n);
	if (!may_wrap(n)) {
		if (n->kind == FW_FILE &&
		    fv_section_plausible(n->body)) /* a raw file with sections all the same: FSP 1.0 */
			return inside_sections(w, n);
		return walk_area(w, n, 0, n->body, !begins_with_volume(n->body), false);
	}
	wrapper = wrapper_of(n->body);
	if (wrapper)
		return walk_wrapper(w, n, wrapper);
	if (span_is(n->body, 0, "MZ"))
		return walk_pe(w, n, n->body);
	if (ffs_read(n->body, &f) == 0)
		return walk_lone_file(w, n, &f);
	if (fv_section_plausible(n->body))
		return inside_sections(w, n);
	return inside_area(w, n);
}

int fw_walk(struct span input, const struct fw_limits *limits, const struct fw_visitor *visitor)
{
	struct walk w = { .visitor = visitor, .left = *limits };
	static const struct fw_node nothing = { .word = "", .name = "" };
	struct fw_node n = {
		.up = &nothing, .kind = FW_INPUT, .word = "", .name = "", .nth = 1, .whole = input, .body = input
	};

	return visit(&w, &n, inside_content);
}

/* ---- asking about a node ------------------------------------------------------------------------------------ */

const char *fw_kind_str(enum fw_kind k)
{
	static const char *const words[] = {
		[FW_INPUT] = "input",	[FW_WRAPPER] = "wrapper", [FW_MEMBER] = "part", [FW_FLASH] = "flash",
		[FW_REGION] = "region", [FW_VOLUME] = "volume",	  [FW_FILE] = "file",	[FW_SECTION] = "section",
		[FW_MODULE] = "module", [FW_ROM] = "rom",	  [FW_VBT] = "vbt",	[FW_PE] = "pe",
		[FW_GAP] = "gap",
	};

	return words[k];
}

/* Volumes, modules, gaps, and what was carved are told apart by where they are; sections and ROMs by their count. */
static void word_of(const struct fw_node *n, char *buf, size_t size)
{
	bool placed = n->kind == FW_VOLUME || n->kind == FW_GAP || n->kind == FW_MODULE || n->carved;

	if (n->kind == FW_MEMBER)
		snprintf(buf, size, "%s", *n->name ? n->name : n->word);
	else if (placed)
		snprintf(buf, size, "%s@0x%llx", n->word, (unsigned long long)n->at);
	else if (n->nth > 1)
		snprintf(buf, size, "%s.%u", n->word, n->nth);
	else
		snprintf(buf, size, "%s", n->word);
	for (; *buf; buf++) /* a member's name is a stranger's, and may be a path itself */
		if (*buf == '/' || *buf == '\\')
			*buf = '_';
}

const char *fw_path(const struct fw_node *n, char buf[FW_PATH])
{
	size_t at = FW_PATH - 1;

	buf[at] = '\0';
	for (; n->kind != FW_INPUT; n = n->up) {
		char word[160];
		size_t len;

		word_of(n, word, sizeof(word));
		text_clean(word);
		len = strlen(word);
		if (len + 1 > at)
			break;
		at -= len;
		memcpy(buf + at, word, len);
		if (n->up->kind != FW_INPUT)
			buf[--at] = '/';
	}
	if (buf[at] == '\0')
		buf[--at] = '/';
	memmove(buf, buf + at, FW_PATH - at);
	return buf;
}

uint64_t fw_outer_at(const struct fw_node *n)
{
	while (n->file_at == REPORT_NOWHERE && n->up)
		n = n->up;
	return n->file_at;
}

const struct fw_node *fw_file_of(const struct fw_node *n)
{
	for (; n && n->kind != FW_INPUT; n = n->up)
		if (n->kind == FW_FILE || n->kind == FW_MEMBER)
			return n;
	return NULL;
}
