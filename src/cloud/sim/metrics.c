/* CloudWatch: a datapoint a minute of every metric, some of them late, some never there; and the
 * statistics over any period. Source: CloudWatch user guide, "Statistics definitions" and "Metrics
 * retention". */
#include "base/memory.h"
#include "cloud/sim/parts.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

/* As CloudWatch keeps points of a minute: 15 days. */
enum { KEPT_MINUTES = 15 * 24 * 60 };

static const struct {
    enum sim_signal signal;
    const char *name;
} of_ecs[] = {
    {SIM_CPU_PERCENT, "CPUUtilization"},
    {SIM_MEMORY_PERCENT, "MemoryUtilization"},
};

void sim_service_metrics(struct sim_service *service, struct arena *arena)
{
    const struct sim_cluster *cluster = service->cluster;
    const struct sim_service_spec *spec = service->spec;
    struct sim_dimension *dimensions = ARENA_ARRAY(arena, struct sim_dimension, 2);
    dimensions[0] = (struct sim_dimension){STR("ClusterName"), cluster->spec->name};
    dimensions[1] = (struct sim_dimension){STR("ServiceName"), spec->name};
    service->metric_count = ARRAY_LEN(of_ecs) + spec->metric_count;
    service->metrics = ARENA_ARRAY(arena, struct sim_metric, service->metric_count);
    uint64_t seed = cluster->world->spec->seed;
    for (size_t i = 0; i < service->metric_count; i++) {
        struct sim_metric *metric = &service->metrics[i];
        if (i < ARRAY_LEN(of_ecs)) {
            *metric = (struct sim_metric){.namespace_ = STR("AWS/ECS"),
                                          .name = str_from(of_ecs[i].name),
                                          .dimensions = dimensions,
                                          .dimension_count = 2,
                                          .signal = of_ecs[i].signal};
        } else {
            const struct sim_metric_spec *own = &spec->metrics[i - ARRAY_LEN(of_ecs)];
            *metric = (struct sim_metric){.namespace_ = own->namespace_,
                                          .name = own->name,
                                          .dimensions = own->dimensions,
                                          .dimension_count = own->dimension_count,
                                          .signal = own->signal};
        }
        uint64_t place = sim_random_hash((uint64_t)(cluster - cluster->world->clusters),
                                         sim_random_hash(service->index, i));
        metric->service = service;
        metric->late_seed = sim_random_of(seed, CONCERN_LATE, place).state;
        metric->gap_seed = sim_random_of(seed, CONCERN_GAP, place).state;
    }
}

void sim_metrics_release(struct sim_service *service)
{
    for (size_t i = 0; i < service->metric_count; i++)
        memory_free(service->metrics[i].points);
}

/* NaN: the service has none to tell. */
static double signal_value(const struct sim_service *service, enum sim_signal signal)
{
    const struct flow_state *state = &service->flow.state;
    const struct flow_minute *minute = &state->minute;
    const struct sim_workload *workload = &service->spec->workload;
    switch (signal) {
    case SIM_CPU_PERCENT: {
        if (!(minute->task_s > 0))
            return NAN;
        double busy = minute->busy_s / minute->task_s;
        return 100 * (workload->cpu_idle + (workload->cpu_busy - workload->cpu_idle) * busy);
    }
    case SIM_MEMORY_PERCENT:
        return minute->task_s > 0 ? 100 * workload->memory_share : NAN;
    case SIM_BACKLOG:
        return state->backlog;
    case SIM_OLDEST_WAIT_S:
        return flow_oldest_wait_s(&service->flow, state);
    case SIM_REQUESTS_MINUTE:
        return minute->arrived;
    case SIM_LATENCY_S:
        return minute->done > 0 ? minute->latency_sum_s / minute->done : NAN;
    case SIM_UTILISATION:
        return minute->time_s > 0 ? minute->utilisation_s / minute->time_s : NAN;
    case SIM_SIGNAL_COUNT:
        break;
    }
    return NAN;
}

static void add_point(struct sim_metric *metric, int64_t minute, struct sim_point point)
{
    if (metric->count == 0)
        metric->first_minute = minute;
    if (metric->count == metric->room && metric->room < KEPT_MINUTES) {
        size_t wanted = metric->room > 0 ? metric->room * 2 : 64;
        metric->room = wanted < KEPT_MINUTES ? wanted : KEPT_MINUTES;
        metric->points = memory_resize(metric->points, metric->room, sizeof(*metric->points));
    }
    if (metric->count == metric->room) {
        metric->points[metric->from] = point;
        metric->from = (metric->from + 1) % metric->room;
        metric->first_minute++;
    } else {
        metric->points[metric->count++] = point;
    }
}

void sim_metrics_minute(struct sim_service *service, int64_t minute)
{
    struct sim_world *world = service->cluster->world;
    const struct sim_cloudwatch_spec *spec = &world->spec->cloudwatch;
    for (size_t i = 0; i < service->metric_count; i++) {
        struct sim_metric *metric = &service->metrics[i];
        struct sim_random late = {.state = sim_random_hash(metric->late_seed, (uint64_t)minute)};
        bool is_gap = world->now_ms <= world->silent_until_ms ||
                      sim_random_hash_unit(metric->gap_seed, (uint64_t)minute) < spec->gap;
        add_point(
            metric, minute,
            (struct sim_point){.value = is_gap ? NAN : signal_value(service, metric->signal),
                               .visible_ms = world->now_ms + sim_random_delay(&late, spec->late)});
    }
    service->flow.state.minute = (struct flow_minute){.time_s = 0};
}

/* ---- Statistics ---- */

struct bucket {
    double *values; /* of its minutes, in their order */
    size_t count;
};

static double average(const struct bucket *bucket)
{
    double sum = 0;
    for (size_t i = 0; i < bucket->count; i++)
        sum += bucket->values[i];
    return sum / (double)bucket->count;
}

static double sum(const struct bucket *bucket)
{
    return average(bucket) * (double)bucket->count;
}

static double minimum(const struct bucket *bucket)
{
    double least = bucket->values[0];
    for (size_t i = 1; i < bucket->count; i++)
        least = fmin(least, bucket->values[i]);
    return least;
}

static double maximum(const struct bucket *bucket)
{
    double most = bucket->values[0];
    for (size_t i = 1; i < bucket->count; i++)
        most = fmax(most, bucket->values[i]);
    return most;
}

static double sample_count(const struct bucket *bucket)
{
    return (double)bucket->count;
}

static const struct {
    const char *name;
    double (*of)(const struct bucket *bucket);
} statistics[] = {
    {"Average", average},          {"Sum", sum}, {"Minimum", minimum}, {"Maximum", maximum},
    {"SampleCount", sample_count},
};

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

/* "p99", "p99.9": the value that so many percent do not exceed. */
static double percentile(struct bucket *bucket, double percent)
{
    qsort(bucket->values, bucket->count, sizeof(double), compare_doubles);
    double rank = ceil(percent / 100 * (double)bucket->count);
    size_t at = rank >= 1 ? (size_t)rank - 1 : 0;
    return bucket->values[at];
}

/* NaN: no such statistic. */
static double statistic_of(struct bucket *bucket, struct str name)
{
    double percent = 0;
    for (size_t i = 0; i < ARRAY_LEN(statistics); i++) {
        if (str_eq(name, str_from(statistics[i].name)))
            return statistics[i].of(bucket);
    }
    if (str_starts(name, STR("p")) && str_to_double(str_slice(name, 1, name.len), &percent) &&
        percent >= 0 && percent <= 100)
        return percentile(bucket, percent);
    return NAN;
}

static const struct sim_point *point_at(const struct sim_metric *metric, int64_t minute)
{
    return &metric->points[(metric->from + (size_t)(minute - metric->first_minute)) % metric->room];
}

static int64_t floor_to(int64_t time_ms, int64_t unit_ms)
{
    int64_t into_ms = time_ms % unit_ms;
    return time_ms - (into_ms < 0 ? into_ms + unit_ms : into_ms);
}

void sim_statistic_read(const struct sim_world *world, struct str region,
                        const struct statistic_query *query, struct arena *arena,
                        struct datapoint **points, size_t *count)
{
    const struct sim_metric *metric = sim_find_metric(world, region, query);
    *points = NULL;
    *count = 0;
    if (metric == NULL || metric->count == 0 || query->period_s < 1)
        return;
    int64_t period_ms = query->period_s * 1000;
    int64_t first = floor_to(query->start_ms + SIM_MINUTE_MS - 1, SIM_MINUTE_MS) / SIM_MINUTE_MS;
    int64_t end = floor_to(query->end_ms + SIM_MINUTE_MS - 1, SIM_MINUTE_MS) / SIM_MINUTE_MS;
    if (first < metric->first_minute)
        first = metric->first_minute;
    if (end > metric->first_minute + (int64_t)metric->count)
        end = metric->first_minute + (int64_t)metric->count;
    if (first >= end)
        return;
    struct bucket bucket = {.values = ARENA_ARRAY(arena, double, (size_t)(end - first))};
    struct datapoint *made = ARENA_ARRAY(arena, struct datapoint, (size_t)(end - first));
    size_t made_count = 0;
    for (int64_t minute = first; minute < end; minute++) {
        const struct sim_point *point = point_at(metric, minute);
        int64_t begin_ms = floor_to(minute * SIM_MINUTE_MS, period_ms);
        if (!isnan(point->value) && point->visible_ms <= world->now_ms)
            bucket.values[bucket.count++] = point->value;
        bool is_last =
            minute + 1 == end || floor_to((minute + 1) * SIM_MINUTE_MS, period_ms) != begin_ms;
        if (!is_last || bucket.count == 0)
            continue;
        double value = statistic_of(&bucket, query->statistic);
        bucket.count = 0;
        if (!isnan(value))
            made[made_count++] = (struct datapoint){.timestamp_ms = begin_ms, .value = value};
    }
    *points = made;
    *count = made_count;
}
