// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * igd.c - the emulated IGD as a PCI function: its configuration space, its regions, and reset. What its registers do
 * is in igd_power.c, igd_gt.c, igd_display.c, igd_i2c.c and igd_irq.c, its GTT in igd_ggtt.c.
 *
 * Registers are accessed by dwords, as drivers do; a smaller or odd access is a read of the dwords that it touches,
 * and a write puts its bytes into them.
 *
 * Sources: Intel Graphics Programmer's Reference Manuals (01.org), "PCI Registers" and "MMIO" of volumes 2 and 3 of
 * each generation; offsets of the capabilities as lspci shows them on such machines. Size and halves of BAR 0: Linux
 * drivers/gpu/drm/i915/gt/intel_ggtt.c, ggtt_probe_common(). Index and data ports: QEMU hw/vfio/igd.c,
 * vfio_igd_quirk_data_write(). Mirrors of GGC and BDSM in BAR 0: QEMU hw/vfio/igd.c, 10.0,
 * vfio_probe_igd_bar0_quirk(); Linux drivers/gpu/drm/i915/i915_reg.h, GEN12_DSMBASE, GGC.
 */
#include "emu/igd.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/le.h"
#include "emu/igd_parts.h"
#include "std/pci.h"

#define MIB	       ((size_t)1 << 20)
#define APERTURE       (256 * MIB)
#define PORTS	       64
#define ROM_BYTES_MIN  2048
#define AT_GGC	       0x50
#define AT_BDSM_32     0x5c
#define AT_BDSM_64     0xc0
#define AT_ASLS	       0xfc
#define AT_INT_PIN     0x3d
#define COMMAND_DECODE 0x0003 /* I/O and memory */
#define MMIO_GGC       0x108040
#define MMIO_BDSM      0x1080c0

static struct emu_igd *of(struct emu_device *d)
{
	return (struct emu_igd *)d;
}

void igd_event(struct emu_igd *g, struct emu_event e)
{
	if (g->event)
		g->event(g->event_ctx, &e);
}

/* Registers, as the rest of the model sees them. */

static const struct igd_rules *const all_rules[] = { &igd_power_rules, &igd_gt_rules, &igd_display_rules,
						     &igd_i2c_rules, &igd_irq_rules };

static bool is_for(const struct emu_igd *g, const struct igd_rule *r)
{
	return g->gen >= r->from && g->gen <= r->to;
}

/* A byte for each register says which rule it has, if any: the first that fits, so they are written from the last. */
static void rules_index(struct emu_igd *g)
{
	for (size_t k = 0; k < ARRAY_SIZE(all_rules); k++)
		for (size_t i = 0; i < all_rules[k]->n; i++)
			if (is_for(g, &all_rules[k]->v[i])) {
				assert(g->n_rules + 1 < ARRAY_SIZE(g->rules));
				g->rules[++g->n_rules] = &all_rules[k]->v[i];
			}
	for (size_t i = g->n_rules; i > 0; i--)
		for (uint32_t j = 0; j < g->rules[i]->n; j++) {
			uint32_t at = g->rules[i]->at + j * g->rules[i]->step;

			assert(at % 4 == 0);
			if (at < g->mmio_n)
				g->rule_of[at / 4] = (uint8_t)i;
		}
}

static const struct igd_rule *rule_of(const struct emu_igd *g, uint32_t at)
{
	return at % 4 == 0 && at < g->mmio_n ? g->rules[g->rule_of[at / 4]] : NULL;
}

uint32_t igd_reg(const struct emu_igd *g, uint32_t at)
{
	return at % 4 == 0 && at < g->mmio_n ? g->regs[at / 4] : 0;
}

void igd_reg_set(struct emu_igd *g, uint32_t at, uint32_t v)
{
	if (at % 4 == 0 && at < g->mmio_n)
		g->regs[at / 4] = v;
}

uint32_t igd_read_first(_unused_ struct emu_igd *g, const struct igd_rule *r, _unused_ uint32_t at)
{
	return r->first;
}

void igd_write_nothing(_unused_ struct emu_igd *g, _unused_ const struct igd_rule *r, _unused_ uint32_t at,
		       _unused_ uint32_t v)
{
}

/* GGC and BDSM are seen in BAR 0 too. */
static bool mirror(const struct emu_igd *g, uint32_t at, uint32_t *ret)
{
	uint64_t bdsm = emu_igd_bdsm(g);

	if (at == MMIO_GGC)
		*ret = g->model.ggc;
	else if (at == MMIO_BDSM && g->model.bdsm != EMU_BDSM_NONE)
		*ret = (uint32_t)bdsm;
	else if (at == MMIO_BDSM + 4 && g->model.bdsm == EMU_BDSM_64)
		*ret = (uint32_t)(bdsm >> 32);
	else
		return false;
	return true;
}

uint32_t igd_reg_read(struct emu_igd *g, uint32_t at)
{
	const struct igd_rule *r = rule_of(g, at);
	uint32_t v;

	if (mirror(g, at, &v))
		return v;
	return r && r->read ? r->read(g, r, at) : igd_reg(g, at);
}

void igd_reg_write(struct emu_igd *g, uint32_t at, uint32_t v)
{
	const struct igd_rule *r = rule_of(g, at);

	if (r && r->write)
		r->write(g, r, at, v);
	else
		igd_reg_set(g, at, v);
}

void igd_regs_reset(struct emu_igd *g)
{
	if (madvise(g->regs, g->mmio_n, MADV_DONTNEED) < 0)
		memset(g->regs, 0, g->mmio_n);
	for (size_t i = g->n_rules; i > 0; i--)
		for (uint32_t j = 0; g->rules[i]->first && j < g->rules[i]->n; j++)
			if (rule_of(g, g->rules[i]->at + j * g->rules[i]->step) == g->rules[i])
				igd_reg_set(g, g->rules[i]->at + j * g->rules[i]->step, g->rules[i]->first);
}

/* Regions. */

static void mmio_read(struct emu_igd *g, uint64_t at, uint8_t *p, size_t n)
{
	for (size_t part; n > 0; at += part, p += part, n -= part) {
		uint8_t dword[4];
		size_t in = at % 4;

		part = n < 4 - in ? n : 4 - in;
		le_put(dword, igd_reg_read(g, (uint32_t)(at - in)), 4);
		memcpy(p, dword + in, part);
	}
}

static void mmio_write(struct emu_igd *g, uint64_t at, const uint8_t *p, size_t n)
{
	for (size_t part; n > 0; at += part, p += part, n -= part) {
		uint8_t dword[4];
		size_t in = at % 4;

		part = n < 4 - in ? n : 4 - in;
		le_put(dword, igd_reg(g, (uint32_t)(at - in)), 4);
		memcpy(dword + in, p, part);
		igd_reg_write(g, (uint32_t)(at - in), (uint32_t)le_get(dword, 4));
	}
}

/* BAR 0: registers, and the GTT behind them. */
static void bar0_read(struct emu_igd *g, uint64_t at, uint8_t *p, size_t n)
{
	size_t regs = at >= g->mmio_n ? 0 : n < g->mmio_n - at ? n : g->mmio_n - at;

	mmio_read(g, at, p, regs);
	if (n > regs)
		igd_gtt_read(g, at + regs - g->mmio_n, p + regs, n - regs);
}

static void bar0_write(struct emu_igd *g, uint64_t at, const uint8_t *p, size_t n)
{
	size_t regs = at >= g->mmio_n ? 0 : n < g->mmio_n - at ? n : g->mmio_n - at;

	mmio_write(g, at, p, regs);
	if (n > regs)
		igd_gtt_write(g, at + regs - g->mmio_n, p + regs, n - regs);
}

/* Where in BAR 0 the data port leads: bit 0 of the index chooses the GTT. */
static bool port_target(const struct emu_igd *g, uint64_t *ret)
{
	uint64_t at = g->port_index & ~3u;
	bool gtt = g->port_index & 1;

	*ret = at + (gtt ? g->mmio_n : 0);
	return at < (gtt ? g->gtt_n : g->mmio_n);
}

/* BAR 4: the index at 0, the data at 4; nothing behind them. */
static void ports_read(struct emu_igd *g, uint64_t at, uint8_t *p, size_t n)
{
	uint8_t both[8] = { 0 };
	uint64_t to;

	le_put(both, g->port_index, 4);
	if (at < 8 && at + n > 4 && port_target(g, &to))
		bar0_read(g, to, both + 4, 4);
	for (size_t i = 0; i < n; i++)
		p[i] = at + i < sizeof(both) ? both[at + i] : 0;
}

static void ports_write(struct emu_igd *g, uint64_t at, const uint8_t *p, size_t n)
{
	uint8_t index[4];
	uint64_t to;
	size_t i = 0;

	le_put(index, g->port_index, 4);
	for (; i < n && at + i < 4; i++)
		index[at + i] = p[i];
	g->port_index = (uint32_t)le_get(index, 4);
	if (i < n && at + i < 8 && port_target(g, &to)) {
		size_t in = at + i - 4;

		bar0_write(g, to + in, p + i, n - i < 4 - in ? n - i : 4 - in);
	}
}

static void rom_read(const struct emu_igd *g, uint64_t at, uint8_t *p, size_t n)
{
	struct span part;

	memset(p, 0xff, n);
	if (at < g->model.rom.n &&
	    span_cut(g->model.rom, at, n < g->model.rom.n - at ? n : g->model.rom.n - at, &part))
		memcpy(p, part.p, part.n);
}

/* Configuration space. */

uint64_t emu_igd_bdsm(const struct emu_igd *g)
{
	if (g->model.bdsm == EMU_BDSM_NONE)
		return 0;
	return g->model.bdsm == EMU_BDSM_32 ? emu_config_get(&g->config, AT_BDSM_32, 4)
					    : emu_config_get(&g->config, AT_BDSM_64, 8);
}

uint32_t emu_igd_asls(const struct emu_igd *g)
{
	return (uint32_t)emu_config_get(&g->config, AT_ASLS, 4);
}

static bool touches(uint64_t at, size_t n, size_t reg, size_t reg_n)
{
	return at < reg + reg_n && at + n > reg;
}

static void config_events(struct emu_igd *g, uint64_t at, size_t n, uint64_t was)
{
	size_t bdsm = g->model.bdsm == EMU_BDSM_64 ? AT_BDSM_64 : AT_BDSM_32;
	uint64_t command = emu_config_get(&g->config, PCI_COMMAND, 2);

	if ((command ^ was) & COMMAND_DECODE)
		igd_event(g, (struct emu_event) {
				     .kind = EMU_EVENT_ENABLED, .value = command, .on = command & COMMAND_DECODE });
	if (g->model.bdsm != EMU_BDSM_NONE && touches(at, n, bdsm, g->model.bdsm == EMU_BDSM_64 ? 8 : 4))
		igd_event(g, (struct emu_event) {
				     .kind = EMU_EVENT_BDSM, .value = emu_igd_bdsm(g), .at = (uint32_t)bdsm });
	if (touches(at, n, AT_ASLS, 4))
		igd_event(g, (struct emu_event) { .kind = EMU_EVENT_ASLS, .value = emu_igd_asls(g), .at = AT_ASLS });
}

static void all_reset(struct emu_igd *g, uint64_t why)
{
	emu_config_reset(&g->config);
	igd_regs_reset(g);
	if (madvise(g->gtt, g->gtt_n, MADV_REMOVE) < 0)
		memset(g->gtt, 0, g->gtt_n);
	g->port_index = 0;
	g->gtt_seen = g->woken = false;
	g->clock = 0;
	g->gmbus = (struct igd_gmbus) { 0 };
	g->pins_asked = g->aux_asked = 0;
	igd_event(g, (struct emu_event) { .kind = EMU_EVENT_RESET, .value = why });
}

static void config_write(struct emu_igd *g, uint64_t at, const uint8_t *p, size_t n)
{
	uint64_t was = emu_config_get(&g->config, PCI_COMMAND, 2);

	if (emu_config_is_flr(&g->config, at, p, n)) {
		all_reset(g, 1);
		return;
	}
	emu_config_write(&g->config, at, p, n);
	config_events(g, at, n, was);
}

/* What the server calls. */

static uint64_t region_size(const struct emu_igd *g, enum emu_region_index i)
{
	if (i == EMU_CONFIG)
		return g->config.n;
	if (i == EMU_ROM)
		return g->config.rom;
	return i <= EMU_BAR5 ? g->config.bars[i].size : 0;
}

static void igd_region(struct emu_device *d, enum emu_region_index i, struct emu_region *ret)
{
	struct emu_igd *g = of(d);

	*ret = (struct emu_region) { .size = region_size(g, i), .fd = -1 };
	ret->readable = ret->size != 0;
	ret->writable = ret->size != 0 && i != EMU_ROM;
	if (i == EMU_BAR0) {
		ret->fd = g->fd;
		ret->map_at = g->mmio_n;
		ret->map_n = g->gtt_n;
	}
}

static void igd_read(struct emu_device *d, enum emu_region_index i, uint64_t at, uint8_t *p, size_t n)
{
	struct emu_igd *g = of(d);

	memset(p, 0xff, n);
	if (at >= region_size(g, i) || n > region_size(g, i) - at)
		return;
	switch (i) {
	case EMU_BAR0:
		bar0_read(g, at, p, n);
		break;
	case EMU_BAR2:
		igd_aperture_read(g, at, p, n);
		break;
	case EMU_BAR4:
		ports_read(g, at, p, n);
		break;
	case EMU_ROM:
		rom_read(g, at, p, n);
		break;
	case EMU_CONFIG:
		emu_config_read(&g->config, at, p, n);
		break;
	default:
		break;
	}
}

static void igd_write(struct emu_device *d, enum emu_region_index i, uint64_t at, const uint8_t *p, size_t n)
{
	struct emu_igd *g = of(d);

	if (at >= region_size(g, i) || n > region_size(g, i) - at)
		return;
	switch (i) {
	case EMU_BAR0:
		bar0_write(g, at, p, n);
		break;
	case EMU_BAR2:
		igd_aperture_write(g, at, p, n);
		break;
	case EMU_BAR4:
		ports_write(g, at, p, n);
		break;
	case EMU_CONFIG:
		config_write(g, at, p, n);
		break;
	default:
		break;
	}
}

static unsigned igd_irqs(struct emu_device *d, enum emu_irq_index i)
{
	const struct emu_config *c = &of(d)->config;

	if (i == EMU_INTX)
		return emu_config_get(c, AT_INT_PIN, 1) != 0;
	return i == EMU_MSI && c->msi;
}

static void igd_reset(struct emu_device *d)
{
	struct emu_igd *g = of(d);

	all_reset(g, d->asked);
}

static const struct emu_device_ops igd_ops = {
	.region = igd_region, .read = igd_read, .write = igd_write, .irqs = igd_irqs, .reset = igd_reset
};

/* Making one. */

static size_t rom_size(size_t n)
{
	size_t size = ROM_BYTES_MIN;

	while (size < n && size < SIZE_MAX / 2)
		size *= 2;
	return n ? size : 0;
}

/* Capabilities where the real ones have them: from gen 9 on with PCI Express, before that with Advanced Features. */
static void capabilities(struct emu_igd *g)
{
	bool made;

	if (g->gen >= 9)
		made = emu_config_express(&g->config, 0x70, PCIE_RC_ENDPOINT, true) &&
		       emu_config_msi(&g->config, 0xac) && emu_config_pm(&g->config, 0xd0);
	else
		made = emu_config_msi(&g->config, 0x90) && emu_config_pm(&g->config, 0xd0) &&
		       emu_config_af(&g->config, 0xa4);
	assert(made);
}

static void registers(struct emu_igd *g)
{
	const struct emu_igd_model *m = &g->model;
	uint8_t bytes[8], writable = m->write_protected ? 0 : 0xff;

	le_put(bytes, m->ggc, 2);
	emu_config_set(&g->config, AT_GGC, bytes, 2, 0);
	le_put(bytes, m->bdsm_first, 8);
	if (m->bdsm == EMU_BDSM_32)
		emu_config_set(&g->config, AT_BDSM_32, bytes, 4, writable);
	else if (m->bdsm == EMU_BDSM_64)
		emu_config_set(&g->config, AT_BDSM_64, bytes, 8, writable);
	le_put(bytes, m->asls_first, 4);
	emu_config_set(&g->config, AT_ASLS, bytes, 4, writable);
}

static void configure(struct emu_igd *g)
{
	bool made;

	emu_config_init(&g->config, &g->model.ids, g->gen >= 9);
	made = emu_config_bar(&g->config, 0, (struct emu_bar) { EMU_BAR_64, false, g->mmio_n + g->gtt_n }) &&
	       emu_config_bar(&g->config, 2, (struct emu_bar) { EMU_BAR_64, true, APERTURE }) &&
	       emu_config_bar(&g->config, 4, (struct emu_bar) { EMU_BAR_IO, false, PORTS });
	assert(made);
	emu_config_rom(&g->config, rom_size(g->model.rom.n));
	capabilities(g);
	registers(g);
}

/* The GTT is a file that the client maps; nobody can cut it, or reading it here would be a fault. */
static int memory_open(struct emu_igd *g)
{
	void *regs, *gtt, *rules;

	g->fd = memfd_create("gtt", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (g->fd < 0 || ftruncate(g->fd, (off_t)(g->mmio_n + g->gtt_n)) < 0 ||
	    fcntl(g->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -IGD_ENOMEM;
	gtt = mmap(NULL, g->gtt_n, PROT_READ | PROT_WRITE, MAP_SHARED, g->fd, (off_t)g->mmio_n);
	g->gtt = gtt == MAP_FAILED ? NULL : gtt;
	regs = mmap(NULL, g->mmio_n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	g->regs = regs == MAP_FAILED ? NULL : regs;
	rules = mmap(NULL, g->mmio_n / 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	g->rule_of = rules == MAP_FAILED ? NULL : rules;
	return g->gtt && g->regs && g->rule_of ? 0 : -IGD_ENOMEM;
}

int emu_igd_new(const struct emu_igd_model *model, struct emu_igd **ret)
{
	struct emu_igd *g;

	if (model->generation < IGD_GEN_MIN || model->generation > IGD_GEN_MAX)
		return -IGD_EUSAGE;
	g = calloc(1, sizeof(*g));
	if (!g)
		return -IGD_ENOMEM;
	g->device = (struct emu_device) { .ops = &igd_ops, .name = model->name };
	g->model = *model;
	g->gen = model->generation;
	g->mmio_n = g->gen < 8 ? 2 * MIB : 8 * MIB;
	g->gtt_n = g->mmio_n;
	g->pte_n = g->gen < 8 ? 4 : 8;
	if (memory_open(g) < 0) {
		emu_igd_free(g);
		return -IGD_ENOMEM;
	}
	rules_index(g);
	configure(g);
	igd_regs_reset(g);
	*ret = g;
	return 0;
}

void emu_igd_free(struct emu_igd *g)
{
	if (!g)
		return;
	if (g->regs)
		munmap(g->regs, g->mmio_n);
	if (g->rule_of)
		munmap(g->rule_of, g->mmio_n / 4);
	if (g->gtt)
		munmap(g->gtt, g->gtt_n);
	if (g->fd >= 0)
		close(g->fd);
	free(g);
}

struct emu_device *emu_igd_device(struct emu_igd *g)
{
	return &g->device;
}

void emu_igd_on_event(struct emu_igd *g, void (*event)(void *ctx, const struct emu_event *e), void *ctx)
{
	g->event = event;
	g->event_ctx = ctx;
}
