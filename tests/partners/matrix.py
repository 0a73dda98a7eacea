# SPDX-License-Identifier: GPL-2.0-or-later
"""matrix.py - what the partners are asked about: VMs made for every mode, chip, release of QEMU and guest, and
definitions of our own (fixtures/) corrected and translated.

A case that the program refuses (status 4) is no case; any other failure of it is an error.
"""
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOSTS = HERE.parent / 'hosts'
RECIPES = ('alder-lake-12400', 'hp-elitedesk-800-g4')

# One of each way in which QEMU sets a chip up (hw/vfio/igd.c igd_gen() of the releases below).
CHIPS = {'Haswell': '8086:0412', 'Broadwell': '8086:1616', 'Skylake': '8086:1912', 'Coffee Lake': '8086:3e92',
         'Comet Lake': '8086:9bc8', 'Ice Lake': '8086:8a52', 'Tiger Lake': '8086:9a49', 'Rocket Lake': '8086:4c8a',
         'Alder Lake-N': '8086:46d1', 'Meteor Lake': '8086:7d55'}
BOTH_GUESTS = ('Coffee Lake', 'Tiger Lake')
FEW_CHIPS = ('Broadwell', 'Coffee Lake', 'Tiger Lake', 'Meteor Lake')  # the others say what these say (tests/golden)
# One of each way in which vfio-pci reads its properties; 9.1, which is like 7.2, for two chips alone.
RELEASES = ('7.2', '9.2', '10.0', '10.1', '11.1')
FEW_RELEASES = ('7.2', '10.0', '11.1')
MODES = ('legacy', 'uefi', 'upt', 'sriov', 'gvtg')
TARGETS = ('pve', 'libvirt', 'qemu')

# A thousand short runs: leaks and the stack after a return are looked for by the tests of the commands.
ENV = {**os.environ, 'ASAN_OPTIONS': 'detect_leaks=0'}


class Case:
    """What to ask for, and what came back: .text is None where it is refused."""

    def __init__(self, name, target, release, mode, *args):
        self.name, self.target, self.release, self.mode, self.args = name, target, release, mode, args
        self.text = self.refused = self.doc = None

    def command(self):
        mode = ['--mode', self.mode] if self.mode else []
        return ['vm', 'render', '--json', '--target', self.target, '--qemu', self.release, *mode, *self.args]

    def render(self, igdctl):
        p = subprocess.run([igdctl, *self.command()], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True, timeout=60, check=False, env=ENV)
        if p.returncode not in (0, 4):
            raise RuntimeError(f'igdctl {" ".join(self.command())}: status {p.returncode}: {p.stderr.strip()}')
        self.doc = json.loads(p.stdout)
        self.text, self.refused = self.doc['text'], self.doc['refused']
        if (p.returncode == 4) != (self.text is None):
            raise RuntimeError(f'igdctl {" ".join(self.command())}: status {p.returncode} '
                               f'with{"" if self.text else "out"} a text')
        return self


def new_vms(targets=TARGETS, chips=tuple(CHIPS)):
    for target in targets:
        for mode in MODES:
            for chip in chips:
                for release in (*RELEASES, '9.1') if chip in BOTH_GUESTS else RELEASES:
                    for guest in ('windows', 'linux') if chip in BOTH_GUESTS and target != 'pve' else ('windows',):
                        yield Case(f'{chip}, {guest}', target, release, mode, '--device', CHIPS[chip], '--guest', guest,
                                   '--rom', '/usr/share/kvm/igd.rom')


def roots(tmp):
    """The recipes as machines below @tmp."""
    for name in RECIPES:
        subprocess.run([sys.executable, '-B', HOSTS / 'mkroot.py', HOSTS / f'{name}.recipe', tmp / name], check=True)
        yield name, tmp / name


def host_vms(tmp, targets=TARGETS):
    for name, root in roots(tmp):
        for target in targets:
            for release in FEW_RELEASES:
                yield Case(f'the host {name}, with keyboard, mouse and WiFi', target, release, None, '--root', root,
                           '--with', 'keyboard', '--with', 'mouse', '--with', 'wifi')


def fixtures():
    found = sorted(p for p in (HERE / 'fixtures').iterdir() if p.suffix in ('.conf', '.xml', '.sh'))
    if not found:
        raise RuntimeError('no fixture')
    return found


def mended_vms(targets=TARGETS):
    """Each fixture in its own words and in the others', for a chip of before generation 11 and one of after."""
    for path in fixtures():
        for target in targets:
            for release in FEW_RELEASES:
                for mode, chip in ((None, 'Coffee Lake'), ('legacy', 'Coffee Lake'), ('upt', 'Coffee Lake'),
                                   ('gvtg', 'Coffee Lake'), (None, 'Rocket Lake')):
                    yield Case(f'{path.name}, {chip}', target, release, mode, '--from', path, '--device', CHIPS[chip])


def rendered(igdctl, cases):
    """The cases that are not refused."""
    with ThreadPoolExecutor() as pool:
        return [c for c in pool.map(lambda c: c.render(igdctl), cases) if c.text is not None]
