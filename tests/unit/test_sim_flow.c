/* Workloads as a fluid, against cases worked out by hand and against Little's law. */
#include "unit.h"

#include "cloud/sim/flow.h"
#include "random.h"

#include <math.h>

#define assert_near(actual, expected)                                                              \
    do {                                                                                           \
        double near_a = (actual);                                                                  \
        double near_b = (expected);                                                                \
        if (!(fabs(near_a - near_b) <= 1e-6 * fmax(1, fabs(near_b))))                              \
            fail_msg("%s is %.9g, not %.9g", #actual, near_a, near_b);                             \
    } while (0)

static const struct sim_workload queue = {.kind = SIM_QUEUE, .rate_per_task = 1};
static const struct sim_workload web = {
    .kind = SIM_WEB, .rate_per_task = 100, .base_latency_ms = 20, .max_latency_ms = 2000};

static struct flow flow_of(const struct sim_workload *workload, struct sim_objective objective)
{
    struct flow flow;
    flow_init(&flow, workload, objective);
    return flow;
}

static void enough_tasks_let_nothing_wait(void **state)
{
    (void)state;
    struct flow flow = flow_of(&queue, (struct sim_objective){.max_wait_ms = 1});
    flow_set_running(&flow, 3);
    flow_set_load(&flow, 2);
    flow_advance(&flow, 60000);
    assert_near(flow.state.totals.arrived, 120);
    assert_near(flow.state.totals.done, 120);
    assert_near(flow.state.backlog, 0);
    assert_near(flow.state.totals.wait_worst_s, 0);
    assert_near(flow.state.totals.outside_s, 0);
    assert_near(flow_utilisation(&flow, &flow.state), 2.0 / 3);
    assert_near(flow.state.minute.busy_s / flow.state.minute.task_s, 2.0 / 3);
    assert_near(flow.state.totals.task_s, 180);
    flow_release(&flow);
}

/* Three a second come and one is done: number k is done at k s and came at k/3 s. */
static void a_backlog_builds_up_and_goes(void **state)
{
    (void)state;
    struct flow flow = flow_of(&queue, (struct sim_objective){.max_wait_ms = 8000});
    flow_set_running(&flow, 1);
    flow_set_load(&flow, 3);
    flow_advance(&flow, 10000);
    assert_near(flow.state.backlog, 20);
    assert_near(flow.state.totals.done, 10);
    assert_near(flow.state.totals.wait_sum_s, 10 * (20.0 / 3) / 2);
    assert_near(flow.state.totals.wait_worst_s, 20.0 / 3);
    assert_near(flow_oldest_wait_s(&flow, &flow.state), 20.0 / 3);
    assert_near(flow.state.totals.work_outside, 0);
    assert_false(flow_is_outside(&flow, &flow.state));
    /* Two a second are done and none come: the last, of second 10, is done at second 20. */
    flow_set_running(&flow, 2);
    flow_set_load(&flow, 0);
    flow_advance(&flow, 18000);
    assert_true(flow_is_outside(&flow, &flow.state));
    flow_advance(&flow, 60000);
    assert_near(flow.state.backlog, 0);
    assert_near(flow.state.totals.done, 30);
    assert_near(flow.state.totals.wait_worst_s, 10);
    assert_near(flow.state.totals.wait_sum_s, 100.0 / 3 + 20 * (20.0 / 3 + 10) / 2);
    assert_near(flow.state.totals.work_outside, 20 * 0.6); /* above 8 on the way from 6⅔ to 10 */
    assert_near(flow.state.totals.outside_s, 10 * 0.6);
    flow_release(&flow);
}

static void without_tasks_all_wait(void **state)
{
    (void)state;
    struct flow flow = flow_of(&queue, (struct sim_objective){.max_wait_ms = 30000});
    flow_set_load(&flow, 1);
    flow_advance(&flow, 60000);
    assert_near(flow.state.backlog, 60);
    assert_near(flow.state.totals.done, 0);
    assert_near(flow.state.totals.wait_worst_s, 60);
    assert_near(flow.state.totals.outside_s, 30);
    assert_near(flow_utilisation(&flow, &flow.state), 0);
    flow_set_running(&flow, 60);
    flow_advance(&flow, 120000);
    assert_near(flow.state.totals.done, 120);
    /* Empty after 60/59 s; what waited falls evenly from 60 s to none. */
    assert_near(flow.state.totals.wait_sum_s, 60.0 / 59 * 60 * 60 / 2);
    flow_release(&flow);
}

static void the_start_backlog_came_at_once(void **state)
{
    (void)state;
    struct sim_workload workload = queue;
    workload.start_backlog = 100;
    struct flow flow = flow_of(&workload, (struct sim_objective){.max_wait_ms = 5000});
    flow_set_running(&flow, 10);
    flow_advance(&flow, 20000);
    assert_near(flow.state.totals.arrived, 100);
    assert_near(flow.state.totals.done, 100);
    assert_near(flow.state.totals.wait_sum_s, 500);
    assert_near(flow.state.totals.wait_worst_s, 10);
    assert_near(flow.state.totals.work_outside, 50);
    flow_release(&flow);
}

/* Messages of a busy minute, none for a minute, then more: the gap is no message's. */
static void a_gap_in_the_load_is_no_wait(void **state)
{
    (void)state;
    struct flow flow = flow_of(&queue, (struct sim_objective){.max_wait_ms = 0});
    flow_set_load(&flow, 1);
    flow_advance(&flow, 60000);
    flow_set_load(&flow, 0);
    flow_advance(&flow, 120000);
    flow_set_load(&flow, 1);
    flow_advance(&flow, 180000);
    flow_set_load(&flow, 0);
    assert_near(flow_oldest_wait_s(&flow, &flow.state), 180);
    flow_set_running(&flow, 1);
    flow_advance(&flow, 239999);
    assert_near(flow_oldest_wait_s(&flow, &flow.state), 180);
    flow_advance(&flow, 240001);
    assert_near(flow_oldest_wait_s(&flow, &flow.state), 120);
    flow_release(&flow);
}

static void a_look_changes_nothing(void **state)
{
    (void)state;
    struct flow flow = flow_of(&queue, (struct sim_objective){.max_wait_ms = 8000});
    struct flow other = flow_of(&queue, (struct sim_objective){.max_wait_ms = 8000});
    struct random random = {.state = 7};
    for (int64_t minute = 0; minute < 200; minute++) {
        double load = (double)random_between(&random, 0, 4);
        int64_t running = random_between(&random, 0, 4);
        flow_set_load(&flow, load);
        flow_set_load(&other, load);
        flow_set_running(&flow, running);
        flow_set_running(&other, running);
        for (int64_t ms = 0; ms < 60000; ms += 7777) {
            struct flow_state peek = flow_peek(&flow, minute * 60000 + ms);
            assert_near(peek.totals.arrived, peek.totals.done + peek.backlog);
        }
        flow_advance(&flow, (minute + 1) * 60000);
        flow_advance(&other, (minute + 1) * 60000);
        assert_memory_equal(&flow.state.totals, &other.state.totals, sizeof(flow.state.totals));
        assert_near(flow.state.totals.arrived, flow.state.totals.done + flow.state.backlog);
    }
    flow_release(&flow);
    flow_release(&other);
}

/* Little's law: the backlog, summed over time, is the sum of the waits. */
static void waits_sum_up_to_the_backlog(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct flow flow = flow_of(&queue, (struct sim_objective){.max_wait_ms = 0});
        struct random random = {.state = seed};
        double area = 0;
        int64_t now_ms = 0;
        double worst_s = 0;
        while (now_ms < 3600 * 1000 || flow.state.backlog > 1e-6) {
            bool is_over = now_ms >= 3000 * 1000;
            flow_set_load(&flow, is_over ? 0 : (double)random_between(&random, 0, 50) / 10);
            flow_set_running(&flow, is_over ? 5 : random_between(&random, 0, 5));
            for (int64_t left_ms = random_between(&random, 1, 90) * 1000; left_ms > 0;
                 left_ms -= 100) {
                double before = flow.state.backlog;
                now_ms += 100;
                flow_advance(&flow, now_ms);
                area += (before + flow.state.backlog) / 2 * 0.1;
                worst_s = fmax(worst_s, flow_oldest_wait_s(&flow, &flow.state));
            }
        }
        assert_near(flow.state.totals.arrived, flow.state.totals.done);
        if (fabs(area - flow.state.totals.wait_sum_s) > 0.01 * area + 1)
            fail_msg("seed %llu: %g is not %g", (unsigned long long)seed, area,
                     flow.state.totals.wait_sum_s);
        assert_true(flow.state.totals.wait_worst_s >= worst_s - 1e-6);
        assert_true(flow.state.totals.wait_worst_s <= worst_s + 0.2);
        flow_release(&flow);
    }
}

static void a_web_service_saturates(void **state)
{
    (void)state;
    struct flow flow = flow_of(&web, (struct sim_objective){.max_utilisation = 0.8});
    flow_set_running(&flow, 1);
    flow_set_load(&flow, 50);
    flow_advance(&flow, 60000);
    assert_near(flow_utilisation(&flow, &flow.state), 0.5);
    assert_near(flow_latency_ms(&flow, &flow.state), 40);
    assert_near(flow.state.totals.done, 3000);
    assert_near(flow.state.totals.wait_sum_s, 3000 * 0.04);
    assert_near(flow.state.totals.outside_s, 0);
    flow_set_load(&flow, 90);
    assert_near(flow_latency_ms(&flow, &flow.state), 200);
    assert_true(flow_is_outside(&flow, &flow.state));
    flow_set_load(&flow, 150);
    flow_advance(&flow, 120000);
    assert_near(flow_utilisation(&flow, &flow.state), 1.5);
    assert_near(flow_latency_ms(&flow, &flow.state), 2000);
    assert_near(flow.state.totals.failed, 3000);
    assert_near(flow.state.totals.done, 9000);
    assert_near(flow.state.totals.work_outside, 9000);
    assert_near(flow.state.totals.outside_s, 60);
    flow_set_running(&flow, 0);
    flow_advance(&flow, 121000);
    assert_near(flow.state.totals.failed, 3150);
    assert_near(flow_utilisation(&flow, &flow.state), 1.5);
    flow_release(&flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enough_tasks_let_nothing_wait),
        cmocka_unit_test(a_backlog_builds_up_and_goes),
        cmocka_unit_test(without_tasks_all_wait),
        cmocka_unit_test(the_start_backlog_came_at_once),
        cmocka_unit_test(a_gap_in_the_load_is_no_wait),
        cmocka_unit_test(a_look_changes_nothing),
        cmocka_unit_test(waits_sum_up_to_the_backlog),
        cmocka_unit_test(a_web_service_saturates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
