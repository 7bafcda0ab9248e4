/* cloud/aws/: Auto Scaling and CloudWatch answers → facts, by tests/tables/aws_xml_answers.txt. */
#include "unit.h"

#include "answers_table.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "cloud/aws/autoscaling_answers.h"
#include "cloud/aws/cloudwatch_answers.h"

static enum error_code render_group(struct arena *arena, const struct xml_node *result,
                                    struct buf *out, struct error *err)
{
    struct group_facts group;
    enum error_code code = autoscaling_read_group(result, arena, STR("fleet-asg"), &group, err);
    if (code != E_OK)
        return code;
    buf_addf(out, "%d <= %d <= %d:", (int)group.min, (int)group.desired, (int)group.max);
    for (size_t i = 0; i < group.instance_count; i++) {
        const struct group_instance *instance = &group.instances[i];
        buf_addf(out, "%s %.*s %.*s%s", i > 0 ? "," : "", STR_ARG(instance->id),
                 STR_ARG(instance->lifecycle_state), instance->is_protected ? " protected" : "");
    }
    return E_OK;
}

static enum error_code render_statistic(struct arena *arena, const struct xml_node *result,
                                        struct buf *out, struct error *err)
{
    struct cloudwatch_series series = {.status = SERIES_ABSENT};
    enum error_code code = cloudwatch_read_page(result, arena, &series, 1, err);
    if (code == E_OK)
        code = cloudwatch_series_check(&series, 0, err);
    for (size_t i = 0; code == E_OK && i < series.points.count; i++) {
        char time[CLOCK_TEXT_SIZE];
        char value[JSON_DOUBLE_SIZE];
        clock_format(series.points.items[i].timestamp_ms, false, time);
        json_double_text(series.points.items[i].value, value);
        buf_addf(out, "%s%s %s", i > 0 ? ", " : "", time, value);
    }
    return code;
}

static void render(struct arena *arena, struct str base, struct str answer, struct buf *out)
{
    struct error err = ERROR_INIT;
    struct xml_node *root = NULL;
    if (xml_parse(arena, answer, &root, &err) != E_OK)
        fail_msg("%s in %.*s", err.message, STR_ARG(answer));
    enum error_code code = str_eq(base, STR("group")) ? render_group(arena, root, out, &err)
                                                      : render_statistic(arena, root, out, &err);
    if (code != E_OK)
        buf_addf(out, "! %s", err.message);
}

static void answers_become_facts(void **state)
{
    (void)state;
    answers_run("aws_xml_answers.txt", "xml", render);
}

static void a_statistic_is_gathered_over_pages(void **state)
{
    (void)state;
    static const char *const pages[] = {
        "<R><MetricDataResults><member><Id>m1</Id><StatusCode>PartialData</StatusCode>"
        "<Timestamps><member>2026-11-24T03:25:00Z</member></Timestamps>"
        "<Values><member>2</member></Values></member></MetricDataResults></R>",
        "<R><MetricDataResults/></R>",
        "<R><MetricDataResults><member><Id>m0</Id><StatusCode>Complete</StatusCode></member>"
        "<member><Id>m1</Id><StatusCode>Complete</StatusCode>"
        "<Timestamps><member>2026-11-24T03:20:00Z</member></Timestamps>"
        "<Values><member>1</member></Values></member></MetricDataResults></R>",
    };
    struct arena arena = ARENA_INIT;
    struct cloudwatch_series series[3] = {{.status = SERIES_ABSENT}};
    struct error err = ERROR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        struct xml_node *root = NULL;
        assert_int_equal(xml_parse(&arena, str_from(pages[i]), &root, &err), E_OK);
        assert_int_equal(cloudwatch_read_page(root, &arena, series, 3, &err), E_OK);
    }
    assert_int_equal(cloudwatch_series_check(&series[0], 0, &err), E_OK);
    assert_int_equal(series[0].points.count, 0);
    assert_int_equal(cloudwatch_series_check(&series[1], 1, &err), E_OK);
    assert_int_equal(series[1].points.count, 2);
    assert_int_equal(cloudwatch_series_check(&series[2], 2, &err), E_PROTOCOL);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_become_facts),
        cmocka_unit_test(a_statistic_is_gathered_over_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
