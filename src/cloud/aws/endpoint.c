/* Where a service answers: configured endpoints, else the partition's host names.
 * Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints"; the SDKs' endpoint
 * rule sets. */
#include "cloud/aws/call.h"
#include "cloud/aws/config.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

/* The first row whose prefix the region has; the last one has them all. IAM is one for a whole
 * partition. */
struct partition {
    struct str region_prefix;
    const char *name; /* in ARNs */
    const char *suffix;
    const char *dualstack_suffix;
    const char *iam_host;
    const char *iam_region;
};

static const struct partition partitions[] = {
    {{"cn-", 3},
     "aws-cn",
     "amazonaws.com.cn",
     "api.amazonwebservices.com.cn",
     "iam.cn-north-1.amazonaws.com.cn",
     "cn-north-1"},
    {{"us-gov-", 7},
     "aws-us-gov",
     "amazonaws.com",
     "api.aws",
     "iam.us-gov.amazonaws.com",
     "us-gov-west-1"},
    {{"eusc-", 5},
     "aws-eusc",
     "amazonaws.eu",
     "api.amazonwebservices.eu",
     "iam.eusc-de-east-1.amazonaws.eu",
     "eusc-de-east-1"},
    {{"us-iso-", 7},
     "aws-iso",
     "c2s.ic.gov",
     "api.aws.ic.gov",
     "iam.us-iso-east-1.c2s.ic.gov",
     "us-iso-east-1"},
    {{"us-isob-", 8},
     "aws-iso-b",
     "sc2s.sgov.gov",
     "api.aws.scloud",
     "iam.us-isob-east-1.sc2s.sgov.gov",
     "us-isob-east-1"},
    {{"eu-isoe-", 8},
     "aws-iso-e",
     "cloud.adc-e.uk",
     "api.cloud-aws.adc-e.uk",
     "iam.eu-isoe-west-1.cloud.adc-e.uk",
     "eu-isoe-west-1"},
    {{"us-isof-", 8},
     "aws-iso-f",
     "csp.hci.ic.gov",
     "api.aws.hci.ic.gov",
     "iam.us-isof-south-1.csp.hci.ic.gov",
     "us-isof-south-1"},
    {{"", 0}, "aws", "amazonaws.com", "api.aws", "iam.amazonaws.com", "us-east-1"},
};

/* What the rule sets have besides the pattern {service}[-fips].{region}.{suffix}. In GovCloud the
 * ordinary hosts are FIPS hosts, and are used for most services. */
enum {
    GOVCLOUD_FIPS = 1,                /* has a -fips host there all the same */
    GOVCLOUD_NO_DUALSTACK_FIPS = 2,   /* has none under the dualstack suffix there */
    DUALSTACK_ON_ORDINARY_SUFFIX = 4, /* amazonaws.com is dualstack already */
};

static const struct {
    const char *service;
    unsigned flags;
} exceptions[] = {
    {"ecs", GOVCLOUD_FIPS},
    {"lambda", GOVCLOUD_FIPS},
    {"scheduler", GOVCLOUD_FIPS},
    {"secretsmanager", GOVCLOUD_FIPS | DUALSTACK_ON_ORDINARY_SUFFIX},
    {"monitoring", GOVCLOUD_NO_DUALSTACK_FIPS},
    {"events", GOVCLOUD_NO_DUALSTACK_FIPS},
};

static unsigned exceptions_of(const char *service)
{
    for (size_t i = 0; i < ARRAY_LEN(exceptions); i++) {
        if (strcmp(exceptions[i].service, service) == 0)
            return exceptions[i].flags;
    }
    return 0;
}

static const struct partition *partition_of(struct str region)
{
    size_t i = 0;
    while (!str_starts(region, partitions[i].region_prefix))
        i++;
    return &partitions[i];
}

const char *aws_region_partition(struct str region)
{
    return partition_of(region)->name;
}

bool aws_region_is_valid(struct str region)
{
    for (size_t i = 0; i < region.len; i++) {
        char c = region.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return region.len > 0 && region.len <= 63 && region.ptr[0] != '-' &&
           region.ptr[region.len - 1] != '-';
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

/* "host", "host:port" or "[v6]:port", with a path of harmless characters at most: no user-info, no
 * query, nothing that a URL parser could read in two ways. */
static bool is_authority_and_path(struct str text)
{
    size_t slash = str_find(text, '/');
    struct str authority = str_slice(text, 0, slash);
    size_t colon = str_find_last(authority, ':');
    struct str host;
    bool is_v6 = authority.len > 0 && authority.ptr[0] == '[';
    if (is_v6) {
        size_t end = str_find(authority, ']');
        if (end == authority.len || (end + 1 < authority.len && authority.ptr[end + 1] != ':'))
            return false;
        host = str_slice(authority, 1, end);
        colon = end + 1;
    } else {
        host = str_slice(authority, 0, colon);
    }
    for (size_t i = 0; i < host.len; i++) {
        if (!is_name_char(host.ptr[i]) && !(is_v6 && host.ptr[i] == ':'))
            return false;
    }
    int64_t port = 1;
    struct str port_text = str_slice(authority, colon + 1, authority.len);
    if (colon < authority.len &&
        (port_text.len == 0 || port_text.ptr[0] == '+' || !str_to_int64(port_text, &port)))
        return false;
    for (size_t i = slash; i < text.len; i++) {
        if (!is_name_char(text.ptr[i]) && text.ptr[i] != '/')
            return false;
    }
    return host.len > 0 && port > 0 && port <= 65535;
}

bool aws_endpoint_url_is_valid(struct str url)
{
    static const struct str schemes[] = {{"https://", 8}, {"http://", 7}};
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (str_starts(url, schemes[i]))
            return is_authority_and_path(str_slice(url, schemes[i].len, url.len));
    }
    return false;
}

struct configured {
    struct str url;
    struct str where; /* names the setting, for the message */
};

/* By the profile: `services = NAME` leads to [services NAME], where the service has its own. */
static struct configured configured_in_profile(const struct aws_config *config, struct arena *arena,
                                               const char *endpoint_id)
{
    const struct aws_config_section *profile =
        aws_config_section(config, "profile", config->profile);
    struct str services = aws_config_get(profile, "services");
    if (services.len > 0) {
        char key[64];
        size_t len = strlen(endpoint_id);
        static const char suffix[] = ".endpoint_url";
        assert(len + sizeof(suffix) <= sizeof(key));
        for (size_t i = 0; i < len; i++) {
            char c = endpoint_id[i];
            key[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        }
        memcpy(key + len, suffix, sizeof(suffix));
        struct str url = aws_config_get(aws_config_section(config, "services", services), key);
        if (url.len > 0)
            return (struct configured){
                url, arena_printf(arena, "[services %.*s] %s", STR_ARG(services), key)};
    }
    return (struct configured){
        aws_config_get(profile, "endpoint_url"),
        arena_printf(arena, "endpoint_url of profile '%.*s'", STR_ARG(config->profile))};
}

static struct configured configured_endpoint(const struct aws_config *config, struct arena *arena,
                                             const char *endpoint_id)
{
    if (aws_config_switch(config, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                          "ignore_configured_endpoint_urls"))
        return (struct configured){.url = STR_NONE};
    struct str own = arena_printf(arena, "AWS_ENDPOINT_URL_%s", endpoint_id);
    struct str url = aws_environment(own.ptr);
    if (url.len > 0)
        return (struct configured){url, own};
    url = aws_environment("AWS_ENDPOINT_URL");
    if (url.len > 0)
        return (struct configured){url, STR("AWS_ENDPOINT_URL")};
    return configured_in_profile(config, arena, endpoint_id);
}

static struct str regional_url(const struct aws_config *config, struct arena *arena,
                               const char *name, struct str region)
{
    const struct partition *partition = partition_of(region);
    bool fips = aws_config_switch(config, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
    bool dualstack =
        aws_config_switch(config, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
    unsigned flags = exceptions_of(name);
    if (str_eq(partition->region_prefix, STR("us-gov-")))
        fips = fips && (dualstack ? !(flags & GOVCLOUD_NO_DUALSTACK_FIPS) : flags & GOVCLOUD_FIPS);
    if (flags & DUALSTACK_ON_ORDINARY_SUFFIX &&
        str_starts(str_from(partition->suffix), STR("amazonaws.com")))
        dualstack = false;
    return arena_printf(arena, "https://%s%s.%.*s.%s", name, fips ? "-fips" : "", STR_ARG(region),
                        dualstack ? partition->dualstack_suffix : partition->suffix);
}

enum error_code aws_config_endpoint(const struct aws_config *config, struct arena *arena,
                                    const struct aws_service *service, struct str region,
                                    struct aws_endpoint *out, struct error *err)
{
    if (region.len == 0)
        return error_set(err, E_REGION,
                         "no region is set; give --region, set AWS_REGION, or put 'region' into "
                         "profile '%.*s' of '%.*s'",
                         STR_ARG(config->profile), STR_ARG(config->config_path));
    if (!aws_region_is_valid(region))
        return error_set(err, E_REGION, "'%.*s' is no region name; an example of one is eu-west-1",
                         (int)(region.len < 64 ? region.len : 64), region.ptr);
    bool is_iam = strcmp(service->name, "iam") == 0;
    const struct partition *partition = partition_of(region);
    struct str signing_region = is_iam ? str_from(partition->iam_region) : region;
    struct configured configured = configured_endpoint(config, arena, service->endpoint_id);
    struct str url = configured.url;
    while (str_ends(url, STR("/")))
        url = str_slice(url, 0, url.len - 1);
    if (configured.url.len > 0 && !aws_endpoint_url_is_valid(url))
        return error_set(err, E_SYNTAX,
                         "%.*s is no endpoint: expected http(s)://HOST[:PORT][/PATH], without "
                         "user, query or fragment",
                         STR_ARG(configured.where));
    if (url.len == 0)
        url = is_iam ? arena_printf(arena, "https://%s", partition->iam_host)
                     : regional_url(config, arena, service->name, region);
    *out = (struct aws_endpoint){.url = arena_str(arena, url),
                                 .signing_region = arena_str(arena, signing_region)};
    return E_OK;
}
