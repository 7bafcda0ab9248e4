/* http/replay and http/faults: recorded answers on a virtual clock, and what breaks them. */
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "http/faults.h"
#include "http/replay.h"

struct seen {
    int calls;
    enum error_code code;
    int status;
    char body[400];
    char message[600];
    bool may_have_arrived;
    int64_t latency_us;
    int64_t at_ms;
    struct transport *transport;
};

static void on_answer(void *context, const struct http_response *response)
{
    struct seen *seen = context;
    seen->calls++;
    seen->code = response->code;
    seen->status = response->status;
    seen->may_have_arrived = response->may_have_arrived;
    seen->latency_us = response->latency_us;
    seen->at_ms = transport_now_ms(seen->transport);
    snprintf(seen->body, sizeof(seen->body), "%.*s", STR_ARG(response->body));
    snprintf(seen->message, sizeof(seen->message), "%s", response->err.message);
}

static void send(struct transport *transport, const char *operation, const char *body,
                 struct seen *seen)
{
    char target[100];
    snprintf(target, sizeof(target), "Ecs_2014.%s", operation);
    const struct http_header headers[] = {{STR("X-Amz-Target"), str_from(target)}};
    struct http_request request = {
        .method = STR("POST"),
        .url = STR("https://ecs.eu-west-1.amazonaws.com/"),
        .headers = headers,
        .header_count = 1,
        .has_body = true,
        .body = str_from(body),
    };
    *seen = (struct seen){.transport = transport};
    transport_send(transport, &request, on_answer, seen);
}

static void ask(struct transport *transport, const char *operation, const char *body,
                struct seen *seen)
{
    send(transport, operation, body, seen);
    transport_run(transport, INT64_MAX);
    assert_int_equal(seen->calls, 1);
}

static const char recording[] = "# two answers\n"
                                "> POST ecs.eu-west-1 DescribeServices\n"
                                "~ \"worker\"\n"
                                "= 2\n"
                                "< 200 25ms\n"
                                ": Content-Type: application/x-amz-json-1.1\n"
                                "| {\"services\":\n"
                                "|  [1]}\n"
                                "\n"
                                "> * * ListClusters\n"
                                "! reset\n"
                                "> POST * *\n"
                                "= always\n"
                                "< 503\n";

static void a_recording_answers_in_order(void **state)
{
    (void)state;
    struct transport *replay = replay_new(NULL, 0);
    struct error err = ERROR_INIT;
    assert_int_equal(replay_read(replay, STR("r"), STR(recording), &err), E_OK);
    struct seen seen;
    ask(replay, "DescribeServices", "{\"services\":[\"worker\"]}", &seen);
    assert_int_equal(seen.code, E_OK);
    assert_int_equal(seen.status, 200);
    assert_string_equal(seen.body, "{\"services\":\n [1]}");
    assert_int_equal(seen.at_ms, 25);
    assert_int_equal(replay_unused(replay), 2);
    ask(replay, "DescribeServices", "{\"services\":[\"worker\"]}", &seen);
    assert_int_equal(seen.status, 200);
    ask(replay, "DescribeServices", "{\"services\":[\"worker\"]}", &seen);
    assert_int_equal(seen.status, 503); /* used up: the next that matches */
    ask(replay, "ListClusters", "{}", &seen);
    assert_int_equal(seen.code, E_NETWORK);
    assert_true(seen.may_have_arrived);
    assert_int_equal(replay_count(replay), 4);
    assert_str(replay_request_at(replay, 0)->operation, "DescribeServices");
    assert_int_equal(replay_request_at(replay, 1)->at_ms, 25);
    assert_null(replay_unmatched(replay));
    assert_int_equal(replay_unused(replay), 0);
    transport_free(replay);
}

static void what_is_not_recorded_fails_clearly(void **state)
{
    (void)state;
    struct transport *replay = replay_new(NULL, 0);
    struct seen seen;
    ask(replay, "Nothing", "{}", &seen);
    assert_int_equal(seen.code, E_PROTOCOL);
    assert_string_equal(seen.message,
                        "no recorded answer for POST https://ecs.eu-west-1.amazonaws.com/ Nothing");
    assert_str(replay_unmatched(replay)->operation, "Nothing");
    transport_free(replay);
}

static void a_recording_is_checked(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *where;
    } rows[] = {
        {"< 200\n", "r:1"},
        {"> POST\n< 99\n", "r:2"},
        {"> POST\n< 200 soon\n", "r:2"},
        {"> POST * * what\n", "r:1"},
        {"> POST\n> GET\n", "r:2"},
        {"> POST\n", "r:2"},
        {"> POST\n| body\n", "r:2"},
        {"> POST\n< 200\n: nothing\n", "r:3"},
        {"> POST\n= 0\n", "r:2"},
        {"> POST\n! gone\n", "r:2"},
        {"hello\n", "r:1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct transport *replay = replay_new(NULL, 0);
        struct error err = ERROR_INIT;
        assert_int_equal(replay_read(replay, STR("r"), str_from(rows[i].text), &err), E_SYNTAX);
        assert_string_equal(err.where, rows[i].where);
        transport_free(replay);
    }
}

static void on_timer(void *context)
{
    struct seen *seen = context;
    seen->calls++;
    seen->at_ms = transport_now_ms(seen->transport);
}

static void the_deadline_ends_what_is_outstanding(void **state)
{
    (void)state;
    const struct replay_exchange slow = {.status = 200, .latency_ms = 5000, .times = 5};
    struct transport *replay = replay_new(&slow, 1);
    struct seen first;
    struct seen late;
    struct seen timer = {.transport = replay};
    send(replay, "A", "{}", &first);
    transport_after(replay, 100, on_timer, &timer);
    transport_run(replay, 50);
    assert_int_equal(transport_now_ms(replay), 50);
    assert_int_equal(first.code, E_DEADLINE);
    assert_true(first.may_have_arrived);
    assert_int_equal(timer.calls, 1);
    transport_close(replay);
    send(replay, "B", "{}", &late);
    assert_int_equal(late.calls, 0);
    transport_run(replay, 60);
    assert_int_equal(late.code, E_DEADLINE);
    assert_false(late.may_have_arrived);
    assert_int_equal(replay_count(replay), 1); /* what came after the deadline was not sent */
    transport_open(replay);
    ask(replay, "C", "{}", &first);
    assert_int_equal(first.code, E_OK);
    transport_free(replay);
}

static void timers_fire_in_order(void **state)
{
    (void)state;
    struct transport *replay = replay_new(NULL, 0);
    struct seen seen[3];
    static const int64_t delays[] = {30, 10, 20};
    for (size_t i = 0; i < 3; i++) {
        seen[i] = (struct seen){.transport = replay};
        transport_after(replay, delays[i], on_timer, &seen[i]);
    }
    transport_run(replay, 1000);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(seen[i].at_ms, delays[i]);
    assert_int_equal(transport_now_ms(replay), 30);
    assert_false(transport_step(replay, 2000));
    transport_free(replay);
}

/* What each kind makes of a true answer that takes 5 ms. */
static const struct {
    const char *fault;
    enum error_code code;
    int status;
    bool may_have_arrived;
    int64_t at_ms;
    const char *body;
    int sent; /* requests that got through */
} fault_rows[] = {
    {"refused", E_NETWORK, 0, false, 0, "", 0},
    {"reset delay=3ms", E_NETWORK, 0, true, 3, "", 0},
    {"timeout", E_TIMEOUT, 0, true, 10000, "", 0},
    {"timeout delay=2s", E_TIMEOUT, 0, true, 2000, "", 0},
    {"status", E_OK, 500, true, 0,
     "{\"__type\":\"ServerException\",\"message\":\"Service Unavailable. Please try again "
     "later.\"}",
     0},
    {"status status=503 operation=Describe", E_OK, 503, true, 0,
     "{\"__type\":\"ServerException\",\"message\":\"Service Unavailable. Please try again "
     "later.\"}",
     0},
    {"status status=503 operation=List", E_OK, 200, true, 5, "{\"a\":[1,{\"b\":\"c\"}],\"d\":null}",
     1},
    {"throttle body=\"\\\"x y\\\"\"", E_OK, 400, true, 0,
     "{\"__type\":\"ThrottlingException\",\"message\":\"Rate exceeded\"}", 0},
    {"throttle body=\"x  y\"", E_OK, 200, true, 5, "{\"a\":[1,{\"b\":\"c\"}],\"d\":null}", 1},
    {"throttle nth=2", E_OK, 200, true, 5, "{\"a\":[1,{\"b\":\"c\"}],\"d\":null}", 1},
    {"truncated", E_OK, 200, true, 5, "{\"a\":[1,{\"b\":\"", 1},
    {"empty", E_OK, 200, true, 5, "", 1},
    {"malformed", E_OK, 200, true, 5, "{\"a\":[1,{\x01}<{\"c\"}],\"d\":null}", 1},
    {"types", E_OK, 200, true, 5, "{\"a\":{},\"d\":true}", 1},
    {"types depth=2", E_OK, 200, true, 5, "{\"a\":[\"seven\",\"object\"],\"d\":null}", 1},
    {"types depth=3", E_OK, 200, true, 5, "{\"a\":[1,{\"b\":7}],\"d\":null}", 1},
    {"oversized", E_LIMIT, 0, true, 5, "", 1},
    {"slow delay=1s", E_OK, 200, true, 1005, "{\"a\":[1,{\"b\":\"c\"}],\"d\":null}", 1},
    {"slow delay=10s", E_TIMEOUT, 0, true, 10000, "", 1},
    {"lost", E_TIMEOUT, 0, true, 10000, "", 1},
};

static void each_fault_breaks_what_it_says(void **state)
{
    (void)state;
    const struct replay_exchange truth = {
        .status = 200, .latency_ms = 5, .answer = STR("{\"a\":[1,{\"b\":\"c\"}],\"d\":null}")};
    for (size_t i = 0; i < ARRAY_LEN(fault_rows); i++) {
        struct arena arena CLEANUP(arena_release) = ARENA_INIT;
        struct error err = ERROR_INIT;
        struct fault *table = NULL;
        size_t count = 0;
        if (faults_read(&arena, STR("f"), str_from(fault_rows[i].fault), &table, &count, &err) !=
            E_OK)
            fail_msg("%s: %s", fault_rows[i].fault, err.message);
        struct transport *replay = replay_new(&truth, 1);
        struct transport *faults = faults_new(replay, table, count);
        struct seen seen;
        print_message("%s\n", fault_rows[i].fault);
        ask(faults, "Describe", "{\"names\": [\"x y\"]}", &seen);
        assert_int_equal(seen.code, fault_rows[i].code);
        assert_int_equal(seen.status, fault_rows[i].status);
        assert_int_equal(seen.may_have_arrived, fault_rows[i].may_have_arrived);
        assert_int_equal(seen.at_ms, fault_rows[i].at_ms);
        assert_int_equal(seen.latency_us, fault_rows[i].at_ms * 1000);
        assert_string_equal(seen.body, fault_rows[i].body);
        assert_int_equal(replay_count(replay), fault_rows[i].sent);
        transport_free(faults);
        transport_free(replay);
    }
}

static void a_fault_acts_on_the_requests_it_names(void **state)
{
    (void)state;
    const struct replay_exchange truth = {.status = 200, .times = REPLAY_ALWAYS};
    const struct fault table[] = {
        {.kind = FAULT_STATUS, .status = 503, .operation = STR("A"), .nth = 2, .count = 2},
        {.kind = FAULT_STATUS, .status = 502, .nth = 4},
    };
    static const struct {
        const char *operation;
        int status;
    } rows[] = {{"A", 200}, {"B", 200}, {"A", 503}, {"A", 503}, {"A", 502}, {"B", 502}};
    struct transport *replay = replay_new(&truth, 1);
    struct transport *faults = faults_new(replay, table, ARRAY_LEN(table));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct seen seen;
        ask(faults, rows[i].operation, "{}", &seen);
        assert_int_equal(seen.status, rows[i].status);
    }
    assert_int_equal(faults_acted(faults, 0), 2);
    assert_int_equal(faults_acted(faults, 1), 2);
    transport_free(faults);
    transport_free(replay);
}

static void xml_gets_other_types_too(void **state)
{
    (void)state;
    const struct replay_exchange truth = {
        .status = 200,
        .times = REPLAY_ALWAYS,
        .answer = STR("<R><Q a='1'><N>1</N><L><m>x</m><m/></L></Q> <M>r</M></R>")};
    static const char *const expected[] = {
        "<R><Q a='1'>seven</Q> <M><seven/></M></R>",
        "<R><Q a='1'><N><seven/></N><L>seven</L></Q> <M>r</M></R>",
        "<R><Q a='1'><N>1</N><L><m><seven/></m><m/></L></Q> <M>r</M></R>",
    };
    for (int depth = 1; depth <= 3; depth++) {
        const struct fault table[] = {{.kind = FAULT_TYPES, .depth = depth}};
        struct transport *replay = replay_new(&truth, 1);
        struct transport *faults = faults_new(replay, table, 1);
        struct seen seen;
        ask(faults, "A", "{}", &seen);
        assert_string_equal(seen.body, expected[depth - 1]);
        transport_free(faults);
        transport_free(replay);
    }
}

static void the_deadline_ends_broken_requests_too(void **state)
{
    (void)state;
    static const char *const kinds[] = {"timeout", "slow delay=5s", "lost", "reset delay=1s"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct arena arena CLEANUP(arena_release) = ARENA_INIT;
        const struct replay_exchange truth = {.status = 200, .latency_ms = 10};
        struct fault *table = NULL;
        size_t count = 0;
        struct error err = ERROR_INIT;
        assert_int_equal(faults_read(&arena, STR("f"), str_from(kinds[i]), &table, &count, &err),
                         E_OK);
        struct transport *replay = replay_new(&truth, 1);
        struct transport *faults = faults_new(replay, table, count);
        struct seen seen;
        send(faults, "A", "{}", &seen);
        transport_run(faults, 100);
        assert_int_equal(seen.calls, 1);
        assert_int_equal(seen.code, E_DEADLINE);
        assert_true(seen.may_have_arrived);
        transport_free(faults);
        transport_free(replay);
    }
}

static void fault_files_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *where;
    } rows[] = {
        {"# fine\n\nnonsense\n", "f:3"}, {"timeout nth=x\n", "f:1"},
        {"timeout nth=-1\n", "f:1"},     {"timeout\ntimeout url=\n", "f:2"},
        {"slow delay=x", "f:1"},         {"slow body=\"x", "f:1"},
        {"slow what=1", "f:1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena CLEANUP(arena_release) = ARENA_INIT;
        struct fault *table = NULL;
        size_t count = 0;
        struct error err = ERROR_INIT;
        assert_int_equal(
            faults_read(&arena, STR("f"), str_from(rows[i].text), &table, &count, &err), E_SYNTAX);
        assert_string_equal(err.where, rows[i].where);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_answers_in_order),
        cmocka_unit_test(what_is_not_recorded_fails_clearly),
        cmocka_unit_test(a_recording_is_checked),
        cmocka_unit_test(the_deadline_ends_what_is_outstanding),
        cmocka_unit_test(timers_fire_in_order),
        cmocka_unit_test(each_fault_breaks_what_it_says),
        cmocka_unit_test(a_fault_acts_on_the_requests_it_names),
        cmocka_unit_test(xml_gets_other_types_too),
        cmocka_unit_test(the_deadline_ends_broken_requests_too),
        cmocka_unit_test(fault_files_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
