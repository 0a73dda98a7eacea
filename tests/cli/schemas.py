#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""schemas.py FILE.json... - are the schemas of the answers well made? Prints TAP.

Each must be a valid JSON Schema, closed (no key but those listed, each of them required) and say what each key means.
What two of them both define must be the same in both, but for the answer itself and the error in its place.
"""
import json
import sys
from pathlib import Path

DESCRIPTION_MAX = 160
OWN = {'answer', 'error'}  # definitions that every schema has for itself


def objects(schema, path='#'):
    """Every schema inside a schema, with its path."""
    yield path, schema
    for key in ('items', 'additionalProperties'):
        if isinstance(schema.get(key), dict):
            yield from objects(schema[key], f'{path}/{key}')
    for key in ('properties', '$defs'):
        for name, value in schema.get(key, {}).items():
            yield from objects(value, f'{path}/{key}/{name}')


def faults(schema):
    import jsonschema
    cls = jsonschema.validators.validator_for(schema, default=None)
    if cls is None:
        yield f'no known dialect: {schema.get("$schema")}'
        return
    try:
        cls.check_schema(schema)
    except jsonschema.SchemaError as e:
        yield str(e.message)
    for path, s in objects(schema):
        if '$ref' in s and s['$ref'].removeprefix('#/$defs/') not in schema['$defs']:
            yield f'{path}: {s["$ref"]} leads nowhere'
        if 'properties' in s and s.get('additionalProperties') is not False:
            yield f'{path} takes any key'
        if 'properties' in s and sorted(s.get('required', [])) != sorted(s['properties']):
            yield f'{path}: not every key is required'
        for name, value in s.get('properties', {}).items():
            text = value.get('description', '')
            if not 3 <= len(text) <= DESCRIPTION_MAX or '\n' in text or text.endswith('.'):
                yield f'{path}/{name}: no description of one line'
            if not {'type', 'enum', 'const', '$ref'} & set(value):
                yield f'{path}/{name} may be anything'


def shared(schemas):
    seen = {}
    for name, schema in schemas.items():
        for key, value in schema.get('$defs', {}).items():
            if key not in OWN and seen.setdefault(key, value) != value:
                yield f'{name}: {key} differs from that of another schema'


def main():
    schemas = {Path(p).name: json.loads(Path(p).read_text()) for p in sys.argv[1:]}
    try:
        import jsonschema  # pylint: disable=unused-import
    except ImportError:
        print('1..0 # SKIP python3-jsonschema is not installed')
        return 0
    cases = [(name, list(faults(s))) for name, s in schemas.items()] + [('the same in all', list(shared(schemas)))]
    print(f'1..{len(cases)}')
    for n, (name, found) in enumerate(cases, 1):
        print(''.join(f'# {f}\n' for f in found) + f'{"not ok" if found else "ok"} {n} - {name}')
    return 1 if any(found for _, found in cases) or not schemas else 0


if __name__ == '__main__':
    sys.exit(main())
