/* ECS facts that are asked for by name: services, single container instances, capacity providers.
 */
#include "cloud/aws/batch.h"
#include "cloud/aws/ecs_answers.h"
#include "cloud/aws/ecs_operations.h"

#include "base/banned.h"

static bool is_same_cluster(const struct query *a, const struct query *b)
{
    return str_eq(a->region, b->region) && str_eq(a->cluster, b->cluster);
}

static bool is_same_region(const struct query *a, const struct query *b)
{
    return str_eq(a->region, b->region);
}

static void write_names(const struct batch *batch, struct buf *body, const char *member,
                        struct str cluster)
{
    struct json_writer w = JSON_WRITER(body, 0);
    jsonw_object_begin(&w);
    if (cluster.len > 0)
        jsonw_key(&w, "cluster"), jsonw_str(&w, cluster);
    jsonw_key(&w, member);
    jsonw_array_begin(&w);
    /* Paging wants the same names again: those that were found are asked for, too. */
    for (size_t i = 0; i < batch->count; i++)
        jsonw_str(&w, batch->questions[i].name);
    jsonw_array_end(&w);
    if (batch->paging.token.len > 0)
        jsonw_key(&w, "nextToken"), jsonw_str(&w, batch->paging.token);
    jsonw_object_end(&w);
}

static enum error_code read_token(const struct aws_answer *answer, struct str *token,
                                  struct error *err)
{
    return ecs_read_token(answer->json, token, err);
}

/* Describe calls by name have one page. */
static enum error_code no_token(const struct aws_answer *answer, struct str *token,
                                struct error *err)
{
    (void)answer;
    (void)token;
    (void)err;
    return E_OK;
}

static void end_of_names(const struct batch *batch, size_t index, struct query *query)
{
    struct error err = ERROR_INIT;
    (void)index;
    error_set(&err, E_PROTOCOL, "the answer says nothing about '%.*s'", STR_ARG(query->name));
    batch_fail(batch, query, &err);
}

/* Finds the query's object; where there is none, the query is filled with why and false given. */
static bool find(const struct batch *batch, size_t index, struct query *query,
                 const struct aws_answer *answer, const struct ecs_described *kind,
                 struct item *item)
{
    struct error err = ERROR_INIT;
    enum error_code code = ecs_find(answer->json, kind, query->name, index, item, &err);
    if (code == E_OK)
        return true;
    if (code == E_MISSING)
        query_miss(query, arena_printf(query->arena, "no %s '%.*s' in cluster '%.*s'", kind->noun,
                                       STR_ARG(ecs_name(query->name)), STR_ARG(query->cluster)));
    else
        batch_fail(batch, query, &err);
    return false;
}

static void write_services(const struct batch *batch, struct buf *body)
{
    write_names(batch, body, "services", batch->cluster);
}

static bool read_service(const struct batch *batch, size_t index, struct query *query,
                         const struct aws_answer *answer)
{
    struct item item;
    struct error err = ERROR_INIT;
    if (!find(batch, index, query, answer, &ecs_services, &item))
        return true;
    if (ecs_read_service(&item, query->arena, &query->service, &err) != E_OK) {
        batch_fail(batch, query, &err);
        return true;
    }
    query->fact = FACT_OF_PRESENT;
    query->service.fact = FACT_OF_PRESENT;
    return true;
}

void services_send(struct aws_cloud *cloud, const struct question *questions, size_t count)
{
    static const struct batch_kind kind = {
        .operation = &ecs_describe_services,
        .max = ECS_DESCRIBE_SERVICES_MAX,
        .is_together = is_same_cluster,
        .write = write_services,
        .read = read_service,
        .end = end_of_names,
        .token = no_token,
    };
    batches_send(&kind, cloud, questions, count);
}

static void write_instances(const struct batch *batch, struct buf *body)
{
    write_names(batch, body, "containerInstances", batch->cluster);
}

static bool read_instance(const struct batch *batch, size_t index, struct query *query,
                          const struct aws_answer *answer)
{
    struct item item;
    struct error err = ERROR_INIT;
    if (!find(batch, index, query, answer, &ecs_instances, &item))
        return true;
    if (ecs_read_instance(&item, query->arena, &query->instance, &err) != E_OK)
        batch_fail(batch, query, &err);
    else
        query->fact = FACT_OF_PRESENT;
    return true;
}

void instance_send(struct aws_cloud *cloud, const struct question *questions, size_t count)
{
    static const struct batch_kind kind = {
        .operation = &ecs_describe_container_instances,
        .max = ECS_DESCRIBE_INSTANCES_MAX,
        .is_together = is_same_cluster,
        .write = write_instances,
        .read = read_instance,
        .end = end_of_names,
        .token = no_token,
    };
    batches_send(&kind, cloud, questions, count);
}

static void write_providers(const struct batch *batch, struct buf *body)
{
    write_names(batch, body, "capacityProviders", STR_NONE);
}

/* Paged, unlike the two above: what this page does not name, the next one may. */
static bool read_provider(const struct batch *batch, size_t index, struct query *query,
                          const struct aws_answer *answer)
{
    struct item item;
    struct error err = ERROR_INIT;
    struct str token = STR_NONE;
    enum error_code code =
        ecs_find(answer->json, &ecs_capacity_providers, query->name, index, &item, &err);
    if (code == E_PROTOCOL && json_get_str(answer->json, "nextToken", &token) && token.len > 0)
        return false;
    if (code == E_OK)
        code = ecs_read_capacity_provider(&item, &query->managed_scaling, &err);
    if (code == E_OK)
        query->fact = FACT_OF_PRESENT;
    else if (code == E_MISSING)
        query_miss(query, arena_printf(query->arena, "no capacity provider '%.*s' in region '%.*s'",
                                       STR_ARG(query->name),
                                       STR_ARG(account_region_shown(batch->cloud, query->region))));
    else
        batch_fail(batch, query, &err);
    return true;
}

void capacity_providers_send(struct aws_cloud *cloud, const struct question *questions,
                             size_t count)
{
    static const struct batch_kind kind = {
        .operation = &ecs_describe_capacity_providers,
        .max = ECS_DESCRIBE_PROVIDERS_MAX,
        .token_name = "nextToken",
        .is_together = is_same_region,
        .write = write_providers,
        .read = read_provider,
        .end = end_of_names,
        .token = read_token,
    };
    batches_send(&kind, cloud, questions, count);
}
