/* The credentials chain: order, each source, refreshing, and the account of a failure. */
#include "unit.h"

#include "aws_environment.h"
#include "base/clock.h"
#include "cloud/aws/credentials.h"
#include "cloud/aws/process.h"
#include "cloud/aws/sha1.h"
#include "fake_transport.h"

#include <sys/stat.h>
#include <unistd.h>

/* The wall clock of all tests: 2026-11-24T00:00:00Z. */
static const int64_t start_ms = INT64_C(1795478400000);
static int64_t wall_now_ms;

static int64_t wall_ms(void)
{
    return wall_now_ms;
}

struct bench {
    struct fake_transport transport;
    struct aws_config config;
    struct aws_credentials_provider *provider;
    struct arena arena;
    int answers;
    enum error_code code;
    struct str key_id;
    struct str secret;
    struct str token;
    int64_t expires_ms;
    struct str source;
    struct error err;
};

static void bench_open(struct bench *bench, const char *environment, const char *config,
                       const struct fake_reply *replies)
{
    memset(bench, 0, sizeof(*bench));
    aws_environment_clear();
    aws_environment_set("AWS_CONFIG_FILE=/nonexistent/config");
    aws_environment_set("AWS_SHARED_CREDENTIALS_FILE=/nonexistent/credentials");
    aws_environment_set(environment);
    fake_init(&bench->transport, replies);
    wall_now_ms = start_ms;
    bench->config.profile =
        str_from(getenv("AWS_PROFILE") != NULL ? getenv("AWS_PROFILE") : "default");
    bench->config.config_path = STR("~/.aws/config");
    bench->config.credentials_path = STR("~/.aws/credentials");
    struct error err = ERROR_INIT;
    assert_int_equal(aws_config_parse(&bench->config, STR("config"), str_from(config), false, &err),
                     E_OK);
    bench->provider = aws_credentials_new(&bench->transport.base, &bench->config, false);
    aws_credentials_clock(bench->provider, wall_ms);
}

static void bench_explicit(struct bench *bench)
{
    aws_credentials_free(bench->provider);
    bench->provider = aws_credentials_new(&bench->transport.base, &bench->config, true);
    aws_credentials_clock(bench->provider, wall_ms);
}

static void bench_close(struct bench *bench)
{
    assert_int_equal(bench->transport.unexpected, 0);
    aws_credentials_free(bench->provider);
    transport_free(&bench->transport.base);
    aws_config_release(&bench->config);
    arena_release(&bench->arena);
    aws_environment_clear();
}

static void on_credentials(void *context, enum error_code code,
                           const struct aws_credentials *credentials, const struct error *err)
{
    struct bench *bench = context;
    bench->answers++;
    bench->code = code;
    assert_int_equal(code == E_OK, credentials != NULL);
    assert_int_equal(code == E_OK, err == NULL);
    if (code != E_OK) {
        assert_int_equal(err->code, code);
        bench->err = *err;
        return;
    }
    bench->key_id = arena_str(&bench->arena, credentials->access_key_id);
    bench->secret = arena_str(&bench->arena, credentials->secret_access_key);
    bench->token = arena_str(&bench->arena, credentials->session_token);
    bench->expires_ms = credentials->expires_ms;
    bench->source = arena_str(&bench->arena, str_from(credentials->source));
}

static void run(struct bench *bench)
{
    for (int i = 0; i < 100000 && transport_step(&bench->transport.base, INT64_MAX); i++)
        continue;
}

static enum error_code get(struct bench *bench)
{
    int before = bench->answers;
    aws_credentials_get(bench->provider, on_credentials, bench);
    assert_int_equal(bench->answers, before); /* never at once */
    run(bench);
    assert_int_equal(bench->answers, before + 1);
    return bench->code;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        return;
    print_error("'%s'\nhas no '%s'\n", text, part);
    fail();
}

static void assert_has_not(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        return;
    print_error("'%s'\nhas '%s'\n", text, part);
    fail();
}

#define IMDS     "http://169.254.169.254/latest/"
#define IMDS_IAM IMDS "meta-data/iam/security-credentials/"
#define STS      "POST https://sts.eu-west-1.amazonaws.com/"

static const struct fake_reply no_imds[] = {{"PUT " IMDS "api/token", E_NETWORK, .after_ms = 1},
                                            {"PUT " IMDS "api/token", E_NETWORK, .after_ms = 1},
                                            {0}};

static const char assumed[] =
    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>"
    "<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s3</SecretAccessKey>"
    "<SessionToken>t3</SessionToken><Expiration>2026-11-24T01:00:00Z</Expiration></Credentials>"
    "</AssumeRoleResult></AssumeRoleResponse>";
static const char assumed_web[] =
    "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>"
    "<Credentials><AccessKeyId>ASIAWEB</AccessKeyId><SecretAccessKey>s4</SecretAccessKey>"
    "<SessionToken>t4</SessionToken><Expiration>2026-11-24T01:00:00Z</Expiration></Credentials>"
    "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
static const char container_answer[] =
    "{\"AccessKeyId\":\"ASIABOX\",\"SecretAccessKey\":\"s5\",\"Token\":\"t5\","
    "\"Expiration\":\"2026-11-24T06:00:00Z\",\"RoleArn\":\"arn\"}";
static const char imds_answer[] =
    "{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"ASIAEC2\","
    "\"SecretAccessKey\":\"s6\",\"Token\":\"t6\",\"Expiration\":\"2026-11-24T06:00:00Z\"}";

/* --- environment and profile keys ------------------------------------------------------------ */

static void the_first_source_that_is_set_up_wins(void **state)
{
    (void)state;
    static const char *keys = "[default]\naws_access_key_id = FILE\naws_secret_access_key = fs\n"
                              "[profile ops]\naws_access_key_id = OPS\naws_secret_access_key = os\n"
                              "aws_session_token = ot\n";
    static const char *env = "AWS_ACCESS_KEY_ID=ENV AWS_SECRET_ACCESS_KEY=es";
    static const struct {
        const char *environment;
        const char *key_id; /* NULL: E_CREDENTIALS */
        bool explicit_profile;
    } rows[] = {
        {"AWS_ACCESS_KEY_ID=ENV AWS_SECRET_ACCESS_KEY=es", "ENV", false},
        {"AWS_ACCESS_KEY_ID=ENV AWS_SECRET_ACCESS_KEY=es AWS_PROFILE=ops", "ENV", false},
        {"AWS_ACCESS_KEY_ID=ENV AWS_SECRET_ACCESS_KEY=es AWS_PROFILE=ops", "OPS", true},
        {"AWS_ACCESS_KEY_ID= AWS_SECRET_ACCESS_KEY=es", "FILE", false},
        {"AWS_ACCESS_KEY_ID=ENV", NULL, false},
        {"AWS_ACCESS_KEY_ID=ENV AWS_SECRET_ACCESS_KEY=", NULL, false},
        {"AWS_SECRET_ACCESS_KEY=es", "FILE", false},
        {"AWS_PROFILE=ops", "OPS", false},
    };
    struct bench bench;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bench_open(&bench, rows[i].environment, keys, NULL);
        if (rows[i].explicit_profile)
            bench_explicit(&bench);
        assert_int_equal(get(&bench), rows[i].key_id != NULL ? E_OK : E_CREDENTIALS);
        if (rows[i].key_id != NULL)
            assert_str(bench.key_id, rows[i].key_id);
        else
            assert_has(bench.err.message, "AWS_SECRET_ACCESS_KEY is not");
        bench_close(&bench);
    }
    bench_open(&bench, env, keys, NULL);
    setenv("AWS_SESSION_TOKEN", "tok", 1);
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.secret, "es");
    assert_str(bench.token, "tok");
    assert_str(bench.source, "environment");
    assert_true(bench.expires_ms == INT64_MAX);
    bench_close(&bench);
}

static void hostile_keys_are_refused_and_not_shown(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "AWS_ACCESS_KEY_ID=ENV AWS_SECRET_ACCESS_KEY=es", "", NULL);
    setenv("AWS_SESSION_TOKEN", "tok\r\nX-Evil: 1", 1);
    assert_int_equal(get(&bench), E_CREDENTIALS);
    assert_has(bench.err.message, "environment gave a key or token with characters");
    assert_has_not(bench.err.message, "tok\r");
    bench_close(&bench);

    bench_open(&bench, "", "[default]\naws_access_key_id = FILE\n", NULL);
    assert_int_equal(get(&bench), E_CREDENTIALS);
    assert_has(bench.err.message, "no aws_secret_access_key");
    bench_close(&bench);

    bench_open(&bench,
               "AWS_ACCESS_KEY_ID=E AWS_SECRET_ACCESS_KEY=s "
               "AWS_CREDENTIAL_EXPIRATION=2026-11-23T00:00:00Z",
               "", NULL);
    assert_int_equal(get(&bench), E_CREDENTIALS);
    assert_has(bench.err.message, "expired at 2026-11-23T00:00:00Z");
    bench_close(&bench);
}

static void nothing_found_is_accounted_for(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "", "", no_imds);
    assert_int_equal(get(&bench), E_CREDENTIALS);
    static const char *const parts[] = {
        "no credentials found: ",
        "environment: AWS_ACCESS_KEY_ID is not set",
        "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set",
        "profile 'default': no such section in ~/.aws/config",
        "container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "instance metadata: no answer from http://169.254.169.254",
        "--profile",
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        assert_has(bench.err.message, parts[i]);
    assert_true(strlen(bench.err.message) < sizeof(bench.err.message) - 1);
    bench_close(&bench);

    bench_open(&bench, "AWS_EC2_METADATA_DISABLED=True", "[default]\nregion = x\n", NULL);
    bench_explicit(&bench);
    assert_int_equal(get(&bench), E_CREDENTIALS);
    assert_has(bench.err.message, "environment: not asked");
    assert_has(bench.err.message, "profile 'default': no aws_access_key_id");
    assert_has(bench.err.message, "AWS_EC2_METADATA_DISABLED is true");
    assert_int_equal(bench.transport.asked_count, 0);
    bench_close(&bench);
}

/* --- instance metadata and container --------------------------------------------------------- */

static void a_machine_without_metadata_is_told_quickly(void **state)
{
    (void)state;
    static const struct fake_reply replies[] = {
        {"PUT " IMDS "api/token", E_TIMEOUT, .after_ms = 1000},
        {"PUT " IMDS "api/token", E_TIMEOUT, .after_ms = 1000},
        {0}};
    struct bench bench;
    bench_open(&bench, "", "", replies);
    int64_t before_ms = bench.transport.now_ms;
    assert_int_equal(get(&bench), E_CREDENTIALS);
    assert_true(bench.transport.now_ms - before_ms <= 2200);
    assert_true(bench.transport.asked[0].no_proxy);
    assert_int_equal(bench.transport.asked[0].timeout_ms, 1000);
    assert_has(bench.err.message, "hop limit");
    bench_close(&bench);
}

static void metadata_gives_the_role_of_the_instance(void **state)
{
    (void)state;
    static const struct fake_reply replies[] = {{"PUT " IMDS "api/token", E_OK, 200, "TOKEN"},
                                                {"GET " IMDS_IAM, E_OK, 503, "busy"},
                                                {"GET " IMDS_IAM, E_OK, 200, "my-role\n"},
                                                {"GET " IMDS_IAM "my-role", E_OK, 200, imds_answer},
                                                {0}};
    struct bench bench;
    bench_open(&bench, "", "", replies);
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.key_id, "ASIAEC2");
    assert_str(bench.secret, "s6");
    assert_str(bench.token, "t6");
    assert_str(bench.source, "instance metadata");
    assert_true(bench.expires_ms == start_ms + INT64_C(6) * 3600 * 1000);
    assert_str(bench.transport.asked[0].headers, "X-aws-ec2-metadata-token-ttl-seconds: 21600\n");
    assert_str(bench.transport.asked[3].headers, "X-aws-ec2-metadata-token: TOKEN\n");
    bench_close(&bench);
}

static void hostile_metadata_is_refused(void **state)
{
    (void)state;
#define BEGIN                                                                                      \
    {                                                                                              \
        "PUT " IMDS "api/token", E_OK, 200, "TOKEN"                                                \
    }
    static const struct {
        struct fake_reply replies[4];
        const char *message;
    } rows[] = {
        {{{NULL, E_OK, 200, "a\r\nb"}}, "no session token"},
        {{{NULL, E_OK, 200, ""}}, "no session token"},
        {{{NULL, E_OK, 404, "<html>"}}, "HTTP status 404"},
        {{BEGIN, {NULL, E_OK, 404, ""}}, "this instance has no role"},
        {{BEGIN, {NULL, E_OK, 200, "../../x"}}, "no name of a role"},
        {{BEGIN, {NULL, E_OK, 200, "<html>"}}, "no name of a role"},
        {{BEGIN, {NULL, E_OK, 200, ""}}, "no name of a role"},
        {{BEGIN,
          {NULL, E_OK, 200, "r"},
          {NULL, E_OK, 200, "{\"Code\":\"AssumeRoleUnauthorizedAccess\"}"}},
         "AssumeRoleUnauthorizedAccess"},
        {{BEGIN, {NULL, E_OK, 200, "r"}, {NULL, E_OK, 200, "[1]"}}, "holds no credentials"},
        {{BEGIN, {NULL, E_OK, 200, "r"}, {NULL, E_OK, 200, "{\"AccessKeyId\":1}"}},
         "holds no credentials"},
        {{BEGIN, {NULL, E_OK, 200, "r"}, {NULL, E_OK, 200, "{\"Code\":"}}, "no JSON"},
        {{BEGIN, {NULL, E_OK, 200, "r"}, {NULL, E_OK, 401, "{\"message\":\"expired token\"}"}},
         "HTTP status 401: expired token"},
        {{BEGIN, {NULL, E_OK, 200, "r"}, {NULL, E_LIMIT}}, "broken on purpose"},
    };
#undef BEGIN
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bench bench;
        bench_open(&bench, "", "", rows[i].replies);
        assert_int_equal(get(&bench), E_CREDENTIALS);
        assert_has(bench.err.message, rows[i].message);
        bench_close(&bench);
    }
}

static void metadata_past_its_expiry_stays_in_use(void **state)
{
    (void)state;
    static const struct fake_reply replies[] = {
        {NULL, E_OK, 200, "TOKEN"},
        {NULL, E_OK, 200, "r"},
        {NULL, E_OK, 200,
         "{\"AccessKeyId\":\"OLD\",\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":"
         "\"2026-11-23T00:00:00Z\"}"},
        {0}};
    struct bench bench;
    bench_open(&bench, "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1338/", "", replies);
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.key_id, "OLD");
    assert_true(bench.expires_ms > start_ms);
    assert_string_equal(bench.transport.asked[0].line,
                        "PUT http://127.0.0.1:1338/latest/api/token");
    bench_close(&bench);
}

static void the_container_is_asked_where_it_is_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *environment;
        const char *request; /* NULL: refused */
    } rows[] = {
        {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/c/1", "GET http://169.254.170.2/v2/c/1"},
        {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/a AWS_CONTAINER_CREDENTIALS_FULL_URI=https://b",
         "GET http://169.254.170.2/a"},
        {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=.evil.example/a", NULL},
        {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=@evil.example/", NULL},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=https://b.example/c?d=e",
         "GET https://b.example/c?d=e"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:80/c", "GET http://127.0.0.1:80/c"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.255.0.9/c", "GET http://127.255.0.9/c"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://localhost:80/c", "GET http://localhost:80/c"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://[::1]:80/c", "GET http://[::1]:80/c"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://[fd00:ec2::23]/v1",
         "GET http://[fd00:ec2::23]/v1"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1",
         "GET http://169.254.170.23/v1"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.2/v1",
         "GET http://169.254.170.2/v1"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.3/v1", NULL},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://10.0.0.1/c", NULL},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://example.com/c", NULL},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://localhost.example.com/c", NULL},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1@evil.example/c", NULL},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:80@evil.example/c", NULL},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1\\@evil.example/c", NULL},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1#@evil.example/c", NULL},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://[::1]evil.example/c", NULL},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://[::2]/c", NULL},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=ftp://127.0.0.1/c", NULL},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://", NULL},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=https://", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct fake_reply replies[] = {{rows[i].request, E_OK, 200, container_answer}, {0}};
        struct bench bench;
        bench_open(&bench, rows[i].environment, "",
                   rows[i].request != NULL ? replies : &replies[1]);
        assert_int_equal(get(&bench), rows[i].request != NULL ? E_OK : E_CREDENTIALS);
        assert_int_equal(bench.transport.asked_count, rows[i].request != NULL);
        if (rows[i].request != NULL)
            assert_str(bench.key_id, "ASIABOX");
        bench_close(&bench);
    }
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void the_container_token_is_sent_and_read_again(void **state)
{
    (void)state;
    char path[] = "/tmp/aws-token-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    static const struct fake_reply replies[] = {
        {NULL, E_TIMEOUT, .after_ms = 2000},
        {NULL, E_OK, 500, "no"},
        {NULL, E_OK, 200,
         "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
         "\"Expiration\":\"2026-11-24T00:05:00Z\"}"},
        {NULL, E_OK, 403, "{\"code\":\"x\",\"message\":\"not yours\"}"},
        {0}};
    struct bench bench;
    bench_open(&bench,
               "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1/ "
               "AWS_CONTAINER_AUTHORIZATION_TOKEN=plain",
               "", replies);
    setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path, 1);
    write_file(path, "Bearer one");
    assert_int_equal(get(&bench), E_OK);
    assert_int_equal(bench.transport.asked_count, 3);
    assert_str(bench.transport.asked[2].headers, "Authorization: Bearer one\n");
    wall_now_ms += 6 * 60 * 1000;
    bench.transport.now_ms += 6 * 60 * 1000;
    write_file(path, "Bearer two");
    assert_int_equal(get(&bench), E_CREDENTIALS);
    assert_str(bench.transport.asked[3].headers, "Authorization: Bearer two\n");
    assert_has(bench.err.message, "HTTP status 403: not yours");
    assert_int_equal(bench.err.http_status, 403);
    write_file(path, "Bearer three\n");
    assert_int_equal(get(&bench), E_CREDENTIALS);
    assert_has(bench.err.message, "line break");
    assert_has_not(bench.err.message, "three");
    unlink(path);
    assert_int_equal(get(&bench), E_CREDENTIALS);
    assert_has(bench.err.message, "cannot open");
    unsetenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    bench_close(&bench);
}

/* --- roles ----------------------------------------------------------------------------------- */

static void a_role_is_assumed_with_its_source(void **state)
{
    (void)state;
    static const struct fake_reply replies[] = {
        {STS, E_OK, 503, "<html>"}, {STS, E_OK, 200, assumed}, {0}};
    struct bench bench;
    bench_open(&bench, "AWS_PROFILE=ops AWS_REGION=eu-west-1",
               "[profile ops]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n"
               "external_id = a b&c\nduration_seconds = 1800\nrole_session_name = night\n"
               "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = bs\n",
               replies);
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.key_id, "ASIAROLE");
    assert_str(bench.token, "t3");
    assert_str(bench.source, "profile 'ops' (assumed role)");
    const struct fake_asked *asked = &bench.transport.asked[1];
    assert_true(asked->is_signed);
    assert_str(asked->access_key_id, "BASE");
    assert_str(asked->region, "eu-west-1");
    assert_str(asked->body,
               "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx&"
               "RoleSessionName=night&DurationSeconds=1800&ExternalId=a%20b%26c");
    bench_close(&bench);
}

static void roles_lead_to_roles(void **state)
{
    (void)state;
    static const struct fake_reply replies[] = {
        {NULL, E_OK, 200, assumed}, {NULL, E_OK, 200, assumed}, {0}};
    struct bench bench;
    bench_open(&bench, "",
               "[default]\nrole_arn = arn:aws-cn:iam::1:role/a\nsource_profile = b\n"
               "[profile b]\nrole_arn = arn:aws:iam::1:role/b\nsource_profile = c\n"
               "[profile c]\naws_access_key_id = C\naws_secret_access_key = cs\n"
               "role_arn = arn:aws:iam::1:role/unused\nsource_profile = default\n",
               replies);
    assert_int_equal(get(&bench), E_OK);
    assert_int_equal(bench.transport.asked_count, 2);
    assert_str(bench.transport.asked[0].access_key_id, "C");
    assert_string_equal(bench.transport.asked[0].line, "POST https://sts.us-east-1.amazonaws.com/");
    assert_str(bench.transport.asked[1].access_key_id, "ASIAROLE");
    assert_string_equal(bench.transport.asked[1].line,
                        "POST https://sts.cn-north-1.amazonaws.com.cn/");
    bench_close(&bench);
}

static void a_credential_source_is_used(void **state)
{
    (void)state;
    static const char *config = "[default]\nrole_arn = arn:aws:iam::1:role/a\n"
                                "region = eu-west-1\ncredential_source = %s\n";
    static const struct {
        const char *name;
        const char *environment;
        struct fake_reply replies[5];
        const char *signer; /* NULL: fails */
    } rows[] = {
        {"Environment",
         "AWS_ACCESS_KEY_ID=ENV AWS_SECRET_ACCESS_KEY=es",
         {{STS, E_OK, 200, assumed}},
         "ENV"},
        {"EcsContainer",
         "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/a",
         {{NULL, E_OK, 200, container_answer}, {STS, E_OK, 200, assumed}},
         "ASIABOX"},
        {"Ec2InstanceMetadata",
         "",
         {{NULL, E_OK, 200, "T"},
          {NULL, E_OK, 200, "r"},
          {NULL, E_OK, 200, imds_answer},
          {STS, E_OK, 200, assumed}},
         "ASIAEC2"},
        {"EcsContainer", "", {{0}}, NULL},
        {"Nowhere", "", {{0}}, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[256];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof(text), config, rows[i].name);
#pragma GCC diagnostic pop
        struct bench bench;
        bench_open(&bench, rows[i].environment, text, rows[i].replies);
        if (i == 0)
            bench_explicit(&bench); /* credential_source still means the environment */
        assert_int_equal(get(&bench), rows[i].signer != NULL ? E_OK : E_CREDENTIALS);
        size_t count = bench.transport.asked_count;
        if (rows[i].signer != NULL)
            assert_str(bench.transport.asked[count - 1].access_key_id, rows[i].signer);
        else
            assert_has(bench.err.message, "credential_source");
        bench_close(&bench);
    }
}

static void role_profiles_that_cannot_work_are_explained(void **state)
{
    (void)state;
#define ROLE "role_arn = arn:aws:iam::1:role/x\n"
    static const struct {
        const char *config;
        const char *message;
    } rows[] = {
        {"[default]\n" ROLE "source_profile = default\n", "'default' leads to 'default'"},
        {"[default]\n" ROLE "source_profile = a\n[profile a]\n" ROLE
         "source_profile = b\n[profile b]\n" ROLE "source_profile = a\n",
         "'default' leads to 'a' leads to 'b' leads to 'a'"},
        {"[default]\n" ROLE, "needs a source_profile or a credential_source"},
        {"[default]\n" ROLE "source_profile = a\ncredential_source = Environment\n",
         "needs only one of"},
        {"[default]\n" ROLE "source_profile = gone\n", "source_profile 'gone', which does not"},
        {"[default]\n" ROLE "source_profile = a\n[profile a]\nregion = x\n",
         "source_profile 'a' of profile 'default' has no credentials: profile 'a': no aws_acc"},
        {"[default]\n" ROLE "mfa_serial = x\nsource_profile = a\n", "mfa_serial"},
        {"[default]\n" ROLE "duration_seconds = 60\nsource_profile = a\n[profile a]\n"
         "aws_access_key_id = A\naws_secret_access_key = s\n",
         "duration_seconds must be 900 to 43200"},
        {"[default]\n" ROLE "source_profile = p1\n[profile p1]\n" ROLE
         "source_profile = p2\n[profile p2]\n" ROLE "source_profile = p3\n[profile p3]\n" ROLE
         "source_profile = p4\n[profile p4]\n" ROLE "source_profile = p5\n[profile p5]\n" ROLE
         "source_profile = p6\n[profile p6]\n" ROLE "source_profile = p7\n[profile p7]\n" ROLE
         "source_profile = p8\n[profile p8]\n" ROLE "source_profile = p9\n[profile p9]\n"
         "aws_access_key_id = A\naws_secret_access_key = s\n",
         "more than 8 profiles"},
    };
#undef ROLE
    static const struct fake_reply none[] = {{0}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bench bench;
        bench_open(&bench, "", rows[i].config, none);
        assert_int_equal(get(&bench), E_CREDENTIALS);
        assert_has(bench.err.message, rows[i].message);
        bench_close(&bench);
    }
}

static void sts_failures_are_readable(void **state)
{
    (void)state;
#define DENIED                                                                                     \
    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: "            \
    "arn:aws:iam::1:user/u is not authorized</Message></Error><RequestId>r-1</RequestId>"          \
    "</ErrorResponse>"
#define THROTTLED                                                                                  \
    "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate</Message></Error></ErrorResponse>"
    static const struct {
        struct fake_reply replies[4];
        const char *message;
        size_t asked;
    } rows[] = {
        {{{STS, E_OK, 403, DENIED}}, "AccessDenied: User: arn:aws:iam::1:user/u is not", 1},
        {{{STS, E_OK, 403, DENIED}}, "sts:AssumeRole", 1},
        {{{STS, E_OK, 400, THROTTLED}, {STS, E_OK, 400, THROTTLED}, {STS, E_OK, 400, THROTTLED}},
         "Throttling: Rate",
         3},
        {{{STS, E_NETWORK}, {STS, E_TIMEOUT}, {STS, E_NETWORK}}, "broken on purpose", 3},
        {{{STS, E_OK, 500, ""}, {STS, E_OK, 502, "x"}, {STS, E_OK, 503, "<"}},
         "HTTP status 503",
         3},
        {{{STS, E_OK, 200, "<"}}, "the answer holds no credentials", 1},
        {{{STS, E_OK, 200, "<AssumeRoleResponse/>"}}, "the answer holds no credentials", 1},
        {{{STS, E_OK, 200,
           "<R><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s"
           "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>soon</Expiration>"
           "</Credentials></AssumeRoleResult></R>"}},
         "the answer holds no credentials",
         1},
        {{{STS, E_OK, 301, ""}}, "HTTP status 301", 1},
    };
#undef DENIED
#undef THROTTLED
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bench bench;
        bench_open(&bench, "AWS_REGION=eu-west-1",
                   "[default]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = default\n"
                   "aws_access_key_id = A\naws_secret_access_key = very-secret\n",
                   rows[i].replies);
        assert_int_equal(get(&bench), E_CREDENTIALS);
        assert_has(bench.err.message, rows[i].message);
        assert_has_not(bench.err.message, "very-secret");
        assert_int_equal(bench.transport.asked_count, rows[i].asked);
        if (i == 0) {
            assert_string_equal(bench.err.aws_code, "AccessDenied");
            assert_string_equal(bench.err.request_id, "r-1");
            assert_string_equal(bench.err.where, "sts AssumeRole");
        }
        bench_close(&bench);
    }
}

static void a_web_identity_is_exchanged(void **state)
{
    (void)state;
    static const struct fake_reply replies[] = {
        {STS, E_OK, 400,
         "<ErrorResponse><Error><Code>IDPCommunicationError</Code></Error></ErrorResponse>"},
        {STS, E_OK, 200, assumed_web},
        {0}};
    char path[] = "/tmp/aws-token-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    write_file(path, "a.b.c\n");
    struct bench bench;
    bench_open(&bench, "AWS_REGION=eu-west-1 AWS_ROLE_ARN=arn:r AWS_ROLE_SESSION_NAME=pod", "",
               replies);
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", path, 1);
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.key_id, "ASIAWEB");
    assert_false(bench.transport.asked[1].is_signed);
    assert_str(bench.transport.asked[1].body,
               "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Ar&"
               "RoleSessionName=pod&WebIdentityToken=a.b.c");
    bench_close(&bench);

    bench_open(&bench, "AWS_REGION=eu-west-1", "", NULL);
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", path, 1);
    assert_int_equal(get(&bench), E_CREDENTIALS);
    assert_has(bench.err.message, "set AWS_ROLE_ARN");
    unlink(path);
    setenv("AWS_ROLE_ARN", "arn:r", 1);
    assert_int_equal(get(&bench), E_CREDENTIALS);
    assert_has(bench.err.message, "cannot open");
    bench_close(&bench);
}

/* --- SSO ------------------------------------------------------------------------------------- */

static void sha1_is_right(void **state)
{
    (void)state;
    char hex[SHA1_HEX_SIZE];
    sha1_hex(STR("abc"), hex);
    assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
    sha1_hex(STR_NONE, hex);
    assert_string_equal(hex, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    sha1_hex(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), hex);
    assert_string_equal(hex, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    char many[1000];
    memset(many, 'a', sizeof(many));
    sha1_hex((struct str){.ptr = many, .len = sizeof(many)}, hex);
    assert_string_equal(hex, "291e9a6c66994949b57ba5e650361e98fc36b1ba");
}

#define PORTAL                                                                                     \
    "GET https://portal.sso.eu-west-1.amazonaws.com/federation/credentials?account_id=1&"          \
    "role_name=Ops%20Team"

static void sso_exchanges_the_cached_token(void **state)
{
    (void)state;
    static const struct {
        const char *cache; /* NULL: no file */
        struct fake_reply replies[2];
        const char *message; /* NULL: E_OK */
    } rows[] = {
        {"{\"accessToken\":\"tok\",\"expiresAt\":\"2026-11-24T01:00:00Z\"}",
         {{PORTAL, E_OK, 200,
           "{\"roleCredentials\":{\"accessKeyId\":\"ASIASSO\",\"secretAccessKey\":\"s\","
           "\"sessionToken\":\"t\",\"expiration\":1795482000000}}"}},
         NULL},
        {"{\"accessToken\":\"tok\",\"expiresAt\":\"2026-11-24T01:00:00UTC\"}",
         {{PORTAL, E_OK, 200, "{}"}},
         "holds no credentials"},
        {"{\"accessToken\":\"tok\",\"expiresAt\":\"2026-11-24T01:00:00Z\"}",
         {{PORTAL, E_OK, 401, "{\"message\":\"Session token not found or invalid\"}"}},
         "aws sso login --profile default"},
        {"{\"accessToken\":\"tok\",\"expiresAt\":\"2026-11-24T01:00:00Z\"}",
         {{PORTAL, E_OK, 403, "{\"message\":\"No access\"}"}},
         "role 'Ops Team' in account '1' is not assigned"},
        {"{\"accessToken\":\"tok\",\"expiresAt\":\"2026-11-23T01:00:00Z\"}",
         {{0}},
         "the session has expired; run: aws sso login --profile default"},
        {"{\"accessToken\":\"to\\r\\nk\",\"expiresAt\":\"2026-11-24T01:00:00Z\"}",
         {{0}},
         "cannot be read"},
        {"{\"accessToken\":\"tok\"}", {{0}}, "cannot be read"},
        {"nonsense", {{0}}, "cannot be read"},
        {NULL, {{0}}, "nobody has logged in"},
    };
    char home[] = "/tmp/aws-home-XXXXXX";
    assert_non_null(mkdtemp(home));
    char path[128];
    static const char *const folders[] = {"/.aws", "/.aws/sso", "/.aws/sso/cache"};
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        snprintf(path, sizeof(path), "%s%s", home, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    char name[SHA1_HEX_SIZE];
    sha1_hex(STR("corp"), name);
    snprintf(path, sizeof(path), "%s/.aws/sso/cache/%s.json", home, name);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bench bench;
        bench_open(&bench, "",
                   "[default]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = Ops Team\n"
                   "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://x\n",
                   rows[i].replies);
        setenv("HOME", home, 1);
        unlink(path);
        if (rows[i].cache != NULL)
            write_file(path, rows[i].cache);
        assert_int_equal(get(&bench), rows[i].message == NULL ? E_OK : E_CREDENTIALS);
        if (rows[i].message == NULL) {
            assert_str(bench.key_id, "ASIASSO");
            assert_true(bench.expires_ms == INT64_C(1795482000000));
            assert_str(bench.transport.asked[0].headers, "x-amz-sso_bearer_token: tok\n");
            assert_false(bench.transport.asked[0].is_signed);
        } else {
            assert_has(bench.err.message, rows[i].message);
        }
        bench_close(&bench);
    }
    unlink(path);
    for (size_t i = ARRAY_LEN(folders); i-- > 0;) {
        snprintf(path, sizeof(path), "%s%s", home, folders[i]);
        rmdir(path);
    }
    rmdir(home);
}

static void sso_settings_must_be_whole(void **state)
{
    (void)state;
    static const struct {
        const char *config;
        const char *message;
    } rows[] = {
        {"[default]\nsso_session = gone\nsso_account_id = 1\nsso_role_name = r\n",
         "no [sso-session gone]"},
        {"[default]\nsso_account_id = 1\nsso_start_url = https://x\nsso_region = eu-west-1\n",
         "SSO needs sso_role_name"},
        {"[default]\nsso_account_id = 1\nsso_role_name = r\n", "SSO needs sso_start_url"},
        {"[default]\nsso_account_id = 1\nsso_role_name = r\nsso_start_url = https://x\n",
         "SSO needs sso_region"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bench bench;
        bench_open(&bench, "", rows[i].config, NULL);
        assert_int_equal(get(&bench), E_CREDENTIALS);
        assert_has(bench.err.message, rows[i].message);
        bench_close(&bench);
    }
}

/* --- credential_process ---------------------------------------------------------------------- */

static void command_lines_are_split_like_a_shell_does(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *words; /* each followed by '|'; NULL: refused */
    } rows[] = {
        {"a b  c", "a|b|c|"},
        {" a\t'b c' ", "a|b c|"},
        {"a \"b 'c' \\\" \\\\ \\n\"", "a|b 'c' \" \\ \\n|"},
        {"a 'b\\'", "a|b\\|"},
        {"a\\ b c\\\"d", "a b|c\"d|"},
        {"a '' \"\"", "a|||"},
        {"a x'y'\"z\"", "a|xyz|"},
        {"a $HOME ~ * ; b", "a|$HOME|~|*|;|b|"},
        {"a 'b", NULL},
        {"a \"b", NULL},
        {"a b\\", NULL},
        {"  ", NULL},
        {"''", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena = ARENA_INIT;
        struct error err = ERROR_INIT;
        char **argv = NULL;
        enum error_code code = process_split(&arena, str_from(rows[i].line), &argv, &err);
        assert_int_equal(code, rows[i].words != NULL ? E_OK : E_SYNTAX);
        struct str joined = STR_NONE;
        for (size_t w = 0; argv != NULL && argv[w] != NULL; w++)
            joined = arena_printf(&arena, "%.*s%s|", STR_ARG(joined), argv[w]);
        if (rows[i].words != NULL)
            assert_str(joined, rows[i].words);
        arena_release(&arena);
    }
}

static void a_process_gives_credentials_or_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        const char *message; /* NULL: E_OK */
    } rows[] = {
        {"/bin/echo '{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"s\","
         "\"SessionToken\":\"t\",\"Expiration\":\"2026-11-24T01:00:00Z\"}'",
         NULL},
        {"echo '{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"s\"}'", NULL},
        {"echo '{\"Version\":2,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"s\"}'",
         "Version is not 1"},
        {"echo '{\"Version\":1,\"AccessKeyId\":\"PROC\"}'", "no AccessKeyId and SecretAccessKey"},
        {"echo '{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"s\",\"Expiration\":3}'",
         "no time as Expiration"},
        {"echo '{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"s\",\"Expiration\":"
         "\"2026-11-23T01:00:00Z\"}'",
         "gave credentials that expired at"},
        {"echo hello", "no JSON"},
        {"true", "no JSON"},
        {"sh -c 'echo please log in >&2; exit 3'", "ended with status 3: please log in"},
        {"sh -c 'echo token abcdefgh12345678zz >&2; exit 3'", "not shown"},
        {"sh -c 'kill -9 $$'", "was ended by signal 9"},
        {"/nonexistent/program --flag s3cret", "cannot start '/nonexistent/program'"},
        {"sh -c 'yes 0123456789'", "printed more than 65536 bytes"},
        {"sh -c 'unterminated", "open quote"},
        {"sh -c 'cat; echo x'", "no JSON"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char config[512];
        snprintf(config, sizeof(config), "[default]\ncredential_process = %s\n", rows[i].command);
        struct bench bench;
        bench_open(&bench, "", config, NULL);
        assert_int_equal(get(&bench), rows[i].message == NULL ? E_OK : E_CREDENTIALS);
        if (rows[i].message == NULL) {
            assert_str(bench.key_id, "PROC");
            assert_str(bench.source, "profile 'default' (credential_process)");
        } else {
            assert_has(bench.err.message, rows[i].message);
            assert_has_not(bench.err.message, "abcdefgh12345678zz");
            assert_has_not(bench.err.message, "s3cret");
        }
        bench_close(&bench);
    }
}

static void a_process_is_given_up_when_the_loop_closes(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench, "", "[default]\ncredential_process = sleep 1000\n", NULL);
    aws_credentials_get(bench.provider, on_credentials, &bench);
    for (int i = 0; i < 5; i++)
        transport_step(&bench.transport.base, INT64_MAX);
    assert_int_equal(bench.answers, 0);
    transport_close(&bench.transport.base);
    run(&bench);
    assert_int_equal(bench.answers, 1);
    assert_int_equal(bench.code, E_DEADLINE);
    bench_close(&bench);
}

/* --- keeping and refreshing ------------------------------------------------------------------ */

static const char *const container_env = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/a";

#define CONTAINER(id, time)                                                                        \
    "{\"AccessKeyId\":\"" id "\",\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":\""      \
    "2026-11-24T" time "Z\"}"

static void pass_time(struct bench *bench, int64_t minutes)
{
    wall_now_ms += minutes * 60 * 1000;
    bench->transport.now_ms += minutes * 60 * 1000;
}

static void credentials_are_refreshed_before_they_expire(void **state)
{
    (void)state;
    static const struct fake_reply replies[] = {{NULL, E_OK, 200, CONTAINER("ONE", "01:00:00")},
                                                {NULL, E_OK, 404, ""}, /* advisory, fails */
                                                {NULL, E_OK, 200, CONTAINER("TWO", "02:00:00")},
                                                {NULL, E_OK, 404, ""}, /* mandatory, fails */
                                                {NULL, E_OK, 404, ""},
                                                {NULL, E_OK, 200, CONTAINER("THREE", "03:00:00")},
                                                {0}};
    struct bench bench;
    bench_open(&bench, container_env, "", replies);
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.key_id, "ONE");
    pass_time(&bench, 44);
    assert_int_equal(get(&bench), E_OK);
    assert_int_equal(bench.transport.asked_count, 1);
    pass_time(&bench, 2); /* 14 minutes left */
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.key_id, "ONE");
    assert_int_equal(bench.transport.asked_count, 2);
    assert_int_equal(get(&bench), E_OK); /* not within the same minute again */
    assert_int_equal(bench.transport.asked_count, 2);
    pass_time(&bench, 2);
    assert_int_equal(get(&bench), E_OK); /* the old ones at once, the new ones later */
    assert_str(bench.key_id, "ONE");
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.key_id, "TWO");
    pass_time(&bench, 63); /* 9 minutes left */
    assert_int_equal(get(&bench), E_CREDENTIALS);
    assert_int_equal(get(&bench), E_CREDENTIALS);
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.key_id, "THREE");
    assert_int_equal(bench.transport.asked_count, 6);
    bench_close(&bench);
}

static void short_lived_credentials_are_used(void **state)
{
    (void)state;
    static const struct fake_reply replies[] = {{NULL, E_OK, 200, CONTAINER("ONE", "00:05:00")},
                                                {NULL, E_OK, 200, CONTAINER("TWO", "00:10:00")},
                                                {0}};
    struct bench bench;
    bench_open(&bench, container_env, "", replies);
    assert_int_equal(get(&bench), E_OK);
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.key_id, "ONE");
    assert_int_equal(bench.transport.asked_count, 1);
    pass_time(&bench, 2);
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.key_id, "TWO");
    bench_close(&bench);
}

static void many_wait_on_one_fetch(void **state)
{
    (void)state;
    static const struct fake_reply replies[] = {
        {NULL, E_OK, 404, "", .after_ms = 5},
        {NULL, E_OK, 200, CONTAINER("ONE", "01:00:00"), .after_ms = 5},
        {0}};
    struct bench bench;
    bench_open(&bench, container_env, "", replies);
    for (int i = 0; i < 30; i++)
        aws_credentials_get(bench.provider, on_credentials, &bench);
    run(&bench);
    assert_int_equal(bench.answers, 30);
    assert_int_equal(bench.code, E_CREDENTIALS);
    assert_int_equal(bench.transport.asked_count, 1);
    for (int i = 0; i < 30; i++)
        aws_credentials_get(bench.provider, on_credentials, &bench);
    run(&bench);
    assert_int_equal(bench.answers, 60);
    assert_str(bench.key_id, "ONE");
    assert_int_equal(bench.transport.asked_count, 2);
    bench_close(&bench);
}

struct again {
    struct bench *bench;
    int left;
};

static void get_again(void *context, enum error_code code,
                      const struct aws_credentials *credentials, const struct error *err)
{
    struct again *again = context;
    on_credentials(again->bench, code, credentials, err);
    if (again->left-- > 0) {
        aws_credentials_reject(again->bench->provider);
        aws_credentials_get(again->bench->provider, get_again, again);
    }
}

static void rejected_credentials_are_fetched_anew(void **state)
{
    (void)state;
    static const struct fake_reply replies[] = {{NULL, E_OK, 200, CONTAINER("ONE", "01:00:00")},
                                                {NULL, E_OK, 200, CONTAINER("TWO", "01:00:00")},
                                                {0}};
    struct bench bench;
    bench_open(&bench, container_env, "", replies);
    assert_int_equal(get(&bench), E_OK);
    aws_credentials_reject(bench.provider); /* too soon: about those before */
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.key_id, "ONE");
    pass_time(&bench, 1);
    aws_credentials_reject(bench.provider);
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.key_id, "TWO");
    struct again again = {.bench = &bench, .left = 3}; /* from within an answer */
    aws_credentials_get(bench.provider, get_again, &again);
    run(&bench);
    assert_int_equal(again.left, -1);
    assert_int_equal(bench.transport.asked_count, 2);
    bench_close(&bench);
}

static void new_keys_in_the_files_are_seen_after_a_rejection(void **state)
{
    (void)state;
    char path[] = "/tmp/aws-credentials-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    struct bench bench;
    bench_open(&bench, "", "[default]\naws_access_key_id = A\naws_secret_access_key = s\n", NULL);
    assert_int_equal(get(&bench), E_OK);
    write_file(path, "[default]\naws_access_key_id = B\naws_secret_access_key = s\n");
    setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
    pass_time(&bench, 1);
    aws_credentials_reject(bench.provider);
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.key_id, "B");
    write_file(path, "nonsense"); /* half-written: the last good ones stay */
    pass_time(&bench, 1);
    aws_credentials_reject(bench.provider);
    assert_int_equal(get(&bench), E_OK);
    assert_str(bench.key_id, "B");
    unlink(path);
    bench_close(&bench);
}

static void a_closed_loop_answers_with_its_deadline(void **state)
{
    (void)state;
    static const struct fake_reply replies[] = {{NULL, E_OK, 200, "x", .after_ms = 5}, {0}};
    static const char *const environments[] = {"", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/a"};
    for (size_t i = 0; i < ARRAY_LEN(environments); i++) {
        struct bench bench;
        bench_open(&bench, environments[i], "", replies);
        aws_credentials_get(bench.provider, on_credentials, &bench);
        transport_close(&bench.transport.base);
        run(&bench);
        assert_int_equal(bench.answers, 1);
        assert_int_equal(bench.code, E_DEADLINE);
        bench_close(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_source_that_is_set_up_wins),
        cmocka_unit_test(hostile_keys_are_refused_and_not_shown),
        cmocka_unit_test(nothing_found_is_accounted_for),
        cmocka_unit_test(a_machine_without_metadata_is_told_quickly),
        cmocka_unit_test(metadata_gives_the_role_of_the_instance),
        cmocka_unit_test(hostile_metadata_is_refused),
        cmocka_unit_test(metadata_past_its_expiry_stays_in_use),
        cmocka_unit_test(the_container_is_asked_where_it_is_allowed),
        cmocka_unit_test(the_container_token_is_sent_and_read_again),
        cmocka_unit_test(a_role_is_assumed_with_its_source),
        cmocka_unit_test(roles_lead_to_roles),
        cmocka_unit_test(a_credential_source_is_used),
        cmocka_unit_test(role_profiles_that_cannot_work_are_explained),
        cmocka_unit_test(sts_failures_are_readable),
        cmocka_unit_test(a_web_identity_is_exchanged),
        cmocka_unit_test(sha1_is_right),
        cmocka_unit_test(sso_exchanges_the_cached_token),
        cmocka_unit_test(sso_settings_must_be_whole),
        cmocka_unit_test(command_lines_are_split_like_a_shell_does),
        cmocka_unit_test(a_process_gives_credentials_or_a_reason),
        cmocka_unit_test(a_process_is_given_up_when_the_loop_closes),
        cmocka_unit_test(credentials_are_refreshed_before_they_expire),
        cmocka_unit_test(short_lived_credentials_are_used),
        cmocka_unit_test(many_wait_on_one_fetch),
        cmocka_unit_test(rejected_credentials_are_fetched_anew),
        cmocka_unit_test(new_keys_in_the_files_are_seen_after_a_rejection),
        cmocka_unit_test(a_closed_loop_answers_with_its_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
