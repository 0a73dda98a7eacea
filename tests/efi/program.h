/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * program.h - what the program (src/fw/igd_id.h, igd_regs.h) knows of an Intel device, in plain numbers: its names
 * and those of efi/igd.h are the same words, so one file cannot see both.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct program_row {
	uint16_t id;
	bool discrete;
	unsigned bdsm; /* 0x5c, 0xc0 of configuration space; 0: not there */
	bool ggc;      /* in configuration space */
};

/* The n-th row of Intel's; false past the last. */
bool program_row(size_t n, struct program_row *ret);

/* Stolen memory that the device's GGC of that value stands for; 0: none or unknown. */
uint64_t program_stolen(uint16_t id, uint16_t ggc);
