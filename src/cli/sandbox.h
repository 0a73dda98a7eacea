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

/*
 * Of a command that has started a program of the user's and serves it: what sandbox_enter() forbids, but for taking
 * connections and ending that program. @writes: the files that it will still write; ends with NULL.
 */
void sandbox_serve(const struct cli *cli, const char *const *writes);

/*
 * Of a child that reads one stranger's file, already open, and answers through a pipe (cli/worker.h): no file may be
 * opened and no system call made but for memory, time and the descriptors at hand; no capability is left; it ends
 * after @seconds, or when it wants more memory than SEAL_MEMORY. False: a part of that is not to be had here.
 */
bool sandbox_seal(unsigned seconds);

#define SEAL_MEMORY ((size_t)4 << 30) /* bytes of address space */
