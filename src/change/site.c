// SPDX-License-Identifier: GPL-2.0-or-later
#include "change/site.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

#define EAGAIN_MAX 64 /* openat2 answers EAGAIN when a rename elsewhere raced with ".." */

int site_code(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
		return -IGD_ENOENT;
	case EACCES:
	case EPERM:
		return -IGD_EACCES;
	case ELOOP:
	case EXDEV:
	case EISDIR:
	case EEXIST:
		return -IGD_EPATH;
	case ENAMETOOLONG:
		return -IGD_ELIMIT;
	case ENOMEM:
		return -IGD_ENOMEM;
	default:
		return -IGD_EIO;
	}
}

int site_refuse(struct report *rep, int err, const char *where, const char *what)
{
	return report_refuse(rep, -site_code(err), REPORT_NOWHERE, "%s: %s: %s", where, what,
			     err == ELOOP ? "a symbolic link that is not followed" : strerror(err));
}

static int open_how(int dir, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = { .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
				.mode = flags & O_CREAT ? mode : 0,
				.resolve = RESOLVE_NO_MAGICLINKS | resolve };
	long fd = -1;

	for (int i = 0; i < EAGAIN_MAX; i++) {
		fd = syscall(SYS_openat2, dir, *path ? path : ".", &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return (int)fd;
}

int site_open_path(const struct site *s, const char *path, int flags, mode_t mode)
{
	return open_how(s->root, path, flags, mode, RESOLVE_IN_ROOT);
}

int site_open_straight(const struct site *s, const char *path, int flags)
{
	return open_how(s->root, path, flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
}

int journal_folder(const struct site *s, const char *path)
{
	return open_how(s->journal, path, O_RDONLY | O_DIRECTORY, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

bool site_is_live(const struct site *s)
{
	return s->live;
}

/* ---- programs ----------------------------------------------------------------------------------------------- */

static bool is_program(const struct site *s, const char *path)
{
	int fd = site_open_path(s, path, O_PATH, 0);
	struct stat st;
	bool yes = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0111;

	if (fd >= 0)
		close(fd);
	return yes;
}

static bool program_in(const struct site *s, const char *name, char ret[HOST_PATH_MAX])
{
	struct span rest = span_str(SITE_PATH), part;

	while (text_part(&rest, ":", &part)) {
		snprintf(ret, HOST_PATH_MAX, "%.*s/%s", (int)part.n, (const char *)part.p, name);
		if (is_program(s, ret))
			return true;
	}
	return false;
}

int site_program(const struct site *s, const char *name, char ret[HOST_PATH_MAX], struct report *rep)
{
	bool found;

	if (strchr(name, '/')) {
		snprintf(ret, HOST_PATH_MAX, "%s", name);
		found = is_program(s, ret);
	} else {
		found = program_in(s, name, ret);
	}
	if (found)
		return 0;
	return report_refuse(rep, IGD_ENOENT, REPORT_NOWHERE,
			     "%s: no such program%s%s; install the package that has it, or plan again", name,
			     strchr(name, '/') ? "" : " in ", strchr(name, '/') ? "" : SITE_PATH);
}

/* ---- opening ------------------------------------------------------------------------------------------------ */

/* Each folder on the way to @path; the last with @mode. errno of what failed, or 0. */
static int folders(const struct site *s, const char *path, mode_t mode)
{
	char part[HOST_PATH_MAX];
	size_t n = 0, len = strlen(path);
	int above, r;

	while (n < len) {
		const char *name;

		above = n ? site_open_path(s, part, O_RDONLY | O_DIRECTORY, 0)
			  : site_open_path(s, ".", O_RDONLY | O_DIRECTORY, 0);
		if (above < 0)
			return errno;
		name = path + (n ? n + 1 : 0);
		n = (size_t)(name - path) + strcspn(name, "/");
		snprintf(part, sizeof(part), "%.*s", (int)n, path);
		r = mkdirat(above, strrchr(part, '/') ? strrchr(part, '/') + 1 : part, n == len ? mode : 0755);
		if (r == 0 && fsync(above) < 0 && errno != EINVAL)
			r = -1;
		r = r < 0 && errno != EEXIST ? errno : 0;
		close(above);
		if (r)
			return r;
	}
	return 0;
}

#define LOCK_TRIES  10
#define LOCK_TRY_MS 20

/* A reader that asks whether it is held holds it for a moment (site_is_busy()). */
static bool lock_take(int fd)
{
	const struct timespec pause = { .tv_nsec = LOCK_TRY_MS * 1000000L };

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK)
			return false;
		nanosleep(&pause, NULL);
	}
	errno = EWOULDBLOCK;
	return false;
}

/* Only a regular file has it: to open a device, which another machine's folder may hold under this name, can start
 * something. */
static int lock_open(const struct site *s, int flags)
{
	struct stat st = { .st_mode = S_IFREG };
	int fd = site_open_path(s, JOURNAL_DIR "/lock", O_PATH | O_NOFOLLOW, 0);
	bool known = fd < 0 || fstat(fd, &st) == 0;

	if (fd >= 0)
		close(fd);
	if (known && S_ISREG(st.st_mode))
		return site_open_path(s, JOURNAL_DIR "/lock", flags | O_NOFOLLOW, 0600);
	if (known)
		errno = S_ISLNK(st.st_mode) ? ELOOP : EEXIST;
	return -1;
}

bool site_is_busy(const char *root)
{
	struct site s = { .root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC) };
	bool busy;
	int fd;

	if (s.root < 0)
		return false;
	fd = lock_open(&s, O_RDONLY | O_NONBLOCK);
	close(s.root);
	if (fd < 0)
		return false;
	busy = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	close(fd);
	return busy;
}

static int journal_open(struct site *s, bool make, struct report *rep)
{
	int err = make ? folders(s, JOURNAL_DIR, 0700) : 0;

	err = make && !err ? folders(s, JOURNAL_DIR "/journal", 0700) : err;
	if (err)
		return site_refuse(rep, err, "/" JOURNAL_DIR, "the journal's folder cannot be made");
	s->journal = site_open_path(s, JOURNAL_DIR "/journal", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (s->journal < 0 && errno == ENOENT)
		return report_refuse(rep, IGD_ENOENT, REPORT_NOWHERE,
				     "/" JOURNAL_DIR "/journal: not there: igdctl has changed nothing here");
	if (s->journal < 0 && errno == ENOTDIR)
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE,
				     "/" JOURNAL_DIR "/journal: not a folder; where it is a symbolic link, put the "
				     "folder itself in its place");
	if (s->journal < 0)
		return site_refuse(rep, errno, "/" JOURNAL_DIR "/journal", "cannot be opened");
	s->lock = lock_open(s, O_RDWR | O_CREAT);
	if (s->lock < 0 && errno == EEXIST)
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE, "/" JOURNAL_DIR "/lock: not a regular file");
	if (s->lock < 0)
		return site_refuse(rep, errno, "/" JOURNAL_DIR "/lock", "cannot be opened");
	if (lock_take(s->lock))
		return 0;
	if (errno != EWOULDBLOCK)
		return site_refuse(rep, errno, "/" JOURNAL_DIR "/lock", "cannot be locked");
	return report_refuse(rep, IGD_EBUSY, REPORT_NOWHERE,
			     "/" JOURNAL_DIR "/lock: another igdctl, or a program that it started, is changing this "
			     "machine; wait until it has ended");
}

static bool is_root_of_all(int fd)
{
	struct stat here, top;

	return fstat(fd, &here) == 0 && stat("/", &top) == 0 && here.st_dev == top.st_dev &&
	       here.st_ino == top.st_ino;
}

static int root_open(struct site *s, const char *root, struct report *rep)
{
	int probe;

	s->path = strdup(root);
	if (!s->path)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory");
	s->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (s->root < 0)
		return site_refuse(rep, errno, root, "cannot be opened");
	s->live = is_root_of_all(s->root);
	probe = site_open_path(s, ".", O_RDONLY | O_DIRECTORY, 0);
	if (probe < 0)
		return site_refuse(
			rep, errno, root,
			errno == ENOSYS ? "this kernel has no openat2 (Linux 5.6), without which nothing is written"
					: "cannot be opened");
	close(probe);
	return host_open_root(root, &s->host, rep);
}

int site_open(const char *root, bool make, struct site **ret, struct report *rep)
{
	struct site *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory");
	s->root = s->lock = s->journal = -1;
	r = root_open(s, root, rep);
	if (r == 0)
		r = journal_open(s, make, rep);
	if (r < 0) {
		site_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void site_free(struct site *s)
{
	if (!s)
		return;
	host_free(s->host);
	if (s->lock >= 0 && flock(s->lock, LOCK_UN) < 0) /* also for what a program left running behind it */
		errno = 0;
	for (size_t i = 0; i < 3; i++) {
		int fd = i == 0 ? s->lock : i == 1 ? s->journal : s->root;

		if (fd >= 0)
			close(fd);
	}
	free(s->path);
	free(s);
}
