/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mark.h - the words by which a driver of ours is known again in a ROM or a firmware volume (src/fw/igd_driver.h).
 *
 * One a driver, with its terminating zero, in read-only data.
 */
#pragma once

#define DRIVER_MARK(name) "igdctl-driver " name " " IGDCTL_VERSION

/* The version at the end of a mark that is an array. */
#define DRIVER_VERSION(mark, name) (&(mark)[sizeof(DRIVER_MARK(name)) - sizeof(IGDCTL_VERSION)])
