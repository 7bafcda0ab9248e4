/* simulate/: whole simulations, in the order of their effects. */
#include "unit.h"

#include "base/json.h"
#include "simulate/simulate.h"

enum { TEXT_BYTES = 64 * 1024 * 1024 };

struct tried {
    struct arena arena;
    const struct scenario *scenario;
    const struct definition *definition;
    struct simulation_result result;
};

static void load(struct tried *tried, const char *scenario, const char *definition)
{
    *tried = (struct tried){.arena = ARENA_INIT};
    struct findings findings = {0};
    struct loaded loaded = {0};
    tried->scenario =
        scenario_load_text(&tried->arena, STR("case.yml"), str_from(scenario), NULL, &findings);
    scenario_definitions_text(&tried->arena, STR("c.yml"), str_from(definition), &loaded);
    for (size_t i = 0; i < findings.items.count; i++)
        print_error("%s\n", findings.items.items[i].message.ptr);
    for (size_t i = 0; i < loaded.diagnostics.count; i++)
        print_error("%s\n", loaded.diagnostics.items[i].message.ptr);
    assert_non_null(tried->scenario);
    tried->definition = loaded.files.items[0].definition;
    assert_non_null(tried->definition);
    assert_true(scenario_match(&tried->arena, tried->scenario, tried->definition, &findings));
}

static void play(struct tried *tried, bool (*stop)(void *context), void *context)
{
    const struct simulate_options options = {
        .scenario = tried->scenario,
        .definitions = &tried->definition,
        .definition_count = 1,
        .name = STR("case"),
        .stop = stop,
        .context = context,
    };
    struct policy_result *policy = ARENA_NEW(&tried->arena, struct policy_result);
    simulate_policy(&tried->arena, &options, policy);
    tried->result = (struct simulation_result){
        .scenario = tried->scenario,
        .step_ms = simulate_step_ms(tried->scenario->length_ms),
        .point_count = simulate_point_count(tried->scenario->length_ms),
        .policies = policy,
        .policy_count = 1,
    };
}

/* A queue that a step of load fills: 4 messages a second from the first hour on, one task works off
 * one. Instances of room for two tasks. Delays are of one length each, so that nothing is chance.
 */
static const char queue_scenario[] =
    "length: 3h\n"
    "cloudwatch: {late: 30s}\n"
    "instance_types:\n"
    "  t: {cpu: 1024, memory: 1024, price: 2}\n"
    "clusters:\n"
    "  c:\n"
    "    groups:\n"
    "      g: {instance_type: t, min: 1, max: 10, launch: 30s, join: 30s, terminate: 30s}\n"
    "    services:\n"
    "      s:\n"
    "        cpu: 512\n"
    "        memory: 100\n"
    "        http: /s\n"
    "        image_pull: 0s\n"
    "        start: 5s\n"
    "        stop: 5s\n"
    "        queue:\n"
    "          rate: 1\n"
    "          objective: {max_wait: 1m}\n"
    "          load: [{step: {at: 1h, from: 0.5, to: 4}}, {step: {at: 2h, from: 3.5, to: 0}}]\n";

static const char queue_definition[] =
    "autoscale_group: g\n"
    "min: 1\n"
    "max: 10\n"
    "services:\n"
    "  s:\n"
    "    min: 1\n"
    "    max: 20\n"
    "    metric_sources:\n"
    "      third_party: [{url: 'http://host/s', statistics: [{name: messages_ready, alias: q}]}]\n"
    "    events:\n"
    "      - {metric: q, action: 1, min: 30}\n"
    "      - {metric: q, action: -1, max: 0}\n";

static void a_step_is_followed(void **state)
{
    (void)state;
    struct tried tried;
    load(&tried, queue_scenario, queue_definition);
    play(&tried, NULL, NULL);
    const struct policy_result *policy = &tried.result.policies[0];
    const struct service_result *service = &policy->services[0];
    assert_int_equal(policy->totals.passes, 180);
    assert_int_equal(policy->totals.failed_passes, 0);
    assert_int_equal(policy->service_count, 1);
    assert_int_equal(policy->group_count, 1);
    assert_true(service->scale_outs >= 3);
    assert_true(policy->totals.instances_added >= 1);
    assert_true(service->totals.work_outside > 0);
    assert_true(policy->totals.wait_worst_s > 60);
    /* What came was done, but for what waits at the end. */
    assert_true(service->totals.arrived > 3600 * 4);
    assert_true(service->totals.arrived - service->totals.done < 200);
    /* Every change has its reason, in order of time. */
    int64_t before_ms = 0;
    for (size_t i = 0; i < policy->events.count; i++) {
        const struct event_result *event = &policy->events.items[i];
        assert_true(event->reason.len > 0);
        assert_true(event->time_ms >= before_ms);
        before_ms = event->time_ms;
    }
    assert_int_equal(policy->events.count, policy->event_total);
    /* The mean of the series is the total. */
    double instance_minutes = 0;
    for (size_t i = 0; i < tried.result.point_count; i++)
        instance_minutes += policy->groups[0].series.in_service[i];
    assert_true(instance_minutes <= policy->groups[0].instance_ms / 60000 + 5);
    assert_true(policy->totals.cost > 2 * 3 && policy->totals.cost < 2 * 3 * 10);
    arena_release(&tried.arena);
}

static void the_same_again_is_the_same(void **state)
{
    (void)state;
    struct buf texts[2] = {BUF_INIT(TEXT_BYTES), BUF_INIT(TEXT_BYTES)};
    for (size_t i = 0; i < 2; i++) {
        struct tried tried;
        load(&tried, queue_scenario, queue_definition);
        play(&tried, NULL, NULL);
        result_write_json(&tried.result, &texts[i]);
        arena_release(&tried.arena);
    }
    assert_true(str_eq(buf_str(&texts[0]), buf_str(&texts[1])));
    json_t *json = NULL;
    struct error err;
    assert_int_equal(json_parse(buf_str(&texts[0]), &json, &err), E_OK);
    assert_int_equal(json_integer_value(json_object_get(json, "version")), 1);
    const json_t *policy = json_array_get(json_object_get(json, "policies"), 0);
    const json_t *service = json_array_get(json_object_get(policy, "services"), 0);
    const json_t *series = json_object_get(service, "series");
    assert_int_equal(json_array_size(json_object_get(series, "wait_s")), 180);
    assert_null(json_object_get(series, "latency_ms"));
    json_decref(json);
    buf_release(&texts[0]);
    buf_release(&texts[1]);
}

static bool stop_after(void *context)
{
    int *left = context;
    return (*left)-- == 0;
}

static void what_is_interrupted_is_what_there_is(void **state)
{
    (void)state;
    struct tried tried;
    int passes = 70;
    load(&tried, queue_scenario, queue_definition);
    play(&tried, stop_after, &passes);
    const struct policy_result *policy = &tried.result.policies[0];
    assert_int_equal(policy->totals.passes, 70);
    assert_int_equal(policy->simulated_ms, 70 * 60000);
    assert_true(policy->services[0].series.load[69] > 3);
    assert_true(policy->services[0].series.load[70] == 0);
    assert_true(policy->totals.cost > 0);
    arena_release(&tried.arena);
}

static void long_ones_have_points_of_several_minutes(void **state)
{
    (void)state;
    const struct {
        int64_t minutes;
        int64_t step_minutes;
        size_t points;
    } rows[] = {{1, 1, 1}, {1440, 1, 1440}, {3000, 1, 3000}, {3001, 2, 1501}, {20160, 7, 2880}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(simulate_step_ms(rows[i].minutes * 60000), rows[i].step_minutes * 60000);
        assert_int_equal(simulate_point_count(rows[i].minutes * 60000), rows[i].points);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_followed),
        cmocka_unit_test(the_same_again_is_the_same),
        cmocka_unit_test(what_is_interrupted_is_what_there_is),
        cmocka_unit_test(long_ones_have_points_of_several_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
