/* cloud/sim/wire: requests of every protocol to what AWS would answer. */
#include "unit.h"

#include "base/json.h"
#include "base/limits.h"
#include "cloud/sim/wire.h"
#include "sim_account.h"

static int set_up(void **state)
{
    struct sim_world *world = sim_world_new(&sim_account_spec);
    sim_world_advance(world, sim_world_now_ms(world) + 600000);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    sim_world_free(*state);
    return 0;
}

static const struct http_signing signing = {
    .access_key_id = {"AKID", 4}, .secret_access_key = {"x", 1}, .region = {"eu-west-1", 9}};

struct asking {
    const char *service; /* of the signature; NULL: unsigned */
    const char *target;  /* X-Amz-Target, or NULL */
    const char *body;
};

static void send(struct sim_world *world, const struct asking *asking,
                 struct wire_response *response)
{
    struct http_signing with = signing;
    struct http_header header = {STR("X-Amz-Target"), str_from(asking->target)};
    if (asking->service != NULL)
        with.service = str_from(asking->service);
    struct http_request http = {.method = STR("POST"),
                                .url = STR("https://anything.example/"),
                                .headers = &header,
                                .header_count = asking->target != NULL ? 1 : 0,
                                .has_body = true,
                                .body = str_from(asking->body),
                                .signing = asking->service != NULL ? &with : NULL};
    struct wire_request request = {.http = &http, .number = 1};
    wire_answer(world, &request, response);
}

#define ECS(operation)     "ecs", "AmazonEC2ContainerServiceV20141113." operation
#define GROUPS             "autoscaling", NULL
#define METRICS            "monitoring", NULL
#define AS(action)         "Action=" action "&Version=2011-01-01"
#define CW(action)         "Action=" action "&Version=2010-08-01"
#define CW_JSON(operation) "monitoring", "GraniteServiceVersion20100801." operation
#define WINDOW             "&StartTime=2026-06-01T00:00:00Z&EndTime=2026-06-01T00:05:00Z"
#define CPU                                                                                        \
    "&MetricDataQueries.member.1.Id=m1&MetricDataQueries.member.1.MetricStat.Stat=Average"         \
    "&MetricDataQueries.member.1.MetricStat.Period=60"                                             \
    "&MetricDataQueries.member.1.MetricStat.Metric.Namespace=AWS%2FECS"                            \
    "&MetricDataQueries.member.1.MetricStat.Metric.MetricName=CPUUtilization"                      \
    "&MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name=ClusterName"           \
    "&MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value=my_cluster"           \
    "&MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.2.Name=ServiceName"           \
    "&MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.2.Value=worker"
#define MY "{\"cluster\":\"my_cluster\""

static const struct {
    struct asking asking;
    int status;
    const char *part; /* of the answer; more than one: separated by '~' */
} rows[] = {
    /* Who is meant */
    {{NULL, "AmazonEC2ContainerServiceV20141113.ListClusters", "{}"},
     403,
     "\"__type\":\"MissingAuthenticationTokenException\""},
    {{NULL, NULL, AS("DescribeAutoScalingGroups")}, 403, "<Code>MissingAuthenticationToken</Code>"},
    {{ECS("CreateCluster"), "{}"}, 400, "UnknownOperationException~no operation 'CreateCluster'"},
    {{"s3", "S3.ListBuckets", "{}"}, 400, "UnknownOperationException~no such service"},
    {{GROUPS, AS("CreateAutoScalingGroup")}, 400, "<Code>InvalidAction</Code>"},
    {{GROUPS, "Action=DescribeAutoScalingGroups&Version=1999-01-01"}, 400, "<Type>Sender</Type>"},
    {{"sts", NULL, "Action=GetCallerIdentity&Version=2011-06-15"},
     200,
     "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
     "<GetCallerIdentityResult>~<Account>123456789012</Account>~<RequestId>"},
    /* Bodies that are none */
    {{ECS("ListClusters"), "{"}, 400, "SerializationException"},
    {{ECS("ListClusters"), "[]"}, 400, "SerializationException"},
    {{ECS("ListClusters"), "{\"maxResults\":\"2\"}"}, 400, "SerializationException~maxResults"},
    {{ECS("DescribeServices"), MY ",\"services\":[1]}"}, 400, "a list of strings"},
    {{GROUPS, "Action=%zz"}, 400, "<Code>MalformedQueryString</Code>"},
    {{GROUPS, "a=1&a=2"}, 400, "given twice"},
    {{GROUPS, "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s=1"}, 400, "nested over"},
    /* ECS */
    {{ECS("ListClusters"), "{}"},
     200,
     "{\"clusterArns\":[\"arn:aws:ecs:eu-west-1:123456789012:cluster/my_cluster\"]}"},
    {{ECS("ListServices"), "{}"}, 400, "ClusterNotFoundException"},
    {{ECS("ListServices"), MY "}"}, 200, "/agent\"~/backend\"~/mailer\"~/worker\"]}"},
    {{ECS("ListServices"), MY ",\"schedulingStrategy\":\"DAEMON\"}"}, 200, "/agent\"]}"},
    {{ECS("ListServices"), MY ",\"launchType\":\"FARGATE\"}"}, 200, "/mailer\"]}"},
    {{ECS("ListServices"), MY ",\"launchType\":\"EC3\"}"}, 400, "InvalidParameterException"},
    {{ECS("ListServices"), MY ",\"maxResults\":1}"}, 200, "[\"arn:~/agent\"],\"nextToken\":\""},
    {{ECS("ListServices"), MY ",\"maxResults\":101}"}, 400, "InvalidParameterException"},
    {{ECS("ListServices"), MY ",\"nextToken\":\"0123456789abcdef00\"}"}, 400, "Invalid token"},
    {{ECS("DescribeServices"), MY "}"}, 400, "InvalidParameterException"},
    {{ECS("DescribeServices"), MY ",\"services\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\","
                                  "\"h\",\"i\",\"j\",\"k\"]}"},
     400,
     "InvalidParameterException~10"},
    {{ECS("DescribeServices"), MY ",\"services\":[\"worker\",\"nobody\"]}"},
     200,
     "\"serviceName\":\"worker\"~\"desiredCount\":2~\"schedulingStrategy\":\"REPLICA\"~"
     "\"failures\":[{\"arn\":\"arn:aws:ecs:eu-west-1:123456789012:service/my_cluster/nobody\","
     "\"reason\":\"MISSING\"}]"},
    {{ECS("UpdateService"), MY ",\"service\":\"worker\",\"desiredCount\":4}"},
     200,
     "{\"service\":{~\"desiredCount\":4"},
    {{ECS("UpdateService"), MY ",\"service\":\"nobody\",\"desiredCount\":4}"},
     400,
     "ServiceNotFoundException"},
    {{ECS("UpdateService"), MY ",\"service\":\"worker\",\"desiredCount\":-1}"},
     400,
     "out of range"},
    {{ECS("UpdateService"), MY ",\"service\":\"worker\",\"taskDefinition\":\"x\"}"},
     400,
     "desiredCount only, not its taskDefinition"},
    {{ECS("UpdateService"), MY ",\"service\":\"agent\",\"desiredCount\":4}"},
     400,
     "InvalidParameterException"},
    {{ECS("ListContainerInstances"), MY ",\"status\":\"DRAINING\"}"},
     200,
     "{\"containerInstanceArns\":[]}"},
    {{ECS("ListContainerInstances"), MY ",\"status\":\"GONE\"}"}, 400, "not a supported status"},
    {{ECS("DescribeContainerInstances"), MY ",\"containerInstances\":[\"0123\"]}"},
     200,
     "\"containerInstances\":[]~container-instance/my_cluster/0123\",\"reason\":\"MISSING\""},
    {{ECS("UpdateContainerInstancesState"),
      MY ",\"containerInstances\":[\"0123\"],\"status\":\"INACTIVE\"}"},
     400,
     "ACTIVE or DRAINING"},
    {{ECS("ListTasks"), MY ",\"serviceName\":\"mailer\"}"}, 200, "{\"taskArns\":[\"arn:"},
    {{ECS("ListTasks"), MY ",\"serviceName\":\"mailer\",\"desiredStatus\":\"PENDING\"}"},
     200,
     "{\"taskArns\":[]}"},
    {{ECS("ListTasks"), MY ",\"serviceName\":\"nobody\"}"}, 400, "ServiceNotFoundException"},
    {{ECS("DescribeTasks"), MY ",\"tasks\":[\"00\"]}"}, 200, "\"reason\":\"MISSING\""},
    {{ECS("DescribeTaskDefinition"), "{\"taskDefinition\":\"nothing\"}"}, 400, "ClientException"},
    {{ECS("DescribeCapacityProviders"), "{}"},
     200,
     "\"name\":\"FARGATE\"~\"name\":\"provider\"~autoScalingGroupName/fleet~"
     "\"managedScaling\":{\"status\":\"DISABLED\""},
    {{ECS("DescribeClusters"),
      "{\"clusters\":[\"my_cluster\",\"x\"],\"include\":[\"STATISTICS\"]}"},
     200,
     "\"registeredContainerInstancesCount\":2~runningEC2TasksCount~cluster/x\",\"reason\""},
    /* Auto Scaling */
    {{GROUPS, AS("DescribeAutoScalingGroups") "&AutoScalingGroupNames.member.1=fleet"},
     200,
     "<AutoScalingGroupName>fleet</AutoScalingGroupName>~<MinSize>1</MinSize>~"
     "<DesiredCapacity>2</DesiredCapacity>~<InstanceId>i-~<InstanceType>m5.large</InstanceType>~"
     "<ProtectedFromScaleIn>false</ProtectedFromScaleIn>"},
    {{GROUPS, AS("DescribeAutoScalingGroups") "&AutoScalingGroupNames.member.1=other"},
     200,
     "<AutoScalingGroups></AutoScalingGroups>"},
    {{GROUPS, AS("DescribeAutoScalingGroups") "&MaxRecords=101"}, 400, "<Code>ValidationError<"},
    {{GROUPS, AS("DescribeAutoScalingGroups") "&NextToken=zz"}, 400, "<Code>InvalidNextToken<"},
    {{GROUPS, AS("SetDesiredCapacity") "&AutoScalingGroupName=fleet&DesiredCapacity=9"},
     400,
     "<Code>ValidationError</Code>"},
    {{GROUPS, AS("SetDesiredCapacity") "&AutoScalingGroupName=fleet"}, 400, "must not be null"},
    {{GROUPS, AS("SetDesiredCapacity") "&AutoScalingGroupName=none&DesiredCapacity=1"},
     400,
     "<Code>ValidationError</Code>"},
    {{GROUPS, AS("UpdateAutoScalingGroup") "&AutoScalingGroupName=fleet&MinSize=1&MaxSize=5"},
     200,
     "<UpdateAutoScalingGroupResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\">"
     "<ResponseMetadata>"},
    {{GROUPS, AS("UpdateAutoScalingGroup") "&AutoScalingGroupName=fleet&VPCZoneIdentifier=x"},
     400,
     "sizes only, not its VPCZoneIdentifier"},
    {{GROUPS, AS("TerminateInstanceInAutoScalingGroup") "&InstanceId=i-1&"
                                                        "ShouldDecrementDesiredCapacity=true"},
     400,
     "<Code>ValidationError</Code>"},
    /* CloudWatch */
    {{METRICS, CW("GetMetricData") CPU WINDOW},
     200,
     "<Id>m1</Id>~<Timestamps><member>2026-06-01T00:04:00Z</member>~<StatusCode>Complete<"},
    {{METRICS, CW("GetMetricData") CPU WINDOW "&ScanBy=TimestampAscending&MaxDatapoints=2"},
     200,
     "<member>2026-06-01T00:01:00Z</member></Timestamps>~PartialData~<NextToken>"},
    {{METRICS, CW("GetMetricData") CPU}, 400, "<Code>MissingParameter</Code>"},
    {{METRICS, CW("GetMetricData") WINDOW}, 400, "<Code>MissingParameter</Code>"},
    {{METRICS,
      CW("GetMetricData") CPU "&StartTime=2026-06-01T01:00:00Z&EndTime=2026-06-01T00:00:00Z"},
     400,
     "StartTime must be less"},
    {{METRICS, CW("ListMetrics") "&Namespace=Shop"}, 200, "<MetricName>Backlog</MetricName>"},
    {{CW_JSON("ListMetrics"), "{\"MetricName\":\"Backlog\"}"},
     200,
     "{\"Metrics\":[{\"Namespace\":\"Shop\",\"MetricName\":\"Backlog\",\"Dimensions\":[{\"Name\":"
     "\"Queue\",\"Value\":\"celery\"}]}]}"},
    {{METRICS, CW("GetMetricStatistics") WINDOW
      "&Namespace=Shop&MetricName=Backlog&Period=60&Statistics.member.1=Maximum"
      "&Dimensions.member.1.Name=Queue&Dimensions.member.1.Value=celery"},
     200,
     "<Label>Backlog</Label>~<Timestamp>2026-06-01T00:03:00Z</Timestamp>~<Unit>Count</Unit>"},
    {{METRICS, CW("GetMetricStatistics") WINDOW "&Namespace=a&MetricName=b&Period=60"},
     400,
     "<Code>InvalidParameterCombination</Code>"},
    {{METRICS, CW("GetMetricStatistics") WINDOW "&Namespace=a&MetricName=b&Period=61"},
     400,
     "multiple of 60"},
};

/* Without the blanks that are between the items of JSON. */
static struct str tighten(struct str text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_blank = text.ptr[i] == ' ' && i >= 2 && i + 1 < text.len &&
                        (text.ptr[i - 1] == ':' || text.ptr[i - 1] == ',') &&
                        (text.ptr[i - 2] == '"' || text.ptr[i + 1] == '"' ||
                         text.ptr[i - 2] == '}' || text.ptr[i - 2] == ']');
        if (!is_blank)
            buf_add_char(out, text.ptr[i]);
    }
    return buf_str(out);
}

/* Are all parts of `wanted`, separated by '~', in the text, one behind the other? */
static bool holds(struct str text, const char *wanted)
{
    struct buf tight CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_BODY_BYTES);
    struct str rest = str_from(wanted);
    struct str part;
    text = tighten(text, &tight);
    while (str_split(&rest, '~', &part)) {
        size_t at = str_find_str(text, part);
        if (at >= text.len)
            return false;
        text = str_slice(text, at + part.len, text.len);
    }
    return true;
}

static void test_answers(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct wire_response response;
        send(*state, &rows[i].asking, &response);
        struct str body = buf_str(&response.body);
        if (response.status != rows[i].status || !holds(body, rows[i].part))
            fail_msg("row %zu (%s %s): %d %.*s\nwanted: %d %s", i,
                     rows[i].asking.target != NULL ? rows[i].asking.target : "",
                     rows[i].asking.body, response.status, STR_ARG(body), rows[i].status,
                     rows[i].part);
        wire_response_release(&response);
    }
}

static void get(struct sim_world *world, const char *url, struct wire_response *response)
{
    struct http_request http = {.method = STR("GET"), .url = str_from(url)};
    struct wire_request request = {.http = &http, .number = 1};
    wire_answer(world, &request, response);
}

static void test_documents(void **state)
{
    static const struct {
        const char *url;
        int status;
        const char *part;
    } documents[] = {
        {"https://rabbit.example/api/queues/celery", 200, "\"messages_ready\""},
        {"https://u:p@rabbit.example/api/queues/celery?x=1", 200, "\"messages_ready\""},
        {"/api/queues/celery", 200, "\"messages_ready\""},
        {"http://127.0.0.1:4566/api/queues/celery", 200, "\"messages_ready\""},
        {"/api/queues/other", 404, "Object Not Found"},
        {"http://127.0.0.1:4566", 200, "my_cluster (eu-west-1)"},
        {"", 200, "The simulated account 123456789012"},
    };
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        struct wire_response response;
        get(*state, documents[i].url, &response);
        if (response.status != documents[i].status ||
            !holds(buf_str(&response.body), documents[i].part))
            fail_msg("%s: %d %s", documents[i].url, response.status, buf_cstr(&response.body));
        wire_response_release(&response);
    }
    struct wire_response response;
    sim_metrics_silence(*state, sim_world_now_ms(*state) + 60000);
    get(*state, "/api/queues/celery", &response);
    assert_int_equal(response.status, 503);
    wire_response_release(&response);
}

/* A caller whose clock is elsewhere sees its own times everywhere. */
static void test_shift(void **state)
{
    enum { SHIFT_MS = 3600000 };
    struct http_signing with = signing;
    with.service = STR("monitoring");
    struct http_request http = {
        .method = STR("POST"),
        .url = STR("/"),
        .has_body = true,
        .body = STR(CW("GetMetricData") CPU
                    "&StartTime=2026-06-01T01:00:00Z&EndTime=2026-06-01T01:05:00Z"),
        .signing = &with};
    struct wire_request request = {.http = &http, .shift_ms = SHIFT_MS};
    struct wire_response response;
    wire_answer(*state, &request, &response);
    assert_true(holds(buf_str(&response.body), "<member>2026-06-01T01:04:00Z</member>"));
    assert_false(holds(buf_str(&response.body), "2026-06-01T00:"));
    wire_response_release(&response);
}

/* The region is the signature's, also where it comes in a header. */
static void test_scope(void **state)
{
    static const struct {
        const char *authorization;
        int status;
        const char *part;
    } headers[] = {
        {"AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/ecs/aws4_request, SignedHeaders=host",
         200, "cluster/my_cluster"},
        {"AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/ecs/aws4_request", 200,
         "{\"clusterArns\":[]}"},
        {"AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/ecs", 403, "MissingAuthentication"},
        {"Basic dTpw", 403, "MissingAuthentication"},
        {"AWS4-HMAC-SHA256 Credential=A/B/C/D/E/F/aws4_request", 403, "MissingAuthentication"},
    };
    for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
        struct http_header sent[] = {
            {STR("authorization"), str_from(headers[i].authorization)},
            {STR("x-amz-target"), STR("AmazonEC2ContainerServiceV20141113.ListClusters")}};
        struct http_request http = {
            .method = STR("POST"), .url = STR("/"), .headers = sent, .header_count = 2};
        http.has_body = true;
        http.body = STR("{}");
        struct wire_request request = {.http = &http};
        struct wire_response response;
        wire_answer(*state, &request, &response);
        if (response.status != headers[i].status ||
            !holds(buf_str(&response.body), headers[i].part))
            fail_msg("row %zu: %d %s", i, response.status, buf_cstr(&response.body));
        wire_response_release(&response);
    }
}

/* Every page once, and the pages together hold everything once. */
static void test_pages(void **state)
{
    char body[700] = MY ",\"maxResults\":1}";
    size_t seen = 0;
    for (;;) {
        struct wire_response response;
        struct asking asking = {ECS("ListServices"), body};
        json_t *answer CLEANUP(json_release) = NULL;
        struct error err = ERROR_INIT;
        struct str token = STR_NONE;
        send(*state, &asking, &response);
        assert_int_equal(json_parse(buf_str(&response.body), &answer, &err), E_OK);
        wire_response_release(&response);
        seen += json_array_size(json_object_get(answer, "serviceArns"));
        if (!json_get_str(answer, "nextToken", &token))
            break;
        snprintf(body, sizeof(body), MY ",\"maxResults\":1,\"nextToken\":\"%.*s\"}",
                 STR_ARG(token));
    }
    assert_int_equal(seen, sim_account_clusters[0].service_count);
}

/* CBOR in and out, by hand: {"Namespace": "Shop"} and floats, tags, indefinite lengths. */
static void test_cbor(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        int status;
        const char *part;
    } bodies[] = {
#define BYTES(text) text, sizeof(text) - 1
        {BYTES("\xa1\x69Namespace\x64Shop"), 200, "\xbf\x67Metrics\x9f\xbf\x69Namespace\x64Shop"},
        {BYTES("\xbf\x69Namespace\x64Shop\xff"), 200, "Backlog"},
        {BYTES("\xa1\x69Namespace\x64Sho"), 400, "SerializationException"},
        {BYTES("\xa1\x69Namespace\xf9\x3c\x00"), 400, "SerializationException"},
        {BYTES("\xa1\x69Namespace\xf6"), 200, "CPUUtilization"},
        {BYTES("\xa0\xa0"), 400, "SerializationException"},
        {BYTES("\xa1\x01\x01"), 400, "SerializationException"},
        {BYTES("\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f\x9f"), 400,
         "SerializationException"},
        {BYTES(""), 400, "SerializationException"},
        {BYTES("\xbb\xff\xff\xff\xff\xff\xff\xff\xff"), 400, "SerializationException"},
    };
    struct http_signing with = signing;
    with.service = STR("monitoring");
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct http_request http = {
            .method = STR("POST"),
            .url = STR("https://x/service/GraniteServiceVersion20100801/operation/ListMetrics"),
            .has_body = true,
            .body = {bodies[i].bytes, bodies[i].len},
            .signing = &with};
        struct wire_request request = {.http = &http};
        struct wire_response response;
        wire_answer(*state, &request, &response);
        if (response.status != bodies[i].status || !holds(buf_str(&response.body), bodies[i].part))
            fail_msg("row %zu: %d %s", i, response.status, buf_cstr(&response.body));
        wire_response_release(&response);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_documents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shift, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_scope, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cbor, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
