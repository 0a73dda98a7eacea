// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree_conf.c - what the kernel was told and will be told, by which boot loader, out of which initramfs.
 */
#include "facts/tree.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "store/entry.h"
#include "store/grub.h"
#include "store/ostree.h"

/* ---- texts -------------------------------------------------------------------------------------------------- */

struct place {
	const char *path;
	const char *suffix; /* of the files in a folder; NULL: .path is a file */
	enum conf_kind kind;
};

/*
 * modprobe.d(5), modules-load.d(5), interfaces of update-grub and kernel-install(8). A folder earlier in the list
 * hides files of the same name in later ones of its kind.
 */
static const struct place places[] = {
	{ "proc/cmdline", NULL, CONF_CMDLINE },
	{ "etc/default/grub", NULL, CONF_GRUB },
	{ "etc/default/grub.d", ".cfg", CONF_GRUB },
	{ "etc/kernel/cmdline", NULL, CONF_KERNEL_CMDLINE },
	{ "etc/cmdline.d", ".conf", CONF_KERNEL_CMDLINE },
	{ "boot/loader/entries", ".conf", CONF_LOADER_ENTRY },
	{ "efi/loader/entries", ".conf", CONF_LOADER_ENTRY },
	{ "boot/efi/loader/entries", ".conf", CONF_LOADER_ENTRY },
	{ "etc/modprobe.d", ".conf", CONF_MODPROBE },
	{ "run/modprobe.d", ".conf", CONF_MODPROBE },
	{ "usr/local/lib/modprobe.d", ".conf", CONF_MODPROBE },
	{ "usr/lib/modprobe.d", ".conf", CONF_MODPROBE },
	{ "lib/modprobe.d", ".conf", CONF_MODPROBE },
	{ "etc/modules", NULL, CONF_MODULES },
	{ "etc/modules-load.d", ".conf", CONF_MODULES },
	{ "usr/lib/modules-load.d", ".conf", CONF_MODULES },
	{ "etc/initramfs-tools/modules", NULL, CONF_MODULES },
};

/* Files that may be ours and that no list above reads (docs/how-to-add-a-boot-loader.md); each is asked for by name.
 */
static const char *const own_files[] = {
	"etc/kernel/cmdline",
	"usr/lib/kernel/cmdline", /* never written; it stands in for the one above */
	"etc/mkinitcpio.conf",	  /* the same: its HOOKS decide whether modprobe.d is copied */
	"etc/default/grub",
	"etc/default/grub.d/90-igdctl.cfg",
	"etc/cmdline.d/90-igdctl.conf",
	"etc/modprobe.d/igdctl.conf",
	"etc/modules-load.d/igdctl.conf",
	"etc/initramfs-tools/hooks/igdctl",
	"etc/dracut.conf.d/90-igdctl.conf",
	"etc/mkinitcpio.conf.d/90-igdctl.conf",
	"etc/grub.d/42_igdctl",
	"boot/loader/entries/igdctl-spare.conf",
	"efi/loader/entries/igdctl-spare.conf",
	"boot/efi/loader/entries/igdctl-spare.conf",
	"boot/loader/loader.conf", /* never written: whether an entry is the default by its name */
	"efi/loader/loader.conf",
	"boot/efi/loader/loader.conf",
	"etc/systemd/system/igdctl-guard.service",
	"etc/systemd/system/multi-user.target.d/igdctl-guard.conf",
	"etc/pve/storage.cfg", /* never written: where a volume lies, and what a mapping stands for */
	"etc/pve/mapping/pci.cfg",
	"etc/pve/mapping/usb.cfg",
};

#define SEEN_MAX 1024

struct conf_reader {
	struct tree *t;
	const char *seen[SEEN_MAX]; /* names of files that hide later ones */
	enum conf_kind kinds[SEEN_MAX];
	size_t n_seen;
	struct span machine_id;		       /* empty: not known */
	struct span grubenv;		       /* the same */
	struct span snapshot;		       /* the same; the running one */
	bool staged;			       /* a deployment of ostree that has no boot entry yet */
	const char *refused[CONF_MODULES + 1]; /* why the first that is there may not be read */
};

static bool hidden(struct conf_reader *c, enum conf_kind kind, const char *name)
{
	for (size_t i = 0; i < c->n_seen; i++)
		if (c->kinds[i] == kind && strcmp(c->seen[i], name) == 0)
			return true;
	if (c->n_seen < SEEN_MAX) {
		c->seen[c->n_seen] = name;
		c->kinds[c->n_seen++] = kind;
	}
	return false;
}

/* Newest file that an initramfs is made from, and newest of GRUB's defaults. */
static void time_note(struct tree *t, enum conf_kind kind, const char *path)
{
	struct facts *f = t->f;
	bool grub = kind == CONF_GRUB;
	struct fact_num *newest = grub ? &f->grub_default_mtime : &f->conf_mtime;
	int64_t when;

	if ((!grub && kind != CONF_MODPROBE && kind != CONF_MODULES) || strncmp(path, "etc/", 4) != 0 ||
	    host_mtime(t->h, path, &when) < 0 || when < 0)
		return;
	if (newest->known && newest->v >= (uint64_t)when)
		return;
	*newest = NUM_KNOWN((uint64_t)when, arena_printf(&f->arena, "/%s", path));
	if (!grub)
		f->conf_newest = STR_KNOWN(newest->from, newest->from);
}

/* May a plan change this file? What is made by programs or belongs to packages it does not. */
static bool is_written_by_hand(enum conf_kind kind, const char *path)
{
	return kind == CONF_LOADER_ENTRY || (kind != CONF_CMDLINE && strncmp(path, "etc/", 4) == 0);
}

static void file_read(struct conf_reader *c, enum conf_kind kind, const char *path)
{
	struct tree *t = c->t;
	struct span text;

	if (!tree_read(t, path, &text)) {
		c->refused[kind] = c->refused[kind] ? c->refused[kind] : t->why;
		return;
	}
	fact_tri_set(&t->f->conf_seen[kind], true, t->path);
	if (kind == CONF_LOADER_ENTRY &&
	    (!entry_is_of(text, c->machine_id) || !entry_is_of_snapshot(text, c->snapshot)))
		return;
	if (is_written_by_hand(kind, path))
		facts_text_add(t->f, t->path, TRI_YES, text, NULL);
	if (kind == CONF_LOADER_ENTRY)
		text = grub_kernelopts(text, c->grubenv, &t->f->arena);
	if (facts_conf_text(t->f, kind, t->path, text, 1) < 0)
		report_note(t->rep, REPORT_NOWHERE, "%s: too many lines; the rest is left out", t->path);
	time_note(t, kind, path);
}

/* Of ostree's entries the newest counts: the others are there to go back to, and a staged one comes before all. */
static bool is_older(const struct conf_reader *c, const struct host_names *names, const char *name)
{
	unsigned n = ostree_entry_number(name);

	for (size_t i = 0; n && !c->staged && i < names->n; i++)
		if (ostree_entry_number(names->v[i]) > n)
			return true;
	return n && c->staged;
}

static void folder_read(struct conf_reader *c, const struct place *p)
{
	struct tree *t = c->t;
	struct host_names names;

	if (!tree_list(t, p->path, &names)) {
		c->refused[p->kind] = c->refused[p->kind] ? c->refused[p->kind] : t->why;
		return;
	}
	fact_tri_set(&t->f->conf_seen[p->kind], true, t->path);
	for (size_t i = 0; i < names.n; i++)
		if (text_ends(span_str(names.v[i]), p->suffix) && !hidden(c, p->kind, names.v[i]) &&
		    !(p->kind == CONF_LOADER_ENTRY && is_older(c, &names, names.v[i])))
			file_read(c, p->kind, tree_path(t, "%s/%s", p->path, names.v[i]));
}

/* What the next shutdown makes a boot entry of. */
static void staged_read(struct conf_reader *c)
{
	struct facts *f = c->t->f;
	const char *line, *path;
	struct span bytes;

	if (!tree_read(c->t, OSTREE_STAGED, &bytes)) {
		c->refused[CONF_LOADER_ENTRY] = c->t->why;
		return;
	}
	path = c->t->path;
	c->staged = true;
	if (!ostree_staged_options(bytes, &f->arena, &line)) {
		c->refused[CONF_LOADER_ENTRY] = arena_printf(&f->arena, "%s: its options cannot be read", path);
		return;
	}
	facts_text_add(f, path, TRI_YES, span_str(line), NULL);
	if (facts_conf_text(f, CONF_LOADER_ENTRY, path, span_str(line), 1) < 0)
		report_note(c->t->rep, REPORT_NOWHERE, "%s: too many words; the rest is left out", path);
}

/* "linux /boot/vmlinuz-... root=..." lines only: the rest of grub.cfg says nothing that matters here. */
static bool linux_line(void *ctx, struct span line)
{
	(void)ctx;
	return text_starts(text_trim(line), "linux");
}

static void grub_menu(struct conf_reader *c)
{
	static const char *const menus[] = { "boot/grub/grub.cfg", "boot/grub2/grub.cfg" };
	struct tree *t = c->t;
	struct span text;
	int64_t when;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(menus); i++) {
		const char *from = arena_printf(&t->f->arena, "/%s", menus[i]);

		if (host_mtime(t->h, menus[i], &when) == 0 && when >= 0)
			fact_num_set(&t->f->grub_cfg_mtime, (uint64_t)when, from);
		r = host_read_some(t->h, menus[i], "\n", linux_line, NULL, &t->f->arena, &text);
		if (r == 0)
			r = facts_conf_text(t->f, CONF_LOADER_ENTRY, from, text, 1) < 0 ? -IGD_ELIMIT : 0;
		if (r == -IGD_ELIMIT)
			report_note(t->rep, REPORT_NOWHERE, "%s: too many lines; the rest is left out", from);
		else if (r < 0 && r != -IGD_ENOENT && !c->refused[CONF_LOADER_ENTRY])
			c->refused[CONF_LOADER_ENTRY] = host_why(t->h, r, menus[i], &t->f->arena);
	}
}

/* A kind of which nothing was found: there is none. */
static void none_of(struct tree *t)
{
	bool root = tree_is_root(t);

	for (size_t i = 0; root && i < ARRAY_SIZE(places); i++) {
		struct fact_tri *seen = &t->f->conf_seen[places[i].kind];

		if (places[i].kind != CONF_CMDLINE && places[i].kind != CONF_LOADER_ENTRY && !seen->from)
			fact_tri_set(seen, false, arena_printf(&t->f->arena, "/%s", places[i].path));
	}
}

/* ---- boot loader -------------------------------------------------------------------------------------------- */

#define LOADER_VARIABLE "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f" /* systemd's Boot Loader Interface */

/* The ASCII of a UTF-16 EFI variable, "systemd-boot 252.5-2"; "" when it is not there. */
static const char *loader_variable(struct tree *t, const char *name)
{
	const char *path = tree_path(t, "sys/firmware/efi/efivars/%s" LOADER_VARIABLE, name);
	char text[80];
	struct span bytes;
	size_t n = 0;
	uint16_t c;

	if (!tree_read(t, path, &bytes))
		return "";
	for (size_t at = 4; n < sizeof(text) - 1 && span_le16(bytes, at, &c) && c; at += 2)
		text[n++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	text[n] = '\0';
	return arena_str(&t->f->arena, text);
}

static bool any_there(struct tree *t, const char *const *paths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (tree_has(t, paths[i]) == TRI_YES)
			return true;
	return false;
}

static bool uses_bls(struct tree *t)
{
	struct span text, line;

	if (!tree_read(t, "etc/default/grub", &text))
		return false;
	while (span_line(&text, &line))
		if (text_starts(text_trim(line), "GRUB_ENABLE_BLSCFG=") && text_has(line, "true"))
			return true;
	return false;
}

static bool has_line(struct tree *t, const char *path, const char *wanted)
{
	struct span text, line;

	if (!tree_read(t, path, &text))
		return false;
	while (span_line(&text, &line))
		if (text_eq(text_trim(line), wanted))
			return true;
	return false;
}

/* openSUSE: GRUB or systemd-boot with entries that sdbootutil keeps; "grub2" and "grub2-efi" are GRUB with its menu
 * (sdbootutil, bootloader_type(); perl-Bootloader). */
static bool by_sdbootutil(struct tree *t)
{
	struct span text, line;
	bool found = false;

	if (!tree_read(t, "etc/sysconfig/bootloader", &text))
		return false;
	while (span_line(&text, &line))
		if (text_starts(line, "LOADER_TYPE="))
			found = text_has(line, "grub2-bls") || text_has(line, "systemd-boot");
	return found;
}

/* What a boot loader that is known by name alone calls itself, and the files it reads. */
static const struct other_loader {
	const char *name, *info, *paths[8];
} others[] = {
	/* rEFInd's documentation, "Methods of Booting Linux" */
	{ "refind",
	  "rEFInd",
	  { "boot/refind_linux.conf", "boot/efi/EFI/refind/refind.conf", "efi/EFI/refind/refind.conf",
	    "boot/EFI/refind/refind.conf" } },
	/* Limine CONFIG.md, "Location of the config file" */
	{ "limine",
	  "Limine",
	  { "boot/limine.conf", "boot/limine/limine.conf", "boot/EFI/limine/limine.conf", "boot/EFI/BOOT/limine.conf",
	    "boot/efi/limine.conf", "boot/efi/EFI/limine/limine.conf", "efi/limine.conf", "boot/limine.cfg" } },
	/* petitboot, discover/native-parser.c and kboot-parser.c; what it reads of GRUB's files counts as GRUB */
	{ "petitboot", NULL, { "boot/petitboot.conf", "etc/kboot.conf" } },
};

static const struct other_loader *other_by_info(const char *info)
{
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (others[i].info && text_starts(span_str(info), others[i].info))
			return &others[i];
	return NULL;
}

static const struct other_loader *other_by_files(struct tree *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		for (size_t k = 0; k < ARRAY_SIZE(others[i].paths) && others[i].paths[k]; k++)
			if (tree_has(t, others[i].paths[k]) == TRI_YES)
				return &others[i];
	return NULL;
}

static const char *const grub_files[] = { "boot/grub/grub.cfg", "boot/grub2/grub.cfg", "etc/default/grub" };
static const char *const sd_files[] = { "efi/loader/loader.conf", "boot/loader/loader.conf",
					"boot/efi/loader/loader.conf" };
static const char *const extlinux_files[] = { "boot/extlinux/extlinux.conf", "boot/syslinux/syslinux.cfg",
					      "boot/syslinux/extlinux.conf" };

/* Nothing that runs has left its name: by the files that are there. Syslinux too writes BOOT_IMAGE= (its
 * doc/syslinux.txt). */
static void loader_by_files(struct tree *t, bool by_grub)
{
	struct fact_str *fact = &t->f->boot_loader;
	const struct other_loader *other;

	if (!any_there(t, grub_files, 2) && any_there(t, extlinux_files, ARRAY_SIZE(extlinux_files)))
		fact_str_set(fact, "extlinux", t->path);
	else if (by_grub)
		fact_str_set(fact, "grub", t->f->cmdline.from);
	else if ((other = other_by_files(t)))
		fact_str_set(fact, other->name, t->path);
	else if (any_there(t, grub_files, ARRAY_SIZE(grub_files)))
		fact_str_set(fact, "grub", t->path);
	else if (any_there(t, sd_files, ARRAY_SIZE(sd_files)))
		fact_str_set(fact, "systemd-boot", t->path);
}

/* The newest unified kernel image, of the folders that the Boot Loader Specification has them in, and its time; NULL:
 * none is there. */
static const char *newest_uki(struct tree *t, int64_t *ret_when)
{
	static const char *const folders[] = { "boot/EFI/Linux", "efi/EFI/Linux", "boot/efi/EFI/Linux" };
	const char *found = NULL;
	struct host_names names;
	int64_t when;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		if (!tree_list(t, folders[i], &names))
			continue;
		for (size_t k = 0; k < names.n; k++) {
			const char *path = tree_path(t, "%s/%s", folders[i], names.v[k]);

			if (!text_ends(span_str(path), ".efi") || host_mtime(t->h, path, &when) < 0 ||
			    (found && when <= *ret_when))
				continue;
			found = path;
			*ret_when = when;
		}
	}
	return found;
}

/* ZFSBootMenu is started by systemd's stub, which leaves its name, and starts the system's kernel by kexec, with a
 * host id that no one else adds (zfsbootmenu-core.sh, the command line of a boot environment). */
static bool is_zfsbootmenu(struct tree *t, const char *cmdline)
{
	int64_t when;

	return strstr(cmdline, "spl_hostid=") && !newest_uki(t, &when);
}

static void boot_loader(struct tree *t)
{
	const char *info = loader_variable(t, "LoaderInfo"), *info_from = t->path;
	const char *stub = loader_variable(t, "StubInfo"), *stub_from = t->path;
	const char *cmdline = t->f->cmdline.v ? t->f->cmdline.v : "";
	bool by_grub = strstr(cmdline, "BOOT_IMAGE=") != NULL, by_info = strncmp(info, "systemd-boot", 12) == 0;
	const struct other_loader *other = by_grub ? NULL : other_by_info(info);
	bool by_sd = !by_grub && !other && (by_info || strstr(cmdline, "initrd=\\") != NULL);
	struct fact_str *fact = &t->f->boot_loader;

	if (tree_has(t, "run/ostree-booted") == TRI_YES)
		fact_str_set(fact, "rpm-ostree", t->path);
	else if (by_sdbootutil(t))
		fact_str_set(fact, "sdbootutil", t->path);
	else if (tree_has(t, "etc/kernel/proxmox-boot-uuids") == TRI_YES && (by_grub || by_sd))
		fact_str_set(fact, by_sd ? "proxmox-boot-tool/systemd-boot" : "proxmox-boot-tool/grub", t->path);
	else if (*stub && !by_grub && !strstr(cmdline, "initrd="))
		fact_str_set(fact, is_zfsbootmenu(t, cmdline) ? "zfsbootmenu" : "uki", stub_from);
	else if (other)
		fact_str_set(fact, other->name, info_from);
	else if (by_info && by_sd)
		fact_str_set(fact, "systemd-boot", info_from);
	else if (by_sd && !other_by_files(t)) /* rEFInd writes such an initrd= too */
		fact_str_set(fact, "systemd-boot", *info ? info_from : t->f->cmdline.from);
	else if (by_grub && uses_bls(t))
		fact_str_set(fact, "bls", t->path);
	else
		loader_by_files(t, by_grub);
}

/* ---- initramfs ---------------------------------------------------------------------------------------------- */

/* A whole root with a kernel in /boot, no image beside it and nothing that could make one. */
static void no_initramfs(struct tree *t)
{
	struct host_names names;
	bool kernel = false;

	if (t->f->initramfs.v || !tree_is_root(t) || tree_has(t, "usr/bin") != TRI_YES ||
	    !tree_list(t, "boot", &names))
		return;
	for (size_t i = 0; i < names.n; i++) {
		if (text_starts(span_str(names.v[i]), "initr"))
			return;
		kernel |= text_starts(span_str(names.v[i]), "vmlinuz");
	}
	if (kernel)
		fact_str_set(&t->f->initramfs, "none", t->path);
}

/* When the running kernel's was made: that inside a unified image where there are such, whatever else lies about. */
static void initramfs_time(struct tree *t)
{
	const char *release = t->f->kernel.v ? t->f->kernel.v : "";
	const char *const images[] = { tree_path(t, "boot/initrd.img-%s", release),
				       tree_path(t, "boot/initramfs-%s.img", release), "boot/initramfs-linux.img",
				       "boot/initramfs-linux-lts.img" };
	bool unified = t->f->boot_loader.v && strcmp(t->f->boot_loader.v, "uki") == 0;
	int64_t when;
	const char *uki = unified ? newest_uki(t, &when) : NULL;

	if (uki && when >= 0)
		fact_num_set(&t->f->initrd_mtime, (uint64_t)when, arena_printf(&t->f->arena, "/%s", uki));
	for (size_t i = 0; !unified && i < ARRAY_SIZE(images) && !strchr(release, '/'); i++)
		if (host_mtime(t->h, images[i], &when) == 0 && when >= 0)
			fact_num_set(&t->f->initrd_mtime, (uint64_t)when,
				     arena_printf(&t->f->arena, "/%s", images[i]));
}

static void initramfs(struct tree *t)
{
	static const struct {
		const char *path, *name;
	} makers[] = {
		{ "etc/mkinitcpio.conf", "mkinitcpio" },
		{ "usr/sbin/mkinitramfs", "initramfs-tools" },
		{ "usr/bin/dracut", "dracut" },
		{ "usr/sbin/dracut", "dracut" },
		{ "etc/initramfs-tools/initramfs.conf", "initramfs-tools" },
		{ "etc/dracut.conf", "dracut" },
		{ "usr/bin/booster", "booster" },
		{ "etc/booster.yaml", "booster" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (tree_has(t, makers[i].path) == TRI_YES)
			fact_str_set(&t->f->initramfs, makers[i].name, t->path);
	no_initramfs(t);
	initramfs_time(t);
}

/* The deployment that a change starts from: the staged one, else that of the newest entry, whose ostree= is a link to
 * its folder (ostree(1); libostree, ostree-sysroot-deploy.c, install_deployment_kernel()). NULL: not known. */
static const char *ostree_origin(struct tree *t)
{
	const struct conf *c = facts_conf(t->f, CONF_LOADER_ENTRY, "ostree", NULL);
	const char *path = NULL, *target, *deploy;
	struct span staged;

	if (tree_read(t, OSTREE_STAGED, &staged))
		return ostree_staged_origin(staged, &t->f->arena, &path) ? path : NULL;
	c = c ? c : facts_conf(t->f, CONF_CMDLINE, "ostree", NULL);
	target = c && c->value && c->value[0] == '/' ? tree_link(t, &c->value[1]) : NULL;
	deploy = target ? strstr(target, "/deploy/") : NULL;
	return deploy ? tree_path(t, "ostree%s.origin", deploy) : NULL;
}

static void ostree_client(struct tree *t)
{
	const char *path = ostree_origin(t);
	struct ostree_initramfs state;
	struct facts *f = t->f;
	struct span text;

	if (!path) {
		fact_tri_why(&f->ostree_initramfs, "the origin of the deployment that is changed was not found");
		return;
	}
	if (!tree_read(t, path, &text) || !ostree_origin_read(text, &f->arena, &state)) {
		fact_tri_why(&f->ostree_initramfs,
			     t->why ? t->why : arena_printf(&f->arena, "%s cannot be read", t->path));
		return;
	}
	fact_tri_set(&f->ostree_initramfs, state.enabled, t->path);
	fact_str_set(&f->ostree_args, state.args, t->path);
}

/* A folder that is here was copied whole, or is the machine's own: what is not in it is not there. */
static bool folder_is_here(struct tree *t, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && tree_has(t, arena_printf(&t->f->arena, "%.*s", (int)(slash - path), path)) == TRI_YES;
}

/* What of own_files is not there, or is no list of words. */
static void own_texts(struct tree *t)
{
	bool root = tree_is_root(t);

	for (size_t i = 0; i < ARRAY_SIZE(own_files); i++) {
		const char *path = arena_printf(&t->f->arena, "/%s", own_files[i]);
		struct span text = { 0 };

		if (facts_text(t->f, path))
			continue;
		if (tree_read(t, own_files[i], &text))
			facts_text_add(t->f, path, TRI_YES, text, NULL);
		else {
			const char *why = t->why;
			bool gone = !why && (root || folder_is_here(t, own_files[i]));

			facts_text_add(t->f, path, gone ? TRI_NO : TRI_UNKNOWN, text, why);
		}
	}
}

/* Files of others that are never written, all of a folder: "pci-0000:00:02.0", an override by address that
 * driverctl(8) sets at each boot; presets of mkinitcpio(8) and drop-ins of its settings. */
static void other_texts(struct tree *t)
{
	static const struct {
		const char *folder, *head, *tail;
	} others_of[] = { { "etc/driverctl.d", "pci-", "" },
			  { "etc/mkinitcpio.d", "", ".preset" },
			  { "etc/mkinitcpio.conf.d", "", ".conf" } };
	struct host_names names;
	struct span text, name;

	for (size_t k = 0; k < ARRAY_SIZE(others_of); k++) {
		if (!tree_list(t, others_of[k].folder, &names))
			continue;
		for (size_t i = 0; i < names.n; i++) {
			name = span_str(names.v[i]);
			if (text_starts(name, others_of[k].head) && text_ends(name, others_of[k].tail) &&
			    tree_read(t, tree_path(t, "%s/%s", others_of[k].folder, names.v[i]), &text))
				facts_text_add(t->f, t->path, TRI_YES, text, NULL);
		}
	}
}

/* ---- programs ----------------------------------------------------------------------------------------------- */

static const struct tool {
	const char *name, *paths[3];
} tools[] = {
	{ "update-grub", { "usr/sbin/update-grub" } },
	{ "grub-mkconfig", { "usr/sbin/grub-mkconfig", "usr/bin/grub-mkconfig" } },
	{ "grub2-mkconfig", { "usr/sbin/grub2-mkconfig", "usr/bin/grub2-mkconfig" } },
	{ "grubby", { "usr/sbin/grubby", "usr/bin/grubby" } },
	{ "proxmox-boot-tool", { "usr/sbin/proxmox-boot-tool" } },
	{ "kernel-install", { "usr/bin/kernel-install" } },
	{ "sdboot-manage", { "usr/bin/sdboot-manage" } },
	/* Debian's systemd-boot until 261, and since: linux-base 4.12, run-parts of both folders */
	{ "zz-systemd-boot",
	  { "etc/kernel/postinst.d/zz-systemd-boot", "usr/share/kernel/postinst.d/zz-systemd-boot" } },
	{ "rpm-ostree", { "usr/bin/rpm-ostree" } },
	{ "sdbootutil", { "usr/bin/sdbootutil" } },
	{ "update-initramfs", { "usr/sbin/update-initramfs" } },
	{ "dracut", { "usr/bin/dracut", "usr/sbin/dracut" } },
	{ "mkinitcpio", { "usr/bin/mkinitcpio" } },
	{ "booster", { "usr/bin/booster" } },
	{ "systemctl", { "usr/bin/systemctl", "bin/systemctl" } },
};

static bool names_grub_d(void *ctx, struct span line)
{
	(void)ctx;
	return text_has(line, "/default/grub.d");
}

/* Debian, Ubuntu and Arch let grub-mkconfig read /etc/default/grub.d; GNU's own does not: so ask the script. */
static bool grub_reads_drop_ins(struct tree *t, const struct tool *mkconfig)
{
	struct span lines;

	for (size_t i = 0; i < ARRAY_SIZE(mkconfig->paths) && mkconfig->paths[i]; i++)
		if (host_read_some(t->h, mkconfig->paths[i], "\n", names_grub_d, NULL, &t->f->arena, &lines) == 0 &&
		    lines.n)
			return true;
	return false;
}

/* Is kernel-install told to make unified kernel images (systemd kernel-install(8), install.conf)? */
static bool makes_uki(struct tree *t)
{
	static const char *const files[] = { "etc/kernel/install.conf", "usr/lib/kernel/install.conf" };
	const char *drop_ins = "etc/kernel/install.conf.d";
	struct host_names names = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (has_line(t, files[i], "layout=uki"))
			return true;
	if (!tree_list(t, drop_ins, &names))
		return false;
	for (size_t i = 0; i < names.n; i++)
		if (has_line(t, tree_path(t, "%s/%s", drop_ins, names.v[i]), "layout=uki"))
			return true;
	return false;
}

/* Arch's kernels are called after their packages, and so are the images that boot entries name. */
static bool kernels_by_package(struct tree *t)
{
	const char *release = t->f->kernel.v;
	struct host_names names;

	if (!release || strchr(release, '/') || tree_has(t, tree_path(t, "boot/vmlinuz-%s", release)) == TRI_YES ||
	    !tree_list(t, "boot", &names))
		return false;
	for (size_t i = 0; i < names.n; i++)
		if (text_starts(span_str(names.v[i]), "vmlinuz-linux"))
			return true;
	return false;
}

/* Debian's kernels lie in /boot alone, called after their releases, and so do the images that are made for them;
 * other distributions have each kernel beside its modules, where kernel-install(8) add-all looks for it. */
static const char *kernels_by_release(struct tree *t, const char *list)
{
	const char *release = t->f->kernel.v;

	if (!release || strchr(release, '/') || tree_has(t, tree_path(t, "boot/vmlinuz-%s", release)) != TRI_YES ||
	    tree_has(t, tree_path(t, "lib/modules/%s/vmlinuz", release)) != TRI_NO)
		return list;
	list = arena_printf(&t->f->arena, "%s vmlinuz-release", list);
	if (tree_has(t, tree_path(t, "boot/initrd.img-%s", release)) == TRI_YES)
		list = arena_printf(&t->f->arena, "%s initrd.img-release", list);
	return list;
}

static void boot_tools(struct tree *t)
{
	const char *list = "";
	struct facts *f = t->f;

	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		const struct tool *tool = &tools[i];

		for (size_t k = 0; k < ARRAY_SIZE(tool->paths) && tool->paths[k]; k++)
			if (tree_has(t, tool->paths[k]) == TRI_YES) {
				list = arena_printf(&f->arena, "%s%s%s", list, *list ? " " : "", tool->name);
				break;
			}
		if (strcmp(tool->name, "grub-mkconfig") == 0 && grub_reads_drop_ins(t, tool))
			list = arena_printf(&f->arena, "%s grub.d", list);
		if (strcmp(tool->name, "kernel-install") == 0 && facts_word_in(list, tool->name) && makes_uki(t))
			list = arena_printf(&f->arena, "%s kernel-install/uki", list);
	}
	if (*list && kernels_by_package(t))
		list = arena_printf(&f->arena, "%s vmlinuz-linux", list);
	if (*list)
		list = kernels_by_release(t, list);
	if (*list || tree_is_root(t))
		fact_str_set(&f->tools, list, "usr/sbin, usr/bin");
}

void tree_conf(struct tree *t)
{
	struct conf_reader c = { .t = t };
	struct span running;

	if (tree_read(t, "proc/cmdline", &running))
		c.snapshot = cmdline_snapshot(running);
	if (!tree_read(t, "etc/machine-id", &c.machine_id))
		c.machine_id = (struct span) { 0 };
	if (!tree_read(t, "boot/grub2/grubenv", &c.grubenv))
		c.grubenv = (struct span) { 0 };
	staged_read(&c);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (places[i].suffix)
			folder_read(&c, &places[i]);
		else
			file_read(&c, places[i].kind, places[i].path);
	}
	grub_menu(&c);
	for (size_t i = 0; i < ARRAY_SIZE(c.refused); i++)
		if (c.refused[i])
			t->f->conf_seen[i] = (struct fact_tri) { TRI_UNKNOWN, c.refused[i] };
	none_of(t);
	own_texts(t);
	other_texts(t);
	boot_loader(t);
	if (t->f->boot_loader.v && strcmp(t->f->boot_loader.v, "rpm-ostree") == 0)
		ostree_client(t);
	initramfs(t);
	boot_tools(t);
}
