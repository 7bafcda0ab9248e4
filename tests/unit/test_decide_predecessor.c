/* What the Python predecessor did in recorded situations, and what we do: the same, or a difference
 * on purpose that the row gives a reason for. tests/tables/decide/predecessor.md explains it. */
#include "unit.h"

#include "base/buf.h"
#include "base/json.h"
#include "decide_world.h"

#include "base/banned.h"

enum { LINE_BYTES = 64 * 1024 };

static struct str text_of(const json_t *json, const char *key)
{
    struct str text = STR_NONE;
    assert_true(json_get_str(json, key, &text));
    return text;
}

static int64_t int_of(const json_t *json, const char *key)
{
    int64_t value = 0;
    assert_true(json_get_int(json, key, &value));
    return value;
}

/* An event's end: absent or null is open. False for a text, which the loader refuses. */
static bool end_of(const json_t *event, const char *key, bool *has, double *out)
{
    const json_t *end = json_object_get(event, key);
    *has = json_is_number(end);
    if (*has)
        *out = json_number_value(end);
    return end == NULL || json_is_null(end) || *has;
}

static struct metric_facts metric_of(const json_t *json)
{
    struct metric_facts metric = {.fact = FACT_OF_PRESENT};
    int64_t integer = 0;
    if (json_is_null(json))
        metric.fact = (struct fact){FACT_MISSING, STR("null")};
    else if (json_is_real(json))
        metric.value = VALUE_OF_REAL(json_real_value(json));
    else if (json_is_integer(json))
        metric.value = VALUE_OF_INT(json_integer_value(json));
    else if (json_is_string(json) && str_to_int64(str_from(json_string_value(json)), &integer))
        metric.value = VALUE_OF_INT(integer); /* as observing reads a numeric text */
    else
        fail_msg("a metric of another type");
    return metric;
}

/* The new desired count, null where nothing changes, "refused" where the definition would be. */
static json_t *run_service(struct arena *arena, json_t *input)
{
    struct world world;
    world_init(&world, arena);
    world.definition.has_group = false;
    int64_t min = int_of(input, "min");
    int64_t max = int_of(input, "max");
    if (min > max)
        return json_string("refused");
    struct world_service *service = world_service(&world, STR("w"), min, max);
    service->facts.desired = service->facts.running = int_of(input, "running");
    const char *alias = NULL;
    json_t *value = NULL;
    json_object_foreach(json_object_get(input, "state"), alias, value)
    {
        struct metric_facts metric = metric_of(value);
        world_metric(service, str_from(alias), metric.fact, metric.value);
    }
    size_t index = 0;
    json_array_foreach(json_object_get(input, "events"), index, value)
    {
        int64_t action = int_of(value, "action");
        struct str metric = text_of(value, "metric");
        bool named = false; /* a metric that the row gives no value for was not there */
        for (size_t i = 0; i < service->definition.metric_count; i++)
            named = named || str_eq(service->metrics[i].alias, metric);
        if (!named && str_eq(metric, STR("q")))
            world_metric(service, metric, (struct fact){FACT_MISSING, STR("none")}, VALUE_OF_NONE);
        if (action == 0 || !world_event(&world, service, metric, action))
            return json_string("refused");
        struct event_definition *event = &service->events[service->definition.event_count - 1];
        if (!end_of(value, "min", &event->has_min, &event->min) ||
            !end_of(value, "max", &event->has_max, &event->max))
            return json_string("refused");
    }
    struct plan plan;
    world_finish(&world);
    decide(&world.definition, &world.snapshot, arena, &plan);
    return plan.actions.count == 0 ? json_null() : json_integer(plan.actions.items[0].to);
}

static void add_demand(struct world *world, size_t index, int64_t tasks, struct resources size)
{
    struct str name = arena_printf(world->arena, "s%02zu", index);
    struct world_service *service = world_service(world, name, 0, 1000);
    service->facts.desired = tasks > 0 ? tasks : 0;
    world_task(world, name, size);
}

static void add_instances(struct world *world, json_t *list, enum instance_status status)
{
    size_t index = 0;
    json_t *row = NULL;
    json_array_foreach(list, index, row)
    {
        struct instance_facts *instance =
            world_instance(world, text_of(row, "ec2InstanceId"),
                           (struct resources){int_of(row, "cpu"), int_of(row, "mem")},
                           (struct resources){int_of(row, "cpu_left"), int_of(row, "mem_left")});
        instance->running = int_of(row, "running");
        instance->pending = int_of(row, "pending");
        instance->status = status;
        world_member(world, instance->ec2_id);
    }
}

static void add_group(struct world *world, json_t *input)
{
    size_t index = 0;
    json_t *demand = NULL;
    json_array_foreach(json_object_get(input, "demands"), index, demand)
        add_demand(world, index, int_of(demand, "diff"),
                   (struct resources){int_of(demand, "cpu"), int_of(demand, "mem")});
    add_instances(world, json_object_get(input, "instances"), INSTANCE_ACTIVE);
    add_instances(world, json_object_get(input, "draining"), INSTANCE_DRAINING);
    const json_t *group = json_object_get(input, "asg");
    if (group == NULL)
        return;
    world->snapshot.group.min = int_of(group, "min");
    world->snapshot.group.max = int_of(group, "max");
    world->snapshot.group.desired = int_of(group, "desired");
    const json_t *given = json_object_get(input, "def");
    world->definition.has_min = json_get_int(given, "min", &world->definition.min);
    world->definition.has_max = json_get_int(given, "max", &world->definition.max);
}

static struct str call_text(struct arena *arena, const struct action *action)
{
    switch (action->kind) {
    case ACTION_GROUP_BOUNDS:
        if (action->from == action->to)
            return arena_printf(arena, "bounds %lld %lld", (long long)action->to_min,
                                (long long)action->to_max);
        return arena_printf(arena, "bounds %lld %lld desired %lld", (long long)action->to_min,
                            (long long)action->to_max, (long long)action->to);
    case ACTION_TERMINATE:
        return arena_printf(arena, "terminate %.*s%s", STR_ARG(action->subject),
                            action->decrement ? "" : " replaced");
    case ACTION_DRAIN:
        return arena_printf(arena, "drain %.*s", STR_ARG(action->subject));
    case ACTION_GROUP_CAPACITY:
        return arena_printf(arena, "capacity %lld", (long long)action->to);
    case ACTION_SERVICE_IN:
    case ACTION_SERVICE_OUT:
    case ACTION_KIND_COUNT:
        break;
    }
    return STR_NONE;
}

static bool is_asked_for(struct str kind, enum action_kind action)
{
    if (str_eq(kind, STR("scale_up")))
        return action == ACTION_GROUP_CAPACITY;
    if (str_eq(kind, STR("scale_down")))
        return action == ACTION_DRAIN;
    return true;
}

static json_t *run_group(struct arena *arena, struct str kind, json_t *input)
{
    struct world world;
    struct plan plan;
    world_init(&world, arena);
    add_group(&world, input);
    world_finish(&world);
    decide(&world.definition, &world.snapshot, arena, &plan);
    json_t *calls = json_array();
    for (size_t i = 0; i < plan.actions.count; i++) {
        const struct action *action = &plan.actions.items[i];
        struct str text = call_text(arena, action);
        if (text.len > 0 && is_asked_for(kind, action->kind))
            json_array_append_new(calls, json_stringn(text.ptr, text.len));
    }
    return calls;
}

static bool has_action(const struct plan *plan, enum action_kind kind)
{
    for (size_t i = 0; i < plan->actions.count; i++) {
        if (plan->actions.items[i].kind == kind)
            return true;
    }
    return false;
}

/* Placed: no instance is added for it. */
static json_t *run_place_task(struct arena *arena, json_t *input)
{
    struct world world;
    struct plan plan;
    world_init(&world, arena);
    size_t index = 0;
    json_t *row = NULL;
    json_array_foreach(json_object_get(input, "instances"), index, row)
    {
        struct resources free = {json_integer_value(json_array_get(row, 0)),
                                 json_integer_value(json_array_get(row, 1))};
        struct str id = arena_printf(arena, "i-%zu", index);
        world_instance(&world, id, (struct resources){1 << 20, 1 << 20}, free);
        world_member(&world, id);
    }
    int64_t count = (int64_t)world.members.count;
    world.snapshot.group.min = world.snapshot.group.desired = count;
    world.snapshot.group.max = count + 1;
    add_demand(&world, 0, 1, (struct resources){int_of(input, "cpu"), int_of(input, "mem")});
    world_finish(&world);
    decide(&world.definition, &world.snapshot, arena, &plan);
    return json_boolean(!has_action(&plan, ACTION_GROUP_CAPACITY));
}

/* Fits: it is drained, being the only one that may be. */
static json_t *run_place_instance(struct arena *arena, json_t *input)
{
    struct world world;
    struct plan plan;
    world_init(&world, arena);
    add_group(&world, input);
    for (size_t i = 0; i < world.members.count; i++)
        world.members.items[i].is_protected =
            !str_eq(world.members.items[i].id, text_of(input, "candidate"));
    world.snapshot.group.max = world.snapshot.group.desired = (int64_t)world.members.count;
    world_finish(&world);
    decide(&world.definition, &world.snapshot, arena, &plan);
    return json_boolean(has_action(&plan, ACTION_DRAIN));
}

static json_t *run_row(struct arena *arena, struct str kind, json_t *input)
{
    if (str_eq(kind, STR("service")))
        return run_service(arena, input);
    if (str_eq(kind, STR("place_task")))
        return run_place_task(arena, input);
    if (str_eq(kind, STR("place_instance")))
        return run_place_instance(arena, input);
    return run_group(arena, kind, input);
}

/* True if the row comes out as it says. */
static bool check_row(struct str line)
{
    json_t *row = NULL;
    struct error err = ERROR_INIT;
    struct arena arena = ARENA_INIT;
    assert_int_equal(json_parse(line, &row, &err), E_OK);
    const json_t *predecessor = json_object_get(row, "predecessor");
    const json_t *ours = json_object_get(row, "ours");
    /* A difference has a reason, and is one. */
    if (ours != NULL) {
        assert_true(json_array_size(json_object_get(row, "because")) > 0);
        assert_false(json_equal(ours, predecessor));
    }
    json_t *got = run_row(&arena, text_of(row, "kind"), json_object_get(row, "input"));
    bool good = json_equal(got, ours != NULL ? ours : predecessor);
    if (!good) {
        char *shown = json_dumps(got, JSON_ENCODE_ANY);
        print_error("%s (%s): got %s\n", json_string_value(json_object_get(row, "id")),
                    json_string_value(json_object_get(row, "name")), shown);
        free(shown);
    }
    json_decref(got);
    json_decref(row);
    arena_release(&arena);
    return good;
}

static void test_recorded_decisions(void **state)
{
    (void)state;
    FILE *file = fopen(TESTS_DIR "/tables/decide/predecessor.jsonl", "rb");
    assert_non_null(file);
    static char text[LINE_BYTES];
    size_t rows = 0;
    size_t bad = 0;
    while (fgets(text, sizeof(text), file) != NULL) {
        rows++;
        bad += check_row(str_trim(str_from(text))) ? 0 : 1;
    }
    fclose(file);
    print_message("%zu rows\n", rows);
    assert_int_equal(bad, 0);
    assert_true(rows > 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_decisions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
