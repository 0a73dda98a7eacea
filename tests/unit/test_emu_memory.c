// SPDX-License-Identifier: GPL-2.0-or-later
/* Guest memory: what is mapped, what is only known, and that no file can fault under its reader. */
#include "emu_wire.h"

#include <sys/socket.h>

#include "base/error.h"
#include "emu/memory.h"

static struct emu_memory m; /* empty between tests: see leaves_nothing() */

static size_t files_before;

static int begin_memory(void **state)
{
	(void)state;
	files_before = open_files();
	return mapped_files() == 0 ? 0 : -1;
}

/* After each test: no mapping and no descriptor is left. */
static int leaves_nothing(void **state)
{
	(void)state;
	emu_memory_unmap_all(&m);
	assert_int_equal(m.n, 0);
	assert_null(m.v);
	assert_int_equal(mapped_files(), 0);
	assert_int_equal(open_files(), files_before);
	return 0;
}

/* Map, and close the descriptor, which is not needed any more. */
static int map(uint64_t at, uint64_t n, int fd, uint64_t offset, bool writable)
{
	int r = emu_memory_map(&m, at, n, fd, offset, writable);

	if (fd >= 0)
		close(fd);
	return r;
}

static void maps_the_clients_bytes(void **state)
{
	int fd = guest_file(RAM);
	uint8_t byte = 7;

	(void)state;
	assert_int_equal(emu_memory_map(&m, 0x10000, RAM - 4096, fd, 4096, true), 0);
	assert_null(m.v[0].why);
	assert_int_equal(*emu_memory_at(&m, 0x10000, 1), RAM_BYTE);
	assert_int_equal(pwrite(fd, &byte, 1, 4096 + 5), 1);
	assert_int_equal(*emu_memory_at(&m, 0x10005, 1), 7);
	*emu_memory_writable(&m, 0x10000 + RAM - 4097, 1) = 9;
	assert_int_equal(pread(fd, &byte, 1, (off_t)RAM - 1), 1);
	assert_int_equal(byte, 9);
	close(fd);
	assert_int_equal(*emu_memory_at(&m, 0x10005, 1), 7);
}

static void stays_inside_a_range(void **state)
{
	(void)state;
	assert_int_equal(map(0x10000, 0x2000, guest_file(RAM), 0, false), 0);
	assert_int_equal(map(0x12000, 0x1000, guest_file(RAM), 0, true), 0);
	assert_non_null(emu_memory_at(&m, 0x10000, 0x2000));
	assert_non_null(emu_memory_at(&m, 0x11fff, 1));
	assert_null(emu_memory_at(&m, 0x11fff, 2));
	assert_null(emu_memory_at(&m, 0x10000, 0x2001));
	assert_null(emu_memory_at(&m, 0xffff, 1));
	assert_null(emu_memory_at(&m, 0x10000, 0));
	assert_null(emu_memory_at(&m, 0x13000, 1));
	assert_null(emu_memory_at(&m, 0x10000, SIZE_MAX));
	assert_null(emu_memory_at(&m, UINT64_MAX, SIZE_MAX));
	assert_null(emu_memory_writable(&m, 0x10000, 1));
	assert_non_null(emu_memory_writable(&m, 0x12000, 0x1000));
}

static void knows_what_is_memory(void **state)
{
	(void)state;
	assert_int_equal(map(0x10000, 0x1000, guest_file(RAM), 0, false), 0);
	assert_int_equal(map(0x12000, 0x1000, -1, 0, false), 0);
	assert_false(emu_memory_has(&m, 0x10000, 0x3000));
	assert_int_equal(map(0x11000, 0x1000, -1, 0, false), 0);
	assert_true(emu_memory_has(&m, 0x10000, 0x3000));
	assert_true(emu_memory_has(&m, 0x10fff, 2));
	assert_false(emu_memory_has(&m, 0x10000, 0x3001));
	assert_false(emu_memory_has(&m, 0xffff, 2));
	assert_false(emu_memory_has(&m, 0x10000, 0));
	assert_false(emu_memory_has(&m, 0x10000, UINT64_MAX));
	assert_null(emu_memory_at(&m, 0x11000, 1));
}

static void ends_with_the_address_space(void **state)
{
	(void)state;
	assert_int_equal(map(UINT64_MAX - 4095, 4096, guest_file(RAM), 0, true), 0);
	assert_int_equal(*emu_memory_at(&m, UINT64_MAX - 4095, 4096), RAM_BYTE);
	assert_true(emu_memory_has(&m, UINT64_MAX, 1));
	assert_false(emu_memory_has(&m, UINT64_MAX, 2));
	assert_int_equal(map(UINT64_MAX - 8191, 8192, -1, 0, true), 1);
	assert_int_equal(emu_memory_unmap(&m, UINT64_MAX - 4095, 4096), 0);
	assert_int_equal(map(0, UINT64_MAX - 4095, -1, 0, true), 0);
	assert_true(emu_memory_has(&m, 0, UINT64_MAX - 4095));
}

/* A guest that maps page after page of its memory costs one mapping of ours. */
static void maps_a_file_once(void **state)
{
	int fd = guest_file(RAM);

	(void)state;
	for (uint64_t at = 0; at < RAM; at += 4096)
		assert_int_equal(emu_memory_map(&m, RAM - 4096 - at, 4096, fd, at, true), 0);
	close(fd);
	assert_int_equal(m.n, RAM / 4096);
	assert_int_equal(mapped_files(), 1);
	for (uint64_t at = 0; at < RAM; at += 4096)
		assert_ptr_equal(emu_memory_at(&m, RAM - 4096 - at, 1), m.files[0].p + at);
	assert_int_equal(emu_memory_unmap(&m, 4096, RAM - 4096), 0);
	assert_int_equal(mapped_files(), 1);
	assert_int_equal(emu_memory_unmap(&m, 0, 4096), 0);
	assert_int_equal(mapped_files(), 0);
}

static void maps_a_file_again_to_write(void **state)
{
	int fd = guest_file(RAM);

	(void)state;
	assert_int_equal(emu_memory_map(&m, 0, 4096, fd, 0, false), 0);
	assert_int_equal(emu_memory_map(&m, 4096, 4096, fd, 4096, true), 0);
	assert_int_equal(emu_memory_map(&m, 8192, 4096, fd, 8192, false), 0);
	close(fd);
	assert_int_equal(mapped_files(), 2);
	assert_non_null(emu_memory_writable(&m, 4096, 4096));
	assert_null(emu_memory_writable(&m, 0, 1));
}

static void maps_a_file_that_grew(void **state)
{
	int fd = memory_file(4096, MFD_ALLOW_SEALING, F_SEAL_SHRINK);

	(void)state;
	assert_int_equal(emu_memory_map(&m, 0, 4096, fd, 0, true), 0);
	assert_int_equal(ftruncate(fd, 8192), 0);
	assert_int_equal(emu_memory_map(&m, 4096, 4096, fd, 4096, true), 0);
	close(fd);
	*emu_memory_writable(&m, 4096 + 4095, 1) = 1;
	assert_int_equal(*emu_memory_at(&m, 4096 + 4095, 1), 1);
}

static void forgets_a_stretch(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(map(0x10000 * i, 0x1000, guest_file(RAM), 0, true), 0);
	assert_int_equal(emu_memory_unmap(&m, 0x10000, 0x40000), 0);
	assert_int_equal(m.n, 6);
	assert_int_equal(mapped_files(), 6);
	assert_non_null(emu_memory_at(&m, 0, 1));
	assert_null(emu_memory_at(&m, 0x40000, 1));
	assert_non_null(emu_memory_at(&m, 0x50000, 1));
	assert_int_equal(map(0x20000, 0x1000, guest_file(RAM), 0, true), 0);
	assert_non_null(emu_memory_at(&m, 0x20000, 1));
}

/* ---- known, and not mapped ---------------------------------------------------------------------------------- */

/* Take @fd for a page at 0: known, not readable, and why. */
static void only_known(int fd, uint64_t offset, bool writable, const char *why)
{
	assert_int_equal(map(0, 4096, fd, offset, writable), 0);
	assert_true(emu_memory_has(&m, 0, 4096));
	assert_null(emu_memory_at(&m, 0, 1));
	assert_null(emu_memory_writable(&m, 0, 1));
	assert_string_equal(m.v[0].why, why);
	assert_int_equal(mapped_files(), 0);
	assert_int_equal(emu_memory_unmap(&m, 0, 4096), 0);
}

#define NOT_SEALED "its file is no memory file that is sealed against being cut"
#define TOO_SHORT  "its file is too short"
#define TOO_MUCH   "it would be more memory than is mapped of one client"
#define REFUSED	   "the kernel refused to map its file"

static void no_file(void **state)
{
	(void)state;
	only_known(-1, 0, true, "the client sent no file with it");
}

static void a_file_that_can_be_cut(void **state)
{
	FILE *f = tmpfile();

	(void)state;
	only_known(memory_file(RAM, MFD_ALLOW_SEALING, 0), 0, true, NOT_SEALED);
	only_known(memory_file(RAM, MFD_ALLOW_SEALING, F_SEAL_GROW), 0, true, NOT_SEALED);
	only_known(memory_file(RAM, 0, 0), 0, true, NOT_SEALED);
	assert_non_null(f);
	only_known(dup(fileno(f)), 0, true, NOT_SEALED);
	fclose(f);
}

static void a_sealed_file_cannot_be_cut(void **state)
{
	int fd = guest_file(RAM);

	(void)state;
	assert_int_equal(emu_memory_map(&m, 0, RAM, fd, 0, true), 0);
	assert_true(ftruncate(fd, 0) < 0);
	assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)RAM), 0);
	close(fd);
	assert_int_equal(*emu_memory_at(&m, 0, RAM), 0);
	assert_int_equal(emu_memory_at(&m, 0, RAM)[RAM - 1], 0);
}

static void no_memory_file(void **state)
{
	int pipes[2], sockets[2];

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	only_known(pipes[0], 0, false, NOT_SEALED);
	only_known(pipes[1], 0, false, NOT_SEALED);
	only_known(sockets[0], 0, false, NOT_SEALED);
	only_known(sockets[1], 0, false, NOT_SEALED);
	only_known(eventfd(0, 0), 0, false, NOT_SEALED);
	only_known(open("/dev/zero", O_RDWR | O_CLOEXEC), 0, false, NOT_SEALED);
	only_known(open("/proc/self/mem", O_RDWR | O_CLOEXEC), 0, false, NOT_SEALED);
	only_known(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0, false, NOT_SEALED);
	only_known(open("/", O_PATH | O_CLOEXEC), 0, false, NOT_SEALED);
}

static void huge_pages(void **state)
{
	int fd = memfd_create("guest", MFD_CLOEXEC | MFD_HUGETLB | MFD_ALLOW_SEALING);

	(void)state;
	if (fd < 0) {
		print_message("this kernel has no huge pages\n");
		skip();
	}
	assert_int_equal(ftruncate(fd, (off_t)(16 * MIB)), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	only_known(fd, 0, false, NOT_SEALED);
}

static void a_file_too_short(void **state)
{
	(void)state;
	only_known(guest_file(4095), 0, true, TOO_SHORT);
	only_known(guest_file(4096), 4096, true, TOO_SHORT);
	only_known(guest_file(RAM), RAM - 4096 + 4096, true, TOO_SHORT);
	only_known(guest_file(RAM), UINT64_MAX - 4095, true, TOO_SHORT);
	only_known(memory_file(0, MFD_ALLOW_SEALING, F_SEAL_SHRINK), 0, true, TOO_SHORT);
}

static void a_file_that_may_not_be_written(void **state)
{
	int fd = guest_file(RAM), again;
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	close(fd);
	only_known(again, 0, true, REFUSED);
	only_known(memory_file(RAM, MFD_ALLOW_SEALING, F_SEAL_SHRINK | F_SEAL_WRITE), 0, true, REFUSED);
	assert_int_equal(map(0, 4096, memory_file(RAM, MFD_ALLOW_SEALING, F_SEAL_SHRINK | F_SEAL_WRITE), 0, false),
			 0);
	assert_non_null(emu_memory_at(&m, 0, 4096));
}

static void more_than_is_mapped(void **state)
{
	(void)state;
	only_known(memory_file(EMU_MAPPED_MAX + 4096, MFD_ALLOW_SEALING, F_SEAL_SHRINK), 0, false, TOO_MUCH);
	only_known(memory_file(INT64_MAX - 4095, MFD_ALLOW_SEALING, F_SEAL_SHRINK), 0, false, TOO_MUCH);
	for (uint64_t i = 1; i <= EMU_FILES_MAX; i++)
		assert_int_equal(map(i * RAM, RAM, guest_file(RAM), 0, true), 0);
	assert_int_equal(mapped_files(), EMU_FILES_MAX);
	assert_int_equal(map(0, RAM, guest_file(RAM), 0, true), 0);
	assert_null(emu_memory_at(&m, 0, 1));
	assert_string_equal(m.v[0].why, TOO_MUCH);
}

/* ---- refused ------------------------------------------------------------------------------------------------ */

static void ranges_that_make_no_sense(void **state)
{
	static const struct {
		const char *name;
		uint64_t at, n, offset;
	} bad[] = {
		{ "empty", 0x1000, 0, 0 },
		{ "past the end", UINT64_MAX - 4095, 8192, 0 },
		{ "all but a page, from a page on and one more", 8192, UINT64_MAX - 4095, 0 },
		{ "address within a page", 0x1001, 0x1000, 0 },
		{ "size within a page", 0x1000, 0x1001, 0 },
		{ "offset within a page", 0x1000, 0x1000, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (map(bad[i].at, bad[i].n, guest_file(RAM), bad[i].offset, true) != -IGD_EUSAGE || m.n != 0)
			fail_msg("%s", bad[i].name);
}

static void ranges_over_others(void **state)
{
	static const struct {
		const char *name;
		uint64_t at, n;
	} bad[] = {
		{ "the same", 0x10000, 0x4000 },      { "its beginning", 0xf000, 0x2000 },
		{ "its end", 0x13000, 0x2000 },	      { "within it", 0x11000, 0x1000 },
		{ "all around it", 0xf000, 0x10000 }, { "its first page", 0x10000, 0x1000 },
		{ "its last page", 0x13000, 0x1000 }, { "over two", 0x13000, 0xe000 },
	};

	(void)state;
	assert_int_equal(map(0x10000, 0x4000, guest_file(RAM), 0, true), 0);
	assert_int_equal(map(0x20000, 0x4000, -1, 0, true), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (map(bad[i].at, bad[i].n, guest_file(RAM), 0, true) != 1 || m.n != 2)
			fail_msg("%s", bad[i].name);
	assert_int_equal(map(0xf000, 0x1000, -1, 0, true), 0);
	assert_int_equal(map(0x14000, 0xc000, -1, 0, true), 0);
}

static void unmapping_what_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(emu_memory_unmap(&m, 0, 4096), -IGD_ENOENT);
	assert_int_equal(map(0x10000, 0x4000, guest_file(RAM), 0, true), 0);
	assert_int_equal(emu_memory_unmap(&m, 0, 0x10000), -IGD_ENOENT);
	assert_int_equal(emu_memory_unmap(&m, 0x14000, 0x1000), -IGD_ENOENT);
	assert_int_equal(emu_memory_unmap(&m, 0x10000, 0x1000), -IGD_EUSAGE);
	assert_int_equal(emu_memory_unmap(&m, 0x11000, 0x8000), -IGD_EUSAGE);
	assert_int_equal(emu_memory_unmap(&m, 0, 0x12000), -IGD_EUSAGE);
	assert_int_equal(emu_memory_unmap(&m, 0x10000, 0), -IGD_EUSAGE);
	assert_int_equal(emu_memory_unmap(&m, 0x10000, UINT64_MAX), -IGD_EUSAGE);
	assert_int_equal(m.n, 1);
	assert_int_equal(emu_memory_unmap(&m, 0, UINT64_MAX), 0);
}

static void more_ranges_than_there_may_be(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < EMU_RANGES_MAX; i++)
		assert_int_equal(map(8192 * i, 4096, -1, 0, true), 0);
	assert_int_equal(map(4096, 4096, guest_file(RAM), 0, true), -IGD_ELIMIT);
	assert_int_equal(emu_memory_unmap(&m, 0, 4096), 0);
	assert_int_equal(map(4096, 4096, guest_file(RAM), 0, true), 0);
	assert_non_null(emu_memory_at(&m, 4096, 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_memory, leaves_nothing)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(maps_the_clients_bytes),
		TEST(stays_inside_a_range),
		TEST(knows_what_is_memory),
		TEST(ends_with_the_address_space),
		TEST(maps_a_file_once),
		TEST(maps_a_file_again_to_write),
		TEST(maps_a_file_that_grew),
		TEST(forgets_a_stretch),
		TEST(no_file),
		TEST(a_file_that_can_be_cut),
		TEST(a_sealed_file_cannot_be_cut),
		TEST(no_memory_file),
		TEST(huge_pages),
		TEST(a_file_too_short),
		TEST(a_file_that_may_not_be_written),
		TEST(more_than_is_mapped),
		TEST(ranges_that_make_no_sense),
		TEST(ranges_over_others),
		TEST(unmapping_what_is_not_there),
		TEST(more_ranges_than_there_may_be),
	};

	return cmocka_run_group_tests_name("emu_memory", tests, NULL, NULL);
}
