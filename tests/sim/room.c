#include "room.h"

#include "base/arena.h"

#include <stdlib.h>

#include "base/banned.h"

enum { ARRIVING_MAX = 64, TASKS_MAX = 512 };

struct task {
    struct str service;
    struct resources size;
    double share;
};

struct bins {
    struct resources *free;
    size_t count;
    struct resources largest; /* of the group */
    struct resources scale;
    bool has_size;
    int64_t registered; /* of the group */
};

static bool is_member(const struct group_facts *group, struct str id, bool *leaves)
{
    const struct group_instance *member = group_instance_find(group, id);
    *leaves = member != NULL && (str_starts(member->lifecycle_state, STR("Terminat")) ||
                                 str_starts(member->lifecycle_state, STR("Detach")));
    return member != NULL;
}

static int64_t more(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void grow(struct resources *most, struct resources size)
{
    most->cpu_units = more(most->cpu_units, size.cpu_units);
    most->mem_mib = more(most->mem_mib, size.mem_mib);
}

static void look_at_instances(const struct snapshot *s, struct arena *arena, struct bins *bins)
{
    *bins = (struct bins){
        .free = ARENA_ARRAY(arena, struct resources, s->instances.count + ARRIVING_MAX)};
    for (size_t i = 0; i < s->instances.count; i++) {
        const struct instance_facts *instance = &s->instances.items[i];
        bool leaves = false;
        bool ours = is_member(&s->group, instance->ec2_id, &leaves);
        if (instance->status == INSTANCE_ACTIVE && instance->agent_connected && !leaves) {
            bins->free[bins->count++] = instance->remaining;
            grow(&bins->scale, instance->registered);
        }
        if (!ours || leaves)
            continue;
        bins->registered++;
        bins->has_size = true;
        grow(&bins->largest, instance->registered);
    }
    grow(&bins->scale, bins->largest);
}

static int compare(const void *left, const void *right)
{
    const struct task *a = left;
    const struct task *b = right;
    if (a->share != b->share)
        return a->share > b->share ? -1 : 1;
    return str_compare(a->service, b->service);
}

static double share_of(struct resources size, struct resources scale)
{
    double cpu = (double)size.cpu_units / (double)more(scale.cpu_units, 1);
    double mem = (double)size.mem_mib / (double)more(scale.mem_mib, 1);
    return cpu > mem ? cpu : mem;
}

/* False: a size is not known. */
static bool list_tasks(const struct snapshot *s, const struct plan *plan, struct task *tasks,
                       size_t *count)
{
    for (size_t i = 0; i < s->service_count; i++) {
        const struct service_facts *facts = &s->services[i];
        if (!fact_is_present(facts->fact) || facts->launch_type != LAUNCH_EC2 ||
            facts->strategy == SCHEDULING_DAEMON || !str_eq(facts->status, STR("ACTIVE")))
            continue;
        int64_t wanted = plan->services[i].target - facts->running - facts->pending;
        const struct task_definition_facts *size =
            snapshot_task_definition(s, facts->task_definition);
        if (wanted > 0 && (size == NULL || !fact_is_present(size->fact)))
            return false;
        for (int64_t k = 0; k < wanted && *count < TASKS_MAX; k++)
            tasks[(*count)++] = (struct task){.service = facts->name, .size = size->size};
    }
    return true;
}

static bool put(struct bins *bins, struct resources size)
{
    for (size_t i = 0; i < bins->count; i++) {
        if (bins->free[i].cpu_units < size.cpu_units || bins->free[i].mem_mib < size.mem_mib)
            continue;
        bins->free[i].cpu_units -= size.cpu_units;
        bins->free[i].mem_mib -= size.mem_mib;
        return true;
    }
    return false;
}

static void judge(const struct bins *bins, struct resources size, enum room *room)
{
    bool too_large = bins->has_size && (size.cpu_units > bins->largest.cpu_units ||
                                        size.mem_mib > bins->largest.mem_mib);
    enum room one = too_large ? ROOM_NEVER : ROOM_LACKS;
    *room = one > *room ? one : *room;
}

static bool is_ours(const struct definition *definition, const struct snapshot *s)
{
    if (!definition->has_group || !fact_is_present(s->group.fact) ||
        !fact_is_present(s->instances.fact))
        return false;
    for (size_t i = 0; i < s->instances.count; i++) {
        if (s->instances.items[i].capacity_provider.len > 0)
            return false;
    }
    return true;
}

enum room room_expect(const struct definition *definition, const struct snapshot *snapshot,
                      const struct plan *plan, int64_t desired, int64_t terminated)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct task *tasks = ARENA_ARRAY(&arena, struct task, TASKS_MAX);
    struct bins bins;
    size_t count = 0;
    if (!is_ours(definition, snapshot))
        return ROOM_UNKNOWN;
    look_at_instances(snapshot, &arena, &bins);
    if (!list_tasks(snapshot, plan, tasks, &count) || count == TASKS_MAX)
        return ROOM_UNKNOWN;
    for (size_t i = 0; i < count; i++)
        tasks[i].share = share_of(tasks[i].size, bins.scale);
    qsort(tasks, count, sizeof(*tasks), compare);
    int64_t arriving = more(desired - (bins.registered - terminated), 0);
    if (arriving > ARRIVING_MAX)
        return ROOM_UNKNOWN;
    for (int64_t i = 0; bins.has_size && i < arriving; i++)
        bins.free[bins.count++] = bins.largest;
    enum room room = ROOM_ENOUGH;
    for (size_t i = 0; i < count; i++) {
        if (!put(&bins, tasks[i].size))
            judge(&bins, tasks[i].size, &room);
    }
    struct resources buffer = {definition->cpu_buffer, definition->mem_buffer_mib};
    if ((buffer.cpu_units > 0 || buffer.mem_mib > 0) && !put(&bins, buffer))
        judge(&bins, buffer, &room);
    return !bins.has_size && arriving > 0 ? ROOM_ENOUGH : room;
}
