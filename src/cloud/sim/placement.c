/* Which instances take a service's tasks, and which tasks are stopped. Constraints bind, strategies
 * are best effort. Source: the ECS developer guide, "Task placement strategies" and "Service
 * scheduler": spread evens out the service's tasks over the instances, when placing and when
 * stopping; binpack fills the instance with the least left of a resource, and stops where the most
 * is left.
 *
 * Candidates are a binary heap in the order of preference: a batch of k tasks on n instances takes
 * O(n + k log n). */
#include "cloud/sim/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static int compare_int64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Does `a` come before `b`? */
static bool is_better(const struct sim_service *service, const struct sim_instance *a,
                      const struct sim_instance *b)
{
    int order = 0;
    switch (service->spec->placement) {
    case SIM_SPREAD:
        order = compare_int64(a->same, b->same);
        if (order == 0) /* and where the most room is */
            order = compare_int64(b->remaining.mem_mib, a->remaining.mem_mib);
        break;
    case SIM_BINPACK_CPU:
        order = compare_int64(a->remaining.cpu_units, b->remaining.cpu_units);
        break;
    case SIM_BINPACK_MEMORY:
        order = compare_int64(a->remaining.mem_mib, b->remaining.mem_mib);
        break;
    case SIM_RANDOM:
        break;
    }
    return order != 0 ? order < 0 : strcmp(a->ec2_id, b->ec2_id) < 0;
}

static void sift_down(const struct sim_service *service, struct sim_instance_list *heap, size_t at)
{
    struct sim_instance *moving = heap->items[at];
    for (size_t child = 2 * at + 1; child < heap->count; child = 2 * at + 1) {
        if (child + 1 < heap->count &&
            is_better(service, heap->items[child + 1], heap->items[child]))
            child++;
        if (!is_better(service, heap->items[child], moving))
            break;
        heap->items[at] = heap->items[child];
        at = child;
    }
    heap->items[at] = moving;
}

static bool can_take(const struct sim_service *service, const struct sim_instance *instance)
{
    struct resources size = service->spec->task_size;
    return size.cpu_units <= instance->remaining.cpu_units &&
           size.mem_mib <= instance->remaining.mem_mib &&
           !(service->spec->distinct_instance && instance->same > 0);
}

static void count_same(const struct sim_service *service,
                       const struct sim_instance_list *candidates)
{
    for (size_t i = 0; i < candidates->count; i++)
        candidates->items[i]->same = 0;
    /* STOPPING ones count: they are still there. */
    for (const struct sim_task *task = service->tasks; task != NULL; task = task->next) {
        if (task->instance != NULL)
            task->instance->same++;
    }
}

static size_t choose(struct sim_service *service, const struct sim_instance_list *heap)
{
    if (service->spec->placement != SIM_RANDOM)
        return 0;
    return (size_t)sim_random_between(&service->place, 0, (int64_t)heap->count - 1);
}

int64_t sim_service_place(struct sim_service *service, struct sim_instance_list *candidates,
                          int64_t wanted)
{
    int64_t placed = 0;
    size_t kept = 0;
    count_same(service, candidates);
    for (size_t i = 0; i < candidates->count; i++) {
        if (can_take(service, candidates->items[i]))
            candidates->items[kept++] = candidates->items[i];
    }
    candidates->count = kept;
    for (size_t i = kept / 2; i > 0; i--)
        sift_down(service, candidates, i - 1);
    while (placed < wanted && candidates->count > 0) {
        size_t at = choose(service, candidates);
        struct sim_instance *instance = candidates->items[at];
        sim_task_place(service, instance, service->spec->task_size);
        instance->same++;
        placed++;
        if (!can_take(service, instance))
            candidates->items[at] = candidates->items[--candidates->count];
        if (at < candidates->count)
            sift_down(service, candidates, at);
    }
    return placed;
}

/* PENDING ones first; then by the strategy; the newest first. */
static int compare_to_stop(const void *a, const void *b)
{
    const struct sim_task *left = *(struct sim_task *const *)a;
    const struct sim_task *right = *(struct sim_task *const *)b;
    if (left->status != right->status)
        return left->status == SIM_TASK_PENDING ? -1 : 1;
    int order = compare_int64(right->order, left->order);
    if (order == 0)
        order = compare_int64(right->created_ms, left->created_ms);
    return order != 0 ? order : strcmp(left->id, right->id);
}

static bool may_stop(const struct sim_task *task)
{
    bool is_leaving = task->instance != NULL && task->instance->is_draining;
    return task->status != SIM_TASK_STOPPING && !is_leaving;
}

/* The higher, the sooner it is stopped. Spread: how many of the service's tasks there would be on
 * its instance with it, so that the fullest instances lose theirs first and all end up even. */
static int64_t stop_order(struct sim_service *service, struct sim_task *task)
{
    struct sim_instance *instance = task->instance;
    if (instance == NULL)
        return 0;
    switch (service->spec->placement) {
    case SIM_SPREAD:
        return instance->same--;
    case SIM_BINPACK_CPU:
        return instance->remaining.cpu_units;
    case SIM_BINPACK_MEMORY:
        return instance->remaining.mem_mib;
    case SIM_RANDOM:
        break;
    }
    return (int64_t)(sim_random_next(&service->place) >> 1);
}

void sim_service_stop(struct sim_service *service, int64_t count)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct sim_task **tasks =
        ARENA_ARRAY(&arena, struct sim_task *, (size_t)(service->running + service->pending));
    size_t found = 0;
    for (struct sim_task *task = service->tasks; task != NULL; task = task->next) {
        if (task->instance != NULL)
            task->instance->same = 0;
    }
    for (struct sim_task *task = service->tasks; task != NULL; task = task->next) {
        if (task->instance != NULL && may_stop(task))
            task->instance->same++;
    }
    for (struct sim_task *task = service->tasks; task != NULL; task = task->next) {
        if (!may_stop(task))
            continue;
        task->order = stop_order(service, task);
        tasks[found++] = task;
    }
    if (found > 0)
        qsort(tasks, found, sizeof(struct sim_task *), compare_to_stop);
    for (size_t i = 0; i < found && (int64_t)i < count; i++)
        sim_task_stop(tasks[i]);
}
