/* Any bytes as the XML answer of DescribeAutoScalingGroups and of GetMetricData. */
#include "tests_fuzz.h"

#include "cloud/aws/autoscaling_answers.h"
#include "cloud/aws/cloudwatch_answers.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct error err = ERROR_INIT;
    struct xml_node *root = NULL;
    struct str text = {.ptr = (const char *)data, .len = size};
    if (xml_parse(&arena, text, &root, &err) == E_OK) {
        struct group_facts group;
        struct cloudwatch_series series[2] = {{.status = SERIES_ABSENT}};
        (void)!autoscaling_read_group(root, &arena, STR("fleet-asg"), &group, &err);
        if (cloudwatch_read_page(root, &arena, series, 2, &err) == E_OK)
            (void)!cloudwatch_series_check(&series[0], 0, &err);
    }
    arena_release(&arena);
    return 0;
}
