#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""run.py - every test and every gate, counted.

    tests/run.py                 all of it; what `make check` runs
    tests/run.py --list          the names of the steps
    tests/run.py STEP...         some of them ("tests", "clang-tidy"); "rigs" is one only by name: make check-rigs

Prints one line a step, then each failure whole, then each skip with its reason, and as the last line
exactly "N passed, N failed, N skipped". Exit status 0 only when something passed and nothing failed.

A tool that is missing makes its step a skip; with CI set in the environment it makes it a failure. A
step that finds nothing to do (no test, no source file) fails: an empty gate is an open one.
"""
import argparse
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
BUILD = TOP / 'build-check'
PYTHON = '/usr/bin/python3' if os.path.exists('/usr/bin/python3') else sys.executable
JOBS = str(os.cpu_count() or 2)
CLANG_FORMAT = '14'  # bookworm's; versions differ in what they call formatted

PASS, FAIL, SKIP = 'passed', 'failed', 'skipped'


class Missing(Exception):
    """A tool that the step needs is not here."""


class Result:
    def __init__(self, name, status, text=''):
        self.name, self.status, self.text = name, status, text.strip('\n')


def need(*names):
    """The first of these commands that is there."""
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    raise Missing(f'{names[0]} is not installed')


def run(*args, cwd=TOP, env=None):
    """(exit status, everything it said)."""
    p = subprocess.run([str(a) for a in args], cwd=cwd, text=True, errors='replace', stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, env={**os.environ, **(env or {})})
    return p.returncode, p.stdout


def gate(name, *args):
    """A command whose exit status is the verdict."""
    status, said = run(*args)
    return [Result(name, PASS if status == 0 else FAIL, said)]


def sources(*patterns):
    """The files under version control (outside of a checkout: those there) that match."""
    status, said = run('git', 'ls-files', '--cached', '--others', '--exclude-standard')
    names = said.split('\n') if status == 0 else [
        str(p.relative_to(TOP)) for d in ('src', 'efi', 'tests', 'bench', 'tools', '.ci') for p in (TOP / d).rglob('*')]
    names = sorted(n for n in names if any(fnmatch.fnmatch(n, p) for p in patterns) and (TOP / n).is_file())
    if not names:
        raise RuntimeError(f'no file matches {", ".join(patterns)}')
    return names


# ---- builds -----------------------------------------------------------------------------------------

def configure(where, compiler, options):
    """Set the build up; from scratch when the last one was asked for in other words."""
    stamp = where / 'asked-for'
    asked = ' '.join([compiler, *options])
    if (where / 'build.ninja').exists() and stamp.exists() and stamp.read_text() == asked:
        return 0, ''
    shutil.rmtree(where, ignore_errors=True)
    status, said = run('meson', 'setup', where, *options, env={'CC': compiler})
    if status == 0:
        stamp.write_text(asked)
    return status, said


def build(name, where, compiler, *options):
    need('meson'), need('ninja')
    status, said = configure(where, need(compiler), ['-Dwerror=true', '-Dtests=enabled', *options])
    if status == 0:
        status, said = run('ninja', '-C', where, '-k', '0')
        said = '\n'.join(t for t in said.splitlines() if not re.match(r'\[\d+/\d+\] ', t))
    return [Result(name, PASS if status == 0 else FAIL, said)]


def step_gcc():
    return build('build with gcc, ASan, UBSan, warnings as errors', BUILD / 'gcc', 'gcc',
                 '-Db_sanitize=address,undefined', '-Dc_args=-fno-sanitize-recover=all')


def has_option(name):
    return f"option('{name}'" in (TOP / 'meson_options.txt').read_text()


def step_clang():
    # Without sanitizers, so that check-pure.py sees the code's own symbols; with the fuzz targets.
    fuzz = ['-Dfuzz=true'] if has_option('fuzz') else []
    return build('build with clang, warnings as errors', BUILD / 'clang', 'clang', '-Db_lundef=false', *fuzz)


# ---- tests ------------------------------------------------------------------------------------------

TAP = re.compile(r'^(ok|not ok)\b\s*(\d+)?\s*-?\s*(.*?)\s*(?:#\s*(SKIP|T[O]DO)\S*\s*(.*))?$', re.I)


def tap(program, text, returncode, stderr):
    """The results of one program's TAP. What it printed since the line before explains a failure or a skip."""
    results, talk, plan = [], [], None
    for line in text.splitlines():
        m = TAP.match(line)
        if re.match(r'^1\.\.\d+', line):
            plan = (plan or 0) + int(line[3:].split()[0])
        elif not m:
            talk.append(line)
            if line.startswith('  ') and results and results[-1].status == FAIL:
                results[-1].text += '\n' + line  # TAP's own block after a failure
        else:
            ok, _, name, directive, reason = m.groups()
            said = '\n'.join(re.sub('^# ?', '', t) for t in talk if t.strip())
            talk = []
            if directive and directive.upper() == 'SKIP':
                name, reason = (name, reason) if name else (reason, '')
                results.append(Result(f'{program}: {name}', SKIP, reason or said or 'gives no reason'))
            else:
                results.append(Result(f'{program}: {name}', PASS if ok == 'ok' else FAIL, said if ok != 'ok' else ''))
    failed = any(r.status == FAIL for r in results)
    whole = re.search(r'^1\.\.0\s*# SKIP\s*(.*)', text, re.M | re.I)
    if whole and not results:
        results.append(Result(program, SKIP, whole[1] or 'gives no reason'))
    elif not plan or plan != len(results):
        results.append(Result(program, FAIL, f'{len(results)} results, planned {plan}, exit status {returncode}\n'
                              + '\n'.join(talk) + '\n' + stderr))
    elif returncode != 0 and not failed:
        results.append(Result(program, FAIL, f'exit status {returncode} though no test failed\n{stderr}'))
    elif failed and stderr.strip():
        next(r for r in results if r.status == FAIL).text += '\nstderr:\n' + stderr
    return results


def meson_test(*which):
    where = BUILD / 'gcc'
    if not (where / 'build.ninja').exists():
        step_gcc()
    log = where / 'meson-logs' / 'testlog.json'
    log.unlink(missing_ok=True)
    status, said = run('meson', 'test', '-C', where, '--no-rebuild', '--quiet', *which)
    if not log.exists():
        return [Result('tests', FAIL, said or 'no log of the tests')]
    results = []
    for line in log.read_text(errors='replace').splitlines():
        t = json.loads(line)
        results += tap(t['name'].split(' / ')[-1], t.get('stdout') or '', t.get('returncode', 1),
                       t.get('stderr') or '')
    if not results:
        results.append(Result('tests', FAIL, 'no test found\n' + said))
    return results


def step_tests():
    return meson_test('--no-suite', 'rigs')


def step_rigs():
    return meson_test('--suite', 'rigs')


# ---- gates ------------------------------------------------------------------------------------------

def step_source():
    return gate('SPDX lines and finished sentences', PYTHON, 'tools/check-source.py')


def step_includes():
    return gate('who includes whom; each header first and alone', PYTHON, 'tools/check-includes.py', need('gcc'))


def step_format():
    tool = need(f'clang-format-{CLANG_FORMAT}', 'clang-format')
    version = re.search(r'version (\d+)', run(tool, '--version')[1])
    if not version or version[1] != CLANG_FORMAT:
        raise Missing(f'clang-format {CLANG_FORMAT} is not here, only {version[1] if version else "another"}')
    return gate('clang-format', tool, '--dry-run', '-Werror', *sources('*.c', '*.h'))


def step_pure():
    need('nm')
    return gate('the pure folders do no input or output', PYTHON, 'tools/check-pure.py', BUILD / 'clang')


def step_tidy():
    tool = need('clang-tidy-14', 'clang-tidy')
    return gate('clang-tidy', PYTHON, 'tools/tidy.py', tool, BUILD / 'clang', *sources('src/*.c', 'efi/*.c', 'bench/*.c'))


def step_cppcheck():
    return gate('cppcheck', need('cppcheck'), '--quiet', '--error-exitcode=1', '-j', JOBS, '--std=c11',
                '--inline-suppr', '--enable=warning,performance,portability', '--suppressions-list=tools/cppcheck.supp',
                '--library=gnu', '-D_GNU_SOURCE', '-D__GNUC__=12', '-DIGDCTL_VERSION=""', '-Isrc', '-Iefi', 'src', 'efi', 'bench')


def step_shell():
    return gate('bash -n', 'bash', '-n', *sources('.ci/run', 'tools/deps', '*.sh'))


STEPS = {
    'source': step_source,
    'format': step_format,
    'shell': step_shell,
    'gcc': step_gcc,
    'tests': step_tests,
    'includes': step_includes,
    'clang': step_clang,
    'pure': step_pure,
    'clang-tidy': step_tidy,
    'cppcheck': step_cppcheck,
}
ONLY_BY_NAME = {'rigs': step_rigs}


def perform(name):
    try:
        return {**STEPS, **ONLY_BY_NAME}[name]()
    except Missing as e:
        status, why = (FAIL, ' (and this is CI)') if os.environ.get('CI') else (SKIP, '; tools/deps install check')
        return [Result(name, status, f'{e}{why}')]
    except (OSError, RuntimeError, ValueError) as e:
        return [Result(name, FAIL, f'{type(e).__name__}: {e}')]


def count(results, status):
    return sum(r.status == status for r in results)


def summary(results):
    parts = [f'{count(results, s)} {s}' for s in (PASS, FAIL, SKIP) if count(results, s)]
    return ', '.join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', 1)[0])
    parser.add_argument('--list', action='store_true', help='the names of the steps')
    parser.add_argument('step', nargs='*')
    args = parser.parse_args()
    if args.list:
        print('\n'.join([*STEPS, *ONLY_BY_NAME]))
        return 0
    unknown = set(args.step) - set(STEPS) - set(ONLY_BY_NAME)
    if unknown:
        parser.error(f'no such step: {", ".join(sorted(unknown))}')

    results = []
    for name in args.step or STEPS:
        print(f'{name:<12}', end='', flush=True)
        begin = time.monotonic()
        got = perform(name) or [Result(name, FAIL, 'found nothing to do')]
        results += got
        print(f'{summary(got)}  ({time.monotonic() - begin:.1f} s)', flush=True)
    for r in results:
        if r.status == FAIL:
            print(f'\nFAILED  {r.name}\n' + '\n'.join('    ' + t for t in r.text.splitlines()))
    reasons = {}
    for r in results:
        if r.status == SKIP:
            reasons.setdefault(r.text, []).append(r.name)
    for reason, names in reasons.items():
        print(f'\nskipped {len(names)}: {reason}\n' + '\n'.join('    ' + n for n in names))
    print(f'\n{count(results, PASS)} passed, {count(results, FAIL)} failed, {count(results, SKIP)} skipped')
    return 0 if count(results, PASS) and not count(results, FAIL) else 1


if __name__ == '__main__':
    sys.exit(main())
