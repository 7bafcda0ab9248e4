/* All that the group's decision rests on, worked out once and without words: how the group stands,
 * its numbers after bounds and terminations, what has to be placed and whether it fits. decide()
 * puts it into a plan; decide_needs() reads from it what is still lacking. Pure. */
#ifndef DECIDE_OUTLOOK_H
#define DECIDE_OUTLOOK_H

#include "base/arena.h"
#include "decide/demand.h"
#include "decide/fleet.h"
#include "decide/placement.h"
#include "decide/service.h"
#include "model/definition.h"
#include "model/plan.h"
#include "model/snapshot.h"

/* The first of these that is true. */
enum standing {
    STANDING_NONE,              /* the definition has no group */
    STANDING_DISABLED,          /* the cluster is switched off in its definition */
    STANDING_UNKNOWN,           /* the group is missing or could not be read */
    STANDING_MANAGED,           /* a capacity provider with managed scaling sizes it */
    STANDING_PROVIDER_UNKNOWN,  /* whether one does could not be read */
    STANDING_OFF,               /* its max is 0: nothing is scaled */
    STANDING_INSTANCES_UNKNOWN, /* the container instances are missing or could not be read */
    STANDING_OURS,
};

/* min, max and desired capacity. */
struct limits {
    int64_t min;
    int64_t max;
    int64_t desired;
};

struct termination {
    const struct fleet_instance *instance;
    bool decrement;
    int64_t from; /* desired capacity */
    int64_t to;
};

struct outlook {
    const struct definition *definition;
    struct snapshot snapshot; /* in order */
    struct arena *arena;
    struct service_view *services; /* parallel to the definition's */
    struct service_decision *decisions;
    struct str left_alone; /* why nothing at all is scaled; empty: it is */
    enum standing standing;
    const struct capacity_provider_facts *provider; /* MANAGED, PROVIDER_UNKNOWN: which; NULL where
                                                       the snapshot has no such */
    struct str provider_name;

    /* From here on: where the group is known (all but NONE, DISABLED, UNKNOWN). */
    bool has_bounds_change;
    struct limits wanted; /* bounds of the definition, and desired inside them */

    /* From here on: OURS (fleet: also MANAGED, PROVIDER_UNKNOWN, OFF, if instances are known). */
    struct fleet fleet;
    VEC(struct termination) terminations;
    int64_t desired;    /* after bounds and terminations */
    int64_t registered; /* likewise */
    int64_t draining;   /* of the group, less those terminated */
    int64_t arriving;
    struct demand demand;
    struct placement placement;
    struct resources *bins; /* free room, placeable instances first, for placement_load */
    size_t bin_count;
    bool fits;          /* all of known size, and the buffer, arriving instances included */
    bool needs_arrival; /* something was put on an arriving instance */
};

/* `reasons`: those of the services' decisions are wanted, too (see service.h). */
void outlook_init(struct outlook *outlook, const struct definition *definition,
                  const struct snapshot *snapshot, bool reasons, struct arena *arena);

/* Would a task of that size never fit, not even on an empty instance of the group's largest size?
 * False where no size is known. */
bool outlook_is_too_large(const struct outlook *outlook, struct resources size);

/* Why a drained instance is not terminated; NULL: it is. */
const char *outlook_keeps_drained(const struct fleet_instance *instance);

#endif
