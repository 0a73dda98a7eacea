// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/vm_domain_devices.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* ---- small words -------------------------------------------------------------------------------------------- */

bool domain_number(const char *s, uint64_t max, uint64_t *ret)
{
	struct span rest = span_str(s ? s : "");
	uint64_t n = 0;
	uint8_t c;

	if (text_skip(&rest, "0x") || text_skip(&rest, "0X")) {
		if (!text_digits(&rest, 16, &n) || rest.n)
			return false;
	} else if (rest.n > 1 && text_starts(rest, "0")) {
		for (size_t i = 0; span_u8(rest, i, &c); i++) {
			if (c < '0' || c > '7' || n > UINT64_MAX / 8)
				return false;
			n = n * 8 + (uint64_t)(c - '0');
		}
	} else if (!text_digits(&rest, 10, &n) || rest.n) {
		return false;
	}
	if (n > max)
		return false;
	*ret = n;
	return true;
}

static bool part_read(const xmlNode *n, const char *attr, uint64_t max, struct arena *a, uint64_t *ret)
{
	const char *s = node_attr(n, attr, a);

	*ret = 0;
	return !s || domain_number(s, max, ret);
}

bool domain_address(const xmlNode *n, struct arena *a, struct pci_addr *ret)
{
	uint64_t domain, bus, slot, fn;

	if (!n || !part_read(n, "domain", UINT32_MAX, a, &domain) || !part_read(n, "bus", 0xff, a, &bus) ||
	    !part_read(n, "slot", PCI_DEVFN_MAX - 1, a, &slot) || !part_read(n, "function", 7, a, &fn))
		return false;
	*ret = (struct pci_addr) { (uint32_t)domain, (uint8_t)bus, (uint8_t)slot, (uint8_t)fn };
	return true;
}

const char *domain_hostdev_id(const xmlNode *n, unsigned *next_number, struct arena *a)
{
	const char *alias = node_attr(node_first(n, "alias"), "name", a);

	/* Other aliases are libvirt's own notes of a running domain and are made anew at the next start. */
	if (alias && text_starts(span_str(alias), "ua-"))
		return alias;
	return arena_printf(a, "hostdev%u", (*next_number)++);
}

enum vm_bool domain_flag(const xmlNode *n, const char *attr, struct arena *a)
{
	return vm_bool_read(node_attr(n, attr, a));
}

static unsigned small_number(const char *s)
{
	uint64_t n;

	return s && text_number(span_str(s), &n) && n <= 65535 ? (unsigned)n : 0;
}

static unsigned boot_order(const xmlNode *n, struct arena *a)
{
	return small_number(node_attr(node_first(n, "boot"), "order", a));
}

static const char *const buses[] = {
	[VM_DISK_IDE] = "ide",	     [VM_DISK_SATA] = "sata", [VM_DISK_SCSI] = "scsi",
	[VM_DISK_VIRTIO] = "virtio", [VM_DISK_OTHER] = "usb",
};

const char *domain_bus_str(enum vm_disk_bus bus)
{
	return buses[bus];
}

static bool is_word_of(const char *words, const char *name)
{
	struct span rest = span_str(words), word;

	while (text_word(&rest, &word))
		if (text_eq(word, name))
			return true;
	return false;
}

void domain_others(struct domain_reading *r, const xmlNode *n, const char *path, const char *known)
{
	for (const xmlNode *c = node_kid(n); c; c = node_sibling(c))
		if (!c->ns && !is_word_of(known, (const char *)c->name))
			vm_other(r->v, arena_printf(r->a, "%s%s%s", path, *path ? "/" : "", (const char *)c->name),
				 node_gist(c, r->a));
}

static void path_check(struct domain_reading *r, const char *from, const char *path)
{
	if (path && *path && *path != '/')
		vm_fault(r->v, VM_FAULT_RELATIVE, from, path);
}

/* ---- guest addresses ---------------------------------------------------------------------------------------- */

/* Does the machine type have this very device there? libvirt lists those controllers too. */
static bool is_built_in(const struct vm *v, const xmlNode *n, struct pci_addr at)
{
	if (!node_is(n, "controller"))
		return false;
	if (v->machine.kind == VM_MACHINE_Q35)
		return node_attr_is(n, "type", "sata") && at.dev == 0x1f && at.fn == 2;
	return at.dev == 1 &&
	       ((at.fn == 1 && node_attr_is(n, "type", "ide")) || (at.fn == 2 && node_attr_is(n, "type", "usb")));
}

/* A device's guest address into the list of them. False: it has none that is PCI. */
static bool place_take(struct domain_reading *r, const xmlNode *n, const char *from, struct pci_addr *ret)
{
	const xmlNode *address = node_first(n, "address");
	struct domain_place *p;

	if (!address || !node_attr_is(address, "type", "pci"))
		return false;
	if (!node_attr(address, "slot", r->a) && !node_attr(address, "bus", r->a))
		return false; /* "<address type='pci'/>" leaves it to libvirt */
	if (!domain_address(address, r->a, ret)) {
		vm_fault(r->v, VM_FAULT_BAD_VALUE, from, node_gist(address, r->a));
		return false;
	}
	p = arena_push(r->a, r->places, r->n_places);
	if (p)
		*p = (struct domain_place) { ret->domain, ret->bus, ret->dev, ret->fn, from };
	return true;
}

static const char *machine_part(const struct domain_reading *r, const struct domain_place *p)
{
	for (size_t i = 0; p->domain == 0 && p->bus == 0 && i < r->v->n_holders; i++) {
		const struct vm_holder *h = &r->v->holders[i];

		if (!h->from && h->dev == p->dev && h->fn == p->fn)
			return h->who;
	}
	return NULL;
}

static void doubles_find(struct domain_reading *r)
{
	for (size_t i = 0; i < r->n_places; i++) {
		const struct domain_place *p = &r->places[i];

		for (size_t k = 0; k < i; k++) {
			const struct domain_place *q = &r->places[k];

			if (p->domain == q->domain && p->bus == q->bus && p->dev == q->dev && p->fn == q->fn) {
				vm_fault(r->v, VM_FAULT_DOUBLE_GUEST, p->from,
					 arena_printf(r->a, "%04x:%02x:%02x.%x is %s already", p->domain, p->bus,
						      p->dev, p->fn, q->from));
				break;
			}
		}
	}
}

/* What a device is, in two words: "video qxl", "controller usb qemu-xhci", "pcie-root-port pci.2". */
static const char *who_of(const xmlNode *n, struct arena *a)
{
	const xmlNode *inner = node_first(n, "model");
	const char *type = node_attr(inner, "type", a), *model = node_attr(n, "model", a);

	if (node_is(n, "controller") && node_attr_is(n, "type", "pci"))
		return arena_printf(a, "%s pci.%s", or_dash(model), or_dash(node_attr(n, "index", a)));
	if (!type)
		type = node_attr(n, "type", a);
	return arena_printf(a, "%s%s%s%s%s", (const char *)n->name, type ? " " : "", type ? type : "",
			    model ? " " : "", model ? model : "");
}

/* Any device but a hostdev: does it sit on the root bus? */
static void place_hold(struct domain_reading *r, const xmlNode *n, const char *from)
{
	struct pci_addr at;
	struct domain_place *last;
	const char *part;

	if (!place_take(r, n, from, &at) || is_built_in(r->v, n, at))
		return;
	last = &r->places[r->n_places - 1];
	part = machine_part(r, last);
	if (part)
		vm_fault(r->v, VM_FAULT_DOUBLE_GUEST, from,
			 arena_printf(r->a, "%04x:%02x:%02x.%x is the %s", at.domain, at.bus, at.dev, at.fn, part));
	if (at.domain == 0 && at.bus == 0)
		vm_hold(r->v, at.dev, at.fn, who_of(n, r->a), from);
}

/* ---- hostdevs ----------------------------------------------------------------------------------------------- */

static void rom_take(struct domain_reading *r, const xmlNode *rom, struct vm_pci *p)
{
	p->romfile = p->romfile_raw = node_attr(rom, "file", r->a);
	p->rombar = domain_flag(rom, "bar", r->a);
	if (domain_flag(rom, "enabled", r->a) == VM_NO)
		p->romfile = ""; /* libvirt gives QEMU an empty name then, and no BAR */
	path_check(r, arena_printf(r->a, "%s, rom", p->from), p->romfile);
}

static void guest_take(struct domain_reading *r, const xmlNode *n, struct vm_pci *p)
{
	const xmlNode *address = node_first(n, "address");
	struct pci_addr at;

	p->multifunction = domain_flag(address, "multifunction", r->a);
	if (!place_take(r, n, p->from, &at))
		return;
	p->guest = (struct vm_slot) { at.domain || at.bus ? VM_PLACE_BEHIND : VM_PLACE_ROOT, at.dev, at.fn,
				      node_attr(address, "bus", r->a) };
}

static void pci_take(struct domain_reading *r, const xmlNode *n, const char *id, const char *from)
{
	struct vm_pci *p = arena_push(r->a, r->v->pcis, r->v->n_pcis);
	const xmlNode *address = node_at(node_first(n, "source"), "address");
	const char *driver = node_attr(node_first(n, "driver"), "name", r->a);

	if (!p)
		return;
	*p = (struct vm_pci) { .id = id, .from = from, .managed = domain_flag(n, "managed", r->a) };
	if (node_attr_is(n, "type", "mdev")) {
		p->mdev = node_attr(address, "uuid", r->a);
		p->display = domain_flag(n, "display", r->a);
		p->ramfb = domain_flag(n, "ramfb", r->a);
	} else if (domain_address(address, r->a, &p->host)) {
		p->has_host = true;
		p->n_hosts = 1;
	} else if (address) {
		vm_fault(r->v, VM_FAULT_BAD_VALUE, from, node_gist(address, r->a));
	}
	if (driver && strcmp(driver, "vfio") != 0)
		vm_other(r->v, arena_printf(r->a, "devices/%s/driver", from), driver);
	rom_take(r, node_first(n, "rom"), p);
	p->boot = boot_order(n, r->a);
	guest_take(r, n, p);
}

static void usb_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	struct vm_usb *u = arena_push(r->a, r->v->usbs, r->v->n_usbs);
	const xmlNode *source = node_first(n, "source"), *address = node_first(source, "address");
	uint64_t id;

	if (!u)
		return;
	*u = (struct vm_usb) { .from = from };
	if (domain_number(node_attr(node_first(source, "vendor"), "id", r->a), 0xffff, &id))
		u->vendor = (uint16_t)id;
	if (domain_number(node_attr(node_first(source, "product"), "id", r->a), 0xffff, &id))
		u->product = (uint16_t)id;
	/* A device number is another one after each plugging in: no port. */
	if (address)
		vm_other(r->v, arena_printf(r->a, "devices/%s/source/address", from), node_gist(address, r->a));
}

static void hostdev_take(struct domain_reading *r, const xmlNode *n, const char *unused)
{
	const char *from = arena_printf(r->a, "hostdev %u", r->n_hostdevs++);
	const char *id = domain_hostdev_id(n, &r->next_number, r->a);
	const char **known = arena_push(r->a, r->hostdev_ids, r->n_hostdev_ids);

	(void)unused;
	if (known)
		*known = id;
	if (node_attr_is(n, "type", "pci") || node_attr_is(n, "type", "mdev"))
		pci_take(r, n, id, from);
	else if (node_attr_is(n, "type", "usb"))
		usb_take(r, n, from);
	else
		vm_other(r->v, arena_printf(r->a, "devices/%s", from), node_gist(n, r->a));
	domain_others(r, n, arena_printf(r->a, "devices/%s", from), "source driver rom boot address alias");
}

/* ---- disks and interfaces ----------------------------------------------------------------------------------- */

static const char *disk_source(struct domain_reading *r, const xmlNode *n, const char *from)
{
	const xmlNode *source = node_first(n, "source");
	const char *file = node_attr(source, "file", r->a), *s;

	if (file) {
		path_check(r, from, file);
		return file;
	}
	s = node_attr(source, "dev", r->a);
	if (s)
		return s;
	s = node_attr(source, "pool", r->a);
	if (s)
		return arena_printf(r->a, "%s:%s", s, or_dash(node_attr(source, "volume", r->a)));
	s = node_attr(source, "protocol", r->a);
	return s ? arena_printf(r->a, "%s:%s", s, or_dash(node_attr(source, "name", r->a))) : NULL;
}

/* "sdb" is the second: letters count as in a spreadsheet. */
static unsigned letters_index(const char *dev)
{
	unsigned n = 0;

	for (size_t i = 2; dev[0] && dev[1] && dev[i] >= 'a' && dev[i] <= 'z' && n < 1000; i++)
		n = n * 26 + (unsigned)(dev[i] - 'a') + 1;
	return n ? n - 1 : 0;
}

static enum vm_disk_bus bus_of(const char *bus, const char *dev)
{
	for (size_t i = 0; bus && i < ARRAY_SIZE(buses); i++)
		if (strcmp(buses[i], bus) == 0)
			return (enum vm_disk_bus)i;
	if (bus)
		return VM_DISK_OTHER;
	/* By the name, as libvirt guesses (conf/domain_conf.c virDomainDiskDefParseXML()). */
	return strncmp(dev, "hd", 2) == 0   ? VM_DISK_IDE
	       : strncmp(dev, "sd", 2) == 0 ? VM_DISK_SCSI
	       : strncmp(dev, "vd", 2) == 0 ? VM_DISK_VIRTIO
					    : VM_DISK_OTHER;
}

static void disk_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	const xmlNode *driver = node_first(n, "driver"), *target = node_first(n, "target");
	const char *dev = node_attr(target, "dev", r->a), *discard = node_attr(driver, "discard", r->a);
	struct vm_disk *d = NULL;

	place_hold(r, n, dev ? dev : from);
	if (!node_attr_is(n, "device", "floppy"))
		d = arena_push(r->a, r->v->disks, r->v->n_disks);
	else
		vm_other(r->v, arena_printf(r->a, "devices/%s", from), "a floppy drive");
	if (!d)
		return;
	*d = (struct vm_disk) {
		.from = dev ? dev : from,
		.bus = bus_of(node_attr(target, "bus", r->a), dev ? dev : ""),
		.index = letters_index(dev ? dev : ""),
		.cdrom = node_attr_is(n, "device", "cdrom"),
		.source = disk_source(r, n, dev ? dev : from),
		.format = node_attr(driver, "type", r->a),
		.cache = node_attr(driver, "cache", r->a),
		.aio = node_attr(driver, "io", r->a),
		.serial = node_text(node_first(n, "serial"), r->a),
		.iothread = node_attr(driver, "iothread", r->a) ? VM_YES : VM_UNSAID,
		.ssd = node_attr_is(target, "rotation_rate", "1") ? VM_YES : VM_UNSAID,
		.readonly = node_first(n, "readonly") ? VM_YES : VM_UNSAID,
		.boot = boot_order(n, r->a),
	};
	if (discard)
		d->discard = strcmp(discard, "unmap") == 0 ? VM_YES : VM_NO;
	domain_others(r, n, arena_printf(r->a, "devices/disk %s", d->from),
		      "driver source target serial readonly boot address alias backingStore");
}

static void interface_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	const xmlNode *source = node_first(n, "source");
	struct vm_net *x;

	if (node_attr_is(n, "type", "hostdev")) /* its name was given to it before the hostdevs: see there */
		return;
	place_hold(r, n, from);
	x = arena_push(r->a, r->v->nets, r->v->n_nets);
	if (!x)
		return;
	*x = (struct vm_net) {
		.from = from,
		.model = node_attr(node_first(n, "model"), "type", r->a),
		.mac = node_attr(node_first(n, "mac"), "address", r->a),
		.bridge = node_attr(source, "bridge", r->a),
		.network = node_attr(source, "network", r->a),
		.tag = small_number(node_attr(node_at(node_first(n, "vlan"), "tag"), "id", r->a)),
		.mtu = small_number(node_attr(node_first(n, "mtu"), "size", r->a)),
		.queues = small_number(node_attr(node_first(n, "driver"), "queues", r->a)),
		.user = node_attr_is(n, "type", "user"),
		.boot = boot_order(n, r->a),
	};
	if (node_first(n, "link"))
		x->link_down = node_attr_is(node_first(n, "link"), "state", "down") ? VM_YES : VM_NO;
	if (!x->user && !x->bridge && !x->network)
		vm_other(r->v, arena_printf(r->a, "devices/%s", from), node_gist(n, r->a));
	domain_others(r, n, arena_printf(r->a, "devices/%s", from),
		      "source model mac vlan mtu driver link boot address alias target");
}

/* libvirt names the devices behind interfaces before it names the hostdevs (qemu_alias.c
 * qemuAssignDeviceAliases()), out of one row of numbers. */
static void interface_hostdevs_take(struct domain_reading *r, const xmlNode *devices)
{
	unsigned at = 0;

	for (const xmlNode *n = node_first(devices, "interface"); n; n = node_next(n, "interface"), at++) {
		const char *from = arena_printf(r->a, "interface %u", at), **known;

		if (!node_attr_is(n, "type", "hostdev"))
			continue;
		known = arena_push(r->a, r->hostdev_ids, r->n_hostdev_ids);
		if (!known)
			return;
		*known = domain_hostdev_id(n, &r->next_number, r->a);
		pci_take(r, n, *known, from);
	}
}

/* ---- the other devices -------------------------------------------------------------------------------------- */

static void video_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	const xmlNode *model = node_first(n, "model");
	const char *type = node_attr(model, "type", r->a);
	bool q35 = r->v->machine.kind == VM_MACHINE_Q35, none = type && strcmp(type, "none") == 0;

	if (r->v->display && !node_attr_is(model, "primary", "yes")) {
		vm_other(r->v, arena_printf(r->a, "devices/%s", from), node_gist(model ? model : n, r->a));
	} else {
		r->v->display_raw = type ? type : "";
		r->v->display = type && strcmp(type, "vga") == 0 ? "std" : type;
		r->v->display_from = from;
	}
	if (node_first(n, "address") || none) {
		place_hold(r, n, from);
		return;
	}
	/* The first video has this slot unless something else is there (qemu_domain_address.c
	 * qemuDomainValidateDevicePCISlotsPIIX3() and Q35()). */
	if (strcmp(from, "video 0") == 0)
		vm_hold(r->v, q35 ? 1 : 2, 0, who_of(n, r->a), from);
}

static void graphics_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	(void)from;
	if (!node_attr_is(n, "type", "egl-headless"))
		r->v->screen = VM_YES;
}

static void serial_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	place_hold(r, n, from);
	r->v->n_serial++;
}

/* The first serial console is another name of the first serial line, or makes it. */
static void console_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	const xmlNode *target = node_first(n, "target");
	const char *type = node_attr(target, "type", r->a);

	place_hold(r, n, from);
	if (type && strcmp(type, "serial") != 0)
		vm_other(r->v, arena_printf(r->a, "devices/%s", from), type);
	else if (r->v->n_serial == 0 && !node_first(n->parent, "serial"))
		r->v->n_serial = 1;
}

static void channel_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	const char *name = node_attr(node_first(n, "target"), "name", r->a);

	if (name && strcmp(name, "org.qemu.guest_agent.0") == 0)
		r->v->agent = VM_YES;
	else
		vm_other(r->v, arena_printf(r->a, "devices/%s", from), name ? name : node_gist(n, r->a));
}

static void balloon_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	r->v->balloon = node_attr_is(n, "model", "none") ? VM_NO : VM_YES;
	place_hold(r, n, from);
}

static void controller_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	r->usb_controller |= node_attr_is(n, "type", "usb");
	place_hold(r, n, from);
}

static void tpm_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	const xmlNode *backend = node_first(n, "backend");
	const char *version = node_attr(backend, "version", r->a);

	r->v->tpm = (struct vm_tpm) { .there = true, .version = version ? version : "2.0" };
	if (backend && !node_attr_is(backend, "type", "emulator"))
		vm_other(r->v, arena_printf(r->a, "devices/%s/backend", from), node_gist(backend, r->a));
}

static void sound_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	place_hold(r, n, from);
	if (!r->v->audio)
		r->v->audio = node_attr(n, "model", r->a);
}

static void rng_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	const xmlNode *backend = node_first(n, "backend");
	const char *path = node_text(backend, r->a);

	place_hold(r, n, from);
	if (!r->v->rng) /* libvirt's own choice is /dev/urandom (docs/formatdomain.rst) */
		r->v->rng = node_attr_is(backend, "model", "random") && path ? path : "/dev/urandom";
}

static void input_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	place_hold(r, n, from);
	if (node_attr_is(n, "type", "tablet"))
		r->v->tablet = VM_YES;
	else if (node_attr_is(n, "type", "evdev") || node_attr_is(n, "type", "passthrough"))
		vm_other(r->v, arena_printf(r->a, "devices/%s", from), node_gist(n, r->a));
}

static void viommu_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	place_hold(r, n, from);
	r->v->machine.viommu = node_attr(n, "model", r->a);
}

static void plain_take(struct domain_reading *r, const xmlNode *n, const char *from)
{
	place_hold(r, n, from);
}

static const struct taker {
	const char *name;
	void (*take)(struct domain_reading *r, const xmlNode *n, const char *from);
} takers[] = {
	{ "hostdev", hostdev_take },
	{ "disk", disk_take },
	{ "interface", interface_take },
	{ "video", video_take },
	{ "graphics", graphics_take },
	{ "serial", serial_take },
	{ "console", console_take },
	{ "channel", channel_take },
	{ "memballoon", balloon_take },
	{ "controller", controller_take },
	{ "tpm", tpm_take },
	{ "sound", sound_take },
	{ "rng", rng_take },
	{ "input", input_take },
	{ "iommu", viommu_take },
	{ "hub", plain_take },
	{ "audio", plain_take },
};

static void device_take(struct domain_reading *r, const xmlNode *n, unsigned seen[ARRAY_SIZE(takers)])
{
	const char *name = (const char *)n->name;

	for (size_t i = 0; i < ARRAY_SIZE(takers); i++)
		if (strcmp(takers[i].name, name) == 0) {
			takers[i].take(r, n, arena_printf(r->a, "%s %u", name, seen[i]++));
			return;
		}
	place_hold(r, n, name);
	vm_other(r->v, arena_printf(r->a, "devices/%s", name), node_gist(n, r->a));
}

/* What libvirt adds unasked to a whole domain (conf/domain_postparse.c and qemu_domain.c
 * qemuDomainDefAddDefaultDevices()). */
static void defaults_take(struct domain_reading *r, const xmlNode *devices)
{
	struct vm *v = r->v;

	if (v->balloon == VM_UNSAID)
		v->balloon = VM_YES;
	if (v->agent == VM_UNSAID)
		v->agent = VM_NO;
	if (v->screen == VM_UNSAID)
		v->screen = VM_NO;
	if (!v->display_from && v->screen == VM_YES) /* a screen wants a display */
		vm_hold(v, v->machine.kind == VM_MACHINE_Q35 ? 1 : 2, 0, "VGA", "graphics");
	else if (!v->display_from)
		v->display = "none";
	if (!r->usb_controller && v->machine.kind == VM_MACHINE_PC && devices)
		vm_hold(v, 0x01, 2, "PIIX3 USB", NULL);
}

void domain_devices_read(struct domain_reading *r)
{
	const xmlNode *devices = r->d->fragment ? NULL : node_first(r->d->root, "devices");
	unsigned seen[ARRAY_SIZE(takers)] = { 0 };

	if (r->d->fragment) {
		hostdev_take(r, r->d->root, NULL);
		return;
	}
	interface_hostdevs_take(r, devices);
	for (const xmlNode *n = node_kid(devices); n; n = node_sibling(n))
		if (!n->ns && !node_is(n, "emulator"))
			device_take(r, n, seen);
	for (size_t i = 0; i < r->v->n_pcis; i++) { /* the machine's own parts, for hostdevs */
		const struct vm_pci *p = &r->v->pcis[i];
		const struct domain_place at = { .dev = p->guest.dev, .fn = p->guest.fn };
		const char *part = p->guest.place == VM_PLACE_ROOT ? machine_part(r, &at) : NULL;

		if (part)
			vm_fault(r->v, VM_FAULT_DOUBLE_GUEST, p->from,
				 arena_printf(r->a, "0000:00:%02x.%x is the %s", at.dev, at.fn, part));
	}
	defaults_take(r, devices);
	doubles_find(r);
	vm_hosts_compare(r->v);
}
