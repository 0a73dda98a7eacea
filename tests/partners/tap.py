# SPDX-License-Identifier: GPL-2.0-or-later
"""tap.py - results as TAP. What is missing is a skip with its reason, and in CI a failure."""
import os


class Missing(Exception):
    """A partner that is not here."""


class Tap:
    def __init__(self):
        self.lines, self.failed, self.n = [], False, 0

    def result(self, name, faults=()):
        self.n += 1
        self.failed |= bool(faults)
        for f in faults:
            print('\n'.join('# ' + t for t in str(f).splitlines()))
        print(f'{"not ok" if faults else "ok"} {self.n} - {name}', flush=True)

    def missing(self, name, why):
        if os.environ.get('CI'):
            self.result(name, [f'{why} (and this is CI)'])
        else:
            self.skip(name, why)

    def skip(self, name, why):
        """For what may be absent anywhere, in CI too."""
        self.n += 1
        print(f'ok {self.n} - {name} # SKIP {why}', flush=True)

    def end(self):
        print(f'1..{self.n}')
        return 1 if self.failed or not self.n else 0
