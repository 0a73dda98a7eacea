// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * journal_write.c - writing what is about to be done, before it is.
 *
 * A transaction is made in the folder "new" and renamed when all of it is on the disk: a stop leaves it whole or
 * leaves "new", which the next start removes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "change/plan_json.h"
#include "change/record.h"
#include "change/site.h"

#define NEW "new"

static void json_free_text(char **text)
{
	free(*text);
}

static int failed(struct report *rep, int err, const char *what)
{
	return site_refuse(rep, err, "/" JOURNAL_DIR "/journal", what);
}

/* 0, or an errno. */
static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno != EINTR)
			return errno;
		p += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
	return 0;
}

/* ---- records ------------------------------------------------------------------------------------------------- */

/* Each is there or there is no line: one without "there" would have the way back remove the owner's file. */
static bool put(json_t *top, const char *key, json_t *value)
{
	return json_object_set_new(top, key, value) == 0;
}

static bool put_number(json_t *top, const char *key, uint64_t n, bool wanted)
{
	return !wanted || put(top, key, json_integer((json_int_t)n));
}

static bool put_text(json_t *top, const char *key, const char *s)
{
	return !s || !*s || put(top, key, json_string(s));
}

static bool record_put(json_t *top, const struct record *rec)
{
	bool begins = rec->kind == RECORD_DO, file = begins && rec->there;

	return put(top, "kind", json_string(record_kind_str(rec->kind))) &&
	       put(top, "time", json_integer(time(NULL))) &&
	       put_number(top, "op", rec->op,
			  begins || rec->kind == RECORD_DID || rec->kind == RECORD_UNDO ||
				  rec->kind == RECORD_UNDID) &&
	       (!begins || put(top, "there", json_boolean(rec->there))) && put_number(top, "mode", rec->mode, file) &&
	       put_number(top, "uid", rec->uid, file) && put_number(top, "gid", rec->gid, file) &&
	       put_number(top, "seconds", rec->seconds, rec->seconds > 0) && put_text(top, "sha256", rec->sha256) &&
	       put_text(top, "boot", rec->boot) && put_text(top, "text", rec->text) &&
	       put_text(top, "mount", rec->mount);
}

/* A line with its end, to be freed; NULL: no memory, or a text that is no UTF-8. */
static char *line_of(const struct record *rec)
{
	json_t *top = json_object();
	char *text = record_put(top, rec) ? json_dumps(top, JSON_COMPACT) : NULL, *line = NULL;

	json_decref(top);
	if (text && asprintf(&line, "%s\n", text) < 0)
		line = NULL;
	free(text);
	return line;
}

/* The end of the last whole line; -1: it cannot be read. */
static off_t whole_lines(int fd)
{
	char buf[4096];
	off_t end = lseek(fd, 0, SEEK_END);

	while (end > 0) {
		off_t from = end > (off_t)sizeof(buf) ? end - (off_t)sizeof(buf) : 0;
		ssize_t n = pread(fd, buf, (size_t)(end - from), from);

		if (n <= 0)
			return -1;
		while (n > 0 && buf[n - 1] != '\n')
			n--;
		if (n > 0)
			return from + n;
		end = from;
	}
	return end;
}

static int line_append(int fd, const char *line)
{
	off_t end = whole_lines(fd), all = lseek(fd, 0, SEEK_END);
	int err;

	if (end < 0 || all < 0)
		return EIO;
	if (end < all && ftruncate(fd, end) < 0)
		return errno;
	if (lseek(fd, end, SEEK_SET) < 0)
		return errno;
	err = write_all(fd, line, strlen(line));
	if (!err && fsync(fd) < 0)
		err = errno;
	if (err && ftruncate(fd, end) < 0)
		return err; /* a record that is told to have failed should not be found later */
	return err;
}

int journal_note(struct site *s, unsigned id, const struct record *rec, struct report *rep)
{
	_cleanup_(json_free_text) char *line = line_of(rec);
	_cleanup_(fd_close) int dir = -1;
	char name[JOURNAL_PATH];
	int fd, err;

	if (!line)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE,
				     "no memory for a record of the journal, or its text is no UTF-8");
	snprintf(name, sizeof(name), "%04u", id);
	dir = journal_folder(s, name);
	fd = dir < 0 ? -1 : openat(dir, "log", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	err = fd < 0 ? errno : line_append(fd, line);
	if (fd >= 0 && close(fd) < 0 && !err)
		err = errno;
	return err ? failed(rep, err, "the log cannot be written") : 0;
}

/* ---- files ---------------------------------------------------------------------------------------------------- */

int journal_file(int folder, const char *name)
{
	if (unlinkat(folder, name, 0) < 0 && errno != ENOENT)
		return -1;
	return openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* ---- a new transaction -------------------------------------------------------------------------------------- */

/* 0, or an errno. */
static int new_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), err;

	if (fd < 0)
		return errno;
	err = write_all(fd, text, strlen(text));
	if (!err && fsync(fd) < 0)
		err = errno;
	if (close(fd) < 0 && !err)
		err = errno;
	return err;
}

/* 0, or an errno. What is no folder was not made here: it goes, and what it names as a link stays. */
static int tidy(struct site *s)
{
	static const char *const parts[] = { "plan.json", "log" };
	_cleanup_(fd_close) int dir = journal_folder(s, NEW);

	if (dir < 0 && errno != ELOOP && errno != ENOTDIR)
		return errno == ENOENT ? 0 : errno;
	for (size_t i = 0; i < ARRAY_SIZE(parts) && dir >= 0; i++)
		if (unlinkat(dir, parts[i], 0) < 0 && errno != ENOENT)
			return errno;
	return unlinkat(s->journal, NEW, dir < 0 ? 0 : AT_REMOVEDIR) < 0 ? errno : 0;
}

int journal_tidy(struct site *s, struct report *rep)
{
	int err = tidy(s);

	return err ? failed(rep, err, "what a stop left there cannot be removed") : 0;
}

static int next_id(struct site *s, unsigned *ret, struct report *rep)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	struct host_names names = { 0 };
	unsigned most = 0;
	int r = host_list(s->host, JOURNAL_DIR "/journal", &a, &names);

	if (r < 0)
		return report_refuse(rep, -r, REPORT_NOWHERE, "/" JOURNAL_DIR "/journal: cannot be read");
	if (names.n >= JOURNAL_MAX)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE,
				     "/" JOURNAL_DIR "/journal: %zu transactions; move old ones away", names.n);
	for (size_t i = 0; i < names.n; i++) {
		unsigned long id = strtoul(names.v[i], NULL, 10);

		if (id > most && id < 999999999)
			most = (unsigned)id;
	}
	*ret = most + 1;
	return 0;
}

/* 0, or an errno. */
static int make(struct site *s, const char *plan, const char *line)
{
	_cleanup_(fd_close) int dir = -1;
	int err;

	if (mkdirat(s->journal, NEW, 0700) < 0)
		return errno;
	dir = journal_folder(s, NEW);
	if (dir < 0)
		return errno;
	err = new_file(dir, "plan.json", plan);
	if (!err)
		err = new_file(dir, "log", line);
	return !err && fsync(dir) < 0 ? errno : err;
}

static char *plan_text(const struct plan *p)
{
	json_t *top = plan_to_json(p);
	char *text = top ? json_dumps(top, JSON_INDENT(1)) : NULL;

	json_decref(top);
	return text;
}

static int publish(struct site *s, unsigned id)
{
	char name[JOURNAL_PATH];
	int err;

	snprintf(name, sizeof(name), "%04u", id);
	if (renameat(s->journal, NEW, s->journal, name) < 0)
		return errno;
	if (fsync(s->journal) == 0)
		return 0;
	err = errno;
	return renameat(s->journal, name, s->journal, NEW) < 0 ? errno : err;
}

int journal_begin(struct site *s, const struct plan *p, unsigned *ret_id, struct report *rep)
{
	_cleanup_(arena_done) struct arena a = { 0 };
	struct report unheard = { 0 };
	struct record begin = { .kind = RECORD_BEGIN, .seconds = p->guard_seconds };
	_cleanup_(json_free_text) char *line = NULL, *plan = plan_text(p);
	unsigned id = 0;
	int r = journal_tidy(s, rep), err;

	begin.boot = journal_boot_id(s->host, &a);
	line = line_of(&begin);
	if (r == 0)
		r = next_id(s, &id, rep);
	if (r < 0)
		return r;
	if (!plan || !line)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory for the journal");
	if (strlen(plan) > JOURNAL_BYTES)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "the plan is larger than %zu MiB",
				     JOURNAL_BYTES >> 20);
	err = make(s, plan, line);
	if (!err)
		err = publish(s, id);
	if (err && journal_tidy(s, &unheard) < 0)
		return failed(rep, err, "a transaction cannot be begun, and what there is of it cannot be removed");
	if (err)
		return failed(rep, err, "a transaction cannot be begun");
	*ret_id = id;
	return 0;
}
