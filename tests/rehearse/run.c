// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * run.c - rehearsal_run() as a program, for the tests beside it: what goes in by options, the record as lines.
 *
 *     run [-q QEMU] [-c CODE] [-v VARS] [-r ROM] [-w ROM] [-V VBT] [-m MiB] [-s SECONDS] [-t TRACE] [-o PNG]
 *         [-p (pc, with an LPC bridge)] [-b (SeaBIOS)] [-S (smm)] [-P (progress, on standard error)]
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "fw/opregion_make.h"
#include "rehearse/picture.h"
#include "rehearse/rehearsal.h"

static const char *const ends[] = {
	[REHEARSAL_READY] = "ready", [REHEARSAL_OVER] = "over",	      [REHEARSAL_ENDED] = "ended",
	[REHEARSAL_CUT] = "cut",     [REHEARSAL_STOPPED] = "stopped",
};
static const char *const whos[] = { [HEARD_GUEST] = "guest", [HEARD_QEMU] = "qemu", [HEARD_DEVICE] = "device" };

static void failed(const char *what)
{
	fprintf(stderr, "run: %s\n", what);
	exit(2);
}

/* What went in lives as long as the program. */
static uint8_t *inputs[8];
static struct buffer opregion;

static struct span file(const char *name)
{
	static size_t n_inputs;
	FILE *f = fopen(name, "r");
	size_t n = 0, room = 16 << 20;
	uint8_t *p = inputs[n_inputs++ % 8] = malloc(room);

	if (!f || !p)
		failed(name);
	n = fread(p, 1, room, f);
	fclose(f);
	return (struct span) { p, n };
}

/* The UHD 630 of a desktop, with 64 MiB of stolen memory. */
static const struct emu_igd_model uhd630 = {
	.name = "00:02.0",
	.ids = { .vendor = 0x8086,
		 .device = 0x3e92,
		 .subvendor = 0x8086,
		 .subdevice = 0x2212,
		 .class_code = 0x030000,
		 .pin = 1 },
	.generation = 9,
	.bdsm = EMU_BDSM_32,
	.ggc = 0x02c0,
};

static const struct emu_plain_model *lpc(void)
{
	static struct emu_plain_model m = { .name = "00:1f.0" };

	emu_config_init(&m.config, &(struct emu_ids) { .vendor = 0x8086, .device = 0xa304, .class_code = 0x060100 },
			false);
	return &m;
}

static size_t descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* Memory of its own and of files; the guest's, which it shares, is neither. */
static size_t resident(void)
{
	char line[256];
	size_t kib = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "RssAnon:", 8) == 0 || strncmp(line, "RssFile:", 8) == 0)
			kib += strtoul(line + 8, NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

static void picture_write(const char *name, const struct emu_picture *p)
{
	struct buffer b;
	FILE *f = fopen(name, "w");

	if (!f || picture_png(p, &b, NULL) < 0 || fwrite(b.p, 1, b.n, f) != b.n || fclose(f) != 0)
		failed(name);
	buffer_done(&b);
}

static void tell(const struct rehearsal *r)
{
	for (size_t i = 0; i < r->n_lines; i++)
		printf("%.3f %s %s\n", r->lines[i].at, whos[r->lines[i].who], r->lines[i].text);
	printf("command: %s\n", r->command);
	printf("end: %s\nstatus: %d\nconnected: %d\ndropped: %zu\n", ends[r->end], r->status, r->connected,
	       r->n_dropped);
	printf("ready: %.3f\ntook: %.3f\n", r->ready_at, r->took);
	printf("bdsm: 0x%llx\nasls: 0x%x\n", (unsigned long long)r->bdsm, r->asls);
	printf("opregion: %zu\nvbt: %zu\n", r->opregion.n, r->vbt.n);
	printf("picture: %d %ux%u %zu colours %zu unmapped\n", r->picture_is, r->picture.width, r->picture.height,
	       r->picture.colours, r->picture.unmapped);
	printf("resident: %zu KiB\n", resident());
}

static void progress(void *ctx, double seconds, const char *line)
{
	fprintf(ctx, "%.1f %s\n", seconds, line);
}

static void options(int argc, char **argv, struct rehearsal_setup *s, const char **qemu, const char **png)
{
	struct report rep = { 0 };
	int c;

	while ((c = getopt(argc, argv, "q:c:v:r:w:V:m:s:t:o:pbSP")) != -1)
		switch (c) {
		case 'q':
			*qemu = optarg;
			break;
		case 'c':
			s->code = file(optarg);
			break;
		case 'v':
			s->vars = file(optarg);
			break;
		case 'r':
			s->rom = file(optarg);
			break;
		case 'w':
			s->witness = file(optarg);
			break;
		case 'V':
			if (opregion_make(file(optarg), &opregion, &rep) < 0)
				failed(rep.refusal.text);
			s->opregion = buffer_span(&opregion);
			break;
		case 'm':
			s->memory_mib = (unsigned)atoi(optarg);
			break;
		case 's':
			s->seconds = (unsigned)atoi(optarg);
			break;
		case 't':
			s->trace = fopen(optarg, "w");
			break;
		case 'o':
			*png = optarg;
			break;
		case 'p':
			s->q35 = false;
			s->lpc = lpc();
			break;
		case 'b':
			s->firmware = REHEARSE_SEABIOS;
			break;
		case 'S':
			s->smm = true;
			break;
		case 'P':
			s->progress = progress;
			break;
		default:
			failed("see its first lines for the options");
		}
}

int main(int argc, char **argv)
{
	struct rehearsal_setup s = {
		.q35 = true,
		.memory_mib = 512,
		.igd = uhd630,
		.seconds = 60,
		.stolen = 64 << 20,
		.progress_ctx = stderr,
	};
	const char *qemu = NULL, *png = NULL;
	size_t before = descriptors();
	struct qemu_program q;
	struct rehearsal r;
	struct report rep = { 0 };

	options(argc, argv, &s, &qemu, &png);
	if (qemu_find(qemu, &q, &rep) < 0)
		failed(rep.refusal.text);
	if (qemu_can_rehearse(&q, &rep) < 0)
		failed(rep.refusal.text);
	s.qemu = &q;
	if (rehearsal_run(&s, &r, &rep) < 0)
		failed(rep.refusal.text);
	tell(&r);
	if (png && r.picture_is == 0)
		picture_write(png, &r.picture);
	rehearsal_done(&r);
	if (s.trace)
		fclose(s.trace);
	printf("left: %zu descriptors, %s child\n", descriptors() - before,
	       waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? "no" : "a");
	return 0;
}
