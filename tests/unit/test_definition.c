/* definition/: the tables of tests/tables/definitions, folders and files, and what no table can
 * say.
 *
 * A table holds cases:
 *     === name
 *     --- set NAME=VALUE      an environment variable; any number of these lines
 *     (the definition, as the file case.yml)
 *     --- says                the findings, exactly as they are printed
 *     --- gives               the definition as dump() writes it; either or both
 * In a value of `set` and in a dump \n stands for a line feed. */
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "definition/load.h"
#include "definition/schema.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_BYTES = 4 * 1024 * 1024 };

/* ---- a definition as text ---- */

static void add_value(struct buf *out, const char *label, struct str s)
{
    buf_addf(out, " %s'", label);
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\n')
            buf_add(out, STR("\\n"));
        else
            buf_add_char(out, s.ptr[i]);
    }
    buf_add_char(out, '\'');
}

static void add_text(struct buf *out, const char *label, struct text text)
{
    add_value(out, label, text.value);
    if (!str_eq(text.value, text.shown))
        add_value(out, "shown ", text.shown);
}

static void dump_statistics(struct buf *out, const struct service_definition *service,
                            const struct statistic_definition *statistics, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct statistic_definition *statistic = &statistics[i];
        buf_add(out, STR("    statistic"));
        add_text(out, "", statistic->name);
        add_value(out, "alias ", statistic->alias);
        assert_true(statistic->metric < service->metric_count);
        const struct metric_definition *metric = &service->metrics[statistic->metric];
        assert_true(str_eq(metric->alias, statistic->alias));
        add_value(out, "from ", metric->source);
        buf_add_char(out, '\n');
    }
}

static void dump_sources(struct buf *out, const struct service_definition *service)
{
    for (size_t i = 0; i < service->http_source_count; i++) {
        const struct http_source_definition *http = &service->http_sources[i];
        buf_addf(out, "  http %s", http->method == HTTP_POST ? "POST" : "GET");
        add_text(out, "", http->url);
        buf_addf(out, " timeout %lld ms", (long long)http->timeout_ms);
        if (http->has_payload)
            add_text(out, "payload ", http->payload);
        for (size_t j = 0; j < http->header_count; j++) {
            add_text(out, "header ", http->headers[j].name);
            add_text(out, "is ", http->headers[j].value);
        }
        buf_add_char(out, '\n');
        dump_statistics(out, service, http->statistics, http->statistic_count);
    }
    for (size_t i = 0; i < service->cloudwatch_source_count; i++) {
        const struct cloudwatch_source_definition *source = &service->cloudwatch_sources[i];
        buf_add(out, STR("  cloudwatch"));
        add_text(out, "", source->namespace_);
        add_text(out, "", source->metric_name);
        buf_addf(out, " period %lld s", (long long)source->period_s);
        for (size_t j = 0; j < source->dimension_count; j++) {
            add_text(out, "dimension ", source->dimensions[j].name);
            add_text(out, "is ", source->dimensions[j].value);
        }
        buf_add_char(out, '\n');
        dump_statistics(out, service, source->statistics, source->statistic_count);
    }
}

static void dump(struct buf *out, const struct definition *definition)
{
    buf_addf(out, "cluster '%.*s' %s", STR_ARG(definition->cluster),
             definition->enabled ? "enabled" : "disabled");
    if (definition->has_group)
        add_text(out, "group ", definition->group);
    buf_addf(out, " buffer %lld %lld", (long long)definition->cpu_buffer,
             (long long)definition->mem_buffer_mib);
    if (definition->has_min)
        buf_addf(out, " min %lld", (long long)definition->min);
    if (definition->has_max)
        buf_addf(out, " max %lld", (long long)definition->max);
    if (definition->has_region)
        add_text(out, "region ", definition->region);
    buf_add_char(out, '\n');
    for (size_t i = 0; i < definition->service_count; i++) {
        const struct service_definition *service = &definition->services[i];
        buf_add(out, STR("service"));
        add_text(out, "", service->name);
        buf_addf(out, " %s min %lld max %lld\n", service->enabled ? "enabled" : "disabled",
                 (long long)service->min, (long long)service->max);
        dump_sources(out, service);
        for (size_t j = 0; j < service->event_count; j++) {
            const struct event_definition *event = &service->events[j];
            assert_non_null(event->expression);
            buf_add(out, STR("  event"));
            add_value(out, "", event->metric);
            buf_addf(out, " action %+lld", (long long)event->action);
            if (event->has_min)
                buf_addf(out, " min %.15g", event->min);
            if (event->has_max)
                buf_addf(out, " max %.15g", event->max);
            buf_add_char(out, '\n');
        }
    }
}

/* ---- the tables ---- */

struct variables {
    struct str names[8];
    char values[8][256];
    size_t count;
};

static bool look_up(void *context, struct str name, struct str *value)
{
    struct variables *variables = context;
    for (size_t i = 0; i < variables->count; i++) {
        if (str_eq(variables->names[i], name)) {
            *value = str_from(variables->values[i]);
            return true;
        }
    }
    return false;
}

static void set_variable(struct variables *variables, struct str setting)
{
    size_t equals = str_find(setting, '=');
    assert_true(equals < setting.len && variables->count < 8);
    variables->names[variables->count] = str_slice(setting, 0, equals);
    char *to = variables->values[variables->count++];
    for (size_t i = equals + 1; i < setting.len; i++) {
        bool line_feed = setting.ptr[i] == '\\' && i + 1 < setting.len && setting.ptr[i + 1] == 'n';
        *to++ = line_feed ? '\n' : setting.ptr[i];
        i += line_feed;
    }
    *to = '\0';
}

static void read_whole(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char chunk[4096];
    size_t count = 0;
    while ((count = fread(chunk, 1, sizeof(chunk), file)) > 0)
        assert_true(buf_add(out, (struct str){.ptr = chunk, .len = count}));
    fclose(file);
}

struct parts {
    struct variables variables;
    struct buf definition;
    struct buf says;
    struct buf gives;
    bool has_gives;
};

static void take_parts(struct str body, struct parts *parts)
{
    struct buf *into = &parts->definition;
    struct str line;
    while (str_split(&body, '\n', &line)) {
        if (str_starts(line, STR("--- set "))) {
            set_variable(&parts->variables, str_slice(line, 8, line.len));
        } else if (str_eq(line, STR("--- says"))) {
            into = &parts->says;
        } else if (str_eq(line, STR("--- gives"))) {
            into = &parts->gives;
            parts->has_gives = true;
        } else if (into == &parts->definition || line.len > 0) {
            buf_add(into, line);
            if (body.ptr != NULL)
                buf_add_char(into, '\n');
        }
    }
}

/* Every value that the case sets to something telling must not be printed anywhere. */
static void assert_hidden(const struct variables *variables, struct str printed)
{
    for (size_t i = 0; i < variables->count; i++) {
        struct str value = str_from(variables->values[i]);
        if (str_starts(value, STR("s3c")))
            assert_true(str_find_str(printed, value) == printed.len);
    }
}

static bool check_text(struct str name, const char *what, struct str got, struct str expected)
{
    if (str_eq(got, expected))
        return true;
    /* Not print_error: it cuts long texts. */
    fprintf(stderr, "=== %.*s: %s\n--- got\n%.*s--- expected\n%.*s", STR_ARG(name), what,
            STR_ARG(got), STR_ARG(expected));
    return false;
}

static bool run_case(struct str name, struct str body)
{
    struct parts parts = {.definition = BUF_INIT(TEXT_BYTES),
                          .says = BUF_INIT(TEXT_BYTES),
                          .gives = BUF_INIT(TEXT_BYTES)};
    take_parts(body, &parts);
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct loaded loaded = {0};
    struct load_options options = {.lookup = look_up, .lookup_context = &parts.variables};
    definition_load_text(&arena, STR("case.yml"), buf_str(&parts.definition), &options, &loaded);
    struct buf says CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    for (size_t i = 0; i < loaded.diagnostics.count; i++)
        diagnostic_print(&loaded.diagnostics.items[i], false, &says);
    bool fine = check_text(name, "findings", buf_str(&says), buf_str(&parts.says));
    assert_hidden(&parts.variables, buf_str(&says));
    assert_int_equal(loaded.files.count, 1);
    assert_true((loaded.files.items[0].definition == NULL) == (loaded.error_count > 0));
    if (parts.has_gives) {
        struct buf gives CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
        if (loaded.files.items[0].definition != NULL)
            dump(&gives, loaded.files.items[0].definition);
        fine = check_text(name, "definition", buf_str(&gives), buf_str(&parts.gives)) && fine;
    }
    buf_release(&parts.definition);
    buf_release(&parts.says);
    buf_release(&parts.gives);
    return fine;
}

static size_t run_table(const char *path, size_t *failed)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    read_whole(path, &text);
    struct str rest = buf_str(&text);
    size_t count = 0;
    size_t at = str_find_str(rest, STR("\n=== "));
    while (at < rest.len) {
        rest = str_slice(rest, at + 5, rest.len);
        size_t end_of_name = str_find(rest, '\n');
        at = str_find_str(rest, STR("\n=== "));
        struct str body = str_slice(rest, end_of_name + 1, at == rest.len ? at : at + 1);
        count++;
        *failed += !run_case(str_slice(rest, 0, end_of_name), body);
    }
    return count;
}

static void the_tables_hold(void **state)
{
    (void)state;
    size_t count = 0;
    size_t failed = 0;
    DIR *folder = opendir(TESTS_DIR "/tables/definitions");
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (!str_ends(str_from(entry->d_name), STR(".txt")))
            continue;
        char path[4096];
        snprintf(path, sizeof(path), "%s/tables/definitions/%s", TESTS_DIR, entry->d_name);
        count += run_table(path, &failed);
    }
    closedir(folder);
    print_message("%zu cases\n", count);
    assert_true(count > 100);
    assert_int_equal(failed, 0);
}

/* ---- what is not text ---- */

static struct loaded load_bytes(struct arena *arena, struct str text)
{
    struct loaded loaded = {0};
    definition_load_text(arena, STR("case.yml"), text, NULL, &loaded);
    return loaded;
}

static void bytes_that_are_no_text(void **state)
{
    (void)state;
    const struct {
        struct str text;
        const char *message;
    } rows[] = {
        {STR("autoscale_group: a\xFF\n"), "is not UTF-8: byte 0xFF in line 1"},
        {STR("\xFF\xFE"
             "a\0:\0"),
         "is not UTF-8: byte 0xFF in line 1"},
        {STR("autoscale_group: a\nmin: \0\n"),
         "holds the control character 0x00 in line 2: YAML allows none"},
        {STR("autoscale_group: \x1B[31m\n"),
         "holds the control character 0x1B in line 1: YAML allows none"},
        {STR("autoscale_group: \xC2\x9B"
             "31m\n"),
         "holds the control character 0xC2 in line 1: YAML allows none"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena arena CLEANUP(arena_release) = ARENA_INIT;
        struct loaded loaded = load_bytes(&arena, rows[i].text);
        assert_int_equal(loaded.diagnostics.count, 1);
        assert_str(loaded.diagnostics.items[0].message, rows[i].message);
        assert_null(loaded.files.items[0].definition);
    }
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct loaded loaded = load_bytes(&arena, STR("\xEF\xBB\xBF"
                                                  "autoscale_group: asg\n"));
    assert_int_equal(loaded.error_count, 0);
    assert_non_null(loaded.files.items[0].definition);
}

static void a_finding_never_reaches_a_terminal_raw(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct loaded loaded = load_bytes(&arena, STR("\"\\e[31m\\x9b\": 1\nautoscale_group: a\n"));
    struct buf out CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    diagnostic_print(&loaded.diagnostics.items[0], false, &out);
    assert_str(buf_str(&out), "case.yml:1:2: error: unknown key '\\x1b[31m\\x9b'\n"
                              "    \"\\e[31m\\x9b\": 1\n     ^~~~~~~~~~\n");
}

static void findings_are_limited(void **state)
{
    (void)state;
    struct buf text CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    for (int i = 0; i < 500; i++)
        buf_addf(&text, "key%d: 1\n", i);
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct loaded loaded = load_bytes(&arena, buf_str(&text));
    assert_int_equal(loaded.error_count, 501); /* and the missing autoscale_group */
    assert_int_equal(loaded.diagnostics.count, LIMIT_DIAGNOSTICS + 1);
    assert_str(loaded.diagnostics.items[LIMIT_DIAGNOSTICS].message,
               "301 more findings are not listed");
}

static void large_files_are_refused_or_read(void **state)
{
    (void)state;
    struct buf text CLEANUP(buf_release) = BUF_INIT(2 * LIMIT_DEFINITION_BYTES);
    buf_add(&text, STR("autoscale_group: asg\nservices:\n"));
    for (int i = 0; text.len + 64 < LIMIT_DEFINITION_BYTES; i++)
        buf_addf(&text, "  service-%d: {min: 1, max: 2, events: []}\n", i);
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct loaded loaded = load_bytes(&arena, buf_str(&text));
    assert_int_equal(loaded.error_count, 0);
    assert_true(loaded.files.items[0].definition->service_count > 20000);
    while (text.len <= LIMIT_DEFINITION_BYTES)
        buf_add(&text, STR("# more\n"));
    loaded = load_bytes(&arena, buf_str(&text));
    assert_str(loaded.diagnostics.items[0].message, "is larger than 1024 KiB");
}

/* ---- folders and files ---- */

static char folder_path[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder_path, sizeof(folder_path), "/tmp/test_definition.XXXXXX");
    return mkdtemp(folder_path) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    DIR *folder = opendir(folder_path);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", folder_path, entry->d_name);
        if (entry->d_name[0] != '.' && unlink(path) != 0)
            rmdir(path);
    }
    closedir(folder);
    return rmdir(folder_path);
}

static const char *path_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof(path), "%s/%s", folder_path, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void a_folder_is_read_in_order(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct loaded loaded = {0};
    struct error err = ERROR_INIT;
    assert_int_equal(definitions_load(&arena, folder_path, NULL, &loaded, &err), E_MISSING);
    assert_non_null(strstr(err.message, "holds no definitions"));
    write_file("b.yml", "autoscale_group: asg\n");
    write_file("a.yaml", "autoscale_group: asg\n");
    write_file("a-b.yml", "autoscale_group: asg\n");
    write_file("bad name.yml", "autoscale_group: asg\n");
    write_file("twice.yml", "autoscale_group: asg\n");
    write_file("twice.yaml", "autoscale_group: asg\nfoo: 1\n");
    write_file("notes.txt", "not: [yaml\n");
    write_file("ignored.yml~", "not: [yaml\n");
    assert_int_equal(mkdir(path_of("folder.yml"), 0700), 0);
    assert_int_equal(mkfifo(path_of("pipe.yml"), 0600), 0);
    assert_int_equal(definitions_load(&arena, folder_path, NULL, &loaded, &err), E_OK);
    static const struct {
        const char *cluster;
        bool fine;
    } rows[] = {{"a", true},     {"a-b", true},    {"b", true},     {"bad name", false},
                {"pipe", false}, {"twice", false}, {"twice", false}};
    assert_int_equal(loaded.files.count, ARRAY_LEN(rows));
    struct buf says CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_str(loaded.files.items[i].cluster, rows[i].cluster);
        assert_int_equal(loaded.files.items[i].definition != NULL, rows[i].fine);
    }
    for (size_t i = 0; i < loaded.diagnostics.count; i++) {
        const struct diagnostic *diagnostic = &loaded.diagnostics.items[i];
        assert_true(str_starts(diagnostic->file, str_from(folder_path)));
        buf_addf(&says, "%.*s: %.*s\n",
                 STR_ARG(str_slice(diagnostic->file, strlen(folder_path) + 1, 999)),
                 STR_ARG(str_slice(diagnostic->message, 0, 45)));
    }
    assert_str(buf_str(&says), "bad name.yml: 'bad name' cannot be a cluster's name: 1 to 2\n"
                               "pipe.yml: is not a regular file\n"
                               "twice.yaml: unknown key 'foo'\n"
                               "twice.yaml: cluster 'twice' is defined by '/tmp/test_defi\n"
                               "twice.yml: cluster 'twice' is defined by '/tmp/test_defi\n");
    assert_int_equal(loaded.error_count, 5);
}

static void single_files_are_read(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct loaded loaded = {0};
    struct error err = ERROR_INIT;
    assert_int_equal(definitions_load(&arena, path_of("none.yml"), NULL, &loaded, &err), E_MISSING);
    assert_int_equal(definitions_load(&arena, path_of("notes.txt"), NULL, &loaded, &err), E_OK);
    assert_str(loaded.diagnostics.items[0].message,
               "a definition's file name ends in .yml or .yaml");
    assert_int_equal(definitions_load(&arena, path_of("a.yaml"), NULL, &loaded, &err), E_OK);
    assert_non_null(loaded.files.items[1].definition);
    /* The same cluster again, from another argument: both are out. */
    assert_int_equal(definitions_load(&arena, path_of("a.yaml"), NULL, &loaded, &err), E_OK);
    assert_null(loaded.files.items[1].definition);
    assert_null(loaded.files.items[2].definition);
    if (geteuid() != 0) { /* root reads everything */
        assert_int_equal(chmod(path_of("b.yml"), 0), 0);
        struct loaded closed = {0};
        assert_int_equal(definitions_load(&arena, path_of("b.yml"), NULL, &closed, &err), E_OK);
        assert_str(closed.diagnostics.items[0].message, "cannot be opened: Permission denied");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tables_hold),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(a_finding_never_reaches_a_terminal_raw),
        cmocka_unit_test(findings_are_limited),
        cmocka_unit_test(large_files_are_refused_or_read),
        cmocka_unit_test(a_folder_is_read_in_order),
        cmocka_unit_test(single_files_are_read),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
