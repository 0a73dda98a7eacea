// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a driver: its headers, and whether it is a GOP. What is one is a PE too. */
#include <stdlib.h>

#include "fw/gop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span s = { data, size };
	struct report rep = { 0 };
	struct gop g;
	struct pe pe;
	bool te;
	int r = pe_read(s, &pe, &rep);

	require(r == rep.code);
	if (r == 0) {
		require(pe.file_size <= size && (pe.overlay_at == 0 || pe.overlay_at < size));
		require(!pe.partial || pe.overlay_at == 0);
		require(pe_machine_str(pe.machine)[0] != '\0');
	}
	if (!gop_read(s, &g, &te))
		return 0;
	require(r == 0 && !te && !pe.te);
	require(g.vendor == 0x8086 || g.vendor == 0x1002);
	require(g.n_devices <= GOP_DEVICES_MAX && strlen(g.version) < sizeof(g.version));
	for (const char *c = g.version; *c; c++)
		require((*c >= '0' && *c <= '9') || *c == '.');
	for (size_t i = 0; i < g.n_devices; i++)
		require(gop_is_for(&g, g.devices[i]));
	return 0;
}
