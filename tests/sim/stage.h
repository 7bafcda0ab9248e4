/* What a case is played on: a world, a cloud on it (the simulated one, or the real AWS client over
 * the simulated wire), and all that disturbs calls, put in at both seams. */
#ifndef TESTS_SIM_STAGE_H
#define TESTS_SIM_STAGE_H

#include "case.h"

#include "cloud/cloud.h"
#include "cloud/sim/world.h"

struct stage_options {
    const struct sim_case *c;
    const bool *active; /* parallel to the case's disturbances */
    /* An act that is about to reach the account. */
    void (*before_act)(void *context, const struct act *act);
    /* DISTURB_OTHER_PASS: before a call reaches the account. */
    void (*other_pass)(void *context);
    void *context;
};

struct stage;

struct stage *stage_open(const struct stage_options *options);
void stage_close(struct stage *stage);

struct sim_world *stage_world(struct stage *stage);

/* Lets the world go on to that time, sets up what disturbs this pass, gives the cloud it runs on.
 */
struct cloud *stage_begin(struct stage *stage, int pass, int64_t world_ms);

struct stage_report {
    int acts; /* that reached the account */
    bool was_killed;
    bool was_hit[CASE_CLUSTERS_MAX]; /* was a call of that cluster, or one it shares, disturbed? */
};

struct stage_report stage_end(struct stage *stage);

#endif
