#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pack_tests.py WRAP-DUMP - a firmware image in every archive and vendor's program comes out bit for bit; odd ones too, bad
ones with a reason. Prints TAP.

As wraps.py, with the images of packs.py. They go through once with names in UTF-8 and, the archives, once without a
locale, where libarchive converts names by other ways.
"""
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'partners')]
import packs  # noqa: E402
from tap import Tap  # noqa: E402
from wraps import LARGE, SMALL, judge, payload  # noqa: E402


def main():
    program, tap = sys.argv[1], Tap()
    counts = {}
    small = payload(SMALL, 1 << 18)
    for (name, bytes_), kinds, locale in ((small, ('good', 'odd', 'bad'), 'C.UTF-8'), (small, ('good',), 'C'),
                                          (payload(LARGE, 1 << 21), ('good',), 'C.UTF-8')):
        os.environ['LC_ALL'] = locale
        for v in packs.variants(bytes_):
            if v.kind in kinds:
                counts.setdefault(v.wrapper, set()).add(v.kind)
                tap.result(f'{v.wrapper}: {v.kind}: {v.defect} ({name}, {locale})', judge(program, v))
    for w, kinds in counts.items():
        if w and w != 'signed-image':  # a bad one of those is not recognised
            tap.result(f'{w} has good, odd and bad ones', [] if len(kinds) == 3 else [kinds])
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
