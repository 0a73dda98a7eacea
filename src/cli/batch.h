/* SPDX-License-Identifier: GPL-2.0-or-later */
/* batch.h - many inputs judged by as many threads as there are processors, answered in the order of the command line.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* Judge input @i: the answer to @out, talk to @err; an exit status. Called from several threads at once. */
typedef int (*batch_judge)(const void *ctx, size_t i, FILE *out, FILE *err);

/* Judge inputs 0 to @n - 1; what each has to say is kept until its turn. The worst status: 1 over 2 over 4 over 3
 * over 0. */
int batch_run(batch_judge judge, const void *ctx, size_t n);
