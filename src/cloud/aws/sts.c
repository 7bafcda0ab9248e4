#include "cloud/aws/sts.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "cloud/aws/call.h"
#include "cloud/aws/form.h"

#include <stdio.h>

#include "base/banned.h"

enum { ATTEMPTS = 3, DURATION_MIN_S = 900, DURATION_MAX_S = 43200 };

struct sts_call {
    const struct source_query *query;
    struct sts_request request;
    struct http_signing signing;
};

/* Where no region is set: one in the role's partition, which STS answers from for all of it. */
static struct str region_for(const struct source_query *query, struct str role_arn)
{
    static const struct {
        struct str prefix;
        struct str region;
    } rows[] = {
        {{"arn:aws-cn:", 11}, {"cn-north-1", 10}},
        {{"arn:aws-us-gov:", 15}, {"us-gov-west-1", 13}},
        {{"arn:aws-eusc:", 13}, {"eusc-de-east-1", 14}},
        {{"arn:aws-iso:", 12}, {"us-iso-east-1", 13}},
        {{"arn:aws-iso-b:", 14}, {"us-isob-east-1", 14}},
        {{"arn:aws-iso-e:", 14}, {"eu-isoe-west-1", 14}},
        {{"arn:aws-iso-f:", 14}, {"us-isof-south-1", 15}},
    };
    struct str region = aws_config_region(query->config);
    for (size_t i = 0; region.len == 0 && i < ARRAY_LEN(rows); i++) {
        if (str_starts(role_arn, rows[i].prefix))
            region = rows[i].region;
    }
    return region.len > 0 ? region : STR("us-east-1");
}

/* The error's fields, from the body of an answer that is no success; empty where it has none. */
struct sts_problem {
    struct str code;
    struct str message;
    struct str request_id;
};

static struct sts_problem read_problem(struct arena *arena, struct str body)
{
    struct xml_node *root = NULL;
    struct error ignored = ERROR_INIT;
    if (xml_parse(arena, body, &root, &ignored) != E_OK)
        return (struct sts_problem){.code = STR_NONE};
    const struct xml_node *error = xml_child(root, "Error");
    return (struct sts_problem){.code = xml_text(error, "Code"),
                                .message = xml_text(error, "Message"),
                                .request_id = xml_text(root, "RequestId")};
}

/* Errors that come as status 400 and may pass. */
static bool is_transient(const struct http_response *response)
{
    static const char *const codes[] = {"IDPCommunicationError", "Throttling",
                                        "ThrottlingException", "RequestTimeout"};
    struct arena arena = ARENA_INIT;
    struct sts_problem problem = {.code = STR_NONE};
    if (response->status >= 400)
        problem = read_problem(&arena, response->body);
    bool found = false;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        found = found || str_eq(problem.code, str_from(codes[i]));
    arena_release(&arena);
    return found;
}

static const char *hint(const struct sts_call *call, struct str code)
{
    if (str_eq(code, STR("AccessDenied")))
        return call->request.signer != NULL
                   ? "; allow the caller sts:AssumeRole on it, and name the caller in its trust "
                     "policy"
                   : "; name the identity provider and its subject in the role's trust policy";
    if (str_eq(code, STR("ExpiredToken")) || str_eq(code, STR("ExpiredTokenException")))
        return "; what is used to assume it has expired";
    return "";
}

static void answer_problem(const struct sts_call *call, const struct http_response *response)
{
    struct error err = ERROR_INIT;
    struct arena *arena = call->query->arena;
    struct str what =
        arena_printf(arena, "%s of '%.*s'", call->request.action, STR_ARG(call->request.role_arn));
    struct sts_problem problem = {.code = STR_NONE};
    if (response->code == E_OK)
        problem = read_problem(arena, response->body);
    if (problem.code.len == 0) {
        source_http_error(response, what.ptr, &err);
    } else {
        error_set(&err, E_CREDENTIALS, "%s: %.*s: %.*s%s", what.ptr, STR_ARG(problem.code),
                  (int)(problem.message.len < 300 ? problem.message.len : 300),
                  problem.message.len > 0 ? problem.message.ptr : "", hint(call, problem.code));
        err.http_status = response->status;
        snprintf(err.aws_code, sizeof(err.aws_code), "%.*s", STR_ARG(problem.code));
        snprintf(err.request_id, sizeof(err.request_id), "%.*s", STR_ARG(problem.request_id));
    }
    error_where(&err, "sts %s", call->request.action);
    source_fail_with(call->query, &err);
}

static void on_response(void *context, const struct http_response *response)
{
    const struct sts_call *call = context;
    if (response->code != E_OK || response->status != 200) {
        answer_problem(call, response);
        return;
    }
    struct xml_node *root = NULL;
    struct error err = ERROR_INIT;
    char result[64];
    snprintf(result, sizeof(result), "%sResult", call->request.action);
    if (xml_parse(call->query->arena, response->body, &root, &err) != E_OK)
        root = NULL;
    const struct xml_node *node = xml_child(xml_child(root, result), "Credentials");
    struct aws_credentials found = {
        .access_key_id = xml_text(node, "AccessKeyId"),
        .secret_access_key = xml_text(node, "SecretAccessKey"),
        .session_token = xml_text(node, "SessionToken"),
        .source = call->request.source,
    };
    if (found.access_key_id.len == 0 || found.secret_access_key.len == 0 ||
        found.session_token.len == 0 ||
        !clock_parse(xml_text(node, "Expiration"), &found.expires_ms))
        source_fail(call->query, "%s of '%.*s': the answer holds no credentials",
                    call->request.action, STR_ARG(call->request.role_arn));
    else
        source_found(call->query, &found);
}

/* The body; false where it would be too large. Freed buffers are wiped: a token is in it. */
static bool make_body(const struct source_query *query, const struct sts_request *request,
                      struct str *body)
{
    struct buf form CLEANUP(buf_release_secret) = BUF_INIT(LIMIT_STS_REQUEST_BYTES);
    char session_name[48];
    snprintf(session_name, sizeof(session_name), "ecs-autoscale-%lld",
             (long long)(query->wall_ms() / 1000));
    const struct {
        const char *name;
        struct str value;
    } fields[] = {
        {"Action", str_from(request->action)},
        {"Version", str_from(aws_sts.version)},
        {"RoleArn", request->role_arn},
        {"RoleSessionName",
         request->session_name.len > 0 ? request->session_name : str_from(session_name)},
        {"DurationSeconds", request->duration_seconds},
        {"ExternalId", request->external_id},
        {"WebIdentityToken", request->web_identity_token},
    };
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (fields[i].value.len > 0)
            form_str(&form, fields[i].value, "%s", fields[i].name);
    }
    *body = arena_str(query->arena, buf_str(&form));
    return !form.overflowed;
}

static bool is_duration(struct str text)
{
    int64_t seconds = 0;
    return text.len == 0 ||
           (str_to_int64(text, &seconds) && seconds >= DURATION_MIN_S && seconds <= DURATION_MAX_S);
}

static void send(struct sts_call *call, struct str url, struct str body)
{
    static const struct http_header headers[] = {
        {{"Content-Type", 12}, {"application/x-www-form-urlencoded; charset=utf-8", 48}}};
    struct source_http exchange = {
        .request = {.method = STR("POST"),
                    .url = url,
                    .headers = headers,
                    .header_count = ARRAY_LEN(headers),
                    .has_body = true,
                    .body = body,
                    .signing = call->request.signer != NULL ? &call->signing : NULL,
                    .max_body_bytes = LIMIT_CREDENTIALS_ANSWER_BYTES},
        .attempts = ATTEMPTS,
        .is_transient = is_transient,
        .done = on_response,
        .context = call,
    };
    source_http_send(call->query, &exchange);
}

void sts_fetch(const struct source_query *query, const struct sts_request *request)
{
    struct sts_call *call = ARENA_NEW(query->arena, struct sts_call);
    call->query = query;
    call->request = *request;
    if (!is_duration(request->duration_seconds)) {
        source_fail(query, "profile '%.*s': duration_seconds must be %d to %d",
                    STR_ARG(query->profile), DURATION_MIN_S, DURATION_MAX_S);
        return;
    }
    struct aws_endpoint endpoint;
    struct error err = ERROR_INIT;
    if (aws_config_endpoint(query->config, query->arena, &aws_sts,
                            region_for(query, request->role_arn), &endpoint, &err) != E_OK) {
        source_fail_with(query, &err);
        return;
    }
    struct str body = STR_NONE;
    if (!make_body(query, request, &body)) {
        source_fail(query, "%s of '%.*s': the request is larger than %d bytes", request->action,
                    STR_ARG(request->role_arn), LIMIT_STS_REQUEST_BYTES);
        return;
    }
    if (request->signer != NULL)
        call->signing =
            (struct http_signing){.access_key_id = request->signer->access_key_id,
                                  .secret_access_key = request->signer->secret_access_key,
                                  .session_token = request->signer->session_token,
                                  .region = endpoint.signing_region,
                                  .service = str_from(aws_sts.name)};
    send(call, arena_printf(query->arena, "%.*s/", STR_ARG(endpoint.url)), body);
}
