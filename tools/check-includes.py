#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""check-includes.py COMPILER - the tree is the data flow, and this holds it to that.

- A folder of src/ includes its own files and those of the folders to its left in ORDER.
- X.c includes its own header first, so that each header is proved to need nothing before it.
- Each header compiles first and alone, twice in a row.
- Includes of ours are written from src/ ("base/span.h"); those of others in angle brackets.
- efi/ includes its own files and the headers that a freestanding compiler brings (C11 4 and 7), nothing of src/.
"""
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
SRC = TOP / 'src'
EFI = TOP / 'efi'
FREESTANDING = ['stdarg.h', 'stdbool.h', 'stddef.h', 'stdint.h']
ORDER = ['base', 'std', 'emu', 'fw', 'store', 'host', 'facts', 'check', 'plan', 'rehearse', 'change', 'verify', 'cli']
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
GENERATED = re.compile(r'^[\w-]+\.inc$')  # made in the build folder of the file that includes it


def includes(path):
    for n, line in enumerate(path.read_text(errors='replace').splitlines(), 1):
        m = INCLUDE.match(line)
        if m:
            yield n, m[1] == '"', m[2]


def complaints(path):
    name = path.relative_to(SRC)
    folder = name.parts[0]
    if folder not in ORDER:
        yield f'src/{name}: {folder}/ is not in the order {", ".join(ORDER)}'
        return
    own = name.with_suffix('.h')
    first = True
    for n, ours, what in includes(path):
        if ours and GENERATED.match(what):
            continue
        head = what.split('/')[0]
        if ours and (head not in ORDER or not (SRC / what).is_file()):
            yield f'src/{name}:{n}: "{what}" is not a path from src/'
        elif ours and ORDER.index(head) > ORDER.index(folder):
            yield f'src/{name}:{n}: {folder}/ may not include {what}: {head}/ comes later'
        elif not ours and (SRC / what).is_file():
            yield f'src/{name}:{n}: <{what}> is ours: write "{what}"'
        if first and path.suffix == '.c' and (SRC / own).is_file() and what != str(own):
            yield f'src/{name}:{n}: its own header "{own}" comes first'
        first = False


def efi_complaints(path):
    name, own, first = path.name, path.with_suffix('.h'), True
    for n, ours, what in includes(path):
        if ours and GENERATED.match(what):
            continue
        if ours and not (path.parent / what).is_file():
            yield f'efi/{name}:{n}: "{what}" is not in efi/, which stands alone'
        elif not ours and what not in FREESTANDING:
            yield f'efi/{name}:{n}: <{what}> is not there in firmware'
        if first and path.suffix == '.c' and own.is_file() and what != own.name:
            yield f'efi/{name}:{n}: its own header "{own.name}" comes first'
        first = False


def pkg_cflags():
    p = subprocess.run(['pkg-config', '--cflags', 'libpci', 'libarchive', 'libxml-2.0', 'jansson', 'smartcols', 'nettle',
                        'liblzma', 'libbrotlidec', 'zlib', 'liblz4', 'libpng'], text=True,
                       stdout=subprocess.PIPE, check=False)
    return p.stdout.split()


def alone(compiler, top, header, flags):
    name = header.relative_to(top)
    text = f'#include "{name}"\n#include "{name}"\n'
    args = [compiler, '-std=gnu11', '-D_GNU_SOURCE', '-DIGDCTL_VERSION=""', '-Wall', '-Wextra', '-Werror',
            '-Wno-unused-function', f'-I{top}', *flags, '-fsyntax-only', '-x', 'c', '-']
    p = subprocess.run(args, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return [f'{top.name}/{name} does not compile first and alone:\n{p.stdout}'] if p.returncode else []


def main():
    compiler = sys.argv[1] if len(sys.argv) > 1 else 'cc'
    files = sorted([*SRC.rglob('*.c'), *SRC.rglob('*.h')])
    drivers = sorted([*EFI.glob('*.c'), *EFI.glob('*.h')])
    headers = [(SRC, f) for f in files if f.suffix == '.h'] + [(EFI, f) for f in drivers if f.suffix == '.h']
    found = [c for f in files for c in complaints(f)] + [c for f in drivers for c in efi_complaints(f)]
    flags = pkg_cflags()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for got in pool.map(lambda h: alone(compiler, *h, flags), headers):
            found += got
    print('\n'.join(found) if found else f'{len(files) + len(drivers)} files, {len(headers)} headers')
    return 1 if found or not headers else 0


if __name__ == '__main__':
    sys.exit(main())
