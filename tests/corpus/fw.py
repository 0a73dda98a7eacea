#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fw.py IGDCTL [WORD...] - "fw scan" on real firmware whose contents are known, as TAP.

The files are not part of this project: IGDCTL_SHARED names the folder that holds corpus/fw, with GOLDEN.json (what each
image holds, by sha256) and INDEX.tsv (what each file is). Of an image every hit is found, and nothing else but what
fw-extra.txt explains, a file that may only shrink: a row that no image needs fails. Real images wrapped as vendors wrap
them must give the same. With WORDs only the tests whose names have one of them.
"""
import json
import os
import re
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'images'), str(HERE.parent / 'partners')]

import wrapped  # noqa: E402
from fwtest import KINDS, Wrong, artifacts, build_of, digest, extract, line, run, scan  # noqa: E402
from tap import Tap  # noqa: E402

CUT = 'LattePandaTeam_LP-BS-10-S70CR700-CC55F-A.BIN'  # its archive is cut short
WRAPPED = ('my33love-gk41-pve-ovmf__OVMF_CODE.fd', 'pescadordegoiaba-h61m-hvs-p250-v4_firmware_w25q32_H61M-HVS_FINAL_'
           'BACKEND_UNLOCK_V4_BIOS_REGION.bin', 'intel-FSP_TigerLakeFspBinPkg_Client_FvLateSilicon.fv')
AT_ONCE = 100  # files in one run


class Corpus:
    def __init__(self, root):
        self.root = root
        self.golden = {i['image']: i['hits'] for i in json.loads((root / 'GOLDEN.json').read_text())}
        lines = (root / 'INDEX.tsv').read_text(errors='replace').splitlines()[1:]
        self.index = {r[0]: r for r in (ln.split('\t') for ln in lines)}
        self.extra, self.used = extra_rows(), set()

    def files(self, folder):
        return sorted(f for f in (self.root / folder).iterdir() if f.is_file())

    def what(self, path):
        """The columns "what" and "platform" of INDEX.tsv."""
        row = self.index.get(str(path.relative_to(self.root)))
        return (row[4], row[6]) if row else ('', '')


def extra_rows():
    """(kind, sha256) -> why"""
    rows = {}
    for n, text in enumerate((HERE / 'fw-extra.txt').read_text().splitlines(), 1):
        if text and not text.startswith('#'):
            sha256, kind, why = text.split(None, 2)
            if kind not in KINDS or len(sha256) != 64 or not why:
                raise ValueError(f'fw-extra.txt:{n}: not "SHA256 KIND WHY"')
            rows[kind, sha256] = why
    return rows


def golden_of(corpus, name):
    return {(h['kind'], h['sha256']) for h in corpus.golden.get(name, ()) if h['kind'] != 'false_gop'}


def sizes_of(corpus, name):
    return {h['sha256']: h['size'] for h in corpus.golden.get(name, ())}


def against(corpus, name, found):
    """Faults: hits of GOLDEN.json that are not there, and what is neither in it nor explained."""
    wanted, sizes = golden_of(corpus, name), sizes_of(corpus, name)
    false = {h['sha256'] for h in corpus.golden.get(name, ()) if h['kind'] == 'false_gop'}
    faults = []
    seen = defaultdict(list)
    for a in found:
        key = a['kind'], a['sha256']
        seen[key].append(a)
        if a['sha256'] in false:
            faults.append(f'no GOP, and listed: {line(a)}')
        elif key in corpus.extra and key not in wanted:
            corpus.used.add(key)
        elif key not in wanted:
            faults.append(f'not known: {line(a)}')
        elif a['size'] != sizes[a['sha256']] or a['partial']:
            faults.append(f'{sizes[a["sha256"]]} bytes and whole: {line(a)}')
    faults += [f'{len(s)} times: {line(s[0])}' for s in seen.values() if len(s) > 1]
    return faults + [f'not found: {kind} {sha256} of {sizes[sha256]} bytes' for kind,
                     sha256 in sorted(wanted - set(seen))]


# ---- images ----------------------------------------------------------------------------------------------------------

def image(igdctl, corpus, path):
    found, code, err = scan(igdctl, path)
    faults = against(corpus, path.name, found)
    if code not in (0, 1) or (code == 1 and not err.strip()):
        faults.append(f'exit {code}: {err[:500]}')
    return faults


def taken_out(igdctl, corpus, path):
    """What extract writes are those bytes."""
    with tempfile.TemporaryDirectory(prefix='igdctl-fw-') as tmp:
        _, files, err = extract(igdctl, path, Path(tmp) / 'out')
    missing = {s for _, s in golden_of(corpus, path.name)} - {digest(d) for d in files.values()}
    return [f'not written: {s}: {err[:300]}' for s in sorted(missing)]


def cut(igdctl, corpus, path):
    """It ends too early: exit 1, a word of where, and what is whole."""
    found, code, err = scan(igdctl, path)
    faults = against(corpus, path.name, [a for a in found if not a['partial']])
    if code != 1:
        faults.append(f'exit {code}: {err[:500]}')
    if not re.search(r'0x[0-9a-f]{4,}', err):
        faults.append(f'it does not say where: {err[:500]}')
    return faults


def as_wrapped(igdctl, corpus, path, name, wrap):
    """The same image inside something: the same artifacts."""
    with tempfile.TemporaryDirectory(prefix='igdctl-fw-') as tmp:
        file = Path(tmp) / 'vendor.bin'
        file.write_bytes(wrap(path.read_bytes()))
        found, code, err = scan(igdctl, file)
    faults = against(corpus, path.name, found)
    return faults + ([f'exit {code}: {err[:500]}'] if code != 0 else [])


# ---- files of one thing ----------------------------------------------------------------------------------------------

def each(igdctl, paths):
    """(path, artifacts) of each, many in one run; the exit code of a run is not any one file's."""
    for at in range(0, len(paths), AT_ONCE):
        some = paths[at:at + AT_ONCE]
        ran = run(igdctl, 'fw', 'scan', '--json', *some)
        objects = {o['input']: o for o in ran.objects()}
        for p in some:
            if str(p) not in objects:
                raise Wrong(f'{p.name}: no object; exit {ran.code}: {ran.err[:500]}')
            yield p, artifacts(objects[str(p)])


def only(kind, path, found):
    """Faults: not exactly the whole file, of that kind."""
    if [(a['kind'], a['sha256']) for a in found] == [(kind, digest(path.read_bytes()))]:
        return []
    return [f'{path.name}: {[line(a) for a in found]}']


def of_gop(corpus, path, found):
    faults = only('gop', path, found)
    if faults:
        return faults
    what, platform = corpus.what(path)
    build, version = re.search(r'build (\d{4})', what), found[0]['version']
    if build and build_of(version) != build[1]:
        faults.append(f'{path.name}: version {version}, not build {build[1]}')
    ids = {f'8086:{d}' for d in re.findall(r'\b[0-9a-f]{4}\b', platform.split('ids:')[-1])}
    if not found[0]['device_ids']:
        faults.append(f'{path.name}: no device ids; others saw {sorted(ids)}')
    return faults


def gops(igdctl, corpus):
    paths = corpus.files('gop') + corpus.files('gop/from_roms')
    return [f for path, found in each(igdctl, paths) for f in of_gop(corpus, path, found)]


def false_gops(igdctl, corpus):
    return [f'{path.name}: {line(a)}' for path,
            found in each(igdctl, corpus.files('gop/false_positives')) for a in found]


def vbts(igdctl, corpus):
    return [f for path, found in each(igdctl, corpus.files('vbt')) for f in only('vbt', path, found)]


def vbioses(igdctl, corpus):
    """One is cut short, and said to be."""
    faults = []
    for path, found in each(igdctl, corpus.files('vbios')):
        faults += only('vbios', path, found)
        head = path.read_bytes()[:3]
        if found and found[0]['partial'] != (head[2] * 512 > path.stat().st_size):
            faults.append(f'{path.name}: partial is {found[0]["partial"]}')
    return faults


def roms(igdctl, corpus):
    """The drivers that were carved out of some are found in them; in the others is no Intel GOP."""
    wanted = defaultdict(set)
    for name, row in corpus.index.items():
        source = re.search(r'optionroms/(\S+) image', '\t'.join(row))
        if name.startswith('gop/from_roms/') and source:
            wanted[source[1]].add(row[1])
    faults = []
    for path, found in each(igdctl, corpus.files('optionroms')):
        got = {a['sha256'] for a in found if a['kind'] == 'gop'}
        faults += [f'{path.name}: not found: {s}' for s in sorted(wanted[path.name] - got)]
        if 'Intel GOP strings' not in corpus.what(path)[0]:
            faults += [f'{path.name}: {line(a)}' for a in found
                       if a['kind'] == 'gop' and '8086:' in str(a['device_ids'])]
    return faults


def needed(_igdctl, corpus):
    return [f'no image needs the row {kind} {sha256}' for kind, sha256 in sorted(set(corpus.extra) - corpus.used)]


def tests(igdctl, corpus):
    for path in corpus.files('images'):
        if path.name == CUT:
            yield 'an image that is cut short', lambda p=path: cut(igdctl, corpus, p)
            continue
        yield f'images/{path.name}', lambda p=path: image(igdctl, corpus, p)
        if golden_of(corpus, path.name):
            yield f'extract images/{path.name}', lambda p=path: taken_out(igdctl, corpus, p)
    for name in WRAPPED:
        path = corpus.root / 'images' / name
        for word, wrap in wrapped.WRAPPERS.items() if path.exists() else ():
            yield f'{name[:40]} in {word}', lambda p=path, n=word, w=wrap: as_wrapped(igdctl, corpus, p, n, w)
    for what, test in (('every GOP', gops), ('no false GOP', false_gops), ('every VBT', vbts), ('every VBIOS', vbioses),
                       ('option ROMs', roms), ('fw-extra.txt has no row too many', needed)):
        yield what, lambda t=test: t(igdctl, corpus)


def main():
    igdctl, words = os.path.abspath(sys.argv[1]), sys.argv[2:]
    shared = os.environ.get('IGDCTL_SHARED') or HERE.parents[2] / 'shared'
    root = Path(shared) / 'corpus' / 'fw'
    if not (root / 'GOLDEN.json').exists():
        print('1..0 # SKIP no corpus of firmware beside the source (IGDCTL_SHARED)')
        return 0
    tap, corpus = Tap(), Corpus(root)
    for name, test in tests(igdctl, corpus):
        if words and not any(w in name for w in words):
            continue
        try:
            tap.result(name, test())
        except (Wrong, OSError, ValueError, LookupError, TypeError) as e:
            tap.result(name, [f'{type(e).__name__}: {e}'])
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
