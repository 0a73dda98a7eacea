// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * server.c - the sockets under message.c.
 *
 * A message is read in two steps, its header and then exactly the rest of it: only so it is certain which message
 * descriptors belong to. They come with the first byte that was sent beside them, and a read that went on into the
 * next message would bring that one's too. Descriptors anywhere but at a header are nobody's and the kernel closes
 * them.
 *
 * Where the process has no descriptor left, a client cannot be taken, and yet keeps the listening socket ready:
 * whoever polls would never rest. So one descriptor is held back, a copy of the first listening socket, and is given
 * up for as long as it takes to take such a client and hang up on it.
 *
 * Sources: unix(7), SCM_RIGHTS; accept(2), EMFILE; QEMU docs/interop/vfio-user.rst, "Socket".
 */
#include "emu/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "emu/message.h"

/* Of one client, before the others have their turn: many small messages, or one large one. */
#define MESSAGES_A_TURN 64
#define BYTES_A_TURN	((size_t)1 << 20)

struct seat { /* a device, and who sits before it */
	struct emu_device *device;
	int listener, client; /* -1: nobody */
	bool ever;
	const char *complaint; /* of the last connection */
	struct emu_session session;
	uint8_t *in, *out; /* EMU_MESSAGE_MAX each; the pages that no message needed are never touched */
	size_t n_in, n_out, sent;
	int out_fd; /* goes with the first byte of .out; the device's; -1 */
	int fds[EMU_FDS_MAX];
	size_t n_fds;
};

struct emu_server {
	struct seat seats[EMU_DEVICES_MAX];
	size_t n;
	int spare; /* the descriptor that is held back; -1: there was none to hold */
};

enum turn { TURN_AGAIN, TURN_WAIT, TURN_OVER };

/* ---- a connection ------------------------------------------------------------------------------------------- */

static void drop_fds(struct seat *t)
{
	while (t->n_fds > 0)
		close(t->fds[--t->n_fds]);
}

static void leave(struct seat *t, const char *complaint)
{
	if (t->client < 0)
		return;
	drop_fds(t);
	emu_session_end(&t->session);
	close(t->client);
	t->client = -1;
	t->complaint = complaint;
	t->n_in = t->n_out = t->sent = 0;
	t->out_fd = -1;
}

/* Who it is nobody asks; accept4() would take NULL for that, of which cppcheck does not know. */
static int take(const struct seat *t)
{
	struct sockaddr_storage who;
	socklen_t n = sizeof(who);

	return accept4(t->listener, (struct sockaddr *)&who, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* Away with a client that there is no descriptor for. */
static void turn_away(struct emu_server *s, struct seat *t)
{
	int fd;

	if (s->spare >= 0)
		close(s->spare);
	fd = take(t);
	if (fd >= 0)
		close(fd);
	s->spare = fcntl(s->seats[0].listener, F_DUPFD_CLOEXEC, 0);
	t->complaint = "this process has no descriptor left for it";
}

static void come(struct emu_server *s, struct seat *t)
{
	int fd = take(t);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE))
		turn_away(s, t);
	if (fd < 0)
		return;
	t->client = fd;
	t->ever = true;
	t->complaint = NULL;
	emu_session_begin(&t->session, t->device);
}

/* ---- answers ------------------------------------------------------------------------------------------------ */

static ssize_t send_some(const struct seat *t)
{
	struct iovec v = { t->out + t->sent, t->n_out - t->sent };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	if (t->out_fd >= 0) {
		m.msg_control = &control;
		m.msg_controllen = sizeof(control.room);
		control.head = (struct cmsghdr) { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.head), &t->out_fd, sizeof(int));
	}
	return sendmsg(t->client, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool is_later(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static enum turn send_answer(struct seat *t)
{
	while (t->sent < t->n_out) {
		ssize_t n = send_some(t);

		if (n < 0)
			return is_later() ? TURN_WAIT : TURN_OVER;
		t->sent += (size_t)n;
		t->out_fd = -1;
	}
	t->n_out = t->sent = 0;
	return TURN_AGAIN;
}

/* ---- messages ----------------------------------------------------------------------------------------------- */

/* Keep the descriptors that came; false when there are more than a message may have, or than we can. */
static bool take_fds(struct seat *t, struct msghdr *m)
{
	bool good = !(m->msg_flags & MSG_CTRUNC);

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (t->n_fds < EMU_FDS_MAX) {
				t->fds[t->n_fds++] = fd;
				continue;
			}
			close(fd);
			good = false;
		}
	}
	return good;
}

static ssize_t read_head(struct seat *t)
{
	struct iovec v = { t->in + t->n_in, EMU_MESSAGE_HEAD - t->n_in };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(EMU_FDS_MAX * sizeof(int))];
	} control;
	struct msghdr m = {
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.room),
	};
	ssize_t n = recvmsg(t->client, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	if (n >= 0 && !take_fds(t, &m))
		t->session.complaint =
			"more descriptors came with a message than it was told to send, or than we can hold";
	return n;
}

/* Read on, to the end of the header or of the message. TURN_AGAIN: some came. */
static enum turn read_some(struct seat *t, size_t length)
{
	ssize_t n;

	if (t->n_in < EMU_MESSAGE_HEAD)
		n = read_head(t);
	else
		n = recv(t->client, t->in + t->n_in, length - t->n_in, MSG_DONTWAIT);
	if (n < 0)
		return is_later() ? TURN_WAIT : TURN_OVER;
	if (n == 0 || t->session.complaint)
		return TURN_OVER;
	t->n_in += (size_t)n;
	return TURN_AGAIN;
}

/* The next message to its end, and its answer. *@done: counts the bytes of whole ones. */
static enum turn take_message(struct seat *t, size_t *done)
{
	size_t length = EMU_MESSAGE_HEAD;
	enum turn r;

	for (;;) {
		if (t->n_in >= EMU_MESSAGE_HEAD) {
			length = emu_message_length((struct span) { t->in, t->n_in });
			if (length == 0) {
				t->session.complaint = "the length of its message cannot be";
				return TURN_OVER;
			}
			if (length == t->n_in)
				break;
		}
		r = read_some(t, length);
		if (r != TURN_AGAIN)
			return r;
	}
	t->n_out = emu_message(&t->session, (struct span) { t->in, length }, t->fds, t->n_fds, t->out, &t->out_fd);
	t->n_in = t->n_fds = 0;
	*done += length;
	r = send_answer(t);
	return t->session.complaint ? TURN_OVER : r;
}

static void serve(struct seat *t)
{
	enum turn r = send_answer(t);
	size_t done = 0;

	for (size_t i = 0; r == TURN_AGAIN && i < MESSAGES_A_TURN && done < BYTES_A_TURN; i++)
		r = take_message(t, &done);
	if (r == TURN_OVER)
		leave(t, t->session.complaint);
}

/* ---- the server --------------------------------------------------------------------------------------------- */

int emu_server_new(struct emu_server **ret)
{
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return -IGD_ENOMEM;
	(*ret)->spare = -1;
	return 0;
}

void emu_server_free(struct emu_server *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		leave(&s->seats[i], NULL);
		close(s->seats[i].listener);
		free(s->seats[i].in);
		free(s->seats[i].out);
	}
	if (s->spare >= 0)
		close(s->spare);
	free(s);
}

int emu_server_add(struct emu_server *s, struct emu_device *d, int fd)
{
	struct seat t = { .device = d, .listener = fd, .client = -1, .out_fd = -1 };
	int r = -IGD_ELIMIT;

	if (s->n < EMU_DEVICES_MAX) {
		t.in = malloc(EMU_MESSAGE_MAX);
		t.out = malloc(EMU_MESSAGE_MAX);
		r = t.in && t.out ? 0 : -IGD_ENOMEM;
	}
	if (r < 0) {
		free(t.in);
		free(t.out);
		close(fd);
		return r;
	}
	s->seats[s->n++] = t;
	if (s->spare < 0)
		s->spare = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return 0;
}

size_t emu_server_poll(const struct emu_server *s, struct pollfd *v)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct seat *t = &s->seats[i];

		v[i] = (struct pollfd) {
			.fd = t->client >= 0 ? t->client : t->listener,
			.events = t->client >= 0 && t->n_out > 0 ? POLLOUT : POLLIN,
		};
	}
	return s->n;
}

void emu_server_ready(struct emu_server *s, const struct pollfd *ready)
{
	for (size_t i = 0; i < s->n; i++) {
		struct seat *t = &s->seats[i];

		if (ready->revents == 0)
			return;
		if (t->client >= 0 && t->client == ready->fd)
			serve(t);
		else if (t->client < 0 && t->listener == ready->fd)
			come(s, t);
		else
			continue;
		return;
	}
}

static const struct seat *seat_of(const struct emu_server *s, const struct emu_device *d)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->seats[i].device == d)
			return &s->seats[i];
	return NULL;
}

bool emu_server_has_client(const struct emu_server *s, const struct emu_device *d)
{
	const struct seat *t = seat_of(s, d);

	return t && t->client >= 0;
}

bool emu_server_had_client(const struct emu_server *s, const struct emu_device *d)
{
	const struct seat *t = seat_of(s, d);

	return t && t->ever;
}

const char *emu_server_complaint(const struct emu_server *s, const struct emu_device *d)
{
	const struct seat *t = seat_of(s, d);

	return t ? t->complaint : NULL;
}

void emu_server_irq(struct emu_server *s, const struct emu_device *d, enum emu_irq_index i, unsigned n)
{
	for (size_t k = 0; k < s->n; k++)
		if (s->seats[k].device == d && s->seats[k].client >= 0)
			emu_session_irq(&s->seats[k].session, i, n);
}
