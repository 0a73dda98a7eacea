#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mkroot.py RECIPE DIR - build the files of a Linux machine below DIR, which must be empty or not be there.

A recipe says what the machine has; from that come the files as the kernel lays them out: devices in /sys/devices,
relative links to them from /sys/bus and /sys/class, configuration space and ACPI tables from words. Sources: the
kernel's Documentation/ABI/testing/sysfs-* and Documentation/filesystems/proc.rst, pci_regs.h, the VT-d
specification (chapter 8), VESA's E-EDID 1.4, Intel's IGD OpRegion specification.

One thing a line, words as a shell splits them, "#" begins a comment. Paths have no leading slash and may go through
links that the recipe made. Numbers are decimal, or hex where the word has no other form (addresses, registers, ids).

    include FILE                        another recipe of the same folder first; lines here change what it said
    dir PATH
    link PATH TARGET
    file PATH TEXT                      one line; "file PATH <<END" takes the lines up to END as they are
    hex PATH <<END                      pairs of digits, with comments
    mtime PATH SECONDS                  since the epoch
    remove PATH                         what a line above made, with all below it

    pci ADDR [VVVV:DDDD] KEY=VALUE...   a function; a second line for the same one changes it. Keys:
        class=030000 rev=02 subsys=103c:83e2 driver=i915 override=vfio-pci group=0 iommu=dmar0 power=D0 reset="flr pm"
        boot_vga=1 multi=1 irq=16 type=conventional|endpoint|legacy|root-port|upstream|downstream|rciep|event-collector
        flr=1 af-flr=1 acs=CAP/CTL ats=1 sriov=TOTAL/NUM  bus=SECONDARY-SUBORDINATE (a bridge)
        bar0=BASE+SIZE[:64][:pref] or BASE+SIZE:io, up to bar5; rom=BASE+SIZE[:shadow]
        len=64|256|4096 (what could be read of it; all of it when not said)
        bXX=YY wXX=YYYY dXX=YYYYYYYY qXX=... (bytes, words, ... of configuration space at XX), and of Intel GPUs
        ggc=W bdsm=D bdsm64=Q asls=D
    group N type=DMA region=START-END:KIND...
    iommu NAME base=A cap=C ecap=E version=1:0      VT-d; "iommu NAME pci=ADDR cap=C features=F" is AMD-Vi
    dmar width=39 flags=1 oem="OEM" table="TABLE"   the table; its structures in the order of the lines:
    drhd base=A [all=1] [segment=N] [scope=KIND:[ID@]BUS:DEV.FN[/DEV.FN...]]...   KIND endpoint, bridge, ioapic, hpet
    rmrr base=A end=B scope=...
    acpi NAME oem="OEM" table="TABLE" [HEX or <<END]   another table: header, then these bytes
    opregion PATH version=0200 vbt=NAME|none        8 KiB of OpRegion
    vbt PATH NAME                                   the same VBT alone, as the driver shows it, with zeros behind
    oprom PATH VVVV:DDDD[:efi][:badsum]...          an option ROM of so many images, 1 KiB each
    vfct BB:DD.F/VVVV:DDDD[:badsum]...              AMD's table in ACPI: such a ROM for each GPU
    connector ADDR CARD NAME [maker=DEL product=A0C1 name="Screen" serial=N]   with a maker it has a monitor
    vtcon N "NAME" bind=0
    usb PATH VVVV:DDDD dev=N speed=480 [pci=ADDR] [name="N"] [class=CC/SS/PP] [if=CC/SS/PP:DRIVER]...
    net NAME [pci=ADDR] [master=BRIDGE] [bridge=1] [state=up]
    route NAME DESTINATION GATEWAY MASK
    disk NAME pci=ADDR dev=MAJ:MIN parts=N      NVMe and SATA, told apart by the name
    dm NAME dev=MAJ:MIN name=LV on=PARTITION
    mount TARGET FSTYPE SOURCE MAJ:MIN
    dmi KEY=VALUE...
    cpu vendor=GenuineIntel model="..." family=6 number=158 stepping=10 phys=39 flags="vmx ..." p=6 [threads=2] [e=8]
    memory KIB [hugepages=N]
    kernel RELEASE "REST OF THE VERSION LINE" cmdline="..."
    module NAME [used=A,B] [PARAMETER=VALUE]...    loaded; "builtin NAME PARAMETER=VALUE..." is compiled in
    unload NAME...                                 what a line above loaded
    efivar NAME-GUID byte=1 | text="UTF-16"
    package NAME VERSION                           Debian
"""
import os
import re
import shlex
import struct
import sys

PID = '4711'  # whose /proc/self this is


class Bad(Exception):
    """The recipe says what cannot be."""


class Tree:
    """Files, links and folders, by the path that leads to them when every link is followed."""

    def __init__(self):
        self.entries = {'': None}  # bytes: a file, str: a link, None: a folder
        self.mtimes = {}

    def resolve(self, path, last=True, depth=0):
        if depth > 40:
            raise Bad(f'{path}: links lead in a circle')
        done = []
        parts = path.strip('/').split('/')
        for n, part in enumerate(parts):
            if part in ('', '.'):
                continue
            if part == '..':
                done = done[:-1]
                continue
            here = '/'.join(done + [part])
            target = self.entries.get(here)
            if isinstance(target, str) and (last or n < len(parts) - 1):
                start = '' if target.startswith('/') else '/'.join(done) + '/'
                return self.resolve(start + target + '/' + '/'.join(parts[n + 1:]), last, depth + 1)
            done.append(part)
        return '/'.join(done)

    def put(self, path, value, over=True):
        path = self.resolve(path, last=not isinstance(value, str))
        if path in self.entries and (not over or value is None):
            return
        above = os.path.dirname(path)
        while above and above not in self.entries:
            self.entries[above] = None
            above = os.path.dirname(above)
        if above and self.entries[above] is not None:
            raise Bad(f'{path}: {above} is a file')
        self.entries[path] = value

    def text(self, path, text):
        self.put(path, (str(text) + '\n').encode())

    def link(self, path, to):
        """A relative link to another path of this tree, as the kernel writes it in sysfs."""
        where = os.path.dirname(self.resolve(path, last=False))
        self.put(path, os.path.relpath('/' + self.resolve(to), '/' + where))

    def remove(self, path):
        path = self.resolve(path, last=False)
        gone = [p for p in self.entries if p == path or p.startswith(path + '/')]
        if not gone:
            raise Bad(f'remove {path}: it is not there')
        for p in gone:
            del self.entries[p]
        self.mtimes = {p: when for p, when in self.mtimes.items() if self.resolve(p) in self.entries}

    def write(self, root):
        for path in sorted(self.entries):
            value, full = self.entries[path], os.path.join(root, path)
            if value is None:
                os.makedirs(full, exist_ok=True)
            elif isinstance(value, str):
                os.symlink(value, full)
            else:
                with open(full, 'wb') as f:
                    f.write(value)
        for path, seconds in self.mtimes.items():
            os.utime(os.path.join(root, self.resolve(path)), (seconds, seconds))


def hexint(s):
    try:
        return int(s, 16)
    except ValueError:
        raise Bad(f'"{s}" is not a hexadecimal number') from None


def pair(s):
    """Two hex numbers of "8086:3e92"."""
    m = re.fullmatch(r'([0-9a-f]{4}):([0-9a-f]{4})', s)
    if not m:
        raise Bad(f'"{s}" is not VVVV:DDDD')
    return int(m[1], 16), int(m[2], 16)


def triple(s):
    return [hexint(x) for x in s.split('/')]


def unhex(text):
    digits = re.sub(r'#.*', '', text)
    return bytes.fromhex(' '.join(digits.split()))


# ---- configuration space ------------------------------------------------------------------------------

TYPES = {'endpoint': 0, 'legacy': 1, 'root-port': 4, 'upstream': 5, 'downstream': 6, 'rciep': 9, 'event-collector': 10}
CAP_AT = {'ssvid': 0x40, 'express': 0x70, 'msi': 0xac, 'power': 0xd0, 'af': 0xd8}
ALIASES = {'ggc': 'w50', 'bdsm': 'd5c', 'bdsm64': 'qc0', 'asls': 'dfc'}
WIDTHS = {'b': '<B', 'w': '<H', 'd': '<I', 'q': '<Q'}
IO, MEM, PREFETCH, MEM_64, READONLY, SIZEALIGN = 0x100, 0x200, 0x2000, 0x100000, 0x4000, 0x40000
ROM_ENABLE, ROM_SHADOW = 1, 2


class Bar:
    """"e0000000+1000000:64:pref": where it is, IORESOURCE_ flags and the register's low bits."""

    def __init__(self, text, rom=False):
        where, *words = text.split(':')
        m = re.fullmatch(r'([0-9a-f]+)\+([0-9a-f]+)', where)
        if not m or set(words) - {'64', 'pref', 'io', 'shadow'}:
            raise Bad(f'"{text}" is not BASE+SIZE[:64][:pref], [:io] or [:shadow]')
        self.base, size = int(m[1], 16), int(m[2], 16)
        self.end = self.base + size - 1
        self.wide = '64' in words
        self.low = 1 if 'io' in words else (4 if self.wide else 0) | (8 if 'pref' in words else 0)
        self.flags = (IO if 'io' in words else MEM) | SIZEALIGN | self.low
        self.flags |= (PREFETCH if 'pref' in words else 0) | (MEM_64 if self.wide else 0)
        if rom:
            self.flags = MEM | (ROM_SHADOW if 'shadow' in words else READONLY | PREFETCH | SIZEALIGN)
            self.low = 0


class Function:
    def __init__(self, addr):
        if not re.fullmatch(r'[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]', addr):
            raise Bad(f'"{addr}" is not DDDD:BB:DD.F')
        self.addr, self.id, self.keys = addr, None, {}

    def change(self, words, keys):
        if words:
            self.id = pair(words[0])
        self.keys.update(keys)

    def get(self, key, default=None):
        return self.keys.get(key, default)

    @property
    def bus(self):
        return int(self.addr[5:7], 16)

    @property
    def is_bridge(self):
        return 'bus' in self.keys

    @property
    def type(self):
        return self.get('type', 'conventional')

    @property
    def cls(self):
        return hexint(self.get('class', 'ff0000'))

    def behind(self):
        first, last = self.get('bus').split('-')
        return int(first, 16), int(last, 16)

    def bars(self):
        got = {n: Bar(self.keys[f'bar{n}']) for n in range(6) if f'bar{n}' in self.keys}
        if 'rom' in self.keys:
            got[6] = Bar(self.keys['rom'], rom=True)
        return got

    def express(self):
        port = self.is_bridge
        flags = 2 | TYPES[self.type] << 4 | (0x100 if self.type in ('root-port', 'downstream') else 0)
        devcap = 0x8000 | (1 << 28 if self.get('flr') else 0)
        linkcap, linksta = (0x00410413, 0x7013) if self.type not in ('rciep', 'event-collector') else (0, 0)
        slot = 0x00040000 if port else 0
        return struct.pack('<HIHHIHHIHHHHIIHHIHHIHH', flags, devcap, 0x2810 if not port else 0x0007, 0, linkcap,
                           0x40, linksta, slot, 0, 0x40 if port else 0, 0, 0, 0, 0x10, 0, 0, 0xe, 3, 0, 0, 0, 0)

    def capabilities(self):
        """(offset, id, what follows id and next) of each, in order."""
        caps = []
        if self.is_bridge and 'subsys' in self.keys:
            caps.append((CAP_AT['ssvid'], 0x0d, struct.pack('<HHH', 0, *pair(self.keys['subsys']))))
        if self.type != 'conventional':
            caps.append((CAP_AT['express'], 0x10, self.express()))
        if self.get('msi', '1') == '1' and self.cls >> 8 not in (0x0600, 0x0601):
            caps.append((CAP_AT['msi'], 0x05, struct.pack('<HIIH', 0x0080, 0, 0, 0)))
        if self.cls >> 8 not in (0x0600, 0x0601):
            caps.append((CAP_AT['power'], 0x01, struct.pack('<HI', 0x0022, 0)))
        if self.get('af-flr'):
            caps.append((CAP_AT['af'], 0x13, struct.pack('<BBBB', 6, 3, 0, 0)))
        return caps

    def extended(self):
        """The extended ones: (offset, id, version, what follows the header)."""
        got = [(0x100, 0x0001, 1, bytes(0x44))] if self.type in ('root-port', 'endpoint') else []
        if 'acs' in self.keys:
            cap, ctl = triple(self.keys['acs'])
            got.append((0x148 if got else 0x100, 0x000d, 1, struct.pack('<HH', cap, ctl)))
        if 'ats' in self.keys:
            got.append((0x200 if got else 0x100, 0x000f, 1, struct.pack('<HH', 0x60, 0x8000)))
        if 'sriov' in self.keys:
            total, num = map(int, self.keys['sriov'].split('/'))
            if not got:  # a list begins at 0x100
                got.append((0x100, 0x001b, 1, struct.pack('<HH', 0x1400, 0)))
            got.append((0x320, 0x0010, 1, struct.pack('<IHHHHHHHHHHIIQQQI', 0, 1 if num else 0, 0, total, total, num, 0,
                                                      1, 1, 0, self.id[1], 0x553, 1, 0, 0, 0, 0)))
        return got

    def header(self, multi):
        c = bytearray(256)
        caps = self.capabilities()
        irq = int(self.get('irq', '0'))
        struct.pack_into('<HHHHBBHBBBB', c, 0, *self.id, 0x0407 if not self.is_bridge else 0x0507,
                         0x0010 if caps else 0, hexint(self.get('rev', '00')), self.cls & 0xff, self.cls >> 8, 0x10, 0,
                         (1 if self.is_bridge else 0) | (0x80 if multi else 0), 0)
        for n, bar in self.bars().items():
            at = (0x38 if self.is_bridge else 0x30) if n == 6 else 0x10 + 4 * n
            value = 0 if bar.flags & ROM_SHADOW and n == 6 else bar.base | bar.low
            struct.pack_into('<Q' if bar.wide else '<I', c, at, value)
        if self.is_bridge:
            struct.pack_into('<BBBB', c, 0x18, self.bus, *self.behind(), 0)
            struct.pack_into('<BBH', c, 0x1c, 0xf1, 0x01, 0)   # no I/O window
            struct.pack_into('<HHHH', c, 0x20, 0xfff0, 0x0000, 0xfff1, 0x0001)  # no memory windows
        elif 'subsys' in self.keys:
            struct.pack_into('<HH', c, 0x2c, *pair(self.keys['subsys']))
        struct.pack_into('<BB', c, 0x3c, irq & 0xff if irq < 256 else 0xff, 1 if irq else 0)
        if caps:
            c[0x34] = caps[0][0]
        for (at, number, body), after in zip(caps, caps[1:] + [(0, 0, b'')]):
            c[at:at + 2 + len(body)] = bytes([number, after[0]]) + body
        return c

    def config(self, multi):
        c = self.header(multi)
        more = self.extended()
        if self.type != 'conventional':
            c += bytes(4096 - 256)
            for (at, number, version, body), after in zip(more, more[1:] + [(0, 0, 0, b'')]):
                c[at:at + 4 + len(body)] = struct.pack('<I', number | version << 16 | after[0] << 20) + body
        elif more:
            raise Bad(f'{self.addr}: a conventional function has no extended capabilities')
        for key, value in self.keys.items():
            m = re.fullmatch(r'([bwdq])([0-9a-f]{2,3})', ALIASES.get(key, key))
            if m:
                struct.pack_into(WIDTHS[m[1]], c, int(m[2], 16), hexint(value))
        return bytes(c[:int(self.get('len', '4096'))])

    def resource(self):
        bars = self.bars()
        rows = [(bars[n].base, bars[n].end, bars[n].flags) if n in bars else (0, 0, 0)
                for n in range(17 if self.is_bridge else 13)]
        return ''.join('0x%016x 0x%016x 0x%016x\n' % row for row in rows).encode()


PCI_KEYS = re.compile(r'(class|rev|subsys|driver|override|group|iommu|power|reset|boot_vga|multi|irq|type|flr|af-flr|acs|'
                      r'ats|sriov|bus|bar[0-5]|rom|len|msi|[bwdq][0-9a-f]{2,3}|ggc|bdsm|bdsm64|asls)')


# ---- tables and blobs ---------------------------------------------------------------------------------

def fixed(text, size):
    return text.encode()[:size].ljust(size)


def acpi_table(name, revision, oem, table, body):
    head = struct.pack('<4sIBB6s8sI4sI', name.encode(), 36 + len(body), revision, 0, fixed(oem, 6), fixed(table, 8), 2,
                       b'TEST', 0x01000013)
    whole = bytearray(head + body)
    whole[9] = -sum(whole) & 0xff
    return bytes(whole)


SCOPES = {'endpoint': 1, 'bridge': 2, 'ioapic': 3, 'hpet': 4}


def scope(text):
    m = re.fullmatch(r'(\w+):(?:([0-9a-f]+)@)?([0-9a-f]{2}):([0-9a-f.]+(?:/[0-9a-f.]+)*)', text)
    if not m or m[1] not in SCOPES:
        raise Bad(f'"{text}" is not KIND:[ID@]BUS:DEV.FN')
    path = b''.join(bytes(hexint(x) for x in step.split('.')) for step in m[4].split('/'))
    return struct.pack('<BBHBB', SCOPES[m[1]], 6 + len(path), 0, hexint(m[2] or '0'), hexint(m[3])) + path


def structure(kind, body):
    return struct.pack('<HH', kind, 4 + len(body)) + body


def drhd(keys, scopes):
    return structure(0, struct.pack('<BBHQ', int(keys.get('all', '0')), 0, int(keys.get('segment', '0')),
                                    hexint(keys['base'])) + scopes)


def rmrr(keys, scopes):
    return structure(1, struct.pack('<HHQQ', 0, int(keys.get('segment', '0')), hexint(keys['base']),
                                    hexint(keys['end'])) + scopes)


def video_bios_table(name):
    """A header and an empty BIOS data block."""
    bdb = struct.pack('<16sHHH', b'BIOS_DATA_BLOCK ', 228, 22, 22)
    return struct.pack('<20sHHHBBI4I', fixed('$VBT ' + name, 20), 100, 48, 48 + len(bdb), 0, 0, 48, 0, 0, 0, 0) + bdb


def option_rom(words):
    """Images of 1 KiB: signature and length, PCIR at 1Ch (PCI Firmware Specification 3.0, 5.1), a sum that is zero."""
    rom = b''
    for n, word in enumerate(words):
        ids, flags = word[:9], word[9:].split(':')[1:]
        image = bytearray(1024)
        struct.pack_into('<HB', image, 0, 0xaa55, 2)
        if 'efi' in flags:  # UEFI Specification 2.10, 14.4.2: a boot service driver for x86-64, not compressed
            struct.pack_into('<HIHHH', image, 2, 2, 0x0ef1, 0xb, 0x8664, 0)
        struct.pack_into('<H', image, 0x18, 0x1c)
        struct.pack_into('<4sHHHHBBHHHBB', image, 0x1c, b'PCIR', *pair(ids), 0, 0x18, 0, 0, 0x0300, 2, 0,
                         3 if 'efi' in flags else 0, 0x80 if n == len(words) - 1 else 0)
        image[-1] = (-sum(image) + ('badsum' in flags)) & 0xff
        rom += image
    return rom


def vfct(images):
    body = bytes(16) + struct.pack('<II16x', 0x4c, 0)
    for image in images:
        m = re.fullmatch(r'([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])/(.+)', image)
        if not m:
            raise Bad(f'"{image}" is not BB:DD.F/VVVV:DDDD')
        bus, dev, fn, ids = m.groups()
        rom = option_rom([ids])
        body += struct.pack('<IIIHHHHII', int(bus, 16), int(dev, 16), int(fn), *pair(ids[:9]), 0, 0, 0, len(rom)) + rom
    return acpi_table('VFCT', 1, 'ALASKA', 'A M I', body)


def opregion(version, vbt):
    """Header and mailboxes; the VBT in mailbox 4."""
    o = bytearray(8192)
    struct.pack_into('<16sI', o, 0, b'IntelGraphicsMem', 8)  # its size in KiB
    struct.pack_into('<H', o, 0x16, version)
    struct.pack_into('<I', o, 0x58, 0x0d)  # mailboxes 1, 3 and 4
    if vbt != 'none':
        table = video_bios_table(vbt)
        o[0x400:0x400 + len(table)] = table
    return bytes(o)


def detailed_timing():
    """1920x1080 at 60 Hz, 148.5 MHz, 521 by 293 mm (CEA-861 format 16)."""
    return struct.pack('<H', 14850) + bytes([0x80, 0x18, 0x71, 0x38, 0x2d, 0x40, 0x58, 0x2c, 0x45, 0x00, 0x09, 0x25, 0x21,
                                             0, 0, 0x1e])


def descriptor(tag, text):
    return bytes([0, 0, 0, tag, 0]) + (text.encode()[:13] + (b'\n' if len(text) < 13 else b'')).ljust(13)


def edid(maker, product, serial, name):
    letters = [ord(c) - ord('A') + 1 for c in maker]
    e = bytearray(bytes.fromhex('00ffffffffffff00'))
    e += struct.pack('>H', letters[0] << 10 | letters[1] << 5 | letters[2]) + struct.pack('<HI', product, serial)
    e += bytes([1, 30, 1, 4])                       # week 1 of 2020, EDID 1.4
    e += bytes([0xa5, 52, 29, 120, 0x06])           # digital, DisplayPort, 52x29 cm, gamma 2.2, sRGB, preferred timing
    e += bytes([0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54])  # sRGB's colours
    e += bytes([0x21, 0x08, 0x00]) + b'\x01\x01' * 8
    e += detailed_timing() + descriptor(0xfc, name) + descriptor(0xff, 'SERIAL%06d' % serial)
    e += bytes([0, 0, 0, 0xfd, 0, 48, 76, 30, 83, 17, 0]) + b'\n      '
    e += bytes([0])                                 # no extension
    e.append(-sum(e) & 0xff)
    if len(e) != 128:
        raise Bad(f'EDID of {len(e)} bytes')
    return bytes(e)


# ---- the machine --------------------------------------------------------------------------------------

class Machine:
    def __init__(self):
        self.t = Tree()
        self.pci = {}
        self.groups, self.iommus = {}, {}
        self.dmar_head, self.dmar_body = None, b''
        self.modules, self.packages = [], []
        self.routes, self.mounts, self.later = [], [], []
        self.net_index = 1
        for path in ('proc/' + PID, 'sys/bus/pci/devices', 'sys/bus/pci/drivers', 'sys/bus/usb/devices', 'sys/class',
                     'sys/devices', 'sys/firmware', 'sys/kernel/iommu_groups', 'sys/class/iommu', 'sys/module', 'etc', 'run',
                     'dev', 'boot', 'var/lib'):
            self.t.put(path, None)
        self.t.put('proc/self', PID)
        self.t.put('proc/net', 'self/net')

    # What must wait for the functions to be known goes to .later and is done in the order of the lines.

    def do_dir(self, words, _keys, _body):
        self.later.append(lambda: self.t.put(words[0], None))

    def do_link(self, words, _keys, _body):
        self.later.append(lambda: self.t.put(words[0], words[1]))

    def do_file(self, words, _keys, body):
        text = body if body is not None else ' '.join(words[1:]) + '\n'
        self.later.append(lambda: self.t.put(words[0], text.encode()))

    def do_hex(self, words, _keys, body):
        data = unhex(body if body is not None else ' '.join(words[1:]))
        self.later.append(lambda: self.t.put(words[0], data))

    def do_mtime(self, words, _keys, _body):
        self.later.append(lambda: self.t.mtimes.update({words[0]: int(words[1])}))

    def do_remove(self, words, _keys, _body):
        self.later.append(lambda: self.t.remove(words[0]))

    def do_pci(self, words, keys, _body):
        unknown = [k for k in keys if not PCI_KEYS.fullmatch(k)]
        if unknown:
            raise Bad(f'no such key: {", ".join(unknown)}')
        self.pci.setdefault(words[0], Function(words[0])).change(words[1:], keys)

    def do_group(self, words, keys, _body):
        self.groups.setdefault(words[0], {}).update(keys)

    def do_iommu(self, words, keys, _body):
        self.iommus.setdefault(words[0], {}).update(keys)

    def do_dmar(self, _words, keys, _body):
        self.dmar_head, self.dmar_body = keys, b''

    def do_drhd(self, _words, keys, _body):
        self.dmar_body += drhd(keys, b''.join(scope(s) for s in keys.get('scope', '').split()))

    def do_rmrr(self, _words, keys, _body):
        self.dmar_body += rmrr(keys, b''.join(scope(s) for s in keys.get('scope', '').split()))

    def do_acpi(self, words, keys, body):
        data = unhex(body if body is not None else ' '.join(words[1:]))
        self.t.put('sys/firmware/acpi/tables/' + words[0],
                   acpi_table(words[0], 2, keys.get('oem', 'TEST'), keys.get('table', 'TEST'), data))

    def do_opregion(self, words, keys, _body):
        data = opregion(hexint(keys['version']), keys['vbt'])
        self.later.append(lambda: self.t.put(words[0], data))

    def do_vbt(self, words, _keys, _body):
        data = video_bios_table(words[1]).ljust(6144, b'\0')
        self.later.append(lambda: self.t.put(words[0], data))

    def do_oprom(self, words, _keys, _body):
        data = option_rom(words[1:])
        self.later.append(lambda: self.t.put(words[0], data))

    def do_vfct(self, words, _keys, _body):
        self.t.put('sys/firmware/acpi/tables/VFCT', vfct(words))

    def do_connector(self, words, keys, _body):
        self.later.append(lambda: self.connector(*words, keys))

    def do_vtcon(self, words, keys, _body):
        base = f'sys/devices/virtual/vtconsole/vtcon{words[0]}'
        self.t.text(base + '/name', words[1])
        self.t.text(base + '/bind', keys['bind'])
        self.t.link(f'sys/class/vtconsole/vtcon{words[0]}', base)

    def do_usb(self, words, keys, _body):
        self.later.append(lambda: self.usb(*words, keys))

    def do_net(self, words, keys, _body):
        self.later.append(lambda: self.net(words[0], keys))

    def do_route(self, words, _keys, _body):
        self.routes.append(words)

    def do_disk(self, words, keys, _body):
        self.later.append(lambda: self.disk(words[0], keys))

    def do_dm(self, words, keys, _body):
        self.later.append(lambda: self.dm(words[0], keys))

    def do_mount(self, words, _keys, _body):
        self.mounts.append(words)

    def do_dmi(self, _words, keys, _body):
        for key, value in keys.items():
            self.t.text(f'sys/devices/virtual/dmi/id/{key}', value)
        self.t.link('sys/class/dmi/id', 'sys/devices/virtual/dmi/id')

    def do_memory(self, words, keys, _body):
        pages = int(keys.get('hugepages', '0'))
        rows = [('MemTotal', int(words[0])), ('MemFree', int(words[0]) // 2), ('MemAvailable', int(words[0]) * 3 // 4)]
        text = ''.join(f'{name + ":":<16}{kib:>8} kB\n' for name, kib in rows)
        text += f'HugePages_Total: {pages:>6}\nHugePages_Free:  {pages:>6}\nHugepagesize:       2048 kB\n'
        self.t.put('proc/meminfo', text.encode())

    def do_kernel(self, words, keys, _body):
        self.t.text('proc/version', f'Linux version {words[0]} {words[1]}')
        self.t.text('proc/sys/kernel/osrelease', words[0])
        self.t.text('proc/sys/kernel/ostype', 'Linux')
        self.t.text('proc/cmdline', keys['cmdline'])

    def do_module(self, words, keys, _body):
        self.modules = [m for m in self.modules if m[0] != words[0]] + [(words[0], keys)]

    def do_unload(self, words, _keys, _body):
        if set(words) - {name for name, _ in self.modules}:
            raise Bad('not all of these are loaded')
        self.modules = [m for m in self.modules if m[0] not in words]

    def do_builtin(self, words, keys, _body):
        for key, value in keys.items():
            self.t.text(f'sys/module/{words[0]}/parameters/{key}', value)

    def do_efivar(self, words, keys, _body):
        data = bytes([int(keys['byte'])]) if 'byte' in keys else (keys['text'] + '\0').encode('utf-16-le')
        self.t.put('sys/firmware/efi/efivars/' + words[0], struct.pack('<I', 6) + data)

    def do_package(self, words, _keys, _body):
        self.packages.append(words)

    def do_cpu(self, _words, keys, _body):
        threads, p, e = int(keys.get('threads', '1')), int(keys['p']), int(keys.get('e', '0'))
        cores = [core for core in range(p) for _ in range(threads)] + list(range(p, p + e))
        rows = []
        self.t.put('sys/devices/system/cpu', None)
        self.t.remove('sys/devices/system/cpu')
        for n, core in enumerate(cores):
            rows.append(''.join(name + '\t' * (2 - len(name) // 8) + f': {value}\n' for name, value in [
                ('processor', n), ('vendor_id', keys['vendor']), ('cpu family', keys['family']), ('model', keys['number']),
                ('model name', keys['model']), ('stepping', keys['stepping']), ('cpu MHz', '800.000'), ('physical id', 0),
                ('siblings', len(cores)), ('core id', core), ('cpu cores', p + e), ('flags', keys['flags']),
                ('address sizes', f'{keys["phys"]} bits physical, 48 bits virtual')]))
            topology = f'sys/devices/system/cpu/cpu{n}/topology/'
            self.t.text(topology + 'core_id', core)
            self.t.text(topology + 'physical_package_id', 0)
        self.t.put('proc/cpuinfo', ''.join(r + '\n' for r in rows).encode())
        for name in ('online', 'possible', 'present'):
            self.t.text('sys/devices/system/cpu/' + name, f'0-{len(cores) - 1}')
        units = [('cpu_core', f'0-{p * threads - 1}'), ('cpu_atom', f'{p * threads}-{len(cores) - 1}')] if e else [('cpu', None)]
        for old in ('cpu', 'cpu_core', 'cpu_atom'):
            if 'sys/devices/' + old in self.t.entries:
                self.t.remove('sys/devices/' + old)
                self.t.remove('sys/bus/event_source/devices/' + old)
        for number, (name, cpus) in enumerate(units):
            self.t.text(f'sys/devices/{name}/type', 4 if number == 0 else 10)
            if cpus:
                self.t.text(f'sys/devices/{name}/cpus', cpus)
            self.t.link(f'sys/bus/event_source/devices/{name}', f'sys/devices/{name}')

    # ---- what devices become --------------------------------------------------------------------------

    def pci_path(self, addr):
        """In /sys/devices, below the bridges that lead to it."""
        fn = self.pci.get(addr)
        if not fn:
            raise Bad(f'{addr}: no such function')
        above = [b for b in self.pci.values() if b.is_bridge and b.addr[:4] == addr[:4]
                 and b.behind()[0] <= fn.bus <= b.behind()[1] and b.bus < fn.bus]
        if not above:
            return f'sys/devices/pci{addr[:7]}/{addr}'
        return f'{self.pci_path(max(above, key=lambda b: b.bus).addr)}/{addr}'

    def function(self, fn):
        t, path = self.t, self.pci_path(fn.addr)
        first = self.pci.get(fn.addr[:-1] + '0', fn)
        multi = bool(first.get('multi')) or any(o is not first and o.addr[:-1] == fn.addr[:-1] for o in self.pci.values())
        subsys = pair(fn.get('subsys', '0000:0000'))
        t.put(path + '/config', fn.config(multi))
        t.put(path + '/resource', fn.resource())
        for name, value in [('vendor', '0x%04x' % fn.id[0]), ('device', '0x%04x' % fn.id[1]), ('class', '0x%06x' % fn.cls),
                            ('revision', '0x%02x' % hexint(fn.get('rev', '00'))), ('subsystem_vendor', '0x%04x' % subsys[0]),
                            ('subsystem_device', '0x%04x' % subsys[1]), ('irq', fn.get('irq', '0')),
                            ('driver_override', fn.get('override', '(null)')), ('power_state', fn.get('power', 'D0')),
                            ('enable', 1), ('numa_node', -1), ('d3cold_allowed', 1), ('power/control', 'on'),
                            ('power/runtime_status', 'active'),
                            ('modalias', 'pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X' % (
                                *fn.id, *subsys, fn.cls >> 16, fn.cls >> 8 & 255, fn.cls & 255))]:
            t.text(f'{path}/{name}', value)
        for key, name in [('boot_vga', 'boot_vga'), ('reset', 'reset_method')]:
            if key in fn.keys:
                t.text(f'{path}/{name}', fn.keys[key])
        if 'sriov' in fn.keys:
            total, num = fn.keys['sriov'].split('/')
            t.text(path + '/sriov_totalvfs', total)
            t.text(path + '/sriov_numvfs', num)
        t.link('sys/bus/pci/devices/' + fn.addr, path)
        t.put('sys/bus/pci', None)
        t.link(path + '/subsystem', 'sys/bus/pci')
        self.driver(path, 'pci', fn.get('driver'), fn.addr)
        if 'group' in fn.keys and fn.keys['group'] != '-':
            group = 'sys/kernel/iommu_groups/' + fn.keys['group']
            t.link(f'{group}/devices/{fn.addr}', path)
            t.link(path + '/iommu_group', group)
            self.groups.setdefault(fn.keys['group'], {})
        if 'iommu' in fn.keys:
            t.link(path + '/iommu', self.iommu_path(fn.keys['iommu']))
            t.link(f'{self.iommu_path(fn.keys["iommu"])}/devices/{fn.addr}', path)

    def driver(self, path, bus, name, what):
        if name:
            folder = f'sys/bus/{bus}/drivers/{name}'
            self.t.put(folder, None)
            self.t.link(path + '/driver', folder)
            self.t.link(f'{folder}/{what}', path)

    def iommu_path(self, name):
        keys = self.iommus.get(name)
        if keys is None:
            raise Bad(f'{name}: no such iommu')
        return f'{self.pci_path(keys["pci"])}/iommu/{name}' if 'pci' in keys else 'sys/devices/virtual/iommu/' + name

    def iommu(self, name, keys):
        path = self.iommu_path(name)
        folder = path + ('/amd-iommu/' if 'pci' in keys else '/intel-iommu/')
        for key, value in keys.items():
            if key != 'pci':
                self.t.text(folder + {'base': 'address'}.get(key, key), value)
        self.t.put(path + '/devices', None)
        self.t.link('sys/class/iommu/' + name, path)
        self.t.link(path + '/subsystem', 'sys/class/iommu')

    def group(self, number, keys):
        path = 'sys/kernel/iommu_groups/' + number
        self.t.text(path + '/type', keys.get('type', 'DMA-FQ'))
        rows = [r.rsplit(':', 1) for r in keys.get('region', 'fee00000-feefffff:msi').split()]
        self.t.put(path + '/reserved_regions', ''.join('0x%016x 0x%016x %s\n' % (*map(hexint, where.split('-')), kind)
                                                       for where, kind in rows).encode())

    def connector(self, addr, card, name, keys):
        base = f'{self.pci_path(addr)}/drm/{card}'
        path = f'{base}/{card}-{name}'
        here = 'maker' in keys
        self.t.put(path, None)
        self.t.text(path + '/status', 'connected' if here else 'disconnected')
        self.t.text(path + '/enabled', 'enabled' if here else 'disabled')
        self.t.text(path + '/dpms', 'On' if here else 'Off')
        self.t.put(path + '/modes', b'1920x1080\n1280x720\n' if here else b'')
        self.t.put(path + '/edid', edid(keys['maker'], hexint(keys['product']), int(keys.get('serial', '0')), keys['name'])
                   if here else b'')
        self.t.link(path + '/device', base)
        self.t.link(base + '/device', self.pci_path(addr))
        self.t.text(base + '/dev', f'226:{card[4:]}')
        self.t.link('sys/class/drm/' + card, base)
        self.t.link(f'sys/class/drm/{card}-{name}', path)

    def usb_path(self, name):
        if name.startswith('usb'):
            return self.t.resolve('sys/bus/usb/devices/' + name)
        parent = name.rpartition('.')[0] or 'usb' + name.split('-')[0]
        found = self.t.resolve('sys/bus/usb/devices/' + parent)
        if found not in self.t.entries:
            raise Bad(f'{name}: {parent} must come first')
        return f'{found}/{name}'

    def usb(self, name, ident, keys):
        root = name.startswith('usb')
        path = f'{self.pci_path(keys["pci"])}/{name}' if root else self.usb_path(name)
        vendor, product = pair(ident)
        cls = triple(keys.get('class', '09/00/01' if root else '00/00/00'))
        interfaces = [i for i in keys.get('if', '09/00/00:hub' if root else '').split() if i]
        for key, value in [('idVendor', '%04x' % vendor), ('idProduct', '%04x' % product), ('bcdDevice', '0100'),
                           ('bDeviceClass', '%02x' % cls[0]), ('bDeviceSubClass', '%02x' % cls[1]),
                           ('bDeviceProtocol', '%02x' % cls[2]), ('busnum', re.findall(r'\d+', name)[0]),
                           ('devnum', keys['dev']), ('devpath', '0' if root else name.split('-', 1)[1]),
                           ('speed', keys.get('speed', '480')), ('bNumInterfaces', '%2d' % len(interfaces)),
                           ('bConfigurationValue', 1), ('product', keys.get('name', ''))]:
            if key != 'product' or value:
                self.t.text(f'{path}/{key}', value)
        self.t.link('sys/bus/usb/devices/' + name, path)
        self.t.link(path + '/subsystem', 'sys/bus/usb')
        self.driver(path, 'usb', 'usb', name)
        for n, interface in enumerate(interfaces):
            codes, _, driver = interface.partition(':')
            part = f'{name[3:] + "-0" if root else name}:1.{n}'
            for key, value in zip(('bInterfaceClass', 'bInterfaceSubClass', 'bInterfaceProtocol'), triple(codes)):
                self.t.text(f'{path}/{part}/{key}', '%02x' % value)
            self.t.text(f'{path}/{part}/bInterfaceNumber', '%02x' % n)
            self.t.link('sys/bus/usb/devices/' + part, f'{path}/{part}')
            self.t.link(f'{path}/{part}/subsystem', 'sys/bus/usb')
            self.driver(f'{path}/{part}', 'usb', driver, part)

    def net(self, name, keys):
        path = f'{self.pci_path(keys["pci"])}/net/{name}' if 'pci' in keys else 'sys/devices/virtual/net/' + name
        address = '00:00:00:00:00:00' if name == 'lo' else '02:00:00:00:00:%02x' % self.net_index
        for key, value in [('address', address), ('ifindex', self.net_index), ('operstate', keys.get('state', 'up')),
                           ('type', 772 if name == 'lo' else 1), ('mtu', 65536 if name == 'lo' else 1500)]:
            self.t.text(f'{path}/{key}', value)
        self.net_index += 1
        self.t.put('sys/class/net', None)
        self.t.link(path + '/subsystem', 'sys/class/net')
        self.t.link('sys/class/net/' + name, path)
        if 'pci' in keys:
            self.t.link(path + '/device', self.pci_path(keys['pci']))
        if keys.get('bridge'):
            self.t.text(path + '/bridge/stp_state', 0)
            self.t.put(path + '/brif', None)
        if 'master' in keys:
            master = self.t.resolve('sys/class/net/' + keys['master'])
            if master not in self.t.entries:
                raise Bad(f'{name}: its bridge {keys["master"]} must come first')
            self.t.link(path + '/master', master)
            self.t.text(path + '/brport/state', 3)
            self.t.link(path + '/brport/bridge', master)
            self.t.link(f'{master}/brif/{name}', path + '/brport')

    def block(self, path, name, dev):
        self.t.text(path + '/dev', dev)
        self.t.link('sys/class/block/' + name, path)
        self.t.link('sys/dev/block/' + dev, path)
        self.t.link(path + '/subsystem', 'sys/class/block')

    def disk(self, name, keys):
        controller = self.pci_path(keys['pci'])
        major, minor = map(int, keys['dev'].split(':'))
        self.t.put('sys/class/block', None)
        if name.startswith('nvme'):
            device = f'{controller}/nvme/{name.split("n1")[0]}'
            path, part = f'{device}/{name}', name + 'p'
            self.t.link(device + '/device', controller)
            self.t.link('sys/class/nvme/' + os.path.basename(device), device)
        else:
            device = f'{controller}/ata1/host0/target0:0:0/0:0:0:0'
            path, part = f'{device}/block/{name}', name
        self.t.put(path, None)
        self.t.link(path + '/device', device)
        self.block(path, name, keys['dev'])
        self.t.link('sys/block/' + name, path)
        for n in range(1, int(keys.get('parts', '0')) + 1):
            self.t.text(f'{path}/{part}{n}/partition', n)
            self.block(f'{path}/{part}{n}', f'{part}{n}', f'{major}:{minor + n}')

    def dm(self, name, keys):
        path = 'sys/devices/virtual/block/' + name
        on = self.t.resolve('sys/class/block/' + keys['on'])
        if on not in self.t.entries:
            raise Bad(f'{name}: {keys["on"]} must come first')
        self.t.text(path + '/dm/name', keys['name'])
        self.block(path, name, keys['dev'])
        self.t.link('sys/block/' + name, path)
        self.t.link(f'{path}/slaves/{keys["on"]}', on)
        self.t.link(f'{on}/holders/{name}', path)

    def tables(self):
        if self.dmar_head is not None:
            k = self.dmar_head
            body = struct.pack('<BB10x', int(k['width']) - 1, hexint(k.get('flags', '1'))) + self.dmar_body
            self.t.put('sys/firmware/acpi/tables/DMAR', acpi_table('DMAR', 1, k.get('oem', 'TEST'), k.get('table', 'TEST'), body))

    def texts(self):
        rows = []
        for name, keys in self.modules:
            users = [u for u in keys.pop('used', '').split(',') if u]
            rows.append(f'{name} 65536 {len(users)} {"".join(u + "," for u in users) or "-"} Live 0x0000000000000000\n')
            self.t.text(f'sys/module/{name}/initstate', 'live')
            self.t.text(f'sys/module/{name}/refcnt', len(users))
            for key, value in keys.items():
                self.t.text(f'sys/module/{name}/parameters/{key}', value)
            for bus in ('pci', 'usb'):
                if f'sys/bus/{bus}/drivers/{name.replace("_", "-")}' in self.t.entries:
                    name_there = name.replace('_', '-')
                elif f'sys/bus/{bus}/drivers/{name}' in self.t.entries:
                    name_there = name
                else:
                    continue
                self.t.link(f'sys/bus/{bus}/drivers/{name_there}/module', 'sys/module/' + name)
                self.t.link(f'sys/module/{name}/drivers/{bus}:{name_there}', f'sys/bus/{bus}/drivers/{name_there}')
        if rows:
            self.t.put('proc/modules', ''.join(rows).encode())
        if self.routes:
            self.t.put('proc/net/route', self.route_text().encode())
        if self.mounts:
            self.t.put('proc/self/mountinfo', ''.join(
                f'{25 + n} {24 if n == 0 else 25} {dev} / {target} rw,relatime shared:{n + 1} - {kind} {source} rw\n'
                for n, (target, kind, source, dev) in enumerate(self.mounts)).encode())
        if self.packages:
            self.t.put('var/lib/dpkg/status', '\n'.join(
                f'Package: {name}\nStatus: install ok installed\nPriority: optional\nArchitecture: amd64\n'
                f'Version: {version}\n' for name, version in self.packages).encode())

    def route_text(self):
        def word(ip):
            return '%08X' % struct.unpack('<I', bytes(map(int, ip.split('.'))))
        lines = ['Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT']
        lines += [f'{name}\t{word(to)}\t{word(via)}\t{"0003" if via != "0.0.0.0" else "0001"}\t0\t0\t0\t{word(mask)}\t0\t0\t0'
                  for name, to, via, mask in self.routes]
        return ''.join(f'{line:<127}\n' for line in lines)

    def build(self):
        for fn in self.pci.values():
            if not fn.id:
                raise Bad(f'{fn.addr}: no VVVV:DDDD')
            self.t.put(self.pci_path(fn.addr), None)
        for name, keys in self.iommus.items():
            self.iommu(name, keys)
        for fn in self.pci.values():
            self.function(fn)
        for number, keys in self.groups.items():
            self.group(number, keys)
        self.tables()
        for step in self.later:
            step()
        self.texts()
        return self.t


KEYED = re.compile(r'([A-Za-z][A-Za-z0-9_-]*)=(.*)', re.S)
PLAIN = {'file', 'hex', 'link', 'dir', 'mtime', 'remove'}
REPEATED = {'scope', 'if', 'region'}


def split_keys(verb, words):
    rest, keys = [], {}
    for word in words:
        m = KEYED.fullmatch(word) if verb not in PLAIN else None
        if not m:
            rest.append(word)
        elif m[1] in REPEATED and m[1] in keys:
            keys[m[1]] += ' ' + m[2]
        else:
            keys[m[1]] = m[2]
    return rest, keys


def read_recipe(path, machine, depth=0):
    with open(path, encoding='utf-8') as f:
        lines = f.read().split('\n')
    at = 0
    while at < len(lines):
        number, line = at + 1, lines[at]
        at += 1
        try:
            body = None
            m = re.match(r'\s*(?:file|hex|acpi)\s.*<<(\w+)\s*$', line)
            if m:
                if m[1] not in lines[at:]:
                    raise Bad(f'no line "{m[1]}" ends the text')
                end = lines.index(m[1], at)
                body, at = '\n'.join(lines[at:end] + ['']), end + 1
                line = line[:line.rindex('<<')]
            plain = re.match(r'\s*file\s+(\S+)\s+(.*\S)\s*$', line) if body is None else None
            verb, *words = ['file', plain[1], plain[2]] if plain else shlex.split(line, comments=True) or ['']
            if not verb:
                continue
            if verb == 'include':
                if depth > 4:
                    raise Bad('recipes include each other')
                read_recipe(os.path.join(os.path.dirname(path), words[0]), machine, depth + 1)
                continue
            act = getattr(machine, 'do_' + verb, None)
            if not act:
                raise Bad(f'no such word: {verb}')
            rest, keys = split_keys(verb, words)
            act(rest, keys, body)
        except (Bad, ValueError, KeyError, IndexError, TypeError, struct.error) as e:
            raise Bad(f'{path}:{number}: {e if isinstance(e, Bad) else f"{type(e).__name__}: {e}"}') from e


def main(argv):
    if len(argv) != 3:
        print('usage: mkroot.py RECIPE DIR', file=sys.stderr)
        return 2
    if os.path.isdir(argv[2]) and os.listdir(argv[2]):
        print(f'mkroot.py: {argv[2]} is not empty', file=sys.stderr)
        return 1
    machine = Machine()
    try:
        read_recipe(argv[1], machine)
        machine.build().write(argv[2])
    except Bad as e:
        print(f'mkroot.py: {e}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
