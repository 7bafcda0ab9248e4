#include "lambda/metrics.h"

#include "base/jsonw.h"

#include "base/banned.h"

static void add_calls(const struct pass *pass, const struct str *cluster, struct metrics *metrics)
{
    for (size_t i = 0; i < pass->log.calls.count; i++) {
        const struct call_record *call = &pass->log.calls.items[i];
        if (cluster != NULL && !str_eq(call->cluster, *cluster))
            continue;
        metrics->api_calls += call->attempts;
        metrics->throttles += call->throttles;
    }
}

static void add_action(const struct action *action, struct metrics *metrics)
{
    switch (action->kind) {
    case ACTION_SERVICE_IN:
    case ACTION_SERVICE_OUT:
        metrics->services_scaled++;
        break;
    case ACTION_GROUP_BOUNDS:
    case ACTION_GROUP_CAPACITY:
        metrics->instances_added += action->to > action->from ? action->to - action->from : 0;
        break;
    case ACTION_DRAIN:
        metrics->instances_drained++;
        break;
    case ACTION_TERMINATE:
    case ACTION_KIND_COUNT:
        break;
    }
}

static void add_plan(const struct pass_cluster *cluster, struct metrics *metrics)
{
    const struct plan *plan = &cluster->plan;
    for (size_t i = 0; cluster->outcomes != NULL && i < plan->actions.count; i++) {
        if (cluster->outcomes[i].status == OUTCOME_APPLIED)
            add_action(&plan->actions.items[i], metrics);
    }
    for (size_t i = 0; i < plan->service_count; i++)
        metrics->services_held += plan->services[i].verdict == VERDICT_HELD;
    metrics->clusters_failed += pass_cluster_failed(cluster);
}

struct metrics metrics_of_cluster(const struct pass *pass, const struct pass_cluster *cluster)
{
    struct metrics metrics = {.duration_ms = cluster->finished_ms};
    if (!cluster->is_finished)
        metrics.duration_ms = pass->duration_ms;
    add_calls(pass, &cluster->definition->cluster, &metrics);
    add_plan(cluster, &metrics);
    return metrics;
}

struct metrics metrics_of_pass(const struct pass *pass)
{
    struct metrics metrics = {.duration_ms = pass->duration_ms};
    add_calls(pass, NULL, &metrics);
    for (size_t i = 0; i < pass->cluster_count; i++)
        add_plan(&pass->clusters[i], &metrics);
    return metrics;
}

static void write_metric(struct json_writer *w, const char *name, const char *unit)
{
    jsonw_object_begin(w);
    jsonw_key(w, "Name"), jsonw_cstr(w, name);
    jsonw_key(w, "Unit"), jsonw_cstr(w, unit);
    jsonw_object_end(w);
}

/* What CloudWatch is to make metrics of: which members, by which dimensions. */
static void write_directive(struct json_writer *w, bool has_cluster)
{
    jsonw_object_begin(w);
    jsonw_key(w, "Namespace"), jsonw_cstr(w, "ecs-autoscale");
    jsonw_key(w, "Dimensions");
    jsonw_array_begin(w);
    jsonw_array_begin(w);
    if (has_cluster)
        jsonw_cstr(w, "Cluster");
    jsonw_array_end(w);
    jsonw_array_end(w);
    jsonw_key(w, "Metrics");
    jsonw_array_begin(w);
#define METRIC_WRITE(member, name, unit) write_metric(w, name, unit);
    METRICS(METRIC_WRITE)
#undef METRIC_WRITE
    jsonw_array_end(w);
    jsonw_object_end(w);
}

void metrics_write(const struct metrics *metrics, const struct metrics_subject *subject,
                   struct buf *out)
{
    struct json_writer writer = JSON_WRITER(out, 0);
    struct json_writer *w = &writer;
    jsonw_object_begin(w);
    jsonw_key(w, "_aws");
    jsonw_object_begin(w);
    jsonw_key(w, "Timestamp"), jsonw_int(w, subject->wall_ms);
    jsonw_key(w, "CloudWatchMetrics");
    jsonw_array_begin(w);
    write_directive(w, subject->cluster.len > 0);
    jsonw_array_end(w);
    jsonw_object_end(w);
    if (subject->cluster.len > 0)
        jsonw_key(w, "Cluster"), jsonw_str(w, subject->cluster);
    jsonw_key(w, "requestId"), jsonw_str(w, subject->request_id);
#define METRIC_VALUE(member, name, unit) jsonw_key(w, name), jsonw_int(w, metrics->member);
    METRICS(METRIC_VALUE)
#undef METRIC_VALUE
    jsonw_object_end(w);
    buf_add_char(out, '\n');
}
