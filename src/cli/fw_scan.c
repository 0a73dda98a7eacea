// SPDX-License-Identifier: GPL-2.0-or-later
/* fw_scan.c - what is in a vendor's firmware file that a passed-through GPU needs. */
#include <limits.h>
#include <string.h>

#include "base/error.h"
#include "cli/fw.h"
#include "cli/json.h"
#include "cli/worker.h"

#define STRINGS_MAX ((size_t)32 << 20) /* of what a scan says of one file */

struct wish {
	const struct cli *cli;
	char **inputs;
	size_t n_inputs;
	struct fw_device device;
};

/* ---- text --------------------------------------------------------------------------------------------------- */

static void devices_text(const struct view *v, const struct gop *g)
{
	char line[GOP_DEVICES_MAX * 5 + 1] = "";
	size_t n = 0;

	for (size_t i = 0; i < g->n_devices; i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%04x", i ? " " : "", g->devices[i]);
	if (g->n_devices)
		view_row(v, "starts on", "%s", line);
}

/* Where the bytes lie: "0x5e1070 (compressed), file GUID", or the name of what was unpacked. */
static void copies_text(const struct view *v, const struct fw_artifact *a, bool verbose)
{
	for (size_t i = 0; i < a->n_copies; i++) {
		const struct fw_copy *c = &a->copies[i];
		char at[48];

		snprintf(at, sizeof(at), "0x%llx%s", (unsigned long long)c->at, c->decoded ? " (compressed)" : "");
		view_row(v, i ? "and at" : "at", "%s%s%s%s%s", c->decoded && *c->member ? c->member : at,
			 *c->guid ? ", file " : "", c->guid, c->carved ? ", carved" : "",
			 c->partial ? ", partial" : "");
		if (verbose)
			view_row(v, "path", "%s", c->path);
	}
}

static void fit_text(const struct view *v, const struct fw_artifact *a, const struct fw_device *d)
{
	char label[24], why[256];
	enum fit f;

	if (!d->known)
		return;
	f = fw_fit(a, d->vendor, d->device, why, sizeof(why));
	snprintf(label, sizeof(label), "%04x:%04x", d->vendor, d->device);
	view_row(v, label, "%s: %s", fw_fit_word(f), why);
}

static void artifact_text(const struct view *v, const struct wish *w, const struct fw_artifact *a)
{
	char line[256], digest[65];

	for (size_t i = 0; i < 32; i++)
		snprintf(digest + 2 * i, 3, "%02x", a->sha256[i]);
	fprintf(v->out, "%s%s%s  %s%s%s%s\n", paint_on(v, PAINT_HEAD), fw_artifact_word(a->kind), paint_off(v),
		fw_artifact_str(a, line, sizeof(line)), *a->name ? ", " : "", a->name, a->whole ? "" : ", cut short");
	if (a->gop)
		devices_text(v, a->gop);
	if (*a->outputs)
		view_row(v, "outputs", "%s", a->outputs);
	fit_text(v, a, &w->device);
	view_row(v, "sha256", "%s", digest);
	copies_text(v, a, w->cli->verbose);
	fprintf(v->out, "\n");
}

/* What can be done with a file that was found to hold something. */
static void next_text(const struct wish *w, const struct fw_scan *scan, size_t size, FILE *out)
{
	const struct fw_artifact *a = &scan->artifacts[0];
	bool is_rom = !scan->n_volumes && !*scan->holds && strncmp(a->copies[0].path, "rom", 3) == 0;

	if (w->n_inputs > 1 || strcmp(w->inputs[0], "-") == 0)
		return;
	if (a->kind == ART_VBT && a->size == size)
		fw_next(out, "vbt show", w->inputs[0]);
	else if (is_rom)
		fw_next(out, "rom verify", w->inputs[0]);
	else if (a->size < size)
		fw_next(out, "fw extract", w->inputs[0]);
	else if (!w->device.known)
		fw_next(out, "fw scan --host", w->inputs[0]);
}

static void heading_str(const struct fw_scan *scan, const char *name, char *buf, size_t n)
{
	char counts[128];

	snprintf(buf, n, "%s: %s%s%s", name, scan->holds, *scan->holds ? ", " : "",
		 fw_counts_str(scan, counts, sizeof(counts)));
}

static void nothing_text(const struct view *v, const struct wish *w, const struct fw_scan *scan, const char *heading,
			 size_t size)
{
	char first[PATH_MAX + 256 + 2];

	if (w->n_inputs > 1) {
		fprintf(v->out, "%s%s\n", heading, scan->partial ? "; the file ends too early" : "");
		return;
	}
	snprintf(first, sizeof(first), "%s: ", heading);
	view_paragraph(v, PAINT_PLAIN, first, 4, fw_nothing_str(scan, size));
	if (size && !scan->n_damages && !scan->partial)
		fprintf(v->out, "\nNext: sudo igdctl fw extract --host\n");
}

static void scan_text(const struct wish *w, const struct fw_scan *scan, size_t size, const struct outbox *box)
{
	char heading[PATH_MAX + 256];
	struct view v;

	view_init(&v, w->cli, box->out);
	heading_str(scan, box->name, heading, sizeof(heading));
	if (scan->n_artifacts == 0) {
		nothing_text(&v, w, scan, heading, size);
		return;
	}
	fprintf(box->out, "%s%s\n\n", heading, scan->partial ? "; the file ends too early" : "");
	for (size_t k = 0; k < scan->n_artifacts; k++)
		artifact_text(&v, w, &scan->artifacts[k]);
	next_text(w, scan, size, box->out);
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static bool scan_json(const struct wish *w, size_t i, const struct fw_scan *scan, size_t size, FILE *out)
{
	json_t *top = json_top("fw-scan", w->inputs[i]), *list = json_array(), *file;

	for (size_t k = 0; k < scan->n_artifacts; k++)
		json_array_append_new(list, fw_artifact_json(&scan->artifacts[k], &w->device));
	file = json_pack("{s:o, s:I, s:o, s:b, s:b, s:o, s:o}", "file", json_text(w->inputs[i]), "size",
			 (json_int_t)size, "holds", *scan->holds ? json_text(scan->holds) : json_null(), "partial",
			 scan->partial, "damaged", scan->n_damages != 0, "artifacts", list, "remarks",
			 fw_troubles_json(scan));
	json_object_set_new(top, "files", json_pack("[o]", file));
	return json_print(top, w->n_inputs == 1, out);
}

/* ---- the command -------------------------------------------------------------------------------------------- */

static int work(const void *ctx, size_t i, struct span bytes, struct outbox *box)
{
	const struct wish *w = ctx;
	struct arena arena = { .limit = STRINGS_MAX };
	struct fw_scan scan;
	int r = fw_scan(bytes, &fw_limits, &arena, NULL, NULL, &scan);

	if (r < 0) {
		fprintf(box->err, "igdctl: %s: " FW_TOO_MUCH "\n", box->name);
		if (w->cli->json)
			fw_failed_json(box->out, "fw-scan", w->inputs[i], FW_TOO_MUCH);
		arena_done(&arena);
		return EXIT_FAILED;
	}
	if (w->cli->json)
		scan_json(w, i, &scan, bytes.n, box->out);
	else
		scan_text(w, &scan, bytes.n, box);
	fw_troubles_text(w->cli, &scan, box->name, box->err);
	r = scan.n_damages || scan.partial ? EXIT_FAILED : EXIT_DONE;
	arena_done(&arena);
	return r;
}

static int end(void *ctx, size_t i, const char *line)
{
	const struct wish *w = ctx;

	return fw_end(w->cli, "fw-scan", w->inputs[i], line);
}

static int fw_scan_run(const struct cli *cli)
{
	struct wish w = { .cli = cli };
	struct workers workers = { .work = work, .end = end, .ctx = &w };
	int status = fw_device_get(cli, "fw scan", &w.device);

	return status == EXIT_DONE ? fw_run(cli, "fw scan", &workers, &w.inputs, &w.n_inputs) : status;
}

static const struct option_row scan_options[] = {
	{ 0, "device", "ID", "say what fits this GPU, 8086:3e92" },
	{ 0, "host", NULL, "say what fits the GPU of the machine this runs on" },
	{ 0, NULL, NULL, NULL },
};

static const char *const scan_examples[] = {
	"what is in a download",
	"igdctl fw scan E7B17IMS.zip",
	"what of it is for this machine's GPU",
	"igdctl fw scan --host bios.cap",
	"a folder of images, as JSON",
	"igdctl fw scan --json images/",
	NULL,
};

const struct command command_fw_scan = {
	.name = "fw scan",
	.effect = READS,
	.synopsis = "[OPTION...] FILE|FOLDER...",
	.summary = "What a vendor's firmware file holds: GOP drivers, VBTs, VBIOSes",
	.about = "Reads firmware files as vendors give them out - archives, self-extractors, capsules, update "
		 "packages, flash images - and lists the GOP drivers, VBTs and legacy VBIOSes of integrated GPUs, "
		 "with version, device ids, ports and panels, sha256 and the place where each lies: an offset, or "
		 "the name in the archive, and the file's GUID; with --verbose the whole path too. What was found "
		 "only by its mark, in bytes that nothing points to, is said to be carved.\n\nThe file may be "
		 "hostile: each is read by a process of its own that can open nothing, run nothing and has limits on "
		 "memory and time. Nothing of it is ever executed. A file that ends too early, or has damaged parts, "
		 "is read as far as it goes; the status is then 1.",
	.options = scan_options,
	.examples = scan_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, -1 },
	.run = fw_scan_run,
};
