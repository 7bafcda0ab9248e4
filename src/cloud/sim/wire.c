#include "cloud/sim/wire.h"

#include "base/limits.h"
#include "cloud/sim/wire_call.h"
#include "cloud/sim/wire_http.h"
#include "cloud/sim/wire_in.h"

#include <string.h>

#include "base/banned.h"

enum { ANSWER_BYTES_MAX = LIMIT_AWS_BODY_BYTES };

static struct str header_of(const struct http_request *http, struct str name)
{
    for (size_t i = 0; i < http->header_count; i++) {
        if (str_eq_nocase(http->headers[i].name, name))
            return http->headers[i].value;
    }
    return STR_NONE;
}

static void add_header(struct wire_response *response, struct str name, struct str value)
{
    response->headers[response->header_count++] = (struct http_header){name, value};
}

/* ---- Who is meant ---- */

/* "AWS4-HMAC-SHA256 Credential=KEY/20260101/REGION/SERVICE/aws4_request, …" */
static bool read_scope(const struct http_request *http, struct str *region, struct str *service)
{
    if (http->signing != NULL) {
        *region = http->signing->region;
        *service = http->signing->service;
        return true;
    }
    struct str text = header_of(http, STR("Authorization"));
    struct str mark = STR("Credential=");
    size_t at = str_find_str(text, mark);
    struct str part;
    struct str parts[5];
    size_t count = 0;
    if (!str_starts(text, STR("AWS4-HMAC-SHA256 ")) || at >= text.len)
        return false;
    text = str_slice(text, at + mark.len, text.len);
    text = str_slice(text, 0, str_find(text, ','));
    while (str_split(&text, '/', &part)) {
        if (count == ARRAY_LEN(parts))
            return false;
        parts[count++] = part;
    }
    if (count != ARRAY_LEN(parts) || !str_eq(str_trim(parts[4]), STR("aws4_request")))
        return false;
    *region = parts[2];
    *service = parts[3];
    return true;
}

/* "/service/GraniteServiceVersion20100801/operation/GetMetricData" */
static bool read_rpc_path(struct str path, struct str *target, struct str *operation)
{
    struct str parts[5];
    size_t count = 0;
    struct str part;
    while (count < ARRAY_LEN(parts) && str_split(&path, '/', &part))
        parts[count++] = part;
    if (count != ARRAY_LEN(parts) || path.ptr != NULL || !str_eq(parts[1], STR("service")) ||
        !str_eq(parts[3], STR("operation")))
        return false;
    *target = parts[2];
    *operation = parts[4];
    return true;
}

static const struct wire_service *service_of_target(struct str target)
{
    for (const struct wire_service *s = wire_services; s->name != NULL; s++) {
        if (s->target != NULL && str_eq(str_from(s->target), target))
            return s;
    }
    return NULL;
}

static const struct wire_service *service_of_form(struct str name, struct str version)
{
    for (const struct wire_service *s = wire_services; s->name != NULL; s++) {
        if (s->version != NULL && str_eq(str_from(s->version), version) &&
            str_eq(str_from(s->name), name))
            return s;
    }
    return NULL;
}

static const struct wire_operation *operation_of(const struct wire_service *service,
                                                 struct str name)
{
    for (const struct wire_operation *o = service->operations; o->name != NULL; o++) {
        if (str_eq(str_from(o->name), name))
            return o;
    }
    return NULL;
}

/* What a call to AWS comes to before its operation begins. */
struct asked {
    struct str service;   /* of the signature */
    struct str target;    /* JSON and CBOR: the service's name in the model */
    struct str operation; /* JSON and CBOR; a form holds its own */
    json_t *in;
};

static bool is_known(struct wire_call *call, struct str operation)
{
    const char *code = call->protocol == WIRE_QUERY ? "InvalidAction" : "UnknownOperationException";
    if (call->service == NULL)
        return wire_refuse(call, code, "the simulated account has no such service");
    call->operation = operation_of(call->service, operation);
    if (call->operation != NULL)
        return true;
    return wire_refuse(call, code, "the simulated account has no operation '%.*s' of %s",
                       (int)(operation.len < 100 ? operation.len : 100),
                       operation.len > 0 ? operation.ptr : "", call->service->name);
}

static bool read_body(struct wire_call *call, struct str body, json_t **in)
{
    struct error err = ERROR_INIT;
    enum error_code code = E_OK;
    if (body.len > LIMIT_AWS_REQUEST_BYTES)
        code = error_set(&err, E_LIMIT, "the body is over %u bytes", LIMIT_AWS_REQUEST_BYTES);
    else if (call->protocol == WIRE_QUERY)
        code = wire_read_form(body, in, &err);
    else if (call->protocol == WIRE_RPC_CBOR)
        code = wire_read_cbor(body, in, &err);
    else
        code = json_parse(body, in, &err);
    if (code == E_OK && !json_is_object(*in))
        code = error_set(&err, E_TYPE, "no structure");
    if (code == E_OK)
        return true;
    return wire_refuse(
        call, call->protocol == WIRE_QUERY ? "MalformedQueryString" : "SerializationException",
        "%s", err.message);
}

/* Fills service, operation, region and input; false: refused. */
static bool prepare(struct wire_call *call, const struct http_request *http, struct asked *asked)
{
    struct str version = STR_NONE;
    struct str operation = asked->operation;
    bool is_signed = read_scope(http, &call->region, &asked->service);
    if (call->protocol != WIRE_QUERY) {
        call->service = service_of_target(asked->target);
        if (!is_known(call, operation))
            return false;
    }
    if (!read_body(call, http->has_body ? http->body : STR_NONE, &asked->in))
        return false;
    call->in = asked->in;
    if (!is_signed) {
        wire_refuse(call,
                    call->protocol == WIRE_QUERY ? "MissingAuthenticationToken"
                                                 : "MissingAuthenticationTokenException",
                    "the request is not signed with AWS Signature Version 4");
        call->refusal.http_status = 403;
        return false;
    }
    if (call->protocol != WIRE_QUERY)
        return true;
    if (!wire_get_str(call, call->in, "Action", &operation) ||
        !wire_get_str(call, call->in, "Version", &version))
        return false;
    call->service = service_of_form(asked->service, version);
    return is_known(call, operation);
}

/* ---- What it gets ---- */

static void write_error(struct wire_call *call, const struct wire_response *response, struct str id)
{
    struct buf *body = call->out.body;
    const struct sim_refusal *refusal = &call->refusal;
    buf_clear(body);
    body->overflowed = false;
    if (call->protocol == WIRE_QUERY) {
        const char *xmlns = call->service != NULL ? call->service->xmlns : "";
        buf_addf(body, "<ErrorResponse xmlns=\"%s\"><Error><Type>%s</Type><Code>%s</Code><Message>",
                 xmlns, response->status < 500 ? "Sender" : "Receiver", refusal->code);
        wire_escape(body, str_from(refusal->message));
        buf_addf(body, "</Message></Error><RequestId>%.*s</RequestId></ErrorResponse>",
                 STR_ARG(id));
        return;
    }
    wire_out_init(&call->out, body, call->out.format);
    wire_object(&call->out, NULL);
    wire_text(&call->out, "__type", refusal->code);
    wire_text(&call->out, "message", refusal->message);
    wire_object_end(&call->out);
}

static bool write_answer(struct wire_call *call, struct str id)
{
    struct buf *body = call->out.body;
    bool is_query = call->protocol == WIRE_QUERY;
    bool has_result = is_query && !call->operation->has_no_result;
    const char *name = call->operation->name;
    if (is_query)
        buf_addf(body, "<%sResponse xmlns=\"%s\">", name, call->service->xmlns);
    if (has_result)
        buf_addf(body, "<%sResult>", name);
    wire_object(&call->out, NULL);
    if (!call->operation->answer(call))
        return false;
    wire_object_end(&call->out);
    if (has_result)
        buf_addf(body, "</%sResult>", name);
    if (is_query)
        buf_addf(body,
                 "<ResponseMetadata><RequestId>%.*s</RequestId></ResponseMetadata></%sResponse>",
                 STR_ARG(id), name);
    if (!body->overflowed)
        return true;
    call->refusal = (struct sim_refusal){.code = "InternalFailure", .http_status = 500};
    return false;
}

static void answer_call(struct wire_call *call, const struct http_request *http,
                        struct asked *asked, struct wire_response *response)
{
    struct str id = wire_uuid(
        &response->arena,
        arena_printf(&response->arena, "request/%llu", (unsigned long long)call->number), true);
    bool is_fine = prepare(call, http, asked) && write_answer(call, id);
    response->status = is_fine ? 200 : call->refusal.http_status;
    if (!is_fine)
        write_error(call, response, id);
    static const char *const types[] = {[WIRE_AWS_JSON] = "application/x-amz-json-1.1",
                                        [WIRE_QUERY] = "text/xml",
                                        [WIRE_RPC_CBOR] = "application/cbor"};
    struct str type = str_from(types[call->protocol]);
    struct str asked_type = header_of(http, STR("Content-Type"));
    if (call->protocol == WIRE_AWS_JSON && str_eq(asked_type, STR("application/x-amz-json-1.0")))
        type = STR("application/x-amz-json-1.0");
    add_header(response, STR("Content-Type"), type);
    add_header(response, STR("x-amzn-RequestId"), id);
    if (call->protocol == WIRE_RPC_CBOR)
        add_header(response, STR("smithy-protocol"), STR("rpc-v2-cbor"));
    /* CloudWatch's codes are the Query protocol's, whatever is spoken. */
    if (!is_fine && call->protocol != WIRE_QUERY && call->service != NULL &&
        call->service->version != NULL)
        add_header(response, STR("x-amzn-query-error"),
                   arena_printf(&response->arena, "%s;%s", call->refusal.code,
                                response->status < 500 ? "Sender" : "Receiver"));
}

void wire_answer(struct sim_world *world, const struct wire_request *request,
                 struct wire_response *response)
{
    const struct http_request *http = request->http;
    struct arena arena = ARENA_INIT;
    struct asked asked = {.in = NULL};
    struct wire_call call = {.world = world,
                             .arena = &arena,
                             .protocol = WIRE_QUERY,
                             .shift_ms = request->shift_ms,
                             .number = request->number};
    enum wire_format format = WIRE_XML;
    struct str target = header_of(http, STR("X-Amz-Target"));
    *response = (struct wire_response){.body = BUF_INIT(ANSWER_BYTES_MAX)};
    if (!str_eq(http->method, STR("POST"))) {
        wire_document_answer(world, request, response);
        return;
    }
    if (wire_is_advance(http)) {
        wire_advance_answer(world, request, response);
        return;
    }
    if (target.len > 0) {
        size_t dot = str_find_last(target, '.');
        call.protocol = WIRE_AWS_JSON;
        format = WIRE_JSON;
        asked.target = str_slice(target, 0, dot);
        asked.operation = str_slice(target, dot + 1, target.len);
    } else if (read_rpc_path(wire_url_path(http->url), &asked.target, &asked.operation)) {
        call.protocol = WIRE_RPC_CBOR;
        format = WIRE_CBOR;
    }
    wire_out_init(&call.out, &response->body, format);
    call.out.shift_ms = request->shift_ms;
    answer_call(&call, http, &asked, response);
    json_decref(asked.in);
    arena_release(&arena);
}

void wire_response_release(struct wire_response *response)
{
    buf_release(&response->body);
    arena_release(&response->arena);
}
