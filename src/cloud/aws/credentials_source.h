/* What one source of the credentials chain is asked and how it answers. Internal to the chain:
 * everybody else sees credentials.h.
 *
 * A query and all that a source allocates live in the query's arena, which is wiped and released
 * by the provider when the whole fetch is over; so a source may answer and be gone. Each answers
 * exactly once, at once or from the transport's loop. */
#ifndef CLOUD_AWS_CREDENTIALS_SOURCE_H
#define CLOUD_AWS_CREDENTIALS_SOURCE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "cloud/aws/config.h"
#include "cloud/aws/credentials.h"
#include "http/transport.h"

enum source_verdict {
    SOURCE_FOUND,
    SOURCE_ABSENT, /* not set up here: the next one is asked */
    SOURCE_FAILED, /* set up, and gave nothing: the chain ends */
};

struct source_answer {
    enum source_verdict verdict;
    struct aws_credentials credentials; /* FOUND */
    struct error err;                   /* ABSENT: why, may be empty; FAILED */
};

typedef void source_done(void *context, const struct source_answer *answer);

struct source_query {
    struct transport *transport;
    const struct aws_config *config;
    struct arena *arena;
    int64_t (*wall_ms)(void);
    struct str profile;                /* whose keys are meant */
    const struct source_query *parent; /* whose source_profile this is; NULL: nobody's */
    bool ignores_environment;          /* --profile was given, or it is a source_profile */
    source_done *done;
    void *context;
};

typedef void source_fetch(const struct source_query *query);

/* A file each. */
source_fetch credentials_env_fetch;
source_fetch credentials_assume_role_fetch;
source_fetch credentials_web_identity_fetch;
source_fetch credentials_sso_fetch;
source_fetch credentials_credentials_file_fetch;
source_fetch credentials_process_fetch;
source_fetch credentials_config_file_fetch;
source_fetch credentials_container_fetch;
source_fetch credentials_imds_fetch;

/* The chain itself: all of it, or for a query with a parent what a source_profile may use. */
source_fetch credentials_chain_fetch;

/* Answers. What is found is checked first: a key or token that would not be safe in an HTTP header
 * is a failure, and so are credentials that have expired already. The texts must live in the
 * query's arena (or the config). */
void source_found(const struct source_query *query, const struct aws_credentials *credentials);
void source_absent(const struct source_query *query, const char *format, ...) PRINTF_LIKE(2, 3);
void source_fail(const struct source_query *query, const char *format, ...) PRINTF_LIKE(2, 3);
void source_fail_with(const struct source_query *query, const struct error *err);

/* The query's profile, NULL where there is none, and its keys. */
const struct aws_config_section *source_section(const struct source_query *query);
struct str source_key(const struct source_query *query, const char *key);

/* Keys and tokens become HTTP header values: printable ASCII without space, bounded. */
bool source_is_header_safe(struct str text);

/* A string member, copied into the query's arena; the original, which the JSON library would leave
 * in freed memory, is wiped. Empty where there is none. */
struct str source_take_secret(const struct source_query *query, const json_t *object,
                              const char *key);

/* Credentials from a JSON object: AccessKeyId, SecretAccessKey, `token_key`, Expiration (ISO 8601;
 * absent: never). Wipes the secrets in `object`. False where something is missing or malformed. */
bool source_from_json(const struct source_query *query, json_t *object, const char *token_key,
                      struct aws_credentials *out);

/* An HTTP exchange that is tried again, at most `attempts` times in all, after failures that may
 * pass: no connection, time-out, 429, 5xx, and whatever `is_transient` (may be NULL) says. */
struct source_http {
    struct http_request request; /* texts, headers and signing live until `done` */
    int attempts;
    bool (*is_transient)(const struct http_response *response);
    http_done *done;
    void *context;
};
void source_http_send(const struct source_query *query, const struct source_http *exchange);

/* What an HTTP exchange failed of, as an error for source_fail_with: `what` is what was asked
 * ("the container's credentials"). With the body's "message" where it is JSON with one. */
void source_http_error(const struct http_response *response, const char *what, struct error *err);

#endif
