/* record/: thousands of random passes, each written, read back, written again and decided again:
 * the same bytes and the same plan. A failure names the seed that repeats it. */
#include "unit.h"

#include "base/arena.h"
#include "base/limits.h"
#include "decide/decide.h"
#include "expression/expression.h"
#include "random.h"
#include "record/record.h"

#include <math.h>
#include <stdlib.h>

enum { SEEDS = 2000, RECORD_BYTES = 1024 * 1024 };

struct world {
    struct arena *arena;
    struct random random;
};

static struct str text_of(struct world *w, const char *prefix, int64_t high)
{
    return arena_printf(w->arena, "%s%lld", prefix, (long long)random_between(&w->random, 0, high));
}

static struct text plain(struct str text)
{
    return (struct text){.value = text, .shown = text};
}

static struct fact random_fact(struct world *w)
{
    switch (random_between(&w->random, 0, 9)) {
    case 0:
        return (struct fact){.status = FACT_UNREAD};
    case 1:
        return (struct fact){.status = FACT_MISSING, .reason = STR("nothing \"there\"\n")};
    case 2:
        return (struct fact){.status = FACT_FAILED, .reason = STR("timed out after 10 s")};
    default:
        return FACT_OF_PRESENT;
    }
}

static struct value random_value(struct world *w)
{
    static const double reals[] = {0.0, -0.0, 0.1, 5e-324, 1e300, 2.0, (double)INFINITY, NAN};
    switch (random_between(&w->random, 0, 4)) {
    case 0:
        return VALUE_OF_NONE;
    case 1:
        return VALUE_OF_BOOL(random_once_in(&w->random, 2));
    case 2:
        return VALUE_OF_REAL(reals[random_between(&w->random, 0, ARRAY_LEN(reals) - 1)]);
    default:
        return VALUE_OF_INT(random_between(&w->random, -3, 20));
    }
}

static void random_events(struct world *w, struct service_definition *service)
{
    static const char *const sources[] = {
        "a", "b / a", "default(a, 7) + running", "max(a, b) ** 2", "3", "a if b > 2 else desired",
    };
    struct str names[2 + GIVEN_COUNT] = {STR("a"), STR("b")};
    for (size_t i = 0; i < GIVEN_COUNT; i++)
        names[2 + i] = given_name_text((enum given_name)i);
    service->event_count = (size_t)random_between(&w->random, 0, 3);
    service->events = ARENA_ARRAY(w->arena, struct event_definition, service->event_count);
    for (size_t i = 0; i < service->event_count; i++) {
        struct event_definition *event = &service->events[i];
        struct expression_error err;
        event->metric = str_from(sources[random_between(&w->random, 0, ARRAY_LEN(sources) - 1)]);
        assert_int_equal(expression_compile(w->arena, event->metric, names, ARRAY_LEN(names),
                                            &event->expression, &err),
                         E_OK);
        event->action = random_once_in(&w->random, 2) ? 1 : -random_between(&w->random, 1, 3);
        event->has_min = random_once_in(&w->random, 2);
        event->min = event->has_min ? (double)random_between(&w->random, -2, 9) / 4 : 0;
        event->has_max = random_once_in(&w->random, 2);
        event->max = event->has_max ? (double)random_between(&w->random, -2, 9) : 0;
    }
}

static struct definition *random_definition(struct world *w)
{
    struct definition *d = ARENA_NEW(w->arena, struct definition);
    d->cluster = text_of(w, "cluster-", 5);
    d->file = STR("clusters/x.yml");
    d->enabled = !random_once_in(&w->random, 20);
    d->has_group = !random_once_in(&w->random, 5);
    d->group = d->has_group ? plain(text_of(w, "group-", 5)) : plain(STR_NONE);
    d->cpu_buffer = random_once_in(&w->random, 2) ? random_between(&w->random, 0, 4096) : 0;
    d->mem_buffer_mib = random_once_in(&w->random, 2) ? random_between(&w->random, 0, 4096) : 0;
    d->has_min = random_once_in(&w->random, 2);
    d->min = d->has_min ? random_between(&w->random, 0, 3) : 0;
    d->has_max = random_once_in(&w->random, 2);
    d->max = d->has_max ? random_between(&w->random, 3, 9) : 0;
    d->service_count = (size_t)random_between(&w->random, 0, 4);
    d->services = ARENA_ARRAY(w->arena, struct service_definition, d->service_count);
    for (size_t i = 0; i < d->service_count; i++) {
        struct service_definition *service = &d->services[i];
        service->name = plain(arena_printf(w->arena, "service-%zu", i));
        service->enabled = !random_once_in(&w->random, 8);
        service->min = random_between(&w->random, 0, 3);
        service->max = service->min + random_between(&w->random, 0, 5);
        service->metric_count = 2;
        service->metrics = ARENA_ARRAY(w->arena, struct metric_definition, 2);
        service->metrics[0] = (struct metric_definition){STR("a"), STR("http://x/a")};
        service->metrics[1] = (struct metric_definition){STR("b"), STR("AWS/ECS B Sum")};
        random_events(w, service);
    }
    return d;
}

static void random_service(struct world *w, struct service_facts *s)
{
    static const char *const statuses[] = {"ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "DRAINING"};
    s->fact = random_fact(w);
    s->metric_count = 2;
    s->metrics = ARENA_ARRAY(w->arena, struct metric_facts, 2);
    for (size_t i = 0; i < 2; i++) {
        s->metrics[i].fact = random_fact(w);
        if (fact_is_present(s->metrics[i].fact))
            s->metrics[i].value = random_value(w);
    }
    if (!fact_is_present(s->fact))
        return;
    s->status = str_from(statuses[random_between(&w->random, 0, 4)]);
    s->strategy = random_once_in(&w->random, 8) ? SCHEDULING_DAEMON : SCHEDULING_REPLICA;
    s->launch_type = random_once_in(&w->random, 6) ? LAUNCH_FARGATE : LAUNCH_EC2;
    s->desired = random_between(&w->random, 0, 7);
    s->running = random_once_in(&w->random, 3) ? random_between(&w->random, 0, 7) : s->desired;
    s->pending = random_once_in(&w->random, 3) ? random_between(&w->random, 0, 2) : 0;
    s->task_definition = text_of(w, "arn:task/", 3);
}

static void random_instances(struct world *w, struct snapshot *s)
{
    s->group.fact = random_fact(w);
    s->instances.fact = random_fact(w);
    size_t count = (size_t)random_between(&w->random, 0, 6);
    if (fact_is_present(s->group.fact)) {
        s->group.min = random_between(&w->random, 0, 2);
        s->group.max = s->group.min + random_between(&w->random, 0, 6);
        s->group.desired = random_between(&w->random, s->group.min, s->group.max);
        s->group.instance_count = count;
        s->group.instances = ARENA_ARRAY(w->arena, struct group_instance, count);
    }
    if (fact_is_present(s->instances.fact)) {
        s->instances.count = count;
        s->instances.items = ARENA_ARRAY(w->arena, struct instance_facts, count);
    }
    for (size_t i = 0; i < count; i++) {
        struct str id = arena_printf(w->arena, "i-%zu", i);
        if (s->group.instances != NULL)
            s->group.instances[i] = (struct group_instance){
                .id = id,
                .lifecycle_state =
                    random_once_in(&w->random, 6) ? STR("Pending") : STR("InService"),
                .is_protected = random_once_in(&w->random, 5)};
        if (s->instances.items == NULL)
            continue;
        struct instance_facts *instance = &s->instances.items[i];
        *instance = (struct instance_facts){
            .arn = arena_printf(w->arena, "arn:i/%zu", i),
            .ec2_id = i == 1 && random_once_in(&w->random, 3) ? STR("i-0") : id,
            .status = random_once_in(&w->random, 4) ? INSTANCE_DRAINING : INSTANCE_ACTIVE,
            .agent_connected = !random_once_in(&w->random, 7),
            .registered = {2048, 4096},
            .running = random_between(&w->random, 0, 3)};
        instance->remaining.cpu_units = random_between(&w->random, -10, 2048);
        instance->remaining.mem_mib = random_between(&w->random, 0, 4096);
        if (random_once_in(&w->random, 4))
            instance->capacity_provider = STR("provider");
    }
}

static struct snapshot *random_snapshot(struct world *w, const struct definition *d)
{
    struct snapshot *s = ARENA_NEW(w->arena, struct snapshot);
    s->cluster = d->cluster;
    s->region = STR("eu-west-1");
    s->now_ms = random_between(&w->random, 0, INT64_C(4000000000000));
    random_instances(w, s);
    s->service_count = d->service_count;
    s->services = ARENA_ARRAY(w->arena, struct service_facts, d->service_count);
    for (size_t i = 0; i < d->service_count; i++) {
        random_service(w, &s->services[i]);
        s->services[i].name = d->services[i].name.value;
    }
    s->task_definition_count = 4;
    s->task_definitions = ARENA_ARRAY(w->arena, struct task_definition_facts, 4);
    for (size_t i = 0; i < 4; i++) {
        struct task_definition_facts *task = &s->task_definitions[i];
        task->arn = arena_printf(w->arena, "arn:task/%zu", i);
        task->fact = random_fact(w);
        if (fact_is_present(task->fact))
            task->size = (struct resources){random_between(&w->random, 0, 1024),
                                            random_between(&w->random, 0, 2048)};
    }
    s->daemons.fact = random_fact(w);
    if (fact_is_present(s->daemons.fact) && random_once_in(&w->random, 2)) {
        s->daemons.count = 1;
        s->daemons.items = ARENA_NEW(w->arena, struct daemon_facts);
        s->daemons.items[0] = (struct daemon_facts){STR("agent"), STR("arn:task/0")};
    }
    s->capacity_provider_count = 1;
    s->capacity_providers = ARENA_NEW(w->arena, struct capacity_provider_facts);
    s->capacity_providers[0].name = STR("provider");
    s->capacity_providers[0].fact = random_fact(w);
    if (fact_is_present(s->capacity_providers[0].fact))
        s->capacity_providers[0].managed_scaling = random_once_in(&w->random, 3);
    return s;
}

static void write_pass(const struct definition *definition, const struct snapshot *snapshot,
                       struct arena *arena, struct buf *out)
{
    struct plan plan;
    decide(definition, snapshot, arena, &plan);
    struct record record = {.definition = definition, .snapshot = snapshot, .plan = &plan};
    record_write(&record, out);
}

static void fail_at_difference(uint64_t seed, struct str a, struct str b)
{
    size_t at = 0;
    while (at < a.len && at < b.len && a.ptr[at] == b.ptr[at])
        at++;
    a = str_slice(a, at > 100 ? at - 100 : 0, at + 100);
    b = str_slice(b, at > 100 ? at - 100 : 0, at + 100);
    fail_msg("seed %llu, byte %zu:\n%.*s\n%.*s", (unsigned long long)seed, at, STR_ARG(a),
             STR_ARG(b));
}

/* How many actions its plan has. */
static size_t check_seed(uint64_t seed)
{
    struct arena arena = ARENA_INIT;
    struct world world = {.arena = &arena, .random = {.state = seed}};
    struct definition *definition = random_definition(&world);
    struct snapshot *snapshot = random_snapshot(&world, definition);
    struct buf first CLEANUP(buf_release) = BUF_INIT(RECORD_BYTES);
    struct buf second CLEANUP(buf_release) = BUF_INIT(RECORD_BYTES);
    write_pass(definition, snapshot, &arena, &first);
    struct record_read read;
    struct error err = ERROR_INIT;
    if (record_parse(&arena, buf_str(&first), &read, &err) != E_OK)
        fail_msg("seed %llu: %s\n%s", (unsigned long long)seed, err.message, buf_cstr(&first));
    write_pass(read.definition, read.snapshot, &arena, &second);
    if (!str_eq(buf_str(&first), buf_str(&second)))
        fail_at_difference(seed, buf_str(&first), buf_str(&second));
    struct plan plan;
    decide(definition, snapshot, &arena, &plan);
    size_t actions = plan.actions.count;
    arena_release(&arena);
    return actions;
}

static void every_pass_can_be_replayed(void **state)
{
    (void)state;
    const char *only = getenv("SEED");
    int64_t seed = 0;
    if (only != NULL && str_to_int64(str_from(only), &seed)) {
        check_seed((uint64_t)seed);
        return;
    }
    size_t actions = 0;
    for (seed = 1; seed <= SEEDS; seed++)
        actions += check_seed((uint64_t)seed);
    assert_true(actions > SEEDS / 2); /* passes in which nothing happens prove little */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_pass_can_be_replayed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
