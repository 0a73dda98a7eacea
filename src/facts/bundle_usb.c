// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bundle_usb.c - lsusb, lsusb -t and -tv (usbutils lsusb.c, lsusb-t.c).
 */
#include <string.h>

#include "facts/bundle.h"

#define USB_MAX 4096

static int usb_find(struct facts *f, unsigned bus, unsigned dev)
{
	for (size_t i = f->n_usb; i-- > 0;)
		if (f->usb[i].bus == bus && f->usb[i].dev == dev)
			return (int)i;
	return -1;
}

/* The device, added when it is new; -1 when there is no room. */
static int usb_get(struct bundle *b, unsigned bus, unsigned dev)
{
	struct facts *f = b->f;
	int i = usb_find(f, bus, dev);
	struct usb_dev *u;

	if (i >= 0)
		return i;
	u = f->n_usb < USB_MAX ? arena_push(&f->arena, f->usb, f->n_usb) : NULL;
	if (!u)
		return -1;
	*u = (struct usb_dev) { .path = arena_printf(&f->arena, "%03u-%03u", bus, dev),
				.from = bundle_at(b),
				.bus = bus,
				.dev = dev,
				.pci = -1 };
	fact_tri_set(&f->usb_seen, true, u->from);
	return (int)f->n_usb - 1;
}

/* What the name alone gives away; a HID device that is called a keyboard is one. */
static void usb_name(struct bundle *b, struct usb_dev *u, struct span name)
{
	name = text_trim(name);
	if (name.n)
		fact_str_set(&u->name, bundle_keep(b, name), bundle_at(b));
	if (text_has(name, "Keyboard") || text_has(name, "keyboard"))
		fact_tri_set(&u->keyboard, true, bundle_at(b));
	if (text_has(name, "Bluetooth"))
		fact_tri_set(&u->bluetooth, true, bundle_at(b));
	if (text_ends(name, " hub") || text_ends(name, " Hub"))
		fact_tri_set(&u->hub, true, bundle_at(b));
}

static bool id_name(struct bundle *b, int index, struct span s)
{
	struct usb_dev *u = index < 0 ? NULL : &b->f->usb[index];
	uint64_t id;

	if (!bundle_id_read(&s, &id))
		return false;
	if (u && !u->vendor && !u->product) {
		u->vendor = (uint16_t)(id >> 16);
		u->product = (uint16_t)id;
	}
	if (u)
		usb_name(b, u, s);
	return true;
}

/* "Bus 001 Device 003: ID 8087:0aaa Intel Corp. Bluetooth" */
static bool plain_line(struct bundle *b, struct span s)
{
	uint64_t bus, dev;

	if (!text_skip(&s, "Bus ") || !text_digits(&s, 10, &bus) || !text_skip(&s, " Device ") ||
	    !text_digits(&s, 10, &dev) || !text_skip(&s, ": ID ") || bus > 999 || dev > 999 ||
	    !bundle_id_read(&(struct span) { s.p, s.n }, &(uint64_t) { 0 }))
		return false;
	b->usb.last = usb_get(b, (unsigned)bus, (unsigned)dev);
	id_name(b, b->usb.last, s);
	return true;
}

/* USB-IF "Defined Class Codes", in the words of usbutils names.c */
static const struct {
	const char *name;
	unsigned class;
} classes[] = {
	{ "Audio", 0x01 },
	{ "Communications", 0x02 },
	{ "Human Interface Device", 0x03 },
	{ "Imaging", 0x06 },
	{ "Printer", 0x07 },
	{ "Mass Storage", 0x08 },
	{ "Hub", 0x09 },
	{ "CDC Data", 0x0a },
	{ "Chip/SmartCard", 0x0b },
	{ "Video", 0x0e },
	{ "Wireless", 0xe0 },
	{ "Miscellaneous Device", 0xef },
	{ "Application Specific Interface", 0xfe },
	{ "Vendor Specific Class", 0xff },
};

static void add_driver(struct bundle *b, struct usb_dev *u, struct span driver)
{
	const char *word = bundle_keep(b, driver);

	if (!*word || text_has(driver, "["))
		return;
	if (!u->driver.v)
		fact_str_set(&u->driver, word, bundle_at(b));
	else if (!facts_word_in(u->driver.v, word) && strlen(u->driver.v) < 256)
		u->driver.v = arena_printf(&b->f->arena, "%s %s", u->driver.v, word);
	if (strcmp(word, "btusb") == 0)
		fact_tri_set(&u->bluetooth, true, bundle_at(b));
}

/* "Class=Wireless, Driver=btusb, 12M" */
static void class_driver(struct bundle *b, struct usb_dev *u, struct span s)
{
	struct span before, class, driver;

	if (!text_until(&s, "Class=", &before) || !text_until(&s, ", Driver=", &class))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (text_eq(class, classes[i].name))
			fact_num_set(&u->class, classes[i].class, bundle_at(b));
	if (text_eq(class, "Hub") || text_eq(class, "root_hub"))
		fact_tri_set(&u->hub, true, bundle_at(b));
	driver = span_before(span_before(s, ','), '/'); /* "hub/4p", "xhci_hcd/16p" */
	if (!text_eq(class, "root_hub"))
		add_driver(b, u, driver);
}

/* "/:  Bus 01.Port 1: Dev 1, Class=root_hub, Driver=xhci_hcd/16p, 480M" */
static bool root_line(struct bundle *b, struct span s)
{
	uint64_t bus, dev;
	struct span before;

	if (!text_skip(&s, "/:"))
		return false;
	s = text_trim(s);
	if (!text_skip(&s, "Bus ") || !text_digits(&s, 10, &bus) || bus == 0 || bus > 999 ||
	    !text_until(&s, ": Dev ", &before) || !text_digits(&s, 10, &dev) || dev > 999)
		return false;
	b->usb = (struct usb_tree) { .active = true,
				     .bus = (unsigned)bus,
				     .last = usb_get(b, (unsigned)bus, (unsigned)dev) };
	if (b->usb.last >= 0) {
		b->f->usb[b->usb.last].path = arena_printf(&b->f->arena, "usb%u", (unsigned)bus);
		class_driver(b, &b->f->usb[b->usb.last], s);
	}
	return true;
}

/* "1-14.3": the bus, then the ports on the way. */
static const char *port_path(struct bundle *b)
{
	char path[64];
	size_t n = 0;

	for (size_t i = 0; i < b->usb.n; i++) {
		const char *part = arena_printf(&b->f->arena, "%s%u", i ? "." : "", b->usb.ports[i]);
		size_t len = strlen(part);

		if (len < sizeof(path) - n)
			memcpy(path + n, part, len);
		n += len < sizeof(path) - n ? len : 0;
	}
	path[n] = '\0';
	return arena_printf(&b->f->arena, "%u-%s", b->usb.bus, path);
}

/* "    |__ Port 14: Dev 3, If 0, Class=Wireless, Driver=btusb, 12M" */
static bool branch_line(struct bundle *b, struct span s)
{
	struct usb_tree *t = &b->usb;
	size_t column = (size_t)(s.p - b->raw.p);
	uint64_t port, dev;
	int i;

	if (!t->active || !text_skip(&s, "|__ Port ") || !text_digits(&s, 10, &port) || !text_skip(&s, ": Dev ") ||
	    !text_digits(&s, 10, &dev) || port > 255 || dev > 999)
		return false;
	while (t->n > 0 && t->columns[t->n - 1] >= column)
		t->n--;
	if (t->n == USB_DEPTH)
		return true;
	t->columns[t->n] = column;
	t->ports[t->n++] = (unsigned)port;
	i = t->last = usb_get(b, t->bus, (unsigned)dev);
	if (i < 0)
		return true;
	b->f->usb[i].path = port_path(b);
	b->f->usb[i].port = (unsigned)port;
	class_driver(b, &b->f->usb[i], s);
	return true;
}

bool bundle_usb_line(struct bundle *b, struct span s)
{
	if (plain_line(b, s) || root_line(b, s) || branch_line(b, s))
		return true;
	if (b->usb.active && text_skip(&s, "ID "))
		return id_name(b, b->usb.last, s);
	if (b->usb.active && (text_starts(s, "/sys/bus/usb") || text_starts(s, "/dev/bus/usb")))
		return true;
	if (b->usb.last >= 0 && text_skip(&s, "bInterfaceProtocol ") && text_ends(s, " Keyboard")) { /* lsusb -v */
		fact_tri_set(&b->f->usb[b->usb.last].keyboard, true, bundle_at(b));
		return true;
	}
	b->usb.active = false;
	return false;
}

/*
 * Which controller: the log says of each bus (Linux drivers/usb/core/hcd.c, "new USB bus registered, assigned bus
 * number 1"); else a list with one USB controller leaves no choice.
 */
void bundle_usb_conclude(struct bundle *b)
{
	static const char registered[] = "new USB bus registered, assigned bus number ";
	struct facts *f = b->f;
	int of_bus[64], only = -1;
	size_t n = 0;

	memset(of_bus, -1, sizeof(of_bus));
	for (const struct log_line *l = facts_log(f, registered, NULL); l; l = facts_log(f, registered, l)) {
		struct span s = span_str(l->text), word;
		struct pci_addr a;
		uint64_t bus;

		if (text_word(&s, &word) && (s = text_trim(s), pci_addr_read(&s, &a)) &&
		    text_until(&s, registered, &word) && text_digits(&s, 10, &bus) && bus < ARRAY_SIZE(of_bus))
			of_bus[bus] = facts_pci_index(f, a);
	}
	for (size_t i = 0; i < f->n_pci; i++)
		if (f->pci[i].class.known && f->pci[i].class.v == PCI_CLASS_SERIAL_USB) {
			only = (int)i;
			n++;
		}
	for (size_t i = 0; i < f->n_usb; i++) {
		struct usb_dev *u = &f->usb[i];

		if (u->pci < 0 && u->bus < ARRAY_SIZE(of_bus))
			u->pci = of_bus[u->bus];
		if (u->pci < 0 && n == 1 && f->n_pci >= 6)
			u->pci = only;
	}
}
