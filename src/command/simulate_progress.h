/* A progress bar on standard error while a simulation runs; nothing where that is no terminal. */
#ifndef COMMAND_SIMULATE_PROGRESS_H
#define COMMAND_SIMULATE_PROGRESS_H

#include "simulate/simulate.h"

/* Policy `index` of `count`: sets its `progress` and `context`. */
void simulate_progress_begin(struct simulate_options *policy, size_t index, size_t count);
/* `done` of `count` variants of a sweep. */
void simulate_progress_sweep(void *context, size_t done, size_t count);
/* Takes it off again. */
void simulate_progress_end(void);

#endif
