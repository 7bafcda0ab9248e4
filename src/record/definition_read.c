/* A definition out of JSON. What was not written (values of headers, the payload) stays empty: it
 * is enough to decide with, not to observe with. */
#include "record/parts.h"

#include "base/limits.h"
#include "expression/expression.h"

#include "base/banned.h"

enum { PERIOD_MAX_S = 86400 };

static struct text node_text(const struct node *object, const char *key)
{
    struct str shown = node_str(object, key);
    return (struct text){.value = shown, .shown = shown};
}

static bool maybe_text(const struct node *object, const char *key, struct text *out)
{
    struct node member = node_member(object, key);
    if (node_is_null(&member))
        return false;
    *out = node_text(object, key);
    return true;
}

static void check_bounds(const struct node *object, int64_t min, int64_t max)
{
    struct node member = node_member(object, "max");
    if (max < min)
        node_fail(&member, E_RANGE, "%lld is below min, which is %lld", (long long)max,
                  (long long)min);
}

static struct statistic_definition *
read_statistics(const struct node *source, const struct service_definition *service, size_t *count)
{
    struct node list = node_list(source, "statistics", LIMIT_RECORD_LIST, count);
    struct statistic_definition *statistics =
        ARENA_ARRAY(source->reader->arena, struct statistic_definition, *count);
    for (size_t i = 0; i < *count; i++) {
        struct node item = node_item(&list, i);
        statistics[i].name = node_text(&item, "name");
        statistics[i].alias = node_str(&item, "alias");
        statistics[i].metric = (size_t)node_int(&item, "metric", 0, LIMIT_RECORD_LIST);
        if (source->reader->code != E_OK)
            break;
        if (statistics[i].metric >= service->metric_count ||
            !str_eq(service->metrics[statistics[i].metric].alias, statistics[i].alias)) {
            struct node member = node_member(&item, "metric");
            node_fail(&member, E_RANGE, "not the place of '%.*s' in the service's metrics",
                      STR_ARG(statistics[i].alias));
        }
    }
    return statistics;
}

static void read_http_source(const struct node *node, const struct service_definition *service,
                             struct http_source_definition *source)
{
    source->url = node_text(node, "url");
    struct str method = node_str(node, "method");
    source->method = str_eq(method, STR("POST")) ? HTTP_POST : HTTP_GET;
    if (source->method == HTTP_GET && !str_eq(method, STR("GET"))) {
        struct node member = node_member(node, "method");
        node_fail(&member, E_RANGE, "neither GET nor POST");
    }
    source->has_payload = node_bool(node, "has_payload");
    struct node headers = node_list(node, "headers", LIMIT_RECORD_LIST, &source->header_count);
    source->headers =
        ARENA_ARRAY(node->reader->arena, struct header_definition, source->header_count);
    for (size_t i = 0; i < source->header_count; i++) {
        struct node item = node_item(&headers, i);
        struct str name = STR_NONE;
        if (json_is_string(item.json))
            name = arena_str(node->reader->arena, (struct str){json_string_value(item.json),
                                                               json_string_length(item.json)});
        else
            node_fail(&item, E_TYPE, "not a text");
        source->headers[i].name = (struct text){.value = name, .shown = name};
    }
    source->timeout_ms = node_int(node, "timeout_ms", 0, INT32_MAX);
    source->statistics = read_statistics(node, service, &source->statistic_count);
}

static void read_cloudwatch_source(const struct node *node,
                                   const struct service_definition *service,
                                   struct cloudwatch_source_definition *source)
{
    source->namespace_ = node_text(node, "namespace");
    source->metric_name = node_text(node, "metric_name");
    struct node list = node_list(node, "dimensions", LIMIT_RECORD_LIST, &source->dimension_count);
    source->dimensions =
        ARENA_ARRAY(node->reader->arena, struct dimension_definition, source->dimension_count);
    for (size_t i = 0; i < source->dimension_count; i++) {
        struct node item = node_item(&list, i);
        source->dimensions[i].name = node_text(&item, "name");
        source->dimensions[i].value = node_text(&item, "value");
    }
    source->period_s = node_int(node, "period", 1, PERIOD_MAX_S);
    source->statistics = read_statistics(node, service, &source->statistic_count);
}

static void read_sources(const struct node *node, struct service_definition *service)
{
    struct arena *arena = node->reader->arena;
    struct node sources = node_object(node, "metric_sources");
    struct node list =
        node_list(&sources, "third_party", LIMIT_RECORD_LIST, &service->http_source_count);
    service->http_sources =
        ARENA_ARRAY(arena, struct http_source_definition, service->http_source_count);
    for (size_t i = 0; i < service->http_source_count; i++) {
        struct node item = node_item(&list, i);
        read_http_source(&item, service, &service->http_sources[i]);
    }
    list = node_list(&sources, "cloudwatch", LIMIT_RECORD_LIST, &service->cloudwatch_source_count);
    service->cloudwatch_sources =
        ARENA_ARRAY(arena, struct cloudwatch_source_definition, service->cloudwatch_source_count);
    for (size_t i = 0; i < service->cloudwatch_source_count; i++) {
        struct node item = node_item(&list, i);
        read_cloudwatch_source(&item, service, &service->cloudwatch_sources[i]);
    }
}

static void read_metrics(const struct node *node, struct service_definition *service)
{
    struct node list = node_list(node, "metrics", LIMIT_RECORD_LIST, &service->metric_count);
    service->metrics =
        ARENA_ARRAY(node->reader->arena, struct metric_definition, service->metric_count);
    for (size_t i = 0; i < service->metric_count; i++) {
        struct node item = node_item(&list, i);
        service->metrics[i].alias = node_str(&item, "alias");
        service->metrics[i].source = node_str(&item, "source");
    }
}

static void read_event(const struct node *node, const struct str *names, size_t name_count,
                       struct event_definition *event)
{
    event->metric = node_str(node, "metric");
    event->action = node_int(node, "action", -LIMIT_COUNT, LIMIT_COUNT);
    struct node action = node_member(node, "action");
    if (event->action == 0)
        node_fail(&action, E_RANGE, "0 is no action");
    event->has_min = node_maybe_real(node, "min", &event->min);
    event->has_max = node_maybe_real(node, "max", &event->max);
    if (node->reader->code != E_OK)
        return;
    struct expression_error wrong = {0};
    enum error_code code = expression_compile(node->reader->arena, event->metric, names, name_count,
                                              &event->expression, &wrong);
    struct node metric = node_member(node, "metric");
    if (code != E_OK)
        node_fail(&metric, code, "%s (at byte %zu)", wrong.message, wrong.offset + 1);
}

/* The names in the order that an expression's indexes count in: the metrics, then the given. */
static void read_events(const struct node *node, struct service_definition *service)
{
    struct arena *arena = node->reader->arena;
    size_t name_count = service->metric_count + GIVEN_COUNT;
    struct str *names = ARENA_ARRAY(arena, struct str, name_count);
    for (size_t i = 0; i < service->metric_count; i++)
        names[i] = service->metrics[i].alias;
    for (size_t i = 0; i < GIVEN_COUNT; i++)
        names[service->metric_count + i] = given_name_text((enum given_name)i);
    struct node list = node_list(node, "events", LIMIT_RECORD_LIST, &service->event_count);
    service->events = ARENA_ARRAY(arena, struct event_definition, service->event_count);
    for (size_t i = 0; i < service->event_count && node->reader->code == E_OK; i++) {
        struct node item = node_item(&list, i);
        read_event(&item, names, name_count, &service->events[i]);
    }
}

static void read_service(const struct node *node, struct service_definition *service)
{
    service->name = node_text(node, "name");
    service->enabled = node_bool(node, "enabled");
    service->min = node_int(node, "min", 0, LIMIT_COUNT);
    service->max = node_int(node, "max", 0, LIMIT_COUNT);
    check_bounds(node, service->min, service->max);
    read_metrics(node, service);
    if (node->reader->code != E_OK)
        return;
    read_sources(node, service);
    read_events(node, service);
}

void definition_read(const struct node *node, struct definition *definition)
{
    definition->cluster = node_str(node, "cluster");
    definition->file = node_str(node, "file");
    definition->has_group = maybe_text(node, "autoscale_group", &definition->group);
    definition->enabled = node_bool(node, "enabled");
    definition->cpu_buffer = node_int(node, "cpu_buffer", 0, LIMIT_RESOURCE_UNITS);
    definition->mem_buffer_mib = node_int(node, "mem_buffer", 0, LIMIT_RESOURCE_UNITS);
    definition->has_min = node_maybe_int(node, "min", LIMIT_COUNT, &definition->min);
    definition->has_max = node_maybe_int(node, "max", LIMIT_COUNT, &definition->max);
    if (definition->has_min && definition->has_max)
        check_bounds(node, definition->min, definition->max);
    definition->has_region = maybe_text(node, "region", &definition->region);
    struct node list = node_list(node, "services", LIMIT_RECORD_LIST, &definition->service_count);
    definition->services =
        ARENA_ARRAY(node->reader->arena, struct service_definition, definition->service_count);
    for (size_t i = 0; i < definition->service_count && node->reader->code == E_OK; i++) {
        struct node item = node_item(&list, i);
        read_service(&item, &definition->services[i]);
    }
}
