// SPDX-License-Identifier: GPL-2.0-or-later
/* brief_device.c - which GPU is emulated: its ids, the registers that the firmware of a PC would have set, and the
 * LPC bridge that its GOP driver looks for. */
#include <string.h>

#include "base/error.h"
#include "cli/brief.h"
#include "facts/facts.h"
#include "fw/igd_regs.h"

#define INTEL	      0x8086U
#define COMMON	      0x3e92U /* UHD Graphics 630 of Coffee Lake */
#define CLASS_DISPLAY 0x030000U
#define CLASS_BRIDGE  0x0601U /* to ISA, which an LPC bridge says it is */

/* ---- GGC ---------------------------------------------------------------------------------------------------- */

/* 64 MiB, and the GTT of 8 MiB (gen 6: 2 MiB): what a board's setup offers first. Fields: igd_regs.c. */
static uint16_t ggc_usual(enum ggc_layout layout)
{
	switch (layout) {
	case GGC_GEN6:
		return 2 << 8 | 2 << 3;
	case GGC_CHV:
		return 3 << 8 | 2 << 3;
	case GGC_GEN8:
	case GGC_GEN9:
	case GGC_MTL:
		return 2 << 8 | 3 << 6;
	case GGC_NONE:
		break;
	}
	return 0;
}

/* Bytes that the guest's firmware has to find for it; 0: none. */
static uint64_t stolen_of(const struct igd_id *id, uint16_t ggc)
{
	uint8_t config[256] = { [IGD_GGC] = (uint8_t)ggc, [IGD_GGC + 1] = (uint8_t)(ggc >> 8) };
	struct igd_regs regs;

	igd_regs_read(id, SPAN_OF(config), &regs);
	return regs.stolen_why == IGD_REG_KNOWN ? regs.stolen : 0;
}

static enum brief_bdsm bdsm_of(const struct igd_id *id)
{
	return id->bdsm == BDSM_5C_32 ? BRIEF_BDSM_32 : id->bdsm == BDSM_C0_64 ? BRIEF_BDSM_64 : BRIEF_BDSM_NONE;
}

/* ---- the LPC bridge ----------------------------------------------------------------------------------------- */

/* One bridge a platform, for want of the host's own; pci.ids has their names. */
static const struct {
	const char *platform;
	uint16_t device;
} bridges[] = {
	{ "Sandy Bridge", 0x1c4e },	    /* Q67 */
	{ "Ivy Bridge", 0x1e47 },	    /* Q77 */
	{ "Haswell", 0x8c4e },		    /* Q87 */
	{ "Broadwell", 0x9cc3 },	    /* Wildcat Point-LP */
	{ "Skylake", 0xa146 },		    /* Q170 */
	{ "Kaby Lake", 0xa2c6 },	    /* Q270 */
	{ "Amber Lake (KBL)", 0x9d4e },	    /* Sunrise Point-LP */
	{ "Coffee Lake", 0xa306 },	    /* Q370 */
	{ "Amber Lake (CFL)", 0x9d84 },	    /* Cannon Point-LP */
	{ "Whiskey Lake", 0x9d84 },	    /* the same */
	{ "Comet Lake", 0x0687 },	    /* Q470 */
	{ "Broxton/Apollo Lake", 0x5ae8 },  /* Celeron N3350 */
	{ "Gemini Lake", 0x31e8 },	    /* Celeron Silver */
	{ "Valleyview/Bay Trail", 0x0f1c }, /* Atom Z36xxx */
	{ "Cherryview/Braswell", 0x229c },  /* Celeron N3xxx */
	{ "Ice Lake", 0x3482 },		    /* Ice Lake-LP */
	{ "Elkhart Lake", 0x4b00 },	    /* Elkhart Lake */
	{ "Tiger Lake", 0xa082 },	    /* Tiger Lake-LP */
	{ "Alder Lake-P", 0x5182 },	    /* Alder Lake */
};

static void bridge_usual(const char *platform, struct brief *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(bridges); i++)
		if (strcmp(bridges[i].platform, platform) == 0) {
			b->lpc = INTEL << 16 | bridges[i].device;
			b->lpc_from = "one of its platform";
		}
}

static void bridge_of_host(const struct facts *f, struct brief *b)
{
	const struct pci_fn *p = facts_find_pci(f, (struct pci_addr) { .dev = 0x1f });

	if (!p || !p->id.known || pci_fn_vendor(p) != INTEL || !p->class.known || p->class.v != CLASS_BRIDGE)
		return;
	b->lpc = p->id.v;
	b->lpc_subsystem = p->subsys.known ? p->subsys.v : 0;
	b->lpc_revision = p->rev.known ? p->rev.v : 0;
	b->lpc_from = "the host's";
}

/* ---- the GPU ------------------------------------------------------------------------------------------------ */

static void host_edid(const struct facts *f, struct brief *b)
{
	for (size_t i = 0; i < f->n_connectors && b->edid.n == 0; i++)
		if (f->connectors[i].pci == f->igd.pci && f->connectors[i].edid.n >= 128)
			b->edid = f->connectors[i].edid;
}

static void take_host(const struct facts *f, struct brief *b)
{
	const struct pci_fn *p = &f->pci[f->igd.pci];

	b->id = p->id.v;
	b->subsystem = p->subsys.known ? p->subsys.v : 0;
	b->revision = p->rev.known ? p->rev.v & 0xff : 0;
	if (p->class.known)
		b->class_code = (p->class.v & 0xffff) << 8 | (p->prog_if.known ? p->prog_if.v & 0xff : 0);
	b->ggc = f->igd.ggc.known ? f->igd.ggc.v & 0xffff : 0;
	b->device_from = arena_str(&b->arena, f->input);
	bridge_of_host(f, b);
	host_edid(f, b);
}

static bool is_igd(uint32_t id)
{
	const struct igd_id *row = igd_id_find((uint16_t)(id >> 16), (uint16_t)id);

	return row && row->kind == GPU_INTEL_INTEGRATED;
}

static void choose(const struct brief_wish *w, const struct facts *f, uint32_t rom_id, struct brief *b)
{
	b->class_code = CLASS_DISPLAY;
	if (w->device_known) {
		b->id = (uint32_t)w->vendor << 16 | w->device;
		b->device_from = "--device";
	} else if (f && f->igd.pci >= 0 && f->pci[f->igd.pci].id.known) {
		take_host(f, b);
	} else if (rom_id && is_igd(rom_id)) {
		b->id = rom_id;
		b->device_from = "the ROM's first image";
	} else {
		b->id = INTEL << 16 | COMMON;
		b->device_from = "none was named: a common one";
	}
}

int brief_device(const struct brief_wish *w, const struct facts *f, uint32_t rom_id, struct brief *b,
		 struct report *rep)
{
	const struct igd_id *row;
	unsigned vendor, device;

	choose(w, f, rom_id, b);
	vendor = (unsigned)(b->id >> 16);
	device = (unsigned)(b->id & 0xffff);
	row = igd_id_find((uint16_t)vendor, (uint16_t)device);
	if (!row)
		return report_refuse(rep, IGD_EVERSION, REPORT_NOWHERE,
				     "%04x:%04x is not in the table of GPUs, so there is nothing to emulate it by",
				     vendor, device);
	if (row->kind != GPU_INTEL_INTEGRATED)
		return report_refuse(
			rep, IGD_EUSAGE, REPORT_NOWHERE,
			"%04x:%04x (%s) is no integrated GPU of Intel's, and only those can be rehearsed", vendor,
			device, row->platform);
	b->platform = arena_str(&b->arena, row->platform);
	b->generation = row->generation;
	b->bdsm = bdsm_of(row);
	if (!b->ggc)
		b->ggc = ggc_usual(row->ggc);
	b->stolen = b->bdsm == BRIEF_BDSM_NONE ? 0 : stolen_of(row, (uint16_t)b->ggc);
	if (!b->lpc)
		bridge_usual(row->platform, b);
	return 0;
}
