// SPDX-License-Identifier: GPL-2.0-or-later
#include "rehearse/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/le.h"
#include "host/exec.h"
#include "rehearse/child.h"

#ifndef MFD_NOEXEC_SEAL /* Linux 6.3 include/uapi/linux/memfd.h */
#define MFD_NOEXEC_SEAL 0x0008U
#endif

static int no(struct report *rep, const char *what)
{
	return report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "no %s for the rehearsal: %s", what, strerror(errno));
}

/* ---- memory files ------------------------------------------------------------------------------------------- */

static bool all_written(int fd, struct span s)
{
	struct span rest = s;

	while (rest.n > 0) {
		ssize_t n = write(fd, rest.p, rest.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || !span_from(rest, (size_t)n, &rest))
			return false;
	}
	return true;
}

/* Kernels before 6.3 do not know the flag, later ones may be told to insist on it (sysctl vm.memfd_noexec). */
static int memory_file_new(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd_above_standard(fd);
}

/* Nothing when @s is empty. */
static int memory_file(const char *name, struct span s, bool readonly, int *ret, struct report *rep)
{
	unsigned seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | (readonly ? F_SEAL_WRITE : 0);

	if (s.n == 0)
		return 0;
	*ret = memory_file_new(name);
	if (*ret < 0 || !all_written(*ret, s) || fcntl(*ret, F_ADD_SEALS, seals) < 0)
		return no(rep, "memory file");
	return 0;
}

static int stolen_file(uint64_t bytes, int *ret, struct report *rep)
{
	uint8_t le[8];

	le_put(le, bytes, sizeof(le));
	return bytes ? memory_file("igdctl-bdsm-size", SPAN_OF(le), true, ret, rep) : 0;
}

static int files_make(const struct rehearsal_setup *s, struct rehearsal_fds *f, struct report *rep)
{
	int r = memory_file("igdctl-code", s->code, s->vars.n > 0, &f->code, rep);

	if (r == 0)
		r = memory_file("igdctl-vars", s->vars, false, &f->vars, rep);
	if (r == 0)
		r = memory_file("igdctl-rom", s->rom, true, &f->rom, rep);
	if (r == 0)
		r = memory_file("igdctl-witness", s->witness, true, &f->witness, rep);
	if (r == 0)
		r = memory_file("igdctl-opregion", s->opregion, true, &f->opregion, rep);
	if (r == 0)
		r = stolen_file(s->stolen, &f->stolen, rep);
	return r;
}

/* ---- sockets ------------------------------------------------------------------------------------------------ */

/* A name in the folder @at, through /proc, so that a long path to the folder does not matter (unix(7): 107 bytes). */
static bool bound(int socket_fd, int at)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/socket", at);
	return bind(socket_fd, (const struct sockaddr *)&a, sizeof(a)) == 0;
}

/*
 * A socket has to be bound to be found. It is opened by its name, which then goes: QEMU connects through the opened
 * one. Before it listens nobody can connect.
 */
static bool socket_in(int folder, int *ret_listen, int *ret_path)
{
	*ret_listen = fd_above_standard(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	if (*ret_listen < 0 || !bound(*ret_listen, folder))
		return false;
	*ret_path = fd_above_standard(openat(folder, "socket", O_PATH | O_NOFOLLOW | O_CLOEXEC));
	if (unlinkat(folder, "socket", 0) < 0 || *ret_path < 0)
		return false;
	return listen(*ret_listen, 1) == 0;
}

static int socket_make(int *ret_listen, int *ret_path, struct report *rep)
{
	const char *base = getenv("TMPDIR");
	char *path;
	int why = 0;

	if (asprintf(&path, "%s/igdctl-XXXXXX", base && *base ? base : "/tmp") < 0)
		return no(rep, "memory");
	if (!mkdtemp(path)) {
		why = errno;
	} else {
		int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (folder < 0 || !socket_in(folder, ret_listen, ret_path))
			why = errno;
		if (folder >= 0)
			close(folder);
		rmdir(path);
	}
	free(path);
	errno = why;
	return why ? no(rep, "socket in TMPDIR, which is /tmp where it is not set,") : 0;
}

int stage_make(const struct rehearsal_setup *s, struct stage *ret, struct report *rep)
{
	int r = files_make(s, &ret->fds, rep);

	if (r == 0)
		r = socket_make(&ret->listen_igd, &ret->fds.igd, rep);
	if (r == 0 && s->lpc)
		r = socket_make(&ret->listen_lpc, &ret->fds.lpc, rep);
	return r;
}

/* ---- pipes -------------------------------------------------------------------------------------------------- */

/* Our end does not block; QEMU's does, so that a guest that talks waits for us. */
static bool pipe_make(int *ret_ours, int *ret_theirs)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	*ret_ours = fd_above_standard(ends[0]);
	*ret_theirs = fd_above_standard(ends[1]);
	return *ret_ours >= 0 && *ret_theirs >= 0 && fcntl(*ret_ours, F_SETFL, O_NONBLOCK) == 0;
}

static void pipes_drop(struct stage *s)
{
	stage_started(s);
	fd_drop(&s->hear_debug);
	fd_drop(&s->hear_serial);
	fd_drop(&s->hear_qemu);
}

int stage_pipes(struct stage *s, struct report *rep)
{
	pipes_drop(s);
	if (!pipe_make(&s->hear_debug, &s->fds.debug) || !pipe_make(&s->hear_serial, &s->fds.serial) ||
	    !pipe_make(&s->hear_qemu, &s->out))
		return no(rep, "pipe");
	return 0;
}

void stage_started(struct stage *s)
{
	fd_drop(&s->fds.debug);
	fd_drop(&s->fds.serial);
	fd_drop(&s->out);
}

void stage_done(struct stage *s)
{
	int *const fds[] = { &s->fds.code,   &s->fds.vars, &s->fds.rom, &s->fds.witness, &s->fds.opregion,
			     &s->fds.stolen, &s->fds.igd,  &s->fds.lpc, &s->listen_igd,	 &s->listen_lpc };

	pipes_drop(s);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fd_drop(fds[i]);
}
