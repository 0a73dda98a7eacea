// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as an archive of the kind that their mark says; damage behind the mark is libarchive's to bear. */
#include "fw/unpack.h"
#include "wrap_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct wrapper *const all[] = { &wrapper_zip,     &wrapper_7z,  &wrapper_rar,  &wrapper_cab,
						     &wrapper_iso9660, &wrapper_tar, &wrapper_gzip, &wrapper_xz,
						     &wrapper_bzip2,   &wrapper_zstd };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		wrap_fuzz(all[i], data, size);
	return 0;
}
