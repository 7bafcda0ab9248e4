/* The production passes on a simulated account, minute after minute: a burst scales out services,
 * then instances; calm scales all in, down to the minimum. */
#include "sim_fixture.h"

#include "cloud/sim/faults.h"
#include "definition/load.h"
#include "pass/pass.h"

static const char definition_text[] =
    "autoscale_group: asg\n"
    "min: 1\n"
    "max: 4\n"
    "services:\n"
    "  worker:\n"
    "    min: 1\n"
    "    max: 12\n"
    "    metric_sources:\n"
    "      third_party:\n"
    "        - url: http://queue.example/api/queues/celery\n"
    "          statistics: [{name: messages_ready, alias: ready}]\n"
    "    events:\n"
    "      - {metric: 'ready / max(running, 1)', action: 2, min: 60}\n"
    "      - {metric: ready, action: -1, max: 0}\n";

struct day {
    struct sim_fixture sim;
    struct cloud *cloud;
    struct cloud *inner; /* NULL, or what `cloud` breaks */
    struct loaded loaded;
    double minutes[24 * 60];
    int64_t latency_ms;
};

static void begin(struct day *day)
{
    struct sim_fixture *f = &day->sim;
    f->services[0].workload.load = (struct sim_load){day->minutes, ARRAY_LEN(day->minutes)};
    f->services[0].desired = 1;
    sim_begin(f);
    const struct sim_cloud_options options = {.world = f->world, .latency_ms = day->latency_ms};
    day->cloud = cloud_sim_new(&options);
    definition_load_text(&f->arena, STR("shop.yml"), str_from(definition_text), NULL, &day->loaded);
    assert_int_equal(day->loaded.error_count, 0);
}

static int set_up(void **state)
{
    static struct day day;
    memset(&day, 0, sizeof(day));
    sim_fixture_init(&day.sim);
    *state = &day;
    return 0;
}

static int tear_down(void **state)
{
    struct day *day = *state;
    cloud_free(day->cloud);
    cloud_free(day->inner);
    sim_fixture_release(&day->sim);
    return 0;
}

static void pass_any(struct day *day, struct pass *pass)
{
    const struct definition *definition = day->loaded.files.items[0].definition;
    const struct pass_options options = {
        .cloud = day->cloud,
        .definitions = &definition,
        .definition_count = 1,
        .default_region = STR("eu-west-1"),
        .apply = true,
        .deadline_ms = cloud_now_ms(day->cloud) + 30 * SECOND,
        .apply_margin_ms = SECOND,
    };
    pass_run(&options, pass);
    assert_true(pass->clusters[0].is_finished);
}

/* One pass in which nothing fails; how many actions it had. */
static size_t pass_once(struct day *day, struct pass *pass)
{
    pass_any(day, pass);
    for (size_t i = 0; i < pass->clusters[0].plan.actions.count; i++) {
        const struct outcome *outcome = &pass->clusters[0].outcomes[i];
        if (outcome->status != OUTCOME_APPLIED && outcome->status != OUTCOME_DROPPED)
            fail_msg("minute %lld: %.*s",
                     (long long)((cloud_now_ms(day->cloud) - sim_start_ms) / MINUTE),
                     STR_ARG(outcome->reason));
    }
    return pass->clusters[0].plan.actions.count;
}

static void passes_until(struct day *day, int64_t minute)
{
    struct pass pass;
    while (sim_world_now_ms(day->sim.world) < sim_start_ms + minute * MINUTE) {
        pass_once(day, &pass);
        pass_release(&pass);
        int64_t since_ms = sim_world_now_ms(day->sim.world) - sim_start_ms;
        sim_go(&day->sim, (since_ms / MINUTE + 1) * MINUTE);
    }
}

/* From minute 30 to 90 ten messages a second, for which ten tasks and three instances are needed.
 */
static void burst(struct day *day)
{
    for (size_t i = 0; i < ARRAY_LEN(day->minutes); i++)
        day->minutes[i] = i >= 30 && i < 90 ? 10 : 0.5;
}

static void check_burst(struct day *day)
{
    passes_until(day, 30);
    assert_int_equal(sim_service(&day->sim, 0).desired, 1);
    assert_int_equal(sim_group(&day->sim, 0).desired, 1);
    passes_until(day, 60);
    assert_true(sim_service(&day->sim, 0).running >= 10);
    assert_true(sim_group(&day->sim, 0).registered >= 3);
    passes_until(day, 240);
    assert_int_equal(sim_service(&day->sim, 0).running, 1);
    struct sim_group_state group = sim_group(&day->sim, 0);
    assert_int_equal(group.desired, 1);
    assert_int_equal(group.in_service, 1);
    assert_int_equal(group.draining, 0);
    assert_int_equal(group.killed_tasks, 0);
    struct sim_service_totals totals = sim_service(&day->sim, 0).totals;
    assert_true(totals.arrived > 36000);
    assert_true(totals.done > totals.arrived - 1);
}

static void a_burst_comes_and_goes(void **state)
{
    struct day *day = *state;
    burst(day);
    begin(day);
    check_burst(day);
}

static void and_with_late_answers(void **state)
{
    struct day *day = *state;
    burst(day);
    day->latency_ms = 250;
    begin(day);
    check_burst(day);
}

static void constant_load_settles(void **state)
{
    struct day *day = *state;
    for (size_t i = 0; i < ARRAY_LEN(day->minutes); i++)
        day->minutes[i] = 3.5;
    begin(day);
    passes_until(day, 120);
    struct pass pass;
    size_t actions = 0;
    for (int64_t minute = 120; minute < 180; minute++) {
        passes_until(day, minute);
        actions += pass_once(day, &pass);
        pass_release(&pass);
    }
    assert_true(actions < 60);
    assert_true(sim_service(&day->sim, 0).totals.wait_worst_s < 10 * 60);
}

static void wait_in_world(void *context, int64_t until_ms)
{
    sim_world_advance(context, until_ms);
}

#define EVERY(fault, chance, ...)                                                                  \
    ((struct cloud_fault){.kind = (fault),                                                         \
                          .queries = CLOUD_FAULT_ANY,                                              \
                          .actions = CLOUD_FAULT_ANY,                                              \
                          .odds = (chance),                                                        \
                          __VA_ARGS__})

/* Whatever fails on the way: nothing leaves its bounds, no task is killed, and once all is well
 * again all is as it should be. */
static void faults_do_no_harm(void **state)
{
    struct day *day = *state;
    struct cloud_fault faults[] = {
        EVERY(CLOUD_FAULT_FAIL, 0.05, .code = E_SERVER),
        EVERY(CLOUD_FAULT_MISS, 0.02, .code = E_MISSING),
        EVERY(CLOUD_FAULT_LATE, 0.05, .delay_ms = 8 * SECOND),
        EVERY(CLOUD_FAULT_REORDER, 0.2, .code = E_OK),
        EVERY(CLOUD_FAULT_STALE, 0.05, .code = E_OK),
        EVERY(CLOUD_FAULT_ACT_BEFORE, 0.2, .code = E_THROTTLED),
        EVERY(CLOUD_FAULT_ACT_AFTER, 0.3, .code = E_TIMEOUT),
        EVERY(CLOUD_FAULT_KILL_BEFORE, 0.01, .code = E_OK),
        EVERY(CLOUD_FAULT_KILL_AFTER, 0.01, .code = E_OK),
    };
    burst(day);
    day->latency_ms = 20;
    begin(day);
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        faults[i].seed = i;
        faults[i].until_ms = sim_start_ms + 180 * MINUTE;
    }
    const struct cloud_faults_options options = {.inner = day->cloud,
                                                 .faults = faults,
                                                 .count = ARRAY_LEN(faults),
                                                 .wait = wait_in_world,
                                                 .context = day->sim.world};
    day->inner = day->cloud;
    day->cloud = cloud_faults_new(&options);
    for (int64_t minute = 0; minute < 300; minute++) {
        struct pass pass;
        pass_any(day, &pass);
        pass_release(&pass);
        cloud_faults_revive(day->cloud);
        sim_go(&day->sim, (minute + 1) * MINUTE);
        struct sim_group_state group = sim_group(&day->sim, 0);
        struct sim_service_state service = sim_service(&day->sim, 0);
        assert_true(group.desired >= 1 && group.desired <= 4);
        assert_true(service.desired >= 1 && service.desired <= 12);
        assert_int_equal(group.killed_tasks, 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(faults); i++)
        if (cloud_faults_acted(day->cloud, i) == 0)
            fail_msg("no %s", cloud_fault_kind_name(faults[i].kind));
    assert_int_equal(sim_service(&day->sim, 0).running, 1);
    assert_int_equal(sim_group(&day->sim, 0).in_service, 1);
}

static void calls_are_logged_as_on_aws(void **state)
{
    struct day *day = *state;
    burst(day);
    begin(day);
    struct pass pass;
    pass_once(day, &pass);
    static const char *const operations[] = {"DescribeAutoScalingGroups", "DescribeServices",
                                             "ListContainerInstances", "DescribeContainerInstances",
                                             "http://queue.example/api/queues/celery"};
    assert_int_equal(pass.log.calls.count, ARRAY_LEN(operations));
    for (size_t i = 0; i < ARRAY_LEN(operations); i++)
        assert_str(pass.log.calls.items[i].operation, operations[i]);
    assert_int_equal(pass.log.calls.items[3].depth, 2);
    assert_int_equal(pass_depth(&pass), 2);
    pass_release(&pass);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_burst_comes_and_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(and_with_late_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(constant_load_settles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(faults_do_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(calls_are_logged_as_on_aws, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
