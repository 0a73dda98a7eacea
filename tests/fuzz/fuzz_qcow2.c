// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a qcow2 image: a disk within its limit, or a refusal without one; and what was read can be written. */
#include <stdlib.h>

#include "fw/qcow2.h"

#define WRITE_MAX ((size_t)1 << 20) /* of the disk: larger ones take time and show nothing more */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer disk = { 0 }, file = { 0 }, back = { 0 };
	struct report rep = { 0 };

	if (qcow2_read((struct span) { data, size }, &disk, &rep) < 0) {
		must(!disk.p);
		return 0;
	}
	must(disk.n <= QCOW2_DISK_MAX && qcow2_is((struct span) { data, size }));
	if (disk.n <= WRITE_MAX) {
		must(qcow2_write(buffer_span(&disk), &file, NULL) == 0);
		must(qcow2_read(buffer_span(&file), &back, NULL) == 0);
		must(back.n == disk.n && memcmp(back.p, disk.p, disk.n) == 0);
	}
	buffer_done(&disk);
	buffer_done(&file);
	buffer_done(&back);
	return 0;
}
