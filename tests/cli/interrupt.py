#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""interrupt.py IGDCTL FILE FOLDER - SIGINT in the middle of fw extract, a few times: what does it leave?

FILE is linked to many names in FOLDER/in, which are extracted into FOLDER/out. Prints "nothing half" when every file
there has its final name and all its bytes, and no process of the program is left.
"""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

FILES, ROUNDS = 400, 6


def main():
    igdctl, file, folder = sys.argv[1:]
    many, out = Path(folder, 'in'), Path(folder, 'out')
    many.mkdir()
    for n in range(FILES):
        os.link(file, many / f'{n:03}')
    size = os.stat(file).st_size
    for n in range(ROUNDS):
        p = subprocess.Popen([igdctl, 'fw', 'extract', '--force', '-o', out, many], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, start_new_session=True)
        while not any(out.glob('*')):
            time.sleep(0.01)
        time.sleep(0.05 + 0.037 * n)
        os.kill(p.pid, signal.SIGINT)
        p.communicate()  # ends when the last child has closed its end
        for f in out.iterdir():
            if f.name.startswith('.') or f.stat().st_size != size:
                sys.exit(f'{f.name}: {f.stat().st_size} bytes')
    print('nothing half')


if __name__ == '__main__':
    main()
