/* apply/: the order of things, what depends on what, and the second reading before what cannot be
 * undone. The world behind the seam is one group with a drained and a busy instance. */
#include "fake_cloud.h"

#include "apply/apply.h"
#include "base/buf.h"

struct world {
    struct group_facts group;
    struct group_instance members[2];
    struct instance_facts drained;
    int64_t tasks;
    enum query_kind failing; /* a reading that fails; QUERY_KIND_COUNT: none */
    enum fact_status as;
    bool confirm;
    bool stop;
    int refuse; /* index of the act that AWS refuses; -1: none */
    int carried_out;
    struct buf log; /* what was carried out, in order */
};

struct fixture {
    struct fake_cloud fake;
    struct world world;
    struct arena arena;
    struct definition definition;
    struct service_definition services[2];
    struct snapshot snapshot;
    struct plan plan;
    struct outcome outcomes[16];
    int done;
    int64_t latest_ms;
};

static struct text same(struct str name)
{
    return (struct text){.value = name, .shown = name};
}

static void answer(struct fake_cloud *fake, struct query *query)
{
    struct world *world = fake->world;
    query->fact = FACT_OF_PRESENT;
    if (query->kind == world->failing) {
        query->fact = (struct fact){.status = world->as, .reason = STR("connection reset")};
        return;
    }
    query->group = world->group;
    query->instance = world->drained;
    query->tasks = world->tasks;
}

static void carry_out(struct fake_cloud *fake, struct act *act)
{
    struct world *world = fake->world;
    buf_addf(&world->log, "%s %.*s; ", action_kind_name(act->action->kind),
             STR_ARG(act->action->subject));
    bool refused = world->refuse == world->carried_out++;
    act->outcome->status = refused ? OUTCOME_FAILED : OUTCOME_APPLIED;
    act->outcome->reason = refused ? STR("refused") : STR_NONE;
}

static bool confirm(void *context, const struct action *action, const struct snapshot *fresh,
                    struct arena *arena, struct str *reason)
{
    struct fixture *f = context;
    (void)action;
    (void)arena;
    assert_true(fact_is_present(fresh->group.fact) && fact_is_present(fresh->instances.fact));
    *reason = STR("it is busy now");
    return f->world.confirm;
}

static bool stop(void *context)
{
    return ((struct fixture *)context)->world.stop;
}

static void done(void *context)
{
    ((struct fixture *)context)->done++;
}

static int set_up(void **state)
{
    static struct fixture f;
    memset(&f, 0, sizeof(f));
    fake_cloud_init(&f.fake);
    f.fake.world = &f.world;
    f.fake.answer = answer;
    f.fake.carry_out = carry_out;
    f.world.members[0] = (struct group_instance){STR("i-busy"), STR("InService"), false};
    f.world.members[1] = (struct group_instance){STR("i-drained"), STR("InService"), false};
    f.world.group = (struct group_facts){.fact = FACT_OF_PRESENT,
                                         .min = 1,
                                         .max = 4,
                                         .desired = 2,
                                         .instances = f.world.members,
                                         .instance_count = 2};
    f.world.drained = (struct instance_facts){.arn = STR("arn:drained"),
                                              .ec2_id = STR("i-drained"),
                                              .status = INSTANCE_DRAINING,
                                              .agent_connected = true};
    f.world.failing = QUERY_KIND_COUNT;
    f.world.confirm = true;
    f.world.refuse = -1;
    f.world.log = BUF_INIT(4096);
    f.latest_ms = 1000;
    f.services[0].name = same(STR("worker"));
    f.services[1].name = same(STR("backend"));
    f.definition = (struct definition){.cluster = STR("c"),
                                       .has_group = true,
                                       .group = same(STR("g")),
                                       .services = f.services,
                                       .service_count = 2};
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    buf_release(&f->world.log);
    arena_release(&f->arena);
    return 0;
}

static struct action *add(struct fixture *f, enum action_kind kind, const char *subject)
{
    struct action *action = VEC_ADD(&f->arena, &f->plan.actions);
    *action = (struct action){.kind = kind,
                              .depends_on = ACTION_INDEPENDENT,
                              .subject = str_from(subject),
                              .service = str_eq(str_from(subject), STR("backend")) ? 1 : 0};
    return action;
}

static struct action *add_termination(struct fixture *f)
{
    struct action *action = add(f, ACTION_TERMINATE, "i-drained");
    action->instance_id = STR("i-drained");
    action->instance_arn = STR("arn:drained");
    action->decrement = true;
    action->from = 2;
    action->to = 1;
    return action;
}

static void run(struct fixture *f)
{
    const struct apply_options options = {
        .cloud = &f->fake.cloud,
        .definition = &f->definition,
        .snapshot = &f->snapshot,
        .plan = &f->plan,
        .region = STR("eu-west-1"),
        .arena = &f->arena,
        .outcomes = f->outcomes,
        .latest_ms = f->latest_ms,
        .stop = stop,
        .confirm = confirm,
        .done = done,
        .context = f,
    };
    apply_start(&options);
    cloud_run(&f->fake.cloud, INT64_MAX);
    assert_int_equal(f->done, 1);
    for (size_t i = 0; i < f->plan.actions.count; i++)
        assert_true(f->outcomes[i].status != OUTCOME_PENDING);
}

static void nothing_to_apply_is_done_at_once(void **state)
{
    run(*state);
}

static void stages_follow_one_another(void **state)
{
    struct fixture *f = *state;
    add(f, ACTION_GROUP_BOUNDS, "g");
    add_termination(f);
    add(f, ACTION_GROUP_CAPACITY, "g");
    add(f, ACTION_SERVICE_IN, "worker");
    add(f, ACTION_SERVICE_OUT, "backend");
    run(f);
    assert_string_equal(buf_cstr(&f->world.log),
                        "set group bounds g; terminate instance i-drained; set group capacity g; "
                        "scale in service worker; scale out service backend; ");
}

static void a_failure_stops_only_what_depends_on_it(void **state)
{
    struct fixture *f = *state;
    f->world.refuse = 0;
    add(f, ACTION_GROUP_BOUNDS, "g");
    add(f, ACTION_GROUP_CAPACITY, "g")->depends_on = 0;
    add(f, ACTION_SERVICE_OUT, "worker");
    run(f);
    assert_int_equal(f->outcomes[0].status, OUTCOME_FAILED);
    assert_int_equal(f->outcomes[1].status, OUTCOME_SKIPPED);
    assert_str(f->outcomes[1].reason, "it depends on 'set group bounds g', which was failed");
    assert_int_equal(f->outcomes[2].status, OUTCOME_APPLIED);
}

static void a_chain_within_a_stage_is_worked_off_in_order(void **state)
{
    struct fixture *f = *state;
    f->world.group.desired = 3;
    add_termination(f)->from = 3;
    struct action *second = add_termination(f);
    second->depends_on = 0;
    add(f, ACTION_GROUP_CAPACITY, "g")->depends_on = 1;
    f->world.refuse = 1;
    run(f);
    assert_int_equal(f->outcomes[0].status, OUTCOME_APPLIED);
    assert_int_equal(f->outcomes[1].status, OUTCOME_FAILED);
    assert_int_equal(f->outcomes[2].status, OUTCOME_SKIPPED);
}

enum change {
    CHANGE_NOTHING,
    CHANGE_PROTECTED,
    CHANGE_LEAVING,
    CHANGE_LEFT,
    CHANGE_AT_MIN,
    CHANGE_ACTIVE,
    CHANGE_RUNNING,
    CHANGE_PENDING,
    CHANGE_STOPPING,
    CHANGE_OTHER_MACHINE,
};

static void change_world(struct world *world, enum change change)
{
    switch (change) {
    case CHANGE_NOTHING:
        break;
    case CHANGE_PROTECTED:
        world->members[1].is_protected = true;
        break;
    case CHANGE_LEAVING:
        world->members[1].lifecycle_state = STR("Terminating:Wait");
        break;
    case CHANGE_LEFT:
        world->group.instance_count = 1;
        break;
    case CHANGE_AT_MIN:
        world->group.min = 2;
        break;
    case CHANGE_ACTIVE:
        world->drained.status = INSTANCE_ACTIVE;
        break;
    case CHANGE_RUNNING:
        world->drained.running = 1;
        break;
    case CHANGE_PENDING:
        world->drained.pending = 2;
        break;
    case CHANGE_STOPPING:
        world->tasks = 1;
        break;
    case CHANGE_OTHER_MACHINE:
        world->drained.ec2_id = STR("i-other");
        break;
    }
}

static void a_termination_is_checked_again(void **state)
{
    static const struct {
        enum change change;
        enum outcome_status status;
        const char *reason;
    } rows[] = {
        {CHANGE_NOTHING, OUTCOME_APPLIED, ""},
        {CHANGE_PROTECTED, OUTCOME_DROPPED, "it is protected from scale-in now"},
        {CHANGE_LEAVING, OUTCOME_DROPPED, "it is already Terminating:Wait"},
        {CHANGE_LEFT, OUTCOME_DROPPED, "it is no longer in the group"},
        {CHANGE_AT_MIN, OUTCOME_DROPPED, "desired capacity 2 is at min 2 now"},
        {CHANGE_ACTIVE, OUTCOME_DROPPED, "it is no longer draining"},
        {CHANGE_RUNNING, OUTCOME_DROPPED, "1 task is still on it"},
        {CHANGE_PENDING, OUTCOME_DROPPED, "2 tasks are still on it"},
        {CHANGE_STOPPING, OUTCOME_DROPPED, "1 task is still on it"},
        {CHANGE_OTHER_MACHINE, OUTCOME_DROPPED,
         "the container instance is another EC2 instance now"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        tear_down(state);
        set_up(state);
        struct fixture *f = *state;
        add_termination(f);
        change_world(&f->world, rows[i].change);
        run(f);
        assert_int_equal(f->outcomes[0].status, rows[i].status);
        assert_str(f->outcomes[0].reason, rows[i].reason);
        assert_int_equal(f->world.carried_out, rows[i].status == OUTCOME_APPLIED);
    }
}

static void one_that_is_replaced_is_kept_when_desired_was_raised(void **state)
{
    struct fixture *f = *state;
    struct action *action = add_termination(f);
    action->decrement = false;
    action->to = 2;
    f->world.group.desired = 3;
    run(f);
    assert_int_equal(f->outcomes[0].status, OUTCOME_DROPPED);
}

/* Every reading that a termination or a drain makes, failed or missing: nothing is done then. */
static void nothing_is_undone_on_a_reading_that_failed(void **state)
{
    static const struct {
        enum action_kind kind;
        enum query_kind reading;
    } rows[] = {
        {ACTION_TERMINATE, QUERY_GROUP},          {ACTION_TERMINATE, QUERY_INSTANCE},
        {ACTION_TERMINATE, QUERY_INSTANCE_TASKS}, {ACTION_DRAIN, QUERY_GROUP},
        {ACTION_DRAIN, QUERY_INSTANCES},
    };
    for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
        tear_down(state);
        set_up(state);
        struct fixture *f = *state;
        bool failed = i % 2 == 0;
        add_termination(f)->kind = rows[i / 2].kind;
        f->world.failing = rows[i / 2].reading;
        f->world.as = failed ? FACT_FAILED : FACT_MISSING;
        run(f);
        assert_int_equal(f->outcomes[0].status, failed ? OUTCOME_FAILED : OUTCOME_DROPPED);
        assert_int_equal(f->world.carried_out, 0);
    }
}

static void a_drain_is_confirmed_by_the_rules(void **state)
{
    struct fixture *f = *state;
    add_termination(f)->kind = ACTION_DRAIN;
    f->world.confirm = false;
    run(f);
    assert_int_equal(f->outcomes[0].status, OUTCOME_DROPPED);
    assert_str(f->outcomes[0].reason, "it is busy now");
    assert_int_equal(f->world.carried_out, 0);
}

static void nothing_begins_after_the_deadline_or_a_stop(void **state)
{
    for (int late = 0; late < 2; late++) {
        tear_down(state);
        set_up(state);
        struct fixture *f = *state;
        add_termination(f);
        add(f, ACTION_SERVICE_OUT, "worker");
        f->world.stop = late == 0;
        f->fake.now_ms = late == 1 ? 1000 : 0;
        run(f);
        assert_int_equal(f->outcomes[0].status, OUTCOME_NOT_APPLIED);
        assert_int_equal(f->outcomes[1].status, OUTCOME_NOT_APPLIED);
        assert_int_equal(f->fake.asked[QUERY_GROUP], 0);
        assert_int_equal(f->world.carried_out, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_to_apply_is_done_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stages_follow_one_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_stops_only_what_depends_on_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_chain_within_a_stage_is_worked_off_in_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_termination_is_checked_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_replaced_is_kept_when_desired_was_raised,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_undone_on_a_reading_that_failed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_drain_is_confirmed_by_the_rules, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_begins_after_the_deadline_or_a_stop, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
