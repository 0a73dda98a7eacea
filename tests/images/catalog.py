# SPDX-License-Identifier: GPL-2.0-or-later
"""catalog.py - images by what is right, odd or wrong with them, and what a scan has to find in each.

good() are as a writer of firmware makes them; odd() has what real images have and no specification allows, or allows
and nobody does; bad() is damaged or made to do harm. Each yields Case rows; an image is built when it is asked for.
All of it is synthetic.
"""
import struct
from collections import namedtuple

import payloads as p
import volumes as v
import wrapped

# What a scan has to list: the artifact's bytes, and words of which one is in its path. @carved and @partial: None where
# either is right. @maybe: it may be left out (it is not whole). @builds and @devices: of a GOP.
Want = namedtuple('Want', 'kind data path carved partial maybe build devices',
                  defaults=((), False, False, False, None, None))
# @exits: the exit codes that are right.
Case = namedtuple('Case', 'name build wants exits', defaults=((0,),))

EITHER, FAILS = (0, 1), (1,)
GOP, VBT, VBIOS = p.gop(), p.vbt(), p.vbios()
VBT2 = p.vbt('KABYLAKE', panel=2)
GOP_PATH, VBT_PATH = (v.INTEL_GOP, 'IntelGopDriver'), (v.VBT_DEFAULT, 'IntelGopVbt')


def gop(data=GOP, path=(), build='1084', devices=tuple(p.SKL), **kw):
    return Want('gop', data, path, build=build, devices=devices, **kw)


def vbt(data=VBT, path=(), **kw):
    return Want('vbt', data, path, **kw)


def vbios(data=VBIOS, path=(), **kw):
    return Want('vbios', data, path, **kw)


WANT = (gop(path=GOP_PATH), vbt(path=VBT_PATH), vbios(path=(v.INSYDE_VIDEO_ROM, 'VideoRom')))
CARVED = (gop(carved=None), vbt(carved=None))
CUT = (gop(carved=None, partial=None), vbt(carved=None, partial=None))
LOOSE_VBT = vbt(p.vbt(pad_to=0), carved=None, partial=None, maybe=True)  # found by its mark: without its padding
ROMS_VBT = vbt(p.vbt('HASWELL', version=189, pad_to=0), carved=True, partial=None, maybe=True)  # of a damaged ROM


def others(n):
    return [v.driver(v.numbered(0x1000 + i), p.any_driver(i, 0x300 + 64 * i), f'Driver{i}') for i in range(n)]


def board(*more):
    """The files of a small board: all three artifacts, a false GOP, and drivers about nothing."""
    return [*others(3), v.driver(v.INTEL_GOP, GOP, 'IntelGopDriver'), v.freeform(v.VBT_DEFAULT, VBT, 'IntelGopVbt'),
            v.driver(v.SETUP, p.setup_module(), 'Setup'), v.insyde_video_rom(VBIOS), *more]


def one_gop(**kw):
    return v.driver(v.INTEL_GOP, GOP, 'IntelGopDriver', **kw)


def one_vbt(**kw):
    return v.freeform(v.VBT_DEFAULT, VBT, 'IntelGopVbt', **kw)


def small(*more, **kw):
    """A volume with a GOP and a VBT."""
    return v.volume([one_gop(), one_vbt(), *more], **kw)


SMALL = (gop(path=GOP_PATH), vbt(path=VBT_PATH))


# ---- good ------------------------------------------------------------------------------------------------------------

WRAPS = {
    'none': lambda d: v.compressed(d, kind=0), 'Tiano': v.compressed, 'EFI 1.1': v.efi11,
    'kind 2, LZMA': lambda d: v.compressed(d, kind=2), 'CRC32': v.crc32, 'LZMA': v.lzma_section,
    'LZMA, size unknown': lambda d: v.lzma_section(d, said=-1), 'LZMA F86': v.lzma_f86,
    'LZMA HP': lambda d: v.lzma_section(d, name=v.LZMA_HP), 'LZMA MS': lambda d: v.lzma_section(d, name=v.LZMA_MS),
    'Tiano GUIDed': v.tiano_guided, 'Brotli': v.brotli, 'zlib AMD': v.zlib_amd,
    'zlib AMD, second GUID': lambda d: v.zlib_amd(d, name=v.ZLIB_AMD2), 'gzip': v.gzip, 'RSA signed': v.rsa_signed,
    'RSA signed, offset without the certificate': lambda d: v.rsa_signed(d, counted=False),
    'contents signed': v.contents_signed,
    'contents signed, offset without the certificate': lambda d: v.contents_signed(d, counted=False),
    'disposable': lambda d: v.section(v.S_DISPOSABLE, d),
    'LZMA in CRC32 in Tiano': lambda d: v.compressed(v.crc32(v.lzma_section(d))),
    'LZMA with a 32-bit size': lambda d: v.lzma_section(d, extended=True),
}


def good_wraps():
    for name, how in WRAPS.items():
        yield Case(f'a volume in {name}', lambda h=how: v.volume([v.nested(v.volume(board()), h)]), WANT)
        yield Case(f'sections in {name}', lambda h=how: v.volume([
            v.file(v.INTEL_GOP, v.DRIVER, h(v.sections(v.depex(), v.pe32(GOP), v.ui('IntelGopDriver'))))]), SMALL[:1])


def good_volumes():
    yield Case('a volume of files', lambda: v.volume(board()), WANT)
    for name, fs, rev in (('FFS1', v.FFS1, 1), ('FFS3', v.FFS3, 2), ('Apple', v.APPLE_FFS, 2),
                          ('Intel', v.INTEL_FFS, 2), ('Intel second', v.INTEL_FFS2, 2), ('Sony', v.SONY_FFS, 2)):
        yield Case(f'file system {name}', lambda f=fs, r=rev: v.volume(board(), fs=f, revision=r), WANT)
    yield Case('FFS1 with tails', lambda: v.volume([one_gop(tail=True), one_vbt(tail=True)], fs=v.FFS1, revision=1),
               SMALL)
    yield Case('FFS1 with sums', lambda: v.volume([one_gop(data_sum=True), one_vbt()], fs=v.FFS1, revision=1), SMALL)
    yield Case('files with sums', lambda: v.volume([one_gop(data_sum=True), one_vbt(data_sum=True)]), SMALL)
    yield Case('large files', lambda: v.volume([one_gop(large=True, data_sum=True), one_vbt(large=True)], fs=v.FFS3),
               SMALL)
    yield Case('erased bytes are 0', lambda: v.volume(board(), erased=0, size=0x20000), WANT)
    yield Case('extended header in a pad file', lambda: v.volume(board(), name=v.numbered(9)), WANT)
    yield Case('extended header behind the header', lambda: v.volume(board(), name=v.numbered(9), bare_ext=True), WANT)
    yield Case('a file of 17 MiB',
               lambda: v.volume([v.file(v.SOME_FREEFORM, v.FREEFORM, v.raw(bytes(17 << 20)), large=True),
                                 one_gop()], fs=v.FFS3), SMALL[:1])
    yield Case('blocks of two sizes', lambda: v.volume(board(), size=0x20000, blocks=[(8, 0x1000), (3, 0x8000)]), WANT)
    for align in (*v.ALIGNS[1:], v.ALIGNS2[0]):
        yield Case(f'files aligned to {align}', lambda a=align: v.volume([one_gop(align=a), one_vbt(align=a)]), SMALL)


def good_sections():
    yield Case('32-bit section sizes', lambda: v.volume([v.file(v.INTEL_GOP, v.DRIVER, v.pe32(GOP, extended=True)),
                                                         v.file(v.VBT_DEFAULT, v.FREEFORM, v.raw(VBT, extended=True))],
                                                        fs=v.FFS3), SMALL)
    yield Case('sections of vendors before it', lambda: v.volume([
        v.file(v.INTEL_GOP, v.DRIVER, v.section(v.S_INSYDE_POSTCODE, bytes(6)),
               v.section(v.S_PHOENIX_POSTCODE, bytes(3)),
               v.section(v.S_COMPAT16, bytes(9)), v.section(v.S_PIC, bytes(32)), v.version('1.0'), v.pe32(GOP)),
        v.file(v.VBT_DEFAULT, v.FREEFORM, v.subtype(v.numbered(7), VBT))]), SMALL)
    yield Case('a VBT as a raw file', lambda: v.volume([v.raw_file(v.VBT_DEFAULT, VBT)]), SMALL[1:])
    yield Case('a VBT in a section of a raw file', lambda: v.volume([v.raw_file(v.VBT_DEFAULT, v.raw(VBT))]), SMALL[1:])
    yield Case('two volumes in one section', lambda: v.volume([v.file(v.NEST, v.VOLUME_IMAGE, v.lzma_section(v.sections(
        v.volume_section(v.volume(others(2))), v.raw(bytes(12)), v.volume_section(small()))))]), SMALL)
    yield Case('four levels', lambda: v.deep(small(), 4), SMALL)


def good_flash():
    image = lambda **kw: v.flash({'me': (0x1000, bytes(0x1000)), 'bios': (0x40000, v.volume(board()))}, 0x80000, **kw)
    yield Case('flash descriptor', image, WANT)
    yield Case('flash descriptor of 12-bit regions', lambda: image(wide=False), WANT)
    yield Case('flash descriptor at 0', lambda: image(at=0, wide=False), WANT)
    yield Case('volumes with gaps', lambda: bytes(0x3000) + v.volume(others(1)) + b'\xff' * 0x7000 + v.volume(board()),
               WANT)
    yield Case('volumes of variables between',
               lambda: v.volume([], fs=v.NVRAM, size=0x4000, free=b'$VSS' + bytes(0x1000)) + small(), SMALL)
    yield Case('the same volume twice', lambda: small() + small(), SMALL)


def good_alone():
    yield Case('a driver alone', lambda: GOP, (gop(),))
    yield Case('a driver for IA32', lambda: v.volume([v.driver(v.INTEL_GOP, p.gop(machine=p.IA32))]),
               (gop(p.gop(machine=p.IA32)),))
    yield Case('a driver of an older layout', lambda: v.volume([v.driver(v.IVB_GOP, p.ivb_gop())]),
               (gop(p.ivb_gop(), build='1030', devices=tuple(p.IVB)),))
    yield Case('a driver without a build', lambda: v.volume([v.driver(v.INTEL_GOP, p.gop(p.TGL, None))]),
               (gop(p.gop(p.TGL, None), build=None, devices=tuple(p.TGL)),))
    yield Case('drivers of two generations',
               lambda: v.volume([v.driver(v.INTEL_GOP, GOP), v.driver(v.IVB_GOP, p.ivb_gop())]),
               (gop(), gop(p.ivb_gop(), build='1030', devices=tuple(p.IVB))))
    yield Case('a driver under a name of no meaning', lambda: v.volume([v.driver(v.SOME_DXE, GOP)]),
               (gop(path=(v.SOME_DXE,)),))
    yield Case('a VBT alone', lambda: VBT, (vbt(),))
    yield Case('eleven VBTs',
               lambda: v.volume([v.freeform(v.numbered(n), p.vbt(panel=n), f'Vbt{n}') for n in range(11)]),
               tuple(vbt(p.vbt(panel=n), (v.numbered(n), f'Vbt{n}')) for n in range(11)))
    yield Case('a VBIOS alone', lambda: VBIOS, (vbios(),))
    yield Case('a ROM with a driver', lambda: p.efi_rom(GOP), (gop(),))
    yield Case('a ROM of VBIOS and driver', lambda: p.vbios(last=False) + p.efi_rom(GOP),
               (vbios(p.vbios(last=False)), gop()))


def good_containers():
    roms = [(0x10ec, 0x8136, p.other_rom()), (0x8086, 0x0162, p.vbios(0x0102))]
    code = bytes(i * 37 & 0xff for i in range(5000))
    yield Case('AMI CSMCORE', lambda: v.volume([v.csm_core(roms, code)]), (vbios(p.vbios(0x0102), (v.CSMCORE,)),))
    yield Case('AMI CSMCORE in LZMA', lambda: v.volume([v.csm_core(roms[::-1], code, v.lzma_section)]),
               (vbios(p.vbios(0x0102)),))
    yield Case('AMI ROMs in sections',
               lambda: v.volume([v.ami_roms([(v.numbered(1), p.other_rom()), (v.numbered(2), VBIOS)])]),
               (vbios(path=(v.AMI_ROMS,)),))
    yield Case('AMI ROMs in a row', lambda: v.volume([v.ami_rom_run(roms)]), (vbios(p.vbios(0x0102)),))
    yield Case('Insyde VideoRom', lambda: v.volume([v.insyde_video_rom(VBIOS)]), (vbios(path=(v.INSYDE_VIDEO_ROM,)),))


def good_nothing():
    """In these is nothing to find."""
    yield Case('drivers about nothing', lambda: v.volume(others(8)), ())
    yield Case('the name of a GOP in Setup', lambda: v.volume([v.driver(v.SETUP, p.setup_module(), 'Setup')]), ())
    yield Case('a policy of the GOP', lambda: v.volume([v.driver(v.SOME_DXE, p.gop_policy(), 'IntelSaGopDriver')]), ())
    yield Case('ROMs of other makers',
               lambda: v.volume([v.ami_roms([(v.numbered(1), p.other_rom())])]) + p.other_rom(), ())
    yield Case('a network card of Intel\'s',
               lambda: v.volume([v.csm_core([(0x8086, 0x1502, p.other_rom(0x8086, 0x1502))],
                                                                          b'\x90' * 999)]), ())
    yield Case('a raw file whose bytes could be the head of a section',
               lambda: v.volume([v.raw_file(v.SOME_FREEFORM, b'\1' * (1 << 20)), *others(1)]), ())
    yield Case('the four letters of a VBT',
               lambda: v.volume([v.freeform(v.SOME_FREEFORM, b'$VBT is looked for here' * 40)]), ())
    yield Case('a volume without files', lambda: v.volume([], size=0x8000), ())


def good_wrappers():
    for name, wrap in wrapped.WRAPPERS.items():
        yield Case(f'in {name}', lambda w=wrap: w(small()), SMALL)


def good():
    for rows in (good_volumes, good_wraps, good_sections, good_flash, good_alone, good_containers, good_nothing,
                 good_wrappers):
        yield from rows()


# ---- odd -------------------------------------------------------------------------------------------------------------

def odd_headers():
    """What readers have to live with: the rest is right."""
    yield Case('volume sum wrong', lambda: small(checksum=0x1234), SMALL, EITHER)
    yield Case('volume length too small', lambda: small(length=0x800), CARVED, EITHER)
    yield Case('volume length too large', lambda: small(length=0x10000), CUT, FAILS)
    yield Case('volume length 0', lambda: small(length=0) + small(), (*SMALL, LOOSE_VBT), EITHER)
    yield Case('volume length 2^63', lambda: small(length=1 << 63), CUT, EITHER)
    yield Case('block map of another length', lambda: small(blocks=[(3, 0x1000)]), SMALL, EITHER)
    yield Case('file sum wrong', lambda: v.volume([one_gop(data_sum=True, file_sum=1), one_vbt(file_sum=0x55)]), SMALL,
               EITHER)
    yield Case('file header sum wrong', lambda: v.volume([one_gop(header_sum=1), one_vbt()]), CARVED, EITHER)
    yield Case('file state unsure', lambda: v.volume([one_gop(state=0x03), one_vbt(state=0x0f)]), CARVED, EITHER)
    yield Case('CRC32 wrong',
               lambda: v.volume([v.file(v.INTEL_GOP, v.DRIVER, v.crc32(v.sections(v.pe32(GOP)), value=1))]),
               SMALL[:1], EITHER)
    yield Case('an unknown file system', lambda: small(fs=v.numbered(0xf5)), CARVED, EITHER)
    yield Case('an unknown GUIDed section', lambda: v.volume([v.file(v.INTEL_GOP, v.DRIVER, v.guided(
        v.numbered(0x5ec), v.sections(v.pe32(GOP)), attributes=0))]), (gop(carved=None),), EITHER)
    yield Case('an unknown section kind',
               lambda: v.volume([v.file(v.INTEL_GOP, v.DRIVER, v.section(0x55, bytes(50)), v.pe32(GOP))]),
               SMALL[:1], EITHER)
    yield Case('bytes behind a stream', lambda: v.volume([v.file(v.NEST, v.VOLUME_IMAGE, v.guided(
        v.LZMA, v.lzma_alone(v.sections(v.volume_section(small()))) + b'\xff' * 77))]), SMALL, EITHER)
    yield Case('EFI 1.1 that says Tiano\'s size', lambda: v.volume([v.nested(small(), v.efi11)]), SMALL)
    yield Case('no PROCESSING_REQUIRED',
               lambda: v.volume([v.nested(small(), lambda d: v.lzma_section(d, attributes=0))]), SMALL, EITHER)


def odd_places():
    """Where no tree leads."""
    gap = b'\xff' * 0x1000
    yield Case('a VBT between volumes',
               lambda: v.volume(others(2)) + gap + v.filled(p.vbt(pad_to=0), 0x2000) + v.volume(others(1)),
               (vbt(p.vbt(pad_to=0), carved=True),), EITHER)
    yield Case('a VBT in free space', lambda: v.volume(others(2), size=0x4000, free=p.vbt(pad_to=0)),
               (vbt(p.vbt(pad_to=0), carved=True),), EITHER)
    yield Case('a VBT in a pad file', lambda: v.volume([v.pad_file(0x2000, bytes(40) + p.vbt(pad_to=0)), *others(1)]),
               (vbt(p.vbt(pad_to=0), carved=True),), EITHER)
    yield Case('a VBIOS between volumes', lambda: v.volume(others(2)) + gap + VBIOS + gap, (vbios(carved=True),),
               EITHER)
    yield Case('a volume in a pad file', lambda: v.volume([v.pad_file(0x8000, small()), *others(1)]), CARVED, EITHER)
    yield Case('a volume behind 77 bytes', lambda: bytes(77) + small(), CARVED, EITHER)
    yield Case('a volume behind 16 bytes', lambda: bytes(16) + small(), CARVED, EITHER)
    yield Case('a BIOS region past the end', lambda: v.flash({'bios': (0x40000, small())}, 0x50000,
                                                             said={'bios': (0x40000, 0xfffff)}), CUT, EITHER)
    yield Case('no BIOS region', lambda: v.flash({'bios': (0x40000, small())}, 0x50000, said={'bios': None}), CARVED,
               EITHER)
    yield Case('a descriptor of nothing', lambda: v.flash({}, 0x10000) + small(), CARVED, EITHER)


def odd_payloads():
    yield Case('VBT sum wrong', lambda: v.volume([v.freeform(v.VBT_DEFAULT, p.vbt(checksum=0x77))]),
               (vbt(p.vbt(checksum=0x77)),))
    yield Case('a VBT whose signature has a NUL', lambda: p.vbt('VALLEYVIEW\0'), (vbt(p.vbt('VALLEYVIEW\0')),))
    yield Case('a VBT without a device', lambda: p.vbt(children=()), (vbt(p.vbt(children=())),))
    yield Case('VBIOS sum wrong', lambda: v.volume([v.insyde_video_rom(p.vbios(checksum=1))]),
               (vbios(p.vbios(checksum=1)),), EITHER)
    yield Case('VBIOS without a VBT', lambda: v.volume([v.insyde_video_rom(p.vbios(vbt_table=None))]),
               (vbios(p.vbios(vbt_table=None)),), EITHER)
    yield Case('a GOP that holds a VBT', lambda: v.volume([v.driver(v.INTEL_GOP, p.gop(more=VBT))]),
               (gop(p.gop(more=VBT)),))
    yield Case('a GOP with bytes behind it', lambda: v.volume([v.driver(v.INTEL_GOP, GOP + b'\0' * 100)]),
               (gop(GOP + b'\0' * 100),))
    yield Case('a GOP as a TE', lambda: v.volume([v.file(v.INTEL_GOP, v.PEIM, v.section(v.S_TE, p.te(GOP)))]), (),
               EITHER)
    yield Case('a GOP for another machine', lambda: v.volume([v.driver(v.INTEL_GOP, p.gop(machine=p.ARM64))]),
               (gop(p.gop(machine=p.ARM64), maybe=True),), EITHER)


def odd():
    for rows in (odd_headers, odd_places, odd_payloads):
        yield from rows()


# ---- bad -------------------------------------------------------------------------------------------------------------

def holed(image, what, by=b'\0' * 16, at=0):
    """@image with @by at @at of the first @what in it."""
    where = image.index(what) + at
    return image[:where] + by + image[where + len(by):]


def cut_after(image, what, n):
    """@image up to @n bytes behind the start of @what."""
    return image[:image.index(what) + n]


def bad_cuts():
    """A whole thing first, then the cut: the first has to be there all the same."""
    two = lambda: v.volume([one_vbt(), one_gop(), *others(3)], size=0x20000)
    part = lambda n: (vbt(carved=None, partial=None), gop(GOP[:n], carved=None, partial=True, maybe=True))
    yield Case('cut in the free space', lambda: two()[:0x18000],
               CUT, FAILS)
    yield Case('cut in a driver', lambda: cut_after(two(), GOP, 0x180), part(0x180), FAILS)
    yield Case('cut in a driver\'s header', lambda: cut_after(two(), GOP, 0x50), part(0x50), FAILS)
    yield Case('cut in a file\'s header', lambda: cut_after(two(), v.guid(v.INTEL_GOP), 19), part(0), FAILS)
    yield Case('cut in a volume\'s header', lambda: small() + two()[:40], tuple(SMALL), EITHER)
    yield Case('cut in a compressed volume',
               lambda: (small() + v.volume([v.nested(v.volume(board()))]))[:len(small()) + 0x700],
               (*SMALL, vbios(maybe=True, partial=None)), FAILS)
    yield Case('cut in a flash image', lambda: v.flash({'bios': (0x1000, two())}, 0x80000)[:0x19000],
               CUT, FAILS)
    yield Case('a driver longer than its section', lambda: v.volume([v.driver(v.INTEL_GOP, GOP[:-0x40])]),
               (gop(GOP[:-0x40], partial=True, devices=None),), FAILS)
    yield Case('a VBT cut by its section', lambda: v.volume([v.freeform(v.VBT_DEFAULT, VBT[:0x80])]),
               (vbt(VBT[:0x80], partial=True, maybe=True),), EITHER)
    yield Case('a VBIOS cut by its end', lambda: VBIOS[:0x8000],
               (vbios(VBIOS[:0x8000], partial=True, maybe=True), ROMS_VBT), EITHER)


def bad_streams():
    whole = small(size=0x8000)
    for name, how in (('LZMA', v.lzma_section), ('F86', v.lzma_f86), ('zlib', v.zlib_amd), ('gzip', v.gzip)):
        yield Case(f'{name} damaged in the middle',
                   lambda h=how: whole + holed(v.volume([v.nested(v.volume(board()), h)]),
                                                                               v.guid(v.NEST), b'\xa5' * 64, 0x180),
                   (*(w._replace(partial=False) for w in SMALL), vbios(maybe=True, partial=None, carved=None)), FAILS)
    yield Case('LZMA that says 4 GiB',
               lambda: whole + v.volume([v.nested(v.volume(others(1)), lambda d: v.lzma_section(d, said=1 << 32))]),
               SMALL, FAILS)
    yield Case('LZMA that says 2^62',
               lambda: whole + v.volume([v.nested(v.volume(others(1)), lambda d: v.lzma_section(d, said=1 << 62))]),
               SMALL, FAILS)
    yield Case('Brotli that says 2^62',
               lambda: whole + v.volume([v.nested(v.volume(others(1)), lambda d: v.brotli(d, said=1 << 62))]),
               SMALL, FAILS)
    yield Case('Tiano that says 3 GiB', lambda: whole + v.volume([v.nested(v.volume(others(1)), lambda d: v.compressed(
        d, encode=lambda b: v.tiano_stored(b)[:4] + struct.pack('<I', 3 << 30) + v.tiano_stored(b)[8:]))]), SMALL,
        FAILS)
    yield Case('another size than the section says',
               lambda: whole + v.volume([v.nested(v.volume(others(1)), lambda d: v.compressed(
        d, said=len(d) + 1))]), SMALL, EITHER)
    yield Case('no stream', lambda: whole + v.volume([v.file(v.NEST, v.VOLUME_IMAGE, v.guided(v.LZMA, b''))]), SMALL,
               FAILS)


def bomb(mib):
    """An LZMA section of zeros."""
    return v.volume([v.file(v.NEST, v.VOLUME_IMAGE, v.guided(v.LZMA, v.lzma_alone(bytes(mib << 20))))])


def bomb_squared(n=8, mib=32):
    """Sections of zeros in sections."""
    part = v.raw(bytes(mib << 20), extended=True)
    inner = v.sections(*([v.lzma_section(part)] * n))
    return v.volume([v.file(v.NEST, v.VOLUME_IMAGE, *[v.lzma_section(inner)] * n)])


def bad_bombs():
    whole = small(size=0x8000)
    sure = tuple(SMALL)
    yield Case('300 MiB of zeros in LZMA', lambda: whole + bomb(300), sure, EITHER)
    yield Case('2 GiB of zeros in sections of sections', lambda: whole + bomb_squared(), sure, FAILS)
    yield Case('a hundred levels', lambda: whole + v.deep(v.volume([v.freeform(v.VBT_SECOND, VBT2)]), 100),
               (*sure, vbt(VBT2, maybe=True)), FAILS)
    yield Case('a thousand levels of nothing',
               lambda: whole + v.volume([v.file(v.NEST, v.FREEFORM, disposables(1000))]), sure, EITHER)
    yield Case('ten thousand files', lambda: v.volume([v.raw_file(v.numbered(n), b'') for n in range(10000)]) + whole,
               sure)
    yield Case('ten thousand headers of volumes', lambda: whole + v.volume([], size=0x100000)[:0x48] * 10000, sure,
               EITHER)
    yield Case('ten thousand VBTs\' first letters', lambda: whole + b'$VBT SKYLAKE        ' * 10000, sure, EITHER)
    yield Case('ten thousand ROMs\' first bytes',
               lambda: whole + (b'\x55\xaa\x80' + bytes(21) + b'\x1c\0\0\0PCIR') * 10000, sure, EITHER)
    yield Case('ten thousand drivers\' first bytes', lambda: whole + p.gop()[:0x60] * 10000, sure, EITHER)


def disposables(n):
    out = v.raw(b'end')
    for _ in range(n):
        out = v.section(v.S_DISPOSABLE, out)
    return out


def bad_sizes():
    """Sizes that lead nowhere, back or past the end; the volume behind is whole."""
    whole = small()
    sure = tuple(w._replace(carved=None) for w in SMALL)
    for size in (0, 3, 0xfffffe):
        yield Case(f'a section of {size} bytes',
                   lambda s=size: v.volume([v.file(v.SOME_DXE, v.DRIVER, v.raw(bytes(64), size=s))]) + whole,
                   sure, EITHER)
    for size in (0, 23, 0xfffff0):
        yield Case(f'a file of {size} bytes',
                   lambda s=size: v.volume([v.driver(v.SOME_DXE, p.any_driver(), size=s)]) + whole,
                   sure, EITHER)
    for size in (0, 31, 1 << 63, (1 << 64) - 8):
        yield Case(f'a large file of {size} bytes',
                   lambda s=size: v.volume([v.driver(v.SOME_DXE, p.any_driver(), large=True, size=s)],
                                                                            fs=v.FFS3) + whole, sure, EITHER)
    yield Case('a 32-bit section of 7 bytes',
               lambda: v.volume([v.file(v.SOME_DXE, v.DRIVER, v.raw(bytes(64), extended=True, size=7))]) + whole,
               sure, EITHER)
    for at in (0, 3, 0xffff):
        yield Case(f'data at {at} of a GUIDed section', lambda a=at: v.volume([v.file(v.SOME_DXE, v.DRIVER, v.guided(
            v.CRC32, bytes(64), data_offset=a))]) + whole, sure, EITHER)
    for at in (0, 0x37, 0xffff):
        yield Case(f'a volume header of {at} bytes', lambda a=at: v.volume(others(1), header_size=a) + whole, sure,
                   EITHER)
    yield Case('an extended header of 4 GiB',
               lambda: holed(v.volume(others(1), name=v.numbered(9)), v.guid(v.numbered(9)),
                                                            b'\xf0\xff\xff\xff', 16) + whole, sure, EITHER)
    yield Case('a file system of one file that is the volume',
               lambda: v.volume([v.file(v.NEST, v.VOLUME_IMAGE, v.volume_section(
        v.volume(others(1), length=1 << 40)))]) + whole, sure, EITHER)


def bad_payloads():
    yield Case('a VBT whose BDB is past the end',
               lambda: v.volume([v.freeform(v.VBT_DEFAULT, p.vbt(bdb_at=0x7fffffff))]),
               (vbt(p.vbt(bdb_at=0x7fffffff), maybe=True, partial=None),), EITHER)
    yield Case('a VBT of 65535 bytes, it says', lambda: p.vbt(size=0xffff),
               (vbt(p.vbt(size=0xffff), maybe=True, partial=None),), EITHER)
    yield Case('a VBT of 0 bytes, it says', lambda: p.vbt(size=0), (vbt(p.vbt(size=0), maybe=True, partial=None),),
               EITHER)
    yield Case('a PCIR past the end', lambda: holed(VBIOS, b'\x55\xaa', b'\xfc\xff', 0x18), (ROMS_VBT,), EITHER)
    yield Case('a ROM of no blocks', lambda: p.vbios(blocks=0),
               (vbios(p.vbios(blocks=0), maybe=True, partial=None), ROMS_VBT), EITHER)
    yield Case('a driver whose header is past the end', lambda: holed(GOP, b'MZ', b'\xf0\xff\xff\x7f', 0x3c), (),
               EITHER)
    yield Case('a driver of 65535 sections', lambda: holed(GOP, b'PE\0\0', b'\xff\xff', 6),
               (gop(holed(GOP, b'PE\0\0', b'\xff\xff', 6), maybe=True, partial=None),), EITHER)
    yield Case('bytes of no meaning', lambda: bytes((i * i * 31 + (i >> 3)) & 0xff for i in range(70000)), (), EITHER)
    yield Case('no bytes', lambda: b'', (), EITHER)
    yield Case('one byte', lambda: b'U', (), EITHER)
    yield Case('16 MiB of erased flash', lambda: b'\xff' * (16 << 20), (), EITHER)


def bad():
    for rows in (bad_cuts, bad_streams, bad_bombs, bad_sizes, bad_payloads):
        yield from rows()


def cases():
    for group, rows in (('good', good), ('odd', odd), ('bad', bad)):
        for case in rows():
            yield group, case
