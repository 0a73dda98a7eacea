#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""structure.py IGDCTL - "fw tree", "fw find", and "fw extract" of any part, on images of volumes.py, as TAP.

What the tree shows is what the builder put there: each file with its GUID, name and place, also in a compressed
volume; every path names one node and brings its exact bytes. What is looked for is found in each encoding, at the
offset where it stands.
"""
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'partners')]

import catalog  # noqa: E402
import volumes as v  # noqa: E402
from fwtest import Wrong, run  # noqa: E402
from tap import Tap  # noqa: E402


def plain():
    """A flash image, nothing compressed: everything has an offset in it."""
    return v.flash({'bios': (0x10000, v.volume(catalog.board(), name=v.numbered(9)))}, 0x40000)


def packed():
    return v.flash({'bios': (0x10000, v.volume([v.nested(v.volume(catalog.board()))]))}, 0x40000)


class Image:
    def __init__(self, igdctl, folder, data):
        self.igdctl, self.data = igdctl, data
        self.path, self.out = Path(folder) / 'image.bin', Path(folder) / 'out'
        self.path.write_bytes(data)

    def answer(self, *args, codes=(0,)):
        ran = run(self.igdctl, 'fw', *args, self.path)
        if ran.code not in codes:
            raise Wrong(f'{args}: exit {ran.code}: {ran.err[:500]}')
        return ran

    def nodes(self, *args):
        return self.json('tree', *args)['nodes']

    def hits(self, *args, codes=(0,)):
        return self.json('find', *args, codes=codes)['hits']

    def json(self, command, *args, codes=(0,)):
        top = json.loads(self.answer(command, '--json', *args, codes=codes).out)
        if top['schema'] != f'igdctl/fw-{command}/1' or top['input'] != str(self.path):
            raise Wrong(f'the head of the object is {top["schema"]} {top["input"]}')
        return top

    def taken(self, *args):
        """The files that extract writes, by their bytes."""
        self.answer('extract', '-o', self.out, *args)
        files = [f.read_bytes() for f in self.out.iterdir()]
        shutil.rmtree(self.out)
        return files


def expect(what, got, wanted):
    if got != wanted:
        raise Wrong(f'{what}: {got!r}, not {wanted!r}')


# ---- tree ------------------------------------------------------------------------------------------------------------

FILES = {v.INTEL_GOP: 'IntelGopDriver', v.VBT_DEFAULT: 'IntelGopVbt', v.SETUP: 'Setup', v.numbered(0x1000): 'Driver0',
         v.numbered(0x1001): 'Driver1', v.numbered(0x1002): 'Driver2'}


def files_are_there(image):
    seen = {n['guid']: n for n in image.nodes() if n['kind'] == 'file' and n['guid']}
    for guid, name in FILES.items():
        expect(guid, seen.get(guid, {}).get('name'), name)
    if v.INSYDE_VIDEO_ROM not in seen:
        raise Wrong(f'only {sorted(seen)}')


def paths_are_unique(image):
    paths = [n['path'] for n in image.nodes()]
    expect('paths that are there twice', sorted({x for x in paths if paths.count(x) > 1}), [])


def offsets_are_true(image):
    """Where a node lies in the input, its first bytes are there: a file's begin with its GUID."""
    nodes = [n for n in image.nodes() if n['kind'] == 'file' and n['offset'] is not None]
    expect('files with an offset', len(nodes) > 0, True)
    for n in nodes:
        expect(n['path'], image.data[n['offset']:n['offset'] + 16], v.guid(n['guid']))


def decoded_has_no_offset(image):
    """Of what was decompressed, no place in the input is told."""
    nodes = [n for n in image.nodes() if n['guid'] in FILES]
    expect('offsets', {n['offset'] for n in nodes}, {None})


def filter_keeps(image):
    found = image.nodes('--filter', 'intelgopvbt')
    expect('nodes', [n['guid'] for n in found if n['kind'] == 'file'], [v.VBT_DEFAULT])


def depth_stops(image):
    expect('depths', max(n['depth'] for n in image.nodes('--depth', '2')) <= 2, True)


def text_is_printed(image):
    out = image.answer('tree').out
    for guid in FILES:
        if guid not in out:
            raise Wrong(f'{guid} is not in {out[:1000]}')


# ---- extract ---------------------------------------------------------------------------------------------------------

def body_by_path(image):
    expect('pe32', image.taken('--path', f'{v.INTEL_GOP}/pe32'), [catalog.GOP])
    expect('raw', image.taken('--path', f'{v.VBT_DEFAULT}/raw'), [catalog.VBT])


def whole_by_path(image):
    expect('pe32', image.taken('--whole', '--path', f'{v.INTEL_GOP}/pe32'), [v.pe32(catalog.GOP)])


def file_by_guid(image):
    file = catalog.one_gop()
    expect('the file', image.taken('--whole', '--guid', v.INTEL_GOP), [file.bytes(2)])
    expect('its sections', image.taken('--guid', v.INTEL_GOP), [file.body])


def every_path_is_taken(image):
    """Each path of the tree brings a file of the size that the tree told."""
    for n in image.nodes():
        if n['size'] - n['head'] > 0:
            sizes = [len(f) for f in image.taken('--whole', '--path', n['path'])]
            if n['size'] not in sizes:
                raise Wrong(f'{n["path"]}: {sizes}, not {n["size"]}')


def nowhere_to_take(image):
    image.answer('extract', '-o', image.out, '--path', 'no/such/thing', codes=(1,))
    if image.out.exists() and any(image.out.iterdir()):
        raise Wrong('something was written')


# ---- find ------------------------------------------------------------------------------------------------------------

def utf16_is_found(image):
    files = {guid for guid in FILES if any(guid in h['path'] for h in image.hits('--text', 'GOP Driver'))}
    expect('files', files, {v.INTEL_GOP, v.SETUP})


def ascii_is_found(image):
    paths = [h['path'] for h in image.hits('--text', 'BIOS_DATA_BLOCK')]
    expect('in the VBT', any(v.VBT_DEFAULT in x for x in paths), True)
    expect('in the VBIOS', any(v.INSYDE_VIDEO_ROM in x for x in paths), True)


def hex_is_found(image):
    for pattern in ('24 56 42 54 20', '2456425420', '24 5? ?? 54 20'):
        expect(pattern, any(v.VBT_DEFAULT in h['path'] for h in image.hits('--hex', pattern)), True)


def guid_is_found(image):
    expect('by GUID', any(v.INTEL_GOP in h['path'] for h in image.hits('--guid', v.INTEL_GOP.upper())), True)


def found_where_it_stands(image):
    """An offset in the input is that of the bytes."""
    hits = [h for h in image.hits('--text', 'BIOS_DATA_BLOCK') if h['offset'] is not None]
    wanted, at = [], image.data.find(b'BIOS_DATA_BLOCK')
    while at >= 0:
        wanted.append(at)
        at = image.data.find(b'BIOS_DATA_BLOCK', at + 1)
    expect('offsets', sorted(h['offset'] for h in hits), wanted)


def nowhere_is_one(image):
    expect('hits', image.hits('--text', 'no such text anywhere', codes=(1,)), [])


def mistakes_are_two(image):
    for args in ((), ('--hex', '5z'), ('--hex', ''), ('--guid', 'nonsense')):
        image.answer('find', *args, codes=(2,))


BOTH = (files_are_there, paths_are_unique, filter_keeps, depth_stops, text_is_printed, body_by_path, whole_by_path,
        file_by_guid, every_path_is_taken, nowhere_to_take, utf16_is_found, ascii_is_found, hex_is_found, guid_is_found,
        nowhere_is_one, mistakes_are_two)
TESTS = [(f'{test.__name__.replace("_", " ")}, {word}', build, test)
         for test in BOTH for word, build in (('plain', plain), ('packed', packed))]
TESTS += [('offsets are true', plain, offsets_are_true),
          ('what is decoded has no offset', packed, decoded_has_no_offset),
          ('what is found stands there', plain, found_where_it_stands)]


def main():
    igdctl, tap = os.path.abspath(sys.argv[1]), Tap()
    for name, build, test in TESTS:
        with tempfile.TemporaryDirectory(prefix='igdctl-fw-') as tmp:
            try:
                test(Image(igdctl, tmp, build()))
                tap.result(name)
            except (Wrong, OSError, ValueError, LookupError, TypeError) as e:
                tap.result(name, [f'{type(e).__name__}: {e}'])
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
