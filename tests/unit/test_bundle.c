// SPDX-License-Identifier: GPL-2.0-or-later
/* test_bundle.c - each kind of pasted output, in the shapes that people paste it in, and prose that is none of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/macros.h"
#include "facts/bundle.h"
#include "facts_ask.h"
#include "fw/igd_id.h"

static struct report rep; /* of the last reading */

static struct facts *read_span(struct span text, int want)
{
	struct facts *f = facts_new("test", SOURCE_BUNDLE);
	int r;

	assert_non_null(f);
	rep = (struct report) { 0 };
	r = facts_bundle_text(f, "t.txt", text, &rep);
	if (r != want)
		fail_msg("%d (%s), not %d, for: %.200s", r, rep.refusal.text, want, (const char *)text.p);
	if (r == 0)
		assert_int_equal(facts_finish(f, &rep), 0);
	return f;
}

static struct facts *facts_of(const char *text)
{
	return read_span(span_str(text), 0);
}

static void refused(const char *text)
{
	facts_free(read_span(span_str(text), -IGD_EMAGIC));
	assert_int_equal(rep.code, -IGD_EMAGIC);
}

static void assert_conf(const struct facts *f, enum conf_kind kind, const char *key, const char *value)
{
	for (const struct conf *c = facts_conf(f, kind, key, NULL); c; c = facts_conf(f, kind, key, c))
		if (value ? c->value && strcmp(c->value, value) == 0 : !c->value)
			return;
	fail_msg("no %s=%s", key, value ? value : "(none)");
}

/* ---- lspci ----------------------------------------------------------------------------------------------------- */

static void test_lspci_nn(void **state)
{
	struct facts *f =
		facts_of("00:00.0 Host bridge [0600]: Intel Corporation Device [8086:3ec2] (rev 07)\n"
			 "00:02.0 VGA compatible controller [0300]: Intel Corporation UHD 630 [8086:3e92]\n"
			 "0000:00:1f.0 ISA bridge [0601]: Intel Corporation Q370 [LPC/eSPI] [8086:a306] (rev 10)\n"
			 "10000:e1:00.0 Non-Volatile memory controller [0108]: X [144d:a80a] (rev 01) (prog-if 02 "
			 "[NVM Express])\n");

	(void)state;
	assert_int_equal(f->n_pci, 4);
	NUM(at(f, "00:00.0")->id, 0x80863ec2);
	NUM(at(f, "00:00.0")->class, 0x0600);
	NUM(at(f, "00:00.0")->rev, 7);
	UNKNOWN(at(f, "00:00.0")->name); /* "Device" is no name */
	NUM(at(f, "00:02.0")->rev, 0);	 /* lspci leaves it out */
	IS(at(f, "00:02.0")->name, "Intel Corporation UHD 630");
	UNKNOWN(at(f, "00:02.0")->driver);
	NUM_UNKNOWN(at(f, "00:02.0")->group);
	NUM(at(f, "00:1f.0")->id, 0x8086a306);
	IS(at(f, "00:1f.0")->name, "Intel Corporation Q370 [LPC/eSPI]");
	NUM(at(f, "10000:e1:00.0")->prog_if, 2);
	assert_string_equal(at(f, "00:02.0")->from, "t.txt:2");
	assert_int_equal(f->igd.present.v, TRI_YES);
	assert_int_equal(f->pci_whole.v, TRI_UNKNOWN); /* four of them are no whole machine */
	facts_free(f);
}

static void test_lspci_forms(void **state)
{
	struct facts *f =
		facts_of("00:02.0 0300: 8086:3e92 (rev 02)\n"
			 "00:1f.3 Audio device: Intel Corporation Cannon Lake PCH cAVS (rev 10)\n"
			 "00:14.0 \"USB controller [0c03]\" \"Intel Corporation [8086]\" \"Xhci [a36d]\" -r10 "
			 "\"\" \"\"\n"
			 "> 00:17.0 SATA controller [0106]: Intel Corporation AHCI [8086:a352]\r\n"
			 "GPU: `00:12.0 Signal processing controller [1180]: Intel Thermal [8086:a379]`\n");

	(void)state;
	NUM(at(f, "00:02.0")->id, 0x80863e92);
	NUM(at(f, "00:02.0")->class, 0x0300);
	NUM(at(f, "00:02.0")->rev, 2);
	NUM(at(f, "00:1f.3")->class, 0x0403);
	NUM_UNKNOWN(at(f, "00:1f.3")->id);
	IS(at(f, "00:1f.3")->name, "Intel Corporation Cannon Lake PCH cAVS");
	NUM(at(f, "00:14.0")->id, 0x8086a36d);
	NUM(at(f, "00:14.0")->class, 0x0c03);
	NUM(at(f, "00:17.0")->id, 0x8086a352);
	NUM(at(f, "00:12.0")->id, 0x8086a379);
	facts_free(f);
}

static void test_lspci_nnk(void **state)
{
	struct facts *f = facts_of("00:02.0 VGA compatible controller [0300]: Intel Corporation UHD [8086:3e92]\n"
				   "\tDeviceName: Onboard\n"
				   "\tSubsystem: Hewlett-Packard Company Device [103c:83e2]\n"
				   "\tKernel driver in use: vfio-pci\n"
				   "\tKernel modules: i915, xe\n"
				   "00:12.0 Signal processing controller [1180]: Intel Corporation T [8086:a379]\n"
				   "\tSubsystem: Hewlett-Packard Company Device [103c:83e2]\n"
				   "\tKernel modules: intel_pch_thermal\n"
				   "00:1f.0 ISA bridge [0601]: Intel Corporation L [8086:a306]\n"
				   "\tSubsystem: Hewlett-Packard Company Device [103c:83e2]\n");

	(void)state;
	IS(at(f, "00:02.0")->driver, "vfio-pci");
	IS(at(f, "00:02.0")->modules, "i915 xe");
	NUM(at(f, "00:02.0")->subsys, 0x103c83e2);
	IS(at(f, "00:12.0")->driver, ""); /* modules but no driver: none is bound */
	UNKNOWN(at(f, "00:1f.0")->driver);
	facts_free(f);
}

static void test_lspci_tree(void **state)
{
	struct facts *f =
		facts_of("-[0000:00]-+-00.0  Intel Corporation Host Bridge [8086:3ec2]\n"
			 "           +-01.0-[01-02]--+-00.0  NVIDIA Corporation GP107 [10de:1c81]\n"
			 "           |               \\-00.1  NVIDIA Corporation GP107 HDA [10de:0fb9]\n"
			 "           +-02.0  Intel Corporation UHD Graphics 630 [8086:3e92]\n"
			 "           +-1c.0-[03]----00.0  Intel Corporation I210 Gigabit Ethernet [8086:1533]\n"
			 "           +-1d.0-[04]--\n"
			 "           \\-1f.0  Intel Corporation LPC Controller [8086:a306]\n");

	(void)state;
	assert_int_equal(f->n_pci, 9);
	NUM(at(f, "00:01.0")->secondary, 1);
	NUM(at(f, "00:01.0")->subordinate, 2);
	NUM(at(f, "00:01.0")->class, 0x0604);
	NUM(at(f, "01:00.1")->id, 0x10de0fb9);
	NUM(at(f, "03:00.0")->class, 0x0200);
	assert_int_equal(at(f, "03:00.0")->parent, at(f, "00:1c.0") - f->pci);
	NUM(at(f, "00:1d.0")->secondary, 4);
	NUM(at(f, "00:1f.0")->id, 0x8086a306);
	NUM_UNKNOWN(at(f, "00:02.0")->class); /* the name of a GPU does not tell 0300 from 0380 */
	NUM_UNKNOWN(at(f, "00:1f.0")->rev);   /* a tree shows no revision, not even one that is not 0 */
	facts_free(f);
}

static const char verbose[] =
	"00:02.0 VGA compatible controller [0300]: Intel Corporation UHD [8086:3e92] (rev 02) (prog-if 00 [VGA "
	"controller])\n"
	"\tControl: I/O+ Mem+ BusMaster+\n"
	"\tStatus: Cap+ 66MHz- UDF-\n"
	"\tLatency: 0\n"
	"\tInterrupt: pin A routed to IRQ 144\n"
	"\tIOMMU group: 3\n"
	"\tRegion 0: Memory at d0000000 (64-bit, non-prefetchable) [size=16M]\n"
	"\tRegion 2: Memory at c0000000 (64-bit, prefetchable) [size=256M]\n"
	"\tRegion 4: I/O ports at 3000 [size=64]\n"
	"\tExpansion ROM at 000c0000 [virtual] [disabled] [size=128K]\n"
	"\tCapabilities: [40] Vendor Specific Information: Len=0c <?>\n"
	"\tCapabilities: [70] Express (v2) Root Complex Integrated Endpoint, MSI 00\n"
	"\t\tDevCap:\tMaxPayload 128 bytes, PhantFunc 0\n"
	"\t\t\tExtTag- RBE+ FLReset+\n"
	"\t\tDevCtl:\tCorrErr- FLReset-\n"
	"\tCapabilities: [d0] Power Management version 2\n"
	"\t\tStatus: D0 NoSoftRst- PME-Enable- DSel=0\n"
	"\tCapabilities: [100 v1] Process Address Space ID (PASID)\n"
	"\tKernel driver in use: i915\n"
	"\tKernel modules: i915\n"
	"00:1c.0 PCI bridge [0604]: Intel Corporation Root Port [8086:a33c] (rev f0)\n"
	"\tControl: I/O+ Mem+\n"
	"\tStatus: Cap+ 66MHz-\n"
	"\tBus: primary=00, secondary=03, subordinate=05, sec-latency=0\n"
	"\tCapabilities: [40] Express (v2) Root Port (Slot+), MSI 00\n"
	"\t\tDevCap:\tMaxPayload 256 bytes, PhantFunc 0\n"
	"\t\t\tExtTag- RBE+\n"
	"\tCapabilities: [140 v1] Access Control Services\n"
	"\t\tACSCap:\tSrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd- EgressCtrl- DirectTrans-\n"
	"\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-\n"
	"\tKernel driver in use: pcieport\n"
	"00:1f.4 SMBus [0c05]: Intel Corporation SMBus [8086:a323] (rev 10)\n"
	"\tControl: I/O+ Mem+\n"
	"\tStatus: Cap- 66MHz-\n"
	"\tKernel driver in use: i801_smbus\n"
	"03:00.0 Ethernet controller [0200]: Intel Corporation I350 [8086:1521]\n"
	"\tControl: I/O+\n"
	"\tStatus: Cap+\n"
	"\tCapabilities: [a0] Express (v2) Endpoint, MSI 00\n"
	"\t\tDevCap:\tMaxPayload 512 bytes, ExtTag- FLReset+ SlotPowerLimit 0W\n"
	"\tCapabilities: [160 v1] Single Root I/O Virtualization (SR-IOV)\n"
	"\t\tInitial VFs: 8, Total VFs: 8, Number of VFs: 2, Function Dependency Link: 00\n"
	"\tKernel driver in use: igb\n"
	"04:00.0 Ethernet controller [0200]: Intel Corporation I210 [8086:1533]\n"
	"\tStatus: Cap+\n"
	"\tCapabilities: <access denied>\n"
	"\tKernel driver in use: igb\n";

static void test_lspci_vvnn(void **state)
{
	struct facts *f = facts_of(verbose);
	const struct pci_fn *p = at(f, "00:02.0");

	(void)state;
	NUM(p->group, 3);
	NUM(p->pcie_type, PCIE_RC_ENDPOINT);
	NUM(p->prog_if, 0);
	NUM(p->sriov_total, 0);
	NUM(p->n_bars, 7);
	IS(p->power_state, "D0");
	assert_int_equal(p->flr.v, TRI_YES);
	assert_int_equal(p->acs.v, TRI_NO); /* the list was whole */
	assert_true(p->bars[0].start == 0xd0000000 && p->bars[0].end == 0xd0ffffff);
	assert_true(p->bars[2].flags & 0x2000);
	assert_true(p->bars[4].flags & 0x100);
	assert_true(p->bars[6].start == 0xc0000 && p->bars[6].end == 0xdffff);
	p = at(f, "00:1c.0");
	NUM(p->secondary, 3);
	NUM(p->subordinate, 5);
	NUM(p->acs_cap, 0x0f);
	NUM(p->acs_ctl, 0x01);
	assert_int_equal(p->acs.v, TRI_YES);
	NUM(p->pcie_type, PCIE_ROOT_PORT);
	p = at(f, "00:1f.4");
	NUM(p->pcie_type, PCIE_NONE); /* no list of capabilities: conventional */
	assert_int_equal(p->flr.v, TRI_NO);
	p = at(f, "03:00.0");
	NUM(p->sriov_total, 8);
	NUM(p->sriov_num, 2);
	assert_int_equal(p->flr.v, TRI_YES);
	p = at(f, "04:00.0"); /* only root sees capabilities */
	NUM_UNKNOWN(p->pcie_type);
	assert_int_equal(p->flr.v, TRI_UNKNOWN);
	assert_int_equal(p->acs.v, TRI_UNKNOWN);
	NUM_UNKNOWN(p->sriov_total);
	facts_free(f);
}

/* A list that was cut says nothing of what it does not hold. */
static void test_lspci_cut(void **state)
{
	struct facts *f = facts_of("00:02.0 VGA compatible controller [0300]: Intel Corporation UHD [8086:3e92]\n"
				   "\tStatus: Cap+\n"
				   "\tCapabilities: [70] Express (v2) Root Complex Integrated Endpoint, MSI 00\n");
	const struct pci_fn *p = at(f, "00:02.0");

	(void)state;
	NUM(p->pcie_type, PCIE_RC_ENDPOINT);
	assert_int_equal(p->flr.v, TRI_UNKNOWN);
	assert_int_equal(p->acs.v, TRI_UNKNOWN);
	NUM_UNKNOWN(p->sriov_total);
	facts_free(f);
}

/* Sixteen bytes a line of the header of an IGD; lines that are left out are zeros. */
static size_t hex_dump(char *text, size_t room, size_t bytes)
{
	size_t n = (size_t)snprintf(text, room, "00:02.0 VGA compatible controller: Intel Corporation UHD\n");

	for (size_t i = 0; i < bytes; i += 16) {
		n += (size_t)snprintf(text + n, room - n, i < 0x100 ? "%02zx:" : "%03zx:", i);
		for (size_t k = i; k < i + 16; k++) {
			unsigned b = k == 0x00	 ? 0x86
				     : k == 0x01 ? 0x80 /* vendor */
				     : k == 0x02 ? 0x92
				     : k == 0x03 ? 0x3e /* device */
				     : k == 0x08 ? 0x02 /* revision */
				     : k == 0x0b ? 0x03 /* class 0300 */
				     : k == 0x2c ? 0x3c
				     : k == 0x2d ? 0x10 /* subsystem 103c:83e2 */
				     : k == 0x2e ? 0xe2
				     : k == 0x2f ? 0x83
				     : k == 0x50 ? 0xc1 /* GGC */
				     : k == 0x51 ? 0x02
						 : 0;

			n += (size_t)snprintf(text + n, room - n, " %02x", b);
		}
		n += (size_t)snprintf(text + n, room - n, "\n");
	}
	return n;
}

static void test_lspci_hex(void **state)
{
	static const size_t sizes[] = { 64, 256, 4096 }; /* -x, -xxx, -xxxx */
	static char text[32 * 1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t n = hex_dump(text, sizeof(text), sizes[i]);
		struct facts *f = read_span((struct span) { (const uint8_t *)text, n }, 0);
		const struct pci_fn *p = at(f, "00:02.0");

		assert_int_equal(p->config.n, sizes[i]);
		NUM(p->id, 0x80863e92);
		NUM(p->class, 0x0300);
		NUM(p->rev, 2);
		NUM(p->subsys, 0x103c83e2);
		if (sizes[i] > 64)
			NUM(f->igd.ggc, 0x02c1);
		else
			NUM_UNKNOWN(f->igd.ggc);
		facts_free(f);
	}
}

/* A line that is out of its place ends the dump: bytes are never put where they were not. */
static void test_lspci_hex_gap(void **state)
{
	struct facts *f = facts_of("00:02.0 VGA compatible controller: Intel Corporation UHD\n"
				   "00: 86 80 92 3e 00 00 00 00 02 00 00 03 00 00 00 00\n"
				   "20: 00 00 00 00 00 00 00 00 00 00 00 00 3c 10 e2 83\n"
				   "30: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 0\n");

	(void)state;
	assert_int_equal(at(f, "00:02.0")->config.n, 16);
	NUM_UNKNOWN(at(f, "00:02.0")->subsys);
	facts_free(f);
}

/* ---- listings of groups ---------------------------------------------------------------------------------------- */

#define FUNCTION_0 "00:00.0 Host bridge [0600]: Intel Corporation Host [8086:3ec2] (rev 07)"
#define FUNCTION_2 "00:02.0 VGA compatible controller [0300]: Intel Corporation UHD [8086:3e92]"
#define FUNCTION_F "00:1f.0 ISA bridge [0601]: Intel Corporation LPC [8086:a306] (rev 10)"
#define FUNCTION_3 "00:1f.3 Audio device [0403]: Intel Corporation cAVS [8086:a348] (rev 10)"

/* 00:00.0 in 0, 00:02.0 in 1, 00:1f.0 and 00:1f.3 in 7: in every shape. */
/* The same four functions in three groups, in the shapes that people paste. */
static const char *const group_shapes[] = {
	/* find /sys/kernel/iommu_groups/ -type l */
	"/sys/kernel/iommu_groups/7/devices/0000:00:1f.3\n/sys/kernel/iommu_groups/7/devices/0000:00:1f.0\n"
	"/sys/kernel/iommu_groups/0/devices/0000:00:00.0\n/sys/kernel/iommu_groups/1/devices/0000:00:02.0\n",
	/* ls -R */
	"root@pve:~# ls -R /sys/kernel/iommu_groups/\n/sys/kernel/iommu_groups/0/devices:\n0000:00:00.0\n\n"
	"/sys/kernel/iommu_groups/1:\ndevices  reserved_regions  type\n\n"
	"/sys/kernel/iommu_groups/1/devices:\n0000:00:02.0\n\n"
	"/sys/kernel/iommu_groups/7/devices:\n0000:00:1f.0  0000:00:1f.3\n",
	/* ls -l behind a path */
	"lrwxrwxrwx 1 root root 0 Jun  3 20:35 /sys/kernel/iommu_groups/0/devices/0000:00:00.0 -> "
	"../../../../devices/pci0000:00/0000:00:00.0\n"
	"lrwxrwxrwx 1 root root 0 Jun  3 20:35 /sys/kernel/iommu_groups/1/devices/0000:00:02.0 -> "
	"../../../../devices/pci0000:00/0000:00:02.0\n"
	"lrwxrwxrwx 1 root root 0 Jun  3 20:35 /sys/kernel/iommu_groups/7/devices/0000:00:1f.0 -> x\n"
	"lrwxrwxrwx 1 root root 0 Jun  3 20:35 /sys/kernel/iommu_groups/7/devices/0000:00:1f.3 -> x\n",
	/* a heading, functions indented below it */
	"IOMMU Group 0:\n\t" FUNCTION_0 "\nIOMMU Group 1:\n\t" FUNCTION_2 "\nIOMMU Group 7:\n\t" FUNCTION_F
	"\n\t" FUNCTION_3 "\n",
	/* the same, not indented */
	"IOMMU Group 0\n" FUNCTION_0 "\n\nIOMMU Group 1\n" FUNCTION_2 "\n\nIOMMU Group 7\n" FUNCTION_F "\n" FUNCTION_3
	"\n",
	/* a line each */
	"IOMMU Group 0 " FUNCTION_0 "\nIOMMU Group 1 " FUNCTION_2 "\nIOMMU Group 7 " FUNCTION_F
	"\nIOMMU Group 7 " FUNCTION_3 "\n",
	"IOMMU group 0: " FUNCTION_0 "\r\nIOMMU group 1: " FUNCTION_2 "\r\nIOMMU group 7: " FUNCTION_F
	"\r\nIOMMU group 7: " FUNCTION_3 "\r\n",
	"group 0: 0000:" FUNCTION_0 "\ngroup 1: 0000:" FUNCTION_2 "\ngroup 7: 0000:" FUNCTION_F
	"\ngroup 7: 0000:" FUNCTION_3 "\n",
	/* the group in a column, the rest of its functions below it */
	"Group:  0   " FUNCTION_0 "\nGroup:  1   " FUNCTION_2 "\nGroup:  7   " FUNCTION_F "\n            " FUNCTION_3
	"\n",
	/* ids first */
	"Group:  0   [8086:3ec2]     00:00.0  Host bridge                              Intel Host\n"
	"Group:  1   [8086:3e92] [R] 00:02.0  VGA compatible controller                Intel UHD\n"
	"Group:  7   [8086:a306]     00:1f.0  ISA bridge                               Intel LPC\n"
	"            [8086:a348] [R] 00:1f.3  Audio device                             Intel cAVS\n",
	/* pvesh get /nodes/NODE/hardware/pci */
	"\xe2\x94\x8c\xe2\x94\x80\xe2\x94\x90\n"
	"\xe2\x94\x82 class    \xe2\x94\x82 device \xe2\x94\x82 id           \xe2\x94\x82 iommugroup "
	"\xe2\x94\x82 vendor \xe2\x94\x82 device_name \xe2\x94\x82\n"
	"\xe2\x95\x9e\xe2\x95\x90\xe2\x95\xa1\n"
	"\xe2\x94\x82 0x060000 \xe2\x94\x82 0x3ec2 \xe2\x94\x82 0000:00:00.0 \xe2\x94\x82          0 "
	"\xe2\x94\x82 0x8086 \xe2\x94\x82 Host        \xe2\x94\x82\n"
	"\xe2\x94\x82 0x030000 \xe2\x94\x82 0x3e92 \xe2\x94\x82 0000:00:02.0 \xe2\x94\x82          1 "
	"\xe2\x94\x82 0x8086 \xe2\x94\x82 UHD         \xe2\x94\x82\n"
	"\xe2\x94\x82 0x060100 \xe2\x94\x82 0xa306 \xe2\x94\x82 0000:00:1f.0 \xe2\x94\x82          7 "
	"\xe2\x94\x82 0x8086 \xe2\x94\x82 LPC         \xe2\x94\x82\n"
	"\xe2\x94\x82 0x040300 \xe2\x94\x82 0xa348 \xe2\x94\x82 0000:00:1f.3 \xe2\x94\x82          7 "
	"\xe2\x94\x82 0x8086 \xe2\x94\x82 cAVS        \xe2\x94\x82\n"
	"\xe2\x94\x94\xe2\x94\x80\xe2\x94\x98\n",
	/* the kernel's log */
	"[    0.5] pci 0000:00:00.0: Adding to iommu group 0\n[    0.5] pci 0000:00:02.0: Adding to iommu "
	"group 1\n"
	"[    0.5] pci 0000:00:1f.0: Adding to iommu group 7\n[    0.5] pci 0000:00:1f.3: Adding to iommu "
	"group "
	"7\n",
};

static void test_groups(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(group_shapes); i++) {
		struct facts *f = facts_of(group_shapes[i]);

		if (f->n_pci != 4 || f->n_groups != 3)
			fail_msg("shape %zu: %zu functions in %zu groups", i, f->n_pci, f->n_groups);
		NUM(at(f, "00:00.0")->group, 0);
		NUM(at(f, "00:02.0")->group, 1);
		NUM(at(f, "00:1f.0")->group, 7);
		NUM(at(f, "00:1f.3")->group, 7);
		assert_int_equal(f->groups_seen.v, TRI_YES);
		assert_int_equal(facts_group(f, 7)->n_members, 2);
		if (i > 2 && i < 11) {
			NUM(at(f, "00:02.0")->id, 0x80863e92);
			NUM(at(f, "00:1f.3")->class, 0x0403);
		}
		assert_int_equal(rep.n_notes, 0);
		facts_free(f);
	}
}

/* Only some groups were pasted, and then all functions: the others are not in the last group. */
static void test_groups_part(void **state)
{
	static const char *const texts[] = {
		"IOMMU Group 1:\n\t" FUNCTION_2 "\n" FUNCTION_0 "\n" FUNCTION_2 "\n" FUNCTION_F "\n" FUNCTION_3 "\n",
		"IOMMU Group 1 " FUNCTION_2 "\n" FUNCTION_0 "\n" FUNCTION_2 "\n" FUNCTION_F "\n" FUNCTION_3 "\n",
		"IOMMU Group 1:\n" FUNCTION_2 "\n\n" FUNCTION_0 "\n" FUNCTION_2 "\n" FUNCTION_F "\n" FUNCTION_3 "\n",
		"IOMMU Group 1:\n" FUNCTION_2 "\nroot@pve:~# lspci -nn\n" FUNCTION_0 "\n" FUNCTION_F "\n" FUNCTION_3
		"\n",
		"/sys/kernel/iommu_groups/1/devices:\n0000:00:02.0\n\n" FUNCTION_0 "\n" FUNCTION_F "\n" FUNCTION_3
		"\n",
		"Group:  1   [8086:3e92] [R] 00:02.0  VGA compatible controller  UHD\n" FUNCTION_0 "\n" FUNCTION_F
		"\n" FUNCTION_3 "\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct facts *f = facts_of(texts[i]);

		assert_int_equal(f->n_pci, 4);
		NUM(at(f, "00:02.0")->group, 1);
		if (at(f, "00:00.0")->group.known || at(f, "00:1f.0")->group.known || at(f, "00:1f.3")->group.known)
			fail_msg("text %zu", i);
		assert_int_equal(f->n_groups, 1);
		facts_free(f);
	}
}

static void test_groups_none(void **state)
{
	struct facts *f = facts_of("| class | device | id | iommugroup | vendor |\n"
				   "| 0x030000 | 0x3e92 | 0000:00:02.0 | -1 | 0x8086 |\n");

	(void)state;
	NUM(at(f, "00:02.0")->group, GROUP_NONE);
	assert_int_equal(f->n_groups, 0);
	assert_int_equal(f->groups_seen.v, TRI_UNKNOWN);
	facts_free(f);
}

/* What was read first stays, and the second reading is told. */
static void test_contradictions(void **state)
{
	struct facts *f =
		facts_of(FUNCTION_2 "\n\nIOMMU Group 1:\n\t" FUNCTION_2 "\nIOMMU Group 2:\n\t" FUNCTION_2 "\n");

	(void)state;
	NUM(at(f, "00:02.0")->group, 1);
	assert_int_equal(rep.n_notes, 1);
	assert_non_null(strstr(rep.notes[0].text, "is in IOMMU group 2 here and 1 in t.txt:4; the first stays"));
	assert_string_equal(rep.notes[0].subject, "t.txt");
	facts_free(f);

	f = facts_of(FUNCTION_2 "\n\n00:02.0 VGA compatible controller [0300]: Advanced Micro Devices [1002:1638]\n"
				"\tKernel driver in use: amdgpu\n");
	NUM(at(f, "00:02.0")->id, 0x80863e92);
	UNKNOWN(at(f, "00:02.0")->driver); /* the other machine's */
	assert_int_equal(rep.n_notes, 1);
	facts_free(f);

	f = facts_of(FUNCTION_2 "\n[    0.1] pci 0000:00:02.0: [8086:9bc8] type 00 class 0x030000\n");
	NUM(at(f, "00:02.0")->id, 0x80863e92);
	assert_int_equal(rep.n_notes, 1);
	facts_free(f);
}

/* ---- logs ------------------------------------------------------------------------------------------------------ */

static void test_log_stamps(void **state)
{
	static const struct {
		const char *line;
		double time; /* -1: unknown */
	} cases[] = {
		{ "[    0.050582] DMAR: IOMMU enabled", 0.050582 },
		{ "<6>[    0.050582] DMAR: IOMMU enabled", 0.050582 },
		{ "kern  :info  : [    0.050582] DMAR: IOMMU enabled", 0.050582 },
		{ "[Tue Jun  3 20:35:58 2025] DMAR: IOMMU enabled", -1 },
		{ "Jun 03 20:35:58 pve kernel: DMAR: IOMMU enabled", -1 },
		{ "Jun  3 20:35:58 pve kernel: [    0.050582] DMAR: IOMMU enabled", 0.050582 },
		{ "2025-06-03T20:35:58+0200 pve kernel: DMAR: IOMMU enabled", -1 },
		{ "2025-06-03T20:35:58.123456+02:00 pve kernel: DMAR: IOMMU enabled", -1 },
		{ "[    0.050582] pve kernel: DMAR: IOMMU enabled", 0.050582 },
		{ "kernel: DMAR: IOMMU enabled", -1 },
		{ "DMAR: IOMMU enabled", -1 },
		{ "  DMAR: IOMMU enabled\r", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct facts *f = facts_of(cases[i].line);

		assert_int_equal(f->n_log, 1);
		assert_string_equal(f->log[0].text, "DMAR: IOMMU enabled");
		if (f->log[0].time - cases[i].time > 1e-9 || cases[i].time - f->log[0].time > 1e-9)
			fail_msg("%s: %f", cases[i].line, f->log[0].time);
		assert_string_equal(f->log[0].from, "t.txt:1");
		assert_int_equal(f->log_whole.v, TRI_UNKNOWN);
		facts_free(f);
	}
}

static void test_log_says(void **state)
{
	struct facts *f = facts_of(
		"[    0.000000] Linux version 6.8.12-11-pve (build@x) (gcc) #1 SMP\n"
		"[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz-6.8.12-11-pve root=/dev/mapper/pve-root ro "
		"quiet\n"
		"[    0.000000] efi: EFI v2.7 by American Megatrends\n"
		"[    0.000000] DMI: HP HP EliteDesk 800 G4 DM 35W/83E2, BIOS Q21 Ver. 02.06.03 05/15/2019\n"
		"[    0.005000] Reserving Intel graphics memory at [mem 0x7d800000-0x7f7fffff]\n"
		"[    0.010000] ACPI: DMAR 0x0000000079C7B000 0000A8 (v01 INTEL  EDK2     00000002      01000013)\n"
		"[    0.100000] DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap 1c0000c40660462 ecap 19e2ff0505e\n"
		"[    0.150000] DMAR-IR: Enabled IRQ remapping in x2apic mode\n"
		"[    0.200000] smpboot: CPU0: Intel(R) Core(TM) i5-8500T CPU @ 2.10GHz (family: 0x6, model: 0x9e, "
		"stepping: 0xa)\n"
		"[    0.250000] smp: Brought up 1 node, 6 CPUs\n"
		"[    0.300000] pci 0000:00:02.0: [8086:3e92] type 00 class 0x030000 PCIe Root Complex Integrated "
		"Endpoint\n"
		"[    0.300001] pci 0000:00:02.0: BAR 2 [mem 0xc0000000-0xcfffffff 64bit pref]\n"
		"[    0.300002] pci 0000:00:02.0: reg 0x10: [mem 0xd0000000-0xd0ffffff 64bit]\n"
		"[    0.310000] pci 0000:00:1c.0: PCI bridge to [bus 03-05]\n"
		"[    0.400000] DMAR: Intel(R) Virtualization Technology for Directed I/O\n"
		"[    0.500000] pci 0000:00:02.0: vgaarb: setting as boot VGA device\n"
		"[    1.500000] i915 0000:00:02.0: [drm] Initialized i915 1.6.0\n"
		"[    9.000000] vfio-pci 0000:00:02.0: vgaarb: deactivate vga console\n");
	const struct pci_fn *p = at(f, "00:02.0");

	(void)state;
	IS(f->kernel, "6.8.12-11-pve");
	IS(f->sys_vendor, "HP");
	IS(f->product, "HP EliteDesk 800 G4 DM 35W");
	IS(f->board, "83E2");
	IS(f->bios_version, "Q21 Ver. 02.06.03");
	IS(f->bios_date, "05/15/2019");
	IS(f->boot_loader, "grub");
	assert_conf(f, CONF_CMDLINE, "quiet", NULL);
	assert_string_equal(facts_conf(f, CONF_CMDLINE, "root", NULL)->from, "t.txt:2");
	assert_int_equal(f->efi.v, TRI_YES);
	assert_int_equal(f->dmar.v, TRI_YES);
	assert_int_equal(f->ivrs.v, TRI_UNKNOWN); /* the list of tables is not whole */
	assert_int_equal(f->iommu_on.v, TRI_YES);
	assert_int_equal(f->irq_remap.v, TRI_YES);
	NUM(f->igd.stolen, 0x2000000);
	NUM(f->cpu.cpus, 6);
	NUM(f->cpu.model_no, 0x9e);
	assert_int_equal(f->n_iommus, 1);
	NUM(f->iommus[0].base, 0xfed90000);
	NUM(f->iommus[0].cap, 0x1c0000c40660462);
	NUM(p->id, 0x80863e92);
	NUM(p->class, 0x0300);
	NUM(p->pcie_type, PCIE_RC_ENDPOINT);
	assert_true(p->bars[2].start == 0xc0000000 && p->bars[0].end == 0xd0ffffff);
	assert_int_equal(p->boot_vga.v, TRI_YES);
	IS(p->driver, "vfio-pci"); /* who spoke last */
	NUM(at(f, "00:1c.0")->secondary, 3);
	facts_free(f);
}

/* The list of ACPI tables tells by itself whether it is whole: XSDT of 36 + 3 * 8 bytes. */
static void test_log_tables(void **state)
{
	struct facts *f =
		facts_of("[    0.01] ACPI: RSDP 0x00000000000F05B0 000024 (v02 ALASKA)\n"
			 "[    0.01] ACPI: XSDT 0x0000000079C5E0A8 00003C (v01 ALASKA A M I    01072009)\n"
			 "[    0.01] ACPI: FACP 0x0000000079C86AB0 000114 (v06 ALASKA A M I    01072009)\n"
			 "[    0.01] ACPI: DSDT 0x0000000079C5E260 02884E (v02 ALASKA A M I    01072009)\n"
			 "[    0.01] ACPI: FACS 0x000000007A0F2080 000040\n"
			 "[    0.01] ACPI: APIC 0x0000000079C86BC8 0000BC (v03 ALASKA A M I    01072009)\n"
			 "[    0.01] ACPI: HPET 0x0000000079C86C88 000038 (v01 ALASKA A M I    01072009)\n");

	(void)state;
	assert_int_equal(f->dmar.v, TRI_NO);
	assert_int_equal(f->ivrs.v, TRI_NO);
	facts_free(f);
	f = facts_of("[    0.01] ACPI: XSDT 0x0000000079C5E0A8 00003C (v01 ALASKA A M I    01072009)\n"
		     "[    0.01] ACPI: FACP 0x0000000079C86AB0 000114 (v06 ALASKA A M I    01072009)\n"
		     "[    0.01] ACPI: APIC 0x0000000079C86BC8 0000BC (v03 ALASKA A M I    01072009)\n");
	assert_int_equal(f->dmar.v, TRI_UNKNOWN);
	facts_free(f);
}

/* Of three tables two are listed; what else comes is not of that list. */
static void test_log_tables_later(void **state)
{
#define ACPI_TWO(root, facp, apic)                                                 \
	"[    0.01] ACPI: XSDT 0x" root " 00003C (v01 ALASKA A M I    01072009)\n" \
	"[    0.01] ACPI: FACP 0x" facp " 000114 (v06 ALASKA A M I    01072009)\n" \
	"[    0.01] ACPI: APIC 0x" apic " 0000BC (v03 ALASKA A M I    01072009)\n"
#define ACPI_LIST ACPI_TWO("0000000079C5E0A8", "0000000079C86AB0", "0000000079C86BC8")
	static const struct {
		const char *text;
		enum tri dmar;
	} cases[] = {
		{ ACPI_LIST "[    0.2] ACPI: Dynamic OEM Table Load:\n"
			    "[    0.2] ACPI: SSDT 0x000000007003C280 000386 (v02 PmRef  Cpu0Cst  00003001)\n",
		  TRI_UNKNOWN },
		/* two boots */
		{ ACPI_LIST ACPI_TWO("0000000069C5E0A8", "0000000069C86AB0", "0000000069C86BC8"), TRI_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct facts *f = facts_of(cases[i].text);

		if (f->dmar.v != cases[i].dmar)
			fail_msg("case %zu: %d", i, f->dmar.v);
		facts_free(f);
	}
}

/* ---- configuration --------------------------------------------------------------------------------------------- */

static void test_cmdline(void **state)
{
	static const char *const texts[] = {
		"root@pve:~# cat /proc/cmdline\nBOOT_IMAGE=/boot/vmlinuz-6.8 root=/dev/sda1 intel_iommu=on "
		"iommu=pt\n",
		"BOOT_IMAGE=/boot/vmlinuz-6.8 root=/dev/sda1 ro quiet intel_iommu=on iommu=pt",
		"[user@host ~]$ sudo cat /proc/cmdline\r\ninitrd=\\intel-ucode.img root=/dev/sda1 intel_iommu=on "
		"iommu=pt\r\n",
		"$ cat /proc/cmdline\nintel_iommu=on iommu=pt\n", /* nothing but the prompt tells */
		"==> /proc/cmdline <==\nroot=/dev/sda1 intel_iommu=on iommu=pt\n",
		"cmdline: `BOOT_IMAGE=/vmlinuz root=/dev/sda1 intel_iommu=on iommu=pt`\n",
		"`BOOT_IMAGE=/vmlinuz root=/dev/sda1 intel_iommu=on iommu=pt`\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct facts *f = facts_of(texts[i]);

		if (!f->cmdline.v)
			fail_msg("text %zu", i);
		assert_conf(f, CONF_CMDLINE, "intel_iommu", "on");
		assert_conf(f, CONF_CMDLINE, "iommu", "pt");
		assert_int_equal(f->conf_seen[CONF_CMDLINE].v, TRI_YES);
		assert_int_equal(f->conf_seen[CONF_GRUB].v, TRI_UNKNOWN);
		facts_free(f);
	}
}

static void test_configuration(void **state)
{
	struct facts *f = facts_of("# cat /etc/default/grub\n"
				   "GRUB_DEFAULT=0\n"
				   "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n"
				   "#GRUB_CMDLINE_LINUX_DEFAULT=\"nomodeset\"\n"
				   "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on\"\n"
				   "GRUB_CMDLINE_LINUX=\"\"\n"
				   "\n"
				   "# cat /etc/kernel/cmdline\n"
				   "root=ZFS=rpool/ROOT/pve-1 boot=zfs\n"
				   "\n"
				   "# cat /etc/modprobe.d/vfio.conf\n"
				   "# for the GPU\n"
				   "options vfio-pci ids=8086:3e92,8086:a348 disable_vga=1\n"
				   "softdep i915 pre: vfio-pci\n"
				   "blacklist i915\n"
				   "\n"
				   "# cat /etc/modules\n"
				   "# /etc/modules: kernel modules to load at boot time.\n"
				   "vfio\n"
				   "vfio-pci\n"
				   "nct6775\n"
				   "\n"
				   "# cat /boot/loader/entries/arch.conf\n"
				   "title Arch Linux\n"
				   "linux /vmlinuz-linux\n"
				   "options root=UUID=1234 rw i915.enable_gvt=1\n");
	const struct conf *c;

	(void)state;
	assert_conf(f, CONF_GRUB, "intel_iommu", "on");
	assert_null(facts_conf(f, CONF_GRUB, "nomodeset", NULL));
	c = facts_conf(f, CONF_GRUB, "quiet", NULL);
	assert_non_null(c);
	assert_string_equal(c->from, "t.txt:5");
	assert_null(facts_conf(f, CONF_GRUB, "quiet", c)); /* the last assignment holds */
	assert_conf(f, CONF_KERNEL_CMDLINE, "boot", "zfs");
	UNKNOWN(f->cmdline); /* what will be is not what is */
	c = facts_conf(f, CONF_MODPROBE, "ids", NULL);
	assert_non_null(c);
	assert_string_equal(c->value, "8086:3e92,8086:a348");
	assert_string_equal(c->module, "vfio_pci");
	assert_string_equal(c->verb, "options");
	assert_string_equal(c->from, "t.txt:13");
	c = facts_conf(f, CONF_MODPROBE, "", NULL);
	assert_string_equal(c->verb, "softdep");
	c = facts_conf(f, CONF_MODPROBE, "", c);
	assert_string_equal(c->verb, "blacklist");
	assert_string_equal(c->module, "i915");
	c = facts_conf(f, CONF_MODULES, NULL, NULL);
	assert_string_equal(c->module, "vfio");
	c = facts_conf(f, CONF_MODULES, NULL, c);
	assert_string_equal(c->module, "vfio_pci");
	c = facts_conf(f, CONF_MODULES, NULL, c);
	assert_string_equal(c->module, "nct6775");
	assert_null(facts_conf(f, CONF_MODULES, NULL, c));
	assert_conf(f, CONF_LOADER_ENTRY, "i915.enable_gvt", "1");
	facts_free(f);
}

static void test_grub_menu(void **state)
{
	struct facts *f =
		facts_of("\tlinux\t/boot/vmlinuz-6.8.12-11-pve root=/dev/mapper/pve-root ro quiet iommu=pt\n");

	(void)state;
	assert_conf(f, CONF_LOADER_ENTRY, "iommu", "pt");
	UNKNOWN(f->cmdline);
	facts_free(f);
}

/* Sentences with the words of configuration in them. */
static void test_prose(void **state)
{
	static const char *const lines[] = {
		"install the driver and blacklist nouveau",
		"Install the driver and reboot.",
		"options are limited here",
		"options for the GPU: see below",
		"blacklist the driver first",
		"blacklist nouveau, radeon and so on",
		"remove the card and try again",
		"alias names are fine",
		"softdep lines did not help me",
		"alias this to that",
		"I added intel_iommu=on to the command line",
		"I have tried iommu=pt, video=efifb:off, and nomodeset",
		"root = admin, quiet = true",
		"group 5 people tried it",
		"The GPU is in IOMMU group 1 with others",
		"Group 1 is fine for me",
		"Linux is great",
		"Module loading works",
		"vfio-pci is bound",
		"memory: it has 16 GB",
		"name: John Doe",
		"kvm: my favourite",
		"default is dev null",
		"Bus 42 leaves at noon",
		"00:02 is my GPU",
		"at 00:02.0 there is a GPU",
		"the function 00:02.0 is: my GPU",
		"Status: works",
		"System: a small PC",
		"it needs qemu-system-x86_64 -device vfio-pci,host=00:02.0",
		"ID=me",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		char text[256];
		struct facts *f;

		snprintf(text, sizeof(text), "%s\n\n00:17.0 SATA controller [0106]: Intel AHCI [8086:a352]\n",
			 lines[i]);
		f = facts_of(text);
		if (f->n_confs || f->n_pci != 1 || f->n_groups || f->n_guests || f->n_nets || f->n_usb ||
		    f->n_modules || f->n_packages || f->cmdline.v || f->kernel.v || f->default_if.v ||
		    f->pci[0].group.known || f->sys_vendor.v || f->pve.v)
			fail_msg("taken for something: %s", lines[i]);
		facts_free(f);
	}
}

/* ---- the machine ----------------------------------------------------------------------------------------------- */

static void test_versions(void **state)
{
	struct facts *f = facts_of("proxmox-ve: 8.4.0 (running kernel: 6.8.12-11-pve)\n"
				   "pve-manager: 8.4.1 (running version: 8.4.1/2a5fa54a8503f96d)\n"
				   "pve-qemu-kvm: 9.2.0-5\n"
				   "qemu-server: 8.3.12\n");

	(void)state;
	IS(f->pve, "8.4.1");
	IS(f->qemu, "9.2.0");
	IS(f->kernel, "6.8.12-11-pve");
	facts_free(f);

	f = facts_of("pve-manager/7.4-3/9002ab8a (running kernel: 5.15.104-1-pve)\n"
		     "QEMU emulator version 7.2.0 (pve-qemu-kvm_7.2.0-8)\nUsing library: libvirt 9.0.0\n");
	IS(f->pve, "7.4");
	IS(f->qemu, "7.2.0");
	IS(f->libvirt, "9.0.0");
	IS(f->kernel, "5.15.104-1-pve");
	facts_free(f);

	f = facts_of("ii  qemu-system-x86  1:7.2+dfsg-7+deb12u7  amd64  QEMU full system emulation binaries (x86)\n"
		     "ii  libvirt-daemon   9.0.0-4  amd64  Virtualization daemon\n");
	IS(f->qemu, "7.2");
	IS(f->libvirt, "9.0.0");
	UNKNOWN(f->pve);
	facts_free(f);
}

static void test_uname(void **state)
{
	struct facts *f = facts_of("Linux pve 6.8.12-11-pve #1 SMP PREEMPT_DYNAMIC PMX 6.8.12-11 x86_64 GNU/Linux\n");

	(void)state;
	IS(f->kernel, "6.8.12-11-pve");
	facts_free(f);
	f = facts_of("root@pve:~# uname -r\n6.14.8-2-pve\n");
	IS(f->kernel, "6.14.8-2-pve");
	facts_free(f);
	f = facts_of("Proxmox VE: 8.4.0 with kernel `6.8.12-9-pve`\n" FUNCTION_2 "\n");
	IS(f->kernel, "6.8.12-9-pve");
	IS(f->pve, "8.4.0");
	facts_free(f);
	f = facts_of("It broke after 6.5.11-4-pve.\nLinux pve 6.8.12-11-pve #1 SMP x86_64 GNU/Linux\n");
	IS(f->kernel, "6.8.12-11-pve"); /* uname's word is better than a sentence's */
	facts_free(f);
}

static void test_lsmod(void **state)
{
	struct facts *f = facts_of("Module                  Size  Used by\n"
				   "vfio_pci               16384  1\n"
				   "vfio_pci_core          86016  1 vfio_pci\n"
				   "odd                     1234  0\n");

	(void)state;
	assert_int_equal(f->n_modules, 3);
	assert_string_equal(f->modules[0].v, "vfio_pci");
	assert_string_equal(f->modules[2].v, "odd");
	assert_int_equal(f->modules_seen.v, TRI_YES);
	facts_free(f);
	f = facts_of("$ lsmod | grep vfio\nvfio_pci               16384  1\nvfio-thing             16384  0\n");
	assert_int_equal(f->n_modules, 2);
	assert_string_equal(f->modules[0].v, "vfio_pci");
	assert_string_equal(f->modules[1].v, "vfio_thing");
	assert_int_equal(f->modules_seen.v, TRI_UNKNOWN); /* a part of the list says nothing of what is missing */
	facts_free(f);
}

static void test_lsusb(void **state)
{
	struct facts *f = facts_of("Bus 001 Device 003: ID 8087:0aaa Intel Corp. Bluetooth 9460/9560\n"
				   "Bus 001 Device 002: ID 046d:c31c Logitech, Inc. Keyboard K120\n"
				   "Bus 001 Device 001: ID 1d6b:0002 Linux Foundation 2.0 root hub\n");

	(void)state;
	assert_int_equal(f->n_usb, 3);
	assert_int_equal(f->usb[0].vendor, 0x8087);
	assert_int_equal(f->usb[0].bluetooth.v, TRI_YES);
	assert_int_equal(f->usb[0].keyboard.v, TRI_UNKNOWN);
	assert_int_equal(f->usb[1].keyboard.v, TRI_YES);
	assert_int_equal(f->usb[2].hub.v, TRI_YES);
	facts_free(f);
}

static void test_lsusb_tree(void **state)
{
	struct facts *f =
		facts_of("/:  Bus 02.Port 1: Dev 1, Class=root_hub, Driver=xhci_hcd/10p, 10000M\n"
			 "    ID 1d6b:0003 Linux Foundation 3.0 root hub\n"
			 "/:  Bus 001.Port 001: Dev 001, Class=root_hub, Driver=xhci_hcd/16p, 480M\n"
			 "    ID 1d6b:0002 Linux Foundation 2.0 root hub\n"
			 "    |__ Port 4: Dev 2, If 0, Class=Hub, Driver=hub/4p, 480M\n"
			 "        ID 05e3:0608 Genesys Logic, Inc. Hub\n"
			 "        |__ Port 1: Dev 3, If 0, Class=Human Interface Device, Driver=usbhid, 1.5M\n"
			 "            ID 046d:c31c Logitech, Inc. Keyboard K120\n"
			 "        |__ Port 1: Dev 3, If 1, Class=Human Interface Device, Driver=usbhid, 1.5M\n"
			 "            ID 046d:c31c Logitech, Inc. Keyboard K120\n"
			 "    |__ Port 14: Dev 4, If 0, Class=Wireless, Driver=btusb, 12M\n"
			 "        ID 8087:0aaa Intel Corp.\n");

	(void)state;
	assert_int_equal(f->n_usb, 5);
	assert_string_equal(f->usb[0].path, "usb2");
	assert_string_equal(f->usb[1].path, "usb1");
	assert_string_equal(f->usb[2].path, "1-4");
	assert_int_equal(f->usb[2].hub.v, TRI_YES);
	assert_string_equal(f->usb[3].path, "1-4.1");
	assert_int_equal(f->usb[3].keyboard.v, TRI_YES);
	assert_int_equal(f->usb[3].product, 0xc31c);
	IS(f->usb[3].driver, "usbhid");
	assert_string_equal(f->usb[4].path, "1-14");
	assert_int_equal(f->usb[4].bluetooth.v, TRI_YES);
	NUM(f->usb[4].class, 0xe0);
	facts_free(f);
}

static void test_inxi(void **state)
{
	struct facts *f = facts_of("System:\n"
				   "  Host: mini Kernel: 6.8.0-45-generic arch: x86_64 bits: 64\n"
				   "  Distro: Linux Mint 22 Wilma\n"
				   "Machine:\n"
				   "  Type: Desktop System: HP product: HP EliteDesk 800 G4 DM 35W v: N/A\n"
				   "  Mobo: HP model: 83E2 v: KBC Version 07.D2.00 serial: <filter> UEFI: HP\n"
				   "    v: Q21 Ver. 02.06.03 date: 05/15/2019\n"
				   "CPU:\n"
				   "  Info: 6-core model: Intel Core i5-8500T bits: 64 type: MCP\n"
				   "Graphics:\n"
				   "  Device-1: Intel CoffeeLake-S GT2 [UHD Graphics 630] vendor: Hewlett-Packard\n"
				   "    driver: i915 v: kernel bus-ID: 00:02.0 chip-ID: 8086:3e92\n"
				   "    class-ID: 0300\n"
				   "  Device-2: NVIDIA GP107 driver: N/A bus-ID: 01:00.0 chip-ID: 10de:1c81\n"
				   "    class-ID: 0300\n");

	(void)state;
	IS(f->kernel, "6.8.0-45-generic");
	IS(f->distro, "Linux Mint 22 Wilma");
	IS(f->sys_vendor, "HP");
	IS(f->product, "HP EliteDesk 800 G4 DM 35W");
	IS(f->board, "83E2");
	IS(f->bios_version, "Q21 Ver. 02.06.03");
	IS(f->bios_date, "05/15/2019");
	IS(f->cpu.model, "Intel Core i5-8500T");
	NUM(f->cpu.cores, 6);
	assert_int_equal(f->efi.v, TRI_YES);
	NUM(at(f, "00:02.0")->id, 0x80863e92);
	NUM(at(f, "00:02.0")->class, 0x0300);
	IS(at(f, "00:02.0")->driver, "i915");
	IS(at(f, "01:00.0")->driver, "");
	facts_free(f);
}

/* How the firmware was entered, in the words of inxi's versions. */
static void test_inxi_firmware(void **state)
{
	static const struct {
		const char *words;
		enum tri efi;
	} cases[] = {
		{ "UEFI: HP v: Q21", TRI_YES },
		{ "BIOS: Dell v: Q21", TRI_NO },
		{ "UEFI [Legacy]: HP v: Q21", TRI_NO },
		{ "UEFI-[Legacy]: HP v: Q21", TRI_NO },
		{ "Firmware: UEFI vendor: HP v: Q21", TRI_YES },
		{ "Firmware: BIOS vendor: Dell v: Q21", TRI_NO },
		{ "Firmware: N/A vendor: HP v: Q21", TRI_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[256];
		struct facts *f;

		snprintf(text, sizeof(text), "Machine:\n  Type: Desktop Mobo: HP model: 83E2 v: 1 %s\n",
			 cases[i].words);
		f = facts_of(text);
		if (f->efi.v != cases[i].efi)
			fail_msg("%s: %d", cases[i].words, f->efi.v);
		IS(f->bios_version, "Q21");
		facts_free(f);
	}
}

/* ---- the network -------------------------------------------------------------------------------------------- */

static const struct netif *net(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->n_nets; i++)
		if (strcmp(f->nets[i].name, name) == 0)
			return &f->nets[i];
	fail_msg("no %s", name);
	return NULL;
}

static void test_network(void **state)
{
	struct facts *f = facts_of("auto lo\niface lo inet loopback\n\niface eno1 inet manual\n\nauto vmbr0\n"
				   "iface vmbr0 inet static\n\taddress 192.0.2.2/24\n\tgateway 192.0.2.1\n"
				   "\tbridge-ports eno1\n\tbridge-stp off\n");

	(void)state;
	IS(f->default_if, "vmbr0");
	IS(net(f, "eno1")->bridge, "vmbr0");
	assert_int_equal(net(f, "eno1")->default_route.v, TRI_YES);
	facts_free(f);

	f = facts_of("default via 192.0.2.1 dev vmbr0 proto kernel onlink\n"
		     "1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue state UNKNOWN\n"
		     "2: enp3s0: <BROADCAST,MULTICAST,UP> mtu 1500 qdisc mq master vmbr0 state UP\n"
		     "3: enp4s0f1: <BROADCAST> mtu 1500 qdisc noop state DOWN\n"
		     "4: vmbr0: <BROADCAST,UP> mtu 1500 qdisc noqueue state UP\n"
		     "5: tap100i0@if5: <BROADCAST> mtu 1500 master vmbr0 state UP\n"
		     "03:00.0 Ethernet controller [0200]: Realtek [10ec:8125]\n"
		     "04:00.1 Ethernet controller [0200]: Realtek [10ec:8125]\n");
	IS(f->default_if, "vmbr0");
	assert_int_equal(net(f, "enp3s0")->default_route.v, TRI_YES);
	assert_int_equal(net(f, "enp4s0f1")->default_route.v, TRI_NO);
	assert_int_equal(net(f, "enp3s0")->pci, at(f, "03:00.0") - f->pci);
	assert_int_equal(net(f, "enp4s0f1")->pci, at(f, "04:00.1") - f->pci);
	assert_string_equal(net(f, "tap100i0")->name, "tap100i0");
	facts_free(f);

	f = facts_of("2: enp3s0: <BROADCAST,MULTICAST,UP> mtu 1500 qdisc mq state UP\n");
	UNKNOWN(f->default_if); /* nobody said which way is out */
	assert_int_equal(net(f, "enp3s0")->default_route.v, TRI_UNKNOWN);
	facts_free(f);
}

/* A wireless station may be half of a bond: it is not free because it cannot be a port of a bridge. */
static void test_network_bond(void **state)
{
	struct facts *f = facts_of("iface enp3s0 inet manual\n\niface wlp2s0 inet dhcp\n\niface bond0 inet dhcp\n"
				   "\tbond-slaves enp3s0\n\n"
				   "03:00.0 Ethernet controller [0200]: Realtek [10ec:8125]\n"
				   "02:00.0 Network controller [0280]: Intel Corporation Wi-Fi [8086:2725]\n"
				   "default via 192.0.2.1 dev bond0 proto static\n");

	(void)state;
	assert_int_equal(net(f, "enp3s0")->default_route.v, TRI_YES);
	assert_int_equal(net(f, "wlp2s0")->default_route.v, TRI_UNKNOWN);
	facts_free(f);
}

/* ---- guests ------------------------------------------------------------------------------------------------- */

static bool uses(const struct guest *g, struct pci_addr a)
{
	for (size_t i = 0; i < g->n_pci; i++)
		if (pci_addr_eq(g->pci[i], a))
			return true;
	return false;
}

static void test_guest_pve(void **state)
{
	struct facts *f = facts_of("root@pve:~# cat /etc/pve/qemu-server/102.conf\n"
				   "#a description\n"
				   "agent: 1\n"
				   "bios: ovmf\n"
				   "hostpci0: 0000:00:02.0,legacy-igd=1\n"
				   "hostpci1: host=00:1f,pcie=1\n"
				   "name: tv\n"
				   "onboot: 1\n"
				   "scsi0: local-lvm:vm-102-disk-0,size=32G\n"
				   "\n"
				   "[snap]\n"
				   "hostpci2: 01:00.0\n");

	(void)state;
	assert_int_equal(f->n_guests, 1);
	assert_string_equal(f->guests[0].kind, "pve");
	assert_string_equal(f->guests[0].id, "102");
	assert_int_equal(f->guests[0].n_pci, 2);
	assert_true(uses(&f->guests[0], (struct pci_addr) { 0, 0, 2, 0 }));
	assert_true(uses(&f->guests[0], (struct pci_addr) { 0, 0, 0x1f, 8 }));
	assert_int_equal(f->guests[0].onboot.v, TRI_YES);
	assert_int_equal(f->guests[0].running.v, TRI_UNKNOWN);
	facts_free(f);

	f = facts_of("root@pve:~# qm config 105\nhostpci0: mapping=igpu,mdev=i915-GVTg_V5_4\nmemory: 4096\n");
	assert_int_equal(f->n_guests, 1);
	assert_string_equal(f->guests[0].id, "105");
	assert_int_equal(f->guests[0].n_pci, 0);
	assert_true(f->guests[0].mdev);
	facts_free(f);

	f = facts_of("args: -device vfio-pci,host=0000:00:02.0,addr=0x18,x-igd-opregion=on\n"
		     "bios: ovmf\ncores: 4\nmemory: 8192\nvirtio0: local:vm-77-disk-1,size=8G\n");
	assert_string_equal(f->guests[0].id, "77"); /* by its disk */
	assert_true(uses(&f->guests[0], (struct pci_addr) { 0, 0, 2, 0 }));
	facts_free(f);
}

static void test_guest_lxc(void **state)
{
	struct facts *f =
		facts_of("root@pve:~# cat /etc/pve/lxc/201.conf\n"
			 "arch: amd64\n"
			 "hostname: media\n"
			 "memory: 2048\n"
			 "rootfs: local-lvm:vm-201-disk-0,size=8G\n"
			 "lxc.cgroup2.devices.allow: c 226:128 rwm\n"
			 "lxc.mount.entry: /dev/dri/renderD128 dev/dri/renderD128 none bind,optional,create=file\n");

	(void)state;
	assert_int_equal(f->n_guests, 1);
	assert_string_equal(f->guests[0].kind, "lxc");
	assert_string_equal(f->guests[0].id, "201");
	assert_true(f->guests[0].uses_dri);
	facts_free(f);
}

static void test_guest_libvirt(void **state)
{
	struct facts *f = facts_of("<domain type='kvm'>\n  <name>win11</name>\n  <devices>\n"
				   "    <hostdev mode='subsystem' type='pci' managed='yes'>\n      <source>\n"
				   "        <address domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>\n"
				   "      </source>\n    </hostdev>\n  </devices>\n</domain>\n");

	(void)state;
	assert_int_equal(f->n_guests, 1);
	assert_string_equal(f->guests[0].kind, "libvirt");
	assert_string_equal(f->guests[0].id, "win11");
	assert_true(uses(&f->guests[0], (struct pci_addr) { 0, 0, 2, 0 }));
	facts_free(f);
}

static void test_guest_qemu(void **state)
{
	struct facts *f = facts_of("/usr/bin/qemu-system-x86_64 \\\n"
				   "  -machine pc,accel=kvm \\\n"
				   "  -device vfio-pci,host=00:02.0,id=hostdev0 \\\n"
				   "  -device 'vfio-pci,host=0000:00:1f.3' \n"
				   "\n" FUNCTION_2 "\n");

	(void)state;
	assert_int_equal(f->n_guests, 1);
	assert_string_equal(f->guests[0].kind, "qemu");
	assert_int_equal(f->guests[0].n_pci, 2);
	assert_int_equal(f->n_pci, 1);
	facts_free(f);
}

/* ---- how a text is written ---------------------------------------------------------------------------------- */

static void test_utf16(void **state)
{
	static const char text[] = FUNCTION_2 "\r\n\tKernel driver in use: i915\r\n";
	static uint8_t wide[2][2 * sizeof(text)];
	size_t n = sizeof(text) - 1;

	(void)state;
	wide[0][0] = wide[1][1] = 0xff; /* the mark of byte order, U+FEFF: little end first, then big */
	wide[0][1] = wide[1][0] = 0xfe;
	for (size_t i = 0; i < n; i++) {
		wide[0][2 * i + 2] = (uint8_t)text[i];
		wide[1][2 * i + 3] = (uint8_t)text[i];
	}
	for (size_t i = 0; i < ARRAY_SIZE(wide); i++) {
		struct facts *f = read_span((struct span) { wide[i], 2 * n + 2 }, 0);

		NUM(at(f, "00:02.0")->id, 0x80863e92);
		IS(at(f, "00:02.0")->driver, "i915");
		facts_free(f);
	}
	facts_free(read_span((struct span) { wide[0], 2 }, -IGD_EMAGIC)); /* the mark alone */
	facts_free(read_span((struct span) { wide[0], 3 }, -IGD_EMAGIC)); /* half of a character */
}

static void test_decorated(void **state)
{
	static const char *const texts[] = {
		"\xef\xbb\xbf" FUNCTION_2 "\n\tKernel driver in use: i915\n",
		"\x1b[0;32m" FUNCTION_2 "\x1b[0m\n\t\x1b[1mKernel driver in use: \x1b[31mi915\x1b[0m\n",
		FUNCTION_2 "\r\n\tKernel driver in use: i915\r\n",
		"```\n" FUNCTION_2 "\n\tKernel driver in use: i915\n```\n",
		"> " FUNCTION_2 "\n> \tKernel driver in use: i915\n",
		FUNCTION_2 "\n\tKernel driver in use: i915",	    /* without a newline */
		FUNCTION_2 "\n\tKernel driver in use: i915\n\x1b[", /* a sequence that was cut */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct facts *f = facts_of(texts[i]);

		assert_int_equal(f->n_pci, 1);
		NUM(at(f, "00:02.0")->id, 0x80863e92);
		IS(at(f, "00:02.0")->driver, "i915");
		facts_free(f);
	}
}

static void test_not_text(void **state)
{
	static const char text[] = FUNCTION_2 "\n\0" FUNCTION_0 "\n";

	(void)state;
	facts_free(read_span((struct span) { (const uint8_t *)text, sizeof(text) - 1 }, -IGD_EMAGIC));
	assert_int_equal(rep.code, -IGD_EMAGIC);
	assert_int_equal(rep.refusal.at, sizeof(FUNCTION_2));
	assert_non_null(strstr(rep.refusal.text, "not a text"));
}

static void test_nothing(void **state)
{
	(void)state;
	refused("");
	refused("\n\n  \n");
	refused("Dear all,\nI have a computer and it does not work. What can I do?\n");
	refused("{\"a\": [1, 2, 3]}\n");
	refused("root@pve:~# lspci -nn\n"); /* asked, but no answer */
}

/* Longer than is looked at: the rest of the line is left out, with a note; what follows is read. */
static void test_long_line(void **state)
{
	static char text[BUNDLE_LINE_MAX + 4096];
	size_t n = BUNDLE_LINE_MAX + 100;
	struct facts *f;

	(void)state;
	memset(text, 'x', n);
	snprintf(text + n, sizeof(text) - n, "\n%s\n", FUNCTION_2);
	f = facts_of(text);
	NUM(at(f, "00:02.0")->id, 0x80863e92);
	assert_string_equal(at(f, "00:02.0")->from, "t.txt:2");
	assert_int_equal(rep.n_notes, 1);
	assert_non_null(strstr(rep.notes[0].text, "line 1 is"));
	facts_free(f);
}

/* Names go to a terminal one day: no control character comes through. */
static void test_clean(void **state)
{
	struct facts *f = facts_of("00:02.0 VGA compatible controller [0300]: Ev\x07il\x1b]0;x\xff [8086:3e92]\n"
				   "\tKernel driver in use: i9\x08\x7f\n");

	(void)state;
	IS(at(f, "00:02.0")->name, "Ev?il?]0;x?");
	IS(at(f, "00:02.0")->driver, "i9??");
	facts_free(f);
}

/* The verbose listing cut at each length, and with each byte of its first part changed. */
static void test_any(void **state)
{
	static char text[sizeof(verbose)];

	(void)state;
	for (size_t n = 0; n < sizeof(verbose); n += 3) {
		struct facts *f = facts_new("any", SOURCE_BUNDLE);
		int r = facts_bundle_text(f, "t.txt", (struct span) { (const uint8_t *)verbose, n }, NULL);

		assert_true(r == 0 || r == -IGD_EMAGIC);
		assert_int_equal(facts_finish(f, NULL), 0);
		facts_free(f);
	}
	for (size_t i = 0; i < 1024; i++) {
		struct facts *f = facts_new("any", SOURCE_BUNDLE);
		int r;

		memcpy(text, verbose, sizeof(verbose));
		text[i] ^= (char)(1 + i % 127);
		r = facts_bundle_text(f, "t.txt", (struct span) { (const uint8_t *)text, sizeof(text) - 1 }, NULL);
		assert_true(r == 0 || r == -IGD_EMAGIC);
		assert_int_equal(facts_finish(f, NULL), 0);
		facts_free(f);
	}
}

/* ---- what is whole, and whose words they are ------------------------------------------------------------------- */

#define SEVEN                                                                                      \
	"00:00.0 Host bridge [0600]: Intel Corporation Device [8086:3ec2] (rev 07)\n"              \
	"00:14.0 USB controller [0c03]: Intel Corporation Device [8086:a36d] (rev 10)\n"           \
	"00:16.0 Communication controller [0780]: Intel Corporation Device [8086:a360] (rev 10)\n" \
	"00:17.0 SATA controller [0106]: Intel Corporation Device [8086:a352] (rev 10)\n"          \
	"00:1f.0 ISA bridge [0601]: Intel Corporation Device [8086:a306] (rev 10)\n"               \
	"00:1f.3 Audio device [0403]: Intel Corporation Device [8086:a348] (rev 10)\n"             \
	"00:1f.6 Ethernet controller [0200]: Intel Corporation Device [8086:15bb] (rev 10)\n"

static void whole(const char *text, enum tri pci_whole, enum tri igd)
{
	struct facts *f = facts_of(text);

	assert_int_equal(f->pci_whole.v, pci_whole);
	assert_int_equal(f->igd.present.v, igd);
	facts_free(f);
}

static void test_whole(void **state)
{
	(void)state;
	whole("$ lspci -nn\n" SEVEN, TRI_YES, TRI_NO);
	whole(SEVEN, TRI_YES, TRI_NO);
	/* lists that leave out what was not asked for */
	whole("# lspci -nn | grep -i -e bridge -e usb\n" SEVEN, TRI_UNKNOWN, TRI_UNKNOWN);
	whole("$ lspci -nnk -d 8086:\n" SEVEN, TRI_UNKNOWN, TRI_UNKNOWN);
	whole("$ lspci -s 00:02.0\n00:02.0 VGA compatible controller: Matrox\n$ lspci -nn\n" SEVEN, TRI_YES,
	      TRI_UNKNOWN);
	/* what has no group is not in a list of groups */
	whole("/sys/kernel/iommu_groups/0/devices/0000:00:00.0\n/sys/kernel/iommu_groups/1/devices/0000:00:14.0\n"
	      "/sys/kernel/iommu_groups/2/devices/0000:00:16.0\n/sys/kernel/iommu_groups/3/devices/0000:00:17.0\n"
	      "/sys/kernel/iommu_groups/4/devices/0000:00:1f.0\n/sys/kernel/iommu_groups/4/devices/0000:00:1f.3\n",
	      TRI_UNKNOWN, TRI_UNKNOWN);
}

/* Without ids the name tells the chip; a display device of nobody's name leaves the question open. */
static void test_igd_by_name(void **state)
{
	struct facts *f =
		facts_of("00:00.0 Host bridge: Intel Corporation 8th Gen Core Processor Host Bridge (rev 07)\n"
			 "00:02.0 VGA compatible controller: Intel Corporation CoffeeLake-S GT2 [UHD Graphics "
			 "630]\n");

	(void)state;
	assert_int_equal(f->igd.present.v, TRI_YES);
	assert_non_null(f->igd.id);
	assert_string_equal(f->igd.id->platform, "Coffee Lake");
	NUM_UNKNOWN(at(f, "00:02.0")->id);
	facts_free(f);
	whole(SEVEN "01:00.0 VGA compatible controller: Matrox Electronics Systems Ltd. G200eR2\n", TRI_YES,
	      TRI_UNKNOWN);
}

static void test_quotation(void **state)
{
	struct facts *f = facts_of("[quote=\"somebody\"]\nblacklist snd_hda_intel\n[/quote]\n[CODE=bash]00:02.0 VGA "
				   "compatible controller [0300]: Intel Corporation UHD 630 [8086:3e92][/CODE]\n"
				   "GRUB_CMDLINE_LINUX_DEFAULT=\xe2\x80\x9cquiet intel_iommu=on\xe2\x80\x9d\n"
				   "<pre>DMAR: IOMMU enabled</pre>\n");

	(void)state;
	assert_int_equal(f->conf_seen[CONF_MODPROBE].v, TRI_UNKNOWN);
	NUM(at(f, "00:02.0")->id, 0x80863e92);
	assert_conf(f, CONF_GRUB, "intel_iommu", "on");
	assert_non_null(facts_log(f, "DMAR: IOMMU enabled", NULL));
	facts_free(f);
}

static void test_kernel_of_cmdline(void **state)
{
	struct facts *f = facts_of("BOOT_IMAGE=/boot/vmlinuz-6.8.12-1-pve root=/dev/mapper/pve-root ro quiet\n");

	(void)state;
	IS(f->kernel, "6.8.12-1-pve");
	facts_free(f);
	f = facts_of(
		"initrd=\\EFI\\proxmox\\6.8.4-2-pve\\initrd.img-6.8.4-2-pve root=ZFS=rpool/ROOT/pve-1 boot=zfs\n");
	IS(f->kernel, "6.8.4-2-pve");
	facts_free(f);
	/* stories end with the present */
	f = facts_of(SEVEN "It worked with kernel 5.15.102-1-pve, now I have 6.8.4-2-pve.\n");
	IS(f->kernel, "6.8.4-2-pve");
	facts_free(f);
}

/* A list of unRAID: ids first, USB devices among the functions of a group. */
static void test_unraid(void **state)
{
	struct facts *f =
		facts_of("IOMMU group 2:\t\t[8086:a36d] 00:14.0  USB controller: Intel Corporation Cannon Lake "
			 "(rev 10)\nBus 001 Device 001\tPort 1-0\tID 1d6b:0002 Linux Foundation 2.0 root hub\n"
			 "\t\t\t[8086:a36f] 00:14.2  RAM memory: Intel Corporation Shared SRAM (rev 10)\n");

	(void)state;
	NUM(at(f, "00:14.0")->group, 2);
	NUM(at(f, "00:14.2")->group, 2);
	IS(at(f, "00:14.0")->name, "Intel Corporation Cannon Lake");
	NUM(at(f, "00:14.0")->rev, 0x10);
	facts_free(f);
	f = facts_of("00:02.0 VGA compatible controller: Intel Corporation UHD 630 (prog-if 00 [VGA controller])\n"
		     "\tFlags: bus master, fast devsel, latency 0, IRQ 131, IOMMU group 7\n");
	NUM(at(f, "00:02.0")->group, 7);
	facts_free(f);
}

static const struct netif *net_at(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->n_nets; i++)
		if (strcmp(f->nets[i].name, name) == 0)
			return &f->nets[i];
	fail_msg("no interface %s", name);
	return NULL;
}

/* A VLAN between the adapter and the bridge; a tunnel, which may run over any adapter. */
static void test_routes(void **state)
{
	struct facts *f =
		facts_of("$ ip link\n2: enp0s31f6: <BROADCAST,UP> mtu 1500 qdisc fq state UP\n"
			 "3: enp2s0: <BROADCAST,UP> mtu 1500 qdisc fq state UP\n"
			 "4: enp0s31f6.10@enp0s31f6: <BROADCAST,UP> mtu 1500 qdisc noqueue master vmbr0 state UP\n"
			 "5: vmbr0: <BROADCAST,UP> mtu 1500 qdisc noqueue state UP\n$ ip route\n"
			 "default via 192.0.2.1 dev vmbr0\n$ lspci -nn\n"
			 "00:1f.6 Ethernet controller [0200]: Intel Corporation I219 [8086:15bb]\n"
			 "02:00.0 Ethernet controller [0200]: Intel Corporation I210 [8086:1533]\n");

	(void)state;
	assert_int_equal(net_at(f, "enp0s31f6")->default_route.v, TRI_YES);
	assert_int_equal(net_at(f, "enp2s0")->default_route.v, TRI_NO);
	facts_free(f);
	f = facts_of("$ ip link\n2: enp0s31f6: <BROADCAST,UP> mtu 1500 qdisc fq state UP\n$ ip route\n"
		     "default dev wg0 scope link\n$ lspci -nn\n"
		     "00:1f.6 Ethernet controller [0200]: Intel Corporation I219 [8086:15bb]\n");
	assert_int_equal(net_at(f, "enp0s31f6")->default_route.v, TRI_UNKNOWN);
	facts_free(f);
}

/* The end of the list proves that a table is missing; what is loaded later, or pasted twice, is not in the list. */
static void test_acpi_tables(void **state)
{
#define XSDT_OF_3 "[    0.0] ACPI: XSDT 0x000000007FCD4188 00003C (v01 INTEL  EDK2     00000003      01000013)\n"
#define FACP	  "[    0.0] ACPI: FACP 0x000000007FFF8000 000114 (v06 INTEL  EDK2     00000003      01000013)\n"
#define APIC	  "[    0.0] ACPI: APIC 0x000000007FFF7000 0000BC (v03 INTEL  EDK2     00000003      01000013)\n"
#define LATER	  "[    0.9] ACPI: SSDT 0xFFFF9C8C00D5A800 000400 (v02 PmRef  Cpu0Cst  00003001 INTL 20160527)\n"
	struct facts *f = facts_of(XSDT_OF_3 FACP APIC LATER);

	(void)state;
	assert_int_equal(f->dmar.v, TRI_UNKNOWN);
	facts_free(f);
	f = facts_of(XSDT_OF_3 FACP APIC XSDT_OF_3 FACP APIC);
	assert_int_equal(f->dmar.v, TRI_UNKNOWN);
	facts_free(f);
	f = facts_of(XSDT_OF_3 FACP APIC
		     "[    0.0] ACPI: HPET 0x000000007FFF6000 000038 (v01 INTEL  EDK2     3      1)\n");
	assert_int_equal(f->dmar.v, TRI_NO);
	facts_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_acpi_tables),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_igd_by_name),
		cmocka_unit_test(test_quotation),
		cmocka_unit_test(test_kernel_of_cmdline),
		cmocka_unit_test(test_unraid),
		cmocka_unit_test(test_lspci_nn),
		cmocka_unit_test(test_lspci_forms),
		cmocka_unit_test(test_lspci_nnk),
		cmocka_unit_test(test_lspci_tree),
		cmocka_unit_test(test_lspci_vvnn),
		cmocka_unit_test(test_lspci_cut),
		cmocka_unit_test(test_lspci_hex),
		cmocka_unit_test(test_lspci_hex_gap),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_groups_part),
		cmocka_unit_test(test_groups_none),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_log_stamps),
		cmocka_unit_test(test_log_says),
		cmocka_unit_test(test_log_tables),
		cmocka_unit_test(test_log_tables_later),
		cmocka_unit_test(test_network_bond),
		cmocka_unit_test(test_cmdline),
		cmocka_unit_test(test_configuration),
		cmocka_unit_test(test_grub_menu),
		cmocka_unit_test(test_prose),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_uname),
		cmocka_unit_test(test_lsmod),
		cmocka_unit_test(test_lsusb),
		cmocka_unit_test(test_lsusb_tree),
		cmocka_unit_test(test_inxi),
		cmocka_unit_test(test_inxi_firmware),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_guest_pve),
		cmocka_unit_test(test_guest_lxc),
		cmocka_unit_test(test_guest_libvirt),
		cmocka_unit_test(test_guest_qemu),
		cmocka_unit_test(test_utf16),
		cmocka_unit_test(test_decorated),
		cmocka_unit_test(test_not_text),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
