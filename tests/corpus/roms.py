#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Read public option ROMs, and compare with what rom-parser says of them.

The ROMs are not part of this project: IGDCTL_SHARED names the folder that holds corpus/fw/optionroms and
corpus/fw/vbios. What rom-parser says of each is in roms-rom-parser.txt, by the SHA-256 of the file, so that this needs no
rom-parser; that file's head says how it was made.

Where rom-parser comes to the end of a ROM, the images that firmware gets to must be the same: offset, code type, ids,
class, revisions, machine and subsystem of an EFI image, which one is the last. On the rest it must be said what is
wrong. What rom fix makes of each, for a GPU of the same vendor and for its own, is a good chain that it finds nothing
more to change in. Run with a build with sanitizers, no read past the end goes unseen. Speaks TAP.

usage: roms.py IGDCTL
       roms.py --make ROM-PARSER FILE...     print roms-rom-parser.txt anew
"""
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FACTS = Path(__file__).with_name('roms-rom-parser.txt')
MACHINES = {'X64': 'X64', 'IA-32': 'IA32', 'EFI Byte Code': 'EBC', 'ARM 64-bit': 'AArch64', 'Itanium': 'IA64', 'ARM': 'ARM'}
SUBSYSTEMS = {'Boot': 11, 'Runtime': 12}


class Wrong(Exception):
    """The answer is not the wanted one."""


def shared():
    here = os.environ.get('IGDCTL_SHARED') or os.path.join(os.path.dirname(__file__), '..', '..', '..', 'shared')
    return Path(here)


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---- what rom-parser says --------------------------------------------------------------------------------------------

def parsed(text):
    """rom-parser's output as one line: an image is "offset,type,id,class,pcir revision,revision[,machine,subsystem]"."""
    images = []
    for part in text.split('Valid ROM signature found @')[1:]:
        at = part.split('h,')[0]
        m = re.search(r'type ([0-9a-f]+).*vendor: (\w+), device: (\w+), class: (\w+)\s+PCIR: revision (\w+), vendor '
                      r'revision: (\w+)', part)
        if not m:
            return 'no-pcir'
        words = [at, m[1], f'{m[2]}:{m[3]}', m[4], m[5], m[6]]
        efi = re.search(r'EFI: Signature Valid, Subsystem: (.+), Machine: (.+)', part)
        images.append(','.join(words + ([MACHINES.get(efi[2], efi[2]), str(SUBSYSTEMS.get(efi[1], efi[1]))] if efi else [])))
    end = 'last' if 'Last image' in text else 'ran-off' if 'ran off the end' in text else 'stopped'
    return ' '.join(images + [end])


def make(parser, files):
    head = FACTS.read_text().split('\n\n')[0] if FACTS.exists() else ''
    lines = []
    for f in map(Path, files):
        run = subprocess.run([parser, f], capture_output=True, timeout=20, check=False)
        lines.append(f'{sha256(f)} {parsed(run.stdout.decode("latin-1"))}')
    print(head, '\n'.join(sorted(set(lines))), sep='\n\n')


# ---- what igdctl says ------------------------------------------------------------------------------------------------

def told(igdctl, path):
    run = subprocess.run([igdctl, 'rom', 'info', '--json', str(path)], capture_output=True, text=True, timeout=60,
                         check=False)
    if run.returncode not in (0, 1) or not run.stdout:
        raise Wrong(f'exit {run.returncode}: {run.stderr[-2000:]}')
    return json.loads(run.stdout), run.returncode


def line_of(image):
    words = [f'{image["offset"]:x}', f'{image["code_type"]:x}', image['id'], image['class'][2:],
             f'{image["pcir"]["revision"]:x}', f'{image["revision"]:x}']
    efi = image['efi']
    return ','.join(words + ([efi['machine'], str(efi['subsystem'])] if efi else []))


def compare(answer, want):
    *images, end = want.split(' ')
    got = [line_of(i) for i in answer['images'] if i['place'] in ('chain', 'gap')]
    if got != images:
        raise Wrong(f'images are\n  {" ".join(got)}\nnot\n  {" ".join(images)}')
    if end == 'ran-off' and answer['end'] != 'missing':
        raise Wrong(f'rom-parser ran off the end, here the chain ends with {answer["end"]}')
    if end == 'last' and answer['end'] not in ('last', 'partial'):
        raise Wrong(f'rom-parser saw a last image, here the chain ends with {answer["end"]}')


def within(answer):
    """Nothing that is told lies outside of the file, and each image has an end."""
    for i in answer['images']:
        if i['offset'] + i['size'] > answer['size'] or not i['size']:
            raise Wrong(f'an image of {i["size"]} bytes at {i["offset"]} in a file of {answer["size"]}')
        if i['partial'] != (i['size'] < i['declared_size']):
            raise Wrong(f'an image of {i["size"]} of {i["declared_size"]} bytes, partial is {i["partial"]}')
        if i['efi'] and not i['partial'] and i['efi']['payload'] and i['efi']['payload']['fault']:
            raise Wrong(f'a driver of a real ROM is none: {i["efi"]["payload"]["fault"]}')


def judge(igdctl, path, facts):
    answer, status = told(igdctl, path)
    want = facts.get(sha256(path))
    if want is None:
        raise Wrong(f'{FACTS.name} does not tell of it')
    if 'error' in answer:
        if not want.endswith('no-pcir'):
            raise Wrong(f'{answer["error"]}, but rom-parser says {want}')
        return
    within(answer)
    if (status == 1) != (answer['end'] == 'partial'):
        raise Wrong(f'exit {status} with the end {answer["end"]}')
    compare(answer, want)


def verify(igdctl, path):
    """The same files judged: an answer, and no crash."""
    run = subprocess.run([igdctl, 'rom', 'verify', '--json', '--device', '8086:3e92', '--qemu', '10.1', str(path)],
                         capture_output=True, text=True, timeout=60, check=False)
    if run.returncode not in (0, 3) or not json.loads(run.stdout)['findings']:
        raise Wrong(f'exit {run.returncode}: {run.stderr[-2000:]}')


def fixed(igdctl, path, device, out):
    """The copy that rom fix makes: None, when the file has no ROM or one cut short; else the answer."""
    run = subprocess.run([igdctl, 'rom', 'fix', '--json', '--device', device, '--force', '-o', str(out), str(path)],
                         capture_output=True, text=True, timeout=60, check=False)
    answer = json.loads(run.stdout or '{}')
    if run.returncode == 1 and 'error' in answer:
        return None
    if run.returncode not in (0, 3):
        raise Wrong(f'rom fix: exit {run.returncode}: {run.stderr[-2000:]}')
    return answer


def fix(igdctl, path):
    """Mended, a ROM reads back as a good chain, and mending it again changes nothing."""
    answer, status = told(igdctl, path)
    pc = [i for i in answer.get('images', []) if i['place'] == 'chain']
    vendor = pc[0]['id'].split(':')[0] if pc else '8086'
    with tempfile.TemporaryDirectory() as tmp:
        out, again = Path(tmp) / 'out.rom', Path(tmp) / 'again.rom'
        for device in (f'{vendor}:3e92', pc[0]['id'] if pc else '8086:0406'):
            did = fixed(igdctl, path, device, out)
            if (did is None) != ('error' in answer or status == 1):
                raise Wrong(f'rom fix for {device}: {"refused" if did is None else "mended"}')
            if did is None:
                continue
            now, _ = told(igdctl, out)
            if now['end'] != 'last' or now['images'][0]['offset'] or out.stat().st_size % 512:
                raise Wrong(f'rom fix for {device}: the chain ends with {now["end"]}')
            for f in did['findings']:
                if f['id'] in ('rom.prefix', 'rom.no-last', 'rom.no-length', 'rom.bad-checksum', 'rom.not-for-device',
                               'rom.saved-bdsm', 'rom.too-small', 'rom.efi-ids'):
                    raise Wrong(f'rom fix for {device} leaves {f["id"]}')
            twice = fixed(igdctl, out, device, again)
            if twice['changes'] or again.read_bytes() != out.read_bytes():
                raise Wrong(f'rom fix for {device} finds {len(twice["changes"])} more in what it wrote')


def main():
    if len(sys.argv) > 2 and sys.argv[1] == '--make':
        make(sys.argv[2], sys.argv[3:])
        return 0
    root = shared() / 'corpus' / 'fw'
    files = sorted(f for d in ('optionroms', 'vbios', 'vbios/from_images') for f in (root / d).glob('*') if f.is_file())
    if not files:
        print('1..0 # SKIP no corpus of option ROMs beside the source (IGDCTL_SHARED)')
        return 0
    facts = dict(line.split(' ', 1) for line in FACTS.read_text().splitlines() if re.match('[0-9a-f]{64} ', line))
    bad = 0
    print(f'1..{len(files)}')
    for n, f in enumerate(files, 1):
        try:
            judge(sys.argv[1], f, facts)
            verify(sys.argv[1], f)
            fix(sys.argv[1], f)
            print(f'ok {n} - {f.name}')
        except (Wrong, OSError, ValueError, LookupError, TypeError, subprocess.SubprocessError) as e:
            bad += 1
            print(f'not ok {n} - {f.name}')
            print(''.join(f'# {line}\n' for line in f'{type(e).__name__}: {e}'.splitlines()), end='')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
