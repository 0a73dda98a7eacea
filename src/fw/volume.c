// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/volume.h"

#include <stdio.h>

#include "base/error.h"
#include "base/macros.h"
#include "std/pi.h"

/*
 * EDK II's GUIDs, and those of vendors whose files are laid out the same. Sources: MdePkg
 * Include/Guid/FirmwareFileSystem{2,3}.h; UEFITool NE common/ffs.h and ffs.cpp (Apple, Intel, Sony; NVRAM).
 */
static const struct {
	struct guid guid;
	enum volume_system system;
} systems[] = {
	{ GUID(0x7a9354d9, 0x0468, 0x444a, 0x81, 0xce, 0x0b, 0xf6, 0x17, 0xd8, 0x90, 0xdf), VOLUME_FFS1 },
	{ GUID(0x8c8ce578, 0x8a3d, 0x4f1c, 0x99, 0x35, 0x89, 0x61, 0x85, 0xc3, 0x2d, 0xd3), VOLUME_FFS2 },
	{ GUID(0x5473c07a, 0x3dcb, 0x4dca, 0xbd, 0x6f, 0x1e, 0x96, 0x89, 0xe7, 0x34, 0x9a), VOLUME_FFS3 },
	{ GUID(0x04adeead, 0x61ff, 0x4d31, 0xb6, 0xba, 0x64, 0xf8, 0xbf, 0x90, 0x1f, 0x5a), VOLUME_FFS2 },
	{ GUID(0xad3fffff, 0xd28b, 0x44c4, 0x9f, 0x13, 0x9e, 0xa9, 0x8a, 0x97, 0xf9, 0xf0), VOLUME_FFS2 },
	{ GUID(0xd6a1cd70, 0x4b33, 0x4994, 0xa6, 0xea, 0x37, 0x5f, 0x2c, 0xcc, 0x54, 0x37), VOLUME_FFS2 },
	{ GUID(0x4f494156, 0xaed6, 0x4d64, 0xa5, 0x37, 0xb8, 0xa5, 0x55, 0x7b, 0xce, 0xec), VOLUME_FFS2 },
	{ GUID(0xfff12b8d, 0x7696, 0x4c8b, 0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b, 0x4f, 0x50), VOLUME_NVRAM },
	{ GUID(0x00504624, 0x8a59, 0x4eeb, 0xbd, 0x0f, 0x6b, 0x36, 0xe9, 0x61, 0x28, 0xe0), VOLUME_NVRAM },
};

const char *volume_system_str(enum volume_system s)
{
	static const char *const words[] = { [VOLUME_FFS1] = "FFS1",
					     [VOLUME_FFS2] = "FFS2",
					     [VOLUME_FFS3] = "FFS3",
					     [VOLUME_NVRAM] = "NVRAM",
					     [VOLUME_UNKNOWN] = "unknown" };

	return words[s];
}

static enum volume_system system_of(const struct guid *g)
{
	for (size_t i = 0; i < ARRAY_SIZE(systems); i++)
		if (guid_eq(&systems[i].guid, g))
			return systems[i].system;
	return VOLUME_UNKNOWN;
}

static uint8_t sum8(struct span s)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum = (uint8_t)(sum + s.p[i]);
	return sum;
}

/* ---- the volume ------------------------------------------------------------------------------------------------ */

#define BLOCK_MAP_MAX 64
#define FV_HEADER_MAX (FV_BLOCK_MAP + 8 * BLOCK_MAP_MAX)

/* How long the block map says that the volume is; 0: it does not end inside the header. */
static uint64_t blocks_length(struct span header)
{
	uint64_t length = 0;
	uint32_t n, size;

	for (size_t i = 0, at = FV_BLOCK_MAP; i < BLOCK_MAP_MAX; i++, at += 8) {
		if (!span_le32(header, at, &n) || !span_le32(header, at + 4, &size))
			return 0;
		if (n == 0 && size == 0)
			return length;
		length += (uint64_t)n * size;
	}
	return 0;
}

static void checksum_check(struct span header, struct report *rep)
{
	uint16_t sum = 0, word;

	for (size_t at = 0; span_le16(header, at, &word); at += 2)
		sum = (uint16_t)(sum + word);
	if (sum != 0)
		report_note(rep, FV_CHECKSUM, "the volume's header has a wrong checksum (off by 0x%04x)", sum);
}

/* The extension header begins with the volume's own name and its size (3.2.1.2); files follow it. */
static void extension_read(struct volume *v, struct span s, uint16_t at, struct report *rep)
{
	uint32_t size;

	if (v->revision < 2 || at == 0)
		return;
	if (at < v->header_size || !span_le32(s, (size_t)at + FV_EXT_SIZE, &size) || size < 20 || size > s.n - at) {
		report_note(rep, FV_EXT_HEADER, "the volume's extension header does not fit (0x%x)", at);
		return;
	}
	v->has_name = guid_read(s, at, &v->name);
	v->header_size = at + (size_t)size;
}

int volume_read(struct span s, struct volume *ret, struct report *rep)
{
	struct volume v = { 0 };
	uint16_t header_size, ext;
	uint32_t attributes;
	struct span header;
	uint64_t blocks;

	if (s.n < FV_HEADER_MIN)
		return report_refuse(rep, IGD_ETRUNC, s.n, "ends inside the header of a volume");
	if (!span_is(s, FV_SIGNATURE, "_FVH"))
		return report_refuse(rep, IGD_EMAGIC, FV_SIGNATURE, "no _FVH, so no volume");
	if (!guid_read(s, FV_GUID, &v.guid) || !span_le64(s, FV_LENGTH, &v.length) ||
	    !span_le32(s, FV_ATTRIBUTES, &attributes) || !span_le16(s, FV_HEADER_LENGTH, &header_size) ||
	    !span_le16(s, FV_EXT_HEADER, &ext) || !span_u8(s, FV_REVISION, &v.revision))
		return report_refuse(rep, IGD_ETRUNC, s.n, "ends inside the header of a volume");
	if ((v.revision != 1 && v.revision != 2) || header_size < FV_HEADER_MIN || header_size > FV_HEADER_MAX ||
	    v.length < header_size || !span_cut(s, 0, header_size, &header))
		return report_refuse(rep, IGD_EMAGIC, FV_HEADER_LENGTH,
				     "_FVH, but revision %u, a header of %u bytes, a length of %llu", v.revision,
				     header_size, (unsigned long long)v.length);
	v.system = system_of(&v.guid);
	v.erased = attributes & FV_ERASE_POLARITY ? 0xff : 0;
	v.header_size = header_size;
	v.bytes = s;
	v.partial = !span_cut(s, 0, v.length <= s.n ? (size_t)v.length : SIZE_MAX, &v.bytes);
	checksum_check(header, rep);
	blocks = blocks_length(header);
	if (blocks != v.length)
		report_note(rep, FV_LENGTH, "the volume says %llu bytes, its block map %llu",
			    (unsigned long long)v.length, (unsigned long long)blocks);
	if (v.partial)
		report_note(rep, s.n, "ends here, %llu bytes before the volume does",
			    (unsigned long long)(v.length - s.n));
	extension_read(&v, v.bytes, ext, rep);
	*ret = v;
	return 0;
}

/* ---- its files ---------------------------------------------------------------------------------------------- */

static size_t align8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

/*
 * Size of the file and of its header. A large file has 64 bits of size behind the common header (PI 1.8, volume 3,
 * 3.2.3.2); Lenovo writes 32 of them into FFS2 volumes too (UEFITool NE common/ffs.h, EFI_FFS_FILE_HEADER2_LENOVO).
 */
static bool sizes_read(struct span head, const struct volume *v, struct ffs_file *f, uint64_t *size, size_t *header)
{
	uint32_t word;
	bool large;

	if (!span_le32(head, FFS_SIZE, &word))
		return false;
	*size = word & 0xffffff;
	*header = FFS_HEADER;
	large = f->attributes & FFS_ATTRIB_LARGE && v->revision > 1;
	if (large && v->system == VOLUME_FFS3) {
		*header = FFS_HEADER_LARGE;
		return span_le64(head, FFS_SIZE_LARGE, size);
	}
	if (large && (*size == 0 || *size == 0xffffff)) {
		*header = FFS_HEADER_LARGE - 4;
		*size = 0;
		if (span_le32(head, FFS_SIZE_LARGE, &word))
			*size = word;
	}
	return true;
}

/* 3.2.3.1: the bytes of the header sum to zero, counted without the data's sum and the state. */
static bool header_sum_ok(struct span head)
{
	uint8_t data_sum, state;

	return span_u8(head, FFS_DATA_SUM, &data_sum) && span_u8(head, FFS_STATE, &state) &&
	       (uint8_t)(sum8(head) - data_sum - state) == 0;
}

static bool data_sum_ok(const struct ffs_file *f, uint8_t revision)
{
	uint8_t want;

	if (!span_u8(f->bytes, FFS_DATA_SUM, &want))
		return false;
	if (f->attributes & FFS_ATTRIB_SUM)
		return (uint8_t)(sum8(f->body) + want) == 0;
	return want == FFS_FIXED_SUM || (revision == 1 && want == 0x5a);
}

static void sums_check(const struct ffs_file *f, struct span head, uint8_t revision, struct report *rep)
{
	char name[GUID_STR];

	if (!header_sum_ok(head))
		report_note(rep, f->at, "file %s has a wrong checksum in its header", guid_str(&f->guid, name));
	else if (!f->partial && !data_sum_ok(f, revision))
		report_note(rep, f->at, "file %s has a wrong checksum over its data", guid_str(&f->guid, name));
}

/* The file at f->at. 1: there is one; 0: bytes that cannot be one. */
static int file_read(const struct volume *v, struct ffs_file *f, struct report *rep)
{
	struct span rest, head;
	uint64_t size;
	size_t header;
	uint8_t state;

	if (!span_from(v->bytes, f->at, &rest) || !guid_read(rest, 0, &f->guid) ||
	    !span_u8(rest, FFS_TYPE, &f->type) || !span_u8(rest, FFS_ATTRIBUTES, &f->attributes) ||
	    !span_u8(rest, FFS_STATE, &state) || !sizes_read(rest, v, f, &size, &header) || size < header ||
	    !span_cut(rest, 0, header, &head))
		return 0;
	f->partial = size > rest.n;
	if (f->partial && (!v->partial && !header_sum_ok(head)))
		return 0;
	f->bytes = rest;
	if (!f->partial && !span_cut(rest, 0, (size_t)size, &f->bytes))
		return 0;
	f->head = header;
	if (!span_from(f->bytes, header, &f->body))
		return 0;
	if (v->revision == 1 && f->attributes & FFS_ATTRIB_LARGE && f->body.n >= 2 && !f->partial)
		(void)span_cut(f->body, 0, f->body.n - 2, &f->body);
	state = v->erased ? (uint8_t)~state : state;
	f->deleted = state & (FFS_DELETED | FFS_HEADER_INVALID);
	sums_check(f, head, v->revision, rep);
	if (f->partial)
		report_note(rep, f->at + f->bytes.n, "ends here, %llu bytes before its last file does",
			    (unsigned long long)(size - rest.n));
	return 1;
}

int volume_next(const struct volume *v, size_t *at, struct ffs_file *ret, struct report *rep)
{
	struct ffs_file f = { .at = align8(*at) };
	struct span head;

	if (f.at >= v->bytes.n)
		return 0;
	if (!span_cut(v->bytes, f.at, FFS_HEADER, &head) || span_is_filled(head, v->erased) ||
	    file_read(v, &f, rep) == 0)
		return 0;
	*at = f.at + f.bytes.n;
	*ret = f;
	return 1;
}

int ffs_read(struct span s, struct ffs_file *ret)
{
	static const struct volume nowhere = { .system = VOLUME_FFS3, .revision = 2, .erased = 0xff };
	struct volume v = nowhere;
	struct ffs_file f = { 0 };
	struct span head;

	v.bytes = s;
	if (!span_cut(s, 0, FFS_HEADER, &head) || span_is_filled(head, 0xff) || span_is_filled(head, 0) ||
	    file_read(&v, &f, NULL) == 0 || f.partial)
		return -IGD_EMAGIC;
	if (!span_cut(s, 0, f.bytes.n - f.body.n, &head) || !header_sum_ok(head))
		return -IGD_EMAGIC;
	*ret = f;
	return 0;
}

const char *ffs_type_str(uint8_t type, char buf[16])
{
	static const char *const words[] = {
		[FFS_RAW] = "raw",
		[FFS_FREEFORM] = "freeform",
		[FFS_SEC_CORE] = "SEC core",
		[FFS_PEI_CORE] = "PEI core",
		[FFS_DXE_CORE] = "DXE core",
		[FFS_PEIM] = "PEI module",
		[FFS_DRIVER] = "DXE driver",
		[FFS_PEIM_DRIVER] = "PEI and DXE module",
		[FFS_APPLICATION] = "application",
		[FFS_MM] = "SMM module",
		[FFS_VOLUME_IMAGE] = "volume image",
		[FFS_MM_DXE] = "SMM and DXE module",
		[FFS_MM_CORE] = "SMM core",
		[FFS_MM_STANDALONE] = "MM module",
		[FFS_MM_CORE_STANDALONE] = "MM core",
		[FFS_PAD] = "pad",
	};

	if (type < ARRAY_SIZE(words) && words[type])
		return words[type];
	snprintf(buf, 16, "type 0x%02x", type);
	return buf;
}

size_t volume_find(struct span s, size_t at)
{
	const uint8_t *hit;
	struct span rest;

	if (at > s.n || !span_from(s, at + FV_SIGNATURE, &rest) || rest.n == 0)
		return SIZE_MAX;
	hit = memmem(rest.p, rest.n, "_FVH", 4);
	return hit ? at + (size_t)(hit - rest.p) : SIZE_MAX;
}
