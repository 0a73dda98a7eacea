/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * igd.h - which Intel display device has what registers. The table is made from data/igd.tsv when the drivers are
 * built.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "pci_io.h"

#define IGD_VENDOR 0x8086
#define IGD_GGC	   0x50 /* 16 bits: how much memory is stolen */
#define IGD_BDSM32 0x5c /* 32 bits: where it is, up to generation 10 */
#define IGD_BDSM64 0xc0 /* 64 bits: from generation 11 on */
#define IGD_ASLS   0xfc /* 32 bits: where the OpRegion is */

enum igd_bdsm { BDSM_NONE, BDSM_AT_5C, BDSM_AT_C0 };
enum igd_ggc { GGC_NONE, GGC_GEN6, GGC_GEN8, GGC_GEN9, GGC_CHV };

struct igd { /* one display device of Intel's */
	EFI_HANDLE handle;
	EFI_PCI_IO_PROTOCOL *pci;
	uint8_t bus, device, function;
	uint16_t id;
	bool known;    /* in the table; else the two below are NONE */
	bool discrete; /* a card of its own: neither OpRegion nor stolen memory is its business */
	enum igd_bdsm bdsm;
	enum igd_ggc ggc;
};

/* Is the device at @handle a display of Intel's: vendor 8086, class 0300 or 0380? True and @ret. */
bool igd_is(EFI_BOOT_SERVICES *bs, EFI_HANDLE handle, struct igd *ret);

/* Bytes of stolen memory that @ggc, the register's value, stands for; 0: none, or a reserved value. */
uint64_t igd_stolen_size(enum igd_ggc layout, uint16_t ggc);
