// SPDX-License-Identifier: GPL-2.0-or-later
/* rom_info.c - what an option ROM holds, image by image. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/batch.h"
#include "cli/json.h"
#include "cli/rom.h"
#include "cli/view.h"
#include "plan/plan.h"

static const char *place_str(enum oprom_place p)
{
	static const char *const words[] = {
		[OPROM_CHAINED] = "chain", [OPROM_GAP] = "gap", [OPROM_INSIDE] = "inside", [OPROM_BEHIND] = "behind"
	};

	return words[p];
}

static const char *sum_str(enum oprom_sum s)
{
	return s == OPROM_SUM_OK ? "ok" : s == OPROM_SUM_BAD ? "bad" : NULL;
}

static bool vbt_of(const struct oprom *o, struct vbt_info *ret)
{
	return o->vbt.p && vbt_read(o->vbt, ret, NULL) == 0;
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *id_json(uint16_t vendor, uint16_t device)
{
	return json_sprintf("%04x:%04x", vendor, device);
}

static json_t *devices_json(const struct oprom *o)
{
	json_t *list = json_array();
	uint16_t id;

	for (size_t i = 0; oprom_device(o, i, &id); i++)
		json_array_append_new(list, id_json(o->vendor, id));
	return list;
}

static json_t *pcir_json(const struct oprom *o)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "offset", number(o->pcir_at), "size",
			 number(o->pcir_size), "revision", number(o->pcir_revision), "vpd",
			 o->vpd ? number(o->vpd) : json_null(), "max_runtime_size",
			 o->revision3 ? number(o->max_runtime * (uint64_t)OPROM_BLOCK) : json_null(),
			 "config_utility", o->revision3 ? number(o->config_utility) : json_null(), "dmtf",
			 o->revision3 ? number(o->dmtf) : json_null());
}

static json_t *npde_json(const struct oprom *o)
{
	if (!o->npde.there)
		return json_null();
	return json_pack("{s:o, s:b}", "size", number(o->npde.blocks * (uint64_t)OPROM_BLOCK), "last", o->npde.last);
}

static json_t *pe_json(const struct rom_payload *p, const struct rom_driver *d)
{
	if (!p->looked || !d->sha256[0])
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:s}", "machine", json_text(pe_machine_str(p->pe.machine)), "subsystem",
			 number(p->pe.subsystem), "size", number(d->pe_size), "sha256", d->sha256);
}

static json_t *gop_json(const struct gop *g)
{
	json_t *ids = json_array();

	for (size_t i = 0; g && i < g->n_devices; i++)
		json_array_append_new(ids, json_sprintf("%04x:%04x", g->vendor, g->devices[i]));
	if (g)
		return json_pack("{s:o, s:o}", "version", *g->version ? json_text(g->version) : json_null(),
				 "device_ids", ids);
	json_decref(ids);
	return json_null();
}

static json_t *ours_json(const struct rom_driver *d)
{
	if (!d->ours.name)
		return json_null();
	return json_pack("{s:s, s:s, s:o}", "driver", d->ours.name, "version", d->ours.version, "vbt",
			 d->ours.vbt_size ? json_pack("{s:o, s:o}", "name", json_text(d->ours.vbt_name), "size",
						      number(d->ours.vbt_size))
					  : json_null());
}

static json_t *payload_json(const struct rom_file *r, size_t i)
{
	const struct oprom *o = &r->chain.images[i];
	const struct rom_payload *p = &r->payloads[i];
	const struct rom_driver *d = &r->drivers[i];
	char sha256[65];

	if (!o->efi.payload.p)
		return json_null();
	plan_sha256(o->efi.payload, sha256);
	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "offset", number(o->at + o->efi.image_at),
			 "size", number(o->efi.payload.n), "sha256", sha256, "decoded_size",
			 d->size ? number(d->size) : json_null(), "pe", pe_json(p, d), "gop", gop_json(d->gop),
			 "igdctl", ours_json(d), "fault", json_text(p->fault));
}

static json_t *efi_json(const struct rom_file *r, size_t i)
{
	const struct oprom *o = &r->chain.images[i];

	if (!o->efi.valid)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:b, s:o, s:o}", "subsystem", number(o->efi.subsystem), "machine",
			 json_text(pe_machine_str(o->efi.machine)), "machine_id", number(o->efi.machine),
			 "compressed", o->efi.compression != 0, "payload", payload_json(r, i), "fault",
			 json_text(rom_efi_fault(o)));
}

static json_t *vbt_json(const struct oprom *o)
{
	struct vbt_info v = { 0 };
	bool whole = vbt_of(o, &v);

	if (!o->vbt.p)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}", "offset", number(o->at + o->bytes.n - o->vbt.n), "name",
			 whole ? json_text(v.name) : json_null(), "version", whole ? number(v.version) : json_null(),
			 "size", whole ? number(v.size) : json_null());
}

static json_t *saved_bdsm_json(const struct oprom *o)
{
	uint32_t value;
	size_t at;

	if (!oprom_saved_bdsm(o, &at, &value))
		return json_null();
	return json_pack("{s:o, s:o}", "offset", number(o->at + at), "value", number(value));
}

static json_t *image_json(const struct rom_file *r, size_t i)
{
	const struct oprom *o = &r->chain.images[i];
	json_t *j = json_pack("{s:o, s:o, s:o, s:s, s:b, s:b, s:o, s:s, s:o, s:o, s:o, s:o}", "offset", number(o->at),
			      "size", number(o->bytes.n), "declared_size", number(o->blocks * (uint64_t)OPROM_BLOCK),
			      "place", place_str(o->place), "partial", o->partial, "nvidia", o->nvidia, "code_type",
			      number(o->code_type), "code", oprom_code_str(o), "id", id_json(o->vendor, o->device),
			      "device_ids", devices_json(o), "class", json_sprintf("0x%06x", o->class_code),
			      "revision", number(o->revision));

	json_object_set_new(j, "init_size", number(o->init_size));
	json_object_set_new(j, "checksum", json_text(sum_str(o->sum)));
	json_object_set_new(j, "last", json_boolean(o->last));
	json_object_set_new(j, "pcir", pcir_json(o));
	json_object_set_new(j, "npde", npde_json(o));
	json_object_set_new(j, "efi", efi_json(r, i));
	json_object_set_new(j, "vbt", vbt_json(o));
	json_object_set_new(j, "saved_bdsm", saved_bdsm_json(o));
	return j;
}

static json_t *notes_json(const struct rom_file *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->rep.n_notes; i++)
		json_array_append_new(list, json_pack("{s:o, s:o}", "offset", number(r->rep.notes[i].at), "text",
						      json_text(r->rep.notes[i].text)));
	return list;
}

static json_t *tail_json(const struct oprom_chain *c)
{
	if (c->tail == OPROM_TAIL_NONE)
		return json_null();
	return json_pack("{s:o, s:o, s:s}", "offset", number(c->tail_at), "size", number(c->tail_size), "kind",
			 c->tail == OPROM_TAIL_PADDING ? "padding" : "data");
}

static json_t *info_json(const struct rom_file *r)
{
	static const char *const ends[] = { [OPROM_END_LAST] = "last",
					    [OPROM_END_MISSING] = "missing",
					    [OPROM_END_PARTIAL] = "partial",
					    [OPROM_END_STUCK] = "stuck" };
	json_t *top = json_top("rom-info", r->name), *images = json_array();
	char sha256[65];

	for (size_t i = 0; i < r->chain.n; i++)
		json_array_append_new(images, image_json(r, i));
	plan_sha256(r->bytes, sha256);
	json_object_set_new(top, "size", number(r->bytes.n));
	json_object_set_new(top, "sha256", json_text(sha256));
	json_object_set_new(top, "prefix_size", number(r->chain.images[0].at));
	json_object_set_new(top, "images", images);
	json_object_set_new(top, "more_images", json_boolean(r->chain.more));
	json_object_set_new(top, "end", json_text(ends[r->chain.end]));
	json_object_set_new(top, "tail", tail_json(&r->chain));
	json_object_set_new(top, "notes", notes_json(r));
	return top;
}

/* ---- text --------------------------------------------------------------------------------------------------- */

static const char *seen_by(const struct oprom *o)
{
	static const char *const words[] = { [OPROM_CHAINED] = "all",
					     [OPROM_GAP] = "OVMF, behind a gap",
					     [OPROM_INSIDE] = "its vendor's tools",
					     [OPROM_BEHIND] = "nobody: behind the last" };

	return o->place == OPROM_BEHIND && o->nvidia ? words[OPROM_INSIDE] : words[o->place];
}

static void images_table(const struct view *v, struct rom_file *r)
{
	static const char *const columns[] = { "IMAGE", "OFFSET",   "SIZE", "CODE",    "DEVICE",
					       "CLASS", "CHECKSUM", "LAST", "SEEN BY", NULL };
	struct libscols_table *t = view_table(v, false, columns);

	for (size_t i = 0; i < r->chain.n; i++) {
		const struct oprom *o = &r->chain.images[i];
		struct arena *a = &r->arena;
		const char *cells[] = { arena_printf(a, "%zu", i + 1),
					arena_printf(a, "0x%zx", o->at),
					arena_printf(a, "%zu%s", o->bytes.n, o->partial ? " (cut)" : ""),
					o->efi.valid ? arena_printf(a, "EFI %s", pe_machine_str(o->efi.machine))
						     : arena_printf(a, o->code_type < 4 ? "%s" : "%s (0x%02x)",
								    oprom_code_str(o), o->code_type),
					arena_printf(a, "%04x:%04x", o->vendor, o->device),
					arena_printf(a, "%06x", o->class_code),
					or_dash(sum_str(o->sum)),
					o->last ? "yes" : "no",
					seen_by(o) };

		view_line(t, NULL, cells);
	}
	view_table_end(v, t);
}

static const char *devices_text(struct arena *a, const struct oprom *o)
{
	const char *list = NULL;
	uint16_t id;

	for (size_t i = 0; oprom_device(o, i, &id); i++)
		list = arena_printf(a, "%s%s%04x", list ? list : "", list ? " " : "", id);
	return list;
}

static void driver_text(const struct view *v, struct rom_file *r, size_t i)
{
	const struct oprom *o = &r->chain.images[i];
	const struct rom_driver *d = &r->drivers[i];
	const char *fault = rom_efi_fault(o) ? rom_efi_fault(o) : r->payloads[i].fault;

	view_row(v, "  Driver", "at 0x%zx, %zu bytes%s%s%s", o->at + o->efi.image_at, o->efi.payload.n,
		 o->efi.compression ? " compressed" : "",
		 o->efi.compression && d->size ? arena_printf(&r->arena, " from %zu", d->size) : "",
		 o->efi.subsystem == 0xc ? ", a runtime driver" : "");
	if (d->sha256[0])
		view_row(v, "  SHA-256", "%s (%zu bytes of PE)", d->sha256, d->pe_size);
	if (d->ours.name)
		view_row(v, "  Is", "igdctl's %s %s%s%s", d->ours.name, d->ours.version,
			 d->ours.vbt_size ? ", with a VBT for " : "", d->ours.vbt_name);
	if (d->gop)
		view_row(v, "  GOP", "%s, starts on %zu GPUs",
			 *d->gop->version ? d->gop->version : "build not stated", d->gop->n_devices);
	if (fault)
		view_row(v, "  Wrong", "%s", fault);
}

static void image_text(const struct view *v, struct rom_file *r, size_t i)
{
	const struct oprom *o = &r->chain.images[i];
	const char *devices = devices_text(&r->arena, o);
	struct vbt_info vbt;
	uint32_t value;
	size_t at;

	bool has_run = oprom_saved_bdsm(o, &at, &value) && value;

	if (!devices && !o->efi.valid && !o->vbt.p && !o->npde.there && !has_run)
		return;
	view_heading(v, "Image %zu", i + 1);
	if (devices)
		view_row(v, "  Also for", "%s", devices);
	if (o->efi.valid)
		driver_text(v, r, i);
	if (vbt_of(o, &vbt))
		view_row(v, "  VBT", "\"%s\" at 0x%zx, %u bytes", vbt.name, o->at + o->bytes.n - o->vbt.n, vbt.size);
	else if (o->vbt.p)
		view_row(v, "  VBT", "at 0x%zx, damaged", o->at + o->bytes.n - o->vbt.n);
	if (has_run)
		view_row(v, "  Has run", "it keeps 0x%08x, a host's stolen memory, at 0x%zx", value, o->at + at);
	if (o->npde.there)
		view_row(v, "  NPDE", "%u bytes%s", o->npde.blocks * (unsigned)OPROM_BLOCK,
			 o->npde.last ? ", the last" : "");
}

static void info_text(const struct view *v, struct rom_file *r)
{
	const struct oprom_chain *c = &r->chain;
	char line[REPORT_TEXT + 128];

	view_paragraph(v, PAINT_HEAD, "", 0,
		       arena_printf(&r->arena, "%s: %zu bytes, %zu image%s%s", r->name, r->bytes.n, c->n,
				    c->n == 1 ? "" : "s", c->more ? ", and more" : ""));
	images_table(v, r);
	for (size_t i = 0; i < c->n; i++)
		image_text(v, r, i);
	if (c->tail != OPROM_TAIL_NONE)
		fprintf(v->out, "\n%zu bytes of %s behind it, at 0x%zx\n", c->tail_size,
			c->tail == OPROM_TAIL_PADDING ? "padding" : "data", c->tail_at);
	if (c->end == OPROM_END_MISSING)
		fprintf(v->out, "\nNo image says that it is the last.\n");
	for (size_t i = 0; i < r->rep.n_notes; i++) {
		report_entry_str(&r->rep.notes[i], line, sizeof(line));
		fprintf(v->out, "%s%s\n", i ? "" : "\n", line);
	}
}

/* ---- the command -------------------------------------------------------------------------------------------- */

static int info(const void *ctx, size_t i, FILE *out, FILE *err)
{
	const struct cli *cli = ctx;
	struct rom_file file;
	int status = EXIT_DONE, r = rom_file_read(cli->args[i], &file);
	struct view v;

	view_init(&v, cli, out);
	if (r < 0 || !file.found) {
		if (r == 0 && file.rep.code == -IGD_EMAGIC)
			report_more(&file.rep, "; igdctl fw scan says what it is");
		status = json_refused(cli, "rom-info", cli->args[i], &file.rep, r < 0 ? r : file.rep.code, out, err);
	} else {
		if (cli->json)
			json_print(info_json(&file), cli->n_args == 1, out);
		else
			info_text(&v, &file);
		if (file.chain.end == OPROM_END_PARTIAL) { /* what is there was told; that it is not all, too */
			fprintf(err, "igdctl: %s: ends within its last image\n", file.name);
			status = EXIT_FAILED;
		}
	}
	rom_file_done(&file);
	return status;
}

static int rom_info_run(const struct cli *cli)
{
	if (cli->n_args == 0)
		return usage_error("rom info", "name a ROM file, or - for standard input");
	return batch_run(info, cli, (size_t)cli->n_args);
}

static const struct option_row info_options[] = {
	{ 0, NULL, NULL, NULL },
};

static const char *const info_examples[] = {
	"what a ROM holds",
	"igdctl rom info igd.rom",
	"every image of many, for programs",
	"igdctl rom info --json *.rom",
	NULL,
};

const struct command command_rom_info = {
	.name = "rom info",
	.effect = READS,
	.synopsis = "[OPTION...] FILE...",
	.summary = "Show the images in an option ROM: for whom, for which firmware, whole or not",
	.about = ("Reads PCI option ROMs - a VBIOS, UEFI drivers, or both in a chain - and tells of each image where "
		  "it lies, what code it has, for which devices, whether its checksum is right, and who gets to it: "
		  "SeaBIOS and OVMF go by lengths and the last flag, tools of graphics cards' vendors by marks of "
		  "their own. Of a UEFI driver it gives the PE inside, decompressed where it is compressed, and its "
		  "SHA-256; of an Intel VBIOS its VBT.\n\nThe ROM may begin anywhere in the file. One that ends too "
		  "early is shown as far as it goes, and the status is 1. With several files and --json the answer "
		  "is one object a line."),
	.options = info_options,
	.examples = info_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, -1 },
	.run = rom_info_run,
};
