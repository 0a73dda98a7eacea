#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""igd.py PROBE IGDCTL SERVE [-- WORD...] - the project's UEFI drivers, and SeaBIOS, on emulated IGDs: what they make of
each generation's registers, of much and little memory, of a reset, and of what is wrong. As TAP.

Four see each boot, and must agree: the driver's own lines, the device (which register was written when, and with what),
the probe (what the registers and the memory map are when a system would be started, and what is at those addresses),
and what is expected here.

One machine may have several IGDs, which no real one has: the driver does each by itself, so one boot tells about many.
"""
import re
import struct
import sys
import threading
import zlib
from itertools import zip_longest
from pathlib import Path

import emulated
import machine
import ovmf
import parts
import told
from emulated import Igd
from machine import Flash
from told import OVMF, Told, told_faults, wrong

TABLE = Path(__file__).resolve().parents[2] / 'data' / 'igd.tsv'
FIRST = '00:02.0'
CFL, ADL = '3e92', '4680'  # BDSM at 5Ch, and at C0h
MIB = 1 << 20
GIB4 = 1 << 32

STOCK = Flash(OVMF / 'OVMF_CODE_4M.fd', OVMF / 'OVMF_VARS_4M.fd')
SECURE = Flash(OVMF / 'OVMF_CODE_4M.secboot.fd', OVMF / 'OVMF_VARS_4M.ms.fd')

OPREGION_FILE, STOLEN_FILE = 'etc/igd-opregion', 'etc/igd-bdsm-size'
TELL_RESERVED = {'opt/org.igdctl.test/memory': b'\0'}
RESET = {'opt/org.igdctl.test/reset': b'1'}
NVS = '10'  # EfiACPIMemoryNVS
ASLS = 0xfc
BESIDE, OTHER = 'pci-testdev,addr=1e.0', 'virtio-net-pci,addr=1d.0'
IGD_REGISTERS = (0x50, 0x52, 0x5c, 0xc0, 0xc4, ASLS)  # GGC, BDSM, ASLS


def opregion(vbt, behind=b''):
    """Intel IGD OpRegion Specification, chapter 3: the header, and the VBT in mailbox 4."""
    b = bytearray(0x2000)
    b[:0x18] = struct.pack('<16sII', b'IntelGraphicsMem', len(b) // 1024, 2 << 24)
    struct.pack_into('<I', b, 0x58, 1 << 0 | 1 << 2 | 1 << 3 | 1 << 4)
    b[0x400:0x400 + len(vbt)] = vbt
    return bytes(b) + behind


OPREGION = opregion(parts.VBT)
ODD_OPREGION = opregion(parts.VBT, b'\xa5' * 4700)  # its end is inside a page

# GGC by its layout, and what it asks for, in MiB: Linux arch/x86/kernel/early-quirks.c. The bits of GGMS, the GTT's own
# memory, are set in some: they say nothing of this.
USUAL = {'gen6': (0x0210, 64), 'gen8': (0x03c0, 96), 'gen9': (0x0201, 64), 'chv': (0x0088, 8), 'mtl': (0, 'its own')}
NONE, OWN = 'none', 'its own'
STEPS = {
    '0166': {0x0000: NONE, 0x0008: 32, 0x0310: 64, 0x0078: 480, 0xff08: 32},
    '1616': {0x0000: NONE, 0x01c0: 32, 0x00c0: NONE, 0x0800: 256, 0xff00: 'no room for 8160 MiB'},
    CFL: {0x0000: NONE, 0x01c1: 32, 0xef00: 'no room for 7648 MiB', 0xf000: 4, 0xf1c1: 8, 0xfe00: 60, 0xff00: NONE,
          0xffff: NONE},
    ADL: {0x0000: NONE, 0x02c1: 64, 0xf0c1: 4, 0xfec1: 60, 0xffc1: NONE},
    '22b1': {0x0000: NONE, 0x0008: 32, 0x0080: 512, 0x0088: 8, 0x00b0: 28, 0x00b8: 36, 0x00e8: 60, 0x00f0: NONE,
             0x00f8: NONE},
}
GEN6_MOST, GEN9_MOST = ('0166', 0x00f8), (ADL, 0x2000)  # that a guest can have
GROUPS = (('0166', '1616'), (CFL, ADL), ('22b1',))  # of one machine


# ---- the tests' own parts ---------------------------------------------------------------------------

class Once:
    """What @make answers, made for the first who asks; told to each."""

    def __init__(self, make):
        self.make, self.lock, self.made = make, threading.Lock(), None

    def __call__(self):
        with self.lock:
            if self.made is None:
                try:
                    self.made = (self.make(), None)
                except Exception as e:
                    self.made = (None, e)
        if self.made[1]:
            raise self.made[1]
        return self.made[0]


class Seen:
    """A boot, or one life of it, and what its IGDs saw."""

    def __init__(self, boot, served, debug=None):
        self.boot, self.served = boot, served
        self.debug = boot.debug if debug is None else debug
        self.told = Told(boot, [t for t in self.debug if t.startswith('probe: ')])

    def lives(self):
        """That before the probe's reset, and that behind it."""
        cut = self.debug.index('probe: reset') + 1 if 'probe: reset' in self.debug else len(self.debug)
        return [Seen(self.boot, self.served, part) for part in (self.debug[:cut], self.debug[cut:])]

    def lines(self, igd, word=''):
        """What IgdAssignment says of that device, behind its name."""
        head = f'{parts.OURS}IgdAssignment: {igd.at} {emulated.VENDOR}:{igd.device}: '
        return [t[len(head):] for t in self.debug if t.startswith(head) and word in t]

    def record(self, kind, igd):
        return getattr(self.told, kind).get(igd.at, {})

    def registers(self, igd):
        """(BDSM, the register that is BDSM on other generations, ASLS), as the probe read them."""
        found = [int(self.record('igds', igd).get(name, '-1'), 16) for name in ('bdsm', 'bdsm64', 'asls')]
        return (found[1], found[0], found[2]) if igd.bdsm == 'c0' else tuple(found)


class Rig:
    """The programs, and the ROMs and images that are made with them, each once."""

    def __init__(self, bench, igdctl, serve):
        self.bench, self.serve, self.program = bench, serve, parts.Program(igdctl)
        self.qemu = Once(emulated.qemu)
        self.rom = Once(lambda: self.build('igd.rom'))
        self.packed = Once(lambda: self.build('packed.rom', '--compress'))
        self.images = {}

    def build(self, name, *options):
        path = self.program.folder / name
        self.program.run('rom', 'build', '--device', f'{emulated.VENDOR}:{CFL}', *options, '-o', path)
        return path

    def injected(self, code):
        """That firmware, of a distribution or the corpus, with both drivers in it."""
        def make():
            path = self.program.folder / f'{digest[:16]}.fd'
            self.program.run('ovmf', 'inject', code, '-o', path)
            return path
        code = told.corpus('fw', 'images', code) if isinstance(code, str) else code
        digest = told.digest(code)
        return self.images.setdefault(digest, Once(make))()

    def boot(self, igds, *, roms=None, flash=STOCK, memory=1024, files=None, devices=(), **words):
        """A machine with @igds, the drivers in the ROM of the first where nothing else is said, the probe, and an
        OpRegion. QEMU adds what is named by a dictionary last, so @devices need addresses."""
        roms = {igds[0].at: self.rom()} if roms is None else roms
        files = {OPREGION_FILE: OPREGION} if files is None else files
        with emulated.Served(self.serve, igds) as served:
            boot = self.bench.boot(flash, devices=[*devices, *served.devices(roms)], beside=BESIDE, memory=memory,
                                   shared=True, qemu=self.qemu(), fw_cfg={**files, **TELL_RESERVED}, **words)
        return Seen(boot, served)


# ---- what is expected -------------------------------------------------------------------------------

def merged(ranges):
    """(at, size)s as the least number of them."""
    out = []
    for at, size in sorted(ranges):
        if out and sum(out[-1]) == at:
            begin, before = out.pop()
            at, size = begin, before + size
        out.append((at, size))
    return out


def bdsm_writes(igd, at):
    """Of the wide register the half that makes it valid comes last."""
    return [(0xc4, 0), (0xc0, at)] if igd.bdsm == 'c0' else [(0x5c, at)]


def stolen_claims(seen, igd, mib):
    """It has that much. Whether it is memory of its own is looked at for all of a machine: reserved_claims()."""
    bdsm, other, _ = seen.registers(igd)
    yield f'{igd.at} said', seen.lines(igd, 'stolen'), [f'stolen memory of {mib} MiB at 0x{bdsm:x}']
    yield f'{igd.at} whole MiB below 4 GiB', 0 < bdsm <= GIB4 - mib * MIB and bdsm % MIB == 0, True
    yield f'{igd.at} the other BDSM', other, 0


def reserved_claims(seen, sizes):
    """{igd: MiB}: in the memory map stand these ranges, reserved, none over another, and no byte more; they are 0."""
    each = [(seen.registers(igd)[0], mib * MIB) for igd, mib in sizes.items() if isinstance(mib, int)]
    wanted = merged(each)
    found = {(int(at, 16), int(size, 16)) for kind, at, size in seen.told.memory if kind == '0'}
    yield 'one over another', [(a, b) for a, b in zip(sorted(each), sorted(each)[1:]) if sum(a) > b[0]], []
    yield 'reserved memory', [r for r in wanted if r in found], wanted
    yield 'dirty pages', [r['dirty'] for r in seen.told.stolen.values() if r['dirty'] != '0'], []


def no_stolen_claims(seen, igd, line, first=0):
    yield f'{igd.at} said', seen.lines(igd, 'stolen memory'), [line]
    yield f'{igd.at} BDSM', seen.registers(igd)[:2], (first, 0)


def opregion_claims(seen, igd, content):
    asls = seen.registers(igd)[2]
    r = seen.record('igds', igd)
    yield f'{igd.at} said', seen.lines(igd, 'OpRegion'), [f'OpRegion of {len(content)} bytes at 0x{asls:x}']
    yield f'{igd.at} memory', (r.get('memory'), r.get('signature')), (NVS, 'IntelGraphicsMem')
    yield (f'{igd.at} OpRegion', seen.record('opregions', igd),
           {'size': str(len(content)), 'crc': f'{zlib.crc32(content):08x}', 'tail': '0'})


def no_opregion_claims(seen, igd, line, first=0):
    yield f'{igd.at} said', seen.lines(igd, 'OpRegion'), [line]
    yield f'{igd.at} ASLS', seen.registers(igd)[2], first


def writes(seen, igd, stolen, opregion=True):
    """What the device must have seen of a life that went well: each register once, ASLS last."""
    bdsm, _, asls = seen.registers(igd)
    return (bdsm_writes(igd, bdsm) if stolen else []) + ([(ASLS, asls)] if opregion else [])


def igd_writes(served, igd):
    return [w for w in served.registers(igd.at) if w[0] in IGD_REGISTERS]


def write_claims(seen, igd, wanted):
    """These, and no other register of the IGD; of the two that matter the device makes events."""
    yield f'{igd.at} its writes', igd_writes(seen.served, igd), wanted
    events = [('asls' if register == ASLS else 'bdsm', value) for register, value in wanted]
    yield f'{igd.at} its events', seen.served.wrote(igd.at), events


def stolen_or_not(seen, igd, mib):
    """@mib: how many; or in words, why none."""
    if isinstance(mib, int):
        yield from stolen_claims(seen, igd, mib)
    elif mib == NONE:
        yield from no_stolen_claims(seen, igd, f'no stolen memory: GGC {igd.ggc:04x} asks for none')
    elif mib == OWN:
        yield from no_stolen_claims(seen, igd, 'no stolen memory: this generation brings its own')
    else:
        n = re.search(r'\d+', mib)[0]
        yield from no_stolen_claims(seen, igd, f'no stolen memory: no {n} MiB below 4 GiB are free')


def served_claims(seen, igd, mib):
    """One device of a boot: all that is of it alone."""
    yield from stolen_or_not(seen, igd, mib)
    yield from opregion_claims(seen, igd, OPREGION)
    yield from write_claims(seen, igd, writes(seen, igd, isinstance(mib, int)))


def whole_claims(seen, igd, mib, content=OPREGION):
    """The only device of a life that was to go well."""
    yield from stolen_claims(seen, igd, mib)
    yield from opregion_claims(seen, igd, content)
    yield from reserved_claims(seen, {igd: mib})


def went_well(seen, igd, mib, content=OPREGION):
    return told_faults(seen.boot) or wrong(
        seen.boot, *whole_claims(seen, igd, mib, content),
        *write_claims(seen, igd, writes(seen, igd, True)),
        ('VBT', seen.told.vbt.get('crc'), parts.sum_of(parts.VBT)['crc']))


# ---- the tests --------------------------------------------------------------------------------------

def all_in_one(boot, cases, sizes):
    """(name, claims of a Seen) about one @boot, each a result, and one about the memory of all: {igd: MiB}."""
    def of(claims):
        return told_faults(boot().boot) or wrong(boot().boot, *claims(boot()))

    for name, claims in cases:
        yield name, lambda c=claims: of(c)
    first, *_, last = sizes
    yield (f'the reserved memory of {first.device} GGC {first.ggc:04x} to {last.device} GGC {last.ggc:04x}',
           lambda: of(lambda seen: reserved_claims(seen, sizes)))


def together(rig, name, sizes, memory=2048, **words):
    """A boot with the IGDs of {igd: MiB}."""
    cases = [(f'{name(igd)}: {mib if isinstance(mib, str) else f"{mib} MiB"}',
              lambda seen, i=igd, m=mib: served_claims(seen, i, m)) for igd, mib in sizes.items()]
    return all_in_one(Once(lambda: rig.boot(list(sizes), memory=memory, **words)), cases, sizes)


def rows():
    lines = [ln.split('\t') for ln in TABLE.read_text().splitlines() if not ln.startswith('#')]
    return [dict(zip(lines[0], ln)) for ln in lines[1:]]


def platforms():
    """The first device of each that is not a card, and of each layout where a platform has several."""
    out = {}
    for row in rows():
        if row['kind'] == 'integrated':
            out.setdefault((row['platform'], row['bdsm'], row['ggc']), row)
    return list(out.values())


PLACES = {'5c': 'BDSM at 5Ch', 'c0': 'BDSM at C0h', 'none': 'no BDSM'}
GROUP = 9  # IGDs of one machine


def of_platforms(rig):
    every = platforms()
    for n in range(0, len(every), GROUP):
        sizes, names = {}, {}
        for slot, row in enumerate(every[n:n + GROUP], 2):
            ggc, mib = USUAL[row['ggc']]
            igd = layout(row['device'], ggc, f'00:{slot:02x}.0')
            sizes[igd], names[igd] = mib, row['platform']
        yield together(rig, lambda i, w=names: f'{w[i]} {i.device}, {PLACES[i.bdsm]}', sizes,
                       board=('q35', 'pc')[n // GROUP % 2])


def layout(device, ggc, at, words=(), display='030000'):
    """An IGD as the table says that this device is."""
    row = next(r for r in rows() if r['device'] == device)
    return Igd(at, device, min(13, int(row['graphics_ver'].split('.')[0])),
               row['bdsm'] if row['bdsm'] in PLACES else 'none', ggc, display, words)


def of_ggc(rig):
    for devices in GROUPS:
        steps = [(device, ggc, mib) for device in devices for ggc, mib in STEPS[device].items()]
        sizes = {layout(device, ggc, f'00:{slot:02x}.0'): mib for slot, (device, ggc, mib) in enumerate(steps, 2)}
        yield together(rig, lambda i: f'GGC {i.ggc:04x} of {i.device}', sizes)


def alone(rig, igd=Igd(FIRST, CFL), mib=64, content=OPREGION, **words):
    return went_well(rig.boot([igd], files={OPREGION_FILE: content}, **words), igd, mib, content)


def of_memory(rig):
    for board, sizes in (('q35', (256, 512, 2048, 4096, 6144)), ('pc', (256, 1024, 4096, 6144))):
        for memory in sizes:
            yield f'{memory} MiB on {board}', lambda m=memory, b=board: alone(rig, memory=m, board=b)
    yield '992 MiB of 2 GiB', lambda: alone(rig, layout(*GEN6_MOST, FIRST), 992, memory=2048)
    yield '1 GiB of 4 GiB on pc', lambda: alone(rig, layout(*GEN9_MOST, FIRST), 1024, memory=4096, board='pc')


def of_too_little(rig):
    sizes = {layout(*GEN6_MOST, FIRST): 'no room for 992 MiB', layout(*GEN9_MOST, '00:03.0'): 'no room for 1024 MiB'}
    return together(rig, lambda i: f'{i.device} with 1 GiB', sizes, 1024)


def injected(rig, code, variables, board, smm=False, secure='0', **words):
    flash = Flash(rig.injected(code), OVMF / variables)
    igd = Igd(FIRST, CFL)
    seen = rig.boot([igd], roms={}, flash=flash, board=board, smm=smm, **words)
    return went_well(seen, igd, 64) or wrong(seen.boot, ('SecureBoot', seen.told.secure_boot in (secure, '-'), True))


def secure_rom(rig):
    igd = Igd(FIRST, ADL, 12, 'c0')
    seen = rig.boot([igd], roms={FIRST: rig.packed()}, flash=SECURE, smm=True)
    return went_well(seen, igd, 64) or wrong(seen.boot, ('SecureBoot', seen.told.secure_boot, '1'))


def twice(rig):
    """Injected and by ROM: the injected one is first, and the other sees that."""
    igd = Igd(FIRST, CFL)
    seen = rig.boot([igd], flash=Flash(rig.injected(STOCK.code), STOCK.vars))
    return went_well(seen, igd, 64) or wrong(
        seen.boot, ('started', len(seen.boot.with_word('IgdAssignment: started')), 2),
        ('the second', seen.lines(igd, 'another'), ['another IgdAssignment did this device']))


def of_carriers(rig):
    igd = Igd(FIRST, CFL)
    yield 'compressed ROM', lambda: went_well(rig.boot([igd], roms={FIRST: rig.packed()}), igd, 64)
    for board in ('q35', 'pc'):
        yield (f"another device's ROM on {board}",
               lambda b=board: went_well(rig.boot([igd], roms={}, devices=[(OTHER, rig.rom())], board=b),
                                         igd, 64))
    yield 'compressed ROM, Secure Boot with SMM', lambda: secure_rom(rig)
    yield 'injected and by ROM', lambda: twice(rig)
    for n, (name, code, variables, keys, boards) in enumerate(ovmf.IMAGES):
        board, smm = boards[n % len(boards)]
        yield (f'injected into {name}, {board}{", Secure Boot with SMM" if smm else ""}',
               lambda c=code, v=keys if smm else variables, b=board, m=smm: injected(rig, c, v, b, m, '01'[m]))


def overlap(a, b, size):
    return max(0, size - abs(a - b))


def reset(rig, igd, in_firmware=False, board='q35'):
    """In both lives all is done, and the stolen memory of the second is 0 where the first's was written over."""
    carrier = {'flash': Flash(rig.injected(STOCK.code), STOCK.vars), 'roms': {}} if in_firmware else {}
    seen = rig.boot([igd], files={OPREGION_FILE: OPREGION, **RESET}, reboots=True, board=board,
                    deadline=2 * machine.DEADLINE, **carrier)
    lives = seen.lives()
    claims = [c for life in lives for c in whole_claims(life, igd, 64)]
    places = [life.registers(igd)[0] for life in lives]
    claims += [('starts of the probe', [life.told.entries for life in lives], [1, 1]),
               ('the same memory, near enough', overlap(*places, 64 * MIB) >= 32 * MIB, True),
               ('its writes', igd_writes(seen.served, igd), [w for life in lives for w in writes(life, igd, True)])]
    return seen.boot.faults() or wrong(seen.boot, *claims)


def of_resets(rig):
    def of(device, *words):
        return layout(device, 0x0200, FIRST, words)

    yield f'warm reset, {CFL} forgets its registers', lambda: reset(rig, of(CFL))
    yield f'warm reset, {CFL} keeps its registers', lambda: reset(rig, of(CFL, 'keep=1'), board='pc')
    yield f'warm reset, {ADL} keeps its registers', lambda: reset(rig, of(ADL, 'keep=1'))
    yield f'warm reset, {ADL} keeps its registers, injected', lambda: reset(rig, of(ADL, 'keep=1'), True)


def bad_opregion(rig, files, line):
    """No OpRegion, and stolen memory all the same."""
    igd = Igd(FIRST, CFL)
    seen = rig.boot([igd], files=files)
    return told_faults(seen.boot) or wrong(
        seen.boot, *no_opregion_claims(seen, igd, line), *stolen_claims(seen, igd, 64),
        *reserved_claims(seen, {igd: 64}), *write_claims(seen, igd, writes(seen, igd, True, False)))


def size_disagrees(rig, said, lines):
    igd = Igd(FIRST, CFL)
    seen = rig.boot([igd], files={OPREGION_FILE: OPREGION, STOLEN_FILE: said})
    return told_faults(seen.boot) or wrong(
        seen.boot, *reserved_claims(seen, {igd: 64}), *opregion_claims(seen, igd, OPREGION),
        *write_claims(seen, igd, writes(seen, igd, True)),
        ('said', seen.lines(igd, 'stolen'), [*lines, f'stolen memory of 64 MiB at 0x{seen.registers(igd)[0]:x}']))


HOSTS_BDSM, HOSTS_ASLS = 0x8b800001, 0x8a000018  # of a machine with 2 GiB below 4 GiB, the BDSM locked


def lost_claims(seen, igd):
    """Registers that drop what is written, as QEMU's up to 9.2 do. That the memory is given back is seen in all that
    is reserved."""
    yield 'BDSM', seen.lines(igd, 'BDSM'), [f'BDSM write lost: it reads 0x{HOSTS_BDSM:x}']
    yield 'ASLS', seen.lines(igd, 'ASLS'), [f'ASLS write lost: it reads 0x{HOSTS_ASLS:x}']
    yield 'registers', seen.registers(igd), (HOSTS_BDSM, 0, HOSTS_ASLS)
    yield 'writes', [at for at, _ in igd_writes(seen.served, igd)], [0x5c, ASLS]


def unknown_claims(seen, igd):
    line = 'no stolen memory: this device is not in the table'
    yield 'said', seen.lines(igd, 'stolen'), [line]
    yield from opregion_claims(seen, igd, OPREGION)
    yield from write_claims(seen, igd, writes(seen, igd, False))


def card_claims(seen, igd):
    yield 'said', seen.lines(igd), ['a discrete GPU needs neither OpRegion nor stolen memory']
    yield from write_claims(seen, igd, [])


def of_odd_devices(rig):
    """Each in one machine with the others, none at 00:02.0."""
    def left(bdsm, asls, *words):
        return (f'first={bdsm:08x}', f'asls={asls:08x}', *words)

    slots = iter(f'00:{n:02x}.0' for n in range(3, 30))
    well = {"the host's BDSM and ASLS": layout(CFL, 0x0100, next(slots), left(HOSTS_BDSM, HOSTS_ASLS)),
            'BDSM and ASLS in free memory': layout('5912', 0x0100, next(slots), left(0x20000001, 0x20000000)),
            'BDSM and ASLS in the firmware': layout('1616', 0x0100, next(slots), left(0x00800001, 0x00800000))}
    for device in (CFL, ADL):
        well[f'class 0380, {device}'] = layout(device, 0x0100, next(slots), display='038000')
    protected = layout(CFL, 0x0200, next(slots), left(HOSTS_BDSM, HOSTS_ASLS, 'protect=1'))
    unknown, card = Igd(next(slots), 'fffe', 12), Igd(next(slots), '56a0', 12, 'none')
    cases = [(name, lambda seen, i=igd: served_claims(seen, i, 32)) for name, igd in well.items()]
    cases += [('BDSM and ASLS drop writes', lambda seen: lost_claims(seen, protected)),
              ('a device that is not in the table', lambda seen: unknown_claims(seen, unknown)),
              ('a card', lambda seen: card_claims(seen, card))]
    igds = [*well.values(), protected, unknown, card]
    return all_in_one(Once(lambda: rig.boot(igds, memory=2048)), cases, {igd: 32 for igd in well.values()})


ROOT_PORT = 'pcie-root-port,id=rp,addr=1c.0,chassis=1'


def of_faults(rig):
    for name, files, line in (
            ('no OpRegion', {}, 'fw_cfg has no etc/igd-opregion'),
            ('an OpRegion of 4 KiB', {OPREGION_FILE: OPREGION[:0x1000]}, 'etc/igd-opregion has 4096 bytes'),
            ('an OpRegion of 2 MiB', {OPREGION_FILE: bytes(2 * MIB)}, f'etc/igd-opregion has {2 * MIB} bytes'),
            ('an OpRegion without its signature', {OPREGION_FILE: OPREGION[1:] + b'\0'}, 'etc/igd-opregion is none')):
        yield name, lambda f=files, w=line: bad_opregion(rig, f, f'no OpRegion: {w}')
    yield 'an OpRegion that ends inside a page', lambda: alone(rig, content=ODD_OPREGION)
    more = 'stolen memory: GGC says 0x4000000 bytes, etc/igd-bdsm-size 0x4800000: GGC is taken'
    yield 'etc/igd-bdsm-size disagrees with GGC', lambda: size_disagrees(rig, struct.pack('<Q', 72 * MIB), [more])
    yield 'etc/igd-bdsm-size agrees with GGC', lambda: size_disagrees(rig, struct.pack('<Q', 64 * MIB), [])
    yield 'etc/igd-bdsm-size has 4 bytes', lambda: size_disagrees(rig, struct.pack('<I', 72 * MIB), [])
    behind = Igd('01:00.0', CFL, bus='rp')
    yield 'behind a root port', lambda: alone(rig, behind, devices=[ROOT_PORT])
    yield ('behind a root port, injected',
           lambda: alone(rig, behind, devices=[ROOT_PORT], roms={}, flash=Flash(rig.injected(STOCK.code), STOCK.vars)))


def seabios(rig, igd, board, wanted):
    """QEMU's own. What it does for an IGD it does for each generation alike, and the device makes @wanted of it."""
    with emulated.Served(rig.serve, [igd]) as served:
        b = machine.boot(None, board=board, devices=list(served.devices()), shared=True, qemu=rig.qemu(),
                         fw_cfg={OPREGION_FILE: OPREGION, STOLEN_FILE: struct.pack('<Q', 64 * MIB)},
                         until='No bootable device')
    at = {k: int(t.split(' at ')[1].split(',')[0], 16) for t in b.with_word('Intel IGD ')
          for k in ('OpRegion', 'BDSM') if f' {k} ' in t}
    wrote = igd_writes(served, igd)
    return b.faults() or wrong(b, ('said', sorted(at), ['BDSM', 'OpRegion']),
                               ('wrote', sorted(wrote), [(0x5c, at.get('BDSM')), (ASLS, at.get('OpRegion'))]),
                               ('events', sorted(served.wrote(igd.at)), sorted(wanted(at))))


def of_seabios(rig):
    def asls(at):
        return [('asls', at.get('OpRegion'))]

    def both(at):
        return [*asls(at), ('bdsm', at.get('BDSM'))]

    for board in ('q35', 'pc'):
        yield f'SeaBIOS on {board}, {CFL}', lambda b=board: seabios(rig, Igd(FIRST, CFL), b, both)
    yield (f'SeaBIOS on pc, {ADL}: it writes 5Ch, where nothing is, and C0h stays 0',
           lambda: seabios(rig, Igd(FIRST, ADL, 12, 'c0'), 'pc', asls))


def by_turns(groups):
    """Two groups at a time, a job of each by turns: those of one group wait for the same boot."""
    groups = [list(g) for g in groups]
    for a, b in zip(groups[::2], [*groups[1::2], []]):
        yield from (job for both in zip_longest(a, b) for job in both if job)


def jobs(bench, igdctl, serve):
    rig = Rig(bench, igdctl, serve)
    yield from by_turns([*of_platforms(rig), *of_ggc(rig), of_too_little(rig), of_odd_devices(rig)])
    for make in (of_memory, of_carriers, of_resets, of_faults, of_seabios):
        yield from make(rig)


if __name__ == '__main__':
    sys.exit(told.main(jobs))
