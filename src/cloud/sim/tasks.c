/* A task's life: placed (PENDING), RUNNING, told to stop (STOPPING), STOPPED and forgotten. A
 * PENDING one that is told to stop is STOPPED at once. */
#include "cloud/sim/parts.h"

#include <stdio.h>

#include "base/banned.h"

static struct sim_world *world_of(const struct sim_service *service)
{
    return service->cluster->world;
}

static void list_add(struct sim_task **first, struct sim_task *task)
{
    task->previous = NULL;
    task->next = *first;
    if (*first != NULL)
        (*first)->previous = task;
    *first = task;
}

static void list_remove(struct sim_task **first, struct sim_task *task)
{
    if (task->previous != NULL)
        task->previous->next = task->next;
    else
        *first = task->next;
    if (task->next != NULL)
        task->next->previous = task->previous;
}

static void instance_take(struct sim_instance *instance, struct sim_task *task)
{
    struct resources size = task->size;
    instance->remaining.cpu_units -= size.cpu_units;
    instance->remaining.mem_mib -= size.mem_mib;
    task->instance_next = instance->tasks;
    if (instance->tasks != NULL)
        instance->tasks->instance_previous = task;
    instance->tasks = task;
    sim_instance_hold(instance);
}

static void instance_give_back(struct sim_instance *instance, struct sim_task *task)
{
    struct resources size = task->size;
    instance->remaining.cpu_units += size.cpu_units;
    instance->remaining.mem_mib += size.mem_mib;
    if (task->instance_previous != NULL)
        task->instance_previous->instance_next = task->instance_next;
    else
        instance->tasks = task->instance_next;
    if (task->instance_next != NULL)
        task->instance_next->instance_previous = task->instance_previous;
    sim_instance_has_changed(instance);
}

static void count(struct sim_task *task, enum sim_task_status status, int64_t by)
{
    struct sim_service *service = task->service;
    struct sim_instance *instance = task->instance;
    if (status == SIM_TASK_PENDING) {
        service->pending += by;
        if (instance != NULL)
            instance->pending += by;
    } else if (status == SIM_TASK_RUNNING) {
        service->running += by;
        if (instance != NULL)
            instance->running += by;
        if (instance != NULL && instance->is_draining)
            service->leaving += by;
        flow_advance(&service->flow, world_of(service)->now_ms - world_of(service)->spec->start_ms);
        flow_set_running(&service->flow, service->running);
    } else if (status == SIM_TASK_STOPPING) {
        service->stopping += by;
    }
}

static void set_status(struct sim_task *task, enum sim_task_status status)
{
    count(task, task->status, -1);
    task->status = status;
    count(task, task->status, 1);
}

static int64_t start_delay(struct sim_service *service, struct sim_instance *instance)
{
    int64_t start_ms = sim_random_delay(&service->start, service->spec->start);
    int64_t pull_ms = sim_random_delay(&service->pull, service->spec->image_pull);
    if (instance == NULL)
        return start_ms + pull_ms; /* Fargate keeps no images */
    uint64_t bit = UINT64_C(1) << (service->index % 64);
    uint64_t *word = &instance->pulled[service->index / 64];
    bool is_there = (*word & bit) != 0;
    *word |= bit;
    return start_ms + (is_there ? 0 : pull_ms);
}

bool sim_task_is_standalone(const struct sim_task *task)
{
    return task->service == &task->service->cluster->standalone;
}

struct sim_task *sim_task_place(struct sim_service *service, struct sim_instance *instance,
                                struct resources size)
{
    struct sim_world *world = world_of(service);
    struct sim_task *task = world->free_tasks;
    if (task != NULL)
        world->free_tasks = task->next;
    else
        task = ARENA_NEW(&world->arena, struct sim_task);
    *task = (struct sim_task){.service = service,
                              .instance = instance,
                              .size = size,
                              .serial = ++world->serial,
                              .created_ms = world->now_ms};
    uint64_t high = sim_random_next(&service->ids);
    uint64_t low = sim_random_next(&service->ids);
    snprintf(task->id, sizeof(task->id), "%016llx%016llx", (unsigned long long)high,
             (unsigned long long)low);
    list_add(&service->tasks, task);
    if (instance != NULL)
        instance_take(instance, task);
    int64_t delay_ms = start_delay(service, instance);
    task->status = world->is_starting ? SIM_TASK_RUNNING : SIM_TASK_PENDING;
    count(task, task->status, 1);
    if (!world->is_starting)
        sim_after(world, delay_ms, EVENT_TASK_STARTED, task, task->serial);
    return task;
}

void sim_task_started(struct sim_task *task)
{
    if (task->status != SIM_TASK_PENDING)
        return;
    if (task->instance != NULL && !task->instance->is_connected) {
        task->is_waiting = true;
        return;
    }
    set_status(task, SIM_TASK_RUNNING);
    if (task->service->leaving > 0 && !sim_task_is_standalone(task))
        sim_service_look_at(task->service); /* it may be what they wait for */
}

void sim_task_stop(struct sim_task *task)
{
    struct sim_service *service = task->service;
    if (task->status == SIM_TASK_PENDING) {
        sim_task_end(task);
    } else if (task->status == SIM_TASK_RUNNING) {
        set_status(task, SIM_TASK_STOPPING);
        sim_after(world_of(service), sim_random_delay(&service->stop, service->spec->stop),
                  EVENT_TASK_STOPPED, task, task->serial);
    }
}

void sim_task_stopped(struct sim_task *task)
{
    if (task->status != SIM_TASK_STOPPING || task->is_hung)
        return;
    if (task->instance != NULL && !task->instance->is_connected)
        task->is_waiting = true;
    else
        sim_task_end(task);
}

void sim_task_end(struct sim_task *task)
{
    struct sim_service *service = task->service;
    bool was_wanted = task->status != SIM_TASK_STOPPING;
    set_status(task, SIM_TASK_STOPPED);
    if (task->instance != NULL)
        instance_give_back(task->instance, task);
    list_remove(&service->tasks, task);
    list_add(&service->stopped, task);
    sim_after(world_of(service), SIM_STOPPED_SHOWN_MS, EVENT_TASK_FORGOTTEN, task, task->serial);
    if (was_wanted && !sim_task_is_standalone(task))
        sim_service_look_at(service);
}

void sim_task_forget(struct sim_task *task)
{
    struct sim_service *service = task->service;
    list_remove(&service->stopped, task);
    if (task->instance != NULL)
        sim_instance_let_go(task->instance);
    task->serial = 0;
    task->next = world_of(service)->free_tasks;
    world_of(service)->free_tasks = task;
}
