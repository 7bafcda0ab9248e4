/* A snapshot whose lists are sorted as snapshot.h promises: a snapshot out of a file that somebody
 * has edited may not keep that promise, and the same facts must give the same plan. */
#ifndef DECIDE_ORDER_H
#define DECIDE_ORDER_H

#include "base/arena.h"
#include "model/snapshot.h"

/* A shallow copy; lists that are in order already are shared with the original. At most
 * `service_count` services. */
struct snapshot order_snapshot(const struct snapshot *snapshot, size_t service_count,
                               struct arena *arena);

#endif
