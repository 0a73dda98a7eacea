#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Judge public definitions of VMs whose story is known, and compare.

The definitions are not part of this project: IGDCTL_SHARED names the folder that holds corpus/pve-configs,
corpus/libvirt-xml (each with an INDEX.tsv that says what became of it) and guides. The table here says of each file
what must be named, and which blockers: exactly those. One that its owner runs has none, but for those explained here.
Speaks TAP.

usage: vms.py IGDCTL
"""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

# file -> (ids that must be among the findings, ids of the blockers: these and no others)
PVE = {
    '01.conf': ('by-args short-bool own-firmware no-console', 'root-bus'),  # pci.0 is a bridge there
    '03.conf': ('no-function boot-empty gms-inert set-redundant secure-boot balloon', ''),
    '03a-source-vm-103.conf': ('', ''),
    '04.conf': ('set-redundant balloon', ''),
    '06.conf': ('cpu-twice no-console', ''),
    '08.conf': ('no-vars no-console', ''),
    '10.conf': ('q35-gop', 'q35-lpc'),  # works with a QEMU of its own, patched for this
    '12.conf': ('no-function', 'chipset'),
    '14-frag.conf': ('', ''),
    '16.conf': ('set-redundant secure-boot', ''),
    '18.conf': ('no-function no-console', ''),
    '20.conf': ('boot-lost', 'bad-value'),  # the network card's address was taken out before it was published
    '22.conf': ('opregion-unsaid balloon', ''),
    '24.conf': ('no-vars', ''),
    '26.conf': ('no-console', ''),
    '28.conf': ('comments no-vars', ''),
    '30.conf': ('locked', 'bad-value'),  # comments behind the values
    '32.conf': ('boot-lost set-redundant', ''),
    '34.conf': ('cpu-model', 'slot'),
    '36.conf': ('by-args no-console', 'slot'),
    '38-frag.conf': ('', ''),
    '40-frag.conf': ('', ''),
    '42-frag.conf': ('os-type', 'legacy-vga'),  # its end is cut off, vga: among it
    'c2-dup-key.conf': ('duplicate-key boot-empty', ''),
}
LIBVIRT = {
    '01.xml': ('rom-none-uefi', ''),
    '03.xml': ('q35-gop', ''),
    '05.xml': ('machine-unpinned', 'json-set'),  # -set, from before libvirt gave devices as JSON
    '07.xml': ('rom-none-uefi', 'json-set'),
    '09.xml': ('machine-unpinned', 'json-set'),
    '11.xml': ('machine-unpinned', ''),
    '13.xml': ('balloon', 'q35-vbios chipset'),
    '15.xml': ('fwcfg-lost fwcfg-by-hand', 'chipset'),
    '17.xml': ('opregion-unsaid', ''),
    '19.xml': ('cpu-twice', 'chipset'),
    '21.xml': ('cpu-model', 'slot-unsaid'),
    '23.xml': ('cpu-twice', ''),
    '25-frag.xml': ('vf-rom', ''),
    'c2.xml': ('not-managed', ''),
}
# Those that run at their owners' and have a blocker here nevertheless; the tables say why.
EXPLAINED = {'10.conf', '20.conf', '30.conf'}


class Wrong(Exception):
    """The answer is not the wanted one."""


def shared():
    here = os.environ.get('IGDCTL_SHARED') or os.path.join(os.path.dirname(__file__), '..', '..', '..', 'shared')
    return Path(here)


def lint(igdctl, *args, text=None):
    """(findings that fail, by id without "vm."; exit status; stderr)"""
    run = subprocess.run([igdctl, 'vm', 'lint', '--json', *args], input=text, capture_output=True, text=True,
                         timeout=60, check=False)
    if run.returncode not in (0, 3):
        return {}, run.returncode, run.stderr
    fails = [f for f in json.loads(run.stdout)['findings'] if f['verdict'] == 'fail']
    return {f['id'].removeprefix('vm.'): f for f in fails}, run.returncode, run.stderr


def works(index, name):
    """Does it run, by the column "worked" of the INDEX.tsv beside it?"""
    for line in index.read_text().splitlines()[1:]:
        cells = line.split('\t')
        if cells[0] == name:
            return cells[3].startswith(('works', 'yes'))
    raise Wrong(f'{index} does not tell of it')


def judge(igdctl, path, table):
    if path.name not in table:
        raise Wrong('the table of this test does not tell of it')
    must, may = (set(w.split()) for w in table[path.name])
    found, status, err = lint(igdctl, str(path))
    if status not in (0, 3):
        raise Wrong(f'exit {status}: {err.strip()}')
    blocks = {name for name, f in found.items() if f['severity'] == 'block'}
    if must - set(found):
        raise Wrong(f'not named: {" ".join(sorted(must - set(found)))}')
    if blocks != may:
        raise Wrong(f'blockers are {sorted(blocks)}, not {sorted(may)}')
    if blocks and works(path.parent / 'INDEX.tsv', path.name) and path.name not in EXPLAINED:
        raise Wrong(f'it runs at its owner\'s, and {sorted(blocks)} block')


# ---- a guide whose advice is judged ----------------------------------------------------------------------------------

def blocks_of(guide):
    """What stands between lines of three backquotes."""
    return [b.strip('\n') + '\n' for b in re.findall(r'^```[^\n]*\n(.*?)^```', guide, re.M | re.S)]


def configs(guide, machine):
    """Its Proxmox definitions for one machine: the whole one, and the line for "args:" alone put to that machine."""
    whole = [b for b in blocks_of(guide) if b.startswith('args:') and f'machine: pc-{machine}' in b]
    rom = re.search(r'romfile=\S+', whole[0])[0]
    lines = [b for b in blocks_of(guide) if b.startswith('args:') and b.count('\n') == 1 and rom in b]
    if not whole or not lines:
        raise Wrong(f'no definition for {machine} in the guide')
    return whole + [f'{line}machine: {"q35" if machine == "q35" else "pc"}\n' for line in lines]


def guide_q35(igdctl, guide):
    for text in configs(guide, 'q35'):
        found, _, err = lint(igdctl, '-', text=text)
        if 'root-bus' not in found:
            raise Wrong(f'root-bus is not named of {text} {err}')
        if found['root-bus']['severity'] != 'block' or 'pcie.0' not in json.dumps(found['root-bus']['evidence']):
            raise Wrong(f'pcie.0 is not named: {found["root-bus"]}')


def guide_pc(igdctl, guide):
    for text in configs(guide, 'i440fx'):
        found, _, _ = lint(igdctl, '-', text=text)
        said = [f['fix'] for name, f in found.items() if name in ('bridge-at-1f', 'by-args')]
        if 'by-args' not in found or not any('hostpci' in s and 'legacy-igd' in s for s in said):
            raise Wrong(f'hostpci with legacy-igd is not advised of {text}')
        if any('.pm' in s or 'perl' in s.lower() for s in said):
            raise Wrong(f'a patch is advised: {said}')
    if 'bridge-at-1f' not in lint(igdctl, '-', text=configs(guide, 'i440fx')[0])[0]:
        raise Wrong('bridge-at-1f is not named')


def domain_of(guide):
    """Its libvirt domain, with the line that some printings have twice once."""
    text = next(b for b in blocks_of(guide) if b.lstrip().startswith('<domain'))
    lines = text.splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if '<libosinfo:libosinfo' in line)
    if '<libosinfo:libosinfo' in lines[at + 1]:
        del lines[at]
    return lines, at


def guide_domain_twice(igdctl, guide):
    lines, at = domain_of(guide)
    _, status, err = lint(igdctl, '-', text=''.join(lines[:at + 1] + lines[at:]))
    if status != 1 or not re.search(r'line \d+: not well-formed', err):
        raise Wrong(f'with a line twice: exit {status}: {err}')


def guide_domain(igdctl, guide):
    text = ''.join(domain_of(guide)[0])
    for qemu, must, no in (('7.2', 'fwcfg-lost', 'fwcfg-twice'), ('10.0', 'fwcfg-twice', 'fwcfg-lost'),
                           ('11.1', 'fwcfg-twice', 'fwcfg-lost')):
        found, _, err = lint(igdctl, '--qemu', qemu, '-', text=text)
        if must not in found or 'relative-path' not in found or no in found:
            raise Wrong(f'QEMU {qemu}: {sorted(found)} {err}')


def tests(igdctl, root):
    for folder, table in (('pve-configs', PVE), ('libvirt-xml', LIBVIRT)):
        where = root / 'corpus' / folder
        files = {f.name: f for f in where.iterdir() if f.suffix in ('.conf', '.xml')}
        for name in sorted({*files, *table}):
            yield f'{folder}/{name}', lambda p=where / name, t=table: judge(igdctl, p, t)
    guide = (root / 'guides' / 'igpu-passthrough-for-ovmf.md').read_text()
    for what, test in (('q35 is refused for pci.0', guide_q35), ('i440fx: hostpci instead of args', guide_pc),
                       ('a domain with a line twice', guide_domain_twice), ('the domain by release', guide_domain)):
        yield f'guide: {what}', lambda t=test: t(igdctl, guide)


def main():
    root = shared()
    if not (root / 'corpus' / 'pve-configs').is_dir():
        print('1..0 # SKIP no corpus of definitions beside the source (IGDCTL_SHARED)')
        return 0
    todo, bad = list(tests(sys.argv[1], root)), 0
    print(f'1..{len(todo)}')
    for n, (name, test) in enumerate(todo, 1):
        try:
            test()
            print(f'ok {n} - {name}')
        except (Wrong, OSError, ValueError, LookupError, TypeError, StopIteration) as e:
            bad += 1
            print(f'not ok {n} - {name}')
            print(''.join(f'# {line}\n' for line in f'{type(e).__name__}: {e}'.splitlines()), end='')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
