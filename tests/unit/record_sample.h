/* A definition and a snapshot that have everything a record can hold; every text that can come out
 * of a variable does, and its value holds SECRET. */
#ifndef TESTS_RECORD_SAMPLE_H
#define TESTS_RECORD_SAMPLE_H

#include "base/arena.h"
#include "base/limits.h"
#include "expression/expression.h"
#include "model/definition.h"
#include "model/snapshot.h"

#include <math.h>

#define SECRET "hunter2"
#define LIT(text)                                                                                  \
    {                                                                                              \
        .ptr = (text), .len = sizeof(text) - 1                                                     \
    }
#define TEXT(shown_text)                                                                           \
    {                                                                                              \
        .value = LIT(SECRET " " shown_text), .shown = LIT(shown_text)                              \
    }

static struct statistic_definition sample_http_statistics[] = {
    {.name = TEXT("messages_ready"), .alias = LIT("queue_length"), .metric = 0},
    {.name = TEXT("consumers.%(N)"), .alias = LIT("consumers"), .metric = 1},
};
static struct header_definition sample_headers[] = {
    {.name = TEXT("Authorization"), .value = TEXT("Bearer %(TOKEN)")},
    {.name = TEXT("X-%(NAME)"), .value = {LIT(SECRET), LIT(SECRET)}}, /* written out in the file */
};
static struct http_source_definition sample_http_sources[] = {
    {.url = TEXT("https://rabbit.example/api/queues/celery"),
     .method = HTTP_POST,
     .has_payload = true,
     .payload = {LIT("{\"key\": \"" SECRET "\"}"), LIT("{\"key\": \"" SECRET "\"}")},
     .headers = sample_headers,
     .header_count = ARRAY_LEN(sample_headers),
     .timeout_ms = 2500,
     .statistics = sample_http_statistics,
     .statistic_count = ARRAY_LEN(sample_http_statistics)},
};
static struct statistic_definition sample_cloudwatch_statistics[] = {
    {.name = TEXT("Average"), .alias = LIT("cpu_usage"), .metric = 2},
    {.name = TEXT("p99"), .alias = LIT("cpu-peak"), .metric = 3},
};
static struct dimension_definition sample_dimensions[] = {
    {.name = TEXT("ClusterName"), .value = TEXT("%(CLUSTER)")},
};
static struct cloudwatch_source_definition sample_cloudwatch_sources[] = {
    {.namespace_ = TEXT("AWS/ECS"),
     .metric_name = TEXT("CPUUtilization"),
     .dimensions = sample_dimensions,
     .dimension_count = ARRAY_LEN(sample_dimensions),
     .period_s = 300,
     .statistics = sample_cloudwatch_statistics,
     .statistic_count = ARRAY_LEN(sample_cloudwatch_statistics)},
};
static struct metric_definition sample_metrics[] = {
    {.alias = LIT("queue_length"), .source = LIT("https://rabbit.example/api/queues/celery")},
    {.alias = LIT("consumers"), .source = LIT("https://rabbit.example/api/queues/celery")},
    {.alias = LIT("cpu_usage"), .source = LIT("AWS/ECS CPUUtilization Average")},
    {.alias = LIT("cpu-peak"), .source = LIT("AWS/ECS CPUUtilization p99")},
};
static struct event_definition sample_worker_events[] = {
    {.metric = LIT("queue_length"), .action = 2, .has_min = true, .min = 5},
    {.metric = LIT("queue_length / max(consumers, 1)"), .action = -1, .has_max = true, .max = 0.1},
};
static struct event_definition sample_backend_events[] = {
    {.metric = LIT("default(cpu_usage, 0) + running * 0"),
     .action = 1,
     .has_min = true,
     .min = 70,
     .has_max = true,
     .max = (double)INFINITY},
    {.metric = LIT("cpu-peak"), .action = -1, .has_max = true, .max = 20},
};
static struct service_definition sample_services[] = {
    {.name = TEXT("worker"),
     .enabled = true,
     .min = 1,
     .max = 6,
     .http_sources = sample_http_sources,
     .http_source_count = 1,
     .metrics = sample_metrics,
     .metric_count = 2,
     .events = sample_worker_events,
     .event_count = ARRAY_LEN(sample_worker_events)},
    {.name = TEXT("backend-%(COLOUR)"),
     .enabled = true,
     .min = 1,
     .max = 3,
     .http_sources = sample_http_sources,
     .http_source_count = 1,
     .cloudwatch_sources = sample_cloudwatch_sources,
     .cloudwatch_source_count = 1,
     .metrics = sample_metrics,
     .metric_count = 4,
     .events = sample_backend_events,
     .event_count = ARRAY_LEN(sample_backend_events)},
    {.name = TEXT("night-shift"), .min = 0, .max = 0},
    {.name = TEXT("gone"), .enabled = true, .min = 0, .max = 2},
    {.name = TEXT("unreadable"), .enabled = true, .min = 0, .max = 2},
};
static struct definition sample_definition = {
    .cluster = LIT("my_cluster"),
    .file = LIT("clusters/my_cluster.yml"),
    .enabled = true,
    .has_group = true,
    .group = TEXT("my-asg-%(STAGE)"),
    .cpu_buffer = 256,
    .mem_buffer_mib = 512,
    .has_min = true,
    .has_max = true,
    .min = 2,
    .max = 5,
    .has_region = true,
    .region = TEXT("%(REGION)"),
    .services = sample_services,
    .service_count = ARRAY_LEN(sample_services),
};

/* Compiles the events' expressions, as loading a file would. */
static void sample_compile(struct arena *arena, struct definition *definition)
{
    for (size_t i = 0; i < definition->service_count; i++) {
        struct service_definition *service = &definition->services[i];
        size_t count = service->metric_count + GIVEN_COUNT;
        struct str *names = ARENA_ARRAY(arena, struct str, count);
        for (size_t j = 0; j < service->metric_count; j++)
            names[j] = service->metrics[j].alias;
        for (size_t j = 0; j < GIVEN_COUNT; j++)
            names[service->metric_count + j] = given_name_text((enum given_name)j);
        for (size_t j = 0; j < service->event_count; j++) {
            struct expression_error err = {0};
            enum error_code code = expression_compile(arena, service->events[j].metric, names,
                                                      count, &service->events[j].expression, &err);
            if (code != E_OK)
                fail_msg("%s", err.message);
        }
    }
}

static struct group_instance sample_group_instances[] = {
    {.id = LIT("i-01"), .lifecycle_state = LIT("InService")},
    {.id = LIT("i-02"), .lifecycle_state = LIT("InService"), .is_protected = true},
    {.id = LIT("i-03"), .lifecycle_state = LIT("Terminating:Wait")},
};
static struct instance_facts sample_instances[] = {
    {.arn = LIT("arn:aws:ecs:eu-west-1:1:container-instance/my_cluster/c"),
     .status = INSTANCE_OTHER,
     .registered = {512, 512},
     .remaining = {-1, 0},
     .pending = 1},
    {.arn = LIT("arn:aws:ecs:eu-west-1:1:container-instance/my_cluster/a"),
     .ec2_id = LIT("i-01"),
     .status = INSTANCE_ACTIVE,
     .agent_connected = true,
     .registered = {2048, 3953},
     .remaining = {1024, 1905},
     .running = 2,
     .capacity_provider = LIT("provider")},
    {.arn = LIT("arn:aws:ecs:eu-west-1:1:container-instance/my_cluster/b"),
     .ec2_id = LIT("i-02"),
     .status = INSTANCE_DRAINING,
     .agent_connected = true,
     .registered = {2048, 3953},
     .remaining = {2048, 3953}},
};
static struct metric_facts sample_worker_metrics[] = {
    {.fact = {.status = FACT_PRESENT}, .value = {.kind = VALUE_INT, .integer = 12}},
    {.fact = {.status = FACT_PRESENT}, .value = {.kind = VALUE_BOOL, .boolean = true}},
};
static struct metric_facts sample_backend_metrics[] = {
    {.fact = {.status = FACT_PRESENT}, .value = {.kind = VALUE_NONE}},
    {.fact = {.status = FACT_FAILED, .reason = LIT("https://rabbit.example/…: \"timed\tout\"")}},
    {.fact = {.status = FACT_MISSING, .reason = LIT("no datapoint in the last 900 s")}},
    {.fact = {.status = FACT_PRESENT}, .value = {.kind = VALUE_FLOAT, .real = 45.0}},
};
static struct service_facts sample_service_facts[] = {
    {.name = LIT(SECRET " worker"),
     .fact = {.status = FACT_PRESENT},
     .status = LIT("ACTIVE"),
     .desired = 2,
     .running = 2,
     .task_definition = LIT("arn:aws:ecs:eu-west-1:1:task-definition/worker:7"),
     .metrics = sample_worker_metrics,
     .metric_count = 2},
    {.name = LIT(SECRET " backend-%(COLOUR)"),
     .fact = {.status = FACT_PRESENT},
     .status = LIT("ACTIVE"),
     .launch_type = LAUNCH_FARGATE,
     .desired = 3,
     .running = 2,
     .pending = 1,
     .task_definition = LIT("arn:aws:ecs:eu-west-1:1:task-definition/backend:1"),
     .metrics = sample_backend_metrics,
     .metric_count = 4},
    {.name = LIT(SECRET " night-shift")},
    {.name = LIT(SECRET " gone"),
     .fact = {.status = FACT_MISSING, .reason = LIT("no such service in the cluster")}},
    {.name = LIT(SECRET " unreadable"),
     .fact = {.status = FACT_FAILED,
              .reason = LIT("ecs DescribeServices: throttled (3 attempts)")}},
};
static struct task_definition_facts sample_task_definitions[] = {
    {.arn = LIT("arn:aws:ecs:eu-west-1:1:task-definition/agent:2"),
     .fact = {.status = FACT_FAILED, .reason = LIT("access denied")}},
    {.arn = LIT("arn:aws:ecs:eu-west-1:1:task-definition/worker:7"),
     .fact = {.status = FACT_PRESENT},
     .size = {512, 1024}},
};
static struct daemon_facts sample_daemons[] = {
    {.name = LIT("agent"),
     .task_definition = LIT("arn:aws:ecs:eu-west-1:1:task-definition/agent:2")},
};
static struct capacity_provider_facts sample_providers[] = {
    {.name = LIT("provider"), .fact = {.status = FACT_PRESENT}, .managed_scaling = false},
};
static const struct snapshot sample_snapshot = {
    .cluster = LIT("my_cluster"),
    .region = LIT(SECRET " %(REGION)"),
    .now_ms = INT64_C(1795492800123),
    .group = {.fact = {.status = FACT_PRESENT},
              .min = 1,
              .max = 4,
              .desired = 2,
              .instances = sample_group_instances,
              .instance_count = ARRAY_LEN(sample_group_instances)},
    .instances = {.fact = {.status = FACT_PRESENT},
                  .items = sample_instances,
                  .count = ARRAY_LEN(sample_instances)},
    .services = sample_service_facts,
    .service_count = ARRAY_LEN(sample_service_facts),
    .task_definitions = sample_task_definitions,
    .task_definition_count = ARRAY_LEN(sample_task_definitions),
    .daemons = {.fact = {.status = FACT_PRESENT}, .items = sample_daemons, .count = 1},
    .capacity_providers = sample_providers,
    .capacity_provider_count = 1,
};

#endif
