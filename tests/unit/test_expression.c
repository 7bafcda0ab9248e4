/* expression/: the tables of cases in tests/tables/, and what a table cannot say. */
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "expression/expression.h"

#include <math.h>

enum { NAMES_MAX = 16, TEXT_BYTES = 1024 * 1024 };

/* A case as it stands in the file, escapes undone. */
struct row {
    struct str source;
    struct str names[NAMES_MAX];
    struct binding bindings[NAMES_MAX];
    size_t count;
    struct str expected;
};

static void read_file(const char *name, struct buf *out)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/tables/%s", TESTS_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int c = 0;
    while ((c = fgetc(file)) != EOF)
        assert_true(buf_add_char(out, (char)c));
    fclose(file);
}

static unsigned hex(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c | 0x20) - 'a' + 10;
}

/* \n \t \\ \xNN */
static struct str unescape(struct arena *arena, struct str text)
{
    char *out = arena_alloc(arena, text.len + 1, 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c != '\\' || i + 1 == text.len) {
            out[len++] = c;
            continue;
        }
        c = text.ptr[++i];
        if (c == 'x' && i + 2 < text.len) {
            out[len++] = (char)(hex(text.ptr[i + 1]) << 4 | hex(text.ptr[i + 2]));
            i += 2;
        } else {
            out[len++] = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
        }
    }
    return (struct str){.ptr = out, .len = len};
}

/* Up to the next " :: "; what is left of `*rest` follows it. */
static struct str take_field(struct str *rest)
{
    size_t at = str_find_str(*rest, STR("::"));
    struct str field = str_slice(*rest, 0, at);
    *rest = str_slice(*rest, at + 2, rest->len);
    return field;
}

static struct value value_from(struct str text)
{
    int64_t integer = 0;
    double real = 0;
    if (str_eq(text, STR("None")))
        return VALUE_OF_NONE;
    if (str_eq(text, STR("True")) || str_eq(text, STR("False")))
        return VALUE_OF_BOOL(str_eq(text, STR("True")));
    if (str_eq(text, STR("inf")) || str_eq(text, STR("-inf")))
        return VALUE_OF_REAL(text.ptr[0] == '-' ? -INFINITY : INFINITY);
    if (str_eq(text, STR("nan")))
        return VALUE_OF_REAL(NAN);
    if (str_to_int64(text, &integer))
        return VALUE_OF_INT(integer);
    assert_true(str_to_double(text, &real));
    return VALUE_OF_REAL(real);
}

static void read_bindings(struct arena *arena, struct str text, struct row *row)
{
    struct str rest = str_trim(text);
    struct str part;
    while (str_split(&rest, ' ', &part)) {
        if (part.len == 0)
            continue;
        assert_true(row->count < NAMES_MAX);
        size_t at = str_find_last(part, '=');
        struct str value = str_slice(part, at + 1, part.len);
        struct binding *binding = &row->bindings[row->count];
        row->names[row->count++] = unescape(arena, str_slice(part, 0, at));
        if (str_eq(value, STR("missing"))) {
            *binding = (struct binding){.fact = {FACT_MISSING, STR("no datapoint")}};
        } else if (str_eq(value, STR("failed"))) {
            *binding = (struct binding){.fact = {FACT_FAILED, STR("timed out")}};
        } else {
            *binding = (struct binding){.fact = FACT_OF_PRESENT, .value = value_from(value)};
        }
    }
}

/* What became of it: "1.5", "missing: …" or "error 5: …" (column from 1, in bytes). */
static struct str outcome(struct arena *arena, const struct row *row)
{
    struct expression *expression = NULL;
    struct expression_error err;
    if (expression_compile(arena, row->source, row->names, row->count, &expression, &err) != E_OK)
        return arena_printf(arena, "error %zu: %s%s%s", err.offset + 1, err.message,
                            err.suggestion[0] != '\0' ? "; " : "", err.suggestion);
    struct expression_result result;
    expression_evaluate(expression, row->bindings, row->count, &result);
    char text[VALUE_TEXT_SIZE];
    switch (result.status) {
    case EXPRESSION_VALUE:
        value_text(result.value, text);
        return arena_printf(arena, "%s", text);
    case EXPRESSION_MISSING:
        return arena_printf(arena, "missing %zu: %s", result.offset + 1, result.message);
    case EXPRESSION_FAILED:
        break;
    }
    return arena_printf(arena, "error %zu: %s", result.offset + 1, result.message);
}

static size_t check_table(const char *file)
{
    struct buf text CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    read_file(file, &text);
    struct str rest = buf_str(&text);
    struct str line;
    size_t number = 0;
    size_t rows = 0;
    size_t wrong = 0;
    while (str_split(&rest, '\n', &line)) {
        number++;
        if (str_trim(line).len == 0 || line.ptr[0] == '#')
            continue;
        struct arena arena CLEANUP(arena_release) = ARENA_INIT;
        struct row row = {.count = 0};
        struct str source = take_field(&line);
        /* One space before "::" belongs to the separator. */
        if (str_ends(source, STR(" ")))
            source.len--;
        row.source = unescape(&arena, source);
        read_bindings(&arena, take_field(&line), &row);
        row.expected = unescape(&arena, str_trim(take_field(&line)));
        struct str actual = outcome(&arena, &row);
        rows++;
        if (str_eq(actual, row.expected))
            continue;
        print_error("%s:%zu: %.*s\n  got      %.*s\n  expected %.*s\n", file, number,
                    STR_ARG(source), STR_ARG(actual), STR_ARG(row.expected));
        wrong++;
    }
    assert_int_equal(wrong, 0);
    return rows;
}

static void own_cases_hold(void **state)
{
    (void)state;
    assert_true(check_table("expressions.txt") > 200);
}

static void recorded_cases_hold(void **state)
{
    (void)state;
    assert_true(check_table("expressions_recorded.txt") > 200);
}

/* --- limits ---------------------------------------------------------------------------------- */

static enum error_code compile(struct arena *arena, struct buf *source, struct expression **out)
{
    struct expression_error err;
    struct str name = STR("a");
    enum error_code code = expression_compile(arena, buf_str(source), &name, 1, out, &err);
    if (code != E_OK) {
        assert_true(err.offset <= source->len);
        assert_true(err.len >= 1);
    }
    return code;
}

static void add_times(struct buf *out, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_true(buf_add(out, str_from(text)));
}

/* `before` n times, "a", `after` n times: does it compile, and is it 1 where a is 1? */
static enum error_code repeat(const char *before, const char *after, size_t count)
{
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct buf source CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    add_times(&source, before, count);
    add_times(&source, "a", 1);
    add_times(&source, after, count);
    struct expression *expression = NULL;
    enum error_code code = compile(&arena, &source, &expression);
    if (code != E_OK)
        return code;
    struct binding one = {.fact = FACT_OF_PRESENT, .value = VALUE_OF_INT(1)};
    struct expression_result result;
    expression_evaluate(expression, &one, 1, &result);
    assert_int_equal(result.status, EXPRESSION_VALUE);
    assert_int_equal(value_compare(result.value, VALUE_OF_INT(1)), 0);
    return E_OK;
}

static void nesting_is_limited(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"(", ")"},           {"abs(", ")"},          {"max([", "])"},  {"[1,", "][1]"},
        {"default(", ", 2)"}, {"(0 if 0 else ", ")"}, {"[0, 1][", "]"}, {"(1 and ", ")"},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        size_t each = i == 2 ? 2 : 1; /* "max([" is two deep */
        assert_int_equal(repeat(pairs[i][0], pairs[i][1], LIMIT_EXPRESSION_NESTING / each), E_OK);
        assert_int_equal(repeat(pairs[i][0], pairs[i][1], LIMIT_EXPRESSION_NESTING / each + 1),
                         E_LIMIT);
    }
}

static void chains_are_only_limited_by_the_length(void **state)
{
    (void)state;
    static const char *const chains[][2] = {
        {"- -", ""},   {"+", ""},     {"~~", ""},           {"not not ", ""},
        {"1**", ""},   {"", "*1"},    {"", "**1"},          {"1 and ", ""},
        {"0 or ", ""}, {"", " == 1"}, {"0 if 0 else ", ""}, {"", "+1-1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(chains); i++) {
        size_t each = strlen(chains[i][0]) + strlen(chains[i][1]);
        size_t fit = (LIMIT_EXPRESSION_BYTES - 1) / each;
        assert_int_equal(repeat(chains[i][0], chains[i][1], fit), E_OK);
        assert_int_equal(repeat(chains[i][0], chains[i][1], fit + 1), E_LIMIT);
    }
}

static void lists_are_limited(void **state)
{
    (void)state;
    for (size_t count = LIMIT_EXPRESSION_LIST; count <= LIMIT_EXPRESSION_LIST + 1; count++) {
        static const char *const frames[][2] = {{"max([", "])"}, {"max(", ")"}, {"len((", "))"}};
        for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
            struct arena arena CLEANUP(arena_release) = ARENA_INIT;
            struct buf source CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
            add_times(&source, frames[i][0], 1);
            add_times(&source, "7,", count);
            add_times(&source, frames[i][1], 1);
            struct expression *expression = NULL;
            bool fits = count <= LIMIT_EXPRESSION_LIST;
            assert_int_equal(compile(&arena, &source, &expression), fits ? E_OK : E_LIMIT);
            if (!fits)
                continue;
            struct binding none = {.fact = {.status = FACT_MISSING}};
            struct expression_result result;
            expression_evaluate(expression, &none, 1, &result);
            assert_int_equal(result.status, EXPRESSION_VALUE);
            assert_int_equal(result.value.integer, i == 2 ? LIMIT_EXPRESSION_LIST : 7);
        }
    }
}

static void two_lists_fill_the_memory(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct buf source CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    add_times(&source, "sorted([", 1);
    add_times(&source, "2,", 1023);
    add_times(&source, "1])[0]+len([", 1);
    add_times(&source, "3,", (LIMIT_EXPRESSION_BYTES - source.len - 2) / 2);
    add_times(&source, "])", 1);
    struct expression *expression = NULL;
    assert_int_equal(compile(&arena, &source, &expression), E_OK);
    struct binding none = {.fact = {.status = FACT_MISSING}};
    struct expression_result result;
    expression_evaluate(expression, &none, 1, &result);
    assert_int_equal(result.status, EXPRESSION_VALUE);
    assert_true(result.value.integer > 1000);
}

/* --- the rest of the interface --------------------------------------------------------------- */

static void an_expression_knows_its_names(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    const struct str names[] = {STR("cpu"), STR("cpu_usage"), STR("queue-length")};
    struct expression *expression = NULL;
    struct expression_error err;
    assert_int_equal(expression_compile(&arena, STR("cpu_usage if 0 else queue-length"), names, 3,
                                        &expression, &err),
                     E_OK);
    assert_false(expression_uses(expression, 0));
    assert_true(expression_uses(expression, 1));
    assert_true(expression_uses(expression, 2));
    assert_false(expression_is_constant(expression));
    struct binding bindings[3] = {
        {.fact = {.status = FACT_UNREAD}},
        {.fact = {.status = FACT_UNREAD}},
        {.fact = {FACT_FAILED, STR("http://host/: timed out")}},
    };
    struct expression_result result;
    expression_evaluate(expression, bindings, 3, &result);
    assert_int_equal(result.status, EXPRESSION_MISSING);
    assert_int_equal(result.name_index, 2);
    assert_int_equal(result.offset, 20);
    assert_string_equal(result.message, "'queue-length' is missing: http://host/: timed out");

    assert_int_equal(expression_compile(&arena, STR("min(2, 3)"), names, 3, &expression, &err),
                     E_OK);
    assert_true(expression_is_constant(expression));
    assert_int_equal(expression_compile(&arena, STR("None"), names, 3, &expression, &err), E_OK);
    expression_evaluate(expression, bindings, 3, &result);
    assert_int_equal(result.status, EXPRESSION_MISSING);
    assert_true(result.name_index == SIZE_MAX);
}

static void an_expression_outlives_its_source(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    char source[] = "x + 1";
    char name[] = "x";
    struct str names[] = {str_from(name)};
    struct expression *expression = NULL;
    struct expression_error err;
    assert_int_equal(expression_compile(&arena, str_from(source), names, 1, &expression, &err),
                     E_OK);
    memset(source, '?', sizeof(source) - 1);
    memset(name, '?', 1);
    struct binding binding = {.fact = {.status = FACT_MISSING}};
    struct expression_result result;
    expression_evaluate(expression, &binding, 1, &result);
    assert_string_equal(result.message, "'x' is missing");
}

static void long_messages_are_cut_between_characters(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct buf source CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    for (size_t shift = 0; shift < 4; shift++) {
        buf_clear(&source);
        add_times(&source, "x", shift);
        add_times(&source, "\xE2\x82\xAC", 500);
        struct expression *expression = NULL;
        struct expression_error err;
        assert_int_equal(expression_compile(&arena, buf_str(&source), NULL, 0, &expression, &err),
                         E_EXPRESSION);
        assert_true(str_is_utf8(str_from(err.message), NULL));
        struct str name = buf_str(&source);
        assert_int_equal(expression_compile(&arena, name, &name, 1, &expression, &err), E_OK);
        struct binding binding = {.fact = {.status = FACT_MISSING}};
        struct expression_result result;
        expression_evaluate(expression, &binding, 1, &result);
        assert_true(str_is_utf8(str_from(result.message), NULL));
    }
}

/* The table of functions in docs/expressions.md says what the program's own says. */
static void the_documentation_lists_the_functions(void **state)
{
    (void)state;
    struct buf text CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    read_file("../../docs/expressions.md", &text);
    struct buf expected CLEANUP(buf_release) = BUF_INIT(TEXT_BYTES);
    const char *name = NULL;
    const char *signature = NULL;
    const char *summary = NULL;
    buf_add(&expected, STR("| function | value |\n| --- | --- |\n"));
    for (size_t i = 0; expression_function_at(i, &name, &signature, &summary); i++)
        buf_addf(&expected, "| `%s` | %s |\n", signature, summary);
    buf_add_char(&expected, '\n');
    if (str_find_str(buf_str(&text), buf_str(&expected)) == text.len) {
        print_error("docs/expressions.md must have this table:\n\n%s", buf_cstr(&expected));
        fail();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_cases_hold),
        cmocka_unit_test(recorded_cases_hold),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(chains_are_only_limited_by_the_length),
        cmocka_unit_test(lists_are_limited),
        cmocka_unit_test(two_lists_fill_the_memory),
        cmocka_unit_test(an_expression_knows_its_names),
        cmocka_unit_test(an_expression_outlives_its_source),
        cmocka_unit_test(long_messages_are_cut_between_characters),
        cmocka_unit_test(the_documentation_lists_the_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
