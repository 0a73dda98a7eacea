#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ovmf-boot.py [--rounds N] [--probe EFI] IGDCTL - how long until OVMF would start a system, as it is and injected.

Both images of a row are booted by turns, so that a slow moment of the machine meets both, up to the first ReadyToBoot.
Compared are the medians of two times: seconds of the processor, which hardly change with what else the machine does,
and seconds on the wall, which do, and whose spans say how much their ratio is worth. QEMU emulates the processor
(tests/boot/machine.py), so the seconds are no user's; the ratio is.

Promised: at most 1.05 x, of the processor. Nothing here is a test, but with --strict a broken promise is exit 1. EFI
is tests/boot's probe.efi, built in a build with -Dtests=enabled; without the option it is looked for below IGDCTL's
folder.
"""
import argparse
import statistics
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.append(str(TOP / 'tests' / 'boot'))

import ovmf  # noqa: E402
import parts  # noqa: E402
import told  # noqa: E402

RATIO = 1.05
READY = 'probe: ReadyToBoot'


def seconds(start, bench, path):
    """(of the processor, on the wall)"""
    b = start.boot(bench, path)
    if told.told_faults(b):
        sys.exit(told.told_faults(b)[0])
    return b.cpu, b.seconds(READY)


def compare(start, bench, rounds):
    stock, injected = start.image.stock(), start.image.injected()
    times = {stock: [], injected: []}
    for n in range(rounds + 1):
        for path, got in times.items():
            took = seconds(start, bench, path)
            if n:  # the first warms the cache
                got.append(took)
    return times[stock], times[injected]


def row(start, stock, injected):
    """One line; is the promise kept?"""
    cells, ratios = [], []
    for a, b in zip(zip(*stock), zip(*injected)):
        ratios.append(statistics.median(b) / statistics.median(a))
        cells += [f'{statistics.median(t):6.2f} s ({min(t):.2f} to {max(t):.2f})' for t in (a, b)]
        cells.append(f'{ratios[-1]:.3f} x')
    print(f'{str(start):<36}' + '  '.join(cells) + ('' if ratios[0] <= RATIO else '  BROKEN'), flush=True)
    return ratios[0] <= RATIO


def starts(program):
    """Each image once, on the last of its boards, without Secure Boot's keys; those of the corpus where it is."""
    for name, code, variables, _, boards in ovmf.IMAGES:
        image = ovmf.Image(program, name, code)
        try:
            image.stock()
        except told.Absent as e:
            print(f'{name}: left out, {e}')
            continue
        yield ovmf.Start(image, variables, boards[-1], False)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--rounds', type=int, default=5)
    ap.add_argument('--probe', type=Path)
    ap.add_argument('--strict', action='store_true', help='exit 1 when the promise is broken')
    ap.add_argument('igdctl', type=Path)
    args = ap.parse_args()
    probe = args.probe or args.igdctl.resolve().parent / 'tests' / 'boot' / 'probe.efi'
    if not probe.exists():
        sys.exit(f'{probe} is not there: meson setup -Dtests=enabled, or --probe')
    bench, program = told.Bench(probe), parts.Program(args.igdctl)
    print(f'{"time to ReadyToBoot":<36}processor, as it is and injected, at most {RATIO} x; wall')
    kept = [row(s, *compare(s, bench, args.rounds)) for s in starts(program)]
    print(f'{len(kept)} images, medians of {args.rounds} by turns; {kept.count(False)} promises broken')
    return 1 if args.strict and not all(kept) else 0


if __name__ == '__main__':
    sys.exit(main())
