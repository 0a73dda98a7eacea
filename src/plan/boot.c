// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot.c - where kernel options go, by boot loader: one row each (docs/how-to-add-a-boot-loader.md).
 *
 * A file of ours wherever the boot loader reads a folder; words in a file of the owner's only where it does not; a
 * command where a program keeps the options. What a row writes is undone by what the journal remembers of it.
 */
#include <string.h>

#include "base/text.h"
#include "plan/host.h"
#include "store/cmdline.h"

#define GRUB_D	  "/etc/default/grub.d/90-igdctl.cfg"
#define GRUB	  "/etc/default/grub"
#define CMDLINE	  "/etc/kernel/cmdline"
#define CMDLINE_D "/etc/cmdline.d/90-igdctl.conf"

/* The first row that fits counts. */
static const struct boot_row rows[] = {
	/* rpm-ostree(1), kargs: makes a deployment, the old one stays in the boot menu */
	{ .name = "rpm-ostree",
	  .loaders = "rpm-ostree",
	  .tools = "rpm-ostree",
	  .distros = "fedora silverblue kinoite bazzite bluefin aurora",
	  .keeps = BOOT_KARGS },
	/* Proxmox pve-kernel-helper, proxmox-boot/zz-proxmox-boot: GRUB's menu is made by update-grub inside each ESP
	 */
	{ .name = "proxmox-boot-tool with GRUB",
	  .loaders = "proxmox-boot-tool/grub",
	  .tools = "proxmox-boot-tool",
	  .distros = "debian proxmox",
	  .keeps = BOOT_GRUB_D,
	  .makes = "the EFI system partitions",
	  .regenerate = { "proxmox-boot-tool", "refresh" } },
	/* the same script: of /etc/kernel/cmdline the first line, and no root= there is an error */
	{ .name = "proxmox-boot-tool with systemd-boot",
	  .loaders = "proxmox-boot-tool/systemd-boot",
	  .tools = "proxmox-boot-tool",
	  .distros = "debian proxmox",
	  .keeps = BOOT_CMDLINE,
	  .first_line = true,
	  .makes = "the EFI system partitions",
	  .regenerate = { "proxmox-boot-tool", "refresh" } },
	/* grubby(8); Fedora's grub2-mkconfig does not source /etc/default/grub.d */
	{ .name = "GRUB with Boot Loader Specification entries, grubby",
	  .loaders = "bls",
	  .tools = "grubby",
	  .distros = "fedora rhel almalinux rocky centos",
	  .keeps = BOOT_GRUBBY },
	/* update-grub(8); Debian's grub2 (2.06, 2.12) patches grub-mkconfig to source the files of
	   /etc/default/grub.d */
	{ .name = "GRUB with update-grub",
	  .loaders = "grub",
	  .tools = "update-grub grub.d",
	  .distros = "debian ubuntu linuxmint pop proxmox",
	  .keeps = BOOT_GRUB_D,
	  .makes = "/boot/grub/grub.cfg",
	  .regenerate = { "update-grub" } },
	/* grub-mkconfig(8); Arch's package carries the same patch */
	{ .name = "GRUB with grub-mkconfig and drop-ins",
	  .loaders = "grub",
	  .tools = "grub-mkconfig grub.d",
	  .distros = "arch cachyos endeavouros manjaro",
	  .keeps = BOOT_GRUB_D,
	  .makes = "/boot/grub/grub.cfg",
	  .regenerate = { "grub-mkconfig", "-o", "/boot/grub/grub.cfg" } },
	/* GNU GRUB manual, "Simple configuration handling" */
	{ .name = "GRUB with grub-mkconfig",
	  .loaders = "grub",
	  .tools = "grub-mkconfig",
	  .distros = "gentoo",
	  .keeps = BOOT_GRUB,
	  .makes = "/boot/grub/grub.cfg",
	  .regenerate = { "grub-mkconfig", "-o", "/boot/grub/grub.cfg" } },
	{ .name = "GRUB with grub2-mkconfig",
	  .loaders = "grub",
	  .tools = "grub2-mkconfig",
	  .distros = "opensuse opensuse-leap opensuse-tumbleweed",
	  .keeps = BOOT_GRUB,
	  .makes = "/boot/grub2/grub.cfg",
	  .regenerate = { "grub2-mkconfig", "-o", "/boot/grub2/grub.cfg" } },
	/* systemd kernel-install(8), 90-loaderentry.install; Debian systemd-boot, zz-systemd-boot */
	{ .name = "systemd-boot with kernel-install",
	  .loaders = "systemd-boot",
	  .tools = "kernel-install zz-systemd-boot",
	  .initramfs = "initramfs-tools dracut",
	  .distros = "debian ubuntu",
	  .keeps = BOOT_CMDLINE,
	  .makes = "the boot entry of the running kernel",
	  .regenerate = { "kernel-install", "add", "%K", "/boot/vmlinuz-%K" } },
	/* UAPI Boot Loader Specification, type #1 */
	{ .name = "systemd-boot with hand-written entries",
	  .loaders = "systemd-boot",
	  .tools = "mkinitcpio",
	  .initramfs = "mkinitcpio",
	  .distros = "arch cachyos endeavouros manjaro",
	  .keeps = BOOT_ENTRIES },
	/* mkinitcpio(8) v36, --cmdline */
	{ .name = "unified kernel image by mkinitcpio",
	  .loaders = "uki",
	  .tools = "mkinitcpio",
	  .initramfs = "mkinitcpio",
	  .distros = "arch cachyos endeavouros manjaro",
	  .keeps = BOOT_CMDLINE_D,
	  .makes_initramfs = true,
	  .makes = "the unified kernel images",
	  .regenerate = { "mkinitcpio", "-P" } },
	/* systemd kernel-install(8), 60-ukify.install; dracut(8), uefi=yes */
	{ .name = "unified kernel image by kernel-install",
	  .loaders = "uki",
	  .tools = "kernel-install",
	  .initramfs = "dracut initramfs-tools",
	  .distros = "fedora debian ubuntu",
	  .keeps = BOOT_CMDLINE,
	  .makes_initramfs = true,
	  .makes = "the unified kernel image of the running kernel",
	  .regenerate = { "kernel-install", "add", "%K", "/lib/modules/%K/vmlinuz" } },
};

const struct boot_row *boot_rows(size_t *n)
{
	*n = ARRAY_SIZE(rows);
	return rows;
}

static bool all_in(const char *list, const char *words)
{
	struct span rest = span_str(words), word;
	char one[64];

	while (text_word(&rest, &word)) {
		text_copy(word, one, sizeof(one));
		if (!facts_word_in(list, one))
			return false;
	}
	return true;
}

static bool fits(const struct facts *f, const struct boot_row *row)
{
	return facts_word_in(row->loaders, f->boot_loader.v) &&
	       (!row->initramfs || (f->initramfs.v && facts_word_in(row->initramfs, f->initramfs.v)));
}

/* By the programs that are there; where none that fits was seen, by the distribution's name. */
const struct boot_row *boot_row_find(const struct facts *f)
{
	for (size_t i = 0; f->boot_loader.v && f->tools.v && i < ARRAY_SIZE(rows); i++)
		if (fits(f, &rows[i]) && all_in(f->tools.v, rows[i].tools))
			return &rows[i];
	for (size_t i = 0; f->boot_loader.v && f->distro_id.v && i < ARRAY_SIZE(rows); i++)
		if (fits(f, &rows[i]) && facts_word_in(rows[i].distros, f->distro_id.v))
			return &rows[i];
	return NULL;
}

/* ---- what stands already ------------------------------------------------------------------------------------- */

/* Does this boot loader take options from where @c stands? */
static bool reads(const struct boot_row *row, const struct conf *c)
{
	switch (row->keeps) {
	case BOOT_GRUB_D:
	case BOOT_GRUB:
		return c->kind == CONF_GRUB;
	case BOOT_CMDLINE:
		return c->kind == CONF_KERNEL_CMDLINE && host_conf_in(c, CMDLINE);
	case BOOT_CMDLINE_D:
		return c->kind == CONF_KERNEL_CMDLINE;
	case BOOT_ENTRIES:
		return c->kind == CONF_LOADER_ENTRY && strstr(c->from, "/loader/entries/");
	case BOOT_GRUBBY:
	case BOOT_KARGS: /* the running kernel's are the entry's, as far as nothing changed since */
		return c->kind == CONF_LOADER_ENTRY || c->kind == CONF_CMDLINE;
	}
	return false;
}

static bool same_key(const struct conf *c, const char *key)
{
	return c->key && cmdline_same_key(span_str(c->key), span_str(key));
}

/* Each comma-separated word of @value is one of @have's. */
static bool covers(const char *have, const char *value)
{
	struct span rest = span_str(value ? value : ""), part;
	char word[64];

	if (!value || !have)
		return !value;
	while (rest.n) {
		if (!text_until(&rest, ",", &part)) {
			part = rest;
			rest.n = 0;
		}
		text_copy(part, word, sizeof(word));
		if (!host_has_word(have, word))
			return false;
	}
	return true;
}

/* Is @c itself an option that is to go? */
static bool is_going(const struct host_plan *h, const struct conf *c)
{
	for (size_t i = 0; i < h->n_options; i++) {
		const struct option *o = &h->options[i];

		if (o->wish == OPTION_GO && same_key(c, o->key) &&
		    strcmp(o->value ? o->value : "", c->value ? c->value : "") == 0)
			return true;
	}
	return false;
}

bool boot_stands(const struct host_plan *h, const struct boot_row *row, const struct option *o)
{
	for (size_t i = 0; i < h->f->n_confs; i++) {
		const struct conf *c = &h->f->confs[i];

		if (reads(row, c) && !host_is_own(c) && same_key(c, o->key) && covers(c->value, o->value) &&
		    (o->wish == OPTION_GO || !is_going(h, c)))
			return true;
	}
	return false;
}

static bool stands_in(const struct host_plan *h, const char *path, const struct option *o)
{
	for (size_t i = 0; i < h->f->n_confs; i++) {
		const struct conf *c = &h->f->confs[i];

		if (host_conf_in(c, path) && same_key(c, o->key) && covers(c->value, o->value) && !is_going(h, c))
			return true;
	}
	return false;
}

static bool runs_with(const struct host_plan *h, const struct option *o)
{
	for (size_t i = 0; i < h->f->n_confs; i++) {
		const struct conf *c = &h->f->confs[i];

		if (c->kind == CONF_CMDLINE && same_key(c, o->key) && covers(c->value, o->value))
			return true;
	}
	return false;
}

/* ---- making anew --------------------------------------------------------------------------------------------- */

const char *const *boot_command(struct host_plan *h, const struct boot_row *row)
{
	const char *argv[ARGV_MAX], *release = h->f->kernel.v;
	size_t n = 0;

	for (; n < ARRAY_SIZE(row->regenerate) && row->regenerate[n]; n++) {
		struct span rest = span_str(row->regenerate[n]), before;

		argv[n] = row->regenerate[n];
		if (!text_until(&rest, "%K", &before))
			continue;
		if (!release)
			return NULL;
		argv[n] = arena_printf(h->a, "%.*s%s%.*s", (int)before.n, (const char *)before.p, release,
				       (int)rest.n, rest.n ? (const char *)rest.p : "");
	}
	return n ? host_argv(h, argv, n) : NULL;
}

static void rebuild(struct host_plan *h, const char *reason)
{
	if (!h->rebuild_boot)
		h->rebuild_boot_for = reason;
	h->rebuild_boot = true;
}

/* ---- by kind -------------------------------------------------------------------------------------------------- */

static bool is_wanted(const struct host_plan *h, const struct boot_row *row, const struct option *o, const char *own)
{
	if (o->wish == OPTION_GO || boot_stands(h, row, o))
		return false;
	return o->wish == OPTION_ADD || (own && stands_in(h, own, o));
}

/* A file of ours with all options that are wanted. */
static void keep_own(struct host_plan *h, const struct boot_row *row, const char *path, const char *before,
		     const char *after)
{
	const char *tokens = "", *reason = "iommu.off", *says = "";

	for (size_t i = 0; i < h->n_options; i++) {
		const struct option *o = &h->options[i];

		if (!is_wanted(h, row, o, path))
			continue;
		if (!*tokens)
			reason = o->reason;
		says = arena_printf(h->a, "%s%s%s", says, *says ? " " : "", o->says);
		tokens = arena_printf(h->a, "%s%s%s", tokens, *tokens ? " " : "", host_token(h, o));
	}
	if (*tokens)
		host_stage_own(h, path, arena_printf(h->a, HOST_HEAD "%s%s%s\n", before, tokens, after), 0644, reason,
			       says);
	else
		host_stage_own(h, path, NULL, 0644, "plan.not-needed", "No option of ours is needed any more.");
	if (host_changes(h, path))
		rebuild(h, *tokens ? reason : "plan.not-needed");
}

static void by_hand(struct host_plan *h, const struct option *o, const char *where)
{
	plan_tell(h->p, PLAN_BY_HAND, o->reason, "%s %s %s %s. %s", o->wish == OPTION_GO ? "Remove" : "Add",
		  host_token(h, o), o->wish == OPTION_GO ? "from" : "to", where, o->says);
}

/* Words that name where the kernel's image came from are the boot loader's, not the system's; some are to go. */
static bool is_left_out(const struct host_plan *h, const struct cmdline_word *w)
{
	for (size_t i = 0; i < h->n_options; i++) {
		const struct option *o = &h->options[i];

		if (o->wish == OPTION_GO && cmdline_same_key(w->key, span_str(o->key)) &&
		    (o->value ? text_eq(w->value, o->value) : !w->has_value))
			return true;
	}
	return text_eq(w->key, "BOOT_IMAGE") || text_eq(w->key, "initrd");
}

/*
 * Where the file is missing, its readers fall back to another: systemd's kernel-install to /usr/lib/kernel/cmdline,
 * then as Proxmox's to the running kernel's. Once the file is there it is all that counts, so it begins with that.
 */
static bool cmdline_begin(struct host_plan *h, struct staged *s)
{
	const struct text_file *vendor = facts_text(h->f, "/usr/lib/kernel/cmdline");
	struct span rest = span_str(h->f->cmdline.v ? h->f->cmdline.v : "");
	const char *line = "";
	struct cmdline_word w;

	if (s->there == TRI_YES || s->after.n)
		return true;
	if (vendor && vendor->there.v == TRI_YES) {
		s->after = vendor->bytes;
		return true;
	}
	while (cmdline_next(&rest, &w))
		if (!is_left_out(h, &w))
			line = arena_printf(h->a, "%s%s%.*s", line, *line ? " " : "", (int)w.raw.n,
					    (const char *)w.raw.p);
	if (!text_has(span_str(line), "root="))
		return false;
	s->after = span_str(arena_printf(h->a, "%s\n", line));
	s->mode = 0644;
	return true;
}

/* An option into a file of the owner's: one word. */
static void add_word(struct host_plan *h, const struct boot_row *row, const struct option *o)
{
	const char *path = row->keeps == BOOT_GRUB ? GRUB : CMDLINE, *token = host_token(h, o);
	struct staged *s = host_stage(h, path);
	struct span after;
	int r = -1;

	if (s && row->keeps == BOOT_GRUB && s->there == TRI_YES)
		r = edit_grub_add(s->after, token, h->a, &after);
	else if (s && row->keeps == BOOT_CMDLINE && cmdline_begin(h, s))
		r = edit_cmdline_add(s->after, token, row->first_line, h->a, &after);
	if (r < 0) {
		if (s && s->there == TRI_NO && !s->reason)
			s->after = (struct span) { 0 };
		by_hand(h, o,
			row->first_line ? "the first line of /etc/kernel/cmdline, which must hold root=" : path);
		return;
	}
	s->after = after;
	host_staged_for(h, s, o->reason, o->says);
	rebuild(h, o->reason);
}

/* Entries for the day when nothing else boots stay as they are. */
static bool is_rescue(const char *path)
{
	return strstr(path, "fallback") || strstr(path, "rescue") || strstr(path, "recovery");
}

static void add_to_entries(struct host_plan *h, const struct option *o)
{
	size_t n = 0;

	for (size_t i = 0; i < h->f->n_texts; i++) {
		const struct text_file *t = &h->f->texts[i];
		struct staged *s;
		struct span after;
		int r;

		if (!strstr(t->path, "/loader/entries/") || t->there.v != TRI_YES || is_rescue(t->path))
			continue;
		s = stands_in(h, t->path, o) ? NULL : host_stage(h, t->path);
		r = s ? edit_entry_add(s->after, host_token(h, o), h->a, &after) : 0;
		n += r >= 0;
		if (r > 0) {
			s->after = after;
			host_staged_for(h, s, o->reason, o->says);
		}
	}
	if (n == 0)
		by_hand(h, o, "the options line of your boot entries (loader/entries/*.conf)");
}

/* The file of @c without the option. */
static bool take_out(struct host_plan *h, const struct boot_row *row, const struct conf *c)
{
	const struct edit_word w = { c->key, c->value };
	struct staged *s = host_stage(h, host_conf_path(h, c));
	struct span after;
	int r;

	if (!s || s->there != TRI_YES)
		return false;
	if (c->kind == CONF_GRUB)
		r = edit_grub_remove(s->after, &w, h->a, &after);
	else if (c->kind == CONF_KERNEL_CMDLINE)
		r = edit_cmdline_remove(s->after, &w, row->first_line, h->a, &after);
	else
		r = edit_entry_remove(s->after, &w, h->a, &after);
	if (r > 0)
		s->after = after;
	return r > 0 || (r == 0 && host_changes(h, s->path)); /* an earlier one took its twin along */
}

static void take_out_all(struct host_plan *h, const struct boot_row *row, const struct option *o)
{
	bool found = false;

	for (size_t i = 0; i < h->f->n_confs; i++) {
		const struct conf *c = &h->f->confs[i];

		if (!reads(row, c) || host_is_own(c) || !same_key(c, o->key) ||
		    strcmp(c->value ? c->value : "", o->value ? o->value : "") != 0)
			continue;
		found = true;
		if (take_out(h, row, c)) {
			host_staged_for(h, host_stage(h, host_conf_path(h, c)), o->reason, o->says);
			rebuild(h, o->reason);
		} else {
			by_hand(h, o, c->from);
		}
	}
	if (!found && runs_with(h, o))
		plan_tell(
			h->p, PLAN_BY_HAND, o->reason,
			"%s is on the running kernel's command line, but in no file that was read: if a reboot does "
			"not clear it, look in the firmware's boot entry and the boot loader's menu.",
			host_token(h, o));
}

/* ---- programs that keep the options ------------------------------------------------------------------------- */

static const char *joined(struct host_plan *h, const char *list, const char *token)
{
	return arena_printf(h->a, "%s%s%s", list, *list ? " " : "", token);
}

static void grubby(struct host_plan *h, const char *add, const char *go, struct operation *op)
{
	const char *argv[4] = { "grubby", "--update-kernel=ALL" }, *inverse[4] = { argv[0], argv[1] };
	size_t n = 2;

	if (*go) {
		argv[n] = arena_printf(h->a, "--remove-args=%s", go);
		inverse[n++] = arena_printf(h->a, "--args=%s", go);
	}
	if (*add) {
		argv[n] = arena_printf(h->a, "--args=%s", add);
		inverse[n++] = arena_printf(h->a, "--remove-args=%s", add);
	}
	op->target = "the boot entries of all kernels";
	op->argv = host_argv(h, argv, n);
	op->inverse = host_argv(h, inverse, n);
}

static void kargs(struct host_plan *h, const char *add, const char *go, struct operation *op)
{
	const char *argv[OPTIONS_MAX + 2] = { "rpm-ostree", "kargs" },
				       *inverse[OPTIONS_MAX + 2] = { argv[0], argv[1] };
	struct span lists[] = { span_str(go), span_str(add) }, word;
	size_t n = 2;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		while (n < ARRAY_SIZE(argv) && text_word(&lists[i], &word)) {
			const char *token = arena_span(h->a, word);
			const char *in = arena_printf(h->a, "--append-if-missing=%s", token);
			const char *out = arena_printf(h->a, "--delete-if-present=%s", token);

			argv[n] = i ? in : out;
			inverse[n++] = i ? out : in;
		}
	op->target = "a new deployment";
	op->argv = host_argv(h, argv, n);
	op->inverse = host_argv(h, inverse, n);
}

static void by_program(struct host_plan *h, const struct boot_row *row)
{
	struct operation op = { .kind = OP_RUN };
	const char *lists[2] = { "", "" }, *says = "";

	for (size_t i = 0; i < h->n_options; i++) {
		const struct option *o = &h->options[i];
		bool stands = boot_stands(h, row, o), go = o->wish == OPTION_GO;

		if (o->wish == OPTION_KEEP || stands != go)
			continue;
		lists[go] = joined(h, lists[go], host_token(h, o));
		op.reason = op.reason ? op.reason : o->reason;
		says = joined(h, says, o->says);
	}
	if (!op.reason)
		return;
	op.says = says;
	if (row->keeps == BOOT_GRUBBY)
		grubby(h, lists[0], lists[1], &op);
	else
		kargs(h, lists[0], lists[1], &op);
	h->commands[h->n_commands++] = op;
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static bool has_root(const struct host_plan *h)
{
	const struct option root = { .key = "root" };

	for (size_t i = 0; i < h->f->n_confs; i++)
		if (h->f->confs[i].kind == CONF_KERNEL_CMDLINE && same_key(&h->f->confs[i], root.key))
			return true;
	return false;
}

static void no_row(struct host_plan *h)
{
	for (size_t i = 0; i < h->n_options; i++) {
		const struct option *o = &h->options[i];

		if (o->wish != OPTION_KEEP && runs_with(h, o) == (o->wish == OPTION_GO))
			by_hand(h, o, "the kernel's command line, where your boot loader keeps it");
	}
}

static void own_cmdline_d(struct host_plan *h, const struct boot_row *row)
{
	/* mkinitcpio(8): with a file in cmdline.d the running kernel's words no longer stand in for a missing one */
	if (has_root(h)) {
		keep_own(h, row, CMDLINE_D, "", "");
		return;
	}
	for (size_t i = 0; i < h->n_options; i++)
		if (is_wanted(h, row, &h->options[i], CMDLINE_D))
			by_hand(h, &h->options[i],
				"/etc/kernel/cmdline, which must then hold root= and all other words too");
}

void host_boot(struct host_plan *h)
{
	const struct boot_row *row = boot_row_find(h->f);

	if (!row) {
		no_row(h);
		return;
	}
	if (row->keeps == BOOT_GRUBBY || row->keeps == BOOT_KARGS) {
		by_program(h, row);
		return;
	}
	for (size_t i = 0; i < h->n_options; i++)
		if (h->options[i].wish == OPTION_GO)
			take_out_all(h, row, &h->options[i]);
	if (row->keeps == BOOT_GRUB_D)
		keep_own(h, row, GRUB_D, "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT ", "\"");
	else if (row->keeps == BOOT_CMDLINE_D)
		own_cmdline_d(h, row);
	else
		for (size_t i = 0; i < h->n_options; i++) {
			if (!is_wanted(h, row, &h->options[i], NULL))
				continue;
			if (row->keeps == BOOT_ENTRIES)
				add_to_entries(h, &h->options[i]);
			else
				add_word(h, row, &h->options[i]);
		}
}
