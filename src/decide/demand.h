/* The tasks that still need room on instances, and how far they fit. Rules: docs/scaling.md, "Room
 * for tasks". Pure. */
#ifndef DECIDE_DEMAND_H
#define DECIDE_DEMAND_H

#include "base/arena.h"
#include "decide/placement.h"
#include "model/plan.h"
#include "model/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Tasks of one service that are wanted and neither run nor start. */
struct demand_item {
    struct str name; /* the service, as shown */
    struct str task_definition;
    int64_t tasks;
    struct fact fact; /* of the task definition: is the size known? */
    struct resources size;
    int64_t unplaced; /* set by demand_place */
};

struct demand {
    struct demand_item *items; /* those of known size first, in the order of placing */
    size_t count;
    size_t sized;            /* of these, how many have a known size */
    int64_t tasks;           /* of the sized ones */
    struct resources buffer; /* room to keep free: one task of this size; none if both are 0 */
    bool buffer_unplaced;    /* set by demand_place */
};

/* Tasks of `decision`'s service that need room on instances. */
int64_t demand_tasks(const struct service_decision *decision, const struct service_facts *facts);

/* From decisions whose demand_tasks are set; both arrays are parallel to the definition's. */
void demand_init(struct demand *demand, const struct snapshot *snapshot,
                 const struct service_decision *decisions, struct resources scale,
                 struct arena *arena);

/* First-fit decreasing into the loaded bins: each item's tasks, then the buffer. True if all of
 * known size fits. `highest` (may be NULL) becomes the highest bin that took something, or
 * PLACEMENT_NONE. */
bool demand_place(struct demand *demand, struct placement *placement, size_t *highest);

#endif
