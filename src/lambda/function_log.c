#include "lambda/function_log.h"

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/limits.h"
#include "lambda/operations.h"

#include "base/banned.h"

static void write_query(const struct log_query *query, const struct buf *token, struct buf *body)
{
    struct json_writer w = JSON_WRITER(body, 0);
    jsonw_object_begin(&w);
    jsonw_key(&w, "logGroupName"), jsonw_str(&w, query->group);
    jsonw_key(&w, "startTime"), jsonw_int(&w, query->since_ms > 0 ? query->since_ms : 0);
    jsonw_key(&w, "interleaved"), jsonw_bool(&w, true);
    if (query->pattern.len > 0)
        jsonw_key(&w, "filterPattern"), jsonw_str(&w, query->pattern);
    if (token->len > 0)
        jsonw_key(&w, "nextToken"), jsonw_str(&w, buf_str(token));
    jsonw_object_end(&w);
}

/* False: that was enough. */
static bool deliver(const struct log_query *query, const json_t *answer)
{
    const json_t *events = json_get_array(answer, "events");
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *item = json_array_get(events, i);
        struct log_event event = {.at_ms = 0};
        json_get_int(item, "timestamp", &event.at_ms);
        json_get_str(item, "eventId", &event.id);
        json_get_str(item, "message", &event.message);
        event.message = str_trim(event.message);
        if (!query->event(query->context, &event))
            return false;
    }
    return true;
}

enum error_code function_log_read(const struct aws_talk *talk, const struct log_query *query,
                                  struct error *err)
{
    struct buf token CLEANUP(buf_release) = BUF_INIT(LIMIT_TOKEN_BYTES);
    for (int page = 0; page < LIMIT_PAGES; page++) {
        /* A page is forgotten before the next one comes. */
        struct aws_talk one CLEANUP(aws_talk_release) = {.client = talk->client,
                                                         .transport = talk->transport};
        struct buf body CLEANUP(buf_release) = BUF_INIT(LIMIT_AWS_REQUEST_BYTES);
        struct aws_reply reply;
        struct str next = STR_NONE;
        write_query(query, &token, &body);
        const struct aws_call call = {.operation = &logs_filter_events, .body = buf_str(&body)};
        enum error_code code = aws_talk_ask(&one, &call, &reply, err);
        if (code == E_MISSING)
            return error_set(err, code,
                             "there is no log group '%.*s' here: is the function deployed under "
                             "that name (--name), in that region (--region)?",
                             STR_ARG(query->group));
        if (code != E_OK)
            return code;
        if (!deliver(query, reply.json) || !json_get_str(reply.json, "nextToken", &next))
            return E_OK;
        buf_clear(&token);
        if (!buf_add(&token, next))
            return error_set(err, E_LIMIT, "the token of the next page of the log is over %d bytes",
                             LIMIT_TOKEN_BYTES);
    }
    return error_set(err, E_LIMIT, "the log has more than %d pages; ask for less of it (--since)",
                     LIMIT_PAGES);
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : 0;
}

static void parse_report(const json_t *json, struct log_line *out)
{
    const json_t *record = json_get_object(json, "record");
    const json_t *metrics = json_get_object(record, "metrics");
    out->kind = LOG_KIND_REPORT;
    json_get_str(record, "status", &out->status);
    out->duration_ms = number(metrics, "durationMs");
    out->billed_ms = number(metrics, "billedDurationMs");
    json_get_int(metrics, "maxMemoryUsedMB", &out->memory_used_mb);
    json_get_int(metrics, "memorySizeMB", &out->memory_mb);
}

void function_log_parse(struct str message, json_t **json, struct log_line *out)
{
    struct str type = STR_NONE;
    *out = (struct log_line){.kind = LOG_KIND_TEXT, .message = message};
    *json = NULL;
    if (!str_starts(message, STR("{")) || json_parse(message, json, NULL) != E_OK)
        return;
    if (json_get_str(*json, "type", &type) && str_starts(type, STR("platform."))) {
        out->kind = LOG_KIND_PLATFORM;
        if (str_eq(type, STR("platform.report")))
            parse_report(*json, out);
    } else if (json_get_object(*json, "_aws") != NULL) {
        out->kind = LOG_KIND_PLATFORM;
    } else if (json_get_str(*json, "level", &out->level) &&
               json_get_str(*json, "message", &out->message)) {
        out->kind = LOG_KIND_LINE;
        json_get_str(*json, "cluster", &out->cluster);
    }
}

void function_log_format(const struct log_line *line, int64_t at_ms, struct buf *out)
{
    char stamp[CLOCK_TEXT_SIZE] = "";
    if (line->kind == LOG_KIND_PLATFORM)
        return;
    if (at_ms >= 0) {
        clock_format(at_ms, false, stamp);
        buf_addf(out, "%s ", stamp);
    }
    if (line->kind == LOG_KIND_REPORT)
        buf_addf(out, "report: %.*s, %.0f ms (billed %.0f ms), %lld of %lld MB",
                 STR_ARG(line->status), line->duration_ms, line->billed_ms,
                 (long long)line->memory_used_mb, (long long)line->memory_mb);
    else if (line->kind == LOG_KIND_LINE)
        buf_addf(out, "%.*s %.*s%s%.*s", STR_ARG(line->level), STR_ARG(line->cluster),
                 line->cluster.len > 0 ? ": " : "", STR_ARG(line->message));
    else
        buf_add(out, line->message);
    buf_add_char(out, '\n');
}
