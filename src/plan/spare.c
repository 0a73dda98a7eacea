// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spare.c - an entry in the boot menu that starts the host as if igdctl had not been there.
 *
 * Kernel options are easily left out of an entry, but what modprobe.d and the initramfs say is the same for all. So
 * the entry keeps vfio-pci from loading instead: module_blacklist= has the kernel itself refuse a module by its name,
 * whoever asks (Linux kernel/module/main.c, blacklisted(); the name is the one with '_'). i915 then loads all the
 * same: what a softdep wants first may fail (kmod libkmod/libkmod-module.c, kmod_module_probe_insert_module(), which
 * forgives the errors of modules that are not required). A driver that is compiled in cannot be refused, but it is
 * told its ids on the command line alone, and those words are left out.
 *
 * The entry is the last of the menu and never the default one.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "plan/boot.h"
#include "store/cmdline.h"
#include "store/entry.h"

#define REASON "plan.guard"
#define NAME   "without igdctl's settings"
#define GRUB   "/etc/grub.d/42_igdctl"

/* ---- GRUB ---------------------------------------------------------------------------------------------------- */

/*
 * The distribution's own script writes the entries, with another environment (GNU GRUB manual, "Simple configuration
 * handling"; util/grub.d/10_linux.in reads these variables; Debian 2.06 and 2.12, Ubuntu and Arch alike): behind all
 * others, so numbers in GRUB_DEFAULT stay right; with titles and ids of their own, so names do, and none that holds
 * what others look for ("kernel pin" of proxmox-kernel-helper 8.1.0, set_grub_default(), takes the device's name from
 * all that follows "gnulinux-advanced-" in grub.cfg); never saved as the default; none for recovery, as those are
 * there already. Our words are what our file puts behind nothing. Where the script answers with something else than
 * is known here, there is no spare entry.
 */
#define GRUB_HEAD                                                                                       \
	"#!/bin/sh\n" HOST_HEAD "#\n"                                                                   \
	"# Entries without what igdctl adds to the kernel's options, and with vfio-pci kept from\n"     \
	"# loading, so that the host's own driver gets the GPU. The distribution's script writes\n"     \
	"# them.\n"                                                                                     \
	"set -ef\n"                                                                                     \
	"\n"                                                                                            \
	"ours=$(GRUB_CMDLINE_LINUX_DEFAULT=\n"                                                          \
	"\tif [ -r /etc/default/grub.d/90-igdctl.cfg ]; then . /etc/default/grub.d/90-igdctl.cfg; fi\n" \
	"\techo \"$GRUB_CMDLINE_LINUX_DEFAULT"
#define GRUB_TAIL                                                                                         \
	"\")\n"                                                                                           \
	"keep_out=vfio_pci\n"                                                                             \
	"for word in $GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT; do\n"                               \
	"\tcase $word in module_blacklist=*) keep_out=$keep_out,${word#*=} ;; esac\n"                     \
	"done\n"                                                                                          \
	"words=\n"                                                                                        \
	"for word in $GRUB_CMDLINE_LINUX_DEFAULT; do\n"                                                   \
	"\tcase \" $ours \" in *\" $word \"*) ;; *) words=\"$words$word \" ;; esac\n"                     \
	"done\n"                                                                                          \
	"GRUB_CMDLINE_LINUX_DEFAULT=\"${words}module_blacklist=$keep_out\"\n"                             \
	"GRUB_DISABLE_RECOVERY=true\n"                                                                    \
	"GRUB_SAVEDEFAULT=false\n"                                                                        \
	"GRUB_ACTUAL_DEFAULT=\n"                                                                          \
	"export GRUB_CMDLINE_LINUX_DEFAULT GRUB_DISABLE_RECOVERY GRUB_SAVEDEFAULT GRUB_ACTUAL_DEFAULT\n"  \
	"\n"                                                                                              \
	"name=\", without igdctl'\\\\\\\\''s settings\"\n"                                                \
	"for make in /etc/grub.d/10_linux /etc/grub.d/10_linux_zfs; do\n"                                 \
	"\t[ -x \"$make\" ] || continue\n"                                                                \
	"\tmade=$(\"$make\" 2>/dev/null) || continue\n"                                                   \
	"\tmade=$(printf '%s\\n' \"$made\" | sed \"s/^\\([^']*'.*\\)' \\([^']*\\)\\$menuentry_id_option " \
	"'\\(gnulinux-\\)\\{0,1\\}/\\1$name' \\2\\$menuentry_id_option 'igdctl-/\")\n"                    \
	"\tcase $made in *\"'igdctl-\"*) printf '%s\\n' \"$made\" ;; esac\n"                              \
	"done\n"

bool spare_is_there(const struct facts *f, const struct plan *p)
{
	static const char *const paths[] = { GRUB, "/boot/loader/entries/igdctl-spare.conf",
					     "/efi/loader/entries/igdctl-spare.conf",
					     "/boot/efi/loader/entries/igdctl-spare.conf" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const struct text_file *t = facts_text(f, paths[i]);

		if (t && t->there.v == TRI_YES)
			return true;
		for (size_t k = 0; k < p->n_ops; k++)
			if (strcmp(p->ops[k].target, paths[i]) == 0)
				return true;
	}
	return false;
}

/* Is @word one that the plan adds, or relies on? */
static bool is_promised(const struct plan *p, struct span word)
{
	for (size_t i = 0; i < p->n_promises; i++)
		if (p->promises[i].kind == PROMISE_WORD && !p->promises[i].absent &&
		    text_eq(word, p->promises[i].what))
			return true;
	return false;
}

static bool is_plain(struct span word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] <= ' ' || word.p[i] > '~' || strchr("\"'`$\\", word.p[i]))
			return false;
	return word.n > 0;
}

/* Where words stand in /etc/default/grub itself, they are named; a word that a shell would read as more is not. */
static const char *grub_words(const struct boot_row *row, struct plan *p)
{
	const char *words = "";

	for (size_t i = 0; strcmp(row->file, BOOT_GRUB) == 0 && i < p->n_promises; i++) {
		const struct promise *q = &p->promises[i];

		if (q->kind == PROMISE_WORD && !q->absent && is_plain(span_str(q->what)))
			words = arena_printf(p->arena, "%s %s", words, q->what);
	}
	return words;
}

static bool grub_admits(struct span bytes)
{
	struct span words, word;

	if (!text_skip(&bytes, GRUB_HEAD) || !text_until(&bytes, GRUB_TAIL, &words) || bytes.n)
		return false;
	while (text_word(&words, &word))
		if (!is_plain(word))
			return false;
	return true;
}

/* ---- entries of the Boot Loader Specification ---------------------------------------------------------------- */

static const char *const places[] = { "/boot/loader/", "/efi/loader/", "/boot/efi/loader/" };

static bool is_candidate(const struct text_file *t, const char *place)
{
	return text_starts(span_str(t->path), place) && boot_is_entry(t) && entry_has(t->bytes, "linux") &&
	       entry_has(t->bytes, "options");
}

/* The running kernel's entry, as far as its name or text tells; else the first. */
static const struct text_file *entry_find(const struct facts *f, const char *place)
{
	const struct text_file *first = NULL;

	for (size_t i = 0; i < f->n_texts; i++) {
		const struct text_file *t = &f->texts[i];

		if (!is_candidate(t, place))
			continue;
		if (f->kernel.v && (strstr(t->path, f->kernel.v) || text_has(t->bytes, f->kernel.v)))
			return t;
		first = first ? first : t;
	}
	return first;
}

/*
 * Ours must not become the default; NULL: it cannot. With a sort-key in theirs it comes last, having none (UAPI Boot
 * Loader Specification, "Sorting"); without, the names are compared, and only a default that is set keeps ours from
 * being it (loader.conf(5): a pattern; "@saved" is the one that was started last).
 */
static const char *unsafe(const struct facts *f, const struct text_file *entry, const char *conf)
{
	const struct text_file *t = facts_text(f, conf);
	struct span none = { 0 }, wanted = none;
	bool set = entry_value(t && t->there.v == TRI_YES ? t->bytes : none, "default", &wanted) && wanted.n;

	if (set && text_eq(wanted, "@saved"))
		return "loader.conf makes the entry that was started last the default, so the spare one would become "
		       "it.";
	if (entry_has(entry->bytes, "sort-key") ||
	    (set && !memchr("*?[@", wanted.p[0], 4) && !text_starts(wanted, "igdctl")))
		return NULL;
	return "the entries have no sort-key and loader.conf names no default, so the spare one could become it.";
}

struct spare {
	const struct plan *p;
	struct arena *a;
	const char *text, *keep_out;
};

static void options(struct spare *s, struct span line)
{
	const char *kept = "";
	struct cmdline_word w;

	while (cmdline_next(&line, &w)) {
		if (cmdline_same_key(w.key, span_str("module_blacklist")))
			s->keep_out = arena_printf(s->a, "%s,%.*s", s->keep_out, (int)w.value.n,
						   w.value.n ? (const char *)w.value.p : "");
		else if (!is_promised(s->p, w.raw))
			kept = arena_printf(s->a, "%s %.*s", kept, (int)w.raw.n, (const char *)w.raw.p);
	}
	if (*kept)
		s->text = arena_printf(s->a, "%soptions%s\n", s->text, kept);
}

static const char *entry_text(const struct plan *p, struct span from)
{
	struct spare s = { p, p->arena, HOST_HEAD, BOOT_KEEP_OUT };
	struct span line, rest, key;

	while (span_line(&from, &line)) {
		rest = line;
		if (!text_word(&rest, &key) || key.p[0] == '#' || text_eq(key, "sort-key"))
			continue;
		if (text_eq(key, "options"))
			options(&s, rest);
		else
			s.text = arena_printf(s.a, "%s%.*s%s\n", s.text, (int)line.n, (const char *)line.p,
					      text_eq(key, "title") ? ", " NAME : "");
	}
	return arena_printf(s.a, "%soptions %s\n", s.text, s.keep_out);
}

/* UAPI Boot Loader Specification, type #1, but for keys that start another program than a kernel. */
static bool entry_admits(struct span bytes)
{
	static const char keys[] = "title version machine-id architecture linux initrd options devicetree";
	struct span line, key;
	char name[32];

	if (!text_skip(&bytes, HOST_HEAD) || !text_has(bytes, "\noptions " BOOT_KEEP_OUT))
		return false;
	while (span_line(&bytes, &line)) {
		if (!text_word(&line, &key))
			return false;
		text_copy(key, name, sizeof(name));
		if (!facts_word_in(keys, name) && !text_starts(key, "grub_"))
			return false;
		if (text_eq(key, "title") && !text_ends(text_trim(line), NAME))
			return false;
	}
	return true;
}

/* ---- all of it ----------------------------------------------------------------------------------------------- */

static bool none(struct plan *p, const char *why)
{
	plan_tell(p, PLAN_WARNING, REASON, "There is no spare entry in the boot menu: %s", why);
	return true;
}

static bool file(const struct facts *f, const char *path, const char *text, unsigned mode, struct plan *p)
{
	const struct operation op = { .target = path,
				      .mode = mode,
				      .reason = REASON,
				      .says = "An entry in the boot menu starts the host as it was." };

	return host_write_ours(f, op, text, p);
}

static bool runs(const struct plan *p, const char *const *argv)
{
	for (size_t i = 0; i < p->n_ops; i++) {
		size_t k = 0;

		if (p->ops[i].kind != OP_RUN)
			continue;
		while (argv[k] && p->ops[i].argv[k] && strcmp(argv[k], p->ops[i].argv[k]) == 0)
			k++;
		if (!argv[k] && !p->ops[i].argv[k])
			return true;
	}
	return false;
}

static bool grub_spare(const struct facts *f, const struct boot_row *row, struct plan *p)
{
	const struct operation op = { .kind = OP_RUN,
				      .target = row->makes,
				      .argv = boot_command(p->arena, row),
				      .reason = REASON,
				      .says = "The boot menu gets its spare entry." };
	size_t n = p->n_ops;

	if (!file(f, GRUB, arena_printf(p->arena, "%s%s%s", GRUB_HEAD, grub_words(row, p), GRUB_TAIL), 0755, p))
		return false;
	return n == p->n_ops || !op.argv || runs(p, op.argv) || plan_add(p, &op);
}

static bool entry_spare(const struct facts *f, struct plan *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const struct text_file *t = entry_find(f, places[i]);
		const char *why = t ? unsafe(f, t, arena_printf(p->arena, "%sloader.conf", places[i])) : NULL;

		if (!t)
			continue;
		if (why)
			return none(p, why);
		return file(f, arena_printf(p->arena, "%sentries/igdctl-spare.conf", places[i]),
			    entry_text(p, t->bytes), 0644, p);
	}
	return none(p, "the entries of this host could not be read.");
}

bool plan_spare_admits(const char *path, struct span bytes)
{
	if (strcmp(path, GRUB) == 0)
		return grub_admits(bytes);
	return text_ends(span_str(path), "/loader/entries/igdctl-spare.conf") && entry_admits(bytes);
}

int plan_spare(const struct facts *f, struct plan *p)
{
	const struct boot_row *row = boot_row_find(f);
	bool done;

	if (row && row->reads == boot_reads_grub)
		done = grub_spare(f, row, p);
	else if (row && row->entries && strcmp(row->loaders, "systemd-boot") == 0)
		done = entry_spare(f, p);
	else if (row == &boot_ostree)
		done = none(p, "the deployment of before stays in it and is as good.");
	else if (row == &boot_grubby)
		done = none(p, "grubby changes all entries alike; press e in the menu to take the options out by "
			       "hand, and add " BOOT_KEEP_OUT ".");
	else
		done = none(p, "this boot loader has no place for one that stays as it is.");
	return done && !p->arena->full ? 0 : -IGD_ENOMEM;
}
