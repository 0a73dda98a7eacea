// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The emulated IGD: its regions in each generation, the ways into the GTT and through it, the handshakes that a
 * driver waits for, what a plane shows, and that a reset leaves nothing of the guest before.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/le.h"
#include "emu/igd.h"

#define MIB    ((uint64_t)1 << 20)
#define RAM    (4 * MIB)
#define RAM_AT 0x100000u /* guest address */

struct bench {
	struct emu_igd *g;
	struct emu_device *d;
	uint8_t *ram; /* RAM bytes of the guest's */
	struct emu_event events[64];
	size_t n;
};

static void heard(void *ctx, const struct emu_event *e)
{
	struct bench *b = ctx;

	if (b->n < ARRAY_SIZE(b->events))
		b->events[b->n++] = *e;
}

static struct emu_igd_model model_of(unsigned generation)
{
	return (struct emu_igd_model) { .name = "00:02.0",
					.ids = { 0x8086, 0x3e92, 0x103c, 0x83e2, 0x030000, 0x02, false, 1 },
					.generation = generation,
					.bdsm = generation >= 11 ? EMU_BDSM_64 : EMU_BDSM_32,
					.ggc = 0x01c1 };
}

static void begin(struct bench *b, const struct emu_igd_model *m)
{
	int fd = memfd_create("guest", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	*b = (struct bench) { .n = 0 };
	assert_int_equal(emu_igd_new(m, &b->g), 0);
	b->d = emu_igd_device(b->g);
	emu_igd_on_event(b->g, heard, b);
	assert_true(fd >= 0 && ftruncate(fd, RAM) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	b->ram = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(b->ram != MAP_FAILED);
	assert_int_equal(emu_memory_map(&b->d->memory, RAM_AT, RAM, fd, 0, true), 0);
	close(fd);
}

static void end(struct bench *b)
{
	emu_memory_unmap_all(&b->d->memory);
	munmap(b->ram, RAM);
	emu_igd_free(b->g);
}

static uint64_t get(struct bench *b, enum emu_region_index i, uint64_t at, size_t n)
{
	uint8_t p[8];

	b->d->ops->read(b->d, i, at, p, n);
	return le_get(p, n);
}

static void set(struct bench *b, enum emu_region_index i, uint64_t at, uint64_t v, size_t n)
{
	uint8_t p[8];

	le_put(p, v, n);
	b->d->ops->write(b->d, i, at, p, n);
}

static uint32_t reg(struct bench *b, uint32_t at)
{
	return (uint32_t)get(b, EMU_BAR0, at, 4);
}

static void reg_set(struct bench *b, uint32_t at, uint32_t v)
{
	set(b, EMU_BAR0, at, v, 4);
}

/* Page @i of the aperture is page @of of the guest's RAM. */
static void pte(struct bench *b, unsigned generation, uint64_t i, uint64_t of)
{
	uint64_t address = RAM_AT + of * 4096;

	if (generation < 8)
		set(b, EMU_BAR0, 2 * MIB + 4 * i, address | 1, 4);
	else
		set(b, EMU_BAR0, 8 * MIB + 8 * i, address | 1, 8);
}

static bool event_of(const struct bench *b, enum emu_event_kind kind, struct emu_event *ret)
{
	for (size_t i = b->n; i-- > 0;)
		if (b->events[i].kind == kind) {
			*ret = b->events[i];
			return true;
		}
	return false;
}

/* ---- configuration space and regions ------------------------------------------------------------------------ */

static void generations(_unused_ void **state)
{
	struct emu_igd_model m = model_of(5);
	struct emu_igd *g;

	assert_int_equal(emu_igd_new(&m, &g), -IGD_EUSAGE);
	m.generation = 14;
	assert_int_equal(emu_igd_new(&m, &g), -IGD_EUSAGE);
	emu_igd_free(NULL);
}

static void regions_of_each_generation(_unused_ void **state)
{
	for (unsigned gen = 6; gen <= 13; gen++) {
		struct emu_igd_model m = model_of(gen);
		uint64_t half = gen < 8 ? 2 * MIB : 8 * MIB;
		struct emu_region r;
		struct bench b;

		begin(&b, &m);
		b.d->ops->region(b.d, EMU_BAR0, &r);
		assert_true(r.size == 2 * half && r.fd >= 0 && r.map_at == half && r.map_n == half);
		assert_int_equal(ftruncate(r.fd, 0), -1);
		b.d->ops->region(b.d, EMU_BAR2, &r);
		assert_true(r.size == 256 * MIB && r.fd == -1);
		b.d->ops->region(b.d, EMU_BAR4, &r);
		assert_true(r.size == 64 && r.writable);
		b.d->ops->region(b.d, EMU_ROM, &r);
		assert_int_equal(r.size, 0);
		b.d->ops->region(b.d, EMU_CONFIG, &r);
		assert_int_equal(r.size, gen >= 9 ? 4096 : 256);
		for (uint64_t at = 0x10; at < 0x34; at += 4)
			set(&b, EMU_CONFIG, at, 0xffffffff, 4);
		assert_int_equal(get(&b, EMU_CONFIG, 0x10, 8), ~(2 * half - 1) | 4);
		assert_int_equal(get(&b, EMU_CONFIG, 0x18, 8), 0xfffffffff000000c);
		assert_int_equal(get(&b, EMU_CONFIG, 0x20, 8), 0xffffffc1);
		assert_int_equal(get(&b, EMU_CONFIG, 0x30, 4), 0);
		assert_int_equal(get(&b, EMU_CONFIG, 0, 4), 0x3e928086);
		assert_int_equal(get(&b, EMU_CONFIG, 8, 4), 0x03000002);
		assert_int_equal(get(&b, EMU_CONFIG, 0x34, 1), gen >= 9 ? 0x70 : 0x90);
		assert_int_equal(b.d->ops->irqs(b.d, EMU_MSI), 1);
		end(&b);
	}
}

static void stolen_memory_and_opregion(_unused_ void **state)
{
	static const struct {
		enum emu_bdsm bdsm;
		uint16_t at;
		unsigned n;
	} kinds[] = { { EMU_BDSM_NONE, 0, 0 }, { EMU_BDSM_32, 0x5c, 4 }, { EMU_BDSM_64, 0xc0, 8 } };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct emu_igd_model m = model_of(12);
		struct emu_event e;
		struct bench b;

		m.bdsm = kinds[i].bdsm;
		m.bdsm_first = 0x8b800001;
		m.asls_first = 0x70000000;
		begin(&b, &m);
		assert_int_equal(emu_igd_bdsm(b.g), kinds[i].n ? 0x8b800001 : 0);
		assert_int_equal(get(&b, EMU_CONFIG, 0x5c, 4), kinds[i].at == 0x5c ? 0x8b800001 : 0);
		assert_int_equal(get(&b, EMU_CONFIG, 0xc0, 8), kinds[i].at == 0xc0 ? 0x8b800001 : 0);
		assert_int_equal(reg(&b, 0x1080c0), kinds[i].n ? 0x8b800001 : 0);
		assert_int_equal(reg(&b, 0x108040), 0x01c1);
		set(&b, EMU_CONFIG, 0x50, 0xffff, 2); /* GGC is read only */
		assert_int_equal(get(&b, EMU_CONFIG, 0x50, 2), 0x01c1);
		set(&b, EMU_CONFIG, 0x5c, 0x77b00000, 4);
		assert_int_equal(event_of(&b, EMU_EVENT_BDSM, &e), kinds[i].at == 0x5c);
		set(&b, EMU_CONFIG, 0xc0, 0x77c00000, 4);
		set(&b, EMU_CONFIG, 0xc4, 1, 4);
		assert_int_equal(event_of(&b, EMU_EVENT_BDSM, &e), kinds[i].n != 0);
		assert_int_equal(emu_igd_bdsm(b.g), kinds[i].at == 0xc0	  ? 0x177c00000
						    : kinds[i].at == 0x5c ? 0x77b00000
									  : 0);
		set(&b, EMU_CONFIG, 0xfc, 0x7fee8000, 4);
		assert_true(event_of(&b, EMU_EVENT_ASLS, &e) && e.value == 0x7fee8000 && e.at == 0xfc);
		b.d->ops->reset(b.d);
		assert_int_equal(emu_igd_asls(b.g), 0x70000000);
		assert_int_equal(emu_igd_bdsm(b.g), kinds[i].n ? 0x8b800001 : 0);
		end(&b);
	}
}

static void write_protected(_unused_ void **state)
{
	struct emu_igd_model m = model_of(9);
	struct emu_event e;
	struct bench b;

	m.write_protected = true;
	begin(&b, &m);
	set(&b, EMU_CONFIG, 0x5c, 0x77b00000, 4);
	set(&b, EMU_CONFIG, 0xfc, 0x7fee8000, 4);
	assert_int_equal(emu_igd_bdsm(b.g), 0);
	assert_int_equal(emu_igd_asls(b.g), 0);
	assert_true(event_of(&b, EMU_EVENT_BDSM, &e) && e.value == 0); /* the attempt is told, with what is there */
	end(&b);
}

static void rom(_unused_ void **state)
{
	static const uint8_t bytes[3000] = { 0x55, 0xaa, [2999] = 0x77 };
	struct emu_igd_model m = model_of(9);
	struct emu_region r;
	struct bench b;

	m.rom = SPAN_OF(bytes);
	begin(&b, &m);
	b.d->ops->region(b.d, EMU_ROM, &r);
	assert_true(r.size == 4096 && r.readable && !r.writable);
	assert_int_equal(get(&b, EMU_ROM, 0, 2), 0xaa55);
	assert_int_equal(get(&b, EMU_ROM, 2998, 4), 0xffff7700);
	assert_int_equal(get(&b, EMU_ROM, 4092, 4), 0xffffffff);
	set(&b, EMU_ROM, 0, 0, 4);
	assert_int_equal(get(&b, EMU_ROM, 0, 2), 0xaa55);
	set(&b, EMU_CONFIG, 0x30, 0xffffffff, 4);
	assert_int_equal(get(&b, EMU_CONFIG, 0x30, 4), 0xfffff001);
	end(&b);
}

static void decoding_is_told(_unused_ void **state)
{
	struct emu_igd_model m = model_of(9);
	struct emu_event e;
	struct bench b;

	begin(&b, &m);
	set(&b, EMU_CONFIG, 4, 7, 2);
	assert_true(event_of(&b, EMU_EVENT_ENABLED, &e) && e.value == 7 && e.on);
	b.n = 0;
	set(&b, EMU_CONFIG, 4, 3, 2); /* bus master alone is nothing */
	assert_false(event_of(&b, EMU_EVENT_ENABLED, &e));
	set(&b, EMU_CONFIG, 4, 0, 2);
	assert_true(event_of(&b, EMU_EVENT_ENABLED, &e) && !e.on);
	end(&b);
}

/* ---- GTT, aperture, ports ----------------------------------------------------------------------------------- */

static void aperture_goes_through_the_gtt(_unused_ void **state)
{
	for (unsigned gen = 6; gen <= 13; gen++) {
		struct emu_igd_model m = model_of(gen);
		struct emu_event e;
		struct bench b;

		begin(&b, &m);
		assert_int_equal(get(&b, EMU_BAR2, 0, 4), 0xffffffff);
		set(&b, EMU_BAR2, 0, 0, 4); /* leads nowhere: dropped */
		pte(&b, gen, 0, 7);
		assert_true(event_of(&b, EMU_EVENT_GTT, &e));
		pte(&b, gen, 1, 3);
		b.n = 0;
		assert_false(event_of(&b, EMU_EVENT_GTT, &e));	 /* only the first */
		set(&b, EMU_BAR2, 0xffc, 0x1122334455667788, 8); /* over the end of a page */
		assert_memory_equal(b.ram + 7 * 4096 + 4092, ((uint8_t[]) { 0x88, 0x77, 0x66, 0x55 }), 4);
		assert_memory_equal(b.ram + 3 * 4096, ((uint8_t[]) { 0x44, 0x33, 0x22, 0x11 }), 4);
		assert_int_equal(get(&b, EMU_BAR2, 0xffc, 8), 0x1122334455667788);
		assert_int_equal(get(&b, EMU_BAR2, 0x1ffc, 8), 0xffffffff00000000); /* the next page is not there */
		pte(&b, gen, 2, RAM / 4096);					    /* behind the guest's memory */
		assert_int_equal(get(&b, EMU_BAR2, 0x2000, 8), UINT64_MAX);
		end(&b);
	}
}

/* Address bits above 32 in the PTEs of each width. */
static void high_addresses(_unused_ void **state)
{
	static const struct {
		unsigned gen;
		uint64_t pte;
		size_t n;
		uint64_t guest;
	} cases[] = {
		{ 6, 0x80000ff1, 4, 0xff80000000 },
		{ 7, 0x800007f1, 4, 0x7f80000000 },
		{ 7, 0x80000801, 4, 0x80000000 },
		{ 8, 0x8000000000000001 | 0x7f00001000, 8, 0x7f00001000 },
		{ 9, 0x8000000001 | 0x100000003, 8, 0x100000000 },
		{ 12, 0x200100000001, 8, 0x200100000000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct emu_igd_model m = model_of(cases[i].gen);
		int fd = memfd_create("high", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		struct bench b;

		begin(&b, &m);
		assert_true(fd >= 0 && ftruncate(fd, 4096) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
		assert_int_equal(pwrite(fd, "high", 4, 0), 4);
		assert_int_equal(emu_memory_map(&b.d->memory, cases[i].guest, 4096, fd, 0, true), 0);
		close(fd);
		set(&b, EMU_BAR0, cases[i].gen < 8 ? 2 * MIB : 8 * MIB, cases[i].pte, cases[i].n);
		assert_int_equal(get(&b, EMU_BAR2, 0, 4), 0x68676968);
		end(&b);
	}
}

static void mapped_gtt_is_the_same(_unused_ void **state)
{
	struct emu_igd_model m = model_of(9);
	struct emu_region r;
	struct bench b;
	uint8_t *map;

	begin(&b, &m);
	b.d->ops->region(b.d, EMU_BAR0, &r);
	map = mmap(NULL, r.map_n, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, (off_t)r.map_at);
	assert_true(map != MAP_FAILED);
	memcpy(map + 8, &(uint64_t) { RAM_AT | 1 }, 8);
	b.ram[0] = 0x5a;
	assert_int_equal(get(&b, EMU_BAR2, 0x1000, 1), 0x5a);
	assert_int_equal(get(&b, EMU_BAR0, 8 * MIB + 8, 8), RAM_AT | 1);
	b.d->ops->reset(b.d);
	assert_int_equal(map[8], 0);
	munmap(map, r.map_n);
	end(&b);
}

static void index_and_data_ports(_unused_ void **state)
{
	struct emu_igd_model m = model_of(9);
	struct bench b;

	begin(&b, &m);
	set(&b, EMU_BAR4, 0, 0x70188, 4);
	set(&b, EMU_BAR4, 4, 0x40, 4);
	assert_int_equal(reg(&b, 0x70188), 0x40);
	assert_int_equal(get(&b, EMU_BAR4, 4, 4), 0x40);
	assert_int_equal(get(&b, EMU_BAR4, 0, 4), 0x70188);
	set(&b, EMU_BAR4, 5, 0x12, 1); /* one byte of the data */
	assert_int_equal(reg(&b, 0x70188), 0x1240);
	set(&b, EMU_BAR4, 0, 0x8 | 1, 4); /* the GTT's third dword */
	set(&b, EMU_BAR4, 4, RAM_AT | 1, 4);
	assert_int_equal(get(&b, EMU_BAR0, 8 * MIB + 8, 4), RAM_AT | 1);
	set(&b, EMU_BAR4, 0, 0xfffffffc, 4); /* beyond everything */
	set(&b, EMU_BAR4, 4, 1, 4);
	assert_int_equal(get(&b, EMU_BAR4, 4, 4), 0);
	set(&b, EMU_BAR4, 0, 0xfffffffd, 4);
	set(&b, EMU_BAR4, 4, 1, 4);
	set(&b, EMU_BAR4, 8, UINT64_MAX, 8); /* nothing there */
	assert_int_equal(get(&b, EMU_BAR4, 56, 8), 0);
	end(&b);
}

static void odd_accesses(_unused_ void **state)
{
	struct emu_igd_model m = model_of(9);
	uint8_t *big = calloc(1, 1 << 20);
	struct bench b;

	assert_non_null(big);
	begin(&b, &m);
	reg_set(&b, 0x4f000, 0x11223344);
	set(&b, EMU_BAR0, 0x4f001, 0xaabb, 2);
	assert_int_equal(reg(&b, 0x4f000), 0x11aabb44);
	set(&b, EMU_BAR0, 0x4f003, 0x8877665544332211, 8);
	assert_int_equal(get(&b, EMU_BAR0, 0x4f002, 8), 0x776655443322 << 16 >> 8 << 8 | 0x11aa);
	set(&b, EMU_BAR0, 8 * MIB - 4, 0x123456789abcdef0, 8); /* the last register and the first PTE */
	assert_int_equal(get(&b, EMU_BAR0, 8 * MIB, 4), 0x12345678);
	assert_int_equal(get(&b, EMU_BAR0, 16 * MIB - 4, 8), UINT64_MAX); /* half outside */
	assert_int_equal(get(&b, EMU_BAR5, 0, 4), 0xffffffff);
	set(&b, EMU_BAR5, 0, 0, 4);
	set(&b, EMU_VGA, 0, 0, 4);
	for (uint64_t at = 0; at < 16 * MIB; at += MIB) {
		b.d->ops->write(b.d, EMU_BAR0, at, big, MIB);
		b.d->ops->read(b.d, EMU_BAR0, at, big, MIB);
	}
	memset(big, 0xff, MIB);
	for (uint64_t at = 0; at < 8 * MIB; at += MIB) /* ones in every register at once */
		b.d->ops->write(b.d, EMU_BAR0, at, big, MIB);
	b.d->ops->read(b.d, EMU_BAR2, 255 * MIB, big, MIB);
	end(&b);
	free(big);
}

/* ---- handshakes --------------------------------------------------------------------------------------------- */

static void forcewake(_unused_ void **state)
{
	static const struct {
		unsigned gen;
		uint32_t request, ack;
	} cases[] = {
		{ 7, 0xa188, 0x130040 },    { 7, 0xa188, 0x130044 },  { 8, 0xa188, 0x130044 },
		{ 9, 0xa188, 0x130044 },    { 9, 0xa278, 0xd84 },     { 9, 0xa270, 0xd88 },
		{ 11, 0xa540, 0xd50 },	    { 12, 0xa548, 0xd58 },    { 12, 0xa560, 0xd70 },
		{ 12, 0xa564, 0xd74 },	    { 13, 0xa188, 0x130044 }, { 12, 0xa188, 0xdfc },
		{ 12, 0x38a188, 0x380dfc },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct emu_igd_model m = model_of(cases[i].gen);
		struct emu_event e;
		struct bench b;

		begin(&b, &m);
		assert_int_equal(reg(&b, cases[i].ack) & 0xffff, 0);
		reg_set(&b, cases[i].request, 0xffff0000);
		assert_false(event_of(&b, EMU_EVENT_FORCEWAKE, &e));
		reg_set(&b, cases[i].request, 0x00010001);
		assert_int_equal(reg(&b, cases[i].ack) & 0xffff, 1);
		assert_true(event_of(&b, EMU_EVENT_FORCEWAKE, &e) && e.at == cases[i].request);
		reg_set(&b, cases[i].request, 0x80008000); /* the fallback, beside it */
		assert_int_equal(reg(&b, cases[i].ack) & 0xffff, 0x8001);
		reg_set(&b, cases[i].request, 0x00010000);
		assert_int_equal(reg(&b, cases[i].ack) & 0xffff, 0x8000);
		end(&b);
	}
}

static void forcewake_of_sandy_bridge(_unused_ void **state)
{
	struct emu_igd_model m = model_of(6);
	struct bench b;

	begin(&b, &m);
	reg_set(&b, 0xa18c, 1);
	assert_int_equal(reg(&b, 0x130090), 1);
	reg_set(&b, 0xa18c, 0);
	assert_int_equal(reg(&b, 0x130090), 0);
	assert_true((reg(&b, 0x120008) & 0x7f) > 20);
	end(&b);
}

static void power_wells(_unused_ void **state)
{
	struct emu_igd_model m = model_of(11);
	struct emu_event e;
	struct bench b;

	begin(&b, &m);
	for (uint32_t base = 0x45440; base <= 0x45450; base += 0x10) {
		reg_set(&b, base + 4, 0x2);
		assert_int_equal(reg(&b, base + 4), 0x3);
		reg_set(&b, base, 0x8); /* the firmware wants another */
		assert_int_equal(reg(&b, base), 0xd);
		assert_int_equal(reg(&b, base + 4), 0x7);
		reg_set(&b, base + 4, 0);
		assert_int_equal(reg(&b, base + 4), 0x4);
	}
	reg_set(&b, 0x45404, 0xffffffff);
	assert_int_equal(reg(&b, 0x45404), 0xffffffff);
	assert_int_equal(reg(&b, 0x45400), 0x55555555);
	assert_true(event_of(&b, EMU_EVENT_POWER, &e) && e.at == 0x45404 && e.on);
	assert_int_equal(reg(&b, 0x42000) >> 31, 1);
	end(&b);
}

/* One register each: what is written, and what must be there at once. */
static void handshakes(_unused_ void **state)
{
	static const struct {
		unsigned gen;
		uint32_t at, write, look, mask, value;
	} cases[] = {
		{ 7, 0x45404, 1u << 31, 0x45404, 1u << 30, 1u << 30 }, /* Haswell's one well */
		{ 9, 0x45008, 1u << 31, 0x45008, 1u << 30, 1u << 30 }, /* DBUF */
		{ 9, 0x45008, 0, 0x45008, 1u << 30, 0 },
		{ 12, 0x44fe8, 1u << 31, 0x44fe8, 1u << 30, 1u << 30 },
		{ 8, 0x130040, 0, 0x130040, 1u << 30, 1u << 30 }, /* LCPLL */
		{ 8, 0x130040, 1u << 31, 0x130040, 1u << 30, 0 },
		{ 8, 0x130040, 1u << 21, 0x130040, 1u << 19, 1u << 19 },
		{ 9, 0x46010, 1u << 31, 0x46010, 1u << 30, 1u << 30 },
		{ 9, 0x46010, 1u << 31, 0x6c060, 0x01010101, 0x1 },
		{ 9, 0x46014, 1u << 31, 0x6c060, 0x01010101, 0x100 },
		{ 9, 0x46060, 1u << 31, 0x6c060, 0x01010101, 0x1000000 },
		{ 11, 0x46010, 1u << 31 | 1u << 27, 0x46010, 0xffffffff, 0xcc000000 },
		{ 11, 0x46070, 1u << 31, 0x46070, 1u << 30, 1u << 30 },
		{ 9, 0x138124, 0x80000007, 0x138124, 0x800000ff, 0 }, /* the mailbox: done, success */
		{ 9, 0x138124, 0x80000007, 0x138128, 1, 1 },
		{ 9, 0x138124, 0x80000021, 0x138128, 1, 1 },
		{ 9, 0x941c, 0xffffffff, 0x941c, 0xffffffff, 0 },
		{ 9, 0x20d0, 0x00010001, 0x20d0, 3, 3 },
		{ 9, 0x20d0, 0x00010000, 0x20d0, 3, 0 },
		{ 12, 0x1c80d0, 0x00010001, 0x1c80d0, 3, 3 },
		{ 9, 0x209c, 0x01000100, 0x209c, 0x300, 0x300 }, /* stopped, and idle */
		{ 9, 0x209c, 0xffff0000, 0x209c, 0x300, 0x200 },
		{ 9, 0x70008, 1u << 31, 0x70008, 1u << 30, 1u << 30 },
		{ 9, 0x72008, 0x40000000, 0x72008, 1u << 30, 0 },
		{ 9, 0x64100, 1u << 31, 0x64100, 0x80, 0 },
		{ 9, 0x64100, 0, 0x64100, 0x80, 0x80 },
		{ 9, 0xc7204, 1, 0xc7200, 0xf0000000, 0x80000000 },
		{ 9, 0x64110, 0xfe0000ff, 0x64110, 0xd2000000, 0x50000000 }, /* AUX: done, nobody answered */
		{ 9, 0x44448, 0xffffffff, 0x44448, 0xffffffff, 0 },
		{ 7, 0xe1100, 1u << 16, 0xe1100, 1u << 16, 0 },
		{ 7, 0xc2004, 1u << 13, 0xc2004, 1u << 12, 1u << 12 },
		{ 9, 0xc5014, 0x303, 0xc5014, 0x1010, 0 },	/* GPIO: both driven low */
		{ 9, 0xc5014, 0x101, 0xc5014, 0x1010, 0x1010 }, /* both let go */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct emu_igd_model m = model_of(cases[i].gen);
		struct bench b;

		begin(&b, &m);
		reg_set(&b, cases[i].at, cases[i].write);
		assert_int_equal(reg(&b, cases[i].look) & cases[i].mask, cases[i].value);
		b.d->ops->reset(b.d);
		assert_true(b.events[b.n - 1].kind == EMU_EVENT_RESET && b.events[b.n - 1].value == 0);
		end(&b);
	}
}

static void counters_move(_unused_ void **state)
{
	struct emu_igd_model m = model_of(9);
	struct bench b;
	uint32_t v;

	begin(&b, &m);
	v = reg(&b, 0x2358);
	assert_true(reg(&b, 0x2358) != v);
	v = reg(&b, 0x70000);
	assert_int_equal(reg(&b, 0x70000), v); /* the pipe is off */
	reg_set(&b, 0x6000c, 99 << 16);
	reg_set(&b, 0x70008, 1u << 31);
	v = reg(&b, 0x70000);
	assert_true(v < 100 && reg(&b, 0x70000) != v);
	v = reg(&b, 0x70040);
	for (unsigned i = 0; i < 120; i++)
		assert_true(reg(&b, 0x70000) < 100);
	assert_true(reg(&b, 0x70040) > v);
	end(&b);
}

static void vertical_blank(_unused_ void **state)
{
	static const struct {
		unsigned gen;
		uint32_t imr, iir, ier, blank, switches[2];
	} cases[] = {
		{ 6, 0x44004, 0x44008, 0x4400c, 1u << 15 | 1u << 31, { 0, 0 } },
		{ 7, 0x44004, 0x44008, 0x4400c, 1u << 5 | 1u << 31, { 0, 0 } },
		{ 9, 0x44414, 0x44418, 0x4441c, 1, { 0x44200, 0x44200 } },
		{ 11, 0x44414, 0x44418, 0x4441c, 1, { 0x44200, 0x190010 } },
		{ 12, 0x44414, 0x44418, 0x4441c, 1, { 0x44200, 0x190008 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct emu_igd_model m = model_of(cases[i].gen);
		struct bench b;

		begin(&b, &m);
		reg_set(&b, 0x71008, 1u << 31); /* pipe B */
		assert_false(emu_igd_ticks(b.g));
		reg_set(&b, cases[i].imr, ~cases[i].blank);
		reg_set(&b, cases[i].ier, cases[i].blank);
		assert_true(emu_igd_ticks(b.g));
		if (cases[i].switches[0]) {
			assert_false(emu_igd_tick(b.g));
			reg_set(&b, cases[i].switches[0], 1u << 31);
			reg_set(&b, cases[i].switches[1], 1u << 31);
			assert_int_equal(reg(&b, 0x44200), 1u << 31 | 1u << 17);
		}
		assert_true(emu_igd_tick(b.g));
		assert_int_equal(reg(&b, cases[i].iir), cases[i].blank & 0x7fffffff);
		reg_set(&b, cases[i].iir, 0xffffffff);
		assert_int_equal(reg(&b, cases[i].iir), 0);
		reg_set(&b, 0x71008, 0);
		assert_false(emu_igd_ticks(b.g) || emu_igd_tick(b.g));
		end(&b);
	}
}

/* ---- the monitor -------------------------------------------------------------------------------------------- */

/* Read @n bytes of the EDID from @from on, as i915 does: index and read in one, then stop. */
static bool edid_read_of(struct bench *b, uint32_t pin, uint32_t from, uint32_t n, uint8_t *to)
{
	reg_set(b, 0xc5100, pin);
	reg_set(b, 0xc5104, 1u << 30 | 3u << 25 | n << 16 | from << 8 | 0x50 << 1 | 1);
	if (reg(b, 0xc5108) & 1u << 10)
		return false;
	for (uint32_t i = 0; i < n; i += 4) {
		uint32_t v;

		assert_true(reg(b, 0xc5108) & 1u << 11);
		v = reg(b, 0xc510c);
		for (uint32_t k = 0; k < 4 && i + k < n; k++)
			to[i + k] = (uint8_t)(v >> (8 * k));
	}
	assert_true(reg(b, 0xc5108) & 1u << 14);
	reg_set(b, 0xc5104, 1u << 30 | 4u << 25);
	assert_int_equal(reg(b, 0xc5108) & 1u << 9, 0);
	return true;
}

static void monitor_on_its_pin(_unused_ void **state)
{
	static const unsigned gens[] = { 6, 8, 9, 11, 12 };
	uint8_t edid[512], got[128];

	for (size_t i = 0; i < sizeof(edid); i++)
		edid[i] = (uint8_t)(i * 7 + i / 256);
	for (size_t k = 0; k < ARRAY_SIZE(gens); k++) {
		struct emu_igd_model m = model_of(gens[k]);
		uint32_t pin = gens[k] >= 10 ? 2 : 5;
		struct emu_event e;
		struct bench b;

		m.edid = SPAN_OF(edid);
		begin(&b, &m);
		assert_true(reg(&b, 0xc4000) != 0);
		for (uint32_t p = 0; p < 32; p++)
			if (p != pin && !(gens[k] == 9 && p == 1))
				assert_false(edid_read_of(&b, p, 0, 128, got));
		reg_set(&b, 0xc5104, 1u << 31);
		reg_set(&b, 0xc5104, 0);
		assert_true(edid_read_of(&b, pin, 0, 128, got));
		assert_memory_equal(got, edid, 128);
		assert_true(event_of(&b, EMU_EVENT_I2C, &e));
		assert_true(edid_read_of(&b, pin, 128, 126, got));
		assert_memory_equal(got, edid + 128, 126);
		reg_set(&b, 0xc510c, 1); /* the second segment */
		reg_set(&b, 0xc5104, 1u << 30 | 1u << 25 | 1u << 16 | 0x30 << 1);
		assert_true(reg(&b, 0xc5108) & 1u << 14);
		assert_true(edid_read_of(&b, pin, 4, 8, got));
		assert_memory_equal(got, edid + 260, 8);
		assert_true(edid_read_of(&b, pin, 4, 8, got)); /* it held for one transfer */
		assert_memory_equal(got, edid + 4, 8);
		end(&b);
	}
}

static void no_monitor(_unused_ void **state)
{
	struct emu_igd_model m = model_of(9);
	uint8_t got[128];
	struct bench b;

	begin(&b, &m);
	assert_int_equal(reg(&b, 0xc4000), 0);
	for (uint32_t p = 0; p < 32; p++)
		assert_false(edid_read_of(&b, p, 0, 128, got));
	end(&b);
}

/* ---- the picture -------------------------------------------------------------------------------------------- */

#define WIDE 24u
#define HIGH 10u

/* A pattern that no two pixels of a small picture share. */
static uint32_t pixel(uint32_t x, uint32_t y)
{
	return (x * 9 + 1) << 16 | (y * 20 + 2) << 8 | (x ^ y);
}

static void draw(struct bench *b, uint64_t at, uint32_t x, uint32_t y)
{
	uint32_t v = 0xa5000000 | pixel(x, y);

	memcpy(b->ram + at, &v, 4);
}

static void expect(const struct emu_picture *p, bool red_first)
{
	assert_int_equal(p->width, WIDE);
	assert_int_equal(p->height, HIGH);
	assert_int_equal(p->unmapped, 0);
	assert_int_equal(p->colours, WIDE * HIGH);
	for (uint32_t y = 0; y < HIGH; y++)
		for (uint32_t x = 0; x < WIDE; x++) {
			const uint8_t *c = p->rgb + (y * WIDE + x) * 3;
			uint32_t v = red_first ? (uint32_t)(c[2] << 16 | c[1] << 8 | c[0])
					       : (uint32_t)(c[0] << 16 | c[1] << 8 | c[2]);

			assert_int_equal(v, pixel(x, y));
		}
}

/* Lines of 1 KiB over three pages that lie apart; the surface begins in the aperture's page 5. */
static void linear(struct bench *b, unsigned gen)
{
	static const uint64_t pages[] = { 900, 3, 77 };

	for (uint64_t i = 0; i < ARRAY_SIZE(pages); i++)
		pte(b, gen, 5 + i, pages[i]);
	for (uint32_t y = 0; y < HIGH; y++)
		for (uint32_t x = 0; x < WIDE; x++)
			draw(b, pages[y / 4] * 4096 + y % 4 * 1024 + x * 4, x, y);
}

static void universal_planes(_unused_ void **state)
{
	for (unsigned gen = 9; gen <= 13; gen++)
		for (uint32_t plane = 0; plane < 12; plane++) {
			uint32_t d = plane / 3 * 0x1000 + plane % 3 * 0x100;
			struct emu_igd_model m = model_of(gen);
			struct emu_picture p;
			struct emu_event e;
			struct bench b;

			if (plane / 3 == 3 && gen < 12)
				continue;
			begin(&b, &m);
			linear(&b, gen);
			assert_int_equal(emu_igd_picture(b.g, &p), 1);
			reg_set(&b, 0x70188 + d, 1024 / 64);
			reg_set(&b, 0x70190 + d, (HIGH - 1) << 16 | (WIDE - 1));
			reg_set(&b, 0x70180 + d, 1u << 31 | 4u << 24 | (plane & 1) << 20);
			reg_set(&b, 0x7019c + d, 0x5000);
			assert_true(event_of(&b, EMU_EVENT_PLANE, &e) && e.on && e.value == 0x5000 &&
				    e.at == 0x7019c + d);
			assert_int_equal(reg(&b, 0x701ac + d), 0x5000);
			assert_int_equal(emu_igd_picture(b.g, &p), 0);
			expect(&p, plane & 1);
			free(p.rgb);
			reg_set(&b, 0x70180 + d, 0);
			reg_set(&b, 0x7019c + d, 0);
			assert_true(event_of(&b, EMU_EVENT_PLANE, &e) && !e.on);
			assert_int_equal(emu_igd_picture(b.g, &p), 1);
			end(&b);
		}
}

static void primary_planes(_unused_ void **state)
{
	for (unsigned gen = 6; gen <= 8; gen++)
		for (uint32_t pipe = 0; pipe < 3; pipe++) {
			uint32_t d = pipe * 0x1000;
			struct emu_igd_model m = model_of(gen);
			struct emu_picture p;
			struct bench b;

			begin(&b, &m);
			linear(&b, gen);
			reg_set(&b, 0x70188 + d, 1024);
			reg_set(&b, 0x6001c + d, (WIDE - 1) << 16 | (HIGH - 1));
			reg_set(&b, 0x70180 + d, 1u << 31 | (pipe & 1 ? 14u : 6u) << 26);
			if (gen == 8)
				reg_set(&b, 0x701a4 + d, 1 << 16);
			else
				reg_set(&b, 0x70184 + d, 1024);
			reg_set(&b, 0x7019c + d, 0x5000 - 0x1000);
			pte(&b, gen, 4, 10); /* a page before it, and an offset of a line: three lines are left */
			memset(b.ram + 10 * 4096, 0, 4096);
			assert_int_equal(emu_igd_picture(b.g, &p), 0);
			assert_int_equal(p.rgb[3 * WIDE * 3], pipe & 1 ? (uint8_t)pixel(0, 0) : pixel(0, 0) >> 16);
			free(p.rgb);
			reg_set(&b, 0x701a4 + d, 0);
			reg_set(&b, 0x70184 + d, 0);
			reg_set(&b, 0x7019c + d, 0x5000);
			assert_int_equal(emu_igd_picture(b.g, &p), 0);
			expect(&p, pipe & 1);
			free(p.rgb);
			end(&b);
		}
}

/* Two tiles beside each other, two below: 256 pixels and 8 lines of one, 16 lines. */
static void tiled(_unused_ void **state)
{
	struct emu_igd_model m = model_of(9);
	struct emu_picture p;
	struct bench b;

	begin(&b, &m);
	for (uint64_t i = 0; i < 4; i++)
		pte(&b, 9, i, 20 + 3 * i);
	for (uint32_t y = 0; y < 16; y++)
		for (uint32_t x = 0; x < 256; x++) {
			uint32_t tile = y / 8 * 2 + x / 128;
			uint32_t v = x << 8 | y;

			memcpy(b.ram + (uint64_t)(20 + 3 * tile) * 4096 + y % 8 * 512 + x % 128 * 4, &v, 4);
		}
	reg_set(&b, 0x70188, 2);
	reg_set(&b, 0x70190, (16 - 2) << 16 | (256 - 4)); /* less its offset */
	reg_set(&b, 0x701a4, 1 << 16 | 3);
	reg_set(&b, 0x70180, 1u << 31 | 4u << 24 | 1u << 10);
	assert_int_equal(emu_igd_picture(b.g, &p), 0);
	assert_int_equal(p.unmapped, 0);
	for (uint32_t y = 0; y < p.height; y++)
		for (uint32_t x = 0; x < p.width; x++) {
			const uint8_t *c = p.rgb + ((size_t)y * p.width + x) * 3;

			assert_true(c[1] == x + 3 && c[2] == y + 1);
		}
	free(p.rgb);
	end(&b);
}

static void sixteen_bits_a_pixel(_unused_ void **state)
{
	static const uint16_t row[] = { 0xf800, 0x07e0, 0x001f, 0xffff };
	struct emu_igd_model m = model_of(9);
	struct emu_picture p;
	struct bench b;

	begin(&b, &m);
	pte(&b, 9, 0, 1);
	memcpy(b.ram + 4096, row, sizeof(row));
	reg_set(&b, 0x70188, 1);
	reg_set(&b, 0x70190, 3);
	reg_set(&b, 0x70180, 1u << 31 | 14u << 24);
	assert_int_equal(emu_igd_picture(b.g, &p), 0);
	assert_memory_equal(p.rgb, ((uint8_t[]) { 255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255 }), 12);
	free(p.rgb);
	end(&b);
}

static void pixels_that_lead_nowhere(_unused_ void **state)
{
	struct emu_igd_model m = model_of(9);
	struct emu_picture p;
	struct bench b;

	begin(&b, &m);
	pte(&b, 9, 0, 1);
	pte(&b, 9, 1, RAM / 4096 + 5);
	reg_set(&b, 0x70188, 4096 / 64);
	reg_set(&b, 0x70190, 2 << 16 | 15);
	reg_set(&b, 0x70180, 1u << 31 | 4u << 24);
	assert_int_equal(emu_igd_picture(b.g, &p), 0);
	assert_int_equal(p.unmapped, 32);
	assert_int_equal(p.colours, 2); /* black and magenta */
	assert_memory_equal(p.rgb + 16 * 3, ((uint8_t[]) { 255, 0, 255, 255, 0, 255 }), 6);
	free(p.rgb);
	end(&b);
}

static void what_is_not_modelled(_unused_ void **state)
{
	static const struct {
		unsigned gen;
		uint32_t ctl, size;
		int r;
	} cases[] = {
		{ 9, 2u << 24, 0, -IGD_EVERSION },
		{ 9, 4u << 24 | 4u << 10, 0, -IGD_EVERSION },
		{ 9, 4u << 24 | 2, 0, -IGD_EVERSION },
		{ 11, 4u << 24 | 1u << 23, 0, -IGD_EVERSION },
		{ 9, 4u << 24, 8192, -IGD_ELIMIT },
		{ 9, 4u << 24, 8192u << 16, -IGD_ELIMIT },
		{ 9, 4u << 24, 0xffffffff, -IGD_ELIMIT },
		{ 8, 2u << 26, 0, -IGD_EVERSION },
		{ 8, 6u << 26 | 1u << 15, 0, -IGD_EVERSION },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct emu_igd_model m = model_of(cases[i].gen);
		struct emu_picture p;
		struct bench b;

		begin(&b, &m);
		reg_set(&b, 0x70180, 1u << 31 | cases[i].ctl);
		reg_set(&b, 0x70190, cases[i].size);
		assert_int_equal(emu_igd_picture(b.g, &p), cases[i].r);
		end(&b);
	}
}

/* Whatever stands in the registers of a plane, its picture is made or refused. */
static void hostile_planes(_unused_ void **state)
{
	static const uint32_t regs[] = { 0x70184, 0x70188, 0x7018c, 0x7019c, 0x701a4 };
	static const uint32_t values[] = { 0, 1, 0xffffffff, 0x80000000, 0x7fffffff, 0xfffff000, 0x1fff1fff };

	for (unsigned gen = 6; gen <= 13; gen++) {
		struct emu_igd_model m = model_of(gen);
		struct bench b;

		begin(&b, &m);
		linear(&b, gen);
		reg_set(&b, 0x70190, 15 << 16 | 15);
		reg_set(&b, 0x6001c, 15 << 16 | 15);
		for (uint32_t format = 0; format < 16; format++)
			for (uint32_t tiling = 0; tiling < 2; tiling++)
				for (size_t r = 0; r < ARRAY_SIZE(regs); r++)
					for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
						struct emu_picture p;

						reg_set(&b, 0x70180,
							1u << 31 | format << (gen < 9 ? 26 : 24) | tiling << 10);
						reg_set(&b, regs[r], values[v]);
						if (emu_igd_picture(b.g, &p) == 0)
							free(p.rgb);
					}
		end(&b);
	}
}

/* ---- reset -------------------------------------------------------------------------------------------------- */

static void nothing_is_left(_unused_ void **state)
{
	for (unsigned gen = 6; gen <= 13; gen++) {
		struct emu_igd_model m = model_of(gen);
		struct emu_picture p;
		struct bench b, fresh;

		begin(&fresh, &m);
		begin(&b, &m);
		linear(&b, gen);
		for (uint32_t at = 0; at < 2 * MIB; at += 4)
			reg_set(&b, at, 0xffffffff);
		for (uint64_t at = 0; at < 256; at += 4)
			set(&b, EMU_CONFIG, at, 0xffff7fff, 4);
		set(&b, EMU_BAR4, 0, 0x70188, 4);
		b.n = 0;
		if (gen % 2) {
			b.d->asked = true;
			b.d->ops->reset(b.d);
		} else if (gen >= 9) {
			set(&b, EMU_CONFIG, 0x78, 0x8000, 2);
		} else {
			set(&b, EMU_CONFIG, 0xa8, 1, 1);
		}
		assert_true(b.n == 1 && b.events[0].kind == EMU_EVENT_RESET && b.events[0].value == 1);
		for (uint64_t at = 0; at < 256; at += 4)
			assert_int_equal(get(&b, EMU_CONFIG, at, 4), get(&fresh, EMU_CONFIG, at, 4));
		for (uint32_t at = 0; at < 2 * MIB; at += 4)
			if (reg(&b, at) != reg(&fresh, at))
				fail_msg("gen %u: register %x differs", gen, at);
		assert_int_equal(get(&b, EMU_BAR2, 0x5000, 4), 0xffffffff);
		assert_int_equal(get(&b, EMU_BAR4, 0, 4), 0);
		assert_int_equal(emu_igd_picture(b.g, &p), 1);
		end(&b);
		end(&fresh);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generations),
		cmocka_unit_test(regions_of_each_generation),
		cmocka_unit_test(stolen_memory_and_opregion),
		cmocka_unit_test(write_protected),
		cmocka_unit_test(rom),
		cmocka_unit_test(decoding_is_told),
		cmocka_unit_test(aperture_goes_through_the_gtt),
		cmocka_unit_test(high_addresses),
		cmocka_unit_test(mapped_gtt_is_the_same),
		cmocka_unit_test(index_and_data_ports),
		cmocka_unit_test(odd_accesses),
		cmocka_unit_test(forcewake),
		cmocka_unit_test(forcewake_of_sandy_bridge),
		cmocka_unit_test(power_wells),
		cmocka_unit_test(handshakes),
		cmocka_unit_test(counters_move),
		cmocka_unit_test(vertical_blank),
		cmocka_unit_test(monitor_on_its_pin),
		cmocka_unit_test(no_monitor),
		cmocka_unit_test(universal_planes),
		cmocka_unit_test(primary_planes),
		cmocka_unit_test(tiled),
		cmocka_unit_test(sixteen_bits_a_pixel),
		cmocka_unit_test(pixels_that_lead_nowhere),
		cmocka_unit_test(what_is_not_modelled),
		cmocka_unit_test(hostile_planes),
		cmocka_unit_test(nothing_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
