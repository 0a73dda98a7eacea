// SPDX-License-Identifier: GPL-2.0-or-later
#include "verify/made.h"

#include <fnmatch.h>

#include "base/error.h"
#include "base/text.h"
#include "fw/pe_section.h"
#include "host/kernels.h"
#include "store/cmdline.h"
#include "store/ostree.h"
#include "verify/made_parts.h"

/* ---- files -------------------------------------------------------------------------------------------------- */

struct expanding {
	struct host *h;
	struct arena *a;
	struct host_names *to;
};

/* One more name, once. */
static int name_add(struct expanding *x, const char *path)
{
	const char **slot;

	for (size_t i = 0; i < x->to->n; i++)
		if (strcmp(x->to->v[i], path) == 0)
			return 0;
	if (x->to->n == MADE_FILES_MAX)
		return 0;
	slot = arena_push(x->a, x->to->v, x->to->n);
	if (!slot)
		return -IGD_ENOMEM;
	*slot = path;
	return 0;
}

/* What of @pattern is there below @folder ("" the root), a part of the path at a time. */
static int expand(struct expanding *x, const char *folder, struct span pattern, unsigned depth)
{
	struct span part = span_before(pattern, '/'), rest = { 0 };
	const char *want = arena_span(x->a, part);
	struct host_names names;
	bool last = part.n == pattern.n;
	int r;

	if (depth > HOST_DEPTH_MAX || (!last && !span_from(pattern, part.n + 1, &rest)))
		return 0;
	if (part.n == 0)
		return last ? 0 : expand(x, folder, rest, depth + 1);
	if (!strpbrk(want, "*?[\\")) {
		want = arena_printf(x->a, "%s%s%s", folder, *folder ? "/" : "", want);
		if (!last)
			return expand(x, want, rest, depth + 1);
		return host_has(x->h, want) > 0 ? name_add(x, want) : 0;
	}
	r = host_list(x->h, folder, x->a, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		const char *path;

		if (fnmatch(want, names.v[i], FNM_PERIOD) != 0)
			continue;
		path = arena_printf(x->a, "%s%s%s", folder, *folder ? "/" : "", names.v[i]);
		r = last ? name_add(x, path) : expand(x, path, rest, depth + 1);
	}
	return r == -IGD_ENOMEM ? r : 0;
}

int made_files(struct host *h, const char *where, struct arena *a, struct host_names *ret)
{
	struct expanding x = { h, a, ret };
	struct span rest = { 0 }, pattern;
	int r = host_each_kernel(h, where, a, &where);

	*ret = (struct host_names) { 0 };
	if (r == 0)
		rest = span_str(where);
	while (r == 0 && text_word(&rest, &pattern))
		r = expand(&x, "", pattern, 0);
	return r == 0 && a->full ? -IGD_ENOMEM : r;
}

/* The arena's block is memory that nobody has touched, so only as much is used as the file is long. */
int made_read(struct host *h, const char *path, struct arena *tmp, struct span *ret)
{
	const struct span none = { 0 };
	int r = host_read_head(h, path, none, MADE_IMAGE_MAX, tmp, ret);

	return r == 0 && ret->n == MADE_IMAGE_MAX ? -IGD_ELIMIT : r;
}

bool made_is_uki(const char *path)
{
	return text_ends(span_str(path), ".efi") || text_ends(span_str(path), ".EFI");
}

/* "/boot/a and 2 others" */
static const char *and_others(struct arena *a, const char *first, size_t n)
{
	return n < 2 ? first : arena_printf(a, "%s and %zu other%s", first, n - 1, n == 2 ? "" : "s");
}

/* ---- entries ------------------------------------------------------------------------------------------------ */

static int entries_read(struct host *h, const char *path, struct made_entries *e, const char **ret_why)
{
	struct arena tmp = { 0 };
	struct span bytes, line;
	int r = made_is_uki(path) ? made_read(h, path, &tmp, &bytes)
				  : host_read(h, path, HOST_FILE_MAX, &tmp, &bytes);

	if (r < 0)
		*ret_why = host_why(h, r, path, e->a);
	else if (!made_is_uki(path))
		made_entries_text(e, path, bytes);
	else if (!strstr(path, "igdctl") && !strstr(path, "rescue") && pe_section_find(bytes, ".cmdline", &line))
		made_entries_line(e, arena_printf(e->a, "/%s", path), text_trim(span_before(line, 0)));
	arena_done(&tmp);
	return r == -IGD_ENOMEM ? r : 0;
}

static enum made entries_judge(const struct made_entries *e, const struct promise *q, const char *where,
			       const char *unread, const char **ret_why)
{
	struct arena *a = e->a;

	if (e->n == 0) {
		*ret_why = unread ? unread : arena_printf(a, "no boot entry was found in %s", where);
		return MADE_UNKNOWN;
	}
	if (q->absent && e->n_with) {
		*ret_why = arena_printf(a, "%s still hold%s \"%s\"", and_others(a, e->with, e->n_with),
					e->n_with == 1 ? "s" : "", q->what);
		return MADE_BROKEN;
	}
	if (e->n_unknown && (q->absent || !e->n_with)) {
		*ret_why =
			"the entries take their words from $kernelopts, and /boot/grub2/grubenv does not tell them";
		return MADE_UNKNOWN;
	}
	if (!q->absent && !e->n_with) {
		*ret_why = arena_printf(a, "\"%s\" is not in %s", q->what, and_others(a, e->without, e->n));
		return MADE_BROKEN;
	}
	if (!q->absent && e->lacks) {
		*ret_why = arena_printf(a, "\"%s\" is in %s, and not in %s", q->what, e->with, e->lacks);
		return MADE_BROKEN;
	}
	*ret_why = q->absent	       ? arena_printf(a, "\"%s\" is in no boot entry of %zu", q->what, e->n)
		   : e->n_with == e->n ? arena_printf(a, "\"%s\" is in %s", q->what, and_others(a, e->with, e->n))
				       : arena_printf(a, "\"%s\" is in %zu boot entries of %zu, and not in %s",
						      q->what, e->n_with, e->n,
						      e->without ? e->without : "those that take it from grubenv");
	return MADE_KEPT;
}

/* Of ostree's entries the newest counts, the others being there to go back to; and before a shutdown what it will
 * make one of. */
static int ostree_look(struct host *h, struct host_names *files, struct made_entries *e, const char **ret_why)
{
	const char *newest = NULL, *line = "";
	struct span staged;
	int r;

	for (size_t i = 0; i < files->n; i++)
		if (ostree_entry_number(files->v[i]) > (newest ? ostree_entry_number(newest) : 0))
			newest = files->v[i];
	if (!newest)
		return 0;
	r = host_read(h, OSTREE_STAGED, HOST_FILE_MAX, e->a, &staged);
	files->v[0] = newest;
	files->n = r == -IGD_ENOENT;
	if (r == 0 && ostree_staged_options(staged, e->a, &line))
		made_entries_line(e, "the deployment that is staged", span_str(line));
	else if (r != -IGD_ENOENT)
		*ret_why = r < 0 ? host_why(h, r, OSTREE_STAGED, e->a)
				 : "/" OSTREE_STAGED ": its options cannot be read";
	return r == -IGD_ENOMEM ? r : 0;
}

static int entries_in(struct host *h, const struct promise *q, const char *where, struct arena *a,
		      const char **ret_why)
{
	struct made_entries e = { .word = span_str(q->what), .a = a };
	const char *unread = NULL;
	struct host_names files;
	struct span running;
	int r = made_files(h, where, a, &files);

	if (r == 0 && host_read(h, "proc/cmdline", HOST_TEXT_MAX, a, &running) == 0)
		e.snapshot = cmdline_snapshot(running);
	if (r == 0 && host_read(h, "etc/machine-id", HOST_TEXT_MAX, a, &e.machine_id) < 0)
		e.machine_id = (struct span) { 0 };
	if (r == 0 && host_read(h, "boot/grub2/grubenv", HOST_TEXT_MAX, a, &e.grubenv) < 0)
		e.grubenv = (struct span) { 0 };
	if (r == 0)
		r = ostree_look(h, &files, &e, &unread);
	for (size_t i = 0; r == 0 && i < files.n; i++)
		r = entries_read(h, files.v[i], &e, &unread);
	return r < 0 ? r : (int)entries_judge(&e, q, where, unread, ret_why);
}

/* Where entries are named after kernels, each kernel's must be so; one without an entry starts nothing. */
static int entries_look(struct host *h, const struct promise *q, struct arena *a, const char **ret_why)
{
	struct host_names kernels = { 0 };
	bool each = strstr(q->where, KERNEL_EACH) != NULL;
	int all = MADE_UNKNOWN, r = each ? host_kernels(h, a, &kernels) : 0;
	const char *why = "";

	if (r < 0 || kernels.n == 0)
		return r < 0 ? r : entries_in(h, q, q->where, a, ret_why);
	for (size_t i = 0; i < kernels.n; i++) {
		r = entries_in(h, q, kernel_text(a, q->where, kernels.v[i]), a, &why);
		if (i == 0 || r != MADE_UNKNOWN)
			*ret_why = why;
		if (r < 0 || r == MADE_BROKEN)
			return r;
		all = r == MADE_KEPT ? r : all;
	}
	return all;
}

/* ---- images ------------------------------------------------------------------------------------------------- */

/* Copies that update-initramfs, dkms and dracut leave beside an image, and images for other purposes: nothing starts
 * them in the ordinary way. */
static bool is_aside(const char *path)
{
	static const char *const ends[] = {
		".bak", ".old", ".old-dkms", ".dpkg-bak", ".dpkg-tmp", ".new", ".tmp", "~"
	};
	static const char *const marks[] = { "fallback", "rescue", "kdump", "igdctl" };
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (text_ends(span_str(name), ends[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (strstr(name, marks[i]))
			return true;
	return false;
}

/* The release in "boot/initrd.img-6.1.0-50-amd64" or "boot/initramfs-6.9.7.fc40.x86_64.img"; "" when there is none.
 */
static const char *release_of(const char *path, struct arena *a)
{
	const char *slash = strrchr(path, '/');
	struct span s = span_str(slash ? slash + 1 : path);

	if (!text_skip(&s, "initrd.img-") && !text_skip(&s, "initramfs-") && !text_skip(&s, "initrd-"))
		return "";
	if (text_ends(s, ".img"))
		s.n -= 4;
	return s.n && s.p[0] >= '0' && s.p[0] <= '9' ? arena_span(a, s) : "";
}

/* Does the kernel lie beside the image that is made for it? One that was removed may leave its image behind. */
static bool has_kernel(struct host *h, const char *path, struct arena *a)
{
	const char *release = release_of(path, a), *slash = strrchr(path, '/');
	int n = slash ? (int)(slash - path) + 1 : 0;

	return *release && host_has(h, arena_printf(a, "%.*svmlinuz-%s", n, path, release)) > 0;
}

static void drop_left_behind(struct host *h, struct host_names *files, struct arena *a)
{
	size_t n = 0, n_with = 0;

	for (size_t i = 0; i < files->n; i++)
		if (!is_aside(files->v[i]))
			files->v[n++] = files->v[i];
	files->n = n;
	for (size_t i = 0; i < n; i++)
		n_with += has_kernel(h, files->v[i], a);
	if (n_with == 0)
		return;
	files->n = 0;
	for (size_t i = 0; i < n; i++)
		if (!*release_of(files->v[i], a) || has_kernel(h, files->v[i], a))
			files->v[files->n++] = files->v[i];
}

static bool names_module(void *ctx, struct span line)
{
	const char *const *wanted = ctx, *module = *wanted;
	struct span name = text_trim(line), before;

	while (text_until(&name, "/", &before))
		;
	if (!text_ends(name, ".ko") || name.n - 3 != strlen(module))
		return false;
	for (size_t i = 0; module[i]; i++)
		if (name.p[i] != (uint8_t)module[i] && !(strchr("-_", module[i]) && strchr("-_", (char)name.p[i])))
			return false;
	return true;
}

/* The release that the image is made for: in its name, or, as in the folders and images of kernel-install, that of
 * the installed kernel with the longest name in its path. "": not known. */
static const char *kernel_of(struct host *h, const char *path, struct arena *a)
{
	const char *release = release_of(path, a);
	struct host_names kernels;

	if (*release || host_kernels(h, a, &kernels) < 0)
		return release;
	for (size_t i = 0; i < kernels.n; i++)
		if (strstr(path, kernels.v[i]) && strlen(kernels.v[i]) > strlen(release))
			release = kernels.v[i];
	return release;
}

/* Is the module compiled into the image's kernel (modules.builtin of kbuild)? */
static bool is_builtin(struct host *h, const char *path, const char *what, struct arena *a)
{
	const char *release = kernel_of(h, path, a);
	struct span lines;

	return *release && !strchr(what, '/') &&
	       host_read_some(h, arena_printf(a, "lib/modules/%s/modules.builtin", release), "\n", names_module,
			      &what, a, &lines) == 0 &&
	       lines.n;
}

struct images {
	size_t n, n_with, n_without, n_unknown;
	const char *with, *without, *unread;
};

/* A unified kernel has its initramfs in a section (UAPI Group, Unified Kernel Image); one that has none says nothing.
 */
static void image_read(struct host *h, struct made_memo *m, struct made_image *to)
{
	struct report rep = { 0 };
	struct arena tmp = { 0 };
	struct span image;

	to->none = text_ends(span_str(to->path), ".conf"); /* the entry that is made along with it */
	if (to->none)
		return;
	to->r = made_read(h, to->path, &tmp, &image);
	if (to->r < 0) {
		to->why = host_why(h, to->r, to->path, &m->a);
	} else if (made_is_uki(to->path) && !pe_section_find(image, ".initrd", &image)) {
		to->none = true;
	} else {
		to->r = made_image_names(image, &m->a, &to->names, &rep);
		to->at = rep.refusal.at;
		if (to->r < 0)
			to->why = arena_printf(&m->a, "/%s: %s", to->path, rep.refusal.text);
	}
	arena_done(&tmp);
}

/* NULL: no memory. */
static const struct made_image *image_of(struct host *h, struct made_memo *m, const char *path)
{
	struct made_image *slot;

	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->v[i].path, path) == 0)
			return &m->v[i];
	slot = arena_push(&m->a, m->v, m->n);
	if (!slot)
		return NULL;
	slot->path = arena_str(&m->a, path);
	image_read(h, m, slot);
	return m->a.full || slot->r == -IGD_ENOMEM ? NULL : slot;
}

/* One that broke off on the way starts no machine: it counts as one without. */
static bool is_damaged(const struct made_image *i)
{
	return i->r == -IGD_ETRUNC || i->r == -IGD_ELENGTH || (i->r == -IGD_EMAGIC && i->at > 0);
}

static void image_count(struct host *h, const struct made_image *i, const char *what, struct arena *a,
			struct images *to)
{
	if (i->none)
		return;
	to->n++;
	if (i->r == 0 && (made_names_have(i->names, what) || is_builtin(h, i->path, what, a))) {
		to->n_with++;
		to->with = to->with ? to->with : arena_printf(a, "/%s", i->path);
	} else if (i->r == 0 || is_damaged(i)) {
		to->n_without++;
		if (!to->without)
			to->without = i->why ? arena_str(a, i->why) : arena_printf(a, "/%s", i->path);
	} else {
		to->n_unknown++;
		to->unread = to->unread ? to->unread : arena_str(a, i->why);
	}
}

static enum made images_judge(const struct images *i, const struct promise *q, struct arena *a, const char **ret_why)
{
	if (i->n == 0) {
		*ret_why = arena_printf(a, "no initramfs was found in %s", q->where);
		return MADE_UNKNOWN;
	}
	if (q->absent ? i->n_with > 0 : i->n_without > 0) {
		const char *first = q->absent ? i->with : i->without;

		*ret_why = q->absent
				   ? arena_printf(a, "%s is still in %s", q->what, and_others(a, first, i->n_with))
				   : arena_printf(a, "%s is not in %s", q->what, and_others(a, first, i->n_without));
		return MADE_BROKEN;
	}
	if (i->n_unknown) {
		*ret_why = i->unread;
		return MADE_UNKNOWN;
	}
	*ret_why = q->absent ? arena_printf(a, "%s is in no initramfs of %zu", q->what, i->n)
			     : arena_printf(a, "%s is in %s", q->what, and_others(a, i->with, i->n_with));
	return MADE_KEPT;
}

static int images_look(struct host *h, struct made_memo *m, const struct promise *q, struct arena *a,
		       const char **ret_why)
{
	const struct made_image *image;
	struct images found = { 0 };
	struct host_names files;
	int r = made_files(h, q->where, a, &files);

	if (r == 0)
		drop_left_behind(h, &files, a);
	for (size_t i = 0; r == 0 && i < files.n; i++) {
		image = image_of(h, m, files.v[i]);
		if (image)
			image_count(h, image, q->what, a, &found);
		else
			r = -IGD_ENOMEM;
	}
	return r < 0 ? r : (int)images_judge(&found, q, a, ret_why);
}

/* ---- both --------------------------------------------------------------------------------------------------- */

void made_memo_done(struct made_memo *m)
{
	arena_done(&m->a);
	*m = (struct made_memo) { .n = 0 };
}

int made_look_memo(struct host *h, struct made_memo *m, const struct promise *q, struct arena *a,
		   const char **ret_why)
{
	int r = q->kind == PROMISE_IMAGE ? images_look(h, m, q, a, ret_why) : entries_look(h, q, a, ret_why);

	return r >= 0 && a->full ? -IGD_ENOMEM : r;
}

int made_look(struct host *h, const struct promise *q, struct arena *a, const char **ret_why)
{
	struct made_memo m = { .n = 0 };
	int r = made_look_memo(h, &m, q, a, ret_why);

	made_memo_done(&m);
	return r;
}
