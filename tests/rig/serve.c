// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * serve.c - emulated functions behind sockets, for tests in Python that bring up QEMU on them.
 *
 *     serve [--trace FILE] [--events FILE] [--picture FILE] [--until-eof] FOLDER
 *
 * Standard input says what there is, a function a line, until it ends or a line is empty; numbers are hexadecimal:
 *
 *     00:02.0 igd id=8086:3e92 class=030000 rev=00 subsys=103c:83e2 gen=9 bdsm=5c ggc=01c1 asls=70000000
 *             first=8b800001 protect=1 keep=1 rom=FILE edid=FILE multi=1 pin=1
 *     00:1f.3 plain id=8086:a348 class=040300 rev=10 subsys=103c:83e2 multi=1 pin=1 pcie=rciep flr=1 msi=1 pm=1
 *             bar0=4000:64 bar2=10000000:64:pref bar4=20:io rom=10000 cfg=AT:BYTES
 *
 * (each on one line; gen is decimal; bdsm is 5c, c0 or none; keep: a reset that the guest asks for leaves BDSM and
 * ASLS alone; pcie is rciep, endpoint, legacy or rootport; cfg may come several times). Each is served at
 * FOLDER/ADDRESS.sock; "ready" when all are. An event of an IGD is a line "SECONDS ADDRESS asls 7fee8000", an access
 * "SECONDS ADDRESS write bar0 70180+4 84000000". The screen of the first IGD is written, as PPM, at SIGUSR1, when its
 * client goes and at the end; each time "picture WIDTHxHEIGHT unmapped N colours N" or "picture none" is said. Ends
 * at SIGTERM or SIGINT, and with --until-eof when standard input ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/le.h"
#include "emu/igd.h"
#include "emu/plain.h"
#include "emu/server.h"
#include "std/pci.h"

#define FRAME (1.0 / 60) /* seconds */

struct rig;

struct function {
	char name[16];
	struct emu_igd *igd;
	struct emu_plain *plain;
	void *rom, *edid; /* what the model borrows */
	const struct rig *rig;
	struct { /* what a reset does not take from an IGD that keeps its registers */
		bool on, restoring;
		enum emu_bdsm where;
		uint64_t bdsm, asls;
	} keep;
};

struct rig {
	struct emu_server *server;
	struct function v[EMU_DEVICES_MAX];
	size_t n;
	FILE *trace, *events;
	const char *picture;
	int folder;
	bool until_eof;
	struct timespec start;
};

/* Say it, and end. */
#define die(...)                                        \
	do {                                            \
		fprintf(stderr, "serve: " __VA_ARGS__); \
		fputc('\n', stderr);                    \
		exit(2);                                \
	} while (0)

static double seconds(const struct rig *rig)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - rig->start.tv_sec) + (double)(now.tv_nsec - rig->start.tv_nsec) / 1e9;
}

/* ---- what a line says --------------------------------------------------------------------------------------- */

static uint64_t number(const char *text, int base, const char *after, const char **rest)
{
	char *end;
	uint64_t v;

	errno = 0;
	v = strtoull(text, &end, base);
	if (end == text || errno != 0 || (*end != '\0' && !strchr(after, *end)))
		die("'%s' is not a number", text);
	if (rest)
		*rest = *end ? end + 1 : end;
	return v;
}

static uint64_t hex(const char *text)
{
	return number(text, 16, "", NULL);
}

static void pair(const char *text, uint16_t *a, uint16_t *b)
{
	const char *rest;

	*a = (uint16_t)number(text, 16, ":", &rest);
	*b = (uint16_t)hex(rest);
}

static struct span file(const char *path, void **ret)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = malloc((size_t)16 << 20);
	size_t n;

	if (!f || !p)
		die("%s: cannot be read", path);
	n = fread(p, 1, (size_t)16 << 20, f);
	fclose(f);
	*ret = p;
	return (struct span) { p, n };
}

/* The words that both kinds have: true. */
static bool id_word(struct emu_ids *ids, const char *key, const char *value)
{
	if (strcmp(key, "id") == 0)
		pair(value, &ids->vendor, &ids->device);
	else if (strcmp(key, "class") == 0)
		ids->class_code = (uint32_t)hex(value);
	else if (strcmp(key, "rev") == 0)
		ids->revision = (uint8_t)hex(value);
	else if (strcmp(key, "subsys") == 0)
		pair(value, &ids->subvendor, &ids->subdevice);
	else if (strcmp(key, "multi") == 0)
		ids->multifunction = hex(value);
	else if (strcmp(key, "pin") == 0)
		ids->pin = (uint8_t)hex(value);
	else
		return false;
	return true;
}

static enum emu_bdsm bdsm_word(const char *value)
{
	static const char *const names[] = { "none", "5c", "c0" };

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(value, names[i]) == 0)
			return (enum emu_bdsm)i;
	die("bdsm=%s: 5c, c0 or none", value);
}

static void igd_word(struct function *f, struct emu_igd_model *m, const char *key, const char *value)
{
	if (id_word(&m->ids, key, value))
		return;
	if (strcmp(key, "gen") == 0)
		m->generation = (unsigned)number(value, 10, "", NULL);
	else if (strcmp(key, "bdsm") == 0)
		m->bdsm = bdsm_word(value);
	else if (strcmp(key, "ggc") == 0)
		m->ggc = (uint16_t)hex(value);
	else if (strcmp(key, "asls") == 0)
		m->asls_first = (uint32_t)hex(value);
	else if (strcmp(key, "first") == 0)
		m->bdsm_first = hex(value);
	else if (strcmp(key, "protect") == 0)
		m->write_protected = hex(value);
	else if (strcmp(key, "keep") == 0)
		f->keep.on = hex(value);
	else if (strcmp(key, "rom") == 0)
		m->rom = file(value, &f->rom);
	else if (strcmp(key, "edid") == 0)
		m->edid = file(value, &f->edid);
	else
		die("igd: %s=%s is not understood", key, value);
}

struct plain_words {
	struct emu_ids ids;
	struct emu_bar bars[6];
	size_t rom;
	int pcie; /* type; -1: none */
	bool flr, msi, pm;
	struct {
		size_t at, n;
		uint8_t bytes[64];
	} cfg[8];
	size_t n_cfg;
};

static struct emu_bar bar_word(const char *value)
{
	struct emu_bar bar = { .kind = EMU_BAR_32 };
	const char *rest;

	bar.size = number(value, 16, ":", &rest);
	if (strcmp(rest, "64") == 0 || strcmp(rest, "64:pref") == 0)
		bar.kind = EMU_BAR_64;
	else if (strcmp(rest, "io") == 0)
		bar.kind = EMU_BAR_IO;
	else if (strcmp(rest, "32") != 0 && strcmp(rest, "32:pref") != 0)
		die("bar %s: SIZE:64, SIZE:32 or SIZE:io, and :pref", value);
	bar.prefetchable = strstr(rest, ":pref") != NULL;
	return bar;
}

static int pcie_word(const char *value)
{
	static const struct {
		const char *name;
		enum pcie_type type;
	} types[] = { { "rciep", PCIE_RC_ENDPOINT },
		      { "endpoint", PCIE_ENDPOINT },
		      { "legacy", PCIE_LEG_ENDPOINT },
		      { "rootport", PCIE_ROOT_PORT } };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(value, types[i].name) == 0)
			return types[i].type;
	die("pcie=%s is not understood", value);
}

static void cfg_word(struct plain_words *w, const char *value)
{
	const char *rest;
	unsigned byte;
	size_t n = 0;

	if (w->n_cfg >= ARRAY_SIZE(w->cfg))
		die("cfg=%s: too many", value);
	w->cfg[w->n_cfg].at = number(value, 16, ":", &rest);
	for (; rest[0] && rest[1] && n < sizeof(w->cfg[0].bytes); rest += 2, n++) {
		char two[3] = { rest[0], rest[1], '\0' };

		byte = (unsigned)hex(two);
		w->cfg[w->n_cfg].bytes[n] = (uint8_t)byte;
	}
	if (*rest)
		die("cfg=%s: pairs of digits, up to 64", value);
	w->cfg[w->n_cfg++].n = n;
}

static void plain_word(struct plain_words *w, const char *key, const char *value)
{
	if (id_word(&w->ids, key, value))
		return;
	if (strncmp(key, "bar", 3) == 0 && key[3] >= '0' && key[3] <= '5' && key[4] == '\0')
		w->bars[key[3] - '0'] = bar_word(value);
	else if (strcmp(key, "pcie") == 0)
		w->pcie = pcie_word(value);
	else if (strcmp(key, "flr") == 0)
		w->flr = hex(value);
	else if (strcmp(key, "msi") == 0)
		w->msi = hex(value);
	else if (strcmp(key, "pm") == 0)
		w->pm = hex(value);
	else if (strcmp(key, "rom") == 0)
		w->rom = hex(value);
	else if (strcmp(key, "cfg") == 0)
		cfg_word(w, value);
	else
		die("plain: %s=%s is not understood", key, value);
}

/* The next KEY=VALUE of @line. */
static bool word_next(char **line, char **key, char **value)
{
	*key = strtok_r(NULL, " \t\n", line);
	if (!*key)
		return false;
	*value = strchr(*key, '=');
	if (!*value)
		die("'%s' is not KEY=VALUE", *key);
	*(*value)++ = '\0';
	return true;
}

static void igd_line(struct function *f, char **line)
{
	struct emu_igd_model m = { .name = f->name, .ids.pin = 1 };
	char *key, *value;

	while (word_next(line, &key, &value))
		igd_word(f, &m, key, value);
	f->keep.where = m.bdsm;
	f->keep.bdsm = m.bdsm_first;
	f->keep.asls = m.asls_first;
	if (emu_igd_new(&m, &f->igd) < 0)
		die("%s: no IGD of generation %u", f->name, m.generation);
}

static void plain_line(struct function *f, char **line)
{
	struct plain_words w = { .pcie = -1 };
	struct emu_plain_model m = { .name = f->name };
	char *key, *value;
	bool made = true;

	while (word_next(line, &key, &value))
		plain_word(&w, key, value);
	emu_config_init(&m.config, &w.ids, w.pcie >= 0);
	for (unsigned i = 0; i < 6; i++)
		made = made && (w.bars[i].kind == EMU_BAR_NONE || emu_config_bar(&m.config, i, w.bars[i]));
	emu_config_rom(&m.config, w.rom);
	made = made && (w.pcie < 0 || emu_config_express(&m.config, 0, (unsigned)w.pcie, w.flr)) &&
	       (w.pcie >= 0 || !w.flr || emu_config_af(&m.config, 0)) && (!w.msi || emu_config_msi(&m.config, 0)) &&
	       (!w.pm || emu_config_pm(&m.config, 0));
	for (size_t i = 0; i < w.n_cfg; i++)
		emu_config_set(&m.config, w.cfg[i].at, w.cfg[i].bytes, w.cfg[i].n, 0);
	if (!made || emu_plain_new(&m, &f->plain) < 0)
		die("%s: such a function cannot be", f->name);
}

/* ---- what is told ------------------------------------------------------------------------------------------- */

static void config_put(struct function *f, uint64_t at, uint64_t value, size_t n)
{
	struct emu_device *d = emu_igd_device(f->igd);
	uint8_t bytes[8];

	le_put(bytes, value, n);
	d->ops->write(d, EMU_CONFIG, at, bytes, n);
}

/* The registers of an IGD with keep=1 as they were. True: the event is one of that, and no guest's. */
static bool kept(struct function *f, const struct emu_event *e)
{
	if (!f->keep.on || f->keep.restoring)
		return f->keep.restoring;
	if (e->kind == EMU_EVENT_BDSM)
		f->keep.bdsm = e->value;
	if (e->kind == EMU_EVENT_ASLS)
		f->keep.asls = e->value;
	if (e->kind == EMU_EVENT_RESET && e->value != 0) {
		f->keep.restoring = true;
		if (f->keep.where != EMU_BDSM_NONE)
			config_put(f, f->keep.where == EMU_BDSM_32 ? 0x5c : 0xc0, f->keep.bdsm,
				   f->keep.where == EMU_BDSM_32 ? 4 : 8);
		config_put(f, 0xfc, f->keep.asls, 4);
		f->keep.restoring = false;
	}
	return false;
}

static void event(void *ctx, const struct emu_event *e)
{
	static const char *const names[] = { "reset", "bdsm",  "asls",	    "enabled", "gtt",
					     "plane", "power", "forcewake", "i2c" };
	struct function *f = ctx;
	const struct rig *rig = f->rig;

	if (kept(f, e) || !rig->events)
		return;
	fprintf(rig->events, "%.3f %s %s", seconds(rig), f->name, names[e->kind]);
	if (e->kind == EMU_EVENT_PLANE || e->kind == EMU_EVENT_I2C)
		fprintf(rig->events, " %d", e->on);
	if (e->kind == EMU_EVENT_POWER)
		fprintf(rig->events, " %d %x", e->on, e->at);
	if (e->kind == EMU_EVENT_RESET || e->kind == EMU_EVENT_I2C)
		fprintf(rig->events, " %" PRIu64, e->value);
	else if (e->kind != EMU_EVENT_GTT && e->kind != EMU_EVENT_FORCEWAKE)
		fprintf(rig->events, " %08" PRIx64, e->value);
	fputc('\n', rig->events);
}

static void access_line(void *ctx, const struct emu_device *d, const struct emu_access *a)
{
	const struct rig *rig = ctx;

	fprintf(rig->trace, "%.4f %s %s %s %" PRIx64 "+%zx %" PRIx64 "\n", seconds(rig), d->name,
		a->write ? "write" : "read", emu_region_str(a->region), a->at, a->n, a->value);
}

static void picture_file(const char *path, const struct emu_picture *p)
{
	char beside[4096];
	FILE *f;

	snprintf(beside, sizeof(beside), "%s.new", path);
	f = fopen(beside, "wb");
	if (!f)
		die("%s: cannot be written", beside);
	fprintf(f, "P6 %u %u 255\n", p->width, p->height);
	fwrite(p->rgb, 3, (size_t)p->width * p->height, f);
	if (fclose(f) != 0 || rename(beside, path) < 0)
		die("%s: cannot be written", path);
}

/* Not without a client: the memory that is shown is its. */
static void picture(const struct rig *rig)
{
	for (size_t i = 0; i < rig->n; i++) {
		struct emu_igd *g = rig->v[i].igd;
		struct emu_picture p;
		int r;

		if (!g || !emu_server_has_client(rig->server, emu_igd_device(g)))
			continue;
		r = emu_igd_picture(g, &p);
		if (r == 0) {
			printf("picture %ux%u unmapped %zu colours %zu\n", p.width, p.height, p.unmapped, p.colours);
			if (rig->picture)
				picture_file(rig->picture, &p);
			free(p.rgb);
		} else {
			printf("picture %s\n", r == 1 ? "none" : igd_error_str(r));
		}
		return;
	}
}

/* ---- serving ------------------------------------------------------------------------------------------------ */

static void listen_at(struct rig *rig, struct function *f)
{
	struct emu_device *d = f->igd ? emu_igd_device(f->igd) : emu_plain_device(f->plain);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char name[32];

	snprintf(name, sizeof(name), "%s.sock", f->name);
	unlinkat(rig->folder, name, 0);
	snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/%s", rig->folder, name);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 1) < 0)
		die("%s: %s", name, strerror(errno));
	if (rig->trace) {
		d->trace = access_line;
		d->trace_ctx = rig;
	}
	f->rig = rig;
	if (f->igd)
		emu_igd_on_event(f->igd, event, f);
	if (emu_server_add(rig->server, d, fd) < 0)
		die("%s: too many", f->name);
}

static void functions_read(struct rig *rig)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) > 0 && line[0] != '\n') {
		struct function *f = &rig->v[rig->n];
		char *rest, *name = strtok_r(line, " \t\n", &rest),
			    *kind = name ? strtok_r(NULL, " \t\n", &rest) : NULL;

		if (!kind || strlen(name) >= sizeof(f->name) || strchr(name, '/') || rig->n >= EMU_DEVICES_MAX)
			die("ADDRESS igd|plain KEY=VALUE ..., no more than %d", EMU_DEVICES_MAX);
		snprintf(f->name, sizeof(f->name), "%s", name);
		if (strcmp(kind, "igd") == 0)
			igd_line(f, &rest);
		else if (strcmp(kind, "plain") == 0)
			plain_line(f, &rest);
		else
			die("%s: neither igd nor plain", kind);
		listen_at(rig, f);
		rig->n++;
	}
	free(line);
}

/* A signal: SIGUSR1 wants a picture, any other ends. */
static bool signalled(const struct rig *rig, int fd)
{
	struct signalfd_siginfo s;

	if (read(fd, &s, sizeof(s)) != sizeof(s) || s.ssi_signo != SIGUSR1)
		return false;
	picture(rig);
	return true;
}

/* Frames pass while a driver waits for them: how long until the next, milliseconds; -1: nobody does. */
static int frames(const struct rig *rig, double *last)
{
	double now = seconds(rig);
	bool due = now - *last >= FRAME, any = false;

	for (size_t i = 0; i < rig->n; i++) {
		struct emu_igd *g = rig->v[i].igd;

		if (!g || !emu_igd_ticks(g))
			continue;
		any = true;
		if (due && emu_igd_tick(g))
			emu_server_irq(rig->server, emu_igd_device(g), EMU_MSI, 0);
	}
	if (due)
		*last = now;
	return any ? 1 + (int)((FRAME - (now - *last)) * 1000) : -1;
}

static void serve(struct rig *rig, int signals)
{
	double last = 0;
	struct pollfd v[2 * EMU_DEVICES_MAX + 2];
	bool on = true;

	while (on) {
		size_t n = emu_server_poll(rig->server, v);

		v[n] = (struct pollfd) { .fd = signals, .events = POLLIN };
		v[n + 1] = (struct pollfd) { .fd = rig->until_eof ? STDIN_FILENO : -1, .events = POLLIN };
		if (poll(v, (nfds_t)n + 2, frames(rig, &last)) < 0 && errno != EINTR)
			die("poll: %s", strerror(errno));
		for (size_t i = 0; i < n; i++)
			if (v[i].revents & POLLHUP) /* a client is going, and the memory with it */
				picture(rig);
		for (size_t i = 0; i < n; i++)
			if (v[i].revents)
				emu_server_ready(rig->server, &v[i]);
		if (v[n].revents)
			on = signalled(rig, signals);
		if (v[n + 1].revents) {
			char byte;

			on = on && read(STDIN_FILENO, &byte, 1) > 0;
		}
	}
	picture(rig);
}

static FILE *written(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		die("%s: %s", path, strerror(errno));
	setvbuf(f, NULL, _IOLBF, 0);
	return f;
}

static void options(struct rig *rig, int argc, char **argv)
{
	int i = 1;

	for (; i < argc - 1; i++)
		if (strcmp(argv[i], "--until-eof") == 0)
			rig->until_eof = true;
		else if (strcmp(argv[i], "--trace") == 0 && i + 2 < argc)
			rig->trace = written(argv[++i]);
		else if (strcmp(argv[i], "--events") == 0 && i + 2 < argc)
			rig->events = written(argv[++i]);
		else if (strcmp(argv[i], "--picture") == 0 && i + 2 < argc)
			rig->picture = argv[++i];
		else
			die("%s is not understood", argv[i]);
	if (i >= argc)
		die("[--trace FILE] [--events FILE] [--picture FILE] [--until-eof] FOLDER");
	rig->folder = open(argv[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rig->folder < 0)
		die("%s: %s", argv[i], strerror(errno));
}

static void done(struct rig *rig)
{
	emu_server_free(rig->server);
	for (size_t i = 0; i < rig->n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s.sock", rig->v[i].name);
		unlinkat(rig->folder, name, 0);
		emu_igd_free(rig->v[i].igd);
		emu_plain_free(rig->v[i].plain);
		free(rig->v[i].rom);
		free(rig->v[i].edid);
	}
}

int main(int argc, char **argv)
{
	static struct rig rig;
	sigset_t set;
	int signals;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	setvbuf(stdout, NULL, _IOLBF, 0);
	clock_gettime(CLOCK_MONOTONIC, &rig.start);
	options(&rig, argc, argv);
	if (signals < 0 || emu_server_new(&rig.server) < 0)
		die("no memory");
	functions_read(&rig);
	puts("ready");
	serve(&rig, signals);
	done(&rig);
	return 0;
}
