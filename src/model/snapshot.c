#include "model/snapshot.h"

#include "base/banned.h"

static const char *const instance_statuses[] = {
    [INSTANCE_ACTIVE] = "ACTIVE",
    [INSTANCE_DRAINING] = "DRAINING",
    [INSTANCE_OTHER] = "OTHER",
};
static const char *const launch_types[] = {
    [LAUNCH_EC2] = "EC2",
    [LAUNCH_FARGATE] = "FARGATE",
    [LAUNCH_EXTERNAL] = "EXTERNAL",
};
static const char *const strategies[] = {
    [SCHEDULING_REPLICA] = "REPLICA",
    [SCHEDULING_DAEMON] = "DAEMON",
};

const char *instance_status_name(enum instance_status status)
{
    return instance_statuses[status];
}

const char *launch_type_name(enum launch_type type)
{
    return launch_types[type];
}

const char *scheduling_strategy_name(enum scheduling_strategy strategy)
{
    return strategies[strategy];
}

bool instance_status_from_name(struct str name, enum instance_status *status)
{
    size_t index = 0;
    if (!str_in_table(name, instance_statuses, ARRAY_LEN(instance_statuses), &index))
        return false;
    *status = (enum instance_status)index;
    return true;
}

bool launch_type_from_name(struct str name, enum launch_type *type)
{
    size_t index = 0;
    if (!str_in_table(name, launch_types, ARRAY_LEN(launch_types), &index))
        return false;
    *type = (enum launch_type)index;
    return true;
}

bool scheduling_strategy_from_name(struct str name, enum scheduling_strategy *strategy)
{
    size_t index = 0;
    if (!str_in_table(name, strategies, ARRAY_LEN(strategies), &index))
        return false;
    *strategy = (enum scheduling_strategy)index;
    return true;
}

/* Binary search over `count` rows of `size` bytes that begin with their key, sorted by it. */
static const void *find_row(const void *rows, size_t count, size_t size, struct str key)
{
    const char *base = rows;
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *row = base + middle * size;
        int order = str_compare(*(const struct str *)(const void *)row, key);
        if (order == 0)
            return row;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

_Static_assert(offsetof(struct task_definition_facts, arn) == 0, "find_row wants the key first");
_Static_assert(offsetof(struct capacity_provider_facts, name) == 0, "find_row wants the key first");
_Static_assert(offsetof(struct group_instance, id) == 0, "find_row wants the key first");

const struct task_definition_facts *snapshot_task_definition(const struct snapshot *snapshot,
                                                             struct str arn)
{
    return find_row(snapshot->task_definitions, snapshot->task_definition_count,
                    sizeof(*snapshot->task_definitions), arn);
}

const struct capacity_provider_facts *snapshot_capacity_provider(const struct snapshot *snapshot,
                                                                 struct str name)
{
    return find_row(snapshot->capacity_providers, snapshot->capacity_provider_count,
                    sizeof(*snapshot->capacity_providers), name);
}

const struct group_instance *group_instance_find(const struct group_facts *group, struct str id)
{
    return find_row(group->instances, group->instance_count, sizeof(*group->instances), id);
}
