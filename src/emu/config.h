/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.h - the configuration space of an emulated function: what may be written, and what a BAR answers when it is
 * sized.
 *
 * Source: PCI Local Bus Specification 3.0, 6.2; 6.2.5.1 (sizing: a BAR keeps its type bits, an expansion ROM BAR its
 * enable bit), PCI Express Base Specification 5.0, 7.5.
 */
#pragma once

#include "emu/device.h"

enum emu_bar_kind { EMU_BAR_NONE, EMU_BAR_IO, EMU_BAR_32, EMU_BAR_64 };

struct emu_bar {
	enum emu_bar_kind kind;
	bool prefetchable;
	uint64_t size; /* bytes, a power of two */
};

struct emu_config {
	uint8_t bytes[4096], first[4096], writable[4096]; /* now, after a reset, and which bits a guest can change */
	size_t n;					  /* 256, or 4096 with PCI Express */
	struct emu_bar bars[6];
	size_t rom;	   /* bytes of the expansion ROM, a power of two; 0: none */
	bool msi;	   /* it has the capability */
	uint16_t caps_end; /* where the next capability goes */
	uint8_t caps_link; /* the byte that leads to it */
	uint16_t flr_at;   /* the byte whose .flr_bit starts a function level reset; 0: there is none */
	uint8_t flr_bit;
};

/* What a function is by itself; its BARs and capabilities are added. */
struct emu_ids {
	uint16_t vendor, device, subvendor, subdevice;
	uint32_t class_code; /* 0x030000 */
	uint8_t revision;
	bool multifunction; /* of function 0: there are others in its slot */
	uint8_t pin;	    /* of INTx, 1 to 4; 0: none */
};

void emu_config_init(struct emu_config *c, const struct emu_ids *ids, bool express);
/* False: the bar is taken, or makes no sense. */
bool emu_config_bar(struct emu_config *c, unsigned i, struct emu_bar bar);
void emu_config_rom(struct emu_config *c, size_t size);
/* Capabilities are chained in the order of these calls, at 40h and up or where @at says (0: the next free). */
bool emu_config_pm(struct emu_config *c, uint8_t at);
bool emu_config_msi(struct emu_config *c, uint8_t at);
bool emu_config_express(struct emu_config *c, uint8_t at, unsigned type, bool flr); /* type: enum pcie_type */
bool emu_config_af(struct emu_config *c, uint8_t at); /* Advanced Features with FLR: conventional functions */
/* Bytes that differ from 0, and which of their bits a guest can change. */
void emu_config_set(struct emu_config *c, size_t at, const uint8_t *p, size_t n, uint8_t writable);

void emu_config_reset(struct emu_config *c);
void emu_config_read(const struct emu_config *c, size_t at, uint8_t *p, size_t n);
void emu_config_write(struct emu_config *c, size_t at, const uint8_t *p, size_t n);
/* Would this write start a function level reset? The bit reads 0, and what is reset is the device's. */
bool emu_config_is_flr(const struct emu_config *c, size_t at, const uint8_t *p, size_t n);
uint64_t emu_config_get(const struct emu_config *c, size_t at, unsigned bytes); /* little endian */
