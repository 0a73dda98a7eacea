#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Judge pasted hosts from public threads whose cause is known, and compare.

The hosts are not part of this project: IGDCTL_SHARED names the folder that holds corpus/hosts, one
folder a case. The table here says what each thread established: what a program must name from these
texts, and which blockers it may raise. Speaks TAP.

usage: hosts.py IGDCTL
"""
import json
import os
import subprocess
import sys

# case -> (catalogue ids to be named, ids of blockers that the thread confirms)
CASES = {
    '01': ('F11 F12 F13 F16 F40 F113', 'group.holds-host'),
    '03': ('F76 F120', ''),
    '05': ('F50', ''),
    '07': ('F70 F99', ''),
    '09': ('F17a F40', ''),
    '11': ('F121 F113', ''),
    '15': ('F75 F41', ''),
    '20': ('F136', ''),
    '21': ('F136', ''),
    '22': ('F03 F142 F134', ''),
    '29': ('F15', ''),
    '33': ('F06b', ''),
    '35': ('F80', ''),
    '37': ('F18', ''),
    '42': ('F25', ''),
    '45': ('F132', ''),
    '49': ('F120', ''),
    '53': ('F140', ''),
    '57': ('F138', ''),
    '65': ('F10', 'group.igd-shared'),
    '71': ('F20', ''),
    '72': ('F01 F51', 'vtd.no-dmar'),
    '73': ('F71 F72', ''),
    '75': ('F48 F49 F105', ''),
}


def shared_hosts():
    here = os.environ.get('IGDCTL_SHARED') or os.path.join(os.path.dirname(__file__), '..', '..', '..', 'shared')
    return os.path.join(here, 'corpus', 'hosts')


def main():
    igdctl, root = sys.argv[1], shared_hosts()
    if not os.path.isdir(root):
        print('1..0 # SKIP no corpus of hosts beside the source (IGDCTL_SHARED)')
        return 0
    cases = sorted(d for d in os.listdir(root) if os.path.isdir(os.path.join(root, d)))
    print(f'1..{len(cases)}')
    bad = 0
    for n, case in enumerate(cases, 1):
        wrong = judge(igdctl, os.path.join(root, case), *CASES.get(case[:2], ('', '')))
        bad += bool(wrong)
        print(f'{"not ok" if wrong else "ok"} {n} - {case}')
        for line in wrong:
            print(f'# {line}')
    return 1 if bad else 0


def judge(igdctl, path, must, may_block):
    run = subprocess.run([igdctl, 'check', '--json', path], capture_output=True, text=True, timeout=60)
    if run.returncode not in (0, 3):
        return [f'exit {run.returncode}: {run.stderr.strip()}']
    said = json.loads(run.stdout)
    fails = [f for f in said['findings'] if f['verdict'] == 'fail']
    wrong = [f'{c} is not named' for c in must.split() if c not in {f['catalog'] for f in fails}]
    wrong += [f'{f["id"]} blocks, which the thread refutes: {f["evidence"]}' for f in fails
              if f['severity'] == 'block' and f['id'] not in may_block.split()]
    return wrong


if __name__ == '__main__':
    sys.exit(main())
