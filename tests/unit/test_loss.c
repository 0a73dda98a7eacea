// SPDX-License-Identifier: GPL-2.0-or-later
/* test_loss.c - what goes with a group: the roles that a host lives on are fatal, what is not known is said to be so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include "base/error.h"
#include "check/isolation.h"
#include "pci_table.h"

static const struct pci_row host[] = {
	{ "00:02.0", 0x80863e92, 0x0300, ANY, ANY, ANY, 0, 0, 0 },
	{ "00:14.0", 0x8086a36d, 0x0c03, ANY, ANY, ANY, 0, 0, 3 },
	{ "00:14.2", 0x8086a36f, 0x0500, ANY, ANY, ANY, 0, 0, 3 },
	{ "00:14.3", 0x8086a370, 0x0280, ANY, ANY, ANY, 0, 0, 4 },
	{ "00:16.0", 0x8086a360, 0x0780, ANY, ANY, ANY, 0, 0, 5 },
	{ "00:16.3", 0x8086a363, 0x0700, ANY, ANY, ANY, 0, 0, 5 },
	{ "00:17.0", 0x80862822, 0x0104, ANY, ANY, ANY, 0, 0, 6 },
	{ "00:1f.0", 0x8086a306, 0x0601, ANY, ANY, ANY, 0, 0, 7 },
	{ "00:1f.3", 0x8086a348, 0x0403, ANY, ANY, ANY, 0, 0, 7 },
	{ "00:1f.4", 0x8086a323, 0x0c05, ANY, ANY, ANY, 0, 0, 7 },
	{ "00:1f.5", 0x8086a324, 0x0c80, ANY, ANY, ANY, 0, 0, 7 },
	{ "00:1f.6", 0x808615bb, 0x0200, ANY, ANY, ANY, 0, 0, 7 },
	{ "01:00.0", 0x10de2184, 0x0c80, ANY, ANY, ANY, 0, 0, 8 }, /* a card's USB-C controller is no flash */
};

static const char *const names[ARRAY_SIZE(host)] = {
	"Intel Corporation CoffeeLake-S GT2 [UHD Graphics 630]",
	"Intel Corporation Cannon Lake PCH USB 3.1 xHCI Host Controller",
	"Intel Corporation Cannon Lake PCH Shared SRAM",
	"Intel Corporation Cannon Lake PCH CNVi WiFi",
	"Intel Corporation Cannon Lake PCH HECI Controller",
	"Intel Corporation Cannon Lake PCH Active Management Technology - SOL",
	"Intel Corporation SATA Controller [RAID mode]",
	"Intel Corporation Q370 Chipset LPC/eSPI Controller",
	"Intel Corporation Cannon Lake PCH cAVS",
	"Intel Corporation Cannon Lake PCH SMBus Controller",
	"Intel Corporation Cannon Lake PCH SPI Controller",
	"Intel Corporation Ethernet Connection (7) I219-LM",
	"NVIDIA Corporation TU116 USB Type-C UCSI Controller",
};

/* The host with its tables of use; .pci indexes are those of the rows, which come in address order. */
static struct facts *host_facts(void)
{
	struct facts *f = table_facts(host, ARRAY_SIZE(host));
	struct netif *n;
	struct disk_use *d;
	struct usb_dev *u;

	n = arena_push(&f->arena, f->nets, f->n_nets);
	*n = (struct netif) { .name = "eno1", .pci = 11 };
	n->default_route = TRI_KNOWN(true, "test");
	n->bridge = STR_KNOWN("vmbr0", "test");
	n = arena_push(&f->arena, f->nets, f->n_nets);
	*n = (struct netif) { .name = "wlo1", .pci = 3 };
	n->default_route = TRI_KNOWN(false, "test");
	n->bridge = STR_KNOWN("", "test");
	d = arena_push(&f->arena, f->disks, f->n_disks);
	*d = (struct disk_use) { .what = "/", .device = "/dev/mapper/pve-root", .pci = 6 };
	d = arena_push(&f->arena, f->disks, f->n_disks);
	*d = (struct disk_use) { .what = "/srv", .device = "/dev/sdb1", .pci = 6 };
	f->disks_seen = TRI_KNOWN(true, "test");
	u = arena_push(&f->arena, f->usb, f->n_usb);
	*u = (struct usb_dev) { .path = "1-4", .pci = 1 };
	u->keyboard = TRI_KNOWN(true, "test");
	u->name = STR_KNOWN("Wired Keyboard 600", "test");
	f->usb_seen = TRI_KNOWN(true, "test");
	return f;
}

struct want {
	enum loss_kind kind;
	const char *addr;
	bool fatal;
	const char *what;
};

static void assert_losses(const struct facts *f, uint64_t group, const struct want *want, size_t n_want)
{
	struct arena a = { 0 };
	struct loss *got;
	size_t n;

	assert_int_equal(losses_of(f, facts_group(f, group), &a, &got, &n), 0);
	for (size_t i = 0; i < n && i < n_want; i++) {
		assert_string_equal(loss_id(got[i].kind), loss_id(want[i].kind));
		assert_ptr_equal(&f->pci[got[i].pci], table_fn(f, want[i].addr));
		assert_string_equal(got[i].what, want[i].what);
		assert_int_equal(got[i].fatal, want[i].fatal);
		assert_int_equal(got[i].unsettled, strstr(want[i].what, "not known") != NULL);
	}
	assert_int_equal(n, n_want);
	arena_done(&a);
}

#define LPC	     "the LPC/eSPI bridge: firmware, TPM, fans and sensors are reached through it"
#define SMBUS	     "the SMBus: sensors and memory modules of the board"
#define SPI	     "the controller of the firmware flash"
#define SOL	     "the serial port of Intel AMT: serial-over-LAN, a way in when the screen is gone"
#define MEI	     "the interface to the Management Engine"
#define ONLY_USB     "the only USB controller: every USB port of the host"
#define NIC_UNKNOWN  "a network adapter that may carry the host's network: not known"
#define DISK_UNKNOWN "a storage controller that may hold the host's disk: not known"

static void test_known_host(void **state)
{
	static const struct want lpc[] = {
		{ LOSS_ROUTE, "00:1f.6", true, "eno1 carries the default route" },
		{ LOSS_BRIDGE_PORT, "00:1f.6", true, "eno1 is a port of the bridge vmbr0" },
		{ LOSS_LPC, "00:1f.0", true, LPC },
		{ LOSS_SMBUS, "00:1f.4", false, SMBUS },
		{ LOSS_SPI, "00:1f.5", false, SPI },
		{ LOSS_SOUND, "00:1f.3", false, "sound" },
	};
	static const struct want usb[] = {
		{ LOSS_KEYBOARD, "00:14.0", true, "the only keyboard of the console is on it: Wired Keyboard 600" },
		{ LOSS_ONLY_USB, "00:14.0", false, ONLY_USB },
	};
	static const struct want wifi[] = {
		{ LOSS_NIC, "00:14.3", false, "network interface wlo1, without the default route" },
	};
	static const struct want me[] = {
		{ LOSS_SERIAL_OVER_LAN, "00:16.3", false, SOL },
		{ LOSS_MEI, "00:16.0", false, MEI },
	};
	static const struct want disk[] = {
		{ LOSS_DISK, "00:17.0", true, "/ is on it: /dev/mapper/pve-root" },
		{ LOSS_STORAGE, "00:17.0", false, "/srv is on it: /dev/sdb1" },
	};
	static const struct want gpu[] = { { LOSS_DISPLAY, "00:02.0", false, "the display adapter of the console" } };
	struct facts *f = host_facts();

	(void)state;
	f->pci[0].boot_vga = TRI_KNOWN(true, "test");
	assert_losses(f, 7, lpc, ARRAY_SIZE(lpc));
	assert_losses(f, 3, usb, ARRAY_SIZE(usb));
	assert_losses(f, 4, wifi, ARRAY_SIZE(wifi));
	assert_losses(f, 5, me, ARRAY_SIZE(me));
	assert_losses(f, 6, disk, ARRAY_SIZE(disk));
	assert_losses(f, 0, gpu, ARRAY_SIZE(gpu));
	assert_losses(f, 8, NULL, 0);
	facts_free(f);
}

/* Nothing but a list of functions: the same devices, and no claim of what the host does with them. */
static void check_unused(struct facts *f)
{
	static const struct want lpc[] = {
		{ LOSS_NIC, "00:1f.6", false, NIC_UNKNOWN }, { LOSS_LPC, "00:1f.0", true, LPC },
		{ LOSS_SMBUS, "00:1f.4", false, SMBUS },     { LOSS_SPI, "00:1f.5", false, SPI },
		{ LOSS_SOUND, "00:1f.3", false, "sound" },
	};
	static const struct want usb[] = { { LOSS_ONLY_USB, "00:14.0", false, ONLY_USB } };
	static const struct want me[] = {
		{ LOSS_SERIAL_OVER_LAN, "00:16.3", false, SOL },
		{ LOSS_MEI, "00:16.0", false, MEI },
	};
	static const struct want disk[] = { { LOSS_STORAGE, "00:17.0", false, DISK_UNKNOWN } };
	static const struct want gpu[] = { { LOSS_DISPLAY, "00:02.0", false, "a display adapter" } };

	assert_losses(f, 7, lpc, ARRAY_SIZE(lpc));
	assert_losses(f, 3, usb, ARRAY_SIZE(usb));
	assert_losses(f, 5, me, ARRAY_SIZE(me));
	assert_losses(f, 6, disk, ARRAY_SIZE(disk));
	assert_losses(f, 0, gpu, ARRAY_SIZE(gpu));
	assert_losses(f, 8, NULL, 0);
	facts_free(f);
}

static void test_classes_only(void **state)
{
	(void)state;
	check_unused(table_facts(host, ARRAY_SIZE(host)));
}

static void test_names_only(void **state)
{
	struct pci_row rows[ARRAY_SIZE(host)];
	struct facts *f;

	(void)state;
	memcpy(rows, host, sizeof(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		rows[i].class = ANY;
	f = table_facts(rows, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		f->pci[i].name = STR_KNOWN(names[i], "test");
	check_unused(f);
}

static void test_keyboards(void **state)
{
	struct facts *f = host_facts();
	struct arena a = { 0 };
	struct usb_dev *u;
	struct loss *got;
	size_t n;

	(void)state;
	/* a bare lsusb: no controllers, no classes; with one controller it is still clear where the keyboard is */
	f->usb[0].pci = -1;
	f->usb[0].keyboard = (struct fact_tri) { 0 };
	assert_int_equal(losses_of(f, facts_group(f, 3), &a, &got, &n), 0);
	assert_int_equal(got[0].kind, LOSS_KEYBOARD);
	/* but not when the list may be cut */
	f->pci_whole = (struct fact_tri) { 0 };
	assert_int_equal(losses_of(f, facts_group(f, 3), &a, &got, &n), 0);
	assert_int_equal(n, 0);
	f->pci_whole = TRI_KNOWN(true, "test");
	/* a second keyboard elsewhere keeps the console */
	f->usb[0].pci = 1;
	u = arena_push(&f->arena, f->usb, f->n_usb);
	*u = (struct usb_dev) { .path = "3-1", .pci = 12 };
	u->keyboard = TRI_KNOWN(true, "test");
	assert_int_equal(losses_of(f, facts_group(f, 3), &a, &got, &n), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_not_equal(got[i].kind, LOSS_KEYBOARD);
	arena_done(&a);
	facts_free(f);
}

static void test_two_controllers(void **state)
{
	static const struct pci_row rows[] = {
		{ "00:14.0", 0x8086a36d, 0x0c03, ANY, ANY, ANY, 0, 0, 3 },
		{ "01:00.0", 0x1b211242, 0x0c03, ANY, ANY, ANY, 0, 0, 4 },
	};
	struct facts *f = table_facts(rows, ARRAY_SIZE(rows));

	(void)state;
	assert_losses(f, 3, NULL, 0);
	assert_losses(f, 4, NULL, 0);
	facts_free(f);
}

static void test_nic_states(void **state)
{
	static const struct want cases[] = {
		{ LOSS_NIC, "00:1f.6", false, NIC_UNKNOWN },
		{ LOSS_NIC, "00:1f.6", false, "a network adapter that the host does not use: it is on vfio-pci" },
		{ LOSS_NIC, "00:1f.6", false,
		  "network interface eth0; whether the host's network runs over it is not known" },
	};
	struct pci_row row = { "00:1f.6", 0x808615bb, 0x0200, ANY, ANY, ANY, 0, 0, 7 };
	struct facts *f = table_facts(&row, 1);
	struct netif *n;

	(void)state;
	assert_losses(f, 7, &cases[0], 1);
	f->pci[0].driver = STR_KNOWN("vfio-pci", "test");
	assert_losses(f, 7, &cases[1], 1);
	n = arena_push(&f->arena, f->nets, f->n_nets);
	*n = (struct netif) { .name = "eth0", .pci = 0 };
	assert_losses(f, 7, &cases[1], 1); /* whatever a log said of it before */
	f->pci[0].driver = STR_KNOWN("e1000e", "test");
	assert_losses(f, 7, &cases[2], 1);
	facts_free(f);
}

static void test_storage_states(void **state)
{
	static const struct want settled = { LOSS_STORAGE, "00:17.0", false,
					     "a storage controller without a file system of the host" };
	static const struct want open = { LOSS_STORAGE, "00:17.0", false, DISK_UNKNOWN };
	struct pci_row row = { "00:17.0", 0x80862822, 0x0108, ANY, ANY, ANY, 0, 0, 6 };
	struct facts *f = table_facts(&row, 1);
	struct disk_use *d;

	(void)state;
	f->disks_seen = TRI_KNOWN(true, "test");
	assert_losses(f, 6, &settled, 1);
	d = arena_push(&f->arena, f->disks, f->n_disks);
	*d = (struct disk_use) { .what = "/", .device = "/dev/md0", .pci = -1 }; /* on some controller */
	assert_losses(f, 6, &open, 1);
	facts_free(f);
}

static void test_full_arena(void **state)
{
	struct facts *f = host_facts();
	struct arena a = { .limit = 16 };
	struct loss *got = NULL;
	size_t n = 77;

	(void)state;
	assert_int_equal(losses_of(f, facts_group(f, 7), &a, &got, &n), -IGD_ENOMEM);
	assert_null(got);
	assert_int_equal(n, 77);
	arena_done(&a);
	facts_free(f);
}

static void test_ids(void **state)
{
	(void)state;
	for (int k = 0; k < LOSS_KINDS; k++)
		for (int i = 0; i < k; i++)
			assert_string_not_equal(loss_id((enum loss_kind)k), loss_id((enum loss_kind)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_host),
		cmocka_unit_test(test_classes_only),
		cmocka_unit_test(test_names_only),
		cmocka_unit_test(test_keyboards),
		cmocka_unit_test(test_two_controllers),
		cmocka_unit_test(test_nic_states),
		cmocka_unit_test(test_storage_states),
		cmocka_unit_test(test_full_arena),
		cmocka_unit_test(test_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
