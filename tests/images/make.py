#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""make.py NAME FILE - write one of a few small images, for the tests of the command line."""
import io
import struct
import sys
import zipfile

import ovmf as o
import packs as k
import payloads as p
import volumes as v
import wrap as w

GOP, VBT, VBT2, VBIOS = p.gop(p.CFL), p.vbt(), p.vbt('KABYLAKE', panel=2), p.vbios(size=0x2000)
ODD_NAME = '../e\u00e9\x1b[31m vil/'


def board(*more):
    """A GOP of Coffee Lake, two VBTs, a VBIOS of Haswell, and a driver in a compressed volume."""
    inner = v.volume([v.driver(v.numbered(3), p.any_driver(1, 0x80), 'Any')])
    return v.volume([v.driver(v.INTEL_GOP, GOP, 'IntelGopDriver'), v.freeform(v.VBT_DEFAULT, VBT, 'IntelGopVbt'),
                     v.freeform(v.VBT_SECOND, VBT2, 'Second'), v.raw_file(v.numbered(2), VBIOS), v.nested(inner), *more])


def zipped():
    """Names that want to leave the folder and colour the terminal."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        for name, data in (('../../up\x1b[31m.bin', board()), ('/absolute', b'text'), ('-o', VBT)):
            z.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


def download():
    """What a vendor's site gives: a zip of a note and a capsule, in it a flash image, in it a compressed volume."""
    inner = v.volume([v.driver(v.INTEL_GOP, GOP, 'IntelGopDriver'), v.freeform(v.VBT_DEFAULT, VBT, 'IntelGopVbt'),
                      v.raw_file(v.numbered(2), p.vbios(vbt_table=p.vbt('SKYLAKE', pad_to=0)))])
    image = v.flash({'bios': (0x1000, v.volume([v.nested(inner, v.lzma_section)]))}, 0x40000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, data in (('README.txt', b'Synthetic: a test image of igdctl.\n'), ('BIOS.CAP', w.efi_capsule(image))):
            z.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


def coreboot():
    """coreboot behind a flash descriptor: the VBT compressed in CBFS, the GOP in a volume of the payload."""
    volume = v.volume([v.driver(v.INTEL_GOP, GOP, 'IntelGopDriver')])
    payload = k.payload_self([(b'CODE', 1, k.lzma_alone(volume), len(volume))])
    files = k.cbfs_file('cbfs master header', 2, bytes(32)) + k.cbfs_file('vbt.bin', 0x50, k.lzma_alone(VBT), 1, len(VBT))
    files += k.cbfs_file('fallback/payload', 0x20, payload, None) + k.cbfs_file('', 0xffffffff, b'\xff' * 200, None)
    return v.flash({'bios': (0x1000, files)}, 0x40000)


def chain(*drivers):
    """An option ROM of drivers, one image each."""
    return b''.join(p.efi_rom(d, last=d is drivers[-1], machine=struct.unpack_from('<H', d, 0x44)[0]) for d in drivers)


def broken():
    """A compressed section that is none, before a VBT."""
    bad = v.guided(v.LZMA, b'\x5d\0\0\1\0' + b'\xff' * 40)
    return v.volume([v.file(v.NEST, v.VOLUME_IMAGE, bad), v.freeform(v.VBT_DEFAULT, VBT)])


IMAGES = {
    'board': board,
    'cut': lambda: board()[:0x1000],  # in the VBIOS
    'broken': broken,
    'nothing': lambda: v.volume([v.driver(v.numbered(1), p.any_driver(1), 'Any')]),
    'names': lambda: board(v.driver(v.numbered(9), p.any_driver(2, 0x80), ODD_NAME)),
    'zip': zipped,
    'coreboot': coreboot,
    'download': download,
    'twins': lambda: v.volume([v.raw_file(v.numbered(1), bytes([n]) * 9) for n in range(3)]),
    'gop': lambda: GOP, 'vbt': lambda: VBT, 'vbios': lambda: VBIOS,
    # for rom build
    'gop-tgl': lambda: p.gop(p.TGL), 'gop-old': lambda: p.gop(p.CFL, '1066'), 'gop-strange': lambda: p.gop([]),
    'gop-ia32': lambda: p.gop(p.CFL, machine=p.IA32), 'gop-arm64': lambda: p.gop(p.CFL, machine=p.ARM64),
    'gop-te': lambda: p.te(GOP), 'gop-app': lambda: p.gop(p.CFL, subsystem=10), 'gop-cut': lambda: GOP[:-7],
    'gop-overlay': lambda: p.gop(p.CFL, overlay=b'behind the last section'),
    'driver': lambda: p.any_driver(1, 0x2000), 'driver-two': lambda: p.any_driver(2, 0x2000),
    'driver-app': lambda: p.driver(bytes(64), subsystem=10),
    'vbt-sum': lambda: p.vbt(checksum=1), 'vbt-cut': lambda: VBT[:100], 'vbios-cut': lambda: VBIOS[:-512],
    'gops': lambda: chain(p.gop(p.CFL, machine=p.IA32), p.gop(p.TGL), p.any_driver(2), GOP),
    'gops-two': lambda: chain(GOP, p.gop(p.CFL, '1066')), 'gops-twins': lambda: chain(GOP, GOP),
    'gops-none': lambda: chain(p.any_driver(3)),
    # for the ovmf commands
    'gop-rom': lambda: p.efi_rom(p.any_driver(1), last=False) + p.efi_rom(GOP),
    'ovmf': o.ovmf,
    'ovmf-upgraded': lambda: o.ovmf(o.uefi_driver(v.numbered(8), p.any_driver(8), 'NewDxe')),
    'ovmf-smm': lambda: o.ovmf(smm=True),
    'ovmf-ia32': lambda: o.ovmf(machine=p.IA32),
    'ovmf-sev': lambda: o.ovmf(sev=True),
    'ovmf-unified': lambda: o.ovmf(unified=True),
    'ovmf-qcow2': lambda: o.qcow2(o.ovmf()),
    'ovmf-patched': lambda: o.ovmf(*o.kethen(p.gop(p.SKL, '1020'))),
    'ovmf-full': o.full,
    'ovmf-tight': o.tight,
    'ovmf-twins': lambda: o.ovmf(o.uefi_driver(v.numbered(8), p.any_driver(8), 'One'),
                                 o.uefi_driver(v.numbered(8), p.any_driver(9), 'Two')),
    'ovmf-outer-sum': lambda: o.ovmf(checksum=0x1234),
    'ovmf-file-sum': lambda: o.ovmf(file_sum=0x55),
    'ovmf-header-sum': lambda: o.ovmf(header_sum=0x55),
    'ovmf-dxe-sum': lambda: o.ovmf(change=o.in_dxe(o.COMMON[0][0], 0x10, 0)),
    'ovmf-lzma-size': lambda: o.ovmf(said=-1),
}


def main():
    name, path = sys.argv[1:]
    with open(path, 'wb') as f:
        f.write(IMAGES[name]())


if __name__ == '__main__':
    main()
