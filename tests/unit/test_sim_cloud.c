/* The cloud seam on a simulated account: answers and errors as AWS's cloud gives them, deadlines,
 * and the calls that are counted. */
#include "sim_fixture.h"

enum { MANY = 250 };

struct asking {
    struct sim_fixture sim;
    struct cloud *cloud;
    struct call_log log;
    int deliveries;
    struct query chained; /* asked when another is answered */
};

static int set_up(void **state)
{
    static struct asking a;
    memset(&a, 0, sizeof(a));
    sim_fixture_init(&a.sim);
    *state = &a;
    return 0;
}

static void begin(struct asking *a, int64_t latency_ms)
{
    sim_begin(&a->sim);
    const struct sim_cloud_options options = {.world = a->sim.world, .latency_ms = latency_ms};
    a->cloud = cloud_sim_new(&options);
    a->cloud->log = &a->log;
}

static int tear_down(void **state)
{
    struct asking *a = *state;
    cloud_free(a->cloud);
    arena_release(&a->log.arena);
    sim_fixture_release(&a->sim);
    return 0;
}

static void query_done(struct query *query)
{
    struct asking *a = query->context;
    a->deliveries++;
}

static void act_done(struct act *act)
{
    struct asking *a = act->context;
    a->deliveries++;
}

static struct query query_of(struct asking *a, enum query_kind kind, struct str name)
{
    return (struct query){.kind = kind,
                          .arena = &a->sim.arena,
                          .region = STR("eu-west-1"),
                          .cluster = STR("shop"),
                          .name = name,
                          .done = query_done,
                          .context = a};
}

static struct query answer(struct asking *a, struct query query)
{
    cloud_ask(a->cloud, &query);
    cloud_run(a->cloud, cloud_now_ms(a->cloud) + MINUTE);
    return query;
}

static void check_call(const struct asking *a, size_t index, const char *operation, int depth)
{
    assert_true(index < a->log.calls.count);
    assert_str(a->log.calls.items[index].operation, operation);
    assert_int_equal(a->log.calls.items[index].depth, depth);
    assert_int_equal(a->log.calls.items[index].attempts, 1);
}

static void what_is_not_there(void **state)
{
    static const struct {
        enum query_kind kind;
        const char *name;
        const char *cluster;
        enum fact_status status;
        const char *reason;
    } rows[] = {
        {QUERY_GROUP, "none", "shop", FACT_MISSING,
         "no Auto Scaling group 'none' in region 'eu-west-1'"},
        {QUERY_SERVICE, "none", "shop", FACT_MISSING, "no service 'none' in cluster 'shop'"},
        {QUERY_SERVICE, "worker", "none", FACT_FAILED,
         "ecs DescribeServices: no cluster 'none' in region 'eu-west-1'"},
        {QUERY_INSTANCES, "", "none", FACT_FAILED,
         "ecs ListContainerInstances: no cluster 'none' in region 'eu-west-1'"},
        {QUERY_INSTANCE, "arn:aws:ecs:x/none", "shop", FACT_MISSING,
         "no container instance 'none' in cluster 'shop'"},
        {QUERY_CAPACITY_PROVIDER, "none", "shop", FACT_MISSING,
         "no capacity provider 'none' in region 'eu-west-1'"},
        {QUERY_TASK_DEFINITION, "none:1", "shop", FACT_FAILED,
         "ecs DescribeTaskDefinition: Unable to describe task definition."},
        {QUERY_DAEMONS, "", "none", FACT_FAILED,
         "ecs ListServices: no cluster 'none' in region 'eu-west-1'"},
        {QUERY_INSTANCE_TASKS, "none", "none", FACT_FAILED,
         "ecs ListTasks: no cluster 'none' in region 'eu-west-1'"},
    };
    struct asking *a = *state;
    begin(a, 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct query query = query_of(a, rows[i].kind, str_from(rows[i].name));
        query.cluster = str_from(rows[i].cluster);
        query = answer(a, query);
        assert_int_equal(query.fact.status, rows[i].status);
        assert_str(query.fact.reason, rows[i].reason);
    }
}

static struct query http_query(struct asking *a, const struct http_source_definition *source)
{
    struct query query = query_of(a, QUERY_HTTP, STR_NONE);
    query.http = source;
    return query;
}

static void metrics_over_http(void **state)
{
    struct asking *a = *state;
    const struct http_source_definition there = {
        .url = {STR("http://u:p@h/api/queues/celery"), STR("http://h/api/queues/celery")}};
    const struct http_source_definition elsewhere = {.url = {STR("http://h/x"), STR("http://h/x")}};
    begin(a, 0);
    assert_int_equal(answer(a, http_query(a, &there)).fact.status, FACT_PRESENT);
    assert_str(answer(a, http_query(a, &elsewhere)).fact.reason,
               "GET http://h/x: the answer's status is 404");
    sim_metrics_silence(a->sim.world, sim_start_ms + MINUTE);
    assert_str(answer(a, http_query(a, &there)).fact.reason,
               "GET http://h/api/queues/celery: after 3 attempts: the answer's status is 503");
    assert_int_equal(a->log.calls.items[2].attempts, 3);
    assert_int_equal(a->log.calls.items[2].http_status, 503);
}

/* 250 services, 130 instances: as many calls as on AWS. */
static void calls_are_batched_and_paged(void **state)
{
    struct asking *a = *state;
    a->sim.groups[0].desired = a->sim.groups[0].max = 130;
    begin(a, 0);
    static struct query queries[MANY];
    char names[MANY][16];
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "service-%zu", i);
        queries[i] = query_of(a, QUERY_SERVICE, str_from(names[i]));
        cloud_ask(a->cloud, &queries[i]);
    }
    struct query again = query_of(a, QUERY_SERVICE, STR("service-0")); /* asks the same */
    struct query instances = query_of(a, QUERY_INSTANCES, STR_NONE);
    cloud_ask(a->cloud, &again);
    cloud_ask(a->cloud, &instances);
    cloud_run(a->cloud, cloud_now_ms(a->cloud) + MINUTE);
    assert_int_equal(a->deliveries, MANY + 2);
    assert_int_equal(instances.instances.count, 130);
    assert_int_equal(a->log.calls.count, 25 + 2 + 2);
    check_call(a, 24, "DescribeServices", 1);
    check_call(a, 25, "ListContainerInstances", 1);
    check_call(a, 26, "ListContainerInstances", 2);
    check_call(a, 28, "DescribeContainerInstances", 3);
}

static void statistics_go_by_window(void **state)
{
    struct asking *a = *state;
    begin(a, 0);
    static struct query queries[4];
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        queries[i] = query_of(a, QUERY_STATISTIC, STR_NONE);
        queries[i].statistic = (struct statistic_query){
            .namespace_ = STR("AWS/ECS"),
            .metric_name = i < 2 ? STR("CPUUtilization") : STR("MemoryUtilization"),
            .statistic = STR("Average"),
            .period_s = 60,
            .start_ms = sim_start_ms,
            .end_ms = sim_start_ms + (i == 3 ? 2 : 1) * MINUTE};
        cloud_ask(a->cloud, &queries[i]);
    }
    cloud_run(a->cloud, cloud_now_ms(a->cloud) + MINUTE);
    assert_int_equal(a->deliveries, 4);
    assert_int_equal(a->log.calls.count, 2);
    check_call(a, 0, "GetMetricData", 1);
}

/* A revision never changes: its size is asked for once. */
static void sizes_are_remembered(void **state)
{
    struct asking *a = *state;
    begin(a, 0);
    struct str arn = STR("arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-worker:1");
    for (int i = 0; i < 3; i++)
        assert_int_equal(answer(a, query_of(a, QUERY_TASK_DEFINITION, arn)).size.cpu_units, 256);
    assert_int_equal(a->log.calls.count, 1);
}

static void ask_chained(struct query *query)
{
    struct asking *a = query->context;
    a->deliveries++;
    cloud_ask(a->cloud, &a->chained);
}

static void answers_take_round_trips(void **state)
{
    struct asking *a = *state;
    begin(a, 100);
    a->chained = query_of(a, QUERY_GROUP, STR("asg"));
    struct query instances = query_of(a, QUERY_INSTANCES, STR_NONE);
    instances.done = ask_chained;
    instances = answer(a, instances);
    assert_int_equal(a->deliveries, 2);
    assert_int_equal(cloud_now_ms(a->cloud), sim_start_ms + 300);
    assert_int_equal(cloud_wall_ms(a->cloud), sim_start_ms + 300);
    check_call(a, 0, "ListContainerInstances", 1);
    check_call(a, 1, "DescribeContainerInstances", 2);
    check_call(a, 2, "DescribeAutoScalingGroups", 3);
    assert_int_equal(a->log.calls.items[2].latency_us, 100 * 1000);
}

static struct act act_of(struct asking *a, const struct action *action, struct outcome *outcome)
{
    return (struct act){.arena = &a->sim.arena,
                        .region = STR("eu-west-1"),
                        .cluster = STR("shop"),
                        .group = STR("asg"),
                        .service = STR("worker"),
                        .action = action,
                        .outcome = outcome,
                        .done = act_done,
                        .context = a};
}

static void the_deadline_ends_it(void **state)
{
    struct asking *a = *state;
    begin(a, 100);
    const struct action action = {.kind = ACTION_SERVICE_OUT, .to = 3};
    struct outcome outcome = {.status = OUTCOME_PENDING};
    struct act act = act_of(a, &action, &outcome);
    struct query query = query_of(a, QUERY_INSTANCES, STR_NONE);
    a->chained = query_of(a, QUERY_GROUP, STR("asg"));
    query.done = ask_chained;
    cloud_ask(a->cloud, &query);
    cloud_act(a->cloud, &act);
    cloud_run(a->cloud, sim_start_ms + 50);
    assert_int_equal(cloud_now_ms(a->cloud), sim_start_ms + 50);
    assert_int_equal(a->deliveries, 3);
    assert_int_equal(query.err.code, E_DEADLINE);
    assert_int_equal(a->chained.err.code, E_DEADLINE);
    assert_int_equal(outcome.status, OUTCOME_FAILED); /* its answer never came: */
    assert_str(outcome.reason, "ecs UpdateService: the answer did not come before the deadline (it "
                               "may have taken effect all the same)");
    assert_int_equal(sim_service(&a->sim, 0).desired, 3); /* it has */
    act = act_of(a, &action, &outcome);
    cloud_act(a->cloud, &act);
    cloud_run(a->cloud, sim_start_ms);
    assert_int_equal(outcome.status, OUTCOME_NOT_APPLIED);
    assert_int_equal(a->deliveries, 4);
    /* The next run is as if nothing had been. */
    assert_int_equal(answer(a, query_of(a, QUERY_GROUP, STR("asg"))).fact.status, FACT_PRESENT);
}

static struct outcome carry_out(struct asking *a, const struct action *action)
{
    struct outcome outcome = {.status = OUTCOME_PENDING};
    struct act act = act_of(a, action, &outcome);
    int before = a->deliveries;
    cloud_act(a->cloud, &act);
    assert_int_equal(a->deliveries, before);
    cloud_run(a->cloud, cloud_now_ms(a->cloud) + MINUTE);
    assert_int_equal(a->deliveries, before + 1);
    return outcome;
}

static void acts_change_the_account(void **state)
{
    struct asking *a = *state;
    begin(a, 0);
    struct instances_facts instances = sim_instances(&a->sim);
    struct action bounds = {
        .kind = ACTION_GROUP_BOUNDS, .from = 1, .to = 2, .to_min = 2, .to_max = 3};
    assert_int_equal(carry_out(a, &bounds).status, OUTCOME_APPLIED);
    assert_int_equal(sim_group(&a->sim, 0).desired, 2);
    struct action capacity = {.kind = ACTION_GROUP_CAPACITY, .to = 3};
    assert_int_equal(carry_out(a, &capacity).status, OUTCOME_APPLIED);
    struct action drain = {.kind = ACTION_DRAIN, .instance_arn = instances.items[0].arn};
    assert_int_equal(carry_out(a, &drain).status, OUTCOME_APPLIED);
    assert_int_equal(sim_group(&a->sim, 0).draining, 1);
    assert_int_equal(answer(a, query_of(a, QUERY_INSTANCE, instances.items[0].arn)).instance.status,
                     INSTANCE_DRAINING);
    assert_int_equal(answer(a, query_of(a, QUERY_INSTANCE_TASKS, instances.items[0].arn)).tasks, 2);
    struct action terminate = {
        .kind = ACTION_TERMINATE, .instance_id = instances.items[0].ec2_id, .decrement = true};
    assert_int_equal(carry_out(a, &terminate).status, OUTCOME_APPLIED);
    assert_int_equal(sim_group(&a->sim, 0).desired, 2);
    /* And are refused as AWS does it. */
    capacity.to = 9;
    struct outcome outcome = carry_out(a, &capacity);
    assert_int_equal(outcome.status, OUTCOME_FAILED);
    assert_int_equal(outcome.err.code, E_CLIENT);
    assert_str(str_from(outcome.err.aws_code), "ValidationError");
    assert_str(outcome.reason, "autoscaling SetDesiredCapacity: New SetDesiredCapacity value 9 is "
                               "above max value 3 for the AutoScalingGroup.");
    drain.instance_arn = STR("arn:aws:ecs:x/none");
    outcome = carry_out(a, &drain);
    assert_int_equal(outcome.err.code, E_MISSING);
    assert_str(outcome.reason, "ecs UpdateContainerInstancesState: 'none' does not exist");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(metrics_over_http, set_up, tear_down),
        cmocka_unit_test_setup_teardown(calls_are_batched_and_paged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(statistics_go_by_window, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sizes_are_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_take_round_trips, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_deadline_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(acts_change_the_account, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
