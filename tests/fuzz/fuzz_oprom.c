// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a file with a PCI option ROM: each image lies in the bytes, they go forward, and what is said of them
 * holds. */
#include <stdlib.h>

#include "fw/oprom.h"

#define DRIVER_MAX ((size_t)1 << 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool within(struct span inner, struct span outer)
{
	return !inner.p || (inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n);
}

/* What is unpacked keeps to its limit; a refusal hands out nothing. */
static void driver_check(const struct oprom *o)
{
	struct buffer decoded = { 0 };
	struct span driver = { NULL, 0 };

	if (oprom_driver(o, DRIVER_MAX, &decoded, &driver, NULL) == 0)
		must(decoded.p ? driver.n <= DRIVER_MAX : within(driver, o->bytes));
	else
		must(!driver.p);
	buffer_done(&decoded);
}

static void image_check(const struct oprom *o, struct span file)
{
	uint16_t id;
	size_t at;
	uint32_t value;

	must(within(o->bytes, file) && o->bytes.p == file.p + o->at);
	must(within(o->devices, o->bytes) && within(o->efi.payload, o->bytes) && within(o->vbt, o->bytes));
	must(o->partial || o->no_length || o->bytes.n == o->blocks * (size_t)OPROM_BLOCK);
	must(o->sum != OPROM_SUM_OK || o->sum_value == 0);
	must(oprom_is_for(o, o->vendor, o->device));
	for (size_t i = 0; oprom_device(o, i, &id); i++)
		must(i < OPROM_DEVICES_MAX && oprom_is_for(o, o->vendor, id));
	must(!oprom_saved_bdsm(o, &at, &value) || at + 4 <= o->bytes.n);
	must(oprom_code_str(o) != NULL);
	driver_check(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = { data, size };
	struct report rep = { 0 };
	static struct oprom_chain c;
	struct oprom first;
	bool ended = false;

	must(oprom_read(file, &first, NULL) < 0 || oprom_is(file, 0));
	if (oprom_chain_read(file, &c, &rep) < 0)
		return 0;
	must(c.n >= 1 && c.n <= OPROM_IMAGES_MAX && oprom_is(file, c.images[0].at));
	must(c.images[0].place == OPROM_CHAINED);
	for (size_t i = 0; i < c.n; i++) {
		const struct oprom *o = &c.images[i];
		bool visible = o->place == OPROM_CHAINED || o->place == OPROM_GAP;

		image_check(o, file);
		must(i == 0 || o->at >= c.images[i - 1].at + OPROM_BLOCK);
		must(!visible || (!ended && !o->nvidia));
		ended |= visible && (o->last || o->partial || o->no_length);
	}
	must(ended == (c.end != OPROM_END_MISSING));
	must(c.tail == OPROM_TAIL_NONE ? c.tail_size == 0 : c.tail_at + c.tail_size == size);
	return 0;
}
