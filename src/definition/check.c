#include "definition/check.h"

#include "base/limits.h"
#include "document/fill.h"
#include "document/names.h"

#include "base/banned.h"

static bool is_fine(const struct yaml_node *map, const char *key)
{
    const struct yaml_node *node = yaml_get(map, key);
    return node != NULL && node->kind == YAML_SCALAR && !node->bad;
}

/* Both given and readable, and the wrong way round. */
static void check_bounds(struct source *source, const struct yaml_node *map, int64_t min,
                         int64_t max)
{
    if (min <= max || !is_fine(map, "min") || !is_fine(map, "max"))
        return;
    const struct yaml_node *low = yaml_get(map, "min");
    const struct yaml_node *high = yaml_get(map, "max");
    bool hidden = low->filled == NULL || low->filled->from_environment || high->filled == NULL ||
                  high->filled->from_environment;
    if (hidden)
        source_report(source, SEVERITY_ERROR, low->span, STR_NONE, "'min' is greater than 'max'");
    else
        source_report(source, SEVERITY_ERROR, low->span, STR_NONE,
                      "'min' (%lld) is greater than 'max' (%lld)", (long long)min, (long long)max);
}

/* ---- metrics ---- */

struct gathering {
    struct service_check *check;
    struct names seen;
    size_t room;
};

static bool is_given_name(struct str alias)
{
    for (int i = 0; i < GIVEN_COUNT; i++) {
        if (str_eq(given_name_text((enum given_name)i), alias))
            return true;
    }
    return false;
}

static void gather_one(struct gathering *gathering, struct statistic_definition *statistic,
                       const struct yaml_node *node, struct str where_from)
{
    struct service_check *check = gathering->check;
    struct service_definition *service = check->service;
    struct source *source = check->source;
    if (statistic->alias.len == 0) {
        check->metrics_fine = false; /* reported already */
        return;
    }
    const struct yaml_node *alias = yaml_get(node, "alias");
    struct span span = alias->span;
    struct str shown = alias->filled->shown;
    check->aliases_hidden |= alias->filled->from_environment;
    size_t first = 0;
    statistic->metric = service->metric_count;
    if (!names_add(source->arena, &gathering->seen, statistic->alias, service->metric_count,
                   &first)) {
        source_report(source, SEVERITY_ERROR, span, STR_NONE,
                      "alias '%.*s' is given twice in this service", STR_ARG(shown));
        statistic->metric = first;
        return;
    }
    if (is_given_name(statistic->alias))
        source_report(source, SEVERITY_WARNING, span, STR_NONE,
                      "alias '%.*s' takes the place of the service's own count of that name",
                      STR_ARG(shown));
    if (service->metric_count == gathering->room)
        return; /* over the limit: reported once, in gather_metrics */
    service->metrics[service->metric_count++] =
        (struct metric_definition){.alias = statistic->alias, .source = where_from};
}

static const struct yaml_node *item_of(const struct yaml_node *list, size_t index)
{
    return list->items[index];
}

static void gather_http(struct gathering *gathering, const struct yaml_node *sources)
{
    struct service_definition *service = gathering->check->service;
    for (size_t i = 0; i < service->http_source_count; i++) {
        struct http_source_definition *http = &service->http_sources[i];
        const struct yaml_node *list = yaml_get(item_of(sources, i), "statistics");
        for (size_t j = 0; j < http->statistic_count; j++)
            gather_one(gathering, &http->statistics[j], item_of(list, j), http->url.shown);
    }
}

static void gather_cloudwatch(struct gathering *gathering, const struct yaml_node *sources)
{
    struct service_check *check = gathering->check;
    struct service_definition *service = check->service;
    for (size_t i = 0; i < service->cloudwatch_source_count; i++) {
        struct cloudwatch_source_definition *cloudwatch = &service->cloudwatch_sources[i];
        const struct yaml_node *list = yaml_get(item_of(sources, i), "statistics");
        for (size_t j = 0; j < cloudwatch->statistic_count; j++) {
            struct statistic_definition *statistic = &cloudwatch->statistics[j];
            struct str from = arena_printf(
                check->source->arena, "%.*s %.*s %.*s", STR_ARG(cloudwatch->namespace_.shown),
                STR_ARG(cloudwatch->metric_name.shown), STR_ARG(statistic->name.shown));
            gather_one(gathering, statistic, item_of(list, j), from);
        }
    }
}

/* A source that could not be read has fewer aliases than its author meant. */
static bool are_fine(const struct yaml_node *list)
{
    for (size_t i = 0; list != NULL && i < list->item_count; i++) {
        const struct yaml_node *statistics = yaml_get(list->items[i], "statistics");
        if (list->items[i]->bad || statistics == NULL || statistics->bad)
            return false;
        for (size_t j = 0; j < statistics->item_count; j++) {
            if (statistics->items[j]->bad)
                return false;
        }
    }
    return list == NULL || !list->bad;
}

static void gather_metrics(struct service_check *check)
{
    struct service_definition *service = check->service;
    const struct yaml_node *sources = yaml_get(check->node, "metric_sources");
    const struct yaml_node *http = yaml_get(sources, "third_party");
    const struct yaml_node *cloudwatch = yaml_get(sources, "cloudwatch");
    check->metrics_fine =
        (sources == NULL || !sources->bad) && are_fine(http) && are_fine(cloudwatch);
    size_t count = 0;
    for (size_t i = 0; i < service->http_source_count; i++)
        count += service->http_sources[i].statistic_count;
    for (size_t i = 0; i < service->cloudwatch_source_count; i++)
        count += service->cloudwatch_sources[i].statistic_count;
    if (count > LIMIT_METRICS) {
        source_report(check->source, SEVERITY_ERROR, check->place, STR_NONE,
                      "this service has %zu metrics, over %d", count, LIMIT_METRICS);
        check->metrics_fine = false;
        return;
    }
    service->metrics = ARENA_ARRAY(check->source->arena, struct metric_definition, count);
    struct gathering gathering = {.check = check, .room = count};
    gather_http(&gathering, http);
    gather_cloudwatch(&gathering, cloudwatch);
}

void check_definition(struct source *source, const struct yaml_node *root,
                      struct definition *definition)
{
    if (definition->has_min && definition->has_max)
        check_bounds(source, root, definition->min, definition->max);
    const struct yaml_node *services = yaml_get(root, "services");
    for (size_t i = 0; i < definition->service_count; i++) {
        const struct yaml_entry *entry = &services->entries[i];
        struct service_check check = {
            .source = source,
            .node = entry->value,
            .place = entry->key->span,
            .service = &definition->services[i],
        };
        if (entry->value->kind != YAML_MAP)
            continue;
        check_bounds(source, check.node, check.service->min, check.service->max);
        gather_metrics(&check);
        check_events(&check);
    }
}
