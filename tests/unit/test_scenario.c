/* scenario/: the tables of tests/tables/scenarios.
 *
 * A table holds cases:
 *     === name
 *     (the file: a scenario as case.yml, or in traces.txt a trace)
 *     --- definition NAME     a definition that is compared with it; says what is said of that, too
 *     --- says                the findings, exactly as they are printed
 *     --- gives               the loads of its services (scenarios), the values (traces) */
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "scenario/scenario.h"
#include "scenario/trace.h"

#include <stdlib.h>
#include <unistd.h>

enum { TEXT_BYTES = 4 * 1024 * 1024 };

struct parts {
    struct buf file;
    struct buf definition;
    struct str definition_name;
    struct buf says;
    struct buf gives;
    bool has_gives;
};

static void take_parts(struct str body, struct parts *parts)
{
    struct buf *into = &parts->file;
    struct str line;
    while (str_split(&body, '\n', &line)) {
        if (str_starts(line, STR("--- definition "))) {
            parts->definition_name = str_slice(line, 15, line.len);
            into = &parts->definition;
        } else if (str_eq(line, STR("--- says"))) {
            into = &parts->says;
        } else if (str_eq(line, STR("--- gives"))) {
            into = &parts->gives;
            parts->has_gives = true;
        } else if (into == &parts->file || line.len > 0) {
            buf_add(into, line);
            if (body.ptr != NULL)
                buf_add_char(into, '\n');
        }
    }
}

static bool check_text(struct str name, const char *what, struct str got, struct str expected)
{
    if (str_eq(str_trim(got), str_trim(expected)))
        return true;
    fprintf(stderr, "=== %.*s: %s\n--- got\n%.*s\n--- expected\n%.*s\n", STR_ARG(name), what,
            STR_ARG(got), STR_ARG(expected));
    return false;
}

static void dump_loads(const struct scenario *scenario, struct buf *out)
{
    for (size_t i = 0; i < scenario->spec.cluster_count; i++) {
        const struct sim_cluster_spec *cluster = &scenario->spec.clusters[i];
        for (size_t j = 0; j < cluster->service_count; j++) {
            const struct sim_load *load = &cluster->services[j].workload.load;
            buf_addf(out, "%.*s:", STR_ARG(cluster->services[j].name));
            for (size_t k = 0; k < load->minute_count; k++)
                buf_addf(out, " %.4g", load->per_second[k]);
            buf_add_char(out, '\n');
        }
    }
}

typedef void examine(struct parts *parts, struct buf *says, struct buf *gives);

static void examine_scenario(struct parts *parts, struct buf *says, struct buf *gives)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct findings findings = {0};
    const struct scenario *scenario =
        scenario_load_text(&arena, STR("case.yml"), buf_str(&parts->file), NULL, &findings);
    assert_true((scenario == NULL) == (findings.error_count > 0));
    if (scenario != NULL) {
        dump_loads(scenario, gives);
        struct loaded loaded = {0};
        if (parts->definition_name.len > 0) {
            definition_load_text(&arena, parts->definition_name, buf_str(&parts->definition), NULL,
                                 &loaded);
            assert_int_equal(loaded.error_count, 0);
            size_t before = findings.error_count;
            bool fits =
                scenario_match(&arena, scenario, loaded.files.items[0].definition, &findings);
            assert_true(fits == (findings.error_count == before));
        }
    }
    for (size_t i = 0; i < findings.items.count; i++)
        diagnostic_print(&findings.items.items[i], false, says);
}

static void examine_trace(struct parts *parts, struct buf *says, struct buf *gives)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct trace trace;
    struct trace_problem problem;
    if (trace_read_text(&arena, buf_str(&parts->file), 20, &trace, &problem)) {
        for (size_t i = 0; i < trace.minute_count; i++)
            buf_addf(gives, " %.6g", trace.values[i]);
        if (trace.gap_line > 0)
            buf_addf(says, "a gap of %lld minutes before line %zu\n", (long long)trace.gap_minutes,
                     trace.gap_line);
        return;
    }
    const struct diagnostic finding = {
        .file = STR("trace.csv"),
        .line = problem.line,
        .column = problem.column,
        .len = problem.len,
        .message = str_from(problem.message),
        .hint = str_from(problem.hint),
        .line_text = str_from(problem.text),
    };
    diagnostic_print(&finding, false, says);
}

static bool run_case(struct str name, struct str body, examine *look)
{
    struct parts parts = {.file = BUF_INIT(TEXT_BYTES),
                          .definition = BUF_INIT(TEXT_BYTES),
                          .says = BUF_INIT(TEXT_BYTES),
                          .gives = BUF_INIT(TEXT_BYTES)};
    struct buf says CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    struct buf gives CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    take_parts(body, &parts);
    look(&parts, &says, &gives);
    bool fine = check_text(name, "findings", buf_str(&says), buf_str(&parts.says));
    if (parts.has_gives)
        fine = check_text(name, "loads", buf_str(&gives), buf_str(&parts.gives)) && fine;
    buf_release(&parts.file);
    buf_release(&parts.definition);
    buf_release(&parts.says);
    buf_release(&parts.gives);
    return fine;
}

static void run_table(const char *path, examine *look, size_t at_least)
{
    struct buf text = BUF_INIT(TEXT_BYTES);
    struct error err;
    assert_int_equal(file_read(path, &text, &err), E_OK);
    struct str rest = buf_str(&text);
    size_t count = 0;
    size_t failed = 0;
    size_t at = str_find_str(rest, STR("\n=== "));
    while (at < rest.len) {
        rest = str_slice(rest, at + 5, rest.len);
        size_t end_of_name = str_find(rest, '\n');
        at = str_find_str(rest, STR("\n=== "));
        struct str body = str_slice(rest, end_of_name + 1, at == rest.len ? at : at + 1);
        count++;
        failed += !run_case(str_slice(rest, 0, end_of_name), body, look);
    }
    buf_release(&text);
    print_message("%zu cases\n", count);
    assert_true(count >= at_least);
    assert_int_equal(failed, 0);
}

static void scenarios_are_checked(void **state)
{
    (void)state;
    run_table(TESTS_DIR "/tables/scenarios/files.txt", examine_scenario, 20);
}

static void loads_are_generated(void **state)
{
    (void)state;
    run_table(TESTS_DIR "/tables/scenarios/loads.txt", examine_scenario, 8);
}

static void traces_are_read(void **state)
{
    (void)state;
    run_table(TESTS_DIR "/tables/scenarios/traces.txt", examine_trace, 20);
}

/* ---- what is not text, or much of it ---- */

static void write_rows(const char *path, size_t rows, const char *last)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("minute,value\n", file);
    for (size_t i = 0; i < rows; i++)
        fprintf(file, "%zu,%zu.5\n", i / 10, i % 7);
    fputs(last, file);
    fclose(file);
}

static void a_long_trace_keeps_what_is_needed(void **state)
{
    (void)state;
    enum { ROWS = 200000 };
    char path[] = "/tmp/test_scenario.XXXXXX";
    close(mkstemp(path));
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct trace trace;
    struct trace_problem problem;
    write_rows(path, ROWS, "");
    assert_true(trace_read(&arena, path, 100, &trace, &problem));
    assert_int_equal(trace.row_count, ROWS);
    assert_int_equal(trace.minute_count, 100);
    assert_true(arena.used_bytes < 100000);
    write_rows(path, ROWS, "99999999,x\n");
    assert_false(trace_read(&arena, path, 100, &trace, &problem));
    assert_int_equal(problem.line, ROWS + 2);
    assert_string_equal(problem.message, "is not a number");
    unlink(path);
}

static void files_that_are_none(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct trace trace;
    struct trace_problem problem;
    assert_false(trace_read(&arena, "/nowhere/at/all", 10, &trace, &problem));
    assert_string_equal(problem.message, "cannot be opened: No such file or directory");
    assert_false(trace_read(&arena, "/dev/zero", 10, &trace, &problem));
    assert_string_equal(problem.message, "is not a regular file");
    struct findings findings = {0};
    assert_null(scenario_load(&arena, "/nowhere/at/all", NULL, &findings));
    assert_int_equal(findings.error_count, 1);
}

static void noise_is_of_the_seed(void **state)
{
    (void)state;
    static const char text[] = "length: 20m\nclusters:\n  c:\n    services:\n      s:\n"
                               "        {cpu: 1, memory: 1, launch_type: FARGATE, web: {rate: 1,\n"
                               "         load: [{constant: 10, noise: 0.2}]}}\n";
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct buf dumps[3];
    for (size_t i = 0; i < 3; i++) {
        struct findings findings = {0};
        const struct scenario_options options = {.has_seed = true, .seed = i / 2};
        const struct scenario *scenario =
            scenario_load_text(&arena, STR("case.yml"), str_from(text), &options, &findings);
        assert_non_null(scenario);
        dumps[i] = BUF_INIT(TEXT_BYTES);
        dump_loads(scenario, &dumps[i]);
    }
    assert_string_equal(buf_cstr(&dumps[0]), buf_cstr(&dumps[1]));
    assert_string_not_equal(buf_cstr(&dumps[0]), buf_cstr(&dumps[2]));
    for (size_t i = 0; i < 3; i++)
        buf_release(&dumps[i]);
}

static void the_quick_start_is_fine(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct findings findings = {0};
    const struct scenario *scenario = scenario_load_text(&arena, STR(QUICK_START_SCENARIO_FILE),
                                                         quick_start_scenario, NULL, &findings);
    assert_non_null(scenario);
    setenv("USERNAME", "u", 1);
    setenv("PASSWORD", "p", 1);
    setenv("QUEUE_HOST", "127.0.0.1:8080", 1);
    struct loaded loaded = {0};
    definition_load_text(&arena, STR(QUICK_START_DEFINITION_FILE), quick_start_definition, NULL,
                         &loaded);
    assert_int_equal(loaded.diagnostics.count, 0);
    assert_true(scenario_match(&arena, scenario, loaded.files.items[0].definition, &findings));
    assert_int_equal(findings.items.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenarios_are_checked),
        cmocka_unit_test(loads_are_generated),
        cmocka_unit_test(traces_are_read),
        cmocka_unit_test(a_long_trace_keeps_what_is_needed),
        cmocka_unit_test(files_that_are_none),
        cmocka_unit_test(noise_is_of_the_seed),
        cmocka_unit_test(the_quick_start_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
