// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/vm_pve.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "store/pve_conf.h"
#include "store/pve_schema.h"
#include "store/qemu_args.h"

/* A reader's state: the definition, and what is only known when all keys are read. */
struct reading {
	const struct pve_doc *d;
	struct vm *v;
	struct arena *a;
};

static const char *str(struct reading *r, struct span s)
{
	return arena_span(r->a, s);
}

static const char *property(struct reading *r, struct span value, const char *key, bool bare)
{
	struct span s;

	return pve_property(value, key, bare, &s) ? str(r, s) : NULL;
}

static enum vm_bool flag(struct span value, const char *key)
{
	struct span s;
	int b = pve_property(value, key, false, &s) ? pve_bool(s) : -1;

	return b < 0 ? VM_UNSAID : b ? VM_YES : VM_NO;
}

static enum vm_bool whole_flag(struct span value)
{
	int b = pve_bool(value);

	return b < 0 ? VM_UNSAID : b ? VM_YES : VM_NO;
}

static uint64_t number(struct span s, uint64_t otherwise)
{
	uint64_t n;

	return text_digits(&s, 10, &n) ? n : otherwise;
}

/* The digits at the end of a key: 3 of "hostpci3". */
static unsigned index_of(struct span key)
{
	size_t at = key.n;

	while (at > 0 && key.p[at - 1] >= '0' && key.p[at - 1] <= '9')
		at--;
	(void)span_from(key, at, &key);
	return (unsigned)number(key, 0);
}

/* ---- keys --------------------------------------------------------------------------------------------------- */

static void take_machine(struct reading *r, const struct pve_item *it)
{
	struct span type = { 0 };

	(void)pve_property(it->value, "type", true, &type);
	vm_machine_read(type, r->a, &r->v->machine);
	r->v->machine.viommu = property(r, it->value, "viommu", false);
}

static void take_bios(struct reading *r, const struct pve_item *it)
{
	r->v->firmware.kind = text_eq(it->value, "ovmf") ? VM_OVMF : VM_SEABIOS;
}

static void take_efidisk(struct reading *r, const struct pve_item *it)
{
	struct vm_firmware *f = &r->v->firmware;

	f->vars = property(r, it->value, "file", true);
	f->vars_size = property(r, it->value, "efitype", false);
	if (!f->vars_size)
		f->vars_size = "2m";
	f->secure_boot = flag(it->value, "pre-enrolled-keys");
}

static void take_vga(struct reading *r, const struct pve_item *it)
{
	r->v->display_raw = str(r, it->value);
	r->v->display = property(r, it->value, "type", true);
	r->v->display_from = "vga";
	if (r->v->display && strncmp(r->v->display, "serial", 6) == 0)
		r->v->display = "none";
}

static void take_cpu(struct reading *r, const struct pve_item *it)
{
	struct vm_cpu *c = &r->v->cpu;
	struct span bits;

	c->model = property(r, it->value, "cputype", true);
	c->flags = property(r, it->value, "flags", false);
	c->hidden = flag(it->value, "hidden");
	c->hv_vendor = property(r, it->value, "hv-vendor-id", false);
	if (pve_property(it->value, "phys-bits", false, &bits) ||
	    pve_property(it->value, "guest-phys-bits", false, &bits))
		c->phys_limit = (unsigned)number(bits, 0);
}

static void take_ostype(struct reading *r, const struct pve_item *it)
{
	static const struct {
		const char *word;
		enum vm_os os;
		unsigned windows;
	} types[] = {
		{ "l24", VM_OS_LINUX, 0 },	{ "l26", VM_OS_LINUX, 0 },	{ "wxp", VM_OS_WINDOWS, 5 },
		{ "w2k", VM_OS_WINDOWS, 5 },	{ "w2k3", VM_OS_WINDOWS, 5 },	{ "w2k8", VM_OS_WINDOWS, 6 },
		{ "wvista", VM_OS_WINDOWS, 6 }, { "win7", VM_OS_WINDOWS, 7 },	{ "win8", VM_OS_WINDOWS, 8 },
		{ "win10", VM_OS_WINDOWS, 10 }, { "win11", VM_OS_WINDOWS, 11 },
	};

	r->v->os_raw = str(r, it->value);
	r->v->os = VM_OS_OTHER;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (text_eq(it->value, types[i].word)) {
			r->v->os = types[i].os;
			r->v->windows = types[i].windows;
		}
}

static void take_smbios(struct reading *r, const struct pve_item *it)
{
	struct span s;

	if (pve_property(it->value, "uuid", false, &s))
		r->v->uuid = str(r, s);
}

static void take_tpm(struct reading *r, const struct pve_item *it)
{
	struct span s;

	r->v->tpm = (struct vm_tpm) { true, "1.2", property(r, it->value, "file", true) };
	if (pve_property(it->value, "version", false, &s) && text_eq(s, "v2.0"))
		r->v->tpm.version = "2.0";
}

static void take_hostpci(struct reading *r, const struct pve_item *it)
{
	struct vm_pci *p = arena_push(r->a, r->v->pcis, r->v->n_pcis);
	struct pci_addr host;
	struct pve_hostpci h;

	if (!p)
		return;
	pve_hostpci_read(it->value, &h);
	*p = (struct vm_pci) { .id = str(r, it->key), .from = str(r, it->key) };
	while (pve_hostpci_next(&h.hosts, &host)) {
		if (p->n_hosts++ == 0)
			p->host = host;
		p->has_host = true;
	}
	p->mapping = property(r, it->value, "mapping", false);
	p->mdev = property(r, it->value, "mdev", false);
	p->romfile_raw = property(r, it->value, "romfile", false);
	if (p->romfile_raw)
		p->romfile = arena_printf(r->a, PVE_ROM_DIR "%s", p->romfile_raw);
	p->rombar = flag(it->value, "rombar");
	p->x_vga = flag(it->value, "x-vga");
	p->legacy_igd = flag(it->value, "legacy-igd");
	p->pcie = flag(it->value, "pcie");
	p->driver = property(r, it->value, "driver", false);
	for (struct span rest = it->value, key, value; pve_property_next(&rest, &key, &value);)
		if (text_ends(key, "-id"))
			vm_setting_put(r->v, p, arena_printf(r->a, "x-pci-%.*s", (int)key.n, (const char *)key.p),
				       str(r, value), p->from);
}

static void take_usb(struct reading *r, const struct pve_item *it)
{
	struct vm_usb *u = arena_push(r->a, r->v->usbs, r->v->n_usbs);
	struct span host, vendor;
	uint64_t a, b;

	if (!u)
		return;
	*u = (struct vm_usb) { .from = str(r, it->key), .mapping = property(r, it->value, "mapping", false) };
	if (!pve_property(it->value, "host", true, &host))
		return;
	u->spice = text_eq(host, "spice");
	if (!text_until(&host, ":", &vendor)) {
		u->port = u->spice ? NULL : str(r, host);
		return;
	}
	(void)text_skip(&vendor, "0x");
	(void)text_skip(&host, "0x");
	if (text_digits(&vendor, 16, &a) && text_digits(&host, 16, &b)) {
		u->vendor = (uint16_t)a;
		u->product = (uint16_t)b;
	}
}

static enum vm_disk_bus disk_bus(struct span key)
{
	static const char *const buses[] = {
		[VM_DISK_IDE] = "ide", [VM_DISK_SATA] = "sata", [VM_DISK_SCSI] = "scsi", [VM_DISK_VIRTIO] = "virtio"
	};

	for (size_t i = 0; i < ARRAY_SIZE(buses); i++)
		if (text_starts(key, buses[i]))
			return (enum vm_disk_bus)i;
	return VM_DISK_OTHER;
}

static void take_disk(struct reading *r, const struct pve_item *it)
{
	struct vm_disk *d = arena_push(r->a, r->v->disks, r->v->n_disks);
	struct span s;

	if (!d)
		return;
	*d = (struct vm_disk) {
		.from = str(r, it->key),
		.bus = disk_bus(it->key),
		.index = index_of(it->key),
		.cdrom = pve_property(it->value, "media", false, &s) && text_eq(s, "cdrom"),
		.format = property(r, it->value, "format", false),
		.cache = property(r, it->value, "cache", false),
		.aio = property(r, it->value, "aio", false),
		.serial = property(r, it->value, "serial", false),
		.size = property(r, it->value, "size", false),
		.iothread = flag(it->value, "iothread"),
		.ssd = flag(it->value, "ssd"),
		.readonly = flag(it->value, "ro"),
	};
	if (pve_property(it->value, "file", true, &s) && !text_eq(s, "none"))
		d->source = str(r, s);
	if (pve_property(it->value, "discard", false, &s))
		d->discard = text_eq(s, "on") ? VM_YES : VM_NO;
}

static bool is_net_key(struct span key)
{
	static const char *const keys[] = { "bridge", "firewall", "link_down", "rate", "trunks", "host-tunnel" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (text_eq(key, keys[i]))
			return true;
	return false;
}

static void take_net(struct reading *r, const struct pve_item *it)
{
	struct vm_net *n = arena_push(r->a, r->v->nets, r->v->n_nets);
	struct span rest = it->value, key, value;

	if (!n)
		return;
	*n = (struct vm_net) { .from = str(r, it->key), .firewall = flag(it->value, "firewall") };
	n->link_down = flag(it->value, "link_down");
	n->bridge = property(r, it->value, "bridge", false);
	n->user = !n->bridge;
	while (pve_property_next(&rest, &key, &value)) {
		if (text_eq(key, "tag"))
			n->tag = (unsigned)number(value, 0);
		else if (text_eq(key, "mtu"))
			n->mtu = (unsigned)number(value, 0);
		else if (text_eq(key, "queues"))
			n->queues = (unsigned)number(value, 0);
		else if (text_eq(key, "model") || (key.n == 0 && !n->model))
			n->model = str(r, value);
		else if (text_eq(key, "macaddr"))
			n->mac = str(r, value);
		else if (!is_net_key(key) && !n->model) { /* "virtio=MAC" */
			n->model = str(r, key);
			n->mac = str(r, value);
		}
	}
}

static void take_agent(struct reading *r, const struct pve_item *it)
{
	struct span s;

	r->v->agent = pve_property(it->value, "enabled", true, &s) && pve_bool(s) == 1 ? VM_YES : VM_NO;
}

static void take_scalar(struct reading *r, const struct pve_item *it)
{
	struct vm *v = r->v;
	struct span memory = it->value;

	if (text_eq(it->key, "name"))
		v->name = str(r, it->value);
	else if (text_eq(it->key, "vmgenid"))
		v->vmgenid = str(r, it->value);
	else if (text_eq(it->key, "onboot"))
		v->onboot = whole_flag(it->value);
	else if (text_eq(it->key, "tablet"))
		v->tablet = whole_flag(it->value);
	else if (text_eq(it->key, "lock"))
		v->lock = str(r, it->value);
	else if (text_eq(it->key, "hugepages"))
		v->hugepages = VM_YES;
	else if (text_eq(it->key, "rng0"))
		v->rng = str(r, it->value);
	else if (text_eq(it->key, "audio0"))
		v->audio = str(r, it->value);
	else if (text_eq(it->key, "affinity"))
		v->cpu.affinity = str(r, it->value);
	else if (text_eq(it->key, "cores"))
		v->cpu.cores = (unsigned)number(it->value, 1);
	else if (text_eq(it->key, "sockets"))
		v->cpu.sockets = (unsigned)number(it->value, 1);
	else if (text_eq(it->key, "boot"))
		v->boot_raw = str(r, it->value);
	else if (text_eq(it->key, "description"))
		v->description = str(r, it->value);
	else if (text_eq(it->key, "memory")) {
		(void)pve_property(it->value, "current", true, &memory);
		v->memory_mib = number(memory, 512);
	} else if (text_eq(it->key, "balloon")) {
		v->balloon_mib = number(it->value, 0);
		v->balloon = v->balloon_mib ? VM_YES : VM_NO;
	}
}

static void take_serial(struct reading *r, const struct pve_item *it)
{
	(void)it;
	r->v->n_serial++;
}

static void take_nothing(struct reading *r, const struct pve_item *it)
{
	(void)r;
	(void)it;
}

/* A head with which a key may begin, digits behind it or not. Keys not in the table go to .others. */
static const struct {
	const char *head;
	bool indexed;
	void (*take)(struct reading *r, const struct pve_item *it);
} takers[] = {
	{ "machine", false, take_machine },  { "bios", false, take_bios },
	{ "efidisk", true, take_efidisk },   { "vga", false, take_vga },
	{ "cpu", false, take_cpu },	     { "ostype", false, take_ostype },
	{ "smbios", true, take_smbios },     { "tpmstate", true, take_tpm },
	{ "hostpci", true, take_hostpci },   { "usb", true, take_usb },
	{ "ide", true, take_disk },	     { "sata", true, take_disk },
	{ "scsi", true, take_disk },	     { "virtio", true, take_disk },
	{ "net", true, take_net },	     { "agent", false, take_agent },
	{ "serial", true, take_serial },     { "name", false, take_scalar },
	{ "vmgenid", false, take_scalar },   { "onboot", false, take_scalar },
	{ "tablet", false, take_scalar },    { "lock", false, take_scalar },
	{ "hugepages", false, take_scalar }, { "rng", true, take_scalar },
	{ "audio", true, take_scalar },	     { "affinity", false, take_scalar },
	{ "cores", false, take_scalar },     { "sockets", false, take_scalar },
	{ "boot", false, take_scalar },	     { "description", false, take_scalar },
	{ "memory", false, take_scalar },    { "balloon", false, take_scalar },
	{ "args", false, take_nothing },     { "meta", false, take_nothing },
	{ "unused", true, take_nothing },    { "parent", false, take_nothing },
};

static bool is_taker(struct span key, const char *head, bool indexed)
{
	uint64_t n;

	if (!indexed)
		return text_eq(key, head);
	return text_skip(&key, head) && text_digits(&key, 10, &n) && key.n == 0;
}

/* Words that say what is so anyway, or what each target arranges by itself. */
static bool says_nothing(const struct pve_item *it)
{
	return text_eq(it->key, "scsihw") || (text_eq(it->key, "numa") && pve_bool(it->value) == 0) ||
	       (text_eq(it->key, "localtime") && pve_bool(it->value) == 0);
}

static void key_take(struct reading *r, const struct pve_item *it)
{
	for (size_t i = 0; i < ARRAY_SIZE(takers); i++)
		if (is_taker(it->key, takers[i].head, takers[i].indexed)) {
			takers[i].take(r, it);
			return;
		}
	if (!says_nothing(it))
		vm_other(r->v, str(r, it->key), str(r, it->value));
}

/* ---- faults ------------------------------------------------------------------------------------------------- */

static const char *line_of(struct reading *r, const struct pve_item *it)
{
	return arena_printf(r->a, "line %zu", it->line);
}

/* False for a line that Proxmox drops. */
static bool item_check(struct reading *r, const struct pve_item *it)
{
	struct span what;
	const char *fault;

	if (it->kind == PVE_JUNK || !pve_key_known(it->key)) {
		vm_fault(r->v, VM_FAULT_UNKNOWN_KEY, line_of(r, it), str(r, text_trim(it->raw)));
		return false;
	}
	fault = pve_value_fault(it->key, it->value, &what);
	if (fault)
		vm_fault(r->v, VM_FAULT_BAD_VALUE, line_of(r, it),
			 arena_printf(r->a, "%.*s: \"%.*s\" %s", (int)it->key.n, (const char *)it->key.p,
				      (int)(what.n < 120 ? what.n : 120), (const char *)what.p, fault));
	return !fault;
}

static bool same_key(const struct pve_item *a, const struct pve_item *b)
{
	return a->key.n == b->key.n && memcmp(a->key.p, b->key.p, a->key.n) == 0;
}

static bool said_later(const struct pve_doc *d, size_t at)
{
	for (size_t i = at + 1; i < d->n_items && d->items[i].part == PVE_MAIN; i++)
		if (d->items[i].kind == PVE_KEY && same_key(&d->items[i], &d->items[at]))
			return true;
	return false;
}

static void keys_read(struct reading *r)
{
	bool keys = false, moved = false;

	for (size_t i = 0; i < r->d->n_items && r->d->items[i].part == PVE_MAIN; i++) {
		const struct pve_item *it = &r->d->items[i];

		if (it->kind == PVE_COMMENT && keys && !moved) {
			moved = true;
			vm_fault(r->v, VM_FAULT_COMMENT, line_of(r, it), str(r, text_trim(it->raw)));
		}
		if ((it->kind != PVE_KEY && it->kind != PVE_JUNK) || !item_check(r, it))
			continue;
		keys = true;
		if (said_later(r->d, i))
			vm_fault(r->v, VM_FAULT_DUPLICATE, line_of(r, it), str(r, text_trim(it->raw)));
		else
			key_take(r, it);
	}
}

/* ---- other parts of the file -------------------------------------------------------------------------------- */

static bool matters(struct span key)
{
	return text_starts(key, "hostpci") || text_eq(key, "args") || text_eq(key, "machine") ||
	       text_eq(key, "vga") || text_eq(key, "bios");
}

/* The keys in force that matter: at most as many as there are such keys. */
struct mattering {
	const struct pve_item *v[24];
	size_t n;
};

static void mattering_make(const struct pve_doc *d, struct mattering *m)
{
	for (size_t i = 0; i < d->n_items && d->items[i].part == PVE_MAIN && m->n < ARRAY_SIZE(m->v); i++) {
		const struct pve_item *it = &d->items[i];

		if (it->kind == PVE_KEY && pve_key_known(it->key) && matters(it->key) && !said_later(d, i))
			m->v[m->n++] = it;
	}
}

static bool says_the_same(const struct mattering *m, const struct pve_item *it)
{
	for (size_t i = 0; i < m->n; i++)
		if (same_key(it, m->v[i]))
			return m->v[i]->value.n == it->value.n &&
			       memcmp(m->v[i]->value.p, it->value.p, it->value.n) == 0;
	return false;
}

/* Does the snapshot that begins at @at lack one of them? */
static bool lacks(const struct pve_doc *d, size_t at, const struct mattering *m)
{
	size_t there = 0;

	for (size_t i = at + 1; i < d->n_items && d->items[i].kind != PVE_SECTION; i++)
		for (size_t k = 0; k < m->n && d->items[i].kind == PVE_KEY; k++)
			there += same_key(&d->items[i], m->v[k]);
	return there < m->n;
}

static void snapshot_add(struct reading *r, const char *name)
{
	const char **s;

	if (r->v->n_snapshots && strcmp(r->v->snapshots[r->v->n_snapshots - 1], name) == 0)
		return;
	s = arena_push(r->a, r->v->snapshots, r->v->n_snapshots);
	if (s)
		*s = name;
}

static void sections_read(struct reading *r)
{
	struct mattering m = { 0 };

	mattering_make(r->d, &m);
	for (size_t i = 0; i < r->d->n_items; i++) {
		const struct pve_item *it = &r->d->items[i];

		if (it->part == PVE_PENDING && it->kind == PVE_KEY)
			r->v->pending = true;
		if (it->part == PVE_SKIPPED && it->kind == PVE_SECTION)
			vm_fault(r->v, VM_FAULT_UNKNOWN_KEY, line_of(r, it), str(r, text_trim(it->raw)));
		if (it->part == PVE_SNAPSHOT && it->kind == PVE_SECTION && lacks(r->d, i, &m))
			snapshot_add(r, it->section);
		if (it->part == PVE_SNAPSHOT && it->kind == PVE_KEY && matters(it->key) && !says_the_same(&m, it))
			snapshot_add(r, it->section);
	}
}

/* ---- boot order --------------------------------------------------------------------------------------------- */

static unsigned *boot_of(struct vm *v, struct span name)
{
	for (size_t i = 0; i < v->n_disks; i++)
		if (text_eq(name, v->disks[i].from))
			return &v->disks[i].boot;
	for (size_t i = 0; i < v->n_nets; i++)
		if (text_eq(name, v->nets[i].from))
			return &v->nets[i].boot;
	for (size_t i = 0; i < v->n_pcis; i++)
		if (v->pcis[i].id && text_eq(name, v->pcis[i].id))
			return &v->pcis[i].boot;
	return NULL;
}

static void boot_read(struct reading *r)
{
	struct vm *v = r->v;
	struct span order, name, value = span_str(v->boot_raw ? v->boot_raw : "");
	const char **lost;
	unsigned place = 0, *boot;

	if (!v->boot_raw)
		return;
	if (!pve_property(value, "order", false, &order)) {
		v->boot_empty = value.n == 0; /* else the letters of old, "cdn" */
		return;
	}
	while (text_part(&order, ";", &name)) {
		name = text_trim(name);
		boot = boot_of(v, name);
		if (boot)
			*boot = ++place;
		else if (name.n && (lost = arena_push(r->a, v->boot_lost, v->n_boot_lost)))
			*lost = str(r, name);
	}
	v->boot_empty = place == 0;
}

/* ---- the guest's slots -------------------------------------------------------------------------------------- */

static bool is_said(const struct vm *v, const char *what)
{
	for (size_t i = 0; i < v->n_others; i++)
		if (strcmp(v->others[i].what, what) == 0)
			return true;
	return false;
}

static bool legacy_igd(const struct vm *v)
{
	for (size_t i = 0; i < v->n_pcis; i++)
		if (v->pcis[i].legacy_igd == VM_YES)
			return true;
	return false;
}

/* PVE/QemuServer/PCI.pm get_pci_addr_map(): the buses pci.0 and pcie.0. */
static void hold_pc(struct vm *v)
{
	bool scsi = false, sata = false;

	vm_hold_machine(v);
	vm_hold(v, 0x01, 2, "PIIX3 USB", NULL);
	if (!legacy_igd(v)) {
		if (!v->display || strcmp(v->display, "none") != 0)
			vm_hold(v, 0x02, 0, "VGA", v->display_from);
		vm_hold(v, 0x1f, 0, "PCI bridge pci.2", NULL);
	}
	if (v->balloon != VM_NO)
		vm_hold(v, 0x03, 0, "balloon", "balloon");
	if (is_said(v, "watchdog"))
		vm_hold(v, 0x04, 0, "watchdog", "watchdog");
	for (size_t i = 0; i < v->n_disks; i++) {
		const struct vm_disk *d = &v->disks[i];

		scsi |= d->bus == VM_DISK_SCSI;
		sata |= d->bus == VM_DISK_SATA;
		if (d->bus == VM_DISK_VIRTIO && d->index < 6)
			vm_hold(v, (uint8_t)(0x0a + d->index), 0, d->from, d->from);
	}
	if (scsi)
		vm_hold(v, 0x05, 0, "SCSI controller", "scsihw");
	if (sata)
		vm_hold(v, 0x07, 0, "AHCI controller", NULL);
	if (v->agent == VM_YES)
		vm_hold(v, 0x08, 0, "agent's serial controller", "agent");
	for (size_t i = 0; i < v->n_nets; i++) {
		unsigned n = index_of(span_str(v->nets[i].from));

		if (n < 6)
			vm_hold(v, (uint8_t)(0x12 + n), 0, v->nets[i].from, v->nets[i].from);
	}
	vm_hold(v, 0x1e, 0, "PCI bridge pci.1", NULL);
}

static void hold_q35(struct vm *v)
{
	vm_hold_machine(v);
	if (!v->display || strcmp(v->display, "none") != 0)
		vm_hold(v, 0x01, 0, "VGA", v->display_from);
	vm_hold(v, 0x1a, 0, "USB controllers", NULL);
	for (uint8_t fn = 0; fn < 4; fn++)
		vm_hold(v, 0x1c, fn, "PCI Express root port", NULL);
	vm_hold(v, 0x1d, 0, "USB controllers", NULL);
	vm_hold(v, 0x1e, 0, "bridge to pci.0", NULL);
}

static void hostpci_place(struct vm *v, struct vm_pci *p)
{
	static const uint8_t pc[] = { 0x10, 0x11, 0x1b, 0x1c };
	unsigned n = index_of(span_str(p->id));

	if (v->machine.kind == VM_MACHINE_Q35)
		p->guest = v->windows == 7     ? (struct vm_slot) { VM_PLACE_ROOT, (uint8_t)(0x10 + n), 0, "pcie.0" }
			   : p->pcie == VM_YES ? (struct vm_slot) { VM_PLACE_BEHIND, 0, 0, "ich9-pcie-port" }
					       : (struct vm_slot) { VM_PLACE_BEHIND, 0, 0, "pci.0" };
	else if (p->legacy_igd == VM_YES)
		p->guest = (struct vm_slot) { VM_PLACE_ROOT, 2, 0, "pci.0" };
	else if (n < ARRAY_SIZE(pc))
		p->guest = (struct vm_slot) { VM_PLACE_ROOT, pc[n], 0, "pci.0" };
	else
		p->guest = (struct vm_slot) { VM_PLACE_BEHIND, 0, 0, "pci.2" };
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static void args_read(struct reading *r)
{
	const struct pve_item *it = pve_doc_get(r->d, "args");
	struct report rep = { 0 };
	struct args_word *words;
	size_t n;

	if (!it)
		return;
	if (args_words(it->value, r->a, &words, &n, &rep) < 0) {
		vm_fault(r->v, VM_FAULT_BAD_VALUE, "args", arena_str(r->a, rep.refusal.text));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		bool value = words[i].text[0] == '-' && qemu_option_has_value(words[i].text) && i + 1 < n;

		vm_arg(r->v, words[i].text, value ? words[i + 1].text : NULL);
		i += value;
	}
}

static bool is_fragment(const struct pve_doc *d)
{
	static const char *const always[] = { "cores",	"memory", "name",    "net0",
					      "ostype", "scsihw", "sockets", "smbios1" };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		n += pve_doc_get(d, always[i]) != NULL;
	return n < 2;
}

int vm_pve_read(const struct pve_doc *d, const char *id, struct arena *a, struct vm *ret)
{
	struct vm v;
	struct reading r = { d, &v, a };

	vm_init(&v, VM_PVE, a);
	v.id = id;
	v.json_devices = VM_NO; /* hostpci devices are plain strings */
	v.fragment = is_fragment(d);
	keys_read(&r);
	sections_read(&r);
	v.cpu.vcpus = (v.cpu.cores ? v.cpu.cores : 1) * (v.cpu.sockets ? v.cpu.sockets : 1);
	v.screen = v.display && strcmp(v.display, "none") == 0 ? VM_NO : VM_YES;
	boot_read(&r);
	args_read(&r);
	if (v.machine.kind == VM_MACHINE_PC)
		hold_pc(&v);
	else if (v.machine.kind == VM_MACHINE_Q35)
		hold_q35(&v);
	for (size_t i = 0; i < v.n_pcis; i++)
		hostpci_place(&v, &v.pcis[i]);
	vm_read_args(&v);
	vm_hold_pcis(&v); /* -set may have moved them */
	vm_hosts_compare(&v);
	*ret = v;
	return a->full ? -IGD_ENOMEM : 0;
}
