/* record/: what is written is read back and decides the same; what is wrong is named; no secret
 * gets into a file. With UPDATE_GOLDEN set, tests/replay/sample.jsonl is written anew. */
#include "unit.h"

#include "base/arena.h"
#include "base/json.h"
#include "decide/decide.h"
#include "record/record.h"
#include "record_sample.h"

#include <stdlib.h>

#define GOLDEN TESTS_DIR "/replay/sample.jsonl"

enum { RECORD_BYTES = 1024 * 1024 };

struct fixture {
    struct arena arena;
    struct plan plan;
    struct outcome *outcomes;
    struct call_log calls;
    struct buf text; /* the sample's record */
};

static void add_call(struct fixture *f, const char *operation, const char *cluster,
                     int64_t latency_us)
{
    *VEC_ADD(&f->calls.arena, &f->calls.calls) =
        (struct call_record){.service = STR("ecs"),
                             .operation = str_from(operation),
                             .region = sample_snapshot.region,
                             .cluster = str_from(cluster),
                             .attempts = 2,
                             .throttles = 1,
                             .http_status = 200,
                             .latency_us = latency_us,
                             .depth = 1};
}

static int set_up(void **state)
{
    static struct fixture fixture;
    struct fixture *f = &fixture;
    *f = (struct fixture){.arena = ARENA_INIT, .text = BUF_INIT(RECORD_BYTES)};
    sample_compile(&f->arena, &sample_definition);
    decide(&sample_definition, &sample_snapshot, &f->arena, &f->plan);
    f->outcomes = ARENA_ARRAY(&f->arena, struct outcome, f->plan.actions.count);
    for (size_t i = 0; i < f->plan.actions.count; i++)
        f->outcomes[i] = (struct outcome){.status = OUTCOME_APPLIED, .latency_us = 212345};
    if (f->plan.actions.count > 0) {
        struct outcome *failed = &f->outcomes[f->plan.actions.count - 1];
        *failed = (struct outcome){.status = OUTCOME_FAILED, .reason = STR("not allowed")};
        error_set(&failed->err, E_DENIED, "not allowed");
        error_where(&failed->err, "ecs UpdateService");
        failed->err.http_status = 400;
    }
    add_call(f, "ListContainerInstances", "my_cluster", 20500);
    add_call(f, "DescribeServices", "my_cluster", 30000);
    add_call(f, "DescribeServices", "", 10000);
    add_call(f, "DescribeServices", "another", 999000);
    struct call_record *failed = VEC_ADD(&f->calls.arena, &f->calls.calls);
    *failed = (struct call_record){.service = STR("http"),
                                   .operation = STR("https://rabbit.example/api/queues/celery"),
                                   .attempts = 1,
                                   .code = E_TIMEOUT,
                                   .latency_us = 2500000,
                                   .depth = 1};
    struct record record = {&sample_definition, &sample_snapshot, &f->plan, f->outcomes, &f->calls};
    record_write(&record, &f->text);
    assert_false(f->text.overflowed);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    buf_release(&f->text);
    arena_release(&f->calls.arena);
    arena_release(&f->arena);
    return 0;
}

static void parse_ok(struct arena *arena, struct str text, struct record_read *read)
{
    struct error err = ERROR_INIT;
    if (record_parse(arena, text, read, &err) != E_OK)
        fail_msg("%s", err.message);
}

static void plan_text(struct arena *arena, const struct definition *definition,
                      const struct snapshot *snapshot, struct buf *out)
{
    struct plan plan;
    struct json_writer w = JSON_WRITER(out, 0);
    decide(definition, snapshot, arena, &plan);
    plan_write(definition, &plan, &w);
}

static void assert_same(struct str got, struct str expected)
{
    size_t at = 0;
    while (at < got.len && at < expected.len && got.ptr[at] == expected.ptr[at])
        at++;
    if (!str_eq(got, expected)) {
        got = str_slice(got, at > 100 ? at - 100 : 0, at + 100);
        expected = str_slice(expected, at > 100 ? at - 100 : 0, at + 100);
        print_error("byte %zu:\ngot      %.*s\nexpected %.*s\n", at, STR_ARG(got),
                    STR_ARG(expected));
        fail();
    }
}

/* --- what is written --- */

static void what_is_written_is_read_back(void **state)
{
    struct fixture *f = *state;
    struct record_read read;
    parse_ok(&f->arena, buf_str(&f->text), &read);
    struct record again = {read.definition, read.snapshot, &f->plan, f->outcomes, NULL};
    struct record first = {&sample_definition, &sample_snapshot, &f->plan, f->outcomes, NULL};
    struct buf texts[2] = {BUF_INIT(RECORD_BYTES), BUF_INIT(RECORD_BYTES)};
    record_write(&first, &texts[0]);
    record_write(&again, &texts[1]);
    assert_same(buf_str(&texts[1]), buf_str(&texts[0]));
    buf_release(&texts[0]);
    buf_release(&texts[1]);
}

static void the_plan_is_decided_again(void **state)
{
    struct fixture *f = *state;
    struct record_read read;
    parse_ok(&f->arena, buf_str(&f->text), &read);
    struct buf again CLEANUP(buf_release) = BUF_INIT(RECORD_BYTES);
    plan_text(&f->arena, read.definition, read.snapshot, &again);
    assert_same(buf_str(&again), read.plan_text);
    assert_true(f->plan.actions.count >= 2); /* or there was little to compare */
}

static void no_secret_is_written(void **state)
{
    struct fixture *f = *state;
    struct str text = buf_str(&f->text);
    assert_int_equal(str_find_str(text, STR(SECRET)), text.len);
    assert_true(str_find_str(text, STR("backend-%(COLOUR)")) < text.len);
}

static void it_is_one_line_of_utf8(void **state)
{
    struct fixture *f = *state;
    struct str text = buf_str(&f->text);
    assert_int_equal(str_find(text, '\n'), text.len);
    assert_true(str_is_utf8(text, NULL));
}

static void calls_are_summed_up(void **state)
{
    struct fixture *f = *state;
    struct error err;
    json_t *json CLEANUP(json_release) = NULL;
    assert_int_equal(json_parse(buf_str(&f->text), &json, &err), E_OK);
    assert_int_equal(json_array_size(json_object_get(json, "calls")), 4); /* not the other's */
    const json_t *operations = json_object_get(json, "operations");
    assert_int_equal(json_array_size(operations), 3);
    const json_t *services = json_array_get(operations, 0);
    struct str name = STR_NONE;
    int64_t count = 0;
    int64_t attempts = 0;
    assert_true(json_get_str(services, "operation", &name));
    assert_str(name, "DescribeServices");
    assert_true(json_get_int(services, "count", &count) && count == 2);
    assert_true(json_get_int(services, "attempts", &attempts) && attempts == 4);
    assert_true(json_real_value(json_object_get(services, "total_ms")) == 40.0);
    assert_true(json_real_value(json_object_get(services, "max_ms")) == 30.0);
}

static void a_dry_run_has_no_outcomes(void **state)
{
    struct fixture *f = *state;
    struct record record = {&sample_definition, &sample_snapshot, &f->plan, NULL, NULL};
    struct buf text CLEANUP(buf_release) = BUF_INIT(RECORD_BYTES);
    record_write(&record, &text);
    struct str written = buf_str(&text);
    assert_true(
        str_find_str(written, STR("\"outcomes\": null, \"calls\": [], \"operations\": []")) <
        written.len);
    struct record_read read;
    parse_ok(&f->arena, written, &read);
}

/* --- what is read --- */

static void every_kind_of_value_survives(void **state)
{
    struct fixture *f = *state;
    static const struct value values[] = {
        {.kind = VALUE_NONE},
        {.kind = VALUE_BOOL, .boolean = false},
        {.kind = VALUE_BOOL, .boolean = true},
        {.kind = VALUE_INT, .integer = INT64_MAX},
        {.kind = VALUE_INT, .integer = INT64_MIN},
        {.kind = VALUE_FLOAT, .real = 3.0},
        {.kind = VALUE_FLOAT, .real = -0.0},
        {.kind = VALUE_FLOAT, .real = 0.1},
        {.kind = VALUE_FLOAT, .real = 5e-324},
        {.kind = VALUE_FLOAT, .real = 1.7976931348623157e308},
        {.kind = VALUE_FLOAT, .real = (double)INFINITY},
        {.kind = VALUE_FLOAT, .real = (double)-INFINITY},
        {.kind = VALUE_FLOAT, .real = (double)NAN},
    };
    struct value kept = sample_worker_metrics[0].value;
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        sample_worker_metrics[0].value = values[i];
        struct record record = {&sample_definition, &sample_snapshot, &f->plan, NULL, NULL};
        struct buf text CLEANUP(buf_release) = BUF_INIT(RECORD_BYTES);
        record_write(&record, &text);
        struct record_read read;
        parse_ok(&f->arena, buf_str(&text), &read);
        char expected[VALUE_TEXT_SIZE];
        char got[VALUE_TEXT_SIZE];
        value_text(values[i], expected);
        value_text(read.snapshot->services[0].metrics[0].value, got);
        assert_string_equal(got, expected);
        assert_int_equal(read.snapshot->services[0].metrics[0].value.kind, values[i].kind);
    }
    sample_worker_metrics[0].value = kept;
}

static void reverse(json_t *list)
{
    size_t count = json_array_size(list);
    for (size_t i = 0; i + 1 < count; i++) {
        json_t *last = json_incref(json_array_get(list, count - 1));
        json_array_remove(list, count - 1);
        json_array_insert_new(list, i, last);
    }
}

static struct str dump(struct arena *arena, const json_t *json, size_t flags)
{
    size_t size = json_dumpb(json, NULL, 0, flags);
    char *text = ARENA_ARRAY(arena, char, size);
    assert_int_equal(json_dumpb(json, text, size, flags), size);
    return (struct str){.ptr = text, .len = size};
}

static void order_is_made_again(void **state)
{
    struct fixture *f = *state;
    struct error err;
    json_t *json CLEANUP(json_release) = NULL;
    assert_int_equal(json_parse(buf_str(&f->text), &json, &err), E_OK);
    json_t *snapshot = json_object_get(json, "snapshot");
    reverse(json_object_get(json_object_get(snapshot, "group"), "instances"));
    reverse(json_object_get(json_object_get(snapshot, "instances"), "items"));
    reverse(json_object_get(snapshot, "task_definitions"));
    struct record_read read;
    parse_ok(&f->arena, dump(&f->arena, json, JSON_COMPACT), &read);
    struct buf again CLEANUP(buf_release) = BUF_INIT(RECORD_BYTES);
    struct record_read first;
    parse_ok(&f->arena, buf_str(&f->text), &first);
    plan_text(&f->arena, read.definition, read.snapshot, &again);
    assert_same(buf_str(&again), first.plan_text);
    assert_str(read.snapshot->group.instances[0].id, "i-01");
}

static void the_plan_is_found_in_any_layout(void **state)
{
    struct fixture *f = *state;
    struct error err;
    json_t *json CLEANUP(json_release) = NULL;
    assert_int_equal(json_parse(buf_str(&f->text), &json, &err), E_OK);
    json_object_set_new(json, "note", json_string("a \"plan\": {\\"));
    json_t *inner = json_pack("{s:{s:i}}", "plan", "no", 1);
    json_object_set_new(json, "before", inner);
    struct record_read read;
    parse_ok(&f->arena, dump(&f->arena, json, JSON_INDENT(2)), &read);
    json_t *plan CLEANUP(json_release) = NULL;
    assert_int_equal(json_parse(read.plan_text, &plan, &err), E_OK);
    assert_true(json_equal(plan, json_object_get(json, "plan")));
    assert_true(read.plan_text.ptr[0] == '{');
    assert_true(read.plan_text.ptr[read.plan_text.len - 1] == '}');
}

/* --- what is wrong --- */

/* The member that `path` ("a.b[1].c") leads to: its parent, and the last step in `*last`. */
static json_t *walk(json_t *json, struct str path, struct str *last)
{
    struct str rest = path;
    for (;;) {
        size_t at = 0;
        while (at < rest.len && rest.ptr[at] != '.' && rest.ptr[at] != '[')
            at++;
        struct str step = str_slice(rest, 0, at);
        int64_t index = 0;
        if (str_ends(step, STR("]")))
            step.len--;
        if (at >= rest.len) {
            *last = step;
            return json;
        }
        rest = str_slice(rest, at + 1, rest.len);
        if (json_is_array(json) && str_to_int64(step, &index))
            json = json_array_get(json, (size_t)index);
        else
            json = json_object_getn(json, step.ptr, step.len);
        if (json == NULL)
            fail_msg("no such member: %.*s", STR_ARG(path));
    }
}

static void change(json_t *json, struct str path, json_t *value)
{
    struct str last;
    json_t *parent = walk(json, path, &last);
    int64_t index = 0;
    if (json_is_array(parent) && str_to_int64(last, &index)) {
        if (value != NULL)
            json_array_set(parent, (size_t)index, value);
        else
            json_array_remove(parent, (size_t)index);
    } else if (value != NULL) {
        json_object_setn(parent, last.ptr, last.len, value);
    } else {
        json_object_deln(parent, last.ptr, last.len);
    }
}

static struct str cell(struct str *line)
{
    size_t at = str_find_str(*line, STR(" | "));
    struct str part = str_slice(*line, 0, at);
    *line = str_slice(*line, at + 3, line->len);
    return part;
}

static bool check_damage(struct fixture *f, struct str line)
{
    struct error err = ERROR_INIT;
    json_t *json CLEANUP(json_release) = NULL;
    json_t *value CLEANUP(json_release) = NULL;
    assert_int_equal(json_parse(buf_str(&f->text), &json, &err), E_OK);
    struct str expected = line;
    struct str path = cell(&expected);
    struct str text = cell(&expected);
    if (!str_eq(text, STR("-")))
        assert_int_equal(json_parse(text, &value, &err), E_OK);
    change(json, path, value);
    struct record_read read;
    enum error_code code =
        record_parse(&f->arena, dump(&f->arena, json, JSON_COMPACT), &read, &err);
    struct str got =
        code == E_OK ? STR("ok") : arena_printf(&f->arena, "%s %s", error_name(code), err.message);
    if (!str_eq(got, expected))
        print_error("%.*s\n  got %.*s\n", STR_ARG(line), STR_ARG(got));
    return str_eq(got, expected);
}

static void the_member_that_is_wrong_is_named(void **state)
{
    struct fixture *f = *state;
    FILE *file = fopen(TESTS_DIR "/tables/record_errors.txt", "r");
    assert_non_null(file);
    char line[4096];
    int rows = 0;
    int wrong = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        struct str text = str_trim(str_from(line));
        if (text.len == 0 || text.ptr[0] == '#')
            continue;
        rows++;
        wrong += check_damage(f, text) ? 0 : 1;
    }
    fclose(file);
    assert_true(rows > 40);
    assert_int_equal(wrong, 0);
}

static void what_is_no_record_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {"",
                                        " ",
                                        "null",
                                        "[]",
                                        "3",
                                        "{}",
                                        "{\"version\": 1}",
                                        "{",
                                        "\"version\"",
                                        "{\"version\": 1}}"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct record_read read = {.plan_text = STR("untouched")};
        struct error err = ERROR_INIT;
        assert_int_not_equal(record_parse(&f->arena, str_from(texts[i]), &read, &err), E_OK);
        assert_true(err.message[0] != '\0');
        assert_str(read.plan_text, "untouched");
    }
    struct str text = buf_str(&f->text);
    for (size_t len = 0; len < text.len; len += 97) { /* a line cut short */
        struct record_read read;
        struct error err = ERROR_INIT;
        assert_int_equal(record_parse(&f->arena, str_slice(text, 0, len), &read, &err), E_SYNTAX);
    }
}

/* --- the file that must stay readable --- */

/* Empties every reason below `json`: how decisions are worded is no part of the format. */
static void forget_reasons(json_t *json)
{
    const char *key = NULL;
    json_t *value = NULL;
    size_t index = 0;
    json_array_foreach(json, index, value) forget_reasons(value);
    json_object_foreach(json, key, value)
    {
        if (strcmp(key, "reason") == 0 && json_is_string(value))
            json_string_set(value, "");
        forget_reasons(value);
    }
}

static struct str format_of(struct arena *arena, struct str text)
{
    struct error err;
    json_t *json CLEANUP(json_release) = NULL;
    assert_int_equal(json_parse(text, &json, &err), E_OK);
    json_object_del(json, "program");
    forget_reasons(json_object_get(json, "plan"));
    return dump(arena, json, JSON_COMPACT);
}

static void the_format_is_as_it_was(void **state)
{
    struct fixture *f = *state;
    if (getenv("UPDATE_GOLDEN") != NULL) {
        FILE *file = fopen(GOLDEN, "wb");
        assert_non_null(file);
        fprintf(file, "%s\n", buf_cstr(&f->text));
        assert_int_equal(fclose(file), 0);
    }
    FILE *file = fopen(GOLDEN, "rb");
    assert_non_null(file);
    char *text = ARENA_ARRAY(&f->arena, char, RECORD_BYTES);
    size_t len = fread(text, 1, RECORD_BYTES, file);
    fclose(file);
    struct str golden = str_trim((struct str){.ptr = text, .len = len});
    assert_same(format_of(&f->arena, buf_str(&f->text)), format_of(&f->arena, golden));
    struct record_read read;
    parse_ok(&f->arena, golden, &read);
    assert_int_equal(read.definition->service_count, sample_definition.service_count);
}

/* Every member's name stands in docs/record.md, as code. */
static bool is_documented(const json_t *json, struct str page)
{
    const char *key = NULL;
    json_t *value = NULL;
    size_t index = 0;
    bool all = true;
    json_array_foreach(json, index, value) all = is_documented(value, page) && all;
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        char code[80];
        snprintf(code, sizeof(code), "`%s`", key);
        bool found = str_find_str(page, str_from(code)) < page.len || strcmp(key, "float") == 0;
        if (!found)
            print_error("docs/record.md does not name %s\n", code);
        all = is_documented(value, page) && found && all;
    }
    return all;
}

static void every_member_is_documented(void **state)
{
    struct fixture *f = *state;
    char *text = ARENA_ARRAY(&f->arena, char, RECORD_BYTES);
    FILE *file = fopen(TESTS_DIR "/../docs/record.md", "rb");
    assert_non_null(file);
    size_t len = fread(text, 1, RECORD_BYTES, file);
    fclose(file);
    struct error err;
    json_t *json CLEANUP(json_release) = NULL;
    assert_int_equal(json_parse(buf_str(&f->text), &json, &err), E_OK);
    assert_true(is_documented(json, (struct str){.ptr = text, .len = len}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(the_plan_is_decided_again),
        cmocka_unit_test(no_secret_is_written),
        cmocka_unit_test(it_is_one_line_of_utf8),
        cmocka_unit_test(calls_are_summed_up),
        cmocka_unit_test(a_dry_run_has_no_outcomes),
        cmocka_unit_test(every_kind_of_value_survives),
        cmocka_unit_test(order_is_made_again),
        cmocka_unit_test(the_plan_is_found_in_any_layout),
        cmocka_unit_test(the_member_that_is_wrong_is_named),
        cmocka_unit_test(what_is_no_record_is_refused),
        cmocka_unit_test(the_format_is_as_it_was),
        cmocka_unit_test(every_member_is_documented),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
