# SPDX-License-Identifier: GPL-2.0-or-later
"""parts.py - the program that is tested, the pieces it is given, and what its drivers are to say of them.

The pieces are the owner's GOP driver and VBT. The project has none: a GOP of the corpus is taken where there is one,
and a VBT is made from a recipe of tests/vbt.
"""
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import told

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / 'vbt'))

import mkvbt  # noqa: E402

GOP = ('fw', 'gop', 'MrChromebox-blobs_intel_cml_IntelGopDriver.efi')
DEVICE = '8086:9bc8'  # that this GOP is for
OURS = 'igdctl: '


def recipe(name):
    return mkvbt.build(HERE.parent / 'vbt' / f'{name}.recipe')


VBT = recipe('laptop')
OTHER_VBT = recipe('desktop')


class Refused(Exception):
    pass


class Program:
    """IGDCTL and a folder for what it writes."""

    def __init__(self, path):
        self.path = str(Path(path).resolve())
        self.keep = tempfile.TemporaryDirectory(prefix='igdctl-test-')
        self.folder = Path(self.keep.name)
        self.vbt, self.other_vbt = self.file('vbt.bin', VBT), self.file('other.vbt', OTHER_VBT)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def run(self, *args, status=0):
        """What it printed; Refused when its status is another."""
        p = subprocess.run([self.path, *map(str, args)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, timeout=120, check=False)
        if p.returncode != status:
            raise Refused(f'igdctl {" ".join(map(str, args))}: status {p.returncode} in place of {status}\n'
                          f'{p.stdout}{p.stderr}')
        return p.stdout + p.stderr


def gop():
    """The options that add a GOP: those of the corpus', or none."""
    try:
        return ['--gop', told.corpus(*GOP), '--device', DEVICE]
    except told.Absent:
        return []


def sum_of(vbt):
    """As probe.c tells a whole VBT: what GetVbtData is to answer with."""
    return {'status': '0', 'size': str(len(vbt)), 'sum': '0', 'crc': f'{zlib.crc32(vbt):08x}', 'head': vbt[:16].hex()}


def spoken(boot, driver, mouth='debug'):
    """The lines of one of our drivers."""
    return [t for t in boot.of(mouth) if t.startswith(f'{OURS}{driver}: ')]


def answers(boot, vbt):
    """Faults of a boot that had both drivers, and @vbt in or beside them: both speak on both consoles, one policy is
    installed, and what it answers with is @vbt."""
    said = told.Told(boot)
    found = {k: v for k, v in said.vbt.items() if k != 'at'}
    claims = [(f'{d} speaks at {m}', bool(spoken(boot, d, m)), True)
              for d in ('IgdAssignment', 'GopPolicy') for m in ('debug', 'serial')]
    claims += [('policies', said.policies, 1), ('VBT', found, sum_of(vbt))]
    return told.told_faults(boot) or told.wrong(boot, *claims)


def silent(boot):
    """Faults of a boot that was to have nothing of ours."""
    said = told.Told(boot)
    return told.told_faults(boot) or told.wrong(boot, ('our lines', boot.with_word(OURS), []),
                                                ('policies', said.policies, 0))
