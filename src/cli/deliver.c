// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/text.h"
#include "host/whole_file.h"

const char *deliver_folder(const struct cli *cli)
{
	return cli->output ? cli->output : ".";
}

bool deliver_is_name(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > DELIVER_NAME_MAX || name[0] == '.' || name[0] == '-' || strchr(name, '/') ||
	    text_bad_utf8(span_str(name)) < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return false;
	return true;
}

int deliver_path(const char *dir, const char *name, char ret[HOST_PATH_MAX])
{
	const char *slash = text_ends(span_str(dir), "/") ? "" : "/";
	bool here = strcmp(dir, ".") == 0;
	int n = snprintf(ret, HOST_PATH_MAX, "%s%s%s", here ? "" : dir, here ? "" : slash, name);

	if (n >= 0 && n < HOST_PATH_MAX)
		return 0;
	ret[0] = '\0';
	return -IGD_ELIMIT;
}

int deliver_folder_make(const struct cli *cli, const char *dir)
{
	return !cli->dry_run && mkdir(dir, 0777) == 0;
}

void deliver_folder_drop(const char *dir)
{
	if (rmdir(dir) < 0)
		errno = 0; /* it holds something, which is what it was made for */
}

/* May something be made in the folder that @dir is to be made in? Else errno says why. */
static bool above_allows(const char *dir)
{
	char above[HOST_PATH_MAX];
	size_t n = strlen(dir);

	while (n > 1 && dir[n - 1] == '/')
		n--;
	while (n > 0 && dir[n - 1] != '/')
		n--;
	snprintf(above, sizeof(above), "%.*s", n ? (int)n : 1, n ? dir : ".");
	return faccessat(AT_FDCWD, above, W_OK | X_OK, AT_EACCESS) == 0;
}

/* 0: @dir is there, or was made; 1: it would be made. */
static int folder_want(const struct cli *cli, const char *dir, struct report *rep)
{
	struct stat st;

	if (stat(dir, &st) == 0 && S_ISDIR(st.st_mode) && faccessat(AT_FDCWD, dir, W_OK, AT_EACCESS) == 0)
		return 0;
	if (stat(dir, &st) == 0 && S_ISDIR(st.st_mode))
		return report_refuse(rep, IGD_EACCES, REPORT_NOWHERE,
				     "%s: the folder cannot be written to: %s; -o names another", dir,
				     strerror(errno));
	if (stat(dir, &st) == 0)
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE, "%s: not a folder; -o names another", dir);
	if (errno == ENOENT && cli->dry_run && above_allows(dir))
		return 1;
	if (errno == ENOENT && !cli->dry_run && mkdir(dir, 0777) == 0)
		return 0;
	return report_refuse(rep,
			     errno == ENOENT   ? IGD_ENOENT
			     : errno == EACCES ? IGD_EACCES
					       : IGD_EIO,
			     REPORT_NOWHERE, "%s: the folder cannot be made: %s%s", dir, strerror(errno),
			     errno == ENOENT ? "; make the one above it first" : "");
}

/* The library's sentence, and what to do. */
static int taken(const struct cli *cli, const char *file, struct report *rep)
{
	struct stat st;

	if (!cli->force && lstat(file, &st) == 0)
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE,
				     "%s: there is one already; --force replaces it, -o names another place", file);
	return whole_file_check(file, cli->force, rep);
}

/* The file is written as a whole: what would end the program waits until no half of it is left in the folder. */
static int write_undisturbed(const struct cli *cli, const char *file, struct span bytes, struct report *rep)
{
	static const int enders[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t held, was;
	int r;

	sigemptyset(&held);
	for (size_t i = 0; i < ARRAY_SIZE(enders); i++)
		sigaddset(&held, enders[i]);
	sigprocmask(SIG_BLOCK, &held, &was);
	r = whole_file_write(file, bytes, 0644, cli->force, rep);
	sigprocmask(SIG_SETMASK, &was, NULL);
	return r;
}

int deliver_file(const struct cli *cli, const char *dir, const char *name, struct span bytes, struct report *rep)
{
	char file[HOST_PATH_MAX];
	int r;

	if (!deliver_is_name(name))
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE,
				     "\"%.80s\" is not a name for a file: empty, with . or - in front, or with what "
				     "is no text; -o FILE names one, as -o ./out/igd.rom does",
				     name);
	if (deliver_path(dir, name, file) < 0)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "%.80s...: the path is too long", dir);
	r = folder_want(cli, dir, rep);
	if (r < 0 || r == 1)
		return r;
	r = taken(cli, file, rep);
	if (r < 0 || cli->dry_run)
		return r < 0 ? r : 1;
	return write_undisturbed(cli, file, bytes, rep);
}

bool deliver_is_folder(const struct cli *cli)
{
	struct stat st;

	return !cli->output || text_ends(span_str(cli->output), "/") ||
	       (stat(cli->output, &st) == 0 && S_ISDIR(st.st_mode));
}

/* Is @file one of @inputs, under whatever name? */
static bool is_input(const char *file, const char *const *inputs)
{
	struct stat out, in;

	if (stat(file, &out) < 0)
		return false;
	for (; *inputs; inputs++)
		if (stat(*inputs, &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
			return true;
	return false;
}

int deliver_result(const struct cli *cli, const char *name, struct span bytes, const char *const *inputs,
		   char ret_path[HOST_PATH_MAX], struct report *rep)
{
	char dir[HOST_PATH_MAX] = ".";
	const char *slash = cli->output ? strrchr(cli->output, '/') : NULL;

	if (deliver_is_folder(cli)) {
		snprintf(dir, sizeof(dir), "%s", deliver_folder(cli));
	} else {
		name = slash ? slash + 1 : cli->output;
		if (slash)
			snprintf(dir, sizeof(dir), "%.*s", (int)(slash - cli->output) + 1, cli->output);
	}
	if (deliver_path(dir, name, ret_path) < 0)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "%.80s...: the path is too long", dir);
	if (!deliver_is_folder(cli) && access(dir, F_OK) < 0)
		return report_refuse(rep, errno == ENOENT ? IGD_ENOENT : IGD_EACCES, REPORT_NOWHERE,
				     "%s: the folder %s; %s", dir,
				     errno == ENOENT ? "is not there" : "cannot be reached",
				     errno == ENOENT ? "make it first" : "-o names another");
	if (is_input(ret_path, inputs))
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE,
				     "%s: that is what is read; the result wants a name of its own", ret_path);
	return deliver_file(cli, dir, name, bytes, rep);
}
