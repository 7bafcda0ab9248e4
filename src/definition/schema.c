#include "definition/schema.h"

#include "base/limits.h"
#include "model/definition.h"

#include "base/banned.h"

static const char *const methods[] = {[HTTP_GET] = "GET", [HTTP_POST] = "POST", NULL};

#define CLUSTER(field)    offsetof(struct definition, field)
#define SERVICE(field)    offsetof(struct service_definition, field)
#define EVENT(field)      offsetof(struct event_definition, field)
#define HTTP(field)       offsetof(struct http_source_definition, field)
#define CLOUDWATCH(field) offsetof(struct cloudwatch_source_definition, field)
#define STATISTIC(field)  offsetof(struct statistic_definition, field)
#define DIMENSION(field)  offsetof(struct dimension_definition, field)

/* clang-format off */
static const struct schema_key keys[] = {
    {"autoscale_group", LEVEL_CLUSTER, TYPE_TEXT, .required = true, .nullable = true,
     .format = FORMAT_SOME, .offset = CLUSTER(group), .has_offset = CLUSTER(has_group),
     .doc = "Exact name of the EC2 Auto Scaling group under the cluster. null: only services are "
            "scaled (Fargate, or a capacity provider manages the instances)."},
    {"enabled", LEVEL_CLUSTER, TYPE_BOOL, .fallback = "true", .offset = CLUSTER(enabled),
     .doc = "false: the cluster is left alone."},
    {"cpu_buffer", LEVEL_CLUSTER, TYPE_INT, .fallback = "0", .high = LIMIT_RESOURCE_UNITS,
     .offset = CLUSTER(cpu_buffer), .unit = "CPU units (1024 are one vCPU)",
     .doc = "Room to keep free on the instances: that of one empty task of this size."},
    {"mem_buffer", LEVEL_CLUSTER, TYPE_INT, .fallback = "0", .high = LIMIT_RESOURCE_UNITS,
     .offset = CLUSTER(mem_buffer_mib), .unit = "MiB", .doc = "Likewise, its memory."},
    {"min", LEVEL_CLUSTER, TYPE_INT, .fallback_text = "the group's own", .high = LIMIT_COUNT,
     .offset = CLUSTER(min), .has_offset = CLUSTER(has_min), .unit = "instances",
     .doc = "Smallest size of the group. Where the group differs, it is changed to match."},
    {"max", LEVEL_CLUSTER, TYPE_INT, .fallback_text = "the group's own", .high = LIMIT_COUNT,
     .offset = CLUSTER(max), .has_offset = CLUSTER(has_max), .unit = "instances",
     .doc = "Largest size of the group. Where the group differs, it is changed to match."},
    {"region", LEVEL_CLUSTER, TYPE_TEXT, .fallback_text = "from the environment",
     .format = FORMAT_REGION, .offset = CLUSTER(region), .has_offset = CLUSTER(has_region),
     .doc = "The cluster's AWS region."},
    {"services", LEVEL_CLUSTER, TYPE_MAP, .fallback_text = "none", .names = FORMAT_ECS_NAME,
     .item = LEVEL_SERVICE, .offset = CLUSTER(services), .has_offset = CLUSTER(service_count),
     .doc = "Exact name of each service as it is on ECS, and how to scale it."},

    {"enabled", LEVEL_SERVICE, TYPE_BOOL, .fallback = "true", .offset = SERVICE(enabled),
     .doc = "false: the service is left alone."},
    {"min", LEVEL_SERVICE, TYPE_INT, .required = true, .high = LIMIT_COUNT,
     .offset = SERVICE(min), .unit = "tasks", .doc = "Smallest number of tasks."},
    {"max", LEVEL_SERVICE, TYPE_INT, .required = true, .high = LIMIT_COUNT,
     .offset = SERVICE(max), .unit = "tasks", .doc = "Largest number of tasks."},
    {"metric_sources", LEVEL_SERVICE, TYPE_LEVEL, .fallback_text = "none", .item = LEVEL_SOURCES,
     .doc = "Where the service's metrics come from, by kind of source."},
    {"events", LEVEL_SERVICE, TYPE_LIST, .fallback_text = "none", .item = LEVEL_EVENT,
     .max_items = LIMIT_EVENTS, .offset = SERVICE(events), .has_offset = SERVICE(event_count),
     .doc = "When to scale, in order of priority: the first event that holds and can take effect "
            "wins."},

    {"metric", LEVEL_EVENT, TYPE_EXPRESSION, .required = true, .offset = EVENT(metric),
     .doc = "What is measured: an alias, or arithmetic over aliases. See metric arithmetic."},
    {"action", LEVEL_EVENT, TYPE_INT, .required = true, .not_zero = true, .low = -LIMIT_COUNT,
     .high = LIMIT_COUNT, .offset = EVENT(action), .unit = "tasks",
     .doc = "How many tasks to add (positive) or remove (negative)."},
    {"min", LEVEL_EVENT, TYPE_NUMBER, .fallback_text = "open", .offset = EVENT(min),
     .has_offset = EVENT(has_min), .open_end = -1,
     .doc = "The event holds from this value on, itself included."},
    {"max", LEVEL_EVENT, TYPE_NUMBER, .fallback_text = "open", .offset = EVENT(max),
     .has_offset = EVENT(has_max), .open_end = 1,
     .doc = "The event holds up to this value, itself included."},

    {"third_party", LEVEL_SOURCES, TYPE_LIST, .fallback_text = "none", .item = LEVEL_HTTP,
     .offset = SERVICE(http_sources), .has_offset = SERVICE(http_source_count),
     .doc = "HTTP endpoints that answer JSON."},
    {"cloudwatch", LEVEL_SOURCES, TYPE_LIST, .fallback_text = "none", .item = LEVEL_CLOUDWATCH,
     .offset = SERVICE(cloudwatch_sources), .has_offset = SERVICE(cloudwatch_source_count),
     .doc = "CloudWatch metrics."},

    {"url", LEVEL_HTTP, TYPE_URL, .required = true, .offset = HTTP(url),
     .doc = "Where to ask. user:password@ before the host is sent as basic authentication."},
    {"method", LEVEL_HTTP, TYPE_CHOICE, .fallback = "GET", .choices = methods,
     .offset = HTTP(method), .doc = "The HTTP method."},
    {"payload", LEVEL_HTTP, TYPE_ANY, .fallback_text = "none", .offset = HTTP(payload),
     .has_offset = HTTP(has_payload), .doc = "Sent as a JSON body, with GET too."},
    {"headers", LEVEL_HTTP, TYPE_TEXT_MAP, .fallback_text = "none", .names = FORMAT_HEADER_NAME,
     .format = FORMAT_HEADER_VALUE, .offset = HTTP(headers), .has_offset = HTTP(header_count),
     .doc = "Request headers."},
    {"timeout", LEVEL_HTTP, TYPE_SECONDS, .fallback = "10", .low = 0.1, .high = 60,
     .offset = HTTP(timeout_ms), .unit = "seconds", .doc = "For the whole request."},
    {"statistics", LEVEL_HTTP, TYPE_LIST, .required = true, .item = LEVEL_HTTP_STATISTIC,
     .offset = HTTP(statistics), .has_offset = HTTP(statistic_count),
     .doc = "What to take out of the answer."},

    {"name", LEVEL_HTTP_STATISTIC, TYPE_TEXT, .required = true, .offset = STATISTIC(name),
     .doc = "Dotted path to a number in the JSON: a.b.0.c goes through objects and list indexes; a "
            "field whose own name holds dots is found too."},
    {"alias", LEVEL_HTTP_STATISTIC, TYPE_ALIAS, .required = true, .format = FORMAT_SOME,
     .offset = STATISTIC(alias), .doc = "Its name in the events of this service."},

    {"namespace", LEVEL_CLOUDWATCH, TYPE_TEXT, .fallback = "AWS/ECS", .format = FORMAT_NAMESPACE,
     .offset = CLOUDWATCH(namespace_), .doc = "The metric's namespace."},
    {"metric_name", LEVEL_CLOUDWATCH, TYPE_TEXT, .fallback = "MemoryUtilization",
     .format = FORMAT_SOME, .offset = CLOUDWATCH(metric_name), .doc = "The metric's name."},
    {"dimensions", LEVEL_CLOUDWATCH, TYPE_LIST, .fallback_text = "none", .item = LEVEL_DIMENSION,
     .max_items = 30, .offset = CLOUDWATCH(dimensions), .has_offset = CLOUDWATCH(dimension_count),
     .doc = "The metric's dimensions, exactly as CloudWatch has them."},
    {"period", LEVEL_CLOUDWATCH, TYPE_PERIOD, .fallback = "300", .offset = CLOUDWATCH(period_s),
     .unit = "seconds", .doc = "The newest complete period of this length counts."},
    {"statistics", LEVEL_CLOUDWATCH, TYPE_LIST, .required = true,
     .item = LEVEL_CLOUDWATCH_STATISTIC, .offset = CLOUDWATCH(statistics),
     .has_offset = CLOUDWATCH(statistic_count), .doc = "Which statistics to read."},

    {"name", LEVEL_DIMENSION, TYPE_TEXT, .required = true, .format = FORMAT_SOME,
     .offset = DIMENSION(name), .doc = "The dimension's name, for example ServiceName."},
    {"value", LEVEL_DIMENSION, TYPE_TEXT, .required = true, .format = FORMAT_SOME,
     .offset = DIMENSION(value), .doc = "Its value."},

    {"name", LEVEL_CLOUDWATCH_STATISTIC, TYPE_TEXT, .required = true, .format = FORMAT_STATISTIC,
     .offset = STATISTIC(name), .doc = "The statistic, as CloudWatch names it."},
    {"alias", LEVEL_CLOUDWATCH_STATISTIC, TYPE_ALIAS, .required = true, .format = FORMAT_SOME,
     .offset = STATISTIC(alias), .doc = "Its name in the events of this service."},
};
/* clang-format on */

static const struct schema_level_info levels[LEVEL_COUNT] = {
    [LEVEL_CLUSTER] = {"a cluster", "cluster", "(the file)",
                       "Top-level keys that begin with 'x-' are ignored: a place for anchors.",
                       sizeof(struct definition)},
    [LEVEL_SERVICE] = {"a service", "service", "services.NAME", "",
                       sizeof(struct service_definition)},
    [LEVEL_EVENT] = {"an event", "event", "services.NAME.events[]",
                     "An event holds when min <= metric <= max.", sizeof(struct event_definition)},
    [LEVEL_SOURCES] = {"metric_sources", "metric_sources", "services.NAME.metric_sources", "",
                       sizeof(struct service_definition)},
    [LEVEL_HTTP] = {"an HTTP source", "third_party", "metric_sources.third_party[]",
                    "A value out of any HTTP endpoint that answers JSON.",
                    sizeof(struct http_source_definition)},
    [LEVEL_HTTP_STATISTIC] =
        {"a statistic of an HTTP source", "third_party_statistic",
         "metric_sources.third_party[].statistics[]",
         "true and false count as 1 and 0, a numeric string as a number; null, "
         "or nothing there: the metric is missing.",
         sizeof(struct statistic_definition)},
    [LEVEL_CLOUDWATCH] = {"a CloudWatch source", "cloudwatch", "metric_sources.cloudwatch[]",
                          "The newest complete period within the last three; none: the metric is "
                          "missing.",
                          sizeof(struct cloudwatch_source_definition)},
    [LEVEL_DIMENSION] = {"a dimension", "dimension", "metric_sources.cloudwatch[].dimensions[]", "",
                         sizeof(struct dimension_definition)},
    [LEVEL_CLOUDWATCH_STATISTIC] = {"a statistic of a CloudWatch source", "cloudwatch_statistic",
                                    "metric_sources.cloudwatch[].statistics[]", "",
                                    sizeof(struct statistic_definition)},
};

const struct schema definition_schema = {
    .title = "ecs-autoscale cluster definition",
    .heading = "The file: a cluster",
    .empty_hint = "it needs at least 'autoscale_group: NAME'",
    .keys = keys,
    .key_count = ARRAY_LEN(keys),
    .levels = levels,
    .level_count = LEVEL_COUNT,
};
