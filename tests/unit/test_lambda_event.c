/* lambda/event: the table tests/tables/lambda_events.txt, and which clusters an event asks for. */
#include "unit.h"

#include "base/buf.h"
#include "base/limits.h"
#include "lambda/event.h"

#include <stdlib.h>

static void describe(const struct event *event, struct buf *out)
{
    buf_add(out, event->dry_run ? STR("dry run of") : STR("pass over"));
    for (size_t i = 0; i < event->pattern_count; i++)
        buf_addf(out, " %.*s", STR_ARG(event->patterns[i]));
    buf_addf(out, "%s, %s", event->pattern_count == 0 ? " all" : "", event->source);
}

static bool check_row(struct str line)
{
    struct arena arena = ARENA_INIT;
    struct error err = ERROR_INIT;
    struct event event = {0};
    struct buf got CLEANUP(buf_release) = BUF_INIT(LIMIT_REASON_BYTES);
    size_t at = str_find_str(line, STR(" | "));
    struct str expected = str_slice(line, at + 3, line.len);
    /* A copy of its own, so that reading behind its end is found. */
    char *payload = malloc(at > 0 ? at : 1);
    assert_non_null(payload);
    memcpy(payload, line.ptr, at);
    enum error_code code = event_parse(&arena, (struct str){payload, at}, &event, &err);
    free(payload);
    if (code == E_OK)
        describe(&event, &got);
    else
        buf_addf(&got, "%s %s", error_name(code), err.message);
    bool is_error = code != E_OK;
    bool same = is_error ? str_starts(buf_str(&got), expected) : str_eq(buf_str(&got), expected);
    if (is_error && str_find_str(buf_str(&got), str_from(event_forms)) == got.len)
        same = false; /* the forms there are follow, whole */
    if (!same)
        print_error("%.*s\n  got %s\n", STR_ARG(line), buf_cstr(&got));
    arena_release(&arena);
    return same;
}

static void the_table_holds(void **state)
{
    (void)state;
    FILE *file = fopen(TESTS_DIR "/tables/lambda_events.txt", "r");
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
    assert_true(rows > 30);
    assert_int_equal(wrong, 0);
}

static void an_event_names_clusters(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *cluster;
        bool asks;
    } rows[] = {
        {"a", "a", true},
        {"a", "ab", false},
        {"a", "b", false},
        {"a*", "a", true},
        {"a*", "abc", true},
        {"*", "", true},
        {"*", "anything", true},
        {"*b", "aab", true},
        {"*b", "aba", false},
        {"a*b*c", "axxbyyc", true},
        {"a*b*c", "axxcyyb", false},
        {"?", "a", true},
        {"?", "", false},
        {"??", "a", false},
        {"a?c*", "abc", true},
        {"*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", false},
        {"A", "a", false},
        {"**", "x", true},
        {"*?", "x", true},
        {"*??", "x", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str pattern = str_from(rows[i].pattern);
        struct event event = {.patterns = &pattern, .pattern_count = 1};
        if (event_asks_for(&event, str_from(rows[i].cluster)) != rows[i].asks)
            fail_msg("%s %s", rows[i].pattern, rows[i].cluster);
    }
    struct event all = {0};
    assert_true(event_asks_for(&all, STR("any")));
}

static void too_many_names_are_refused(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct buf text CLEANUP(buf_release) = BUF_INIT(64 * 1024);
    struct event event = {0};
    struct error err = ERROR_INIT;
    for (int extra = 0; extra < 2; extra++) {
        buf_clear(&text);
        buf_add(&text, STR("{\"clusters\": [\"a\""));
        for (int i = 1; i < LIMIT_LAMBDA_PATTERNS + extra; i++)
            buf_add(&text, STR(", \"b\""));
        buf_add(&text, STR("]}"));
        enum error_code code = event_parse(&arena, buf_str(&text), &event, &err);
        assert_int_equal(code, extra == 0 ? E_OK : E_LIMIT);
    }
    assert_int_equal(event.pattern_count, LIMIT_LAMBDA_PATTERNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_holds),
        cmocka_unit_test(an_event_names_clusters),
        cmocka_unit_test(too_many_names_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
