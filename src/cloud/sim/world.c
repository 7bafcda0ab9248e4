/* The world's making, its clock and what happens when. */
#include "base/memory.h"
#include "cloud/sim/parts.h"

#include <assert.h>

#include "base/banned.h"

void sim_list_grow(void **items, size_t *room, size_t count)
{
    if (count < *room)
        return;
    *room = *room > 0 ? *room * 2 : 16;
    *items = memory_resize(*items, *room, sizeof(void *));
}

void sim_after(struct sim_world *world, int64_t delay_ms, enum sim_event_kind kind, void *subject,
               uint64_t serial)
{
    agenda_add(&world->agenda, (struct sim_event){.at_ms = world->now_ms + delay_ms,
                                                  .kind = kind,
                                                  .subject = subject,
                                                  .serial = serial});
}

static struct str partition(struct str region)
{
    if (str_starts(region, STR("cn-")))
        return STR("aws-cn");
    return str_starts(region, STR("us-gov-")) ? STR("aws-us-gov") : STR("aws");
}

static struct str ecs_prefix(struct sim_cluster *cluster, const char *kind)
{
    struct sim_world *world = cluster->world;
    return arena_printf(&world->arena, "arn:%.*s:ecs:%.*s:%.*s:%s/%.*s",
                        STR_ARG(partition(cluster->spec->region)), STR_ARG(cluster->spec->region),
                        STR_ARG(world->spec->account), kind, STR_ARG(cluster->spec->name));
}

/* The same of every service, and of the standalone tasks. */
static void service_begin(struct sim_cluster *cluster, struct sim_service *service,
                          const struct sim_service_spec *spec, size_t index)
{
    uint64_t seed = cluster->world->spec->seed;
    uint64_t number = ((uint64_t)(cluster - cluster->world->clusters) << 32) + index;
    service->spec = spec;
    service->cluster = cluster;
    service->index = index;
    service->ids = sim_random_of(seed, CONCERN_TASK_ID, number);
    service->pull = sim_random_of(seed, CONCERN_PULL, number);
    service->start = sim_random_of(seed, CONCERN_START, number);
    service->stop = sim_random_of(seed, CONCERN_STOP, number);
    service->place = sim_random_of(seed, CONCERN_PLACE, number);
    flow_init(&service->flow, &spec->workload, spec->objective);
}

static void service_init(struct sim_cluster *cluster, size_t index)
{
    struct sim_service *service = &cluster->services[index];
    struct sim_world *world = cluster->world;
    service_begin(cluster, service, &cluster->spec->services[index], index);
    service->desired = service->spec->strategy == SCHEDULING_DAEMON ? 0 : service->spec->desired;
    service->definition_arn =
        arena_printf(&world->arena, "%.*s-%.*s:1", STR_ARG(ecs_prefix(cluster, "task-definition")),
                     STR_ARG(service->spec->name));
    sim_service_metrics(service, &world->arena);
}

static void group_init(struct sim_cluster *cluster, size_t index, uint64_t number)
{
    struct sim_group *group = &cluster->groups[index];
    const struct sim_spec *spec = cluster->world->spec;
    group->spec = &cluster->spec->groups[index];
    assert(group->spec->type < spec->type_count);
    group->type = &spec->types[group->spec->type];
    group->cluster = cluster;
    group->min = group->spec->min;
    group->max = group->spec->max;
    group->desired = group->spec->desired;
    group->capacity = group->spec->capacity;
    group->launch = sim_random_of(spec->seed, CONCERN_LAUNCH, number);
    group->join = sim_random_of(spec->seed, CONCERN_JOIN, number);
    group->terminate = sim_random_of(spec->seed, CONCERN_TERMINATE, number);
    group->ids = sim_random_of(spec->seed, CONCERN_INSTANCE_ID, number);
}

static void cluster_init(struct sim_world *world, size_t index)
{
    struct sim_cluster *cluster = &world->clusters[index];
    cluster->spec = &world->spec->clusters[index];
    cluster->world = world;
    cluster->instance_prefix =
        arena_printf(&world->arena, "%.*s/", STR_ARG(ecs_prefix(cluster, "container-instance")));
    cluster->task_prefix =
        arena_printf(&world->arena, "%.*s/", STR_ARG(ecs_prefix(cluster, "task")));
    cluster->groups = ARENA_ARRAY(&world->arena, struct sim_group, cluster->spec->group_count);
    cluster->services =
        ARENA_ARRAY(&world->arena, struct sim_service, cluster->spec->service_count);
    uint64_t base = (uint64_t)index << 32;
    for (size_t i = 0; i < cluster->spec->group_count; i++)
        group_init(cluster, i, base + i);
    for (size_t i = 0; i < cluster->spec->service_count; i++)
        service_init(cluster, i);
    service_begin(cluster, &cluster->standalone, &cluster->standalone_spec,
                  cluster->spec->service_count);
    size_t words = (cluster->spec->service_count + 1 + 63) / 64;
    if (words > world->pulled_words)
        world->pulled_words = words;
}

static double load_at(const struct sim_load *load, int64_t minute)
{
    return load->minute_count > 0 ? load->per_second[(size_t)minute % load->minute_count] : 0;
}

static void set_loads(struct sim_world *world)
{
    int64_t since_ms = world->now_ms - world->spec->start_ms;
    for (size_t i = 0; i < world->spec->cluster_count; i++) {
        struct sim_cluster *cluster = &world->clusters[i];
        for (size_t j = 0; j < cluster->spec->service_count; j++) {
            struct flow *flow = &cluster->services[j].flow;
            flow_advance(flow, since_ms);
            flow_set_load(flow, load_at(&flow->workload->load, since_ms / SIM_MINUTE_MS));
        }
    }
    sim_after(world, SIM_MINUTE_MS, EVENT_LOAD, NULL, 0);
}

static int64_t to_next_minute_ms(const struct sim_world *world)
{
    int64_t into_ms = world->now_ms % SIM_MINUTE_MS;
    return SIM_MINUTE_MS - (into_ms < 0 ? into_ms + SIM_MINUTE_MS : into_ms);
}

/* The minute that ends now. */
static void make_datapoints(struct sim_world *world)
{
    int64_t minute = world->now_ms / SIM_MINUTE_MS - 1;
    for (size_t i = 0; i < world->spec->cluster_count; i++) {
        struct sim_cluster *cluster = &world->clusters[i];
        for (size_t j = 0; j < cluster->spec->service_count; j++) {
            struct sim_service *service = &cluster->services[j];
            flow_advance(&service->flow, world->now_ms - world->spec->start_ms);
            sim_metrics_minute(service, minute);
        }
    }
    sim_after(world, SIM_MINUTE_MS, EVENT_DATAPOINTS, NULL, 0);
}

/* Everything that is wished for at the start is there, as far as it fits. */
static void begin(struct sim_world *world)
{
    world->is_starting = true;
    sim_after(world, to_next_minute_ms(world), EVENT_DATAPOINTS, NULL, 0);
    for (size_t i = 0; i < world->spec->cluster_count; i++) {
        struct sim_cluster *cluster = &world->clusters[i];
        for (size_t j = 0; j < cluster->spec->group_count; j++)
            sim_group_begin(&cluster->groups[j]);
        for (size_t j = 0; j < cluster->spec->service_count; j++)
            sim_service_look_at(&cluster->services[j]);
        sim_cluster_schedule(cluster);
    }
    set_loads(world);
    world->is_starting = false;
}

struct sim_world *sim_world_new(const struct sim_spec *spec)
{
    struct sim_world *world = memory_new(1, sizeof(*world));
    world->spec = spec;
    world->now_ms = spec->start_ms;
    world->clusters = ARENA_ARRAY(&world->arena, struct sim_cluster, spec->cluster_count);
    for (size_t i = 0; i < spec->cluster_count; i++)
        cluster_init(world, i);
    sim_find_init(world);
    begin(world);
    return world;
}

void sim_world_free(struct sim_world *world)
{
    if (world == NULL)
        return;
    for (size_t i = 0; i < world->spec->cluster_count; i++) {
        struct sim_cluster *cluster = &world->clusters[i];
        for (size_t j = 0; j < cluster->spec->service_count; j++) {
            flow_release(&cluster->services[j].flow);
            sim_metrics_release(&cluster->services[j]);
        }
        for (size_t j = 0; j < cluster->spec->group_count; j++)
            memory_free(cluster->groups[j].members.items);
        memory_free(cluster->registered.items);
        memory_free(cluster->changed.items);
        memory_free(cluster->looks.items);
        memory_free(cluster->stuck.items);
        memory_free(cluster->scratch.items);
    }
    agenda_release(&world->agenda);
    arena_release(&world->arena);
    memory_free(world);
}

const struct sim_spec *sim_world_spec(const struct sim_world *world)
{
    return world->spec;
}

int64_t sim_world_now_ms(const struct sim_world *world)
{
    return world->now_ms;
}

static void instance_event(struct sim_instance *instance, enum sim_event_kind kind)
{
    switch (kind) {
    case EVENT_INSTANCE_IN_SERVICE:
        sim_instance_in_service(instance);
        break;
    case EVENT_INSTANCE_JOINED:
        sim_instance_join(instance);
        break;
    case EVENT_INSTANCE_UNHEALTHY:
        sim_instance_terminating(instance, false);
        sim_group_reconcile(instance->group);
        break;
    case EVENT_INSTANCE_GONE:
        sim_instance_gone(instance);
        break;
    default:
        sim_instance_forget(instance);
    }
}

static void task_event(struct sim_task *task, enum sim_event_kind kind)
{
    if (kind == EVENT_TASK_STARTED)
        sim_task_started(task);
    else if (kind == EVENT_TASK_STOPPED)
        sim_task_stopped(task);
    else
        sim_task_forget(task);
}

static void happen(struct sim_world *world, const struct sim_event *event)
{
    struct sim_instance *instance = event->subject;
    struct sim_task *task = event->subject;
    switch (event->kind) {
    case EVENT_LOAD:
        set_loads(world);
        break;
    case EVENT_DATAPOINTS:
        make_datapoints(world);
        break;
    case EVENT_SCHEDULE:
        sim_cluster_schedule(event->subject);
        break;
    case EVENT_LAUNCH_AGAIN:
        sim_group_launch_again(event->subject);
        break;
    case EVENT_TASK_STARTED:
    case EVENT_TASK_STOPPED:
    case EVENT_TASK_FORGOTTEN:
        if (task->serial == event->serial)
            task_event(task, event->kind);
        break;
    default:
        if (instance->serial == event->serial)
            instance_event(instance, event->kind);
    }
}

void sim_world_advance(struct sim_world *world, int64_t to_ms)
{
    struct sim_event event;
    while (agenda_take(&world->agenda, to_ms, &event)) {
        world->now_ms = event.at_ms;
        happen(world, &event);
    }
    if (to_ms > world->now_ms)
        world->now_ms = to_ms;
}
