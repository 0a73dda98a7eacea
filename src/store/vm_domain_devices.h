/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm_domain_devices.h - the <devices> of a domain: a part of vm_domain.c, apart for its length. */
#pragma once

#include "store/domain_tree.h"
#include "store/vm.h"

struct domain_place { /* a guest address that a device is given */
	uint32_t domain, bus;
	uint8_t dev, fn;
	const char *from;
};

struct domain_reading {
	const struct domain *d;
	struct vm *v;
	struct arena *a;
	struct domain_place *places;
	size_t n_places;
	const char **hostdev_ids; /* of all hostdevs, whatever their type */
	size_t n_hostdev_ids;
	unsigned n_hostdevs;  /* met so far */
	unsigned next_number; /* of the next "hostdevN" */
	bool usb_controller;
};

/* A number as libvirt reads addresses: hexadecimal with "0x", octal with a leading 0, else decimal (util/virxml.c
 * virXMLPropUInt() with base 0). False for NULL and for what is none, or above @max. */
bool domain_number(const char *s, uint64_t max, uint64_t *ret);

/* <address domain= bus= slot= function=/>; what is not said is 0. */
bool domain_address(const xmlNode *n, struct arena *a, struct pci_addr *ret);

/* The id of the hostdev (or of the interface of type hostdev) that comes next: its own "ua-" alias, or "hostdevN". */
const char *domain_hostdev_id(const xmlNode *n, unsigned *next_number, struct arena *a);

/* "on", "yes" or not; UNSAID for NULL. */
enum vm_bool domain_flag(const xmlNode *n, const char *attr, struct arena *a);

/* libvirt's word for a disk's bus; "hda" for VM_DISK_IDE 0 and so on. */
const char *domain_bus_str(enum vm_disk_bus bus);

/* All children of @n whose names are not among the words of @known go to .others as "PATH/NAME". */
void domain_others(struct domain_reading *r, const xmlNode *n, const char *path, const char *known);

void domain_devices_read(struct domain_reading *r);
