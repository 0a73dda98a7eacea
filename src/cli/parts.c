// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/parts.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/fw_host.h"
#include "cli/input.h"

/* ---- the machine -------------------------------------------------------------------------------------------- */

static int machine_read(struct parts *p, bool this_machine, struct report *rep)
{
	const struct cli *cli = p->cli;
	bool named = cli->root || cli->capture || cli->host || cli->vbt_from_host;
	int r;

	if (cli->vbt_from_host)
		return input_machine(cli, &p->f, &p->h, rep);
	if (!named && (cli->device || !this_machine))
		return 0;
	r = input_read(cli, NULL, &p->f, rep);
	if (r < 0 && !named) { /* it was asked for its GPU and has nothing to tell */
		*rep = (struct report) { 0 };
		return 0;
	}
	return r;
}

static int device_get(struct parts *p, struct report *rep)
{
	const struct cli *cli = p->cli;

	p->device.known = cli->device && input_device(cli->device, &p->device.vendor, &p->device.device);
	if (p->device.known)
		p->device_from = "--device";
	else if (p->f && fw_display_of(p->f, &p->device))
		p->device_from = p->f->input;
	if (p->device.known && p->device.vendor != 0x8086 && !cli->bare)
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE,
				     "igdctl's drivers are for Intel's GPUs, and %s says %04x:%04x; --device "
				     "8086:3e92 names another GPU, --bare leaves the drivers out",
				     p->device_from, p->device.vendor, p->device.device);
	if (!p->device.known && cli->vbios_file)
		return report_refuse(rep, IGD_ENOENT, REPORT_NOWHERE,
				     "which GPU the VBIOS is for is not known, and SeaBIOS runs it for that one "
				     "alone; --device 8086:3e92 names it");
	return 0;
}

const char *const *parts_touches(const struct cli *cli)
{
	return cli->vbt_from_host ? fw_host_rom_touches(cli) : NULL;
}

/* ---- the VBT ------------------------------------------------------------------------------------------------ */

/* The VBT of the GPU that is Intel's integrated one, else of the first that has one. */
static const struct host_fw_source *host_vbt(const struct parts *p, const struct host_fw *fw, struct vbt_info *ret)
{
	const struct pci_fn *igd = p->f->igd.pci >= 0 ? &p->f->pci[p->f->igd.pci] : NULL;
	const struct host_fw_source *best = NULL;
	enum vbt_place place;
	struct vbt_info info;
	size_t at;

	for (size_t i = 0; i < fw->n; i++) {
		const struct host_fw_source *s = &fw->v[i];

		for (size_t k = 0; k < s->n_pieces; k++) {
			if ((best && (s->gpu != igd || best->gpu == igd)) ||
			    vbt_find(s->pieces[k].bytes, &info, &at, &place, NULL) < 0)
				continue;
			best = s;
			*ret = info;
		}
	}
	return best;
}

#define VBT_ELSE "; --vbt FILE names one, as igdctl fw extract --vbt takes it out of the vendor's firmware"

static const enum host_fw_kind asked[] = { HOST_FW_VBT, HOST_FW_VBIOS };

/* Why no source gave one, source by source. */
static int vbt_missing(struct parts *p, struct report *rep)
{
	for (size_t k = 0; k < ARRAY_SIZE(asked); k++)
		for (size_t i = 0; i < p->host_fw[k].n; i++) {
			const struct host_fw_source *s = &p->host_fw[k].v[i];

			if (s->can[asked[k]])
				report_note(&p->says, REPORT_NOWHERE, "no %s by %s: %s",
					    asked[k] == HOST_FW_VBT ? "VBT" : "VBIOS", s->source, or_dash(s->why));
		}
	return report_refuse(rep, IGD_ENOENT, REPORT_NOWHERE, "no VBT is to be had there" VBT_ELSE);
}

/* Ask the machine for a VBT, and where it has none for a VBIOS, which has one inside. */
static int vbt_from_host(struct parts *p, struct report *rep)
{
	const char *input = host_is_live(p->h) ? "this machine" : p->f->input;
	const struct host_fw_source *s = NULL;

	report_subject(rep, "%s", input);
	report_subject(&p->says, "%s", input);
	for (size_t i = 0; i < ARRAY_SIZE(asked) && !s; i++) {
		struct host_fw_options o = fw_host_options(p->cli, p->h);
		int r;

		o.want[asked[i]] = true;
		r = host_fw_read(p->f, p->h, &o, &p->host_fw[i], rep);
		if (r == -IGD_ENOENT)
			report_more(rep, VBT_ELSE);
		if (r < 0)
			return r;
		s = host_vbt(p, &p->host_fw[i], &p->vbt);
	}
	if (!s)
		return vbt_missing(p, rep);
	p->vbt_from = arena_printf(&p->arena, "%s by %s", input, s->source);
	if (!p->device.known && s->gpu && s->gpu->id.known) {
		p->device = (struct fw_device) { true, (uint16_t)(s->gpu->id.v >> 16), (uint16_t)s->gpu->id.v };
		p->device_from = input;
	}
	return p->vbt_from ? 0 : -IGD_ENOMEM;
}

static int vbt_get(struct parts *p, struct report *rep)
{
	int r = 0;

	if (p->cli->vbt_from_host) {
		r = vbt_from_host(p, rep);
	} else if (p->cli->vbt_file) {
		r = vbt_file_read(p->cli->vbt_file, &p->vbt_file, rep);
		p->vbt_from = p->cli->vbt_file;
		p->vbt = p->vbt_file.info;
	}
	if (r < 0 || !p->vbt_from)
		return r;
	text_clean(p->vbt.name);
	report_subject(rep, "%s", p->vbt_from);
	report_subject(&p->says, "%s", p->vbt_from);
	if (!vbt_sum_ok(&p->vbt))
		report_note(
			&p->says, REPORT_NOWHERE,
			"the VBT's checksum is wrong, as it is in half of all; GopPolicy puts it right in the guest");
	return igd_policy_with_vbt(p->vbt.bytes, &p->policy, rep);
}

struct span parts_own(const struct parts *p, enum igd_driver d)
{
	return d == IGD_DRIVER_POLICY && p->policy.p ? buffer_span(&p->policy) : igd_driver_bytes(d);
}

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

/* What was taken by --force, or by --driver, which takes any driver. */
static void device_note(struct parts *p, const struct part_driver *d)
{
	struct gop gop;
	bool te;

	if (!p->device.known || !gop_read(d->source.bytes, &gop, &te) ||
	    (gop.vendor == p->device.vendor && (gop.n_devices == 0 || gop_is_for(&gop, p->device.device))))
		return;
	report_subject(&p->says, "%s", d->source.file);
	report_note(&p->says, REPORT_NOWHERE,
		    "a GOP driver that does not know %04x:%04x: there will be no picture from the firmware by it",
		    p->device.vendor, p->device.device);
}

static int gop_get(struct parts *p, struct report *rep)
{
	const char *file = p->cli->gop_file;
	int r;

	if (!file)
		return 0;
	r = rom_gop_read(file, &p->device, p->cli->force, &p->arena, &p->gop.source, &p->says, rep);
	r = r < 0 ? r : rom_gop_of_intel(p->gop.source.gop, p->cli->bare, rep);
	p->gop.name = name_of_file(&p->arena, file);
	if (r == 0)
		device_note(p, &p->gop);
	return r;
}

static bool same_driver(const struct part_driver *a, const struct part_driver *b)
{
	return a->source.file && b->source.file && span_same(a->source.bytes, b->source.bytes);
}

static int driver_get(struct parts *p, const char *file, struct report *rep)
{
	struct part_driver *d = &p->drivers[p->n_drivers];
	int r = rom_driver_read(file, &p->arena, &d->source, rep);

	if (r < 0)
		return r;
	d->name = name_of_file(&p->arena, file);
	for (size_t i = 0; i < p->n_drivers; i++)
		if (same_driver(&p->drivers[i], d))
			return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE,
					     "the same driver as %.60s; name it once", p->drivers[i].source.file);
	if (same_driver(&p->gop, d))
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE, "it is what --gop names already");
	device_note(p, d);
	p->n_drivers++;
	return 0;
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static int inputs_list(struct parts *p)
{
	const struct cli *cli = p->cli;
	const char *const files[] = { cli->gop_file, cli->vbt_file, cli->vbios_file, cli->capture };
	size_t n = 0;

	p->inputs = arena_alloc(&p->arena,
				(cli->drivers.n + (size_t)cli->n_args + ARRAY_SIZE(files) + 1) * sizeof(*p->inputs));
	if (!p->inputs)
		return -IGD_ENOMEM;
	for (int i = 0; i < cli->n_args; i++)
		p->inputs[n++] = cli->args[i];
	for (size_t i = 0; i < cli->drivers.n; i++)
		p->inputs[n++] = cli->drivers.v[i];
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (files[i])
			p->inputs[n++] = files[i];
	return 0;
}

int parts_options(const struct cli *cli, const char *command)
{
	if (cli->drivers.more)
		return usage_error(command, "--driver can be given %zu times", ARRAY_SIZE(cli->drivers.v));
	if (cli->vbt_file && cli->vbt_from_host)
		return usage_error(command, "--vbt and --vbt-from-host name two VBTs; give one");
	if (cli->bare && (cli->vbt_file || cli->vbt_from_host))
		return usage_error(command, "a VBT goes into the driver GopPolicy, which --bare leaves out");
	if (cli->bare && !cli->gop_file && !cli->vbios_file && cli->drivers.n == 0)
		return usage_error(command, "--bare leaves out igdctl's drivers, and nothing else is named");
	if (cli->device && !input_device(cli->device, &(uint16_t) { 0 }, &(uint16_t) { 0 }))
		return usage_error(command, "\"%.20s\" is no id of a device; they look like 8086:3e92", cli->device);
	return EXIT_DONE;
}

int parts_read(const struct cli *cli, bool this_machine, struct parts *ret, struct report *rep)
{
	struct parts *p = ret;
	int r;

	*p = (struct parts) { .cli = cli };
	r = inputs_list(p);
	r = r < 0 ? r : machine_read(p, this_machine, rep);
	r = r < 0 ? r : device_get(p, rep);
	r = r < 0 ? r : vbt_get(p, rep);
	if (r == 0 && cli->vbios_file)
		r = rom_vbios_read(cli->vbios_file, &p->arena, &p->vbios, rep);
	r = r < 0 ? r : gop_get(p, rep);
	for (size_t i = 0; r == 0 && i < cli->drivers.n; i++)
		r = driver_get(p, cli->drivers.v[i], rep);
	if (r == 0)
		report_subject(rep, "%s", "");
	return r == 0 && p->arena.full ? -IGD_ENOMEM : r;
}

void parts_tell(const struct parts *p)
{
	char line[REPORT_TEXT + 128];

	for (size_t i = 0; i < p->says.n_notes; i++) {
		report_entry_str(&p->says.notes[i], line, sizeof(line));
		fprintf(stderr, "note: %s\n", line);
	}
}

void parts_done(struct parts *p)
{
	buffer_done(&p->policy);
	vbt_file_done(&p->vbt_file);
	for (size_t i = 0; i < ARRAY_SIZE(p->host_fw); i++)
		host_fw_done(&p->host_fw[i]);
	facts_free(p->f);
	host_free(p->h);
	arena_done(&p->arena);
}
