/* AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION. */
#include "cloud/aws/credentials_source.h"

#include "base/clock.h"

#include "base/banned.h"

void credentials_env_fetch(const struct source_query *query)
{
    if (query->ignores_environment) {
        source_absent(query, "environment: not asked, as --profile was given");
        return;
    }
    struct aws_credentials found = {
        .access_key_id = aws_environment("AWS_ACCESS_KEY_ID"),
        .secret_access_key = aws_environment("AWS_SECRET_ACCESS_KEY"),
        .session_token = aws_environment("AWS_SESSION_TOKEN"),
        .expires_ms = INT64_MAX,
        .source = "environment",
    };
    if (found.access_key_id.len == 0) {
        source_absent(query, "environment: AWS_ACCESS_KEY_ID is not set");
        return;
    }
    if (found.secret_access_key.len == 0) {
        source_fail(query, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both "
                           "or neither");
        return;
    }
    struct str expiration = aws_environment("AWS_CREDENTIAL_EXPIRATION");
    if (expiration.len > 0 && !clock_parse(expiration, &found.expires_ms)) {
        source_fail(query, "AWS_CREDENTIAL_EXPIRATION is no ISO 8601 time");
        return;
    }
    source_found(query, &found);
}
