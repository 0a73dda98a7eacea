// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plain.c - a function without a model: its registers are memory, and nothing ever happens.
 *
 * A driver that finds its device so gives up after its time-outs. Registers whose ones are cleared by writing ones
 * must not be memory, or the driver's own acknowledgement looks like an interrupt that never ends: those of HD Audio
 * are listed here.
 */
#include "emu/plain.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "std/pci.h"

#define PAGE 4096u

struct emu_plain {
	struct emu_device device; /* first: the device is the function */
	struct emu_config config;
	struct plain_bar {
		uint8_t *p; /* .n bytes; NULL: no such BAR */
		size_t n;
		int fd; /* of one that the client may map; -1 */
	} bars[6];
};

/*
 * Intel High Definition Audio Specification 1.0a, 3.3: WAKEEN's status, CORBCTL, RIRB's pointer and status, ICS. All
 * zero: there is no codec.
 */
static const struct {
	uint16_t at, n;
} hda_zero[] = { { 0x0e, 2 }, { 0x4c, 1 }, { 0x58, 2 }, { 0x5d, 1 }, { 0x68, 2 } };

static struct emu_plain *of(struct emu_device *d)
{
	return (struct emu_plain *)d;
}

static void plain_region(struct emu_device *d, enum emu_region_index i, struct emu_region *ret)
{
	struct emu_plain *f = of(d);

	*ret = (struct emu_region) { .fd = -1 };
	if (i == EMU_CONFIG) {
		*ret = (struct emu_region) { .size = f->config.n, .readable = true, .writable = true, .fd = -1 };
	} else if (i <= EMU_BAR5 && f->bars[i].p) {
		*ret = (struct emu_region) {
			.size = f->bars[i].n, .readable = true, .writable = true, .fd = f->bars[i].fd
		};
		ret->map_n = ret->fd >= 0 ? ret->size : 0;
	}
}

static void plain_read(struct emu_device *d, enum emu_region_index i, uint64_t at, uint8_t *p, size_t n)
{
	struct emu_plain *f = of(d);

	memset(p, 0xff, n);
	if (i == EMU_CONFIG)
		emu_config_read(&f->config, at, p, n);
	else if (i <= EMU_BAR5 && f->bars[i].p && at <= f->bars[i].n && n <= f->bars[i].n - at)
		memcpy(p, f->bars[i].p + at, n);
}

static void hda_settle(struct emu_plain *f)
{
	if (emu_config_get(&f->config, PCI_CLASS_DEVICE, 2) != PCI_CLASS_AUDIO_HDA || !f->bars[0].p)
		return;
	for (size_t k = 0; k < ARRAY_SIZE(hda_zero); k++)
		if ((size_t)hda_zero[k].at + hda_zero[k].n <= f->bars[0].n)
			memset(f->bars[0].p + hda_zero[k].at, 0, hda_zero[k].n);
}

/* Zeroes without touching a page that nobody has touched: its memory is given back. */
static void bar_clear(struct plain_bar *b)
{
	if (b->p && madvise(b->p, b->n, b->fd >= 0 ? MADV_REMOVE : MADV_DONTNEED) < 0)
		memset(b->p, 0, b->n);
}

static void plain_reset(struct emu_device *d)
{
	struct emu_plain *f = of(d);

	emu_config_reset(&f->config);
	for (size_t i = 0; i < ARRAY_SIZE(f->bars); i++)
		bar_clear(&f->bars[i]);
}

static void plain_write(struct emu_device *d, enum emu_region_index i, uint64_t at, const uint8_t *p, size_t n)
{
	struct emu_plain *f = of(d);

	if (i == EMU_CONFIG && emu_config_is_flr(&f->config, at, p, n)) {
		plain_reset(d);
	} else if (i == EMU_CONFIG) {
		emu_config_write(&f->config, at, p, n);
	} else if (i <= EMU_BAR5 && f->bars[i].p && at <= f->bars[i].n && n <= f->bars[i].n - at) {
		memcpy(f->bars[i].p + at, p, n);
		if (i == EMU_BAR0)
			hda_settle(f);
	}
}

static unsigned plain_irqs(struct emu_device *d, enum emu_irq_index i)
{
	const struct emu_config *c = &of(d)->config;

	if (i == EMU_INTX)
		return emu_config_get(c, 0x3d, 1) != 0;
	return i == EMU_MSI && c->msi;
}

static const struct emu_device_ops plain_ops = {
	.region = plain_region, .read = plain_read, .write = plain_write, .irqs = plain_irqs, .reset = plain_reset
};

/* A prefetchable BAR is memory to the client too; it cannot cut the file, or the reader here would die of it. */
static int bar_open(struct plain_bar *b, const struct emu_bar *bar)
{
	bool shared = bar->prefetchable && bar->size % PAGE == 0;
	void *p;

	if (shared) {
		b->fd = memfd_create("bar", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (b->fd < 0 || ftruncate(b->fd, (off_t)bar->size) < 0 ||
		    fcntl(b->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
			return -IGD_ENOMEM;
	}
	p = mmap(NULL, bar->size, PROT_READ | PROT_WRITE,
		 shared ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, b->fd, 0);
	if (p == MAP_FAILED)
		return -IGD_ENOMEM;
	b->p = p;
	b->n = bar->size;
	return 0;
}

int emu_plain_new(const struct emu_plain_model *model, struct emu_plain **ret)
{
	struct emu_plain *f = calloc(1, sizeof(*f));

	if (!f)
		return -IGD_ENOMEM;
	f->device = (struct emu_device) { .ops = &plain_ops, .name = model->name };
	f->config = model->config;
	for (size_t i = 0; i < ARRAY_SIZE(f->bars); i++)
		f->bars[i].fd = -1;
	for (size_t i = 0; i < ARRAY_SIZE(f->bars); i++)
		if (f->config.bars[i].kind != EMU_BAR_NONE && bar_open(&f->bars[i], &f->config.bars[i]) < 0) {
			emu_plain_free(f);
			return -IGD_ENOMEM;
		}
	*ret = f;
	return 0;
}

void emu_plain_free(struct emu_plain *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(p->bars); i++) {
		if (p->bars[i].p)
			munmap(p->bars[i].p, p->bars[i].n);
		if (p->bars[i].fd >= 0)
			close(p->bars[i].fd);
	}
	free(p);
}

struct emu_device *emu_plain_device(struct emu_plain *p)
{
	return &p->device;
}
