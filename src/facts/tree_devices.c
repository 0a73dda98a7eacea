// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree_devices.c - screens and who draws on them, the memory reserved for them, and the USB tree.
 */
#include "facts/tree.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "fw/edid.h"
#include "fw/opregion.h"

#define CONNECTORS_MAX 256
#define USB_MAX	       1024

/* ---- screens ------------------------------------------------------------------------------------------------ */

/* "card0-HDMI-A-1" belongs to card0, whose device link leads to the PCI function. */
static int card_function(struct tree *t, const char *connector)
{
	const char *dash = strchr(connector, '-'), *target;
	struct pci_addr a;

	target = dash ? tree_link(t, tree_path(t, "sys/class/drm/%.*s", (int)(dash - connector), connector)) : NULL;
	return tree_last_pci(target, &a) ? facts_pci_index(t->f, a) : -1;
}

static void monitor(struct tree *t, struct connector *c, const char *dir)
{
	struct edid_info info;
	char name[64];
	struct span edid;

	if (!tree_read(t, tree_path(t, "%s/edid", dir), &edid))
		return;
	if (edid.n == 0) {
		fact_str_set(&c->monitor, "", t->path);
		return;
	}
	c->edid = edid;
	if (edid_read(edid, &info, NULL) == 0)
		fact_str_set(&c->monitor, arena_str(&t->f->arena, edid_monitor_str(&info, name, sizeof(name))),
			     t->path);
}

static void connector_read(struct tree *t, const char *name)
{
	const char *dir = tree_path(t, "sys/class/drm/%s", name), *status;
	struct connector *c;

	status = tree_text(t, tree_path(t, "%s/status", dir));
	if (!status || t->f->n_connectors >= CONNECTORS_MAX)
		return;
	c = arena_push(&t->f->arena, t->f->connectors, t->f->n_connectors);
	if (!c)
		return;
	*c = (struct connector) { .name = name, .from = t->path, .pci = card_function(t, name) };
	if (strcmp(status, "connected") == 0 || strcmp(status, "disconnected") == 0)
		fact_tri_set(&c->connected, strcmp(status, "connected") == 0, c->from);
	monitor(t, c, dir);
}

static void screens(struct tree *t)
{
	struct host_names names;

	if (!tree_list(t, "sys/class/drm", &names)) {
		if (!t->why && t->whole)
			fact_tri_set(&t->f->connectors_seen, true, "/sys/class/drm");
		return;
	}
	fact_tri_set(&t->f->connectors_seen, true, t->path);
	for (size_t i = 0; i < names.n; i++)
		if (strncmp(names.v[i], "card", 4) == 0 && strchr(names.v[i], '-'))
			connector_read(t, names.v[i]);
}

static void consoles(struct tree *t)
{
	struct host_names names;

	if (!tree_list(t, "sys/class/vtconsole", &names))
		return;
	for (size_t i = 0; i < names.n; i++) {
		const char *name = tree_text(t, tree_path(t, "sys/class/vtconsole/%s/name", names.v[i]));
		struct vtcon *v = name ? arena_push(&t->f->arena, t->f->vtcons, t->f->n_vtcons) : NULL;

		if (!v)
			continue;
		*v = (struct vtcon) { .name = name, .from = t->path };
		tree_flag(t, &v->bound, tree_path(t, "sys/class/vtconsole/%s/bind", names.v[i]));
	}
}

/* "0 i915drmfb": the first framebuffer's owner; an empty list says that there is none. */
static void framebuffer(struct tree *t)
{
	struct span text, line, number;

	if (!tree_read(t, "proc/fb", &text))
		return;
	if (span_line(&text, &line) && text_word(&line, &number))
		fact_str_set(&t->f->fb_owner, arena_span(&t->f->arena, text_trim(line)), t->path);
	else
		fact_str_set(&t->f->fb_owner, "", t->path);
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

/* Names of ranges that matter here (Linux drivers/firmware/sysfb.c, drivers/video/fbdev, arch/x86/kernel/
 * early-quirks.c, drivers/vfio/pci). */
static bool range_wanted(void *ctx, struct span line)
{
	static const char *const names[] = { "Graphics Stolen Memory", "BOOTFB", "efifb",    "simplefb", "simpledrm",
					     "simple-framebuffer",     "vesafb", "vfio-pci", "i915",	 "xe" };
	bool *hidden = ctx;
	struct span before;

	if (!text_until(&line, " : ", &before))
		return false;
	if (!*hidden && text_eq(text_trim(before), "00000000-00000000")) {
		*hidden = true; /* one such line tells it of all */
		return true;
	}
	line = text_trim(line);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (text_eq(line, names[i]))
			return true;
	return false;
}

/* "  4f800000-4fffffff : BOOTFB"; all zeros for who is not root (Linux kernel/resource.c, r_show()). */
static void ranges(struct tree *t)
{
	struct span text, line;
	bool hidden = false;

	if (host_read_some(t->h, "proc/iomem", "\n", range_wanted, &hidden, &t->f->arena, &text) < 0)
		return;
	while (span_line(&text, &line)) {
		struct iomem_range *r;
		uint64_t start, end;
		struct span before;

		line = text_trim(line);
		if (!text_digits(&line, 16, &start) || !text_skip(&line, "-") || !text_digits(&line, 16, &end) ||
		    !text_until(&line, " : ", &before))
			continue;
		hidden |= end == 0;
		r = end ? arena_push(&t->f->arena, t->f->iomem, t->f->n_iomem) : NULL;
		if (r)
			*r = (struct iomem_range) { start, end, arena_span(&t->f->arena, text_trim(line)),
						    "/proc/iomem" };
	}
	if (hidden || t->f->as_root.v == TRI_NO)
		t->f->iomem_seen = (struct fact_tri) { TRI_NO, "/proc/iomem: only root sees addresses" };
	else
		fact_tri_set(&t->f->iomem_seen, true, "/proc/iomem");
}

/* ---- OpRegion and mediated devices -------------------------------------------------------------------------- */

/* The VBT as the driver took it, which tells where the OpRegion points to memory that is not shown with it. */
static void driver_vbt(struct tree *t, const char *folder)
{
	struct vbt_info v;
	struct span bytes;

	if (tree_read(t, tree_path(t, "%s/i915_vbt", folder), &bytes) && t->f->igd.vbt.v == TRI_UNKNOWN)
		fact_tri_set(&t->f->igd.vbt, bytes.n && vbt_read(bytes, &v, NULL) == 0, t->path);
}

/* debugfs of i915 and xe: by address since Linux 6.12, by minor number always. */
static void opregion(struct tree *t, const char *addr)
{
	const char *const folders[] = { tree_path(t, "sys/kernel/debug/dri/%s", addr), "sys/kernel/debug/dri/0",
					"sys/kernel/debug/dri/1" };
	struct opregion o;
	struct span bytes;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		if (!tree_read(t, tree_path(t, "%s/i915_opregion", folders[i]), &bytes)) {
			fact_tri_why(&t->f->igd.opregion, t->why);
			continue;
		}
		if (opregion_read(bytes, &o, NULL) < 0)
			continue;
		fact_tri_set(&t->f->igd.opregion, true, t->path);
		if (o.where != OPREGION_VBT_UNREAD)
			fact_tri_set(&t->f->igd.vbt, o.where != OPREGION_NO_VBT, t->path);
		driver_vbt(t, folders[i]);
		return;
	}
}

/* Of the function in IGD's place: the GPU itself is only found once all is read. */
static void igd_extras(struct tree *t)
{
	static const struct pci_addr place = { .dev = 2 };
	const struct pci_fn *p = facts_find_pci(t->f, place);
	char addr[PCI_ADDR_STR];

	if (!p || !pci_fn_base_class(p, PCI_CLASS_DISPLAY))
		return;
	pci_addr_str(place, addr);
	opregion(t, addr);
	tree_there(t, &t->f->mdev_types, tree_path(t, "sys/bus/pci/devices/%s/mdev_supported_types", addr),
		   tree_path(t, "sys/bus/pci/devices/%s", addr));
}

void tree_display(struct tree *t)
{
	screens(t);
	consoles(t);
	framebuffer(t);
	ranges(t);
	igd_extras(t);
}

/* ---- USB ---------------------------------------------------------------------------------------------------- */

static bool hex_file(struct tree *t, const char *path, uint64_t max, uint64_t *ret)
{
	struct span s;
	uint64_t v;

	if (!tree_read(t, path, &s))
		return false;
	s = text_trim(s);
	if (!text_digits(&s, 16, &v) || s.n || v > max)
		return false;
	*ret = v;
	return true;
}

/* "usb1" and "1-14.2" are devices, "1-14:1.0" is an interface of one. */
static void usb_device(struct tree *t, const char *name)
{
	const char *dir = tree_path(t, "sys/bus/usb/devices/%s", name);
	struct fact_num bus = { 0 }, dev = { 0 };
	uint64_t vendor, product, class;
	struct usb_dev *u;
	struct pci_addr a;

	if (t->f->n_usb >= USB_MAX || !hex_file(t, tree_path(t, "%s/idVendor", dir), 0xffff, &vendor) ||
	    !hex_file(t, tree_path(t, "%s/idProduct", dir), 0xffff, &product))
		return;
	u = arena_push(&t->f->arena, t->f->usb, t->f->n_usb);
	if (!u)
		return;
	*u = (struct usb_dev) { .path = name,
				.from = arena_printf(&t->f->arena, "/%s", dir),
				.vendor = (uint16_t)vendor,
				.product = (uint16_t)product,
				.pci = -1 };
	if (tree_last_pci(tree_link(t, dir), &a))
		u->pci = facts_pci_index(t->f, a);
	if (hex_file(t, tree_path(t, "%s/bDeviceClass", dir), 0xff, &class))
		fact_tri_set(&u->hub, class == 9, t->path);
	tree_str(t, &u->name, tree_path(t, "%s/product", dir));
	tree_num(t, &bus, tree_path(t, "%s/busnum", dir));
	tree_num(t, &dev, tree_path(t, "%s/devnum", dir));
	u->bus = bus.known && bus.v < 65536 ? (unsigned)bus.v : 0;
	u->dev = dev.known && dev.v < 65536 ? (unsigned)dev.v : 0;
}

static struct usb_dev *usb_find(struct facts *f, const char *name, size_t n)
{
	for (size_t i = 0; i < f->n_usb; i++)
		if (strlen(f->usb[i].path) == n && memcmp(f->usb[i].path, name, n) == 0)
			return &f->usb[i];
	return NULL;
}

static void usb_interface(struct tree *t, const char *name)
{
	struct usb_dev *u = usb_find(t->f, name, (size_t)(strchr(name, ':') - name));
	const char *dir = tree_path(t, "sys/bus/usb/devices/%s", name), *driver;
	uint64_t class, sub, proto;

	if (!u || !hex_file(t, tree_path(t, "%s/bInterfaceClass", dir), 0xff, &class) ||
	    !hex_file(t, tree_path(t, "%s/bInterfaceSubClass", dir), 0xff, &sub) ||
	    !hex_file(t, tree_path(t, "%s/bInterfaceProtocol", dir), 0xff, &proto))
		return;
	fact_num_set(&u->class, class, t->path);
	if (class == 3 && sub == 1 && proto == 1) /* USB HID 1.11, 4.2 and 4.3: boot interface, keyboard */
		u->keyboard = TRI_KNOWN(true, t->path);
	if (class == 0xe0 && sub == 1 && proto == 1) /* Bluetooth Core, HCI USB transport layer 2.1 */
		u->bluetooth = TRI_KNOWN(true, t->path);
	driver = tree_link_name(t, tree_path(t, "%s/driver", dir));
	if (!driver)
		return;
	if (!u->driver.v)
		fact_str_set(&u->driver, driver, t->path);
	else if (!facts_word_in(u->driver.v, driver))
		u->driver.v = arena_printf(&t->f->arena, "%s %s", u->driver.v, driver);
}

void tree_usb(struct tree *t)
{
	struct host_names names;

	if (!tree_list(t, "sys/bus/usb/devices", &names)) {
		if (!t->why && t->whole)
			fact_tri_set(&t->f->usb_seen, true, "/sys/bus/usb/devices");
		return;
	}
	fact_tri_set(&t->f->usb_seen, true, t->path);
	for (size_t i = 0; i < names.n; i++)
		if (!strchr(names.v[i], ':'))
			usb_device(t, names.v[i]);
	for (size_t i = 0; i < names.n; i++)
		if (strchr(names.v[i], ':'))
			usb_interface(t, names.v[i]);
	for (size_t i = 0; i < t->f->n_usb; i++) { /* every interface was seen: what none said is a no */
		fact_tri_set(&t->f->usb[i].keyboard, false, t->f->usb[i].from);
		fact_tri_set(&t->f->usb[i].bluetooth, false, t->f->usb[i].from);
	}
}
