/* ECS's scheduler in a simulated account: delays, placement, scaling in, draining. */
#include "sim_fixture.h"

static int set_up(void **state)
{
    static struct sim_fixture f;
    sim_fixture_init(&f);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    sim_fixture_release(*state);
    return 0;
}

/* "2 0 1": the tasks that run or start on each instance, most first. */
static struct str spread_text(struct sim_fixture *f)
{
    struct instances_facts facts = sim_instances(f);
    struct buf text CLEANUP(buf_release) = BUF_INIT(4096);
    for (int64_t most = 100; most >= 0; most--) {
        for (size_t i = 0; i < facts.count; i++) {
            if (facts.items[i].running + facts.items[i].pending == most)
                buf_addf(&text, "%s%lld", text.len > 0 ? " " : "", (long long)most);
        }
    }
    return arena_str(&f->arena, buf_str(&text));
}

static void drain(struct sim_fixture *f, size_t index, bool is_on)
{
    struct sim_refusal refusal;
    struct instances_facts facts = sim_instances(f);
    if (!sim_instance_drain(f->world, STR("eu-west-1"), STR("shop"), facts.items[index].arn, is_on,
                            &refusal))
        fail_msg("%s", refusal.message);
}

static void tasks_take_their_time(void **state)
{
    struct sim_fixture *f = *state;
    struct sim_service_spec *fresh = sim_add_service(f, STR("fresh"), 0);
    fresh->image_pull = EXACTLY(30 * SECOND);
    sim_begin(f);
    sim_want(f, 0, 3);
    sim_want(f, 1, 1);
    assert_int_equal(sim_service(f, 0).pending, 0); /* nothing follows before time goes on */
    sim_go(f, 0);
    assert_int_equal(sim_service(f, 0).pending, 1);
    sim_go(f, 10 * SECOND);
    assert_int_equal(sim_service(f, 0).running, 3);
    assert_int_equal(sim_service(f, 1).pending, 1);
    sim_go(f, 40 * SECOND); /* its image was pulled first */
    assert_int_equal(sim_service(f, 1).running, 1);
    sim_want(f, 1, 0);
    sim_go(f, 40 * SECOND);
    assert_int_equal(sim_service(f, 1).running, 0); /* those that stop do not count */
    assert_int_equal(sim_service(f, 1).stopping, 1);
    assert_int_equal(sim_instances(f).items[0].remaining.cpu_units, 0); /* but take room */
    sim_go(f, 45 * SECOND);
    assert_int_equal(sim_service(f, 1).stopping, 0);
    assert_int_equal(sim_instances(f).items[0].remaining.cpu_units, 256);
    struct sim_tasks tasks;
    assert_true(
        sim_tasks_read(f->world, STR("eu-west-1"), STR("shop"), STR_NONE, &f->arena, &tasks));
    assert_int_equal(tasks.count, 4); /* with one STOPPED */
    sim_go(f, 105 * SECOND);
    assert_true(
        sim_tasks_read(f->world, STR("eu-west-1"), STR("shop"), STR_NONE, &f->arena, &tasks));
    assert_int_equal(tasks.count, 3);
    sim_want(f, 1, 1);
    sim_go(f, 115 * SECOND); /* the image is there */
    assert_int_equal(sim_service(f, 1).running, 1);
}

static void what_has_no_room_stays_wanted(void **state)
{
    struct sim_fixture *f = *state;
    struct sim_service_spec *huge = sim_add_service(f, STR("huge"), 1);
    huge->task_size = (struct resources){2048, 512};
    sim_begin(f);
    sim_want(f, 0, 7);
    sim_go(f, MINUTE);
    assert_int_equal(sim_service(f, 0).running, 4);
    assert_int_equal(sim_service(f, 0).unplaced, 3);
    assert_int_equal(sim_service(f, 1).unplaced, 1); /* fits nowhere, ever */
    struct sim_refusal refusal;
    assert_true(sim_group_set_desired(f->world, STR("eu-west-1"), STR("asg"), 2, &refusal));
    sim_go(f, 5 * MINUTE);
    assert_int_equal(sim_service(f, 0).running, 7);
    assert_int_equal(sim_service(f, 0).unplaced, 0);
    sim_want(f, 0, 9);
    sim_go(f, 6 * MINUTE);
    assert_int_equal(sim_service(f, 0).unplaced, 1);
    sim_want(f, 0, 8);
    sim_go(f, 7 * MINUTE);
    assert_int_equal(sim_service(f, 0).unplaced, 0);
    assert_int_equal(sim_service(f, 0).running, 8);
}

static void strategies_place_and_stop(void **state)
{
    static const struct {
        enum sim_placement placement;
        bool distinct;
        const char *placed; /* 6 on 4 instances with room for 4 */
        const char *left;   /* of these: 3 */
    } rows[] = {
        {SIM_SPREAD, false, "2 2 1 1", "1 1 1 0"},
        {SIM_BINPACK_MEMORY, false, "4 2 0 0", "3 0 0 0"},
        {SIM_BINPACK_CPU, false, "4 2 0 0", "3 0 0 0"},
        {SIM_SPREAD, true, "1 1 1 1", "1 1 1 0"},
        {SIM_BINPACK_MEMORY, true, "1 1 1 1", "1 1 1 0"},
    };
    struct sim_fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        sim_fixture_init(f);
        f->groups[0].desired = 4;
        f->services[0].desired = 0;
        f->services[0].placement = rows[i].placement;
        f->services[0].distinct_instance = rows[i].distinct;
        sim_begin(f);
        sim_want(f, 0, 6);
        sim_go(f, MINUTE);
        assert_str(spread_text(f), rows[i].placed);
        assert_int_equal(sim_service(f, 0).unplaced, rows[i].distinct ? 2 : 0);
        sim_want(f, 0, 3);
        sim_go(f, 2 * MINUTE);
        assert_str(spread_text(f), rows[i].left);
        sim_fixture_release(f);
    }
}

static void at_random_all_that_fits(void **state)
{
    struct sim_fixture *f = *state;
    f->groups[0].desired = 4;
    f->services[0].desired = 16;
    f->services[0].placement = SIM_RANDOM;
    sim_begin(f);
    assert_str(spread_text(f), "4 4 4 4");
    sim_want(f, 0, 5);
    sim_go(f, MINUTE);
    assert_int_equal(sim_service(f, 0).running, 5);
}

static void pending_tasks_stop_first_and_at_once(void **state)
{
    struct sim_fixture *f = *state;
    sim_begin(f);
    sim_want(f, 0, 4);
    sim_go(f, SECOND);
    assert_int_equal(sim_service(f, 0).pending, 2);
    sim_want(f, 0, 2);
    sim_go(f, SECOND);
    assert_int_equal(sim_service(f, 0).pending, 0);
    assert_int_equal(sim_service(f, 0).running, 2);
    assert_int_equal(sim_service(f, 0).stopping, 0);
}

static void daemons_run_on_every_instance(void **state)
{
    struct sim_fixture *f = *state;
    f->groups[0].desired = 2;
    struct sim_service_spec *agent = sim_add_service(f, STR("agent"), 9);
    agent->strategy = SCHEDULING_DAEMON;
    agent->task_size = (struct resources){128, 128};
    sim_begin(f);
    assert_int_equal(sim_service(f, 1).running, 2);
    assert_int_equal(sim_service(f, 1).desired, 2);
    struct sim_refusal refusal;
    assert_false(
        sim_service_update(f->world, STR("eu-west-1"), STR("shop"), STR("agent"), 3, &refusal));
    assert_str(str_from(refusal.code), "InvalidParameterException");
    assert_true(sim_group_set_desired(f->world, STR("eu-west-1"), STR("asg"), 3, &refusal));
    sim_go(f, 4 * MINUTE);
    assert_int_equal(sim_service(f, 1).running, 3);
    struct daemons_facts facts;
    assert_true(sim_daemons_read(f->world, STR("eu-west-1"), STR("shop"), &f->arena, &facts));
    assert_int_equal(facts.count, 1);
    assert_str(facts.items[0].name, "agent");
    /* Draining takes the other tasks away first. */
    drain(f, 0, true);
    sim_go(f, 4 * MINUTE);
    assert_int_equal(sim_service(f, 1).desired, 2);
    sim_go(f, 6 * MINUTE);
    assert_int_equal(sim_instances(f).items[0].running, 0);
    assert_int_equal(sim_service(f, 1).running, 2);
    assert_int_equal(sim_service(f, 0).running, 2);
}

static void fargate_needs_no_instance(void **state)
{
    struct sim_fixture *f = *state;
    struct sim_service_spec *serverless = sim_add_service(f, STR("serverless"), 1);
    serverless->launch_type = LAUNCH_FARGATE;
    serverless->task_size = (struct resources){4096, 8192};
    serverless->image_pull = EXACTLY(20 * SECOND);
    sim_begin(f);
    assert_int_equal(sim_service(f, 1).running, 1);
    sim_want(f, 1, 10);
    sim_go(f, 29 * SECOND);
    assert_int_equal(sim_service(f, 1).pending, 9);
    sim_go(f, 30 * SECOND);
    assert_int_equal(sim_service(f, 1).running, 10);
    assert_int_equal(sim_instances(f).items[0].running, 2);
    sim_want(f, 1, 0);
    sim_go(f, MINUTE);
    assert_int_equal(sim_service(f, 1).running, 0);
}

/* Two instances with two tasks each; the first is drained. */
static void draining_keeps_to_the_percentages(void **state)
{
    static const struct {
        int64_t min, max;
        int64_t running, pending, stopping; /* at once */
        int64_t left;                       /* on it after an hour */
    } rows[] = {
        {100, 200, 4, 2, 0, 0}, /* replaced, then stopped */
        {50, 100, 2, 2, 2, 0},  /* stopped, then replaced */
        {0, 100, 2, 2, 2, 0},   {100, 150, 4, 2, 0, 0}, {100, 125, 4, 1, 0, 0}, /* one by one */
        {75, 100, 3, 1, 1, 0},  {100, 100, 4, 0, 0, 2},                         /* never */
        {100, 110, 4, 0, 0, 2}, /* 4.4 tasks are four */
    };
    struct sim_fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        sim_fixture_init(f);
        f->groups[0].desired = 2;
        f->services[0].desired = 4;
        f->services[0].min_healthy_percent = rows[i].min;
        f->services[0].max_percent = rows[i].max;
        sim_begin(f);
        drain(f, 0, true);
        sim_go(f, 0);
        assert_int_equal(sim_service(f, 0).running, rows[i].running);
        assert_int_equal(sim_service(f, 0).pending, rows[i].pending);
        assert_int_equal(sim_service(f, 0).stopping, rows[i].stopping);
        int64_t least = 4;
        for (int64_t now_ms = 0; now_ms < HOUR; now_ms += SECOND) {
            sim_go(f, now_ms);
            struct sim_service_state now = sim_service(f, 0);
            least = now.running < least ? now.running : least;
            assert_true((now.running + now.pending) * 100 <= 4 * rows[i].max);
        }
        assert_true(least * 100 >= 4 * rows[i].min);
        assert_int_equal(sim_instances(f).items[0].running, rows[i].left);
        assert_int_equal(sim_service(f, 0).running, 4);
        drain(f, 0, false); /* and nothing is too much */
        sim_go(f, HOUR + MINUTE);
        assert_int_equal(sim_service(f, 0).running, 4);
        assert_int_equal(sim_service(f, 0).pending, 0);
        sim_fixture_release(f);
    }
}

static void pending_tasks_leave_a_draining_instance_at_once(void **state)
{
    struct sim_fixture *f = *state;
    sim_begin(f);
    sim_want(f, 0, 4);
    sim_go(f, SECOND);
    drain(f, 0, true);
    sim_go(f, SECOND);
    assert_int_equal(sim_service(f, 0).pending, 0);
    assert_int_equal(sim_service(f, 0).running, 2);
    assert_int_equal(sim_service(f, 0).unplaced, 4); /* those that left, and the replacements */
    sim_go(f, HOUR);
    assert_int_equal(sim_instances(f).items[0].running, 2); /* there is nowhere to go */
}

static void a_hung_task_never_stops(void **state)
{
    struct sim_fixture *f = *state;
    sim_begin(f);
    struct sim_tasks tasks;
    assert_true(sim_tasks_read(f->world, STR("eu-west-1"), STR("shop"),
                               sim_instances(f).items[0].arn, &f->arena, &tasks));
    assert_int_equal(tasks.count, 2);
    assert_true(sim_task_hang(f->world, tasks.items[0].arn));
    assert_false(sim_task_hang(f->world, STR("arn:none")));
    sim_want(f, 0, 0);
    sim_go(f, HOUR);
    assert_int_equal(sim_service(f, 0).stopping, 1);
    assert_int_equal(sim_instances(f).items[0].remaining.cpu_units, 768);
}

static void standalone_tasks_stay_where_they_are(void **state)
{
    struct sim_fixture *f = *state;
    f->groups[0].desired = 2;
    sim_begin(f);
    struct instances_facts facts = sim_instances(f);
    struct str arn = STR_NONE;
    struct str other = STR_NONE;
    struct resources large = {1024, 1024};
    struct resources small = {64, 64};
    assert_false(sim_task_run(f->world, facts.items[0].ec2_id, large, &f->arena, &arn));
    assert_false(sim_task_run(f->world, STR("i-0"), small, &f->arena, &arn));
    assert_true(sim_task_run(f->world, facts.items[0].ec2_id, small, &f->arena, &arn));
    drain(f, 0, true);
    assert_false(sim_task_run(f->world, facts.items[0].ec2_id, small, &f->arena, &other));
    sim_go(f, HOUR);
    facts = sim_instances(f);
    assert_int_equal(facts.items[0].running, 1); /* the service's tasks went */
    assert_int_equal(facts.items[0].remaining.cpu_units, 1024 - 64);
    assert_int_equal(sim_service(f, 0).running, 2);
    struct sim_tasks tasks;
    assert_true(sim_tasks_read(f->world, STR("eu-west-1"), STR("shop"), facts.items[0].arn,
                               &f->arena, &tasks));
    assert_int_equal(tasks.count, 1);
    assert_str(tasks.items[0].service, "");
    assert_true(str_eq(tasks.items[0].arn, arn));
    assert_true(sim_task_finish(f->world, arn));
    assert_false(sim_task_finish(f->world, arn));
    assert_int_equal(sim_instances(f).items[0].running, 0);
    /* And go with the instance. */
    facts = sim_instances(f);
    assert_true(sim_task_run(f->world, facts.items[1].ec2_id, small, &f->arena, &arn));
    assert_true(sim_instance_kill(f->world, facts.items[1].ec2_id));
    assert_int_equal(sim_instances(f).items[1].pending, 0);
}

/* A thousand random changes: counts, room and tasks always agree. */
static void the_books_balance(void **state)
{
    struct sim_fixture *f = *state;
    struct sim_service_spec *other = sim_add_service(f, STR("other"), 3);
    other->task_size = (struct resources){384, 256};
    other->placement = SIM_BINPACK_CPU;
    sim_add_service(f, STR("agent"), 0)->strategy = SCHEDULING_DAEMON;
    f->services[2].task_size = (struct resources){64, 64};
    f->groups[0].launch = (struct sim_delay){0, 3 * MINUTE};
    f->services[0].start = (struct sim_delay){0, MINUTE};
    f->services[0].stop = (struct sim_delay){0, MINUTE};
    sim_begin(f);
    struct sim_random random = sim_random_of(1, CONCERN_FAULT, 9);
    for (int64_t step = 1; step <= 1000; step++) {
        struct sim_refusal refusal;
        struct instances_facts facts = sim_instances(f);
        int64_t one =
            facts.count > 0 ? sim_random_between(&random, 0, (int64_t)facts.count - 1) : 0;
        switch (sim_random_between(&random, 0, facts.count > 0 ? 7 : 1)) {
        case 0:
            sim_want(f, 0, sim_random_between(&random, 0, 9));
            break;
        case 1:
            (void)sim_group_set_desired(f->world, STR("eu-west-1"), STR("asg"),
                                        sim_random_between(&random, 1, 4), &refusal);
            break;
        case 2:
            drain(f, (size_t)one, sim_random_between(&random, 0, 1) == 0);
            break;
        case 3:
            (void)sim_instance_kill(f->world, facts.items[one].ec2_id);
            break;
        case 4:
            (void)sim_agent_disconnect(f->world, facts.items[one].ec2_id,
                                       sim_random_between(&random, 0, 1) == 0);
            break;
        case 5:
            (void)sim_instance_terminate(f->world, STR("eu-west-1"), facts.items[one].ec2_id, false,
                                         &refusal);
            break;
        default:
            sim_want(f, 1, sim_random_between(&random, 0, 6));
        }
        sim_go(f, step * 20 * SECOND);
        facts = sim_instances(f);
        struct sim_tasks tasks;
        assert_true(
            sim_tasks_read(f->world, STR("eu-west-1"), STR("shop"), STR_NONE, &f->arena, &tasks));
        for (size_t i = 0; i < facts.count; i++) {
            int64_t cpu = 1024;
            int64_t running = 0;
            for (size_t j = 0; j < tasks.count; j++) {
                const struct sim_task_facts *task = &tasks.items[j];
                if (!str_eq(task->instance_arn, facts.items[i].arn))
                    continue;
                running += task->status == SIM_TASK_RUNNING ? 1 : 0;
                cpu -= task->status == SIM_TASK_STOPPED      ? 0
                       : str_eq(task->service, STR("other")) ? 384
                       : str_eq(task->service, STR("agent")) ? 64
                                                             : 256;
            }
            assert_int_equal(facts.items[i].remaining.cpu_units, cpu);
            assert_int_equal(facts.items[i].running, running);
            assert_true(cpu >= 0);
        }
        for (size_t i = 0; i < 2; i++) {
            struct sim_service_state now = sim_service(f, i);
            assert_true(now.running >= 0 && now.pending >= 0 && now.stopping >= 0);
            assert_true(now.running + now.pending + now.unplaced <= 2 * now.desired + 10);
        }
        arena_release(&f->arena);
    }
}

static void the_same_calls_give_the_same_world(void **state)
{
    struct sim_fixture *f = *state;
    struct arena keep CLEANUP(arena_release) = ARENA_INIT;
    struct str texts[3];
    for (size_t run = 0; run < ARRAY_LEN(texts); run++) {
        sim_fixture_init(f);
        f->spec.seed = 42;
        f->groups[0].launch = (struct sim_delay){MINUTE, 5 * MINUTE};
        f->services[0].start = (struct sim_delay){SECOND, MINUTE};
        f->services[0].placement = SIM_RANDOM;
        f->loads[0] = 3.7;
        sim_begin(f);
        for (int64_t minute = 1; minute <= 120; minute++) {
            if (minute % 10 == 1)
                sim_want(f, 0, 1 + minute / 10);
            struct sim_refusal refusal;
            if (minute == 20)
                (void)sim_group_set_desired(f->world, STR("eu-west-1"), STR("asg"), 4, &refusal);
            if (minute == 60)
                drain(f, 0, true);
            /* The second looks more often, the third in smaller steps: that changes nothing. */
            for (int64_t at = 1; run > 0 && at < 60; at += 7) {
                if (run == 2)
                    sim_go(f, (minute - 1) * MINUTE + at * SECOND);
                sim_text(f);
            }
            sim_go(f, minute * MINUTE);
        }
        texts[run] = arena_str(&keep, sim_text(f));
        sim_fixture_release(f);
    }
    assert_true(str_eq(texts[0], texts[1]));
    assert_true(str_eq(texts[0], texts[2]));
    assert_true(texts[0].len > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tasks_take_their_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_has_no_room_stays_wanted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(strategies_place_and_stop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_random_all_that_fits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pending_tasks_stop_first_and_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(daemons_run_on_every_instance, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fargate_needs_no_instance, set_up, tear_down),
        cmocka_unit_test_setup_teardown(draining_keeps_to_the_percentages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pending_tasks_leave_a_draining_instance_at_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_hung_task_never_stops, set_up, tear_down),
        cmocka_unit_test_setup_teardown(standalone_tasks_stay_where_they_are, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_books_balance, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_calls_give_the_same_world, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
