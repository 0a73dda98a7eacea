#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""vbt-seeds.py MKVBT.PY RECIPES SEEDS - are the fuzzer's seeds of VBTs still what their recipes say?

Each seed that mkvbt.py made names its recipe in its third line; it must be what mkvbt.py --hex makes of that today.
Prints TAP.
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def remade(mkvbt, recipe):
    """The seed's text as it would be now."""
    with tempfile.NamedTemporaryFile(suffix='.hex') as out:
        subprocess.run([sys.executable, '-B', mkvbt, '--hex', recipe, out.name], check=True)
        return Path(out.name).read_text()


def main():
    mkvbt, recipes, seeds = map(Path, sys.argv[1:])
    made = {}
    for seed in sorted(seeds.glob('*.hex')):
        if m := re.search(r'^# made by .* tests/vbt/(\S+\.recipe)$', seed.read_text(), re.M):
            made[seed] = recipes / m[1]
    print(f'1..{len(made)}')
    failed = not made
    for n, (seed, recipe) in enumerate(made.items(), 1):
        same = recipe.is_file() and remade(mkvbt, recipe) == seed.read_text()
        if not same:
            print(f'# make it anew: mkvbt.py --hex tests/vbt/{recipe.name} tests/fuzz/corpus/vbt/{seed.name}')
        print(f'{"ok" if same else "not ok"} {n} - {seed.name}')
        failed = failed or not same
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
