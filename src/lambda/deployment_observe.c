/* What is there: all describe calls in flight together, then the tags, whose calls need ARNs. */
#include "lambda/deployment.h"

#include "base/clock.h"
#include "base/limits.h"
#include "cloud/aws/form.h"
#include "lambda/deployment_parts.h"
#include "lambda/operations.h"

#include "base/banned.h"

enum asking {
    ASK_FUNCTION,
    ASK_FUNCTION_POLICY,
    ASK_ROLE,
    ASK_ROLE_POLICY,
    ASK_RULE,
    ASK_TARGETS,
    ASK_LOG_GROUPS,
    ASK_COUNT,
};

static const struct aws_operation *const asked[ASK_COUNT] = {
    [ASK_FUNCTION] = &lambda_get_function,
    [ASK_FUNCTION_POLICY] = &lambda_get_policy,
    [ASK_ROLE] = &iam_get_role,
    [ASK_ROLE_POLICY] = &iam_get_role_policy,
    [ASK_RULE] = &events_describe_rule,
    [ASK_TARGETS] = &events_list_targets,
    [ASK_LOG_GROUPS] = &logs_describe_groups,
};

/* The first failure; or where more than one call was denied, all the permissions that lack. */
static enum error_code judge(const struct aws_reply replies[ASK_COUNT], struct error *err)
{
    struct buf permissions CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
    const struct aws_reply *first = NULL;
    size_t denied = 0;
    for (size_t i = 0; i < ASK_COUNT; i++) {
        if (replies[i].code == E_OK || replies[i].code == E_MISSING)
            continue;
        if (first == NULL)
            first = &replies[i];
        if (replies[i].code == E_DENIED)
            buf_addf(&permissions, "%s%s", denied++ > 0 ? ", " : "", asked[i]->permission);
    }
    if (first == NULL)
        return E_OK;
    *err = first->err;
    if (denied > 1)
        error_set(err, E_DENIED,
                  "access denied; add the permissions %s to the identity in use, to see what is "
                  "there",
                  buf_cstr(&permissions));
    return first->code;
}

static void ask_about_function(struct aws_talk *talk, const struct deployment_names *names,
                               struct aws_reply replies[ASK_COUNT])
{
    struct aws_call call = {.operation = &lambda_get_function, .path = {names->name}};
    aws_talk_queue(talk, &call, &replies[ASK_FUNCTION]);
    call.operation = &lambda_get_policy;
    aws_talk_queue(talk, &call, &replies[ASK_FUNCTION_POLICY]);
}

static void ask_about_role(struct aws_talk *talk, const struct deployment_names *names,
                           struct aws_reply replies[ASK_COUNT])
{
    struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    form_str(&body, names->role, "RoleName");
    struct aws_call call = {.operation = &iam_get_role, .body = buf_str(&body)};
    aws_talk_queue(talk, &call, &replies[ASK_ROLE]);
    form_str(&body, STR(DEPLOYMENT_POLICY_NAME), "PolicyName");
    call = (struct aws_call){.operation = &iam_get_role_policy, .body = buf_str(&body)};
    aws_talk_queue(talk, &call, &replies[ASK_ROLE_POLICY]);
}

static void queue_json(struct aws_talk *talk, const struct aws_operation *operation,
                       const char *key, struct str value, struct aws_reply *reply)
{
    struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
    struct json_writer w = JSON_WRITER(&body, 0);
    jsonw_object_begin(&w);
    jsonw_key(&w, key), jsonw_str(&w, value);
    jsonw_object_end(&w);
    const struct aws_call call = {.operation = operation, .body = buf_str(&body)};
    aws_talk_queue(talk, &call, reply);
}

/* Policy documents come percent-encoded from IAM. */
static const json_t *read_document(struct aws_talk *talk, struct str text)
{
    struct buf plain CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_BODY_BYTES);
    for (size_t i = 0; i < text.len; i++) {
        int64_t byte = 0;
        static const char digits[] = "0123456789abcdef";
        char c = text.ptr[i];
        for (size_t k = 1; c == '%' && k <= 2 && i + k < text.len; k++) {
            char digit = text.ptr[i + k];
            digit = digit >= 'A' && digit <= 'F' ? (char)(digit - 'A' + 'a') : digit;
            size_t value = str_find(STR(digits), digit);
            byte = value < 16 && byte >= 0 ? byte * 16 + (int64_t)value : -1;
        }
        bool is_escape = c == '%' && i + 2 < text.len && byte >= 0;
        buf_add_char(&plain, is_escape ? (char)byte : c);
        i += is_escape ? 2 : 0;
    }
    json_t *json = NULL;
    if (json_parse(buf_str(&plain), &json, NULL) != E_OK)
        return NULL;
    *VEC_ADD(&talk->arena, &talk->kept) = json;
    return json;
}

static enum ownership owner_of(struct str tag, const struct deployment_names *names)
{
    return str_eq(tag, names->name) ? OWNED_BY_US : OWNED_BY_OTHERS;
}

static struct str tag_in_map(const json_t *tags)
{
    struct str value = STR_NONE;
    json_get_str(tags, DEPLOYMENT_TAG, &value);
    return value;
}

static struct str tag_in_list(const json_t *tags)
{
    struct str value = STR_NONE;
    for (size_t i = 0; i < json_array_size(tags); i++) {
        struct str key = STR_NONE;
        const json_t *tag = json_array_get(tags, i);
        if (json_get_str(tag, "Key", &key) && str_eq(key, STR(DEPLOYMENT_TAG)))
            json_get_str(tag, "Value", &value);
    }
    return value;
}

/* The statement of a policy with the id that deploy gives. */
static const json_t *find_statement(const json_t *policy)
{
    const json_t *statements = json_get_array(policy, "Statement");
    for (size_t i = 0; i < json_array_size(statements); i++) {
        struct str sid = STR_NONE;
        const json_t *statement = json_array_get(statements, i);
        if (json_get_str(statement, "Sid", &sid) && str_eq(sid, STR(DEPLOYMENT_STATEMENT)))
            return statement;
    }
    return NULL;
}

static void read_function(struct aws_talk *talk, const struct deployment_names *names,
                          const struct aws_reply replies[ASK_COUNT],
                          struct deployment_observed *out)
{
    out->concurrency = -1;
    const struct aws_reply *function = &replies[ASK_FUNCTION];
    if (function->code != E_OK)
        return;
    out->configuration = json_get_object(function->json, "Configuration");
    out->function = owner_of(tag_in_map(json_get_object(function->json, "Tags")), names);
    json_get_int(json_get_object(function->json, "Concurrency"), "ReservedConcurrentExecutions",
                 &out->concurrency);
    struct str policy = STR_NONE;
    if (replies[ASK_FUNCTION_POLICY].code == E_OK &&
        json_get_str(replies[ASK_FUNCTION_POLICY].json, "Policy", &policy))
        out->permission = find_statement(read_document(talk, policy));
}

static void read_role(struct aws_talk *talk, const struct deployment_names *names,
                      const struct aws_reply replies[ASK_COUNT], struct deployment_observed *out)
{
    if (replies[ASK_ROLE].code != E_OK)
        return;
    const struct xml_node *role = xml_child(replies[ASK_ROLE].xml, "Role");
    struct str value = STR_NONE;
    for (const struct xml_node *tag = xml_child(xml_child(role, "Tags"), "member"); tag != NULL;
         tag = xml_next(tag)) {
        if (str_eq(xml_text(tag, "Key"), STR(DEPLOYMENT_TAG)))
            value = xml_text(tag, "Value");
    }
    out->role = owner_of(value, names);
    if (!clock_parse(xml_text(role, "CreateDate"), &out->role_created_ms))
        out->role_created_ms = 0;
    out->trust = read_document(talk, xml_text(role, "AssumeRolePolicyDocument"));
    if (replies[ASK_ROLE_POLICY].code == E_OK)
        out->policy = read_document(talk, xml_text(replies[ASK_ROLE_POLICY].xml, "PolicyDocument"));
}

static void read_rule(const struct deployment_names *names,
                      const struct aws_reply replies[ASK_COUNT], struct deployment_observed *out)
{
    struct str text = STR_NONE;
    const json_t *rule = replies[ASK_RULE].json;
    if (replies[ASK_RULE].code != E_OK)
        return;
    out->rule = OWNED_BY_OTHERS; /* until its tags say more */
    json_get_str(rule, "ScheduleExpression", &out->schedule);
    out->rule_is_enabled = json_get_str(rule, "State", &text) && str_eq(text, STR("ENABLED"));
    out->rule_has_pattern = json_get_str(rule, "EventPattern", &text) && text.len > 0;
    out->targets = json_get_array(replies[ASK_TARGETS].json, "Targets");
    for (size_t i = 0; i < json_array_size(out->targets); i++) {
        const json_t *target = json_array_get(out->targets, i);
        struct str id = STR_NONE;
        struct str arn = STR_NONE;
        json_get_str(target, "Id", &id);
        json_get_str(target, "Arn", &arn);
        if (!str_eq(id, STR(DEPLOYMENT_TARGET)))
            continue;
        out->has_target = str_eq(arn, names->function_arn) && json_object_size(target) == 2;
        out->has_other_target = !out->has_target;
    }
}

/* The group of exactly that name; its ARN, without the ":*" at its end, goes into *arn. */
static void read_log_group(const struct deployment_names *names, const struct aws_reply *reply,
                           struct deployment_observed *out, struct str *arn)
{
    const json_t *groups = json_get_array(reply->json, "logGroups");
    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *group = json_array_get(groups, i);
        struct str name = STR_NONE;
        if (!json_get_str(group, "logGroupName", &name) || !str_eq(name, names->log_group))
            continue;
        out->log_group = OWNED_BY_OTHERS; /* until its tags say more */
        json_get_int(group, "retentionInDays", &out->retention_days);
        json_get_str(group, "arn", arn);
        if (str_ends(*arn, STR(":*")))
            arn->len -= 2;
    }
}

static enum error_code observe_tags(struct aws_talk *talk, const struct deployment_names *names,
                                    struct str log_group_arn, struct deployment_observed *out,
                                    struct error *err)
{
    struct aws_reply rule = {.code = E_MISSING};
    struct aws_reply group = {.code = E_MISSING};
    if (out->rule != OWNED_BY_NOBODY)
        queue_json(talk, &events_list_tags, "ResourceARN", names->rule_arn, &rule);
    if (out->log_group != OWNED_BY_NOBODY)
        queue_json(talk, &logs_list_tags, "resourceArn", log_group_arn, &group);
    aws_talk_run(talk);
    const struct aws_reply *const replies[] = {&rule, &group};
    for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
        if (replies[i]->code != E_OK && replies[i]->code != E_MISSING) {
            *err = replies[i]->err;
            return replies[i]->code;
        }
    }
    if (rule.code == E_OK)
        out->rule = owner_of(tag_in_list(json_get_array(rule.json, "Tags")), names);
    if (group.code == E_OK)
        out->log_group = owner_of(tag_in_map(json_get_object(group.json, "tags")), names);
    return E_OK;
}

enum error_code deployment_observe(struct aws_talk *talk, const struct deployment_names *names,
                                   struct deployment_observed *out, struct error *err)
{
    struct aws_reply replies[ASK_COUNT];
    struct deployment_observed found = {.log_group = OWNED_BY_NOBODY};
    struct str log_group_arn = STR_NONE;
    ask_about_function(talk, names, replies);
    ask_about_role(talk, names, replies);
    queue_json(talk, &events_describe_rule, "Name", names->rule, &replies[ASK_RULE]);
    queue_json(talk, &events_list_targets, "Rule", names->rule, &replies[ASK_TARGETS]);
    queue_json(talk, &logs_describe_groups, "logGroupNamePrefix", names->log_group,
               &replies[ASK_LOG_GROUPS]);
    aws_talk_run(talk);
    enum error_code code = judge(replies, err);
    if (code != E_OK)
        return code;
    read_function(talk, names, replies, &found);
    read_role(talk, names, replies, &found);
    read_rule(names, replies, &found);
    read_log_group(names, &replies[ASK_LOG_GROUPS], &found, &log_group_arn);
    code = observe_tags(talk, names, log_group_arn, &found, err);
    if (code == E_OK)
        *out = found;
    return code;
}
