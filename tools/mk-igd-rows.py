#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turn data/igd.tsv into the rows of the table in efi/igd.c.

    mk-igd-rows.py IGD.TSV > igd-rows.inc

The file is read, and its mistakes are found, by mk-gpu-table.py, so the drivers and the program agree.
"""
import importlib.util
import sys
from pathlib import Path

# Where BDSM and GGC are MMIO registers (Meteor Lake and later), stolen memory is the device's own and none is assigned.
BDSM = {'-': 'BDSM_NONE', '5c': 'BDSM_AT_5C', 'c0': 'BDSM_AT_C0', 'mmio': 'BDSM_NONE'}
GGC = {'-': 'GGC_NONE', 'gen6': 'GGC_GEN6', 'gen8': 'GGC_GEN8', 'gen9': 'GGC_GEN9', 'chv': 'GGC_CHV',
       'mtl': 'GGC_NONE'}


def load(name):
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location('table', Path(__file__).with_name(name))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(argv):
    if len(argv) != 2:
        print('usage: mk-igd-rows.py IGD.TSV', file=sys.stderr)
        return 2
    table = load('mk-gpu-table.py')
    try:
        out = []
        for where, row in table.rows(argv[1], table.IGD_COLUMNS):
            table.igd_row(where, row)  # for what it refuses
            out.append(f'ROW(0x{row["device"]}, {int(row["kind"] == "discrete")}, '
                       f'{table.pick(where, row, "bdsm", BDSM)}, {table.pick(where, row, "ggc", GGC)}),')
    except (table.Mistake, OSError) as mistake:
        print(f'mk-igd-rows: {mistake}', file=sys.stderr)
        return 1
    print('/* made by tools/mk-igd-rows.py from data/igd.tsv */')
    print('\n'.join(out))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
