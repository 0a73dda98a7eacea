// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * commands.c - OP_RUN: a program of the machine, its output kept in the transaction's folder. A command line with
 * "%K" in it is run once for each kernel that is installed then.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "change/run.h"
#include "change/work.h"
#include "host/exec.h"
#include "host/kernels.h"

#define WARNINGS_TOLD 4

static int out_open(struct work *w, size_t i, bool undo, char path[JOURNAL_PATH])
{
	_cleanup_(fd_close) int dir = -1, out = -1;
	char name[JOURNAL_PATH];

	journal_out_path(w->id, i, undo, path);
	snprintf(name, sizeof(name), "%04u", w->id);
	dir = journal_folder(w->site, name);
	if (dir < 0 || (mkdirat(dir, "out", 0700) < 0 && errno != EEXIST))
		return -1;
	snprintf(name, sizeof(name), "%04u/out", w->id);
	out = journal_folder(w->site, name);
	return out < 0 ? -1 : fd_above_standard(journal_file(out, strrchr(path, '/') + 1));
}

size_t journal_out_end(const struct site *s, unsigned id, size_t op, bool undo, char *buf, size_t n)
{
	_cleanup_(fd_close) int dir = -1, fd = -1;
	char path[JOURNAL_PATH], name[JOURNAL_PATH];
	struct stat st;
	ssize_t got;

	journal_out_path(id, op, undo, path);
	snprintf(name, sizeof(name), "%04u/out", id);
	dir = journal_folder(s, name);
	fd = dir < 0 ? -1 : openat(dir, strrchr(path, '/') + 1, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	got = pread(fd, buf, n, st.st_size > (off_t)n ? st.st_size - (off_t)n : 0);
	return got > 0 ? (size_t)got : 0;
}

/* Where programs put what they make; each may be a file system of its own. */
static const char *const places[] = { "/", "/boot", "/boot/efi", "/efi", "/sysroot", "/usr", "/var", "/etc" };

/* Programs rename over the old file and do not sync: a power cut would leave an empty menu behind a record that says
 * it is done. So their file systems are synced before there is such a record. */
static int places_sync(const struct work *w, const char *program)
{
	dev_t seen[ARRAY_SIZE(places)] = { 0 };
	size_t n = 0, k;
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(places) && !err; i++) {
		int fd = site_open_path(w->site, places[i], O_RDONLY | O_DIRECTORY, 0);
		struct stat st;

		if (fd < 0)
			continue;
		if (fstat(fd, &st) < 0)
			err = errno;
		for (k = 0; k < n && !err && seen[k] != st.st_dev; k++)
			continue;
		if (!err && k == n && syncfs(fd) < 0)
			err = errno;
		if (k == n)
			seen[n++] = st.st_dev;
		close(fd);
	}
	return err ? site_refuse(w->rep, err, program, "what it made cannot be brought to the disk") : 0;
}

/* What it was to undo is not there, as a stop or a failure came first: "--disable" of an initramfs that is the
 * server's is an error (rpm-ostree, rpmostreed-transaction-types.cxx, initramfs_state_transaction_execute()). */
static bool says_undone(struct work *w, const char *path)
{
	struct span said;

	return host_read(w->site->host, path + 1, HOST_TEXT_MAX, &w->a, &said) == 0 &&
	       text_has(said, "initramfs regeneration state is already disabled");
}

/* A program that leaves something out may say so and end well all the same: "WARN: ..." (proxmox-boot-tool, of a
 * partition that it passes over), "W: Possible missing firmware" (update-initramfs), "warning: ..." (GRUB). */
static void tell_warnings(struct work *w, const char *program, const char *path)
{
	static const char *const marks[] = { "WARN", "W: ", "warning: ", "Warning: " };
	struct span said, line;
	size_t told = 0;

	if (host_read(w->site->host, path + 1, HOST_TEXT_MAX, &w->a, &said) < 0)
		return;
	while (told < WARNINGS_TOLD && span_line(&said, &line))
		for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
			if (text_starts(line, marks[i])) {
				report_note(w->rep, REPORT_NOWHERE, "%s said: %s", program, arena_span(&w->a, line));
				told++;
				break;
			}
}

/* @path: where @fd leads; *@ret_started: is it not the program that could not be started? */
static int run_one(struct work *w, const char *const *argv, bool undo, int fd, const char *path, bool *ret_started)
{
	int status = w->hooks && w->hooks->run ? w->hooks->run(w->hooks->ctx, w->site, argv, fd, w->rep)
					       : run_program(w->site, argv, fd, NULL, NULL, w->rep);

	*ret_started = status >= 0;
	if (undo && status == 1 && says_undone(w, path))
		return 0;
	if (status <= 0)
		return status;
	if (status > 128)
		return report_refuse(w->rep, IGD_EIO, REPORT_NOWHERE,
				     "%s was ended by signal %d; what it printed is in %s", argv[0], status - 128,
				     path);
	return report_refuse(w->rep, IGD_EIO, REPORT_NOWHERE, "%s failed with status %d; what it printed is in %s",
			     argv[0], status, path);
}

/* Which of several it was: " (kernel-install add 6.1.0-25-amd64 ...)". */
static const char *words_of(struct work *w, const char *const *argv)
{
	const char *s = "";

	for (size_t k = 0; argv[k]; k++)
		s = arena_printf(&w->a, "%s%s%s", s, k ? " " : " (", argv[k]);
	return arena_printf(&w->a, "%s)", s);
}

/* Command lines, ended by NULL. On the way back one that fails does not keep the others from it. */
static int run_all(struct work *w, size_t i, bool undo, const char *const *const *lines)
{
	char path[JOURNAL_PATH];
	int fd = out_open(w, i, undo, path), r = 0;

	if (fd < 0)
		return site_refuse(w->rep, errno, path, "the output of a command cannot be kept");
	for (size_t k = 0; lines[k] && (r == 0 || undo); k++) {
		bool started;
		int one = run_one(w, lines[k], undo, fd, path, &started);

		w->steps[i].undone |= !undo && k == 0 && !started;
		if (one < 0)
			r = one;
		if (one < 0 && lines[1])
			report_more(w->rep, words_of(w, lines[k]));
	}
	close(fd);
	if (r == 0 && lines[0])
		tell_warnings(w, lines[0][0], path);
	return r == 0 && lines[0] ? places_sync(w, lines[0][0]) : r;
}

int command_run(struct work *w, size_t i, bool undo, const char *const *argv)
{
	const char *const *const lines[] = { argv, NULL };

	return run_all(w, i, undo, lines);
}

static bool is_each(const char *word)
{
	return strstr(word, KERNEL_EACH) != NULL;
}

/*
 * @argv for one kernel, in the arena; NULL when the kernel's image is not where @argv has it. An initramfs behind
 * that image is to be read, and left out where it is not there; one without it is to be written, and need not be
 * there: dracut 106-6 removes the one that it could not write.
 */
static const char *const *line_for(struct work *w, const char *const *argv, const char *release)
{
	bool image = false;
	const char **line;
	size_t n = 0, kept = 0;

	while (argv[n])
		n++;
	line = arena_alloc(&w->a, (n + 1) * sizeof(*line));
	for (size_t k = 0; line && k < n; k++) {
		const char *word = kernel_text(&w->a, argv[k], release);
		bool kernel = is_each(argv[k]) && strstr(argv[k], "/vmlinuz");
		bool read = kernel || (image && is_each(argv[k]) && strstr(argv[k], "/initrd"));
		bool there = !read || host_has(w->site->host, &word[1]) == 1;

		if (kernel && !there)
			return NULL;
		if (there)
			line[kept++] = word;
		image |= kernel;
	}
	return line;
}

/* What @argv stands for on this machine as it is now; ended by NULL. */
static int lines_of(struct work *w, const char *const *argv, const char *const **ret)
{
	struct host_names kernels = { 0 };
	bool each = false;
	size_t n = 0;
	int r = 0;

	for (size_t k = 0; argv[k]; k++)
		each |= is_each(argv[k]);
	if (each)
		r = host_kernels(w->site->host, &w->a, &kernels);
	for (size_t k = 0; k < kernels.n && r == 0; k++) {
		ret[n] = line_for(w, argv, kernels.v[k]);
		n += ret[n] != NULL;
	}
	if (!each)
		ret[n++] = argv;
	ret[n] = NULL;
	if (r == 0 && !w->a.full)
		return 0;
	return report_refuse(w->rep, r < 0 ? -r : IGD_ENOMEM, REPORT_NOWHERE,
			     r == -IGD_ELIMIT
				     ? "/lib/modules holds more than %d kernels; remove those that are not used"
				     : "/lib/modules: the installed kernels cannot be told",
			     KERNELS_MAX);
}

static const char *const *back_of(const struct operation *op)
{
	return op->inverse ? op->inverse : op->argv;
}

static int program_there(struct work *w, const char *name)
{
	char path[HOST_PATH_MAX];

	return site_program(w->site, name, path, w->rep);
}

static int test(struct work *w, size_t i)
{
	const struct operation *op = &w->plan->ops[i];
	const char *const *lines[KERNELS_MAX + 2];
	int r;

	if (!op->argv || !op->argv[0])
		return report_refuse(w->rep, IGD_EUSAGE, REPORT_NOWHERE, "%s: the plan names no command", op->target);
	r = program_there(w, op->argv[0]);
	if (r == 0)
		r = program_there(w, back_of(op)[0]);
	if (r == 0)
		r = lines_of(w, op->argv, lines);
	if (r == 0 && !lines[0])
		return report_refuse(w->rep, IGD_ENOENT, REPORT_NOWHERE,
				     "%s is to run for each installed kernel, and none was found: /lib/modules has "
				     "no folder of a kernel whose image is where %s looks for it",
				     op->argv[0], op->argv[0]);
	return r;
}

/* What it makes would come to lie where nothing starts it, were the EFI system partition not there. */
static int place_there(struct work *w, size_t i)
{
	return file_mounted(w->site, w->steps[i].mount, w->plan->ops[i].target, w->rep);
}

static int test_undo(struct work *w, size_t i)
{
	int r = program_there(w, back_of(&w->plan->ops[i])[0]);

	return r < 0 ? r : place_there(w, i);
}

static int prepare(struct work *w, _unused_ size_t i, struct record *rec)
{
	rec->mount = makes_mount(w);
	return w->a.full ? report_refuse(w->rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory") : 0;
}

static int run_lines(struct work *w, size_t i, bool undo, const char *const *argv)
{
	const char *const *lines[KERNELS_MAX + 2];
	int r = lines_of(w, argv, lines);

	return r < 0 ? r : run_all(w, i, undo, lines);
}

/* One that failed is run again on the way back, whatever it left: nobody here knows all that it writes. */
static int act(struct work *w, size_t i)
{
	return run_lines(w, i, false, w->plan->ops[i].argv);
}

static int undo(struct work *w, size_t i)
{
	int r = place_there(w, i);

	return r < 0 ? r : run_lines(w, i, true, back_of(&w->plan->ops[i]));
}

const struct way way_command = { test, prepare, act, undo, NULL, test_undo };
