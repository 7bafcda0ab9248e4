/* Auto Scaling groups by name: 50 in one call, paged. */
#include "cloud/aws/autoscaling_answers.h"
#include "cloud/aws/batch.h"
#include "cloud/aws/form.h"
#include "cloud/aws/operations.h"

#include "base/banned.h"

enum { NAMES_MAX = 50, RECORDS_MAX = 100 };

const struct aws_operation autoscaling_describe_groups = {
    .service = &aws_autoscaling,
    .name = "DescribeAutoScalingGroups",
    .permission = "autoscaling:DescribeAutoScalingGroups",
    .repeatable = true,
};

static bool is_same_region(const struct query *a, const struct query *b)
{
    return str_eq(a->region, b->region);
}

static void write(const struct batch *batch, struct buf *body)
{
    /* Paging wants the same names again: those that were found are asked for, too. */
    for (size_t i = 0; i < batch->count; i++)
        form_str(body, batch->questions[i].name, "AutoScalingGroupNames.member.%zu", i + 1);
    form_int(body, RECORDS_MAX, "MaxRecords");
    if (batch->paging.token.len > 0)
        form_str(body, batch->paging.token, "NextToken");
}

static enum error_code read_token(const struct aws_answer *answer, struct str *token,
                                  struct error *err)
{
    (void)err;
    *token = xml_text(answer->xml, "NextToken");
    return E_OK;
}

static void miss(const struct batch *batch, struct query *query, const struct error *err)
{
    const char *because = err->message;
    query_miss(query,
               arena_printf(query->arena, "no Auto Scaling group '%.*s' in region '%.*s'%s%s",
                            STR_ARG(query->name),
                            STR_ARG(account_region_shown(batch->cloud, query->region)),
                            because[0] != '\0' ? ": " : "", because));
}

static bool read(const struct batch *batch, size_t index, struct query *query,
                 const struct aws_answer *answer)
{
    struct error err = ERROR_INIT;
    (void)index;
    enum error_code code =
        autoscaling_read_group(answer->xml, query->arena, query->name, &query->group, &err);
    if (code == E_MISSING && err.message[0] == '\0')
        return false; /* on another page, perhaps */
    if (code == E_MISSING) {
        miss(batch, query, &err);
    } else if (code != E_OK) {
        batch_fail(batch, query, &err);
    } else {
        query->fact = FACT_OF_PRESENT;
        query->group.fact = FACT_OF_PRESENT;
    }
    return true;
}

static void end(const struct batch *batch, size_t index, struct query *query)
{
    struct error none = ERROR_INIT;
    (void)index;
    miss(batch, query, &none);
}

void groups_send(struct aws_cloud *cloud, const struct question *questions, size_t count)
{
    static const struct batch_kind kind = {
        .operation = &autoscaling_describe_groups,
        .max = NAMES_MAX,
        .token_name = "NextToken",
        .is_together = is_same_region,
        .write = write,
        .read = read,
        .end = end,
        .token = read_token,
    };
    batches_send(&kind, cloud, questions, count);
}
