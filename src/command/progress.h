/* One line on a terminal while a pass observes and applies: how many calls so far. Nothing where
 * standard error is no terminal. Log lines go above it. */
#ifndef COMMAND_PROGRESS_H
#define COMMAND_PROGRESS_H

#include "cloud/cloud.h"

void progress_begin(struct cloud *cloud, size_t cluster_count);
void progress_end(struct cloud *cloud);

#endif
