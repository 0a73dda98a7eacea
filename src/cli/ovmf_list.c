// SPDX-License-Identifier: GPL-2.0-or-later
/* ovmf_list.c - what an OVMF image is, and what is in it beside what the distribution built. */
#include <string.h>

#include "base/error.h"
#include "cli/batch.h"
#include "cli/json.h"
#include "cli/ovmf.h"

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static json_t *notes_json(const struct report *rep)
{
	json_t *list = json_array();

	for (size_t i = 0; i < rep->n_notes; i++)
		json_array_append_new(list, json_text(rep->notes[i].text));
	return list;
}

static bool listed(const struct cli *cli, const struct ovmf_image *i, size_t k)
{
	return cli->all || i->ovmf.files[k].whose != OVMF_STOCK;
}

static json_t *list_json(const struct cli *cli, const struct ovmf_image *i)
{
	json_t *top = json_top("ovmf-list", i->name), *files = json_array();

	for (size_t k = 0; k < i->ovmf.n_files; k++)
		if (listed(cli, i, k))
			json_array_append_new(files, ovmf_file_json(&i->ovmf.files[k]));
	json_object_set_new(top, "format", json_text(i->qcow2 ? "qcow2" : "raw"));
	json_object_set_new(top, "size", json_integer((json_int_t)i->raw.n));
	json_object_set_new(top, "sha256", json_text(i->sha256));
	json_object_set_new(top, "build", ovmf_build_json(&i->ovmf.traits));
	json_object_set_new(top, "boots", ovmf_boots_json(&i->ovmf.traits));
	json_object_set_new(top, "room", ovmf_room_json(i->ovmf.room, i->ovmf.dxe_room));
	json_object_set_new(top, "record", ovmf_record_json(i));
	json_object_set_new(top, "file_count", json_integer((json_int_t)i->ovmf.n_files));
	json_object_set_new(top, "files", files);
	json_object_set_new(top, "notes", notes_json(&i->rep));
	return top;
}

/* ---- text --------------------------------------------------------------------------------------------------- */

static void files_table(const struct view *v, const struct cli *cli, struct ovmf_image *i)
{
	static const char *const columns[] = { "FILE", "GUID", "TYPE", "SIZE", "WHAT", NULL };
	struct libscols_table *t = view_table(v, false, columns);
	char guid[GUID_STR], type[16];

	for (size_t k = 0; k < i->ovmf.n_files; k++) {
		const struct ovmf_file *f = &i->ovmf.files[k];
		const char *cells[] = { or_dash(f->name), guid_str(&f->guid, guid), ffs_type_str(f->type, type),
					arena_printf(&i->arena, "%zu", f->bytes.n), f->what ? f->what : "" };

		if (listed(cli, i, k))
			view_line(t, NULL, cells);
	}
	view_table_end(v, t);
}

static const char *made_from(struct ovmf_image *i)
{
	const struct ovmf_record *r = &i->record;

	if (!i->recorded)
		return i->ovmf.record.p ? "a record is there, and it is damaged" : NULL;
	return arena_printf(&i->arena, "%s%s%.16s%s by igdctl %s", *r->stock_name ? r->stock_name : "an image",
			    *r->stock_sha256 ? " (SHA-256 " : "", r->stock_sha256, *r->stock_sha256 ? "...)" : "",
			    r->version);
}

static void list_text(const struct view *v, const struct cli *cli, struct ovmf_image *i)
{
	const struct ovmf *o = &i->ovmf;
	const char *vars = ovmf_vars_name(i->recorded && *i->record.stock_name ? i->record.stock_name : i->name,
					  &o->traits, &i->arena);
	size_t n = 0;

	for (size_t k = 0; k < o->n_files; k++)
		n += o->files[k].whose != OVMF_STOCK;
	view_paragraph(v, PAINT_HEAD, "", 0,
		       arena_printf(&i->arena, "%s: OVMF of %s%s, %s", i->name, ovmf_size_str(i->raw.n, &i->arena),
				    i->qcow2 ? " in qcow2" : "", ovmf_build_str(&o->traits, &i->arena)));
	view_row(v, "Boots on", "%s", ovmf_boots_str(&o->traits));
	if (vars)
		view_row(v, "Variables", "%s, a copy of it for each VM", vars);
	view_row(v, "Room", "%s in flash, %s in the DXE volume", ovmf_size_str(o->room, &i->arena),
		 ovmf_size_str(o->dxe_room, &i->arena));
	view_row(v, "SHA-256", "%s", i->sha256);
	if (made_from(i))
		view_row(v, "Made from", "%s", made_from(i));
	fprintf(v->out, "\n");
	if (n == 0)
		fprintf(v->out, "All of its %zu files are the build's, as far as one can tell.\n", o->n_files);
	if (n || cli->all)
		files_table(v, cli, i);
	if (n && !cli->all)
		fprintf(v->out, "\nThe other %zu files are the build's; --all shows them.\n", o->n_files - n);
}

/* ---- the command -------------------------------------------------------------------------------------------- */

static int list(const void *ctx, size_t k, FILE *out, FILE *err)
{
	const struct cli *cli = ctx;
	struct ovmf_image i;
	int r = ovmf_image_read(cli->args[k], &i), status = EXIT_DONE;
	struct view v;

	view_init(&v, cli, out);
	if (r < 0 || !i.found) {
		status = json_refused(cli, "ovmf-list", cli->args[k], &i.rep, r < 0 ? r : i.rep.code, out, err);
	} else {
		report_notes_to(cli, &i.rep, err);
		if (cli->json)
			json_print(list_json(cli, &i), cli->n_args == 1, out);
		else
			list_text(&v, cli, &i);
	}
	ovmf_image_done(&i);
	return status;
}

static int ovmf_list_run(const struct cli *cli)
{
	if (cli->n_args == 0)
		return ovmf_no_file("ovmf list");
	return batch_run(list, cli, (size_t)cli->n_args);
}

static const struct option_row list_options[] = {
	{ 0, "all", NULL, "every file of the DXE volume, the build's too" },
	{ 0, NULL, NULL, NULL },
};

static const char *const list_examples[] = {
	"what was put into an image",
	"igdctl ovmf list OVMF_CODE_4M-igd-0123456789ab.fd",
	"every file of the distribution's",
	"igdctl ovmf list --all /usr/share/OVMF/OVMF_CODE_4M.fd",
	NULL,
};

const struct command command_ovmf_list = {
	.name = "ovmf list",
	.effect = READS,
	.synopsis = "[OPTION...] FILE...",
	.summary = "Show what an OVMF image is, and the drivers in it that the distribution did not build",
	.about = ("Reads an image of OVMF, OVMF_CODE*.fd or the unified OVMF.fd, as it is or in qcow2, and tells "
		  "which build it is, on which machines it boots, how much room it has, and which files of its DXE "
		  "volume are igdctl's or somebody else's drivers for Intel graphics. Of an image that ovmf inject "
		  "made it shows from which stock image.\n\nWith several files and --json the answer is one object a "
		  "line."),
	.options = list_options,
	.examples = list_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, -1 },
	.run = ovmf_list_run,
};
