// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rom_build.c - an option ROM out of this project's drivers and the owner's files: one file that QEMU gives to the
 * GPU as romfile.
 */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "cli/deliver.h"
#include "cli/findings.h"
#include "cli/fw.h"
#include "cli/fw_host.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/rom.h"
#include "cli/rom_source.h"
#include "cli/vbt_file.h"
#include "facts/host_fw.h"
#include "fw/igd_driver.h"
#include "fw/oprom_make.h"
#include "plan/plan.h"

#define COMMAND	  "rom build"
#define SCHEMA	  "rom-build"
#define DRIVERS	  (sizeof(((struct words *)NULL)->v) / sizeof(*((struct words *)NULL)->v))
#define PIECES	  (DRIVERS + 4) /* a VBIOS, two of ours, the owner's drivers, a GOP */
#define ID_NOBODY 0xffff

struct piece {		  /* an image to be */
	const char *kind; /* "vbios", "assignment", "policy", "driver", "gop" */
	const char *what; /* for people */
	const char *version;
	struct rom_source source; /* .file NULL: this program brings it */
};

struct vbt_source {
	const char *from;	/* a file, or what of the machine; NULL: no VBT */
	struct vbt_info info;	/* borrows from one of the two below */
	struct vbt_file file;	/* --vbt */
	struct host_fw machine; /* --vbt-from-host */
};

struct build {
	const struct cli *cli;
	struct arena arena;
	struct facts *f;
	struct host *h;
	struct fw_device device;
	const char *device_from; /* "--device", or where it was read; NULL: not known */
	struct vbt_source vbt;
	struct buffer policy; /* with the VBT */
	struct piece pieces[PIECES];
	size_t n;
	struct buffer rom;
	struct rom_file file; /* the ROM read again */
	struct rom_wish wish;
	struct findings found;
	char path[HOST_PATH_MAX];
	bool written;
	struct report says; /* what is odd and was taken */
	struct report rep;
};

/* ---- the machine -------------------------------------------------------------------------------------------- */

static bool machine_named(const struct cli *cli)
{
	return cli->root || cli->capture || cli->vbt_from_host;
}

/* The facts of a machine: of the one that is named, or of this one, which may have nothing to tell. */
static int machine_read(struct build *b)
{
	const struct cli *cli = b->cli;
	int r;

	if (cli->device && !machine_named(cli))
		return 0;
	r = cli->vbt_from_host ? input_machine(cli, &b->f, &b->h, &b->rep) : input_read(cli, NULL, &b->f, &b->rep);
	if (r < 0 && !machine_named(cli)) {
		facts_free(b->f);
		b->f = NULL;
		b->rep = (struct report) { 0 };
		return 0;
	}
	return r < 0 || b->f ? r : -IGD_ENOMEM;
}

static int device_get(struct build *b)
{
	const struct cli *cli = b->cli;

	b->device.known = cli->device && input_device(cli->device, &b->device.vendor, &b->device.device);
	if (b->device.known)
		b->device_from = "--device";
	else if (b->f && fw_display_of(b->f, &b->device))
		b->device_from = b->f->input;
	if (b->device.known && b->device.vendor != 0x8086 && !cli->bare)
		return report_refuse(
			&b->rep, IGD_EUSAGE, REPORT_NOWHERE,
			"igdctl's drivers are for Intel's GPUs, and %s says %04x:%04x; --device 8086:3e92 "
			"names another GPU, --bare leaves the drivers out",
			b->device_from, b->device.vendor, b->device.device);
	if (!b->device.known && cli->vbios_file)
		return report_refuse(
			&b->rep, IGD_ENOENT, REPORT_NOWHERE,
			"which GPU the VBIOS is for is not known, and SeaBIOS runs it for that one alone; "
			"--device 8086:3e92 names it");
	if (!b->device.known)
		b->device = (struct fw_device) { false, 0x8086, ID_NOBODY };
	return 0;
}

/* ---- the VBT ------------------------------------------------------------------------------------------------ */

/* The VBT of the GPU that is Intel's, else of the first that has one. */
static const struct host_fw_piece *vbt_of(const struct build *b, const struct host_fw_source **ret)
{
	const struct pci_fn *igd = b->f->igd.pci >= 0 ? &b->f->pci[b->f->igd.pci] : NULL;
	const struct host_fw_piece *best = NULL;

	for (size_t i = 0; i < b->vbt.machine.n; i++) {
		const struct host_fw_source *s = &b->vbt.machine.v[i];

		for (size_t k = 0; k < s->n_pieces; k++) {
			if (s->pieces[k].kind != HOST_FW_VBT ||
			    (best && (!igd || s->gpu != igd || (*ret)->gpu == igd)))
				continue;
			best = &s->pieces[k];
			*ret = s;
		}
	}
	return best;
}

#define VBT_ELSE "; --vbt FILE names one, as igdctl fw extract --vbt takes it out of the vendor's firmware"

static int vbt_missing(struct build *b)
{
	for (size_t i = 0; i < b->vbt.machine.n; i++)
		if (b->vbt.machine.v[i].can[HOST_FW_VBT])
			fprintf(stderr, "igdctl: no VBT by %s: %s\n", b->vbt.machine.v[i].source,
				b->vbt.machine.v[i].why);
	return report_refuse(&b->rep, IGD_ENOENT, REPORT_NOWHERE, "no VBT is to be had there" VBT_ELSE);
}

static int vbt_from_machine(struct build *b)
{
	const bool live = host_is_live(b->h), act = live && !b->cli->dry_run;
	const struct host_fw_options o = {
		.want = { [HOST_FW_VBT] = true },
		.device = b->cli->device,
		.rom = act ? &rom_switch_sysfs : NULL,
		.no_rom = "it has to be switched on to be read, which --dry-run does not do",
		.vfio = act && b->cli->yes ? &vfio_kernel : NULL,
		.no_vfio = !live ? "only this machine's own devices can be opened"
			   : b->cli->yes
				   ? "opening the device resets it, which --dry-run does not do"
				   : "opening the device resets it, twice: with no VM running on it, --yes does that",
	};
	const struct host_fw_source *source = NULL;
	const struct host_fw_piece *piece;
	int r;

	report_subject(&b->rep, "%s", b->f->input);
	r = host_fw_read(b->f, b->h, &o, &b->vbt.machine, &b->rep);
	if (r == -IGD_ENOENT)
		report_more(&b->rep, VBT_ELSE);
	if (r < 0)
		return r;
	piece = vbt_of(b, &source);
	if (!piece)
		return vbt_missing(b);
	b->vbt.from = arena_printf(&b->arena, "%s by %s", b->f->input, source->source);
	report_subject(&b->rep, "%s", b->vbt.from);
	return vbt_read(piece->bytes, &b->vbt.info, &b->rep);
}

static int vbt_get(struct build *b)
{
	int r = 0;

	if (b->f && b->h) { /* opened for --vbt-from-host alone */
		r = vbt_from_machine(b);
	} else if (b->cli->vbt_file) {
		r = vbt_file_read(b->cli->vbt_file, &b->vbt.file, &b->rep);
		b->vbt.from = b->cli->vbt_file;
		b->vbt.info = b->vbt.file.info;
	}
	if (r < 0 || !b->vbt.from)
		return r;
	report_subject(&b->says, "%s", b->vbt.from);
	if (!vbt_sum_ok(&b->vbt.info))
		report_note(
			&b->says, REPORT_NOWHERE,
			"the VBT's checksum is wrong, as it is in half of all; GopPolicy puts it right in the guest");
	return igd_policy_with_vbt(b->vbt.info.bytes, &b->policy, &b->rep);
}

/* ---- the images --------------------------------------------------------------------------------------------- */

static void piece_add(struct build *b, const char *kind, const char *what, struct rom_source source)
{
	b->pieces[b->n++] = (struct piece) { .kind = kind, .what = what, .source = source };
}

static int vbios_get(struct build *b)
{
	struct rom_source s;
	int r;

	if (!b->cli->vbios_file)
		return 0;
	r = rom_vbios_read(b->cli->vbios_file, &b->arena, &s, &b->rep);
	if (r < 0)
		return r;
	piece_add(b, "vbios",
		  s.vendor == b->device.vendor && s.device == b->device.device
			  ? "VBIOS"
			  : arena_printf(&b->arena, "VBIOS, made for %04x:%04x", s.vendor, s.device),
		  s);
	return 0;
}

static void ours_get(struct build *b)
{
	static const char *const kinds[] = { [IGD_DRIVER_ASSIGNMENT] = "assignment", [IGD_DRIVER_POLICY] = "policy" };

	for (enum igd_driver d = 0; !b->cli->bare && d < IGD_DRIVERS; d++) {
		bool with = d == IGD_DRIVER_POLICY && b->policy.p;
		struct rom_source s = { .bytes = with ? buffer_span(&b->policy) : igd_driver_bytes(d) };
		struct igd_driver_mark mark = { .version = "" };
		bool marked = igd_driver_is(s.bytes, &mark);

		piece_add(b, kinds[d],
			  arena_printf(&b->arena, "%s%s%s%s%s", igd_driver_name(d), marked ? " " : "", mark.version,
				       with ? ", with the VBT " : "", with ? b->vbt.info.name : ""),
			  s);
		b->pieces[b->n - 1].version = marked ? arena_str(&b->arena, mark.version) : NULL;
	}
}

static const char *base_of(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? slash + 1 : file;
}

static int drivers_get(struct build *b)
{
	const struct words *w = &b->cli->drivers;

	for (size_t i = 0; i < w->n; i++) {
		struct rom_source s;
		int r = rom_driver_read(w->v[i], &b->arena, &s, &b->rep);

		if (r < 0)
			return r;
		piece_add(b, "driver", arena_printf(&b->arena, "driver %s", base_of(w->v[i])), s);
	}
	return 0;
}

static int gop_get(struct build *b)
{
	struct rom_source s;
	int r;

	if (!b->cli->gop_file)
		return 0;
	r = rom_gop_read(b->cli->gop_file, &b->device, b->cli->force, &b->arena, &s, &b->says, &b->rep);
	if (r < 0)
		return r;
	piece_add(b, "gop",
		  arena_printf(&b->arena, "%s GOP driver %s", s.gop->vendor == 0x1002 ? "AMD" : "Intel",
			       *s.gop->version ? s.gop->version : "of a build that is not stated"),
		  s);
	if (*s.gop->version)
		b->pieces[b->n - 1].version = s.gop->version;
	return 0;
}

static int rom_make(struct build *b)
{
	struct oprom_part parts[PIECES];
	struct oprom_plan plan = { .vendor = b->device.vendor,
				   .device = b->device.device,
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
	report_subject(&b->says, "%s", "");
	report_note(
		&b->says, REPORT_NOWHERE,
		"no GPU was found or named, so the ROM is made for 8086:ffff: OVMF takes that, SeaBIOS would not; "
		"--device 8086:3e92 names one");
}

static int judge(struct build *b)
{
	struct rom_case c;

	b->wish.device_known = b->device.known;
	b->wish.vendor = b->device.vendor;
	b->wish.device = b->device.device;
	b->wish.device_from = b->device_from;
	if (!b->wish.qemu && b->f && b->f->qemu.v) {
		b->wish.qemu = b->f->qemu.v;
		b->wish.qemu_from = b->f->qemu.from;
	}
	rom_file_look(b->cli->output ? b->cli->output : "igd.rom", buffer_span(&b->rom), &b->file);
	if (!b->file.found || b->file.chain.n != b->n)
		return report_refuse(
			&b->rep, IGD_EMAGIC, REPORT_NOWHERE,
			"the ROM does not read as the %zu images it was made of; this is a mistake of igdctl, "
			"please report it",
			b->n);
	if (b->device.known)
		rom_file_for(&b->file, b->device.vendor, b->device.device);
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
	char line[REPORT_TEXT + 128];
	struct view v;

	for (size_t i = 0; i < b->says.n_notes; i++) {
		report_entry_str(&b->says.notes[i], line, sizeof(line));
		fprintf(stderr, "note: %s\n", line);
	}
	report_notes(b->cli, &b->rep);
	view_init(&v, b->cli, stderr);
	v.color = false;
	for (size_t i = 0; i < b->found.n; i++)
		if (b->found.v[i].verdict == VERDICT_FAIL && b->found.v[i].check->severity > SEV_NOTE)
			finding_text(&v, b->cli->verbose, &b->arena, &b->found.v[i]);
	if (blocked(b))
		fprintf(stderr,
			"igdctl: nothing was written: it cannot work as it is; --force writes it all the same\n");
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

/* 0 or a refusal; nothing is written where the guest's firmware cannot use it. */
static int write_rom(struct build *b)
{
	const char *inputs[PIECES + 4];
	size_t n = 0;
	int r;

	if (blocked(b))
		return 0;
	for (size_t i = 0; i < b->n; i++)
		if (b->pieces[i].source.file)
			inputs[n++] = b->pieces[i].source.file;
	if (b->cli->vbt_file)
		inputs[n++] = b->cli->vbt_file;
	if (b->cli->capture)
		inputs[n++] = b->cli->capture;
	inputs[n] = NULL;
	r = deliver_result(b->cli, "igd.rom", buffer_span(&b->rom), inputs, b->path, &b->rep);
	b->written = r == 0;
	return r < 0 ? r : 0;
}

/* ---- as text ------------------------------------------------------------------------------------------------ */

static const char *size_packed(const struct build *b, size_t i, struct arena *a)
{
	const struct oprom *o = &b->file.chain.images[i];

	return o->efi.compression ? arena_printf(a, "%zu", o->efi.payload.n) : "-";
}

static void answer_text(struct build *b)
{
	static const char *const columns[] = { "IMAGE", "WHAT", "SIZE", "COMPRESSED", "ID", NULL };
	struct arena *a = &b->arena;
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
		b->device.known ? arena_printf(a, "rom verify --device %04x:%04x", b->device.vendor, b->device.device)
				: "rom verify",
		b->path);
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
	if (!b->vbt.from)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:b}", "from", json_text(b->vbt.from), "name", json_text(b->vbt.info.name),
			 "size", number(b->vbt.info.size), "checksum_ok", vbt_sum_ok(&b->vbt.info));
}

static json_t *notes_json(const struct build *b)
{
	char line[REPORT_TEXT + 128];
	json_t *list = json_array();

	for (size_t i = 0; i < b->says.n_notes; i++) {
		report_entry_str(&b->says.notes[i], line, sizeof(line));
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
			    b->device.known ? json_sprintf("%04x:%04x", b->device.vendor, b->device.device)
					    : json_null());
	json_object_set_new(top, "device_from", json_text(b->device_from));
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
	if (cli->n_args)
		return usage_error(COMMAND, "\"%.60s\" is no option; --gop, --vbt, --vbios and --driver name files",
				   cli->args[0]);
	if (cli->drivers.more)
		return usage_error(COMMAND, "--driver can be given %zu times", DRIVERS);
	if (cli->vbt_file && cli->vbt_from_host)
		return usage_error(COMMAND, "--vbt and --vbt-from-host name two VBTs; give one");
	if (cli->bare && (cli->vbt_file || cli->vbt_from_host))
		return usage_error(COMMAND, "a VBT goes into the driver GopPolicy, which --bare leaves out");
	if (cli->bare && !cli->gop_file && !cli->vbios_file && cli->drivers.n == 0)
		return usage_error(COMMAND, "--bare leaves out igdctl's drivers, and nothing else is named");
	if (cli->device && !input_device(cli->device, &(uint16_t) { 0 }, &(uint16_t) { 0 }))
		return usage_error(COMMAND, "\"%.20s\" is no id of a device; they look like 8086:3e92", cli->device);
	return rom_wish_read(cli, COMMAND, w);
}

static int build(struct build *b)
{
	int r = machine_read(b);

	r = r < 0 ? r : device_get(b);
	r = r < 0 ? r : vbt_get(b);
	r = r < 0 ? r : vbios_get(b);
	if (r == 0)
		ours_get(b);
	r = r < 0 ? r : drivers_get(b);
	r = r < 0 ? r : gop_get(b);
	r = r < 0 ? r : rom_make(b);
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
	buffer_done(&b.policy);
	vbt_file_done(&b.vbt.file);
	host_fw_done(&b.vbt.machine);
	facts_free(b.f);
	host_free(b.h);
	arena_done(&b.arena);
	return status;
}

static const char *const *touches(const struct cli *cli)
{
	return cli->vbt_from_host ? fw_host_rom_touches(cli) : NULL;
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
	.touches = touches,
	.synopsis = "[OPTION...]",
	.summary = "Make an option ROM for the GPU of a VM: drivers, GOP, VBT, VBIOS in one file",
	.about =
		("Puts into one PCI option ROM what a VM's firmware needs to use an Intel GPU that was passed "
		 "through: igdctl's driver IgdAssignment, which gives the guest its OpRegion and stolen memory, "
		 "GopPolicy, which hands the board's VBT to the GOP driver, the owner's own GOP driver, other "
		 "drivers, "
		 "and in front a legacy VBIOS for SeaBIOS. Without any option the two drivers of igdctl are in it, "
		 "which is all that a guest's operating system needs.\n\nGOP driver and VBT have to be the board's: "
		 "igdctl fw extract takes them out of the vendor's firmware. What cannot run in a VM - a driver for "
		 "another machine, one that was cut short, a GOP driver for another generation - is refused with the "
		 "reason. The ROM is then judged as rom verify judges it; what blocks its use is not written without "
		 "--force.\n\nA ROM is for one GPU, and the ids matter to SeaBIOS alone. Nothing is written but the "
		 "file that -o names, and never over one that is read."),
	.options = build_options,
	.examples = build_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_FINDINGS, -1 },
	.run = rom_build_run,
};
