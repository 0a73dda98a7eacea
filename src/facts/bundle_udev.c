// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bundle_udev.c - udevadm info --export-db: records of "P: /devices/..." and "E: KEY=value" lines, a blank line
 * after each (systemd src/udev/udevadm-info.c). The keys are what the kernel sends with its events: Linux
 * drivers/pci/pci-driver.c pci_uevent(), drivers/usb/core/usb.c usb_dev_uevent().
 */
#include "facts/bundle.h"

/* The last PCI address in a device path, and the one before it. */
static size_t path_functions(struct span path, struct pci_addr *ret_last, struct pci_addr *ret_above)
{
	struct span part;
	struct pci_addr a;
	size_t n = 0;

	while (text_part(&path, "/", &part)) {
		if (part.n >= 12 && pci_addr_read(&part, &a) && part.n == 0) {
			*ret_above = *ret_last;
			*ret_last = a;
			n++;
		}
	}
	return n;
}

static bool pair_hex(struct span s, uint64_t *ret)
{
	uint64_t vendor, device;

	if (!text_digits(&s, 16, &vendor) || !text_skip(&s, ":") || !text_digits(&s, 16, &device) || s.n ||
	    vendor > 0xffff || device > 0xffff)
		return false;
	*ret = vendor << 16 | device;
	return true;
}

static void record_pci(struct bundle *b, const struct udev *u)
{
	struct pci_addr a, last = { 0 }, above = { 0 };
	struct span slot = u->slot, class = u->class;
	struct pci_fn *p;
	uint64_t v;

	if (!pci_addr_read(&slot, &a) || !(p = facts_pci(b->f, a, u->from)))
		return;
	if (pair_hex(u->id, &v) && !bundle_pci_id(b, p, v))
		return;
	if (pair_hex(u->subsys, &v))
		fact_num_set(&p->subsys, v, u->from);
	if (text_digits(&class, 16, &v) && v <= 0xffffff) {
		fact_num_set(&p->class, v >> 8, u->from);
		fact_num_set(&p->prog_if, v & 0xff, u->from);
	}
	fact_str_set(&p->driver, bundle_keep(b, u->driver), u->from); /* no DRIVER= is no driver */
	if (u->name.n)
		fact_str_set(&p->name, bundle_keep(b, u->name), u->from);
	if (path_functions(u->path, &last, &above) >= 2 && (p = facts_pci(b->f, above, u->from))) {
		fact_num_set(&p->secondary, a.bus, u->from);
		fact_num_set(&p->header_type, PCI_HEADER_TYPE_BRIDGE, u->from);
	}
}

static struct span last_component(struct span path)
{
	struct span part = path, before;

	while (text_until(&part, "/", &before))
		continue;
	return part;
}

static struct usb_dev *usb_by_path(struct bundle *b, struct span path)
{
	struct facts *f = b->f;
	struct pci_addr last = { 0 }, above = { 0 };
	struct usb_dev *u;

	for (size_t i = f->n_usb; i-- > 0;)
		if (text_eq(path, f->usb[i].path))
			return &f->usb[i];
	if (f->n_usb >= 4096 || !(u = arena_push(&f->arena, f->usb, f->n_usb)))
		return NULL;
	*u = (struct usb_dev) { .path = bundle_keep(b, path), .from = b->udev.from, .pci = -1 };
	if (path_functions(b->udev.path, &last, &above) && facts_pci(f, last, b->udev.from))
		u->pci = facts_pci_index(f, last);
	fact_tri_set(&f->usb_seen, true, b->udev.from);
	return u;
}

static void record_usb_device(struct bundle *b, const struct udev *r)
{
	struct usb_dev *u = usb_by_path(b, last_component(r->path));
	struct span product = r->product, number;
	uint64_t vendor, device, n;

	if (!u)
		return;
	if (text_digits(&product, 16, &vendor) && text_skip(&product, "/") && text_digits(&product, 16, &device)) {
		u->vendor = (uint16_t)vendor;
		u->product = (uint16_t)device;
	}
	number = r->busnum;
	if (text_digits(&number, 10, &n))
		u->bus = (unsigned)n;
	number = r->devnum;
	if (text_digits(&number, 10, &n))
		u->dev = (unsigned)n;
	if (r->name.n)
		fact_str_set(&u->name, bundle_keep(b, r->name), r->from);
	if (text_starts(r->devclass, "9/"))
		fact_tri_set(&u->hub, true, r->from);
}

/* "INTERFACE=3/1/1" is a boot keyboard (USB Device Class Definition for HID 1.11, 4.2 and 4.3). */
static void record_usb_interface(struct bundle *b, const struct udev *r)
{
	struct span name = span_before(last_component(r->path), ':'), class = r->interface;
	struct usb_dev *u = usb_by_path(b, name);
	uint64_t v;

	if (!u)
		return;
	if (text_digits(&class, 10, &v) && v <= 0xff)
		fact_num_set(&u->class, v, r->from);
	if (text_eq(r->interface, "3/1/1"))
		fact_tri_set(&u->keyboard, true, r->from);
	if (text_eq(r->interface, "224/1/1"))
		fact_tri_set(&u->bluetooth, true, r->from);
	if (r->driver.n && !u->driver.v)
		fact_str_set(&u->driver, bundle_keep(b, r->driver), r->from);
	else if (r->driver.n && !facts_word_in(u->driver.v, bundle_keep(b, r->driver)))
		u->driver.v = arena_printf(&b->f->arena, "%.256s %s", u->driver.v, bundle_keep(b, r->driver));
}

static void record_net(struct bundle *b, const struct udev *r)
{
	struct pci_addr last = { 0 }, above = { 0 };
	struct netif *n = facts_net(b->f, r->interface, r->from);

	if (n && n->pci < 0 && path_functions(r->path, &last, &above) && !text_has(r->path, "/usb") &&
	    facts_pci(b->f, last, r->from))
		n->pci = facts_pci_index(b->f, last);
}

/* "dmi:bvnHP:bvrQ21Ver.02.30.00:bd12/31/2024:...": drivers/firmware/dmi-id.c get_modalias(), blanks left out. */
static void record_dmi(struct bundle *b, struct span s, const char *from)
{
	const struct {
		const char *key;
		struct fact_str *fact;
	} keys[] = { { ":bvr", &b->f->bios_version },
		     { ":bd", &b->f->bios_date },
		     { ":svn", &b->f->sys_vendor },
		     { ":pn", &b->f->product },
		     { ":rn", &b->f->board } };
	struct span rest, before;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		rest = s;
		if (text_until(&rest, keys[i].key, &before) && span_before(rest, ':').n)
			fact_str_set(keys[i].fact, bundle_keep(b, span_before(rest, ':')), from);
	}
}

void bundle_udev_end(struct bundle *b)
{
	struct udev *u = &b->udev;

	if (!u->active)
		return;
	if (text_eq(u->subsystem, "pci"))
		record_pci(b, u);
	else if (text_eq(u->devtype, "usb_device"))
		record_usb_device(b, u);
	else if (text_eq(u->devtype, "usb_interface"))
		record_usb_interface(b, u);
	else if (text_eq(u->subsystem, "net"))
		record_net(b, u);
	else if (text_starts(u->modalias, "dmi:"))
		record_dmi(b, u->modalias, u->from);
	*u = (struct udev) { 0 };
}

static void key_value(struct udev *u, struct span s)
{
	const struct {
		const char *key;
		struct span *value;
	} keys[] = {
		{ "DRIVER=", &u->driver },
		{ "SUBSYSTEM=", &u->subsystem },
		{ "DEVTYPE=", &u->devtype },
		{ "PCI_SLOT_NAME=", &u->slot },
		{ "PCI_ID=", &u->id },
		{ "PCI_CLASS=", &u->class },
		{ "PCI_SUBSYS_ID=", &u->subsys },
		{ "PRODUCT=", &u->product },
		{ "INTERFACE=", &u->interface },
		{ "ID_MODEL_FROM_DATABASE=", &u->name },
		{ "BUSNUM=", &u->busnum },
		{ "DEVNUM=", &u->devnum },
		{ "TYPE=", &u->devclass },
		{ "MODALIAS=", &u->modalias },
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (text_skip(&s, keys[i].key)) {
			*keys[i].value = text_trim(s);
			return;
		}
}

bool bundle_udev_line(struct bundle *b, struct span s)
{
	if (s.n < 3 || s.p[1] != ':' || s.p[2] != ' ')
		return false;
	if (text_skip(&s, "P: /")) {
		bundle_udev_end(b);
		b->udev = (struct udev) { .active = true, .from = bundle_at(b), .path = s };
		return true;
	}
	if (!b->udev.active)
		return false;
	if (text_skip(&s, "E: "))
		key_value(&b->udev, s);
	return true;
}
