// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * qcow2.c - QEMU's disk images, as far as firmware is kept in them.
 *
 * A file of clusters of one size, 512 bytes to 2 MiB. The header names a table (L1), whose entries name tables of one
 * cluster each (L2), whose entries say of each cluster of the disk in turn where it lies in the file, or that it is
 * all zero, or compressed. All numbers are big-endian. Reference counts say which clusters of the file are in use:
 * who only reads needs none of them, who writes must have them right, or QEMU takes clusters for free that are not.
 *
 * Source of all below: QEMU docs/interop/qcow2.txt; where it leaves something open, block/qcow2.c and
 * block/qcow2-cluster.c of 7.2.
 */
#include "fw/qcow2.h"

#include "base/error.h"
#include "fw/codec.h"

#define MAGIC		 0x514649fb /* "QFI", fb */
#define HEADER_2	 72
#define HEADER_3	 104
#define CLUSTER_BITS_MIN 9
#define CLUSTER_BITS_MAX 21
#define ENTRY		 8		       /* bytes of an entry of L1 and L2 */
#define OFFSET_MASK	 0x00fffffffffffe00ull /* of an entry of L1, and of L2 where it is not compressed */
#define COPIED		 (1ull << 63)	       /* one user: may be written in place */
#define COMPRESSED	 (1ull << 62)
#define ZERO		 1ull /* of L2, from version 3 on */

/* Incompatible features. */
#define DIRTY		 (1ull << 0)
#define CORRUPT		 (1ull << 1)
#define EXTERNAL_DATA	 (1ull << 2)
#define COMPRESSION_TYPE (1ull << 3)
#define EXTENDED_L2	 (1ull << 4)
#define FEATURES_READ	 (DIRTY | CORRUPT | COMPRESSION_TYPE)

struct header {
	uint32_t version, cluster_bits, crypt_method, l1_size, header_length, refcount_order;
	uint64_t backing_at, disk_size, l1_at, incompatible;
	uint8_t compression; /* 0: deflate */
};

struct reader {
	struct span file, l1;
	struct header h;
	size_t cluster;	    /* bytes */
	size_t l2_entries;  /* in a table */
	struct buffer disk; /* zeros where nothing was put */
	struct report *rep;
};

/* ---- numbers ------------------------------------------------------------------------------------------------ */

static bool be32(struct span s, size_t at, uint32_t *ret)
{
	struct span c;

	if (!span_cut(s, at, 4, &c))
		return false;
	*ret = (uint32_t)c.p[0] << 24 | (uint32_t)c.p[1] << 16 | (uint32_t)c.p[2] << 8 | c.p[3];
	return true;
}

static bool be64(struct span s, uint64_t at, uint64_t *ret)
{
	uint32_t high, low;
	struct span c;

	if (at > s.n || !span_cut(s, (size_t)at, 8, &c) || !be32(c, 0, &high) || !be32(c, 4, &low))
		return false;
	*ret = (uint64_t)high << 32 | low;
	return true;
}

/* span_cut() for offsets of a file. */
static bool cut(struct span s, uint64_t at, uint64_t n, struct span *ret)
{
	return at <= s.n && n <= s.n && span_cut(s, (size_t)at, (size_t)n, ret);
}

/* ---- reading: the header ------------------------------------------------------------------------------------ */

bool qcow2_is(struct span s)
{
	uint32_t magic;

	return be32(s, 0, &magic) && magic == MAGIC;
}

/* What version 2 lacks is as if it were 0, but for these two. */
static bool header_read(struct span file, struct header *ret)
{
	struct header h = { .header_length = HEADER_2, .refcount_order = 4 };

	if (!be32(file, 4, &h.version) || !be64(file, 8, &h.backing_at) || !be32(file, 20, &h.cluster_bits) ||
	    !be64(file, 24, &h.disk_size) || !be32(file, 32, &h.crypt_method) || !be32(file, 36, &h.l1_size) ||
	    !be64(file, 40, &h.l1_at) || file.n < HEADER_2)
		return false;
	if (h.version >= 3 && (!be64(file, 72, &h.incompatible) || !be32(file, 96, &h.refcount_order) ||
			       !be32(file, 100, &h.header_length)))
		return false;
	if (h.version >= 3 && h.header_length > HEADER_3 && !span_u8(file, HEADER_3, &h.compression))
		return false;
	*ret = h;
	return true;
}

/* What the image needs that is not had here; NULL: nothing. */
static const char *beyond(const struct header *h)
{
	return h->version != 2 && h->version != 3 ? "a version that is not known"
	       : h->backing_at			  ? "it is the upper part of another image (a backing file)"
	       : h->crypt_method		  ? "it is encrypted"
	       : h->incompatible & EXTERNAL_DATA  ? "its data are in another file"
	       : h->incompatible & EXTENDED_L2	  ? "it has extended L2 entries"
	       : h->incompatible & ~FEATURES_READ ? "it has a feature that is not known"
						  : NULL;
}

static int header_judge(struct reader *r)
{
	const struct header *h = &r->h;

	if (beyond(h))
		return report_refuse(r->rep, IGD_EVERSION, 4, "%s; qemu-img convert -O raw makes a plain image of it",
				     beyond(h));
	if (h->cluster_bits < CLUSTER_BITS_MIN || h->cluster_bits > CLUSTER_BITS_MAX)
		return report_refuse(r->rep, IGD_EMAGIC, 20, "clusters of 2^%u bytes; QEMU has 2^9 to 2^21",
				     h->cluster_bits);
	if (h->version == 3 && (h->header_length < HEADER_3 || h->header_length > 1U << h->cluster_bits))
		return report_refuse(r->rep, IGD_EMAGIC, 100, "a header of %u bytes", h->header_length);
	if (h->refcount_order > 6)
		return report_refuse(r->rep, IGD_EMAGIC, 96, "reference counts of 2^%u bits", h->refcount_order);
	if (!(h->incompatible & COMPRESSION_TYPE) != !h->compression)
		return report_refuse(r->rep, IGD_EMAGIC, HEADER_3,
				     "compression type %u, and the feature bit denies it", h->compression);
	if (h->disk_size > QCOW2_DISK_MAX)
		return report_refuse(r->rep, IGD_ELIMIT, 24, "a disk of %llu bytes; firmware has at most %zu",
				     (unsigned long long)h->disk_size, QCOW2_DISK_MAX);
	if (h->incompatible & (DIRTY | CORRUPT))
		report_note(r->rep, 72, "the image is marked %s; qemu-img check says more",
			    h->incompatible & CORRUPT ? "corrupt" : "as not closed");
	return 0;
}

/* ---- reading: clusters -------------------------------------------------------------------------------------- */

/* Entry @i of L1 or L2 as an offset in the file: 0, for none, or at a cluster's beginning. */
static int offset_judge(const struct reader *r, uint64_t entry, const char *what, size_t i, uint64_t *ret)
{
	*ret = entry & OFFSET_MASK;
	if (*ret % r->cluster == 0)
		return 0;
	return report_refuse(r->rep, IGD_EMAGIC, *ret, "%s of cluster %zu is not at the beginning of one", what, i);
}

/*
 * A compressed cluster: where it begins, to the byte, and how many sectors of 512 bytes it reaches into beyond that
 * one; the rest of the last is another's, or behind the end of the file.
 */
static int compressed_take(struct reader *r, uint64_t entry, struct span to, size_t i)
{
	unsigned bits = 62 - (r->h.cluster_bits - 8);
	uint64_t at = entry & ((1ull << bits) - 1), sectors = (entry & (COMPRESSED - 1)) >> bits;
	uint64_t n = (sectors + 1) * 512 - at % 512;
	_cleanup_(buffer_done) struct buffer out = { 0 };
	struct span in;
	int x;

	if (r->h.compression)
		return report_refuse(
			r->rep, IGD_EVERSION, at,
			"cluster %zu is compressed with %s; qemu-img convert -O raw makes a plain image of it", i,
			r->h.compression == 1 ? "zstd" : "what is not known");
	if (at >= r->file.n)
		return report_refuse(r->rep, IGD_ETRUNC, at, "cluster %zu lies behind the end of the file", i);
	if (!cut(r->file, at, n < r->file.n - at ? n : r->file.n - at, &in))
		return -IGD_ETRUNC;
	x = codec_decode(CODEC_DEFLATE, in, r->cluster, r->cluster, &out, NULL);
	if (x == -IGD_ENOMEM)
		return x;
	if (x < 0)
		return report_refuse(r->rep, x == -IGD_ETRUNC ? IGD_ETRUNC : IGD_EMAGIC, at,
				     "cluster %zu cannot be decompressed", i);
	memcpy(r->disk.p + i * r->cluster, out.p, to.n);
	return 0;
}

/* Cluster @i of the disk by its entry of L2. */
static int cluster_take(struct reader *r, uint64_t entry, size_t i)
{
	size_t rest = r->disk.n - i * r->cluster;
	struct span to, from;
	uint64_t at;
	int x;

	if (!span_cut(buffer_span(&r->disk), i * r->cluster, rest < r->cluster ? rest : r->cluster, &to))
		return -IGD_ETRUNC;
	if (entry & COMPRESSED)
		return compressed_take(r, entry, to, i);
	if ((entry & ZERO) && r->h.version == 2)
		return report_refuse(r->rep, IGD_EMAGIC, i * r->cluster,
				     "cluster %zu is marked as zero, which version 2 does not know", i);
	x = offset_judge(r, entry, "the place", i, &at);
	if (x < 0 || at == 0 || (entry & ZERO))
		return x;
	if (!cut(r->file, at, to.n, &from))
		return report_refuse(r->rep, IGD_ETRUNC, at, "cluster %zu lies behind the end of the file", i);
	memcpy(r->disk.p + i * r->cluster, from.p, from.n);
	return 0;
}

/* The clusters that entry @table of L1 stands for. */
static int table_take(struct reader *r, size_t table, size_t n_clusters)
{
	size_t first = table * r->l2_entries;
	uint64_t entry, at;
	struct span l2;
	int x;

	if (!be64(r->l1, table * ENTRY, &entry))
		return report_refuse(r->rep, IGD_EMAGIC, 36, "the first table has %u entries, too few for the disk",
				     r->h.l1_size);
	x = offset_judge(r, entry, "the table", first, &at);
	if (x < 0 || at == 0)
		return x;
	if (!cut(r->file, at, r->cluster, &l2))
		return report_refuse(r->rep, IGD_ETRUNC, at,
				     "the table of cluster %zu lies behind the end of the file", first);
	for (size_t i = 0; x == 0 && i < r->l2_entries && first + i < n_clusters; i++)
		x = be64(l2, i * ENTRY, &entry) ? cluster_take(r, entry, first + i) : -IGD_ETRUNC;
	return x;
}

static int disk_take(struct reader *r)
{
	size_t n = (r->disk.n + r->cluster - 1) / r->cluster;
	size_t n_tables = (n + r->l2_entries - 1) / r->l2_entries;
	int x = 0;

	if (r->h.l1_size < n_tables)
		return report_refuse(r->rep, IGD_EMAGIC, 36, "the first table has %u entries, the disk needs %zu",
				     r->h.l1_size, n_tables);
	if (r->h.l1_at % r->cluster != 0)
		return report_refuse(r->rep, IGD_EMAGIC, 40, "the first table is not at the beginning of a cluster");
	if (!cut(r->file, r->h.l1_at, n_tables * ENTRY, &r->l1))
		return report_refuse(r->rep, IGD_ETRUNC, r->h.l1_at,
				     "the first table lies behind the end of the file");
	for (size_t i = 0; x == 0 && i < n_tables; i++)
		x = table_take(r, i, n);
	return x;
}

int qcow2_read(struct span file, struct buffer *ret, struct report *rep)
{
	struct reader r = { .file = file, .rep = rep };
	int x;

	if (!qcow2_is(file))
		return report_refuse(rep, IGD_EMAGIC, 0, "no qcow2 image");
	if (!header_read(file, &r.h))
		return report_refuse(rep, IGD_ETRUNC, file.n, "the file ends in the header of a qcow2 image");
	x = header_judge(&r);
	if (x < 0)
		return x;
	r.cluster = (size_t)1 << r.h.cluster_bits;
	r.l2_entries = r.cluster / ENTRY;
	r.disk = (struct buffer) { calloc(1, r.h.disk_size ? (size_t)r.h.disk_size : 1), (size_t)r.h.disk_size };
	x = r.disk.p ? disk_take(&r) : -IGD_ENOMEM;
	if (x < 0) {
		buffer_done(&r.disk);
		return x;
	}
	*ret = r.disk;
	return 0;
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

/*
 * Where things lie, in clusters of 64 KiB: header, table of reference count blocks, the one such block, L1, the one
 * L2, the data. One block counts 32,768 clusters and one L2 maps 8,192: QCOW2_DISK_MAX needs 1,024.
 */
#define W_BITS	 16
#define W_SIZE	 ((size_t)1 << W_BITS)
#define W_HEADER 112 /* bytes: with the compression type, and up to a multiple of 8 */

enum { AT_HEADER, AT_REFCOUNT_TABLE, AT_REFCOUNTS, AT_L1, AT_L2, AT_DATA };

_Static_assert(QCOW2_DISK_MAX / W_SIZE <= W_SIZE / ENTRY, "one L2 table maps the largest disk");
_Static_assert(QCOW2_DISK_MAX / W_SIZE + AT_DATA <= W_SIZE / 2, "one block counts its clusters");

static void put(struct buffer *b, size_t at, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		b->p[at + i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

static void header_put(struct buffer *b, size_t disk_size)
{
	put(b, 0, MAGIC, 4);
	put(b, 4, 3, 4);
	put(b, 20, W_BITS, 4);
	put(b, 24, disk_size, 8);
	put(b, 36, 1, 4);
	put(b, 40, AT_L1 * W_SIZE, 8);
	put(b, 48, AT_REFCOUNT_TABLE * W_SIZE, 8);
	put(b, 56, 1, 4);
	put(b, 96, 4, 4); /* reference counts of 16 bits */
	put(b, 100, W_HEADER, 4);
	/* header extensions: the one that ends them is eight zeros */
}

/* Cluster @i of @disk; the last may be short. */
static struct span disk_cluster(struct span disk, size_t i)
{
	size_t at = i * W_SIZE;
	struct span s = { NULL, 0 };

	return span_cut(disk, at, disk.n - at < W_SIZE ? disk.n - at : W_SIZE, &s) ? s : (struct span) { NULL, 0 };
}

int qcow2_write(struct span disk, struct buffer *ret, struct report *rep)
{
	size_t n = (disk.n + W_SIZE - 1) / W_SIZE, n_file = AT_DATA;
	struct buffer b;

	if (disk.n > QCOW2_DISK_MAX)
		return report_refuse(rep, IGD_ELIMIT, 0, "a disk of %zu bytes; firmware has at most %zu", disk.n,
				     QCOW2_DISK_MAX);
	for (size_t i = 0; i < n; i++)
		n_file += !span_is_filled(disk_cluster(disk, i), 0);
	b = (struct buffer) { calloc(n_file, W_SIZE), n_file * W_SIZE };
	if (!b.p)
		return -IGD_ENOMEM;
	header_put(&b, disk.n);
	put(&b, AT_REFCOUNT_TABLE * W_SIZE, AT_REFCOUNTS * W_SIZE, 8);
	for (size_t i = 0; i < n_file; i++)
		put(&b, AT_REFCOUNTS * W_SIZE + i * 2, 1, 2);
	put(&b, AT_L1 * W_SIZE, COPIED | AT_L2 * W_SIZE, 8);
	n_file = AT_DATA;
	for (size_t i = 0; i < n; i++) {
		struct span s = disk_cluster(disk, i);

		if (span_is_filled(s, 0))
			continue;
		put(&b, AT_L2 * W_SIZE + i * ENTRY, COPIED | n_file * W_SIZE, ENTRY);
		memcpy(b.p + n_file * W_SIZE, s.p, s.n);
		n_file++;
	}
	*ret = b;
	return 0;
}
