// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as each kind of configuration file: what is done to it once is done, and taking out undoes putting in. */
#include <stdlib.h>

#include "base/error.h"
#include "store/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

static const struct edit_word word = { "intel_iommu", "on" };
static const char token[] = "intel_iommu=on";

static int add(int how, struct span text, struct arena *a, struct span *ret)
{
	return how == 0	  ? edit_cmdline_add(text, token, false, a, ret)
	       : how == 1 ? edit_cmdline_add(text, token, true, a, ret)
	       : how == 2 ? edit_grub_add(text, token, a, ret)
			  : edit_entry_add(text, token, a, ret);
}

static int take_out(int how, struct span text, struct arena *a, struct span *ret)
{
	return how == 0	  ? edit_cmdline_remove(text, &word, false, a, ret)
	       : how == 1 ? edit_cmdline_remove(text, &word, true, a, ret)
	       : how == 2 ? edit_grub_remove(text, &word, a, ret)
	       : how == 3 ? edit_entry_remove(text, &word, a, ret)
	       : how == 4 ? edit_modprobe_option_remove(text, "vfio_pci", &word, a, ret)
			  : edit_modprobe_blacklist_remove(text, "vfio_pci", a, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span text = { data, size };

	for (int how = 0; how < 6; how++) {
		struct arena a = { .limit = (size_t)64 << 20 };
		struct span more, less, again;

		if (take_out(how, text, &a, &less) >= 0)
			require(less.n <= size && take_out(how, less, &a, &again) == 0);
		if (how < 4 && add(how, text, &a, &more) > 0) {
			int r;

			require(more.n > size && add(how, more, &a, &again) == 0);
			r = take_out(how, more, &a, &less);
			require(r > 0 || r == -IGD_EUSAGE); /* another line may hold the word among escapes */
		}
		arena_done(&a);
	}
	return 0;
}
