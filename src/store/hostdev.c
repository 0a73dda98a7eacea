// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/hostdev.h"

#include "base/text.h"

/* NAME="0x1f" or NAME='31' inside the tag @s. */
static bool attribute(struct span s, const char *name, struct span *ret)
{
	struct span before;

	while (text_until(&s, name, &before)) {
		uint8_t quote = 0;

		if (!text_skip(&s, "=") || !span_u8(s, 0, &quote) || (quote != '"' && quote != '\''))
			continue;
		span_from(s, 1, &s);
		return text_until(&s, quote == '"' ? "\"" : "'", ret); /* a value that was cut is another value */
	}
	return false;
}

static bool number(struct span tag, const char *name, uint64_t max, uint64_t *ret)
{
	struct span v;

	return attribute(tag, name, &v) && text_number(text_trim(v), ret) && *ret <= max;
}

static bool source_read(struct span body, struct pci_addr *ret)
{
	uint64_t domain = 0, bus, slot, fn;
	struct span before, tag;

	if (!text_until(&body, "<source", &before) || !text_until(&body, "<address", &before))
		return false;
	tag = span_before(body, '>');
	number(tag, "domain", 0xffffff, &domain);
	if (!number(tag, "bus", 0xff, &bus) || !number(tag, "slot", PCI_DEVFN_MAX - 1, &slot) ||
	    !number(tag, "function", 7, &fn))
		return false;
	*ret = (struct pci_addr) { (uint32_t)domain, (uint8_t)bus, (uint8_t)slot, (uint8_t)fn };
	return true;
}

bool hostdev_next(struct span *xml, struct pci_addr *ret)
{
	struct span before, body, type;

	while (text_until(xml, "<hostdev", &before)) {
		struct span tag = span_before(*xml, '>');

		if (!text_until(xml, "</hostdev>", &body)) {
			body = *xml;
			xml->n = 0;
		}
		if (attribute(tag, "type", &type) && text_eq(type, "pci") && source_read(body, ret))
			return true;
	}
	return false;
}
