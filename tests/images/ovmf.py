# SPDX-License-Identifier: GPL-2.0-or-later
"""ovmf.py - firmware that is laid out as OVMF and does nothing: for the tests of what reads and writes OVMF images.

The layout is that of OvmfPkg/OvmfPkgX64.fdf of edk2-stable202211: a volume (FVMAIN_COMPACT) with one file, a volume
image, whose one LZMA section holds the PEI and the DXE volume; behind it a volume with SEC, which ends at the reset
vector. Modules have their real names and GUIDs, for those are what readers know them by; what they hold is made by
payloads.py. Sizes are small, so that a test takes no time.
"""
import random
import struct

import payloads as p
import volumes as v

PEIFV, DXEFV = '6938079b-b503-4e3d-9d24-b28337a25806', '7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1'
COMPACT, SECFV = '48db5e17-707c-472d-91cd-1613e7ef51b0', '763bed0d-de9f-48f5-81f1-3e90e1b1a015'
KETHEN_GOP, KETHEN_VBT = '1647b4f3-3e8a-4fdd-81c8-328ed647ab1a', '1647b4f3-3e8a-4fef-81c8-328ed647ab1a'
KETHEN_POLICY = '9737d7ca-d869-46e5-a5ef-75d9538688de'
MM_CORE, MM_DRIVER = 0x0d, 0x0a

CORE = (('d6a2cb7f-6a18-4e2f-b43b-9920a733700a', v.DXE_CORE, 'DxeCore'),)
COMMON = (('80cf7257-87ab-47f9-a3fe-d50b76d89541', v.DRIVER, 'PcdDxe'),
          ('733cbac2-b23f-4b92-bc8e-fb01ce5907b7', v.DRIVER, 'FvbServicesRuntimeDxe'),
          ('f80697e9-7fd6-4665-8646-88e33ef71dfc', v.DRIVER, 'SecurityStubDxe'),
          ('93b80004-9fb3-11d4-9a3a-0090273fc14d', v.DRIVER, 'PciBusDxe'),
          ('e3752948-b9a1-4770-90c4-df41c38986be', v.DRIVER, 'QemuVideoDxe'),
          ('cbd2e4d5-7068-4ff5-b462-9822b4ad8d60', v.DRIVER, 'VariableRuntimeDxe'))
SECURE_BOOT = (('f0e6a44f-7195-41c3-ac64-54f202cd0a21', v.DRIVER, 'SecureBootConfigDxe'),)
SMM = (('e94f54cd-81eb-47ed-aec3-856f5dc157a9', MM_CORE, 'PiSmmCore'),
       ('2fa2a6da-11d5-4dc3-999a-749648b03c56', v.DRIVER, 'PiSmmIpl'),
       ('2e7db7a7-608e-4041-b45f-00359e0766c6', MM_DRIVER, 'FvbServicesSmm'))
SEV = (('6e2b9619-8810-4e9d-a177-d432bb9abeda', v.DRIVER, 'SecretDxe'),)


def module(name, kind, label, machine, n):
    """A module with a PE of its own. A DXE core and an SMM core have no depex."""
    image = p.driver(p.LABEL + bytes((n * 37 + i * 11 + (i >> 4)) & 0xff for i in range(0x500)), machine=machine)
    parts = [] if kind in (v.DXE_CORE, MM_CORE) else [v.depex()]
    return v.file(name, kind, *parts, v.pe32(image), v.ui(label), v.version('1.0'))


def uefi_driver(name, image, label):
    """Without a depex, as EDK II builds one."""
    return v.file(name, v.DRIVER, v.pe32(image), v.ui(label))


def kethen(gop):
    """What a patched EDK II that people build puts in: a GOP driver, its policy, and a VBT in a raw section."""
    policy = p.driver(v.text('PlatformGOPPolicy') + v.guid('ec2e931b-3281-48a5-8107-df8a8bed3c5d') + p.LABEL)
    return [uefi_driver(KETHEN_GOP, gop, 'IntelGopDriver'), v.driver(KETHEN_POLICY, policy, 'PlatformGOPPolicy'),
            v.freeform(KETHEN_VBT, p.vbt())]


def noise(n):
    """@n bytes that no compression makes smaller; the same each time."""
    return random.Random(1).randbytes(n)


def lzma(data, said=None):
    """As edk2's LzmaCompress: a dictionary of 16 MiB, and the true size in the header."""
    return v.guided(v.LZMA, v.lzma_alone(data, size=said, dict_size=1 << 24))


def decoded(modules, dxe_size=0x60000, pei_size=0x8000, machine=p.X64):
    """What the stream holds. A RAW section before each volume makes its image 16-aligned, as GenFfs does it."""
    pei = v.volume([v.file('52c05b14-0b98-496c-bc3b-04b50211d680', v.PEI_CORE, v.pe32(p.any_driver(90)), v.ui('PeiCore'))],
                   size=pei_size, name=PEIFV)
    dxe = v.volume([m if isinstance(m, v.File) else module(*m, machine, n) for n, m in enumerate(modules)], size=dxe_size,
                   name=DXEFV)
    return v.sections(v.raw(bytes(0x78)), v.volume_section(pei), v.raw(bytes(8)), v.volume_section(dxe))


def ovmf(*more, machine=p.X64, smm=False, secure_boot=True, sev=False, unified=False, room=0x10000, said=None,
         change=None, file_sum=None, header_sum=None, checksum=None, **kw):
    """A whole image. @more: files of the DXE volume behind the build's. @room: bytes of flash that are free, less than
    4 KiB more. @change: done to the decoded bytes. @said: the size in the LZMA header, @file_sum and @header_sum of the
    compressed file, @checksum of the outer volume, each where it is not the truth."""
    modules = CORE + COMMON + (SECURE_BOOT if secure_boot else ()) + (SMM if smm else ()) + (SEV if sev else ())
    inner = decoded([*modules, *more], machine=machine, **kw)
    section = lzma(change(inner) if change else inner, said)
    compact = v.File(v.NEST, v.VOLUME_IMAGE, section, file_sum=file_sum, header_sum=header_sum)
    size = v.up(0x48 + 0x2c + 4 + compact.length() + room, 0x1000)
    main = v.volume([compact], size=size, name=COMPACT, checksum=checksum)
    sec = v.volume([v.file('df1ccef6-f301-4a63-9661-fc6030dcc880', v.SEC, v.pe32(p.any_driver(91)), v.ui('SecMain'))],
                   size=0x2000, name=SECFV)
    nvram = v.volume([], size=0x4000, fs=v.NVRAM) + b'\xff' * 0x4000
    return (nvram if unified else b'') + main + sec


def full():
    """No room in the flash: the stream fills it but for some bytes, and nothing makes it smaller."""
    def image(n):
        return ovmf(v.freeform(v.numbered(7), noise(n)), room=0)

    def free(whole):
        main = whole[:len(whole) - 0x2000]
        return len(main) - len(main.rstrip(b'\xff'))
    return image(0x8000 + free(image(0x8000)) - 128)


def tight():
    """No room in the DXE volume, though the flash has some."""
    files = CORE + COMMON
    used = sum(v.up(module(*m, p.X64, n).length(), 8) for n, m in enumerate(files)) + 0x48 + 0x2c + 8
    return ovmf(secure_boot=False, dxe_size=v.up(used, 0x1000))


def later(image, at, bytes_):
    return image[:at] + bytes_ + image[at + len(bytes_):]


def in_dxe(name, offset, value):
    """A change of the decoded bytes: @value at @offset of the header of the file @name."""
    def change(inner):
        at = inner.index(v.guid(name)) + offset
        return later(inner, at, bytes([value]))
    return change


def qcow2(disk, cluster_bits=16):
    """@disk in QEMU's format, version 3: header, refcounts, L1 and one L2 table, then the clusters that are not zero
    (QEMU docs/interop/qcow2.txt)."""
    size = 1 << cluster_bits
    parts = [disk[i:i + size].ljust(size, b'\0') for i in range(0, len(disk), size)]
    used = [i for i, part in enumerate(parts) if any(part)]
    total = 5 + len(used)
    head = b'QFI\xfb' + struct.pack('>IQIIQIIQQIIQQQQII', 3, 0, 0, cluster_bits, len(disk), 0, 1, 3 * size, size, 1, 0, 0, 0,
                                    0, 0, 4, 104)
    head += bytes(8)
    l2 = [0] * (size // 8)
    for n, i in enumerate(used):
        l2[i] = (5 + n) * size | 1 << 63
    blocks = [head, struct.pack('>Q', 2 * size), struct.pack(f'>{total}H', *[1] * total), struct.pack('>Q', 4 * size | 1 << 63),
              struct.pack(f'>{len(l2)}Q', *l2)]
    return b''.join(b.ljust(size, b'\0') for b in blocks) + b''.join(parts[i] for i in used)
