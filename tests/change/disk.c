// SPDX-License-Identifier: GPL-2.0-or-later
#include "disk.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/macros.h"

#define CALLS_MAX 4096
#define FILES_MAX 512
#define NAMES_MAX 1024

/* A file of which not all is on the disk for sure. */
struct dirty {
	dev_t dev;
	ino_t ino;
	bool is;
	off_t safe; /* bytes from its start that are */
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/* A change of names in a folder that was not synced since. Undone from the last to the first. */
enum change { MADE, REMOVED, REMOVED_DIR, RENAMED, SWAPPED };
struct name {
	enum change what;
	dev_t dev; /* of the folder */
	ino_t ino;
	char *path, *to; /* .to: RENAMED and SWAPPED */
	char *grave;	 /* another name of what was removed or replaced; NULL: nothing was */
	mode_t mode;	 /* REMOVED_DIR */
};

static struct {
	bool armed;
	struct disk_order order;
	size_t n;
	struct {
		const char *name;
		char on[160];
	} calls[CALLS_MAX];
	char base[256];
	unsigned n_graves;
	struct dirty files[FILES_MAX];
	size_t n_files;
	struct name names[NAMES_MAX];
	size_t n_names;
} disk;

#define REAL(type, name, ...)            \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)
REAL(int, open, const char *, int, ...);
REAL(int, open64, const char *, int, ...);
REAL(int, openat, int, const char *, int, ...);
REAL(int, openat64, int, const char *, int, ...);
REAL(int, creat, const char *, mode_t);
REAL(int, creat64, const char *, mode_t);
REAL(ssize_t, write, int, const void *, size_t);
REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
REAL(ssize_t, pwrite64, int, const void *, size_t, off_t);
REAL(ssize_t, writev, int, const struct iovec *, int);
REAL(int, fsync, int);
REAL(int, fdatasync, int);
REAL(int, syncfs, int);
REAL(void, sync, void);
REAL(int, ftruncate, int, off_t);
REAL(int, ftruncate64, int, off_t);
REAL(int, fallocate, int, int, off_t, off_t);
REAL(int, fallocate64, int, int, off_t, off_t);
REAL(int, posix_fallocate, int, off_t, off_t);
REAL(int, posix_fallocate64, int, off_t, off_t);
REAL(int, rename, const char *, const char *);
REAL(int, renameat, int, const char *, int, const char *);
REAL(int, renameat2, int, const char *, int, const char *, unsigned);
REAL(int, unlink, const char *);
REAL(int, unlinkat, int, const char *, int);
REAL(int, rmdir, const char *);
REAL(int, mkdir, const char *, mode_t);
REAL(int, mkdirat, int, const char *, mode_t);
REAL(int, linkat, int, const char *, int, const char *, int);
REAL(int, symlinkat, const char *, int, const char *);
REAL(int, fchmod, int, mode_t);
REAL(int, fchmodat, int, const char *, mode_t, int);
REAL(int, fchown, int, uid_t, gid_t);
REAL(int, fchownat, int, const char *, uid_t, gid_t, int);
REAL(int, fsetxattr, int, const char *, const void *, size_t, int);
REAL(int, fremovexattr, int, const char *);
REAL(int, futimens, int, const struct timespec *);
REAL(int, utimensat, int, const char *, const struct timespec *, int);
REAL(int, ioctl, int, unsigned long, ...);
REAL(long, syscall, long, ...);

/* ---- what a power cut takes ---- */

static bool tracks(void)
{
	return disk.armed && disk.order.trouble == DISK_CUT;
}

static struct dirty *file_of(const struct stat *st)
{
	for (size_t i = 0; i < disk.n_files; i++)
		if (disk.files[i].ino == st->st_ino && disk.files[i].dev == st->st_dev)
			return &disk.files[i];
	assert(disk.n_files < FILES_MAX);
	disk.files[disk.n_files] = (struct dirty) { .dev = st->st_dev, .ino = st->st_ino };
	return &disk.files[disk.n_files++];
}

/* It is about to be changed; of its bytes only the first @safe stay what they are. */
static void touch_stat(const struct stat *st, off_t safe)
{
	struct dirty *f = file_of(st);

	if (!f->is)
		*f =
			(struct dirty) { st->st_dev,  st->st_ino, true,	     st->st_size,
					 st->st_mode, st->st_uid, st->st_gid };
	if (f->safe > safe)
		f->safe = safe;
}

static void touch(int fd, off_t safe)
{
	struct stat st;

	if (tracks() && fstat(fd, &st) == 0)
		touch_stat(&st, safe);
}

static void touch_at(int dir, const char *path, int flags)
{
	struct stat st;

	if (tracks() && fstatat(dir, path, &st, flags & AT_SYMLINK_NOFOLLOW) == 0)
		touch_stat(&st, LLONG_MAX);
}

/* The path that @name in @dir has, its folder without links; "" when there is no such folder. */
static char *path_of(int dir, const char *name)
{
	char buf[PATH_MAX], link[64], *real;
	char *ret = calloc(1, PATH_MAX);
	const char *slash = strrchr(name, '/');
	int n = 0;

	if (name[0] != '/' && dir != AT_FDCWD) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
		n = snprintf(buf, sizeof(buf), "%s/", link);
	}
	snprintf(buf + n, sizeof(buf) - n, "%.*s.", slash ? (int)(slash - name + 1) : 0, name);
	real = realpath(buf, NULL);
	if (real)
		snprintf(ret, PATH_MAX, "%s/%s", real, slash ? slash + 1 : name);
	free(real);
	return ret;
}

static void name_changed(enum change what, char *path, char *to, char *grave, mode_t mode)
{
	struct stat st = { 0 };
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	assert(disk.n_names < NAMES_MAX && stat(folder, &st) == 0);
	disk.names[disk.n_names++] = (struct name) { what, st.st_dev, st.st_ino, path, to, grave, mode };
}

/* Another name for the file @path, so that it does not end with this one; NULL when there is none. */
static char *bury(const char *path)
{
	char *grave = calloc(1, PATH_MAX);

	snprintf(grave, PATH_MAX, "%s/grave/%u", disk.base, disk.n_graves);
	if (__real_linkat(AT_FDCWD, path, AT_FDCWD, grave, 0) == 0) {
		disk.n_graves++;
		return grave;
	}
	free(grave);
	return NULL;
}

static void synced(int fd)
{
	struct stat st;
	size_t kept = 0;

	if (!tracks() || fstat(fd, &st) != 0)
		return;
	if (!S_ISDIR(st.st_mode)) {
		file_of(&st)->is = false;
		return;
	}
	for (size_t i = 0; i < disk.n_names; i++)
		if (disk.names[i].ino != st.st_ino || disk.names[i].dev != st.st_dev)
			disk.names[kept++] = disk.names[i];
	disk.n_names = kept;
}

static void synced_all(void)
{
	disk.n_names = disk.n_files = 0;
}

static int lose_file(const char *path, const struct stat *st, int type, _unused_ struct FTW *ftw)
{
	const struct dirty *f = type == FTW_F ? file_of(st) : NULL;
	off_t left;

	if (!f || !f->is)
		return 0;
	left = st->st_size <= f->safe	     ? st->st_size
	       : disk.order.lose & LOSE_HALF ? f->safe + (st->st_size - f->safe) / 2
					     : f->safe;
	if (truncate(path, left) || chown(path, f->uid, f->gid) || chmod(path, f->mode & 07777))
		abort();
	return 0;
}

static int remove_one(const char *path, _unused_ const struct stat *st, _unused_ int type, _unused_ struct FTW *ftw)
{
	return remove(path);
}

/* A folder that is gone for good takes what was in it along: so what cannot be undone need not be. */
static void lose_name(const struct name *c)
{
	switch (c->what) {
	case MADE:
		nftw(c->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
		break;
	case REMOVED:
		if (c->grave)
			link(c->grave, c->path);
		break;
	case REMOVED_DIR:
		if (__real_mkdir(c->path, c->mode & 07777) == 0)
			chmod(c->path, c->mode & 07777);
		break;
	case RENAMED:
		if (__real_rename(c->to, c->path) == 0 && c->grave)
			link(c->grave, c->to);
		break;
	case SWAPPED:
		__real_renameat2(AT_FDCWD, c->path, AT_FDCWD, c->to, RENAME_EXCHANGE);
		break;
	}
}

static void cut(void)
{
	disk.armed = false;
	if (disk.order.lose & (LOSE_DATA | LOSE_HALF))
		nftw(disk.base, lose_file, 16, FTW_PHYS);
	for (size_t i = disk.n_names; disk.order.lose & LOSE_NAME && i-- > 0;)
		lose_name(&disk.names[i]);
}

/* ---- the count ---- */

static void die(void)
{
	kill(getpid(), SIGKILL);
	abort();
}

/* Call @name is next. False: it fails, errno says how. */
static bool goes(const char *name, const char *on)
{
	const struct disk_order *o = &disk.order;

	if (!disk.armed)
		return true;
	disk.n++;
	assert(disk.n < CALLS_MAX);
	disk.calls[disk.n].name = name;
	snprintf(disk.calls[disk.n].on, sizeof(disk.calls[disk.n].on), "%s", on);
	if (disk.n == o->at && o->trouble == DISK_CUT)
		cut();
	if (disk.n == o->at && (o->trouble == DISK_CUT || o->trouble == DISK_KILL_BEFORE))
		die();
	if ((disk.n == o->at && o->trouble == DISK_FAIL_ONCE) || (disk.n >= o->at && o->trouble == DISK_FAIL_ON)) {
		errno = o->error;
		return false;
	}
	return true;
}

static bool goes_fd(const char *name, int fd)
{
	char link[64], path[PATH_MAX] = "";

	if (!disk.armed)
		return true;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, path, sizeof(path) - 1) < 0)
		path[0] = '\0';
	return goes(name, path);
}

static void gone(void)
{
	if (disk.armed && disk.n == disk.order.at && disk.order.trouble == DISK_KILL_AFTER)
		die();
}

void disk_arm(const struct disk_order *order, const char *base)
{
	disk.order = *order;
	disk.n = disk.n_graves = 0;
	disk.n_files = disk.n_names = 0;
	snprintf(disk.base, sizeof(disk.base), "%s", base);
	disk.armed = true;
}

size_t disk_disarm(void)
{
	if (disk.armed && disk.order.trouble == DISK_CUT && disk.n + 1 == disk.order.at) {
		cut();
		die();
	}
	disk.armed = false;
	return disk.n;
}

const char *disk_call(size_t n)
{
	return n > 0 && n <= disk.n ? disk.calls[n].name : "the end";
}

const char *disk_call_on(size_t n)
{
	return n > 0 && n <= disk.n ? disk.calls[n].on : "";
}

/* ---- opening ---- */

static bool opens_to_write(const char *path, uint64_t flags)
{
	return disk.armed && strcmp(path, "/dev/null") != 0 && strncmp(path, "/proc/", 6) != 0 && !(flags & O_PATH) &&
	       ((flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC));
}

/* What an open that succeeded changed: a new name, an empty file. @was: what stat(2) said before, .st_ino 0 none. */
static void opened(int fd, uint64_t flags, const struct stat *was)
{
	char link[64], *path;
	struct stat st;
	ssize_t n;

	if (fd < 0 || !tracks())
		return;
	if (was->st_ino && flags & O_TRUNC)
		touch_stat(was, 0);
	if (was->st_ino || (flags & O_TMPFILE) == O_TMPFILE || !(flags & O_CREAT))
		return;
	if (fstat(fd, &st) == 0)
		touch_stat(&st, 0);
	path = calloc(1, PATH_MAX);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	assert(n > 0);
	name_changed(MADE, path, NULL, NULL, 0);
}

static int open_at(const char *name, int dir, const char *path, int flags, mode_t mode)
{
	struct stat was = { 0 };
	int fd;

	if (!opens_to_write(path, flags))
		return __real_openat(dir, path, flags, mode);
	if (fstatat(dir, path, &was, 0) != 0)
		was.st_ino = 0;
	fd = goes(name, path) ? __real_openat(dir, path, flags, mode) : -1;
	opened(fd, flags, &was);
	gone();
	return fd;
}

#define MODE_OF(flags)                               \
	({                                           \
		va_list ap_;                         \
		mode_t mode_ = 0;                    \
		va_start(ap_, flags);                \
		if ((flags) & (O_CREAT | O_TMPFILE)) \
			mode_ = va_arg(ap_, mode_t); \
		va_end(ap_);                         \
		mode_;                               \
	})

int __wrap_open(const char *path, int flags, ...)
{
	return open_at("openat", AT_FDCWD, path, flags, MODE_OF(flags));
}

int __wrap_open64(const char *path, int flags, ...)
{
	return open_at("openat", AT_FDCWD, path, flags, MODE_OF(flags));
}

int __wrap_openat(int dir, const char *path, int flags, ...)
{
	return open_at("openat", dir, path, flags, MODE_OF(flags));
}

int __wrap_openat64(int dir, const char *path, int flags, ...)
{
	return open_at("openat", dir, path, flags, MODE_OF(flags));
}

int __wrap_creat(const char *path, mode_t mode)
{
	return open_at("openat", AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int __wrap_creat64(const char *path, mode_t mode)
{
	return __wrap_creat(path, mode);
}

static long open_at2(int dir, const char *path, const struct open_how *how, size_t size)
{
	struct open_how look = { .flags = O_PATH | O_CLOEXEC, .resolve = how->resolve };
	struct stat was = { 0 };
	long fd;

	if (!opens_to_write(path, how->flags))
		return __real_syscall(SYS_openat2, dir, path, how, size);
	fd = tracks() ? __real_syscall(SYS_openat2, dir, path, &look, sizeof(look)) : -1;
	if (fd >= 0) {
		if (fstat((int)fd, &was) != 0)
			was.st_ino = 0;
		close((int)fd);
	}
	fd = goes("openat2", path) ? __real_syscall(SYS_openat2, dir, path, how, size) : -1;
	opened((int)fd, how->flags, &was);
	gone();
	return fd;
}

/* ---- bytes ---- */

static bool is_file(int fd)
{
	struct stat st;

	return disk.armed && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static off_t where(int fd, off_t at)
{
	if (at < 0)
		at = fcntl(fd, F_GETFL) & O_APPEND ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
	return at;
}

/* @at: -1 for the file's own place. */
static ssize_t write_at(int fd, const void *p, size_t n, off_t at)
{
	ssize_t r;
	bool here;

	if (!is_file(fd))
		return at < 0 ? __real_write(fd, p, n) : __real_pwrite(fd, p, n, at);
	if (!goes_fd(at < 0 ? "write" : "pwrite64", fd))
		return -1;
	here = disk.n == disk.order.at;
	if (here && (disk.order.trouble == DISK_KILL_WITHIN || (disk.order.trouble == DISK_SHORT && n > 1)))
		n /= 2;
	touch(fd, where(fd, at));
	r = at < 0 ? __real_write(fd, p, n) : __real_pwrite(fd, p, n, at);
	if (here && disk.order.trouble == DISK_KILL_WITHIN)
		die();
	gone();
	return r;
}

ssize_t __wrap_write(int fd, const void *p, size_t n)
{
	return write_at(fd, p, n, -1);
}

ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t at)
{
	return write_at(fd, p, n, at);
}

ssize_t __wrap_pwrite64(int fd, const void *p, size_t n, off_t at)
{
	return write_at(fd, p, n, at);
}

ssize_t __wrap_writev(int fd, const struct iovec *v, int n)
{
	ssize_t r = -1;

	if (!is_file(fd))
		return __real_writev(fd, v, n);
	if (goes_fd("writev", fd)) {
		touch(fd, where(fd, -1));
		r = __real_writev(fd, v, n);
		gone();
	}
	return r;
}

/* A call on @fd in one line: counted, what it puts at risk noted, done. */
#define ON_FD(name, fd, safe, call)      \
	({                               \
		int r_ = -1;             \
		if (goes_fd(name, fd)) { \
			touch(fd, safe); \
			r_ = (call);     \
			gone();          \
		}                        \
		r_;                      \
	})

int __wrap_ftruncate(int fd, off_t n)
{
	return ON_FD("ftruncate", fd, n, __real_ftruncate(fd, n));
}

int __wrap_ftruncate64(int fd, off_t n)
{
	return __wrap_ftruncate(fd, n);
}

int __wrap_fallocate(int fd, int mode, off_t at, off_t n)
{
	return ON_FD("fallocate", fd, LLONG_MAX, __real_fallocate(fd, mode, at, n));
}

int __wrap_fallocate64(int fd, int mode, off_t at, off_t n)
{
	return __wrap_fallocate(fd, mode, at, n);
}

/* Answers the error itself, not -1. */
int __wrap_posix_fallocate(int fd, off_t at, off_t n)
{
	int r = ON_FD("fallocate", fd, LLONG_MAX, __real_posix_fallocate(fd, at, n));

	return r < 0 ? errno : r;
}

int __wrap_posix_fallocate64(int fd, off_t at, off_t n)
{
	return __wrap_posix_fallocate(fd, at, n);
}

/* ---- syncing ---- */

static int sync_fd(const char *name, int fd, int (*real)(int fd))
{
	int r = 0;

	if (!disk.armed)
		return real(fd);
	if (!goes_fd(name, fd))
		return -1;
	if (disk.order.sync)
		r = real(fd);
	synced(fd);
	gone();
	return r;
}

int __wrap_fsync(int fd)
{
	return sync_fd("fsync", fd, __real_fsync);
}

int __wrap_fdatasync(int fd)
{
	return sync_fd("fdatasync", fd, __real_fdatasync);
}

int __wrap_syncfs(int fd)
{
	int r = sync_fd("syncfs", fd, __real_syncfs);

	if (r == 0)
		synced_all();
	return r;
}

void __wrap_sync(void)
{
	if (!disk.armed) {
		__real_sync();
		return;
	}
	if (!goes("sync", ""))
		return;
	if (disk.order.sync)
		__real_sync();
	synced_all();
	gone();
}

/* ---- names ---- */

static int rename_at(const char *name, int dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	char *grave = NULL, *path, *path_to;
	struct stat st;
	int r;

	if (!goes(name, to))
		return -1;
	if (!tracks())
		r = strcmp(name, "renameat2") == 0 ? __real_renameat2(dir, from, to_dir, to, flags)
						   : __real_renameat(dir, from, to_dir, to);
	else {
		path = path_of(dir, from);
		path_to = path_of(to_dir, to);
		if (!(flags & RENAME_EXCHANGE) && lstat(path_to, &st) == 0)
			grave = bury(path_to);
		r = __real_renameat2(dir, from, to_dir, to, flags);
		if (r == 0) {
			/* Two folders would be two changes, of which either may be lost. */
			assert(strrchr(path, '/') - path == strrchr(path_to, '/') - path_to &&
			       strncmp(path, path_to, strrchr(path, '/') - path) == 0);
			name_changed(flags & RENAME_EXCHANGE ? SWAPPED : RENAMED, path, path_to, grave, 0);
		}
	}
	gone();
	return r;
}

int __wrap_rename(const char *from, const char *to)
{
	return rename_at("renameat", AT_FDCWD, from, AT_FDCWD, to, 0);
}

int __wrap_renameat(int dir, const char *from, int to_dir, const char *to)
{
	return rename_at("renameat", dir, from, to_dir, to, 0);
}

int __wrap_renameat2(int dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	return rename_at("renameat2", dir, from, to_dir, to, flags);
}

static int unlink_at(const char *name, int dir, const char *path, int flags)
{
	char *grave = NULL, *full = NULL;
	struct stat st = { 0 };
	int r;

	if (!goes(name, path))
		return -1;
	if (tracks()) {
		full = path_of(dir, path);
		if (lstat(full, &st) == 0 && !S_ISDIR(st.st_mode))
			grave = bury(full);
	}
	r = __real_unlinkat(dir, path, flags);
	if (r == 0 && full)
		name_changed(flags & AT_REMOVEDIR ? REMOVED_DIR : REMOVED, full, NULL, grave, st.st_mode);
	gone();
	return r;
}

int __wrap_unlink(const char *path)
{
	return unlink_at("unlinkat", AT_FDCWD, path, 0);
}

int __wrap_unlinkat(int dir, const char *path, int flags)
{
	return unlink_at("unlinkat", dir, path, flags);
}

int __wrap_rmdir(const char *path)
{
	return unlink_at("unlinkat", AT_FDCWD, path, AT_REMOVEDIR);
}

static void made(int r, int dir, const char *path)
{
	if (r == 0 && tracks())
		name_changed(MADE, path_of(dir, path), NULL, NULL, 0);
	gone();
}

int __wrap_mkdirat(int dir, const char *path, mode_t mode)
{
	int r = goes("mkdirat", path) ? __real_mkdirat(dir, path, mode) : -1;

	made(r, dir, path);
	return r;
}

int __wrap_mkdir(const char *path, mode_t mode)
{
	int r = goes("mkdir", path) ? __real_mkdir(path, mode) : -1;

	made(r, AT_FDCWD, path);
	return r;
}

int __wrap_linkat(int dir, const char *from, int to_dir, const char *to, int flags)
{
	int r = goes("linkat", to) ? __real_linkat(dir, from, to_dir, to, flags) : -1;

	made(r, to_dir, to);
	return r;
}

int __wrap_symlinkat(const char *target, int dir, const char *path)
{
	int r = goes("symlinkat", path) ? __real_symlinkat(target, dir, path) : -1;

	made(r, dir, path);
	return r;
}

/* ---- what else belongs to a file ---- */

int __wrap_fchmod(int fd, mode_t mode)
{
	return ON_FD("fchmod", fd, LLONG_MAX, __real_fchmod(fd, mode));
}

int __wrap_fchown(int fd, uid_t uid, gid_t gid)
{
	return ON_FD("fchown", fd, LLONG_MAX, __real_fchown(fd, uid, gid));
}

int __wrap_fsetxattr(int fd, const char *name, const void *p, size_t n, int flags)
{
	return ON_FD("fsetxattr", fd, LLONG_MAX, __real_fsetxattr(fd, name, p, n, flags));
}

int __wrap_fremovexattr(int fd, const char *name)
{
	return ON_FD("fremovexattr", fd, LLONG_MAX, __real_fremovexattr(fd, name));
}

int __wrap_futimens(int fd, const struct timespec *t)
{
	return ON_FD("utimensat", fd, LLONG_MAX, __real_futimens(fd, t));
}

#define ON_PATH(name, dir, path, flags, call)       \
	({                                          \
		int r_ = -1;                        \
		if (goes(name, path)) {             \
			touch_at(dir, path, flags); \
			r_ = (call);                \
			gone();                     \
		}                                   \
		r_;                                 \
	})

int __wrap_fchmodat(int dir, const char *path, mode_t mode, int flags)
{
	return ON_PATH("fchmodat", dir, path, flags, __real_fchmodat(dir, path, mode, flags));
}

int __wrap_fchownat(int dir, const char *path, uid_t uid, gid_t gid, int flags)
{
	return ON_PATH("fchownat", dir, path, flags, __real_fchownat(dir, path, uid, gid, flags));
}

int __wrap_utimensat(int dir, const char *path, const struct timespec *t, int flags)
{
	return ON_PATH("utimensat", dir, path, flags, __real_utimensat(dir, path, t, flags));
}

int __wrap_ioctl(int fd, unsigned long what, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, what);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (what != FS_IOC_SETFLAGS)
		return __real_ioctl(fd, what, arg);
	return ON_FD("ioctl", fd, LLONG_MAX, __real_ioctl(fd, what, arg));
}

long __wrap_syscall(long what, ...)
{
	va_list ap;
	long a[6];

	va_start(ap, what);
	for (size_t i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (what == SYS_openat2)
		return open_at2((int)a[0], (const char *)a[1], (const struct open_how *)a[2], (size_t)a[3]);
	if (what == SYS_renameat2)
		return rename_at("renameat2", (int)a[0], (const char *)a[1], (int)a[2], (const char *)a[3],
				 (unsigned)a[4]);
	return __real_syscall(what, a[0], a[1], a[2], a[3], a[4], a[5]);
}
