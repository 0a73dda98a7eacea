// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/ovmf.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/deliver.h"
#include "cli/input.h"
#include "cli/json.h"
#include "fw/pe.h"
#include "fw/qcow2.h"
#include "fw/vbt.h"
#include "host/host.h"
#include "plan/plan.h"
#include "std/pi.h"

#define FILE_MAX ((size_t)80 << 20) /* QCOW2_DISK_MAX and what the format adds */

/* ---- looking into files ------------------------------------------------------------------------------------- */

/* EC2E931B-3281-48A5-8107-DF8A8BED3C5D, which a driver holds that offers the protocol (and one that asks for it). */
static bool names_policy(struct span pe)
{
	static const struct guid policy =
		GUID(0xec2e931b, 0x3281, 0x48a5, 0x81, 0x07, 0xdf, 0x8a, 0x8b, 0xed, 0x3c, 0x5d);

	return memmem(pe.p, pe.n, policy.b, sizeof(policy.b)) != NULL;
}

static void vbt_look(struct ovmf_image *i, struct span vbt, struct ovmf_seen *s)
{
	struct report rep = { 0 };
	struct vbt_info info;

	if (vbt_read(vbt, &info, &rep) < 0)
		s->vbt_fault = arena_printf(&i->arena, "its VBT: %s", rep.refusal.text);
	else
		plan_sha256(info.bytes, s->vbt_sha256);
}

static void gop_look(struct ovmf_image *i, struct span pe, struct ovmf_seen *s)
{
	struct gop gop, *kept;
	bool te;

	if (!gop_read(pe, &gop, &te))
		return;
	kept = arena_new(&i->arena, struct gop);
	if (kept)
		*kept = gop;
	s->gop = kept;
}

static void file_look(struct ovmf_image *i, const struct ovmf_file *f, struct ovmf_seen *s)
{
	struct report rep = { 0 };
	struct pe pe;

	if (!f->pe.p)
		return;
	plan_sha256(f->pe, s->sha256);
	if (pe_read(f->pe, &pe, &rep) < 0)
		s->fault = arena_str(&i->arena, rep.refusal.text);
	else if (pe.partial)
		s->fault = "cut short: a section of its PE reaches past its end";
	s->ours = igd_driver_is(f->pe, &s->mark);
	if (s->ours && s->mark.vbt.p)
		vbt_look(i, s->mark.vbt, s);
	gop_look(i, f->pe, s);
	s->policy = s->ours ? s->mark.driver == IGD_DRIVER_POLICY : !s->gop && names_policy(f->pe);
}

bool ovmf_driver_guid(const char *sha256, struct guid *ret)
{
	struct span text = span_str(sha256), digits;
	struct guid g;
	uint64_t byte;

	for (size_t i = 0; i < sizeof(g.b); i++) {
		if (!span_cut(text, 2 * i, 2, &digits) || !text_digits(&digits, 16, &byte) || digits.n)
			return false;
		g.b[i] = (uint8_t)byte;
	}
	g.b[7] = (uint8_t)((g.b[7] & 0x0f) | 0x80); /* RFC 9562, 5.8: version 8 */
	g.b[8] = (uint8_t)((g.b[8] & 0x3f) | 0x80); /* and 4.1: the variant */
	*ret = g;
	return true;
}

/* Is the file one that the record names? */
static bool recorded(const struct ovmf_image *i, const struct ovmf_file *f)
{
	struct guid g;

	for (size_t k = 0; i->recorded && k < i->record.n_drivers; k++)
		if (ovmf_driver_guid(i->record.drivers[k].sha256, &g) && guid_eq(&g, &f->guid))
			return true;
	return false;
}

static int look(struct ovmf_image *i)
{
	i->seen = arena_alloc(&i->arena, (i->ovmf.n_files + 1) * sizeof(*i->seen));
	if (!i->seen)
		return -IGD_ENOMEM;
	i->recorded = i->ovmf.record.p && ovmf_record_read(i->ovmf.record, &i->record);
	for (size_t k = 0; k < i->ovmf.n_files; k++) {
		struct ovmf_file *f = &i->ovmf.files[k];

		file_look(i, f, &i->seen[k]);
		if (f->whose != OVMF_IGDCTL && recorded(i, f)) {
			f->whose = OVMF_IGDCTL;
			f->what = "a driver that was put in with --driver";
		}
		i->ours |= f->whose == OVMF_IGDCTL;
	}
	return 0;
}

static int image_take(struct ovmf_image *ret, struct span file)
{
	int r = 0;

	ret->file = file;
	ret->qcow2 = qcow2_is(file);
	if (ret->qcow2)
		r = qcow2_read(file, &ret->disk, &ret->rep);
	if (r < 0)
		return r;
	ret->raw = ret->qcow2 ? buffer_span(&ret->disk) : file;
	plan_sha256(ret->raw, ret->sha256);
	r = ovmf_read(ret->raw, &ret->ovmf, &ret->rep);
	ret->found = r == 0;
	if (r < 0)
		return r == -IGD_ENOMEM ? r : 0;
	return look(ret);
}

int ovmf_image_read(const char *name, struct ovmf_image *ret)
{
	struct span file;
	int r;

	*ret = (struct ovmf_image) { .name = name };
	report_subject(&ret->rep, "%s", name);
	r = input_bytes(name, FILE_MAX, &ret->arena, &file, &ret->rep);
	return r < 0 ? r : image_take(ret, file);
}

void ovmf_image_done(struct ovmf_image *i)
{
	if (i->found)
		ovmf_done(&i->ovmf);
	buffer_done(&i->disk);
	arena_done(&i->arena);
}

/* ---- words -------------------------------------------------------------------------------------------------- */

/* EDK II OvmfPkg/README: a build with SMM_REQUIRE runs on q35 alone, and with SMM. */
const char *ovmf_boots_str(const struct ovmf_traits *t)
{
	return t->smm ? "q35 with smm=on, and nowhere else" : "q35 and i440fx, smm=on or off";
}

const char *ovmf_build_str(const struct ovmf_traits *t, struct arena *a)
{
	return arena_printf(a, "%s%s%s%s%s%s", pe_machine_str(t->machine), t->secure_boot ? ", Secure Boot" : "",
			    t->smm ? ", SMM" : "", t->sev ? ", SEV" : "", t->tdx ? ", TDX" : "",
			    t->vars ? ", with its variables" : "");
}

const char *ovmf_size_str(size_t n, struct arena *a)
{
	if (n < 4096)
		return arena_printf(a, "%zu bytes", n);
	if (n < (size_t)4 << 20)
		return arena_printf(a, "%zu KiB", n >> 10);
	return arena_printf(a, "%zu.%zu MiB", n >> 20, (n & 0xfffff) * 10 >> 20);
}

/* ---- names -------------------------------------------------------------------------------------------------- */

/* Debian and Ubuntu; Fedora; Arch; openSUSE and QEMU itself; Proxmox. */
const char *const ovmf_folders[] = { "/usr/share/OVMF",		 "/usr/share/edk2/ovmf",
				     "/usr/share/edk2/x64",	 "/usr/share/qemu",
				     "/usr/share/edk2-ovmf/x64", "/usr/share/pve-edk2-firmware",
				     "/usr/share/ovmf",		 NULL };

int ovmf_no_file(const char *command)
{
	static const char *const usual[] = {
		"/usr/share/OVMF/OVMF_CODE_4M.fd",	   "/usr/share/OVMF/OVMF_CODE.fd",
		"/usr/share/edk2/ovmf/OVMF_CODE_4M.qcow2", "/usr/share/edk2/x64/OVMF_CODE.4m.fd",
		"/usr/share/qemu/ovmf-x86_64-4m-code.bin", "/usr/share/pve-edk2-firmware/OVMF_CODE_4M.fd",
	};
	const char *first = usual[0];

	for (size_t i = ARRAY_SIZE(usual); i-- > 0;)
		if (access(usual[i], R_OK) == 0)
			first = usual[i];
	return usage_error(command, "name the image of code that the distribution has, %s", first);
}

/* @name with its last @from replaced; NULL: it has none. */
static const char *replaced(const char *name, const char *from, const char *to, struct arena *a)
{
	const char *hit = NULL;

	for (const char *p = strstr(name, from); p; p = strstr(p + 1, from))
		hit = p;
	return hit ? arena_printf(a, "%.*s%s%s", (int)(hit - name), name, to, hit + strlen(from)) : NULL;
}

const char *ovmf_vars_name(const char *name, const struct ovmf_traits *t, struct arena *a)
{
	static const char *const drop[] = { "", ".secboot", ".strictnx", ".secboot.strictnx" };
	const char *vars = replaced(name, "CODE", "VARS", a), *first;

	if (t->vars)
		return NULL;
	vars = vars ? vars : replaced(name, "secure-code", "vars", a);
	vars = vars ? vars : replaced(name, "code", "vars", a);
	first = vars;
	for (size_t i = 0; vars && i < ARRAY_SIZE(drop); i++) {
		const char *other = *drop[i] ? replaced(vars, drop[i], "", a) : vars;

		if (other && access(other, F_OK) == 0)
			return other;
	}
	return first;
}

/* The length of @stem without "-igd-0123456789ab" or "-stock-..." at its end. */
static size_t stem_length(const char *stem, size_t n)
{
	static const char *const parts[] = { "-igd-", "-stock-", "-without-" };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t len = strlen(parts[i]);

		if (n > len + 12 && memcmp(stem + n - 12 - len, parts[i], len) == 0 &&
		    strspn(stem + n - 12, "0123456789abcdef") >= 12)
			return n - 12 - len;
	}
	return n;
}

/* "OVMF_CODE_4M.fd" and "igd" -> "OVMF_CODE_4M-igd-" and the first 12 digits of @sha256 and ".fd"; or the ending of
 * @format. A part of that form that the name has is replaced. Owned by @a. */
static const char *result_name(const char *name, const char *what, const char *sha256, bool qcow2, struct arena *a)
{
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name, *dot;
	const char *end = qcow2 ? ".qcow2" : ".fd";
	char clean[128];
	size_t n;

	if (strcmp(base, "-") == 0 || *base == '.' || *base == '\0' || *base == '-')
		base = "OVMF.fd";
	text_copy(span_str(base), clean, sizeof(clean));
	dot = strrchr(clean, '.');
	n = dot ? (size_t)(dot - clean) : strlen(clean);
	if (dot && !qcow2 && strcmp(dot, ".qcow2") != 0)
		end = dot; /* ".bin" stays what it is */
	return arena_printf(a, "%.*s-%s-%.12s%s", (int)stem_length(clean, n), clean, what, sha256, end);
}

/* ---- results ------------------------------------------------------------------------------------------------ */

/* Does the file @path hold just @bytes? */
static bool holds(const char *path, struct span bytes)
{
	struct arena a = { .limit = (size_t)4 * FILE_MAX };
	struct span there;
	bool same = input_bytes(path, FILE_MAX, &a, &there, NULL) == 0 && there.n == bytes.n &&
		    memcmp(there.p, bytes.p, bytes.n) == 0;

	arena_done(&a);
	return same;
}

static int write_out(const struct cli *cli, const char *name, struct span bytes, const char *const *inputs,
		     char ret_path[HOST_PATH_MAX], enum ovmf_written *ret, struct report *rep)
{
	struct report mine = { 0 };
	int r = deliver_result(cli, name, bytes, inputs, ret_path, &mine);

	if (r == -IGD_EPATH && deliver_is_folder(cli) && holds(ret_path, bytes)) {
		*ret = OVMF_ALREADY;
		return 0;
	}
	if (r < 0) {
		*rep = mine;
		return r;
	}
	*ret = r == 0 ? OVMF_WRITTEN : OVMF_WOULD_BE;
	return 0;
}

int ovmf_deliver(const struct cli *cli, struct ovmf_image *i, struct span raw, bool qcow2, const char *name,
		 const char *what, const char *const *inputs, char ret_sha256[65], char ret_path[HOST_PATH_MAX],
		 enum ovmf_written *ret)
{
	_cleanup_(buffer_done) struct buffer packed = { 0 };
	int r = qcow2 ? qcow2_write(raw, &packed, &i->rep) : 0;
	struct span bytes = qcow2 ? buffer_span(&packed) : raw;

	if (r < 0)
		return r;
	plan_sha256(bytes, ret_sha256);
	name = result_name(name, what, ret_sha256, qcow2, &i->arena);
	return write_out(cli, name, bytes, inputs, ret_path, ret, &i->rep);
}

const char *ovmf_written_str(enum ovmf_written w)
{
	static const char *const words[] = { [OVMF_WOULD_BE] = "Would be written:",
					     [OVMF_WRITTEN] = "Written:",
					     [OVMF_ALREADY] = "There already, the same:" };

	return words[w];
}

/* ---- what is ours ------------------------------------------------------------------------------------------- */

struct guid *ovmf_ours(struct ovmf_image *i, size_t *ret_n)
{
	struct guid *v = arena_alloc(&i->arena, (i->ovmf.n_files + 1) * sizeof(*v));
	size_t n = 0;

	for (size_t k = 0; v && k < i->ovmf.n_files; k++)
		if (i->ovmf.files[k].whose == OVMF_IGDCTL)
			v[n++] = i->ovmf.files[k].guid;
	*ret_n = n;
	return v;
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

json_t *ovmf_boots_json(const struct ovmf_traits *t)
{
	return t->smm ? json_pack("{s:[s], s:s}", "machines", "q35", "smm", "on")
		      : json_pack("{s:[s, s], s:s}", "machines", "q35", "pc", "smm", "any");
}

json_t *ovmf_build_json(const struct ovmf_traits *t)
{
	return json_pack("{s:s, s:b, s:b, s:b, s:b, s:b, s:b}", "machine", pe_machine_str(t->machine), "smm", t->smm,
			 "secure_boot", t->secure_boot, "tdx", t->tdx, "sev", t->sev, "vars", t->vars, "pflash",
			 t->pflash);
}

json_t *ovmf_room_json(size_t flash, size_t dxe)
{
	return json_pack("{s:I, s:I}", "flash", (json_int_t)flash, "dxe", (json_int_t)dxe);
}

static json_t *text_or_null(const char *s)
{
	return *s ? json_text(s) : json_null();
}

json_t *ovmf_record_json(const struct ovmf_image *i)
{
	const struct ovmf_record *r = &i->record;
	json_t *drivers = json_array();

	if (!i->recorded) {
		json_decref(drivers);
		return json_null();
	}
	for (size_t k = 0; k < r->n_drivers; k++)
		json_array_append_new(drivers, json_pack("{s:o, s:s}", "name", json_text(r->drivers[k].name),
							 "sha256", r->drivers[k].sha256));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "version", json_text(r->version), "stock_name",
			 text_or_null(r->stock_name), "stock_sha256", text_or_null(r->stock_sha256), "decoded_sha256",
			 text_or_null(r->decoded_sha256), "gop_sha256", text_or_null(r->gop_sha256), "vbt_sha256",
			 text_or_null(r->vbt_sha256), "drivers", drivers);
}

json_t *ovmf_file_json(const struct ovmf_file *f)
{
	static const char *const whose[] = {
		[OVMF_STOCK] = "stock", [OVMF_IGDCTL] = "igdctl", [OVMF_SOMEBODY] = "somebody"
	};
	char type[16], guid[GUID_STR];

	return json_pack("{s:s, s:s, s:o, s:I, s:I, s:o, s:s, s:o}", "guid", guid_str(&f->guid, guid), "type",
			 ffs_type_str(f->type, type), "name", text_or_null(f->name), "offset", (json_int_t)f->at,
			 "size", (json_int_t)f->bytes.n, "machine",
			 f->machine ? json_text(pe_machine_str(f->machine)) : json_null(), "whose", whose[f->whose],
			 "what", json_text(f->what));
}

/* ---- progress ----------------------------------------------------------------------------------------------- */

static bool progress_shown;

void ovmf_progress(void *ctx _unused_, unsigned level)
{
	if (level == OVMF_LEVEL_KEEP || !isatty(STDERR_FILENO)) /* keeping takes no time */
		return;
	fprintf(stderr, "\rpacking anew, level %u ...", level);
	progress_shown = true;
}

void ovmf_progress_clear(void)
{
	if (progress_shown)
		fprintf(stderr, "\r%-40s\r", "");
	progress_shown = false;
}
