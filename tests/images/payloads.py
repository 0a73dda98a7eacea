# SPDX-License-Identifier: GPL-2.0-or-later
"""payloads.py - what stands in for a vendor's driver, VBT and VBIOS in the images of volumes.py.

None of it does anything: a driver is headers, a function that returns, and the data that such drivers are known by; a
VBIOS is headers and a far return. Each says "synthetic" inside. What real ones have in common was read off real
ones: the name and "... Graphics Controller" in UTF-16, the build as four digits near the name, a dense table of u16
device ids (20 drivers, Sandy Bridge to Meteor Lake); VBT behind a pointer at 1Ah (30 VBIOSes).

Sources: Microsoft PE and COFF Specification; PI Specification 1.8, volume 1, 15 (TE); Linux
drivers/gpu/drm/i915/display/intel_vbt_defs.h (VBT, BDB); PCI Firmware Specification 3.0, 5.1 (ROM, PCIR).
"""
import struct

from volumes import filled, sum8, text, up

X64, IA32, ARM64 = 0x8664, 0x014c, 0xaa64
LABEL = b'igdctl test image, synthetic: no code of any vendor\0'

SNB = [0x0102, 0x0112, 0x0106, 0x0116, 0x010a]
IVB = [0x0152, 0x0162, 0x0156, 0x0166, 0x015a, 0x016a]
SKL = [0x1902, 0x1906, 0x190b, 0x1912, 0x1916, 0x191b, 0x191d, 0x191e, 0x1921, 0x1923, 0x1926, 0x1927]
CFL = [0x3e90, 0x3e91, 0x3e92, 0x3e93, 0x3e94, 0x3e96, 0x3e98, 0x3e99, 0x3e9a, 0x3e9b, 0x3e9c]
TGL = [0x9a40, 0x9a49, 0x9a60, 0x9a68, 0x9a70, 0x9a78]


# ---- drivers ---------------------------------------------------------------------------------------------------------

def pe(sections, *, machine=X64, subsystem=11, align=0x20, overlay=b''):
    """A PE32+ (PE32 for IA32) of (name, bytes) at the same places in the file and in memory."""
    plus = machine != IA32
    optional = 240 if plus else 224
    head = up(0x40 + 4 + 20 + optional + 40 * len(sections), align)
    table, body, at = b'', b'', head
    for name, data in sections:
        data = filled(data, up(len(data), align), 0)
        flags = 0x60000020 if name == b'.text' else 0xc0000040
        table += struct.pack('<8sIIIIIIHHI', name, len(data), at, len(data), at, 0, 0, 0, 0, flags)
        body, at = body + data, at + len(data)
    dos = filled(b'MZ' + bytes(58) + struct.pack('<I', 0x40), 0x40, 0)
    coff = b'PE\0\0' + struct.pack('<HHIIIHH', machine, len(sections), 0, 0, 0, optional, 0x0022 if plus else 0x0102)
    opt = struct.pack('<HBBIIIII', 0x20b if plus else 0x10b, 0, 0, len(sections[0][1]), 0, 0, head, head)
    opt += struct.pack('<Q', 0) if plus else struct.pack('<II', head, 0)
    opt += struct.pack('<IIHHHHHHIIIIHH', align, align, 0, 0, 0, 0, 0, 0, 0, at, head, 0, subsystem, 0)
    opt += bytes(32 if plus else 16) + struct.pack('<II', 0, 16) + bytes(16 * 8)
    return filled(dos + coff + opt + table, head, 0) + body + overlay


def te(image):
    """The same driver with its headers stripped, as PEI has them."""
    at = struct.unpack_from('<I', image, 0x3c)[0]
    machine, n = struct.unpack_from('<HH', image, at + 4)
    optional = struct.unpack_from('<H', image, at + 20)[0]
    table = at + 24 + optional
    entry, base = struct.unpack_from('<II', image, at + 24 + 16)
    head = struct.pack('<2sHBBHIIQIIII', b'VZ', machine, n, 11, table, entry, base, 0, 0, 0, 0, 0)
    return head + image[table:]


def ids(devices):
    return struct.pack(f'<{len(devices)}H', *devices)


def driver(data, **kw):
    return pe([(b'.text', b'\x31\xc0\xc3' + LABEL), (b'.data', data)], **kw)  # xor eax, eax; ret


def number(build):
    return filled(text(build), 0x18, 0) if build else bytes(0x18)


def gop(devices=SKL, build='1084', *, more=b'', **kw):
    """A driver that looks like Intel's since Skylake: name, build at 88h from there, controller, ids. @build None: it
    holds none, as one of 57 real ones."""
    data = filled(text('Intel(R) GOP Driver'), 0x88, 0) + number(build)
    data += filled(text('Intel(R) Graphics Controller'), 0x60, 0) + ids(devices) + bytes(32) + LABEL
    return driver(data + more, **kw)


def ivb_gop(devices=IVB, build='1030', **kw):
    """As they were before: the controller first, the ids between the name and the build."""
    data = filled(text('Intel(R) Ivy Bridge Graphics Controller'), 0x80, 0)
    data += filled(text('Intel(R) GOP Driver'), 0x88, 0) + filled(ids(devices), 0x20, 0) + number(build) + LABEL
    return driver(data, **kw)


def setup_module(**kw):
    """AMI's Setup shows the GOP's version: it holds the driver's name and is no GOP."""
    data = text('Main') + text('Intel(R) GOP Driver') + text('1084') + text('Video BIOS Version') + LABEL
    return driver(filled(data, 0x400, 0), **kw)


def gop_policy(**kw):
    """IntelSaGopDriver and GopDebugDxe: about the GOP, and none."""
    data = text('GOP policy') + b'$VBT' + b'Intel(R) GOP Driver\0' + LABEL
    return driver(filled(data, 0x200, 0), **kw)


def any_driver(n=0, size=0x400):
    """A driver about nothing; each @n another."""
    data = filled(text(f'driver {n}') + LABEL, 0x80, 0)
    data += bytes((n * 31 + i * 7 + (i >> 5)) & 0xff for i in range(max(0, size - len(data))))
    return driver(data)


# ---- VBT -------------------------------------------------------------------------------------------------------------

DP_B, DP_C, HDMI_B, EDP_A, CRT = 0x68c6, 0x68c6, 0x60d2, 0x1806, 0x0009


def child(handle, device_type, port, ddc_pin, aux, size=38):
    """One of the general definitions' devices; 38 bytes in BDB 196 to 215."""
    c = bytearray(size)
    struct.pack_into('<HH', c, 0, handle, device_type)
    c[16], c[19], c[25] = port, ddc_pin, aux
    return bytes(c)


CHILDREN = (child(0x0008, EDP_A, 10, 0, 0x40), child(0x0004, HDMI_B, 1, 5, 0x10), child(0x0040, DP_C, 8, 4, 0x20))


def bdb(blocks, version=209, size=None):
    body = b''.join(struct.pack('<BH', n, len(data)) + data for n, data in blocks)
    head = b'BIOS_DATA_BLOCK ' + struct.pack('<HHH', version, 22, 22 + len(body) if size is None else size)
    return head + body


def general_definitions(children=CHILDREN):
    return bytes([2, 0, 0, 0, len(children[0]) if children else 38]) + b''.join(children)


def vbt(platform='SKYLAKE', *, version=209, children=CHILDREN, panel=0, pad_to=512, checksum=None, size=None,
        bdb_at=0x30, blocks=(), tail=b'', pad_with=0):
    """A VBT: header, BDB with signon, general features and definitions; padded to @pad_to as most are. @panel makes
    tables differ. @size, @checksum, @bdb_at: what the header says where that is not the truth."""
    blocks = [(254, LABEL), (1, bytes(5)), (2, general_definitions(children)), (40, bytes([panel]) + bytes(40)),
              *blocks]
    body = bdb(blocks, version) + tail
    said = 0x30 + len(body) if size is None else size
    head = filled(b'$VBT ' + platform.encode(), 20, 0x20)
    whole = head + struct.pack('<HHHBBI4I', 100, 0x30, said & 0xffff, 0, 0, bdb_at, 0, 0, 0, 0) + body
    value = -sum8(whole) & 0xff if checksum is None else checksum
    whole = whole[:26] + bytes([value]) + whole[27:]
    return filled(whole, up(len(whole), pad_to), pad_with) if pad_to else whole


# ---- ROMs ------------------------------------------------------------------------------------------------------------

def pcir(vendor, device, blocks, *, code_type=0, last=True, revision=3, size=24, class_=(0, 0, 3), devices_at=0):
    return (b'PCIR' + struct.pack('<HHHHB3BHHBBHHH', vendor, device, devices_at, size, revision, *class_, blocks, 0,
                                  code_type, 0x80 if last else 0, 0, blocks, 0)).ljust(size + 4, b'\0')


def rom(vendor, device, size=0x10000, *, vbt_table=None, vbt_at=0xb00, signature=b'\x55\xaa', pcir_at=0x40,
        checksum=None, blocks=None, words=LABEL, **kw):
    """A legacy ROM of @size bytes. @vbt_table: its VBT, at @vbt_at, found by the word at 1Ah."""
    n = size // 512 if blocks is None else blocks
    out = bytearray(size)
    out[0:4] = signature + bytes([n & 0xff, 0xcb])  # far return
    struct.pack_into('<H', out, 0x18, pcir_at)
    tail = pcir(vendor, device, n, **kw)
    out[pcir_at:pcir_at + len(tail)] = tail
    out[0x100:0x100 + len(words)] = words
    if vbt_table:
        struct.pack_into('<H', out, 0x1a, vbt_at)
        out[vbt_at:vbt_at + len(vbt_table)] = vbt_table
    out[-1] = -sum8(out[:-1]) & 0xff if checksum is None else checksum
    return bytes(out)


def vbios(device=0x0406, size=0x10000, **kw):
    """Intel's, with a VBT inside."""
    kw.setdefault('vbt_table', vbt('HASWELL', version=189, pad_to=0))
    return rom(0x8086, device, size, words=b'Intel(R) VBIOS, ' + LABEL, **kw)


def other_rom(vendor=0x10ec, device=0x8136, size=0x2000):
    """A network card's: of no use here."""
    return rom(vendor, device, size, class_=(0, 0, 2))


def efi_rom(image, vendor=0x8086, device=0xffff, last=True, machine=X64):
    """A ROM image with a UEFI driver, not compressed (UEFI Specification 2.10, 14.4.2)."""
    size = up(0x50 + len(image), 512)
    head = struct.pack('<HHIHHH', 0xaa55, size // 512, 0x0ef1, 11, machine, 0) + bytes(8)
    head += struct.pack('<HH', 0x50, 0x1c)
    head = filled(head, 0x1c, 0) + pcir(vendor, device, size // 512, code_type=3, last=last)
    return filled(filled(head, 0x50, 0) + image, size, 0)
