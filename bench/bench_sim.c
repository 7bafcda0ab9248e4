/* A simulated fortnight with the production passes, a pass a minute: one cluster of two services,
 * about ten instances and fifty tasks. And a world alone, without passes, of 1,000 instances and
 * 10,000 tasks that all move: an hour of it. */
#include "base/memory.h"
#include "bench.h"
#include "cloud/sim/cloud.h"
#include "definition/load.h"
#include "pass/pass.h"

#include <math.h>
#include <stdio.h>

#include "base/banned.h"

enum {
    MINUTE_MS = 60 * 1000,
    DAY_MINUTES = 24 * 60,
    FORTNIGHT = 14 * DAY_MINUTES,
    ROUNDS = 5,
    MANY_INSTANCES = 1000,
    MANY_SERVICES = 20,
    MANY_TASKS = 10000,
};

static const char definition_text[] =
    "autoscale_group: asg\n"
    "min: 2\n"
    "max: 14\n"
    "services:\n"
    "  worker:\n"
    "    min: 2\n"
    "    max: 40\n"
    "    metric_sources:\n"
    "      third_party:\n"
    "        - url: http://queue.example/api/queues/celery\n"
    "          statistics: [{name: messages_ready, alias: ready}]\n"
    "    events:\n"
    "      - {metric: 'ready / max(running, 1)', action: 2, min: 30}\n"
    "      - {metric: ready, action: -1, max: 0}\n"
    "  web:\n"
    "    min: 2\n"
    "    max: 40\n"
    "    metric_sources:\n"
    "      cloudwatch:\n"
    "        - metric_name: CPUUtilization\n"
    "          dimensions:\n"
    "            - {name: ClusterName, value: shop}\n"
    "            - {name: ServiceName, value: web}\n"
    "          statistics: [{name: Average, alias: cpu}]\n"
    "    events:\n"
    "      - {metric: cpu, action: 1, min: 75}\n"
    "      - {metric: cpu, action: -1, max: 40}\n";

static double day[DAY_MINUTES];

static struct sim_service_spec service_of(struct str name, enum sim_workload_kind kind)
{
    return (struct sim_service_spec){
        .name = name,
        .task_size = {512, 1024},
        .desired = 10,
        .min_healthy_percent = 100,
        .max_percent = 200,
        .start = {5000, 20000},
        .stop = {2000, 30000},
        .image_pull = {10000, 40000},
        .workload = {.kind = kind,
                     .load = {day, DAY_MINUTES},
                     .rate_per_task = 10,
                     .base_latency_ms = 50,
                     .max_latency_ms = 5000,
                     .cpu_busy = 1},
        .objective = {.max_wait_ms = 60000, .max_latency_ms = 500},
    };
}

static double pass_a_minute(const struct sim_spec *spec, const struct definition *definition)
{
    int64_t start_us = clock_steady_us();
    struct sim_world *world = sim_world_new(spec);
    const struct sim_cloud_options cloud_options = {.world = world};
    struct cloud *cloud = cloud_sim_new(&cloud_options);
    for (int64_t minute = 0; minute < FORTNIGHT; minute++) {
        struct pass pass;
        const struct pass_options options = {
            .cloud = cloud,
            .definitions = &definition,
            .definition_count = 1,
            .apply = true,
            .deadline_ms = cloud_now_ms(cloud) + 30000,
            .apply_margin_ms = 1000,
            .default_region = STR("eu-west-1"),
        };
        pass_run(&options, &pass);
        pass_release(&pass);
        sim_world_advance(world, spec->start_ms + (minute + 1) * MINUTE_MS);
    }
    cloud_free(cloud);
    sim_world_free(world);
    return (double)(clock_steady_us() - start_us) / 1e6;
}

static int fortnight(void)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct loaded loaded = {0};
    definition_load_text(&arena, STR("shop.yml"), STR(definition_text), NULL, &loaded);
    if (loaded.error_count > 0)
        return 1;
    for (size_t i = 0; i < DAY_MINUTES; i++)
        day[i] = 160 - 100 * cos((double)i / DAY_MINUTES * 2 * 3.14159265358979);
    struct sim_instance_type type = {STR("m5.large"), {3072, 7680}, 0.1};
    struct sim_group_spec group = {.name = STR("asg"),
                                   .min = 2,
                                   .max = 14,
                                   .desired = 6,
                                   .launch = {60000, 120000},
                                   .join = {20000, 60000},
                                   .terminate = {20000, 60000}};
    struct sim_service_spec services[] = {service_of(STR("worker"), SIM_QUEUE),
                                          service_of(STR("web"), SIM_WEB)};
    services[0].http_url = STR("/api/queues/celery");
    struct sim_cluster_spec cluster = {.name = STR("shop"),
                                       .region = STR("eu-west-1"),
                                       .groups = &group,
                                       .group_count = 1,
                                       .services = services,
                                       .service_count = ARRAY_LEN(services)};
    struct sim_spec spec = {.seed = 1,
                            .start_ms = INT64_C(1767571200000),
                            .account = STR("123456789012"),
                            .types = &type,
                            .type_count = 1,
                            .clusters = &cluster,
                            .cluster_count = 1,
                            .cloudwatch = {.late = {20000, 100000}, .gap = 0.01}};
    double samples[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++)
        samples[i] = pass_a_minute(&spec, loaded.files.items[0].definition);
    bench_report("simulate, 14 days, a pass a minute", "s", samples, ROUNDS);
    return 0;
}

/* Every minute one of the services is halved, or doubled again. */
static double many_move(const struct sim_spec *spec)
{
    int64_t start_us = clock_steady_us();
    struct sim_world *world = sim_world_new(spec);
    const struct sim_cluster_spec *cluster = &spec->clusters[0];
    for (int64_t minute = 0; minute < 60; minute++) {
        const struct sim_service_spec *service = &cluster->services[minute % MANY_SERVICES];
        struct sim_refusal refusal;
        int64_t desired =
            (minute / MANY_SERVICES) % 2 == 0 ? service->desired / 2 : service->desired;
        if (!sim_service_update(world, cluster->region, cluster->name, service->name, desired,
                                &refusal))
            abort();
        sim_world_advance(world, spec->start_ms + (minute + 1) * MINUTE_MS);
    }
    sim_world_free(world);
    return (double)(clock_steady_us() - start_us) / 1e6;
}

static void many(void)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct sim_instance_type type = {STR("m5.large"), {6144, 12288}, 0.1};
    struct sim_group_spec group = {
        .name = STR("asg"), .max = MANY_INSTANCES, .desired = MANY_INSTANCES};
    struct sim_service_spec services[MANY_SERVICES];
    for (size_t i = 0; i < MANY_SERVICES; i++) {
        services[i] = service_of(arena_printf(&arena, "service-%zu", i), SIM_QUEUE);
        services[i].desired = MANY_TASKS / MANY_SERVICES;
        services[i].placement = i % 2 == 0 ? SIM_SPREAD : SIM_BINPACK_MEMORY;
    }
    struct sim_cluster_spec cluster = {.name = STR("large"),
                                       .region = STR("eu-west-1"),
                                       .groups = &group,
                                       .group_count = 1,
                                       .services = services,
                                       .service_count = MANY_SERVICES};
    struct sim_spec spec = {.seed = 1,
                            .start_ms = INT64_C(1767571200000),
                            .account = STR("123456789012"),
                            .types = &type,
                            .type_count = 1,
                            .clusters = &cluster,
                            .cluster_count = 1};
    double samples[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++)
        samples[i] = many_move(&spec);
    bench_report("simulate, 1000 instances, 10000 tasks, an hour", "s", samples, ROUNDS);
}

int main(void)
{
    int status = fortnight();
    many();
    return status;
}
