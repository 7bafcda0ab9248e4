/* Static keys of a profile: of the credentials file before credential_process, of the config file
 * after it. */
#include "cloud/aws/credentials_source.h"

#include "base/banned.h"

static void fetch(const struct source_query *query, const struct aws_config_value *key_id,
                  struct str file)
{
    struct aws_credentials found = {
        .access_key_id = key_id->value,
        .secret_access_key = source_key(query, "aws_secret_access_key"),
        .session_token = source_key(query, "aws_session_token"),
        .expires_ms = INT64_MAX,
        .source = arena_printf(query->arena, "profile '%.*s' (keys)", STR_ARG(query->profile)).ptr,
    };
    if (found.secret_access_key.len == 0)
        source_fail(query,
                    "profile '%.*s' has an aws_access_key_id in '%.*s', but no "
                    "aws_secret_access_key",
                    STR_ARG(query->profile), STR_ARG(file));
    else
        source_found(query, &found);
}

void credentials_credentials_file_fetch(const struct source_query *query)
{
    const struct aws_config_value *key_id =
        aws_config_find(source_section(query), "aws_access_key_id");
    if (key_id != NULL && key_id->value.len > 0 && key_id->origin == AWS_CREDENTIALS_FILE)
        fetch(query, key_id, query->config->credentials_path);
    else
        source_absent(query, "%s", "");
}

/* The last of the profile's sources: its account speaks for them all. */
void credentials_config_file_fetch(const struct source_query *query)
{
    const struct aws_config_section *section = source_section(query);
    const struct aws_config_value *key_id = aws_config_find(section, "aws_access_key_id");
    if (key_id != NULL && key_id->value.len > 0)
        fetch(query, key_id, query->config->config_path);
    else if (section == NULL)
        source_absent(query, "profile '%.*s': no such section in %.*s or %.*s",
                      STR_ARG(query->profile), STR_ARG(query->config->config_path),
                      STR_ARG(query->config->credentials_path));
    else
        source_absent(query,
                      "profile '%.*s': no aws_access_key_id, role_arn, sso_account_id, "
                      "credential_process or web_identity_token_file",
                      STR_ARG(query->profile));
}
