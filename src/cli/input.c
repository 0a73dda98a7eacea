// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/input.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
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
