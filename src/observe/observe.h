/* Definitions → queries → one snapshot a cluster. One observation serves all clusters of a pass;
 * what they share (groups of a region, statistics, HTTP requests) is merged behind the cloud seam.
 *
 * Only what the decision can use is asked for: metrics that an event of an enabled service uses, a
 * group and instances where the definition names a group. The second look is the caller's to say
 * (decide_needs), because only a decision knows what it lacks.
 *
 * A cluster is ready as soon as all *its* facts are in, whatever the others wait for. */
#ifndef OBSERVE_OBSERVE_H
#define OBSERVE_OBSERVE_H

#include "cloud/cloud.h"
#include "model/definition.h"
#include "model/snapshot.h"

/* What a cluster still lacks; filled by the caller's `look` (see below). The texts must stay until
 * the cluster is ready. */
struct second_look {
    const struct str *task_definitions; /* ARNs, each once */
    size_t task_definition_count;
    const struct str *capacity_providers; /* names, each once */
    size_t capacity_provider_count;
    bool daemons;
};

struct observe_cluster {
    const struct definition *definition; /* enabled */
    struct str region;                   /* resolved, as on the wire */
    struct arena *arena;                 /* the snapshot's */
    struct snapshot *snapshot;           /* by snapshot_begin; filled */
};

struct observe_options {
    struct cloud *cloud;
    /* Called when everything asked for cluster `index` so far is in, except perhaps its instances
     * (they take one round trip more), and again when they are: says what is still lacking. Nothing
     * lacking, with the instances in: the cluster is ready. */
    void (*look)(void *context, size_t index, struct second_look *more);
    /* The snapshot of cluster `index` is complete and frozen. May queue acts on the same cloud. */
    void (*ready)(void *context, size_t index);
    void *context;
};

/* A snapshot in which nothing is read yet, shaped by the definition; `now_ms` is the wall clock. */
void snapshot_begin(const struct definition *definition, struct str region, int64_t now_ms,
                    struct arena *arena, struct snapshot *snapshot);

/* Queues the first look of every cluster; the caller then runs the cloud. The observation lives in
 * `arena` (the pass's), which must stay until the cloud has run, as must what `clusters` points to.
 */
void observe_start(const struct observe_options *options, const struct observe_cluster *clusters,
                   size_t cluster_count, struct arena *arena);

#endif
