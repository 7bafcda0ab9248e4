#include "simulate/clairvoyant.h"

#include "simulate/demand.h"

#include <math.h>

#include "base/banned.h"

enum { MINUTE_MS = 60000 };

struct solving {
    struct arena *arena;
    const struct clairvoyant_options *options;
    struct clairvoyant_result *result;
    struct ratio_result *ratio;
    size_t minutes;
    double outside_minutes;
    double objective_minutes; /* of services with an objective */
};

static const struct definition *definition_of(const struct solving *solving, struct str cluster)
{
    for (size_t i = 0; i < solving->options->definition_count; i++) {
        const struct definition *definition = solving->options->definitions[i];
        if (str_eq(definition->cluster, cluster) && definition->enabled)
            return definition;
    }
    return NULL;
}

/* NULL: nobody scales it. */
static const struct service_definition *scaled(const struct definition *definition,
                                               const struct sim_service_spec *spec)
{
    for (size_t i = 0; definition != NULL && i < definition->service_count; i++) {
        const struct service_definition *service = &definition->services[i];
        if (str_eq(service->name.value, spec->name) && service->enabled &&
            spec->strategy == SCHEDULING_REPLICA)
            return service;
    }
    return NULL;
}

static const struct service_result *result_of(const struct solving *solving, size_t cluster,
                                              size_t service)
{
    const struct policy_result *policy = solving->options->policy;
    for (size_t i = 0; i < policy->service_count; i++) {
        if (policy->services[i].cluster == cluster && policy->services[i].service == service)
            return &policy->services[i];
    }
    return NULL;
}

static double outside_minutes(const struct solving *solving, size_t cluster, size_t service)
{
    return (double)result_of(solving, cluster, service)->totals.time_outside_ms / MINUTE_MS;
}

/* The mean of each step of the series. */
static double *as_series(const struct solving *solving, const int64_t *units)
{
    int64_t length_ms = solving->options->scenario->length_ms;
    size_t step = (size_t)(simulate_step_ms(length_ms) / MINUTE_MS);
    double *series = ARENA_ARRAY(solving->arena, double, simulate_point_count(length_ms));
    for (size_t from = 0; from < solving->minutes; from += step) {
        size_t to = from + step < solving->minutes ? from + step : solving->minutes;
        for (size_t i = from; i < to; i++)
            series[from / step] += (double)units[i] / (double)(to - from);
    }
    return series;
}

/* A pool's best plan and its bound at what the policy was outside, in unit-hours. */
struct solved {
    struct pool_plan plan;
    double bound_hours;
};

static void take_solved(struct solving *solving, const struct solved *solved, double price)
{
    double hours = solved->plan.unit_minutes / 60;
    solving->result->cost += hours * price;
    solving->ratio->bound += solved->bound_hours * price;
    solving->outside_minutes += solved->plan.outside_minutes;
}

/* The bound, once the best plan is there. The policy was outside for `policy_minutes`, the pool's
 * share of it. */
static void add_bound(const struct demand *demand, double policy_minutes, struct solved *solved)
{
    double allowed = policy_minutes - demand->unavoidable_minutes;
    solved->bound_hours = pool_bound(&demand->pool, &solved->plan, fmax(allowed, 0)) / 60;
    solved->plan.outside_minutes += demand->unavoidable_minutes;
}

static bool fail(struct solving *solving, const char *why)
{
    solving->result->reason = str_from(why);
    return false;
}

/* ---- Fargate: each service by itself ---- */

static bool solve_fargate(struct solving *solving, size_t cluster, size_t service,
                          const struct service_definition *definition)
{
    const struct scenario *scenario = solving->options->scenario;
    const struct sim_service_spec *spec = &scenario->spec.clusters[cluster].services[service];
    double price = scenario->clusters[cluster].task_prices[service];
    if (definition == NULL) {
        const struct service_result *own = result_of(solving, cluster, service);
        solving->result->cost += own->cost;
        solving->ratio->bound += own->cost;
        solving->result->task_hours += own->totals.task_ms / 3600000;
        solving->outside_minutes += outside_minutes(solving, cluster, service);
        return true;
    }
    const struct demand_service one = {.spec = spec, .definition = definition, .share = 1};
    struct demand demand = {.pool = {.minutes = solving->minutes,
                                     .min = definition->min,
                                     .max = definition->max,
                                     .initial = spec->desired,
                                     .first_up = (size_t)(spec->start.low_ms / MINUTE_MS),
                                     .quantum = 1}};
    demand_fill(solving->arena, &one, 1, &demand);
    const char *fault = pool_fault(&demand.pool);
    if (fault != NULL)
        return fail(solving, fault);
    struct solved solved;
    pool_solve_best(&demand.pool, solving->arena, &solved.plan);
    add_bound(&demand, outside_minutes(solving, cluster, service), &solved);
    take_solved(solving, &solved, price);
    solving->result->task_hours += solved.plan.unit_minutes / 60;
    size_t index =
        (size_t)(result_of(solving, cluster, service) - solving->options->policy->services);
    solving->result->tasks[index] = as_series(solving, solved.plan.units);
    return true;
}

/* ---- instances ---- */

/* A cluster's instances and the services on them. */
struct fleet {
    size_t cluster;
    const struct definition *definition;
    const struct sim_group_spec *group;
    struct resources room; /* of an instance, without its DAEMONs */
    struct demand_service *services;
    size_t service_count;
    double policy_minutes; /* outside, of these services as far as they are scaled */
};

static void fleet_init(const struct solving *solving, size_t cluster,
                       const struct definition *definition, struct fleet *fleet)
{
    const struct sim_spec *spec = &solving->options->scenario->spec;
    const struct sim_cluster_spec *here = &spec->clusters[cluster];
    *fleet = (struct fleet){
        .cluster = cluster,
        .definition = definition,
        .group = &here->groups[0],
        .room = spec->types[here->groups[0].type].size,
        .services = ARENA_ARRAY(solving->arena, struct demand_service, here->service_count),
    };
    for (size_t i = 0; i < here->service_count; i++) {
        const struct sim_service_spec *service = &here->services[i];
        if (service->launch_type != LAUNCH_EC2)
            continue;
        if (service->strategy == SCHEDULING_DAEMON) {
            fleet->room.cpu_units -= service->task_size.cpu_units;
            fleet->room.mem_mib -= service->task_size.mem_mib;
            continue;
        }
        const struct service_definition *of = scaled(definition, service);
        if (of != NULL)
            fleet->policy_minutes += outside_minutes(solving, cluster, i);
        fleet->services[fleet->service_count++] =
            (struct demand_service){.spec = service, .definition = of};
    }
}

static int64_t gcd(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* What a task takes of an instance: of one service alone how many fit is exact, of several each
 * kind of room is a bound of its own. Gives the quantum; 0: nothing fits at all. */
static double fill_shares(struct fleet *fleet, bool by_memory)
{
    int64_t room = by_memory ? fleet->room.mem_mib : fleet->room.cpu_units;
    if (fleet->room.mem_mib <= 0 || fleet->room.cpu_units < 0)
        return 0;
    if (fleet->service_count == 1) {
        const struct sim_service_spec *spec = fleet->services[0].spec;
        int64_t fit = fleet->room.mem_mib / spec->task_size.mem_mib;
        if (spec->task_size.cpu_units > 0 &&
            fleet->room.cpu_units / spec->task_size.cpu_units < fit)
            fit = fleet->room.cpu_units / spec->task_size.cpu_units;
        fit = spec->distinct_instance && fit > 1 ? 1 : fit;
        fleet->services[0].share = fit > 0 ? 1 / (double)fit : 0;
        return fleet->services[0].share;
    }
    int64_t unit = room;
    for (size_t i = 0; i < fleet->service_count; i++) {
        const struct resources *size = &fleet->services[i].spec->task_size;
        int64_t takes = by_memory ? size->mem_mib : size->cpu_units;
        fleet->services[i].share = room > 0 ? (double)takes / (double)room : 0;
        unit = gcd(unit, takes);
    }
    return room > 0 ? (double)unit / (double)room : 0;
}

static void fill_pool(const struct solving *solving, const struct fleet *fleet, double quantum,
                      struct pool *pool)
{
    const struct sim_group_spec *group = fleet->group;
    const struct definition *definition = fleet->definition;
    int64_t before_ms = group->launch.low_ms + group->join.low_ms;
    *pool = (struct pool){
        .minutes = solving->minutes,
        .min = definition->has_min ? definition->min : group->min,
        .max = definition->has_max ? definition->max : group->max,
        .initial = group->desired,
        .up_minutes = (double)before_ms / MINUTE_MS,
        .down_minutes = (double)group->terminate.low_ms / MINUTE_MS,
        .first_up = (size_t)(before_ms / MINUTE_MS),
        .quantum = quantum,
    };
    if (group->capacity > 0 && group->capacity < pool->max)
        pool->max = group->capacity;
    if (pool->min > pool->max)
        pool->min = pool->max;
}

static bool is_harder(const struct pool_plan *a, const struct pool_plan *b)
{
    if (a->outside_minutes != b->outside_minutes)
        return a->outside_minutes > b->outside_minutes;
    return a->unit_minutes > b->unit_minutes;
}

/* By the kind of room that needs more. */
static bool solve_scaled_fleet(struct solving *solving, struct fleet *fleet)
{
    struct solved best = {.bound_hours = 0};
    struct demand hardest = {.pool = {.minutes = 0}};
    for (int by_memory = 0; by_memory < (fleet->service_count == 1 ? 1 : 2); by_memory++) {
        double quantum = fill_shares(fleet, by_memory != 0);
        if (quantum <= 0)
            continue;
        struct demand demand = {.pool = {.minutes = 0}};
        struct pool_plan plan;
        fill_pool(solving, fleet, quantum, &demand.pool);
        demand_fill(solving->arena, fleet->services, fleet->service_count, &demand);
        const char *fault = pool_fault(&demand.pool);
        if (fault != NULL)
            return fail(solving, fault);
        pool_solve_best(&demand.pool, solving->arena, &plan);
        if (hardest.pool.minutes == 0 || is_harder(&plan, &best.plan)) {
            best.plan = plan;
            hardest = demand;
        }
    }
    if (hardest.pool.minutes == 0)
        return fail(solving, "no task fits on an instance beside the DAEMON services");
    add_bound(&hardest, fleet->policy_minutes, &best);
    const struct sim_spec *spec = &solving->options->scenario->spec;
    take_solved(solving, &best, spec->types[fleet->group->type].price_per_hour);
    solving->result->instance_hours += best.plan.unit_minutes / 60;
    const struct policy_result *policy = solving->options->policy;
    for (size_t i = 0; i < policy->group_count; i++) {
        if (policy->groups[i].cluster == fleet->cluster)
            solving->result->instances[i] = as_series(solving, best.plan.units);
    }
    return true;
}

/* Nobody scales these instances: they cost what they cost. */
static void take_own_groups(struct solving *solving, size_t cluster)
{
    const struct policy_result *policy = solving->options->policy;
    for (size_t i = 0; i < policy->group_count; i++) {
        if (policy->groups[i].cluster != cluster)
            continue;
        solving->result->cost += policy->groups[i].cost;
        solving->ratio->bound += policy->groups[i].cost;
        solving->result->instance_hours += policy->groups[i].instance_ms / 3600000;
    }
}

static bool solve_cluster(struct solving *solving, size_t cluster)
{
    const struct sim_cluster_spec *spec = &solving->options->scenario->spec.clusters[cluster];
    const struct definition *definition = definition_of(solving, spec->name);
    bool has_fleet = definition != NULL && definition->has_group &&
                     !(definition->has_max && definition->max == 0);
    if (has_fleet && spec->group_count > 1)
        return fail(solving, "a cluster has several groups");
    for (size_t i = 0; i < spec->service_count; i++) {
        const struct sim_service_spec *service = &spec->services[i];
        const struct service_definition *of = scaled(definition, service);
        if (demand_has_objective(service))
            solving->objective_minutes += (double)solving->minutes;
        if (service->launch_type != LAUNCH_EC2) {
            if (!solve_fargate(solving, cluster, i, of))
                return false;
        } else if (!has_fleet || of == NULL) {
            solving->outside_minutes += outside_minutes(solving, cluster, i);
        }
    }
    if (!has_fleet) {
        take_own_groups(solving, cluster);
        return true;
    }
    struct fleet fleet;
    fleet_init(solving, cluster, definition, &fleet);
    if (fleet.service_count == 0) {
        take_own_groups(solving, cluster);
        return true;
    }
    return solve_scaled_fleet(solving, &fleet);
}

void clairvoyant_solve(struct arena *arena, const struct clairvoyant_options *options,
                       struct clairvoyant_result *result, struct ratio_result *ratio)
{
    *result = (struct clairvoyant_result){0};
    *ratio = (struct ratio_result){0};
    result->instances = ARENA_ARRAY(arena, double *, options->policy->group_count + 1);
    result->tasks = ARENA_ARRAY(arena, double *, options->policy->service_count + 1);
    struct solving solving = {
        .arena = arena,
        .options = options,
        .result = result,
        .ratio = ratio,
        .minutes = (size_t)(options->scenario->length_ms / MINUTE_MS),
    };
    for (size_t i = 0; i < options->scenario->spec.cluster_count; i++) {
        if (!solve_cluster(&solving, i))
            return;
    }
    result->known = ratio->known = true;
    result->time_outside_ms = solving.outside_minutes * MINUTE_MS;
    if (solving.objective_minutes > 0)
        result->time_outside_share = solving.outside_minutes / solving.objective_minutes;
    double cost = options->policy->totals.cost;
    if (ratio->bound > 0)
        ratio->cost = cost / ratio->bound;
    if (result->cost > 0)
        ratio->cost_over_clairvoyant = cost / result->cost;
}
