// SPDX-License-Identifier: GPL-2.0-or-later
#include "scene.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tree.h"

#define GRUB	 "GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n"
#define GRUB_1	 "GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\n"
#define GRUB_2	 "GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on iommu=pt\"\n"
#define CMDLINE	 "root=/dev/sda1 quiet\n"
#define CMDLINE1 "root=/dev/sda1 quiet intel_iommu=on\n"
#define OPTIONS	 "options vfio-pci ids=8086:3e92\nsoftdep i915 pre: vfio-pci\n"
#define OPTIONS2 "options vfio-pci ids=8086:3e92,8086:a348\nsoftdep i915 pre: vfio-pci\n"
#define OLD	 "blacklist snd_hda_intel\n"
#define DRACUT	 "force_drivers+=\" vfio_pci \"\n"
#define VM	 "<domain><name>one</name></domain>\n"
#define UNIT	 "[Service]\nExecStart=/usr/bin/igdctl guard\n"
#define WANTS	 "[Unit]\nWants=igdctl-guard.service\n"
#define VM_1	 "<domain><name>one</name><devices><hostdev/></devices></domain>\n"

#define GRUB_CFG "boot/grub/grub.cfg"
#define INITRD	 "boot/initrd.img-6.1.0-18-amd64"
#define ENTRY	 "boot/loader/entries/one.conf"

static const char *const kernels[] = { "6.1.0-18-amd64", "6.12.57-amd64" };

/* An access list as the kernel keeps it (include/uapi/linux/posix_acl_xattr.h): version 2, then tag, rights and id of
 * the owner (6), of user 1000 (4), of the group (4), the mask (4) and others (0). */
static const unsigned char acl[] = {
	2,    0, 0, 0,			       /* version */
	1,    0, 6, 0, 0xff, 0xff, 0xff, 0xff, /* ACL_USER_OBJ */
	2,    0, 4, 0, 0xe8, 0x03, 0,	 0,    /* ACL_USER 1000 */
	4,    0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* ACL_GROUP_OBJ */
	0x10, 0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* ACL_MASK */
	0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, /* ACL_OTHER */
};

/* ---- what stands in for the programs ---- */

/* As programs do it that mean well: beside it, then in its place. @dies: half of it in place. @only: it is the only
 * place where a setting is kept; then they sync, while what can be made anew they leave to the kernel's own time. */
static int make(const char *root, const char *path, const char *text, bool dies, bool only)
{
	char full[PATH_MAX], beside[PATH_MAX + 8];
	size_t n = strlen(text);
	bool well;
	int fd;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	snprintf(beside, sizeof(beside), "%s.new", full);
	fd = open(dies ? full : beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return 1;
	well = write(fd, text, dies ? n / 2 : n) == (ssize_t)(dies ? n / 2 : n) && (!only || fsync(fd) == 0);
	close(fd);
	if (dies)
		return 128 + 9;
	if (well && rename(beside, full) == 0)
		return 0;
	unlink(beside); /* where that fails too it stays until the next run, which takes it along */
	return 1;
}

/* @text += what the file @path of @root holds, under its name. */
static void gather(const char *root, const char *path, char *text, size_t max)
{
	char *p = tree_get(root, path + (*path == '/'));
	size_t n = strlen(text);

	if (p)
		snprintf(text + n, max - n, "# %s\n%s", path, p);
	free(p);
}

static int update_grub(const struct scene *s, _unused_ const char *const *argv, bool dies)
{
	char text[8192] = "";

	gather(s->root, "etc/default/grub", text, sizeof(text));
	gather(s->root, "etc/kernel/real/cmdline", text, sizeof(text));
	return make(s->root, GRUB_CFG, text, dies, false);
}

static int wanted(const struct dirent *d)
{
	return d->d_name[0] != '.' && strstr(d->d_name, ".conf") != NULL;
}

static int update_initramfs(const struct scene *s, _unused_ const char *const *argv, bool dies)
{
	char text[8192] = "", path[PATH_MAX];
	struct dirent **v;
	int n;

	snprintf(path, sizeof(path), "%s/etc/modprobe.d", s->root);
	n = scandir(path, &v, wanted, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "etc/modprobe.d/%s", v[i]->d_name);
		gather(s->root, path, text, sizeof(text));
		free(v[i]);
	}
	if (n >= 0)
		free(v);
	gather(s->root, "etc/dracut.conf.d/more/90-igdctl.conf", text, sizeof(text));
	return make(s->root, INITRD, text, dies, false);
}

/* Of the words of one line, "--args=WORD" is there afterwards once and "--remove-args=WORD" not at all. */
static int grubby(const struct scene *s, const char *const *argv, bool dies)
{
	bool add = strncmp(argv[2], "--args=", 7) == 0;
	const char *word = strchr(argv[2], '=') + 1;
	char *was = tree_get(s->root, ENTRY), *save = NULL, text[1024] = "";
	size_t n = 0;

	for (char *w = was ? strtok_r(was, " \n", &save) : NULL; w; w = strtok_r(NULL, " \n", &save))
		if (strcmp(w, word) != 0)
			n += snprintf(text + n, sizeof(text) - n, "%s%s", n ? " " : "", w);
	snprintf(text + n, sizeof(text) - n, "%s%s\n", add ? " " : "", add ? word : "");
	free(was);
	return make(s->root, ENTRY, text, dies, true);
}

/* "add RELEASE IMAGE": the entry of that kernel. */
static int kernel_install(const struct scene *s, const char *const *argv, bool dies)
{
	char text[1024] = "", path[PATH_MAX];

	snprintf(path, sizeof(path), "boot/loader/entries/m-%s.conf", argv[2]);
	snprintf(text, sizeof(text), "linux %s\n", argv[2]);
	gather(s->root, "etc/kernel/real/cmdline", text, sizeof(text));
	return make(s->root, path, text, dies, false);
}

static const struct {
	const char *name;
	int (*run)(const struct scene *s, const char *const *argv, bool dies);
} programs[] = {
	{ "update-grub", update_grub },
	{ "update-initramfs", update_initramfs },
	{ "grubby", grubby },
	{ "kernel-install", kernel_install },
};

static int run(void *ctx, _unused_ struct site *site, const char *const *argv, int fd, _unused_ struct report *rep)
{
	struct scene *s = ctx;
	bool dies = s->dies && strcmp(s->dies, argv[0]) == 0;

	if (dies)
		s->dies = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (strcmp(programs[i].name, argv[0]) == 0) {
			if (fd >= 0 && write(fd, "Working.\n", 9) != 9)
				return 1;
			return programs[i].run(s, argv, dies);
		}
	return 127;
}

static int look(void *ctx, const struct promise *q, _unused_ struct arena *a, const char **ret_why)
{
	struct scene *s = ctx;
	char *text = tree_get(s->root, q->where + 1);
	bool there = text && strstr(text, q->what) && !(s->broken && strcmp(s->broken, q->what) == 0);
	bool kept = there != q->absent;

	free(text);
	*ret_why = kept ? "It is there." : "It is not there.";
	return kept ? 0 : 1;
}

struct change_hooks scene_hooks(struct scene *s)
{
	return (struct change_hooks) { .ctx = s, .run = run, .look = look };
}

/* ---- the machine ---- */

static const struct {
	const char *path, *text;
	unsigned mode;
} files[] = {
	{ "etc/default/grub", GRUB, 0640 },
	{ "etc/kernel/real/cmdline", CMDLINE, 0644 },
	{ "etc/modprobe.d/old.conf", OLD, 0600 },
	{ "etc/modprobe.d/other.conf", "options snd power_save=1\n", 0644 },
	{ "srv/vms/one.xml", VM, 0600 },
	{ ENTRY, "options quiet\n", 0644 },
	{ "var/lib/other", NULL, 0755 },
	{ "boot/grub/fonts", NULL, 0755 },
	{ "usr/sbin/update-grub", "#!/bin/sh\n", 0755 },
	{ "usr/sbin/update-initramfs", "#!/bin/sh\n", 0755 },
	{ "usr/sbin/grubby", "#!/bin/sh\n", 0755 },
	{ "usr/bin/kernel-install", "#!/bin/sh\n", 0755 },
	{ "lib/modules/6.1.0-18-amd64/vmlinuz", "MZ", 0644 },
	{ "lib/modules/6.12.57-amd64/vmlinuz", "MZ", 0644 },
	{ "proc/sys/kernel/random/boot_id", "4d2b1d1e-0000-4000-8000-000000000001\n", 0444 },
};

void scene_make(const char *root)
{
	struct scene s = { .root = root };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		tree_put(root, files[i].path, files[i].text, files[i].mode);
	snprintf(path, sizeof(path), "%s/etc/kernel/cmdline", root);
	if (symlink("real/cmdline", path) != 0)
		abort();
	snprintf(path, sizeof(path), "%s/etc/default/grub", root);
	if (geteuid() == 0 && chown(path, 1234, 5678) != 0)
		abort();
	lsetxattr(path, "system.posix_acl_access", acl, sizeof(acl), 0); /* a disk without them: then none */
	if (update_grub(&s, NULL, false) || update_initramfs(&s, NULL, false))
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		const char *const add[] = { "kernel-install", "add", kernels[i], NULL };

		if (kernel_install(&s, add, false))
			abort();
	}
}

void scene_edit(const char *root)
{
	char *was = tree_get(root, "etc/default/grub"), text[1024], path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/etc/default/grub", root);
	snprintf(text, sizeof(text), "%sGRUB_THEME=mine\n", was);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
	free(was);
}

/* What a boot goes by. */
static const char *const at_boot[] = { "etc/modprobe.d/igdctl.conf",
				       "etc/modprobe.d/old.conf",
				       GRUB_CFG,
				       INITRD,
				       ENTRY,
				       "boot/loader/entries/m-6.1.0-18-amd64.conf",
				       "boot/loader/entries/m-6.12.57-amd64.conf" };

static bool holds(const char *root, const char *path, const char *text)
{
	char *is = tree_get(root, path + (*path == '/'));
	bool yes = is && strcmp(is, text) == 0;

	free(is);
	return yes;
}

const char *scene_unguarded(const char *root, const char *old)
{
	bool guarded = holds(root, PLAN_GUARD_UNIT, UNIT) && holds(root, PLAN_GUARD_WANTS, WANTS);

	for (size_t i = 0; !guarded && i < ARRAY_SIZE(at_boot); i++) {
		char *was = tree_get(old, at_boot[i]), *is = tree_get(root, at_boot[i]);
		bool same = was && is ? strcmp(was, is) == 0 : !was && !is;

		free(was);
		free(is);
		if (!same)
			return at_boot[i];
	}
	return NULL;
}

/* ---- the plans ---- */

static const char *const run_initramfs[] = { "update-initramfs", "-u", "-k", "all", NULL };
static const char *const run_install[] = { "kernel-install", "add", "%K", "/lib/modules/%K/vmlinuz", NULL };
static const char *const run_grub[] = { "update-grub", NULL };
static const char *const run_grubby[] = { "grubby", "--update-kernel=ALL", "--args=intel_iommu=on", NULL };
static const char *const undo_grubby[] = { "grubby", "--update-kernel=ALL", "--remove-args=intel_iommu=on", NULL };

static void put_while(struct plan *p, enum op_kind kind, const char *path, const char *before, const char *after,
		      const char *meanwhile)
{
	const struct operation op = {
		.kind = kind,
		.target = path,
		.there = before ? TRI_YES : TRI_NO,
		.before = span_str(before ? before : ""),
		.after = span_str(after ? after : ""),
		.gone = !after,
		.meanwhile = meanwhile,
		.mode = before ? 0 : 0644,
		.reason = "iommu.off",
		.says = "The test wants it.",
	};

	if (!plan_add(p, &op))
		abort();
}

static void put(struct plan *p, enum op_kind kind, const char *path, const char *before, const char *after)
{
	put_while(p, kind, path, before, after, NULL);
}

static void command(struct plan *p, const char *target, const char *const *argv, const char *const *inverse)
{
	const struct operation op = {
		.kind = OP_RUN,
		.target = target,
		.argv = argv,
		.inverse = inverse,
		.reason = "iommu.off",
		.says = "The test wants it.",
	};

	if (!plan_add(p, &op))
		abort();
}

static void promise(struct plan *p, enum promise_kind kind, const char *where, const char *what)
{
	const struct promise q = { .kind = kind, .where = where, .what = what, .reason = "iommu.off" };

	if (!plan_promise(p, &q))
		abort();
}

void scene_plan(int which, struct arena *a, struct plan *ret)
{
	*ret = (struct plan) { .arena = a, .mode = MODE_UEFI };
	if (which != 2) {
		put(ret, OP_WRITE, PLAN_GUARD_UNIT, NULL, UNIT);
		put(ret, OP_WRITE, PLAN_GUARD_WANTS, NULL, WANTS);
		put(ret, OP_WRITE, "/etc/modprobe.d/igdctl.conf", NULL, OPTIONS);
		put(ret, OP_WRITE, "/etc/default/grub", GRUB, GRUB_1);
		put(ret, OP_WRITE, "/etc/kernel/cmdline", CMDLINE, CMDLINE1);
		put(ret, OP_WRITE, "/etc/modprobe.d/old.conf", OLD, NULL);
		put(ret, OP_WRITE, "/etc/dracut.conf.d/more/90-igdctl.conf", NULL, DRACUT);
		put_while(ret, OP_WRITE, "/etc/kernel/words", NULL, CMDLINE1, CMDLINE);
		put(ret, OP_VM, "/srv/vms/one.xml", VM, VM_1);
		if (which == 3)
			return;
		command(ret, "the initramfs of all kernels", run_initramfs, NULL);
		command(ret, "boot entries", run_grubby, undo_grubby);
		command(ret, "the boot entries of all kernels", run_install, NULL);
		command(ret, "/boot/grub/grub.cfg", run_grub, NULL);
		promise(ret, PROMISE_ENTRY, "/" GRUB_CFG, "intel_iommu=on");
		promise(ret, PROMISE_IMAGE, "/" INITRD, "etc/modprobe.d/igdctl.conf");
		return;
	}
	put(ret, OP_WRITE, "/etc/modprobe.d/igdctl.conf", OPTIONS, OPTIONS2);
	put(ret, OP_WRITE, "/etc/default/grub", GRUB_1, GRUB_2);
	command(ret, "/boot/grub/grub.cfg", run_grub, NULL);
	promise(ret, PROMISE_ENTRY, "/" GRUB_CFG, "iommu=pt");
}
