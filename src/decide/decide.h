/* The heart: (definition, snapshot) → plan. A pure function: no clock, I/O, logging, randomness or
 * environment; the same input gives the same plan, byte for byte.
 * Rules: docs/scaling.md, "Services" to "The second look". Reasons are written for a person at 3
 * a.m. Cost: O((tasks + instances) log instances). */
#ifndef DECIDE_DECIDE_H
#define DECIDE_DECIDE_H

#include "base/arena.h"
#include "model/definition.h"
#include "model/plan.h"
#include "model/snapshot.h"

/* Everything in *plan lives in `arena` or points into the definition and the snapshot. Facts that
 * are UNREAD count as failed where the decision would need them. */
void decide(const struct definition *definition, const struct snapshot *snapshot,
            struct arena *arena, struct plan *plan);

/* What the decision still lacks, given what has been read so far: the second look. Called with a
 * snapshot in which some facts are still UNREAD; asks for nothing that cannot change the plan.
 * May be called again once what it named has been read. */
struct needs {
    VEC(struct str) task_definitions;   /* ARNs whose size is wanted and not in the snapshot yet */
    VEC(struct str) capacity_providers; /* names, likewise */
    bool daemons;                       /* the cluster's DAEMON services */
};
void decide_needs(const struct definition *definition, const struct snapshot *snapshot,
                  struct arena *arena, struct needs *needs);

#endif
