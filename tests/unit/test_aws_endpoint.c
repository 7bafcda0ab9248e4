/* Where services answer: configured endpoints and the partitions' host names. */
#include "unit.h"

#include "aws_environment.h"
#include "cloud/aws/call.h"
#include "cloud/aws/config.h"

static const struct aws_service services[] = {
    {.name = "ecs", .endpoint_id = "ECS"},
    {.name = "autoscaling", .endpoint_id = "AUTO_SCALING"},
    {.name = "iam", .endpoint_id = "IAM"},
    {.name = "portal.sso", .endpoint_id = "SSO"},
};

static const struct aws_service *service_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(services); i++) {
        if (strcmp(services[i].name, name) == 0)
            return &services[i];
    }
    fail();
    return NULL;
}

struct row {
    const char *environment;
    const char *config;
    const char *service;
    const char *region;
    const char *url; /* or the code's name */
    const char *signing_region;
};

static void check(const struct row *row)
{
    aws_environment_clear();
    aws_environment_set(row->environment);
    struct aws_config config = {.arena = ARENA_INIT, .profile = STR("default")};
    struct error err = ERROR_INIT;
    assert_int_equal(aws_config_parse(&config, STR("c"), str_from(row->config), false, &err), E_OK);
    struct arena arena = ARENA_INIT;
    struct aws_endpoint endpoint = {.url = STR("untouched")};
    enum error_code code = aws_config_endpoint(&config, &arena, service_of(row->service),
                                               str_from(row->region), &endpoint, &err);
    if (strncmp(row->url, "E_", 2) == 0) {
        if (strcmp(error_name(code), row->url) != 0)
            print_error("%s %s\n", row->environment, row->region);
        assert_string_equal(error_name(code), row->url);
        assert_str(endpoint.url, "untouched");
    } else {
        assert_str(endpoint.url, row->url);
        assert_str(endpoint.signing_region,
                   row->signing_region != NULL ? row->signing_region : row->region);
    }
    arena_release(&arena);
    aws_config_release(&config);
}

/* Host names as botocore's rule sets give them. */
static void partitions_have_their_host_names(void **state)
{
    (void)state;
    static const char *fips = "AWS_USE_FIPS_ENDPOINT=true";
    static const char *dual = "AWS_USE_DUALSTACK_ENDPOINT=True";
    static const char *both = "AWS_USE_DUALSTACK_ENDPOINT=true AWS_USE_FIPS_ENDPOINT=true";
    const struct row rows[] = {
        {"", "", "ecs", "eu-west-1", "https://ecs.eu-west-1.amazonaws.com", NULL},
        {"", "", "autoscaling", "us-gov-west-1", "https://autoscaling.us-gov-west-1.amazonaws.com",
         NULL},
        {"", "", "ecs", "cn-north-1", "https://ecs.cn-north-1.amazonaws.com.cn", NULL},
        {"", "", "ecs", "eusc-de-east-1", "https://ecs.eusc-de-east-1.amazonaws.eu", NULL},
        {"", "", "ecs", "us-iso-east-1", "https://ecs.us-iso-east-1.c2s.ic.gov", NULL},
        {"", "", "ecs", "us-isob-east-1", "https://ecs.us-isob-east-1.sc2s.sgov.gov", NULL},
        {"", "", "ecs", "eu-isoe-west-1", "https://ecs.eu-isoe-west-1.cloud.adc-e.uk", NULL},
        {"", "", "ecs", "us-isof-south-1", "https://ecs.us-isof-south-1.csp.hci.ic.gov", NULL},
        {"", "", "portal.sso", "eu-west-1", "https://portal.sso.eu-west-1.amazonaws.com", NULL},
        {"", "", "iam", "eu-west-1", "https://iam.amazonaws.com", "us-east-1"},
        {"", "", "iam", "us-gov-east-1", "https://iam.us-gov.amazonaws.com", "us-gov-west-1"},
        {"", "", "iam", "cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {"", "", "iam", "us-isob-east-1", "https://iam.us-isob-east-1.sc2s.sgov.gov", NULL},
        {fips, "", "ecs", "us-east-1", "https://ecs-fips.us-east-1.amazonaws.com", NULL},
        {fips, "", "ecs", "us-gov-west-1", "https://ecs-fips.us-gov-west-1.amazonaws.com", NULL},
        {fips, "", "autoscaling", "us-gov-west-1",
         "https://autoscaling.us-gov-west-1.amazonaws.com", NULL},
        {dual, "", "ecs", "us-east-1", "https://ecs.us-east-1.api.aws", NULL},
        {dual, "", "ecs", "cn-north-1", "https://ecs.cn-north-1.api.amazonwebservices.com.cn",
         NULL},
        {both, "", "autoscaling", "us-gov-west-1", "https://autoscaling-fips.us-gov-west-1.api.aws",
         NULL},
        {"", "[default]\nuse_fips_endpoint = true\n", "ecs", "us-east-1",
         "https://ecs-fips.us-east-1.amazonaws.com", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check(&rows[i]);
}

static void configured_endpoints_come_first(void **state)
{
    (void)state;
    static const char *profile = "[default]\nservices = dev\nendpoint_url = http://profile\n"
                                 "[services dev]\nauto_scaling =\n  endpoint_url = http://own\n";
    const struct row rows[] = {
        {"AWS_ENDPOINT_URL=http://all", "", "ecs", "a-1", "http://all", NULL},
        {"AWS_ENDPOINT_URL=http://all AWS_ENDPOINT_URL_ECS=http://ecs:5000", profile, "ecs", "a-1",
         "http://ecs:5000", NULL},
        {"AWS_ENDPOINT_URL=http://all AWS_ENDPOINT_URL_ECS=http://ecs", "", "autoscaling", "a-1",
         "http://all", NULL},
        {"AWS_ENDPOINT_URL=http://all", profile, "autoscaling", "a-1", "http://all", NULL},
        {"AWS_ENDPOINT_URL=", profile, "autoscaling", "a-1", "http://own", NULL},
        {"", profile, "ecs", "a-1", "http://profile", NULL},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true AWS_ENDPOINT_URL=http://all", profile, "ecs",
         "a-1", "https://ecs.a-1.amazonaws.com", NULL},
        {"", "[default]\nendpoint_url = http://x\nignore_configured_endpoint_urls = TRUE\n", "ecs",
         "a-1", "https://ecs.a-1.amazonaws.com", NULL},
        {"AWS_ENDPOINT_URL=http://127.0.0.1:5000//", "", "iam", "eu-west-1",
         "http://127.0.0.1:5000", "us-east-1"},
        {"AWS_ENDPOINT_URL=https://h_1.example/path/x", "", "ecs", "a-1",
         "https://h_1.example/path/x", NULL},
        {"AWS_ENDPOINT_URL=http://[::1]:5000/", "", "ecs", "a-1", "http://[::1]:5000", NULL},
        {"AWS_ENDPOINT_URL=http://[::1]", "", "ecs", "a-1", "http://[::1]", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check(&rows[i]);
}

static void what_is_no_endpoint_is_refused(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "ftp://x",        "x:80",        "http://",       "http:///path",  "http://a@b",
        "http://a?b",     "http://a#b",  "http://a:b",    "http://a:",     "http://a:0",
        "http://a:65536", "http://a:+1", "http://[::1",   "http://[::1]x", "http://a\\b",
        "http://a/b%2Fc", "http://a:-1", "http://a/\x7F", "HTTP://a",      "http://a:1:2",
    };
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        char environment[128];
        snprintf(environment, sizeof(environment), "AWS_ENDPOINT_URL=%s", urls[i]);
        check(&(struct row){environment, "", "ecs", "a-1", "E_SYNTAX", NULL});
    }
    static const char *const regions[] = {
        "",
        "eu west 1",
        "eu-west-1.evil.example",
        "EU-WEST-1",
        "-a",
        "a-",
        "a/b",
        "a@b",
        "a#",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    for (size_t i = 0; i < ARRAY_LEN(regions); i++) {
        check(&(struct row){"", "", "ecs", regions[i], "E_REGION", NULL});
        check(&(struct row){"AWS_ENDPOINT_URL=http://a", "", "ecs", regions[i], "E_REGION", NULL});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partitions_have_their_host_names),
        cmocka_unit_test(configured_endpoints_come_first),
        cmocka_unit_test(what_is_no_endpoint_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
