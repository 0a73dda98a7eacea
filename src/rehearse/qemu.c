// SPDX-License-Identifier: GPL-2.0-or-later
/* qemu.c - finding QEMU, and asking it what it is. It is a program of the user's, but its words are read as a
 * stranger's. */
#include "rehearse/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "rehearse/child.h"
#include "rehearse/qemu_ask.h"

#define PATIENCE_MS 10000

/* ---- asking ------------------------------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Into @buf what fits, up to the end of its words; the rest is read and forgotten. False: the time is over. */
static bool listen_to_the_end(int fd, char *buf, size_t room, int64_t deadline)
{
	char part[4096];
	size_t n = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - now_ms();
		ssize_t got;
		size_t fits;

		if (left <= 0)
			return false;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		got = read(fd, part, sizeof(part));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return true;
		fits = (size_t)got < room - 1 - n ? (size_t)got : room - 1 - n;
		memcpy(buf + n, part, fits);
		n += fits;
		buf[n] = '\0';
	}
}

int qemu_ask(const char *path, const char *const *words, int patience_ms, char *buf, size_t room, int *ret_status,
	     struct report *rep)
{
	const char *argv[8] = { path };
	struct child c;
	int ends[2], r;
	bool whole;

	for (size_t i = 0; words[i] && i + 2 < ARRAY_SIZE(argv); i++)
		argv[i + 1] = words[i];
	buf[0] = '\0';
	if (pipe2(ends, O_CLOEXEC) < 0)
		return report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "no pipe: %s", strerror(errno));
	r = child_start(&(struct child_setup) { .path = path, .argv = argv, .out = ends[1] }, &c, rep);
	close(ends[1]);
	if (r < 0) {
		close(ends[0]);
		return r;
	}
	whole = listen_to_the_end(ends[0], buf, room, now_ms() + patience_ms);
	*ret_status = child_end(&c);
	close(ends[0]);
	if (!whole)
		return report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "%.100s %.40s does not end within %d seconds",
				     path, words[0], patience_ms / 1000);
	return 0;
}

/* ---- its version -------------------------------------------------------------------------------------------- */

static bool number(struct span *s, unsigned *ret)
{
	uint64_t v;

	if (!text_digits(s, 10, &v) || v > 9999)
		return false;
	*ret = (unsigned)v;
	return true;
}

bool qemu_version_read(struct span said, struct qemu_program *ret)
{
	struct qemu_program q = *ret;
	struct span line;

	while (span_line(&said, &line)) {
		q.micro = 0;
		if (!text_skip(&line, "QEMU emulator version ") || !number(&line, &q.major) ||
		    !text_skip(&line, ".") || !number(&line, &q.minor))
			continue;
		if (text_skip(&line, ".") && !number(&line, &q.micro))
			continue;
		*ret = q;
		return true;
	}
	return false;
}

static int version_ask(struct qemu_program *q, struct report *rep)
{
	static const char *const words[] = { "--version", NULL };
	char said[4096], first[100];
	struct span rest, line = { NULL, 0 };
	int status, r;

	r = qemu_ask(q->path, words, PATIENCE_MS, said, sizeof(said), &status, rep);
	if (r < 0)
		return r;
	rest = span_str(said);
	if (qemu_version_read(rest, q))
		return 0;
	if (!span_line(&rest, &line))
		return report_refuse(rep, IGD_EIO, REPORT_NOWHERE,
				     "%.120s says nothing when it is asked for its --version; is it QEMU?", q->path);
	text_copy(line, first, sizeof(first));
	return report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "%.80s does not answer --version as QEMU does: \"%s\"",
			     q->path, first);
}

/* ---- finding ------------------------------------------------------------------------------------------------ */

/* 0, or why not: ENOENT, EACCES, ... */
static int runnable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return access(path, X_OK) < 0 ? errno : 0;
}

/* @folder/@name into @q, from the root on; false when that is too long. */
static bool path_make(struct qemu_program *q, struct span folder, const char *name)
{
	char here[PATH_MAX] = "";
	int n;

	if ((folder.n == 0 || folder.p[0] != '/') && !getcwd(here, sizeof(here)))
		return false;
	n = snprintf(q->path, sizeof(q->path), "%s%s%.*s%s%s", here, *here ? "/" : "", (int)folder.n,
		     folder.n ? (const char *)folder.p : "", folder.n ? "/" : "", name);
	return n > 0 && (size_t)n < sizeof(q->path);
}

/* Look through PATH as a shell does. 0, or ENOENT or EACCES. */
static int path_search(const char *name, struct qemu_program *q)
{
	const char *all = getenv("PATH");
	struct span rest = span_str(all && *all ? all : "/usr/local/bin:/usr/bin:/bin"), folder;
	int why = ENOENT, one;

	for (bool more = true; more;) {
		more = text_until(&rest, ":", &folder);
		if (!path_make(q, more ? folder : rest, name))
			continue;
		one = runnable(q->path);
		if (one == 0)
			return 0;
		if (one == EACCES)
			why = EACCES;
	}
	return why;
}

static int find_named(const char *name, struct qemu_program *q)
{
	if (!strchr(name, '/'))
		return path_search(name, q);
	if (name[0] != '/')
		return path_make(q, (struct span) { NULL, 0 }, name) ? runnable(q->path) : ENOENT;
	if (strlen(name) >= sizeof(q->path))
		return ENOENT;
	memcpy(q->path, name, strlen(name) + 1);
	return runnable(q->path);
}

/* Debian, Fedora and Arch have the first, Proxmox the first and the second, RHEL the third. */
static int find_any(struct qemu_program *q)
{
	static const char *const names[] = { "qemu-system-x86_64", "kvm", "/usr/libexec/qemu-kvm" };
	int why = ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int one = find_named(names[i], q);

		if (one == 0)
			return 0;
		if (one == EACCES)
			why = EACCES;
	}
	return why;
}

int qemu_find(const char *name, struct qemu_program *ret, struct report *rep)
{
	struct qemu_program q = { .path = "" };
	int why = name ? find_named(name, &q) : find_any(&q), r;

	if (why == EACCES)
		return report_refuse(rep, IGD_EACCES, REPORT_NOWHERE, "%.150s is not a program that you may start",
				     name ? name : "the QEMU that is installed");
	if (why && name)
		return report_refuse(rep, IGD_ENOENT, REPORT_NOWHERE, "there is no program %.120s: %s", name,
				     strerror(why));
	if (why)
		return report_refuse(rep, IGD_ENOENT, REPORT_NOWHERE,
				     "no QEMU is installed: there is no qemu-system-x86_64 and no kvm in PATH; "
				     "install it (Debian: qemu-system-x86), or name one with --qemu");
	r = version_ask(&q, rep);
	if (r == 0)
		*ret = q;
	return r;
}

/* ---- can it rehearse ---------------------------------------------------------------------------------------- */

#define HOW                                                                                            \
	("install 10.1.1 or newer (Debian 13: from trixie-backports; Debian 12: unpack that one in a " \
	 "folder of its own and name it with --qemu; Proxmox VE: pve-qemu-kvm 10.1.2)")

static bool older(const struct qemu_program *q, unsigned major, unsigned minor, unsigned micro)
{
	if (q->major != major)
		return q->major < major;
	return q->minor != minor ? q->minor < minor : q->micro < micro;
}

int qemu_can_rehearse(const struct qemu_program *q, struct report *rep)
{
	static const char *const words[] = { "-device", "vfio-user-pci,help", NULL };
	char said[4096];
	int status = 0, r;

	if (older(q, 10, 1, 1))
		return report_refuse(
			rep, IGD_EVERSION, REPORT_NOWHERE, "QEMU %u.%u.%u %s: %s", q->major, q->minor, q->micro,
			older(q, 10, 1, 0) ? "has no vfio-user-pci" : "gives each vfio-user device class 0", HOW);
	r = qemu_ask(q->path, words, PATIENCE_MS, said, sizeof(said), &status, rep);
	if (r < 0)
		return r;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !text_has(span_str(said), "socket="))
		return report_refuse(rep, IGD_EVERSION, REPORT_NOWHERE,
				     "%.80s (%u.%u.%u) was built without the device vfio-user-pci; name a QEMU that "
				     "has it with --qemu (Debian's and Proxmox' have it from 10.1.1 on)",
				     q->path, q->major, q->minor, q->micro);
	return 0;
}
