// SPDX-License-Identifier: GPL-2.0-or-later
/* opregion.c - the header of an OpRegion and the way to its VBT. */
#include "fw/opregion.h"

#include "base/error.h"

#define SIZE_AT	      0x10 /* KiB */
#define VERSION_AT    0x16
#define MAILBOXES_AT  0x58
#define HEADER_LEN    0x100
#define MBOX_ASLE     (1u << 2)
#define MBOX_ASLE_EXT (1u << 4)
#define RVDA_AT	      0x3ba
#define RVDS_AT	      0x3c2
#define ASLE_EXT_AT   0x1c00
#define REGION_LEN    0x2000

/* Behind the OpRegion, for tables larger than the mailbox. */
static enum opregion_vbt rvda_find(struct span bytes, struct opregion *o)
{
	struct span vbt;

	if (o->version < 0x0200 || !(o->mailboxes & MBOX_ASLE) || !span_le64(bytes, RVDA_AT, &o->rvda) ||
	    !span_le32(bytes, RVDS_AT, &o->rvds) || o->rvda == 0 || o->rvds == 0)
		return OPREGION_NO_VBT;
	if (o->version < 0x0201 || o->rvda > bytes.n || !span_cut(bytes, (size_t)o->rvda, o->rvds, &vbt))
		return OPREGION_VBT_UNREAD;
	return vbt_read(vbt, &o->vbt, NULL) == 0 ? OPREGION_VBT_RVDA : OPREGION_NO_VBT;
}

static enum opregion_vbt mailbox_find(struct span bytes, struct opregion *o)
{
	size_t end = o->mailboxes & MBOX_ASLE_EXT ? ASLE_EXT_AT : REGION_LEN;
	struct span vbt;

	if (bytes.n < end)
		end = bytes.n;
	if (end <= OPREGION_VBT_AT || !span_cut(bytes, OPREGION_VBT_AT, end - OPREGION_VBT_AT, &vbt))
		return OPREGION_NO_VBT;
	return vbt_read(vbt, &o->vbt, NULL) == 0 ? OPREGION_VBT_MAILBOX : OPREGION_NO_VBT;
}

int opregion_read(struct span bytes, struct opregion *ret, struct report *rep)
{
	struct opregion o = { 0 };
	enum opregion_vbt mailbox;
	uint32_t kib;

	if (!span_is(bytes, 0, "IntelGraphicsMem"))
		return report_refuse(rep, IGD_EMAGIC, 0, "no OpRegion signature");
	if (bytes.n < HEADER_LEN || !span_le32(bytes, SIZE_AT, &kib) || !span_le16(bytes, VERSION_AT, &o.version) ||
	    !span_le32(bytes, MAILBOXES_AT, &o.mailboxes))
		return report_refuse(rep, IGD_ETRUNC, bytes.n, "ends inside the OpRegion's header");
	if (kib == 0 || kib > UINT32_MAX / 1024)
		return report_refuse(rep, IGD_ELENGTH, SIZE_AT, "an OpRegion of %u KiB", kib);
	o.size = kib * 1024;
	o.where = rvda_find(bytes, &o);
	if (o.where != OPREGION_VBT_RVDA) {
		mailbox = mailbox_find(bytes, &o);
		if (mailbox != OPREGION_NO_VBT)
			o.where = mailbox;
	}
	*ret = o;
	return 0;
}
