// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as an EDID: read, redacted, read again; the second reading differs in nothing. */
#include <stdlib.h>

#include "fw/edid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct edid_info before = { 0 }, after = { 0 };
	uint8_t *copy = malloc(size ? size : 1);
	struct report rep = { 0 };
	char buf[24];
	int r;

	require(copy != NULL);
	memcpy(copy, data, size);
	r = edid_read((struct span) { data, size }, &before, &rep);
	require(r == rep.code);
	require(edid_redact(copy, size) == r);
	if (r == 0) {
		require(edid_read((struct span) { copy, size }, &after, NULL) == 0);
		require(memcmp(&before, &after, sizeof(before)) == 0);
		require(edid_monitor_str(&after, buf, sizeof(buf)) == buf && strlen(buf) < sizeof(buf));
	} else {
		require(memcmp(copy, data, size) == 0);
	}
	free(copy);
	return 0;
}
