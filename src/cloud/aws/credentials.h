/* Credentials by the SDKs' chain: environment, profiles (static, assume-role, SSO, process, web
 * identity), container, instance metadata. One file a source; the chain is a table. Order and wire
 * formats: AWS SDKs and Tools Reference Guide, "Standardized credential providers".
 *
 * Asynchronous on the transport's loop, because most sources are HTTP. Credentials are kept and
 * refreshed before they expire: from 15 minutes before, in the background (where that fails the old
 * ones stay); from 10 minutes before, getters wait for the new ones. A source is not asked again
 * within a minute for credentials that are still valid. Secrets are wiped on release and never
 * appear in an error. */
#ifndef CLOUD_AWS_CREDENTIALS_H
#define CLOUD_AWS_CREDENTIALS_H

#include "base/error.h"
#include "cloud/aws/config.h"
#include "http/transport.h"

struct aws_credentials {
    struct str access_key_id;
    struct str secret_access_key;
    struct str session_token; /* may be empty */
    int64_t expires_ms;       /* wall clock; INT64_MAX: never */
    const char *source;       /* "environment", "profile 'ops' (assumed role)", for logs */
};

struct aws_credentials_provider;

/* `config` and `transport` are borrowed. `explicit_profile`: --profile was given, which takes the
 * environment's keys out of the chain (AWS_PROFILE alone does not). */
struct aws_credentials_provider *aws_credentials_new(struct transport *transport,
                                                     const struct aws_config *config,
                                                     bool explicit_profile);
/* Only when the loop has nothing outstanding, or will never run again. */
void aws_credentials_free(struct aws_credentials_provider *provider);

/* E_OK with credentials; E_CREDENTIALS with a readable account of every source tried and why it
 * gave nothing, or of what failed in the source that is set up (with HTTP status, AWS code and
 * request id where there are any); E_DEADLINE when the loop was closed first. The credentials are
 * the provider's; copy what is to outlive the call. */
typedef void aws_credentials_done(void *context, enum error_code code,
                                  const struct aws_credentials *credentials,
                                  const struct error *err);

/* Answers from within the transport's loop (never at once). Any number may wait together. */
void aws_credentials_get(struct aws_credentials_provider *provider, aws_credentials_done *done,
                         void *context);

/* AWS said that they have expired: the next get fetches anew, from shared files read again. Does
 * nothing in the first 10 seconds after a fetch: such an answer is about the ones before. */
void aws_credentials_reject(struct aws_credentials_provider *provider);

/* The wall clock that expiry is measured by, for tests; NULL: the system's. */
void aws_credentials_clock(struct aws_credentials_provider *provider, int64_t (*wall_ms)(void));

#endif
