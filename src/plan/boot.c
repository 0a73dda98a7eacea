// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot.c - where kernel options go, by boot loader: the table of rows, each of which is in a small file of its own
 * (boot_*.c, docs/how-to-add-a-boot-loader.md), and what several of them do alike.
 *
 * A file of ours wherever the boot loader reads a folder; words in a file of the owner's only where it does not; a
 * command where a program keeps the options; instructions where a guess could leave a host that does not start. What
 * a row writes is undone by what the journal remembers of it.
 */
#include "plan/boot.h"

#include <string.h>

#include "base/text.h"
#include "store/cmdline.h"
#include "store/entry.h"

/* The first row that fits counts. */
static const struct boot_row *const rows[] = {
	&boot_sdbootutil,
	&boot_ostree,
	&boot_proxmox_grub,
	&boot_proxmox_systemd,
	&boot_grubby,
	&boot_grub_update,
	&boot_grub_mkconfig_d,
	&boot_grub_mkconfig,
	&boot_grub2_mkconfig,
	&boot_kernel_install_image,
	&boot_kernel_install,
	&boot_kernel_install_modules,
	&boot_sdboot_manage,
	&boot_entries,
	&boot_uki_mkinitcpio,
	&boot_uki_debian,
	&boot_uki_kernel_install,
	&boot_uki_dracut,
	&boot_uki,
	&boot_refind,
	&boot_limine,
	&boot_extlinux,
	&boot_petitboot,
	&boot_zfsbootmenu,
};

/* Where nothing is known of the boot loader. */
static const struct boot_row unknown = {
	.reads = boot_reads_running,
	.keep = boot_keep_by_hand,
	.where = "the kernel's command line, where your boot loader keeps it",
};

const struct boot_row *const *boot_rows(size_t *n)
{
	*n = ARRAY_SIZE(rows);
	return rows;
}

bool boot_words_in(const char *list, const char *words)
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
	return facts_word_in(row->loaders, f->boot_loader.v) && (!row->fits || row->fits(f)) &&
	       (!row->initramfs || (f->initramfs.v && facts_word_in(row->initramfs, f->initramfs.v)));
}

static bool by_programs(const struct facts *f, const struct boot_row *row)
{
	return row->tools && f->tools.v && boot_words_in(f->tools.v, row->tools);
}

static bool by_distro(const struct facts *f, const struct boot_row *row)
{
	return !f->tools.v && row->distros && f->distro_id.v && facts_word_in(row->distros, f->distro_id.v);
}

static bool by_neither(const struct facts *f, const struct boot_row *row)
{
	(void)f;
	return !row->tools;
}

/* By the programs that are there; where nobody saw which those are, by the distribution's name. */
const struct boot_row *boot_row_find(const struct facts *f)
{
	bool (*const by[])(const struct facts *, const struct boot_row *) = { by_programs, by_distro, by_neither };

	for (size_t k = 0; f->boot_loader.v && k < ARRAY_SIZE(by); k++)
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
			if (fits(f, rows[i]) && by[k](f, rows[i]))
				return rows[i];
	return NULL;
}

/* ---- what stands already ------------------------------------------------------------------------------------- */

bool boot_reads_grub(const struct conf *c)
{
	return c->kind == CONF_GRUB;
}

bool boot_reads_cmdline(const struct conf *c)
{
	return c->kind == CONF_KERNEL_CMDLINE && host_conf_in(c, BOOT_CMDLINE);
}

bool boot_reads_running(const struct conf *c)
{
	return c->kind == CONF_CMDLINE;
}

/* The running kernel's are the entries', as far as nothing changed since. */
bool boot_reads_entries(const struct conf *c)
{
	return c->kind == CONF_LOADER_ENTRY || c->kind == CONF_CMDLINE;
}

static bool same_key(const struct conf *c, const char *key)
{
	return c->key && cmdline_same_key(span_str(c->key), span_str(key));
}

/* Each comma-separated word of @value is one of @have's. */
static bool covers(const char *have, const char *value)
{
	struct span rest = span_str(value ? value : ""), part;

	if (!value || !have)
		return !value;
	while (text_part(&rest, ",", &part))
		if (!text_has_part(span_str(have), part))
			return false;
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

/* The first word in @path that says the same; one that is to go does not. */
static const struct conf *stands_in(const struct host_plan *h, const char *path, const struct option *o)
{
	for (size_t i = 0; i < h->f->n_confs; i++) {
		const struct conf *c = &h->f->confs[i];

		if (host_conf_in(c, path) && same_key(c, o->key) && covers(c->value, o->value) &&
		    (o->wish == OPTION_GO || !is_going(h, c)))
			return c;
	}
	return NULL;
}

/* Does each entry that may boot hold it, or, where it is to go, one? @ret: the first that does. False: no entry was
 * read, so nobody knows. */
static bool in_entries(const struct host_plan *h, const struct option *o, const struct conf **ret)
{
	size_t n = 0, n_with = 0;

	*ret = NULL;
	for (size_t i = 0; i < h->f->n_texts; i++) {
		const struct text_file *t = &h->f->texts[i];
		const struct conf *c = boot_is_entry(t) ? stands_in(h, t->path, o) : NULL;

		n += boot_is_entry(t);
		n_with += c != NULL;
		*ret = *ret ? *ret : c;
	}
	if (n_with < n && o->wish != OPTION_GO)
		*ret = NULL;
	return n > 0;
}

/* The first of the owner's words that says the same; NULL: there is none. */
static const struct conf *standing(const struct host_plan *h, const struct boot_row *row, const struct option *o)
{
	const struct conf *found;

	if (row->each_entry && in_entries(h, o, &found))
		return found;
	for (size_t i = 0; i < h->f->n_confs; i++) {
		const struct conf *c = &h->f->confs[i];

		if (row->reads(c) && !host_is_own(c) && same_key(c, o->key) && covers(c->value, o->value) &&
		    (o->wish == OPTION_GO || (!is_going(h, c) && !boot_is_of_rescue(c))))
			return c;
	}
	return NULL;
}

bool boot_stands(const struct host_plan *h, const struct boot_row *row, const struct option *o)
{
	return standing(h, row, o) != NULL;
}

void boot_hold(struct host_plan *h, const struct option *o, const char *token)
{
	h->options[o - h->options].held = token;
}

/* What is asked for and stands already is relied on. A word with blanks in it is not looked for. */
static void hold_standing(struct host_plan *h, const struct boot_row *row)
{
	for (size_t i = 0; i < h->n_options; i++) {
		const struct option *o = &h->options[i];
		const struct conf *c = o->wish == OPTION_ADD ? standing(h, row, o) : NULL;

		if (c && !(c->value && strpbrk(c->value, " \t")))
			boot_hold(h, o,
				  c->value ? arena_printf(h->a, "%s=%s", c->key, c->value) : arena_str(h->a, c->key));
	}
}

bool boot_stands_in(const struct host_plan *h, const char *path, const struct option *o)
{
	return stands_in(h, path, o) != NULL;
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

const char *const *boot_command(struct arena *a, const struct boot_row *row)
{
	const char **argv = row->regenerate[0] ? arena_alloc(a, (ARGV_MAX + 1) * sizeof(*argv)) : NULL;

	for (size_t n = 0; argv && n < ARGV_MAX && row->regenerate[n]; n++)
		argv[n] = row->regenerate[n];
	return argv;
}

static void rebuild(struct host_plan *h, const char *reason)
{
	if (!h->rebuild_boot)
		h->rebuild_boot_for = reason;
	h->rebuild_boot = true;
}

/* ---- by kind -------------------------------------------------------------------------------------------------- */

bool boot_wants(const struct host_plan *h, const struct boot_row *row, const struct option *o, const char *own)
{
	if (o->wish == OPTION_GO || boot_stands(h, row, o))
		return false;
	return o->wish == OPTION_ADD || (own && boot_stands_in(h, own, o));
}

void boot_keep_own(struct host_plan *h, const struct boot_row *row)
{
	const char *tokens = "", *reason = "iommu.off", *says = "";

	for (size_t i = 0; i < h->n_options; i++) {
		const struct option *o = &h->options[i];

		if (!boot_wants(h, row, o, row->file))
			continue;
		if (!*tokens)
			reason = o->reason;
		says = arena_printf(h->a, "%s%s%s", says, *says ? " " : "", o->says);
		tokens = arena_printf(h->a, "%s%s%s", tokens, *tokens ? " " : "", host_token(h, o));
		boot_hold(h, o, host_token(h, o));
	}
	if (*tokens)
		host_stage_own(h, row->file,
			       arena_printf(h->a, HOST_HEAD "%s%s%s\n", row->before, tokens, row->after), 0644,
			       reason, says);
	else
		host_stage_own(h, row->file, NULL, 0644, "plan.not-needed", "No option of ours is needed any more.");
	if (host_changes(h, row->file))
		rebuild(h, *tokens ? reason : "plan.not-needed");
}

void boot_by_hand(struct host_plan *h, const struct option *o, const char *where)
{
	plan_tell(h->p, PLAN_BY_HAND, o->reason, "%s %s %s %s. %s", o->wish == OPTION_GO ? "Remove" : "Add",
		  host_token(h, o), o->wish == OPTION_GO ? "from" : "to", where, o->says);
}

void boot_keep_by_hand(struct host_plan *h, const struct boot_row *row)
{
	for (size_t i = 0; i < h->n_options; i++) {
		const struct option *o = &h->options[i];

		if (o->wish != OPTION_KEEP && runs_with(h, o) == (o->wish == OPTION_GO))
			boot_by_hand(h, o, row->where);
	}
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
	return text_eq(w->key, "BOOT_IMAGE") || text_eq(w->key, "initrd") || text_eq(w->raw, BOOT_KEEP_OUT);
}

/* Words that people add for one start alone (systemd(1), "Kernel Command Line"; dracut.cmdline(7)). */
static bool is_for_once(const struct cmdline_word *w)
{
	static const char *const words[] = { "single", "S", "s", "1", "emergency", "rescue", "nomodeset" };
	static const char *const keys[] = { "init",	"rdinit",	   "systemd.unit",
					    "rd.break", "rd.systemd.unit", "module_blacklist" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (text_eq(w->raw, words[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (cmdline_same_key(w->key, span_str(keys[i])) &&
		    (!text_eq(w->key, "module_blacklist") || text_has(w->value, "vfio_pci")))
			return true;
	return false;
}

bool boot_entry_is_of(const char *path, const char *release)
{
	struct span rest = span_str(path), before;

	if (!strstr(path, "/loader/entries/") || entry_is_rescue(path))
		return false;
	while (text_until(&rest, "-", &before))
		if (text_starts(rest, release) && rest.n > strlen(release) && strchr(".+", rest.p[strlen(release)]) &&
		    text_ends(rest, ".conf"))
			return true;
	return false;
}

/* The words of the running kernel's own entry; "": none is known. */
static const char *entry_words(struct host_plan *h)
{
	const char *words = "";

	for (size_t i = 0; !*words && h->f->kernel.v && i < h->f->n_texts; i++) {
		const struct text_file *t = &h->f->texts[i];
		struct span rest = t->bytes, line, key;

		if (t->there.v != TRI_YES || !boot_entry_is_of(t->path, h->f->kernel.v))
			continue;
		while (span_line(&rest, &line))
			if (text_word(&line, &key) && text_eq(key, "options"))
				words = arena_printf(h->a, "%s %s", words, arena_span(h->a, line));
	}
	return words;
}

/*
 * Where the file is missing, its readers fall back to another: systemd's kernel-install to /usr/lib/kernel/cmdline,
 * then as Proxmox's to the running kernel's. Once the file is there it is all that counts, for ever, so it begins
 * with the words of the running kernel's entry; where none is known with the running kernel's own, if these are not
 * those of a rescue.
 */
bool boot_cmdline_begin(struct host_plan *h, struct staged *s)
{
	const struct text_file *vendor = facts_text(h->f, "/usr/lib/kernel/cmdline");
	const char *line = "", *entry = entry_words(h);
	struct span rest = span_str(*entry ? entry : h->f->cmdline.v ? h->f->cmdline.v : "");
	struct cmdline_word w;

	s->mode = 0644;
	if (vendor && vendor->there.v == TRI_YES) {
		s->after = vendor->bytes;
		return true;
	}
	while (cmdline_next(&rest, &w)) {
		if (is_left_out(h, &w))
			continue;
		if (!*entry && is_for_once(&w))
			return false;
		line = arena_printf(h->a, "%s%s%.*s", line, *line ? " " : "", (int)w.raw.n, (const char *)w.raw.p);
	}
	if (!text_has(span_str(line), "root="))
		return false;
	s->meanwhile = arena_printf(h->a, "%s\n", line);
	s->after = span_str(s->meanwhile);
	return true;
}

int boot_cmdline_add(struct span text, const char *token, struct arena *a, struct span *ret)
{
	return edit_cmdline_add(text, token, false, a, ret);
}

int boot_cmdline_remove(struct span text, const struct edit_word *w, struct arena *a, struct span *ret)
{
	return edit_cmdline_remove(text, w, false, a, ret);
}

/* One option into a file of the owner's. */
static void add_word(struct host_plan *h, const struct boot_row *row, const struct option *o)
{
	struct staged *s = host_stage(h, row->file);
	struct span after;
	int r = -1;

	if (s && (s->there == TRI_YES || (row->begin && (s->after.n || row->begin(h, s)))))
		r = row->add(s->after, host_token(h, o), h->a, &after);
	if (r < 0) {
		if (s && s->there == TRI_NO && !s->reason)
			s->after = (struct span) { 0 };
		boot_by_hand(h, o, row->where ? row->where : row->file);
		return;
	}
	s->after = after;
	host_staged_for(h, s, o->reason, o->says);
	rebuild(h, o->reason);
	boot_hold(h, o, host_token(h, o));
}

void boot_keep_words(struct host_plan *h, const struct boot_row *row)
{
	for (size_t i = 0; i < h->n_options; i++)
		if (boot_wants(h, row, &h->options[i], NULL))
			add_word(h, row, &h->options[i]);
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
	r = row->remove(s->after, &w, h->a, &after);
	if (r > 0)
		s->after = after;
	return r > 0 || (r == 0 && host_changes(h, s->path)); /* an earlier one took its twin along */
}

static void take_out_all(struct host_plan *h, const struct boot_row *row, const struct option *o)
{
	bool found = false, left = false;

	for (size_t i = 0; i < h->f->n_confs; i++) {
		const struct conf *c = &h->f->confs[i];

		if (!row->reads(c) || host_is_own(c) || !same_key(c, o->key) ||
		    strcmp(c->value ? c->value : "", o->value ? o->value : "") != 0)
			continue;
		found = true;
		if (take_out(h, row, c)) {
			host_staged_for(h, host_stage(h, host_conf_path(h, c)), o->reason, o->says);
			rebuild(h, o->reason);
		} else {
			left = true;
			boot_by_hand(h, o, c->from);
		}
	}
	if (found && !left)
		boot_hold(h, o, host_token(h, o));
	if (!found && runs_with(h, o))
		plan_tell(h->p, PLAN_BY_HAND, o->reason,
			  "%s is on the running kernel's command line, but in no file that was read: if a reboot "
			  "does not clear it, look in the firmware's boot entry and the boot loader's menu.",
			  host_token(h, o));
}

/* ---- programs that keep the options ------------------------------------------------------------------------- */

static const char *joined(struct host_plan *h, const char *list, const char *token)
{
	return arena_printf(h->a, "%s%s%s", list, *list ? " " : "", token);
}

void boot_keep_program(struct host_plan *h, const struct boot_row *row)
{
	struct operation op = { .kind = OP_RUN };
	const char *lists[2] = { "", "" }, *says = "";

	for (size_t i = 0; i < h->n_options; i++) {
		const struct option *o = &h->options[i];
		bool stands = boot_stands(h, row, o), go = o->wish == OPTION_GO;

		if (o->wish == OPTION_KEEP || stands != go)
			continue;
		boot_hold(h, o, host_token(h, o));
		lists[go] = joined(h, lists[go], host_token(h, o));
		op.reason = op.reason ? op.reason : o->reason;
		says = joined(h, says, o->says);
	}
	if (!op.reason)
		return;
	op.says = says;
	row->command(h, lists[0], lists[1], &op);
	h->commands[h->n_commands++] = op;
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

void host_boot(struct host_plan *h)
{
	const struct boot_row *row = boot_row_find(h->f);

	row = row ? row : &unknown;
	if (row->keep != boot_keep_by_hand)
		hold_standing(h, row);
	for (size_t i = 0; row->remove && i < h->n_options; i++)
		if (h->options[i].wish == OPTION_GO)
			take_out_all(h, row, &h->options[i]);
	row->keep(h, row);
}
