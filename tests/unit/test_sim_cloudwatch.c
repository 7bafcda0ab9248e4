/* CloudWatch and HTTP documents of a simulated account. */
#include "sim_fixture.h"

#include "base/json.h"

#include <math.h>

static int set_up(void **state)
{
    static struct sim_fixture f;
    sim_fixture_init(&f);
    f.services[0].workload.cpu_idle = 0.1;
    f.services[0].workload.cpu_busy = 0.9;
    f.services[0].workload.memory_share = 0.25;
    f.loads[0] = 1; /* of the 2 that its two tasks could do */
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    sim_fixture_release(*state);
    return 0;
}

struct asked {
    const char *metric;
    const char *statistic;
    int64_t period_s;
    int64_t from_ms; /* since the start */
    int64_t to_ms;
};

static size_t read_points(struct sim_fixture *f, struct asked asked, struct datapoint **points)
{
    const struct dimension_definition dimensions[] = {
        {{STR("ServiceName"), STR("ServiceName")}, {STR("worker"), STR("worker")}},
        {{STR("ClusterName"), STR("ClusterName")}, {STR("shop"), STR("shop")}},
    };
    const struct statistic_query query = {.namespace_ = STR("AWS/ECS"),
                                          .metric_name = str_from(asked.metric),
                                          .dimensions = dimensions,
                                          .dimension_count = 2,
                                          .statistic = str_from(asked.statistic),
                                          .period_s = asked.period_s,
                                          .start_ms = sim_start_ms + asked.from_ms,
                                          .end_ms = sim_start_ms + asked.to_ms};
    size_t count = 0;
    sim_statistic_read(f->world, STR("eu-west-1"), &query, &f->arena, points, &count);
    return count;
}

static size_t count_points(struct sim_fixture *f, struct asked asked)
{
    struct datapoint *points = NULL;
    return read_points(f, asked, &points);
}

static void a_point_a_minute(void **state)
{
    struct sim_fixture *f = *state;
    sim_begin(f);
    sim_go(f, 3 * MINUTE - 1);
    assert_int_equal(count_points(f, (struct asked){"CPUUtilization", "Average", 60, 0, HOUR}), 2);
    sim_go(f, 10 * MINUTE);
    struct datapoint *points = NULL;
    size_t count = read_points(
        f, (struct asked){"CPUUtilization", "Average", 60, MINUTE, 4 * MINUTE}, &points);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(points[i].timestamp_ms, sim_start_ms + MINUTE + (int64_t)i * MINUTE);
        assert_true(fabs(points[i].value - 50) < 1e-9); /* half busy: 10 + 80 / 2 */
    }
    count = read_points(f, (struct asked){"MemoryUtilization", "Maximum", 300, 0, HOUR}, &points);
    assert_int_equal(count, 2);
    assert_true(fabs(points[1].value - 25) < 1e-9);
    assert_int_equal(points[1].timestamp_ms, sim_start_ms + 5 * MINUTE);
    assert_int_equal(count_points(f, (struct asked){"CPU", "Average", 60, 0, HOUR}), 0);
    assert_int_equal(count_points(f, (struct asked){"CPUUtilization", "Median", 60, 0, HOUR}), 0);
}

/* Minutes of 0, 1, 2, … requests a second. */
static void statistics_over_several_minutes(void **state)
{
    static const double loads[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const struct {
        const char *statistic;
        double first, second; /* of the periods of five minutes */
    } rows[] = {
        {"Sum", 600, 2100},    {"Average", 120, 420}, {"Minimum", 0, 300}, {"Maximum", 240, 540},
        {"SampleCount", 5, 5}, {"p50", 120, 420},     {"p99", 240, 540},   {"p0", 0, 300},
        {"p20", 0, 300},       {"p20.1", 60, 360},    {"p100", 240, 540},
    };
    struct sim_fixture *f = *state;
    const struct sim_dimension dimensions[] = {{STR("ClusterName"), STR("shop")},
                                               {STR("ServiceName"), STR("worker")}};
    const struct sim_metric_spec metric = {.namespace_ = STR("AWS/ECS"),
                                           .name = STR("Requests"),
                                           .dimensions = dimensions,
                                           .dimension_count = 2,
                                           .signal = SIM_REQUESTS_MINUTE};
    f->services[0].workload.load = (struct sim_load){loads, ARRAY_LEN(loads)};
    f->services[0].metrics = &metric;
    f->services[0].metric_count = 1;
    sim_begin(f);
    sim_go(f, 10 * MINUTE);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct datapoint *points = NULL;
        size_t count = read_points(
            f, (struct asked){"Requests", rows[i].statistic, 300, 0, 10 * MINUTE}, &points);
        assert_int_equal(count, 2);
        if (fabs(points[0].value - rows[i].first) > 1e-6 ||
            fabs(points[1].value - rows[i].second) > 1e-6)
            fail_msg("%s: %g and %g", rows[i].statistic, points[0].value, points[1].value);
    }
    tear_down(state); /* while `metric` is there */
}

static void points_come_late(void **state)
{
    struct sim_fixture *f = *state;
    f->spec.cloudwatch.late = EXACTLY(90 * SECOND);
    sim_begin(f);
    sim_go(f, MINUTE + 90 * SECOND - 1);
    struct asked all = {"CPUUtilization", "Average", 60, 0, HOUR};
    assert_int_equal(count_points(f, all), 0);
    sim_go(f, MINUTE + 90 * SECOND);
    assert_int_equal(count_points(f, all), 1);
    sim_go(f, 10 * MINUTE);
    assert_int_equal(count_points(f, all), 8);
}

static void some_never_come(void **state)
{
    struct sim_fixture *f = *state;
    f->spec.cloudwatch.gap = 0.25;
    sim_begin(f);
    sim_go(f, 24 * HOUR);
    size_t count = count_points(f, (struct asked){"CPUUtilization", "Average", 60, 0, 24 * HOUR});
    assert_true(count > 1000 && count < 1160);
    sim_metrics_silence(f->world, sim_start_ms + 25 * HOUR);
    assert_true(sim_metrics_are_silent(f->world));
    sim_go(f, 26 * HOUR);
    assert_false(sim_metrics_are_silent(f->world));
    assert_int_equal(
        count_points(f, (struct asked){"CPUUtilization", "Average", 60, 24 * HOUR, 25 * HOUR}), 0);
    assert_true(count_points(
                    f, (struct asked){"CPUUtilization", "Average", 60, 25 * HOUR, 26 * HOUR}) > 30);
}

/* The history is bounded: fifteen days. */
static void old_points_are_gone(void **state)
{
    struct sim_fixture *f = *state;
    sim_begin(f);
    sim_go(f, 20 * 24 * HOUR);
    struct asked all = {"CPUUtilization", "Average", 60, 0, 20 * 24 * HOUR};
    assert_int_equal(count_points(f, all), 15 * 24 * 60);
    struct datapoint *points = NULL;
    assert_int_equal(read_points(f, all, &points), 15 * 24 * 60);
    assert_int_equal(points[0].timestamp_ms, sim_start_ms + 5 * 24 * HOUR);
}

static void without_tasks_no_cpu(void **state)
{
    struct sim_fixture *f = *state;
    f->services[0].desired = 0;
    sim_begin(f);
    sim_go(f, 10 * MINUTE);
    assert_int_equal(count_points(f, (struct asked){"CPUUtilization", "Average", 60, 0, HOUR}), 0);
}

static void documents_are_rabbitmqs(void **state)
{
    struct sim_fixture *f = *state;
    static const char *const urls[] = {
        "http://rabbit:15672/api/queues/celery",
        "https://user:pass@rabbit.example/api/queues/celery?columns=messages_ready",
        "/api/queues/celery",
    };
    f->loads[0] = 3;
    sim_begin(f);
    sim_go(f, 10 * SECOND);
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct str body = STR_NONE;
        json_t *json CLEANUP(json_release) = NULL;
        struct error err = ERROR_INIT;
        int64_t ready = -1;
        int64_t consumers = -1;
        struct str name = STR_NONE;
        assert_true(sim_http_read(f->world, str_from(urls[i]), &f->arena, &body));
        assert_int_equal(json_parse(body, &json, &err), E_OK);
        assert_true(json_get_int(json, "messages_ready", &ready));
        assert_true(json_get_int(json, "consumers", &consumers));
        assert_true(json_get_str(json, "name", &name));
        assert_int_equal(ready, 10);
        assert_int_equal(consumers, 2);
        assert_str(name, "celery");
    }
    struct str body = STR_NONE;
    assert_false(sim_http_read(f->world, STR("http://rabbit/api/queues/other"), &f->arena, &body));
    assert_false(sim_http_read(f->world, STR("http://rabbit/"), &f->arena, &body));
    assert_false(sim_http_read(f->world, STR(""), &f->arena, &body));
}

static void and_of_web_services(void **state)
{
    struct sim_fixture *f = *state;
    f->services[0].http_url = STR("https://metrics.example/web.json");
    f->services[0].workload.kind = SIM_WEB;
    f->services[0].workload.base_latency_ms = 20;
    f->services[0].workload.max_latency_ms = 1000;
    sim_begin(f);
    struct str body = STR_NONE;
    assert_true(sim_http_read(f->world, STR("https://metrics.example/web.json"), &f->arena, &body));
    assert_str(body, "{\"requests_per_second\": 1.0, \"utilisation\": 0.5, \"latency_ms\": 40.0, "
                     "\"running\": 2}");
    assert_false(sim_http_read(f->world, STR("https://other.example/web.json"), &f->arena, &body));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_point_a_minute, set_up, tear_down),
        cmocka_unit_test_setup_teardown(statistics_over_several_minutes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(points_come_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(some_never_come, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_points_are_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_tasks_no_cpu, set_up, tear_down),
        cmocka_unit_test_setup_teardown(documents_are_rabbitmqs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(and_of_web_services, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
