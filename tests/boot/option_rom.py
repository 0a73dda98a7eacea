# SPDX-License-Identifier: GPL-2.0-or-later
"""option_rom.py - option ROMs for tests, packed apart from the program that is tested, and the least driver there is.

An image is what the UEFI Specification 2.10, 14.4.2 and PCI Firmware Specification 3.0, 5.1 ask for: header, PCIR of
revision 3 at 1Ch, the PE behind. EDK II looks at neither vendor nor device (MdeModulePkg/Bus/Pci/PciBusDxe).
"""
import struct

PCIR = 0x1c
BLOCK = 512
LEAST = 4096  # EDK II does not look at a ROM BAR of 2 KiB (PciOptionRomSupport.c, GetOpRomInfo())


def pcir(code, blocks, last, vendor, device):
    return struct.pack('<4sHHHHB3sHHBBHHH', b'PCIR', vendor, device, 0, 0x1c, 3, b'\0\0\3', blocks, 0, code,
                       0x80 if last else 0, 0, 0, 0)


def efi_image(pe, last=True, vendor=0x8086, device=0xffff):
    new = struct.unpack_from('<I', pe, 0x3c)[0]
    machine, = struct.unpack_from('<H', pe, new + 4)
    subsystem, = struct.unpack_from('<H', pe, new + 24 + 68)
    at = PCIR + 0x1c
    blocks = -(-(at + len(pe)) // BLOCK)
    head = struct.pack('<2sHIHHH8sHH', b'\x55\xaa', blocks, 0x0ef1, subsystem, machine, 0, b'', at, PCIR)
    image = head.ljust(PCIR, b'\0') + pcir(3, blocks, last, vendor, device) + pe
    return image.ljust(blocks * BLOCK, b'\xff')


def legacy_image(last=False, blocks=2, vendor=0x8086, device=0xffff):
    """A PC-AT image that returns at once, its bytes' sum 0."""
    b = bytearray(blocks * BLOCK)
    b[:4] = 0x55, 0xaa, blocks, 0xcb  # retf
    struct.pack_into('<H', b, 0x18, PCIR)
    b[PCIR:PCIR + 0x1c] = pcir(0, blocks, last, vendor, device)
    b[-1] = -sum(b) & 0xff
    return bytes(b)


def rom(*images, least=LEAST):
    whole = b''.join(images)
    return whole.ljust(least, b'\xff')


def efi_rom(*drivers, least=LEAST):
    """One ROM with these PEs."""
    return rom(*(efi_image(pe, last=n == len(drivers)) for n, pe in enumerate(drivers, 1)), least=least)


def tiny_driver(words, end=None):
    """A PE32+ of 1 KiB that writes a line to port 0x402 and returns EFI_SUCCESS, or writes 0 to the port @end."""
    code = bytes.fromhex('56'              # push rsi
                         '66ba0204'        # mov dx, 0x402
                         '488d3513000000'  # lea rsi, [rip + 19]: behind the ret
                         'ac'              # next: lodsb
                         '84c0'            # test al, al
                         '7403'            # jz done
                         'ee'              # out dx, al
                         'ebf8'            # jmp next
                         '31c0'            # done: xor eax, eax
                         '66ba') + struct.pack('<H', end or 0) + bytes.fromhex(  # mov dx, end
                         '90' if end is None else 'ee')  # nop, or out dx, al
    code += bytes.fromhex('31c0'           # xor eax, eax
                          '5e'             # pop rsi
                          'c3')            # ret
    code += words.encode() + b'\n\0'
    b = bytearray(0x400)
    b[:2] = b'MZ'
    struct.pack_into('<I', b, 0x3c, 0x40)
    # COFF header: x86-64, one section, executable, a DLL; PE Format (Microsoft), "COFF File Header"
    struct.pack_into('<4sHHIIIHH', b, 0x40, b'PE\0\0', 0x8664, 1, 0, 0, 0, 0xf0, 0x2022)
    optional = struct.pack('<HBBIIIII', 0x20b, 14, 0, 0x200, 0, 0, 0x1000, 0x1000)
    optional += struct.pack('<QIIHHHHHHIIIIHH', 0, 0x1000, 0x200, 0, 0, 0, 0, 0, 0, 0, 0x2000, 0x200, 0, 11, 0)
    optional += struct.pack('<QQQQII', 0, 0, 0, 0, 0, 16)
    b[0x58:0x58 + len(optional)] = optional
    struct.pack_into('<8sIIIIIIHHI', b, 0x58 + 0xf0, b'.text', len(code), 0x1000, 0x200, 0x200, 0, 0, 0, 0, 0x60000020)
    b[0x200:0x200 + len(code)] = code
    return bytes(b)
