#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold our reading of DMAR tables against that of ACPICA's iasl, field by field.

    dmar-iasl.py DMAR-DUMP SHARED

Tables: 60 made here from a fixed seed, with every structure that iasl decodes and paths of up to four steps;
those of SHARED/corpus/bulk/acpi-dmar; and the disassemblies of SHARED/corpus/bulk/dmar-dsl-surface, which iasl
compiles back to bytes first. The environment's IGDCTL_SHARED goes before the argument. iasl 20200925 (Debian 12)
stops at structure types 5 and 6; from such a place on the bytes are held against a second reading, below. Prints
TAP. A missing iasl is a failure: this test is about nothing else.
"""
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

KNOWN_TO_IASL = range(0, 5)
SCOPES_AT = {0: 16, 1: 24, 2: 8, 5: 8, 6: 8}


def seal(body):
    table = bytearray(body)
    struct.pack_into("<I", table, 4, len(table))
    table[9] = 0
    table[9] = -sum(table) & 0xff
    return bytes(table)


def make_scope(rnd):
    path = bytes(b for _ in range(rnd.randint(1, 4)) for b in (rnd.randrange(32), rnd.randrange(8)))
    return struct.pack("<BBHBB", rnd.randint(1, 5), 6 + len(path), 0, rnd.randrange(256), rnd.randrange(256)) + path


def make_structure(rnd, kind):
    scopes = b"".join(make_scope(rnd) for _ in range(rnd.randrange(4)))
    base = rnd.randrange(1 << 48) & ~0xfff
    if kind == 0:
        body = struct.pack("<BBHQ", rnd.randrange(2), 0, rnd.randrange(4), base) + scopes
    elif kind == 1:
        body = struct.pack("<HHQQ", 0, rnd.randrange(4), base, base + 0xfff) + scopes
    elif kind == 2:
        body = struct.pack("<BBH", rnd.randrange(2), 0, rnd.randrange(4)) + scopes
    elif kind == 3:
        body = struct.pack("<IQI", 0, base, rnd.randrange(1 << 32))
    else:
        name = b"\\_SB.PCI0.I2C%d\0" % rnd.randrange(10)
        body = struct.pack("<3sB", b"", rnd.randrange(256)) + name
    return struct.pack("<HH", kind, 4 + len(body)) + body


def make_table(rnd):
    head = struct.pack("<4sIBB6s8sI4sI", b"DMAR", 0, rnd.randint(1, 2), 0, b"MADEUP", b"TABLE%03d" % rnd.randrange(999),
                       1, b"TEST", 1)
    head += struct.pack("<BB10x", rnd.choice([35, 38, 45, 51]), rnd.randrange(16))
    return seal(head + b"".join(make_structure(rnd, rnd.choice(KNOWN_TO_IASL)) for _ in range(rnd.randint(1, 12))))


def number(value):
    return int(value.split()[0], 16)


def quoted(value):
    return re.match(r'"(.*?)"', value)[1].rstrip()


FIELD = re.compile(r"\[([0-9A-Fa-f]+)h [0-9]+ +([0-9]+)\] +(.*?) : (.*)$")


def iasl_reading(text):
    """The JSON of dmar-dump out of a disassembly; "stopped_at" is where iasl met a type that it does not know."""
    table = {"units": [], "stopped_at": None}
    here = table
    for line in text.split("\n"):
        field = FIELD.match(line)
        if not field:
            continue
        at, name, value = int(field[1], 16), field[3], field[4]
        if name == "Subtable Type":
            if "Unknown" in value:
                table["stopped_at"] = at
                break
            here = {"type": number(value), "at": at, "flags": 0, "segment": 0, "base": 0, "limit": 0, "number": 0,
                    "name": "", "scopes": []}
            table["units"].append(here)
        elif name == "Device Scope Type":
            here = {"type": number(value), "path": []}
            table["units"][-1]["scopes"].append(here)
        elif name == "PCI Path":
            here["path"].append([int(part, 16) for part in value.split(",")])
        elif name == "Length":
            here["length"] = number(value)
        elif name in ("Flags", "Revision"):
            here[name.lower()] = number(value)
        elif name == "Host Address Width":
            here["host_width"] = number(value) + 1
        elif name == "PCI Segment Number":
            here["segment"] = number(value)
        elif name in ("Register Base Address", "Base Address"):
            here["base"] = number(value)
        elif name == "End Address (limit)":
            here["limit"] = number(value)
        elif name in ("Proximity Domain", "Device Number"):
            here["number"] = number(value)
        elif name == "Device Name":
            here["name"] = quoted(value)
        elif name == "Enumeration ID":
            here["enum"] = number(value)
        elif name == "PCI Bus Number":
            here["bus"] = number(value)
        elif name == "Oem ID":
            here["oem"] = quoted(value)
        elif name == "Oem Table ID":
            here["oem_table"] = quoted(value)
    return table


def second_reading(data, at):
    """Structures of @data from @at on: only what SATC and SIDP have (VT-d specification 8.8 and 8.9)."""
    units = []
    while at < len(data):
        kind, length = struct.unpack_from("<HH", data, at)
        unit = {"type": kind, "at": at, "length": length, "flags": 0, "segment": 0, "base": 0, "limit": 0, "number": 0,
                "name": "", "scopes": []}
        if kind in (5, 6):
            unit["flags"] = data[at + 4] if kind == 5 else 0
            unit["segment"] = struct.unpack_from("<H", data, at + 6)[0]
            place = at + SCOPES_AT[kind]
            while place < at + length:
                size = data[place + 1]
                path = data[place + 6:place + size]
                unit["scopes"].append({"type": data[place], "flags": data[place + 2], "enum": data[place + 4],
                                       "bus": data[place + 5], "path": [list(path[i:i + 2])
                                                                        for i in range(0, len(path), 2)]})
                place += size
        units.append(unit)
        at += length
    return units


def differences(ours, theirs, data):
    """What differs, as sentences. iasl does not print a scope's flags byte apart: the bytes decide it."""
    if theirs["stopped_at"] is not None:
        theirs["units"] += second_reading(data, theirs["stopped_at"])
    for unit in theirs["units"]:
        place = unit["at"] + SCOPES_AT.get(unit["type"], 0)
        for scope in unit["scopes"]:
            scope["flags"] = data[place + 2]
            place += data[place + 1]
    theirs["checksum_ok"] = sum(data) & 0xff == 0
    if ours["code"] != 0:
        return [f"refused with {ours['code']}"]
    found = [f"{key}: {ours[key]!r}, iasl {theirs[key]!r}"
             for key in ("revision", "host_width", "flags", "oem", "oem_table", "checksum_ok") if ours[key] != theirs[key]]
    if len(ours["units"]) != len(theirs["units"]):
        found.append(f"{len(ours['units'])} structures, iasl {len(theirs['units'])}")
    for index, (a, b) in enumerate(zip(ours["units"], theirs["units"])):
        found += [f"structure {index} {key}: {a[key]!r}, iasl {b[key]!r}" for key in sorted(a.keys() | b.keys())
                  if a.get(key) != b.get(key)]
    return found


def run(*words, cwd):
    return subprocess.run(words, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)


def disassemble(iasl, folder, name, data):
    with open(os.path.join(folder, name + ".dat"), "wb") as f:
        f.write(data)
    done = run(iasl, "-d", name + ".dat", cwd=folder)
    try:
        with open(os.path.join(folder, name + ".dsl"), encoding="latin-1") as f:
            return f.read()
    except FileNotFoundError:
        raise RuntimeError(f"iasl -d wrote nothing: {done.stdout!r}") from None


def compare(iasl, dump, folder, tables):
    """@tables: {name: bytes}. Answers {name: [differences]}."""
    names = sorted(tables)
    readings = {name: iasl_reading(disassemble(iasl, folder, name, tables[name])) for name in names}
    done = subprocess.run([dump] + [name + ".dat" for name in names], cwd=folder, stdout=subprocess.PIPE, timeout=60,
                          check=True)
    ours = {row["file"][:-4]: row for row in map(json.loads, done.stdout.splitlines())}
    return {name: differences(ours[name], readings[name], tables[name]) for name in names}


def real_tables(folder):
    if not os.path.isdir(folder):
        return {}
    return {"t" + name.split(".")[0]: open(os.path.join(folder, name), "rb").read()
            for name in sorted(os.listdir(folder)) if name.endswith(".bin")}


def compiled_tables(iasl, source, folder):
    tables = {}
    for name in sorted(os.listdir(source)) if os.path.isdir(source) else []:
        if name.endswith(".dsl"):
            stem = "c_" + name[:-4]
            shutil.copyfile(os.path.join(source, name), os.path.join(folder, stem + ".asl"))
            done = run(iasl, "-p", stem, stem + ".asl", cwd=folder)
            try:
                with open(os.path.join(folder, stem + ".aml"), "rb") as f:
                    tables[stem] = f.read()
            except FileNotFoundError:
                raise RuntimeError(f"iasl did not compile {name}: {done.stdout!r}") from None
    return tables


def main(argv):
    dump, shared = os.path.abspath(argv[1]), os.environ.get("IGDCTL_SHARED") or argv[2]
    iasl = shutil.which("iasl")
    if not iasl:
        print("1..1\nnot ok 1 - iasl (Debian's acpica-tools) is missing; nothing can be compared")
        return 1
    rnd = random.Random(1)
    bulk = os.path.join(shared, "corpus", "bulk")
    failed = 0
    print("1..3")
    with tempfile.TemporaryDirectory() as folder:
        sets = [("made-up tables", {f"m{i:02}": make_table(rnd) for i in range(60)}),
                ("tables of real machines", real_tables(os.path.join(bulk, "acpi-dmar"))),
                ("tables compiled by iasl", compiled_tables(iasl, os.path.join(bulk, "dmar-dsl-surface"), folder))]
        for index, (what, tables) in enumerate(sets, 1):
            if not tables:
                print(f"ok {index} - {what} # SKIP no such folder below {shared}")
                continue
            bad = {name: found for name, found in compare(iasl, dump, folder, tables).items() if found}
            for name, found in bad.items():
                print("\n".join(f"# {name}: {sentence}" for sentence in found))
            print(f"{'not ok' if bad else 'ok'} {index} - {what}: {len(tables) - len(bad)} of {len(tables)} agree with iasl")
            failed += bool(bad)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
