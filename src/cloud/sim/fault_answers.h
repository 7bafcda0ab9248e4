/* What faults do to answers: older ones in their place, and parts of them. */
#ifndef CLOUD_SIM_FAULT_ANSWERS_H
#define CLOUD_SIM_FAULT_ANSWERS_H

#include "cloud/cloud.h"
#include "cloud/sim/random.h"

/* The last answer to every question. */
struct kept_answers;

struct kept_answers *kept_answers_new(void);
void kept_answers_free(struct kept_answers *kept);
/* Keeps the query's answer, if it is PRESENT, for the next time that the same is asked; with
 * `stale` the query has the one kept before, afterwards (its own, where there was none). */
void kept_answers_exchange(struct kept_answers *kept, struct query *query, bool stale);

/* Without `share` of the items of its lists, by chance; half of a body. */
void answer_part(struct query *query, double share, struct sim_random *random);

#endif
