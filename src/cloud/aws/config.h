/* The shared config and credentials files (~/.aws), the profile in use, region and endpoints.
 * Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files". */
#ifndef CLOUD_AWS_CONFIG_H
#define CLOUD_AWS_CONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

struct aws_config_value {
    struct str key;
    struct str value;
};

struct aws_config_section {
    struct str type;                     /* "profile", "sso-session", "services" */
    struct str name;                     /* "default" */
    VEC(struct aws_config_value) values; /* nested keys as "outer.inner" */
};

struct aws_config {
    struct arena arena;
    VEC(struct aws_config_section) sections;
    struct str profile; /* in use: --profile, AWS_PROFILE, AWS_DEFAULT_PROFILE, "default" */
    bool profile_exists;
};

/* Reads both files (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE or ~/.aws/…); absent ones are
 * empty. `profile` NULL: by the environment. E_SYNTAX with file:line, E_LIMIT, E_IO; a profile that
 * was asked for by name and does not exist is E_CREDENTIALS. */
NODISCARD enum error_code aws_config_load(struct aws_config *config, const char *profile,
                                          struct error *err);
void aws_config_release(struct aws_config *config); /* wipes */

/* Parses one file's text into the config; values there already lose. For fuzzing, too. */
NODISCARD enum error_code aws_config_parse(struct aws_config *config, struct str file,
                                           struct str text, bool is_credentials_file,
                                           struct error *err);

/* NULL / the empty string where there is none. */
const struct aws_config_section *aws_config_section(const struct aws_config *config,
                                                    const char *type, struct str name);
struct str aws_config_get(const struct aws_config_section *section, const char *key);

/* AWS_REGION, AWS_DEFAULT_REGION, the profile's; or empty. */
struct str aws_config_region(const struct aws_config *config);

struct aws_service; /* cloud/aws/call.h */

struct aws_endpoint {
    struct str url;            /* "https://ecs.eu-west-1.amazonaws.com", no slash at the end */
    struct str signing_region; /* differs from the region for global services (IAM) */
};

/* By AWS_ENDPOINT_URL_<ID>, AWS_ENDPOINT_URL, the profile (its `services` section, then its
 * endpoint_url), or the partition's host names. E_REGION for a region that is no region name (it
 * would become part of a host name), E_SYNTAX for an endpoint that is no http(s) URL. Texts live in
 * `arena`. */
NODISCARD enum error_code aws_config_endpoint(const struct aws_config *config, struct arena *arena,
                                              const struct aws_service *service, struct str region,
                                              struct aws_endpoint *out, struct error *err);

#endif
