// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rom_build.c - an option ROM out of this project's drivers and the owner's files: one file that QEMU gives to the
 * GPU as romfile.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/deliver.h"
#include "cli/findings.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/parts.h"
#include "cli/rom.h"
#include "fw/oprom_make.h"
#include "plan/plan.h"
#include "store/vm_qemu.h"

#define COMMAND	  "rom build"
#define SCHEMA	  "rom-build"
#define PIECES	  (ARRAY_SIZE(((struct parts *)NULL)->drivers) + 4) /* a VBIOS, two of ours, the owner's, a GOP */
#define ID_NOBODY 0xffff

struct piece {		  /* an image to be */
	const char *kind; /* "vbios", "assignment", "policy", "driver", "gop" */
	const char *what; /* for people */
	const char *version;
	struct rom_source source; /* .file NULL: this program brings it */
};

struct build {
	const struct cli *cli;
	struct parts parts;
	struct piece pieces[PIECES];
	size_t n;
	struct buffer rom;
	struct rom_file file; /* the ROM read again */
	struct rom_wish wish;
	struct findings found;
	char path[HOST_PATH_MAX];
	bool written;
	struct report rep;
};

/* ---- the images --------------------------------------------------------------------------------------------- */

static void piece_add(struct build *b, const char *kind, const char *what, struct rom_source source)
{
	b->pieces[b->n++] = (struct piece) { .kind = kind, .what = what, .source = source };
}

static void vbios_add(struct build *b)
{
	const struct rom_source *s = &b->parts.vbios;
	bool same = s->vendor == b->parts.device.vendor && s->device == b->parts.device.device;

	if (s->file)
		piece_add(b, "vbios",
			  same ? "VBIOS"
			       : arena_printf(&b->parts.arena, "VBIOS, made for %04x:%04x", s->vendor, s->device),
			  *s);
}

static void ours_add(struct build *b)
{
	static const char *const kinds[] = { [IGD_DRIVER_ASSIGNMENT] = "assignment", [IGD_DRIVER_POLICY] = "policy" };
	struct arena *a = &b->parts.arena;

	for (enum igd_driver d = 0; !b->cli->bare && d < IGD_DRIVERS; d++) {
		struct rom_source s = { .bytes = parts_own(&b->parts, d) };
		struct igd_driver_mark mark = { .version = "" };
		bool marked = igd_driver_is(s.bytes, &mark);

		piece_add(b, kinds[d],
			  arena_printf(a, "%s%s%s%s%s", igd_driver_name(d), marked ? " " : "", mark.version,
				       mark.vbt.p ? ", with the VBT " : "", mark.vbt.p ? b->parts.vbt.name : ""),
			  s);
		b->pieces[b->n - 1].version = marked ? arena_str(a, mark.version) : NULL;
	}
}

static void drivers_add(struct build *b)
{
	for (size_t i = 0; i < b->parts.n_drivers; i++) {
		const struct part_driver *d = &b->parts.drivers[i];

		piece_add(b, "driver", arena_printf(&b->parts.arena, "driver %s", d->name), d->source);
	}
}

static void gop_add(struct build *b)
{
	const struct rom_source *s = &b->parts.gop.source;

	if (!s->file)
		return;
	piece_add(b, "gop",
		  arena_printf(&b->parts.arena, "%s GOP driver %s", s->gop->vendor == 0x1002 ? "AMD" : "Intel",
			       *s->gop->version ? s->gop->version : "of a build that is not stated"),
		  *s);
	if (*s->gop->version)
		b->pieces[b->n - 1].version = s->gop->version;
}

static int rom_make(struct build *b)
{
	struct oprom_part parts[PIECES];
	const struct fw_device *d = &b->parts.device;
	struct oprom_plan plan = { .vendor = d->known ? d->vendor : 0x8086,
				   .device = d->known ? d->device : ID_NOBODY,
				   .class_code = 0x030000,
				   .parts = parts,
				   .n = b->n };

	for (size_t i = 0; i < b->n; i++)
		parts[i] =
			(struct oprom_part) { .code = strcmp(b->pieces[i].kind, "vbios") == 0 ? OPROM_PC : OPROM_EFI,
					      .bytes = b->pieces[i].source.bytes,
					      .compress = b->cli->compress };
	report_subject(&b->rep, "%s", "");
	return oprom_make(&plan, &b->rom, &b->rep);
}

/* ---- what the guest's firmware makes of it ------------------------------------------------------------------ */

static void nobody_tell(struct build *b)
{
	report_subject(&b->parts.says, "%s", "");
	report_note(&b->parts.says, REPORT_NOWHERE,
		    "no GPU was found or named, so the ROM is made for 8086:ffff: OVMF takes that, SeaBIOS would "
		    "not; --device 8086:3e92 names one");
}

static int judge(struct build *b)
{
	struct rom_case c;

	b->wish.device_known = b->parts.device.known;
	b->wish.vendor = b->parts.device.vendor;
	b->wish.device = b->parts.device.device;
	b->wish.device_from = b->parts.device_from;
	if (!b->wish.qemu && b->parts.f && b->parts.f->qemu.v) {
		b->wish.qemu = b->parts.f->qemu.v;
		b->wish.qemu_from = b->parts.f->qemu.from;
	}
	rom_file_look(b->cli->output ? b->cli->output : "igd.rom", buffer_span(&b->rom), &b->file);
	if (!b->file.found || b->file.chain.n != b->n)
		return report_refuse(&b->rep, IGD_EMAGIC, REPORT_NOWHERE,
				     "the ROM does not read as the %zu images it was made of; this is a mistake of "
				     "igdctl, please report it",
				     b->n);
	if (b->parts.device.known)
		rom_file_for(&b->file, b->parts.device.vendor, b->parts.device.device);
	else
		nobody_tell(b);
	rom_case_make(&b->wish, b->file.name, b->rom.n, &b->file.chain, NULL, b->file.payloads, &c);
	return rom_verify(&c, &b->found);
}

static bool blocked(const struct build *b)
{
	return b->found.n_fail && b->found.worst == SEV_BLOCK && !b->cli->force;
}

/* All that was noticed goes to stderr: what was taken though it is odd, then what the firmware cannot use. */
static void says_print(struct build *b)
{
	struct view v;

	parts_tell(&b->parts);
	report_notes(b->cli, &b->rep);
	view_init(&v, b->cli, stderr);
	v.color = false;
	for (size_t i = 0; i < b->found.n; i++)
		if (b->found.v[i].verdict == VERDICT_FAIL && b->found.v[i].check->severity > SEV_NOTE)
			finding_text(&v, b->cli->verbose, &b->parts.arena, &b->found.v[i]);
	if (blocked(b))
		fprintf(stderr,
			"igdctl: nothing was written: it cannot work as it is; --force writes it all the same\n");
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

/* 0 or a refusal; nothing is written where the guest's firmware cannot use it. */
static int write_rom(struct build *b)
{
	int r;

	if (blocked(b))
		return 0;
	r = deliver_result(b->cli, "igd.rom", buffer_span(&b->rom), b->parts.inputs, b->path, &b->rep);
	b->written = r == 0;
	return r < 0 ? r : 0;
}

/* ---- as text ------------------------------------------------------------------------------------------------ */

static const char *size_packed(const struct build *b, size_t i, struct arena *a)
{
	const struct oprom *o = &b->file.chain.images[i];

	return o->efi.compression ? arena_printf(a, "%zu", o->efi.payload.n) : "-";
}

/* How the VM gets it: Proxmox has its ROM files in one folder and names them without it. */
static void use_text(struct build *b)
{
	struct arena *a = &b->parts.arena;
	const char *slash = strrchr(b->path, '/');
	char *real = realpath(b->path, NULL);
	const struct cli *cli = b->cli;
	const char *from = cli->root	  ? arena_printf(a, "--root %s", shell_quoted(cli->root, a))
			   : cli->capture ? arena_printf(a, "--capture %s", shell_quoted(cli->capture, a))
					  : arena_printf(a, "--device %04x:%04x", b->parts.device.vendor,
							 b->parts.device.device);

	printf("  Proxmox   copy it to /usr/share/kvm; igdctl vm render %s --target pve --rom %s\n", from,
	       shell_quoted(slash ? slash + 1 : b->path, a));
	printf("  others    igdctl vm render %s --target libvirt --rom %s (or qemu)\n", from,
	       shell_quoted(real ? arena_str(a, real) : b->path, a));
	free(real);
}

static void answer_text(struct build *b)
{
	static const char *const columns[] = { "IMAGE", "WHAT", "SIZE", "COMPRESSED", "ID", NULL };
	struct arena *a = &b->parts.arena;
	char sha256[65];
	struct libscols_table *t;
	struct view v;

	view_init(&v, b->cli, stdout);
	t = view_table(&v, false, columns);
	for (size_t i = 0; i < b->n; i++) {
		const struct oprom *o = &b->file.chain.images[i];
		size_t size = o->code_type == OPROM_PC ? o->bytes.n : b->file.drivers[i].pe_size;

		view_line(t, NULL,
			  (const char *const[]) { arena_printf(a, "%zu", i + 1), b->pieces[i].what,
						  arena_printf(a, "%zu", size), size_packed(b, i, a),
						  arena_printf(a, "%04x:%04x", o->vendor, o->device), NULL });
	}
	view_table_end(&v, t);
	plan_sha256(buffer_span(&b->rom), sha256);
	printf("\n%s %s, %zu bytes\nSHA-256 %s\n", b->written ? "Written:" : "Would be written:", b->path, b->rom.n,
	       sha256);
	if (!b->written)
		return;
	fputc('\n', stdout);
	fw_next(stdout,
		b->parts.device.known ? arena_printf(a, "rom verify --device %04x:%04x", b->parts.device.vendor,
						     b->parts.device.device)
				      : "rom verify",
		b->path);
	if (b->parts.device.known)
		use_text(b);
}

/* ---- as JSON ------------------------------------------------------------------------------------------------ */

static json_t *number(size_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *image_json(const struct build *b, size_t i)
{
	const struct oprom *o = &b->file.chain.images[i];
	const struct rom_driver *d = &b->file.drivers[i];
	const struct piece *p = &b->pieces[i];
	json_t *j = json_object();

	json_object_set_new(j, "kind", json_text(p->kind));
	json_object_set_new(j, "says", json_text(p->what));
	json_object_set_new(j, "version", json_text(p->version));
	json_object_set_new(j, "file", json_text(p->source.file));
	json_object_set_new(j, "offset", number(o->at));
	json_object_set_new(j, "size", number(o->bytes.n));
	json_object_set_new(j, "driver_size", o->code_type == OPROM_EFI ? number(d->pe_size) : json_null());
	json_object_set_new(j, "driver_sha256", o->code_type == OPROM_EFI ? json_text(d->sha256) : json_null());
	json_object_set_new(j, "compressed_size", o->efi.compression ? number(o->efi.payload.n) : json_null());
	json_object_set_new(j, "id", json_sprintf("%04x:%04x", o->vendor, o->device));
	return j;
}

static json_t *vbt_json(const struct build *b)
{
	if (!b->parts.vbt_from)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:b}", "from", json_text(b->parts.vbt_from), "name",
			 json_text(b->parts.vbt.name), "size", number(b->parts.vbt.size), "checksum_ok",
			 vbt_sum_ok(&b->parts.vbt));
}

static json_t *notes_json(const struct build *b)
{
	char line[REPORT_TEXT + 128];
	json_t *list = json_array();

	for (size_t i = 0; i < b->parts.says.n_notes; i++) {
		report_entry_str(&b->parts.says.notes[i], line, sizeof(line));
		json_array_append_new(list, json_text(line));
	}
	return list;
}

static bool answer_json(const struct build *b)
{
	json_t *top = json_top(SCHEMA, input_name(b->cli, NULL)), *images = json_array(), *findings = json_array();
	char sha256[65];

	for (size_t i = 0; i < b->n; i++)
		json_array_append_new(images, image_json(b, i));
	for (size_t i = 0; i < b->found.n; i++)
		json_array_append_new(findings, finding_json(&b->found.v[i]));
	plan_sha256(buffer_span(&b->rom), sha256);
	json_object_set_new(top, "device",
			    b->parts.device.known
				    ? json_sprintf("%04x:%04x", b->parts.device.vendor, b->parts.device.device)
				    : json_null());
	json_object_set_new(top, "device_from", json_text(b->parts.device_from));
	json_object_set_new(top, "images", images);
	json_object_set_new(top, "vbt", vbt_json(b));
	json_object_set_new(top, "size", number(b->rom.n));
	json_object_set_new(top, "sha256", json_string(sha256));
	json_object_set_new(top, "path", *b->path ? json_text(b->path) : json_null());
	json_object_set_new(top, "written", json_boolean(b->written));
	json_object_set_new(top, "notes", notes_json(b));
	json_object_set_new(top, "findings", findings);
	return json_print(top, true, stdout);
}

/* ---- the command -------------------------------------------------------------------------------------------- */

static int options_check(const struct cli *cli, struct rom_wish *w)
{
	int status;

	if (cli->n_args)
		return usage_error(COMMAND, "\"%.60s\" is no option; --gop, --vbt, --vbios and --driver name files",
				   cli->args[0]);
	status = parts_options(cli, COMMAND);
	return status == EXIT_DONE ? rom_wish_read(cli, COMMAND, w) : status;
}

static int build(struct build *b)
{
	int r = parts_read(b->cli, true, &b->parts, &b->rep);

	if (r < 0)
		return r;
	vbios_add(b);
	ours_add(b);
	drivers_add(b);
	gop_add(b);
	r = rom_make(b);
	return r < 0 ? r : judge(b);
}

static int answer(struct build *b)
{
	const char *name = input_name(b->cli, NULL);
	int r = build(b);

	says_print(b);
	if (r == 0)
		r = write_rom(b);
	if (r < 0)
		return json_refused(b->cli, SCHEMA, name, &b->rep, r, stdout, stderr);
	if (b->cli->json && !answer_json(b))
		return report_failed(NULL, -IGD_ENOMEM, COMMAND);
	if (!b->cli->json && !blocked(b))
		answer_text(b);
	return blocked(b) ? EXIT_FINDINGS : EXIT_DONE;
}

static int rom_build_run(const struct cli *cli)
{
	struct build b = { .cli = cli };
	int status = options_check(cli, &b.wish);

	if (status == EXIT_DONE)
		status = answer(&b);
	findings_done(&b.found);
	rom_file_done(&b.file);
	buffer_done(&b.rom);
	parts_done(&b.parts);
	return status;
}

static const struct option_row build_options[] = {
	{ 'o', "output", "FILE", "write the ROM there (default: igd.rom)" },
	{ 0, "gop", "FILE", "the board's GOP driver: a PE, or an option ROM that has it" },
	{ 0, "vbt", "FILE", "the board's VBT, for the GOP driver: a VBT, an OpRegion or a VBIOS" },
	{ 0, "vbt-from-host", NULL, "the VBT that the machine's own driver was given" },
	{ 0, "vbios", "FILE", "a legacy VBIOS in front, for SeaBIOS" },
	{ 0, "driver", "FILE", "one more UEFI driver; may be given again" },
	{ 0, "bare", NULL, "without igdctl's own drivers" },
	{ 0, "compress", NULL, "compress the drivers, where that makes them smaller" },
	{ 0, "device", "ID", "the GPU it is for, 8086:3e92; else this machine's, or that of --root and --capture" },
	{ 0, "machine", "MACHINE", "the guest's machine, pc (i440fx) or q35" },
	{ 0, "guest-firmware", "FIRMWARE", "seabios or ovmf; without it what can use the images" },
	{ 0, "qemu", "RELEASE", "the QEMU that will hand it over, 10.1; else the machine's" },
	{ 0, "force", NULL, "write over a file that is there, and what will not work" },
	{ 0, NULL, NULL, NULL },
};

static const char *const build_examples[] = {
	"igdctl's drivers with the board's GOP driver and this machine's VBT",
	"sudo igdctl rom build --gop gop.efi --vbt-from-host -o igd.rom",
	"the same on another machine, out of its firmware's parts",
	"igdctl rom build --device 8086:3e92 --gop gop.efi --vbt vbt.bin --compress -o igd.rom",
	"one file for SeaBIOS and OVMF",
	"igdctl rom build --device 8086:5912 --vbios vbios.rom --gop gop.efi -o both.rom",
	NULL,
};

const struct command command_rom_build = {
	.name = "rom build",
	.effect = READS,
	.output = OUTPUT_EITHER,
	.touches = parts_touches,
	.synopsis = "[OPTION...]",
	.summary = "Make an option ROM for the GPU of a VM: drivers, GOP, VBT, VBIOS in one file",
	.about = ("Puts into one PCI option ROM what a VM's firmware needs to use an Intel GPU that was passed "
		  "through: igdctl's driver IgdAssignment, which gives the guest its OpRegion and stolen memory, "
		  "GopPolicy, which hands the board's VBT to the GOP driver, the owner's own GOP driver, other "
		  "drivers, and in front a legacy VBIOS for SeaBIOS. Without any option the two drivers of igdctl "
		  "are in it, which is all that a guest's operating system needs.\n\nGOP driver and VBT have to be "
		  "the board's: igdctl fw extract takes them out of the vendor's firmware. What cannot run in a VM - "
		  "a driver for another machine, one that was cut short, a GOP driver for another generation - is "
		  "refused with the reason. The ROM is then judged as rom verify judges it; what blocks its use is "
		  "not written without --force.\n\nA ROM is for one GPU, and the ids matter to SeaBIOS alone. "
		  "Nothing is written but the file that -o names, and never over one that is read."),
	.options = build_options,
	.examples = build_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_FINDINGS, -1 },
	.run = rom_build_run,
};
