// SPDX-License-Identifier: GPL-2.0-or-later
/* made_image.c - is a file in an initramfs? By the end of its path, or, for a module, by its name. */
#include <stdlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/macros.h"
#include "base/text.h"
#include "fw/initrd.h"
#include "verify/made_parts.h"

#define TYPE_MASK   0170000u /* of a mode: stat(2), S_IFMT */
#define TYPE_FOLDER 0040000u

struct gathering {
	struct buffer names;
	size_t room;
	int r;
};

static char plain(char c)
{
	return (char)(c == '-' ? '_' : c);
}

/* "vfio-pci.ko", "vfio_pci.ko.xz": kmod takes '-' and '_' for the same, and packed modules. */
static bool is_module(const char *path, const char *module)
{
	static const char *const ends[] = { ".ko", ".ko.gz", ".ko.xz", ".ko.zst" };
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (; *module; module++, name++)
		if (plain(*module) != plain(*name))
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (strcmp(name, ends[i]) == 0)
			return true;
	return false;
}

static bool ends_in(const char *path, const char *what)
{
	size_t n = strlen(path), m = strlen(what);

	return n >= m && strcmp(path + n - m, what) == 0 && (n == m || path[n - m - 1] == '/');
}

/* Each with its zero. */
static bool gather(void *ctx, const struct initrd_entry *e)
{
	struct gathering *g = ctx;
	size_t n = strlen(e->name) + 1;

	if ((e->mode & TYPE_MASK) == TYPE_FOLDER)
		return true;
	if (n > g->room - g->names.n) {
		size_t want = 2 * g->room + n;
		uint8_t *more = want <= MADE_NAMES_MAX ? realloc(g->names.p, want) : NULL;

		g->r = more ? 0 : want > MADE_NAMES_MAX ? -IGD_ELIMIT : -IGD_ENOMEM;
		if (!more)
			return false;
		g->names.p = more;
		g->room = want;
	}
	memcpy(g->names.p + g->names.n, e->name, n);
	g->names.n += n;
	return true;
}

int made_image_names(struct span image, struct arena *a, struct span *ret, struct report *rep)
{
	struct gathering g = { .r = 0 };
	int r = initrd_walk(image, gather, &g, rep);

	if (r == 1)
		r = g.r == -IGD_ENOMEM ? g.r
				       : report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "its names are too long");
	if (r == 0) {
		ret->p = (const uint8_t *)arena_span(a, buffer_span(&g.names));
		ret->n = g.names.n;
		r = a->full ? -IGD_ENOMEM : 0;
	}
	buffer_done(&g.names);
	return r;
}

bool made_names_have(struct span names, const char *what)
{
	struct span name;

	if (*what == '/')
		what++;
	do {
		name = span_before(names, 0);
		if (name.n == 0)
			continue;
		if (strchr(what, '/') ? ends_in((const char *)name.p, what) : is_module((const char *)name.p, what))
			return true;
	} while (span_from(names, name.n + 1, &names));
	return false;
}
