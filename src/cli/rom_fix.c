// SPDX-License-Identifier: GPL-2.0-or-later
/* rom_fix.c - a ROM file made good, as a new file; the one that is read is never touched. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/deliver.h"
#include "cli/findings.h"
#include "cli/fw.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/rom.h"
#include "fw/igd_id.h"
#include "fw/oprom_fix.h"

struct fixing {
	const struct cli *cli;
	struct rom_file was, is;
	const char *device_from; /* where the ids are from; NULL: they are left */
	struct oprom_fix_wish wish;
	struct oprom_changes changes;
	struct buffer out;
	struct findings left; /* what is not in order with the result */
	char path[HOST_PATH_MAX];
	bool written; /* not with --dry-run */
};

/* ---- for which device --------------------------------------------------------------------------------------- */

/* The image whose device a GPU's id may become; NULL: none. A ROM of a network card has another class; one without a
 * class is taken for a GPU's where somebody named a machine. */
static const struct oprom *display_image(const struct rom_file *rom, bool named)
{
	for (size_t i = 0; i < rom->chain.n; i++) {
		const struct oprom *o = &rom->chain.images[i];
		unsigned class = o->class_code >> 16;

		if (o->place == OPROM_CHAINED && (class == 3 || (named && class == 0)))
			return o;
	}
	return NULL;
}

/* The machine's one GPU of that vendor. With two nobody knows which. */
static const struct pci_fn *gpu_of(const struct facts *f, uint16_t vendor)
{
	const struct pci_fn *found = NULL;

	if (f->igd.pci >= 0 && f->pci[f->igd.pci].id.known && pci_fn_vendor(&f->pci[f->igd.pci]) == vendor)
		return &f->pci[f->igd.pci];
	for (size_t i = 0; i < f->n_pci; i++) {
		const struct pci_fn *fn = &f->pci[i];

		if (!fn->id.known || pci_fn_vendor(fn) != vendor || !igd_id_find(vendor, pci_fn_device(fn)))
			continue;
		if (found && found->id.v != fn->id.v)
			return NULL;
		found = fn;
	}
	return found;
}

/* Why the ids stay, where a machine was named; else nobody asked. */
static void ids_stay(const struct cli *cli, uint16_t vendor)
{
	if (cli->root || cli->capture)
		fprintf(stderr,
			"igdctl: %s: no GPU of %04x is known there, the ids are left; --device 8086:3e92 names one\n",
			input_name(cli, NULL), vendor);
}

/* Without --device the GPU of the machine, when it is of the ROM's vendor. */
static int device_of_machine(struct fixing *x)
{
	const struct cli *cli = x->cli;
	bool named = cli->root || cli->capture;
	const struct oprom *o = display_image(&x->was, named);
	const struct pci_fn *gpu;
	struct report rep = { 0 };
	struct facts *f;
	int r;

	if (!o)
		return EXIT_DONE;
	r = input_read(cli, NULL, &f, &rep);
	if (r < 0)
		return named ? report_failed(&rep, r, input_name(cli, NULL)) : EXIT_DONE;
	gpu = gpu_of(f, o->vendor);
	if (gpu) {
		x->wish.device_known = true;
		x->wish.vendor = pci_fn_vendor(gpu);
		x->wish.device = pci_fn_device(gpu);
		x->device_from = arena_str(&x->was.arena, named ? input_name(cli, NULL) : "this machine");
	} else {
		ids_stay(cli, o->vendor);
	}
	facts_free(f);
	return EXIT_DONE;
}

static int device_get(struct fixing *x)
{
	const struct cli *cli = x->cli;

	if (!cli->device)
		return device_of_machine(x);
	x->wish.device_known = input_device(cli->device, &x->wish.vendor, &x->wish.device);
	x->device_from = "--device";
	return EXIT_DONE;
}

/* ---- what was done ------------------------------------------------------------------------------------------ */

static json_t *value_json(const struct oprom_change *c, uint64_t v)
{
	if (!c->numbers)
		return json_null();
	if (strcmp(c->id, "device") == 0)
		return json_sprintf("%04x:%04x", (unsigned)(v >> 16), (unsigned)(v & 0xffff));
	return json_integer((json_int_t)v);
}

static const char *value_str(struct arena *a, const struct oprom_change *c, uint64_t v)
{
	if (strcmp(c->id, "device") == 0)
		return arena_printf(a, "%04x:%04x", (unsigned)(v >> 16), (unsigned)(v & 0xffff));
	if (c->at == 0 || strcmp(c->id, "padding") == 0 || strcmp(c->id, "length") == 0)
		return arena_printf(a, "%llu", (unsigned long long)v);
	return arena_printf(a, "0x%0*llx", (int)c->size * 2, (unsigned long long)v);
}

/* Can it keep the ROM from working? Remarks are for programs and for rom verify. */
static bool is_wrong(const struct finding *f)
{
	return f->verdict == VERDICT_FAIL && f->check->severity >= SEV_WARN;
}

static json_t *fix_json(const struct fixing *x)
{
	json_t *top = json_top("rom-fix", x->was.name), *changes = json_array(), *left = json_array();

	for (size_t i = 0; i < x->changes.n; i++) {
		const struct oprom_change *c = &x->changes.v[i];

		json_array_append_new(changes,
				      json_pack("{s:s, s:s, s:I, s:I, s:o, s:o}", "id", c->id, "says", c->says,
						"offset", (json_int_t)c->at, "size", (json_int_t)c->size, "from",
						value_json(c, c->before), "to", value_json(c, c->after)));
	}
	for (size_t i = 0; i < x->left.n; i++)
		if (x->left.v[i].verdict == VERDICT_FAIL)
			json_array_append_new(left, finding_json(&x->left.v[i]));
	json_object_set_new(top, "output", json_text(x->path));
	json_object_set_new(top, "written", json_boolean(x->written));
	json_object_set_new(top, "size", json_integer((json_int_t)x->out.n));
	json_object_set_new(top, "device",
			    x->wish.device_known ? json_sprintf("%04x:%04x", x->wish.vendor, x->wish.device)
						 : json_null());
	json_object_set_new(top, "device_from", json_text(x->device_from));
	json_object_set_new(top, "changes", changes);
	json_object_set_new(top, "findings", left);
	return top;
}

static void changes_text(struct fixing *x)
{
	struct arena *a = &x->was.arena;
	size_t width = 0;

	for (size_t i = 0; i < x->changes.n; i++)
		width = strlen(x->changes.v[i].says) > width ? strlen(x->changes.v[i].says) : width;
	for (size_t i = 0; i < x->changes.n; i++) {
		const struct oprom_change *c = &x->changes.v[i];

		printf("0x%06zx  %-*s  %s -> %s\n", c->at, (int)width, c->says, value_str(a, c, c->before),
		       value_str(a, c, c->after));
	}
}

static void fix_text(struct fixing *x)
{
	struct arena *a = &x->was.arena;
	size_t n = x->changes.n, n_left = 0;
	struct view v;

	view_init(&v, x->cli, stdout);
	view_paragraph(&v, PAINT_HEAD, "", 0,
		       arena_printf(a, "%s: %s%s", x->was.name,
				    n == 0   ? "it was good already"
				    : n == 1 ? "1 change"
					     : arena_printf(a, "%zu changes", n),
				    x->wish.device_known ? arena_printf(a, ", for %04x:%04x of %s", x->wish.vendor,
									x->wish.device, x->device_from)
							 : ""));
	changes_text(x);
	printf("%s %s, %zu bytes.\n", x->written ? "Wrote" : "Would write", x->path, x->out.n);
	for (size_t i = 0; i < x->left.n; i++)
		n_left += is_wrong(&x->left.v[i]);
	if (n_left)
		printf("\nWhat this cannot mend:\n\n");
	for (size_t i = 0; i < x->left.n; i++)
		if (is_wrong(&x->left.v[i]))
			finding_text(&v, x->cli->verbose, a, &x->left.v[i]);
	if (x->written && !n_left)
		fw_next(stdout,
			x->wish.device_known
				? arena_printf(a, "rom verify --device %04x:%04x", x->wish.vendor, x->wish.device)
				: "rom verify",
			x->path);
}

/* ---- the command -------------------------------------------------------------------------------------------- */

static int verify(struct fixing *x)
{
	const struct rom_wish wish = { .device_known = x->wish.device_known,
				       .vendor = x->wish.vendor,
				       .device = x->wish.device,
				       .device_from = x->device_from };
	struct rom_case c;

	rom_file_look(x->path, buffer_span(&x->out), &x->is);
	if (wish.device_known)
		rom_file_for(&x->is, wish.vendor, wish.device);
	rom_case_make(&wish, x->path, x->out.n, x->is.found ? &x->is.chain : NULL, x->is.rep.refusal.text,
		      x->is.payloads, &c);
	return rom_verify(&c, &x->left);
}

/* The name of the result where -o is a folder: that of the input. */
static const char *name_of(const struct fixing *x)
{
	const char *slash = strrchr(x->was.name, '/');

	return strcmp(x->was.name, "-") == 0 ? "fixed.rom" : slash ? slash + 1 : x->was.name;
}

static int deliver(struct fixing *x)
{
	const char *const inputs[] = { x->was.name, NULL };
	int r = deliver_result(x->cli, name_of(x), buffer_span(&x->out), inputs, x->path, &x->was.rep);

	x->written = r == 0;
	return r < 0 ? r : verify(x);
}

static int status_of(const struct fixing *x)
{
	for (size_t i = 0; i < x->left.n; i++)
		if (is_wrong(&x->left.v[i]))
			return EXIT_FINDINGS;
	return EXIT_DONE;
}

static int told(struct fixing *x)
{
	report_notes_to(x->cli, &x->was.rep, stderr);
	if (x->cli->json)
		json_print(fix_json(x), true, stdout);
	else
		fix_text(x);
	return status_of(x);
}

static int file_fix(struct fixing *x)
{
	struct report *rep = &x->was.rep;
	int r = rom_file_read(x->cli->args[0], &x->was), status;

	if (r == 0 && !x->was.found)
		r = rep->code;
	if (r == -IGD_EMAGIC)
		report_more(rep, "; igdctl fw scan says what it is");
	if (r == 0) {
		status = device_get(x);
		if (status != EXIT_DONE)
			return status;
		r = oprom_fix(x->was.bytes, &x->wish, &x->was.arena, &x->out, &x->changes, rep);
	}
	r = r < 0 ? r : deliver(x);
	return r < 0 ? json_refused(x->cli, "rom-fix", x->was.name, rep, r, stdout, stderr) : told(x);
}

static int rom_fix_run(const struct cli *cli)
{
	struct fixing x = { .cli = cli };
	uint16_t vendor, device;
	int status;

	if (cli->n_args != 1)
		return usage_error("rom fix", "name one ROM file, or - for standard input");
	if (!cli->output)
		return usage_error("rom fix", "-o FILE names the new ROM; the one that is read stays as it is");
	if (cli->device && !input_device(cli->device, &vendor, &device))
		return usage_error("rom fix", "\"%.20s\" is no id of a device; they look like 8086:3e92",
				   cli->device);
	if (cli->device && (cli->root || cli->capture))
		return usage_error("rom fix", "--device is for a GPU without its host; --root or --capture name one");
	status = file_fix(&x);
	findings_done(&x.left);
	buffer_done(&x.out);
	rom_file_done(&x.is);
	rom_file_done(&x.was);
	return status;
}

static const struct option_row fix_options[] = {
	{ 'o', "output", "FILE", "the new ROM, a file or a folder; needed" },
	{ 0, "device", "VENDOR:DEVICE", "the GPU it is for, 8086:3e92; without it that of the machine" },
	{ 0, "force", NULL, "write over a file that is there" },
	{ 0, NULL, NULL, NULL },
};

static const char *const fix_examples[] = {
	"the VBIOS of a download, for the GPU of this machine",
	"igdctl rom fix -o igd.rom vbios.rom",
	"for a GPU that is not here",
	"igdctl rom fix --device 8086:3e92 -o igd.rom vbios.rom",
	"what it would change",
	"igdctl rom fix -n -o igd.rom vbios.rom",
	NULL,
};

const struct command command_rom_fix = {
	.name = "rom fix",
	.effect = READS,
	.output = OUTPUT_EITHER,
	.synopsis = "[OPTION...] -o FILE ROM",
	.summary = "Make a ROM file good: device id, checksum, lengths, last flag, size",
	.about = ("Writes a copy of a ROM in which firmware finds what it looks for, and prints each change: the "
		  "device id in the PCIR of each image, the byte sum of a VBIOS, lengths and last flags, the base of "
		  "the host's stolen memory that a VBIOS keeps once it has run, bytes before the first image, and "
		  "padding to 4 KiB, less than which OVMF does not look at. A ROM that is good is copied.\n\nThe "
		  "device is that of --device; without it the GPU of the machine that --root or --capture name, or "
		  "of this one, when it has one of the ROM's vendor and the ROM is for displays. Otherwise the ids "
		  "are left. The list of devices in a VBIOS is left in each case: it goes by that list itself.\n\nA "
		  "ROM that was cut short is refused, and so are ids of another vendor. The status is 3 when "
		  "something stays that can keep the ROM from working; it is written all the same, and told in the "
		  "words of rom verify."),
	.options = fix_options,
	.examples = fix_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_FINDINGS, -1 },
	.run = rom_fix_run,
};
