#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ovmf.py OVMF-DUMP [IMAGE...] - real OVMF images: read, rebuilt with two drivers more, and without them again. TAP.

The images are those of the packages ovmf and ovmf-ia32 where they are installed, those of corpus/fw/images in the
folder that IGDCTL_SHARED names, or the IMAGEs. What an image is for is compared with the descriptors that its package
has for libvirt; what it decompresses to with Python's decoder; what it looks like with UEFIExtract (package
uefitool-cli), which must complain of nothing that it does not complain of in the original.
"""
import hashlib
import json
import lzma
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'partners'))

from tap import Tap  # noqa: E402

IA32, X64 = 0x014c, 0x8664
FOLDERS = ('/usr/share/OVMF', '/usr/share/ovmf')
DESCRIPTORS = '/usr/share/qemu/firmware'
NAMES = [f'19dc7100-0000-4000-8000-0000000000{n}' for n in ('e1', 'e2')]
LEVELS = (0, 6)
SOMEBODY = 'my33love-gk41-pve-ovmf__OVMF_CODE.fd'  # somebody built drivers for IGD into it
TIMEOUT = 300


class Program:
    def __init__(self, path):
        self.path = path

    def run(self, *args):
        p = subprocess.run([self.path, *map(str, args)], capture_output=True, text=True, timeout=TIMEOUT, check=False)
        if p.returncode not in (0, 1) or not p.stdout:
            raise RuntimeError(f'{self.path}: exit {p.returncode}: {p.stderr[-500:]}')
        return json.loads(p.stdout)


def shared():
    return Path(os.environ.get('IGDCTL_SHARED') or HERE / '..' / '..' / '..' / 'shared')


def images():
    """Each image once, whatever it is called."""
    seen, found = set(), []
    for folder in (*FOLDERS, shared() / 'corpus' / 'fw' / 'images'):
        for f in sorted(Path(folder).glob('*')):
            if 'ovmf' not in str(f).lower() or f.suffix != '.fd' or 'VARS' in f.name or f.is_symlink():
                continue
            digest = hashlib.sha256(f.read_bytes()).digest()
            if digest not in seen:
                seen.add(digest)
                found.append(f)
    return found


def drivers():
    """Two images for UEFI that were built with the program."""
    return [Path(os.environ['IGDCTL_BUILD'], 'efi', f'{n}.efi') for n in ('GopPolicy', 'IgdAssignment')]


# ---- what it is ------------------------------------------------------------------------------------------------------

def descriptor_of(image):
    """The package's own, by the file that it names (links lead to it)."""
    for f in sorted(Path(DESCRIPTORS).glob('*.json')):
        d = json.loads(f.read_text())
        m = d['mapping']
        name = m.get('filename') or m.get('executable', {}).get('filename')
        if name and Path(name).exists() and Path(name).samefile(image):
            return d
    return None


def against_descriptor(o, d):
    """What QEMU's docs/interop/firmware.json calls: features, device, architecture."""
    faults, traits = [], set(o['traits'])
    for feature, trait in (('requires-smm', 'smm'), ('intel-tdx', 'tdx'), ('amd-sev-snp', 'sev')):
        if (feature in d['features']) != (trait in traits):
            faults.append(f'feature {feature}, and the traits are {sorted(traits)}')
    if 'secure-boot' in d['features'] and 'secure-boot' not in traits:
        faults.append('it has Secure Boot')
    if (d['mapping']['device'] == 'flash') != ('pflash' in traits):
        faults.append(f'device {d["mapping"]["device"]}, and the traits are {sorted(traits)}')
    want = IA32 if d['targets'][0]['architecture'] == 'i386' else X64
    return faults + ([f'machine {o["machine"]:#x}'] if o['machine'] != want else [])


def read(program, image):
    o = program.run(image)
    if o['code']:
        return [o['refusal']]
    faults = [f'note: {n}' for n in o['notes']]
    data = image.read_bytes()
    stream = data[o['stream_at']:o['stream_at'] + o['stream_size']]
    decoded = lzma.decompress(stream, format=lzma.FORMAT_ALONE)
    if hashlib.sha256(decoded).hexdigest() != o['sha256']:
        faults.append('Python decompresses it to other bytes')
    if set(decoded[o['dxe_at'] + o['dxe_end']:][:o['dxe_room']]) != {0xff}:
        faults.append('the room of the DXE volume is not empty')
    if not any(f['type'] == 5 for f in o['files']) or len(o['files']) < 50:
        faults.append(f'{len(o["files"])} files')
    somebody = [f['what'] for f in o['files'] if f['whose'] != 'stock']
    if bool(somebody) != (image.name == SOMEBODY):
        faults.append(f'somebody built in: {somebody}')
    d = descriptor_of(image)
    return faults + (against_descriptor(o, d) if d else [])


def somebody(program, image):
    """All four files are known."""
    said = sorted(f['what'] for f in program.run(image)['files'] if f['whose'] == 'somebody')
    want = ["GvtGopDxe of ACRN", "Intel GOP driver 13.0.1016", "PlatformGopPolicy", "a VBT for Intel's GOP driver"]
    return [] if said == want else [f'{said}']


# ---- rebuilt ---------------------------------------------------------------------------------------------------------

def outside(stock, made, before, after):
    """Bytes that changed where none may."""
    faults = []
    head = before['file_at'] + 0x10  # behind the name of the file
    end = before['outer_end']
    if len(made) != len(stock):
        return [f'{len(made)} bytes, it had {len(stock)}']
    if made[:head] != stock[:head] or made[end:] != stock[end:]:
        faults.append('a byte outside the compressed file is another one')
    if set(made[after['stream_at'] + after['stream_size']:end]) - {0xff}:
        faults.append('what is behind the stream is not empty')
    return faults


def complaints(tool, image):
    """What UEFIExtract says besides its report."""
    p = subprocess.run([tool, image, 'report'], capture_output=True, text=True, errors='replace', timeout=TIMEOUT,
                       check=False)
    report = Path(f'{image}.report.txt')
    if p.returncode or not report.exists():
        raise RuntimeError(f'UEFIExtract: exit {p.returncode}: {(p.stdout + p.stderr)[-500:]}')
    return (p.stdout + p.stderr).splitlines(), report.read_text(errors='replace')


def looks_well(tool, stock, made, names):
    before, _ = complaints(tool, stock)
    after, report = complaints(tool, made)
    faults = [f'UEFIExtract: {line}' for line in after if line not in before]
    return faults + [f'UEFIExtract does not see {n}' for n in names if n.upper() not in report]


def rebuilt(program, tool, image, level, tmp):
    """Two drivers in, the first out, the second out."""
    stock, made, holed, back = (tmp / n for n in ('stock.fd', 'made.fd', 'holed.fd', 'back.fd'))
    shutil.copyfile(image, stock)
    before = program.run(stock)
    put = [f'+{n}={d}' for n, d in zip(NAMES, drivers())]
    for source, out, words in ((stock, made, put), (made, holed, [f'-{NAMES[0]}']), (holed, back, [f'-{NAMES[1]}'])):
        said = program.run(source, out, level if source == stock else 0, *words)
        if said['code']:
            return [said['refusal']]
    after, middle, end = (program.run(f) for f in (made, holed, back))
    faults = outside(stock.read_bytes(), made.read_bytes(), before, after)
    faults += outside(stock.read_bytes(), back.read_bytes(), before, end)
    if [f['guid'] for f in after['files'][-2:]] != NAMES or after['files'][:-2] != before['files']:
        faults.append('the files are not those there were and two more')
    if middle['files'][-2]['type'] != 0xf0 or middle['files'][-1] != after['files'][-1]:
        faults.append('no pad in the place of the first')
    if end['sha256'] != before['sha256']:
        faults.append('without the drivers it decompresses to other bytes than the original')
    if tool:
        faults += looks_well(tool, stock, made, NAMES) + looks_well(tool, stock, holed, NAMES[1:])
        faults += looks_well(tool, stock, back, [])
    return faults


def main():
    program, tap = Program(sys.argv[1]), Tap()
    found = [Path(a) for a in sys.argv[2:]] or images()
    tool = shutil.which('UEFIExtract')
    if not found:
        tap.missing('images', 'package ovmf is not installed')
    for image in found:
        name = f'{image.parent.name}/{image.name}'
        tap.result(f'{name}: read', read(program, image))
        for level in LEVELS:
            with tempfile.TemporaryDirectory(prefix='igdctl-ovmf-') as tmp:
                tap.result(f'{name}: rebuilt, level {level}', rebuilt(program, tool, image, level, Path(tmp)))
        if image.name == SOMEBODY:
            tap.result(f'{name}: what somebody built in', somebody(program, image))
    if not tool:
        tap.missing('what UEFIExtract says', 'package uefitool-cli is not installed')
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
