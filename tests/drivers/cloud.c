/* Asks the real cloud what standard input names, lets it act, and prints what came of each.
 *
 * In: one JSON document {"deadline_ms": 20000, "queries": [{"kind": "service", "cluster": …,
 * "name": …, "region": …, "metric": …, "stat": …, "start_s": …, "end_s": …}], "acts": [{"kind":
 * "drain", "cluster": …, "group": …, "service": …, "instance": …, "arn": …, "to": …, "min": …,
 * "max": …, "decrement": true}]}; the acts are done once all queries are answered. Out: a JSON line
 * for each, then one with the calls that were made: {"calls": [[operation, depth], …]}. */
#include "base/json.h"
#include "base/jsonw.h"
#include "cloud/aws/aws.h"
#include "http/curl.h"

#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"

enum { INPUT_MAX = 8 * 1024 * 1024, OUTPUT_MAX = 64 * 1024 * 1024, DEADLINE_MS = 20000 };

struct driver {
    struct arena arena;
    struct cloud *cloud;
    struct call_log log;
    struct buf out;
    int64_t deadline_ms;
};

static const char *const kinds[QUERY_KIND_COUNT] = {
    [QUERY_GROUP] = "group",
    [QUERY_SERVICE] = "service",
    [QUERY_INSTANCES] = "instances",
    [QUERY_INSTANCE] = "instance",
    [QUERY_INSTANCE_TASKS] = "instance_tasks",
    [QUERY_TASK_DEFINITION] = "task_definition",
    [QUERY_DAEMONS] = "daemons",
    [QUERY_CAPACITY_PROVIDER] = "capacity_provider",
    [QUERY_STATISTIC] = "statistic",
    [QUERY_HTTP] = "http",
};
static const char *const acts[ACTION_KIND_COUNT] = {
    [ACTION_GROUP_BOUNDS] = "bounds",   [ACTION_TERMINATE] = "terminate",
    [ACTION_DRAIN] = "drain",           [ACTION_GROUP_CAPACITY] = "capacity",
    [ACTION_SERVICE_IN] = "service_in", [ACTION_SERVICE_OUT] = "service_out",
};

static size_t find_name(const char *const *names, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(name, str_from(names[i])))
            return i;
    }
    fprintf(stderr, "driver_cloud: no such kind '%.*s'\n", STR_ARG(name));
    _exit(2);
}

static void add_int(struct json_writer *w, const char *key, int64_t value)
{
    jsonw_key(w, key);
    jsonw_int(w, value);
}

static void add_str(struct json_writer *w, const char *key, struct str value)
{
    jsonw_key(w, key);
    jsonw_str(w, value);
}

static void write_instance(struct json_writer *w, const struct instance_facts *facts)
{
    jsonw_object_begin(w);
    add_str(w, "arn", facts->arn);
    add_str(w, "id", facts->ec2_id);
    add_str(w, "status", str_from(instance_status_name(facts->status)));
    jsonw_key(w, "agent_connected"), jsonw_bool(w, facts->agent_connected);
    add_int(w, "registered_cpu", facts->registered.cpu_units);
    add_int(w, "registered_mem", facts->registered.mem_mib);
    add_int(w, "remaining_cpu", facts->remaining.cpu_units);
    add_int(w, "remaining_mem", facts->remaining.mem_mib);
    add_int(w, "running", facts->running);
    add_int(w, "pending", facts->pending);
    jsonw_object_end(w);
}

static void write_group(struct json_writer *w, const struct group_facts *facts)
{
    add_int(w, "min", facts->min);
    add_int(w, "max", facts->max);
    add_int(w, "desired", facts->desired);
    jsonw_key(w, "instances"), jsonw_object_begin(w);
    for (size_t i = 0; i < facts->instance_count; i++) {
        jsonw_key_str(w, facts->instances[i].id);
        jsonw_str(w, facts->instances[i].lifecycle_state);
    }
    jsonw_object_end(w);
}

static void write_service(struct json_writer *w, const struct service_facts *facts)
{
    add_str(w, "name", facts->name);
    add_str(w, "status", facts->status);
    add_str(w, "strategy", str_from(scheduling_strategy_name(facts->strategy)));
    add_str(w, "launch_type", str_from(launch_type_name(facts->launch_type)));
    add_int(w, "desired", facts->desired);
    add_int(w, "running", facts->running);
    add_int(w, "pending", facts->pending);
    add_str(w, "task_definition", facts->task_definition);
}

static void write_answer(struct json_writer *w, const struct query *query)
{
    if (query->kind == QUERY_GROUP)
        write_group(w, &query->group);
    if (query->kind == QUERY_SERVICE)
        write_service(w, &query->service);
    if (query->kind == QUERY_INSTANCES || query->kind == QUERY_INSTANCE) {
        bool is_one = query->kind == QUERY_INSTANCE;
        size_t count = is_one ? 1 : query->instances.count;
        jsonw_key(w, "instances"), jsonw_array_begin(w);
        for (size_t i = 0; i < count; i++)
            write_instance(w, is_one ? &query->instance : &query->instances.items[i]);
        jsonw_array_end(w);
    }
    if (query->kind == QUERY_INSTANCE_TASKS)
        add_int(w, "tasks", query->tasks);
    if (query->kind == QUERY_TASK_DEFINITION) {
        add_int(w, "cpu", query->size.cpu_units);
        add_int(w, "mem", query->size.mem_mib);
    }
    if (query->kind == QUERY_DAEMONS) {
        jsonw_key(w, "daemons"), jsonw_array_begin(w);
        for (size_t i = 0; i < query->daemons.count; i++)
            jsonw_str(w, query->daemons.items[i].name);
        jsonw_array_end(w);
    }
    if (query->kind == QUERY_CAPACITY_PROVIDER)
        jsonw_key(w, "managed_scaling"), jsonw_bool(w, query->managed_scaling);
    if (query->kind == QUERY_STATISTIC) {
        jsonw_key(w, "values"), jsonw_array_begin(w);
        for (size_t i = 0; i < query->datapoint_count; i++)
            jsonw_double(w, query->datapoints[i].value);
        jsonw_array_end(w);
    }
    if (query->kind == QUERY_HTTP)
        add_str(w, "body", query->body);
}

static void write_query(struct driver *driver, const struct query *query)
{
    struct json_writer w = JSON_WRITER(&driver->out, 0);
    jsonw_object_begin(&w);
    add_str(&w, "kind", str_from(kinds[query->kind]));
    add_str(&w, "fact", str_from(fact_status_name(query->fact.status)));
    add_str(&w, "reason", query->fact.reason);
    if (fact_is_present(query->fact))
        write_answer(&w, query);
    jsonw_object_end(&w);
    buf_add_char(&driver->out, '\n');
}

static void write_act(struct driver *driver, const struct act *act)
{
    struct json_writer w = JSON_WRITER(&driver->out, 0);
    jsonw_object_begin(&w);
    add_str(&w, "kind", str_from(acts[act->action->kind]));
    add_str(&w, "outcome", str_from(outcome_status_name(act->outcome->status)));
    add_str(&w, "reason", act->outcome->reason);
    jsonw_object_end(&w);
    buf_add_char(&driver->out, '\n');
}

static void write_calls(struct driver *driver)
{
    struct json_writer w = JSON_WRITER(&driver->out, 0);
    jsonw_object_begin(&w);
    jsonw_key(&w, "calls"), jsonw_array_begin(&w);
    for (size_t i = 0; i < driver->log.calls.count; i++) {
        jsonw_array_begin(&w);
        jsonw_str(&w, driver->log.calls.items[i].operation);
        jsonw_int(&w, driver->log.calls.items[i].depth);
        jsonw_array_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    buf_add_char(&driver->out, '\n');
}

static void query_done(struct query *query)
{
    bool *is_done = query->context;
    *is_done = true;
}

static void act_done(struct act *act)
{
    bool *is_done = act->context;
    *is_done = true;
}

static void read_http(struct driver *driver, const json_t *row, struct query *query)
{
    struct http_source_definition *http = ARENA_NEW(&driver->arena, struct http_source_definition);
    json_get_str(row, "name", &http->url.value);
    http->url.shown = STR("http://shown/");
    http->timeout_ms = 5000;
    query->http = http;
}

static struct query *read_query(struct driver *driver, const json_t *row)
{
    struct query *query = ARENA_NEW(&driver->arena, struct query);
    struct str kind = STR_NONE;
    json_get_str(row, "kind", &kind);
    query->kind = (enum query_kind)find_name(kinds, QUERY_KIND_COUNT, kind);
    query->arena = &driver->arena;
    json_get_str(row, "region", &query->region);
    json_get_str(row, "cluster", &query->cluster);
    json_get_str(row, "name", &query->name);
    json_get_str(row, "namespace", &query->statistic.namespace_);
    json_get_str(row, "metric", &query->statistic.metric_name);
    json_get_str(row, "stat", &query->statistic.statistic);
    json_get_int(row, "start_s", &query->statistic.start_ms);
    json_get_int(row, "end_s", &query->statistic.end_ms);
    query->statistic.start_ms *= 1000;
    query->statistic.end_ms *= 1000;
    query->statistic.period_s = 300;
    const json_t *dimensions = json_get_array(row, "dimensions");
    size_t count = json_array_size(dimensions);
    struct dimension_definition *list =
        ARENA_ARRAY(&driver->arena, struct dimension_definition, count);
    for (size_t i = 0; i < count; i++) {
        json_get_str(json_array_get(dimensions, i), "name", &list[i].name.value);
        json_get_str(json_array_get(dimensions, i), "value", &list[i].value.value);
    }
    query->statistic.dimensions = list;
    query->statistic.dimension_count = count;
    if (query->kind == QUERY_HTTP)
        read_http(driver, row, query);
    query->done = query_done;
    query->context = ARENA_NEW(&driver->arena, bool);
    return query;
}

static struct act *read_act(struct driver *driver, const json_t *row)
{
    struct act *act = ARENA_NEW(&driver->arena, struct act);
    struct action *action = ARENA_NEW(&driver->arena, struct action);
    struct str kind = STR_NONE;
    json_get_str(row, "kind", &kind);
    action->kind = (enum action_kind)find_name(acts, ACTION_KIND_COUNT, kind);
    json_get_str(row, "region", &act->region);
    json_get_str(row, "cluster", &act->cluster);
    json_get_str(row, "group", &act->group);
    json_get_str(row, "service", &act->service);
    json_get_str(row, "instance", &action->instance_id);
    json_get_str(row, "arn", &action->instance_arn);
    json_get_int(row, "from", &action->from);
    json_get_int(row, "to", &action->to);
    json_get_int(row, "min", &action->to_min);
    json_get_int(row, "max", &action->to_max);
    json_get_bool(row, "decrement", &action->decrement);
    act->arena = &driver->arena;
    act->action = action;
    act->outcome = ARENA_NEW(&driver->arena, struct outcome);
    act->done = act_done;
    act->context = ARENA_NEW(&driver->arena, bool);
    return act;
}

/* All queries together, then all acts together. */
static int drive(struct driver *driver, const json_t *document)
{
    const json_t *asked = json_get_array(document, "queries");
    const json_t *wanted = json_get_array(document, "acts");
    size_t query_count = json_array_size(asked);
    size_t act_count = json_array_size(wanted);
    struct query **queries = ARENA_ARRAY(&driver->arena, struct query *, query_count);
    struct act **list = ARENA_ARRAY(&driver->arena, struct act *, act_count);
    int undone = 0;
    for (size_t i = 0; i < query_count; i++) {
        queries[i] = read_query(driver, json_array_get(asked, i));
        cloud_ask(driver->cloud, queries[i]);
    }
    cloud_run(driver->cloud, cloud_now_ms(driver->cloud) + driver->deadline_ms);
    for (size_t i = 0; i < act_count; i++) {
        list[i] = read_act(driver, json_array_get(wanted, i));
        cloud_act(driver->cloud, list[i]);
    }
    cloud_run(driver->cloud, cloud_now_ms(driver->cloud) + driver->deadline_ms);
    for (size_t i = 0; i < query_count; i++) {
        undone += *(const bool *)queries[i]->context ? 0 : 1;
        write_query(driver, queries[i]);
    }
    for (size_t i = 0; i < act_count; i++) {
        undone += *(const bool *)list[i]->context ? 0 : 1;
        write_act(driver, list[i]);
    }
    write_calls(driver);
    return undone;
}

static int start(struct driver *driver, const json_t *document)
{
    struct curl_options options = {.parallel = 8, .user_agent = "driver_cloud"};
    struct transport *transport = NULL;
    struct aws_client *client = NULL;
    struct error err = ERROR_INIT;
    int status = 2;
    driver->deadline_ms = DEADLINE_MS;
    json_get_int(document, "deadline_ms", &driver->deadline_ms);
    if (transport_curl_new(&options, &transport, &err) == E_OK) {
        struct aws_client_options client_options = {.transport = transport};
        if (aws_client_new(&client_options, &client, &err) == E_OK) {
            driver->cloud = cloud_aws_new(client, transport);
            driver->cloud->log = &driver->log;
            status = drive(driver, document) == 0 ? 0 : 1;
            cloud_free(driver->cloud);
            aws_client_free(client);
        }
        transport_free(transport);
    }
    if (status == 2)
        fprintf(stderr, "driver_cloud: %s\n", err.message);
    return status;
}

int main(void)
{
    struct driver driver = {.out = BUF_INIT(OUTPUT_MAX)};
    struct buf input CLEANUP(buf_release) = BUF_INIT(INPUT_MAX);
    json_t *document CLEANUP(json_release) = NULL;
    struct error err = ERROR_INIT;
    char chunk[65536];
    ssize_t count = 0;
    while ((count = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
        buf_add(&input, (struct str){.ptr = chunk, .len = (size_t)count});
    if (json_parse(buf_str(&input), &document, &err) != E_OK) {
        fprintf(stderr, "driver_cloud: %s\n", err.message);
        return 2;
    }
    int status = start(&driver, document);
    fputs(buf_cstr(&driver.out), stdout);
    buf_release(&driver.out);
    arena_release(&driver.log.arena);
    arena_release(&driver.arena);
    return status;
}
