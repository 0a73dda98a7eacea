/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpio_image.h - initramfs archives, a member at a time. */
#pragma once

#include "image.h"

#include <stdio.h>

static inline void fill4(struct image *m)
{
	while (m->n % 4)
		put(m, 0, 1);
}

/* A member as gen_init_cpio of Linux writes it; @size bytes of 'x'. */
static inline void member_of(struct image *m, const char *kind, const char *name, unsigned mode, unsigned size)
{
	char head[111];

	snprintf(head, sizeof(head), "%s%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", kind, 721u, mode, 0u,
		 0u, 1u, 0u, size, 3u, 1u, 0u, 0u, (unsigned)strlen(name) + 1, 0u);
	put_text(m, head, 110);
	put_text(m, name, strlen(name) + 1);
	fill4(m);
	for (unsigned i = 0; i < size; i++)
		put(m, 'x', 1);
	fill4(m);
}

static inline void member(struct image *m, const char *name, unsigned mode, unsigned size)
{
	member_of(m, "070701", name, mode, size);
}

static inline void trailer(struct image *m)
{
	member(m, "TRAILER!!!", 0, 0);
}
