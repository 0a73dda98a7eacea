#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""run.py IGDCTL FILE.test... - commands and what they must answer, as TAP.

A file is a list of cases, a blank line between them:

    # a mistake gets one line              the case's name (the lines above its first command)
    $ igdctl frobnicate                    a command: split as a shell would, but no shell runs it
    exit 2                                 its exit status; 0 when not given
    err no command "frobnicate"            a pattern (regular expression) that stderr must hold; may repeat.
                                           Without one stderr must stay empty; "err" alone: anything goes
    the first line of stdout               what stdout must be, line by line:
    group 7 *                              ... * stands for anything in a line,
    ...                                    ... and a line "..." for any number of lines
    has 00:1f.6                            stdout holds this text somewhere; may repeat; then lines are optional
    hasnt blacklist                        ... and does not hold this
    schema inspect                         each line (or the whole) of stdout is JSON that docs/schema/inspect.json
                                           allows
    json host.igd.id "8086:3e92"           and holds this value at this path. A step is a name, "a name with dots",
                                           [0], [id=vtd.no-dmar], or # for how many there are; [0] is the first line
                                           where stdout has several
    like input source                      the JSON is that of the command before, but for these paths
    unchanged NAME                         the root {tmp}/NAME holds what it held at first: each file, its bytes, mode
                                           and owner, but for the journal and the stand-in's /ran

A stdout line that looks like one of these words, begins with "$" or "#", or is empty, is written with a
backslash before it; \\* is a star. A case may hold several commands, one after the other.

In commands {hosts} is tests/hosts, {shared} the folder of real inputs, {tmp} a fresh folder of the case, {empty} an
empty one, {build} the build folder, {igdctl} the program. Before a command, "file NAME" writes the lines that follow,
each after "| ", to {tmp}/NAME; "make RECIPE NAME" builds tests/hosts/RECIPE.recipe below {tmp}/NAME. {hostile} has
the roots of tests/hosts/hostile.py, the same for all cases. "put PROGRAM PATH" copies a program of the build's
tests/cli (stand-in.c says what it does) to {tmp}/PATH. "stdin NAME" after a command feeds it {tmp}/NAME. Other
programs may be run too, as "$ ls {tmp}"; python3 is the one that runs this. A case that speaks of {shared} is skipped
where there is none.

Of a FILE.md the text between "<!-- session -->" and "<!-- /session -->" is one case: indented by four blanks,
"$ igdctl ..." and what it answers, with "..." for lines left out. So an example in the documentation stays true.
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(os.environ.get('IGDCTL_SOURCE') or Path(__file__).resolve().parent.parent.parent)
SHARED = Path(os.environ.get('IGDCTL_SHARED') or SOURCE.parent / 'shared')
TIMEOUT = 60  # seconds; a command that waits for somebody is a failure


class Wrong(Exception):
    """The answer is not the wanted one."""


class Skip(Exception):
    """The case cannot run here."""


class Command:
    def __init__(self, line, at):
        self.line, self.at = line, at
        self.status, self.err, self.out, self.has, self.hasnt, self.schema, self.json = 0, [], [], [], [], None, []
        self.like, self.stdin, self.unchanged = None, None, []

    def take(self, line):
        word, _, rest = line.partition(' ')
        if word == 'exit':
            self.status = int(rest)
        elif word in ('err', 'has', 'hasnt', 'json', 'unchanged'):
            getattr(self, word).append(rest)
        elif word in ('schema', 'stdin'):
            setattr(self, word, rest)
        elif word == 'like':
            self.like = rest.split()
        else:
            self.out.append(line)


class Case:
    def __init__(self, at):
        self.at, self.name, self.commands, self.files, self.makes, self.puts = at, '', [], [], [], []

    def add(self, line, at):
        if line.startswith('# ') and not self.commands:
            self.name = f'{self.name} {line[2:]}'.strip()
        elif line.startswith('$ '):
            self.commands.append(Command(line[2:], at))
        elif line.startswith('| ') or line == '|':
            self.files[-1][1].append(line[2:])
        elif line.startswith('file '):
            self.files.append((line[5:], []))
        elif line.startswith('put ') and not self.commands:
            self.puts.append(line[4:].split())
        elif line.startswith('make ') and not self.commands:
            recipe, name = line[5:].split()
            self.makes.append((f'{recipe}.recipe', name))
        elif self.commands:
            self.commands[-1].take(line)
        else:
            raise ValueError(f'line {at}: "{line}" stands before any command')


# Words of a document's commands that stand for files of its reader: a vendor's download, the distribution's OVMF, and
# what comes out of them. Those that are there before are made by tests/images/make.py.
READERS = {'download.zip', 'rom', 'rom/gop.efi', 'rom/vbt.bin', 'rom/vbios.rom', 'igd.rom', 'OVMF_CODE_4M.fd', 'igd.fd'}
MADE = {'download.zip': 'download', 'OVMF_CODE_4M.fd': 'ovmf'}


def session(path):
    """The one case of a document: what it shows must be what is printed. Any status but that of a failure will do."""
    text = path.read_text().split('<!-- session -->')[1].split('<!-- /session -->')[0]
    case = Case(1)
    case.name = f'the session in {path.name}'
    for line in text.strip('\n').split('\n'):
        line = line.removeprefix('    ')
        if line.startswith('$ '):
            case.commands.append(Command(line[2:], 1))
            case.commands[-1].status, case.commands[-1].err = None, ['']
        elif case.commands:
            case.commands[-1].out.append(line if line == '...' else '\\' + line.replace('*', '\\*'))
    if not case.commands:
        raise ValueError(f'{path.name} shows no command between its session marks')
    for c in case.commands:
        while c.out and c.out[-1] == '\\':
            c.out.pop()
    yield case


def cases(path):
    if path.suffix == '.md':
        yield from session(path)
        return
    case = None
    for at, line in enumerate(path.read_text().splitlines() + [''], 1):
        if line == '':
            if case and case.commands:
                yield case
            elif case and case.name and case.files:
                raise ValueError(f'line {case.at}: a case without a command')
            case = None
        else:
            case = case or Case(at)
            case.add(line, at)


def pattern(line):
    """A wanted line as a regular expression."""
    if line.startswith('\\') and not line.startswith('\\*'):
        line = line[1:]
    return ''.join('.*' if p == '*' else re.escape(p.replace('\\*', '*')) for p in re.split(r'(?<!\\)(\*)', line))


def lines_match(wanted, got):
    """Do the lines match, "..." taking any number of them? The usual two rows of a table."""
    ways = {0}
    for w in wanted:
        if w == '...':
            ways = set(range(min(ways), len(got) + 1)) if ways else ways
        else:
            p = re.compile(pattern(w) + r'\Z')
            ways = {i + 1 for i in ways if i < len(got) and p.match(got[i])}
    return len(got) in ways


def validator(name):
    try:
        import jsonschema
    except ImportError:
        raise Skip('python3-jsonschema is not installed')
    schema = json.loads((SOURCE / 'docs' / 'schema' / f'{name}.json').read_text())
    cls = jsonschema.validators.validator_for(schema)
    cls.check_schema(schema)
    return cls(schema)


def step_into(value, step):
    if step == '#':
        return len(value)
    if step.startswith('"'):
        return value[step[1:-1]]
    if step.startswith('['):
        key, eq, want = step[1:-1].partition('=')
        if not eq:
            return value[int(key)]
        return next(v for v in value if str(v[key]) == want)
    return value[step]


WANT = re.compile(r'((?:"[^"]*"|\[[^\]]*\]|[^ "\[])+) (.*)')
STEP = re.compile(r'"[^"]*"|\[[^\]]*\]|[^.\[\]"]+')


def json_at(value, path):
    for step in STEP.findall(path):
        try:
            value = step_into(value, step)
        except (KeyError, IndexError, StopIteration, TypeError):
            raise Wrong(f'JSON has no {path} (stopped at {step})')
    return value


def documents(text):
    """JSON on stdout: one object, or one a line."""
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(t) for t in text.splitlines() if t.strip()]


def differences(a, b, path=''):
    """Paths at which two values differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted({*a, *b}):
            below = f'{path}.{key}' if path else key
            if key not in a or key not in b:
                yield below
            else:
                yield from differences(a[key], b[key], below)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for n, (x, y) in enumerate(zip(a, b)):
            yield from differences(x, y, f'{path}[{n}]')
    elif a != b or type(a) is not type(b):
        yield path


def check_like(c, docs, before):
    if len(docs) != len(before):
        raise Wrong(f'{len(docs)} documents, not {len(before)}')
    found = {p for a, b in zip(docs, before) for p in differences(a, b)}
    if found - set(c.like):
        raise Wrong(f'differs from the command before in {", ".join(sorted(found - set(c.like)))}')


def check_json(c, out, before):
    try:
        docs = documents(out)
    except ValueError as e:
        raise Wrong(f'stdout is not JSON: {e}')
    if c.schema:
        v = validator(c.schema)
        for d in docs:
            for e in v.iter_errors(d):
                at = '/'.join(map(str, e.absolute_path))
                raise Wrong(f'not as docs/schema/{c.schema}.json wants: {at}: {e.message}')
    if c.like is not None:
        check_like(c, docs, documents(before))
    for want in c.json:
        path, text = WANT.fullmatch(want).groups()
        got = json_at(docs[0] if len(docs) == 1 else docs, path)
        if got != json.loads(text) or isinstance(got, bool) != isinstance(json.loads(text), bool):
            raise Wrong(f'{path} is {json.dumps(got)}, not {text}')


def check_err(c, err):
    if not c.err and err:
        raise Wrong('stderr should be empty')
    for p in c.err:
        if not re.search(p, err, re.M):
            raise Wrong(f'stderr does not hold: {p}')


def check_out(c, out, before):
    for text in c.has:
        if text not in out:
            raise Wrong(f'stdout does not hold: {text}')
    for text in c.hasnt:
        if text in out:
            raise Wrong(f'stdout holds: {text}')
    if c.schema or c.json or c.like is not None:
        check_json(c, out, before)
    elif (c.out or not c.has and not c.hasnt) and not lines_match(c.out, out.splitlines()):
        raise Wrong('stdout is not as wanted:\n' + '\n'.join('  | ' + w for w in c.out))


def perform(c, igdctl, places, before):
    """Run one command and answer what it printed; @before is what the one before it did."""
    line = c.line
    for name, where in places.items():
        line = line.replace('{' + name + '}', str(where))
    args = shlex.split(line)
    if c.status is None:  # a document's: what its reader has beside the source is made in a folder of its own
        args = args[:2] + [str(places['tmp'] / a) if a in READERS else a for a in args[2:]]
    if args[0] == 'igdctl':
        args[0] = igdctl
    elif args[0] == 'python3':
        args[0] = sys.executable
    with open(places['tmp'] / c.stdin if c.stdin else os.devnull, 'rb') as stdin:
        p = subprocess.run(args, cwd=SOURCE, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           errors='replace', timeout=TIMEOUT, check=False,
                           env={**os.environ, 'NO_COLOR': '1', 'LC_ALL': 'C.UTF-8', 'COLUMNS': '120', 'PAGER': 'cat'})
    out, err = (t.replace(str(places['tmp']), '{tmp}').replace(str(places['hosts']), '{hosts}')
                for t in (p.stdout, p.stderr))
    try:
        if c.status is None:
            if p.returncode not in (0, 3, 4):  # done, findings, refused
                raise Wrong(f'exit status {p.returncode}')
            out = '\n'.join(t.rstrip() for t in out.rstrip().splitlines())  # no blanks at line ends in documents
            out = out.replace('{tmp}/', '')
        elif p.returncode != c.status:
            raise Wrong(f'exit status {p.returncode}, not {c.status}')
        check_err(c, err)
        check_out(c, out, before)
    except Wrong as e:
        said = [f'line {c.at}: $ {c.line}', str(e), 'stdout:', *('  ' + t for t in out.splitlines()[:200]), 'stderr:',
                *('  ' + t for t in err.splitlines()[:50])]
        raise Wrong('\n'.join(said)) from e
    return out


def files_of(root):
    """What a root holds: of each name below it the kind, mode, owner and bytes."""
    found = {}
    for folder, names, files in os.walk(root):
        here = Path(folder).relative_to(root)
        if str(here) in ('.', 'var/lib'):
            names[:] = [n for n in names if n not in ('sys', 'proc', 'igdctl')]
        for name in names + files:
            path = Path(folder, name)
            st = path.lstat()
            what = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
            found[str(here / name)] = (st.st_mode, st.st_uid, st.st_gid, what)
    found.pop('ran', None)
    return found


def check_unchanged(c, places, roots):
    for name in c.unchanged:
        now = files_of(places['tmp'] / name)
        for path in sorted({*now, *roots[name]}):
            if now.get(path) != roots[name].get(path):
                raise Wrong(f'line {c.at}: $ {c.line}\n{name}/{path} is not as at first: '
                            f'{roots[name].get(path)} became {now.get(path)}')


def build(tool, *args):
    p = subprocess.run([sys.executable, '-B', SOURCE / 'tests' / 'hosts' / tool, *args], text=True,
                       stderr=subprocess.PIPE, timeout=TIMEOUT, check=False)
    if p.returncode:
        raise Wrong(f'{tool}: {p.stderr.strip()}')


def run_case(case, igdctl, hostile):
    if any('{shared}' in c.line for c in case.commands) and not SHARED.is_dir():
        raise Skip('no folder of real inputs (IGDCTL_SHARED)')
    with tempfile.TemporaryDirectory(prefix='igdctl-cli-') as tmp:
        places = {'hosts': SOURCE / 'tests' / 'hosts', 'shared': SHARED, 'tmp': Path(tmp, 'tmp'), 'hostile': hostile,
                  'empty': Path(tmp, 'empty'), 'build': Path(igdctl).resolve().parent, 'igdctl': igdctl}
        places['tmp'].mkdir()
        places['empty'].mkdir()
        for recipe, name in case.makes:
            build('mkroot.py', places['hosts'] / recipe, places['tmp'] / name)
        for name, lines in case.files:
            path = places['tmp'] / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(''.join(t + '\n' for t in lines))
        for name, image in MADE.items():
            if any(name in c.line for c in case.commands if c.status is None):
                subprocess.run([sys.executable, '-B', SOURCE / 'tests' / 'images' / 'make.py', image,
                                places['tmp'] / name], timeout=TIMEOUT, check=True)
        if not hostile.exists() and any('{hostile}' in c.line for c in case.commands):
            build('hostile.py', hostile)
        for program, path in case.puts:
            (places['tmp'] / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(places['build'] / 'tests' / 'cli' / program, places['tmp'] / path)
        roots = {name: files_of(places['tmp'] / name) for c in case.commands for name in c.unchanged}
        before = ''
        for c in case.commands:
            before = perform(c, igdctl, places, before)
            check_unchanged(c, places, roots)


def run_cases(todo, igdctl, hostile):
    print(f'1..{len(todo)}', flush=True)
    failed = 0
    for n, case in enumerate(todo, 1):
        name = case.name or case.commands[0].line
        try:
            run_case(case, igdctl, hostile)
            print(f'ok {n} - {name}', flush=True)
        except Skip as e:
            print(f'ok {n} - {name} # SKIP {e}', flush=True)
        except (Wrong, OSError, ValueError, subprocess.TimeoutExpired) as e:
            failed += 1
            print(''.join(f'# {t}\n' for t in str(e).splitlines()) + f'not ok {n} - {name}', flush=True)
    return 1 if failed or not todo else 0


def main():
    igdctl, *files = sys.argv[1:]
    igdctl = str(Path(igdctl).resolve())
    try:
        todo = [c for f in files for c in cases(Path(f))]
    except (OSError, ValueError, IndexError) as e:
        print(f'1..1\n# {e}\nnot ok 1 - {" ".join(files)}')
        return 1
    with tempfile.TemporaryDirectory(prefix='igdctl-cli-') as tmp:
        return run_cases(todo, igdctl, Path(tmp, 'hostile'))


if __name__ == '__main__':
    sys.exit(main())
