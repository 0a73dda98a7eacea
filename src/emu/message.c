// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * message.c - the server's half of vfio-user, a message at a time.
 *
 * What is wrong inside a message is answered with an errno, as the kernel's VFIO would, and the connection goes on:
 * its length was right, so the next message is where it should be. What makes the stream or the peer incredible ends
 * it: a length that cannot be, a reply where nothing was asked, anything before VERSION, another major version.
 *
 * Nothing is allocated for a message, and only a mapped range outlives one.
 *
 * Sources: QEMU docs/interop/vfio-user.rst; QEMU 11.1 hw/vfio-user/ for what its client insists on: no reply is
 * longer than its request, but for reads and GET_REGION_INFO, which are no longer than they were asked to be; the
 * first, short answer to GET_REGION_INFO has a cap_offset that is valid in the full one; a reply of VERSION ends with
 * a zero.
 */
#include "emu/message.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/le.h"
#include "std/vfio_user.h"

/* One message while it is answered. Descriptors that nobody takes (and sets to -1) are closed at its end. */
struct request {
	struct emu_session *s;
	struct span body;
	int *fds;
	size_t n_fds;
	uint8_t *reply; /* its body */
	size_t n_reply;
	int reply_fd;
};

/* ---- numbers in replies ------------------------------------------------------------------------------------- */

static void add(struct request *q, uint64_t v, size_t n)
{
	le_put(q->reply + q->n_reply, v, n);
	q->n_reply += n;
}

/* The number of @n bytes at @at; the length of the body was looked at before. */
static uint64_t get(struct span s, size_t at, size_t n)
{
	struct span c;

	return span_cut(s, at, n, &c) ? le_get(c.p, n) : 0;
}

static uint32_t get32(const struct request *q, size_t at)
{
	return (uint32_t)get(q->body, at, 4);
}

static uint64_t get64(const struct request *q, size_t at)
{
	return get(q->body, at, 8);
}

/* ---- VERSION ------------------------------------------------------------------------------------------------ */

/* Capabilities of ours. Only what the client names may be in the answer. */
static const struct {
	const char *name, *value;
} capabilities[] = {
	{ "max_msg_fds", "8" },	     { "max_data_xfer_size", "1048576" }, { "pgsizes", "4096" },
	{ "max_dma_maps", "65535" }, { "write_multiple", "true" },
};
_Static_assert(EMU_FDS_MAX == 8 && VFIO_USER_MAX_DATA_XFER == 1048576 && EMU_PAGE == 4096 && EMU_RANGES_MAX == 65535,
	       "what the client is told");
#define CAPABILITIES_MAX 256

static bool names(struct span json, const char *name)
{
	size_t n = strlen(name);
	struct span quote;

	for (size_t i = 1; i + n < json.n; i++)
		if (span_is(json, i, name) && span_is(json, i - 1, "\"") && span_cut(json, i + n, 1, &quote) &&
		    quote.p[0] == '"')
			return true;
	return false;
}

/*
 * The client's JSON is searched for the names in it, and no more: none of its values changes what we do. It transfers
 * no more than it can take by asking for no more, and gets no message that it did not ask for.
 */
static void answer_capabilities(struct request *q, struct span json)
{
	char text[CAPABILITIES_MAX];
	size_t n = (size_t)snprintf(text, sizeof(text), "{\"capabilities\":{");
	const char *comma = "";

	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		if (!names(json, capabilities[i].name))
			continue;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\"%s\":%s", comma, capabilities[i].name,
				      capabilities[i].value);
		comma = ",";
	}
	n += (size_t)snprintf(text + n, sizeof(text) - n, "}}");
	memcpy(q->reply + q->n_reply, text, n + 1);
	q->n_reply += n + 1;
}

static int version(struct request *q)
{
	uint64_t major = get(q->body, 0, 2), minor = get(q->body, 2, 2);
	struct span json;

	q->s->complaint = "its first message is no VERSION that we understand";
	if (q->s->greeted || !span_from(q->body, VFIO_USER_VERSION_SIZE, &json))
		return EINVAL;
	if (json.n > 0 && json.p[json.n - 1] != 0)
		return EINVAL;
	q->s->complaint = "it speaks another major version of the protocol";
	if (major != VFIO_USER_MAJOR)
		return EPROTONOSUPPORT;
	q->s->complaint = NULL;
	q->s->greeted = true;
	add(q, major, 2);
	add(q, minor < VFIO_USER_MINOR ? minor : VFIO_USER_MINOR, 2);
	answer_capabilities(q, json);
	return 0;
}

/* ---- guest memory ------------------------------------------------------------------------------------------- */

static int dma_map(struct request *q)
{
	uint32_t flags = get32(q, 4);
	int r;

	if (flags == 0 || flags & ~(uint32_t)(VFIO_DMA_READ | VFIO_DMA_WRITE) || q->n_fds > 1)
		return EINVAL;
	r = emu_memory_map(&q->s->device->memory, get64(q, 16), get64(q, 24), q->n_fds ? q->fds[0] : -1, get64(q, 8),
			   flags & VFIO_DMA_WRITE);
	return r == 1 ? EEXIST : r == -IGD_ELIMIT ? ENOSPC : r == -IGD_ENOMEM ? ENOMEM : r < 0 ? EINVAL : 0;
}

/*
 * Nothing there is nothing to do, as for the kernel's VFIO: an IOMMU of QEMU's asks for whole stretches of addresses
 * when the guest takes the device from one table to another. A range in part is refused, as there.
 */
static int dma_unmap(struct request *q)
{
	struct emu_memory *m = &q->s->device->memory;
	uint32_t flags = get32(q, 4);

	if (flags & ~(uint32_t)VFIO_UNMAP_ALL)
		return EINVAL;
	if (flags & VFIO_UNMAP_ALL) {
		if (get64(q, 8) != 0 || get64(q, 16) != 0)
			return EINVAL;
		emu_memory_unmap_all(m);
	} else if (emu_memory_unmap(m, get64(q, 8), get64(q, 16)) == -IGD_EUSAGE) {
		return EINVAL;
	}
	memcpy(q->reply, q->body.p, VFIO_USER_DMA_UNMAP_SIZE);
	q->n_reply = VFIO_USER_DMA_UNMAP_SIZE;
	return 0;
}

/* ---- what there is ------------------------------------------------------------------------------------------ */

static int device_info(struct request *q)
{
	if (get32(q, 0) < VFIO_USER_DEVICE_INFO_SIZE)
		return EINVAL;
	add(q, VFIO_USER_DEVICE_INFO_SIZE, 4);
	add(q, VFIO_DEVICE_RESET | VFIO_DEVICE_PCI, 4);
	add(q, EMU_REGIONS, 4);
	add(q, EMU_IRQS, 4);
	return 0;
}

static struct emu_region region_of(const struct request *q, uint32_t i)
{
	struct emu_region r = { .fd = -1 };

	q->s->device->ops->region(q->s->device, (enum emu_region_index)i, &r);
	if (r.map_n == 0 || !emu_memory_is_sealed(r.fd))
		r.fd = -1;
	return r;
}

static void add_sparse(struct request *q, const struct emu_region *r)
{
	add(q, VFIO_CAP_SPARSE_MMAP, 2);
	add(q, VFIO_CAP_SPARSE_MMAP_VERSION, 2);
	add(q, 0, 4); /* no next one */
	add(q, 1, 4);
	add(q, 0, 4);
	add(q, r->map_at, 8);
	add(q, r->map_n, 8);
}

static int region_info(struct request *q)
{
	uint32_t argsz = get32(q, 0), i = get32(q, 8), flags;
	struct emu_region r;
	bool sparse;

	if (argsz < VFIO_USER_REGION_INFO_SIZE || i >= EMU_REGIONS)
		return EINVAL;
	r = region_of(q, i);
	sparse = r.fd >= 0 && r.map_n < r.size;
	flags = (r.readable ? VFIO_REGION_READ : 0u) | (r.writable ? VFIO_REGION_WRITE : 0u) |
		(r.fd >= 0 ? VFIO_REGION_MMAP : 0u) | (sparse ? VFIO_REGION_CAPS : 0u);
	add(q, VFIO_USER_REGION_INFO_SIZE + (sparse ? VFIO_USER_SPARSE_SIZE : 0), 4);
	add(q, flags, 4);
	add(q, i, 4);
	add(q, sparse ? VFIO_USER_REGION_INFO_SIZE : 0, 4);
	add(q, r.size, 8);
	add(q, 0, 8);
	if (sparse && argsz >= VFIO_USER_REGION_INFO_SIZE + VFIO_USER_SPARSE_SIZE)
		add_sparse(q, &r);
	q->reply_fd = r.fd;
	return 0;
}

/* ---- interrupts --------------------------------------------------------------------------------------------- */

static unsigned irqs_of(const struct request *q, uint32_t i)
{
	unsigned n = q->s->device->ops->irqs(q->s->device, (enum emu_irq_index)i);

	return n < EMU_IRQ_MAX ? n : EMU_IRQ_MAX;
}

static int irq_info(struct request *q)
{
	uint32_t i = get32(q, 8);

	if (get32(q, 0) < VFIO_USER_IRQ_INFO_SIZE || i >= EMU_IRQS)
		return EINVAL;
	if (i == EMU_ERR && irqs_of(q, i) == 0)
		return EINVAL; /* as the kernel has it; none at all makes QEMU warn */
	add(q, VFIO_USER_IRQ_INFO_SIZE, 4);
	add(q, VFIO_IRQ_EVENTFD | (i == EMU_INTX ? VFIO_IRQ_MASKABLE : VFIO_IRQ_NORESIZE), 4);
	add(q, i, 4);
	add(q, irqs_of(q, i), 4);
	return 0;
}

/* Descriptors for @count interrupts from @start on, or none: nobody is to be told any more. */
static int set_eventfds(struct request *q, uint32_t i, uint32_t start, uint32_t count, uint32_t action)
{
	if (q->n_fds != 0 && q->n_fds != count)
		return EINVAL;
	for (size_t k = 0; k < q->n_fds; k++)
		if (!emu_irq_is_eventfd(q->fds[k]))
			return EINVAL;
	/* KVM tells by this one that the guest is done with an interrupt; nothing was masked meanwhile. */
	if (action == VFIO_IRQ_UNMASK && i == EMU_INTX)
		return 0;
	if (action != VFIO_IRQ_TRIGGER)
		return ENOTSUP;
	for (uint32_t k = 0; k < count; k++) {
		emu_irq_set(&q->s->irqs, (enum emu_irq_index)i, start + k, q->n_fds ? q->fds[k] : -1);
		if (q->n_fds)
			q->fds[k] = -1;
	}
	return 0;
}

static void set_one(struct request *q, enum emu_irq_index i, uint32_t n, uint32_t action)
{
	if (action == VFIO_IRQ_TRIGGER)
		emu_irq_raise(&q->s->irqs, i, n);
	else
		emu_irq_mask(&q->s->irqs, i, n, action == VFIO_IRQ_MASK);
}

static bool is_one_bit(uint32_t v)
{
	return v != 0 && (v & (v - 1)) == 0;
}

static int set_irqs(struct request *q)
{
	uint32_t flags = get32(q, 4), i = get32(q, 8), start = get32(q, 12), count = get32(q, 16);
	uint32_t data = flags & VFIO_IRQ_DATA, action = flags & VFIO_IRQ_ACTION, n;
	struct span bools = { NULL, 0 };

	if (i >= EMU_IRQS || flags & ~(VFIO_IRQ_DATA | VFIO_IRQ_ACTION) || !is_one_bit(data) || !is_one_bit(action))
		return EINVAL;
	n = irqs_of(q, i);
	if (start > n || count > n - start || (q->n_fds > 0 && data != VFIO_IRQ_DATA_EVENTFD))
		return EINVAL;
	if (data == VFIO_IRQ_DATA_EVENTFD)
		return set_eventfds(q, i, start, count, action);
	if (data == VFIO_IRQ_DATA_BOOL && !span_cut(q->body, VFIO_USER_SET_IRQS_SIZE, count, &bools))
		return EINVAL;
	if (count == 0 && start == 0 && data == VFIO_IRQ_DATA_NONE && action == VFIO_IRQ_TRIGGER)
		for (uint32_t k = 0; k < n; k++) /* means: away with all of this kind */
			emu_irq_set(&q->s->irqs, (enum emu_irq_index)i, k, -1);
	for (uint32_t k = 0; k < count; k++)
		if (data == VFIO_IRQ_DATA_NONE || get(bools, k, 1))
			set_one(q, (enum emu_irq_index)i, start + k, action);
	return 0;
}

/* ---- reads and writes --------------------------------------------------------------------------------------- */

/* Offset 64, region 32, count 32 at @at of the body: do they name bytes of a region, and may these be accessed so? */
static bool is_access(const struct request *q, size_t at, size_t max, bool write)
{
	uint64_t offset = get64(q, at);
	uint32_t i = get32(q, at + 8), n = get32(q, at + 12);
	struct emu_region r = { .fd = -1 };

	if (i >= EMU_REGIONS || n == 0 || n > max)
		return false;
	q->s->device->ops->region(q->s->device, (enum emu_region_index)i, &r);
	return offset < r.size && n <= r.size - offset && (write ? r.writable : r.readable);
}

static void trace(const struct request *q, size_t at, const uint8_t *p, bool write)
{
	struct emu_device *d = q->s->device;
	struct emu_access a = { write, (enum emu_region_index)get32(q, at + 8), get64(q, at), get32(q, at + 12), 0 };

	if (!d->trace)
		return;
	a.value = get((struct span) { p, a.n }, 0, a.n < 8 ? a.n : 8);
	d->trace(d->trace_ctx, d, &a);
}

static int region_read(struct request *q)
{
	struct emu_device *d = q->s->device;
	size_t n = get32(q, 12);
	uint8_t *p = q->reply + VFIO_USER_REGION_RW_SIZE;

	if (!is_access(q, 0, VFIO_USER_MAX_DATA_XFER, false))
		return EINVAL;
	memcpy(q->reply, q->body.p, VFIO_USER_REGION_RW_SIZE);
	d->ops->read(d, (enum emu_region_index)get32(q, 8), get64(q, 0), p, n);
	trace(q, 0, p, false);
	q->n_reply = VFIO_USER_REGION_RW_SIZE + n;
	return 0;
}

/* @at: of offset, region and count; the data is behind them. */
static void write_one(struct request *q, size_t at)
{
	struct emu_device *d = q->s->device;
	size_t n = get32(q, at + 12);
	struct span data;

	if (!span_cut(q->body, at + VFIO_USER_REGION_RW_SIZE, n, &data))
		return;
	trace(q, at, data.p, true);
	d->ops->write(d, (enum emu_region_index)get32(q, at + 8), get64(q, at), data.p, n);
}

static int region_write(struct request *q)
{
	if (!is_access(q, 0, VFIO_USER_MAX_DATA_XFER, true))
		return EINVAL;
	if (q->body.n - VFIO_USER_REGION_RW_SIZE != get32(q, 12))
		return EINVAL;
	write_one(q, 0);
	memcpy(q->reply, q->body.p, VFIO_USER_REGION_RW_SIZE);
	q->n_reply = VFIO_USER_REGION_RW_SIZE;
	return 0;
}

/* All of them or none. */
static int region_write_multi(struct request *q)
{
	size_t room = q->body.n - VFIO_USER_WRITE_MULTI_SIZE, n = room / VFIO_USER_WRITE_MULTI_ENTRY;

	if (n == 0 || room % VFIO_USER_WRITE_MULTI_ENTRY || get64(q, 0) != n)
		return EINVAL;
	for (size_t i = 0; i < n; i++)
		if (!is_access(q, VFIO_USER_WRITE_MULTI_SIZE + i * VFIO_USER_WRITE_MULTI_ENTRY,
			       VFIO_USER_WRITE_MULTI_DATA, true))
			return EINVAL;
	for (size_t i = 0; i < n; i++)
		write_one(q, VFIO_USER_WRITE_MULTI_SIZE + i * VFIO_USER_WRITE_MULTI_ENTRY);
	add(q, n, 8);
	return 0;
}

static int device_reset(struct request *q)
{
	struct emu_device *d = q->s->device;

	d->asked = true;
	d->ops->reset(d);
	d->asked = false;
	return 0;
}

/* ---- a message ---------------------------------------------------------------------------------------------- */

static const struct {
	int (*answer)(struct request *q); /* 0, or an errno */
	size_t size;			  /* of the body, at least */
	bool fds;			  /* may it come with some? */
} commands[] = {
	[VFIO_USER_VERSION] = { version, VFIO_USER_VERSION_SIZE, false },
	[VFIO_USER_DMA_MAP] = { dma_map, VFIO_USER_DMA_MAP_SIZE, true },
	[VFIO_USER_DMA_UNMAP] = { dma_unmap, VFIO_USER_DMA_UNMAP_SIZE, false },
	[VFIO_USER_DEVICE_GET_INFO] = { device_info, VFIO_USER_DEVICE_INFO_SIZE, false },
	[VFIO_USER_DEVICE_GET_REGION_INFO] = { region_info, VFIO_USER_REGION_INFO_SIZE, false },
	[VFIO_USER_DEVICE_GET_IRQ_INFO] = { irq_info, VFIO_USER_IRQ_INFO_SIZE, false },
	[VFIO_USER_DEVICE_SET_IRQS] = { set_irqs, VFIO_USER_SET_IRQS_SIZE, true },
	[VFIO_USER_REGION_READ] = { region_read, VFIO_USER_REGION_RW_SIZE, false },
	[VFIO_USER_REGION_WRITE] = { region_write, VFIO_USER_REGION_RW_SIZE, false },
	[VFIO_USER_DEVICE_RESET] = { device_reset, 0, false },
	[VFIO_USER_REGION_WRITE_MULTI] = { region_write_multi, VFIO_USER_WRITE_MULTI_SIZE, false },
	/* Not here, so ENOTSUP: descriptors for I/O, dirty pages, features and data of a migration. */
};

static int answer(struct request *q, uint32_t command)
{
	if (!q->s->greeted && command != VFIO_USER_VERSION) {
		q->s->complaint = "its first message is not VERSION";
		return EINVAL;
	}
	if (command >= ARRAY_SIZE(commands) || !commands[command].answer)
		return ENOTSUP;
	if (q->body.n < commands[command].size || (q->n_fds > 0 && !commands[command].fds))
		return EINVAL;
	return commands[command].answer(q);
}

size_t emu_message_length(struct span head)
{
	uint32_t n;

	if (!span_le32(head, 4, &n) || n < VFIO_USER_HEADER || n > EMU_MESSAGE_MAX)
		return 0;
	return n;
}

static void write_head(uint8_t *p, struct span request, size_t n, int error)
{
	memcpy(p, request.p, 4); /* id and command */
	le_put(p + 4, n, 4);
	le_put(p + 8, VFIO_USER_REPLY | (error ? VFIO_USER_ERROR : 0u), 4);
	le_put(p + 12, (uint64_t)error, 4);
}

size_t emu_message(struct emu_session *s, struct span message, int *fds, size_t n_fds, uint8_t *reply, int *ret_fd)
{
	struct request q = { s, { 0 }, fds, n_fds, reply + VFIO_USER_HEADER, 0, -1 };
	uint32_t flags = (uint32_t)get(message, 8, 4);
	bool whole = span_from(message, VFIO_USER_HEADER, &q.body) && emu_message_length(message) == message.n;
	int error = EINVAL;

	*ret_fd = -1;
	if (!whole)
		s->complaint = "the length of its message cannot be";
	else if ((flags & VFIO_USER_TYPE) != 0)
		s->complaint = "it sent a reply to nothing";
	else
		error = answer(&q, (uint32_t)get(message, 2, 2));
	for (size_t i = 0; i < n_fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (!whole || (flags & (VFIO_USER_TYPE | VFIO_USER_NO_REPLY)) != 0)
		return 0;
	*ret_fd = error ? -1 : q.reply_fd;
	q.n_reply = error ? 0 : q.n_reply;
	write_head(reply, message, VFIO_USER_HEADER + q.n_reply, error);
	return VFIO_USER_HEADER + q.n_reply;
}

/* ---- a session ---------------------------------------------------------------------------------------------- */

void emu_session_begin(struct emu_session *s, struct emu_device *d)
{
	*s = (struct emu_session) { .device = d };
	emu_irqs_init(&s->irqs);
	d->ops->reset(d);
}

void emu_session_end(struct emu_session *s)
{
	emu_irqs_done(&s->irqs);
	emu_memory_unmap_all(&s->device->memory);
}

void emu_session_irq(struct emu_session *s, enum emu_irq_index i, unsigned n)
{
	if (i < EMU_IRQS && n < EMU_IRQ_MAX)
		emu_irq_raise(&s->irqs, i, n);
}
