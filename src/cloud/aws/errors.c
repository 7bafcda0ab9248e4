#include "cloud/aws/errors.h"

#include "base/arena.h"
#include "base/json.h"
#include "cloud/aws/xml.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

/* The codes that services give, where the HTTP status alone does not say it all. */
static const struct known_error {
    const char *aws_code;
    enum error_code code;
    enum aws_retry_kind retry;
    bool is_refusal; /* surely nothing was done, whatever the status */
} known_errors[] = {
    {"Throttling", E_THROTTLED, AWS_RETRY_THROTTLED, true},
    {"ThrottlingException", E_THROTTLED, AWS_RETRY_THROTTLED, true},
    {"ThrottledException", E_THROTTLED, AWS_RETRY_THROTTLED, true},
    {"RequestThrottled", E_THROTTLED, AWS_RETRY_THROTTLED, true},
    {"RequestThrottledException", E_THROTTLED, AWS_RETRY_THROTTLED, true},
    {"TooManyRequestsException", E_THROTTLED, AWS_RETRY_THROTTLED, true},
    {"ProvisionedThroughputExceededException", E_THROTTLED, AWS_RETRY_THROTTLED, true},
    {"RequestLimitExceeded", E_THROTTLED, AWS_RETRY_THROTTLED, true},
    {"BandwidthLimitExceeded", E_THROTTLED, AWS_RETRY_THROTTLED, true},
    {"SlowDown", E_THROTTLED, AWS_RETRY_THROTTLED, true},
    {"EC2ThrottledException", E_THROTTLED, AWS_RETRY_THROTTLED, true},

    {"RequestTimeout", E_SERVER, AWS_RETRY_TRANSIENT, false},
    {"RequestTimeoutException", E_SERVER, AWS_RETRY_TRANSIENT, false},
    {"PriorRequestNotComplete", E_SERVER, AWS_RETRY_TRANSIENT, true},
    {"IDPCommunicationError", E_SERVER, AWS_RETRY_TRANSIENT, true},
    /* Auto Scaling: another change of the same group is on its way; HTTP 500. */
    {"ResourceContention", E_SERVER, AWS_RETRY_TRANSIENT, true},

    {"ExpiredToken", E_EXPIRED, AWS_RETRY_CREDENTIALS, true},
    {"ExpiredTokenException", E_EXPIRED, AWS_RETRY_CREDENTIALS, true},
    {"RequestExpired", E_EXPIRED, AWS_RETRY_CREDENTIALS, true},

    {"UnrecognizedClientException", E_CREDENTIALS, AWS_RETRY_NEVER, true},
    {"InvalidClientTokenId", E_CREDENTIALS, AWS_RETRY_NEVER, true},
    {"InvalidAccessKeyId", E_CREDENTIALS, AWS_RETRY_NEVER, true},
    {"AuthFailure", E_CREDENTIALS, AWS_RETRY_NEVER, true},
    {"MissingAuthenticationToken", E_CREDENTIALS, AWS_RETRY_NEVER, true},
    {"MissingAuthenticationTokenException", E_CREDENTIALS, AWS_RETRY_NEVER, true},
    {"SignatureDoesNotMatch", E_CREDENTIALS, AWS_RETRY_NEVER, true},
    {"InvalidSignatureException", E_CREDENTIALS, AWS_RETRY_NEVER, true},
    {"IncompleteSignature", E_CREDENTIALS, AWS_RETRY_NEVER, true},
    {"IncompleteSignatureException", E_CREDENTIALS, AWS_RETRY_NEVER, true},
    {"RequestTimeTooSkewed", E_CREDENTIALS, AWS_RETRY_NEVER, true},

    {"AccessDenied", E_DENIED, AWS_RETRY_NEVER, true},
    {"AccessDeniedException", E_DENIED, AWS_RETRY_NEVER, true},
    {"UnauthorizedOperation", E_DENIED, AWS_RETRY_NEVER, true},
    {"UnauthorizedException", E_DENIED, AWS_RETRY_NEVER, true},
    {"AuthorizationError", E_DENIED, AWS_RETRY_NEVER, true},
    {"AuthorizationErrorException", E_DENIED, AWS_RETRY_NEVER, true},
    {"NotAuthorized", E_DENIED, AWS_RETRY_NEVER, true},
    {"OptInRequired", E_DENIED, AWS_RETRY_NEVER, true},

    {"ClusterNotFoundException", E_MISSING, AWS_RETRY_NEVER, true},
    {"ServiceNotFoundException", E_MISSING, AWS_RETRY_NEVER, true},
    {"ResourceNotFoundException", E_MISSING, AWS_RETRY_NEVER, true},
    {"NoSuchEntity", E_MISSING, AWS_RETRY_NEVER, true},
};

/* What an answer says of itself; texts live in an arena or in the response. */
struct said {
    struct str code;
    struct str message;
    struct str request_id;
    bool is_aws; /* has a shape that AWS's errors have */
};

static struct str cut_code(struct str code)
{
    code = str_slice(code, 0, str_find(code, ':'));
    size_t hash = str_find(code, '#');
    return str_trim(hash < code.len ? str_slice(code, hash + 1, code.len) : code);
}

static bool first_str(const json_t *json, const char *const *keys, struct str *out)
{
    for (size_t i = 0; keys[i] != NULL; i++) {
        if (json_get_str(json, keys[i], out))
            return true;
    }
    return false;
}

static void read_json(struct arena *arena, struct str body, struct said *said)
{
    static const char *const codes[] = {"__type", "code", "Code", NULL};
    static const char *const messages[] = {"message", "Message", "errorMessage", NULL};
    json_t *json CLEANUP(json_release) = NULL;
    struct str text = STR_NONE;
    if (json_parse(body, &json, NULL) != E_OK || !json_is_object(json))
        return;
    if (first_str(json, codes, &text))
        said->code = arena_str(arena, cut_code(text));
    if (first_str(json, messages, &text))
        said->message = arena_str(arena, text);
    said->is_aws = said->code.len > 0 || said->message.len > 0;
}

/* <ErrorResponse><Error> (Query), <Response><Errors><Error> (EC2), <Error> (S3 and some emulators).
 */
static void read_xml(struct arena *arena, struct str body, struct said *said)
{
    struct xml_node *root = NULL;
    if (xml_parse(arena, body, &root, NULL) != E_OK)
        return;
    const struct xml_node *error = xml_child(root, "Error");
    if (error == NULL)
        error = xml_child(xml_child(root, "Errors"), "Error");
    if (error == NULL && str_eq(root->name, STR("Error")))
        error = root;
    said->code = cut_code(xml_text(error, "Code"));
    said->message = xml_text(error, "Message");
    said->request_id = xml_text(root, "RequestId");
    if (said->request_id.len == 0)
        said->request_id = xml_text(root, "RequestID");
    said->is_aws = said->code.len > 0;
}

/* The body is read by what it looks like and not by the operation's protocol: gateways and
 * emulators answer a JSON call in XML, too. Headers win over the body. */
static struct said read_answer(struct arena *arena, const struct http_response *response)
{
    static const char *const code_headers[] = {"x-amzn-query-error", "x-amzn-errortype"};
    static const char *const id_headers[] = {"x-amzn-requestid", "x-amz-request-id"};
    struct said said = {.is_aws = false};
    struct str body = str_trim(response->body);
    if (str_starts(body, STR("{")))
        read_json(arena, body, &said);
    else if (str_starts(body, STR("<")))
        read_xml(arena, body, &said);
    for (size_t i = 0; i < ARRAY_LEN(code_headers); i++) {
        struct str code = http_response_header(response, str_from(code_headers[i]));
        code = cut_code(str_slice(code, 0, str_find(code, ';')));
        if (code.len == 0)
            continue;
        said.code = code;
        said.is_aws = true;
        break;
    }
    for (size_t i = 0; i < ARRAY_LEN(id_headers) && said.request_id.len == 0; i++)
        said.request_id = http_response_header(response, str_from(id_headers[i]));
    return said;
}

/* One line of at most `size` - 1 printable bytes, tags left out: outside text for a message. */
static void add_plain(char *out, size_t size, struct str text, bool is_markup)
{
    size_t len = 0;
    bool in_tag = false;
    bool gap = false;
    for (size_t i = 0; i < text.len && len + 2 < size; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        in_tag = is_markup && (in_tag || c == '<');
        if (in_tag || c <= 0x20 || c == 0x7F) {
            gap = len > 0;
            in_tag = in_tag && c != '>';
            continue;
        }
        if (gap)
            out[len++] = ' ';
        gap = false;
        out[len++] = text.ptr[i];
    }
    while (len > 0 && ((unsigned char)out[len - 1] & 0x80) != 0 &&
           !str_is_utf8((struct str){.ptr = out, .len = len}, NULL))
        len--; /* not in the middle of a character */
    out[len] = '\0';
}

static const struct known_error *find_known(struct str code)
{
    /* EC2 also writes "Client.UnauthorizedOperation". */
    if (str_starts(code, STR("Client.")))
        code = str_slice(code, 7, code.len);
    for (size_t i = 0; i < ARRAY_LEN(known_errors); i++) {
        if (str_eq(code, str_from(known_errors[i].aws_code)))
            return &known_errors[i];
    }
    return NULL;
}

static struct aws_verdict judge_status(int status, bool is_aws, bool has_body)
{
    if (status == 429)
        return (struct aws_verdict){E_THROTTLED, AWS_RETRY_THROTTLED, false};
    if (status == 500 || status == 502 || status == 503 || status == 504)
        return (struct aws_verdict){E_SERVER, AWS_RETRY_TRANSIENT, true};
    if (status >= 500)
        return (struct aws_verdict){E_SERVER, AWS_RETRY_NEVER, true};
    if ((status == 401 || status == 403) && (is_aws || !has_body))
        return (struct aws_verdict){E_DENIED, AWS_RETRY_NEVER, false};
    if (status >= 400)
        return (struct aws_verdict){E_CLIENT, AWS_RETRY_NEVER, false};
    return (struct aws_verdict){E_PROTOCOL, AWS_RETRY_NEVER, true};
}

bool aws_http_date(struct str text, int64_t *wall_ms)
{
    char copy[64];
    struct tm parts = {0};
    snprintf(copy, sizeof(copy), "%.*s", STR_ARG(text));
    const char *end = strptime(copy, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == NULL || *end != '\0' || text.len >= sizeof(copy))
        return false;
    *wall_ms = (int64_t)timegm(&parts) * 1000;
    return true;
}

/* AWS takes signatures up to five minutes off; a minute of that is left to slow networks. */
enum { SKEW_MS = 4 * 60 * 1000 };

/* "this machine's clock is 12 minutes behind AWS's: set it right; " or nothing. */
static void explain_skew(char *out, size_t size, const struct http_response *response,
                         int64_t wall_ms)
{
    int64_t theirs_ms = 0;
    out[0] = '\0';
    if (!aws_http_date(http_response_header(response, STR("date")), &theirs_ms))
        return;
    int64_t ahead_ms = wall_ms - theirs_ms;
    if (llabs(ahead_ms) < SKEW_MS)
        return;
    snprintf(out, size, "this machine's clock is %lld minutes %s AWS's, set it right: ",
             llabs(ahead_ms) / 60000, ahead_ms > 0 ? "ahead of" : "behind");
}

/* "… is not authorized to perform: iam:PassRole on resource …": what AWS itself says is missing may
 * be another permission than the operation's own. */
static struct str named_action(struct str message)
{
    static const struct str words = {.ptr = "not authorized to perform: ", .len = 27};
    size_t start = str_find_str(message, words) + words.len;
    size_t end = start;
    while (end < message.len && (isalnum((unsigned char)message.ptr[end]) ||
                                 message.ptr[end] == ':' || message.ptr[end] == '-'))
        end++;
    struct str action = str_slice(message, start, end);
    return str_find(action, ':') < action.len ? action : STR_NONE;
}

static void set_refused(struct error *err, const struct aws_asked *asked, const char *message)
{
    struct str action = named_action(str_from(message));
    struct str permission = action.len > 0 ? action : str_from(asked->permission);
    bool names = permission.len > 0;
    bool says = message[0] != '\0';
    error_set(err, E_DENIED, "access denied%s%.*s%s%s%s%s", names ? "; add the permission '" : "",
              STR_ARG(permission), names ? "' to the identity in use" : "", says ? " (" : "",
              message, says ? ")" : "");
}

static void set_strange(struct error *err, enum error_code code,
                        const struct http_response *response)
{
    char text[160];
    struct str type = http_response_header(response, STR("content-type"));
    char type_text[60];
    add_plain(type_text, sizeof(type_text), type, false);
    add_plain(text, sizeof(text), str_slice(response->body, 0, 4096), true);
    const char *shown = type_text[0] != '\0' ? type_text : "of no type";
    if (response->body.len == 0)
        error_set(err, code, "HTTP %d with an empty answer", response->status);
    else
        error_set(err, code, "HTTP %d with an answer that is none of AWS (%s): '%s'",
                  response->status, shown, text);
}

static void set_message(struct error *err, enum error_code code, const struct said *said,
                        const struct http_response *response, const struct aws_asked *asked)
{
    char message[sizeof(err->message)];
    char skew[120];
    add_plain(message, sizeof(message) - 100, said->message, false);
    explain_skew(skew, sizeof(skew), response, asked->wall_ms);
    if (code == E_DENIED)
        set_refused(err, asked, message);
    else if (code == E_CREDENTIALS || (code == E_EXPIRED && skew[0] != '\0'))
        error_set(err, code, "%sAWS does not accept the credentials (%s)", skew, message);
    else if (code == E_EXPIRED)
        error_set(err, code, "the credentials have expired (%s)", message);
    else if (!said->is_aws)
        set_strange(err, code, response);
    else if (message[0] != '\0')
        error_set(err, code, "%s", message);
    else
        error_set(err, code, "%.*s (HTTP %d)", STR_ARG(str_slice(said->code, 0, 79)),
                  response->status);
}

static void set_place(struct error *err, const struct aws_asked *asked)
{
    error_where(err, "%s %s", asked->service, asked->operation);
}

static struct aws_verdict judge_said(const struct said *said, const struct http_response *response,
                                     const struct aws_asked *asked, struct error *err)
{
    bool has_body = str_trim(response->body).len > 0;
    struct aws_verdict verdict = judge_status(response->status, said->is_aws, has_body);
    const struct known_error *known = find_known(said->code);
    if (known != NULL) {
        verdict.code = known->code;
        verdict.retry = known->retry;
        verdict.may_have_arrived = !known->is_refusal;
    }
    set_message(err, verdict.code, said, response, asked);
    add_plain(err->aws_code, sizeof(err->aws_code), said->code, false);
    add_plain(err->request_id, sizeof(err->request_id), said->request_id, false);
    err->http_status = response->status;
    set_place(err, asked);
    return verdict;
}

struct aws_verdict aws_error_judge(const struct http_response *response,
                                   const struct aws_asked *asked, struct error *err)
{
    if (response->code != E_OK) {
        *err = response->err;
        err->code = response->code;
        set_place(err, asked);
        bool is_transient = response->code == E_NETWORK || response->code == E_TIMEOUT;
        return (struct aws_verdict){response->code,
                                    is_transient ? AWS_RETRY_TRANSIENT : AWS_RETRY_NEVER,
                                    response->may_have_arrived};
    }
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct said said = read_answer(&arena, response);
    return judge_said(&said, response, asked, err);
}

struct aws_verdict aws_error_malformed(const struct http_response *response,
                                       const struct aws_asked *asked, const struct error *problem,
                                       struct error *err)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct said said = read_answer(&arena, response);
    if (said.code.len > 0)
        return judge_said(&said, response, asked, err);
    error_set(err, E_PROTOCOL, "the answer makes no sense: %s", problem->message);
    add_plain(err->request_id, sizeof(err->request_id), said.request_id, false);
    err->http_status = response->status;
    set_place(err, asked);
    return (struct aws_verdict){E_PROTOCOL, AWS_RETRY_MALFORMED, true};
}
