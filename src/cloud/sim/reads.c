/* What the APIs say of the world; and what no API tells. */
#include "base/jsonw.h"
#include "base/limits.h"
#include "cloud/sim/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const char *lifecycle_state(const struct sim_instance *instance)
{
    switch (instance->machine) {
    case MACHINE_PENDING:
        return "Pending";
    case MACHINE_IN_SERVICE:
        return "InService";
    default:
        return "Terminating";
    }
}

static struct str join(struct arena *arena, struct str prefix, const char *id)
{
    size_t len = strlen(id);
    char *text = arena_alloc(arena, prefix.len + len + 1, 1);
    memcpy(text, prefix.ptr, prefix.len);
    memcpy(text + prefix.len, id, len + 1);
    return (struct str){.ptr = text, .len = prefix.len + len};
}

bool sim_group_read(const struct sim_world *world, struct str region, struct str name,
                    struct arena *arena, struct group_facts *facts)
{
    const struct sim_group *group = sim_find_group(world, region, name);
    if (group == NULL)
        return false;
    *facts = (struct group_facts){
        .fact = FACT_OF_PRESENT, .min = group->min, .max = group->max, .desired = group->desired};
    facts->instance_count = group->members.count;
    facts->instances = ARENA_ARRAY(arena, struct group_instance, group->members.count);
    for (size_t i = 0; i < group->members.count; i++) {
        const struct sim_instance *instance = group->members.items[i];
        facts->instances[i] = (struct group_instance){
            .id = arena_str(arena, str_from(instance->ec2_id)),
            .lifecycle_state = str_from(lifecycle_state(instance)),
            .is_protected = instance->is_protected,
        };
    }
    return true;
}

static int64_t daemon_desired(const struct sim_cluster *cluster)
{
    int64_t active = 0;
    for (size_t i = 0; i < cluster->registered.count; i++)
        active += cluster->registered.items[i]->is_draining ? 0 : 1;
    return active;
}

static int64_t desired_of(const struct sim_service *service)
{
    return service->spec->strategy == SCHEDULING_DAEMON ? daemon_desired(service->cluster)
                                                        : service->desired;
}

bool sim_service_read(const struct sim_world *world, struct str region, struct str name,
                      struct str service_name, struct arena *arena, struct service_facts *facts)
{
    const struct sim_cluster *cluster = sim_find_cluster(world, region, name);
    const struct sim_service *service =
        cluster != NULL ? sim_find_service(cluster, service_name) : NULL;
    if (service == NULL)
        return false;
    *facts = (struct service_facts){
        .name = arena_str(arena, service->spec->name),
        .fact = FACT_OF_PRESENT,
        .status = STR("ACTIVE"),
        .strategy = service->spec->strategy,
        .launch_type = service->spec->launch_type,
        .desired = desired_of(service),
        .running = service->running,
        .pending = service->pending,
        .task_definition = arena_str(arena, service->definition_arn),
    };
    return true;
}

bool sim_instances_read(const struct sim_world *world, struct str region, struct str name,
                        struct arena *arena, struct instances_facts *facts)
{
    const struct sim_cluster *cluster = sim_find_cluster(world, region, name);
    if (cluster == NULL)
        return false;
    size_t count = cluster->registered.count;
    struct instance_facts *items = ARENA_ARRAY(arena, struct instance_facts, count);
    for (size_t i = 0; i < count; i++) {
        const struct sim_instance *instance = cluster->registered.items[i];
        const struct sim_group *group = instance->group;
        items[i] = (struct instance_facts){
            .arn = join(arena, cluster->instance_prefix, instance->id),
            .ec2_id = arena_str(arena, str_from(instance->ec2_id)),
            .status = instance->is_draining ? INSTANCE_DRAINING : INSTANCE_ACTIVE,
            .agent_connected = instance->is_connected,
            .registered = group->type->size,
            .remaining = instance->remaining,
            .running = instance->running,
            .pending = instance->pending,
            .capacity_provider = arena_str(arena, group->spec->capacity_provider),
        };
    }
    *facts = (struct instances_facts){.fact = FACT_OF_PRESENT, .items = items, .count = count};
    return true;
}

static int compare_daemons(const void *a, const void *b)
{
    const struct daemon_facts *left = a;
    const struct daemon_facts *right = b;
    return str_compare(left->name, right->name);
}

bool sim_daemons_read(const struct sim_world *world, struct str region, struct str name,
                      struct arena *arena, struct daemons_facts *facts)
{
    const struct sim_cluster *cluster = sim_find_cluster(world, region, name);
    if (cluster == NULL)
        return false;
    size_t count = 0;
    for (size_t i = 0; i < cluster->spec->service_count; i++)
        count += cluster->services[i].spec->strategy == SCHEDULING_DAEMON ? 1 : 0;
    struct daemon_facts *items = ARENA_ARRAY(arena, struct daemon_facts, count);
    count = 0;
    for (size_t i = 0; i < cluster->spec->service_count; i++) {
        const struct sim_service *service = &cluster->services[i];
        if (service->spec->strategy == SCHEDULING_DAEMON)
            items[count++] =
                (struct daemon_facts){.name = arena_str(arena, service->spec->name),
                                      .task_definition = arena_str(arena, service->definition_arn)};
    }
    if (count > 0)
        qsort(items, count, sizeof(*items), compare_daemons);
    *facts = (struct daemons_facts){.fact = FACT_OF_PRESENT, .items = items, .count = count};
    return true;
}

bool sim_task_definition_read(const struct sim_world *world, struct str arn, struct resources *size)
{
    const struct sim_service *service = sim_find_definition(world, arn);
    if (service == NULL)
        return false;
    *size = service->spec->task_size;
    return true;
}

bool sim_capacity_provider_read(const struct sim_world *world, struct str name, bool *managed)
{
    for (size_t i = 0; i < world->spec->cluster_count; i++) {
        const struct sim_cluster_spec *cluster = &world->spec->clusters[i];
        for (size_t j = 0; j < cluster->group_count; j++) {
            if (name.len > 0 && str_eq(cluster->groups[j].capacity_provider, name)) {
                *managed = cluster->groups[j].managed_scaling;
                return true;
            }
        }
    }
    return false;
}

static struct flow_state state_now(const struct sim_service *service)
{
    const struct sim_world *world = service->cluster->world;
    return flow_peek(&service->flow, world->now_ms - world->spec->start_ms);
}

/* Of the shape of RabbitMQ's /api/queues/VHOST/NAME; what is worked on is not ready any more. */
static void write_queue(struct json_writer *w, const struct sim_service *service)
{
    struct flow_state state = state_now(service);
    double rate = (double)state.running * service->spec->workload.rate_per_task;
    double done = state.backlog > 0 && state.load < rate ? rate
                  : state.load < rate                    ? state.load
                                                         : rate;
    int64_t ready = (int64_t)(state.backlog + 1e-6);
    int64_t unacknowledged = ready > 0 ? state.running : 0;
    struct str path = service->spec->http_url;
    size_t slash = str_find_last(path, '/');
    jsonw_key(w, "name");
    jsonw_str(w, slash < path.len ? str_slice(path, slash + 1, path.len) : path);
    jsonw_key(w, "vhost"), jsonw_cstr(w, "/");
    jsonw_key(w, "state"), jsonw_cstr(w, "running");
    jsonw_key(w, "messages"), jsonw_int(w, ready + unacknowledged);
    jsonw_key(w, "messages_ready"), jsonw_int(w, ready);
    jsonw_key(w, "messages_unacknowledged"), jsonw_int(w, unacknowledged);
    jsonw_key(w, "consumers"), jsonw_int(w, state.running);
    jsonw_key(w, "head_message_wait_seconds");
    jsonw_double(w, flow_oldest_wait_s(&service->flow, &state));
    jsonw_key(w, "message_stats");
    jsonw_object_begin(w);
    jsonw_key(w, "publish_details");
    jsonw_object_begin(w);
    jsonw_key(w, "rate"), jsonw_double(w, state.load);
    jsonw_object_end(w);
    jsonw_key(w, "ack_details");
    jsonw_object_begin(w);
    jsonw_key(w, "rate"), jsonw_double(w, done);
    jsonw_object_end(w);
    jsonw_object_end(w);
}

static void write_web(struct json_writer *w, const struct sim_service *service)
{
    struct flow_state state = state_now(service);
    jsonw_key(w, "requests_per_second"), jsonw_double(w, state.load);
    jsonw_key(w, "utilisation"), jsonw_double(w, flow_utilisation(&service->flow, &state));
    jsonw_key(w, "latency_ms"), jsonw_double(w, flow_latency_ms(&service->flow, &state));
}

bool sim_http_read(const struct sim_world *world, struct str url, struct arena *arena,
                   struct str *body)
{
    const struct sim_service *service = sim_find_document(world, url);
    if (service == NULL)
        return false;
    struct buf text CLEANUP(buf_release) = BUF_INIT(LIMIT_METRIC_BODY_BYTES);
    struct json_writer w = JSON_WRITER(&text, 0);
    jsonw_object_begin(&w);
    if (service->spec->workload.kind == SIM_QUEUE)
        write_queue(&w, service);
    else if (service->spec->workload.kind == SIM_WEB)
        write_web(&w, service);
    jsonw_key(&w, "running"), jsonw_int(&w, service->running);
    jsonw_object_end(&w);
    *body = arena_str(arena, buf_str(&text));
    return true;
}

bool sim_metrics_are_silent(const struct sim_world *world)
{
    return world->now_ms < world->silent_until_ms;
}

static void add_tasks(const struct sim_service *service, const struct sim_task *first,
                      struct str instance_arn, struct arena *arena, struct sim_tasks *tasks)
{
    const struct sim_cluster *cluster = service->cluster;
    for (const struct sim_task *task = first; task != NULL; task = task->next) {
        struct str instance = STR_NONE;
        if (task->instance != NULL)
            instance = join(arena, cluster->instance_prefix, task->instance->id);
        if (instance_arn.len > 0 && !str_eq(instance, instance_arn))
            continue;
        tasks->items[tasks->count++] = (struct sim_task_facts){
            .arn = join(arena, cluster->task_prefix, task->id),
            .instance_arn = instance,
            .service = arena_str(arena, service->spec->name),
            .task_definition = arena_str(arena, service->definition_arn),
            .status = task->status,
            .created_ms = task->created_ms,
        };
    }
}

static int compare_tasks(const void *a, const void *b)
{
    const struct sim_task_facts *left = a;
    const struct sim_task_facts *right = b;
    return str_compare(left->arn, right->arn);
}

static size_t count_tasks(const struct sim_service *service)
{
    size_t count = (size_t)(service->running + service->pending + service->stopping);
    for (const struct sim_task *task = service->stopped; task != NULL; task = task->next)
        count++;
    return count;
}

bool sim_tasks_read(const struct sim_world *world, struct str region, struct str name,
                    struct str instance_arn, struct arena *arena, struct sim_tasks *tasks)
{
    const struct sim_cluster *cluster = sim_find_cluster(world, region, name);
    if (cluster == NULL)
        return false;
    size_t services = cluster->spec->service_count;
    size_t count = count_tasks(&cluster->standalone);
    for (size_t i = 0; i < services; i++)
        count += count_tasks(&cluster->services[i]);
    *tasks = (struct sim_tasks){.items = ARENA_ARRAY(arena, struct sim_task_facts, count)};
    for (size_t i = 0; i <= services; i++) {
        const struct sim_service *service =
            i < services ? &cluster->services[i] : &cluster->standalone;
        add_tasks(service, service->tasks, instance_arn, arena, tasks);
        add_tasks(service, service->stopped, instance_arn, arena, tasks);
    }
    if (tasks->count > 0)
        qsort(tasks->items, tasks->count, sizeof(*tasks->items), compare_tasks);
    return true;
}

/* ---- Looking on ---- */

static struct sim_service_totals totals_of(const struct flow_totals *totals)
{
    return (struct sim_service_totals){
        .arrived = totals->arrived,
        .done = totals->done,
        .failed = totals->failed,
        .work_outside = totals->work_outside,
        .time_ms = (int64_t)(totals->time_s * 1000 + 0.5),
        .time_outside_ms = (int64_t)(totals->outside_s * 1000 + 0.5),
        .wait_sum_s = totals->wait_sum_s,
        .wait_worst_s = totals->wait_worst_s,
        .task_ms = totals->task_s * 1000,
    };
}

void sim_service_look(const struct sim_world *world, size_t cluster_index, size_t index,
                      struct sim_service_state *state)
{
    const struct sim_service *service = &world->clusters[cluster_index].services[index];
    struct flow_state flow = state_now(service);
    *state = (struct sim_service_state){
        .desired = desired_of(service),
        .running = service->running,
        .pending = service->pending,
        .stopping = service->stopping,
        .unplaced = service->unplaced,
        .load_per_second = flow.load,
        .backlog = flow.backlog,
        .oldest_wait_s = flow_oldest_wait_s(&service->flow, &flow),
        .utilisation = flow_utilisation(&service->flow, &flow),
        .latency_ms = flow_latency_ms(&service->flow, &flow),
        .is_outside = flow_is_outside(&service->flow, &flow),
        .totals = totals_of(&flow.totals),
    };
    if (service->spec->strategy == SCHEDULING_DAEMON) {
        int64_t lacking = state->desired - state->running - state->pending;
        state->unplaced = lacking > 0 ? lacking : 0;
    }
}

void sim_group_look(const struct sim_world *world, size_t cluster, size_t index,
                    struct sim_group_state *state)
{
    const struct sim_group *group = &world->clusters[cluster].groups[index];
    int64_t since_ms = world->now_ms - world->spec->start_ms;
    *state = group->totals;
    state->min = group->min;
    state->max = group->max;
    state->desired = group->desired;
    for (size_t i = 0; i < group->members.count; i++) {
        const struct sim_instance *instance = group->members.items[i];
        bool in_service = instance->machine == MACHINE_IN_SERVICE;
        state->launching += instance->machine == MACHINE_PENDING ? 1 : 0;
        state->terminating += instance->machine == MACHINE_TERMINATING ? 1 : 0;
        state->in_service += in_service ? 1 : 0;
        state->registered += in_service && instance->is_registered && !instance->is_draining;
        state->draining += in_service && instance->is_draining ? 1 : 0;
    }
    state->instance_ms +=
        (double)((int64_t)group->members.count * since_ms - group->launched_sum_ms);
    state->cost = state->instance_ms / 3.6e6 * group->type->price_per_hour;
}
