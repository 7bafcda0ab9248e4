#include "decide/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* All sorted rows but instances begin with their key. */
static int by_key(const void *left, const void *right)
{
    return str_compare(*(const struct str *)left, *(const struct str *)right);
}

_Static_assert(offsetof(struct group_instance, id) == 0, "by_key wants the key first");
_Static_assert(offsetof(struct task_definition_facts, arn) == 0, "by_key wants the key first");
_Static_assert(offsetof(struct daemon_facts, name) == 0, "by_key wants the key first");
_Static_assert(offsetof(struct capacity_provider_facts, name) == 0, "by_key wants the key first");

static int by_instance(const void *left, const void *right)
{
    const struct instance_facts *a = left;
    const struct instance_facts *b = right;
    int order = str_compare(a->ec2_id, b->ec2_id);
    return order != 0 ? order : str_compare(a->arn, b->arn);
}

static void *sorted(struct arena *arena, void *rows, size_t count, size_t size,
                    int (*compare)(const void *, const void *))
{
    const char *row = rows;
    size_t i = 1;
    while (i < count && compare(row + (i - 1) * size, row + i * size) <= 0)
        i++;
    if (i >= count)
        return rows;
    void *copy = arena_alloc(arena, count, size);
    memcpy(copy, rows, count * size);
    qsort(copy, count, size, compare);
    return copy;
}

#define SORTED(arena, rows, count, compare)                                                        \
    ((rows) = sorted((arena), (rows), (count), sizeof(*(rows)), (compare)))

struct snapshot order_snapshot(const struct snapshot *snapshot, size_t service_count,
                               struct arena *arena)
{
    struct snapshot s = *snapshot;
    SORTED(arena, s.group.instances, s.group.instance_count, by_key);
    SORTED(arena, s.instances.items, s.instances.count, by_instance);
    SORTED(arena, s.task_definitions, s.task_definition_count, by_key);
    SORTED(arena, s.daemons.items, s.daemons.count, by_key);
    SORTED(arena, s.capacity_providers, s.capacity_provider_count, by_key);
    if (s.service_count > service_count)
        s.service_count = service_count;
    return s;
}
