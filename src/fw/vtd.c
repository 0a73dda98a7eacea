// SPDX-License-Identifier: GPL-2.0-or-later
/* vtd.c - the fields of VT-d's capability registers. */
#include "fw/vtd.h"

#include "std/vtd.h"

static unsigned field(uint64_t reg, unsigned low, unsigned bits)
{
	return (unsigned)(reg >> low & ((UINT64_C(1) << bits) - 1));
}

static bool bit(uint64_t reg, unsigned n)
{
	return field(reg, n, 1) != 0;
}

static uint8_t widest(unsigned sagaw)
{
	if (sagaw & 8)
		return 57;
	if (sagaw & 4)
		return 48;
	return sagaw & 2 ? 39 : 0;
}

bool vtd_caps_read(uint64_t cap, uint64_t ecap, struct vtd_caps *ret)
{
	if (cap == 0 || cap == UINT64_MAX || ecap == UINT64_MAX)
		return false;
	*ret = (struct vtd_caps) {
		.mgaw = (uint8_t)VTD_CAP_MGAW(cap),
		.sagaw = (uint8_t)field(cap, 8, 5),
		.sagaw_bits = widest(field(cap, 8, 5)),
		.sllps = (uint8_t)field(cap, 34, 4),
		.domains = UINT32_C(1) << (4 + 2 * field(cap, 0, 3)),
		.rwbf = bit(cap, 4),
		.caching_mode = bit(cap, 7),
		.posted_interrupts = bit(cap, 59),
		.fl5lp = bit(cap, 60),
		.coherent = bit(ecap, 0),
		.queued_inval = bit(ecap, 1),
		.device_tlb = bit(ecap, 2),
		.intr_remap = bit(ecap, 3),
		.x2apic = bit(ecap, 4),
		.pass_through = bit(ecap, 6),
		.snoop_control = bit(ecap, 7),
		.nested = bit(ecap, 26),
		.scalable_mode = bit(ecap, 43),
		.second_stage = bit(ecap, 46),
		.first_stage = bit(ecap, 47),
	};
	return true;
}
