/* The real account behind the upper seam. What is asked and acted between two turns of the loop is
 * kept; a flush sorts it, so that what asks the same stands together, and sends it kind by kind.
 *
 * Invariants: a query is in `asked` or in one question on its way, never in both; flushes happen
 * between turns of the loop, never within a `done`. */
#include "cloud/aws/aws.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cloud/aws/account.h"

#include <stdlib.h>

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

/* Queries that compare equal ask the same. */
static const struct {
    int (*compare)(const struct query *a, const struct query *b);
    questions_send *send;
} kinds[QUERY_KIND_COUNT] = {
    [QUERY_GROUP] = {compare_by_name, groups_send},
    [QUERY_SERVICE] = {compare_by_cluster, services_send},
    [QUERY_INSTANCES] = {compare_by_cluster, instances_send},
    [QUERY_INSTANCE] = {compare_by_cluster, instance_send},
    [QUERY_INSTANCE_TASKS] = {compare_by_cluster, instance_tasks_send},
    [QUERY_TASK_DEFINITION] = {compare_by_name, task_sizes_send},
    [QUERY_DAEMONS] = {compare_by_cluster, daemons_send},
    [QUERY_CAPACITY_PROVIDER] = {compare_by_name, capacity_providers_send},
    [QUERY_STATISTIC] = {compare_statistics, statistics_send},
    [QUERY_HTTP] = {compare_sources, http_sources_send},
};

static int compare_content(const struct asked *a, const struct asked *b)
{
    if (a->query->kind != b->query->kind)
        return a->query->kind < b->query->kind ? -1 : 1;
    return kinds[a->query->kind].compare(a->query, b->query);
}

static int compare_asked(const void *a, const void *b)
{
    const struct asked *left = a;
    const struct asked *right = b;
    int order = compare_content(left, right);
    return order != 0 ? order : compare_int64((int64_t)left->order, (int64_t)right->order);
}

/* One question for each run of sorted queries that ask the same. */
static size_t make_questions(struct arena *arena, const struct asked *asked, size_t count,
                             struct question *questions)
{
    struct query **queries = ARENA_ARRAY(arena, struct query *, count);
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        queries[i] = asked[i].query;
        if (i == 0 || compare_content(&asked[i - 1], &asked[i]) != 0)
            questions[made++] =
                (struct question){.queries = &queries[i], .name = asked[i].query->name};
        struct question *question = &questions[made - 1];
        question->count++;
        if (question->depth < asked[i].depth)
            question->depth = asked[i].depth;
    }
    return made;
}

static void send_by_kind(struct aws_cloud *cloud, const struct question *questions, size_t count)
{
    size_t from = 0;
    for (size_t i = 1; i <= count; i++) {
        enum query_kind kind = questions[from].queries[0]->kind;
        if (i < count && questions[i].queries[0]->kind == kind)
            continue;
        kinds[kind].send(cloud, questions + from, i - from);
        from = i;
    }
}

static void refuse_all(struct aws_cloud *cloud, const struct question *questions, size_t count)
{
    struct error err = ERROR_INIT;
    error_set(&err, E_DEADLINE, "the deadline passed before it was asked for");
    for (size_t i = 0; i < count; i++)
        question_fail(cloud, &questions[i], questions[i].depth, &err);
}

static void flush_once(struct aws_cloud *cloud)
{
    struct arena arena = cloud->asked_arena; /* delivering may ask more: that goes to a fresh one */
    struct asked *asked = cloud->asked.items;
    size_t count = cloud->asked.count;
    const struct asked_act *acts = cloud->acts.items;
    size_t act_count = cloud->acts.count;
    cloud->asked_arena = ARENA_INIT;
    cloud->asked.items = NULL;
    cloud->asked.count = cloud->asked.room = 0;
    cloud->acts.items = NULL;
    cloud->acts.count = cloud->acts.room = 0;
    for (size_t i = 0; i < act_count; i++) {
        if (cloud->is_closed)
            act_refuse(cloud, acts[i].act, acts[i].depth);
        else
            act_send(cloud, acts[i].act, acts[i].depth);
    }
    if (count > 0) {
        struct question *questions = ARENA_ARRAY(&arena, struct question, count);
        qsort(asked, count, sizeof(*asked), compare_asked);
        size_t made = make_questions(&arena, asked, count, questions);
        if (cloud->is_closed)
            refuse_all(cloud, questions, made);
        else
            send_by_kind(cloud, questions, made);
    }
    arena_release(&arena);
}

/* What is answered without a call (cached, refused) may lead to more. */
static void flush(struct aws_cloud *cloud)
{
    while (cloud->asked.count > 0 || cloud->acts.count > 0)
        flush_once(cloud);
}

static struct aws_cloud *aws_cloud_of(struct cloud *cloud)
{
    return (struct aws_cloud *)(void *)cloud;
}

static void ask(struct cloud *cloud, struct query *query)
{
    struct aws_cloud *aws = aws_cloud_of(cloud);
    size_t order = aws->asked.count;
    *VEC_ADD(&aws->asked_arena, &aws->asked) =
        (struct asked){.query = query, .depth = aws->depth, .order = order};
}

static void act(struct cloud *cloud, struct act *wanted)
{
    struct aws_cloud *aws = aws_cloud_of(cloud);
    *VEC_ADD(&aws->asked_arena, &aws->acts) =
        (struct asked_act){.act = wanted, .depth = aws->depth};
}

static void run(struct cloud *cloud, int64_t deadline_ms)
{
    struct aws_cloud *aws = aws_cloud_of(cloud);
    aws_client_log(aws->client, cloud->log, cloud->progress, cloud->progress_context);
    aws->splits_left = LIMIT_SPLIT_CALLS;
    aws->is_closed = false;
    transport_open(aws->transport);
    for (bool is_busy = true; is_busy;) {
        if (!aws->is_closed && transport_now_ms(aws->transport) >= deadline_ms) {
            aws->is_closed = true;
            transport_close(aws->transport);
        }
        flush(aws);
        is_busy = transport_step(aws->transport, aws->is_closed ? INT64_MAX : deadline_ms) ||
                  aws->asked.count > 0 || aws->acts.count > 0;
    }
    transport_open(aws->transport);
    aws->is_closed = false;
}

static int64_t now_ms(struct cloud *cloud)
{
    return transport_now_ms(aws_cloud_of(cloud)->transport);
}

static int64_t wall_ms(struct cloud *cloud)
{
    (void)cloud;
    return clock_wall_ms();
}

static void cloud_aws_free(struct cloud *cloud)
{
    struct aws_cloud *aws = aws_cloud_of(cloud);
    size_cache_free(aws->sizes);
    arena_release(&aws->asked_arena);
    memory_free(aws);
}

static const struct cloud_ops ops = {
    .ask = ask,
    .act = act,
    .run = run,
    .now_ms = now_ms,
    .wall_ms = wall_ms,
    .free = cloud_aws_free,
};

struct cloud *cloud_aws_new(struct aws_client *client, struct transport *transport)
{
    struct aws_cloud *aws = memory_new(1, sizeof(*aws));
    aws->cloud.ops = &ops;
    aws->client = client;
    aws->transport = transport;
    return &aws->cloud;
}
