// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * host_fw_debugfs.c - what the GPU's own driver shows, and what vfio-pci shows in its place.
 *
 * debugfs is mounted by systemd, readable for root alone, and its folder dri/ has one folder a driver: by PCI address
 * since Linux 6.12, by the number of the card always. Lockdown leaves files of mode 0444 readable, which these are
 * (Linux fs/debugfs/file.c, debugfs_locked_down()).
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "facts/host_fw_ask.h"
#include "facts/tree.h"
#include "fw/opregion.h"

#define DEBUGFS	    "sys/kernel/debug"
#define DRI	    DEBUGFS "/dri"
#define FOLDERS_MAX 256 /* of dri/: cards, their render nodes, and addresses */

/* ---- which folder ------------------------------------------------------------------------------------------- */

/* "i915 dev=0000:00:02.0 unique=0000:00:02.0" (Linux drm_name_info()). */
static bool name_tells(struct ask *q, const char *folder)
{
	struct span text, word;

	if (host_read(q->h, arena_printf(&q->to->arena, DRI "/%s/name", folder), HOST_TEXT_MAX, &q->to->arena,
		      &text) < 0)
		return false;
	while (text_word(&text, &word))
		if (text_skip(&word, "dev=") && text_eq(word, q->addr))
			return true;
	return false;
}

/* /sys/class/drm/card1 leads to "../../devices/pci0000:00/0000:00:02.0/drm/card1". */
static bool class_tells(struct ask *q, const char *folder)
{
	const char *target;
	struct pci_addr a;

	return host_link(q->h, arena_printf(&q->to->arena, "sys/class/drm/card%s", folder), &q->to->arena, &target) ==
		       0 &&
	       tree_last_pci(target, &a) && pci_addr_eq(a, q->gpu->addr);
}

/* There is only one of Intel's, and here is what only a driver of Intel's shows. */
static bool only_one(struct ask *q, const char *folder)
{
	return q->n_intel == 1 && pci_fn_vendor(q->gpu) == VENDOR_INTEL &&
	       host_has(q->h, arena_printf(&q->to->arena, DRI "/%s/i915_opregion", folder)) == 1;
}

static const char *folder_find(struct ask *q, const struct host_names *names)
{
	static bool (*const ways[])(struct ask *, const char *) = { name_tells, class_tells, only_one };

	for (size_t w = 0; w < ARRAY_SIZE(ways); w++)
		for (size_t i = 0; i < names->n && i < FOLDERS_MAX; i++)
			if (ways[w](q, names->v[i]))
				return names->v[i];
	return NULL;
}

/* No dri/: is debugfs not mounted, or has no driver of a GPU made it? */
static void no_dri(struct ask *q, struct host_fw_source *s, int r)
{
	struct host_names names = { 0 };

	if (r != -IGD_ENOENT || !host_is_live(q->h))
		ask_unread(q, s, r, DRI);
	else if (host_list(q->h, DEBUGFS, &q->to->arena, &names) == 0 && names.n == 0)
		ask_says(q, s, HOST_FW_ABSENT, "debugfs is not mounted: mount -t debugfs debugfs /%s", DEBUGFS);
	else
		ask_says(q, s, HOST_FW_ABSENT, "/%s: no driver of a GPU is loaded", DRI);
}

const char *ask_debugfs(struct ask *q, struct host_fw_source *s)
{
	static const char *numbers[] = { "0", "1" }; /* what a capture was asked for: facts/tree_devices.c */
	struct host_names names = { 0 };
	const char *folder;
	int r;

	folder = arena_printf(&q->to->arena, DRI "/%s", q->addr);
	if (host_has(q->h, folder) == 1)
		return folder;
	r = host_list(q->h, DRI, &q->to->arena, &names);
	if (r < 0 && host_is_capture(q->h))
		names = (struct host_names) { numbers, ARRAY_SIZE(numbers) };
	folder = folder_find(q, &names);
	if (folder)
		return arena_printf(&q->to->arena, DRI "/%s", folder);
	if (r < 0)
		no_dri(q, s, r);
	else
		ask_says(q, s, HOST_FW_ABSENT, "/%s: no folder there is that of %s", DRI, q->addr);
	return NULL;
}

/* A driver that shows nothing of this kind: say which one it is, before anything is looked for. */
static bool other_driver(struct ask *q, struct host_fw_source *s, const char *a, const char *b)
{
	const char *driver = q->gpu->driver.v;

	if (!driver || strcmp(driver, a) == 0 || strcmp(driver, b) == 0)
		return false;
	if (*driver)
		ask_says(q, s, HOST_FW_ABSENT, "%s has the device, and only %s%s%s shows it", driver, a,
			 strcmp(a, b) ? " or " : "", strcmp(a, b) ? b : "");
	else
		ask_says(q, s, HOST_FW_ABSENT, "no driver has the device; %s%s%s would show it", a,
			 strcmp(a, b) ? " or " : "", strcmp(a, b) ? b : "");
	return true;
}

/* ---- Intel -------------------------------------------------------------------------------------------------- */

static bool vbt_is(struct span bytes, struct vbt_info *ret)
{
	return bytes.n && vbt_read(bytes, ret, NULL) == 0;
}

static bool same(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

struct intel {
	struct opregion o;
	struct span opregion; /* its bytes; empty: none */
	struct vbt_info own;  /* of the file i915_vbt; .size 0: none */
	struct vbt_info vbt;  /* the one to give */
};

/* "OpRegion 2.1, VBT COFFEELAKE (4100 bytes)", and what is odd about them. */
static void intel_says(struct ask *q, struct host_fw_source *s, const struct intel *i)
{
	const bool in_region = i->opregion.n && i->o.vbt.size != 0;
	const bool differs = i->own.size && in_region && !same(i->own.bytes, i->o.vbt.bytes);
	const char *region =
		i->opregion.n ? arena_printf(&q->to->arena, "OpRegion %u.%u", i->o.version >> 8, i->o.version & 0xff)
			      : "no OpRegion";
	const char *vbt = i->vbt.size
				  ? arena_printf(&q->to->arena, "VBT \"%s\" of %u bytes", i->vbt.name, i->vbt.size)
				  : "no VBT, as firmware without a screen at boot leaves it";

	ask_says(q, s, s->n_pieces ? HOST_FW_OK : HOST_FW_ABSENT, "%s, %s%s%s", region, vbt,
		 i->own.size && !in_region && i->opregion.n ? " from outside of it" : "",
		 differs ? "; it is not the one in the OpRegion, as with i915.vbt_firmware=" : "");
}

static void intel_gives(struct ask *q, struct host_fw_source *s, struct intel *i)
{
	i->vbt = i->own.size ? i->own : i->o.vbt;
	if (i->opregion.n)
		ask_gives(q, s, HOST_FW_OPREGION, i->opregion);
	if (i->vbt.size)
		ask_gives(q, s, HOST_FW_VBT, i->vbt.bytes);
	intel_says(q, s, i);
}

void ask_intel_debugfs(struct ask *q)
{
	static const enum host_fw_kind kinds[] = { HOST_FW_OPREGION, HOST_FW_VBT };
	struct host_fw_source *s = ask_row(q, "debugfs", kinds, ARRAY_SIZE(kinds));
	struct span region = { 0 }, vbt = { 0 };
	const char *folder, *path;
	struct report why = { 0 };
	struct intel i = { 0 };
	int r, r_vbt;

	if (!s || !ask_wants(q, s) || other_driver(q, s, "i915", "xe"))
		return;
	folder = ask_debugfs(q, s);
	if (!folder)
		return;
	path = arena_printf(&q->to->arena, "%s/i915_opregion", folder);
	r = host_read(q->h, path, VFIO_OPREGION_MAX, &q->to->arena, &region);
	r_vbt = host_read(q->h, arena_printf(&q->to->arena, "%s/i915_vbt", folder), VFIO_OPREGION_MAX, &q->to->arena,
			  &vbt);
	if (r < 0 && r_vbt < 0) {
		ask_unread(q, s, r, path);
		return;
	}
	if (r == 0 && region.n && opregion_read(region, &i.o, &why) == 0)
		i.opregion = region;
	else if (r == 0 && region.n)
		ask_says(q, s, HOST_FW_REFUSED, "/%s: %s", path, why.refusal.text);
	if (!vbt_is(vbt, &i.own))
		i.own.size = 0;
	if (i.opregion.n || i.own.size || !region.n)
		intel_gives(q, s, &i);
}

/* ---- vfio --------------------------------------------------------------------------------------------------- */

/* Why VFIO is not asked, or NULL. */
static const char *vfio_not(struct ask *q)
{
	const char *driver = q->gpu->driver.v;

	if (driver && strcmp(driver, "vfio-pci") != 0)
		return arena_printf(&q->to->arena, "%s%s; this way is for a device that vfio-pci has",
				    *driver ? driver : "no driver", " has the device");
	if (!driver)
		return "it is not known which driver has the device";
	if (!q->gpu->group.known || q->gpu->group.v == GROUP_NONE)
		return "the device has no IOMMU group";
	return q->o->vfio ? NULL : q->o->no_vfio;
}

void ask_vfio(struct ask *q)
{
	static const enum host_fw_kind kinds[] = { HOST_FW_OPREGION, HOST_FW_VBT };
	struct host_fw_source *s = ask_row(q, "vfio", kinds, ARRAY_SIZE(kinds));
	struct report why = { 0 };
	struct intel i = { 0 };
	const char * not ;
	int r;

	if (!s || !ask_wants(q, s))
		return;
	not = vfio_not(q);
	if (not ) {
		ask_says(q, s, HOST_FW_NOT_TRIED, "%s", not );
		return;
	}
	r = vfio_opregion_read(q->o->vfio, q->gpu->group.v, q->gpu->addr, &q->to->arena, &i.opregion, &why);
	if (r == 0)
		r = opregion_read(i.opregion, &i.o, &why);
	if (r < 0)
		ask_says(q, s,
			 r == -IGD_EACCES   ? HOST_FW_DENIED
			 : r == -IGD_ENOENT ? HOST_FW_ABSENT
					    : HOST_FW_REFUSED,
			 "%s", why.refusal.text);
	else
		intel_gives(q, s, &i);
}

/* ---- AMD ---------------------------------------------------------------------------------------------------- */

void ask_amd_debugfs(struct ask *q)
{
	static const enum host_fw_kind kinds[] = { HOST_FW_VBIOS };
	struct host_fw_source *s = ask_row(q, "debugfs", kinds, ARRAY_SIZE(kinds));
	const char *folder, *path;
	struct span rom;
	int r;

	if (!s || !ask_wants(q, s) || other_driver(q, s, "amdgpu", "amdgpu"))
		return;
	folder = ask_debugfs(q, s);
	if (!folder)
		return;
	path = arena_printf(&q->to->arena, "%s/amdgpu_vbios", folder);
	r = host_read(q->h, path, HOST_FILE_MAX, &q->to->arena, &rom);
	if (r < 0)
		ask_unread(q, s, r, path);
	else
		ask_gives_rom(q, s, rom, "the driver's copy");
}
