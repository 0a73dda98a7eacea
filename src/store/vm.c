// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/vm.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char *const targets[VM_TARGETS] = { "pve", "libvirt", "qemu" };

const char *vm_target_str(enum vm_target t)
{
	return targets[t];
}

bool vm_target_parse(const char *s, enum vm_target *ret)
{
	for (int t = 0; t < VM_TARGETS; t++)
		if (strcmp(s, targets[t]) == 0) {
			*ret = (enum vm_target)t;
			return true;
		}
	return false;
}

void vm_init(struct vm *v, enum vm_target target, struct arena *a)
{
	*v = (struct vm) { .arena = a, .target = target, .cpu.vcpus = 1, .memory_mib = target == VM_PVE ? 512 : 128 };
	v->machine.pve = -1;
}

/* ---- copies ------------------------------------------------------------------------------------------------- */

/* With the room that arena_push() takes an array of @n to have: the next power of two. */
static bool copy_list(struct arena *a, void **list, size_t n, size_t size)
{
	size_t room = 1;
	void *copy;

	if (n == 0) {
		*list = NULL;
		return true;
	}
	while (room < n)
		room *= 2;
	copy = arena_alloc(a, room * size);
	if (!copy)
		return false;
	memcpy(copy, *list, n * size);
	*list = copy;
	return true;
}

#define COPY(v, list) copy_list((v)->arena, (void **)&(v)->list, (v)->n_##list, sizeof(*(v)->list))

bool vm_copy(const struct vm *from, struct vm *ret)
{
	struct vm v = *from;
	bool ok = COPY(&v, pcis) && COPY(&v, usbs) && COPY(&v, disks) && COPY(&v, nets) && COPY(&v, args) &&
		  COPY(&v, fwcfgs) && COPY(&v, holders) && COPY(&v, faults) && COPY(&v, others);

	for (size_t i = 0; ok && i < v.n_pcis; i++)
		ok = copy_list(v.arena, (void **)&v.pcis[i].settings, v.pcis[i].n_settings,
			       sizeof(*v.pcis[i].settings));
	if (ok)
		*ret = v;
	return ok;
}

/* ---- machine types ------------------------------------------------------------------------------------------ */

/* "9.2", and behind it "+pve1" or ".pxe". */
static void version_read(struct span s, struct vm_machine *m)
{
	uint64_t major, minor, pve;

	if (!text_digits(&s, 10, &major) || !text_skip(&s, ".") || !text_digits(&s, 10, &minor) || major > 999 ||
	    minor > 999)
		return;
	m->pinned = true;
	m->major = (unsigned)major;
	m->minor = (unsigned)minor;
	if (text_skip(&s, "+pve") && text_digits(&s, 10, &pve) && pve <= 999)
		m->pve = (int)pve;
}

void vm_machine_read(struct span raw, struct arena *a, struct vm_machine *ret)
{
	struct span s = raw;

	*ret = (struct vm_machine) { .pve = -1 };
	if (raw.n == 0)
		return;
	ret->raw = arena_span(a, raw);
	ret->kind = VM_MACHINE_OTHER;
	if (text_eq(s, "pc") || text_skip(&s, "pc-i440fx-"))
		ret->kind = VM_MACHINE_PC;
	else if (text_eq(s, "q35") || text_skip(&s, "pc-q35-"))
		ret->kind = VM_MACHINE_Q35;
	else if (text_skip(&s, "pc-") && s.n && s.p[0] >= '0' && s.p[0] <= '9')
		ret->kind = VM_MACHINE_PC; /* "pc-2.3" of old */
	version_read(s, ret);
}

/* ---- settings ----------------------------------------------------------------------------------------------- */

const struct vm_setting *vm_setting(const struct vm_pci *p, const char *name)
{
	for (size_t i = p->n_settings; i > 0; i--)
		if (strcmp(p->settings[i - 1].name, name) == 0)
			return &p->settings[i - 1];
	return NULL;
}

enum vm_bool vm_bool_read(const char *value)
{
	static const char *const yes[] = { "on", "yes", "true", "y" }, *const no[] = { "off", "no", "false", "n" };

	for (size_t i = 0; value && i < ARRAY_SIZE(yes); i++) {
		if (strcmp(value, yes[i]) == 0)
			return VM_YES;
		if (strcmp(value, no[i]) == 0)
			return VM_NO;
	}
	return VM_UNSAID;
}

enum vm_bool vm_setting_bool(const struct vm_pci *p, const char *name)
{
	const struct vm_setting *s = vm_setting(p, name);

	return s ? vm_bool_read(s->value) : VM_UNSAID;
}

bool vm_setting_number(const struct vm_pci *p, const char *name, uint64_t *ret)
{
	const struct vm_setting *s = vm_setting(p, name);

	return s && s->value && text_number(span_str(s->value), ret);
}

void vm_setting_put(struct vm *v, struct vm_pci *p, const char *name, const char *value, const char *from)
{
	struct vm_setting *s;
	size_t kept = 0;

	for (size_t i = 0; i < p->n_settings; i++)
		if (strcmp(p->settings[i].name, name) != 0)
			p->settings[kept++] = p->settings[i];
	p->n_settings = kept;
	s = value ? arena_push(v->arena, p->settings, p->n_settings) : NULL;
	if (s)
		*s = (struct vm_setting) { .name = name, .value = value, .from = from };
}

/* ---- the root bus ------------------------------------------------------------------------------------------- */

const struct vm_holder *vm_holder(const struct vm *v, uint8_t dev, uint8_t fn, const char *but)
{
	for (size_t i = 0; i < v->n_holders; i++) {
		const struct vm_holder *h = &v->holders[i];

		if (h->dev == dev && h->fn == fn && !(but && strcmp(h->who, but) == 0))
			return h;
	}
	return NULL;
}

struct vm_holder *vm_hold(struct vm *v, uint8_t dev, uint8_t fn, const char *who, const char *from)
{
	struct vm_holder *h = arena_push(v->arena, v->holders, v->n_holders), new;
	size_t at;

	if (!h)
		return NULL;
	new = (struct vm_holder) { .dev = dev, .fn = fn, .who = who, .from = from };
	for (at = v->n_holders - 1; at > 0; at--) { /* keep them sorted: there are few */
		const struct vm_holder *b = &v->holders[at - 1];

		if (b->dev < dev || (b->dev == dev && b->fn <= fn))
			break;
		v->holders[at] = *b;
	}
	v->holders[at] = new;
	return &v->holders[at];
}

void vm_hold_machine(struct vm *v)
{
	if (v->machine.kind == VM_MACHINE_PC) {
		vm_hold(v, 0x00, 0, "i440FX host bridge", NULL);
		vm_hold(v, 0x01, 0, "PIIX3 ISA bridge", NULL);
		vm_hold(v, 0x01, 1, "PIIX3 IDE", NULL);
		vm_hold(v, 0x01, 3, "PIIX4 power management", NULL);
	} else if (v->machine.kind == VM_MACHINE_Q35) {
		vm_hold(v, 0x00, 0, "Q35 host bridge", NULL);
		vm_hold(v, 0x1f, 0, "ICH9 LPC bridge", NULL);
		vm_hold(v, 0x1f, 2, "ICH9 SATA", NULL);
		vm_hold(v, 0x1f, 3, "ICH9 SMBus", NULL);
	}
}

void vm_hold_pcis(struct vm *v)
{
	for (size_t i = 0; i < v->n_pcis; i++) {
		const struct vm_pci *p = &v->pcis[i];

		if (p->guest.place == VM_PLACE_ROOT)
			vm_hold(v, p->guest.dev, p->guest.fn, p->id ? p->id : "vfio-pci", p->from);
	}
}

/* ---- passed-through devices --------------------------------------------------------------------------------- */

static bool same_host(const struct vm_pci *p, const struct vm_pci *q)
{
	if (!p->has_host || !q->has_host || p->mdev || q->mdev)
		return false;
	return pci_addr_eq(p->host, q->host) ||
	       ((p->host.fn == VM_FN_ALL || q->host.fn == VM_FN_ALL) && pci_addr_same_slot(p->host, q->host));
}

void vm_hosts_compare(struct vm *v)
{
	char buf[PCI_ADDR_STR];

	for (size_t i = 0; i < v->n_pcis; i++)
		for (size_t k = 0; k < i; k++) {
			const struct vm_pci *p = &v->pcis[i], *q = &v->pcis[k];
			struct pci_addr a = p->host.fn == VM_FN_ALL ? q->host : p->host;

			if (!same_host(p, q))
				continue;
			a.fn = a.fn == VM_FN_ALL ? 0 : a.fn;
			vm_fault(v, VM_FAULT_DOUBLE_HOST, p->from,
				 arena_printf(v->arena, "%s is %s already", pci_addr_str(a, buf), q->from));
			break;
		}
}

bool vm_is_no_property(const char *name)
{
	static const char *const words[] = { "legacy-igd", "pcie",	"mapping",	 "mdev",
					     "vendor-id",  "device-id", "sub-vendor-id", "sub-device-id" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(name, words[i]) == 0)
			return true;
	return false;
}

/* ---- lists -------------------------------------------------------------------------------------------------- */

void vm_fault(struct vm *v, enum vm_fault_kind kind, const char *from, const char *text)
{
	struct vm_fault *f = arena_push(v->arena, v->faults, v->n_faults);

	if (f)
		*f = (struct vm_fault) { kind, from, text };
}

void vm_other(struct vm *v, const char *what, const char *value)
{
	struct vm_other *o = arena_push(v->arena, v->others, v->n_others);

	if (o)
		*o = (struct vm_other) { what, value };
}

void vm_arg(struct vm *v, const char *option, const char *value)
{
	struct vm_arg *x = arena_push(v->arena, v->args, v->n_args);

	if (x)
		*x = (struct vm_arg) { option, value };
}

struct vm_pci *vm_pci_of(struct vm *v, const char *id)
{
	for (size_t i = 0; i < v->n_pcis; i++)
		if (v->pcis[i].id && strcmp(v->pcis[i].id, id) == 0)
			return &v->pcis[i];
	return NULL;
}

void vm_lose(struct vm_losses *l, const char *what, const char *why)
{
	struct vm_lost *x = arena_push(l->arena, l->v, l->n);

	if (x)
		*x = (struct vm_lost) { what, why };
}

const char *vm_mdev_uuid(const struct vm *v, const struct vm_pci *p, struct vm_losses *l)
{
	const char *uuid = v->uuid && v->uuid[0] != '<' ? v->uuid : "00000000-0000-0000-0000-000000000001";

	if (strlen(p->mdev) == 36 && p->mdev[8] == '-')
		return p->mdev;
	vm_lose(l, arena_printf(v->arena, "the mediated device of type %s", p->mdev),
		arena_printf(
			v->arena,
			"make it first: echo %s > /sys/bus/pci/devices/0000:00:02.0/mdev_supported_types/%s/create",
			uuid, p->mdev));
	return uuid;
}
