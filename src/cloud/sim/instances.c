/* Container instances: what of a machine belongs to its cluster. */
#include "base/memory.h"
#include "cloud/sim/parts.h"

#include <string.h>

#include "base/banned.h"

void sim_instances_add(struct sim_instance_list *list, struct sim_instance *instance)
{
    sim_list_grow((void **)&list->items, &list->room, list->count);
    list->items[list->count++] = instance;
}

/* Where it is, or belongs. */
static size_t position(const struct sim_instance_list *list, const struct sim_instance *instance)
{
    size_t low = 0;
    for (size_t high = list->count; low < high;) {
        size_t middle = (low + high) / 2;
        if (strcmp(list->items[middle]->ec2_id, instance->ec2_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void sim_instances_insert(struct sim_instance_list *list, struct sim_instance *instance)
{
    size_t at = position(list, instance);
    sim_instances_add(list, instance);
    memmove(list->items + at + 1, list->items + at,
            (list->count - 1 - at) * sizeof(struct sim_instance *));
    list->items[at] = instance;
}

void sim_instances_remove(struct sim_instance_list *list, const struct sim_instance *instance)
{
    size_t at = position(list, instance);
    list->count--;
    memmove(list->items + at, list->items + at + 1,
            (list->count - at) * sizeof(struct sim_instance *));
}

void sim_instance_hold(struct sim_instance *instance)
{
    instance->holders++;
}

void sim_instance_let_go(struct sim_instance *instance)
{
    if (--instance->holders > 0)
        return;
    struct sim_world *world = instance->group->cluster->world;
    instance->serial = 0;
    instance->next_free = world->free_instances;
    world->free_instances = instance;
}

bool sim_instance_is_placeable(const struct sim_instance *instance)
{
    return instance->is_registered && !instance->is_draining && instance->is_connected &&
           !instance->is_dead;
}

void sim_instance_join(struct sim_instance *instance)
{
    struct sim_cluster *cluster = instance->group->cluster;
    if (instance->machine != MACHINE_IN_SERVICE || instance->is_dead)
        return;
    instance->is_registered = true;
    instance->is_connected = true;
    instance->remaining = instance->group->type->size;
    sim_instances_insert(&cluster->registered, instance);
    sim_instance_hold(instance);
    sim_instance_has_changed(instance);
}

void sim_instance_forget(struct sim_instance *instance)
{
    instance->is_registered = false;
    sim_instances_remove(&instance->group->cluster->registered, instance);
    sim_instance_let_go(instance);
}

/* Each task that ends leaves the list. */
void sim_instance_kill_tasks(struct sim_instance *instance)
{
    while (instance->tasks != NULL) {
        struct sim_task *task = instance->tasks;
        sim_task_end(task);
    }
}

void sim_instance_set_draining(struct sim_instance *instance, bool is_draining)
{
    if (instance->is_draining == is_draining)
        return;
    instance->is_draining = is_draining;
    for (struct sim_task *task = instance->tasks, *next = NULL; task != NULL; task = next) {
        struct sim_service *service = task->service;
        next = task->instance_next;
        if (task->status == SIM_TASK_RUNNING)
            service->leaving += is_draining ? 1 : -1;
        if (sim_task_is_standalone(task))
            continue;
        if (task->status == SIM_TASK_PENDING && is_draining)
            sim_task_end(task); /* PENDING ones stop at once */
        sim_service_look_at(service);
    }
    sim_instance_has_changed(instance);
}

/* What could not be told to its agent, or heard from it, is now. */
void sim_instance_set_connected(struct sim_instance *instance, bool is_connected)
{
    struct sim_world *world = instance->group->cluster->world;
    if (!instance->is_registered || instance->is_connected == is_connected ||
        (is_connected && (instance->is_dead || instance->machine != MACHINE_IN_SERVICE)))
        return;
    instance->is_connected = is_connected;
    sim_instance_has_changed(instance);
    for (struct sim_task *task = instance->tasks; task != NULL; task = task->instance_next) {
        if (!is_connected || !task->is_waiting)
            continue;
        task->is_waiting = false;
        sim_after(world, 0,
                  task->status == SIM_TASK_PENDING ? EVENT_TASK_STARTED : EVENT_TASK_STOPPED, task,
                  task->serial);
    }
}

static bool refuse(struct sim_refusal *refusal, const char *code, int http_status,
                   const char *message)
{
    *refusal = (struct sim_refusal){.code = code, .http_status = http_status};
    for (size_t i = 0; i + 1 < sizeof(refusal->message) && message[i] != '\0'; i++)
        refusal->message[i] = message[i];
    return false;
}

static struct sim_instance *find_by_arn(const struct sim_cluster *cluster, struct str arn)
{
    size_t slash = str_find_last(arn, '/');
    struct str id = slash < arn.len ? str_slice(arn, slash + 1, arn.len) : arn;
    if (slash < arn.len && !str_eq(str_slice(arn, 0, slash + 1), cluster->instance_prefix))
        return NULL;
    for (size_t i = 0; i < cluster->registered.count; i++) {
        if (str_eq(str_from(cluster->registered.items[i]->id), id))
            return cluster->registered.items[i];
    }
    return NULL;
}

bool sim_instance_drain(struct sim_world *world, struct str region, struct str name,
                        struct str instance_arn, bool drain, struct sim_refusal *refusal)
{
    struct sim_cluster *cluster = sim_find_cluster(world, region, name);
    *refusal = (struct sim_refusal){.code = NULL};
    if (cluster == NULL)
        return refuse(refusal, "ClusterNotFoundException", 400, "Cluster not found.");
    struct sim_instance *instance = find_by_arn(cluster, instance_arn);
    if (instance == NULL)
        return refuse(refusal, "MISSING", 200, "the answer's failures say so");
    sim_instance_set_draining(instance, drain);
    return true;
}

bool sim_service_update(struct sim_world *world, struct str region, struct str name,
                        struct str service_name, int64_t desired, struct sim_refusal *refusal)
{
    struct sim_cluster *cluster = sim_find_cluster(world, region, name);
    *refusal = (struct sim_refusal){.code = NULL};
    if (cluster == NULL)
        return refuse(refusal, "ClusterNotFoundException", 400, "Cluster not found.");
    struct sim_service *service = sim_find_service(cluster, service_name);
    if (service == NULL)
        return refuse(refusal, "ServiceNotFoundException", 400, "Service not found.");
    if (service->spec->strategy == SCHEDULING_DAEMON)
        return refuse(refusal, "InvalidParameterException", 400,
                      "The daemon scheduling strategy does not support a desired count for "
                      "services. Remove the desired count value and try again");
    if (desired < 0)
        return refuse(refusal, "InvalidParameterException", 400,
                      "desiredCount cannot be less than zero.");
    service->desired = desired;
    sim_service_look_at(service);
    return true;
}

/* ---- Mishaps ---- */

bool sim_instance_kill(struct sim_world *world, struct str ec2_id)
{
    struct sim_instance *instance = sim_instance_of(world, STR_NONE, ec2_id);
    if (instance == NULL || instance->is_dead || instance->machine == MACHINE_TERMINATING)
        return false;
    instance->is_dead = true;
    sim_instance_kill_tasks(instance);
    sim_instance_set_connected(instance, false);
    sim_after(world, SIM_UNHEALTHY_MS, EVENT_INSTANCE_UNHEALTHY, instance, instance->serial);
    return true;
}

bool sim_agent_disconnect(struct sim_world *world, struct str ec2_id, bool connected)
{
    struct sim_instance *instance = sim_instance_of(world, STR_NONE, ec2_id);
    if (instance == NULL || !instance->is_registered || instance->is_dead)
        return false;
    sim_instance_set_connected(instance, connected);
    return instance->is_connected == connected;
}

static struct sim_task *find_in(struct sim_service *service, struct str id)
{
    for (struct sim_task *task = service->tasks; task != NULL; task = task->next) {
        if (str_eq(str_from(task->id), id))
            return task;
    }
    return NULL;
}

/* Not STOPPED yet; NULL: no such. */
static struct sim_task *find_task(struct sim_world *world, struct str arn)
{
    size_t slash = str_find_last(arn, '/');
    struct str id = slash < arn.len ? str_slice(arn, slash + 1, arn.len) : arn;
    struct sim_task *found = NULL;
    for (size_t i = 0; i < world->spec->cluster_count && found == NULL; i++) {
        struct sim_cluster *cluster = &world->clusters[i];
        if (!str_eq(str_slice(arn, 0, arn.len - id.len), cluster->task_prefix))
            continue;
        found = find_in(&cluster->standalone, id);
        for (size_t j = 0; j < cluster->spec->service_count && found == NULL; j++)
            found = find_in(&cluster->services[j], id);
    }
    return found;
}

bool sim_task_hang(struct sim_world *world, struct str task_arn)
{
    struct sim_task *task = find_task(world, task_arn);
    if (task != NULL)
        task->is_hung = true;
    return task != NULL;
}

bool sim_task_finish(struct sim_world *world, struct str task_arn)
{
    struct sim_task *task = find_task(world, task_arn);
    if (task != NULL)
        sim_task_end(task);
    return task != NULL;
}

bool sim_task_run(struct sim_world *world, struct str ec2_id, struct resources size,
                  struct arena *arena, struct str *arn)
{
    struct sim_instance *instance = sim_instance_of(world, STR_NONE, ec2_id);
    if (instance == NULL || !sim_instance_is_placeable(instance) ||
        size.cpu_units > instance->remaining.cpu_units ||
        size.mem_mib > instance->remaining.mem_mib)
        return false;
    struct sim_cluster *cluster = instance->group->cluster;
    const struct sim_task *task = sim_task_place(&cluster->standalone, instance, size);
    *arn = arena_printf(arena, "%.*s%s", STR_ARG(cluster->task_prefix), task->id);
    return true;
}

void sim_group_capacity(struct sim_world *world, struct str name, int64_t capacity)
{
    for (size_t i = 0; i < world->spec->cluster_count; i++) {
        struct sim_cluster *cluster = &world->clusters[i];
        for (size_t j = 0; j < cluster->spec->group_count; j++) {
            if (str_eq(cluster->groups[j].spec->name, name))
                cluster->groups[j].capacity = capacity;
        }
    }
}

void sim_metrics_silence(struct sim_world *world, int64_t until_ms)
{
    world->silent_until_ms = until_ms;
}
