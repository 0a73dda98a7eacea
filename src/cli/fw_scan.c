// SPDX-License-Identifier: GPL-2.0-or-later
/* fw_scan.c - what is in a vendor's firmware file that a passed-through GPU needs. */
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

static const char *heading_of(enum fw_artifact_kind k)
{
	static const char *const words[] = { [ART_GOP] = "GOP",
					     [ART_VBT] = "VBT",
					     [ART_VBIOS] = "VBIOS",
					     [ART_AMD_GOP] = "AMD GOP",
					     [ART_AMD_VBIOS] = "AMD VBIOS" };

	return words[k];
}

static void devices_text(const struct view *v, const struct gop *g)
{
	char line[GOP_DEVICES_MAX * 5 + 1] = "";
	size_t n = 0;

	for (size_t i = 0; i < g->n_devices; i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%04x", i ? " " : "", g->devices[i]);
	if (g->n_devices)
		view_row(v, "starts on", "%s", line);
}

static void copies_text(const struct view *v, const struct fw_artifact *a)
{
	for (size_t i = 0; i < a->n_copies; i++) {
		const struct fw_copy *c = &a->copies[i];

		view_row(v, i ? "and at" : "at", "%s (%s0x%llx%s%s)", c->path, c->decoded ? "decoded from " : "",
			 (unsigned long long)c->at, c->carved ? ", carved" : "", c->partial ? ", partial" : "");
	}
}

static void fit_text(const struct view *v, const struct fw_artifact *a, const struct fw_device *d)
{
	static const char *const words[] = {
		[FIT_UNKNOWN] = "perhaps", [FIT_NO] = "no", [FIT_PATCH] = "after rom fix", [FIT_YES] = "yes"
	};
	char label[24], why[256];
	enum fit f;

	if (!d->known)
		return;
	f = fw_fit(a, d->vendor, d->device, why, sizeof(why));
	snprintf(label, sizeof(label), "%04x:%04x", d->vendor, d->device);
	view_row(v, label, "%s: %s", words[f], why);
}

static void artifact_text(const struct view *v, const struct fw_artifact *a, const struct fw_device *d)
{
	char line[256], digest[65];

	for (size_t i = 0; i < 32; i++)
		snprintf(digest + 2 * i, 3, "%02x", a->sha256[i]);
	fprintf(v->out, "%s%s%s  %s%s%s%s\n", paint_on(v, PAINT_HEAD), heading_of(a->kind), paint_off(v),
		fw_artifact_str(a, line, sizeof(line)), *a->name ? ", " : "", a->name, a->whole ? "" : ", cut short");
	if (a->gop)
		devices_text(v, a->gop);
	if (*a->outputs)
		view_row(v, "outputs", "%s", a->outputs);
	fit_text(v, a, d);
	view_row(v, "sha256", "%s", digest);
	copies_text(v, a);
	fprintf(v->out, "\n");
}

static void counts_str(const struct fw_scan *scan, char *buf, size_t n)
{
	size_t count[ART_AMD_VBIOS + 1] = { 0 }, at = 0;

	for (size_t i = 0; i < scan->n_artifacts; i++)
		count[scan->artifacts[i].kind]++;
	snprintf(buf, n, "no GOP, VBT or VBIOS");
	for (enum fw_artifact_kind k = 0; k <= ART_AMD_VBIOS; k++)
		if (count[k] && at < n)
			at += (size_t)snprintf(buf + at, n - at, "%s%zu %s%s", at ? ", " : "", count[k],
					       heading_of(k),
					       count[k] == 1			      ? ""
					       : k == ART_VBIOS || k == ART_AMD_VBIOS ? "es"
										      : "s");
}

static void scan_text(const struct wish *w, size_t i, const struct fw_scan *scan, const struct outbox *box)
{
	char counts[128];
	struct view v;

	view_init(&v, w->cli, box->out);
	counts_str(scan, counts, sizeof(counts));
	fprintf(box->out, "%s: %s%s%s%s\n%s", w->inputs[i], scan->holds, *scan->holds ? ", " : "", counts,
		scan->partial ? "; the file ends too early, what is listed is what is whole" : "",
		scan->n_artifacts ? "\n" : "");
	for (size_t k = 0; k < scan->n_artifacts; k++)
		artifact_text(&v, &scan->artifacts[k], &w->device);
	if (scan->n_artifacts && w->n_inputs == 1)
		fprintf(box->out, "Next: igdctl fw extract %s\n", w->inputs[i]);
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
		fprintf(box->err, "igdctl: %s: %s\n", w->inputs[i],
			r == -IGD_ELIMIT || r == -IGD_ENOMEM ? "it has more inside than this program keeps"
							     : igd_error_str(r));
		arena_done(&arena);
		return EXIT_FAILED;
	}
	if (w->cli->json)
		scan_json(w, i, &scan, bytes.n, box->out);
	else
		scan_text(w, i, &scan, box);
	fw_troubles_text(w->cli, &scan, w->inputs[i], box->err);
	r = scan.n_damages || scan.partial ? EXIT_FAILED : EXIT_DONE;
	arena_done(&arena);
	return r;
}

static int end(void *ctx, size_t i, const char *line)
{
	const struct wish *w = ctx;

	if (line && w->cli->json)
		fw_failed_json("fw-scan", w->inputs[i], line);
	return line ? EXIT_FAILED : EXIT_DONE;
}

static int fw_scan_run(const struct cli *cli)
{
	struct wish w = { .cli = cli };
	struct workers workers = { .cli = cli, .work = work, .end = end, .ctx = &w };
	int status = fw_inputs(cli, "fw scan", &w.inputs, &w.n_inputs);

	if (status != EXIT_DONE)
		return status;
	status = fw_device_get(cli, "fw scan", &w.device);
	if (status == EXIT_DONE) {
		workers.inputs = w.inputs;
		workers.n = w.n_inputs;
		status = workers_run(&workers);
	}
	inputs_free(w.inputs);
	return status;
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
		 "with version, device ids, ports and panels, sha256 and the place where each lies. What was found "
		 "only by its mark, in bytes that nothing points to, is said to be carved.\n\nThe file may be "
		 "hostile: each is read by a process of its own that can open nothing, run nothing and has "
		 "limits on memory and time. Nothing of it is ever executed. A file that ends too early, or has "
		 "damaged parts, is read as far as it goes; the status is then 1.",
	.options = scan_options,
	.examples = scan_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, -1 },
	.run = fw_scan_run,
};
