/* Plan → outcomes, through the cloud seam. Order, dependencies and the second reading before what
 * cannot be undone: docs/scaling.md, "Apply". Independent actions of one stage are in flight
 * together; the stages of one cluster follow one another, clusters do not wait for each other. */
#ifndef APPLY_APPLY_H
#define APPLY_APPLY_H

#include "cloud/cloud.h"
#include "model/definition.h"
#include "model/outcome.h"
#include "model/plan.h"
#include "model/snapshot.h"

/* Whether `action` would be decided again from `fresh`: the snapshot with group and instances read
 * anew. If not, *reason says why (in `arena`). The rules themselves are the caller's (decide). */
typedef bool apply_confirm(void *context, const struct action *action, const struct snapshot *fresh,
                           struct arena *arena, struct str *reason);

struct apply_options {
    struct cloud *cloud;
    const struct definition *definition;
    const struct snapshot *snapshot;
    const struct plan *plan;
    struct str region;           /* as on the wire */
    struct arena *arena;         /* for everything below */
    struct outcome *outcomes;    /* parallel to the plan's actions; filled */
    int64_t latest_ms;           /* on cloud_now_ms's clock: nothing new is begun after it */
    bool (*stop)(void *context); /* NULL, or asked before each action: begin nothing more? */
    apply_confirm *confirm;      /* asked before a drain */
    void (*done)(void *context); /* every action has its outcome */
    void *context;
};

/* Queues the first stage; the caller runs the cloud. `done` comes at once for an empty plan. */
void apply_start(const struct apply_options *options);

#endif
