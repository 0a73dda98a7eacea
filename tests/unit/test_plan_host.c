// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_plan_host.c - a plan for each boot loader and each initramfs system; each need with the fact that shows it and
 * without; what is refused; and that a plan carried out leaves nothing to plan.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdlib.h>

#include "base/error.h"
#include "plan/boot.h"
#include "toy_host.h"

#define GPU_ID 0x80863e92U /* Coffee Lake */

static void toy_init(struct toy *t)
{
	toy_desktop(t);
	toy_write(t, "/etc/default/grub", "GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n");
}

/* A kernel that leaves the IOMMU off until told. */
static void iommu_wanted(struct toy *t)
{
	t->iommu_on = t->default_on = false;
}

static void toy_done(struct toy *t)
{
	arena_done(&t->arena);
}

/* A plan as text: "write /etc/x", "gone /etc/x", "run a b c", one a line. */
struct told {
	struct facts *f;
	struct arena a;
	struct plan p;
	const char *text;
};

static struct told told(const struct toy *t)
{
	struct told r = { .f = toy_facts(t), .text = "" };

	toy_plan(t, r.f, &r.a, &r.p, NULL);
	for (size_t i = 0; i < r.p.n_ops; i++) {
		const struct operation *op = &r.p.ops[i];
		const char *line = op->target;

		assert_non_null(op->reason);
		assert_true(op->says && *op->says);
		if (op->kind == OP_RUN) {
			line = "";
			for (size_t k = 0; op->argv[k]; k++)
				line = arena_printf(&r.a, "%s%s%s", line, k ? " " : "", op->argv[k]);
		}
		r.text = arena_printf(&r.a, "%s%s %s\n", r.text,
				      op->kind == OP_RUN ? "run"
				      : op->gone	 ? "gone"
							 : "write",
				      line);
	}
	return r;
}

static void told_done(struct told *r)
{
	facts_free(r->f);
	arena_done(&r->a);
}

static bool has_note(const struct plan *p, enum plan_word word, const char *id, const char *text)
{
	for (size_t i = 0; i < p->n_notes; i++)
		if (p->notes[i].word == word && (!id || (p->notes[i].id && strcmp(p->notes[i].id, id) == 0)) &&
		    (!text || strstr(p->notes[i].text, text)))
			return true;
	return false;
}

static bool has_promise(const struct plan *p, enum promise_kind kind, const char *where, const char *what,
			bool absent)
{
	for (size_t i = 0; i < p->n_promises; i++) {
		const struct promise *q = &p->promises[i];

		assert_non_null(q->reason);
		if (q->kind == kind && strcmp(q->what, what) == 0 && q->absent == absent && strstr(q->where, where))
			return true;
	}
	return false;
}

/* The plan is this; once carried out there is none; and after a reboot and another round there is none either. */
static void becomes(struct toy *t, const char *want, int line)
{
	struct told r = told(t);
	struct toy again;
	int rounds = t->iommu_on ? 0 : 1; /* the second binds, where the first only turned the IOMMU on */

	if (strcmp(r.text, want) != 0)
		fail_msg("line %d:\n%s\ninstead of\n%s", line, r.text, want);
	toy_apply(t, &r.p);
	told_done(&r);
	r = told(t);
	if (*r.text)
		fail_msg("line %d: a second plan:\n%s", line, r.text);
	again = *t;
	toy_reboot(&again);
	if (toy_broken(&again, &r.p))
		fail_msg("line %d: a broken promise: %s", line, toy_broken(&again, &r.p)->what);
	t->arena = again.arena;
	told_done(&r);
	for (int i = 0; i < 2; i++) {
		toy_reboot(t);
		r = told(t);
		toy_apply(t, &r.p);
		if (i >= rounds && *r.text)
			fail_msg("line %d: after %d reboots:\n%s", line, i + 1, r.text);
		told_done(&r);
	}
}

#define BECOMES(t, want) becomes((t), (want), __LINE__)

static void assert_file(struct toy *t, const char *path, const char *want)
{
	assert_string_equal(toy_text(t, path), want);
}

/* ---- each boot loader --------------------------------------------------------------------------------------- */

static const struct loader_case {
	const char *loader, *tools, *initramfs, *distro;
	const char *path, *text; /* of a file that is there before */
	const char *plan;	 /* to turn the IOMMU on */
	const char *changed, *after;
} loaders[] = {
	{ "grub", "update-grub grub-mkconfig grub.d", "initramfs-tools", "debian", "/etc/default/grub",
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n", "write /etc/default/grub.d/90-igdctl.cfg\nrun update-grub\n",
	  "/etc/default/grub.d/90-igdctl.cfg",
	  HOST_HEAD "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT intel_iommu=on\"\n" },
	{ "proxmox-boot-tool/grub", "update-grub grub.d proxmox-boot-tool", "initramfs-tools", "debian", NULL, NULL,
	  "write /etc/default/grub.d/90-igdctl.cfg\nrun proxmox-boot-tool refresh\n",
	  "/etc/default/grub.d/90-igdctl.cfg",
	  HOST_HEAD "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT intel_iommu=on\"\n" },
	{ "proxmox-boot-tool/systemd-boot", "proxmox-boot-tool", "initramfs-tools", "debian", "/etc/kernel/cmdline",
	  "root=ZFS=rpool/ROOT/pve-1 boot=zfs\n", "write /etc/kernel/cmdline\nrun proxmox-boot-tool refresh\n",
	  "/etc/kernel/cmdline", "root=ZFS=rpool/ROOT/pve-1 boot=zfs intel_iommu=on\n" },
	/* without the file Proxmox copies the running kernel's words into it */
	{ "proxmox-boot-tool/systemd-boot", "proxmox-boot-tool", "initramfs-tools", "debian", NULL, NULL,
	  "write /etc/kernel/cmdline\nrun proxmox-boot-tool refresh\n", "/etc/kernel/cmdline",
	  "root=/dev/sda1 intel_iommu=on\n" },
	{ "systemd-boot", "kernel-install zz-systemd-boot", "initramfs-tools", "debian", "/etc/kernel/cmdline",
	  "# mine\nroot=/dev/sda1 quiet\n", "write /etc/kernel/cmdline\nrun kernel-install add %K /boot/vmlinuz-%K\n",
	  "/etc/kernel/cmdline", "# mine\nroot=/dev/sda1 quiet intel_iommu=on\n" },
	/* started with the image in /boot: loader_set() */
	{ "systemd-boot", "kernel-install zz-systemd-boot dracut vmlinuz-release initrd.img-release", "dracut",
	  "debian", "/etc/kernel/cmdline", "root=/dev/sda1 quiet\n",
	  "write /etc/kernel/cmdline\nrun kernel-install add %K /boot/vmlinuz-%K /boot/initrd.img-%K\n",
	  "/etc/kernel/cmdline", "root=/dev/sda1 quiet intel_iommu=on\n" },
	{ "sdbootutil", "grub2-mkconfig sdbootutil dracut", "dracut", "opensuse-tumbleweed", "/etc/kernel/cmdline",
	  "root=/dev/sda1 splash=silent\n", "write /etc/kernel/cmdline\nrun sdbootutil mkinitrd\n",
	  "/etc/kernel/cmdline", "root=/dev/sda1 splash=silent intel_iommu=on\n" },
	{ "bls", "grubby grub2-mkconfig dracut", "dracut", "fedora", NULL, NULL,
	  "run grubby --update-kernel=ALL --args=intel_iommu=on\n", NULL, NULL },
	{ "rpm-ostree", "rpm-ostree dracut", "dracut", "fedora", NULL, NULL,
	  "run rpm-ostree kargs --append-if-missing=intel_iommu=on\n", NULL, NULL },
	{ "grub", "grub-mkconfig grub.d mkinitcpio", "mkinitcpio", "arch", NULL, NULL,
	  "write /etc/default/grub.d/90-igdctl.cfg\nrun grub-mkconfig -o /boot/grub/grub.cfg\n",
	  "/etc/default/grub.d/90-igdctl.cfg",
	  HOST_HEAD "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT intel_iommu=on\"\n" },
	{ "grub", "grub-mkconfig dracut", "dracut", "void", "/etc/default/grub",
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"loglevel=4\"\n",
	  "write /etc/default/grub\nrun grub-mkconfig -o /boot/grub/grub.cfg\n", "/etc/default/grub",
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"loglevel=4 intel_iommu=on\"\n" },
	{ "grub", "grub2-mkconfig dracut", "dracut", "opensuse", "/etc/default/grub",
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"splash\"\n",
	  "write /etc/default/grub\nrun grub2-mkconfig -o /boot/grub2/grub.cfg\n", "/etc/default/grub",
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"splash intel_iommu=on\"\n" },
	{ "systemd-boot", "kernel-install mkinitcpio", "mkinitcpio", "arch", "/boot/loader/entries/arch.conf",
	  "title Arch\nlinux /vmlinuz-linux\noptions root=/dev/sda1 rw\n", "write /boot/loader/entries/arch.conf\n",
	  "/boot/loader/entries/arch.conf",
	  "title Arch\nlinux /vmlinuz-linux\noptions root=/dev/sda1 rw\noptions intel_iommu=on\n" },
	{ "uki", "kernel-install mkinitcpio", "mkinitcpio", "arch", "/etc/kernel/cmdline", "root=/dev/sda1 rw\n",
	  "write /etc/cmdline.d/90-igdctl.conf\nrun mkinitcpio -P\n", "/etc/cmdline.d/90-igdctl.conf",
	  HOST_HEAD "intel_iommu=on\n" },
	{ "uki", "kernel-install kernel-install/uki dracut", "dracut", "fedora", "/etc/kernel/cmdline",
	  "root=/dev/sda1 rw\n",
	  "write /etc/kernel/cmdline\n"
	  "run kernel-install add %K /lib/modules/%K/vmlinuz\n",
	  "/etc/kernel/cmdline", "root=/dev/sda1 rw intel_iommu=on\n" },
	{ "uki", "kernel-install kernel-install/uki update-initramfs", "initramfs-tools", "debian",
	  "/etc/kernel/cmdline", "root=/dev/sda1 rw\n",
	  "write /etc/kernel/cmdline\nrun kernel-install add %K /boot/vmlinuz-%K\n", "/etc/kernel/cmdline",
	  "root=/dev/sda1 rw intel_iommu=on\n" },
	{ "uki", "kernel-install kernel-install/uki dracut vmlinuz-release initrd.img-release", "dracut", "debian",
	  "/etc/kernel/cmdline", "root=/dev/sda1 rw\n",
	  "write /etc/kernel/cmdline\nrun kernel-install add %K /boot/vmlinuz-%K\n", "/etc/kernel/cmdline",
	  "root=/dev/sda1 rw intel_iommu=on\n" },
	{ "systemd-boot", "kernel-install dracut", "dracut", "fedora",
	  "/boot/loader/entries/0123-6.1.0-18-amd64.conf", "linux /k\noptions root=/dev/sda1 ro\n",
	  "write /etc/kernel/cmdline\nrun kernel-install add %K /lib/modules/%K/vmlinuz\n", "/etc/kernel/cmdline",
	  "root=/dev/sda1 ro intel_iommu=on\n" },
};

static void loader_set(struct toy *t, const struct loader_case *c)
{
	toy_init(t);
	t->n_files = 0;
	t->loader = c->loader;
	t->tools = c->tools;
	t->initramfs = c->initramfs;
	t->distro = c->distro;
	if (strcmp(c->loader, "systemd-boot") == 0 && strstr(c->tools, "initrd.img-release"))
		t->initrd = "initrd=\\0123\\6.1.0-18-amd64\\initrd.img-6.1.0-18-amd64 ";
	if (c->path)
		toy_write(t, c->path, c->text);
}

/* The first of them; @distro: its. */
static const struct loader_case *loader_named(const char *loader, const char *distro)
{
	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++)
		if (strcmp(loaders[i].loader, loader) == 0 && strcmp(loaders[i].distro, distro) == 0)
			return &loaders[i];
	fail_msg("no case of %s on %s", loader, distro);
	return NULL;
}

static void test_loaders(void **state)
{
	bool used[32] = { false };
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++) {
		struct toy t;
		struct told r;

		loader_set(&t, &loaders[i]);
		iommu_wanted(&t);
		r = told(&t);
		for (size_t k = 0; boot_rows(&n) && k < n; k++)
			used[k] |= boot_row_find(r.f) == boot_rows(&n)[k];
		assert_true(has_note(&r.p, PLAN_WHY, "iommu.off", "plan again"));
		assert_int_equal(has_promise(&r.p, PROMISE_ENTRY, "/boot/", "intel_iommu=on", false),
				 boot_row_find(r.f)->entries != NULL);
		assert_true(has_promise(&r.p, PROMISE_WORD, "", "intel_iommu=on", false));
		assert_true(has_promise(&r.p, PROMISE_GROUP, "0000:00:02.0", "", false));
		assert_false(has_promise(&r.p, PROMISE_DRIVER, "0000:00:02.0", "vfio-pci", false));
		told_done(&r);
		BECOMES(&t, loaders[i].plan);
		if (loaders[i].changed)
			assert_non_null(strstr(toy_text(&t, loaders[i].changed), "intel_iommu=on"));
		toy_done(&t);
		loader_set(&t, &loaders[i]);
		iommu_wanted(&t);
		r = told(&t);
		toy_apply(&t, &r.p);
		if (loaders[i].changed)
			assert_file(&t, loaders[i].changed, loaders[i].after);
		told_done(&r);
		toy_done(&t);
	}
	boot_rows(&n);
	for (size_t i = 0; i < n; i++)
		if (!used[i] && boot_rows(&n)[i]->keep != boot_keep_by_hand)
			fail_msg("no case for \"%s\"", boot_rows(&n)[i]->name);
}

/* Without knowing which programs are there the distribution's name decides. */
static void test_loader_by_distro(void **state)
{
	struct told r;
	struct toy t;

	(void)state;
	toy_init(&t);
	t.tools = NULL;
	iommu_wanted(&t);
	BECOMES(&t, "write /etc/default/grub.d/90-igdctl.cfg\nrun update-grub\n");
	toy_done(&t);
	toy_init(&t);
	t.tools = "systemctl"; /* all that are there */
	iommu_wanted(&t);
	r = told(&t);
	assert_string_equal(r.text, "");
	assert_true(has_note(&r.p, PLAN_BY_HAND, "iommu.off", "where your boot loader keeps it"));
	told_done(&r);
	toy_done(&t);
}

static void test_loader_by_hand(void **state)
{
	static const struct {
		const char *loader, *tools, *text;
	} odd[] = {
		{ "refind", "", "first line of refind_linux.conf" },
		{ "limine", "", "\"cmdline:\" line of your entry in limine.conf" },
		{ "extlinux", "", "APPEND line of your label in /boot/extlinux/extlinux.conf" },
		{ "petitboot", "", "line of your entry in /boot/petitboot.conf" },
		{ "uki", "dracut kernel-install", "kernel_cmdline=" },
		{ "uki", "", "loader/addons" },
		{ "zfsbootmenu", "", "property org.zfsbootmenu:commandline of the root dataset" },
		{ "systemd-boot", "mkinitcpio sdboot-manage", "LINUX_OPTIONS in /etc/sdboot-manage.conf" },
		{ "lilo", "", "where your boot loader keeps it" },
		{ NULL, "", "where your boot loader keeps it" },
	};
	struct told r;
	struct toy t;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		toy_init(&t);
		t.loader = odd[i].loader;
		t.tools = odd[i].tools;
		t.initramfs = "dracut";
		t.distro = "void";
		iommu_wanted(&t);
		r = told(&t);
		assert_string_equal(r.text, "");
		assert_true(has_note(&r.p, PLAN_BY_HAND, "iommu.off", "Add intel_iommu=on to"));
		assert_true(has_note(&r.p, PLAN_BY_HAND, "iommu.off", odd[i].text));
		assert_int_equal(r.p.n_promises, 0);
		told_done(&r);
		t.cmdline = "root=/dev/sda1 intel_iommu=off"; /* and the other way round */
		r = told(&t);
		assert_true(has_note(&r.p, PLAN_BY_HAND, "iommu.disabled", "Remove intel_iommu=off from"));
		told_done(&r);
		toy_done(&t);
	}
}

/* A file that then counts for ever begins with the words of an ordinary start. */
static void test_first_cmdline(void **state)
{
#define ENTRY "/boot/loader/entries/0123-6.1.0-18-amd64.conf"
	static const struct {
		const char *running, *path, *entry, *after;
	} cases[] = {
		{ "root=/dev/sda1 quiet", "", NULL, "root=/dev/sda1 quiet intel_iommu=on\n" },
		{ "root=/dev/sda1 module_blacklist=vfio_pci", "", NULL, "root=/dev/sda1 intel_iommu=on\n" },
		{ "root=/dev/sda1 module_blacklist=vfio_pci,b", "", NULL, NULL },
		{ "root=/dev/sda1 module_blacklist=b", "", NULL,
		  "root=/dev/sda1 module_blacklist=b intel_iommu=on\n" },
		{ "root=/dev/sda1 single", "", NULL, NULL },
		{ "root=/dev/sda1 systemd.unit=rescue.target", "", NULL, NULL },
		{ "root=/dev/sda1 init=/bin/sh", "", NULL, NULL },
		{ "root=/dev/sda1 single", ENTRY, "linux /k\noptions root=/dev/sda1 ro\noptions quiet\n",
		  "root=/dev/sda1 ro quiet intel_iommu=on\n" },
		{ "root=/dev/sda1", "/boot/loader/entries/0123-6.1.0-18-amd64+3.conf",
		  "options root=/dev/sda1 init=/sbin/other\n", "root=/dev/sda1 init=/sbin/other intel_iommu=on\n" },
		/* another kernel's, and one for rescue */
		{ "root=/dev/sda1", "/boot/loader/entries/0123-6.1.0-18-amd64-rt.conf", "options root=x\n",
		  "root=/dev/sda1 intel_iommu=on\n" },
		{ "root=/dev/sda1", "/boot/loader/entries/rescue-6.1.0-18-amd64.conf", "options root=x\n",
		  "root=/dev/sda1 intel_iommu=on\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct told r;
		struct toy t;

		toy_init(&t);
		t.loader = "systemd-boot";
		t.tools = "kernel-install zz-systemd-boot";
		iommu_wanted(&t);
		t.cmdline = cases[i].running;
		if (cases[i].entry)
			toy_write(&t, cases[i].path, cases[i].entry);
		r = told(&t);
		toy_apply(&t, &r.p);
		assert_string_equal(toy_text(&t, "/etc/kernel/cmdline"), cases[i].after ? cases[i].after : "");
		assert_int_equal(has_note(&r.p, PLAN_BY_HAND, "iommu.off", "counts alone"), !cases[i].after);
		told_done(&r);
		toy_done(&t);
	}
#undef ENTRY
}

/* Proxmox's hook stops where the first line has no root=; mkinitcpio's image would not boot without one. */
static void test_loader_root_first(void **state)
{
	static const struct loader_case cases[] = {
		{ "proxmox-boot-tool/systemd-boot", "proxmox-boot-tool", "initramfs-tools", "debian",
		  "/etc/kernel/cmdline", "# mine\nroot=ZFS=rpool/ROOT/pve-1\n", NULL, NULL, NULL },
		{ "uki", "mkinitcpio", "mkinitcpio", "arch", NULL, NULL, NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct told r;
		struct toy t;

		loader_set(&t, &cases[i]);
		iommu_wanted(&t);
		r = told(&t);
		assert_string_equal(r.text, "");
		assert_true(has_note(&r.p, PLAN_BY_HAND, "iommu.off", "intel_iommu=on"));
		told_done(&r);
		toy_done(&t);
	}
}

/* ---- each initramfs system ---------------------------------------------------------------------------------- */

#define BIND_IGD                                                                 \
	HOST_HEAD "options vfio-pci ids=8086:3e92\nsoftdep i915 pre: vfio-pci\n" \
		  "softdep xe pre: vfio-pci\n"

static const struct {
	const char *initramfs, *tools, *distro, *image, *plan;
} makers[] = {
	{ "initramfs-tools", "update-grub grub.d update-initramfs", "debian", "/boot/initrd.img-*",
	  "write /etc/modprobe.d/igdctl.conf\nwrite /etc/initramfs-tools/hooks/igdctl\n"
	  "run update-initramfs -u -k all\n" },
	{ "dracut", "update-grub grub.d dracut update-initramfs", "ubuntu", "/boot/initrd.img-*",
	  "write /etc/modprobe.d/igdctl.conf\nwrite /etc/dracut.conf.d/90-igdctl.conf\n"
	  "run update-initramfs -u -k all\n" },
	{ "dracut", "update-grub grub.d dracut", "fedora", "/boot/initramfs-%K.img",
	  "write /etc/modprobe.d/igdctl.conf\nwrite /etc/dracut.conf.d/90-igdctl.conf\n"
	  "run dracut -f --regenerate-all\n" },
	{ "dracut", "update-grub grub.d dracut", "debian", "/boot/initrd.img-%K",
	  "write /etc/modprobe.d/igdctl.conf\nwrite /etc/dracut.conf.d/90-igdctl.conf\n"
	  "run dracut -f --regenerate-all\n" },
	{ "dracut", "update-grub grub.d dracut vmlinuz-release initrd.img-release", "debian", "/boot/initrd.img-%K",
	  "write /etc/modprobe.d/igdctl.conf\nwrite /etc/dracut.conf.d/90-igdctl.conf\n"
	  "run dracut -f /boot/initrd.img-%K %K\n" },
	/* its kernels are called so, its images are not */
	{ "dracut", "grub-mkconfig grub.d dracut vmlinuz-release", "void", "/boot/initramfs-%K.img",
	  "write /etc/modprobe.d/igdctl.conf\nwrite /etc/dracut.conf.d/90-igdctl.conf\n"
	  "run dracut -f --regenerate-all\n" },
	{ "dracut", NULL, "debian", "/boot/initrd.img-*",
	  "write /etc/modprobe.d/igdctl.conf\nwrite /etc/dracut.conf.d/90-igdctl.conf\n"
	  "run update-initramfs -u -k all\n" },
	{ "mkinitcpio", "grub-mkconfig grub.d mkinitcpio", "arch", "/boot/initramfs-*.img",
	  "write /etc/modprobe.d/igdctl.conf\nwrite /etc/mkinitcpio.conf.d/90-igdctl.conf\nrun mkinitcpio -P\n" },
};

static void test_makers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++) {
		struct told r;
		struct toy t;

		toy_init(&t);
		t.initramfs = makers[i].initramfs;
		t.tools = makers[i].tools;
		t.distro = makers[i].distro;
		r = told(&t);
		assert_true(has_promise(&r.p, PROMISE_IMAGE, makers[i].image, "vfio-pci", false));
		assert_true(has_promise(&r.p, PROMISE_IMAGE, makers[i].image, "etc/modprobe.d/igdctl.conf", false));
		assert_true(has_promise(&r.p, PROMISE_GROUP, "0000:00:02.0", "", false));
		assert_true(has_promise(&r.p, PROMISE_DRIVER, "0000:00:02.0", "vfio-pci", false));
		told_done(&r);
		BECOMES(&t, makers[i].plan);
		assert_file(&t, HOST_MODPROBE, BIND_IGD);
		toy_done(&t);
	}
}

/* The copy that the boot loader starts is made anew by whatever makes the image where that is so, else by the plan.
 */
static void test_copies(void **state)
{
	static const struct {
		const char *loader, *initramfs, *tools, *commands, *copy;
	} cases[] = {
#define HOOK  "kernel-install zz-systemd-boot "
#define UKI   "kernel-install kernel-install/uki "
#define BY_US "run dracut -f /boot/initrd.img-%K %K\nrun kernel-install add %K /boot/vmlinuz-%K\n"
		{ "systemd-boot", "initramfs-tools", HOOK "update-initramfs vmlinuz-release initrd.img-release",
		  "run update-initramfs -u -k all\n", "/boot/efi/*/%K/initrd.img-%K" },
		{ "systemd-boot", "dracut", HOOK "dracut update-initramfs vmlinuz-release initrd.img-release",
		  "run update-initramfs -u -k all\n", "/boot/efi/*/%K/initrd.img-%K" },
		{ "systemd-boot", "dracut", NULL, "run update-initramfs -u -k all\n",
		  "/boot/efi/*/%K/initrd.img-%K" },
		{ "systemd-boot", "dracut", HOOK "dracut vmlinuz-release initrd.img-release", BY_US,
		  "/boot/efi/*/%K/initrd.img-%K" },
		{ "uki", "dracut", UKI "dracut vmlinuz-release initrd.img-release", BY_US,
		  "/boot/efi/EFI/Linux/*-%K.efi" },
#undef BY_US
#undef UKI
#undef HOOK
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *run;
		struct told r;
		struct toy t;

		toy_init(&t);
		t.loader = cases[i].loader;
		t.initramfs = cases[i].initramfs;
		t.tools = cases[i].tools;
		r = told(&t);
		run = strstr(r.text, "run ");
		assert_string_equal(or_dash(run), cases[i].commands);
		assert_true(has_promise(&r.p, PROMISE_IMAGE, cases[i].copy, "vfio-pci", false));
		assert_false(has_promise(&r.p, PROMISE_IMAGE, "/%K/initrd*", "vfio-pci", false));
		told_done(&r);
		toy_done(&t);
	}
}

/* What is told where nothing can be written, and that no image is promised then. */
static void test_makers_by_hand(void **state)
{
	static const struct {
		const char *initramfs, *text;
	} cases[] = { { "booster", "modules_force_load: vfio_pci" },
		      { "none", "there is nothing to do" },
		      { NULL, "not known" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct told r;
		struct toy t;

		toy_init(&t);
		t.initramfs = cases[i].initramfs;
		r = told(&t);
		assert_string_equal(r.text, "write /etc/modprobe.d/igdctl.conf\n");
		assert_true(has_note(&r.p, PLAN_BY_HAND, "driver.host-owns", cases[i].text));
		assert_false(has_promise(&r.p, PROMISE_IMAGE, "", "vfio-pci", false));
		assert_true(has_promise(&r.p, PROMISE_DRIVER, "0000:00:02.0", "vfio-pci", false));
		told_done(&r);
		toy_done(&t);
	}
}

/* Arch's kernels with dracut: our files, and a person makes the image; told as long as there is something new in it.
 */
static void test_dracut_arch(void **state)
{
	struct told r;
	struct toy t;

	(void)state;
	toy_init(&t);
	t.tools = "grub-mkconfig grub.d dracut vmlinuz-linux";
	t.initramfs = "dracut";
	t.distro = "endeavouros";
	r = told(&t);
	assert_string_equal(r.text, "write /etc/modprobe.d/igdctl.conf\nwrite /etc/dracut.conf.d/90-igdctl.conf\n");
	assert_true(has_note(&r.p, PLAN_BY_HAND, NULL, "dracut-rebuild"));
	assert_false(has_promise(&r.p, PROMISE_IMAGE, "", "vfio-pci", false));
	toy_apply(&t, &r.p);
	told_done(&r);
	r = told(&t);
	assert_string_equal(r.text, "");
	assert_false(has_note(&r.p, PLAN_BY_HAND, NULL, "dracut-rebuild"));
	told_done(&r);
	toy_done(&t);
}

/* A preset that names a configuration keeps mkinitcpio from reading ours; one that names a command line likewise. */
static void test_presets(void **state)
{
	static const struct {
		const char *text;
		bool config, cmdline;
	} cases[] = {
		{ "#ALL_config=\"/etc/mkinitcpio.conf\"\nALL_kver=\"/boot/vmlinuz-linux\"\n", false, false },
		{ "ALL_config=\"/etc/mkinitcpio.conf\"\n", true, false },
		{ "PRESETS=('default')\n  default_config=/etc/x.conf\n", true, false },
		{ "default_config=\"\"\n", false, false },
		{ "default_cmdline=\"/etc/my-cmdline\"\n", false, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct told r;
		struct toy t;

		toy_init(&t);
		t.loader = "uki";
		t.tools = "mkinitcpio";
		t.initramfs = "mkinitcpio";
		toy_write(&t, "/etc/mkinitcpio.d/linux.preset", cases[i].text);
		toy_write(&t, "/etc/kernel/cmdline", "root=/dev/sda1 rw\n");
		r = told(&t);
		assert_int_equal(has_note(&r.p, PLAN_BY_HAND, "plan.preset", "In /etc/mkinitcpio.d/linux.preset"),
				 cases[i].config);
		assert_int_equal(!strstr(r.text, "write /etc/mkinitcpio.conf.d/90-igdctl.conf"), cases[i].config);
		assert_int_equal(!strstr(r.text, "run mkinitcpio -P"), cases[i].config);
		assert_int_equal(!has_promise(&r.p, PROMISE_DRIVER, "0000:00:02.0", "vfio-pci", false),
				 cases[i].config);
		told_done(&r);
		iommu_wanted(&t);
		r = told(&t);
		assert_int_equal(
			has_note(&r.p, PLAN_BY_HAND, "iommu.off", "that /etc/mkinitcpio.d/linux.preset names"),
			cases[i].cmdline);
		assert_int_equal(!strstr(r.text, "write /etc/cmdline.d/90-igdctl.conf"), cases[i].cmdline);
		told_done(&r);
		toy_done(&t);
	}
}

/* Without the hook modconf there would be vfio-pci in the initramfs and no ids= for it. What is told there of hooks
 * in comments is not in force; drop-ins come behind. */
static void test_modconf(void **state)
{
#define STOCK "# HOOKS=(base udev modconf block)\n##   modconf is what copies modprobe.d\nMODULES=()\n"
	static const struct {
		const char *text, *drop_in;
		bool asked;
	} cases[] = {
		{ STOCK "HOOKS=(base udev autodetect microcode modconf kms block filesystems fsck)\n", NULL, false },
		{ STOCK "HOOKS=(base udev autodetect kms block)\n", NULL, true },
		{ STOCK "HOOKS=(base udev block) # modconf\n", NULL, true },
		{ STOCK "HOOKS=(base udev\n  # modconf\n  block)\nFILES=(modconf)\n", NULL, true },
		{ STOCK "HOOKS=(base udev # no kms\n\tmodconf\n  block)\n", NULL, false },
		{ STOCK "HOOKS=\"base modconf block\"\n", NULL, false },
		{ STOCK "HOOKS=(modconf)\nHOOKS=(base)\nHOOKS+=(block)\n", NULL, true },
		{ STOCK "HOOKS=(base)\nHOOKS+=('modconf')\n", NULL, false },
		{ STOCK "HOOKS=(base block)\n", "HOOKS+=(modconf)\n", false },
		{ STOCK "HOOKS=(base modconf)\n", "HOOKS=(base systemd block)\n", true },
		{ STOCK "HOOKS=(base modconf)\n", "HOOKS=(\"${HOOKS[@]}\" plymouth)\n", false },
		{ STOCK "HOOKS=(base modconf)\n", "# HOOKS=(base)\n", false },
		{ STOCK "HOOKS=(base modconf-of-mine)\n", NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct told r;
		struct toy t;

		toy_init(&t);
		t.tools = "grub-mkconfig grub.d mkinitcpio";
		t.initramfs = "mkinitcpio";
		toy_write(&t, "/etc/mkinitcpio.conf", cases[i].text);
		if (cases[i].drop_in)
			toy_write(&t, "/etc/mkinitcpio.conf.d/50-mine.conf", cases[i].drop_in);
		r = told(&t);
		if (has_note(&r.p, PLAN_BY_HAND, "plan.modconf", "Add modconf to HOOKS") != cases[i].asked ||
		    has_promise(&r.p, PROMISE_IMAGE, "", "etc/modprobe.d/igdctl.conf", false) == cases[i].asked ||
		    has_promise(&r.p, PROMISE_DRIVER, "0000:00:02.0", "vfio-pci", false) == cases[i].asked ||
		    !strstr(r.text, "/etc/mkinitcpio.conf.d/90-igdctl.conf") != cases[i].asked)
			fail_msg("case %zu: %s", i, r.text);
		told_done(&r);
		toy_done(&t);
	}
#undef STOCK
}

/* What is promised to hold vfio-pci is what the presets have made, where that can be told. */
static void test_preset_images(void **state)
{
	static const struct {
		const char *loader, *text, *where;
	} cases[] = {
		{ "uki",
		  "PRESETS=('default' 'fallback')\ndefault_uki=\"/efi/EFI/Linux/arch-linux.efi\"\n"
		  "#default_image=\"/boot/initramfs-linux.img\"\nfallback_uki=/boot/f.efi # last\n",
		  "/efi/EFI/Linux/arch-linux.efi /boot/f.efi" },
		{ "uki", "PRESETS=(default)\n  default_uki='/efi/a.efi'\nfallback_uki=\"/efi/f.efi\"\n",
		  "/efi/a.efi" },
		{ "uki", "PRESETS=('default')\ndefault_uki=\"$ESP/a.efi\"\n", NULL },
		{ "uki", "default_uki=/efi/a.efi\n", NULL },
		{ "grub", "PRESETS=('default' 'lts')\ndefault_image=\"/boot/a.img\"\nlts_image='/boot/b.img'\n",
		  "/boot/a.img /boot/b.img" },
		{ "grub", "PRESETS=('default')\n", "/boot/initramfs-*.img" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *got = NULL;
		struct told r;
		struct toy t;

		toy_init(&t);
		t.loader = cases[i].loader;
		t.tools = "grub-mkconfig grub.d mkinitcpio";
		t.initramfs = "mkinitcpio";
		toy_write(&t, "/etc/mkinitcpio.d/linux.preset", cases[i].text);
		r = told(&t);
		for (size_t k = 0; k < r.p.n_promises; k++)
			if (r.p.promises[k].kind == PROMISE_IMAGE)
				got = r.p.promises[k].where;
		if (!got != !cases[i].where || (got && strcmp(got, cases[i].where) != 0))
			fail_msg("case %zu: %s", i, or_dash(got));
		told_done(&r);
		toy_done(&t);
	}
}

/* Every loader with every initramfs system: the IOMMU in the first round, the binding in the second, then nothing. */
static void test_all_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++)
		for (size_t k = 0; k <= ARRAY_SIZE(makers); k++) {
			struct toy t;
			struct told r;

			loader_set(&t, &loaders[i]);
			iommu_wanted(&t);
			t.initramfs = k < ARRAY_SIZE(makers) ? makers[k].initramfs : "booster";
			for (int round = 0; round < 3; round++) {
				r = told(&t);
				if (round == 2 && *r.text)
					fail_msg("%s, %s: %s", t.loader, t.initramfs, r.text);
				for (size_t n = 0; n < r.p.n_ops; n++)
					assert_true(n == 0 || r.p.ops[n - 1].kind <= r.p.ops[n].kind);
				toy_apply(&t, &r.p);
				told_done(&r);
				toy_reboot(&t);
			}
			toy_done(&t);
		}
}

/* ---- binding ------------------------------------------------------------------------------------------------ */

static void test_bind_ostree(void **state)
{
	struct told r;
	struct toy t;

	(void)state;
	loader_set(&t, loader_named("rpm-ostree", "fedora"));
	r = told(&t);
	assert_string_equal(r.text, "run rpm-ostree initramfs --enable --arg=--add-drivers "
				    "--arg=vfio_pci vfio vfio_iommu_type1\n"
				    "run rpm-ostree kargs --append-if-missing=vfio-pci.ids=8086:3e92 "
				    "--append-if-missing=rd.driver.pre=vfio_pci\n");
	assert_string_equal(r.p.ops[0].inverse[2], "--disable");
	assert_string_equal(r.p.ops[1].inverse[2], "--delete-if-present=vfio-pci.ids=8086:3e92");
	assert_true(has_promise(&r.p, PROMISE_ENTRY, "/ostree-*.conf", "vfio-pci.ids=8086:3e92", false));
	assert_true(has_promise(&r.p, PROMISE_WORD, "", "rd.driver.pre=vfio_pci", false));
	assert_true(has_promise(&r.p, PROMISE_DRIVER, "0000:00:02.0", "vfio-pci", false));
	assert_false(has_promise(&r.p, PROMISE_IMAGE, "", "vfio-pci", false)); /* older deployments keep theirs */
	toy_apply(&t, &r.p);
	told_done(&r);
	r = told(&t);
	assert_string_equal(r.text, "");
	told_done(&r);
	toy_done(&t);
}

static void test_bind_builtin(void **state)
{
	struct told r;
	struct toy t;

	(void)state;
	toy_init(&t);
	t.builtin = "vfio vfio_pci";
	r = told(&t);
	assert_true(has_promise(&r.p, PROMISE_ENTRY, "/boot/grub/grub.cfg", "vfio-pci.ids=8086:3e92", false));
	assert_true(has_promise(&r.p, PROMISE_DRIVER, "0000:00:02.0", "vfio-pci", false));
	assert_false(has_promise(&r.p, PROMISE_IMAGE, "", "vfio-pci", false));
	told_done(&r);
	BECOMES(&t, "write /etc/default/grub.d/90-igdctl.cfg\nrun update-grub\n");
	assert_non_null(strstr(toy_text(&t, "/etc/default/grub.d/90-igdctl.cfg"), " vfio-pci.ids=8086:3e92\""));
	assert_file(&t, HOST_MODPROBE, "");
	toy_done(&t);
}

/* What stands already is not written again; what is missing of it is. */
static void test_bind_stands(void **state)
{
	struct toy t;

	(void)state;
	toy_init(&t);
	toy_write(&t, "/etc/modprobe.d/vfio.conf",
		  "options vfio-pci ids=8086:3e92\nsoftdep i915 pre: vfio-pci\nsoftdep xe pre: vfio_pci\n");
	t.devs[0].bound = "vfio-pci";
	BECOMES(&t, "");
	toy_done(&t);

	toy_init(&t);
	toy_write(&t, "/etc/modprobe.d/vfio.conf", "options vfio-pci ids=8086:3e92\n");
	BECOMES(&t, makers[0].plan);
	assert_file(&t, HOST_MODPROBE, HOST_HEAD "softdep i915 pre: vfio-pci\nsoftdep xe pre: vfio-pci\n");
	toy_done(&t);
}

/* A VM's start may have bound it, and Proxmox leaves it so; or an override, of a try or of somebody's hand: only what
 * will be in force at the next boot counts. */
static void test_bind_now_is_not_boot(void **state)
{
	static const struct {
		const char *path, *text, *override;
		const char *want;
	} cases[] = {
		{ NULL, NULL, "", BIND_IGD },
		{ NULL, NULL, "vfio-pci", BIND_IGD },
		{ "/etc/modprobe.d/vfio.conf", "options vfio-pci ids=8086:3e92\n", "", "" },
		{ "/etc/modprobe.d/vfio.conf", "options vfio-pci ids=8086:3e92\n", "vfio-pci",
		  HOST_HEAD "softdep i915 pre: vfio-pci\nsoftdep xe pre: vfio-pci\n" },
		{ "/etc/driverctl.d/pci-0000:00:02.0", "vfio-pci\n", "vfio-pci", "" },
		{ "/etc/driverctl.d/pci-0000:00:02.0", "none\n", "vfio-pci", BIND_IGD },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct told r;
		struct toy t;

		toy_init(&t);
		t.devs[0].bound = "vfio-pci";
		t.devs[0].override = cases[i].override;
		if (cases[i].path)
			toy_write(&t, cases[i].path, cases[i].text);
		r = told(&t);
		assert_true(has_promise(&r.p, PROMISE_DRIVER, "0000:00:02.0", "vfio-pci", false));
		assert_int_equal(has_note(&r.p, PLAN_NOT_NEEDED, "driver.host-owns", "already"), !*cases[i].want);
		toy_apply(&t, &r.p);
		if (strcmp(toy_text(&t, HOST_MODPROBE), cases[i].want) != 0)
			fail_msg("case %zu: %s", i, toy_text(&t, HOST_MODPROBE));
		told_done(&r);
		toy_done(&t);
	}
}

/* Of several ids= one counts, a command line's before a file's: the owner's is not outbid, and nothing is promised.
 */
static void test_bind_other_ids(void **state)
{
	static const struct {
		const char *loader, *tools, *path, *text, *cmdline, *want;
	} cases[] = {
		{ NULL, NULL, NULL, NULL, "", "ids=10de:1234 stands in /etc/modprobe.d/vfio.conf" },
		{ "systemd-boot", "mkinitcpio", "/boot/loader/entries/arch.conf",
		  "linux /vmlinuz\noptions root=/dev/sda1 vfio-pci.ids=10de:5678\n", "",
		  "ids=10de:5678 stands in /boot/loader/entries/arch.conf" },
		{ "systemd-boot", "", "/boot/loader/entries/own.conf",
		  "linux /vmlinuz\noptions root=/dev/sda1 vfio_pci.ids=10de:5678\n", "",
		  "ids=10de:5678 stands in /boot/loader/entries/own.conf" },
		{ "refind", "mkinitcpio", NULL, NULL, " vfio-pci.ids=10de:9abc", "ids=10de:9abc stands in" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct told r;
		struct toy t;

		toy_init(&t);
		toy_write(&t, "/etc/modprobe.d/vfio.conf", "options vfio-pci ids=10de:1234\n");
		if (cases[i].loader) {
			t.loader = cases[i].loader;
			t.tools = cases[i].tools;
			t.initramfs = "mkinitcpio";
		}
		if (cases[i].path)
			toy_write(&t, cases[i].path, cases[i].text);
		t.cmdline = arena_printf(&t.arena, "%s%s", t.cmdline, cases[i].cmdline);
		r = told(&t);
		if (!has_note(&r.p, PLAN_BY_HAND, "plan.other-ids", cases[i].want) ||
		    has_promise(&r.p, PROMISE_DRIVER, "0000:00:02.0", "vfio-pci", false))
			fail_msg("case %zu", i);
		toy_apply(&t, &r.p);
		assert_null(strstr(toy_text(&t, HOST_MODPROBE), "ids="));
		told_done(&r);
		toy_done(&t);
	}
}

/* Of several boot entries any may be started: an ids= that not each of them has is no reason to write none, and one
 * without the GPU is told about, as no promise holds when that entry is started. */
static void test_bind_ids_of_one_entry(void **state)
{
#define OWN   "ids=8086:3e92"
#define OTHER "vfio-pci.ids=10de:5678"
	static const struct {
		const char *loader, *distro, *first, *second, *rescue, *running;
		bool writes, promised;
		const char *warning;
		const char *by_hand;
	} cases[] = {
		/* an entry for VMs, beside the one of all days; and started by it now */
		{ "systemd-boot", "arch", "", "vfio-pci." OWN, "", "", true, true, NULL, NULL },
		{ "systemd-boot", "arch", "", "vfio-pci." OWN, "", "vfio-pci." OWN, true, true, NULL, NULL },
		{ "bls", "fedora", "", "vfio_pci." OWN, "", "", true, true, NULL, NULL },
		{ "bls", "fedora", "", "vfio-pci." OWN, "", "vfio-pci." OWN, true, true, NULL, NULL },
		{ "systemd-boot", "arch", "", "", "vfio-pci." OWN, "", true, true, NULL, NULL },
		/* in each of them: the rule, wherever the kernel that runs came from */
		{ "systemd-boot", "arch", "vfio-pci." OWN, "vfio-pci." OWN, "", "", false, true, NULL, NULL },
		{ "bls", "fedora", "vfio-pci." OWN, "vfio-pci." OWN, "", "", false, true, NULL, NULL },
		{ "bls", "fedora", OTHER, OTHER, "", "", false, false, NULL, "stands in each boot entry" },
		/* the last of an entry's counts */
		{ "systemd-boot", "arch", "vfio-pci." OWN " " OTHER, OTHER, "", "", false, false, NULL,
		  "make it ids=10de:5678,8086:3e92" },
		/* another device's */
		{ "systemd-boot", "arch", "", OTHER, "", "", true, false, "ids=10de:5678 stands in /boot/loader",
		  NULL },
		{ "systemd-boot", "arch", "", OTHER ",8086:3e92", "", "", true, true, NULL, NULL },
		{ "systemd-boot", "arch", "vfio-pci." OWN, OTHER, "", "", true, false, "10de:5678,8086:3e92", NULL },
		{ "systemd-boot", "arch", "", "", OTHER, "", true, true, NULL, NULL },
		{ "bls", "fedora", "", OTHER, "", "", true, false, "ids=10de:5678 stands in /boot/loader", NULL },
		{ "bls", "fedora", "", "", "", OTHER, true, false, "ids=10de:5678 stands in /proc/cmdline", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *const words[] = { cases[i].first, cases[i].second, cases[i].rescue };
		static const char *const paths[] = { "/boot/loader/entries/a.conf", "/boot/loader/entries/b.conf",
						     "/boot/loader/entries/b-rescue.conf" };
		struct told r;
		struct toy t;

		loader_set(&t, loader_named(cases[i].loader, cases[i].distro));
		t.n_files = 0;
		t.cmdline = arena_printf(&t.arena, "root=/dev/sda1 %s", cases[i].running);
		t.devs[0].bound = strstr(cases[i].running, OWN) ? "vfio-pci" : "i915";
		for (size_t k = 0; k < ARRAY_SIZE(words); k++)
			toy_write(&t, paths[k],
				  arena_printf(&t.arena, "linux /v\noptions root=/dev/sda1 %s\n", words[k]));
		r = told(&t);
		toy_apply(&t, &r.p);
		if ((strstr(toy_text(&t, HOST_MODPROBE), OWN) != NULL) != cases[i].writes ||
		    has_promise(&r.p, PROMISE_DRIVER, "0000:00:02.0", "vfio-pci", false) != cases[i].promised ||
		    has_note(&r.p, PLAN_WARNING, "plan.other-ids", cases[i].warning) != !!cases[i].warning ||
		    has_note(&r.p, PLAN_BY_HAND, "plan.other-ids", cases[i].by_hand) != !!cases[i].by_hand)
			fail_msg("case %zu: %s", i, toy_text(&t, HOST_MODPROBE));
		told_done(&r);
		toy_done(&t);
	}
#undef OTHER
#undef OWN
}

/* Where a kernel option binds nobody reads modprobe.d: an ids= in it does nothing, or, with ostree, comes too late;
 * and then an option does not take the place of the owner's other devices. */
static void test_bind_option_not_file(void **state)
{
	static const struct {
		bool ostree;
		const char *ids, *cmdline, *entries[2];
		const char *run; /* NULL: nothing is */
		bool promised;
		const char *by_hand;
	} cases[] = {
		{ false, "8086:3e92", "", { NULL, NULL }, "vfio-pci.ids=8086:3e92", true, NULL },
		{ false, "10de:5678", "", { NULL, NULL }, "vfio-pci.ids=8086:3e92", true, NULL },
		{ true, "8086:3e92", "", { NULL, NULL }, "vfio-pci.ids=8086:3e92", true, NULL },
		{ true, "10de:5678,8086:3e92", "", { NULL, NULL }, NULL, false, "=10de:5678,8086:3e92 to these" },
		{ true, "10de:5678", "", { NULL, NULL }, NULL, false, "vfio-pci.ids=10de:5678,8086:3e92" },
		/* that done, the initramfs lacks vfio-pci still */
		{ true,
		  "10de:5678",
		  "vfio-pci.ids=10de:5678,8086:3e92",
		  { NULL, NULL },
		  "rd.driver.pre",
		  true,
		  NULL },
		/* entries of one's own, which an option for all must not undo */
		{ false, "", "", { "", "vfio-pci.ids=10de:5678" }, NULL, false, "ids=10de:5678,8086:3e92 in each" },
		{ false, "", "", { "", "vfio-pci.ids=8086:3e92" }, "vfio-pci.ids=8086:3e92", true, NULL },
		{ false, "", "", { "", "vfio-pci.ids=8086:3e92,10de:1" }, NULL, false, "or take it out there" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct told r;
		struct toy t;

		loader_set(&t,
			   cases[i].ostree ? loader_named("rpm-ostree", "fedora") : loader_named("bls", "fedora"));
		t.builtin = cases[i].ostree ? "" : "vfio vfio_pci";
		t.cmdline = arena_printf(&t.arena, "root=/dev/sda1 %s", cases[i].cmdline);
		if (*cases[i].ids)
			toy_write(&t, "/etc/modprobe.d/vfio.conf",
				  arena_printf(&t.arena, "options vfio-pci ids=%s\n", cases[i].ids));
		for (size_t k = 0; k < 2 && cases[i].entries[k]; k++)
			toy_write(&t, k ? "/boot/loader/entries/b.conf" : "/boot/loader/entries/a.conf",
				  arena_printf(&t.arena, "linux /v\noptions ro %s\n", cases[i].entries[k]));
		r = told(&t);
		if (cases[i].run ? !strstr(r.text, cases[i].run) : *r.text != '\0')
			fail_msg("case %zu: %s", i, r.text);
		if (has_promise(&r.p, PROMISE_DRIVER, "0000:00:02.0", "vfio-pci", false) != cases[i].promised ||
		    has_note(&r.p, PLAN_BY_HAND, "plan.other-ids", cases[i].by_hand) != !!cases[i].by_hand)
			fail_msg("case %zu: promised or told otherwise", i);
		told_done(&r);
		toy_done(&t);
	}
}

/* The second of two equal adapters is the host's: no ids=, and how to do it by address. */
static void test_bind_twins(void **state)
{
	struct told r;
	struct toy t;

	(void)state;
	toy_init(&t);
	t.devs[6].id = t.devs[5].id;
	t.wish[1] = (struct pci_addr) { .bus = 2 };
	t.n_wish = 2;
	r = told(&t);
	assert_true(
		has_note(&r.p, PLAN_BY_HAND, "conf.ids-ambiguous", "driverctl set-override 0000:02:00.0 vfio-pci"));
	toy_apply(&t, &r.p);
	assert_file(&t, HOST_MODPROBE, BIND_IGD);
	told_done(&r);
	toy_done(&t);
}

/* What the hypervisor binds when a guest starts is left to it, but for the GPU. */
static void test_bind_late(void **state)
{
	struct toy t;

	(void)state;
	for (int late = 0; late < 2; late++) {
		toy_init(&t);
		t.wish[1] = (struct pci_addr) { .bus = 2 };
		t.n_wish = 2;
		t.late = late;
		BECOMES(&t, makers[0].plan);
		assert_int_equal(!strstr(toy_text(&t, HOST_MODPROBE), "10ec:8125"), late);
		assert_int_equal(!strstr(toy_text(&t, HOST_MODPROBE), "softdep r8169"), late);
		toy_done(&t);
	}
}

/* From one mode to another: what the first needed goes. */
static void test_change_of_mode(void **state)
{
	struct toy t;

	(void)state;
	toy_init(&t);
	BECOMES(&t, makers[0].plan);
	t.mode = MODE_GVTG;
	BECOMES(&t, "gone /etc/modprobe.d/igdctl.conf\ngone /etc/initramfs-tools/hooks/igdctl\n"
		    "write /etc/modules-load.d/igdctl.conf\nwrite /etc/default/grub.d/90-igdctl.cfg\n"
		    "run update-initramfs -u -k all\nrun update-grub\n");
	assert_file(&t, "/etc/modules-load.d/igdctl.conf", HOST_HEAD "kvmgt\n");
	assert_non_null(strstr(toy_text(&t, "/etc/default/grub.d/90-igdctl.cfg"), "i915.enable_gvt=1"));
	t.mode = MODE_UEFI;
	BECOMES(&t, "write /etc/modprobe.d/igdctl.conf\nwrite /etc/initramfs-tools/hooks/igdctl\n"
		    "gone /etc/modules-load.d/igdctl.conf\ngone /etc/default/grub.d/90-igdctl.cfg\n"
		    "run update-initramfs -u -k all\nrun update-grub\n");
	toy_done(&t);
}

/* ---- other needs -------------------------------------------------------------------------------------------- */

static void test_sound(void **state)
{
	static const struct {
		const char *kernel, *bound;
		bool want;
	} cases[] = { { "6.1.0-18-amd64", "snd_hda_intel", false },
		      { "6.12.3-1-pve", "snd_hda_intel", true },
		      { "6.12.3-1-pve", "", false },
		      { "6.12.3-1-pve", "snd_sof_pci_intel_cnl", false } };
	struct toy t;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		toy_init(&t);
		t.kernel = cases[i].kernel;
		t.devs[4].driver = t.devs[4].bound = cases[i].bound;
		BECOMES(&t, makers[0].plan);
		assert_int_equal(strstr(toy_text(&t, HOST_MODPROBE), "options snd_hda_core gpu_bind=0\n") != NULL,
				 cases[i].want);
		toy_done(&t);
	}
}

static void test_framebuffer(void **state)
{
	static const struct {
		const char *kernel;
		uint16_t class;
		bool there, want;
	} cases[] = { { "5.15.0-1-pve", 0x0300, true, true },
		      { "5.15.0-1-pve", 0x0300, false, false },
		      { "6.1.0-18-amd64", 0x0300, true, false } };
	struct toy t;
	struct told r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		toy_init(&t);
		t.kernel = cases[i].kernel;
		t.devs[0].class = cases[i].class;
		t.framebuffer = cases[i].there;
		r = told(&t);
		toy_apply(&t, &r.p);
		assert_int_equal(strstr(toy_text(&t, "/etc/default/grub.d/90-igdctl.cfg"),
					"initcall_blacklist=sysfb_init") != NULL,
				 cases[i].want);
		told_done(&r);
		toy_done(&t);
	}
}

/* What a kernel does by itself is not said again. */
static void test_iommu_default(void **state)
{
	struct told r;
	struct toy t;

	(void)state;
	toy_init(&t);
	t.iommu_on = false;
	r = told(&t);
	assert_string_equal(r.text, "");
	assert_true(has_note(&r.p, PLAN_BY_HAND, "iommu.off", "firmware setup"));
	told_done(&r);
	t.dmar = false;
	r = told(&t);
	assert_true(r.p.refused && has_note(&r.p, PLAN_WHY, "vtd.no-dmar", NULL));
	told_done(&r);
	toy_done(&t);
}

static const struct {
	const char *loader, *tools, *initramfs, *path, *gone, *before, *after;
} obstacles[] = {
	{ "grub", "update-grub grub.d", "initramfs-tools", "/etc/default/grub", "intel_iommu=off",
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=off splash\"\nGRUB_CMDLINE_LINUX=\"\"\n",
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\nGRUB_CMDLINE_LINUX=\"\"\n" },
	{ "grub", "update-grub grub.d", "initramfs-tools", "/etc/default/grub", "intel_iommu=on,igfx_off",
	  "# mine\nGRUB_CMDLINE_LINUX='intel_iommu=on,igfx_off'\n", "# mine\nGRUB_CMDLINE_LINUX=''\n" },
	{ "proxmox-boot-tool/systemd-boot", "proxmox-boot-tool", "initramfs-tools", "/etc/kernel/cmdline",
	  "iommu=off", "root=x iommu=off intremap=off quiet\n", "root=x quiet intel_iommu=on\n" },
	{ "systemd-boot", "mkinitcpio", "mkinitcpio", "/boot/loader/entries/arch.conf", "iommu=off",
	  "linux /v\noptions root=x iommu=off\n", "linux /v\noptions root=x\noptions intel_iommu=on\n" },
	{ "systemd-boot", "mkinitcpio", "mkinitcpio", "/boot/loader/entries/arch.conf", "intel_iommu=on,igfx_off",
	  "linux /v\noptions root=x intel_iommu=on,igfx_off\n",
	  "linux /v\noptions root=x\noptions intel_iommu=on\n" },
	{ "uki", "mkinitcpio", "mkinitcpio", "/etc/kernel/cmdline", "iommu=off", "root=x iommu=off\n", "root=x\n" },
};

/* All lines of /etc/kernel/cmdline and of drop-ins are joined, but by Proxmox, whose hook takes the first. */
static void test_lines_of_cmdline(void **state)
{
	static const char text[] = "# mine\nrw quiet\n root=/dev/sda1\n\n# iommu=pt\nvfio-pci.ids=8086:3e92\n";
	static const struct {
		const char *loader, *distro, *text, *plan, *after;
	} cases[] = {
		{ "uki", "arch", "# mine\nquiet\nroot=/dev/sda1\nintel_iommu=off\n",
		  "write /etc/kernel/cmdline\nwrite /etc/cmdline.d/90-igdctl.conf\nrun mkinitcpio -P\n",
		  "# mine\nquiet\nroot=/dev/sda1\n\n" },
		{ "uki", "debian", "root=/dev/sda1\nintel_iommu=on\n", "", "root=/dev/sda1\nintel_iommu=on\n" },
		{ "systemd-boot", "debian", "quiet\nroot=/dev/sda1 iommu=off\n",
		  "write /etc/kernel/cmdline\nrun kernel-install add %K /boot/vmlinuz-%K\n",
		  "quiet intel_iommu=on\nroot=/dev/sda1\n" },
		{ "proxmox-boot-tool/systemd-boot", "debian", "root=/dev/sda1\nintel_iommu=on\n",
		  "write /etc/kernel/cmdline\nrun proxmox-boot-tool refresh\n",
		  "root=/dev/sda1 intel_iommu=on\nintel_iommu=on\n" },
	};
	struct told r;
	struct toy t;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		loader_set(&t, loader_named(cases[i].loader, cases[i].distro));
		toy_write(&t, "/etc/kernel/cmdline", cases[i].text);
		iommu_wanted(&t);
		r = told(&t);
		if (strcmp(r.text, cases[i].plan) != 0)
			fail_msg("case %zu: %s", i, r.text);
		assert_true(has_promise(&r.p, PROMISE_WORD, "", "intel_iommu=on", false));
		toy_apply(&t, &r.p);
		assert_file(&t, "/etc/kernel/cmdline", cases[i].after);
		told_done(&r);
		r = told(&t);
		assert_string_equal(r.text, "");
		toy_reboot(&t);
		assert_null(toy_broken(&t, &r.p));
		told_done(&r);
		toy_done(&t);
	}
	loader_set(&t, loader_named("uki", "arch"));
	toy_write(&t, "/etc/kernel/cmdline", text); /* an ids= of the owner's in the last line */
	r = told(&t);
	assert_null(strstr(r.p.n_ops ? arena_span(&t.arena, r.p.ops[0].after) : "", "ids="));
	assert_true(has_promise(&r.p, PROMISE_DRIVER, "0000:00:02.0", "vfio-pci", false));
	told_done(&r);
	toy_done(&t);
}

static void test_obstacles(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(obstacles); i++) {
		struct told r;
		struct toy t;

		toy_init(&t);
		t.n_files = 0;
		t.loader = obstacles[i].loader;
		t.tools = obstacles[i].tools;
		t.initramfs = obstacles[i].initramfs;
		iommu_wanted(&t);
		toy_write(&t, obstacles[i].path, obstacles[i].before);
		r = told(&t);
		toy_apply(&t, &r.p);
		if (strcmp(toy_text(&t, obstacles[i].path), obstacles[i].after) != 0)
			fail_msg("case %zu: %s", i, toy_text(&t, obstacles[i].path));
		if (boot_row_find(r.f)->all_anew)
			assert_int_equal(has_promise(&r.p, PROMISE_ENTRY, "", obstacles[i].gone, true),
					 boot_row_find(r.f)->entries != NULL);
		assert_true(has_promise(&r.p, PROMISE_WORD, "", obstacles[i].gone, true));
		assert_true(has_promise(&r.p, PROMISE_WORD, "", "intel_iommu=on", false));
		told_done(&r);
		r = told(&t);
		if (*r.text)
			fail_msg("case %zu: a second plan: %s", i, r.text);
		told_done(&r);
		toy_done(&t);
	}
}

/* By programs too, and both directions in one command, with its inverse. */
static void test_obstacle_grubby(void **state)
{
	struct told r;
	struct toy t;

	(void)state;
	loader_set(&t, loader_named("bls", "fedora"));
	t.cmdline = "BOOT_IMAGE=/v root=/dev/sda1 intel_iommu=off";
	iommu_wanted(&t);
	r = told(&t);
	assert_string_equal(r.text, "run grubby --update-kernel=ALL --remove-args=intel_iommu=off "
				    "--args=intel_iommu=on\n");
	assert_string_equal(r.p.ops[0].inverse[2], "--args=intel_iommu=off");
	assert_null(r.p.ops[0].inverse[3]);
	told_done(&r);
	toy_done(&t);
}

/* A word stands where each entry that starts this host has it: not in an older kernel's alone, not in one for the day
 * when nothing else boots; and what starts no kernel is left alone. */
static void test_stands_in_each_entry(void **state)
{
	static const struct {
		const char *loader, *distro, *path, *text, *plan;
	} cases[] = {
		{ "bls", "fedora", "/boot/loader/entries/x-6.1.conf", "linux /old\noptions ro intel_iommu=on\n",
		  "run grubby --update-kernel=ALL --args=intel_iommu=on\n" },
		{ "bls", "fedora", "/boot/loader/entries/x-0-rescue.conf", "linux /old\noptions ro\n",
		  "run grubby --update-kernel=ALL --args=intel_iommu=on\n" },
		{ "systemd-boot", "arch", "/boot/loader/entries/arch-lts.conf",
		  "linux /lts\noptions ro intel_iommu=on\n", "write /boot/loader/entries/arch.conf\n" },
		{ "systemd-boot", "arch", "/boot/loader/entries/arch-fallback.conf",
		  "linux /v\noptions ro intel_iommu=on\n", "write /boot/loader/entries/arch.conf\n" },
		{ "systemd-boot", "arch", "/boot/loader/entries/shell.conf", "title Shell\nefi /shellx64.efi\n",
		  "write /boot/loader/entries/arch.conf\n" },
	};
	struct told r;
	struct toy t;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		loader_set(&t, loader_named(cases[i].loader, cases[i].distro));
		if (strcmp(cases[i].loader, "bls") == 0)
			toy_write(&t, "/boot/loader/entries/x-6.8.conf", "linux /new\noptions ro\n");
		toy_write(&t, cases[i].path, cases[i].text);
		iommu_wanted(&t);
		r = told(&t);
		if (strcmp(r.text, cases[i].plan) != 0)
			fail_msg("case %zu: %s", i, r.text);
		told_done(&r);
		toy_done(&t);
	}
	loader_set(&t, loader_named("systemd-boot", "arch")); /* the ordinary ones were not read: nobody knows */
	t.n_files = 0;
	toy_write(&t, "/boot/loader/entries/arch-fallback.conf", "linux /v\noptions ro intel_iommu=on\n");
	iommu_wanted(&t);
	r = told(&t);
	assert_string_equal(r.text, "");
	assert_true(has_note(&r.p, PLAN_BY_HAND, "iommu.off", "Add intel_iommu=on"));
	assert_int_equal(r.p.n_promises, 0);
	told_done(&r);
	toy_done(&t);
}

/* The owner's arguments for the initramfs, without which the disk stays locked, are given again, there and back. */
static void test_bind_ostree_args(void **state)
{
	static const struct {
		const char *args, *run, *back;
	} cases[] = {
		{ "", "run rpm-ostree initramfs --enable --arg=--add-drivers --arg=vfio_pci vfio vfio_iommu_type1\n",
		  "--enable" },
		{ "-a\ntpm2-tss\n",
		  "run rpm-ostree initramfs --enable --arg=-a --arg=tpm2-tss --arg=--add-drivers "
		  "--arg=vfio_pci vfio vfio_iommu_type1\n",
		  "--enable --arg=-a --arg=tpm2-tss" },
		{ "--add-drivers\nvfio_pci\n", "", NULL },
		{ "-I\n/etc/foobar.conf\n", "", NULL }, /* by hand: a plan in a file must not name any file */
	};
	struct told r;
	struct toy t;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *const *back, *text = "";

		loader_set(&t, loader_named("rpm-ostree", "fedora"));
		t.ostree_args = cases[i].args;
		r = told(&t);
		assert_true(text_starts(span_str(r.text), *cases[i].run ? cases[i].run : "run rpm-ostree kargs"));
		for (back = cases[i].back ? r.p.ops[0].inverse + 2 : NULL; back && *back; back++)
			text = arena_printf(&t.arena, "%s%s%s", text, *text ? " " : "", *back);
		assert_string_equal(text, cases[i].back ? cases[i].back : "");
		assert_int_equal(has_note(&r.p, PLAN_BY_HAND, "driver.host-owns", "rpm-ostree initramfs"), i == 3);
		assert_int_equal(has_promise(&r.p, PROMISE_DRIVER, "0000:00:02.0", "vfio-pci", false), i != 3);
		told_done(&r);
		toy_done(&t);
	}
}

/* grubby puts a word in the place of those with its key: the way back gives the owner's again. */
static void test_grubby_displaces(void **state)
{
	static const struct {
		const char *one, *two;
		const char *back;
		bool differ;
	} cases[] = {
		{ "ro intel_iommu=sm_on", "ro intel_iommu=sm_on", "--args=intel_iommu=sm_on", false },
		{ "ro", "ro", "--remove-args=intel_iommu=on", false },
		{ "ro", "ro intel_iommu=on", "--remove-args=intel_iommu=on", true },
	};
	struct told r;
	struct toy t;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		loader_set(&t, loader_named("bls", "fedora"));
		toy_write(&t, "/boot/loader/entries/a.conf",
			  arena_printf(&t.arena, "linux /a\noptions %s\n", cases[i].one));
		toy_write(&t, "/boot/loader/entries/b.conf",
			  arena_printf(&t.arena, "linux /b\noptions %s\n", cases[i].two));
		iommu_wanted(&t);
		r = told(&t);
		assert_string_equal(r.text, "run grubby --update-kernel=ALL --args=intel_iommu=on\n");
		assert_string_equal(r.p.ops[0].inverse[2], cases[i].back);
		assert_null(r.p.ops[0].inverse[3]);
		assert_int_equal(has_note(&r.p, PLAN_WARNING, "plan.entries-differ", "intel_iommu"), cases[i].differ);
		told_done(&r);
		toy_done(&t);
	}
}

static void test_disable_vga(void **state)
{
	static const char text[] = "# mine\noptions vfio-pci ids=8086:3e92 disable_vga=1\n"
				   "softdep i915 pre: vfio-pci\nsoftdep xe pre: vfio-pci\n";
	struct told r;
	struct toy t;

	(void)state;
	for (int legacy = 0; legacy < 2; legacy++) {
		toy_init(&t);
		t.mode = legacy ? MODE_LEGACY : MODE_UEFI;
		t.devs[0].bound = "vfio-pci";
		toy_write(&t, "/etc/modprobe.d/vfio.conf", text);
		r = told(&t);
		assert_string_equal(
			r.text, legacy ? "write /etc/modprobe.d/vfio.conf\nrun update-initramfs -u -k all\n" : "");
		assert_int_equal(has_note(&r.p, PLAN_NOT_NEEDED, "conf.disable-vga", NULL), !legacy);
		if (legacy)
			assert_true(text_starts(r.p.ops[0].after, "# mine\noptions vfio-pci ids=8086:3e92\nsoftdep"));
		told_done(&r);
		toy_done(&t);
	}
}

/* What guides add and this host does without is told, and neither written nor removed. */
static void test_not_needed(void **state)
{
	struct told r;
	struct toy t;

	(void)state;
	toy_init(&t);
	toy_write(&t, "/etc/modprobe.d/kvm.conf", "options kvm ignore_msrs=1\nblacklist i915\n");
	toy_write(&t, "/etc/default/grub",
		  "GRUB_CMDLINE_LINUX_DEFAULT=\"iommu=pt initcall_blacklist=sysfb_init nomodeset\"\n");
	r = told(&t);
	assert_string_equal(r.text, makers[0].plan);
	assert_true(has_note(&r.p, PLAN_NOT_NEEDED, "conf.ignore-msrs", "ignore_msrs"));
	assert_true(has_note(&r.p, PLAN_NOT_NEEDED, "conf.blacklist-gpu", NULL));
	assert_true(has_note(&r.p, PLAN_NOT_NEEDED, "conf.iommu-pt", NULL));
	assert_true(has_note(&r.p, PLAN_NOT_NEEDED, "conf.sysfb", NULL));
	assert_true(has_note(&r.p, PLAN_NOT_NEEDED, "conf.nomodeset", NULL));
	told_done(&r);
	toy_done(&t);
}

static void test_warnings(void **state)
{
	struct told r;
	struct toy t;

	(void)state;
	toy_init(&t);
	r = told(&t);
	assert_true(has_note(&r.p, PLAN_WARNING, "console.last", "only GPU"));
	told_done(&r);
	t.mode = MODE_GVTG;
	r = told(&t);
	assert_false(has_note(&r.p, PLAN_WARNING, "console.last", NULL));
	told_done(&r);
	toy_done(&t);
}

/* A laptop with a container that transcodes. */
static void test_warnings_of_use(void **state)
{
	struct facts *f;
	struct arena a = { 0 };
	struct connector *c;
	struct guest *g;
	struct plan p;
	struct toy t;

	(void)state;
	toy_init(&t);
	f = toy_facts(&t);
	c = arena_push(&f->arena, f->connectors, f->n_connectors);
	*c = (struct connector) {
		.name = "card0-eDP-1", .from = "toy", .connected = TRI_KNOWN(true, "toy"), .pci = 0
	};
	g = arena_push(&f->arena, f->guests, f->n_guests);
	*g = (struct guest) { .kind = "lxc", .id = "201", .from = "toy", .uses_dri = true };
	toy_plan(&t, f, &a, &p, NULL);
	assert_true(has_note(&p, PLAN_WARNING, "gpu.in-use", "panel of this laptop (card0-eDP-1)"));
	assert_true(has_note(&p, PLAN_WARNING, "gpu.in-use", "Container 201 uses /dev/dri"));
	facts_free(f);
	arena_done(&a);
	toy_done(&t);
}

/* What vfio-pci has only because a guest runs now, the host's driver gets at the next boot. */
static void test_bound_for_a_guest(void **state)
{
	struct facts *f;
	struct arena a = { 0 };
	struct guest *g;
	struct plan p;
	struct toy t;

	(void)state;
	toy_init(&t);
	toy_write(&t, "/etc/modprobe.d/vfio.conf", "options vfio-pci ids=8086:3e92\n");
	t.devs[0].bound = "vfio-pci";
	f = toy_facts(&t);
	toy_plan(&t, f, &a, &p, NULL);
	assert_int_equal(p.n_ops, 0);
	assert_true(has_note(&p, PLAN_NOT_NEEDED, "driver.host-owns", "already"));
	g = arena_push(&f->arena, f->guests, f->n_guests);
	*g = (struct guest) { .kind = "pve", .id = "101", .from = "toy", .pci = t.wish, .n_pci = 1 };
	g->running = TRI_KNOWN(true, "toy");
	toy_plan(&t, f, &a, &p, NULL);
	assert_int_equal(p.n_ops, 3);
	facts_free(f);
	arena_done(&a);
	toy_done(&t);
}

static void test_sriov(void **state)
{
	struct toy t;
	struct told r;

	(void)state;
	toy_init(&t);
	t.mode = MODE_SRIOV;
	t.kernel = "6.18.1-generic";
	t.devs[0].id = 0x80864680; /* Alder Lake-S */
	r = told(&t);
	assert_string_equal(r.text, "write /etc/default/grub.d/90-igdctl.cfg\nrun update-grub\n");
	assert_true(text_has(r.p.ops[0].after, " i915.force_probe=!4680 xe.force_probe=4680\""));
	told_done(&r);
	t.devs[0].bound = "xe"; /* as it is then */
	t.devs[0].driver = "xe";
	r = told(&t);
	assert_string_equal(r.text, "");
	told_done(&r);
	toy_done(&t);
}

/* ---- refused ------------------------------------------------------------------------------------------------ */

static void refused(struct toy *t, const char *id, int line)
{
	struct told r = told(t);

	if (!r.p.refused || r.p.n_ops || !has_note(&r.p, PLAN_WHY, id, NULL))
		fail_msg("line %d: not refused for %s: %s", line, id,
			 r.p.n_notes ? r.p.notes[r.p.n_notes - 1].text : "no note");
	assert_int_equal(r.p.notes[r.p.n_notes - 1].word, PLAN_WHY);
	told_done(&r);
	toy_done(t);
}

static void test_refused(void **state)
{
	struct toy t;

	(void)state;
	for (size_t i = 1; i < 6; i++) { /* keyboard, root disk, LPC and its company, route */
		toy_init(&t);
		t.wish[1] = (struct pci_addr) { .bus = t.devs[i].bus, .dev = t.devs[i].dev, .fn = t.devs[i].fn };
		t.n_wish = 2;
		t.late = true;
		refused(&t, "group.holds-host", __LINE__);
	}
	toy_init(&t);
	t.devs[0].group = 5;
	refused(&t, "group.holds-host", __LINE__);
	toy_init(&t);
	t.devs[0].group = -1;
	refused(&t, "iommu.igfx-quirk", __LINE__); /* others have a group */
	toy_init(&t);
	t.wish[0].dev = 3;
	refused(&t, "plan.no-device", __LINE__);
	toy_init(&t);
	t.n_wish = 0;
	refused(&t, "plan.no-device", __LINE__);
}

/* Its own files cannot be read: written over, and said so; the owner's are left alone. */
static void test_blind(void **state)
{
	struct told r;
	struct toy t;

	(void)state;
	toy_init(&t);
	t.blind = true;
	r = told(&t);
	assert_true(has_note(&r.p, PLAN_WARNING, "plan.not-read", HOST_MODPROBE));
	assert_int_equal(r.p.ops[0].there, TRI_UNKNOWN);
	assert_string_equal(r.p.ops[0].before_sha256, "");
	told_done(&r);
	t.loader = "proxmox-boot-tool/systemd-boot";
	t.tools = "proxmox-boot-tool";
	iommu_wanted(&t);
	r = told(&t);
	assert_string_equal(r.text, "");
	assert_true(has_note(&r.p, PLAN_BY_HAND, "iommu.off", "/etc/kernel/cmdline"));
	told_done(&r);
	toy_done(&t);
}

/* The machine that comes with the source, as it was pasted: it has all it needs, and much that it does not. */
static void test_example(void **state)
{
	static const char *const idle[] = { "conf.ignore-msrs", "conf.unsafe-interrupts", "conf.acs-override",
					    "conf.vfio-virqfd", "conf.blacklist-sound",	  "conf.blacklist-gpu" };
	static const struct pci_addr gpu = { .dev = 2 };
	const struct plan_wish w = { MODE_UEFI, &gpu, 1, true };
	struct facts *f = facts_new("example", SOURCE_BUNDLE);
	struct arena a = { 0 };
	struct plan p = { .arena = &a };
	struct findings found;
	char dir[4096];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/tests/hosts/hp-elitedesk-800-g4", getenv("IGDCTL_SOURCE"));
	assert_int_equal(facts_read_bundle(f, dir, NULL), 0);
	assert_int_equal(facts_finish(f, NULL), 0);
	assert_int_equal(checks_run(f, &found), 0);
	assert_int_equal(plan_host(f, &found, &w, &p), 0);
	assert_false(p.refused);
	assert_int_equal(p.n_ops, 0);
	assert_true(has_note(&p, PLAN_NOT_NEEDED, "driver.host-owns", "already"));
	for (size_t i = 0; i < ARRAY_SIZE(idle); i++)
		assert_true(has_note(&p, PLAN_NOT_NEEDED, idle[i], "Seen: "));
	findings_done(&found);
	facts_free(f);
	arena_done(&a);
}

static void test_digests(void **state)
{
	char hex[65];
	struct told r;
	struct toy t;

	(void)state;
	plan_sha256((struct span) { 0 }, hex); /* FIPS 180-4's own example of nothing, and of "abc" */
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	plan_sha256(span_str("abc"), hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	toy_init(&t);
	r = told(&t);
	plan_sha256(span_str(BIND_IGD), hex);
	assert_string_equal(r.p.ops[0].after_sha256, hex);
	assert_string_equal(r.p.ops[0].before_sha256, "");
	assert_int_equal(r.p.ops[0].mode, 0644);
	assert_int_equal(r.p.ops[1].mode, 0755);
	told_done(&r);
	toy_done(&t);
}

static void test_no_memory(void **state)
{
	struct toy t;

	(void)state;
	toy_init(&t);
	for (size_t limit = 16; limit < 4096; limit += 16) {
		struct facts *f = toy_facts(&t);
		struct arena a = { .limit = limit };
		struct plan p = { .arena = &a };
		const struct plan_wish w = { t.mode, t.wish, t.n_wish, t.late };
		struct findings found;
		int r;

		assert_int_equal(checks_run(f, &found), 0);
		r = plan_host(f, &found, &w, &p);
		assert_true(r == -IGD_ENOMEM || (r == 0 && !a.full));
		findings_done(&found);
		facts_free(f);
		arena_done(&a);
	}
	toy_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loaders),
		cmocka_unit_test(test_loader_by_distro),
		cmocka_unit_test(test_loader_by_hand),
		cmocka_unit_test(test_loader_root_first),
		cmocka_unit_test(test_makers),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_all_pairs),
		cmocka_unit_test(test_makers_by_hand),
		cmocka_unit_test(test_bind_ostree),
		cmocka_unit_test(test_bind_ostree_args),
		cmocka_unit_test(test_grubby_displaces),
		cmocka_unit_test(test_stands_in_each_entry),
		cmocka_unit_test(test_presets),
		cmocka_unit_test(test_modconf),
		cmocka_unit_test(test_preset_images),
		cmocka_unit_test(test_dracut_arch),
		cmocka_unit_test(test_bind_builtin),
		cmocka_unit_test(test_bind_stands),
		cmocka_unit_test(test_bind_now_is_not_boot),
		cmocka_unit_test(test_bind_other_ids),
		cmocka_unit_test(test_bind_ids_of_one_entry),
		cmocka_unit_test(test_bind_option_not_file),
		cmocka_unit_test(test_bind_twins),
		cmocka_unit_test(test_bind_late),
		cmocka_unit_test(test_change_of_mode),
		cmocka_unit_test(test_sound),
		cmocka_unit_test(test_framebuffer),
		cmocka_unit_test(test_iommu_default),
		cmocka_unit_test(test_lines_of_cmdline),
		cmocka_unit_test(test_obstacles),
		cmocka_unit_test(test_obstacle_grubby),
		cmocka_unit_test(test_disable_vga),
		cmocka_unit_test(test_not_needed),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_warnings_of_use),
		cmocka_unit_test(test_bound_for_a_guest),
		cmocka_unit_test(test_sriov),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_blind),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_first_cmdline),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
