#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mkvbt.py RECIPE OUT - build a VBT from a readable description; with --hex a seed for the fuzzer.

mkvbt.py --c RECIPE...: all of them as arrays of C, on stdout.

A recipe is lines of words, "#" begins a comment:

    vbt NAME            the table's name ("TIGERLAKE"), first line
    bdb VERSION         version of the BDB, second line
    block ID            a block begins; its length is that of what follows
    u8 u16 u32 u64 N... numbers, low byte first; N may be a sum of products of numbers, labels and "i"
    text N WORD         WORD in N bytes, padded with blanks; "text0" pads with zeros, "line" ends it as an EDID does
    zero N              N zeros
    label NAME          NAME is from now on this offset in the BDB
    repeat N ... end    the lines between, N times; "i" counts from 0
    include FILE        the lines of another recipe, from its third on

and on lines of their own, what is odd about the table:

    sum N               add N to the checksum; 0 and right without it
    nul                 a NUL at the end of the name instead of a blank, as some firmware of Bay Trail has
    bdb_short N         the BDB's header says N bytes less than there are
    blocksize ID N      that block's header says N bytes
    pad N               N bytes of 0xff behind the table, as a flash image has
    rom                 the table inside a legacy option ROM
    before N            N bytes in front
    cut N               N bytes of the table are missing at its end
"""
import ast
import operator
import struct
import sys
from pathlib import Path

WIDTHS = {'u8': 1, 'u16': 2, 'u32': 4, 'u64': 8}
ODD = {'sum', 'nul', 'bdb_short', 'blocksize', 'pad', 'rom', 'before', 'cut'}
OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.LShift: operator.lshift,
             ast.BitOr: operator.or_}


def value(text, names):
    """The number that "rows+66*i" is."""
    def of(node):
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return names[node.id]
        return OPERATORS[type(node.op)](of(node.left), of(node.right))
    return of(ast.parse(text, mode='eval').body)


def lines_of(path):
    out = []
    for n, line in enumerate(path.read_text().splitlines(), 1):
        words = line.split('#')[0].split()
        if words and words[0] == 'include':
            out += [w for w in lines_of(path.parent / words[1]) if w[0] not in ('vbt', 'bdb')]
        elif words:
            out.append([*words, f'{path.name}:{n}'])
    return out


class Builder:
    def __init__(self, lines, labels):
        self.lines, self.labels = lines, labels
        self.bdb, self.start, self.version, self.name, self.odd = bytearray(22), None, 0, '', {}

    def close(self):
        if self.start is not None:
            size = self.odd.get(f'blocksize {self.bdb[self.start]}', len(self.bdb) - self.start - 3)
            struct.pack_into('<H', self.bdb, self.start + 1, int(size))

    def put(self, word, args, names):
        if word in WIDTHS:
            for a in args:
                self.bdb += (value(a, names) & ((1 << 8 * WIDTHS[word]) - 1)).to_bytes(WIDTHS[word], 'little')
        elif word in ('text', 'text0', 'line'):
            n, text = int(args[0]), ' '.join(args[1:]).encode() + (b'\n' if word == 'line' else b'')
            self.bdb += text[:n].ljust(n, b'\0' if word == 'text0' else b' ')
        elif word == 'zero':
            self.bdb += bytes(value(args[0], names))
        elif word == 'label':
            self.labels[args[0]] = len(self.bdb)
        elif word == 'block':
            self.close()
            self.start = len(self.bdb)
            self.bdb += bytes([int(args[0]), 0, 0])
        else:
            raise ValueError(word)

    def run(self, begin, end, names):
        at = begin
        while at < end:
            *words, where = self.lines[at]
            word, args = words[0], words[1:]
            try:
                if word == 'repeat':
                    stop, depth = at, 0
                    while True:
                        depth += {'repeat': 1, 'end': -1}.get(self.lines[stop][0], 0)
                        if depth == 0:
                            break
                        stop += 1
                    for i in range(int(args[0])):
                        self.run(at + 1, stop, {**names, **self.labels, 'i': i})
                    at = stop
                elif word == 'vbt':
                    self.name = args[0]
                elif word == 'bdb':
                    self.version = int(args[0])
                elif word not in ODD:
                    self.put(word, args, {**self.labels, **names})
            except (KeyError, ValueError, IndexError, SyntaxError) as e:
                raise SystemExit(f'{where}: {e!r}') from e
            at += 1

    def make(self):
        for *words, _ in self.lines:
            if words[0] == 'blocksize':
                self.odd[f'blocksize {words[1]}'] = int(words[2])
            elif words[0] in ODD:
                self.odd[words[0]] = int(words[1], 0) if len(words) > 1 else 1
        self.run(0, len(self.lines), {})
        self.close()
        return self.wrap()

    def wrap(self):
        struct.pack_into('<16sHHH', self.bdb, 0, b'BIOS_DATA_BLOCK ', self.version, 22,
                         len(self.bdb) - self.odd.get('bdb_short', 0))
        sign = (b'$VBT ' + self.name.encode()).ljust(19) + (b'\0' if 'nul' in self.odd else b' ')
        vbt = bytearray(struct.pack('<20sHHHBBI16x', sign, 100, 48, 48 + len(self.bdb), 0, 0, 48) + self.bdb)
        vbt[26] = -sum(vbt) + self.odd.get('sum', 0) & 0xff
        if 'cut' in self.odd:
            del vbt[-self.odd['cut']:]
        vbt = bytes(self.odd.get('before', 0)) + vbt + b'\xff' * self.odd.get('pad', 0)
        if 'rom' in self.odd:
            head = bytearray(64)
            head[:3] = 0x55, 0xaa, (64 + len(vbt) + 511) // 512
            struct.pack_into('<HH', head, 0x18, 0x20, 64)
            vbt = (head + vbt).ljust(head[2] * 512, b'\0')
        return vbt


def build(path):
    """The bytes; twice over the recipe, so that labels may be used before they are set."""
    lines, labels = lines_of(Path(path)), {}
    labels = {words[1]: 0 for words in lines if words[0] == 'label'}
    Builder(lines, labels).make()
    return Builder(lines, labels).make()


def hexed(data):
    """Pairs of digits; a byte that repeats is written once with its count (replay.c)."""
    out, words, at = [], [], 0
    while at < len(data):
        run = 1
        while at + run < len(data) and data[at + run] == data[at]:
            run += 1
        words += [f'{data[at]:02x}x{run}'] if run > 3 else [f'{data[at]:02x}'] * run
        at += run
    for i in range(0, len(words), 24):
        out.append(' '.join(words[i:i + 24]))
    return '\n'.join(out) + '\n'


def arrays(paths):
    for path in map(Path, paths):
        data = build(path)
        rows = [', '.join(f'0x{b:02x}' for b in data[i:i + 20]) for i in range(0, len(data), 20)]
        print(f'static const uint8_t {path.stem.replace("-", "_")}[] = {{\n\t' + ',\n\t'.join(rows) + '\n};\n')


def main():
    if sys.argv[1] == '--c':
        arrays(sys.argv[2:])
        return 0
    args = [a for a in sys.argv[1:] if a != '--hex']
    data = build(args[0])
    if '--hex' in sys.argv:
        first = Path(args[0]).read_text().splitlines()[1].lstrip('# ')
        Path(args[1]).write_text(f'# SPDX-License-Identifier: GPL-2.0-or-later\n# {first}\n'
                                 f'# made by tests/vbt/mkvbt.py --hex tests/vbt/{Path(args[0]).name}\n{hexed(data)}')
    else:
        Path(args[1]).write_bytes(data)
    return 0


if __name__ == '__main__':
    sys.exit(main())
