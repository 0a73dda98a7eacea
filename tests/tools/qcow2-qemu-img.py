#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold our reading and writing of qcow2 images against QEMU's own.

    qcow2-qemu-img.py QCOW2-COPY

qemu-img makes an image of each kind - versions 2 and 3, with and without compression, clusters of 512 bytes to 2 MiB,
disks that are empty, full, full of noise, and not a whole number of clusters - and what we read from it must be the
disk. What we write qemu-img check must find nothing wrong with, and qemu-img convert must turn back into the disk.
What is not read here, zstd and a backing file, must be refused. Prints TAP. A missing qemu-img is a failure: this test
is about nothing else.
"""
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MIB = 1 << 20
CLUSTERS = [512, 1024, 4096, 65536, MIB, 2 * MIB]


class Wrong(Exception):
    """The answer is not the wanted one."""


def disks():
    """Name and bytes: what firmware is like, and the ends of what there can be."""
    rnd = random.Random(20)
    noise = rnd.randbytes(300 * 1024)
    text = b''.join(b'a vendor file %d holds sections; ' % (i % 40) for i in range(20000))
    return {
        'empty': bytes(MIB),
        'one-sector': b'\xff' * 512,
        'full': b'\xff' * (2 * MIB),
        'noise': noise + bytes(212 * 1024),
        'odd-size': (bytes(700) + text + noise)[:1024 * 512 + 3 * 512],
        'firmware': bytes(540672) + text + b'\xff' * (3 * MIB - 540672 - len(text)) + noise + bytes(MIB - len(noise)),
    }


def run(*words):
    p = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=120, check=False)
    if p.returncode:
        raise Wrong(f'{" ".join(Path(str(w)).name for w in words)}: exit {p.returncode}: {p.stdout}{p.stderr}')


def reads(copy, tmp, disk, compat, compressed, cluster):
    raw, image, back = tmp / 'raw', tmp / 'image', tmp / 'back'
    raw.write_bytes(disk)
    run('qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', *(['-c'] if compressed else []), '-o',
        f'compat={compat},cluster_size={cluster}', raw, image)
    run(copy, 'read', image, back)
    if back.read_bytes() != disk:
        raise Wrong('what was read is not the disk')


def writes(copy, tmp, disk):
    raw, image, back, raw_back = tmp / 'raw', tmp / 'image', tmp / 'back', tmp / 'raw-back'
    raw.write_bytes(disk)
    run(copy, 'write', raw, image)
    run('qemu-img', 'check', '-f', 'qcow2', image)
    run('qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', image, raw_back)
    if raw_back.read_bytes() != disk:
        raise Wrong('what QEMU reads is not the disk')
    run(copy, 'read', image, back)
    if back.read_bytes() != disk:
        raise Wrong('what was read is not the disk')
    run('qemu-img', 'compare', '-f', 'raw', '-F', 'qcow2', raw, image)


def refuses(copy, tmp, why, *words):
    run('qemu-img', *words)
    p = subprocess.run([copy, 'read', tmp / 'image', tmp / 'back'], capture_output=True, text=True, timeout=60,
                       check=False)
    if p.returncode != 1 or why not in p.stderr:
        raise Wrong(f'exit {p.returncode}: {p.stderr}')


def cases(copy, tmp):
    for name, disk in disks().items():
        yield f'{name}: written', lambda disk=disk: writes(copy, tmp, disk)
        for compat in ('0.10', '1.1'):
            for cluster in CLUSTERS:
                for c in (False, True):
                    yield (f'{name}: compat {compat}, clusters of {cluster}{", compressed" if c else ""}',
                           lambda a=(disk, compat, c, cluster): reads(copy, tmp, *a))
    (tmp / 'text').write_bytes(b'text ' * 102400)
    yield 'zstd is refused', lambda: refuses(copy, tmp, 'zstd', 'convert', '-c', '-f', 'raw', '-O', 'qcow2', '-o',
                                             'compression_type=zstd', tmp / 'text', tmp / 'image')
    yield 'a backing file is refused', lambda: refuses(copy, tmp, 'backing file', 'create', '-f', 'qcow2', '-F', 'raw',
                                                       '-b', tmp / 'text', tmp / 'image')
    yield 'extended entries are refused', lambda: refuses(copy, tmp, 'extended', 'create', '-f', 'qcow2', '-o',
                                                          'extended_l2=on', tmp / 'image', '1M')
    yield 'data elsewhere are refused', lambda: refuses(copy, tmp, 'another file', 'create', '-f', 'qcow2', '-o',
                                                        f'data_file={tmp / "data"}', tmp / 'image', '1M')


def main():
    if not shutil.which('qemu-img'):
        print('1..1\nnot ok 1 - qemu-img is not here (package qemu-utils)')
        return 1
    bad = n = 0
    with tempfile.TemporaryDirectory() as tmp:
        for n, (name, case) in enumerate(cases(sys.argv[1], Path(tmp)), 1):
            try:
                for f in ('raw', 'image', 'back', 'raw-back'):
                    (Path(tmp) / f).unlink(missing_ok=True)
                case()
                print(f'ok {n} - {name}')
            except (Wrong, OSError, subprocess.SubprocessError) as e:
                bad += 1
                print(f'not ok {n} - {name}')
                print(''.join(f'# {line}\n' for line in str(e).splitlines()), end='')
    print(f'1..{n}')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
