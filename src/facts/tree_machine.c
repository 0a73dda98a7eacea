// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree_machine.c - who the machine is: maker and firmware, processor, memory, system, kernel and its modules,
 * installed packages.
 */
#include "facts/tree.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* ---- processor ---------------------------------------------------------------------------------------------- */

static bool first_processor(void *ctx, struct span piece)
{
	bool *taken = ctx, first = !*taken;

	(void)piece;
	*taken = true;
	return first;
}

static void cpu_key(struct tree *t, struct span key, struct span v)
{
	struct cpu *c = &t->f->cpu;
	const char *from = "/proc/cpuinfo", *text = arena_span(&t->f->arena, v);
	const struct {
		const char *key;
		struct fact_num *fact;
	} numbers[] = { { "cpu family", &c->family },
			{ "model", &c->model_no },
			{ "stepping", &c->stepping },
			{ "cpu cores", &c->cores } };
	struct span s = v;
	uint64_t n, m;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (text_eq(key, numbers[i].key) && text_number(v, &n))
			fact_num_set(numbers[i].fact, n, from);
	if (text_eq(key, "vendor_id"))
		fact_str_set(&c->vendor, text, from);
	else if (text_eq(key, "model name"))
		fact_str_set(&c->model, text, from);
	else if (text_eq(key, "flags")) {
		fact_tri_set(&c->virt, facts_word_in(text, "vmx") || facts_word_in(text, "svm"), from);
		fact_tri_set(&c->hypervisor, facts_word_in(text, "hypervisor"), from);
	} else if (text_eq(key, "address sizes") && text_digits(&s, 10, &n) && text_skip(&s, " bits physical, ") &&
		   text_digits(&s, 10, &m)) {
		fact_num_set(&c->phys_bits, n, from);
		fact_num_set(&c->virt_bits, m, from);
	}
}

/* "0-5,8" as how many. */
static bool cpu_list_count(const char *list, uint64_t *ret)
{
	struct span s = span_str(list);
	uint64_t from, to, n = 0;

	while (s.n) {
		if (!text_digits(&s, 10, &from))
			return false;
		to = from;
		if (text_skip(&s, "-") && !text_digits(&s, 10, &to))
			return false;
		if (to < from || to > 65535)
			return false;
		n += to - from + 1;
		if (s.n && !text_skip(&s, ","))
			return false;
	}
	*ret = n;
	return n > 0;
}

/* A hybrid's two kinds of core are two PMUs (Linux arch/x86/events/intel/core.c, "cpu_core" and "cpu_atom"). */
static void kinds_of_core(struct tree *t)
{
	struct cpu *c = &t->f->cpu;
	const char *p = tree_text(t, "sys/devices/cpu_core/cpus"), *p_from = t->path;
	const char *e = tree_text(t, "sys/devices/cpu_atom/cpus");

	if (e) {
		fact_str_set(&c->e_cpus, e, t->path);
		fact_str_set(&c->p_cpus, p, p_from);
	} else if (!t->why && (p || tree_has(t, "sys/devices/cpu") == TRI_YES)) {
		fact_str_set(&c->e_cpus, "", p_from);
	}
}

static void processor(struct tree *t)
{
	struct span text, line, key;
	const char *online;
	bool taken = false;
	uint64_t n;

	if (host_read_some(t->h, "proc/cpuinfo", "\n\n", first_processor, &taken, &t->f->arena, &text) == 0)
		while (span_line(&text, &line))
			if (text_until(&line, ":", &key))
				cpu_key(t, text_trim(key), text_trim(line));
	online = tree_text(t, "sys/devices/system/cpu/online");
	if (online && cpu_list_count(online, &n))
		fact_num_set(&t->f->cpu.cpus, n, t->path);
	kinds_of_core(t);
}

/* ---- maker, memory, system ---------------------------------------------------------------------------------- */

static void dmi(struct tree *t)
{
	struct facts *f = t->f;
	const struct {
		const char *name;
		struct fact_str *fact;
	} rows[] = { { "sys_vendor", &f->sys_vendor },
		     { "product_name", &f->product },
		     { "board_name", &f->board },
		     { "bios_version", &f->bios_version },
		     { "bios_date", &f->bios_date } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		tree_str(t, rows[i].fact, tree_path(t, "sys/class/dmi/id/%s", rows[i].name));
}

static void memory(struct tree *t)
{
	struct span text, line, word;
	uint64_t n;

	if (!tree_read(t, "proc/meminfo", &text))
		return;
	while (span_line(&text, &line)) {
		bool total = text_skip(&line, "MemTotal:"), pages = !total && text_skip(&line, "HugePages_Free:");

		if (!(total || pages) || !text_word(&line, &word) || !text_number(word, &n) || n > UINT64_MAX >> 10)
			continue;
		if (total)
			fact_num_set(&t->f->mem_total, n << 10, t->path);
		else
			fact_num_set(&t->f->hugepages_free, n, t->path);
	}
}

/* KEY="value" of os-release(5). */
static void system_name(struct tree *t)
{
	struct span text, line;

	if (!tree_read(t, "etc/os-release", &text) && !tree_read(t, "usr/lib/os-release", &text))
		return;
	while (span_line(&text, &line)) {
		struct fact_str *fact = text_skip(&line, "PRETTY_NAME=") ? &t->f->distro
					: text_skip(&line, "ID=")	 ? &t->f->distro_id
									 : NULL;

		if (!fact)
			continue;
		line = text_trim(line);
		if (!text_skip(&line, "\""))
			text_skip(&line, "'");
		if (text_ends(line, "\"") || text_ends(line, "'"))
			line.n--;
		fact_str_set(fact, arena_span(&t->f->arena, line), t->path);
	}
}

/* Of the running kernel; of a tree without proc/, the only one that is installed. */
static void kernel_release(struct tree *t)
{
	struct span text, word;
	struct host_names names;

	tree_str(t, &t->f->kernel, "proc/sys/kernel/osrelease");
	if (!t->f->kernel.v && tree_read(t, "proc/version", &text) && text_skip(&text, "Linux version ") &&
	    text_word(&text, &word))
		fact_str_set(&t->f->kernel, arena_span(&t->f->arena, word), t->path);
	if (!t->f->kernel.v && tree_list(t, "lib/modules", &names) && names.n == 1)
		fact_str_set(&t->f->kernel, names.v[0], t->path);
}

/* "[none] integrity confidentiality": the word in brackets (Linux security/lockdown/lockdown.c). */
static void lockdown(struct tree *t)
{
	struct span text, before, word;

	if (tree_read(t, "sys/kernel/security/lockdown", &text) && text_until(&text, "[", &before) &&
	    text_until(&text, "]", &word))
		fact_str_set(&t->f->lockdown, arena_span(&t->f->arena, word), t->path);
	fact_str_why(&t->f->lockdown, t->why);
}

/* An EFI variable: four bytes of attributes, then its content (Linux Documentation/filesystems/efivarfs.rst). */
static void secure_boot(struct tree *t)
{
	static const char variable[] = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	struct span bytes;
	uint8_t on;

	if (tree_read(t, variable, &bytes) && span_u8(bytes, 4, &on))
		fact_tri_set(&t->f->secure_boot, on != 0, t->path);
	fact_tri_why(&t->f->secure_boot, t->why);
	if (t->f->efi.v == TRI_NO)
		fact_tri_set(&t->f->secure_boot, false, t->f->efi.from);
}

void tree_machine(struct tree *t)
{
	dmi(t);
	processor(t);
	memory(t);
	system_name(t);
	kernel_release(t);
	lockdown(t);
	tree_there(t, &t->f->efi, "sys/firmware/efi", "sys/firmware/acpi");
	secure_boot(t);
	tree_there(t, &t->f->dev_kvm, "dev/kvm", "dev/null");
}

/* ---- modules ------------------------------------------------------------------------------------------------ */

/* Modules whose parameters, and whose place in the kernel, matter here. */
static const char *const interesting[] = {
	"vfio", "vfio_pci", "vfio_pci_core", "vfio_iommu_type1", "vfio_virqfd", "kvm",	   "kvm_intel", "kvm_amd",
	"i915", "xe",	    "kvmgt",	     "amdgpu",		 "radeon",	"nouveau", "simpledrm", "efifb",
};

static void loaded(struct tree *t)
{
	struct span text, line, name;

	if (host_read(t->h, "proc/modules", HOST_FILE_MAX, &t->f->arena, &text) < 0)
		return;
	fact_tri_set(&t->f->modules_seen, true, "/proc/modules");
	while (span_line(&text, &line))
		if (text_word(&line, &name) && facts_module(t->f, name, "/proc/modules") < 0)
			return;
}

static void parameters(struct tree *t)
{
	struct host_names names;

	for (size_t i = 0; i < ARRAY_SIZE(interesting); i++) {
		const char *dir = tree_path(t, "sys/module/%s/parameters", interesting[i]);

		if (!tree_list(t, dir, &names))
			continue;
		for (size_t k = 0; k < names.n; k++) {
			const char *v = tree_text(t, tree_path(t, "%s/%s", dir, names.v[k]));
			struct conf *c = v ? arena_push(&t->f->arena, t->f->params, t->f->n_params) : NULL;

			if (c)
				*c = (struct conf) { .from = t->path,
						     .line = v,
						     .module = interesting[i],
						     .key = names.v[k],
						     .value = v };
		}
	}
}

/* "kernel/drivers/vfio/pci/vfio-pci.ko" to "vfio_pci"; false for a module that is of no interest. */
static bool builtin_name(struct span line, const char **ret)
{
	struct span before;
	char name[64];

	while (text_until(&line, "/", &before))
		continue;
	if (!text_ends(line, ".ko") || line.n - 3 >= sizeof(name))
		return false;
	line.n -= 3;
	for (size_t i = 0; i < line.n; i++)
		name[i] = line.p[i] == '-' ? '_' : (char)line.p[i];
	name[line.n] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(interesting); i++)
		if (strcmp(name, interesting[i]) == 0) {
			*ret = interesting[i];
			return true;
		}
	return false;
}

static bool builtin_wanted(void *ctx, struct span line)
{
	const char *name;

	(void)ctx;
	return builtin_name(line, &name);
}

static void builtin(struct tree *t)
{
	const char *path = tree_path(t, "lib/modules/%s/modules.builtin", t->f->kernel.v), *list = "", *name;
	struct span text, line;

	if (host_read_some(t->h, path, "\n", builtin_wanted, NULL, &t->f->arena, &text) < 0)
		return;
	while (span_line(&text, &line))
		if (builtin_name(line, &name))
			list = arena_printf(&t->f->arena, "%s%s%s", list, *list ? " " : "", name);
	fact_str_set(&t->f->builtin, list, arena_printf(&t->f->arena, "/%s", path));
}

/* ---- kernel configuration ----------------------------------------------------------------------------------- */

static const char *const options[] = {
	"VFIO",
	"VFIO_PCI",
	"VFIO_PCI_VGA",
	"VFIO_PCI_IGD",
	"VFIO_NOIOMMU",
	"INTEL_IOMMU",
	"AMD_IOMMU",
	"INTEL_IOMMU_DEFAULT_ON",
	"IOMMU_DEFAULT_PASSTHROUGH",
	"IRQ_REMAP",
	"DRM_I915_GVT_KVMGT",
	"STRICT_DEVMEM",
	"IO_STRICT_DEVMEM",
	"FB_EFI",
	"DRM_SIMPLEDRM",
	"SYSFB_SIMPLEFB",
	"MODULE_SIG_FORCE",
	"PCI_IOV",
};

/* "CONFIG_X=y" or "# CONFIG_X is not set": which of the options, and is it on? -1: none of them. */
static int option_of(struct span line, bool *on)
{
	struct span name;

	*on = !text_skip(&line, "# ");
	if (!text_skip(&line, "CONFIG_"))
		return -1;
	name = span_before(line, *on ? '=' : ' ');
	*on = *on && (text_ends(line, "=y") || text_ends(line, "=m"));
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (text_eq(name, options[i]))
			return (int)i;
	return -1;
}

static bool option_wanted(void *ctx, struct span line)
{
	bool on;

	(void)ctx;
	return option_of(line, &on) >= 0;
}

static void kconfig(struct tree *t)
{
	const char *const paths[] = { tree_path(t, "boot/config-%s", t->f->kernel.v),
				      tree_path(t, "lib/modules/%s/config", t->f->kernel.v),
				      tree_path(t, "usr/lib/modules/%s/config", t->f->kernel.v) };
	const char *list[2] = { "", "" }, *from;
	struct span text, line;
	size_t i = 0;
	bool on;

	while (i < ARRAY_SIZE(paths) &&
	       host_read_some(t->h, paths[i], "\n", option_wanted, NULL, &t->f->arena, &text) < 0)
		i++;
	if (i == ARRAY_SIZE(paths))
		return;
	from = arena_printf(&t->f->arena, "/%s", paths[i]);
	while (span_line(&text, &line)) {
		int n = option_of(line, &on);

		if (n >= 0)
			list[on] = arena_printf(&t->f->arena, "%s%s%s", list[on], *list[on] ? " " : "", options[n]);
	}
	fact_str_set(&t->f->kconfig_on, list[1], from);
	fact_str_set(&t->f->kconfig_off, list[0], from);
}

void tree_kernel(struct tree *t)
{
	loaded(t);
	parameters(t);
	if (!t->f->kernel.v || strchr(t->f->kernel.v, '/'))
		return;
	builtin(t);
	kconfig(t);
}

/* ---- packages ----------------------------------------------------------------------------------------------- */

struct stanza {
	struct span name, version;
	bool installed;
};

/* One paragraph of dpkg's status file (deb-control(5)). */
static struct stanza stanza_read(struct span text)
{
	struct stanza s = { 0 };
	struct span line;

	while (span_line(&text, &line)) {
		if (text_skip(&line, "Package: "))
			s.name = text_trim(line);
		else if (text_skip(&line, "Version: "))
			s.version = text_trim(line);
		else if (text_skip(&line, "Status: "))
			s.installed = text_ends(line, " installed");
	}
	return s;
}

static bool stanza_wanted(void *ctx, struct span text)
{
	struct stanza s;
	struct span first = { 0 };

	(void)ctx;
	span_line(&text, &first);
	if (!text_skip(&first, "Package: ") || !facts_package_matters(text_trim(first)))
		return false;
	s = stanza_read(text);
	return s.installed;
}

static bool dpkg(struct tree *t)
{
	static const char path[] = "var/lib/dpkg/status";
	struct span text, piece;

	if (host_read_some(t->h, path, "\n\n", stanza_wanted, NULL, &t->f->arena, &text) < 0)
		return false;
	while (text_part(&text, "\n\n", &piece)) {
		struct stanza s = stanza_read(piece);

		if (s.installed)
			facts_package(t->f, s.name, s.version, "/var/lib/dpkg/status");
	}
	return true;
}

/* Folders "NAME-VERSION-RELEASE" of pacman's local database. */
static bool pacman(struct tree *t)
{
	struct host_names names;

	if (!tree_list(t, "var/lib/pacman/local", &names))
		return false;
	for (size_t i = 0; i < names.n; i++) {
		struct span name = span_str(names.v[i]), version;
		unsigned dashes = 0;

		while (name.n && dashes < 2)
			dashes += name.p[--name.n] == '-';
		if (dashes == 2 && span_from(span_str(names.v[i]), name.n + 1, &version))
			facts_package(t->f, name, version, t->path);
	}
	return true;
}

void tree_packages(struct tree *t)
{
	static const char *const binaries[] = { "usr/bin/qemu-system-x86_64", "usr/bin/kvm", "usr/libexec/qemu-kvm",
						"usr/local/bin/qemu-system-x86_64" };
	bool read = dpkg(t);

	read = pacman(t) || read;
	if (!read)
		return;
	fact_str_set(&t->f->libvirt, "", "the list of packages");
	fact_str_set(&t->f->pve, "", "the list of packages");
	for (size_t i = 0; i < ARRAY_SIZE(binaries); i++)
		if (tree_has(t, binaries[i]) != TRI_NO) {
			fact_str_why(&t->f->qemu, "QEMU is here, but by no package that is known");
			return;
		}
	fact_str_set(&t->f->qemu, "", "the list of packages");
}
