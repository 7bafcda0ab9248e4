/* ECS facts that take a list: container instances, DAEMON services, tasks on an instance. */
#include "cloud/aws/ecs_operations.h"
#include "cloud/aws/survey.h"

#include <stdlib.h>

#include "base/banned.h"

/* Container instances: listed without a filter, that is in every status. */

static enum error_code take_instance(struct survey *survey, const struct item *item,
                                     struct error *err)
{
    struct instance_facts facts;
    enum error_code code = ecs_read_instance(item, &survey->arena, &facts, err);
    if (code == E_OK)
        *VEC_ADD(&survey->arena, &survey->instances) = facts;
    return code;
}

static int compare_instances(const void *a, const void *b)
{
    const struct instance_facts *left = a;
    const struct instance_facts *right = b;
    int order = str_compare(left->ec2_id, right->ec2_id);
    return order != 0 ? order : str_compare(left->arn, right->arn);
}

/* A list that changes while it is read may name an instance on two pages. */
static void sort_instances(struct survey *survey)
{
    struct instance_facts *items = survey->instances.items;
    size_t kept = 0;
    if (survey->instances.count > 0)
        qsort(items, survey->instances.count, sizeof(*items), compare_instances);
    for (size_t i = 0; i < survey->instances.count; i++) {
        if (kept == 0 || !str_eq(items[kept - 1].arn, items[i].arn))
            items[kept++] = items[i];
    }
    survey->instances.count = kept;
}

static void fill_instances(const struct survey *survey, struct query *query)
{
    size_t count = survey->instances.count;
    struct instance_facts *items = ARENA_ARRAY(query->arena, struct instance_facts, count);
    for (size_t i = 0; i < count; i++) {
        items[i] = survey->instances.items[i];
        items[i].arn = arena_str(query->arena, items[i].arn);
        items[i].ec2_id = arena_str(query->arena, items[i].ec2_id);
        items[i].capacity_provider = arena_str(query->arena, items[i].capacity_provider);
    }
    query->fact = FACT_OF_PRESENT;
    query->instances =
        (struct instances_facts){.fact = FACT_OF_PRESENT, .items = items, .count = count};
}

static const struct survey_kind instances_kind = {
    .list = &ecs_list_container_instances,
    .arns = "containerInstanceArns",
    .asked = "containerInstances",
    .rounds = 1,
    .describe = &ecs_describe_container_instances,
    .described = &ecs_instances,
    .max = ECS_DESCRIBE_INSTANCES_MAX,
    .take = take_instance,
    .sort = sort_instances,
    .fill = fill_instances,
};

/* DAEMON services. */

static void filter_daemons(const struct survey *survey, struct json_writer *w)
{
    (void)survey;
    jsonw_key(w, "schedulingStrategy"), jsonw_cstr(w, "DAEMON");
}

static enum error_code take_daemon(struct survey *survey, const struct item *item,
                                   struct error *err)
{
    struct daemon_facts facts;
    bool counts = false;
    enum error_code code = ecs_read_daemon(item, &survey->arena, &counts, &facts, err);
    if (code == E_OK && counts)
        *VEC_ADD(&survey->arena, &survey->daemons) = facts;
    return code;
}

static int compare_daemons(const void *a, const void *b)
{
    const struct daemon_facts *left = a;
    const struct daemon_facts *right = b;
    return str_compare(left->name, right->name);
}

static void sort_daemons(struct survey *survey)
{
    struct daemon_facts *items = survey->daemons.items;
    size_t kept = 0;
    if (survey->daemons.count > 0)
        qsort(items, survey->daemons.count, sizeof(*items), compare_daemons);
    for (size_t i = 0; i < survey->daemons.count; i++) {
        if (kept == 0 || !str_eq(items[kept - 1].name, items[i].name))
            items[kept++] = items[i];
    }
    survey->daemons.count = kept;
}

static void fill_daemons(const struct survey *survey, struct query *query)
{
    size_t count = survey->daemons.count;
    struct daemon_facts *items = ARENA_ARRAY(query->arena, struct daemon_facts, count);
    for (size_t i = 0; i < count; i++) {
        items[i].name = arena_str(query->arena, survey->daemons.items[i].name);
        items[i].task_definition =
            arena_str(query->arena, survey->daemons.items[i].task_definition);
    }
    query->fact = FACT_OF_PRESENT;
    query->daemons =
        (struct daemons_facts){.fact = FACT_OF_PRESENT, .items = items, .count = count};
}

static const struct survey_kind daemons_kind = {
    .list = &ecs_list_services,
    .arns = "serviceArns",
    .asked = "services",
    .rounds = 1,
    .write_filter = filter_daemons,
    .describe = &ecs_describe_services,
    .described = &ecs_services,
    .max = ECS_DESCRIBE_SERVICES_MAX,
    .take = take_daemon,
    .sort = sort_daemons,
    .fill = fill_daemons,
};

/* Tasks on an instance. Those that ECS wants stopped are in a list of their own and may still run.
 * A task only ever moves from the first list to the second: read in that order, one after the
 * other, it is in one of them at least. */

static void filter_tasks(const struct survey *survey, struct json_writer *w)
{
    jsonw_key(w, "containerInstance"), jsonw_str(w, survey->question.name);
    jsonw_key(w, "desiredStatus"), jsonw_cstr(w, survey->round == 0 ? "RUNNING" : "STOPPED");
}

static enum error_code take_task(struct survey *survey, const struct item *item, struct error *err)
{
    bool counts = false;
    struct str arn = STR_NONE;
    enum error_code code = ecs_read_task(item, survey->question.name, &counts, err);
    if (code == E_OK && counts)
        code = item_str(item, "taskArn", &arn, err);
    if (code == E_OK && counts)
        *VEC_ADD(&survey->arena, &survey->tasks) = arena_str(&survey->arena, arn);
    return code;
}

static int compare_texts(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void sort_tasks(struct survey *survey)
{
    struct str *items = survey->tasks.items;
    size_t kept = 0;
    if (survey->tasks.count > 0)
        qsort(items, survey->tasks.count, sizeof(*items), compare_texts);
    for (size_t i = 0; i < survey->tasks.count; i++) {
        if (kept == 0 || !str_eq(items[kept - 1], items[i]))
            items[kept++] = items[i];
    }
    survey->tasks.count = kept;
}

static void fill_tasks(const struct survey *survey, struct query *query)
{
    query->fact = FACT_OF_PRESENT;
    query->tasks = (int64_t)survey->tasks.count;
}

static const struct survey_kind tasks_kind = {
    .list = &ecs_list_tasks,
    .arns = "taskArns",
    .asked = "tasks",
    .rounds = 2,
    .write_filter = filter_tasks,
    .describe = &ecs_describe_tasks,
    .described = &ecs_tasks,
    .max = ECS_DESCRIBE_TASKS_MAX,
    .take = take_task,
    .sort = sort_tasks,
    .fill = fill_tasks,
};

static void start_all(const struct survey_kind *kind, struct aws_cloud *cloud,
                      const struct question *questions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        survey_start(kind, cloud, &questions[i]);
}

void instances_send(struct aws_cloud *cloud, const struct question *questions, size_t count)
{
    start_all(&instances_kind, cloud, questions, count);
}

void daemons_send(struct aws_cloud *cloud, const struct question *questions, size_t count)
{
    start_all(&daemons_kind, cloud, questions, count);
}

void instance_tasks_send(struct aws_cloud *cloud, const struct question *questions, size_t count)
{
    start_all(&tasks_kind, cloud, questions, count);
}
