// SPDX-License-Identifier: GPL-2.0-or-later
/* opregion_make.c - see the header. Offsets: Intel IGD OpRegion Specification, and the readers that opregion.h names.
 */
#include "fw/opregion_make.h"

#include "base/error.h"
#include "base/le.h"
#include "fw/opregion.h"

#define SIZE_AT	     0x10 /* KiB */
#define MINOR_AT     0x16
#define MAJOR_AT     0x17
#define MAILBOXES_AT 0x58
#define MBOX_ACPI    (1u << 0)
#define MBOX_ASLE    (1u << 2) /* RVDA and RVDS are in it, and looked at only where the header says so */
#define MBOX_VBT     (1u << 3)
#define RVDA_AT	     0x3ba
#define RVDS_AT	     0x3c2

int opregion_make_with(struct span bytes, struct buffer *ret, struct report *rep)
{
	bool inside = bytes.n <= OPREGION_MAILBOX_LEN;
	size_t at = inside ? OPREGION_VBT_AT : OPREGION_LEN;
	size_t n = inside ? OPREGION_LEN : OPREGION_LEN + bytes.n;
	uint8_t *p;

	if (bytes.n > OPREGION_VBT_MOST)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "%zu bytes are no VBT", bytes.n);
	p = calloc(1, n);
	if (!p)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory for an OpRegion");
	memcpy(p, "IntelGraphicsMem", 16);
	le_put(p + SIZE_AT, OPREGION_LEN / 1024, 4);
	p[MAJOR_AT] = 2;
	p[MINOR_AT] = inside ? 0 : 1;
	le_put(p + MAILBOXES_AT, MBOX_ACPI | MBOX_ASLE | (inside && bytes.n ? MBOX_VBT : 0), 4);
	if (!inside) {
		le_put(p + RVDA_AT, OPREGION_LEN, 8);
		le_put(p + RVDS_AT, bytes.n, 4);
	}
	if (bytes.n)
		memcpy(p + at, bytes.p, bytes.n);
	*ret = (struct buffer) { p, n };
	return 0;
}

int opregion_make(struct span vbt, struct buffer *ret, struct report *rep)
{
	struct vbt_info v;
	int r = vbt_read(vbt, &v, rep);

	return r < 0 ? r : opregion_make_with(v.bytes, ret, rep);
}
