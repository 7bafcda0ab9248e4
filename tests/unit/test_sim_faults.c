/* Faults at the upper seam: each kind does what it says, and nothing else. */
#include "sim_fixture.h"

#include "cloud/sim/faults.h"

struct broken {
    struct sim_fixture sim;
    struct cloud *inner;
    struct cloud *cloud;
    int deliveries;
    int order[16];
};

static void wait_in_world(void *context, int64_t until_ms)
{
    sim_world_advance(context, until_ms);
}

static void begin(struct broken *b, const struct cloud_fault *faults, size_t count)
{
    sim_begin(&b->sim);
    const struct sim_cloud_options options = {.world = b->sim.world};
    b->inner = cloud_sim_new(&options);
    const struct cloud_faults_options broken = {.inner = b->inner,
                                                .faults = faults,
                                                .count = count,
                                                .wait = wait_in_world,
                                                .context = b->sim.world};
    b->cloud = cloud_faults_new(&broken);
}

static int set_up(void **state)
{
    static struct broken b;
    memset(&b, 0, sizeof(b));
    sim_fixture_init(&b.sim);
    *state = &b;
    return 0;
}

static int tear_down(void **state)
{
    struct broken *b = *state;
    cloud_free(b->cloud);
    cloud_free(b->inner);
    sim_fixture_release(&b->sim);
    return 0;
}

static void query_done(struct query *query)
{
    struct broken *b = query->context;
    b->order[b->deliveries++] = (int)query->kind;
}

static void act_done(struct act *act)
{
    struct broken *b = act->context;
    b->deliveries++;
}

static struct query ask(struct broken *b, enum query_kind kind)
{
    struct query query = {.kind = kind,
                          .arena = &b->sim.arena,
                          .region = STR("eu-west-1"),
                          .cluster = STR("shop"),
                          .name = kind == QUERY_GROUP ? STR("asg") : STR("worker"),
                          .done = query_done,
                          .context = b};
    int before = b->deliveries;
    cloud_ask(b->cloud, &query);
    assert_int_equal(b->deliveries, before);
    cloud_run(b->cloud, cloud_now_ms(b->cloud) + 10 * SECOND);
    assert_int_equal(b->deliveries, before + 1);
    return query;
}

/* Wants so many workers. */
static struct outcome change(struct broken *b, int64_t desired)
{
    struct outcome outcome = {.status = OUTCOME_PENDING};
    const struct action action = {.kind = ACTION_SERVICE_OUT, .to = desired};
    struct act act = {.arena = &b->sim.arena,
                      .region = STR("eu-west-1"),
                      .cluster = STR("shop"),
                      .group = STR("asg"),
                      .service = STR("worker"),
                      .action = &action,
                      .outcome = &outcome,
                      .done = act_done,
                      .context = b};
    int before = b->deliveries;
    cloud_act(b->cloud, &act);
    assert_int_equal(b->deliveries, before);
    cloud_run(b->cloud, cloud_now_ms(b->cloud) + 10 * SECOND);
    assert_int_equal(b->deliveries, before + 1);
    return outcome;
}

#define FAULT(...) ((struct cloud_fault){.odds = 1, .seed = 1, __VA_ARGS__})

static void queries_fail_with_each_error(void **state)
{
    struct broken *b = *state;
    static const enum error_code codes[] = {E_NETWORK, E_TIMEOUT,  E_THROTTLED,  E_SERVER,
                                            E_DENIED,  E_PROTOCOL, E_CREDENTIALS};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        struct cloud_fault fault =
            FAULT(.kind = CLOUD_FAULT_FAIL, .queries = 1u << QUERY_GROUP, .code = codes[i]);
        begin(b, &fault, 1);
        struct query query = ask(b, QUERY_GROUP);
        assert_int_equal(query.fact.status, FACT_FAILED);
        assert_int_equal(query.err.code, codes[i]);
        assert_true(query.fact.reason.len > 0);
        assert_int_equal(ask(b, QUERY_SERVICE).fact.status, FACT_PRESENT);
        assert_int_equal(cloud_faults_acted(b->cloud, 0), 1);
        tear_down(state);
        set_up(state);
    }
    struct cloud_fault miss = FAULT(.kind = CLOUD_FAULT_MISS, .queries = CLOUD_FAULT_ANY);
    begin(b, &miss, 1);
    assert_int_equal(ask(b, QUERY_SERVICE).fact.status, FACT_MISSING);
}

static void only_what_matches_within_its_time(void **state)
{
    struct broken *b = *state;
    struct cloud_fault faults[] = {
        FAULT(.kind = CLOUD_FAULT_FAIL, .queries = CLOUD_FAULT_ANY, .code = E_SERVER,
              .from_ms = sim_start_ms + MINUTE, .until_ms = sim_start_ms + 2 * MINUTE),
        FAULT(.kind = CLOUD_FAULT_FAIL, .queries = CLOUD_FAULT_ANY, .code = E_DENIED,
              .cluster = STR("another")),
    };
    begin(b, faults, ARRAY_LEN(faults));
    assert_int_equal(ask(b, QUERY_GROUP).fact.status, FACT_PRESENT);
    sim_go(&b->sim, MINUTE);
    assert_int_equal(ask(b, QUERY_GROUP).fact.status, FACT_FAILED);
    sim_go(&b->sim, 2 * MINUTE);
    assert_int_equal(ask(b, QUERY_GROUP).fact.status, FACT_PRESENT);
    assert_int_equal(cloud_faults_acted(b->cloud, 1), 0);
}

static void late_answers_take_time_and_may_be_too_late(void **state)
{
    struct broken *b = *state;
    struct cloud_fault fault = FAULT(.kind = CLOUD_FAULT_LATE, .queries = 1u << QUERY_GROUP,
                                     .delay_ms = 4 * SECOND, .until_ms = sim_start_ms + SECOND);
    struct cloud_fault later =
        FAULT(.kind = CLOUD_FAULT_LATE, .queries = 1u << QUERY_GROUP, .delay_ms = MINUTE);
    struct cloud_fault faults[] = {fault, later};
    begin(b, faults, ARRAY_LEN(faults));
    assert_int_equal(ask(b, QUERY_GROUP).fact.status, FACT_PRESENT);
    assert_int_equal(cloud_now_ms(b->cloud), sim_start_ms + 4 * SECOND);
    struct query query = ask(b, QUERY_GROUP);
    assert_int_equal(query.fact.status, FACT_FAILED);
    assert_int_equal(query.err.code, E_DEADLINE);
    assert_int_equal(cloud_now_ms(b->cloud), sim_start_ms + 14 * SECOND);
}

static void stale_answers_are_those_before(void **state)
{
    struct broken *b = *state;
    struct cloud_fault fault = FAULT(.kind = CLOUD_FAULT_STALE, .queries = CLOUD_FAULT_ANY,
                                     .from_ms = sim_start_ms + MINUTE);
    begin(b, &fault, 1);
    assert_int_equal(ask(b, QUERY_SERVICE).service.running, 2);
    assert_int_equal(ask(b, QUERY_INSTANCES).instances.items[0].running, 2);
    sim_want(&b->sim, 0, 4);
    sim_go(&b->sim, MINUTE);
    assert_int_equal(ask(b, QUERY_SERVICE).service.running, 2);
    assert_int_equal(ask(b, QUERY_INSTANCES).instances.items[0].running, 2);
    assert_int_equal(ask(b, QUERY_GROUP).fact.status, FACT_PRESENT); /* none before */
    assert_int_equal(ask(b, QUERY_SERVICE).service.running, 4);
    assert_int_equal(ask(b, QUERY_INSTANCES).instances.items[0].running, 4);
}

static void partial_answers_say_less(void **state)
{
    struct broken *b = *state;
    b->sim.groups[0].desired = 4;
    struct cloud_fault fault =
        FAULT(.kind = CLOUD_FAULT_PARTIAL, .queries = CLOUD_FAULT_ANY, .share = 0.5);
    begin(b, &fault, 1);
    size_t least = 4;
    for (int i = 0; i < 20; i++) {
        size_t count = ask(b, QUERY_INSTANCES).instances.count;
        assert_true(count <= 4);
        least = count < least ? count : least;
        assert_true(ask(b, QUERY_GROUP).group.instance_count <= 4);
        b->deliveries = 0;
    }
    assert_true(least < 4);
}

static void answers_come_in_another_order(void **state)
{
    struct broken *b = *state;
    struct cloud_fault fault = FAULT(.kind = CLOUD_FAULT_REORDER, .queries = CLOUD_FAULT_ANY);
    static const enum query_kind kinds[] = {QUERY_GROUP, QUERY_SERVICE, QUERY_INSTANCES,
                                            QUERY_DAEMONS};
    begin(b, &fault, 1);
    bool differs = false;
    for (int round = 0; round < 10; round++) {
        struct query queries[ARRAY_LEN(kinds)];
        b->deliveries = 0;
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
            queries[i] =
                (struct query){.kind = kinds[i],
                               .arena = &b->sim.arena,
                               .region = STR("eu-west-1"),
                               .cluster = STR("shop"),
                               .name = kinds[i] == QUERY_GROUP ? STR("asg") : STR("worker"),
                               .done = query_done,
                               .context = b};
            cloud_ask(b->cloud, &queries[i]);
        }
        cloud_run(b->cloud, cloud_now_ms(b->cloud) + SECOND);
        assert_int_equal(b->deliveries, ARRAY_LEN(kinds));
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
            assert_int_equal(queries[i].fact.status, FACT_PRESENT);
            differs = differs || b->order[i] != (int)kinds[i];
        }
    }
    assert_true(differs);
}

static void acts_fail_before_or_after(void **state)
{
    struct broken *b = *state;
    struct cloud_fault faults[] = {
        FAULT(.kind = CLOUD_FAULT_ACT_BEFORE, .actions = CLOUD_FAULT_ANY, .code = E_THROTTLED,
              .until_ms = sim_start_ms + MINUTE),
        FAULT(.kind = CLOUD_FAULT_ACT_AFTER, .actions = 1u << ACTION_SERVICE_OUT,
              .code = E_TIMEOUT),
    };
    begin(b, faults, ARRAY_LEN(faults));
    struct outcome outcome = change(b, 3);
    assert_int_equal(outcome.status, OUTCOME_FAILED);
    assert_int_equal(outcome.err.code, E_THROTTLED);
    assert_int_equal(sim_service(&b->sim, 0).desired, 2);
    sim_go(&b->sim, MINUTE);
    outcome = change(b, 4);
    assert_int_equal(outcome.status, OUTCOME_FAILED);
    assert_int_equal(outcome.err.code, E_TIMEOUT);
    assert_int_equal(sim_service(&b->sim, 0).desired, 4);
}

static void a_killed_program_does_nothing_more(void **state)
{
    struct broken *b = *state;
    struct cloud_fault faults[] = {
        FAULT(.kind = CLOUD_FAULT_KILL_AFTER, .actions = CLOUD_FAULT_ANY,
              .until_ms = sim_start_ms + MINUTE),
        FAULT(.kind = CLOUD_FAULT_KILL_BEFORE, .actions = CLOUD_FAULT_ANY),
    };
    begin(b, faults, ARRAY_LEN(faults));
    change(b, 3);
    assert_true(cloud_faults_killed(b->cloud));
    assert_int_equal(sim_service(&b->sim, 0).desired, 3);
    assert_int_equal(ask(b, QUERY_GROUP).err.code, E_CANCELLED);
    assert_int_equal(change(b, 4).status, OUTCOME_NOT_APPLIED);
    assert_int_equal(sim_service(&b->sim, 0).desired, 3);
    cloud_faults_revive(b->cloud);
    assert_int_equal(ask(b, QUERY_GROUP).fact.status, FACT_PRESENT);
    sim_go(&b->sim, MINUTE);
    change(b, 4);
    assert_true(cloud_faults_killed(b->cloud));
    assert_int_equal(sim_service(&b->sim, 0).desired, 3);
}

/* Leaving one fault out does not change what the other does. */
static void faults_draw_for_themselves(void **state)
{
    struct broken *b = *state;
    struct cloud_fault faults[] = {
        FAULT(.kind = CLOUD_FAULT_MISS, .queries = CLOUD_FAULT_ANY),
        FAULT(.kind = CLOUD_FAULT_FAIL, .queries = CLOUD_FAULT_ANY, .code = E_SERVER),
    };
    faults[0].odds = faults[1].odds = 0.3;
    faults[1].seed = 6;
    bool failed[200];
    begin(b, faults, 2);
    for (size_t i = 0; i < ARRAY_LEN(failed); i++, b->deliveries = 0) {
        enum fact_status status = ask(b, QUERY_GROUP).fact.status;
        failed[i] = status == FACT_FAILED || status == FACT_MISSING;
    }
    uint64_t acted = cloud_faults_acted(b->cloud, 1);
    assert_true(acted > 10 && acted < 100);
    tear_down(state);
    set_up(state);
    begin(b, &faults[1], 1);
    for (size_t i = 0; i < ARRAY_LEN(failed); i++, b->deliveries = 0) {
        if (ask(b, QUERY_GROUP).fact.status == FACT_FAILED)
            assert_true(failed[i]);
    }
    assert_true(cloud_faults_acted(b->cloud, 0) >= acted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(queries_fail_with_each_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_what_matches_within_its_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(late_answers_take_time_and_may_be_too_late, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(stale_answers_are_those_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(partial_answers_say_less, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_come_in_another_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(acts_fail_before_or_after, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_killed_program_does_nothing_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(faults_draw_for_themselves, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
