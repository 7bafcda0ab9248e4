/* Wanted and observed → steps. Pure; one function a step. */
#include "lambda/deployment.h"

#include "base/clock.h"
#include "base/limits.h"
#include "lambda/deployment_parts.h"

#include <string.h>

#include "base/banned.h"

struct comparing {
    struct arena *arena;
    const struct deployment_wanted *wanted;
    const struct deployment_observed *observed;
    struct step_plan *plan;
    struct step *step;
};

static void add_change(struct comparing *c, unsigned work, const char *what, struct str from,
                       struct str to)
{
    c->step->work |= work;
    *VEC_ADD(c->arena, &c->step->changes) = (struct step_change){what, from, to};
}

static struct str number_text(struct comparing *c, int64_t number, const char *unit)
{
    return arena_printf(c->arena, "%lld%s", (long long)number, unit);
}

static void compare_number(struct comparing *c, const char *what, int64_t from, int64_t to,
                           const char *unit)
{
    if (from != to)
        add_change(c, WORK_SETTINGS, what, number_text(c, from, unit), number_text(c, to, unit));
}

static void compare_text(struct comparing *c, const char *what, struct str from, struct str to)
{
    if (!str_eq(from, to))
        add_change(c, WORK_SETTINGS, what, from, to);
}

/* Whose is it? Not ours: a refusal, or the tag to be put on. */
static void compare_owner(struct comparing *c, enum ownership owner)
{
    if (owner != OWNED_BY_OTHERS)
        return;
    if (c->wanted->adopt) {
        add_change(c, WORK_TAG, "tag", STR_NONE,
                   arena_printf(c->arena, DEPLOYMENT_TAG "=%.*s", STR_ARG(c->wanted->names.name)));
        return;
    }
    *VEC_ADD(c->arena, &c->plan->refusals) = arena_printf(
        c->arena,
        "the %s '%.*s' is there already and was not made by 'deploy' (it lacks the tag "
        "'" DEPLOYMENT_TAG "=%.*s'); give --adopt to take it over, or --name another one",
        step_noun(c->step->kind), STR_ARG(c->step->subject), STR_ARG(c->wanted->names.name));
}

static void compare_log_group(struct comparing *c)
{
    const struct deployment_observed *seen = c->observed;
    c->step->subject = c->wanted->names.log_group;
    if (seen->log_group == OWNED_BY_NOBODY) {
        add_change(c, WORK_CREATE | WORK_SETTINGS, "retention", STR_NONE,
                   number_text(c, DEPLOYMENT_RETENTION_DAYS, " days"));
        return;
    }
    compare_owner(c, seen->log_group);
    if (seen->retention_days == 0)
        add_change(c, WORK_SETTINGS, "retention", STR("for ever"),
                   number_text(c, DEPLOYMENT_RETENTION_DAYS, " days"));
    else
        compare_number(c, "retention", seen->retention_days, DEPLOYMENT_RETENTION_DAYS, " days");
}

static bool is_same_document(const json_t *seen, struct str wanted)
{
    json_t *json CLEANUP(json_release) = NULL;
    return seen != NULL && json_parse(wanted, &json, NULL) == E_OK && json_equal(seen, json);
}

static void compare_role(struct comparing *c)
{
    const struct deployment_observed *seen = c->observed;
    struct str trusted = STR("Lambda may assume it");
    c->step->subject = c->wanted->names.role;
    if (seen->role == OWNED_BY_NOBODY) {
        add_change(c, WORK_CREATE, "trust", STR_NONE, trusted);
        return;
    }
    compare_owner(c, seen->role);
    if (!is_same_document(seen->trust, str_from(deployment_trust)))
        add_change(c, WORK_SETTINGS, "trust", STR("something else"), trusted);
}

/* The actions of a policy, each once, in order; a policy as deploy writes it has lists of them. */
struct action_list {
    VEC(struct str) names;
};

static bool has_action(const struct action_list *list, struct str name)
{
    for (size_t i = 0; i < list->names.count; i++) {
        if (str_eq(list->names.items[i], name))
            return true;
    }
    return false;
}

static void add_action(struct arena *arena, struct action_list *list, const json_t *action)
{
    if (!json_is_string(action))
        return;
    struct str name = {json_string_value(action), json_string_length(action)};
    if (!has_action(list, name))
        *VEC_ADD(arena, &list->names) = arena_str(arena, name);
}

static void list_actions(struct arena *arena, const json_t *policy, struct action_list *out)
{
    const json_t *statements = json_get_array(policy, "Statement");
    for (size_t i = 0; i < json_array_size(statements); i++) {
        const json_t *actions = json_object_get(json_array_get(statements, i), "Action");
        add_action(arena, out, actions);
        for (size_t k = 0; k < json_array_size(actions); k++)
            add_action(arena, out, json_array_get(actions, k));
    }
}

/* Those of `a` that `b` lacks, "ecs:X, ecs:Y"; empty: none. */
static struct str actions_beyond(struct arena *arena, const struct action_list *a,
                                 const struct action_list *b)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
    for (size_t i = 0; i < a->names.count; i++) {
        if (!has_action(b, a->names.items[i]))
            buf_addf(&text, "%s%.*s", text.len > 0 ? ", " : "", STR_ARG(a->names.items[i]));
    }
    return arena_str(arena, buf_str(&text));
}

static void compare_policy(struct comparing *c)
{
    const json_t *seen = c->observed->policy;
    struct action_list before = {0};
    struct action_list after = {0};
    json_t *wanted CLEANUP(json_release) = NULL;
    c->step->subject = STR(DEPLOYMENT_POLICY_NAME);
    if (json_parse(c->wanted->policy, &wanted, NULL) == E_OK && seen != NULL &&
        json_equal(seen, wanted))
        return;
    list_actions(c->arena, seen, &before);
    list_actions(c->arena, wanted, &after);
    struct str gone = actions_beyond(c->arena, &before, &after);
    struct str new = actions_beyond(c->arena, &after, &before);
    unsigned work = seen == NULL ? WORK_CREATE : WORK_SETTINGS;
    if (gone.len > 0 || new.len > 0)
        add_change(c, work, "actions", gone, new);
    else
        add_change(c, work, "resources", STR("others"), STR("those of the definitions"));
}

/* "added: A, B; changed: C; removed: D": names only. */
static void compare_variables(struct comparing *c, const json_t *seen)
{
    const struct variables *wanted = c->wanted->variables;
    struct buf added CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
    struct buf changed CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
    struct buf removed CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
    for (size_t i = 0; i < wanted->function.count; i++) {
        const struct env_variable *one = &wanted->function.items[i];
        struct str value = STR_NONE;
        bool is_there = json_get_str(seen, one->name.ptr, &value);
        struct buf *list = is_there ? &changed : &added;
        if (!is_there || !str_eq(value, one->value))
            buf_addf(list, "%s%.*s", list->len > 0 ? ", " : "", STR_ARG(one->name));
    }
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)seen, name, value)
    {
        bool is_wanted = false;
        for (size_t i = 0; i < wanted->function.count && !is_wanted; i++)
            is_wanted = str_eq(wanted->function.items[i].name, str_from(name));
        if (!is_wanted)
            buf_addf(&removed, "%s%s", removed.len > 0 ? ", " : "", name);
    }
    const struct {
        const char *what;
        const struct buf *names;
    } rows[] = {{"variables added", &added},
                {"variables changed", &changed},
                {"variables removed", &removed}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].names->len > 0)
            add_change(c, WORK_SETTINGS, rows[i].what, STR_NONE,
                       arena_str(c->arena, buf_str(rows[i].names)));
    }
}

static struct str configured(const json_t *object, const char *key)
{
    struct str text = STR_NONE;
    json_get_str(object, key, &text);
    return text;
}

/* A role that was made after the function was last changed (or is still to be made) is another one
 * of the same name: Lambda holds on to the one that is gone until it is told again. */
static bool is_newer_role(const struct deployment_observed *seen)
{
    int64_t modified_ms = 0;
    if (seen->role == OWNED_BY_NOBODY)
        return true;
    return clock_parse(configured(seen->configuration, "LastModified"), &modified_ms) &&
           seen->role_created_ms > modified_ms;
}

static void compare_code(struct comparing *c, const json_t *seen)
{
    struct str sha256 = configured(seen, "CodeSha256");
    const json_t *architectures = json_get_array(seen, "Architectures");
    struct str arch = str_from(json_string_value(json_array_get(architectures, 0)));
    if (!str_eq(arch, str_from(c->wanted->arch)))
        add_change(c, WORK_CODE, "architecture", arch, str_from(c->wanted->arch));
    if (!str_eq(sha256, c->wanted->sha256))
        add_change(c, WORK_CODE, "package", arena_str(c->arena, str_slice(sha256, 0, 12)),
                   str_slice(c->wanted->sha256, 0, 12));
}

static void compare_settings(struct comparing *c, const json_t *seen)
{
    const struct deployment_wanted *wanted = c->wanted;
    const json_t *logging = json_get_object(seen, "LoggingConfig");
    int64_t memory_mb = 0;
    int64_t timeout_s = 0;
    json_get_int(seen, "MemorySize", &memory_mb);
    json_get_int(seen, "Timeout", &timeout_s);
    compare_number(c, "memory", memory_mb, wanted->memory_mb, " MB");
    compare_number(c, "time-out", timeout_s, wanted->timeout_s, " s");
    compare_text(c, "runtime", configured(seen, "Runtime"), STR(DEPLOYMENT_RUNTIME));
    compare_text(c, "handler", configured(seen, "Handler"), STR(DEPLOYMENT_HANDLER));
    compare_text(c, "role", configured(seen, "Role"), wanted->names.role_arn);
    compare_text(c, "log format", configured(logging, "LogFormat"), STR("JSON"));
    compare_text(c, "log level", configured(logging, "ApplicationLogLevel"),
                 str_from(variables_log_level(wanted->variables)));
    compare_text(c, "log group", configured(logging, "LogGroup"), wanted->names.log_group);
    compare_text(c, "description", configured(seen, "Description"), STR(DEPLOYMENT_DESCRIPTION));
    compare_variables(c, json_get_object(json_get_object(seen, "Environment"), "Variables"));
    if (str_eq(configured(seen, "Role"), wanted->names.role_arn) && is_newer_role(c->observed))
        add_change(c, WORK_SETTINGS, "role", STR("one that is gone"), wanted->names.role_arn);
}

static void compare_new_function(struct comparing *c)
{
    const struct deployment_wanted *wanted = c->wanted;
    add_change(c, WORK_CREATE, "package", STR_NONE,
               number_text(c, (int64_t)wanted->zip.len, " bytes"));
    add_change(c, WORK_CREATE, "runtime", STR_NONE,
               arena_printf(c->arena, DEPLOYMENT_RUNTIME ", %s", wanted->arch));
    add_change(c, WORK_CREATE, "memory", STR_NONE, number_text(c, wanted->memory_mb, " MB"));
    add_change(c, WORK_CREATE, "time-out", STR_NONE, number_text(c, wanted->timeout_s, " s"));
    compare_variables(c, NULL);
    c->step->work = WORK_CREATE;
}

static void compare_function(struct comparing *c)
{
    const struct deployment_observed *seen = c->observed;
    c->step->subject = c->wanted->names.name;
    if (seen->function == OWNED_BY_NOBODY) {
        compare_new_function(c);
        return;
    }
    struct str package_type = configured(seen->configuration, "PackageType");
    if (package_type.len > 0 && !str_eq(package_type, STR("Zip"))) {
        *VEC_ADD(c->arena, &c->plan->refusals) =
            arena_printf(c->arena,
                         "the function '%.*s' is a container image, which cannot become a zip "
                         "package; remove it, or --name another one",
                         STR_ARG(c->step->subject));
        return;
    }
    compare_owner(c, seen->function);
    compare_code(c, seen->configuration);
    compare_settings(c, seen->configuration);
}

static void compare_concurrency(struct comparing *c)
{
    int64_t seen = c->observed->concurrency;
    c->step->subject = c->wanted->names.name;
    if (c->wanted->is_unreserved || seen == DEPLOYMENT_CONCURRENCY)
        return;
    add_change(c, seen < 0 ? WORK_CREATE : WORK_SETTINGS, "reserved",
               seen < 0 ? STR_NONE : number_text(c, seen, ""),
               number_text(c, DEPLOYMENT_CONCURRENCY, ""));
}

static void compare_rule(struct comparing *c)
{
    const struct deployment_observed *seen = c->observed;
    c->step->subject = c->wanted->names.rule;
    if (seen->rule == OWNED_BY_NOBODY) {
        add_change(c, WORK_CREATE, "schedule", STR_NONE, c->wanted->schedule);
        return;
    }
    compare_owner(c, seen->rule);
    compare_text(c, "schedule", seen->schedule, c->wanted->schedule);
    if (!seen->rule_is_enabled)
        add_change(c, WORK_SETTINGS, "state", STR("disabled"), STR("enabled"));
    if (seen->rule_has_pattern)
        add_change(c, WORK_SETTINGS, "event pattern", STR("one"), STR("none"));
}

static bool is_right_permission(const json_t *statement, struct str rule_arn)
{
    const json_t *condition = json_get_object(statement, "Condition");
    struct str source = configured(json_get_object(condition, "ArnLike"), "AWS:SourceArn");
    struct str service = configured(json_get_object(statement, "Principal"), "Service");
    return str_eq(source, rule_arn) && str_eq(service, STR("events.amazonaws.com")) &&
           str_eq(configured(statement, "Effect"), STR("Allow")) &&
           str_eq(configured(statement, "Action"), STR("lambda:InvokeFunction"));
}

static void compare_permission(struct comparing *c)
{
    const json_t *seen = c->observed->permission;
    struct str rule_arn = c->wanted->names.rule_arn;
    c->step->subject = c->wanted->names.name;
    if (seen == NULL)
        add_change(c, WORK_CREATE, "invoked by", STR_NONE, rule_arn);
    else if (!is_right_permission(seen, rule_arn))
        add_change(c, WORK_SETTINGS | WORK_REPLACE, "invoked by", STR("something else"), rule_arn);
}

static void compare_target(struct comparing *c)
{
    const struct deployment_observed *seen = c->observed;
    struct str function_arn = c->wanted->names.function_arn;
    c->step->subject = c->wanted->names.rule;
    if (seen->has_other_target)
        add_change(c, WORK_SETTINGS, "runs", STR("something else"), function_arn);
    else if (!seen->has_target)
        add_change(c, WORK_CREATE, "runs", STR_NONE, function_arn);
}

static const struct {
    const char *noun;
    void (*compare)(struct comparing *c);
} rows[STEP_COUNT] = {
    [STEP_LOG_GROUP] = {"log group", compare_log_group},
    [STEP_ROLE] = {"role", compare_role},
    [STEP_POLICY] = {"policy", compare_policy},
    [STEP_FUNCTION] = {"function", compare_function},
    [STEP_CONCURRENCY] = {"concurrency", compare_concurrency},
    [STEP_RULE] = {"rule", compare_rule},
    [STEP_PERMISSION] = {"permission", compare_permission},
    [STEP_TARGET] = {"target", compare_target},
};

const char *step_noun(enum step_kind kind)
{
    return rows[kind].noun;
}

void deployment_compare(struct arena *arena, const struct deployment_wanted *wanted,
                        const struct deployment_observed *observed, struct step_plan *plan)
{
    *plan = (struct step_plan){.change_count = 0};
    for (size_t i = 0; i < STEP_COUNT; i++) {
        struct step *step = &plan->steps[i];
        struct comparing c = {arena, wanted, observed, plan, step};
        step->kind = (enum step_kind)i;
        rows[i].compare(&c);
        if (step->work == 0)
            continue;
        step->action = step->work & WORK_CREATE ? STEP_CREATES : STEP_CHANGES;
        plan->change_count++;
    }
}
