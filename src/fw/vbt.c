// SPDX-License-Identifier: GPL-2.0-or-later
/* vbt.c - the headers of a VBT, its blocks, and the way to it in a larger file. */
#include "fw/vbt.h"

#include "base/error.h"
#include "base/text.h"
#include "fw/opregion.h"

#define NAME_LEN      20 /* "$VBT" included */
#define VERSION_AT    20
#define HEADER_AT     22
#define SIZE_AT	      24
#define BDB_AT	      28
#define BDB_NAME      "BIOS_DATA_BLOCK"
#define BDB_HEADER    22
#define ROM_POINTER   0x1a
#define BLOCK_HEADER  3
#define MIPI_SEQUENCE 53

int vbt_read(struct span bytes, struct vbt_info *ret, struct report *rep)
{
	uint16_t version, header, size;
	struct vbt_info v = { 0 };
	struct span name;

	if (!span_is(bytes, 0, "$VBT"))
		return report_refuse(rep, IGD_EMAGIC, 0, "no $VBT");
	if (bytes.n < VBT_HEADER_LEN || !span_cut(bytes, 4, NAME_LEN - 4, &name) ||
	    !span_le16(bytes, VERSION_AT, &version) || !span_le16(bytes, HEADER_AT, &header) ||
	    !span_le16(bytes, SIZE_AT, &size))
		return report_refuse(rep, IGD_ETRUNC, bytes.n, "ends inside the VBT's header");
	if (header < VBT_HEADER_LEN || size < header || !span_cut(bytes, 0, size, &v.bytes))
		return report_refuse(rep, IGD_ELENGTH, SIZE_AT, "a VBT of %u bytes does not fit into %zu", size,
				     bytes.n);
	v.version = version;
	v.size = size;
	text_copy(text_trim(span_before(name, 0)), v.name, sizeof(v.name));
	*ret = v;
	return 0;
}

/* ---- where is it ------------------------------------------------------------------------------------------- */

/* A VBIOS has the offset of its VBT at 1Ah (Linux intel_bios.c looks for the words instead). */
static bool in_rom(struct span file, struct vbt_info *ret, size_t *ret_at)
{
	uint16_t magic, at;
	struct span rest;

	if (!span_le16(file, 0, &magic) || magic != 0xaa55 || !span_le16(file, ROM_POINTER, &at) ||
	    !span_from(file, at, &rest) || vbt_read(rest, ret, NULL) < 0)
		return false;
	*ret_at = at;
	return true;
}

static bool in_opregion(struct span file, struct vbt_info *ret, size_t *ret_at)
{
	struct opregion o;

	if (opregion_read(file, &o, NULL) < 0 || (o.where != OPREGION_VBT_MAILBOX && o.where != OPREGION_VBT_RVDA))
		return false;
	*ret = o.vbt;
	*ret_at = (size_t)(o.vbt.bytes.p - file.p);
	return true;
}

int vbt_find(struct span file, struct vbt_info *ret, size_t *ret_at, enum vbt_place *ret_place, struct report *rep)
{
	size_t at = 0, first = SIZE_MAX;
	struct span rest;

	if (in_opregion(file, ret, ret_at) || in_rom(file, ret, ret_at)) {
		*ret_place = span_is(file, 0, "IntelGraphicsMem") ? VBT_IN_IGD : VBT_IN_ROM;
		return 0;
	}
	while (span_from(file, at, &rest)) { /* each round begins behind the last hit */
		at += text_find(rest, "$VBT");
		if (!span_from(file, at, &rest) || rest.n == 0)
			break;
		first = first == SIZE_MAX ? at : first;
		if (vbt_read(rest, ret, NULL) == 0) {
			*ret_place = at == 0 ? VBT_ALONE : VBT_SOMEWHERE;
			*ret_at = at;
			return 0;
		}
		at++;
	}
	if (!span_from(file, first, &rest))
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE, "there is no VBT in these %zu bytes", file.n);
	if (first > 0)
		return report_refuse(rep, IGD_ELENGTH, first, "the VBT that begins here does not fit into the file");
	return vbt_read(rest, &(struct vbt_info) { 0 }, rep);
}

bool vbt_sum_ok(const struct vbt_info *v)
{
	uint8_t sum = 0, byte;

	for (size_t i = 0; span_u8(v->bytes, i, &byte); i++)
		sum = (uint8_t)(sum + byte);
	return sum == 0;
}

/* ---- the BDB and its blocks -------------------------------------------------------------------------------- */

int vbt_bdb_read(const struct vbt_info *v, struct vbt_bdb *ret, struct report *rep)
{
	struct vbt_bdb b = { 0 };
	uint32_t at;

	if (!span_le32(v->bytes, BDB_AT, &at) || !span_from(v->bytes, at, &b.bytes))
		return report_refuse(rep, IGD_ELENGTH, BDB_AT,
				     "the VBT has no BDB: its offset leads out of the table");
	if (!span_is(b.bytes, 0, BDB_NAME))
		return report_refuse(rep, IGD_EMAGIC, at, "no " BDB_NAME " where the VBT's header points");
	if (!span_le16(b.bytes, 16, &b.version) || !span_le16(b.bytes, 18, &b.header_size) ||
	    !span_le16(b.bytes, 20, &b.size))
		return report_refuse(rep, IGD_ETRUNC, v->bytes.n, "ends inside the BDB's header");
	if (b.header_size < BDB_HEADER || b.header_size > b.bytes.n)
		return report_refuse(rep, IGD_ELENGTH, at + 18, "a BDB header of %u bytes", b.header_size);
	b.at = at;
	*ret = b;
	return 0;
}

uint16_t vbt_bdb_version(const struct vbt_info *v)
{
	struct vbt_bdb b = { 0 };

	return vbt_bdb_read(v, &b, NULL) == 0 ? b.version : 0;
}

bool vbt_block_next(const struct vbt_bdb *b, size_t *at, struct vbt_block *ret)
{
	size_t pos = *at ? *at : b->header_size, len;
	struct vbt_block k = { 0 };
	struct span head, rest;
	uint16_t size;
	uint8_t version;

	if (!span_cut(b->bytes, pos, BLOCK_HEADER, &head) || pos + BLOCK_HEADER > b->size ||
	    !span_u8(head, 0, &k.id) || !span_le16(head, 1, &size) || !span_from(b->bytes, pos + BLOCK_HEADER, &rest))
		return false;
	k.size = size;
	if (k.id == MIPI_SEQUENCE && span_u8(rest, 0, &version) && version >= 3 && span_le32(rest, 1, &k.size))
		k.size = k.size > UINT32_MAX - 5 ? UINT32_MAX : k.size + 5; /* of what follows version and length */
	k.at = pos + BLOCK_HEADER;
	len = k.size;
	k.cut = len > rest.n;
	k.beyond = k.cut || k.at + len > b->size;
	if (!span_cut(rest, 0, k.cut ? rest.n : len, &k.data))
		return false;
	*at = k.at + k.data.n;
	*ret = k;
	return true;
}

bool vbt_block_find(const struct vbt_bdb *b, uint8_t id, struct vbt_block *ret)
{
	struct vbt_block k;
	size_t at = 0;

	while (vbt_block_next(b, &at, &k))
		if (k.id == id && !k.beyond) {
			*ret = k;
			return true;
		}
	return false;
}
