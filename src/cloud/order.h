/* The order in which queries are batched: by kind, then by what can go into one call, then by what
 * they ask for. Queries that compare equal ask the same, and are asked once. Pure. */
#ifndef CLOUD_ORDER_H
#define CLOUD_ORDER_H

#include "cloud/cloud.h"

/* As qsort's: negative, 0, positive. */
int query_order(const struct query *a, const struct query *b);

#endif
