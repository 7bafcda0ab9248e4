/* The series of a policy, filled as its simulation goes on: a look at the world every minute.
 * Internal to simulate/. */
#ifndef SIMULATE_SAMPLE_H
#define SIMULATE_SAMPLE_H

#include "simulate/result.h"

/* Makes the services and groups of a result, with empty series unless `totals_only`. */
void sample_init(struct arena *arena, const struct scenario *scenario, bool totals_only,
                 struct policy_result *result);
/* The minute that ended now; `minute` counts from 0. */
void sample_minute(const struct sim_world *world, const struct scenario *scenario, size_t minute,
                   struct policy_result *result);
/* At the end, after `minutes` whole ones: means, and the totals of the world. */
void sample_finish(const struct sim_world *world, const struct scenario *scenario, size_t minutes,
                   struct policy_result *result);

#endif
