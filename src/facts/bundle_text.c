// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bundle_text.c - configuration lines, guests, QEMU command lines and messages among pasted text.
 */
#include "facts/bundle.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "store/cmdline.h"
#include "store/grub.h"
#include "store/hostdev.h"
#include "store/modprobe.h"
#include "store/modules.h"
#include "store/pve_conf.h"

/* What is over a limit here is left out and told; the limits are far above any machine. */
static void conf_add(struct bundle *b, enum conf_kind kind, struct span text)
{
	/* which of the lists of modules it is matters: one is read before the disks are there */
	const char *file = kind == CONF_MODULES && b->hint == HINT_INITRD_MODULES
				   ? arena_printf(&b->f->arena, "%s, initramfs-tools/modules", b->file)
				   : b->file;

	if (facts_conf_text(b->f, kind, file, text, b->line) < 0)
		bundle_note(b, "too many configuration lines; this one is left out");
}

/* ---- command lines -------------------------------------------------------------------------------------------- */

/* Options that tell a kernel command line from other texts with "key=value" words. */
static const char *const cmdline_keys[] = {
	"BOOT_IMAGE",	"root",
	"initrd",	"intel_iommu",
	"amd_iommu",	"iommu",
	"quiet",	"ro",
	"vfio-pci.ids", "nomodeset",
	"video",	"splash",
	"rw",		"pcie_acs_override",
	"boot",		"initcall_blacklist",
};

static bool is_cmdline_key(struct span key)
{
	for (size_t i = 0; i < ARRAY_SIZE(cmdline_keys); i++)
		if (cmdline_same_key(key, span_str(cmdline_keys[i])))
			return true;
	return false;
}

/* Could it be a command line: words without a sentence's marks, two of them options of the kernel, one with '='? */
static bool looks_cmdline(struct span s)
{
	struct cmdline_word w;
	size_t n = 0, n_known = 0, n_values = 0, n_options = 0, n_where = 0;

	while (cmdline_next(&s, &w)) {
		bool known = is_cmdline_key(w.key);

		n++;
		n_known += known;
		n_options += known || w.has_value;
		n_where += w.has_value &&
			   (text_eq(w.key, "BOOT_IMAGE") || text_eq(w.key, "root") || text_eq(w.key, "initrd"));
		n_values += w.has_value;
		if (text_ends(w.raw, ",") || text_ends(w.raw, ":") || text_starts(w.raw, "(") ||
		    text_starts(w.raw, "-"))
			return false;
	}
	/* What GRUB and systemd-boot write says so; of another line every word must be an option. */
	return n_known >= 2 && n_values >= 1 && (n_where ? n_values * 3 >= n : n_options == n);
}

/* systemd-boot and GRUB both add where the kernel was found; a file for a boot loader does not say that. */
static enum conf_kind cmdline_kind(const struct bundle *b, struct span s)
{
	if (b->hint == HINT_KERNEL_CMDLINE)
		return CONF_KERNEL_CMDLINE;
	if (b->hint == HINT_CMDLINE || text_has(s, "BOOT_IMAGE=") || text_has(s, "initrd="))
		return CONF_CMDLINE;
	return text_starts(s, "root=ZFS=") ? CONF_KERNEL_CMDLINE : CONF_CMDLINE;
}

static bool cmdline_line(struct bundle *b, struct span s)
{
	if (!text_skip(&s, "cmdline:"))
		text_skip(&s, "append "); /* of syslinux */
	s = text_trim(s);
	if (text_skip(&s, "`") && text_ends(s, "`"))
		s.n--;
	if (text_starts(s, "GRUB_") || text_starts(s, "#") || text_starts(s, "options "))
		return false;
	if (b->hint != HINT_CMDLINE && b->hint != HINT_KERNEL_CMDLINE && !looks_cmdline(s))
		return false;
	conf_add(b, cmdline_kind(b, s), s);
	return true;
}

/* "GRUB_..." lines that follow one another are one file, in which the last assignment holds. */
static bool grub_line(struct bundle *b, struct span s)
{
	struct span rest, line, block;
	size_t n = 0;

	if (!text_starts(s, "GRUB_") || !span_from(b->text, (size_t)(s.p - b->text.p), &rest))
		return false;
	block = rest;
	while (span_line(&rest, &line)) {
		struct span t = text_trim(line);

		if (!text_starts(t, "GRUB_") && !text_starts(t, "#"))
			break;
		n = block.n - rest.n;
	}
	block.n = n;
	conf_add(b, CONF_GRUB, block);
	b->skip_to = (size_t)(s.p - b->text.p) + n;
	return true;
}

/* "linux /boot/vmlinuz-6.8 root=... ro quiet" of grub.cfg; "options root=... rw" of a loader's entry. */
static bool entry_line(struct bundle *b, struct span s)
{
	struct span rest = s, word;

	if (!text_word(&rest, &word) || !text_has(rest, "root="))
		return false;
	if (!text_eq(word, "options") && !(text_starts(word, "linux") && text_has(rest, "vmlinuz")))
		return false;
	conf_add(b, CONF_LOADER_ENTRY, s);
	return true;
}

/* ---- modprobe and modules ----------------------------------------------------------------------------------- */

/* Verbs are words of every language: what follows must look like what modprobe wants. */
static bool looks_modprobe(const struct bundle *b, const struct modprobe_line *l)
{
	struct span rest = l->rest, first = { 0 };

	if (!modules_is_name(l->module) && l->verb != MODPROBE_ALIAS)
		return false;
	text_word(&rest, &first);
	switch (l->verb) {
	case MODPROBE_OPTIONS:
		return text_has(l->rest, "=");
	case MODPROBE_BLACKLIST:
		return l->rest.n == 0 || text_starts(l->rest, "#") || b->modprobe;
	case MODPROBE_SOFTDEP:
	case MODPROBE_WEAKDEP:
		return text_has(l->rest, "pre:") || text_has(l->rest, "post:") || l->verb == MODPROBE_WEAKDEP;
	case MODPROBE_INSTALL:
	case MODPROBE_REMOVE:
		return text_starts(first, "/") || b->modprobe;
	case MODPROBE_ALIAS:
		return text_has(l->rest, ":") || b->modprobe;
	default:
		return false;
	}
}

static bool modprobe_line(struct bundle *b, struct span s)
{
	struct modprobe_line l;

	if (text_starts(s, "#"))
		return false;
	if (b->hint == HINT_MODPROBE) {
		conf_add(b, CONF_MODPROBE, s);
		return true;
	}
	if (!modprobe_line_read(s, &l) || l.verb == MODPROBE_BAD || !looks_modprobe(b, &l))
		return false;
	b->modprobe = true;
	conf_add(b, CONF_MODPROBE, s);
	return true;
}

/* Modules that people write into /etc/modules for passthrough: alone in a line, their name is no other text. */
static const char *const module_names[] = {
	"vfio",	     "vfio_pci",  "vfio-pci", "vfio_iommu_type1", "vfio_virqfd",  "vfio_pci_core", "vfio_mdev",
	"kvmgt",     "vfio-mdev", "xengt",    "vfio-iommu-type1", "vfio_pci_igd", "i915",	   "kvm",
	"kvm_intel", "mdev",
};

static bool modules_line(struct bundle *b, struct span s)
{
	struct span rest = s, word, more;
	bool known = false;

	if (text_starts(s, "#")) {
		if (text_has(s, "modules that you want to include in your initramfs"))
			b->hint = HINT_INITRD_MODULES;
		else if (text_has(s, "/etc/modules") || text_has(s, "modules to load at boot"))
			b->hint = HINT_MODULES;
		return false;
	}
	if (!text_word(&rest, &word) || !modules_is_name(word))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(module_names); i++)
		known |= text_eq(word, module_names[i]);
	if (text_word(&rest, &more) || (!known && b->hint != HINT_MODULES && b->hint != HINT_INITRD_MODULES))
		return false;
	conf_add(b, CONF_MODULES, s);
	return true;
}

bool bundle_conf_line(struct bundle *b, struct span s)
{
	if (grub_line(b, s) || entry_line(b, s) || modprobe_line(b, s) || cmdline_line(b, s) || modules_line(b, s))
		return true;
	if (b->hint == HINT_MODPROBE && text_starts(s, "#"))
		return true;
	b->modprobe = b->modprobe && text_starts(s, "#");
	return false;
}

/* ---- guests ------------------------------------------------------------------------------------------------- */

/* Keys of qm.conf(5) and pct.conf(5); with '#' any number follows. */
static const char *const guest_keys[] = {
	"acpi",	    "agent",	  "arch",     "args",	  "audio#",    "balloon",      "bios",	     "boot",
	"bootdisk", "cores",	  "cpu",      "cpulimit", "cpuunits",  "description",  "dev#",	     "efidisk#",
	"features", "hookscript", "hostname", "hostpci#", "hotplug",   "hugepages",    "ide#",	     "ivshmem",
	"kvm",	    "localtime",  "machine",  "memory",	  "meta",      "mp#",	       "name",	     "nameserver",
	"net#",	    "numa",	  "numa#",    "onboot",	  "ostype",    "parallel#",    "protection", "rng#",
	"rootfs",   "sata#",	  "scsi#",    "scsihw",	  "serial#",   "shares",       "smbios#",    "sockets",
	"startup",  "swap",	  "tablet",   "tags",	  "tpmstate#", "unprivileged", "unused#",    "usb#",
	"vga",	    "virtio#",	  "vmgenid",  "vmstate",
};

static bool is_guest_key(struct span key)
{
	uint64_t n;

	if (text_starts(key, "lxc."))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(guest_keys); i++) {
		struct span name = span_before(span_str(guest_keys[i]), '#'), rest;

		if (key.n < name.n || memcmp(key.p, name.p, name.n) != 0 || !span_from(key, name.n, &rest))
			continue;
		if (rest.n == 0 || (guest_keys[i][name.n] == '#' && text_digits(&rest, 10, &n) && rest.n == 0))
			return true;
	}
	return false;
}

static bool is_lxc_key(struct span key)
{
	return text_starts(key, "lxc.") || text_eq(key, "rootfs") || text_eq(key, "unprivileged") ||
	       text_eq(key, "swap");
}

/* "local-lvm:vm-102-disk-0": the number of the guest that owns the disk. */
static void disk_owner(struct bundle *b, struct span value)
{
	struct span before;
	uint64_t n;

	if (!b->guest_id[0] && text_until(&value, "vm-", &before) && text_digits(&value, 10, &n) &&
	    text_starts(value, "-disk"))
		snprintf(b->guest_id, sizeof(b->guest_id), "%u", (unsigned)n);
}

static bool guest_line(struct bundle *b, struct span s)
{
	struct guest_block *g = &b->guest;
	struct span rest = s, key;

	if (!text_until(&rest, ":", &key) || !(text_starts(rest, " ") || rest.n == 0) || !is_guest_key(key))
		return false;
	if (b->guest_snapshot)
		return true;
	if (g->n_keys == 0) {
		g->from = bundle_at(b);
		g->start = b->offset;
	}
	g->n_keys++;
	g->end = b->offset + b->raw.n;
	g->hostpci |= pve_is_hostpci(key);
	g->lxc |= is_lxc_key(key);
	disk_owner(b, rest);
	return true;
}

static void guest_end(struct bundle *b)
{
	struct guest_block *g = &b->guest;
	struct span text, name = span_str(b->file);
	uint64_t n;

	if (g->n_keys && !b->guest_id[0] && text_digits(&name, 10, &n) && text_eq(name, ".conf"))
		snprintf(b->guest_id, sizeof(b->guest_id), "%u", (unsigned)n);
	if ((g->n_keys >= 3 || g->hostpci) && span_cut(b->text, g->start, g->end - g->start, &text) &&
	    facts_guest_pve(b->f, g->lxc || b->guest_lxc ? "lxc" : "pve", b->guest_id, g->from, text) < 0)
		bundle_note(b, "too many guests; this one is left out");
	*g = (struct guest_block) { 0 };
	b->guest_id[0] = '\0';
	b->guest_lxc = false;
}

static bool is_qemu_command(struct span s)
{
	struct span word, before;

	if (!text_word(&s, &word))
		return false;
	while (text_until(&word, "/", &before))
		continue;
	return (text_starts(word, "qemu-system-") || text_eq(word, "kvm") || text_eq(word, "qemu-kvm")) &&
	       !text_ends(word, ":") &&
	       (text_has(s, " -") || text_starts(text_trim(s), "-") || text_eq(text_trim(s), "\\"));
}

/* Multi-line pieces: from the first line to the one that ends them; at most this much is one piece. */
#define PIECE_MAX ((size_t)1024 * 1024)

/* The end of a command line: the first line without a backslash at its end. */
static size_t command_end(struct span text)
{
	struct span rest = text, line;

	while (span_line(&rest, &line) && text.n - rest.n < PIECE_MAX)
		if (!text_ends(text_trim(line), "\\"))
			return text.n - rest.n;
	return text.n - rest.n;
}

static bool qemu_line(struct bundle *b, struct span s)
{
	struct span text;

	if (!is_qemu_command(s) || !span_from(b->text, (size_t)(s.p - b->text.p), &text))
		return false;
	text.n = command_end(text);
	b->skip_to = (size_t)(s.p - b->text.p) + text.n;
	if (facts_guest_qemu(b->f, bundle_at(b), text) < 0)
		bundle_note(b, "too many guests; this one is left out");
	return true;
}

static bool libvirt_line(struct bundle *b, struct span s)
{
	bool domain = text_starts(s, "<domain");
	const char *end = domain ? "</domain>" : "</hostdev>";
	struct span text, in;

	if ((!domain && !text_starts(s, "<hostdev")) || b->no_end[domain])
		return false;
	if (!span_from(b->text, (size_t)(s.p - b->text.p), &text))
		return false;
	if (!text_until(&text, end, &in)) {
		b->no_end[domain] = true; /* nor is there one for any line below */
		return false;
	}
	in.n += strlen(end);
	b->skip_to = (size_t)(s.p - b->text.p) + in.n;
	if (facts_guest_libvirt(b->f, bundle_at(b), in) < 0)
		bundle_note(b, "too many guests; this one is left out");
	return true;
}

/* "[before-upgrade]" in a guest's definition: from here on it tells what once was (store/pve_conf.h). */
static bool snapshot_line(struct bundle *b, struct span s)
{
	if (!text_starts(s, "[") || !text_ends(s, "]") || (b->guest.n_keys == 0 && !b->guest_snapshot))
		return false;
	guest_end(b);
	b->guest_snapshot = true;
	return true;
}

bool bundle_guest_line(struct bundle *b, struct span s)
{
	if (guest_line(b, s) || snapshot_line(b, s))
		return true;
	b->guest_snapshot = b->guest_snapshot && text_starts(s, "#");
	if (b->guest.n_keys && !text_starts(s, "#"))
		guest_end(b);
	return qemu_line(b, s) || libvirt_line(b, s);
}

void bundle_guest_end(struct bundle *b)
{
	guest_end(b);
	b->guest_snapshot = false;
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

/* How messages of the kernel, QEMU, Proxmox, libvirt and the makers of initramfs begin when no time stands before. */
static const char *const messages[] = {
	"TASK ERROR",
	"WARN: ",
	"kvm: ",
	"kvm [",
	"qemu-system-",
	"qemu: ",
	"vfio error",
	"vfio: ",
	"vfio-pci ",
	"vfio_",
	"VFIO_",
	"DMAR: ",
	"DMAR-IR: ",
	"dmar: ",
	"i915 ",
	"xe 0000:",
	"pci 0000:",
	"pcieport ",
	"ACPI: ",
	"AMD-Vi: ",
	"iommu: ",
	"[drm",
	"kvmgt: ",
	"amdgpu ",
	"==> ERROR",
	"==> WARNING",
	"error: ",
	"ERROR: ",
	"Error ",
	"libvirt: ",
	"internal error",
	"resource sanity check",
	"caller pci_map_rom",
	"snd_hda_intel ",
	"mei_me ",
	"x86/split",
	"update-initramfs: ",
	"W: Possible missing firmware",
	"gvt: ",
	"vgaarb: ",
	"mtrr: ",
	"BAR ",
	"no available reset",
	"Failed to ",
	"failed to ",
	"modprobe: ",
	"start failed",
	"swiotlb",
	"Module ",
	"perf: interrupt",
	"Linux version ",
	"Command line: ",
	"Kernel command line: ",
	"DMI: ",
	"Secure boot ",
	"secureboot: ",
	"Kernel is locked down",
	"Lockdown: ",
	"efi: ",
	"firmware: ",
	"SetupVm",
	"GetVbtData",
	"QemuFwCfg",
	"FW CFG ",
	"Error!",
	"libvirt.libvirtError",
	"PCI device mapping",
	"echo: write error",
	"write error",
	"unable to ",
};

/* "vfio_pci  16384  1" and the heading above it: lsmod's, however messages begin. */
static bool is_module_row(struct span s)
{
	struct span word, size, used;
	uint64_t n;

	if (!text_word(&s, &word) || !text_word(&s, &size) || !text_word(&s, &used))
		return false;
	return (text_number(size, &n) && text_number(used, &n)) ||
	       (text_eq(word, "Module") && text_eq(size, "Size") && text_eq(used, "Used"));
}

static bool is_message(struct span s)
{
	struct span rest = s, word;

	if (!text_has(s, " ") || is_module_row(s)) /* the name of a module, not a sentence about it */
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		if (text_starts(s, messages[i]))
			return true;
	/* "2022-04-18T20:43:48.616567Z qemu-system-x86_64: ..." */
	return text_word(&rest, &word) && text_ends(word, "Z") && text_starts(text_trim(rest), "qemu-system-");
}

bool bundle_log_line(struct bundle *b, struct span s)
{
	struct log_parts p = log_line_parts(s);

	if (b->inxi.section)
		return false;
	if (is_qemu_command(s) || p.text.n == 0)
		return false;
	if (!p.stamped && !is_message(p.text) && !(b->hint == HINT_INITRAMFS || b->hint == HINT_LOG))
		return false;
	if (b->hint == HINT_NONE || p.stamped)
		bundle_pci_end(b);
	if (facts_log_line(b->f, b->file, b->line, s, &p) < 0)
		bundle_note(b, "too many log lines; this one is left out");
	return true;
}

/* ---- sentences ---------------------------------------------------------------------------------------------- */

/* "6.8.12-9-pve" and "6.17.0-1-generic" in a sentence: a release is never only a number. */
static bool release_read(struct span word, struct span *ret)
{
	struct span s;
	uint64_t n;

	while (word.n && strchr("`'\"(*,", word.p[0] ? word.p[0] : ' '))
		span_from(word, 1, &word);
	while (word.n && strchr("`'\"),.;*", word.p[word.n - 1] ? word.p[word.n - 1] : ' '))
		word.n--;
	s = word;
	if (!text_digits(&s, 10, &n) || n < 2 || n > 20 || !text_skip(&s, ".") || !text_digits(&s, 10, &n))
		return false;
	*ret = word;
	return text_has(s, "-pve") || text_has(s, "-generic") || text_has(s, "-arch") || text_has(s, ".fc") ||
	       text_has(s, "-amd64") || text_has(s, "-desktop") || text_has(s, ".el");
}

/* "8.4.0," without what follows the digits and dots. */
static struct span version_of(struct span word)
{
	size_t n = 0;

	while (n < word.n && (word.p[n] == '.' || (word.p[n] >= '0' && word.p[n] <= '9')))
		n++;
	while (n && word.p[n - 1] == '.')
		n--;
	return (struct span) { word.p, n };
}

/* What nothing better told: "Proxmox VE: 8.4.0 with kernel `6.8.12-9-pve`". */
void bundle_prose_line(struct bundle *b, struct span s)
{
	struct span rest = s, word, release;
	bool proxmox = false;
	uint64_t n;

	while (text_word(&rest, &word)) {
		if (release_read(word, &release)) /* the last one named: stories end with the present */
			b->prose_kernel = STR_KNOWN(bundle_keep(b, release), bundle_at(b));
		if (proxmox && text_digits(&(struct span) { word.p, word.n }, 10, &n) && n >= 5 && n < 20 &&
		    text_has(word, ".") && !text_has(word, "-"))
			b->prose_pve = STR_KNOWN(bundle_keep(b, version_of(word)), bundle_at(b));
		proxmox = text_starts(word, "Proxmox") || text_starts(word, "PVE") ||
			  (proxmox && text_starts(word, "VE"));
	}
}
