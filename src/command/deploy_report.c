#include "command/deploy_report.h"

#include "base/jsonw.h"
#include "command/print_text.h"

#include "base/banned.h"

static const char *const verbs[] = {
    [STEP_IS_RIGHT] = "already right", [STEP_CREATES] = "create", [STEP_CHANGES] = "change"};

enum { WHAT_COLUMN = 17, TEXT_COLUMN = 35, CHANGE_BYTES = 64 * 1024 };

static void add_change(const struct step_change *change, struct print_style style, struct buf *out)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(CHANGE_BYTES);
    if (change->from.len > 0)
        buf_addf(&text, "%.*s → ", STR_ARG(change->from));
    buf_add(&text, change->to.len > 0 ? change->to : STR("none"));
    buf_addf(out, "%*s%-*s", WHAT_COLUMN, "", TEXT_COLUMN - WHAT_COLUMN, change->what);
    print_wrapped(buf_str(&text), TEXT_COLUMN, style, out);
    buf_add_char(out, '\n');
}

void deploy_print_plan(const struct deployment_names *names, const struct step_plan *plan,
                       struct buf *out)
{
    buf_addf(out, "%.*s in %.*s, account %.*s: ", STR_ARG(names->name), STR_ARG(names->region),
             STR_ARG(names->account));
    if (plan->change_count > 0)
        print_count((int64_t)plan->change_count, "step", out);
    else
        buf_add(out, STR("everything is as it should be"));
    buf_add_char(out, '\n');
    struct print_style style = print_style_of(stdout);
    for (size_t i = 0; i < STEP_COUNT; i++) {
        const struct step *step = &plan->steps[i];
        buf_addf(out, "  %-13s  %-12s  %.*s\n", verbs[step->action], step_noun(step->kind),
                 STR_ARG(step->subject));
        for (size_t k = 0; k < step->changes.count; k++)
            add_change(&step->changes.items[k], style, out);
    }
}

void deploy_print_done(const struct step *step, struct buf *out)
{
    buf_addf(out, "%s %s '%.*s'\n", step->action == STEP_CREATES ? "created" : "changed",
             step_noun(step->kind), STR_ARG(step->subject));
}

static void write_text_or_null(struct json_writer *w, struct str text)
{
    if (text.len > 0)
        jsonw_str(w, text);
    else
        jsonw_null(w);
}

static void write_step(const struct step *step, bool is_done, struct json_writer *w)
{
    static const char *const actions[] = {
        [STEP_IS_RIGHT] = "none", [STEP_CREATES] = "create", [STEP_CHANGES] = "change"};
    jsonw_object_begin(w);
    jsonw_key(w, "step"), jsonw_cstr(w, step_noun(step->kind));
    jsonw_key(w, "subject"), jsonw_str(w, step->subject);
    jsonw_key(w, "action"), jsonw_cstr(w, actions[step->action]);
    jsonw_key(w, "done"), jsonw_bool(w, is_done);
    jsonw_key(w, "changes");
    jsonw_array_begin(w);
    for (size_t i = 0; i < step->changes.count; i++) {
        const struct step_change *change = &step->changes.items[i];
        jsonw_object_begin(w);
        jsonw_key(w, "what"), jsonw_cstr(w, change->what);
        jsonw_key(w, "from"), write_text_or_null(w, change->from);
        jsonw_key(w, "to"), write_text_or_null(w, change->to);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_object_end(w);
}

void deploy_write_json(const struct deploy_result *result, struct buf *out)
{
    const struct deployment_names *names = result->names;
    struct json_writer writer = JSON_WRITER(out, 2);
    struct json_writer *w = &writer;
    jsonw_object_begin(w);
    jsonw_key(w, "name"), jsonw_str(w, names->name);
    jsonw_key(w, "region"), jsonw_str(w, names->region);
    jsonw_key(w, "account"), jsonw_str(w, names->account);
    jsonw_key(w, "function"), jsonw_str(w, names->function_arn);
    jsonw_key(w, "dry_run"), jsonw_bool(w, result->is_dry_run);
    jsonw_key(w, "steps");
    jsonw_array_begin(w);
    for (size_t i = 0; i < STEP_COUNT; i++)
        write_step(&result->plan->steps[i], result->is_done[i], w);
    jsonw_array_end(w);
    jsonw_key(w, "error");
    if (result->err != NULL)
        jsonw_cstr(w, result->err->message);
    else
        jsonw_null(w);
    jsonw_object_end(w);
    buf_add_char(out, '\n');
}
