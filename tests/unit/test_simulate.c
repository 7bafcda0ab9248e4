/* simulate/: whole simulations, in the order of their effects. */
#include "unit.h"

#include "base/json.h"
#include "definition/vary.h"
#include "simulate/simulate.h"
#include "simulate/sweep.h"

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

/* ---- variants ---- */

static void numbers_are_changed_by_their_place(void **state)
{
    (void)state;
    const struct {
        const char *path;
        double value;
        enum error_code code;
    } rows[] = {
        {"min", 2, E_OK},
        {"cpu_buffer", 100, E_OK},
        {"c/max", 12, E_OK},
        {"s.min", 3, E_OK},
        {"services.s.max", 30, E_OK},
        {"s.events[0].min", 45.5, E_OK},
        {"s.events[1].action", -2, E_OK},
        {"services.s.metric_sources.third_party[0].timeout", 2.5, E_OK},
        {"s.events[1].action", 0, E_RANGE},
        {"s.events[0].action", 0.5, E_RANGE},
        {"s.max", -1, E_RANGE},
        {"s.min", 21, E_RANGE},
        {"s.events[2].min", 1, E_MISSING},
        {"s.events[x].min", 1, E_MISSING},
        {"s.events", 1, E_MISSING},
        {"s", 1, E_MISSING},
        {"t.min", 1, E_MISSING},
        {"", 1, E_MISSING},
        {"min.min", 1, E_MISSING},
        {"enabled", 1, E_TYPE},
        {"s.events[0].metric", 1, E_TYPE},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena CLEANUP(arena_release) = ARENA_INIT;
        struct loaded loaded = {0};
        struct error err;
        scenario_definitions_text(&arena, STR("c.yml"), str_from(queue_definition), &loaded);
        struct definition *definition = loaded.files.items[0].definition;
        if (definition_vary(definition, str_from(rows[i].path), rows[i].value, &err) !=
            rows[i].code)
            fail_msg("%s = %g: %s", rows[i].path, rows[i].value, err.message);
        if (i == 5)
            assert_true(definition->services[0].events[0].min == 45.5);
        if (i == 7)
            assert_int_equal(definition->services[0].http_sources[0].timeout_ms, 2500);
    }
}

static void sweeps_are_parsed(void **state)
{
    (void)state;
    const struct {
        const char *text;
        bool is_fine;
        double from;
        double to;
        double step;
    } rows[] = {
        {"worker.events[0].min=2..20:2", true, 2, 20, 2},
        {"a=-1..0.5:0.1", true, -1, 0.5, 0.1},
        {"a=1..1", true, 1, 1, 1},
        {"a=2..1", false, 0, 0, 0},
        {"a=1..2:0", false, 0, 0, 0},
        {"a=1", false, 0, 0, 0},
        {"=1..2", false, 0, 0, 0},
        {"a=1..x", false, 0, 0, 0},
        {"a=1..2:", false, 0, 0, 0},
        {"", false, 0, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sweep_axis axis;
        struct error err;
        bool is_fine = sweep_axis_parse(str_from(rows[i].text), &axis, &err) == E_OK;
        if (is_fine != rows[i].is_fine)
            fail_msg("%s", rows[i].text);
        if (is_fine)
            assert_true(axis.from == rows[i].from && axis.to == rows[i].to &&
                        axis.step == rows[i].step);
    }
}

static bool load_again(void *context, struct arena *arena, struct definition ***definitions,
                       size_t *count)
{
    (void)context;
    struct loaded loaded = {0};
    scenario_definitions_text(arena, STR("c.yml"), str_from(queue_definition), &loaded);
    *definitions = ARENA_NEW(arena, struct definition *);
    (*definitions)[0] = loaded.files.items[0].definition;
    *count = 1;
    return true;
}

static void a_variant_is_a_simulation(void **state)
{
    (void)state;
    struct tried tried;
    load(&tried, queue_scenario, queue_definition);
    play(&tried, NULL, NULL);
    const struct sweep_axis axes[] = {
        {STR("s.events[0].min"), 30, 90, 30},
        {STR("s.max"), 0, 20, 20},
    };
    const struct sweep_options options = {.scenario = tried.scenario,
                                          .axes = axes,
                                          .axis_count = ARRAY_LEN(axes),
                                          .workers = 3,
                                          .load = load_again};
    struct error err;
    bool is_whole = false;
    assert_int_equal(sweep_check(&options, &err), E_OK);
    assert_int_equal(sweep_run(&tried.arena, &options, &tried.result, &is_whole, &err), E_OK);
    assert_true(is_whole);
    assert_int_equal(tried.result.sweep_count, 6);
    const struct sweep_result *same = &tried.result.sweep[1];
    assert_true(same->parameters[0].value == 30 && same->parameters[1].value == 20);
    assert_memory_equal(&same->totals, &tried.result.policies[0].totals, sizeof(struct totals));
    assert_str(tried.result.sweep[0].fault, "'min' is greater than 'max'");
    size_t best = 0;
    for (size_t i = 0; i < tried.result.sweep_count; i++)
        best += tried.result.sweep[i].is_pareto;
    assert_in_range(best, 1, 3);
    assert_false(tried.result.sweep[0].is_pareto);
    const struct sweep_axis none = {STR("s.events[9].min"), 1, 2, 1};
    struct sweep_options wrong = options;
    wrong.axes = &none;
    wrong.axis_count = 1;
    assert_int_equal(sweep_check(&wrong, &err), E_MISSING);
    arena_release(&tried.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_followed),
        cmocka_unit_test(the_same_again_is_the_same),
        cmocka_unit_test(what_is_interrupted_is_what_there_is),
        cmocka_unit_test(numbers_are_changed_by_their_place),
        cmocka_unit_test(sweeps_are_parsed),
        cmocka_unit_test(a_variant_is_a_simulation),
        cmocka_unit_test(long_ones_have_points_of_several_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
