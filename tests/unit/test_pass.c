/* observe/ and pass/: what is asked for, when a cluster is decided, and that clusters keep apart.
 * The world behind the seam is the same small fleet for every cluster: a group of 1..4 with two
 * instances, the second of them idle, and an HTTP metric `load`. */
#include "fake_cloud.h"

#include "definition/load.h"
#include "pass/pass.h"
#include "record/record.h"

static const char clusters[] = "autoscale_group: g\n"
                               "services:\n"
                               "  worker:\n"
                               "    min: 1\n"
                               "    max: 9\n"
                               "    metric_sources:\n"
                               "      third_party:\n"
                               "        - url: http://metrics/load\n"
                               "          statistics: [{name: load, alias: load}]\n"
                               "        - url: http://metrics/idle\n"
                               "          statistics: [{name: idle, alias: idle}]\n"
                               "      cloudwatch:\n"
                               "        - metric_name: CPUUtilization\n"
                               "          statistics:\n"
                               "            - {name: Average, alias: cpu}\n"
                               "            - {name: Maximum, alias: peak}\n"
                               "    events:\n"
                               "      - {metric: load, action: 1, min: 5}\n"
                               "      - {metric: cpu, action: -1, max: 1}\n"
                               "  resting:\n"
                               "    enabled: false\n"
                               "    min: 1\n"
                               "    max: 2\n"
                               "    metric_sources:\n"
                               "      third_party:\n"
                               "        - url: http://metrics/resting\n"
                               "          statistics: [{name: x, alias: x}]\n"
                               "    events:\n"
                               "      - {metric: x, action: 1, min: 5}\n";

struct world {
    const char *load;      /* the metric's JSON */
    int64_t remaining_mib; /* on the busy instance */
    struct str broken;     /* a cluster whose every query fails; may be empty */
    unsigned fail_one_in;  /* 0: none; else by the generator */
    uint64_t random;
    bool failed[QUERY_KIND_COUNT];
    int drains;
    int acts;
    bool busy_after_first_look; /* the idle instance gets tasks once it was described */
    int surveys;
};

struct fixture {
    struct fake_cloud fake;
    struct world world;
    struct arena arena;
    struct loaded loaded;
    const struct definition *definitions[4];
    size_t count;
    struct str region;
    bool apply;
    int64_t deadline_ms;
    struct pass pass;
};

static uint64_t next_random(struct world *world)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return world->random;
}

static void fill_group(struct query *query)
{
    struct group_instance *members = ARENA_ARRAY(query->arena, struct group_instance, 2);
    members[0] = (struct group_instance){STR("i-busy"), STR("InService"), false};
    members[1] = (struct group_instance){STR("i-idle"), STR("InService"), false};
    query->group = (struct group_facts){
        .min = 1, .max = 4, .desired = 2, .instances = members, .instance_count = 2};
}

static void fill_instances(struct world *world, struct query *query)
{
    bool busy = world->busy_after_first_look && world->surveys++ > 0;
    struct instance_facts *items = ARENA_ARRAY(query->arena, struct instance_facts, 2);
    items[0] = (struct instance_facts){.arn = STR("arn:busy"),
                                       .ec2_id = STR("i-busy"),
                                       .status = INSTANCE_ACTIVE,
                                       .agent_connected = true,
                                       .registered = {1024, 2048},
                                       .remaining = {1024, world->remaining_mib},
                                       .running = 2};
    items[1] = items[0];
    items[1].arn = STR("arn:idle");
    items[1].ec2_id = STR("i-idle");
    items[1].remaining = (struct resources){1024, busy ? 0 : 2048};
    items[1].running = busy ? 4 : 0;
    query->instances = (struct instances_facts){.items = items, .count = 2};
}

static void answer(struct fake_cloud *fake, struct query *query)
{
    struct world *world = fake->world;
    bool unlucky = world->fail_one_in > 0 && next_random(world) % world->fail_one_in == 0;
    if (unlucky || (world->broken.len > 0 && str_eq(query->cluster, world->broken))) {
        struct error err = {.code = E_NETWORK, .message = "connection reset"};
        world->failed[query->kind] = true;
        query_fail(query, &err);
        return;
    }
    query->fact = FACT_OF_PRESENT;
    if (query->kind == QUERY_GROUP)
        fill_group(query);
    else if (query->kind == QUERY_INSTANCES)
        fill_instances(world, query);
    else if (query->kind == QUERY_HTTP)
        query->body = str_from(world->load);
    query->size = (struct resources){256, 512};
    query->service = (struct service_facts){
        .status = STR("ACTIVE"), .desired = 2, .running = 2, .task_definition = STR("task:1")};
    query->datapoints = ARENA_NEW(query->arena, struct datapoint);
    query->datapoints[0] =
        (struct datapoint){.timestamp_ms = query->statistic.start_ms, .value = 50};
    query->datapoint_count = 1;
}

static void carry_out(struct fake_cloud *fake, struct act *act)
{
    struct world *world = fake->world;
    world->acts++;
    world->drains += act->action->kind == ACTION_DRAIN;
    act->outcome->status = OUTCOME_APPLIED;
}

static void load(struct fixture *f, const char *name, const char *text)
{
    struct str file = arena_printf(&f->arena, "%s.yml", name);
    definition_load_text(&f->arena, file, str_from(text), NULL, &f->loaded);
    assert_int_equal(f->loaded.error_count, 0);
    f->definitions[f->count++] = f->loaded.files.items[f->loaded.files.count - 1].definition;
}

static int set_up(void **state)
{
    static struct fixture f;
    memset(&f, 0, sizeof(f));
    fake_cloud_init(&f.fake);
    f.fake.world = &f.world;
    f.fake.answer = answer;
    f.fake.carry_out = carry_out;
    f.world.load = "{\"load\": 3, \"idle\": 1}";
    f.world.remaining_mib = 0;
    f.world.random = 88172645463325252;
    f.region = STR("eu-west-1");
    f.deadline_ms = 60000;
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    pass_release(&f->pass);
    arena_release(&f->arena);
    return 0;
}

static void again(void **state)
{
    tear_down(state);
    set_up(state);
}

static void run(struct fixture *f)
{
    const struct pass_options options = {
        .cloud = &f->fake.cloud,
        .definitions = f->definitions,
        .definition_count = f->count,
        .default_region = f->region,
        .apply = f->apply,
        .deadline_ms = f->deadline_ms,
        .apply_margin_ms = 1000,
    };
    pass_run(&options, &f->pass);
    for (size_t i = 0; i < f->count; i++)
        assert_true(f->pass.clusters[i].is_finished);
}

static struct str plan_text(struct fixture *f, size_t index)
{
    const struct pass_cluster *cluster = &f->pass.clusters[index];
    struct buf text CLEANUP(buf_release) = BUF_INIT(1 << 20);
    struct json_writer w = JSON_WRITER(&text, 0);
    plan_write(cluster->definition, &cluster->plan, &w);
    return arena_str(&f->arena, buf_str(&text));
}

static const struct action *first_action(struct fixture *f, enum action_kind kind)
{
    const struct plan *plan = &f->pass.clusters[0].plan;
    for (size_t i = 0; i < plan->actions.count; i++) {
        if (plan->actions.items[i].kind == kind)
            return &plan->actions.items[i];
    }
    return NULL;
}

/* The metric `idle`, the statistic `peak` and all of a disabled service's are used by nothing. */
static void only_what_decides_is_asked_for(void **state)
{
    struct fixture *f = *state;
    load(f, "a", clusters);
    run(f);
    assert_int_equal(f->fake.asked[QUERY_GROUP], 1);
    assert_int_equal(f->fake.asked[QUERY_INSTANCES], 1);
    assert_int_equal(f->fake.asked[QUERY_SERVICE], 2);
    assert_int_equal(f->fake.asked[QUERY_HTTP], 1);
    assert_int_equal(f->fake.asked[QUERY_STATISTIC], 1);
    assert_int_equal(f->fake.asked[QUERY_TASK_DEFINITION], 0);
    assert_int_equal(f->fake.asked[QUERY_CAPACITY_PROVIDER], 0);
    assert_false(pass_cluster_failed(&f->pass.clusters[0]));
}

static void nothing_of_what_is_switched_off(void **state)
{
    struct fixture *f = *state;
    load(f, "a", "autoscale_group: g\nenabled: false\nservices: {w: {min: 1, max: 2}}\n");
    load(f, "b", "autoscale_group: null\nservices: {w: {min: 1, max: 2}}\n");
    run(f);
    assert_int_equal(f->fake.asked[QUERY_GROUP], 0);
    assert_int_equal(f->fake.asked[QUERY_INSTANCES], 0);
    assert_int_equal(f->fake.asked[QUERY_SERVICE], 1);
    assert_int_equal(f->pass.clusters[0].plan.services[0].verdict, VERDICT_LEFT_ALONE);
}

static void sizes_are_asked_for_when_tasks_want_room(void **state)
{
    struct fixture *f = *state;
    f->world.load = "{\"load\": 7}";
    load(f, "a", clusters);
    run(f);
    assert_int_equal(f->fake.asked[QUERY_TASK_DEFINITION], 1);
    const struct action *action = first_action(f, ACTION_SERVICE_OUT);
    assert_non_null(action);
    assert_int_equal(action->to, 3);
}

static void the_order_of_answers_changes_nothing(void **state)
{
    struct fixture *f = *state;
    f->world.load = "{\"load\": 7}";
    load(f, "a", clusters);
    run(f);
    struct arena keep = ARENA_INIT;
    struct str first = arena_str(&keep, plan_text(f, 0));
    again(state);
    f->world.load = "{\"load\": 7}";
    f->fake.newest_first = true;
    load(f, "a", clusters);
    run(f);
    assert_true(str_eq(plan_text(f, 0), first));
    arena_release(&keep);
}

static void one_clusters_trouble_is_its_own(void **state)
{
    struct fixture *f = *state;
    load(f, "b", clusters);
    run(f);
    struct arena keep = ARENA_INIT;
    struct str alone = arena_str(&keep, plan_text(f, 0));
    again(state);
    load(f, "a", clusters);
    load(f, "b", clusters);
    f->world.broken = STR("a");
    run(f);
    assert_true(pass_cluster_failed(&f->pass.clusters[0]));
    assert_false(pass_cluster_failed(&f->pass.clusters[1]));
    assert_true(str_eq(plan_text(f, 1), alone));
    assert_int_equal(f->pass.clusters[0].plan.actions.count, 0);
    arena_release(&keep);
}

static void without_a_region_nothing_is_asked(void **state)
{
    struct fixture *f = *state;
    f->region = STR_NONE;
    load(f, "a", clusters);
    run(f);
    assert_int_equal(f->fake.asked[QUERY_GROUP] + f->fake.asked[QUERY_SERVICE], 0);
    assert_true(pass_cluster_failed(&f->pass.clusters[0]));
    assert_true(str_starts(f->pass.clusters[0].snapshot.group.fact.reason, STR("no region")));
}

static void at_the_deadline_what_is_unread_has_failed(void **state)
{
    struct fixture *f = *state;
    f->apply = true;
    f->fake.now_ms = f->deadline_ms;
    load(f, "a", clusters);
    run(f);
    assert_true(pass_cluster_failed(&f->pass.clusters[0]));
    assert_int_equal(f->pass.clusters[0].snapshot.services[0].fact.status, FACT_FAILED);
    assert_int_equal(f->world.acts, 0);
}

static void an_idle_instance_is_drained_if_it_still_is_idle(void **state)
{
    for (int busy = 0; busy < 2; busy++) {
        again(state);
        struct fixture *f = *state;
        f->apply = true;
        f->world.remaining_mib = 1024;
        f->world.busy_after_first_look = busy == 1;
        load(f, "a", clusters);
        run(f);
        assert_non_null(first_action(f, ACTION_DRAIN));
        assert_int_equal(f->world.drains, busy == 0);
        assert_int_equal(f->pass.clusters[0].outcomes[0].status,
                         busy == 0 ? OUTCOME_APPLIED : OUTCOME_DROPPED);
        assert_false(pass_cluster_failed(&f->pass.clusters[0]));
    }
}

/* Any query may fail, in any of two thousand ways: what must be known for a drain was known. */
static void nothing_is_drained_on_facts_that_failed(void **state)
{
    int drains = 0;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        again(state);
        struct fixture *f = *state;
        f->apply = true;
        f->world.remaining_mib = 1024;
        f->world.fail_one_in = 8;
        f->world.random = seed * UINT64_C(0x9E3779B97F4A7C15);
        f->fake.newest_first = seed % 2 == 0;
        load(f, "a", clusters);
        run(f);
        const bool *failed = f->world.failed;
        bool blind = failed[QUERY_GROUP] || failed[QUERY_INSTANCES] || failed[QUERY_SERVICE] ||
                     failed[QUERY_HTTP] || failed[QUERY_STATISTIC];
        if (blind && f->world.drains > 0)
            fail_msg("seed %llu: drained on failed facts", (unsigned long long)seed);
        if (blind && !pass_cluster_failed(&f->pass.clusters[0]))
            fail_msg("seed %llu: a failure that is not told", (unsigned long long)seed);
        drains += f->world.drains;
    }
    assert_true(drains > 100); /* the check had something to look at */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_what_decides_is_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_of_what_is_switched_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sizes_are_asked_for_when_tasks_want_room, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_order_of_answers_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_clusters_trouble_is_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_region_nothing_is_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_the_deadline_what_is_unread_has_failed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_idle_instance_is_drained_if_it_still_is_idle, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_drained_on_facts_that_failed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
