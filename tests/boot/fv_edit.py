# SPDX-License-Identifier: GPL-2.0-or-later
"""fv_edit.py - OVMF's compressed volumes taken out and put back by another LZMA encoder (Python's), as much as tests
need: to break what is inside, and to show that it is the break that counts.

Source: OvmfPkg/OvmfPkgX64.fdf (FVMAIN_COMPACT: one file of type 0Bh with one GUIDed section), PI Specification 1.8,
volume 3, 3.2 (volume, file and section headers).
"""
import lzma
import struct
import uuid

LZMA_SECTION = uuid.UUID('EE4E5898-3914-4259-9D6E-DC7BD79403CF').bytes_le
DXE_VOLUME = uuid.UUID('7CB8BDC9-F8EB-4F34-AAEA-3EE4AF6516A1').bytes_le
DRIVER = 7


def le24(b, at):
    return int.from_bytes(b[at:at + 3], 'little')


class Compressed:
    """An image; .decoded may be changed, but not its length."""

    def __init__(self, image):
        self.image = image
        self.section = image.index(LZMA_SECTION) - 4
        self.file = self.section - 24
        if image[self.section + 3] != 2 or image[self.file + 18] != 0x0b:
            raise ValueError('no file of the type "volume image" around the LZMA section')
        self.stream_at = self.section + struct.unpack_from('<H', image, self.section + 20)[0]
        self.stream = image[self.stream_at:self.section + le24(image, self.section)]
        self.decoded = bytearray(lzma.decompress(self.stream, format=lzma.FORMAT_ALONE))

    def end(self):
        """Of the flash volume that the file lies in."""
        head = self.image.rindex(b'_FVH', 0, self.file) - 40
        return head + struct.unpack_from('<Q', self.image, head + 32)[0]

    def written(self):
        """The image with what is now in .decoded."""
        how = {'id': lzma.FILTER_LZMA1, 'preset': 1, 'dict_size': 1 << 24, 'lc': 3, 'lp': 0, 'pb': 2}
        stream = bytearray(lzma.compress(bytes(self.decoded), format=lzma.FORMAT_ALONE, filters=[how]))
        struct.pack_into('<Q', stream, 5, len(self.decoded))  # Python says "unknown" there, which EDK II cannot use
        out = bytearray(self.image)
        size = self.stream_at - self.section + len(stream)
        if self.section + size > self.end():
            raise ValueError('the stream does not fit any more')
        out[self.stream_at:self.end()] = stream.ljust(self.end() - self.stream_at, b'\xff')
        out[self.section:self.section + 3] = size.to_bytes(3, 'little')
        out[self.file + 20:self.file + 23] = (size + 24).to_bytes(3, 'little')
        out[self.file + 16] = 0
        # over the header with the checksum of the data and the state taken as 0
        out[self.file + 16] = -(sum(out[self.file:self.file + 23]) - out[self.file + 17]) & 0xff
        return bytes(out)

    def dxe(self):
        """(where the DXE volume begins, where its first file does), in .decoded."""
        at = -1
        while True:
            at = self.decoded.index(b'_FVH', at + 1)
            head = at - 40
            ext = struct.unpack_from('<H', self.decoded, head + 52)[0]
            if ext and self.decoded[head + ext:head + ext + 16] == DXE_VOLUME:
                size, = struct.unpack_from('<I', self.decoded, head + ext + 16)
                return head, head + (ext + size + 7 & ~7)

    def files(self):
        """(where, type, bytes) of each file of the DXE volume, until FF."""
        head, at = self.dxe()
        end = head + struct.unpack_from('<Q', self.decoded, head + 32)[0]
        while at + 24 <= end and self.decoded[at:at + 24] != b'\xff' * 24:
            size = le24(self.decoded, at + 20)
            yield at, self.decoded[at + 18], size
            at = head + (at - head + size + 7 & ~7)
