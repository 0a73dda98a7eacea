// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/vm_domain.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "store/qemu_args.h"
#include "store/vm_domain_devices.h"

/* ---- the guest's system ------------------------------------------------------------------------------------- */

#define OSINFO_NS "http://libosinfo.org/xmlns/libvirt/domain/1.0"

/* Heads of libosinfo's ids (osinfo-db, os/). */
static const struct {
	const char *head;
	enum vm_os os;
	unsigned windows;
} systems[] = {
	{ "http://microsoft.com/win/11", VM_OS_WINDOWS, 11 },
	{ "http://microsoft.com/win/10", VM_OS_WINDOWS, 10 },
	{ "http://microsoft.com/win/8", VM_OS_WINDOWS, 8 },
	{ "http://microsoft.com/win/7", VM_OS_WINDOWS, 7 },
	{ "http://microsoft.com/win/vista", VM_OS_WINDOWS, 6 },
	{ "http://microsoft.com/win/2k25", VM_OS_WINDOWS, 11 }, /* the clients they share a kernel with */
	{ "http://microsoft.com/win/2k22", VM_OS_WINDOWS, 11 },
	{ "http://microsoft.com/win/2k19", VM_OS_WINDOWS, 10 },
	{ "http://microsoft.com/win/2k16", VM_OS_WINDOWS, 10 },
	{ "http://microsoft.com/win/2k12", VM_OS_WINDOWS, 8 },
	{ "http://microsoft.com/win/2k8r2", VM_OS_WINDOWS, 7 },
	{ "http://microsoft.com/", VM_OS_WINDOWS, 0 },
	{ "http://ubuntu.com/", VM_OS_LINUX, 0 },
	{ "http://debian.org/", VM_OS_LINUX, 0 },
	{ "http://fedoraproject.org/", VM_OS_LINUX, 0 },
	{ "http://redhat.com/", VM_OS_LINUX, 0 },
	{ "http://centos.org/", VM_OS_LINUX, 0 },
	{ "http://rockylinux.org/", VM_OS_LINUX, 0 },
	{ "http://almalinux.org/", VM_OS_LINUX, 0 },
	{ "http://opensuse.org/", VM_OS_LINUX, 0 },
	{ "http://suse.com/", VM_OS_LINUX, 0 },
	{ "http://archlinux.org/", VM_OS_LINUX, 0 },
	{ "http://gentoo.org/", VM_OS_LINUX, 0 },
	{ "http://manjaro.org/", VM_OS_LINUX, 0 },
	{ "http://nixos.org/", VM_OS_LINUX, 0 },
	{ "http://alpinelinux.org/", VM_OS_LINUX, 0 },
	{ "http://android-x86.org/", VM_OS_LINUX, 0 },
	{ "http://mageia.org/", VM_OS_LINUX, 0 },
	{ "http://voidlinux.org/", VM_OS_LINUX, 0 },
	{ "http://libosinfo.org/linux/", VM_OS_LINUX, 0 },
	{ "", VM_OS_OTHER, 0 },
};

static xmlNode *kid_in(const xmlNode *n, const char *ns, const char *name)
{
	xmlNode *c;

	for (c = node_kid(n); c; c = node_sibling(c))
		if (c->ns && xmlStrEqual(c->ns->href, (const xmlChar *)ns) &&
		    xmlStrEqual(c->name, (const xmlChar *)name))
			break;
	return c;
}

static void metadata_read(struct domain_reading *r, const xmlNode *metadata)
{
	const xmlNode *os = kid_in(kid_in(metadata, OSINFO_NS, "libosinfo"), OSINFO_NS, "os");
	const char *id = node_attr(os, "id", r->a);

	if (!id)
		return;
	r->v->os_raw = id;
	for (size_t i = 0; i < ARRAY_SIZE(systems); i++)
		if (text_starts(span_str(id), systems[i].head)) {
			r->v->os = systems[i].os;
			r->v->windows = systems[i].windows;
			return;
		}
}

/* ---- firmware ----------------------------------------------------------------------------------------------- */

static void path_check(struct domain_reading *r, const char *from, const char *path)
{
	if (path && *path && *path != '/')
		vm_fault(r->v, VM_FAULT_RELATIVE, from, path);
}

static void nvram_read(struct domain_reading *r, const xmlNode *nvram)
{
	struct vm_firmware *f = &r->v->firmware;
	const xmlNode *source = node_first(nvram, "source");
	const char *text = node_text(nvram, r->a);

	f->vars_template = node_attr(nvram, "template", r->a);
	f->vars = node_attr(source, "file", r->a);
	if (!f->vars)
		f->vars = node_attr(source, "dev", r->a);
	if (!f->vars)
		f->vars = text;
	path_check(r, "os/nvram", f->vars);
	path_check(r, "os/nvram template", f->vars_template);
}

static void loader_read(struct domain_reading *r, const xmlNode *loader)
{
	struct vm_firmware *f = &r->v->firmware;

	f->code = node_text(loader, r->a);
	path_check(r, "os/loader", f->code);
	if (node_attr_is(loader, "type", "pflash") ||
	    (f->code && (strstr(f->code, "OVMF") || strstr(f->code, "ovmf"))))
		f->kind = VM_OVMF; /* of type rom it works without a store for variables */
	f->secure_boot = domain_flag(loader, "secure", r->a);
	if (node_attr_is(loader, "stateless", "yes"))
		vm_other(r->v, "os/loader/stateless", "yes");
}

static void firmware_read(struct domain_reading *r, const xmlNode *os)
{
	struct vm_firmware *f = &r->v->firmware;
	const xmlNode *chosen = node_first(os, "firmware");
	const char *word = node_attr(os, "firmware", r->a);

	if (word) {
		f->automatic = strcmp(word, "efi") == 0;
		f->kind = f->automatic ? VM_OVMF : VM_SEABIOS;
	}
	loader_read(r, node_first(os, "loader"));
	nvram_read(r, node_first(os, "nvram"));
	for (const xmlNode *n = node_first(chosen, "feature"); n; n = node_next(n, "feature"))
		if (node_attr_is(n, "name", "secure-boot"))
			f->secure_boot = domain_flag(n, "enabled", r->a);
		else if (f->secure_boot == VM_UNSAID && node_attr_is(n, "name", "enrolled-keys"))
			f->secure_boot = domain_flag(n, "enabled", r->a);
}

/* ---- <os>, <features> --------------------------------------------------------------------------------------- */

/* "hd", "cdrom", "network" in order: the first device of a class gets the place (qemu_command.c). */
static void boot_class_take(struct vm *v, const char *dev, unsigned place)
{
	for (size_t i = 0; i < v->n_disks; i++)
		if (!v->disks[i].boot && strcmp(dev, v->disks[i].cdrom ? "cdrom" : "hd") == 0) {
			v->disks[i].boot = place;
			return;
		}
	if (strcmp(dev, "network") == 0 && v->n_nets && !v->nets[0].boot)
		v->nets[0].boot = place;
}

/* When the devices are known. */
static void boot_read(struct domain_reading *r, const xmlNode *os)
{
	struct vm *v = r->v;
	unsigned place = 0;

	for (const xmlNode *n = node_first(os, "boot"); n && place < 16; n = node_next(n, "boot")) {
		const char *dev = node_attr(n, "dev", r->a);

		if (!dev)
			continue;
		boot_class_take(v, dev, ++place);
		v->boot_raw = v->boot_raw ? arena_printf(r->a, "%s,%s", v->boot_raw, dev) : dev;
	}
}

static void os_read(struct domain_reading *r, const xmlNode *os)
{
	const char *machine = node_attr(node_first(os, "type"), "machine", r->a);

	vm_machine_read(span_str(machine ? machine : ""), r->a, &r->v->machine);
	firmware_read(r, os);
	domain_others(r, os, "os", "type loader nvram boot firmware");
}

/* An element that stands for "on" unless its state says otherwise. */
static enum vm_bool state_of(const xmlNode *n, struct arena *a)
{
	enum vm_bool said = domain_flag(n, "state", a);

	return n && said == VM_UNSAID ? VM_YES : said;
}

static void features_read(struct domain_reading *r, const xmlNode *features)
{
	struct vm_cpu *c = &r->v->cpu;
	const xmlNode *hyperv = node_first(features, "hyperv"), *kvm = node_first(features, "kvm");
	const xmlNode *vendor = node_first(hyperv, "vendor_id");

	r->v->firmware.smm = state_of(node_first(features, "smm"), r->a);
	if (hyperv)
		c->hyperv = VM_YES;
	if (vendor && state_of(vendor, r->a) == VM_YES)
		c->hv_vendor = node_attr(vendor, "value", r->a);
	c->hidden = domain_flag(node_first(kvm, "hidden"), "state", r->a);
	domain_others(r, features, "features", "acpi apic pae hyperv kvm smm vmport ioapic");
	domain_others(r, kvm, "features/kvm", "hidden");
}

/* ---- processor ---------------------------------------------------------------------------------------------- */

static unsigned count_of(const xmlNode *n, const char *attr, struct arena *a)
{
	const char *s = attr ? node_attr(n, attr, a) : node_text(n, a);
	uint64_t v;

	return s && text_number(span_str(s), &v) && v <= 4096 ? (unsigned)v : 0;
}

static void flags_read(struct domain_reading *r, const xmlNode *cpu)
{
	for (const xmlNode *n = node_first(cpu, "feature"); n; n = node_next(n, "feature")) {
		const char *name = node_attr(n, "name", r->a), *before = r->v->cpu.flags;
		bool off = node_attr_is(n, "policy", "disable") || node_attr_is(n, "policy", "forbid");

		if (name)
			r->v->cpu.flags = arena_printf(r->a, "%s%s%c%s", before ? before : "", before ? "," : "",
						       off ? '-' : '+', name);
	}
}

static void cpu_read(struct domain_reading *r, const xmlNode *cpu)
{
	struct vm_cpu *c = &r->v->cpu;
	const char *mode = node_attr(cpu, "mode", r->a);
	const xmlNode *topology = node_first(cpu, "topology"), *bits = node_first(cpu, "maxphysaddr");

	if (mode && strcmp(mode, "host-passthrough") == 0)
		c->model = "host";
	else if (mode && strcmp(mode, "maximum") == 0)
		c->model = "max";
	else if (mode && strcmp(mode, "custom") != 0)
		c->model = mode;
	else
		c->model = node_text(node_first(cpu, "model"), r->a);
	c->sockets = count_of(topology, "sockets", r->a);
	c->cores = count_of(topology, "cores", r->a);
	c->threads = count_of(topology, "threads", r->a);
	if (count_of(topology, "dies", r->a) > 1)
		vm_other(r->v, "cpu/topology/dies", node_attr(topology, "dies", r->a));
	/* <maxphysaddr>: since libvirt 8.7; limit= since 9.3. */
	c->phys_limit = count_of(bits, node_attr(bits, "limit", r->a) ? "limit" : "bits", r->a);
	flags_read(r, cpu);
	domain_others(r, cpu, "cpu", "model topology feature maxphysaddr cache vendor");
}

static void pin_add(struct domain_reading *r, const xmlNode *n, int vcpu)
{
	const char *cpus = node_attr(n, "cpuset", r->a);
	struct vm_pin *p = cpus ? arena_push(r->a, r->v->cpu.pins, r->v->cpu.n_pins) : NULL;

	if (p)
		*p = (struct vm_pin) { vcpu, cpus };
}

static void vcpus_read(struct domain_reading *r, const xmlNode *root)
{
	struct vm_cpu *c = &r->v->cpu;
	const xmlNode *vcpu = node_first(root, "vcpu"), *tune = node_first(root, "cputune");
	unsigned n = count_of(vcpu, "current", r->a);

	if (!n)
		n = count_of(vcpu, NULL, r->a);
	c->vcpus = n ? n : 1;
	c->affinity = node_attr(vcpu, "cpuset", r->a);
	for (const xmlNode *p = node_first(tune, "vcpupin"); p; p = node_next(p, "vcpupin"))
		pin_add(r, p, (int)count_of(p, "vcpu", r->a));
	if (node_first(tune, "emulatorpin"))
		pin_add(r, node_first(tune, "emulatorpin"), -1);
	domain_others(r, tune, "cputune", "vcpupin emulatorpin");
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

/* util/virutil.c virScaleInteger(). */
static const struct {
	const char *unit;
	uint64_t bytes;
} units[] = {
	{ "KiB", 1ULL << 10 },
	{ "k", 1ULL << 10 },
	{ "K", 1ULL << 10 },
	{ "MiB", 1ULL << 20 },
	{ "M", 1ULL << 20 },
	{ "GiB", 1ULL << 30 },
	{ "G", 1ULL << 30 },
	{ "TiB", 1ULL << 40 },
	{ "T", 1ULL << 40 },
	{ "b", 1 },
	{ "bytes", 1 },
	{ "KB", 1000 },
	{ "MB", 1000000 },
	{ "GB", 1000000000 },
	{ "TB", 1000000000000ULL },
};

static uint64_t mib_of(const xmlNode *n, struct arena *a)
{
	const char *unit = node_attr(n, "unit", a), *text = node_text(n, a);
	uint64_t v;

	if (!text || !text_number(span_str(text), &v))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strcmp(unit ? unit : "KiB", units[i].unit) == 0)
			return v <= UINT64_MAX / units[i].bytes ? v * units[i].bytes >> 20 : 0;
	return 0;
}

static void memory_read(struct domain_reading *r, const xmlNode *root)
{
	const xmlNode *memory = node_first(root, "memory"), *now = node_first(root, "currentMemory");
	const xmlNode *backing = node_first(root, "memoryBacking");

	if (memory)
		r->v->memory_mib = mib_of(memory, r->a);
	if (now && mib_of(now, r->a) != r->v->memory_mib)
		vm_other(r->v, "currentMemory", node_text(now, r->a));
	if (node_first(backing, "locked"))
		r->v->locked = VM_YES;
	if (node_first(backing, "hugepages"))
		r->v->hugepages = VM_YES;
	domain_others(r, backing, "memoryBacking", "locked hugepages");
}

/* ---- the elements of QEMU's namespace ----------------------------------------------------------------------- */

static bool is_ours(const xmlNode *n)
{
	return n->ns && xmlStrEqual(n->ns->href, (const xmlChar *)DOMAIN_QEMU_NS);
}

/* The name without its prefix: where the prefix is not declared, the parser leaves it in the name. */
static const char *bare_name(const xmlNode *n)
{
	const char *colon = strchr((const char *)n->name, ':');

	return colon ? colon + 1 : (const char *)n->name;
}

static void strangers_find(struct domain_reading *r, const xmlNode *n)
{
	for (const xmlNode *c = node_kid(n); c; c = node_sibling(c)) {
		if (!is_ours(c))
			vm_fault(r->v, VM_FAULT_NAMESPACE, arena_printf(r->a, "line %ld", xmlGetLineNo(c)),
				 (const char *)c->name);
		else
			strangers_find(r, c);
	}
}

/* Elements that look like QEMU's and are not: libvirt drops them without a word. */
static void namespaces_check(struct domain_reading *r)
{
	static const char *const names[] = { "commandline", "override", "capabilities", "deprecation" };

	for (const xmlNode *n = node_kid(r->d->root); n; n = node_sibling(n)) {
		const char *href = n->ns ? (const char *)n->ns->href : "";

		if (is_ours(n)) {
			strangers_find(r, n);
			continue;
		}
		if (strstr(href, "/domain/bhyve/") || strstr(href, "/domain/xen/"))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (strcmp(bare_name(n), names[i]) == 0)
				vm_fault(r->v, VM_FAULT_NAMESPACE, arena_printf(r->a, "line %ld", xmlGetLineNo(n)),
					 arena_printf(r->a, "%s, namespace \"%s\"", names[i], href));
	}
}

static void args_take(struct domain_reading *r, const xmlNode *commandline)
{
	const char *option = NULL;

	for (const xmlNode *n = node_kid(commandline); n; n = node_sibling(n)) {
		const char *value = is_ours(n) ? node_attr(n, "value", r->a) : NULL;

		if (is_ours(n) && strcmp(bare_name(n), "env") == 0)
			vm_other(r->v, "qemu:commandline/env", node_gist(n, r->a));
		if (!value || strcmp(bare_name(n), "arg") != 0)
			continue;
		if (option) {
			vm_arg(r->v, option, value);
			option = NULL;
		} else if (value[0] == '-' && qemu_option_has_value(value)) {
			option = value;
		} else {
			vm_arg(r->v, value, NULL);
		}
	}
	if (option)
		vm_arg(r->v, option, NULL);
}

/* A property into the field that it is about. */
static void property_mirror(struct domain_reading *r, struct vm_pci *p, const struct vm_setting *s)
{
	const struct {
		const char *name;
		enum vm_bool *flag;
	} flags[] = {
		{ "x-vga", &p->x_vga },
		{ "multifunction", &p->multifunction },
		{ "display", &p->display },
		{ "ramfb", &p->ramfb },
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (strcmp(s->name, flags[i].name) == 0)
			*flags[i].flag = vm_bool_read(s->value);
	if (strcmp(s->name, "driver") == 0)
		p->driver = s->value;
	else if (strcmp(s->name, "romfile") == 0)
		p->romfile = p->romfile_raw = s->value;
	else if (strcmp(s->name, "rombar") == 0)
		p->rombar = strcmp(s->value, "0") == 0 || vm_bool_read(s->value) == VM_NO ? VM_NO : VM_YES;
	else if (strcmp(s->name, "addr") == 0)
		p->guest = qemu_place(r->v, p->guest.place == VM_PLACE_BEHIND ? p->guest.bus : NULL, s->value);
}

static void property_take(struct domain_reading *r, const xmlNode *n, struct vm_pci *p)
{
	const char *name = node_attr(n, "name", r->a), *value = node_attr(n, "value", r->a);
	const char *from = arena_printf(r->a, "line %ld", xmlGetLineNo(n));
	struct vm_setting *s;

	if (!name)
		return;
	if (vm_is_no_property(name))
		vm_fault(r->v, VM_FAULT_NO_PROPERTY, from, name);
	if (node_attr_is(n, "type", "remove") || !value) {
		vm_other(r->v, arena_printf(r->a, "qemu:override/%s/%s", p->id, name), "removed");
		return;
	}
	if (node_attr_is(n, "type", "bool")) /* only these two words (qemu_domain.c) */
		value = strcmp(value, "true") == 0 ? "on" : strcmp(value, "false") == 0 ? "off" : value;
	s = arena_push(r->a, p->settings, p->n_settings);
	if (!s)
		return;
	*s = (struct vm_setting) { name, value, "qemu:override", false };
	property_mirror(r, p, s);
}

static bool is_hostdev_id(const struct domain_reading *r, const char *id)
{
	for (size_t i = 0; i < r->n_hostdev_ids; i++)
		if (strcmp(r->hostdev_ids[i], id) == 0)
			return true;
	return false;
}

static void override_take(struct domain_reading *r, const xmlNode *device)
{
	const char *alias = node_attr(device, "alias", r->a);
	struct vm_pci *p = alias ? vm_pci_of(r->v, alias) : NULL;
	const xmlNode *front = kid_in(device, DOMAIN_QEMU_NS, "frontend");

	if (alias && !p && !is_hostdev_id(r, alias) && (text_starts(span_str(alias), "hostdev")))
		vm_fault(r->v, VM_FAULT_NO_DEVICE, arena_printf(r->a, "line %ld", xmlGetLineNo(device)), alias);
	for (const xmlNode *n = node_kid(front); n; n = node_sibling(n))
		if (p && is_ours(n))
			property_take(r, n, p);
		else if (is_ours(n))
			vm_other(r->v, arena_printf(r->a, "qemu:override/%s", or_dash(alias)), node_gist(n, r->a));
}

static void qemu_read(struct domain_reading *r)
{
	const xmlNode *override = kid_in(r->d->root, DOMAIN_QEMU_NS, "override");
	const xmlNode *capabilities = kid_in(r->d->root, DOMAIN_QEMU_NS, "capabilities");

	for (const xmlNode *n = node_kid(override); n; n = node_sibling(n))
		if (is_ours(n))
			override_take(r, n);
	/* Without this capability libvirt writes plain -device strings (qemu_capabilities.c). The older name,
	 * "device.json", is taken and does nothing. */
	for (const xmlNode *n = node_kid(capabilities); n; n = node_sibling(n))
		if (is_ours(n) && strcmp(bare_name(n), "del") == 0 &&
		    node_attr_is(n, "capability", "device.json+hotplug"))
			r->v->json_devices = VM_NO;
		else
			vm_other(r->v, "qemu:capabilities", node_gist(n, r->a));
	args_take(r, kid_in(r->d->root, DOMAIN_QEMU_NS, "commandline"));
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static void root_read(struct domain_reading *r)
{
	const xmlNode *root = r->d->root;
	struct vm *v = r->v;

	v->name = node_text(node_first(root, "name"), r->a);
	v->uuid = node_text(node_first(root, "uuid"), r->a);
	v->vmgenid = node_text(node_first(root, "genid"), r->a);
	v->description = node_text(node_first(root, "description"), r->a);
	if (!node_attr_is(root, "type", "kvm"))
		vm_other(v, "type", node_attr(root, "type", r->a));
	metadata_read(r, node_first(root, "metadata"));
	os_read(r, node_first(root, "os"));
	features_read(r, node_first(root, "features"));
	cpu_read(r, node_first(root, "cpu"));
	vcpus_read(r, root);
	memory_read(r, root);
	domain_others(r, root, "",
		      "name uuid genid description metadata os features cpu vcpu cputune memory currentMemory "
		      "memoryBacking devices clock on_poweroff on_reboot on_crash pm resource");
	vm_hold_machine(v);
}

int vm_domain_read(const struct domain *d, struct arena *a, struct vm *ret)
{
	struct vm v;
	struct domain_reading r = { .d = d, .v = &v, .a = a };

	vm_init(&v, VM_LIBVIRT, a);
	v.fragment = d->fragment;
	if (!d->fragment)
		root_read(&r);
	domain_devices_read(&r);
	if (!d->fragment) {
		boot_read(&r, node_first(d->root, "os"));
		namespaces_check(&r);
		qemu_read(&r);
	}
	vm_read_args(&v);
	vm_hold_pcis(&v);
	*ret = v;
	return a->full ? -IGD_ENOMEM : 0;
}
