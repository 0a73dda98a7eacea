// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a file with a VBT: all blocks through a sink, ports and panels; what is answered lies within them. */
#include <stdlib.h>

#include "fw/vbt.h"
#include "fw/vbt_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

struct depth {
	struct span all;
	unsigned open;
	unsigned sum; /* keeps every value read */
};

static void on_block(void *ctx, const struct vbt_block *b, const char *key, unsigned nth)
{
	struct depth *d = ctx;

	require(d->open == 0 && b->data.n <= b->size && key && nth < 70000);
	d->open++;
}

static void on_begin(void *ctx, const char *key, int index)
{
	struct depth *d = ctx;

	require(key && index >= VBT_LIST && d->open < 12);
	d->open++;
}

static void on_end(void *ctx)
{
	struct depth *d = ctx;

	require(d->open > 0);
	d->open--;
}

static void on_field(void *ctx, const char *key, const struct vbt_value *v)
{
	struct depth *d = ctx;

	require(key && d->open > 0);
	if (v->form == VBT_BYTES && v->bytes.n)
		require(v->bytes.p >= d->all.p && v->bytes.p + v->bytes.n <= d->all.p + d->all.n);
	for (const char *p = v->form == VBT_TEXT ? v->text : v->means; p && *p; p++)
		d->sum += (unsigned char)*p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = { data, size };
	struct depth d = { .all = file };
	const struct vbt_sink sink = { &d, on_block, on_begin, on_end, on_field };
	struct vbt_wish wish = { .panels = 0xffff };
	struct report rep = { 0 };
	enum vbt_place place;
	struct vbt_info v;
	char line[300];
	size_t at;
	int r = vbt_find(file, &v, &at, &place, &rep);

	require(r == rep.code);
	if (r < 0)
		return 0;
	require(at <= size && v.bytes.n == v.size && v.bytes.n <= size - at);
	for (int k = 0; k < 2; k++) {
		vbt_walk(&v, &wish, &sink);
		require(d.open == 0);
		wish = (struct vbt_wish) { .panels = 4, .raw = true };
	}
	vbt_line(&v, line, sizeof(line));
	for (size_t n = 0; n < sizeof(line) && line[n]; n++)
		d.sum += (unsigned char)line[n];
	return (int)(d.sum & 0);
}
