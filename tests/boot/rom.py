#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rom.py PROBE IGDCTL [-- WORD...] - what "rom build" makes, given to a device of a machine with stock OVMF: every
image in it is started, Secure Boot or not; and what the drivers in it make of a VBT. As TAP.

There is no Intel GPU in these machines, so IgdAssignment starts and waits, and GopPolicy has a VBT from fw_cfg or from
its own file.
"""
import json
import sys
import threading

import machine
import option_rom
import parts
import told
from machine import Flash
from told import OVMF, Told, told_faults, wrong

CODE, VARS = OVMF / 'OVMF_CODE_4M.fd', OVMF / 'OVMF_VARS_4M.fd'
STOCK = Flash(CODE, VARS)
SECURE = Flash(OVMF / 'OVMF_CODE_4M.secboot.fd', OVMF / 'OVMF_VARS_4M.ms.fd')
FW_CFG = 'opt/org.igdctl/vbt'
NOT_FOUND = f'{1 << 63 | 14:x}'  # EFI_NOT_FOUND


class Roms:
    """ROMs by the options of "rom build", each built once."""

    def __init__(self, program):
        self.program, self.lock, self.built = program, threading.Lock(), {}

    def build(self, *options):
        with self.lock:
            if options not in self.built:
                path = self.program.folder / f'{len(self.built)}.rom'
                self.program.run('rom', 'build', *options, '-o', path)
                self.built[options] = path
        return self.built[options]

    def whole(self, *options):
        """Both drivers, a VBT, and a GOP where there is one."""
        pieces = parts.gop() or ['--device', parts.DEVICE]
        return self.build('--vbt', self.program.vbt, *pieces, *options)

    def drivers(self, *options):
        """Both drivers and no VBT."""
        return self.build('--device', parts.DEVICE, *options)


def dispatched(bench, roms, device, options, flash=STOCK, secure=False, **board):
    b = bench.boot(flash, devices=[(device, roms.whole(*options))], **board)
    wanted = ('1', '0') if secure else ('0', '1')
    said = Told(b)
    found = said.secure_boot, said.setup_mode
    return parts.answers(b, parts.VBT) or wrong(b, ('SecureBoot, SetupMode', found, wanted))


def any_driver(bench, roms, *options):
    """A ROM with nothing of ours, but with the probe."""
    probe = roms.program.folder / 'probe.efi'
    probe.write_bytes(bench.probe)
    rom = roms.build('--bare', '--driver', probe, '--device', parts.DEVICE, *options)
    return parts.silent(machine.boot(STOCK, devices=[('virtio-net-pci', rom)]))


def behind_a_vbios(bench, roms):
    """OVMF passes over an image for a PC-AT BIOS and starts what is behind it."""
    vbios = roms.program.file('vbios.rom', option_rom.legacy_image(last=True))
    b = bench.boot(STOCK, board='pc', devices=[('VGA', roms.whole('--vbios', vbios))])
    return parts.answers(b, parts.VBT)


def too_small(bench, roms):
    """A ROM of 2 KiB: OVMF does not start what is in it, and starts the same bytes in 4 KiB; rom verify refuses it, and
    rom build fills up what is as small."""
    pe = option_rom.tiny_driver('tiny: entry')
    small, padded = option_rom.efi_rom(pe, least=0), option_rom.efi_rom(pe)
    faults = [f'a ROM of {len(small)} bytes is not what this is about'] if len(small) > 2048 else []
    for rom, wanted in ((small, []), (padded, ['tiny: entry'])):
        b = bench.boot(STOCK, devices=[('virtio-net-pci', rom)])
        faults += told_faults(b) or wrong(b, (f'{len(rom)} bytes', b.with_word('tiny: '), wanted))
    path = roms.program.file('small.rom', small)
    said = json.loads(roms.program.run('rom', 'verify', '--json', '--guest-firmware', 'ovmf', path, status=3))
    ids = [f['id'] for f in said['findings']]
    driver = roms.program.file('tiny.efi', pe)
    built = roms.build('--bare', '--driver', driver, '--device', parts.DEVICE)
    size = built.stat().st_size
    return faults + [f'rom verify finds {ids}'] * ('rom.too-small' not in ids) + [f'rom build: {size}'] * (size < 4096)


def vbt_from(bench, rom, given, wanted):
    b = bench.boot(STOCK, devices=[('virtio-net-pci', rom)], fw_cfg={FW_CFG: given} if given else {})
    return parts.answers(b, wanted)


def no_vbt(bench, rom, given=None):
    """The policy says that there is none, and the machine starts."""
    b = bench.boot(STOCK, devices=[('virtio-net-pci', rom)], fw_cfg={FW_CFG: given} if given else {})
    said = Told(b)
    return told_faults(b) or wrong(b, ('policies', said.policies, 1), ('status', said.vbt.get('status'), NOT_FOUND))


def repaired(vbt):
    """With the checksum that the copy is to have: byte 26 of the header (Linux intel_vbt_defs.h, struct vbt_header)."""
    b = bytearray(vbt)
    b[26] = (b[26] - sum(b)) & 0xff
    return bytes(b)


def in_both(bench, roms):
    """Injected and by ROM: one policy, and its answer is a VBT that was given."""
    program = roms.program
    path = program.folder / 'both.fd'
    program.run('ovmf', 'inject', '--vbt', program.vbt, CODE, '-o', path)
    b = bench.boot(Flash(path, VARS), devices=[('virtio-net-pci', roms.whole())])
    return parts.answers(b, parts.VBT)


def jobs(bench, igdctl):
    roms = Roms(parts.Program(igdctl))
    packings = (('', ()), (', compressed', ('--compress',)))
    for device in ('virtio-net-pci', 'VGA'):
        for packing, options in packings:
            for board in ('q35', 'pc'):
                yield (f'{device} on {board}{packing}',
                       lambda d=device, o=options, b=board: dispatched(bench, roms, d, o, board=b))
            yield (f'{device} on q35, smm, Secure Boot{packing}',
                   lambda d=device, o=options: dispatched(bench, roms, d, o, SECURE, True, smm=True))
    for packing, options in packings:
        yield f'another driver, nothing of ours{packing}', lambda o=options: any_driver(bench, roms, *o)
    yield 'behind a VBIOS', lambda: behind_a_vbios(bench, roms)
    yield 'a ROM of 2 KiB', lambda: too_small(bench, roms)
    yield 'a VBT by fw_cfg', lambda: vbt_from(bench, roms.drivers(), parts.OTHER_VBT, parts.OTHER_VBT)
    yield ('a VBT by fw_cfg goes before the one in the ROM',
           lambda: vbt_from(bench, roms.whole(), parts.OTHER_VBT, parts.OTHER_VBT))
    odd = parts.recipe('odd-sum')
    yield 'a wrong checksum is repaired', lambda: vbt_from(bench, roms.drivers(), odd, repaired(odd))
    yield 'no VBT at all', lambda: no_vbt(bench, roms.drivers())
    yield 'a VBT that is cut short', lambda: no_vbt(bench, roms.drivers(), parts.recipe('bad-cut'))
    yield 'in the ROM and injected', lambda: in_both(bench, roms)


if __name__ == '__main__':
    sys.exit(told.main(jobs))
