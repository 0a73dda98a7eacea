// SPDX-License-Identifier: GPL-2.0-or-later
/* device.c - names, for traces. */
#include "emu/device.h"

#include "base/macros.h"

const char *emu_region_str(enum emu_region_index i)
{
	static const char *const names[EMU_REGIONS] = { "bar0", "bar1", "bar2",	  "bar3", "bar4",
							"bar5", "rom",	"config", "vga" };

	return (size_t)i < ARRAY_SIZE(names) ? names[i] : "?";
}
