#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turn the linked UEFI drivers into the arrays of C in src/fw/igd_driver.c.

    mk-driver-inc.py NAME=FILE.efi... > igd-drivers.inc
"""
import re
import sys


def array(name, data):
    rows = [', '.join(f'{b:#04x}' for b in data[i:i + 16]) for i in range(0, len(data), 16)]
    return f'static const uint8_t {name}[{len(data)}] = {{\n\t' + ',\n\t'.join(rows) + ',\n};'


def main(argv):
    if len(argv) < 2:
        print('usage: mk-driver-inc.py NAME=FILE.efi...', file=sys.stderr)
        return 2
    print('/* made by tools/mk-driver-inc.py from the drivers of efi/ */')
    for arg in argv[1:]:
        name, _, path = arg.partition('=')
        try:
            with open(path, 'rb') as f:
                data = f.read()
        except OSError as e:
            print(f'mk-driver-inc: {e}', file=sys.stderr)
            return 1
        if not re.fullmatch('[a-z][a-z0-9_]*', name) or data[:2] != b'MZ':
            print(f'mk-driver-inc: {arg}: not the name of an array and a PE image', file=sys.stderr)
            return 1
        print(array(name, data))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
