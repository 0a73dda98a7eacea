#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""check-source.py - what holds for every text of the tree and needs no compiler.

- The first line (the second after a "#!") of each source file names its licence.
- No word that announces unfinished work: what is not done is not in the tree.
- No blanks at line ends, a newline at the end, no carriage returns, valid UTF-8.

Fixtures are what other programs printed and are left as those did.
"""
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
LICENCES = ('GPL-2.0-or-later', 'BSD-2-Clause')
FIRMWARE = re.compile(r'^(tests/)?efi/')  # goes into people's firmware, and what tests it: BSD-2-Clause alone
CODE = re.compile(r'(\.(c|h|py|sh)|^Makefile|^tools/deps|^\.ci/run)$')
FIXTURE = re.compile(r'^(tests/(hosts|images)/|tests/fuzz/corpus/|tests/.*\.(out|golden)$|LICENSES/|COPYING$|data/)')
# Spelled in halves, so that this file passes itself.
UNFINISHED = re.compile(r'\b(TO' r'DO|FIX' r'ME|XX' r'X|HA' r'CK)\b')


def files():
    p = subprocess.run(['git', 'ls-files', '--cached', '--others', '--exclude-standard'], cwd=TOP, text=True,
                       stdout=subprocess.PIPE, check=False)
    if p.returncode == 0:
        return [f for f in p.stdout.split('\n') if f and (TOP / f).is_file() and not (TOP / f).is_symlink()]
    return [str(f.relative_to(TOP)) for f in TOP.rglob('*')
            if f.is_file() and not str(f.relative_to(TOP)).startswith(('build', '.git'))]


def licence_of(lines):
    at = 1 if lines and lines[0].startswith('#!') else 0
    m = re.search(r'SPDX-License-Identifier: (\S+)', lines[at]) if len(lines) > at else None
    return m[1] if m else None


def complaints(name, data):
    try:
        text = data.decode()
    except UnicodeDecodeError as e:
        yield f'{name}: byte {e.start} is not UTF-8'
        return
    lines = text.split('\n')
    if CODE.search(name) and licence_of(lines) not in LICENCES:
        yield f'{name}:1: no SPDX-License-Identifier line with one of {", ".join(LICENCES)}'
    elif CODE.search(name) and FIRMWARE.search(name) and licence_of(lines) != 'BSD-2-Clause':
        yield f'{name}:1: the UEFI drivers and their tests are under BSD-2-Clause'
    if text and not text.endswith('\n'):
        yield f'{name}:{len(lines)}: no newline at the end'
    for n, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield f'{name}:{n}: blanks (or a carriage return) at the end of the line'
        if UNFINISHED.search(line):
            yield f'{name}:{n}: a word of unfinished work'


def main():
    names = [f for f in files() if not FIXTURE.search(f)]
    found = [c for f in names for c in complaints(f, (TOP / f).read_bytes())]
    print('\n'.join(found) if found else f'{len(names)} files')
    return 1 if found or not names else 0


if __name__ == '__main__':
    sys.exit(main())
