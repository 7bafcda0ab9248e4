#include "simulate/pool.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

/* What rounding leaves. */
static const double nothing = 1e-9;

enum { CHOICE_BITS = 11 }; /* of a choice for the units; the rest says how many works are outside */
_Static_assert(POOL_UNITS < 1 << CHOICE_BITS && POOL_FIRM < 1 << (16 - CHOICE_BITS), "they fit");

/* The table of one solving, from the last minute to the first: `value` holds, for each count of
 * units x and backlog b (in quanta) before a minute, the least worth of all that follows. */
struct table {
    const struct pool *pool;
    double price;
    double quantum;
    int64_t min;
    size_t units;   /* counts min..max */
    size_t backlog; /* quanta 0..backlog-1; the last also stands for all beyond */
    double *value;
    double *next;     /* of the minute after */
    double *row;      /* [x * backlog + b]: the worth of going through this minute with x units */
    uint8_t *dropped; /* likewise: firm works outside then */
    uint16_t *choice; /* [minute][x][b]: NULL: not kept */
    int64_t *allowed; /* [minute]: quanta that may wait at its end */
    int64_t *coming;  /* [minute]: quanta */
};

/* ---- the firm part of a minute ---- */

static double sum(const double *values, size_t count)
{
    double total = 0;
    for (size_t i = 0; i < count; i++)
        total += values[i];
    return total;
}

/* taken[n]: units that are taken when n firm works are outside, those that free the most. */
static void fill_taken(const struct pool *pool, size_t minute, double taken[POOL_FIRM + 1])
{
    const double *need = &pool->firm_need[minute * pool->firm_count];
    double freed[POOL_FIRM];
    for (size_t i = 0; i < pool->firm_count; i++) {
        double here = need[i] - pool->firm_floor[i];
        size_t at = i;
        while (at > 0 && freed[at - 1] < here) {
            freed[at] = freed[at - 1];
            at--;
        }
        freed[at] = here;
    }
    taken[0] = pool->reserved + sum(need, pool->firm_count);
    for (size_t n = 0; n < pool->firm_count; n++)
        taken[n + 1] = taken[n] - freed[n];
}

/* ---- the deferrable part ---- */

static int64_t quanta_up(double quantum, double units)
{
    return (int64_t)ceil(units / quantum - nothing);
}

/* Quanta that come in each minute (what is summed is rounded down, so that nothing adds up) and
 * that may wait at its end. Gives the most that may wait. */
static int64_t fill_work(struct table *table)
{
    const struct pool *pool = table->pool;
    int64_t most = 0;
    int64_t before = 0;
    double came = 0;
    for (size_t i = 0; pool->work != NULL && i < pool->minutes; i++) {
        came += pool->work[i];
        int64_t whole = (int64_t)floor(came / table->quantum + nothing);
        table->coming[i] = whole - before;
        before = whole;
        table->allowed[i] = quanta_up(table->quantum, fmax(0, came - pool->due[i]));
        most = table->allowed[i] > most ? table->allowed[i] : most;
    }
    return most;
}

/* What waits after a minute with `left` units for it. */
static int64_t wait_after(const struct table *table, size_t minute, int64_t backlog, double left)
{
    const struct pool *pool = table->pool;
    double rate = fmin(fmax(left, pool->work_rate_min), pool->work_rate_max);
    int64_t after = backlog + table->coming[minute] - quanta_up(table->quantum, rate);
    return after > 0 ? after : 0;
}

static size_t as_index(const struct table *table, int64_t backlog)
{
    return backlog < (int64_t)table->backlog ? (size_t)backlog : table->backlog - 1;
}

/* ---- one minute ---- */

/* The worth of a minute with `x` units, for every backlog before it. */
static void fill_row(const struct table *table, size_t minute, size_t x, const double *taken)
{
    const struct pool *pool = table->pool;
    double *row = &table->row[x * table->backlog];
    uint8_t *chosen = &table->dropped[x * table->backlog];
    const double *next = &table->next[x * table->backlog];
    double units = (double)(table->min + (int64_t)x);
    for (size_t b = 0; b < table->backlog; b++)
        row[b] = INFINITY;
    for (size_t dropped = 0; dropped <= pool->firm_count; dropped++) {
        double left = units - taken[dropped];
        if (left < pool->work_rate_min - nothing && dropped < pool->firm_count)
            continue;
        double cost = units + table->price * (double)dropped;
        for (size_t b = 0; b < table->backlog; b++) {
            int64_t after = wait_after(table, minute, (int64_t)b, left);
            double late = after > table->allowed[minute] ? table->price : 0;
            double worth = cost + late + next[as_index(table, after)];
            if (worth < row[b]) {
                row[b] = worth;
                chosen[b] = (uint8_t)dropped;
            }
        }
        if (pool->work == NULL)
            break; /* more of them outside frees nothing that is wanted */
    }
}

static void choose(struct table *table, size_t minute, size_t before, size_t b, size_t x)
{
    if (table->choice == NULL)
        return;
    size_t dropped = table->dropped[x * table->backlog + b];
    table->choice[(minute * table->units + before) * table->backlog + b] =
        (uint16_t)(x | dropped << CHOICE_BITS);
}

/* From each count of units before a minute to the best count in it. */
static void choose_units(struct table *table, size_t minute, size_t b)
{
    const struct pool *pool = table->pool;
    size_t stride = table->backlog;
    double down = fmin(pool->down_minutes, (double)(pool->minutes - minute));
    double best = INFINITY;
    size_t at = 0;
    for (size_t x = table->units; x-- > 0;) { /* more, or as many */
        best = minute >= pool->first_up ? best + pool->up_minutes : INFINITY;
        if (table->row[x * stride + b] <= best) {
            best = table->row[x * stride + b];
            at = x;
        }
        table->value[x * stride + b] = best;
        choose(table, minute, x, b, at);
    }
    best = INFINITY;
    for (size_t x = 0; x < table->units; x++) { /* fewer */
        best += down;
        if (best < table->value[x * stride + b]) {
            table->value[x * stride + b] = best;
            choose(table, minute, x, b, at);
        }
        if (table->row[x * stride + b] <= best) {
            best = table->row[x * stride + b];
            at = x;
        }
    }
}

static void fill_table(struct table *table)
{
    double taken[POOL_FIRM + 1];
    for (size_t minute = table->pool->minutes; minute-- > 0;) {
        double *swap = table->next; /* zero at first: nothing follows the last minute */
        table->next = table->value;
        table->value = swap;
        fill_taken(table->pool, minute, taken);
        for (size_t x = 0; x < table->units; x++)
            fill_row(table, minute, x, taken);
        for (size_t b = 0; b < table->backlog; b++)
            choose_units(table, minute, b);
    }
}

/* ---- the table as a whole ---- */

/* Units that the floors and what is reserved take. */
static int64_t units_min(const struct pool *pool)
{
    double floors = pool->reserved + pool->work_rate_min + sum(pool->firm_floor, pool->firm_count);
    int64_t units = (int64_t)ceil(floors - nothing);
    return units > pool->min ? units : pool->min;
}

const char *pool_fault(const struct pool *pool)
{
    if (units_min(pool) > pool->max)
        return "the smallest numbers of tasks do not fit into the largest number of instances";
    if (pool->max - units_min(pool) >= POOL_UNITS || pool->firm_count > POOL_FIRM)
        return "there are too many instances or services to go through all possibilities";
    return NULL;
}

/* Half as much again as may wait, for what waits longer; of little work all there is. What would be
 * beyond is let go: that can only make a plan cheaper. */
static size_t backlog_room(const struct table *table, size_t most)
{
    enum { FEW = 64 };
    size_t all = 1;
    for (size_t i = 0; i < table->pool->minutes && all < FEW; i++)
        all += (size_t)table->coming[i];
    size_t usual = most + most / 2 + 2;
    return usual > all || all >= FEW ? usual : all;
}

/* As fine as the pool's own quantum, unless the table would be too large. */
static void table_init(struct table *table, const struct pool *pool, double price)
{
    *table = (struct table){.pool = pool, .price = price, .quantum = pool->quantum};
    table->min = units_min(pool);
    table->units = (size_t)(pool->max - table->min + 1);
    table->coming = memory_new(pool->minutes + 1, sizeof(*table->coming));
    table->allowed = memory_new(pool->minutes + 1, sizeof(*table->allowed));
    size_t room = POOL_STATES / ((pool->minutes + 1) * table->units) + 4;
    size_t most = (size_t)fill_work(table);
    while (pool->work != NULL && most + most / 2 + 2 > room) {
        table->quantum *= 2;
        most = (size_t)fill_work(table);
    }
    table->backlog = pool->work != NULL ? backlog_room(table, most) : 1;
    size_t states = table->units * table->backlog;
    table->value = memory_new(states, sizeof(double));
    table->next = memory_new(states, sizeof(double));
    table->row = memory_new(states, sizeof(double));
    table->dropped = memory_new(states, sizeof(uint8_t));
}

static void table_release(struct table *table)
{
    memory_free(table->coming);
    memory_free(table->allowed);
    memory_free(table->value);
    memory_free(table->next);
    memory_free(table->row);
    memory_free(table->dropped);
    memory_free(table->choice);
}

/* Units in use before the first minute, as an index. */
static size_t first_units(const struct table *table)
{
    int64_t initial = table->pool->initial;
    initial = initial < table->min ? table->min : initial;
    initial = initial > table->pool->max ? table->pool->max : initial;
    return (size_t)(initial - table->min);
}

/* Follows the choices from the first minute on. */
static void follow(const struct table *table, struct arena *arena, struct pool_plan *plan)
{
    const struct pool *pool = table->pool;
    double taken[POOL_FIRM + 1];
    size_t before = first_units(table);
    size_t b = 0;
    plan->units = ARENA_ARRAY(arena, int64_t, pool->minutes);
    for (size_t minute = 0; minute < pool->minutes; minute++) {
        uint16_t choice = table->choice[(minute * table->units + before) * table->backlog + b];
        size_t x = choice & ((1u << CHOICE_BITS) - 1);
        size_t dropped = choice >> CHOICE_BITS;
        double units = (double)(table->min + (int64_t)x);
        fill_taken(pool, minute, taken);
        int64_t after = wait_after(table, minute, (int64_t)b, units - taken[dropped]);
        double down = fmin(pool->down_minutes, (double)(pool->minutes - minute));
        plan->unit_minutes += units;
        if (x > before)
            plan->unit_minutes += (double)(x - before) * pool->up_minutes;
        else
            plan->unit_minutes += (double)(before - x) * down;
        plan->outside_minutes += (double)dropped + (after > table->allowed[minute] ? 1 : 0);
        plan->units[minute] = table->min + (int64_t)x;
        before = x;
        b = as_index(table, after);
    }
}

void pool_solve(const struct pool *pool, double outside_price, struct arena *arena,
                struct pool_plan *plan)
{
    struct table table;
    *plan = (struct pool_plan){0};
    table_init(&table, pool, outside_price);
    if (arena != NULL)
        table.choice = memory_new(pool->minutes * table.units * table.backlog, sizeof(uint16_t));
    fill_table(&table);
    plan->worth = table.value[first_units(&table) * table.backlog];
    if (arena != NULL)
        follow(&table, arena, plan);
    table_release(&table);
}

void pool_solve_best(const struct pool *pool, struct arena *arena, struct pool_plan *plan)
{
    /* Dearer than all units all the time. */
    double all =
        (double)pool->max * ((double)pool->minutes + pool->up_minutes + pool->down_minutes) + 1;
    pool_solve(pool, all, arena, plan);
}

static double bound_at(const struct pool *pool, double price, double allowed_minutes)
{
    struct pool_plan plan;
    pool_solve(pool, price, NULL, &plan);
    return plan.worth - price * allowed_minutes;
}

/* The bound is concave in the price: golden section over its logarithm. */
double pool_bound(const struct pool *pool, const struct pool_plan *best, double allowed_minutes)
{
    enum { STEPS = 10 };
    static const double golden = 0.6180339887498949;
    if (allowed_minutes <= best->outside_minutes + nothing)
        return best->unit_minutes;
    double low = log(0.01);
    double high = log(100 * (double)(pool->max + 1));
    double a = high - golden * (high - low);
    double b = low + golden * (high - low);
    double at_a = bound_at(pool, exp(a), allowed_minutes);
    double at_b = bound_at(pool, exp(b), allowed_minutes);
    for (int i = 0; i < STEPS; i++) {
        if (at_a < at_b) {
            low = a;
            a = b;
            at_a = at_b;
            b = low + golden * (high - low);
            at_b = bound_at(pool, exp(b), allowed_minutes);
        } else {
            high = b;
            b = a;
            at_b = at_a;
            a = high - golden * (high - low);
            at_a = bound_at(pool, exp(a), allowed_minutes);
        }
    }
    double found = fmax(fmax(at_a, at_b), bound_at(pool, 0, allowed_minutes));
    return fmin(found, best->unit_minutes);
}
