/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture.h - writing what a host was asked as a capture; docs/capture-format.md is its form.
 *
 * The reader is host_open_capture().
 */
#pragma once

#include "base/report.h"
#include "host/host.h"

#define CAPTURE_SCHEMA_NAME "igdctl/capture/"
#define CAPTURE_SCHEMA	    1
