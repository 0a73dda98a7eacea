// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vbt_diff.c - two VBTs compared field by field.
 *
 * Both are flattened to lines of path and value, in the order of the first. Display devices are paired by handle and
 * port, not by row: a board with one port less has all rows behind it moved.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "cli/vbt_file.h"
#include "cli/vbt_json.h"
#include "cli/view.h"
#include "fw/vbt_walk.h"

struct item {
	const char *path, *value; /* .value NULL: a block or a row of a list, what is in it follows */
	bool paired;
	size_t next; /* in its chain of .heads, plus one */
};

#define HEADS 4096

struct flat {
	struct arena arena;
	struct item *items;
	size_t n;
	char path[256];
	size_t lens[32]; /* of .path before each thing that is open */
	unsigned depth;
	int rename[256]; /* display devices: row here -> row in the other table; -1: none */
	bool in_children;
	size_t heads[HEADS]; /* by hash of path, index + 1 */
};

static size_t hash_of(const char *s)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	return h % HEADS;
}

static void path_push(struct flat *f, const char *step)
{
	size_t n = strlen(f->path);

	if (f->depth < ARRAY_SIZE(f->lens))
		f->lens[f->depth] = n;
	f->depth++;
	snprintf(f->path + n, sizeof(f->path) - n, "%s%s", n && *step ? "/" : "", step);
}

static void item_add(struct flat *f, const char *path, const char *value)
{
	struct item *it = arena_push(&f->arena, f->items, f->n);
	size_t h = hash_of(path);

	if (!it)
		return; /* the arena says that it is full */
	it->path = arena_str(&f->arena, path);
	it->value = value;
	it->next = f->heads[h];
	f->heads[h] = f->n;
}

static void flat_block(void *ctx, const struct vbt_block *b, const char *key, unsigned nth)
{
	struct flat *f = ctx;
	char step[48];

	if (nth)
		snprintf(step, sizeof(step), "%s#%u", key, nth + 1);
	else
		snprintf(step, sizeof(step), "%s", key);
	f->in_children = b->id == 2;
	path_push(f, step);
	item_add(f, f->path, NULL);
}

static void flat_begin(void *ctx, const char *key, int index)
{
	struct flat *f = ctx;
	char step[48];

	if (index == VBT_LIST)
		step[0] = '\0';
	else if (index == VBT_GROUP)
		snprintf(step, sizeof(step), "%s", key);
	else if (f->in_children && index < (int)ARRAY_SIZE(f->rename) && f->rename[index] < 0)
		snprintf(step, sizeof(step), "%s[+%d]", key,
			 index); /* has no counterpart: the other's row of that number is another */
	else
		snprintf(step, sizeof(step), "%s[%d]", key,
			 f->in_children && index < (int)ARRAY_SIZE(f->rename) ? f->rename[index] : index);
	path_push(f, step);
	if (index >= 0)
		item_add(f, f->path, NULL);
}

static void flat_end(void *ctx)
{
	struct flat *f = ctx;

	if (--f->depth < ARRAY_SIZE(f->lens))
		f->path[f->lens[f->depth]] = '\0';
}

static const char *value_of(struct arena *a, const struct vbt_value *v)
{
	char hex[2 * 24 + 8] = "";
	uint8_t byte;

	switch (v->form) {
	case VBT_FLAG:
		return v->n ? "yes" : "no";
	case VBT_TEXT:
		return arena_printf(a, "\"%s\"", v->text);
	case VBT_NUMBER:
	case VBT_HEX:
		return v->form == VBT_HEX
			       ? arena_printf(a, v->means ? "0x%0*llx (%s)" : "0x%0*llx", (int)v->digits,
					      (unsigned long long)v->n, v->means)
			       : arena_printf(a, v->means ? "%llu (%s)" : "%llu", (unsigned long long)v->n, v->means);
	case VBT_BYTES:
		break;
	}
	for (size_t i = 0; i < 24 && span_u8(v->bytes, i, &byte); i++)
		snprintf(hex + 2 * i, 3, "%02x", byte);
	return arena_printf(a, "%zu bytes %s%s", v->bytes.n, hex, v->bytes.n > 24 ? "..." : "");
}

/* Bytes that are shown shortened are told one by one where they differ, 16 in a line. */
static void bytes_add(struct flat *f, const char *path, struct span s)
{
	char at[320];
	struct span row;

	for (size_t i = 0; i < s.n; i += 16) {
		snprintf(at, sizeof(at), "%s+0x%03zx", path, i);
		if (span_cut(s, i, s.n - i < 16 ? s.n - i : 16, &row))
			item_add(f, at, value_of(&f->arena, &(struct vbt_value) { .form = VBT_BYTES, .bytes = row }));
	}
}

static void flat_field(void *ctx, const char *key, const struct vbt_value *v)
{
	struct flat *f = ctx;
	char path[288];

	snprintf(path, sizeof(path), "%s%s%s", f->path, *f->path ? "/" : "", key);
	if (v->form == VBT_BYTES && v->bytes.n > 16)
		bytes_add(f, path, v->bytes);
	else
		item_add(f, path, value_of(&f->arena, v));
}

/* The like of @it in @f. */
static struct item *item_find(struct flat *f, const struct item *it)
{
	for (size_t i = f->heads[hash_of(it->path)]; i; i = f->items[i - 1].next)
		if (!f->items[i - 1].paired && strcmp(f->items[i - 1].path, it->path) == 0 &&
		    (f->items[i - 1].value == NULL) == (it->value == NULL))
			return &f->items[i - 1];
	return NULL;
}

#define FLAT_MAX ((size_t)64 << 20)

static struct flat *flat_make(const struct vbt_info *v, const int rename[256])
{
	struct flat *f = calloc(1, sizeof(*f));
	const struct vbt_sink sink = { f, flat_block, flat_begin, flat_end, flat_field };
	const struct vbt_wish wish = { .panels = 0xffff };

	if (!f)
		return NULL;
	f->arena.limit = FLAT_MAX;
	memcpy(f->rename, rename, sizeof(f->rename));
	vbt_walk(v, &wish, &sink);
	return f;
}

static void flat_free(struct flat *f)
{
	if (f)
		arena_done(&f->arena);
	free(f);
}

/* ---- pairs of display devices -------------------------------------------------------------------------------- */

static bool alike(const struct vbt_child *a, const struct vbt_child *b, int strictness)
{
	return strictness == 0	 ? a->handle == b->handle && a->dvo_port == b->dvo_port
	       : strictness == 1 ? a->port && a->port == b->port
				 : a->handle == b->handle;
}

/* For each row of @b the row of @a that is the same port: by handle and port, else by port, else by handle. */
static void children_pair(const struct vbt_info *a, const struct vbt_info *b, int ret_a[256], int ret_b[256])
{
	struct vbt_child ca[VBT_CHILDREN], cb[VBT_CHILDREN];
	struct vbt_bdb bdb;
	size_t na = vbt_bdb_read(a, &bdb, NULL) == 0 ? vbt_children(&bdb, ca) : 0;
	size_t nb = vbt_bdb_read(b, &bdb, NULL) == 0 ? vbt_children(&bdb, cb) : 0;
	bool taken[VBT_CHILDREN] = { false };

	for (int i = 0; i < 256; i++) {
		ret_a[i] = i;
		ret_b[i] = -1;
	}
	for (int strictness = 0; strictness < 3; strictness++)
		for (size_t i = 0; i < nb; i++)
			for (size_t k = 0; k < na && cb[i].index < 256 && ret_b[cb[i].index] < 0; k++)
				if (!taken[k] && alike(&ca[k], &cb[i], strictness)) {
					ret_b[cb[i].index] = (int)ca[k].index;
					taken[k] = true;
				}
}

/* ---- what differs -------------------------------------------------------------------------------------------- */

struct tell {
	const struct view *v;
	struct json_text *j; /* NULL: text */
	size_t n;
};

static void differ(struct tell *t, const char *path, const char *a, const char *b)
{
	t->n++;
	if (t->j) {
		jt_open(t->j, NULL, '{');
		jt_string(t->j, "path", path);
		jt_string(t->j, "a", a);
		jt_string(t->j, "b", b);
		jt_close(t->j, '}');
		return;
	}
	fprintf(t->v->out, "%s: %s%s%s -> %s%s%s\n", path, paint_on(t->v, PAINT_BAD), a ? a : "not there",
		paint_off(t->v), paint_on(t->v, PAINT_GOOD), b ? b : "not there", paint_off(t->v));
}

/* What a row or block that only one table has is, by its first fields: "0x0004 (EFP 1), 0x60d6 (...)". */
static const char *whole_str(struct flat *f, size_t at)
{
	size_t n = strlen(f->items[at].path);

	if (at + 1 >= f->n || strncmp(f->items[at + 1].path, f->items[at].path, n) != 0 ||
	    strcmp(f->items[at + 1].path + n, "/handle") != 0)
		return "there";
	return f->items[at + 1].value;
}

/* The index behind what follows item @at and is part of it. */
static size_t behind(const struct flat *f, size_t at)
{
	size_t n = strlen(f->items[at].path), i = at + 1;

	while (i < f->n && strncmp(f->items[i].path, f->items[at].path, n) == 0 &&
	       (f->items[i].path[n] == '/' || f->items[i].path[n] == '+'))
		i++;
	return i;
}

static void compare(struct flat *a, struct flat *b, struct tell *t)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct item *it = &a->items[i];
		struct item *other = item_find(b, it);

		if (other)
			other->paired = true;
		if (it->value && (!other || strcmp(other->value, it->value) != 0))
			differ(t, it->path, it->value, other ? other->value : NULL);
		if (!it->value && !other) {
			differ(t, it->path, whole_str(a, i), NULL);
			i = behind(a, i) - 1;
		}
	}
	for (size_t i = 0; i < b->n; i++) {
		const struct item *it = &b->items[i];

		if (!it->paired)
			differ(t, it->path, NULL, it->value ? it->value : whole_str(b, i));
		if (!it->paired && !it->value)
			i = behind(b, i) - 1;
	}
}

static int files_compare(const struct cli *cli, const struct vbt_file *fa, const struct vbt_file *fb)
{
	int rename_a[256], rename_b[256], status = EXIT_FAILED;
	struct json_text j = { .out = stdout, .pretty = true };
	struct flat *a, *b;
	struct tell t = { .j = cli->json ? &j : NULL };
	struct view v;

	view_init(&v, cli, stdout);
	t.v = &v;
	children_pair(&fa->info, &fb->info, rename_a, rename_b);
	a = flat_make(&fa->info, rename_a);
	b = flat_make(&fb->info, rename_b);
	if (!a || !b || a->arena.full || b->arena.full) {
		report_failed(NULL, -IGD_ENOMEM, "vbt diff");
	} else {
		if (cli->json) {
			jt_top(&j, "vbt-diff", cli->args[0]);
			jt_string(&j, "with", cli->args[1]);
			jt_open(&j, "differences", '[');
		}
		compare(a, b, &t);
		if (cli->json) {
			jt_close(&j, ']');
			jt_bool(&j, "same", t.n == 0);
			jt_close(&j, '}');
		} else if (t.n == 0) {
			printf("The two tables say the same%s.\n",
			       fa->info.size == fb->info.size ? "" : ", though they differ in length");
		}
		status = t.n ? EXIT_FINDINGS : EXIT_DONE;
	}
	flat_free(a);
	flat_free(b);
	return status;
}

static int vbt_diff_run(const struct cli *cli)
{
	struct report rep = { 0 };
	struct vbt_file a = { 0 }, b = { 0 };
	int r, status;

	if (cli->n_args != 2)
		return usage_error("vbt diff", "name two files to compare");
	if (strcmp(cli->args[0], "-") == 0 && strcmp(cli->args[1], "-") == 0)
		return usage_error("vbt diff", "only one of them can be stdin");
	r = vbt_file_read(cli->args[0], &a, &rep);
	if (r == 0)
		r = vbt_file_read(cli->args[1], &b, &rep);
	status = r < 0 ? report_failed(&rep, r, "vbt diff") : files_compare(cli, &a, &b);
	vbt_file_done(&a);
	vbt_file_done(&b);
	return status;
}

static const struct option_row diff_options[] = { { 0, NULL, NULL, NULL } };

static const char *const diff_examples[] = {
	"what an update of the firmware changed",
	"igdctl vbt diff old-vbt.bin new-vbt.bin",
	NULL,
};

const struct command command_vbt_diff = {
	.name = "vbt diff",
	.effect = READS,
	.synopsis = "[OPTION...] A B",
	.summary = "Say in which fields two VBTs differ",
	.about = "Compares two Video BIOS Tables field by field, each found as `vbt show` does. A line is the path "
		 "of a field and both values. Display devices are paired by handle and port; one that only B has is "
		 "child[+ROW].",
	.options = diff_options,
	.examples = diff_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_FINDINGS, -1 },
	.run = vbt_diff_run,
};
