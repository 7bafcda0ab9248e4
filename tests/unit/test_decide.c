/* The tables of decisions: tests/tables/decide/ *.txt, whose README says how to write a case. */
#include "unit.h"

#include "base/buf.h"
#include "decide_world.h"

#include <dirent.h>

#include "base/banned.h"

enum { FILE_BYTES = 1024 * 1024, EXPECTED_MAX = 40 };

struct reader {
    const char *file;
    size_t line;
    struct arena arena;
    struct world world;
    struct world_service *service; /* the latest */
    struct str name;               /* of the case; empty: none yet */
    bool in_plan;
    struct str expected[EXPECTED_MAX];
    size_t expected_count;
    size_t cases;
    size_t failed;
};

static void bad(const struct reader *r, const char *what, struct str text)
{
    fail_msg("%s:%zu: %s: '%.*s'", r->file, r->line, what, STR_ARG(text));
}

/* The next word of `*rest`; empty at its end. */
static struct str word(struct str *rest)
{
    *rest = str_trim(*rest);
    size_t at = str_find(*rest, ' ');
    struct str first = str_slice(*rest, 0, at);
    *rest = str_trim(str_slice(*rest, at, rest->len));
    return first;
}

/* Is it "key=value"? */
static bool pair(struct str text, const char *key, struct str *value)
{
    size_t at = str_find(text, '=');
    if (at == text.len || !str_eq(str_slice(text, 0, at), str_from(key)))
        return false;
    *value = str_slice(text, at + 1, text.len);
    return true;
}

static int64_t number(const struct reader *r, struct str text)
{
    int64_t value = 0;
    if (!str_to_int64(text, &value))
        bad(r, "no whole number", text);
    return value;
}

static bool int_pair(const struct reader *r, struct str text, const char *key, int64_t *value)
{
    struct str digits;
    if (!pair(text, key, &digits))
        return false;
    *value = number(r, digits);
    return true;
}

/* "2048x4096": CPU units and MiB. */
static struct resources size_of(const struct reader *r, struct str text)
{
    size_t at = str_find(text, 'x');
    return (struct resources){number(r, str_slice(text, 0, at)),
                              number(r, str_slice(text, at + 1, text.len))};
}

/* "1..4"; an end that is left out is not touched. */
static bool range(struct str text, struct str *low, struct str *high)
{
    size_t at = str_find_str(text, STR(".."));
    if (at == text.len)
        return false;
    *low = str_slice(text, 0, at);
    *high = str_slice(text, at + 2, text.len);
    return true;
}

/* "missing: why", "failed: why", "unread"; false for anything else. */
static bool fact(struct str text, struct fact *out)
{
    static const struct {
        const char *name;
        enum fact_status status;
    } rows[] = {{"missing", FACT_MISSING}, {"failed", FACT_FAILED}, {"unread", FACT_UNREAD}};
    size_t colon = str_find(text, ':');
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!str_eq(str_slice(text, 0, colon), str_from(rows[i].name)))
            continue;
        *out = (struct fact){rows[i].status, str_trim(str_slice(text, colon + 1, text.len))};
        return true;
    }
    return false;
}

static void read_definition(struct reader *r, struct str rest)
{
    struct definition *d = &r->world.definition;
    while (rest.len > 0) {
        struct str item = word(&rest);
        if (int_pair(r, item, "min", &d->min))
            d->has_min = true;
        else if (int_pair(r, item, "max", &d->max))
            d->has_max = true;
        else if (str_eq(item, STR("disabled")))
            d->enabled = false;
        else if (str_eq(item, STR("no-group")))
            d->has_group = false;
        else if (!int_pair(r, item, "cpu_buffer", &d->cpu_buffer) &&
                 !int_pair(r, item, "mem_buffer", &d->mem_buffer_mib))
            bad(r, "what is this of a definition", item);
    }
    if (!d->has_group) {
        r->world.snapshot.group.fact = (struct fact){0};
        r->world.snapshot.instances.fact = (struct fact){0};
    }
}

static void read_service(struct reader *r, struct str rest)
{
    struct str name = word(&rest);
    struct str low;
    struct str high;
    struct str bounds = word(&rest);
    if (!range(bounds, &low, &high))
        bad(r, "no bounds", bounds);
    r->service = world_service(&r->world, name, number(r, low), number(r, high));
    if (rest.len > 0) {
        if (!str_eq(rest, STR("disabled")))
            bad(r, "what is this of a service", rest);
        r->service->definition.enabled = false;
    }
}

static struct value value_of(const struct reader *r, struct str text)
{
    int64_t integer = 0;
    double real = 0;
    if (str_eq(text, STR("null")))
        return VALUE_OF_NONE;
    if (str_eq(text, STR("true")) || str_eq(text, STR("false")))
        return VALUE_OF_BOOL(str_eq(text, STR("true")));
    if (str_eq(text, STR("inf")) || str_eq(text, STR("nan")))
        return VALUE_OF_REAL(strtod(text.ptr, NULL));
    if (str_to_int64(text, &integer))
        return VALUE_OF_INT(integer);
    if (!str_to_double(text, &real))
        bad(r, "no value", text);
    return VALUE_OF_REAL(real);
}

static void read_metric(struct reader *r, struct str rest)
{
    struct str alias = word(&rest);
    struct fact status = FACT_OF_PRESENT;
    struct value value = VALUE_OF_NONE;
    if (!fact(rest, &status)) {
        word(&rest); /* "=" */
        value = value_of(r, rest);
    }
    world_metric(r->service, alias, status, value);
}

static void read_event(struct reader *r, struct str rest)
{
    int64_t action = number(r, word(&rest));
    struct str bounds = word(&rest);
    struct str low;
    struct str high;
    if (!range(bounds, &low, &high))
        bad(r, "no range", bounds);
    if (!world_event(&r->world, r->service, rest, action))
        bad(r, "this expression does not compile", rest);
    struct event_definition *event = &r->service->events[r->service->definition.event_count - 1];
    event->has_min = low.len > 0;
    event->has_max = high.len > 0;
    if ((event->has_min && !str_to_double(low, &event->min)) ||
        (event->has_max && !str_to_double(high, &event->max)))
        bad(r, "no range", bounds);
}

static void read_ecs(struct reader *r, struct str rest)
{
    struct service_facts *facts = &r->service->facts;
    if (fact(rest, &facts->fact))
        return;
    while (rest.len > 0) {
        struct str item = word(&rest);
        struct str value;
        if (str_eq(item, STR("fargate")))
            facts->launch_type = LAUNCH_FARGATE;
        else if (str_eq(item, STR("external")))
            facts->launch_type = LAUNCH_EXTERNAL;
        else if (str_eq(item, STR("daemon")))
            facts->strategy = SCHEDULING_DAEMON;
        else if (pair(item, "status", &value))
            facts->status = value;
        else if (pair(item, "task", &value))
            facts->task_definition = value;
        else if (pair(item, "size", &value))
            world_task(&r->world, facts->task_definition, size_of(r, value));
        else if (!int_pair(r, item, "desired", &facts->desired) &&
                 !int_pair(r, item, "running", &facts->running) &&
                 !int_pair(r, item, "pending", &facts->pending))
            bad(r, "what is this of a service on ECS", item);
    }
}

static void read_group(struct reader *r, struct str rest)
{
    struct group_facts *group = &r->world.snapshot.group;
    if (fact(rest, &group->fact))
        return;
    struct str bounds = word(&rest);
    struct str low;
    struct str high;
    if (!range(bounds, &low, &high) || !int_pair(r, rest, "desired", &group->desired))
        bad(r, "no group", bounds);
    group->min = number(r, low);
    group->max = number(r, high);
}

static void read_instance(struct reader *r, struct str rest)
{
    struct str id = word(&rest);
    struct instance_facts *instance =
        world_instance(&r->world, id, (struct resources){0}, (struct resources){0});
    struct group_instance member = {.id = id, .lifecycle_state = STR("InService")};
    bool foreign = false;
    while (rest.len > 0) {
        struct str item = word(&rest);
        struct str value;
        if (pair(item, "size", &value))
            instance->registered = size_of(r, value);
        else if (pair(item, "free", &value))
            instance->remaining = size_of(r, value);
        else if (pair(item, "state", &member.lifecycle_state))
            continue;
        else if (pair(item, "provider", &instance->capacity_provider))
            continue;
        else if (pair(item, "arn", &instance->arn))
            continue;
        else if (instance_status_from_name(item, &instance->status))
            continue;
        else if (str_eq(item, STR("foreign")))
            foreign = true;
        else if (str_eq(item, STR("protected")))
            member.is_protected = true;
        else if (str_eq(item, STR("disconnected")))
            instance->agent_connected = false;
        else if (!int_pair(r, item, "tasks", &instance->running) &&
                 !int_pair(r, item, "pending", &instance->pending))
            bad(r, "what is this of an instance", item);
    }
    if (!foreign)
        *VEC_ADD(&r->arena, &r->world.members) = member;
}

static void read_member(struct reader *r, struct str rest)
{
    struct group_instance *member = world_member(&r->world, word(&rest));
    if (rest.len > 0 && !pair(rest, "state", &member->lifecycle_state))
        bad(r, "what is this of a member", rest);
}

static void read_instances(struct reader *r, struct str rest)
{
    if (!fact(rest, &r->world.snapshot.instances.fact))
        bad(r, "no status", rest);
}

static void read_task(struct reader *r, struct str rest)
{
    struct str arn = word(&rest);
    struct fact status = FACT_OF_PRESENT;
    bool present = !fact(rest, &status);
    world_task(&r->world, arn, present ? size_of(r, rest) : (struct resources){0});
    r->world.tasks.items[r->world.tasks.count - 1].fact = status;
}

static void read_daemons(struct reader *r, struct str rest)
{
    struct fact *status = &r->world.snapshot.daemons.fact;
    *status = FACT_OF_PRESENT;
    if (str_eq(rest, STR("none")) || fact(rest, status))
        return;
    struct daemon_facts *daemon = VEC_ADD(&r->arena, &r->world.daemons);
    daemon->name = daemon->task_definition = word(&rest);
    world_task(&r->world, daemon->name, size_of(r, rest));
}

static void read_provider(struct reader *r, struct str rest)
{
    struct capacity_provider_facts *provider = VEC_ADD(&r->arena, &r->world.providers);
    *provider = (struct capacity_provider_facts){.name = word(&rest), .fact = FACT_OF_PRESENT};
    if (!fact(rest, &provider->fact))
        provider->managed_scaling = str_eq(rest, STR("managed"));
}

static const struct {
    const char *keyword;
    void (*read)(struct reader *r, struct str rest);
} keywords[] = {
    {"definition", read_definition},
    {"service", read_service},
    {"metric", read_metric},
    {"event", read_event},
    {"ecs", read_ecs},
    {"group", read_group},
    {"instance", read_instance},
    {"member", read_member},
    {"instances", read_instances},
    {"task", read_task},
    {"daemon", read_daemons},
    {"daemons", read_daemons},
    {"provider", read_provider},
};

static struct str action_line(struct arena *arena, const struct action *action)
{
    const char *kind = action_kind_name(action->kind);
    struct str line;
    if (action->kind == ACTION_GROUP_BOUNDS)
        line =
            arena_printf(arena, "%s %.*s: min %lld -> %lld, max %lld -> %lld, desired %lld -> %lld",
                         kind, STR_ARG(action->subject), (long long)action->from_min,
                         (long long)action->to_min, (long long)action->from_max,
                         (long long)action->to_max, (long long)action->from, (long long)action->to);
    else if (action->kind == ACTION_DRAIN)
        line = arena_printf(arena, "%s %.*s", kind, STR_ARG(action->subject));
    else
        line = arena_printf(arena, "%s %.*s: %lld -> %lld%s", kind, STR_ARG(action->subject),
                            (long long)action->from, (long long)action->to,
                            action->kind == ACTION_TERMINATE && !action->decrement ? " (replaced)"
                                                                                   : "");
    if (action->depends_on == ACTION_INDEPENDENT)
        return line;
    return arena_printf(arena, "%.*s, after action %d", STR_ARG(line), action->depends_on + 1);
}

static struct str events_line(struct arena *arena, const struct service_decision *service)
{
    struct str line = arena_printf(arena, "events %.*s:", STR_ARG(service->name));
    for (size_t i = 0; i < service->event_count; i++)
        line = arena_printf(arena, "%.*s%s %s", STR_ARG(line), i > 0 ? "," : "",
                            event_verdict_name(service->events[i].verdict));
    return line;
}

static struct str names_line(struct arena *arena, struct str line, const struct str *names,
                             size_t count)
{
    for (size_t i = 0; i < count; i++)
        line = arena_printf(arena, "%.*s %.*s", STR_ARG(line), STR_ARG(names[i]));
    return line;
}

/* All that can be said of a plan, a line each; the actions first. */
struct rendered {
    VEC(struct str) lines;
    size_t actions;
};

static struct rendered render(struct reader *r, const struct plan *plan, const struct needs *needs)
{
    struct arena *arena = &r->arena;
    struct rendered out = {.actions = plan->actions.count};
    for (size_t i = 0; i < plan->actions.count; i++)
        *VEC_ADD(arena, &out.lines) = action_line(arena, &plan->actions.items[i]);
    for (size_t i = 0; i < plan->group_decisions.count; i++) {
        const struct group_decision *group = &plan->group_decisions.items[i];
        *VEC_ADD(arena, &out.lines) =
            arena_printf(arena, "group %s: %s: %.*s", group_topic_name(group->topic),
                         verdict_name(group->verdict), STR_ARG(group->reason));
    }
    for (size_t i = 0; i < plan->service_count; i++) {
        const struct service_decision *service = &plan->services[i];
        *VEC_ADD(arena, &out.lines) = arena_printf(
            arena, "service %.*s: %s at %lld: %.*s", STR_ARG(service->name),
            verdict_name(service->verdict), (long long)service->target, STR_ARG(service->reason));
        *VEC_ADD(arena, &out.lines) = events_line(arena, service);
        *VEC_ADD(arena, &out.lines) = arena_printf(
            arena, "demand %.*s: %lld", STR_ARG(service->name), (long long)service->demand_tasks);
    }
    if (plan->group_known)
        *VEC_ADD(arena, &out.lines) =
            arena_printf(arena, "group target: %lld", (long long)plan->group_target);
    *VEC_ADD(arena, &out.lines) = plan->has_failures ? STR("failures") : STR("no failures");
    *VEC_ADD(arena, &out.lines) = names_line(
        arena, STR("needs tasks:"), needs->task_definitions.items, needs->task_definitions.count);
    *VEC_ADD(arena, &out.lines) =
        names_line(arena, STR("needs providers:"), needs->capacity_providers.items,
                   needs->capacity_providers.count);
    *VEC_ADD(arena, &out.lines) =
        needs->daemons ? STR("needs daemons: yes") : STR("needs daemons: no");
    return out;
}

static bool is_action(struct str line)
{
    for (enum action_kind kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        if (str_starts(line, str_from(action_kind_name(kind))))
            return true;
    }
    return false;
}

/* Does the plan say it? "..." in an expected line leaves something out. */
static bool says(struct str line, struct str expected)
{
    bool first = true;
    while (true) {
        size_t dots = str_find_str(expected, STR("..."));
        struct str part = str_slice(expected, 0, dots);
        bool last = dots == expected.len;
        if (last && first)
            return str_eq(line, part);
        if (last)
            return str_ends(line, part);
        size_t at = str_find_str(line, part);
        if (at == line.len ? part.len > 0 : first && at > 0)
            return false;
        line = str_slice(line, at + part.len, line.len);
        expected = str_slice(expected, dots + 3, expected.len);
        first = false;
    }
}

static void check_case(struct reader *r)
{
    struct plan plan;
    struct needs needs;
    world_finish(&r->world);
    decide(&r->world.definition, &r->world.snapshot, &r->arena, &plan);
    decide_needs(&r->world.definition, &r->world.snapshot, &r->arena, &needs);
    struct rendered all = render(r, &plan, &needs);
    size_t actions = 0;
    bool good = true;
    for (size_t i = 0; i < r->expected_count; i++) {
        struct str expected = r->expected[i];
        bool found = false;
        if (is_action(expected)) {
            found = actions < all.actions && says(all.lines.items[actions], expected);
            actions++;
        } else {
            for (size_t j = all.actions; j < all.lines.count; j++)
                found = found || says(all.lines.items[j], expected);
        }
        if (!found)
            print_error("not in the plan: %.*s\n", STR_ARG(expected));
        good = good && found;
    }
    r->cases++;
    if (good && actions == all.actions)
        return;
    for (size_t i = 0; i < all.lines.count; i++)
        print_error("    %.*s\n", STR_ARG(all.lines.items[i]));
    print_error("%s: case '%.*s' (before line %zu): %zu actions, %zu expected\n", r->file,
                STR_ARG(r->name), r->line, all.actions, actions);
    r->failed++;
}

static void end_case(struct reader *r)
{
    if (r->name.len > 0)
        check_case(r);
    arena_release(&r->arena);
    r->name = STR_NONE;
    r->in_plan = false;
    r->expected_count = 0;
    r->service = NULL;
}

static void read_line(struct reader *r, struct str line)
{
    struct str rest = line;
    struct str keyword = word(&rest);
    if (str_eq(keyword, STR("case"))) {
        end_case(r);
        r->name = rest;
        world_init(&r->world, &r->arena);
        return;
    }
    if (str_eq(keyword, STR("plan"))) {
        r->in_plan = true;
        return;
    }
    if (r->in_plan) {
        assert_true(r->expected_count < EXPECTED_MAX);
        r->expected[r->expected_count++] = line;
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
        if (str_eq(keyword, str_from(keywords[i].keyword))) {
            keywords[i].read(r, rest);
            return;
        }
    }
    bad(r, "what is this", line);
}

static size_t run_file(const char *path, size_t *failed)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct arena arena = ARENA_INIT;
    char *text = arena_alloc(&arena, FILE_BYTES, 1);
    size_t len = fread(text, 1, FILE_BYTES, file);
    assert_true(len < FILE_BYTES);
    fclose(file);
    struct reader r = {.file = path};
    struct str rest = {text, len};
    struct str line;
    while (str_split(&rest, '\n', &line)) {
        r.line++;
        line = str_trim(line);
        if (line.len > 0 && line.ptr[0] != '#')
            read_line(&r, line);
    }
    end_case(&r);
    arena_release(&arena);
    *failed += r.failed;
    return r.cases;
}

static void test_tables(void **state)
{
    (void)state;
    const char *folder = TESTS_DIR "/tables/decide";
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    size_t cases = 0;
    size_t failed = 0;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (!str_ends(str_from(entry->d_name), STR(".txt")))
            continue;
        char path[1024];
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        cases += run_file(path, &failed);
    }
    closedir(dir);
    assert_true(cases > 0);
    assert_int_equal(failed, 0);
    print_message("%zu cases\n", cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
