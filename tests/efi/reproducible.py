#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The drivers come out the same wherever and whenever they are built. Prints TAP.

    reproducible.py SOURCE-ROOT BUILD-ROOT DRIVER.efi...

Runs the very command by which ninja built each driver again, over copies of the sources in two other folders, one deep
and one whose name has a blank, and compares the bytes.
"""
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE, BUILD = (Path(a).resolve() for a in sys.argv[1:3])
FOLDERS = ('a', 'a folder/of/another name')


def command(driver):
    """The words of the call, and nothing else: the target has no other command before it."""
    p = subprocess.run(['ninja', '-C', BUILD, '-t', 'commands', '-s', driver], text=True, stdout=subprocess.PIPE,
                       check=True)
    return shlex.split(p.stdout.strip().splitlines()[-1])


def moved(word, source, build):
    """A word of the command for a source and a build that lie elsewhere."""
    flag = '-I' if word.startswith('-I') else ''
    path = Path(os.path.normpath(BUILD / word[len(flag):]))
    if word.startswith('-') and not flag:
        return word
    if path.is_relative_to(BUILD) and (path.exists() or word.endswith('.efi')):
        return flag + str(build / path.relative_to(BUILD))
    if path.is_relative_to(SOURCE) and path.exists():
        return flag + str(source / path.relative_to(SOURCE))
    return word


def build_in(top, driver):
    source, build = top / 'source', top / 'made'
    shutil.copytree(SOURCE / 'efi', source / 'efi', dirs_exist_ok=True)
    shutil.copytree(BUILD / 'efi', build / 'efi', dirs_exist_ok=True, ignore=shutil.ignore_patterns('*.efi'))
    words = [moved(w, source, build) for w in command(driver)]
    assert any(str(source) in w for w in words), words
    subprocess.run(words, cwd=build, check=True)
    return (build / driver).read_bytes()


def main():
    drivers = sys.argv[3:]
    print(f'1..{len(drivers)}')
    failed = False
    for n, driver in enumerate(drivers, 1):
        with tempfile.TemporaryDirectory(prefix='igdctl-efi-') as tmp:
            made = [build_in(Path(tmp, f), driver) for f in FOLDERS]
        ok = len(made) == 2 and all(b == (BUILD / driver).read_bytes() for b in made)
        failed |= not ok
        print(f'{"ok" if ok else "not ok"} {n} - {driver} has the same bytes in three folders')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
