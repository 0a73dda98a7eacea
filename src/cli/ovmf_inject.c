// SPDX-License-Identifier: GPL-2.0-or-later
/* ovmf_inject.c - the distribution's OVMF with the drivers for Intel graphics in its DXE volume, as a new file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/json.h"
#include "cli/ovmf.h"
#include "cli/parts.h"
#include "plan/plan.h"
#include "std/pi.h"
#include "store/vm_qemu.h"

#define COMMAND	  "ovmf inject"
#define FILES_MAX (IGD_DRIVERS + 2 + OVMF_RECORD_DRIVERS) /* ours, the GOP, the record, and --driver */

struct job {
	const struct cli *cli;
	struct ovmf_image image;
	struct parts parts;
	unsigned level;
	bool qcow2; /* so the result is */
	struct ovmf_record record;
	struct ovmf_new files[FILES_MAX];
	const char *what[FILES_MAX]; /* each is; owned by the arena of .image */
	size_t n_files;
	struct guid *without;
	size_t n_without;
	struct ovmf_result result;
	char sha256[65]; /* of the file that is written */
	char path[HOST_PATH_MAX];
	enum ovmf_written written;
};

/* ---- what is refused ---------------------------------------------------------------------------------------- */

/* "IntelGopDriver (Intel GOP driver 13.0.1020, 1647b4f3-...), PlatformGOPPolicy (...)" */
static const char *strangers(struct job *j)
{
	const struct ovmf *o = &j->image.ovmf;
	const char *list = NULL;
	char guid[GUID_STR];

	for (size_t i = 0; i < o->n_files; i++) {
		const struct ovmf_file *f = &o->files[i];

		if (f->whose == OVMF_SOMEBODY)
			list = arena_printf(&j->image.arena, "%s%s%s (%.8s-...)", list ? list : "", list ? ", " : "",
					    f->what ? f->what : f->name, guid_str(&f->guid, guid));
	}
	return list;
}

static int image_judge(struct job *j)
{
	const struct ovmf_traits *t = &j->image.ovmf.traits;
	struct report *rep = &j->image.rep;

	if (strangers(j))
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE,
				     "somebody has put drivers for Intel graphics into it: %s. With igdctl's beside "
				     "them both would run; take the distribution's own image",
				     strangers(j));
	if (j->image.ours && !j->cli->force)
		return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE,
				     "igdctl's drivers are in it already; inject into the distribution's image, or "
				     "--force takes the old ones out first");
	if ((t->tdx || t->sev) && !j->cli->force)
		return report_refuse(rep, IGD_EVERSION, REPORT_NOWHERE,
				     "a build for confidential guests (%s): no device sees their memory, so the "
				     "drivers would refuse to work; take OVMF_CODE_4M.fd, or --force",
				     t->tdx ? "TDX" : "SEV");
	return 0;
}

/* The DXE core passes over a driver for another machine without a word. */
static int machine_judge(struct job *j)
{
	uint16_t core = j->image.ovmf.traits.machine;

	if (core == PE_X64)
		return 0;
	return report_refuse(&j->image.rep, IGD_EVERSION, REPORT_NOWHERE,
			     "its DXE core is made for %s, and the drivers for X64, so that they would never start; "
			     "take an image for X64, as OVMF_CODE_4M.fd is",
			     pe_machine_str(core));
}

/* ---- what goes in ------------------------------------------------------------------------------------------- */

static void file_add(struct job *j, const struct guid *guid, uint8_t type, const char *name, struct span body,
		     const char *what)
{
	j->what[j->n_files] = what;
	j->files[j->n_files++] = (struct ovmf_new) { .guid = *guid, .type = type, .name = name, .body = body };
}

/* A name for a UI section, which takes ASCII. */
static const char *ascii(struct job *j, const char *name)
{
	char buf[OVMF_NAME_MAX];

	text_copy(span_str(name), buf, sizeof(buf));
	for (char *p = buf; *p; p++)
		if ((signed char)*p <= ' ')
			*p = '_';
	return *buf ? arena_str(&j->image.arena, buf) : "Driver";
}

static void own_add(struct job *j)
{
	const struct parts *p = &j->parts;
	const char *what[] = { [IGD_DRIVER_ASSIGNMENT] = "sets up OpRegion and stolen memory",
			       [IGD_DRIVER_POLICY] = "hands the GOP the VBT of the guest's OpRegion" };

	if (p->vbt_from)
		what[IGD_DRIVER_POLICY] =
			arena_printf(&j->image.arena, "with the VBT \"%s\" of %s", p->vbt.name, p->vbt_from);
	for (enum igd_driver d = 0; !j->cli->bare && d < IGD_DRIVERS; d++)
		file_add(j, &igd_driver_guids[d], FFS_DRIVER, igd_driver_name(d), parts_own(p, d), what[d]);
}

/* The GOP driver and the others, each noted in the record. */
static int others_add(struct job *j)
{
	const struct parts *p = &j->parts;
	struct ovmf_record *r = &j->record;
	struct guid guid;

	if (p->gop.source.file) {
		plan_sha256(p->gop.source.bytes, r->gop_sha256);
		file_add(j, &igd_gop_guid, FFS_DRIVER,
			 p->gop.source.gop->vendor == 0x8086 ? "IntelGopDriver" : "AMDGopDriver", p->gop.source.bytes,
			 arena_printf(&j->image.arena, "GOP driver %s of %s", or_dash(p->gop.source.gop->version),
				      p->gop.source.file));
	}
	for (size_t i = 0; i < p->n_drivers; i++) {
		const struct rom_source *s = &p->drivers[i].source;
		struct ovmf_record_driver *d = &r->drivers[r->n_drivers++];

		snprintf(d->name, sizeof(d->name), "%s", ascii(j, p->drivers[i].name));
		plan_sha256(s->bytes, d->sha256);
		if (!ovmf_driver_guid(d->sha256, &guid))
			return -IGD_EUSAGE;
		file_add(j, &guid, FFS_DRIVER, d->name, s->bytes, s->file);
	}
	return 0;
}

/* What the image was before anything was put in: of one that has ours already, what its record says. */
static void stock_note(struct job *j, struct ovmf_record *r)
{
	const char *slash = strrchr(j->image.name, '/'), *base = slash ? slash + 1 : j->image.name;

	if (j->image.ours) {
		memcpy(r->stock_name, j->image.record.stock_name, sizeof(r->stock_name));
		memcpy(r->stock_sha256, j->image.record.stock_sha256, sizeof(r->stock_sha256));
		memcpy(r->decoded_sha256, j->image.record.decoded_sha256, sizeof(r->decoded_sha256));
		return;
	}
	if (strcmp(base, "-") != 0)
		text_copy(span_str(base), r->stock_name, sizeof(r->stock_name));
	memcpy(r->stock_sha256, j->image.sha256, sizeof(r->stock_sha256));
	ovmf_decoded_sha256(&j->image.ovmf, r->decoded_sha256);
}

static int record_add(struct job *j)
{
	struct ovmf_record *r = &j->record;
	const char *text;

	stock_note(j, r);
	snprintf(r->version, sizeof(r->version), "%s", IGDCTL_VERSION);
	if (j->parts.vbt_from)
		plan_sha256(j->parts.vbt.bytes, r->vbt_sha256);
	text = ovmf_record_text(r, &j->image.arena);
	if (!text)
		return -IGD_ENOMEM;
	file_add(j, &igd_record_guid, FFS_FREEFORM, "IgdctlRecord", span_str(text), "what was put in, and into what");
	return 0;
}

/* ---- the result --------------------------------------------------------------------------------------------- */

static int rebuild(struct job *j)
{
	struct ovmf_image *i = &j->image;
	int r;

	if (i->ours) {
		j->without = ovmf_ours(i, &j->n_without);
		if (!j->without)
			return -IGD_ENOMEM;
	}
	r = ovmf_rebuild(&i->ovmf, j->without, j->n_without, j->files, j->n_files, j->level, ovmf_progress, NULL,
			 &j->result, &i->rep);
	ovmf_progress_clear();
	return r;
}

static int deliver(struct job *j)
{
	const char *name = *j->record.stock_name ? j->record.stock_name : j->image.name;

	return ovmf_deliver(j->cli, &j->image, buffer_span(&j->result.image), j->qcow2, name, "igd", j->parts.inputs,
			    j->sha256, j->path, &j->written);
}

static int inject(struct job *j)
{
	int r = image_judge(j);

	if (r == 0)
		r = machine_judge(j);
	if (r == 0)
		own_add(j);
	if (r == 0)
		r = others_add(j);
	if (r == 0)
		r = record_add(j);
	if (r == 0)
		r = rebuild(j);
	return r < 0 ? r : deliver(j);
}

/* ---- text --------------------------------------------------------------------------------------------------- */

/* Without the GUIDs, which ovmf list and --json have: WHAT is then whole on a terminal of 80 columns. */
static void files_table(const struct view *v, struct job *j)
{
	static const char *const columns[] = { "FILE", "BYTES", "WHAT", NULL };
	struct libscols_table *t = view_table(v, false, columns);

	for (size_t i = 0; i < j->n_files; i++) {
		const struct ovmf_new *f = &j->files[i];
		const char *cells[] = { f->name, arena_printf(&j->image.arena, "%zu", f->body.n),
					or_dash(j->what[i]) };

		view_line(t, NULL, cells);
	}
	view_table_end(v, t);
}

static const char *level_str(struct job *j)
{
	struct arena *a = &j->image.arena;
	const char *asked = j->level ? arena_printf(a, "level %u", j->level) : "keeping the stream";

	if (j->result.level == OVMF_LEVEL_KEEP)
		return "the distribution's stream kept, only what is new packed";
	return j->result.level == j->level ? arena_printf(a, "level %u", j->level)
					   : arena_printf(a, "level %u; %s did not fit", j->result.level, asked);
}

/* @name as a path that a configuration can have. */
static const char *full_path(struct job *j, const char *name)
{
	struct arena *a = &j->image.arena;
	char *real = *name == '/' ? NULL : realpath(name, NULL);
	const char *path = *name == '/' ? name : real ? arena_str(a, real) : arena_printf(a, "/PATH/TO/%s", name);

	free(real);
	return path;
}

/* @s with @with in the place of each @c. */
static const char *replaced(struct arena *a, const char *s, char c, const char *with)
{
	const char *hit = strchr(s, c);

	return hit ? arena_printf(a, "%.*s%s%s", (int)(hit - s), s, with, replaced(a, hit + 1, c, with)) : s;
}

/* As text, or the value of an attribute, of XML. */
static const char *xml(struct arena *a, const char *s)
{
	return replaced(a, replaced(a, replaced(a, s, '&', "&amp;"), '<', "&lt;"), '\'', "&apos;");
}

/* QEMU's option, for a shell; it takes two commas for one (docs of -drive). */
static const char *drive(struct job *j, const char *how, const char *format, const char *path)
{
	struct arena *a = &j->image.arena;

	return shell_quoted(arena_printf(a, "if=pflash,%s,format=%s,%sfile=%s", how, format,
					 j->image.ovmf.traits.vars ? "" : "readonly=on,",
					 replaced(a, path, ',', ",,")),
			    a);
}

static const char *vars_of(struct job *j)
{
	const char *slash = strrchr(j->image.name, '/');
	const char *name = j->image.ours && *j->record.stock_name && slash
				   ? arena_printf(&j->image.arena, "%.*s%s", (int)(slash - j->image.name) + 1,
						  j->image.name, j->record.stock_name)
				   : j->image.name;

	return ovmf_vars_name(name, &j->image.ovmf.traits, &j->image.arena);
}

/* libvirt docs/formatdomain, os and features. */
static void libvirt_text(struct job *j, const char *path)
{
	const struct ovmf_traits *t = &j->image.ovmf.traits;
	struct arena *a = &j->image.arena;
	const char *vars = vars_of(j);

	printf("  libvirt   <loader readonly='%s'%s type='pflash'%s>%s</loader>\n", t->vars ? "no" : "yes",
	       t->smm ? " secure='yes'" : "", j->qcow2 ? " format='qcow2'" : "", xml(a, path));
	if (vars)
		printf("            <nvram template='%s'/>\n", xml(a, full_path(j, vars)));
	if (t->smm)
		printf("            and among the features <smm state='on'/>\n");
}

/* Proxmox adds its own pflash with "bios: ovmf", and smm=off with "bios: seabios" and no display (qemu-server
 * QemuServer.pm, should_disable_smm). */
static void proxmox_text(const struct ovmf_traits *t)
{
	if (t->smm)
		printf("  Proxmox   not this image: beside \"bios: seabios\" it may run with smm=off; take the one "
		       "without SMM\n");
	else
		printf("  Proxmox   bios: seabios, and %s in args:\n"
		       "            (with \"bios: ovmf\" its own firmware takes %s place)\n",
		       t->vars ? "the -drive option" : "both -drive options", t->vars ? "its" : "their");
}

/* QEMU docs/system/i386 (pflash). */
static void next_text(struct job *j)
{
	const struct ovmf_traits *t = &j->image.ovmf.traits;
	const char *path = full_path(j, j->path), *format = j->qcow2 ? "qcow2" : "raw";

	printf("\n");
	fw_next(stdout, "ovmf verify", j->path);
	if (!t->pflash) {
		printf("  QEMU      -bios %s\n", shell_quoted(path, &j->image.arena));
		return;
	}
	libvirt_text(j, path);
	printf("  QEMU      -drive %s\n", drive(j, "unit=0", format, path));
	if (t->smm)
		printf("            -machine q35,smm=on -global driver=cfi.pflash01,property=secure,value=on\n");
	if (!t->vars)
		printf("            -drive if=pflash,unit=1,format=raw,file=COPY-OF-VARS\n");
	proxmox_text(t);
	if (t->vars)
		printf("  Each VM wants a copy of its own: it keeps its variables in the file.\n");
}

static void inject_text(struct job *j)
{
	struct ovmf_image *i = &j->image;
	struct view v;

	view_init(&v, j->cli, stdout);
	files_table(&v, j);
	printf("\n");
	if (j->n_without)
		view_row(&v, "Taken out", "%zu files that igdctl %s had put in", j->n_without,
			 i->recorded ? i->record.version : "");
	view_row(&v, "Packed", "%s", level_str(j));
	view_row(&v, "Room left", "%s in flash, %s in the DXE volume", ovmf_size_str(j->result.room, &i->arena),
		 ovmf_size_str(j->result.dxe_room, &i->arena));
	view_row(&v, "Boots on", "%s", ovmf_boots_str(&i->ovmf.traits));
	if (vars_of(j))
		view_row(&v, "Variables", "%s, a copy of it for each VM", vars_of(j));
	view_row(&v, "SHA-256", "%s", j->sha256);
	printf("\n%s %s\n", ovmf_written_str(j->written), j->path);
	if (j->written != OVMF_WOULD_BE)
		next_text(j);
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static json_t *added_json(const struct job *j)
{
	json_t *list = json_array();
	char guid[GUID_STR], type[16];

	for (size_t i = 0; i < j->n_files; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:I, s:o}", "guid",
						      guid_str(&j->files[i].guid, guid), "type",
						      ffs_type_str(j->files[i].type, type), "name",
						      json_text(j->files[i].name), "size",
						      (json_int_t)j->files[i].body.n, "what", json_text(j->what[i])));
	return list;
}

static json_t *removed_json(const struct job *j)
{
	json_t *list = json_array();
	char guid[GUID_STR];

	for (size_t i = 0; i < j->n_without; i++)
		json_array_append_new(list, json_string(guid_str(&j->without[i], guid)));
	return list;
}

static json_t *notes_json(const struct report *says)
{
	char line[REPORT_TEXT + 128];
	json_t *list = json_array();

	for (size_t i = 0; i < says->n_notes; i++) {
		report_entry_str(&says->notes[i], line, sizeof(line));
		json_array_append_new(list, json_text(line));
	}
	return list;
}

static bool inject_json(struct job *j)
{
	json_t *top = json_top("ovmf-inject", j->image.name);

	json_object_set_new(top, "output", json_text(j->path));
	json_object_set_new(top, "written", json_boolean(j->written == OVMF_WRITTEN));
	json_object_set_new(top, "format", json_text(j->qcow2 ? "qcow2" : "raw"));
	json_object_set_new(top, "sha256", json_text(j->sha256));
	json_object_set_new(top, "stock_sha256",
			    *j->record.stock_sha256 ? json_text(j->record.stock_sha256) : json_null());
	json_object_set_new(top, "build", ovmf_build_json(&j->image.ovmf.traits));
	json_object_set_new(top, "boots", ovmf_boots_json(&j->image.ovmf.traits));
	json_object_set_new(top, "vars", json_text(vars_of(j)));
	json_object_set_new(top, "level", json_integer(j->result.level));
	json_object_set_new(top, "level_asked", json_integer(j->level));
	json_object_set_new(top, "stream_size", json_integer((json_int_t)j->result.stream_size));
	json_object_set_new(top, "room", ovmf_room_json(j->result.room, j->result.dxe_room));
	json_object_set_new(top, "added", added_json(j));
	json_object_set_new(top, "removed", removed_json(j));
	json_object_set_new(top, "notes", notes_json(&j->parts.says));
	return json_print(top, true, stdout);
}

/* ---- the command -------------------------------------------------------------------------------------------- */

static int refused(struct job *j, const struct report *rep, int r)
{
	return json_refused(j->cli, "ovmf-inject", j->image.name, rep, r, stdout, stderr);
}

static int options_read(struct job *j)
{
	const struct cli *cli = j->cli;
	struct span level;
	uint64_t n = 0;

	if (cli->n_args == 0)
		return ovmf_no_file(COMMAND);
	if (cli->n_args > 1)
		return usage_error(COMMAND, "one image at a time; \"%.60s\" is a second", cli->args[1]);
	if (cli->level) {
		level = span_str(cli->level);
		if (!text_digits(&level, 10, &n) || level.n || n > OVMF_LEVEL_MAX)
			return usage_error(COMMAND,
					   "--level wants 0 (keep what is packed, the default) to %d (small)",
					   OVMF_LEVEL_MAX);
	}
	j->level = (unsigned)n;
	if (cli->format && strcmp(cli->format, "raw") != 0 && strcmp(cli->format, "qcow2") != 0)
		return usage_error(COMMAND, "no format \"%.20s\"; there are raw and qcow2", cli->format);
	return parts_options(cli, COMMAND);
}

static int answer(struct job *j)
{
	struct report rep = { 0 };
	int r = ovmf_image_read(j->cli->args[0], &j->image);

	if (r == 0 && !j->image.found)
		r = j->image.rep.code;
	if (r < 0)
		return refused(j, &j->image.rep, r);
	j->qcow2 = j->cli->format ? strcmp(j->cli->format, "qcow2") == 0 : j->image.qcow2;
	r = parts_read(j->cli, j->cli->gop_file != NULL, &j->parts, &rep); /* whom a GOP driver is for matters */
	parts_tell(&j->parts);
	if (r < 0)
		return refused(j, &rep, r);
	r = inject(j);
	if (r < 0)
		return refused(j, &j->image.rep, r);
	report_notes(j->cli, &j->image.rep);
	if (j->cli->json)
		return inject_json(j) ? EXIT_DONE : EXIT_FAILED;
	inject_text(j);
	return EXIT_DONE;
}

static int ovmf_inject_run(const struct cli *cli)
{
	struct job j = { .cli = cli };
	int status = options_read(&j);

	if (status == EXIT_DONE)
		status = answer(&j);
	buffer_done(&j.result.image);
	parts_done(&j.parts);
	ovmf_image_done(&j.image);
	return status;
}

static const struct option_row inject_options[] = {
	{ 'o', "output", "FILE|FOLDER", "write there; in a folder (default: here) by a name that the content gives" },
	{ 0, "gop", "FILE", "the GOP driver of your board: a PE, or an option ROM with one" },
	{ 0, "vbt", "FILE", "the VBT of your board, for the GOP driver: goes into GopPolicy" },
	{ 0, "vbt-from-host", NULL, "the VBT of the machine this runs on" },
	{ 0, "driver", "FILE", "another UEFI driver; may be given more than once" },
	{ 0, "bare", NULL, "without igdctl's own drivers" },
	{ 0, "device", "VENDOR:DEVICE",
	  "the GPU, 8086:3e92, else this machine's: a GOP driver that does not know it is refused" },
	{ 0, "host", NULL, "the GPU of the host this runs on" },
	{ 0, "level", "N",
	  ("0, the default: keep what the distribution has packed; 1 (fast) to 10 (small): pack all of it anew. What "
	   "does not fit is packed at a higher level") },
	{ 0, "format", "FORMAT", "raw or qcow2 (default: as FILE is)" },
	{ 0, "force", NULL,
	  ("write over the result; take igdctl's drivers of another time out first; take a confidential build, and a "
	   "GOP driver that does not know the GPU") },
	{ 0, NULL, NULL, NULL },
};

static const char *const inject_examples[] = {
	"the drivers, and GOP and VBT of the board",
	"igdctl ovmf inject --gop rom/gop.efi --vbt rom/vbt.bin /usr/share/OVMF/OVMF_CODE_4M.fd",
	"the drivers alone, into a folder for firmware",
	"sudo igdctl ovmf inject -o /usr/local/share/OVMF/ /usr/share/OVMF/OVMF_CODE_4M.fd",
	"with the VBT of the host",
	"sudo igdctl ovmf inject --gop gop.efi --vbt-from-host /usr/share/OVMF/OVMF_CODE_4M.fd",
	NULL,
};

const struct command command_ovmf_inject = {
	.name = COMMAND,
	.effect = READS,
	.output = OUTPUT_EITHER,
	.touches = parts_touches,
	.synopsis = "[OPTION...] FILE",
	.summary = "Put the drivers for Intel graphics into the distribution's OVMF",
	.about = ("Reads the image of code that the distribution ships - OVMF_CODE*.fd, or the unified OVMF.fd, as "
		  "it is or in qcow2 - and writes a new one with drivers in it: IgdAssignment, which gives the guest "
		  "its OpRegion and stolen memory, GopPolicy, which hands a VBT to Intel's GOP driver, the GOP "
		  "driver of your own board where --gop names it, and what --driver names. FILE itself is never "
		  "written.\n\nA record of what was put in, and into which image, goes in too: by it ovmf verify "
		  "tells when the package has been upgraded and ovmf remove what the stock image was. The name of "
		  "the result has the beginning of its SHA-256, so that the result for another package, or with "
		  "other drivers, is another file.\n\nAn image that somebody else has put such drivers into is "
		  "refused, as are drivers that would not start: for another machine, cut short, or a GOP driver "
		  "whose table lacks the device. Nothing needs to be built, and Secure Boot needs nothing: what "
		  "comes out of the firmware's own flash is not checked."),
	.options = inject_options,
	.examples = inject_examples,
	.exits = (const int[]) { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, -1 },
	.run = ovmf_inject_run,
};
