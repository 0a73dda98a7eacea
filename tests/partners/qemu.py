#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""qemu.py IGDCTL - QEMU itself judges what "vm render" prints, as TAP.

Each line is given to the QEMU that it is for, changed only in what would need the host: tcg for kvm, 64 MiB, null
disks, empty flash, sockets in a folder of ours, and a PCI address that no host has. QEMU reads properties, finds the
bus and takes the slot of a vfio-pci device before it looks for the host's (hw/vfio/pci.c vfio_realize()), so a good
line ends with "no such host device" and nothing else. Everything beside the passed-through devices is then realized
with a stand-in in each one's place, and left before a guest's processor runs (-S).

Not seen: what needs the device itself (legacy mode's conditions, stolen memory), files, TPMs, and KVM's own checks.

Between the releases that Debian has, a line is judged twice: its machine by the next newer, its properties by the next
older (with that one's machine).
"""
import os
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lines
import matrix
import releases
from tap import Missing, Tap

NOWHERE = '0000:ff:1f.7'
ACCEPTED = re.compile(r'vfio \S*: no such host device: No such file or directory')
# What tcg says for lack of KVM, what is true of any old machine, and modules that are not there (releases.py).
HARMLESS = re.compile(r"warning: (TCG doesn't support|Machine type '\S+' is deprecated)|"
                      r'failed to open module: \S+: file too short$|'
                      r'monitor - type|^\(qemu\)|^$')
DROPPED = {'-name', '-overcommit', '-daemonize', '-pidfile', '-monitor', '-qmp', '-serial', '-vnc', '-spice', '-rtc',
           '-tpmdev', '-nographic', '-display', '-mem-path', '-mem-prealloc', '-enable-kvm', '-accel'}
ALONE = {'-daemonize', '-nographic', '-nodefaults', '-mem-prealloc', '-S', '-no-reboot', '-no-hpet', '-enable-kvm',
         '-snapshot', '-no-user-config', '-no-shutdown', '-usb'}


def options(words):
    """(option, value) pairs; value None for those that have none."""
    pairs, at = [], 0
    while at < len(words):
        if not words[at].startswith('-'):
            raise ValueError(f'"{words[at]}" stands where an option should')
        value = None if words[at] in ALONE else words[at + 1]
        pairs.append((words[at], value))
        at += 1 if value is None else 2
    return pairs


def prop(value, name):
    m = re.search(rf'(?:^|,){re.escape(name)}=([^,]*)', value)
    return m[1] if m else None


def is_vfio(pair):
    return pair[0] == '-device' and pair[1].split(',')[0] == 'vfio-pci'


def at_nowhere(value):
    value = re.sub(r'(^|,)host=[^,]*', rf'\1host={NOWHERE}', value)
    return re.sub(r'(^|,)sysfsdev=[^,]*', r'\1sysfsdev=/sys/bus/mdev/devices/none', value)


def stand_in(value):
    kept = [p for p in value.split(',') if p.split('=')[0] in ('id', 'bus', 'addr', 'multifunction')]
    return ','.join(['pci-testdev', *kept])


def neutral(pairs, tmp):
    """The line without the host."""
    out = []
    for option, value in pairs:
        if option in DROPPED or (option == '-device' and value.startswith('tpm-')):
            continue
        if option in ('-machine', '-M'):
            value = value.replace('accel=kvm', 'accel=tcg')
        elif option == '-cpu':
            # of the enlightenments these two ask the kernel at once
            value = re.sub(r',hv-(vpindex|synic)\b', '', re.sub(r'^host\b', 'max', value))
        elif option == '-bios':
            value = f'{tmp}/flash'
        elif option == '-m':
            value = '64M'
        elif option == '-drive' and prop(value, 'if') == 'pflash':
            value = re.sub(r'file=[^,]*', f'file={tmp}/flash', value)
        elif option == '-drive' and prop(value, 'file'):
            value = re.sub(r'file=[^,]*', 'file=null-co://,format=raw', re.sub(r',format=[^,]*', '', value))
        elif option == '-chardev':
            if prop(value, 'id') == 'chrtpm':
                continue
            value = re.sub(r'path=[^,]*', lambda m: f'path={tmp}/{os.path.basename(m[0])}', value)
        elif option == '-netdev':
            value = re.sub(r'^(bridge|tap),(id=[^,]*).*', r'user,\2', value)
        elif option == '-nic':
            value = re.sub(r'^(bridge|tap)\b', 'user', value)
        out.append((option, value))
    return out


def accel_is_tcg(pairs):
    return any(o in ('-machine', '-M') and 'accel=tcg' in v for o, v in pairs)


def flat(pairs):
    words = [] if accel_is_tcg(pairs) else ['-accel', 'tcg']
    for option, value in pairs:
        words += [option] if value is None else [option, value]
    return words + ['-display', 'none', '-S', '-monitor', 'stdio', '-serial', 'none']


def judge(qemu, words):
    """What QEMU has against the line; [] when it takes it."""
    with tempfile.TemporaryDirectory(prefix='igdctl-qemu-') as tmp:
        with open(f'{tmp}/flash', 'wb') as f:
            f.truncate(1 << 20)
        faults = []
        pairs = neutral(options(words), tmp)
        vfios = [n for n, p in enumerate(pairs) if is_vfio(p)]
        for one in [*vfios, None]:
            line = [(o, v if n not in vfios else at_nowhere(v) if n == one else stand_in(v))
                    for n, (o, v) in enumerate(pairs)]
            if one is None:  # what is set on the devices that are not there cannot be
                line = [(o, v) for o, v in line if o != '-set']
            else:
                names = [prop(pairs[n][1], 'id') for n in vfios if n != one]
                line = [(o, v) for o, v in line if o != '-set' or v.split('.')[1] not in names]
            p = qemu.run(flat(line), 'quit\n')
            said = [t for t in p.stderr.splitlines() if not HARMLESS.search(t)]
            if one is not None and p.returncode != 0 and len(said) == 1 and ACCEPTED.search(said[0]):
                continue
            if one is None and p.returncode == 0 and not said:
                continue
            faults.append(f'{qemu}, status {p.returncode}: {" | ".join(said) or "says nothing"}')
        return faults


# ---- who judges -------------------------------------------------------------------------------------

def machine_of(words, release):
    """The line on the machine of another release."""
    return [re.sub(r'(pc-(?:i440fx|q35))-\d+\.\d+', rf'\1-{release[0]}.{release[1]}', w) for w in words]


def verdict(qemus, release, words):
    """Of the QEMU of that release, or of the two that it lies between."""
    wanted = tuple(int(n) for n in release.split('.'))
    older = [q for q in qemus if q.release <= wanted]
    newer = [q for q in qemus if q.release >= wanted]
    own = [q for q in qemus if q.release == wanted]
    if own:
        return judge(own[0], words)
    faults = []
    if newer:
        faults += judge(newer[0], words)
    if older and not (newer and wanted >= (10, 1)):  # the properties of 10.1 are those of 11.1
        faults += judge(older[-1], machine_of(words, older[-1].release))
    return faults


class Court:
    """Judges each different line once."""

    def __init__(self, qemus):
        self.qemus, self.known = qemus, {}

    def judge_all(self, cases):
        todo = {}
        for c in cases:
            c.fault = None
            try:
                c.words = lines.OF[c.target](c.text)
            except (ValueError, KeyError, AttributeError) as e:
                c.words, c.fault = None, f'{type(e).__name__}: {e}'
                continue
            key = (c.release, tuple(c.words))
            if key not in self.known:
                todo[key] = c
        with ThreadPoolExecutor() as pool:
            for key, faults in zip(todo, pool.map(lambda k: verdict(self.qemus, k[0], list(k[1])), todo)):
                self.known[key] = faults

    def faults(self, c):
        return [c.fault] if c.fault else self.known[(c.release, tuple(c.words))]


def groups(cases):
    """Cases by what their point is called."""
    named = {}
    for c in cases:
        kind = c.name if not c.mode else c.name if '--from' in c.args else f'new VMs, {c.mode}'
        if '--from' in c.args:
            kind = c.name.split(',')[0] + ' corrected or translated'
        named.setdefault(f'{c.target} for QEMU {c.release}: {kind}', []).append(c)
    return named


def self_test(tap, court):
    """The judge must be able to say no."""
    good = '-nodefaults -machine type=pc-i440fx-7.2,accel=kvm -cpu host -vga none -device vfio-pci,host=0000:00:02.0,' \
           'id=igd0,bus=pci.0,addr=02.0,x-igd-opregion=on'.split()
    bad = [('a property that no QEMU has', '7.2', 'x-igd-opregion', 'x-igd-oprgion',
            "Property 'vfio-pci.x-igd-oprgion'"),
           ('a property of a later release', '7.2', 'x-igd-opregion', 'x-igd-lpc', "Property 'vfio-pci.x-igd-lpc'"),
           ('a property of 10.1 on 10.0', '10.0', 'x-igd-opregion=on', 'x-pci-class-code=0x30000',
            "Property 'vfio-pci.x-pci-class-code'"),
           ('a property later than 9.2', '9.2', 'x-igd-opregion', 'x-igd-lpc', "Property 'vfio-pci.x-igd-lpc'"),
           ('a value that is none', '7.2', 'x-igd-opregion=on', 'x-igd-opregion=maybe', 'x-igd-opregion'),
           ('a machine that is none', '7.2', 'pc-i440fx-7.2', 'pc-i440fx-7.9', 'machine type'),
           ('a machine of a later release', '7.2', 'pc-i440fx-7.2', 'pc-i440fx-10.1', 'machine type'),
           ('a machine that a release has dropped', '11.1', 'pc-i440fx-7.2', 'pc-i440fx-2.6', 'machine type'),
           ('a slot that is taken', '7.2', '-vga none', '-vga std', 'in use by VGA'),
           ('a bus that is not there', '7.2', 'pci.0', 'pcie.0', "Bus 'pcie.0' not found"),
           ('a bad device beside the GPU', '7.2', '-vga none', '-vga none -device e1000,addr=1.0', 'in use by PIIX3'),
           ('a -set for a device that is not there', '7.2', '-vga none', '-vga none -set device.hostpci0.rombar=0',
            'there is no device "hostpci0"')]
    have = [q.release for q in court.qemus]
    tap.result('a good line is taken', verdict(court.qemus, '7.2', good) if (7, 2) in have else ['no QEMU 7.2'])
    for name, release, old, new, wanted in bad:
        wrong = ' '.join(good).replace(old, new).split()
        faults = ' '.join(verdict(court.qemus, release, wrong))
        tap.result(f'refused: {name}', [] if wanted in faults else [f'wanted {wanted}, got: {faults or "it is taken"}'])


def main():
    igdctl = str(Path(sys.argv[1]).resolve())
    tap, qemus = Tap(), []
    for name, get in (('QEMU of this Debian', releases.installed),
                      ('QEMU of trixie', lambda: releases.unpacked('trixie')),
                      ('QEMU of trixie-backports', lambda: releases.unpacked('trixie-backports'))):
        try:
            qemus.append(get())
            tap.result(f'{name}: {qemus[-1]}')
        except Missing as e:
            tap.missing(name, str(e))
    if len(qemus) < 3:
        return tap.end()
    qemus.sort(key=lambda q: q.release)
    court = Court(qemus)
    self_test(tap, court)
    with tempfile.TemporaryDirectory(prefix='igdctl-qemu-') as tmp:
        asked = [*matrix.new_vms(), *matrix.host_vms(Path(tmp)), *matrix.mended_vms()]
        cases = matrix.rendered(igdctl, asked)
    court.judge_all(cases)
    for name, members in groups(cases).items():
        faults = {}
        for c in members:
            for f in court.faults(c):
                faults.setdefault(f, c)
        tap.result(name, [f'{f}\n  igdctl {" ".join(map(str, c.command()))}' for f, c in faults.items()])
    print(f'# {len(asked)} asked for, {len(cases)} rendered, {len(court.known)} different lines judged')
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
