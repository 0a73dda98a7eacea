// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory.c - guest memory: a sorted array of ranges over a few mapped files.
 *
 * What may be mapped follows from SIGBUS, which is what a page that cannot be had becomes, in the middle of any
 * memcpy(). A file of the shmem kind that is sealed with F_SEAL_SHRINK keeps its length for ever, and its pages can
 * always be had: the seal exists on memory files alone, whose file system has no size of its own. Huge pages are
 * refused though they can be sealed: a hole punched into such a file gives its page back to a pool that may be empty
 * later. What is left is the machine's own memory running out, which ends processes and raises no SIGBUS.
 *
 * Sources: fcntl(2), F_ADD_SEALS; memfd_create(2); mmap(2), SIGBUS; Linux mm/shmem.c and fs/hugetlbfs/inode.c (6.1).
 */
#include "emu/memory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/error.h"

#define HUGETLBFS 0x958458f6 /* linux/magic.h */
#define ROOM_MIN  64

/* ---- files -------------------------------------------------------------------------------------------------- */

bool emu_memory_is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct statfs fs;

	return seals >= 0 && (seals & F_SEAL_SHRINK) && fstatfs(fd, &fs) == 0 && (uint32_t)fs.f_type != HUGETLBFS;
}

/* The file, if it is mapped already, as far as @end. */
static struct emu_file *file_known(struct emu_memory *m, const struct stat *st, uint64_t end, bool writable)
{
	for (size_t i = 0; i < EMU_FILES_MAX; i++) {
		struct emu_file *f = &m->files[i];

		if (f->n_ranges > 0 && f->device == st->st_dev && f->inode == st->st_ino && end <= f->n &&
		    (f->writable || !writable))
			return f;
	}
	return NULL;
}

static struct emu_file *file_free(struct emu_memory *m)
{
	for (size_t i = 0; i < EMU_FILES_MAX; i++)
		if (m->files[i].n_ranges == 0)
			return &m->files[i];
	return NULL;
}

static uint64_t bytes_mapped(const struct emu_memory *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < EMU_FILES_MAX; i++)
		n += m->files[i].n_ranges > 0 ? m->files[i].n : 0;
	return n;
}

/* Map all of @fd. NULL and @why. */
static struct emu_file *file_map(struct emu_memory *m, int fd, const struct stat *st, bool writable, const char **why)
{
	struct emu_file *f = file_free(m);
	uint8_t *p;

	*why = "it would be more memory than is mapped of one client";
	if (!f || (uint64_t)st->st_size > EMU_MAPPED_MAX - bytes_mapped(m))
		return NULL;
	p = mmap(NULL, (size_t)st->st_size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
	*why = "the kernel refused to map its file";
	if (p == MAP_FAILED)
		return NULL;
	madvise(p, (size_t)st->st_size, MADV_DONTDUMP); /* a guest's memory has no place in our core file */
	*f = (struct emu_file) { st->st_dev, st->st_ino, p, (size_t)st->st_size, writable, 0 };
	return f;
}

static void file_put(struct emu_file *f)
{
	if (--f->n_ranges > 0)
		return;
	munmap(f->p, f->n);
	*f = (struct emu_file) { 0 };
}

/* Find the bytes of @r in @fd: sets .p and .file, or .why. */
static void range_map(struct emu_memory *m, struct emu_range *r, int fd, uint64_t offset)
{
	struct emu_file *f;
	struct stat st;

	r->why = "the client sent no file with it";
	if (fd < 0)
		return;
	r->why = "its file is no memory file that is sealed against being cut";
	if (!emu_memory_is_sealed(fd) || fstat(fd, &st) < 0)
		return;
	r->why = "its file is too short";
	if (st.st_size <= 0 || offset > (uint64_t)st.st_size || r->n > (uint64_t)st.st_size - offset)
		return;
	f = file_known(m, &st, offset + r->n, r->writable);
	if (!f)
		f = file_map(m, fd, &st, r->writable, &r->why);
	if (!f)
		return;
	f->n_ranges++;
	r->p = f->p + offset;
	r->file = (unsigned)(f - m->files);
	r->why = NULL;
}

/* ---- ranges ------------------------------------------------------------------------------------------------- */

static uint64_t last_of(const struct emu_range *r)
{
	return r->at + (r->n - 1);
}

/* The first range that ends at @at or behind it; .n when there is none. */
static size_t find(const struct emu_memory *m, uint64_t at)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (last_of(&m->v[middle]) < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int grow(struct emu_memory *m)
{
	size_t room = m->room ? 2 * m->room : ROOM_MIN;
	struct emu_range *v;

	if (m->n < m->room)
		return 0;
	v = reallocarray(m->v, room, sizeof(*v));
	if (!v)
		return -IGD_ENOMEM;
	m->v = v;
	m->room = room;
	return 0;
}

int emu_memory_map(struct emu_memory *m, uint64_t at, uint64_t n, int fd, uint64_t offset, bool writable)
{
	struct emu_range r = { .at = at, .n = n, .writable = writable };
	size_t i;

	if (n == 0 || n - 1 > UINT64_MAX - at || at % EMU_PAGE || n % EMU_PAGE || offset % EMU_PAGE)
		return -IGD_EUSAGE;
	i = find(m, at);
	if (i < m->n && m->v[i].at <= last_of(&r))
		return 1;
	if (m->n == EMU_RANGES_MAX)
		return -IGD_ELIMIT;
	if (grow(m) < 0)
		return -IGD_ENOMEM;
	range_map(m, &r, fd, offset);
	memmove(m->v + i + 1, m->v + i, (m->n - i) * sizeof(*m->v));
	m->v[i] = r;
	m->n++;
	return 0;
}

/* Take @n ranges from @i on out. */
static void drop(struct emu_memory *m, size_t i, size_t n)
{
	for (size_t k = i; k < i + n; k++)
		if (m->v[k].p)
			file_put(&m->files[m->v[k].file]);
	memmove(m->v + i, m->v + i + n, (m->n - i - n) * sizeof(*m->v));
	m->n -= n;
}

int emu_memory_unmap(struct emu_memory *m, uint64_t at, uint64_t n)
{
	uint64_t last = at + (n - 1);
	size_t i, end;

	if (n == 0 || n - 1 > UINT64_MAX - at)
		return -IGD_EUSAGE;
	i = find(m, at);
	for (end = i; end < m->n && m->v[end].at <= last; end++)
		if (m->v[end].at < at || last_of(&m->v[end]) > last)
			return -IGD_EUSAGE;
	if (end == i)
		return -IGD_ENOENT;
	drop(m, i, end - i);
	return 0;
}

void emu_memory_unmap_all(struct emu_memory *m)
{
	if (m->n > 0)
		drop(m, 0, m->n);
	free(m->v);
	m->v = NULL;
	m->room = 0;
}

bool emu_memory_has(const struct emu_memory *m, uint64_t at, uint64_t n)
{
	if (n == 0 || n - 1 > UINT64_MAX - at)
		return false;
	for (size_t i = find(m, at); i < m->n && m->v[i].at <= at; i++) {
		uint64_t there = last_of(&m->v[i]) - at; /* less one */

		if (there >= n - 1)
			return true;
		at += there + 1;
		n -= there + 1;
	}
	return false;
}

static const struct emu_range *holds(const struct emu_memory *m, uint64_t at, size_t n)
{
	size_t i = find(m, at);

	if (n == 0 || i == m->n || m->v[i].at > at || n - 1 > last_of(&m->v[i]) - at)
		return NULL;
	return m->v[i].p ? &m->v[i] : NULL;
}

const uint8_t *emu_memory_at(const struct emu_memory *m, uint64_t at, size_t n)
{
	const struct emu_range *r = holds(m, at, n);

	return r ? r->p + (at - r->at) : NULL;
}

uint8_t *emu_memory_writable(const struct emu_memory *m, uint64_t at, size_t n)
{
	const struct emu_range *r = holds(m, at, n);

	return r && r->writable ? r->p + (at - r->at) : NULL;
}
