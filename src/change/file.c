// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * file.c - replacing a file whole.
 *
 * The new bytes are written under another name in the same folder, get the old file's owner, mode, attributes and
 * flags, go to the disk, and are renamed over it; then the folder goes to the disk. Stopped anywhere, the name has
 * the old bytes or the new. What a file system does not know is a row of a table.
 *
 * Not kept: hard links to the old file, which go on to name the old bytes, and its times.
 */
#include "change/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

#define ATTRIBUTES_MAX ((size_t)64 * 1024)
#define ROOM_SPARE     ((uint64_t)64 * 1024) /* for the file system's own books */

/* ---- what a file system knows ------------------------------------------------------------------------------- */

struct fs_row {
	const char *name;
	long magic;	    /* statfs(2), .f_type; 0: any */
	const char *below;  /* only for paths that begin so; NULL */
	bool owner, extras; /* has owners and modes; has attributes and flags */
	size_t most;	    /* bytes of a file; 0: any number */
	unsigned modes[3];  /* those it can have, the first unless another is asked for; 0 ends: any */
};

/* The first that fits counts. Proxmox's configuration file system: pve-cluster, src/pmxcfs/cfs-utils.h and memdb.h
 * (MEMDB_MAX_FILE_SIZE 1 MiB), pmxcfs.c (no chown; chmod is refused but for what a file has). */
static const struct fs_row fs_rows[] = {
	{ "pmxcfs", FUSE_SUPER_MAGIC, "/etc/pve/", false, false, (size_t)1 << 20, { 0640, 0600, 0 } },
	{ "vfat", MSDOS_SUPER_MAGIC, NULL, false, false, 0, { 0 } },
	{ "exfat", EXFAT_SUPER_MAGIC, NULL, false, false, 0, { 0 } },
	{ "any other", 0, NULL, true, true, 0, { 0 } },
};

static const struct fs_row *fs_of(int fd, const char *path)
{
	struct statfs fs = { 0 };
	size_t i = 0;

	if (fstatfs(fd, &fs) < 0)
		fs.f_type = 0;
	while (fs_rows[i].magic && ((long)fs.f_type != fs_rows[i].magic ||
				    (fs_rows[i].below && !text_starts(span_str(path), fs_rows[i].below))))
		i++;
	return &fs_rows[i];
}

/* ---- where it lies ------------------------------------------------------------------------------------------ */

/* Folders that are root's, so that a link there is root's too: all that plans write, but for a VM's definition. */
static const char *const systems[] = { "/boot", "/efi", "/etc", "/lib", "/run", "/usr" };

static bool is_systems(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(systems); i++) {
		struct span rest = span_str(path);

		if (text_skip(&rest, systems[i]) && (rest.n == 0 || text_starts(rest, "/")))
			return true;
	}
	return false;
}

static int folder_open(const struct site *s, const char *path, bool straight, int flags)
{
	return straight ? site_open_straight(s, path, flags | O_DIRECTORY)
			: site_open_path(s, path, flags | O_DIRECTORY, 0);
}

struct place {
	int dir;
	char name[NAME_MAX + 1];
	bool there, linked; /* something has the name; a link led here */
	bool straight;	    /* none may */
	struct stat st;
};

static void place_done(struct place *p)
{
	fd_close(&p->dir);
}

/* "DIR/NAME" in two. */
static bool split(const char *path, char dir[HOST_PATH_MAX], char name[NAME_MAX + 1])
{
	const char *slash = strrchr(path, '/');
	const char *last = slash ? slash + 1 : path;

	if (strlen(path) >= HOST_PATH_MAX || !*last || strlen(last) > NAME_MAX || strcmp(last, ".") == 0 ||
	    strcmp(last, "..") == 0)
		return false;
	snprintf(dir, HOST_PATH_MAX, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
	if (!*dir)
		snprintf(dir, HOST_PATH_MAX, "/");
	snprintf(name, NAME_MAX + 1, "%s", last);
	return true;
}

/* One name on the way: 0: it is no link; 1: it was one, and @path is now what it names. Else -1 and errno. */
static int place_step(const struct site *s, char path[HOST_PATH_MAX], struct place *p)
{
	char dir[HOST_PATH_MAX], target[HOST_PATH_MAX], joined[HOST_PATH_MAX];
	ssize_t n;
	int len;

	errno = ENAMETOOLONG;
	if (!split(path, dir, p->name))
		return -1;
	p->dir = folder_open(s, dir, p->straight, O_RDONLY);
	if (p->dir < 0)
		return -1;
	p->there = fstatat(p->dir, p->name, &p->st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!p->there)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISLNK(p->st.st_mode))
		return 0;
	errno = ELOOP;
	if (p->straight)
		return -1;
	n = readlinkat(p->dir, p->name, target, sizeof(target) - 1);
	close(p->dir);
	p->dir = -1;
	if (n < 0)
		return -1;
	target[n] = '\0';
	while (n > 1 && target[n - 1] == '/')
		target[--n] = '\0';
	len = target[0] == '/' ? snprintf(joined, sizeof(joined), "%s", target)
			       : snprintf(joined, sizeof(joined), "%s/%s", dir, target);
	errno = ENAMETOOLONG;
	if (len < 0 || (size_t)len >= sizeof(joined))
		return -1;
	memcpy(path, joined, (size_t)len + 1);
	return 1;
}

/* Whoever else may write there could have put another's file under this name, by a hard link. */
static int straight_try(const struct place *p, const char *path, struct report *rep)
{
	struct stat dir;

	if (fstat(p->dir, &dir) < 0)
		return site_refuse(rep, errno, path, "its folder cannot be looked at");
	if (dir.st_mode & S_IWOTH)
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE,
				     "%s: everybody may write to its folder; move it to one of its owner's", path);
	if (p->there && dir.st_uid != 0 && dir.st_uid != p->st.st_uid)
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE,
				     "%s: it belongs to user %u and its folder to user %u; give both to the same, or "
				     "the folder to root",
				     path, p->st.st_uid, dir.st_uid);
	return 0;
}

/* Where @path leads. -IGD_ENOENT without a word: its folder is not there. place_done() always. */
static int place_find(const struct site *s, const char *path, struct place *p, struct report *rep)
{
	char at[HOST_PATH_MAX];
	int r = 1;

	*p = (struct place) { .dir = -1, .straight = !is_systems(path) };
	snprintf(at, sizeof(at), "%s", path);
	for (int i = 0; i < HOST_LINKS_MAX && r > 0; i++) {
		r = place_step(s, at, p);
		p->linked |= r > 0;
	}
	if (r < 0 && errno == ENOENT && !p->linked)
		return -IGD_ENOENT;
	if (r > 0 || (r == 0 && p->linked && !p->there) || (r < 0 && errno == ENOENT))
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE,
				     "%s: a symbolic link that leads nowhere, to %s; mend or remove it", path, at);
	if (r < 0 && errno == ELOOP && p->straight)
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE,
				     "%s: a symbolic link is on the way to it or at its end, and outside the "
				     "system's own folders none is followed; name the file itself",
				     path);
	if (r < 0)
		return site_refuse(rep, errno, path, "cannot be reached");
	if (p->there && !S_ISREG(p->st.st_mode))
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE, "%s: not a regular file", path);
	return p->straight ? straight_try(p, path, rep) : 0;
}

static int place_open(const struct place *p)
{
	return openat(p->dir, p->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* ---- attributes ---------------------------------------------------------------------------------------------- */

/* Those that belong to the bytes or to a file system's own inner life stay behind. */
static bool is_carried(const char *name)
{
	static const char *const left[] = { "trusted.overlay.", "security.ima", "security.evm", "system.nfs4_acl" };

	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		if (text_starts(span_str(name), left[i]))
			return false;
	return !strpbrk(name, " =");
}

static char *hex_of(const uint8_t *p, size_t n, struct arena *a)
{
	char *hex = arena_alloc(a, 2 * n + 1);

	for (size_t i = 0; hex && i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", p[i]);
	return hex;
}

static ssize_t bytes_of(const char *hex, uint8_t *buf, size_t room)
{
	size_t n = strlen(hex) / 2;

	if (n > room)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct span two = { (const uint8_t *)hex + 2 * i, 2 };
		uint64_t v;

		if (!text_digits(&two, 16, &v) || two.n)
			return -1;
		buf[i] = (uint8_t)v;
	}
	return (ssize_t)n;
}

static const char *attributes_read(int fd, struct arena *a)
{
	char names[4096];
	uint8_t *value = arena_alloc(a, ATTRIBUTES_MAX);
	ssize_t n = flistxattr(fd, names, sizeof(names));
	const char *all = "";

	for (ssize_t at = 0; value && at < n; at += (ssize_t)strlen(names + at) + 1) {
		ssize_t len = is_carried(names + at) ? fgetxattr(fd, names + at, value, ATTRIBUTES_MAX) : -1;
		char *hex = len >= 0 ? hex_of(value, (size_t)len, a) : NULL;

		if (hex)
			all = arena_printf(a, "%s%s%s=%s", all, *all ? " " : "", names + at, hex);
	}
	return all;
}

/* What the kernel gave the new file by itself, as SELinux does, need not be set. */
static bool attribute_set(int fd, const char *name, const uint8_t *value, size_t n)
{
	static uint8_t has[ATTRIBUTES_MAX];

	return fgetxattr(fd, name, has, sizeof(has)) == (ssize_t)n && (n == 0 || memcmp(has, value, n) == 0)
		       ? true
		       : fsetxattr(fd, name, value, n, 0) == 0;
}

static int attributes_write(int fd, const char *all)
{
	static uint8_t value[ATTRIBUTES_MAX];
	struct span rest = span_str(all), word, name;
	char text[256], *hex;

	while (text_word(&rest, &word)) {
		ssize_t n;

		if (!text_until(&word, "=", &name) || name.n >= sizeof(text))
			return EINVAL;
		snprintf(text, sizeof(text), "%.*s", (int)name.n, (const char *)name.p);
		hex = strndup((const char *)word.p, word.n);
		n = hex ? bytes_of(hex, value, sizeof(value)) : -1;
		free(hex);
		if (n < 0)
			return EINVAL;
		if (!attribute_set(fd, text, value, (size_t)n))
			return errno;
	}
	return 0;
}

/* What chattr(1) sets and a new file may have from the start; a file system that will not is none the worse. */
static void flags_carry(int from, int to)
{
	const int carried = FS_NODUMP_FL | FS_NOATIME_FL | FS_SYNC_FL | FS_COMPR_FL | FS_NOCOW_FL;
	int was = 0, is = 0;

	if (ioctl(from, FS_IOC_GETFLAGS, &was) < 0 || ioctl(to, FS_IOC_GETFLAGS, &is) < 0 || !(was & carried) ||
	    (was & carried) == (is & carried))
		return;
	is = (is & ~carried) | (was & carried);
	if (ioctl(to, FS_IOC_SETFLAGS, &is) < 0)
		errno = 0;
}

static bool is_immutable(int fd)
{
	int flags = 0;

	return ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && flags & (FS_IMMUTABLE_FL | FS_APPEND_FL);
}

/* ---- looking ------------------------------------------------------------------------------------------------- */

static int read_all(int fd, size_t size, struct arena *a, struct span *ret)
{
	uint8_t *buf = arena_alloc(a, size + 1);
	size_t n = 0;
	ssize_t got = 1;

	if (!buf)
		return -ENOMEM;
	while (n <= size && got != 0) {
		got = read(fd, buf + n, size + 1 - n);
		if (got < 0 && errno != EINTR)
			return -errno;
		n += got > 0 ? (size_t)got : 0;
	}
	if (n > size)
		return -EAGAIN; /* it grows under our hands */
	*ret = (struct span) { buf, n };
	return 0;
}

int file_look(const struct site *s, const char *path, struct arena *a, struct file_state *ret, struct report *rep)
{
	_cleanup_(place_done) struct place p;
	_cleanup_(fd_close) int fd = -1;
	int r = place_find(s, path, &p, rep);

	if (r == -IGD_ENOENT || (r == 0 && !p.there)) {
		*ret = (struct file_state) { .attributes = "" };
		return 0;
	}
	if (r < 0)
		return r;
	fd = place_open(&p);
	if (fd < 0 || fstat(fd, &p.st) < 0)
		return site_refuse(rep, errno, path, "cannot be read");
	if (!S_ISREG(p.st.st_mode) || (uint64_t)p.st.st_size > FILE_BYTES_MAX)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "%s: larger than %zu MiB, or no file", path,
				     FILE_BYTES_MAX >> 20);
	*ret = (struct file_state) { .there = true,
				     .mode = p.st.st_mode & 07777,
				     .uid = p.st.st_uid,
				     .gid = p.st.st_gid,
				     .attributes = fs_of(fd, path)->extras ? attributes_read(fd, a) : "" };
	r = read_all(fd, (size_t)p.st.st_size, a, &ret->bytes);
	return r < 0 ? site_refuse(rep, -r, path, "cannot be read") : 0;
}

/* ---- trying -------------------------------------------------------------------------------------------------- */

static int folder_try(int dir, const char *path, size_t n, struct report *rep)
{
	struct statvfs fs;

	if (fstatvfs(dir, &fs) < 0)
		return site_refuse(rep, errno, path, "its folder cannot be looked at");
	if (fs.f_flag & ST_RDONLY)
		return report_refuse(rep, IGD_EIO, REPORT_NOWHERE,
				     "%s: its file system is mounted read-only; mount it writable first", path);
	if (faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return site_refuse(rep, errno, path, "its folder cannot be written to");
	if (is_immutable(dir))
		return report_refuse(rep, IGD_EACCES, REPORT_NOWHERE, "%s: its folder is immutable; chattr -i -a it",
				     path);
	if (fs.f_blocks && (uint64_t)fs.f_bavail * fs.f_frsize < n + ROOM_SPARE)
		return report_refuse(rep, IGD_EIO, REPORT_NOWHERE,
				     "%s: %llu KiB are free there, %llu are needed; make room", path,
				     (unsigned long long)fs.f_bavail * fs.f_frsize >> 10,
				     (unsigned long long)(n + ROOM_SPARE) >> 10);
	if (fs.f_files && fs.f_favail == 0)
		return report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "%s: its file system has no inode left; make room",
				     path);
	if (fs_of(dir, path)->most && n > fs_of(dir, path)->most)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "%s: %s takes at most %zu bytes a file", path,
				     fs_of(dir, path)->name, fs_of(dir, path)->most);
	return 0;
}

/* The first folder that would be made: its name must be free. A link that leads nowhere takes it, and so does a file.
 */
static int name_try(int dir, const char *ground, const char *path, struct report *rep)
{
	const char *next = path + strlen(ground) + (strcmp(ground, "/") == 0 ? 0 : 1);
	char name[NAME_MAX + 1];
	struct stat st;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(next, "/"), next);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE, "%s: on the way to it %s is %s; mend or remove it", path,
			     name, S_ISLNK(st.st_mode) ? "a symbolic link that leads nowhere" : "no folder");
}

static int ground_try(const struct site *s, const char *path, size_t n, struct report *rep)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	const char *ground = file_ground(s, path, &a);
	_cleanup_(fd_close) int dir = folder_open(s, ground, !is_systems(ground), O_RDONLY);
	int r = dir < 0 ? site_refuse(rep, errno, path, "its folder cannot be opened")
			: folder_try(dir, path, n, rep);

	return r < 0 ? r : name_try(dir, ground, path, rep);
}

int file_try(const struct site *s, const char *path, size_t n, bool link, struct report *rep)
{
	_cleanup_(place_done) struct place p;
	_cleanup_(fd_close) int fd = -1;
	int r = place_find(s, path, &p, rep);

	if (r == -IGD_ENOENT)
		return ground_try(s, path, n, rep);
	if (r < 0)
		return r;
	if (p.linked && !link)
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE,
				     "%s: a symbolic link, and it is to be removed; remove it yourself", path);
	r = folder_try(p.dir, path, n, rep);
	if (r < 0 || !p.there)
		return r;
	fd = place_open(&p);
	if (fd >= 0 && is_immutable(fd))
		return report_refuse(rep, IGD_EACCES, REPORT_NOWHERE, "%s: it is immutable; chattr -i -a it", path);
	return 0;
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

static int write_all(int fd, struct span all)
{
	while (all.n > 0) {
		ssize_t n = write(fd, all.p, all.n);

		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0 && !span_from(all, (size_t)n, &all))
			return EIO;
	}
	return 0;
}

/* Some file systems have no such thing for folders. */
static int folder_sync(int dir)
{
	return fsync(dir) < 0 && errno != EINVAL ? errno : 0;
}

static int dress(int fd, const struct fs_row *row, const struct file_state *want, int old)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return errno;
	if (row->owner && (st.st_uid != want->uid || st.st_gid != want->gid) && fchown(fd, want->uid, want->gid) < 0)
		return errno;
	if (row->owner && fchmod(fd, want->mode) < 0)
		return errno;
	if (!row->extras)
		return 0;
	if (old >= 0)
		flags_carry(old, fd);
	return attributes_write(fd, want->attributes);
}

static int beside_open(int dir, const char *beside, mode_t mode)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, beside, flags, mode);

	if (fd >= 0 || errno != EEXIST || unlinkat(dir, beside, 0) < 0) /* of one that was stopped */
		return fd;
	return openat(dir, beside, flags, mode);
}

static unsigned mode_allowed(const struct fs_row *row, unsigned mode)
{
	size_t i = 0;

	while (row->modes[i] && row->modes[i] != mode)
		i++;
	return row->modes[0] && !row->modes[i] ? row->modes[0] : mode;
}

/* Make the file beside, whole and on the disk. 0, or an errno. */
static int beside_make(const struct place *p, const char *path, const struct file_state *want, const char *beside)
{
	const struct fs_row *row = fs_of(p->dir, path);
	_cleanup_(fd_close) int old = p->there ? place_open(p) : -1;
	int fd = beside_open(p->dir, beside, row->modes[0] ? mode_allowed(row, want->mode) : 0600), err;

	if (fd < 0)
		return errno;
	err = write_all(fd, want->bytes);
	if (!err)
		err = dress(fd, row, want, old);
	if (!err && fsync(fd) < 0)
		err = errno;
	if (close(fd) < 0 && !err)
		err = errno;
	return err;
}

/* A name that nobody had must not have got somebody else's file meanwhile. */
static int give_name(const struct place *p, const char *beside)
{
	if (!p->there) {
		if (renameat2(p->dir, beside, p->dir, p->name, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EINVAL && errno != ENOSYS)
			return errno;
	}
	return renameat(p->dir, beside, p->dir, p->name) < 0 ? errno : 0;
}

int file_put(const struct site *s, const char *path, const struct file_state *want, const char *beside,
	     struct report *rep)
{
	_cleanup_(place_done) struct place p;
	int r = place_find(s, path, &p, rep), err;

	if (r == -IGD_ENOENT)
		return report_refuse(rep, IGD_ENOENT, REPORT_NOWHERE, "%s: its folder is not there", path);
	if (r < 0)
		return r;
	err = beside_make(&p, path, want, beside);
	if (!err)
		err = give_name(&p, beside);
	if (err && unlinkat(p.dir, beside, 0) < 0 && errno != ENOENT)
		report_note(rep, REPORT_NOWHERE, "%s: %s is left beside it: %s", path, beside, strerror(errno));
	if (!err)
		err = folder_sync(p.dir);
	return err ? site_refuse(rep, err, path, "cannot be written") : 0;
}

int file_remove(const struct site *s, const char *path, struct report *rep)
{
	_cleanup_(place_done) struct place p;
	int r = place_find(s, path, &p, rep), err;

	if (r == -IGD_ENOENT)
		return 0;
	if (r < 0)
		return r;
	if (p.linked)
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE,
				     "%s: a symbolic link, and it is to be removed; remove it yourself", path);
	err = p.there && unlinkat(p.dir, p.name, 0) < 0 ? errno : folder_sync(p.dir);
	return err ? site_refuse(rep, err, path, "cannot be removed") : 0;
}

int file_tidy(const struct site *s, const char *path, const char *beside, struct report *rep)
{
	_cleanup_(place_done) struct place p;
	struct report unheard = { 0 };
	int r = place_find(s, path, &p, &unheard), err = 0;

	if (p.dir < 0)
		return r == -IGD_ENOENT || r == -IGD_EPATH ? 0 : site_refuse(rep, EIO, path, "cannot be reached");
	if (unlinkat(p.dir, beside, 0) == 0)
		err = folder_sync(p.dir);
	else if (errno != ENOENT)
		err = errno;
	return err ? site_refuse(rep, err, path, "what was left beside it cannot be removed") : 0;
}

/* ---- folders ------------------------------------------------------------------------------------------------- */

static bool folder_is(const struct site *s, const char *path)
{
	_cleanup_(fd_close) int fd = folder_open(s, path, !is_systems(path), O_PATH);

	return fd >= 0;
}

/* Cut the last name off; false at the root. */
static bool up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;
	*slash = '\0';
	return true;
}

const char *file_ground(const struct site *s, const char *path, struct arena *a)
{
	char at[HOST_PATH_MAX];

	snprintf(at, sizeof(at), "%s", path);
	while (up(at))
		if (folder_is(s, at))
			return arena_str(a, at);
	return "/";
}

/* Does another file system begin at the folder @path? 0 no, 1 yes; -1: no such folder. The device of a folder is that
 * of its file system (stat(2), .st_dev; of btrfs that of the subvolume). */
static int begins_at(const struct site *s, const char *path)
{
	char above[HOST_PATH_MAX];
	struct stat here, there;
	_cleanup_(fd_close) int fd = site_open_path(s, path, O_RDONLY | O_DIRECTORY, 0), dir = -1;

	snprintf(above, sizeof(above), "%s", path);
	dir = up(above) ? site_open_path(s, above, O_RDONLY | O_DIRECTORY, 0)
			: site_open_path(s, "/", O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0 || dir < 0 || fstat(fd, &here) < 0 || fstat(dir, &there) < 0)
		return -1;
	return here.st_dev != there.st_dev;
}

const char *file_mount(const struct site *s, const char *path, struct arena *a)
{
	char at[HOST_PATH_MAX];

	snprintf(at, sizeof(at), "%s", path);
	while (up(at))
		if (begins_at(s, at) == 1)
			return arena_str(a, at);
	return "";
}

int file_mounted(const struct site *s, const char *mount, const char *path, struct report *rep)
{
	if (!*mount || begins_at(s, mount) == 1)
		return 0;
	return report_refuse(rep, IGD_ENOENT, REPORT_NOWHERE,
			     "%s: %s is not mounted, and was when it was changed; mount it", path, mount);
}

static int folder_make(const struct site *s, const char *path)
{
	char dir[HOST_PATH_MAX], name[NAME_MAX + 1];
	_cleanup_(fd_close) int above = -1;

	if (!split(path, dir, name))
		return ENAMETOOLONG;
	above = folder_open(s, dir, !is_systems(dir), O_RDONLY);
	if (above < 0)
		return errno;
	if (mkdirat(above, name, 0755) < 0)
		return errno == EEXIST ? 0 : errno;
	if (fchmodat(above, name, 0755, 0) < 0 && errno != EPERM && errno != ENOSYS)
		return errno; /* whatever the umask; not every file system knows modes */
	return folder_sync(above);
}

int file_folders_make(const struct site *s, const char *path, struct report *rep)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	const char *ground = file_ground(s, path, &a);
	size_t n = strcmp(ground, "/") == 0 ? 0 : strlen(ground), end = (size_t)(strrchr(path, '/') - path);
	char at[HOST_PATH_MAX];

	while (n < end) {
		int err;

		n += 1 + strcspn(path + n + 1, "/");
		snprintf(at, sizeof(at), "%.*s", (int)n, path);
		err = folder_make(s, at);
		if (err)
			return site_refuse(rep, err, at, "the folder cannot be made");
	}
	return 0;
}

static int folder_drop(const struct site *s, const char *path)
{
	char dir[HOST_PATH_MAX], name[NAME_MAX + 1];
	_cleanup_(fd_close) int above = -1;

	if (!split(path, dir, name))
		return ENAMETOOLONG;
	above = folder_open(s, dir, !is_systems(dir), O_RDONLY);
	if (above < 0)
		return errno == ENOENT ? 0 : errno;
	if (unlinkat(above, name, AT_REMOVEDIR) < 0)
		return errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR ? 0 : errno;
	return folder_sync(above);
}

int file_folders_drop(const struct site *s, const char *path, const char *ground, struct report *rep)
{
	char at[HOST_PATH_MAX];

	snprintf(at, sizeof(at), "%s", path);
	while (up(at) && strlen(at) > strlen(ground) && text_starts(span_str(at), ground)) {
		int err = folder_drop(s, at);

		if (err)
			return site_refuse(rep, err, at, "the folder that was made cannot be removed");
	}
	return 0;
}
