// SPDX-License-Identifier: GPL-2.0-or-later
/* rom_verify.c - ROM files judged for their use as romfile of a GPU. */
#include <string.h>

#include "base/error.h"
#include "cli/batch.h"
#include "cli/findings.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/rom.h"

struct wish {
	const struct cli *cli;
	const char *host; /* the machine the device is of; NULL: none was read */
	enum severity min;
	struct rom_wish rom;
};

struct judged {
	const struct wish *wish;
	struct rom_file file;
	struct rom_case c;
	struct findings all;
};

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static json_t *firmware_json(const struct judged *j)
{
	json_t *list = json_array();

	if (j->c.seabios)
		json_array_append_new(list, json_string("seabios"));
	if (j->c.ovmf)
		json_array_append_new(list, json_string("ovmf"));
	return list;
}

static json_t *verify_json(const struct judged *j)
{
	json_t *top = json_top("rom-verify", j->file.name), *list = json_array();
	const struct rom_wish *w = &j->wish->rom;

	for (size_t i = 0; i < j->all.n; i++)
		json_array_append_new(list, finding_json(&j->all.v[i]));
	json_object_set_new(top, "host", json_text(j->wish->host));
	json_object_set_new(top, "device",
			    w->device_known ? json_sprintf("%04x:%04x", w->vendor, w->device) : json_null());
	json_object_set_new(top, "machine",
			    w->machine_known ? json_text(w->machine == VM_MACHINE_Q35 ? "q35" : "pc") : json_null());
	json_object_set_new(top, "guest_firmware", firmware_json(j));
	json_object_set_new(top, "qemu",
			    j->c.qemu_known ? json_sprintf("%u.%u", j->c.major, j->c.minor) : json_null());
	json_object_set_new(top, "findings", list);
	return top;
}

/* ---- text --------------------------------------------------------------------------------------------------- */

static const char *use_of(struct judged *j)
{
	const struct rom_wish *w = &j->wish->rom;
	struct arena *a = &j->file.arena;
	const char *device = w->device_known ? arena_printf(a, " of %04x:%04x", w->vendor, w->device) : "";
	const char *firmware = j->c.seabios && j->c.ovmf ? "SeaBIOS or OVMF" : j->c.seabios ? "SeaBIOS" : "OVMF";

	return arena_printf(a, "as romfile%s%s%s%s%s%s", device, j->c.seabios || j->c.ovmf ? ", for " : "",
			    j->c.seabios || j->c.ovmf ? firmware : "",
			    w->machine_known ? (w->machine == VM_MACHINE_Q35 ? " on q35" : " on i440fx") : "",
			    j->c.qemu_known ? ", QEMU " : "",
			    j->c.qemu_known ? arena_printf(a, "%u.%u", j->c.major, j->c.minor) : "");
}

static void verify_text(const struct view *v, struct judged *j)
{
	bool verbose = j->wish->cli->verbose;

	view_paragraph(v, PAINT_HEAD, "", 0,
		       arena_printf(&j->file.arena, "%s: %zu image%s, %s", j->file.name, j->file.chain.n,
				    j->file.chain.n == 1 ? "" : "s", use_of(j)));
	fprintf(v->out, "%s\n\n", findings_verdict_str(&j->all));
	for (size_t i = 0; i < j->all.n; i++)
		if (j->all.v[i].verdict == VERDICT_FAIL)
			finding_text(v, verbose, &j->file.arena, &j->all.v[i]);
	unknowns_text(v, verbose, &j->file.arena, &j->all, NULL, NULL);
	if (!j->wish->rom.device_known && j->file.found)
		fprintf(v->out, "Whether it fits a GPU was not asked: name it with --device 8086:3e92, or --host.\n");
}

/* ---- the command -------------------------------------------------------------------------------------------- */

static int status_of(const struct judged *j)
{
	for (size_t i = 0; i < j->all.n; i++)
		if (j->all.v[i].verdict == VERDICT_FAIL && j->all.v[i].check->severity >= j->wish->min)
			return EXIT_FINDINGS;
	return EXIT_DONE;
}

static int verify(const void *ctx, size_t i, FILE *out, FILE *err)
{
	const struct wish *w = ctx;
	struct judged j = { .wish = w };
	int r = rom_file_read(w->cli->args[i], &j.file), status;
	struct view v;

	if (r == 0 && j.file.bytes.n == 0)
		r = report_refuse(&j.file.rep, IGD_ETRUNC, REPORT_NOWHERE, "is empty");
	if (r == 0) {
		if (w->rom.device_known)
			rom_file_for(&j.file, w->rom.vendor, w->rom.device);
		rom_case_make(&w->rom, j.file.name, j.file.bytes.n, j.file.found ? &j.file.chain : NULL,
			      j.file.rep.refusal.text, j.file.payloads, &j.c);
		r = rom_verify(&j.c, &j.all);
	}
	if (r < 0) {
		status = json_refused(w->cli, "rom-verify", w->cli->args[i], &j.file.rep, r, out, err);
		rom_file_done(&j.file);
		return status;
	}
	report_notes_to(w->cli, &j.file.rep, err);
	status = status_of(&j);
	view_init(&v, w->cli, out);
	if (w->cli->json)
		json_print(verify_json(&j), w->cli->n_args == 1, out);
	else
		verify_text(&v, &j);
	findings_done(&j.all);
	rom_file_done(&j.file);
	return status;
}

static int wish_read(const struct cli *cli, struct wish *w)
{
	if (cli->n_args == 0)
		return usage_error("rom verify", "name a ROM file, or - for standard input");
	if (cli->min && !severity_parse(cli->min, &w->min))
		return usage_error("rom verify", "no severity \"%.20s\"; there are benign, note, warn, block",
				   cli->min);
	if (cli->device && !input_device(cli->device, &w->rom.vendor, &w->rom.device))
		return usage_error("rom verify", "\"%.20s\" is no id of a device; they look like 8086:3e92",
				   cli->device);
	if (cli->device && (cli->root || cli->capture || cli->host))
		return usage_error("rom verify",
				   "--device is for a GPU without its host; --root, --capture or --host name one");
	w->rom.device_known = cli->device != NULL;
	w->rom.device_from = "--device";
	return rom_wish_read(cli, "rom verify", &w->rom);
}

/* The GPU and the QEMU of the host that was named. 0, or the status of a failure. */
static int host_take(struct wish *w, struct facts **ret)
{
	const struct cli *cli = w->cli;
	const struct pci_fn *gpu;
	struct report rep = { 0 };
	struct facts *f;
	int r;

	if (!cli->host && !cli->root && !cli->capture)
		return EXIT_DONE;
	r = input_read(cli, NULL, &f, &rep);
	if (r < 0)
		return report_failed(&rep, r, input_name(cli, NULL));
	report_notes(cli, &rep);
	*ret = f;
	w->host = f->input;
	gpu = f->igd.pci >= 0 ? &f->pci[f->igd.pci] : NULL;
	w->rom.device_known = gpu && gpu->id.known;
	if (w->rom.device_known) {
		w->rom.vendor = pci_fn_vendor(gpu);
		w->rom.device = pci_fn_device(gpu);
		w->rom.device_from = gpu->id.from;
	} else {
		w->rom.device_why = facts_why(gpu ? gpu->id.from : f->igd.present.from);
	}
	if (!w->rom.qemu && f->qemu.v) {
		w->rom.qemu = f->qemu.v;
		w->rom.qemu_from = f->qemu.from;
	}
	return EXIT_DONE;
}

static int rom_verify_run(const struct cli *cli)
{
	struct wish w = { .cli = cli, .min = SEV_WARN };
	struct facts *host = NULL;
	int status = wish_read(cli, &w);

	if (status == EXIT_DONE)
		status = host_take(&w, &host);
	if (status == EXIT_DONE)
		status = batch_run(verify, &w, (size_t)cli->n_args);
	facts_free(host);
	return status;
}

static const struct option_row verify_options[] = {
	{ 0, "device", "VENDOR:DEVICE", "the GPU it is for, 8086:3e92; or name its host" },
	{ 0, "host", NULL, "for the GPU of the host this runs on, and its QEMU" },
	{ 0, "machine", "MACHINE", "the guest's machine, pc (i440fx) or q35" },
	{ 0, "guest-firmware", "FIRMWARE", "seabios or ovmf; without it what can use the images" },
	{ 0, "qemu", "RELEASE", "the QEMU that will hand it over, 10.1; else the host's" },
	{ 0, "min", "SEVERITY", "end with status 3 from this severity on: benign, note, warn (default) or block" },
	{ 0, NULL, NULL, NULL },
};

static const char *const verify_examples[] = {
	"a VBIOS for SeaBIOS on this host",
	"sudo igdctl rom verify --host --guest-firmware seabios vbios.rom",
	"an option ROM with UEFI drivers for a Coffee Lake",
	"igdctl rom verify --device 8086:3e92 --machine pc --guest-firmware ovmf igd.rom",
	NULL,
};

const struct command command_rom_verify = {
	.name = "rom verify",
	.effect = READS,
	.synopsis = "[OPTION...] FILE...",
	.summary = "Judge a ROM file: will it work as romfile of this GPU",
	.about = ("Tells what QEMU, SeaBIOS and OVMF will make of a file that is given to a GPU as romfile: whether "
		  "they find the images, whether those are for this firmware, this machine and this device, whether "
		  "the checksum is right - what is wrong they pass over without a word.\n\nThe device is the one of "
		  "--device, or the GPU of the host that --host, --root or --capture name. Nothing is changed. With "
		  "several files and --json the answer is one object a line."),
	.options = verify_options,
	.examples = verify_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_FINDINGS, -1 },
	.run = rom_verify_run,
};
