/* What the simulated account answers to queries and acts, and the calls that this would have taken
 * on AWS: batched and paged as cloud/aws/ does it. */
#ifndef CLOUD_SIM_ANSWERS_H
#define CLOUD_SIM_ANSWERS_H

#include "cloud/cloud.h"
#include "cloud/sim/world.h"

/* Fills the query's answer from the world as it is now. */
void sim_answer(const struct sim_world *world, struct query *query);

/* Carries it out on the world as it is now, and fills the outcome. */
void sim_act(struct sim_world *world, const struct act *act);
/* Its answer did not come before the deadline. */
void sim_act_lost(const struct act *act);

/* Queries that one call asks together: at most so many different ones, and only if these two may be
 * in one call. */
size_t sim_batch_max(enum query_kind kind);
bool sim_is_together(const struct query *a, const struct query *b);

/* Round trips until the answer, one after another: as the world is now, or as the query's answer
 * is.
 */
int sim_rounds(const struct sim_world *world, const struct query *query);

/* How calls are logged. */
struct sim_calls {
    const struct sim_world *world;
    struct call_log *log; /* NULL: not */
    int depth;            /* of what led to them */
    enum error_code code; /* E_DEADLINE: no answer came */
    int64_t latency_ms;   /* of each */
};

/* The calls of a batch: `query` is its first, `cluster` all its queries' or empty. Gives their
 * number. */
int sim_log_query(const struct sim_calls *calls, const struct query *query, struct str cluster);
void sim_log_act(const struct sim_calls *calls, const struct act *act);

#endif
