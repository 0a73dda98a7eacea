// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config.c - configuration space as three rows of bytes: what it reads now, what it reads after a reset, and which of
 * its bits a guest can change. A BAR is nothing else: its size is the number of low bits that nobody can change.
 *
 * Not modelled: what a function does when its power state changes, and bits that are cleared by writing ones (they
 * stay zero).
 */
#include "emu/config.h"

#include <string.h>

#include "base/le.h"
#include "std/pci.h"

#define BAR_AT(i)	 (0x10 + 4 * (size_t)(i))
#define BAR_IO		 0x1u
#define BAR_64		 0x4u
#define BAR_PREFETCH	 0x8u
#define BAR_IO_MAX	 0x100u /* of one I/O BAR: PCI Local Bus Specification 3.0, 6.2.5.1 */
#define BAR_32_MAX	 0x80000000u
#define ROM_AT		 0x30
#define ROM_ENABLE	 0x1u
#define ROM_MIN		 0x800u
#define CACHE_LINE_AT	 0x0c
#define INT_LINE_AT	 0x3c
#define INT_PIN_AT	 0x3d
#define COMMAND_WRITABLE 0x0547u /* I/O, memory, bus master, parity, SERR#, INTx off */
#define CAPS_AT		 0x40
#define CAPS_END	 0x100
#define CAP_MSI		 0x05
#define CAP_MSI_LEN	 10 /* 32-bit address, no mask: control, address, data */
#define CAP_PM_LEN	 8
#define CAP_AF_LEN	 6
#define CAP_EXP_LEN	 0x3c
#define EXP_DEVCTL	 8
#define EXP_RBER	 0x8000u /* role-based error reporting, which version 2 must have */
#define FLR_START	 0x80u	 /* of the upper byte of Device Control */

/* Both now and after each reset. */
static void fix(struct emu_config *c, size_t at, uint64_t v, unsigned n)
{
	le_put(c->bytes + at, v, n);
	le_put(c->first + at, v, n);
}

void emu_config_init(struct emu_config *c, const struct emu_ids *ids, bool express)
{
	*c = (struct emu_config) { .n = express ? 4096 : 256, .caps_end = CAPS_AT, .caps_link = PCI_CAPABILITY_LIST };
	fix(c, PCI_VENDOR_ID, ids->vendor, 2);
	fix(c, PCI_DEVICE_ID, ids->device, 2);
	fix(c, PCI_REVISION_ID, (uint64_t)ids->class_code << 8 | ids->revision, 4);
	fix(c, PCI_HEADER_TYPE, ids->multifunction ? PCI_HEADER_TYPE_MFD : 0, 1);
	fix(c, PCI_SUBSYSTEM_VENDOR_ID, ids->subvendor, 2);
	fix(c, PCI_SUBSYSTEM_ID, ids->subdevice, 2);
	fix(c, INT_PIN_AT, ids->pin, 1);
	le_put(c->writable + PCI_COMMAND, COMMAND_WRITABLE, 2);
	c->writable[CACHE_LINE_AT] = 0xff;
	c->writable[INT_LINE_AT] = 0xff;
}

static bool bar_makes_sense(const struct emu_config *c, unsigned i, struct emu_bar bar)
{
	bool is_64 = bar.kind == EMU_BAR_64;

	if (i >= 6 || (is_64 && i == 5) || c->bars[i].kind != EMU_BAR_NONE)
		return false;
	if ((i > 0 && c->bars[i - 1].kind == EMU_BAR_64) || (is_64 && c->bars[i + 1].kind != EMU_BAR_NONE))
		return false;
	if (bar.size == 0 || (bar.size & (bar.size - 1)) != 0)
		return false;
	if (bar.kind == EMU_BAR_IO)
		return !bar.prefetchable && bar.size >= 4 && bar.size <= BAR_IO_MAX;
	return bar.kind != EMU_BAR_NONE && bar.size >= 16 && (is_64 || bar.size <= BAR_32_MAX);
}

bool emu_config_bar(struct emu_config *c, unsigned i, struct emu_bar bar)
{
	if (!bar_makes_sense(c, i, bar))
		return false;
	c->bars[i] = bar;
	le_put(c->writable + BAR_AT(i), ~(bar.size - 1), bar.kind == EMU_BAR_64 ? 8 : 4);
	fix(c, BAR_AT(i),
	    (bar.kind == EMU_BAR_IO ? BAR_IO : 0) | (bar.kind == EMU_BAR_64 ? BAR_64 : 0) |
		    (bar.prefetchable ? BAR_PREFETCH : 0),
	    4);
	return true;
}

void emu_config_rom(struct emu_config *c, size_t size)
{
	if (size != 0 && size < ROM_MIN)
		size = ROM_MIN;
	c->rom = size;
	le_put(c->writable + ROM_AT, size ? (~(uint32_t)(size - 1) | ROM_ENABLE) : 0, 4);
}

/* Where a capability of @n bytes goes, with its id and the link to it; 0: there is no room, or something is there. */
static uint8_t cap(struct emu_config *c, uint8_t at, uint8_t id, size_t n)
{
	size_t where = at ? at : c->caps_end;

	if (where < CAPS_AT || where % 4 != 0 || where + n > CAPS_END)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (c->first[where + i] != 0 || c->writable[where + i] != 0)
			return 0;
	fix(c, where, id, 1);
	fix(c, c->caps_link, where, 1);
	fix(c, PCI_STATUS, PCI_STATUS_CAP_LIST, 2);
	c->caps_link = (uint8_t)(where + 1);
	if (where + n > c->caps_end)
		c->caps_end = (uint16_t)((where + n + 3) & ~(size_t)3);
	return (uint8_t)where;
}

bool emu_config_pm(struct emu_config *c, uint8_t at)
{
	uint8_t where = cap(c, at, PCI_CAP_ID_PM, CAP_PM_LEN);

	if (where == 0)
		return false;
	fix(c, where + 2u, 0x0022, 2); /* version 2, needs its driver to set it up */
	c->writable[where + PCI_PM_CTRL] = 0x03;
	return true;
}

bool emu_config_msi(struct emu_config *c, uint8_t at)
{
	uint8_t where = cap(c, at, CAP_MSI, CAP_MSI_LEN);

	if (where == 0)
		return false;
	c->msi = true;
	c->writable[where + 2] = 0x01; /* on; one vector */
	le_put(c->writable + where + 4, 0xfffffffc, 4);
	le_put(c->writable + where + 8, 0xffff, 2);
	return true;
}

bool emu_config_express(struct emu_config *c, uint8_t at, unsigned type, bool flr)
{
	uint8_t where = cap(c, at, PCI_CAP_ID_EXP, CAP_EXP_LEN);

	if (where == 0)
		return false;
	fix(c, where + (size_t)PCI_EXP_FLAGS, (type & 0xf) << 4 | 2, 2);
	fix(c, where + (size_t)PCI_EXP_DEVCAP, EXP_RBER | (flr ? PCI_EXP_DEVCAP_FLR : 0), 4);
	le_put(c->writable + where + EXP_DEVCTL, 0x7fff, 2);
	if (flr) {
		c->flr_at = (uint16_t)(where + EXP_DEVCTL + 1);
		c->flr_bit = FLR_START;
	}
	return true;
}

bool emu_config_af(struct emu_config *c, uint8_t at)
{
	uint8_t where = cap(c, at, PCI_CAP_ID_AF, CAP_AF_LEN);

	if (where == 0)
		return false;
	fix(c, where + 2u, CAP_AF_LEN, 1);
	fix(c, where + (size_t)PCI_AF_CAP, 0x01 | PCI_AF_CAP_FLR, 1); /* transactions pending, and FLR */
	c->flr_at = (uint16_t)(where + 4);
	c->flr_bit = 0x01;
	return true;
}

void emu_config_set(struct emu_config *c, size_t at, const uint8_t *p, size_t n, uint8_t writable)
{
	if (at > c->n || n > c->n - at)
		return;
	memcpy(c->bytes + at, p, n);
	memcpy(c->first + at, p, n);
	memset(c->writable + at, writable, n);
}

void emu_config_reset(struct emu_config *c)
{
	memcpy(c->bytes, c->first, sizeof(c->bytes));
}

void emu_config_read(const struct emu_config *c, size_t at, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = at < c->n && i < c->n - at ? c->bytes[at + i] : 0xff;
}

void emu_config_write(struct emu_config *c, size_t at, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n && at < c->n && i < c->n - at; i++) {
		uint8_t w = c->writable[at + i];

		c->bytes[at + i] = (uint8_t)((c->bytes[at + i] & ~w) | (p[i] & w));
	}
}

bool emu_config_is_flr(const struct emu_config *c, size_t at, const uint8_t *p, size_t n)
{
	return c->flr_at != 0 && at <= c->flr_at && c->flr_at - at < n && (p[c->flr_at - at] & c->flr_bit) != 0;
}

uint64_t emu_config_get(const struct emu_config *c, size_t at, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes && i < 8 && at < c->n && i < c->n - at; i++)
		v |= (uint64_t)c->bytes[at + i] << (8 * i);
	return v;
}
