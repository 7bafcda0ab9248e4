/* The program's `replay` on files written here: what it says and its exit status. */
#include "unit.h"

#include "base/arena.h"
#include "decide/decide.h"
#include "record/record.h"
#include "record_sample.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_BYTES = 256 * 1024, PATTERNS = 6 };

struct fixture {
    struct arena arena;
    char folder[64];
    struct str record; /* the sample's, one line */
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct fixture *f = &fixture;
    *f = (struct fixture){.arena = ARENA_INIT, .folder = "/tmp/test_replay.XXXXXX"};
    assert_non_null(mkdtemp(f->folder));
    sample_compile(&f->arena, &sample_definition);
    struct plan plan;
    decide(&sample_definition, &sample_snapshot, &f->arena, &plan);
    struct record record = {
        .definition = &sample_definition, .snapshot = &sample_snapshot, .plan = &plan};
    struct buf text CLEANUP(buf_release) = BUF_INIT(OUTPUT_BYTES);
    record_write(&record, &text);
    buf_add_char(&text, '\n');
    f->record = arena_str(&f->arena, buf_str(&text));
    *state = f;
    return 0;
}

static const char *path_of(struct fixture *f, const char *name)
{
    return arena_printf(&f->arena, "%s/%s", f->folder, name).ptr;
}

static void write_file(struct fixture *f, const char *name, const struct str *parts, size_t count)
{
    FILE *file = fopen(path_of(f, name), "wb");
    assert_non_null(file);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(fwrite(parts[i].ptr, 1, parts[i].len, file), parts[i].len);
    assert_int_equal(fclose(file), 0);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"passes.jsonl", "my_cluster.yml"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unlink(path_of(f, names[i]));
    assert_int_equal(rmdir(f->folder), 0);
    arena_release(&f->arena);
    return 0;
}

/* Runs `replay` with these arguments (%s: the folder), both outputs into one. */
static int run(struct fixture *f, const char *arguments, struct buf *out)
{
    struct buf command CLEANUP(buf_release) = BUF_INIT(4096);
    buf_addf(&command, "cd %s && %s replay %s 2>&1", f->folder, PROGRAM, arguments);
    FILE *pipe = popen(buf_cstr(&command), "r");
    assert_non_null(pipe);
    char chunk[4096];
    size_t count = 0;
    while ((count = fread(chunk, 1, sizeof(chunk), pipe)) > 0)
        buf_add(out, (struct str){.ptr = chunk, .len = count});
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Every pattern is in the output, one behind the other. */
static void check(struct fixture *f, const char *arguments, int status,
                  const char *const patterns[PATTERNS])
{
    struct buf out CLEANUP(buf_release) = BUF_INIT(OUTPUT_BYTES);
    int got = run(f, arguments, &out);
    struct str rest = buf_str(&out);
    for (size_t i = 0; i < PATTERNS && patterns[i] != NULL; i++) {
        struct str pattern = str_from(patterns[i]);
        size_t at = str_find_str(rest, pattern);
        if (at == rest.len)
            fail_msg("replay %s: no '%s' in\n%s", arguments, patterns[i], buf_cstr(&out));
        rest = str_slice(rest, at + pattern.len, rest.len);
    }
    if (got != status)
        fail_msg("replay %s: exit %d\n%s", arguments, got, buf_cstr(&out));
}

static void the_recorded_plan_comes_out_again(void **state)
{
    struct fixture *f = *state;
    struct str parts[] = {f->record, STR("\n"), f->record};
    write_file(f, "passes.jsonl", parts, 3);
    const char *const said[PATTERNS] = {
        "2026-11-24T04:00:00Z my_cluster: identical to the recorded plan\n", "  would change\n",
        "  stays\n", "identical to the recorded plan\n",
        "2 records replayed: each gives the recorded plan\n"};
    check(f, "passes.jsonl", 0, said);
    check(f, "- <passes.jsonl", 0, said);
    const char *const quiet[PATTERNS] = {"2 records replayed: each gives the recorded plan\n"};
    check(f, "--quiet passes.jsonl", 0, quiet);
    const char *const json[PATTERNS] = {"{\"line\": 1, \"cluster\": \"my_cluster\", ",
                                        "\"identical\": true, \"differences\": [], \"plan\": {",
                                        "\n{\"line\": 3, "};
    check(f, "--json passes.jsonl", 0, json);
    check(f, "passes.jsonl --cluster other my_cluster", 0, said);
    const char *const none[PATTERNS] = {"passes.jsonl: no records of these clusters\n"};
    check(f, "passes.jsonl --cluster other", 1, none);
}

static struct str replaced(struct fixture *f, const char *text, const char *by)
{
    size_t at = str_find_str(f->record, str_from(text));
    assert_true(at < f->record.len);
    struct str head = str_slice(f->record, 0, at);
    struct str tail = str_slice(f->record, at + strlen(text), f->record.len);
    return arena_printf(&f->arena, "%.*s%s%.*s", STR_ARG(head), by, STR_ARG(tail));
}

static void another_plan_is_told_and_what_is_damaged(void **state)
{
    struct fixture *f = *state;
    struct str parts[] = {
        STR("{\"version\": 1, \"def\n"),
        replaced(f, "\"tasks\": {\"from\": 2, \"to\": 4}", "\"tasks\": {\"from\": 2, \"to\": 5}"),
        STR("{\"version\": 99}\n"),
        f->record,
    };
    write_file(f, "passes.jsonl", parts, 4);
    const char *const said[PATTERNS] = {
        "passes.jsonl:1: not a record: malformed JSON",
        ("1 difference from the recorded plan\n  actions[2].tasks.to\n    recorded 5\n    "
         "now      4\n"),
        "passes.jsonl:3: not a record: version: 99; this program reads version 1\n", "identical",
        "2 records replayed: 1 of them not as recorded; 2 damaged\n"};
    check(f, "passes.jsonl", 1, said);
    const char *const json[PATTERNS] = {
        "\"identical\": false, \"differences\": [{\"member\": \"actions[2].tasks.to\", "
        "\"recorded\": \"5\", \"decided\": \"4\"}], \"plan\": "};
    check(f, "passes.jsonl --json", 1, json);
    parts[0] = replaced(f, "\"plan\": {", "\"plan\":   {  ");
    write_file(f, "passes.jsonl", parts, 1);
    const char *const laid_out[PATTERNS] = {"though not byte for byte",
                                            "1 record replayed: each gives the recorded plan"};
    check(f, "passes.jsonl", 0, laid_out);
}

static void another_policy_is_tried(void **state)
{
    struct fixture *f = *state;
    static const char policy[] = "autoscale_group: my-asg-%(STAGE)\n"
                                 "min: 1\n"
                                 "max: 4\n"
                                 "services:\n"
                                 "  worker:\n"
                                 "    min: 1\n"
                                 "    max: 6\n"
                                 "    metric_sources:\n"
                                 "      third_party:\n"
                                 "        - url: https://%(REPLAY_SECRET)@other.example/queue\n"
                                 "          statistics: [{name: messages, alias: queue_length}]\n"
                                 "      cloudwatch:\n"
                                 "        - statistics: [{name: Sum, alias: new}]\n"
                                 "    events:\n"
                                 "      - {metric: queue_length, action: 4, min: 5}\n"
                                 "      - {metric: new, action: -1, max: 5}\n"
                                 "  unknown:\n"
                                 "    min: 0\n"
                                 "    max: 1\n";
    struct str parts[] = {f->record, str_from(policy)};
    write_file(f, "passes.jsonl", parts, 1);
    write_file(f, "my_cluster.yml", &parts[1], 1);
    const char *const said[PATTERNS] = {
        "  service worker\n    recorded   2 \xE2\x86\x92 4 tasks\n    would be   2 \xE2\x86\x92 6 "
        "tasks\n    because    queue_length = 12",
        "  service unknown\n    recorded   not in the definition\n    would be   held\n",
        "not in the recorded snapshot",
        "recorded   set bounds (min 1 \xE2\x86\x92 2, max 4 \xE2\x86\x92 5)\n    would be   "
        "nothing of the kind\n",
        "note: 'queue_length' of 'worker' was recorded from",
        "1 record replayed: 1 would have been different\n  my_cluster, service worker: different "
        "in 1 pass, +2 tasks\n"};
    check(f, "passes.jsonl --definitions .", 0, said);
    const char *const json[PATTERNS] = {"\"different\": true", "\"subject\": \"worker\"",
                                        "\"more\": 2", "\"notes\": [\"", "\"plan\": {"};
    check(f, "passes.jsonl --definitions . --json", 0, json);
    parts[0] =
        replaced(f, "\"cluster\": \"my_cluster\", \"file\"", "\"cluster\": \"another\", \"file\"");
    write_file(f, "passes.jsonl", parts, 1);
    const char *const none[PATTERNS] = {"another: no definition of this cluster to decide by",
                                        "0 records replayed: no difference; 1 passed over"};
    check(f, "passes.jsonl --definitions .", 1, none);
    parts[1] = STR("autoscale_group: 3\nservices: {worker: {min: 5, max: 1}}\n");
    write_file(f, "my_cluster.yml", &parts[1], 1);
    const char *const broken[PATTERNS] = {"my_cluster.yml:", "error"};
    check(f, "passes.jsonl --definitions .", 1, broken);
}

static void wrong_calls_are_refused(void **state)
{
    struct fixture *f = *state;
    const char *const usage[PATTERNS] = {"usage: ecs-autoscale replay"};
    check(f, "", 2, usage);
    check(f, "a b", 2, usage);
    check(f, "passes.jsonl --definition .", 2, usage);
    const char *const missing[PATTERNS] = {"cannot open 'nothing.jsonl': No such file"};
    check(f, "nothing.jsonl", 1, missing);
    const char *const folder[PATTERNS] = {"cannot read '.': Is a directory"};
    check(f, ".", 1, folder);
    const char *const empty[PATTERNS] = {"/dev/null: no records\n"};
    check(f, "/dev/null", 1, empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_recorded_plan_comes_out_again),
        cmocka_unit_test(another_plan_is_told_and_what_is_damaged),
        cmocka_unit_test(another_policy_is_tried),
        cmocka_unit_test(wrong_calls_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
