// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loss.c - what the host loses when an IOMMU group leaves it.
 *
 * A group leaves as a whole: once one member is meant for a VM, Proxmox binds all of them to vfio-pci, and no other
 * may stay on a host driver. So each member is asked for its roles. What a device is comes from its class, or
 * from its name where a pasted list shows no class; what the host does with it from the tables of networks,
 * disks and USB devices.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "check/isolation.h"

#define DEV_ANY 0xff

/* What a function is, as far as a host misses it. */
enum part { PART_NONE, PART_NIC, PART_STORAGE, PART_USB, PART_OTHER };

static const struct device {
	enum part part;
	enum loss_kind kind;
	uint16_t class, mask;
	uint16_t vendor; /* 0: any */
	uint8_t dev;	 /* device number on the root bus, or DEV_ANY */
	bool fatal;
	const char *what;     /* PART_OTHER: the loss in words */
	const char *words[6]; /* one of them in its name says the same as the class, where that is not known */
} devices[] = {
	/* the bridge before flash: "LPC/eSPI Controller" holds "SPI Controller" too */
	{ PART_OTHER,
	  LOSS_LPC,
	  PCI_CLASS_BRIDGE_ISA,
	  0xffff,
	  0,
	  DEV_ANY,
	  true,
	  "the LPC/eSPI bridge: firmware, TPM, fans and sensors are reached through it",
	  { "LPC", "eSPI", "ISA bridge" } },
	{ PART_NIC,
	  LOSS_NIC,
	  PCI_CLASS_NETWORK << 8,
	  0xff00,
	  0,
	  DEV_ANY,
	  false,
	  NULL,
	  { "Ethernet", "Network", "Wireless", "Wi-Fi", "WiFi" } },
	{ PART_STORAGE,
	  LOSS_STORAGE,
	  PCI_CLASS_STORAGE << 8,
	  0xff00,
	  0,
	  DEV_ANY,
	  false,
	  NULL,
	  { "SATA", "NVMe", "Non-Volatile", "AHCI", "RAID" } },
	{ PART_USB,
	  LOSS_ONLY_USB,
	  PCI_CLASS_SERIAL_USB,
	  0xffff,
	  0,
	  DEV_ANY,
	  false,
	  NULL,
	  { "xHCI", "XHCI", "EHCI", "USB Controller", "USB controller", "USB 3" } },
	{ PART_OTHER,
	  LOSS_SMBUS,
	  PCI_CLASS_SERIAL_SMBUS,
	  0xffff,
	  0,
	  DEV_ANY,
	  false,
	  "the SMBus: sensors and memory modules of the board",
	  { "SMBus" } },
	{ PART_OTHER,
	  LOSS_SPI,
	  PCI_CLASS_SERIAL_OTHER,
	  0xffff,
	  PCI_VENDOR_INTEL,
	  0x1f,
	  false,
	  "the controller of the firmware flash",
	  { "SPI" } },
	{ PART_OTHER,
	  LOSS_SERIAL_OVER_LAN,
	  0x0700,
	  0xffff,
	  PCI_VENDOR_INTEL,
	  0x16,
	  false,
	  "the serial port of Intel AMT: serial-over-LAN, a way in when the screen is gone",
	  { "SOL", "KT Redirection", "Serial Port", "KT Controller" } },
	{ PART_OTHER,
	  LOSS_MEI,
	  0x0780,
	  0xffff,
	  PCI_VENDOR_INTEL,
	  0x16,
	  false,
	  "the interface to the Management Engine",
	  { "HECI", "MEI", "Management Engine" } },
	{ PART_OTHER,
	  LOSS_SOUND,
	  PCI_CLASS_AUDIO_HDA,
	  0xffff,
	  0,
	  DEV_ANY,
	  false,
	  "sound",
	  { "Audio", "cAVS", "HDA" } },
	{ PART_OTHER, LOSS_SOUND, 0x0401, 0xffff, 0, DEV_ANY, false, "sound", { NULL } },
	{ PART_OTHER,
	  LOSS_DISPLAY,
	  PCI_CLASS_DISPLAY << 8,
	  0xff00,
	  0,
	  DEV_ANY,
	  false,
	  "a display adapter",
	  { "VGA", "Graphics", "3D controller", "Display controller" } },
};

static const char *const ids[LOSS_KINDS] = {
	[LOSS_ROUTE] = "default-route",
	[LOSS_BRIDGE_PORT] = "bridge-port",
	[LOSS_DISK] = "root-disk",
	[LOSS_KEYBOARD] = "only-keyboard",
	[LOSS_ONLY_USB] = "only-usb",
	[LOSS_NIC] = "network",
	[LOSS_STORAGE] = "storage",
	[LOSS_LPC] = "lpc",
	[LOSS_SMBUS] = "smbus",
	[LOSS_SPI] = "firmware-flash",
	[LOSS_SERIAL_OVER_LAN] = "serial-over-lan",
	[LOSS_MEI] = "management-engine",
	[LOSS_SOUND] = "sound",
	[LOSS_DISPLAY] = "display",
};

const char *loss_id(enum loss_kind kind)
{
	return kind < LOSS_KINDS ? ids[kind] : "unknown";
}

static bool name_tells(const struct device *d, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(d->words) && d->words[i]; i++)
		if (strstr(name, d->words[i]))
			return true;
	return false;
}

static const struct device *device_of(const struct pci_fn *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		const struct device *d = &devices[i];

		if ((d->vendor && d->vendor != pci_fn_vendor(p)) ||
		    (d->dev != DEV_ANY && (p->addr.bus != 0 || p->addr.dev != d->dev)))
			continue;
		if (p->class.known ? (p->class.v & d->mask) == d->class : p->name.v && name_tells(d, p->name.v))
			return d;
	}
	return NULL;
}

static enum part part_of(const struct pci_fn *p)
{
	const struct device *d = device_of(p);

	return d ? d->part : PART_NONE;
}

/* ---- the list ---------------------------------------------------------------------------------------- */

struct losses {
	const struct facts *f;
	const struct iommu_group *g;
	struct arena *a;
	struct loss *v;
	size_t n;
	bool has[PART_OTHER + 1]; /* does the group hold such a part, or one that could be? */
	bool full;
};

static void lose(struct losses *l, enum loss_kind kind, int pci, bool fatal, const char *what)
{
	struct loss *loss = arena_push(l->a, l->v, l->n);

	if (loss)
		*loss = (struct loss) { kind, pci, what, fatal, false };
	else
		l->full = true;
}

/* One that may be fatal, for all that the input tells. */
static void lose_perhaps(struct losses *l, enum loss_kind kind, int pci, const char *what)
{
	size_t before = l->n;

	lose(l, kind, pci, false, what);
	if (l->n > before)
		l->v[before].unsettled = true;
}

static bool in_group(const struct losses *l, int pci)
{
	return pci >= 0 && (size_t)pci < l->f->n_pci && l->f->pci[pci].group.known &&
	       l->f->pci[pci].group.v == l->g->id;
}

static bool may_hold(const struct losses *l, enum part part)
{
	return l->has[part] || l->has[PART_NONE];
}

static void lose_routes(struct losses *l)
{
	for (size_t i = 0; may_hold(l, PART_NIC) && i < l->f->n_nets; i++) {
		const struct netif *n = &l->f->nets[i];

		if (in_group(l, n->pci) && n->default_route.v == TRI_YES)
			lose(l, LOSS_ROUTE, n->pci, true,
			     arena_printf(l->a, "%s carries the default route", n->name));
	}
}

static void lose_bridge_ports(struct losses *l)
{
	for (size_t i = 0; may_hold(l, PART_NIC) && i < l->f->n_nets; i++) {
		const struct netif *n = &l->f->nets[i];

		if (in_group(l, n->pci) && n->bridge.v && n->bridge.v[0])
			lose(l, LOSS_BRIDGE_PORT, n->pci, true,
			     arena_printf(l->a, "%s is a port of the bridge %s", n->name, n->bridge.v));
	}
}

/* The host does not start, or does not stay up, without these. */
static bool mount_is_vital(const char *what)
{
	static const char *const vital[] = { "/", "/boot", "/boot/efi", "/efi", "/usr", "/var", "swap" };

	for (size_t i = 0; i < ARRAY_SIZE(vital); i++)
		if (what && strcmp(what, vital[i]) == 0)
			return true;
	return false;
}

static void lose_disks(struct losses *l, bool vital)
{
	for (size_t i = 0; may_hold(l, PART_STORAGE) && i < l->f->n_disks; i++) {
		const struct disk_use *d = &l->f->disks[i];

		if (in_group(l, d->pci) && mount_is_vital(d->what) == vital)
			lose(l, vital ? LOSS_DISK : LOSS_STORAGE, d->pci, vital,
			     arena_printf(l->a, "%s is on it%s%s", or_dash(d->what), d->device ? ": " : "",
					  d->device ? d->device : ""));
	}
}

static void lose_vital_disks(struct losses *l)
{
	lose_disks(l, true);
}

/* ---- USB ------------------------------------------------------------------------------------------------ */

static bool usb_elsewhere(const struct losses *l)
{
	for (size_t i = 0; i < l->f->n_pci; i++)
		if (part_of(&l->f->pci[i]) == PART_USB && !in_group(l, (int)i))
			return true;
	return false;
}

static int usb_first(const struct losses *l)
{
	for (size_t i = 0; i < l->g->n_members; i++)
		if (part_of(&l->f->pci[l->g->members[i]]) == PART_USB)
			return l->g->members[i];
	return -1;
}

static bool is_keyboard(const struct usb_dev *u)
{
	return u->keyboard.v == TRI_YES || (u->keyboard.v == TRI_UNKNOWN && u->name.v &&
					    (strstr(u->name.v, "Keyboard") || strstr(u->name.v, "keyboard")));
}

/* Only a machine whose every keyboard hangs on this group loses its console; @pci: where the last one does. */
static const struct usb_dev *only_keyboard(const struct losses *l, int *pci)
{
	const struct usb_dev *ret = NULL;
	int only = l->f->pci_whole.v == TRI_YES && !usb_elsewhere(l) ? usb_first(l) : -1;

	for (size_t i = 0; i < l->f->n_usb; i++) {
		const struct usb_dev *u = &l->f->usb[i];
		int at = u->pci >= 0 ? u->pci
				     : only; /* a bare lsusb does not say which controller; here it need not */

		if (!is_keyboard(u))
			continue;
		if (!in_group(l, at))
			return NULL;
		*pci = at;
		ret = u;
	}
	return ret;
}

static void lose_keyboard(struct losses *l)
{
	const struct usb_dev *u;
	int pci = -1;

	if (!may_hold(l, PART_USB) || l->f->n_usb == 0)
		return;
	u = only_keyboard(l, &pci);
	if (u)
		lose(l, LOSS_KEYBOARD, pci, true,
		     arena_printf(l->a, "the only keyboard of the console is on it%s%s", u->name.v ? ": " : "",
				  u->name.v ? u->name.v : ""));
}

static void lose_only_usb(struct losses *l)
{
	int first = l->has[PART_USB] ? usb_first(l) : -1;

	if (first >= 0 && l->f->pci_whole.v == TRI_YES && !usb_elsewhere(l))
		lose(l, LOSS_ONLY_USB, first, false, "the only USB controller: every USB port of the host");
}

/* ---- parts that no table names, and the rest ------------------------------------------------------------- */

static const char *nic_words(const struct losses *l, int pci, bool *unsettled)
{
	const struct facts *f = l->f;

	*unsettled = false;
	if (f->pci[pci].driver.v && strcmp(f->pci[pci].driver.v, "vfio-pci") == 0)
		return "a network adapter that the host does not use: it is on vfio-pci";
	for (size_t i = 0; i < f->n_nets; i++)
		if (f->nets[i].pci == pci) {
			*unsettled = f->nets[i].default_route.v == TRI_UNKNOWN;
			return f->nets[i].default_route.v == TRI_YES ||
					       (f->nets[i].bridge.v && f->nets[i].bridge.v[0])
				       ? NULL
			       : f->nets[i].default_route.v == TRI_NO
				       ? arena_printf(l->a, "network interface %s, without the default route",
						      f->nets[i].name)
				       : arena_printf(l->a,
						      "network interface %s; whether the host's network runs over it "
						      "is not known",
						      f->nets[i].name);
		}
	*unsettled = !(f->default_if.v && f->n_nets);
	return !*unsettled ? "a network adapter" : "a network adapter that may carry the host's network: not known";
}

static bool disk_on(const struct facts *f, int pci)
{
	for (size_t i = 0; i < f->n_disks; i++)
		if (f->disks[i].pci == pci)
			return true;
	return false;
}

/* A file system whose controller could not be found out may be on any. */
static bool disks_settled(const struct facts *f)
{
	for (size_t i = 0; i < f->n_disks; i++)
		if (f->disks[i].pci < 0)
			return false;
	return f->disks_seen.v == TRI_YES;
}

static void lose_nics(struct losses *l)
{
	for (size_t i = 0; l->has[PART_NIC] && i < l->g->n_members; i++) {
		int pci = l->g->members[i];
		bool unsettled = false;
		const char *what = part_of(&l->f->pci[pci]) == PART_NIC ? nic_words(l, pci, &unsettled) : NULL;

		if (what && unsettled)
			lose_perhaps(l, LOSS_NIC, pci, what);
		else if (what)
			lose(l, LOSS_NIC, pci, false, what);
	}
}

static void lose_storage(struct losses *l)
{
	bool settled = disks_settled(l->f);

	lose_disks(l, false);
	for (size_t i = 0; l->has[PART_STORAGE] && i < l->g->n_members; i++) {
		int pci = l->g->members[i];

		if (part_of(&l->f->pci[pci]) != PART_STORAGE || disk_on(l->f, pci))
			continue;
		if (settled)
			lose(l, LOSS_STORAGE, pci, false, "a storage controller without a file system of the host");
		else
			lose_perhaps(l, LOSS_STORAGE, pci,
				     "a storage controller that may hold the host's disk: not known");
	}
}

static void lose_kind(struct losses *l, enum loss_kind kind)
{
	for (size_t i = 0; l->has[PART_OTHER] && i < l->g->n_members; i++) {
		const struct pci_fn *p = &l->f->pci[l->g->members[i]];
		const struct device *d = device_of(p);

		if (!d || d->part != PART_OTHER || d->kind != kind)
			continue;
		lose(l, kind, l->g->members[i], d->fatal,
		     kind == LOSS_DISPLAY && p->boot_vga.v == TRI_YES ? "the display adapter of the console"
								      : d->what);
	}
}

int losses_of(const struct facts *f, const struct iommu_group *g, struct arena *a, struct loss **ret, size_t *n)
{
	/* In the order of enum loss_kind; from LPC on, one row of devices[] is a kind. */
	static void (*const by_use[LOSS_LPC])(struct losses *) = {
		[LOSS_ROUTE] = lose_routes,	 [LOSS_BRIDGE_PORT] = lose_bridge_ports,
		[LOSS_DISK] = lose_vital_disks,	 [LOSS_KEYBOARD] = lose_keyboard,
		[LOSS_ONLY_USB] = lose_only_usb, [LOSS_NIC] = lose_nics,
		[LOSS_STORAGE] = lose_storage,
	};
	struct losses l = { .f = f, .g = g, .a = a };

	for (size_t i = 0; i < g->n_members; i++) {
		const struct pci_fn *p = &f->pci[g->members[i]];

		l.has[part_of(p)] |= part_of(p) != PART_NONE || !p->class.known;
	}
	for (size_t kind = 0; kind < ARRAY_SIZE(by_use); kind++)
		by_use[kind](&l);
	for (enum loss_kind kind = LOSS_LPC; kind < LOSS_KINDS; kind++)
		lose_kind(&l, kind);
	if (l.full)
		return -IGD_ENOMEM;
	*ret = l.v;
	*n = l.n;
	return 0;
}
