/* Questions, and how their queries are delivered. */
#include "cloud/aws/account.h"

#include <stdio.h>

#include "base/banned.h"

struct question question_copy(struct arena *arena, const struct question *question)
{
    struct question copy = *question;
    copy.queries = ARENA_ARRAY(arena, struct query *, question->count);
    for (size_t i = 0; i < question->count; i++)
        copy.queries[i] = question->queries[i];
    copy.name = arena_str(arena, question->name);
    return copy;
}

struct str question_cluster(const struct question *question)
{
    struct str cluster = question->queries[0]->cluster;
    for (size_t i = 1; i < question->count; i++) {
        if (!str_eq(question->queries[i]->cluster, cluster))
            return STR_NONE;
    }
    return cluster;
}

void question_answer(struct aws_cloud *cloud, const struct question *question, int depth,
                     void (*fill)(void *context, struct query *query), void *context)
{
    for (size_t i = 0; i < question->count; i++) {
        struct query *query = question->queries[i];
        fill(context, query);
        cloud->depth = depth;
        query->done(query);
        cloud->depth = 0;
    }
}

static void fill_failure(void *context, struct query *query)
{
    query_fail(query, context);
}

void question_fail(struct aws_cloud *cloud, const struct question *question, int depth,
                   const struct error *err)
{
    struct error copy = *err;
    question_answer(cloud, question, depth, fill_failure, &copy);
}

void operation_where(struct error *err, const struct aws_operation *operation)
{
    if (err->where[0] == '\0')
        error_where(err, "%s %s", operation->service->name, operation->name);
}

void explain_cluster(struct error *err, struct str cluster, struct str region)
{
    if (!str_eq(str_from(err->aws_code), STR("ClusterNotFoundException")))
        return;
    err->code = E_MISSING;
    snprintf(err->message, sizeof(err->message), "no cluster '%.*s' in region '%.*s'",
             STR_ARG(cluster), STR_ARG(region));
}

struct str account_region_shown(const struct aws_cloud *cloud, struct str region)
{
    return region.len > 0 ? region : aws_client_region(cloud->client);
}
