#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The gates and the runner trip on what they are there for. Prints TAP.

    gates-test.py SOURCE-ROOT
"""
import importlib.util
import sys
import tempfile
from pathlib import Path

TOP = Path(sys.argv[1])


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem.replace('-', '_'), path)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


run = load(TOP / 'tests' / 'run.py')
cli = load(TOP / 'tests' / 'cli' / 'run.py')
source = load(TOP / 'tools' / 'check-source.py')
includes = load(TOP / 'tools' / 'check-includes.py')
pure = load(TOP / 'tools' / 'check-pure.py')


def statuses(*args):
    return [r.status for r in run.tap('t', *args)]


def tap_counts_each_result():
    assert statuses('1..2\nok 1 - a\nok 2 - b\n', 0, '') == ['passed', 'passed']


def tap_fails_a_failure():
    assert statuses('1..2\nok 1 - a\nnot ok 2 - b\n', 1, '') == ['passed', 'failed']


def tap_fails_a_missing_result():
    assert statuses('1..3\nok 1 - a\n', 0, '') == ['passed', 'failed']


def tap_fails_output_without_results():
    assert statuses('', 0, '') == ['failed']


def tap_fails_an_exit_status_alone():
    assert statuses('1..1\nok 1 - a\n', 1, 'ERROR: LeakSanitizer') == ['passed', 'failed']


def tap_may_skip_a_program_but_not_be_empty():
    (r,) = run.tap('t', '1..0 # SKIP no iasl\n', 0, '')
    assert (r.status, r.text) == ('skipped', 'no iasl')
    assert statuses('1..0\n', 0, '') == ['failed']


def tap_keeps_the_reason_of_a_skip():
    for text in ('# no corpus\nnot ok 1 # SKIP name\n', 'ok 1 - name # SKIP no corpus\n'):
        (r,) = run.tap('t', '1..1\n' + text, 0, '')
        assert (r.status, r.name, r.text) == ('skipped', 't: name', 'no corpus'), (r.status, r.name, r.text)


def tap_keeps_what_explains_a_failure():
    (r,) = run.tap('t', '1..1\n# 1 != 2\nnot ok 1 - a\n', 1, '')
    assert '1 != 2' in r.text


def a_missing_tool_is_a_failure_in_ci():
    def step():
        raise run.Missing('no such tool')
    run.STEPS['broken'] = step
    run.os.environ.pop('CI', None)
    assert run.perform('broken')[0].status == 'skipped'
    run.os.environ['CI'] = 'true'
    assert run.perform('broken')[0].status == 'failed'


def cli_lines():
    assert cli.lines_match(['a', '...', 'c *'], ['a', 'b', 'b', 'c d'])
    assert cli.lines_match(['a', '...'], ['a'])
    assert cli.lines_match(['\\$ x', '\\'], ['$ x', ''])
    assert cli.lines_match(['a \\* b'], ['a * b'])
    assert not cli.lines_match(['a'], ['a', 'b'])
    assert not cli.lines_match(['a', 'b'], ['a'])
    assert not cli.lines_match(['a', '...', 'c'], ['a', 'b'])
    assert not cli.lines_match([], ['a'])
    assert not cli.lines_match(['a \\* b'], ['a x b'])


def cli_wrong_answers():
    places = {'tmp': TOP, 'hosts': TOP}
    for line, wants in (('true', ['exit 1']), ('false', []), ('echo a', []), ('echo a', ['b']), ('echo a', ['has b']),
                        ('echo a', ['hasnt a']), ('ls /nonexistent', ['exit 2']), ('echo a', ['json x 1']),
                        ('echo \'{"x":2}\'', ['json x 1']), ('echo \'{"x":2}\'', ['json y 1'])):
        c = cli.Command(line, 1)
        for w in wants:
            c.take(w)
        try:
            cli.perform(c, '/bin/false', places, None)
        except cli.Wrong:
            continue
        raise AssertionError(f'{line} with {wants} was let through')


def cli_session():
    with tempfile.TemporaryDirectory() as tmp:
        doc = Path(tmp, 'a.md')
        doc.write_text('x\n<!-- session -->\n    $ echo "* a"\n    * a\n\n    $ seq 9\n    1\n    ...\n    9\n'
                       '<!-- /session -->\n')
        (case,) = cli.cases(doc)
        for c in case.commands:
            cli.perform(c, '/bin/false', {'tmp': TOP, 'hosts': TOP}, None)
        assert [c.out for c in case.commands] == [['\\\\* a'], ['\\1', '...', '\\9']]


def source_complaints():
    spdx = b'// SPDX-License-Identifier: GPL-2.0-or-later\n'
    assert not list(source.complaints('src/a.c', spdx + b'int a;\n'))
    for bad in (b'int a;\n', spdx + b'int a; \n', spdx + b'int a;', spdx + b'int a;\r\n', spdx + b'\xff\n',
                spdx + b'/* TO' b'DO */\n', b'// SPDX-License-Identifier: MIT\n'):
        assert list(source.complaints('src/a.c', bad)), bad
    for name in ('efi/a.c', 'tests/efi/a.c'):
        assert list(source.complaints(name, spdx + b'int a;\n')), name
        assert not list(source.complaints(name, b'// SPDX-License-Identifier: BSD-2-Clause\nint a;\n')), name


def include_complaints():
    with tempfile.TemporaryDirectory() as tmp:
        includes.SRC = Path(tmp)
        for name, text in (('base/a.h', ''), ('fw/b.h', '#include "base/a.h"\n'), ('fw/b.c', '#include "fw/b.h"\n')):
            path = includes.SRC / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            assert not list(includes.complaints(path)), name
        for name, text in (('base/c.c', '#include "fw/b.h"\n'), ('fw/b.c', '#include <stdio.h>\n#include "fw/b.h"\n'),
                           ('fw/c.c', '#include "b.h"\n'), ('fw/c.c', '#include <base/a.h>\n'), ('other/d.c', '')):
            path = includes.SRC / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            assert list(includes.complaints(path)), (name, text)


def include_complaints_of_the_drivers():
    with tempfile.TemporaryDirectory() as tmp:
        for name, text in (('a.h', ''), ('a.c', '#include "a.h"\n#include <stddef.h>\n#include "made.inc"\n')):
            path = Path(tmp, name)
            path.write_text(text)
            assert not list(includes.efi_complaints(path)), name
        for text in ('#include "base/span.h"\n', '#include <stdio.h>\n', '#include <stddef.h>\n#include "a.h"\n'):
            path.write_text(text)
            assert list(includes.efi_complaints(path)), text


def pure_trespasses():
    objects = {'a.o': ({'a'}, {'b', 'memcpy'}), 'b.o': ({'b'}, {'strlen'}), 'c.o': ({'c'}, {'open'})}
    assert pure.trespasses(objects, ['a.o']) == ([], 2)
    objects['b.o'][1].add('c')
    assert pure.trespasses(objects, ['a.o'])[0] == ['open is used by c <- b <- a']
    assert pure.trespasses(objects, ['a.o'], {'c.o'}) == ([], 2)


TESTS = [tap_counts_each_result, tap_fails_a_failure, tap_fails_a_missing_result, tap_fails_output_without_results,
         tap_fails_an_exit_status_alone, tap_may_skip_a_program_but_not_be_empty, tap_keeps_the_reason_of_a_skip,
         tap_keeps_what_explains_a_failure,
         a_missing_tool_is_a_failure_in_ci, cli_lines, cli_wrong_answers, cli_session, source_complaints,
         include_complaints, include_complaints_of_the_drivers, pure_trespasses]

print(f'1..{len(TESTS)}')
failed = 0
for n, test in enumerate(TESTS, 1):
    try:
        test()
        print(f'ok {n} - {test.__name__}')
    except Exception as e:  # whatever it is, it is this test's failure
        failed += 1
        print(f'# {type(e).__name__}: {e}\nnot ok {n} - {test.__name__}')
sys.exit(1 if failed else 0)
