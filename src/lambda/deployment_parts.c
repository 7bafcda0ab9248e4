#include "lambda/deployment_parts.h"

#include "lambda/operations.h"

#include "base/banned.h"

enum { WAIT_MAX_MS = 180 * 1000, WAIT_MS = 1000 };

void function_write_settings(const struct deployment_wanted *wanted, struct json_writer *w)
{
    jsonw_key(w, "Role"), jsonw_str(w, wanted->names.role_arn);
    jsonw_key(w, "Runtime"), jsonw_cstr(w, DEPLOYMENT_RUNTIME);
    jsonw_key(w, "Handler"), jsonw_cstr(w, DEPLOYMENT_HANDLER);
    jsonw_key(w, "Description"), jsonw_cstr(w, DEPLOYMENT_DESCRIPTION);
    jsonw_key(w, "MemorySize"), jsonw_int(w, wanted->memory_mb);
    jsonw_key(w, "Timeout"), jsonw_int(w, wanted->timeout_s);
    jsonw_key(w, "Environment");
    jsonw_object_begin(w);
    jsonw_key(w, "Variables"), variables_write(wanted->variables, w);
    jsonw_object_end(w);
    jsonw_key(w, "LoggingConfig");
    jsonw_object_begin(w);
    jsonw_key(w, "LogFormat"), jsonw_cstr(w, "JSON");
    jsonw_key(w, "ApplicationLogLevel"), jsonw_cstr(w, variables_log_level(wanted->variables));
    jsonw_key(w, "LogGroup"), jsonw_str(w, wanted->names.log_group);
    jsonw_object_end(w);
}

void tag_write_map(const struct deployment_names *names, struct json_writer *w)
{
    jsonw_object_begin(w);
    jsonw_key(w, DEPLOYMENT_TAG), jsonw_str(w, names->name);
    jsonw_object_end(w);
}

void tag_write_list(const struct deployment_names *names, struct json_writer *w)
{
    jsonw_array_begin(w);
    jsonw_object_begin(w);
    jsonw_key(w, "Key"), jsonw_cstr(w, DEPLOYMENT_TAG);
    jsonw_key(w, "Value"), jsonw_str(w, names->name);
    jsonw_object_end(w);
    jsonw_array_end(w);
}

enum error_code ask_json(struct aws_talk *talk, const struct aws_operation *operation,
                         const struct buf *body, struct aws_reply *reply, struct error *err)
{
    const struct aws_call call = {.operation = operation, .body = buf_str(body)};
    return aws_talk_ask(talk, &call, reply, err);
}

enum error_code ask_function(struct aws_talk *talk, const struct aws_operation *operation,
                             struct str function, const struct buf *body, struct error *err)
{
    struct aws_reply reply;
    const struct aws_call call = {.operation = operation,
                                  .body = body != NULL ? buf_str(body) : STR_NONE,
                                  .path = {function}};
    if (body != NULL && body->overflowed)
        return error_set(err, E_LIMIT, "the request is over %zu bytes, more than Lambda takes",
                         body->max);
    return aws_talk_ask(talk, &call, &reply, err);
}

enum error_code function_wait(struct aws_talk *talk, const struct deployment_names *names,
                              struct error *err)
{
    for (int64_t waited_ms = 0;; waited_ms += WAIT_MS) {
        struct aws_reply reply;
        struct str state = STR_NONE;
        struct str update = STR_NONE;
        struct str reason = STR("no reason given");
        const struct aws_call call = {.operation = &lambda_get_function, .path = {names->name}};
        enum error_code code = aws_talk_ask(talk, &call, &reply, err);
        if (code != E_OK)
            return code;
        const json_t *configuration = json_get_object(reply.json, "Configuration");
        json_get_str(configuration, "State", &state);
        json_get_str(configuration, "LastUpdateStatus", &update);
        bool is_pending = str_eq(state, STR("Pending"));
        bool is_changing = str_eq(update, STR("InProgress"));
        if (str_eq(state, STR("Failed"))) {
            json_get_str(configuration, "StateReason", &reason);
            return error_set(err, E_SERVER, "Lambda could not make the function ready (%.*s)",
                             STR_ARG(str_slice(reason, 0, 300)));
        }
        if (!is_pending && !is_changing)
            return E_OK;
        if (waited_ms >= WAIT_MAX_MS)
            return error_set(err, E_TIMEOUT, "the function is still %s after %d s; run it again",
                             is_pending ? "being made" : "being changed", WAIT_MAX_MS / 1000);
        aws_talk_wait(talk, WAIT_MS);
    }
}

enum error_code events_check_entries(const struct aws_reply *reply,
                                     const struct aws_operation *operation, struct error *err)
{
    int64_t failed = 0;
    struct str why = STR("no reason given");
    json_get_int(reply->json, "FailedEntryCount", &failed);
    if (failed == 0)
        return E_OK;
    const json_t *entry = json_array_get(json_get_array(reply->json, "FailedEntries"), 0);
    json_get_str(entry, "ErrorMessage", &why);
    error_set(err, E_CLIENT, "EventBridge refuses the target (%.*s)",
              STR_ARG(str_slice(why, 0, 300)));
    error_where(err, "%s %s", operation->service->name, operation->name);
    return E_CLIENT;
}
