#include "cloud/order.h"

#include "base/banned.h"

static int compare_int64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_by_name(const struct query *a, const struct query *b)
{
    int order = str_compare(a->region, b->region);
    return order != 0 ? order : str_compare(a->name, b->name);
}

static int compare_by_cluster(const struct query *a, const struct query *b)
{
    int order = str_compare(a->region, b->region);
    if (order == 0)
        order = str_compare(a->cluster, b->cluster);
    return order != 0 ? order : str_compare(a->name, b->name);
}

static int compare_dimensions(const struct statistic_query *a, const struct statistic_query *b)
{
    int order = compare_int64((int64_t)a->dimension_count, (int64_t)b->dimension_count);
    for (size_t i = 0; order == 0 && i < a->dimension_count; i++) {
        order = str_compare(a->dimensions[i].name.value, b->dimensions[i].name.value);
        if (order == 0)
            order = str_compare(a->dimensions[i].value.value, b->dimensions[i].value.value);
    }
    return order;
}

static int compare_statistics(const struct query *a, const struct query *b)
{
    const struct statistic_query *left = &a->statistic;
    const struct statistic_query *right = &b->statistic;
    int order = 0;
    if ((order = str_compare(a->region, b->region)) != 0 ||
        (order = compare_int64(left->start_ms, right->start_ms)) != 0 ||
        (order = compare_int64(left->end_ms, right->end_ms)) != 0 ||
        (order = compare_int64(left->period_s, right->period_s)) != 0 ||
        (order = str_compare(left->namespace_, right->namespace_)) != 0 ||
        (order = str_compare(left->metric_name, right->metric_name)) != 0 ||
        (order = str_compare(left->statistic, right->statistic)) != 0)
        return order;
    return compare_dimensions(left, right);
}

static int compare_headers(const struct http_source_definition *a,
                           const struct http_source_definition *b)
{
    int order = compare_int64((int64_t)a->header_count, (int64_t)b->header_count);
    for (size_t i = 0; order == 0 && i < a->header_count; i++) {
        order = str_compare(a->headers[i].name.value, b->headers[i].name.value);
        if (order == 0)
            order = str_compare(a->headers[i].value.value, b->headers[i].value.value);
    }
    return order;
}

static int compare_sources(const struct query *a, const struct query *b)
{
    const struct http_source_definition *left = a->http;
    const struct http_source_definition *right = b->http;
    int order = 0;
    if ((order = str_compare(left->url.value, right->url.value)) != 0 ||
        (order = compare_int64(left->method, right->method)) != 0 ||
        (order = compare_int64(left->has_payload, right->has_payload)) != 0 ||
        (order = compare_int64(left->timeout_ms, right->timeout_ms)) != 0)
        return order;
    if (left->has_payload && (order = str_compare(left->payload.value, right->payload.value)) != 0)
        return order;
    return compare_headers(left, right);
}

static int (*const kinds[QUERY_KIND_COUNT])(const struct query *a, const struct query *b) = {
    [QUERY_GROUP] = compare_by_name,
    [QUERY_SERVICE] = compare_by_cluster,
    [QUERY_INSTANCES] = compare_by_cluster,
    [QUERY_INSTANCE] = compare_by_cluster,
    [QUERY_INSTANCE_TASKS] = compare_by_cluster,
    [QUERY_TASK_DEFINITION] = compare_by_name,
    [QUERY_DAEMONS] = compare_by_cluster,
    [QUERY_CAPACITY_PROVIDER] = compare_by_name,
    [QUERY_STATISTIC] = compare_statistics,
    [QUERY_HTTP] = compare_sources,
};

int query_order(const struct query *a, const struct query *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return kinds[a->kind](a, b);
}
