// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "host/host.h"

static int refuse_errno(struct report *rep, const char *file, int err)
{
	int code = err == ENOENT || err == ENOTDIR		   ? IGD_ENOENT
		   : err == EACCES || err == EPERM || err == EROFS ? IGD_EACCES
		   : err == EEXIST				   ? IGD_EPATH
		   : err == ENOMEM				   ? IGD_ENOMEM
								   : IGD_EIO;

	if (err == EEXIST)
		return report_refuse(rep, code, REPORT_NOWHERE, "%s: there is one already", file);
	return report_refuse(rep, code, REPORT_NOWHERE, "%s: %s", file, strerror(err));
}

/* 0, or an errno. */
static int put_all(int fd, struct span all, mode_t mode)
{
	ssize_t n;

	while (all.n > 0) {
		n = write(fd, all.p, all.n);
		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0 && !span_from(all, (size_t)n, &all))
			return EIO;
	}
	return fchmod(fd, mode) < 0 || fsync(fd) < 0 ? errno : 0;
}

/* Give the finished file its name. RENAME_NOREPLACE is not known to every file system: then a hard link does it,
 * which fails as well when the name is taken. 0, or an errno. */
static int give_name(const char *temporary, const char *file, bool force)
{
	if (force)
		return rename(temporary, file) < 0 ? errno : 0;
	if (renameat2(AT_FDCWD, temporary, AT_FDCWD, file, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	if (link(temporary, file) < 0)
		return errno;
	return unlink(temporary) < 0 ? errno : 0;
}

/* The name must outlive a power cut as well. A folder that may not be opened is no reason to fail. */
static void sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fsync(fd) < 0)
		errno = 0; /* some file systems have no such thing for folders */
	close(fd);
}

static int write_beside(const char *folder, const char *file, struct span all, mode_t mode, bool force)
{
	char temporary[HOST_PATH_MAX];
	int n = snprintf(temporary, sizeof(temporary), "%s/" WHOLE_FILE_BESIDE, folder), fd, err;

	if (n < 0 || (size_t)n >= sizeof(temporary))
		return ENAMETOOLONG;
	fd = mkostemp(temporary, O_CLOEXEC); /* with O_EXCL, mode 0600 */
	if (fd < 0)
		return errno;
	err = put_all(fd, all, mode);
	if (close(fd) < 0 && !err)
		err = errno;
	if (!err)
		err = give_name(temporary, file, force);
	if (err)
		unlink(temporary);
	return err;
}

static int check_folder(const char *file, struct report *rep)
{
	char *copy = strdup(file);
	int err = !copy ? ENOMEM : access(dirname(copy), W_OK | X_OK) < 0 ? errno : 0;

	free(copy);
	return err ? refuse_errno(rep, file, err) : 0;
}

int whole_file_check(const char *file, bool force, struct report *rep)
{
	struct stat st;

	if (file[0] == '\0' || strcmp(file, "-") == 0 || text_ends(span_str(file), "/"))
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE, "\"%s\" is not the name of a file", file);
	if (lstat(file, &st) < 0)
		return check_folder(file, rep);
	if (!force)
		return refuse_errno(rep, file, EEXIST);
	if (!S_ISREG(st.st_mode))
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE, "%s: not a regular file", file);
	return check_folder(file, rep);
}

int whole_file_write(const char *file, struct span all, mode_t mode, bool force, struct report *rep)
{
	int r = whole_file_check(file, force, rep), err;
	char *copy;

	if (r < 0)
		return r;
	copy = strdup(file);
	err = copy ? write_beside(dirname(copy), file, all, mode, force) : ENOMEM;
	free(copy);
	if (err)
		return refuse_errno(rep, file, err);
	copy = strdup(file);
	if (copy)
		sync_folder(dirname(copy));
	free(copy);
	return 0;
}
