/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * definition.h - from what the command line names to one VM's definition: a file, "-", or the id of a guest that the
 * host's facts tell of. Which of the three targets it is written for, its first bytes say.
 */
#pragma once

#include "check/vm_check.h"
#include "cli/command.h"
#include "facts/facts.h"
#include "store/domain.h"
#include "store/pve_doc.h"
#include "store/vm.h"

struct definition {
	struct arena arena;
	const char *name; /* as the command line has it */
	const char *from; /* path on the machine, where the host tells of it: "/etc/pve/qemu-server/100.conf" */
	struct span text;
	struct vm vm; /* .target says which document below is there */
	struct pve_doc pve;
	struct domain domain;
	struct rom_look *roms; /* the files that it names as ROM, looked at on the host that @f came from */
	size_t n_roms;
};

/* Is it the id of a guest, not a file? */
bool definition_is_id(const char *name);

/*
 * Read @name. With @f (may be NULL) ids are looked up there. 0; or a refusal in @rep. The caller calls
 * definition_done() in both cases.
 */
int definition_read(const struct facts *f, const char *name, struct definition *ret, struct report *rep) _must_check_;
void definition_done(struct definition *d);

/* Look at the ROM files on the machine that @cli names; where those cannot be read nothing is learnt. */
void definition_look(const struct cli *cli, const struct facts *f, struct definition *d);
