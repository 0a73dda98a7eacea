// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * host_dir.c - a machine as a folder: "/" or a copy of one.
 *
 * The kernel resolves a path inside the folder (openat2(2), RESOLVE_IN_ROOT), so that no link leads
 * out, whoever changes the tree meanwhile. Kernels before 5.6 and some containers' filters have no
 * openat2; there, and where every link has to be remembered, the path is walked with O_NOFOLLOW, one
 * descriptor a folder, never through "..".
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "host/backend.h"

#define EAGAIN_MAX 16 /* openat2 answers EAGAIN when a rename elsewhere raced with ".." */
#define READ_STEP  ((size_t)64 * 1024)

struct host_dir {
	int root;
	bool live, root_user;
	bool no_openat2;	       /* IGDCTL_NO_OPENAT2 in the environment makes it so for the tests */
	int stack[HOST_DEPTH_MAX + 1]; /* descriptors of the walk; [0] is .root */
	unsigned top;
	const struct trace *trace; /* of the walk under way */
	uint8_t *buf;		   /* what is being read */
	size_t buf_n;
};

/* What an errno of open or read means here. Linux gives EINVAL, EIO, ENXIO or ENODEV from sysfs attributes whose
 * device does not answer, and EPERM from some that want a capability. */
static int code_of(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
		return -IGD_ENOENT;
	case EACCES:
	case EPERM:
		return -IGD_EACCES;
	case ENAMETOOLONG:
		return -IGD_ELIMIT;
	case ENOMEM:
		return -IGD_ENOMEM;
	default:
		return -IGD_EIO;
	}
}

/* ---- the walk ---------------------------------------------------------------------------------- */

static int link_text(int fd, const char *name, char target[HOST_PATH_MAX])
{
	ssize_t n = readlinkat(fd, name, target, HOST_PATH_MAX);

	if (n < 0)
		return code_of(errno);
	if (n == HOST_PATH_MAX)
		return -IGD_ELIMIT;
	target[n] = '\0';
	return 0;
}

static int dir_step(void *self, const char *name, enum walk_kind *ret, char target[HOST_PATH_MAX])
{
	struct host_dir *d = self;
	struct stat st;
	int fd, r;

	fd = openat(d->stack[d->top], name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return code_of(errno);
	if (fstat(fd, &st) < 0) {
		r = code_of(errno);
		close(fd);
		return r;
	}
	if (S_ISLNK(st.st_mode)) {
		r = link_text(fd, "", target);
		close(fd);
		*ret = WALK_LINK;
		return r;
	}
	*ret = S_ISDIR(st.st_mode) ? WALK_FOLDER : S_ISREG(st.st_mode) ? WALK_FILE : WALK_OTHER;
	d->stack[++d->top] = fd;
	return 0;
}

static void dir_pop(void *self)
{
	struct host_dir *d = self;

	close(d->stack[d->top--]);
}

static void dir_on_link(void *self, const char *canon, const char *target)
{
	struct host_dir *d = self;

	if (d->trace)
		d->trace->on_link(d->trace->ctx, canon, target);
}

/* walk_path(); on success the descriptor of what was found is *ret_fd, an O_PATH one, unless it is a link. */
static int dir_walk(struct host_dir *d, const char *path, bool last, struct walk *w, char target[HOST_PATH_MAX],
		    int *ret_fd)
{
	static const struct walk_ops ops = { .step = dir_step, .pop = dir_pop, .on_link = dir_on_link };
	int r;

	d->top = 0;
	d->stack[0] = d->root;
	r = walk_path(&ops, d, path, last, w, target);
	if (r == 0 && ret_fd) {
		*ret_fd = fcntl(d->stack[d->top], F_DUPFD_CLOEXEC, 3);
		if (*ret_fd < 0)
			r = code_of(errno);
	}
	while (d->top > 0)
		dir_pop(d);
	return r;
}

/* Open what a walk found, without going by its name again: a file that is not regular is never opened. */
static int dir_open_slow(struct host_dir *d, const char *path, int flags, int *ret)
{
	char target[HOST_PATH_MAX], proc[32];
	struct walk w;
	int found = -1, r;

	r = dir_walk(d, path, true, &w, target, &found);
	if (r < 0)
		return r;
	if (flags & O_PATH) {
		*ret = found;
		return 0;
	}
	if (w.kind == WALK_OTHER) {
		close(found);
		return -IGD_EIO;
	}
	if (w.kind == WALK_FOLDER) {
		*ret = openat(found, ".", flags);
	} else {
		snprintf(proc, sizeof(proc), "/proc/self/fd/%d", found);
		*ret = open(proc, flags);
	}
	r = *ret < 0 ? code_of(errno) : 0;
	close(found);
	return r;
}

/* ---- the kernel's way -------------------------------------------------------------------------- */

/* The kernel's answer: a descriptor or a code; 1: it has none, walk instead. */
static int dir_open_fast(struct host_dir *d, const char *path, int flags, int *ret)
{
	struct open_how how = { .flags = (uint64_t)(unsigned)flags,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	long fd;

	if (path[0] == '\0')
		path = ".";
	for (int i = 0; i < EAGAIN_MAX && !d->no_openat2; i++) {
		fd = syscall(SYS_openat2, d->root, path, &how, sizeof(how));
		if (fd >= 0) {
			*ret = (int)fd;
			return 0;
		}
		if (errno == ENOSYS)
			d->no_openat2 = true;
		else if (errno == EPERM) /* said by a container's filter, but also of a few files: the walk tells */
			return 1;
		else if (errno != EAGAIN)
			return code_of(errno);
	}
	return 1;
}

static int dir_open(struct host_dir *d, const char *path, int flags, int *ret)
{
	int r;

	flags |= O_CLOEXEC;
	r = dir_open_fast(d, path, flags, ret);
	return r > 0 ? dir_open_slow(d, path, flags, ret) : r;
}

/* Read @fd to its end into d->buf. sysfs and procfs say 4096 or 0 for a size: only the end counts. */
static int read_all(struct host_dir *d, int fd, size_t max, size_t *ret)
{
	size_t n = 0, want;
	ssize_t got;
	uint8_t *grown;

	for (;;) {
		if (n == d->buf_n) {
			want = d->buf_n ? 2 * d->buf_n : READ_STEP;
			grown = realloc(d->buf, want);
			if (!grown)
				return -IGD_ENOMEM;
			d->buf = grown;
			d->buf_n = want;
		}
		got = read(fd, d->buf + n, d->buf_n - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EISDIR ? -IGD_EIO : code_of(errno) == -IGD_ENOENT ? -IGD_EIO : code_of(errno);
		if (got == 0)
			break;
		n += (size_t)got;
		if (n > max)
			return -IGD_ELIMIT;
	}
	*ret = n;
	return 0;
}

static int dir_read(void *self, const char *path, size_t max, struct arena *a, struct span *ret)
{
	struct host_dir *d = self;
	_cleanup_(fd_close) int fd = -1;
	struct stat st;
	const char *copy;
	size_t n = 0;
	int r;

	r = dir_open(d, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, &fd);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -IGD_EIO;
	if (st.st_size > 4096 && (uint64_t)st.st_size > max)
		return -IGD_ELIMIT;
	r = read_all(d, fd, max, &n);
	if (r < 0)
		return r;
	copy = arena_span(a, (struct span) { d->buf, n });
	if (a->full)
		return -IGD_ELIMIT;
	*ret = (struct span) { (const uint8_t *)copy, n };
	return 0;
}

static int dir_head(void *self, const char *path, struct span have, size_t n, struct arena *a, struct span *ret)
{
	struct host_dir *d = self;
	_cleanup_(fd_close) int fd = -1;
	uint8_t *to = arena_alloc(a, n + 1);
	struct stat st;
	size_t at = have.n < n ? have.n : n;
	ssize_t got;
	int r;

	if (!to)
		return -IGD_ELIMIT;
	if (at)
		memcpy(to, have.p, at);
	r = dir_open(d, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, &fd);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -IGD_EIO;
	while (at < n && (got = pread(fd, to + at, n - at, (off_t)at)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return code_of(errno) == -IGD_ENOENT ? -IGD_EIO : code_of(errno);
		at += (size_t)got;
	}
	*ret = (struct span) { to, at };
	return 0;
}

static int dir_link(void *self, const char *path, struct arena *a, const char **ret)
{
	struct host_dir *d = self;
	_cleanup_(fd_close) int fd = -1;
	char target[HOST_PATH_MAX];
	struct stat st;
	struct walk w;
	int r;

	r = dir_open_fast(d, path, O_PATH | O_NOFOLLOW | O_CLOEXEC, &fd);
	if (r > 0) {
		r = dir_walk(d, path, false, &w, target, NULL);
		if (r == 0 && w.kind != WALK_LINK)
			r = -IGD_ENOENT;
	} else if (r == 0) {
		r = fstat(fd, &st) < 0 || !S_ISLNK(st.st_mode) ? -IGD_ENOENT : link_text(fd, "", target);
	}
	if (r < 0)
		return r;
	*ret = arena_str(a, target);
	return a->full ? -IGD_ELIMIT : 0;
}

static int list_all(DIR *dir, struct arena *a, struct host_names *ret)
{
	struct host_names names = { 0 };
	const char **room;
	struct dirent *e;

	for (errno = 0; (e = readdir(dir)); errno = 0) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (host_name_is_odd(span_str(e->d_name)))
			continue;
		if (names.n == HOST_NAMES_MAX)
			return -IGD_ELIMIT;
		room = arena_push(a, names.v, names.n);
		if (!room)
			return -IGD_ELIMIT;
		*room = arena_str(a, e->d_name);
	}
	if (errno)
		return code_of(errno);
	host_names_sort(&names);
	*ret = names;
	return a->full ? -IGD_ELIMIT : 0;
}

static int dir_list(void *self, const char *path, struct arena *a, struct host_names *ret)
{
	struct host_dir *d = self;
	int fd = -1, r;
	DIR *dir;

	r = dir_open(d, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_NOCTTY, &fd);
	if (r < 0)
		return r;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -IGD_ENOMEM;
	}
	r = list_all(dir, a, ret);
	closedir(dir);
	return r;
}

static int dir_has(void *self, const char *path)
{
	_cleanup_(fd_close) int fd = -1;
	int r = dir_open(self, path, O_PATH, &fd);

	return r == 0 ? 1 : r == -IGD_ENOENT ? 0 : r;
}

static int dir_mtime(void *self, const char *path, int64_t *ret)
{
	_cleanup_(fd_close) int fd = -1;
	struct stat st;
	int r = dir_open(self, path, O_PATH, &fd);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return code_of(errno);
	*ret = st.st_mtime;
	return 0;
}

static const char *dir_why(void *self, int r, const char *path)
{
	struct host_dir *d = self;
	char target[HOST_PATH_MAX];
	struct walk w;
	int walked;

	if (r == -IGD_EACCES)
		return !d->live || d->root_user ? "there, but it may not be read" : "only root may read it";
	walked = dir_walk(d, path, true, &w, target, NULL);
	if (w.loop)
		return "symbolic links go in a circle";
	if (r == -IGD_ENOENT && w.out && !d->live)
		return "symbolic link leads out of the tree";
	if (r == -IGD_EIO && walked == 0 && w.kind != WALK_FILE)
		return "not a regular file";
	if (r == -IGD_EIO)
		return "there, but reading it failed";
	return r == -IGD_ELIMIT ? "larger than is read" : NULL;
}

static int dir_trace(void *self, const char *path, bool last, const struct trace *t, struct walk *w,
		     char target[HOST_PATH_MAX])
{
	struct host_dir *d = self;
	int r;

	d->trace = t;
	r = dir_walk(d, path, last, w, target, NULL);
	d->trace = NULL;
	return r;
}

static void dir_free(void *self)
{
	struct host_dir *d = self;

	close(d->root);
	free(d->buf);
	free(d);
}

static const struct host_ops dir_ops = {
	.read = dir_read,
	.head = dir_head,
	.link = dir_link,
	.list = dir_list,
	.has = dir_has,
	.mtime = dir_mtime,
	.why = dir_why,
	.trace = dir_trace,
	.free = dir_free,
};

static bool is_root_of_all(int fd)
{
	struct stat here, top;

	return fstat(fd, &here) == 0 && stat("/", &top) == 0 && here.st_dev == top.st_dev &&
	       here.st_ino == top.st_ino;
}

int host_open_root(const char *dir, struct host **ret, struct report *rep)
{
	struct host_dir *d;
	int fd, r;

	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		int err = errno;

		report_subject(rep, "%s", dir);
		return report_refuse(rep, -code_of(err), REPORT_NOWHERE, "%s", strerror(err));
	}
	d = calloc(1, sizeof(*d));
	if (!d) {
		close(fd);
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory");
	}
	d->root = fd;
	d->live = is_root_of_all(fd);
	d->root_user = geteuid() == 0;
	d->no_openat2 = getenv("IGDCTL_NO_OPENAT2") != NULL;
	r = host_new(&dir_ops, d, dir, ret, rep);
	if (r < 0)
		return r;
	(*ret)->live = d->live;
	if (d->live)
		(*ret)->as_root = d->root_user;
	return 0;
}
