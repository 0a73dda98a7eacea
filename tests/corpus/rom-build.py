#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Put public GOP drivers into ROMs, plain and compressed, and take them out again: the same bytes.

The drivers are not part of this project: IGDCTL_SHARED names the folder that holds corpus/fw/gop. Of each, rom info
must give the PE that went in by its SHA-256, rom verify must find nothing worse than that there is no GOP for this GPU,
and rom build must find the same driver in the ROM again, and take it as any driver, too. A compressed driver is not
larger than a plain one. One for another machine than X64 must be refused. Speaks TAP.

usage: rom-build.py IGDCTL
"""
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path


class Wrong(Exception):
    """The answer is not the wanted one."""


def shared():
    here = os.environ.get('IGDCTL_SHARED') or os.path.join(os.path.dirname(__file__), '..', '..', '..', 'shared')
    return Path(here)


def told(*args, status=0):
    run = subprocess.run(args, capture_output=True, text=True, timeout=60, check=False)
    if run.returncode != status:
        raise Wrong(f'{args[1:3]}: exit {run.returncode}: {run.stderr[-2000:]}')
    return json.loads(run.stdout)


def machine(data):
    at, = struct.unpack_from('<I', data, 0x3c)
    return struct.unpack_from('<H', data, at + 4)[0]


def build(igdctl, out, *args, status=0):
    return told(igdctl, 'rom', 'build', '--json', '--bare', '--device', '8086:3e92', '--force', '-o', out, *args,
                status=status)


def judge(igdctl, path, tmp):
    data = path.read_bytes()
    if machine(data) != 0x8664:
        build(igdctl, tmp / 'a.rom', '--gop', path, status=1)
        return
    sizes = []
    for how in ([], ['--compress']):
        image = build(igdctl, tmp / 'a.rom', '--gop', path, *how)['images'][0]
        pe = hashlib.sha256(data[:image['driver_size']]).hexdigest()
        there = told(igdctl, 'rom', 'info', '--json', tmp / 'a.rom')
        again = build(igdctl, tmp / 'b.rom', '--gop', tmp / 'a.rom')['images'][0]
        other = build(igdctl, tmp / 'b.rom', '--driver', path)['images'][0]  # as any driver
        if {pe} != {image['driver_sha256'], there['images'][0]['efi']['payload']['pe']['sha256'],
                    again['driver_sha256'], other['driver_sha256']}:
            raise Wrong('another driver than went in')
        if there['notes'] or there['end'] != 'last' or there['images'][0]['efi']['compressed'] != bool(how):
            raise Wrong(f'rom info is not content: {there["notes"]}')
        found = told(igdctl, 'rom', 'verify', '--json', '--min', 'block', '--device', '8086:3e92', tmp / 'a.rom')['findings']
        worse = [f['id'] for f in found if f['verdict'] == 'fail' and f['severity'] in ('warn', 'block')]
        if set(worse) - {'rom.gop-not-for-device'}:
            raise Wrong(f'rom verify is not content: {worse}')
        sizes.append(there['images'][0]['size'])
    if sizes[1] > sizes[0]:
        raise Wrong(f'{sizes[1]} bytes compressed, {sizes[0]} plain')


def main():
    root = shared() / 'corpus' / 'fw' / 'gop'
    files = sorted(f for d in ('.', 'from_roms') for f in (root / d).glob('*.efi'))
    if not files:
        print('1..0 # SKIP no corpus of GOP drivers beside the source (IGDCTL_SHARED)')
        return 0
    bad = 0
    print(f'1..{len(files)}')
    for n, f in enumerate(files, 1):
        try:
            with tempfile.TemporaryDirectory(prefix='igdctl-rom-') as tmp:
                judge(sys.argv[1], f, Path(tmp))
            print(f'ok {n} - {f.name}')
        except (Wrong, OSError, ValueError, LookupError, TypeError, struct.error, subprocess.SubprocessError) as e:
            bad += 1
            print(f'not ok {n} - {f.name}')
            print(''.join(f'# {line}\n' for line in f'{type(e).__name__}: {e}'.splitlines()), end='')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
