// SPDX-License-Identifier: BSD-2-Clause
/*
 * fw_cfg.c - QEMU's files by way of the ports, as docs/specs/fw_cfg.rst describes them.
 *
 * The DMA interface would be faster, and is not worth a buffer that a device writes to: 8 KiB are read once.
 */
#include "fw_cfg.h"

#include <stddef.h>

#include "machine.h"

#define PORT_SELECT 0x510
#define PORT_DATA   0x511

#define ITEM_SIGNATURE 0x0000 /* "QEMU" */
#define ITEM_DIRECTORY 0x0019 /* big-endian: 32 bits count, then the entries */

#define ENTRY_SIZE   64
#define ENTRY_SELECT 4 /* behind 32 bits of size */
#define ENTRY_NAME   8
#define NAME_SIZE    56 /* with its zero */

bool fw_cfg_is_there(void)
{
	uint8_t signature[4];

	machine_out16(PORT_SELECT, ITEM_SIGNATURE);
	machine_in8s(PORT_DATA, signature, sizeof(signature));
	return signature[0] == 'Q' && signature[1] == 'E' && signature[2] == 'M' && signature[3] == 'U';
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Is the entry's name @name, to the end of both? */
static bool is_named(const uint8_t *entry, const char *name)
{
	for (size_t i = 0; i < NAME_SIZE; i++) {
		if (entry[ENTRY_NAME + i] != (uint8_t)name[i])
			return false;
		if (name[i] == '\0')
			return true;
	}
	return false;
}

bool fw_cfg_find(const char *name, struct fw_cfg_file *ret)
{
	uint8_t entry[ENTRY_SIZE];
	uint32_t n;

	if (!fw_cfg_is_there())
		return false;
	machine_out16(PORT_SELECT, ITEM_DIRECTORY);
	machine_in8s(PORT_DATA, entry, 4);
	n = be32(entry);
	if (n > FW_CFG_FILES_MAX)
		n = FW_CFG_FILES_MAX;
	while (n--) {
		machine_in8s(PORT_DATA, entry, sizeof(entry));
		if (!is_named(entry, name))
			continue;
		ret->size = be32(entry);
		ret->select = (uint16_t)(entry[ENTRY_SELECT] << 8 | entry[ENTRY_SELECT + 1]);
		return true;
	}
	return false;
}

void fw_cfg_read(const struct fw_cfg_file *f, void *buf, uint32_t n)
{
	machine_out16(PORT_SELECT, f->select);
	machine_in8s(PORT_DATA, buf, n < f->size ? n : f->size);
}
