// SPDX-License-Identifier: GPL-2.0-or-later
/* ovmf_remove.c - an OVMF image without what ovmf inject put in, or without one file. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/json.h"
#include "cli/ovmf.h"
#include "plan/plan.h"

#define COMMAND "ovmf remove"

struct job {
	const struct cli *cli;
	struct ovmf_image image;
	struct guid wanted; /* with --guid */
	bool qcow2;
	struct guid *without;
	size_t n_without;
	struct ovmf_result result;
	bool stock_known, stock_again; /* is what is left the stock's, decoded? */
	bool stock_same;	       /* and byte for byte */
	char sha256[65];
	char path[HOST_PATH_MAX];
	enum ovmf_written written;
};

/* ---- the work ----------------------------------------------------------------------------------------------- */

static int choose(struct job *j)
{
	struct ovmf_image *i = &j->image;

	if (j->cli->guid) {
		j->without = &j->wanted;
		j->n_without = 1;
		return 0;
	}
	j->without = ovmf_ours(i, &j->n_without);
	if (!j->without)
		return -IGD_ENOMEM;
	if (j->n_without)
		return 0;
	return report_refuse(
		&i->rep, IGD_ENOENT, REPORT_NOWHERE,
		"nothing of igdctl's is in it; --guid takes out another file, and igdctl ovmf list --all shows them");
}

/* Is what is left what the record says the stock image had? */
static int compare(struct job *j)
{
	const struct ovmf_record *r = &j->image.record;
	struct report quiet = { 0 };
	char sha256[65];
	struct ovmf o;
	int code;

	j->stock_known = j->image.recorded && *r->decoded_sha256;
	if (!j->stock_known)
		return 0;
	code = ovmf_read(buffer_span(&j->result.image), &o, &quiet);
	if (code < 0)
		return code;
	ovmf_decoded_sha256(&o, sha256);
	ovmf_done(&o);
	j->stock_again = strcmp(sha256, r->decoded_sha256) == 0;
	plan_sha256(buffer_span(&j->result.image), sha256);
	j->stock_same = strcmp(sha256, r->stock_sha256) == 0;
	return 0;
}

static int deliver(struct job *j)
{
	const char *inputs[] = { j->cli->args[0], NULL };
	const struct ovmf_image *i = &j->image;
	const char *name = i->recorded && *i->record.stock_name ? i->record.stock_name : i->name;

	return ovmf_deliver(j->cli, &j->image, buffer_span(&j->result.image), j->qcow2, name,
			    j->stock_again ? "stock" : "without", inputs, j->sha256, j->path, &j->written);
}

static int take_out(struct job *j)
{
	int r = choose(j);

	if (r == 0)
		r = ovmf_rebuild(&j->image.ovmf, j->without, j->n_without, NULL, 0, OVMF_LEVEL_KEEP, ovmf_progress,
				 NULL, &j->result, &j->image.rep);
	ovmf_progress_clear();
	if (r == 0)
		r = compare(j);
	return r < 0 ? r : deliver(j);
}

/* ---- the answer --------------------------------------------------------------------------------------------- */

static bool is_out(const struct job *j, const struct ovmf_file *f)
{
	for (size_t i = 0; i < j->n_without; i++)
		if (guid_eq(&j->without[i], &f->guid))
			return true;
	return false;
}

static const char *stock_words(const struct job *j)
{
	if (!j->stock_known)
		return "No record says what the stock image was.";
	if (j->stock_same)
		return "Byte for byte it is the stock image again.";
	return j->stock_again
		       ? "Decompressed it is the stock image again, byte for byte."
		       : "It is not what the record says of the stock image: other files were put in or taken out.";
}

static void remove_text(struct job *j)
{
	static const char *const columns[] = { "TAKEN OUT", "GUID", "SIZE", "WHAT", NULL };
	struct libscols_table *t;
	char guid[GUID_STR];
	struct view v;

	view_init(&v, j->cli, stdout);
	t = view_table(&v, false, columns);
	for (size_t i = 0; i < j->image.ovmf.n_files; i++) {
		const struct ovmf_file *f = &j->image.ovmf.files[i];
		const char *cells[] = { or_dash(f->name), guid_str(&f->guid, guid),
					arena_printf(&j->image.arena, "%zu", f->bytes.n), f->what ? f->what : "" };

		if (is_out(j, f))
			view_line(t, NULL, cells);
	}
	view_table_end(&v, t);
	printf("\n%s\n", stock_words(j));
	view_row(&v, "SHA-256", "%s", j->sha256);
	printf("\n%s %s\n", ovmf_written_str(j->written), j->path);
}

static bool remove_json(struct job *j)
{
	json_t *top = json_top("ovmf-remove", j->image.name), *list = json_array();

	for (size_t i = 0; i < j->image.ovmf.n_files; i++)
		if (is_out(j, &j->image.ovmf.files[i]))
			json_array_append_new(list, ovmf_file_json(&j->image.ovmf.files[i]));
	json_object_set_new(top, "output", json_text(j->path));
	json_object_set_new(top, "written", json_boolean(j->written == OVMF_WRITTEN));
	json_object_set_new(top, "format", json_text(j->qcow2 ? "qcow2" : "raw"));
	json_object_set_new(top, "sha256", json_text(j->sha256));
	json_object_set_new(top, "removed", list);
	json_object_set_new(top, "stock_again", j->stock_known ? json_boolean(j->stock_again) : json_null());
	json_object_set_new(top, "stock_same", j->stock_known ? json_boolean(j->stock_same) : json_null());
	return json_print(top, true, stdout);
}

/* ---- the command -------------------------------------------------------------------------------------------- */

static int options_read(struct job *j)
{
	const struct cli *cli = j->cli;

	if (cli->n_args == 0)
		return usage_error(COMMAND, "name an image that ovmf inject made");
	if (cli->n_args > 1)
		return usage_error(COMMAND, "one image at a time; \"%.60s\" is a second", cli->args[1]);
	if (cli->guid && !guid_parse(span_str(cli->guid), &j->wanted))
		return usage_error(COMMAND,
				   "\"%.40s\" is no GUID; they look like 1647b4f3-3e8a-4fdd-81c8-328ed647ab1a",
				   cli->guid);
	if (cli->format && strcmp(cli->format, "raw") != 0 && strcmp(cli->format, "qcow2") != 0)
		return usage_error(COMMAND, "no format \"%.20s\"; there are raw and qcow2", cli->format);
	return EXIT_DONE;
}

static int run(struct job *j)
{
	struct ovmf_image *i = &j->image;
	int r = ovmf_image_read(j->cli->args[0], i);

	if (r == 0 && !i->found)
		r = i->rep.code;
	j->qcow2 = j->cli->format ? strcmp(j->cli->format, "qcow2") == 0 : i->qcow2;
	if (r == 0)
		r = take_out(j);
	if (r < 0)
		return json_refused(j->cli, "ovmf-remove", j->cli->args[0], &i->rep, r, stdout, stderr);
	report_notes(j->cli, &i->rep);
	if (j->cli->json)
		return remove_json(j) ? EXIT_DONE : EXIT_FAILED;
	remove_text(j);
	return EXIT_DONE;
}

static int ovmf_remove_run(const struct cli *cli)
{
	struct job j = { .cli = cli };
	int status = options_read(&j);

	if (status == EXIT_DONE)
		status = run(&j);
	buffer_done(&j.result.image);
	ovmf_image_done(&j.image);
	return status;
}

static const struct option_row remove_options[] = {
	{ 'o', "output", "FILE|FOLDER", "write there; in a folder (default: here) by a name that the content gives" },
	{ 0, "guid", "GUID", "take out the file of this GUID, and nothing else" },
	{ 0, "format", "FORMAT", "raw or qcow2 (default: as FILE is)" },
	{ 0, "force", NULL, "write over a file that is there" },
	{ 0, NULL, NULL, NULL },
};

static const char *const remove_examples[] = {
	"the stock image back",
	"igdctl ovmf remove OVMF_CODE_4M-igd-0123456789ab.fd",
	"without a driver that somebody else put in",
	"igdctl ovmf remove --guid 1647b4f3-3e8a-4fdd-81c8-328ed647ab1a -o out.fd OVMF_CODE.fd",
	NULL,
};

const struct command command_ovmf_remove = {
	.name = COMMAND,
	.effect = READS,
	.output = OUTPUT_EITHER,
	.synopsis = "[OPTION...] FILE",
	.summary = "Take out of an OVMF image what ovmf inject put in",
	.about = ("Writes a new image without igdctl's drivers, the GOP driver and the other drivers that were put "
		  "in with them, and their record; or, with --guid, without one file, whoever put it in. FILE itself "
		  "is never written.\n\nWhere the record says what the stock image was, the answer tells whether the "
		  "result is that again, decompressed. Its name then is the stock's, with \"-stock-\" and the "
		  "beginning of its SHA-256; else with \"-without-\"."),
	.options = remove_options,
	.examples = remove_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, -1 },
	.run = ovmf_remove_run,
};
