// SPDX-License-Identifier: GPL-2.0-or-later
#include "facts/host_fw.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "facts/host_fw_ask.h"
#include "std/pci.h"

#define HOST_FW_MEMORY ((size_t)128 * 1024 * 1024) /* a few ROMs of at most HOST_FILE_MAX each */

const char *host_fw_kind_str(enum host_fw_kind k)
{
	static const char *const words[] = { [HOST_FW_OPREGION] = "opregion",
					     [HOST_FW_VBT] = "vbt",
					     [HOST_FW_VBIOS] = "vbios",
					     [HOST_FW_GOP] = "gop" };

	return words[k];
}

const char *host_fw_verdict_str(enum host_fw_verdict v)
{
	static const char *const words[] = { [HOST_FW_OK] = "ok",
					     [HOST_FW_ABSENT] = "absent",
					     [HOST_FW_DENIED] = "denied",
					     [HOST_FW_REFUSED] = "refused",
					     [HOST_FW_NOT_TRIED] = "not-tried" };

	return words[v];
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

struct host_fw_source *ask_row(struct ask *q, const char *source, const enum host_fw_kind *kinds, size_t n)
{
	struct host_fw_source *s = arena_push(&q->to->arena, q->to->v, q->to->n);

	if (!s)
		return NULL;
	*s = (struct host_fw_source) { .gpu = q->gpu, .source = source, .verdict = HOST_FW_NOT_TRIED, .why = "" };
	for (size_t i = 0; i < n; i++)
		s->can[kinds[i]] = true;
	return s;
}

void ask_says(struct ask *q, struct host_fw_source *s, enum host_fw_verdict v, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_clean(text); /* it may quote a file, and may be cut within a character */
	s->verdict = v;
	s->why = arena_str(&q->to->arena, text);
}

bool ask_wants(struct ask *q, struct host_fw_source *s)
{
	bool asked = false;

	for (int k = 0; k < HOST_FW_KINDS; k++) {
		if (!s->can[k] || !q->o->want[k])
			continue;
		asked = true;
		if (!q->had[k])
			return true;
	}
	ask_says(q, s, HOST_FW_NOT_TRIED, asked ? "a source above gave it already" : "not asked for");
	return false;
}

void ask_unread(struct ask *q, struct host_fw_source *s, int r, const char *path)
{
	const bool copy = !host_is_live(q->h);

	if (host_is_capture(q->h)) /* what nobody asked when it was made cannot be had as another user */
		ask_says(q, s, HOST_FW_ABSENT, "%s", host_why(q->h, r, path, &q->to->arena));
	else if (r == -IGD_ENOENT)
		ask_says(q, s, HOST_FW_ABSENT, "/%s: %s", path, copy ? "not among these files" : "there is none");
	else
		ask_says(q, s, r == -IGD_EACCES ? HOST_FW_DENIED : HOST_FW_REFUSED, "%s",
			 host_why(q->h, r, path, &q->to->arena));
}

/* "vbt-8086-3e92.bin"; a second GPU of the same kind has its address in the name too. */
static const char *piece_name(struct ask *q, enum host_fw_kind k)
{
	const char *end = k == HOST_FW_VBIOS ? "rom" : "bin", *kind = host_fw_kind_str(k);
	const struct pci_fn *g = q->gpu;
	const char *name =
		arena_printf(&q->to->arena, "%s-%04x-%04x.%s", kind, pci_fn_vendor(g), pci_fn_device(g), end);

	for (size_t i = 0; i < q->to->n; i++)
		for (size_t p = 0; p < q->to->v[i].n_pieces; p++)
			if (strcmp(q->to->v[i].pieces[p].name, name) == 0)
				return arena_printf(&q->to->arena, "%s-%04x-%04x-%04x-%02x-%02x.%x.%s", kind,
						    pci_fn_vendor(g), pci_fn_device(g), g->addr.domain, g->addr.bus,
						    g->addr.dev, g->addr.fn, end);
	return name;
}

void ask_gives(struct ask *q, struct host_fw_source *s, enum host_fw_kind k, struct span bytes)
{
	if (!q->o->want[k] || q->had[k] || s->n_pieces == HOST_FW_PIECES)
		return;
	s->pieces[s->n_pieces] = (struct host_fw_piece) { k, piece_name(q, k), bytes };
	s->n_pieces++;
	q->had[k] = true;
}

/* ---- what no machine gives ---------------------------------------------------------------------------------- */

static void ask_dev_mem(struct ask *q)
{
	static const enum host_fw_kind kinds[] = { HOST_FW_OPREGION, HOST_FW_VBT };
	struct host_fw_source *s = ask_row(q, "dev-mem", kinds, ARRAY_SIZE(kinds));

	if (s)
		ask_says(q, s, HOST_FW_NOT_TRIED,
			 "never used: the OpRegion lies in memory where the register ASLS points, but most kernels "
			 "keep that from /dev/mem (lockdown, IO_STRICT_DEVMEM), a wrong address there does harm, and "
			 "the sources above have the same bytes");
}

static void ask_gop(struct ask *q)
{
	static const enum host_fw_kind kinds[] = { HOST_FW_GOP };
	struct host_fw_source *s = ask_row(q, "gop", kinds, ARRAY_SIZE(kinds));

	if (!s)
		return;
	s->can[HOST_FW_GOP] = false;
	ask_says(q, s, HOST_FW_ABSENT,
		 "no running machine has it: the firmware's UEFI display driver is gone from memory once Linux runs. "
		 "It is in the vendor's firmware file: igdctl fw scan FILE");
}

/* ---- the GPUs ----------------------------------------------------------------------------------------------- */

static bool is_ours(const struct pci_fn *p)
{
	return pci_fn_base_class(p, PCI_CLASS_DISPLAY) && p->is_vf.v != TRI_YES &&
	       (pci_fn_vendor(p) == VENDOR_INTEL || pci_fn_vendor(p) == VENDOR_AMD);
}

/* Of .device: an address, or an id. -IGD_EUSAGE when it is neither. */
static int device_parse(const char *s, bool *is_addr, struct pci_addr *addr, uint32_t *id)
{
	struct span rest = span_str(s);
	uint64_t vendor, device;

	*is_addr = pci_addr_parse(s, addr);
	if (*is_addr)
		return 0;
	if (rest.n != strlen("8086:3e92") || !text_digits(&rest, 16, &vendor) || !text_skip(&rest, ":") ||
	    !text_digits(&rest, 16, &device) || rest.n != 0 || vendor > 0xffff || device > 0xffff)
		return -IGD_EUSAGE;
	*id = (uint32_t)(vendor << 16 | device);
	return 0;
}

static void gpu_read(struct ask *q)
{
	char addr[PCI_ADDR_STR];

	q->addr = pci_addr_str(q->gpu->addr, addr);
	memset(q->had, 0, sizeof(q->had));
	if (pci_fn_vendor(q->gpu) == VENDOR_INTEL) {
		ask_intel_debugfs(q);
		ask_vfio(q);
	} else {
		ask_amd_debugfs(q);
		ask_vfct(q);
	}
	ask_rom(q);
	q->to->n_gpus++;
}

int host_fw_read(const struct facts *f, struct host *h, const struct host_fw_options *o, struct host_fw *ret,
		 struct report *rep)
{
	struct ask q = { .f = f, .h = h, .o = o, .to = ret };
	struct pci_addr addr = { 0 };
	bool is_addr = false;
	uint32_t id = 0;

	*ret = (struct host_fw) { .arena = { .limit = HOST_FW_MEMORY } };
	if (o->device && device_parse(o->device, &is_addr, &addr, &id) < 0)
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE,
				     "\"%.40s\" is no GPU: an address like 0000:00:02.0 or an id like 8086:3e92 is",
				     o->device);
	for (size_t i = 0; i < f->n_pci; i++)
		q.n_intel += is_ours(&f->pci[i]) && pci_fn_vendor(&f->pci[i]) == VENDOR_INTEL;
	for (size_t i = 0; i < f->n_pci; i++) {
		q.gpu = &f->pci[i];
		if (is_ours(q.gpu) && (!o->device || (is_addr ? pci_addr_eq(q.gpu->addr, addr) : q.gpu->id.v == id)))
			gpu_read(&q);
	}
	if (ret->n_gpus == 0)
		return report_refuse(
			rep, IGD_ENOENT, REPORT_NOWHERE, "no GPU of Intel's or AMD's here%s%.40s%s",
			o->device ? " is " : "", o->device ? o->device : "",
			f->source == SOURCE_LIVE ? "" : "; its /sys is asked, which pasted command output has not");
	q.gpu = NULL;
	if (q.n_intel)
		ask_dev_mem(&q);
	ask_gop(&q);
	if (ret->arena.full)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "more firmware than is held at once");
	return 0;
}

void host_fw_done(struct host_fw *fw)
{
	arena_done(&fw->arena);
	*fw = (struct host_fw) { 0 };
}
