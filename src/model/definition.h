/* A cluster's definition, loaded and checked: what its YAML file says, with every default filled
 * in. Made by definition/load.h (from a file) and record/ (from a record); read-only afterwards.
 * Everything lives in the arena it was made in. Meaning: docs/definitions.md. */
#ifndef MODEL_DEFINITION_H
#define MODEL_DEFINITION_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct expression; /* expression/expression.h */

/* A text that may hold values out of the environment. `value` is for the wire only; everything a
 * person or a file gets to see uses `shown`, where each value is its %(NAME) again (in URLs: no
 * user-info and no query either). Where no variable is used both are the same. */
struct text {
    struct str value;
    struct str shown;
};

struct header_definition {
    struct text name;
    struct text value;
};

enum http_method { HTTP_GET, HTTP_POST };

/* What one alias stands for in its source: a dotted path, or a CloudWatch statistic. */
struct statistic_definition {
    struct text name;
    struct str alias;
    size_t metric; /* index in service_definition.metrics */
};

/* metric_sources.third_party[] */
struct http_source_definition {
    struct text url; /* value: with user-info and all */
    enum http_method method;
    bool has_payload;
    struct text payload; /* JSON text */
    struct header_definition *headers;
    size_t header_count;
    int64_t timeout_ms; /* the whole request */
    struct statistic_definition *statistics;
    size_t statistic_count;
};

struct dimension_definition {
    struct text name;
    struct text value;
};

/* metric_sources.cloudwatch[] */
struct cloudwatch_source_definition {
    struct text namespace_;
    struct text metric_name;
    struct dimension_definition *dimensions;
    size_t dimension_count;
    int64_t period_s;
    struct statistic_definition *statistics;
    size_t statistic_count;
};

struct event_definition {
    struct str metric;             /* source of the expression, variables filled in: see
                                      docs/definitions.md, "Values from the environment" */
    struct expression *expression; /* compiled; its name indexes are those of
                                      service_definition.metrics, then the given names */
    int64_t action;                /* tasks to add or (negative) remove; never 0 */
    bool has_min;
    bool has_max;
    double min; /* the range, both ends included */
    double max;
};

/* A metric: an alias and where it comes from. Its index is the same in the service's snapshot. */
struct metric_definition {
    struct str alias;
    struct str source; /* for a person: "http://host/path", "AWS/ECS CPUUtilization Average" */
};

struct service_definition {
    struct text name;
    bool enabled;
    int64_t min; /* tasks */
    int64_t max;
    struct http_source_definition *http_sources;
    size_t http_source_count;
    struct cloudwatch_source_definition *cloudwatch_sources;
    size_t cloudwatch_source_count;
    struct metric_definition *metrics;
    size_t metric_count;
    struct event_definition *events; /* in order of priority */
    size_t event_count;
};

struct definition {
    struct str cluster; /* the file's name without its ending */
    struct str file;    /* as it was given or found */
    bool enabled;
    bool has_group; /* false: autoscale_group is null, only services are scaled */
    struct text group;
    int64_t cpu_buffer;     /* CPU units */
    int64_t mem_buffer_mib; /* MiB */
    bool has_min;           /* not given: the group's own */
    bool has_max;
    int64_t min; /* instances */
    int64_t max;
    bool has_region; /* not given: the program's */
    struct text region;
    struct service_definition *services; /* in the order of the file */
    size_t service_count;
};

/* Names every service's expressions may use besides its aliases, unless an alias has the name.
 * Their values are the service's own counts at the time of the snapshot. Their name index in a
 * compiled expression is metric_count + this. */
enum given_name {
    GIVEN_RUNNING,
    GIVEN_DESIRED,
    GIVEN_PENDING,
    GIVEN_MIN_TASKS,
    GIVEN_MAX_TASKS,
    GIVEN_COUNT,
};
struct str given_name_text(enum given_name name);

#endif
