/* An AWS account in small for tests of the cloud: a transport that works out the answer to what is
 * sent and lets the replay transport give it, with its virtual clock. One operation can be broken,
 * in the ways of account_faults. Cluster "shop", in which every service that is asked for exists
 * (but those named "gone…"), and so every group (but those named "gone…"; "bad…" is refused). */
#ifndef TESTS_UNIT_FAKE_ACCOUNT_H
#define TESTS_UNIT_FAKE_ACCOUNT_H

#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "http/replay.h"

#define ACCOUNT_ARN "arn:aws:ecs:eu-west-1:123456789012:"

enum { ACCOUNT_TEXT_MAX = 64 * 1024 * 1024, ACCOUNT_HUGE = 50 * 1024 * 1024 };

#define ACCOUNT_FAULTS(X)                                                                          \
    X(NONE, "none")                                                                                \
    X(TIMEOUT, "timeout")                                                                          \
    X(RESET, "reset")                                                                              \
    X(REFUSED, "refused")                                                                          \
    X(500, "500")                                                                                  \
    X(503, "503")                                                                                  \
    X(503_ONCE, "503-once")                                                                        \
    X(THROTTLED, "throttled")                                                                      \
    X(THROTTLED_ONCE, "throttled-once")                                                            \
    X(DENIED, "denied")                                                                            \
    X(MALFORMED, "malformed")                                                                      \
    X(MALFORMED_ONCE, "malformed-once")                                                            \
    X(TRUNCATED, "truncated")                                                                      \
    X(HTML, "html")                                                                                \
    X(WRONG_TYPES, "wrong-types")                                                                  \
    X(HUGE, "huge")                                                                                \
    X(EMPTY_PAGE, "empty-page")                                                                    \
    X(TOKEN_LOOP, "token-loop")

enum account_fault {
#define ACCOUNT_FAULT_ENUM(name, text) FAULT_##name,
    ACCOUNT_FAULTS(ACCOUNT_FAULT_ENUM)
#undef ACCOUNT_FAULT_ENUM
};

struct fake_account {
    struct transport base; /* first */
    struct transport *replay;
    struct arena arena;
    int instances;
    int daemons;
    size_t page;        /* items of a page at most */
    size_t overlap;     /* items of a page that were on the one before */
    const char *broken; /* operation, or "http" */
    enum account_fault fault;
    int broken_calls;
};

/* Value of a form's parameter, percent-decoded. */
static inline struct str account_form(struct fake_account *account, struct str body,
                                      const char *name)
{
    struct str part = STR_NONE;
    while (str_split(&body, '&', &part)) {
        struct str value = part;
        struct str key = STR_NONE;
        if (!str_split(&value, '=', &key) || !str_eq(key, str_from(name)))
            continue;
        char *text = arena_alloc(&account->arena, value.len + 1, 1);
        size_t len = 0;
        for (size_t i = 0; i < value.len; i++) {
            unsigned byte = 0;
            if (value.ptr[i] == '%' && sscanf(value.ptr + i + 1, "%2x", &byte) == 1) {
                text[len++] = (char)byte;
                i += 2;
            } else {
                text[len++] = value.ptr[i];
            }
        }
        return (struct str){.ptr = text, .len = len};
    }
    return STR_NONE;
}

static inline struct str account_name_at(const json_t *request, const char *key, size_t index)
{
    struct str text =
        str_from(json_string_value(json_array_get(json_object_get(request, key), index)));
    size_t slash = str_find_last(text, '/');
    return slash < text.len ? str_slice(text, slash + 1, text.len) : text;
}

static inline size_t account_offset(const json_t *request)
{
    struct str token = STR_NONE;
    int64_t offset = 0;
    json_get_str(request, "nextToken", &token);
    return str_to_int64(token, &offset) ? (size_t)offset : 0;
}

/* One page of "<prefix>0000", "<prefix>0001", … */
static inline void account_list(struct fake_account *account, const json_t *request,
                                const char *member, const char *prefix, size_t count,
                                struct buf *out)
{
    size_t from = account_offset(request);
    size_t to = from + account->page < count ? from + account->page : count;
    from -= from > account->overlap ? account->overlap : 0;
    buf_addf(out, "{\"%s\": [", member);
    for (size_t i = from; i < to; i++)
        buf_addf(out, "%s\"" ACCOUNT_ARN "%s%04zu\"", i > from ? ", " : "", prefix, i);
    buf_add(out, STR("]"));
    if (to < count)
        buf_addf(out, ", \"nextToken\": \"%zu\"", to);
    buf_add(out, STR("}"));
}

static inline void account_service(struct str name, struct buf *out)
{
    buf_addf(out,
             "{\"serviceArn\": \"" ACCOUNT_ARN "service/shop/%.*s\", \"serviceName\": \"%.*s\", "
             "\"status\": \"ACTIVE\", \"schedulingStrategy\": \"%s\", \"launchType\": \"EC2\", "
             "\"desiredCount\": 3, \"runningCount\": 2, \"pendingCount\": 1, "
             "\"taskDefinition\": \"" ACCOUNT_ARN "task-definition/%.*s:7\"}",
             STR_ARG(name), STR_ARG(name), str_starts(name, STR("daemon")) ? "DAEMON" : "REPLICA",
             STR_ARG(name));
}

static inline void account_instance(struct str name, struct buf *out)
{
    buf_addf(out,
             "{\"containerInstanceArn\": \"" ACCOUNT_ARN "container-instance/shop/%.*s\", "
             "\"ec2InstanceId\": \"i-%.*s\", \"status\": \"ACTIVE\", \"agentConnected\": true, "
             "\"registeredResources\": [{\"name\": \"CPU\", \"integerValue\": 4096}, "
             "{\"name\": \"MEMORY\", \"integerValue\": 7482}], "
             "\"remainingResources\": [{\"name\": \"CPU\", \"integerValue\": 1024}, "
             "{\"name\": \"MEMORY\", \"integerValue\": 512}], "
             "\"runningTasksCount\": 5, \"pendingTasksCount\": 0}",
             STR_ARG(name), STR_ARG(name));
}

static inline void account_task(struct str name, struct buf *out)
{
    buf_addf(out,
             "{\"taskArn\": \"" ACCOUNT_ARN "task/shop/%.*s\", \"lastStatus\": \"%s\", "
             "\"containerInstanceArn\": \"" ACCOUNT_ARN "container-instance/shop/0001\"}",
             STR_ARG(name), str_starts(name, STR("stopped000")) ? "STOPPED" : "RUNNING");
}

static inline void account_provider(struct str name, struct buf *out)
{
    buf_addf(out,
             "{\"name\": \"%.*s\", \"autoScalingGroupProvider\": "
             "{\"managedScaling\": {\"status\": \"ENABLED\"}}, \"tags\": []}",
             STR_ARG(name));
}

/* {"<list>": […], "failures": […]} of what the request names. */
static inline void account_describe(const json_t *request, const char *list, const char *noun,
                                    void (*write)(struct str name, struct buf *out),
                                    struct buf *out)
{
    size_t count = json_array_size(json_object_get(request, list));
    bool by_ten = strcmp(list, "services") == 0 || strcmp(list, "capacityProviders") == 0;
    const char *comma = "";
    if (count == 0 || count > (by_ten ? 10 : 100))
        fail_msg("%zu %s in one call", count, list);
    buf_addf(out, "{\"%s\": [", list);
    for (size_t i = 0; i < count; i++) {
        struct str name = account_name_at(request, list, i);
        if (str_starts(name, STR("gone")))
            continue;
        buf_add(out, str_from(comma));
        write(name, out);
        comma = ", ";
    }
    buf_add(out, STR("], \"failures\": ["));
    comma = "";
    for (size_t i = 0; i < count; i++) {
        struct str name = account_name_at(request, list, i);
        if (!str_starts(name, STR("gone")))
            continue;
        buf_addf(out, "%s{\"arn\": \"" ACCOUNT_ARN "%s/%.*s\", \"reason\": \"MISSING\"}", comma,
                 noun, STR_ARG(name));
        comma = ", ";
    }
    buf_add(out, STR("]}"));
}

static inline void account_ecs(struct fake_account *account, struct str operation, struct str body,
                               struct buf *out)
{
    json_t *request CLEANUP(json_release) = NULL;
    struct error err = ERROR_INIT;
    struct str desired = STR_NONE;
    int64_t count = 0;
    if (json_parse(body, &request, &err) != E_OK)
        fail_msg("%s in a request: %.*s", err.message, STR_ARG(body));
    json_get_str(request, "desiredStatus", &desired);
    json_get_int(request, "desiredCount", &count);
    const char *tasks = str_eq(desired, STR("STOPPED")) ? "task/shop/stopped" : "task/shop/";
    if (str_eq(operation, STR("DescribeServices")))
        account_describe(request, "services", "service", account_service, out);
    else if (str_eq(operation, STR("DescribeContainerInstances")))
        account_describe(request, "containerInstances", "container-instance", account_instance,
                         out);
    else if (str_eq(operation, STR("DescribeTasks")))
        account_describe(request, "tasks", "task", account_task, out);
    else if (str_eq(operation, STR("DescribeCapacityProviders")))
        account_describe(request, "capacityProviders", "capacity-provider", account_provider, out);
    else if (str_eq(operation, STR("ListContainerInstances")))
        account_list(account, request, "containerInstanceArns", "container-instance/shop/",
                     (size_t)account->instances, out);
    else if (str_eq(operation, STR("ListServices")))
        account_list(account, request, "serviceArns", "service/shop/daemon",
                     (size_t)account->daemons, out);
    else if (str_eq(operation, STR("ListTasks")))
        account_list(account, request, "taskArns", tasks, 12, out);
    else if (str_eq(operation, STR("DescribeTaskDefinition")))
        buf_add(out, STR("{\"taskDefinition\": {\"containerDefinitions\": "
                         "[{\"cpu\": 256, \"memory\": 512}]}}"));
    else if (str_eq(operation, STR("UpdateService")))
        buf_addf(out, "{\"service\": {\"desiredCount\": %d}}", (int)count);
    else if (str_eq(operation, STR("UpdateContainerInstancesState")))
        buf_add(out, STR("{\"containerInstances\": [{\"containerInstanceArn\": \"x/0001\", "
                         "\"status\": \"DRAINING\"}], \"failures\": []}"));
    else
        fail_msg("no such operation: %.*s", STR_ARG(operation));
}

static inline size_t account_form_offset(struct fake_account *account, struct str body)
{
    int64_t offset = 0;
    return str_to_int64(account_form(account, body, "NextToken"), &offset) ? (size_t)offset : 0;
}

/* False: the call is refused, for a group named "bad…". */
static inline bool account_groups(struct fake_account *account, struct str body, struct buf *out)
{
    size_t from = account_form_offset(account, body);
    char key[64];
    buf_add(out, STR("<AutoScalingGroups>"));
    for (size_t i = 0;; i++) {
        snprintf(key, sizeof(key), "AutoScalingGroupNames.member.%zu", i + 1);
        struct str name = account_form(account, body, key);
        if (name.len == 0 || i == from + account->page) {
            buf_add(out, STR("</AutoScalingGroups>"));
            if (name.len > 0)
                buf_addf(out, "<NextToken>%zu</NextToken>", i);
            return true;
        }
        if (str_starts(name, STR("bad")))
            return false;
        if (i >= 50)
            fail_msg("more than 50 groups in one call");
        if (i < from || str_starts(name, STR("gone")))
            continue;
        buf_addf(out,
                 "<member><AutoScalingGroupName>%.*s</AutoScalingGroupName><MinSize>1</MinSize>"
                 "<MaxSize>5</MaxSize><DesiredCapacity>3</DesiredCapacity><Instances/></member>",
                 STR_ARG(name));
    }
}

static inline bool account_statistics(struct fake_account *account, struct str body,
                                      struct buf *out)
{
    size_t from = account_form_offset(account, body);
    buf_add(out, STR("<MetricDataResults>"));
    for (size_t i = 0;; i++) {
        char key[64];
        snprintf(key, sizeof(key), "&MetricDataQueries.member.%zu.Id=", i + 1);
        bool is_asked = str_find_str(body, str_from(key)) < body.len;
        if (is_asked && i >= 500)
            fail_msg("more than 500 statistics in one call");
        if (!is_asked || i == from + account->page) {
            buf_add(out, STR("</MetricDataResults>"));
            if (is_asked)
                buf_addf(out, "<NextToken>%zu</NextToken>", i);
            return true;
        }
        if (i >= from)
            buf_addf(out,
                     "<member><Id>m%zu</Id><StatusCode>Complete</StatusCode><Timestamps><member>"
                     "2026-11-24T03:25:00Z</member></Timestamps><Values><member>%zu.5</member>"
                     "</Values></member>",
                     i, i);
    }
}

static inline void account_query(struct fake_account *account, struct str operation,
                                 struct str body, struct buf *out, int *status)
{
    struct buf result CLEANUP(buf_release) = BUF_INIT(ACCOUNT_TEXT_MAX);
    bool is_fine = true;
    if (str_eq(operation, STR("DescribeAutoScalingGroups")))
        is_fine = account_groups(account, body, &result);
    else if (str_eq(operation, STR("GetMetricData")))
        is_fine = account_statistics(account, body, &result);
    if (!is_fine) {
        *status = 400;
        buf_add(out, STR("<ErrorResponse><Error><Code>ValidationError</Code><Message>bad name"
                         "</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"));
        return;
    }
    buf_addf(out, "<%.*sResponse>", STR_ARG(operation));
    if (result.len > 0)
        buf_addf(out, "<%.*sResult>%.*s</%.*sResult>", STR_ARG(operation),
                 STR_ARG(buf_str(&result)), STR_ARG(operation));
    buf_addf(out, "<ResponseMetadata/></%.*sResponse>", STR_ARG(operation));
}

/* Lists become objects, numbers strings; in XML, digits letters. */
static inline struct str account_wrong_types(struct fake_account *account, struct str right)
{
    struct buf out CLEANUP(buf_release) = BUF_INIT(ACCOUNT_TEXT_MAX);
    bool is_json = str_starts(right, STR("{"));
    for (size_t i = 0; i < right.len; i++) {
        char c = right.ptr[i];
        bool is_digit = c >= '0' && c <= '9';
        bool begins = is_digit && i > 0 && right.ptr[i - 1] == ' ';
        if (!is_json)
            buf_add_char(&out, is_digit ? 'x' : c);
        else if (c == '[')
            buf_add(&out, STR("{\"x\": ["));
        else if (c == ']')
            buf_add(&out, STR("]}"));
        else if (begins)
            buf_addf(&out, "\"\", \"y%zu\": %c", i, c);
        else
            buf_add_char(&out, c);
    }
    return arena_str(&account->arena, buf_str(&out));
}

static inline struct str account_error(struct fake_account *account, bool is_json, const char *code)
{
    return arena_printf(&account->arena,
                        is_json ? "{\"__type\": \"%s\", \"message\": \"no\"}"
                                : "<ErrorResponse><Error><Code>%s</Code><Message>no</Message>"
                                  "</Error><RequestId>r-2</RequestId></ErrorResponse>",
                        code);
}

/* An empty page with a token that is always the same. */
static inline struct str account_empty_page(struct fake_account *account, struct str operation,
                                            bool is_json)
{
    if (is_json)
        return STR("{\"containerInstanceArns\": [], \"serviceArns\": [], \"taskArns\": [], "
                   "\"capacityProviders\": [], \"failures\": [], \"nextToken\": \"again\"}");
    return arena_printf(&account->arena,
                        "<%.*sResponse><%.*sResult><AutoScalingGroups/><MetricDataResults/>"
                        "<NextToken>again</NextToken></%.*sResult></%.*sResponse>",
                        STR_ARG(operation), STR_ARG(operation), STR_ARG(operation),
                        STR_ARG(operation));
}

static inline void account_break(struct fake_account *account, struct replay_exchange *e)
{
    bool is_json = str_starts(e->answer, STR("{"));
    bool is_first = account->broken_calls++ == 0;
    switch (account->fault) {
    case FAULT_NONE:
        break;
    case FAULT_TIMEOUT:
        e->code = E_TIMEOUT, e->may_have_arrived = true;
        break;
    case FAULT_RESET:
        e->code = E_NETWORK, e->may_have_arrived = true;
        break;
    case FAULT_REFUSED:
        e->code = E_NETWORK;
        break;
    case FAULT_500:
        e->status = 500, e->answer = STR_NONE;
        break;
    case FAULT_503:
        e->status = 503, e->answer = STR("<html>busy</html>");
        break;
    case FAULT_503_ONCE:
        e->status = is_first ? 503 : 200;
        break;
    case FAULT_THROTTLED:
        e->status = 400, e->answer = account_error(account, is_json, "Throttling");
        break;
    case FAULT_THROTTLED_ONCE:
        if (is_first)
            e->status = 400, e->answer = account_error(account, is_json, "ThrottlingException");
        break;
    case FAULT_DENIED:
        e->status = 403, e->answer = account_error(account, is_json, "AccessDeniedException");
        break;
    case FAULT_MALFORMED:
        e->answer = STR("{\"services\": [}<");
        break;
    case FAULT_MALFORMED_ONCE:
        e->answer = is_first ? STR("<a><b></a>") : e->answer;
        break;
    case FAULT_TRUNCATED:
        e->answer = str_slice(e->answer, 0, e->answer.len / 2);
        break;
    case FAULT_HTML:
        e->answer = STR("<html><body>Sign in to the Wi-Fi</body></html>");
        break;
    case FAULT_WRONG_TYPES:
        e->answer = account_wrong_types(account, e->answer);
        break;
    case FAULT_HUGE: {
        char *spaces = arena_alloc(&account->arena, ACCOUNT_HUGE, 1);
        memset(spaces, ' ', ACCOUNT_HUGE);
        e->answer = (struct str){.ptr = spaces, .len = ACCOUNT_HUGE};
        break;
    }
    case FAULT_EMPTY_PAGE:
        e->answer = is_first ? account_empty_page(account, e->operation, is_json) : e->answer;
        break;
    case FAULT_TOKEN_LOOP:
        e->answer = account_empty_page(account, e->operation, is_json);
        break;
    }
}

static inline void account_send(struct transport *transport, const struct http_request *request,
                                http_done *done, void *context)
{
    struct fake_account *account = (struct fake_account *)(void *)transport;
    struct str operation = http_request_operation(request);
    struct buf out CLEANUP(buf_release) = BUF_INIT(ACCOUNT_TEXT_MAX);
    struct replay_exchange exchange = {
        .operation = operation, .code = E_OK, .status = 200, .latency_ms = 10};
    if (operation.len == 0) {
        operation = STR("http");
        exchange.url = arena_str(&account->arena, request->url);
        buf_add(&out, STR("{\"messages_ready\": 7}"));
    } else if (str_starts(request->body, STR("Action="))) {
        account_query(account, operation, request->body, &out, &exchange.status);
    } else {
        account_ecs(account, operation, request->body, &out);
    }
    exchange.answer = arena_str(&account->arena, buf_str(&out));
    if (account->broken != NULL && str_eq(operation, str_from(account->broken)))
        account_break(account, &exchange);
    replay_add(account->replay, &exchange);
    transport_send(account->replay, request, done, context);
}

static inline void account_after(struct transport *t, int64_t ms, timer_done *done, void *context)
{
    transport_after(((struct fake_account *)(void *)t)->replay, ms, done, context);
}

static inline bool account_step(struct transport *t, int64_t until_ms)
{
    return transport_step(((struct fake_account *)(void *)t)->replay, until_ms);
}

static inline void account_close(struct transport *t)
{
    transport_close(((struct fake_account *)(void *)t)->replay);
}

static inline void account_open(struct transport *t)
{
    transport_open(((struct fake_account *)(void *)t)->replay);
}

static inline int64_t account_now_ms(struct transport *t)
{
    return transport_now_ms(((struct fake_account *)(void *)t)->replay);
}

static inline void account_free(struct transport *t)
{
    struct fake_account *account = (struct fake_account *)(void *)t;
    transport_free(account->replay);
    arena_release(&account->arena);
}

static inline void account_init(struct fake_account *account)
{
    static const struct transport_ops ops = {
        .send = account_send,
        .after = account_after,
        .step = account_step,
        .close = account_close,
        .open = account_open,
        .now_ms = account_now_ms,
        .free = account_free,
    };
    *account = (struct fake_account){.base = {.ops = &ops},
                                     .replay = replay_new(NULL, 0),
                                     .instances = 3,
                                     .daemons = 2,
                                     .page = 100};
}

#endif
