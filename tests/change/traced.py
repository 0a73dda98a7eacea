#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""traced.py - does the crash test see every call that writes?

    traced.py CRASH SCENARIO...

The test counts calls where the program leaves for the C library; here strace(1) counts them where the C library
leaves for the kernel. Both lists have to be the same, call by call: a write that the library makes by itself, or a
call that nobody thought of, would be one at which nothing was ever stopped.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'partners'))
from tap import Tap  # noqa: E402

ALWAYS = set('''
    truncate ftruncate fallocate fsync fdatasync syncfs sync sync_file_range rename renameat renameat2 unlink unlinkat
    rmdir mkdir mkdirat link linkat symlink symlinkat mknod mknodat chmod fchmod fchmodat fchmodat2 chown fchown lchown
    fchownat setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr utime utimes utimensat futimesat
    copy_file_range sendfile splice tee vmsplice io_uring_enter io_submit mount umount2 quotactl bind
'''.split())
OPENS = {'open', 'openat', 'openat2', 'creat'}
WRITES = {'write', 'pwrite64', 'writev', 'pwritev', 'pwritev2'}
LINE = re.compile(r'^(?:\d+ +)?([a-z0-9_]+)\((.*)$')


def writing(name, rest):
    """Does this call write to a file?"""
    if name in OPENS:
        path = re.search(r'"((?:[^"\\]|\\.)*)"', rest)
        if path and (path[1] == '/dev/null' or path[1].startswith('/proc/')):
            return False
        return bool(re.search(r'O_WRONLY|O_RDWR|O_CREAT|O_TRUNC', rest)) or name == 'creat'
    if name in WRITES:
        return bool(re.match(r'\d+<[^>]*igdctl-crash-', rest))
    if name == 'ioctl':
        return 'FS_IOC_SETFLAGS' in rest or 'FS_IOC_FSSETXATTR' in rest or 'FICLONE' in rest
    if name == 'mmap':
        return 'MAP_SHARED' in rest and 'PROT_WRITE' in rest and 'MAP_ANON' not in rest
    return name in ALWAYS


def traced(text):
    """The writing calls between the marks."""
    names, on, marks = [], False, 0
    for line in text.splitlines():
        if '"/igdctl-begin"' in line or '"/igdctl-end"' in line:
            on, marks = '"/igdctl-begin"' in line, marks + 1
            continue
        m = LINE.match(line)
        if on and m and writing(m[1], m[2]):
            names.append((m[1], line))
    return names, marks


def compare(crash, scenario, folder):
    """None when both lists are one, or what differs."""
    log = os.path.join(folder, scenario)
    env = {**os.environ, 'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0'}
    p = subprocess.run(['strace', '-f', '-y', '-s', '200', '-e', 'signal=none', '-o', log, crash, '--count', scenario],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env, check=False)
    if p.returncode:
        return f'exit status {p.returncode}: {p.stdout}'
    counted = p.stdout.split()
    with open(log, errors='replace', encoding='utf-8') as f:
        seen, marks = traced(f.read())
    if marks != 2 or not counted:
        return f'{marks} marks in the trace, {len(counted)} calls counted'
    for i in range(max(len(seen), len(counted))):
        a = seen[i][0] if i < len(seen) else 'none'
        b = counted[i] if i < len(counted) else 'none'
        if a != b:
            what = seen[i][1] if i < len(seen) else ''
            return f'call {i + 1}: the kernel saw {a}, the test counted {b}\n{what}'
    return None


def main():
    crash, *scenarios = sys.argv[1:]
    t = Tap()
    there = shutil.which('strace')
    tried = there and subprocess.run(['strace', '-o', '/dev/null', 'true'], capture_output=True, check=False)
    with tempfile.TemporaryDirectory() as folder:
        for scenario in scenarios:
            name = f'{scenario}: every writing call that the kernel saw was counted'
            if not there:
                t.missing(name, 'strace is not installed')
            elif tried.returncode:
                t.skip(name, 'strace may not trace here')
            else:
                why = compare(crash, scenario, folder)
                t.result(name, [why] if why else [])
    return t.end()


if __name__ == '__main__':
    sys.exit(main())
