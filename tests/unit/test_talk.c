/* Asking AWS one thing after another, and the rest-json protocol: what goes over the wire, what
 * comes of answers. */
#include "unit.h"

#include "aws_environment.h"
#include "base/buf.h"
#include "cloud/aws/client.h"
#include "cloud/aws/talk.h"
#include "http/replay.h"
#include "lambda/operations.h"

struct conversation {
    struct transport *replay;
    struct aws_talk talk;
};

static void begin(struct conversation *c, const char *text)
{
    struct error err = ERROR_INIT;
    *c = (struct conversation){.replay = replay_new(NULL, 0)};
    assert_int_equal(replay_read(c->replay, STR("replay"), str_from(text), &err), E_OK);
    const struct aws_client_options options = {
        .transport = c->replay, .region = "eu-west-1", .retry_jitter_fixed = true};
    c->talk.transport = c->replay;
    assert_int_equal(aws_client_new(&options, &c->talk.client, &err), E_OK);
}

static void end(struct conversation *c)
{
    aws_talk_release(&c->talk);
    aws_client_free(c->talk.client);
    transport_free(c->replay);
}

static int set_up(void **state)
{
    (void)state;
    aws_environment_clear();
    aws_environment_set("AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY=secret");
    return 0;
}

static struct str header_of(const struct replay_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (str_eq_nocase(request->headers[i].name, str_from(name)))
            return request->headers[i].value;
    }
    return STR_NONE;
}

static void what_goes_over_the_wire(void **state)
{
    (void)state;
    struct conversation c CLEANUP(end);
    struct aws_reply replies[3];
    begin(&c, "> GET * *\n< 200 5ms\n| {\"Configuration\": {}}\n"
              "> DELETE * *\n< 204 5ms\n"
              "> POST * *\n< 200 5ms\n: X-Amz-Function-Error: Unhandled\n| \"any\"\n");
    const struct aws_call calls[] = {
        {.operation = &lambda_get_function, .path = {STR("a-b_C1")}},
        {.operation = &lambda_remove_permission, .path = {STR("f"), STR("statement")}},
        {.operation = &lambda_invoke, .path = {STR("f")}, .body = STR("{\"dry_run\": true}")},
    };
    for (size_t i = 0; i < ARRAY_LEN(calls); i++)
        aws_talk_queue(&c.talk, &calls[i], &replies[i]);
    assert_int_equal(replies[0].code, E_CANCELLED);
    aws_talk_run(&c.talk);
    for (size_t i = 0; i < ARRAY_LEN(calls); i++)
        assert_int_equal(replies[i].code, E_OK);
    assert_true(json_is_object(replies[0].json));
    assert_null(replies[1].json);
    assert_str(str_trim(replies[2].body), "\"any\"");
    assert_str(aws_reply_header(&replies[2], STR("x-amz-function-error")), "Unhandled");
    assert_str(aws_reply_header(&replies[2], STR("x-amz-log-result")), "");
    const struct replay_request *request = replay_request_at(c.replay, 0);
    assert_str(request->url, "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/a-b_C1");
    assert_str(request->signed_for, "lambda/eu-west-1");
    assert_str(replay_request_at(c.replay, 1)->url,
               "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f/policy/statement");
    request = replay_request_at(c.replay, 2);
    assert_str(request->body, "{\"dry_run\": true}");
    assert_str(header_of(request, "Content-Type"), "application/json");
    assert_str(header_of(request, "X-Amz-Log-Type"), "Tail");
    assert_true(request->once);
}

static void names_that_no_path_holds(void **state)
{
    (void)state;
    static const char *const names[] = {"", "..", ".", "a/b", "a b", "a%2F", "arn:aws:lambda", "é"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct conversation c CLEANUP(end);
        struct aws_reply reply;
        struct error err = ERROR_INIT;
        begin(&c, "");
        const struct aws_call call = {.operation = &lambda_get_function,
                                      .path = {str_from(names[i])}};
        assert_int_equal(aws_talk_ask(&c.talk, &call, &reply, &err), E_SYNTAX);
        assert_int_equal(replay_count(c.replay), 0);
        assert_non_null(strstr(err.message, "part of a request's path"));
    }
}

static void errors_and_retries(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        enum error_code code;
        const char *aws_code;
        size_t attempts;
    } rows[] = {
        {"< 404 1ms\n: X-Amzn-ErrorType: ResourceNotFoundException\n| {\"Message\": \"no\"}\n",
         E_MISSING, "ResourceNotFoundException", 1},
        {"< 409 1ms\n: X-Amzn-ErrorType: ResourceConflictException:http://x\n| {}\n", E_CLIENT,
         "ResourceConflictException", 1},
        {"< 400 1ms\n| {\"__type\": \"InvalidParameterValueException\", \"message\": \"cannot be "
         "assumed by Lambda\"}\n",
         E_CLIENT, "InvalidParameterValueException", 1},
        {"< 403 1ms\n: X-Amzn-ErrorType: AccessDeniedException\n| {}\n", E_DENIED,
         "AccessDeniedException", 1},
        {"< 429 1ms\n: Retry-After: 2\n| {\"Reason\": \"CallerRateLimitExceeded\"}\n", E_THROTTLED,
         "", 3},
        {"< 500 1ms\n: X-Amzn-ErrorType: ServiceException\n| {}\n", E_SERVER, "ServiceException",
         3},
        {"< 200 1ms\n| [1]\n", E_PROTOCOL, "", 2},
        {"< 200 1ms\n", E_PROTOCOL, "", 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct conversation c CLEANUP(end);
        struct aws_reply reply;
        struct error err = ERROR_INIT;
        struct buf text CLEANUP(buf_release) = BUF_INIT(4096);
        buf_addf(&text, "> * * *\n= always\n%s", rows[i].answer);
        begin(&c, buf_cstr(&text));
        const struct aws_call call = {.operation = &lambda_get_function, .path = {STR("f")}};
        print_message("%s", rows[i].answer);
        assert_int_equal(aws_talk_ask(&c.talk, &call, &reply, &err), rows[i].code);
        assert_string_equal(err.aws_code, rows[i].aws_code);
        assert_string_equal(err.where, "lambda GetFunction");
        assert_int_equal(replay_count(c.replay), rows[i].attempts);
    }
}

static void iam_is_one_for_a_partition(void **state)
{
    (void)state;
    struct conversation c CLEANUP(end);
    struct aws_reply reply;
    struct error err = ERROR_INIT;
    begin(&c, "> * * *\n< 200 1ms\n| <GetRoleResponse><GetRoleResult><Role><Arn>x</Arn></Role>"
              "</GetRoleResult></GetRoleResponse>\n");
    const struct aws_call call = {.operation = &iam_get_role, .body = STR("RoleName=r")};
    assert_int_equal(aws_talk_ask(&c.talk, &call, &reply, &err), E_OK);
    assert_str(xml_text(xml_child(reply.xml, "Role"), "Arn"), "x");
    assert_str(replay_request_at(c.replay, 0)->url, "https://iam.amazonaws.com/");
    assert_str(replay_request_at(c.replay, 0)->signed_for, "iam/us-east-1");
}

static void waiting_takes_the_transports_time(void **state)
{
    (void)state;
    struct conversation c CLEANUP(end);
    begin(&c, "");
    aws_talk_wait(&c.talk, 1500);
    assert_int_equal(transport_now_ms(c.replay), 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_goes_over_the_wire, set_up),
        cmocka_unit_test_setup(names_that_no_path_holds, set_up),
        cmocka_unit_test_setup(errors_and_retries, set_up),
        cmocka_unit_test_setup(iam_is_one_for_a_partition, set_up),
        cmocka_unit_test_setup(waiting_takes_the_transports_time, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
