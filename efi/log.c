// SPDX-License-Identifier: BSD-2-Clause
/*
 * log.c - lines to whoever listens outside of the guest.
 *
 * The firmware's own console is of no use here: release builds of OVMF keep their debug output to themselves, and
 * there may be no console before these drivers have worked. The two ports need no protocol and no memory.
 */
#include "log.h"

#include <stdarg.h>
#include <stddef.h>

#include "machine.h"

#define LINE_MAX 199 /* characters, without the line's end */

#define DEBUG_PORT   0x402
#define DEBUG_ANSWER 0xe9 /* QEMU hw/char/debugcon.c, property "readback" */

/* 16550 data sheet: the first serial port of a PC, and its registers. */
#define UART	      0x3f8
#define UART_LCR      (UART + 3)
#define LCR_DLAB      0x80 /* the data register is the divisor's now: not ours to write */
#define UART_LSR      (UART + 5)
#define LSR_THRE      0x20   /* room for a byte */
#define UART_PATIENCE 100000 /* reads of LSR before a port that takes nothing is given up */

static struct {
	const char *driver;
	bool debug, serial;
} out;

struct line {
	char text[LINE_MAX];
	size_t n;
};

static struct line begun; /* by log_add() */

void log_open(const char *driver)
{
	begun.n = 0;
	out.driver = driver;
	out.debug = machine_in8(DEBUG_PORT) == DEBUG_ANSWER;
	out.serial = machine_in8(UART_LSR) != 0xff;
}

static void line_char(struct line *l, char c)
{
	if (l->n < LINE_MAX)
		l->text[l->n++] = c;
}

static void line_text(struct line *l, const char *s)
{
	while (*s)
		line_char(l, *s++);
}

static void line_number(struct line *l, uint64_t value, unsigned base, unsigned width)
{
	char digits[20];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value || n < width);
	while (n--)
		line_char(l, digits[n]);
}

static void serial_char(char c)
{
	for (unsigned i = 0; out.serial && !(machine_in8(UART_LSR) & LSR_THRE); i++)
		out.serial = i < UART_PATIENCE;
	if (out.serial)
		machine_out8(UART, (uint8_t)c);
}

static void line_write(const struct line *l)
{
	bool serial = out.serial && !(machine_in8(UART_LCR) & LCR_DLAB);

	for (size_t i = 0; out.debug && i < l->n; i++)
		machine_out8(DEBUG_PORT, (uint8_t)l->text[i]);
	if (out.debug)
		machine_out8(DEBUG_PORT, '\n');
	for (size_t i = 0; serial && i < l->n; i++)
		serial_char(l->text[i]);
	if (serial) {
		serial_char('\r');
		serial_char('\n');
	}
}

static void line_format(struct line *l, const char *fmt, va_list args)
{
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			line_char(l, *fmt);
		} else if (*++fmt == 's') {
			line_text(l, va_arg(args, const char *));
		} else if (*fmt == 'u') {
			line_number(l, va_arg(args, uint32_t), 10, 1);
		} else if (*fmt == 'x') {
			line_text(l, "0x");
			line_number(l, va_arg(args, uint64_t), 16, 1);
		} else if (*fmt == '0') { /* %02x, %04x */
			line_number(l, va_arg(args, uint32_t), 16, (unsigned)(fmt[1] - '0'));
			fmt += 2;
		} else {
			line_char(l, '%');
		}
	}
}

void log_add(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line_format(&begun, fmt, args);
	va_end(args);
}

void log_line(const char *fmt, ...)
{
	struct line l;
	va_list args;

	l.n = 0;
	line_text(&l, "igdctl: ");
	line_text(&l, out.driver);
	line_text(&l, ": ");
	for (size_t i = 0; i < begun.n; i++)
		line_char(&l, begun.text[i]);
	begun.n = 0;
	va_start(args, fmt);
	line_format(&l, fmt, args);
	va_end(args);
	line_write(&l);
}
