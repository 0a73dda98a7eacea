// SPDX-License-Identifier: GPL-2.0-or-later
#include "verify/verify.h"

const char *kept_str(enum kept k)
{
	static const char *const words[] = { [KEPT] = "kept",
					     [KEPT_NOT] = "broken",
					     [KEPT_UNKNOWN] = "unknown",
					     [KEPT_LATER] = "after the reboot",
					     [KEPT_MOOT] = "not reached" };

	return words[k];
}
