// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/addr.h"

#include <stdio.h>

#include "base/text.h"

/* Exactly @width hexadecimal digits. */
static bool hex_field(struct span *s, size_t width, uint64_t *ret)
{
	struct span field, rest;

	if (!span_cut(*s, 0, width, &field) || !span_from(*s, width, &rest))
		return false;
	if (!text_digits(&field, 16, ret) || field.n)
		return false;
	*s = rest;
	return true;
}

bool pci_addr_read(struct span *s, struct pci_addr *ret)
{
	struct span at = *s, tail;
	uint64_t domain = 0, bus, dev, fn;

	/* VMD makes domains of five digits (0x10000), so take 4 to 6 of them when a colon follows. */
	for (size_t width = 4; width <= 6; width++) {
		tail = *s;
		if (hex_field(&tail, width, &domain) && text_skip(&tail, ":")) {
			at = tail;
			break;
		}
		domain = 0;
	}
	if (!hex_field(&at, 2, &bus) || !text_skip(&at, ":") || !hex_field(&at, 2, &dev) || !text_skip(&at, ".") ||
	    !hex_field(&at, 1, &fn) || dev >= PCI_DEVFN_MAX || fn > 7)
		return false;
	if (at.n && text_digits(&(struct span) { at.p, 1 }, 16, &(uint64_t) { 0 }))
		return false; /* "00:02.01" is something else */
	*ret = (struct pci_addr) { (uint32_t)domain, (uint8_t)bus, (uint8_t)dev, (uint8_t)fn };
	*s = at;
	return true;
}

bool pci_addr_parse(const char *str, struct pci_addr *ret)
{
	struct span s = span_str(str);
	struct pci_addr a;

	if (!pci_addr_read(&s, &a) || s.n)
		return false;
	*ret = a;
	return true;
}

char *pci_addr_str(struct pci_addr a, char buf[PCI_ADDR_STR])
{
	snprintf(buf, PCI_ADDR_STR, "%04x:%02x:%02x.%x", a.domain & 0xffffffU, a.bus, a.dev & 31U, a.fn & 7U);
	return buf;
}

int pci_addr_cmp(struct pci_addr a, struct pci_addr b)
{
	if (a.domain != b.domain)
		return a.domain < b.domain ? -1 : 1;
	if (a.bus != b.bus)
		return a.bus < b.bus ? -1 : 1;
	if (a.dev != b.dev)
		return a.dev < b.dev ? -1 : 1;
	return (a.fn > b.fn) - (a.fn < b.fn);
}
