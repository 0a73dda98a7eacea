// SPDX-License-Identifier: GPL-2.0-or-later
/* The sockets: messages in pieces and in heaps, descriptors that go with the right one, answers that find no room,
 * and clients that are gone at any byte. The server and its client are one thread here: each has its turn. */
#include "emu_wire.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "emu/message.h"
#include "emu/server.h"

static struct dummy dummy, other;
static struct emu_server *server;
static char where[64]; /* a name for the socket while clients of a test connect; gone after it */
static int client = -1;
static struct image m;
static uint8_t got[EMU_MESSAGE_MAX];
static size_t files_before, maps_before;

/* ---- system calls, counted ---------------------------------------------------------------------------------- */

static struct {
	size_t receive, send;
} calls;

ssize_t recvmsg(int fd, struct msghdr *h, int flags)
{
	calls.receive++;
	return syscall(SYS_recvmsg, fd, h, flags);
}

ssize_t recv(int fd, void *p, size_t n, int flags)
{
	calls.receive++;
	return syscall(SYS_recvfrom, fd, p, n, flags, NULL, NULL);
}

ssize_t sendmsg(int fd, const struct msghdr *h, int flags)
{
	calls.send++;
	return syscall(SYS_sendmsg, fd, h, flags);
}

/* ---- the two sides ------------------------------------------------------------------------------------------ */

static int listening(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(where, "/tmp/emu-XXXXXX");
	assert_non_null(mkdtemp(where));
	strcat(where, "/s");
	strcpy(a.sun_path, where);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static int connected(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(a.sun_path, where);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* The server's turn, until it has nothing to do. How often it had something. */
static size_t turn(void)
{
	struct pollfd v[2 * EMU_DEVICES_MAX];
	size_t busy = 0;

	for (;;) {
		size_t n = emu_server_poll(server, v);

		if (poll(v, (nfds_t)n, 0) <= 0)
			return busy;
		for (size_t i = 0; i < n; i++)
			emu_server_ready(server, &v[i]);
		assert_true(++busy < 1000000);
	}
}

static int begin_server(void **state)
{
	(void)state;
	shared_memory();
	files_before = open_files();
	maps_before = mapped_files();
	if (!dummy_init(&dummy) || emu_server_new(&server) < 0)
		return -1;
	assert_int_equal(emu_server_add(server, &dummy.device, listening()), 0);
	client = connected();
	return 0;
}

/* Everything is as before. */
static int leaves_nothing(void **state)
{
	(void)state;
	if (client >= 0)
		close(client);
	client = -1;
	emu_server_free(server);
	server = NULL;
	dummy_done(&dummy);
	unlink(where);
	*strrchr(where, '/') = 0;
	rmdir(where);
	assert_int_equal(open_files(), files_before);
	assert_int_equal(mapped_files(), maps_before);
	return 0;
}

static void close_all(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* Send bytes with descriptors beside them, which are closed. */
static bool send_bytes(struct span s, int *fds, size_t n)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(64 * sizeof(int))] = { 0 };
	struct iovec v = { (void *)(uintptr_t)s.p, s.n };
	struct msghdr h = { .msg_iov = &v, .msg_iovlen = 1 };
	struct cmsghdr *c = (struct cmsghdr *)control;
	ssize_t r;

	if (n > 0) {
		h.msg_control = control;
		h.msg_controllen = CMSG_SPACE(n * sizeof(int));
		*c = (struct cmsghdr) { CMSG_LEN(n * sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	r = sendmsg(client, &h, MSG_NOSIGNAL);
	close_all(fds, n);
	return r == (ssize_t)s.n;
}

static void say(void)
{
	assert_true(send_bytes(image_span(&m), NULL, 0));
}

static void say_with(int *fds, size_t n)
{
	assert_true(send_bytes(image_span(&m), fds, n));
}

/* One whole message that is there for the client: its length, 0 when there is none. @fd: came with it, -1. */
static size_t hear(int *fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec v = { got, VFIO_USER_HEADER };
	struct msghdr h = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	ssize_t r = recvmsg(client, &h, MSG_CMSG_CLOEXEC);
	size_t n = VFIO_USER_HEADER, length;

	*fd = -1;
	if (r <= 0)
		return 0;
	assert_int_equal(r, VFIO_USER_HEADER);
	if (CMSG_FIRSTHDR(&h))
		memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&h)), sizeof(int));
	length = emu_message_length((struct span) { got, n });
	while (n < length) {
		r = recv(client, got + n, length - n, 0);
		if (r < 0 && errno == EAGAIN) {
			turn();
			continue;
		}
		assert_true(r > 0);
		n += (size_t)r;
	}
	return length;
}

/* The next answer: its body is of @n bytes. */
static void hears(size_t n)
{
	int fd;

	assert_int_equal(hear(&fd), VFIO_USER_HEADER + n);
	assert_int_equal(got[8], VFIO_USER_REPLY);
	assert_int_equal(fd, -1);
}

static void is_over(void)
{
	assert_false(emu_server_has_client(server, &dummy.device));
	assert_true(emu_server_had_client(server, &dummy.device));
	assert_int_equal(dummy.device.memory.n, 0);
	assert_int_equal(mapped_files(), maps_before + 1); /* the device's own */
}

static void greet(void)
{
	int fd;

	version(&m, 0, 0, QEMU_CAPABILITIES);
	say();
	turn();
	assert_true(hear(&fd) > VFIO_USER_HEADER);
	assert_int_equal(got[8], VFIO_USER_REPLY);
}

/* ---- conversations ------------------------------------------------------------------------------------------ */

static void answers_a_conversation(void **state)
{
	int fds[EMU_FDS_MAX], fd;
	enum with with;

	(void)state;
	assert_false(emu_server_had_client(server, &dummy.device));
	for (size_t i = 0; conversation(i, &m, &with); i++) {
		bool silent = m.b[8] & VFIO_USER_NO_REPLY;

		say_with(fds, descriptors(with, fds));
		turn();
		assert_true(emu_server_has_client(server, &dummy.device));
		assert_true(silent ? hear(&fd) == 0 : hear(&fd) > 0);
		assert_true(silent || got[8] == VFIO_USER_REPLY);
		if (fd >= 0)
			close(fd);
	}
	close(client);
	client = -1;
	turn();
	is_over();
	assert_null(emu_server_complaint(server, &dummy.device));
}

/* One answer a message, and no more calls than header, rest, answer, and a look that finds nothing. */
static void costs_three_calls_a_message(void **state)
{
	enum { N = 100 };
	size_t receive = 0, send = 0;

	(void)state;
	greet();
	for (size_t i = 0; i < N; i++) {
		struct pollfd v[2 * EMU_DEVICES_MAX];

		region_write(&m, EMU_BAR2, 0, 4, i);
		say();
		assert_int_equal(emu_server_poll(server, v), 1);
		assert_int_equal(poll(v, 1, 0), 1);
		memset(&calls, 0, sizeof(calls));
		emu_server_ready(server, v);
		receive += calls.receive;
		send += calls.send;
		hears(16);
	}
	assert_int_equal(send, N);
	assert_int_equal(receive, 3 * N);
}

static void takes_a_byte_at_a_time(void **state)
{
	int fds[EMU_FDS_MAX], fd;
	enum with with;

	(void)state;
	for (size_t i = 0; conversation(i, &m, &with); i++) {
		size_t n = descriptors(with, fds);
		bool silent = m.b[8] & VFIO_USER_NO_REPLY;

		for (size_t at = 0; at < m.n; at++) {
			assert_int_equal(hear(&fd), 0);
			assert_true(send_bytes((struct span) { m.b + at, 1 }, fds, at ? 0 : n));
			turn();
		}
		assert_true(silent ? hear(&fd) == 0 : hear(&fd) > 0);
		assert_true(silent || got[8] == VFIO_USER_REPLY);
		if (fd >= 0)
			close(fd);
	}
}

/* Descriptors may come with any byte of a header, one by one. */
static void takes_descriptors_with_a_header_in_pieces(void **state)
{
	int fds[EMU_FDS_MAX];

	(void)state;
	greet();
	assert_int_equal(descriptors(WITH_EVENTS, fds), 4);
	set_irqs(&m, VFIO_IRQ_DATA_EVENTFD | VFIO_IRQ_TRIGGER, EMU_MSI, 0, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_true(send_bytes((struct span) { m.b + i, 1 }, fds + i, 1));
		turn();
	}
	assert_true(send_bytes((struct span) { m.b + 4, m.n - 4 }, NULL, 0));
	turn();
	hears(0);
}

/* QEMU sends its maps one after the other and waits for the last. */
static void gives_descriptors_to_the_right_message(void **state)
{
	struct image all = { .n = 0 };
	int fds[2];

	(void)state;
	greet();
	for (unsigned i = 0; i < 8; i++) {
		dma_map(&m, i * MIB, 4096, 0, 3);
		fds[0] = i % 2 ? -1 : guest_file(4096);
		if (i % 2 == 0)
			assert_int_equal(pwrite(fds[0], &(uint8_t) { (uint8_t)i }, 1, 0), 1);
		say_with(fds, i % 2 ? 0 : 1);
	}
	turn();
	for (unsigned i = 0; i < 8; i++) {
		const uint8_t *p = emu_memory_at(&dummy.device.memory, i * MIB, 1);

		hears(0);
		assert_true(i % 2 ? !p : p && *p == i);
		dma_map(&m, i * MIB + 8192, 4096, 0, 3);
		for (size_t k = 0; k < m.n; k++)
			put(&all, m.b[k], 1);
	}
	fds[0] = guest_file(4096); /* in one heap: of the first */
	assert_true(send_bytes(image_span(&all), fds, 1));
	turn();
	assert_non_null(emu_memory_at(&dummy.device.memory, 8192, 1));
	assert_null(emu_memory_at(&dummy.device.memory, MIB + 8192, 1));
	for (unsigned i = 0; i < 8; i++)
		hears(0);
}

static void hands_out_the_regions_file(void **state)
{
	uint8_t *p;
	int fd;

	(void)state;
	greet();
	region_info(&m, 64, EMU_BAR0);
	say();
	turn();
	assert_int_equal(hear(&fd), VFIO_USER_HEADER + 64);
	assert_true(fd >= 0);
	p = mmap(NULL, DUMMY_BAR0 - DUMMY_MAPPED, PROT_READ | PROT_WRITE, MAP_SHARED, fd, DUMMY_MAPPED);
	assert_true(p != MAP_FAILED);
	assert_true(ftruncate(fd, 0) < 0);
	close(fd);
	*p = 0x77;
	region_read(&m, EMU_BAR0, DUMMY_MAPPED, 1);
	say();
	turn();
	hears(17);
	assert_int_equal(got[32], 0x77);
	munmap(p, DUMMY_BAR0 - DUMMY_MAPPED);
}

static void raises_interrupts(void **state)
{
	int fd = eventfd(0, EFD_NONBLOCK), copy = dup(fd);
	uint64_t n = 0;

	(void)state;
	emu_server_irq(server, &dummy.device, EMU_INTX, 0);
	greet();
	set_irqs(&m, VFIO_IRQ_DATA_EVENTFD | VFIO_IRQ_TRIGGER, EMU_INTX, 0, 1);
	say_with(&fd, 1);
	turn();
	hears(0);
	emu_server_irq(server, &dummy.device, EMU_INTX, 0);
	emu_server_irq(server, &other.device, EMU_INTX, 0);
	assert_int_equal(read(copy, &n, sizeof(n)), sizeof(n));
	assert_int_equal(n, 1);
	close(copy);
}

/* ---- one client after the other ----------------------------------------------------------------------------- */

static void makes_a_second_client_wait(void **state)
{
	int first = client, second = connected(), fd;

	(void)state;
	greet();
	region_write(&m, EMU_BAR2, 0, 4, 0x99);
	say();
	turn();
	hears(16);
	client = second;
	version(&m, 0, 0, NULL);
	say();
	turn();
	assert_int_equal(hear(&fd), 0);
	close(first);
	assert_true(turn() > 0);
	assert_true(hear(&fd) > 0);
	assert_int_equal(dummy.resets, 2);
	region_read(&m, EMU_BAR2, 0, 4);
	say();
	turn();
	hears(20);
	assert_int_equal(got[32], 0);
}

/* What the guest left is there to be looked at, until the next one comes. */
static void keeps_the_state_of_a_client_that_left(void **state)
{
	(void)state;
	greet();
	region_write(&m, EMU_BAR2, 0, 4, 0x99);
	say();
	turn();
	close(client);
	client = -1;
	turn();
	is_over();
	assert_int_equal(dummy.bar2[0], 0x99);
	client = connected();
	turn();
	assert_int_equal(dummy.bar2[0], 0);
}

static void serves_several_devices(void **state)
{
	int first = client, again;
	char name[sizeof(where)];

	(void)state;
	strcpy(name, where);
	assert_true(dummy_init(&other));
	assert_int_equal(emu_server_add(server, &other.device, listening()), 0);
	client = connected();
	greet();
	region_write(&m, EMU_BAR2, 0, 4, 0x11);
	say();
	turn();
	hears(16);
	assert_int_equal(other.bar2[0], 0x11);
	again = client;
	client = first;
	greet();
	assert_true(emu_server_has_client(server, &dummy.device) && emu_server_has_client(server, &other.device));
	close(again);
	turn();
	assert_false(emu_server_has_client(server, &other.device));
	region_read(&m, EMU_BAR2, 0, 4);
	say();
	turn();
	hears(20);
	assert_int_equal(got[32], 0);
	emu_server_free(server);
	assert_int_equal(emu_server_new(&server), 0);
	dummy_done(&other);
	unlink(where);
	*strrchr(where, '/') = 0;
	rmdir(where);
	strcpy(where, name);
}

static void more_devices_than_there_may_be(void **state)
{
	int fd[2];

	(void)state;
	for (size_t i = 1; i < EMU_DEVICES_MAX; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
		close(fd[1]);
		assert_int_equal(emu_server_add(server, &dummy.device, fd[0]), 0);
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	close(fd[1]);
	assert_true(emu_server_add(server, &dummy.device, fd[0]) < 0);
}

/* ---- clients that break the protocol ------------------------------------------------------------------------ */

static void is_cut(const char *complaint)
{
	turn();
	is_over();
	assert_string_equal(emu_server_complaint(server, &dummy.device), complaint);
}

static void lengths_that_cannot_be(void **state)
{
	static const uint32_t bad[] = { 0, 15, EMU_MESSAGE_MAX + 1, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		greet();
		bare(&m, VFIO_USER_DEVICE_RESET);
		set(&m, 4, bad[i], 4);
		say();
		is_cut("the length of its message cannot be");
		close(client);
		client = connected();
		turn();
		assert_null(emu_server_complaint(server, &dummy.device));
	}
}

static void something_before_version(void **state)
{
	int fd;

	(void)state;
	bare(&m, VFIO_USER_DEVICE_RESET);
	say();
	is_cut("its first message is not VERSION");
	assert_int_equal(hear(&fd), VFIO_USER_HEADER);
	assert_int_equal(got[8], VFIO_USER_REPLY | VFIO_USER_ERROR);
	assert_int_equal(hear(&fd), 0);
}

static void another_major_version(void **state)
{
	(void)state;
	version(&m, 1, 0, QEMU_CAPABILITIES);
	say();
	is_cut("it speaks another major version of the protocol");
}

static void a_reply_to_nothing(void **state)
{
	(void)state;
	greet();
	bare(&m, VFIO_USER_DMA_READ);
	set(&m, 8, VFIO_USER_REPLY, 4);
	say();
	is_cut("it sent a reply to nothing");
}

#define TOO_MANY "more descriptors came with a message than it was told to send, or than we can hold"

static void more_descriptors_than_there_may_be(void **state)
{
	int fds[64];

	(void)state;
	for (size_t n = EMU_FDS_MAX + 1; n <= 64; n += 11) {
		greet();
		for (size_t i = 0; i < n; i++)
			fds[i] = eventfd(0, 0);
		set_irqs(&m, VFIO_IRQ_DATA_EVENTFD | VFIO_IRQ_TRIGGER, EMU_MSI, 0, 4);
		say_with(fds, n);
		is_cut(TOO_MANY);
		close(client);
		client = connected();
		turn();
	}
}

static void more_descriptors_in_pieces(void **state)
{
	int fds[EMU_FDS_MAX];

	(void)state;
	greet();
	set_irqs(&m, VFIO_IRQ_DATA_EVENTFD | VFIO_IRQ_TRIGGER, EMU_MSI, 0, 4);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(descriptors(WITH_EVENTS, fds), 4);
		assert_true(send_bytes((struct span) { m.b + i, 1 }, fds, 4));
		if (i < 2)
			turn();
	}
	is_cut(TOO_MANY);
}

static void descriptors_with_the_rest_of_a_message(void **state)
{
	int fd = dup(shared_memory());

	(void)state;
	greet();
	dma_map(&m, 0, RAM, 0, 3);
	assert_true(send_bytes((struct span) { m.b, 20 }, NULL, 0));
	assert_true(send_bytes((struct span) { m.b + 20, m.n - 20 }, &fd, 1));
	turn();
	hears(0);
	assert_null(emu_memory_at(&dummy.device.memory, 0, 1));
}

/* The client is hung up on and the server rests; where there are descriptors again the next one is served. */
static void no_descriptor_is_left_for_a_client(void **state)
{
	struct rlimit was, none;
	int lowest = dup(client);

	(void)state;
	close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = (struct rlimit) { (rlim_t)lowest, was.rlim_max };
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
		assert_int_equal(turn(), 1);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
		assert_false(emu_server_has_client(server, &dummy.device));
		assert_string_equal(emu_server_complaint(server, &dummy.device),
				    "this process has no descriptor left for it");
		assert_int_equal(recv(client, got, 1, 0), 0);
		close(client);
		client = connected();
	}
	greet();
	assert_null(emu_server_complaint(server, &dummy.device));
}

/* ---- answers that find no room ------------------------------------------------------------------------------ */

/* A client that asks and asks and reads nothing is not read from after a while, and gets every answer in the end. */
static void waits_for_a_client_that_reads_nothing(void **state)
{
	struct pollfd v[2 * EMU_DEVICES_MAX];
	size_t asked = 0;
	int fd;

	(void)state;
	greet();
	region_read(&m, EMU_BAR0, 0, DUMMY_BAR0);
	while (send_bytes(image_span(&m), NULL, 0)) {
		asked++;
		turn();
		assert_true(asked < 100000);
	}
	assert_int_equal(emu_server_poll(server, v), 1);
	assert_int_equal(v[0].events, POLLOUT);
	assert_int_equal(turn(), 0);
	assert_true(dummy.reads < asked);
	for (size_t i = 0; i < asked; i++) {
		turn();
		assert_int_equal(hear(&fd), VFIO_USER_HEADER + 16 + DUMMY_BAR0);
	}
	assert_int_equal(dummy.reads, asked);
	emu_server_poll(server, v);
	assert_int_equal(v[0].events, POLLIN);
}

static void is_left_with_an_answer_in_its_hand(void **state)
{
	(void)state;
	greet();
	region_read(&m, EMU_BAR0, 0, DUMMY_BAR0);
	while (send_bytes(image_span(&m), NULL, 0))
		turn();
	close(client);
	client = -1;
	turn();
	is_over();
	assert_null(emu_server_complaint(server, &dummy.device));
}

/* One client that never stops talking leaves the other its turn. */
static void shares_its_time(void **state)
{
	struct pollfd v[2 * EMU_DEVICES_MAX];
	size_t before;

	(void)state;
	greet();
	region_write(&m, EMU_BAR2, 0, 1, 0);
	set(&m, 8, VFIO_USER_NO_REPLY, 4);
	while (send_bytes(image_span(&m), NULL, 0))
		;
	before = dummy.writes;
	assert_int_equal(emu_server_poll(server, v), 1);
	assert_int_equal(poll(v, 1, 0), 1);
	emu_server_ready(server, v);
	assert_in_range(dummy.writes - before, 1, 64);
	turn();
}

/* ---- gone at any byte --------------------------------------------------------------------------------------- */

static void gone_at_every_byte(void **state)
{
	int fds[EMU_FDS_MAX], fd;
	bool more = true;

	(void)state;
	for (size_t upto = 0; more; upto++) {
		enum with with;
		size_t at = 0;

		for (size_t i = 0; (more = conversation(i, &m, &with)); i++) {
			size_t n = upto - at < m.n ? upto - at : m.n, n_fds = descriptors(with, fds);

			if (n == 0)
				close_all(fds, n_fds);
			else
				assert_true(send_bytes((struct span) { m.b, n }, fds, n_fds));
			at += n;
			if (n < m.n)
				break;
			turn();
			while (hear(&fd) > 0)
				if (fd >= 0)
					close(fd);
		}
		close(client);
		turn();
		is_over();
		assert_null(emu_server_complaint(server, &dummy.device));
		client = connected();
		turn();
	}
}

/* A process of its own, killed after so many bytes, while the server is at work. */
static void killed_at_any_moment(void **state)
{
	for (size_t upto = 0; upto < 900; upto += 13) {
		pid_t child = fork();

		(void)state;
		if (child == 0) {
			int fds[EMU_FDS_MAX];
			enum with with;
			size_t at = 0;

			for (size_t i = 0; conversation(i, &m, &with); i++) {
				size_t n = upto - at < m.n ? upto - at : m.n, n_fds = descriptors(with, fds);

				if (n > 0)
					send_bytes((struct span) { m.b, n }, fds, n_fds);
				at += n;
				if (n < m.n)
					break;
			}
			raise(SIGKILL);
		}
		close(client);
		while (waitpid(child, NULL, WNOHANG) == 0)
			turn();
		turn();
		is_over();
		client = connected();
		turn();
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_server, leaves_nothing)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_a_conversation),
		TEST(costs_three_calls_a_message),
		TEST(takes_a_byte_at_a_time),
		TEST(takes_descriptors_with_a_header_in_pieces),
		TEST(gives_descriptors_to_the_right_message),
		TEST(hands_out_the_regions_file),
		TEST(raises_interrupts),
		TEST(makes_a_second_client_wait),
		TEST(keeps_the_state_of_a_client_that_left),
		TEST(serves_several_devices),
		TEST(more_devices_than_there_may_be),
		TEST(lengths_that_cannot_be),
		TEST(something_before_version),
		TEST(another_major_version),
		TEST(a_reply_to_nothing),
		TEST(more_descriptors_than_there_may_be),
		TEST(more_descriptors_in_pieces),
		TEST(descriptors_with_the_rest_of_a_message),
		TEST(no_descriptor_is_left_for_a_client),
		TEST(waits_for_a_client_that_reads_nothing),
		TEST(is_left_with_an_answer_in_its_hand),
		TEST(shares_its_time),
		TEST(gone_at_every_byte),
		TEST(killed_at_any_moment),
	};

	return cmocka_run_group_tests_name("emu_server", tests, NULL, NULL);
}
