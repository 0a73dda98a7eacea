// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a firmware file: wrappers, flash, volumes, sections, and what is compressed in them. The walk says
 * where its nodes lie, the scan lists what it finds, and neither does more work than its limits allow.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "fw/flash.h"
#include "fw/scan.h"

#define NODES 4096

static const struct fw_limits limits = { .depth = 24, .nodes = NODES, .decoded = 4 << 20, .one = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

struct seen {
	struct span input;
	size_t nodes, depth, told;
	uint64_t sum;
};

static int enter(void *ctx, const struct fw_node *n)
{
	struct seen *s = ctx;
	char path[FW_PATH];

	require(++s->nodes <= limits.nodes && ++s->depth <= limits.depth);
	fw_path(n, path);
	require(strlen(path) < sizeof(path) && text_bad_utf8(span_str(path)) == strlen(path));
	require(n->body.n <= n->whole.n && n->head <= n->whole.n);
	if (n->file_at != REPORT_NOWHERE && n->whole.n)
		require(n->whole.p == s->input.p + n->file_at && n->file_at + n->whole.n <= s->input.n);
	for (size_t i = 0; n->leaf && i < n->whole.n; i += 4096) /* the bytes are there */
		s->sum += n->whole.p[i];
	require(fw_kind_str(n->kind) != NULL && fw_outer_at(n) != REPORT_NOWHERE);
	return 0;
}

static void leave(void *ctx, const struct fw_node *n)
{
	struct seen *s = ctx;

	require(n->up != NULL && s->depth-- > 0);
}

static void told(void *ctx, const struct fw_node *n, bool damage, const struct report_note *note)
{
	struct seen *s = ctx;

	require(n != NULL && note->text[0] != '\0');
	s->told += damage;
}

static void artifacts(const struct fw_scan *scan)
{
	char why[256];

	for (size_t i = 0; i < scan->n_artifacts; i++) {
		const struct fw_artifact *a = &scan->artifacts[i];

		require(a->n_copies > 0 && a->n_copies <= FW_COPIES_MAX);
		require(text_bad_utf8(span_str(a->name)) == strlen(a->name));
		require(text_bad_utf8(span_str(a->outputs)) == strlen(a->outputs));
		(void)fw_fit(a, 0x8086, 0x3e92, why, sizeof(why));
		(void)fw_fit(a, 0x1002, 0x15dd, why, sizeof(why));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = { .input = { data, size } };
	const struct fw_visitor visitor = { enter, leave, told, &seen };
	struct arena arena = { .limit = 16 << 20 };
	struct report rep = { 0 };
	struct fw_scan scan;
	struct flash f;
	int r;

	if (flash_read(seen.input, &f, &rep) == 0)
		require(f.n_regions > 0 && f.n_regions <= IFD_REGIONS_MAX);
	require(fw_walk(seen.input, &limits, &visitor) == 0 && seen.depth == 0);
	r = fw_scan(seen.input, &limits, &arena, NULL, NULL, &scan);
	require(r == 0 || r == -IGD_ENOMEM || r == -IGD_ELIMIT);
	if (r == 0)
		artifacts(&scan);
	arena_done(&arena);
	return 0;
}
