// SPDX-License-Identifier: GPL-2.0-or-later
/* test_redact.c - what is hidden, what stays, and that equal things stay equal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdlib.h>

#include "base/macros.h"
#include "base/text.h"
#include "host/redact.h"

struct fixture {
	struct redact *r;
	struct arena a;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->r = redact_new();
	*state = f;
	return f->r ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	redact_free(f->r);
	arena_done(&f->a);
	free(f);
	return 0;
}

/* @in in the file @path becomes @want. */
static void becomes(struct fixture *f, const char *path, const char *in, const char *want)
{
	struct span got;

	assert_int_equal(redact_file(f->r, path, span_str(in), &f->a, &got), REDACTED_KEPT);
	assert_string_equal(arena_span(&f->a, got), want);
}

static void stays(struct fixture *f, const char *path, const char *in)
{
	becomes(f, path, in, in);
}

static void withheld(struct fixture *f, const char *path, struct span in)
{
	struct span got;

	assert_int_equal(redact_file(f->r, path, in, &f->a, &got), REDACTED_WITHHELD);
	assert_int_equal(got.n, 0);
}

#define LOG "var/log/kern.log"

static void test_addresses_of_pci_stay(void **state)
{
	struct fixture *f = *state;

	stays(f, LOG, "pci 0000:00:02.0: [8086:3e92] type 00 class 0x030000");
	stays(f, LOG, "00:1f.6 0000:01:00.0 10000:e1:00.0 pci0000:00 0000:00:02 00:02");
	stays(f, LOG, "vfio-pci.ids=8086:3e92,8086:a348 [mem 0xa0000000-0xafffffff 64bit pref]");
	stays(f, LOG, "DMAR: [DMA Read] Request device [00:02.0] fault addr 7c200000");
	stays(f, LOG, "10: 04 00 00 a0 00 00 00 00 0c 00 00 90 00 00 00 00");
	stays(f, "lib/modules/6.8.12-11-pve/modules.alias", "alias pci:v00008086d00003E92sv*sd*bc03sc*i* i915\n");
	stays(f, "proc/iomem", "  a0000000-afffffff : 0000:00:02.0\n");
	stays(f, "proc/cmdline",
	      "BOOT_IMAGE=/boot/vmlinuz-6.8.12-11-pve ro quiet intel_iommu=on "
	      "pcie_acs_override=downstream,multifunction console=ttyS0,115200n8 "
	      "i915.force_probe=4680 disable_vga=1 time=12:34:56\n");
}

static void test_versions_stay(void **state)
{
	struct fixture *f = *state;

	stays(f, "var/lib/dpkg/status", "Version: 1.2.3.4\nDepends: passwd:any, libsecret: 1\n");
	stays(f, "etc/os-release", "VERSION_ID=\"12.5.0.1\"\n");
	stays(f, "proc/version", "Linux version 6.8.12-11-pve (build@proxmox) 1.2.3.4\n");
	stays(f, LOG, "e1000e: driver 1.2.3.4-k version-1.2.3.4 1.2.3.4.5 300.1.1.1");
	stays(f, LOG, "netmask 255.255.255.0 any 0.0.0.0 lo 127.0.0.1 group 224.0.0.1");
	stays(f, LOG, "std::string dead::beef ::1 :: ff02::1 SCSI 0:0:0:0");
}

static void test_mac(void **state)
{
	struct fixture *f = *state;

	becomes(f, LOG, "e1000e 0000:00:1f.6 eth0: (PCI Express:2.5GT/s:Width x1) 10:e7:c6:01:02:03\n",
		"e1000e 0000:00:1f.6 eth0: (PCI Express:2.5GT/s:Width x1) 02:00:00:00:00:01\n");
	becomes(f, "sys/class/net/eth0/address", "10:E7:C6:01:02:03\n", "02:00:00:00:00:01\n");
	becomes(f, "sys/class/net/eth1/address", "10:e7:c6:01:02:04\n", "02:00:00:00:00:02\n");
	becomes(f, LOG, "HWaddr:10:e7:c6:01:02:03, 10-e7-c6-01-02-04", "HWaddr:02:00:00:00:00:01, 02-00-00-00-00-02");
	becomes(f, LOG, "Serial 10-e7-c6-ff-ff-01-02-03", "Serial 02-00-00-00-00-00-00-03");
	becomes(f, LOG, "enx10e7c6010203: renamed", "enx020000000001: renamed");
	stays(f, LOG, "00:00:00:00:00:00 ff:ff:ff:ff:ff:ff 11:22:33:44:55 0011:22:33:44:55:66");
}

static void test_uuid(void **state)
{
	struct fixture *f = *state;

	becomes(f, "proc/cmdline",
		"root=UUID=0A1B2C3D-1111-2222-3333-444455556666 ro "
		"resume=UUID=99999999-aaaa-bbbb-cccc-ddddeeeeffff\n",
		"root=UUID=00000000-0000-0000-0000-000000000001 ro "
		"resume=UUID=00000000-0000-0000-0000-000000000002\n");
	becomes(f, "etc/fstab", "UUID=0a1b2c3d-1111-2222-3333-444455556666 / ext4\nUUID=AB12-CD34 /boot/efi vfat\n",
		"UUID=00000000-0000-0000-0000-000000000001 / ext4\nUUID=0000-0001 /boot/efi vfat\n");
	becomes(f, "boot/loader/entries/x.conf", "linux /0a1b2c3d111122223333444455556666/vmlinuz\n",
		"linux /00000000000000000000000000000001/vmlinuz\n");
	stays(f, LOG, "efivar SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
	stays(f, LOG, "00000000-0000-0000-0000-000000000000 12345678-1234-1234-1234-12345678901");
}

static void test_ip(void **state)
{
	struct fixture *f = *state;

	becomes(f, "etc/network/interfaces",
		"\taddress 192.168.1.10/24\n\tgateway 192.168.1.1\n\tnetmask 255.255.255.0\n",
		"\taddress 192.0.2.1/24\n\tgateway 192.0.2.2\n\tnetmask 255.255.255.0\n");
	becomes(f, LOG, "from 192.168.1.1:22.", "from 192.0.2.2:22.");
	becomes(f, LOG, "fe80::1ff:fe23:4567:890a and 2a02:1234:1::5/64, 2a02:1:2:3:4:5:6:7",
		"2001:db8::1 and 2001:db8::2/64, 2001:db8::3");
	/* 192.168.1.1 and 10.0.0.0, as a little-endian machine prints them */
	becomes(f, "proc/net/route",
		"Iface\tDestination\tGateway\tFlags\neth0\t00000000\t0101A8C0\t0003\neth0\t0000000A\t00000000\t0001"
		"\n",
		"Iface\tDestination\tGateway\tFlags\neth0\t00000000\t020200C0\t0003\neth0\t030200C0\t00000000\t0001"
		"\n");
	stays(f, "proc/net/ipv6_route", "00000000000000000000000000000000 00 eth0\n");
	/* who waits for callers, and where; not who talks to whom */
	becomes(f, "proc/self/net/tcp",
		"  sl  local_address rem_address   st\n   0: 0A01A8C0:0016 00000000:0000 0A 00000000:00000000\n"
		"   1: 0A01A8C0:0016 05060708:9999 01 00000000:00000000\n   2: 00000000:0016 00000000:0000 0A\n",
		"0: 010200C0:0016 00000000:0000 0A\n2: 00000000:0016 00000000:0000 0A\n");
	becomes(f, "proc/net/tcp6",
		"  0: 000080FE00000000FFB7C6E6FE010203:0016 0:0 0A\n  1: 0000000000000000FFFF00000A01A8C0:0016 0:0 "
		"0A\n",
		"0: B80D0120000000000000000004000000:0016 00000000:0000 0A\n"
		"1: 0000000000000000FFFF0000010200C0:0016 00000000:0000 0A\n");
	becomes(f, "proc/net/if_inet6", "fe80000000000000021999fffe012345 02 40 20 80     eth0\nnone\n",
		"20010db8000000000000000000000005 02 40 20 80     eth0\n");
	becomes(f, "etc/ssh/sshd_config", "# of Bob\nport 2222 # Bob's\nAllowUsers bob\nPort 1x\n", "Port 2222\n");
}

static void test_many_addresses(void **state)
{
	struct fixture *f = *state;
	const char *text;
	struct span got;

	/* past the 3 * 254 of RFC 5737 all share one, and none is a broken address */
	for (int i = 1; i < 1000; i++) {
		text = arena_printf(&f->a, "10.0.%d.%d", i / 250, i % 250 + 1);
		assert_int_equal(redact_file(f->r, LOG, span_str(text), &f->a, &got), REDACTED_KEPT);
		if (i == 254)
			assert_true(text_eq(got, "198.51.100.1"));
		if (i > 3 * 254)
			assert_true(text_eq(got, "203.0.113.255"));
	}
}

static void test_options(void **state)
{
	struct fixture *f = *state;

	becomes(f, "proc/cmdline",
		"rd.luks.key=/k:UUID=x ip=10.1.2.3::10.1.2.1:255.0.0.0:box:eth0:off password=a,b quiet\n",
		"rd.luks.key=redacted ip=redacted password=redacted quiet\n");
	stays(f, "proc/cmdline", "ip=dhcp crashkernel=256M key=1\n");
	becomes(f, "etc/fstab", "//10.0.0.9/share /mnt cifs username=me,password=geheim 0 0\n",
		"//192.0.2.1/share /mnt cifs username=me,password=redacted 0 0\n");
	becomes(f, "etc/default/grub", "GRUB_CMDLINE_LINUX=\"quiet password=abc\"\nGRUB_PASSWORD='a b'\n",
		"GRUB_CMDLINE_LINUX=\"quiet password=redacted\"\nGRUB_PASSWORD='redacted'\n");
	becomes(f, "boot/grub/grub.cfg", "password_pbkdf2 me grub.pbkdf2.sha512.10000.AB.CD\n",
		"password_pbkdf2 me redacted\n");
	becomes(f, "etc/network/interfaces", "  wpa-psk geheim123\n  wpa-ssid Heim\n",
		"  wpa-psk redacted\n  wpa-ssid redacted\n");
	becomes(f, "proc/1234/cmdline", "qemu", "qemu");
}

static void test_serials(void **state)
{
	struct fixture *f = *state;

	becomes(f, LOG,
		"usb 1-2: New USB device strings: Mfr=1, Product=2, SerialNumber=3\nusb 1-2: SerialNumber: "
		"4C530001\n",
		"usb 1-2: New USB device strings: Mfr=1, Product=2, SerialNumber=3\nusb 1-2: SerialNumber: "
		"00000001\n");
	becomes(f, "sys/bus/usb/devices/1-2/serial", "4C530001\n", "00000001\n");
	becomes(f, "sys/class/dmi/id/board_serial", " PF-1A \n", " 00-02 \n");
	becomes(f, "sys/bus/hid/devices/0003:046D:C52B.0001/uevent",
		"HID_ID=0003:0000046D:0000C52B\nHID_UNIQ=4d-11-22\n",
		"HID_ID=0003:0000046D:0000C52B\nHID_UNIQ=00-00-03\n");
	becomes(f, "etc/kernel/proxmox-boot-uuids", "AB12-CD34\nAB12-CD35\n", "0000-0004\n0000-0005\n");
	becomes(f, LOG, "wwn-0x5000c500a1b2c3d4", "wwn-0x0000000000000006");
	becomes(f, "etc/pve/qemu-server/100.conf",
		"scsi1: /dev/disk/by-id/ata-Samsung_SSD_S3Z8NB0K,size=1G,serial=ABCDE\n",
		"scsi1: /dev/disk/by-id/disk-1,size=1G,serial=00007\n");
}

static void test_host_name(void **state)
{
	struct fixture *f = *state;
	const char *path;

	redact_host_name(f->r, span_str("# mine\nKrypton.example.org\n"));
	becomes(f, "etc/hostname", "krypton.example.org\n", "host\n");
	becomes(f, LOG, "Jan 1 12:00:00 krypton kernel: Linux version", "Jan 1 12:00:00 host kernel: Linux version");
	becomes(f, LOG, "KRYPTON.example.org kryptonite /dev/mapper/krypton--vg-root",
		"host kryptonite /dev/mapper/host--vg-root");
	stays(f, "sys/bus/x/name", "krypton\n");
	assert_int_equal(redact_path(f->r, "etc/pve/nodes/krypton/qemu-server/100.conf", &f->a, &path), 0);
	assert_string_equal(path, "etc/pve/nodes/host/qemu-server/100.conf");
}

/* Device mapper doubles the '-' of a volume group's name. */
static void test_host_name_of_volume(void **state)
{
	struct fixture *f = *state;

	redact_host_name(f->r, span_str("my-box.example.org\n"));
	redact_host_name(f->r, span_str("other-box.example.org\n"));
	becomes(f, "proc/cmdline", "root=/dev/mapper/my--box--vg-root resume=/dev/my-box-vg/swap\n",
		"root=/dev/mapper/host--vg-root resume=/dev/host-vg/swap\n");
	becomes(f, "proc/cmdline", "root=/dev/mapper/other--box--vg-root other-box.example.org\n",
		"root=/dev/mapper/host--vg-root host\n");
	stays(f, "proc/cmdline", "root=/dev/mapper/my--boxes-root\n");
}

static void test_mail(void **state)
{
	struct fixture *f = *state;

	becomes(f, LOG, "to Erika.M+x@mail.example.org, max@example.de. <erika.m+x@mail.example.org>",
		"to mail-1@example.com, mail-2@example.com. <mail-1@example.com>");
	stays(f, LOG,
	      "Starting modprobe@drm.service user@1000.service getty@tty1.service root@pve rpool@s.1 a@.de x@b.c");
	becomes(f, "sys/module/x/author", "a@b.de\n", "mail-3@example.com\n");
}

static void test_comments(void **state)
{
	static const char *const paths[] = { "etc/network/interfaces", "etc/modprobe.d/a.conf", "etc/default/grub",
					     "etc/modules", "etc/modules-load.d/a.conf" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		becomes(f, paths[i], "# Max lives here\nA=\"x # y\" # Max\n  #options vfio-pci\n\nlast #",
			"#\nA=\"x # y\" #\n  #\n\nlast #");
		stays(f, paths[i], "# Written by igdctl; igdctl revert removes it.\nx\n");
		stays(f, paths[i], "options vfio-pci ids=8086:3e92\nx a#b 'c #d'\n");
	}
	stays(f, "usr/lib/modprobe.d/a.conf", "# a distribution's words\n");
}

/* A host that is called like a word of Proxmox or like digits of an address must not break either. */
static void test_weak_host_name(void **state)
{
	struct fixture *f = *state;
	const char *path;

	redact_host_name(f->r, span_str("pve\n"));
	redact_host_name(f->r, span_str("8086"));
	stays(f, LOG, "Linux version 6.8.12-11-pve [8086:3e92] /dev/mapper/pve-root");
	becomes(f, LOG, "Jan 1 12:00:00 pve kernel: Hostname set to <pve>.",
		"Jan 1 12:00:00 host kernel: Hostname set to <host>.");
	assert_int_equal(redact_path(f->r, "etc/pve/nodes/pve/lxc/101.conf", &f->a, &path), 0);
	assert_string_equal(path, "etc/pve/nodes/host/lxc/101.conf");
	assert_int_equal(redact_path(f->r, "nodes/pve", &f->a, &path), 0);
	assert_string_equal(path, "nodes/host");
}

static void path_is(struct fixture *f, const char *in, const char *want)
{
	const char *path;

	assert_int_equal(redact_path(f->r, in, &f->a, &path), 0);
	assert_string_equal(path, want);
}

static void test_paths(void **state)
{
	struct fixture *f = *state;

	redact_host_name(f->r, span_str("drivers"));
	path_is(f, "../../../bus/pci/drivers/i915", "../../../bus/pci/drivers/i915");
	path_is(f, "sys/bus/pci/devices/0000:00:02.0/config", "sys/bus/pci/devices/0000:00:02.0/config");
	path_is(f, "sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
		"sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f");
	path_is(f, "sys/bus/mdev/devices/0a1b2c3d-1111-2222-3333-444455556666",
		"sys/bus/mdev/devices/00000000-0000-0000-0000-000000000001");
	path_is(f, "sys/class/net/enx10e7c6010203", "sys/class/net/enx020000000001");
	path_is(f, "etc/libvirt/qemu/Windows Spiele.xml", "etc/libvirt/qemu/Windows Spiele.xml");
	path_is(f, "etc/libvirt/qemu/win11.xml", "etc/libvirt/qemu/guest-1.xml");
	path_is(f, "run/libvirt/qemu/win11.pid", "run/libvirt/qemu/guest-1.pid");
	path_is(f, "etc/libvirt/qemu/networks", "etc/libvirt/qemu/networks");
	path_is(f, "home/erika/x", "home/erika/x"); /* its content is withheld; see below */
	path_is(f, "/home/erika/x.rom", "/home/user-1/x.rom");
}

static void test_pve_guest(void **state)
{
	struct fixture *f = *state;

	becomes(f, "etc/pve/nodes/a/qemu-server/100.conf",
		"#a%20secret\n"
		"args: -set device.hostpci0.addr=02.0 -device vfio-pci,host=00:02.0,addr=0x2\n"
		"bios: ovmf\ncipassword: $5$abc\ndescription: mine\nhostpci0: "
		"0000:00:02,legacy-igd=1,romfile=igd.rom\n"
		"machine: pc-i440fx-9.2\nname: win11\nnet0: virtio=8E:A6:82:97:9C:C1,bridge=vmbr0\n"
		"smbios1: uuid=194d50cf-8f86-4fa2-b770-28aa88109b43\nsshkeys: ssh-rsa%20AAA\nusb0: host=062a:4101\n"
		"vmgenid: 5a10564a-ca41-4136-93a9-f3f999390ac4\nempty:\n\n[before-update]\nvga: none\n[PENDING]\n",
		"#\n"
		"args: -set device.hostpci0.addr=02.0 -device vfio-pci,host=00:02.0,addr=0x2\n"
		"bios: ovmf\ncipassword: redacted\ndescription: redacted\n"
		"hostpci0: 0000:00:02,legacy-igd=1,romfile=igd.rom\n"
		"machine: pc-i440fx-9.2\nname: guest-1\nnet0: virtio=02:00:00:00:00:01,bridge=vmbr0\n"
		"smbios1: redacted\nsshkeys: redacted\nusb0: host=062a:4101\n"
		"vmgenid: redacted\nempty:\n\n[snapshot-2]\nvga: none\n[PENDING]\n");
	becomes(f, "etc/pve/qemu-server/102.conf",
		"args: -fw_cfg name=opt/x,string=key -fw_cfg 'name=opt/y,string=7k' -fw_cfg "
		"name=opt/ovmf/X-PciMmio64Mb,string=65536 -fw_cfg name=opt/z,file=/a.bin\n"
		"hookscript: local:snippets/max.pl\ntags: max;games\n",
		"args: -fw_cfg name=opt/x,string=redacted -fw_cfg 'name=opt/y,string=redacted' -fw_cfg "
		"name=opt/ovmf/X-PciMmio64Mb,string=65536 -fw_cfg name=opt/z,file=/a.bin\n"
		"hookscript: redacted\ntags: redacted\n");
	becomes(f, "etc/pve/lxc/101.conf",
		"hostname: jelly\nlxc.mount.entry: /dev/dri dev/dri none bind 0 0\nlxc.environment: A=b\nmp0: "
		"/srv,mp=/srv\n",
		"hostname: guest-3\nlxc.mount.entry: /dev/dri dev/dri none bind 0 0\nlxc.environment: redacted\nmp0: "
		"/srv,mp=/srv\n");
}

static void test_libvirt(void **state)
{
	struct fixture *f = *state;

	becomes(f, "etc/libvirt/qemu/win11.xml",
		"<name>win11</name><uuid>0a1b2c3d-1111-2222-3333-444455556666</uuid><title>x</title>"
		"<mac address='52:54:00:11:22:33'/><graphics passwd='abc'/>"
		"<address domain='0x0000' bus='0x00' slot='0x02' function='0x0'/><serial>S3</serial>",
		"<name>guest-1</name><uuid>00000000-0000-0000-0000-000000000001</uuid><title>redacted</title>"
		"<mac address='02:00:00:00:00:01'/><graphics passwd='redacted'/>"
		"<address domain='0x0000' bus='0x00' slot='0x02' function='0x0'/><serial>redacted</serial>");
	becomes(f, "etc/libvirt/qemu/a.xml", "<name>cut", "<name>guest-2");
	becomes(f, "etc/libvirt/qemu/a.xml",
		"<metadata><x:y z='Max'>Max</x:y></metadata><description>Max</description>"
		"<entry name='asset'>A1</entry><entry name='version'>2</entry>"
		"<auth username='max'><secret type='ceph' usage=\"Max's\"/></auth><metadata>cut <a>",
		"<metadata>redacted</metadata><description>redacted</description>"
		"<entry name='asset'>redacted</entry><entry name='version'>2</entry>"
		"<auth username='redacted'><secret type='ceph' usage=\"redacted\"/></auth><metadata>redacted");
}

static void test_withheld(void **state)
{
	static const uint8_t binary[] = { 'a', 0, 'b', 0xff };
	struct fixture *f = *state;
	struct span got;

	withheld(f, "etc/shadow", span_str("root:x"));
	withheld(f, "etc/pve/priv/authkey.key", span_str("k"));
	withheld(f, "home/erika/x", span_str("k"));
	withheld(f, "proc/12/environ", span_str("A=B"));
	withheld(f, "sys/firmware/acpi/tables/MSDM", span_str("KEY"));
	withheld(f, "sys/firmware/dmi/tables/DMI", SPAN_OF(binary));
	withheld(f, "sys/devices/unknown", SPAN_OF(binary));
	withheld(f, "sys/class/drm/card0-DP-1/edid", span_str("no EDID"));
	assert_int_equal(redact_file(f->r, "sys/firmware/acpi/tables/DMAR", SPAN_OF(binary), &f->a, &got),
			 REDACTED_KEPT);
	assert_int_equal(got.n, sizeof(binary));
	assert_ptr_equal(got.p, binary); /* unchanged is not copied */
	assert_int_equal(redact_file(f->r, "proc/7/cmdline",
				     (struct span) { (const uint8_t *)"-o\0serial=ABCDEF", 16 }, &f->a, &got),
			 REDACTED_KEPT);
	assert_memory_equal(got.p, "-o\0serial=000001", 16);
	assert_int_equal(redact_file(f->r, "sys/class/drm/card0-DP-1/edid", (struct span) { NULL, 0 }, &f->a, &got),
			 REDACTED_KEPT); /* nothing is connected: an empty file */
}

static void test_binary_serials(void **state)
{
	struct fixture *f = *state;
	uint8_t config[4096] = { 0x86, 0x80, 0x92, 0x3e }, image[128] = { 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 };
	struct span got;
	uint8_t sum = 0;

	config[6] = 0x10;     /* status: has a capability list */
	config[0x34] = 0x40;  /* which begins here */
	config[0x40] = 0x10;  /* PCI Express, and the last one */
	config[0x42] = 0x02;  /* version 2 */
	config[0x100] = 0x03; /* extended: Device Serial Number, version 1, the last one */
	config[0x102] = 0x01;
	memset(config + 0x104, 0xab, 8);
	assert_int_equal(redact_file(f->r, "sys/bus/pci/devices/0000:01:00.0/config", SPAN_OF(config), &f->a, &got),
			 REDACTED_KEPT);
	assert_int_equal(got.n, sizeof(config));
	memset(config + 0x104, 0, 8);
	assert_memory_equal(got.p, config, sizeof(config));

	image[12] = 0x12; /* serial number of the monitor, four bytes */
	image[18] = 1;	  /* EDID 1.4 */
	image[19] = 4;
	for (size_t i = 0; i < sizeof(image); i++)
		sum = (uint8_t)(sum + image[i]);
	image[127] = (uint8_t)-sum;
	assert_int_equal(redact_file(f->r, "sys/class/drm/card0-DP-1/edid", SPAN_OF(image), &f->a, &got),
			 REDACTED_KEPT);
	assert_int_equal(got.n, sizeof(image));
	assert_int_equal(got.p[12], 0);
}

/* Texts cut anywhere and texts of one byte all over: no read outside, and it ends. */
static void test_cut_everywhere(void **state)
{
	static const char text[] =
		"x 0000:00:02.0 10:e7:c6:01:02:03 0a1b2c3d-1111-2222-3333-444455556666 fe80::1 10.0.0.1 "
		"serial=ABCDEF password='x y' /dev/disk/by-id/a <name>n</name> SerialNumber: A ip=1.2.3.4";
	static const char *const paths[] = { LOG,
					     "proc/net/route",
					     "proc/net/tcp",
					     "proc/net/if_inet6",
					     "etc/ssh/sshd_config",
					     "etc/pve/qemu-server/1.conf",
					     "etc/libvirt/a.xml",
					     "sys/a/serial",
					     "sys/a/config",
					     "sys/a/edid" };
	struct fixture *f = *state;
	struct span got;
	uint8_t *exact;

	for (size_t n = 0; n < sizeof(text); n++) {
		exact = malloc(n ? n : 1);
		assert_non_null(exact);
		memcpy(exact, text, n);
		for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
			assert_true(redact_file(f->r, paths[i], (struct span) { exact, n }, &f->a, &got) >= 0);
		free(exact);
	}
}

/* Long lines of what matchers look at longest. Quadratic cost would take minutes. */
static void test_long_lines(void **state)
{
	static const char *const pieces[] = { "a=",	    "serial=tty",  "uuid=aaaaaaaaaaaaaaaa",
					      "aa:",	    "a:",	   "/etc/libvirt/qemu/",
					      "psk: ",	    "1.",	   "<name>",
					      "a-",	    "password=\"", "a@a.",
					      "<metadata>", "a@",	   "# a'" };
	struct fixture *f = *state;
	size_t n = (size_t)256 * 1024;
	uint8_t *big = malloc(n);
	struct span got;

	assert_non_null(big);
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		for (size_t at = 0; at < n; at++)
			big[at] = (uint8_t)pieces[i][at % strlen(pieces[i])];
		assert_true(redact_file(f->r, LOG, (struct span) { big, n }, &f->a, &got) >= 0);
		assert_true(redact_file(f->r, "etc/libvirt/a.xml", (struct span) { big, n }, &f->a, &got) >= 0);
	}
	free(big);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_addresses_of_pci_stay),
		T(test_versions_stay),
		T(test_mac),
		T(test_uuid),
		T(test_ip),
		T(test_many_addresses),
		T(test_options),
		T(test_serials),
		T(test_host_name),
		T(test_host_name_of_volume),
		T(test_mail),
		T(test_comments),
		T(test_weak_host_name),
		T(test_paths),
		T(test_pve_guest),
		T(test_libvirt),
		T(test_withheld),
		T(test_binary_serials),
		T(test_cut_everywhere),
		T(test_long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
