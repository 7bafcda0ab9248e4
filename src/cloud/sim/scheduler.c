/* ECS's service scheduler: how many tasks of each service are to be started and stopped. It looks
 * at a service when its desired count or its tasks have changed, and at instances when they have
 * more room than before (or can take tasks again): what could not be placed can only fit there.
 *
 * Invariant: a stuck service has tasks that no placeable instance has room for, but for those in
 * `changed`. */
#include "cloud/sim/parts.h"

#include <math.h>

#include "base/banned.h"

static void schedule_soon(struct sim_cluster *cluster)
{
    if (cluster->is_scheduled)
        return;
    cluster->is_scheduled = true;
    sim_after(cluster->world, cluster->spec->schedule_ms, EVENT_SCHEDULE, cluster, 0);
}

static void list_add(struct sim_service_list *list, struct sim_service *service)
{
    sim_list_grow((void **)&list->items, &list->room, list->count);
    list->items[list->count++] = service;
}

void sim_service_look_at(struct sim_service *service)
{
    if (!service->is_looked_at)
        list_add(&service->cluster->looks, service);
    service->is_looked_at = true;
    schedule_soon(service->cluster);
}

void sim_instance_has_changed(struct sim_instance *instance)
{
    struct sim_cluster *cluster = instance->group->cluster;
    if (!instance->is_changed)
        sim_instances_add(&cluster->changed, instance);
    instance->is_changed = true;
    schedule_soon(cluster);
}

static bool has_task_of(const struct sim_instance *instance, const struct sim_service *service)
{
    for (const struct sim_task *task = instance->tasks; task != NULL; task = task->instance_next) {
        if (task->service == service && task->status != SIM_TASK_STOPPING)
            return true;
    }
    return false;
}

/* Is any of the instance's tasks of a service that is no DAEMON? */
static bool has_replicas(const struct sim_instance *instance)
{
    for (const struct sim_task *task = instance->tasks; task != NULL; task = task->instance_next) {
        if (task->service->spec->strategy != SCHEDULING_DAEMON && !sim_task_is_standalone(task))
            return true;
    }
    return false;
}

/* DAEMON tasks are the first to be started on an instance and the last to be stopped. */
static void look_at_daemons(struct sim_cluster *cluster, struct sim_instance *instance)
{
    for (size_t i = 0; i < cluster->spec->service_count; i++) {
        struct sim_service *service = &cluster->services[i];
        struct resources size = service->spec->task_size;
        if (service->spec->strategy == SCHEDULING_DAEMON && sim_instance_is_placeable(instance) &&
            !has_task_of(instance, service) && size.cpu_units <= instance->remaining.cpu_units &&
            size.mem_mib <= instance->remaining.mem_mib)
            sim_task_place(service, instance, size);
    }
}

static void drain_daemons(struct sim_instance *instance)
{
    if (!instance->is_registered || !instance->is_draining || has_replicas(instance))
        return;
    for (struct sim_task *task = instance->tasks, *next = NULL; task != NULL; task = next) {
        next = task->instance_next;
        if (!sim_task_is_standalone(task))
            sim_task_stop(task);
    }
}

/* A look's instances: those that changed, or all. */
static void gather(struct sim_instance_list *candidates, const struct sim_instance_list *from)
{
    candidates->count = 0;
    for (size_t i = 0; i < from->count; i++) {
        if (sim_instance_is_placeable(from->items[i]))
            sim_instances_add(candidates, from->items[i]);
    }
}

static void place(struct sim_service *service, const struct sim_instance_list *from, int64_t wanted)
{
    struct sim_cluster *cluster = service->cluster;
    int64_t placed = 0;
    if (wanted > 0 && service->spec->launch_type != LAUNCH_EC2) {
        for (; placed < wanted; placed++)
            sim_task_place(service, NULL, service->spec->task_size);
    } else if (wanted > 0) {
        gather(&cluster->scratch, from);
        placed = sim_service_place(service, &cluster->scratch, wanted);
    }
    service->unplaced = wanted > placed ? wanted - placed : 0;
    if (service->unplaced > 0 && !service->is_stuck) {
        service->is_stuck = true;
        list_add(&cluster->stuck, service);
    }
}

/* Stops tasks on draining instances as far as the minimum of running ones allows. */
static void stop_leaving(struct sim_service *service)
{
    int64_t lower =
        (int64_t)ceil((double)service->desired * (double)service->spec->min_healthy_percent / 100);
    int64_t can = service->running - lower;
    for (struct sim_task *task = service->tasks; task != NULL && can > 0 && service->leaving > 0;
         task = task->next) {
        if (task->status == SIM_TASK_RUNNING && task->instance != NULL &&
            task->instance->is_draining) {
            sim_task_stop(task);
            can--;
        }
    }
}

/* How many more tasks it wants: those on draining instances are replaced within the maximum. */
static int64_t wanted_tasks(const struct sim_service *service)
{
    int64_t there = service->running + service->pending;
    int64_t staying = there - service->leaving;
    int64_t wanted = service->desired - staying;
    int64_t upper =
        (int64_t)floor((double)service->desired * (double)service->spec->max_percent / 100);
    int64_t room = (upper > service->desired ? upper : service->desired) - there;
    if (service->leaving > 0 && wanted > room)
        wanted = room;
    return wanted > 0 ? wanted : 0;
}

static void look_at(struct sim_service *service)
{
    service->is_looked_at = false;
    if (service->spec->strategy == SCHEDULING_DAEMON)
        return; /* by instance */
    if (service->leaving > 0)
        stop_leaving(service);
    int64_t surplus = service->running + service->pending - service->leaving - service->desired;
    if (surplus > 0)
        sim_service_stop(service, surplus);
    const struct sim_cluster *cluster = service->cluster;
    place(service, service->is_stuck ? &cluster->changed : &cluster->registered,
          wanted_tasks(service));
}

static void look_at_stuck(struct sim_cluster *cluster)
{
    size_t kept = 0;
    for (size_t i = 0; i < cluster->stuck.count; i++) {
        struct sim_service *service = cluster->stuck.items[i];
        place(service, &cluster->changed, wanted_tasks(service));
        if (service->unplaced > 0)
            cluster->stuck.items[kept++] = service;
        else
            service->is_stuck = false;
    }
    cluster->stuck.count = kept;
}

/* Each look may change instances and services anew: those come in the next round. */
static void round_of(struct sim_cluster *cluster)
{
    size_t changed = cluster->changed.count;
    size_t looks = cluster->looks.count;
    for (size_t i = 0; i < changed; i++) {
        struct sim_instance *instance = cluster->changed.items[i];
        instance->is_changed = false;
        drain_daemons(instance);
        look_at_daemons(cluster, instance);
    }
    for (size_t i = 0; i < looks; i++)
        look_at(cluster->looks.items[i]);
    if (changed > 0)
        look_at_stuck(cluster);
    for (size_t i = looks; i < cluster->looks.count; i++)
        cluster->looks.items[i - looks] = cluster->looks.items[i];
    cluster->looks.count -= looks;
    for (size_t i = changed; i < cluster->changed.count; i++)
        cluster->changed.items[i - changed] = cluster->changed.items[i];
    cluster->changed.count -= changed;
}

void sim_cluster_schedule(struct sim_cluster *cluster)
{
    cluster->is_scheduled = true; /* what changes meanwhile is seen to here */
    while (cluster->changed.count > 0 || cluster->looks.count > 0)
        round_of(cluster);
    cluster->is_scheduled = false;
}
