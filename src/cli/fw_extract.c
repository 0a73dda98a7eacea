// SPDX-License-Identifier: GPL-2.0-or-later
/* fw_extract.c - GOP, VBT and VBIOS out of a vendor's firmware file, or any part of it, as files. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/deliver.h"
#include "cli/fw.h"
#include "cli/fw_host.h"
#include "cli/json.h"
#include "cli/worker.h"
#include "fw/fv_section.h"
#include "std/pi.h"
#include "store/vm_qemu.h"

#define STRINGS_MAX ((size_t)256 << 20) /* of one file: what is said and what is taken out */

enum next { NEXT_NOTHING, NEXT_GOP, NEXT_VBIOS, NEXT_VBT }; /* what a file that was written is good for */

struct wish {
	const struct cli *cli;
	char **inputs;
	size_t n_inputs;
	struct fw_device device;
	bool by_guid;
	struct guid guid;
	/* In the parent, while an input's parts come in. */
	json_t *parts;
	json_t *rows;		      /* of the list to be printed: the file, what it is, does it fit */
	json_t *written;	      /* the names of the files of all inputs, as keys */
	char line[REPORT_TEXT + 128]; /* the last that could not be written */
	enum next next;
	char next_name[DELIVER_NAME_MAX + 1]; /* of the file that there is most to say of */
	char gop_name[DELIVER_NAME_MAX + 1];  /* of the first GOP driver of Intel's; "" none */
};

/* What a child found worth writing. */
struct part {
	const char *name; /* of the file to be */
	const char *says; /* one line */
	json_t *json;
	struct span bytes; /* in the arena */
};

struct taking { /* of one file, in the child */
	const struct wish *wish;
	struct outbox *box;
	size_t total;
	struct arena arena;
	struct part *parts;
	size_t n_parts;
	json_t *names;	     /* that are taken, each with the number to try next */
	const char *nothing; /* why there is no part to write */
	bool damaged;
};

/* ---- names -------------------------------------------------------------------------------------------------- */

/* Letters, digits, '.', '-' and '_' of @s; others become '_', and so do '.' and '-' at the front. */
static void name_clean(char *s)
{
	static const char fine[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

	for (char *c = s; *c; c++)
		if (!strchr(fine, *c) || (c == s && (*c == '.' || *c == '-')))
			*c = '_';
}

/* "STEM.EXT", or "STEM-2.EXT" when that is another part's. */
static const char *name_free(struct taking *t, const char *stem, const char *ext)
{
	char name[DELIVER_NAME_MAX + 1], first[DELIVER_NAME_MAX + 1];
	json_int_t n;

	snprintf(name, sizeof(name), "%.180s.%s", stem, ext);
	name_clean(name);
	memcpy(first, name, sizeof(first));
	for (n = json_integer_value(json_object_get(t->names, first)); json_object_get(t->names, name); n++) {
		snprintf(name, sizeof(name), "%.180s-%lld.%s", stem, (long long)n, ext);
		name_clean(name);
	}
	json_object_set_new(t->names, first, json_integer(n ? n : 2));
	if (strcmp(name, first) != 0)
		json_object_set_new(t->names, name, json_integer(2));
	return arena_str(&t->arena, name);
}

static const struct {
	const char *stem, *ext;
} kind_names[] = {
	[ART_GOP] = { "gop", "efi" },
	[ART_VBT] = { "vbt", "bin" },
	[ART_VBIOS] = { "vbios", "rom" },
	[ART_AMD_GOP] = { "amd-gop", "efi" },
	[ART_AMD_VBIOS] = { "amd-vbios", "rom" },
};

/* What tells an artifact from others of its kind. */
static void mark_str(const struct fw_artifact *a, char *buf, size_t n)
{
	if (a->gop)
		snprintf(buf, n, "%s%s%s", a->gop->version, a->gop->pe.machine == PE_X64 ? "" : "-",
			 a->gop->pe.machine == PE_X64 ? "" : pe_machine_str(a->gop->pe.machine));
	else if (a->kind == ART_VBT)
		snprintf(buf, n, "%s", *a->name ? a->name : a->platform);
	else
		snprintf(buf, n, "%04x", a->device);
	if (!*buf)
		snprintf(buf, n, "%02x%02x%02x%02x", a->sha256[0], a->sha256[1], a->sha256[2], a->sha256[3]);
}

/* ---- the child: artifacts ----------------------------------------------------------------------------------- */

static bool kind_is_wanted(const struct cli *cli, enum fw_artifact_kind k)
{
	if (!cli->gop && !cli->vbt && !cli->vbios)
		return true;
	return (cli->gop && (k == ART_GOP || k == ART_AMD_GOP)) || (cli->vbt && k == ART_VBT) ||
	       (cli->vbios && (k == ART_VBIOS || k == ART_AMD_VBIOS));
}

static struct part *part_add(struct taking *t, struct span bytes)
{
	struct part *p = arena_push(&t->arena, t->parts, t->n_parts);

	if (!p)
		return NULL;
	p->bytes.p = (const uint8_t *)arena_span(&t->arena, bytes);
	p->bytes.n = t->arena.full ? 0 : bytes.n;
	return t->arena.full ? NULL : p;
}

/* Keep every artifact's bytes: one part each, in the order of the scan's artifacts. */
static int found(void *ctx, const struct fw_artifact *a, struct span bytes)
{
	static const struct span none = { NULL, 0 };
	struct taking *t = ctx;

	return part_add(t, kind_is_wanted(t->wish->cli, a->kind) ? bytes : none) ? 0 : -IGD_ENOMEM;
}

/* How good is an artifact among those of its kind? The best one gets the plain name. 0: it is not wanted. */
static unsigned rank(const struct taking *t, const struct fw_artifact *a)
{
	static const unsigned fits[] = { [FIT_NO] = 0, [FIT_UNKNOWN] = 8, [FIT_PATCH] = 16, [FIT_YES] = 32 };
	const struct wish *w = t->wish;
	unsigned points = 1;
	char why[256];

	if (!kind_is_wanted(w->cli, a->kind))
		return 0;
	if (w->device.known) {
		enum fit f = fw_fit(a, w->device.vendor, w->device.device, why, sizeof(why));

		if (f == FIT_NO && !w->cli->all)
			return 0;
		points += fits[f];
	}
	points += a->kind == ART_VBT && a->is_default ? 4 : 0;
	points += a->gop && a->gop->pe.machine == PE_X64 ? 4 : 0;
	points += a->whole ? 2 : 0;
	return points;
}

static void parts_name(struct taking *t, const struct fw_scan *scan)
{
	for (enum fw_artifact_kind k = 0; k <= ART_AMD_VBIOS; k++) {
		size_t best = SIZE_MAX;

		for (size_t i = 0; i < scan->n_artifacts; i++)
			if (scan->artifacts[i].kind == k && rank(t, &scan->artifacts[i]) > 0 &&
			    (best == SIZE_MAX || rank(t, &scan->artifacts[i]) > rank(t, &scan->artifacts[best])))
				best = i;
		for (size_t i = 0; i < scan->n_artifacts; i++) {
			const struct fw_artifact *a = &scan->artifacts[i];
			char mark[96], stem[128];

			if (a->kind != k || rank(t, a) == 0)
				continue;
			mark_str(a, mark, sizeof(mark));
			snprintf(stem, sizeof(stem), "%s%s%s", kind_names[k].stem, i == best ? "" : "-",
				 i == best ? "" : mark);
			t->parts[i].name = name_free(t, stem, kind_names[k].ext);
		}
	}
}

/* How many were sent. */
static size_t parts_send(struct taking *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_parts; i++) {
		const struct part *p = &t->parts[i];
		char *json = p->name ? json_dumps(p->json, JSON_COMPACT) : NULL;
		const char *words = json ? arena_printf(&t->arena, "%s%c%s%c%s", p->name, 0, p->says, 0, json) : "";

		if (json && *words)
			(void)outbox_send(t->box,
					  (struct span) { (const uint8_t *)words,
							  strlen(p->name) + strlen(p->says) + strlen(json) + 2 },
					  p->bytes);
		n += json != NULL;
		free(json);
	}
	return n;
}

/* Why nothing of @scan was taken. */
static const char *nothing_str(struct taking *t, const struct fw_scan *scan)
{
	const struct wish *w = t->wish;
	char counts[128];

	if (scan->n_artifacts == 0)
		return arena_printf(&t->arena, "%s%s", fw_nothing_str(scan, t->total),
				    !t->total || scan->partial || scan->n_damages
					    ? ""
					    : ", or --host without a file on the machine itself");
	fw_counts_str(scan, counts, sizeof(counts));
	if (!w->device.known || w->cli->all)
		return arena_printf(&t->arena, "it holds %s, and nothing of the kind that was asked for", counts);
	return arena_printf(&t->arena,
			    "it holds %s, and none of what was asked for fits %04x:%04x; --all takes it all the "
			    "same, fw scan --device %04x:%04x says why",
			    counts, w->device.vendor, w->device.device, w->device.vendor, w->device.device);
}

static int artifacts_take(struct taking *t, struct span bytes)
{
	struct fw_scan scan;
	int r = fw_scan(bytes, &fw_limits, &t->arena, found, t, &scan);
	char line[256];

	if (r < 0)
		return r;
	parts_name(t, &scan);
	t->nothing = nothing_str(t, &scan);
	for (size_t i = 0; i < scan.n_artifacts; i++) {
		const struct fw_artifact *a = &scan.artifacts[i];

		t->parts[i].says = arena_printf(&t->arena, "%s %s%s%s%s", fw_artifact_word(a->kind),
						fw_artifact_str(a, line, sizeof(line)), *a->name ? ", " : "", a->name,
						a->whole ? "" : ", cut short");
		t->parts[i].json = fw_artifact_json(a, &t->wish->device);
	}
	t->damaged = scan.n_damages || scan.partial;
	fw_troubles_text(t->wish->cli, &scan, t->box->name, t->box->err);
	return 0;
}

/* ---- the child: any node ------------------------------------------------------------------------------------ */

/* Is @path the node's, or the end of it? '*' stands for anything within a word. */
static bool path_fits(const char *want, const char *path)
{
	for (const char *tail = path; tail; tail = strchr(tail, '/')) {
		tail += *tail == '/';
		if (fnmatch(want, tail, FNM_PATHNAME) == 0)
			return true;
	}
	return false;
}

static const char *ext_of(const struct fw_node *n)
{
	if (n->kind == FW_PE || (n->kind == FW_SECTION && n->section->type == SECTION_PE32))
		return "efi";
	return n->kind == FW_ROM ? "rom" : n->kind == FW_FILE ? "ffs" : n->kind == FW_VOLUME ? "fv" : "bin";
}

static int node_take(struct taking *t, const struct fw_node *n)
{
	const struct fw_node *file = fw_file_of(n);
	const char *file_name = !file				      ? ""
				: *file->name			      ? file->name
				: file->guid && guid_name(file->guid) ? guid_name(file->guid)
								      : file->word;
	struct part *p = part_add(t, t->wish->cli->whole ? n->whole : n->body);
	char stem[192], path[FW_PATH];
	const char *ext = ext_of(n);

	if (!p)
		return -IGD_ENOMEM;
	if (!t->wish->cli->whole && (strcmp(ext, "ffs") == 0 || strcmp(ext, "fv") == 0))
		ext = "bin"; /* a body is no file or volume */
	snprintf(stem, sizeof(stem), "%.80s%s%.80s", file_name, *file_name && file != n ? "-" : "",
		 n->kind == FW_INPUT ? fw_kind_str(FW_INPUT)
		 : file != n	     ? n->word
				     : "");
	fw_path(n, path);
	p->name = name_free(t, stem, ext);
	p->says = arena_str(&t->arena, path);
	p->json = json_pack("{s:s, s:I, s:o, s:b}", "kind", fw_kind_str(n->kind), "size", (json_int_t)p->bytes.n,
			    "path", json_text(path), "partial", n->partial);
	return 0;
}

static int enter(void *ctx, const struct fw_node *n)
{
	struct taking *t = ctx;
	const struct wish *w = t->wish;
	char path[FW_PATH];

	fw_progress(t->box, n, t->total);
	if ((w->by_guid && n->guid && guid_eq(n->guid, &w->guid)) ||
	    (w->cli->path && path_fits(w->cli->path, fw_path(n, path))))
		return node_take(t, n);
	return 0;
}

static void note(void *ctx, const struct fw_node *n, bool damage, const struct report_note *note)
{
	struct taking *t = ctx;

	t->damaged |= damage;
	fw_tell(t->wish->cli, t->box, n, damage, note);
}

static int work(const void *ctx, size_t i _unused_, struct span bytes, struct outbox *box)
{
	const struct wish *w = ctx;
	struct taking t = { .wish = w,
			    .box = box,
			    .total = bytes.n,
			    .arena.limit = STRINGS_MAX,
			    .names = json_object(),
			    .nothing = w->by_guid ? "no part of it has this GUID; fw tree lists them"
						  : "no part of it has this path; fw tree --json lists them" };
	const struct fw_visitor visitor = { enter, NULL, note, &t };
	int r = w->by_guid || w->cli->path ? fw_walk(bytes, &fw_limits, &visitor) : artifacts_take(&t, bytes);
	size_t n = r < 0 ? 0 : parts_send(&t);

	if (r < 0)
		fprintf(box->err, "igdctl: %s: it has more inside than this program takes out at once\n", box->name);
	else if (n == 0 && !w->cli->json)
		fprintf(box->err, "igdctl: %s: nothing was written: %s\n", box->name, t.nothing);
	for (size_t k = 0; k < t.n_parts; k++)
		json_decref(t.parts[k].json);
	json_decref(t.names);
	arena_done(&t.arena);
	return n == 0 || t.damaged ? EXIT_FAILED : EXIT_DONE;
}

/* ---- the parent --------------------------------------------------------------------------------------------- */

/* With several inputs each gets a folder's worth of names of its own: "INPUT-gop.efi". */
static void full_name(const struct wish *w, size_t i, const char *name, char *buf, size_t n)
{
	const char *base = strrchr(w->inputs[i], '/');

	base = base ? base + 1 : w->inputs[i];
	if (w->n_inputs == 1)
		snprintf(buf, n, "%s", name);
	else
		snprintf(buf, n, "%.120s-%s", base, name);
	name_clean(buf);
}

/* Two inputs may have one name, in two folders: the files of the second are "2-INPUT-gop.efi". */
static void own_name(struct wish *w, char *name, size_t n)
{
	char first[DELIVER_NAME_MAX + 1];

	snprintf(first, sizeof(first), "%s", name);
	for (unsigned k = 2; json_object_get(w->written, name); k++)
		snprintf(name, n, "%u-%.240s", k, first);
	json_object_set_new(w->written, name, json_true());
}

static const char *next_text(struct span *words, size_t most)
{
	struct span word = span_before(*words, 0);
	const char *s = (const char *)words->p;

	if (word.n > most || !span_from(*words, word.n + 1, words))
		return NULL;
	return s;
}

/* The file that there is most to say of: a VBT, else a VBIOS, else a GOP; the first of them. */
static void next_note(struct wish *w, const json_t *part, const char *file)
{
	const char *kind = json_string_value(json_object_get(part, "kind"));
	enum next next = !kind			      ? NEXT_NOTHING
			 : strcmp(kind, "vbt") == 0   ? NEXT_VBT
			 : strcmp(kind, "vbios") == 0 ? NEXT_VBIOS
			 : strcmp(kind, "gop") == 0   ? NEXT_GOP
						      : NEXT_NOTHING;

	if (next == NEXT_GOP && !*w->gop_name)
		snprintf(w->gop_name, sizeof(w->gop_name), "%s", file);
	if (next <= w->next)
		return;
	w->next = next;
	snprintf(w->next_name, sizeof(w->next_name), "%s", file);
}

/* A text that a child sent, fit to be shown. */
static json_t *shown(const char *says)
{
	char text[4096];

	text_copy(span_str(says ? says : ""), text, sizeof(text));
	return json_text(text);
}

static void row_add(struct wish *w, const json_t *part, const char *file, const char *says)
{
	const json_t *fit = json_object_get(part, "fit");
	const char *verdict = json_string_value(json_object_get(fit, "verdict")), *word = "";

	for (enum fit f = FIT_UNKNOWN; verdict && f <= FIT_YES; f++)
		if (strcmp(fit_str(f), verdict) == 0)
			word = fw_fit_word(f);
	json_array_append_new(w->rows, json_pack("[s, o, s, o]", file, shown(says), word,
						 shown(json_string_value(json_object_get(fit, "why")))));
}

/* What could not be written is told once, though it may be the folder that cannot, for each file anew. */
static int written_not(struct wish *w, const struct report *rep, int r, const char *file)
{
	char line[sizeof(w->line)];

	report_failure_str(rep, r, file, line, sizeof(line));
	if (strcmp(line, w->line) != 0)
		fprintf(stderr, "igdctl: %s\n", line);
	memcpy(w->line, line, sizeof(line));
	return EXIT_FAILED;
}

/* One part came in: write it. The words are the child's, so nothing of them is believed but their form. */
static int take(void *ctx, size_t i, struct span words, struct span bytes)
{
	struct wish *w = ctx;
	const char *name = next_text(&words, DELIVER_NAME_MAX), *says = name ? next_text(&words, 4096) : NULL;
	json_t *json = says ? json_loadb((const char *)words.p, words.n, 0, NULL) : NULL;
	char full[DELIVER_NAME_MAX + 1];
	struct report rep = { 0 };
	int r;

	if (!json)
		return EXIT_FAILED;
	full_name(w, i, name, full, sizeof(full));
	own_name(w, full, sizeof(full));
	r = deliver_file(w->cli, deliver_folder(w->cli), full, bytes, &rep);
	json_object_set_new(json, "file", r < 0 ? json_null() : json_text(full));
	if (r >= 0) {
		row_add(w, json, full, says);
		next_note(w, json, full);
	}
	json_array_append(w->parts, json);
	json_decref(json);
	return r < 0 ? written_not(w, &rep, r, full) : EXIT_DONE;
}

#define FILE_COLUMN 40 /* at most */

static const char *cell(const json_t *row, size_t i)
{
	return json_string_value(json_array_get(row, i));
}

/* Does each file fit the device? Those of one answer that follow each other are one line. */
static void fits_text(const struct wish *w, int width)
{
	size_t n = json_array_size(w->rows), more;

	printf("\nDo they fit %04x:%04x?\n", w->device.vendor, w->device.device);
	for (size_t i = 0; i < n; i += more + 1) {
		const json_t *row = json_array_get(w->rows, i);

		for (more = 0; i + more + 1 < n; more++)
			if (strcmp(cell(row, 3), cell(json_array_get(w->rows, i + more + 1), 3)) != 0)
				break;
		printf("%-*s %s: %s", width, cell(row, 0), cell(row, 2), cell(row, 3));
		if (more == 1)
			printf(" (the next one too)");
		else if (more)
			printf(" (the next %zu too)", more);
		fputc('\n', stdout);
	}
}

static void rows_text(const struct wish *w)
{
	size_t n = json_array_size(w->rows);
	int width = 16;

	for (size_t i = 0; i < n; i++) {
		int len = (int)strlen(cell(json_array_get(w->rows, i), 0));

		width = len > width ? len : width;
	}
	width = width > FILE_COLUMN ? FILE_COLUMN : width;
	for (size_t i = 0; i < n; i++) {
		const json_t *row = json_array_get(w->rows, i);

		printf("%s%-*s %s\n", w->cli->dry_run ? "would write " : "", width, cell(row, 0), cell(row, 1));
	}
	if (!w->device.known || w->by_guid || w->cli->path || n == 0)
		return;
	fits_text(w, width);
}

static int end(void *ctx, size_t i, const char *line)
{
	struct wish *w = ctx;
	json_t *top;

	if (w->cli->json && line) {
		fw_failed_json(stdout, "fw-extract", w->inputs[i], line);
	} else if (w->cli->json) {
		top = json_top("fw-extract", w->inputs[i]);
		json_object_set_new(top, "folder", json_text(deliver_folder(w->cli)));
		json_object_set(top, "parts", w->parts);
		json_print(top, w->n_inputs == 1, stdout);
	} else {
		rows_text(w);
	}
	json_array_clear(w->parts);
	json_array_clear(w->rows);
	return line ? EXIT_FAILED : EXIT_DONE;
}

/* A GOP driver and a VBT, for a GPU that is known: the ROM they are for. */
static void rom_text_of(const struct wish *w, const char *vbt)
{
	struct arena a = { .limit = 1 << 20 };
	char gop[HOST_PATH_MAX];

	if (w->next == NEXT_VBT && *w->gop_name && w->device.known &&
	    deliver_path(deliver_folder(w->cli), w->gop_name, gop) == 0)
		printf("      igdctl rom build --device %04x:%04x --gop %s --vbt %s -o igd.rom\n", w->device.vendor,
		       w->device.device, shell_quoted(gop, &a), shell_quoted(vbt, &a));
	arena_done(&a);
}

static void next_text_of(const struct wish *w)
{
	static const char *const words[] = {
		[NEXT_GOP] = "fw scan --host", [NEXT_VBIOS] = "rom verify", [NEXT_VBT] = "vbt show"
	};
	char path[HOST_PATH_MAX];

	if (w->cli->json || w->cli->dry_run || w->next == NEXT_NOTHING || (w->next == NEXT_GOP && w->device.known) ||
	    deliver_path(deliver_folder(w->cli), w->next_name, path) < 0)
		return;
	fputc('\n', stdout);
	fw_next(stdout, words[w->next], path);
	rom_text_of(w, path);
}

static int options_read(const struct cli *cli, struct wish *w)
{
	bool kinds = cli->gop || cli->vbt || cli->vbios;

	if ((kinds ? 1 : 0) + (cli->guid ? 1 : 0) + (cli->path ? 1 : 0) > 1)
		return usage_error("fw extract", "--guid, --path and the kinds are three ways to choose; take one");
	w->by_guid = cli->guid;
	if (cli->guid && !guid_parse(span_str(cli->guid), &w->guid))
		return usage_error("fw extract",
				   "\"%.40s\" is no GUID; they look like 878ac2cc-5343-46f2-b563-51f89daf56ba",
				   cli->guid);
	return fw_device_get(cli, "fw extract", &w->device);
}

static int fw_extract_run(const struct cli *cli)
{
	struct wish w = { .cli = cli };
	struct workers workers = { .work = work, .take = take, .end = end, .ctx = &w };
	int status;

	if (cli->host && cli->n_args == 0)
		return fw_extract_host(
			cli, (struct fw_host_want) { .gop = cli->gop, .vbt = cli->vbt, .vbios = cli->vbios });
	status = options_read(cli, &w);
	if (status != EXIT_DONE)
		return status;
	w.parts = json_array();
	w.rows = json_array();
	w.written = json_object();
	status = fw_run(cli, "fw extract", &workers, &w.inputs, &w.n_inputs);
	next_text_of(&w);
	json_decref(w.rows);
	json_decref(w.parts);
	json_decref(w.written);
	return status;
}

static const struct option_row extract_options[] = {
	{ 'o', "output", "FOLDER", "write there; made when it is not there (default: here)" },
	{ 0, "gop", NULL, "take GOP drivers" },
	{ 0, "vbt", NULL, "take VBTs" },
	{ 0, "vbios", NULL, "take legacy VBIOSes; of none of the three, all" },
	{ 0, "guid", "GUID", "take every file, section and volume of that GUID" },
	{ 0, "path", "PATH", "take what fw tree --json shows at PATH; its end is enough, * stands for any letters" },
	{ 0, "whole", NULL, "with --guid and --path: the header too, not the body alone" },
	{ 0, "device", "ID", "only what fits this GPU, 8086:3e92" },
	{ 0, "host", NULL,
	  "without FILE: what the running machine still has; with it: only what fits this machine's GPU" },
	{ 0, "all", NULL, "with a device: what does not fit too" },
	{ 0, "force", NULL, "write over files that are there" },
	{ 0, NULL, NULL, NULL },
};

static const char *const extract_examples[] = {
	"GOP, VBT and VBIOS out of a download",
	"igdctl fw extract -o rom E7B17IMS.zip",
	"only what a Coffee Lake GPU can use",
	"igdctl fw extract --device 8086:3e92 -o rom bios.cap",
	"VBT, OpRegion and VBIOS of the machine this runs on",
	"sudo igdctl fw extract --host -o rom",
	"a driver by its GUID",
	"igdctl fw extract --path '8d59ebc8-*/*/pe32' bios.bin",
	NULL,
};

const struct command command_fw_extract = {
	.name = "fw extract",
	.effect = READS,
	.output = OUTPUT_FOLDER,
	.touches = fw_host_touches,
	.synopsis = "[OPTION...] FILE|FOLDER... | --host",
	.summary = "GOP, VBT and VBIOS out of a vendor's firmware file, as files",
	.about = "Finds what fw scan lists and writes each as a file with the exact bytes it has there: gop.efi, "
		 "vbt.bin, vbios.rom. Where there are several of a kind, the one that suits best - the device asked "
		 "for, the board's default, X64 - has the plain name, and the others say what tells them apart. A "
		 "file that is there already is never written over without --force.\n\nAny other part of the file "
		 "can be taken by its GUID or path. The file is read as fw scan reads it: by a process that can open "
		 "nothing; only bytes and names come back from it.\n\nWith --host and no file the running machine is "
		 "asked, best source first: the VBT and OpRegion that the driver was given, what vfio-pci shows of "
		 "them (that resets the device, so it wants --yes), AMD's VFCT table, the ROM in sysfs, which is "
		 "switched on for the reading. What each gave, or why not, is told. The GOP cannot be had there.",
	.options = extract_options,
	.examples = extract_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, -1 },
	.run = fw_extract_run,
};
