#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scan.py IGDCTL [WORD...] - "fw scan" and "fw extract" on each image of catalog.py, as TAP.

Of each image: the artifacts are those wanted, each once and with the same bytes, size, build and ids; the exit code is
one of those wanted; "fw extract" writes the same bytes. Then what holds for any image: several inputs are one object
a line, a file is not overwritten, memory keeps to its bound. With WORDs only the cases whose names have one of them.
"""
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'partners')]

import catalog  # noqa: E402
import volumes  # noqa: E402
from fwtest import Wrong, artifacts, compare, digest, extract, instrumented, peak, run, scan  # noqa: E402
from tap import Tap  # noqa: E402

MEMORY = 64 << 20  # or 2.5 times the image
MANY_SECONDS = 20  # by squares it takes 3, by cubes 50


class Images:
    """Each case's file, written once in a folder of its own."""

    def __init__(self, tmp):
        self.tmp, self.n = Path(tmp), 0

    def write(self, data, name=None):
        self.n += 1
        path = self.tmp / (name or f'{self.n}.bin')
        path.write_bytes(data)
        return path


def judge(igdctl, images, case):
    """Faults of one case."""
    path = images.write(case.build())
    found, code, err = scan(igdctl, path)
    faults = compare(case.wants, found)
    if code not in case.exits:
        faults.append(f'exit {code}, not {case.exits}: {err[:500]}')
    if code == 1 and 1 in case.exits and 0 not in case.exits and not err.strip():
        faults.append('exit 1 without a word')
    faults += extracted(igdctl, images, path, found, code)
    path.unlink()
    return faults


def extracted(igdctl, images, path, found, scanned):
    """What extract writes is what scan listed."""
    folder = images.tmp / 'out'
    code, files, err = extract(igdctl, path, folder)
    shutil.rmtree(folder, ignore_errors=True)
    want, got = sorted(a['sha256'] for a in found), sorted(digest(d) for d in files.values())
    faults = []
    if want != got:
        wrote = sorted((n, len(d)) for n, d in files.items())
        faults.append(f'extract wrote {wrote}, not the {len(want)} listed: {err[:300]}')
    if found and code != scanned:
        faults.append(f'extract ends with {code}, scan with {scanned}: {err[:300]}')
    if any(name.startswith('/') or '..' in name.split('/') for name in files):
        faults.append(f'names: {sorted(files)}')
    return faults


# ---- what holds for any image ----------------------------------------------------------------------------------------

def several(igdctl, images):
    """One object a line, in the order of the inputs, each naming its own."""
    paths = [images.write(d, n) for n,
             d in (('a.bin', catalog.GOP), ('b.bin', catalog.VBT), ('c.bin', catalog.small()))]
    ran = run(igdctl, 'fw', 'scan', '--json', *paths)
    objects = ran.objects()
    if ran.code != 0 or [o['input'] for o in objects] != [str(p) for p in paths] or len(ran.out.splitlines()) != 3:
        raise Wrong(f'exit {ran.code}: {ran.out[:500]} {ran.err[:500]}')
    if [len(artifacts(o)) for o in objects] != [1, 1, 2]:
        raise Wrong(ran.out)


def one_is_missing(igdctl, images):
    """The others are read all the same."""
    good = images.write(catalog.GOP)
    ran = run(igdctl, 'fw', 'scan', '--json', images.tmp / 'nothing-here', good)
    mine = [o for o in ran.objects() if o.get('input') == str(good)]
    if ran.code != 1 or 'nothing-here' not in ran.err or len(mine) != 1 or len(artifacts(mine[0])) != 1:
        raise Wrong(f'exit {ran.code}: {ran.out[:500]} {ran.err[:500]}')


def one_is_damaged(igdctl, images):
    data = catalog.small(size=0x8000)
    paths = [images.write(d, n) for n, d in (('whole.bin', data), ('cut.bin', data[:0x7000]))]
    ran = run(igdctl, 'fw', 'scan', '--json', *paths)
    if ran.code != 1 or len(ran.objects()) != 2 or 'cut.bin' not in ran.err or 'whole.bin' in ran.err:
        raise Wrong(f'exit {ran.code}: {ran.err[:500]}')


def no_overwrite(igdctl, images):
    """A second time: refused, and what is there stays; with --force it is replaced."""
    path, folder = images.write(catalog.v.volume(catalog.board())), images.tmp / 'keep'
    code, first, err = extract(igdctl, path, folder)
    if code != 0 or len(first) != 3:
        raise Wrong(f'exit {code}, {sorted(first)}: {err[:500]}')
    for name in first:
        (folder / name).write_bytes(b'mine')
    code, second, err = extract(igdctl, path, folder)
    if code == 0 or {n: second.get(n) for n in first} != dict.fromkeys(first, b'mine'):
        raise Wrong(f'exit {code}: overwritten or no word of it: {err[:500]}')
    code, third, err = extract(igdctl, path, folder, '--force')
    if code != 0 or third != first:
        raise Wrong(f'--force: exit {code}, {sorted(third)}: {err[:500]}')


def no_links_followed(igdctl, images):
    """A link where a file is to be is not written through."""
    path, folder, away = images.write(catalog.GOP), images.tmp / 'links', images.tmp / 'away'
    _, first, _ = extract(igdctl, path, folder)
    name = next(iter(first))
    (folder / name).unlink()
    (folder / name).symlink_to(away)
    code, _, _ = extract(igdctl, path, folder)
    if code == 0 or away.exists():
        raise Wrong(f'exit {code}, written through a link: {away.exists()}')


def deterministic(igdctl, images):
    path = images.write(catalog.v.volume(catalog.board()))
    runs = [run(igdctl, 'fw', 'scan', '--json', path).out for _ in range(2)]
    if runs[0] != runs[1]:
        raise Wrong('two runs, two answers')
    if catalog.v.volume(catalog.board()) != path.read_bytes():
        raise Wrong('the builder is not deterministic')


def memory(igdctl, images):
    """Of one image of 8 MiB with 24 MiB inside."""
    if instrumented(igdctl):
        return
    big = catalog.v.volume([catalog.v.nested(catalog.v.volume(
        [*catalog.board(),
         *(catalog.v.raw_file(catalog.v.numbered(n), bytes([0x90 + n]) * (8 << 20)) for n in range(3))]))])
    path = images.write(catalog.v.flash({'bios': (0x100000, big)}, 8 << 20))
    code, rss = peak(igdctl, 'fw', 'scan', '--json', path)
    if code != 0 or rss > max(MEMORY, path.stat().st_size * 5 // 2):
        raise Wrong(f'exit {code}, {rss >> 20} MiB')


def many_of_one_name(igdctl, images):
    """4,000 VBTs in files of one name: each is written, and the names are not tried one after the other for ever."""
    v, p = catalog.v, catalog.p
    path = images.write(v.volume([v.freeform(v.numbered(n), p.vbt(panel=n & 255, tail=n.to_bytes(4, 'little')), 'Vbt')
                                  for n in range(4000)]))
    begin = time.monotonic()
    code, files, err = extract(igdctl, path, images.tmp / 'many')
    took = time.monotonic() - begin
    shutil.rmtree(images.tmp / 'many', ignore_errors=True)
    if code != 0 or len(files) != 4000 or (took > MANY_SECONDS and not instrumented(igdctl)):
        raise Wrong(f'exit {code}, {len(files)} files, {took:.0f} s: {err[:300]}')


def cut_anywhere(igdctl, images):
    """At 60 lengths: no crash, no end without a word, and nothing whole that is not."""
    whole = catalog.v.volume([catalog.one_vbt(), *catalog.others(1), catalog.v.nested(catalog.small())], size=0x6000)
    sums = {digest(d) for d in (catalog.VBT, catalog.GOP)}
    for n in range(1, len(whole), len(whole) // 60):
        found, code, err = scan(igdctl, images.write(whole[:n], 'cut.bin'))
        lies = [a for a in found if a['sha256'] not in sums and not a['partial']]
        if code not in (0, 1) or (code == 0 and n > 0x100) or lies:
            raise Wrong(f'{n} bytes: exit {code}, {lies} {err[:300]}')


def any_byte(igdctl, images):
    """With 200 bytes changed, one a time, a scan ends with 0 or 1."""
    whole = catalog.small()
    for n in range(0, len(whole), len(whole) // 200):
        data = bytearray(whole)
        data[n] ^= 0xff
        _, code, err = scan(igdctl, images.write(bytes(data), 'byte.bin'))
        if code not in (0, 1):
            raise Wrong(f'byte {n:#x}: exit {code}: {err[:300]}')


GENERAL = (several, one_is_missing, one_is_damaged, no_overwrite, no_links_followed, deterministic, memory,
           many_of_one_name, cut_anywhere, any_byte)


def main():
    igdctl, words = os.path.abspath(sys.argv[1]), sys.argv[2:]
    assert volumes.guid(volumes.FFS2)[:4] == bytes.fromhex('78e58c8c')
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='igdctl-fw-') as tmp:
        images = Images(tmp)
        todo = [(f'{group}: {case.name}', lambda c=case: judge(igdctl, images, c)) for group, case in catalog.cases()]
        todo += [(f'any: {f.__name__.replace("_", " ")}', lambda f=f: f(igdctl, images)) for f in GENERAL]
        for name, test in todo:
            if words and not any(w in name for w in words):
                continue
            try:
                tap.result(name, test() or ())
            except (Wrong, OSError, ValueError, LookupError, TypeError) as e:
                tap.result(name, [f'{type(e).__name__}: {e}'])
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
