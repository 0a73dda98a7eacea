#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ovmf.py PROBE IGDCTL [-- WORD...] - distributions' OVMF booted as it is, with our drivers injected, and with them
taken out again, on every machine that the image as it is boots on; as TAP.

The images are Debian 12's, and those of a later Debian where the corpus is (IGDCTL_SHARED). An image that has been
injected is to boot as the stock one does, with our drivers' lines on both consoles, one GOP policy, and in its
answer the VBT that was given. One that was restored boots like stock, silently, and holds the same bytes inside.
"""
import sys
import threading

import fv_edit
import parts
import told
from machine import Flash
from told import OVMF, Told, wrong

PLAIN = [('q35', False), ('pc', False)]
SMM = [('q35', True)]  # q35 alone has what OVMF's SMM builds ask for (OvmfPkg/README)
# name, code, variables without keys, variables with Microsoft's (None: a build without Secure Boot), boards
IMAGES = [
    ('2M', OVMF / 'OVMF_CODE.fd', 'OVMF_VARS.fd', 'OVMF_VARS.ms.fd', PLAIN),
    ('4M', OVMF / 'OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd', 'OVMF_VARS_4M.ms.fd', PLAIN),
    ('2M secboot', OVMF / 'OVMF_CODE.secboot.fd', 'OVMF_VARS.fd', 'OVMF_VARS.ms.fd', SMM),
    ('4M secboot', OVMF / 'OVMF_CODE_4M.secboot.fd', 'OVMF_VARS_4M.fd', 'OVMF_VARS_4M.ms.fd', SMM),
    ('forky 4M', 'debian-forky_ovmf_OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd', None, PLAIN),
    ('forky 4M secboot strictnx', 'debian-forky_ovmf_OVMF_CODE_4M.secboot.strictnx.fd', 'OVMF_VARS_4M.fd',
     'OVMF_VARS_4M.ms.fd', SMM),
]


class Image:
    """One firmware and what is made of it, each thing once."""

    def __init__(self, program, name, code):
        self.program, self.name, self.code = program, name, code
        self.lock, self.made = threading.Lock(), {}

    def stock(self):
        return told.corpus('fw', 'images', self.code) if isinstance(self.code, str) else self.code

    def make(self, what, *args):
        """The file that "ovmf @args -o" writes; a refusal is told to each who asks."""
        with self.lock:
            if what not in self.made:
                path = self.program.folder / f'{self.name.replace(" ", "-")}.{what}.fd'
                try:
                    self.program.run('ovmf', *args, '-o', path)
                    self.made[what] = path
                except parts.Refused as e:
                    self.made[what] = e
        if isinstance(self.made[what], Exception):
            raise self.made[what]
        return self.made[what]

    def injected(self):
        before = told.digest(self.stock())
        path = self.make('injected', 'inject', '--vbt', self.program.vbt, *parts.gop(), self.stock())
        assert told.digest(self.stock()) == before, 'the input was written to'
        return path

    def removed(self):
        return self.make('removed', 'remove', self.injected())


class Start:
    """An image on a board with variables."""

    def __init__(self, image, variables, board, enforced):
        self.image, self.variables, self.board, self.enforced = image, variables, board, enforced

    def __str__(self):
        board, smm = self.board
        return f'{self.image.name}, {board}{", smm" if smm else ""}{", Secure Boot" if self.enforced else ""}'

    def boot(self, bench, path):
        return bench.boot(Flash(path, OVMF / self.variables), board=self.board[0], smm=self.board[1])

    def secure(self, boot):
        """Faults of what the firmware thinks of Secure Boot: on with keys, else off or not there."""
        said = Told(boot)
        if self.enforced:
            return wrong(boot, ('SecureBoot, SetupMode', (said.secure_boot, said.setup_mode), ('1', '0')))
        return wrong(boot, ('SecureBoot is off', said.secure_boot in ('0', '-'), True))


def as_it_is(bench, start):
    b = start.boot(bench, start.image.stock())
    return parts.silent(b) or start.secure(b)


def injected(bench, start):
    b = start.boot(bench, start.image.injected())
    return parts.answers(b, parts.VBT) or start.secure(b)


def removed(bench, start):
    """Silent, and the decoded volumes are the stock ones, by another decoder than ours."""
    b = start.boot(bench, start.image.removed())
    inside = [fv_edit.Compressed(p.read_bytes()).decoded for p in (start.image.stock(), start.image.removed())]
    return parts.silent(b) or wrong(b, ('the decoded volumes are the same', inside[0] == inside[1], True))


def starts(image, variables, keys, boards):
    """On each board; with Secure Boot on the first."""
    yield from (Start(image, variables, b, False) for b in boards)
    if keys:
        yield Start(image, keys, boards[0], True)


def jobs(bench, igdctl):
    program = parts.Program(igdctl)
    for name, code, variables, keys, boards in IMAGES:
        image = Image(program, name, code)
        for start in starts(image, variables, keys, boards):
            yield f'{start}: as it is', lambda s=start: as_it_is(bench, s)
            yield f'{start}: injected', lambda s=start: injected(bench, s)
        last = Start(image, variables, boards[-1], False)
        yield f'{last}: drivers taken out again', lambda s=last: removed(bench, s)


if __name__ == '__main__':
    sys.exit(told.main(jobs))
