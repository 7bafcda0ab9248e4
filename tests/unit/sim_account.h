/* A small simulated account for tests: cluster my_cluster in eu-west-1 with a group of m5.large
 * instances, services on a queue and on the web, one on Fargate, a DAEMON. */
#ifndef TESTS_UNIT_SIM_ACCOUNT_H
#define TESTS_UNIT_SIM_ACCOUNT_H

#include "cloud/sim/world.h"

enum { SIM_ACCOUNT_START_S = 1780272000 }; /* 2026-06-01T00:00:00Z */

static const double sim_account_messages[] = {1, 1, 1, 1};
static const double sim_account_requests[] = {40, 40, 60, 60};

static const struct sim_instance_type sim_account_types[] = {
    {.name = {"m5.large", 8}, .size = {2048, 7680}, .price_per_hour = 0.1},
};

static const struct sim_group_spec sim_account_groups[] = {
    {.name = {"fleet", 5},
     .min = 1,
     .max = 5,
     .desired = 2,
     .launch = {20000, 20000},
     .join = {10000, 10000},
     .terminate = {10000, 10000},
     .capacity_provider = {"provider", 8}},
};

static const struct sim_dimension sim_account_dimensions[] = {
    {.name = {"Queue", 5}, .value = {"celery", 6}}};
static const struct sim_metric_spec sim_account_metrics[] = {
    {.namespace_ = {"Shop", 4},
     .name = {"Backlog", 7},
     .dimensions = sim_account_dimensions,
     .dimension_count = 1,
     .signal = SIM_BACKLOG},
};

#define SIM_ACCOUNT_DELAYS                                                                         \
    .image_pull = {0, 0}, .start = {1000, 1000}, .stop = {1000, 1000}, .min_healthy_percent = 50,  \
    .max_percent = 200

static const struct sim_service_spec sim_account_services[] = {
    {.name = {"worker", 6},
     .launch_type = LAUNCH_EC2,
     .task_size = {512, 1024},
     .desired = 2,
     .http_url = {"https://rabbit.example/api/queues/celery", 40},
     .metrics = sim_account_metrics,
     .metric_count = 1,
     .workload = {.kind = SIM_QUEUE,
                  .load = {sim_account_messages, 4},
                  .rate_per_task = 1,
                  .start_backlog = 30,
                  .cpu_busy = 1,
                  .memory_share = 0.5},
     SIM_ACCOUNT_DELAYS},
    {.name = {"backend", 7},
     .launch_type = LAUNCH_EC2,
     .task_size = {256, 512},
     .desired = 3,
     .placement = SIM_BINPACK_MEMORY,
     .workload = {.kind = SIM_WEB,
                  .load = {sim_account_requests, 4},
                  .rate_per_task = 50,
                  .base_latency_ms = 20,
                  .max_latency_ms = 2000,
                  .cpu_busy = 1,
                  .memory_share = 0.5},
     SIM_ACCOUNT_DELAYS},
    {.name = {"mailer", 6},
     .launch_type = LAUNCH_FARGATE,
     .task_size = {256, 512},
     .desired = 1,
     SIM_ACCOUNT_DELAYS},
    {.name = {"agent", 5},
     .strategy = SCHEDULING_DAEMON,
     .launch_type = LAUNCH_EC2,
     .task_size = {64, 128},
     SIM_ACCOUNT_DELAYS},
};

static const struct sim_cluster_spec sim_account_clusters[] = {
    {.name = {"my_cluster", 10},
     .region = {"eu-west-1", 9},
     .groups = sim_account_groups,
     .group_count = 1,
     .services = sim_account_services,
     .service_count = 4},
};

static const struct sim_spec sim_account_spec = {
    .seed = 7,
    .start_ms = SIM_ACCOUNT_START_S * 1000LL,
    .account = {"123456789012", 12},
    .types = sim_account_types,
    .type_count = 1,
    .clusters = sim_account_clusters,
    .cluster_count = 1,
    .cloudwatch = {.late = {5000, 5000}},
};

#endif
