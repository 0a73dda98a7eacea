// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_host_fw.c - sources of a small machine's firmware, vfio-pci among them: its calls are answered here, and no
 * device is opened. The ways through sysfs, debugfs and ACPI have their cases in tests/cli/fw-extract-host.test.
 */
#include "tree.h"

#include <errno.h>
#include <linux/vfio.h>

#include "base/error.h"
#include "facts/host_fw.h"
#include "facts/read.h"

#define PCI    "sys/devices/pci0000:00/"
#define REGION ((size_t)8192 + 64)

struct machine {
	struct tree t;
	struct facts *f;
	struct host *h;
	int opened;
	bool broken; /* the region is no OpRegion */
};

static void function(struct tree *t, const char *addr, const char *id, const char *driver)
{
	char path[128], text[64];

	snprintf(path, sizeof(path), PCI "%s/vendor", addr);
	snprintf(text, sizeof(text), "0x%.4s\n", id);
	tree_file(t, path, text);
	snprintf(path, sizeof(path), PCI "%s/device", addr);
	snprintf(text, sizeof(text), "0x%.4s\n", id + 5);
	tree_file(t, path, text);
	snprintf(path, sizeof(path), PCI "%s/class", addr);
	tree_file(t, path, "0x030000\n");
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", addr);
	snprintf(text, sizeof(text), "../../../devices/pci0000:00/%s", addr);
	tree_link(t, path, text);
	snprintf(path, sizeof(path), PCI "%s/driver", addr);
	snprintf(text, sizeof(text), "../../../bus/pci/drivers/%s", driver);
	tree_link(t, path, text);
	snprintf(path, sizeof(path), PCI "%s/iommu_group", addr);
	tree_link(t, path, "../../../kernel/iommu_groups/7");
	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/7/devices/%s", addr);
	snprintf(text, sizeof(text), "../../../../devices/pci0000:00/%s", addr);
	tree_link(t, path, text);
}

static void open_machine(struct machine *m)
{
	assert_int_equal(host_open_root(m->t.top, &m->h, NULL), 0);
	m->f = facts_new(m->t.top, SOURCE_ROOT);
	assert_non_null(m->f);
	assert_int_equal(facts_read_tree(m->f, m->h, NULL), 0);
	assert_int_equal(facts_finish(m->f, NULL), 0);
}

static void close_machine(struct machine *m)
{
	assert_int_equal(m->opened, 0);
	facts_free(m->f);
	host_free(m->h);
	tree_done(&m->t);
}

/* ---- vfio --------------------------------------------------------------------------------------------------- */

static int vfio_open(void *ctx, const char *path)
{
	struct machine *m = ctx;

	assert_true(strcmp(path, "/dev/vfio/vfio") == 0 || strcmp(path, "/dev/vfio/7") == 0);
	return 100 + m->opened++;
}

static int vfio_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	struct machine *m = ctx;
	struct vfio_region_info *info = arg;
	struct vfio_region_info_cap_type cap = { .header = { VFIO_REGION_INFO_CAP_TYPE, 1, 0 },
						 .type = 1U << 31 | 0x8086,
						 .subtype = VFIO_REGION_SUBTYPE_INTEL_IGD_OPREGION };

	assert_true(fd >= 100 && fd < 100 + m->opened);
	if (request == VFIO_GROUP_GET_STATUS)
		((struct vfio_group_status *)arg)->flags = VFIO_GROUP_FLAGS_VIABLE;
	if (request == VFIO_DEVICE_GET_INFO)
		((struct vfio_device_info *)arg)->num_regions = VFIO_PCI_NUM_REGIONS + 1;
	if (request == VFIO_DEVICE_GET_REGION_INFO) {
		info->flags = VFIO_REGION_INFO_FLAG_CAPS;
		info->cap_offset = sizeof(*info);
		info->size = REGION;
		memcpy((uint8_t *)arg + sizeof(*info), &cap, sizeof(cap));
	}
	return request == VFIO_GROUP_GET_DEVICE_FD ? 100 + m->opened++ : 0;
}

/* OpRegion 2.1 of 8 KiB, and behind it, as vfio-pci has it, a VBT of 64 bytes. */
static ssize_t vfio_pread(void *ctx, int fd, void *buf, size_t n, off_t at)
{
	const struct machine *m = ctx;
	uint8_t all[REGION] = "IntelGraphicsMem";

	assert_true(fd >= 100);
	if (m->broken)
		all[0] = 'i';
	all[0x10] = 8;
	all[0x16] = 1;
	all[0x17] = 2;
	all[0x58] = 0x0d;
	all[0x3bb] = 0x20; /* RVDA: 2000h from here */
	all[0x3c2] = 64;   /* RVDS */
	memcpy(all + 0x2000, "$VBT TOY            ", 20);
	all[0x2000 + 22] = 48; /* its header */
	all[0x2000 + 24] = 64; /* all of it */
	assert_true((size_t)at + n <= sizeof(all));
	memcpy(buf, all + at, n);
	return (ssize_t)n;
}

static void vfio_close(void *ctx, int fd)
{
	struct machine *m = ctx;

	assert_true(fd >= 100);
	m->opened--;
}

static const struct host_fw_source *source_of(const struct host_fw *fw, const char *name)
{
	for (size_t i = 0; i < fw->n; i++)
		if (strcmp(fw->v[i].source, name) == 0)
			return &fw->v[i];
	fail_msg("no source %s", name);
	return NULL;
}

static const struct host_fw_options all = { .want = { true, true, true, false },
					    .no_vfio = "not allowed here",
					    .no_rom = "not here" };

static void vfio_gives_both(void **state)
{
	struct machine m = { .opened = 0 };
	const struct vfio_ops vfio = { vfio_open, vfio_ioctl, vfio_pread, vfio_close, &m };
	struct host_fw_options o = all;
	const struct host_fw_source *s;
	struct host_fw fw;

	(void)state;
	tree_init(&m.t);
	function(&m.t, "0000:00:02.0", "8086:3e92", "vfio-pci");
	open_machine(&m);
	assert_int_equal(host_fw_read(m.f, m.h, &o, &fw, NULL), 0); /* nobody allowed it */
	s = source_of(&fw, "vfio");
	assert_int_equal(s->verdict, HOST_FW_NOT_TRIED);
	assert_string_equal(s->why, "not allowed here");
	assert_int_equal(source_of(&fw, "debugfs")->verdict, HOST_FW_ABSENT);
	host_fw_done(&fw);

	o.vfio = &vfio;
	assert_int_equal(host_fw_read(m.f, m.h, &o, &fw, NULL), 0);
	s = source_of(&fw, "vfio");
	assert_int_equal(s->verdict, HOST_FW_OK);
	assert_int_equal(s->n_pieces, 2);
	assert_string_equal(s->pieces[0].name, "opregion-8086-3e92.bin");
	assert_int_equal(s->pieces[0].bytes.n, REGION);
	assert_string_equal(s->pieces[1].name, "vbt-8086-3e92.bin");
	assert_int_equal(s->pieces[1].bytes.n, 64);
	assert_non_null(strstr(s->why, "VBT \"TOY\""));
	host_fw_done(&fw);

	m.broken = true;
	assert_int_equal(host_fw_read(m.f, m.h, &o, &fw, NULL), 0);
	assert_int_equal(source_of(&fw, "vfio")->verdict, HOST_FW_REFUSED);
	host_fw_done(&fw);
	close_machine(&m);
}

/* Neither a device of the host's driver nor one without a group is opened, whoever allowed it. */
static void vfio_is_left_alone(void **state)
{
	struct machine m = { .opened = 0 };
	const struct vfio_ops vfio = { NULL, NULL, NULL, NULL, NULL };
	struct host_fw_options o = all;
	struct host_fw fw;

	(void)state;
	o.vfio = &vfio;
	tree_init(&m.t);
	function(&m.t, "0000:00:02.0", "8086:3e92", "i915");
	open_machine(&m);
	assert_int_equal(host_fw_read(m.f, m.h, &o, &fw, NULL), 0);
	assert_int_equal(source_of(&fw, "vfio")->verdict, HOST_FW_NOT_TRIED);
	host_fw_done(&fw);
	close_machine(&m);
	m = (struct machine) { .opened = 0 };
	tree_init(&m.t);
	function(&m.t, "0000:00:02.0", "8086:3e92", "vfio-pci");
	assert_int_equal(unlink(tree_path(&m.t, PCI "0000:00:02.0/iommu_group")), 0);
	open_machine(&m);
	assert_int_equal(host_fw_read(m.f, m.h, &o, &fw, NULL), 0);
	assert_int_equal(source_of(&fw, "vfio")->verdict, HOST_FW_NOT_TRIED);
	host_fw_done(&fw);
	close_machine(&m);
}

/* Two of one kind: the second's files have its address in their names, and each its own folder in debugfs. */
static void two_of_a_kind(void **state)
{
	static const uint8_t rom[512] = { 0x55, 0xaa, 1,    [0x18] = 0x1c, [0x1c] = 'P', 'C',	     'I',
					  'R',	0x02, 0x10, 0xdf,	   0x73,	 [0x2c] = 1, [0x31] = 0x80 };
	struct machine m = { .opened = 0 };
	struct host_fw fw;

	(void)state;
	tree_init(&m.t);
	function(&m.t, "0000:03:00.0", "1002:73df", "amdgpu");
	function(&m.t, "0000:09:00.0", "1002:73df", "amdgpu");
	tree_file_n(&m.t, "sys/kernel/debug/dri/0/amdgpu_vbios", rom, sizeof(rom));
	tree_file(&m.t, "sys/kernel/debug/dri/0/name", "amdgpu dev=0000:09:00.0 unique=0000:09:00.0\n");
	tree_file_n(&m.t, "sys/kernel/debug/dri/0000:03:00.0/amdgpu_vbios", rom, sizeof(rom));
	open_machine(&m);
	assert_int_equal(host_fw_read(m.f, m.h, &all, &fw, NULL), 0);
	assert_int_equal(fw.n_gpus, 2);
	assert_string_equal(fw.v[0].pieces[0].name, "vbios-1002-73df.rom");
	assert_int_equal(fw.v[3].n_pieces, 1);
	assert_string_equal(fw.v[3].pieces[0].name, "vbios-1002-73df-0000-09-00.0.rom");
	host_fw_done(&fw);
	close_machine(&m);
}

static void says_what_is_wrong(void **state)
{
	struct machine m = { .opened = 0 };
	struct host_fw_options o = all;
	struct report rep = { 0 };
	struct host_fw fw;

	(void)state;
	tree_init(&m.t);
	function(&m.t, "0000:01:00.0", "10de:1cb3", "nvidia");
	open_machine(&m);
	assert_int_equal(host_fw_read(m.f, m.h, &o, &fw, &rep), -IGD_ENOENT);
	host_fw_done(&fw);
	o.device = "01:00";
	assert_int_equal(host_fw_read(m.f, m.h, &o, &fw, NULL), -IGD_EUSAGE);
	host_fw_done(&fw);
	o.device = "8086:3e92:1";
	assert_int_equal(host_fw_read(m.f, m.h, &o, &fw, NULL), -IGD_EUSAGE);
	host_fw_done(&fw);
	close_machine(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vfio_gives_both),
		cmocka_unit_test(vfio_is_left_alone),
		cmocka_unit_test(two_of_a_kind),
		cmocka_unit_test(says_what_is_wrong),
	};

	return cmocka_run_group_tests_name("host_fw", tests, NULL, NULL);
}
