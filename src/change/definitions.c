// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * definitions.c - OP_VM where somebody else keeps the definition and has to be asked.
 *
 * Proxmox reads a VM's file whenever it wants it, and writes it under a lock: we take the same one, the same way, and
 * never write while the definition says that somebody is at work on the VM. libvirt keeps what it read in memory and
 * writes its files itself: it is handed the new definition by virsh, and what it makes of it is what counts then.
 *
 * Sources: pve-common PVE/Tools.pm, lock_file_full (flock(2) of a file opened for appending, 10 seconds); qemu-server
 * PVE/QemuConfig.pm, config_file_lock, and PVE/AbstractConfig.pm, check_lock; virsh(1), define; libvirt 9.0, tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"
#include "change/work.h"

/* ---- Proxmox ------------------------------------------------------------------------------------------------- */

#define PVE_WAIT_TENTHS 100
#define PVE_LOCKS	"/var/lock/qemu-server"

/* "/etc/pve/qemu-server/100.conf" */
static struct span vmid_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct span rest = span_str(slash ? slash + 1 : path), id = rest;

	return text_until(&rest, ".conf", &id) ? id : span_str("");
}

/* Wait for it as long as Proxmox's own programs do. */
static int flock_wait(int fd)
{
	const struct timespec tenth = { 0, 100000000 };

	for (int i = 0; i < PVE_WAIT_TENTHS; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return errno;
		nanosleep(&tenth, NULL);
	}
	return EWOULDBLOCK;
}

/* 0 and the lock's descriptor, -1 where no Proxmox has run since the machine was started; closing it lets go. */
static int pve_lock(struct work *w, size_t i, int *ret)
{
	const char *path = w->plan->ops[i].target;
	struct span id = vmid_of(path);
	const char *lock = arena_printf(&w->a, PVE_LOCKS "/lock-%.*s.conf", (int)id.n, (const char *)id.p);
	int err;

	*ret = site_open_path(w->site, lock, O_WRONLY | O_APPEND | O_CREAT, 0644);
	if (*ret < 0)
		return errno == ENOENT ? 0 : site_refuse(w->rep, errno, lock, "cannot be opened");
	err = flock_wait(*ret);
	if (err == EWOULDBLOCK)
		return report_refuse(w->rep, IGD_EBUSY, REPORT_NOWHERE,
				     "%s: Proxmox is changing this VM and has its lock, %s; wait until it has ended",
				     path, lock);
	return err ? site_refuse(w->rep, err, lock, "cannot be locked") : 0;
}

/* Does the main part of the definition carry "lock:"? */
static bool is_locked(struct span text, struct span *ret)
{
	struct span line;

	while (span_line(&text, &line) && !text_starts(line, "[")) {
		if (!text_skip(&line, "lock:"))
			continue;
		*ret = text_trim(line);
		return true;
	}
	return false;
}

static int unlocked(struct work *w, size_t i)
{
	const char *path = w->plan->ops[i].target;
	struct file_state now;
	struct span what;
	int r = file_look(w->site, path, &w->a, &now, w->rep);

	if (r < 0 || !is_locked(now.bytes, &what))
		return r;
	return report_refuse(w->rep, IGD_EBUSY, REPORT_NOWHERE,
			     "%s: the VM is locked (%.*s); wait until that has ended, or qm unlock it", path,
			     (int)(what.n < 40 ? what.n : 40), (const char *)what.p);
}

/* Under the lock, and while no work on the VM is under way. */
static int pve_do(struct work *w, size_t i, int (*what)(struct work *, size_t))
{
	_cleanup_(fd_close) int lock = -1;
	int r = pve_lock(w, i, &lock);

	if (r == 0)
		r = unlocked(w, i);
	return r < 0 ? r : what(w, i);
}

static int pve_test(struct work *w, size_t i)
{
	return pve_do(w, i, way_file.test);
}

static int pve_prepare(struct work *w, size_t i, struct record *rec)
{
	return way_file.prepare(w, i, rec);
}

static int pve_act(struct work *w, size_t i)
{
	return pve_do(w, i, way_file.act);
}

static int pve_undo(struct work *w, size_t i)
{
	return pve_do(w, i, way_file.undo);
}

static int pve_conflict(struct work *w, size_t i, struct conflict *c)
{
	return way_file.conflict(w, i, c);
}

static int pve_test_undo(struct work *w, size_t i)
{
	return pve_do(w, i, way_file.test_undo);
}

const struct way way_pve = { pve_test, pve_prepare, pve_act, pve_undo, pve_conflict, pve_test_undo };

/* ---- libvirt ------------------------------------------------------------------------------------------------- */

static int look(struct work *w, size_t i, struct file_state *ret, char sha256[65])
{
	int r = file_look(w->site, w->plan->ops[i].target, &w->a, ret, w->rep);

	sha256[0] = '\0';
	if (r == 0 && ret->there)
		plan_sha256(ret->bytes, sha256);
	return r;
}

static int virsh_there(struct work *w)
{
	char path[HOST_PATH_MAX];

	return site_program(w->site, "virsh", path, w->rep);
}

static int libvirt_test(struct work *w, size_t i)
{
	const struct operation *op = &w->plan->ops[i];
	struct file_state now;
	char sha256[65];
	int r = look(w, i, &now, sha256);

	if (r < 0)
		return r;
	if (*sha256 && strcmp(sha256, w->steps[i].sha256) == 0)
		return 1; /* what libvirt made of this very plan */
	if (op->there != TRI_YES)
		return report_refuse(w->rep, IGD_EUSAGE, REPORT_NOWHERE,
				     "%s: the plan does not know what is there; make it on this machine, as root",
				     op->target);
	if (!file_is_before(op, &now))
		return report_refuse(w->rep, IGD_ECHANGED, REPORT_NOWHERE,
				     "%s: it was changed since the plan was made; make the plan again", op->target);
	return virsh_there(w);
}

static int libvirt_prepare(struct work *w, size_t i, struct record *rec)
{
	struct file_state now;
	char sha256[65];
	int r = look(w, i, &now, sha256);

	rec->there = true;
	rec->mode = now.mode;
	rec->uid = now.uid;
	rec->gid = now.gid;
	if (r == 0 && !file_is_before(&w->plan->ops[i], &now))
		return report_refuse(w->rep, IGD_ECHANGED, REPORT_NOWHERE,
				     "%s: it was changed since the plan was made; make the plan again",
				     w->plan->ops[i].target);
	return r;
}

/* libvirt.conf's uri_default may be another host's. */
static int define(struct work *w, size_t i, bool undo, struct span bytes)
{
	const char *file = work_keep(w, arena_printf(&w->a, "vm-%s%zu", undo ? "undo-" : "", i + 1), bytes);
	const char *const argv[] = { "virsh", "-c", "qemu:///system", "define", file, NULL };

	if (!file)
		return site_refuse(w->rep, errno, w->plan->ops[i].target,
				   "its definition cannot be kept for libvirt");
	return command_run(w, i, undo, argv);
}

static int libvirt_act(struct work *w, size_t i)
{
	struct file_state now;
	char sha256[65];
	int r = define(w, i, false, w->plan->ops[i].after);

	if (r == 0)
		r = look(w, i, &now, sha256);
	if (r == 0 && (!*sha256 || file_is_before(&w->plan->ops[i], &now)))
		return report_refuse(w->rep, IGD_EIO, REPORT_NOWHERE,
				     "%s: virsh said nothing, and the definition is %s", w->plan->ops[i].target,
				     *sha256 ? "as it was" : "not there");
	if (r == 0)
		w->steps[i].sha256 = arena_str(&w->a, sha256);
	return r;
}

/* As we left it, or unknown because a stop came between. */
static bool is_ours(const struct work *w, size_t i, const char *sha256)
{
	return !w->steps[i].did || strcmp(w->steps[i].sha256, sha256) == 0;
}

static int redefine(struct work *w, size_t i)
{
	struct file_state now;
	char sha256[65];
	int r = define(w, i, true, w->plan->ops[i].before);

	if (r == 0)
		r = look(w, i, &now, sha256);
	if (r == 0 && !file_is_before(&w->plan->ops[i], &now))
		report_note(w->rep, REPORT_NOWHERE, "%s: libvirt has the old definition, in other words",
			    w->plan->ops[i].target);
	return r;
}

/* Whether it is libvirt's wording of what we wrote, or somebody's of another day, nobody knows: a copy stays. */
static int redefine_aside(struct work *w, size_t i, const struct file_state *now)
{
	const char *copy = work_keep(w, arena_printf(&w->a, "edited-%zu", i + 1), now->bytes);
	int r;

	if (!copy)
		return UNDONE_KEPT;
	r = redefine(w, i);
	if (r < 0)
		return r;
	report_note(w->rep, REPORT_NOWHERE, "%s: as before; what was there when it was taken back is %s now",
		    w->plan->ops[i].target, copy);
	return UNDONE_ASIDE;
}

static int libvirt_undo(struct work *w, size_t i)
{
	struct file_state now;
	char sha256[65];
	int r = look(w, i, &now, sha256);

	if (r < 0 || file_is_before(&w->plan->ops[i], &now))
		return r;
	if (!is_ours(w, i, sha256))
		return UNDONE_KEPT;
	return w->steps[i].did ? redefine(w, i) : redefine_aside(w, i, &now);
}

static int libvirt_conflict(struct work *w, size_t i, struct conflict *c)
{
	const struct operation *op = &w->plan->ops[i];
	struct file_state now;
	char sha256[65];
	int r = look(w, i, &now, sha256);

	if (r < 0 || file_is_before(op, &now) || is_ours(w, i, sha256))
		return r;
	*c = (struct conflict) { .path = op->target,
				 .before = op->before,
				 .ours = op->after,
				 .now = now.bytes,
				 .there = now.there ? TRI_YES : TRI_NO };
	return 1;
}

static int libvirt_test_undo(struct work *w, _unused_ size_t i)
{
	return virsh_there(w);
}

const struct way way_libvirt = { libvirt_test, libvirt_prepare,	 libvirt_act,
				 libvirt_undo, libvirt_conflict, libvirt_test_undo };
