/* The second reading before what cannot be undone: what must still hold. Pure. */
#ifndef APPLY_RECHECK_H
#define APPLY_RECHECK_H

#include "base/arena.h"
#include "model/plan.h"
#include "model/snapshot.h"

/* What was read again about an instance that is to be terminated. */
struct fresh_instance {
    const struct group_facts *group;
    const struct instance_facts *instance;
    int64_t tasks; /* on it and not STOPPED yet, stopping ones included */
};

/* May `action` (TERMINATE) go ahead? If not, *reason says what is different now. */
bool recheck_terminate(const struct action *action, const struct fresh_instance *fresh,
                       struct arena *arena, struct str *reason);

#endif
