/* cloud/aws/: what is asked together goes out in as few calls as the APIs allow, and every query is
 * answered once. */
#include "unit.h"

#include "base/limits.h"
#include "cloud_fixture.h"

static int set_up(void **state)
{
    static struct fixture f;
    fixture_init(&f);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_release(*state);
    return 0;
}

static void ask_many(struct fixture *f, struct query **queries, enum query_kind kind, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct str name = arena_printf(&f->arena, "name%04zu", i);
        queries[i] = fixture_ask(f, kind, name.ptr);
    }
}

static void assert_all_present(struct query **queries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (queries[i]->fact.status != FACT_PRESENT)
            fail_msg("query %zu: %.*s", i, STR_ARG(queries[i]->fact.reason));
        assert_int_equal(fixture_deliveries(queries[i]), 1);
    }
}

static void a_pass_takes_as_few_calls_as_it_can(void **state)
{
    struct fixture *f = *state;
    struct query *services[25];
    struct query *groups[120];
    struct query *statistics[1200];
    f->account.instances = 130;
    f->account.page = 500;
    ask_many(f, services, QUERY_SERVICE, 25);
    ask_many(f, groups, QUERY_GROUP, 120);
    ask_many(f, statistics, QUERY_STATISTIC, 1200);
    f->account.page = 100;
    struct query *instances = fixture_ask(f, QUERY_INSTANCES, "");
    fixture_run(f);
    assert_all_present(services, 25);
    assert_all_present(groups, 120);
    assert_all_present(statistics, 1200);
    assert_all_present(&instances, 1);
    int depth = 0;
    assert_int_equal(fixture_calls(f, "DescribeServices", &depth), 3);
    assert_int_equal(depth, 1);
    assert_int_equal(fixture_calls(f, "DescribeAutoScalingGroups", &depth), 3);
    assert_int_equal(depth, 1);
    assert_int_equal(fixture_calls(f, "ListContainerInstances", &depth), 2);
    assert_int_equal(depth, 2);
    assert_int_equal(fixture_calls(f, "DescribeContainerInstances", &depth), 2);
    assert_int_equal(depth, 3);
    /* The fake gives 100 results a page: five pages of 500, twice, and two of 200. */
    assert_int_equal(fixture_calls(f, "GetMetricData", NULL), 12);
    assert_int_equal(f->log.calls.count, 3 + 3 + 2 + 2 + 12);
    assert_int_equal(services[7]->service.desired, 3);
    assert_str(services[7]->service.name, "name0007");
    assert_int_equal(groups[77]->group.desired, 3);
    assert_int_equal(statistics[1199]->datapoint_count, 1);
    assert_int_equal(instances->instances.count, 130);
    assert_str(instances->instances.items[0].ec2_id, "i-0000");
    assert_str(instances->instances.items[129].ec2_id, "i-0129");
}

static void statistics_of_a_window_go_out_500_at_a_time(void **state)
{
    struct fixture *f = *state;
    struct query *statistics[1200];
    f->account.page = 1000;
    ask_many(f, statistics, QUERY_STATISTIC, 1200);
    struct query *others[2];
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        others[i] = fixture_query(f, QUERY_STATISTIC, "name0003");
        others[i]->statistic.start_ms -= i == 0 ? 60000 : 0;
        others[i]->statistic.end_ms -= i == 1 ? 60000 : 0;
        cloud_ask(f->cloud, others[i]);
    }
    fixture_run(f);
    assert_all_present(statistics, 1200);
    assert_all_present(others, 2);
    assert_int_equal(fixture_calls(f, "GetMetricData", NULL), 5);
    /* Each got its own value: the fake answers "m<n>" with n.5, and questions are sorted. */
    for (size_t i = 0; i < 1200; i++)
        assert_true(statistics[i]->datapoints[0].value == (double)(i % 500) + 0.5);
}

static void what_asks_the_same_is_asked_once(void **state)
{
    struct fixture *f = *state;
    struct query *queries[12];
    for (size_t i = 0; i < 12; i += 6) {
        queries[i] = fixture_ask(f, QUERY_SERVICE, "worker");
        queries[i + 1] = fixture_query(f, QUERY_GROUP, "fleet");
        queries[i + 1]->cluster = i == 0 ? STR("shop") : STR("blog");
        cloud_ask(f->cloud, queries[i + 1]);
        queries[i + 2] = fixture_ask(f, QUERY_STATISTIC, "CPUUtilization");
        queries[i + 3] = fixture_ask(f, QUERY_HTTP, "");
        queries[i + 4] = fixture_ask(f, QUERY_INSTANCES, "");
        queries[i + 5] = fixture_ask(f, QUERY_TASK_DEFINITION, "worker:7");
    }
    fixture_run(f);
    assert_all_present(queries, 12);
    assert_int_equal(f->log.calls.count, 7);
    assert_str(queries[9]->body, "{\"messages_ready\": 7}");
    assert_int_equal(queries[10]->instances.count, 3);
    assert_int_equal(queries[11]->size.cpu_units, 256);
    for (size_t i = 0; i < f->log.calls.count; i++) {
        bool is_shared = str_eq(f->log.calls.items[i].service, STR("autoscaling"));
        assert_str(f->log.calls.items[i].cluster, is_shared ? "" : "shop");
    }
}

static void a_call_for_several_clusters_is_nobodys_own(void **state)
{
    struct fixture *f = *state;
    struct query *groups[] = {fixture_query(f, QUERY_GROUP, "a"),
                              fixture_query(f, QUERY_GROUP, "b")};
    groups[1]->cluster = STR("blog");
    cloud_ask(f->cloud, groups[0]);
    cloud_ask(f->cloud, groups[1]);
    fixture_run(f);
    assert_all_present(groups, 2);
    assert_int_equal(f->log.calls.count, 1);
    assert_str(f->log.calls.items[0].cluster, "");
}

static void an_instance_listed_twice_counts_once(void **state)
{
    struct fixture *f = *state;
    f->account.instances = 250;
    f->account.overlap = 3;
    struct query *instances = fixture_ask(f, QUERY_INSTANCES, "");
    fixture_run(f);
    assert_all_present(&instances, 1);
    assert_int_equal(instances->instances.count, 250);
}

static void clusters_and_regions_are_kept_apart(void **state)
{
    struct fixture *f = *state;
    struct query *queries[3];
    for (size_t i = 0; i < 3; i++) {
        queries[i] = fixture_query(f, QUERY_SERVICE, "worker");
        queries[i]->cluster = i == 1 ? STR("blog") : STR("shop");
        queries[i]->region = i == 2 ? STR("us-east-1") : STR("eu-west-1");
        cloud_ask(f->cloud, queries[i]);
    }
    fixture_run(f);
    assert_all_present(queries, 3);
    assert_int_equal(f->log.calls.count, 3);
}

static void what_does_not_exist_is_missing(void **state)
{
    struct fixture *f = *state;
    struct query *service = fixture_ask(f, QUERY_SERVICE, "gone");
    struct query *other = fixture_ask(f, QUERY_SERVICE, "worker");
    struct query *group = fixture_ask(f, QUERY_GROUP, "gone-asg");
    struct query *provider = fixture_ask(f, QUERY_CAPACITY_PROVIDER, "gone-cp");
    struct query *instance = fixture_ask(f, QUERY_INSTANCE, "arn:x:container-instance/shop/gone1");
    fixture_run(f);
    assert_all_present(&other, 1);
    struct query *missing[] = {service, group, provider, instance};
    static const char *const reasons[] = {
        "no service 'gone' in cluster 'shop'",
        "no Auto Scaling group 'gone-asg' in region 'eu-west-1'",
        "no capacity provider 'gone-cp' in region 'eu-west-1'",
        "no container instance 'gone1' in cluster 'shop'",
    };
    for (size_t i = 0; i < ARRAY_LEN(missing); i++) {
        assert_int_equal(missing[i]->fact.status, FACT_MISSING);
        assert_str(missing[i]->fact.reason, reasons[i]);
    }
}

static void groups_are_read_to_the_last_page(void **state)
{
    struct fixture *f = *state;
    struct query *groups[50];
    f->account.page = 7;
    ask_many(f, groups, QUERY_GROUP, 49);
    groups[49] = fixture_ask(f, QUERY_GROUP, "zulu");
    fixture_run(f);
    assert_all_present(groups, 50);
    int depth = 0;
    assert_int_equal(fixture_calls(f, "DescribeAutoScalingGroups", &depth), 8);
    assert_int_equal(depth, 8);
}

static void one_bad_name_does_not_spoil_the_others(void **state)
{
    struct fixture *f = *state;
    struct query *groups[50];
    ask_many(f, groups, QUERY_GROUP, 49);
    struct query *bad = fixture_ask(f, QUERY_GROUP, "bad name");
    fixture_run(f);
    assert_all_present(groups, 49);
    assert_int_equal(bad->fact.status, FACT_FAILED);
    assert_str(bad->fact.reason, "autoscaling DescribeAutoScalingGroups: bad name");
    assert_in_range(fixture_calls(f, "DescribeAutoScalingGroups", NULL), 3, 13);
}

static void many_bad_names_are_not_looked_for_without_end(void **state)
{
    struct fixture *f = *state;
    struct query *groups[400];
    for (size_t i = 0; i < 400; i++) {
        struct str name = arena_printf(&f->arena, "bad%04zu", i);
        groups[i] = fixture_ask(f, QUERY_GROUP, name.ptr);
    }
    fixture_run(f);
    for (size_t i = 0; i < 400; i++) {
        assert_int_equal(groups[i]->fact.status, FACT_FAILED);
        assert_int_equal(fixture_deliveries(groups[i]), 1);
    }
    assert_in_range(f->log.calls.count, 8, 8 + 256);
}

static void a_revision_is_asked_for_once_in_a_life(void **state)
{
    struct fixture *f = *state;
    struct query *first = fixture_ask(f, QUERY_TASK_DEFINITION, "arn:x:task-definition/worker:7");
    struct query *family = fixture_ask(f, QUERY_TASK_DEFINITION, "worker");
    fixture_run(f);
    struct query *again = fixture_ask(f, QUERY_TASK_DEFINITION, "arn:x:task-definition/worker:7");
    struct query *next = fixture_ask(f, QUERY_TASK_DEFINITION, "arn:x:task-definition/worker:8");
    struct query *newest = fixture_ask(f, QUERY_TASK_DEFINITION, "worker");
    fixture_run(f);
    struct query *all[] = {first, family, again, next, newest};
    assert_all_present(all, ARRAY_LEN(all));
    assert_int_equal(again->size.mem_mib, 512);
    assert_int_equal(fixture_calls(f, "DescribeTaskDefinition", NULL), 4);
}

static void the_cache_of_revisions_is_bounded(void **state)
{
    struct fixture *f = *state;
    enum { COUNT = LIMIT_TASK_SIZES + 10 };
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < COUNT; i++) {
            struct str name = arena_printf(&f->arena, "worker:%d", i);
            fixture_ask(f, QUERY_TASK_DEFINITION, name.ptr);
        }
        fixture_run(f);
    }
    int calls = fixture_calls(f, "DescribeTaskDefinition", NULL);
    assert_in_range(calls, COUNT + 1, 2 * COUNT);
}

static void tasks_on_an_instance_are_counted_in_both_lists(void **state)
{
    struct fixture *f = *state;
    f->account.page = 5;
    struct query *here =
        fixture_ask(f, QUERY_INSTANCE_TASKS, ACCOUNT_ARN "container-instance/shop/0001");
    fixture_run(f);
    assert_all_present(&here, 1);
    /* 12 that are to run, 12 that are to stop, ten of which have: stopped0000 to stopped0009. */
    assert_int_equal(here->tasks, 14);
    assert_int_equal(fixture_calls(f, "ListTasks", NULL), 6);
    assert_int_equal(fixture_calls(f, "DescribeTasks", NULL), 1);
    struct query *elsewhere =
        fixture_ask(f, QUERY_INSTANCE_TASKS, ACCOUNT_ARN "container-instance/shop/0002");
    fixture_run(f);
    assert_int_equal(elsewhere->tasks, 0);
}

static void daemons_are_listed_and_described_by_ten(void **state)
{
    struct fixture *f = *state;
    f->account.daemons = 23;
    struct query *daemons = fixture_ask(f, QUERY_DAEMONS, "");
    fixture_run(f);
    assert_all_present(&daemons, 1);
    assert_int_equal(daemons->daemons.count, 23);
    assert_str(daemons->daemons.items[22].name, "daemon0022");
    assert_int_equal(fixture_calls(f, "ListServices", NULL), 1);
    assert_int_equal(fixture_calls(f, "DescribeServices", NULL), 3);
}

static void providers_go_by_ten_and_instances_by_hundred(void **state)
{
    struct fixture *f = *state;
    struct query *providers[12];
    struct query *instances[120];
    ask_many(f, providers, QUERY_CAPACITY_PROVIDER, ARRAY_LEN(providers));
    ask_many(f, instances, QUERY_INSTANCE, ARRAY_LEN(instances));
    fixture_run(f);
    assert_all_present(providers, ARRAY_LEN(providers));
    assert_all_present(instances, ARRAY_LEN(instances));
    assert_true(providers[11]->managed_scaling);
    assert_str(instances[119]->instance.ec2_id, "i-name0119");
    assert_int_equal(fixture_calls(f, "DescribeCapacityProviders", NULL), 2);
    assert_int_equal(fixture_calls(f, "DescribeContainerInstances", NULL), 2);
}

static void an_empty_cluster_has_no_instances(void **state)
{
    struct fixture *f = *state;
    f->account.instances = 0;
    struct query *instances = fixture_ask(f, QUERY_INSTANCES, "");
    fixture_run(f);
    assert_all_present(&instances, 1);
    assert_int_equal(instances->instances.count, 0);
    assert_int_equal(f->log.calls.count, 1);
}

struct chain {
    struct fixture *f;
    struct query *next;
};

static void ask_next(struct query *query)
{
    struct chain *chain = query->context;
    cloud_ask(chain->f->cloud, chain->next);
}

static void what_an_answer_leads_to_is_one_deeper(void **state)
{
    struct fixture *f = *state;
    struct query *instances = fixture_query(f, QUERY_INSTANCES, "");
    struct chain chain = {.f = f, .next = fixture_query(f, QUERY_HTTP, "")};
    instances->done = ask_next;
    instances->context = &chain;
    cloud_ask(f->cloud, instances);
    fixture_run(f);
    int depth = 0;
    assert_int_equal(fixture_calls(f, "DescribeContainerInstances", &depth), 1);
    assert_int_equal(depth, 2);
    assert_int_equal(fixture_calls(f, "http://rabbit.example/api", &depth), 1);
    assert_int_equal(depth, 3);
    struct query *fresh = fixture_ask(f, QUERY_SERVICE, "worker");
    fixture_run(f);
    assert_all_present(&fresh, 1);
    assert_int_equal(fixture_calls(f, "DescribeServices", &depth), 1);
    assert_int_equal(depth, 1);
}

static const struct replay_request *last_request(struct fixture *f)
{
    return replay_request_at(f->account.replay, replay_count(f->account.replay) - 1);
}

static void actions_go_out_as_they_are_planned(void **state)
{
    struct fixture *f = *state;
    static const struct {
        enum action_kind kind;
        const char *body;
    } rows[] = {
        {ACTION_GROUP_BOUNDS, "Action=UpdateAutoScalingGroup&Version=2011-01-01&"
                              "AutoScalingGroupName=fleet%20%26%20co&MinSize=1&MaxSize=9&"
                              "DesiredCapacity=4"},
        {ACTION_TERMINATE, "Action=TerminateInstanceInAutoScalingGroup&Version=2011-01-01&"
                           "InstanceId=i-0001&ShouldDecrementDesiredCapacity=true"},
        {ACTION_DRAIN, "{\"cluster\": \"shop\", \"containerInstances\": [\"" ACCOUNT_ARN
                       "container-instance/shop/0001\"], \"status\": \"DRAINING\"}"},
        {ACTION_GROUP_CAPACITY, "Action=SetDesiredCapacity&Version=2011-01-01&"
                                "AutoScalingGroupName=fleet%20%26%20co&DesiredCapacity=4&"
                                "HonorCooldown=false"},
        {ACTION_SERVICE_IN,
         "{\"cluster\": \"shop\", \"service\": \"worker\", \"desiredCount\": 4}"},
        {ACTION_SERVICE_OUT,
         "{\"cluster\": \"shop\", \"service\": \"worker\", \"desiredCount\": 4}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct act *act = fixture_act(f, rows[i].kind);
        fixture_run(f);
        assert_int_equal(act->outcome->status, OUTCOME_APPLIED);
        assert_str(act->outcome->reason, "");
        assert_int_equal(act->outcome->latency_us, 10000);
        assert_int_equal(*(int *)act->context, 1);
        assert_str(last_request(f)->body, rows[i].body);
        assert_int_equal(last_request(f)->once, rows[i].kind == ACTION_TERMINATE);
    }
}

static void an_act_that_did_nothing_has_failed(void **state)
{
    struct fixture *f = *state;
    static const struct {
        enum action_kind kind;
        const char *operation;
        const char *answer;
        const char *reason;
    } rows[] = {
        {ACTION_DRAIN, "UpdateContainerInstancesState",
         "{\"containerInstances\": [], \"failures\": [{\"arn\": \"x/0001\", \"reason\": "
         "\"INACTIVE\"}]}",
         "'0001' could not be described: INACTIVE"},
        {ACTION_DRAIN, "UpdateContainerInstancesState",
         "{\"containerInstances\": [], \"failures\": [{\"arn\": \"x/0001\", \"reason\": "
         "\"MISSING\"}]}",
         "'0001' does not exist"},
        {ACTION_DRAIN, "UpdateContainerInstancesState",
         "{\"containerInstances\": [{\"containerInstanceArn\": \"x/0001\", \"status\": "
         "\"ACTIVE\"}]}",
         "containerInstances[0].status is ACTIVE, not DRAINING"},
        {ACTION_SERVICE_OUT, "UpdateService", "{\"service\": {\"desiredCount\": 3}}",
         "service.desiredCount is 3 after the change, not 4"},
        {ACTION_SERVICE_IN, "UpdateService", "{}", "service.desiredCount is missing"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct replay_exchange exchange = {.operation = str_from(rows[i].operation),
                                           .status = 200,
                                           .answer = str_from(rows[i].answer)};
        replay_add(f->account.replay, &exchange);
        struct act *act = fixture_act(f, rows[i].kind);
        fixture_run(f);
        struct str reason =
            arena_printf(&f->arena, "ecs %s: %s", rows[i].operation, rows[i].reason);
        assert_int_equal(act->outcome->status, OUTCOME_FAILED);
        assert_str(act->outcome->reason, reason.ptr);
        fixture_release(f);
        fixture_init(f);
    }
}

static void a_throttled_act_is_not_applied_at_the_deadline(void **state)
{
    struct fixture *f = *state;
    f->account.broken = "UpdateService";
    f->account.fault = FAULT_THROTTLED;
    struct act *act = fixture_act(f, ACTION_SERVICE_OUT);
    cloud_run(f->cloud, cloud_now_ms(f->cloud) + 500); /* the first pause is a second */
    assert_int_equal(act->outcome->status, OUTCOME_NOT_APPLIED);
    assert_int_equal(replay_count(f->account.replay), 1);
    assert_str(act->outcome->reason,
               "ecs UpdateService: no; then the deadline passed before the request was sent");
}

static void after_the_deadline_nothing_is_sent(void **state)
{
    struct fixture *f = *state;
    struct query *query = fixture_ask(f, QUERY_SERVICE, "worker");
    struct act *act = fixture_act(f, ACTION_SERVICE_OUT);
    cloud_run(f->cloud, cloud_now_ms(f->cloud));
    assert_int_equal(query->fact.status, FACT_FAILED);
    assert_int_equal(query->err.code, E_DEADLINE);
    assert_int_equal(act->outcome->status, OUTCOME_NOT_APPLIED);
    assert_int_equal(replay_count(f->account.replay), 0);
    /* The next run starts afresh. */
    query = fixture_ask(f, QUERY_SERVICE, "worker");
    fixture_run(f);
    assert_all_present(&query, 1);
}

static void what_is_under_way_at_the_deadline_fails(void **state)
{
    struct fixture *f = *state;
    f->account.instances = 250;
    struct query *instances = fixture_ask(f, QUERY_INSTANCES, "");
    struct query *service = fixture_ask(f, QUERY_SERVICE, "worker");
    cloud_run(f->cloud, cloud_now_ms(f->cloud) + 15);
    assert_all_present(&service, 1);
    assert_int_equal(instances->fact.status, FACT_FAILED);
    assert_int_equal(instances->err.code, E_DEADLINE);
    assert_int_equal(fixture_deliveries(instances), 1);
    struct act *act = fixture_act(f, ACTION_TERMINATE);
    cloud_run(f->cloud, cloud_now_ms(f->cloud) + 5);
    assert_int_equal(act->outcome->status, OUTCOME_FAILED);
    assert_str(act->outcome->reason,
               "autoscaling TerminateInstanceInAutoScalingGroup: the answer did not come before "
               "the deadline (it may have taken effect all the same)");
}

static void an_http_source_is_asked_as_defined(void **state)
{
    struct fixture *f = *state;
    struct query *query = fixture_query(f, QUERY_HTTP, "");
    struct http_source_definition http = *query->http;
    struct header_definition headers[] = {
        {.name = {STR("X-Key"), STR("X-Key")}, .value = {STR("hunter2"), STR("%(KEY)")}}};
    http.method = HTTP_POST;
    http.has_payload = true;
    http.payload = (struct text){STR("{\"q\": 1}"), STR("{\"q\": 1}")};
    http.headers = headers;
    http.header_count = 1;
    query->http = &http;
    cloud_ask(f->cloud, query);
    fixture_run(f);
    assert_all_present(&query, 1);
    assert_str(query->body, "{\"messages_ready\": 7}");
    const struct replay_request *request = last_request(f);
    assert_str(request->method, "POST");
    assert_str(request->body, "{\"q\": 1}");
    assert_str(request->signed_with, "");
    assert_true(request->once);
    assert_int_equal(request->header_count, 2);
    assert_str(request->headers[1].value, "application/json");

    headers[0].value.value = STR("a\r\nX-Other: b");
    query = fixture_query(f, QUERY_HTTP, "");
    query->http = &http;
    cloud_ask(f->cloud, query);
    fixture_run(f);
    assert_int_equal(query->fact.status, FACT_FAILED);
    assert_str(query->fact.reason, "POST http://rabbit.example/api: header 'X-Key' has no name or "
                                   "a control character in it");
}

static void an_http_source_is_tried_within_its_time(void **state)
{
    static const struct {
        enum http_method method;
        int64_t timeout_ms;
        int attempts;
    } rows[] = {{HTTP_GET, 10000, 3}, {HTTP_POST, 10000, 1}, {HTTP_GET, 300, 1}};
    struct fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct query *query = fixture_query(f, QUERY_HTTP, "");
        struct http_source_definition http = *query->http;
        http.method = rows[i].method;
        http.timeout_ms = rows[i].timeout_ms;
        query->http = &http;
        f->account.broken = "http";
        f->account.fault = FAULT_503;
        cloud_ask(f->cloud, query);
        fixture_run(f);
        assert_int_equal(query->fact.status, FACT_FAILED);
        assert_int_equal(query->err.http_status, 503);
        assert_int_equal(f->log.calls.items[i].attempts, rows[i].attempts);
        assert_int_equal(f->log.calls.items[i].http_status, 503);
        assert_true(f->log.calls.items[i].latency_us <= rows[i].timeout_ms * 1000);
        if (str_find_str(query->fact.reason, STR("hunter2")) < query->fact.reason.len)
            fail_msg("a secret in '%.*s'", STR_ARG(query->fact.reason));
    }
}

static void values_of_the_environment_are_not_shown(void **state)
{
    struct fixture *f = *state;
    static const char *const hidden[] = {"gone-secret", "bad-secret", "secret.example"};
    struct query *queries[] = {
        fixture_query(f, QUERY_SERVICE, hidden[0]),
        fixture_query(f, QUERY_GROUP, hidden[0]),
        fixture_query(f, QUERY_GROUP, hidden[1]),
        fixture_query(f, QUERY_HTTP, ""),
    };
    struct text texts[] = {{str_from(hidden[0]), STR("%(NAME)")},
                           {str_from(hidden[1]), STR("%(NAME)")}};
    struct http_source_definition http = *queries[3]->http;
    struct replay_exchange refusal = {.operation = STR("DescribeAutoScalingGroups"),
                                      .status = 403,
                                      .answer = STR("<ErrorResponse><Error><Code>AccessDenied"
                                                    "</Code><Message>not gone-secret nor bad-secret"
                                                    "</Message></Error></ErrorResponse>")};
    struct replay_exchange broken = {.url = STR("secret.example"), .code = E_NETWORK};
    http.url = (struct text){STR("http://u:p@secret.example:80/x"), STR("http://%(HOST):80/x")};
    http.method = HTTP_POST;
    queries[3]->http = &http;
    replay_add(f->account.replay, &refusal);
    replay_add(f->account.replay, &broken);
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        queries[i]->texts = texts;
        queries[i]->text_count = ARRAY_LEN(texts);
        cloud_ask(f->cloud, queries[i]);
    }
    fixture_run(f);
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        struct str reason = queries[i]->fact.reason;
        assert_true(reason.len > 0);
        if (str_find_str(reason, STR("secret")) < reason.len)
            fail_msg("%.*s", STR_ARG(reason));
        assert_null(strstr(queries[i]->err.message, "secret"));
    }
    assert_str(queries[0]->fact.reason, "no service '%(NAME)' in cluster 'shop'");
    assert_non_null(strstr(queries[2]->err.message, "not %(NAME) nor %(NAME)"));
}

static void too_big_a_request_is_halved(void **state)
{
    struct fixture *f = *state;
    struct query *statistics[500];
    size_t size = 12 * 1024;
    char *big = arena_alloc(&f->arena, size, 1);
    memset(big, '/', size); /* three bytes each on the wire */
    for (size_t i = 0; i < ARRAY_LEN(statistics); i++) {
        struct str name = arena_printf(&f->arena, "m%zu%.*s", i, (int)size, big);
        statistics[i] = fixture_ask(f, QUERY_STATISTIC, name.ptr);
    }
    struct query *over = fixture_query(f, QUERY_STATISTIC, "m");
    over->statistic.start_ms -= 1000;
    over->statistic.metric_name.ptr = arena_alloc(&f->arena, LIMIT_AWS_REQUEST_BYTES, 1);
    over->statistic.metric_name.len = LIMIT_AWS_REQUEST_BYTES;
    cloud_ask(f->cloud, over);
    f->account.page = 1000;
    fixture_run(f);
    assert_all_present(statistics, ARRAY_LEN(statistics));
    assert_int_equal(over->fact.status, FACT_FAILED);
    assert_int_equal(over->err.code, E_LIMIT);
    assert_int_equal(fixture_calls(f, "GetMetricData", NULL), 8);
}

#define CLOUD_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOUD_TEST(a_pass_takes_as_few_calls_as_it_can),
        CLOUD_TEST(statistics_of_a_window_go_out_500_at_a_time),
        CLOUD_TEST(what_asks_the_same_is_asked_once),
        CLOUD_TEST(clusters_and_regions_are_kept_apart),
        CLOUD_TEST(what_does_not_exist_is_missing),
        CLOUD_TEST(groups_are_read_to_the_last_page),
        CLOUD_TEST(one_bad_name_does_not_spoil_the_others),
        CLOUD_TEST(many_bad_names_are_not_looked_for_without_end),
        CLOUD_TEST(a_revision_is_asked_for_once_in_a_life),
        CLOUD_TEST(the_cache_of_revisions_is_bounded),
        CLOUD_TEST(tasks_on_an_instance_are_counted_in_both_lists),
        CLOUD_TEST(daemons_are_listed_and_described_by_ten),
        CLOUD_TEST(providers_go_by_ten_and_instances_by_hundred),
        CLOUD_TEST(an_empty_cluster_has_no_instances),
        CLOUD_TEST(what_an_answer_leads_to_is_one_deeper),
        CLOUD_TEST(actions_go_out_as_they_are_planned),
        CLOUD_TEST(an_act_that_did_nothing_has_failed),
        CLOUD_TEST(a_throttled_act_is_not_applied_at_the_deadline),
        CLOUD_TEST(a_call_for_several_clusters_is_nobodys_own),
        CLOUD_TEST(an_instance_listed_twice_counts_once),
        CLOUD_TEST(after_the_deadline_nothing_is_sent),
        CLOUD_TEST(what_is_under_way_at_the_deadline_fails),
        CLOUD_TEST(an_http_source_is_asked_as_defined),
        CLOUD_TEST(an_http_source_is_tried_within_its_time),
        CLOUD_TEST(values_of_the_environment_are_not_shown),
        CLOUD_TEST(too_big_a_request_is_halved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
