/* SPDX-License-Identifier: GPL-2.0-or-later */
/* addr.h - PCI addresses as text: "0000:00:02.0". */
#pragma once

#include "base/span.h"

struct pci_addr {
	uint32_t domain;
	uint8_t bus, dev, fn; /* dev 0..31, fn 0..7 */
};

#define PCI_DEVFN_MAX 32

#define PCI_ADDR_STR 16 /* "12345678:00:02.0" would not fit: domains have at most 16 bits but on VMD */

/* Eat "[dddd:]bb:dd.f" at the front of @s (hexadecimal, any case; the domain is 0 when left out).
 * False, and nothing eaten, when there is none. */
bool pci_addr_read(struct span *s, struct pci_addr *ret);

/* The same for a whole string: trailing text is refused. */
bool pci_addr_parse(const char *s, struct pci_addr *ret);

/* "0000:00:02.0" into @buf, which is also the answer. */
char *pci_addr_str(struct pci_addr a, char buf[PCI_ADDR_STR]);

/* Order of lspci: domain, bus, device, function. <0, 0, >0. */
int pci_addr_cmp(struct pci_addr a, struct pci_addr b);

static inline bool pci_addr_eq(struct pci_addr a, struct pci_addr b)
{
	return pci_addr_cmp(a, b) == 0;
}
static inline bool pci_addr_same_slot(struct pci_addr a, struct pci_addr b)
{
	return a.domain == b.domain && a.bus == b.bus && a.dev == b.dev;
}
