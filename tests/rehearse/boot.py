#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""boot.py RUN SANITIZED - rehearsals with a real QEMU and real firmware, which nobody but run.c has started. As TAP.

The processor is always emulated. OVMF's ROMs are IgdAssignment's, and a driver that says what igdctl's Witness says
last; SeaBIOS sets up OpRegion and stolen memory by itself.
"""
import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE.parent / d) for d in ('boot', 'partners', 'vbt')]

import mkvbt  # noqa: E402
import option_rom  # noqa: E402
import rehearse  # noqa: E402
import releases  # noqa: E402
import tap  # noqa: E402

OVMF = Path('/usr/share/OVMF')
READY = 'igdctl: Witness: ready'
DEADLINE = int(60 * rehearse.PATIENCE)
RESIDENT_MOST = 16 << 10  # KiB
STOLEN = 64 << 20


class Inputs:
    """The files of a rehearsal, in a folder."""

    def __init__(self, run, sanitized, folder):
        self.run, self.sanitized, self.folder = run, sanitized, Path(folder)
        assignment = Path(os.environ['IGDCTL_BUILD'], 'efi', 'IgdAssignment.efi').read_bytes()
        self.rom = self.file('igd.rom', option_rom.efi_rom(assignment))
        self.witness = self.file('witness.rom', option_rom.efi_rom(option_rom.tiny_driver(READY)))
        self.vbt = self.file('vbt', mkvbt.build(HERE.parent / 'vbt' / 'desktop.recipe'))
        self.trace = self.folder / 'trace'
        self.qemu = releases.program(releases.BACKPORTS)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def rehearsal(self, *options):
        return rehearse.Rehearsal(self.run, '', '-V', self.vbt, '-s', DEADLINE, *options, qemu=self.qemu)

    def ovmf(self, *options, code='OVMF_CODE_4M.fd', variables='OVMF_VARS_4M.fd'):
        return self.rehearsal('-c', OVMF / code, '-v', OVMF / variables, '-r', self.rom, '-w', self.witness, *options)


def whole(inputs, r):
    """The rehearsal went through: both addresses are good, and the guest's tables are what was given."""
    said = r.end(DEADLINE + 30)
    bdsm, asls = (int(said.get(k, '0'), 16) for k in ('bdsm', 'asls'))
    device = r.heard('device')
    wanted = [f'OpRegion address written: 0x{asls:x}, in RAM, "IntelGraphicsMem"',
              f'stolen memory base written: 0x{bdsm:x}, in RAM']
    resident = int(said.get('resident', '0 KiB').split()[0])
    faults = rehearse.wrong(
        r, ('end', said.get('end'), 'ready'), ('connected', said.get('connected'), '1'),
        ('left', said.get('left'), '0 descriptors, no child'), ('BDSM', bdsm != 0 and bdsm % (1 << 20), 0),
        ('VBT', said.get('vbt'), str(inputs.vbt.stat().st_size)),
        *((f'heard {w}', w in device, True) for w in wanted),
        ('resident', inputs.sanitized or 0 < resident < RESIDENT_MOST, True))
    print(f'# {said.get("took")} s, {resident} KiB', flush=True)
    return faults + r.left()


def ovmf_on_q35(inputs):
    faults = whole(inputs, inputs.ovmf('-t', inputs.trace))
    trace = inputs.trace.read_text().splitlines()
    writes = [ln for ln in trace if ' write config+0xfc 4 0x' in ln]
    return faults + ['no write of ASLS in the trace'] * (not writes)


def ovmf_on_pc(inputs):
    return whole(inputs, inputs.ovmf('-p'))


def ovmf_with_smm(inputs):
    return whole(inputs, inputs.ovmf('-S', code='OVMF_CODE_4M.secboot.fd', variables='OVMF_VARS_4M.ms.fd'))


def seabios(inputs):
    return whole(inputs, inputs.rehearsal('-p', '-b'))


def killed(inputs):
    """We, and then QEMU, in the middle of a boot."""
    faults = []
    for seconds in (0.4, 2):
        r = inputs.ovmf()
        r.started()
        time.sleep(seconds)
        r.p.kill()
        r.p.communicate()
        faults += r.left()
    r = inputs.ovmf()
    pids = r.started()
    time.sleep(1.5)
    for pid in pids:
        os.kill(pid, 9)
    said = r.end()
    return faults + rehearse.wrong(r, ('end', said.get('end'), 'ended'), ('status', said.get('status'), '9'),
                                   ('connected', said.get('connected'), '1')) + r.left()


def too_old(inputs):
    """Debian 12's own QEMU, or whichever is installed, says what it lacks; where it is new enough it rehearses."""
    qemu = releases.installed()
    if qemu.release >= (10, 1):
        return []
    r = rehearse.Rehearsal(inputs.run, '', qemu=qemu.words[0])
    r.end()
    return rehearse.wrong(r, ('exit', r.status, 2), ('why', 'has no vfio-user-pci: install 10.1.1 or newer' in r.out,
                                                     True)) + r.left()


TESTS = [
    ('OVMF on q35', ovmf_on_q35),
    ('OVMF on pc, with an LPC bridge at 1f.0', ovmf_on_pc),
    ('OVMF with SMM', ovmf_with_smm),
    ('SeaBIOS on pc', seabios),
    ('killed in the middle', killed),
    ('an older QEMU is refused', too_old),
]


def main():
    out = tap.Tap()
    with tempfile.TemporaryDirectory(prefix='igdctl-test-') as folder:
        try:
            inputs = Inputs(sys.argv[1], sys.argv[2] == 'yes', folder)
        except tap.Missing as e:
            for name, _ in TESTS:
                out.missing(name, str(e))
            return out.end()
        for name, test in TESTS:
            out.result(name, test(inputs))
    return out.end()


if __name__ == '__main__':
    sys.exit(main())
