#include "simulate/demand.h"

#include <math.h>

#include "base/banned.h"

static const double nothing = 1e-9;
enum { MINUTE_MS = 60000, MINUTE_S = 60 };

bool demand_has_objective(const struct sim_service_spec *spec)
{
    const struct sim_objective *objective = &spec->objective;
    return objective->max_wait_ms > 0 || objective->max_utilisation > 0 ||
           objective->max_latency_ms > 0;
}

int64_t demand_web_tasks(const struct sim_service_spec *spec, double per_second)
{
    const struct sim_workload *workload = &spec->workload;
    const struct sim_objective *objective = &spec->objective;
    double utilisation = 1;
    if (per_second <= 0)
        return 0;
    if (objective->max_utilisation > 0)
        utilisation = fmin(utilisation, objective->max_utilisation);
    if (objective->max_latency_ms > 0 && objective->max_latency_ms < workload->max_latency_ms)
        utilisation = fmin(utilisation, 1 - workload->base_latency_ms / objective->max_latency_ms);
    if (utilisation <= 0)
        return INT64_MAX;
    double tasks = ceil(per_second / (workload->rate_per_task * utilisation) - nothing);
    return tasks < 1 ? 1 : tasks > 1e15 ? INT64_MAX : (int64_t)tasks;
}

static double load_at(const struct sim_load *load, size_t minute)
{
    return load->minute_count > 0 ? load->per_second[minute % load->minute_count] : 0;
}

/* ---- web services ---- */

static bool is_firm(const struct demand_service *service)
{
    return service->definition != NULL && service->spec->workload.kind == SIM_WEB &&
           demand_has_objective(service->spec);
}

static void fill_firm(const struct demand_service *service, size_t at, size_t count, double *need,
                      struct demand *demand)
{
    int64_t min = service->definition->min;
    int64_t max = service->definition->max;
    for (size_t minute = 0; minute < demand->pool.minutes; minute++) {
        int64_t tasks =
            demand_web_tasks(service->spec, load_at(&service->spec->workload.load, minute));
        if (tasks > max) {
            demand->unavoidable_minutes += 1;
            tasks = min;
        }
        need[minute * count + at] = service->share * (double)(tasks > min ? tasks : min);
    }
}

static void fill_all_firm(struct arena *arena, const struct demand_service *services, size_t count,
                          struct demand *demand)
{
    size_t firm = 0;
    for (size_t i = 0; i < count; i++)
        firm += is_firm(&services[i]);
    double *need = ARENA_ARRAY(arena, double, firm * demand->pool.minutes + 1);
    double *floors = ARENA_ARRAY(arena, double, firm + 1);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_firm(&services[i]))
            continue;
        floors[at] = services[i].share * (double)services[i].definition->min;
        fill_firm(&services[i], at++, firm, need, demand);
    }
    demand->pool.firm_count = firm;
    demand->pool.firm_need = need;
    demand->pool.firm_floor = floors;
}

/* ---- queues ---- */

static bool is_deferrable(const struct demand_service *service)
{
    return service->definition != NULL && service->spec->workload.kind == SIM_QUEUE &&
           service->spec->objective.max_wait_ms > 0;
}

/* What came by `minute` (a fraction of one is a fraction of what comes in it). */
static double came_by(const double *summed, size_t minutes, double minute)
{
    if (minute <= 0)
        return 0;
    size_t whole = (size_t)floor(minute);
    if (whole >= minutes)
        return summed[minutes];
    return summed[whole] + (summed[whole + 1] - summed[whole]) * (minute - (double)whole);
}

/* Due is what waited so long, and a minute more: tasks may come and go within a minute. */
static void fill_work(struct arena *arena, const struct demand_service *service, double *work,
                      double *due, size_t minutes)
{
    const struct sim_workload *workload = &service->spec->workload;
    double *summed = ARENA_ARRAY(arena, double, minutes + 1);
    double share = service->share / (workload->rate_per_task * MINUTE_S);
    double start = workload->start_backlog * share;
    double wait = (double)service->spec->objective.max_wait_ms / MINUTE_MS + 1;
    for (size_t i = 0; i < minutes; i++) {
        double comes = load_at(&workload->load, i) * MINUTE_S * share;
        summed[i + 1] = summed[i] + comes;
        work[i] += comes;
    }
    work[0] += start;
    for (size_t i = 0; i < minutes; i++) {
        double end = (double)(i + 1) - wait;
        due[i] += came_by(summed, minutes, end) + (end > 0 ? start : 0);
    }
}

static void fill_all_work(struct arena *arena, const struct demand_service *services, size_t count,
                          struct demand *demand)
{
    struct pool *pool = &demand->pool;
    double *work = NULL;
    double *due = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!is_deferrable(&services[i]))
            continue;
        if (work == NULL) {
            work = ARENA_ARRAY(arena, double, pool->minutes);
            due = ARENA_ARRAY(arena, double, pool->minutes);
        }
        fill_work(arena, &services[i], work, due, pool->minutes);
        pool->work_rate_min += services[i].share * (double)services[i].definition->min;
        pool->work_rate_max += services[i].share * (double)services[i].definition->max;
    }
    pool->work = work;
    pool->due = due;
}

void demand_fill(struct arena *arena, const struct demand_service *services, size_t count,
                 struct demand *demand)
{
    demand->unavoidable_minutes = 0;
    for (size_t i = 0; i < count; i++) {
        const struct demand_service *service = &services[i];
        if (service->definition == NULL)
            demand->pool.reserved += service->share * (double)service->spec->desired;
        else if (!is_firm(service) && !is_deferrable(service))
            demand->pool.reserved += service->share * (double)service->definition->min;
    }
    fill_all_firm(arena, services, count, demand);
    fill_all_work(arena, services, count, demand);
}
