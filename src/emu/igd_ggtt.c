// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * igd_ggtt.c - the global GTT, and the aperture through it into the guest's memory.
 *
 * A client may map the GTT and change it at any time, so each entry is read once and what it says is looked up. Not
 * modelled: caches (what is written is there at once), fences (the aperture is linear), local memory.
 *
 * Source: Linux drivers/gpu/drm/i915/gt/intel_gtt.h and intel_ggtt.c (6.12): GEN6_PTE_VALID, GEN6_GTT_ADDR_ENCODE
 * (address bits 39:32 in bits 11:4), HSW_GTT_ADDR_ENCODE (38:32 in 10:4, so that bit 11 can choose a cache),
 * GEN8_PAGE_PRESENT, GEN12_GGTT_PTE_ADDR_MASK. Gen 7 is read as Haswell has it: the difference is memory beyond
 * 512 GiB.
 */
#include "emu/igd_parts.h"

#include <string.h>

#include "base/le.h"

#define PAGE	    4096u
#define PTE_PRESENT 1u
#define GEN8_ADDR   0x0000007ffffff000ull
#define GEN12_ADDR  0x00003ffffffff000ull

bool igd_ggtt_find(const struct emu_igd *g, uint64_t at, uint64_t *ret)
{
	uint64_t pte, entry = at / PAGE;

	if (entry >= g->gtt_n / g->pte_n)
		return false;
	pte = le_get(g->gtt + entry * g->pte_n, g->pte_n);
	if (!(pte & PTE_PRESENT))
		return false;
	if (g->pte_n == 8)
		pte &= g->gen >= 12 ? GEN12_ADDR : GEN8_ADDR;
	else
		pte = (pte & 0xfffff000) | (pte & (g->gen == 6 ? 0xff0u : 0x7f0u)) << 28;
	*ret = pte | at % PAGE;
	return true;
}

void igd_gtt_read(const struct emu_igd *g, uint64_t at, uint8_t *p, size_t n)
{
	if (at < g->gtt_n && n <= g->gtt_n - at)
		memcpy(p, g->gtt + at, n);
}

void igd_gtt_write(struct emu_igd *g, uint64_t at, const uint8_t *p, size_t n)
{
	if (at >= g->gtt_n || n > g->gtt_n - at)
		return;
	memcpy(g->gtt + at, p, n);
	if (!g->gtt_seen)
		igd_event(g, (struct emu_event) { .kind = EMU_EVENT_GTT });
	g->gtt_seen = true;
}

/* How much of @n bytes at @at lies in one page. */
static size_t in_page(uint64_t at, size_t n)
{
	size_t room = PAGE - at % PAGE;

	return n < room ? n : room;
}

void igd_aperture_read(const struct emu_igd *g, uint64_t at, uint8_t *p, size_t n)
{
	for (size_t part; n > 0; at += part, p += part, n -= part) {
		const uint8_t *from = NULL;
		uint64_t guest;

		part = in_page(at, n);
		if (igd_ggtt_find(g, at, &guest))
			from = emu_memory_at(&g->device.memory, guest, part);
		if (from)
			memcpy(p, from, part);
		else
			memset(p, 0xff, part);
	}
}

void igd_aperture_write(struct emu_igd *g, uint64_t at, const uint8_t *p, size_t n)
{
	for (size_t part; n > 0; at += part, p += part, n -= part) {
		uint8_t *to = NULL;
		uint64_t guest;

		part = in_page(at, n);
		if (igd_ggtt_find(g, at, &guest))
			to = emu_memory_writable(&g->device.memory, guest, part);
		if (to)
			memcpy(to, p, part);
	}
}
