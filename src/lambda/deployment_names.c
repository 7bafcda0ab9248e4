#include "lambda/deployment.h"

#include "cloud/aws/client.h"
#include "lambda/operations.h"

#include "base/banned.h"

enum { NAME_MAX_BYTES = 64 }; /* of functions, rules and roles alike */

static enum error_code check_name(struct str name, struct str region, struct error *err)
{
    bool is_plain = name.len > 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        is_plain = is_plain && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '-' || c == '_');
    }
    if (!is_plain)
        return error_set(err, E_USAGE,
                         "no function can be named '%.*s': letters, digits, '-' and '_' only",
                         STR_ARG(str_slice(name, 0, 100)));
    if (name.len + 1 + region.len > NAME_MAX_BYTES)
        return error_set(err, E_USAGE,
                         "the name '%.*s' is too long: with the region it names a role, whose name "
                         "has %d characters at most",
                         STR_ARG(str_slice(name, 0, 100)), NAME_MAX_BYTES);
    return E_OK;
}

static void fill(struct arena *arena, struct deployment_names *names)
{
    struct str partition = names->partition;
    struct str account = names->account;
    struct str region = names->region;
    struct str name = names->name;
    names->function_arn =
        arena_printf(arena, "arn:%.*s:lambda:%.*s:%.*s:function:%.*s", STR_ARG(partition),
                     STR_ARG(region), STR_ARG(account), STR_ARG(name));
    names->log_group = arena_printf(arena, "/aws/lambda/%.*s", STR_ARG(name));
    names->role = arena_printf(arena, "%.*s-%.*s", STR_ARG(name), STR_ARG(region));
    names->role_arn = arena_printf(arena, "arn:%.*s:iam::%.*s:role/%.*s", STR_ARG(partition),
                                   STR_ARG(account), STR_ARG(names->role));
    names->rule = name;
    names->rule_arn = arena_printf(arena, "arn:%.*s:events:%.*s:%.*s:rule/%.*s", STR_ARG(partition),
                                   STR_ARG(region), STR_ARG(account), STR_ARG(name));
}

enum error_code deployment_names_find(struct aws_talk *talk, struct str name,
                                      struct deployment_names *names, struct error *err)
{
    struct arena *arena = &talk->arena;
    struct str region = aws_client_region(talk->client);
    enum error_code code = check_name(name, region, err);
    if (code != E_OK)
        return code;
    struct aws_reply reply;
    const struct aws_call call = {.operation = &sts_get_caller_identity};
    code = aws_talk_ask(talk, &call, &reply, err);
    if (code != E_OK)
        return code;
    struct str arn = xml_text(reply.xml, "Arn");
    struct str account = xml_text(reply.xml, "Account");
    struct str arn_word = STR_NONE;
    struct str partition = STR_NONE; /* "arn:PARTITION:…" */
    bool is_arn = str_split(&arn, ':', &arn_word) && str_split(&arn, ':', &partition);
    if (!is_arn || account.len == 0) {
        error_set(err, E_PROTOCOL, "the answer names no account");
        error_where(err, "sts GetCallerIdentity");
        return E_PROTOCOL;
    }
    *names = (struct deployment_names){
        .name = arena_str(arena, name),
        .region = arena_str(arena, region),
        .account = account,
        .partition = partition,
    };
    fill(arena, names);
    return E_OK;
}
