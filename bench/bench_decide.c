/* decide() alone on clusters of 100, 1,000 and 10,000 instances with ten tasks each: one JSON line
 * a measurement, and the exponent with which the time grows.
 *
 *   steady state: everything runs; the cost is looking for an instance that could be spared
 *   to place:     ten tasks an instance, of many sizes, on partly filled instances
 *   lopsided:     the same where every other instance is out of CPU and the others out of memory,
 *                 so that there is no room, and each resource by itself says that there is
 *   a service an instance: to place, but the number of services and so of sizes grows, too */
#include "base/arena.h"
#include "bench.h"
#include "decide/decide.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

enum { ROUNDS = 21, TASKS_EACH = 10, SERVICES = 500 };

enum shape { SHAPE_STEADY, SHAPE_TO_PLACE, SHAPE_LOPSIDED, SHAPE_MANY_SERVICES };

struct cluster {
    struct arena arena;
    struct definition definition;
    struct snapshot snapshot;
};

static uint64_t state = 42;

static int64_t between(int64_t low, int64_t high)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return low + (int64_t)((state >> 33) % (uint64_t)(high - low + 1));
}

static struct resources free_room(enum shape shape, size_t index)
{
    if (shape == SHAPE_STEADY)
        return (struct resources){between(0, 512), between(0, 2048)};
    if (shape == SHAPE_TO_PLACE || shape == SHAPE_MANY_SERVICES)
        return (struct resources){between(2048, 8192), between(8192, 32768)};
    return index % 2 == 0 ? (struct resources){between(2048, 8192), between(0, 64)}
                          : (struct resources){between(0, 16), between(8192, 32768)};
}

static void add_instances(struct cluster *c, size_t count, enum shape shape)
{
    struct arena *arena = &c->arena;
    struct group_facts *group = &c->snapshot.group;
    group->instances = ARENA_ARRAY(arena, struct group_instance, count);
    c->snapshot.instances.items = ARENA_ARRAY(arena, struct instance_facts, count);
    group->instance_count = c->snapshot.instances.count = count;
    for (size_t i = 0; i < count; i++) {
        struct str id = arena_printf(arena, "i-%017zx", i);
        group->instances[i] =
            (struct group_instance){.id = id, .lifecycle_state = STR("InService")};
        struct resources size = {8192, 32768};
        c->snapshot.instances.items[i] = (struct instance_facts){
            .arn = arena_printf(arena, "arn:aws:ecs:eu-central-1:1:container-instance/c/%032zx", i),
            .ec2_id = id,
            .agent_connected = true,
            .registered = size,
            .remaining = free_room(shape, i),
            .running = TASKS_EACH};
    }
}

/* Ten tasks an instance, running or waiting, spread over services of different sizes. */
static void add_services(struct cluster *c, size_t instances, enum shape shape)
{
    struct arena *arena = &c->arena;
    size_t count = instances * TASKS_EACH < SERVICES ? instances * TASKS_EACH : SERVICES;
    if (shape == SHAPE_MANY_SERVICES)
        count = instances;
    int64_t each = (int64_t)(instances * TASKS_EACH / count);
    c->definition.services = ARENA_ARRAY(arena, struct service_definition, count);
    c->snapshot.services = ARENA_ARRAY(arena, struct service_facts, count);
    c->snapshot.task_definitions = ARENA_ARRAY(arena, struct task_definition_facts, count);
    c->definition.service_count = c->snapshot.service_count = count;
    c->snapshot.task_definition_count = count;
    for (size_t i = 0; i < count; i++) {
        struct str name = arena_printf(arena, "service-%04zu", i);
        int64_t running = shape == SHAPE_STEADY ? each : 0;
        c->definition.services[i] = (struct service_definition){
            .name = {name, name}, .enabled = true, .min = 0, .max = 1000000};
        c->snapshot.services[i] = (struct service_facts){.name = name,
                                                         .fact = FACT_OF_PRESENT,
                                                         .status = STR("ACTIVE"),
                                                         .desired = each,
                                                         .running = running,
                                                         .task_definition = name};
        c->snapshot.task_definitions[i] = (struct task_definition_facts){
            .arn = name, .fact = FACT_OF_PRESENT, .size = {between(64, 1024), between(256, 4096)}};
    }
}

static void make(struct cluster *c, size_t instances, enum shape shape)
{
    *c = (struct cluster){.arena = ARENA_INIT};
    state = 42;
    c->definition.cluster = STR("bench");
    c->definition.enabled = c->definition.has_group = true;
    c->definition.group = (struct text){STR("group"), STR("group")};
    c->definition.cpu_buffer = 256;
    c->definition.mem_buffer_mib = 512;
    c->snapshot.group.fact = c->snapshot.instances.fact = FACT_OF_PRESENT;
    c->snapshot.daemons.fact = FACT_OF_PRESENT;
    c->snapshot.group.min = 1;
    c->snapshot.group.max = 1000000;
    c->snapshot.group.desired = (int64_t)instances;
    add_instances(c, instances, shape);
    add_services(c, instances, shape);
}

/* Median in milliseconds. */
static double measure(const char *name, size_t instances, enum shape shape)
{
    struct cluster cluster;
    double times_ms[ROUNDS];
    make(&cluster, instances, shape);
    for (int round = -1; round < ROUNDS; round++) { /* the first warms up */
        struct arena arena = ARENA_INIT;
        struct plan plan;
        int64_t start = clock_steady_us();
        decide(&cluster.definition, &cluster.snapshot, &arena, &plan);
        if (round >= 0)
            times_ms[round] = (double)(clock_steady_us() - start) / 1000.0;
        if (plan.service_count != cluster.definition.service_count)
            abort();
        arena_release(&arena);
    }
    arena_release(&cluster.arena);
    char title[100];
    snprintf(title, sizeof(title), "decide, %zu instances, %s", instances, name);
    bench_report(title, "ms", times_ms, ROUNDS);
    return times_ms[ROUNDS / 2]; /* sorted by now */
}

static void series(const char *name, enum shape shape)
{
    static const size_t sizes[] = {100, 1000, 10000};
    double medians[ARRAY_LEN(sizes)];
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        medians[i] = measure(name, sizes[i], shape);
    /* From 1,000 to 10,000: below that, what does not depend on the size has its part. */
    double exponent = log10(medians[2] / medians[1]);
    char title[100];
    snprintf(title, sizeof(title), "decide, growth exponent, %s", name);
    bench_report(title, "", &exponent, 1);
}

int main(void)
{
    series("steady state", SHAPE_STEADY);
    series("ten tasks each to place", SHAPE_TO_PLACE);
    series("ten tasks each, lopsided room", SHAPE_LOPSIDED);
    series("to place, a service an instance", SHAPE_MANY_SERVICES);
    return 0;
}
