// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A whole conversation of a vfio-user client: messages one after the other as in a stream, each behind a byte that
 * says which descriptors come with it. What is answered has its form, guest memory stays a sorted list of readable
 * ranges, and in the end nothing is open or mapped that was not before.
 *
 * The descriptors: bits 0 to 3 how many, bits 4 to 6 the first of them in the pool; the others follow in turn. Memory
 * files are always the same two, so what one input writes the next may see, but nothing depends on it.
 */
#include <stdlib.h>
#include <sys/eventfd.h>

#include "../emu/dummy.h"
#include "emu/message.h"

#define POOL	     8
#define FILE_SIZE    (1 << 16)
#define MESSAGES_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static int file(unsigned seals)
{
	int fd = memfd_create("guest", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	must(fd >= 0 && ftruncate(fd, FILE_SIZE) == 0 && fcntl(fd, F_ADD_SEALS, seals) == 0);
	return fd;
}

static const int *pool(void)
{
	static int fds[POOL], made;

	if (made++)
		return fds;
	fds[0] = file(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	for (size_t i = 1; i <= 4; i++)
		fds[i] = eventfd(0, EFD_CLOEXEC | (i == 2 ? 0 : EFD_NONBLOCK));
	fds[5] = file(0);
	fds[6] = file(F_SEAL_SHRINK | F_SEAL_WRITE);
	fds[7] = open("/dev/null", O_RDWR | O_CLOEXEC);
	return fds;
}

static size_t pick(uint8_t how, int *fds)
{
	size_t n = (how & 15) > EMU_FDS_MAX ? 0 : how & 15u;

	for (size_t i = 0; i < n; i++) {
		fds[i] = fcntl(pool()[((how >> 4) + i) % POOL], F_DUPFD_CLOEXEC, 0);
		must(fds[i] >= 0);
	}
	return n;
}

static void memory_check(const struct emu_memory *m)
{
	size_t mapped = 0, counted = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct emu_range *r = &m->v[i];
		const uint8_t *p = emu_memory_at(m, r->at, r->n);

		must(r->n > 0 && r->at % EMU_PAGE == 0 && (i == 0 || r->at > m->v[i - 1].at + (m->v[i - 1].n - 1)));
		must(emu_memory_has(m, r->at, r->n) && (p != NULL) == (r->p != NULL) &&
		     (p == NULL) == (r->why != NULL));
		must(!p || p[0] + p[r->n - 1] >= 0);
		mapped += p != NULL;
	}
	for (size_t i = 0; i < EMU_FILES_MAX; i++)
		counted += m->files[i].n_ranges;
	must(mapped == counted);
}

static void hear(_unused_ void *ctx, const struct emu_device *d, const struct emu_access *a)
{
	struct emu_region r;

	d->ops->region((struct emu_device *)(uintptr_t)d, a->region, &r);
	must(a->n > 0 && a->at < r.size && a->n <= r.size - a->at);
}

/* Nothing is open that was not: the lowest free number is the same. */
static int lowest_free(void)
{
	int fd = dup(pool()[7]);

	must(fd >= 0);
	close(fd);
	return fd;
}

/* The message at the front of @rest, cut off; false when there is none whole. */
static bool message(struct span *rest, uint8_t *how, struct span *ret)
{
	size_t n;

	if (!span_u8(*rest, 0, how) || !span_from(*rest, 1, rest))
		return false;
	n = emu_message_length(*rest);
	return n > 0 && span_cut(*rest, 0, n, ret) && span_from(*rest, n, rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t reply[EMU_MESSAGE_MAX];
	struct span rest = { data, size }, said;
	int before = lowest_free(), fds[EMU_FDS_MAX], fd;
	struct emu_session s;
	struct dummy y;
	uint8_t how;

	must(dummy_init(&y));
	y.device.trace = hear;
	emu_session_begin(&s, &y.device);
	for (size_t i = 0; i < MESSAGES_MAX && !s.complaint && message(&rest, &how, &said); i++) {
		size_t n_fds = pick(how, fds), n = emu_message(&s, said, fds, n_fds, reply, &fd);

		must(n == 0 || (n >= EMU_MESSAGE_HEAD && n <= EMU_MESSAGE_MAX));
		must(n == 0 || emu_message_length((struct span) { reply, n }) == n);
		must(n == 0 || memcmp(reply, said.p, 4) == 0);
		must(fd == -1 || fd == y.fd);
		memory_check(&y.device.memory);
		emu_session_irq(&s, EMU_MSI, how % DUMMY_MSI);
	}
	emu_session_end(&s);
	must(y.device.memory.n == 0);
	dummy_done(&y);
	must(lowest_free() == before);
	return 0;
}
