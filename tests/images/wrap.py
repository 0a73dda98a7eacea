# SPDX-License-Identifier: GPL-2.0-or-later
"""wrap.py - firmware images in vendors' wrappings. Everything made here is synthetic.

No vendor's file is here or was copied from: each builder puts the fields together that src/fw/capsule.c, pfat.c,
ucp.c and pfs.c read, as the sources named there describe them, around bytes of the caller's. Signatures are filler.
What can be shown with these is that we read what we believe the formats to be, not that the belief is right.
BIOSUtilities 25.07.01 takes the same payload out of the good ones of BIOS Guard, UCP (not compressed) and PFS.

variants(payload) gives every builder's image three times: good, odd (accepted, with a note), bad (refused, or part of
it lost, with a reason).
"""
import lzma
import struct
import uuid
import zlib
from collections import namedtuple

ERASED = 0xff


# ---- capsules -------------------------------------------------------------------------------------------------------

GUIDS = {
    'efi': '3b6686bd-0d76-4030-b70e-b5519e2fc5a0', 'fmp': '6dcbd5ed-e82d-4c44-bda1-7194199ad92a',
    'ami-signed': '4a3ca68b-7723-48fb-803d-578cc1fec44d', 'ami': '14eebb90-890a-43db-aed1-5d3c4588a418',
    'toshiba': '3be07062-1d51-45d2-832b-f093257ed461', 'lenovo': 'e20bafd3-9914-4f4f-9537-3129e090eb3c',
    'lenovo2': '25b5fe76-8243-4a5c-a9bd-7ee3246198b5', 'intel': '539182b9-abb5-4391-b69a-e3a943f72fcc',
}
PKCS7 = uuid.UUID('4aafd29d-68df-49ee-8aa9-347d375665a7').bytes_le
RESET_FLAGS = 0x50000  # persist across reset, initiate reset


def capsule(guid, payload, header=0x1c, size=None, swapped=False, extra=b''):
    """A synthetic capsule: the header of UEFI 2.10, 8.5.3, @extra and zeros up to @header bytes, the payload."""
    size = header + len(payload) if size is None else size
    fields = (header, size, RESET_FLAGS) if swapped else (header, RESET_FLAGS, size)
    head = uuid.UUID(GUIDS[guid]).bytes_le + struct.pack('<3I', *fields) + extra
    return head.ljust(header, b'\0') + payload


def efi_capsule(payload, **kw):
    """A synthetic UEFI capsule."""
    return capsule('efi', payload, **kw)


def lenovo(payload, second=False, **kw):
    """A synthetic Lenovo capsule, of either GUID."""
    return capsule('lenovo2' if second else 'lenovo', payload, header=0x30, **kw)


def intel(payload, **kw):
    """A synthetic Intel capsule."""
    return capsule('intel', payload, header=0x40, **kw)


def toshiba(payload, **kw):
    """A synthetic Toshiba capsule: size before flags."""
    return capsule('toshiba', payload, header=0x40, swapped=True, **kw)


def ami_capsule(payload, signed, offset=0x800, size=None):
    """A synthetic Aptio capsule: a header of 20h bytes, filler for the signature, the image at @offset."""
    size = offset + len(payload) if size is None else size
    head = uuid.UUID(GUIDS['ami-signed' if signed else 'ami']).bytes_le
    head += struct.pack('<3I2H', 0x20 if not signed else 0x1c0, RESET_FLAGS, size, offset, 0x20)
    return head.ljust(offset, b'\xa5' if signed else b'\0') + payload


def authenticated(image):
    """A synthetic EFI_FIRMWARE_IMAGE_AUTHENTICATION, whose certificate is filler, in front of an image."""
    cert = b'\xa5' * 200
    return struct.pack('<QIHH', 1, 24 + len(cert), 0x0200, 0x0ef1) + PKCS7 + cert + image


def mss1(image):
    """The header with versions that edk2 puts in front of an image."""
    return struct.pack('<4s3I', b'MSS1', 16, 2, 1) + image


def fmp_capsule(payloads, drivers=(), version=3, vendor=b'', size=None, fmp_version=1, shift=0):
    """A synthetic FMP capsule: @drivers, then @payloads, each with an image header of @version and @vendor behind.

    @shift is added to every offset of the items.
    """
    items = list(drivers)
    for i, image in enumerate(payloads):
        head = struct.pack('<I', version) + uuid.UUID(int=0x1234 + i).bytes_le
        head += struct.pack('<B3x2I', i + 1, len(image), len(vendor))
        head += b'\0' * 8 * (min(version, 3) - 1)
        items.append(head + image + vendor)
    body = struct.pack('<I2H', fmp_version, len(drivers), len(payloads))
    at = len(body) + 8 * len(items)
    for item in items:
        body += struct.pack('<Q', at + shift)
        at += len(item)
    return capsule('fmp', body + b''.join(items), header=0x20, size=size)


def dell_text(payload, length=0xa8):
    """A synthetic .cap of a Dell server: a text and an LZMA stream."""
    text = b'Copyright (c) Dell Inc. A synthetic header, made for a test.\r\n'
    return text.ljust(length, b'\0') + lzma.compress(payload, format=lzma.FORMAT_ALONE)


# ---- BIOS Guard -----------------------------------------------------------------------------------------------------

BLOCK = 0x10000
SIGNATURES = {2048: (1, 0x20c), 3072: (2, 0x30c), 'other': (9, 0x20c)}


def bg_script(position, size):
    """A script in outline: begin, position, address, size, end."""
    ops = [(1, 0, 0), (0x51, 0, position), (0x51, 1, 0), (0x51, 2, size)]
    return b''.join(struct.pack('<HHI', *op) for op in ops) + struct.pack('<Q', 0xff)


def bg_block(data, position=0, platform=b'SYNTHETIC', signature=2048):
    """A block as (header, script and data, signature of filler)."""
    script = bg_script(position, len(data))
    head = struct.pack('<2H16sI2H5I', 2, 0, platform, 0xd if signature else 0xc, 2, 0, len(script), len(data), 0x57000,
                       ERASED, 0)
    kind, n = SIGNATURES.get(signature, (0, 8))
    sign = struct.pack('<2I', kind, 1).ljust(n, b'\xa5') if signature else b''
    return head + script + data, sign


def pieces(payload, size):
    return [payload[i:i + size] for i in range(0, len(payload), size)]


def pfat_files(files, order=False, tail=b'', signature=2048, lines=()):
    """A synthetic AMI BIOS Guard file of [(name, [data of each block])]; @order: with the newer header's list."""
    title = 'AMI_BIOS_GUARD_FLASH_CONFIGURATIONS'
    if order:
        title += 'II' + ''.join(f'{i:04X}' for i in range(len(files)))
    index = [f'1 /{name[0]} {len(blocks)} ;{name}' for name, blocks in files]
    text = ''.join(t + '\r\n' for t in (title, *index, *lines)).encode()
    out = struct.pack('<2I8sB', 0x11 + len(text), 0, b'_AMIPFAT', 0x63) + text
    at = 0
    for _, blocks in files:
        for data in blocks:
            out += b''.join(bg_block(data, at, signature=signature))
            at += len(data)
    return out + tail


def pfat(payload, **kw):
    """A synthetic AMI BIOS Guard file that holds the payload in one file of several blocks and a small one beside."""
    return pfat_files([('NVRAM', [b'\xff' * 512]), ('BIOS_FV_MAIN.bin', pieces(payload, BLOCK))], **kw)


def pfat_nested(payload, **kw):
    """A synthetic one inside a block of another, and a third behind it."""
    behind = pfat_files([('EC.bin', [b'synthetic controller' * 40])])
    return pfat_files([('NESTED', pieces(pfat(payload), BLOCK))], tail=behind, **kw)


# ---- AMI UCP --------------------------------------------------------------------------------------------------------

class Bits:
    """Bits from the most significant one on."""

    def __init__(self):
        self.value, self.n = 0, 0

    def put(self, value, n):
        self.value, self.n = self.value << n | value, self.n + n

    def done(self):
        pad = -self.n % 8 + 8  # fewer than 16 zero bits, as the reference encoder leaves
        return (self.value << pad).to_bytes((self.n + pad) // 8, 'big')


def efi_compress(data, tiano=False):
    """Literals only: each byte is its own code of 8 bits. Larger than the input, but a stream that decoders take.

    UEFI 2.10, 19.2: a block is a count, then the lengths of three alphabets. Here every length of the second one is
    8, for which the first needs one symbol of no bits. The third is not used; for Tiano it is written so that
    reading it with the other number of bits gives an incomplete code.
    """
    bits = Bits()
    for block in pieces(data, 60000):
        bits.put(len(block), 16)
        bits.put(0, 5), bits.put(8 + 2, 5)
        bits.put(256, 9)
        if tiano:
            bits.put(3, 5)
            for n in (1, 2, 2):
                bits.put(n, 3)
        else:
            bits.put(0, 4), bits.put(0, 4)
        bits.put(int.from_bytes(block, 'big'), 8 * len(block))
    body = bits.done()
    return struct.pack('<2I', len(body), len(data)) + body


def ucp_sum(module):
    """The module with the word at 8 such that all words add up to nothing."""
    padded = module + b'\0' * (len(module) % 2)
    total = sum(struct.unpack(f'<{len(padded) // 2}H', padded))
    return module[:8] + struct.pack('<H', -total & 0xffff) + module[10:]


def ucp_module(tag, data, compress=None):
    """One module; @compress: None, 'efi' or 'tiano'."""
    body = efi_compress(data, compress == 'tiano') if compress else struct.pack('<2I', len(data), len(data)) + data
    return ucp_sum(struct.pack('<4sI8x', tag.encode(), 16 + len(body)) + body)


def ucp(members, tag='@UAF', compress=None, names=True):
    """A synthetic AMI UCP of {name: bytes}, with the list of names unless told otherwise."""
    tags = {name: f'@R{i:02d}' for i, name in enumerate(members)}
    modules = [ucp_module('@UII', struct.pack('<2HIH6B', 16, 0, 1, 16, 3, 3, 4, 1, 2, 0))]
    if names:
        listing = ''.join(f'{tags[name]}:C:\\synthetic\\{name}\r\n' for name in members)
        modules.append(ucp_module('@NAL', listing.encode(), compress))
    modules += [ucp_module(tags[name], data, compress) for name, data in members.items()]
    body = b''.join(modules)
    return ucp_sum(struct.pack('<4sI8x', tag.encode(), 16 + len(body)) + body)


# ---- Dell PFS -------------------------------------------------------------------------------------------------------

NAMES_GUID = bytes.fromhex('e0717ce3a9bb25824b9f0dc8fd041960')[::-1]
IMAGE_GUID = bytes(range(16))
OTHER_GUID = bytes(range(16, 32))


def xor(data):
    out = 0
    for b in data:
        out ^= b
    return bytes([out])


def pfs_section(payload, kind=0xaa):
    """Header, zlib stream, footer."""
    stream = zlib.compress(payload)
    head = struct.pack('<IB', len(stream), kind) + bytes.fromhex('eeaa761becbb20f1e651')
    foot = struct.pack('<I', len(stream)) + bytes.fromhex('eeaaee8f491be8ae143790')
    return head + xor(head) + stream + foot + xor(foot)


def pfs_entry(guid, data, version=1, signature=b'', metadata=b''):
    """An entry of header version 1 or 2."""
    head = guid + struct.pack('<I4s4HQ4I', version, b'NNNN', 1, 2, 3, 4, 0, len(data), len(signature), len(metadata), 0)
    return head.ljust(0x48 if version == 1 else 0x58, b'\xcc') + data + signature + metadata


def pfs_volume(entries, version=1, checksum=None):
    payload = b''.join(entries)
    checksum = ~zlib.crc32(payload) & 0xffffffff if checksum is None else checksum
    return (struct.pack('<8s2I', b'PFS.HDR.', version, len(payload)) + payload +
            struct.pack('<2I8s', len(payload), checksum, b'PFS.FTR.'))


def pfs_names(names, version=1):
    """The entry that lists names: [(GUID, name)]."""
    out = b''
    for guid, name in names:
        out += struct.pack('<I16s4H4sH', 1, guid, 1, 2, 3, 4, b'NNNN', len(name)) + name.encode('utf-16-le') + b'\0\0'
    return pfs_entry(NAMES_GUID, out, version)


def pfs_pieces(payload, chunks, version=1, gap=0, metadata=True):
    """A volume with the payload in @chunks blocks of BIOS Guard, the last first; @gap: so much is left out before
    the second half, where the payload has erased flash."""
    size = -(-len(payload) // chunks)
    entries = []
    for at in range(0, len(payload), size):
        data = payload[at:at + size]
        if gap and at == size:
            assert data[:gap] == bytes([ERASED]) * gap
            at, data = at + gap, data[gap:]
        block, sign = bg_block(data, at, b'DELL SYNTHETIC')
        meta = struct.pack('<6IB', 0xff000000 + at, 0, at, len(data), 0, 0, 0) if metadata else b''
        entries.append(pfs_entry(IMAGE_GUID, block, version, sign, meta))
    return pfs_volume(reversed(entries), version)


def pfs(payload, chunks=0, version=1, front=b'MZ' + b'synthetic program' * 9, names=True, checksum=None, **kw):
    """A synthetic Dell update: a front, a section with a volume: the payload, whole or in @chunks pieces, and names."""
    inner = pfs_pieces(payload, chunks, version, **kw) if chunks else payload
    entries = [pfs_entry(IMAGE_GUID, inner, version, b'\xa5' * 256),
               pfs_entry(OTHER_GUID, b'text of the synthetic model', version)]
    if names:
        entries.append(pfs_names([(IMAGE_GUID, 'System BIOS'), (OTHER_GUID, 'Model')], version))
    return front + pfs_section(pfs_volume(entries, version, checksum)) + pfs_section(b'a synthetic tool', 0xbb)


def thinos(payload):
    """A synthetic ThinOS package: a header of 30h bytes and an xz stream."""
    stream = lzma.compress(payload)
    return (bytes.fromhex('72135500').ljust(16, b'\0') + struct.pack('<I', len(stream))).ljust(0x30, b'\0') + stream


# ---- each of them, three times --------------------------------------------------------------------------------------

# .wants: names of members from the outside in; the last has the bytes of .payload, unless that is None: then some of
# them are lost. .note: a pattern that one of the notes has. .code: the outermost wrapper's answer; None: any refusal.
Variant = namedtuple('Variant', 'wrapper kind defect image wants note code payload')


def good(wrapper, defect, image, payload, *wants):
    """Comes back whole, and nothing is said."""
    return Variant(wrapper, 'good', defect, image, list(wants), None, 0, payload)


def odd(wrapper, defect, image, payload, note, *wants):
    """Comes back whole, with a note."""
    return Variant(wrapper, 'odd', defect, image, list(wants), note, 0, payload)


def partial(wrapper, defect, image, note, *wants):
    """What is there of it comes back, marked partial."""
    return Variant(wrapper, 'bad', defect, image, list(wants), note, 0, None)


def refused(wrapper, defect, image, note, code=None):
    return Variant(wrapper, 'bad', defect, image, [], note, code, None)


ETRUNC, ELENGTH = -1, -3  # src/base/error.h


def changed(image, at, data):
    return image[:at] + data + image[at + len(data):]


def one_capsule(name, image, member, p):
    w, size_at = 'capsule', 0x14 if name == 'Toshiba' else 0x18
    yield good(w, name, image, p, member)
    yield odd(w, f'{name}, a size of nothing', changed(image, size_at, bytes(4)), p, 'ends inside its header', member)
    yield odd(w, f'{name}, more behind it', image + bytes(99), p, '99 bytes lie behind', member)
    yield partial(w, f'{name}, half of it', image[:len(image) // 2], 'of them are there', member)
    yield refused(w, f'{name}, a header of 2 GiB', changed(image, 0x10, b'\0\0\0\x80'), 'a header of', ELENGTH)


def capsules(p):
    yield from one_capsule('EFI', efi_capsule(p), 'EFI image', p)
    yield from one_capsule('AMI signed', ami_capsule(p, True), 'AMI signed image', p)
    yield from one_capsule('AMI unsigned', ami_capsule(p, False, 0x100), 'AMI image', p)
    yield from one_capsule('Toshiba', toshiba(p), 'Toshiba image', p)
    yield from one_capsule('Lenovo', lenovo(p), 'Lenovo image', p)
    yield from one_capsule('Lenovo, the other', lenovo(p, True), 'Lenovo image', p)
    yield from one_capsule('Intel', intel(p), 'Intel image', p)
    yield odd('capsule', 'EFI, a size without header', efi_capsule(p, header=0x1000, size=len(p)), p,
              'leaves the header out', 'EFI image')
    yield refused('capsule', 'AMI, an image outside', changed(ami_capsule(b'', True), 0x1c, b'\xff\xff'),
                  'is not in the capsule', ELENGTH)


def fmp(p):
    w = 'capsule'
    for version in (1, 2, 3):
        yield good(w, f'FMP, version {version}', fmp_capsule([b'first', p], version=version), p, 'payload 2')
    yield good(w, 'FMP, drivers and vendor code', fmp_capsule([p], [b'MZ driver', b'MZ other'], vendor=b'vendor'), p,
               'payload 1')
    yield good(w, 'FMP, authenticated', fmp_capsule([authenticated(mss1(p))]), p, 'payload 1')
    yield good(w, 'FMP around an AMI capsule', fmp_capsule([mss1(ami_capsule(p, True))]), p,
               'payload 1', 'AMI signed image')
    yield odd(w, 'FMP, a version of the header', fmp_capsule([p], fmp_version=7), p, 'version 7 of the header',
              'payload 1')
    outside = changed(fmp_capsule([p, b'x']), 0x30, struct.pack('<Q', 1 << 40))
    yield odd(w, 'FMP, one item too many', outside, p, 'item 2 lies outside', 'payload 1')
    yield partial(w, 'FMP, cut', fmp_capsule([p])[:-10], 'payload 1 has', 'payload 1')
    yield refused(w, 'FMP, items outside', fmp_capsule([p, p], shift=1 << 33), 'no item', ELENGTH)
    yield refused(w, 'FMP, an image version', fmp_capsule([p], version=9), 'no item', ELENGTH)


def texts(p):
    image = dell_text(p)
    yield good('dell-text', 'text and LZMA', image, p, 'container')
    yield Variant('dell-text', 'odd', 'bytes behind the stream', image + bytes(64), ['container'], None, 0, p)
    yield refused('dell-text', 'a stream cut short', image[:-100], '', ETRUNC)


def guards(p):
    w, main = 'ami-pfat', 'BIOS_FV_MAIN.bin'
    for defect, kw in (('older header', {}), ('newer header', {'order': True}), ('3072 bits', {'signature': 3072}),
                       ('no signatures', {'signature': None})):
        yield good(w, defect, pfat(p, **kw), p, main)
    yield good(w, 'behind a block of signature', bytes(512) + pfat(p), p, main)
    yield good(w, 'in a program', b'MZ_AMIPFAT' + bytes(100000) + pfat(p), p, main)
    yield good('capsule', 'BIOS Guard in it', ami_capsule(pfat(p), True), p, 'AMI signed image', main)
    yield good(w, 'the payload behind the blocks', pfat(b'x' * BLOCK, tail=p), p, 'out of block')
    yield good(w, 'nested', pfat_nested(p), p, 'NESTED', main)
    yield odd(w, 'a signature of an unknown kind', pfat(p, signature='other'), p, 'signature of unusual length', main)
    yield odd(w, 'a line of no meaning', pfat(p, lines=['synthetic']), p, 'lists no file: synthetic', main)
    image = pfat(p)
    yield partial(w, 'half of it', image[:len(p) // 2], 'the block has', main)
    yield refused(w, 'cut in its index', image[:70], 'not all there', ETRUNC)
    index_end = image.index(b'SYNTHETIC') - 4
    yield refused(w, 'no block behind the index', image[:index_end] + bytes(4096), 'has a block', ELENGTH)


def ucp_of(module):
    """A UCP of one module."""
    return ucp_sum(struct.pack('<4sI8x', b'@UAF', 16 + len(module)) + module)


def programs(p):
    w, name = 'ami-ucp', 'BIOS.ROM'
    for compress in (None, 'efi', 'tiano'):
        image = ucp({'tool.exe': b'MZ synthetic', name: p}, compress=compress)
        yield good(w, f'compressed: {compress}', image, p, name)
    yield good(w, "HP's tag, no names", ucp({name: p}, tag='@HPU', names=False), p, '@R00')
    yield good(w, 'in a program', b'MZ@UAF' + bytes(5000) + ucp({name: p}), p, name)
    yield good(w, 'nested', ucp({'inner': ucp({name: p})}), p, 'inner', name)
    yield good(w, 'around BIOS Guard', ucp({name: pfat(p)}), p, name, 'BIOS_FV_MAIN.bin')
    image = ucp({name: p}, names=False)
    sum_at = image.index(b'@R00') + 8
    yield odd(w, 'a wrong sum', changed(image, sum_at, bytes([image[sum_at] ^ 1])), p, 'checksum of @R00', '@R00')
    module = ucp_module('@R00', p, 'efi')
    short = ucp_sum(struct.pack('<4sI8x', b'@R00', len(module) - 1) + module[16:-1])
    yield good(w, 'a stream that lacks its last zeros', ucp_of(short), p, '@R00')
    yield partial(w, 'half of it', ucp({name: p})[:len(p) // 2], 'the file ends before', name)
    yield refused(w, 'a stream that is none', ucp_of(changed(module, 24 + 2, b'\xff' * 5)), 'none of 1 modules')


def updates(p):
    w, way = 'dell-pfs', ('firmware', 'System BIOS')
    for version in (1, 2):
        yield good(w, f'whole, version {version}', pfs(p, version=version), p, *way)
        yield good(w, f'in pieces, version {version}', pfs(p, 7, version=version), p, *way, 'image')
    yield good(w, 'pieces without metadata', pfs(p, 3, metadata=False), p, *way, 'image')
    yield good(w, 'no front, no names', pfs(p, front=b'', names=False), p, 'firmware', 'entry 1')
    yield good(w, 'a section in an entry', pfs(pfs(p, front=b'')), p, *way, *way)
    yield good(w, 'a ThinOS package', thinos(p), lzma.compress(p), 'package')
    yield odd(w, 'a wrong checksum', pfs(p, checksum=1), p, 'checksum of the volume', *way)
    image = pfs(p)
    yield odd(w, "a wrong sum of a section's footer", changed(image, len(image) - 1, b'\0'), p,
              "checksum of the section's footer", *way)
    gapped = p[:8192] + bytes([ERASED]) * 4096 + p[8192:12288]
    yield odd(w, 'a gap between pieces', pfs(gapped, 2, gap=4096), gapped, 'nothing is said of', *way, 'image')
    yield partial(w, 'a volume cut short', pfs_volume([pfs_entry(IMAGE_GUID, p)])[:-100], 'ends inside', 'entry 1')
    yield refused(w, 'half of it', image[:len(image) // 2], 'none of 1 sections')
    far = pfs_entry(IMAGE_GUID, bg_block(p[:64], 0xf0000000, b'DELL')[0])
    yield refused(w, 'a piece at 4 GiB', pfs_volume([far]), 'too far apart', ELENGTH)


def variants(payload):
    """Every wrapper's images: at least one good, one odd and one bad each. The payload has 12 KiB or more."""
    for f in (capsules, fmp, texts, guards, programs, updates):
        yield from f(payload)
