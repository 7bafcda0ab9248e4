/* A small simulated account to be changed before its world is made: cluster "shop" in eu-west-1
 * with group "asg" (1–4 instances of 1024 CPU units and 2048 MiB, there after 2 min and joined
 * after 1) and service "worker" (a queue; tasks of 256 CPU units and 512 MiB that start within 10 s
 * and stop within 5). Delays are exact, so that tests can say when. */
#ifndef TESTS_UNIT_SIM_FIXTURE_H
#define TESTS_UNIT_SIM_FIXTURE_H

#include "unit.h"

#include "base/jsonw.h"
#include "cloud/sim/cloud.h"
#include "cloud/sim/random.h"

#define EXACTLY(ms) ((struct sim_delay){.low_ms = (ms), .high_ms = (ms)})

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, MAX_SERVICES = 8, MAX_GROUPS = 4 };

/* 2026-01-05 00:00 UTC, a Monday. */
static const int64_t sim_start_ms = INT64_C(1767571200000);

struct sim_fixture {
    struct sim_spec spec;
    struct sim_instance_type type;
    struct sim_cluster_spec cluster;
    struct sim_group_spec groups[MAX_GROUPS];
    struct sim_service_spec services[MAX_SERVICES];
    double loads[MAX_SERVICES];
    struct sim_world *world;
    struct arena arena;
};

static inline struct sim_service_spec *sim_add_service(struct sim_fixture *f, struct str name,
                                                       int64_t desired)
{
    size_t index = f->cluster.service_count++;
    struct sim_service_spec *service = &f->services[index];
    *service = (struct sim_service_spec){
        .name = name,
        .task_size = {256, 512},
        .desired = desired,
        .min_healthy_percent = 100,
        .max_percent = 200,
        .start = EXACTLY(10 * SECOND),
        .stop = EXACTLY(5 * SECOND),
        .workload = {.load = {&f->loads[index], 1}, .rate_per_task = 1},
    };
    return service;
}

static inline struct sim_group_spec *sim_add_group(struct sim_fixture *f, struct str name,
                                                   int64_t desired)
{
    struct sim_group_spec *group = &f->groups[f->cluster.group_count++];
    *group = (struct sim_group_spec){
        .name = name,
        .min = 1,
        .max = 4,
        .desired = desired,
        .launch = EXACTLY(2 * MINUTE),
        .join = EXACTLY(MINUTE),
        .terminate = EXACTLY(30 * SECOND),
    };
    return group;
}

/* One instance, two tasks. */
static inline void sim_fixture_init(struct sim_fixture *f)
{
    memset(f, 0, sizeof(*f));
    f->type = (struct sim_instance_type){STR("m5.large"), {1024, 2048}, 0.1};
    f->cluster = (struct sim_cluster_spec){.name = STR("shop"),
                                           .region = STR("eu-west-1"),
                                           .groups = f->groups,
                                           .services = f->services};
    f->spec = (struct sim_spec){.seed = 1,
                                .start_ms = sim_start_ms,
                                .account = STR("123456789012"),
                                .types = &f->type,
                                .type_count = 1,
                                .clusters = &f->cluster,
                                .cluster_count = 1};
    sim_add_group(f, STR("asg"), 1);
    sim_add_service(f, STR("worker"), 2);
    f->services[0].workload.kind = SIM_QUEUE;
    f->services[0].http_url = STR("/api/queues/celery");
}

static inline void sim_fixture_release(struct sim_fixture *f)
{
    sim_world_free(f->world);
    arena_release(&f->arena);
    f->world = NULL;
}

static inline void sim_begin(struct sim_fixture *f)
{
    f->world = sim_world_new(&f->spec);
}

/* To so long after the start. */
static inline void sim_go(struct sim_fixture *f, int64_t since_ms)
{
    sim_world_advance(f->world, sim_start_ms + since_ms);
}

static inline struct sim_service_state sim_service(const struct sim_fixture *f, size_t index)
{
    struct sim_service_state state;
    sim_service_look(f->world, 0, index, &state);
    return state;
}

static inline struct sim_group_state sim_group(const struct sim_fixture *f, size_t index)
{
    struct sim_group_state state;
    sim_group_look(f->world, 0, index, &state);
    return state;
}

static inline struct instances_facts sim_instances(struct sim_fixture *f)
{
    struct instances_facts facts;
    assert_true(
        sim_instances_read(f->world, f->cluster.region, f->cluster.name, &f->arena, &facts));
    return facts;
}

static inline struct group_facts sim_group_facts(struct sim_fixture *f)
{
    struct group_facts facts;
    assert_true(sim_group_read(f->world, f->cluster.region, f->groups[0].name, &f->arena, &facts));
    return facts;
}

static inline void sim_want(struct sim_fixture *f, size_t service, int64_t desired)
{
    struct sim_refusal refusal;
    if (!sim_service_update(f->world, f->cluster.region, f->cluster.name, f->services[service].name,
                            desired, &refusal))
        fail_msg("%s", refusal.message);
}

/* Everything the APIs say, and the totals, as one text. */
static inline struct str sim_text(struct sim_fixture *f)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(64 << 20);
    struct instances_facts instances = sim_instances(f);
    struct sim_tasks tasks;
    for (size_t i = 0; i < instances.count; i++) {
        const struct instance_facts *one = &instances.items[i];
        buf_addf(&text, "%.*s %.*s %d %d %lld %lld %lld %lld\n", STR_ARG(one->arn),
                 STR_ARG(one->ec2_id), one->status, one->agent_connected,
                 (long long)one->remaining.cpu_units, (long long)one->remaining.mem_mib,
                 (long long)one->running, (long long)one->pending);
    }
    assert_true(
        sim_tasks_read(f->world, f->cluster.region, f->cluster.name, STR_NONE, &f->arena, &tasks));
    for (size_t i = 0; i < tasks.count; i++)
        buf_addf(&text, "%.*s %.*s %d %lld\n", STR_ARG(tasks.items[i].arn),
                 STR_ARG(tasks.items[i].instance_arn), tasks.items[i].status,
                 (long long)tasks.items[i].created_ms);
    for (size_t i = 0; i < f->cluster.service_count; i++) {
        struct sim_service_state state = sim_service(f, i);
        buf_addf(&text, "%lld %lld %lld %lld %a %a %a %a %a %a\n", (long long)state.desired,
                 (long long)state.running, (long long)state.pending, (long long)state.unplaced,
                 state.backlog, state.oldest_wait_s, state.totals.done, state.totals.wait_sum_s,
                 state.totals.work_outside, state.totals.task_ms);
    }
    for (size_t i = 0; i < f->cluster.group_count; i++) {
        struct sim_group_state state = sim_group(f, i);
        buf_addf(&text, "%lld %lld %lld %a %llu %llu\n", (long long)state.desired,
                 (long long)state.registered, (long long)state.draining, state.instance_ms,
                 (unsigned long long)state.launches, (unsigned long long)state.terminations);
    }
    return arena_str(&f->arena, buf_str(&text));
}

#endif
