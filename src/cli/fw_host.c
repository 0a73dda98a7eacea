// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fw_host.c - asks facts/host_fw for the pieces, delivers them as files, prints one row a source.
 */
#include "cli/fw_host.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/deliver.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/names.h"
#include "cli/view.h"
#include "facts/host_fw.h"

#define FILES_MAX 64 /* far more than sources times pieces of any machine */
#define COMMAND	  "fw extract"

struct file {
	const struct host_fw_source *source;
	const struct host_fw_piece *piece;
	char path[HOST_PATH_MAX];
	char sha256[2 * SHA256_DIGEST_SIZE + 1];
};

struct job {
	const struct cli *cli;
	struct facts *f;
	struct host *h;
	struct host_fw fw;
	struct file files[FILES_MAX];
	size_t n_files;
	bool failed; /* something could not be written */
	struct report rep;
};

const char *const *fw_host_rom_touches(const struct cli *cli)
{
	static const char *const rom[] = { "/sys/bus/pci/devices/*/rom", NULL };
	static const char *const both[] = { "/sys/bus/pci/devices/*/rom", "/dev/vfio/*", NULL };

	return cli->dry_run ? NULL : cli->yes ? both : rom;
}

const char *const *fw_host_touches(const struct cli *cli)
{
	return cli->host ? fw_host_rom_touches(cli) : NULL;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

struct host_fw_options fw_host_options(const struct cli *cli, const struct host *h)
{
	const bool live = host_is_live(h), act = live && !cli->dry_run;

	return (struct host_fw_options) {
		.device = cli->device,
		.rom = act ? &rom_switch_sysfs : NULL,
		.no_rom = "it has to be switched on to be read, which --dry-run does not do",
		.vfio = act && cli->yes ? &vfio_kernel : NULL,
		.no_vfio = !live ? "only this machine's own devices can be opened"
			   : cli->yes
				   ? "opening the device resets it, which --dry-run does not do"
				   : "opening the device resets it, twice: with no VM running on it, --yes does that",
	};
}

static int pieces_read(struct job *j, struct fw_host_want want)
{
	const bool all = !want.gop && !want.vbt && !want.vbios && !want.opregion;
	struct host_fw_options o = fw_host_options(j->cli, j->h);

	o.want[HOST_FW_OPREGION] = all || want.opregion;
	o.want[HOST_FW_VBT] = all || want.vbt;
	o.want[HOST_FW_VBIOS] = all || want.vbios;
	o.want[HOST_FW_GOP] = want.gop;
	return host_fw_read(j->f, j->h, &o, &j->fw, &j->rep);
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static void digest(struct span bytes, char hex[2 * SHA256_DIGEST_SIZE + 1])
{
	uint8_t sum[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, bytes.n, bytes.p);
	sha256_digest(&ctx, sizeof(sum), sum);
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
}

static void piece_deliver(struct job *j, struct host_fw_source *s, const struct host_fw_piece *p)
{
	const char *dir = deliver_folder(j->cli);
	struct file *file = &j->files[j->n_files];
	struct report rep = { 0 };
	char line[REPORT_TEXT + 128];

	if (j->n_files == FILES_MAX || deliver_path(dir, p->name, file->path) < 0 ||
	    deliver_file(j->cli, dir, p->name, p->bytes, &rep) < 0) {
		report_failure_str(&rep, -IGD_ELIMIT, p->name, line, sizeof(line));
		fprintf(stderr, "igdctl: %s\n", line);
		s->verdict = HOST_FW_REFUSED;
		s->why = arena_printf(&j->fw.arena, "%s, not written: %s", s->why, line);
		j->failed = true;
		return;
	}
	file->source = s;
	file->piece = p;
	digest(p->bytes, file->sha256);
	j->n_files++;
}

static void pieces_deliver(struct job *j)
{
	for (size_t i = 0; i < j->fw.n; i++)
		for (size_t k = 0; k < j->fw.v[i].n_pieces; k++)
			piece_deliver(j, &j->fw.v[i], &j->fw.v[i].pieces[k]);
}

/* ---- what next ---------------------------------------------------------------------------------------------- */

static const struct file *file_of(const struct job *j, enum host_fw_kind k)
{
	for (size_t i = 0; i < j->n_files; i++)
		if (j->files[i].piece->kind == k)
			return &j->files[i];
	return NULL;
}

static bool any_denied(const struct job *j)
{
	for (size_t i = 0; i < j->fw.n; i++)
		if (j->fw.v[i].verdict == HOST_FW_DENIED)
			return true;
	return false;
}

/* The next command, as text to be typed; owned by the arena. */
static const char *next(struct job *j)
{
	const struct file *vbt = file_of(j, HOST_FW_VBT), *rom = file_of(j, HOST_FW_VBIOS);
	struct arena *a = &j->fw.arena;

	if (j->failed)
		return arena_printf(a, "igdctl " COMMAND " --host --force -o %s", deliver_folder(j->cli));
	if (any_denied(j) && host_is_live(j->h) && host_as_root(j->h) == 0)
		return arena_printf(a, "sudo igdctl " COMMAND " --host -o %s%s", deliver_folder(j->cli),
				    j->n_files ? " --force" : "");
	if (j->cli->dry_run && j->n_files)
		return arena_printf(a, "igdctl " COMMAND " --host -o %s", deliver_folder(j->cli));
	if (vbt)
		return arena_printf(a, "igdctl vbt show %s", vbt->path);
	if (rom)
		return arena_printf(a, "igdctl rom info %s", rom->path);
	return "igdctl fw scan FILE, where FILE is the board vendor's firmware update";
}

/* ---- as text ------------------------------------------------------------------------------------------------ */

static const char *source_words(const char *source)
{
	return strcmp(source, "dev-mem") == 0 ? "/dev/mem" : source;
}

static const char *kind_words(enum host_fw_kind k)
{
	static const char *const words[] = { [HOST_FW_OPREGION] = "OpRegion",
					     [HOST_FW_VBT] = "VBT",
					     [HOST_FW_VBIOS] = "VBIOS",
					     [HOST_FW_GOP] = "GOP" };

	return words[k];
}

/* "OpRegion, VBT": what a source can give at best. */
static const char *gives(const struct host_fw_source *s, char buf[48])
{
	size_t n = 0;

	buf[0] = '\0';
	for (int k = 0; k < HOST_FW_KINDS; k++)
		if (s->can[k])
			n += (size_t)snprintf(buf + n, 48 - n, "%s%s", n ? ", " : "", kind_words(k));
	return or_dash(buf);
}

static void source_text(const struct view *v, const struct host_fw_source *s)
{
	static const enum paint paints[] = { [HOST_FW_OK] = PAINT_GOOD,
					     [HOST_FW_ABSENT] = PAINT_PLAIN,
					     [HOST_FW_DENIED] = PAINT_WARN,
					     [HOST_FW_REFUSED] = PAINT_BAD,
					     [HOST_FW_NOT_TRIED] = PAINT_DIM };
	char first[96], can[48];

	snprintf(first, sizeof(first), "  %-9s %-14s %-10s ", source_words(s->source), gives(s, can),
		 s->verdict == HOST_FW_NOT_TRIED ? "not tried" : host_fw_verdict_str(s->verdict));
	view_paragraph(v, paints[s->verdict], first, strlen(first), s->why);
}

static void gpu_text(const struct view *v, const struct pci_fn *p)
{
	char name[NAME_LEN], addr[PCI_ADDR_STR];

	if (!p) {
		view_heading(v, "Of no GPU alone");
		return;
	}
	name_of(p, name);
	view_heading(v, "%s %s%s%04x:%04x, driver %s", short_addr(p->addr, addr), name, *name ? ", " : "",
		     pci_fn_vendor(p), pci_fn_device(p),
		     !p->driver.v   ? "unknown"
		     : *p->driver.v ? p->driver.v
				    : "none");
}

static void files_text(const struct view *v, const struct job *j)
{
	static const char *const columns[] = { "FILE", "KIND", "SIZE", "SHA-256", NULL };
	struct libscols_table *t;
	char size[24];

	if (j->n_files == 0)
		return;
	view_heading(v, j->cli->dry_run ? "Would be written" : "Written");
	t = view_table(v, false, columns);
	for (size_t i = 0; i < j->n_files; i++) {
		const struct file *f = &j->files[i];

		snprintf(size, sizeof(size), "%zu", f->piece->bytes.n);
		view_line(t, NULL,
			  (const char *const[]) { f->path, kind_words(f->piece->kind), size, f->sha256, NULL });
	}
	view_table_end(v, t);
}

static void answer_text(struct job *j)
{
	const struct pci_fn *last = NULL;
	struct view v;

	view_init(&v, j->cli, stdout);
	for (size_t i = 0; i < j->fw.n; i++) {
		const struct host_fw_source *s = &j->fw.v[i];

		if (i == 0 || s->gpu != last)
			gpu_text(&v, s->gpu);
		last = s->gpu;
		source_text(&v, s);
	}
	files_text(&v, j);
	printf("\nNext: %s\n", next(j));
}

/* ---- as JSON ------------------------------------------------------------------------------------------------ */

static json_t *source_json(const struct job *j, const struct host_fw_source *s)
{
	json_t *o = json_object(), *what = json_array(), *files = json_array();

	for (int k = 0; k < HOST_FW_KINDS; k++)
		if (s->can[k])
			json_array_append_new(what, json_string(host_fw_kind_str((enum host_fw_kind)k)));
	for (size_t i = 0; i < j->n_files; i++)
		if (j->files[i].source == s)
			json_array_append_new(files, json_text(j->files[i].path));
	json_object_set_new(o, "source", json_string(s->source));
	json_object_set_new(o, "device", s->gpu ? json_addr(s->gpu->addr) : json_null());
	json_object_set_new(o, "what", what);
	json_object_set_new(o, "verdict", json_string(host_fw_verdict_str(s->verdict)));
	json_object_set_new(o, "why", json_text(s->why));
	json_object_set_new(o, "files", files);
	return o;
}

static json_t *file_json(const struct file *f)
{
	json_t *o = json_object();

	json_object_set_new(o, "path", json_text(f->path));
	json_object_set_new(o, "kind", json_string(host_fw_kind_str(f->piece->kind)));
	json_object_set_new(o, "device", json_addr(f->source->gpu->addr));
	json_object_set_new(o, "id", json_id(&f->source->gpu->id));
	json_object_set_new(o, "sha256", json_string(f->sha256));
	json_object_set_new(o, "size", json_integer((json_int_t)f->piece->bytes.n));
	return o;
}

static bool answer_json(struct job *j)
{
	json_t *top = json_top("fw-extract-host", input_name(j->cli, NULL));
	json_t *sources = json_array(), *files = json_array();

	for (size_t i = 0; i < j->fw.n; i++)
		json_array_append_new(sources, source_json(j, &j->fw.v[i]));
	for (size_t i = 0; i < j->n_files; i++)
		json_array_append_new(files, file_json(&j->files[i]));
	json_object_set_new(top, "source", json_string(source_str(j->f->source)));
	json_object_set_new(top, "written", json_boolean(!j->cli->dry_run));
	json_object_set_new(top, "sources", sources);
	json_object_set_new(top, "files", files);
	json_object_set_new(top, "next", json_text(next(j)));
	return json_print(top, true, stdout);
}

/* ---- the command -------------------------------------------------------------------------------------------- */

static int answer(struct job *j)
{
	pieces_deliver(j);
	report_notes(j->cli, &j->rep);
	if (j->cli->json && !answer_json(j))
		return report_failed(NULL, -IGD_ENOMEM, COMMAND);
	if (!j->cli->json)
		answer_text(j);
	if (j->n_files == 0 && !j->failed)
		fprintf(stderr, "igdctl: nothing was found; each source says why\n");
	return j->failed || j->n_files == 0 ? EXIT_FAILED : EXIT_DONE;
}

int fw_extract_host(const struct cli *cli, struct fw_host_want want)
{
	struct job j = { .cli = cli };
	int r, status;

	if (cli->n_args)
		return usage_error(COMMAND, "--host reads a machine, and \"%.60s\" is a file: one of the two",
				   cli->args[0]);
	r = input_machine(cli, &j.f, &j.h, &j.rep);
	if (r == 0)
		r = pieces_read(&j, want);
	if (r == -IGD_EUSAGE)
		status = usage_error(COMMAND, "%s", j.rep.refusal.text);
	else
		status = r < 0 ? report_failed(&j.rep, r, input_name(cli, NULL)) : answer(&j);
	names_done();
	host_fw_done(&j.fw);
	facts_free(j.f);
	host_free(j.h);
	return status;
}
