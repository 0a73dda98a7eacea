// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "host/host.h"

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define UNPACK_MAX ((size_t)4 * 1024 * 1024)
#else
#define UNPACK_MAX HOST_TREE_MAX
#endif

struct grown {
	uint8_t *p;
	size_t n, room;
};

static void grown_done(struct grown *g)
{
	free(g->p);
}

static bool grown_add(struct grown *g, const void *p, size_t n)
{
	size_t room = g->room;
	uint8_t *bigger;

	if (n == 0)
		return true;
	if (n > room - g->n) {
		while (room < g->n + n)
			room = room ? 2 * room : (size_t)64 * 1024;
		bigger = realloc(g->p, room);
		if (!bigger)
			return false;
		g->p = bigger;
		g->room = room;
	}
	memcpy(g->p + g->n, p, n);
	g->n += n;
	return true;
}

static void unpacker_done(struct archive **a)
{
	archive_read_free(*a);
}

/* The format "raw" knows no entries: one stream of bytes, whatever they are. */
static struct archive *unpacker_new(struct span packed)
{
	_cleanup_(unpacker_done) struct archive *a = archive_read_new();
	struct archive_entry *e;

	if (!a || archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
	    archive_read_support_filter_bzip2(a) != ARCHIVE_OK || archive_read_support_filter_xz(a) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(a) != ARCHIVE_OK || archive_read_support_format_raw(a) != ARCHIVE_OK ||
	    archive_read_open_memory(a, packed.p, packed.n) != ARCHIVE_OK ||
	    archive_read_next_header(a, &e) != ARCHIVE_OK)
		return NULL;
	/* libarchive would unpack a packed file in a packed file, for ever: the count has "none" in it */
	if (archive_filter_count(a) != 2)
		return NULL;
	return TAKE_PTR(a);
}

static int refuse_broken(struct archive *a, size_t at, struct report *rep)
{
	const char *says = archive_error_string(a);
	bool cut = says && (strcasestr(says, "truncated") || strcasestr(says, "premature"));

	return report_refuse(rep, cut ? IGD_ETRUNC : IGD_EMAGIC, at, "the packed stream is %s",
			     cut ? "cut short" : "damaged");
}

/* Everything that comes out of @a, into @g. */
static int unpack_all(struct archive *a, struct grown *g, struct report *rep)
{
	const void *block;
	la_int64_t at;
	size_t n;
	int r;

	while ((r = archive_read_data_block(a, &block, &n, &at)) == ARCHIVE_OK) {
		if (n > UNPACK_MAX - g->n)
			return report_refuse(rep, IGD_ELIMIT, (uint64_t)archive_filter_bytes(a, -1),
					     "it unpacks to more than %zu MiB", UNPACK_MAX >> 20);
		if (!grown_add(g, block, n))
			return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory");
	}
	return r == ARCHIVE_EOF ? 0 : refuse_broken(a, (size_t)archive_filter_bytes(a, -1), rep);
}

int unpack(struct span packed, uint8_t **owned, struct span *ret, struct report *rep)
{
	struct archive *a = packed.n ? unpacker_new(packed) : NULL;
	struct grown g = { 0 };
	int r;

	if (!a)
		return report_refuse(rep, IGD_EMAGIC, 0,
				     "no capture: neither a tar archive nor one packed by gzip, bzip2, xz or zstd");
	r = unpack_all(a, &g, rep);
	archive_read_free(a);
	if (r < 0) {
		free(g.p);
		return r;
	}
	*ret = (struct span) { g.p, g.n };
	*owned = g.p;
	return 0;
}

static int code_of(int err)
{
	return err == ENOENT || err == ENOTDIR ? IGD_ENOENT : err == EACCES || err == EPERM ? IGD_EACCES : IGD_EIO;
}

int unpack_file(const char *file, uint8_t **owned, struct span *ret, struct report *rep)
{
	_cleanup_(fd_close) int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_(grown_done) struct grown g = { 0 };
	struct stat st;
	ssize_t got;

	if (fd < 0 || fstat(fd, &st) < 0)
		return report_refuse(rep, code_of(errno), REPORT_NOWHERE, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return report_refuse(rep, IGD_EIO, REPORT_NOWHERE, "not a regular file");
	if ((uint64_t)st.st_size > HOST_TREE_MAX)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "larger than %zu MiB", HOST_TREE_MAX >> 20);
	g.room = (size_t)st.st_size + 1;
	g.p = malloc(g.room);
	if (!g.p)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory");
	while (g.n < g.room && (got = read(fd, g.p + g.n, g.room - g.n)) != 0) {
		if (got < 0 && errno != EINTR)
			return report_refuse(rep, IGD_EIO, g.n, "%s", strerror(errno));
		g.n += got > 0 ? (size_t)got : 0;
	}
	*ret = (struct span) { g.p, g.n };
	*owned = TAKE_PTR(g.p);
	return 0;
}
