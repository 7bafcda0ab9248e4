/* Which CloudWatch datapoint counts: the newest complete period within the last three. Pure. */
#ifndef OBSERVE_DATAPOINT_H
#define OBSERVE_DATAPOINT_H

#include "base/arena.h"
#include "cloud/cloud.h"
#include "model/snapshot.h"

/* Milliseconds since 1970, both on a boundary of the period; the end is exclusive. */
struct statistic_window {
    int64_t start_ms;
    int64_t end_ms;
};

/* The last three complete periods at `now_ms`. `period_s` ≥ 1. */
struct statistic_window statistic_window(int64_t now_ms, int64_t period_s);

/* The newest of `points` (in any order) whose period lies wholly in the window, as a VALUE_FLOAT;
 * MISSING, with the reason in `arena`, where there is none. */
struct metric_facts datapoint_choose(struct arena *arena, const struct datapoint *points,
                                     size_t count, int64_t now_ms, int64_t period_s);

#endif
