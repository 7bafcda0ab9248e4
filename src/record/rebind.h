/* A recorded snapshot as another definition of the same cluster would have seen it: for trying a
 * policy on what was recorded. Services and metrics are matched by name and alias; what the record
 * does not hold is missing or failed, with the reason "not in the recorded snapshot". */
#ifndef RECORD_REBIND_H
#define RECORD_REBIND_H

#include "base/arena.h"
#include "base/vec.h"
#include "model/definition.h"
#include "model/snapshot.h"

/* What should be known about a match: "'cpu' of 'worker' was recorded from X, not from Y". */
struct rebind_notes {
    VEC(struct str) texts;
};

/* Everything lives in `arena` or points into the arguments. Pure. */
void snapshot_rebind(struct arena *arena, const struct definition *recorded,
                     const struct snapshot *snapshot, const struct definition *other,
                     struct snapshot *out, struct rebind_notes *notes);

#endif
