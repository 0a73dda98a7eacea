// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * registers.c - what configuration space bytes tell of a function, and of the IGD in particular.
 */
#include <string.h>

#include "facts/read.h"
#include "fw/igd_regs.h"
#include "fw/pci_config.h"

static void tri_from(struct fact_tri *fact, enum pci_known k, const char *from)
{
	if (k != PCI_UNKNOWN)
		fact_tri_set(fact, k == PCI_YES, from);
}

void facts_pci_config(struct facts *f, struct pci_fn *p, struct span config, const char *from)
{
	struct pci_config c;

	if (p->config.n >= config.n || pci_config_read(config, &c, NULL) < 0)
		return;
	p->config = (struct span) { (const uint8_t *)arena_span(&f->arena, config), config.n };
	p->config_from = from;
	if (c.has_id)
		fact_num_set(&p->id, (uint64_t)c.vendor << 16 | c.device, from);
	fact_num_set(&p->class, c.class, from);
	fact_num_set(&p->prog_if, c.prog_if, from);
	fact_num_set(&p->rev, c.rev, from);
	if (c.has_subsys)
		fact_num_set(&p->subsys, (uint64_t)c.subsys_vendor << 16 | c.subsys_device, from);
	fact_num_set(&p->header_type, c.header_type, from);
	if (p->addr.fn == 0)
		fact_tri_set(&p->multifunction, c.multifunction, from);
	if (c.has_buses) {
		fact_num_set(&p->secondary, c.secondary, from);
		fact_num_set(&p->subordinate, c.subordinate, from);
	}
	if (c.has_pcie_type)
		fact_num_set(&p->pcie_type, c.pcie_type, from);
	tri_from(&p->flr, c.flr, from);
	tri_from(&p->acs, c.acs, from);
	if (c.acs == PCI_YES) {
		fact_num_set(&p->acs_cap, c.acs_cap, from);
		fact_num_set(&p->acs_ctl, c.acs_ctl, from);
	}
	if (c.sriov != PCI_UNKNOWN)
		fact_num_set(&p->sriov_total, c.sriov == PCI_YES ? c.sriov_total : 0, from);
}

static void num_or_why(struct fact_num *fact, enum igd_reg_why why, uint64_t v, const char *from)
{
	if (why == IGD_REG_KNOWN)
		fact_num_set(fact, v, from);
	else
		fact_num_why(fact, igd_reg_why_str(why));
}

void facts_igd_regs(struct facts *f)
{
	const struct pci_fn *p = f->igd.pci < 0 ? NULL : &f->pci[f->igd.pci];
	struct igd *igd = &f->igd;
	struct igd_regs r;

	if (!p || !p->id.known || pci_fn_vendor(p) != PCI_VENDOR_INTEL)
		return;
	if (p->config.n == 0) {
		struct fact_num *const nums[] = { &igd->ggc, &igd->stolen, &igd->gtt, &igd->bdsm, &igd->asls };

		for (size_t i = 0; i < ARRAY_SIZE(nums); i++)
			fact_num_why(nums[i], p->config_from ? p->config_from
							     : "its configuration space is not in this input");
		return;
	}
	igd_regs_read(igd->id, p->config, &r);
	num_or_why(&igd->ggc, r.ggc_why, r.ggc, p->config_from);
	num_or_why(&igd->stolen, r.stolen_why, r.stolen, p->config_from);
	num_or_why(&igd->gtt, r.gtt_why, r.gtt, p->config_from);
	num_or_why(&igd->bdsm, r.bdsm_why, r.bdsm, p->config_from);
	num_or_why(&igd->asls, r.asls_why, r.asls, p->config_from);
	if (r.vga_why == IGD_REG_KNOWN)
		fact_tri_set(&igd->vga_disabled, r.vga_disabled, p->config_from);
	else
		fact_tri_why(&igd->vga_disabled, igd_reg_why_str(r.vga_why));
}
