// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/oprom.h"

#include "base/error.h"
#include "base/macros.h"
#include "fw/codec.h"

#define SIGNATURE    0xaa55
#define SIGNATURE_NV 0x4e56 /* "VN" (Linux drivers/gpu/drm/nouveau/nvkm/subdev/bios/image.c) */
#define NVIDIA	     0x10de
#define PCIR_MIN     0x18
#define PCIR_3_MIN   0x1c

/* ---- one image ---------------------------------------------------------------------------------------------- */

/* Where the data structure of the image at @at must be, and whether it is there. */
static bool pcir_find(struct span rom, size_t at, uint16_t *ret_magic, struct span *ret_rom, uint16_t *ret_at)
{
	struct span img, pcir;
	uint16_t magic, where;
	bool nv;

	if (!span_from(rom, at, &img) || !span_le16(img, 0x00, &magic) || !span_le16(img, 0x18, &where))
		return false;
	nv = magic == SIGNATURE_NV;
	if ((magic != SIGNATURE && !nv) || !span_cut(img, where, PCIR_MIN, &pcir))
		return false;
	/* the names besides PCIR: nouveau's nvkm/subdev/bios/pcir.c */
	if (!(nv ? span_is(pcir, 0, "NPDS") || span_is(pcir, 0, "RGIS") : span_is(pcir, 0, "PCIR")))
		return false;
	*ret_magic = magic;
	*ret_rom = img;
	*ret_at = where;
	return true;
}

/* UEFI Specification 2.10, 14.4.2. The driver ends where the header says the image does: what EDK II's
 * PciOptionRomSupport.c, LocalLoadFile2(), hands to the loader. */
static void efi_read(struct oprom *img)
{
	struct oprom_efi efi = { .valid = true };
	uint32_t signature;
	size_t end = img->init_size < img->bytes.n ? img->init_size : img->bytes.n;

	if (!span_le32(img->bytes, 0x04, &signature) || signature != 0x0ef1 ||
	    !span_le16(img->bytes, 0x08, &efi.subsystem) || !span_le16(img->bytes, 0x0a, &efi.machine) ||
	    !span_le16(img->bytes, 0x0c, &efi.compression) || !span_le16(img->bytes, 0x16, &efi.image_at))
		return;
	if (efi.image_at && efi.image_at < end &&
	    !span_cut(img->bytes, efi.image_at, end - efi.image_at, &efi.payload))
		return;
	img->efi = efi;
}

/* Of a VBIOS: the sum over the bytes that byte 2 counts must be 0 (PCI Firmware Specification 3.0, 5.2). Where other
 * option ROMs point to a PnP header, Intel's points to its VBT (seen in 30 of 30, Sandy Bridge to Coffee Lake). */
static void legacy_read(struct oprom *img)
{
	struct span body;
	uint16_t vbt;

	if (img->init_size && span_cut(img->bytes, 0, img->init_size, &body)) {
		for (size_t i = 0; i < body.n; i++)
			img->sum_value = (uint8_t)(img->sum_value + body.p[i]);
		img->sum = img->sum_value == 0 ? OPROM_SUM_OK : OPROM_SUM_BAD;
	}
	if (span_le16(img->bytes, 0x1a, &vbt) && span_is(img->bytes, vbt, "$VBT"))
		(void)span_from(img->bytes, vbt, &img->vbt);
}

/* NVIDIA's continuation of PCIR, 16-byte aligned behind it (nouveau's nvkm/subdev/bios/npde.c). In the images of
 * others what lies there is their own: a driver, whose author may have chosen its bytes. */
static void npde_read(struct oprom *img)
{
	size_t at = ((size_t)img->pcir_at + img->pcir_size + 15) / 16 * 16;
	struct oprom_npde npde = { .there = true, .at = at };
	struct span s;
	uint8_t last;

	if (img->vendor != NVIDIA || !span_cut(img->bytes, at, 11, &s) || !span_is(s, 0, "NPDE") ||
	    !span_le16(s, 4, &npde.revision) || !span_le16(s, 8, &npde.blocks) || !span_u8(s, 10, &last))
		return;
	npde.last = last & 0x80;
	img->npde = npde;
}

/* PCI Firmware Specification 3.0, 5.1.2: revision 3 has a list of devices, pointed to from its own start, in place of
 * the pointer to VPD, and four bytes more that one field of revision 0 and 2 is part of. */
static void revision3_read(struct span pcir, struct oprom *img)
{
	uint16_t list;

	if (!span_le16(pcir, 0x08, &list))
		return;
	if (img->pcir_revision < 3) {
		img->vpd = list;
		return;
	}
	if (list)
		(void)span_from(img->bytes, (size_t)img->pcir_at + list, &img->devices);
	img->revision3 = img->pcir_size >= PCIR_3_MIN && span_le16(pcir, 0x16, &img->max_runtime) &&
			 span_le16(pcir, 0x18, &img->config_utility) && span_le16(pcir, 0x1a, &img->dmtf);
}

static bool pcir_read(struct span pcir, struct oprom *img)
{
	uint8_t last, low;
	uint16_t high;

	if (!span_le16(pcir, 0x04, &img->vendor) || !span_le16(pcir, 0x06, &img->device) ||
	    !span_le16(pcir, 0x0a, &img->pcir_size) || !span_u8(pcir, 0x0c, &img->pcir_revision) ||
	    !span_u8(pcir, 0x0d, &low) || !span_le16(pcir, 0x0e, &high) || !span_le16(pcir, 0x10, &img->blocks) ||
	    !span_le16(pcir, 0x12, &img->revision) || !span_u8(pcir, 0x14, &img->code_type) ||
	    !span_u8(pcir, 0x15, &last))
		return false;
	img->class_code = (uint32_t)high << 8 | low;
	img->last = last & 0x80;
	return true;
}

/* The bytes of the image, by its PCIR; where that says 0, by its header. */
static void length_read(struct span rom, struct oprom *img)
{
	size_t n = img->blocks * (size_t)OPROM_BLOCK;
	uint16_t word = 0;

	(void)span_le16(rom, 0x02, &word);
	img->init_size = (img->code_type == OPROM_EFI ? word : word & 0xffU) * (uint32_t)OPROM_BLOCK;
	img->no_length = n == 0;
	if (n == 0)
		n = img->init_size;
	img->partial = n > rom.n;
	(void)span_cut(rom, 0, n && !img->partial ? n : rom.n, &img->bytes);
}

static void notes_leave(const struct oprom *img, struct report *rep)
{
	size_t at = img->at, pcir = at + img->pcir_at;

	if (img->pcir_at % 4 != 0)
		report_note(rep, pcir, "%s is not aligned to 4 bytes", img->nvidia ? "its data structure" : "PCIR");
	if (img->no_length)
		report_note(rep, pcir + 0x10, "the image says that it has no length");
	if (img->partial)
		report_note(rep, pcir + 0x10, "the image is %u blocks of 512 bytes long, and %zu bytes are there",
			    img->blocks, img->bytes.n);
	if (img->sum == OPROM_SUM_BAD)
		report_note(rep, at, "its bytes add up to 0x%02x, not to 0", img->sum_value);
	if (img->code_type == OPROM_PC && !img->nvidia && img->init_size > img->blocks * (size_t)OPROM_BLOCK)
		report_note(rep, at + 2, "it is %u bytes long by its header, %zu by its PCIR", img->init_size,
			    img->blocks * (size_t)OPROM_BLOCK);
	if (img->code_type == OPROM_EFI && !img->efi.valid)
		report_note(rep, at + 4, "PCIR calls it an EFI image, its header does not");
	if (img->efi.valid && !img->efi.payload.p)
		report_note(rep, at + 0x16, "the driver is said to begin at 0x%x, which is outside of the image",
			    img->efi.image_at);
}

/* The image at @at of @file. False: none is there. */
static bool image_read(struct span file, size_t at, struct oprom *ret, struct report *rep)
{
	struct oprom img = { .at = at };
	struct span rom, pcir;
	uint16_t magic;

	if (!pcir_find(file, at, &magic, &rom, &img.pcir_at) || !span_from(rom, img.pcir_at, &pcir) ||
	    !pcir_read(pcir, &img))
		return false;
	img.nvidia = magic == SIGNATURE_NV;
	length_read(rom, &img);
	revision3_read(pcir, &img);
	npde_read(&img);
	if (img.code_type == OPROM_EFI)
		efi_read(&img);
	else if (img.code_type == OPROM_PC && !img.nvidia)
		legacy_read(&img);
	notes_leave(&img, rep);
	*ret = img;
	return true;
}

bool oprom_is(struct span s, size_t at)
{
	struct span rom;
	uint16_t magic, where;

	return pcir_find(s, at, &magic, &rom, &where) && magic == SIGNATURE;
}

int oprom_read(struct span rom, struct oprom *ret, struct report *rep)
{
	uint16_t magic, at;

	if (!span_le16(rom, 0x00, &magic) || !span_le16(rom, 0x18, &at))
		return report_refuse(rep, IGD_ETRUNC, rom.n, "ends inside the header of an option ROM");
	if (magic != SIGNATURE)
		return report_refuse(rep, IGD_EMAGIC, 0x00, "0x%04x is not the signature of an option ROM", magic);
	if (!image_read(rom, 0, ret, rep))
		return report_refuse(rep, IGD_EMAGIC, 0x18, "no PCIR where the header points (0x%x)", at);
	return 0;
}

/* ---- the chain ---------------------------------------------------------------------------------------------- */

/* The first image at or behind @at, looking every @step bytes; SIZE_MAX: none. */
static size_t image_after(struct span file, size_t at, size_t step, bool nvidia)
{
	struct span rom;
	uint16_t magic, where;

	for (; at < file.n; at += step)
		if (pcir_find(file, at, &magic, &rom, &where) && (nvidia || magic == SIGNATURE))
			return at;
	return SIZE_MAX;
}

/* What stands where a ROM should begin, for the sentence that says there is none. */
static const char *instead(struct span file)
{
	uint16_t magic = 0;

	(void)span_le16(file, 0, &magic);
	return magic == SIGNATURE	  ? "the signature is there, but no PCIR where it points: an ISA option ROM?"
	       : span_is(file, 0, "MZ")	  ? "no PCI option ROM: a bare EFI driver or program"
	       : span_is(file, 0, "$VBT") ? "no PCI option ROM: a bare VBT"
	       : span_is(file, 0x28, "_FVH") ? "no PCI option ROM: a firmware volume"
					     : "no PCI option ROM: 55 AA with a PCIR is nowhere in it";
}

struct walk {
	struct oprom_chain *chain;
	struct report *rep;
	size_t at;	/* where to look for the next image */
	size_t visible; /* where firmware looks for its next image */
	bool ended;	/* it does not look any further */
};

static enum oprom_place place_of(const struct walk *w, const struct oprom *img)
{
	if (img->at < w->visible && w->chain->n)
		return OPROM_INSIDE;
	if (w->ended || img->nvidia)
		return OPROM_BEHIND;
	return img->at == w->visible || w->chain->n == 0 ? OPROM_CHAINED : OPROM_GAP;
}

/* What firmware makes of the image: where it goes on, and whether it does. */
static void visible_move(struct walk *w, const struct oprom *img)
{
	w->visible = img->at + img->bytes.n;
	w->ended = img->last || img->partial || img->no_length;
	w->chain->end = img->partial	 ? OPROM_END_PARTIAL
			: img->last	 ? OPROM_END_LAST
			: img->no_length ? OPROM_END_STUCK
					 : OPROM_END_MISSING;
}

/* One image, and where to look next: behind it, or inside it where NVIDIA's own structure ends it earlier. */
static void walk_step(struct walk *w)
{
	struct oprom *img = &w->chain->images[w->chain->n];
	size_t n;

	if (!image_read(w->chain->file, w->at, img, w->rep)) {
		w->at += OPROM_BLOCK;
		return;
	}
	img->place = place_of(w, img);
	if (img->place == OPROM_GAP) /* one behind a gap can only be followed by others behind it */
		report_note(w->rep, img->at, "between the image before and this one lie 0x%zx bytes of no image",
			    img->at - w->visible);
	if (img->place == OPROM_CHAINED || img->place == OPROM_GAP)
		visible_move(w, img);
	n = img->bytes.n;
	if (img->npde.there && img->npde.blocks && img->npde.blocks * (size_t)OPROM_BLOCK < n)
		n = img->npde.blocks * (size_t)OPROM_BLOCK;
	w->at += n < OPROM_BLOCK ? OPROM_BLOCK : n;
	w->chain->n++;
}

static bool all_are(struct span s, uint8_t byte)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != byte)
			return false;
	return true;
}

static void tail_read(struct oprom_chain *c)
{
	size_t end = 0;
	struct span tail;

	for (size_t i = 0; i < c->n; i++)
		if (c->images[i].at + c->images[i].bytes.n > end)
			end = c->images[i].at + c->images[i].bytes.n;
	if (!span_from(c->file, end, &tail) || tail.n == 0)
		return;
	c->tail_at = end;
	c->tail_size = tail.n;
	c->tail = all_are(tail, 0xff) || all_are(tail, 0) ? OPROM_TAIL_PADDING : OPROM_TAIL_DATA;
}

int oprom_chain_read(struct span file, struct oprom_chain *ret, struct report *rep)
{
	struct walk w = { .chain = ret, .rep = rep, .at = image_after(file, 0, 1, false) };

	if (w.at == SIZE_MAX)
		return report_refuse(rep, file.n < 0x1a ? IGD_ETRUNC : IGD_EMAGIC, 0, "%s", instead(file));
	*ret = (struct oprom_chain) { .file = file };
	if (w.at)
		report_note(rep, 0, "the first image begins at 0x%zx%s; firmware looks at the front alone", w.at,
			    span_is(file, 0, "NVGI") ? ", behind NVIDIA's NVGI header" : "");
	while (w.at != SIZE_MAX && ret->n < OPROM_IMAGES_MAX) {
		walk_step(&w);
		w.at = image_after(file, w.at, OPROM_BLOCK, true);
	}
	ret->more = w.at != SIZE_MAX;
	tail_read(ret);
	return 0;
}

/* ---- what is asked of an image ------------------------------------------------------------------------------ */

bool oprom_device(const struct oprom *o, size_t index, uint16_t *ret)
{
	return index < OPROM_DEVICES_MAX && span_le16(o->devices, index * 2, ret) && *ret != 0;
}

bool oprom_is_for(const struct oprom *o, uint16_t vendor, uint16_t device)
{
	uint16_t id;

	if (o->vendor != vendor)
		return false;
	for (size_t i = 0; oprom_device(o, i, &id); i++)
		if (id == device)
			return true;
	return o->device == device;
}

/* The bytes at @at, where -1 stands for any byte. */
static bool code_is(struct span s, size_t at, const int *code, size_t n)
{
	struct span c;

	if (!span_cut(s, at, n, &c))
		return false;
	for (size_t i = 0; i < n; i++)
		if (code[i] >= 0 && c.p[i] != code[i])
			return false;
	return true;
}

bool oprom_saved_bdsm(const struct oprom *o, size_t *ret_at, uint32_t *ret_value)
{
	/* cmp dword [var], 0; jz; mov eax, [var]; jmp; mov ax, ... */
	static const int code[] = { 0x66, 0x2e, 0x83, 0x3e, -1,	  -1,	0x00, 0x74, 0x07, 0x66,
				    0x2e, 0xa1, -1,   -1,   0xeb, 0x0f, 0xb8, 0x5e, 0x10 };
	uint16_t first, second;
	uint32_t value;

	if (o->code_type != OPROM_PC || o->vendor != 0x8086)
		return false;
	for (size_t at = 0; at < o->bytes.n; at++) {
		if (!code_is(o->bytes, at, code, ARRAY_SIZE(code)) || !span_le16(o->bytes, at + 4, &first) ||
		    !span_le16(o->bytes, at + 12, &second) || first != second || !span_le32(o->bytes, first, &value))
			continue;
		*ret_at = first;
		*ret_value = value;
		return true;
	}
	return false;
}

/* mov si, first; mov cx, end; one to three of mov word cs:[...], ...; sub cx, si; shr cx, 1; cmp cs:[si], ax; jz. Is
 * that at @at, and over a part of the device list? */
static bool family_code(const struct oprom *o, size_t at, size_t *ret_first, size_t *ret_n)
{
	static const int head[] = { 0xbe, -1, -1, 0xb9, -1, -1 }, keep[] = { 0x2e, 0xc7, 0x06, -1, -1, -1, -1 },
			 look[] = { 0x2b, 0xce, 0xd1, 0xe9, 0x2e, 0x39, 0x04 };
	size_t list = (size_t)(o->devices.p - o->bytes.p), n_list = 0, next = at + ARRAY_SIZE(head);
	uint16_t first, end, id;

	if (!code_is(o->bytes, at, head, ARRAY_SIZE(head)) || !span_le16(o->bytes, at + 1, &first) ||
	    !span_le16(o->bytes, at + 4, &end))
		return false;
	for (unsigned i = 0; i < 3 && code_is(o->bytes, next, keep, ARRAY_SIZE(keep)); i++)
		next += ARRAY_SIZE(keep);
	if (!code_is(o->bytes, next, look, ARRAY_SIZE(look)))
		return false;
	while (oprom_device(o, n_list, &id))
		n_list++;
	if (first < list || end <= first || end > list + n_list * 2 || (first - list) % 2 != 0)
		return false; /* of the LPC bridge's ids, which lie behind */
	*ret_first = (first - list) / 2;
	*ret_n = (size_t)(end - first) / 2;
	return true;
}

size_t oprom_starts_on(const struct oprom *o, uint16_t ret[OPROM_DEVICES_MAX], size_t *ret_at)
{
	bool in[OPROM_DEVICES_MAX] = { false }; /* a family, by index in the list */
	size_t first, n, found = 0;
	bool seen = false;

	if (o->code_type != OPROM_PC || o->vendor != 0x8086 || o->devices.n == 0)
		return 0;
	for (size_t at = 0; at < o->bytes.n; at++) {
		if (o->bytes.p[at] != 0xbe || !family_code(o, at, &first, &n))
			continue;
		for (size_t i = first; i < first + n && i < ARRAY_SIZE(in); i++)
			in[i] = true;
		*ret_at = seen ? *ret_at : at;
		seen = true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(in); i++)
		if (in[i] && oprom_device(o, i, &ret[found]))
			found++;
	return found;
}

bool oprom_stops_on(const struct oprom *o, uint16_t device, size_t *ret_at)
{
	uint16_t ids[OPROM_DEVICES_MAX];
	size_t at, n = oprom_starts_on(o, ids, &at);

	for (size_t i = 0; i < n; i++)
		if (ids[i] == device)
			return false;
	if (n == 0)
		return false;
	*ret_at = at;
	return true;
}

int oprom_driver(const struct oprom *o, size_t limit, struct buffer *decoded, struct span *ret, struct report *rep)
{
	struct buffer out = { 0 };
	int r;

	if (!o->efi.valid || !o->efi.payload.p || o->efi.compression > 1)
		return report_refuse(rep, IGD_EMAGIC, o->at, "no driver that could be loaded is in the image");
	if (o->efi.compression == 0) {
		*ret = o->efi.payload;
		return 0;
	}
	r = codec_decode(CODEC_EFI11, o->efi.payload, 0, limit, &out, rep);
	if (r < 0)
		return r;
	buffer_done(decoded);
	*decoded = out;
	*ret = buffer_span(decoded);
	return 0;
}

const char *oprom_code_str(const struct oprom *o)
{
	static const char *const words[] = { [OPROM_PC] = "PC",
					     [OPROM_OPEN_FIRMWARE] = "Open Firmware",
					     [OPROM_HP] = "HP PA-RISC",
					     [OPROM_EFI] = "EFI" };

	if (o->code_type < ARRAY_SIZE(words))
		return words[o->code_type];
	return o->code_type >= 0x70 ? "vendor data" : "other";
}
