// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/fw.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/worker.h"
#include "fw/igd_id.h"
#include "store/vm_qemu.h"

/* ---- the command line --------------------------------------------------------------------------------------- */

bool fw_display_of(const struct facts *f, struct fw_device *ret)
{
	const struct pci_fn *fn = f->igd.pci >= 0 ? &f->pci[f->igd.pci] : NULL, *all = f->pci;

	for (size_t i = 0; all && i < f->n_pci && !fn; i++)
		if (all[i].id.known && igd_id_find((uint16_t)(all[i].id.v >> 16), (uint16_t)all[i].id.v))
			fn = &all[i];
	if (!fn || !fn->id.known)
		return false;
	*ret = (struct fw_device) { true, (uint16_t)(fn->id.v >> 16), (uint16_t)fn->id.v };
	return true;
}

int fw_device_get(const struct cli *cli, const char *command, struct fw_device *ret)
{
	struct report rep = { 0 };
	struct facts *f = NULL;
	bool found;
	int r;

	*ret = (struct fw_device) { .known = false };
	if (cli->device && !input_device(cli->device, &ret->vendor, &ret->device))
		return usage_error(command, "\"%.20s\" is no id of a device; they look like 8086:3e92", cli->device);
	ret->known = cli->device;
	if (cli->device || (!cli->host && !cli->root && !cli->capture))
		return EXIT_DONE;
	r = input_read(cli, NULL, &f, &rep);
	if (r < 0)
		return report_failed(&rep, r, input_name(cli, NULL));
	found = fw_display_of(f, ret);
	facts_free(f);
	if (!found)
		fprintf(stderr, "igdctl: %s shows no GPU that is known; --device 8086:3e92 names one\n",
			cli->root || cli->capture ? input_name(cli, NULL) : "this machine");
	return found ? EXIT_DONE : EXIT_FAILED;
}

/* The names of the command line, folders expanded; EXIT_DONE or a mistake that was told. */
static int inputs_get(const struct cli *cli, const char *command, char ***ret, size_t *ret_n)
{
	if (cli->n_args == 0)
		return usage_error(command, "name a vendor's firmware file, as it was downloaded");
	*ret = inputs_expand(cli->args, (size_t)cli->n_args, ret_n);
	if (!*ret)
		return report_failed(NULL, -IGD_ENOMEM, command);
	if (*ret_n == 0) {
		fprintf(stderr, "igdctl: %s: no file in this folder\n", cli->args[0]);
		inputs_free(*ret);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

int fw_run(const struct cli *cli, const char *command, struct workers *w, char ***ret_inputs, size_t *ret_n)
{
	int status = inputs_get(cli, command, ret_inputs, ret_n);

	if (status != EXIT_DONE)
		return status;
	w->cli = cli;
	w->inputs = *ret_inputs;
	w->n = *ret_n;
	status = workers_run(w);
	inputs_free(*ret_inputs);
	*ret_inputs = NULL;
	return status;
}

int fw_end(const struct cli *cli, const char *schema, const char *input, const char *line)
{
	if (line && cli->json)
		fw_failed_json(stdout, schema, input, line);
	return line ? EXIT_FAILED : EXIT_DONE;
}

void fw_tell(const struct cli *cli, const struct outbox *box, const struct fw_node *n, bool damage,
	     const struct report_note *note)
{
	char path[FW_PATH];

	if (damage || cli->verbose)
		fprintf(box->err, "%s%s: %s: %s\n", damage ? "igdctl: " : "note: ", box->name, fw_path(n, path),
			note->text);
}

void fw_progress(struct outbox *box, const struct fw_node *n, size_t total)
{
	if (n->file_at != REPORT_NOWHERE)
		outbox_progress(box, n->file_at, total);
}

/* ---- artifacts in words ------------------------------------------------------------------------------------- */

const char *fw_artifact_str(const struct fw_artifact *a, char *buf, size_t n)
{
	char sum[24] = "";

	if (!a->sum_ok)
		snprintf(sum, sizeof(sum), ", checksum wrong");
	switch (a->kind) {
	case ART_GOP:
	case ART_AMD_GOP:
		snprintf(buf, n, "%s, %s, %zu bytes", *a->gop->version ? a->gop->version : "build not stated",
			 pe_machine_str(a->gop->pe.machine), a->size);
		break;
	case ART_VBT:
		snprintf(buf, n, "%s, BDB %u, %zu bytes%s%s", or_dash(a->platform), a->bdb_version, a->size, sum,
			 a->is_default ? ", the board's default" : "");
		break;
	case ART_VBIOS:
	case ART_AMD_VBIOS:
		snprintf(buf, n, "%04x:%04x, %zu bytes%s%s%s%s%s", a->vendor, a->device, a->size, sum,
			 *a->version ? ", version " : "", a->version, a->bdb_version ? ", with a VBT for " : "",
			 a->bdb_version ? a->platform : "");
		break;
	}
	return buf;
}

const char *fw_artifact_word(enum fw_artifact_kind k)
{
	static const char *const words[] = { [ART_GOP] = "GOP",
					     [ART_VBT] = "VBT",
					     [ART_VBIOS] = "VBIOS",
					     [ART_AMD_GOP] = "AMD GOP",
					     [ART_AMD_VBIOS] = "AMD VBIOS" };

	return words[k];
}

const char *fw_fit_word(enum fit f)
{
	static const char *const words[] = {
		[FIT_UNKNOWN] = "perhaps", [FIT_NO] = "no", [FIT_PATCH] = "after rom fix", [FIT_YES] = "yes"
	};

	return words[f];
}

const char *fw_counts_str(const struct fw_scan *scan, char *buf, size_t n)
{
	static const char *const more[] = {
		[ART_GOP] = "s", [ART_VBT] = "s", [ART_VBIOS] = "es", [ART_AMD_GOP] = "s", [ART_AMD_VBIOS] = "es"
	};
	size_t count[ART_AMD_VBIOS + 1] = { 0 }, at = 0;

	for (size_t i = 0; i < scan->n_artifacts; i++)
		count[scan->artifacts[i].kind]++;
	snprintf(buf, n, "no GOP, VBT or VBIOS");
	for (enum fw_artifact_kind k = 0; k <= ART_AMD_VBIOS; k++)
		if (count[k] && at < n)
			at += (size_t)snprintf(buf + at, n - at, "%s%zu %s%s", at ? ", " : "", count[k],
					       fw_artifact_word(k), count[k] == 1 ? "" : more[k]);
	return buf;
}

const char *fw_nothing_str(const struct fw_scan *scan, size_t size)
{
	if (size == 0)
		return "the file is empty; download or copy it again";
	if (scan->partial)
		return "part of it is missing; download or copy it again";
	if (scan->n_damages)
		return "part of it could not be read; unpack it with the tool that made it, and name what comes out";
	if (scan->n_volumes == 0)
		return "nothing in it is firmware that this program knows; try the board vendor's BIOS update as it "
		       "was downloaded";
	return "it is UEFI firmware without a driver for integrated graphics, or a part of one; try the vendor's "
	       "whole image";
}

void fw_next(FILE *out, const char *command, const char *file)
{
	struct arena arena = { .limit = 1 << 20 };
	char name[PATH_MAX];

	text_copy(span_str(shell_quoted(file, &arena)), name, sizeof(name));
	fprintf(out, "Next: igdctl %s %s%s\n", command, *file == '-' ? "./" : "", name);
	arena_done(&arena);
}

/* ---- JSON --------------------------------------------------------------------------------------------------- */

static json_t *id_json(uint16_t vendor, uint16_t device)
{
	char id[12];

	snprintf(id, sizeof(id), "%04x:%04x", vendor, device);
	return json_string(id);
}

static json_t *sha256_json(const uint8_t digest[32])
{
	char hex[65];

	for (size_t i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return json_string(hex);
}

static json_t *copies_json(const struct fw_artifact *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->n_copies; i++)
		json_array_append_new(
			list, json_pack("{s:o, s:I, s:b, s:b, s:b}", "path", json_text(a->copies[i].path), "offset",
					(json_int_t)a->copies[i].at, "decoded", a->copies[i].decoded, "carved",
					a->copies[i].carved, "partial", a->copies[i].partial));
	return list;
}

static json_t *devices_json(const struct fw_artifact *a)
{
	json_t *list = json_array();

	for (size_t i = 0; a->gop && i < a->gop->n_devices; i++)
		json_array_append_new(list, id_json(a->gop->vendor, a->gop->devices[i]));
	if (a->kind == ART_VBIOS || a->kind == ART_AMD_VBIOS)
		json_array_append_new(list, id_json(a->vendor, a->device));
	return list;
}

static json_t *version_json(const struct fw_artifact *a)
{
	char bdb[8];

	if (a->gop)
		return *a->gop->version ? json_text(a->gop->version) : json_null();
	if (a->kind == ART_VBT && a->bdb_version) {
		snprintf(bdb, sizeof(bdb), "%u", a->bdb_version);
		return json_string(bdb);
	}
	return *a->version ? json_text(a->version) : json_null();
}

static json_t *vbt_json(const struct fw_artifact *a)
{
	if (a->bdb_version == 0)
		return json_null();
	return json_pack("{s:o, s:i, s:I, s:o, s:b}", "platform", json_text(a->platform), "bdb_version",
			 (int)a->bdb_version, "size", (json_int_t)a->vbt_size, "outputs", json_text(a->outputs),
			 "default", a->is_default);
}

static json_t *fit_json(const struct fw_artifact *a, const struct fw_device *d)
{
	char why[256];
	enum fit f;

	if (!d->known)
		return json_null();
	f = fw_fit(a, d->vendor, d->device, why, sizeof(why));
	return json_pack("{s:o, s:s, s:o}", "device", id_json(d->vendor, d->device), "verdict", fit_str(f), "why",
			 json_text(why));
}

json_t *fw_artifact_json(const struct fw_artifact *a, const struct fw_device *device)
{
	const struct fw_copy *first = &a->copies[0];
	json_t *o = json_pack("{s:s, s:o, s:I, s:o, s:I, s:b, s:b, s:b, s:b}", "kind", fw_artifact_kind_str(a->kind),
			      "sha256", sha256_json(a->sha256), "size", (json_int_t)a->size, "path",
			      json_text(first->path), "offset", (json_int_t)first->at, "decoded", first->decoded,
			      "carved", first->carved, "partial", first->partial, "whole", a->whole);

	json_object_set_new(o, "name", *a->name ? json_text(a->name) : json_null());
	json_object_set_new(o, "guid", *a->guid ? json_text(a->guid) : json_null());
	json_object_set_new(o, "version", version_json(a));
	json_object_set_new(o, "machine", a->gop ? json_text(pe_machine_str(a->gop->pe.machine)) : json_null());
	json_object_set_new(o, "device_ids", devices_json(a));
	json_object_set_new(o, "checksum_ok", a->gop ? json_null() : json_boolean(a->sum_ok));
	json_object_set_new(o, "vbt", vbt_json(a));
	json_object_set_new(o, "module_id", a->box_vendor ? id_json(a->box_vendor, a->box_id) : json_null());
	json_object_set_new(o, "copies", copies_json(a));
	json_object_set_new(o, "fit", fit_json(a, device));
	return o;
}

json_t *fw_troubles_json(const struct fw_scan *scan)
{
	json_t *list = json_array();

	for (size_t i = 0; i < scan->n_kept; i++) {
		const struct fw_trouble *t = &scan->troubles[i];

		json_array_append_new(
			list, json_pack("{s:o, s:o, s:b, s:o}", "path", json_text(t->path), "at",
					t->at == REPORT_NOWHERE ? json_null() : json_integer((json_int_t)t->at),
					"damage", t->damage, "says", json_text(t->text)));
	}
	return list;
}

void fw_failed_json(FILE *out, const char *schema, const char *input, const char *line)
{
	json_t *top = json_top(schema, input);

	json_object_set_new(top, "error", json_text(line));
	json_print(top, false, out);
}

/* ---- what was not in order ---------------------------------------------------------------------------------- */

#define SAID_MAX 10 /* damaged places, without --verbose */

void fw_troubles_text(const struct cli *cli, const struct fw_scan *scan, const char *input, FILE *err)
{
	size_t said = 0;

	for (size_t i = 0; i < scan->n_kept; i++) {
		const struct fw_trouble *t = &scan->troubles[i];
		char at[32] = "";

		if (!cli->verbose && (!t->damage || said++ >= SAID_MAX))
			continue;
		if (t->at != REPORT_NOWHERE)
			snprintf(at, sizeof(at), "+0x%llx", (unsigned long long)t->at);
		fprintf(err, "%s%s: %s%s: %s\n", t->damage ? "igdctl: " : "note: ", input, t->path, at, t->text);
	}
	if (!cli->verbose && scan->n_damages > SAID_MAX)
		fprintf(err, "igdctl: %s: and %zu more damaged places; --verbose lists them\n", input,
			scan->n_damages - SAID_MAX);
}
