// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-parse.c - how fast bytes become structures: a DMAR table as client machines have it, and a
 * configuration space. Prints "NAME BYTES NANOSECONDS" a line, per call; bench.py makes the table.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fw/dmar.h"
#include "fw/pci_config.h"
#include "std/pci.h"

#define ROUNDS 200000

/* Intel VT-d Architecture Specification 4.1, 8.1 to 8.4. */
static const uint8_t structures[] = {
	0x00, 0x00, 0x18, 0x00,							/* DRHD, 24 bytes */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xd9, 0xfe, 0x00, 0x00, 0x00, 0x00, /* segment 0, registers 0xfed90000 */
	0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00,				/* endpoint 00:02.0 */
	0x00, 0x00, 0x20, 0x00, 0x01, 0x00, 0x00, 0x00,				/* DRHD, 32 bytes, INCLUDE_ALL */
	0x00, 0x10, 0xd9, 0xfe, 0x00, 0x00, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x02, 0x00, 0x1e, 0x07, /* I/O APIC 2
													   at 00:1e.7
													 */
	0x04, 0x08, 0x00, 0x00, 0x00, 0x00, 0x1e, 0x06, /* HPET at 00:1e.6 */
	0x01, 0x00, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00, /* RMRR, 32 bytes */
	0x00, 0x00, 0x00, 0x8b, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0x7f, 0x8f, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x08, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, /* endpoint 00:02.0 */
};

static size_t dmar_make(uint8_t *table)
{
	const size_t head = 48, n = head + sizeof(structures);
	uint8_t sum = 0;

	memset(table, 0, head);
	memcpy(table, "DMAR", 4);
	table[4] = (uint8_t)n;
	table[8] = 1; /* revision */
	memcpy(table + 10, "BENCH BENCH   ", 14);
	table[36] = 38; /* host address width, less one */
	table[37] = DMAR_INTR_REMAP;
	memcpy(table + head, structures, sizeof(structures));
	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)-sum;
	return n;
}

/* A 4096-byte space with a capability list of three and extended capabilities of two. */
static void config_make(uint8_t *c)
{
	memset(c, 0, 4096);
	c[0] = 0x86, c[1] = 0x80, c[2] = 0x92, c[3] = 0x3e;
	c[PCI_STATUS] = PCI_STATUS_CAP_LIST;
	c[PCI_CLASS_DEVICE + 1] = PCI_CLASS_DISPLAY;
	c[PCI_CAPABILITY_LIST] = 0x40;
	c[0x40] = 0x09, c[0x41] = 0x70;
	c[0x70] = PCI_CAP_ID_EXP, c[0x71] = 0xd0, c[0x72] = PCIE_RC_ENDPOINT << 4;
	c[0xd0] = PCI_CAP_ID_PM;
	c[0x100] = 0x1b, c[0x102] = 0x01, c[0x103] = 0x20;
	c[0x200] = 0x0f, c[0x202] = 0x01;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(void)
{
	static uint8_t table[256], config[4096];
	static struct dmar dmar;
	struct pci_config c;
	size_t n = dmar_make(table);
	unsigned bad = 0;
	double begin;

	config_make(config);
	begin = now();
	for (int i = 0; i < ROUNDS; i++)
		bad += dmar_read((struct span) { table, n }, &dmar, NULL) < 0;
	printf("dmar_read %zu %.1f\n", n, (now() - begin) / ROUNDS);
	begin = now();
	for (int i = 0; i < ROUNDS; i++)
		bad += pci_config_read(SPAN_OF(config), &c, NULL) < 0;
	printf("pci_config_read %zu %.1f\n", sizeof(config), (now() - begin) / ROUNDS);
	if (bad)
		fprintf(stderr, "bench-parse: %u calls were refused\n", bad);
	return bad ? 1 : 0;
}
