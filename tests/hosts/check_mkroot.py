#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""check_mkroot.py - every recipe builds, and what is built agrees with itself, as a kernel's own files do. Prints TAP.

Where lspci is there, it reads the same tree: it must find the same functions and name no capability unknown.
"""
import collections
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PCI = 'sys/bus/pci/devices'
BAD = [  # a recipe, and what the refusal must say
    ('pci 0000:00:02.0 8086:3e92 colour=blue\n', ':1: no such key: colour'),
    ('# one\npci 0000:00:02.0 8086\n', ':2: "8086" is not VVVV:DDDD'),
    ('pci 00:02.0 8086:3e92\n', ':1: "00:02.0" is not DDDD:BB:DD.F'),
    ('pci 0000:00:02.0 class=030000\n', '0000:00:02.0: no VVVV:DDDD'),
    ('pci 0000:00:02.0 8086:3e92 acs=1/1\n', 'a conventional function has no extended capabilities'),
    ('pci 0000:00:02.0 8086:3e92 iommu=dmar7\n', 'dmar7: no such iommu'),
    ('frobnicate\n', ':1: no such word: frobnicate'),
    ('file etc/x <<END\ntext\n', ':1: no line "END" ends the text'),
    ('hex etc/x 0g\n', ':1: ValueError'),
    ('link a b\nlink b a\nfile a/c text\n', 'links lead in a circle'),
    ('remove etc/nothing\n', 'remove etc/nothing: it is not there'),
    ('include bad.recipe\n', 'recipes include each other'),
    ('vfct 03:00.0=1002:1638\n', ':1: "03:00.0=1002:1638" is not BB:DD.F/VVVV:DDDD'),
    ('drhd base=0 scope=00:02.0\n', ':1: "00:02.0" is not KIND'),
]


def script(name, *args):
    return subprocess.run([sys.executable, HERE / name, *args], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=120, check=False)


def number(path):
    return int(path.read_text(), 16)


def links(root):
    """Every link is relative, as in sysfs and procfs, and leads to something inside."""
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = Path(folder, name)
            if path.is_symlink():
                if os.readlink(path).startswith('/'):
                    yield f'{path}: absolute'
                if not path.exists() or root not in path.resolve().parents:
                    yield f'{path} -> {os.readlink(path)}: leads nowhere, or out'


def functions(root):
    for device in sorted((root / PCI).iterdir()):
        config = (device / 'config').read_bytes()
        vendor, product = struct.unpack_from('<HH', config, 0)
        bridge = config[0x0e] & 0x7f == 1
        want = {'vendor': vendor, 'device': product, 'revision': config[8], 'class': int.from_bytes(config[9:12], 'little')}
        if not bridge:
            want['subsystem_vendor'], want['subsystem_device'] = struct.unpack_from('<HH', config, 0x2c)
        for name, value in want.items():
            if number(device / name) != value:
                yield f'{device.name}: {name} is {(device / name).read_text().strip()}, configuration space says {value:#x}'
        if not device.is_symlink() or device.resolve().name != device.name:
            yield f'{device.name}: no link to its device'
        rows = [[int(x, 16) for x in row.split()] for row in (device / 'resource').read_text().splitlines()]
        if len(rows) != (17 if bridge else 13):
            yield f'{device.name}: {len(rows)} resources'
        for start, end, flags in rows:
            if (start == 0) != (flags == 0) or end < start:
                yield f'{device.name}: resource {start:x}-{end:x} {flags:x}'
        if len(config) not in (64, 256, 4096):
            yield f'{device.name}: {len(config)} bytes of configuration space'


def overlaps(root):
    """No two functions decode the same memory."""
    ranges = []
    for device in sorted((root / PCI).iterdir()):
        for n, row in enumerate((device / 'resource').read_text().splitlines()[:6]):
            start, end, flags = (int(x, 16) for x in row.split())
            if flags & 0x200:
                ranges.append((start, end, f'{device.name} BAR {n}'))
    ranges.sort()
    for a, b in zip(ranges, ranges[1:]):
        if b[0] <= a[1]:
            yield f'{a[2]} and {b[2]} overlap'


def groups(root):
    """A function's link and its group's list say the same."""
    listed, linked = set(), set()
    for group in sorted((root / 'sys/kernel/iommu_groups').iterdir()):
        listed |= {(group.name, d.name) for d in (group / 'devices').iterdir()}
        if not (group / 'type').read_text().strip():
            yield f'group {group.name} has no type'
    for device in (root / PCI).iterdir():
        if (device / 'iommu_group').is_symlink():
            linked.add(((device / 'iommu_group').resolve().name, device.name))
    if listed != linked:
        yield f'groups differ: {sorted(listed ^ linked)}'


def tables(root):
    folder = root / 'sys/firmware/acpi/tables'
    for table in sorted(folder.iterdir()) if folder.is_dir() else []:
        data = table.read_bytes()
        if data[:4] != table.name.encode() or struct.unpack_from('<I', data, 4)[0] != len(data) or sum(data) & 0xff:
            yield f'{table.name}: signature, length or checksum'
    for path in sorted((root / 'sys/class/drm').glob('card*-*')) if (root / 'sys/class/drm').is_dir() else []:
        data = (path / 'edid').read_bytes()
        if bool(data) != ((path / 'status').read_text() == 'connected\n'):
            yield f'{path.name}: status and EDID disagree'
        if len(data) % 128 or sum(data) & 0xff:
            yield f'{path.name}: checksum of the EDID'


def by_lspci(root):
    lspci = shutil.which('lspci')
    if not lspci:
        return
    p = subprocess.run([lspci, '-O', f'sysfs.path={root}/sys/bus/pci', '-Dnnvvv'], text=True, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL, timeout=60, check=False)
    seen = {line.split()[0] for line in p.stdout.splitlines() if line[:1].isalnum()}
    there = {d.name for d in (root / PCI).iterdir()}
    if seen != there:
        yield f'lspci sees {sorted(seen)}, there are {sorted(there)}'
    for line in p.stdout.splitlines():
        if '<?>' in line or '!!!' in line or '<chain' in line or 'Unknown small' in line:
            yield f'lspci: {line.strip()}'


def digest(root):
    return {str(p.relative_to(root)): os.readlink(p) if p.is_symlink() else p.read_bytes() if p.is_file() else None
            for p in sorted(root.rglob('*'))}


def recipe_faults(recipe, folder):
    root, again = folder / recipe.stem, folder / (recipe.stem + '-again')
    for where in (root, again):
        p = script('mkroot.py', recipe, where)
        if p.returncode or p.stderr:
            return [f'exit status {p.returncode}: {p.stderr}']
    root = root.resolve()
    found = [f for look in (links, functions, overlaps, groups, tables, by_lspci) for f in look(root)]
    if digest(root) != digest(again.resolve()):
        found.append('built twice, it differs')
    if script('mkroot.py', recipe, root).returncode != 1:
        found.append('a folder that is not empty is written to')
    if len(list((root / PCI).iterdir())) < 10:
        found.append('less than ten functions')
    return found


def as_bundle(folder):
    """The HP machine has the groups that its text bundle lists."""
    want = collections.defaultdict(set)
    for line in (HERE / 'hp-elitedesk-800-g4' / 'iommu-groups.txt').read_text().splitlines():
        if line.startswith('/sys/kernel/iommu_groups/'):
            want[line.split('/')[4]].add(line.split('/')[-1])
    got = {g.name: {d.name for d in (g / 'devices').iterdir()}
           for g in (folder / 'hp-elitedesk-800-g4/sys/kernel/iommu_groups').iterdir()}
    return [] if got == want else [f'{got} is not {dict(want)}']


def refusals(folder):
    bad = folder / 'bad.recipe'
    for n, (text, sentence) in enumerate(BAD):
        bad.write_text(text)
        out = folder / f'bad-{n}'
        p = script('mkroot.py', bad, out)
        if p.returncode != 1 or sentence not in p.stderr or p.stderr.count('\n') != 1 or out.exists():
            yield f'{text!r}: exit status {p.returncode}, said {p.stderr!r}, not {sentence!r}'


def hostile(folder):
    p = script('hostile.py', folder / 'hostile')
    names = {d.name for d in (folder / 'hostile').iterdir()}
    size = sum({f.lstat().st_ino: f.lstat().st_blocks * 512 for f in (folder / 'hostile').rglob('*')}.values())
    found = [] if p.returncode == 0 else [p.stderr]
    found += [] if len(names) > 10 and 'outside' in names else [f'only {sorted(names)}']
    return found + ([] if size < 64 << 20 else [f'{size} bytes on the disk'])


def main():
    recipes = sorted(HERE.glob('*.recipe'))
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases = [(r.stem, lambda r=r: recipe_faults(r, folder)) for r in recipes]
        cases += [('groups as in the text bundle', lambda: as_bundle(folder)),
                  ('bad recipes are refused', lambda: list(refusals(folder))), ('hostile roots', lambda: hostile(folder))]
        print(f'1..{len(cases) + 1}')
        for n, (what, look) in enumerate(cases, 1):
            found = look()
            print(''.join(f'# {f}\n' for f in found) + f'{"not ok" if found else "ok"} {n} - {what}', flush=True)
            failed += bool(found)
        print(f'{"ok" if len(recipes) >= 5 else "not ok"} {len(cases) + 1} - {len(recipes)} recipes')
        failed += len(recipes) < 5
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
