/* observe/dotted_path: the table tests/tables/dotted_paths.txt, and what a table cannot say. */
#include "unit.h"

#include "base/buf.h"
#include "base/limits.h"
#include "observe/dotted_path.h"

static struct metric_facts look(struct arena *arena, struct str json, struct text path)
{
    struct error err = ERROR_INIT;
    json_t *root CLEANUP(json_release) = NULL;
    if (json_parse(json, &root, &err) != E_OK)
        fail_msg("%s: %.*s", err.message, STR_ARG(json));
    return dotted_path_metric(arena, root, path);
}

static struct text plain(struct str path)
{
    return (struct text){.value = path, .shown = path};
}

static void describe(const struct metric_facts *metric, struct buf *out)
{
    static const char *const kinds[] = {"none", "bool", "int", "float"};
    char text[VALUE_TEXT_SIZE];
    if (fact_is_present(metric->fact)) {
        value_text(metric->value, text);
        buf_addf(out, "%s %s", kinds[metric->value.kind], text);
    } else {
        buf_addf(out, "%s: %.*s", fact_status_name(metric->fact.status),
                 STR_ARG(metric->fact.reason));
    }
}

/* `line` up to the next " | ", which is skipped. */
static struct str cell(struct str *line)
{
    size_t at = str_find_str(*line, STR(" | "));
    struct str part = str_slice(*line, 0, at);
    *line = str_slice(*line, at + 3, line->len);
    return part;
}

static bool check_row(struct str line)
{
    struct arena arena = ARENA_INIT;
    struct str row = line;
    struct str path = cell(&row);
    json_t *quoted CLEANUP(json_release) = NULL;
    struct error err = ERROR_INIT;
    if (str_starts(path, STR("\""))) {
        assert_int_equal(json_parse(path, &quoted, &err), E_OK);
        path = (struct str){.ptr = json_string_value(quoted), .len = json_string_length(quoted)};
    }
    struct str json = cell(&row);
    struct metric_facts metric = look(&arena, json, plain(path));
    struct buf got CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
    describe(&metric, &got);
    bool same = str_eq(buf_str(&got), row);
    if (!same)
        print_error("%.*s\n  got %s\n", STR_ARG(line), buf_cstr(&got));
    arena_release(&arena);
    return same;
}

static void the_table_holds(void **state)
{
    (void)state;
    FILE *file = fopen(TESTS_DIR "/tables/dotted_paths.txt", "r");
    assert_non_null(file);
    char line[4096];
    int rows = 0;
    int wrong = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        struct str text = str_from(line);
        text.len -= str_ends(text, STR("\n")) ? 1 : 0;
        if (text.len == 0 || text.ptr[0] == '#')
            continue;
        rows++;
        wrong += check_row(text) ? 0 : 1;
    }
    fclose(file);
    assert_true(rows > 60);
    assert_int_equal(wrong, 0);
}

static void a_variable_is_never_shown(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *reason;
    } rows[] = {
        {"{\"other\": 1}",
         "step number 1 in '%(TOKEN).x': not found in the top-level object (it has: other)"},
        {"{\"secret\": {\"y\": 1}}", "step number 2 in '%(TOKEN).x': not found in what the steps "
                                     "before it lead to (it has: y)"},
        {"{\"secret\": [1]}",
         "step number 2 in '%(TOKEN).x': what the steps before it lead to is a "
         "list of 1, number 2 is no index"},
        {"{\"secret\": {\"x\": null}}", "'%(TOKEN).x' is null"},
    };
    struct text path = {.value = STR("secret.x"), .shown = STR("%(TOKEN).x")};
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct metric_facts metric = look(&arena, str_from(rows[i].json), path);
        assert_int_equal(metric.fact.status, FACT_MISSING);
        assert_str(metric.fact.reason, rows[i].reason);
    }
    struct metric_facts found = look(&arena, STR("{\"secret\": {\"x\": 3}}"), path);
    assert_true(fact_is_present(found.fact) && found.value.integer == 3);
    arena_release(&arena);
}

static void a_path_too_long_is_refused(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    char dots[LIMIT_PATH_STEPS + 1];
    memset(dots, '.', sizeof(dots));
    struct str path = {.ptr = dots, .len = LIMIT_PATH_STEPS};
    struct metric_facts metric = look(&arena, STR("{}"), plain(path));
    assert_true(str_ends(metric.fact.reason, STR("has more than 64 steps")));
    path.len = LIMIT_PATH_STEPS - 1;
    metric = look(&arena, STR("{}"), plain(path));
    assert_true(str_ends(metric.fact.reason, STR("(it is empty)")));
    arena_release(&arena);
}

/* {"a": …, "a.a": …, "a.a.a": …} within one another: ever so many ways to read a.a.a.…a.b. */
static void add_maze(struct buf *out, int depth)
{
    buf_add_char(out, '{');
    for (int i = 1; i <= 3 && depth > 0; i++) {
        buf_addf(out, "%s\"%.*s\": ", i > 1 ? ", " : "", 2 * i - 1, "a.a.a");
        add_maze(out, depth - 1);
    }
    buf_add_char(out, '}');
}

static void a_maze_is_given_up(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct buf maze CLEANUP(buf_release) = BUF_INIT(16 * 1024 * 1024);
    add_maze(&maze, 9);
    assert_false(maze.overflowed);
    struct metric_facts metric =
        look(&arena, buf_str(&maze), plain(STR("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.b")));
    assert_int_equal(metric.fact.status, FACT_MISSING);
    assert_true(str_ends(metric.fact.reason,
                         STR("not found in 10000 tries: too many names with dots fit it")));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_holds),
        cmocka_unit_test(a_variable_is_never_shown),
        cmocka_unit_test(a_path_too_long_is_refused),
        cmocka_unit_test(a_maze_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
