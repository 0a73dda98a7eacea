/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * server.h - vfio-user over UNIX sockets, for as many devices as there are, in one thread.
 *
 * The server has no loop of its own: whoever polls asks for its descriptors and hands back those that are ready. One
 * client a device. When it goes, its memory and interrupts go with it; the device stays as the guest left it, to be
 * looked at, and is reset when the next client comes. A client that breaks the protocol loses its connection, never
 * more; nor can it have more than one answer waiting, so one that reads none is not read from either.
 *
 * Source: QEMU docs/interop/vfio-user.rst, protocol 0.1; QEMU hw/vfio-user/ (11.1) for what its client insists on.
 */
#pragma once

#include <poll.h>

#include "base/report.h"
#include "emu/device.h"

struct emu_server;

/* A server without devices: 0, or -IGD_ENOMEM. */
int emu_server_new(struct emu_server **ret) _must_check_;
void emu_server_free(struct emu_server *s);

/*
 * Serve @d to whoever connects to the listening socket @fd, which becomes the server's in each case. 0, -IGD_ENOMEM,
 * or -IGD_ELIMIT (EMU_DEVICES_MAX).
 */
#define EMU_DEVICES_MAX 64
int emu_server_add(struct emu_server *s, struct emu_device *d, int fd) _must_check_;

/* What to wait for, into @v of room for 2 * EMU_DEVICES_MAX: how many. */
size_t emu_server_poll(const struct emu_server *s, struct pollfd *v);

/* One of those is ready: take what is there, some messages at most, and answer it. */
void emu_server_ready(struct emu_server *s, const struct pollfd *ready);

/* Is somebody connected to @d? Was somebody, ever? */
bool emu_server_has_client(const struct emu_server *s, const struct emu_device *d);
bool emu_server_had_client(const struct emu_server *s, const struct emu_device *d);

/*
 * Why the last connection to @d was cut by us, or not taken, as a sentence; NULL: it was not. Good until the next
 * call of ready.
 */
const char *emu_server_complaint(const struct emu_server *s, const struct emu_device *d);

/* Raise the interrupt @i of @d, where the client has asked for it. */
void emu_server_irq(struct emu_server *s, const struct emu_device *d, enum emu_irq_index i, unsigned n);
