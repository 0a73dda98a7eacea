/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ovmf_parts.h - what the files that make up ovmf.h tell each other. */
#pragma once

#include "fw/ovmf.h"

/* List the files of o->dxe into @o, and say by them what the build is for. As ovmf_read(). */
int ovmf_files_read(struct ovmf *o, struct report *rep) _must_check_;

/* The volumes in o->decoded, the DXE volume among them: what they say of the build. */
void ovmf_traits_of_volume(struct ovmf_traits *t, const struct volume *v);
