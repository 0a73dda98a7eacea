// SPDX-License-Identifier: GPL-2.0-or-later
/* commands.c - OP_RUN: a program of the machine, its output kept in the transaction's folder. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "change/run.h"
#include "change/work.h"

static int out_open(struct work *w, size_t i, bool undo, char path[JOURNAL_PATH])
{
	char name[JOURNAL_PATH];
	int fd;

	journal_out_path(w->id, i, undo, path);
	snprintf(name, sizeof(name), "%04u/out", w->id);
	if (mkdirat(w->site->journal, name, 0700) < 0 && errno != EEXIST)
		return -1;
	snprintf(name, sizeof(name), "%04u/%s", w->id, strstr(path, "out/"));
	fd = openat(w->site->journal, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd >= 0 && fd < 3 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : fd;
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

int command_run(struct work *w, size_t i, bool undo, const char *const *argv)
{
	char path[JOURNAL_PATH];
	int fd = out_open(w, i, undo, path), status;

	if (fd < 0)
		return site_refuse(w->rep, errno, path, "the output of a command cannot be kept");
	status = w->hooks && w->hooks->run ? w->hooks->run(w->hooks->ctx, w->site, argv, fd, w->rep)
					   : run_program(w->site, argv, fd, NULL, NULL, w->rep);
	close(fd);
	if (status == 0 || (undo && status == 1 && says_undone(w, path)))
		return places_sync(w, argv[0]);
	if (status < 0) {
		w->steps[i].undone |= !undo; /* it was not even started (run.h) */
		return status;
	}
	if (status > 128)
		return report_refuse(w->rep, IGD_EIO, REPORT_NOWHERE,
				     "%s was ended by signal %d; what it printed is in %s", argv[0], status - 128,
				     path);
	return report_refuse(w->rep, IGD_EIO, REPORT_NOWHERE, "%s failed with status %d; what it printed is in %s",
			     argv[0], status, path);
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
	int r;

	if (!op->argv || !op->argv[0])
		return report_refuse(w->rep, IGD_EUSAGE, REPORT_NOWHERE, "%s: the plan names no command", op->target);
	r = program_there(w, op->argv[0]);
	return r < 0 ? r : program_there(w, back_of(op)[0]);
}

static int test_undo(struct work *w, size_t i)
{
	return program_there(w, back_of(&w->plan->ops[i])[0]);
}

static int prepare(_unused_ struct work *w, _unused_ size_t i, _unused_ struct record *rec)
{
	return 0;
}

/* One that failed is run again on the way back, whatever it left: nobody here knows all that it writes. */
static int act(struct work *w, size_t i)
{
	return command_run(w, i, false, w->plan->ops[i].argv);
}

static int undo(struct work *w, size_t i)
{
	return command_run(w, i, true, back_of(&w->plan->ops[i]));
}

const struct way way_command = { test, prepare, act, undo, NULL, test_undo };
