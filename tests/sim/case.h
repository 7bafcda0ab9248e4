/* One simulated case: a world, definitions for it, and a list of disturbances, all drawn from a
 * seed. The list is data so that a failing case can be shrunk to the few that matter. */
#ifndef TESTS_SIM_CASE_H
#define TESTS_SIM_CASE_H

#include "base/arena.h"
#include "cloud/sim/spec.h"
#include "definition/load.h"

enum {
    CASE_INTERVAL_MS = 60000, /* between passes */
    CASE_DEADLINE_MS = 30000,
    CASE_STORM_PASSES = 40,  /* disturbed */
    CASE_QUIET_PASSES = 110, /* constant load, nothing disturbs */
    CASE_REST_PASSES = 12,   /* the last of these: everything must have settled */
    CASE_PASSES = CASE_STORM_PASSES + CASE_QUIET_PASSES,
    CASE_CLUSTERS_MAX = 2,
    CASE_DISTURBANCES_MAX = 64,
};

/* name, text. The first group is put in at a seam, the second happens in the account. */
#define DISTURBANCES(X)                                                                            \
    X(DISTURB_QUERY_FAILS, "a query fails")                                                        \
    X(DISTURB_QUERY_LATE, "an answer comes late")                                                  \
    X(DISTURB_QUERY_STALE, "an answer is an old one")                                              \
    X(DISTURB_QUERY_PARTIAL, "an answer is not the whole one")                                     \
    X(DISTURB_ORDER, "answers come in another order")                                              \
    X(DISTURB_ACT_REFUSED, "an act is refused")                                                    \
    X(DISTURB_ACT_LOST, "an act is done, its answer lost")                                         \
    X(DISTURB_KILLED, "the pass is killed between two calls")                                      \
    X(DISTURB_OTHER_PASS, "another pass runs in the middle of this one")                           \
    X(DISTURB_CLOCK, "the wall clock is wrong")                                                    \
    X(DISTURB_DRY_RUN, "the pass is a dry run")                                                    \
    X(DISTURB_WIRE, "the network breaks a request")                                                \
    X(DISTURB_INSTANCE_DIES, "an instance dies")                                                   \
    X(DISTURB_AGENT, "an agent loses its connection for a while")                                  \
    X(DISTURB_TASK_HANGS, "a task never stops")                                                    \
    X(DISTURB_CAPACITY, "no instance can be had for a while")                                      \
    X(DISTURB_SILENCE, "no metric can be read for a while")                                        \
    X(DISTURB_SOMEONE_SERVICE, "someone changes a service's desired count")                        \
    X(DISTURB_SOMEONE_DESIRED, "someone changes the group's desired capacity")                     \
    X(DISTURB_SOMEONE_BOUNDS, "someone changes the group's bounds")                                \
    X(DISTURB_SOMEONE_DRAINS, "someone drains an instance")                                        \
    X(DISTURB_SOMEONE_PROTECTS, "someone protects an instance")

enum disturbance_kind {
#define DISTURBANCE_ENUM(name, text) name,
    DISTURBANCES(DISTURBANCE_ENUM)
#undef DISTURBANCE_ENUM
        DISTURBANCE_COUNT,
};

struct disturbance {
    enum disturbance_kind kind;
    int pass;        /* from this one on */
    int passes;      /* so long */
    size_t cluster;  /* index in the spec; seam faults act on this cluster's calls only */
    uint64_t choice; /* which instance, query, service …: taken modulo how many there are */
    uint64_t amount; /* delays, counts, codes: each kind says */
};

struct sim_case {
    struct arena arena;
    uint64_t seed;
    struct sim_spec spec;
    struct loaded loaded;
    const struct definition *definitions[CASE_CLUSTERS_MAX]; /* parallel to spec.clusters */
    bool wire;     /* through the real AWS client over the simulated wire */
    bool can_rest; /* must it settle in the quiet time? */
    struct disturbance disturbances[CASE_DISTURBANCES_MAX];
    size_t disturbance_count;
};

/* Deterministic in `seed`. */
void case_init(struct sim_case *c, uint64_t seed);
void case_release(struct sim_case *c);

const char *disturbance_text(enum disturbance_kind kind);

#endif
