/* docs/scaling.md names what a plan can say. */
#include "unit.h"

#include "base/arena.h"
#include "model/plan.h"

#include "base/banned.h"

enum { FILE_BYTES = 256 * 1024 };

static struct str read_docs(struct arena *arena)
{
    FILE *file = fopen(TESTS_DIR "/../docs/scaling.md", "rb");
    assert_non_null(file);
    char *text = arena_alloc(arena, FILE_BYTES, 1);
    size_t len = fread(text, 1, FILE_BYTES, file);
    fclose(file);
    assert_true(len > 0 && len < FILE_BYTES);
    return (struct str){text, len};
}

static void must_name(struct str docs, struct arena *arena, const char *format, const char *name)
{
    struct str wanted = arena_printf(arena, "%s%s%s", format, name, format[0] == '|' ? " |" : "*");
    if (str_find_str(docs, wanted) == docs.len)
        fail_msg("docs/scaling.md does not have '%.*s'", STR_ARG(wanted));
}

static void test_words_are_documented(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct str docs = read_docs(&arena);
#define CHECK_VERDICT(verdict, text) must_name(docs, &arena, "| ", verdict_name(verdict));
    VERDICTS(CHECK_VERDICT)
#undef CHECK_VERDICT
    for (enum event_verdict verdict = EVENT_WINS; verdict <= EVENT_NOT_REACHED; verdict++)
        must_name(docs, &arena, "| ", event_verdict_name(verdict));
    for (enum action_kind kind = 0; kind < ACTION_KIND_COUNT; kind++)
        must_name(docs, &arena, "*", action_kind_name(kind));
    for (enum group_topic topic = GROUP_READ; topic <= GROUP_SCALE_IN; topic++)
        must_name(docs, &arena, "*", group_topic_name(topic));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
