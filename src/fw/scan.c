// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/scan.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/text.h"
#include "fw/fv_section.h"
#include "fw/igd_id.h"
#include "fw/oprom.h"
#include "fw/vbt.h"
#include "fw/volume.h"
#include "std/pi.h"

struct search {
	struct fw_scan *scan;
	struct arena *arena;
	fw_found found;
	void *ctx;
};

const char *fw_artifact_kind_str(enum fw_artifact_kind k)
{
	static const char *const words[] = { [ART_GOP] = "gop",
					     [ART_VBT] = "vbt",
					     [ART_VBIOS] = "vbios",
					     [ART_AMD_GOP] = "amd-gop",
					     [ART_AMD_VBIOS] = "amd-vbios" };

	return words[k];
}

/* ---- what an artifact says of itself ------------------------------------------------------------------------ */

static void sha256(struct span s, uint8_t digest[32])
{
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, s.n, s.p);
	sha256_digest(&sha, 32, digest);
}

static void vbt_describe(struct search *s, struct span bytes, struct fw_artifact *a)
{
	struct vbt_info vbt;
	char line[1024];

	if (vbt_read(bytes, &vbt, NULL) < 0)
		return;
	vbt_line(&vbt, line, sizeof(line));
	a->platform = arena_str(s->arena, vbt.name);
	a->bdb_version = vbt_bdb_version(&vbt);
	a->vbt_size = vbt.size;
	a->outputs = arena_str(s->arena, line);
	if (a->kind == ART_VBT) {
		a->sum_ok = vbt_sum_ok(&vbt);
		a->whole = true;
	}
}

/* "AMD VER015.050.000.001.000000": text in the ROM that AMD's tools print as the VBIOS version. */
static const char *amd_version(struct search *s, struct span rom)
{
	static const char mark[] = "AMD VER";
	struct span head = rom, rest;
	const uint8_t *hit;
	size_t n = 0;

	(void)span_cut(rom, 0, 0x400, &head);
	hit = memmem(head.p, head.n, mark, sizeof(mark) - 1);
	if (!hit || !span_from(head, (size_t)(hit - head.p) + sizeof(mark) - 1, &rest))
		return "";
	while (n < rest.n && ((rest.p[n] >= '0' && rest.p[n] <= '9') || rest.p[n] == '.'))
		n++;
	(void)span_cut(rest, 0, n, &rest);
	return arena_span(s->arena, rest);
}

/* Which devices it starts on has to be asked while its bytes are at hand. */
static void starts_describe(struct search *s, const struct oprom *o, struct fw_artifact *a)
{
	uint16_t ids[OPROM_DEVICES_MAX], *kept;
	size_t at, n = oprom_starts_on(o, ids, &at);

	kept = n ? arena_alloc(s->arena, n * sizeof(*kept)) : NULL;
	if (!kept)
		return;
	memcpy(kept, ids, n * sizeof(*kept));
	a->starts_on = kept;
	a->n_starts_on = n;
}

static void vbios_describe(struct search *s, const struct fw_node *n, struct fw_artifact *a)
{
	struct span bytes = n->body, vbt;
	uint8_t sum = 0, blocks = 0;
	uint16_t at;

	a->vendor = n->rom->vendor;
	a->device = n->rom->device;
	(void)span_u8(bytes, 2, &blocks);
	a->whole = span_cut(bytes, 0, blocks * (size_t)512, &vbt);
	for (size_t i = 0; a->whole && i < vbt.n; i++)
		sum = (uint8_t)(sum + vbt.p[i]);
	a->sum_ok = a->whole && sum == 0;
	if (n->up->kind == FW_MODULE) {
		(void)span_le16(n->up->whole, 2, &a->box_vendor);
		(void)span_le16(n->up->whole, 4, &a->box_id);
	}
	/* Intel's VBIOS points to its VBT at 0x1a: true for 30 of 30, Sandy Bridge to Coffee Lake. */
	if (a->kind == ART_VBIOS && span_le16(bytes, 0x1a, &at) && span_from(bytes, at, &vbt))
		vbt_describe(s, vbt, a);
	starts_describe(s, n->rom, a);
	a->version = a->kind == ART_AMD_VBIOS ? amd_version(s, bytes) : "";
}

/* ---- keeping ------------------------------------------------------------------------------------------------ */

static struct fw_artifact *known(struct fw_scan *scan, const uint8_t digest[32])
{
	for (size_t i = 0; i < scan->n_artifacts; i++)
		if (memcmp(scan->artifacts[i].sha256, digest, 32) == 0)
			return &scan->artifacts[i];
	return NULL;
}

/* The names of the members around @n, the outermost first; cut at the front to fit. */
static const char *member_of(struct search *s, const struct fw_node *n)
{
	char names[512];
	size_t at = sizeof(names) - 1;

	names[at] = '\0';
	for (; n->kind != FW_INPUT; n = n->up) {
		size_t len = n->kind == FW_MEMBER ? strlen(n->name) : 0;

		if (len == 0)
			continue;
		if (len + 1 > at)
			break;
		if (names[at])
			names[--at] = '/';
		at -= len;
		memcpy(names + at, n->name, len);
	}
	text_clean(names + at);
	return arena_str(s->arena, names + at);
}

static int copy_add(struct search *s, struct fw_artifact *a, const struct fw_node *n)
{
	const struct fw_node *file = fw_file_of(n);
	char path[FW_PATH], guid[GUID_STR];
	struct fw_copy *c;

	if (a->n_copies == FW_COPIES_MAX)
		return 0;
	c = arena_push(s->arena, a->copies, a->n_copies);
	if (!c)
		return -IGD_ENOMEM;
	c->path = arena_str(s->arena, fw_path(n, path));
	c->member = member_of(s, n);
	c->guid = arena_str(s->arena, file && file->guid ? guid_str(file->guid, guid) : "");
	c->decoded = n->file_at == REPORT_NOWHERE;
	c->at = c->decoded ? fw_outer_at(n) : n->file_at + n->head;
	c->partial = n->partial || !a->whole;
	for (; n->kind != FW_INPUT; n = n->up)
		c->carved |= n->carved;
	return 0;
}

static int damage_add(struct search *s, const struct fw_node *n, bool damage, uint64_t at, const char *text)
{
	struct fw_scan *scan = s->scan;
	struct fw_trouble *t;
	char path[FW_PATH];

	scan->n_troubles++;
	scan->n_damages += damage;
	if (scan->n_kept == FW_TROUBLES_MAX)
		return 0;
	t = arena_push(s->arena, scan->troubles, scan->n_kept);
	if (!t)
		return -IGD_ENOMEM;
	*t = (struct fw_trouble) { arena_str(s->arena, fw_path(n, path)), arena_str(s->arena, text), at, damage };
	return 0;
}

static int artifact_add(struct search *s, const struct fw_node *n, const struct fw_artifact *first)
{
	const struct fw_node *file = fw_file_of(n);
	struct fw_artifact *a, seen = *first;
	char guid[GUID_STR];
	int r;

	if (!seen.whole) {
		s->scan->partial = true;
		r = damage_add(s, n, true, n->body.n, "it ends here, before its own headers say so");
		if (r < 0)
			return r;
	}
	sha256(n->body, seen.sha256);
	a = known(s->scan, seen.sha256);
	if (a)
		return copy_add(s, a, n);
	if (s->scan->n_artifacts == FW_ARTIFACTS_MAX)
		return -IGD_ELIMIT;
	seen.size = n->body.n;
	seen.name = arena_str(s->arena, file && *file->name			      ? file->name
					: file && file->guid && guid_name(file->guid) ? guid_name(file->guid)
										      : "");
	seen.guid = arena_str(s->arena, file && file->guid ? guid_str(file->guid, guid) : "");
	r = copy_add(s, &seen, n);
	a = r == 0 ? arena_push(s->arena, s->scan->artifacts, s->scan->n_artifacts) : NULL;
	if (!a)
		return r < 0 ? r : -IGD_ENOMEM;
	*a = seen;
	return s->found ? s->found(s->ctx, a, n->body) : 0;
}

/* ---- recognising -------------------------------------------------------------------------------------------- */

static int executable(struct search *s, const struct fw_node *n)
{
	struct fw_artifact a = { .platform = "", .outputs = "", .version = "" };
	struct gop gop, *kept;
	bool te;

	if (!gop_read(n->body, &gop, &te))
		return te ? damage_add(s, n, false, REPORT_NOWHERE,
				       "a GOP for the time before DXE (a TE image): no option ROM can carry it")
			  : 0;
	kept = arena_new(s->arena, struct gop);
	if (!kept)
		return -IGD_ENOMEM;
	*kept = gop;
	a.gop = kept;
	a.kind = gop.vendor == 0x1002 ? ART_AMD_GOP : ART_GOP;
	a.whole = !gop.pe.partial;
	return artifact_add(s, n, &a);
}

static int rom(struct search *s, const struct fw_node *n)
{
	struct fw_artifact a = { .platform = "", .outputs = "", .version = "" };
	const struct oprom *o = n->rom;
	uint8_t base_class = (uint8_t)(o->class_code >> 16);

	/* Some write no class: then a VBT inside says that it is a display's. */
	if (o->code_type != OPROM_PC || (o->vendor != 0x8086 && o->vendor != 0x1002) ||
	    (base_class != 0x03 && base_class != 0x00))
		return 0;
	a.kind = o->vendor == 0x1002 ? ART_AMD_VBIOS : ART_VBIOS;
	vbios_describe(s, n, &a);
	if (base_class == 0 && a.bdb_version == 0)
		return 0;
	return artifact_add(s, n, &a);
}

static int vbt(struct search *s, const struct fw_node *n)
{
	struct fw_artifact a = { .kind = ART_VBT, .platform = "", .outputs = "", .version = "" };

	vbt_describe(s, n->body, &a);
	return artifact_add(s, n, &a);
}

static bool in_region_of_others(const struct fw_node *n)
{
	return n->kind == FW_REGION && n->leaf;
}

static int enter(void *ctx, const struct fw_node *n)
{
	struct search *s = ctx;
	int r = 0;

	s->scan->partial |= n->partial;
	if (in_region_of_others(n))
		return 1;
	s->scan->n_volumes += n->kind == FW_VOLUME;
	if ((n->kind == FW_WRAPPER || n->kind == FW_FLASH) && !*s->scan->holds)
		s->scan->holds = arena_str(s->arena, n->kind == FW_FLASH ? "Intel flash image" : n->name);
	if (n->kind == FW_PE ||
	    (n->kind == FW_SECTION && (n->section->type == SECTION_PE32 || n->section->type == SECTION_TE)))
		r = executable(s, n);
	else if (n->kind == FW_ROM)
		r = rom(s, n);
	else if (n->kind == FW_VBT)
		r = vbt(s, n);
	return r;
}

/* Marks of firmware from before UEFI, whose modules are packed in ways of its own. */
static const struct {
	const char *mark, *says;
} old_ones[] = {
	{ "AMIBIOSC", "an AMI BIOS from before UEFI: its modules are packed in a way this program does not read" },
	{ "$BVDT", "an Award BIOS from before UEFI: its modules are packed in a way this program does not read" },
	{ "Award Software Inc.",
	  "an Award BIOS from before UEFI: its modules are packed in a way this program does not read" },
};

static void leave(void *ctx, const struct fw_node *n)
{
	struct search *s = ctx;

	if ((n->kind != FW_INPUT && n->kind != FW_MEMBER) || s->scan->n_volumes || s->scan->n_artifacts)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(old_ones); i++)
		if (text_has(n->body, old_ones[i].mark)) {
			if (damage_add(s, n, false, REPORT_NOWHERE, old_ones[i].says) == 0)
				s->scan->holds = "BIOS from before UEFI";
			return;
		}
}

static void note(void *ctx, const struct fw_node *n, bool damage, const struct report_note *note)
{
	struct search *s = ctx;

	if (damage_add(s, n, damage, note->at, note->text) < 0)
		s->scan->n_damages++;
}

/*
 * AMI's, Intel's FSP and Insyde's firmware take the VBT of this file unless the board's setup chose another; where
 * there is one VBT only, it is the one.
 */
static void default_mark(struct fw_scan *scan)
{
	static const char board[] = "878ac2cc-5343-46f2-b563-51f89daf56ba";
	struct fw_artifact *only = NULL;
	size_t n = 0;

	for (size_t i = 0; i < scan->n_artifacts; i++) {
		struct fw_artifact *a = &scan->artifacts[i];

		if (a->kind != ART_VBT)
			continue;
		a->is_default = strcmp(a->guid, board) == 0;
		only = a;
		n++;
	}
	if (n == 1)
		only->is_default = true;
}

int fw_scan(struct span input, const struct fw_limits *limits, struct arena *arena, fw_found found, void *ctx,
	    struct fw_scan *ret)
{
	struct fw_scan scan = { .holds = "" };
	struct search s = { .scan = &scan, .arena = arena, .found = found, .ctx = ctx };
	const struct fw_visitor visitor = { enter, leave, note, &s };
	int r = fw_walk(input, limits, &visitor);

	if (r < 0)
		return r;
	if (arena->full)
		return -IGD_ENOMEM;
	default_mark(&scan);
	*ret = scan;
	return 0;
}
