#include "case.h"

#include "base/buf.h"
#include "unit/random.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

enum { MINUTES = CASE_PASSES + 60, START_S = 1764547200, YAML_BYTES = 64 * 1024 };

static const char *const texts[] = {
#define DISTURBANCE_TEXT(name, text) [name] = (text),
    DISTURBANCES(DISTURBANCE_TEXT)
#undef DISTURBANCE_TEXT
};

const char *disturbance_text(enum disturbance_kind kind)
{
    return texts[kind];
}

/* What is drawn while a case is made. */
struct drawing {
    struct sim_case *c;
    struct random random;
    struct buf yaml;
    struct str cluster;
    size_t cluster_index;
};

static int64_t draw(struct drawing *d, int64_t low, int64_t high)
{
    return random_between(&d->random, low, high);
}

static struct sim_delay delay(struct drawing *d, int64_t low_s, int64_t high_s)
{
    int64_t from = draw(d, low_s, high_s) * 1000;
    return (struct sim_delay){from, from + draw(d, 0, high_s) * 500};
}

/* How the quiet time's load is to leave the service. */
enum rest { REST_NONE, REST_FULL, REST_STEADY };

/* A storm of changing load up to `most`, then a constant one; `too_much` is beyond what all its
 * tasks can do. */
static struct sim_load load(struct drawing *d, enum rest rest, double most, double too_much)
{
    double *rates = ARENA_ARRAY(&d->c->arena, double, MINUTES);
    double level = 0;
    for (size_t i = 0; i < CASE_STORM_PASSES; i++) {
        if (random_once_in(&d->random, 7))
            level = most * (double)draw(d, 0, 100) / 100.0;
        rates[i] = level * (double)draw(d, 80, 120) / 100.0;
    }
    double calm = rest == REST_NONE ? 0 : rest == REST_FULL ? too_much : most * 0.55;
    for (size_t i = CASE_STORM_PASSES; i < MINUTES; i++)
        rates[i] = calm;
    return (struct sim_load){rates, MINUTES};
}

static void yaml_bounds(struct drawing *d, const char *indent, int64_t min, int64_t max)
{
    buf_addf(&d->yaml, "%smin: %lld\n%smax: %lld\n", indent, (long long)min, indent,
             (long long)max);
}

/* Out of the backlog, read over HTTP. */
static void add_queue(struct drawing *d, struct sim_service_spec *service, int64_t max_tasks)
{
    enum rest rest = random_once_in(&d->random, 2) ? REST_NONE : REST_FULL;
    double rate = (double)draw(d, 1, 8) / 4.0;
    service->workload = (struct sim_workload){
        .kind = SIM_QUEUE,
        .load = load(d, rest, rate * (double)(max_tasks * draw(d, 3, 15)) / 10.0,
                     rate * (double)(max_tasks + 2)),
        .rate_per_task = rate,
        .cpu_idle = 0.05,
        .cpu_busy = 0.8,
        .memory_share = 0.5,
    };
    service->http_url = arena_printf(&d->c->arena, "http://metrics.test/%.*s/%.*s",
                                     STR_ARG(d->cluster), STR_ARG(service->name));
    int64_t low = draw(d, 0, 5);
    buf_addf(&d->yaml,
             "    metric_sources:\n      third_party:\n        - url: %.*s\n          statistics: "
             "[{name: messages_ready, alias: q}]\n    events:\n"
             "      - {metric: q, action: %lld, min: %lld}\n"
             "      - {metric: q, action: -%lld, max: %lld}\n",
             STR_ARG(service->http_url), (long long)draw(d, 1, 3),
             (long long)(low + draw(d, 1, 40)), (long long)draw(d, 1, 2), (long long)low);
}

/* Out of CPUUtilization: out above 60 %, in below 25 %, by one, so that no load swings it. */
static void add_web(struct drawing *d, struct sim_service_spec *service, int64_t max_tasks)
{
    double rate = (double)draw(d, 10, 100);
    int64_t kind = draw(d, 0, 2);
    service->workload = (struct sim_workload){
        .kind = SIM_WEB,
        .load = load(d, (enum rest)kind, rate * (double)max_tasks * 0.6,
                     rate * (double)(max_tasks + 2)),
        .rate_per_task = rate,
        .base_latency_ms = 20,
        .max_latency_ms = 5000,
        .cpu_idle = 0,
        .cpu_busy = 1,
        .memory_share = 0.4,
    };
    buf_addf(&d->yaml,
             "    metric_sources:\n      cloudwatch:\n        - metric_name: CPUUtilization\n"
             "          period: %s\n          dimensions:\n"
             "            - {name: ClusterName, value: %.*s}\n"
             "            - {name: ServiceName, value: %.*s}\n"
             "          statistics: [{name: Average, alias: cpu}]\n    events:\n"
             "      - {metric: cpu, action: 1, min: 60}\n"
             "      - {metric: cpu, action: -1, max: 25}\n",
             random_once_in(&d->random, 3) ? "300" : "60", STR_ARG(d->cluster),
             STR_ARG(service->name));
}

static void add_service(struct drawing *d, struct sim_service_spec *service, size_t index,
                        struct resources instance)
{
    bool big = random_once_in(&d->random, 3);
    int64_t part = big ? 3 : 10;
    *service = (struct sim_service_spec){
        .name = arena_printf(&d->c->arena, "s%zu", index),
        .strategy = SCHEDULING_REPLICA,
        .launch_type = random_once_in(&d->random, 7) ? LAUNCH_FARGATE : LAUNCH_EC2,
        .task_size = {instance.cpu_units / part * draw(d, 1, 2),
                      instance.mem_mib / part * draw(d, 1, 2)},
        .placement = (enum sim_placement)draw(d, SIM_SPREAD, SIM_RANDOM),
        .min_healthy_percent = random_once_in(&d->random, 2) ? 50 : 100,
        .max_percent = 200,
        .image_pull = delay(d, 0, 20),
        .start = delay(d, 1, 20),
        .stop = delay(d, 1, 30),
    };
    if (random_once_in(&d->random, 9)) { /* an agent on every instance, in no definition */
        service->strategy = SCHEDULING_DAEMON;
        service->launch_type = LAUNCH_EC2;
        service->task_size = (struct resources){64, 128};
        return;
    }
    bool is_queue = random_once_in(&d->random, 2);
    int64_t min = draw(d, is_queue || random_once_in(&d->random, 5) ? 0 : 1, 3);
    int64_t max = min + draw(d, 0, 7);
    service->desired = draw(d, min, max);
    buf_addf(&d->yaml, "  %.*s:\n", STR_ARG(service->name));
    if (random_once_in(&d->random, 12))
        buf_addf(&d->yaml, "    enabled: false\n");
    yaml_bounds(d, "    ", min, max);
    if (is_queue)
        add_queue(d, service, max);
    else
        add_web(d, service, max);
}

static void add_group(struct drawing *d, struct sim_group_spec *group, struct str name)
{
    int64_t min = draw(d, 0, 2);
    int64_t max = random_once_in(&d->random, 30) ? 0 : min + draw(d, 1, 6);
    if (max < min)
        min = max;
    *group = (struct sim_group_spec){
        .name = name,
        .type = (size_t)draw(d, 0, (int64_t)d->c->spec.type_count - 1),
        .min = min,
        .max = max,
        .desired = draw(d, min, max),
        .launch = delay(d, 10, 60),
        .join = delay(d, 10, 60),
        .terminate = delay(d, 5, 60),
        .protects_new = random_once_in(&d->random, 15),
    };
}

static void add_cluster(struct drawing *d, struct sim_cluster_spec *cluster, size_t index)
{
    struct arena *arena = &d->c->arena;
    size_t group_count = random_once_in(&d->random, 5) ? 2 : 1; /* the second: not ours */
    size_t service_count = (size_t)draw(d, 1, 4);
    struct sim_group_spec *groups = ARENA_ARRAY(arena, struct sim_group_spec, group_count);
    struct sim_service_spec *services = ARENA_ARRAY(arena, struct sim_service_spec, service_count);
    d->cluster = arena_printf(arena, "c%zu", index);
    d->cluster_index = index;
    buf_clear(&d->yaml);
    add_group(d, &groups[0], arena_printf(arena, "g%zu", index));
    if (group_count > 1)
        add_group(d, &groups[1], arena_printf(arena, "other%zu", index));
    buf_addf(&d->yaml, "autoscale_group: %.*s\nregion: eu-west-1\n", STR_ARG(groups[0].name));
    if (random_once_in(&d->random, 2)) {
        int64_t min = draw(d, 0, 2);
        yaml_bounds(d, "", min, min + draw(d, 1, 6));
    }
    struct resources size = d->c->spec.types[groups[0].type].size;
    if (random_once_in(&d->random, 3))
        buf_addf(&d->yaml, "cpu_buffer: %lld\nmem_buffer: %lld\n",
                 (long long)(size.cpu_units / draw(d, 2, 10)),
                 (long long)(size.mem_mib / draw(d, 2, 10)));
    size_t before = d->yaml.len;
    buf_addf(&d->yaml, "services:\n");
    size_t header = d->yaml.len;
    for (size_t i = 0; i < service_count; i++)
        add_service(d, &services[i], i, size);
    if (d->yaml.len == header) { /* agents alone */
        d->yaml.len = before;
        buf_addf(&d->yaml, "services: {}\n");
    }
    *cluster = (struct sim_cluster_spec){.name = d->cluster,
                                         .region = STR("eu-west-1"),
                                         .groups = groups,
                                         .group_count = group_count,
                                         .services = services,
                                         .service_count = service_count,
                                         .schedule_ms = draw(d, 0, 3000)};
}

static void load_definition(struct drawing *d, size_t index)
{
    struct sim_case *c = d->c;
    definition_load_text(&c->arena, arena_printf(&c->arena, "c%zu.yml", index), buf_str(&d->yaml),
                         NULL, &c->loaded);
    c->definitions[index] = c->loaded.files.items[c->loaded.files.count - 1].definition;
    if (c->definitions[index] != NULL)
        return;
    fprintf(stderr, "seed %llu makes a definition that does not load:\n%s\n%s\n",
            (unsigned long long)c->seed, buf_cstr(&d->yaml),
            c->loaded.diagnostics.items[0].message.ptr);
    abort();
}

static void add_disturbances(struct drawing *d)
{
    struct sim_case *c = d->c;
    c->disturbance_count =
        random_once_in(&d->random, 8) ? 0 : (size_t)draw(d, 1, CASE_DISTURBANCES_MAX / 2);
    for (size_t i = 0; i < c->disturbance_count; i++) {
        struct disturbance *one = &c->disturbances[i];
        do
            one->kind = (enum disturbance_kind)draw(d, 0, DISTURBANCE_COUNT - 1);
        while (one->kind == DISTURB_TASK_HANGS &&
               !random_once_in(&d->random, 8)); /* no rest then */
        one->passes = random_once_in(&d->random, 3) ? (int)draw(d, 2, 8) : 1;
        one->pass = (int)draw(d, 1, CASE_STORM_PASSES - one->passes);
        one->cluster = (size_t)draw(d, 0, (int64_t)c->spec.cluster_count - 1);
        one->choice = random_next(&d->random);
        one->amount = random_next(&d->random);
        if (one->kind == DISTURB_TASK_HANGS)
            c->can_rest = false;
    }
}

void case_init(struct sim_case *c, uint64_t seed)
{
    static const struct sim_instance_type types[] = {
        {.name = {"m5.large", 8}, .size = {2048, 7680}, .price_per_hour = 0.1},
        {.name = {"c5.xlarge", 9}, .size = {4096, 7680}, .price_per_hour = 0.2},
        {.name = {"t3.medium", 9}, .size = {2048, 3840}, .price_per_hour = 0.05},
    };
    *c = (struct sim_case){.arena = ARENA_INIT, .seed = seed, .can_rest = true};
    struct drawing d = {.c = c, .random = {seed}, .yaml = BUF_INIT(YAML_BYTES)};
    size_t count = random_once_in(&d.random, 3) ? 2 : 1;
    struct sim_cluster_spec *clusters = ARENA_ARRAY(&c->arena, struct sim_cluster_spec, count);
    c->spec = (struct sim_spec){
        .seed = random_next(&d.random),
        .start_ms = INT64_C(1000) * START_S + draw(&d, 0, 59) * 1000,
        .account = STR("123456789012"),
        .types = types,
        .type_count = ARRAY_LEN(types),
        .clusters = clusters,
        .cluster_count = count,
        .cloudwatch = {.late = {draw(&d, 0, 30) * 1000, draw(&d, 30, 90) * 1000},
                       .gap = random_once_in(&d.random, 3) ? 0.05 : 0},
    };
    c->wire = random_once_in(&d.random, 4);
    for (size_t i = 0; i < count; i++) {
        add_cluster(&d, &clusters[i], i);
        load_definition(&d, i);
    }
    add_disturbances(&d);
    buf_release(&d.yaml);
}

void case_release(struct sim_case *c)
{
    arena_release(&c->arena);
}
