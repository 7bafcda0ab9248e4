#include "command/compare_plans.h"

#include "base/json.h"
#include "base/jsonw.h"
#include "base/limits.h"
#include "command/print_plan.h"

#include "base/banned.h"

enum { MEMBERS_MAX = 100, PATH_BYTES = 4096, LEAF_BYTES = 4096, LEAF_SHOWN = 300 };

/* --- member by member --- */

struct comparison {
    struct arena *arena;
    struct member_differences *out;
};

/* The way to the members being compared; recursion is bounded by LIMIT_ANSWER_DEPTH. */
struct way {
    const struct way *parent; /* NULL: the document */
    const char *key;          /* NULL: item `index` */
    size_t index;
};

static void add_way(const struct way *way, struct buf *out)
{
    if (way->parent == NULL)
        return;
    add_way(way->parent, out);
    if (way->key == NULL)
        buf_addf(out, "[%zu]", way->index);
    else
        buf_addf(out, "%s%s", out->len > 0 ? "." : "", way->key);
}

static struct str leaf_text(struct arena *arena, const json_t *json)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(LEAF_BYTES);
    struct json_writer w = JSON_WRITER(&text, 0);
    if (json == NULL)
        return STR("absent");
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return STR("an object");
    case JSON_ARRAY:
        return arena_printf(arena, "a list of %zu", json_array_size(json));
    case JSON_STRING:
        jsonw_str(&w, str_slice((struct str){json_string_value(json), json_string_length(json)}, 0,
                                LEAF_SHOWN));
        if (json_string_length(json) > LEAF_SHOWN)
            buf_add(&text, STR("…"));
        break;
    case JSON_INTEGER:
        jsonw_int(&w, json_integer_value(json));
        break;
    case JSON_REAL:
        jsonw_double(&w, json_real_value(json));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        jsonw_bool(&w, json_is_true(json));
        break;
    case JSON_NULL:
        jsonw_null(&w);
        break;
    }
    return arena_str(arena, buf_str(&text));
}

static void add_member(const struct comparison *comparison, const struct way *way,
                       const json_t *recorded, const json_t *decided)
{
    struct member_differences *out = comparison->out;
    if (out->count++ >= MEMBERS_MAX)
        return;
    struct buf path CLEANUP(buf_release) = BUF_INIT(PATH_BYTES);
    add_way(way, &path);
    *VEC_ADD(comparison->arena, &out->items) = (struct member_difference){
        .member = arena_str(comparison->arena, path.len > 0 ? buf_str(&path) : STR("the plan")),
        .recorded = leaf_text(comparison->arena, recorded),
        .decided = leaf_text(comparison->arena, decided),
    };
}

static void compare_json(const struct comparison *comparison, const struct way *way,
                         json_t *recorded, json_t *decided);

static void compare_objects(const struct comparison *comparison, const struct way *way,
                            json_t *recorded, json_t *decided)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(recorded, key, value)
    {
        struct way step = {.parent = way, .key = key};
        compare_json(comparison, &step, value, json_object_get(decided, key));
    }
    json_object_foreach(decided, key, value)
    {
        struct way step = {.parent = way, .key = key};
        if (json_object_get(recorded, key) == NULL)
            add_member(comparison, &step, NULL, value);
    }
}

static void compare_json(const struct comparison *comparison, const struct way *way,
                         json_t *recorded, json_t *decided)
{
    if (json_is_object(recorded) && json_is_object(decided)) {
        compare_objects(comparison, way, recorded, decided);
    } else if (json_is_array(recorded) && json_is_array(decided)) {
        size_t left = json_array_size(recorded);
        size_t right = json_array_size(decided);
        for (size_t i = 0; i < (left > right ? left : right); i++) {
            struct way step = {.parent = way, .index = i};
            compare_json(comparison, &step, json_array_get(recorded, i),
                         json_array_get(decided, i));
        }
    } else if (!json_equal(recorded, decided)) {
        add_member(comparison, way, recorded, decided);
    }
}

void compare_members(struct arena *arena, struct str recorded, struct str decided,
                     struct member_differences *out)
{
    struct comparison comparison = {.arena = arena, .out = out};
    struct way document = {0};
    struct error err = ERROR_INIT;
    json_t *left CLEANUP(json_release) = NULL;
    json_t *right CLEANUP(json_release) = NULL;
    if (json_parse(recorded, &left, &err) == E_OK && json_parse(decided, &right, &err) == E_OK)
        compare_json(&comparison, &document, left, right);
    else
        add_member(&comparison, &document, left, right);
}

/* --- in words --- */

struct wording {
    struct arena *arena;
    struct plan_differences *out;
};

static struct str service_words(struct arena *arena, const struct service_decision *service)
{
    if (service == NULL)
        return STR("not in the definition");
    struct buf text CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
    if (service->known && service->target != service->desired) {
        buf_addf(&text, "%lld → ", (long long)service->desired);
        print_count(service->target, "task", &text);
    } else if (service->verdict == VERDICT_STAY && service->known) {
        buf_add(&text, STR("stays at "));
        print_count(service->target, "task", &text);
    } else {
        buf_add(&text, str_from(verdict_name(service->verdict)));
    }
    return arena_str(arena, buf_str(&text));
}

static const struct service_decision *find_service(const struct plan *plan, struct str name)
{
    for (size_t i = 0; i < plan->service_count; i++) {
        if (str_eq(plan->services[i].name, name))
            return &plan->services[i];
    }
    return NULL;
}

static bool is_same_service(const struct service_decision *a, const struct service_decision *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a->verdict == b->verdict && a->known == b->known &&
           (!a->known || (a->desired == b->desired && a->target == b->target));
}

static void compare_service(const struct wording *wording, const struct service_decision *recorded,
                            const struct service_decision *decided)
{
    if (is_same_service(recorded, decided))
        return;
    bool both = recorded != NULL && decided != NULL && recorded->known && decided->known;
    *VEC_ADD(wording->arena, &wording->out->items) = (struct plan_difference){
        .subject = decided != NULL ? decided->name : recorded->name,
        .recorded = service_words(wording->arena, recorded),
        .decided = service_words(wording->arena, decided),
        .reason = decided != NULL ? decided->reason : STR_NONE,
        .more = both ? decided->target - recorded->target : 0,
    };
}

static bool is_service_action(const struct action *action)
{
    return action->kind == ACTION_SERVICE_IN || action->kind == ACTION_SERVICE_OUT;
}

static bool is_same_action(const struct action *a, const struct action *b)
{
    return a->kind == b->kind && str_eq(a->subject, b->subject) && a->decrement == b->decrement &&
           a->from == b->from && a->to == b->to && a->from_min == b->from_min &&
           a->to_min == b->to_min && a->from_max == b->from_max && a->to_max == b->to_max;
}

static bool has_action(const struct plan *plan, const struct action *action)
{
    for (size_t i = 0; i < plan->actions.count; i++) {
        if (is_same_action(&plan->actions.items[i], action))
            return true;
    }
    return false;
}

/* "drain i-0abc", "terminate i-0abc (group 3 → 2)", "scale out (2 → 3 instances)" */
static struct str action_words(struct arena *arena, const struct action *action)
{
    struct buf change CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
    action_change_print(action, &change);
    bool named = action->kind == ACTION_DRAIN || action->kind == ACTION_TERMINATE;
    struct str subject = named ? action->subject : STR_NONE;
    return arena_printf(arena, "%s%s%.*s%s%s%s", action_verb(action), named ? " " : "",
                        STR_ARG(subject), change.len > 0 ? " (" : "", buf_cstr(&change),
                        change.len > 0 ? ")" : "");
}

/* Group actions of `plan` that `other` has not. */
static bool add_actions(const struct wording *wording, const struct plan *plan,
                        const struct plan *other, bool recorded)
{
    bool any = false;
    for (size_t i = 0; i < plan->actions.count; i++) {
        const struct action *action = &plan->actions.items[i];
        if (is_service_action(action) || has_action(other, action))
            continue;
        struct str words = action_words(wording->arena, action);
        bool changes_size = action->kind == ACTION_GROUP_CAPACITY ||
                            action->kind == ACTION_GROUP_BOUNDS ||
                            (action->kind == ACTION_TERMINATE && action->decrement);
        int64_t change = changes_size ? action->to - action->from : 0;
        *VEC_ADD(wording->arena, &wording->out->items) = (struct plan_difference){
            .of_group = true,
            .subject = STR("group"),
            .recorded = recorded ? words : STR("nothing of the kind"),
            .decided = recorded ? STR("nothing of the kind") : words,
            .reason = recorded ? STR_NONE : action->reason,
            .more = recorded ? -change : change,
        };
        any = true;
    }
    return any;
}

static const struct group_decision *find_topic(const struct plan *plan, enum group_topic topic)
{
    for (size_t i = 0; i < plan->group_decisions.count; i++) {
        if (plan->group_decisions.items[i].topic == topic)
            return &plan->group_decisions.items[i];
    }
    return NULL;
}

/* Where no action differs, the same inaction can still be of another kind: held, not stay. */
static void compare_topics(const struct wording *wording, const struct plan *recorded,
                           const struct plan *decided)
{
    for (int topic = GROUP_READ; topic <= GROUP_SCALE_IN; topic++) {
        const struct group_decision *left = find_topic(recorded, (enum group_topic)topic);
        const struct group_decision *right = find_topic(decided, (enum group_topic)topic);
        if (left == NULL && right == NULL)
            continue;
        if (left != NULL && right != NULL && left->verdict == right->verdict)
            continue;
        const char *name = group_topic_name((enum group_topic)topic);
        *VEC_ADD(wording->arena, &wording->out->items) = (struct plan_difference){
            .of_group = true,
            .subject = STR("group"),
            .recorded = arena_printf(wording->arena, "%s: %s", name,
                                     left != NULL ? verdict_name(left->verdict) : "not looked at"),
            .decided = arena_printf(wording->arena, "%s: %s", name,
                                    right != NULL ? verdict_name(right->verdict) : "not looked at"),
            .reason = right != NULL ? right->reason : STR_NONE,
        };
    }
}

void compare_plans(struct arena *arena, const struct plan *recorded, const struct plan *decided,
                   struct plan_differences *out)
{
    struct wording wording = {.arena = arena, .out = out};
    for (size_t i = 0; i < recorded->service_count; i++)
        compare_service(&wording, &recorded->services[i],
                        find_service(decided, recorded->services[i].name));
    for (size_t i = 0; i < decided->service_count; i++) {
        if (find_service(recorded, decided->services[i].name) == NULL)
            compare_service(&wording, NULL, &decided->services[i]);
    }
    bool missing = add_actions(&wording, recorded, decided, true);
    bool added = add_actions(&wording, decided, recorded, false);
    if (!missing && !added)
        compare_topics(&wording, recorded, decided);
}
