# SPDX-License-Identifier: GPL-2.0-or-later
"""volumes.py - firmware images from their parts, for tests: flash descriptor, volumes, files, sections.

Everything is bytes in, bytes out, and always the same bytes. Nothing is copied from a vendor: what stands in for a
driver, a VBT or a VBIOS comes from payloads.py and says so inside. Where a structure can be wrong, the function
has an argument that makes it so (checksum=, length=, size=), so that a test reads as what is wrong with its image.

Sources: UEFI Platform Initialization Specification 1.8, volume 3, 3.2 (volumes, files, sections) and its appendix on
firmware file system version 1 in PI 1.0; UEFI Specification 2.10, 19 (compression), 32.2 (certificates); Intel's
flash descriptor as flashrom 1.4 ich_descriptors.c reads it; GUIDs as edk2 and UEFITool A73 common/ffs.cpp name them.
"""
import gzip as gzip_module
import lzma
import struct
import uuid
import zlib as zlib_module

FFS1 = '7a9354d9-0468-444a-81ce-0bf617d890df'
FFS2 = '8c8ce578-8a3d-4f1c-9935-896185c32dd3'
FFS3 = '5473c07a-3dcb-4dca-bd6f-1e9689e7349a'
APPLE_FFS = '04adeead-61ff-4d31-b6ba-64f8bf901f5a'
INTEL_FFS = 'ad3fffff-d28b-44c4-9f13-9ea98a97f9f0'
INTEL_FFS2 = 'd6a1cd70-4b33-4994-a6ea-375f2ccc5437'
SONY_FFS = '4f494156-aed6-4d64-a537-b8a5557bceec'
NVRAM = 'fff12b8d-7696-4c8b-a985-2747075b4f50'  # EFI_SYSTEM_NV_DATA_FV_GUID: variables, no files

CRC32 = 'fc1bcdb0-7d31-49aa-936a-a4600d9dd083'
TIANO = 'a31280ad-481e-41b6-95e8-127f4c984779'
LZMA = 'ee4e5898-3914-4259-9d6e-dc7bd79403cf'
LZMA_HP = '0ed85e23-f253-413f-a03c-901987b04397'
LZMA_MS = 'bd9921ea-ed91-404a-8b2f-b4d724747c8c'
LZMA_F86 = 'd42ae6bd-1352-4bfb-909a-ca72a6eae889'
BROTLI = '3d532050-5cda-4fd0-879e-0f7f630d5afb'
ZLIB_AMD = 'ce3233f5-2cd6-4d87-9152-4a238bb6d1c4'
ZLIB_AMD2 = '991efac0-e260-416b-a4b8-3b153072b804'
GZIP = '1d301fe9-be79-4353-91c2-d23bc959ae0c'
RSA2048_SHA256 = 'a7717414-c616-4977-9420-844712a735bf'
CONTENTS_SIGNED = '0f9d89e8-9259-4f76-a5af-0c89e34023df'

INTEL_GOP = 'ff0c8745-3270-4439-b74f-3e45f8c77064'
IVB_GOP = '5bba83e6-f027-4ca7-bfd0-16358cc9e123'
SETUP = '899407d7-99fe-43d8-9a21-79ec328cac21'
VBT_DEFAULT = '878ac2cc-5343-46f2-b563-51f89daf56ba'
VBT_SECOND = '0f729f33-25c1-41a7-86b2-23a737a91823'
CSMCORE = 'a062cf1f-8473-4aa3-8793-600bc4ffe9a8'
AMI_ROMS = 'a0327fe0-1fda-4e5b-905d-b510c45a61d0'
AMI_ROM_RUN = '365c62ba-05eb-4b97-bb1c-8f5a3ef7c2a1'  # only the first field is published; the rest is made up
INSYDE_VIDEO_ROM = '8dfae5d4-b50e-4c10-96e6-f2c266cacbb6'
SOME_DXE = '5a515240-d1f1-4c58-9590-27b1f0e86827'
SOME_FREEFORM = 'b1d1f1c0-0000-4000-8000-696764637400'
NEST = '9e21fd93-9c72-4c15-8c4b-e77f1db2d792'  # the file that holds edk2's compressed volume

RAW, FREEFORM, SEC, PEI_CORE, DXE_CORE, PEIM, DRIVER, COMBINED, APPLICATION, MM, VOLUME_IMAGE = range(1, 12)
PAD = 0xf0

S_COMPRESSED, S_GUIDED, S_DISPOSABLE = 0x01, 0x02, 0x03
S_PE32, S_PIC, S_TE, S_DEPEX, S_VERSION, S_UI, S_COMPAT16, S_VOLUME, S_SUBTYPE, S_RAW = range(0x10, 0x1a)
S_PEI_DEPEX, S_MM_DEPEX = 0x1b, 0x1c
S_INSYDE_POSTCODE, S_PHOENIX_POSTCODE = 0x20, 0xf0


def guid(text):
    """The 16 bytes of a GUID as they lie in a file; bytes pass through."""
    return text if isinstance(text, bytes) else uuid.UUID(text).bytes_le


def numbered(n):
    """A GUID of our own, for the n-th of many files."""
    return f'19dc7100-0000-4000-8000-{n:012x}'


def u24(n):
    return struct.pack('<I', n)[:3]


def up(n, to):
    return -(-n // to) * to


def filled(data, size, with_=0xff):
    """@data, made @size bytes long."""
    if len(data) > size:
        raise ValueError(f'{len(data)} bytes do not fit {size}')
    return data + bytes([with_]) * (size - len(data))


def sum8(data):
    return sum(data) & 0xff


def sum16(data):
    return sum(struct.unpack(f'<{len(data) // 2}H', data)) & 0xffff


# ---- sections --------------------------------------------------------------------------------------------------------

def section(kind, body, *, extended=False, size=None, head=b''):
    """One section. @size: what its header says where that is not the truth. @extended: a 32-bit size, also where 24
    bits would do. @head: what the header has beyond the common part."""
    small = 4 + len(head) + len(body)
    if extended or small >= 0xffffff:
        said = small + 4 if size is None else size
        return b'\xff\xff\xff' + bytes([kind]) + struct.pack('<I', said) + head + body
    return u24(small if size is None else size) + bytes([kind]) + head + body


def sections(*parts):
    """Sections one behind the other, each at a multiple of 4 from the start of the stream."""
    out = b''
    for part in parts:
        out = filled(out, up(len(out), 4), 0) + part
    return out


def text(s):
    return s.encode('utf-16-le') + b'\0\0'


def ui(name):
    return section(S_UI, text(name))


def version(s, build=1):
    return section(S_VERSION, text(s), head=struct.pack('<H', build))


def depex():
    return section(S_DEPEX, b'\x06\x08')  # TRUE END


def pe32(image, **kw):
    return section(S_PE32, image, **kw)


def raw(body, **kw):
    return section(S_RAW, body, **kw)


def volume_section(fv, **kw):
    """A volume's sections begin at 4 bytes, its image wants 8 within what holds it; writers put a section before it for
    that, readers do not ask."""
    return section(S_VOLUME, fv, **kw)


def subtype(name, body, **kw):
    return section(S_SUBTYPE, body, head=guid(name), **kw)


def guided(name, data, *, attributes=1, extra=b'', data_offset=None, **kw):
    """@extra: what lies between the header and the data, counted by the data's offset."""
    big = kw.get('extended') or 24 + len(extra) + len(data) >= 0xffffff
    at = (28 if big else 24) + len(extra)
    head = guid(name) + struct.pack('<HH', at if data_offset is None else data_offset, attributes)
    return section(S_GUIDED, extra + data, head=head, **kw)


def crc32(inner, *, value=None, **kw):
    value = zlib_module.crc32(inner) if value is None else value
    return guided(CRC32, inner, attributes=2, extra=struct.pack('<I', value), **kw)


def lzma_alone(data, *, size=None, x86=False, dict_size=1 << 16):
    """The 13 bytes of header and the stream. @size: what the header says; -1 is "unknown"."""
    filters = [{'id': lzma.FILTER_LZMA1, 'dict_size': dict_size, 'lc': 3, 'lp': 0, 'pb': 2, 'mode': lzma.MODE_FAST,
                'mf': lzma.MF_HC3, 'nice_len': 64}]
    if x86:
        filters.insert(0, {'id': lzma.FILTER_X86})
    stream = lzma.compress(data, lzma.FORMAT_RAW, filters=filters)
    size = len(data) if size is None else size
    return struct.pack('<BIQ', 0x5d, dict_size, size & 0xffffffffffffffff) + stream


def lzma_section(inner, *, name=LZMA, x86=False, said=None, **kw):
    return guided(name, lzma_alone(inner, size=said, x86=x86), **kw)


def lzma_f86(inner, **kw):
    return lzma_section(inner, name=LZMA_F86, x86=True, **kw)


def zlib_amd(inner, *, name=ZLIB_AMD, compressed_size=None, **kw):
    """A header of 256 bytes, the compressed size at 14h of it (UEFITool A73 common/ffs.h)."""
    data = zlib_module.compress(inner, 9)
    n = len(data) if compressed_size is None else compressed_size
    return guided(name, bytes(0x14) + struct.pack('<I', n) + bytes(0xe8) + data, **kw)


def gzip(inner, **kw):
    return guided(GZIP, gzip_module.compress(inner, 9, mtime=0), **kw)


def brotli_stored(data):
    """A brotli stream of uncompressed meta-blocks (RFC 7932, 9.2): window of 16 bits, 64 KiB a block, an empty last."""
    out, bits = 0, 1  # WBITS 16 is the one bit 0
    whole = b''
    for at in range(0, len(data), 0x10000):
        part = data[at:at + 0x10000]
        # ISLAST 0, MNIBBLES 4 (00), MLEN - 1 in 16 bits, ISUNCOMPRESSED 1, then to the byte
        out |= (0 | 0 << 1 | (len(part) - 1) << 3 | 1 << 19) << bits
        bits = up(bits + 20, 8)
        whole += out.to_bytes(bits // 8, 'little') + part
        out = bits = 0
    out |= 3 << bits  # ISLAST, ISLASTEMPTY
    return whole + out.to_bytes(up(bits + 2, 8) // 8, 'little')


def brotli(inner, *, said=None, **kw):
    head = struct.pack('<QQ', len(inner) if said is None else said, 0)
    return guided(BROTLI, head + brotli_stored(inner), **kw)


def xxh32(data):
    """Of fewer than 16 bytes, seed 0 (the xxHash specification, 2.1)."""
    p1, p2, p3, p4, p5, m = 2654435761, 2246822519, 3266489917, 668265263, 374761393, 0xffffffff
    h = (p5 + len(data)) & m
    whole = len(data) // 4 * 4
    for (word,) in struct.iter_unpack('<I', data[:whole]):
        h = (h + word * p3) & m
        h = ((h << 17 | h >> 15) & m) * p4 & m
    for byte in data[whole:]:
        h = (h + byte * p5) & m
        h = ((h << 11 | h >> 21) & m) * p1 & m
    for shift, by in ((15, p2), (13, p3), (16, 1)):
        h = (h ^ h >> shift) * by & m
    return h


def lz4_frame(data):
    """Blocks as they are, 64 KiB each (LZ4 Frame Format 1.6.3)."""
    flags = b'\x60\x40'
    out = struct.pack('<I', 0x184d2204) + flags + bytes([xxh32(flags) >> 8 & 0xff])
    for at in range(0, len(data), 0x10000):
        part = data[at:at + 0x10000]
        out += struct.pack('<I', len(part) | 1 << 31) + part
    return out + bytes(4)


def tiano_stored(data, position_bits=5):
    """A stream for Tiano (5 bits of position) or EFI 1.1 (4) of literals only: the code lengths are all eight, so that
    each symbol is its own code (UEFI Specification 2.10, 19.2 to 19.4)."""
    bits = ''
    for at in range(0, len(data), 0xffff):
        part = data[at:at + 0xffff]
        # symbols; extra set: none, all are 10 (length 8); 256 lengths in no bits; positions: none, all are 0
        bits += f'{len(part):016b}' + f'{0:05b}{10:05b}' + f'{256:09b}' + '0' * position_bits * 2
        bits += ''.join(f'{byte:08b}' for byte in part)
    bits += '0' * (-len(bits) % 8)
    body = int(bits, 2).to_bytes(len(bits) // 8, 'big') if bits else b''
    return struct.pack('<II', len(body), len(data)) + body


def compressed(inner, *, kind=1, encode=tiano_stored, said=None, **kw):
    """A compression section. @kind 0: not compressed; 1: Tiano or EFI 1.1, as @encode makes it; 2: some vendors'
    LZMA."""
    data = {0: lambda d: d, 1: encode, 2: lzma_alone}.get(kind, encode)(inner)
    head = struct.pack('<IB', len(inner) if said is None else said, kind)
    return section(S_COMPRESSED, data, head=head, **kw)


def efi11(inner, **kw):
    return compressed(inner, encode=lambda d: tiano_stored(d, 4), **kw)


def tiano_guided(inner, *, encode=tiano_stored, **kw):
    return guided(TIANO, encode(inner), **kw)


def _signed(name, cert, inner, counted, kw):
    """The data's offset counts the certificate with some writers and not with others: edk2's reader goes by the
    certificate's own size, UEFITool's adds it to the offset."""
    at = 24 + len(cert) if counted else 24
    return guided(name, cert + inner, data_offset=at, **kw)


def rsa_signed(inner, *, attributes=3, counted=True, **kw):
    """EFI_CERT_BLOCK_RSA_2048_SHA256: hash type, public key, signature; of zeros here."""
    cert = guid('51aa59de-fdf2-4ea3-bc63-875fb7842ee9') + bytes(512)
    return _signed(RSA2048_SHA256, cert, inner, counted, {'attributes': attributes, **kw})


def contents_signed(inner, *, attributes=3, counted=True, **kw):
    """WIN_CERTIFICATE_UEFI_GUID before the data."""
    cert = struct.pack('<IHH', 24 + 528, 0x0200, 0x0ef1) + guid(RSA2048_SHA256) + bytes(528)
    return _signed(CONTENTS_SIGNED, cert, inner, counted, {'attributes': attributes, **kw})


# ---- files -----------------------------------------------------------------------------------------------------------

ALIGNS = [1, 16, 128, 512, 1 << 10, 1 << 12, 1 << 15, 1 << 16]  # by bits 3 to 5 of the attributes
ALIGNS2 = [1 << n for n in range(17, 25)]  # with bit 1 as well


class File:
    """A file of a volume, written when its place and the volume's erase polarity are known."""

    def __init__(self, name, kind, body, *, large=False, data_sum=False, align=1, state=0x07, header_sum=None,
                 file_sum=None, size=None, attributes=0, tail=False):
        self.name, self.kind, self.body, self.large, self.data_sum = guid(name), kind, body, large, data_sum
        self.align, self.state, self.header_sum, self.file_sum = align, state, header_sum, file_sum
        self.size, self.attributes, self.tail = size, attributes, tail

    def head_size(self):
        return 32 if self.large else 24

    def length(self):
        return self.head_size() + len(self.body) + (2 if self.tail else 0)

    def bits(self):
        """The attributes: large file or tail, alignment, checksum."""
        a = self.attributes | (0x01 if self.large or self.tail else 0) | (0x40 if self.data_sum else 0)
        if self.align in ALIGNS:
            return a | ALIGNS.index(self.align) << 3
        return a | ALIGNS2.index(self.align) << 3 | 0x02

    def bytes(self, revision, erased=0xff):
        """The header's sum leaves out the state and the file's own sum; without one of its own a file says AAh, and 5Ah
        in the first revision (PI 1.8, 3.2.3.1). The state's bits count down from the erased value."""
        length = self.length() if self.size is None else self.size
        head = self.name + bytes(2) + bytes([self.kind, self.bits()])
        head += (bytes(3) if self.large else u24(length)) + b'\0' + (struct.pack('<Q', length) if self.large else b'')
        header_sum = -sum8(head) & 0xff if self.header_sum is None else self.header_sum
        file_sum = self.file_sum
        if file_sum is None and self.data_sum:
            file_sum = -sum8(self.body if revision > 1 else head + self.body) & 0xff
        if file_sum is None:
            file_sum = 0xaa if revision > 1 else 0x5a
        sums = bytes([header_sum, file_sum])
        head = head[:16] + sums + head[18:23] + bytes([self.state ^ erased]) + head[24:]
        return head + self.body + (bytes(b ^ 0xff for b in sums) if self.tail else b'')


def file(name, kind, *parts, **kw):
    """A file of sections."""
    return File(name, kind, sections(*parts), **kw)


def raw_file(name, body, **kw):
    return File(name, RAW, body, **kw)


def pad_file(size, body=b'', erased=0xff, **kw):
    """@size bytes with its header; @body: what a pad file should not hold, and some do."""
    return File(bytes([erased]) * 16, PAD, filled(body, size - 24, erased), **kw)


def driver(name, image, label=None, **kw):
    parts = [depex(), pe32(image)] + ([ui(label)] if label else [])
    return file(name, DRIVER, *parts, **kw)


def freeform(name, body, label=None, **kw):
    """One raw section, as GOP policies look for a VBT."""
    return file(name, FREEFORM, raw(body), *([ui(label)] if label else []), **kw)


# ---- volumes ---------------------------------------------------------------------------------------------------------

def ext_header(name, entries=b''):
    return guid(name) + struct.pack('<I', 20 + len(entries)) + entries


def volume_head(length, *, fs, revision, erased, ext_at, blocks, checksum=None, signature=b'_FVH', header_size=None):
    size = 56 + 8 * (len(blocks) + 1)
    attributes = 0x0004feff if erased == 0xff else 0x0004f6ff  # bit 11: the erased value
    head = (bytes(16) + guid(fs) + struct.pack('<Q', length) + signature
            + struct.pack('<IHHHBB', attributes, size if header_size is None else header_size, 0, ext_at, 0, revision))
    head += b''.join(struct.pack('<II', *b) for b in blocks) + bytes(8)
    value = -sum16(head) & 0xffff if checksum is None else checksum
    return head[:50] + struct.pack('<H', value) + head[52:]


def _place(out, f, erased):
    """Pad files up to where @f's data keeps its alignment."""
    at = up(len(out), 8)
    data = at + f.head_size()
    if f.align > 1 and data % f.align:
        data = up(data + 24, f.align)
        out = filled(out, at, erased)
        out += pad_file(data - f.head_size() - at, erased=erased).bytes(2, erased)
        at = len(out)
    return filled(out, at, erased)


def volume(files, *, size=None, fs=FFS2, revision=2, erased=0xff, name=None, bare_ext=False, free=b'', block=0x1000,
           length=None, blocks=None, **head):
    """A volume of @files; @size: with the free space, else to the next block. @name: an extended header, in a pad file
    as edk2's GenFv puts it, or with @bare_ext right behind the header. @free: what lies in the free space's end.
    @length, @checksum, @signature, @header_size, @blocks: what the header says where that is not the truth."""
    n_blocks = 1 if blocks is None else len(blocks)
    out = bytes(56 + 8 * (n_blocks + 1))
    ext_at = 0
    if name and bare_ext:
        ext_at = len(out)
        out += ext_header(name)
    elif name:
        ext_at = len(out) + 24
        out += pad_file(24 + 20, ext_header(name), erased=erased).bytes(revision, erased)
    for f in files:
        out = _place(out, f, erased) + f.bytes(revision, erased)
    total = up(len(out) + len(free), block) if size is None else size
    out = filled(out, total - len(free), erased) + free
    said = total if length is None else length
    head = volume_head(said, fs=fs, revision=revision, erased=erased, ext_at=ext_at,
                       blocks=[(total // block, block)] if blocks is None else blocks, **head)
    return head + out[len(head):]


def nested(inner, how=None, name=NEST):
    """A file with @inner as its volume, compressed by @how (lzma_section where nothing is said)."""
    return file(name, VOLUME_IMAGE, (how or lzma_section)(sections(volume_section(inner))))


def deep(inner, levels, how=None):
    """A volume in a file in a volume, @levels times."""
    for n in range(levels):
        inner = volume([nested(inner, how, numbered(n))])
    return inner


# ---- flash -----------------------------------------------------------------------------------------------------------

REGIONS = ('descriptor', 'bios', 'me', 'gbe', 'pdr', 'dev1', 'bios2', 'microcode', 'ec', 'dev2', 'ie', '10gbe1',
           '10gbe2', 'r13', 'r14', 'ptt')


def descriptor(regions, *, at=0x10, wide=True, n_regions=None, signature=0x0ff0a55a, frba=0x04):
    """4 KiB of descriptor. @regions: name -> (first byte, last byte); those that are not there are unused. @wide: bases
    of 15 bits (since Lynx Point), 12 bits before. @at: where the signature lies; 0 in the first chipsets."""
    out = bytearray(b'\xff' * 0x1000)
    n_regions = (10 if wide else 5) if n_regions is None else n_regions
    struct.pack_into('<IIIII', out, at, signature, 0x03 | frba << 16, 0x06 << 0, 0x0, 0x0)
    mask, unused = (0x7fff, 0x00007fff) if wide else (0xfff, 0x00000fff)
    for n in range(n_regions):
        where = regions.get(REGIONS[n])
        word = unused if where is None else (where[0] >> 12 & mask) | (where[1] >> 12 & mask) << 16
        struct.pack_into('<I', out, (frba << 4) + 4 * n, word)
    return bytes(out)


def flash(parts, size, *, said=None, **kw):
    """An image of @size bytes. @parts: name -> (offset, bytes); the descriptor tells of them, with @said instead of the
    truth for some (name -> (first, last))."""
    regions = {'descriptor': (0, 0xfff)}
    out = bytearray(b'\xff' * size)
    for name, (at, data) in parts.items():
        out[at:at + len(data)] = data
        regions[name] = (at, at + up(len(data), 0x1000) - 1)
    regions.update(said or {})
    out[:0x1000] = descriptor(regions, **kw)
    return bytes(out)


# ---- option ROMs in vendors' own containers --------------------------------------------------------------------------

def csm_run(modules, code=b'', end=b''):
    """What follows a CSM16 binary in AMI's raw section: 10 bytes before each ROM (seen in two boards' images):
    0020h, vendor, device, length of the ROM. @end: the run goes on with records of another kind."""
    return code + b''.join(struct.pack('<HHHI', 0x20, vendor, device, len(rom)) + rom
                           for vendor, device, rom in modules) + end


def csm_core(modules, code, how=None, end=bytes([3, 0, 0, 0, 0, 0, 0x28, 4, 0, 0]) + bytes(0x428)):
    """AMI Aptio 4: the run lies in a raw section beside the driver's own."""
    body = sections(raw(csm_run(modules, code, end)))
    return file(CSMCORE, DRIVER, depex(), (how or compressed)(body))


def ami_roms(roms, how=None):
    """AMI Aptio V: a compressed section of freeform sections, one ROM each. @roms: (name of the section, ROM)."""
    return file(AMI_ROMS, FREEFORM, (how or lzma_section)(sections(*(subtype(n, r) for n, r in roms))))


def ami_rom_run(modules):
    return file(AMI_ROM_RUN, FREEFORM, raw(csm_run(modules)))


def insyde_video_rom(rom):
    return file(INSYDE_VIDEO_ROM, FREEFORM, crc32(sections(raw(rom))))
