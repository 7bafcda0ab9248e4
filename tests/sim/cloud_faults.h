/* Wraps a cloud and disturbs what passes through it: the upper seam's faults, for one pass at a
 * time. Which call a fault hits is drawn from its seed, so that a pass repeats exactly.
 *
 * A kill ends the program between two calls: from then on nothing reaches the account. The pass
 * goes on to its end on failures; what it makes of them is not looked at. */
#ifndef TESTS_SIM_CLOUD_FAULTS_H
#define TESTS_SIM_CLOUD_FAULTS_H

#include "case.h"

#include "cloud/cloud.h"

struct cloud_faults_options {
    struct cloud *inner; /* borrowed */
    /* Lets the account's time go by, for answers that come late. */
    void (*advance)(void *context, int64_t to_ms);
    /* DISTURB_OTHER_PASS: called once, before the call it hits. */
    void (*other_pass)(void *context);
    /* An act that is about to reach the account. */
    void (*before_act)(void *context, const struct act *act);
    void *context;
};

struct cloud_faults_report {
    int queries;
    int acts;        /* asked for */
    int acts_passed; /* of these: reached the account */
    bool was_killed;
    bool was_hit[CASE_CLUSTERS_MAX]; /* had that cluster a fault of its own? */
};

struct cloud *cloud_faults_new(const struct cloud_faults_options *options);

/* What disturbs the pass that begins now: those of the table that are marked in `active`. Forgets
 * what it reported. */
void cloud_faults_begin(struct cloud *cloud, const struct sim_case *c, const bool *active,
                        int pass);
const struct cloud_faults_report *cloud_faults_report(const struct cloud *cloud);

/* A stale answer is one that an earlier pass got, so its memory must still be there: the arenas of
 * a pass stay until this is called for a later one that has itself been kept. */
void cloud_faults_forget(struct cloud *cloud);

#endif
