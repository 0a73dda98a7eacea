#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""golden.py [--write] IGDCTL - the lines that decide, of new VMs by target, mode, release of QEMU and chip.

A table a target (pve.txt, libvirt.txt, qemu.txt), to be read beside QEMU's docs/igd-assign.txt and hw/vfio/igd.c.
Releases and chips with the same answer share a row; R is the release. --write makes the tables anew.
"""
import difflib
import re
import shlex
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'partners'))

import lines  # noqa: E402
import matrix  # noqa: E402
from tap import Tap  # noqa: E402


def of_pve(text):
    keys = lines.pve_keys(text)
    sets = [w.removeprefix('device.hostpci0.') for w in shlex.split(keys.get('args', '')) if w != '-set']
    yield f'machine {keys["machine"]}, {keys.get("bios", "seabios")}, vga {keys.get("vga", "std")}'
    yield f'hostpci0 {keys["hostpci0"]}'
    if sets:
        yield f'args -set {" ".join(sets)}'


def of_libvirt(text):
    top = ET.fromstring(text)
    video, words = top.find('devices/video/model').get('type'), lines.of_libvirt(text)
    firmware = 'ovmf' if top.find('os').get('firmware') == 'efi' or top.find('os/loader') is not None else 'seabios'
    yield f'machine {top.find("os/type").get("machine")}, {firmware}, video {video}'
    device = next(w for w in words if w.startswith('vfio-pci,'))
    yield device.replace(',id=hostdev0', '').replace('vfio-pci,', 'hostdev ')


def of_qemu(text):
    words = lines.of_qemu(text)
    after = dict(zip(words, words[1:]))
    firmware = 'ovmf' if 'if=pflash' in text else 'seabios'
    yield f'machine {after["-machine"].split(",")[0].removeprefix("type=")}, {firmware}, vga {after["-vga"]}'
    yield '-device ' + next(w for w in words if w.startswith('vfio-pci,')).replace(',id=igd0', '')


OF = {'pve': of_pve, 'libvirt': of_libvirt, 'qemu': of_qemu}


def decisive(c):
    if c.text is None:
        return (re.sub(r'^the \w+ mode cannot work here: ', 'refused: ', c.refused),)
    masked = re.sub(rf'(pc-(?:i440fx|q35))-{re.escape(c.release)}\b', r'\1-R', '\n'.join(OF[c.target](c.text)))
    return tuple(masked.splitlines())


def answers(igdctl, target):
    """{mode: {chip: {release: lines}}} for a Windows guest."""
    table = {}
    for mode in matrix.MODES:
        for chip, device in matrix.CHIPS.items():
            for release in matrix.RELEASES:
                c = matrix.Case(chip, target, release, mode, '--device', device, '--rom', '/usr/share/kvm/igd.rom')
                table.setdefault(mode, {}).setdefault(chip, {})[release] = decisive(c.render(igdctl))
    return table


def shared(rows):
    """{what: [who]} of {who: what}, in the order of the first."""
    out = {}
    for who, what in rows.items():
        out.setdefault(what, []).append(who)
    return out


def table_text(target, table):
    out = [f'New VMs for {target}, Windows, GPU at 0000:00:02.0. Made by tests/golden/golden.py --write.']
    for mode, chips in table.items():
        out += ['', f'{mode}', '-' * len(mode)]
        alike = shared({chip: tuple((what, tuple(who)) for what, who in shared(rows).items())
                        for chip, rows in chips.items()})
        for block, who in alike.items():
            out += [', '.join(who)]
            for what, releases in block:
                every = 'any' if releases == matrix.RELEASES else ' '.join(releases)
                out += [f'    {every}: {what[0]}', *(f'        {t}' for t in what[1:])]
    return '\n'.join(out) + '\n'


def main():
    write, igdctl = sys.argv[1] == '--write', str(Path(sys.argv[-1]).resolve())
    tap = Tap()
    for target in matrix.TARGETS:
        path, got = HERE / f'{target}.txt', table_text(target, answers(igdctl, target))
        if write:
            path.write_text(got)
        want = path.read_text() if path.exists() else ''
        diff = '\n'.join(difflib.unified_diff(want.splitlines(), got.splitlines(), path.name, 'now', lineterm=''))
        tap.result(f'{target}.txt', [diff] if diff else [])
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
