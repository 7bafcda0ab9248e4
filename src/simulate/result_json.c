/* The result as JSON, version 1; docs/simulation.md describes it. */
#include "base/jsonw.h"
#include "simulate/result.h"

#include <math.h>
#include <stdio.h>

#include "base/banned.h"

enum { RESULT_VERSION = 1 };

/* Six digits are more than any of these numbers is worth, and keep a long series short. */
static void number(struct json_writer *w, double value)
{
    char digits[32];
    double rounded = value;
    snprintf(digits, sizeof(digits), "%.6g", value);
    if (fabs(value) < 1e15 && floor(value) == value) {
        jsonw_int(w, (int64_t)value);
        return;
    }
    if (isfinite(value) && !str_to_double(str_from(digits), &rounded))
        rounded = value;
    if (floor(rounded) == rounded && fabs(rounded) < 1e15)
        jsonw_int(w, (int64_t)rounded);
    else
        jsonw_double(w, rounded);
}

static void member_number(struct json_writer *w, const char *key, double value)
{
    jsonw_key(w, key), number(w, value);
}

static void member_count(struct json_writer *w, const char *key, uint64_t value)
{
    jsonw_key(w, key), jsonw_int(w, (int64_t)value);
}

static void member_str(struct json_writer *w, const char *key, struct str value)
{
    jsonw_key(w, key), jsonw_str(w, value);
}

static void series(struct json_writer *w, const char *key, const double *values, size_t count)
{
    if (values == NULL)
        return;
    jsonw_key(w, key);
    jsonw_array_begin(w);
    for (size_t i = 0; i < count; i++)
        number(w, values[i]);
    jsonw_array_end(w);
}

static const char *kind_name(enum sim_workload_kind kind)
{
    return kind == SIM_QUEUE ? "queue" : kind == SIM_WEB ? "web" : "none";
}

static void write_objective(struct json_writer *w, const struct sim_objective *objective)
{
    jsonw_key(w, "objective");
    jsonw_object_begin(w);
    if (objective->max_wait_ms > 0)
        member_number(w, "max_wait_s", (double)objective->max_wait_ms / 1000);
    if (objective->max_utilisation > 0)
        member_number(w, "max_utilisation", objective->max_utilisation);
    if (objective->max_latency_ms > 0)
        member_number(w, "max_latency_ms", objective->max_latency_ms);
    jsonw_object_end(w);
}

static void write_service_totals(struct json_writer *w, const struct service_result *service)
{
    const struct sim_service_totals *totals = &service->totals;
    jsonw_key(w, "totals");
    jsonw_object_begin(w);
    member_number(w, "cost", service->cost);
    member_number(w, "task_hours", totals->task_ms / 3600000);
    member_number(w, "arrived", totals->arrived);
    member_number(w, "done", totals->done);
    member_number(w, "failed", totals->failed);
    member_number(w, "time_outside_share",
                  totals->time_ms > 0 ? (double)totals->time_outside_ms / (double)totals->time_ms
                                      : 0);
    member_number(w, "work_outside_share",
                  totals->arrived > 0 ? totals->work_outside / totals->arrived : 0);
    member_number(w, "wait_worst_s", totals->wait_worst_s);
    member_number(w, "wait_mean_s", totals->done > 0 ? totals->wait_sum_s / totals->done : 0);
    member_count(w, "scale_outs", service->scale_outs);
    member_count(w, "scale_ins", service->scale_ins);
    member_count(w, "reversals", service->reversals);
    jsonw_object_end(w);
}

static void write_service(struct json_writer *w, const struct simulation_result *result,
                          const struct service_result *service)
{
    const struct sim_cluster_spec *cluster = &result->scenario->spec.clusters[service->cluster];
    const struct sim_service_spec *spec = &cluster->services[service->service];
    jsonw_object_begin(w);
    member_str(w, "cluster", cluster->name);
    member_str(w, "service", spec->name);
    jsonw_key(w, "kind"), jsonw_cstr(w, kind_name(spec->workload.kind));
    write_objective(w, &spec->objective);
    jsonw_key(w, "series");
    jsonw_object_begin(w);
    series(w, "load", service->series.load, result->point_count);
    series(w, "desired", service->series.desired, result->point_count);
    series(w, "running", service->series.running, result->point_count);
    series(w, "backlog", service->series.backlog, result->point_count);
    series(w, "wait_s", service->series.wait_s, result->point_count);
    series(w, "utilisation", service->series.utilisation, result->point_count);
    series(w, "latency_ms", service->series.latency_ms, result->point_count);
    jsonw_object_end(w);
    write_service_totals(w, service);
    jsonw_object_end(w);
}

static void write_group(struct json_writer *w, const struct simulation_result *result,
                        const struct group_result *group)
{
    const struct sim_cluster_spec *cluster = &result->scenario->spec.clusters[group->cluster];
    const struct sim_group_spec *spec = &cluster->groups[group->group];
    const struct sim_instance_type *type = &result->scenario->spec.types[spec->type];
    jsonw_object_begin(w);
    member_str(w, "cluster", cluster->name);
    member_str(w, "group", spec->name);
    member_str(w, "type", type->name);
    member_number(w, "price_per_hour", type->price_per_hour);
    jsonw_key(w, "min"), jsonw_int(w, spec->min);
    jsonw_key(w, "max"), jsonw_int(w, spec->max);
    jsonw_key(w, "series");
    jsonw_object_begin(w);
    series(w, "desired", group->series.desired, result->point_count);
    series(w, "in_service", group->series.in_service, result->point_count);
    series(w, "draining", group->series.draining, result->point_count);
    jsonw_object_end(w);
    jsonw_key(w, "totals");
    jsonw_object_begin(w);
    member_number(w, "cost", group->cost);
    member_number(w, "instance_hours", group->instance_ms / 3600000);
    member_count(w, "instances_added", group->added);
    member_count(w, "instances_removed", group->removed);
    member_count(w, "reversals", group->reversals);
    jsonw_object_end(w);
    jsonw_object_end(w);
}

static void write_event(struct json_writer *w, const struct simulation_result *result,
                        const struct event_result *event)
{
    jsonw_object_begin(w);
    jsonw_key(w, "time_ms"), jsonw_int(w, event->time_ms);
    member_str(w, "cluster", result->scenario->spec.clusters[event->cluster].name);
    jsonw_key(w, "kind"), jsonw_cstr(w, action_kind_name(event->kind));
    member_str(w, "subject", event->subject);
    jsonw_key(w, "from"), jsonw_int(w, event->from);
    jsonw_key(w, "to"), jsonw_int(w, event->to);
    member_str(w, "reason", event->reason);
    jsonw_key(w, "outcome"), jsonw_cstr(w, outcome_status_name(event->outcome));
    jsonw_object_end(w);
}

static void write_totals(struct json_writer *w, const struct totals *totals)
{
    jsonw_key(w, "totals");
    jsonw_object_begin(w);
    member_number(w, "cost", totals->cost);
    member_number(w, "instance_hours", totals->instance_hours);
    member_number(w, "task_hours", totals->task_hours);
    member_number(w, "time_outside_share", totals->time_outside_share);
    member_number(w, "work_outside_share", totals->work_outside_share);
    member_number(w, "wait_worst_s", totals->wait_worst_s);
    member_number(w, "wait_mean_s", totals->wait_mean_s);
    member_count(w, "service_scale_outs", totals->service_scale_outs);
    member_count(w, "service_scale_ins", totals->service_scale_ins);
    member_count(w, "instances_added", totals->instances_added);
    member_count(w, "instances_removed", totals->instances_removed);
    member_count(w, "reversals", totals->reversals);
    member_count(w, "passes", totals->passes);
    member_count(w, "failed_passes", totals->failed_passes);
    member_count(w, "api_calls", totals->api_calls);
    jsonw_object_end(w);
}

static void write_policy(struct json_writer *w, const struct simulation_result *result,
                         const struct policy_result *policy)
{
    jsonw_object_begin(w);
    member_str(w, "name", policy->name);
    jsonw_key(w, "simulated_ms"), jsonw_int(w, policy->simulated_ms);
    jsonw_key(w, "services");
    jsonw_array_begin(w);
    for (size_t i = 0; i < policy->service_count; i++)
        write_service(w, result, &policy->services[i]);
    jsonw_array_end(w);
    jsonw_key(w, "groups");
    jsonw_array_begin(w);
    for (size_t i = 0; i < policy->group_count; i++)
        write_group(w, result, &policy->groups[i]);
    jsonw_array_end(w);
    jsonw_key(w, "events");
    jsonw_array_begin(w);
    for (size_t i = 0; i < policy->events.count; i++)
        write_event(w, result, &policy->events.items[i]);
    jsonw_array_end(w);
    member_count(w, "event_total", policy->event_total);
    write_totals(w, &policy->totals);
    jsonw_object_end(w);
}

/* `names`: the first policy, whose services and groups are parallel to the series. */
static void write_clairvoyant_series(struct json_writer *w, const struct simulation_result *result)
{
    const struct clairvoyant_result *clairvoyant = &result->clairvoyant;
    const struct policy_result *names = &result->policies[0];
    const struct sim_cluster_spec *clusters = result->scenario->spec.clusters;
    jsonw_key(w, "groups");
    jsonw_array_begin(w);
    for (size_t i = 0; i < names->group_count; i++) {
        if (clairvoyant->instances[i] == NULL)
            continue;
        const struct group_result *group = &names->groups[i];
        jsonw_object_begin(w);
        member_str(w, "cluster", clusters[group->cluster].name);
        member_str(w, "group", clusters[group->cluster].groups[group->group].name);
        jsonw_key(w, "series");
        jsonw_object_begin(w);
        series(w, "in_service", clairvoyant->instances[i], result->point_count);
        jsonw_object_end(w);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_key(w, "services");
    jsonw_array_begin(w);
    for (size_t i = 0; i < names->service_count; i++) {
        if (clairvoyant->tasks[i] == NULL)
            continue;
        const struct service_result *service = &names->services[i];
        jsonw_object_begin(w);
        member_str(w, "cluster", clusters[service->cluster].name);
        member_str(w, "service", clusters[service->cluster].services[service->service].name);
        jsonw_key(w, "series");
        jsonw_object_begin(w);
        series(w, "running", clairvoyant->tasks[i], result->point_count);
        jsonw_object_end(w);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_clairvoyant(struct json_writer *w, const struct simulation_result *result)
{
    const struct clairvoyant_result *clairvoyant = &result->clairvoyant;
    jsonw_key(w, "clairvoyant");
    if (!clairvoyant->known) {
        jsonw_null(w);
        if (clairvoyant->reason.len > 0)
            member_str(w, "clairvoyant_reason", clairvoyant->reason);
        return;
    }
    jsonw_object_begin(w);
    jsonw_key(w, "totals");
    jsonw_object_begin(w);
    member_number(w, "cost", clairvoyant->cost);
    member_number(w, "instance_hours", clairvoyant->instance_hours);
    member_number(w, "task_hours", clairvoyant->task_hours);
    member_number(w, "time_outside_share", clairvoyant->time_outside_share);
    jsonw_object_end(w);
    write_clairvoyant_series(w, result);
    jsonw_object_end(w);
    jsonw_key(w, "ratios");
    jsonw_array_begin(w);
    for (size_t i = 0; i < result->policy_count; i++) {
        const struct ratio_result *ratio = &result->ratios[i];
        jsonw_object_begin(w);
        member_str(w, "policy", result->policies[i].name);
        member_number(w, "bound", ratio->bound);
        member_number(w, "cost", ratio->cost);
        member_number(w, "cost_over_clairvoyant", ratio->cost_over_clairvoyant);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_sweep(struct json_writer *w, const struct simulation_result *result)
{
    jsonw_key(w, "sweep");
    jsonw_array_begin(w);
    for (size_t i = 0; i < result->sweep_count; i++) {
        const struct sweep_result *variant = &result->sweep[i];
        jsonw_object_begin(w);
        jsonw_key(w, "parameters");
        jsonw_object_begin(w);
        for (size_t j = 0; j < variant->parameter_count; j++) {
            jsonw_key_str(w, variant->parameters[j].path);
            number(w, variant->parameters[j].value);
        }
        jsonw_object_end(w);
        if (variant->fault.len > 0)
            member_str(w, "fault", variant->fault);
        else
            write_totals(w, &variant->totals);
        jsonw_key(w, "pareto"), jsonw_bool(w, variant->is_pareto);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_scenario(struct json_writer *w, const struct scenario *scenario)
{
    jsonw_key(w, "scenario");
    jsonw_object_begin(w);
    member_str(w, "name", scenario->name);
    member_str(w, "file", scenario->file);
    jsonw_key(w, "start_ms"), jsonw_int(w, scenario->spec.start_ms);
    jsonw_key(w, "length_ms"), jsonw_int(w, scenario->length_ms);
    jsonw_key(w, "interval_ms"), jsonw_int(w, scenario->interval_ms);
    jsonw_key(w, "seed"), jsonw_int(w, (int64_t)scenario->spec.seed);
    member_str(w, "currency", scenario->currency);
    jsonw_object_end(w);
}

void result_write_json(const struct simulation_result *result, struct buf *out)
{
    struct json_writer writer = JSON_WRITER(out, 0);
    struct json_writer *w = &writer;
    jsonw_object_begin(w);
    jsonw_key(w, "version"), jsonw_int(w, RESULT_VERSION);
    jsonw_key(w, "kind"), jsonw_cstr(w, "simulation");
    write_scenario(w, result->scenario);
    jsonw_key(w, "step_ms"), jsonw_int(w, result->step_ms);
    jsonw_key(w, "interrupted"), jsonw_bool(w, result->interrupted);
    jsonw_key(w, "policies");
    jsonw_array_begin(w);
    for (size_t i = 0; i < result->policy_count; i++)
        write_policy(w, result, &result->policies[i]);
    jsonw_array_end(w);
    write_clairvoyant(w, result);
    if (result->sweep_count > 0)
        write_sweep(w, result);
    jsonw_object_end(w);
    buf_add_char(out, '\n');
}

struct str service_result_name(const struct simulation_result *result,
                               const struct service_result *service, struct arena *arena)
{
    const struct sim_spec *spec = &result->scenario->spec;
    struct str name = spec->clusters[service->cluster].services[service->service].name;
    if (spec->cluster_count == 1)
        return name;
    return arena_printf(arena, "%.*s/%.*s", STR_ARG(spec->clusters[service->cluster].name),
                        STR_ARG(name));
}
