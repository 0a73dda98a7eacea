#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""lspci.py IGDCTL - what igdctl makes of PCI functions, compared with what lspci makes of the same bytes. Prints TAP.

The bytes come from the machines of tests/hosts/*.recipe (as lspci itself prints them: -x, -xxx, -xxxx, with words
and without), and, where the folder of real inputs is (IGDCTL_SHARED, else ../shared), from the dumps and
configuration spaces in it. Listings without bytes are compared with a plain reading of the same lines. lspci is from
the package pciutils; a machine without it cannot run this test, and that is a failure.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

SOURCE = Path(os.environ.get('IGDCTL_SOURCE') or Path(__file__).resolve().parent.parent.parent)
SHARED = Path(os.environ.get('IGDCTL_SHARED') or SOURCE.parent / 'shared')
HOSTS = SOURCE / 'tests' / 'hosts'
ADDR = r'(?:[0-9a-f]{4,6}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]'
FILE_MAX = 4 << 20

# lspci's words for the device/port type of the PCI Express capability (pciutils ls-caps.c cap_express())
TYPES = [
    ('Endpoint', 'endpoint'), ('Legacy Endpoint', 'legacy-endpoint'), ('Root Port', 'root-port'),
    ('Upstream Port', 'upstream-port'), ('Downstream Port', 'downstream-port'),
    ('PCI-Express to PCI/PCI-X Bridge', 'pcie-to-pci-bridge'),
    ('PCI/PCI-X to PCI-Express Bridge', 'pci-to-pcie-bridge'),
    ('Root Complex Integrated Endpoint', 'root-complex-endpoint'),
    ('Root Complex Event Collector', 'root-complex-event-collector'),
]
NO_ID = (None, '0000:0000', 'ffff:ffff')


def run(*args, status=(0,)):
    p = subprocess.run([str(a) for a in args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       errors='replace', timeout=120, check=False)
    if p.returncode not in status:
        raise RuntimeError(f'{args[0]}: exit status {p.returncode}: {p.stderr.strip()[:500]}')
    return p.stdout


def whole(addr):
    return addr if addr.count(':') == 2 else '0000:' + addr


# ---- lspci's reading --------------------------------------------------------------------------------------

class Seen:
    """One function as lspci tells it. None: it does not tell."""

    def __init__(self, head):
        m = re.match(rf'({ADDR}) ([0-9a-f]{{4}}): ([0-9a-f]{{4}}:[0-9a-f]{{4}})(?: \(rev ([0-9a-f]{{2}})\))?', head)
        if not m:
            raise RuntimeError(f'lspci says "{head}"')
        self.addr, self.cls, self.id, self.rev = whole(m[1]), int(m[2], 16), m[3], int(m[4] or '0', 16)
        self.lines = []

    def close(self, size):
        text = '\n'.join(self.lines)
        m = re.search(r'Subsystem: ([0-9a-f]{4}:[0-9a-f]{4})', text)
        self.subsystem = m[1] if m else None
        m = re.search(r'Capabilities: \[\w+\] Express(?: \(v\d+\))? ([^,(]+?)(?: \(Slot.\))?, ', text)
        words = dict(TYPES)
        if m and m[1] not in words:
            raise RuntimeError(f'lspci names the type "{m[1]}"')
        has_caps = 'Status: Cap+' in text
        known = size >= 256 or not has_caps
        self.type = words[m[1]] if m else 'conventional' if known else None
        devcap = re.search(r'DevCap:(.*?)DevCtl:', text, re.S)
        self.flr = None
        if known:
            self.flr = bool(devcap and 'FLReset+' in devcap[1]) or bool(re.search(r'AFCap: TP. FLR\+', text))
        self.acs = 'Access Control Services' in text
        if not self.acs and (size <= 256 and m or not known):
            self.acs = None


def lspci_reads(dump, sizes):
    got = []
    for line in run('lspci', '-F', dump, '-D', '-n', '-vv').splitlines():
        if line[:1] not in ('', '\t', ' '):
            got.append(Seen(line))
        elif got:
            got[-1].lines.append(line)
    for s in got:
        s.close(sizes[s.addr])
    return {s.addr: s for s in got}


def sizes_of(text):
    """How many bytes the dump holds of each function."""
    sizes, addr = {}, None
    for line in text.splitlines():
        m = re.match(rf'({ADDR}) ', line)
        if m:
            addr = whole(m[1])
            sizes[addr] = 0
        m = re.match(r'([0-9a-f]{2,3}):((?: [0-9a-f]{2}){1,16})\s*$', line)
        if m and addr:
            sizes[addr] = max(sizes[addr], int(m[1], 16) + len(m[2].split()))
    return sizes


# ---- comparison -------------------------------------------------------------------------------------------

def igdctl_reads(igdctl, *args):
    said = json.loads(run(igdctl, 'inspect', '--json', *args))
    return {p['address']: p for p in said['host']['pci']}


def differences(want, got):
    """Of two readings of the same bytes."""
    if set(want) != set(got):
        yield f'lspci sees {sorted(set(want) - set(got))} alone, igdctl {sorted(set(got) - set(want))}'
    for addr in sorted(set(want) & set(got)):
        s, p = want[addr], got[addr]
        pairs = [('id', s.id, p['id']), ('class', s.cls, int(p['class'] or '-1', 16)),
                 ('revision', s.rev, p['revision']), ('pcie_type', s.type, p['pcie_type']),
                 ('flr', s.flr, p['flr']), ('acs', s.acs, p['acs'])]
        if s.subsystem or p['subsystem'] not in NO_ID:
            pairs.append(('subsystem', s.subsystem, p['subsystem']))
        for what, a, b in pairs:
            if a != b:
                yield f'{addr} {what}: lspci {a}, igdctl {b}'


def compare_words(igdctl, words, dump, resets):
    """lspci's words alone, against its reading of the bytes. Not to know is right where words leave things out
    (resets, with less than -vv); but what they say must be known."""
    want, got = lspci_reads(dump, sizes_of(dump.read_text())), igdctl_reads(igdctl, words)
    for addr, s in want.items():
        p = got.get(addr, {})
        if s.type == 'conventional' and p.get('pcie_type') is None:
            s.type = None
        for what in ('rev', 'flr', 'acs'):
            told = getattr(s, what) and (what != 'flr' or resets)
            if p.get('revision' if what == 'rev' else what) is None and not told:
                setattr(s, what, None)
    return list(differences(want, got))


def compare_dump(igdctl, dump):
    """A file of text with the bytes of functions."""
    want = lspci_reads(dump, sizes_of(dump.read_text(errors='replace')))
    if not want:
        return [f'lspci reads nothing from {dump.name}']
    return list(differences(want, igdctl_reads(igdctl, dump)))


def listed(text):
    """Functions of a listing without bytes, read line by line: address to id, None where the line has none."""
    got = {}
    for line in text.splitlines():
        m = re.match(rf'\s*(?:.*?IOMMU [Gg]roup:? *\d+:? *)?({ADDR}) (.*)$', line)
        if m and re.match(r'"?[A-Z0-9][\w/ .-]*(?:\[[0-9a-f]{4}\])?"?: ', m[2]):
            ids = re.findall(r'\[([0-9a-f]{4}:[0-9a-f]{4})\]', m[2])
            got.setdefault(whole(m[1]), ids[-1] if ids else None)
    return got


def compare_listing(igdctl, path):
    text = path.read_text(errors='replace')
    want, got = listed(text), igdctl_reads(igdctl, path)
    found = [f'{a} is listed, and igdctl does not see it' for a in sorted(set(want) - set(got))]
    # What is not listed may be spoken of in another way, in a log for one, but not come from nowhere.
    found += [f'igdctl sees {a}, of which the text does not speak' for a in sorted(set(got) - set(want))
              if a not in text and a.removeprefix('0000:') not in text]
    found += [f'{a}: the text has {i}, igdctl {got[a]["id"]}' for a, i in sorted(want.items())
              if i and a in got and got[a]['id'] != i]
    return found


# ---- inputs -----------------------------------------------------------------------------------------------

def recipe_cases(igdctl, recipe, folder):
    root = folder / recipe.stem
    run(sys.executable, '-B', HOSTS / 'mkroot.py', recipe, root)
    for n, options in enumerate(['-x', '-xxx', '-xxxx', '-Dxxx', '-Dnnvvxxxx']):
        def look(options=options, n=n):
            dump = folder / f'{recipe.stem}-{n}.txt'
            dump.write_text(run('lspci', '-O', f'sysfs.path={root}/sys/bus/pci', options))
            return compare_dump(igdctl, dump)
        yield f'{recipe.stem} {options}', look

    for words_options in ('-Dnnv', '-Dnnvv'):
        def look_at_words(words_options=words_options):
            words, dump = folder / f'{recipe.stem}-words.txt', folder / f'{recipe.stem}-bytes.txt'
            for path, options in ((words, words_options), (dump, '-Dxxxx')):
                path.write_text(run('lspci', '-O', f'sysfs.path={root}/sys/bus/pci', options))
            return compare_words(igdctl, words, dump, resets='vv' in words_options)
        yield f'{recipe.stem} {words_options}, without bytes', look_at_words


def as_dump(configs):
    """Configuration spaces as lspci -xxxx prints them; the name is of no account, so the line has none."""
    for addr, data in sorted(configs.items()):
        yield f'{addr} Unassigned class [{data[11]:02x}{data[10]:02x}]: Device\n'
        for at in range(0, len(data) - 15, 16):
            yield f'{at:02x}: {data[at:at + 16].hex(" ")}\n'
        yield '\n'


def tree_case(igdctl, archive, folder):
    with tarfile.open(archive) as tar:
        configs = {Path(m.name).parent.name: tar.extractfile(m).read() for m in tar
                   if m.isreg() and re.search(rf'/{ADDR}/config$', m.name)}
    configs = {a: c for a, c in configs.items() if len(c) >= 64}
    if not configs:
        return None
    dump = folder / (archive.name + '.txt')
    dump.write_text(''.join(as_dump(configs)))
    return f'{archive.name}: {len(configs)} functions', lambda: compare_dump(igdctl, dump)


def text_case(igdctl, path):
    text = path.read_text(errors='replace')
    name = str(path.relative_to(SHARED / 'corpus'))
    if re.search(rf'^{ADDR} .*\n(?:\s.*\n)*00:(?: [0-9a-f]{{2}}){{16}}', text, re.M):
        return name, lambda: compare_dump(igdctl, path)
    if listed(text):
        return f'{name}: {len(listed(text))} functions', lambda: compare_listing(igdctl, path)
    return None


def corpus_cases(igdctl, folder):
    for path in sorted((SHARED / 'corpus').rglob('*')):
        if not path.is_file() or path.stat().st_size > FILE_MAX:
            continue
        if path.name.endswith(('.tar.bz2', '.tar.gz', '.tar.xz')):
            case = tree_case(igdctl, path, folder)
        elif path.parent.parent.name == 'hosts' or path.suffix == '.txt':
            case = text_case(igdctl, path)
        else:
            case = None
        if case:
            yield case


def main():
    igdctl = os.path.abspath(sys.argv[1])
    if not shutil.which('lspci'):
        print('1..1\nnot ok 1 - lspci is not installed (package pciutils)')
        return 1
    failed = 0
    with tempfile.TemporaryDirectory(prefix='igdctl-lspci-') as name:
        folder = Path(name)
        cases = [c for r in sorted(HOSTS.glob('*.recipe')) for c in recipe_cases(igdctl, r, folder)]
        skip = None if (SHARED / 'corpus').is_dir() else 'no folder of real inputs (IGDCTL_SHARED)'
        cases += [('real inputs', None)] if skip else list(corpus_cases(igdctl, folder))
        print(f'1..{len(cases)}', flush=True)
        for n, (what, look) in enumerate(cases, 1):
            if look is None:
                print(f'ok {n} - {what} # SKIP {skip}')
                continue
            try:
                found = look()
            except (RuntimeError, OSError, ValueError, KeyError, subprocess.TimeoutExpired) as e:
                found = [f'{type(e).__name__}: {e}']
            failed += bool(found)
            print(''.join(f'# {f}\n' for f in found[:40]) + f'{"not ok" if found else "ok"} {n} - {what}', flush=True)
    return 1 if failed or not cases else 0


if __name__ == '__main__':
    sys.exit(main())
