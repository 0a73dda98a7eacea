// SPDX-License-Identifier: GPL-2.0-or-later
/* The protocol without a socket: what is asked is answered, what is wrong is refused by its errno, and a message cut
 * anywhere or changed anywhere does no harm. */
#include "emu_wire.h"

#include <errno.h>

#include "emu/message.h"

static struct dummy dummy;
static struct emu_session s;
static struct image m;		       /* the message to say */
static uint8_t reply[EMU_MESSAGE_MAX]; /* to the last one */
static int reply_fd;
static size_t files_before, maps_before;

/* Say @m with descriptors: how long the reply is. They are the session's then. */
static size_t say_with(int *fds, size_t n)
{
	uint8_t *copy = malloc(m.n);
	size_t r;

	assert_non_null(copy);
	memcpy(copy, m.b, m.n);
	r = emu_message(&s, (struct span) { copy, m.n }, fds, n, reply, &reply_fd);
	free(copy);
	assert_true(r == 0 || (r >= VFIO_USER_HEADER && r <= EMU_MESSAGE_MAX));
	return r;
}

static uint64_t told(size_t at, size_t n)
{
	uint64_t v = 0;

	while (n > 0)
		v = v << 8 | reply[at + --n];
	return v;
}

/* A number in the body of the reply. */
#define BODY(at, n) told(VFIO_USER_HEADER + (at), (n))

/* The reply to @m must be a good one with a body of @n bytes. */
static void says_with(int *fds, size_t n_fds, size_t n)
{
	assert_int_equal(say_with(fds, n_fds), VFIO_USER_HEADER + n);
	assert_memory_equal(reply, m.b, 4);
	assert_int_equal(told(4, 4), VFIO_USER_HEADER + n);
	assert_int_equal(told(8, 4), VFIO_USER_REPLY);
	assert_int_equal(told(12, 4), 0);
	assert_null(s.complaint);
}

static void says(size_t n)
{
	says_with(NULL, 0, n);
}

static bool is_refused(int error)
{
	return told(4, 4) == VFIO_USER_HEADER && told(8, 4) == (VFIO_USER_REPLY | VFIO_USER_ERROR) &&
	       told(12, 4) == (uint64_t)error && reply_fd == -1;
}

static void refuses_with(int *fds, size_t n, int error)
{
	assert_int_equal(say_with(fds, n), VFIO_USER_HEADER);
	assert_true(is_refused(error));
	assert_null(s.complaint);
}

static void refuses(int error)
{
	refuses_with(NULL, 0, error);
}

static void greet(void)
{
	version(&m, 0, 0, QEMU_CAPABILITIES);
	assert_true(say_with(NULL, 0) > 0);
	assert_true(s.greeted);
}

static int begin_session(void **state)
{
	(void)state;
	shared_memory();
	files_before = open_files();
	maps_before = mapped_files();
	if (!dummy_init(&dummy))
		return -1;
	emu_session_begin(&s, &dummy.device);
	return 0;
}

static int begin_greeted(void **state)
{
	begin_session(state);
	greet();
	return 0;
}

static int leaves_nothing(void **state)
{
	(void)state;
	emu_session_end(&s);
	dummy_done(&dummy);
	assert_int_equal(open_files(), files_before);
	assert_int_equal(mapped_files(), maps_before);
	return 0;
}

/* ---- the greeting ------------------------------------------------------------------------------------------- */

static void greets_qemu(void **state)
{
	static const char wanted[] =
		"{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":1048576,\"pgsizes\":4096,"
		"\"max_dma_maps\":65535,\"write_multiple\":true}}";

	(void)state;
	assert_int_equal(dummy.resets, 1);
	version(&m, 0, 0, QEMU_CAPABILITIES);
	says(4 + sizeof(wanted));
	assert_int_equal(BODY(0, 2), 0);
	assert_int_equal(BODY(2, 2), 0);
	assert_string_equal((char *)reply + VFIO_USER_HEADER + 4, wanted);
	assert_true(told(4, 4) <= m.n); /* or QEMU has no room for it */
}

static void names_nothing_that_was_not_named(void **state)
{
	static const struct {
		const char *json, *wanted;
	} greetings[] = {
		{ "{\"capabilities\":{\"max_msg_fds\":1}}", "{\"capabilities\":{\"max_msg_fds\":8}}" },
		{ "{}", "{\"capabilities\":{}}" },
		{ "", "{\"capabilities\":{}}" },
		{ "max_msg_fds", "{\"capabilities\":{}}" },
		{ "\"max_msg_fds", "{\"capabilities\":{}}" },
		{ "max_msg_fds\"", "{\"capabilities\":{}}" },
		{ "\"max_msg_fds\"", "{\"capabilities\":{\"max_msg_fds\":8}}" },
		{ "{{{{[[[[\"", "{\"capabilities\":{}}" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(greetings); i++) {
		version(&m, 0, 1, greetings[i].json);
		says(4 + strlen(greetings[i].wanted) + 1);
		assert_string_equal((char *)reply + VFIO_USER_HEADER + 4, greetings[i].wanted);
		leaves_nothing(state);
		begin_session(state);
	}
}

static void agrees_on_the_lower_minor(void **state)
{
	(void)state;
	version(&m, 0, 7, NULL);
	says(4 + sizeof("{\"capabilities\":{}}"));
	assert_int_equal(BODY(2, 2), 1);
}

/* The connection ends, and the client is told why as far as an errno tells. */
static void ends(int error)
{
	assert_int_equal(say_with(NULL, 0), VFIO_USER_HEADER);
	assert_true(is_refused(error));
	assert_non_null(s.complaint);
}

static void another_major_version(void **state)
{
	(void)state;
	version(&m, 1, 0, QEMU_CAPABILITIES);
	ends(EPROTONOSUPPORT);
	assert_false(s.greeted);
}

static void json_without_an_end(void **state)
{
	(void)state;
	version(&m, 0, 0, QEMU_CAPABILITIES);
	m.n--;
	end(&m);
	ends(EINVAL);
}

static void version_cut_short(void **state)
{
	(void)state;
	version(&m, 0, 0, NULL);
	m.n--;
	end(&m);
	refuses(EINVAL);
	assert_false(s.greeted);
}

static void version_twice(void **state)
{
	(void)state;
	version(&m, 0, 0, QEMU_CAPABILITIES);
	ends(EINVAL);
}

static void anything_before_version(void **state)
{
	for (unsigned command = 0; command <= 20; command++) {
		if (command == VFIO_USER_VERSION)
			continue;
		bare(&m, command);
		for (int i = 0; i < 64; i++)
			put(&m, 0, 1);
		end(&m);
		ends(EINVAL);
		leaves_nothing(state);
		begin_session(state);
	}
}

/* ---- what there is ------------------------------------------------------------------------------------------ */

static void tells_of_the_device(void **state)
{
	(void)state;
	begin(&m, 10, VFIO_USER_DEVICE_GET_INFO, 0);
	ADD32(&m, 16, 0, 0, 0);
	says(16);
	assert_int_equal(BODY(0, 4), 16);
	assert_int_equal(BODY(4, 4), VFIO_DEVICE_RESET | VFIO_DEVICE_PCI);
	assert_int_equal(BODY(8, 4), EMU_REGIONS);
	assert_int_equal(BODY(12, 4), EMU_IRQS);
	set(&m, 16, 15, 4);
	refuses(EINVAL);
}

static void tells_of_a_region(void **state)
{
	(void)state;
	region_info(&m, 32, EMU_BAR2);
	says(32);
	assert_int_equal(BODY(0, 4), 32);
	assert_int_equal(BODY(4, 4), VFIO_REGION_READ | VFIO_REGION_WRITE);
	assert_int_equal(BODY(8, 4), EMU_BAR2);
	assert_int_equal(BODY(12, 4), 0);
	assert_int_equal(BODY(16, 8), DUMMY_BAR2);
	assert_int_equal(reply_fd, -1);
	region_info(&m, 32, EMU_ROM);
	says(32);
	assert_int_equal(BODY(16, 8), 0);
}

#define MAPPABLE (VFIO_REGION_READ | VFIO_REGION_WRITE | VFIO_REGION_MMAP | VFIO_REGION_CAPS)

/* QEMU asks with room for the fixed part first, and looks at cap_offset in that answer already. */
static void tells_of_a_region_in_two_steps(void **state)
{
	(void)state;
	region_info(&m, 32, EMU_BAR0);
	says(32);
	assert_int_equal(BODY(0, 4), 64);
	assert_int_equal(BODY(4, 4), MAPPABLE);
	assert_int_equal(BODY(12, 4), 32);
	assert_int_equal(reply_fd, dummy.fd);
	region_info(&m, 64, EMU_BAR0);
	says(64);
	assert_int_equal(BODY(0, 4), 64);
	assert_int_equal(BODY(32, 2), VFIO_CAP_SPARSE_MMAP);
	assert_int_equal(BODY(34, 2), 1);
	assert_int_equal(BODY(36, 4), 0);
	assert_int_equal(BODY(40, 4), 1);
	assert_int_equal(BODY(48, 8), DUMMY_MAPPED);
	assert_int_equal(BODY(56, 8), DUMMY_BAR0 - DUMMY_MAPPED);
	assert_int_equal(reply_fd, dummy.fd);
	region_info(&m, 63, EMU_BAR0);
	says(32);
}

/* The client could shorten it, and we would read past its end. */
static void keeps_a_file_that_could_be_cut(void **state)
{
	int sealed = dummy.fd;

	(void)state;
	dummy.fd = memory_file(DUMMY_BAR0, MFD_ALLOW_SEALING, 0);
	region_info(&m, 64, EMU_BAR0);
	says(32);
	assert_int_equal(BODY(4, 4), VFIO_REGION_READ | VFIO_REGION_WRITE);
	assert_int_equal(reply_fd, -1);
	close(dummy.fd);
	dummy.fd = sealed;
}

static void regions_that_are_none(void **state)
{
	(void)state;
	region_info(&m, 31, EMU_BAR0);
	refuses(EINVAL);
	region_info(&m, 0, EMU_BAR0);
	refuses(EINVAL);
	region_info(&m, 32, EMU_REGIONS);
	refuses(EINVAL);
	region_info(&m, 32, UINT32_MAX);
	refuses(EINVAL);
}

static void tells_of_interrupts(void **state)
{
	static const struct {
		enum emu_irq_index i;
		unsigned flags, n;
	} kinds[] = {
		{ EMU_INTX, VFIO_IRQ_EVENTFD | VFIO_IRQ_MASKABLE, 1 },
		{ EMU_MSI, VFIO_IRQ_EVENTFD | VFIO_IRQ_NORESIZE, DUMMY_MSI },
		{ EMU_MSIX, VFIO_IRQ_EVENTFD | VFIO_IRQ_NORESIZE, 0 },
		{ EMU_REQ, VFIO_IRQ_EVENTFD | VFIO_IRQ_NORESIZE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		irq_info(&m, 16, kinds[i].i);
		says(16);
		assert_int_equal(BODY(0, 4), 16);
		assert_int_equal(BODY(4, 4), kinds[i].flags);
		assert_int_equal(BODY(8, 4), kinds[i].i);
		assert_int_equal(BODY(12, 4), kinds[i].n);
	}
	irq_info(&m, 16, EMU_ERR); /* QEMU warns when there are 0 of it */
	refuses(EINVAL);
	irq_info(&m, 15, EMU_INTX);
	refuses(EINVAL);
	irq_info(&m, 16, EMU_IRQS);
	refuses(EINVAL);
}

/* ---- memory ------------------------------------------------------------------------------------------------- */

static void maps_and_unmaps(void **state)
{
	struct emu_memory *g = &dummy.device.memory;
	int fd = guest_file(RAM);

	(void)state;
	dma_map(&m, 0x100000, RAM - 4096, 4096, 3);
	says_with(&fd, 1, 0);
	assert_int_equal(*emu_memory_at(g, 0x100000, 1), RAM_BYTE);
	assert_non_null(emu_memory_writable(g, 0x100000, 1));
	fd = guest_file(RAM);
	dma_map(&m, 0, RAM / 4, 0, 1);
	says_with(&fd, 1, 0);
	assert_null(emu_memory_writable(g, 0, 1));
	dma_unmap(&m, 0x100000, RAM - 4096, 0);
	says(24);
	assert_memory_equal(reply + VFIO_USER_HEADER, m.b + VFIO_USER_HEADER, 24);
	assert_null(emu_memory_at(g, 0x100000, 1));
	says(24); /* again, and nothing is there */
	dma_unmap(&m, 0, 0, VFIO_UNMAP_ALL);
	says(24);
	assert_int_equal(g->n, 0);
	says(24);
}

static void maps_that_make_no_sense(void **state)
{
	static const struct {
		const char *name;
		uint64_t at, n, offset;
		unsigned flags;
	} bad[] = {
		{ "no right", 0, RAM, 0, 0 },
		{ "an unknown right", 0, RAM, 0, 7 },
		{ "empty", 0, 0, 0, 3 },
		{ "no whole page", 0, 100, 0, 3 },
		{ "past the end", UINT64_MAX - 4095, 8192, 0, 3 },
		{ "offset within a page", 0, 4096, 1, 3 },
	};
	int fds[2];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		fds[0] = guest_file(RAM);
		dma_map(&m, bad[i].at, bad[i].n, bad[i].offset, bad[i].flags);
		if (say_with(fds, 1) != VFIO_USER_HEADER || !is_refused(EINVAL) || dummy.device.memory.n != 0)
			fail_msg("%s", bad[i].name);
	}
	fds[0] = guest_file(RAM);
	fds[1] = guest_file(RAM);
	dma_map(&m, 0, RAM, 0, 3);
	refuses_with(fds, 2, EINVAL);
}

static void maps_over_others(void **state)
{
	int fd = guest_file(RAM);

	(void)state;
	dma_map(&m, 0, RAM, 0, 3);
	says_with(&fd, 1, 0);
	fd = guest_file(RAM);
	refuses_with(&fd, 1, EEXIST);
	fd = guest_file(RAM);
	dma_map(&m, RAM - 4096, RAM, 0, 3);
	refuses_with(&fd, 1, EEXIST);
	assert_int_equal(dummy.device.memory.n, 1);
}

static void more_maps_than_there_may_be(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < EMU_RANGES_MAX; i++) {
		dma_map(&m, i * 4096, 4096, 0, 3);
		says(0);
	}
	dma_map(&m, (uint64_t)EMU_RANGES_MAX * 4096, 4096, 0, 3);
	refuses(ENOSPC);
}

static void unmaps_that_make_no_sense(void **state)
{
	(void)state;
	dma_map(&m, 0, RAM, 0, 3);
	says(0);
	dma_unmap(&m, 0, RAM / 2, 0);
	refuses(EINVAL);
	dma_unmap(&m, 0, 0, 0);
	refuses(EINVAL);
	dma_unmap(&m, 0, RAM, 1); /* the dirty bitmap of a migration */
	refuses(EINVAL);
	dma_unmap(&m, 0, RAM, VFIO_UNMAP_ALL);
	refuses(EINVAL);
	assert_int_equal(dummy.device.memory.n, 1);
}

/* ---- reads and writes --------------------------------------------------------------------------------------- */

static struct emu_access accesses[8];
static size_t n_accesses;

static void hear(void *ctx, const struct emu_device *d, const struct emu_access *a)
{
	assert_ptr_equal(ctx, accesses);
	assert_ptr_equal(d, &dummy.device);
	accesses[n_accesses++ % ARRAY_SIZE(accesses)] = *a;
}

static void listen_to(void)
{
	n_accesses = 0;
	dummy.device.trace = hear;
	dummy.device.trace_ctx = accesses;
}

static void reads_and_writes(void **state)
{
	(void)state;
	listen_to();
	region_write(&m, EMU_BAR2, 0xff8, 8, 0x1122334455667788);
	says(16);
	assert_memory_equal(reply + VFIO_USER_HEADER, m.b + VFIO_USER_HEADER, 16);
	region_read(&m, EMU_BAR2, 0xffc, 4);
	says(20);
	assert_int_equal(BODY(16, 4), 0x11223344);
	region_read(&m, EMU_CONFIG, 0, DUMMY_CONFIG);
	says(16 + DUMMY_CONFIG);
	assert_int_equal(BODY(16, 4), DUMMY_ID);
	assert_int_equal(n_accesses, 3);
	assert_true(accesses[0].write && accesses[0].region == EMU_BAR2 && accesses[0].at == 0xff8);
	assert_true(accesses[0].n == 8 && accesses[0].value == 0x1122334455667788);
	assert_true(!accesses[1].write && accesses[1].n == 4 && accesses[1].value == 0x11223344);
	assert_true(accesses[2].n == DUMMY_CONFIG && accesses[2].value == DUMMY_ID);
}

static void accesses_outside(void **state)
{
	static const struct {
		const char *name;
		unsigned region;
		uint64_t at;
		unsigned n;
	} bad[] = {
		{ "nothing", EMU_BAR2, 0, 0 },
		{ "over the end", EMU_BAR2, 0xffd, 4 },
		{ "at the end", EMU_BAR2, 0x1000, 1 },
		{ "behind the end", EMU_BAR2, 0x1001, 1 },
		{ "far behind the end", EMU_BAR2, UINT64_MAX, 1 },
		{ "round the end of numbers", EMU_BAR2, UINT64_MAX - 3, 8 },
		{ "more than there is", EMU_BAR2, 0, 0x1001 },
		{ "a region that is not there", EMU_ROM, 0, 4 },
		{ "no region", EMU_REGIONS, 0, 4 },
		{ "no region at all", UINT32_MAX, 0, 4 },
		{ "more than a message has", EMU_BAR2, 0, (1 << 20) + 1 },
		{ "as much as a number has", EMU_BAR2, 0, UINT32_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		region_read(&m, bad[i].region, bad[i].at, bad[i].n);
		if (say_with(NULL, 0) != VFIO_USER_HEADER || !is_refused(EINVAL))
			fail_msg("read: %s", bad[i].name);
		if (bad[i].n > 0x1001)
			continue;
		region_write(&m, bad[i].region, bad[i].at, bad[i].n, 0);
		if (say_with(NULL, 0) != VFIO_USER_HEADER || !is_refused(EINVAL))
			fail_msg("write: %s", bad[i].name);
	}
	assert_int_equal(dummy.reads, 0);
	assert_int_equal(dummy.writes, 0);
}

static void writes_of_another_length(void **state)
{
	(void)state;
	region_write(&m, EMU_BAR2, 0, 8, 0);
	set(&m, 16 + 12, 7, 4);
	refuses(EINVAL);
	set(&m, 16 + 12, 9, 4);
	refuses(EINVAL);
	m.n = 16 + 16;
	end(&m);
	refuses(EINVAL);
	assert_int_equal(dummy.writes, 0);
}

static void is_silent_when_told_to(void **state)
{
	(void)state;
	region_write(&m, EMU_BAR2, 0, 4, 0x55);
	set(&m, 8, VFIO_USER_NO_REPLY, 4);
	assert_int_equal(say_with(NULL, 0), 0);
	assert_int_equal(dummy.bar2[0], 0x55);
	region_write(&m, EMU_BAR2, 0x1000, 4, 0x55);
	set(&m, 8, VFIO_USER_NO_REPLY, 4);
	assert_int_equal(say_with(NULL, 0), 0);
	assert_null(s.complaint);
}

static void multi(size_t n, uint64_t count)
{
	begin(&m, 11, VFIO_USER_REGION_WRITE_MULTI, 0);
	put(&m, count, 8);
	for (size_t i = 0; i < n; i++) {
		put(&m, 4 * i, 8);
		put(&m, EMU_BAR2, 4);
		put(&m, 4, 4);
		put(&m, 0xabcd0000 + i, 8);
	}
	end(&m);
}

static void writes_many_at_once(void **state)
{
	(void)state;
	listen_to();
	multi(3, 3);
	says(8);
	assert_int_equal(BODY(0, 8), 3);
	assert_int_equal(n_accesses, 3);
	assert_int_equal(accesses[2].at, 8);
	assert_int_equal(accesses[2].value, 0xabcd0002);
	region_read(&m, EMU_BAR2, 0, 12);
	says(28);
	assert_int_equal(BODY(16 + 8, 4), 0xabcd0002);
	multi(3, 3);
	set(&m, 8, VFIO_USER_NO_REPLY, 4);
	assert_int_equal(say_with(NULL, 0), 0);
	assert_int_equal(dummy.writes, 6);
}

/* All of them or none. */
static void many_writes_with_a_bad_one(void **state)
{
	size_t last = 16 + 8 + 2 * 24;

	(void)state;
	multi(3, 2);
	refuses(EINVAL);
	multi(3, 4);
	refuses(EINVAL);
	multi(0, 0);
	refuses(EINVAL);
	multi(3, UINT64_MAX);
	refuses(EINVAL);
	multi(3, 0x0aaaaaaaaaaaaaaeull); /* times 24 is 48 again */
	refuses(EINVAL);
	multi(3, 3);
	set(&m, last + 12, 9, 4);
	refuses(EINVAL);
	set(&m, last + 12, 0, 4);
	refuses(EINVAL);
	multi(3, 3);
	set(&m, last, 0xffd, 8);
	refuses(EINVAL);
	multi(3, 3);
	set(&m, last + 8, EMU_ROM, 4);
	refuses(EINVAL);
	multi(3, 3);
	m.n--;
	end(&m);
	refuses(EINVAL);
	assert_int_equal(dummy.writes, 0);
}

static void resets(void **state)
{
	int fd = guest_file(RAM);

	(void)state;
	dma_map(&m, 0, RAM, 0, 3);
	says_with(&fd, 1, 0);
	region_write(&m, EMU_BAR2, 0, 4, 1);
	says(16);
	bare(&m, VFIO_USER_DEVICE_RESET);
	says(0);
	assert_int_equal(dummy.resets, 2);
	assert_int_equal(dummy.bar2[0], 0);
	assert_non_null(emu_memory_at(&dummy.device.memory, 0, RAM)); /* the client's, not the device's */
}

/* ---- interrupts --------------------------------------------------------------------------------------------- */

/* How often @fd was raised since it was asked last; it is the session's, this a copy. */
static uint64_t raised(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

/* Have the four MSIs, and copies of their descriptors. */
static void have_msis(int *copies)
{
	int fds[DUMMY_MSI];
	size_t n = descriptors(WITH_EVENTS, fds);

	for (size_t i = 0; i < n; i++)
		copies[i] = dup(fds[i]);
	set_irqs(&m, VFIO_IRQ_DATA_EVENTFD | VFIO_IRQ_TRIGGER, EMU_MSI, 0, DUMMY_MSI);
	says_with(fds, n, 0);
}

static void close_all(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

static void raises_interrupts(void **state)
{
	int fds[DUMMY_MSI], intx = eventfd(0, EFD_NONBLOCK), copy = dup(intx);

	(void)state;
	emu_session_irq(&s, EMU_MSI, 0); /* nobody asked */
	have_msis(fds);
	set_irqs(&m, VFIO_IRQ_DATA_EVENTFD | VFIO_IRQ_TRIGGER, EMU_INTX, 0, 1);
	says_with(&intx, 1, 0);
	emu_session_irq(&s, EMU_MSI, 2);
	emu_session_irq(&s, EMU_MSI, 2);
	emu_session_irq(&s, EMU_INTX, 0);
	emu_session_irq(&s, EMU_MSI, EMU_IRQ_MAX);
	emu_session_irq(&s, EMU_IRQS, 0);
	assert_int_equal(raised(fds[2]), 2);
	assert_int_equal(raised(fds[1]), 0);
	assert_int_equal(raised(copy), 1);
	close(copy);
	close_all(fds, DUMMY_MSI);
}

static void masks_interrupts(void **state)
{
	int fds[DUMMY_MSI];

	(void)state;
	have_msis(fds);
	set_irqs(&m, VFIO_IRQ_DATA_BOOL | VFIO_IRQ_MASK, EMU_MSI, 1, 3);
	put(&m, 0x000100, 3);
	end(&m);
	says(0);
	for (unsigned i = 0; i < 2 * DUMMY_MSI; i++)
		emu_session_irq(&s, EMU_MSI, i / 2);
	assert_int_equal(raised(fds[1]), 2);
	assert_int_equal(raised(fds[2]), 0);
	assert_int_equal(raised(fds[3]), 2);
	set_irqs(&m, VFIO_IRQ_DATA_NONE | VFIO_IRQ_UNMASK, EMU_MSI, 0, DUMMY_MSI);
	says(0);
	assert_int_equal(raised(fds[2]), 1);
	assert_int_equal(raised(fds[1]), 0);
	emu_session_irq(&s, EMU_MSI, 2);
	assert_int_equal(raised(fds[2]), 1);
	close_all(fds, DUMMY_MSI);
}

static void is_triggered_by_the_client(void **state)
{
	int fds[DUMMY_MSI];

	(void)state;
	have_msis(fds);
	set_irqs(&m, VFIO_IRQ_DATA_BOOL | VFIO_IRQ_TRIGGER, EMU_MSI, 0, 2);
	put(&m, 0x0100, 2);
	end(&m);
	says(0);
	set_irqs(&m, VFIO_IRQ_DATA_NONE | VFIO_IRQ_TRIGGER, EMU_MSI, 1, 1);
	says(0);
	assert_int_equal(raised(fds[0]), 0);
	assert_int_equal(raised(fds[1]), 2);
	close_all(fds, DUMMY_MSI);
}

static void lets_go_of_interrupts(void **state)
{
	int fds[DUMMY_MSI], others[DUMMY_MSI];
	size_t before = open_files();

	(void)state;
	have_msis(fds);
	have_msis(others); /* in their place */
	emu_session_irq(&s, EMU_MSI, 0);
	assert_int_equal(raised(fds[0]), 0);
	assert_int_equal(raised(others[0]), 1);
	set_irqs(&m, VFIO_IRQ_DATA_EVENTFD | VFIO_IRQ_TRIGGER, EMU_MSI, 1, 2);
	says(0);
	assert_int_equal(open_files(), before + 2 * DUMMY_MSI + DUMMY_MSI - 2);
	set_irqs(&m, VFIO_IRQ_DATA_NONE | VFIO_IRQ_TRIGGER, EMU_MSI, 0, 0);
	says(0);
	close_all(fds, DUMMY_MSI);
	close_all(others, DUMMY_MSI);
	assert_int_equal(open_files(), before);
}

/* A guest under KVM: QEMU hands over a descriptor to be told of the end of an interrupt by. */
static void takes_what_unmasks_intx(void **state)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	(void)state;
	set_irqs(&m, VFIO_IRQ_DATA_EVENTFD | VFIO_IRQ_UNMASK, EMU_INTX, 0, 1);
	says_with(&fd, 1, 0);
	fd = eventfd(0, EFD_NONBLOCK);
	set_irqs(&m, VFIO_IRQ_DATA_EVENTFD | VFIO_IRQ_MASK, EMU_INTX, 0, 1);
	refuses_with(&fd, 1, ENOTSUP);
}

static void interrupts_that_make_no_sense(void **state)
{
	static const struct {
		const char *name;
		unsigned flags, i, start, count;
	} bad[] = {
		{ "no data", VFIO_IRQ_TRIGGER, EMU_MSI, 0, 1 },
		{ "no action", VFIO_IRQ_DATA_NONE, EMU_MSI, 0, 1 },
		{ "two kinds of data", VFIO_IRQ_DATA_NONE | VFIO_IRQ_DATA_BOOL | VFIO_IRQ_TRIGGER, EMU_MSI, 0, 1 },
		{ "two actions", VFIO_IRQ_DATA_NONE | VFIO_IRQ_MASK | VFIO_IRQ_TRIGGER, EMU_MSI, 0, 1 },
		{ "an unknown flag", VFIO_IRQ_DATA_NONE | VFIO_IRQ_TRIGGER | 64, EMU_MSI, 0, 1 },
		{ "no kind", VFIO_IRQ_DATA_NONE | VFIO_IRQ_TRIGGER, EMU_IRQS, 0, 1 },
		{ "more than there are", VFIO_IRQ_DATA_NONE | VFIO_IRQ_TRIGGER, EMU_MSI, 0, DUMMY_MSI + 1 },
		{ "from behind the last", VFIO_IRQ_DATA_NONE | VFIO_IRQ_TRIGGER, EMU_MSI, DUMMY_MSI + 1, 0 },
		{ "round the end of numbers", VFIO_IRQ_DATA_NONE | VFIO_IRQ_TRIGGER, EMU_MSI, 1, UINT32_MAX },
		{ "of a kind with none", VFIO_IRQ_DATA_NONE | VFIO_IRQ_TRIGGER, EMU_MSIX, 0, 1 },
		{ "booleans that are not there", VFIO_IRQ_DATA_BOOL | VFIO_IRQ_TRIGGER, EMU_MSI, 0, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		set_irqs(&m, bad[i].flags, bad[i].i, bad[i].start, bad[i].count);
		if (say_with(NULL, 0) != VFIO_USER_HEADER || !is_refused(EINVAL))
			fail_msg("%s", bad[i].name);
	}
}

static void descriptors_that_are_no_events(void **state)
{
	const unsigned flags = VFIO_IRQ_DATA_EVENTFD | VFIO_IRQ_TRIGGER;
	int pipes[2], fds[4];

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	set_irqs(&m, flags, EMU_INTX, 0, 1);
	refuses_with(&pipes[0], 1, EINVAL);
	refuses_with(&pipes[1], 1, EINVAL);
	fds[0] = guest_file(RAM);
	refuses_with(fds, 1, EINVAL);
	fds[0] = open("/dev/null", O_RDWR | O_CLOEXEC);
	refuses_with(fds, 1, EINVAL);
	assert_int_equal(descriptors(WITH_EVENTS, fds), 4);
	refuses_with(fds, 4, EINVAL); /* one was asked for */
	assert_int_equal(descriptors(WITH_EVENTS, fds), 4);
	set_irqs(&m, flags, EMU_MSI, 0, 3);
	refuses_with(fds, 4, EINVAL);
	fds[0] = eventfd(0, 0);
	set_irqs(&m, VFIO_IRQ_DATA_NONE | VFIO_IRQ_TRIGGER, EMU_MSI, 0, 1);
	refuses_with(fds, 1, EINVAL);
	fds[0] = eventfd(0, 0);
	fds[1] = guest_file(RAM);
	set_irqs(&m, flags, EMU_MSI, 0, 2);
	refuses_with(fds, 2, EINVAL);
	emu_session_irq(&s, EMU_MSI, 0);
}

/* A counter that is full, of a file that waits: the server does not. */
static void does_not_wait_for_a_full_counter(void **state)
{
	int fd = eventfd(0, 0), copy = dup(fd);
	uint64_t most = UINT64_MAX - 1;

	(void)state;
	set_irqs(&m, VFIO_IRQ_DATA_EVENTFD | VFIO_IRQ_TRIGGER, EMU_INTX, 0, 1);
	says_with(&fd, 1, 0);
	assert_int_equal(write(copy, &most, sizeof(most)), sizeof(most));
	emu_session_irq(&s, EMU_INTX, 0);
	assert_int_equal(raised(copy), most);
	emu_session_irq(&s, EMU_INTX, 0);
	assert_int_equal(raised(copy), 1);
	close(copy);
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

static void commands_that_are_not_there(void **state)
{
	static const unsigned commands[] = {
		0,
		VFIO_USER_DEVICE_GET_REGION_IO_FDS,
		VFIO_USER_DMA_READ,
		VFIO_USER_DMA_WRITE,
		VFIO_USER_DIRTY_PAGES,
		VFIO_USER_DEVICE_FEATURE,
		VFIO_USER_MIG_DATA_READ,
		VFIO_USER_MIG_DATA_WRITE,
		19,
		0xffff,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		int fd = guest_file(RAM);

		bare(&m, commands[i]);
		refuses_with(&fd, 1, ENOTSUP);
	}
}

static void bodies_cut_short(void **state)
{
	static const struct {
		unsigned command;
		size_t n;
	} least[] = {
		{ VFIO_USER_DMA_MAP, 32 },
		{ VFIO_USER_DMA_UNMAP, 24 },
		{ VFIO_USER_DEVICE_GET_INFO, 16 },
		{ VFIO_USER_DEVICE_GET_REGION_INFO, 32 },
		{ VFIO_USER_DEVICE_GET_IRQ_INFO, 16 },
		{ VFIO_USER_DEVICE_SET_IRQS, 20 },
		{ VFIO_USER_REGION_READ, 16 },
		{ VFIO_USER_REGION_WRITE, 17 },
		{ VFIO_USER_REGION_WRITE_MULTI, 32 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(least); i++)
		for (size_t n = 0; n < least[i].n; n++) {
			bare(&m, least[i].command);
			for (size_t k = 0; k < n; k++)
				put(&m, 1, 1);
			end(&m);
			refuses(EINVAL);
		}
}

static void descriptors_that_nobody_asked_for(void **state)
{
	int fds[EMU_FDS_MAX];

	(void)state;
	for (size_t i = 0; i < EMU_FDS_MAX; i++)
		fds[i] = guest_file(4096);
	region_read(&m, EMU_CONFIG, 0, 4);
	refuses_with(fds, EMU_FDS_MAX, EINVAL);
	assert_int_equal(dummy.reads, 0);
}

static void replies_to_nothing(void **state)
{
	int fd = guest_file(RAM);

	bare(&m, VFIO_USER_DEVICE_RESET);
	set(&m, 8, VFIO_USER_REPLY, 4);
	assert_int_equal(say_with(&fd, 1), 0);
	assert_non_null(s.complaint);
	leaves_nothing(state);
	begin_greeted(state);
	set(&m, 8, 0xf, 4);
	assert_int_equal(say_with(NULL, 0), 0);
	assert_non_null(s.complaint);
	assert_int_equal(dummy.resets, 1);
}

static void lengths(void **state)
{
	static const uint32_t bad[] = { 0, 1, 15, EMU_MESSAGE_MAX + 1, 0x7fffffff, 0x80000000, UINT32_MAX };

	(void)state;
	bare(&m, VFIO_USER_DEVICE_RESET);
	assert_int_equal(emu_message_length(image_span(&m)), 16);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		set(&m, 4, bad[i], 4);
		assert_int_equal(emu_message_length(image_span(&m)), 0);
	}
	set(&m, 4, EMU_MESSAGE_MAX, 4);
	assert_int_equal(emu_message_length(image_span(&m)), EMU_MESSAGE_MAX);
	assert_int_equal(emu_message_length((struct span) { m.b, 7 }), 0);
}

/* ---- damage ------------------------------------------------------------------------------------------------- */

/* The conversation up to its message @upto, which is left in m with its descriptors. */
static bool converse(void **state, size_t upto, int *fds, size_t *n_fds)
{
	enum with with;

	begin_session(state);
	for (size_t i = 0; conversation(i, &m, &with); i++) {
		*n_fds = descriptors(with, fds);
		if (i == upto)
			return true;
		say_with(fds, *n_fds);
		assert_true(!s.complaint);
		assert_true(told(8, 4) == VFIO_USER_REPLY);
	}
	return false;
}

static void a_good_conversation(void **state)
{
	int fds[EMU_FDS_MAX];
	size_t n;

	assert_false(converse(state, SIZE_MAX, fds, &n));
	assert_int_equal(dummy.resets, 2);
	assert_int_equal(dummy.writes, 3);
	leaves_nothing(state);
}

static void cut_at_every_length(void **state)
{
	int fds[EMU_FDS_MAX];
	size_t n_fds;

	for (size_t i = 0; converse(state, i, fds, &n_fds); i++) {
		size_t whole = m.n;

		for (size_t n = VFIO_USER_HEADER; n <= whole; n++)
			for (int honest = 0; honest < 2; honest++) {
				m.n = n;
				set(&m, 4, honest ? n : whole, 4);
				say_with(fds, n_fds);
				assert_true(honest || n == whole || s.complaint);
				leaves_nothing(state);
				converse(state, i, fds, &n_fds);
			}
		close_all(fds, n_fds);
		leaves_nothing(state);
	}
	leaves_nothing(state);
}

static void every_byte_changed(void **state)
{
	static const uint8_t with[] = { 0x01, 0x02, 0x80, 0xff };
	int fds[EMU_FDS_MAX];
	size_t n_fds;

	for (size_t i = 0; converse(state, i, fds, &n_fds); i++) {
		for (size_t at = 0; at < m.n; at++)
			for (size_t k = 0; k < ARRAY_SIZE(with); k++) {
				m.b[at] ^= with[k];
				say_with(fds, n_fds);
				leaves_nothing(state);
				converse(state, i, fds, &n_fds);
			}
		close_all(fds, n_fds);
		leaves_nothing(state);
	}
	leaves_nothing(state);
}

#define TEST(name)  cmocka_unit_test_setup_teardown(name, begin_greeted, leaves_nothing)
#define FIRST(name) cmocka_unit_test_setup_teardown(name, begin_session, leaves_nothing)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIRST(greets_qemu),
		FIRST(names_nothing_that_was_not_named),
		FIRST(agrees_on_the_lower_minor),
		FIRST(another_major_version),
		FIRST(json_without_an_end),
		FIRST(version_cut_short),
		TEST(version_twice),
		FIRST(anything_before_version),
		TEST(tells_of_the_device),
		TEST(tells_of_a_region),
		TEST(tells_of_a_region_in_two_steps),
		TEST(keeps_a_file_that_could_be_cut),
		TEST(regions_that_are_none),
		TEST(tells_of_interrupts),
		TEST(maps_and_unmaps),
		TEST(maps_that_make_no_sense),
		TEST(maps_over_others),
		TEST(more_maps_than_there_may_be),
		TEST(unmaps_that_make_no_sense),
		TEST(reads_and_writes),
		TEST(accesses_outside),
		TEST(writes_of_another_length),
		TEST(is_silent_when_told_to),
		TEST(writes_many_at_once),
		TEST(many_writes_with_a_bad_one),
		TEST(resets),
		TEST(raises_interrupts),
		TEST(masks_interrupts),
		TEST(is_triggered_by_the_client),
		TEST(lets_go_of_interrupts),
		TEST(takes_what_unmasks_intx),
		TEST(interrupts_that_make_no_sense),
		TEST(descriptors_that_are_no_events),
		TEST(does_not_wait_for_a_full_counter),
		TEST(commands_that_are_not_there),
		TEST(bodies_cut_short),
		TEST(descriptors_that_nobody_asked_for),
		TEST(replies_to_nothing),
		TEST(lengths),
		cmocka_unit_test(a_good_conversation),
		cmocka_unit_test(cut_at_every_length),
		cmocka_unit_test(every_byte_changed),
	};

	return cmocka_run_group_tests_name("emu_message", tests, NULL, NULL);
}
