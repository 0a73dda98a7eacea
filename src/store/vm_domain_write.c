// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/vm_domain_write.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "store/vm_domain.h"
#include "store/vm_domain_devices.h"

/* ---- small words -------------------------------------------------------------------------------------------- */

bool domain_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

void domain_put_text(struct domain_writing *w, xmlNode *from, const char *path, const char *value)
{
	if (value)
		node_put_text(w->d, node_make(w->d, from, path), value);
	else
		node_remove(w->d, node_at(from, path));
}

void domain_put_attr(struct domain_writing *w, xmlNode *from, const char *path, const char *attr, const char *value)
{
	node_put(w->d, value ? node_make(w->d, from, path) : node_at(from, path), attr, value);
}

void domain_put_state(struct domain_writing *w, xmlNode *from, const char *path, const char *attr, enum vm_bool b)
{
	domain_put_attr(w, from, path, attr, b == VM_UNSAID ? NULL : b == VM_YES ? "on" : "off");
}

void domain_put_there(struct domain_writing *w, xmlNode *from, const char *path, bool there)
{
	xmlNode *n, *parent;

	if (there) {
		(void)node_make(w->d, from, path);
		return;
	}
	n = node_at(from, path);
	parent = n ? n->parent : NULL;
	node_remove(w->d, n);
	if (parent != from)
		node_prune(w->d, parent);
}

/* ---- name, system, memory ----------------------------------------------------------------------------------- */

static void identity_write(struct domain_writing *w)
{
	const char *name = w->now->name;

	if (w->all && !name)
		name = w->now->id ? arena_printf(w->a, "vm-%s", w->now->id) : "vm"; /* libvirt wants one */
	if (w->all || !domain_same(w->was->name, name))
		domain_put_text(w, w->root, "name", name);
	if (CHANGED_STR(w, uuid))
		domain_put_text(w, w->root, "uuid", w->now->uuid);
	if (CHANGED_STR(w, vmgenid))
		domain_put_text(w, w->root, "genid", w->now->vmgenid);
	if (CHANGED_STR(w, description))
		domain_put_text(w, w->root, "description", w->now->description);
}

#define OSINFO_NS "http://libosinfo.org/xmlns/libvirt/domain/1.0"

static const char *osinfo_id(struct domain_writing *w)
{
	const struct vm *v = w->now;

	if (v->os_raw && text_starts(span_str(v->os_raw), "http"))
		return v->os_raw;
	if (v->os == VM_OS_WINDOWS && v->windows >= 7)
		return arena_printf(w->a, "http://microsoft.com/win/%u", v->windows);
	return v->os == VM_OS_LINUX ? "http://libosinfo.org/linux/2022" : NULL;
}

/* Only into a new document: metadata are other programs' notes. */
static void metadata_write(struct domain_writing *w)
{
	const char *id = osinfo_id(w);
	xmlNode *outer, *os;
	xmlNs *ns;

	if (!w->all || !id)
		return;
	outer = node_add(w->d, node_make(w->d, w->root, "metadata"), "libosinfo", NULL);
	ns = outer ? xmlNewNs(outer, (const xmlChar *)OSINFO_NS, (const xmlChar *)"libosinfo") : NULL;
	if (!ns)
		return;
	outer->ns = ns;
	os = node_add(w->d, outer, "os", ns);
	node_put(w->d, os, "id", id);
}

static void memory_write(struct domain_writing *w)
{
	const char *kib = arena_printf(w->a, "%llu", (unsigned long long)w->now->memory_mib * 1024);
	xmlNode *current = node_first(w->root, "currentMemory");

	if (CHANGED(w, memory_mib)) {
		domain_put_text(w, w->root, "memory", kib);
		domain_put_attr(w, w->root, "memory", "unit", "KiB");
		if (current) {
			node_put_text(w->d, current, kib);
			node_put(w->d, current, "unit", "KiB");
		}
	}
	if (CHANGED(w, locked))
		domain_put_there(w, w->root, "memoryBacking/locked", w->now->locked == VM_YES);
	if (CHANGED(w, hugepages))
		domain_put_there(w, w->root, "memoryBacking/hugepages", w->now->hugepages == VM_YES);
}

/* ---- processor ---------------------------------------------------------------------------------------------- */

static unsigned or_one(unsigned n)
{
	return n ? n : 1;
}

static bool topology_differs(const struct vm_cpu *a, const struct vm_cpu *b)
{
	return a->sockets != b->sockets || a->cores != b->cores || a->threads != b->threads;
}

/* The number in <vcpu> is that of the topology when there is one; fewer at the start stand in current=. */
static void vcpus_write(struct domain_writing *w)
{
	const struct vm_cpu *was = &w->was->cpu, *c = &w->now->cpu;
	unsigned long long all = (unsigned long long)or_one(c->sockets) * or_one(c->cores) * or_one(c->threads);
	bool fewer = all > c->vcpus && (c->sockets || c->cores || c->threads);

	if (w->all || was->vcpus != c->vcpus || topology_differs(was, c)) {
		domain_put_text(w, w->root, "vcpu", arena_printf(w->a, "%llu", fewer ? all : c->vcpus));
		domain_put_attr(w, w->root, "vcpu", "current", fewer ? arena_printf(w->a, "%u", c->vcpus) : NULL);
	}
	if (CHANGED_STR(w, cpu.affinity))
		domain_put_attr(w, w->root, "vcpu", "cpuset", c->affinity);
}

static bool pin_is(const struct vm_pin *p, const xmlNode *n, struct arena *a)
{
	uint64_t vcpu = 0;

	if (!domain_same(p->cpus, node_attr(n, "cpuset", a)))
		return false;
	if (node_is(n, "emulatorpin"))
		return p->vcpu < 0;
	return p->vcpu >= 0 && domain_number(node_attr(n, "vcpu", a), 4096, &vcpu) && (uint64_t)p->vcpu == vcpu;
}

static bool pin_there(struct domain_writing *w, xmlNode *tune, const struct vm_pin *p)
{
	for (const xmlNode *n = node_kid(tune); n; n = node_sibling(n))
		if ((node_is(n, "vcpupin") || node_is(n, "emulatorpin")) && pin_is(p, n, w->a))
			return true;
	return false;
}

static bool pin_wanted(struct domain_writing *w, const xmlNode *n)
{
	for (size_t i = 0; i < w->now->cpu.n_pins; i++)
		if (pin_is(&w->now->cpu.pins[i], n, w->a))
			return true;
	return false;
}

static bool pins_differ(const struct vm_cpu *a, const struct vm_cpu *b)
{
	if (a->n_pins != b->n_pins)
		return true;
	for (size_t i = 0; i < a->n_pins; i++)
		if (a->pins[i].vcpu != b->pins[i].vcpu || !domain_same(a->pins[i].cpus, b->pins[i].cpus))
			return true;
	return false;
}

static void pins_write(struct domain_writing *w)
{
	xmlNode *tune = node_first(w->root, "cputune"), *next;

	if (!pins_differ(&w->was->cpu, &w->now->cpu))
		return;
	for (xmlNode *n = node_kid(tune); n; n = next) {
		next = node_sibling(n);
		if ((node_is(n, "vcpupin") || node_is(n, "emulatorpin")) && !pin_wanted(w, n))
			node_remove(w->d, n);
	}
	for (size_t i = 0; i < w->now->cpu.n_pins; i++) {
		const struct vm_pin *p = &w->now->cpu.pins[i];
		xmlNode *n;

		if (pin_there(w, node_first(w->root, "cputune"), p))
			continue;
		n = node_add(w->d, node_make(w->d, w->root, "cputune"), p->vcpu < 0 ? "emulatorpin" : "vcpupin",
			     NULL);
		if (p->vcpu >= 0)
			node_put(w->d, n, "vcpu", arena_printf(w->a, "%d", p->vcpu));
		node_put(w->d, n, "cpuset", p->cpus);
	}
	node_prune(w->d, node_first(w->root, "cputune"));
}

static void model_write(struct domain_writing *w)
{
	const char *model = w->now->cpu.model, *mode = NULL;
	xmlNode *cpu;

	if (!CHANGED_STR(w, cpu.model))
		return;
	node_remove_at(w->d, w->root, "cpu/model");
	if (!model) {
		domain_put_attr(w, w->root, "cpu", "mode", NULL);
		return;
	}
	cpu = node_make(w->d, w->root, "cpu");
	if (strcmp(model, "host") == 0)
		mode = "host-passthrough";
	else if (strcmp(model, "max") == 0)
		mode = "maximum";
	else if (strcmp(model, "host-model") == 0)
		mode = model;
	else if (text_starts(span_str(model), "x86-64-v")) {
		vm_lose(w->lost, arena_printf(w->a, "processor %s", model),
			"a model of Proxmox's own: host-model is written");
		mode = "host-model";
	}
	node_put(w->d, cpu, "mode", mode ? mode : "custom");
	node_put(w->d, cpu, "match", mode ? NULL : "exact");
	if (mode)
		node_put(w->d, cpu, "check", "none");
	else
		domain_put_text(w, cpu, "model", model);
}

static void topology_write(struct domain_writing *w)
{
	const struct vm_cpu *c = &w->now->cpu;
	xmlNode *n;

	if (!topology_differs(&w->was->cpu, c))
		return;
	if (!c->sockets && !c->cores && !c->threads) {
		node_remove_at(w->d, w->root, "cpu/topology");
		return;
	}
	n = node_make(w->d, w->root, "cpu/topology");
	node_put(w->d, n, "sockets", arena_printf(w->a, "%u", or_one(c->sockets)));
	node_put(w->d, n, "cores", arena_printf(w->a, "%u", or_one(c->cores)));
	node_put(w->d, n, "threads", arena_printf(w->a, "%u", or_one(c->threads)));
}

/* <maxphysaddr> is known since libvirt 8.7, its limit= since 9.3 (docs/formatdomain.rst): to be written only for
 * who asks for it. */
static void phys_limit_write(struct domain_writing *w)
{
	unsigned limit = w->now->cpu.phys_limit;
	xmlNode *n;

	if (w->was->cpu.phys_limit == limit)
		return;
	if (!limit) {
		node_remove_at(w->d, w->root, "cpu/maxphysaddr");
		return;
	}
	n = node_make(w->d, w->root, "cpu/maxphysaddr");
	node_put(w->d, n, "mode", "passthrough");
	node_put(w->d, n, "bits", NULL);
	node_put(w->d, n, "limit", arena_printf(w->a, "%u", limit));
}

/* "+aes,-x2apic", on Proxmox with ";". */
static void flags_write(struct domain_writing *w)
{
	struct span rest, word;

	if (!CHANGED_STR(w, cpu.flags))
		return;
	node_remove_at(w->d, w->root, "cpu/feature");
	rest = span_str(w->now->cpu.flags ? w->now->cpu.flags : "");
	while (text_part(&rest, text_find(rest, ";") < text_find(rest, ",") ? ";" : ",", &word)) {
		uint8_t sign = 0;
		xmlNode *n;

		if (!span_u8(word, 0, &sign) || (sign != '+' && sign != '-') || !span_from(word, 1, &word))
			continue; /* of a raw "-cpu", which stays where it is */
		n = node_add(w->d, node_make(w->d, w->root, "cpu"), "feature", NULL);
		node_put(w->d, n, "policy", sign == '+' ? "require" : "disable");
		node_put(w->d, n, "name", arena_span(w->a, word));
	}
}

static void cpu_write(struct domain_writing *w)
{
	model_write(w);
	topology_write(w);
	phys_limit_write(w);
	flags_write(w);
}

/* ---- machine and firmware ----------------------------------------------------------------------------------- */

static void machine_write(struct domain_writing *w)
{
	const struct vm_machine *m = &w->now->machine;
	const char *raw = m->raw ? m->raw : m->kind == VM_MACHINE_Q35 ? "q35" : "pc";
	xmlNode *n;

	if (!CHANGED_STR(w, machine.raw) && !(w->all || w->was->machine.kind != m->kind))
		return;
	if (m->pve >= 0) {
		vm_lose(w->lost, arena_printf(w->a, "+pve%d of machine %s", m->pve, raw),
			"a revision of Proxmox's own");
		raw = arena_printf(w->a, "%.*s", (int)strcspn(raw, "+"), raw);
	}
	n = node_make(w->d, w->root, "os/type");
	if (n && !node_text(n, w->a))
		node_put_text(w->d, n, "hvm");
	if (w->all)
		node_put(w->d, n, "arch", "x86_64");
	if (m->raw || w->all || m->kind != VM_MACHINE_OTHER)
		node_put(w->d, n, "machine", raw);
}

static void loader_write(struct domain_writing *w, xmlNode *os)
{
	const struct vm_firmware *f = &w->now->firmware;
	bool ovmf = f->kind == VM_OVMF;
	xmlNode *n;

	if (!f->code) {
		node_remove_at(w->d, os, "loader");
		return;
	}
	n = node_make(w->d, os, "loader");
	if (!domain_same(node_text(n, w->a), f->code))
		node_put_text(w->d, n, f->code);
	node_put(w->d, n, "readonly", ovmf ? "yes" : NULL);
	node_put(w->d, n, "type", ovmf ? "pflash" : "rom");
	node_put(w->d, n, "secure",
		 f->secure_boot == VM_UNSAID || !ovmf ? NULL
		 : f->secure_boot == VM_YES	      ? "yes"
						      : "no");
}

/* What libvirt is to look for among the installed firmware (its docs/formatdomain.rst, "BIOS bootloader"). */
static void automatic_write(struct domain_writing *w, xmlNode *os)
{
	static const char *const features[] = { "enrolled-keys", "secure-boot" };
	const struct vm_firmware *f = &w->now->firmware;
	/* What libvirt chose it writes beside firmware='efi', and older ones (9.0) refuse the two together: in a new
	 * document the file that was chosen says it all. */
	bool automatic = f->kind == VM_OVMF && (!f->code || (f->automatic && !w->all));

	node_put(w->d, os, "firmware", automatic ? "efi" : NULL);
	node_remove_at(w->d, os, "firmware");
	for (size_t i = 0; i < ARRAY_SIZE(features) && automatic && !f->code && f->secure_boot != VM_UNSAID; i++) {
		xmlNode *n = node_add(w->d, node_make(w->d, os, "firmware"), "feature", NULL);

		node_put(w->d, n, "enabled", f->secure_boot == VM_YES ? "yes" : "no");
		node_put(w->d, n, "name", features[i]);
	}
}

static void nvram_write(struct domain_writing *w, xmlNode *os)
{
	const struct vm_firmware *f = &w->now->firmware;
	xmlNode *n;

	if (f->vars && *f->vars != '/' && !domain_same(f->vars, w->was->firmware.vars)) {
		vm_lose(w->lost, arena_printf(w->a, "EFI variables in %s", f->vars),
			"libvirt makes a new file: boot entries and enrolled keys are not in it");
		return;
	}
	if (f->kind != VM_OVMF || (!f->vars && !f->vars_template)) {
		node_remove_at(w->d, os, "nvram");
		return;
	}
	n = node_make(w->d, os, "nvram");
	node_put(w->d, n, "template", f->vars_template);
	if (node_first(n, "source"))
		node_put(w->d, n, "type", NULL);
	if (node_first(n, "source") || !domain_same(node_text(n, w->a), f->vars))
		node_put_text(w->d, n, f->vars ? f->vars : "");
}

static void firmware_write(struct domain_writing *w)
{
	const struct vm_firmware *was = &w->was->firmware, *f = &w->now->firmware;
	bool code = was->kind != f->kind || !domain_same(was->code, f->code) || was->secure_boot != f->secure_boot ||
		    was->automatic != f->automatic;
	bool vars = was->kind != f->kind || !domain_same(was->vars, f->vars) ||
		    !domain_same(was->vars_template, f->vars_template);
	xmlNode *os;

	if (f->ours) { /* the raw arguments say it */
		if (!was->ours && !w->all)
			node_remove_at(w->d, w->root, "os/loader");
		return;
	}
	code |= was->ours;
	if (!code && !vars)
		return;
	os = node_make(w->d, w->root, "os");
	if (code) {
		automatic_write(w, os);
		loader_write(w, os);
	}
	if (vars)
		nvram_write(w, os);
}

/* ---- features ----------------------------------------------------------------------------------------------- */

/* What a Windows guest gets from virt-install (virtinst/domain/features.py), without those that need more of the
 * processor. */
static void hyperv_write(struct domain_writing *w, xmlNode *features)
{
	static const char *const words[] = { "relaxed", "vapic",  "spinlocks", "vpindex",
					     "synic",	"stimer", "reset",     "frequencies" };
	const struct vm_cpu *c = &w->now->cpu;
	bool unsaid = c->hyperv == VM_UNSAID && w->now->target != VM_LIBVIRT; /* Proxmox goes by the system */
	bool wanted = c->hyperv == VM_YES || (w->all && unsaid && w->now->os == VM_OS_WINDOWS);
	xmlNode *n;

	if (w->all ? !wanted : w->was->cpu.hyperv == c->hyperv)
		return;
	if (!wanted) {
		node_remove_at(w->d, features, "hyperv");
		return;
	}
	n = node_make(w->d, features, "hyperv");
	node_put(w->d, n, "mode", "custom");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		domain_put_attr(w, n, words[i], "state", "on");
	domain_put_attr(w, n, "spinlocks", "retries", "8191");
}

static void hv_vendor_write(struct domain_writing *w, xmlNode *features)
{
	const char *vendor = w->now->cpu.hv_vendor;
	xmlNode *n;

	if (!CHANGED_STR(w, cpu.hv_vendor))
		return;
	if (!vendor) {
		node_remove_at(w->d, features, "hyperv/vendor_id");
		return;
	}
	n = node_make(w->d, features, "hyperv/vendor_id");
	node_put(w->d, n, "state", "on");
	node_put(w->d, n, "value", vendor);
}

static void features_write(struct domain_writing *w)
{
	const struct vm_firmware *f = &w->now->firmware;
	/* libvirt refuses a secure loader without it. */
	bool needed = w->all && f->smm == VM_UNSAID && f->secure_boot == VM_YES && f->code && !f->ours;
	enum vm_bool hidden = w->now->cpu.hidden;
	bool hiding = w->was->cpu.hidden != hidden;
	bool hyperv = w->was->cpu.hyperv != w->now->cpu.hyperv || CHANGED_STR(w, cpu.hv_vendor);
	bool smm = w->was->firmware.smm != f->smm || needed;
	xmlNode *features = w->all || hiding || hyperv || smm ? node_make(w->d, w->root, "features") : NULL;

	if (!features)
		return;
	if (w->all) {
		(void)node_make(w->d, features, "acpi");
		(void)node_make(w->d, features, "apic");
	}
	hyperv_write(w, features);
	hv_vendor_write(w, features);
	if (hiding) {
		domain_put_state(w, features, "kvm/hidden", "state", hidden);
		node_prune(w->d, node_at(features, "kvm/hidden"));
		node_prune(w->d, node_first(features, "kvm"));
	}
	if (smm) {
		domain_put_state(w, features, "smm", "state", needed ? VM_YES : f->smm);
		if (!needed && f->smm == VM_UNSAID)
			node_remove_at(w->d, features, "smm");
	}
}

/* ---- QEMU's namespace --------------------------------------------------------------------------------------- */

/* NULL: the prefix is taken by another one. */
static xmlNs *qemu_ns(struct domain_writing *w)
{
	xmlNs *ns;

	for (ns = w->root->nsDef; ns; ns = ns->next)
		if (xmlStrEqual(ns->href, (const xmlChar *)DOMAIN_QEMU_NS) && ns->prefix)
			return ns;
	for (ns = w->root->nsDef; ns; ns = ns->next)
		if (xmlStrEqual(ns->prefix, (const xmlChar *)"qemu")) {
			vm_lose(w->lost, "qemu: elements",
				arena_printf(w->a, "<domain> gives that prefix to \"%s\": set it to %s by hand",
					     (const char *)ns->href, DOMAIN_QEMU_NS));
			return NULL;
		}
	return node_ns(w->d, w->root, DOMAIN_QEMU_NS, "qemu");
}

static bool is_qemu(const xmlNode *n, const char *name)
{
	return n && n->ns && xmlStrEqual(n->ns->href, (const xmlChar *)DOMAIN_QEMU_NS) &&
	       xmlStrEqual(n->name, (const xmlChar *)name);
}

static xmlNode *qemu_first(const xmlNode *parent, const char *name)
{
	xmlNode *n = node_kid(parent);

	while (n && !is_qemu(n, name))
		n = node_sibling(n);
	return n;
}

static xmlNode *qemu_make(struct domain_writing *w, xmlNode *parent, const char *name)
{
	xmlNode *n = qemu_first(parent, name);
	xmlNs *ns = n || !parent ? NULL : qemu_ns(w);

	return n ? n : ns ? node_add(w->d, parent, name, ns) : NULL;
}

/* The words of .args, one by one. */
static const char **words_of(struct domain_writing *w, const struct vm *v, size_t *ret_n)
{
	const char **words = NULL, **x;
	size_t n = 0;

	for (size_t i = 0; i < v->n_args; i++) {
		x = arena_push(w->a, words, n);
		if (x)
			*x = v->args[i].option;
		x = v->args[i].value ? arena_push(w->a, words, n) : NULL;
		if (x)
			*x = v->args[i].value;
	}
	*ret_n = n;
	return words;
}

static void args_write(struct domain_writing *w)
{
	size_t n_was, n, at = 0;
	const char **was = words_of(w, w->was, &n_was), **now = words_of(w, w->now, &n);
	xmlNode *commandline = qemu_first(w->root, "commandline"), *next;
	bool same = n_was == n;

	for (size_t i = 0; same && i < n; i++)
		same = domain_same(was[i], now[i]);
	if (same)
		return;
	/* Keep those that stand in the right order, take the others out, append what is still missing. */
	for (xmlNode *x = node_kid(commandline); x; x = next) {
		next = node_sibling(x);
		if (!is_qemu(x, "arg"))
			continue;
		if (at < n && node_attr_is(x, "value", now[at]))
			at++;
		else
			node_remove(w->d, x);
	}
	if (at < n)
		commandline = qemu_make(w, w->root, "commandline");
	for (; commandline && at < n; at++)
		node_put(w->d, node_add(w->d, commandline, "arg", commandline->ns), "value", now[at]);
	node_prune(w->d, commandline);
}

static void capabilities_write(struct domain_writing *w)
{
	xmlNode *n, *next;

	if (!CHANGED(w, json_devices) || (w->all && w->now->target != VM_LIBVIRT))
		return;
	n = qemu_first(w->root, "capabilities");
	if (w->now->json_devices == VM_NO) {
		n = qemu_make(w, w->root, "capabilities");
		if (n)
			node_put(w->d, node_add(w->d, n, "del", n->ns), "capability", "device.json+hotplug");
		return;
	}
	for (xmlNode *x = node_kid(n); x; x = next) {
		next = node_sibling(x);
		if (node_attr_is(x, "capability", "device.json+hotplug"))
			node_remove(w->d, x);
	}
	node_prune(w->d, n);
}

/* ---- overrides ---------------------------------------------------------------------------------------------- */

/* Types of properties whose value does not show it (QEMU hw/vfio/pci.c vfio_pci_properties[], hw/pci/pci.c). */
static const struct {
	const char *name, *type;
} property_types[] = {
	{ "x-igd-legacy-mode", "string" },
	{ "display", "string" },
	{ "driver", "string" },
	{ "romfile", "string" },
	{ "addr", "string" },
	{ "bus", "string" },
	{ "host", "string" },
	{ "rombar", "unsigned" },
	{ "bootindex", "signed" },
};

struct property {
	const char *name, *type, *value; /* as libvirt wants them */
};

static struct property property_make(struct domain_writing *w, const char *name, const char *value)
{
	struct property p = { name, NULL, value };
	enum vm_bool b = vm_bool_read(value);
	uint64_t n;

	for (size_t i = 0; i < ARRAY_SIZE(property_types); i++)
		if (strcmp(property_types[i].name, name) == 0)
			p.type = property_types[i].type;
	if (!p.type)
		p.type = b != VM_UNSAID ? "bool" : text_number(span_str(value), &n) ? "unsigned" : "string";
	if (strcmp(p.type, "bool") == 0)
		p.value = b == VM_YES ? "true" : "false";
	else if (strcmp(p.type, "unsigned") == 0 && text_number(span_str(value), &n))
		p.value = arena_printf(w->a, "%llu", (unsigned long long)n); /* decimal, nothing else */
	return p;
}

struct properties {
	struct property *v;
	size_t n;
};

static void properties_drop(struct properties *l, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].name, name) != 0)
			l->v[kept++] = l->v[i];
	l->n = kept;
}

/* The last of a name counts; NULL takes it out. */
static void properties_put(struct domain_writing *w, struct properties *l, const char *name, const char *value)
{
	struct property *p;

	for (size_t i = 0; value && i < l->n; i++)
		if (strcmp(l->v[i].name, name) == 0) {
			l->v[i] = property_make(w, name, value);
			return;
		}
	if (!value) {
		properties_drop(l, name);
		return;
	}
	p = arena_push(w->a, l->v, l->n);
	if (p)
		*p = property_make(w, name, value);
}

/* Is it there by a "-set device.ID.NAME=VALUE" among the raw options? */
static bool by_set(const struct vm *v, const struct vm_pci *p, const struct vm_setting *s)
{
	for (size_t i = 0; i < v->n_args; i++) {
		struct span rest = span_str(v->args[i].value ? v->args[i].value : "");

		if (strcmp(v->args[i].option, "-set") == 0 && text_skip(&rest, "device.") &&
		    text_skip(&rest, p->id ? p->id : "") && text_skip(&rest, ".") && text_skip(&rest, s->name) &&
		    text_starts(rest, "="))
			return true;
	}
	return false;
}

static const char *word_of(enum vm_bool b)
{
	return b == VM_UNSAID ? NULL : b == VM_YES ? "on" : "off";
}

/* A field that says what the settings say is theirs; one that was changed wins over them. */
static void field_put(struct domain_writing *w, struct properties *l, const char *name, bool changed,
		      const char *value)
{
	if (changed)
		properties_put(w, l, name, value);
}

/* What <qemu:override> has to say of @p; @was: as it was, or NULL. */
static struct properties overrides_of(struct domain_writing *w, const struct vm *v, const struct vm_pci *p,
				      const struct vm_pci *was)
{
	const struct vm_pci nothing = { 0 }, *old = was ? was : &nothing;
	bool proxmox = p->driver && strcmp(p->driver, "keep") == 0;
	struct properties l = { 0 };

	for (size_t i = 0; i < p->n_settings; i++)
		if (p->settings[i].value && !(p->settings[i].late && by_set(v, p, &p->settings[i])))
			properties_put(w, &l, p->settings[i].name, p->settings[i].value);
	if (old == p)
		return l;
	field_put(w, &l, "x-vga", old->x_vga != p->x_vga, word_of(p->x_vga));
	field_put(w, &l, "driver", !proxmox && !domain_same(old->driver, p->driver), p->driver);
	if (!p->mdev) {
		field_put(w, &l, "display", old->display != p->display, word_of(p->display));
		field_put(w, &l, "ramfb", old->ramfb != p->ramfb, word_of(p->ramfb));
	}
	/* These have elements of their own. */
	if (was && !domain_same(old->romfile, p->romfile))
		properties_drop(&l, "romfile");
	if (was && old->rombar != p->rombar)
		properties_drop(&l, "rombar");
	if (was && (old->guest.dev != p->guest.dev || old->guest.fn != p->guest.fn))
		properties_drop(&l, "addr");
	if (was && old->multifunction != p->multifunction)
		properties_drop(&l, "multifunction");
	return l;
}

static bool properties_same(const struct properties *a, const struct properties *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = strcmp(a->v[i].name, b->v[i].name) == 0 && strcmp(a->v[i].value, b->v[i].value) == 0;
	return same;
}

static void properties_write(struct domain_writing *w, xmlNode *front, const struct properties *l)
{
	xmlNode *next;

	for (xmlNode *x = node_kid(front); x; x = next) {
		const char *name = node_attr(x, "name", w->a);
		bool wanted = !name || node_attr_is(x, "type", "remove");

		next = node_sibling(x);
		for (size_t i = 0; !wanted && i < l->n; i++)
			wanted = strcmp(l->v[i].name, name) == 0;
		if (!wanted)
			node_remove(w->d, x);
	}
	for (size_t i = 0; i < l->n; i++) {
		xmlNode *x = node_kid(front);

		while (x && !node_attr_is(x, "name", l->v[i].name))
			x = node_sibling(x);
		if (!x)
			x = node_add(w->d, front, "property", front->ns);
		node_put(w->d, x, "name", l->v[i].name);
		node_put(w->d, x, "type", l->v[i].type);
		node_put(w->d, x, "value", l->v[i].value);
	}
}

static const struct vm_pci *was_of(const struct domain_writing *w, const struct vm_pci *p)
{
	for (size_t i = 0; p->from && i < w->was->n_pcis; i++)
		if (domain_same(w->was->pcis[i].from, p->from) && !w->was->pcis[i].raw)
			return &w->was->pcis[i];
	return NULL;
}

/* The id that libvirt will give to a node, now that all of them are there. */
static const char *new_id(struct domain_writing *w, const xmlNode *wanted)
{
	static const char *const names[] = { "interface", "hostdev" };
	unsigned number = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (const xmlNode *n = node_first(w->devices, names[i]); n; n = node_next(n, names[i])) {
			const char *id = i == 1 || node_attr_is(n, "type", "hostdev")
						 ? domain_hostdev_id(n, &number, w->a)
						 : NULL;

			if (n == wanted)
				return id;
		}
	return NULL;
}

static xmlNode *override_of(const struct domain_writing *w, const xmlNode *hostdev)
{
	for (size_t i = 0; i < w->n_hostdevs; i++)
		if (w->hostdevs[i].node == hostdev)
			return w->hostdevs[i].override;
	return NULL;
}

static void override_write(struct domain_writing *w, size_t at)
{
	const struct vm_pci *p = &w->now->pcis[at], *was = was_of(w, p);
	struct properties now = overrides_of(w, w->now, p, was), old = { 0 };
	xmlNode *device = override_of(w, w->pci_nodes[at]), *front;

	if (was)
		old = overrides_of(w, w->was, was, was);
	if (properties_same(&old, &now))
		return;
	if (w->d->fragment) {
		vm_lose(w->lost, "qemu:override", "it belongs behind the devices of a whole domain");
		return;
	}
	if (!device && now.n) {
		xmlNode *override = qemu_make(w, w->root, "override");

		device = override ? node_add(w->d, override, "device", override->ns) : NULL;
		node_put(w->d, device, "alias", new_id(w, w->pci_nodes[at]));
	}
	front = now.n ? qemu_make(w, device, "frontend") : qemu_first(device, "frontend");
	if (!front)
		return;
	properties_write(w, front, &now);
	node_prune(w->d, front);
	if (device && !node_kid(device)) {
		xmlNode *override = device->parent;

		node_remove(w->d, device);
		node_prune(w->d, override);
	}
}

/* Numbers of hostdevs move up when one before them goes. */
static void overrides_write(struct domain_writing *w)
{
	for (size_t i = 0; i < w->n_hostdevs; i++)
		if (w->hostdevs[i].node && w->hostdevs[i].override)
			node_put(w->d, w->hostdevs[i].override, "alias", new_id(w, w->hostdevs[i].node));
	for (size_t i = 0; i < w->now->n_pcis; i++)
		if (!w->now->pcis[i].raw && w->pci_nodes[i])
			override_write(w, i);
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

/* What other targets know and libvirt has no word for. */
static void foreign_write(struct domain_writing *w)
{
	const struct vm *v = w->now;

	if (CHANGED(w, onboot) && v->onboot == VM_YES)
		vm_lose(w->lost, "start at boot", "no part of the definition: virsh autostart");
	for (size_t i = 0; w->all && v->target != VM_LIBVIRT && i < v->n_others; i++)
		vm_lose(w->lost, v->others[i].what, "no word of libvirt's stands for it");
}

static bool hostdev_add(struct domain_writing *w, xmlNode *n, unsigned *number)
{
	struct domain_hostdev *h = arena_push(w->a, w->hostdevs, w->n_hostdevs);
	xmlNode *override = qemu_first(w->root, "override");

	if (!h)
		return false;
	h->node = n;
	h->id = domain_hostdev_id(n, number, w->a);
	for (xmlNode *x = node_kid(override); x && !h->override; x = node_sibling(x))
		if (is_qemu(x, "device") && node_attr_is(x, "alias", h->id))
			h->override = x;
	return true;
}

/* The devices of the document by their numbers, before any of them moves. */
static bool nodes_find(struct domain_writing *w)
{
	unsigned number = 0;
	xmlNode **x;

	for (xmlNode *n = node_first(w->devices, "interface"); n; n = node_next(n, "interface")) {
		x = arena_push(w->a, w->interface_nodes, w->n_interface_nodes);
		if (!x || (node_attr_is(n, "type", "hostdev") && !hostdev_add(w, n, &number)))
			return false;
		*x = n;
	}
	for (xmlNode *n = w->d->fragment ? w->root : node_first(w->devices, "hostdev"); n;
	     n = w->d->fragment ? NULL : node_next(n, "hostdev")) {
		x = arena_push(w->a, w->hostdev_nodes, w->n_hostdev_nodes);
		if (!x || !hostdev_add(w, n, &number))
			return false;
		*x = n;
	}
	w->pci_nodes = arena_alloc(w->a, (w->now->n_pcis + 1) * sizeof(xmlNode *));
	w->disk_nodes = arena_alloc(w->a, (w->now->n_disks + 1) * sizeof(xmlNode *));
	w->net_nodes = arena_alloc(w->a, (w->now->n_nets + 1) * sizeof(xmlNode *));
	return w->pci_nodes && w->disk_nodes && w->net_nodes;
}

/* Is there anything new for <devices>? */
static bool has_devices(const struct domain_writing *w)
{
	const struct vm *v = w->now, *was = w->was;

	return w->all || v->n_pcis != was->n_pcis || v->n_usbs != was->n_usbs || v->n_disks != was->n_disks ||
	       v->n_nets != was->n_nets || v->n_serial != was->n_serial || v->tpm.there != was->tpm.there ||
	       v->agent != was->agent || v->tablet != was->tablet || v->screen != was->screen ||
	       v->balloon != was->balloon || CHANGED_STR(w, display) || CHANGED_STR(w, audio) ||
	       CHANGED_STR(w, rng) || CHANGED_STR(w, machine.viommu);
}

static void root_write(struct domain_writing *w)
{
	identity_write(w);
	metadata_write(w);
	memory_write(w);
	vcpus_write(w);
	pins_write(w);
	machine_write(w);
	firmware_write(w);
	features_write(w);
	cpu_write(w);
	if (w->all) /* Windows keeps local time in the clock */
		domain_put_attr(w, w->root, "clock", "offset", w->now->os == VM_OS_WINDOWS ? "localtime" : "utc");
}

int vm_domain_write(struct domain *d, const struct vm *was, const struct vm *now, struct vm_losses *lost)
{
	struct domain_writing w = { .d = d, .was = was, .now = now, .all = !was, .lost = lost, .a = now->arena };
	struct vm empty;
	int r;

	if (!was) {
		vm_init(&empty, VM_LIBVIRT, now->arena);
		w.was = &empty;
		domain_done(d);
		r = domain_new(now->arena, d);
		if (r < 0)
			return r;
	}
	w.root = d->root;
	w.devices = d->fragment ? NULL : node_first(w.root, "devices");
	if (!nodes_find(&w))
		return -IGD_ENOMEM;
	if (!d->fragment)
		root_write(&w);
	if (!w.devices && !d->fragment && has_devices(&w))
		w.devices = node_make(d, w.root, "devices");
	domain_devices_write(&w);
	if (!d->fragment) {
		args_write(&w);
		capabilities_write(&w);
		foreign_write(&w);
	}
	overrides_write(&w);
	return w.a->full ? -IGD_ENOMEM : 0;
}
