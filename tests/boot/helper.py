#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""helper.py PROBE [-- WORD...] - machine.py itself, as TAP: it must be able to say that a machine did not start, and
why, and it must leave nothing behind."""
import glob
import os
import sys
import tempfile
import time
from pathlib import Path

import fv_edit
import machine
import releases
import told
from machine import Flash
from told import OVMF, Told, digest, told_faults, wrong

CODE, VARS = OVMF / 'OVMF_CODE_4M.fd', OVMF / 'OVMF_VARS_4M.fd'


def children():
    """The processes that this one has started and not yet buried."""
    return [p for f in glob.glob('/proc/self/task/*/children') for p in Path(f).read_text().split()]


def nothing_left(bench):
    """Variables, firmware and folder after a boot in which the variables were written: the firmware itself does."""
    before = digest(CODE), digest(VARS)
    b = bench.boot(Flash(CODE, VARS))
    folder = next(w for w in b.command.split() if w.endswith('/vars')).rsplit('file=', 1)[1]
    return told_faults(b) or wrong(b, ('CODE and VARS', (digest(CODE), digest(VARS)), before),
                                   ('its folder is there', Path(folder).parent.exists(), False))


def unified(bench):
    """Variables and code in one file, as "OVMF.fd" is laid out (OvmfPkg/OvmfPkgX64.fdf)."""
    with tempfile.TemporaryDirectory(prefix='igdctl-test-') as tmp:
        path = Path(tmp, 'OVMF.fd')
        path.write_bytes(VARS.read_bytes() + CODE.read_bytes())
        before = digest(path)
        b = bench.boot(Flash(path))
        return told_faults(b) or wrong(b, ('the file', digest(path), before))


def as_bios(bench):
    return told_faults(bench.boot(Flash('/usr/share/ovmf/OVMF.fd', bios=True), board='pc'))


def with_release(bench, qemu):
    b = bench.boot(Flash(CODE, VARS), qemu=qemu())
    return told_faults(b)


def bad_option(bench):
    b = bench.boot(Flash(CODE, VARS), extra=['-device', 'no-such-device'])
    return wrong(b, ('said', b.said, False), ('reason', 'QEMU ended with status 1' in b.ended, True),
                 ("QEMU's words", 'no-such-device' in b.faults()[0], True))


def ends_early(bench):
    """A machine that stops by itself before the word: isa-debug-exit, written to by an option ROM."""
    rom = told.option_rom.efi_rom(told.option_rom.tiny_driver('tiny: entry', end=0x501))
    b = bench.boot(Flash(CODE, VARS), devices=[('pci-testdev', rom)],
                   extra=['-device', 'isa-debug-exit,iobase=0x501,iosize=1'], until='nobody says this')
    return wrong(b, ('the line before', b.debug[-1:], ['tiny: entry']), ('said', b.said, False),
                 ('reason', b.ended, 'QEMU ended with status 1: it says nothing'))


def deadline(bench):
    begin = time.monotonic()
    b = bench.boot(Flash(CODE, VARS), until='nobody says this', deadline=1)
    took = time.monotonic() - begin
    return wrong(b, ('said', b.said, False), ('reason', b.ended.endswith('seconds are over'), True),
                 ('stopped in time', took < machine.PATIENCE + 3, True))


class Interrupted(Exception):
    pass


def exception(bench):
    """Whatever happens while a machine runs, it does not run afterwards."""
    hear, pids = machine.Ears.hear, []

    def interrupted(self, patience):
        pids.extend(children())
        raise Interrupted

    machine.Ears.hear = interrupted
    try:
        bench.boot(Flash(CODE, VARS))
        return ['the exception was swallowed']
    except Interrupted:
        alive = [p for p in pids if os.path.exists(f'/proc/{p}')]
        return [f'still there: {alive}'] if alive or not pids else []
    finally:
        machine.Ears.hear = hear


def encoded_anew(break_it):
    image = fv_edit.Compressed(CODE.read_bytes())
    if break_it:
        at = [at for at, kind, _ in image.files() if kind == fv_edit.DRIVER][20]
        image.decoded[at + 16] ^= 0x5a  # the header's checksum
    return image.written()


def broken(bench):
    """A volume whose files have right checksums starts, whoever encoded it; with one that is wrong it does not."""
    with tempfile.TemporaryDirectory(prefix='igdctl-test-') as tmp:
        path = Path(tmp, 'code.fd')
        path.write_bytes(encoded_anew(False))
        good = bench.boot(Flash(path, VARS))
        if told_faults(good):
            return told_faults(good)
        path.write_bytes(encoded_anew(True))
        bad = bench.boot(Flash(path, VARS), deadline=max(8.0, 2 * good.took) / machine.PATIENCE)
        return wrong(bad, ('said', bad.said, False), ('the probe ran', Told(bad).entries, 0),
                     ('reason', bad.ended.endswith('seconds are over'), True))


def jobs(bench):
    def of(f, *args):
        return lambda: f(bench, *args)

    return [('a boot leaves firmware, variables and folder as they were', of(nothing_left)),
            ('variables and code in one file', of(unified)),
            ('a whole OVMF.fd by -bios', of(as_bios)),
            ('QEMU of trixie', of(with_release, lambda: releases.unpacked('trixie'))),
            ('QEMU of trixie-backports', of(with_release, lambda: releases.unpacked('trixie-backports'))),
            ("QEMU's refusal is told", of(bad_option)),
            ('a machine that ends by itself', of(ends_early)),
            ('the deadline', of(deadline)),
            ('a wrong checksum in the DXE volume is never a start', of(broken))]


def alone(bench):
    """What looks at this process's children runs when there are no others."""
    return [('an exception ends the machine', lambda: exception(bench))]


if __name__ == '__main__':
    sys.exit(told.main(jobs, alone))
