#include "cloud/aws/retry.h"

#include "base/banned.h"

static const struct retry_rule {
    int cost;    /* tokens */
    int base_ms; /* of the back-off */
} rules[] = {
    [AWS_RETRY_NEVER] = {0, 0},        [AWS_RETRY_TRANSIENT] = {14, 50},
    [AWS_RETRY_THROTTLED] = {5, 1000}, [AWS_RETRY_MALFORMED] = {14, 50},
    [AWS_RETRY_CREDENTIALS] = {0, 0},
};

static bool may_try_again(struct aws_retry *retry, const struct aws_failure *failure)
{
    if (!failure->repeatable && failure->verdict.may_have_arrived)
        return false;
    switch (failure->verdict.retry) {
    case AWS_RETRY_NEVER:
        return false;
    case AWS_RETRY_CREDENTIALS: {
        bool was_renewed = retry->was_renewed;
        retry->was_renewed = true;
        return !was_renewed;
    }
    case AWS_RETRY_MALFORMED: {
        bool was_malformed = retry->was_malformed;
        retry->was_malformed = true;
        return !was_malformed && retry->tries < RETRY_ATTEMPTS;
    }
    case AWS_RETRY_TRANSIENT:
    case AWS_RETRY_THROTTLED:
        return retry->tries < RETRY_ATTEMPTS;
    }
    return false;
}

int64_t aws_retry_wait(struct aws_retry *retry, int *quota, const struct aws_failure *failure)
{
    if (retry->tries == 0)
        retry->tries = 1; /* the attempt that failed */
    const struct retry_rule *rule = &rules[failure->verdict.retry];
    if (!may_try_again(retry, failure) || *quota < rule->cost)
        return -1;
    if (failure->verdict.retry == AWS_RETRY_CREDENTIALS)
        return 0;
    *quota -= rule->cost;
    retry->taken = rule->cost;
    int64_t most_ms = rule->base_ms;
    for (int i = 1; i < retry->tries && most_ms < RETRY_WAIT_MAX_MS; i++)
        most_ms *= 2;
    retry->tries++;
    if (most_ms > RETRY_WAIT_MAX_MS)
        most_ms = RETRY_WAIT_MAX_MS;
    int64_t wait_ms = (int64_t)(failure->random * (double)most_ms);
    return wait_ms > failure->hint_ms ? wait_ms : failure->hint_ms;
}

void aws_retry_refund(const struct aws_retry *retry, int *quota)
{
    *quota += retry->taken > 0 ? retry->taken : 1;
    if (*quota > RETRY_QUOTA)
        *quota = RETRY_QUOTA;
}

static int64_t bounded(int64_t ms)
{
    if (ms < 0)
        return 0;
    return ms < RETRY_WAIT_MAX_MS ? ms : RETRY_WAIT_MAX_MS;
}

int64_t aws_retry_hint(const struct http_response *response, int64_t wall_ms)
{
    int64_t number = 0;
    if (str_to_int64(http_response_header(response, STR("x-amz-retry-after")), &number))
        return bounded(number);
    struct str after = http_response_header(response, STR("retry-after"));
    if (str_to_int64(after, &number))
        return bounded(number > RETRY_WAIT_MAX_MS / 1000 ? RETRY_WAIT_MAX_MS
                                                         : bounded(number) * 1000);
    int64_t then_ms = 0;
    int64_t theirs_ms = wall_ms;
    if (!aws_http_date(after, &then_ms))
        return 0;
    if (!aws_http_date(http_response_header(response, STR("date")), &theirs_ms))
        theirs_ms = wall_ms;
    return bounded(then_ms - theirs_ms);
}
