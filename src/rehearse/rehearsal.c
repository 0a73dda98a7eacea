// SPDX-License-Identifier: GPL-2.0-or-later
#include "rehearse/rehearsal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/error.h"
#include "fw/igd_regs.h"
#include "rehearse/watch.h"

#define STOLEN_LEAST ((uint64_t)1 << 20) /* where it is not known how much it should be */

/* ---- signals ------------------------------------------------------------------------------------------------ */

/* Those that ask us to stop are waited for like everything else; what is ignored (nohup) stays so. */
static int signals_take(sigset_t *ret_before)
{
	static const int stop[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction is;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(stop); i++)
		if (sigaction(stop[i], NULL, &is) == 0 && is.sa_handler != SIG_IGN)
			sigaddset(&set, stop[i]);
	sigprocmask(SIG_BLOCK, &set, ret_before);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The one that was heard has had its answer. */
static void signals_give(struct watch *w, const sigset_t *before)
{
	struct signalfd_siginfo heard;

	while (w->signals >= 0 && read(w->signals, &heard, sizeof(heard)) > 0)
		;
	fd_drop(&w->signals);
	sigprocmask(SIG_SETMASK, before, NULL);
}

/* ---- putting it together ------------------------------------------------------------------------------------ */

/* How much memory BDSM should lead to, by GGC. */
static uint64_t stolen_bytes(const struct rehearsal_setup *s)
{
	uint8_t config[256] = { 0 };
	struct igd_regs regs;

	config[IGD_GGC] = (uint8_t)s->igd.ggc;
	config[IGD_GGC + 1] = (uint8_t)(s->igd.ggc >> 8);
	igd_regs_read(igd_id_find(s->igd.ids.vendor, s->igd.ids.device), SPAN_OF(config), &regs);
	if (regs.stolen_why == IGD_REG_KNOWN && regs.stolen > 0)
		return regs.stolen;
	return s->stolen ? s->stolen : STOLEN_LEAST;
}

static int no_memory(struct report *rep)
{
	return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory for a rehearsal");
}

/* A listening socket is the server's, whether it takes the device or not. */
static int serve(struct watch *w, struct emu_device *d, int *listening)
{
	int fd = *listening;

	*listening = -1;
	return emu_server_add(w->server, d, fd);
}

static int device_make(struct watch *w, struct report *rep)
{
	const struct rehearsal_setup *s = w->setup;
	int r = emu_igd_new(&s->igd, &w->igd);

	if (r == -IGD_EUSAGE)
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE, "there is no model of an IGD of generation %u",
				     s->igd.generation);
	if (r < 0 || (s->lpc && emu_plain_new(s->lpc, &w->lpc) < 0) || emu_server_new(&w->server) < 0)
		return no_memory(rep);
	r = stage_make(s, &w->stage, rep);
	if (r < 0)
		return r;
	if (serve(w, emu_igd_device(w->igd), &w->stage.listen_igd) < 0 ||
	    (w->lpc && serve(w, emu_plain_device(w->lpc), &w->stage.listen_lpc) < 0))
		return no_memory(rep);
	watch_device(w);
	return 0;
}

/* A QEMU without libseccomp says so and ends before it opens the device; it is then taken as it is. */
static int rehearse(struct watch *w, struct report *rep)
{
	int r = watch_run(w, true, rep);

	if (r < 0 || w->r->end != REHEARSAL_ENDED || w->r->connected || !w->no_sandbox)
		return r;
	record_note(&w->rec, 0, "igdctl: this QEMU has no -sandbox, so it is started again without");
	return watch_run(w, false, rep);
}

/* A signal that comes now is for what the caller does next: there is nothing left to end. */
static void watch_free(struct watch *w, const sigset_t *before)
{
	child_end(&w->qemu);
	emu_server_free(w->server); /* before the devices that it serves */
	emu_plain_free(w->lpc);
	emu_igd_free(w->igd);
	stage_done(&w->stage);
	signals_give(w, before);
	free(w);
}

int rehearsal_run(const struct rehearsal_setup *s, struct rehearsal *ret, struct report *rep)
{
	struct rehearsal done = { .picture_is = 1 };
	struct watch *w = calloc(1, sizeof(*w));
	sigset_t before;
	int r;

	if (!w)
		return no_memory(rep);
	w->setup = s;
	w->r = &done;
	w->rec.r = &done;
	w->stage = STAGE_EMPTY;
	w->stolen = stolen_bytes(s);
	w->signals = signals_take(&before);
	r = device_make(w, rep);
	if (r == 0)
		r = rehearse(w, rep);
	record_end(&w->rec);
	watch_free(w, &before);
	if (r < 0) {
		rehearsal_done(&done);
		return r;
	}
	*ret = done;
	return 0;
}

void rehearsal_done(struct rehearsal *r)
{
	free(r->picture.rgb);
	arena_done(&r->arena);
	*r = (struct rehearsal) { .picture_is = 1 };
}
