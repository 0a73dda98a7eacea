// SPDX-License-Identifier: GPL-2.0-or-later
#include "rehearse/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "rehearse/harvest.h"

#define POLL_MAX       (2 * EMU_DEVICES_MAX + 5)
#define PROGRESS_EVERY 0.1  /* seconds */
#define ENDING_WAIT    1.0  /* seconds, for QEMU to end after it has let go of the device */
#define READS_MAX      64   /* of one mouth in one turn, of up to 4 KiB */
#define DRAIN_MAX      4096 /* turns of the server, to come to the end of what the guest has written */

/* Seconds of the monotonic clock. */
static double watch_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double since_begin(const struct watch *w)
{
	return watch_clock() - w->begin;
}

static void end_with(struct watch *w, enum rehearsal_end end)
{
	if (!w->over)
		w->r->end = end;
	w->over = true;
}

/* ---- the device --------------------------------------------------------------------------------------------- */

static void event_came(void *ctx, const struct emu_event *e)
{
	struct watch *w = ctx;
	const struct emu_memory *m = &emu_igd_device(w->igd)->memory;
	uint64_t at = e->kind == EMU_EVENT_BDSM ? e->value & ~0xfffffULL : e->value;
	const uint8_t *p = emu_memory_at(m, at, 16);

	record_event(&w->rec, since_begin(w), e,
		     at != 0 && emu_memory_has(m, at, e->kind == EMU_EVENT_BDSM ? w->stolen : OPREGION_LEAST),
		     (struct span) { p, p ? 16 : 0 });
}

static void access_came(void *ctx, const struct emu_device *d, const struct emu_access *a)
{
	const struct watch *w = ctx;

	fprintf(w->setup->trace, "%10.6f %s %s %s+0x%llx %zu 0x%llx\n", since_begin(w), d->name,
		a->write ? "write" : "read ", emu_region_str(a->region), (unsigned long long)a->at, a->n,
		(unsigned long long)a->value);
}

void watch_device(struct watch *w)
{
	struct emu_device *d = emu_igd_device(w->igd);

	emu_igd_on_event(w->igd, event_came, w);
	if (w->setup->trace) {
		d->trace = access_came;
		d->trace_ctx = w;
	}
}

/* What is on the sockets is what the guest did before it said what we have just heard. */
static void server_drain(struct watch *w)
{
	struct pollfd v[POLL_MAX];

	for (unsigned i_turn = 0; i_turn < DRAIN_MAX; i_turn++) {
		size_t n = emu_server_poll(w->server, v);

		if (poll(v, n, 0) <= 0)
			return;
		for (size_t i = 0; i < n; i++)
			if (v[i].revents & (POLLHUP | POLLERR))
				return;
		for (size_t i = 0; i < n; i++)
			if (v[i].revents)
				emu_server_ready(w->server, &v[i]);
	}
}

/* The device is reset when its client goes, so its state is taken before the server hears of that. */
static void server_serve(struct watch *w, const struct pollfd *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].revents & (POLLHUP | POLLERR))
			harvest(w);
		if (v[i].revents)
			emu_server_ready(w->server, &v[i]);
	}
}

/* Is the client gone, by its own doing or ours? */
static void connection_look(struct watch *w)
{
	const struct emu_device *d = emu_igd_device(w->igd);
	const char *complaint = emu_server_complaint(w->server, d);
	char line[HEARD_TEXT_MAX];

	if (emu_server_has_client(w->server, d)) {
		if (!w->r->connected && w->setup->begun)
			w->setup->begun(w->setup->begun_ctx);
		w->r->connected = true;
		return;
	}
	if (complaint) {
		w->r->connected = true;
		snprintf(line, sizeof(line), "igdctl: the connection to the device was cut: %s", complaint);
		record_note(&w->rec, since_begin(w), line);
		end_with(w, REHEARSAL_CUT);
	} else if (w->r->connected && !w->parting) {
		w->parting = true;
		w->deadline = watch_clock() + ENDING_WAIT;
	}
}

/* ---- mouths ------------------------------------------------------------------------------------------------- */

/* SeaBIOS, src/boot.c (1.16, 1.17): what it says when all option ROMs have run and it looks for a system. */
static bool is_ready(const struct watch *w, const char *text)
{
	struct span s = span_str(text);

	if (w->setup->firmware == REHEARSE_OVMF)
		return text_starts(s, "igdctl: Witness: ready");
	return text_starts(s, "Booting from ") || text_starts(s, "No bootable device") ||
	       text_starts(s, "enter handle_18");
}

static void line_came(void *ctx, const struct mouth *m, const char *text)
{
	struct watch *w = ctx;

	if (m->who != HEARD_GUEST) {
		w->no_sandbox = w->no_sandbox || text_has(span_str(text), "-sandbox");
		return;
	}
	snprintf(w->last, sizeof(w->last), "%s", text);
	if (w->over || !is_ready(w, text))
		return;
	server_drain(w);
	w->r->ready_at = since_begin(w);
	harvest(w);
	end_with(w, REHEARSAL_READY);
}

static void mouth_hear(struct watch *w, struct mouth *m)
{
	uint8_t buf[4096];
	ssize_t n = 1;

	for (unsigned i = 0; i < READS_MAX && n > 0; i++) {
		n = read(m->fd, buf, sizeof(buf));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		record_bytes(&w->rec, m, since_begin(w), (struct span) { buf, n > 0 ? (size_t)n : 0 }, n <= 0,
			     line_came, w);
	}
	if (n <= 0)
		m->fd = -1; /* the stage closes it */
}

static void mouths_open(struct watch *w)
{
	w->mouths[0] = (struct mouth) { .fd = w->stage.hear_debug, .who = HEARD_GUEST };
	w->mouths[1] = (struct mouth) { .fd = w->stage.hear_serial, .who = HEARD_GUEST, .echo = true };
	w->mouths[2] = (struct mouth) { .fd = w->stage.hear_qemu, .who = HEARD_QEMU };
}

/* ---- the loop ----------------------------------------------------------------------------------------------- */

static void progress_tell(struct watch *w, double now)
{
	if (!w->setup->progress || now - w->told < PROGRESS_EVERY)
		return;
	w->told = now;
	w->setup->progress(w->setup->progress_ctx, now - w->begin, w->last);
}

/* Milliseconds, rounded up, until there is something to do by the clock. */
static int patience(const struct watch *w, double now)
{
	double until = w->deadline;

	if (w->setup->progress && w->told + PROGRESS_EVERY < until)
		until = w->told + PROGRESS_EVERY;
	return until <= now ? 0 : (int)((until - now) * 1000) + 1;
}

static size_t poll_fill(struct watch *w, struct pollfd v[POLL_MAX], size_t *ret_server)
{
	size_t n = emu_server_poll(w->server, v);

	*ret_server = n;
	for (size_t i = 0; i < ARRAY_SIZE(w->mouths); i++)
		v[n++] = (struct pollfd) { .fd = w->mouths[i].fd, .events = POLLIN };
	v[n++] = (struct pollfd) { .fd = w->qemu.fd, .events = POLLIN };
	v[n++] = (struct pollfd) { .fd = w->signals, .events = POLLIN };
	return n;
}

static void turn(struct watch *w)
{
	struct pollfd v[POLL_MAX];
	size_t n_server, n = poll_fill(w, v, &n_server);
	double now = watch_clock();

	if (now >= w->deadline)
		end_with(w, w->parting ? REHEARSAL_CUT : REHEARSAL_OVER);
	if (w->over || poll(v, n, patience(w, now)) < 0)
		return;
	server_serve(w, v, n_server);
	for (size_t i = 0; i < ARRAY_SIZE(w->mouths); i++)
		if (v[n_server + i].revents)
			mouth_hear(w, &w->mouths[i]);
	if (v[n - 2].revents)
		end_with(w, REHEARSAL_ENDED);
	if (v[n - 1].revents)
		end_with(w, REHEARSAL_STOPPED);
	connection_look(w);
	progress_tell(w, watch_clock());
}

static int qemu_start(struct watch *w, bool sandbox, struct report *rep)
{
	const struct rehearsal_fds *f = &w->stage.fds;
	struct child_setup child = { .path = w->setup->qemu->path };
	int r = stage_pipes(&w->stage, rep);
	const int keep[] = { f->code,	f->vars, f->rom, f->witness, f->opregion,
			     f->stolen, f->igd,	 f->lpc, f->debug,   f->serial };

	if (r < 0)
		return r;
	r = rehearsal_words(w->setup, f, sandbox, &w->r->arena, &child.argv);
	if (r < 0)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory for QEMU's command line");
	w->r->command = rehearsal_command(child.argv, &w->r->arena);
	child.keep = keep;
	child.n_keep = ARRAY_SIZE(keep);
	child.out = w->stage.out;
	w->begin = watch_clock();
	r = child_start(&child, &w->qemu, rep);
	stage_started(&w->stage);
	return r;
}

int watch_run(struct watch *w, bool sandbox, struct report *rep)
{
	int r = qemu_start(w, sandbox, rep), status;

	if (r < 0)
		return r;
	w->deadline = w->begin + w->setup->seconds;
	w->over = w->parting = w->no_sandbox = false;
	mouths_open(w);
	while (!w->over)
		turn(w);
	if (w->r->end != REHEARSAL_READY)
		harvest(w);
	status = child_end(&w->qemu);
	if (w->r->end == REHEARSAL_ENDED)
		w->r->status = status;
	for (size_t i = 0; i < ARRAY_SIZE(w->mouths); i++) /* its last words */
		if (w->mouths[i].fd >= 0)
			mouth_hear(w, &w->mouths[i]);
	w->r->took = since_begin(w);
	return 0;
}
