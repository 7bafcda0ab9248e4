/* The HTML report: everything is in it, and nothing in the result can become markup. */
#include "unit.h"

#include "report/report.h"

#include "base/banned.h"

enum { BYTES = 1024 * 1024 };

static size_t count_of(struct str text, struct str part)
{
    size_t count = 0;
    for (;;) {
        size_t at = str_find_str(text, part);
        if (at >= text.len)
            return count;
        count++;
        text = str_slice(text, at + part.len, text.len);
    }
}

static void test_whole(void **state)
{
    (void)state;
    struct buf page CLEANUP(buf_release) = BUF_INIT(BYTES);
    report_html(STR("{\"version\": 1}"), &page);
    struct str text = buf_str(&page);
    assert_true(str_starts(text, STR("<!doctype html>")));
    assert_true(str_ends(str_trim(text), STR("</html>")));
    assert_int_equal(count_of(text, STR("@@")), 0);
    assert_int_equal(count_of(text, STR("{\"version\": 1}")), 1);
    assert_int_equal(count_of(text, STR("</script>")), 2);
    assert_int_equal(count_of(text, STR("</style>")), 1);
    assert_int_equal(count_of(text, STR("http://www.w3.org/2000/svg")), count_of(text, STR("://")));
}

static void test_hostile_names(void **state)
{
    (void)state;
    struct buf page CLEANUP(buf_release) = BUF_INIT(BYTES);
    report_html(STR("{\"name\": \"</script><script>alert(1)</script><!-- @@SCRIPT@@\"}"), &page);
    struct str text = buf_str(&page);
    assert_int_equal(count_of(text, STR("</script>")), 2);
    assert_int_equal(count_of(text, STR("alert(1)\\u003c/script>")), 1);
    assert_int_equal(count_of(text, STR("<!--")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_hostile_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
