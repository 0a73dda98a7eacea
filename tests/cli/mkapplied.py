#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mkapplied.py DIR [CHANGE...] - a Debian host with GRUB and initramfs-tools to which a plan was applied, as files.

The journal is written as change/ writes it, the boot entries and the initramfs are what the plan promises, and the
kernel runs as planned: igdctl verify finds everything kept. Each CHANGE then makes one thing otherwise:

    same-boot       the plan was applied under the kernel that still runs, on which i915 has the GPU
    iommu-only      the plan promises no driver: it only turned the IOMMU on
    guard           the plan has a guard of 600 seconds
    confirmed       the owner has confirmed it
    booted          the guard saw the boot
    begun, reverting, reverted   where the transaction stands
    broken          its log holds what no log holds: a newer igdctl may have written it
    newer-plan      its plan holds such a key
    garbled         its plan is cut short
    stale-entry     the boot entries were not made anew
    old-initrd      a kernel came later, its initramfs lacks vfio-pci
    i915            i915 has the GPU although all else is right
    edited          somebody added a line to a file of ours
    spoiled         somebody removed a line from it
    dpkg-dist       a package brought its own version of a file that was edited
    rom-gone        a VM names a ROM that is not there
    ovmf-gone       a VM names an OVMF that is not there
"""
import hashlib
import json
import os
import sys
from pathlib import Path

WORD = 'intel_iommu=on'
CONF = 'softdep i915 pre: vfio-pci\noptions vfio-pci ids=8086:3e92\n'
GRUB = 'GRUB_CMDLINE_LINUX_DEFAULT="quiet nomodeset"\n'
GPU = '0000:00:02.0'


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def write_op(target, before, after, mode):
    there = before is not None
    inverse = ({'kind': 'restore', 'target': target, 'sha256': sha(before), 'bytes': before, 'bytes_base64': None}
               if there else {'kind': 'remove', 'target': target, 'meanwhile': None})
    return {'kind': 'write', 'target': target, 'reason': 'driver.host-owns', 'says': 'a file', 'inverse': inverse,
            'there': there, 'before_sha256': sha(before) if there else None, 'after': after, 'after_base64': None,
            'after_sha256': sha(after), 'mode': mode, 'argv': None, 'commands': [], 'driver_before': None,
            'driver_after': None}


def run_op(target, *argv):
    return {'kind': 'run', 'target': target, 'reason': 'iommu.off', 'says': 'a command',
            'inverse': {'kind': 'run', 'argv': list(argv)}, 'there': None, 'before_sha256': None, 'after': None,
            'after_base64': None, 'after_sha256': None, 'mode': None, 'argv': list(argv), 'commands': [],
            'driver_before': None, 'driver_after': None}


def promise(kind, where, what):
    return {'kind': kind, 'where': where, 'what': what, 'absent': False, 'reason': 'iommu.off'}


def plan(guard, iommu_only):
    made = {'mode': 'uefi', 'refused': False,
            'operations': [write_op('/etc/modprobe.d/igdctl.conf', None, CONF, '0644'),
                           write_op('/etc/default/grub', GRUB, GRUB.replace(' nomodeset', f' {WORD}'), None),
                           run_op('the initramfs of all kernels', 'update-initramfs', '-u', '-k', 'all'),
                           run_op('/boot/grub/grub.cfg', 'update-grub')],
            'promises': [promise('entry', '/boot/grub/grub.cfg', WORD),
                         promise('image', '/boot/initrd.img-*', 'vfio-pci'), promise('word', '', WORD),
                         promise('group', GPU, ''), promise('driver', GPU, 'vfio-pci')],
            'guard_seconds': guard, 'notes': []}
    if iommu_only:
        made['promises'] = [q for q in made['promises'] if q['kind'] in ('entry', 'word', 'group')]
    return made


def cpio(*names):
    out = b''
    for name in [*names, 'TRAILER!!!']:
        fields = (1, 0o100644, 0, 0, 1, 0, 0, 0, 0, 0, 0, len(name) + 1, 0)
        head = b'070701' + b''.join(b'%08X' % n for n in fields) + name.encode() + b'\0'
        out += head + b'\0' * (-len(head) % 4)
    return out


class Host:
    def __init__(self, top):
        self.top = Path(top)

    def write(self, name, content):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (1000000000, 1000000000))

    def link(self, name, target):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def driver(self, name):
        (self.top / 'sys/bus/pci/drivers' / name).mkdir(parents=True, exist_ok=True)
        link = self.top / 'sys/devices/pci0000:00' / GPU / 'driver'
        link.unlink(missing_ok=True)
        link.symlink_to(f'../../../bus/pci/drivers/{name}')

    def menu(self, words):
        self.write('boot/grub/grub.cfg', "menuentry 'Debian GNU/Linux' {\n"
                   f"\tlinux /boot/vmlinuz-6.1.0 root=/dev/sda1 {words}\n}}\n")

    def machine(self):
        self.write('etc/os-release', 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12"\n')
        self.write('etc/modprobe.d/igdctl.conf', CONF)
        self.write('etc/default/grub', GRUB.replace(' nomodeset', f' {WORD}'))
        self.write('boot/vmlinuz-6.1.0', '')
        self.write('boot/initrd.img-6.1.0', cpio('usr/lib/modules/6.1.0/kernel/drivers/vfio/pci/vfio-pci.ko'))
        self.menu(f'quiet {WORD}')
        self.write('proc/cmdline', f'BOOT_IMAGE=/boot/vmlinuz-6.1.0 root=/dev/sda1 quiet {WORD}\n')
        self.write('proc/modules', 'vfio_pci 1 0 - Live 0x0\n')
        self.write('proc/sys/kernel/random/boot_id', '2' * 8 + '-2222-2222-2222-' + '2' * 12 + '\n')
        for name, text in (('vendor', '0x8086'), ('device', '0x3e92'), ('class', '0x030000')):
            self.write(f'sys/devices/pci0000:00/{GPU}/{name}', f'{text}\n')
        self.link(f'sys/bus/pci/devices/{GPU}', f'../../../devices/pci0000:00/{GPU}')
        self.link(f'sys/devices/pci0000:00/{GPU}/iommu_group', '../../../kernel/iommu_groups/1')
        self.write('sys/kernel/iommu_groups/1/type', 'DMA\n')
        self.link(f'sys/kernel/iommu_groups/1/devices/{GPU}', f'../../../../devices/pci0000:00/{GPU}')
        self.driver('vfio-pci')

    def journal(self, changes):
        boot = ('2' if 'same-boot' in changes else '1') * 8 + '-2222-2222-2222-' + '2' * 12
        guard = 600 if 'guard' in changes else 0
        log = [{'kind': 'begin', 'time': 1000000000, 'boot': boot, **({'seconds': guard} if guard else {})}]
        if 'begun' not in changes:
            log += [{'kind': 'applied', 'time': 1000000060}]
        for change, kinds in (('booted', ['booted']), ('confirmed', ['confirmed']), ('reverting', ['revert']),
                              ('reverted', ['revert', 'reverted'])):
            log += [{'kind': k, 'time': 1000000120} for k in kinds if change in changes]
        if 'broken' in changes:
            log += [{'kind': 'dream', 'time': 1}]
        made = plan(guard, 'iommu-only' in changes)
        made.update({'dreams': []} if 'newer-plan' in changes else {})
        text = json.dumps(made)
        self.write('var/lib/igdctl/journal/0001/plan.json', text[:99] if 'garbled' in changes else text)
        self.write('var/lib/igdctl/journal/0001/log', ''.join(json.dumps(r) + '\n' for r in log))

    def change(self, name):
        if name == 'same-boot':
            self.write('proc/cmdline', 'BOOT_IMAGE=/boot/vmlinuz-6.1.0 root=/dev/sda1 quiet nomodeset\n')
            self.driver('i915')
        elif name == 'stale-entry':
            self.menu('quiet')
            self.write('proc/cmdline', 'BOOT_IMAGE=/boot/vmlinuz-6.1.0 root=/dev/sda1 quiet\n')
        elif name == 'old-initrd':
            self.write('boot/vmlinuz-6.12.0', '')
            self.write('boot/initrd.img-6.12.0', cpio('init'))
        elif name == 'i915':
            self.driver('i915')
        elif name == 'edited':
            self.write('etc/modprobe.d/igdctl.conf', CONF + '# mine\n')
        elif name == 'spoiled':
            self.write('etc/modprobe.d/igdctl.conf', CONF.splitlines()[0] + '\n')
        elif name == 'dpkg-dist':
            self.write('etc/default/grub.dpkg-dist', GRUB)
        elif name == 'rom-gone':
            self.write('etc/pve/qemu-server/100.conf', 'name: a\nhostpci0: 0000:00:02.0,romfile=igd.rom\n')
        elif name == 'ovmf-gone':
            self.write('etc/libvirt/qemu/b.xml', "<domain type='kvm'><name>b</name><os><type>hvm</type>"
                       "<loader readonly='yes' type='pflash'>/var/lib/igd.fd</loader></os><devices>"
                       "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' "
                       "bus='0x00' slot='0x02' function='0x0'/></source></hostdev></devices></domain>\n")


def main():
    host = Host(sys.argv[1])
    host.machine()
    host.journal(sys.argv[2:])
    for name in sys.argv[2:]:
        host.change(name)


if __name__ == '__main__':
    main()
