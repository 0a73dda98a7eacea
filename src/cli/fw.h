/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fw.h - what the four fw commands share: which device is asked for, and how an artifact is put in words. */
#pragma once

#include <jansson.h>

#include "cli/command.h"
#include "cli/view.h"
#include "cli/worker.h"
#include "fw/scan.h"

struct fw_device { /* the GPU that artifacts should fit */
	bool known;
	uint16_t vendor, device;
};

/*
 * What --device says, else the display device of the machine that --root or --capture name, or, with --host, of this
 * one. EXIT_DONE, or a mistake that was told.
 */
int fw_device_get(const struct cli *cli, const char *command, struct fw_device *ret) _must_check_;

/* The display device of a machine: Intel's, else the first GPU that the table knows. False: it has none. */
bool fw_display_of(const struct facts *f, struct fw_device *ret);

/* "9.0.1107, X64, 73312 bytes" */
const char *fw_artifact_str(const struct fw_artifact *a, char *buf, size_t n);

/* As in docs/schema/fw-scan.json; the caller owns it. */
json_t *fw_artifact_json(const struct fw_artifact *a, const struct fw_device *device);

/* What was not in order, as "path+0x12: text" lines; all with --verbose, else damage only. */
void fw_troubles_text(const struct cli *cli, const struct fw_scan *scan, const char *input, FILE *err);
json_t *fw_troubles_json(const struct fw_scan *scan);

/* "1 GOP, 2 VBTs", or "no GOP, VBT or VBIOS" */
const char *fw_counts_str(const struct fw_scan *scan, char *buf, size_t n);

/* Of a file of @size bytes that holds none of them: what it is, and what to try. */
const char *fw_nothing_str(const struct fw_scan *scan, size_t size);

/* "VBIOS" */
const char *fw_artifact_word(enum fw_artifact_kind k);

/* "yes" */
const char *fw_fit_word(enum fit f);

/* "Next: igdctl COMMAND FILE", the file's name as a shell wants it. */
void fw_next(FILE *out, const char *command, const char *file);

/* Progress of a walk over @total bytes of input. */
void fw_progress(struct outbox *box, const struct fw_node *n, size_t total);

/* What a walk has to tell of @n, to the child's stderr: damage, and with --verbose what is odd. */
void fw_tell(const struct cli *cli, const struct outbox *box, const struct fw_node *n, bool damage,
	     const struct report_note *note);

/*
 * Let @w work through the inputs of the command line, folders expanded; @ret_inputs and @ret_n are for its functions
 * and hold as long as they run. The exit status.
 */
int fw_run(const struct cli *cli, const char *command, struct workers *w, char ***ret_inputs, size_t *ret_n);

/* For workers.end: the answer in JSON where there is none, @line. EXIT_DONE without one. */
int fw_end(const struct cli *cli, const char *schema, const char *input, const char *line);

#define FW_TOO_MUCH "it has more inside than this program keeps"

/* The answer in JSON for an input that could not be read at all. */
void fw_failed_json(FILE *out, const char *schema, const char *input, const char *line);
