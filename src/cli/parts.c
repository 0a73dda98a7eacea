// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/parts.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/input.h"
#include "facts/host_fw.h"
#include "plan/plan.h"

#define VBT_FILE_MAX ((size_t)16 << 20)

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

static int driver_take(struct parts *p, struct part_driver *d, struct report *rep)
{
	for (size_t i = 0; i < p->n_drivers; i++)
		if (strcmp(p->drivers[i].sha256, d->sha256) == 0)
			return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE, "the same driver as %.60s",
					     p->drivers[i].source.file);
	if (p->gop && strcmp(p->gop->sha256, d->sha256) == 0)
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE, "it is what --gop names already");
	p->n_drivers++;
	return 0;
}

static int gop_get(struct parts *p, const struct cli *cli, struct report *rep)
{
	struct part_driver *d = arena_new(&p->arena, struct part_driver);
	int r;

	if (!d)
		return -IGD_ENOMEM;
	r = rom_gop_read(cli->gop_file, &p->device, cli->force, &p->arena, &d->source, &p->says, rep);
	if (r < 0)
		return r;
	d->name = name_of_file(&p->arena, cli->gop_file);
	plan_sha256(d->source.bytes, d->sha256);
	p->gop = d;
	return 0;
}

static int drivers_get(struct parts *p, const struct cli *cli, struct report *rep)
{
	int r = 0;

	p->drivers = arena_alloc(&p->arena, (cli->drivers.n + 1) * sizeof(*p->drivers));
	if (!p->drivers)
		return -IGD_ENOMEM;
	for (size_t i = 0; r == 0 && i < cli->drivers.n; i++) {
		struct part_driver *d = &p->drivers[i];

		r = rom_driver_read(cli->drivers.v[i], &p->arena, &d->source, rep);
		if (r < 0)
			break;
		d->name = name_of_file(&p->arena, cli->drivers.v[i]);
		plan_sha256(d->source.bytes, d->sha256);
		r = driver_take(p, d, rep);
	}
	return r;
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
		report_note(&p->says, at,
			    "the checksum of the VBT is wrong, as in half of them; drivers do not mind");
	return 0;
}

static int vbt_get(struct parts *p, const struct cli *cli, struct report *rep)
{
	struct span bytes;
	int r;

	report_subject(rep, "%s", cli->vbt_file);
	report_subject(&p->says, "%s", cli->vbt_file);
	r = input_bytes(cli->vbt_file, VBT_FILE_MAX, &p->arena, &bytes, rep);
	return r < 0 ? r : vbt_take(p, bytes, cli->vbt_file, rep);
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
	int r = inputs_list(&p, cli);

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
