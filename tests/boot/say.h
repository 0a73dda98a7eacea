/* SPDX-License-Identifier: BSD-2-Clause */
/* say.h - words and numbers to port 0x402, for the tests' own UEFI drivers. */
#pragma once

#include "machine.h"

static inline void say(const char *s)
{
	while (*s)
		machine_out8(0x402, (uint8_t)*s++);
}

/* In base 10 or 16, at least @digits digits. */
static inline void say_number(uint64_t value, unsigned base, unsigned digits)
{
	char buf[21];
	unsigned at = sizeof(buf) - 1;

	buf[at] = 0;
	do {
		buf[--at] = "0123456789abcdef"[value % base];
		value /= base;
		digits -= digits > 0;
	} while (value || (digits && at));
	say(buf + at);
}

static inline void say_hex(uint64_t value)
{
	say("0x");
	say_number(value, 16, 1);
}
