/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * interrupt.h - the interrupts of one device: an eventfd of the client's each, and whether it is masked.
 *
 * An interrupt is an edge here: raising it writes to the eventfd once, and nothing is masked but by the client.
 */
#pragma once

#include "base/macros.h"
#include "emu/device.h"

#define EMU_IRQ_MAX 32 /* of a kind: what MSI has; with more than these of MSI-X a device shows 32 */

struct emu_irqs {
	int fd[EMU_IRQS][EMU_IRQ_MAX]; /* owned; -1: not asked for */
	uint32_t masked[EMU_IRQS], pending[EMU_IRQS];
};

void emu_irqs_init(struct emu_irqs *q);
void emu_irqs_done(struct emu_irqs *q); /* closes the eventfds; emu_irqs_init() before the next use */

/*
 * Is @fd an eventfd? Nothing else is written to: what a write does to another file, or how long it takes, is the
 * client's to choose. No where /proc is missing.
 */
bool emu_irq_is_eventfd(int fd);

/* Signal @fd, which becomes @q's, from now on; -1: nobody. */
void emu_irq_set(struct emu_irqs *q, enum emu_irq_index i, unsigned n, int fd);
void emu_irq_mask(struct emu_irqs *q, enum emu_irq_index i, unsigned n, bool masked);
void emu_irq_raise(struct emu_irqs *q, enum emu_irq_index i, unsigned n);
