#include "simulate/sample.h"

#include "simulate/simulate.h"

#include <math.h>

#include "base/banned.h"

enum { MINUTE_MS = 60000 };

int64_t simulate_step_ms(int64_t length_ms)
{
    int64_t minutes = (length_ms + MINUTE_MS - 1) / MINUTE_MS;
    return (minutes + SIMULATE_POINTS - 1) / SIMULATE_POINTS * MINUTE_MS;
}

size_t simulate_point_count(int64_t length_ms)
{
    int64_t step_ms = simulate_step_ms(length_ms);
    return (size_t)((length_ms + step_ms - 1) / step_ms);
}

static double *new_series(struct arena *arena, const struct scenario *scenario)
{
    return ARENA_ARRAY(arena, double, simulate_point_count(scenario->length_ms));
}

static void init_service(struct arena *arena, const struct scenario *scenario,
                         struct service_result *service)
{
    const struct sim_service_spec *spec =
        &scenario->spec.clusters[service->cluster].services[service->service];
    enum sim_workload_kind kind = spec->workload.kind;
    service->series.desired = new_series(arena, scenario);
    service->series.running = new_series(arena, scenario);
    if (kind == SIM_NO_WORKLOAD)
        return;
    service->series.load = new_series(arena, scenario);
    service->series.utilisation = new_series(arena, scenario);
    if (kind == SIM_QUEUE) {
        service->series.backlog = new_series(arena, scenario);
        service->series.wait_s = new_series(arena, scenario);
    } else {
        service->series.latency_ms = new_series(arena, scenario);
    }
}

static void init_group(struct arena *arena, const struct scenario *scenario,
                       struct group_result *group)
{
    group->series.desired = new_series(arena, scenario);
    group->series.in_service = new_series(arena, scenario);
    group->series.draining = new_series(arena, scenario);
}

void sample_init(struct arena *arena, const struct scenario *scenario, bool totals_only,
                 struct policy_result *result)
{
    const struct sim_spec *spec = &scenario->spec;
    for (size_t i = 0; i < spec->cluster_count; i++) {
        result->service_count += spec->clusters[i].service_count;
        result->group_count += spec->clusters[i].group_count;
    }
    result->services = ARENA_ARRAY(arena, struct service_result, result->service_count);
    result->groups = ARENA_ARRAY(arena, struct group_result, result->group_count);
    struct service_result *service = result->services;
    struct group_result *group = result->groups;
    for (size_t i = 0; i < spec->cluster_count; i++) {
        for (size_t j = 0; j < spec->clusters[i].service_count; j++, service++) {
            *service = (struct service_result){.cluster = i, .service = j};
            if (!totals_only)
                init_service(arena, scenario, service);
        }
        for (size_t j = 0; j < spec->clusters[i].group_count; j++, group++) {
            *group = (struct group_result){.cluster = i, .group = j};
            if (!totals_only)
                init_group(arena, scenario, group);
        }
    }
}

static void add(double *series, size_t point, double value)
{
    if (series != NULL)
        series[point] += value;
}

static void take_worst(double *series, size_t point, double value)
{
    if (series != NULL)
        series[point] = fmax(series[point], value);
}

void sample_minute(const struct sim_world *world, const struct scenario *scenario, size_t minute,
                   struct policy_result *result)
{
    size_t point = minute / (size_t)(simulate_step_ms(scenario->length_ms) / MINUTE_MS);
    for (size_t i = 0; i < result->service_count; i++) {
        struct service_result *service = &result->services[i];
        if (service->series.desired == NULL)
            return;
        struct sim_service_state state;
        sim_service_look(world, service->cluster, service->service, &state);
        add(service->series.load, point, state.load_per_second);
        add(service->series.desired, point, (double)state.desired);
        add(service->series.running, point, (double)state.running);
        take_worst(service->series.backlog, point, state.backlog);
        take_worst(service->series.wait_s, point, state.oldest_wait_s);
        take_worst(service->series.utilisation, point, state.utilisation);
        take_worst(service->series.latency_ms, point, state.latency_ms);
    }
    for (size_t i = 0; i < result->group_count; i++) {
        struct group_result *group = &result->groups[i];
        struct sim_group_state state;
        sim_group_look(world, group->cluster, group->group, &state);
        add(group->series.desired, point, (double)state.desired);
        add(group->series.in_service, point, (double)state.in_service);
        add(group->series.draining, point, (double)state.draining);
    }
}

static void divide(double *series, size_t minutes, size_t step)
{
    for (size_t from = 0; series != NULL && from < minutes; from += step) {
        size_t count = minutes - from < step ? minutes - from : step;
        series[from / step] /= (double)count;
    }
}

void sample_finish(const struct sim_world *world, const struct scenario *scenario, size_t minutes,
                   struct policy_result *result)
{
    size_t step = (size_t)(simulate_step_ms(scenario->length_ms) / MINUTE_MS);
    for (size_t i = 0; i < result->service_count; i++) {
        struct service_result *service = &result->services[i];
        struct sim_service_state state;
        sim_service_look(world, service->cluster, service->service, &state);
        divide(service->series.load, minutes, step);
        divide(service->series.desired, minutes, step);
        divide(service->series.running, minutes, step);
        service->totals = state.totals;
        service->cost = state.totals.task_ms / 3600000 *
                        scenario->clusters[service->cluster].task_prices[service->service];
    }
    for (size_t i = 0; i < result->group_count; i++) {
        struct group_result *group = &result->groups[i];
        struct sim_group_state state;
        sim_group_look(world, group->cluster, group->group, &state);
        divide(group->series.desired, minutes, step);
        divide(group->series.in_service, minutes, step);
        divide(group->series.draining, minutes, step);
        group->cost = state.cost;
        group->instance_ms = state.instance_ms;
    }
}
