/* Where tasks would go: first-fit over bins of free CPU and memory, in their given order.
 *
 * The bins are the leaves of a tree whose inner nodes hold the most of what is below them, so that
 * the first bin with room is found without looking at those before it. A task of one size never
 * has to look back at a bin that an equal one before it did not fit on: equal tasks are placed in
 * runs, with a cursor that only moves forward.
 * Cost: a search is logarithmic where one of the two resources is what is short, and nearly so
 * where both are (placement.c, `tight`); a run of equal tasks passes over each bin at most once.
 * Pure. */
#ifndef DECIDE_PLACEMENT_H
#define DECIDE_PLACEMENT_H

#include "base/arena.h"
#include "model/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct placement_node;

struct placement {
    struct placement_node *nodes; /* a heap: the root is 1, the leaves begin at `leaves` */
    size_t leaves;                /* a power of two, at least `count` */
    size_t count;                 /* bins */
    size_t room;                  /* bins that `nodes` was made for */
    struct resources scale;       /* what a share of 1 is; both at least 1 */
    struct resources last_size;   /* the cursor: see placement_put */
    size_t cursor;
};

#define PLACEMENT_NONE SIZE_MAX

/* Room for up to `room` bins; fill it by placement_load. */
void placement_init(struct placement *placement, struct arena *arena, size_t room);

/* Sets the bins; `count` is at most the room it was made with. `scale` (for comparing CPU with
 * memory) is the size of a large instance. A bin with negative resources takes nothing. */
void placement_load(struct placement *placement, const struct resources *free, size_t count,
                    struct resources scale);

/* The first bin from `from` on with room for `size`, or PLACEMENT_NONE. */
size_t placement_find(const struct placement *placement, size_t from, struct resources size);

/* Takes `size` × `tasks` off a bin that has that room. */
void placement_take(struct placement *placement, size_t bin, struct resources size, int64_t tasks);

/* Puts `tasks` tasks of `size` into the first bins with room and gives how many are left over.
 * `*last` (may be NULL) becomes the last bin that took one; untouched where none did. */
int64_t placement_put(struct placement *placement, struct resources size, int64_t tasks,
                      size_t *last);

/* The larger of the CPU and the memory share of `size`: what "decreasing" goes by. */
double placement_share(struct resources size, struct resources scale);

#endif
