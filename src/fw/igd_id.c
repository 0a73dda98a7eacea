// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * igd_id.c - looking a GPU up in the table.
 *
 * The rows come from data/igd.tsv and data/amd-apu.tsv through tools/mk-gpu-table.py, which refuses
 * tables that do not ascend; the search below relies on that order.
 */
#include "fw/igd_id.h"

#include <string.h>

#include "base/macros.h"
#include "base/text.h"

static const struct igd_id table[] = {
#include "gpu-table.inc"
};

static uint32_t key_of(const struct igd_id *id)
{
	return (uint32_t)id->vendor << 16 | id->device;
}

const struct igd_id *igd_id_find(uint16_t vendor, uint16_t device)
{
	uint32_t want = (uint32_t)vendor << 16 | device;
	size_t low = 0, high = ARRAY_SIZE(table);

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		uint32_t key = key_of(&table[mid]);

		if (key == want)
			return &table[mid];
		if (key < want)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

const struct igd_id *igd_id_by_name(struct span name)
{
	const struct igd_id *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (!*table[i].name || !text_ends(name, table[i].name))
			continue;
		if (found && strcmp(found->platform, table[i].platform) != 0)
			return NULL;
		found = found ? found : &table[i];
	}
	return found;
}

const struct igd_id *igd_ids(size_t *n)
{
	*n = ARRAY_SIZE(table);
	return table;
}

enum qemu_class qemu_class_of(unsigned major, unsigned minor)
{
	static const struct {
		unsigned major, minor;
		enum qemu_class class;
	} since[] = { { 10, 2, QEMU_E }, { 10, 1, QEMU_D }, { 10, 0, QEMU_C }, { 9, 2, QEMU_B } };

	for (size_t i = 0; i < ARRAY_SIZE(since); i++)
		if (major > since[i].major || (major == since[i].major && minor >= since[i].minor))
			return since[i].class;
	return QEMU_A;
}
