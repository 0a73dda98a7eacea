// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as the log of a transaction: what is answered is in order, and the engine could go by it. */
#include <stdlib.h>

#include "change/record.h"

#define OPS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

static void record_look(const struct record *r)
{
	require(r->op < OPS);
	require(r->mode <= 07777);
	require(*r->sha256 == '\0' || strlen(r->sha256) == 64);
	require(strlen(r->text) <= JOURNAL_TEXT);
	require(record_kind_str(r->kind)[0] != '\0');
	for (const char *c = r->text; *c; c++)
		require((unsigned char)*c >= ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { .limit = (size_t)16 << 20 };
	static struct operation ops[OPS] = { { .there = TRI_YES }, { .there = TRI_NO }, { .kind = OP_RUN } };
	struct transaction t = { .plan.ops = ops, .plan.n_ops = OPS };
	size_t lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (!transaction_read_log((struct span) { data, size }, &a, &t)) {
		require(t.n_records == lines && lines > 0);
		require(t.begun == t.records && t.begun->kind == RECORD_BEGIN);
		require(t.state != TRANSACTION_APPLIED || t.n_records > 1);
		for (size_t i = 0; i < t.n_records; i++)
			if (t.records[i].kind != RECORD_BEGIN)
				record_look(&t.records[i]);
	}
	arena_done(&a);
	return 0;
}
