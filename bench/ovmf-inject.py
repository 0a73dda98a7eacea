#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ovmf-inject.py [--peers DIR] [--rounds N] IGDCTL [IMAGE...] - "ovmf inject" beside its floor and a peer.

Of each image, by turns: both drivers and a VBT injected at the default level; the floor, which is this image's stream
decoded once by liblzma (through Python's lzma module), for whoever adds a file must at least read the volume; and
fiano's utk (github.com/linuxboot/fiano), which parses the image, adds one driver to the DXE volume and saves. Our run
adds more files and proves its result by decoding it again. Medians of wall seconds with a warm cache.

Promised: under 1.0 s on an idle machine, and never slower than utk. Nothing here is a test, but with --strict a broken
promise is exit 1. utk is not part of this project: it is looked for in DIR, then in PATH, and what is not there is said
and left out. Without IMAGEs: those of Debian's ovmf package. A debug build of IGDCTL measures nothing.
"""
import argparse
import lzma
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.append(str(TOP / 'tests' / 'boot'))

import fv_edit  # noqa: E402
import option_rom  # noqa: E402
import parts  # noqa: E402

SECONDS, RATIO = 1.0, 1.0
IMAGES = [Path('/usr/share/OVMF', f'OVMF_CODE{n}.fd') for n in ('', '_4M', '.secboot', '_4M.secboot')]
GUID = uuid.UUID('5B7A3C1E-6A59-4E0F-9D3B-2C4F7E8A1D60')  # of nobody's file


def timed(f):
    begin = time.perf_counter()
    f()
    return time.perf_counter() - begin


def quiet(*args):
    p = subprocess.run([str(a) for a in args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, check=False)
    if p.returncode:
        sys.exit(f'{" ".join(map(str, args))}: status {p.returncode}\n{p.stdout}')


def ffs_driver(pe):
    """A file of the type DRIVER with one PE32 section (PI Specification 1.8, volume 3, 3.2.3), as utk wants it."""
    section = (4 + len(pe)).to_bytes(3, 'little') + b'\x10' + pe
    size = (24 + len(section)).to_bytes(3, 'little')
    head = bytearray(GUID.bytes_le + bytes([0, 0, fv_edit.DRIVER, 0]) + size + b'\0')
    head[16] = -sum(head) & 0xff
    head[17], head[23] = 0xaa, 0xf8  # no checksum of the data; the state of a file that is there, bits inverted
    return bytes(head) + section


def runs(program, image, utk, tmp):
    """name -> what to do once"""
    out, ffs, stream = tmp / 'out.fd', tmp / 'driver.ffs', fv_edit.Compressed(image.read_bytes()).stream
    ffs.write_bytes(ffs_driver(option_rom.tiny_driver('nothing')))

    def inject():
        out.unlink(missing_ok=True)
        quiet(program.path, 'ovmf', 'inject', '--vbt', program.vbt, '-o', out, image)

    every = {'inject': inject, 'floor': lambda: lzma.decompress(stream, format=lzma.FORMAT_ALONE)}
    if utk:
        every['utk'] = lambda: quiet(utk, image, 'insert_dxe', ffs, 'save', tmp / 'utk.fd')
    return every


def measure(program, image, utk, rounds):
    """name -> median"""
    with tempfile.TemporaryDirectory(prefix='igdctl-bench-') as tmp:
        every = runs(program, image, utk, Path(tmp))
        times = {name: [] for name in every}
        for n in range(rounds + 1):
            for name, f in every.items():
                took = timed(f)
                if n:  # the first warms the cache
                    times[name].append(took)
    return {name: statistics.median(t) for name, t in times.items()}


def row(image, took):
    """One line; the promises that it breaks."""
    bad = [f'over {SECONDS} s'] if took['inject'] > SECONDS else []
    beside = f'{took["inject"] / took["floor"]:5.1f} x of {took["floor"]:.3f} s'
    if 'utk' in took:
        beside += f'   {took["inject"] / took["utk"]:.2f} x of {took["utk"]:.2f} s'
        bad += ['slower than utk'] if took['inject'] > RATIO * took['utk'] else []
    broken = '  BROKEN: ' + '; '.join(bad) if bad else ''
    print(f'{image.name:<44} {took["inject"]:6.2f} s  {beside}{broken}', flush=True)
    return bad


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--peers', help='the folder of utk')
    ap.add_argument('--rounds', type=int, default=5)
    ap.add_argument('--strict', action='store_true', help='exit 1 when a promise is broken')
    ap.add_argument('igdctl')
    ap.add_argument('images', nargs='*', type=Path)
    args = ap.parse_args()
    utk = shutil.which('utk', path=args.peers) if args.peers else shutil.which('utk')
    if not utk:
        print('utk is not here (--peers DIR): its column stays empty')
    program, images = parts.Program(args.igdctl), args.images or [i for i in IMAGES if i.exists()]
    print(f'{"ovmf inject":<44} {"time":>8}  {"beside the floor":<19}{"beside utk" if utk else ""}')
    bad = [b for i in images for b in row(i, measure(program, i, utk, args.rounds))]
    print(f'{len(images)} images, medians of {args.rounds}; {len(bad)} promises broken')
    return 1 if args.strict and (bad or not images) else 0


if __name__ == '__main__':
    sys.exit(main())
