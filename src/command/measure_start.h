/* How long a program takes from its start to its end when it has nothing to do: the part of a cold
 * start that its size and its libraries decide. */
#ifndef COMMAND_MEASURE_START_H
#define COMMAND_MEASURE_START_H

#include "base/error.h"

/* Runs `PROGRAM --version` a few times; the median, in microseconds of the steady clock. E_IO where
 * it cannot be run here, or fails; E_PROTOCOL where what it prints does not begin with `expected`.
 */
NODISCARD enum error_code measure_start(const char *program, struct str expected, int64_t *median,
                                        struct error *err);

#endif
