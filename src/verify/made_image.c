// SPDX-License-Identifier: GPL-2.0-or-later
/* made_image.c - is a file in an initramfs? By the end of its path, or, for a module, by its name. */
#include "base/text.h"
#include "fw/initrd.h"
#include "verify/made_parts.h"

#define TYPE_MASK   0170000u /* of a mode: stat(2), S_IFMT */
#define TYPE_FOLDER 0040000u

struct search {
	const char *what;
	bool found;
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

static bool look(void *ctx, const struct initrd_entry *e)
{
	struct search *s = ctx;

	if ((e->mode & TYPE_MASK) != TYPE_FOLDER)
		s->found = strchr(s->what, '/') ? ends_in(e->name, s->what) : is_module(e->name, s->what);
	return !s->found;
}

int made_image_has(struct span image, const char *what, struct report *rep)
{
	struct search s = { .what = *what == '/' ? what + 1 : what };
	int r = initrd_walk(image, look, &s, rep);

	return r < 0 ? r : s.found;
}
