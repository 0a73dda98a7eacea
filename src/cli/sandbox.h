/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox.h - what a reading command gives up before it looks at anything.
 *
 * Files of strangers are parsed here, often by root. So first everything that reading does not need goes: programs
 * and network (seccomp), writing anywhere but beside the output (Landlock, Linux 5.13), and every capability but
 * those that reading a machine takes. A kernel that lacks one of them still has the others.
 */
#pragma once

#include "cli/command.h"

/*
 * Of a command that only reads. @writes: the file that it will write, or the folder of its files, which then ends
 * with
 * "/"; NULL: none. @touches: patterns of the machine's own files that it writes, as in struct command, or NULL. Ends
 * with words for --verbose.
 */
void sandbox_enter(const struct cli *cli, const char *writes, const char *const *touches);
