// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * interrupt.c - eventfds: told from other files, written to, closed.
 *
 * A write to an eventfd waits while its counter is full, unless the file is non-blocking, which is a flag that the
 * client shares and may change. So it is asked beforehand whether there is room: a full counter means that the client
 * has interrupts to fetch anyhow. A client that fills it in the moment between, on a file that it made blocking, can
 * hold the server up until it reads; it could as well hold up itself.
 */
#include "emu/interrupt.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void emu_irqs_init(struct emu_irqs *q)
{
	*q = (struct emu_irqs) { 0 };
	for (size_t i = 0; i < EMU_IRQS; i++)
		for (size_t n = 0; n < EMU_IRQ_MAX; n++)
			q->fd[i][n] = -1;
}

void emu_irqs_done(struct emu_irqs *q)
{
	for (size_t i = 0; i < EMU_IRQS; i++)
		for (size_t n = 0; n < EMU_IRQ_MAX; n++)
			if (q->fd[i][n] >= 0)
				close(q->fd[i][n]);
	emu_irqs_init(q);
}

bool emu_irq_is_eventfd(int fd)
{
	static const char kind[] = "anon_inode:[eventfd]";
	char path[32], link[sizeof(kind)];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link));
	return n == (ssize_t)strlen(kind) && memcmp(link, kind, strlen(kind)) == 0;
}

void emu_irq_set(struct emu_irqs *q, enum emu_irq_index i, unsigned n, int fd)
{
	if (q->fd[i][n] >= 0)
		close(q->fd[i][n]);
	q->fd[i][n] = fd;
	q->pending[i] &= ~(1u << n);
}

void emu_irq_mask(struct emu_irqs *q, enum emu_irq_index i, unsigned n, bool masked)
{
	if (masked) {
		q->masked[i] |= 1u << n;
		return;
	}
	q->masked[i] &= ~(1u << n);
	if (q->pending[i] & 1u << n)
		emu_irq_raise(q, i, n);
}

void emu_irq_raise(struct emu_irqs *q, enum emu_irq_index i, unsigned n)
{
	struct pollfd p = { .fd = q->fd[i][n], .events = POLLOUT };
	uint64_t one = 1;

	if (q->masked[i] & 1u << n) {
		q->pending[i] |= 1u << n;
		return;
	}
	q->pending[i] &= ~(1u << n);
	if (p.fd < 0 || poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT))
		return;
	if (write(p.fd, &one, sizeof(one)) < 0)
		return; /* full after all: it has some to fetch */
}
