/* One pass over any number of clusters: observe → decide → apply, each cluster on its own, all in
 * flight together. The rooms do the work; this is the way through them. Shared by `run` and by
 * the Lambda runtime. Logs nothing and prints nothing (see pass_log.h).
 *
 * A dry run is `apply` false: the same code, without the last stage. */
#ifndef PASS_PASS_H
#define PASS_PASS_H

#include "cloud/cloud.h"
#include "model/definition.h"
#include "model/outcome.h"
#include "model/plan.h"
#include "model/snapshot.h"

struct pass_options {
    struct cloud *cloud;
    const struct definition *const *definitions;
    size_t definition_count;
    struct str default_region; /* for definitions without one; may be empty */
    bool apply;
    int64_t deadline_ms;         /* on cloud_now_ms's clock: the end of everything */
    int64_t apply_margin_ms;     /* nothing new is begun so long before the deadline */
    bool (*stop)(void *context); /* NULL, or: begin nothing more? */
    void *context;
};

/* What became of one cluster. */
struct pass_cluster {
    struct arena arena;
    const struct definition *definition;
    struct str region; /* as on the wire */
    struct snapshot snapshot;
    struct plan plan;
    struct outcome *outcomes; /* parallel to the plan's actions; NULL: not applied (a dry run) */
    bool is_finished;
    int64_t ready_ms;    /* how long observing took */
    int64_t finished_ms; /* how long everything took */
};

struct pass {
    struct arena arena;
    struct pass_cluster *clusters; /* in the order of the definitions */
    size_t cluster_count;
    struct call_log log;
    int64_t now_ms; /* wall clock: every snapshot's */
    int64_t duration_ms;
};

/* Always comes to an end by the deadline; what failed is in the snapshots, plans and outcomes.
 * *pass is filled; give it back with pass_release. */
void pass_run(const struct pass_options *options, struct pass *pass);
void pass_release(struct pass *pass);

/* Did anything of the cluster fail: a fact that could not be read, an action that was not done? */
bool pass_cluster_failed(const struct pass_cluster *cluster);

/* Round trips on the longest chain of calls; and all attempts, retries included. */
int pass_depth(const struct pass *pass);
int pass_attempts(const struct pass *pass);

#endif
