/* A cloud on a fake account, queries and acts with everything filled in, and what came of them. */
#ifndef TESTS_UNIT_CLOUD_FIXTURE_H
#define TESTS_UNIT_CLOUD_FIXTURE_H

#include "unit.h"

#include "aws_environment.h"
#include "cloud/aws/aws.h"
#include "fake_account.h"

struct fixture {
    struct fake_account account;
    struct aws_client *client;
    struct cloud *cloud;
    struct arena arena;
    struct call_log log;
};

static inline void fixture_init(struct fixture *f)
{
    struct error err = ERROR_INIT;
    memset(f, 0, sizeof(*f));
    aws_environment_clear();
    aws_environment_set("AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI "
                        "AWS_REGION=eu-west-1");
    account_init(&f->account);
    struct aws_client_options options = {.transport = &f->account.base, .retry_jitter_fixed = true};
    if (aws_client_new(&options, &f->client, &err) != E_OK)
        fail_msg("%s", err.message);
    f->cloud = cloud_aws_new(f->client, &f->account.base);
    f->cloud->log = &f->log;
}

static inline void fixture_release(struct fixture *f)
{
    cloud_free(f->cloud);
    aws_client_free(f->client);
    transport_free(&f->account.base);
    arena_release(&f->arena);
    arena_release(&f->log.arena);
}

static inline void fixture_run(struct fixture *f)
{
    cloud_run(f->cloud, cloud_now_ms(f->cloud) + 3600 * 1000);
}

static inline void fixture_query_done(struct query *query)
{
    int *deliveries = query->context;
    (*deliveries)++;
}

static inline void fixture_act_done(struct act *act)
{
    int *deliveries = act->context;
    (*deliveries)++;
}

/* A query of that kind, in cluster "shop"; not asked yet. */
static inline struct query *fixture_query(struct fixture *f, enum query_kind kind, const char *name)
{
    struct query *query = ARENA_NEW(&f->arena, struct query);
    query->kind = kind;
    query->arena = &f->arena;
    query->region = STR("eu-west-1");
    query->cluster = STR("shop");
    query->name = str_from(name);
    struct dimension_definition *dimension = ARENA_NEW(&f->arena, struct dimension_definition);
    dimension->name = (struct text){.value = STR("ClusterName"), .shown = STR("ClusterName")};
    dimension->value = (struct text){.value = STR("shop"), .shown = STR("shop")};
    query->statistic = (struct statistic_query){
        .namespace_ = STR("AWS/ECS"),
        .metric_name = str_from(name),
        .dimensions = dimension,
        .dimension_count = 1,
        .statistic = STR("Average"),
        .period_s = 300,
        .start_ms = 1764000000000,
        .end_ms = 1764000900000,
    };
    query->done = fixture_query_done;
    query->context = ARENA_NEW(&f->arena, int);
    if (kind == QUERY_HTTP) {
        struct http_source_definition *http = ARENA_NEW(&f->arena, struct http_source_definition);
        http->url =
            (struct text){.value = STR("http://me:hunter2@rabbit.example/api?token=hunter2"),
                          .shown = STR("http://rabbit.example/api")};
        http->timeout_ms = 10000;
        query->http = http;
    }
    return query;
}

static inline struct query *fixture_ask(struct fixture *f, enum query_kind kind, const char *name)
{
    struct query *query = fixture_query(f, kind, name);
    cloud_ask(f->cloud, query);
    return query;
}

static inline struct act *fixture_act(struct fixture *f, enum action_kind kind)
{
    struct action *action = ARENA_NEW(&f->arena, struct action);
    struct act *act = ARENA_NEW(&f->arena, struct act);
    *action = (struct action){.kind = kind,
                              .instance_id = STR("i-0001"),
                              .instance_arn = STR(ACCOUNT_ARN "container-instance/shop/0001"),
                              .decrement = true,
                              .from = 3,
                              .to = 4,
                              .to_min = 1,
                              .to_max = 9};
    *act = (struct act){.arena = &f->arena,
                        .region = STR("eu-west-1"),
                        .cluster = STR("shop"),
                        .group = STR("fleet & co"),
                        .service = STR("worker"),
                        .action = action,
                        .outcome = ARENA_NEW(&f->arena, struct outcome),
                        .done = fixture_act_done,
                        .context = ARENA_NEW(&f->arena, int)};
    cloud_act(f->cloud, act);
    return act;
}

static inline int fixture_deliveries(const struct query *query)
{
    return *(const int *)query->context;
}

/* Calls of that operation in the log, and the greatest depth among them. */
static inline int fixture_calls(const struct fixture *f, const char *operation, int *depth)
{
    int count = 0;
    int deepest = 0;
    for (size_t i = 0; i < f->log.calls.count; i++) {
        const struct call_record *call = &f->log.calls.items[i];
        if (!str_eq(call->operation, str_from(operation)))
            continue;
        count++;
        if (call->depth > deepest)
            deepest = call->depth;
    }
    if (depth != NULL)
        *depth = deepest;
    return count;
}

#endif
