// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as an initramfs: names that end, no more of them than the limit, or a refusal. */
#include <stdlib.h>
#include <string.h>

#include "fw/initrd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool hear(void *ctx, const struct initrd_entry *e)
{
	size_t *n = ctx;

	if (++*n > INITRD_NAMES_MAX || strlen(e->name) >= 4096)
		abort();
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report rep = { 0 };
	size_t n = 0;
	int r = initrd_walk((struct span) { data, size }, hear, &n, &rep);

	if (r > 0 || (r < 0) != (rep.code != 0))
		abort();
	return 0;
}
