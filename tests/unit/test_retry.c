/* cloud/aws/call, retry and client: sequences of answers → attempts, waits and the result, on a
 * virtual clock. */
#include "unit.h"

#include "aws_environment.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/memory.h"
#include "cloud/aws/call.h"
#include "cloud/aws/client_state.h"
#include "cloud/aws/credentials.h"
#include "cloud/aws/retry.h"
#include "http/replay.h"

/* Credentials without a chain: each fetch gives the next number. */
struct aws_credentials_provider {
    struct transport *transport;
    int number;
    int gets;
    int rejections;
    enum error_code failure;
};

struct fetch {
    struct aws_credentials_provider *provider;
    aws_credentials_done *done;
    void *context;
};

static struct aws_credentials_provider provider;

struct aws_credentials_provider *aws_credentials_new(struct transport *transport,
                                                     const struct aws_config *config,
                                                     bool explicit_profile)
{
    (void)config, (void)explicit_profile;
    provider = (struct aws_credentials_provider){.transport = transport};
    return &provider;
}

void aws_credentials_free(struct aws_credentials_provider *unused)
{
    (void)unused;
}

static void on_fetched(void *context)
{
    struct fetch *fetch = context;
    char key[20];
    struct error err = ERROR_INIT;
    snprintf(key, sizeof(key), "AKIA%d", fetch->provider->number);
    const struct aws_credentials credentials = {.access_key_id = str_from(key),
                                                .secret_access_key = STR("secret"),
                                                .session_token = STR("token"),
                                                .expires_ms = INT64_MAX,
                                                .source = "test"};
    if (fetch->provider->failure != E_OK)
        fetch->done(fetch->context,
                    error_set(&err, fetch->provider->failure, "no credentials found"), NULL, &err);
    else
        fetch->done(fetch->context, E_OK, &credentials, &err);
    memory_free(fetch);
}

void aws_credentials_get(struct aws_credentials_provider *from, aws_credentials_done *done,
                         void *context)
{
    struct fetch *fetch = memory_new(1, sizeof(*fetch));
    *fetch = (struct fetch){from, done, context};
    from->gets++;
    transport_after(from->transport, 0, on_fetched, fetch);
}

void aws_credentials_reject(struct aws_credentials_provider *rejected)
{
    rejected->rejections++;
    rejected->number++;
}

static const struct aws_operation describe = {&aws_ecs, "DescribeServices", "ecs:DescribeServices",
                                              true};
static const struct aws_operation terminate = {
    &aws_autoscaling, "TerminateInstanceInAutoScalingGroup",
    "autoscaling:TerminateInstanceInAutoScalingGroup", false};

struct result {
    int calls;
    enum error_code code;
    struct error err;
    bool may_have_arrived;
    int depth;
    char text[100]; /* of member or element "name" */
    int64_t at_ms;
    struct transport *transport;
};

static void on_answer(void *context, const struct aws_answer *answer)
{
    struct result *result = context;
    struct str text = STR_NONE;
    result->calls++;
    result->code = answer->code;
    result->err = answer->err;
    result->may_have_arrived = answer->may_have_arrived;
    result->depth = answer->depth;
    result->at_ms = transport_now_ms(result->transport);
    if (answer->json != NULL)
        json_get_str(answer->json, "name", &text);
    if (answer->xml != NULL)
        text = xml_text(answer->xml, "name");
    snprintf(result->text, sizeof(result->text), "%.*s", STR_ARG(text));
}

struct scene {
    struct transport *transport;
    struct aws_client *client;
    struct call_log log;
    int progress;
};

static void on_progress(void *context)
{
    ((struct scene *)context)->progress++;
}

static void open_scene(struct scene *scene)
{
    struct error err = ERROR_INIT;
    aws_environment_clear();
    *scene = (struct scene){.transport = replay_new(NULL, 0)};
    const struct aws_client_options options = {
        .transport = scene->transport, .region = "eu-west-1", .retry_jitter_fixed = true};
    assert_int_equal(aws_client_new(&options, &scene->client, &err), E_OK);
    aws_client_log(scene->client, &scene->log, on_progress, scene);
}

static void close_scene(struct scene *scene)
{
    aws_client_free(scene->client);
    transport_free(scene->transport);
    arena_release(&scene->log.arena);
}

static void call(struct scene *scene, const struct aws_operation *operation, const char *body,
                 struct result *result)
{
    *result = (struct result){.transport = scene->transport};
    const struct aws_call asked = {.operation = operation,
                                   .cluster = STR("c"),
                                   .body = str_from(body),
                                   .depth = 2,
                                   .done = on_answer,
                                   .context = result};
    aws_call_send(scene->client, &asked);
    assert_int_equal(result->calls, 0);
}

/* The words that the tables below use for answers. */
static const struct {
    const char *word;
    const char *recording;
} answers[] = {
    {"ok", "< 200 10ms\n| {\"name\":\"fine\"}\n"},
    {"okx", "< 200\n| <TerminateInstanceInAutoScalingGroupResponse xmlns=\"u\"><TerminateInstance"
            "InAutoScalingGroupResult><name>fine</name></TerminateInstanceInAutoScalingGroupResult>"
            "</TerminateInstanceInAutoScalingGroupResponse>\n"},
    {"500", "< 500\n| {\"__type\":\"ServerException\",\"message\":\"busy\"}\n"},
    {"503", "< 503\n"},
    {"501", "< 501\n"},
    {"thr", "< 400\n| {\"__type\":\"ThrottlingException\",\"message\":\"Rate exceeded\"}\n"},
    {"thr+7", "< 400\n: Retry-After: 7\n| {\"__type\":\"ThrottlingException\"}\n"},
    {"thr+99", "< 429\n: Retry-After: 99\n"},
    {"503+ms", "< 503\n: x-amz-retry-after: 1234\n"},
    {"503+low", "< 503\n: x-amz-retry-after: 1\n"},
    {"busy", "< 500\n| <ErrorResponse><Error><Code>ResourceContention</Code></Error>"
             "</ErrorResponse>\n"},
    {"exp", "< 400\n| {\"__type\":\"ExpiredTokenException\",\"message\":\"expired\"}\n"},
    {"deny", "< 400\n| {\"__type\":\"AccessDeniedException\",\"message\":\"no\"}\n"},
    {"gone", "< 400\n| {\"__type\":\"ClusterNotFoundException\",\"message\":\"no\"}\n"},
    {"bad", "< 200\n| {\"name\":\n"},
    {"none", "< 200\n"},
    {"list", "< 200\n| [1]\n"},
    {"html", "< 200\n| <html><body>portal</body></html>\n"},
    {"refused", "! refused\n"},
    {"reset", "! reset\n"},
    {"timeout", "! timeout\n"},
};

static void add_answer(struct transport *transport, struct str word)
{
    struct error err = ERROR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        if (!str_eq(word, str_from(answers[i].word)))
            continue;
        struct buf text CLEANUP(buf_release) = BUF_INIT(4096);
        buf_addf(&text, "> POST\n%s", answers[i].recording);
        if (replay_read(transport, STR("t"), buf_str(&text), &err) != E_OK)
            fail_msg("%s %s", err.where, err.message);
        return;
    }
    fail_msg("no answer '%.*s'", STR_ARG(word));
}

static const struct {
    const char *answers; /* in their order; more than are asked for is a failure */
    const char *sent_ms; /* when each attempt was sent */
    const char *code;
    bool once; /* the operation that is not repeatable */
    int throttles;
    bool may_have_arrived;
} rows[] = {
    {"ok", "0", "E_OK", false, 0, false},
    {"500 ok", "0 50", "E_OK", false, 0, false},
    {"500 503 ok", "0 50 150", "E_OK", false, 0, false},
    {"500 503 500", "0 50 150", "E_SERVER", false, 0, true},
    {"thr ok", "0 1000", "E_OK", false, 1, false},
    {"thr thr thr", "0 1000 3000", "E_THROTTLED", false, 3, false},
    {"thr 503 ok", "0 1000 1100", "E_OK", false, 1, false},
    {"thr+7 ok", "0 7000", "E_OK", false, 1, false},
    {"thr+99 ok", "0 20000", "E_OK", false, 1, false},
    {"503+ms ok", "0 1234", "E_OK", false, 0, false},
    {"503+low ok", "0 50", "E_OK", false, 0, false},
    {"refused reset ok", "0 50 150", "E_OK", false, 0, false},
    {"refused refused refused", "0 50 150", "E_NETWORK", false, 0, false},
    {"timeout ok", "0 10050", "E_OK", false, 0, false},
    {"timeout timeout timeout", "0 10050 20150", "E_TIMEOUT", false, 0, true},
    {"deny", "0", "E_DENIED", false, 0, false},
    {"gone", "0", "E_MISSING", false, 0, false},
    {"501", "0", "E_SERVER", false, 0, true},
    {"503 deny", "0 50", "E_DENIED", false, 0, true},
    {"exp ok", "0 0", "E_OK", false, 0, false},
    {"exp exp", "0 0", "E_EXPIRED", false, 0, false},
    {"exp 500 500 ok", "0 0 50 150", "E_OK", false, 0, false},
    {"bad ok", "0 50", "E_OK", false, 0, false},
    {"bad bad", "0 50", "E_PROTOCOL", false, 0, true},
    {"none list", "0 50", "E_PROTOCOL", false, 0, true},
    {"500 bad bad", "0 50 150", "E_PROTOCOL", false, 0, true},
    {"html html", "0 50", "E_PROTOCOL", false, 0, true},
    {"okx", "0", "E_OK", true, 0, false},
    {"500", "0", "E_SERVER", true, 0, true},
    {"reset", "0", "E_NETWORK", true, 0, true},
    {"timeout", "0", "E_TIMEOUT", true, 0, true},
    {"bad", "0", "E_PROTOCOL", true, 0, true},
    {"html", "0", "E_PROTOCOL", true, 0, true},
    {"refused okx", "0 50", "E_OK", true, 0, false},
    {"thr okx", "0 1000", "E_OK", true, 1, false},
    {"busy okx", "0 50", "E_OK", true, 0, false},
    {"exp okx", "0 0", "E_OK", true, 0, false},
    {"refused 500", "0 50", "E_SERVER", true, 0, true},
};

static void run_row(size_t i)
{
    struct scene scene;
    struct result result;
    struct buf sent CLEANUP(buf_release) = BUF_INIT(1000);
    struct str rest = str_from(rows[i].answers);
    struct str word;
    print_message("%s%s\n", rows[i].answers, rows[i].once ? " (once)" : "");
    open_scene(&scene);
    while (str_split(&rest, ' ', &word))
        add_answer(scene.transport, word);
    call(&scene, rows[i].once ? &terminate : &describe, "", &result);
    transport_run(scene.transport, INT64_MAX);
    size_t count = replay_count(scene.transport);
    for (size_t at = 0; at < count; at++) {
        const struct replay_request *request = replay_request_at(scene.transport, at);
        buf_addf(&sent, "%s%lld", at > 0 ? " " : "", (long long)request->at_ms);
        assert_int_equal(request->once, rows[i].once);
    }
    assert_int_equal(result.calls, 1);
    assert_string_equal(error_name(result.code), rows[i].code);
    assert_string_equal(buf_cstr(&sent), rows[i].sent_ms);
    assert_int_equal(result.may_have_arrived, rows[i].may_have_arrived);
    assert_int_equal(replay_unused(scene.transport), 0);
    assert_null(replay_unmatched(scene.transport));
    assert_int_equal(result.depth, 3);
    assert_string_equal(result.text, result.code == E_OK ? "fine" : "");
    assert_int_equal(scene.log.calls.count, 1);
    const struct call_record *record = &scene.log.calls.items[0];
    assert_int_equal(record->attempts, count);
    assert_int_equal(record->throttles, rows[i].throttles);
    assert_int_equal(record->code, result.code);
    assert_int_equal(record->depth, 3);
    assert_int_equal(record->latency_us, result.at_ms * 1000);
    assert_str(record->region, "eu-west-1");
    assert_str(record->cluster, "c");
    assert_int_equal(scene.progress, 1);
    close_scene(&scene);
}

static void each_sequence_of_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        run_row(i);
}

static void a_json_call_looks_like_this(void **state)
{
    (void)state;
    struct scene scene;
    struct result result;
    open_scene(&scene);
    add_answer(scene.transport, STR("ok"));
    add_answer(scene.transport, STR("ok"));
    call(&scene, &describe, "", &result);
    call(&scene, &describe, "{\"a\":1}", &result);
    transport_run(scene.transport, INT64_MAX);
    const struct replay_request *request = replay_request_at(scene.transport, 0);
    assert_str(request->method, "POST");
    assert_str(request->url, "https://ecs.eu-west-1.amazonaws.com/");
    assert_str(request->body, "{}");
    assert_str(replay_request_at(scene.transport, 1)->body, "{\"a\":1}");
    assert_int_equal(request->header_count, 2);
    assert_str(request->headers[0].name, "Content-Type");
    assert_str(request->headers[0].value, "application/x-amz-json-1.1");
    assert_str(request->headers[1].value, "AmazonEC2ContainerServiceV20141113.DescribeServices");
    assert_str(request->signed_with, "AKIA0");
    assert_str(request->signed_for, "ecs/eu-west-1");
    assert_true(request->has_session_token);
    close_scene(&scene);
}

static void a_query_call_looks_like_this(void **state)
{
    (void)state;
    struct scene scene;
    struct result result;
    open_scene(&scene);
    setenv("AWS_ENDPOINT_URL_AUTO_SCALING", "http://127.0.0.1:5000/base/", 1);
    add_answer(scene.transport, STR("okx"));
    call(&scene, &terminate, "InstanceId=i-1", &result);
    transport_run(scene.transport, INT64_MAX);
    const struct replay_request *request = replay_request_at(scene.transport, 0);
    assert_str(request->url, "http://127.0.0.1:5000/base/");
    assert_str(request->body, "Action=TerminateInstanceInAutoScalingGroup&Version=2011-01-01"
                              "&InstanceId=i-1");
    assert_str(request->headers[0].value, "application/x-www-form-urlencoded; charset=utf-8");
    assert_str(request->signed_for, "autoscaling/eu-west-1");
    assert_true(request->once);
    close_scene(&scene);
}

static void expired_credentials_are_renewed_once_for_all(void **state)
{
    (void)state;
    struct scene scene;
    struct result results[3];
    open_scene(&scene);
    for (int i = 0; i < 3; i++)
        add_answer(scene.transport, STR("exp"));
    for (int i = 0; i < 3; i++)
        add_answer(scene.transport, STR("ok"));
    for (int i = 0; i < 3; i++)
        call(&scene, &describe, "", &results[i]);
    transport_run(scene.transport, INT64_MAX);
    for (int i = 0; i < 3; i++)
        assert_int_equal(results[i].code, E_OK);
    assert_int_equal(provider.rejections, 1);
    assert_str(replay_request_at(scene.transport, 2)->signed_with, "AKIA0");
    for (size_t i = 3; i < 6; i++)
        assert_str(replay_request_at(scene.transport, i)->signed_with, "AKIA1");
    close_scene(&scene);
}

static void failures_before_anything_is_sent(void **state)
{
    (void)state;
    struct scene scene;
    struct result result;
    open_scene(&scene);
    provider.failure = E_CREDENTIALS;
    call(&scene, &describe, "", &result);
    transport_run(scene.transport, INT64_MAX);
    assert_int_equal(result.code, E_CREDENTIALS);
    assert_string_equal(result.err.where, "ecs DescribeServices");
    assert_string_equal(result.err.message, "no credentials found");
    assert_false(result.may_have_arrived);
    provider.failure = E_OK;
    scene.client->region = STR_NONE;
    call(&scene, &describe, "", &result);
    transport_run(scene.transport, INT64_MAX);
    assert_int_equal(result.code, E_REGION);
    scene.client->region = STR("eu west/1");
    call(&scene, &describe, "", &result);
    transport_run(scene.transport, INT64_MAX);
    assert_int_equal(result.code, E_REGION);
    assert_string_equal(result.err.where, "ecs DescribeServices");
    assert_int_equal(replay_count(scene.transport), 0);
    assert_int_equal(scene.log.calls.count, 0); /* nothing went over the wire */
    close_scene(&scene);
}

static void the_deadline_ends_a_wait(void **state)
{
    (void)state;
    struct scene scene;
    struct result result;
    open_scene(&scene);
    add_answer(scene.transport, STR("thr"));
    call(&scene, &terminate, "", &result);
    transport_run(scene.transport, 500);
    assert_int_equal(result.code, E_DEADLINE);
    assert_false(result.may_have_arrived); /* the only attempt was refused */
    assert_int_equal(result.at_ms, 500);
    assert_string_equal(result.err.aws_code, "ThrottlingException");
    assert_non_null(strstr(result.err.message, "Rate exceeded; then the deadline passed"));
    assert_int_equal(scene.log.calls.items[0].attempts, 1);
    close_scene(&scene);
}

static void the_deadline_ends_a_request(void **state)
{
    (void)state;
    struct scene scene;
    struct result result;
    open_scene(&scene);
    add_answer(scene.transport, STR("timeout"));
    call(&scene, &terminate, "", &result);
    transport_run(scene.transport, 500);
    assert_int_equal(result.code, E_DEADLINE);
    assert_true(result.may_have_arrived);
    assert_int_equal(replay_count(scene.transport), 1);
    close_scene(&scene);
}

/* 500 tokens, 14 a transient retry: 35 of them, then none until calls succeed again. */
static void the_quota_stops_a_storm(void **state)
{
    (void)state;
    struct scene scene;
    struct result result;
    const struct replay_exchange broken = {.status = 503, .times = 119};
    open_scene(&scene);
    replay_add(scene.transport, &broken);
    size_t before = 0;
    for (int i = 0; i < 17; i++) {
        call(&scene, &describe, "", &result);
        transport_run(scene.transport, INT64_MAX);
        assert_int_equal(replay_count(scene.transport) - before, 3);
        before = replay_count(scene.transport);
    }
    assert_int_equal(scene.client->quota, 500 - 34 * 14);
    call(&scene, &describe, "", &result);
    transport_run(scene.transport, INT64_MAX);
    assert_int_equal(replay_count(scene.transport) - before, 2);
    before = replay_count(scene.transport);
    call(&scene, &describe, "", &result);
    transport_run(scene.transport, INT64_MAX);
    assert_int_equal(replay_count(scene.transport) - before, 1);
    assert_int_equal(result.code, E_SERVER);
    close_scene(&scene);
}

static void success_gives_tokens_back(void **state)
{
    (void)state;
    struct scene scene;
    struct result result;
    open_scene(&scene);
    scene.client->quota = 100;
    add_answer(scene.transport, STR("503"));
    add_answer(scene.transport, STR("thr"));
    add_answer(scene.transport, STR("ok"));
    call(&scene, &describe, "", &result);
    transport_run(scene.transport, INT64_MAX);
    assert_int_equal(scene.client->quota, 100 - 14 - 5 + 5);
    add_answer(scene.transport, STR("ok"));
    call(&scene, &describe, "", &result);
    transport_run(scene.transport, INT64_MAX);
    assert_int_equal(scene.client->quota, 100 - 14 + 1);
    scene.client->quota = RETRY_QUOTA;
    add_answer(scene.transport, STR("ok"));
    call(&scene, &describe, "", &result);
    transport_run(scene.transport, INT64_MAX);
    assert_int_equal(scene.client->quota, RETRY_QUOTA);
    close_scene(&scene);
}

static void jitter_stays_in_its_range(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    scene.client->no_jitter = false;
    double least = 1;
    double most = 0;
    for (int i = 0; i < 1000; i++) {
        double random = aws_client_random(scene.client);
        least = random < least ? random : least;
        most = random > most ? random : most;
    }
    assert_true(least >= 0 && least < 0.05 && most < 1 && most > 0.95);
    close_scene(&scene);
}

static void hints_are_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *value;
        int64_t hint_ms;
    } hints[] = {
        {"x-amz-retry-after", "250", 250},
        {"x-amz-retry-after", "-5", 0},
        {"X-Amz-Retry-After", "9223372036854775807", 20000},
        {"Retry-After", "2", 2000},
        {"Retry-After", "9223372036854775807", 20000},
        {"Retry-After", "-9223372036854775807", 0},
        {"Retry-After", "soon", 0},
        {"Retry-After", "Thu, 01 Jan 1970 00:00:12 GMT", 12000},
        {"Retry-After", "Thu, 01 Jan 1971 00:00:00 GMT", 20000},
        {"Retry-After", "Thu, 01 Jan 1969 00:00:00 GMT", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
        const struct http_header header = {str_from(hints[i].name), str_from(hints[i].value)};
        const struct http_response response = {.headers = &header, .header_count = 1};
        assert_int_equal(aws_retry_hint(&response, 0), hints[i].hint_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sequence_of_answers),
        cmocka_unit_test(a_json_call_looks_like_this),
        cmocka_unit_test(a_query_call_looks_like_this),
        cmocka_unit_test(expired_credentials_are_renewed_once_for_all),
        cmocka_unit_test(failures_before_anything_is_sent),
        cmocka_unit_test(the_deadline_ends_a_wait),
        cmocka_unit_test(the_deadline_ends_a_request),
        cmocka_unit_test(the_quota_stops_a_storm),
        cmocka_unit_test(success_gives_tokens_back),
        cmocka_unit_test(jitter_stays_in_its_range),
        cmocka_unit_test(hints_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
