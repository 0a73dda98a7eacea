#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fw-peers.py [--peers DIR] [--rounds N] IGDCTL IMAGE... - "fw scan" and "fw extract" beside UEFITool's programs.

Of each image, in one run: both commands (extract into a fresh folder), UEFIFind that looks for a pattern no image has
(so it parses and prints nothing), and UEFIExtract as one calls it without a mode. A round is one of each, so that
a slow moment of the machine meets all of them; the medians are compared. Times are wall seconds with a warm cache,
memory is the peak of resident bytes.

Promised: scan and extract each take at most 1.0 x the time of UEFIFind and at most a tenth of UEFIExtract's, and at
most 64 MiB or 2.5 x the image, whichever is more. Nothing here is a test, but with --strict a broken promise is exit 1.

The peers are not part of this project: uefifind and uefiextract of UEFITool (LongSoft, releases "A.."), each built with
cmake -DCMAKE_BUILD_TYPE=Release, or Debian's uefitool-cli. They are looked for in DIR, then in PATH, by either
spelling; what is not there is said and left out. A debug build of IGDCTL measures nothing.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NOTHING = '69676463746c2d6e6f742d68657265'  # "igdctl-not-here": UEFIFind then answers with a status of its own
MEMORY, PER_BYTE = 64 << 20, 2.5
FIND_RATIO, EXTRACT_RATIO = 1.0, 10.0


def find(names, folder):
    """The first of @names in @folder, then in PATH; None."""
    for name in names:
        if folder and os.access(Path(folder) / name, os.X_OK):
            return str((Path(folder) / name).resolve())
    return next((w for w in map(shutil.which, names) if w), None)


def once(args, cwd):
    """(seconds, peak resident bytes, exit status)"""
    begin = time.perf_counter()
    p = subprocess.Popen(args, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - begin, usage.ru_maxrss * 1024, p.returncode


class Runs:
    def __init__(self):
        self.all = []

    def seconds(self):
        return statistics.median(r[0] for r in self.all)

    def bytes(self):
        return max(r[1] for r in self.all)

    def codes(self):
        return ','.join(sorted({str(r[2]) for r in self.all}))


def measure(programs, image, rounds):
    """name -> Runs; each run in a fresh folder that holds a copy of the image, which is then removed."""
    runs = {name: Runs() for name in programs}
    for n in range(rounds + 1):
        for name, args in programs.items():
            with tempfile.TemporaryDirectory(prefix='igdctl-bench-') as tmp:
                shutil.copy(image, Path(tmp) / 'image.bin')
                result = once([a.format(image='image.bin', out='out') for a in args], tmp)
            if n:  # the first warms the cache
                runs[name].all.append(result)
    return runs


def programs(igdctl, peers):
    igdctl = str(Path(igdctl).resolve())
    out = {'scan': [igdctl, 'fw', 'scan', '{image}'],
           'extract': [igdctl, 'fw', 'extract', '--gop', '--vbt', '--vbios', '-o', '{out}', '{image}']}
    uefifind = find(('uefifind', 'UEFIFind'), peers)
    uefiextract = find(('uefiextract', 'UEFIExtract'), peers)
    if uefifind:
        out['UEFIFind'] = [uefifind, '{image}', 'body', 'count', NOTHING]
    if uefiextract:
        out['UEFIExtract'] = [uefiextract, '{image}']
    for name, there in (('UEFIFind', uefifind), ('UEFIExtract', uefiextract)):
        if not there:
            print(f'{name} is not here (--peers DIR, or uefitool-cli): its columns stay empty')
    return out


def broken(name, runs, size):
    """What of the promise does not hold for our @name."""
    mine, out = runs[name], []
    if 'UEFIFind' in runs and mine.seconds() > FIND_RATIO * runs['UEFIFind'].seconds():
        out.append(f'slower than {FIND_RATIO:g} x UEFIFind')
    if 'UEFIExtract' in runs and mine.seconds() * EXTRACT_RATIO > runs['UEFIExtract'].seconds():
        out.append(f'not {EXTRACT_RATIO:g} x as fast as UEFIExtract')
    if mine.bytes() > max(MEMORY, PER_BYTE * size):
        out.append(f'over {max(MEMORY, PER_BYTE * size) / (1 << 20):.0f} MiB')
    return out


def mib(n):
    return f'{n / (1 << 20):.0f} MiB'


def rows(image, runs):
    """Two lines: scan and extract, each beside the peers."""
    size, bad = image.stat().st_size, []
    for name in ('scan', 'extract'):
        mine, faults = runs[name], broken(name, runs, size)
        cells = [f'{mine.seconds():8.3f} s', f'{mib(mine.bytes()):>10}', f'exit {mine.codes():<4}']
        for peer, show in (('UEFIFind', lambda p, m: f'{m / p:.2f} x'), ('UEFIExtract', lambda p, m: f'1/{p / m:.0f}')):
            p = runs.get(peer)
            beside = f'{show(p.seconds(), mine.seconds()):>7} of {p.seconds():.3f} s, {mib(p.bytes())}' if p else '-'
            cells.append(f'{beside:<30}')
        text = f'{image.name[:44]:<44} {size / (1 << 20):5.1f} MiB  {name:<8}' + '  '.join(cells)
        print(text.rstrip() + ('  BROKEN: ' + '; '.join(faults) if faults else ''), flush=True)
        bad += faults
    return bad


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--peers', help='the folder of uefifind and uefiextract')
    ap.add_argument('--rounds', type=int, default=5)
    ap.add_argument('--strict', action='store_true', help='exit 1 when a promise is broken')
    ap.add_argument('igdctl')
    ap.add_argument('images', nargs='+', type=Path)
    args = ap.parse_args()
    asked = programs(args.igdctl, args.peers)
    print(f'{"image":<44} {"size":>9}  {"command":<8}{"time":>10}  {"memory":>10}  {"exit":<9}'
          f'  {"time / UEFIFind (at most 1)":<30}  {"time / UEFIExtract (at most 1/10)":<30}')
    bad = [fault for image in args.images for fault in rows(image, measure(asked, image, args.rounds))]
    print(f'{len(args.images)} images, median of {args.rounds}; {len(bad)} promises broken')
    return 1 if bad and args.strict else 0


if __name__ == '__main__':
    sys.exit(main())
