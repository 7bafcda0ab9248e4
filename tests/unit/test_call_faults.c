/* One AWS call through every fault of http/faults, three protocols: what it ends with where the
 * fault stays, and where it goes away after the first attempt. Credentials are real ones out of the
 * environment. */
#include "unit.h"

#include "aws_environment.h"
#include "cloud/aws/call.h"
#include "cloud/aws/client.h"
#include "http/faults.h"
#include "http/replay.h"

static const struct aws_operation describe = {&aws_ecs, "DescribeServices", "ecs:DescribeServices",
                                              true};
static const struct aws_operation groups = {&aws_autoscaling, "DescribeAutoScalingGroups",
                                            "autoscaling:DescribeAutoScalingGroups", true};
static const struct aws_operation set_capacity = {&aws_autoscaling, "SetDesiredCapacity",
                                                  "autoscaling:SetDesiredCapacity", false};

static const struct aws_operation get_function = {.service = &aws_lambda,
                                                  .name = "GetFunction",
                                                  .permission = "lambda:GetFunction",
                                                  .repeatable = true,
                                                  .method = "GET",
                                                  .path = "/2015-03-31/functions/{}"};

static const char json_answer[] = "{\"services\":[{\"serviceName\":\"worker\"}],\"failures\":[]}";
static const char xml_answer[] =
    "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>"
    "<member/></AutoScalingGroups></DescribeAutoScalingGroupsResult>"
    "</DescribeAutoScalingGroupsResponse>";
static const char void_answer[] = "<SetDesiredCapacityResponse><ResponseMetadata><RequestId>1"
                                  "</RequestId></ResponseMetadata></SetDesiredCapacityResponse>";

static const struct {
    enum fault_kind kind;
    enum error_code always; /* every attempt meets it */
    enum error_code first;  /* only the first one does; operations that may be sent again */
    bool once_recovers;     /* the same of one that must not be sent twice */
    bool may_have_arrived;
} rows[] = {
    {FAULT_REFUSED, E_NETWORK, E_OK, true, false},
    {FAULT_RESET, E_NETWORK, E_OK, false, true},
    {FAULT_TIMEOUT, E_TIMEOUT, E_OK, false, true},
    {FAULT_STATUS, E_SERVER, E_OK, false, true},
    {FAULT_THROTTLE, E_THROTTLED, E_OK, true, false},
    {FAULT_MALFORMED, E_PROTOCOL, E_OK, false, true},
    {FAULT_TRUNCATED, E_PROTOCOL, E_OK, false, true},
    {FAULT_EMPTY, E_PROTOCOL, E_OK, false, true},
    {FAULT_TYPES, E_OK, E_OK, true, false}, /* for those to find who know the operation */
    {FAULT_OVERSIZED, E_LIMIT, E_LIMIT, false, true},
    {FAULT_SLOW, E_OK, E_OK, true, false},
    {FAULT_LOST, E_TIMEOUT, E_OK, false, true},
};

struct result {
    int calls;
    enum error_code code;
    struct error err;
    bool may_have_arrived;
};

static void on_answer(void *context, const struct aws_answer *answer)
{
    struct result *result = context;
    result->calls++;
    result->code = answer->code;
    result->err = answer->err;
    result->may_have_arrived = answer->may_have_arrived;
    assert_true(answer->code == E_OK || (answer->json == NULL && answer->xml == NULL));
}

static void call_through(const struct fault *fault, const struct aws_operation *operation,
                         struct result *result, size_t *arrived)
{
    const struct replay_exchange truth[] = {
        {.url = STR("/2015-03-31/functions/scaler"),
         .status = 200,
         .answer = str_from(json_answer),
         .times = REPLAY_ALWAYS},
        {.operation = STR("DescribeServices"),
         .status = 200,
         .answer = str_from(json_answer),
         .times = REPLAY_ALWAYS},
        {.operation = STR("DescribeAutoScalingGroups"),
         .status = 200,
         .answer = str_from(xml_answer),
         .times = REPLAY_ALWAYS},
        {.operation = STR("SetDesiredCapacity"),
         .status = 200,
         .answer = str_from(void_answer),
         .times = REPLAY_ALWAYS},
    };
    struct transport *replay = replay_new(truth, ARRAY_LEN(truth));
    struct transport *faults = faults_new(replay, fault, 1);
    const struct aws_client_options options = {.transport = faults, .region = "eu-west-1"};
    struct aws_client *client = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(aws_client_new(&options, &client, &err), E_OK);
    *result = (struct result){.calls = 0};
    const struct aws_call call = {
        .operation = operation, .path = {STR("scaler")}, .done = on_answer, .context = result};
    aws_call_send(client, &call);
    transport_run(faults, 3600000);
    *arrived = replay_count(replay);
    aws_client_free(client);
    transport_free(faults);
    transport_free(replay);
    assert_int_equal(result->calls, 1);
}

static int set_up(void **state)
{
    (void)state;
    aws_environment_clear();
    aws_environment_set("AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY=secret");
    return 0;
}

static void a_fault_that_stays(void **state)
{
    (void)state;
    const struct aws_operation *const operations[] = {&describe, &groups, &set_capacity,
                                                      &get_function};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (size_t o = 0; o < ARRAY_LEN(operations); o++) {
            const struct fault fault = {.kind = rows[i].kind};
            struct result result;
            size_t arrived = 0;
            print_message("%s %s\n", fault_kind_name(rows[i].kind), operations[o]->name);
            call_through(&fault, operations[o], &result, &arrived);
            assert_int_equal(result.code, rows[i].always);
            assert_int_equal(result.may_have_arrived, rows[i].may_have_arrived);
            if (result.code == E_OK)
                continue;
            assert_true(result.err.message[0] != '\0');
            assert_non_null(strstr(result.err.where, operations[o]->name));
            if (!operations[o]->repeatable)
                assert_true(arrived <= 1); /* whatever happens: never carried out twice */
        }
    }
}

static void a_fault_that_goes_away(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct fault fault = {.kind = rows[i].kind, .count = 1};
        struct result result;
        size_t arrived = 0;
        print_message("%s\n", fault_kind_name(rows[i].kind));
        call_through(&fault, &describe, &result, &arrived);
        assert_int_equal(result.code, rows[i].first);
        call_through(&fault, &groups, &result, &arrived);
        assert_int_equal(result.code, rows[i].first);
        call_through(&fault, &get_function, &result, &arrived);
        assert_int_equal(result.code, rows[i].first);
        call_through(&fault, &set_capacity, &result, &arrived);
        assert_int_equal(result.code == E_OK, rows[i].once_recovers);
        assert_true(arrived <= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_fault_that_stays, set_up),
        cmocka_unit_test_setup(a_fault_that_goes_away, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
