/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log.h - one line a step, to QEMU's debug console at port 0x402 and to the first serial port, where they are there.
 *
 * "igdctl: IgdAssignment: 00:02.0 8086:3e92: OpRegion of 8192 bytes at 0x7feea000" - programs read these lines
 * (docs/uefi-drivers.md lists them), so a changed word is a changed interface.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Look once which of the two are there (port 0x402 reads E9: QEMU hw/char/debugcon.c; a UART's line status is not
 * FF). */
void log_open(const char *driver);

/*
 * Write a line: "igdctl: DRIVER: ", the text, a line end ("\r\n" to the serial port). In @fmt: %s text, %u decimal of
 * uint32_t, %x hexadecimal of uint64_t with "0x" and without leading zeros, %02x, %04x, %06x, %08x of that many
 * digits and without "0x" (uint32_t), %%. A line has at most 199 characters; more are cut.
 */
void log_line(const char *fmt, ...);

/* What the next log_line() begins with, behind what was added before; for lines of many parts. */
void log_add(const char *fmt, ...);
