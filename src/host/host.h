/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host.h - the only reader of a machine's files.
 *
 * A host is a tree of names: the live system, a folder that holds another one, or a capture archive
 * held in memory. The readers above see no difference. Paths are relative to the root of the tree
 * and without a leading slash: "proc/cmdline".
 *
 * A symbolic link is followed inside the tree only (openat2 with RESOLVE_IN_ROOT): an absolute link
 * or one with ".." can never leave it. Only regular files are read, at most @max bytes of them, and
 * never in a way that can wait for somebody (a FIFO is "not a regular file").
 *
 * With host_record() a host remembers every name that was asked for and what came back: exactly that
 * becomes a capture, so a capture answers every question its machine could answer.
 */
#pragma once

#include "base/arena.h"
#include "base/report.h"
#include "base/span.h"

struct host;

#define HOST_TEXT_MAX  ((size_t)64 * 1024)	   /* enough for a sysfs or small /etc file */
#define HOST_FILE_MAX  ((size_t)16 * 1024 * 1024)  /* the largest file a reader asks for */
#define HOST_TREE_MAX  ((size_t)256 * 1024 * 1024) /* unpacked size of a capture */
#define HOST_NAMES_MAX 65536			   /* entries of one folder, and of one capture */
#define HOST_LINKS_MAX 40			   /* symbolic links followed for one path, as Linux has it */
#define HOST_DEPTH_MAX 64			   /* folders in one another */
#define HOST_PATH_MAX  4096			   /* bytes of a path with its final zero */

#define HOST_MANIFEST "igdctl-capture.json" /* first entry of a capture of ours; see capture.h */

/* Open the tree below @dir ("/" for the live machine). -IGD_ENOENT, -IGD_EACCES, -IGD_EIO. */
int host_open_root(const char *dir, struct host **ret, struct report *rep) _must_check_;

/*
 * Open a capture: a tar archive, as it is or packed by gzip, bzip2, xz or zstd, which holds a tree with
 * sys/, proc/ or etc/ at its top or one folder below, or the manifest of a capture of ours. Entries with
 * absolute names, "..", devices, FIFOs, names that come twice and hard links out are refused. A tree
 * without our manifest is accepted, with a note.
 * -IGD_EMAGIC (no such archive, or no machine in it), -IGD_EPATH, -IGD_ELIMIT, -IGD_ETRUNC, -IGD_ESUM,
 * -IGD_ELENGTH, -IGD_EVERSION; -IGD_ENOENT, -IGD_EACCES, -IGD_EIO when the file itself cannot be read.
 */
int host_open_capture(const char *file, struct host **ret, struct report *rep) _must_check_;

/* The same for bytes in memory, which must outlive the host. @name is what messages call them. */
int host_open_capture_memory(struct span packed, const char *name, struct host **ret,
			     struct report *rep) _must_check_;

void host_free(struct host *h);
static inline void host_freep(struct host **h)
{
	host_free(*h);
}

bool host_is_live(const struct host *h);
bool host_is_capture(const struct host *h);
const char *host_name(const struct host *h); /* what the user named */

/* Is what this host answers what root sees? 1 yes, 0 no, -1 unknown: a folder, or an archive of somebody else. */
int host_as_root(const struct host *h);

/*
 * Read @path whole. 0 and @ret (bytes owned by @a, one NUL behind them that is not counted), or
 * -IGD_ENOENT, -IGD_EACCES, -IGD_EIO (also: not a regular file), -IGD_ELIMIT when longer than @max.
 * Says nothing in a report: absence is an answer.
 */
int host_read(struct host *h, const char *path, size_t max, struct arena *a, struct span *ret) _must_check_;

/*
 * At most the first @n bytes of a file, however long it is, of which the first @have.n are those of an earlier
 * answer: configuration space costs the machine time for each word that is read. A capture holds the most that was
 * asked for.
 */
int host_read_head(struct host *h, const char *path, struct span have, size_t n, struct arena *a,
		   struct span *ret) _must_check_;

/*
 * The same for a large file of which little matters: @separator cuts it into pieces, and only those that @keep wants
 * come back, each with its separator. A capture holds what came back, so the rest of the file stays at home.
 */
typedef bool (*host_keep)(void *ctx, struct span piece);
int host_read_some(struct host *h, const char *path, const char *separator, host_keep keep, void *ctx,
		   struct arena *a, struct span *ret) _must_check_;

/*
 * The kernel's log: of the live machine what the kernel still has of it (syslog(2), root only where dmesg_restrict is
 * set), else the file HOST_KLOG of the tree. A capture holds it under that name. Answers as host_read().
 */
#define HOST_KLOG "var/log/dmesg"
int host_klog(struct host *h, struct arena *a, struct span *ret) _must_check_;

/* The target of a symbolic link as text. -IGD_ENOENT when there is none or it is no link. */
int host_link(struct host *h, const char *path, struct arena *a, const char **ret) _must_check_;

struct host_names {
	/* Sorted by bytes, without "." and ".." and without names that hold control characters, which no
	 * system file has; owned by the arena. */
	const char **v;
	size_t n;
};
/* The names in a folder. -IGD_ENOENT, -IGD_EACCES, -IGD_ELIMIT. */
int host_list(struct host *h, const char *path, struct arena *a, struct host_names *ret) _must_check_;

/* Is it there (a file, folder or link that leads somewhere)? A negative code when that cannot be told. */
int host_has(struct host *h, const char *path) _must_check_;

/* Modification time, seconds since the epoch. Captures keep it. */
int host_mtime(struct host *h, const char *path, int64_t *ret) _must_check_;

/* Why a read was refused, for the .from of an unknown fact: "/proc/iomem: only root may read it",
 * "/etc/x: symbolic link leads out of the tree". @r is what the read answered; owned by @a, never NULL. */
const char *host_why(struct host *h, int r, const char *path, struct arena *a);

/* Remember everything asked from now on. */
void host_record(struct host *h);

/*
 * Everything remembered, in name order, under the names that links lead to; the links followed on the way
 * are entries of their own. Bytes and paths are owned by the host. .kind:
 *   'f' file         .bytes is its content
 *   'l' link         .bytes is its target
 *   'd' folder, "" the root; .code when it could not be listed; -IGD_EUSAGE when nobody asked for its names
 *   'n' name         of a file that was seen in a folder, or asked for, but not read
 *   '!' refused      .code says why; .there: the name exists all the same
 */
struct host_entry {
	const char *path;
	char kind;
	bool there;
	int code;
	struct span bytes;
	int64_t mtime;
};
int host_recorded(struct host *h, const struct host_entry **ret, size_t *n) _must_check_;
