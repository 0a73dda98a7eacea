#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/mk-gpu-table.py refuses each kind of malformed table, naming the line. Prints TAP.

    mk-gpu-table-test.py MK-GPU-TABLE.PY IGD.TSV AMD.TSV
"""
import os
import subprocess
import sys
import tempfile


def column(name, value):
    """Change one column of the first row."""
    def change(lines, first, columns):
        cells = lines[first].split("\t")
        cells[columns.index(name)] = value
        lines[first] = "\t".join(cells)
    return change


def swap(lines, first, _columns):
    lines[first], lines[first + 1] = lines[first + 1], lines[first]


def repeat(lines, first, _columns):
    lines.insert(first, lines[first])


def short_row(lines, first, _columns):
    lines[first] = lines[first].rpartition("\t")[0]


def other_columns(lines, first, _columns):
    lines[first - 1] = lines[first - 1].replace("device", "id")


def no_rows(lines, first, _columns):
    del lines[first:]


# what is wrong, in which file, how to make it so, what the sentence must hold
CASES = [
    ("id with capitals", 0, column("device", "010A"), "four hex digits"),
    ("id too long", 0, column("device", "00102"), "four hex digits"),
    ("ids out of order", 0, swap, "does not ascend"),
    ("the same id twice", 0, repeat, "does not ascend"),
    ("a missing cell", 0, short_row, "cells, expected"),
    ("other columns", 0, other_columns, "the columns are"),
    ("no rows at all", 0, no_rows, "no rows"),
    ("an empty cell", 0, column("platform", ""), "bad text"),
    ("a quote", 0, column("platform", 'Sandy "Bridge'), "bad text"),
    ("a backslash", 0, column("name", "x\\n"), "bad text"),
    ("a control character", 0, column("name", "x\x1by"), "bad text"),
    ("not ASCII", 0, column("name", "Gr\u00fcn"), "not ASCII"),
    ("an unknown kind", 0, column("kind", "mobile"), "kind is"),
    ("an unknown answer", 0, column("legacy", "maybe"), "legacy is"),
    ("an unknown register", 0, column("bdsm", "60"), "bdsm is"),
    ("an unknown layout", 0, column("ggc", "gen7"), "ggc is"),
    ("an unknown quirk", 0, column("igfx", "mainline-5.5"), "igfx is"),
    ("no version", 0, column("graphics_ver", "-"), "graphics_ver is"),
    ("a version out of range", 0, column("graphics_ver", "5"), "graphics_ver is"),
    ("a generation that QEMU does not have", 0, column("qemu_c", "10"), "qemu_c is"),
    ("an integrated GPU without GGC", 0, column("ggc", "-"), "an integrated one has both"),
    ("a discrete GPU with BDSM", 0, column("kind", "discrete"), "discrete GPU has no"),
    ("GGC in MMIO without BDSM there", 0, column("ggc", "mtl"), "move to MMIO together"),
    ("AMD: a missing cell", 1, short_row, "cells, expected"),
    ("AMD: ids out of order", 1, swap, "does not ascend"),
]


def run(script, paths):
    return subprocess.run([sys.executable, script] + paths, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                          check=False)


def main(argv):
    script, paths = argv[1], argv[2:4]
    failed = 0
    done = run(script, paths)
    print(f"1..{len(CASES) + 1}")
    rows = sum(line.startswith(b"\t{ .vendor") for line in done.stdout.splitlines())
    wanted = sum(not line.startswith("#") for path in paths for line in open(path, encoding="ascii")) - 2
    good = done.returncode == 0 and rows == wanted and not done.stderr
    print(f"{'ok' if good else 'not ok'} 1 - the committed tables give {rows} rows of {wanted}")
    failed += not good
    with tempfile.TemporaryDirectory() as folder:
        for number, (what, which, change, sentence) in enumerate(CASES, 2):
            with open(paths[which], encoding="ascii") as f:
                lines = f.read().split("\n")[:-1]
            head = next(i for i, line in enumerate(lines) if not line.startswith("#"))
            change(lines, head + 1, lines[head].split("\t"))
            bad = os.path.join(folder, "bad.tsv")
            with open(bad, "w", encoding="utf-8") as f:
                f.write("\n".join(lines) + "\n")
            done = run(script, [bad if i == which else path for i, path in enumerate(paths)])
            said = done.stderr.decode()
            good = done.returncode == 1 and not done.stdout and sentence in said and "bad.tsv" in said \
                and said.count("\n") == 1
            if not good:
                print(f"# status {done.returncode}: {said!r}")
            print(f"{'ok' if good else 'not ok'} {number} - {what}")
            failed += not good
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
