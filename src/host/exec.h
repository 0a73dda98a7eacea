/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec.h - what those who start another program have in common: descriptors out of the way of the standard three,
 * signals as they are by default, and a word from the child that could not become the program.
 *
 * That word goes through a pipe whose writing end exec() closes, O_CLOEXEC: its reader learns at once whether the
 * program runs.
 */
#pragma once

/* @fd, or where it is one of the standard three another descriptor of the same, while @fd is closed; -1 stays, and is
 * the answer too where there is no more. Close-on-exec. */
int fd_above_standard(int fd);

/* In the child: all signals as by default, and none blocked. */
void exec_signals_reset(void);

/* In the child, when exec() or what led to it has failed: tell @fd errno. Does not return. */
_Noreturn void exec_failed(int fd);

/* In the parent, whose own writing end is closed: 0, or the errno that the child has told. */
int exec_told(int fd);
