/* simulate/pool.h against going through every possibility, and against whole simulations: nothing
 * costs less than the bound. */
#include "random.h"
#include "unit.h"

#include "simulate/clairvoyant.h"
#include "simulate/demand.h"

#include <math.h>

static size_t random_below(struct random *random, size_t count)
{
    return (size_t)random_between(random, 0, (int64_t)count - 1);
}

/* ---- every possibility of a small pool ---- */

enum { MINUTES = 5, FIRM = 2, LEVELS = 3 * MINUTES + 1 };

/* What one minute of a small pool asks for: real numbers, a queue that is first in, first out. */
struct search {
    const struct pool *pool;
    double least[LEVELS]; /* by minutes outside: the least unit-minutes */
};

static double firm_taken(const struct pool *pool, size_t minute, unsigned outside)
{
    double taken = pool->reserved;
    for (size_t i = 0; i < pool->firm_count; i++)
        taken += (outside >> i & 1) != 0 ? pool->firm_floor[i]
                                         : pool->firm_need[minute * pool->firm_count + i];
    return taken;
}

/* Tries all counts of units and all subsets of works that are outside, minute by minute. */
static void search(struct search *all, size_t minute, int64_t before, double done, double cost,
                   int outside)
{
    const struct pool *pool = all->pool;
    if (minute == pool->minutes) {
        for (int level = outside; level < LEVELS; level++)
            all->least[level] = fmin(all->least[level], cost);
        return;
    }
    double came = 0;
    for (size_t i = 0; pool->work != NULL && i <= minute; i++)
        came += pool->work[i];
    double end_down = fmin(pool->down_minutes, (double)(pool->minutes - minute));
    for (int64_t units = pool->min; units <= pool->max; units++) {
        if (units > before && minute < pool->first_up)
            continue;
        double paid = cost + (double)units +
                      (units > before ? (double)(units - before) * pool->up_minutes
                                      : (double)(before - units) * end_down);
        for (unsigned subset = 0; subset < 1u << pool->firm_count; subset++) {
            double left = (double)units - firm_taken(pool, minute, subset);
            if (left < pool->work_rate_min - 1e-9)
                continue;
            double after = fmin(came, done + fmin(left, pool->work_rate_max));
            bool late = pool->work != NULL && after < pool->due[minute] - 1e-9;
            search(all, minute + 1, units, after, paid,
                   outside + __builtin_popcount(subset) + (late ? 1 : 0));
        }
    }
}

struct small {
    struct pool pool;
    double need[MINUTES * FIRM];
    double floors[FIRM];
    double work[MINUTES];
    double due[MINUTES];
};

/* All numbers are multiples of a quarter, so that the table is exact. */
static void make_small(struct random *state, struct small *small)
{
    struct pool *pool = &small->pool;
    *small = (struct small){0};
    *pool = (struct pool){
        .minutes = 1 + random_below(state, MINUTES),
        .max = 1 + (int64_t)random_below(state, 3),
        .initial = (int64_t)random_below(state, 4),
        .up_minutes = (double)random_below(state, 7) / 2,
        .down_minutes = (double)random_below(state, 4) / 2,
        .first_up = random_below(state, 3),
        .firm_count = random_below(state, FIRM + 1),
        .firm_need = small->need,
        .firm_floor = small->floors,
        .quantum = 0.25,
    };
    for (size_t i = 0; i < pool->firm_count; i++) {
        small->floors[i] = (double)random_below(state, 2) / 4;
        for (size_t m = 0; m < pool->minutes; m++)
            small->need[m * pool->firm_count + i] =
                small->floors[i] + (double)random_below(state, 7) / 4;
    }
    if (random_below(state, 4) == 0)
        return;
    double came = 0;
    double due = 0;
    for (size_t m = 0; m < pool->minutes; m++) {
        small->work[m] = (double)random_below(state, 7) / 4;
        came += small->work[m];
        double more = (double)random_below(state, 5) / 4;
        due = fmin(came, due + more);
        small->due[m] = due;
    }
    pool->work = small->work;
    pool->due = small->due;
    pool->work_rate_min = (double)random_below(state, 2) / 4;
    pool->work_rate_max = pool->work_rate_min + (double)random_below(state, 9) / 4;
}

static void the_table_is_as_good_as_every_possibility(void **state)
{
    (void)state;
    size_t tried = 0;
    size_t tight = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct random random = {seed};
        struct small small;
        make_small(&random, &small);
        if (pool_fault(&small.pool) != NULL)
            continue;
        struct pool pool = small.pool;
        double floors = pool.reserved + pool.work_rate_min;
        for (size_t i = 0; i < pool.firm_count; i++)
            floors += small.floors[i];
        pool.min =
            (int64_t)ceil(floors - 1e-9) > pool.min ? (int64_t)ceil(floors - 1e-9) : pool.min;
        struct search all = {.pool = &pool};
        for (size_t i = 0; i < LEVELS; i++)
            all.least[i] = INFINITY;
        int64_t initial = pool.initial < pool.min   ? pool.min
                          : pool.initial > pool.max ? pool.max
                                                    : pool.initial;
        search(&all, 0, initial, 0, 0, 0);

        struct arena arena CLEANUP(arena_release) = ARENA_INIT;
        struct pool_plan best;
        pool_solve_best(&small.pool, &arena, &best);
        size_t least = 0;
        while (isinf(all.least[least]))
            least++;
        if (fabs(best.outside_minutes - (double)least) > 1e-9 ||
            fabs(best.unit_minutes - all.least[least]) > 1e-6)
            fail_msg("seed %llu: %g outside at %g, every possibility: %zu at %g",
                     (unsigned long long)seed, best.outside_minutes, best.unit_minutes, least,
                     all.least[least]);
        for (size_t level = least; level < LEVELS; level++) {
            double bound = pool_bound(&small.pool, &best, (double)level);
            if (bound > all.least[level] + 1e-6)
                fail_msg("seed %llu: with %zu minutes outside %g is possible, the bound is %g",
                         (unsigned long long)seed, level, all.least[level], bound);
            tight += bound > all.least[level] - 0.05 * all.least[level] - 1e-6;
            tried++;
        }
    }
    print_message("%zu bounds, %zu within 5 %% of what is possible\n", tried, tight);
    assert_true(tried > 1500);
    assert_true(tight * 10 > tried * 8);
}

/* The table is coarser than the pool where it must be: it stays below what is possible. */
static void a_coarse_table_stays_a_bound(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct random random = {seed};
        struct small small;
        make_small(&random, &small);
        if (pool_fault(&small.pool) != NULL || small.pool.work == NULL)
            continue;
        struct arena arena CLEANUP(arena_release) = ARENA_INIT;
        struct pool_plan fine;
        struct pool_plan coarse;
        pool_solve_best(&small.pool, &arena, &fine);
        small.pool.quantum = random_below(&random, 2) == 0 ? 0.6 : 1.5;
        pool_solve_best(&small.pool, &arena, &coarse);
        assert_true(coarse.outside_minutes <= fine.outside_minutes);
        if (coarse.outside_minutes == fine.outside_minutes)
            assert_true(coarse.unit_minutes <= fine.unit_minutes + 1e-9);
    }
}

/* ---- tasks ---- */

static void tasks_hold_the_objective(void **state)
{
    (void)state;
    const struct {
        double load;
        double max_utilisation;
        double max_latency_ms;
        int64_t tasks;
    } rows[] = {
        {0, 0.5, 0, 0},     {1, 0.5, 0, 1},       {50, 0.5, 0, 1},    {50.1, 0.5, 0, 2},
        {100, 0, 100, 2},   {50, 0, 100, 1},      {99, 0, 5000, 1},   {99.1, 0, 5000, 2},
        {100, 0, 20000, 1}, {100.1, 0, 20000, 2}, {100, 0.9, 100, 2}, {100, 0.4, 100, 3},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct sim_service_spec spec = {
            .workload = {.kind = SIM_WEB,
                         .rate_per_task = 100,
                         .base_latency_ms = 50,
                         .max_latency_ms = 10000},
            .objective = {.max_utilisation = rows[i].max_utilisation,
                          .max_latency_ms = rows[i].max_latency_ms},
        };
        assert_int_equal(demand_web_tasks(&spec, rows[i].load), rows[i].tasks);
    }
}

/* ---- whole simulations ---- */

enum { TEXT_BYTES = 64 * 1024 };

static void add_load(struct random *random, struct buf *out)
{
    buf_addf(out, "load: [{daily: {low: %zu, high: %zu, peak: %zu:00}, noise: 0.%zu}",
             random_below(random, 5), 5 + random_below(random, 40), random_below(random, 24),
             random_below(random, 4));
    if (random_below(random, 2) == 0)
        buf_addf(out, ", {spike: {at: %zum, height: %zu, hold: %zum, rise: %zum}}",
                 random_below(random, 200), random_below(random, 60), 5 + random_below(random, 60),
                 random_below(random, 10));
    buf_add(out, STR("]"));
}

static void make_scenario(struct random *random, struct buf *out)
{
    bool two = random_below(random, 2) == 0;
    bool fargate = random_below(random, 4) == 0;
    buf_addf(out,
             "seed: %zu\nlength: 4h\ninstance_types: {t: {cpu: 1024, memory: 2000, price: 1}}\n"
             "clusters:\n  c:\n    groups:\n"
             "      g: {instance_type: t, min: %zu, max: %zu, launch: %zus..60s}\n    services:\n",
             random_below(random, 1000), random_below(random, 2), 2 + random_below(random, 6),
             random_below(random, 60));
    buf_addf(out, "      q: {cpu: %zu, memory: %zu, http: /q, queue: {rate: %zu, objective: ",
             (size_t)128 << random_below(random, 3), 100 + random_below(random, 500),
             2 + random_below(random, 5));
    buf_addf(out, "{max_wait: %zum}, ", 1 + random_below(random, 10));
    add_load(random, out);
    buf_add(out, STR("}}\n"));
    if (!two)
        return;
    buf_addf(out, "      w: {cpu: %zu, memory: %zu, %sweb: {rate: %zu, objective: ",
             (size_t)128 << random_below(random, 3), 100 + random_below(random, 500),
             fargate ? "launch_type: FARGATE, price: 0.3, " : "", 5 + random_below(random, 9));
    buf_add(out, STR("{max_utilisation: 0.8}, "));
    add_load(random, out);
    buf_add(out, STR("}}\n"));
}

static void make_definition(struct random *random, bool two, struct buf *out)
{
    buf_addf(out,
             "autoscale_group: g\nmin: %zu\nmax: %zu\nservices:\n  q:\n    min: %zu\n"
             "    max: %zu\n    metric_sources:\n      third_party:\n"
             "        - {url: 'http://h/q', statistics: [{name: messages_ready, alias: a}]}\n"
             "    events:\n      - {metric: a, action: %zu, min: %zu}\n"
             "      - {metric: a, action: -1, max: %zu}\n",
             random_below(random, 2), 3 + random_below(random, 5), random_below(random, 2),
             2 + random_below(random, 12), 1 + random_below(random, 3),
             20 + random_below(random, 400), random_below(random, 20));
    if (two)
        buf_addf(out,
                 "  w:\n    min: 1\n    max: %zu\n    metric_sources:\n      cloudwatch:\n"
                 "        - {metric_name: CPUUtilization, period: 60, dimensions: [{name: "
                 "ClusterName, value: c}, {name: ServiceName, value: w}], statistics: [{name: "
                 "Average, alias: b}]}\n    events:\n      - {metric: b, action: %zu, min: %zu}\n"
                 "      - {metric: b, action: -1, max: %zu}\n",
                 2 + random_below(random, 8), 1 + random_below(random, 2),
                 50 + random_below(random, 40), 10 + random_below(random, 30));
}

static void no_policy_is_cheaper(void **state)
{
    (void)state;
    size_t known = 0;
    double nearest = INFINITY;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random random = {seed * 7919};
        struct arena arena CLEANUP(arena_release) = ARENA_INIT;
        struct buf text CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
        struct buf definition_text CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
        struct findings findings = {0};
        struct loaded loaded = {0};
        make_scenario(&random, &text);
        const struct scenario *scenario =
            scenario_load_text(&arena, STR("random.yml"), buf_str(&text), NULL, &findings);
        assert_non_null(scenario);
        make_definition(&random, scenario->spec.clusters[0].service_count > 1, &definition_text);
        scenario_definitions_text(&arena, STR("c.yml"), buf_str(&definition_text), &loaded);
        const struct definition *definition = loaded.files.items[0].definition;
        assert_non_null(definition);
        struct policy_result policy;
        const struct simulate_options options = {.scenario = scenario,
                                                 .definitions = &definition,
                                                 .definition_count = 1,
                                                 .totals_only = true};
        simulate_policy(&arena, &options, &policy);
        struct clairvoyant_result clairvoyant;
        struct ratio_result ratio;
        const struct clairvoyant_options ahead = {.scenario = scenario,
                                                  .definitions = &definition,
                                                  .definition_count = 1,
                                                  .policy = &policy};
        clairvoyant_solve(&arena, &ahead, &clairvoyant, &ratio);
        if (!clairvoyant.known)
            continue;
        known++;
        nearest = fmin(nearest, ratio.bound > 0 ? ratio.cost : INFINITY);
        if (ratio.bound > policy.totals.cost + 1e-6 ||
            clairvoyant.time_outside_share > policy.totals.time_outside_share + 1e-9)
            fail_msg("seed %llu: cost %g, outside %g; bound %g, clairvoyant %g, outside %g\n%s%s",
                     (unsigned long long)seed, policy.totals.cost, policy.totals.time_outside_share,
                     ratio.bound, clairvoyant.cost, clairvoyant.time_outside_share, buf_cstr(&text),
                     buf_cstr(&definition_text));
    }
    print_message("%zu simulations, the nearest costs %.3f of its bound\n", known, nearest);
    assert_true(known > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_as_good_as_every_possibility),
        cmocka_unit_test(a_coarse_table_stays_a_bound),
        cmocka_unit_test(tasks_hold_the_objective),
        cmocka_unit_test(no_policy_is_cheaper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
