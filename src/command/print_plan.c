#include "command/print_plan.h"

#include "base/arena.h"
#include "base/limits.h"

#include <string.h>

#include "base/banned.h"

enum {
    INDENT = 4,
    GAP = 2,
    COLUMN_MAX = 26,            /* a longer text pushes its row's reason to the next line */
    REASON_COLUMNS = 34,        /* with less room than this the reason gets lines of its own */
    REASON_INDENT = INDENT + 4, /* of such lines */
    WIDTH_MIN = 40,
    WIDTH_MAX = 160, /* longer lines are hard to follow */
};

enum colour { PLAIN, BOLD, DIM, RED, GREEN, YELLOW, CYAN };

static const char *const escapes[] = {
    [PLAIN] = "",         [BOLD] = "\033[1m",    [DIM] = "\033[2m",   [RED] = "\033[31m",
    [GREEN] = "\033[32m", [YELLOW] = "\033[33m", [CYAN] = "\033[36m",
};

/* A line of the block: four columns, and under the last one what became of it. */
struct row {
    const char *verb;
    enum colour verb_colour;
    struct str subject;
    struct str change;
    struct str reason;
    struct str outcome;
    enum colour outcome_colour;
};

struct block {
    struct arena arena;
    struct print_style style;
    struct buf *out;
    VEC(struct row) changes;
    VEC(struct row) stays;
    size_t verb_columns;
    size_t subject_columns;
    size_t change_columns;
    size_t pending; /* spaces before what comes next */
};

/* --- text --- */

static struct str clean(struct block *block, struct str text)
{
    struct buf copy CLEANUP(buf_release) = BUF_INIT(LIMIT_LOG_LINE_BYTES);
    print_clean(str_slice(text, 0, LIMIT_REASON_BYTES), &copy);
    return arena_str(&block->arena, buf_str(&copy));
}

static void add_coloured(struct block *block, enum colour colour, struct str text)
{
    bool coloured = block->style.colour && colour != PLAIN && text.len > 0;
    if (coloured)
        buf_add(block->out, str_from(escapes[colour]));
    buf_add(block->out, text);
    if (coloured)
        buf_add(block->out, STR("\033[0m"));
}

static void add_spaces(struct buf *out, size_t count)
{
    buf_addf(out, "%*s", (int)count, "");
}

static void add_wrapped(struct block *block, size_t at, struct str text, enum colour colour)
{
    bool coloured = block->style.colour && colour != PLAIN;
    buf_add(block->out, coloured ? str_from(escapes[colour]) : STR_NONE);
    print_wrapped(text, at, block->style, block->out);
    buf_add(block->out, coloured ? STR("\033[0m\n") : STR("\n"));
}

/* --- rows --- */

const char *action_verb(const struct action *action)
{
    switch (action->kind) {
    case ACTION_GROUP_BOUNDS:
        return "set bounds";
    case ACTION_TERMINATE:
        return "terminate";
    case ACTION_DRAIN:
        return "drain";
    case ACTION_GROUP_CAPACITY:
        return action->to > action->from ? "scale out" : "scale in";
    case ACTION_SERVICE_IN:
        return "scale in";
    case ACTION_SERVICE_OUT:
    case ACTION_KIND_COUNT:
        break;
    }
    return "scale out";
}

static void add_change(struct buf *out, const char *what, int64_t from, int64_t to)
{
    if (from == to)
        return;
    buf_addf(out, "%s%s%lld → %lld", out->len > 0 ? ", " : "", what, (long long)from,
             (long long)to);
}

void action_change_print(const struct action *action, struct buf *out)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
    switch (action->kind) {
    case ACTION_GROUP_BOUNDS:
        add_change(&text, "min ", action->from_min, action->to_min);
        add_change(&text, "max ", action->from_max, action->to_max);
        add_change(&text, "desired ", action->from, action->to);
        break;
    case ACTION_TERMINATE:
        if (action->decrement)
            add_change(&text, "group ", action->from, action->to);
        else
            buf_add(&text, STR("to be replaced"));
        break;
    case ACTION_DRAIN:
        break;
    case ACTION_GROUP_CAPACITY:
        add_change(&text, "", action->from, action->to);
        buf_add(&text, STR(" instances"));
        break;
    case ACTION_SERVICE_IN:
    case ACTION_SERVICE_OUT:
    case ACTION_KIND_COUNT:
        add_change(&text, "", action->from, action->to);
        buf_add(&text, STR(" tasks"));
        break;
    }
    buf_add(out, buf_str(&text));
}

static bool is_of_group(const struct action *action)
{
    return action->kind == ACTION_GROUP_BOUNDS || action->kind == ACTION_GROUP_CAPACITY;
}

static enum colour action_colour(const struct action *action)
{
    switch (action->kind) {
    case ACTION_TERMINATE:
    case ACTION_DRAIN:
    case ACTION_SERVICE_IN:
        return YELLOW;
    case ACTION_GROUP_CAPACITY:
        return action->to > action->from ? GREEN : YELLOW;
    case ACTION_SERVICE_OUT:
        return GREEN;
    case ACTION_GROUP_BOUNDS:
    case ACTION_KIND_COUNT:
        break;
    }
    return CYAN;
}

static void fill_outcome(struct block *block, const struct outcome *outcome, struct row *row)
{
    const char *name = outcome_status_name(outcome->status);
    if (outcome->status == OUTCOME_APPLIED) {
        row->outcome =
            arena_printf(&block->arena, "→ %s in %.1f s", name, (double)outcome->latency_us / 1e6);
        row->outcome_colour = GREEN;
        return;
    }
    struct str reason = outcome->reason;
    if (reason.len == 0)
        reason = str_from(outcome->err.message);
    reason = clean(block, reason);
    row->outcome = arena_printf(&block->arena, "→ %s%s%.*s", name, reason.len > 0 ? ": " : "",
                                STR_ARG(reason));
    row->outcome_colour = outcome->status == OUTCOME_FAILED ? RED : YELLOW;
}

static void add_action(struct block *block, const struct action *action,
                       const struct outcome *outcome)
{
    struct buf change CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
    action_change_print(action, &change);
    struct row *row = VEC_ADD(&block->arena, &block->changes);
    *row = (struct row){
        .verb = action_verb(action),
        .verb_colour = action_colour(action),
        .subject = is_of_group(action) ? STR("group") : clean(block, action->subject),
        .change = arena_str(&block->arena, buf_str(&change)),
        .reason = clean(block, action->reason),
    };
    if (outcome != NULL)
        fill_outcome(block, outcome, row);
}

static enum colour verdict_colour(enum verdict verdict)
{
    return verdict == VERDICT_HELD ? RED : verdict == VERDICT_SETTLING ? CYAN : DIM;
}

static void add_service(struct block *block, const struct service_decision *service)
{
    struct buf change CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
    if (service->known) {
        print_count(service->desired, "task", &change);
        if (service->running != service->desired)
            buf_addf(&change, ", %lld running", (long long)service->running);
    }
    *VEC_ADD(&block->arena, &block->stays) = (struct row){
        .verb = verdict_name(service->verdict),
        .verb_colour = verdict_colour(service->verdict),
        .subject = clean(block, service->name),
        .change = arena_str(&block->arena, buf_str(&change)),
        .reason = clean(block, service->reason),
    };
}

static void add_group_decision(struct block *block, const struct group_decision *decision)
{
    *VEC_ADD(&block->arena, &block->stays) = (struct row){
        .verb = verdict_name(decision->verdict),
        .verb_colour = verdict_colour(decision->verdict),
        .subject = STR("group"),
        .change =
            decision->topic == GROUP_READ ? STR_NONE : str_from(group_topic_name(decision->topic)),
        .reason = clean(block, decision->reason),
    };
}

/* What needs a person's eye comes first. */
static void collect_stays(struct block *block, const struct plan *plan)
{
    static const enum verdict order[] = {VERDICT_HELD, VERDICT_SETTLING, VERDICT_STAY,
                                         VERDICT_LEFT_ALONE};
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        for (size_t j = 0; j < plan->service_count; j++) {
            if (plan->services[j].verdict == order[i])
                add_service(block, &plan->services[j]);
        }
        for (size_t j = 0; j < plan->group_decisions.count; j++) {
            if (plan->group_decisions.items[j].verdict == order[i])
                add_group_decision(block, &plan->group_decisions.items[j]);
        }
    }
}

/* --- the block --- */

static void widen(size_t *columns, struct str text)
{
    size_t wanted = print_columns(text);
    if (wanted > *columns && wanted <= COLUMN_MAX)
        *columns = wanted;
}

static void measure(struct block *block, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        widen(&block->verb_columns, str_from(rows[i].verb));
        widen(&block->subject_columns, rows[i].subject);
        widen(&block->change_columns, rows[i].change);
    }
}

/* Columns are filled up only once something follows. */
static void flush_spaces(struct block *block)
{
    add_spaces(block->out, block->pending);
    block->pending = 0;
}

static void add_column(struct block *block, struct str text, size_t columns, enum colour colour)
{
    size_t used = print_columns(text);
    if (text.len > 0)
        flush_spaces(block);
    add_coloured(block, colour, text);
    block->pending += (used < columns ? columns - used : 0) + GAP;
}

static bool fits_columns(const struct block *block, const struct row *row)
{
    return print_columns(row->subject) <= block->subject_columns &&
           print_columns(row->change) <= block->change_columns;
}

static void print_row(struct block *block, const struct row *row)
{
    size_t at = INDENT + block->verb_columns + GAP + block->subject_columns + GAP +
                block->change_columns + GAP;
    bool wide = at + REASON_COLUMNS <= block->style.width;
    bool same_line = wide && fits_columns(block, row);
    block->pending = INDENT;
    add_column(block, str_from(row->verb), block->verb_columns, row->verb_colour);
    add_column(block, row->subject, block->subject_columns, BOLD);
    add_column(block, row->change, block->change_columns, PLAIN);
    if (!same_line) {
        at = wide ? at : REASON_INDENT;
        block->pending = at;
        buf_add_char(block->out, '\n');
    }
    if (row->reason.len > 0) {
        flush_spaces(block);
        add_wrapped(block, at, row->reason, PLAIN);
        block->pending = at;
    } else if (same_line && row->outcome.len == 0) {
        buf_add_char(block->out, '\n');
    }
    if (row->outcome.len > 0) {
        flush_spaces(block);
        add_wrapped(block, at, row->outcome, row->outcome_colour);
    }
    block->pending = 0;
}

static void print_rows(struct block *block, const char *title, const struct row *rows, size_t count)
{
    if (count == 0)
        return;
    add_spaces(block->out, INDENT / 2);
    add_coloured(block, DIM, str_from(title));
    buf_add_char(block->out, '\n');
    for (size_t i = 0; i < count; i++)
        print_row(block, &rows[i]);
}

/* "my_cluster: 2 changes (1 applied, 1 failed), 1 held" */
static void print_title(struct block *block, const struct plan *plan,
                        const struct outcome *outcomes)
{
    add_coloured(block, BOLD, clean(block, plan->cluster));
    buf_add(block->out, STR(": "));
    if (plan->actions.count == 0)
        buf_add(block->out, STR("nothing to change"));
    else
        print_count((int64_t)plan->actions.count, "change", block->out);
    const char *separator = " (";
    for (int status = OUTCOME_PENDING; outcomes != NULL && status <= OUTCOME_NOT_APPLIED;
         status++) {
        size_t count = 0;
        for (size_t i = 0; i < plan->actions.count; i++)
            count += outcomes[i].status == (enum outcome_status)status;
        if (count == 0)
            continue;
        buf_addf(block->out, "%s%zu %s", separator, count,
                 outcome_status_name((enum outcome_status)status));
        separator = ", ";
    }
    buf_add(block->out, separator[0] == ',' ? STR(")") : STR(""));
    size_t held = 0;
    for (size_t i = 0; i < block->stays.count; i++)
        held += strcmp(block->stays.items[i].verb, verdict_name(VERDICT_HELD)) == 0;
    if (held > 0)
        buf_addf(block->out, ", %zu held", held);
    buf_add_char(block->out, '\n');
}

/* "min 1 → 2" or, unchanged, "min 1" */
static void print_bound(struct buf *out, const char *what, int64_t from, int64_t to)
{
    buf_addf(out, ", %s %lld", what, (long long)from);
    if (from != to)
        buf_addf(out, " → %lld", (long long)to);
}

static void print_group(struct block *block, const struct definition *definition,
                        const struct plan *plan)
{
    struct buf *out = block->out;
    add_spaces(out, INDENT / 2);
    if (!definition->has_group) {
        buf_add(out, STR("no group: only services are scaled\n"));
        return;
    }
    struct str name = plan->group.len > 0 ? plan->group : definition->group.shown;
    buf_add(out, STR("group "));
    add_coloured(block, BOLD, clean(block, name));
    if (!plan->group_known) {
        buf_add(out, STR(": size not known\n"));
        return;
    }
    int64_t min = plan->group_min;
    int64_t max = plan->group_max;
    for (size_t i = 0; i < plan->actions.count; i++) {
        const struct action *action = &plan->actions.items[i];
        if (action->kind == ACTION_GROUP_BOUNDS) {
            min = action->to_min;
            max = action->to_max;
        }
    }
    buf_addf(out, ": desired %lld", (long long)plan->group_desired);
    if (plan->group_target != plan->group_desired)
        buf_addf(out, " → %lld", (long long)plan->group_target);
    print_bound(out, "min", plan->group_min, min);
    print_bound(out, "max", plan->group_max, max);
    buf_add_char(out, '\n');
}

void plan_print(const struct definition *definition, const struct plan *plan,
                const struct outcome *outcomes, struct print_style style, struct buf *out)
{
    style.width = style.width < WIDTH_MIN ? WIDTH_MIN : style.width;
    style.width = style.width > WIDTH_MAX ? WIDTH_MAX : style.width;
    struct block block = {.arena = ARENA_INIT, .style = style, .out = out};
    for (size_t i = 0; i < plan->actions.count; i++)
        add_action(&block, &plan->actions.items[i], outcomes != NULL ? &outcomes[i] : NULL);
    collect_stays(&block, plan);
    measure(&block, block.changes.items, block.changes.count);
    measure(&block, block.stays.items, block.stays.count);
    print_title(&block, plan, outcomes);
    print_group(&block, definition, plan);
    print_rows(&block, outcomes != NULL ? "changes" : "would change", block.changes.items,
               block.changes.count);
    print_rows(&block, "stays", block.stays.items, block.stays.count);
    arena_release(&block.arena);
}
