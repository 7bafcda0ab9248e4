/* The SDKs' standard retry mode: how often, how long to wait, and a quota that keeps a broken
 * service from being hammered. Pure: time and randomness are the caller's.
 * Source: AWS SDKs and Tools Reference Guide, "Retry behavior". */
#ifndef CLOUD_AWS_RETRY_H
#define CLOUD_AWS_RETRY_H

#include "cloud/aws/errors.h"

enum { RETRY_ATTEMPTS = 3, RETRY_QUOTA = 500, RETRY_WAIT_MAX_MS = 20000 };

/* Of one call. */
struct aws_retry {
    int tries;        /* attempts that count */
    int taken;        /* tokens of the last retry, given back when it works */
    bool was_renewed; /* tried with fresh credentials */
    bool was_malformed;
};

struct aws_failure {
    struct aws_verdict verdict;
    bool repeatable; /* the operation */
    int64_t hint_ms; /* aws_retry_hint() */
    double random;   /* 0–1 */
};

/* How long to wait before another attempt; negative: no other attempt. Takes from *quota. */
NODISCARD int64_t aws_retry_wait(struct aws_retry *retry, int *quota,
                                 const struct aws_failure *failure);
/* The call succeeded. */
void aws_retry_refund(const struct aws_retry *retry, int *quota);

/* What the answer asks to wait (x-amz-retry-after in milliseconds, Retry-After in seconds or as a
 * date); 0 where it says nothing, never more than RETRY_WAIT_MAX_MS. */
int64_t aws_retry_hint(const struct http_response *response, int64_t wall_ms);

#endif
