#include "cloud/sim/answers.h"

#include <stdio.h>

#include "base/banned.h"

/* The pages of ECS's and Auto Scaling's lists, and how much one call may name. Source: the API
 * references. */
enum {
    PAGE_MAX = 100,
    SERVICES_MAX = 10,
    INSTANCES_MAX = 100,
    TASKS_MAX = 100,
    PROVIDERS_MAX = 10,
    GROUPS_MAX = 50,
    STATISTICS_MAX = 500,
    HTTP_ATTEMPTS = 3, /* of a GET that meets a 503 */
};

static struct error failure(enum error_code code, const char *where, int status)
{
    struct error err = {.code = code, .http_status = status};
    error_where(&err, "%s", where);
    return err;
}

static void no_cluster(struct query *query, const char *where)
{
    struct error err = failure(E_MISSING, where, 400);
    snprintf(err.aws_code, sizeof(err.aws_code), "ClusterNotFoundException");
    snprintf(err.message, sizeof(err.message), "no cluster '%.*s' in region '%.*s'",
             STR_ARG(query->cluster), STR_ARG(query->region));
    query_fail(query, &err);
}

static bool has_cluster(const struct sim_world *world, const struct query *query)
{
    const struct sim_spec *spec = sim_world_spec(world);
    for (size_t i = 0; i < spec->cluster_count; i++) {
        if (str_eq(spec->clusters[i].name, query->cluster) &&
            str_eq(spec->clusters[i].region, query->region))
            return true;
    }
    return false;
}

static void answer_group(const struct sim_world *world, struct query *query)
{
    if (sim_group_read(world, query->region, query->name, query->arena, &query->group))
        query->fact = FACT_OF_PRESENT;
    else
        query_miss(query,
                   arena_printf(query->arena, "no Auto Scaling group '%.*s' in region '%.*s'",
                                STR_ARG(query->name), STR_ARG(query->region)));
}

static struct str last_part(struct str arn)
{
    size_t slash = str_find_last(arn, '/');
    return slash < arn.len ? str_slice(arn, slash + 1, arn.len) : arn;
}

static void miss_in_cluster(struct query *query, const char *noun)
{
    query_miss(query, arena_printf(query->arena, "no %s '%.*s' in cluster '%.*s'", noun,
                                   STR_ARG(last_part(query->name)), STR_ARG(query->cluster)));
}

static void answer_service(const struct sim_world *world, struct query *query)
{
    if (sim_service_read(world, query->region, query->cluster, query->name, query->arena,
                         &query->service))
        query->fact = FACT_OF_PRESENT;
    else if (has_cluster(world, query))
        miss_in_cluster(query, "service");
    else
        no_cluster(query, "ecs DescribeServices");
}

static void answer_instances(const struct sim_world *world, struct query *query)
{
    if (sim_instances_read(world, query->region, query->cluster, query->arena, &query->instances))
        query->fact = FACT_OF_PRESENT;
    else
        no_cluster(query, "ecs ListContainerInstances");
}

static void answer_instance(const struct sim_world *world, struct query *query)
{
    struct instances_facts all;
    if (!sim_instances_read(world, query->region, query->cluster, query->arena, &all)) {
        no_cluster(query, "ecs DescribeContainerInstances");
        return;
    }
    for (size_t i = 0; i < all.count; i++) {
        if (str_eq(last_part(all.items[i].arn), last_part(query->name))) {
            query->instance = all.items[i];
            query->fact = FACT_OF_PRESENT;
            return;
        }
    }
    miss_in_cluster(query, "container instance");
}

static void answer_instance_tasks(const struct sim_world *world, struct query *query)
{
    struct sim_tasks tasks;
    if (!sim_tasks_read(world, query->region, query->cluster, query->name, query->arena, &tasks)) {
        no_cluster(query, "ecs ListTasks");
        return;
    }
    query->tasks = 0;
    for (size_t i = 0; i < tasks.count; i++)
        query->tasks += tasks.items[i].status != SIM_TASK_STOPPED ? 1 : 0;
    query->fact = FACT_OF_PRESENT;
}

static void answer_task_definition(const struct sim_world *world, struct query *query)
{
    if (sim_task_definition_read(world, query->name, &query->size)) {
        query->fact = FACT_OF_PRESENT;
        return;
    }
    struct error err = failure(E_CLIENT, "ecs DescribeTaskDefinition", 400);
    snprintf(err.aws_code, sizeof(err.aws_code), "ClientException");
    snprintf(err.message, sizeof(err.message), "Unable to describe task definition.");
    query_fail(query, &err);
}

static void answer_daemons(const struct sim_world *world, struct query *query)
{
    if (sim_daemons_read(world, query->region, query->cluster, query->arena, &query->daemons))
        query->fact = FACT_OF_PRESENT;
    else
        no_cluster(query, "ecs ListServices");
}

static void answer_provider(const struct sim_world *world, struct query *query)
{
    if (sim_capacity_provider_read(world, query->name, &query->managed_scaling))
        query->fact = FACT_OF_PRESENT;
    else
        query_miss(query, arena_printf(query->arena, "no capacity provider '%.*s' in region '%.*s'",
                                       STR_ARG(query->name), STR_ARG(query->region)));
}

static void answer_statistic(const struct sim_world *world, struct query *query)
{
    sim_statistic_read(world, query->region, &query->statistic, query->arena, &query->datapoints,
                       &query->datapoint_count);
    query->fact = FACT_OF_PRESENT;
}

static int http_status(const struct sim_world *world, const struct query *query, struct str *body)
{
    if (sim_metrics_are_silent(world))
        return 503;
    return sim_http_read(world, query->http->url.value, query->arena, body) ? 200 : 404;
}

static void answer_http(const struct sim_world *world, struct query *query)
{
    int status = http_status(world, query, &query->body);
    if (status == 200) {
        query->fact = FACT_OF_PRESENT;
        return;
    }
    struct error err = failure(status == 503 ? E_SERVER : E_CLIENT, "", status);
    bool is_get = query->http->method == HTTP_GET;
    error_where(&err, "%s %.*s", is_get ? "GET" : "POST", STR_ARG(query->http->url.shown));
    snprintf(err.message, sizeof(err.message), "%sthe answer's status is %d",
             status == 503 && is_get ? "after 3 attempts: " : "", status);
    query_fail(query, &err);
}

/* How a kind is asked for on AWS: by list and describe, or by the call alone. */
static const struct answer_kind {
    void (*answer)(const struct sim_world *world, struct query *query);
    const char *service;
    const char *operation;
    size_t max;       /* different queries in a call */
    const char *list; /* NULL: none */
    int lists;        /* one after another */
} kinds[QUERY_KIND_COUNT] = {
    [QUERY_GROUP] = {answer_group, "autoscaling", "DescribeAutoScalingGroups", GROUPS_MAX, NULL, 0},
    [QUERY_SERVICE] = {answer_service, "ecs", "DescribeServices", SERVICES_MAX, NULL, 0},
    [QUERY_INSTANCES] = {answer_instances, "ecs", "DescribeContainerInstances", INSTANCES_MAX,
                         "ListContainerInstances", 1},
    [QUERY_INSTANCE] = {answer_instance, "ecs", "DescribeContainerInstances", INSTANCES_MAX, NULL,
                        0},
    [QUERY_INSTANCE_TASKS] = {answer_instance_tasks, "ecs", "DescribeTasks", TASKS_MAX, "ListTasks",
                              2},
    [QUERY_TASK_DEFINITION] = {answer_task_definition, "ecs", "DescribeTaskDefinition", 1, NULL, 0},
    [QUERY_DAEMONS] = {answer_daemons, "ecs", "DescribeServices", SERVICES_MAX, "ListServices", 1},
    [QUERY_CAPACITY_PROVIDER] = {answer_provider, "ecs", "DescribeCapacityProviders", PROVIDERS_MAX,
                                 NULL, 0},
    [QUERY_STATISTIC] = {answer_statistic, "monitoring", "GetMetricData", STATISTICS_MAX, NULL, 0},
    [QUERY_HTTP] = {answer_http, "http", NULL, 1, NULL, 0},
};

void sim_answer(const struct sim_world *world, struct query *query)
{
    kinds[query->kind].answer(world, query);
}

size_t sim_batch_max(enum query_kind kind)
{
    return kinds[kind].list != NULL ? 1 : kinds[kind].max;
}

bool sim_is_together(const struct query *a, const struct query *b)
{
    if (a->kind != b->kind || !str_eq(a->region, b->region))
        return false;
    if (a->kind == QUERY_STATISTIC)
        return a->statistic.start_ms == b->statistic.start_ms &&
               a->statistic.end_ms == b->statistic.end_ms;
    return (a->kind != QUERY_SERVICE && a->kind != QUERY_INSTANCE) ||
           str_eq(a->cluster, b->cluster);
}

/* What a query that lists finds, by list. */
struct found {
    size_t in_list[2];
};

static struct found count_found(const struct sim_world *world, const struct query *query)
{
    struct found found = {.in_list = {0, 0}};
    bool is_answered = fact_is_present(query->fact);
    if (is_answered && query->kind == QUERY_INSTANCES) {
        found.in_list[0] = query->instances.count;
        return found;
    }
    if (is_answered && query->kind == QUERY_DAEMONS) {
        found.in_list[0] = query->daemons.count;
        return found;
    }
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct instances_facts instances = {.count = 0};
    struct daemons_facts daemons = {.count = 0};
    struct sim_tasks tasks = {.count = 0};
    if (query->kind == QUERY_INSTANCES &&
        sim_instances_read(world, query->region, query->cluster, &arena, &instances))
        found.in_list[0] = instances.count;
    else if (query->kind == QUERY_DAEMONS &&
             sim_daemons_read(world, query->region, query->cluster, &arena, &daemons))
        found.in_list[0] = daemons.count;
    else if (query->kind == QUERY_INSTANCE_TASKS &&
             sim_tasks_read(world, query->region, query->cluster, query->name, &arena, &tasks))
        for (size_t i = 0; i < tasks.count; i++)
            found.in_list[tasks.items[i].status >= SIM_TASK_STOPPING ? 1 : 0]++;
    return found;
}

static int pages(size_t count)
{
    return count > 0 ? (int)((count + PAGE_MAX - 1) / PAGE_MAX) : 1;
}

int sim_rounds(const struct sim_world *world, const struct query *query)
{
    const struct answer_kind *kind = &kinds[query->kind];
    if (kind->list == NULL)
        return 1;
    struct found found = count_found(world, query);
    int lists = pages(found.in_list[0]) + (kind->lists > 1 ? pages(found.in_list[1]) : 0);
    return lists + (found.in_list[0] + found.in_list[1] > 0 ? 1 : 0);
}

static void log_call(const struct sim_calls *calls, struct call_record record, struct str cluster,
                     struct str region)
{
    struct call_log *log = calls->log;
    if (log == NULL)
        return;
    record.region = arena_str(&log->arena, region);
    record.cluster = arena_str(&log->arena, cluster);
    record.code = calls->code != E_OK ? calls->code : record.code;
    record.http_status = calls->code != E_OK ? 0 : record.http_status;
    record.latency_us = calls->latency_ms * 1000;
    if (record.attempts == 0)
        record.attempts = 1;
    *VEC_ADD(&log->arena, &log->calls) = record;
}

static int log_lists(const struct sim_calls *calls, const struct query *query, struct str cluster)
{
    const struct answer_kind *kind = &kinds[query->kind];
    struct found found = count_found(calls->world, query);
    struct call_record record = {.service = str_from(kind->service),
                                 .operation = str_from(kind->list),
                                 .http_status =
                                     query->err.http_status > 0 ? query->err.http_status : 200,
                                 .code = query->err.code,
                                 .depth = calls->depth};
    int made = 0;
    for (int list = 0; list < kind->lists; list++) {
        for (int page = 0; page < pages(found.in_list[list]); page++, made++) {
            record.depth++;
            log_call(calls, record, cluster, query->region);
        }
    }
    size_t listed = found.in_list[0] + found.in_list[1];
    record.operation = str_from(kind->operation);
    record.depth++;
    for (size_t done = 0; done < listed; done += kind->max, made++)
        log_call(calls, record, cluster, query->region);
    return made;
}

int sim_log_query(const struct sim_calls *calls, const struct query *query, struct str cluster)
{
    const struct answer_kind *kind = &kinds[query->kind];
    if (kind->list != NULL)
        return log_lists(calls, query, cluster);
    struct call_record record = {
        .service = str_from(kind->service), .http_status = 200, .depth = calls->depth + 1};
    if (query->fact.status == FACT_FAILED) {
        record.http_status = query->err.http_status;
        record.code = query->err.code;
    }
    if (query->kind == QUERY_HTTP) {
        if (record.http_status == 503 && query->http->method == HTTP_GET)
            record.attempts = HTTP_ATTEMPTS;
        if (calls->log != NULL)
            record.operation = arena_str(&calls->log->arena, query->http->url.shown);
    } else {
        record.operation = str_from(kind->operation);
    }
    log_call(calls, record, cluster, query->region);
    return 1;
}

/* ---- Acts ---- */

static bool act_bounds(struct sim_world *world, const struct act *act, struct sim_refusal *refusal)
{
    const struct action *action = act->action;
    struct sim_group_change change = {.min = action->to_min,
                                      .max = action->to_max,
                                      .desired = action->from != action->to ? action->to : -1};
    return sim_group_update(world, act->region, act->group, &change, refusal);
}

static bool act_terminate(struct sim_world *world, const struct act *act,
                          struct sim_refusal *refusal)
{
    return sim_instance_terminate(world, act->region, act->action->instance_id,
                                  act->action->decrement, refusal);
}

static bool act_drain(struct sim_world *world, const struct act *act, struct sim_refusal *refusal)
{
    return sim_instance_drain(world, act->region, act->cluster, act->action->instance_arn, true,
                              refusal);
}

static bool act_capacity(struct sim_world *world, const struct act *act,
                         struct sim_refusal *refusal)
{
    return sim_group_set_desired(world, act->region, act->group, act->action->to, refusal);
}

static bool act_service(struct sim_world *world, const struct act *act, struct sim_refusal *refusal)
{
    return sim_service_update(world, act->region, act->cluster, act->service, act->action->to,
                              refusal);
}

static const struct act_kind {
    bool (*act)(struct sim_world *world, const struct act *act, struct sim_refusal *refusal);
    const char *service;
    const char *operation;
} act_kinds[ACTION_KIND_COUNT] = {
    [ACTION_GROUP_BOUNDS] = {act_bounds, "autoscaling", "UpdateAutoScalingGroup"},
    [ACTION_TERMINATE] = {act_terminate, "autoscaling", "TerminateInstanceInAutoScalingGroup"},
    [ACTION_DRAIN] = {act_drain, "ecs", "UpdateContainerInstancesState"},
    [ACTION_GROUP_CAPACITY] = {act_capacity, "autoscaling", "SetDesiredCapacity"},
    [ACTION_SERVICE_IN] = {act_service, "ecs", "UpdateService"},
    [ACTION_SERVICE_OUT] = {act_service, "ecs", "UpdateService"},
};

static enum error_code code_of_refusal(const struct sim_refusal *refusal)
{
    struct str code = str_from(refusal->code);
    return str_ends(code, STR("NotFoundException")) || str_eq(code, STR("MISSING")) ? E_MISSING
                                                                                    : E_CLIENT;
}

static void explain(const struct act *act, const struct sim_refusal *refusal, struct error *err)
{
    struct str code = str_from(refusal->code);
    if (str_eq(code, STR("MISSING")))
        snprintf(err->message, sizeof(err->message), "'%.*s' does not exist",
                 STR_ARG(last_part(act->action->instance_arn)));
    else if (str_eq(code, STR("ClusterNotFoundException")))
        snprintf(err->message, sizeof(err->message), "no cluster '%.*s' in region '%.*s'",
                 STR_ARG(act->cluster), STR_ARG(act->region));
    else
        snprintf(err->message, sizeof(err->message), "%s", refusal->message);
}

void sim_act(struct sim_world *world, const struct act *act)
{
    const struct act_kind *kind = &act_kinds[act->action->kind];
    struct outcome *outcome = act->outcome;
    struct sim_refusal refusal;
    outcome->latency_us = 0;
    if (kind->act(world, act, &refusal)) {
        outcome->status = OUTCOME_APPLIED;
        outcome->reason = STR_NONE;
        return;
    }
    struct error err = failure(code_of_refusal(&refusal), "", refusal.http_status);
    error_where(&err, "%s %s", kind->service, kind->operation);
    snprintf(err.aws_code, sizeof(err.aws_code), "%s", refusal.code);
    explain(act, &refusal, &err);
    error_conceal(&err, act->texts, act->text_count);
    outcome->status = OUTCOME_FAILED;
    outcome->err = err;
    outcome->reason = arena_printf(act->arena, "%s: %s", err.where, err.message);
}

void sim_act_lost(const struct act *act)
{
    const struct act_kind *kind = &act_kinds[act->action->kind];
    struct outcome *outcome = act->outcome;
    outcome->status = OUTCOME_FAILED;
    outcome->err = ERROR_INIT;
    error_set(&outcome->err, E_DEADLINE, "the answer did not come before the deadline");
    error_where(&outcome->err, "%s %s", kind->service, kind->operation);
    outcome->reason = arena_printf(act->arena, "%s: %s (it may have taken effect all the same)",
                                   outcome->err.where, outcome->err.message);
}

void sim_log_act(const struct sim_calls *calls, const struct act *act)
{
    const struct act_kind *kind = &act_kinds[act->action->kind];
    struct call_record record = {.service = str_from(kind->service),
                                 .operation = str_from(kind->operation),
                                 .http_status = 200,
                                 .depth = calls->depth + 1};
    if (act->outcome->status == OUTCOME_FAILED && calls->code == E_OK) {
        record.http_status = act->outcome->err.http_status;
        record.code = act->outcome->err.code;
    }
    log_call(calls, record, act->cluster, act->region);
}
