// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * admit.c - could a plan of ours hold this operation?
 *
 * A plan may lie in a file between the day it is made and the day root carries it out, and whoever can write that
 * file must not become root by it. So each operation is held against what the rules of plan/ can write and run at
 * all: our own files hold what we write into them, the owner's are what the editors of plans make of them
 * (admit_edits.c), and each program has its few command lines. Scripts, units and anything else that is executed are
 * compared with the text of their generator, byte for byte.
 *
 * Left to trust are which devices and which ROM a VM gets, which is shown before it is written (what else a
 * definition says, and where it lies, is not: admit_vm.c, plan_admits_vm()); and the words of a kernel command line
 * that a plan writes for the first time, which apply holds against those of the running kernel.
 */
#include "plan/admit.h"

#include <string.h>

#include "base/text.h"
#include "store/cmdline.h"

/* ---- words of the kernel's command line ---------------------------------------------------------------------- */

/* No byte that a shell, GRUB's script or a reader of lines acts on. */
bool admit_is_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] && strchr("_-.,:=!+@/%~", s.p[i])))
			return false;
	return true;
}

bool admit_is_of(struct span s, const char *bytes)
{
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr(bytes, s.p[i]))
			return false;
	return s.n > 0;
}

#define HEX	"0123456789abcdefABCDEF"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool is_off(struct span value)
{
	struct span part;

	while (text_until(&value, ",", &part))
		if (text_eq(part, "off") || text_eq(part, "igfx_off"))
			return true;
	return text_eq(value, "off") || text_eq(value, "igfx_off");
}

/* "on", or what else of the owner's the option said beside "off". */
static bool is_iommu(struct span value)
{
	return admit_is_of(value, LETTERS "0123456789_,") && !is_off(value);
}

static bool is_sysfb(struct span value)
{
	return text_eq(value, "sysfb_init");
}

static bool is_chip(struct span value)
{
	text_skip(&value, "!");
	return admit_is_of(value, HEX);
}

static bool is_few(struct span value)
{
	return admit_is_of(value, "0123456789");
}

static bool is_ids(struct span value)
{
	return admit_is_of(value, HEX ":,");
}

static bool is_vfio(struct span value)
{
	return text_eq(value, "vfio_pci");
}

/* Options that needs of host.c, bind.c and boot.c add, and that blockers of host.c take away. */
static const struct option_row {
	const char *key;
	bool (*is)(struct span value); /* NULL: any, and none */
} added[] = {
	{ "intel_iommu", is_iommu },	 { "initcall_blacklist", is_sysfb }, { "i915.force_probe", is_chip },
	{ "xe.force_probe", is_chip },	 { "i915.enable_guc", is_few },	     { "i915.max_vfs", is_few },
	{ "i915.enable_gvt", is_few },	 { "vfio-pci.ids", is_ids },	     { "rd.driver.pre", is_vfio },
}, taken[] = {
	{ "intel_iommu", is_off },	{ "iommu", is_off },	     { "amd_iommu", is_off }, { "intremap", is_off },
	{ "vfio-pci.disable_vga", NULL }, { "i915.enable_guc", NULL }, { "vfio-pci.ids", is_ids },
};

static const struct option_row *option_row(const struct option_row *rows, size_t n, struct span key)
{
	for (size_t i = 0; i < n; i++)
		if (cmdline_same_key(key, span_str(rows[i].key)))
			return &rows[i];
	return NULL;
}

bool admit_adds(struct span key, struct span value, bool has_value)
{
	const struct option_row *row = option_row(added, ARRAY_SIZE(added), key);

	return row && has_value && row->is(value);
}

bool admit_takes(struct span key, struct span value, bool has_value)
{
	const struct option_row *row = option_row(taken, ARRAY_SIZE(taken), key);

	return row && admit_is_plain(value) && (!row->is || (has_value && row->is(value)));
}

static bool split(struct span word, struct span *key, struct span *value)
{
	*value = word;
	if (text_until(value, "=", key))
		return true;
	*key = word;
	*value = (struct span) { 0 };
	return false;
}

static bool is_added(struct span word)
{
	struct span key, value;
	bool has_value = split(word, &key, &value);

	return admit_adds(key, value, has_value);
}

static bool is_taken(struct span word)
{
	struct span key, value;
	bool has_value = split(word, &key, &value);

	return admit_takes(key, value, has_value);
}

/* Of the owner's words what gives way to one of ours, or is taken out: it comes again on the way back. */
static bool is_displaced(struct span word)
{
	struct span key, value;

	split(word, &key, &value);
	return admit_is_plain(value) &&
	       (option_row(added, ARRAY_SIZE(added), key) || option_row(taken, ARRAY_SIZE(taken), key));
}

bool plan_admits_word(struct span word)
{
	return is_added(word);
}

/* A list of such words with one blank between them, and at least one. */
static bool are_words(struct span list, bool (*is)(struct span word))
{
	struct span word;

	while (text_until(&list, " ", &word))
		if (!is(word))
			return false;
	return is(list);
}

/* ---- files of ours ------------------------------------------------------------------------------------------- */

/* Eat the line that each file of ours begins with. */
static bool own_head(struct span *text)
{
	return text_skip(text, HOST_HEAD);
}

static bool is_name(struct span s)
{
	return s.n && admit_is_plain(s) && !text_has(s, "/");
}

/* "options vfio-pci ids=8086:3e92,8086:a348", "softdep i915 pre: vfio-pci", "options snd_hda_core gpu_bind=0"
 * (bind.c): nothing that runs a program, as install and remove do. */
static bool is_modprobe_line(struct span line)
{
	struct span ids = line, rest = line, module;

	if (text_eq(line, "options snd_hda_core gpu_bind=0"))
		return true;
	if (text_skip(&ids, "options vfio-pci ids="))
		return ids.n && admit_is_plain(ids);
	return text_skip(&rest, "softdep ") && text_until(&rest, " ", &module) && is_name(module) &&
	       text_eq(rest, "pre: vfio-pci");
}

static bool modprobe_text(struct span text)
{
	struct span line;

	if (!own_head(&text) || !text_ends(text, "\n") || text_has(text, "\r"))
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
	       text_until(&text, "\"", &words) && text_eq(text, "\n") && are_words(words, is_added);
}

static bool cmdline_text(struct span text)
{
	struct span words;

	return own_head(&text) && text_until(&text, "\n", &words) && text.n == 0 && are_words(words, is_added);
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

static bool is_own(const char *path)
{
	for (size_t i = 0; plan_own_files[i]; i++)
		if (strcmp(plan_own_files[i], path) == 0)
			return true;
	return false;
}

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

	if (!grub && !(is_own(op->target) && text_ends(span_str(op->target), "/loader/entries/igdctl-spare.conf")))
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

/* ---- files of the owner -------------------------------------------------------------------------------------- */

/* What it says is known to be an ordinary start's elsewhere (apply), which reads words up to "--" alone. */
static bool is_cmdline(struct span text)
{
	struct span word;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' && text.p[i] != '\n' && text.p[i] != '\t')
			return false;
	while (text_word(&text, &word))
		if (text_eq(word, "--"))
			return false;
	return text_bad_utf8(text) == text.n;
}

static bool is_line(struct span text)
{
	struct span line;

	return text_until(&text, "\n", &line) && line.n && !text_starts(line, "#") && text.n == 0;
}

/* The file from which kernels get their command line comes to be (boot.c, boot_cmdline_begin()): with a line of
 * words, one of which is root=, and that without ours stands in for it; or as the distribution's own, which may have
 * none. */
static bool is_new_cmdline(const struct operation *op)
{
	struct span meanwhile = op->meanwhile ? span_str(op->meanwhile) : (struct span) { 0 };

	return strcmp(op->target, "/etc/kernel/cmdline") == 0 && op->mode == 0644 && is_cmdline(op->after) &&
	       (!op->meanwhile || (text_has(op->after, "root=") && is_line(meanwhile) &&
				   admit_edited(op->target, meanwhile, op->after)));
}

static const char *write_why(const struct operation *op)
{
	bool known = false;

	if (op->meanwhile && (op->there != TRI_NO || op->gone || strcmp(op->target, "/etc/kernel/cmdline") != 0))
		return "nothing stands in for this file on the way back";
	if (op->gone)
		return is_own(op->target) ? NULL : "a plan removes no file but its own";
	if (is_own_text(op, &known))
		return NULL;
	if (known)
		return "this file is ours, and these bytes are none that we write";
	if (!admit_edits(op->target))
		return "no plan writes this file";
	if (op->there == TRI_NO && is_new_cmdline(op))
		return NULL;
	if (op->there != TRI_YES)
		return "this file is the owner's; where it is not, or was not read, no plan writes it";
	if (op->mode)
		return "no plan changes the mode of this file";
	return admit_edited(op->target, op->before, op->after)
		       ? NULL
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

static bool begins(const char *const *argv, const char *first, const char *second)
{
	return strcmp(argv[0], first) == 0 && argv[1] && strcmp(argv[1], second) == 0;
}

/* Programs that keep the options (boot_bls.c, boot_ostree.c). */
static const struct keeper {
	const char *program, *what, *add, *remove;
} keepers[] = {
	{ "grubby", "--update-kernel=ALL", "--args=", "--remove-args=" },
	{ "rpm-ostree", "kargs", "--append-if-missing=", "--delete-if-present=" },
};

static bool is_keeper(const char *const *argv, bool back)
{
	for (size_t i = 0; i < ARRAY_SIZE(keepers); i++) {
		const struct keeper *k = &keepers[i];
		size_t n = 2;

		if (!begins(argv, k->program, k->what))
			continue;
		for (; argv[n]; n++) {
			struct span rest = span_str(argv[n]);

			if (text_skip(&rest, k->add)
				    ? !are_words(rest, back ? is_displaced : is_added)
				    : !text_skip(&rest, k->remove) || !are_words(rest, back ? is_added : is_taken))
				return false;
		}
		return n > 2;
	}
	return false;
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

/* @back: it undoes. */
static bool is_command(const char *const *argv, bool back)
{
	static const char *const vfio[] = { "modprobe", "vfio-pci", NULL }; /* now.c */

	return argv && argv[0] &&
	       (is_keeper(argv, back) || is_regenerate(argv) || is_ostree_initramfs(argv) || fits_form(vfio, argv));
}

static const char *run_why(const struct operation *op)
{
	return !is_command(op->argv, false)		       ? "no plan runs this command"
	       : op->inverse && !is_command(op->inverse, true) ? "no plan undoes anything by this command"
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

	return is_pve(path, &id) || admit_lies_in(path, "/etc/libvirt/qemu/", ".xml");
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
	return admit_vm_edited(op->before, op->after)
		       ? NULL
		       : "more changes in this definition than what gives a VM its devices";
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
