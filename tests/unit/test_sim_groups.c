/* Auto Scaling groups and container instances of a simulated account: when things happen, what the
 * calls refuse, and mishaps. */
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

static void set_desired(struct sim_fixture *f, int64_t desired)
{
    struct sim_refusal refusal;
    if (!sim_group_set_desired(f->world, STR("eu-west-1"), STR("asg"), desired, &refusal))
        fail_msg("%s", refusal.message);
}

static struct str state_of(struct sim_fixture *f, struct str id)
{
    struct group_facts facts = sim_group_facts(f);
    const struct group_instance *instance = group_instance_find(&facts, id);
    return instance != NULL ? instance->lifecycle_state : STR("gone");
}

static void the_start_is_as_wished(void **state)
{
    struct sim_fixture *f = *state;
    sim_begin(f);
    assert_int_equal(sim_world_now_ms(f->world), sim_start_ms);
    struct instances_facts instances = sim_instances(f);
    assert_int_equal(instances.count, 1);
    assert_int_equal(instances.items[0].status, INSTANCE_ACTIVE);
    assert_true(instances.items[0].agent_connected);
    assert_int_equal(instances.items[0].running, 2);
    assert_int_equal(instances.items[0].registered.cpu_units, 1024);
    assert_int_equal(instances.items[0].remaining.cpu_units, 512);
    assert_int_equal(instances.items[0].remaining.mem_mib, 1024);
    struct service_facts service;
    assert_true(sim_service_read(f->world, STR("eu-west-1"), STR("shop"), STR("worker"), &f->arena,
                                 &service));
    assert_str(service.status, "ACTIVE");
    assert_str(service.task_definition,
               "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-worker:1");
    assert_int_equal(service.running, 2);
    struct resources size;
    assert_true(sim_task_definition_read(f->world, service.task_definition, &size));
    assert_int_equal(size.cpu_units, 256);
    assert_false(sim_service_read(f->world, STR("eu-west-2"), STR("shop"), STR("worker"), &f->arena,
                                  &service));
    assert_false(sim_task_definition_read(f->world, STR("worker:2"), &size));
}

static void an_instance_is_launched_joins_and_goes(void **state)
{
    struct sim_fixture *f = *state;
    sim_begin(f);
    struct str first = sim_instances(f).items[0].ec2_id;
    set_desired(f, 2);
    assert_int_equal(sim_group(f, 0).launching, 1);
    sim_go(f, 2 * MINUTE - 1);
    assert_int_equal(sim_group(f, 0).launching, 1);
    sim_go(f, 2 * MINUTE);
    assert_int_equal(sim_group(f, 0).in_service, 2);
    assert_int_equal(sim_group(f, 0).registered, 1);
    sim_go(f, 3 * MINUTE - 1);
    assert_int_equal(sim_instances(f).count, 1);
    sim_go(f, 3 * MINUTE);
    struct instances_facts instances = sim_instances(f);
    assert_int_equal(instances.count, 2);
    assert_true(str_compare(instances.items[0].ec2_id, instances.items[1].ec2_id) < 0);
    struct sim_refusal refusal;
    assert_true(sim_instance_terminate(f->world, STR("eu-west-1"), first, true, &refusal));
    assert_int_equal(sim_group(f, 0).desired, 1);
    assert_int_equal(sim_group(f, 0).killed_tasks, 2);
    assert_str(state_of(f, first), "Terminating");
    assert_true(sim_instance_terminate(f->world, STR("eu-west-1"), first, true, &refusal));
    assert_int_equal(sim_group(f, 0).desired, 1); /* once */
    sim_go(f, 3 * MINUTE + 30 * SECOND);
    assert_str(state_of(f, first), "gone");
    assert_int_equal(sim_instances(f).count, 2); /* ECS knows a while later */
    sim_go(f, 4 * MINUTE);
    assert_int_equal(sim_instances(f).count, 1);
    assert_int_equal(sim_service(f, 0).running, 2); /* on the other one */
    /* 3 min 30 s of the first, 4 min of the second. */
    assert_int_equal((int64_t)sim_group(f, 0).instance_ms, 7 * MINUTE + 30 * SECOND);
}

static void without_decrement_it_is_replaced(void **state)
{
    struct sim_fixture *f = *state;
    sim_begin(f);
    struct str first = sim_instances(f).items[0].ec2_id;
    struct sim_refusal refusal;
    assert_false(sim_instance_terminate(f->world, STR("eu-west-1"), first, true, &refusal));
    assert_str(str_from(refusal.code), "ValidationError");
    assert_int_equal(refusal.http_status, 400);
    assert_str(str_from(refusal.message),
               "Currently, desiredSize equals minSize (1). Terminating instance without "
               "replacement will violate group's min size constraint. Either set "
               "shouldDecrementDesiredCapacity flag to false or lower group's min size.");
    assert_true(sim_instance_terminate(f->world, STR("eu-west-1"), first, false, &refusal));
    assert_int_equal(sim_group(f, 0).launching, 1);
    assert_int_equal(sim_group(f, 0).terminating, 1);
    assert_int_equal(sim_group(f, 0).desired, 1);
}

static void calls_are_refused_as_aws_does(void **state)
{
    struct sim_fixture *f = *state;
    sim_begin(f);
    struct sim_refusal refusal;
    struct str region = STR("eu-west-1");
    assert_false(sim_group_set_desired(f->world, region, STR("asg"), 5, &refusal));
    assert_str(str_from(refusal.message),
               "New SetDesiredCapacity value 5 is above max value 4 for the AutoScalingGroup.");
    assert_false(sim_group_set_desired(f->world, region, STR("asg"), 0, &refusal));
    assert_str(str_from(refusal.message),
               "New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup.");
    assert_false(sim_group_set_desired(f->world, region, STR("none"), 1, &refusal));
    assert_str(str_from(refusal.message),
               "AutoScalingGroup name not found - AutoScalingGroup 'none' not found");
    assert_false(sim_instance_terminate(f->world, region, STR("i-0"), false, &refusal));
    assert_str(str_from(refusal.message),
               "Instance Id not found - No managed instance found for instance ID: i-0");
    assert_false(sim_service_update(f->world, region, STR("none"), STR("worker"), 1, &refusal));
    assert_str(str_from(refusal.code), "ClusterNotFoundException");
    assert_false(sim_service_update(f->world, region, STR("shop"), STR("none"), 1, &refusal));
    assert_str(str_from(refusal.code), "ServiceNotFoundException");
    assert_false(sim_service_update(f->world, region, STR("shop"), STR("worker"), -1, &refusal));
    assert_str(str_from(refusal.code), "InvalidParameterException");
    assert_false(sim_instance_drain(f->world, region, STR("shop"), STR("none"), true, &refusal));
    assert_str(str_from(refusal.code), "MISSING");
}

static void bounds_drag_the_desired_capacity_along(void **state)
{
    struct sim_fixture *f = *state;
    static const struct {
        struct sim_group_change change;
        int64_t min, max, desired; /* after it */
        const char *refusal;       /* or this */
    } rows[] = {
        {{2, -1, -1}, 2, 4, 2, NULL},
        {{-1, 1, -1}, 0, 0, 0, "Max bound, 1, must be greater than or equal to min bound, 2"},
        {{1, 1, -1}, 1, 1, 1, NULL},
        {{0, 9, 5}, 0, 9, 5, NULL},
        {{-1, -1, 10},
         0,
         0,
         0,
         "Desired capacity:10 must be between the specified min size:0 and max size:9"},
        {{-1, 3, -1}, 0, 3, 3, NULL},
    };
    sim_begin(f);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sim_refusal refusal;
        bool taken =
            sim_group_update(f->world, STR("eu-west-1"), STR("asg"), &rows[i].change, &refusal);
        assert_int_equal(taken, rows[i].refusal == NULL);
        if (!taken) {
            assert_str(str_from(refusal.message), rows[i].refusal);
            continue;
        }
        struct group_facts facts = sim_group_facts(f);
        assert_int_equal(facts.min, rows[i].min);
        assert_int_equal(facts.max, rows[i].max);
        assert_int_equal(facts.desired, rows[i].desired);
    }
}

static void without_capacity_launches_fail_and_are_tried_again(void **state)
{
    struct sim_fixture *f = *state;
    f->groups[0].capacity = 2;
    sim_begin(f);
    set_desired(f, 4);
    assert_int_equal(sim_group(f, 0).launching, 1);
    assert_int_equal(sim_group(f, 0).launch_failures, 1);
    sim_go(f, 10 * MINUTE);
    assert_int_equal(sim_group(f, 0).in_service, 2);
    assert_int_equal(sim_group(f, 0).launch_failures, 11);
    sim_group_capacity(f->world, STR("asg"), 0);
    sim_go(f, 14 * MINUTE);
    assert_int_equal(sim_group(f, 0).registered, 4);
    assert_int_equal(sim_group(f, 0).launch_failures, 11);
}

static void lowering_terminates_the_oldest_unprotected(void **state)
{
    struct sim_fixture *f = *state;
    f->groups[0].desired = 2;
    sim_begin(f);
    set_desired(f, 3);
    sim_go(f, 5 * MINUTE);
    struct instances_facts instances = sim_instances(f);
    struct sim_refusal refusal;
    assert_int_equal(instances.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(sim_instance_protect(f->world, STR("eu-west-1"), instances.items[i].ec2_id,
                                         true, &refusal));
    set_desired(f, 1);
    assert_int_equal(sim_group(f, 0).terminating, 0); /* all are protected */
    assert_true(sim_instance_protect(f->world, STR("eu-west-1"), instances.items[1].ec2_id, false,
                                     &refusal));
    assert_str(state_of(f, instances.items[1].ec2_id), "Terminating");
    assert_int_equal(sim_group(f, 0).in_service, 2);
    /* TerminateInstance ignores the protection. */
    set_desired(f, 2);
    assert_true(sim_instance_terminate(f->world, STR("eu-west-1"), instances.items[0].ec2_id, true,
                                       &refusal));
    assert_str(state_of(f, instances.items[0].ec2_id), "Terminating");
}

static void some_instances_never_join(void **state)
{
    struct sim_fixture *f = *state;
    f->groups[0].never_joins = 1;
    sim_begin(f);
    set_desired(f, 3);
    sim_go(f, HOUR);
    assert_int_equal(sim_group(f, 0).in_service, 3);
    assert_int_equal(sim_group(f, 0).registered, 1);
}

static void a_dead_instance_is_replaced(void **state)
{
    struct sim_fixture *f = *state;
    sim_begin(f);
    struct str id = sim_instances(f).items[0].ec2_id;
    assert_true(sim_instance_kill(f->world, id));
    assert_false(sim_instance_kill(f->world, id));
    assert_int_equal(sim_service(f, 0).running, 0);
    assert_false(sim_instances(f).items[0].agent_connected);
    sim_go(f, MINUTE - 1);
    assert_str(state_of(f, id), "InService");
    assert_int_equal(sim_service(f, 0).unplaced, 2);
    sim_go(f, MINUTE);
    assert_str(state_of(f, id), "Terminating");
    assert_int_equal(sim_group(f, 0).launching, 1);
    sim_go(f, 5 * MINUTE);
    assert_int_equal(sim_service(f, 0).running, 2);
    assert_int_equal(sim_group(f, 0).killed_tasks, 0); /* not by a call */
}

static void without_its_agent_nothing_starts_or_stops(void **state)
{
    struct sim_fixture *f = *state;
    sim_begin(f);
    struct str id = sim_instances(f).items[0].ec2_id;
    sim_want(f, 0, 3);
    sim_go(f, SECOND);
    assert_int_equal(sim_service(f, 0).pending, 1);
    assert_true(sim_agent_disconnect(f->world, id, false));
    assert_false(sim_instances(f).items[0].agent_connected);
    sim_go(f, MINUTE);
    assert_int_equal(sim_service(f, 0).pending, 1);
    assert_int_equal(sim_service(f, 0).running, 2);
    sim_want(f, 0, 4);
    sim_go(f, MINUTE + SECOND);
    assert_int_equal(sim_service(f, 0).unplaced, 1);
    sim_want(f, 0, 1);
    sim_go(f, 2 * MINUTE);
    assert_int_equal(sim_service(f, 0).running, 1);
    assert_int_equal(sim_service(f, 0).stopping, 1);
    assert_true(sim_agent_disconnect(f->world, id, true));
    sim_go(f, 2 * MINUTE + 10 * SECOND);
    assert_int_equal(sim_service(f, 0).stopping, 0);
    assert_int_equal(sim_service(f, 0).running, 1);
}

static void regions_keep_apart(void **state)
{
    struct sim_fixture *f = *state;
    static struct sim_cluster_spec clusters[2];
    clusters[0] = clusters[1] = f->cluster;
    clusters[1].region = STR("cn-north-1");
    f->spec.clusters = clusters;
    f->spec.cluster_count = 2;
    sim_begin(f);
    struct sim_refusal refusal;
    assert_true(sim_group_set_desired(f->world, STR("cn-north-1"), STR("asg"), 3, &refusal));
    struct sim_group_state group;
    sim_group_look(f->world, 1, 0, &group);
    assert_int_equal(group.desired, 3);
    assert_int_equal(sim_group(f, 0).desired, 1);
    struct instances_facts facts;
    assert_true(sim_instances_read(f->world, STR("cn-north-1"), STR("shop"), &f->arena, &facts));
    assert_true(str_starts(facts.items[0].arn, STR("arn:aws-cn:ecs:cn-north-1:")));
    assert_false(str_eq(facts.items[0].ec2_id, sim_instances(f).items[0].ec2_id));
    bool managed = true;
    assert_false(sim_capacity_provider_read(f->world, STR("cp"), &managed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_start_is_as_wished, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_instance_is_launched_joins_and_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_decrement_it_is_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(calls_are_refused_as_aws_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bounds_drag_the_desired_capacity_along, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_capacity_launches_fail_and_are_tried_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(lowering_terminates_the_oldest_unprotected, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(some_instances_never_join, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_dead_instance_is_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_its_agent_nothing_starts_or_stops, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(regions_keep_apart, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
