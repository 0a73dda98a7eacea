// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as configuration space, and as the registers of each layout of iGPU. */
#include <stdlib.h>

#include "fw/igd_regs.h"
#include "fw/pci_config.h"
#include "fw/vtd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

static void registers(struct span config)
{
	for (int ggc = GGC_NONE; ggc <= GGC_MTL; ggc++)
		for (int bdsm = BDSM_NONE; bdsm <= BDSM_MMIO_64; bdsm++) {
			struct igd_id id = { .ggc = (enum ggc_layout)ggc, .bdsm = (enum bdsm_layout)bdsm };
			struct igd_regs r;

			igd_regs_read(&id, config, &r);
			require(r.stolen_why == IGD_REG_KNOWN || r.stolen == 0);
			require(r.bdsm % (1 << 20) == 0);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span config = { data, size };
	struct report rep = { 0 };
	struct pci_config c;
	struct vtd_caps caps;
	uint64_t cap, ecap;
	int r = pci_config_read(config, &c, &rep);

	require(r == rep.code);
	if (r == 0) {
		require(c.len <= size && c.len <= 4096);
		require(c.acs == PCI_YES || (c.acs_cap == 0 && c.acs_ctl == 0));
		require(c.dsn_at == 0 || c.dsn_at + 8u <= c.len);
	}
	registers(config);
	if (span_le64(config, 0, &cap) && span_le64(config, 8, &ecap) && vtd_caps_read(cap, ecap, &caps))
		require(caps.mgaw >= 1 && caps.mgaw <= 64);
	return 0;
}
