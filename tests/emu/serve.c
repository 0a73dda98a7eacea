// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * serve.c - the dummy device behind a socket, for a QEMU of the tests, and what was heard of it on standard output.
 *
 *     serve [-q] FD
 *
 * FD is a listening UNIX socket that was inherited. A line each: accesses ("write 7 4+2 0x6", region, offset, size;
 * not with -q); and when the first client is gone, which ends it, the most guest memory that was known and mapped at
 * a time, why it is gone, and counts. A write to the first byte of BAR 2 raises INTx.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dummy.h"
#include "emu/server.h"

static struct emu_server *server;
static bool quiet;

static void heard(_unused_ void *ctx, const struct emu_device *d, const struct emu_access *a)
{
	if (a->write && a->region == EMU_BAR2 && a->at == 0)
		emu_server_irq(server, d, EMU_INTX, 0);
	if (quiet)
		return;
	printf("%s %d %" PRIx64 "+%zx 0x%" PRIx64 "\n", a->write ? "write" : "read", a->region, a->at, a->n,
	       a->value);
}

struct bytes {
	uint64_t known, mapped;
	size_t ranges;
};

static struct bytes memory_of(const struct emu_memory *m)
{
	struct bytes b = { 0, 0, m->n };

	for (size_t i = 0; i < m->n; i++) {
		b.known += m->v[i].n;
		b.mapped += m->v[i].p ? m->v[i].n : 0;
	}
	return b;
}

/* The largest memory that was there at any time: it is gone with the client. */
static void watch(const struct dummy *y)
{
	struct bytes most = { 0 }, now;
	struct pollfd v[2 * EMU_DEVICES_MAX];

	while (!emu_server_had_client(server, &y->device) || emu_server_has_client(server, &y->device)) {
		size_t n = emu_server_poll(server, v);

		if (poll(v, (nfds_t)n, -1) < 0)
			continue;
		for (size_t i = 0; i < n; i++)
			emu_server_ready(server, &v[i]);
		now = memory_of(&y->device.memory);
		if (now.known > most.known)
			most = now;
	}
	printf("memory %" PRIx64 " known, %" PRIx64 " mapped, %zu ranges\n", most.known, most.mapped, most.ranges);
	printf("gone %s\n", emu_server_complaint(server, &y->device) ?: "by itself");
	printf("resets %zu, reads %zu, writes %zu\n", y->resets, y->reads, y->writes);
}

int main(int argc, char **argv)
{
	static struct dummy y;

	quiet = argc == 3 && strcmp(argv[1], "-q") == 0;
	if (argc != 2 + quiet || !dummy_init(&y) || emu_server_new(&server) < 0 ||
	    emu_server_add(server, &y.device, (int)strtol(argv[1 + quiet], NULL, 10)) < 0)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	y.device.trace = heard;
	watch(&y);
	emu_server_free(server);
	dummy_done(&y);
	return 0;
}
