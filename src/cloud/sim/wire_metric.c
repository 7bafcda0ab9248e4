#include "cloud/sim/wire_metric.h"

#include "base/limits.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

bool wire_metric_get(struct wire_call *call, const json_t *object, struct statistic_query *out)
{
    const json_t *list = NULL;
    if (!wire_need_str(call, object, "Namespace", &out->namespace_) ||
        !wire_need_str(call, object, "MetricName", &out->metric_name) ||
        !wire_get_list(call, object, "Dimensions", &list))
        return false;
    size_t count = json_array_size(list);
    if (count > WIRE_DIMENSIONS_MAX)
        return wire_refuse_invalid(call, "The collection Dimensions must not have a size greater "
                                         "than 30.");
    struct dimension_definition *dimensions =
        ARENA_ARRAY(call->arena, struct dimension_definition, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        if (!wire_need_str(call, item, "Name", &dimensions[i].name.value) ||
            !wire_need_str(call, item, "Value", &dimensions[i].value.value))
            return false;
        dimensions[i].name.shown = dimensions[i].name.value;
        dimensions[i].value.shown = dimensions[i].value.value;
    }
    out->dimensions = dimensions;
    out->dimension_count = count;
    return true;
}

static bool need_time(struct wire_call *call, const char *key, int64_t *out)
{
    if (json_object_get(call->in, key) == NULL)
        return wire_refuse(call, "MissingParameter", "The parameter %s is required.", key);
    return wire_get_time(call, call->in, key, out);
}

static int64_t whole_second(int64_t ms)
{
    int64_t rest = ms % 1000;
    return ms - (rest < 0 ? rest + 1000 : rest);
}

bool wire_window_get(struct wire_call *call, struct statistic_query *out)
{
    if (!need_time(call, "StartTime", &out->start_ms) || !need_time(call, "EndTime", &out->end_ms))
        return false;
    if (out->start_ms >= out->end_ms)
        return wire_refuse_invalid(call, "The parameter StartTime must be less than the parameter "
                                         "EndTime.");
    /* The end is exclusive: a part of its second belongs to the window. */
    out->start_ms = whole_second(out->start_ms);
    out->end_ms = whole_second(out->end_ms + 999);
    return true;
}

bool wire_period_check(struct wire_call *call, int64_t period_s)
{
    bool is_short = period_s == 1 || period_s == 5 || period_s == 10 || period_s == 30;
    bool is_whole = period_s >= 60 && period_s % 60 == 0 && period_s <= 366 * 86400;
    return is_short || is_whole ||
           wire_refuse_invalid(call, "Period must be 1, 5, 10, 30 or a multiple of 60, not %lld",
                               (long long)period_s);
}

bool wire_statistic_is_known(struct str name)
{
    static const char *const names[] = {"Average", "Sum", "Minimum", "Maximum", "SampleCount"};
    size_t at = 0;
    double percentile = 0;
    if (str_in_table(name, names, ARRAY_LEN(names), &at))
        return true;
    return str_starts(name, STR("p")) && str_to_double(str_slice(name, 1, name.len), &percentile) &&
           percentile >= 0 && percentile <= 100;
}

static int compare_points(const void *a, const void *b)
{
    int64_t left = ((const struct datapoint *)a)->timestamp_ms;
    int64_t right = ((const struct datapoint *)b)->timestamp_ms;
    return left < right ? -1 : left > right;
}

void wire_metric_read(const struct wire_call *call, const struct statistic_query *query,
                      struct datapoint **points, size_t *count)
{
    *points = NULL;
    *count = 0;
    sim_statistic_read(call->world, call->region, query, call->arena, points, count);
    if (*count > 1)
        qsort(*points, *count, sizeof(**points), compare_points);
}

/* ---- What there is ---- */

static struct dimension_definition *add_dimensions(struct arena *arena, size_t count)
{
    return ARENA_ARRAY(arena, struct dimension_definition, count);
}

static void set_dimension(struct dimension_definition *dimension, struct str name, struct str value)
{
    dimension->name = (struct text){name, name};
    dimension->value = (struct text){value, value};
}

static const struct {
    const char *name;
} given[] = {{"CPUUtilization"}, {"MemoryUtilization"}};

struct listed {
    struct statistic_query metric;
    enum sim_signal signal;
};

static size_t collect(const struct wire_call *call, struct listed **out)
{
    VEC(struct listed) found = {.items = NULL};
    const struct sim_spec *spec = sim_world_spec(call->world);
    for (size_t i = 0; i < spec->cluster_count; i++) {
        const struct sim_cluster_spec *cluster = &spec->clusters[i];
        for (size_t k = 0; str_eq(cluster->region, call->region) && k < cluster->service_count;
             k++) {
            const struct sim_service_spec *service = &cluster->services[k];
            struct dimension_definition *own = add_dimensions(call->arena, 2);
            set_dimension(&own[0], STR("ClusterName"), cluster->name);
            set_dimension(&own[1], STR("ServiceName"), service->name);
            for (size_t m = 0; m < ARRAY_LEN(given); m++)
                *VEC_ADD(call->arena, &found) =
                    (struct listed){.metric = {.namespace_ = STR("AWS/ECS"),
                                               .metric_name = str_from(given[m].name),
                                               .dimensions = own,
                                               .dimension_count = 2},
                                    .signal = m == 0 ? SIM_CPU_PERCENT : SIM_MEMORY_PERCENT};
            for (size_t m = 0; m < service->metric_count; m++) {
                const struct sim_metric_spec *metric = &service->metrics[m];
                struct dimension_definition *dimensions =
                    add_dimensions(call->arena, metric->dimension_count);
                for (size_t d = 0; d < metric->dimension_count; d++)
                    set_dimension(&dimensions[d], metric->dimensions[d].name,
                                  metric->dimensions[d].value);
                *VEC_ADD(call->arena, &found) =
                    (struct listed){.metric = {.namespace_ = metric->namespace_,
                                               .metric_name = metric->name,
                                               .dimensions = dimensions,
                                               .dimension_count = metric->dimension_count},
                                    .signal = metric->signal};
            }
        }
    }
    *out = found.items;
    return found.count;
}

size_t wire_metrics_collect(const struct wire_call *call, struct statistic_query **out)
{
    struct listed *found = NULL;
    size_t count = collect(call, &found);
    *out = ARENA_ARRAY(call->arena, struct statistic_query, count);
    for (size_t i = 0; i < count; i++)
        (*out)[i] = found[i].metric;
    return count;
}

static bool has_dimension(const struct statistic_query *metric,
                          const struct dimension_definition *wanted)
{
    for (size_t i = 0; i < metric->dimension_count; i++) {
        if (str_eq(metric->dimensions[i].name.value, wanted->name.value) &&
            str_eq(metric->dimensions[i].value.value, wanted->value.value))
            return true;
    }
    return false;
}

static bool is_same_metric(const struct statistic_query *a, const struct statistic_query *b)
{
    if (!str_eq(a->namespace_, b->namespace_) || !str_eq(a->metric_name, b->metric_name) ||
        a->dimension_count != b->dimension_count)
        return false;
    for (size_t i = 0; i < a->dimension_count; i++) {
        if (!has_dimension(b, &a->dimensions[i]))
            return false;
    }
    return true;
}

const char *wire_metric_unit(const struct wire_call *call, const struct statistic_query *query)
{
    static const char *const units[SIM_SIGNAL_COUNT] = {
        [SIM_CPU_PERCENT] = "Percent",   [SIM_MEMORY_PERCENT] = "Percent",
        [SIM_BACKLOG] = "Count",         [SIM_OLDEST_WAIT_S] = "Seconds",
        [SIM_REQUESTS_MINUTE] = "Count", [SIM_LATENCY_S] = "Seconds",
        [SIM_UTILISATION] = "None",
    };
    struct listed *found = NULL;
    size_t count = collect(call, &found);
    for (size_t i = 0; i < count; i++) {
        if (is_same_metric(&found[i].metric, query))
            return units[found[i].signal];
    }
    return "None";
}

void wire_dimensions_write(struct wire_call *call, const struct statistic_query *metric)
{
    wire_list(&call->out, "Dimensions");
    for (size_t i = 0; i < metric->dimension_count; i++) {
        wire_object(&call->out, NULL);
        wire_str(&call->out, "Name", metric->dimensions[i].name.value);
        wire_str(&call->out, "Value", metric->dimensions[i].value.value);
        wire_object_end(&call->out);
    }
    wire_list_end(&call->out);
}
