#include "decide/demand.h"

#include "base/limits.h"
#include "decide/number.h"

#include <stdlib.h>

#include "base/banned.h"

int64_t demand_tasks(const struct service_decision *decision, const struct service_facts *facts)
{
    if (facts == NULL || !fact_is_present(facts->fact) || facts->launch_type != LAUNCH_EC2 ||
        facts->strategy == SCHEDULING_DAEMON || !str_eq(facts->status, STR("ACTIVE")))
        return 0;
    int64_t there = number_add(number_max(facts->running, 0), number_max(facts->pending, 0));
    return number_clamp(number_sub(decision->target, there), 0, LIMIT_COUNT);
}

/* What sorting goes by. */
struct placing {
    struct demand_item item;
    double share;
};

static int compare(const void *left, const void *right)
{
    const struct placing *a = left;
    const struct placing *b = right;
    bool a_sized = fact_is_present(a->item.fact);
    bool b_sized = fact_is_present(b->item.fact);
    if (a_sized != b_sized)
        return a_sized ? -1 : 1;
    if (a_sized && a->share != b->share)
        return a->share > b->share ? -1 : 1;
    return str_compare(a->item.name, b->item.name);
}

static struct demand_item item_of(const struct snapshot *snapshot, size_t service,
                                  const struct service_decision *decision)
{
    struct demand_item item = {.name = decision->name,
                               .task_definition = snapshot->services[service].task_definition,
                               .tasks = decision->demand_tasks};
    const struct task_definition_facts *task =
        snapshot_task_definition(snapshot, item.task_definition);
    if (task != NULL) {
        item.fact = task->fact;
        item.size.cpu_units = number_clamp(task->size.cpu_units, 0, LIMIT_RESOURCE_UNITS);
        item.size.mem_mib = number_clamp(task->size.mem_mib, 0, LIMIT_RESOURCE_UNITS);
    }
    return item;
}

void demand_init(struct demand *demand, const struct snapshot *snapshot,
                 const struct service_decision *decisions, struct resources scale,
                 struct arena *arena)
{
    *demand = (struct demand){0};
    struct placing *rows = ARENA_ARRAY(arena, struct placing, snapshot->service_count);
    size_t count = 0;
    for (size_t i = 0; i < snapshot->service_count; i++) {
        if (decisions[i].demand_tasks == 0)
            continue;
        rows[count].item = item_of(snapshot, i, &decisions[i]);
        rows[count].share = placement_share(rows[count].item.size, scale);
        count++;
    }
    if (count > 0)
        qsort(rows, count, sizeof(*rows), compare);
    demand->items = ARENA_ARRAY(arena, struct demand_item, count);
    demand->count = count;
    for (size_t i = 0; i < count; i++) {
        demand->items[i] = rows[i].item;
        if (!fact_is_present(rows[i].item.fact))
            continue;
        demand->sized++;
        demand->tasks = number_add(demand->tasks, rows[i].item.tasks);
    }
}

/* Gives how many are left over. */
static int64_t put(struct placement *placement, struct resources size, int64_t tasks,
                   size_t *highest)
{
    size_t bin = PLACEMENT_NONE;
    int64_t left = placement_put(placement, size, tasks, &bin);
    if (bin != PLACEMENT_NONE && (*highest == PLACEMENT_NONE || bin > *highest))
        *highest = bin;
    return left;
}

bool demand_place(struct demand *demand, struct placement *placement, size_t *highest)
{
    bool all = true;
    size_t top = PLACEMENT_NONE;
    for (size_t i = 0; i < demand->sized; i++) {
        struct demand_item *item = &demand->items[i];
        item->unplaced = put(placement, item->size, item->tasks, &top);
        all = all && item->unplaced == 0;
    }
    bool has_buffer = demand->buffer.cpu_units > 0 || demand->buffer.mem_mib > 0;
    demand->buffer_unplaced = has_buffer && put(placement, demand->buffer, 1, &top) > 0;
    if (highest != NULL)
        *highest = top;
    return all && !demand->buffer_unplaced;
}
