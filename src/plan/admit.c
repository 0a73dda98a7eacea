// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * admit.c - could a plan of ours hold this operation?
 *
 * A plan may lie in a file between the day it is made and the day root carries it out, and whoever can write that
 * file must not become root by it. So each operation is held against what the rules of plan/ can write and run at
 * all: our own files hold what we write into them, in the owner's files nothing changes but the words that plans put
 * in and take out, and each program has its few command lines. Scripts, units and anything else that is executed are
 * compared with the text of their generator, byte for byte.
 *
 * Left to trust are a VM's definition, which may name any device and any file of its host: it is shown before it is
 * written, and lies where Proxmox or libvirt keep theirs or where the owner says (plan_admits_vm()); and the words of
 * a kernel command line that a plan writes for the first time, which apply holds against those of the running kernel.
 */
#include <string.h>

#include "base/text.h"
#include "plan/host.h"
#include "store/cmdline.h"

/* ---- words of the kernel's command line ---------------------------------------------------------------------- */

/* Keys that needs of host.c, bind.c and boot.c add, and that blockers of host.c take away. */
static const char *const added[] = { "intel_iommu",	"initcall_blacklist", "i915.force_probe",
				     "xe.force_probe",	"i915.enable_guc",    "i915.max_vfs",
				     "i915.enable_gvt", "vfio-pci.ids",	      "rd.driver.pre" };
static const char *const taken[] = { "intel_iommu",	     "iommu",		"amd_iommu",   "intremap",
				     "vfio-pci.disable_vga", "i915.enable_guc", "vfio-pci.ids" };

static bool is_key(struct span key, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (cmdline_same_key(key, span_str(list[i])))
			return true;
	return false;
}

/* No byte that a shell, GRUB's script or a reader of lines acts on. */
static bool is_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] && strchr("_-.,:=!+@/%~", s.p[i])))
			return false;
	return true;
}

static bool split(struct span word, struct span *key, struct span *value)
{
	*value = word;
	return text_until(value, "=", key);
}

static bool is_added(struct span word)
{
	struct span key, value;

	if (!split(word, &key, &value) || !is_plain(word) || !is_key(key, added, ARRAY_SIZE(added)))
		return false;
	return !text_eq(key, "initcall_blacklist") || text_eq(value, "sysfb_init");
}

bool plan_admits_word(struct span word)
{
	return is_added(word);
}

static bool is_taken(struct span word)
{
	struct span key, value;

	return split(word, &key, &value) && is_plain(word) && is_key(key, taken, ARRAY_SIZE(taken));
}

/* A list of such words, and at least one. */
static bool are_added(struct span list)
{
	struct span word;
	size_t n = 0;

	for (; text_word(&list, &word); n++)
		if (!is_added(word))
			return false;
	return n > 0;
}

/* What a program is told may go either way: its inverse takes out what it put in. */
static bool are_words(struct span list)
{
	struct span word;
	size_t n = 0;

	for (; text_word(&list, &word); n++)
		if (!is_added(word) && !is_taken(word))
			return false;
	return n > 0;
}

/* ---- files of ours ------------------------------------------------------------------------------------------- */

/* Eat the line that each file of ours begins with. */
static bool own_head(struct span *text)
{
	return text_skip(text, HOST_HEAD);
}

static bool is_name(struct span s)
{
	return s.n && is_plain(s) && !text_has(s, "/");
}

/* "options vfio-pci ids=8086:3e92,8086:a348", "softdep i915 pre: vfio-pci", "options snd_hda_core gpu_bind=0"
 * (bind.c): nothing that runs a program, as install and remove do. */
static bool is_modprobe_line(struct span line)
{
	struct span ids = line, rest = line, module;

	if (text_eq(line, "options snd_hda_core gpu_bind=0"))
		return true;
	if (text_skip(&ids, "options vfio-pci ids="))
		return ids.n && is_plain(ids);
	return text_skip(&rest, "softdep ") && text_until(&rest, " ", &module) && is_name(module) &&
	       text_eq(rest, "pre: vfio-pci");
}

static bool modprobe_text(struct span text)
{
	struct span line;

	if (!own_head(&text) || !text_ends(text, "\n"))
		return false;
	while (span_line(&text, &line))
		if (!is_modprobe_line(line))
			return false;
	return true;
}

static bool modules_text(struct span text)
{
	return own_head(&text) && text_eq(text, "kvmgt\n");
}

static bool grub_text(struct span text)
{
	struct span words;

	return own_head(&text) && text_skip(&text, "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT ") &&
	       text_until(&text, "\"", &words) && text_eq(text, "\n") && are_added(words) && !text_has(words, "\n");
}

static bool cmdline_text(struct span text)
{
	struct span words;

	return own_head(&text) && text_until(&text, "\n", &words) && text.n == 0 && are_added(words);
}

static const struct own_row {
	const char *path;
	bool (*is)(struct span text);
} own_rows[] = {
	{ HOST_MODPROBE, modprobe_text },
	{ "/etc/modules-load.d/igdctl.conf", modules_text },
	{ "/etc/default/grub.d/90-igdctl.cfg", grub_text },
	{ "/etc/cmdline.d/90-igdctl.conf", cmdline_text },
	{ PLAN_GUARD_UNIT, guard_unit_text },
	{ PLAN_GUARD_WANTS, guard_wants_text },
};

static bool is_initramfs_text(const struct operation *op, bool *ret_known)
{
	size_t n;
	const struct initramfs_row *const *rows = initramfs_rows(&n);

	for (size_t i = 0; i < n; i++) {
		if (!rows[i]->path || strcmp(rows[i]->path, op->target) != 0)
			continue;
		*ret_known = true;
		if (text_eq(op->after, rows[i]->text) && (op->mode == 0 || op->mode == rows[i]->mode))
			return true;
	}
	return false;
}

static bool is_spare_text(const struct operation *op, bool *ret_known)
{
	bool grub = strcmp(op->target, "/etc/grub.d/42_igdctl") == 0;

	if (!grub && !text_ends(span_str(op->target), "/loader/entries/igdctl-spare.conf"))
		return false;
	*ret_known = true;
	return plan_spare_admits(op->target, op->after) && (op->mode == 0 || op->mode == (grub ? 0755 : 0644));
}

/* @ret_known: is it a file of ours at all? */
static bool is_own_text(const struct operation *op, bool *ret_known)
{
	for (size_t i = 0; i < ARRAY_SIZE(own_rows); i++)
		if (strcmp(own_rows[i].path, op->target) == 0) {
			*ret_known = true;
			return own_rows[i].is(op->after) && (op->mode == 0 || op->mode == 0644);
		}
	return is_initramfs_text(op, ret_known) || is_spare_text(op, ret_known);
}

static bool is_own(const char *path)
{
	for (size_t i = 0; plan_own_files[i]; i++)
		if (strcmp(plan_own_files[i], path) == 0)
			return true;
	return false;
}

/* ---- files of the owner -------------------------------------------------------------------------------------- */

/*
 * Lines that may go or come whole, and words that may within a line. Line by line, so that no line break and no quote
 * comes or goes by itself: one in the middle of a comment would make code of what follows. NULL: none may.
 */
struct edits {
	bool (*word_goes)(struct span word), (*word_comes)(struct span word);
	bool (*line_goes)(struct span line), (*line_comes)(struct span line);
	bool quotes; /* the new line may have a pair of quotes around what the old one assigns */
};

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* Eat a run of blanks, a quote, an assignment's name and '=' (of GRUB's variables), or a word. */
static bool piece(struct span *rest, struct span *ret)
{
	static const char *const names[] = { "GRUB_CMDLINE_LINUX_DEFAULT=", "GRUB_CMDLINE_LINUX=" };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (text_starts(*rest, names[i]))
			n = strlen(names[i]);
	if (rest->n == 0)
		return false;
	if (n == 0 && is_blank(rest->p[0]))
		while (n < rest->n && is_blank(rest->p[n]))
			n++;
	else if (n == 0 && strchr("\"'", rest->p[0]) && rest->p[0])
		n = 1;
	else if (n == 0)
		while (n < rest->n && !is_blank(rest->p[n]) && !(rest->p[n] == '"' || rest->p[n] == '\''))
			n++;
	return span_cut(*rest, 0, n, ret) && span_from(*rest, n, rest);
}

static bool same(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static bool is_space(struct span s)
{
	return s.n && is_blank(s.p[0]);
}

/* Is @after the line @before with words taken out and put in? A line that the shell or modprobe joins with the next
 * is none of ours. */
static bool line_edited(struct span before, struct span after, const struct edits *e)
{
	struct span x = { 0 }, y = { 0 };
	bool has_x = piece(&before, &x), has_y = piece(&after, &y);

	if (text_starts(text_trim(before), "#"))
		return false;
	while (has_x || has_y) {
		if (has_x && has_y && same(x, y)) {
			has_x = piece(&before, &x);
			has_y = piece(&after, &y);
		} else if (has_x && (is_space(x) || e->word_goes(x))) {
			has_x = piece(&before, &x);
		} else if (has_y &&
			   (is_space(y) || (e->word_comes && e->word_comes(y)) || (e->quotes && text_eq(y, "\"")))) {
			has_y = piece(&after, &y);
		} else {
			return false;
		}
	}
	return true;
}

/* Linear: a line is looked at once, whichever side it is on. */
static bool text_edited(struct span before, struct span after, const struct edits *e)
{
	struct span x = { 0 }, y = { 0 };
	bool has_x = span_line(&before, &x), has_y = span_line(&after, &y);

	while (has_x || has_y) {
		bool both = has_x && has_y && (same(x, y) || line_edited(x, y, e));
		bool goes = !both && has_x && e->line_goes && e->line_goes(x);

		if (!both && !goes && !(has_y && e->line_comes && e->line_comes(y)))
			return false;
		if (both || goes)
			has_x = span_line(&before, &x);
		if (both || !goes)
			has_y = span_line(&after, &y);
	}
	return true;
}

static bool grub_line(struct span line)
{
	struct span words;

	return text_skip(&line, "GRUB_CMDLINE_LINUX_DEFAULT=\"") && text_until(&line, "\"", &words) && line.n == 0 &&
	       are_added(words);
}

static bool entry_line_comes(struct span line)
{
	return text_skip(&line, "options ") && are_added(line);
}

static bool entry_line_goes(struct span line)
{
	struct span word;

	if (!text_word(&line, &word) || !text_eq(word, "options"))
		return false;
	while (text_word(&line, &word))
		if (!is_taken(word))
			return false;
	return true;
}

static const struct {
	const char *module, *key;
} module_options[] = {
	{ "vfio_pci", "disable_vga" },
	{ "vfio_pci", "ids" },
	{ "i915", "enable_guc" },
};

static bool option_goes(struct span word)
{
	struct span key, value;

	if (!split(word, &key, &value))
		value = (struct span) { 0 }, key = word;
	for (size_t i = 0; i < ARRAY_SIZE(module_options); i++)
		if (text_eq(key, module_options[i].key))
			return true;
	return false;
}

static bool modprobe_line_goes(struct span line)
{
	struct span word, module;

	if (!text_word(&line, &word) || !text_word(&line, &module))
		return false;
	if (text_eq(word, "blacklist"))
		return cmdline_same_key(module, span_str("vfio_pci")) && text_trim(line).n == 0;
	if (!text_eq(word, "options"))
		return false;
	while (text_word(&line, &word))
		if (!option_goes(word))
			return false;
	return true;
}

static const struct edits grub_edits = { is_taken, is_added, NULL, grub_line, .quotes = true };
static const struct edits cmdline_edits = { is_taken, is_added, NULL, NULL, .quotes = false };
static const struct edits entry_edits = { is_taken, is_added, entry_line_goes, entry_line_comes, .quotes = false };
static const struct edits modprobe_edits = { option_goes, NULL, modprobe_line_goes, NULL, .quotes = false };

/* A file is @exact, or lies in the folder @head with a name that ends in @tail. */
static const struct owner_row {
	const char *exact, *head, *tail;
	const struct edits *edits;
} owner_rows[] = {
	{ "/etc/default/grub", NULL, NULL, &grub_edits },
	{ NULL, "/etc/default/grub.d/", ".cfg", &grub_edits },
	{ "/etc/kernel/cmdline", NULL, NULL, &cmdline_edits },
	{ NULL, "/etc/cmdline.d/", ".conf", &cmdline_edits },
	{ NULL, "/boot/loader/entries/", ".conf", &entry_edits },
	{ NULL, "/boot/efi/loader/entries/", ".conf", &entry_edits },
	{ NULL, "/efi/loader/entries/", ".conf", &entry_edits },
	{ NULL, "/etc/modprobe.d/", ".conf", &modprobe_edits },
	{ NULL, "/usr/local/lib/modprobe.d/", ".conf", &modprobe_edits },
	{ NULL, "/usr/lib/modprobe.d/", ".conf", &modprobe_edits },
	{ NULL, "/lib/modprobe.d/", ".conf", &modprobe_edits },
	{ NULL, "/run/modprobe.d/", ".conf", &modprobe_edits },
};

static bool lies_in(const char *path, const char *head, const char *tail)
{
	struct span rest = span_str(path);

	return text_skip(&rest, head) && !text_has(rest, "/") && text_ends(rest, tail) && rest.n > strlen(tail);
}

static const struct edits *owner_edits(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(owner_rows); i++) {
		const struct owner_row *row = &owner_rows[i];

		if (row->exact ? strcmp(row->exact, path) == 0 : lies_in(path, row->head, row->tail))
			return row->edits;
	}
	return NULL;
}

/* The file from which kernels get their command line comes to be (boot.c, boot_cmdline_begin()): with a line of
 * words, one of which is root=, and that without ours stands in for it; or as the distribution's own, which may have
 * none. */
static bool is_new_cmdline(const struct operation *op)
{
	return strcmp(op->target, "/etc/kernel/cmdline") == 0 && op->mode == 0644 &&
	       text_bad_utf8(op->after) == op->after.n &&
	       (!op->meanwhile ||
		(text_has(op->after, "root=") && text_edited(span_str(op->meanwhile), op->after, &cmdline_edits)));
}

static const char *write_why(const struct operation *op)
{
	const struct edits *e = owner_edits(op->target);
	bool known = false;

	if (op->meanwhile && (op->there != TRI_NO || op->gone || strcmp(op->target, "/etc/kernel/cmdline") != 0))
		return "nothing stands in for this file on the way back";
	if (op->gone)
		return is_own(op->target) ? NULL : "a plan removes no file but its own";
	if (is_own_text(op, &known))
		return NULL;
	if (known)
		return "this file is ours, and these bytes are none that we write";
	if (!e)
		return "no plan writes this file";
	if (op->there == TRI_NO && is_new_cmdline(op))
		return NULL;
	if (op->there != TRI_YES)
		return "this file is the owner's; where it is not, or was not read, no plan writes it";
	if (op->mode)
		return "no plan changes the mode of this file";
	return text_edited(op->before, op->after, e) ? NULL
						     : "more changes in this file than the words that plans change";
}

/* ---- programs ------------------------------------------------------------------------------------------------ */

/* @form ends with NULL or after ARGV_MAX words. */
static bool fits_form(const char *const *form, const char *const *argv)
{
	size_t i = 0;

	for (; i < ARGV_MAX && form[i]; i++)
		if (!argv[i] || strcmp(form[i], argv[i]) != 0)
			return false;
	return i > 0 && !argv[i];
}

static bool is_regenerate(const char *const *argv)
{
	size_t n;
	const struct boot_row *const *boots = boot_rows(&n);
	const struct initramfs_row *const *images;

	for (size_t i = 0; i < n; i++)
		if (fits_form(boots[i]->regenerate, argv))
			return true;
	images = initramfs_rows(&n);
	for (size_t i = 0; i < n; i++)
		if (fits_form(images[i]->regenerate, argv))
			return true;
	return false;
}

/* Words behind the first @n of @argv are each one of two heads with options behind it. */
static bool are_options(const char *const *argv, size_t n, const char *a, const char *b)
{
	size_t i = n;

	for (; argv[i]; i++) {
		struct span rest = span_str(argv[i]);

		if ((!text_skip(&rest, a) && !text_skip(&rest, b)) || !are_words(rest))
			return false;
	}
	return i > n;
}

static bool begins(const char *const *argv, const char *first, const char *second)
{
	return strcmp(argv[0], first) == 0 && argv[1] && strcmp(argv[1], second) == 0;
}

/* A name or names between blanks: no path, and nothing that dracut takes for another option. */
static bool are_names(struct span list)
{
	struct span word;
	size_t n = 0;

	for (; text_word(&list, &word); n++)
		if (!is_name(word) || text_starts(word, "-"))
			return false;
	return n > 0;
}

/* dracut(8): options that name what the initramfs is to hold or to lack, among what the system has of such things. */
static bool is_dracut_list(struct span word)
{
	static const char lists[] = "-a --add --force-add -o --omit -m --modules -d --drivers --add-drivers "
				    "--force-drivers --omit-drivers --filesystems";
	char name[24];

	text_copy(word, name, sizeof(name));
	return facts_word_in(lists, name);
}

bool plan_admits_dracut(const char *const *argv, size_t n)
{
	bool wanted = false; /* what an option names */
	struct span word, head;

	for (size_t i = 0; i < n; i++) {
		word = span_str(argv[i]);
		if (!text_skip(&word, "--arg="))
			return false;
		if (wanted) {
			if (!are_names(word))
				return false;
			wanted = false;
		} else if (is_dracut_list(word)) {
			wanted = true;
		} else if (!text_starts(word, "--") || !text_until(&word, "=", &head) || !is_dracut_list(head) ||
			   !are_names(word)) {
			return false;
		}
	}
	return !wanted;
}

/* rpm-ostree(1), initramfs (bind.c). */
static bool is_ostree_initramfs(const char *const *argv)
{
	static const char *const off[] = { "rpm-ostree", "initramfs", "--disable", NULL };
	size_t n = 0;

	if (fits_form(off, argv))
		return true;
	if (!begins(argv, "rpm-ostree", "initramfs") || !argv[2] || strcmp(argv[2], "--enable") != 0)
		return false;
	while (argv[3 + n])
		n++;
	return plan_admits_dracut(argv + 3, n);
}

static bool is_command(const char *const *argv)
{
	static const char *const vfio[] = { "modprobe", "vfio-pci", NULL }; /* now.c */

	if (!argv || !argv[0])
		return false;
	if (begins(argv, "grubby", "--update-kernel=ALL"))
		return are_options(argv, 2, "--args=", "--remove-args=");
	if (begins(argv, "rpm-ostree", "kargs"))
		return are_options(argv, 2, "--append-if-missing=", "--delete-if-present=");
	return is_regenerate(argv) || is_ostree_initramfs(argv) || fits_form(vfio, argv);
}

static const char *run_why(const struct operation *op)
{
	return !is_command(op->argv)			 ? "no plan runs this command"
	       : op->inverse && !is_command(op->inverse) ? "no plan undoes anything by this command"
							 : NULL;
}

/* ---- VMs and devices ----------------------------------------------------------------------------------------- */

/* Below these nothing is a VM's definition but what the rows before them admit. */
static const char *const system_heads[] = { "/bin/",  "/boot/",	 "/dev/",   "/efi/",	   "/etc/",
					    "/lib/",  "/lib32/", "/lib64/", "/proc/",	   "/run/",
					    "/sbin/", "/sys/",	 "/usr/",   "/var/spool/", "/var/lib/igdctl/" };

/* A part of the path that begins with a dot: .ssh, .config/systemd, .bashrc. */
static bool is_hidden(const char *path)
{
	return strstr(path, "/.") != NULL;
}

static bool is_vmid(struct span s)
{
	uint64_t id;

	return s.n <= 9 && text_number(s, &id) && id >= 100 && !text_starts(s, "0");
}

static bool is_pve(const char *path, struct span *ret_id)
{
	struct span rest = span_str(path);

	return text_skip(&rest, "/etc/pve/qemu-server/") && text_until(&rest, ".conf", ret_id) && rest.n == 0 &&
	       is_vmid(*ret_id);
}

static bool is_kept(const char *path)
{
	struct span id;

	return is_pve(path, &id) || lies_in(path, "/etc/libvirt/qemu/", ".xml");
}

bool plan_admits_vm(const struct operation *op, const char *named)
{
	return is_kept(op->target) || (named && strcmp(op->target, named) == 0);
}

static const char *vm_path_why(const struct operation *op)
{
	if (is_kept(op->target))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(system_heads); i++)
		if (text_starts(span_str(op->target), system_heads[i]))
			return "no definition of a VM lies there";
	if (is_hidden(op->target))
		return "no definition of a VM lies in a hidden file or folder";
	return NULL;
}

/* Told to a person only: qm set 100 ..., virsh define FILE. */
static bool is_vm_command(const char *const *argv)
{
	struct span id;

	if (!argv[0])
		return false;
	if (strcmp(argv[0], "qm") == 0 && argv[1] && argv[2]) {
		id = span_str(argv[2]);
		return (strcmp(argv[1], "set") == 0 || strcmp(argv[1], "create") == 0) &&
		       (is_vmid(id) || text_eq(id, "VMID"));
	}
	return begins(argv, "virsh", "define") && argv[2] && strcmp(argv[2], "FILE") == 0 && !argv[3];
}

static const char *vm_why(const struct operation *op)
{
	const char *why = vm_path_why(op);

	if (why)
		return why;
	if (op->there != TRI_YES)
		return "this definition of a VM was not read from the machine itself";
	if (op->mode || op->gone)
		return "a plan changes neither the mode of a VM's definition nor removes it";
	for (size_t i = 0; op->commands && op->commands[i]; i++)
		if (!is_vm_command(op->commands[i]))
			return "no plan knows this command for a VM";
	return NULL;
}

static const char *bind_why(const struct operation *op)
{
	const char *const both[] = { op->driver_before, op->driver_after };

	for (size_t i = 0; i < ARRAY_SIZE(both); i++)
		if (!both[i] || (*both[i] && !is_name(span_str(both[i]))) || strcmp(both[i], "..") == 0)
			return "this is no name of a driver";
	return NULL;
}

bool plan_admits(const struct operation *op, const char **ret_why)
{
	*ret_why = op->kind == OP_WRITE ? write_why(op)
		   : op->kind == OP_RUN ? run_why(op)
		   : op->kind == OP_VM	? vm_why(op)
					: bind_why(op);
	return !*ret_why;
}
