/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * message.h - one message of vfio-user in, the answer out: the protocol without a socket, so that it can be tested
 * and fuzzed as a function.
 */
#pragma once

#include "base/span.h"
#include "emu/device.h"
#include "emu/interrupt.h"

#define EMU_MESSAGE_HEAD 16
#define EMU_MESSAGE_MAX	 ((size_t)(1 << 20) + 4096) /* bytes with the header; what we tell the client that we take */
#define EMU_FDS_MAX	 8			    /* of one message */

struct emu_session { /* of one client with one device */
	struct emu_device *device;
	bool greeted; /* it has sent VERSION, which must be first */
	struct emu_irqs irqs;
	const char *complaint; /* why the connection has to end; NULL: it goes on */
};

void emu_session_begin(struct emu_session *s, struct emu_device *d); /* also resets the device */
void emu_session_end(
	struct emu_session *s); /* closes the eventfds, unmaps the guest's memory; not the device's state */

/* How long the message is that begins with @head, at least 16 bytes: bytes with the header; 0: it is none. */
size_t emu_message_length(struct span head);

/*
 * Answer @message, which is whole, and came with @n_fds descriptors, all of which are closed or kept by this. Writes
 * to @reply, of EMU_MESSAGE_MAX bytes; how many, 0 when none is due. @ret_fd: goes with the reply, and stays the
 * device's; -1. s->complaint is set when the connection has to end, which a reply may still precede.
 */
size_t emu_message(struct emu_session *s, struct span message, int *fds, size_t n_fds, uint8_t *reply, int *ret_fd);

/* Raise the interrupt @n of the kind @i, as far as the client has asked for it. */
void emu_session_irq(struct emu_session *s, enum emu_irq_index i, unsigned n);
