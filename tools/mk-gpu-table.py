#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turn data/igd.tsv and data/amd-apu.tsv into the rows of the C table in src/fw/igd_id.c.

    mk-gpu-table.py IGD.TSV AMD.TSV > gpu-table.inc

A table decides what a user is told about a machine, so nothing doubtful passes: every column is held
to its own grammar, ids ascend, and the columns of a row must agree with one another. The first mistake
ends the run with FILE:LINE and a sentence, exit status 1.
"""
import re
import sys

SUPPORT = {"yes": "SUPPORT_YES", "no": "SUPPORT_NO", "unverified": "SUPPORT_UNVERIFIED"}
KIND = {"integrated": "GPU_INTEL_INTEGRATED", "discrete": "GPU_INTEL_DISCRETE"}
BDSM = {"-": "BDSM_NONE", "5c": "BDSM_5C_32", "c0": "BDSM_C0_64", "mmio": "BDSM_MMIO_64"}
GGC = {"-": "GGC_NONE", "gen6": "GGC_GEN6", "gen8": "GGC_GEN8", "gen9": "GGC_GEN9", "chv": "GGC_CHV",
       "mtl": "GGC_MTL"}
IGFX = {"-": "IGFX_NONE", "mainline-5.4": "IGFX_MAINLINE_5_4", "ubuntu-6.8.0-49": "IGFX_UBUNTU_6_8_49",
        "ubuntu-6.8.0-53": "IGFX_UBUNTU_6_8_53", "ubuntu-6.8.0-103": "IGFX_UBUNTU_6_8_103"}
QEMU_GEN = {"-1", "6", "7", "8", "9", "11", "12"}

IGD_COLUMNS = ("device kind platform name graphics_ver driver legacy upt gvtg sriov_mainline sriov_dkms "
               "bdsm ggc igfx qemu_a qemu_b qemu_c quirks").split()
AMD_COLUMNS = "device platform name driver quirks".split()


class Mistake(Exception):
    """FILE:LINE: what is wrong there."""


def rows(path, columns):
    """Yield (line number, {column: text}) for each row; the first uncommented line names the columns."""
    head = last = None
    with open(path, "rb") as f:
        data = f.read()
    if data and not data.endswith(b"\n"):
        raise Mistake(f"{path}: the last line has no end")
    for number, raw in enumerate(data.split(b"\n")[:-1], 1):
        where = f"{path}:{number}"
        try:
            line = raw.decode("ascii")
        except UnicodeDecodeError:
            raise Mistake(f"{where}: not ASCII") from None
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        if head is None:
            if cells != columns:
                raise Mistake(f"{where}: the columns are {cells}, expected {columns}")
            head = cells
            continue
        if len(cells) != len(columns):
            raise Mistake(f"{where}: {len(cells)} cells, expected {len(columns)}")
        for name, cell in zip(columns, cells):
            if not cell or cell != cell.strip() or any(not 0x20 <= ord(c) < 0x7f or c in '"\\' for c in cell):
                raise Mistake(f"{where}: bad text in column {name}: {cell!r}")
        row = dict(zip(columns, cells))
        if not re.fullmatch("[0-9a-f]{4}", row["device"]):
            raise Mistake(f"{where}: {row['device']!r} is not a device id of four hex digits")
        if last is not None and row["device"] <= last:
            raise Mistake(f"{where}: {row['device']} does not ascend after {last}")
        last = row["device"]
        yield where, row
    if last is None:
        raise Mistake(f"{path}: no rows")


def pick(where, row, column, words):
    """The C name of a cell that must be one of a few words."""
    if row[column] not in words:
        raise Mistake(f"{where}: {column} is {row[column]!r}, expected one of {', '.join(sorted(words))}")
    return words[row[column]]


def text(cell):
    return '""' if cell == "-" else f'"{cell}"'


def fields(pairs):
    return "\t{ " + ", ".join(f".{name} = {value}" for name, value in pairs) + " },"


def igd_row(where, row):
    version = re.fullmatch(r"([1-9][0-9]?)(?:\.[0-9x]{1,2}\+?)?", row["graphics_ver"])
    if not version or not 6 <= int(version[1]) <= 99:
        raise Mistake(f"{where}: graphics_ver is {row['graphics_ver']!r}")
    for column in ("qemu_a", "qemu_b", "qemu_c"):
        if row[column] not in QEMU_GEN:
            raise Mistake(f"{where}: {column} is {row[column]!r}, not a number that igd_gen() answers")
    discrete = row["kind"] == "discrete"
    if discrete != (row["bdsm"] == "-") or discrete != (row["ggc"] == "-"):
        raise Mistake(f"{where}: a discrete GPU has no stolen memory registers, an integrated one has both")
    if (row["bdsm"] == "mmio") != (row["ggc"] == "mtl"):
        raise Mistake(f"{where}: GGC and BDSM move to MMIO together")
    if discrete and {row["legacy"], row["upt"], row["gvtg"]} != {"no"}:
        raise Mistake(f"{where}: a discrete GPU offers none of the modes of an integrated one")
    a, b, c = row["qemu_a"], row["qemu_b"], row["qemu_c"]
    return fields([
        ("vendor", "0x8086"), ("device", "0x" + row["device"]), ("kind", pick(where, row, "kind", KIND)),
        ("platform", text(row["platform"])), ("name", text(row["name"])),
        ("graphics_ver", text(row["graphics_ver"])), ("generation", version[1]),
        ("qemu_gen", f"{{ {a}, {b}, {c}, {c}, {c} }}"), ("driver", text(row["driver"])),
        ("legacy", pick(where, row, "legacy", SUPPORT)), ("upt", pick(where, row, "upt", SUPPORT)),
        ("gvtg", pick(where, row, "gvtg", SUPPORT)), ("sriov_mainline", text(row["sriov_mainline"])),
        ("sriov_dkms", text(row["sriov_dkms"])), ("bdsm", pick(where, row, "bdsm", BDSM)),
        ("ggc", pick(where, row, "ggc", GGC)), ("igfx", pick(where, row, "igfx", IGFX)),
        ("quirks", text(row["quirks"])),
    ])


def amd_row(_where, row):
    return fields([
        ("vendor", "0x1002"), ("device", "0x" + row["device"]), ("kind", "GPU_AMD_APU"),
        ("platform", text(row["platform"])), ("name", text(row["name"])), ("graphics_ver", '""'),
        ("qemu_gen", "{ -1, -1, -1, -1, -1 }"), ("driver", text(row["driver"])), ("sriov_mainline", '""'),
        ("sriov_dkms", '""'), ("quirks", text(row["quirks"])),
    ])


def main(argv):
    if len(argv) != 3:
        print("usage: mk-gpu-table.py IGD.TSV AMD.TSV", file=sys.stderr)
        return 2
    try:
        # ascending by vendor, then device: 1002 before 8086
        out = [amd_row(where, row) for where, row in rows(argv[2], AMD_COLUMNS)]
        out += [igd_row(where, row) for where, row in rows(argv[1], IGD_COLUMNS)]
    except (Mistake, OSError) as mistake:
        print(f"mk-gpu-table: {mistake}", file=sys.stderr)
        return 1
    print("/* made by tools/mk-gpu-table.py from data/igd.tsv and data/amd-apu.tsv */")
    print("\n".join(out))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
