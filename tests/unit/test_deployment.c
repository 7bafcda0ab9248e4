/* Deploying without AWS: schedules, variables, and what compare makes of wanted and observed. */
#include "unit.h"

#include "base/base64.h"
#include "base/limits.h"
#include "lambda/deployment.h"
#include "lambda/deployment_parts.h"
#include "lambda/schedule.h"

#include <stdlib.h>

static const struct {
    const char *text;
    const char *expected; /* NULL: refused */
} rates[] = {
    {"1 minute", "rate(1 minute)"},
    {"5 minutes", "rate(5 minutes)"},
    {"rate(5 minutes)", "rate(5 minutes)"},
    {" 12 hours ", "rate(12 hours)"},
    {"1 day", "rate(1 day)"},
    {"5  minutes", "rate(5 minutes)"},
    {"05 minutes", "rate(5 minutes)"},
    {"1 minutes", NULL},
    {"5 minute", NULL},
    {"0 minutes", NULL},
    {"-5 minutes", NULL},
    {"+5 minutes", NULL},
    {"5m", NULL},
    {"5", NULL},
    {"", NULL},
    {"minutes", NULL},
    {"1.5 hours", NULL},
    {"2 weeks", NULL},
    {"5 MINUTES", NULL},
    {"99999999999 minutes", NULL},
    {"rate(5 minutes", NULL},
};

static const struct {
    const char *text;
    const char *expected;
} crons[] = {
    {"0/10 8-18 ? * MON-FRI *", "cron(0/10 8-18 ? * MON-FRI *)"},
    {"cron(0 12 * * ? *)", "cron(0 12 * * ? *)"},
    {"  15   10 ? *  6L 2019-2022 ", "cron(15 10 ? * 6L 2019-2022)"},
    {"0 8 1 * ? *", "cron(0 8 1 * ? *)"},
    {"0 18 ? jan,Feb mon-Fri *", "cron(0 18 ? jan,Feb mon-Fri *)"},
    {"*/15 * L * ? *", "cron(*/15 * L * ? *)"},
    {"0 9 3W * ? *", "cron(0 9 3W * ? *)"},
    {"0 9 LW * ? *", "cron(0 9 LW * ? *)"},
    {"0 9 ? * 3#2 *", "cron(0 9 ? * 3#2 *)"},
    {"1,2,3-5,10/5 * * * ? *", "cron(1,2,3-5,10/5 * * * ? *)"},
    {"0 9 ? * FRI-MON *", "cron(0 9 ? * FRI-MON *)"},
    {"* * * * *", NULL},
    {"* * * * ? * *", NULL},
    {"", NULL},
    {"* * * * * *", NULL}, /* one day field has to be '?' */
    {"* * ? * ? *", NULL},
    {"60 * * * ? *", NULL},
    {"* 24 * * ? *", NULL},
    {"* * 0 * ? *", NULL},
    {"* * 32 * ? *", NULL},
    {"* * * 13 ? *", NULL},
    {"* * * FOO ? *", NULL},
    {"* * ? * 0 *", NULL},
    {"* * ? * 8 *", NULL},
    {"* * ? * 3#6 *", NULL},
    {"* * * * ? 1969", NULL},
    {"* * * * ? 2200", NULL},
    {"? * * * ? *", NULL},
    {"L * * * ? *", NULL},
    {"*/0 * * * ? *", NULL},
    {"1, * * * ? *", NULL},
    {"1-  * * * ? *", NULL},
    {"+5 * * * ? *", NULL},
    {"cron(0 12 * * ? *", NULL},
};

static void schedules(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    for (size_t i = 0; i < ARRAY_LEN(rates) + ARRAY_LEN(crons); i++) {
        bool is_rate = i < ARRAY_LEN(rates);
        size_t k = is_rate ? i : i - ARRAY_LEN(rates);
        const char *text = is_rate ? rates[k].text : crons[k].text;
        const char *expected = is_rate ? rates[k].expected : crons[k].expected;
        struct str out = STR("untouched");
        struct error err = ERROR_INIT;
        enum error_code code = is_rate ? schedule_from_rate(&arena, str_from(text), &out, &err)
                                       : schedule_from_cron(&arena, str_from(text), &out, &err);
        print_message("%s: %s\n", text, err.message);
        assert_int_equal(code == E_OK, expected != NULL);
        assert_str(out, expected != NULL ? expected : "untouched");
        assert_true(code == E_OK || err.message[0] != '\0');
    }
}

static void env_files(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct env_file file;
    struct error err = ERROR_INIT;
    setenv("FROM_OUTSIDE", "outer", 1);
    unsetenv("NOWHERE");
    const char text[] =
        "\xEF\xBB\xBF# access.txt\n\n  \t\nA=1\n  B=two words \n#C=3\nD=\"q\"=#x\r\n"
        "EMPTY=\nFROM_OUTSIDE\nNOWHERE\nA=again";
    assert_int_equal(env_file_parse(&arena, STR("f"), str_from(text), &file, &err), E_OK);
    assert_int_equal(file.variables.count, 5);
    assert_str(env_file_find(&file, STR("A"))->value, "again");
    assert_str(env_file_find(&file, STR("B"))->value, "two words ");
    assert_str(env_file_find(&file, STR("D"))->value, "\"q\"=#x");
    assert_str(env_file_find(&file, STR("EMPTY"))->value, "");
    assert_str(env_file_find(&file, STR("FROM_OUTSIDE"))->value, "outer");
    assert_null(env_file_find(&file, STR("NOWHERE")));
    static const char *const wrong[] = {"A=1\n=secret", "A=1\nB C=secret", "A=1\nB=\xFFsecret"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_equal(env_file_parse(&arena, STR("f"), str_from(wrong[i]), &file, &err),
                         E_SYNTAX);
        assert_string_equal(err.where, "f:2");
        assert_null(strstr(err.message, "secret"));
    }
}

static enum error_code complete(struct arena *arena, const char *env, const char *used,
                                struct variables *variables, struct error *err)
{
    struct env_file *file = ARENA_NEW(arena, struct env_file);
    assert_int_equal(env_file_parse(arena, STR("f"), str_from(env), file, err), E_OK);
    variables_begin(variables, arena, file);
    struct str rest = str_from(used);
    struct str name;
    while (str_split(&rest, ' ', &name) && name.len > 0) {
        struct str value = STR_NONE;
        (void)variables_lookup(variables, name, &value);
    }
    return variables_complete(variables, err);
}

static void variables(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct variables found;
    struct error err = ERROR_INIT;
    struct buf json CLEANUP(buf_release) = BUF_INIT(4096);
    struct json_writer w = JSON_WRITER(&json, 0);
    setenv("USER_NAME", "outer", 1);
    unsetenv("GONE");
    unsetenv("LOST");
    setenv("AWS_REGION", "eu-west-1", 1);
    const char env[] = "PASSWORD=p\nLOG_LEVEL=warning\nAWS_ACCESS_KEY_ID=a\nAWS_ENDPOINT_URL=u\n";
    assert_int_equal(complete(&arena, env, "USER_NAME PASSWORD USER_NAME AWS_REGION", &found, &err),
                     E_OK);
    variables_write(&found, &w);
    assert_str(buf_str(&json),
               "{\"LOG_LEVEL\": \"warning\", \"PASSWORD\": \"p\", \"USER_NAME\": \"outer\"}");
    assert_string_equal(variables_log_level(&found), "WARN");
    assert_int_equal(complete(&arena, env, "GONE PASSWORD LOST GONE", &found, &err), E_MISSING);
    assert_non_null(strstr(err.message, "2 variables that are not set: GONE, LOST;"));
    assert_int_equal(complete(&arena, "a-b=1", "", &found, &err), E_SYNTAX);
    assert_int_equal(complete(&arena, "_A=1", "", &found, &err), E_SYNTAX);
    assert_int_equal(complete(&arena, "", "", &found, &err), E_OK);
    assert_string_equal(variables_log_level(&found), "INFO");
    unsetenv("AWS_REGION");
}

/* What AWS says of a call may hold what the call did. */
static void variables_concealed(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct variables found;
    struct error err = ERROR_INIT;
    assert_int_equal(complete(&arena, "PASSWORD=hunter2000\nON=1\n", "PASSWORD", &found, &err),
                     E_OK);
    error_set(&err, E_CLIENT, "1 error: Value '{PASSWORD=hunter2000, ON=1}' at 'environment'");
    variables_conceal(&found, &err);
    assert_string_equal(err.message,
                        "1 error: Value '{PASSWORD=%(PASSWORD), ON=1}' at 'environment'");
    error_set(&err, E_CLIENT, "hunter2000 twice hunter2000: Value '{PASSWORD=hunter");
    variables_conceal(&found, &err);
    assert_string_equal(err.message, "%(PASSWORD) twice %(PASSWORD): Value '{PASSWORD=");
    error_set(&err, E_CLIENT, "nothing of it");
    variables_conceal(&found, &err);
    assert_string_equal(err.message, "nothing of it");
}

static void variables_over_the_limit(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct buf env CLEANUP(buf_release) = BUF_INIT(65536);
    struct variables found;
    struct error err = ERROR_INIT;
    /* {"AA":"…"} is nine bytes longer than its value. */
    for (size_t bytes = LIMIT_FUNCTION_VARIABLES_BYTES - 9; bytes < 4090; bytes++) {
        buf_clear(&env);
        buf_addf(&env, "AA=%0*d", (int)bytes, 0);
        enum error_code code = complete(&arena, buf_cstr(&env), "", &found, &err);
        assert_int_equal(code, bytes + 9 <= LIMIT_FUNCTION_VARIABLES_BYTES ? E_OK : E_LIMIT);
    }
    assert_non_null(strstr(err.message, "AA 409"));
    assert_null(strstr(err.message, "000000"));
}

static void base64_both_ways(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"\xFF\xFE\xFD", "//79"}};
    static const char *const wrong[] = {
        "Z", "Zg=", "Zg", "Z===", "Zg==Zg==", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "===="};
    struct buf out CLEANUP(buf_release) = BUF_INIT(20000);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf_clear(&out);
        base64_encode(str_from(rows[i][0]), &out);
        assert_str(buf_str(&out), rows[i][1]);
        buf_clear(&out);
        assert_true(base64_decode(str_from(rows[i][1]), &out));
        assert_str(buf_str(&out), rows[i][0]);
    }
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(base64_decode(str_from(wrong[i]), &out));
    struct buf text CLEANUP(buf_release) = BUF_INIT(20000);
    char bytes[9001];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 7);
    base64_encode((struct str){bytes, sizeof(bytes)}, &text);
    buf_clear(&out);
    assert_true(base64_decode(buf_str(&text), &out));
    assert_int_equal(out.len, sizeof(bytes));
    assert_memory_equal(out.ptr, bytes, sizeof(bytes));
}

/* A wanted state and, as JSON, what AWS shows once it is reached. */
struct world {
    struct arena arena;
    struct env_file env_file;
    struct variables variables;
    struct deployment_wanted wanted;
    struct deployment_observed observed;
    json_t *documents[4];
};

static json_t *document(struct world *world, size_t index, const char *text)
{
    assert_int_equal(json_parse(str_from(text), &world->documents[index], NULL), E_OK);
    return world->documents[index];
}

static void world_make(struct world *world)
{
    struct error err = ERROR_INIT;
    *world = (struct world){.arena = ARENA_INIT};
    assert_int_equal(env_file_parse(&world->arena, STR("f"), STR("PASSWORD=new\nAA=1\n"),
                                    &world->env_file, &err),
                     E_OK);
    variables_begin(&world->variables, &world->arena, &world->env_file);
    assert_int_equal(variables_complete(&world->variables, &err), E_OK);
    world->wanted = (struct deployment_wanted){
        .names = {.name = STR("n"),
                  .region = STR("r"),
                  .account = STR("1"),
                  .partition = STR("aws"),
                  .function_arn = STR("arn:f"),
                  .log_group = STR("/aws/lambda/n"),
                  .role = STR("n-r"),
                  .role_arn = STR("arn:role"),
                  .rule = STR("n"),
                  .rule_arn = STR("arn:rule")},
        .schedule = STR("rate(5 minutes)"),
        .memory_mb = 128,
        .timeout_s = 60,
        .arch = "x86_64",
        .variables = &world->variables,
        .policy = STR("{\"Statement\":[{\"Action\":[\"ecs:A\",\"ecs:B\"]}]}"),
        .zip = STR("zip"),
        .sha256 = STR("digest"),
    };
    world->observed = (struct deployment_observed){
        .log_group = OWNED_BY_US,
        .retention_days = DEPLOYMENT_RETENTION_DAYS,
        .role = OWNED_BY_US,
        .role_created_ms = 1000,
        .trust = document(world, 0, deployment_trust),
        .policy = document(world, 1, "{\"Statement\":[{\"Action\":[\"ecs:A\",\"ecs:B\"]}]}"),
        .function = OWNED_BY_US,
        .configuration =
            document(world, 2,
                     "{\"CodeSha256\":\"digest\",\"Architectures\":[\"x86_64\"],\"MemorySize\":128,"
                     "\"Timeout\":60,\"Runtime\":\"provided.al2023\",\"Handler\":\"bootstrap\","
                     "\"Role\":\"arn:role\",\"Description\":\"" DEPLOYMENT_DESCRIPTION "\","
                     "\"PackageType\":\"Zip\",\"LastModified\":\"2026-11-24T03:28:00.123+0000\","
                     "\"LoggingConfig\":{\"LogFormat\":\"JSON\",\"ApplicationLogLevel\":\"INFO\","
                     "\"LogGroup\":\"/aws/lambda/n\"},"
                     "\"Environment\":{\"Variables\":{\"PASSWORD\":\"new\",\"AA\":\"1\"}}}"),
        .concurrency = 1,
        .permission =
            document(world, 3,
                     "{\"Sid\":\"ecs-autoscale-schedule\",\"Effect\":\"Allow\","
                     "\"Action\":\"lambda:InvokeFunction\",\"Principal\":{\"Service\":"
                     "\"events.amazonaws.com\"},\"Condition\":{\"ArnLike\":{\"AWS:SourceArn\":"
                     "\"arn:rule\"}}}"),
        .rule = OWNED_BY_US,
        .schedule = STR("rate(5 minutes)"),
        .rule_is_enabled = true,
        .has_target = true,
    };
}

static void world_release(struct world *world)
{
    for (size_t i = 0; i < ARRAY_LEN(world->documents); i++)
        json_decref(world->documents[i]);
    arena_release(&world->arena);
}

/* "function: memory 128 MB → 256 MB; rule: …" of the steps that are to be done. */
static struct str told(struct world *world, struct step_plan *plan)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(8192);
    deployment_compare(&world->arena, &world->wanted, &world->observed, plan);
    for (size_t i = 0; i < STEP_COUNT; i++) {
        const struct step *step = &plan->steps[i];
        if (step->action == STEP_IS_RIGHT)
            continue;
        buf_addf(&text, "%s%s %s:", text.len > 0 ? "; " : "",
                 step->action == STEP_CREATES ? "create" : "change", step_noun(step->kind));
        for (size_t k = 0; k < step->changes.count; k++)
            buf_addf(&text, "%s %s '%.*s' to '%.*s'", k > 0 ? "," : "", step->changes.items[k].what,
                     STR_ARG(step->changes.items[k].from), STR_ARG(step->changes.items[k].to));
    }
    return arena_str(&world->arena, buf_str(&text));
}

static void nothing_to_do(void **state)
{
    (void)state;
    struct world world CLEANUP(world_release);
    struct step_plan plan;
    world_make(&world);
    assert_str(told(&world, &plan), "");
    assert_int_equal(plan.change_count, 0);
    assert_int_equal(plan.refusals.count, 0);
}

static void nothing_there(void **state)
{
    (void)state;
    struct world world CLEANUP(world_release);
    struct step_plan plan;
    world_make(&world);
    world.observed = (struct deployment_observed){.concurrency = -1};
    struct str text = told(&world, &plan);
    assert_int_equal(plan.change_count, STEP_COUNT);
    for (size_t i = 0; i < STEP_COUNT; i++)
        assert_int_equal(plan.steps[i].action, STEP_CREATES);
    assert_true(str_find_str(text, STR("variables added '' to 'AA, PASSWORD'")) < text.len);
    world.wanted.is_unreserved = true;
    told(&world, &plan);
    assert_int_equal(plan.change_count, STEP_COUNT - 1);
}

static void differences(void **state)
{
    (void)state;
    struct world world CLEANUP(world_release);
    struct step_plan plan;
    world_make(&world);
    json_t *variables =
        json_object_get(json_object_get(world.documents[2], "Environment"), "Variables");
    world.wanted.memory_mb = 256;
    world.wanted.sha256 = STR("other");
    json_object_set_new(variables, "PASSWORD", json_string("old"));
    json_object_set_new(variables, "EXTRA", json_string("x"));
    json_object_del(variables, "AA");
    struct str text = told(&world, &plan);
    assert_str(text, "change function: package 'digest' to 'other', memory '128 MB' to '256 MB', "
                     "variables added '' to 'AA', variables changed '' to 'PASSWORD', variables "
                     "removed '' to 'EXTRA'");
    assert_int_equal(plan.steps[STEP_FUNCTION].work, WORK_CODE | WORK_SETTINGS);
}

static void a_role_that_was_made_anew(void **state)
{
    (void)state;
    struct world world CLEANUP(world_release);
    struct step_plan plan;
    world_make(&world);
    world.observed.role_created_ms = INT64_C(1795491000000); /* 2026-11-24T04:10:00Z */
    assert_str(told(&world, &plan), "change function: role 'one that is gone' to 'arn:role'");
}

static void policies(void **state)
{
    (void)state;
    struct world world CLEANUP(world_release);
    struct step_plan plan;
    world_make(&world);
    world.wanted.policy = STR("{\"Statement\":[{\"Action\":[\"ecs:B\",\"ecs:C\"]}]}");
    assert_str(told(&world, &plan), "change policy: actions 'ecs:A' to 'ecs:C'");
    world.wanted.policy =
        STR("{\"Statement\":[{\"Action\":[\"ecs:A\",\"ecs:B\"],\"Resource\":\"*\"}]}");
    assert_str(told(&world, &plan),
               "change policy: resources 'others' to 'those of the definitions'");
}

static void whose_it_is(void **state)
{
    (void)state;
    struct world world CLEANUP(world_release);
    struct step_plan plan;
    world_make(&world);
    world.observed.function = OWNED_BY_OTHERS;
    world.observed.rule = OWNED_BY_OTHERS;
    told(&world, &plan);
    assert_int_equal(plan.refusals.count, 2);
    world.wanted.adopt = true;
    told(&world, &plan);
    assert_int_equal(plan.refusals.count, 0);
    assert_int_equal(plan.steps[STEP_FUNCTION].work, WORK_TAG);
    assert_int_equal(plan.steps[STEP_RULE].work, WORK_TAG);
    json_object_set_new(world.documents[2], "PackageType", json_string("Image"));
    told(&world, &plan);
    assert_int_equal(plan.refusals.count, 1); /* that cannot be adopted */
    struct removal_plan removals;
    deployment_removals(&world.wanted.names, &world.observed, &removals);
    assert_int_equal(removals.count, 4);
    assert_int_equal(removals.ours_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules),
        cmocka_unit_test(env_files),
        cmocka_unit_test(variables),
        cmocka_unit_test(variables_concealed),
        cmocka_unit_test(variables_over_the_limit),
        cmocka_unit_test(base64_both_ways),
        cmocka_unit_test(nothing_to_do),
        cmocka_unit_test(nothing_there),
        cmocka_unit_test(differences),
        cmocka_unit_test(policies),
        cmocka_unit_test(whose_it_is),
        cmocka_unit_test(a_role_that_was_made_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
