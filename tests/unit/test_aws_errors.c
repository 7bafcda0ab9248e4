/* cloud/aws/errors: every case of tests/tables/aws_errors.txt. */
#include "unit.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/vec.h"
#include "cloud/aws/errors.h"

static const char *const retry_names[] = {"never", "transient", "throttled", "malformed",
                                          "credentials"};

struct fault_case {
    struct str name;
    int status;
    enum error_code failure;
    bool failure_arrived;
    VEC(struct http_header) headers;
    struct buf body;
    struct str verdict;
    struct str aws_code;
    struct str request_id;
    struct str message;
};

static int failures;

static bool is_same(struct str name, const char *what, struct str got, struct str wanted)
{
    if (str_eq(got, wanted))
        return true;
    print_error("%.*s: %s\n  got      '%.*s'\n  expected '%.*s'\n", STR_ARG(name), what,
                STR_ARG(got), STR_ARG(wanted));
    return false;
}

static void check(struct fault_case *c)
{
    struct error err = ERROR_INIT;
    struct error recorded = ERROR_INIT;
    struct aws_asked asked = {"ecs", "DescribeServices", "ecs:DescribeServices", 0};
    assert_true(clock_parse(STR("2026-11-24T04:00:00Z"), &asked.wall_ms));
    error_set(&recorded, E_PROTOCOL, "recorded");
    struct http_response response = {.code = c->failure,
                                     .may_have_arrived = c->failure_arrived,
                                     .err = recorded,
                                     .status = c->status,
                                     .body = buf_str(&c->body),
                                     .headers = c->headers.items,
                                     .header_count = c->headers.count};
    struct aws_verdict verdict = c->status >= 200 && c->status < 300
                                     ? aws_error_malformed(&response, &asked, &recorded, &err)
                                     : aws_error_judge(&response, &asked, &err);
    char text[100];
    snprintf(text, sizeof(text), "%s %s %s", error_name(verdict.code), retry_names[verdict.retry],
             verdict.may_have_arrived ? "arrived" : "refused");
    bool fine = is_same(c->name, "verdict", str_from(text), c->verdict);
    fine = is_same(c->name, "aws code", str_from(err.aws_code), c->aws_code) && fine;
    fine = is_same(c->name, "request id", str_from(err.request_id), c->request_id) && fine;
    fine = is_same(c->name, "message", str_from(err.message), c->message) && fine;
    fine = is_same(c->name, "where", str_from(err.where), STR("ecs DescribeServices")) && fine;
    assert_int_equal(err.code, verdict.code);
    assert_int_equal(err.http_status, c->failure == E_OK ? c->status : 0);
    failures += fine ? 0 : 1;
}

static void read_answer(struct fault_case *c, struct str rest)
{
    struct str word = str_slice(rest, 0, str_find(rest, ' '));
    int64_t status = 0;
    if (str_to_int64(word, &status))
        c->status = (int)status;
    else
        assert_true(error_code_from_name(word, &c->failure));
    c->failure_arrived = str_ends(rest, STR("arrived"));
}

static void read_line(struct arena *arena, struct fault_case *c, struct str line)
{
    size_t space = str_find(line, ' ');
    struct str mark = str_slice(line, 0, space);
    struct str rest = str_slice(line, space + 1, line.len);
    const struct {
        struct str mark;
        struct str *text;
    } texts[] = {{STR("="), &c->verdict},
                 {STR("code"), &c->aws_code},
                 {STR("id"), &c->request_id},
                 {STR("message"), &c->message}};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (str_eq(mark, texts[i].mark)) {
            *texts[i].text = rest;
            return;
        }
    }
    if (str_eq(mark, STR("<"))) {
        read_answer(c, rest);
    } else if (str_eq(mark, STR(":"))) {
        struct http_header *header = VEC_ADD(arena, &c->headers);
        size_t colon = str_find(rest, ':');
        header->name = str_slice(rest, 0, colon);
        header->value = str_trim(str_slice(rest, colon + 1, rest.len));
    } else if (str_eq(mark, STR("|"))) {
        if (c->body.len > 0)
            buf_add_char(&c->body, '\n');
        buf_add(&c->body, rest);
    } else {
        fail_msg("what is '%.*s'?", STR_ARG(line));
    }
}

static void read_file(struct buf *out)
{
    char chunk[4096];
    size_t count = 0;
    FILE *file = fopen(TESTS_DIR "/tables/aws_errors.txt", "rb");
    assert_non_null(file);
    while ((count = fread(chunk, 1, sizeof(chunk), file)) > 0)
        buf_add(out, (struct str){chunk, count});
    fclose(file);
    assert_false(out->overflowed);
}

static void every_case_of_the_table(void **state)
{
    (void)state;
    struct arena arena CLEANUP(arena_release) = ARENA_INIT;
    struct buf text CLEANUP(buf_release) = BUF_INIT(1 << 20);
    read_file(&text);
    struct str rest = buf_str(&text);
    struct str line;
    struct fault_case now = {.body = BUF_INIT(65536)};
    int cases = 0;
    while (str_split(&rest, '\n', &line)) {
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        if (!str_starts(line, STR("> "))) {
            read_line(&arena, &now, line);
            continue;
        }
        if (cases++ > 0)
            check(&now);
        buf_release(&now.body);
        now = (struct fault_case){.name = str_slice(line, 2, line.len), .body = BUF_INIT(65536)};
    }
    check(&now);
    buf_release(&now.body);
    assert_true(cases > 30);
    assert_int_equal(failures, 0);
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    struct buf body CLEANUP(buf_release) = BUF_INIT(100000);
    buf_add(&body, STR("{\"__type\":\"ClientException\",\"message\":\""));
    for (int i = 0; i < 2000; i++)
        buf_add(&body, STR("\xE2\x82\xAC"));
    buf_add(&body, STR("\"}"));
    struct http_response response = {.status = 400, .body = buf_str(&body)};
    struct aws_asked asked = {"ecs", "DescribeServices", NULL, 0};
    struct error err = ERROR_INIT;
    aws_error_judge(&response, &asked, &err);
    assert_true(strlen(err.message) > 300);
    assert_true(str_is_utf8(str_from(err.message), NULL));
}

static void http_dates_are_read(void **state)
{
    (void)state;
    int64_t ms = 0;
    assert_true(aws_http_date(STR("Tue, 24 Nov 2026 04:00:00 GMT"), &ms));
    int64_t same = 0;
    assert_true(clock_parse(STR("2026-11-24T04:00:00Z"), &same));
    assert_true(ms == same);
    assert_false(aws_http_date(STR("Tue, 24 Nov 2026 04:00:00 GMT+1"), &ms));
    assert_false(aws_http_date(STR("2026-11-24T04:00:00Z"), &ms));
    assert_false(aws_http_date(STR(""), &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_of_the_table),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(http_dates_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
