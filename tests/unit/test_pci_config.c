// SPDX-License-Identifier: GPL-2.0-or-later
/* Configuration space: what each length of it tells, and lists that lead nowhere. */
#include "image.h"

#include "base/error.h"
#include "fw/pci_config.h"

#define EXP_AT 0x70
#define AF_AT  0xa4
#define PM_AT  0xd0

/* A PCI Express endpoint of @len bytes with PM -> PCIe -> end, and DSN -> ACS -> SR-IOV -> end behind 0x100. */
static struct image endpoint(size_t len)
{
	struct image m = { .n = len };

	set(&m, PCI_VENDOR_ID, 0x8086, 2);
	set(&m, PCI_DEVICE_ID, 0x4680, 2);
	set(&m, PCI_STATUS, PCI_STATUS_CAP_LIST, 2);
	set(&m, PCI_REVISION_ID, 0x0c, 1);
	set(&m, PCI_CLASS_PROG, 0x00, 1);
	set(&m, PCI_CLASS_DEVICE, 0x0300, 2);
	set(&m, PCI_SUBSYSTEM_VENDOR_ID, 0x103c, 2);
	set(&m, PCI_SUBSYSTEM_ID, 0x8062, 2);
	set(&m, PCI_CAPABILITY_LIST, PM_AT, 1);
	set(&m, PM_AT, PCI_CAP_ID_PM, 1);
	set(&m, PM_AT + 1, EXP_AT, 1);
	set(&m, PM_AT + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET, 2);
	set(&m, EXP_AT, PCI_CAP_ID_EXP, 1);
	set(&m, EXP_AT + PCI_EXP_FLAGS, PCIE_RC_ENDPOINT << 4 | 2, 2);
	set(&m, EXP_AT + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_FLR, 4);
	set(&m, 0x100, PCI_EXT_CAP_ID_DSN | 1u << 16 | 0x140u << 20, 4);
	set(&m, 0x104, 0x1122334455667788, 8);
	set(&m, 0x140, PCI_EXT_CAP_ID_ACS | 1u << 16 | 0x200u << 20, 4);
	set(&m, 0x140 + PCI_ACS_CAP, 0x001f, 2);
	set(&m, 0x140 + PCI_ACS_CTRL, 0x001d, 2);
	set(&m, 0x148, 0xdead, 2); /* where Sunrise Point would have it */
	set(&m, 0x200, PCI_EXT_CAP_ID_SRIOV | 1u << 16, 4);
	set(&m, 0x200 + PCI_SRIOV_TOTAL_VF, 7, 2);
	if (m.n > len)
		m.n = len;
	return m;
}

static struct pci_config read_ok(const struct image *m, struct report *rep)
{
	struct pci_config c;

	assert_int_equal(pci_config_read(image_span(m), &c, rep), 0);
	return c;
}

static void whole_space_tells_all(void **state)
{
	struct image m = endpoint(4096);
	struct report rep = { 0 };
	struct pci_config c = read_ok(&m, &rep);

	(void)state;
	assert_int_equal(rep.n_notes, 0);
	assert_int_equal(c.len, 4096);
	assert_true(c.has_id);
	assert_int_equal(c.vendor, 0x8086);
	assert_int_equal(c.device, 0x4680);
	assert_int_equal(c.class, 0x0300);
	assert_int_equal(c.rev, 0x0c);
	assert_int_equal(c.header_type, 0);
	assert_false(c.multifunction);
	assert_true(c.has_subsys);
	assert_int_equal(c.subsys_vendor, 0x103c);
	assert_int_equal(c.subsys_device, 0x8062);
	assert_false(c.has_buses);
	assert_true(c.has_pcie_type);
	assert_int_equal(c.pcie_type, PCIE_RC_ENDPOINT);
	assert_int_equal(c.flr, PCI_YES);
	assert_int_equal(c.pm, PCI_YES);
	assert_int_equal(c.no_soft_reset, PCI_YES);
	assert_int_equal(c.acs, PCI_YES);
	assert_int_equal(c.acs_cap, 0x1f);
	assert_int_equal(c.acs_ctl, 0x1d);
	assert_int_equal(c.sriov, PCI_YES);
	assert_int_equal(c.sriov_total, 7);
	assert_int_equal(c.dsn_at, 0x104);
}

static void sixty_four_bytes_leave_lists_unknown(void **state)
{
	struct image m = endpoint(64);
	struct pci_config c = read_ok(&m, NULL);

	(void)state;
	assert_true(c.has_subsys);
	assert_false(c.has_pcie_type);
	assert_int_equal(c.flr, PCI_UNKNOWN);
	assert_int_equal(c.pm, PCI_UNKNOWN);
	assert_int_equal(c.no_soft_reset, PCI_UNKNOWN);
	assert_int_equal(c.acs, PCI_UNKNOWN);
	assert_int_equal(c.sriov, PCI_UNKNOWN);
}

static void sixteen_bytes_are_a_header(void **state)
{
	struct image m = endpoint(16);
	struct pci_config c = read_ok(&m, NULL);

	(void)state;
	assert_int_equal(c.class, 0x0300);
	assert_false(c.has_subsys);
	assert_false(c.has_pcie_type);
}

static void without_extended_space_those_are_unknown(void **state)
{
	struct image m = endpoint(256);
	struct pci_config c = read_ok(&m, NULL);

	(void)state;
	assert_int_equal(c.pcie_type, PCIE_RC_ENDPOINT);
	assert_int_equal(c.flr, PCI_YES);
	assert_int_equal(c.acs, PCI_UNKNOWN);
	assert_int_equal(c.sriov, PCI_UNKNOWN);
	assert_int_equal(c.dsn_at, 0);
}

/* "No" is said of whole lists only. */
static void cut_behind_the_end_of_a_list_is_enough(void **state)
{
	struct image m = endpoint(0x144);
	struct pci_config c;

	(void)state;
	c = read_ok(&m, NULL); /* ACS begins, but its words are cut off */
	assert_int_equal(c.acs, PCI_UNKNOWN);
	assert_int_equal(c.dsn_at, 0x104);
	set(&m, 0x100, PCI_EXT_CAP_ID_DSN | 1u << 16, 4); /* now the list is only this one */
	c = read_ok(&m, NULL);
	assert_int_equal(c.acs, PCI_NO);
	assert_int_equal(c.sriov, PCI_NO);
	set(&m, 0x100, 0, 4); /* and now empty */
	c = read_ok(&m, NULL);
	assert_int_equal(c.acs, PCI_NO);
	assert_int_equal(c.dsn_at, 0);
	set(&m, 0x100, UINT32_MAX, 4); /* not reachable: nothing is said */
	assert_int_equal(read_ok(&m, NULL).acs, PCI_UNKNOWN);
}

static void conventional_function(void **state)
{
	struct image m = endpoint(256);
	struct pci_config c;

	(void)state;
	set(&m, PM_AT + 1, AF_AT, 1);
	set(&m, AF_AT, PCI_CAP_ID_AF, 1);
	set(&m, AF_AT + PCI_AF_CAP, PCI_AF_CAP_FLR, 1);
	c = read_ok(&m, NULL);
	assert_true(c.has_pcie_type);
	assert_int_equal(c.pcie_type, PCIE_NONE);
	assert_int_equal(c.flr, PCI_YES);
	assert_int_equal(c.acs, PCI_NO);
	assert_int_equal(c.sriov, PCI_NO);
	set(&m, AF_AT + PCI_AF_CAP, 0, 1);
	assert_int_equal(read_ok(&m, NULL).flr, PCI_NO);
	set(&m, PM_AT + PCI_PM_CTRL, 0, 2);
	assert_int_equal(read_ok(&m, NULL).no_soft_reset, PCI_NO);

	/* no list at all is known from the header alone */
	m = endpoint(64);
	set(&m, PCI_STATUS, 0, 2);
	c = read_ok(&m, NULL);
	assert_int_equal(c.pcie_type, PCIE_NONE);
	assert_int_equal(c.flr, PCI_NO);
	assert_int_equal(c.pm, PCI_NO);
	assert_int_equal(c.no_soft_reset, PCI_UNKNOWN);
}

static void bridge(void **state)
{
	struct image m = endpoint(256);
	struct pci_config c;

	(void)state;
	set(&m, PCI_HEADER_TYPE, PCI_HEADER_TYPE_BRIDGE | PCI_HEADER_TYPE_MFD, 1);
	set(&m, PCI_PRIMARY_BUS, 0x00, 1);
	set(&m, PCI_SECONDARY_BUS, 0x01, 1);
	set(&m, PCI_SUBORDINATE_BUS, 0x05, 1);
	c = read_ok(&m, NULL);
	assert_true(c.multifunction);
	assert_int_equal(c.header_type, 1);
	assert_true(c.has_buses);
	assert_int_equal(c.secondary, 1);
	assert_int_equal(c.subordinate, 5);
	assert_false(c.has_subsys); /* what is at 0x2c belongs to the prefetchable window */
	set(&m, EXP_AT + 1, 0x90, 1);
	set(&m, 0x90, 0x0d, 1); /* subsystem capability */
	set(&m, 0x94, 0x1458, 2);
	set(&m, 0x96, 0x5001, 2);
	c = read_ok(&m, NULL);
	assert_true(c.has_subsys);
	assert_int_equal(c.subsys_vendor, 0x1458);
	assert_int_equal(c.subsys_device, 0x5001);
}

static void cardbus_bridge(void **state)
{
	struct image m = endpoint(256);
	struct pci_config c;

	(void)state;
	set(&m, PCI_HEADER_TYPE, 2, 1);
	set(&m, 0x14, PM_AT, 1);
	set(&m, 0x18, 0x020100, 4);
	set(&m, 0x40, 0xaaaabbbb, 4); /* subsystem id comes first here */
	c = read_ok(&m, NULL);
	assert_int_equal(c.subsys_vendor, 0xaaaa);
	assert_int_equal(c.subsys_device, 0xbbbb);
	assert_int_equal(c.secondary, 1);
	assert_int_equal(c.pcie_type, PCIE_RC_ENDPOINT);
}

static void sunrise_point_acs(void **state)
{
	struct image m = endpoint(4096);
	struct pci_config c;

	(void)state;
	set(&m, PCI_DEVICE_ID, 0xa118, 2);
	set(&m, EXP_AT + PCI_EXP_FLAGS, PCIE_ROOT_PORT << 4 | 2, 2);
	c = read_ok(&m, NULL);
	assert_int_equal(c.acs_ctl, 0xdead);
	assert_true(pci_acs_ctl_is_dword(0x8086, 0xa110, PCIE_ROOT_PORT));
	assert_true(pci_acs_ctl_is_dword(0x8086, 0xa2ee, PCIE_ROOT_PORT));
	assert_true(pci_acs_ctl_is_dword(0x8086, 0x9d1b, PCIE_ROOT_PORT));
	assert_false(pci_acs_ctl_is_dword(0x8086, 0x9d1c, PCIE_ROOT_PORT));
	assert_false(pci_acs_ctl_is_dword(0x8086, 0xa10f, PCIE_ROOT_PORT));
	assert_false(pci_acs_ctl_is_dword(0x8086, 0xa110, PCIE_ENDPOINT));
	assert_false(pci_acs_ctl_is_dword(0x1022, 0xa110, PCIE_ROOT_PORT));
	assert_false(pci_acs_ctl_is_dword(0x8086, 0xa338, PCIE_ROOT_PORT)); /* Cannon Point does it right */
}

static void virtual_functions_hide_their_id(void **state)
{
	struct image m = endpoint(4096);
	struct pci_config c;

	(void)state;
	set(&m, PCI_VENDOR_ID, 0xffffffff, 4);
	c = read_ok(&m, NULL);
	assert_false(c.has_id);
	assert_int_equal(c.class, 0x0300);
}

static void refuses(void **state)
{
	struct image m = endpoint(64);
	struct pci_config c, before;

	(void)state;
	memset(&before, 0xa5, sizeof(before));
	c = before;
	m.n = 15;
	assert_int_equal(pci_config_read(image_span(&m), &c, NULL), -IGD_ETRUNC);
	m.n = 64;
	memset(m.b, 0xff, sizeof(m.b));
	assert_int_equal(pci_config_read(image_span(&m), &c, NULL), -IGD_ENOENT);
	assert_memory_equal(&c, &before, sizeof(c));
}

static bool noted(const struct report *rep, const char *words)
{
	for (size_t i = 0; i < rep->n_notes; i++)
		if (strstr(rep->notes[i].text, words))
			return true;
	return false;
}

static void lists_that_loop(void **state)
{
	struct image m = endpoint(4096);
	struct report rep = { 0 };
	struct pci_config c;

	(void)state;
	set(&m, EXP_AT + 1, PM_AT, 1);
	c = read_ok(&m, &rep);
	assert_true(noted(&rep, "capability list loops"));
	assert_int_equal(c.pcie_type, PCIE_RC_ENDPOINT); /* what was seen is seen */
	set(&m, PM_AT + 1, PM_AT, 1);
	c = read_ok(&m, NULL);
	assert_false(c.has_pcie_type); /* what was not is unknown */
	assert_int_equal(c.flr, PCI_UNKNOWN);

	m = endpoint(4096);
	memset(&rep, 0, sizeof(rep));
	set(&m, 0x140, PCI_EXT_CAP_ID_ACS | 1u << 16 | 0x100u << 20, 4);
	c = read_ok(&m, &rep);
	assert_true(noted(&rep, "extended capability list loops"));
	assert_int_equal(c.acs, PCI_YES);
	assert_int_equal(c.sriov, PCI_UNKNOWN);
}

static void lists_that_lead_astray(void **state)
{
	struct image m = endpoint(4096);
	struct report rep = { 0 };
	struct pci_config c;

	(void)state;
	set(&m, PM_AT + 1, 0x20, 1);
	c = read_ok(&m, &rep);
	assert_true(noted(&rep, "inside the header"));
	assert_int_equal(c.pcie_type, PCIE_NONE);
	m = endpoint(4096);
	memset(&rep, 0, sizeof(rep));
	set(&m, EXP_AT, 0xff, 1);
	c = read_ok(&m, &rep);
	assert_true(noted(&rep, "ends in ones"));
	assert_false(c.has_pcie_type);
	m = endpoint(4096);
	memset(&rep, 0, sizeof(rep));
	set(&m, 0x140, PCI_EXT_CAP_ID_ACS | 1u << 16 | 0x40u << 20, 4);
	c = read_ok(&m, &rep);
	assert_true(noted(&rep, "inside the first 256 bytes"));
	assert_int_equal(c.sriov, PCI_NO);
	m = endpoint(4096);
	memset(&rep, 0, sizeof(rep));
	set(&m, PCI_HEADER_TYPE, 0x55, 1);
	c = read_ok(&m, &rep);
	assert_true(noted(&rep, "header type 0x55"));
	assert_false(c.has_subsys);
	assert_false(c.has_pcie_type);
}

static void try(struct span s)
{
	struct pci_config c, before;

	memset(&before, 0xa5, sizeof(before));
	c = before;
	if (pci_config_read(s, &c, NULL) < 0) {
		assert_memory_equal(&c, &before, sizeof(c));
		return;
	}
	assert_true(c.len <= s.n);
	assert_true(c.dsn_at == 0 || c.dsn_at + 8u <= s.n);
}

static void survives_damage(void **state)
{
	struct image m = endpoint(0x220);

	(void)state;
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_space_tells_all),
		cmocka_unit_test(sixty_four_bytes_leave_lists_unknown),
		cmocka_unit_test(sixteen_bytes_are_a_header),
		cmocka_unit_test(without_extended_space_those_are_unknown),
		cmocka_unit_test(cut_behind_the_end_of_a_list_is_enough),
		cmocka_unit_test(conventional_function),
		cmocka_unit_test(bridge),
		cmocka_unit_test(cardbus_bridge),
		cmocka_unit_test(sunrise_point_acs),
		cmocka_unit_test(virtual_functions_hide_their_id),
		cmocka_unit_test(refuses),
		cmocka_unit_test(lists_that_loop),
		cmocka_unit_test(lists_that_lead_astray),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("pci_config", tests, NULL, NULL);
}
