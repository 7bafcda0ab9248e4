/* command/print_plan: whole blocks against tests/tables/plan_print/NAME.txt. With UPDATE_GOLDEN set
 * the files are written anew; read them before you commit them. */
#include "unit.h"

#include "base/limits.h"
#include "command/print_plan.h"

#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024 };

static void read_file(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return;
    char chunk[4096];
    size_t count = 0;
    while ((count = fread(chunk, 1, sizeof(chunk), file)) > 0)
        buf_add(out, (struct str){.ptr = chunk, .len = count});
    fclose(file);
}

static void check_golden(const char *name, const struct buf *got)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/tables/plan_print/%s.txt", TESTS_DIR, name);
    if (getenv("UPDATE_GOLDEN") != NULL) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(buf_cstr(got), 1, got->len, file), got->len);
        assert_int_equal(fclose(file), 0);
    }
    struct buf expected CLEANUP(buf_release) = BUF_INIT(BLOCK_BYTES);
    read_file(path, &expected);
    if (!str_eq(buf_str(got), buf_str(&expected)))
        print_error("%s:\n%s\ngot:\n%s\n", path, buf_cstr(&expected), buf_cstr(got));
    assert_true(str_eq(buf_str(got), buf_str(&expected)));
}

/* Every kind of action, every verdict, one of each outcome. */
static const struct action actions[] = {
    {.kind = ACTION_GROUP_BOUNDS,
     .from = 1,
     .to = 2,
     .from_min = 1,
     .to_min = 2,
     .from_max = 4,
     .to_max = 4},
    {.kind = ACTION_TERMINATE, .from = 3, .to = 2, .decrement = true},
    {.kind = ACTION_TERMINATE, .from = 2, .to = 2},
    {.kind = ACTION_DRAIN},
    {.kind = ACTION_GROUP_CAPACITY, .from = 2, .to = 3},
    {.kind = ACTION_SERVICE_IN, .from = 5, .to = 4},
    {.kind = ACTION_SERVICE_OUT, .from = 1, .to = 3},
};

static const char *const action_texts[][2] = {
    {"my-asg", "the definition says min 2"},
    {"i-0123456789abcdef0", "DRAINING and without tasks"},
    {"i-0fedcba9876543210", "DRAINING and without tasks; desired is at min 2 already, so the group "
                            "puts another in its place"},
    {"i-00000000000000001", "its 512 CPU and 900 MiB fit on 'i-00000000000000002', with room for "
                            "all that waits and for the buffer"},
    {"my-asg", "2 tasks of 'worker' (256 CPU, 512 MiB each) have no room on 2 instances, the "
               "largest room left is 128 CPU, 400 MiB"},
    {"backend", "cpu_usage = 0.5 is 1 or less: 1 task less"},
    {"worker", "queue_length = 12 is 5 or more: 2 tasks more"},
};

static const struct {
    const char *name;
    enum verdict verdict;
    bool known;
    int64_t desired;
    int64_t running;
    const char *reason;
} services[] = {
    {"backend", VERDICT_CHANGE, true, 5, 5, "cpu_usage = 0.5 is 1 or less: 1 task less"},
    {"worker", VERDICT_CHANGE, true, 1, 1, "queue_length = 12 is 5 or more: 2 tasks more"},
    {"web", VERDICT_STAY, true, 2, 2, "no event holds: cpu_usage = 5.25, queue_length = 4"},
    {"night-shift", VERDICT_LEFT_ALONE, false, 0, 0, "disabled"},
    {"importer", VERDICT_SETTLING, true, 3, 1, "waiting for 2 tasks to start"},
    {"mailer", VERDICT_HELD, true, 1, 1,
     "backlog failed: http://metrics.example:9090/api: timed out after 10 s"},
    {"a-service-with-a-name-longer-than-the-column-is", VERDICT_STAY, true, 1, 1,
     "no event holds: latency = 12"},
};

static const struct {
    enum group_topic topic;
    enum verdict verdict;
    const char *reason;
} decisions[] = {
    {GROUP_BOUNDS, VERDICT_CHANGE, "the definition says min 2"},
    {GROUP_SCALE_OUT, VERDICT_CHANGE, "no room"},
    {GROUP_SCALE_IN, VERDICT_STAY, "nothing is drained while the group grows"},
};

static void fill_plan(struct arena *arena, struct plan *plan)
{
    *plan = (struct plan){.cluster = STR("my_cluster"),
                          .group = STR("my-asg"),
                          .group_known = true,
                          .group_min = 1,
                          .group_max = 4,
                          .group_desired = 2,
                          .group_target = 3};
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        struct action *action = VEC_ADD(arena, &plan->actions);
        *action = actions[i];
        action->subject = str_from(action_texts[i][0]);
        action->reason = str_from(action_texts[i][1]);
    }
    plan->service_count = ARRAY_LEN(services);
    plan->services = ARENA_ARRAY(arena, struct service_decision, ARRAY_LEN(services));
    for (size_t i = 0; i < ARRAY_LEN(services); i++) {
        plan->services[i] = (struct service_decision){.name = str_from(services[i].name),
                                                      .verdict = services[i].verdict,
                                                      .known = services[i].known,
                                                      .desired = services[i].desired,
                                                      .running = services[i].running,
                                                      .target = services[i].desired,
                                                      .reason = str_from(services[i].reason)};
    }
    for (size_t i = 0; i < ARRAY_LEN(decisions); i++)
        *VEC_ADD(arena, &plan->group_decisions) = (struct group_decision){
            decisions[i].topic, decisions[i].verdict, str_from(decisions[i].reason)};
}

static const struct definition with_group = {
    .cluster = {"my_cluster", 10}, .has_group = true, .group = {{"my-asg", 6}, {"my-asg", 6}}};

static void print(const char *name, const struct plan *plan, const struct outcome *outcomes,
                  struct print_style style)
{
    struct buf block CLEANUP(buf_release) = BUF_INIT(BLOCK_BYTES);
    plan_print(&with_group, plan, outcomes, style, &block);
    assert_false(block.overflowed);
    check_golden(name, &block);
}

static void everything_at_once(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct plan plan;
    fill_plan(&arena, &plan);
    print("wide", &plan, NULL, (struct print_style){.width = 140});
    print("hundred", &plan, NULL, (struct print_style){.width = 100});
    print("narrow", &plan, NULL, (struct print_style){.width = 60});
    print("colour", &plan, NULL, (struct print_style){.width = 120, .colour = true});
    struct outcome outcomes[ARRAY_LEN(actions)] = {
        {.status = OUTCOME_APPLIED, .latency_us = 212000},
        {.status = OUTCOME_APPLIED, .latency_us = 1512000},
        {.status = OUTCOME_DROPPED, .reason = STR("a task started on it meanwhile")},
        {.status = OUTCOME_SKIPPED, .reason = STR("set bounds was not applied")},
        {.status = OUTCOME_FAILED},
        {.status = OUTCOME_NOT_APPLIED, .reason = STR("the deadline of 60 s came first")},
        {.status = OUTCOME_PENDING},
    };
    error_set(&outcomes[4].err, E_DENIED, "not allowed to do autoscaling:SetDesiredCapacity");
    print("outcomes", &plan, outcomes, (struct print_style){.width = 120});
    print("outcomes-narrow", &plan, outcomes, (struct print_style){.width = 60});
    arena_release(&arena);
}

static void nothing_to_do(void **state)
{
    (void)state;
    struct service_decision service = {.name = STR("worker"),
                                       .verdict = VERDICT_STAY,
                                       .known = true,
                                       .desired = 1,
                                       .running = 1,
                                       .reason = STR("no event holds: queue_length = 4")};
    struct plan plan = {.cluster = STR("quiet"), .services = &service, .service_count = 1};
    struct buf block CLEANUP(buf_release) = BUF_INIT(BLOCK_BYTES);
    struct definition no_group = {.cluster = STR("quiet")};
    plan_print(&no_group, &plan, NULL, (struct print_style){.width = 100}, &block);
    plan_print(&with_group, &plan, NULL, (struct print_style){.width = 100}, &block);
    check_golden("quiet", &block);
}

static void no_control_character_gets_through(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_release) = BUF_INIT(1000);
    print_clean(STR("a\033[2Jb\r\n\t\x7F\xC2\x9B"
                    "c \xE2\x80\xAE"
                    "d\xFF"
                    "e gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80 \xE2\x86\x92"),
                &out);
    assert_str(buf_str(&out), "a?[2Jb?????c ?d?e gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80 \xE2\x86\x92");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_at_once),
        cmocka_unit_test(nothing_to_do),
        cmocka_unit_test(no_control_character_gets_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
