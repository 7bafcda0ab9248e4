/* The shared config and credentials files, the profile in use and the region. */
#include "unit.h"

#include "aws_environment.h"
#include "cloud/aws/config.h"

#include <sys/stat.h>
#include <unistd.h>

static void values_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *config;
        const char *credentials;
        const char *type;
        const char *name;
        const char *key;
        const char *value; /* NULL: no such section */
    } rows[] = {
        {"[default]\nregion = eu-west-1\n", "", "profile", "default", "region", "eu-west-1"},
        {"[default]\nregion=eu-west-1", "", "profile", "default", "region", "eu-west-1"},
        {"\xEF\xBB\xBF[default]\r\nRegion =\teu-west-1 \r\n", "", "profile", "default", "region",
         "eu-west-1"},
        {"[profile ops]\nregion = x\n", "", "profile", "ops", "region", "x"},
        {"[profile \"night ops\"]\nregion = x\n", "", "profile", "night ops", "region", "x"},
        {"[profile\tops] # night\nregion = x ; here\n", "", "profile", "ops", "region", "x"},
        {"[profile ops]\nregion = x#y;z\n", "", "profile", "ops", "region", "x#y;z"},
        {"[default]\ncredential_process = a '#1' #2 ; b\n", "", "profile", "default",
         "credential_process", "a '#1' #2 ; b"},
        {"[ops]\nregion = x\n", "", "profile", "ops", "region", NULL},
        {"[profiles ops]\nregion = x\n", "", "profile", "ops", "region", NULL},
        {"[plugins]\nany thing\n[default]\na = b\n", "", "profile", "default", "a", "b"},
        {"", "[ops]\na = b\n", "profile", "ops", "a", "b"},
        {"[profile ops]\na = 1\nb = 2\n", "[ops]\na = 3\n", "profile", "ops", "a", "3"},
        {"[profile ops]\na = 1\nb = 2\n", "[ops]\na = 3\n", "profile", "ops", "b", "2"},
        {"[profile default]\na = 1\n[default]\na = 2\nb = 3\n", "", "profile", "default", "a", "1"},
        {"[profile default]\na = 1\n[default]\na = 2\nb = 3\n", "", "profile", "default", "b", "3"},
        {"[default]\na = 2\n[profile default]\na = 1\n", "", "profile", "default", "a", "1"},
        {"[default]\na = 1\n[profile x]\n[default]\na = 2\n", "", "profile", "default", "a", "2"},
        {"# one\n; two\n\n  # three\n[default]\na = 1\n#b = 2\n", "", "profile", "default", "b",
         ""},
        {"[default]\na =\nb = 1\n", "", "profile", "default", "a", ""},
        {"[default]\na = x=y=z\n", "", "profile", "default", "a", "x=y=z"},
        {"[default]\na = one\n  two\n\tthree\nb = 1\n", "", "profile", "default", "a",
         "one\ntwo\nthree"},
        {"[default]\ns3 =\n  Max = 10\n  min = 1\nb = 1\n", "", "profile", "default", "s3.max",
         "10"},
        {"[default]\ns3 =\n  Max = 10\n  min = 1\nb = 1\n", "", "profile", "default", "b", "1"},
        {"[default]\n  a = 1\n  b = 2\n", "", "profile", "default", "b", "2"},
        {"[services dev]\necs =\n  endpoint_url = http://a\n", "", "services", "dev",
         "ecs.endpoint_url", "http://a"},
        {"[sso-session corp]\nsso_region = x\n", "", "sso-session", "corp", "sso_region", "x"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct aws_config config = {.arena = ARENA_INIT};
        struct error err = ERROR_INIT;
        assert_int_equal(aws_config_parse(&config, STR("c"), str_from(rows[i].config), false, &err),
                         E_OK);
        assert_int_equal(
            aws_config_parse(&config, STR("d"), str_from(rows[i].credentials), true, &err), E_OK);
        const struct aws_config_section *section =
            aws_config_section(&config, rows[i].type, str_from(rows[i].name));
        if (rows[i].value == NULL)
            assert_null(section);
        else
            assert_non_null(section);
        assert_str(aws_config_get(section, rows[i].key),
                   rows[i].value != NULL ? rows[i].value : "");
        aws_config_release(&config);
    }
}

static void broken_files_are_refused_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *where;
    } rows[] = {
        {"region = x\n", "file:1"},
        {"\n\n[default\nregion = x\n", "file:3"},
        {"[]\n", "file:1"},
        {"[default]\nregion\n", "file:2"},
        {"[default]\n= x\n", "file:2"},
        {"[default]\ns3 =\n  thing\n", "file:3"},
        {"[default]\na = \x01\n", "file:2"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct aws_config config = {.arena = ARENA_INIT};
        struct error err = ERROR_INIT;
        assert_int_equal(
            aws_config_parse(&config, STR("file"), str_from(rows[i].text), false, &err), E_SYNTAX);
        assert_string_equal(err.where, rows[i].where);
        aws_config_release(&config);
    }
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        const char *line; /* with %d */
        int count;
    } rows[] = {
        {"", "[profile p%d]\n", 5001},
        {"[default]\n", "k%d = 1\n", 513},
        {"[default]\na = 1\n", " %d\n", 33},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena = ARENA_INIT;
        struct str text = arena_str(&arena, str_from(rows[i].head));
        char *all = arena_alloc(&arena, 200000, 1);
        size_t len = (size_t)snprintf(all, 200000, "%.*s", STR_ARG(text));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        for (int n = 0; n < rows[i].count; n++)
            len += (size_t)snprintf(all + len, 200000 - len, rows[i].line, n);
#pragma GCC diagnostic pop
        struct aws_config config = {.arena = ARENA_INIT};
        struct error err = ERROR_INIT;
        assert_int_equal(aws_config_parse(&config, STR("file"),
                                          (struct str){.ptr = all, .len = len}, false, &err),
                         E_LIMIT);
        aws_config_release(&config);
        arena_release(&arena);
    }
}

struct folder {
    char path[64];
    char config[96];
    char credentials[96];
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void folder_make(struct folder *folder, const char *config, const char *credentials)
{
    aws_environment_clear();
    snprintf(folder->path, sizeof(folder->path), "/tmp/aws-config-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    snprintf(folder->config, sizeof(folder->config), "%s/config", folder->path);
    snprintf(folder->credentials, sizeof(folder->credentials), "%s/credentials", folder->path);
    write_file(folder->config, config);
    write_file(folder->credentials, credentials);
    setenv("AWS_CONFIG_FILE", folder->config, 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", folder->credentials, 1);
}

static void folder_remove(struct folder *folder)
{
    unlink(folder->config);
    unlink(folder->credentials);
    rmdir(folder->path);
    aws_environment_clear();
}

static void profile_and_region_are_chosen(void **state)
{
    (void)state;
    static const struct {
        const char *environment;
        const char *option;
        enum error_code code;
        const char *profile;
        const char *region;
    } rows[] = {
        {"", NULL, E_OK, "default", "eu-west-1"},
        {"", "", E_OK, "default", "eu-west-1"},
        {"", "ops", E_OK, "ops", "eu-west-2"},
        {"AWS_PROFILE=ops", NULL, E_OK, "ops", "eu-west-2"},
        {"AWS_DEFAULT_PROFILE=ops", NULL, E_OK, "ops", "eu-west-2"},
        {"AWS_PROFILE=only AWS_DEFAULT_PROFILE=ops", NULL, E_OK, "only", ""},
        {"AWS_PROFILE=only", "ops", E_OK, "ops", "eu-west-2"},
        {"AWS_PROFILE=", NULL, E_OK, "default", "eu-west-1"},
        {"AWS_PROFILE=gone", NULL, E_CREDENTIALS, NULL, NULL},
        {"", "gone", E_CREDENTIALS, NULL, NULL},
        {"AWS_REGION=a-1", NULL, E_OK, "default", "a-1"},
        {"AWS_REGION=a-1 AWS_DEFAULT_REGION=b-1", NULL, E_OK, "default", "a-1"},
        {"AWS_REGION= AWS_DEFAULT_REGION=b-1", "ops", E_OK, "ops", "b-1"},
    };
    struct folder folder;
    folder_make(&folder, "[default]\nregion = eu-west-1\n[profile ops]\nregion = eu-west-2\n",
                "[only]\naws_access_key_id = AKID\n");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        aws_environment_clear();
        setenv("AWS_CONFIG_FILE", folder.config, 1);
        setenv("AWS_SHARED_CREDENTIALS_FILE", folder.credentials, 1);
        aws_environment_set(rows[i].environment);
        struct aws_config config;
        struct error err = ERROR_INIT;
        assert_int_equal(aws_config_load(&config, rows[i].option, &err), rows[i].code);
        if (rows[i].code != E_OK) {
            assert_non_null(strstr(err.message, "'gone'"));
            continue;
        }
        assert_str(config.profile, rows[i].profile);
        assert_str(aws_config_region(&config), rows[i].region);
        config.region = STR("z-9");
        assert_str(aws_config_region(&config), "z-9");
        aws_config_release(&config);
    }
    folder_remove(&folder);
}

static void absent_files_are_empty_and_broken_ones_are_not(void **state)
{
    (void)state;
    struct folder folder;
    struct aws_config config;
    struct error err = ERROR_INIT;
    folder_make(&folder, "[default]\nregion = x\n", "nonsense\n");
    assert_int_equal(aws_config_load(&config, NULL, &err), E_SYNTAX);
    assert_non_null(strstr(err.where, "/credentials:1"));

    unlink(folder.credentials);
    assert_int_equal(aws_config_load(&config, NULL, &err), E_OK);
    assert_str(aws_config_region(&config), "x");
    assert_true(config.profile_exists);
    aws_config_release(&config);

    setenv("AWS_CONFIG_FILE", folder.path, 1); /* a folder */
    assert_int_equal(aws_config_load(&config, NULL, &err), E_IO);

    unsetenv("AWS_CONFIG_FILE");
    setenv("HOME", folder.path, 1);
    err = ERROR_INIT;
    assert_int_equal(aws_config_load(&config, NULL, &err), E_OK);
    assert_int_equal(err.code, E_OK);
    assert_false(config.profile_exists);
    assert_true(str_starts(config.config_path, str_from(folder.path)));
    assert_true(str_ends(config.config_path, STR("/.aws/config")));
    aws_config_release(&config);
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(broken_files_are_refused_by_line),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(profile_and_region_are_chosen),
        cmocka_unit_test(absent_files_are_empty_and_broken_ones_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
