#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tidy.py CLANG-TIDY BUILD FILE... - clang-tidy over the files, one a processor at a time.

Debian's run-clang-tidy prints each command and each count of suppressed warnings; this prints what was found.
"""
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent


def tidy(tool, build, name):
    p = subprocess.run([tool, '-p', build, '--quiet', '--warnings-as-errors=*', name], cwd=TOP, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if p.returncode == 0:
        return ''
    return p.stdout or f'{name}: clang-tidy ended with {p.returncode}\n{p.stderr}'


def commands(build):
    """One command a file: of several, which clang-tidy would run in one process, its checks of va_list take the later
    ones for wrong."""
    first = {}
    for c in json.loads(Path(build, 'compile_commands.json').read_text()):
        first.setdefault(str(Path(c['directory'], c['file']).resolve()), c)
    return first


def main():
    tool, build, *names = sys.argv[1:]
    known = commands(build)
    names = [n for n in names if str((TOP / n).resolve()) in known]
    if not names:
        print('none of these files is compiled')
        return 1
    with tempfile.TemporaryDirectory(prefix='igdctl-tidy-') as tmp, ThreadPoolExecutor(os.cpu_count()) as pool:
        Path(tmp, 'compile_commands.json').write_text(json.dumps(list(known.values())))
        found = [said for said in pool.map(lambda n: tidy(tool, tmp, n), names) if said]
    print(''.join(found) if found else f'{len(names)} files')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
