/* cloud/aws/: ECS answers → facts, by tests/tables/aws_answers.txt. */
#include "unit.h"

#include "answers_table.h"
#include "cloud/aws/ecs_answers.h"

static const char instance_arn[] =
    "arn:aws:ecs:eu-west-1:123456789012:container-instance/shop/0a1b";

static enum error_code render_service(struct arena *arena, const json_t *answer, struct buf *out,
                                      struct error *err)
{
    struct item item;
    struct service_facts f;
    enum error_code code = ecs_find(answer, &ecs_services, STR("worker"), 0, &item, err);
    if (code == E_OK)
        code = ecs_read_service(&item, arena, &f, err);
    if (code == E_OK)
        buf_addf(out, "%.*s %.*s %s %s desired %d running %d pending %d %.*s", STR_ARG(f.name),
                 STR_ARG(f.status), scheduling_strategy_name(f.strategy),
                 launch_type_name(f.launch_type), (int)f.desired, (int)f.running, (int)f.pending,
                 STR_ARG(f.task_definition));
    return code;
}

static enum error_code render_instance(struct arena *arena, const json_t *answer, struct buf *out,
                                       struct error *err)
{
    struct item item;
    struct instance_facts f;
    enum error_code code = ecs_find(answer, &ecs_instances, str_from(instance_arn), 0, &item, err);
    if (code == E_OK)
        code = ecs_read_instance(&item, arena, &f, err);
    if (code == E_OK)
        buf_addf(out, "%.*s %s %s %d/%d CPU %d/%d MiB running %d pending %d %.*s",
                 STR_ARG(f.ec2_id), instance_status_name(f.status),
                 f.agent_connected ? "connected" : "disconnected", (int)f.remaining.cpu_units,
                 (int)f.registered.cpu_units, (int)f.remaining.mem_mib, (int)f.registered.mem_mib,
                 (int)f.running, (int)f.pending, STR_ARG(f.capacity_provider));
    return code;
}

static enum error_code render_task_size(struct arena *arena, const json_t *answer, struct buf *out,
                                        struct error *err)
{
    (void)arena;
    struct resources size;
    enum error_code code = ecs_read_task_size(answer, &size, err);
    if (code == E_OK)
        buf_addf(out, "%lld CPU %lld MiB", (long long)size.cpu_units, (long long)size.mem_mib);
    return code;
}

static enum error_code render_daemon(struct arena *arena, const json_t *answer, struct buf *out,
                                     struct error *err)
{
    struct item item;
    struct daemon_facts f;
    bool counts = false;
    enum error_code code = ecs_find(answer, &ecs_services, STR("agent"), 0, &item, err);
    if (code == E_OK)
        code = ecs_read_daemon(&item, arena, &counts, &f, err);
    if (code == E_OK && counts)
        buf_addf(out, "%.*s %.*s", STR_ARG(f.name), STR_ARG(f.task_definition));
    else if (code == E_OK)
        buf_add(out, STR("does not count"));
    return code;
}

static enum error_code render_task(struct arena *arena, const json_t *answer, struct buf *out,
                                   struct error *err)
{
    (void)arena;
    struct item item;
    bool counts = false;
    enum error_code code = ecs_find(answer, &ecs_tasks, STR("task/shop/77aa"), 0, &item, err);
    if (code == E_OK)
        code = ecs_read_task(&item, str_from(instance_arn), &counts, err);
    if (code == E_OK)
        buf_add(out, counts ? STR("counts") : STR("does not count"));
    return code;
}

static enum error_code render_provider(struct arena *arena, const json_t *answer, struct buf *out,
                                       struct error *err)
{
    (void)arena;
    struct item item;
    bool managed = false;
    enum error_code code = ecs_find(answer, &ecs_capacity_providers, STR("fleet"), 0, &item, err);
    if (code == E_OK)
        code = ecs_read_capacity_provider(&item, &managed, err);
    if (code == E_OK)
        buf_add(out, managed ? STR("managed") : STR("not managed"));
    return code;
}

static enum error_code render_arns(struct arena *arena, const json_t *answer, struct buf *out,
                                   struct error *err)
{
    (void)arena;
    const json_t *list = NULL;
    struct str token = STR_NONE;
    enum error_code code = ecs_read_arns(answer, "containerInstanceArns", &list, err);
    if (code == E_OK)
        code = ecs_read_token(answer, &token, err);
    for (size_t i = 0; code == E_OK && i < json_array_size(list); i++)
        buf_addf(out, "%s ", json_string_value(json_array_get(list, i)));
    if (code == E_OK && token.len > 0)
        buf_addf(out, "next %.*s", STR_ARG(token));
    return code;
}

static void render(struct arena *arena, struct str base, struct str answer, struct buf *out)
{
    static const struct {
        const char *base;
        enum error_code (*render)(struct arena *, const json_t *, struct buf *, struct error *);
    } readers[] = {
        {"service", render_service},     {"instance", render_instance},
        {"task_size", render_task_size}, {"task_size_own", render_task_size},
        {"daemon", render_daemon},       {"task", render_task},
        {"arns", render_arns},           {"capacity_provider", render_provider},
    };
    struct error err = ERROR_INIT;
    json_t *json CLEANUP(json_release) = NULL;
    if (json_parse(answer, &json, &err) != E_OK)
        fail_msg("%s in %.*s", err.message, STR_ARG(answer));
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
        if (!str_eq(base, str_from(readers[i].base)))
            continue;
        if (readers[i].render(arena, json, out, &err) != E_OK)
            buf_addf(out, "! %s", err.message);
        return;
    }
    fail_msg("no reader for '%.*s'", STR_ARG(base));
}

static void answers_become_facts(void **state)
{
    (void)state;
    answers_run("aws_answers.txt", "json", render);
}

static void missing_is_told_from_broken(void **state)
{
    (void)state;
    json_t *json CLEANUP(json_release) = NULL;
    struct error err = ERROR_INIT;
    struct item item;
    assert_int_equal(json_parse(STR("{\"services\": [], \"failures\": ["
                                    "{\"arn\": \"service/a\", \"reason\": \"MISSING\"},"
                                    "{\"arn\": \"service/b\", \"reason\": \"OTHER\"}]}"),
                                &json, &err),
                     E_OK);
    assert_int_equal(ecs_find(json, &ecs_services, STR("a"), 0, &item, &err), E_MISSING);
    assert_int_equal(ecs_find(json, &ecs_services, STR("b"), 5, &item, &err), E_CLIENT);
    assert_int_equal(ecs_find(json, &ecs_services, STR("c"), 0, &item, &err), E_PROTOCOL);
}

static void short_and_long_arns_have_one_name(void **state)
{
    (void)state;
    assert_str(ecs_name(STR("arn:aws:ecs:eu-west-1:1:service/shop/web")), "web");
    assert_str(ecs_name(STR("arn:aws:ecs:eu-west-1:1:service/web")), "web");
    assert_str(ecs_name(STR("web")), "web");
    assert_str(ecs_name(STR("web/")), "");
    assert_str(ecs_name(STR_NONE), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_become_facts),
        cmocka_unit_test(missing_is_told_from_broken),
        cmocka_unit_test(short_and_long_arns_have_one_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
