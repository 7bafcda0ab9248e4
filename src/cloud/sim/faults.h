/* Wraps any cloud and breaks what passes through it, by a table of faults: what the layers above
 * make of a bad account is tried through the real seam, as http/faults.h does it below. For tests
 * and simulations.
 *
 * Seeded: each fault draws from a stream of its own, so that leaving one out does not change what
 * the others do. The first fault of the table that acts on a query or act wins. */
#ifndef CLOUD_SIM_FAULTS_H
#define CLOUD_SIM_FAULTS_H

#include "cloud/cloud.h"

enum cloud_fault_kind {
    /* Queries. */
    CLOUD_FAULT_FAIL,    /* FAILED with `code`; never asked */
    CLOUD_FAULT_MISS,    /* MISSING: no such thing; never asked */
    CLOUD_FAULT_LATE,    /* the true answer of when it was asked, `delay_ms` later */
    CLOUD_FAULT_REORDER, /* delivered with others of its kind in a random order */
    CLOUD_FAULT_STALE,   /* the answer to the same question before this one, if there was one */
    CLOUD_FAULT_PARTIAL, /* a list without `share` of its items, datapoints likewise; half a body.
                            Counts and sizes are never partial */
    /* Acts. */
    CLOUD_FAULT_ACT_BEFORE, /* FAILED with `code`; surely not applied */
    CLOUD_FAULT_ACT_AFTER,  /* applied as it may be, and its answer lost: FAILED with `code` */
    /* Both: the program is killed there; nothing more gets through until cloud_faults_revive. */
    CLOUD_FAULT_KILL_BEFORE,
    CLOUD_FAULT_KILL_AFTER,
    CLOUD_FAULT_KIND_COUNT,
};

#define CLOUD_FAULT_ANY UINT32_MAX

struct cloud_fault {
    enum cloud_fault_kind kind;
    uint32_t queries;   /* a bit a query_kind: 1u << QUERY_GROUP */
    uint32_t actions;   /* a bit an action_kind */
    struct str cluster; /* empty: all */
    double odds;        /* of acting on one that matches, 0–1 */
    int64_t from_ms;    /* wall clock; */
    int64_t until_ms;   /* exclusive; 0: for ever */
    enum error_code code;
    int64_t delay_ms;
    double share;
    uint64_t seed;
};

struct cloud_faults_options {
    struct cloud *inner;              /* borrowed; must outlive this one */
    const struct cloud_fault *faults; /* copied; their texts stay the caller's */
    size_t count;
    /* Lets time pass up to `until_ms` of the inner cloud's cloud_now_ms; NULL: late answers come
     * after all others, at the same time. */
    void (*wait)(void *context, int64_t until_ms);
    void *context;
};

struct cloud *cloud_faults_new(const struct cloud_faults_options *options);

/* How often that fault of the table has acted. */
uint64_t cloud_faults_acted(const struct cloud *faults, size_t index);
/* Was the program killed? What its passes say from then on was never known to anyone. */
bool cloud_faults_killed(const struct cloud *faults);
void cloud_faults_revive(struct cloud *faults);

const char *cloud_fault_kind_name(enum cloud_fault_kind kind); /* "act after" */

#endif
