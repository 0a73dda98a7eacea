#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mkrom.py FILE PART... - write a PCI option ROM made of these parts, one behind the other.

A part is a kind and words behind it, with commas between:

    pc, efi, data      an image of code type 0, 3, 0xe0
    nv                 the same with NVIDIA's signatures
    bytes=TEXT         no image, but these bytes
    fill=N:HH          no image, but N bytes of value HH
    cut=N              take N bytes off the end of what there is

    blocks=N           length in blocks of 512 bytes; 2
    length=N           length by PCIR, where it is to be another
    id=8086:3e92       vendor and device
    class=038000       class code; 030000
    list=3e91+3e98     further devices, in a PCIR of revision 3
    last               the last image
    pcir=66            offset of PCIR; 64
    machine=014c       of an EFI image and the driver in it; 8664
    inner=014c         of the driver alone
    subsystem=10       of an EFI image; 11
    packed             the driver is compressed
    raw=TEXT           this in place of a driver
    vbt=NAME           a VBT, where Intel's VBIOS files point to theirs
    bdsm=8c000000      the code and the variable of a VBIOS that has run
    sum=5              make the bytes add up to 5
    npde=N             NVIDIA's structure behind PCIR: N blocks
"""
import struct
import sys


def pe(machine):
    """The least PE32+ there is: headers, one section of 512 bytes."""
    b = bytearray(0x400)
    b[0:2] = b'MZ'
    struct.pack_into('<I', b, 0x3c, 0x40)
    struct.pack_into('<4sHHIIIHH', b, 0x40, b'PE\0\0', machine, 1, 0, 0, 0, 0xf0, 0x2022)
    struct.pack_into('<H', b, 0x58, 0x20b)
    struct.pack_into('<IIII', b, 0x58 + 16, 0x1000, 0x1000, 0, 0)
    struct.pack_into('<II', b, 0x58 + 56, 0x2000, 0x200)
    struct.pack_into('<H', b, 0x58 + 68, 11)
    struct.pack_into('<8sIIII', b, 0x58 + 0xf0, b'.text', 0x200, 0x1000, 0x200, 0x200)
    return bytes(b)


def packed(data):
    """UEFI's compression in its simplest form: each run of a byte is a block whose tables have that one symbol."""
    bits, at = '', 0
    while at < len(data):
        n = 1
        while at + n < len(data) and data[at + n] == data[at] and n < 0xffff:
            n += 1
        bits += f'{n:016b}{0:05b}{0:05b}{0:09b}{data[at]:09b}{0:04b}{0:04b}'
        at += n
    bits += '0' * (-len(bits) % 8 + 32)
    body = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
    return struct.pack('<II', len(body), len(data)) + body


def image(kind, words):
    blocks, at = int(words.get('blocks', 2)), int(words.get('pcir', 0x40))
    code = {'pc': 0, 'efi': 3, 'data': 0xe0}[kind]
    vendor, device = (int(s, 16) for s in words.get('id', '8086:3e92').split(':'))
    devices = [int(s, 16) for s in words.get('list', '').split('+') if s]
    b = bytearray(blocks * 512)
    b[0:2] = b'VN' if 'nv' in words else b'\x55\xaa'
    struct.pack_into('<H', b, 0x18, at)
    size = 0x1c if devices else 0x18
    kind_of_class = int(words.get('class', '030000'), 16)
    struct.pack_into('<4sHHHHBBHHHBB', b, at, b'NPDS' if 'nv' in words else b'PCIR', vendor, device,
                     0x1c if devices else 0, size, 3 if devices else 0, kind_of_class & 0xff, kind_of_class >> 8,
                     int(words.get('length', blocks)), 0, code, 0x80 if 'last' in words else 0)
    struct.pack_into(f'<{len(devices)}H', b, at + 0x1c, *devices)
    if 'npde' in words:
        struct.pack_into('<4sHHHB', b, (at + size + 15) // 16 * 16, b'NPDE', 0x101, 0x14, int(words['npde']), 0)
    if code == 3:
        efi(b, words, blocks)
    else:
        b[2] = blocks & 0xff
    if code == 0:
        vbios(b, words)
    return b


def efi(b, words, blocks):
    machine = int(words.get('machine', '8664'), 16)
    driver = words['raw'].encode() if 'raw' in words else pe(int(words.get('inner', f'{machine:x}'), 16))
    if 'packed' in words:
        driver = packed(driver)
    struct.pack_into('<HIHHH', b, 2, blocks, 0x0ef1, int(words.get('subsystem', 11)), machine, 'packed' in words)
    struct.pack_into('<H', b, 0x16, 0xa0)
    if 0xa0 + len(driver) > len(b):
        sys.exit(f'a driver of {len(driver)} bytes needs more blocks')
    b[0xa0:0xa0 + len(driver)] = driver


def vbios(b, words):
    if 'vbt' in words:
        struct.pack_into('<H', b, 0x1a, 0x100)
        b[0x100:0x130] = struct.pack('<20sHHHBBIIIII', f'$VBT {words["vbt"]}'.encode().ljust(20), 100, 48, 256, 0, 0,
                                     48, 0, 0, 0, 0)
    if 'bdsm' in words:
        b[0x1a0:0x1b3] = bytes.fromhex('662e833e90000074 07662ea19000eb0fb85e10')
        struct.pack_into('<I', b, 0x90, int(words['bdsm'], 16))
    b[6] = (int(words.get('sum', 0)) - sum(b)) & 0xff


def main():
    out = bytearray()
    for part in sys.argv[2:]:
        kind, *rest = part.split(',')
        words = {w.partition('=')[0]: w.partition('=')[2] for w in rest}
        name, _, value = kind.partition('=')
        if name == 'bytes':
            out += value.encode()
        elif name == 'fill':
            n, byte = value.split(':')
            out += bytes([int(byte, 16)]) * int(n, 0)
        elif name == 'cut':
            del out[-int(value, 0):]
        else:
            out += image(name, words)
    with open(sys.argv[1], 'wb') as f:
        f.write(out)


if __name__ == '__main__':
    main()
