# SPDX-License-Identifier: GPL-2.0-or-later
"""packs.py - firmware images in archives and in vendors' programs. Everything made here is synthetic.

zip, tar, gzip, xz and bzip2 come from Python's own library, so those are real. The writers of 7z, RAR, cabinet, ISO 9660,
Zstandard and LZ4 below only store; they put the fields together as the formats' descriptions say (named at each).
Programs are a PE header and filler. What can be shown with these is that we read what we believe the formats to be.

variants(payload) gives each format's image three times: good, odd (accepted), bad (refused, or part of it lost, with a
reason).
"""
import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib

import wrap
from wrap import changed, efi_compress, pieces

SMALL = b'synthetic, not firmware\n'


# ---- archives -------------------------------------------------------------------------------------------------------

def zip_(files, method=zipfile.ZIP_DEFLATED, comment=b''):
    """A zip of [(name, bytes)], by Python."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as z:
        for name, data in files:
            z.writestr(zipfile.ZipInfo(name), data, method)
        z.comment = comment
    return out.getvalue()


def tar(files):
    """A tar of [(name, bytes)] with a folder and a link beside them, by Python."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.PAX_FORMAT) as t:
        folder = tarfile.TarInfo('folder')
        folder.type = tarfile.DIRTYPE
        t.addfile(folder)
        link = tarfile.TarInfo('folder/link')
        link.type, link.linkname = tarfile.SYMTYPE, '/etc/passwd'
        t.addfile(link)
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def crc(data):
    return zlib.crc32(data)


def number_7z(n):
    """7-Zip DOC/7zFormat.txt, NUMBER: the number of ones at the top says how many bytes follow."""
    for extra in range(8):
        if n < 1 << (7 * (extra + 1)):
            first = 0xff00 >> extra & 0xff | n >> 8 * extra
            return bytes([first]) + (n & (1 << 8 * extra) - 1).to_bytes(extra, 'little')
    return b'\xff' + n.to_bytes(8, 'little')


def sevenzip(files):
    """A synthetic 7z of [(name, bytes)], stored: one folder with the copy codec, one stream a file."""
    sizes, n = [len(d) for _, d in files], number_7z
    packed = b''.join(d for _, d in files)
    head = b'\x01\x04' + b'\x06' + n(0) + n(1) + b'\x09' + n(len(packed)) + b'\x00'  # header, streams, pack info
    head += b'\x07\x0b' + n(1) + b'\x00' + n(1) + b'\x01\x00' + b'\x0c' + n(len(packed)) + b'\x00'  # one coder of id 0
    head += b'\x08\x0d' + n(len(files)) + b'\x09' + b''.join(n(s) for s in sizes[:-1])  # sub streams
    head += b'\x0a\x01' + b''.join(struct.pack('<I', crc(d)) for _, d in files) + b'\x00' + b'\x00'
    names = b'\x00' + b''.join((name + '\0').encode('utf-16-le') for name, _ in files)
    head += b'\x05' + n(len(files)) + b'\x11' + n(len(names)) + names + b'\x00\x00'
    start = struct.pack('<QQI', len(packed), len(head), crc(head))
    return b"7z\xbc\xaf'\x1c\x00\x04" + struct.pack('<I', crc(start)) + start + packed + head


def rar4_block(kind, flags, body, data=b''):
    head = struct.pack('<BHH', kind, flags, 7 + len(body)) + body
    return struct.pack('<H', crc(head) & 0xffff) + head + data


def rar4(files):
    """A synthetic RAR 4 of [(name, bytes)], stored (technote.txt of RAR 4: main 73h, file 74h, end 7Bh)."""
    out = b'Rar!\x1a\x07\x00' + rar4_block(0x73, 0, bytes(6))
    for name, data in files:
        body = struct.pack('<IIBIIBBHI', len(data), len(data), 2, crc(data), 0x5a21_0000, 20, 0x30, len(name), 0x20)
        out += rar4_block(0x74, 0x8000, body + name.encode(), data)
    return out + rar4_block(0x7b, 0x4000, b'')


def vint(n, length=0):
    """RAR 5's number, at least @length bytes long."""
    out = b''
    while n >= 0x80 or len(out) + 1 < length:
        out, n = out + bytes([n & 0x7f | 0x80]), n >> 7
    return out + bytes([n])


def rar5_block(body, data=b''):
    body = vint(len(body)) + body
    return struct.pack('<I', crc(body)) + body + data


def rar5(files):
    """A synthetic RAR 5 of [(name, bytes)], stored (technote of RAR 5: main 1, file 2, end 5)."""
    out = b'Rar!\x1a\x07\x01\x00' + rar5_block(vint(1) + vint(0) + vint(0))
    for name, data in files:
        body = vint(2) + vint(2) + vint(len(data)) + vint(4) + vint(len(data)) + vint(0x20) + struct.pack('<I', crc(data))
        out += rar5_block(body + vint(0) + vint(0) + vint(len(name)) + name.encode(), data)
    return out + rar5_block(vint(5) + vint(0) + vint(0))


def cab_sum(data, seed=0):
    """[MS-CAB] 3.1, the checksum of a data block."""
    whole = len(data) // 4 * 4
    for (word,) in struct.iter_unpack('<I', data[:whole]):
        seed ^= word
    return seed ^ int.from_bytes(data[whole:], 'big')


def cab(files):
    """A synthetic cabinet of [(name, bytes)], one folder without compression ([MS-CAB] 2.1 to 2.4)."""
    blocks, at, rows = [], 0, b''
    for part in pieces(b''.join(d for _, d in files), 0x8000):
        sizes = struct.pack('<HH', len(part), len(part))
        blocks.append(struct.pack('<I', cab_sum(sizes, cab_sum(part))) + sizes + part)
    for name, data in files:
        rows += struct.pack('<IIHHHH', len(data), at, 0, 0x5821, 0, 0x20) + name.encode() + b'\0'
        at += len(data)
    head, body = 36 + 8, b''.join(blocks)
    folder = struct.pack('<IHH', head + len(rows), len(blocks), 0)
    total = head + len(rows) + len(body)
    return struct.pack('<4s5I2B5H', b'MSCF', 0, total, 0, head, 0, 3, 1, 1, len(files), 0, 0, 0) + folder + rows + body


def both(n, size):
    return n.to_bytes(size, 'little') + n.to_bytes(size, 'big')


def sectors(data):
    return data + bytes(-len(data) % 2048)


def iso_record(name, at, size, flags=0):
    body = b'\0' + both(at, 4) + both(size, 4) + bytes([126, 1, 1, 0, 0, 0, 0, flags, 0, 0]) + both(1, 2)
    body += bytes([len(name)]) + name + bytes(1 - len(name) % 2)
    return bytes([len(body) + 1]) + body


def iso(files, boot=None, medium=0):
    """A synthetic CD image of [(NAME, bytes)] in its root (ECMA-119 8.4 and 9.1); @boot: an El Torito image."""
    first = 22
    places, at = [], first
    for _, data in files:
        places.append(at)
        at += len(sectors(data)) // 2048
    root = iso_record(b'\0', 20, 2048, 2) + iso_record(b'\1', 20, 2048, 2)
    root += b''.join(iso_record(n.encode() + b';1', p, len(d)) for (n, d), p in zip(files, places))
    pvd = b'\x01CD001\x01\0' + b' ' * 64 + bytes(8) + both(at + 64, 4) + bytes(32) + both(1, 2) + both(1, 2)
    pvd += both(2048, 2) + both(10, 4) + struct.pack('<II', 19, 0) + struct.pack('>II', 19, 0)
    pvd += iso_record(b'\0', 20, 2048, 2).ljust(34, b'\0')
    pvd = pvd.ljust(881, b' ') + b'\x01'
    record, catalog = b'\0CD001\x01EL TORITO SPECIFICATION'.ljust(0x47, b'\0') + struct.pack('<I', 21), b''
    if boot is not None:
        catalog = (b'\x01\0\0\0' + bytes(24) + b'\0\0\x55\xaa') + b'\x88' + bytes([medium]) + bytes(4)
        catalog += struct.pack('<HI', -(-len(boot) // 512) if medium == 0 else 1, at)
    path_table = b'\x01\0' + struct.pack('<IH', 20, 1) + b'\0\0'
    parts = [bytes(16 * 2048), pvd, record if boot is not None else b'\xffCD001\x01', b'\xffCD001\x01', path_table, root,
             catalog, *(d for _, d in files), boot or b'']
    return b''.join(sectors(p) or (bytes(2048) if i < 7 else b'') for i, p in enumerate(parts))


def zst(data):
    """A synthetic Zstandard frame of raw blocks (RFC 8878, 3.1.1)."""
    out, parts = struct.pack('<IBI', 0xfd2fb528, 0xa0, len(data)), pieces(data, 1 << 17)
    for i, part in enumerate(parts):
        out += struct.pack('<I', (i == len(parts) - 1) | len(part) << 3)[:3] + part
    return out


def lz4(data):
    """A synthetic LZ4 frame of stored blocks (lz4_Frame_format.md 1.6.4); 73h is the checksum of its two bytes."""
    out = bytes.fromhex('04224d18607073')
    for part in pieces(data, 1 << 22):
        out += struct.pack('<I', len(part) | 1 << 31) + part
    return out + bytes(4)


# ---- programs -------------------------------------------------------------------------------------------------------

def program(size=0x600, subsystem=3, image_size=0x4000):
    """A synthetic PE: headers that say what is asked of them, then filler with marks that are no archives."""
    head = b'MZ'.ljust(0x3c, b'\0') + struct.pack('<I', 0x80)
    head = head.ljust(0x80, b'\0') + b'PE\0\0' + struct.pack('<HHIIIHH', 0x14c, 0, 0, 0, 0, 0xe0, 0x102)
    optional = struct.pack('<H', 0x10b).ljust(56, b'\0') + struct.pack('<I', image_size)
    head += optional.ljust(68, b'\0') + struct.pack('<H', subsystem)
    marks = b"MSCF\0\0\0\0 7z\xbc\xaf'\x1c Rar!\x1a\x07\x00 Rar!\x1a\x07\x01\x00 PK\x03\x04 PK\x05\x06 $_IFLASH $PACK\0\0\0 "
    return (head + marks).ljust(size, b'\xcc')


def turned(data):
    """Each byte one bit to the left."""
    return bytes((c << 1 | c >> 7) & 0xff for c in data)


def zip_in_program(front, files, absolute=False):
    """A zip behind a program; @absolute: its offsets count from the program's start, as zip -A makes them."""
    if not absolute:
        return front + zip_(files)
    out = io.BytesIO(front)
    with zipfile.ZipFile(out, 'a', zipfile.ZIP_DEFLATED) as z:
        for name, data in files:
            z.writestr(name, data)
    return out.getvalue()


def portwell(parts):
    """A synthetic EFI program of Portwell with @parts behind its memory image."""
    return program(0x4000, 10, 0x4000) + b''.join(b'<UU>' + p for p in parts)


# ---- vendors --------------------------------------------------------------------------------------------------------

def iflash(records, front=b''):
    """Synthetic Insyde records of [(tag, bytes)], each with a padding of 16 bytes."""
    out = front
    for tag, data in records:
        out += b'$_IFLASH' + tag.ljust(8, b'_') + struct.pack('<II', len(data) + 16, len(data)) + data + b'\xff' * 16
    return out


def phoenix(files, front=None):
    """A synthetic TDK Packer program of [(name, bytes, compression)]."""
    out, rows = program() if front is None else front, b''
    for name, data, how in files:
        rows += name.encode().ljust(0x100, b'\0') + struct.pack('<4I', len(out), len(data), how, 0)
        out += data
    head = b'$PACK\0\0\0' + struct.pack('<II', 0x210 + len(rows), len(files))
    return out + head + bytes(0x200) + rows


def volume(data):
    """A synthetic firmware volume header (PI 1.8, volume 3, 3.2.1) whose sum is right, around filler."""
    head = bytes(16) + bytes.fromhex('78e58c8c3d8a1c4f9935896185c32dd3') + struct.pack('<Q4sIHHHBB', 0x48 + len(data), b'_FVH',
                                                                                       0x4feff, 0x48, 0, 0, 0, 2)
    head += struct.pack('<IIII', 1, 0x48 + len(data), 0, 0)
    total = sum(struct.unpack('<36H', head))
    return head[:0x32] + struct.pack('<H', -total & 0xffff) + head[0x34:] + data


def descriptor(data):
    """The mark of a flash descriptor in front of filler."""
    return b'\xff' * 16 + b'\x5a\xa5\xf0\x0f' + bytes(12) + data


BASE = 0x200  # where the CBFS begins in its synthetic flash


def cbfs_file(name, kind, data, how=0, size=None, old=False):
    attributes = b'' if old or how is None else struct.pack('>IIII', 0x42435a4c, 16, how, len(data) if size is None else size)
    raw_name = name.encode().ljust(len(name) + 1 + 15 & ~15, b'\0')
    at = 24 + len(raw_name)
    data_at = at + len(attributes)
    head = struct.pack('>8s4I', b'LARCHIVE', len(data), kind, at if attributes else 0, data_at)
    out = head + raw_name + attributes + data
    return out + b'\xff' * (-len(out) % 64)


def payload_self(segments):
    """A payload of [(type, compression, packed bytes, size in memory)] and an entry point."""
    at, rows, body = 28 * (len(segments) + 1), b'', b''
    for kind, how, data, size in segments:
        rows += struct.pack('>4sIIQII', kind, how, at + len(body), 0x800000, len(data), size)
        body += data
    return rows + struct.pack('>4sIIQII', b'ENTR', 0, 0, 0x800000, 0, 0) + body


def fmap(areas, at, size):
    rows = b''.join(struct.pack('<II32sH', o, n, name, 0) for name, o, n in [(b'FMAP', at, 0x200), *areas])
    return struct.pack('<8sBBQI32sH', b'__FMAP__', 1, 1, 0, size, b'FLASH', len(areas) + 1) + rows


def lzma_alone(data):
    return lzma.compress(data, format=lzma.FORMAT_ALONE)


def cbfs(p, map_=True, cut=None, region=b'COREBOOT'):
    """A synthetic coreboot image: a VBT, a raw file of LZ4, a payload of two segments, one of an older header."""
    files = cbfs_file('cbfs master header', 2, bytes(32)) + cbfs_file('vbt.bin', 0x50, lzma_alone(SMALL * 9), 1, len(SMALL) * 9)
    files += cbfs_file('lz4.bin', 0x50, lz4(SMALL * 5), 2, len(SMALL) * 5) + cbfs_file('pci8086,0166.rom', 0x30, p, old=True)
    files += cbfs_file('fallback/payload', 0x20, payload_self([(b'CODE', 1, lzma_alone(p), len(p)), (b'BSS ', 0, b'', 99),
                                                               (b'DATA', 0, SMALL, 24)]), None)
    files += cbfs_file('', 0xffffffff, b'\xff' * 200, None)
    if cut is not None:
        files = files[:cut]
    head = fmap([(b'FLASH', 0, BASE + len(files)), (region, BASE, len(files))], 0, BASE + len(files)) if map_ else b''
    return head.ljust(BASE, b'\xff') + files


# ---- Inno Setup -----------------------------------------------------------------------------------------------------

LZMA1 = [{'id': lzma.FILTER_LZMA1, 'dict_size': 1 << 20, 'lc': 3, 'lp': 0, 'pb': 2}]
LZMA2 = [{'id': lzma.FILTER_LZMA2, 'dict_size': 1 << 20}]


def lzma1(data):
    return b'\x5d' + struct.pack('<I', 1 << 20) + lzma.compress(data, format=lzma.FORMAT_RAW, filters=LZMA1)


def lzma2(data):
    return bytes([18]) + lzma.compress(data, format=lzma.FORMAT_RAW, filters=LZMA2)


def inno_block(data, packed=True):
    data = lzma1(data) if packed else data
    body = b''.join(struct.pack('<I', crc(p)) + p for p in pieces(data, 4096))
    head = struct.pack('<IB', len(body), packed)
    return struct.pack('<I', crc(head)) + head + body


def inno_text(text, wide):
    raw = text.encode('utf-16-le' if wide else 'ascii')
    return struct.pack('<I', len(raw)) + raw


ROW_SUMS = {70: 16, 74: 20, 75: 20, 87: 32, 89: 32}


def inno_row(length, chunk, at, size, packed, encrypted=False, compressed=True):
    wide = length == 89
    out = struct.pack('<IIQ' if wide else '<III', 0, 0, chunk) + struct.pack('<QQQ', at, size, packed) + bytes(ROW_SUMS[length] + 16)
    flags = (encrypted and (0x08 if wide else 0x40)) | (compressed and (0x10 if wide else 0x80))
    return (out + bytes([flags])).ljust(length, b'\0')


def inno(files, length=74, pack=lzma1, packed=True, encrypted=False, wide_offsets=False, spanned=False):
    """A synthetic Inno Setup package of [(name, bytes)] in one chunk; @length: of the rows, which says the version."""
    wide_text, new = length != 70, length == 89
    texts = 7 if length == 70 else 14 if new else 8
    script = bytes(range(1, 200)) + b'{not a name}' * 9
    for i, (name, _) in enumerate(files):
        script += inno_text('', wide_text) + inno_text(name, wide_text) + inno_text('', wide_text) * texts
        script += bytes((33 if new else 0) + 20) + struct.pack('<IIQ', i, 0, 0) + bytes(10)
    plain = b''.join(d for _, d in files)
    chunk = pack(plain) if packed else plain
    rows, at = b'', 0
    for _, data in files:
        rows += inno_row(length, 0, at, len(data), len(chunk), encrypted, packed)
        at += len(data)
    version = {70: b'5.3.0', 74: b'5.5.7', 75: b'6.3.0', 87: b'6.4.0', 89: b'6.5.0'}[length]
    setup = (b'Inno Setup Setup Data (' + version + (b') (u)' if wide_text else b')')).ljust(64, b'\0')
    setup += bytes(53) if new else b''
    setup += inno_block(script) + inno_block(rows)
    front = program(0x800)
    header_at = len(front) + 64
    data_at = 0 if spanned else header_at + len(setup)
    ident = b'rDlPtS' + bytes.fromhex('cde6d77b0b2a')
    if wide_offsets:
        table = ident + struct.pack('<IqqIIqqI', 2, 0, 0, 0, 0, header_at, data_at, 0)
    else:
        table = ident + struct.pack('<7I', 1, 0, 0, 0, 0, header_at, data_at)
    table += struct.pack('<I', crc(table))
    return front + table.ljust(64, b'\0') + setup + b'zlb\x1a' + chunk


# ---- three of each --------------------------------------------------------------------------------------------------

def variant(wrapper, kind, defect, image, wants, note=None, code=0, lost=False):
    """@lost: False when the payload comes back, True when only some of it or none does, bytes that come instead."""
    return wrap.Variant(wrapper, kind, defect, image, wants, note, code, lost)


def archives(p):
    files, name = [('README.TXT', SMALL), ('flash/BIOS.ROM', p)], ['flash/BIOS.ROM']
    makers = {'zip': zip_, '7z': sevenzip, 'rar': rar4, 'cab': cab, 'tar': tar}
    for w, make in makers.items():
        image = make(files)
        yield variant(w, 'good', 'two files', image, name)
        yield variant(w, 'odd', 'a name that leads out', make([('..\\..\\x//./BIOS.ROM' if w != 'tar' else
                                                               '../../x//./BIOS.ROM', p)]), ['x/BIOS.ROM'])
        # The first file is whole, and what there is of the second is marked; a 7z has its index at the end.
        code, reason = (-1, 'nothing could be unpacked') if w == '7z' else (0, 'runcated|decompression failed')
        yield variant(w, 'bad', 'half of it', image[:len(image) // 2], [] if w == '7z' else name, reason, code, True)
    yield variant('rar', 'good', 'version 5', rar5(files), name)
    yield variant('zip', 'good', 'stored', zip_(files, zipfile.ZIP_STORED), name)
    yield variant('zip', 'bad', 'nothing in it', zip_([]), [], 'no file', -8, True)
    yield variant('zip', 'odd', 'a comment', zip_(files, comment=b'of somebody'), name)
    yield variant('zip', 'odd', 'a wrong checksum', zip_damaged(files), name, 'CRC')
    yield variant('zip', 'bad', 'encrypted', zip_encrypted(p), [], 'encrypted', -8, True)
    yield variant('zip', 'bad', 'a zip in a zip', zip_([('in.zip', zip_(files))]), ['in.zip', *name], None, 0, False)
    yield variant('cab', 'odd', 'a wrong checksum', cab_damaged(files), name, 'hecksum', 0, damaged(p, -5))
    yield variant('7z', 'bad', 'an index that is damaged', damaged(sevenzip(files), -20), [], '', -1, True)
    yield variant('rar', 'bad', 'a header that is damaged', damaged(rar4(files), 12), [], '', -1, True)
    yield from filters(p)
    yield from discs(p)


def damaged(image, at):
    at %= len(image)
    return changed(image, at, bytes([image[at] ^ 0x55]))


def zip_damaged(files):
    """The checksum of the last file is wrong in the directory and in its header."""
    image = zip_(files)
    return image.replace(struct.pack('<I', crc(files[-1][1])), b'\xde\xad\xbe\xef')


def zip_encrypted(p):
    """The flag says so; the bytes do not matter."""
    image = zip_([('secret.bin', p)], zipfile.ZIP_STORED)
    at = image.index(b'PK\x01\x02')
    return changed(changed(image, 6, b'\x01'), at + 8, b'\x01')


def cab_damaged(files):
    return damaged(cab(files), -5)


def filters(p):
    packs = {'gzip': lambda d: gzip.compress(d, mtime=0), 'xz': lzma.compress, 'bzip2': bz2.compress, 'zstd': zst}
    for w, pack in packs.items():
        image = pack(p)
        yield variant(w, 'good', 'one file', image, ['data'])
        yield variant(w, 'good', 'a tar', pack(tar([('BIOS.ROM', p)])), ['BIOS.ROM'])
        yield variant(w, 'odd', 'twice', image + image, ['data'], None, 0, p + p)
        yield variant(w, 'bad', 'half of it', image[:len(image) // 2], ['data'] if w in ('gzip', 'xz') else [], '',
                      0 if w in ('gzip', 'xz') else None, True)  # of the others libarchive gives no block that is not whole


def discs(p):
    name = 'El Torito boot image'
    yield variant('iso9660', 'good', 'a file', iso([('BIOS.ROM', p)]), ['BIOS.ROM'])
    yield variant('iso9660', 'good', 'bootable', iso([('X.TXT', SMALL)], p + bytes(-len(p) % 512)), [name], None, 0,
                  p + bytes(-len(p) % 512))
    disk = bytes(0x1be) + b'\0' * 8 + struct.pack('<II', 1, -(-len(p) // 512)) + bytes(48) + b'\x55\xaa' + p
    disk += bytes(-len(disk) % 512)
    yield variant('iso9660', 'good', 'boots a hard disk', iso([('X.TXT', SMALL)], disk, 4), [name], None, 0, disk)
    yield variant('iso9660', 'odd', 'a floppy that is cut', iso([], p, 3), [name], None, 0, True)
    yield variant('iso9660', 'bad', 'half of it', iso([('A.TXT', SMALL), ('BIOS.ROM', p)])[:22 * 2048 + len(p) // 2],
                  ['BIOS.ROM'], '', 0, True)


def programs(p):
    w, files, name, front = 'self-extractor', [('BIOS.ROM', p), ('a.txt', SMALL)], ['BIOS.ROM'], program()
    junk = b'\xff' * len(p)
    behind = b'a signature of Authenticode'.ljust(333, b'\xa5')
    for what, image in (('7z', front + sevenzip(files) + behind), ('zip', zip_in_program(front, files)),
                        ('zip, offsets of the program', zip_in_program(front, files, True) + behind),
                        ('cabinet in a resource', front + cab(files) + bytes(999)), ('RAR 4', front + rar4(files)),
                        ('RAR 5', front + rar5(files)), ('iFdPacker', front + b'\r\n;!@InstallEnd@!\r\n' + turned(sevenzip(files)))):
        yield variant(w, 'good', what, image, name)
    yield variant(w, 'odd', 'two archives', front + cab([('x', SMALL)]) + sevenzip(files), name)
    yield variant(w, 'odd', 'an archive in an archive', front + sevenzip([('in.cab', cab(files))]), ['in.cab', *name])
    yield variant(w, 'odd', 'one of two is damaged', front + damaged(sevenzip([('x', SMALL)]), -9) + cab(files), name, '7z inside')
    yield variant(w, 'bad', 'none', front, [], 'without an archive', -2, True)
    yield variant(w, 'bad', 'a zip without its end', zip_in_program(front, files)[:-len(p) // 99], name, 'inside', 0, True)
    yield variant(w, 'bad', 'InstallShield', front + b'ISSetupStream' + bytes(64), [], 'InstallShield', -6, True)
    yield variant(w, 'good', 'Portwell', portwell([b'', SMALL, b'NULL', p]), ['Temp.bin'])
    yield variant(w, 'good', 'Portwell, compressed', portwell([b'', SMALL, b'NULL', efi_compress(p), b'x', b'six']), ['Temp.bin'])
    yield variant(w, 'bad', 'Portwell, a stream that is none', portwell([struct.pack('<II', len(p), 2 * len(p)) + junk]),
                  ['Flash.efi'], 'not decoded', 0, struct.pack('<II', len(p), 2 * len(p)) + junk)


def vendors(p):
    w, records = 'insyde-iflash', [(b'DRV_IMG', SMALL), (b'BIOSIMG', p)]
    yield variant(w, 'good', 'isflash.bin', iflash(records), ['BIOSIMG'])
    yield variant(w, 'good', 'in a program', iflash(records, program()), ['BIOSIMG'])
    yield variant(w, 'odd', 'a record of no size', iflash([(b'OEM_ID', b''), *records], b'\x90' * 77), ['BIOSIMG'])
    yield variant(w, 'bad', 'cut', iflash(records)[:-len(p) // 2], ['BIOSIMG'], 'are there', 0, True)
    w, files = 'phoenix-tdk', [('Readme.txt', SMALL, 0), ('BIOS.WPH', p, 0)]
    yield variant(w, 'good', 'stored', phoenix(files), ['BIOS.WPH'])
    yield variant(w, 'good', 'LZMA', phoenix([files[0], ('BIOS.WPH', lzma_alone(p), 1)]), ['BIOS.WPH'])
    yield variant(w, 'good', 'xz', phoenix([files[0], ('BIOS.WPH', lzma.compress(p), 1)]), ['BIOS.WPH', 'data'])
    yield variant(w, 'odd', 'another compression', phoenix([('BIOS.WPH', p, 7)]), ['BIOS.WPH'], 'compression 7')
    yield variant(w, 'bad', 'LZMA that is none', phoenix([files[1], ('x', SMALL, 1)]), ['BIOS.WPH'], 'not unpacked', 0, False)
    yield variant(w, 'bad', 'a row outside', phoenix(files)[:-16] + struct.pack('<4I', 0x7fffffff, 1, 0, 0), ['Readme.txt'],
                  'not in the file', 0, SMALL)
    w, name = 'signed-image', ['image behind signature block']
    front = (b'a signature of the vendor' * 99)[:0x840]
    for what, image in (('a volume', volume(p)), ('a flash descriptor', descriptor(p))):
        yield variant(w, 'good', what, front + image, name, None, 0, image)
    yield variant(w, 'odd', 'a mark that is none in front', b'signed: ' + bytes(0x20) + b'_FVH'.ljust(0x18, b'x') + volume(p), name,
                  None, 0, volume(p))
    yield variant(None, 'bad', 'a volume where a flash has one', front.ljust(0x1000, b'x') + volume(p), [], None, 0, True)
    yield variant(None, 'bad', 'padding in front', b'\xff' * 0x800 + volume(p), [], None, 0, True)
    yield variant(None, 'bad', 'a volume whose sum is wrong', front + damaged(volume(p), 0x32), [], None, 0, True)


def coreboots(p):
    w, name = 'cbfs', ['fallback/payload/segment 1']
    yield variant(w, 'good', 'a payload of LZMA', cbfs(p), name)
    yield variant(w, 'good', 'without a map', cbfs(p, map_=False), name)
    yield variant(w, 'good', 'an option ROM, an older header', cbfs(p), ['pci8086,0166.rom'])
    yield variant(w, 'good', 'a VBT of LZMA', cbfs(p), ['vbt.bin'], None, 0, SMALL * 9)
    yield variant(w, 'good', 'LZ4', cbfs(p), ['lz4.bin'], None, 0, SMALL * 5)
    yield variant(w, 'good', 'the region of the BIOS alone', bytes(64) + cbfs(p)[64:], name)
    yield variant(w, 'odd', 'another slot', cbfs(p, region=b'FW_MAIN_A'), ['FW_MAIN_A/' + name[0]])
    unknown = cbfs_file('x', 0x50, p, 9)
    yield variant(w, 'odd', 'an unknown compression', unknown, ['x'], 'compression 9')
    yield variant(w, 'bad', 'a wrong decoded size', cbfs_file('x', 0x50, lzma_alone(p), 1, 5), ['x'], 'not decoded', 0, lzma_alone(p))
    yield variant(w, 'bad', 'cut', cbfs_file('x', 0x50, p)[:len(p) // 2], ['x'], 'are there', 0, True)
    yield variant(w, 'bad', 'no file with bytes', cbfs_file('', 0xffffffff, bytes(99)), [], 'no file', -2, True)


def packages(p):
    w, files, name = 'inno-setup', [('{app}\\readme.txt', SMALL), ('{app}\\BIOS.FL1', p)], ['{app}/BIOS.FL1']
    for length in ROW_SUMS:
        yield variant(w, 'good', f'rows of {length}', inno(files, length, wide_offsets=length == 89), name)
    yield variant(w, 'good', 'LZMA2', inno(files, pack=lzma2), name)
    yield variant(w, 'good', 'zlib', inno(files, pack=zlib.compress), name)
    yield variant(w, 'good', 'stored', inno(files, packed=False), name)
    yield variant(w, 'odd', 'a name that is not found', inno([('no path', SMALL), ('nor here', p)]), ['file 2'])
    yield variant(w, 'bad', 'encrypted', inno(files, encrypted=True), [], 'encrypted', -2, True)
    yield variant(w, 'bad', 'files beside it', inno(files, spanned=True), [], 'setup-1.bin', -8, True)
    yield variant(w, 'bad', 'cut', inno(files)[:-len(lzma1(p)) // 2], name, 'are there', 0, True)
    image = inno(files)
    yield variant(w, 'bad', 'a block that is damaged', damaged(image, image.index(b'Inno Setup Setup Data (') + 99), [],
                  'innoextract', -6, True)


def variants(p):
    """Every image, with the payload @p in it."""
    for of in (archives, programs, vendors, coreboots, packages):
        for v in of(p):
            yield v._replace(payload=p if v.payload is False else None if v.payload is True else v.payload)
