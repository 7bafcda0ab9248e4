/* Seeded random numbers (splitmix64): one stream for each concern, so that a call more or less of
 * one does not shift the others. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", 2014. Not thread safe; no secrets. */
#ifndef CLOUD_SIM_RANDOM_H
#define CLOUD_SIM_RANDOM_H

#include "cloud/sim/spec.h"

struct sim_random {
    uint64_t state;
};

/* What a stream is for; with the number of the group, service or metric that it belongs to. */
enum sim_concern {
    CONCERN_LAUNCH,
    CONCERN_JOIN,
    CONCERN_TERMINATE,
    CONCERN_INSTANCE_ID,
    CONCERN_TASK_ID,
    CONCERN_PULL,
    CONCERN_START,
    CONCERN_STOP,
    CONCERN_PLACE,
    CONCERN_LATE,
    CONCERN_GAP,
    CONCERN_FAULT,
};

struct sim_random sim_random_of(uint64_t seed, enum sim_concern concern, uint64_t number);
uint64_t sim_random_next(struct sim_random *random);
double sim_random_unit(struct sim_random *random); /* [0, 1) */
/* Both ends included; `low` where `high` is not above it. */
int64_t sim_random_between(struct sim_random *random, int64_t low, int64_t high);
int64_t sim_random_delay(struct sim_random *random, struct sim_delay delay); /* never negative */

/* The same for the same arguments: draws that must not depend on how many were made before. */
uint64_t sim_random_hash(uint64_t a, uint64_t b);
double sim_random_hash_unit(uint64_t a, uint64_t b);

#endif
