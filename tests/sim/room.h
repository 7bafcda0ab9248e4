/* Room for tasks, worked out anew from docs/scaling.md ("Room for tasks") in the plainest way:
 * every task is tried on every instance. */
#ifndef TESTS_SIM_ROOM_H
#define TESTS_SIM_ROOM_H

#include "pass/pass.h"

enum room {
    ROOM_UNKNOWN, /* something about it is not known, or it is not ours to say */
    ROOM_ENOUGH,
    ROOM_NEVER, /* what has no room is larger than any instance */
    ROOM_LACKS,
};

/* After the plan's terminations and services' new targets. `desired`: the group's, with bounds and
 * terminations; `terminated`: how many instances the plan terminates. */
enum room room_expect(const struct definition *definition, const struct snapshot *snapshot,
                      const struct plan *plan, int64_t desired, int64_t terminated);

#endif
