#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""run.py IGDCTL [--update] [ROOT...] - whole distributions changed and changed back, as TAP.

For each recipe: plan, apply, start it (machines.py says what would happen), until nothing is left to do; verify; revert.
What was run and what became of the files is tests/roots/golden/ROOT.golden; --update writes it anew, to be read as a diff.
After revert every file is as before, byte for byte. What was made is given to the programs that are to read it, where
Debian has them: grub-script-check, grub-mkconfig's own way of reading defaults, modprobe, dracut's check of its
configuration, systemd-analyze, the shells. Debian has no grubby and no rpm-ostree; they are known from their sources.

Then what goes wrong: a program fails, or says that all is well and has made nothing of it, or is not there; somebody
edits a file, theirs or ours, before or after.
"""
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
import machines  # noqa: E402

PARTS = {'machine', 'debian', 'grub-debian', 'arch', 'bound'}  # of recipes, not machines
BY_HAND = {'limine', 'refind'}  # the owner must do the boot loader's part
HOOKED = {'debian-dracut-systemd-boot'}  # dracut by itself has kernel-install run
ROUNDS = 3
OWNER = {  # a file of the owner's that a plan for this root writes, or reads beside our own
    'proxmox-grub': 'etc/default/grub', 'ubuntu-initramfs-tools': 'etc/default/grub',
    'proxmox-tool-grub': 'etc/default/grub', 'arch-uki': 'etc/kernel/cmdline', 'arch-grub': 'etc/default/grub',
}
# How proxmox-boot-tool learns the name of the device in the ids of grub.cfg: all that this prints (proxmox-kernel-helper
# 8.1.0, set_grub_default()).
PROXMOX_PIN = r"s/.*gnulinux-advanced-(.+)['] \{$/\1/p"
INNER = {'update-grub': 'grub-mkconfig', ('ubuntu-dracut', 'update-initramfs'): 'dracut',
         ('forky-systemd-boot', 'update-initramfs'): 'dracut'}  # that does the work


class Wrong(Exception):
    """It is not as it should be."""


def want(answer, text):
    if not answer:
        raise Wrong(text)


# ---- the program ------------------------------------------------------------------------------------------------

class Program:
    def __init__(self, path):
        self.path = path

    def any(self, root, *words):
        p = subprocess.run([self.path, *words, '--root', str(root.path)], text=True, errors='replace',
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=120,
                           check=False)
        return p.returncode, p.stdout + p.stderr

    def __call__(self, root, *words, status=0):
        got, said = self.any(root, *words)
        want(got == status, f'igdctl {" ".join(words)}: status {got}, wanted {status}\n{said}')
        return said

    def plan(self, root):
        return json.loads(self(root, 'plan', '--json'))['plan']

    def apply(self, root, *words, status=0):
        return self(root, 'apply', '--yes', '--dark', *words, status=status)

    def revert(self, root, *words, status=0):
        return self(root, 'revert', '--yes', *words, status=status)


# ---- what changed -----------------------------------------------------------------------------------------------

def as_text(data):
    """Lines of a text file, None for anything else."""
    try:
        text = data.decode()
    except (UnicodeDecodeError, AttributeError):
        return None
    return None if '\0' in text else text.splitlines()


def image_parts(data):
    """Of an initramfs or a unified kernel image, as lines; None for anything else."""
    if not isinstance(data, bytes):
        return None
    lines = []
    if data[:2] == b'MZ':
        parts = machines.sections(data)
        lines.append('.cmdline ' + parts['.cmdline'].rstrip(b'\0').decode())
        data = parts['.initrd']
    if data[:2] != b'\x1f\x8b':
        return lines or None
    for name, (mode, body) in sorted(machines.members(data).items()):
        if mode & 0o170000 == 0o100000 and '/modules.' not in name:
            text = as_text(body) if not name.endswith('.ko') else None
            lines += [name] + ['  ' + line for line in text or []]
    return lines


def lines_of(entry):
    if entry is None:
        return []
    mode, _uid, _gid, what = entry
    if isinstance(what, str):
        return ['link to ' + what]
    if what is None:
        return ['folder']
    lines = image_parts(what)
    return lines if lines is not None else as_text(what) or ['(bytes)']


def difference(before, after):
    """As a person would want to read it."""
    out, seen = [], {}
    for path in sorted(set(before) | set(after)):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        mode = f' {new[0] & 0o7777:04o}' if new and (not old or old[0] != new[0]) else ''
        out.append(f'{"changed" if old and new else "new" if new else "gone"} /{path}{mode}')
        body = list(difflib.unified_diff(lines_of(old), lines_of(new), n=0, lineterm=''))
        body = ['    ' + line for line in body if not line.startswith(('---', '+++', '@@'))]
        if 'igdctl-guard' in path:  # the same everywhere, and held against systemd's own reading
            continue
        twin = seen.setdefault('\n'.join(body), path)
        out += body if twin == path or len(body) < 3 else [f'    as /{twin}']
    return out


def by_hook(snapshot):
    """As systemd-boot's hook after a new image leaves Debian 13's entries, which name that one alone: kernel-install by
    itself puts another before it."""
    return {p: (*e[:3], re.sub(rb'(?m)^initrd .*/initrd\n', b'', e[3])) if '/loader/entries/' in p else e
            for p, e in snapshot.items()}


def same(before, after, what):
    left = difference(before, after)
    want(not left, f'{what}:\n' + '\n'.join(left[:60]))


def put_back(root, program, before, what):
    after = root.snapshot()
    if root.name in HOOKED and program == 'dracut':
        before, after = by_hook(before), by_hook(after)
    same(before, after, what)


# ---- other readers of what was made --------------------------------------------------------------------------------

def check_grub(root):
    for menu in list(root.path.glob('boot/grub*/grub.cfg')) + list(root.path.glob('srv/partitions/*/grub/grub.cfg')):
        p = machines.run('grub-script-check', menu)
        want(p.returncode == 0, f'grub-script-check {menu}: {p.stderr}')
        submenus = len(re.findall(r"^submenu .*'gnulinux-", menu.read_text(), re.M))
        found = machines.must('sed', '-rn', PROXMOX_PIN, menu).splitlines()
        want(len(found) == submenus <= 1, f'{menu}: proxmox-boot-tool kernel pin finds {found}')
        ids = re.findall(r"menuentry_id_option '([^']*)'", menu.read_text())
        want(len(ids) == len(set(ids)), f'{menu}: an id comes twice: {ids}')


def check_grub_defaults(root, words):
    """The lines of the real grub-mkconfig that read the defaults, over this root's."""
    script = Path(shutil.which('grub-mkconfig') or '/nowhere')
    if not (root.path / 'etc/default/grub.d').is_dir() or not script.is_file():
        return
    text = script.read_text()
    start = text.index('if test -f ${sysconfdir}/default/grub')
    part = text[start:text.index('\ndone\n', start) + 6]
    want('/default/grub.d/' in part, 'this grub-mkconfig reads no drop-ins')
    said = machines.must('sh', '-euc', f'sysconfdir={root.path}/etc\n{part}\nprintf %s "$GRUB_CMDLINE_LINUX_DEFAULT"')
    for word in words:
        want(word in said.split(), f'grub-mkconfig reads "{said}", without {word}')


def check_modprobe(root):
    folder = root.path / 'etc/modprobe.d'
    ours = folder / 'igdctl.conf'
    if not ours.is_file():
        return
    p = machines.run('modprobe', '-C', folder, '-c')
    want(p.returncode == 0 and not p.stderr, f'modprobe -c: {p.stderr}')
    have = [' '.join(line.replace('-', '_').split()) for line in p.stdout.splitlines()]
    for line in ours.read_text().splitlines():
        if line and not line.startswith('#'):
            want(' '.join(line.replace('-', '_').split()) in have, f'modprobe does not know "{line}"')


def check_shells(root):
    hook = root.path / 'etc/initramfs-tools/hooks/igdctl'
    if hook.is_file():
        want(os.access(hook, os.X_OK), 'the hook cannot be run')
        machines.must('sh', '-n', hook)
    for conf in ('etc/dracut.conf.d/90-igdctl.conf', 'etc/mkinitcpio.conf.d/90-igdctl.conf',
                 'etc/default/grub.d/90-igdctl.cfg'):
        if (root.path / conf).is_file():
            machines.must('bash', '-n', root.path / conf)


def check_dracut(root):
    """dracut's own check for lists that lack a blank at an end."""
    conf, script = root.path / 'etc/dracut.conf.d/90-igdctl.conf', Path(shutil.which('dracut') or '/nowhere')
    if not conf.is_file() or not script.is_file():
        return
    found = re.search(r'^check_conf_file\(\) \{.*?^\}$', script.read_text(), re.M | re.S)
    want(found, 'this dracut checks no configuration')
    said = machines.must('bash', '-c', f'{found[0]}\ndwarn() {{ echo "$*"; }}\nddebug() {{ :; }}\ncheck_conf_file {conf}')
    want(not said.strip(), f'dracut: {said}')
    said = machines.must('bash', '-c', f'force_drivers=" xfs "; . {conf}; echo $force_drivers')
    want({'xfs', 'vfio_pci', 'vfio', 'vfio_iommu_type1'} <= set(said.split()), f'dracut would force {said}')


def check_units(root):
    """Only what systemd says of our own units: those of the distribution are not here."""
    units = [u for u in (root.path / 'etc/systemd/system').glob('*igdctl*') if u.suffix == '.service'] \
        if shutil.which('systemd-analyze') else []
    for unit in units:
        p = machines.run('systemd-analyze', 'verify', '--man=no', unit)
        program = re.search(r'^ExecStart=/(\S+)', unit.read_text(), re.M)[1]
        want(os.access(root.path / program, os.X_OK), f'{unit.name} starts /{program}, which is not there')
        said = [line for line in p.stderr.splitlines() if unit.name in line and f'Command /{program} is not' not in line]
        want(not said, '\n'.join(said))


def check_entries(root):
    """Boot Loader Specification: a key and its value a line; the files of an entry are there."""
    kind, where = root.m.boots
    if kind != 'entries':
        return
    for entry in (root.path / where / 'loader/entries').glob('*.conf'):
        for line in entry.read_text().splitlines():
            if not line.strip() or line.startswith('#'):
                continue
            key, _, value = line.partition(' ')
            want(re.fullmatch('[a-z_-]+', key) and value.strip(), f'{entry}: "{line}"')
            if key in ('linux', 'initrd') and not re.search('rescue|fallback', entry.name):
                machines.find_file(root, value.strip(), root.path / where)


def check_made(root):
    check_grub(root)
    check_modprobe(root)
    check_shells(root)
    check_dracut(root)
    check_units(root)
    check_entries(root)


# ---- the way there and back -----------------------------------------------------------------------------------------

def commands_of(t, root):
    """What apply would run: what the plan does, for each kernel where it says so, and what the guard's spare boot
    entry takes."""
    answer = json.loads(t.igdctl(root, 'apply', '-n', '--json', '--yes', '--dark'))
    lines = [' '.join(op['argv']) for op in answer['operations'] if op['kind'] == 'run']
    return [line.replace('%K', k) for line in lines for k in (sorted(root.m.releases) if '%K' in line else [''])]


def done_in(record):
    """Those that were run by us: the others are further to the right."""
    return [line for line in record if not line.startswith(' ')]


def to_the_end(t, root):
    """Apply and start the machine until nothing is left; what happened, for the golden file."""
    out, before = [], root.snapshot()
    for number in range(1, ROUNDS + 1):
        plan = t.igdctl.plan(root)
        want(not plan['refused'], json.dumps(plan['notes'], indent=1))
        told = [f'by hand: {n["text"]}' for n in plan['notes'] if n['kind'] == 'by-hand']
        if not plan['operations'] and not told:
            return out
        planned = commands_of(t, root)
        t.igdctl.apply(root)
        record, after = root.record_new(), root.snapshot()
        want(done_in(record) == planned, f'run: {record}\nplanned: {planned}')
        check_made(root)
        out += [f'--- apply, {number}'] + [f'$ {line}' for line in record] + difference(before, after)
        out += told
        t.igdctl.apply(root)
        same(after, root.snapshot(), 'the same plan twice')
        want(not root.record_new(), 'the same plan twice runs something')
        if root.name in BY_HAND:
            by_hand(root)
            after = root.snapshot()
        before, had = after, root.words
        root.boot()
        out.append(f'--- start: {" ".join([root.state] + [w for w in root.words if w not in had])}')
    raise Wrong('never done')


def by_hand(root):
    """What the owner is told to do."""
    kind, where = root.m.boots
    path = root.path / where
    if 'intel_iommu=on' not in path.read_text():
        path.write_text(re.sub(r'(rw quiet)', r'\1 intel_iommu=on', path.read_text()))


def entry_of(root):
    """What the next start takes, where each change makes a new deployment; else None."""
    if not root.m.deployments:
        return None
    words, image = machines.next_boot(root)
    return sorted(w for w in words if not w.startswith('ostree=')), image_parts(image.read_bytes())


def starts_as(root, entry):
    now = entry_of(root)
    want(entry == now, f'it would start with {now}, first it was {entry}')


def case_there_and_back(t, root):
    first, start = root.snapshot(), root.state
    entry, planned = entry_of(root), t.igdctl.plan(root)['operations']
    out = to_the_end(t, root)
    want(root.state == 'bound', f'vfio-pci has not the GPU: {root.state}, {" ".join(root.words)}')
    t.igdctl(root, 'verify')
    t.igdctl(root, 'verify', '--confirm')
    applied = root.snapshot()
    t.igdctl.revert(root)
    record, now = root.record_new(), root.snapshot()
    out += ['--- revert'] + [f'$ {line}' for line in record]
    if root.name in BY_HAND:
        first[root.m.boots[1]] = now[root.m.boots[1]]  # that the owner takes back
    same(first, now, 'after revert')
    starts_as(root, entry)
    check_made(root)
    root.boot()
    if root.name not in BY_HAND:
        want(root.state == start, f'after revert it starts as "{root.state}"')
        again = t.igdctl.plan(root)['operations']
        want(again == planned, f'planned first: {planned}\nafter revert: {again}')
    want(applied != now, 'nothing was applied')
    out.append(f'--- start: {root.state}')
    t.golden(root.name, out)


# ---- what goes wrong ----------------------------------------------------------------------------------------------

def at_binding(t, root):
    """The machine before the plan that binds: what makes the IOMMU come on is done."""
    if root.state == 'off':
        t.igdctl.apply(root)
        if root.name in BY_HAND:
            by_hand(root)
        root.boot()
        root.record_new()
        want(root.state == 'on', f'the IOMMU is not on: {root.words}')


def programs(plan):
    seen = []
    for op in plan['operations']:
        if op['kind'] == 'run' and op['argv'][0] not in seen:
            seen.append(op['argv'][0])
    return seen


def stages(t, root):
    """Both plans of a machine, each about to be applied: a copy of the machine and the plan."""
    yield root, t.igdctl.plan(root)
    if root.state == 'off':
        second = t.copy(root)
        at_binding(t, second)
        yield second, t.igdctl.plan(second)


def case_fails_once(t, root):
    """Exit 5: taken back, and the program, run again, has made everything as it was."""
    n = 0
    for stage, plan in stages(t, root):
        for program in programs(plan):
            r = t.copy(stage)
            before = r.snapshot()
            r.mood(program, 'fail-once')
            said = t.igdctl.apply(r, status=5)
            want(program in said, f'nothing says that {program} failed:\n{said}')
            put_back(r, program, before, f'{program} failed once')
            n += 1
    want(n, 'no program is run')


def case_fails_for_good(t, root):
    """Exit 6: files are as before, what is made is not; once the program is whole again, revert ends it. Exit 5 where
    the program had not made anything yet."""
    for stage, plan in stages(t, root):
        for program in programs(plan):
            r = t.copy(stage)
            before = r.snapshot()
            r.mood(program, 'fail')
            status, said = t.igdctl.any(r, 'apply', '--yes', '--dark')
            want(status in (5, 6), f'status {status}, wanted 5 or 6\n{said}')
            want('/var/lib/igdctl' in said, f'nothing says where the journal is:\n{said}')
            (r.path / 'var/lib/stand' / program).unlink()
            if status == 6:
                t.igdctl.revert(r, newest_change(r))
            put_back(r, program, before, f'{program} failed, was mended, revert')


def newest_change(root):
    return str(max(int(p.name) for p in (root.path / 'var/lib/igdctl/journal').iterdir()))


def case_forgets(t, root):
    """The program says all is well, and it is not: found out, taken back."""
    for stage, plan in stages(t, root):
        for program in programs(plan):
            if root.m.hidden and program == 'proxmox-boot-tool':
                continue  # its partitions are not mounted: nobody can look
            if program == 'sdbootutil' and stage is not root:
                continue  # images of older snapshots lie beside the new ones, so none is promised
            if program == 'kernel-install' and root.name in HOOKED and stage is not root:
                continue  # the hook has run it, for the image that was made before
            r = t.copy(stage)
            before = r.snapshot()
            entry = entry_of(r)
            r.mood(INNER.get((r.name, program)) or INNER.get(program) or program,
                   'forget' if program == 'rpm-ostree' else 'forget-once')
            said = t.igdctl.apply(r, status=5)
            want(re.search(r'intel_iommu|vfio|rd\.driver|igdctl\.conf', said), f'what is missing is not named:\n{said}')
            same(before, r.snapshot(), f'{program} forgot')
            starts_as(r, entry)


def case_missing(t, root):
    """Exit 4 and nothing changed: a program that will be needed is not there any more when the plan is applied."""
    for stage, plan in stages(t, root):
        for program in programs(plan):
            r = t.copy(stage)
            out = r.path / 'tmp/plan.json'
            t.igdctl(r, 'plan', '-o', str(out))
            for folder in ('usr/sbin', 'usr/bin'):
                (r.path / folder / program).unlink(missing_ok=True)
            before = r.snapshot()
            said = t.igdctl.apply(r, str(out), status=4)
            want(program in said, f'{program} is missing, and nothing says so:\n{said}')
            same(before, r.snapshot(), f'{program} is missing')
            want(not r.record_new(), 'something was run')


def case_changed_meanwhile(t, root):
    """A file changed between plan -o and apply PLAN."""
    out = root.path / 'tmp/plan.json'
    t.igdctl(root, 'plan', '-o', str(out))
    written = [op['target'].lstrip('/') for op in json.loads(out.read_text())['plan']['operations'] if op['kind'] == 'write']
    for path in written:
        r = t.copy(root)
        full = r.path / path
        full.parent.mkdir(parents=True, exist_ok=True)
        with open(full, 'a', encoding='utf-8') as f:
            f.write('# somebody was here\n')
        before = r.snapshot()
        said = t.igdctl.apply(r, str(r.path / 'tmp/plan.json'), status=4)
        want(path in said, f'/{path} is not named:\n{said}')
        same(before, r.snapshot(), 'a file changed meanwhile')
        want(not r.record_new(), 'something was run')
    r = t.copy(root)
    t.igdctl.apply(r, str(r.path / 'tmp/plan.json'))
    want(r.record_new() or not commands_of(t, root), 'the plan as it was is not carried out')


def case_fails_on_the_way_back(t, root):
    """A program that fails then keeps no other from its part; one that says all is well and makes nothing is found out
    at each try. Whatever is stopped and edited meanwhile is not called as before."""
    maker = {'debian-dracut': 'dracut', 'ubuntu-initramfs-tools': 'update-initramfs'}.get(root.name)
    if not maker:
        return
    to_the_end(t, root)
    newest = newest_change(root)
    r = t.copy(root)
    replaced(r, 'update-grub', 'exit 1')
    t.igdctl.revert(r, newest, status=6)
    want(any(line.split()[0] == maker for line in done_in(r.record_new())), f'{maker} was not run')
    r = t.copy(root)
    whole = replaced(r, maker, 'exit 0')
    for _ in range(2):
        said = t.igdctl.revert(r, newest, status=6)
        want('igdctl.conf' in said, f'it is not said what is still in the image:\n{said}')
    for path, text in whole.items():
        path.write_text(text)
    t.igdctl.revert(r, newest)
    r.boot()
    want(r.state != 'bound', 'it starts with vfio-pci all the same')
    log = root.path / f'var/lib/igdctl/journal/{int(newest):04}/log'
    log.write_text(''.join(re.findall(r'.*"kind": ?"(?:begin|do|did)".*\n', log.read_text())))
    with open(root.path / 'etc/modprobe.d/igdctl.conf', 'a', encoding='utf-8') as f:
        f.write('# mine\n')
    said = t.igdctl.revert(root, newest, status=3)
    want('as before' not in said and '/etc/modprobe.d/igdctl.conf: left' in said, f'what was kept is not told:\n{said}')


def replaced(root, program, line):
    """{path: what it was} of a program in whose place a script of one line is now."""
    paths = [p for p in (root.path / folder / program for folder in ('usr/sbin', 'usr/bin')) if p.exists()]
    whole = {p: p.read_text() for p in paths}
    for p in paths:
        p.write_text(f'#!/bin/sh\n{line}\n')
    return whole


def case_owner_edits(t, root):
    """Somebody edits a file of the owner's after apply: revert takes only ours."""
    path = OWNER.get(root.name)
    if not path:
        return
    twin = t.copy(root)
    to_the_end(t, root)
    for r in (root, twin):
        with open(r.path / path, 'a', encoding='utf-8') as f:
            f.write('# my own line\n')
    first = twin.snapshot()
    t.igdctl.revert(root)
    same({p: e for p, e in first.items() if not is_made(root, p)},
         {p: e for p, e in root.snapshot().items() if not is_made(root, p)}, 'after revert')


def case_entry_edited(t, root):
    """A word that the owner put into the boot entry by hand, and has not started yet, goes into /etc/kernel/cmdline,
    which the plan begins with what the entry says."""
    if root.name != 'debian-systemd-boot':
        return
    for entry in (root.path / 'boot/efi/loader/entries').glob('*.conf'):
        entry.write_text(re.sub('(?m)^(options .*)', r'\1 mitigations=off', entry.read_text()))
    t.igdctl.apply(root)
    said = (root.path / 'etc/kernel/cmdline').read_text()
    want('mitigations=off' in said, f'the word is lost: {said}')


def is_made(root, path):
    """Made from other files, or kept by the owner's own hand."""
    return bool(re.search(r'grub\.cfg$|initr|\.efi$|loader/entries', path)) or \
        (root.name in BY_HAND and path == root.m.boots[1])


def case_our_file_edited(t, root):
    """Somebody edits a file of ours that the newest change wrote: revert shows who wrote what and refuses;
    --keep-edits leaves that one alone, and tells that it still does what it did."""
    first = root.snapshot()
    to_the_end(t, root)
    written = [p for p, e in root.snapshot().items() if first.get(p) != e and not is_made(root, p) and e[3] is not None
               and b'igdctl' in e[3]]
    if not written:
        return
    path = sorted(written, key=lambda p: (p != 'etc/modprobe.d/igdctl.conf', p))[0]
    with open(root.path / path, 'a', encoding='utf-8') as f:
        f.write('# my own line\n')
    edited = root.snapshot()
    said = t.igdctl.revert(root, status=4)
    want(path in said and 'my own line' in said, f'the difference is not shown:\n{said}')
    same(edited, root.snapshot(), 'a refused revert')
    want(not root.record_new(), 'a refused revert runs something')
    said = t.igdctl.revert(root, '--keep-edits', status=3)
    want(f'Kept: /{path}' in said, f'it is not said what was kept:\n{said}')
    now = root.snapshot()
    want(now[path] == edited[path], f'/{path} was not kept')
    kept = {path} | {p for p in now if path.startswith(p + '/') and p not in first}
    same({p: e for p, e in first.items() if not is_made(root, p)},
         {p: e for p, e in now.items() if not is_made(root, p) and p not in kept}, 'after revert --keep-edits')


def case_spare_entry_without_its_kernel(t, root):
    """status tells of it: systemd-boot leaves such an entry out and says nothing."""
    if root.m.boots[0] != 'entries':
        return
    to_the_end(t, root)
    for spare in root.path.glob('**/loader/entries/igdctl-spare.conf'):
        t.igdctl(root, 'status')
        kernel = re.search(r'^linux\s+/(\S+)', spare.read_text(), re.M)[1]
        (spare.parents[2] / kernel).rename(root.path / 'tmp/kernel')
        said = t.igdctl(root, 'status', status=3)
        want('spare boot entry' in said and os.path.basename(kernel) in ' '.join(said.split()), f'not told:\n{said}')
        return
    want(root.name not in ('debian-systemd-boot', 'arch-systemd-boot'), 'there is no spare entry')


def case_vendors_command_line(t, root):
    """Without /etc/kernel/cmdline the distribution's own counts, which names no root file system."""
    ours, theirs = root.path / 'etc/kernel/cmdline', root.path / 'usr/lib/kernel/cmdline'
    if root.name != 'debian-uki':
        return
    ours.unlink()
    theirs.parent.mkdir(parents=True, exist_ok=True)
    theirs.write_text('# of the image\nro quiet\n')
    for release in root.m.releases:
        machines.must('chroot', root.path, 'kernel-install', 'add', release, f'/boot/vmlinuz-{release}', env=machines.PATH)
    first = root.snapshot()
    t.igdctl.apply(root)
    want(ours.read_text() == '# of the image\nro quiet intel_iommu=on\n', ours.read_text())
    want('intel_iommu=on' in machines.next_boot(root)[0], 'the images are without it')
    t.igdctl.revert(root)
    same(first, root.snapshot(), 'after revert')


def case_kernels_come_and_go(t, root):
    """A new kernel is installed while a change is in force, and the old ones are removed: nothing of ours is left in
    the new one's entry or image after revert, and no kernel that is gone keeps revert from its end."""
    if 'usr/bin/kernel-install' not in root.m.stands:
        return
    first, old, new = root.snapshot(), root.m.releases, '6.99.0-1'
    to_the_end(t, root)
    for path in ('boot/vmlinuz-', 'lib/modules/', 'boot/initrd.img-'):
        if (root.path / (path + old[0])).exists():
            (root.path / (path + old[0])).rename(root.path / (path + new))
    for place in ('boot/**/*', 'lib/modules/*'):
        for path in [p for p in root.path.glob(place) if any(r in p.name for r in old)]:
            machines.must('rm', '-rf', path)
    machines.must('depmod', '-b', root.path, new)
    image = next(p for p in (f'boot/vmlinuz-{new}', f'lib/modules/{new}/vmlinuz') if (root.path / p).is_file())
    machines.must('chroot', root.path, 'kernel-install', 'add', new, '/' + image, env=machines.PATH)
    root.record_new()
    t.igdctl.revert(root)
    want(any(new in line for line in root.record_new()), f'nothing was made anew for {new}')
    entries = ''.join(p.read_text() for p in root.path.glob('boot/**/loader/entries/*.conf'))
    for path in [p for p in root.path.glob('boot/**/*') if p.is_file() and new in str(p)]:
        if path.name == 'initrd' and f'{new}/initrd\n' not in entries:
            continue  # that kernel-install left, and nothing starts
        text = '\n'.join(image_parts(path.read_bytes()) or as_text(path.read_bytes()) or [])
        want(not re.search('intel_iommu|vfio|igdctl', text), f'{path} still holds ours:\n{text}')
    same({p: e for p, e in first.items() if p.startswith('etc/')},
         {p: e for p, e in root.snapshot().items() if p.startswith('etc/')}, 'after revert')


def case_snapshots_come(t, root):
    """Snapper makes a snapshot while a change is in force: its entries and images are not ours to judge or to change, and
    a start of it sees what it holds."""
    snapshot = re.search(r'rootflags=subvol=@/\.snapshots/(\d+)/snapshot', root.m.first_words)
    if not snapshot:
        return
    to_the_end(t, root)
    machines.must('chroot', root.path, 'sdbootutil', 'add-all-kernels', '43', env=machines.PATH)
    t.igdctl(root, 'verify')
    others = {p: e for p, e in root.snapshot().items() if re.search(r'/(snapper-.*|initrd)-4[23]', p)}
    want(len(others) == 4 * len(root.m.releases), f'entries and images of two snapshots: {sorted(others)}')
    cmdline = root.path / 'proc/cmdline'
    words = cmdline.read_text()
    for number, kept in ('43', True), ('42', False):
        cmdline.write_text(words.replace(snapshot[0], f'rootflags=subvol=@/.snapshots/{number}/snapshot'))
        status, said = t.igdctl.any(root, 'verify')
        want((status == 0) == kept and (kept or f'-{number}.conf' in said), f'in {number}: status {status}\n{said}')
    cmdline.write_text(words)
    t.igdctl.revert(root)
    now = root.snapshot()
    same(others, {p: now[p] for p in others if p in now}, 'of other snapshots, after revert')
    want('intel_iommu=on' not in machines.next_boot(root)[0], 'the running one still has ours')


def case_a_partition_that_is_gone(t, root):
    """proxmox-boot-tool passes over it and ends well: what it warned of is told."""
    uuids = root.path / 'etc/kernel/proxmox-boot-uuids'
    if not uuids.is_file():
        return
    uuids.write_text(uuids.read_text() + 'DEAD-0003\n')
    said = ' '.join(t.igdctl.apply(root).split())
    want('note: proxmox-boot-tool said: WARN' in said and 'DEAD-0003' in said, f'it is not told:\n{said}')


CASES = [(name[5:].replace('_', ' '), case) for name, case in list(globals().items()) if name.startswith('case_')]


# ---- all of them --------------------------------------------------------------------------------------------------

class Tests:
    def __init__(self, igdctl, update, where):
        self.igdctl, self.update, self.where = Program(igdctl), update, where
        self.copies, self.number, self.failed = 0, 0, 0
        self.modules = where / 'modules'
        machines.modules_folder(self.modules)

    def copy(self, root):
        self.copies += 1
        path = self.where / f'{root.name}-{self.copies}'
        machines.must('cp', '-a', root.path, path)
        return root.moved(path)

    def golden(self, name, lines):
        path = HERE / 'golden' / f'{name}.golden'
        text = '\n'.join(lines).replace(str(self.igdctl.path), '{igdctl}') + '\n'
        if self.update:
            path.write_text(text)
            return
        old = path.read_text() if path.is_file() else ''
        want(old == text, ''.join(difflib.unified_diff(old.splitlines(True), text.splitlines(True), f'golden/{name}.golden',
                                                       'now')))

    def case(self, root, name, case):
        self.number += 1
        first, failure = self.copies, None
        try:
            case(self, self.copy(root))
        except (Wrong, RuntimeError, OSError, KeyError, TypeError, IndexError, AttributeError, ValueError,
                subprocess.TimeoutExpired) as e:
            failure = str(e) if isinstance(e, (Wrong, RuntimeError)) else f'{type(e).__name__}: {e}'
        print(f'{"not ok" if failure else "ok"} {self.number} - {root.name}: {name}', flush=True)
        for line in (failure or '').splitlines():
            print('#', line.replace(str(self.where), ''))
        self.failed += failure is not None
        for n in range(first + 1, self.copies + 1):
            shutil.rmtree(self.where / f'{root.name}-{n}', ignore_errors=True)

    def root(self, name, cases):
        try:
            root = machines.Root(name, self.where / name, self.modules)
        except (RuntimeError, OSError, machines.mkroot.Bad) as e:
            self.number += 1
            self.failed += 1
            print(f'not ok {self.number} - {name}: made\n# {e}')
            return
        want_words = [w for w in root.m.first_words.split() if not w.startswith(('BOOT_IMAGE=', 'initrd='))]
        self.number += 1
        print(f'{"ok" if want_words == root.words else "not ok"} {self.number} - {name}: the stand-ins make what runs')
        self.failed += want_words != root.words
        for title, case in cases:
            self.case(root, title, case)
        shutil.rmtree(self.where / name, ignore_errors=True)


def may_chroot():
    return os.geteuid() == 0 and machines.run('chroot', '/', '/bin/true').returncode == 0


def main(argv):
    words = [a for a in argv[1:] if not a.startswith('--')]
    if not words:
        print(__doc__, file=sys.stderr)
        return 2
    if not may_chroot():
        if 'IGDCTL_UNSHARED' not in os.environ and machines.run('unshare', '-r', 'true').returncode == 0:
            os.environ['IGDCTL_UNSHARED'] = '1'
            os.execvp('unshare', ['unshare', '-r', sys.executable, '-B', *argv])
        print('1..0 # SKIP neither root nor a user namespace, so nothing can be run in a root folder')
        return 0
    for tool in ('busybox', 'depmod', 'modprobe', 'gcc', 'chroot'):
        if not shutil.which(tool):
            print(f'1..0 # SKIP {tool} is not installed')
            return 0
    names = words[1:] or sorted(p.stem for p in HERE.glob('*.recipe') if p.stem not in PARTS)
    only = [a[7:].replace('-', ' ') for a in argv if a.startswith('--case=')]
    cases = [c for c in CASES if not only or c[0] in only]
    memory = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None  # 9 MB a root, copied often
    with tempfile.TemporaryDirectory(prefix='igdctl-roots-', dir=os.environ.get('TMPDIR', memory)) as where:
        t = Tests(os.path.abspath(words[0]), '--update' in argv, Path(where))
        for name in names:
            t.root(name, cases)
    print(f'1..{t.number}')
    return 1 if t.failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
