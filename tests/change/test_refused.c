// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_refused.c - machines on which a plan cannot be carried out, or not in the ordinary way: refused with nothing
 * changed, or handled, or undone; never with something lost.
 *
 * Each case has a process of its own, with mounts of its own where it needs them. Without the right to mount such a
 * case is skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "scene.h"
#include "tree.h"

static char base[256], root[PATH_MAX];
static struct report said;
static struct tree old;

static char *in(const char *path)
{
	static char paths[4][PATH_MAX * 2];
	static unsigned next;
	char *p = paths[next++ % ARRAY_SIZE(paths)];

	snprintf(p, sizeof(paths[0]), "%s/%s", root, path);
	return p;
}

static void remember(void)
{
	tree_done(&old);
	old = tree_read(root, JOURNAL_DIR);
}

static int setup(_unused_ void **state)
{
	snprintf(base, sizeof(base), "%s/igdctl-refused-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(base));
	snprintf(root, sizeof(root), "%s/root", base);
	assert_int_equal(mkdir(root, 0755), 0);
	scene_make(root);
	remember();
	return 0;
}

static int teardown(_unused_ void **state)
{
	tree_done(&old);
	tree_remove(base);
	return 0;
}

static void assert_as_before(void)
{
	struct tree is = tree_read(root, JOURNAL_DIR);
	const char *why = tree_differs(&old, &is);

	if (why)
		print_message("%s\n", why);
	assert_null(why);
	tree_done(&is);
}

static void assert_text(const char *path, const char *wanted)
{
	char *is = tree_get(root, path);

	assert_non_null(is);
	assert_string_equal(is, wanted);
	free(is);
}

static void assert_holds(const char *path, const char *word)
{
	char *is = tree_get(root, path);

	assert_non_null(is);
	assert_non_null(strstr(is, word));
	free(is);
}

static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(in(path), &st), 0);
	return st.st_size;
}

/* ---- acts ---- */

struct job {
	struct change_hooks hooks;
	bool real; /* run what the machine has, not the stand-ins */
};

static struct scene scene = { .root = root };

static int apply_with(const struct job *job)
{
	struct change_hooks hooks = scene_hooks(&scene);
	struct site *site = NULL;
	struct arena a = { 0 };
	struct plan plan;
	unsigned id;
	int r;

	said = (struct report) { 0 };
	hooks.say = job->hooks.say;
	if (job->hooks.run)
		hooks.run = job->hooks.run;
	if (job->real)
		hooks.run = NULL;
	scene_plan(1, &a, &plan);
	r = site_open(root, true, &site, &said);
	if (r == 0) {
		r = change_apply(site, &plan, &hooks, &id, &said);
		site_free(site);
	}
	arena_done(&a);
	return r;
}

static int apply(void)
{
	return apply_with(&(struct job) { 0 });
}

static int revert(bool keep, size_t *n_found)
{
	struct change_hooks hooks = scene_hooks(&scene);
	struct conflicts found = { 0 };
	struct site *site = NULL;
	struct arena a = { 0 };
	int r;

	said = (struct report) { 0 };
	r = site_open(root, false, &site, &said);
	if (r == 0) {
		r = change_revert(site, 1, keep ? EDITS_KEEP : EDITS_REFUSE, "revert", &hooks, &a, &found, &said);
		site_free(site);
	}
	if (n_found)
		*n_found = found.n;
	arena_done(&a);
	return r;
}

/* Refused with this code and with words; nothing changed, and nothing left for the next start. */
static void assert_refused(int r, int code)
{
	struct change_hooks hooks = scene_hooks(&scene);
	struct site *site = NULL;
	unsigned n = 0;

	if (r != -code)
		print_message("%d: %s\n", r, said.refusal.text);
	assert_int_equal(r, -code);
	assert_true(said.refusal.text[0] != '\0');
	assert_as_before();
	if (site_open(root, false, &site, NULL) == 0) {
		assert_int_equal(change_recover(site, &hooks, &n, NULL), CHANGE_NOTHING);
		site_free(site);
	}
	assert_as_before();
}

static void assert_outcome(int r, enum change_outcome wanted)
{
	if (r != (int)wanted)
		print_message("%d: %s\n", r, said.refusal.text);
	assert_int_equal(r, (int)wanted);
}

/* ---- mounts, in a process of their own ---- */

#define NO_RIGHT 77 /* exit status of a child that may not mount */

static void own_mounts(void)
{
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		_exit(NO_RIGHT);
}

static void mounted(const char *what, const char *type, const char *path, unsigned long flags, const char *options)
{
	if (mount(what, path, type, flags, options) == 0)
		return;
	print_message("mounting %s on %s: %s\n", type ? type : what, path, strerror(errno));
	_exit(NO_RIGHT);
}

/* Its assertions end the child with a status other than 0: cmocka's own jump would go on in it as the test. */
static void apart(void (*body)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		own_mounts();
		if (setenv("CMOCKA_TEST_ABORT", "1", 1) == 0)
			body();
		fflush(stdout);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_RIGHT) {
		print_message("this user may not mount here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* ---- the cases ---- */

static void test_well(_unused_ void **state)
{
	assert_outcome(apply(), CHANGE_DONE);
	assert_holds("boot/grub/grub.cfg", "intel_iommu=on");
	assert_outcome(apply(), CHANGE_NOTHING);
	assert_outcome(revert(false, NULL), CHANGE_DONE);
	assert_as_before();
}

/* While one has the machine, another one is turned away at the door. */
static void test_two_at_once(_unused_ void **state)
{
	struct site *site = NULL;

	assert_int_equal(site_open(root, true, &site, NULL), 0);
	assert_refused(apply(), IGD_EBUSY);
	site_free(site);
	assert_outcome(apply(), CHANGE_DONE);
}

/* Four that start at the same moment: one does it, the others are refused or find it done. */
static void test_a_crowd(_unused_ void **state)
{
	int status, done = 0, gate[2];
	char c;

	assert_int_equal(pipe(gate), 0);
	for (int i = 0; i < 4; i++)
		if (fork() == 0) {
			int r;

			close(gate[1]);
			r = read(gate[0], &c, 1) == 0 ? apply() : -1;
			_exit(r == CHANGE_DONE						     ? 10
			      : r == CHANGE_NOTHING || r == -IGD_EBUSY || r == -IGD_ECHANGED ? 11
											     : 1);
		}
	close(gate[0]);
	close(gate[1]);
	while (wait(&status) > 0) {
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) >= 10);
		done += WEXITSTATUS(status) == 10;
	}
	assert_int_equal(done, 1);
	assert_outcome(revert(false, NULL), CHANGE_DONE);
	assert_as_before();
}

static void test_changed_since_the_plan(_unused_ void **state)
{
	scene_edit(root);
	remember();
	assert_refused(apply(), IGD_ECHANGED);
}

static void test_appeared_since_the_plan(_unused_ void **state)
{
	tree_put(root, "etc/modprobe.d/igdctl.conf", "options mine\n", 0644);
	remember();
	assert_refused(apply(), IGD_ECHANGED);
}

static void test_gone_since_the_plan(_unused_ void **state)
{
	assert_int_equal(unlink(in("etc/default/grub")), 0);
	remember();
	assert_refused(apply(), IGD_ECHANGED);
}

/* What was to be removed and is gone already was removed by somebody else: it does not come back. */
static void test_removed_already(_unused_ void **state)
{
	assert_int_equal(unlink(in("etc/modprobe.d/old.conf")), 0);
	assert_outcome(apply(), CHANGE_DONE);
	assert_outcome(revert(false, NULL), CHANGE_DONE);
	assert_int_not_equal(access(in("etc/modprobe.d/old.conf"), F_OK), 0);
	assert_int_not_equal(access(in("etc/modprobe.d/igdctl.conf"), F_OK), 0);
}

/* Somebody edits a file after all was tried and before its turn. */
static void edits_late(_unused_ void *ctx, enum change_phase phase, const struct operation *op, _unused_ int r)
{
	if (phase == PHASE_END && op && strcmp(op->target, "/etc/modprobe.d/igdctl.conf") == 0) {
		scene_edit(root);
		remember();
	}
}

static void test_changed_on_the_way(_unused_ void **state)
{
	struct tree first = tree_read(root, JOURNAL_DIR), is;

	assert_outcome(apply_with(&(struct job) { .hooks.say = edits_late }), CHANGE_UNDONE);
	assert_holds("etc/default/grub", "GRUB_THEME=mine");
	assert_int_equal(truncate(in("etc/default/grub"), size_of("etc/default/grub") - strlen("GRUB_THEME=mine\n")),
			 0);
	is = tree_read(root, JOURNAL_DIR);
	assert_null(tree_differs(&first, &is));
	tree_done(&first);
	tree_done(&is);
}

static void test_edited_after(_unused_ void **state)
{
	size_t n = 0;

	assert_outcome(apply(), CHANGE_DONE);
	scene_edit(root);
	remember();
	assert_refused(revert(false, &n), IGD_ECHANGED);
	assert_int_equal(n, 1);
	assert_outcome(revert(true, &n), CHANGE_DONE);
	assert_holds("etc/default/grub", "GRUB_THEME=mine");
	assert_holds("boot/grub/grub.cfg", "GRUB_THEME=mine");
	assert_int_not_equal(access(in("etc/modprobe.d/igdctl.conf"), F_OK), 0);
	assert_int_equal(access(in("etc/modprobe.d/old.conf"), F_OK), 0);
}

static void read_only_boot(void)
{
	mounted(in("boot"), NULL, in("boot"), MS_BIND, NULL);
	mounted(NULL, NULL, in("boot"), MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
	assert_refused(apply(), IGD_EIO);
}

static void test_read_only_boot(_unused_ void **state)
{
	apart(read_only_boot);
}

static void read_only_etc(void)
{
	mounted(in("etc"), NULL, in("etc"), MS_BIND, NULL);
	mounted(NULL, NULL, in("etc"), MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
	assert_refused(apply(), IGD_EIO);
}

static void test_read_only_etc(_unused_ void **state)
{
	apart(read_only_etc);
}

/* /boot as a small disk of its own, with the files that lay there. */
static void small_boot(void)
{
	tree_copy(in("boot"), in("srv/boot"));
	mounted("tmpfs", "tmpfs", in("boot"), 0, "size=4m,mode=755");
	tree_copy(in("srv/boot/grub"), in("boot/grub"));
	tree_copy(in("srv/boot/loader"), in("boot/loader"));
	tree_copy(in("srv/boot/initrd.img-6.1.0-18-amd64"), in("boot/initrd.img-6.1.0-18-amd64"));
	tree_remove(in("srv/boot"));
}

static void fill(void)
{
	int fd = open(in("boot/filler"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	char zeros[4096] = { 0 };

	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	close(fd);
}

static void full_esp(void)
{
	int r;

	small_boot();
	fill();
	remember();
	r = apply();
	if (r < 0)
		assert_refused(r, IGD_EIO);
	else
		assert_outcome(r, CHANGE_UNDONE);
	assert_as_before();
}

static void test_full_esp(_unused_ void **state)
{
	apart(full_esp);
}

/* There was room when it was tried, and there is none any more when the program wants it. */
static void fills_late(_unused_ void *ctx, enum change_phase phase, const struct operation *op, _unused_ int r)
{
	if (phase == PHASE_END && op && op->kind == OP_VM) {
		fill();
		remember();
	}
}

static void esp_fills_up(void)
{
	small_boot();
	assert_outcome(apply_with(&(struct job) { .hooks.say = fills_late }), CHANGE_HALFWAY);
	assert_int_equal(unlink(in("boot/filler")), 0);
	assert_outcome(revert(false, NULL), CHANGE_DONE);
	assert_text("etc/modprobe.d/old.conf", "blacklist snd_hda_intel\n");
	assert_int_not_equal(access(in("etc/modprobe.d/igdctl.conf"), F_OK), 0);
	assert_text("boot/loader/entries/one.conf", "options quiet\n");
}

static void test_esp_fills_up(_unused_ void **state)
{
	apart(esp_fills_up);
}

static void test_no_program(_unused_ void **state)
{
	assert_int_equal(unlink(in("usr/sbin/update-grub")), 0);
	remember();
	assert_refused(apply_with(&(struct job) { .real = true }), IGD_ENOENT);
}

static int vanished(_unused_ void *ctx, _unused_ struct site *s, _unused_ const char *const *argv, _unused_ int fd,
		    _unused_ struct report *rep)
{
	return 127;
}

/* The program is there and cannot be started: the files are taken back, and that nothing could be made anew is said.
 */
static void test_program_will_not_run(_unused_ void **state)
{
	assert_outcome(apply_with(&(struct job) { .hooks.run = vanished }), CHANGE_HALFWAY);
	assert_text("etc/modprobe.d/old.conf", "blacklist snd_hda_intel\n");
	assert_outcome(revert(false, NULL), CHANGE_DONE);
	assert_as_before();
}

/* A program that writes what no promise names, and fails before what one does: once, or on the way back as well. */
static int half_failures;

static int half_fails(void *ctx, struct site *site, const char *const *argv, int fd, struct report *rep)
{
	static const char kernel[] = "boot/vmlinuz-6.1.0-18-amd64";

	if (strcmp(argv[0], "update-initramfs") == 0 && half_failures-- > 0) {
		tree_put(root, kernel, "half", 0644);
		return 1;
	}
	if (strcmp(argv[0], "update-initramfs") == 0)
		tree_put(root, kernel, "kernel", 0644);
	return scene_hooks(ctx).run(ctx, site, argv, fd, rep);
}

static void test_half_fails(_unused_ void **state)
{
	tree_put(root, "boot/vmlinuz-6.1.0-18-amd64", "kernel", 0644);
	remember();
	half_failures = 1;
	assert_outcome(apply_with(&(struct job) { .hooks.run = half_fails }), CHANGE_UNDONE);
	assert_as_before();
	half_failures = 2;
	assert_outcome(apply_with(&(struct job) { .hooks.run = half_fails }), CHANGE_HALFWAY);
	assert_text("boot/vmlinuz-6.1.0-18-amd64", "half");
}

/* What was made larger fills the disk: that is no reason not to make it small again. */
static void full_on_the_way_back(void)
{
	small_boot();
	remember();
	assert_outcome(apply(), CHANGE_DONE);
	fill();
	assert_true(revert(false, NULL) != -IGD_EIO);
	assert_null(strstr(said.refusal.text, "make room"));
	assert_int_equal(unlink(in("boot/filler")), 0);
	assert_true(revert(false, NULL) <= CHANGE_NOTHING);
	assert_as_before();
}

static void test_full_on_the_way_back(_unused_ void **state)
{
	apart(full_on_the_way_back);
}

/* The files of folder @path, on a file system of their own. */
static void mount_own(const char *path)
{
	mounted(in("aside/own"), NULL, in(path), MS_BIND, NULL);
}

static void own_folder(const char *path)
{
	tree_put(root, "aside", NULL, 0);
	mounted("tmpfs", "tmpfs", in("aside"), 0, "mode=755");
	tree_copy(in(path), in("aside/own"));
	tree_remove(in(path));
	tree_put(root, path, NULL, 0);
	mount_own(path);
	remember();
}

static void unmount(const char *path)
{
	assert_int_equal(umount2(in(path), MNT_DETACH), 0);
}

/* What is not mounted on the way back is not taken for what was removed. */
static void not_mounted(void)
{
	own_folder("etc/modprobe.d");
	assert_outcome(apply(), CHANGE_DONE);
	unmount("etc/modprobe.d");
	assert_int_equal(revert(false, NULL), -IGD_ENOENT);
	assert_non_null(strstr(said.refusal.text, "/etc/modprobe.d is not mounted"));
	assert_holds("etc/default/grub", "intel_iommu=on");
	assert_outcome(revert(true, NULL), CHANGE_HALFWAY);
	assert_holds("boot/grub/grub.cfg", "intel_iommu=on"); /* made anew when all files are back */
	assert_outcome(revert(true, NULL), CHANGE_HALFWAY);
	mount_own("etc/modprobe.d");
	assert_outcome(revert(false, NULL), CHANGE_DONE);
	assert_as_before();
}

static void test_not_mounted(_unused_ void **state)
{
	apart(not_mounted);
}

/* Nor is a menu made anew where nothing reads it. */
static void boot_not_mounted(void)
{
	own_folder("boot");
	assert_outcome(apply(), CHANGE_DONE);
	unmount("boot");
	assert_int_equal(revert(false, NULL), -IGD_ENOENT);
	assert_non_null(strstr(said.refusal.text, "/boot is not mounted"));
	assert_int_equal(revert(true, NULL), -IGD_ENOENT);
	assert_holds("etc/default/grub", "intel_iommu=on");
	mount_own("boot");
	assert_outcome(revert(false, NULL), CHANGE_DONE);
	assert_as_before();
}

static void test_boot_not_mounted(_unused_ void **state)
{
	apart(boot_not_mounted);
}

/* A definition that cannot be reached, /etc/pve before its program runs, does not keep the host from its own. */
static void definition_not_mounted(void)
{
	char *made = tree_get(root, "boot/grub/grub.cfg");

	own_folder("srv/vms");
	assert_outcome(apply(), CHANGE_DONE);
	unmount("srv/vms");
	assert_outcome(revert(true, NULL), CHANGE_HALFWAY);
	assert_text("boot/grub/grub.cfg", made);
	free(made);
	mount_own("srv/vms");
	assert_outcome(revert(false, NULL), CHANGE_DONE);
	assert_as_before();
}

static void test_definition_not_mounted(_unused_ void **state)
{
	apart(definition_not_mounted);
}

/* What is below the overlay stays as it is, and what is seen through it comes back. */
static void overlay_etc(void)
{
	struct tree below = tree_read(in("etc"), NULL), after;
	char options[3 * PATH_MAX];

	mounted("tmpfs", "tmpfs", in("var/lib/other"), 0, "mode=755");
	tree_put(root, "var/lib/other/up", NULL, 0);
	tree_put(root, "var/lib/other/work", NULL, 0);
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s", in("etc"), in("var/lib/other/up"),
		 in("var/lib/other/work"));
	mounted("overlay", "overlay", in("etc"), 0, options);
	assert_outcome(apply(), CHANGE_DONE);
	assert_holds("etc/default/grub", "intel_iommu=on");
	assert_outcome(revert(false, NULL), CHANGE_DONE);
	for (int i = 0; i < 2; i++) {
		const char *why;

		after = tree_read(in("etc"), NULL);
		why = tree_differs(&below, &after);
		if (why)
			print_message("%s: %s\n", i ? "below" : "through the overlay", why);
		assert_null(why);
		tree_done(&after);
		assert_int_equal(i ? 0 : umount2(in("etc"), MNT_DETACH), 0);
	}
	tree_done(&below);
}

static void test_overlay_etc(_unused_ void **state)
{
	apart(overlay_etc);
}

/* etc/kernel/cmdline of the scene leads to real/cmdline: it stays a link, what it names is written. */
static void test_link_inside(_unused_ void **state)
{
	char target[64] = "";

	assert_outcome(apply(), CHANGE_DONE);
	assert_true(readlink(in("etc/kernel/cmdline"), target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "real/cmdline");
	assert_holds("etc/kernel/real/cmdline", "intel_iommu=on");
	assert_outcome(revert(false, NULL), CHANGE_DONE);
	assert_as_before();
}

static void link_cmdline(const char *target)
{
	assert_int_equal(unlink(in("etc/kernel/cmdline")), 0);
	assert_int_equal(symlink(target, in("etc/kernel/cmdline")), 0);
	remember();
}

/* An absolute link means the machine's own root, wherever that lies. */
static void test_link_absolute(_unused_ void **state)
{
	link_cmdline("/etc/kernel/real/cmdline");
	assert_outcome(apply(), CHANGE_DONE);
	assert_holds("etc/kernel/real/cmdline", "intel_iommu=on");
	assert_outcome(revert(false, NULL), CHANGE_DONE);
	assert_as_before();
}

static void test_link_dangles(_unused_ void **state)
{
	link_cmdline("real/none");
	assert_refused(apply(), IGD_EPATH);
}

static void test_link_loops(_unused_ void **state)
{
	link_cmdline("cmdline");
	assert_refused(apply(), IGD_EPATH);
}

/* A file beside the root that a link names by its path in the outer tree, and by "..". */
static void leads_out(const char *target)
{
	char out[PATH_MAX], *is;

	snprintf(out, sizeof(out), "%s/outside", base);
	tree_put(base, "outside", "root=/dev/sda1 quiet\n", 0644);
	link_cmdline(*target ? target : out);
	assert_refused(apply(), IGD_EPATH);
	is = tree_get(base, "outside");
	assert_string_equal(is, "root=/dev/sda1 quiet\n");
	free(is);
}

static void test_link_out(_unused_ void **state)
{
	leads_out("");
}

static void test_link_up_and_out(_unused_ void **state)
{
	leads_out("../../../outside");
}

/* A new file where somebody left a link to nowhere: following it would make a file that nobody asked for. */
static void test_new_file_is_a_link(_unused_ void **state)
{
	assert_int_equal(symlink("/etc/none", in("etc/modprobe.d/igdctl.conf")), 0);
	remember();
	assert_refused(apply(), IGD_EPATH);
}

/* Folders may be links too. */
static void test_linked_folder(_unused_ void **state)
{
	assert_int_equal(rename(in("etc/modprobe.d"), in("srv/modprobe.d")), 0);
	assert_int_equal(symlink("../srv/modprobe.d", in("etc/modprobe.d")), 0);
	remember();
	assert_outcome(apply(), CHANGE_DONE);
	assert_holds("srv/modprobe.d/igdctl.conf", "vfio-pci");
	assert_outcome(revert(false, NULL), CHANGE_DONE);
	assert_as_before();
}

/* Where others than root may make links, none leads to a VM's definition. */
static void test_linked_definition(_unused_ void **state)
{
	assert_int_equal(rename(in("srv/vms/one.xml"), in("etc/one")), 0);
	assert_int_equal(symlink("../../etc/one", in("srv/vms/one.xml")), 0);
	remember();
	assert_true(apply() == -IGD_EPATH);
	assert_as_before();
	assert_int_equal(unlink(in("srv/vms/one.xml")), 0);
	assert_int_equal(rename(in("etc/one"), in("srv/vms/one.xml")), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(in("srv/vms"), 1234, 1234), 0);
		assert_true(apply() == -IGD_EPATH);
		assert_int_equal(chown(in("srv/vms"), 0, 0), 0);
	}
	assert_int_equal(rename(in("srv/vms"), in("etc/vms")), 0);
	assert_int_equal(symlink("../etc/vms", in("srv/vms")), 0);
	assert_true(apply() == -IGD_EPATH);
	assert_int_equal(unlink(in("srv/vms")), 0);
	assert_int_equal(rename(in("etc/vms"), in("srv/vms")), 0);
	assert_int_equal(chmod(in("srv/vms"), 01777), 0);
	assert_true(apply() == -IGD_EPATH);
	assert_int_equal(chmod(in("srv/vms"), 0755), 0);
	assert_outcome(apply(), CHANGE_DONE);
}

static void test_no_file(_unused_ void **state)
{
	assert_int_equal(unlink(in("etc/default/grub")), 0);
	assert_int_equal(mkdir(in("etc/default/grub"), 0755), 0);
	remember();
	assert_true(apply() < 0);
	assert_true(said.refusal.text[0] != '\0');
	assert_as_before();
}

#define CASE(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(well),
		CASE(two_at_once),
		CASE(a_crowd),
		CASE(changed_since_the_plan),
		CASE(appeared_since_the_plan),
		CASE(gone_since_the_plan),
		CASE(removed_already),
		CASE(changed_on_the_way),
		CASE(edited_after),
		CASE(read_only_boot),
		CASE(read_only_etc),
		CASE(full_esp),
		CASE(esp_fills_up),
		CASE(no_program),
		CASE(program_will_not_run),
		CASE(half_fails),
		CASE(full_on_the_way_back),
		CASE(overlay_etc),
		CASE(link_inside),
		CASE(link_absolute),
		CASE(link_dangles),
		CASE(link_loops),
		CASE(link_out),
		CASE(link_up_and_out),
		CASE(new_file_is_a_link),
		CASE(linked_folder),
		CASE(not_mounted),
		CASE(boot_not_mounted),
		CASE(definition_not_mounted),
		CASE(linked_definition),
		CASE(no_file),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
