/* Definitions → queries → one snapshot a cluster. One observation serves all clusters of a pass:
 * what they share (groups of a region, statistics, HTTP requests) is asked for once.
 *
 * A cluster is ready as soon as all *its* facts are in, whatever the others wait for. */
#ifndef OBSERVE_OBSERVE_H
#define OBSERVE_OBSERVE_H

#include "cloud/cloud.h"
#include "model/definition.h"
#include "model/snapshot.h"

struct observation;

/* What a cluster still lacks; filled by the caller's `look` (see below). Texts must stay. */
struct second_look {
    const struct str *task_definitions;
    size_t task_definition_count;
    const struct str *capacity_providers;
    size_t capacity_provider_count;
    bool daemons;
};

struct observe_cluster {
    const struct definition *definition;
    struct str region;         /* resolved */
    struct arena *arena;       /* the snapshot's */
    struct snapshot *snapshot; /* filled */
};

struct observe_options {
    struct cloud *cloud;
    int64_t now_ms; /* wall clock, for every snapshot of the pass */
    /* Called when everything asked for cluster `index` so far is in, except perhaps its instances
     * (they take one round trip more), and again when they are: says what is still lacking. Nothing
     * lacking, with instances in: the cluster is ready. */
    void (*look)(void *context, size_t index, struct second_look *more);
    /* The snapshot of cluster `index` is complete and frozen. May queue acts on the same cloud. */
    void (*ready)(void *context, size_t index);
    void *context;
};

/* Queues the first look of every cluster; the caller then runs the cloud. The observation lives in
 * `arena` (the pass's), which must stay until the cloud has run. */
void observe_start(const struct observe_options *options, const struct observe_cluster *clusters,
                   size_t cluster_count, struct arena *arena);

#endif
