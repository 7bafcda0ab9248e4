/* Steps → calls. Each call does the same twice as once, or fails with "exists already" or "changed
 * in between": then deployment_apply looks again and goes on with what is still to do. */
#include "lambda/deployment.h"

#include "base/base64.h"
#include "base/limits.h"
#include "cloud/aws/form.h"
#include "lambda/deployment_parts.h"
#include "lambda/operations.h"

#include "base/banned.h"

enum {
    ROUNDS = 8,           /* times to look again: about a minute */
    ROUND_WAIT_MS = 1000, /* the first; then longer */
    ROUND_WAIT_MAX_MS = 15000,
    ROLE_WAIT_MAX_MS = 90 * 1000, /* a new role takes up to a minute to be known everywhere */
    ROLE_WAIT_MS = 2000,
};

const char deployment_trust[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
    "\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}";

struct applying {
    struct aws_talk *talk;
    const struct deployment_wanted *wanted;
    const struct step *step;
};

#define BODY(name)                                                                                 \
    struct buf name CLEANUP(buf_release_secret) = BUF_INIT(LIMIT_LAMBDA_REQUEST_BYTES);            \
    struct json_writer w = JSON_WRITER(&name, 0)

static enum error_code apply_log_group(const struct applying *a, struct error *err)
{
    const struct deployment_names *names = &a->wanted->names;
    struct aws_reply reply;
    enum error_code code = E_OK;
    if (a->step->work & WORK_CREATE) {
        BODY(body);
        jsonw_object_begin(&w);
        jsonw_key(&w, "logGroupName"), jsonw_str(&w, names->log_group);
        jsonw_key(&w, "tags"), tag_write_map(names, &w);
        jsonw_object_end(&w);
        code = ask_json(a->talk, &logs_create_group, &body, &reply, err);
    }
    if (code == E_OK && a->step->work & WORK_TAG) {
        BODY(body);
        jsonw_object_begin(&w);
        jsonw_key(&w, "resourceArn");
        jsonw_str(&w, arena_printf(&a->talk->arena, "arn:%.*s:logs:%.*s:%.*s:log-group:%.*s",
                                   STR_ARG(names->partition), STR_ARG(names->region),
                                   STR_ARG(names->account), STR_ARG(names->log_group)));
        jsonw_key(&w, "tags"), tag_write_map(names, &w);
        jsonw_object_end(&w);
        code = ask_json(a->talk, &logs_tag, &body, &reply, err);
    }
    if (code == E_OK && a->step->work & WORK_SETTINGS) {
        BODY(body);
        jsonw_object_begin(&w);
        jsonw_key(&w, "logGroupName"), jsonw_str(&w, names->log_group);
        jsonw_key(&w, "retentionInDays"), jsonw_int(&w, DEPLOYMENT_RETENTION_DAYS);
        jsonw_object_end(&w);
        code = ask_json(a->talk, &logs_put_retention, &body, &reply, err);
    }
    return code;
}

static enum error_code ask_form(const struct applying *a, const struct aws_operation *operation,
                                const struct buf *body, struct error *err)
{
    struct aws_reply reply;
    const struct aws_call call = {.operation = operation, .body = buf_str(body)};
    return aws_talk_ask(a->talk, &call, &reply, err);
}

static enum error_code apply_role(const struct applying *a, struct error *err)
{
    const struct deployment_names *names = &a->wanted->names;
    enum error_code code = E_OK;
    if (a->step->work & WORK_CREATE) {
        struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
        form_str(&body, names->role, "RoleName");
        form_str(&body, str_from(deployment_trust), "AssumeRolePolicyDocument");
        form_str(&body, STR(DEPLOYMENT_DESCRIPTION), "Description");
        form_str(&body, STR(DEPLOYMENT_TAG), "Tags.member.1.Key");
        form_str(&body, names->name, "Tags.member.1.Value");
        code = ask_form(a, &iam_create_role, &body, err);
    }
    if (code == E_OK && a->step->work & WORK_TAG) {
        struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
        form_str(&body, names->role, "RoleName");
        form_str(&body, STR(DEPLOYMENT_TAG), "Tags.member.1.Key");
        form_str(&body, names->name, "Tags.member.1.Value");
        code = ask_form(a, &iam_tag_role, &body, err);
    }
    if (code == E_OK && a->step->work & WORK_SETTINGS) {
        struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
        form_str(&body, names->role, "RoleName");
        form_str(&body, str_from(deployment_trust), "PolicyDocument");
        code = ask_form(a, &iam_update_trust, &body, err);
    }
    return code;
}

static enum error_code apply_policy(const struct applying *a, struct error *err)
{
    struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    form_str(&body, a->wanted->names.role, "RoleName");
    form_str(&body, STR(DEPLOYMENT_POLICY_NAME), "PolicyName");
    form_str(&body, a->wanted->policy, "PolicyDocument");
    return ask_form(a, &iam_put_role_policy, &body, err);
}

static bool is_role_unknown(const struct error *err)
{
    return str_eq(str_from(err->aws_code), STR("InvalidParameterValueException")) &&
           str_find_str(str_from(err->message), STR("assumed by Lambda")) <
               str_from(err->message).len;
}

/* A function's call that names the role: Lambda hears of a new role only after a while. It carries
 * the variables, too. */
static enum error_code ask_with_role(const struct applying *a,
                                     const struct aws_operation *operation, const struct buf *body,
                                     struct error *err)
{
    struct str name = a->wanted->names.name;
    enum error_code code = E_OK;
    for (int64_t waited_ms = 0;; waited_ms += ROLE_WAIT_MS) {
        code = ask_function(a->talk, operation, name, body, err);
        if (code != E_OK)
            variables_conceal(a->wanted->variables, err);
        if (code == E_OK || !is_role_unknown(err) || waited_ms >= ROLE_WAIT_MAX_MS)
            return code;
        aws_talk_wait(a->talk, ROLE_WAIT_MS);
    }
}

static void write_architectures(const struct applying *a, struct json_writer *w)
{
    jsonw_key(w, "Architectures");
    jsonw_array_begin(w);
    jsonw_cstr(w, a->wanted->arch);
    jsonw_array_end(w);
}

static void write_zip(const struct applying *a, struct json_writer *w)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(LIMIT_LAMBDA_REQUEST_BYTES);
    base64_encode(a->wanted->zip, &text);
    jsonw_key(w, "ZipFile"), jsonw_str(w, buf_str(&text));
}

static enum error_code create_function(const struct applying *a, struct error *err)
{
    const struct deployment_names *names = &a->wanted->names;
    BODY(body);
    jsonw_object_begin(&w);
    jsonw_key(&w, "FunctionName"), jsonw_str(&w, names->name);
    function_write_settings(a->wanted, &w);
    write_architectures(a, &w);
    jsonw_key(&w, "PackageType"), jsonw_cstr(&w, "Zip");
    jsonw_key(&w, "Code");
    jsonw_object_begin(&w);
    write_zip(a, &w);
    jsonw_object_end(&w);
    jsonw_key(&w, "Tags"), tag_write_map(names, &w);
    jsonw_object_end(&w);
    enum error_code code = ask_with_role(a, &lambda_create_function, &body, err);
    return code == E_OK ? function_wait(a->talk, names, err) : code;
}

static enum error_code tag_function(const struct applying *a, struct error *err)
{
    struct aws_reply reply;
    BODY(body);
    jsonw_object_begin(&w);
    jsonw_key(&w, "ResourceARNList");
    jsonw_array_begin(&w);
    jsonw_str(&w, a->wanted->names.function_arn);
    jsonw_array_end(&w);
    jsonw_key(&w, "Tags"), tag_write_map(&a->wanted->names, &w);
    jsonw_object_end(&w);
    enum error_code code = ask_json(a->talk, &tagging_tag_resources, &body, &reply, err);
    if (code != E_OK)
        return code;
    const json_t *failed = json_get_object(reply.json, "FailedResourcesMap");
    struct str arn = a->wanted->names.function_arn;
    struct str why = STR("no reason given");
    if (failed == NULL || json_object_size(failed) == 0)
        return E_OK;
    json_get_str(json_get_object(failed, arn.ptr), "ErrorMessage", &why);
    error_set(err, E_DENIED, "the function cannot be tagged (%.*s)",
              STR_ARG(str_slice(why, 0, 300)));
    error_where(err, "tagging TagResources");
    return E_DENIED;
}

static enum error_code update_code(const struct applying *a, struct error *err)
{
    BODY(body);
    jsonw_object_begin(&w);
    write_architectures(a, &w);
    write_zip(a, &w);
    jsonw_object_end(&w);
    return ask_function(a->talk, &lambda_update_code, a->wanted->names.name, &body, err);
}

/* Settings before code: variables that new definitions use are there when they arrive. */
static enum error_code apply_function(const struct applying *a, struct error *err)
{
    const struct deployment_names *names = &a->wanted->names;
    unsigned work = a->step->work;
    if (work & WORK_CREATE)
        return create_function(a, err);
    enum error_code code = work & WORK_TAG ? tag_function(a, err) : E_OK;
    if (code == E_OK)
        code = function_wait(a->talk, names, err);
    if (code == E_OK && work & WORK_SETTINGS) {
        BODY(body);
        jsonw_object_begin(&w);
        function_write_settings(a->wanted, &w);
        jsonw_object_end(&w);
        code = ask_with_role(a, &lambda_update_configuration, &body, err);
        if (code == E_OK)
            code = function_wait(a->talk, names, err);
    }
    if (code == E_OK && work & WORK_CODE) {
        code = update_code(a, err);
        if (code == E_OK)
            code = function_wait(a->talk, names, err);
    }
    return code;
}

static enum error_code apply_concurrency(const struct applying *a, struct error *err)
{
    BODY(body);
    jsonw_object_begin(&w);
    jsonw_key(&w, "ReservedConcurrentExecutions"), jsonw_int(&w, DEPLOYMENT_CONCURRENCY);
    jsonw_object_end(&w);
    enum error_code code =
        ask_function(a->talk, &lambda_put_concurrency, a->wanted->names.name, &body, err);
    if (code != E_OK && str_eq(str_from(err->aws_code), STR("InvalidParameterValueException")))
        error_prefix(err, "the account's limit leaves no concurrency to reserve; ask AWS for a "
                          "higher one, or give --unreserved (a slow pass may then overlap the "
                          "next): ");
    return code;
}

static enum error_code apply_rule(const struct applying *a, struct error *err)
{
    const struct deployment_names *names = &a->wanted->names;
    struct aws_reply reply;
    enum error_code code = E_OK;
    if (a->step->work & WORK_TAG) {
        BODY(body);
        jsonw_object_begin(&w);
        jsonw_key(&w, "ResourceARN"), jsonw_str(&w, names->rule_arn);
        jsonw_key(&w, "Tags"), tag_write_list(names, &w);
        jsonw_object_end(&w);
        code = ask_json(a->talk, &events_tag, &body, &reply, err);
    }
    if (code == E_OK && a->step->work & (WORK_CREATE | WORK_SETTINGS)) {
        BODY(body);
        jsonw_object_begin(&w);
        jsonw_key(&w, "Name"), jsonw_str(&w, names->rule);
        jsonw_key(&w, "ScheduleExpression"), jsonw_str(&w, a->wanted->schedule);
        jsonw_key(&w, "State"), jsonw_cstr(&w, "ENABLED");
        jsonw_key(&w, "Description"), jsonw_cstr(&w, DEPLOYMENT_DESCRIPTION);
        if (a->step->work & WORK_CREATE)
            jsonw_key(&w, "Tags"), tag_write_list(names, &w);
        jsonw_object_end(&w);
        code = ask_json(a->talk, &events_put_rule, &body, &reply, err);
    }
    return code;
}

static enum error_code apply_permission(const struct applying *a, struct error *err)
{
    const struct deployment_names *names = &a->wanted->names;
    if (a->step->work & WORK_REPLACE) {
        struct aws_reply reply;
        const struct aws_call call = {.operation = &lambda_remove_permission,
                                      .path = {names->name, STR(DEPLOYMENT_STATEMENT)}};
        enum error_code code = aws_talk_ask(a->talk, &call, &reply, err);
        if (code != E_OK && code != E_MISSING)
            return code;
    }
    BODY(body);
    jsonw_object_begin(&w);
    jsonw_key(&w, "StatementId"), jsonw_cstr(&w, DEPLOYMENT_STATEMENT);
    jsonw_key(&w, "Action"), jsonw_cstr(&w, "lambda:InvokeFunction");
    jsonw_key(&w, "Principal"), jsonw_cstr(&w, "events.amazonaws.com");
    jsonw_key(&w, "SourceArn"), jsonw_str(&w, names->rule_arn);
    jsonw_object_end(&w);
    return ask_function(a->talk, &lambda_add_permission, names->name, &body, err);
}

static enum error_code apply_target(const struct applying *a, struct error *err)
{
    const struct deployment_names *names = &a->wanted->names;
    struct aws_reply reply;
    BODY(body);
    jsonw_object_begin(&w);
    jsonw_key(&w, "Rule"), jsonw_str(&w, names->rule);
    jsonw_key(&w, "Targets");
    jsonw_array_begin(&w);
    jsonw_object_begin(&w);
    jsonw_key(&w, "Id"), jsonw_cstr(&w, DEPLOYMENT_TARGET);
    jsonw_key(&w, "Arn"), jsonw_str(&w, names->function_arn);
    jsonw_object_end(&w);
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    enum error_code code = ask_json(a->talk, &events_put_targets, &body, &reply, err);
    return code == E_OK ? events_check_entries(&reply, &events_put_targets, err) : code;
}

typedef enum error_code apply_function_type(const struct applying *a, struct error *err);

static apply_function_type *const rows[STEP_COUNT] = {
    [STEP_LOG_GROUP] = apply_log_group,     [STEP_ROLE] = apply_role,
    [STEP_POLICY] = apply_policy,           [STEP_FUNCTION] = apply_function,
    [STEP_CONCURRENCY] = apply_concurrency, [STEP_RULE] = apply_rule,
    [STEP_PERMISSION] = apply_permission,   [STEP_TARGET] = apply_target,
};

/* Worth looking again: somebody (perhaps an earlier attempt of ours) was there in between, or what
 * was just made is not known everywhere yet. */
static bool is_passing(const struct error *err)
{
    static const char *const codes[] = {
        "ResourceConflictException", /* Lambda: exists, or an update is in progress */
        "ResourceNotFoundException",
        "ResourceAlreadyExistsException",
        "OperationAbortedException", /* Logs: a conflicting operation */
        "ConcurrentModificationException",
        "ConcurrentModification",
        "PreconditionFailedException",
        "EntityAlreadyExists",
        "NoSuchEntity",
    };
    size_t index = 0;
    return str_in_table(str_from(err->aws_code), codes, ARRAY_LEN(codes), &index);
}

/* Up to the first step that fails; *done counts those before it. */
static enum error_code apply_steps(struct aws_talk *talk, const struct deployment_wanted *wanted,
                                   const struct step_plan *plan,
                                   const struct deployment_progress *progress, size_t *done,
                                   struct error *err)
{
    for (size_t i = 0; i < STEP_COUNT; i++) {
        const struct step *step = &plan->steps[i];
        if (step->action == STEP_IS_RIGHT)
            continue;
        const struct applying a = {talk, wanted, step};
        enum error_code code = rows[i](&a, err);
        if (code != E_OK) {
            error_prefix(err, "%s '%.*s': ", step_noun(step->kind), STR_ARG(step->subject));
            return code;
        }
        ++*done;
        if (progress->done != NULL)
            progress->done(progress->context, step);
    }
    return E_OK;
}

enum error_code deployment_apply(struct aws_talk *talk, const struct deployment_wanted *wanted,
                                 const struct step_plan *first,
                                 const struct deployment_progress *progress, struct error *err)
{
    struct step_plan plan = *first;
    int64_t wait_ms = ROUND_WAIT_MS;
    for (int round = 1;; round++) {
        size_t done = 0;
        enum error_code code = apply_steps(talk, wanted, &plan, progress, &done, err);
        if (done > 0) { /* it gets on: what stops it now is another thing */
            round = 1;
            wait_ms = ROUND_WAIT_MS;
        }
        if (code == E_OK || !is_passing(err) || round == ROUNDS)
            return code;
        aws_talk_wait(talk, wait_ms);
        wait_ms = wait_ms * 2 < ROUND_WAIT_MAX_MS ? wait_ms * 2 : ROUND_WAIT_MAX_MS;
        struct deployment_observed observed;
        code = deployment_observe(talk, &wanted->names, &observed, err);
        if (code != E_OK)
            return code;
        deployment_compare(&talk->arena, wanted, &observed, &plan);
        if (plan.refusals.count > 0)
            return error_set(err, E_CLIENT, "%.*s", STR_ARG(plan.refusals.items[0]));
    }
}
