#include "cloud/aws/credentials_source.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"

#include <stdio.h>

#include "base/banned.h"

bool source_is_header_safe(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ' || text.ptr[i] >= 0x7F)
            return false;
    }
    return text.len <= LIMIT_CREDENTIAL_BYTES;
}

void source_found(const struct source_query *query, const struct aws_credentials *credentials)
{
    if (credentials->access_key_id.len == 0 || credentials->secret_access_key.len == 0) {
        source_fail(query, "%s gave an empty access key", credentials->source);
        return;
    }
    if (!source_is_header_safe(credentials->access_key_id) ||
        !source_is_header_safe(credentials->secret_access_key) ||
        !source_is_header_safe(credentials->session_token)) {
        source_fail(query, "%s gave a key or token with characters that cannot be part of one",
                    credentials->source);
        return;
    }
    if (credentials->expires_ms <= query->wall_ms()) {
        char expired[CLOCK_TEXT_SIZE];
        clock_format(credentials->expires_ms, false, expired);
        source_fail(query, "%s gave credentials that expired at %s", credentials->source, expired);
        return;
    }
    struct source_answer answer = {.verdict = SOURCE_FOUND, .credentials = *credentials};
    query->done(query->context, &answer);
}

void source_absent(const struct source_query *query, const char *format, ...)
{
    struct source_answer answer = {.verdict = SOURCE_ABSENT, .err = ERROR_INIT};
    va_list args;
    va_start(args, format);
    vsnprintf(answer.err.message, sizeof(answer.err.message), format, args);
    va_end(args);
    query->done(query->context, &answer);
}

void source_fail(const struct source_query *query, const char *format, ...)
{
    struct error err = ERROR_INIT;
    va_list args;
    va_start(args, format);
    vsnprintf(err.message, sizeof(err.message), format, args);
    va_end(args);
    source_fail_with(query, &err);
}

/* Of the codes only the deadline's means something to whoever asked for credentials. */
void source_fail_with(const struct source_query *query, const struct error *err)
{
    struct source_answer answer = {.verdict = SOURCE_FAILED, .err = *err};
    answer.err.code = err->code == E_DEADLINE ? E_DEADLINE : E_CREDENTIALS;
    query->done(query->context, &answer);
}

const struct aws_config_section *source_section(const struct source_query *query)
{
    return aws_config_section(query->config, "profile", query->profile);
}

struct str source_key(const struct source_query *query, const char *key)
{
    return aws_config_get(source_section(query), key);
}

struct str source_take_secret(const struct source_query *query, const json_t *object,
                              const char *key)
{
    json_t *value = json_object_get(object, key);
    if (!json_is_string(value))
        return STR_NONE;
    size_t len = json_string_length(value);
    struct str copy =
        arena_str(query->arena, (struct str){.ptr = json_string_value(value), .len = len});
    memory_wipe((char *)(uintptr_t)json_string_value(value), len);
    return copy;
}

bool source_from_json(const struct source_query *query, json_t *object, const char *token_key,
                      struct aws_credentials *out)
{
    struct aws_credentials found = {
        .access_key_id = source_take_secret(query, object, "AccessKeyId"),
        .secret_access_key = source_take_secret(query, object, "SecretAccessKey"),
        .session_token = source_take_secret(query, object, token_key),
        .expires_ms = INT64_MAX,
    };
    struct str expiration = STR_NONE;
    if (json_get_str(object, "Expiration", &expiration)) {
        if (expiration.len > 0 && !clock_parse(expiration, &found.expires_ms))
            return false;
    } else if (json_object_get(object, "Expiration") != NULL &&
               !json_is_null(json_object_get(object, "Expiration"))) {
        return false;
    }
    if (found.access_key_id.len == 0 || found.secret_access_key.len == 0)
        return false;
    *out = found;
    return true;
}
