// SPDX-License-Identifier: GPL-2.0-or-later
/* fw_find.c - where bytes, a text or a GUID stand in a firmware file, in what is compressed too. */
#include <string.h>

#include "base/error.h"
#include "cli/fw.h"
#include "cli/json.h"
#include "cli/worker.h"
#include "fw/pattern.h"

#define HITS_MAX 100000 /* of one file */

struct wish {
	const struct cli *cli;
	char **inputs;
	size_t n_inputs;
	struct {
		const char *as; /* "hex", "ascii", "utf-16", "guid" */
		struct pattern p;
	} look[4];
	size_t n_look;
	bool by_guid;
	struct guid guid;
};

struct find { /* in one file, in the child */
	const struct wish *wish;
	struct outbox *box;
	const char *input;
	size_t total, n_hits;
	unsigned below; /* leaves around: their bytes were looked at already */
	json_t *hits;	/* with --json */
	bool damaged;
};

static void hit(struct find *f, const struct fw_node *n, const char *as, size_t at)
{
	bool in_input = n->file_at != REPORT_NOWHERE;
	char path[FW_PATH];

	if (f->n_hits++ >= HITS_MAX)
		return;
	fw_path(n, path);
	if (f->hits) {
		json_array_append_new(
			f->hits,
			json_pack("{s:o, s:s, s:I, s:o}", "path", json_text(path), "as", as, "at", (json_int_t)at,
				  "offset",
				  in_input ? json_integer((json_int_t)n->file_at + (json_int_t)at) : json_null()));
		return;
	}
	fprintf(f->box->out, "%s%s%s+0x%zx  %s", f->wish->n_inputs > 1 ? f->input : "",
		f->wish->n_inputs > 1 ? ": " : "", path, at, as);
	if (in_input)
		fprintf(f->box->out, ", 0x%llx of the file", (unsigned long long)n->file_at + at);
	if (n->name && *n->name)
		fprintf(f->box->out, ", %s", n->name);
	fprintf(f->box->out, "\n");
}

static int enter(void *ctx, const struct fw_node *n)
{
	struct find *f = ctx;
	size_t at = 0;

	fw_progress(f->box, n, f->total);
	if (f->wish->by_guid && n->guid && guid_eq(n->guid, &f->wish->guid))
		hit(f, n, "its own", 0);
	for (size_t i = 0; n->leaf && !f->below && i < f->wish->n_look; i++)
		for (at = 0; pattern_find(&f->wish->look[i].p, n->body, at, &at); at++)
			hit(f, n, f->wish->look[i].as, n->head + at);
	f->below += n->leaf;
	return 0;
}

static void leave(void *ctx, const struct fw_node *n)
{
	struct find *f = ctx;

	f->below -= n->leaf;
}

static void note(void *ctx, const struct fw_node *n, bool damage, const struct report_note *note)
{
	struct find *f = ctx;

	f->damaged |= damage;
	fw_tell(f->wish->cli, f->box, n, damage, note);
}

static int work(const void *ctx, size_t i, struct span bytes, struct outbox *box)
{
	const struct wish *w = ctx;
	struct find f = { .wish = w, .box = box, .input = box->name, .total = bytes.n };
	const struct fw_visitor visitor = { enter, leave, note, &f };
	json_t *top;
	int r;

	if (w->cli->json)
		f.hits = json_array();
	r = fw_walk(bytes, &fw_limits, &visitor);
	if (w->cli->json) {
		top = json_top("fw-find", w->inputs[i]);
		json_object_set_new(top, "n_hits", json_integer((json_int_t)f.n_hits));
		json_object_set_new(top, "hits", f.hits);
		json_print(top, w->n_inputs == 1, box->out);
	}
	if (f.n_hits > HITS_MAX)
		fprintf(box->err, "igdctl: %s: %zu hits, the first %d are listed\n", box->name, f.n_hits, HITS_MAX);
	if (f.n_hits == 0 && !w->cli->json)
		fprintf(box->err, "igdctl: %s: it is nowhere in this file\n", box->name);
	return r < 0 || f.damaged || f.n_hits == 0 ? EXIT_FAILED : EXIT_DONE;
}

static int end(void *ctx, size_t i, const char *line)
{
	const struct wish *w = ctx;

	return fw_end(w->cli, "fw-find", w->inputs[i], line);
}

static int patterns_read(struct wish *w, struct report *rep)
{
	const struct cli *cli = w->cli;
	int r = 0;

	if (cli->hex) {
		w->look[w->n_look].as = "hex";
		r = pattern_hex(cli->hex, &w->look[w->n_look++].p, rep);
	}
	for (int wide = 0; cli->text && wide < 2 && r == 0; wide++) {
		w->look[w->n_look].as = wide ? "UTF-16" : "ASCII";
		r = pattern_text(cli->text, wide, &w->look[w->n_look++].p, rep);
	}
	if (cli->guid && r == 0) {
		w->by_guid = guid_parse(span_str(cli->guid), &w->guid);
		if (!w->by_guid)
			return report_refuse(
				rep, IGD_EUSAGE, REPORT_NOWHERE,
				"\"%.40s\" is no GUID; they look like 878ac2cc-5343-46f2-b563-51f89daf56ba",
				cli->guid);
		w->look[w->n_look].as = "named";
		pattern_guid(&w->guid, &w->look[w->n_look++].p);
	}
	return r;
}

static int fw_find_run(const struct cli *cli)
{
	struct wish w = { .cli = cli };
	struct workers workers = { .work = work, .end = end, .ctx = &w };
	struct report rep = { 0 };

	if (!cli->hex && !cli->text && !cli->guid)
		return usage_error("fw find", "say what to look for: --text, --hex or --guid");
	if (patterns_read(&w, &rep) < 0)
		return usage_error("fw find", "%s", rep.refusal.text);
	return fw_run(cli, "fw find", &workers, &w.inputs, &w.n_inputs);
}

static const struct option_row find_options[] = {
	{ 0, "text", "TEXT", "look for a text, in ASCII and in UTF-16" },
	{ 0, "hex", "PATTERN", "look for bytes, \"55 aa ?? 2?\", with ? for any digit" },
	{ 0, "guid", "GUID", "look for what has this GUID, and for what names it" },
	{ 0, NULL, NULL, NULL },
};

static const char *const find_examples[] = {
	"who speaks of a GOP",
	"igdctl fw find --text \"GOP Driver\" bios.bin",
	"option ROMs by their signature and the pointer behind it",
	"igdctl fw find --hex \"55 aa 80\" bios.bin",
	NULL,
};

const struct command command_fw_find = {
	.name = "fw find",
	.effect = READS,
	.synopsis = "--text TEXT | --hex PATTERN | --guid GUID FILE|FOLDER...",
	.summary = "Where a text, bytes or a GUID stand in a firmware file, compressed parts included",
	.about = "Looks through everything that fw tree shows, unpacked and decompressed, and prints the path of "
		 "each place with the offset there, and the offset in the file where the place lies in it "
		 "uncompressed. Ends with status 1 when it is nowhere.",
	.options = find_options,
	.examples = find_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, -1 },
	.run = fw_find_run,
};
