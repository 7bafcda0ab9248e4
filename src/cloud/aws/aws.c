/* The real account behind the upper seam. What is asked and acted between two turns of the loop is
 * kept; a flush sorts it, so that what asks the same stands together, and sends it kind by kind.
 *
 * Invariants: a query is in `asked` or in one question on its way, never in both; flushes happen
 * between turns of the loop, never within a `done`. */
#include "cloud/aws/aws.h"

#include "base/limits.h"
#include "base/memory.h"
#include "cloud/aws/account.h"
#include "cloud/order.h"

#include <stdlib.h>

#include "base/banned.h"

static questions_send *const kinds[QUERY_KIND_COUNT] = {
    [QUERY_GROUP] = groups_send,
    [QUERY_SERVICE] = services_send,
    [QUERY_INSTANCES] = instances_send,
    [QUERY_INSTANCE] = instance_send,
    [QUERY_INSTANCE_TASKS] = instance_tasks_send,
    [QUERY_TASK_DEFINITION] = task_sizes_send,
    [QUERY_DAEMONS] = daemons_send,
    [QUERY_CAPACITY_PROVIDER] = capacity_providers_send,
    [QUERY_STATISTIC] = statistics_send,
    [QUERY_HTTP] = http_sources_send,
};

static int compare_asked(const void *a, const void *b)
{
    const struct asked *left = a;
    const struct asked *right = b;
    int order = query_order(left->query, right->query);
    if (order == 0)
        order = (left->order > right->order) - (left->order < right->order);
    return order;
}

/* One question for each run of sorted queries that ask the same. */
static size_t make_questions(struct arena *arena, const struct asked *asked, size_t count,
                             struct question *questions)
{
    struct query **queries = ARENA_ARRAY(arena, struct query *, count);
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        queries[i] = asked[i].query;
        if (i == 0 || query_order(asked[i - 1].query, asked[i].query) != 0)
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
        kinds[kind](cloud, questions + from, i - from);
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
    return transport_wall_ms(aws_cloud_of(cloud)->transport);
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
