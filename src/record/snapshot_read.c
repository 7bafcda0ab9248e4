/* A snapshot ⇄ JSON: reading. The order that look-ups rely on is made anew where it is broken. */
#include "record/parts.h"

#include "base/limits.h"

#include <stdlib.h>

#include "base/banned.h"

/* 9999-12-31T23:59:59Z: what a time stamp can be written of. */
#define TIME_MAX_MS INT64_C(253402300799000)

typedef int row_compare(const void *a, const void *b);

static int compare_group_instances(const void *a, const void *b)
{
    return str_compare(((const struct group_instance *)a)->id,
                       ((const struct group_instance *)b)->id);
}

static int compare_instances(const void *a, const void *b)
{
    const struct instance_facts *left = a;
    const struct instance_facts *right = b;
    int order = str_compare(left->ec2_id, right->ec2_id);
    return order != 0 ? order : str_compare(left->arn, right->arn);
}

static int compare_task_definitions(const void *a, const void *b)
{
    return str_compare(((const struct task_definition_facts *)a)->arn,
                       ((const struct task_definition_facts *)b)->arn);
}

static int compare_daemons(const void *a, const void *b)
{
    return str_compare(((const struct daemon_facts *)a)->name,
                       ((const struct daemon_facts *)b)->name);
}

static int compare_providers(const void *a, const void *b)
{
    return str_compare(((const struct capacity_provider_facts *)a)->name,
                       ((const struct capacity_provider_facts *)b)->name);
}

/* Leaves rows in their order where that is right already (equal keys stay as they are). */
static void make_sorted(void *rows, size_t count, size_t size, row_compare *compare)
{
    const char *row = rows;
    for (size_t i = 1; i < count; i++) {
        if (compare(row + (i - 1) * size, row + i * size) > 0) {
            qsort(rows, count, size, compare);
            return;
        }
    }
}

static struct resources read_resources(const struct node *object, const char *key, int64_t low)
{
    struct node member = node_object(object, key);
    return (struct resources){
        .cpu_units = node_int(&member, "cpu_units", low, LIMIT_RESOURCE_UNITS),
        .mem_mib = node_int(&member, "mem_mib", low, LIMIT_RESOURCE_UNITS),
    };
}

static int64_t read_count(const struct node *object, const char *key)
{
    return node_int(object, key, 0, LIMIT_COUNT);
}

static void read_group(const struct node *node, struct group_facts *group)
{
    group->fact = node_fact(node);
    if (!fact_is_present(group->fact))
        return;
    group->min = read_count(node, "min");
    group->max = read_count(node, "max");
    group->desired = read_count(node, "desired");
    struct node max = node_member(node, "max");
    if (group->max < group->min)
        node_fail(&max, E_RANGE, "below min");
    struct node list = node_list(node, "instances", LIMIT_COUNT, &group->instance_count);
    group->instances =
        ARENA_ARRAY(node->reader->arena, struct group_instance, group->instance_count);
    for (size_t i = 0; i < group->instance_count; i++) {
        struct node item = node_item(&list, i);
        group->instances[i].id = node_str(&item, "id");
        group->instances[i].lifecycle_state = node_str(&item, "lifecycle_state");
        group->instances[i].is_protected = node_bool(&item, "protected");
    }
    make_sorted(group->instances, group->instance_count, sizeof(*group->instances),
                compare_group_instances);
}

static void unknown_name(const struct node *object, const char *key, const char *wanted)
{
    struct node member = node_member(object, key);
    node_fail(&member, E_RANGE, "not one of %s", wanted);
}

static void read_instance(const struct node *node, struct instance_facts *instance)
{
    instance->arn = node_str(node, "arn");
    instance->ec2_id = node_str(node, "ec2_id");
    if (!instance_status_from_name(node_str(node, "status"), &instance->status))
        unknown_name(node, "status", "ACTIVE, DRAINING, OTHER");
    instance->agent_connected = node_bool(node, "agent_connected");
    instance->registered = read_resources(node, "registered", 0);
    /* Taken away from an instance after its tasks were placed, room can be below zero. */
    instance->remaining = read_resources(node, "remaining", -LIMIT_RESOURCE_UNITS);
    instance->running = read_count(node, "running");
    instance->pending = read_count(node, "pending");
    instance->capacity_provider = node_str(node, "capacity_provider");
}

static void read_instances(const struct node *node, struct instances_facts *instances)
{
    instances->fact = node_fact(node);
    if (!fact_is_present(instances->fact))
        return;
    struct node list = node_list(node, "items", LIMIT_COUNT, &instances->count);
    instances->items = ARENA_ARRAY(node->reader->arena, struct instance_facts, instances->count);
    for (size_t i = 0; i < instances->count && node->reader->code == E_OK; i++) {
        struct node item = node_item(&list, i);
        read_instance(&item, &instances->items[i]);
    }
    make_sorted(instances->items, instances->count, sizeof(*instances->items), compare_instances);
}

/* Lists that run parallel to the definition's say of each item which it is. */
static bool is_named(const struct node *item, const char *key, struct str expected)
{
    struct str name = node_str(item, key);
    struct node member = node_member(item, key);
    if (!str_eq(name, expected))
        node_fail(&member, E_RANGE, "the definition has '%.*s' in this place", STR_ARG(expected));
    return item->reader->code == E_OK;
}

static void check_length(const struct node *list, size_t count, size_t expected)
{
    if (count != expected)
        node_fail(list, E_RANGE, "%zu items, but %zu in the definition", count, expected);
}

static void read_metrics(const struct node *node, const struct service_definition *definition,
                         struct service_facts *service)
{
    struct node list = node_list(node, "metrics", LIMIT_RECORD_LIST, &service->metric_count);
    check_length(&list, service->metric_count, definition->metric_count);
    service->metrics = ARENA_ARRAY(node->reader->arena, struct metric_facts, service->metric_count);
    for (size_t i = 0; i < service->metric_count && node->reader->code == E_OK; i++) {
        struct node item = node_item(&list, i);
        if (!is_named(&item, "alias", definition->metrics[i].alias))
            return;
        service->metrics[i].fact = node_fact(&item);
        if (fact_is_present(service->metrics[i].fact))
            service->metrics[i].value = node_value(&item, "value");
    }
}

static void read_service(const struct node *node, const struct service_definition *definition,
                         struct service_facts *service)
{
    if (!is_named(node, "name", definition->name.shown))
        return;
    service->name = definition->name.shown;
    service->fact = node_fact(node);
    if (fact_is_present(service->fact)) {
        service->status = node_str(node, "status");
        if (!scheduling_strategy_from_name(node_str(node, "strategy"), &service->strategy))
            unknown_name(node, "strategy", "REPLICA, DAEMON");
        if (!launch_type_from_name(node_str(node, "launch_type"), &service->launch_type))
            unknown_name(node, "launch_type", "EC2, FARGATE, EXTERNAL");
        service->desired = read_count(node, "desired");
        service->running = read_count(node, "running");
        service->pending = read_count(node, "pending");
        service->task_definition = node_str(node, "task_definition");
    }
    read_metrics(node, definition, service);
}

static void read_services(const struct node *node, const struct definition *definition,
                          struct snapshot *snapshot)
{
    struct node list = node_list(node, "services", LIMIT_RECORD_LIST, &snapshot->service_count);
    check_length(&list, snapshot->service_count, definition->service_count);
    snapshot->services =
        ARENA_ARRAY(node->reader->arena, struct service_facts, snapshot->service_count);
    for (size_t i = 0; i < snapshot->service_count && node->reader->code == E_OK; i++) {
        struct node item = node_item(&list, i);
        read_service(&item, &definition->services[i], &snapshot->services[i]);
    }
}

static void read_task_definitions(const struct node *node, struct snapshot *snapshot)
{
    struct node list =
        node_list(node, "task_definitions", LIMIT_COUNT, &snapshot->task_definition_count);
    size_t count = snapshot->task_definition_count;
    struct task_definition_facts *facts =
        ARENA_ARRAY(node->reader->arena, struct task_definition_facts, count);
    for (size_t i = 0; i < count && node->reader->code == E_OK; i++) {
        struct node item = node_item(&list, i);
        facts[i].arn = node_str(&item, "arn");
        facts[i].fact = node_fact(&item);
        if (fact_is_present(facts[i].fact))
            facts[i].size = read_resources(&item, "size", 0);
    }
    make_sorted(facts, count, sizeof(*facts), compare_task_definitions);
    snapshot->task_definitions = facts;
}

static void read_daemons(const struct node *node, struct daemons_facts *daemons)
{
    daemons->fact = node_fact(node);
    if (!fact_is_present(daemons->fact))
        return;
    struct node list = node_list(node, "items", LIMIT_COUNT, &daemons->count);
    daemons->items = ARENA_ARRAY(node->reader->arena, struct daemon_facts, daemons->count);
    for (size_t i = 0; i < daemons->count && node->reader->code == E_OK; i++) {
        struct node item = node_item(&list, i);
        daemons->items[i].name = node_str(&item, "name");
        daemons->items[i].task_definition = node_str(&item, "task_definition");
    }
    make_sorted(daemons->items, daemons->count, sizeof(*daemons->items), compare_daemons);
}

static void read_providers(const struct node *node, struct snapshot *snapshot)
{
    struct node list =
        node_list(node, "capacity_providers", LIMIT_COUNT, &snapshot->capacity_provider_count);
    size_t count = snapshot->capacity_provider_count;
    struct capacity_provider_facts *facts =
        ARENA_ARRAY(node->reader->arena, struct capacity_provider_facts, count);
    for (size_t i = 0; i < count && node->reader->code == E_OK; i++) {
        struct node item = node_item(&list, i);
        facts[i].name = node_str(&item, "name");
        facts[i].fact = node_fact(&item);
        if (fact_is_present(facts[i].fact))
            facts[i].managed_scaling = node_bool(&item, "managed_scaling");
    }
    make_sorted(facts, count, sizeof(*facts), compare_providers);
    snapshot->capacity_providers = facts;
}

void snapshot_read(const struct node *node, const struct definition *definition,
                   struct snapshot *snapshot)
{
    snapshot->cluster = node_str(node, "cluster");
    snapshot->region = node_str(node, "region");
    snapshot->now_ms = node_int(node, "now_ms", 0, TIME_MAX_MS);
    struct node group = node_object(node, "group");
    read_group(&group, &snapshot->group);
    struct node instances = node_object(node, "instances");
    read_instances(&instances, &snapshot->instances);
    read_services(node, definition, snapshot);
    read_task_definitions(node, snapshot);
    struct node daemons = node_object(node, "daemons");
    read_daemons(&daemons, &snapshot->daemons);
    read_providers(node, snapshot);
}
