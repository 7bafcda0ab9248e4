/* A simulation's result for people: totals side by side, then each service and group. */
#ifndef COMMAND_PRINT_SIMULATION_H
#define COMMAND_PRINT_SIMULATION_H

#include "command/print_text.h"
#include "simulate/result.h"

void print_simulation(const struct simulation_result *result, struct print_style style,
                      struct buf *out);
/* The variants of a sweep: cost, time outside, and which of them none beats in both. */
void print_sweep(const struct simulation_result *result, struct buf *out);

#endif
