# SPDX-License-Identifier: GPL-2.0-or-later
"""compare.py - two answers of igdctl held against each other, fact by fact, and the list of the differences that are
known.

A fact has a path: the keys of the JSON, with "/" between them; a member of a list is named by what names it in the
world (its address, its id, its devices), so that order and numbering do not count:

    host/igd/driver   host/pci/0000:00:14.0/reset_methods   host/iommu/groups/0000:00:02.0/type   mode/legacy

What the reference does not know is not asked for: there is nothing to differ from.
"""
import fnmatch
from pathlib import Path

NAMES = ('address', 'devices', 'path', 'name', 'mount', 'id')
UNKNOWN = ('unknown', 'not-run')
THERE = 'there'


def named(item):
    """By what a member of a list is known; None: it has no name."""
    for key in NAMES:
        value = item.get(key)
        if value:
            return str(value[0] if isinstance(value, list) else value)
    return None


def leaves(value, path):
    """(path, value) of all that is not an object or a list of named objects. A list without members is told by those
    that it does not have."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f'{path}/{key}')
    elif isinstance(value, list) and value and all(isinstance(i, dict) and named(i) for i in value):
        for item in value:
            yield f'{path}/{named(item)}', THERE
            yield from leaves(item, f'{path}/{named(item)}')
    elif value != []:
        yield path, value


def facts(answer):
    """Of inspect: what it says of the host, but not where it has read it."""
    return {p: v for p, v in leaves(answer['host'], 'host') if not p.endswith(('/from', '/devices'))}


def verdicts(answer):
    """Of check: one a finding and one a mode."""
    got = {f'finding/{f["id"]}': f['verdict'] for f in answer['findings']}
    got.update({f'mode/{m["mode"]}': ' '.join([m['verdict'], *m['by']]) for m in answer['modes']})
    return got


def differences(reference, got):
    """{path: (what the reference says, what is said here)}; only what the reference knows, and what fails here. What
    only one has is told once, not with all that it is; what is only here, where the reference has others of its
    kind."""
    found, lists = {}, {p.rpartition('/')[0] for p, v in reference.items() if v == THERE}
    for path, value in reference.items():
        here = got.get(path)
        if here != value and value is not None and (value not in UNKNOWN or here == 'fail'):
            found[path] = (value, here)
    for path, value in got.items():
        if value == THERE and path not in reference and path.rpartition('/')[0] in lists:
            found[path] = (None, value)
    absent = tuple(p + '/' for p, (there, here) in found.items() if there == THERE and here is None)
    return {p: v for p, v in found.items() if not p.startswith(absent)}


class Known:
    """A file of lines "REFERENCE PATH : REASON", # comments. Several REFERENCEs have commas between them; PATH may
    hold * and ?. A line that matches nothing any more has to go: so the list can only shrink."""

    def __init__(self, path):
        self.path, self.rows, self.used = Path(path), [], set()
        for n, line in enumerate(self.path.read_text().splitlines(), 1):
            if not line.strip() or line.startswith('#'):
                continue
            words, _, reason = line.partition(' : ')
            references, _, pattern = words.strip().partition(' ')
            if not pattern or not reason.strip():
                raise ValueError(f'{path}:{n}: not "REFERENCE PATH : REASON"')
            self.rows += [(n, r, pattern.strip()) for r in references.split(',')]

    def unknown(self, references, found):
        """Those of the differences @found that no line for one of these references explains, as texts."""
        left = []
        for path, (there, here) in sorted(found.items()):
            rows = [(n, r) for n, r, p in self.rows if r in references and fnmatch.fnmatchcase(path, p)]
            self.used.update(rows)
            if not rows:
                left.append(f'{references[0]} {path}: {there!r} there, {here!r} here')
        return left

    def unused(self, references):
        """The lines for these references that no difference needed."""
        return [f'{self.path.name}:{n}: "{r} {p}" differs no more; take it out' for n, r, p in self.rows
                if r in references and (n, r) not in self.used]
