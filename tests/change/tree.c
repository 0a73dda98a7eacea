// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/macros.h"

struct tree_node {
	char *path; /* below the top */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	char *bytes; /* or a link's target */
	size_t n;
	char xattr[256]; /* name=hex, one behind another */
};

static void fail(const char *path, const char *what)
{
	printf("Bail out! %s %s: %s\n", path, what, strerror(errno));
	fflush(stdout);
	_exit(99);
}

static char *slurp(const char *path, size_t *n)
{
	struct stat st;
	char *p = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) != 0 || !(p = calloc(1, st.st_size + 1)) || read(fd, p, st.st_size) != st.st_size)
		fail(path, "cannot be read");
	close(fd);
	*n = st.st_size;
	return p;
}

static void xattrs(const char *path, char *ret, size_t max)
{
	char names[256], value[128];
	ssize_t n = llistxattr(path, names, sizeof(names)), at = 0, len;
	size_t used = 0;

	for (; at < n; at += (ssize_t)strlen(names + at) + 1) {
		len = lgetxattr(path, names + at, value, sizeof(value));
		used += snprintf(ret + used, max - used, "%s=", names + at);
		for (ssize_t i = 0; i < len && used + 3 < max; i++)
			used += snprintf(ret + used, max - used, "%02x", (unsigned char)value[i]);
	}
}

static struct tree *walk_into;
static const char *walk_top, *walk_without;

static int walk(const char *path, const struct stat *st, _unused_ int type, _unused_ struct FTW *ftw)
{
	const char *name = path + strlen(walk_top);
	size_t n = walk_without ? strlen(walk_without) : 0;
	struct tree_node *v;

	name += *name == '/';
	if (n && strncmp(name, walk_without, n) == 0 && (name[n] == '/' || !name[n]))
		return 0;
	walk_into->v = realloc(walk_into->v, (walk_into->n + 1) * sizeof(*v));
	v = &walk_into->v[walk_into->n++];
	*v = (struct tree_node) { .path = strdup(name), .mode = st->st_mode, .uid = st->st_uid, .gid = st->st_gid };
	if (S_ISREG(st->st_mode) && !(v->bytes = slurp(path, &v->n)))
		fail(path, "cannot be opened");
	if (S_ISLNK(st->st_mode)) {
		v->bytes = calloc(1, PATH_MAX);
		v->n = readlink(path, v->bytes, PATH_MAX - 1);
	}
	xattrs(path, v->xattr, sizeof(v->xattr));
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct tree_node *)a)->path, ((const struct tree_node *)b)->path);
}

struct tree tree_read(const char *top, const char *without)
{
	struct tree t = { 0 };

	walk_into = &t;
	walk_top = top;
	walk_without = without;
	if (nftw(top, walk, 16, FTW_PHYS) != 0)
		fail(top, "cannot be walked");
	qsort(t.v, t.n, sizeof(*t.v), by_path);
	return t;
}

void tree_done(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].path);
		free(t->v[i].bytes);
	}
	free(t->v);
	*t = (struct tree) { 0 };
}

static const char *node_differs(const struct tree_node *want, const struct tree_node *is)
{
	static char says[1024];

	if (want->mode != is->mode || want->uid != is->uid || want->gid != is->gid)
		snprintf(says, sizeof(says), "/%s is %o %u:%u, not %o %u:%u", want->path, is->mode, is->uid, is->gid,
			 want->mode, want->uid, want->gid);
	else if (want->n != is->n || (want->n && memcmp(want->bytes, is->bytes, want->n) != 0))
		snprintf(says, sizeof(says), "/%s holds other bytes: \"%.300s\", not \"%.300s\"", want->path,
			 is->bytes, want->bytes);
	else if (strcmp(want->xattr, is->xattr) != 0)
		snprintf(says, sizeof(says), "/%s has the attributes %s, not %s", want->path, is->xattr, want->xattr);
	else
		return NULL;
	return says;
}

const char *tree_differs(const struct tree *want, const struct tree *is)
{
	static char says[PATH_MAX + 64];
	const char *why;
	size_t i = 0, j = 0;
	int c;

	while (i < want->n || j < is->n) {
		c = i == want->n ? 1 : j == is->n ? -1 : strcmp(want->v[i].path, is->v[j].path);
		if (c) {
			snprintf(says, sizeof(says), "/%s %s", c < 0 ? want->v[i].path : is->v[j].path,
				 c < 0 ? "is missing" : "is there");
			return says;
		}
		why = node_differs(&want->v[i++], &is->v[j++]);
		if (why)
			return why;
	}
	return NULL;
}

static void spill(const char *path, const char *p, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || (n && write(fd, p, n) != (ssize_t)n) || fchmod(fd, mode & 07777) != 0)
		fail(path, "cannot be written");
	close(fd);
}

static const char *copy_from, *copy_to;

static int copy_one(const char *path, const struct stat *st, _unused_ int type, _unused_ struct FTW *ftw)
{
	char to[PATH_MAX], target[PATH_MAX] = "", value[128];
	size_t n = 0;
	ssize_t len;
	char *p;

	snprintf(to, sizeof(to), "%s%s", copy_to, path + strlen(copy_from));
	if (S_ISLNK(st->st_mode)) {
		if (readlink(path, target, sizeof(target) - 1) < 0 || symlink(target, to) != 0)
			fail(path, "cannot be copied");
	} else if (S_ISDIR(st->st_mode)) {
		if (mkdir(to, 0700) != 0 || chmod(to, st->st_mode & 07777) != 0)
			fail(path, "cannot be copied");
	} else {
		p = slurp(path, &n);
		if (!p)
			fail(path, "cannot be opened");
		spill(to, p, n, st->st_mode);
		free(p);
	}
	if ((st->st_uid != geteuid() || st->st_gid != getegid()) && lchown(to, st->st_uid, st->st_gid) != 0)
		fail(to, "cannot be given away");
	len = S_ISREG(st->st_mode) ? lgetxattr(path, "system.posix_acl_access", value, sizeof(value)) : -1;
	if (len > 0 && lsetxattr(to, "system.posix_acl_access", value, len, 0) != 0)
		fail(to, "cannot get its access list");
	return 0;
}

void tree_copy(const char *from, const char *to)
{
	copy_from = from;
	copy_to = to;
	if (nftw(from, copy_one, 16, FTW_PHYS) != 0)
		fail(from, "cannot be copied");
}

static int remove_one(const char *path, _unused_ const struct stat *st, _unused_ int type, _unused_ struct FTW *ftw)
{
	return remove(path);
}

void tree_remove(const char *top)
{
	if (nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
		fail(top, "cannot be removed");
}

void tree_put(const char *top, const char *path, const char *text, unsigned mode)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s/%s", top, path);
	for (char *s = full + strlen(top) + 1; (s = strchr(s, '/')); *s++ = '/') {
		*s = '\0';
		if (mkdir(full, 0755) != 0 && errno != EEXIST)
			fail(full, "cannot be made");
	}
	if (text)
		spill(full, text, strlen(text), mode);
	else if (mkdir(full, 0755) != 0 && errno != EEXIST)
		fail(full, "cannot be made");
}

char *tree_get(const char *top, const char *path)
{
	char full[PATH_MAX];
	size_t n;

	snprintf(full, sizeof(full), "%s/%s", top, path);
	return slurp(full, &n);
}
