// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a staged deployment and as an origin: an answer is a text, and it ends. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/ostree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void printable(const char *s)
{
	for (; *s; s++)
		if ((*s < ' ' || *s > '~') && *s != '\n')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { .limit = (size_t)32 << 20 };
	struct span s = { data, size };
	struct ostree_initramfs state;
	const char *text = "";

	if (ostree_staged_options(s, &a, &text) && !text_starts(span_str(text), "options "))
		abort();
	printable(text);
	if (ostree_staged_origin(s, &a, &text) && !text_ends(span_str(text), ".origin"))
		abort();
	printable(text);
	if (ostree_origin_read(s, &a, &state))
		printable(state.args);
	arena_done(&a);
	return 0;
}
