# SPDX-License-Identifier: GPL-2.0-or-later
"""wrapped.py - what vendors put around an image, made from the standard library: archives, self-extractors, capsules.

WRAPPERS names each and gives a function of the image. All synthetic: no header of a vendor's file is copied.

Sources: 7zFormat.txt of the LZMA SDK 22; UEFI Specification 2.10, 8.5.3 (capsules) and 23.3 (FMP capsules); vendors'
capsules as UEFITool A73 common/ffs.h has them.
"""
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib

from payloads import IA32, LABEL, pe
from volumes import guid, up

NAME = 'BIOS/E7C02IMS.1A0'
READ_ME = b'Copy the file to a USB stick and start the update from Setup.\r\n' * 20

EFI_CAPSULE = '3b6686bd-0d76-4030-b70e-b5519e2fc5a0'
FMP_CAPSULE = '6dcbd5ed-e82d-4c44-bda1-7194199ad92a'
AMI_SIGNED = '4a3ca68b-7723-48fb-803d-578cc1fec44d'
AMI_UNSIGNED = '14eebb90-890a-43db-aed1-5d3c4588a418'
TOSHIBA = '3be07062-1d51-45d2-832b-f093257ed461'
LENOVO = 'e20bafd3-9914-4f4f-9537-3129e090eb3c'
LENOVO2 = '25b5fe76-8243-4a5c-a9bd-7ee3246198b5'
INTEL = '539182b9-abb5-4391-b69a-e3a943f72fcc'


# ---- archives --------------------------------------------------------------------------------------------------------

def zipped(image, name=NAME, how=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', how) as z:
        for n, data in (('readme.txt', READ_ME), (name, image), ('AFU/flash.nsh', b'flash %1\r\n')):
            info = zipfile.ZipInfo(n, (2020, 1, 1, 0, 0, 0))
            info.compress_type = how
            z.writestr(info, data)
    return out.getvalue()


def tarred(image, name=NAME):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT) as t:
        info = tarfile.TarInfo(name)
        info.size = len(image)
        t.addfile(info, io.BytesIO(image))
    return out.getvalue()


def number(n):
    """7z's: the first byte's high bits count the bytes behind it."""
    for more in range(8):
        if n < 1 << (7 * (more + 1)):
            first = 0xff << (8 - more) & 0xff | n >> (8 * more)
            return bytes([first]) + (n & (1 << 8 * more) - 1).to_bytes(more, 'little')
    return b'\xff' + n.to_bytes(8, 'little')


def seven_zip(image, name=NAME, compress=True):
    """One folder with one coder, LZMA or Copy, of one file."""
    if compress:
        filters = [{'id': lzma.FILTER_LZMA1, 'dict_size': 1 << 20, 'lc': 3, 'lp': 0, 'pb': 2, 'mode': lzma.MODE_FAST,
                    'mf': lzma.MF_HC3, 'nice_len': 64}]
        packed = lzma.compress(image, lzma.FORMAT_RAW, filters=filters)
        coder = b'\x23\x03\x01\x01\x05' + struct.pack('<BI', 0x5d, 1 << 20)
    else:
        packed, coder = image, b'\x01\x00'
    names = b'\0' + name.encode('utf-16-le') + b'\0\0'
    head = b'\x01\x04'  # header: main streams
    head += b'\x06' + number(0) + number(1) + b'\x09' + number(len(packed)) + b'\0'  # pack info: where, how many, sizes
    head += b'\x07\x0b' + number(1) + b'\0' + number(1) + coder  # unpack info: folders, here, coders
    head += b'\x0c' + number(len(image)) + b'\0'  # size
    head += b'\x08\x0a\x01' + struct.pack('<I', zlib.crc32(image)) + b'\0'  # substreams: digest
    head += b'\0\x05' + number(1) + b'\x11' + number(len(names)) + names + b'\0\0'  # files: names
    start = struct.pack('<QQI', len(packed), len(head), zlib.crc32(head))
    return b'7z\xbc\xaf\x27\x1c\0\4' + struct.pack('<I', zlib.crc32(start)) + start + packed + head


def extractor(archive):
    """A program for Windows with an archive behind its sections."""
    program = pe([(b'.text', b'\x31\xc0\xc3' + LABEL), (b'.rdata', bytes(0x1000))], machine=IA32, subsystem=2)
    return program + b'\0' * (up(len(program), 512) - len(program)) + archive


# ---- capsules --------------------------------------------------------------------------------------------------------

def capsule(image, name=EFI_CAPSULE, head_size=0x1c, size=None):
    total = head_size + len(image) if size is None else size
    head = guid(name) + struct.pack('<III', head_size, 0x00050000, total)
    return head.ljust(head_size, b'\0') + image


def ami_capsule(image, name=AMI_SIGNED, offset=0x800):
    """UEFITool's APTIO_CAPSULE_HEADER: behind the common part the image's offset, and that of a layout."""
    head = guid(name) + struct.pack('<III', 0x1c + 4, 0x00050000, offset + len(image)) + struct.pack('<HH', offset,
                                                                                                     0x20)
    return head.ljust(offset, b'\0') + image


def toshiba_capsule(image, head_size=0x800):
    """The total before the flags, not behind."""
    return (guid(TOSHIBA) + struct.pack('<III', head_size, head_size + len(image), 0)).ljust(head_size, b'\0') + image


def fmp_capsule(image, drivers=0):
    item = struct.pack('<I', 3) + guid('f3794b06-7d67-4ab4-90e3-3a6a4d3ed6b0') + struct.pack('<B3xIIQQ', 1, len(image),
                                                                                             0, 0, 0)
    offsets = struct.pack(f'<{drivers + 1}Q', *[8 + 8 * (drivers + 1)] * (drivers + 1))
    return capsule(struct.pack('<IHH', 1, drivers, 1) + offsets + item + image, FMP_CAPSULE)


def signature_block(image, size=0x200):
    """As some vendors put one in front: bytes of no meaning here."""
    return bytes((n * 167 + 13) & 0xff for n in range(size)) + image


WRAPPERS = {
    'zip': zipped, 'zip, stored': lambda d: zipped(d, how=zipfile.ZIP_STORED),
    'zip in zip': lambda d: zipped(zipped(d), 'update.zip'), '7z': seven_zip,
    '7z, copied': lambda d: seven_zip(d, compress=False), 'gzip': lambda d: gzip.compress(d, 1, mtime=0),
    'xz': lambda d: lzma.compress(d, preset=0), 'tar.gz': lambda d: gzip.compress(tarred(d), 1, mtime=0),
    'a program with 7z': lambda d: extractor(seven_zip(d)), 'a program with zip': lambda d: extractor(zipped(d)),
    'a capsule': capsule, 'a capsule with a large header': lambda d: capsule(d, head_size=0x1000),
    'an FMP capsule': fmp_capsule, 'AMI\'s signed capsule': ami_capsule,
    'AMI\'s capsule': lambda d: ami_capsule(d, AMI_UNSIGNED, 0x20), 'Toshiba\'s capsule': toshiba_capsule,
    'Lenovo\'s capsule': lambda d: capsule(d, LENOVO, 0x100), 'Lenovo\'s second': lambda d: capsule(d, LENOVO2, 0x100),
    'Intel\'s capsule': lambda d: capsule(d, INTEL, 0x100),
    'AMI\'s capsule in zip': lambda d: zipped(ami_capsule(d), 'A.CAP'),
    'a signature block': signature_block,
}
