// SPDX-License-Identifier: BSD-2-Clause
#include "program.h"

#include "fw/igd_id.h"
#include "fw/igd_regs.h"
#include "std/pci.h"

bool program_row(size_t n, struct program_row *ret)
{
	size_t n_ids;
	const struct igd_id *ids = igd_ids(&n_ids);

	for (size_t i = 0; i < n_ids; i++) {
		if (ids[i].vendor != 0x8086 || n--)
			continue;
		*ret = (struct program_row) {
			.id = ids[i].device,
			.discrete = ids[i].kind == GPU_INTEL_DISCRETE,
			.bdsm = ids[i].bdsm == BDSM_5C_32   ? 0x5c
				: ids[i].bdsm == BDSM_C0_64 ? 0xc0
							    : 0,
			.ggc = ids[i].ggc != GGC_NONE && ids[i].ggc != GGC_MTL,
		};
		return true;
	}
	return false;
}

uint64_t program_stolen(uint16_t id, uint16_t ggc)
{
	uint8_t config[256] = { 0 };
	struct igd_regs regs;

	config[0x50] = (uint8_t)ggc;
	config[0x51] = (uint8_t)(ggc >> 8);
	igd_regs_read(igd_id_find(0x8086, id), SPAN_OF(config), &regs);
	return regs.stolen_why == IGD_REG_KNOWN ? regs.stolen : 0;
}
