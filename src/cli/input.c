// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "facts/read.h"

const char *input_name(const struct cli *cli, const char *name)
{
	return name ? name : cli->capture ? cli->capture : cli->root ? cli->root : "/";
}

int input_mode(const struct cli *cli, const char *command, enum mode *ret, bool *asked)
{
	*asked = cli->mode && strcmp(cli->mode, "auto") != 0;
	if (*asked && !mode_parse(cli->mode, ret))
		return usage_error(command,
				   "no mode \"%.20s\"; there are auto, legacy, uefi, upt, sriov, gvtg, amd-apu",
				   cli->mode);
	return EXIT_DONE;
}

const char *source_str(enum source_kind s)
{
	static const char *const words[] = { [SOURCE_LIVE] = "live",
					     [SOURCE_ROOT] = "root",
					     [SOURCE_CAPTURE] = "capture",
					     [SOURCE_BUNDLE] = "bundle" };

	return words[s];
}

/* Does the folder look like the root of a machine's files? */
static bool is_root_folder(const char *path)
{
	static const char *const tops[] = { "sys", "proc", "etc" };
	char below[4096];
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(tops); i++) {
		int n = snprintf(below, sizeof(below), "%s/%s", path, tops[i]);

		if (n > 0 && (size_t)n < sizeof(below) && stat(below, &st) == 0 && S_ISDIR(st.st_mode))
			return true;
	}
	return false;
}

/* Do the first bytes of a regular file say that it is an archive? Packed ones have these magics (RFC 1952 2.3.1, RFC
 * 8878 3.1.1, the .xz file format 2.1.1.1, bzip2); a tar header has "ustar" at 257. */
static bool is_archive(const char *path)
{
	static const struct {
		size_t at, n;
		const char *bytes;
	} magics[] = { { 0, 2, "\x1f\x8b" },
		       { 0, 4, "\x28\xb5\x2f\xfd" },
		       { 0, 6, "\xfd\x37zXZ\x00" },
		       { 0, 3, "BZh" },
		       { 257, 5, "ustar" } };
	char head[512];
	struct stat st;
	size_t n = 0;
	FILE *in;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	in = fopen(path, "re");
	if (in) {
		n = fread(head, 1, sizeof(head), in);
		fclose(in);
	}
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (magics[i].at + magics[i].n <= n && memcmp(head + magics[i].at, magics[i].bytes, magics[i].n) == 0)
			return true;
	return false;
}

static enum source_kind kind_of(const char *path)
{
	struct stat st;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return is_root_folder(path) ? SOURCE_ROOT : SOURCE_BUNDLE;
	return is_archive(path) ? SOURCE_CAPTURE : SOURCE_BUNDLE;
}

static int tree_input(struct facts *f, const char *path, struct report *rep)
{
	struct host *h = NULL;
	int r = f->source == SOURCE_CAPTURE ? host_open_capture(path, &h, rep) : host_open_root(path, &h, rep);

	if (r == 0 && f->source == SOURCE_ROOT && host_is_live(h))
		f->source = SOURCE_LIVE;
	if (r == 0)
		r = facts_read_tree(f, h, rep);
	host_free(h);
	return r;
}

int input_read(const struct cli *cli, const char *name, struct facts **ret, struct report *rep)
{
	const char *path = input_name(cli, name);
	enum source_kind kind = name || cli->capture ? kind_of(path) : SOURCE_ROOT;
	struct facts *f = facts_new(path, kind);
	int r;

	report_subject(rep, "%s", path);
	if (!f)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "out of memory");
	r = kind == SOURCE_BUNDLE ? facts_read_bundle(f, path, rep) : tree_input(f, path, rep);
	report_subject(rep, "%s", path);
	if (r == 0)
		r = facts_finish(f, rep);
	if (r < 0) {
		facts_free(f);
		return r;
	}
	*ret = f;
	return 0;
}

int input_machine(const struct cli *cli, struct facts **ret_facts, struct host **ret_host, struct report *rep)
{
	const char *path = input_name(cli, NULL);
	struct stat st;
	bool archive = cli->capture && !(stat(path, &st) == 0 && S_ISDIR(st.st_mode));
	int r = archive ? host_open_capture(path, ret_host, rep) : host_open_root(path, ret_host, rep);

	if (r < 0)
		return r;
	*ret_facts = facts_new(path, archive ? SOURCE_CAPTURE : host_is_live(*ret_host) ? SOURCE_LIVE : SOURCE_ROOT);
	if (!*ret_facts)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "out of memory");
	r = facts_read_tree(*ret_facts, *ret_host, rep);
	report_subject(rep, "%s", "");
	return r < 0 ? r : facts_finish(*ret_facts, rep);
}

/* ---- files that are no machine ------------------------------------------------------------------------------ */

#define READ_FIRST ((size_t)16384) /* bytes, of what has no size: a pipe, a file of sysfs */

/* @expected: how many bytes there are, as far as one knows. */
static int read_all(int fd, size_t expected, size_t max, struct arena *a, struct span *ret, struct report *rep)
{
	size_t n = 0, room = expected < max ? expected + 1 : max + 1; /* one more, to see the end */
	uint8_t *buf = arena_alloc(a, room);
	ssize_t got;

	if (!buf)
		return -IGD_ENOMEM;
	do {
		if (n == room) {
			uint8_t *more = arena_alloc(a, room * 2);

			if (!more)
				return -IGD_ENOMEM;
			memcpy(more, buf, n);
			buf = more;
			room *= 2;
		}
		got = read(fd, buf + n, room - n);
		if (got > 0)
			n += (size_t)got;
		if (n > max)
			return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE,
					     "longer than %zu MiB, which no such file is", max >> 20);
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		return report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "cannot be read: %s", strerror(errno));
	*ret = (struct span) { buf, n };
	return 0;
}

int input_open(const char *name)
{
	int fd;

	if (strcmp(name, "-") == 0)
		return dup(STDIN_FILENO);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* a FIFO without a writer is empty */
	if (fd >= 0)
		fcntl(fd, F_SETFL, 0); /* one with a slow writer is waited for */
	return fd;
}

int input_bytes(const char *name, size_t max, struct arena *a, struct span *ret, struct report *rep)
{
	int fd = input_open(name), r;
	struct stat st;

	if (fd < 0)
		return report_refuse(rep, access(name, F_OK) == 0 ? IGD_EACCES : IGD_ENOENT, REPORT_NOWHERE, "%s",
				     access(name, F_OK) == 0 ? "may not be read" : "there is no such file");
	if (fstat(fd, &st) < 0)
		r = report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "cannot be read: %s", strerror(errno));
	else if (S_ISDIR(st.st_mode))
		r = report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "is a folder; name a file in it");
	else
		r = read_all(fd, S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size : READ_FIRST, max, a, ret,
			     rep);
	close(fd);
	return r;
}

bool input_number(const char *s, uint64_t least, uint64_t most, uint64_t *ret)
{
	uint64_t n;

	if (!s)
		return true;
	if (!text_number(span_str(s), &n) || n < least || n > most)
		return false;
	*ret = n;
	return true;
}

bool input_device(const char *s, uint16_t *ret_vendor, uint16_t *ret_device)
{
	struct span rest = span_str(s);
	uint64_t vendor, device;

	if (!text_digits(&rest, 16, &vendor) || !text_skip(&rest, ":") || !text_digits(&rest, 16, &device) ||
	    rest.n || vendor > 0xffff || device > 0xffff)
		return false;
	*ret_vendor = (uint16_t)vendor;
	*ret_device = (uint16_t)device;
	return true;
}
