/* One service: how many tasks it should have. Rules: docs/scaling.md, "Services". Pure. */
#ifndef DECIDE_SERVICE_H
#define DECIDE_SERVICE_H

#include "base/arena.h"
#include "model/definition.h"
#include "model/plan.h"
#include "model/snapshot.h"

/* What holds for every service of the cluster. */
struct service_circumstances {
    struct str left_alone;    /* why no service is scaled at all; empty: they are */
    struct str group_unknown; /* why the group is not known, so that scale-in waits; empty: it is,
                                 or there is none */
    bool without_reasons;     /* of what events decide: the numbers are enough, and words cost more
                                 than all the rest */
};

/* What a decision means for others: which facts it was lacking. */
struct service_view {
    struct service_decision decision;
    bool lacks_facts;  /* held by a missing or failed metric or a failed read: the group must not
                          be scaled in */
    bool has_failures; /* held by what failed, not by what merely is not there */
};

/* `facts` may be NULL where the snapshot has none for this service. */
struct service_view service_decide(const struct service_definition *definition,
                                   const struct service_facts *facts,
                                   const struct service_circumstances *circumstances,
                                   struct arena *arena);

#endif
