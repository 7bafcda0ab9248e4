/* The shared config and credentials files (~/.aws), the profile in use, region and endpoints.
 * Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files". */
#ifndef CLOUD_AWS_CONFIG_H
#define CLOUD_AWS_CONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

/* Where a value was read; a higher one wins over a lower one of the same key. */
enum aws_config_origin {
    AWS_CONFIG_DEFAULT, /* [default] of the config file, which [profile default] wins over */
    AWS_CONFIG_FILE,
    AWS_CREDENTIALS_FILE,
};

struct aws_config_value {
    struct str key; /* lower case; nested ones as "outer.inner" */
    struct str value;
    enum aws_config_origin origin;
};

struct aws_config_section {
    struct str type; /* "profile", "sso-session", "services" */
    struct str name; /* "default" */
    VEC(struct aws_config_value) values;
};

struct aws_config {
    struct arena arena;
    VEC(struct aws_config_section) sections;
    struct str config_path; /* of the files read, or looked for */
    struct str credentials_path;
    struct str region;  /* --region, set by whoever knows it after loading; wins when not empty */
    struct str profile; /* in use: --profile, AWS_PROFILE, AWS_DEFAULT_PROFILE, "default" */
    bool profile_exists;
};

/* Reads both files (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE or ~/.aws/…); absent ones are
 * empty. `profile` NULL: by the environment. E_SYNTAX with file:line, E_LIMIT, E_IO; a profile that
 * was asked for by name and does not exist is E_CREDENTIALS. On failure there is nothing to
 * release. */
NODISCARD enum error_code aws_config_load(struct aws_config *config, const char *profile,
                                          struct error *err);
void aws_config_release(struct aws_config *config); /* wipes */

/* Parses one file's text into the config (zeroed, or filled from other files). `file` is its name
 * for messages. For fuzzing, too. */
NODISCARD enum error_code aws_config_parse(struct aws_config *config, struct str file,
                                           struct str text, bool is_credentials_file,
                                           struct error *err);

/* NULL / the empty string where there is none; `section` may be NULL. */
const struct aws_config_section *aws_config_section(const struct aws_config *config,
                                                    const char *type, struct str name);
const struct aws_config_value *aws_config_find(const struct aws_config_section *section,
                                               const char *key);
struct str aws_config_get(const struct aws_config_section *section, const char *key);

/* The environment variable, else the profile's key; either may be NULL. Empty counts as unset. */
struct str aws_config_setting(const struct aws_config *config, const char *variable,
                              const char *key);
/* The same as a switch: "true" in any case is on, everything else off. */
bool aws_config_switch(const struct aws_config *config, const char *variable, const char *key);

/* The config's own, AWS_REGION, AWS_DEFAULT_REGION, the profile's; or empty. */
struct str aws_config_region(const struct aws_config *config);

/* Environment variable of that name; the empty string where it is unset or empty. */
struct str aws_environment(const char *name);

/* `path` with a leading "~/" made the home directory; in `arena`, NUL-terminated. */
struct str aws_config_path(struct arena *arena, struct str path);

struct aws_service; /* cloud/aws/call.h */

struct aws_endpoint {
    struct str url;            /* "https://ecs.eu-west-1.amazonaws.com", no slash at the end */
    struct str signing_region; /* differs from the region for global services (IAM) */
};

/* By AWS_ENDPOINT_URL_<ID>, AWS_ENDPOINT_URL, the profile (its `services` section, then its
 * endpoint_url), or the partition's host names (AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT).
 * E_REGION for no region, or one that is no region name (it would become part of a host name),
 * E_SYNTAX for an endpoint that is no http(s) URL. Texts live in `arena`. */
NODISCARD enum error_code aws_config_endpoint(const struct aws_config *config, struct arena *arena,
                                              const struct aws_service *service, struct str region,
                                              struct aws_endpoint *out, struct error *err);

/* Is it a-z, 0-9 and '-' only, 1–63 of them, neither first nor last a '-'? */
bool aws_region_is_valid(struct str region);
/* The partition a region is in, as ARNs name it: "aws", "aws-cn", "aws-us-gov", … */
const char *aws_region_partition(struct str region);
/* Is it http(s)://HOST[:PORT][/PATH] of harmless characters, without user, query or fragment? */
bool aws_endpoint_url_is_valid(struct str url);

#endif
