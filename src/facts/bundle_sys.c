// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bundle_sys.c - what says who the machine is: uname, os-release, versions, lscpu, lsmod, packages, dmidecode,
 * mokutil, /proc/fb, lsblk.
 */
#include "facts/bundle.h"

#include <stdio.h>
#include <string.h>

/* ---- versions ------------------------------------------------------------------------------------------------ */

static const char *version_keep(struct bundle *b, struct span s)
{
	size_t n = 0;

	s = text_trim(s);
	while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '.'))
		n++;
	s.n = n;
	return n ? bundle_keep(b, s) : NULL;
}

static void kernel_of(struct bundle *b, struct span s)
{
	struct span before, release;

	if (text_until(&s, "(running kernel: ", &before) && text_until(&s, ")", &release))
		fact_str_set(&b->f->kernel, bundle_keep(b, release), bundle_at(b));
}

/* "pve-manager/8.4.1/2a5fa54a8503f96d (running kernel: 6.8.12-11-pve)" */
static void manager_line(struct bundle *b, struct span s)
{
	fact_str_set(&b->f->pve, version_keep(b, span_before(s, '/')), bundle_at(b));
	kernel_of(b, s);
}

/* "QEMU emulator version 9.2.0 (pve-qemu-kvm_9.2.0-5)" */
static void qemu_version(struct bundle *b, struct span s)
{
	fact_str_set(&b->f->qemu, version_keep(b, s), bundle_at(b));
}

static void libvirt_version(struct bundle *b, struct span s)
{
	fact_str_set(&b->f->libvirt, version_keep(b, s), bundle_at(b));
}

/* "Linux HOST 6.8.12-11-pve #1 SMP ..." */
static void uname_line(struct bundle *b, struct span s)
{
	struct span host, release;

	if (text_word(&s, &host) && text_word(&s, &release) && text_starts(text_trim(s), "#") && release.n &&
	    release.p[0] >= '2' && release.p[0] <= '9')
		fact_str_set(&b->f->kernel, bundle_keep(b, release), bundle_at(b));
}

static void secure_boot(struct bundle *b, struct span s)
{
	if (text_starts(s, "enabled") || text_starts(s, "disabled"))
		fact_tri_set(&b->f->secure_boot, text_starts(s, "enabled"), bundle_at(b));
}

static void os_pretty(struct bundle *b, struct span s)
{
	text_skip(&s, "\"");
	fact_str_set(&b->f->distro, bundle_keep(b, span_before(s, '"')), bundle_at(b));
	b->os_release = true;
}

static const struct {
	const char *head;
	void (*read)(struct bundle *b, struct span rest);
} heads[] = {
	{ "pve-manager/", manager_line },
	{ "QEMU emulator version ", qemu_version },
	{ "Using library: libvirt ", libvirt_version },
	{ "libvirtd (libvirt) ", libvirt_version },
	{ "Running hypervisor: QEMU ", qemu_version },
	{ "Linux ", uname_line },
	{ "SecureBoot ", secure_boot },
	{ "PRETTY_NAME=", os_pretty },
};

static bool head_line(struct bundle *b, struct span s)
{
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		if (text_skip(&s, heads[i].head)) {
			heads[i].read(b, s);
			return true;
		}
	return false;
}

static bool os_line(struct bundle *b, struct span s)
{
	if (text_skip(&s, "ID=")) {
		text_skip(&s, "\"");
		fact_str_set(&b->f->distro_id, bundle_keep(b, span_before(s, '"')), bundle_at(b));
		return true;
	}
	return b->os_release && text_has(s, "=");
}

/* ---- packages ------------------------------------------------------------------------------------------------- */

/* "pve-qemu-kvm: 9.2.0-5" of pveversion -v; "ii  qemu-system-x86 1:7.2... amd64 ..." of dpkg -l;
 * "qemu-system-x86 9.0.0-1" of pacman -Q. */
static bool package_line(struct bundle *b, struct span s)
{
	struct span rest = s, word, version;

	if (text_skip(&rest, "ii ")) {
		if (!text_word(&rest, &word) || !text_word(&rest, &version))
			return false;
		word = span_before(word, ':');
		return facts_package(b->f, word, version, bundle_at(b)) || true;
	}
	if (!text_word(&rest, &word) || !text_word(&rest, &version) || version.p[0] < '0' || version.p[0] > '9')
		return false;
	if (text_ends(word, ":")) {
		word.n--;
		if (!facts_package(b->f, word, version, bundle_at(b)))
			return false;
		kernel_of(b, rest);
		return true;
	}
	return text_trim(rest).n == 0 && text_has(version, "-") && facts_package(b->f, word, version, bundle_at(b));
}

/* ---- processor ---------------------------------------------------------------------------------------------- */

static void cpu_model(struct bundle *b, struct span v)
{
	fact_str_set(&b->f->cpu.model, bundle_keep(b, v), bundle_at(b));
}

static void cpu_vendor(struct bundle *b, struct span v)
{
	fact_str_set(&b->f->cpu.vendor, bundle_keep(b, v), bundle_at(b));
}

static void number_into(struct bundle *b, struct fact_num *fact, struct span v)
{
	uint64_t n;

	if (text_number(v, &n) && n < 65536)
		fact_num_set(fact, n, bundle_at(b));
}

static void cpu_family(struct bundle *b, struct span v)
{
	number_into(b, &b->f->cpu.family, v);
}

static void cpu_model_no(struct bundle *b, struct span v)
{
	number_into(b, &b->f->cpu.model_no, v);
}

static void cpu_stepping(struct bundle *b, struct span v)
{
	number_into(b, &b->f->cpu.stepping, v);
}

static void cpu_count(struct bundle *b, struct span v)
{
	number_into(b, &b->f->cpu.cpus, v);
}

static void cpu_cores(struct bundle *b, struct span v)
{
	number_into(b, &b->f->cpu.cores, v);
}

static void cpu_virt(struct bundle *b, struct span v)
{
	if (text_has(v, "VT-x") || text_has(v, "AMD-V"))
		fact_tri_set(&b->f->cpu.virt, true, bundle_at(b));
}

static void cpu_flags(struct bundle *b, struct span v)
{
	const char *list = bundle_keep(b, v);

	if (!facts_word_in(list, "fpu")) /* not a whole list */
		return;
	fact_tri_set(&b->f->cpu.virt, facts_word_in(list, "vmx") || facts_word_in(list, "svm"), bundle_at(b));
	fact_tri_set(&b->f->cpu.hypervisor, facts_word_in(list, "hypervisor"), bundle_at(b));
}

/* "39 bits physical, 48 bits virtual" */
static void cpu_sizes(struct bundle *b, struct span v)
{
	uint64_t phys, virt;

	if (text_digits(&v, 10, &phys) && text_skip(&v, " bits physical, ") && text_digits(&v, 10, &virt) &&
	    phys < 65 && virt < 65) {
		fact_num_set(&b->f->cpu.phys_bits, phys, bundle_at(b));
		fact_num_set(&b->f->cpu.virt_bits, virt, bundle_at(b));
	}
}

/* Keys of lscpu and of /proc/cpuinfo (util-linux sys-utils/lscpu.c, Linux arch/x86/kernel/cpu/proc.c). */
static const struct {
	const char *key;
	void (*read)(struct bundle *b, struct span v);
} cpu_keys[] = {
	{ "Model name", cpu_model },	{ "model name", cpu_model },	{ "Vendor ID", cpu_vendor },
	{ "vendor_id", cpu_vendor },	{ "CPU family", cpu_family },	{ "cpu family", cpu_family },
	{ "Stepping", cpu_stepping },	{ "stepping", cpu_stepping },	{ "CPU(s)", cpu_count },
	{ "siblings", cpu_count },	{ "cpu cores", cpu_cores },	{ "Core(s) per socket", cpu_cores },
	{ "Virtualization", cpu_virt }, { "Flags", cpu_flags },		{ "flags", cpu_flags },
	{ "Address sizes", cpu_sizes }, { "address sizes", cpu_sizes }, { "Model", cpu_model_no },
	{ "model", cpu_model_no },
};

static bool cpu_line(struct bundle *b, struct span s)
{
	struct span key;

	if (!text_until(&s, ":", &key))
		return false;
	key = text_trim(key);
	for (size_t i = 0; i < ARRAY_SIZE(cpu_keys); i++) {
		if (!text_eq(key, cpu_keys[i].key))
			continue;
		/* Short names are words of other texts too: they count inside of a report only. */
		if (i >= ARRAY_SIZE(cpu_keys) - 2 && !b->lscpu)
			return false;
		b->lscpu = true;
		cpu_keys[i].read(b, text_trim(s));
		return true;
	}
	return b->lscpu && key.n < 24 && (text_starts(s, " ") || text_starts(s, "\t"));
}

/* ---- modules ------------------------------------------------------------------------------------------------ */

/* "vfio_pci  16384  1" with or without who uses it; sizes are whole pages since Linux 2.6. */
static bool module_line(struct bundle *b, struct span s)
{
	struct span name, size, used, rest = s;
	uint64_t bytes, n;

	if (text_starts(s, "Module ") && text_has(s, " Size ") && text_has(s, "Used by")) {
		b->lsmod = true;
		fact_tri_set(&b->f->modules_seen, true, bundle_at(b));
		return true;
	}
	if (!text_word(&rest, &name) || !text_word(&rest, &size) || !text_word(&rest, &used) ||
	    !text_number(size, &bytes) || !text_number(used, &n) || n > 9999)
		return false;
	if (!b->lsmod && (bytes < 4096 || bytes % 4096))
		return false;
	if (facts_module(b->f, name, bundle_at(b)) < 0)
		bundle_note(b, "too many modules; this one is left out");
	return true;
}

/* ---- the screen and the disks ------------------------------------------------------------------------------- */

/* "0 i915drmfb" of /proc/fb: the name that the driver of the framebuffer gave. */
static bool fb_line(struct bundle *b, struct span s)
{
	static const char *const names[] = { "EFI VGA", "VESA VGA", "simple", "OFfb", "VGA16 VGA" };
	uint64_t n;

	if (!text_digits(&s, 10, &n) || n > 31 || !text_skip(&s, " ") || s.n > 24)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (text_starts(s, names[i])) {
			fact_str_set(&b->f->fb_owner, bundle_keep(b, s), bundle_at(b));
			return true;
		}
	if (!text_ends(s, "drmfb"))
		return false;
	fact_str_set(&b->f->fb_owner, bundle_keep(b, s), bundle_at(b));
	return true;
}

/* Which disk holds the root filesystem: the tree of lsblk, where a disk stands at the left. */
static bool lsblk_line(struct bundle *b, struct span s)
{
	struct span rest = s, word, last = { 0 };
	struct disk_use *d;

	if (text_starts(s, "NAME ") && text_has(s, "MAJ:MIN")) {
		b->lsblk = true;
		return true;
	}
	if (!b->lsblk || !text_word(&rest, &word))
		return false;
	if (word.p[0] < 0x80 && word.p[0] != '|' && word.p[0] != '`' && !bundle_indented(b))
		b->disk = bundle_keep(b, word);
	while (text_word(&rest, &word))
		last = word;
	if (!b->disk || !(text_eq(last, "/") || text_eq(last, "/boot") || text_eq(last, "/boot/efi")))
		return text_has(s, " disk") || text_has(s, " part") || text_has(s, " lvm");
	d = b->f->n_disks < 16 ? arena_push(&b->f->arena, b->f->disks, b->f->n_disks) : NULL;
	if (d)
		*d = (struct disk_use) { bundle_keep(b, last), bundle_at(b),
					 arena_printf(&b->f->arena, "/dev/%s", b->disk), -1 };
	return true;
}

/* ---- dmidecode ---------------------------------------------------------------------------------------------- */

static bool dmi_line(struct bundle *b, struct span s)
{
	const struct {
		const char *head;
		struct fact_str *fact;
	} keys[] = {
		{ "Manufacturer: ", &b->f->sys_vendor },   { "Product Name: ", &b->f->product },
		{ "BIOS Version: ", &b->f->bios_version }, { "BIOS Revision: ", NULL },
		{ "Release Date: ", &b->f->bios_date },
	};

	if (!bundle_indented(b))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (text_skip(&s, keys[i].head)) {
			if (keys[i].fact)
				fact_str_set(keys[i].fact, bundle_keep(b, s), bundle_at(b));
			return true;
		}
	return false;
}

/* "6.8.12-11-pve" alone below a prompt with uname -r. */
static bool release_line(struct bundle *b, struct span s)
{
	if (b->hint != HINT_UNAME_R || text_has(s, " ") || s.p[0] < '2' || s.p[0] > '9' || !text_has(s, "."))
		return false;
	fact_str_set(&b->f->kernel, bundle_keep(b, s), bundle_at(b));
	b->hint = HINT_NONE;
	return true;
}

bool bundle_sys_line(struct bundle *b, struct span s)
{
	return release_line(b, s) || head_line(b, s) || os_line(b, s) || package_line(b, s) || module_line(b, s) ||
	       fb_line(b, s) || lsblk_line(b, s) || cpu_line(b, s) || dmi_line(b, s);
}

/* ---- at the end --------------------------------------------------------------------------------------------- */

/* The only controller of a class, -1 when there are none or several. */
static int only_one(const struct facts *f, uint64_t class)
{
	int found = -1;

	for (size_t i = 0; i < f->n_pci; i++)
		if (f->pci[i].class.known && f->pci[i].class.v == class) {
			if (found >= 0)
				return -1;
			found = (int)i;
		}
	return found;
}

#define CLASS_SATA 0x0106
#define CLASS_RAID 0x0104
#define CLASS_NVME 0x0108

/* The kernel says of an NVMe disk which function it is (drivers/nvme/host/pci.c, "nvme nvme0: pci function ..."). */
static int nvme_of(const struct facts *f, const char *device)
{
	static const char words[] = ": pci function ";
	char needle[64];
	const struct log_line *l;
	struct pci_addr a;
	struct span s = span_str(device), before;
	uint64_t n;

	if (!text_skip(&s, "/dev/nvme") || !text_digits(&s, 10, &n))
		return -1;
	snprintf(needle, sizeof(needle), "nvme nvme%u%s", (unsigned)n, words);
	l = facts_log(f, needle, NULL);
	if (!l)
		return only_one(f, CLASS_NVME);
	s = span_str(l->text);
	return text_until(&s, words, &before) && pci_addr_read(&s, &a) ? facts_pci_index(f, a) : -1;
}

/* The release in the name of the kernel that was booted: "BOOT_IMAGE=/boot/vmlinuz-6.8.12-1-pve",
 * "initrd=\\EFI\\proxmox\\6.8.4-2-pve\\initrd.img-6.8.4-2-pve". */
static void kernel_booted(struct bundle *b)
{
	static const char *const before[] = { "vmlinuz-", "initrd.img-", "initramfs-" };
	struct span word, head;

	for (size_t i = 0; i < ARRAY_SIZE(before) && b->f->cmdline.v; i++) {
		struct span s = span_str(b->f->cmdline.v);

		if (!text_until(&s, before[i], &head) || !text_word(&s, &word) || word.p[0] < '2' || word.p[0] > '9')
			continue;
		if (text_ends(word, ".img"))
			word.n -= strlen(".img");
		fact_str_set(&b->f->kernel, bundle_keep(b, word), b->f->cmdline.from);
	}
}

void bundle_sys_conclude(struct bundle *b)
{
	struct facts *f = b->f;

	kernel_booted(b);
	fact_str_set(&f->kernel, b->prose_kernel.v, b->prose_kernel.from);
	fact_str_set(&f->pve, b->prose_pve.v, b->prose_pve.from);
	if (f->cmdline.v && strstr(f->cmdline.v, "BOOT_IMAGE="))
		fact_str_set(&f->boot_loader, "grub", f->cmdline.from);
	else if (f->cmdline.v && strstr(f->cmdline.v, "initrd=\\"))
		fact_str_set(&f->boot_loader, "systemd-boot", f->cmdline.from);
	for (size_t i = 0; i < f->n_disks; i++) {
		struct disk_use *d = &f->disks[i];

		if (strncmp(d->device, "/dev/nvme", 9) == 0)
			d->pci = nvme_of(f, d->device);
		else if (strncmp(d->device, "/dev/sd", 7) == 0 && only_one(f, CLASS_RAID) < 0)
			d->pci = only_one(f, CLASS_SATA);
		fact_tri_set(&f->disks_seen, true, d->from);
	}
}
