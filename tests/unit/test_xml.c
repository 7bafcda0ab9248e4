/* cloud/aws/xml: XML answers as a tree. */
#include "unit.h"

#include "base/buf.h"
#include "base/limits.h"
#include "cloud/aws/xml.h"

static struct arena arena;

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static const struct xml_node *parse(const char *text)
{
    struct xml_node *root = NULL;
    struct error err = ERROR_INIT;
    if (xml_parse(&arena, str_from(text), &root, &err) != E_OK)
        fail_msg("%s", err.message);
    return root;
}

static void an_answer_becomes_a_tree(void **state)
{
    (void)state;
    const struct xml_node *root =
        parse("<?xml version='1.0'?>\n<a:Answer xmlns:a='http://x/' b='1'> <List>\n"
              "<member> one </member><other/><member>t<![CDATA[w]]>&#111;</member></List>"
              "<Count>\n 7 </Count><Bad>7x</Bad><Empty/></a:Answer>");
    assert_str(root->name, "Answer");
    const struct xml_node *member = xml_child(xml_child(root, "List"), "member");
    assert_str(member->text, "one");
    member = xml_next(member);
    assert_str(member->text, "two");
    assert_null(xml_next(member));
    int64_t count = 0;
    assert_true(xml_int(root, "Count", &count));
    assert_int_equal(count, 7);
    assert_false(xml_int(root, "Bad", &count));
    assert_false(xml_int(root, "None", &count));
    assert_int_equal(count, 7);
    assert_str(xml_text(root, "Empty"), "");
    assert_str(xml_text(NULL, "Empty"), "");
    assert_null(xml_next(NULL));
}

static void an_elements_text_is_its_own(void **state)
{
    (void)state;
    const struct xml_node *root = parse("<a>x<b>inner</b>y</a>");
    assert_str(root->text, "xy");
    assert_str(xml_text(root, "b"), "inner");
}

static void bad_xml_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum error_code code;
        const char *message;
    } rows[] = {
        {"", E_SYNTAX, "malformed XML at line 1, column 1: no element found"},
        {"<a><b></a>", E_SYNTAX, "malformed XML at line 1, column 9: mismatched tag"},
        {"<a>", E_SYNTAX, "malformed XML at line 1, column 4: no element found"},
        {"<a/>x", E_SYNTAX, "malformed XML at line 1, column 5: junk after document element"},
        {"{\"a\": 1}", E_SYNTAX,
         "malformed XML at line 1, column 1: not well-formed (invalid token)"},
        {"<a>&lol;</a>", E_SYNTAX, "malformed XML at line 1, column 4: undefined entity"},
        {"<!DOCTYPE a [<!ENTITY l \"lol\"><!ENTITY m \"&l;&l;\">]><a>&m;</a>", E_SYNTAX,
         "XML with a document type is refused (line 1, column 13)"},
        {"<!DOCTYPE html><html/>", E_SYNTAX,
         "XML with a document type is refused (line 1, column 15)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct xml_node *root = NULL;
        struct error err = ERROR_INIT;
        assert_int_equal(xml_parse(&arena, str_from(rows[i].text), &root, &err), rows[i].code);
        assert_string_equal(err.message, rows[i].message);
        assert_null(root);
    }
}

static void depth_is_bounded(void **state)
{
    (void)state;
    for (int over = 0; over <= 1; over++) {
        struct buf text CLEANUP(buf_release) = BUF_INIT(100000);
        for (int i = 0; i < LIMIT_ANSWER_DEPTH + over; i++)
            buf_add(&text, STR("<a>"));
        for (int i = 0; i < LIMIT_ANSWER_DEPTH + over; i++)
            buf_add(&text, STR("</a>"));
        struct xml_node *root = NULL;
        struct error err = ERROR_INIT;
        assert_int_equal(xml_parse(&arena, buf_str(&text), &root, &err), over ? E_LIMIT : E_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(an_answer_becomes_a_tree, release),
        cmocka_unit_test_teardown(an_elements_text_is_its_own, release),
        cmocka_unit_test_teardown(bad_xml_is_refused, release),
        cmocka_unit_test_teardown(depth_is_bounded, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
