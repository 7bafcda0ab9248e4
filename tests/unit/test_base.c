/* base/: strings, numbers, buffers, arena, time, JSON. */
#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/limits.h"
#include "base/vec.h"
#include "model/value.h"

#include <math.h>

static void numbers_are_read_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"42", true, 42},
        {"+7", true, 7},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"1 ", false, 0},
        {"0x10", false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t value = 99;
        assert_int_equal(str_to_int64(str_from(rows[i].text), &value), rows[i].ok);
        assert_true(value == (rows[i].ok ? rows[i].value : 99));
    }
    double real = 0;
    assert_true(str_to_double(STR("1e3"), &real) && real == 1000.0);
    assert_false(str_to_double(STR("inf"), &real));
    assert_false(str_to_double(STR("1e999"), &real));
    assert_false(str_to_double(STR(" 1"), &real));
}

static void utf8_is_checked(void **state)
{
    (void)state;
    size_t bad = 0;
    assert_true(str_is_utf8(STR("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80"), &bad));
    assert_false(str_is_utf8(STR("ab\xC0\xAF"), &bad));
    assert_int_equal(bad, 2);
    assert_false(str_is_utf8(STR("\xED\xA0\x80"), &bad));
    assert_false(str_is_utf8(STR("\xE2\x82"), &bad));
}

static void distances_find_typing_errors(void **state)
{
    (void)state;
    assert_int_equal(str_distance(STR("evnts"), STR("events")), 1);
    assert_int_equal(str_distance(STR("veents"), STR("events")), 1);
    assert_int_equal(str_distance(STR(""), STR("abc")), 3);
    assert_int_equal(str_distance(STR("kitten"), STR("sitting")), 3);
}

static void a_buffer_never_passes_its_maximum(void **state)
{
    (void)state;
    struct buf buf CLEANUP(buf_release) = BUF_INIT(5);
    assert_true(buf_add(&buf, STR("abc")));
    assert_false(buf_addf(&buf, "%d", 123));
    assert_true(buf.overflowed);
    assert_str(buf_str(&buf), "abc");
    assert_true(buf_addf(&buf, "%d", 12));
    assert_str(buf_str(&buf), "abc12");
}

static void a_vector_keeps_its_items(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    VEC(int) numbers = {0};
    for (int i = 0; i < 1000; i++)
        *VEC_ADD(&arena, &numbers) = i;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers.items[i], i);
    arena_release(&arena);
}

static void time_stamps_go_both_ways(void **state)
{
    (void)state;
    int64_t ms = 0;
    char text[CLOCK_TEXT_SIZE];
    assert_true(clock_parse(STR("2026-11-24T03:28:00Z"), &ms));
    assert_true(ms == INT64_C(1795490880000));
    clock_format(ms + 7, true, text);
    assert_string_equal(text, "2026-11-24T03:28:00.007Z");
    assert_true(clock_parse(STR("2026-11-24T04:28:00.5+01:00"), &ms));
    assert_true(ms == INT64_C(1795490880500));
    assert_true(clock_parse(STR("1969-12-31T23:59:59Z"), &ms) && ms == -1000);
    assert_false(clock_parse(STR("2026-13-24T03:28:00Z"), &ms));
    assert_false(clock_parse(STR("2026-11-24T03:28:00Zx"), &ms));
    assert_true(clock_parse_duration(STR("5m"), &ms) && ms == 300000);
    assert_true(clock_parse_duration(STR("250ms"), &ms) && ms == 250);
    assert_false(clock_parse_duration(STR("5 m"), &ms));
    assert_false(clock_parse_duration(STR("-5m"), &ms));
    assert_false(clock_parse_duration(STR("99999999d"), &ms));
}

static void json_is_written_one_way(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_release) = BUF_INIT(4096);
    struct json_writer w = JSON_WRITER(&out, 0);
    jsonw_object_begin(&w);
    jsonw_key(&w, "a\n"), jsonw_str(&w, STR("x\"\\\x01\xC3\xBC\xFF"));
    jsonw_key(&w, "list"), jsonw_array_begin(&w), jsonw_int(&w, 1), jsonw_double(&w, 1);
    jsonw_double(&w, 0.1), jsonw_double(&w, 1e22), jsonw_double(&w, 1e-5);
    jsonw_double(&w, INFINITY), jsonw_array_end(&w);
    jsonw_key(&w, "empty"), jsonw_object_begin(&w), jsonw_object_end(&w);
    jsonw_object_end(&w);
    assert_str(buf_str(&out), "{\"a\\n\": \"x\\\"\\\\\\u0001\xC3\xBC\xEF\xBF\xBD\", "
                              "\"list\": [1, 1.0, 0.1, 1e+22, 1e-05, null], \"empty\": {}}");
}

static void json_is_read_within_bounds(void **state)
{
    (void)state;
    json_t *json CLEANUP(json_release) = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(json_parse(STR("{\"n\": 123456789012345678901234567890}"), &json, &err), E_OK);
    assert_true(json_is_real(json_object_get(json, "n")));
    char deep[LIMIT_ANSWER_DEPTH + 2];
    memset(deep, '[', sizeof(deep));
    json_t *none = NULL;
    assert_int_equal(json_parse((struct str){deep, sizeof(deep)}, &none, &err), E_LIMIT);
    assert_int_equal(json_parse(STR("{\"a\": }"), &none, &err), E_SYNTAX);
    assert_null(none);
}

static void values_compare_exactly(void **state)
{
    (void)state;
    assert_int_equal(value_compare(VALUE_OF_INT(9007199254740993), VALUE_OF_REAL(0x1p53)), 1);
    assert_int_equal(value_compare(VALUE_OF_INT(3), VALUE_OF_REAL(3.5)), -1);
    assert_int_equal(value_compare(VALUE_OF_INT(-3), VALUE_OF_REAL(-3.5)), 1);
    assert_int_equal(value_compare(VALUE_OF_REAL(NAN), VALUE_OF_INT(1)), 2);
    assert_int_equal(value_compare(VALUE_OF_BOOL(true), VALUE_OF_INT(1)), 0);
    assert_int_equal(value_compare(VALUE_OF_INT(INT64_MAX), VALUE_OF_REAL(INFINITY)), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_whole),
        cmocka_unit_test(utf8_is_checked),
        cmocka_unit_test(distances_find_typing_errors),
        cmocka_unit_test(a_buffer_never_passes_its_maximum),
        cmocka_unit_test(a_vector_keeps_its_items),
        cmocka_unit_test(time_stamps_go_both_ways),
        cmocka_unit_test(json_is_written_one_way),
        cmocka_unit_test(json_is_read_within_bounds),
        cmocka_unit_test(values_compare_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
