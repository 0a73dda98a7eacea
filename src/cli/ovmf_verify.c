// SPDX-License-Identifier: GPL-2.0-or-later
/* ovmf_verify.c - OVMF images judged: their bytes, what was put in, and whether the package has moved on. */
#include <string.h>

#include "base/error.h"
#include "cli/batch.h"
#include "cli/deliver.h"
#include "cli/findings.h"
#include "cli/fw.h"
#include "cli/json.h"
#include "cli/ovmf.h"

struct wish {
	const struct cli *cli;
	enum severity min;
	struct ovmf_wish ovmf;
};

struct judged {
	const struct wish *wish;
	struct ovmf_image image, stock_image;
	struct ovmf_faults faults;
	struct ovmf_stock stock;
	struct ovmf_case c;
	struct findings all;
};

/* ---- the stock image ---------------------------------------------------------------------------------------- */

/* The file @path as the stock; what it says of itself as far as it can be read. */
static bool stock_take(struct judged *j, const char *path)
{
	ovmf_image_done(&j->stock_image);
	if (ovmf_image_read(path, &j->stock_image) < 0)
		return false;
	memcpy(j->stock.sha256, j->stock_image.sha256, sizeof(j->stock.sha256));
	j->stock.path = path;
	j->stock.ovmf = j->stock_image.found ? &j->stock_image.ovmf : NULL;
	j->stock.why = "it is no OVMF";
	return true;
}

/* Where packages put it: the one with the bytes that the record knows, else the first of that name. */
static void stock_find(struct judged *j)
{
	const struct ovmf_record *r = &j->image.record;
	const char *root = j->wish->cli->root ? j->wish->cli->root : "", *first = NULL;

	j->stock.why = "the record does not name it; --stock does";
	if (!j->image.recorded || !*r->stock_name || !deliver_is_name(r->stock_name))
		return;
	for (const char *const *folder = ovmf_folders; *folder; folder++) {
		const char *path = arena_printf(&j->image.arena, "%s%s/%s", root, *folder, r->stock_name);

		if (!stock_take(j, path))
			continue;
		if (strcmp(j->stock.sha256, r->stock_sha256) == 0)
			return;
		first = first ? first : path;
	}
	j->stock = (struct ovmf_stock) {
		.why = arena_printf(&j->image.arena, "no package's folder has %s; --stock names it", r->stock_name)
	};
	if (first && !stock_take(j, first))
		j->stock.path = NULL;
}

static int stock_get(struct judged *j)
{
	const char *path = j->wish->cli->stock;

	if (!path) {
		stock_find(j);
		return 0;
	}
	if (stock_take(j, path) && j->stock_image.found)
		return 0;
	j->image.rep = j->stock_image.rep; /* what was asked for is not to be had */
	return j->stock_image.rep.code;
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static json_t *verify_json(const struct judged *j)
{
	json_t *top = json_top("ovmf-verify", j->image.name), *list = json_array();
	const struct ovmf_wish *w = &j->wish->ovmf;
	const struct ovmf_image *i = &j->image;

	for (size_t k = 0; k < j->all.n; k++)
		json_array_append_new(list, finding_json(&j->all.v[k]));
	json_object_set_new(top, "device",
			    w->device_known ? json_sprintf("%04x:%04x", w->vendor, w->device) : json_null());
	json_object_set_new(top, "stock", json_text(j->stock.path));
	json_object_set_new(top, "build", i->found ? ovmf_build_json(&i->ovmf.traits) : json_null());
	json_object_set_new(top, "boots", i->found ? ovmf_boots_json(&i->ovmf.traits) : json_null());
	json_object_set_new(top, "record", ovmf_record_json(i));
	json_object_set_new(top, "findings", list);
	return top;
}

/* ---- text --------------------------------------------------------------------------------------------------- */

/* @more: another image is behind it. */
static void verify_text(const struct view *v, struct judged *j, bool more)
{
	bool verbose = j->wish->cli->verbose;
	struct ovmf_image *i = &j->image;

	view_paragraph(v, PAINT_HEAD, "", 0,
		       i->found ? arena_printf(&i->arena, "%s: OVMF, %s; boots on %s", i->name,
					       ovmf_build_str(&i->ovmf.traits, &i->arena),
					       ovmf_boots_str(&i->ovmf.traits))
				: arena_printf(&i->arena, "%s: no OVMF", i->name));
	if (i->found && !j->c.ours)
		fprintf(v->out, "Nothing of igdctl's is in it.\n");
	else if (i->recorded)
		fprintf(v->out, "Made by igdctl %s from %s%s%s.\n", i->record.version, or_dash(i->record.stock_name),
			j->stock.path ? ", compared with " : "", j->stock.path ? j->stock.path : "");
	fprintf(v->out, "%s\n\n", findings_verdict_str(&j->all));
	for (size_t k = 0; k < j->all.n; k++)
		if (j->all.v[k].verdict == VERDICT_FAIL)
			finding_text(v, verbose, &i->arena, &j->all.v[k]);
	unknowns_text(v, verbose, &i->arena, &j->all, NULL, NULL);
	if (!j->wish->ovmf.device_known && j->c.ours)
		fprintf(v->out, "Whether its GOP fits a GPU was not asked: name it with --device 8086:3e92.\n");
	if (more && (j->all.n_fail || (!j->wish->ovmf.device_known && j->c.ours)))
		fputc('\n', v->out);
}

/* ---- the command -------------------------------------------------------------------------------------------- */

static int status_of(const struct judged *j)
{
	for (size_t k = 0; k < j->all.n; k++)
		if (j->all.v[k].verdict == VERDICT_FAIL && j->all.v[k].check->severity >= j->wish->min)
			return EXIT_FINDINGS;
	return EXIT_DONE;
}

static int judge(struct judged *j)
{
	struct ovmf_image *i = &j->image;
	int r = 0;

	if (i->raw.n == 0)
		return report_refuse(&i->rep, IGD_ETRUNC, REPORT_NOWHERE, "is empty");
	if (i->found) {
		ovmf_sums(&i->ovmf, &j->faults);
		r = stock_get(j);
	}
	if (r < 0)
		return r;
	ovmf_case_make(&j->wish->ovmf, i->name, i->found ? &i->ovmf : NULL, i->rep.refusal.text, i->seen, &j->faults,
		       &j->stock, &j->c);
	return ovmf_verify(&j->c, &j->all);
}

static int verify(const void *ctx, size_t k, FILE *out, FILE *err)
{
	const struct wish *w = ctx;
	struct judged j = { .wish = w };
	const char *name = w->cli->args[k];
	int r = ovmf_image_read(name, &j.image), status;
	struct view v;

	if (r == 0)
		r = judge(&j);
	if (r < 0) {
		status = json_refused(w->cli, "ovmf-verify", name, &j.image.rep, r, out, err);
	} else {
		report_notes_to(w->cli, &j.image.rep, err);
		status = status_of(&j);
		view_init(&v, w->cli, out);
		if (w->cli->json)
			json_print(verify_json(&j), w->cli->n_args == 1, out);
		else
			verify_text(&v, &j, k + 1 < (size_t)w->cli->n_args);
		findings_done(&j.all);
	}
	ovmf_image_done(&j.stock_image);
	ovmf_image_done(&j.image);
	return status;
}

static int ovmf_verify_run(const struct cli *cli)
{
	struct wish w = { .cli = cli, .min = SEV_WARN, .ovmf = { .version = IGDCTL_VERSION } };
	struct fw_device device = { .known = false };
	int status = EXIT_DONE;

	if (cli->n_args == 0)
		return ovmf_no_file("ovmf verify");
	if (cli->min && !severity_parse(cli->min, &w.min))
		return usage_error("ovmf verify", "no severity \"%.20s\"; there are benign, note, warn, block",
				   cli->min);
	if (cli->device || cli->host) /* --root alone says where the package's files are */
		status = fw_device_get(cli, "ovmf verify", &device);
	if (status != EXIT_DONE)
		return status;
	w.ovmf.device_known = device.known;
	w.ovmf.vendor = device.vendor;
	w.ovmf.device = device.device;
	w.ovmf.device_from = cli->device ? "--device" : "--host";
	return batch_run(verify, &w, (size_t)cli->n_args);
}

static const struct option_row verify_options[] = {
	{ 0, "stock", "FILE",
	  "the package's image that it was made from; else it is looked for where packages put it" },
	{ 0, "device", "VENDOR:DEVICE", "the GPU that its GOP driver is for, 8086:3e92" },
	{ 0, "host", NULL, "the GPU of the host this runs on" },
	{ 0, "min", "SEVERITY", "end with status 3 from this severity on: benign, note, warn (default) or block" },
	{ 0, NULL, NULL, NULL },
};

static const char *const verify_examples[] = {
	"an image that ovmf inject made, after an upgrade of the package",
	"igdctl ovmf verify OVMF_CODE_4M-igd-0123456789ab.fd",
	"with the GPU that it is for",
	"igdctl ovmf verify --device 8086:3e92 --stock /usr/share/OVMF/OVMF_CODE_4M.fd my.fd",
	NULL,
};

const struct command command_ovmf_verify = {
	.name = "ovmf verify",
	.effect = READS,
	.synopsis = "[OPTION...] FILE...",
	.summary = "Judge an OVMF image: whole at every level, its drivers fit, its package not upgraded since",
	.about =
		("Tells what is wrong with an image of OVMF: a checksum or a length at any level, two files of one "
		 "GUID, a driver of another machine or cut short, a VBT that is damaged, a GOP driver that lacks its "
		 "policy or does not know the GPU, drivers of somebody else beside igdctl's. That an image boots "
		 "says little: OVMF looks at few of its checksums.\n\nOf an image that ovmf inject made, the record "
		 "inside says from which file of the package. That is compared with the one that is installed now, "
		 "or that --stock names, so that an upgrade is noticed. With --root it is looked for below that "
		 "folder.\n\nNothing is changed. With several files and --json the answer is one object a line."),
	.options = verify_options,
	.examples = verify_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_FINDINGS, -1 },
	.run = ovmf_verify_run,
};
