/* The least that a pool of equal units (a group's instances; the tasks of one Fargate service) can
 * cost if the load ahead is known: an exact minimum, by dynamic programming over minutes, of the
 * model below. docs/simulation.md, "The clairvoyant", says why no policy can be cheaper.
 *
 * Units change at full minutes. A unit is paid for each minute it can be used, for `up_minutes`
 * before that and for `down_minutes` after it. Shares are of one unit.
 *
 * - Firm work (web services): in each minute each needs so many units; with less it is outside in
 *   that minute, and then needs its floor only.
 * - Deferrable work (queues, taken together): comes in unit-minutes, may wait, is due later; a
 *   minute at whose end less is done than is due is outside.
 *
 * The price of a minute outside decides between cost and time outside. Pure. */
#ifndef SIMULATE_POOL_H
#define SIMULATE_POOL_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool {
    size_t minutes;
    int64_t min; /* units that can be used; raised to what floors and reserved need */
    int64_t max;
    int64_t initial;
    double up_minutes;
    double down_minutes;
    size_t first_up; /* no unit more than `initial` before this minute */
    double reserved; /* units taken in every minute, whatever happens */

    size_t firm_count;
    const double *firm_need;  /* [minute * firm_count + i]; at least its floor */
    const double *firm_floor; /* [i] */

    const double *work;   /* [minute]: what comes, unit-minutes; NULL: no deferrable work */
    const double *due;    /* [minute]: what must be done by its end, summed since the start */
    double work_rate_max; /* units at work on it at most; INFINITY: no limit */
    double work_rate_min; /* units that are there for it in any case */
    double quantum;       /* unit-minutes that all of the above are whole multiples of; the
                             arithmetic is exact then. Coarser where the table would be larger
                             than POOL_STATES: rounded so that the result stays a bound */
};

enum { POOL_STATES = 4000000, POOL_UNITS = 2000, POOL_FIRM = 30 };

struct pool_plan {
    double unit_minutes; /* paid */
    double outside_minutes;
    double worth;   /* unit_minutes + price × outside_minutes, as it was minimised */
    int64_t *units; /* [minute] */
};

/* NULL, or why the pool cannot be solved: too large for the table, or its floors do not fit. */
const char *pool_fault(const struct pool *pool);

/* With a plan where `arena` is given, else `worth` alone. The pool must have no fault. */
void pool_solve(const struct pool *pool, double outside_price, struct arena *arena,
                struct pool_plan *plan);

/* As little time outside as can be, and then as little cost. */
void pool_solve_best(const struct pool *pool, struct arena *arena, struct pool_plan *plan);

/* The least that anything with at most so many minutes outside costs, in unit-minutes: the best of
 * pool_solve(price) - price × allowed over prices (a Lagrangian bound; exact at its corners).
 * `best` is what pool_solve_best gave. */
double pool_bound(const struct pool *pool, const struct pool_plan *best, double allowed_minutes);

#endif
