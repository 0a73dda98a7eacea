// SPDX-License-Identifier: GPL-2.0-or-later
/* test_tree.c - small machines made of files: what is there, what is known not to be, and what nobody can tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/macros.h"
#include "base/text.h"
#include "facts/read.h"
#include "facts_ask.h"
#include "host/capture.h"
#include "tree.h"

static struct report rep; /* of the last reading */

static struct facts *facts_of(struct tree *t)
{
	struct facts *f = facts_new("test", SOURCE_ROOT);
	struct host *h = NULL;

	assert_non_null(f);
	rep = (struct report) { 0 };
	assert_int_equal(host_open_root(t->top, &h, &rep), 0);
	assert_int_equal(facts_read_tree(f, h, &rep), 0);
	assert_int_equal(facts_finish(f, &rep), 0);
	host_free(h);
	return f;
}

/*
 * The same as a capture of ours that root made: it is known to hold all there is. A folder is captured as nobody's,
 * and the manifest, which stands as text in a plain archive, then made to say that it was root.
 */
static struct facts *whole_of(struct tree *t, bool root)
{
	static const struct capture_options options = { .created = 1000 };
	struct facts *f = facts_new("folder", SOURCE_ROOT);
	struct host *h = NULL, *back = NULL;
	uint8_t *owned = NULL;
	struct span all;
	char *who;

	assert_int_equal(host_open_root(t->top, &h, NULL), 0);
	host_record(h);
	assert_int_equal(facts_read_tree(f, h, NULL), 0);
	facts_free(f);
	assert_int_equal(capture_pack(h, "x.tar", &options, &owned, &all, NULL), 0);
	host_free(h);
	who = memmem(owned, all.n, "\"as_root\": null", 15);
	assert_non_null(who);
	memcpy(who, root ? "\"as_root\": true" : "\"as_root\":false", 15);
	assert_int_equal(host_open_capture_memory(all, "x.tar", &back, NULL), 0);
	f = facts_new("capture", SOURCE_CAPTURE);
	rep = (struct report) { 0 };
	assert_int_equal(facts_read_tree(f, back, &rep), 0);
	assert_int_equal(facts_finish(f, &rep), 0);
	host_free(back);
	free(owned);
	return f;
}

static void dir(struct tree *t, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/", name);
	tree_way(t, path);
}

static void file_at(struct tree *t, const char *name, const char *text, time_t mtime)
{
	const struct timespec when[2] = { { mtime, 0 }, { mtime, 0 } };

	tree_file(t, name, text);
	assert_int_equal(utimensat(AT_FDCWD, tree_path(t, name), when, 0), 0);
}

/* The file @name of the function @addr, which hangs below @root: "pci0000:00". */
static void pci_file(struct tree *t, const char *root, const char *addr, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "sys/devices/%s/%s/%s", root, addr, name);
	tree_file(t, path, text);
}

static void pci_link(struct tree *t, const char *addr, const char *name, const char *target)
{
	char path[256];

	snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/%s", addr, name);
	tree_link(t, path, target);
}

static void pci_below(struct tree *t, const char *root, const char *addr, const char *vendor, const char *device,
		      const char *class)
{
	char path[256], target[256];

	pci_file(t, root, addr, "vendor", vendor);
	pci_file(t, root, addr, "device", device);
	pci_file(t, root, addr, "class", class);
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", addr);
	snprintf(target, sizeof(target), "../../../devices/%s/%s", root, addr);
	tree_link(t, path, target);
}

static void pci(struct tree *t, const char *addr, const char *vendor, const char *device, const char *class)
{
	pci_below(t, "pci0000:00", addr, vendor, device, class);
}

/* ---- nothing there --------------------------------------------------------------------------------------------- */

/* A folder with nothing of a machine in it: nothing is known, so nothing is a no. */
static void test_empty(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	f = facts_of(&t);
	const struct fact_tri tris[] = {
		f->as_root,
		f->efi,
		f->secure_boot,
		f->dev_kvm,
		f->cpu.virt,
		f->cpu.hypervisor,
		f->pci_seen,
		f->pci_whole,
		f->groups_seen,
		f->iommu_on,
		f->dmar,
		f->ivrs,
		f->vfct,
		f->dmar_read,
		f->irq_remap,
		f->log_whole,
		f->modules_seen,
		f->mdev_types,
		f->iomem_seen,
		f->connectors_seen,
		f->usb_seen,
		f->disks_seen,
		f->guests_seen,
		f->igd.present,
		f->igd.opregion,
		f->igd.vbt,
		f->igd.vga_disabled,
	};
	const struct fact_str strs[] = {
		f->sys_vendor, f->product,     f->board,      f->bios_version, f->bios_date,
		f->distro,     f->distro_id,   f->kernel,     f->lockdown,     f->boot_loader,
		f->initramfs,  f->conf_newest, f->cmdline,    f->qemu,	       f->libvirt,
		f->pve,	       f->builtin,     f->kconfig_on, f->kconfig_off,  f->fb_owner,
		f->default_if, f->cpu.vendor,  f->cpu.model,  f->cpu.e_cpus,   f->cpu.p_cpus,
	};
	const struct fact_num nums[] = { f->initrd_mtime, f->conf_mtime, f->grub_cfg_mtime, f->grub_default_mtime,
					 f->cpu.cpus,	  f->cpu.cores,	 f->mem_total,	    f->hugepages_free };

	for (size_t i = 0; i < ARRAY_SIZE(tris); i++)
		if (tris[i].v != TRI_UNKNOWN)
			fail_msg("question %zu has an answer: %s", i, facts_why(tris[i].from));
	for (size_t i = 0; i < ARRAY_SIZE(strs); i++)
		if (strs[i].v)
			fail_msg("text %zu is known: '%s'", i, strs[i].v);
	for (size_t i = 0; i < ARRAY_SIZE(nums); i++)
		if (nums[i].known)
			fail_msg("number %zu is known", i);
	for (size_t i = 0; i < ARRAY_SIZE(f->conf_seen); i++)
		assert_int_equal(f->conf_seen[i].v, TRI_UNKNOWN);
	assert_int_equal(f->n_pci + f->n_groups + f->n_confs + f->n_log + f->n_usb + f->n_nets + f->n_guests, 0);
	facts_free(f);
	tree_done(&t);
}

/* Folders that the kernel makes, without what would be in them: an answer where the machine is whole. */
static void test_bare(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	dir(&t, "sys/bus/usb/devices");
	dir(&t, "sys/class");
	dir(&t, "sys/kernel");
	dir(&t, "sys/firmware/acpi/tables");
	dir(&t, "etc");
	for (unsigned i = 0; i < 2; i++) {
		bool whole = i > 0;

		f = whole ? whole_of(&t, true) : facts_of(&t);
		const enum tri no[] = { f->pci_seen.v, f->igd.present.v, f->iommu_on.v, f->groups_seen.v, f->dmar.v };

		for (size_t k = 0; k < ARRAY_SIZE(no); k++)
			if (no[k] != (whole ? TRI_NO : TRI_UNKNOWN))
				fail_msg("question %zu: %d", k, no[k]);
		assert_int_equal(f->usb_seen.v, TRI_YES);
		assert_int_equal(f->n_usb, 0);
		assert_int_equal(f->efi.v, TRI_NO); /* the tables are there, what would lie beside them is not */
		assert_int_equal(f->secure_boot.v, TRI_NO);
		assert_int_equal(f->conf_seen[CONF_MODPROBE].v, whole ? TRI_NO : TRI_UNKNOWN);
		assert_int_equal(f->conf_seen[CONF_CMDLINE].v, TRI_UNKNOWN);
		assert_int_equal(f->disks_seen.v, TRI_UNKNOWN);
		facts_free(f);
	}
	tree_done(&t);
}

/* ---- PCI ---------------------------------------------------------------------------------------------------- */

static void test_pci(void **state)
{
	const struct pci_fn *p;
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	pci(&t, "0000:00:02.0", "0x8086\n", "0x3e92\n", "0x030000\n");
	pci_file(&t, "pci0000:00", "0000:00:02.0", "boot_vga", "1\n");
	pci_file(&t, "pci0000:00", "0000:00:02.0", "driver_override", "(null)\n");
	pci_file(&t, "pci0000:00", "0000:00:02.0", "reset_method", "flr pm\n");
	pci_file(&t, "pci0000:00", "0000:00:02.0", "power_state", "D3hot\n");
	pci_file(&t, "pci0000:00", "0000:00:02.0", "sriov_totalvfs", "7\n");
	pci_file(&t, "pci0000:00", "0000:00:02.0", "sriov_numvfs", "2\n");
	pci_file(&t, "pci0000:00", "0000:00:02.0", "resource",
		 "0x00000000d0000000 0x00000000d0ffffff 0x0000000000140204\n"
		 "0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
	pci_link(&t, "0000:00:02.0", "driver", "../../../bus/pci/drivers/i915");
	pci_link(&t, "0000:00:02.0", "iommu_group", "../../../kernel/iommu_groups/3");
	pci_link(&t, "0000:00:02.0", "iommu", "../../virtual/iommu/dmar0");
	pci(&t, "0000:00:02.1", "0x8086\n", "0x3e92\n", "0x030000\n");
	pci_link(&t, "0000:00:02.1", "physfn", "../0000:00:02.0");
	pci(&t, "0000:00:1f.0", "0x8086\n", "0xa306\n", "0x060100\n");
	pci_file(&t, "pci0000:00", "0000:00:1f.0", "power_state", "unknown\n");
	pci(&t, "0000:00:1f.5", "what?\n", "0xa324\n", "\n");
	dir(&t, "sys/bus/pci/devices/no-address");
	dir(&t, "sys/bus/pci/drivers/i915");
	tree_file(&t, "sys/kernel/iommu_groups/3/type", "DMA-FQ\n");
	tree_file(&t, "sys/kernel/iommu_groups/3/reserved_regions",
		  "0x000000007d800000 0x000000007fffffff direct-relaxable\nrubbish\n"
		  "0x00000000fee00000 0x00000000feefffff msi\n");
	f = facts_of(&t);
	assert_int_equal(f->pci_whole.v, TRI_UNKNOWN); /* a folder may have been copied in part */
	facts_free(f);
	f = whole_of(&t, true);
	assert_int_equal(f->n_pci, 4);
	assert_int_equal(f->pci_whole.v, TRI_YES);
	p = at(f, "00:02.0");
	NUM(p->id, 0x80863e92);
	NUM(p->class, 0x0300);
	IS(p->driver, "i915");
	IS(p->override, "");
	IS(p->iommu, "dmar0");
	NUM(p->group, 3);
	NUM(p->sriov_total, 7);
	NUM(p->sriov_num, 2);
	IS(p->power_state, "D3hot");
	assert_int_equal(p->is_vf.v, TRI_NO);
	assert_int_equal(p->boot_vga.v, TRI_YES);
	assert_true(p->bars[0].start == 0xd0000000 && p->bars[0].flags == 0x140204);
	assert_string_equal(p->driver.from, "/sys/bus/pci/devices/0000:00:02.0/driver");
	assert_int_equal(at(f, "00:02.1")->is_vf.v, TRI_YES);
	assert_int_equal(f->igd.pci, 0);
	p = at(f, "00:1f.0");
	IS(p->driver, ""); /* the folder is there, the link is not */
	IS(p->iommu, "");
	NUM(p->group, GROUP_NONE);
	NUM(p->sriov_total, 0);
	NUM_UNKNOWN(p->n_bars);
	UNKNOWN(p->override);
	UNKNOWN(p->power_state); /* the kernel's own word for it */
	assert_int_equal(p->boot_vga.v, TRI_UNKNOWN);
	NUM_UNKNOWN(at(f, "00:1f.5")->id);
	NUM_UNKNOWN(at(f, "00:1f.5")->class);
	assert_int_equal(f->n_groups, 1);
	IS(f->groups[0].type, "DMA-FQ");
	assert_int_equal(f->groups[0].n_reserved, 2);
	assert_string_equal(f->groups[0].reserved[0].type, "direct-relaxable");
	assert_true(f->groups[0].reserved[1].end == 0xfeefffff);
	facts_free(f);
	tree_done(&t);
}

/* A bus that is there but empty. */
static void test_pci_none(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	dir(&t, "sys/bus/pci/devices");
	dir(&t, "sys/kernel/iommu_groups");
	dir(&t, "sys/class/iommu");
	f = facts_of(&t);
	assert_int_equal(f->pci_seen.v, TRI_UNKNOWN);
	assert_int_equal(f->pci_whole.v, TRI_UNKNOWN);
	assert_int_equal(f->igd.present.v, TRI_UNKNOWN);
	facts_free(f);
	f = whole_of(&t, true);
	assert_int_equal(f->pci_seen.v, TRI_NO);
	assert_int_equal(f->groups_seen.v, TRI_NO);
	assert_int_equal(f->iommu_on.v, TRI_NO);
	assert_int_equal(f->igd.present.v, TRI_NO);
	assert_int_equal(f->as_root.v, TRI_YES);
	facts_free(f);
	tree_done(&t);
}

/* A copy that lost its links: neither driver nor group is known of any function. In a whole tree there are none. */
static void test_pci_no_links(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	pci(&t, "0000:00:02.0", "0x8086\n", "0x3e92\n", "0x030000\n");
	f = facts_of(&t);
	UNKNOWN(at(f, "00:02.0")->driver);
	NUM_UNKNOWN(at(f, "00:02.0")->group);
	assert_non_null(at(f, "00:02.0")->driver.from);
	facts_free(f);
	f = whole_of(&t, true);
	IS(at(f, "00:02.0")->driver, "");
	NUM(at(f, "00:02.0")->group, GROUP_NONE);
	facts_free(f);
	tree_done(&t);
}

static void test_iommu_units(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "sys/class/iommu/dmar0/intel-iommu/address", "fed90000\n");
	tree_file(&t, "sys/class/iommu/dmar0/intel-iommu/cap", "1c0000c40660462\n");
	tree_file(&t, "sys/class/iommu/dmar0/intel-iommu/ecap", "no number\n");
	tree_file(&t, "sys/class/iommu/dmar0/intel-iommu/version", "1:0\n");
	dir(&t, "sys/class/iommu/ivhd0");
	f = facts_of(&t);
	assert_int_equal(f->iommu_on.v, TRI_YES);
	assert_int_equal(f->n_iommus, 2);
	NUM(f->iommus[0].base, 0xfed90000);
	NUM(f->iommus[0].cap, 0x1c0000c40660462);
	NUM_UNKNOWN(f->iommus[0].ecap);
	IS(f->iommus[0].version, "1:0");
	NUM_UNKNOWN(f->iommus[1].base);
	facts_free(f);
	tree_done(&t);
}

/* Which modules could claim the GPU, by the patterns that depmod wrote. */
static void test_modules_alias(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	pci(&t, "0000:00:02.0", "0x8086\n", "0x3e92\n", "0x030000\n");
	pci_file(&t, "pci0000:00", "0000:00:02.0", "modalias",
		 "pci:v00008086d00003E92sv0000103Csd000083E2bc03sc00i00\n");
	pci(&t, "0000:00:1f.0", "0x8086\n", "0xa306\n", "0x060100\n");
	pci_file(&t, "pci0000:00", "0000:00:1f.0", "modalias",
		 "pci:v00008086d0000A306sv0000103Csd000083E2bc06sc01i00\n");
	tree_file(&t, "proc/sys/kernel/osrelease", "6.8.0-test\n");
	tree_file(&t, "lib/modules/6.8.0-test/modules.alias",
		  "# Aliases extracted from modules themselves.\n"
		  "alias pci:v00008086d00003E92sv*sd*bc03sc*i* i915\n"
		  "alias pci:v00008086d00003E91sv*sd*bc03sc*i* other\n"
		  "alias pci:v00008086d*sv*sd*bc03sc*i* xe\n"
		  "alias pci:v00008086d00003E92sv*sd*bc03sc00i* i915\n"
		  "alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n"
		  "alias pci:v00008086d0000A306sv*sd*bc*sc*i* lpc_ich\n"
		  "alias pci:v00008086d00003E92sv*sd*bc03sc*i*\n");
	f = facts_of(&t);
	IS(at(f, "00:02.0")->modules, "i915 xe");
	UNKNOWN(at(f, "00:1f.0")->modules); /* nobody asks about others than GPUs */
	facts_free(f);
	tree_done(&t);
}

/* ---- screens and memory ---------------------------------------------------------------------------------------- */

static void test_iomem(void **state)
{
	static const struct {
		const char *text;
		enum tri seen;
		size_t n;
	} cases[] = {
		{ "00100000-5e0d2fff : System RAM\n  7d800000-7fffffff : Graphics Stolen Memory\n"
		  "c0000000-c0ffffff : 0000:00:02.0\n  c0000000-c07e8fff : BOOTFB\n",
		  TRI_YES, 2 },
		{ "00000000-00000000 : System RAM\n  00000000-00000000 : Graphics Stolen Memory\n"
		  "00000000-00000000 : 0000:00:02.0\n  00000000-00000000 : BOOTFB\n",
		  TRI_NO, 0 },
		{ "00000000-00000fff : Reserved\n00100000-5e0d2fff : System RAM\n", TRI_YES, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct facts *f;
		struct tree t;

		tree_init(&t);
		tree_file(&t, "proc/iomem", cases[i].text);
		f = facts_of(&t);
		assert_int_equal(f->iomem_seen.v, cases[i].seen);
		assert_int_equal(f->n_iomem, cases[i].n);
		if (cases[i].n) {
			assert_string_equal(f->iomem[1].name, "BOOTFB");
			assert_true(f->iomem[1].start == 0xc0000000 && f->iomem[1].end == 0xc07e8fff);
		}
		facts_free(f);
		tree_done(&t);
	}
}

/* Zeros of which none is of interest are hidden all the same. */
static void test_iomem_hidden(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "proc/iomem", "00000000-00000000 : Reserved\n00000000-00000000 : System RAM\n");
	f = facts_of(&t);
	assert_int_equal(f->iomem_seen.v, TRI_NO);
	facts_free(f);
	tree_file(&t, "proc/iomem", "00100000-5e0d2fff : System RAM\n");
	f = whole_of(&t, false);
	assert_int_equal(f->as_root.v, TRI_NO);
	assert_int_equal(f->iomem_seen.v, TRI_NO); /* who made the capture saw no addresses */
	facts_free(f);
	f = whole_of(&t, true);
	assert_int_equal(f->iomem_seen.v, TRI_YES);
	assert_int_equal(f->n_iomem, 0);
	facts_free(f);
	tree_done(&t);
}

static void test_screens(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	pci(&t, "0000:00:02.0", "0x8086\n", "0x3e92\n", "0x030000\n");
	tree_link(&t, "sys/class/drm/card0", "../../devices/pci0000:00/0000:00:02.0/drm/card0");
	tree_file(&t, "sys/class/drm/card0-HDMI-A-1/status", "connected\n");
	tree_file(&t, "sys/class/drm/card0-HDMI-A-1/edid", "");
	tree_file(&t, "sys/class/drm/card0-DP-1/status", "disconnected\n");
	tree_file(&t, "sys/class/drm/card0-DP-2/status", "unknown\n");
	tree_file(&t, "sys/class/drm/version", "drm 1.1.0 20060810\n");
	tree_file(&t, "sys/class/vtconsole/vtcon0/name", "(S) dummy device\n");
	tree_file(&t, "sys/class/vtconsole/vtcon0/bind", "0\n");
	tree_file(&t, "sys/class/vtconsole/vtcon1/name", "(M) frame buffer device\n");
	tree_file(&t, "proc/fb", "0 i915drmfb\n1 EFI VGA\n");
	f = facts_of(&t);
	assert_int_equal(f->n_connectors, 3);
	assert_string_equal(f->connectors[0].name, "card0-DP-1");
	assert_int_equal(f->connectors[0].connected.v, TRI_NO);
	assert_int_equal(f->connectors[1].connected.v, TRI_UNKNOWN);
	assert_int_equal(f->connectors[2].connected.v, TRI_YES);
	IS(f->connectors[2].monitor, "");
	UNKNOWN(f->connectors[0].monitor);
	assert_int_equal(f->connectors[2].pci, 0);
	assert_int_equal(f->n_vtcons, 2);
	assert_int_equal(f->vtcons[0].bound.v, TRI_NO);
	assert_int_equal(f->vtcons[1].bound.v, TRI_UNKNOWN);
	IS(f->fb_owner, "i915drmfb");
	assert_int_equal(f->mdev_types.v, TRI_NO);
	facts_free(f);
	tree_file(&t, "proc/fb", "");
	dir(&t, "sys/devices/pci0000:00/0000:00:02.0/mdev_supported_types");
	f = facts_of(&t);
	IS(f->fb_owner, "");
	assert_int_equal(f->mdev_types.v, TRI_YES);
	facts_free(f);
	tree_done(&t);
}

/* ---- processor and system ----------------------------------------------------------------------------------- */

#define CPUINFO(flags)                                                                                          \
	"processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 151\n"                          \
	"model name\t: 12th Gen Intel(R) Core(TM) i5-12600K\nstepping\t: 2\ncpu cores\t: 10\nflags\t\t: " flags \
	"\naddress sizes\t: 39 bits physical, 48 bits virtual\npower management:\n\n"                           \
	"processor\t: 1\nvendor_id\t: Another\n\n"

static void test_processor(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "proc/cpuinfo", CPUINFO("fpu vmx est"));
	tree_file(&t, "sys/devices/system/cpu/online", "0-11,16-19\n");
	tree_file(&t, "sys/devices/cpu_core/cpus", "0-11\n");
	tree_file(&t, "sys/devices/cpu_atom/cpus", "16-19\n");
	tree_file(&t, "proc/meminfo", "MemTotal:       32653108 kB\nHugePages_Free:       12\n");
	f = facts_of(&t);
	IS(f->cpu.vendor, "GenuineIntel");
	IS(f->cpu.model, "12th Gen Intel(R) Core(TM) i5-12600K");
	NUM(f->cpu.family, 6);
	NUM(f->cpu.model_no, 151);
	NUM(f->cpu.cores, 10);
	NUM(f->cpu.cpus, 16);
	NUM(f->cpu.phys_bits, 39);
	IS(f->cpu.p_cpus, "0-11");
	IS(f->cpu.e_cpus, "16-19");
	assert_int_equal(f->cpu.virt.v, TRI_YES);
	assert_int_equal(f->cpu.hypervisor.v, TRI_NO);
	NUM(f->mem_total, UINT64_C(32653108) << 10);
	NUM(f->hugepages_free, 12);
	facts_free(f);
	tree_done(&t);

	tree_init(&t); /* one kind of core */
	tree_file(&t, "proc/cpuinfo", CPUINFO("fpu hypervisor"));
	dir(&t, "sys/devices/cpu");
	f = facts_of(&t);
	IS(f->cpu.e_cpus, "");
	UNKNOWN(f->cpu.p_cpus);
	assert_int_equal(f->cpu.virt.v, TRI_NO);
	assert_int_equal(f->cpu.hypervisor.v, TRI_YES);
	facts_free(f);
	tree_done(&t);
}

static void test_system(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "sys/class/dmi/id/sys_vendor", "HP\n");
	tree_file(&t, "sys/class/dmi/id/product_name", "EliteDesk\x1b[31m  \n");
	tree_file(&t, "usr/lib/os-release", "NAME=x\nPRETTY_NAME='Arch Linux'\nID=arch\n");
	tree_file(&t, "proc/version", "Linux version 6.10.2-arch1-1 (linux@archlinux) (gcc)\n");
	tree_file(&t, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	tree_file_n(&t, "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", "\6\0\0\0\1", 5);
	tree_file(&t, "dev/null", "");
	tree_file(&t, "proc/modules", "vfio_pci 16384 1 - Live 0x0\nkvm-intel 1 0 - Live 0x0\n");
	tree_file(&t, "sys/module/i915/parameters/enable_guc", "3\n");
	tree_file(&t, "sys/module/other/parameters/x", "3\n");
	tree_file(&t, "lib/modules/6.10.2-arch1-1/modules.builtin",
		  "kernel/drivers/vfio/pci/vfio-pci.ko\nkernel/fs/ext4/ext4.ko\n");
	tree_file(&t, "boot/config-6.10.2-arch1-1",
		  "CONFIG_VFIO=m\nCONFIG_VFIO_PCI_EXTRA=y\n# CONFIG_VFIO_PCI_IGD is not set\nCONFIG_INTEL_IOMMU=y\n");
	f = facts_of(&t);
	IS(f->sys_vendor, "HP");
	IS(f->product, "EliteDesk?[31m");
	IS(f->distro, "Arch Linux");
	IS(f->distro_id, "arch");
	IS(f->kernel, "6.10.2-arch1-1");
	IS(f->lockdown, "integrity");
	assert_int_equal(f->efi.v, TRI_YES);
	assert_int_equal(f->secure_boot.v, TRI_YES);
	assert_int_equal(f->dev_kvm.v, TRI_NO);
	assert_int_equal(f->modules_seen.v, TRI_YES);
	assert_string_equal(f->modules[1].v, "kvm_intel");
	assert_int_equal(f->n_params, 1);
	assert_string_equal(f->params[0].module, "i915");
	assert_string_equal(f->params[0].value, "3");
	IS(f->builtin, "vfio_pci");
	IS(f->kconfig_on, "VFIO INTEL_IOMMU");
	IS(f->kconfig_off, "VFIO_PCI_IGD");
	facts_free(f);
	tree_done(&t);
}

/* ---- configuration ------------------------------------------------------------------------------------------ */

static size_t rows(const struct facts *f, enum conf_kind kind, const char *key)
{
	size_t n = 0;

	for (const struct conf *c = facts_conf(f, kind, key, NULL); c; c = facts_conf(f, kind, key, c))
		n++;
	return n;
}

static void test_conf(void **state)
{
	const struct conf *c;
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/sda1 quiet\n");
	file_at(&t, "etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n", 500);
	file_at(&t, "etc/default/grub.d/50.cfg", "GRUB_CMDLINE_LINUX_DEFAULT+=\" iommu=pt\"\n", 700);
	tree_file(&t, "etc/default/grub.d/50.cfg.bak", "GRUB_CMDLINE_LINUX_DEFAULT=nomodeset\n");
	file_at(&t, "etc/modprobe.d/vfio.conf", "options vfio-pci ids=8086:3e92\n", 2000);
	file_at(&t, "etc/modprobe.d/i915.conf", "blacklist i915\n", 3000);
	file_at(&t, "etc/modprobe.d/note.txt", "blacklist xe\n", 9000);
	file_at(&t, "run/modprobe.d/vfio.conf", "options vfio-pci ids=1111:1111\n", 9000);
	file_at(&t, "usr/lib/modprobe.d/vfio.conf", "options vfio-pci ids=2222:2222\n", 9000);
	file_at(&t, "usr/lib/modprobe.d/other.conf", "options kvm ignore_msrs=1\n", 9000);
	file_at(&t, "etc/modules", "vfio-pci\n", 2500);
	tree_file(&t, "etc/modules-load.d/vfio.conf", "vfio\n"); /* of another kind: hides nothing, is not hidden */
	file_at(&t, "etc/initramfs-tools/modules", "# none\n", 1500);
	f = facts_of(&t);
	IS(f->cmdline, "BOOT_IMAGE=/vmlinuz root=/dev/sda1 quiet");
	assert_int_equal(rows(f, CONF_GRUB, "quiet"), 1);
	assert_int_equal(rows(f, CONF_GRUB, "iommu"), 1);
	assert_int_equal(rows(f, CONF_GRUB, "nomodeset"), 0);
	assert_int_equal(rows(f, CONF_MODPROBE, "ids"), 1);
	c = facts_conf(f, CONF_MODPROBE, "ids", NULL);
	assert_string_equal(c->value, "8086:3e92");
	assert_string_equal(c->from, "/etc/modprobe.d/vfio.conf:1");
	assert_int_equal(rows(f, CONF_MODPROBE, "ignore_msrs"), 1);
	assert_int_equal(rows(f, CONF_MODPROBE, NULL), 3);
	assert_int_equal(rows(f, CONF_MODULES, NULL), 2);
	NUM(f->conf_mtime, 3000);
	IS(f->conf_newest, "/etc/modprobe.d/i915.conf");
	NUM(f->grub_default_mtime, 700);
	NUM_UNKNOWN(f->grub_cfg_mtime);
	assert_int_equal(f->conf_seen[CONF_KERNEL_CMDLINE].v, TRI_NO);
	facts_free(f);
	tree_done(&t);
}

/* Files of grub.d come after /etc/default/grub: a plain assignment there undoes what that said of the variable. */
static void test_grub_order(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "etc/default/grub",
		  "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\nGRUB_CMDLINE_LINUX=\"net.ifnames=0\"\n");
	tree_file(&t, "etc/default/grub.d/50-cloud.cfg", "GRUB_CMDLINE_LINUX_DEFAULT=\"console=tty1\"\n");
	tree_file(&t, "etc/default/grub.d/60.cfg", "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX iommu=pt\"\n");
	f = facts_of(&t);
	assert_int_equal(rows(f, CONF_GRUB, "intel_iommu"), 0);
	assert_int_equal(rows(f, CONF_GRUB, "console"), 1);
	assert_int_equal(rows(f, CONF_GRUB, "net.ifnames"), 1);
	assert_int_equal(rows(f, CONF_GRUB, "iommu"), 1);
	assert_int_equal(rows(f, CONF_GRUB, NULL), 3);
	facts_free(f);
	tree_done(&t);
}

/* An empty file, and a link to /dev/null, hide those of the same name below (modprobe.d(5)). */
static void test_conf_masked(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "etc/modprobe.d/a.conf", "");
	tree_file(&t, "lib/modprobe.d/a.conf", "blacklist a\n");
	tree_link(&t, "etc/modprobe.d/b.conf", "/dev/null");
	tree_file(&t, "lib/modprobe.d/b.conf", "blacklist b\n");
	tree_file(&t, "lib/modprobe.d/c.conf", "blacklist c\n");
	f = facts_of(&t);
	assert_int_equal(rows(f, CONF_MODPROBE, NULL), 1);
	assert_string_equal(facts_conf(f, CONF_MODPROBE, NULL, NULL)->module, "c");
	facts_free(f);
	tree_done(&t);
}

/* Files that somebody picked and the root of a machine: only what the second lacks is missing. */
static void test_picked(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "etc/os-release", "ID=arch\n");
	f = facts_of(&t);
	assert_int_equal(f->conf_seen[CONF_MODPROBE].v, TRI_UNKNOWN);
	assert_int_equal(f->guests_seen.v, TRI_UNKNOWN);
	facts_free(f);
	dir(&t, "usr/bin");
	f = facts_of(&t);
	assert_int_equal(f->conf_seen[CONF_MODPROBE].v, TRI_NO);
	assert_int_equal(f->guests_seen.v, TRI_YES);
	assert_int_equal(f->n_guests, 0);
	facts_free(f);
	tree_done(&t);
}

/* One file of several that cannot be read: the kind is not known, whatever the others say. */
static void test_conf_refused(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	dir(&t, "usr/bin");
	tree_file(&t, "etc/modprobe.d/a.conf", "blacklist a\n");
	dir(&t, "etc/modprobe.d/b.conf"); /* root may read files of any mode, but no folder */
	tree_file(&t, "etc/modprobe.d/c.conf", "blacklist c\n");
	dir(&t, "boot/grub/grub.cfg");
	tree_file(&t, "boot/grub2/grub.cfg", "linux /vmlinuz quiet\n");
	f = facts_of(&t);
	assert_int_equal(rows(f, CONF_MODPROBE, NULL), 2);
	assert_int_equal(f->conf_seen[CONF_MODPROBE].v, TRI_UNKNOWN);
	assert_non_null(f->conf_seen[CONF_MODPROBE].from);
	assert_non_null(strstr(f->conf_seen[CONF_MODPROBE].from, "b.conf"));
	assert_int_equal(f->conf_seen[CONF_LOADER_ENTRY].v, TRI_UNKNOWN);
	assert_int_equal(f->conf_seen[CONF_GRUB].v, TRI_NO);
	facts_free(f);
	tree_done(&t);
}

/* Many files of many words: each assignment looks at what stands, and reads no line again. */
static void test_grub_many(void **state)
{
	static char text[64 * 1024];
	char name[64];
	struct facts *f;
	struct tree t;
	size_t n;

	(void)state;
	tree_init(&t);
	n = (size_t)snprintf(text, sizeof(text), "GRUB_CMDLINE_LINUX=\"");
	while (n < sizeof(text) - 32)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "a=%zu ", n);
	snprintf(text + n, sizeof(text) - n, "\"\n");
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "etc/default/grub.d/%02d.cfg", i);
		tree_file(&t, name, text);
	}
	tree_file(&t, "etc/default/grub.d/90.cfg", "GRUB_CMDLINE_LINUX_DEFAULT=quiet\nGRUB_CMDLINE_LINUX=last\n");
	f = facts_of(&t);
	assert_int_equal(rows(f, CONF_GRUB, NULL), 2);
	assert_int_equal(rows(f, CONF_GRUB, "last"), 1);
	facts_free(f);
	tree_done(&t);
}

#define LOADER "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

static void efi_text(struct tree *t, const char *name, const char *text)
{
	uint8_t bytes[256] = { 6 };
	char path[128];
	size_t n = 4;

	for (size_t i = 0; text[i] && n < sizeof(bytes) - 2; i++, n += 2)
		bytes[n] = (uint8_t)text[i];
	snprintf(path, sizeof(path), "sys/firmware/efi/efivars/%s-" LOADER, name);
	tree_file_n(t, path, bytes, n + 2);
}

/* ---- files that a plan may change ------------------------------------------------------------------------------ */

static void text_is(const struct facts *f, const char *path, enum tri there, const char *want)
{
	const struct text_file *t = facts_text(f, path);

	if (!t || t->there.v != there)
		fail_msg("%s is %s", path,
			 !t			 ? "nowhere"
			 : t->there.v == TRI_YES ? "there"
						 : "not there, or unknown");
	assert_int_equal(t->bytes.n, strlen(want));
	if (t->bytes.n)
		assert_memory_equal(t->bytes.p, want, t->bytes.n);
}

/* Their bytes; below a folder that is no whole root absence says nothing. A capture has the same, redacted. */
static void test_texts(void **state)
{
	static const char cmdline[] = "root=/dev/sda1  quiet\n# kept\n";
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "etc/kernel/cmdline", cmdline);
	tree_file(&t, "etc/modprobe.d/kvm.conf", "options kvm x=1\n");
	tree_file(&t, "usr/lib/modprobe.d/dist.conf", "options dist x=1\n");
	tree_file(&t, "etc/initramfs-tools/hooks/igdctl", "#!/bin/sh\n");
	tree_file(&t, "boot/loader/entries/a.conf", "options a\n");
	tree_file(&t, "boot/grub/grub.cfg", "linux /v a\n");
	tree_file(&t, "etc/driverctl.d/pci-0000:00:02.0", "vfio-pci\n");
	tree_file(&t, "etc/mkinitcpio.conf.d/50-mine.conf", "HOOKS=(base)\n");
	f = facts_of(&t);
	for (int i = 0; i < 2; i++) {
		text_is(f, "/etc/kernel/cmdline", TRI_YES, cmdline);
		text_is(f, "/etc/modprobe.d/kvm.conf", TRI_YES, "options kvm x=1\n");
		text_is(f, "/etc/initramfs-tools/hooks/igdctl", TRI_YES, "#!/bin/sh\n");
		text_is(f, "/boot/loader/entries/a.conf", TRI_YES, "options a\n");
		text_is(f, "/etc/driverctl.d/pci-0000:00:02.0", TRI_YES, "vfio-pci\n");
		text_is(f, "/etc/mkinitcpio.conf.d/50-mine.conf", TRI_YES, "HOOKS=(base)\n");
		text_is(f, "/etc/modprobe.d/igdctl.conf", TRI_NO, "");
		assert_null(facts_text(f, "/usr/lib/modprobe.d/dist.conf")); /* packages' own, and what is made */
		assert_null(facts_text(f, "/boot/grub/grub.cfg"));
		facts_free(f);
		f = whole_of(&t, true);
	}
	facts_free(f);
	tree_done(&t);
	tree_init(&t);
	tree_file(&t, "proc/cmdline", "quiet\n");
	f = facts_of(&t);
	text_is(f, "/etc/modprobe.d/igdctl.conf", TRI_UNKNOWN, "");
	UNKNOWN(f->tools);
	facts_free(f);
	tree_done(&t);
}

/* Of a kernel command line in a file all lines count but comments, and each word knows its line. */
static void test_lines_of_cmdline(void **state)
{
	static const struct {
		const char *key, *from;
	} want[] = { { "rw", "/etc/kernel/cmdline:2" },
		     { "quiet", "/etc/kernel/cmdline:2" },
		     { "root", "/etc/kernel/cmdline:5" },
		     { "intel_iommu", "/etc/cmdline.d/a.conf:2" } };
	struct facts *f;
	struct tree t;
	size_t n = 0;

	(void)state;
	tree_init(&t);
	tree_file(&t, "proc/cmdline", "root=/dev/sda1\nno such line\n");
	tree_file(&t, "etc/kernel/cmdline", "# mine\n rw quiet\n\n  # splash\nroot=/dev/sda1\n");
	tree_file(&t, "etc/cmdline.d/a.conf", "\nintel_iommu=on\n");
	f = facts_of(&t);
	for (size_t i = 0; i < f->n_confs; i++) {
		if (f->confs[i].kind == CONF_CMDLINE)
			assert_string_equal(f->confs[i].key, "root");
		if (f->confs[i].kind != CONF_KERNEL_CMDLINE)
			continue;
		assert_true(n < ARRAY_SIZE(want));
		assert_string_equal(f->confs[i].key, want[n].key);
		assert_string_equal(f->confs[i].from, want[n++].from);
	}
	assert_int_equal(n, ARRAY_SIZE(want));
	facts_free(f);
	tree_done(&t);
}

/* A folder instead of the file: there is something, and nobody can tell what. */
static void test_texts_refused(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	dir(&t, "usr/bin");
	dir(&t, "etc/kernel/cmdline");
	f = facts_of(&t);
	text_is(f, "/etc/kernel/cmdline", TRI_UNKNOWN, "");
	assert_non_null(facts_text(f, "/etc/kernel/cmdline")->there.from);
	facts_free(f);
	tree_done(&t);
}

static void test_tools(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "etc/os-release", "ID=x\n");
	tree_file(&t, "usr/sbin/update-grub", "#!/bin/sh\n");
	tree_file(&t, "usr/sbin/grub-mkconfig", "#!/bin/sh\n. /etc/default/grub\n");
	tree_file(&t, "usr/bin/dracut", "#!/bin/sh\n");
	f = facts_of(&t);
	IS(f->tools, "update-grub grub-mkconfig dracut");
	facts_free(f);
	tree_file(&t, "usr/sbin/grub-mkconfig", "for x in ${sysconfdir}/default/grub.d/*.cfg ; do\n");
	f = facts_of(&t);
	IS(f->tools, "update-grub grub-mkconfig grub.d dracut");
	facts_free(f);
	f = whole_of(&t, true);
	IS(f->tools, "update-grub grub-mkconfig grub.d dracut");
	facts_free(f);
	tree_file(&t, "proc/sys/kernel/osrelease", "6.17.5-arch1-1\n");
	tree_file(&t, "boot/vmlinuz-linux-lts", "x");
	f = facts_of(&t);
	IS(f->tools, "update-grub grub-mkconfig grub.d dracut vmlinuz-linux");
	facts_free(f);
	tree_file(&t, "boot/vmlinuz-6.17.5-arch1-1", "x");
	tree_file(&t, "boot/initrd.img-6.17.5-arch1-1", "x");
	f = facts_of(&t);
	IS(f->tools, "update-grub grub-mkconfig grub.d dracut vmlinuz-release initrd.img-release");
	facts_free(f);
	tree_file(&t, "lib/modules/6.17.5-arch1-1/vmlinuz", "x");
	f = facts_of(&t);
	IS(f->tools, "update-grub grub-mkconfig grub.d dracut");
	facts_free(f);
	tree_done(&t);
}

static const struct {
	const char *want, *cmdline, *info, *stub, *file[3];
} starts[] = {
	{ "grub", "BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1", NULL, NULL, { "etc/default/grub" } },
	{ "grub", "BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1", NULL, NULL, { 0 } },
	{ "grub", NULL, NULL, NULL, { "boot/grub/grub.cfg" } },
	{ "systemd-boot", "initrd=\\initrd.img root=/dev/sda1", NULL, NULL, { 0 } },
	{ "systemd-boot", "root=/dev/sda1", "systemd-boot 252.5-2", NULL, { "boot/grub/grub.cfg" } },
	{ "systemd-boot", NULL, NULL, NULL, { "boot/loader/loader.conf" } },
	{ "proxmox-boot-tool/systemd-boot",
	  "initrd=\\EFI\\proxmox\\6.8\\initrd.img-6.8 root=ZFS=rpool/ROOT/pve-1",
	  "systemd-boot 252.5-2",
	  NULL,
	  { "etc/kernel/proxmox-boot-uuids", "etc/default/grub" } },
	{ "proxmox-boot-tool/grub",
	  "BOOT_IMAGE=/vmlinuz-6.8 root=ZFS=/ROOT/pve-1",
	  NULL,
	  NULL,
	  { "etc/kernel/proxmox-boot-uuids", "etc/default/grub" } },
	{ "uki", "root=/dev/sda1 quiet", "systemd-boot 255", "systemd-stub 255", { 0 } },
	{ "uki", "root=/dev/sda1 quiet", NULL, "systemd-stub 255", { "boot/grub/grub.cfg" } },
	{ "zfsbootmenu", "root=zfs:tank/ROOT/x ro spl.spl_hostid=0x00bab10c", NULL, "systemd-stub 255", { 0 } },
	{ "uki",
	  "root=zfs:tank/ROOT/x ro spl.spl_hostid=0x00bab10c",
	  NULL,
	  "systemd-stub 255",
	  { "efi/EFI/Linux/arch.efi" } },
	{ "rpm-ostree",
	  "BOOT_IMAGE=(hd0,gpt2)/ostree/x root=UUID=1",
	  NULL,
	  NULL,
	  { "run/ostree-booted", "etc/default/grub" } },
	{ "grub", "BOOT_IMAGE=/v root=/dev/sda1", NULL, NULL, { "etc/default/grub", "etc/sysconfig/bootloader" } },
	{ "refind", "root=/dev/sda1 initrd=\\boot\\initrd.img", "rEFInd 0.14.2", NULL, { 0 } },
	{ "refind", "root=/dev/sda1 initrd=\\boot\\initrd.img", NULL, NULL, { "boot/refind_linux.conf" } },
	{ "systemd-boot", "root=/dev/sda1", "systemd-boot 255", NULL, { "boot/efi/EFI/refind/refind.conf" } },
	{ "grub", "BOOT_IMAGE=/vmlinuz root=/dev/sda1", "rEFInd 0.14.2", NULL, { "boot/grub/grub.cfg" } },
	{ "limine", "root=/dev/sda1 quiet", "Limine 9.3.0", NULL, { 0 } },
	{ "limine", "root=/dev/sda1 quiet", NULL, NULL, { "boot/limine.conf" } },
	{ "extlinux", "BOOT_IMAGE=../vmlinuz root=/dev/sda1", NULL, NULL, { "boot/extlinux/extlinux.conf" } },
	{ "grub",
	  "BOOT_IMAGE=/vmlinuz root=/dev/sda1",
	  NULL,
	  NULL,
	  { "boot/extlinux/extlinux.conf", "boot/grub/grub.cfg" } },
	{ "petitboot", "root=/dev/sda1", NULL, NULL, { "etc/kboot.conf" } },
	{ NULL, "root=/dev/sda1 quiet", NULL, NULL, { 0 } },
};

static void test_boot_loader(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		struct facts *f;
		struct tree t;

		tree_init(&t);
		if (starts[i].cmdline)
			tree_file(&t, "proc/cmdline", starts[i].cmdline);
		if (starts[i].info)
			efi_text(&t, "LoaderInfo", starts[i].info);
		if (starts[i].stub)
			efi_text(&t, "StubInfo", starts[i].stub);
		for (size_t k = 0; k < ARRAY_SIZE(starts[i].file) && starts[i].file[k]; k++)
			tree_file(&t, starts[i].file[k], "# here\n");
		f = facts_of(&t);
		if (starts[i].want ? !f->boot_loader.v || strcmp(f->boot_loader.v, starts[i].want) != 0
				   : f->boot_loader.v != NULL)
			fail_msg("case %zu: %s", i, f->boot_loader.v ? f->boot_loader.v : "unknown");
		facts_free(f);
		tree_done(&t);
	}
}

/* The running snapshot's entries count; those of the others are for the way back to them. */
static void test_boot_snapshots(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "proc/cmdline", "root=UUID=1 rootflags=subvol=@/.snapshots/1/snapshot quiet\n");
	tree_file(&t, "boot/efi/loader/entries/system-opensuse-6.17-1.conf",
		  "linux /v\noptions root=UUID=1 rootflags=subvol=@/.snapshots/1/snapshot this\n");
	tree_file(&t, "boot/efi/loader/entries/snapper-opensuse-6.17-42.conf",
		  "linux /v\noptions root=UUID=1 rootflags=subvol=@/.snapshots/42/snapshot other\n");
	tree_file(&t, "boot/efi/loader/entries/own.conf", "linux /v\noptions root=UUID=1 own\n");
	f = facts_of(&t);
	assert_int_equal(rows(f, CONF_LOADER_ENTRY, "this"), 1);
	assert_int_equal(rows(f, CONF_LOADER_ENTRY, "other"), 0);
	assert_int_equal(rows(f, CONF_LOADER_ENTRY, "own"), 1);
	facts_free(f);
	tree_file(&t, "proc/cmdline", "root=UUID=1 quiet\n");
	f = facts_of(&t);
	assert_int_equal(rows(f, CONF_LOADER_ENTRY, "other"), 1);
	facts_free(f);
	tree_done(&t);
}

/* Of ostree's entries the newest counts, its origin says how the initramfs is made; other machines' do not. */
static void test_boot_ostree(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "run/ostree-booted", "");
	tree_file(&t, "etc/machine-id", "0123456789abcdef0123456789abcdef\n");
	tree_file(&t, "proc/cmdline", "root=UUID=1 ostree=/ostree/boot.1/fedora/a/0\n");
	tree_file(&t, "boot/loader/entries/ostree-1.conf", "linux /v\noptions vfio-pci.ids=8086:3e92\n");
	tree_file(&t, "boot/loader/entries/ostree-2.conf", "linux /v\noptions rw ostree=/ostree/boot.1/fedora/b/0\n");
	tree_file(&t, "boot/loader/entries/other.conf",
		  "linux /v\nmachine-id ffffffffffffffffffffffffffffffff\noptions other\n");
	f = facts_of(&t);
	assert_int_equal(rows(f, CONF_LOADER_ENTRY, "vfio-pci.ids"), 0);
	assert_int_equal(rows(f, CONF_LOADER_ENTRY, "rw"), 1);
	assert_int_equal(rows(f, CONF_LOADER_ENTRY, "other"), 0);
	assert_int_equal(f->ostree_initramfs.v, TRI_UNKNOWN);
	facts_free(f);
	tree_link(&t, "ostree/boot.1/fedora/b/0", "../../../deploy/fedora/deploy/b.0");
	tree_file(&t, "ostree/deploy/fedora/deploy/b.0.origin",
		  "[rpmostree]\nregenerate-initramfs=true\ninitramfs-args=-a;tpm2-tss;\n");
	f = facts_of(&t);
	assert_int_equal(f->ostree_initramfs.v, TRI_YES);
	IS(f->ostree_args, "-a\ntpm2-tss\n");
	assert_string_equal(f->ostree_args.from, "/ostree/deploy/fedora/deploy/b.0.origin");
	facts_free(f);
	tree_file(&t, "run/ostree/staged-deployment", "something else");
	f = facts_of(&t);
	assert_int_equal(rows(f, CONF_LOADER_ENTRY, "rw"), 0);
	assert_int_equal(f->conf_seen[CONF_LOADER_ENTRY].v, TRI_UNKNOWN);
	assert_int_equal(f->ostree_initramfs.v, TRI_UNKNOWN);
	facts_free(f);
	tree_done(&t);
}

static void test_boot_bls(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "proc/cmdline", "BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.8.9-300.fc40.x86_64 root=UUID=1 ro\n");
	tree_file(&t, "etc/default/grub", "GRUB_TIMEOUT=5\nGRUB_ENABLE_BLSCFG=true\n");
	tree_file(&t, "boot/loader/entries/x.conf",
		  "title Fedora\nlinux /vmlinuz-6.8.9-300.fc40.x86_64\noptions root=UUID=1 ro intel_iommu=on\n");
	file_at(&t, "boot/grub2/grub.cfg", "menuentry 'x' {\n\tlinux /vmlinuz root=UUID=1 single\n}\n", 4000);
	f = facts_of(&t);
	IS(f->boot_loader, "bls");
	assert_int_equal(rows(f, CONF_LOADER_ENTRY, "intel_iommu"), 1);
	assert_int_equal(rows(f, CONF_LOADER_ENTRY, "single"), 1);
	NUM(f->grub_cfg_mtime, 4000);
	facts_free(f);
	tree_file(&t, "boot/loader/entries/x.conf", "title Fedora\nlinux /v\noptions $kernelopts $tuned_params\n");
	tree_file(&t, "boot/grub2/grubenv", "# GRUB Environment Block\nkernelopts=root=x ro iommu=pt\n####");
	f = facts_of(&t);
	assert_int_equal(rows(f, CONF_LOADER_ENTRY, "iommu"), 1);
	assert_string_equal(facts_conf(f, CONF_LOADER_ENTRY, "iommu", NULL)->from, "/boot/loader/entries/x.conf:3");
	facts_free(f);
	tree_file(&t, "etc/default/grub", "#GRUB_ENABLE_BLSCFG=true\n");
	f = facts_of(&t);
	IS(f->boot_loader, "grub");
	facts_free(f);
	tree_file(&t, "etc/sysconfig/bootloader", "# LOADER_TYPE=\"systemd-boot\"\nLOADER_TYPE=\"grub2-efi\"\n");
	f = facts_of(&t);
	IS(f->boot_loader, "grub");
	facts_free(f);
	tree_file(&t, "etc/sysconfig/bootloader", "LOADER_TYPE=\"grub2-bls\"\nSECURE_BOOT=\"yes\"\n");
	f = facts_of(&t);
	IS(f->boot_loader, "sdbootutil");
	facts_free(f);
	tree_done(&t);
}

static void test_initramfs(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "proc/sys/kernel/osrelease", "6.8.12-11-pve\n");
	tree_file(&t, "usr/sbin/mkinitramfs", "#!/bin/sh\n");
	file_at(&t, "boot/initrd.img-6.8.12-11-pve", "x", 5000);
	file_at(&t, "boot/initrd.img-6.8.12-9-pve", "x", 6000);
	f = facts_of(&t);
	IS(f->initramfs, "initramfs-tools");
	NUM(f->initrd_mtime, 5000); /* the running kernel's */
	facts_free(f);
	tree_file(&t, "proc/cmdline", "root=/dev/sda1\n");
	efi_text(&t, "StubInfo", "systemd-stub 258");
	f = facts_of(&t);
	NUM_UNKNOWN(f->initrd_mtime); /* it is in an image that is not to be seen */
	facts_free(f);
	file_at(&t, "efi/EFI/Linux/arch-linux.efi", "x", 8000);
	file_at(&t, "efi/EFI/Linux/arch-lts.efi", "x", 7000);
	f = facts_of(&t);
	NUM(f->initrd_mtime, 8000);
	facts_free(f);
	tree_done(&t);
}

/* None: only on a whole root that has a kernel, and neither an image nor a maker. */
static void test_initramfs_none(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "boot/vmlinuz-6.8", "x");
	tree_file(&t, "etc/hostname", "x\n");
	f = facts_of(&t); /* a few files of a machine */
	assert_null(f->initramfs.v);
	facts_free(f);
	tree_file(&t, "usr/bin/true", "#!/bin/sh\n");
	f = facts_of(&t);
	IS(f->initramfs, "none");
	facts_free(f);
	tree_file(&t, "boot/initrd-6.8", "x");
	f = facts_of(&t);
	assert_null(f->initramfs.v);
	facts_free(f);
	tree_file(&t, "usr/bin/booster", "x");
	f = facts_of(&t);
	IS(f->initramfs, "booster");
	facts_free(f);
	tree_done(&t);
}

/* ---- what the host needs ------------------------------------------------------------------------------------ */

#define ROUTE_HEAD "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
#define ROUTE_LAN  "vmbr0\t00C6336400\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
#define ROUTE_OUT  "vmbr0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
#define ZEROS	   "00000000000000000000000000000000"
#define ROUTE6_LO  ZEROS " 00 " ZEROS " 00 " ZEROS " ffffffff 00000001 00000000 00200200       lo\n"
#define ROUTE6_OUT \
	ZEROS " 00 " ZEROS " 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eno1\n"
#define STANZAS                                                                                              \
	"auto lo\niface lo inet loopback\n\niface eno1 inet manual\n\nauto vmbr0\niface vmbr0 inet static\n" \
	"\taddress 192.0.2.2/24\n\tgateway 192.0.2.1\n\tbridge-ports eno1\n"

static void test_routes(void **state)
{
	static const struct {
		const char *v4, *v6, *stanzas, *want; /* NULL: unknown */
	} cases[] = {
		{ ROUTE_HEAD ROUTE_OUT ROUTE_LAN, ROUTE6_LO ROUTE6_OUT, NULL, "vmbr0" },
		{ ROUTE_HEAD ROUTE_LAN, ROUTE6_LO ROUTE6_OUT, STANZAS, "eno1" },
		{ ROUTE_HEAD ROUTE_LAN, ROUTE6_LO, STANZAS, "" }, /* a running machine without a way out */
		{ NULL, NULL, STANZAS, "vmbr0" },
		{ NULL, NULL, "iface lo inet loopback\n", NULL },
		{ NULL, NULL, NULL, NULL },
		{ "rubbish\n", NULL, NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct facts *f;
		struct tree t;

		tree_init(&t);
		if (cases[i].v4)
			tree_file(&t, "proc/net/route", cases[i].v4);
		if (cases[i].v6)
			tree_file(&t, "proc/net/ipv6_route", cases[i].v6);
		if (cases[i].stanzas)
			tree_file(&t, "etc/network/interfaces", cases[i].stanzas);
		f = facts_of(&t);
		if (cases[i].want ? !f->default_if.v || strcmp(f->default_if.v, cases[i].want) != 0
				  : f->default_if.v != NULL)
			fail_msg("case %zu: %s", i, f->default_if.v ? f->default_if.v : "unknown");
		facts_free(f);
		tree_done(&t);
	}
}

static void test_interfaces(void **state)
{
	const struct netif *eno1 = NULL, *other = NULL;
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	pci(&t, "0000:00:1f.6", "0x8086\n", "0x15bb\n", "0x020000\n");
	tree_link(&t, "sys/class/net/eno1", "../../devices/pci0000:00/0000:00:1f.6/net/eno1");
	dir(&t, "sys/devices/pci0000:00/0000:00:1f.6/net/eno1");
	tree_link(&t, "sys/devices/pci0000:00/0000:00:1f.6/net/eno1/master", "../../../../virtual/net/vmbr0");
	dir(&t, "sys/devices/virtual/net/vmbr0");
	tree_link(&t, "sys/class/net/vmbr0", "../../devices/virtual/net/vmbr0");
	dir(&t, "sys/devices/virtual/net/wg0");
	tree_link(&t, "sys/class/net/wg0", "../../devices/virtual/net/wg0");
	tree_file(&t, "proc/net/route", ROUTE_HEAD ROUTE_OUT);
	f = facts_of(&t);
	for (size_t i = 0; i < f->n_nets; i++) {
		eno1 = strcmp(f->nets[i].name, "eno1") == 0 ? &f->nets[i] : eno1;
		other = strcmp(f->nets[i].name, "wg0") == 0 ? &f->nets[i] : other;
	}
	assert_non_null(eno1);
	assert_non_null(other);
	assert_int_equal(eno1->pci, 0);
	IS(eno1->bridge, "vmbr0");
	assert_int_equal(eno1->default_route.v, TRI_YES);
	assert_int_equal(other->pci, -1);
	IS(other->bridge, "");
	assert_int_equal(other->default_route.v, TRI_NO);
	facts_free(f);
	tree_done(&t);
}

static const struct netif *net(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->n_nets; i++)
		if (strcmp(f->nets[i].name, name) == 0)
			return &f->nets[i];
	fail_msg("no interface %s", name);
	return NULL;
}

/* An interface of the function @addr, or of none, and what stands on it. */
static void nic(struct tree *t, const char *addr, const char *name, const char *const *above)
{
	char home[128], path[256], target[256];

	if (addr)
		snprintf(home, sizeof(home), "devices/pci0000:00/%s/net/%s", addr, name);
	else
		snprintf(home, sizeof(home), "devices/virtual/net/%s", name);
	snprintf(path, sizeof(path), "sys/%s", home);
	dir(t, path);
	for (; *above; above++) {
		snprintf(path, sizeof(path), "sys/%s/upper_%s", home, *above);
		snprintf(target, sizeof(target), "../../../../virtual/net/%s", *above);
		tree_link(t, path, target);
	}
	snprintf(path, sizeof(path), "sys/class/net/%s", name);
	snprintf(target, sizeof(target), "../../%s", home);
	tree_link(t, path, target);
}

#define ON(...) ((const char *const[]) { __VA_ARGS__, NULL })

/* vmbr0 on a VLAN on a bond on eno1; the other adapter is free, and a circle that no kernel makes ends. */
static void test_stacked(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	pci(&t, "0000:00:1f.6", "0x8086\n", "0x15bb\n", "0x020000\n");
	pci(&t, "0000:00:1c.0", "0x8086\n", "0x1533\n", "0x020000\n");
	nic(&t, "0000:00:1f.6", "eno1", ON("bond0"));
	nic(&t, "0000:00:1c.0", "enp0s28", ON(NULL));
	nic(&t, NULL, "bond0", ON("bond0.20", "bond0.10"));
	nic(&t, NULL, "bond0.10", ON("vmbr0"));
	nic(&t, NULL, "bond0.20", ON("veth1"));
	nic(&t, NULL, "veth1", ON("bond0.20"));
	nic(&t, NULL, "vmbr0", ON(NULL));
	tree_file(&t, "proc/net/route", ROUTE_HEAD ROUTE_OUT);
	f = facts_of(&t);
	assert_int_equal(net(f, "eno1")->default_route.v, TRI_YES);
	assert_int_equal(net(f, "bond0.10")->default_route.v, TRI_YES);
	assert_int_equal(net(f, "enp0s28")->default_route.v, TRI_NO);
	assert_int_not_equal(net(f, "veth1")->default_route.v, TRI_YES);
	facts_free(f);
	tree_done(&t);

	tree_init(&t); /* a tunnel over nobody knows what */
	pci(&t, "0000:00:1f.6", "0x8086\n", "0x15bb\n", "0x020000\n");
	nic(&t, "0000:00:1f.6", "eno1", ON(NULL));
	nic(&t, NULL, "vmbr0", ON(NULL));
	tree_file(&t, "proc/net/route", ROUTE_HEAD ROUTE_OUT);
	f = facts_of(&t);
	assert_int_equal(net(f, "eno1")->default_route.v, TRI_UNKNOWN);
	assert_int_equal(net(f, "vmbr0")->default_route.v, TRI_YES);
	facts_free(f);
	tree_done(&t);
}

/* More VLANs than are remembered: which of them the route takes is not known. */
static void test_many_vlans(void **state)
{
	static char names[200][16];
	const char *list[201] = { NULL };
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	pci(&t, "0000:00:1f.6", "0x8086\n", "0x15bb\n", "0x020000\n");
	pci(&t, "0000:00:1c.0", "0x8086\n", "0x1533\n", "0x020000\n");
	for (int i = 0; i < 200; i++) {
		snprintf(names[i], sizeof(names[i]), "trunk%d", 1000 + i);
		list[i] = names[i];
		nic(&t, NULL, names[i], ON(NULL));
	}
	nic(&t, "0000:00:1f.6", "eno1", list);
	nic(&t, "0000:00:1c.0", "enp0s28", ON("vmbr0"));
	nic(&t, NULL, "vmbr0", ON(NULL));
	tree_file(&t, "proc/net/route", ROUTE_HEAD ROUTE_OUT);
	f = facts_of(&t);
	assert_int_equal(net(f, "enp0s28")->default_route.v, TRI_YES);
	assert_int_equal(net(f, "eno1")->default_route.v, TRI_UNKNOWN);
	facts_free(f);
	tree_done(&t);
}

/* What will be brought up: a bridge on a VLAN that only its name places, on a bond. */
static void test_stacked_stanzas(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "etc/network/interfaces",
		  "iface bond0 inet manual\n\tbond-slaves enp0s31f6 enp1s0\n\niface vmbr0 inet static\n"
		  "\tgateway 192.0.2.1\n\tbridge-ports bond0.10\n\niface vmbr1 inet manual\n"
		  "\tbridge-ports bond0\n");
	f = facts_of(&t);
	assert_int_equal(net(f, "bond0.10")->default_route.v, TRI_YES);
	assert_int_equal(net(f, "bond0")->default_route.v, TRI_YES);
	assert_int_equal(net(f, "enp1s0")->default_route.v, TRI_YES);
	facts_free(f);
	tree_done(&t);
}

/* The root filesystem on a volume, on a partition, on an NVMe disk that hangs below its subsystem. */
static void test_root_disk(void **state)
{
	const struct disk_use *root = NULL;
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	pci(&t, "0000:00:17.0", "0x8086\n", "0xa352\n", "0x010601\n");
	pci_below(&t, "pci0000:00/0000:00:1d.0", "0000:01:00.0", "0x144d\n", "0xa80a\n", "0x010802\n");
	pci(&t, "0000:00:1d.0", "0x8086\n", "0xa330\n", "0x060400\n");
	dir(&t, "sys/devices/virtual/block/dm-1/slaves");
	dir(&t, "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p3");
	dir(&t, "sys/devices/pci0000:00/0000:00:1d.0/0000:01:00.0/nvme/nvme0");
	tree_link(&t, "sys/devices/virtual/block/dm-1/slaves/nvme0n1p3",
		  "../../../nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p3");
	tree_link(&t, "sys/dev/block/253:1", "../../devices/virtual/block/dm-1");
	tree_link(&t, "sys/class/block/dm-1", "../../devices/virtual/block/dm-1");
	tree_link(&t, "sys/class/block/nvme0n1p3",
		  "../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p3");
	tree_link(&t, "sys/class/nvme/nvme0", "../../devices/pci0000:00/0000:00:1d.0/0000:01:00.0/nvme/nvme0");
	tree_file(&t, "proc/self/mountinfo",
		  "22 1 0:21 / /proc rw,nosuid shared:12 - proc proc rw\n"
		  "26 1 253:1 / / rw,relatime shared:1 - ext4 /dev/mapper/pve-root rw,errors=remount-ro\n"
		  "30 26 0:40 / /home rw - btrfs /dev/sdb1 rw\n"
		  "31 26 0:41 / /var rw - zfs rpool/var rw\n"
		  "32 26\n");
	f = facts_of(&t);
	assert_int_equal(f->disks_seen.v, TRI_YES);
	assert_int_equal(f->n_disks, 2);
	for (size_t i = 0; i < f->n_disks; i++)
		root = strcmp(f->disks[i].what, "/") == 0 ? &f->disks[i] : root;
	assert_non_null(root);
	assert_string_equal(root->device, "/dev/mapper/pve-root");
	assert_int_equal(root->pci, at(f, "01:00.0") - f->pci);
	assert_string_equal(f->disks[1].device, "rpool/var");
	assert_int_equal(f->disks[1].pci, -1); /* a pool says nothing of its disks */
	facts_free(f);
	tree_done(&t);
}

/* Debian's and Ubuntu's installers: a volume on LUKS, which neither the command line nor the mount's source names. */
static void test_root_crypt(void **state)
{
	static const struct {
		const char *path, *text, *opener, *passphrase;
	} cases[] = {
		{ NULL, NULL, "", "sda3_crypt" },
		{ "etc/crypttab", "sda3_crypt UUID=1 none luks,discard\n", "", "sda3_crypt" },
		{ "etc/crypttab", "other UUID=2 /etc/keys/x luks\nsda3_crypt UUID=1 none luks\n", "", "sda3_crypt" },
		{ "etc/crypttab", "sda3_crypt UUID=1 /etc/keys/root luks\n", "a key file", NULL },
		{ "etc/crypttab", "sda3_crypt UUID=1 - luks,tpm2-device=auto\n", "the TPM", NULL },
		{ "etc/dropbear/initramfs/authorized_keys", "ssh-ed25519 A\n", "dropbear in the initramfs", NULL },
		{ "proc/cmdline", "root=/dev/x rd.luks.options=tpm2-device=auto\n", "the TPM", NULL },
	};

	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(cases); i++) {
		struct facts *f;
		struct tree t;

		tree_init(&t);
		dir(&t, "usr/bin");
		dir(&t, "etc/ssh");
		pci(&t, "0000:00:17.0", "0x8086\n", "0xa352\n", "0x010601\n");
		dir(&t, "sys/devices/pci0000:00/0000:00:17.0/block/sda/sda3");
		dir(&t, "sys/devices/virtual/block/dm-1/slaves");
		dir(&t, "sys/devices/virtual/block/dm-0/slaves");
		tree_file(&t, "sys/devices/virtual/block/dm-1/dm/uuid", "LVM-abc\n");
		tree_file(&t, "sys/devices/virtual/block/dm-0/dm/name", "sda3_crypt\n");
		tree_file(&t, "sys/devices/virtual/block/dm-0/dm/uuid",
			  i < ARRAY_SIZE(cases) ? "CRYPT-LUKS2-abc-sda3_crypt\n" : "LVM-def\n");
		tree_link(&t, "sys/devices/virtual/block/dm-1/slaves/dm-0", "../../dm-0");
		tree_link(&t, "sys/devices/virtual/block/dm-0/slaves/sda3",
			  "../../../../pci0000:00/0000:00:17.0/block/sda/sda3");
		tree_link(&t, "sys/dev/block/253:1", "../../devices/virtual/block/dm-1");
		tree_link(&t, "sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
		tree_link(&t, "sys/class/block/sda3", "../../devices/pci0000:00/0000:00:17.0/block/sda/sda3");
		tree_file(&t, "proc/self/mountinfo", "26 1 253:1 / / rw - ext4 /dev/mapper/vg-root rw\n");
		if (i < ARRAY_SIZE(cases) && cases[i].path)
			tree_file(&t, cases[i].path, cases[i].text);
		f = facts_of(&t);
		IS(f->root_crypt, i < ARRAY_SIZE(cases) ? "sda3_crypt" : "");
		if (i < ARRAY_SIZE(cases)) {
			IS(f->root_opener, cases[i].opener);
			assert_int_equal(facts_passphrase(f) != NULL, cases[i].passphrase != NULL);
		}
		facts_free(f);
		tree_done(&t);
	}
}

/* A pool of two disks, mounted more often than anybody needs: both disks are found, and it ends soon. */
static void test_pool(void **state)
{
	static char mounts[200 * 64];
	struct facts *f;
	struct tree t;
	size_t n = 0;

	(void)state;
	tree_init(&t);
	pci(&t, "0000:00:17.0", "0x8086\n", "0xa352\n", "0x010601\n");
	pci(&t, "0000:00:18.0", "0x8086\n", "0xa352\n", "0x010601\n");
	for (int i = 0; i < 2; i++) {
		char path[96], home[96];

		snprintf(home, sizeof(home), "sys/devices/pci0000:00/0000:00:%d.0/block/sd%c/dev", 17 + i, 'a' + i);
		tree_file(&t, home, i ? "8:16\n" : "8:0\n");
		snprintf(home, sizeof(home), "../../devices/pci0000:00/0000:00:%d.0/block/sd%c", 17 + i, 'a' + i);
		snprintf(path, sizeof(path), "sys/class/block/sd%c", 'a' + i);
		tree_link(&t, path, home);
		tree_file(&t, i ? "run/udev/data/b8:16" : "run/udev/data/b8:0",
			  "E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=rpool\n");
	}
	for (int i = 0; i < 200; i++)
		n += (size_t)snprintf(mounts + n, sizeof(mounts) - n, "%d 1 0:%d / %s rw - zfs rpool/a%d rw\n", i, i,
				      i ? "/var" : "/", i);
	tree_file(&t, "proc/self/mountinfo", mounts);
	f = facts_of(&t);
	assert_int_equal(f->disks_seen.v, TRI_YES);
	assert_int_equal(f->n_disks, 2 * 64);
	for (size_t i = 0; i < f->n_disks; i++)
		assert_int_equal(f->disks[i].pci, (int)(i % 2));
	assert_true(rep.n_notes > 0);
	facts_free(f);
	tree_done(&t);
}

/* Volumes on one another in a circle, which no kernel makes: the way ends. */
static void test_disk_circle(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	dir(&t, "sys/devices/virtual/block/dm-0/slaves");
	tree_link(&t, "sys/devices/virtual/block/dm-0/slaves/dm-0", "../../dm-0");
	tree_link(&t, "sys/dev/block/253:0", "../../devices/virtual/block/dm-0");
	tree_link(&t, "sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
	tree_file(&t, "proc/self/mountinfo", "26 1 253:0 / / rw - ext4 /dev/dm-0 rw\n");
	f = facts_of(&t);
	assert_int_equal(f->n_disks, 1);
	assert_int_equal(f->disks[0].pci, -1);
	facts_free(f);
	tree_done(&t);
}

static void test_usb(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	pci(&t, "0000:00:14.0", "0x8086\n", "0xa36d\n", "0x0c0330\n");
	tree_file(&t, "sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/idVendor", "046d\n");
	tree_file(&t, "sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/idProduct", "c31c\n");
	tree_file(&t, "sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/product", "USB Keyboard\n");
	tree_file(&t, "sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/busnum", "1\n");
	tree_file(&t, "sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.0/bInterfaceClass", "03\n");
	tree_file(&t, "sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.0/bInterfaceSubClass", "01\n");
	tree_file(&t, "sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.0/bInterfaceProtocol", "01\n");
	tree_link(&t, "sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.0/driver", "../../drivers/usbhid");
	tree_link(&t, "sys/bus/usb/devices/1-4", "../../../devices/pci0000:00/0000:00:14.0/usb1/1-4");
	tree_link(&t, "sys/bus/usb/devices/1-4:1.0", "../../../devices/pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.0");
	tree_file(&t, "sys/bus/usb/devices/1-5/idVendor", "zzzz\n");
	f = facts_of(&t);
	assert_int_equal(f->n_usb, 1);
	assert_string_equal(f->usb[0].path, "1-4");
	assert_int_equal(f->usb[0].product, 0xc31c);
	assert_int_equal(f->usb[0].pci, 0);
	assert_int_equal(f->usb[0].bus, 1);
	assert_int_equal(f->usb[0].keyboard.v, TRI_YES);
	assert_int_equal(f->usb[0].bluetooth.v, TRI_NO);
	IS(f->usb[0].driver, "usbhid");
	facts_free(f);
	tree_done(&t);
}

static void test_guests(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_link(&t, "etc/pve/qemu-server", "nodes/pve/qemu-server");
	tree_file(&t, "etc/pve/nodes/pve/qemu-server/100.conf",
		  "hostpci0: 0000:00:02.0\nonboot: 1\n[s]\nhostpci1: 01:00\n");
	tree_file(&t, "etc/pve/nodes/pve/qemu-server/101.conf", "hostpci0: 00:02,pcie=1\nonboot: 0\n");
	tree_file(&t, "etc/pve/nodes/pve/qemu-server/101.conf.tmp", "hostpci0: 03:00\n");
	tree_file(&t, "etc/pve/lxc/201.conf", "lxc.mount.entry: /dev/dri dev/dri none bind\n");
	tree_file(&t, "etc/libvirt/qemu/win.xml",
		  "<domain><name>win</name><devices><hostdev mode='subsystem' type='pci'><source>"
		  "<address domain='0' bus='0' slot='2' function='0'/></source></hostdev></devices></domain>");
	tree_link(&t, "etc/libvirt/qemu/autostart/win.xml", "/etc/libvirt/qemu/win.xml");
	tree_file(&t, "etc/libvirt/qemu/plain.xml", "<domain><name>plain</name></domain>");
	tree_file(&t, "run/qemu-server/100.pid", "4711\n");
	f = facts_of(&t);
	assert_int_equal(f->guests_seen.v, TRI_YES);
	assert_int_equal(f->n_guests, 5);
	assert_string_equal(f->guests[0].id, "100");
	assert_int_equal(f->guests[0].running.v, TRI_YES);
	assert_int_equal(f->guests[0].onboot.v, TRI_YES);
	assert_int_equal(f->guests[0].n_pci, 1);
	assert_int_equal(f->guests[1].running.v, TRI_NO);
	assert_int_equal(f->guests[1].onboot.v, TRI_NO);
	assert_int_equal(f->guests[1].pci[0].fn, 8);
	assert_string_equal(f->guests[2].kind, "lxc");
	assert_true(f->guests[2].uses_dri);
	assert_string_equal(f->guests[3].id, "plain"); /* the VM that is to get its first device */
	assert_int_equal(f->guests[3].n_pci, 0);
	assert_string_equal(f->guests[4].id, "win");
	assert_int_equal(f->guests[4].onboot.v, TRI_YES);
	assert_int_equal(f->guests[4].running.v, TRI_NO);
	facts_free(f);
	tree_done(&t);

	tree_init(&t); /* no run/: a machine that does not run, or a copy */
	tree_file(&t, "etc/pve/qemu-server/100.conf", "hostpci0: 0000:00:02.0\n");
	f = facts_of(&t);
	assert_int_equal(f->guests[0].running.v, TRI_UNKNOWN);
	assert_int_equal(f->guests[0].onboot.v, TRI_UNKNOWN);
	facts_free(f);
	tree_done(&t);
}

/* A definition, or a folder of them, that cannot be read: there may be guests that nobody sees. */
static void test_guests_refused(void **state)
{
	static const char *const refused[] = { "etc/libvirt/qemu/b.xml/", "etc/pve/lxc/9.conf/",
					       "etc/pve/qemu-server/9.conf/" };

	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(refused); i++) {
		struct facts *f;
		struct tree t;

		tree_init(&t);
		dir(&t, "usr/bin");
		tree_file(&t, "etc/os-release", "ID=debian\n");
		tree_file(&t, "etc/pve/qemu-server/100.conf", "hostpci0: 0000:00:02.0\n");
		tree_file(&t, "etc/libvirt/qemu/c.xml", "<domain><name>c</name></domain>");
		if (i < ARRAY_SIZE(refused))
			tree_way(&t, refused[i]);
		else
			tree_link(&t, "etc/pve/lxc", "lxc"); /* leads to itself */
		f = facts_of(&t);
		assert_int_equal(f->n_guests, 2);
		if (f->guests_seen.v != TRI_UNKNOWN || !f->guests_seen.from)
			fail_msg("case %zu: %d", i, f->guests_seen.v);
		facts_free(f);
		tree_done(&t);
	}
}

/* ---- packages ----------------------------------------------------------------------------------------------- */

static const struct host_entry *entry(struct host *h, const char *path)
{
	const struct host_entry *e;
	size_t n;

	assert_int_equal(host_recorded(h, &e, &n), 0);
	for (size_t i = 0; i < n; i++)
		if (strcmp(e[i].path, path) == 0)
			return &e[i];
	fail_msg("%s was not remembered", path);
	return NULL;
}

static void test_packages(void **state)
{
	const struct host_entry *e;
	struct host *h = NULL;
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_file(&t, "var/lib/dpkg/status",
		  "Package: secret-tool\nStatus: install ok installed\nVersion: 1.0\n\n"
		  "Package: pve-qemu-kvm\nStatus: install ok installed\nDescription: x\n more\nVersion: 9.2.0-5\n\n"
		  "Package: ovmf\nStatus: deinstall ok config-files\nVersion: 2022.11-6\n\n"
		  "Package: pve-manager\nStatus: install ok half-installed\nVersion: 8.4.1\n\n"
		  "Package: libvirt-daemon\nStatus: install ok installed\nVersion: 1:9.0.0-4\n");
	tree_file(&t, "proc/iomem", "00100000-5e0d2fff : System RAM\n7d800000-7fffffff : Graphics Stolen Memory\n");
	tree_file(&t, "proc/cpuinfo", CPUINFO("fpu vmx"));
	f = facts_new("test", SOURCE_ROOT);
	assert_non_null(f);
	assert_int_equal(host_open_root(t.top, &h, NULL), 0);
	host_record(h);
	assert_int_equal(facts_read_tree(f, h, NULL), 0);
	assert_int_equal(facts_finish(f, NULL), 0);
	assert_int_equal(f->n_packages, 2);
	IS(f->qemu, "9.2.0");
	IS(f->libvirt, "9.0.0");
	IS(f->pve, "");			     /* half of an installation is none */
	e = entry(h, "var/lib/dpkg/status"); /* what does not matter stays at home */
	assert_int_equal(e->kind, 'f');
	assert_true(text_has(e->bytes, "Package: pve-qemu-kvm"));
	assert_true(text_has(e->bytes, "Package: libvirt-daemon"));
	assert_false(text_has(e->bytes, "secret-tool"));
	assert_false(text_has(e->bytes, "ovmf"));
	e = entry(h, "proc/iomem");
	assert_true(text_has(e->bytes, "Graphics Stolen Memory"));
	assert_false(text_has(e->bytes, "System RAM"));
	e = entry(h, "proc/cpuinfo");
	assert_true(text_has(e->bytes, "GenuineIntel"));
	assert_false(text_has(e->bytes, "Another"));
	facts_free(f);
	host_free(h);
	tree_done(&t);
}

static void test_packages_pacman(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	dir(&t, "var/lib/pacman/local/qemu-system-x86-9.0.2-1");
	dir(&t, "var/lib/pacman/local/bash-5.2-1");
	dir(&t, "var/lib/pacman/local/odd");
	tree_file(&t, "var/lib/pacman/local/ALPM_DB_VERSION", "9\n");
	f = facts_of(&t);
	IS(f->qemu, "9.0.2");
	IS(f->libvirt, "");
	facts_free(f);
	tree_done(&t);

	tree_init(&t); /* built by hand */
	tree_file(&t, "var/lib/dpkg/status", "Package: x\nStatus: install ok installed\nVersion: 1\n");
	tree_file(&t, "usr/local/bin/qemu-system-x86_64", "x");
	f = facts_of(&t);
	UNKNOWN(f->qemu);
	assert_non_null(f->qemu.from);
	facts_free(f);
	tree_done(&t);
}

/* A link that leads out of the tree is not followed, and what it hides stays unknown. */
static void test_outside(void **state)
{
	struct facts *f;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_link(&t, "proc/cmdline", "../../../../../../proc/cmdline");
	tree_link(&t, "etc/os-release", "/nowhere/os-release");
	f = facts_of(&t);
	UNKNOWN(f->cmdline);
	UNKNOWN(f->distro);
	facts_free(f);
	tree_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_pci),
		cmocka_unit_test(test_pci_none),
		cmocka_unit_test(test_pci_no_links),
		cmocka_unit_test(test_iommu_units),
		cmocka_unit_test(test_modules_alias),
		cmocka_unit_test(test_iomem),
		cmocka_unit_test(test_iomem_hidden),
		cmocka_unit_test(test_screens),
		cmocka_unit_test(test_processor),
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_conf),
		cmocka_unit_test(test_grub_order),
		cmocka_unit_test(test_conf_masked),
		cmocka_unit_test(test_boot_loader),
		cmocka_unit_test(test_boot_bls),
		cmocka_unit_test(test_boot_snapshots),
		cmocka_unit_test(test_boot_ostree),
		cmocka_unit_test(test_initramfs),
		cmocka_unit_test(test_initramfs_none),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_interfaces),
		cmocka_unit_test(test_stacked),
		cmocka_unit_test(test_many_vlans),
		cmocka_unit_test(test_stacked_stanzas),
		cmocka_unit_test(test_root_disk),
		cmocka_unit_test(test_root_crypt),
		cmocka_unit_test(test_disk_circle),
		cmocka_unit_test(test_usb),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_picked),
		cmocka_unit_test(test_conf_refused),
		cmocka_unit_test(test_grub_many),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_lines_of_cmdline),
		cmocka_unit_test(test_texts_refused),
		cmocka_unit_test(test_tools),
		cmocka_unit_test(test_guests_refused),
		cmocka_unit_test(test_guests),
		cmocka_unit_test(test_packages),
		cmocka_unit_test(test_packages_pacman),
		cmocka_unit_test(test_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
