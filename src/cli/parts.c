// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/parts.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/input.h"
#include "facts/host_fw.h"
#include "fw/oprom.h"
#include "plan/plan.h"

#define FILE_MAX     ((size_t)16 << 20) /* an option ROM has at most that; a GOP driver 160 KiB */
#define VBT_FILE_MAX ((size_t)16 << 20)

#define SUBSYSTEM_APPLICATION 10 /* UEFI Specification 2.10, 2.1.1 */
#define SUBSYSTEM_BOOT	      11
#define SUBSYSTEM_RUNTIME     12

/* ---- drivers ------------------------------------------------------------------------------------------------ */

/* "/a/b/IntelGopDriver.efi" -> "IntelGopDriver" */
static const char *name_of_file(struct arena *a, const char *path)
{
	static const char *const endings[] = { ".efi", ".EFI", ".rom", ".ROM", ".bin" };
	const char *slash = strrchr(path, '/');
	struct span name = span_str(slash ? slash + 1 : path);
	char clean[64];

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		if (name.n > 4 && text_ends(name, endings[i])) {
			name.n -= 4;
			break;
		}
	text_copy(name, clean, sizeof(clean));
	return arena_str(a, clean);
}

/* Is @d what a firmware's dispatcher starts? */
static int driver_judge(const struct part_driver *d, struct report *rep)
{
	const struct pe *pe = &d->head;

	if (pe->te)
		return report_refuse(
			rep, IGD_EMAGIC, REPORT_NOWHERE,
			"a TE image: its headers were stripped for one place in flash, and no loader takes "
			"it from here; fw extract --gop takes a PE where the firmware has one");
	if (pe->partial)
		return report_refuse(rep, IGD_ETRUNC, d->file.n,
				     "cut short: a section of the PE reaches past its end; take it out again");
	if (pe->subsystem != SUBSYSTEM_BOOT && pe->subsystem != SUBSYSTEM_RUNTIME)
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE,
				     "%s (subsystem %u), and firmware starts boot service drivers (11) and runtime "
				     "drivers (12) by itself",
				     pe->subsystem == SUBSYSTEM_APPLICATION ? "an application" : "no driver of UEFI",
				     pe->subsystem);
	return 0;
}

/* Take the PE at the front of @bytes as what @path gave. */
static int driver_take(struct arena *a, const char *path, struct span bytes, struct part_driver *ret,
		       struct report *rep)
{
	struct part_driver d = { .path = path, .name = name_of_file(a, path), .file = bytes };
	struct gop gop, *kept;
	bool te;
	int r = pe_read(bytes, &d.head, rep);

	if (r == 0)
		r = driver_judge(&d, rep);
	if (r < 0)
		return r;
	if (!span_cut(bytes, 0, d.head.file_size, &d.pe))
		return report_refuse(rep, IGD_ETRUNC, bytes.n, "cut short");
	plan_sha256(d.pe, d.sha256);
	if (gop_read(d.pe, &gop, &te)) {
		kept = arena_new(a, struct gop);
		if (!kept)
			return -IGD_ENOMEM;
		*kept = gop;
		d.gop = kept;
	}
	*ret = d;
	return 0;
}

/* The driver in one image of a ROM; what cannot be read is passed over, for another may do. */
static bool image_take(struct arena *a, const char *path, const struct oprom *o, struct part_driver *ret)
{
	_cleanup_(buffer_done) struct buffer decoded = { 0 };
	struct span driver;
	uint8_t *copy;

	if (!o->efi.valid || o->partial || oprom_driver(o, FILE_MAX, &decoded, &driver, NULL) < 0)
		return false;
	copy = arena_alloc(a, driver.n);
	if (!copy)
		return false;
	memcpy(copy, driver.p, driver.n);
	return driver_take(a, path, (struct span) { copy, driver.n }, ret, NULL) == 0 && ret->gop;
}

/* The GOP in an option ROM: the one for @device, else the first. */
static int rom_take(struct parts *p, const char *path, const struct oprom_chain *chain, struct report *rep)
{
	struct part_driver d;
	bool found = false;

	for (size_t i = 0; i < chain->n; i++) {
		if (!image_take(&p->arena, path, &chain->images[i], &d))
			continue;
		d.file = d.pe; /* behind it is the padding of the ROM */
		if (!found || (p->device.known && gop_is_for(d.gop, p->device.device)))
			*p->gop = d;
		found = true;
		if (p->device.known && gop_is_for(p->gop->gop, p->device.device))
			break;
	}
	if (found)
		return 0;
	return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE,
			     "an option ROM of %zu image%s, none with a GOP driver; igdctl rom info shows them",
			     chain->n, chain->n == 1 ? "" : "s");
}

/* Is it a GOP driver, and does it start on the device? A wrong one declines without a word (UEFI Specification 2.10,
 * 11.1: Supported()), so it is refused here. */
static int gop_judge(const struct parts *p, const struct cli *cli, struct report *rep)
{
	const struct gop *g = p->gop->gop;
	const struct fw_device *d = &p->device;

	if (!g)
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE,
				     "a UEFI driver, but no GOP driver of Intel or AMD; --driver takes any driver");
	if (d->known && g->vendor != d->vendor)
		return report_refuse(rep, IGD_EVERSION, REPORT_NOWHERE,
				     "a GOP driver of vendor %04x, and the GPU is %04x:%04x", g->vendor, d->vendor,
				     d->device);
	if (!d->known && g->vendor != 0x8086 && !cli->bare)
		return report_refuse(rep, IGD_EVERSION, REPORT_NOWHERE,
				     "a GOP driver of vendor %04x; what goes with it is for Intel's GPUs, and --bare "
				     "leaves that out",
				     g->vendor);
	if (d->known && g->n_devices && !gop_is_for(g, d->device))
		return report_refuse(
			rep, IGD_EVERSION, REPORT_NOWHERE,
			"GOP driver %s is for other GPUs: its table of %zu ids, %04x the first, lacks %04x, "
			"so it would not start; fw scan --device %04x:%04x finds one that does",
			or_dash(g->version), g->n_devices, g->devices[0], d->device, d->vendor, d->device);
	return 0;
}

static int gop_get(struct parts *p, const struct cli *cli, struct report *rep)
{
	struct oprom_chain *chain;
	struct span bytes;
	int r;

	report_subject(rep, "%s", cli->gop_file);
	p->gop = arena_new(&p->arena, struct part_driver);
	chain = arena_new(&p->arena, struct oprom_chain);
	if (!p->gop || !chain)
		return -IGD_ENOMEM;
	r = input_bytes(cli->gop_file, FILE_MAX, &p->arena, &bytes, rep);
	if (r < 0)
		return r;
	if (span_is(bytes, 0, "MZ") || span_is(bytes, 0, "VZ"))
		r = driver_take(&p->arena, cli->gop_file, bytes, p->gop, rep);
	else if (oprom_chain_read(bytes, chain, NULL) == 0)
		r = rom_take(p, cli->gop_file, chain, rep);
	else
		r = report_refuse(
			rep, IGD_EMAGIC, 0,
			"neither a driver (PE) nor an option ROM; igdctl fw extract --gop takes the driver out "
			"of a vendor's firmware file");
	return r < 0 ? r : gop_judge(p, cli, rep);
}

static int drivers_get(struct parts *p, const struct cli *cli, struct report *rep)
{
	p->drivers = arena_alloc(&p->arena, (cli->drivers.n + 1) * sizeof(*p->drivers));
	if (!p->drivers)
		return -IGD_ENOMEM;
	for (; p->n_drivers < cli->drivers.n; p->n_drivers++) {
		struct part_driver *d = &p->drivers[p->n_drivers];
		const char *path = cli->drivers.v[p->n_drivers];
		struct span bytes;
		int r;

		report_subject(rep, "%s", path);
		r = input_bytes(path, FILE_MAX, &p->arena, &bytes, rep);
		if (r == 0)
			r = driver_take(&p->arena, path, bytes, d, rep);
		if (r < 0)
			return r;
		for (size_t i = 0; i < p->n_drivers; i++)
			if (strcmp(p->drivers[i].sha256, d->sha256) == 0)
				return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE,
						     "--driver %.60s is the same driver as %.60s", path,
						     p->drivers[i].path);
		if (p->gop && strcmp(p->gop->sha256, d->sha256) == 0)
			return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE,
					     "--driver %.60s is what --gop names already", path);
	}
	return 0;
}

/* ---- the VBT ------------------------------------------------------------------------------------------------ */

/* Take the table that @bytes hold, on their front or inside; a copy, for they may go away. */
static int vbt_take(struct parts *p, struct span bytes, const char *from, struct report *rep)
{
	enum vbt_place place;
	struct vbt_info info;
	struct vbt_bdb bdb;
	uint8_t *copy;
	size_t at;
	int r = vbt_find(bytes, &info, &at, &place, rep);

	if (r == -IGD_EMAGIC)
		return report_refuse(rep, IGD_EMAGIC, REPORT_NOWHERE,
				     "there is no VBT in these %zu bytes; igdctl fw extract --vbt takes one out of a "
				     "vendor's firmware file",
				     bytes.n);
	if (r == 0)
		r = vbt_bdb_read(&info, &bdb, rep);
	if (r < 0)
		return r;
	copy = arena_alloc(&p->arena, info.bytes.n);
	if (!copy)
		return -IGD_ENOMEM;
	memcpy(copy, info.bytes.p, info.bytes.n);
	p->vbt = (struct span) { copy, info.bytes.n };
	p->vbt_from = from;
	memcpy(p->vbt_name, info.name, sizeof(p->vbt_name));
	text_clean(p->vbt_name);
	plan_sha256(p->vbt, p->vbt_sha256);
	if (!vbt_sum_ok(&info))
		report_note(rep, at, "the checksum of the VBT is wrong, as in half of them; drivers do not mind");
	return 0;
}

static int vbt_get(struct parts *p, const struct cli *cli, struct report *rep)
{
	struct span bytes;
	int r;

	report_subject(rep, "%s", cli->vbt_file);
	r = input_bytes(cli->vbt_file, VBT_FILE_MAX, &p->arena, &bytes, rep);
	return r < 0 ? r : vbt_take(p, bytes, cli->vbt_file, rep);
}

const char *const *parts_touches(const struct cli *cli)
{
	static const char *const rom[] = { "/sys/bus/pci/devices/*/rom", NULL };
	static const char *const both[] = { "/sys/bus/pci/devices/*/rom", "/dev/vfio/*", NULL };

	return !cli->vbt_from_host || cli->dry_run ? NULL : cli->yes ? both : rom;
}

/* A piece of the host's that holds a VBT: true, and taken. */
static bool host_piece_take(struct parts *p, const struct host_fw *fw)
{
	for (size_t i = 0; i < fw->n; i++)
		for (size_t k = 0; k < fw->v[i].n_pieces; k++) {
			const struct host_fw_source *s = &fw->v[i];

			if (!s->gpu || !s->gpu->id.known || s->gpu->id.v >> 16 != 0x8086 ||
			    vbt_take(p, s->pieces[k].bytes, arena_printf(&p->arena, "the host, %s", s->source),
				     NULL) < 0)
				continue;
			if (!p->device.known)
				p->device = (struct fw_device) { true, 0x8086, (uint16_t)s->gpu->id.v };
			return true;
		}
	return false;
}

/* "debugfs: wants root; rom: the device has none": why no source gave one. */
static int host_refuse(struct parts *p, const struct host_fw *fw, struct report *rep)
{
	const char *why = NULL;

	for (size_t i = 0; i < fw->n; i++)
		if (fw->v[i].gpu && fw->v[i].can[HOST_FW_VBT])
			why = arena_printf(&p->arena, "%s%s%s: %s", why ? why : "", why ? "; " : "", fw->v[i].source,
					   or_dash(fw->v[i].why));
	if (!why)
		why = "it has no GPU of Intel's";
	return report_refuse(rep, IGD_ENOENT, REPORT_NOWHERE, "no VBT is to be had there: %s", why);
}

/* Ask the machine for one kind of piece: 1 when it gave a VBT, 0 when not, or what reading says. */
static int host_ask(struct parts *p, const struct cli *cli, struct facts *f, struct host *h, enum host_fw_kind kind,
		    struct host_fw *ret, struct report *rep)
{
	const bool live = host_is_live(h), act = live && !cli->dry_run;
	struct host_fw_options o = {
		.device = cli->device,
		.rom = act ? &rom_switch_sysfs : NULL,
		.no_rom = "it has to be switched on to be read, which --dry-run does not do",
		.vfio = act && cli->yes ? &vfio_kernel : NULL,
		.no_vfio = live ? "opening the device resets it, twice: with no VM running on it, --yes does that"
				: "only this machine's own devices can be opened",
	};
	int r;

	o.want[kind] = true;
	r = host_fw_read(f, h, &o, ret, rep);
	return r < 0 ? r : host_piece_take(p, ret);
}

static int vbt_from_host(struct parts *p, const struct cli *cli, struct report *rep)
{
	struct host_fw fw = { 0 };
	struct facts *f = NULL;
	struct host *h = NULL;
	int r = input_machine(cli, &f, &h, rep);

	if (r == 0)
		r = host_ask(p, cli, f, h, HOST_FW_VBT, &fw, rep);
	if (r == 0) { /* a VBIOS has one, too */
		struct host_fw vbios = { 0 };

		r = host_ask(p, cli, f, h, HOST_FW_VBIOS, &vbios, rep);
		host_fw_done(&vbios);
	}
	if (r == 0)
		r = host_refuse(p, &fw, rep);
	host_fw_done(&fw);
	facts_free(f);
	host_free(h);
	return r < 0 ? r : 0;
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static int options_judge(const struct cli *cli, struct report *rep)
{
	if (cli->vbt_file && cli->vbt_from_host)
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE,
				     "--vbt and --vbt-from-host are two VBTs; give one");
	if (cli->drivers.more)
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE, "--driver may be given %zu times",
				     ARRAY_SIZE(cli->drivers.v));
	return 0;
}

static int inputs_list(struct parts *p, const struct cli *cli)
{
	size_t n = 0;

	p->inputs = arena_alloc(&p->arena, (cli->drivers.n + (size_t)cli->n_args + 4) * sizeof(*p->inputs));
	if (!p->inputs)
		return -IGD_ENOMEM;
	for (int i = 0; i < cli->n_args; i++)
		p->inputs[n++] = cli->args[i];
	for (size_t i = 0; i < cli->drivers.n; i++)
		p->inputs[n++] = cli->drivers.v[i];
	if (cli->gop_file)
		p->inputs[n++] = cli->gop_file;
	if (cli->vbt_file)
		p->inputs[n++] = cli->vbt_file;
	if (cli->vbios_file)
		p->inputs[n] = cli->vbios_file;
	return 0;
}

int parts_read(const struct cli *cli, const struct fw_device *device, struct parts *ret, struct report *rep)
{
	struct parts p = { .device = *device };
	int r = options_judge(cli, rep);

	if (r == 0)
		r = inputs_list(&p, cli);
	if (r == 0 && cli->vbt_file)
		r = vbt_get(&p, cli, rep);
	if (r == 0 && cli->vbt_from_host)
		r = vbt_from_host(&p, cli, rep);
	if (r == 0 && cli->gop_file)
		r = gop_get(&p, cli, rep);
	if (r == 0)
		r = drivers_get(&p, cli, rep);
	if (r < 0) {
		parts_done(&p);
		return r;
	}
	report_subject(rep, "%s", "");
	*ret = p;
	return 0;
}

void parts_done(struct parts *p)
{
	arena_done(&p->arena);
}
