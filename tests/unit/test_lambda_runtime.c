/* lambda/: the margin, metrics and summaries, and the client of the runtime API on a fake
 * transport. The pass that figures are of is made by hand: one cluster with something of
 * everything. */
#include "unit.h"

#include "fake_transport.h"

#include "base/json.h"
#include "base/limits.h"
#include "lambda/metrics.h"
#include "lambda/runtime_api.h"
#include "lambda/runtime_margin.h"
#include "lambda/summary.h"

/* --- the margin --- */

static void learn(struct margin *margin, const char *service, int64_t latency_ms)
{
    struct call_log log = {.arena = ARENA_INIT};
    struct call_record *call = VEC_ADD(&log.arena, &log.calls);
    call->service = str_from(service);
    call->latency_us = latency_ms * 1000;
    margin_learn_calls(margin, &log);
    arena_release(&log.arena);
}

static void the_margin_follows_what_is_measured(void **state)
{
    (void)state;
    struct margin margin = MARGIN_INIT;
    learn(&margin, "ecs", 900);
    assert_int_equal(margin.call_ms, 901); /* up at once */
    learn(&margin, "ecs", 10);
    assert_int_equal(margin.call_ms, 901 - 112); /* down by an eighth */
    learn(&margin, "http", 2500);
    assert_int_equal(margin.call_ms, 789); /* a metric source tells nothing about AWS */
    struct call_log empty = {.arena = ARENA_INIT};
    margin_learn_calls(&margin, &empty);
    assert_int_equal(margin.call_ms, 789);
    learn(&margin, "ecs", 60000);
    assert_int_equal(margin.call_ms, 3000);
    for (int i = 0; i < 100; i++)
        learn(&margin, "ecs", 1);
    assert_int_equal(margin.call_ms, 50);
    margin_learn_answer(&margin, 99999);
    assert_int_equal(margin.answer_ms, 2000);
    for (int i = 0; i < 100; i++)
        margin_learn_answer(&margin, 0);
    assert_int_equal(margin.answer_ms, 50);
}

static void the_margin_leaves_two_thirds(void **state)
{
    (void)state;
    static const struct {
        int64_t call_ms;
        int64_t answer_ms;
        int64_t left_ms;
        int64_t pass_ms;
        int64_t margin_ms;
    } rows[] = {
        {500, 200, 60000, 59800, 1000},
        {50, 50, 60000, 59950, 100},
        {500, 200, 3000, 2834, 834},
        {3000, 2000, 3000, 2750, 750},
        {50, 50, 3000, 2950, 100},
        {500, 200, 0, 0, 0},
        {500, 200, -5, 0, 0},
        {500, 200, 1, 1, 0},
        {500, 200, INT64_MAX, 900000 - 200, 1000},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct margin margin = {.call_ms = rows[i].call_ms, .answer_ms = rows[i].answer_ms};
        struct time_budget budget = margin_budget(&margin, rows[i].left_ms);
        if (budget.pass_ms != rows[i].pass_ms || budget.margin_ms != rows[i].margin_ms)
            fail_msg("row %zu: %lld %lld", i, (long long)budget.pass_ms,
                     (long long)budget.margin_ms);
    }
}

/* --- a pass --- */

struct fixture {
    struct arena arena;
    struct definition definition;
    struct pass_cluster cluster;
    struct pass pass;
    struct loaded loaded;
    const struct loaded_file *files[2];
    struct summary summary;
};

static void add_action(struct fixture *f, enum action_kind kind, int64_t from, int64_t to)
{
    struct action *action = VEC_ADD(&f->arena, &f->cluster.plan.actions);
    *action = (struct action){.kind = kind,
                              .depends_on = ACTION_INDEPENDENT,
                              .subject = STR("subject"),
                              .from = from,
                              .to = to,
                              .to_min = 1,
                              .to_max = 9,
                              .reason = STR("a reason")};
}

static void add_call(struct fixture *f, const char *cluster, int attempts, int throttles)
{
    struct call_record *call = VEC_ADD(&f->arena, &f->pass.log.calls);
    *call = (struct call_record){.service = STR("ecs"),
                                 .cluster = str_from(cluster),
                                 .attempts = attempts,
                                 .throttles = throttles};
}

static void set_up(struct fixture *f)
{
    static const enum outcome_status statuses[] = {OUTCOME_APPLIED, OUTCOME_APPLIED,
                                                   OUTCOME_APPLIED, OUTCOME_FAILED,
                                                   OUTCOME_APPLIED, OUTCOME_NOT_APPLIED};
    *f = (struct fixture){.arena = ARENA_INIT};
    f->definition = (struct definition){.cluster = STR("a"), .file = STR("clusters/a.yml")};
    f->cluster.definition = &f->definition;
    add_action(f, ACTION_GROUP_BOUNDS, 1, 2);
    add_action(f, ACTION_DRAIN, 0, 0);
    add_action(f, ACTION_GROUP_CAPACITY, 2, 5);
    add_action(f, ACTION_GROUP_CAPACITY, 5, 9);
    add_action(f, ACTION_SERVICE_OUT, 1, 3);
    add_action(f, ACTION_SERVICE_IN, 3, 1);
    f->cluster.outcomes = ARENA_ARRAY(&f->arena, struct outcome, ARRAY_LEN(statuses));
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        f->cluster.outcomes[i] = (struct outcome){.status = statuses[i]};
    f->cluster.outcomes[3].reason = STR("AWS said \"no\"");
    f->cluster.plan.services = ARENA_ARRAY(&f->arena, struct service_decision, 2);
    f->cluster.plan.service_count = 2;
    f->cluster.plan.services[0] =
        (struct service_decision){.name = STR("web"), .verdict = VERDICT_HELD, .reason = STR("x")};
    f->cluster.plan.services[1].verdict = VERDICT_STAY;
    f->cluster.is_finished = true;
    f->cluster.finished_ms = 41;
    f->pass = (struct pass){.clusters = &f->cluster, .cluster_count = 1, .duration_ms = 44};
    add_call(f, "a", 3, 2);
    add_call(f, "a", 1, 0);
    add_call(f, "", 1, 0);
    struct loaded_file *file = VEC_ADD(&f->arena, &f->loaded.files);
    *file = (struct loaded_file){
        .file = STR("clusters/a.yml"), .cluster = STR("a"), .definition = &f->definition};
    file = VEC_ADD(&f->arena, &f->loaded.files);
    *file =
        (struct loaded_file){.file = STR("clusters/b.yml"), .cluster = STR("b"), .error_count = 1};
    struct diagnostic *finding = VEC_ADD(&f->arena, &f->loaded.diagnostics);
    *finding = (struct diagnostic){.severity = SEVERITY_ERROR,
                                   .file = STR("clusters/b.yml"),
                                   .line = 3,
                                   .column = 5,
                                   .message = STR("unknown key 'maxx'"),
                                   .hint = STR("did you mean 'max'?")};
    f->files[0] = &f->loaded.files.items[0];
    f->files[1] = &f->loaded.files.items[1];
    f->summary = (struct summary){
        .pass = &f->pass, .loaded = &f->loaded, .files = f->files, .file_count = 2};
}

static void the_figures_of_a_pass(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    struct metrics one = metrics_of_cluster(&f.pass, &f.cluster);
    struct metrics all = metrics_of_pass(&f.pass);
    const struct metrics expected = {.duration_ms = 41,
                                     .api_calls = 4,
                                     .throttles = 2,
                                     .services_scaled = 1,
                                     .services_held = 1,
                                     .instances_added = 4,
                                     .instances_drained = 1,
                                     .clusters_failed = 1};
    assert_memory_equal(&one, &expected, sizeof(one));
    struct metrics total = expected;
    total.duration_ms = 44;
    total.api_calls = 5; /* and the call that is nobody's alone */
    assert_memory_equal(&all, &total, sizeof(all));
    f.cluster.outcomes = NULL; /* a dry run */
    one = metrics_of_cluster(&f.pass, &f.cluster);
    assert_int_equal(one.services_scaled + one.instances_added + one.instances_drained, 0);
    arena_release(&f.arena);
}

static void metrics_are_in_the_embedded_format(void **state)
{
    (void)state;
    static const char metric_names[] =
        "\"Metrics\": [{\"Name\": \"PassDuration\", \"Unit\": \"Milliseconds\"}, "
        "{\"Name\": \"ApiCalls\", \"Unit\": \"Count\"}, {\"Name\": \"Throttles\", \"Unit\": "
        "\"Count\"}, {\"Name\": \"ServicesScaled\", \"Unit\": \"Count\"}, {\"Name\": "
        "\"ServicesHeld\", \"Unit\": \"Count\"}, {\"Name\": \"InstancesAdded\", \"Unit\": "
        "\"Count\"}, {\"Name\": \"InstancesDrained\", \"Unit\": \"Count\"}, {\"Name\": "
        "\"ClustersFailed\", \"Unit\": \"Count\"}]";
    static const char values[] = "\"PassDuration\": 1, \"ApiCalls\": 2, \"Throttles\": 3, "
                                 "\"ServicesScaled\": 4, \"ServicesHeld\": 5, \"InstancesAdded\": "
                                 "6, \"InstancesDrained\": 7, \"ClustersFailed\": 8}\n";
    const struct metrics metrics = {1, 2, 3, 4, 5, 6, 7, 8};
    for (int with_cluster = 0; with_cluster < 2; with_cluster++) {
        struct buf got CLEANUP(buf_release) = BUF_INIT(64 * 1024);
        struct buf expected CLEANUP(buf_release) = BUF_INIT(64 * 1024);
        const struct metrics_subject subject = {.cluster = with_cluster ? STR("a") : STR_NONE,
                                                .request_id = STR("id"),
                                                .wall_ms = 1795492800123};
        metrics_write(&metrics, &subject, &got);
        buf_addf(
            &expected,
            "{\"_aws\": {\"Timestamp\": 1795492800123, \"CloudWatchMetrics\": "
            "[{\"Namespace\": \"ecs-autoscale\", \"Dimensions\": [%s], %s}]}, %s\"requestId\": "
            "\"id\", %s",
            with_cluster ? "[\"Cluster\"]" : "[]", metric_names,
            with_cluster ? "\"Cluster\": \"a\", " : "", values);
        assert_str(buf_str(&got), buf_cstr(&expected));
    }
}

static void a_summary_says_what_became_of_each(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    struct str unknown = STR("c*");
    f.summary.unknown = &unknown;
    f.summary.unknown_count = 1;
    struct buf got CLEANUP(buf_release) = BUF_INIT(LIMIT_LAMBDA_ANSWER_BYTES);
    summary_write(&f.summary, &got);
    assert_str(
        buf_str(&got),
        "{\"status\": \"failed\", \"dry_run\": false, \"changes\": 6, \"applied\": 4, "
        "\"services_held\": 1, \"clusters_failed\": 2, \"unknown_clusters\": [\"c*\"], "
        "\"api_calls\": 5, \"throttles\": 2, \"duration_ms\": 44, \"clusters\": ["
        "{\"cluster\": \"a\", \"status\": \"failed\", \"changes\": ["
        "{\"action\": \"set group bounds\", \"subject\": \"subject\", \"from\": 1, \"to\": 2, "
        "\"min\": 1, \"max\": 9, \"reason\": \"a reason\", \"outcome\": \"applied\"}, "
        "{\"action\": \"drain instance\", \"subject\": \"subject\", \"reason\": \"a reason\", "
        "\"outcome\": \"applied\"}, "
        "{\"action\": \"set group capacity\", \"subject\": \"subject\", \"from\": 2, \"to\": 5, "
        "\"reason\": \"a reason\", \"outcome\": \"applied\"}, "
        "{\"action\": \"set group capacity\", \"subject\": \"subject\", \"from\": 5, \"to\": 9, "
        "\"reason\": \"a reason\", \"outcome\": \"failed\"}, "
        "{\"action\": \"scale out service\", \"subject\": \"subject\", \"from\": 1, \"to\": 3, "
        "\"reason\": \"a reason\", \"outcome\": \"applied\"}, "
        "{\"action\": \"scale in service\", \"subject\": \"subject\", \"from\": 3, \"to\": 1, "
        "\"reason\": \"a reason\", \"outcome\": \"not applied\"}], "
        "\"held\": [{\"subject\": \"web\", \"reason\": \"x\"}], \"errors\": ["
        "\"set group capacity 'subject': failed: AWS said \\\"no\\\"\", "
        "\"scale in service 'subject': not applied\"]}, "
        "{\"cluster\": \"b\", \"status\": \"left out\", \"errors\": ["
        "\"clusters/b.yml:3:5: unknown key 'maxx'; did you mean 'max'?\"]}]}");
    arena_release(&f.arena);
}

/* Lambda takes 6 MB: where more would be said, clusters at the end keep their status. */
static void a_summary_stays_within_what_lambda_takes(void **state)
{
    (void)state;
    enum { CLUSTERS = LIMIT_DEFINITION_FILES };
    struct fixture f;
    set_up(&f);
    struct pass_cluster *clusters = ARENA_ARRAY(&f.arena, struct pass_cluster, CLUSTERS);
    const struct loaded_file **files = ARENA_ARRAY(&f.arena, const struct loaded_file *, CLUSTERS);
    for (size_t i = 0; i < CLUSTERS; i++) {
        clusters[i] = f.cluster;
        files[i] = f.files[0];
    }
    char *reason = arena_alloc(&f.arena, LIMIT_REASON_BYTES, 1);
    memset(reason, 'r', LIMIT_REASON_BYTES);
    f.cluster.plan.services[0].reason = (struct str){reason, LIMIT_REASON_BYTES};
    f.pass.clusters = clusters;
    f.pass.cluster_count = CLUSTERS;
    f.summary.files = files;
    f.summary.file_count = CLUSTERS;
    struct buf got CLEANUP(buf_release) = BUF_INIT(LIMIT_LAMBDA_ANSWER_BYTES);
    summary_write(&f.summary, &got);
    assert_false(got.overflowed);
    assert_true(got.len > LIMIT_LAMBDA_ANSWER_DETAILS_BYTES / 2);
    struct error err = ERROR_INIT;
    json_t *json CLEANUP(json_release) = NULL;
    assert_int_equal(json_parse(buf_str(&got), &json, &err), E_OK);
    const json_t *rows = json_get_array(json, "clusters");
    assert_int_equal(json_array_size(rows), CLUSTERS);
    assert_int_equal(json_object_size(json_array_get(rows, 0)), 5);
    assert_int_equal(json_object_size(json_array_get(rows, CLUSTERS - 1)), 2);
    arena_release(&f.arena);
}

static void nothing_could_be_done_or_something(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    static struct service_facts service = {.fact = {.status = FACT_FAILED}};
    struct buf why CLEANUP(buf_release) = BUF_INIT(LIMIT_LAMBDA_ERROR_BYTES);
    f.cluster.outcomes = NULL;
    f.cluster.plan.has_failures = true;
    f.cluster.snapshot.services = &service;
    f.cluster.snapshot.service_count = 1;
    f.cluster.snapshot.group.fact.status = FACT_FAILED;
    assert_true(summary_is_nothing(&f.summary, &why));
    assert_str(buf_str(&why),
               "a: x; b: clusters/b.yml:3:5: unknown key 'maxx'; did you mean 'max'?");
    service.fact.status = FACT_PRESENT;
    assert_false(summary_is_nothing(&f.summary, &why));
    service.fact.status = FACT_FAILED;
    f.cluster.snapshot.group.fact.status = FACT_PRESENT;
    assert_false(summary_is_nothing(&f.summary, &why));
    f.cluster.snapshot.group.fact.status = FACT_FAILED;
    f.cluster.plan.has_failures = false; /* disabled: there was nothing to look at */
    assert_false(summary_is_nothing(&f.summary, &why));
    f.pass.cluster_count = 0;
    f.summary.files = &f.files[1];
    f.summary.file_count = 1;
    assert_true(summary_is_nothing(&f.summary, &why));
    arena_release(&f.arena);
}

/* --- the runtime API --- */

#define LIT(text)                                                                                  \
    {                                                                                              \
        .ptr = (text), .len = sizeof(text) - 1                                                     \
    }

static const struct http_header next_headers[] = {
    {LIT("Lambda-Runtime-Aws-Request-Id"), LIT("8476a536-e9f4-11e8-9739-2dfe598c3fcd")},
    {LIT("lambda-runtime-deadline-ms"), LIT("1542409706888")},
    {LIT("Lambda-Runtime-Trace-Id"), LIT("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700")},
};

static void an_invocation_is_fetched_and_answered(void **state)
{
    (void)state;
    static const struct fake_reply replies[] = {
        {.code = E_NETWORK}, /* the connection broke: asked again */
        {.request = "GET http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
         .status = 200,
         .body = "{\"a\": 1}",
         .headers = next_headers,
         .header_count = ARRAY_LEN(next_headers),
         .after_ms = 5LL * 3600 * 1000},
        {.request = "POST http://127.0.0.1:9001/2018-06-01/runtime/invocation/"
                    "8476a536-e9f4-11e8-9739-2dfe598c3fcd/response",
         .status = 202,
         .body = ""},
        {.request = "POST http://127.0.0.1:9001/2018-06-01/runtime/invocation/"
                    "8476a536-e9f4-11e8-9739-2dfe598c3fcd/error",
         .status = 202,
         .body = ""},
        {.request = "POST http://127.0.0.1:9001/2018-06-01/runtime/init/error",
         .status = 202,
         .body = ""},
        {0}};
    struct fake_transport fake;
    fake_init(&fake, replies);
    const struct runtime_api api = {.transport = &fake.base, .address = STR("127.0.0.1:9001")};
    struct invocation invocation;
    struct error err = ERROR_INIT;
    assert_int_equal(runtime_api_next(&api, &invocation, &err), E_OK);
    assert_str(invocation.id, "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
    assert_str(invocation.trace_id, "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700");
    assert_str(invocation.event, "{\"a\": 1}");
    assert_true(invocation.has_deadline && invocation.deadline_ms == 1542409706888);
    assert_true(fake.asked[1].timeout_ms == HTTP_NO_TIMEOUT && fake.asked[1].no_proxy);
    assert_int_equal(runtime_api_respond(&api, invocation.id, STR("{}"), &err), E_OK);
    assert_str(fake.asked[2].body, "{}");
    assert_str(fake.asked[2].headers, "Content-Type: application/json\n");
    const struct runtime_failure failure = {"Function.NothingDone", STR("why \"not\"")};
    assert_int_equal(runtime_api_fail(&api, invocation.id, &failure, &err), E_OK);
    assert_int_equal(runtime_api_fail_init(&api, &failure, &err), E_OK);
    for (size_t i = 3; i < 5; i++) {
        assert_str(fake.asked[i].body, "{\"errorMessage\": \"why \\\"not\\\"\", \"errorType\": "
                                       "\"Function.NothingDone\", \"stackTrace\": []}");
        assert_str(fake.asked[i].headers,
                   "Content-Type: application/json\n"
                   "Lambda-Runtime-Function-Error-Type: Function.NothingDone\n");
        assert_true(fake.asked[i].no_proxy);
    }
    assert_int_equal(fake.unexpected, 0);
    invocation_release(&invocation);
    transport_free(&fake.base);
}

static void what_the_runtime_api_says(void **state)
{
    (void)state;
    static const struct http_header odd_id[] = {
        {LIT("Lambda-Runtime-Aws-Request-Id"), LIT("../x")}};
    static const struct http_header odd_deadline[] = {
        {LIT("Lambda-Runtime-Aws-Request-Id"), LIT("a-1")},
        {LIT("Lambda-Runtime-Deadline-Ms"), LIT("soon")}};
    static const struct {
        struct fake_reply reply;
        enum error_code code;
    } rows[] = {
        {{.status = 200, .body = "{}"}, E_PROTOCOL},
        {{.status = 200, .body = "{}", .headers = odd_id, .header_count = 1}, E_PROTOCOL},
        {{.status = 403, .body = "{\"errorMessage\": \"state\"}"}, E_CLIENT},
        {{.status = 500, .body = ""}, E_SERVER},
        {{.status = 302, .body = ""}, E_SERVER},
        {{.code = E_LIMIT}, E_LIMIT},
        {{.code = E_PROTOCOL}, E_PROTOCOL},
        {{.status = 200, .body = "{}", .headers = odd_deadline, .header_count = 2}, E_OK},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct fake_reply replies[] = {rows[i].reply, {0}};
        struct fake_transport fake;
        fake_init(&fake, replies);
        const struct runtime_api api = {.transport = &fake.base, .address = STR("h:1")};
        struct invocation invocation = {.arena = ARENA_INIT};
        struct error err = ERROR_INIT;
        enum error_code code = runtime_api_next(&api, &invocation, &err);
        if (code != rows[i].code)
            fail_msg("row %zu: %s %s", i, error_name(code), err.message);
        assert_false(invocation.has_deadline);
        assert_int_equal(fake.asked_count, 1);
        assert_true(code == E_OK || strstr(err.where, "next invocation") != NULL);
        invocation_release(&invocation);
        transport_free(&fake.base);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_margin_follows_what_is_measured),
        cmocka_unit_test(the_margin_leaves_two_thirds),
        cmocka_unit_test(the_figures_of_a_pass),
        cmocka_unit_test(metrics_are_in_the_embedded_format),
        cmocka_unit_test(a_summary_says_what_became_of_each),
        cmocka_unit_test(a_summary_stays_within_what_lambda_takes),
        cmocka_unit_test(nothing_could_be_done_or_something),
        cmocka_unit_test(an_invocation_is_fetched_and_answered),
        cmocka_unit_test(what_the_runtime_api_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
