/* A small world for tests of decide/: a definition and a snapshot, built a piece at a time. All
 * memory is the arena's. */
#ifndef TESTS_DECIDE_WORLD_H
#define TESTS_DECIDE_WORLD_H

#include "base/arena.h"
#include "base/vec.h"
#include "decide/decide.h"
#include "expression/expression.h"
#include "model/definition.h"
#include "model/snapshot.h"

#include <stdlib.h>

enum { WORLD_EVENTS = 16, WORLD_METRICS = 16 };

struct world_service {
    struct service_definition definition;
    struct service_facts facts;
    struct metric_definition metrics[WORLD_METRICS];
    struct metric_facts metric_facts[WORLD_METRICS];
    struct event_definition events[WORLD_EVENTS];
};

struct world {
    struct arena *arena;
    struct definition definition;
    struct snapshot snapshot;
    VEC(struct world_service *) services;
    VEC(struct group_instance) members;
    VEC(struct instance_facts) instances;
    VEC(struct task_definition_facts) tasks;
    VEC(struct daemon_facts) daemons;
    VEC(struct capacity_provider_facts) providers;
};

static inline struct text world_text(struct str s)
{
    return (struct text){.value = s, .shown = s};
}

/* A cluster with a group, both switched on; everything read, nothing there. */
static inline void world_init(struct world *world, struct arena *arena)
{
    *world = (struct world){.arena = arena};
    world->definition.cluster = STR("cluster");
    world->definition.file = STR("cluster.yml");
    world->definition.enabled = true;
    world->definition.has_group = true;
    world->definition.group = world_text(STR("g"));
    world->snapshot.cluster = STR("cluster");
    world->snapshot.region = STR("eu-central-1");
    world->snapshot.now_ms = 1700000000000;
    world->snapshot.group.fact = FACT_OF_PRESENT;
    world->snapshot.instances.fact = FACT_OF_PRESENT;
    world->snapshot.daemons.fact = FACT_OF_PRESENT;
}

static inline struct world_service *world_service(struct world *world, struct str name, int64_t min,
                                                  int64_t max)
{
    struct world_service *service = ARENA_NEW(world->arena, struct world_service);
    *VEC_ADD(world->arena, &world->services) = service;
    service->definition = (struct service_definition){
        .name = world_text(name), .enabled = true, .min = min, .max = max};
    service->facts = (struct service_facts){
        .name = name, .fact = FACT_OF_PRESENT, .status = STR("ACTIVE"), .task_definition = name};
    return service;
}

static inline void world_metric(struct world_service *service, struct str alias, struct fact fact,
                                struct value value)
{
    size_t i = service->definition.metric_count++;
    if (i >= WORLD_METRICS)
        abort();
    service->metrics[i] = (struct metric_definition){.alias = alias, .source = STR("test")};
    service->metric_facts[i] = (struct metric_facts){.fact = fact, .value = value};
}

/* An event without a range; false where its expression is wrong. Metrics come before. */
static inline bool world_event(struct world *world, struct world_service *service,
                               struct str metric, int64_t action)
{
    struct str names[WORLD_METRICS + GIVEN_COUNT];
    size_t count = 0;
    for (; count < service->definition.metric_count; count++)
        names[count] = service->metrics[count].alias;
    for (enum given_name given = 0; given < GIVEN_COUNT; given++)
        names[count++] = given_name_text(given);
    if (service->definition.event_count >= WORLD_EVENTS)
        abort();
    struct event_definition *event = &service->events[service->definition.event_count];
    struct expression_error error;
    *event = (struct event_definition){.metric = metric, .action = action};
    if (expression_compile(world->arena, metric, names, count, &event->expression, &error) != E_OK)
        return false;
    service->definition.event_count++;
    return true;
}

static inline struct instance_facts *world_instance(struct world *world, struct str id,
                                                    struct resources registered,
                                                    struct resources remaining)
{
    struct instance_facts *instance = VEC_ADD(world->arena, &world->instances);
    *instance = (struct instance_facts){.arn = arena_printf(world->arena, "arn:%.*s", STR_ARG(id)),
                                        .ec2_id = id,
                                        .agent_connected = true,
                                        .registered = registered,
                                        .remaining = remaining};
    return instance;
}

static inline struct group_instance *world_member(struct world *world, struct str id)
{
    struct group_instance *member = VEC_ADD(world->arena, &world->members);
    *member = (struct group_instance){.id = id, .lifecycle_state = STR("InService")};
    return member;
}

static inline void world_task(struct world *world, struct str arn, struct resources size)
{
    *VEC_ADD(world->arena, &world->tasks) =
        (struct task_definition_facts){.arn = arn, .fact = FACT_OF_PRESENT, .size = size};
}

static inline int world_by_key(const void *left, const void *right)
{
    return str_compare(*(const struct str *)left, *(const struct str *)right);
}

static inline int world_by_instance(const void *left, const void *right)
{
    const struct instance_facts *a = left;
    const struct instance_facts *b = right;
    int order = str_compare(a->ec2_id, b->ec2_id);
    return order != 0 ? order : str_compare(a->arn, b->arn);
}

#define WORLD_LIST(world, list, to_items, to_count, compare)                                       \
    do {                                                                                           \
        if ((world)->list.count > 0)                                                               \
            qsort((world)->list.items, (world)->list.count, sizeof(*(world)->list.items),          \
                  (compare));                                                                      \
        (world)->snapshot.to_items = (world)->list.items;                                          \
        (world)->snapshot.to_count = (world)->list.count;                                          \
    } while (0)

/* Puts the pieces into definition and snapshot, sorted. */
static inline void world_finish(struct world *world)
{
    size_t count = world->services.count;
    world->definition.services = ARENA_ARRAY(world->arena, struct service_definition, count);
    world->definition.service_count = count;
    world->snapshot.services = ARENA_ARRAY(world->arena, struct service_facts, count);
    world->snapshot.service_count = count;
    for (size_t i = 0; i < count; i++) {
        struct world_service *service = world->services.items[i];
        service->definition.metrics = service->metrics;
        service->definition.events = service->events;
        service->facts.metrics = service->metric_facts;
        service->facts.metric_count = service->definition.metric_count;
        world->definition.services[i] = service->definition;
        world->snapshot.services[i] = service->facts;
    }
    WORLD_LIST(world, members, group.instances, group.instance_count, world_by_key);
    WORLD_LIST(world, instances, instances.items, instances.count, world_by_instance);
    WORLD_LIST(world, tasks, task_definitions, task_definition_count, world_by_key);
    WORLD_LIST(world, daemons, daemons.items, daemons.count, world_by_key);
    WORLD_LIST(world, providers, capacity_providers, capacity_provider_count, world_by_key);
}

#endif
