/* Destroying: what carries our tag goes, in an order in which each can be removed; what is gone
 * already is as good as removed. */
#include "lambda/deployment.h"

#include "base/limits.h"
#include "cloud/aws/form.h"
#include "lambda/deployment_parts.h"
#include "lambda/operations.h"

#include "base/banned.h"

void deployment_removals(const struct deployment_names *names,
                         const struct deployment_observed *observed, struct removal_plan *plan)
{
    const struct {
        enum step_kind kind;
        enum ownership owner;
        struct str subject;
    } rows[] = {
        {STEP_RULE, observed->rule, names->rule},
        {STEP_FUNCTION, observed->function, names->name},
        {STEP_ROLE, observed->role, names->role},
        {STEP_LOG_GROUP, observed->log_group, names->log_group},
    };
    *plan = (struct removal_plan){.count = 0};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].owner == OWNED_BY_NOBODY)
            continue;
        bool is_ours = rows[i].owner == OWNED_BY_US;
        plan->removals[plan->count++] = (struct removal){rows[i].kind, rows[i].subject, is_ours};
        plan->ours_count += is_ours;
    }
}

static enum error_code remove_targets(struct aws_talk *talk, const struct deployment_names *names,
                                      const json_t *targets, struct error *err)
{
    struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    struct json_writer w = JSON_WRITER(&body, 0);
    struct aws_reply reply;
    if (json_array_size(targets) == 0)
        return E_OK;
    jsonw_object_begin(&w);
    jsonw_key(&w, "Rule"), jsonw_str(&w, names->rule);
    jsonw_key(&w, "Ids");
    jsonw_array_begin(&w);
    for (size_t i = 0; i < json_array_size(targets); i++) {
        struct str id = STR_NONE;
        json_get_str(json_array_get(targets, i), "Id", &id);
        jsonw_str(&w, id);
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    enum error_code code = ask_json(talk, &events_remove_targets, &body, &reply, err);
    return code == E_OK ? events_check_entries(&reply, &events_remove_targets, err) : code;
}

static enum error_code ask_named(struct aws_talk *talk, const struct aws_operation *operation,
                                 const char *key, struct str value, struct error *err)
{
    struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    struct json_writer w = JSON_WRITER(&body, 0);
    struct aws_reply reply;
    jsonw_object_begin(&w);
    jsonw_key(&w, key), jsonw_str(&w, value);
    jsonw_object_end(&w);
    return ask_json(talk, operation, &body, &reply, err);
}

static enum error_code remove_rule(struct aws_talk *talk, const struct deployment_names *names,
                                   const struct deployment_observed *observed, struct error *err)
{
    enum error_code code = remove_targets(talk, names, observed->targets, err);
    return code == E_OK ? ask_named(talk, &events_delete_rule, "Name", names->rule, err) : code;
}

static enum error_code remove_function(struct aws_talk *talk, const struct deployment_names *names,
                                       const struct deployment_observed *observed,
                                       struct error *err)
{
    (void)observed;
    return ask_function(talk, &lambda_delete_function, names->name, NULL, err);
}

static enum error_code remove_role(struct aws_talk *talk, const struct deployment_names *names,
                                   const struct deployment_observed *observed, struct error *err)
{
    struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    struct aws_reply reply;
    enum error_code code = E_OK;
    form_str(&body, names->role, "RoleName");
    const struct aws_call last = {.operation = &iam_delete_role,
                                  .body = arena_str(&talk->arena, buf_str(&body))};
    form_str(&body, STR(DEPLOYMENT_POLICY_NAME), "PolicyName");
    const struct aws_call first = {.operation = &iam_delete_role_policy, .body = buf_str(&body)};
    if (observed->policy != NULL)
        code = aws_talk_ask(talk, &first, &reply, err);
    if (code != E_OK && code != E_MISSING)
        return code;
    return aws_talk_ask(talk, &last, &reply, err);
}

static enum error_code remove_log_group(struct aws_talk *talk, const struct deployment_names *names,
                                        const struct deployment_observed *observed,
                                        struct error *err)
{
    (void)observed;
    return ask_named(talk, &logs_delete_group, "logGroupName", names->log_group, err);
}

typedef enum error_code remove_type(struct aws_talk *talk, const struct deployment_names *names,
                                    const struct deployment_observed *observed, struct error *err);

static remove_type *const rows[STEP_COUNT] = {
    [STEP_RULE] = remove_rule,
    [STEP_FUNCTION] = remove_function,
    [STEP_ROLE] = remove_role,
    [STEP_LOG_GROUP] = remove_log_group,
};

enum error_code deployment_remove(struct aws_talk *talk, const struct deployment_names *names,
                                  const struct deployment_observed *observed,
                                  const struct removal *removal, struct error *err)
{
    enum error_code code = rows[removal->kind](talk, names, observed, err);
    if (code == E_OK || code == E_MISSING)
        return E_OK;
    error_prefix(err, "%s '%.*s': ", step_noun(removal->kind), STR_ARG(removal->subject));
    return code;
}
