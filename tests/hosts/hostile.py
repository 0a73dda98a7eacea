#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile.py DIR - build roots that no machine has, one folder each below DIR, which must be empty or not be there.

Nothing here takes room on the disk: what is large is a hole. Each must be answered with facts that are unknown, or one
line that says why; never by waiting, by reading outside of the folder, or by a crash.
"""
import os
import sys

LARGE = 1 << 30


def put(root, path, data=b''):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, 'wb') as f:
        f.write(data)


def link(root, path, target):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    os.symlink(target, full)


def hole(root, path, before=b'', after=b''):
    put(root, path, before)
    with open(os.path.join(root, path), 'r+b') as f:
        f.truncate(LARGE)
        f.seek(0, os.SEEK_END)
        f.write(after)


def machine(root):
    """As little as makes a folder a machine."""
    put(root, 'proc/cmdline', b'BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1 ro\n')
    put(root, 'proc/version', b'Linux version 6.1.0-25-amd64 (x) #1 SMP\n')
    os.makedirs(os.path.join(root, 'sys/bus/pci/devices'))


def nothing(_root):
    pass


def link_out(root):
    """The list of devices and two files lead out of the root, by an absolute name and by dots."""
    put(root, 'proc/version', b'Linux version 6.1.0-25-amd64 (x) #1 SMP\n')
    link(root, 'sys/bus/pci/devices', '../../../../outside/devices')  # from sys/bus/pci, one up from the root
    link(root, 'proc/cmdline', os.path.join(os.path.dirname(os.path.abspath(root)), 'outside/secret'))
    link(root, 'etc/default/grub', '../../../outside/secret')


def link_loop(root):
    machine(root)
    link(root, 'etc/modprobe.d', 'modprobe.e')
    link(root, 'etc/modprobe.e', 'modprobe.d')
    link(root, 'sys/class/drm', 'drm')
    link(root, 'sys/bus/pci/devices/0000:00:02.0', '0000:00:02.0')


def link_deep(root):
    """More links after one another than are followed, and a folder that holds itself."""
    machine(root)
    for n in range(60):
        link(root, f'etc/chain/{n}', str(n + 1))
    put(root, 'etc/chain/60', b'GRUB_CMDLINE_LINUX="quiet"\n')
    link(root, 'etc/default/grub', '../chain/0')
    link(root, 'sys/devices/again', '.')


def fifo(root):
    put(root, 'proc/version', b'Linux version 6.1.0-25-amd64 (x) #1 SMP\n')
    for path in ('proc/cmdline', 'etc/default/grub', 'etc/modprobe.d/vfio.conf', 'sys/firmware/acpi/tables/DMAR',
                 'sys/bus/pci/devices/0000:00:02.0/config'):
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        os.mkfifo(full)


def huge_file(root):
    machine(root)
    hole(root, 'etc/default/grub', b'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n')
    hole(root, 'sys/firmware/acpi/tables/DMAR', b'DMAR\0\0\0@')
    hole(root, 'sys/bus/pci/devices/0000:00:02.0/config', b'\x86\x80\x92\x3e')
    put(root, 'sys/bus/pci/devices/0000:00:02.0/vendor', b'0x8086\n')


def huge_line(root):
    """One line of a gigabyte, all of it zeros, between two that say something."""
    put(root, 'proc/version', b'Linux version 6.1.0-25-amd64 (x) #1 SMP\n')
    hole(root, 'proc/cmdline', b'intel_iommu=on ', b' quiet\n')
    hole(root, 'proc/modules', b'i915 1 0 - Live 0x0\n', b'\nvfio_pci 1 0 - Live 0x0\n')
    hole(root, 'etc/modprobe.d/vfio.conf', b'options vfio-pci ids=', b'\nblacklist i915\n')


def long_line(root):
    """A line of a megabyte of letters."""
    machine(root)
    put(root, 'etc/modprobe.d/vfio.conf', b'options vfio-pci ids=' + b'8086:3e92,' * 100000 + b'\n')


def folder_for_file(root):
    machine(root)
    os.remove(os.path.join(root, 'proc/cmdline'))
    for path in ('proc/cmdline', 'etc/default/grub', 'sys/firmware/acpi/tables/DMAR', 'etc/modules/more',
                 'sys/bus/pci/devices/0000:00:02.0/vendor'):
        os.makedirs(os.path.join(root, path))


def file_for_folder(root):
    put(root, 'sys/bus/pci/devices', b'no folder\n')
    put(root, 'sys/kernel/iommu_groups', b'no folder\n')
    put(root, 'etc/modprobe.d', b'no folder\n')
    put(root, 'proc', b'no folder\n')


def odd_names(root):
    """Names with control characters, escape sequences, bytes that are not UTF-8, and addresses that are none."""
    machine(root)
    base = os.fsencode(root)
    for name in (b'0000:00:02.0\n', b'\x1b[2J\x1b[31mred', b'\xff\xfe', b'0000:00:20.0', b'0000:00:02.8', b'zz', b'-n',
                 b'0000:00:02.0 ', b'%s%n', '\u202egpj'.encode()):
        for folder in (b'sys/bus/pci/devices', b'sys/class/drm', b'sys/class/iommu', b'sys/bus/usb/devices',
                       b'sys/kernel/iommu_groups', b'sys/class/net'):
            os.makedirs(os.path.join(base, folder, name))
        where = os.path.join(base, b'etc/modprobe.d')
        os.makedirs(where, exist_ok=True)
        with open(os.path.join(where, name + b'.conf'), 'wb') as f:
            f.write(b'blacklist \x1b]0;title\x07i915\n')


def bad_values(root):
    """Files of the right names with wrong contents: no numbers, too large ones, cut and contradictory tables."""
    machine(root)
    device = 'sys/bus/pci/devices/0000:00:02.0/'
    for name, data in [('vendor', b'0x8086'), ('device', b'0x3e92000000000000000000\n'), ('class', b'display\n'),
                       ('revision', b'-1\n'), ('subsystem_vendor', b''), ('boot_vga', b'7\n'), ('config', b'\x86'),
                       ('resource', b'0x10 0x0 0x200\n' + b'x y z\n' * 10), ('driver_override', b'\0\x01\x1b\n')]:
        put(root, device + name, data)
    link(root, device + 'iommu_group', '../../../../kernel/iommu_groups/99999999999999999999')
    link(root, device + 'driver', '../..')
    put(root, 'sys/kernel/iommu_groups/1/type', b'\xff' * 5000)
    put(root, 'sys/kernel/iommu_groups/1/reserved_regions', b'0x5 0x1 direct\nfoo\n')
    put(root, 'sys/firmware/acpi/tables/DMAR', b'DMAR\xff\xff\xff\xff' + b'\0' * 40)
    put(root, 'sys/class/iommu/dmar0/intel-iommu/cap', b'not hex\n')
    put(root, 'proc/cpuinfo', b'processor\t: \nmodel\t\t: x\nflags\t\t: ' + b'vmx ' * 9000 + b'\n')
    put(root, 'proc/meminfo', b'MemTotal: 99999999999999999999999 kB\n')
    put(root, 'proc/net/route', b'Iface\tDestination\neno1\tzz\n')
    put(root, 'proc/self/mountinfo', b'1 2 3\n- - -\n')


def many_names(root):
    """More entries of a folder than are listed."""
    machine(root)
    folder = os.path.join(root, 'etc/modprobe.d')
    os.makedirs(folder)
    first = os.path.join(folder, '00000.conf')
    put(root, 'etc/modprobe.d/00000.conf', b'blacklist i915\n')
    for n in range(1, 70000):
        if n % 30000 == 0:  # a file has at most 65,000 names on ext4
            first = os.path.join(folder, f'{n:05}.conf')
            put(root, f'etc/modprobe.d/{n:05}.conf', b'blacklist i915\n')
        else:
            os.link(first, os.path.join(folder, f'{n:05}.conf'))


ROOTS = [nothing, link_out, link_loop, link_deep, fifo, huge_file, huge_line, long_line, folder_for_file, file_for_folder,
         odd_names, bad_values, many_names]


def main(argv):
    if len(argv) != 2:
        print('usage: hostile.py DIR', file=sys.stderr)
        return 2
    if os.path.isdir(argv[1]) and os.listdir(argv[1]):
        print(f'hostile.py: {argv[1]} is not empty', file=sys.stderr)
        return 1
    for make in ROOTS:
        root = os.path.join(argv[1], make.__name__.replace('_', '-'))
        os.makedirs(root)
        make(root)
    # What the links of link-out would reach if they were followed out of their root. Nothing of it may be printed.
    put(argv[1], 'outside/secret', b'GRUB_CMDLINE_LINUX_DEFAULT="secret_from_outside"\n')
    put(argv[1], 'outside/devices/0000:00:02.0/vendor', b'0x8086\n')
    put(argv[1], 'outside/devices/0000:00:02.0/device', b'0x3e92\n')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
