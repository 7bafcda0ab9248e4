/* The two STS calls that make credentials. Internal to the credentials chain: they run before there
 * are credentials, so they do not go through call.h. */
#ifndef CLOUD_AWS_STS_H
#define CLOUD_AWS_STS_H

#include "cloud/aws/credentials_source.h"

struct sts_request {
    const char *action; /* "AssumeRole", "AssumeRoleWithWebIdentity" */
    struct str role_arn;
    struct str session_name;              /* empty: one is made */
    struct str duration_seconds;          /* empty: the service's default; checked: 900–43200 */
    struct str external_id;               /* may be empty */
    struct str web_identity_token;        /* may be empty */
    const struct aws_credentials *signer; /* NULL: not signed; lives in the query's arena */
    const char *source;                   /* for the credentials that come back */
};

/* Answers the query. The region is the config's, or where there is none that of the role's
 * partition. Up to three attempts. */
void sts_fetch(const struct source_query *query, const struct sts_request *request);

#endif
