// SPDX-License-Identifier: GPL-2.0-or-later
/* fw_tree.c - the structure of a firmware file, node by node. */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "cli/fw.h"
#include "cli/json.h"
#include "cli/worker.h"
#include "fw/fv_section.h"
#include "fw/oprom.h"
#include "fw/volume.h"

struct wish {
	const struct cli *cli;
	char **inputs;
	size_t n_inputs;
	uint64_t depth; /* nodes deeper than this are passed by */
};

struct tree { /* of one file, in the child */
	const struct wish *wish;
	struct outbox *box;
	const char *input;
	size_t total;
	json_t *nodes; /* with --json */
	size_t n_damages;
};

static unsigned depth_of(const struct fw_node *n)
{
	unsigned depth = 0;

	for (; n->kind != FW_INPUT; n = n->up)
		depth++;
	return depth;
}

/* What there is to say of a node besides its word: "FFS2, 1048576 bytes". */
static void detail_str(const struct fw_node *n, char *buf, size_t size)
{
	char type[16];

	*buf = '\0';
	if (n->volume)
		snprintf(buf, size, "%s", volume_system_str(n->volume->system));
	else if (n->file)
		snprintf(buf, size, "%s%s", ffs_type_str(n->file->type, type), n->file->deleted ? ", deleted" : "");
	else if (n->rom)
		snprintf(buf, size, "%04x:%04x, code type %u", n->rom->vendor, n->rom->device, n->rom->code_type);
	else if (n->section)
		snprintf(buf, size, "%s", fv_section_type_str(n->section->type, type));
}

static const char *name_of(const struct fw_node *n)
{
	const char *known = n->guid ? guid_name(n->guid) : NULL;

	return *n->name ? n->name : known ? known : "";
}

static void node_text(const struct tree *t, const struct fw_node *n)
{
	unsigned depth = t->wish->cli->filter ? 0 : depth_of(n);      /* what was left out gives no indent */
	char detail[64], guid[GUID_STR], path[FW_PATH], at[24] = "-"; /* what was decoded lies nowhere */
	char name[160];						      /* a member's is a stranger's */

	text_copy(span_str(n->name), name, sizeof(name));
	detail_str(n, detail, sizeof(detail));
	if (n->at != REPORT_NOWHERE)
		snprintf(at, sizeof(at), "%llx", (unsigned long long)n->at);
	fprintf(t->box->out, "%8s %8zx  %*s%s", at, n->whole.n, (int)depth * 2, "",
		t->wish->cli->filter   ? fw_path(n, path)
		: n->kind == FW_MEMBER ? name
				       : n->word);
	if (n->guid && n->kind != FW_FILE)
		fprintf(t->box->out, " %s", guid_str(n->guid, guid));
	if (n->kind != FW_MEMBER && *name_of(n))
		fprintf(t->box->out, " \"%s\"", name_of(n));
	if (*detail && strcmp(detail, n->word) != 0)
		fprintf(t->box->out, " (%s)", detail);
	fprintf(t->box->out, "%s%s\n", n->carved ? " carved" : "", n->partial ? " partial" : "");
}

static void node_json(struct tree *t, const struct fw_node *n)
{
	char detail[64], guid[GUID_STR], path[FW_PATH];
	json_t *o;

	detail_str(n, detail, sizeof(detail));
	o = json_pack("{s:o, s:i, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:b, s:b, s:b}", "path",
		      json_text(fw_path(n, path)), "depth", (int)depth_of(n), "kind", fw_kind_str(n->kind), "detail",
		      *detail ? json_text(detail) : json_null(), "guid",
		      n->guid ? json_text(guid_str(n->guid, guid)) : json_null(), "name",
		      *name_of(n) ? json_text(name_of(n)) : json_null(), "at",
		      n->at == REPORT_NOWHERE ? json_null() : json_integer((json_int_t)n->at), "size",
		      (json_int_t)n->whole.n, "head", (json_int_t)n->head, "offset",
		      n->file_at == REPORT_NOWHERE ? json_null() : json_integer((json_int_t)n->file_at), "decoded",
		      n->decoded, "carved", n->carved, "partial", n->partial);
	json_array_append_new(t->nodes, o);
}

/* Does --filter speak of the node: its path's last word, GUID, name or detail? */
static bool is_wanted(const struct tree *t, const struct fw_node *n)
{
	char detail[64], guid[GUID_STR] = "";
	const char *want = t->wish->cli->filter;

	if (!want)
		return true;
	detail_str(n, detail, sizeof(detail));
	return strcasestr(n->word, want) || strcasestr(name_of(n), want) || strcasestr(detail, want) ||
	       (n->guid && strcasestr(guid_str(n->guid, guid), want));
}

static int enter(void *ctx, const struct fw_node *n)
{
	struct tree *t = ctx;

	fw_progress(t->box, n, t->total);
	if (n->kind != FW_INPUT && is_wanted(t, n)) {
		if (t->nodes)
			node_json(t, n);
		else
			node_text(t, n);
	}
	return depth_of(n) >= t->wish->depth;
}

static void note(void *ctx, const struct fw_node *n, bool damage, const struct report_note *note)
{
	struct tree *t = ctx;

	t->n_damages += damage;
	fw_tell(t->wish->cli, t->box, n, damage, note);
}

static int work(const void *ctx, size_t i, struct span bytes, struct outbox *box)
{
	const struct wish *w = ctx;
	struct tree t = { .wish = w, .box = box, .input = box->name, .total = bytes.n };
	const struct fw_visitor visitor = { enter, NULL, note, &t };
	json_t *top;
	int r;

	if (w->cli->json)
		t.nodes = json_array();
	else
		fprintf(box->out, "%s: %zu bytes\n%8s %8s\n", box->name, bytes.n, "at", "size");
	r = fw_walk(bytes, &fw_limits, &visitor);
	if (w->cli->json) {
		top = json_top("fw-tree", w->inputs[i]);
		json_object_set_new(top, "size", json_integer((json_int_t)bytes.n));
		json_object_set_new(top, "nodes", t.nodes);
		json_print(top, w->n_inputs == 1, box->out);
	}
	return r < 0 || t.n_damages ? EXIT_FAILED : EXIT_DONE;
}

static int end(void *ctx, size_t i, const char *line)
{
	const struct wish *w = ctx;

	return fw_end(w->cli, "fw-tree", w->inputs[i], line);
}

static int fw_tree_run(const struct cli *cli)
{
	struct wish w = { .cli = cli, .depth = UINT64_MAX };
	struct workers workers = { .work = work, .end = end, .ctx = &w };

	if (cli->depth && !text_number(span_str(cli->depth), &w.depth))
		return usage_error("fw tree", "\"%.20s\" is no depth; it is a number", cli->depth);
	return fw_run(cli, "fw tree", &workers, &w.inputs, &w.n_inputs);
}

static const struct option_row tree_options[] = {
	{ 0, "filter", "TEXT", "only nodes with this in their kind, GUID or name" },
	{ 0, "depth", "NUMBER", "go no deeper than so many levels" },
	{ 0, NULL, NULL, NULL },
};

static const char *const tree_examples[] = {
	"the regions and volumes of an image",
	"igdctl fw tree --depth 3 bios.bin",
	"every file and section that has to do with graphics output",
	"igdctl fw tree --filter gop bios.bin",
	NULL,
};

const struct command command_fw_tree = {
	.name = "fw tree",
	.effect = READS,
	.synopsis = "[OPTION...] FILE|FOLDER...",
	.summary = "The structure of a firmware file: regions, volumes, files, sections",
	.about = "Prints what a firmware file is made of, from the outside to the inside, compressed parts included: "
		 "offset in the part around it and size, both in hex, the kind, GUID and name. With --json each node "
		 "has its path, which fw extract --path takes, and its offset in the input where it lies there "
		 "uncompressed.",
	.options = tree_options,
	.examples = tree_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, -1 },
	.run = fw_tree_run,
};
